/* SPDX-License-Identifier: ISC */
/*
 * room.h - a server in the test's own process, for tests of what it does with its clients
 *
 * Its loops are turned by the test, one turn at a time, and its clock is the test's: what takes
 * thirty seconds takes none.  Its clients come over Unix or TCP sockets of the loopback.
 */
#ifndef NOD_TEST_ROOM_H
#define NOD_TEST_ROOM_H

#include "application/mode_chat.h"
#include "application/server.h"
#include "session/service.h"
#include "sessions.h"

#define ROOM_LOOPS_MAX 4
#define TURNS	       4 /* of each loop: enough for what is said to reach everybody */

struct room {
	struct server server;
	struct server_conf conf;
	struct server_stats stats;
	struct server_report report;
	struct nod_service service; /* the kernel's, but for its clock */
	enum nod_ready_how how;
	struct loop *loop[ROOM_LOOPS_MAX];
	unsigned n_loops;
	struct listener *listeners; /* of the first loop */
	struct nod_session *door;   /* where those come in who are placed by the test */
	struct nod_endpoint at;
	/* what was reported */
	unsigned n_opened, n_refused_at_the_door, n_said, n_refused, n_commits;
	unsigned n_closed[N_WHY_CLOSED], n_trouble[N_TROUBLES];
	int last_err, commit_result;
	char said[256];
};

/* One who has come: his side. */
struct peer {
	struct nod_session *session;
	struct client *client; /* the server's side; gone when it is closed */
	char *text;	       /* all that he was told */
	size_t len, cap;
	bool has_ended;
};

static nod_ns room_now; /* one clock for all rooms */

static inline nod_ns room_clock(const struct nod_service *v)
{
	(void)v;
	return room_now;
}

static inline void on_opened(void *self, const struct client *c)
{
	(void)c;
	((struct room *)self)->n_opened++;
}

static inline void on_closed(void *self, const struct client *c, enum why_closed why, int err)
{
	struct room *r = self;

	r->n_refused_at_the_door += !c->loop;
	r->n_closed[why]++;
	r->last_err = err;
}

static inline void on_said(void *self, const struct client *c, const char *name, bool is_action,
	const char *text, size_t len)
{
	struct room *r = self;

	(void)c;
	(void)name;
	(void)is_action;
	r->n_said++;
	snprintf(r->said, sizeof(r->said), "%.*s", (int)(len < 255 ? len : 255), text);
}

static inline void on_refused(void *self, const struct client *c, const char *why)
{
	(void)c;
	(void)why;
	((struct room *)self)->n_refused++;
}

static inline void on_trouble(void *self, enum trouble t, int err)
{
	struct room *r = self;

	r->n_trouble[t]++;
	r->last_err = err;
}

static inline int on_commit(void *self)
{
	struct room *r = self;

	r->n_commits++;
	return r->commit_result;
}

static inline int room_place(struct server *s, struct client *c)
{
	client_start(c, s->how_data);
	return 0;
}

/* @conf is copied; zeros become what `nod serve` has when nothing is asked for. */
static inline void room_open(
	struct room *r, const struct mode *mode, const struct server_conf *conf, unsigned n_loops)
{
	static const struct siphash_key key = { 1, 2 };
	const struct nod_endpoint e = of("unix:door");
	enum nod_ready_how how = r->how;

	*r = (struct room){ .how = how, .conf = *conf, .service = *nod_service_kernel() };
	r->conf.mode = mode;
	r->conf.reply = conf->reply ? conf->reply : "yes\n";
	r->conf.reply_len = strlen(r->conf.reply) - 1;
	r->conf.queue = conf->queue ? conf->queue : 1 << 20;
	r->conf.peer_timeout = conf->peer_timeout ? conf->peer_timeout : 60 * NOD_S;
	r->conf.grace = conf->grace ? conf->grace : 5 * NOD_S;
	r->service.now = room_clock;
	r->report = (struct server_report){ .self = r,
		.opened = on_opened,
		.closed = on_closed,
		.said = on_said,
		.refused = on_refused,
		.trouble = on_trouble,
		.commit = on_commit };
	if (!room_now)
		room_now = NOD_S;
	bool ok = server_init(&r->server, &r->service, &r->conf, &r->report, &r->stats, &key) == 0;
	if (ok && mode == &mode_chat)
		ok = chat_init(&r->server) == 0;
	for (; ok && r->n_loops < n_loops; r->n_loops++)
		ok = loop_new(&r->server, how, 65536, &r->loop[r->n_loops]) == 0;
	r->server.place = room_place;
	r->server.how_data = r->loop[0];
	if (!ok || nod_session_listen(nod_service_kernel(), &e, NULL, &r->door, NULL) < 0) {
		printf("Bail out! no room\n");
		exit(99);
	}
	nod_session_local(r->door, &r->at);
}

