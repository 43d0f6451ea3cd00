/* SPDX-License-Identifier: ISC */
/*
 * test_tcp_sim.c - TCP's promise, over any wire: nothing lost, doubled, disordered or damaged
 *
 * Each seed draws a wire (loss up to 30 %, doubled, late and damaged frames, delay, blackouts), a
 * way of talking (bulk, both ways, questions and answers, slow readers, many short connections)
 * and of ending (close, half-close, reset).  At every step: what was received is a prefix of what
 * was sent; at the end each side has all, or a true error; every packet and timer has come home.
 *
 *	NOD_TEST_SEEDS=100000 build/test/test_tcp_sim	more of them
 *	NOD_TEST_SEED=0x... build/test/test_tcp_sim	one again
 */
#include "pair.h"

enum { CONNS = 8, PIECE = 20000 };

/* One direction of one connection. */
struct way {
	size_t to_send, sent, received;
	uint64_t key;
	bool is_shut, has_ended;
	int error; /* negative errno of who sends, or who receives */
};

struct talk {
	int fd[2];
	struct way way[2]; /* by who sends */
	bool is_accepted, is_over, may_break, is_questions;
	unsigned patience; /* how seldom the receiver reads: 1 = always */
};

static uint8_t octet(uint64_t key, size_t at)
{
	return (uint8_t)((key + at) * 0x9e3779b97f4a7c15 >> 40);
}

static void write_some(struct pair *p, struct talk *t, unsigned side)
{
	struct way *w = &t->way[side];
	uint8_t buf[PIECE];

	while (!w->is_shut && !w->error && w->sent < w->to_send) {
		size_t n = 1 + chance(PIECE);
		ssize_t done;

		/* an answer for each question */
		if (t->is_questions && side == 1 && w->sent >= t->way[0].received)
			return;
		if (n > w->to_send - w->sent)
			n = w->to_send - w->sent;
		for (size_t i = 0; i < n; i++)
			buf[i] = octet(w->key, w->sent + i);
		done = nod_send(p->host[side], t->fd[side], buf, n, 0);
		if (done == -EAGAIN)
			return;
		if (done < 0)
			w->error = (int)done;
		else
			w->sent += (size_t)done;
		if (t->is_questions)
			return;
	}
	if (!w->is_shut && !w->error && w->sent == w->to_send &&
		nod_socket_ready(p->host[side], t->fd[side]) & NOD_WRITABLE) {
		w->is_shut = true;
		nod_shutdown(p->host[side], t->fd[side], SHUT_WR);
	}
}

/* false: what came is not what was sent. */
static bool read_some(struct pair *p, struct talk *t, unsigned side)
{
	struct way *w = &t->way[!side];
	uint8_t buf[PIECE];

	while (!w->has_ended && !w->error) {
		ssize_t n = nod_recv(p->host[side], t->fd[side], buf, 1 + chance(PIECE), 0);

		if (n == -EAGAIN)
			return true;
		if (n < 0) {
			w->error = (int)n;
			return true;
		}
		if (n == 0) {
			w->has_ended = true;
			return w->received == w->to_send || t->may_break;
		}
		for (ssize_t i = 0; i < n; i++)
			if (buf[i] != octet(w->key, w->received + (size_t)i))
				return false;
		w->received += (size_t)n;
		if (w->received > w->sent)
			return false;
	}
	return true;
}

static bool is_done(const struct talk *t)
{
	return (t->way[0].has_ended || t->way[0].error) &&
		(t->way[1].has_ended || t->way[1].error);
}

static void draw_wire(struct pair *p)
{
	for (unsigned k = 0; k < 2; k++) {
		struct pair_wire *w = &p->to[k];

		w->loss = chance(3) ? chance(500) : chance(4) ? 0 : chance(3001);
		w->twice = chance(2) ? 0 : chance(1000);
		w->late = chance(2) ? 0 : chance(2000);
		w->damage = chance(2) ? 0 : chance(500);
		w->delay = (nod_ns)chance(100) * NOD_MS / 2;
		w->jitter = (nod_ns)(1 + chance(chance(10) ? 50 : 2000)) * NOD_MS;
	}
}

static void draw_talk(struct talk *t)
{
	*t = (struct talk){ .fd = { 0, -1 } };
	for (unsigned k = 0; k < 2; k++) {
		t->way[k].key = chance64();
		t->way[k].to_send = chance(4) ? chance(3000) : chance(200000);
	}
	t->is_questions = chance(3) == 0;
	if (t->is_questions)
		t->way[1].to_send = t->way[0].to_send;
	t->patience = chance(4) ? 1 : 1 + chance(50);
	t->may_break = chance(10) == 0;
}

