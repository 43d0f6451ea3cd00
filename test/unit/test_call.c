/* SPDX-License-Identifier: ISC */
/*
 * test_call.c - nod_session_call() over a made-up service, whose time jumps to what comes next
 *
 * Its clock moves only when the caller waits, so every run is the same and none takes time.
 */
#include "tap.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "session/service.h"

#define NEVER NOD_FOREVER

struct host {
	const char *addr; /* NULL ends the list */
	nod_ns after; /* dialling to answer; NEVER = silence; 0 = at once, from dial itself */
	int error;    /* 0 = connects */
};

struct answer {
	nod_ns after;
	const char *addr[4];
	int resolver;
};

struct scene {
	const char *name;
	struct answer v6, v4;
	struct host hosts[5];
	struct nod_session_conf conf;
	const char *host; /* "bob" when NULL */
	nod_ns stop_at;	  /* the stop descriptor becomes readable; 0 = never */
	/* ---- what is to come of it ----------------------------------------------------------- */
	const char *want; /* "tried@ms ..." */
	const char *peer; /* who won; NULL = nobody */
	nod_ns at;	  /* when it was over */
	int error, resolver;
	const char *blamed; /* address in the failure */
	unsigned n_sent;
};

/* ---- the service --------------------------------------------------------------------- */

struct fake_session {
	struct nod_session base;
	const struct host *host;
	nod_ns start, due;
	struct nod_endpoint to;
	void *tag;
	bool is_watched;
};

struct nod_lookup {
	const struct answer *answer;
	nod_ns due;
	bool is_told; /* the ready set was woken */
};

static struct {
	const struct scene *scene;
	nod_ns now;
	struct nod_lookup *lookup[4];
	unsigned n_lookups;
	struct fake_session *live[16];
	unsigned n_live;
	void *stop_tag;
	char log[256];
	unsigned n_failed; /* told to the watch */
} fake;

static nod_ns fake_now(const struct nod_service *v)
{
	(void)v;
	return fake.now;
}

static int fake_lookup_start(const struct nod_service *v, const char *name,
	enum nod_family family, struct nod_ready *ready, struct nod_lookup **out)
{
	struct nod_lookup *l;

	(void)v;
	(void)ready;
	if (strlen(name) > 255)
		return -ENAMETOOLONG;
	l = calloc(1, sizeof(*l));
	if (!l)
		abort();
	l->answer = family == NOD_IPV6 ? &fake.scene->v6 : &fake.scene->v4;
	l->due = fake.now + l->answer->after;
	fake.lookup[fake.n_lookups++] = l;
	*out = l;
	return 0;
}

static int fake_lookup_take(
	struct nod_lookup *l, struct nod_addr *list, unsigned max, int *resolver)
{
	int n = 0;

	if (fake.now < l->due)
		return -EAGAIN;
	for (; n < (int)max && n < 4 && l->answer->addr[n]; n++) {
		if (nod_addr_parse(&list[n], l->answer->addr[n]) < 0)
			abort();
	}
	*resolver = l->answer->resolver;
	return n ? n : -ENOENT;
}

static void fake_lookup_end(struct nod_lookup *l)
{
	for (unsigned i = 0; i < fake.n_lookups; i++) {
		if (fake.lookup[i] == l) {
			fake.lookup[i] = fake.lookup[--fake.n_lookups];
			free(l);
			return;
		}
	}
	abort(); /* ended twice */
}

static int fake_dial(const struct nod_service *v, const struct nod_endpoint *to,
	const struct nod_session_conf *conf, struct nod_session **out, struct nod_failure *why)
{
	char text[NOD_ADDR_TEXT_MAX];
	size_t len = strlen(fake.log);

	(void)conf;
	(void)why;
	nod_addr_format(&to->addr, text, sizeof(text));
	snprintf(fake.log + len, sizeof(fake.log) - len, "%s%s@%d", len ? " " : "", text,
		(int)(fake_now(v) / NOD_MS));
	for (const struct host *h = fake.scene->hosts; h->addr; h++) {
		if (strcmp(h->addr, text) != 0)
			continue;
		if (h->after == 0 && h->error)
			return h->error;
		struct fake_session *s = calloc(1, sizeof(*s));
		if (!s)
			abort();
		s->base.service = v;
		s->host = h;
		s->to = *to;
		s->start = fake_now(v);
		s->due = h->after == NEVER ? NEVER : s->start + h->after;
		fake.live[fake.n_live++] = s;
		*out = &s->base;
		return 0;
	}
	return -ENETUNREACH;
}