static inline void room_close(struct room *r)
{
	listener_close_all(r->loop[0], &r->listeners);
	while (r->n_loops)
		loop_free(r->loop[--r->n_loops]);
	chat_free(&r->server);
	server_free(&r->server);
	nod_session_close(r->door);
}

/* Every loop's turn, now. */
static inline void room_turn(struct room *r)
{
	for (unsigned i = 0; i < r->n_loops; i++)
		loop_turn(r->loop[i], 0);
}

/* Until what was said has reached everybody. */
static inline void room_settle(struct room *r)
{
	for (unsigned i = 0; i < TURNS; i++)
		room_turn(r);
}

/* Time passes after what was said has been heard. */
static inline void room_pass(struct room *r, nod_ns span)
{
	room_settle(r);
	room_now += span;
	room_settle(r);
}

/* One comes in at the door and is served by loop @i. */
static inline struct peer room_enter(struct room *r, unsigned i)
{
	struct peer p = { 0 };
	struct nod_session *s;
	struct nod_endpoint from;

	if (nod_session_dial(nod_service_kernel(), &r->at, NULL, &p.session, NULL) < 0 ||
		nod_session_accept(r->door, &s, &from) < 0 ||
		!(p.client = client_new(&r->server, s, &from, false))) {
		printf("Bail out! nobody can come in\n");
		exit(99);
	}
	client_start(p.client, r->loop[i]);
	return p;
}

static inline void peer_leave(struct peer *p)
{
	nod_session_close(p->session);
	free(p->text);
	*p = (struct peer){ 0 };
}

static inline void peer_say(struct peer *p, const char *text)
{
	if (nod_session_send(p->session, text, strlen(text)) != (ssize_t)strlen(text))
		printf("# not all of it was taken: %.20s\n", text);
}

/* Take what has come, at most @max octets. */
static inline size_t peer_take(struct peer *p, size_t max)
{
	size_t before = p->len;

	while (max && !p->has_ended) {
		char buf[65536];
		ssize_t n = nod_session_recv(
			p->session, buf, max < sizeof(buf) ? max : sizeof(buf));

		if (n <= 0) {
			p->has_ended = n != -EAGAIN;
			break;
		}
		if (p->cap - p->len < (size_t)n + 1) {
			p->cap = (p->cap + (size_t)n + 1) * 2;
			p->text = realloc(p->text, p->cap);
		}
		memcpy(p->text + p->len, buf, (size_t)n);
		p->len += (size_t)n;
		p->text[p->len] = 0;
		max -= (size_t)n;
	}
	return p->len - before;
}

/* Forget what he was told so far. */
static inline void peer_forget(struct peer *p)
{
	peer_take(p, SIZE_MAX);
	p->len = 0;
	if (p->text)
		p->text[0] = 0;
}

/* Whether he was told @want and nothing else since he last forgot. */
static inline bool peer_heard(struct peer *p, const char *want)
{
	peer_take(p, SIZE_MAX);
	const char *got = p->text ? p->text : "";
	bool ok = strcmp(got, want) == 0;

	if (!ok)
		printf("# told: \"%.200s\"\n", got);
	p->len = 0;
	if (p->text)
		p->text[0] = 0;
	return ok;
}

/* Clients that are there. */
static inline size_t room_count(const struct room *r)
{
	size_t n = 0;

	for (unsigned i = 0; i < r->n_loops; i++)
		n += r->loop[i]->n_clients;
	return n;
}

#endif