static struct talk *find_talk(struct talk *t, unsigned n, struct pair *p, int fd)
{
	struct sockaddr_storage peer, own;
	socklen_t a = sizeof(peer), b = sizeof(own);

	if (nod_getpeername(p->host[1], fd, (struct sockaddr *)&peer, &a) < 0)
		return NULL;
	for (unsigned i = 0; i < n; i++) {
		b = sizeof(own);
		if (t[i].fd[0] > 0 && !t[i].is_accepted &&
			nod_getsockname(p->host[0], t[i].fd[0], (struct sockaddr *)&own, &b) == 0 &&
			((struct sockaddr_in *)&own)->sin_port ==
				((struct sockaddr_in *)&peer)->sin_port)
			return &t[i];
	}
	return NULL;
}

/* What all seeds came to, for the reader. */
static struct {
	unsigned conns, whole, broken, given_up;
	uint64_t octets, frames, lost;
} total;

static void add_up(const struct pair *p, const struct talk *t, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		bool is_whole = t[i].way[0].has_ended && t[i].way[1].has_ended &&
			t[i].way[0].received == t[i].way[0].to_send &&
			t[i].way[1].received == t[i].way[1].to_send;

		total.conns++;
		total.whole += is_whole;
		total.broken += !is_whole && t[i].may_break;
		total.given_up += !is_whole && !t[i].may_break;
		total.octets += t[i].way[0].received + t[i].way[1].received;
	}
	for (unsigned k = 0; k < 2; k++) {
		total.frames += p->to[k].n_frames;
		total.lost += p->to[k].n_lost;
	}
}