static int fake_dialled(struct nod_session *s)
{
	struct fake_session *f = (struct fake_session *)s;

	return fake_now(s->service) < f->due ? -EINPROGRESS : f->host->error;
}

static unsigned fake_syns_sent(const struct nod_session *s)
{
	nod_ns age = fake_now(s->service) - ((const struct fake_session *)s)->start;
	unsigned n = 1;

	for (nod_ns at = NOD_S; age >= at; at = 2 * at + NOD_S)
		n++;
	return n;
}

static void fake_close(struct nod_session *s)
{
	for (unsigned i = 0; i < fake.n_live; i++) {
		if (&fake.live[i]->base == s) {
			fake.live[i] = fake.live[--fake.n_live];
			free(s);
			return;
		}
	}
	abort(); /* closed twice */
}

static int fake_set_blocking(struct nod_session *s, bool blocking)
{
	(void)s;
	(void)blocking;
	return 0;
}

/* ---- its ready set ------------------------------------------------------------------- */

static int fake_add_fd(struct nod_ready *r, int fd, unsigned bits, void *tag)
{
	(void)r;
	(void)fd;
	(void)bits;
	fake.stop_tag = tag;
	return 0;
}

/* What comes next, at the latest @until. */
static nod_ns next_thing(nod_ns until)
{
	nod_ns next = until;

	for (unsigned i = 0; i < fake.n_lookups; i++)
		next = fake.lookup[i]->due < next ? fake.lookup[i]->due : next;
	for (unsigned i = 0; i < fake.n_live; i++)
		next = fake.live[i]->due < next ? fake.live[i]->due : next;
	if (fake.stop_tag && fake.scene->stop_at < next)
		next = fake.scene->stop_at;
	return next;
}

static int fake_wait(struct nod_ready *r, struct nod_ready_event *ev, int max, nod_ns until)
{
	nod_ns next = next_thing(until);
	int n = 0;

	(void)r;
	if (next == NOD_FOREVER)
		abort(); /* would hang */
	if (next > fake.now)
		fake.now = next;
	for (unsigned i = 0; i < fake.n_lookups && n < max; i++) {
		if (fake.lookup[i]->due <= fake.now && !fake.lookup[i]->is_told) {
			fake.lookup[i]->is_told = true;
			ev[n++] = (struct nod_ready_event){ NULL, NOD_READABLE };
		}
	}
	if (fake.stop_tag && fake.scene->stop_at <= fake.now && n < max)
		ev[n++] = (struct nod_ready_event){ fake.stop_tag, NOD_READABLE };
	for (unsigned i = 0; i < fake.n_live && n < max; i++) {
		if (fake.live[i]->is_watched && fake.live[i]->due <= fake.now)
			ev[n++] = (struct nod_ready_event){ fake.live[i]->tag, NOD_WRITABLE };
	}
	return n;
}

static void fake_free(struct nod_ready *r)
{
	free(r);
}

static const struct ready_ops fake_ready_ops = {
	.free = fake_free, .add_fd = fake_add_fd, .wait = fake_wait
};

static int fake_ready_new(
	const struct nod_service *v, enum nod_ready_how how, struct nod_ready **out)
{
	(void)how;
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	(*out)->service = v;
	(*out)->ops = &fake_ready_ops;
	return 0;
}

static int fake_ready_add(struct nod_ready *r, struct nod_session *s, unsigned bits, void *tag)
{
	(void)r;
	(void)bits;
	((struct fake_session *)s)->tag = tag;
	((struct fake_session *)s)->is_watched = true;
	return 0;
}

static void fake_ready_remove(struct nod_ready *r, struct nod_session *s)
{
	(void)r;
	((struct fake_session *)s)->is_watched = false;
}

static const struct nod_service fake_service = {
	.name = "fake",
	.now = fake_now,
	.dial = fake_dial,
	.dialled = fake_dialled,
	.syns_sent = fake_syns_sent,
	.close = fake_close,
	.abort = fake_close,
	.set_blocking = fake_set_blocking,
	.ready_new = fake_ready_new,
	.ready_add = fake_ready_add,
	.ready_remove = fake_ready_remove,
	.lookup_start = fake_lookup_start,
	.lookup_take = fake_lookup_take,
	.lookup_end = fake_lookup_end,
};

