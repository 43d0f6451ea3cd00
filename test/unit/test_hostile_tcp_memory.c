/* SPDX-License-Identifier: ISC */
/*
 * test_hostile_tcp_memory.c - allocations that are denied under a live connection (H66)
 *
 * Two stacks, a client and a server that send each other a stream, close in order and go on trying
 * when they are told that there is no memory.  Every single allocation fails once; then all from
 * each one on, for two seconds.  Nothing may crash, leak or hang: when memory is back the
 * connection goes on by its retransmissions, and both streams arrive whole.
 */
#include "deny.h"
#include "pair.h"

enum {
	OCTETS = 30000, /* each way */
	PORT = 7,
	STEPS_MOST = 20000,
};

#define DENIED_FOR (2 * NOD_S)
#define PATIENCE (200 * NOD_S)

struct end {
	int fd;
	uint32_t sent, received;
	bool has_shut, has_ended, is_garbled;
	int broken; /* negative errno */
};

static struct {
	struct pair p;
	int listener;
	struct end end[2]; /* client, server */
} scene;

static uint8_t octet_at(unsigned side, uint32_t at)
{
	return (uint8_t)(at * 7 + at / 251 + side);
}

/* What a program does with its end, as often as something may have changed. */
static void use(unsigned side)
{
	struct end *e = &scene.end[side];
	struct nod_stack *s = scene.p.host[side];
	uint8_t buf[1500];
	ssize_t n = 0;

	if (e->fd < 0 || e->broken)
		return;
	while (e->sent < OCTETS) {
		size_t len = OCTETS - e->sent < sizeof(buf) ? OCTETS - e->sent : sizeof(buf);

		for (uint32_t i = 0; i < len; i++)
			buf[i] = octet_at(side, e->sent + i);
		n = nod_send(s, e->fd, buf, len, 0);
		if (n < 0)
			break;
		e->sent += (uint32_t)n;
	}
	if (n < 0 && n != -EAGAIN && n != -ENOBUFS)
		e->broken = (int)n;
	while ((n = nod_recv(s, e->fd, buf, sizeof(buf), 0)) > 0)
		for (ssize_t i = 0; i < n; i++)
			e->is_garbled |= buf[i] != octet_at(!side, e->received++);
	if (n < 0 && n != -EAGAIN && n != -ENOBUFS)
		e->broken = (int)n;
	e->has_ended = e->has_ended || n == 0;
	if (e->sent == OCTETS && !e->has_shut)
		e->has_shut = nod_shutdown(s, e->fd, SHUT_WR) == 0;
}

static void begin(void)
{
	struct sockaddr_storage a;
	socklen_t len = pair_name(&a, false, 1, PORT);
	struct end *client = &scene.end[0], *server = &scene.end[1];
	int err;

	if (scene.listener < 0) {
		scene.listener = nod_socket(scene.p.host[1], AF_INET, SOCK_STREAM, 0);
		if (scene.listener >= 0 &&
			(nod_bind(scene.p.host[1], scene.listener, (struct sockaddr *)&a, len) <
					0 ||
				nod_listen(scene.p.host[1], scene.listener, 4) < 0)) {
			nod_close(scene.p.host[1], scene.listener);
			scene.listener = -1;
		}
	}
	if (scene.listener >= 0 && client->fd < 0) {
		client->fd = nod_socket(scene.p.host[0], AF_INET, SOCK_STREAM, 0);
		err = client->fd < 0 ? client->fd :
				       nod_connect(scene.p.host[0], client->fd,
					       (struct sockaddr *)&a, len);
		if (client->fd >= 0 && err != -EINPROGRESS) {
			nod_close(scene.p.host[0], client->fd);
			client->fd = -1;
		}
	}
	if (scene.listener >= 0 && server->fd < 0)
		server->fd = nod_accept(scene.p.host[1], scene.listener, NULL, NULL);
}

static bool is_done(void)
{
	return scene.end[0].has_ended && scene.end[1].has_ended && scene.end[0].has_shut &&
		scene.end[1].has_shut;
}

