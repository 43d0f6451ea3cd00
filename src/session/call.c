/* SPDX-License-Identifier: ISC */
/*
 * call.c - connect to a host by its name, whichever of its addresses answers first
 *
 * RFC 8305 (Happy Eyeballs v2); its decisions are happy.c's, this file carries them out:
 * both families are asked for side by side, and every attempt is a session that dials
 * without waiting.  While an attempt waits, the service is asked how often it has sent its
 * SYN, so that a failure can say when they went out.
 *
 * Goes through the service table alone, so it works on any service.
 *
 * Neighbours: happy.c, service.h, session.c; test/unit/test_call.c.
 */
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "happy.h"
#include "service.h"

#define CALL_TIMEOUT   (10 * NOD_S)  /* when conf->timeout is 0 */
#define SYN_WATCH      (50 * NOD_MS) /* how exactly the times of SYNs are told */
#define BUSY_RETRY     (50 * NOD_MS) /* a Unix listener whose queue is full */
#define ATTEMPTS_MAX   (2 * HAPPY_ADDRS)
#define EVENTS_AT_ONCE 16

struct attempt {
	struct nod_session *session; /* NULL = over */
	struct nod_failure so_far;   /* filled while it lasts: where, SYNs */
	nod_ns start;
};

/* A family that is asked for. */
struct question {
	enum nod_family family;
	struct nod_lookup *lookup; /* NULL = not asked, or answered */
	int error, resolver;	   /* why there is no address; 0 = there are, or not answered */
};

struct call {
	const struct nod_service *service;
	const struct nod_call_watch *watch;
	struct nod_session_conf conf;
	const char *host;
	uint16_t port;
	nod_ns start, deadline;
	struct nod_ready *ready;
	struct question question[2];
	struct happy happy;
	struct attempt attempt[ATTEMPTS_MAX];
	unsigned n_attempts;
	struct nod_failure reason; /* the most telling so far; error 0 = none */
};

static nod_ns now_of(const struct call *c)
{
	return c->service->now(c->service);
}

/* How much an error tells of why the host cannot be talked to: its own word most of all. */
static int telling(int err)
{
	switch (-err) {
	case ECONNREFUSED:
	case ECONNRESET:
		return 5;
	case ETIMEDOUT:
		return 4;
	case EHOSTUNREACH:
		return 3;
	case ENETUNREACH:
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
		return 1;
	default: /* this machine's own trouble: permissions, descriptors, memory */
		return 6;
	}
}

static void note_failure(struct call *c, const struct nod_failure *f)
{
	if (c->watch && c->watch->failed)
		c->watch->failed(c->watch->self, f);
	if (!c->reason.error || telling(f->error) > telling(c->reason.error))
		c->reason = *f;
}

static struct nod_failure failure_at(const struct call *c, const struct nod_endpoint *to)
{
	struct nod_failure f = { .tried = NOD_TRIED_CONNECT, .at = *to };

	memccpy(f.name, c->host, 0, sizeof(f.name) - 1);
	return f;
}

static void attempt_fail(struct call *c, struct attempt *a, int err)
{
	nod_ns now = now_of(c);

	if (a->session) {
		nod_ready_remove(c->ready, a->session);
		nod_session_abort(a->session);
		a->session = NULL;
	}
	a->so_far.error = err;
	a->so_far.elapsed = now - a->start;
	happy_failed(&c->happy, now);
	note_failure(c, &a->so_far);
}

static void attempt_start(struct call *c, const struct nod_addr *addr)
{
	const struct nod_endpoint to = { .addr = *addr, .port = c->port };
	struct attempt *a = &c->attempt[c->n_attempts++]; /* happy.c keeps no more */
	struct nod_failure why = { 0 };

	a->so_far = failure_at(c, &to);
	a->start = now_of(c);
	if (c->watch && c->watch->trying)
		c->watch->trying(c->watch->self, &to);
	int err = nod_session_dial(c->service, &to, &c->conf, &a->session, &why);
	if (err < 0)
		a->session = NULL;
	else
		err = nod_ready_add(c->ready, a->session, NOD_WRITABLE, a);
	if (err < 0)
		attempt_fail(c, a, err);
}

/* Whether SYNs are to be counted soon: one is under way for long enough to be sent again. */
static bool count_syns(struct call *c)
{
	nod_ns now = now_of(c);
	bool is_waiting = false;

	for (unsigned i = 0; i < c->n_attempts; i++) {
		struct attempt *a = &c->attempt[i];

		if (!a->session || !c->service->syns_sent)
			continue;
		unsigned n = c->service->syns_sent(a->session);
		for (; a->so_far.n_sent < n; a->so_far.n_sent++) {
			if (a->so_far.n_sent < NOD_SENT_MAX)
				a->so_far.sent[a->so_far.n_sent] =
					a->so_far.n_sent ? now - a->start : 0;
		}
		is_waiting |= n > 0;
	}
	return is_waiting;
}

/* ---- names --------------------------------------------------------------------------- */