/* ---- the scenes ---------------------------------------------------------------------- */

#define MS(n) ((n)*NOD_MS)
#define V6    "2001:db8::1"
#define V6B   "2001:db8::2"
#define V4    "192.0.2.1"
#define V4B   "192.0.2.2"

static const struct scene scenes[] = {
	{ .name = "an address needs no resolver",
		.host = V4,
		.hosts = { { V4, MS(20), 0 } },
		.want = V4 "@0",
		.peer = V4,
		.at = MS(20) },
	{ .name = "both alive: IPv6",
		.v6 = { MS(5), { V6 }, 0 },
		.v4 = { MS(5), { V4 }, 0 },
		.hosts = { { V6, MS(30), 0 }, { V4, MS(10), 0 } },
		.want = V6 "@5",
		.peer = V6,
		.at = MS(35) },
	{ .name = "IPv6 dead, IPv4 alive: 250 ms later",
		.v6 = { MS(5), { V6 }, 0 },
		.v4 = { MS(5), { V4 }, 0 },
		.hosts = { { V6, NEVER, 0 }, { V4, MS(10), 0 } },
		.want = V6 "@5 " V4 "@255",
		.peer = V4,
		.at = MS(265) },
	{ .name = "IPv6 slow wins after IPv4 has begun",
		.v6 = { MS(0), { V6 }, 0 },
		.v4 = { MS(0), { V4 }, 0 },
		.hosts = { { V6, MS(300), 0 }, { V4, MS(100), 0 } },
		.want = V6 "@0 " V4 "@250",
		.peer = V6,
		.at = MS(300) },
	{ .name = "first refused: the next at once",
		.v6 = { MS(5), { V6 }, 0 },
		.v4 = { MS(5), { V4 }, 0 },
		.hosts = { { V6, MS(10), -ECONNREFUSED }, { V4, MS(10), 0 } },
		.want = V6 "@5 " V4 "@15",
		.peer = V4,
		.at = MS(25) },
	{ .name = "no route to IPv6: the next at once",
		.v6 = { MS(5), { V6, V6B }, 0 },
		.v4 = { MS(5), { V4 }, 0 },
		.hosts = { { V6, 0, -ENETUNREACH }, { V6B, 0, -ENETUNREACH },
			{ V4, MS(10), 0 } },
		.want = V6 "@5 " V4 "@5",
		.peer = V4,
		.at = MS(15) },
	{ .name = "AAAA late: IPv4 after the resolution delay",
		.v6 = { MS(400), { V6 }, 0 },
		.v4 = { MS(5), { V4 }, 0 },
		.hosts = { { V4, MS(10), 0 }, { V6, MS(10), 0 } },
		.want = V4 "@55",
		.peer = V4,
		.at = MS(65) },
	{ .name = "AAAA late, IPv4 silent: AAAA joins",
		.v6 = { MS(400), { V6 }, 0 },
		.v4 = { MS(5), { V4 }, 0 },
		.hosts = { { V4, NEVER, 0 }, { V6, MS(10), 0 } },
		.want = V4 "@55 " V6 "@400",
		.peer = V6,
		.at = MS(410) },
	{ .name = "AAAA within the delay goes first",
		.v6 = { MS(40), { V6 }, 0 },
		.v4 = { MS(5), { V4 }, 0 },
		.hosts = { { V4, MS(10), 0 }, { V6, MS(10), 0 } },
		.want = V6 "@40",
		.peer = V6,
		.at = MS(50) },
	{ .name = "all refused",
		.v6 = { MS(5), { V6 }, 0 },
		.v4 = { MS(5), { V4, V4B }, 0 },
		.hosts = { { V6, MS(1), -ECONNREFUSED }, { V4, MS(1), -ECONNREFUSED },
			{ V4B, MS(1), -EHOSTUNREACH } },
		.want = V6 "@5 " V4 "@6 " V4B "@7",
		.at = MS(8),
		.error = -ECONNREFUSED,
		.blamed = V6,
		.n_sent = 1 },
	{ .name = "refused tells more than no route",
		.v6 = { MS(5), { V6 }, 0 },
		.v4 = { MS(5), { V4 }, 0 },
		.hosts = { { V6, 0, -ENETUNREACH }, { V4, MS(1), -ECONNREFUSED } },
		.want = V6 "@5 " V4 "@5",
		.at = MS(6),
		.error = -ECONNREFUSED,
		.blamed = V4,
		.n_sent = 1 },
	{ .name = "this machine's own trouble tells most",
		.v6 = { MS(5), { V6 }, 0 },
		.v4 = { MS(5), { V4 }, 0 },
		.hosts = { { V6, MS(1), -ECONNREFUSED }, { V4, 0, -EMFILE } },
		.want = V6 "@5 " V4 "@6",
		.at = MS(6),
		.error = -EMFILE,
		.blamed = V4 },
	{ .name = "nobody answers in 10 s",
		.host = V4,
		.hosts = { { V4, NEVER, 0 } },
		.want = V4 "@0",
		.at = MS(10000),
		.error = -ETIMEDOUT,
		.blamed = V4,
		.n_sent = 4 },
	{ .name = "nobody answers in the time given",
		.host = V4,
		.hosts = { { V4, NEVER, 0 } },
		.conf = { .timeout = MS(200) },
		.want = V4 "@0",
		.at = MS(200),
		.error = -ETIMEDOUT,
		.blamed = V4,
		.n_sent = 1 },
	{ .name = "unknown name",
		.v6 = { MS(5), { 0 }, EAI_NONAME },
		.v4 = { MS(9), { 0 }, EAI_NONAME },
		.want = "",
		.at = MS(9),
		.error = -ENOENT,
		.resolver = EAI_NONAME },
	{ .name = "one server silent, the other says no: silence is told",
		.v6 = { MS(5), { 0 }, EAI_NODATA },
		.v4 = { MS(5000), { 0 }, EAI_AGAIN },
		.want = "",
		.at = MS(5000),
		.error = -ENOENT,
		.resolver = EAI_AGAIN },
	{ .name = "the resolver takes longer than the time given",
		.v6 = { MS(60000), { V6 }, 0 },
		.v4 = { MS(60000), { V4 }, 0 },
		.conf = { .timeout = MS(300) },
		.want = "",
		.at = MS(300),
		.error = -ETIMEDOUT,
		.resolver = EAI_AGAIN },
	{ .name = "one family is not answered before it is over",
		.v6 = { MS(60000), { V6 }, 0 },
		.v4 = { MS(5), { V4 }, 0 },
		.hosts = { { V4, MS(10), 0 } },
		.want = V4 "@55",
		.peer = V4,
		.at = MS(65) },
	{ .name = "only IPv6 asked for",
		.v6 = { MS(5), { V6 }, 0 },
		.conf = { .family = NOD_IPV6 },
		.hosts = { { V6, MS(10), 0 } },
		.want = V6 "@5",
		.peer = V6,
		.at = MS(15) },
	{ .name = "only IPv4 asked for, and at once",
		.v4 = { MS(5), { V4 }, 0 },
		.conf = { .family = NOD_IPV4 },
		.hosts = { { V4, MS(10), 0 } },
		.want = V4 "@5",
		.peer = V4,
		.at = MS(15) },
	{ .name = "the source's family decides",
		.v4 = { MS(5), { V4 }, 0 },
		.conf = { .source = { .addr = { .family = NOD_IPV4,
					      .octet = { 127, 0, 0, 1 } } } },
		.hosts = { { V4, MS(10), 0 } },
		.want = V4 "@5",
		.peer = V4,
		.at = MS(15) },
	{ .name = "an address of the family not asked for",
		.host = V4,
		.conf = { .family = NOD_IPV6 },
		.want = "",
		.error = -ENOENT,
		.resolver = EAI_ADDRFAMILY },
	{ .name = "stopped while connecting",
		.host = V4,
		.hosts = { { V4, NEVER, 0 } },
		.stop_at = MS(1500),
		.want = V4 "@0",
		.at = MS(1500),
		.error = -EINTR,
		.blamed = V4 },
	{ .name = "stopped while resolving",
		.v6 = { MS(60000), { V6 }, 0 },
		.v4 = { MS(60000), { V4 }, 0 },
		.stop_at = MS(100),
		.want = "",
		.at = MS(100),
		.error = -EINTR },
	{ .name = "more addresses than answer: all in turn",
		.v6 = { 0, { V6, V6B }, 0 },
		.v4 = { 0, { V4, V4B }, 0 },
		.hosts = { { V6, NEVER, 0 }, { V6B, NEVER, 0 }, { V4, NEVER, 0 },
			{ V4B, MS(700), 0 } },
		.want = V6 "@0 " V4 "@250 " V6B "@500 " V4B "@750",
		.peer = V4B,
		.at = MS(1450) },
};