/* NULL, or what was wrong. */
static const char *run(uint64_t seed)
{
	struct nod_conf conf = { .tcp_no_sack = chance(4) == 0, .tcp_no_timestamps = chance(4) == 0,
		.tcp_no_window_scale = chance(6) == 0, .tcp_ecn = chance(2),
		.tcp_busy = chance(2) }; /* 1: who pauses loses what only busy ones need */
	struct talk talk[CONNS];
	struct pair p;
	struct sockaddr_storage a;
	bool is_v6 = chance(2);
	socklen_t len = pair_name(&a, is_v6, 1, 80);
	unsigned n = 1 + chance(CONNS), left = n;
	const char *wrong = NULL;
	int l, domain = is_v6 ? AF_INET6 : AF_INET;
	nod_ns until = 4000 * NOD_S, cut_at = chance(4) ? NOD_FOREVER : chance(5) * NOD_S;

	(void)seed;
	memcpy(conf.seed, &seed, sizeof(seed));
	pair_open(&p, &conf);
	draw_wire(&p);
	l = nod_socket(p.host[1], domain, SOCK_STREAM, 0);
	nod_bind(p.host[1], l, (struct sockaddr *)&a, len);
	nod_listen(p.host[1], l, 64);
	for (unsigned i = 0; i < n; i++) {
		draw_talk(&talk[i]);
		talk[i].fd[0] = nod_socket(p.host[0], domain, SOCK_STREAM, 0);
		if (nod_connect(p.host[0], talk[i].fd[0], (struct sockaddr *)&a, len) !=
			-EINPROGRESS)
			wrong = "connect";
	}
	while (!wrong && left && p.now < until) {
		int fd;

		if (p.now >= cut_at) { /* a blackout */
			p.to[0].is_cut = p.to[1].is_cut = p.now < cut_at + 3 * NOD_S;
			if (p.now > cut_at + 3 * NOD_S)
				cut_at = NOD_FOREVER;
		}
		while ((fd = nod_accept(p.host[1], l, NULL, NULL)) >= 0) {
			struct talk *t = find_talk(talk, n, &p, fd);

			if (!t) { /* its client has given up */
				nod_close(p.host[1], fd);
				continue;
			}
			t->fd[1] = fd;
			t->is_accepted = true;
		}
		for (unsigned i = 0; i < n && !wrong; i++) {
			struct talk *t = &talk[i];

			for (unsigned side = 0; side < 2; side++) {
				if (t->is_over || t->fd[side] < 0)
					continue;
				write_some(&p, t, side);
				if (chance(t->patience) == 0 && !read_some(&p, t, side))
					wrong = "what came is not what was sent";
			}
			if (t->may_break && !t->is_over && chance(300) == 0 && t->fd[1] > 0) {
				struct linger hard = { 1, 0 };
				unsigned side = chance(2);

				nod_setsockopt(p.host[side], t->fd[side], SOL_SOCKET, SO_LINGER,
					&hard, sizeof(hard));
				nod_close(p.host[side], t->fd[side]);
				t->fd[side] = -1;
			}
			if (!t->is_over && t->fd[0] > 0 && !t->is_accepted && t->way[1].error)
				t->is_over = true, left--; /* never connected */
			else if (!t->is_over && (is_done(t) || (t->may_break &&
					(t->fd[0] < 0 || t->fd[1] < 0) && (t->way[0].error ||
						t->way[1].error || t->way[0].has_ended ||
						t->way[1].has_ended)))) {
				for (unsigned side = 0; side < 2; side++)
					if (t->fd[side] > 0)
						nod_close(p.host[side], t->fd[side]);
				t->is_over = true;
				left--;
			}
		}
		pair_step(&p, p.now + 20 * NOD_MS < until ? p.now + 20 * NOD_MS : until);
	}
	for (unsigned i = 0; i < n && !wrong; i++) {
		const struct talk *t = &talk[i];

		for (unsigned k = 0; k < 2 && !t->may_break; k++)
			if (t->way[k].error && t->way[k].error != -ETIMEDOUT &&
				t->way[k].error != -ECONNRESET && t->way[k].error != -EPIPE &&
				t->way[k].error != -EHOSTUNREACH)
				wrong = "an error that nobody made";
		if (!t->is_over && !t->may_break)
			wrong = "it is stuck";
	}
	if (wrong)
		for (unsigned i = 0; i < n; i++)
			for (unsigned k = 0; k < 2; k++) {
				struct nod_tcp_info info = { 0 };

				if (talk[i].fd[k] > 0)
					nod_tcp_info(p.host[k], talk[i].fd[k], &info);
				printf("# %u.%u fd %d: sent %zu of %zu, received %zu, ended %d, error %d; "
				       "%s backoff %u unacked %u wnd %u over %d break %d\n",
					i, k, talk[i].fd[k], talk[i].way[k].sent,
					talk[i].way[k].to_send, talk[i].way[k].received,
					talk[i].way[k].has_ended, talk[i].way[k].error,
					nod_tcp_state_name(info.state), info.backoff, info.unacked,
					info.snd_wnd, talk[i].is_over, talk[i].may_break);
			}
	for (unsigned i = 0; i < n; i++)
		for (unsigned side = 0; side < 2; side++)
			if (!talk[i].is_over && talk[i].fd[side] > 0)
				nod_close(p.host[side], talk[i].fd[side]);
	nod_close(p.host[1], l);
	pair_run(&p, 20000 * NOD_S); /* TIME-WAIT, and whoever is alone gives up */
	for (unsigned k = 0; k < 2 && !wrong; k++) {
		struct nod_stack_use use;

		nod_stack_use(p.host[k], &use);
		if (use.blocks || use.packets)
			wrong = "a packet is lost within the stack";
		if (use.sockets)
			wrong = "a socket is left";
	}
	add_up(&p, talk, n);
	pair_close(&p);
	return wrong;
}

/* That once failed. */
static const uint64_t found[] = {
	0x1c7f803bfaf3d399, /* without SACK a second copy's answer was taken for a round trip */
};

static void run_found(void)
{
	for (unsigned i = 0; i < sizeof(found) / sizeof(found[0]); i++) {
		const char *wrong;

		chance_state = found[i];
		wrong = run(found[i]);
		tap(!wrong, "the seed 0x%llx, which once failed", (unsigned long long)found[i]);
	}
}

int main(void)
{
	const char *seeds = getenv("NOD_TEST_SEEDS"), *one = getenv("NOD_TEST_SEED");
	unsigned n = one ? 1 : seeds ? (unsigned)strtoul(seeds, NULL, 0) : 150;
	uint64_t first;

	chance_begin();
	first = chance_state;
	if (!one)
		run_found();
	for (unsigned i = 0; i < n; i++) {
		uint64_t seed = first + i * 0x1000003;
		const char *wrong;

		chance_state = seed;
		wrong = run(seed);
		if (wrong)
			printf("# NOD_TEST_SEED=0x%llx: %s\n", (unsigned long long)seed, wrong);
		if (wrong || i + 1 == n)
			tap(!wrong, "%u seeds of connections over bad wires", i + 1);
		if (wrong)
			break;
	}
	printf("# %u connections: %u whole, %u broken on purpose, %u given up; %llu octets, %llu "
	       "frames, %llu lost\n",
		total.conns, total.whole, total.broken, total.given_up,
		(unsigned long long)total.octets, (unsigned long long)total.frames,
		(unsigned long long)total.lost);
	return tap_done();
}
