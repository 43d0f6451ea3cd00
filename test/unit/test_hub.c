/* SPDX-License-Identifier: ISC */
/*
 * test_hub.c - handing clients over to a loop, waking it, and one order for many threads
 *
 * The first part turns one loop by hand, to meet what seldom happens; the second lets loops run
 * in threads of their own.
 */
#include "chance.h"
#include "room.h"

#define CONF(...) ((struct server_conf){ __VA_ARGS__ })

static struct room room;

/* ---- one loop, by hand --------------------------------------------------------------- */

/* Each who comes brings the next, and then listens. */
static struct nod_session *shared; /* of datagram clients, who need none of their own */
static unsigned left_to_come, depth, deepest, n_came;

static int bring_another(struct client *c)
{
	const struct nod_endpoint from = { .port = 1 };

	n_came++;
	if (++depth > deepest)
		deepest = depth;
	if (left_to_come) {
		left_to_come--;
		hub_hand_over(c->loop, client_new(&room.server, shared, &from, true));
	}
	hub_listen(c);
	depth--;
	return 0;
}

static const struct mode mode_chain = { .name = "chain", .open = bring_another };

static void a_long_chain(void)
{
	const struct nod_session_conf datagrams = { .type = NOD_DATAGRAM };
	const struct nod_endpoint e = of("127.0.0.1:0"), from = { .port = 1 };

	nod_session_listen(service, &e, &datagrams, &shared, NULL);
	room_open(&room, &mode_chain, &CONF(0), 1);
	left_to_come = 5000;
	hub_hand_over(room.loop[0], client_new(&room.server, shared, &from, true));
	for (unsigned i = 0; i < 6000 && n_came < 5001; i++)
		loop_turn(room.loop[0], 0);
	tap(n_came == 5001 && deepest == 1,
		"5,000 who come while others come: %u at once", deepest);
	room_close(&room);
	nod_session_close(shared);
}

/* Somebody is handed over, but the waker has not come to wake: another one begins to listen. */
static struct client *put_down;

static int listen_meanwhile(struct client *c)
{
	struct loop *l = c->loop;

	n_came++;
	if (put_down) { /* hub_hand_over(), interrupted before it wakes the loop */
		pthread_mutex_lock(&l->server->hub.lock);
		put_down->next = l->arrived;
		l->arrived = put_down;
		pthread_mutex_unlock(&l->server->hub.lock);
		put_down = NULL;
	}
	hub_listen(c);
	return 0;
}

static const struct mode mode_meanwhile = { .name = "meanwhile", .open = listen_meanwhile };

static void no_wake_is_lost(void)
{
	const struct nod_session_conf datagrams = { .type = NOD_DATAGRAM };
	const struct nod_endpoint e = of("127.0.0.1:0"), from = { .port = 1 };
	struct nod_service real = *service;

	nod_session_listen(service, &e, &datagrams, &shared, NULL);
	room_open(&room, &mode_meanwhile, &CONF(0), 1);
	room.service.now = real.now;
	n_came = 0;
	put_down = client_new(&room.server, shared, &from, true);
	hub_hand_over(room.loop[0], client_new(&room.server, shared, &from, true));
	loop_turn(room.loop[0], 0);
	tap(n_came == 1, "one came, and another was put down meanwhile");
	/* now the waker goes on: hub_hand_over()'s last step sees that the loop is woken */
	nod_ns start = nod_service_now(service);
	loop_turn(room.loop[0], start + WAIT_NS);
	tap(n_came == 2 && nod_service_now(service) < start + WAIT_NS,
		"he is found without waiting for anything else");
	room.service.now = room_clock;
	room_close(&room);
	nod_session_close(shared);
}