static void on_failed(void *self, const struct nod_failure *why)
{
	(void)self;
	(void)why;
	fake.n_failed++;
}

static void begin(const struct scene *s)
{
	fake.scene = s;
	fake.now = 0;
	fake.n_lookups = fake.n_live = fake.n_failed = 0;
	fake.stop_tag = NULL;
	fake.log[0] = 0;
}

static bool is_address(const struct nod_endpoint *e, const char *want)
{
	char text[NOD_ADDR_TEXT_MAX];

	nod_addr_format(&e->addr, text, sizeof(text));
	return strcmp(text, want ? want : "-") == 0;
}

static void play(const struct scene *s)
{
	static const struct nod_call_watch watch = { .failed = on_failed };
	struct nod_session *session = NULL;
	struct nod_failure why;

	begin(s);
	int err = nod_session_call(&fake_service, s->host ? s->host : "bob", 80, &s->conf,
		&watch, s->stop_at ? 0 : -1, &session, &why);
	nod_ns at = fake_now(&fake_service);
	bool ok = err == s->error && at == s->at && strcmp(fake.log, s->want) == 0;

	if (err == 0) {
		ok = ok && fake.n_live == 1 &&
			is_address(&((struct fake_session *)session)->to, s->peer);
		nod_session_close(session);
	} else {
		ok = ok && why.error == err && why.resolver == s->resolver &&
			is_address(&why.at, s->blamed) &&
			(!s->n_sent || why.n_sent == s->n_sent) &&
			strcmp(why.name, s->host ? s->host : "bob") == 0;
	}
	ok = ok && fake.n_live == 0 && fake.n_lookups == 0; /* nothing is left behind */
	if (!tap(ok, "%s", s->name))
		printf("# error %d, resolver %d, at %d ms, tried: %s, %u live, %u SYNs\n", err,
			why.resolver, (int)(at / NOD_MS), fake.log, fake.n_live, why.n_sent);
}