/* What the wire carries is the test's memory, and is not denied: pair_turn() by hand. */
static bool turn(void)
{
	struct pair *p = &scene.p;
	bool has_moved = false;

	for (unsigned k = 0; k < 2; k++) {
		struct nod_packet *out[16];
		unsigned n;

		for (struct pair_frame *f; (f = p->to[k].first) && f->at <= p->now;) {
			p->to[k].first = f->next;
			memory.is_armed = true;
			nod_stack_input(p->host[k], 2,
				nod_packet_new(p->host[k], f->octets, f->len), p->now);
			memory.is_armed = false;
			free(f);
			has_moved = true;
		}
		memory.is_armed = true;
		nod_stack_poll(p->host[k], p->now);
		while ((n = nod_stack_output(p->host[k], 2, out, 16, p->now)) > 0) {
			memory.is_armed = false;
			for (unsigned i = 0; i < n; i++)
				pair_send(p, !k, out[i]);
			has_moved = true;
			memory.is_armed = true;
		}
		memory.is_armed = false;
	}
	return has_moved;
}

/* The clock to what is next, at most a tenth of a second: programs try again. */
static void step(void)
{
	struct pair *p = &scene.p;
	nod_ns next = p->now + 100 * NOD_MS;

	while (turn())
		;
	for (unsigned k = 0; k < 2; k++) {
		nod_ns at = nod_stack_deadline(p->host[k]);

		next = at < next ? at : next;
		if (p->to[k].first && p->to[k].first->at < next)
			next = p->to[k].first->at;
	}
	if (next > p->now)
		p->now = next;
}

/* One conversation; NULL, or what was wrong with it. */
static const char *play(bool is_lossy)
{
	const struct nod_conf conf = { .memory_octets = 2 << 20, .tcp_busy = 1 };
	nod_ns until;
	const char *wrong = NULL;

	memory.is_armed = false;
	scene.listener = -1;
	scene.end[0] = scene.end[1] = (struct end){ .fd = -1 };
	pair_open(&scene.p, &conf);
	until = scene.p.now + PATIENCE;
	for (unsigned k = 0; k < 2; k++)
		scene.p.to[k] = (struct pair_wire){ .delay = 5 * NOD_MS,
			.loss = is_lossy ? 300 : 0 };
	for (unsigned i = 0; i < STEPS_MOST && !is_done() && scene.p.now < until; i++) {
		if (scene.p.now >= DENIED_FOR)
			memory.for_good = false; /* there is memory again */
		memory.is_armed = true;
		begin();
		use(0);
		use(1);
		memory.is_armed = false;
		step();
	}
	if (scene.end[0].broken || scene.end[1].broken)
		wrong = "it broke";
	else if (!is_done())
		wrong = "it hangs";
	else if (scene.end[0].received != OCTETS || scene.end[1].received != OCTETS ||
		scene.end[0].is_garbled || scene.end[1].is_garbled)
		wrong = "what arrived is not what was sent";
	for (unsigned k = 0; k < 2; k++)
		if (scene.end[k].fd >= 0)
			nod_close(scene.p.host[k], scene.end[k].fd);
	pair_run(&scene.p, 100 * NOD_S);
	if (!pair_close(&scene.p) && !wrong)
		wrong = "blocks are left";
	return wrong;
}

int main(void)
{
	for (int for_good = 0; for_good < 2; for_good++) {
		unsigned long at = 1, n_wrong = 0;
		bool has_failed;

		do {
			const char *wrong;

			chance_state = at;
			memory.seen = memory.failed = 0;
			memory.fail_at = at;
			memory.for_good = for_good;
			wrong = play(at % 2);
			has_failed = memory.failed;
			if (wrong)
				printf("# %s when allocation %lu %s\n", wrong, at,
					for_good ? "and all after it fail" : "fails");
			n_wrong += wrong != NULL;
		} while (has_failed && ++at);
		tap(!n_wrong, "H66: a live connection outlasts %s of %lu allocations being denied",
			for_good ? "all from each on" : "each one", at - 1);
		tap(at > 20, "there are allocations to be denied");
	}
	return tap_done();
}