/* Handed over to a loop that is not turned any more. */
static void too_late(void)
{
	struct nod_session *s;
	struct nod_endpoint from;
	struct peer p = { 0 };

	room_open(&room, &mode_chat, &CONF(0), 1);
	nod_session_dial(service, &room.at, NULL, &p.session, NULL);
	nod_session_accept(room.door, &s, &from);
	hub_hand_over(room.loop[0], client_new(&room.server, s, &from, false));
	room_close(&room);
	tap(room.n_closed[CLOSED_STOPPED] == 1 && room.server.n_clients == 0,
		"who comes too late is closed all the same");
	tap(peer_heard(&p, "") && p.has_ended, "and learns of it");
	peer_leave(&p);
}

/* The server stops, and a loop ends without having heard of it: the others do not wait for it. */
static void one_leaves(void)
{
	struct nod_service real = *service;

	room_open(&room, &mode_chat, &CONF(.grace = 3600 * NOD_S), 2);
	room.service.now = real.now;
	struct peer p = room_enter(&room, 0);
	room_settle(&room);
	peer_forget(&p);
	client_send(p.client, "last\n", 5);
	atomic_store(&room.server.is_stopping, STOP_IN_ORDER);
	loop_turn(room.loop[0], 0);
	tap(!p.client->is_finishing, "stopping: one loop waits for what the other may say");
	loop_free(room.loop[--room.n_loops]);
	nod_ns start = nod_service_now(service);
	loop_turn(room.loop[0], start + WAIT_NS);
	loop_turn(room.loop[0], 0);
	tap(nod_service_now(service) < start + WAIT_NS && peer_heard(&p, "last\n") && p.has_ended,
		"stopping: and no longer, when that has ended");
	peer_leave(&p);
	room.service.now = room_clock;
	room_close(&room);
}

/* ---- threads ------------------------------------------------------------------------- */

#define SPEAKERS  8
#define LISTENERS 4
#define LINES	  250

static nod_ns real_clock(const struct nod_service *v)
{
	(void)v;
	return nod_service_now(service);
}

static void *run_loop(void *arg)
{
	struct loop *l = arg;

	while (loop_turn(l, NOD_FOREVER))
		;
	return NULL;
}

/* The real clock, and no reports: the loops would make them from threads of their own. */
static void open_threads(struct server_conf conf, unsigned n_loops, pthread_t *thread)
{
	room_open(&room, &mode_chat, &conf, n_loops);
	room.service.now = real_clock;
	room.report = (struct server_report){ .self = &room };
	for (unsigned i = 0; i < n_loops; i++)
		pthread_create(&thread[i], NULL, run_loop, room.loop[i]);
}

static void close_threads(unsigned n_loops, const pthread_t *thread)
{
	atomic_store(&room.server.is_stopping, STOP_IN_ORDER);
	hub_wake_all(&room.server.hub);
	for (unsigned i = 0; i < n_loops; i++)
		pthread_join(thread[i], NULL);
	room_close(&room);
}

static struct peer hand_in(unsigned loop)
{
	struct peer p = { 0 };
	struct nod_session *s;
	struct nod_endpoint from;

	nod_session_dial(service, &room.at, NULL, &p.session, NULL);
	nod_session_accept(room.door, &s, &from);
	hub_hand_over(room.loop[loop], client_new(&room.server, s, &from, false));
	return p;
}

static unsigned lines_of(const struct peer *p, const char *with)
{
	unsigned n = 0;

	for (const char *at = p->text; at && (at = strstr(at, with)); at++)
		n++;
	return n;
}

/* Take what comes until @p has been told @n lines with @with in them. */
static bool hear(struct peer *p, const char *with, unsigned n)
{
	nod_ns end = nod_service_now(service) + WAIT_NS;

	peer_take(p, SIZE_MAX);
	while (lines_of(p, with) < n && !p->has_ended && nod_service_now(service) < end) {
		await(p->session, NOD_READABLE);
		peer_take(p, SIZE_MAX);
	}
	return lines_of(p, with) >= n;
}