int main(void)
{
	struct nod_failure why;
	struct nod_session *session = NULL;

	for (unsigned i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
		play(&scenes[i]);

	const struct scene silent = { .host = V4, .hosts = { { V4, NEVER, 0 } } };
	begin(&silent);
	nod_session_call(&fake_service, V4, 80, NULL, NULL, -1, &session, &why);
	tap(why.sent[0] == 0 && why.sent[1] >= MS(1000) && why.sent[1] <= MS(1050) &&
			why.sent[2] >= MS(3000) && why.sent[2] <= MS(3050) &&
			why.sent[3] >= MS(7000) && why.sent[3] <= MS(7050),
		"SYNs are told to within 50 ms");
	tap(why.elapsed == MS(10000), "and how long it took");

	const struct scene both = { .v6 = { 0, { V6 }, 0 },
		.v4 = { 0, { V4 }, 0 },
		.hosts = { { V6, MS(1), -ECONNREFUSED }, { V4, 0, -ENETUNREACH } } };
	static const struct nod_call_watch watch = { .failed = on_failed };
	begin(&both);
	tap(nod_session_call(&fake_service, "bob", 80, NULL, &watch, -1, &session, NULL) ==
				-ECONNREFUSED &&
			fake.n_failed == 2,
		"each address's failure is told; the whole one may be unwanted");

	char name[400];
	memset(name, 'x', sizeof(name));
	name[399] = 0;
	begin(&silent);
	tap(nod_session_call(&fake_service, name, 80, NULL, NULL, -1, &session, &why) ==
				-ENAMETOOLONG &&
			strlen(why.name) == 255,
		"a name that is too long is refused");
	tap(nod_session_call(&fake_service, "unix:", 80, NULL, NULL, -1, &session, &why) ==
			-EINVAL,
		"a Unix socket without a path is refused");
	return tap_done();
}