static void tell_resolved(const struct call *c, const struct nod_addr *addrs, unsigned n)
{
	struct nod_endpoint list[HAPPY_ADDRS];

	if (!c->watch || !c->watch->resolved)
		return;
	for (unsigned i = 0; i < n; i++)
		list[i] = (struct nod_endpoint){ .addr = addrs[i], .port = c->port };
	c->watch->resolved(c->watch->self, c->host, list, n, now_of(c) - c->start);
}

static void take_answers(struct call *c)
{
	struct nod_addr list[HAPPY_ADDRS];

	for (unsigned i = 0; i < 2; i++) {
		struct question *q = &c->question[i];
		int n = q->lookup ?
			c->service->lookup_take(q->lookup, list, HAPPY_ADDRS, &q->resolver) :
			-EAGAIN;

		if (n == -EAGAIN)
			continue;
		c->service->lookup_end(q->lookup);
		q->lookup = NULL;
		if (n < 0) {
			q->error = n;
			n = 0;
		}
		happy_answer(&c->happy, q->family, list, (unsigned)n, now_of(c));
		tell_resolved(c, list, (unsigned)n);
	}
}

/* Of two families' reasons the one to tell: that something is broken before "there is none". */
static const struct question *telling_answer(const struct call *c)
{
	static const int order[] = { EAI_SYSTEM, EAI_MEMORY, EAI_AGAIN, EAI_FAIL, EAI_NONAME,
		EAI_NODATA, EAI_ADDRFAMILY };

	for (unsigned o = 0; o < sizeof(order) / sizeof(order[0]); o++) {
		for (unsigned i = 0; i < 2; i++) {
			if (c->question[i].resolver == order[o])
				return &c->question[i];
		}
	}
	return &c->question[c->question[0].error ? 0 : 1];
}

static int ask(struct call *c, struct question *q, enum nod_family family)
{
	q->family = family;
	return c->service->lookup_start(c->service, c->host, family, c->ready, &q->lookup);
}

/* Begin to ask for the host's addresses, or take it for the address that it is. */
static int resolve(struct call *c)
{
	enum nod_family only = c->conf.source.addr.family != NOD_UNSPEC ?
		(enum nod_family)c->conf.source.addr.family :
		c->conf.family;
	struct nod_addr numeric;
	int err = 0;

	if (service_addr_parse(c->service, &numeric, c->host) == 0) {
		enum nod_family family = (enum nod_family)numeric.family;

		happy_init(&c->happy, false, false);
		if (only == NOD_UNSPEC || only == family)
			happy_answer(&c->happy, family, &numeric, 1, now_of(c));
		else
			c->question[0] = (struct question){ .error = -ENOENT,
				.resolver = EAI_ADDRFAMILY };
		return 0;
	}
	happy_init(&c->happy, only != NOD_IPV6, only != NOD_IPV4);
	if (only != NOD_IPV4)
		err = ask(c, &c->question[0], NOD_IPV6);
	if (err == 0 && only != NOD_IPV6)
		err = ask(c, &c->question[1], NOD_IPV4);
	return err;
}

static void end_questions(struct call *c)
{
	for (unsigned i = 0; i < 2; i++) {
		if (c->question[i].lookup)
			c->service->lookup_end(c->question[i].lookup);
	}
}

/* ---- the race ------------------------------------------------------------------------ */

static void not_resolved(struct call *c, int error, int resolver)
{
	c->reason.tried = NOD_TRIED_RESOLVE;
	c->reason.error = error;
	c->reason.resolver = resolver;
	if (c->service->lookup_sources && resolver != EAI_ADDRFAMILY)
		c->service->lookup_sources(
			c->service, c->reason.asked, sizeof(c->reason.asked));
	c->reason.elapsed = now_of(c) - c->start;
	memccpy(c->reason.name, c->host, 0, sizeof(c->reason.name) - 1);
}

/* What is to be said when no address is left, or none at all was found. */
static int give_up(struct call *c, struct nod_failure *why)
{
	if (!c->reason.error) {
		const struct question *q = telling_answer(c);

		not_resolved(c, q->error, q->resolver);
	}
	*why = c->reason;
	return why->error;
}

static int time_is_over(struct call *c, struct nod_failure *why)
{
	for (unsigned i = 0; i < c->n_attempts; i++) {
		if (c->attempt[i].session)
			attempt_fail(c, &c->attempt[i], -ETIMEDOUT);
	}
	if (!c->reason.error) /* the resolver has not answered */
		not_resolved(c, -ETIMEDOUT, EAI_AGAIN);
	*why = c->reason;
	return why->error;
}

static nod_ns earlier(nod_ns a, nod_ns b)
{
	return a < b ? a : b;
}

static int stopped(struct call *c, struct nod_failure *why)
{
	const struct nod_endpoint nowhere = { 0 };

	*why = failure_at(
		c, c->n_attempts ? &c->attempt[c->n_attempts - 1].so_far.at : &nowhere);
	why->error = -EINTR;
	why->elapsed = now_of(c) - c->start;
	return -EINTR;
}