/* All of it, however long that takes. */
static bool say_all(const struct peer *p, const char *text, size_t len)
{
	while (len) {
		ssize_t n = nod_session_send(p->session, text, len);

		if (n < 0 && (n != -EAGAIN || !await(p->session, NOD_WRITABLE)))
			return false;
		text += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return true;
}

struct speaker {
	struct peer *peer;
	unsigned number;
	bool took_all;
};

static void *speak(void *arg)
{
	struct speaker *s = arg;
	char line[200];

	s->took_all = true;
	for (unsigned i = 0; i < LINES && s->took_all; i++) {
		int len = snprintf(line, sizeof(line), "%u says %u.\n", s->number, i);

		s->took_all = say_all(s->peer, line, (size_t)len);
		if (i % 16 == 0)
			peer_take(s->peer, SIZE_MAX);
	}
	return NULL;
}

/* @got is @full without the lines of guest @number. */
static bool is_without(const char *full, unsigned number, const char *got)
{
	char own[32];
	int len = snprintf(own, sizeof(own), "guest%u: ", number);

	while (*full) {
		size_t n = strcspn(full, "\n") + 1;

		if (strncmp(full, own, (size_t)len) != 0) {
			if (strncmp(full, got, n) != 0)
				return false;
			got += n;
		}
		full += n;
	}
	return !*got;
}

static void one_order(unsigned n_loops)
{
	struct peer p[LISTENERS + SPEAKERS];
	struct speaker speaker[SPEAKERS];
	pthread_t loops[ROOM_LOOPS_MAX], threads[SPEAKERS];
	unsigned in_order = 0, same = 0, complete = 0;
	bool all_told = true;

	open_threads(CONF(.queue = 1 << 24), n_loops, loops);
	for (unsigned i = 0; i < LISTENERS + SPEAKERS; i++) {
		p[i] = hand_in(i % n_loops);
		hear(&p[i], "* welcome", 1); /* so that guest i + 1 is p[i] */
	}
	for (unsigned i = 0; i < LISTENERS + SPEAKERS; i++) {
		hear(&p[i], "joined", LISTENERS + SPEAKERS - 1 - i);
		peer_forget(&p[i]);
	}
	for (unsigned i = 0; i < SPEAKERS; i++) {
		speaker[i] = (struct speaker){ .peer = &p[LISTENERS + i], .number = i };
		pthread_create(&threads[i], NULL, speak, &speaker[i]);
	}
	for (unsigned i = 0; i < SPEAKERS; i++) {
		pthread_join(threads[i], NULL);
		all_told &= speaker[i].took_all;
	}
	for (unsigned i = 0; i < LISTENERS; i++)
		complete += hear(&p[i], " says ", SPEAKERS * LINES);
	for (unsigned i = 0; i < SPEAKERS; i++)
		complete += hear(&p[LISTENERS + i], " says ", (SPEAKERS - 1) * LINES);
	tap(all_told && complete == LISTENERS + SPEAKERS,
		"%u threads: all that was said is heard by all", n_loops);

	for (unsigned i = 1; i < LISTENERS; i++)
		same += p[i].text && strcmp(p[0].text, p[i].text) == 0;
	for (unsigned i = 0; i < SPEAKERS; i++)
		same += is_without(p[0].text, LISTENERS + i + 1, p[LISTENERS + i].text);
	tap(same == LISTENERS - 1 + SPEAKERS, "%u threads: once, in one order for all", n_loops);
	for (unsigned i = 0; i < SPEAKERS; i++) {
		const char *at = p[0].text;
		char want[64];
		unsigned k = 0;

		for (; k < LINES && at; k++) {
			snprintf(want, sizeof(want), "guest%u: %u says %u.\n",
				LISTENERS + i + 1, i, k);
			at = strstr(at, want);
		}
		in_order += k == LINES && at;
	}
	tap(in_order == SPEAKERS, "%u threads: and as each has said it", n_loops);
	for (unsigned i = 0; i < LISTENERS + SPEAKERS; i++)
		peer_leave(&p[i]);
	close_threads(n_loops, loops);
}

/* Many come and go on all loops while somebody speaks: no one is left waiting. */
static void coming_and_going(unsigned n_loops)
{
	enum { ROUNDS = 40, EACH = 8 };
	pthread_t loops[ROOM_LOOPS_MAX];
	unsigned welcomed = 0, in_order = 0;

	open_threads(CONF(.history = 5), n_loops, loops);
	struct peer speaker = hand_in(0), witness = hand_in(n_loops - 1);
	hear(&speaker, "* welcome", 1);
	hear(&witness, "* welcome", 1);
	for (unsigned k = 0; k < ROUNDS; k++) {
		struct peer p[EACH];
		char line[32];

		for (unsigned i = 0; i < EACH; i++) {
			p[i] = hand_in(chance(n_loops));
			snprintf(line, sizeof(line), "%u.%u\n", k, i);
			peer_say(&speaker, line);
			peer_take(&speaker, SIZE_MAX);
		}
		snprintf(line, sizeof(line), ": %u.%u\n", k, EACH - 1);
		for (unsigned i = 0; i < EACH; i++)
			welcomed += hear(&p[i], "* welcome", 1) && hear(&p[i], line, 1) &&
				lines_of(&p[i], line) == 1;
		for (unsigned i = 0; i < EACH; i++)
			peer_leave(&p[i]);
	}
	tap(welcomed == ROUNDS * EACH,
		"%u threads: all who come are welcomed, and hear the last line once: %u", n_loops,
		welcomed);
	hear(&witness, " left ", ROUNDS * EACH);
	const char *at = witness.text;
	for (unsigned k = 0; k < ROUNDS * EACH && at; k++) {
		char want[32];

		snprintf(want, sizeof(want), ": %u.%u\n", k / EACH, k % EACH);
		at = strstr(at, want);
		in_order += at && lines_of(&witness, want) == 1;
	}
	tap(in_order == ROUNDS * EACH, "%u threads: the one who stays hears all", n_loops);
	tap(lines_of(&witness, " joined ") == lines_of(&witness, " left ") ||
			lines_of(&witness, " joined ") == ROUNDS * EACH + 1,
		"%u threads: as many leave as have come", n_loops);
	peer_leave(&speaker);
	peer_leave(&witness);
	close_threads(n_loops, loops);
}

/* More than the inboxes hold, from all loops at once: they wait for each other, not for ever. */
static void flood(unsigned n_loops)
{
	enum { BIG = 1500 };
	pthread_t loops[ROOM_LOOPS_MAX];
	struct peer p[ROOM_LOOPS_MAX];
	char *line = malloc(4002);
	unsigned done = 0;

	memset(line, 1, 4000); /* each octet becomes three */
	memcpy(line + 4000, "\n", 2);
	open_threads(CONF(.queue = 1 << 25), n_loops, loops); /* so that nobody is too slow */
	for (unsigned i = 0; i < n_loops; i++) {
		p[i] = hand_in(i);
		hear(&p[i], "* welcome", 1);
	}
	for (unsigned k = 0; k < BIG; k++) {
		say_all(&p[k % n_loops], line, 4001);
		for (unsigned i = 0; i < n_loops; i++) {
			peer_take(&p[i], SIZE_MAX);
			if (p[i].len > 1 << 20)
				p[i].len = 0; /* too much to keep */
		}
	}
	for (unsigned i = 0; i < n_loops; i++) {
		say_all(&p[i], "the end\n", 8);
		p[i].len = 0;
	}
	for (unsigned i = 0; i < n_loops; i++)
		done += hear(&p[i], ": the end\n", n_loops - 1);
	tap(done == n_loops, "%u threads: 18 MB said by all at once end", n_loops);
	for (unsigned i = 0; i < n_loops; i++)
		peer_leave(&p[i]);
	close_threads(n_loops, loops);
	free(line);
}

int main(void)
{
	chance_begin();
	begin();
	unsigned before = open_fds();
	a_long_chain();
	no_wake_is_lost();
	too_late();
	one_leaves();
	one_order(1);
	one_order(2);
	one_order(4);
	coming_and_going(2);
	coming_and_going(4);
	flood(3);
	tap(open_fds() == before, "no descriptor is left open");
	return end();
}