/* What became ready: the winner's index through @winner.  0 or -EINTR. */
static int look_at(struct call *c, const struct nod_ready_event *ev, int n, int *winner)
{
	for (int i = 0; i < n; i++) {
		struct attempt *a = ev[i].tag;

		if (!a)
			continue; /* a name has been answered */
		if (ev[i].tag == c)
			return -EINTR; /* stop_fd */
		if (!a->session)
			continue;
		int err = nod_session_dialled(a->session);
		if (err == 0) {
			*winner = (int)(a - c->attempt);
			return 0;
		}
		if (err != -EINPROGRESS)
			attempt_fail(c, a, err);
	}
	return 0;
}

/* Winner's index or a negative errno. */
static int race(struct call *c, struct nod_failure *why)
{
	struct nod_ready_event ev[EVENTS_AT_ONCE];
	struct nod_addr addr;
	int winner = -1;

	for (;;) {
		take_answers(c);
		while (happy_next(&c->happy, now_of(c), &addr))
			attempt_start(c, &addr);
		if (happy_is_over(&c->happy))
			return give_up(c, why);
		bool counts = count_syns(c);
		nod_ns now = now_of(c);
		if (now >= c->deadline)
			return time_is_over(c, why);

		nod_ns until = earlier(c->deadline, happy_wake(&c->happy));
		if (counts)
			until = earlier(until, now + SYN_WATCH);
		int n = nod_ready_wait(c->ready, ev, EVENTS_AT_ONCE, until);
		if (n < 0) {
			why->error = n;
			return n;
		}
		if (look_at(c, ev, n, &winner) < 0)
			return stopped(c, why);
		if (winner >= 0)
			return winner;
	}
}

/* A Unix socket has one address, and a full queue is no answer but "try again". */
static int call_unix(struct call *c, const struct nod_endpoint *to, struct nod_session **out,
	struct nod_failure *why)
{
	struct nod_ready_event ev;

	if (c->watch && c->watch->trying)
		c->watch->trying(c->watch->self, to);
	for (;;) {
		int err = nod_session_dial(c->service, to, &c->conf, out, why);
		nod_ns now = now_of(c);

		why->elapsed = now - c->start;
		if (err < 0 && (err != -EAGAIN || now >= c->deadline)) {
			note_failure(c, why);
			return err;
		}
		if (err == 0)
			return 0;
		err = nod_ready_wait(c->ready, &ev, 1, earlier(c->deadline, now + BUSY_RETRY));
		if (err > 0 && ev.tag == c)
			return stopped(c, why);
	}
}

static int call(struct call *c, int stop_fd, struct nod_session **out, struct nod_failure *why)
{
	struct nod_endpoint path;
	int err = nod_ready_new(c->service, NOD_READY_BEST, &c->ready);

	if (err < 0)
		return err;
	if (stop_fd >= 0)
		err = nod_ready_add_fd(c->ready, stop_fd, NOD_READABLE, c);
	if (err == 0 && strncmp(c->host, "unix:", 5) == 0) {
		err = nod_endpoint_parse(&path, c->host);
		return err < 0 ? err : call_unix(c, &path, out, why);
	}
	if (err == 0) {
		why->tried = NOD_TRIED_RESOLVE;
		err = resolve(c);
	}
	if (err < 0)
		return err;
	why->tried = NOD_TRIED_CONNECT;
	int winner = race(c, why);
	if (winner < 0)
		return winner;
	*out = c->attempt[winner].session;
	c->attempt[winner].session = NULL;
	nod_ready_remove(c->ready, *out);
	return 0;
}

int nod_session_call(const struct nod_service *v, const char *host, uint16_t port,
	const struct nod_session_conf *conf, const struct nod_call_watch *watch, int stop_fd,
	struct nod_session **out, struct nod_failure *why)
{
	struct nod_failure unwanted;
	struct call *c = calloc(1, sizeof(*c)); /* too big for a small thread's stack */

	if (!why)
		why = &unwanted;
	memset(why, 0, sizeof(*why));
	why->tried = NOD_TRIED_CONNECT;
	if (!c)
		return why->error = -ENOMEM;
	c->service = v;
	c->watch = watch;
	c->host = host;
	c->port = port;
	if (conf)
		c->conf = *conf;
	c->conf.blocking = false;
	c->start = v->now(v);
	nod_ns timeout = c->conf.timeout > 0 ? c->conf.timeout : CALL_TIMEOUT;
	c->deadline = timeout < NOD_FOREVER - c->start ? c->start + timeout : NOD_FOREVER;
	int err = call(c, stop_fd, out, why);
	if (err == 0 && conf && conf->blocking) {
		err = nod_session_set_blocking(*out, true);
		if (err < 0)
			nod_session_close(*out);
	}
	if (err < 0) {
		why->error = err;
		if (!why->name[0])
			memccpy(why->name, host, 0, sizeof(why->name) - 1);
	}
	end_questions(c);
	for (unsigned i = 0; i < c->n_attempts; i++) {
		if (!c->attempt[i].session)
			continue;
		nod_ready_remove(c->ready, c->attempt[i].session);
		nod_session_close(c->attempt[i].session);
	}
	if (c->ready)
		nod_ready_free(c->ready);
	free(c);
	return err;
}
