/* SPDX-License-Identifier: ISC */
/*
 * test_ready.c - three ways of waiting, one table of checks: select, poll and epoll; the
 * kernel's sets and those of a stack of our own
 *
 * Where a way differs, struct way says how, as nod/session.h does; everything else must be the
 * same.  The last check holds each against a model: random descriptors and sessions that are
 * watched, not watched, ready and not ready.
 */
#include "tap.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/time.h>

#include "chance.h"
#include "hosts.h"
#include "sessions.h"

#define EVENTS 64

static const struct way {
	const char *name;
	enum nod_ready_how how;
	bool tells_broken_alone; /* with bits 0 */
	int high_fd;		 /* what adding a descriptor of 1,024 gives */
	int file;		 /* ... a regular file */
	int closed;		 /* ... one that is not open; 1: only the wait shows it */
} ways[] = {
	{ "select", NOD_READY_SELECT, false, -ENOSPC, 0, 1 },
	{ "poll", NOD_READY_POLL, true, 0, 0, 1 },
	{ "epoll", NOD_READY_EPOLL, true, 0, -EPERM, -EBADF },
	{ "best", NOD_READY_BEST, true, 0, -EPERM, -EBADF },
};

static const struct way *way;
static struct nod_ready *set;
static struct nod_ready_event ev[EVENTS];

/* One test of this way. */
#define CHECK(ok, what) tap(ok, "%s, %s: %s", nod_service_name(service), way->name, what)

/* What is ready now. */
static int look(void)
{
	return nod_ready_wait(set, ev, EVENTS, 0);
}

/* What is ready, as soon as something is. */
static int wait_some(void)
{
	nod_ns until = nod_service_now(service) + WAIT_NS;
	int n;

	do
		n = nod_ready_wait(set, ev, EVENTS, until);
	while (n == 0 && nod_service_now(service) < until);
	return n;
}

/* Whether exactly one thing is ready: @tag, for @bits. */
static bool is_alone(int n, void *tag, unsigned bits)
{
	return n == 1 && ev[0].tag == tag && ev[0].bits == bits;
}

struct pair {
	struct nod_session *listener, *a, *b;
};

static bool open_pair(struct pair *p)
{
	const struct nod_endpoint e = of("127.0.0.1:0");
	struct nod_endpoint at;

	*p = (struct pair){ 0 };
	return nod_session_listen(service, &e, NULL, &p->listener, NULL) == 0 &&
		nod_session_local(p->listener, &at) == 0 &&
		nod_session_dial(service, &at, NULL, &p->a, NULL) == 0 &&
		await(p->listener, NOD_READABLE) &&
		nod_session_accept(p->listener, &p->b, NULL) == 0;
}

static void close_pair(struct pair *p)
{
	nod_session_close(p->a);
	nod_session_close(p->b);
	nod_session_close(p->listener);
}

/* ---- sessions ---------------------------------------------------------------------------- */

static void reading_and_writing(void)
{
	struct pair p;
	static char buf[65536];
	int tag, other;

	if (!open_pair(&p)) {
		CHECK(false, "a connection");
		return;
	}
	CHECK(look() == 0, "an empty set tells nothing");
	CHECK(nod_ready_add(set, p.b, NOD_READABLE, &tag) == 0 && look() == 0,
		"nothing to read, nothing told");
	nod_session_send(p.a, "x", 1);
	CHECK(is_alone(wait_some(), &tag, NOD_READABLE), "readable when something came");
	CHECK(is_alone(look(), &tag, NOD_READABLE), "and as long as it is there");
	nod_session_recv(p.b, buf, 1);
	CHECK(look() == 0, "and no longer");

	CHECK(nod_ready_change(set, p.b, NOD_READABLE | NOD_WRITABLE, &other) == 0 &&
			is_alone(look(), &other, NOD_WRITABLE),
		"change: writable too, with another tag");
	nod_session_send(p.a, "x", 1);
	await(p.b, NOD_READABLE);
	CHECK(is_alone(look(), &other, NOD_READABLE | NOD_WRITABLE), "both in one event");
	while (nod_session_send(p.b, buf, sizeof(buf)) > 0)
		;
	CHECK(is_alone(look(), &other, NOD_READABLE), "full: not writable");
	nod_ready_change(set, p.b, NOD_WRITABLE, &tag);
	CHECK(look() == 0, "not told of what was not asked for");
	while (nod_session_recv(p.a, buf, sizeof(buf)) > 0 || look() == 0)
		;
	CHECK(is_alone(look(), &tag, NOD_WRITABLE), "room again: writable");

	nod_ready_remove(set, p.b);
	CHECK(look() == 0, "removed: nothing told");
	nod_ready_remove(set, p.b);
	CHECK(nod_ready_change(set, p.b, NOD_READABLE, &tag) == -ENOENT,
		"what is not in it cannot be changed");
	CHECK(nod_ready_add(set, p.b, NOD_READABLE, &other) == 0 &&
			is_alone(look(), &other, NOD_READABLE),
		"but added again");
	CHECK(nod_ready_add(set, p.b, NOD_WRITABLE, &tag) == -EEXIST &&
			is_alone(look(), &other, NOD_READABLE),
		"not twice: it stays as it is");
	nod_ready_remove(set, p.b);
	close_pair(&p);
}

static void coming_and_going(void)
{
	const struct nod_endpoint e = of("127.0.0.1:0");
	struct pair p;
	struct nod_endpoint at;
	struct nod_session *l, *a;
	int tag;
	char c;

	if (nod_session_listen(service, &e, NULL, &l, NULL) == 0) {
		nod_session_local(l, &at);
		nod_ready_add(set, l, NOD_READABLE, &tag);
		nod_session_dial(service, &at, NULL, &a, NULL);
		CHECK(is_alone(wait_some(), &tag, NOD_READABLE),
			"a listener is readable when somebody came");
		nod_ready_remove(set, l);
		nod_session_close(a);
		nod_session_close(l);
	}
	if (open_pair(&p)) {
		nod_ready_add(set, p.b, NOD_READABLE, &tag);
		nod_session_close(p.a);
		p.a = NULL;
		CHECK(is_alone(wait_some(), &tag, NOD_READABLE) &&
				nod_session_recv(p.b, &c, 1) == 0,
			"the end is readable");
		nod_ready_remove(set, p.b);
		close_pair(&p);
	}
	if (open_pair(&p)) {
		nod_ready_add(set, p.b, NOD_READABLE, &tag);
		nod_session_abort(p.a);
		p.a = NULL;
		CHECK(wait_some() == 1 && ev[0].bits & NOD_READABLE &&
				nod_session_recv(p.b, &c, 1) == -ECONNRESET,
			"so is a reset");
		nod_ready_remove(set, p.b);
		close_pair(&p);
	}
	if (open_pair(&p)) {
		nod_ready_add(set, p.b, 0, &tag);
		nod_session_send(p.a, "x", 1);
		await(p.b, NOD_READABLE);
		CHECK(look() == 0, "bits 0: not told that something came");
		nod_session_abort(p.a);
		p.a = NULL;
		await(p.b, 0); /* poll's set sees it */
		CHECK(way->tells_broken_alone ? is_alone(look(), &tag, NOD_BROKEN) :
						look() == 0,
			"bits 0: told of a reset, but by select");
		nod_ready_remove(set, p.b);
		close_pair(&p);
	}
}

/* ---- datagrams ----------------------------------------------------------------------- */

/* A datagram endpoint at the loopback, and one connected to it. */
static bool open_datagrams(struct pair *p)
{
	const struct nod_session_conf conf = { .type = NOD_DATAGRAM };
	const struct nod_endpoint e = of("127.0.0.1:0");
	struct nod_endpoint at;

	*p = (struct pair){ 0 };
	return nod_session_listen(service, &e, &conf, &p->b, NULL) == 0 &&
		nod_session_local(p->b, &at) == 0 &&
		nod_session_dial(service, &at, &conf, &p->a, NULL) == 0;
}

static void datagrams(void)
{
	struct pair p;
	struct nod_ready *second = NULL;
	struct nod_ready_event other_ev;
	char buf[8];
	int tag, other;

	if (!open_datagrams(&p) || nod_ready_new(service, way->how, &second) < 0) {
		CHECK(false, "two datagram endpoints");
		return;
	}
	CHECK(nod_ready_add(set, p.b, NOD_READABLE, &tag) == 0 && look() == 0,
		"no datagram, nothing told");
	CHECK(nod_ready_add(second, p.b, NOD_READABLE, &other) == 0, "in two sets at a time");
	nod_session_send(p.a, "one", 3);
	nod_session_send(p.a, "two", 3);
	CHECK(is_alone(wait_some(), &tag, NOD_READABLE) && await(p.b, NOD_READABLE) &&
			nod_ready_wait(second, &other_ev, 1, 0) == 1 && other_ev.tag == &other,
		"a datagram came: both are told");
	nod_ready_free(second); /* with the session in it */
	nod_session_recv(p.b, buf, sizeof(buf));
	await(p.b, NOD_READABLE);
	CHECK(is_alone(look(), &tag, NOD_READABLE), "there is one more");
	nod_session_recv(p.b, buf, sizeof(buf));
	CHECK(look() == 0, "and no more");
	CHECK(nod_ready_add(set, p.b, NOD_READABLE, &other) == -EEXIST, "not twice in one set");
	CHECK(nod_ready_change(set, p.b, NOD_WRITABLE, &other) == 0 &&
			is_alone(look(), &other, NOD_WRITABLE) &&
			is_alone(look(), &other, NOD_WRITABLE),
		"writable, as long as that is asked for");
	nod_ready_remove(set, p.b);
	CHECK(look() == 0 && nod_ready_change(set, p.b, 0, &tag) == -ENOENT,
		"removed: nothing told, nothing to change");

	nod_session_close(p.b);
	p.b = NULL;
	CHECK(nod_ready_add(set, p.a, NOD_READABLE, &tag) == 0, "whose peer has gone");
	nod_session_send(p.a, "x", 1);
	CHECK(wait_some() == 1 && ev[0].tag == &tag &&
			nod_session_recv(p.a, buf, 1) == -ECONNREFUSED && look() == 0,
		"a refusal is told, once");
	nod_ready_remove(set, p.a);
	close_pair(&p);
}

/* ---- time and waking ----------------------------------------------------------------- */

static void *wake_it(void *arg)
{
	nod_ready_wake(arg);
	return NULL;
}

static void on_alarm(int sig)
{
	(void)sig;
	nod_ready_wake(set);
}

static void on_other(int sig)
{
	(void)sig;
}

static void time_and_waking(void)
{
	pthread_t thread;
	nod_ns start = nod_service_now(service);

	CHECK(nod_ready_wait(set, ev, EVENTS, start + 20 * NOD_MS) == 0 &&
			nod_service_now(service) >= start + 20 * NOD_MS,
		"waits until the time is over, no less");
	CHECK(nod_ready_wait(set, ev, EVENTS, start) == 0 &&
			nod_ready_wait(set, ev, EVENTS, INT64_MIN) == 0,
		"the past: only looks");

	nod_ready_wake(set);
	nod_ready_wake(set);
	CHECK(nod_ready_wait(set, ev, EVENTS, NOD_FOREVER) == 1 && !ev[0].tag,
		"woken before it waits");
	CHECK(look() == 0, "twice woken is once");
	pthread_create(&thread, NULL, wake_it, set);
	CHECK(nod_ready_wait(set, ev, EVENTS, NOD_FOREVER) == 1 && !ev[0].tag,
		"woken by another thread");
	pthread_join(thread, NULL);

	struct sigaction a = { .sa_handler = on_alarm }, before;
	const struct itimerval often = { { 0, 2000 }, { 0, 2000 } }, never = { 0 };
	sigaction(SIGALRM, &a, &before);
	setitimer(ITIMER_REAL, &often, NULL);
	int n, turns = 0;
	do /* the signal itself may come first */
		n = nod_ready_wait(set, ev, EVENTS, NOD_FOREVER);
	while (n == 0 && ++turns < 100);
	CHECK(n == 1 && !ev[0].tag, "woken by a signal's handler");
	a.sa_handler = on_other;
	sigaction(SIGALRM, &a, NULL);
	look();
	CHECK(nod_ready_wait(set, ev, EVENTS, NOD_FOREVER) == 0, "a signal ends the wait");
	setitimer(ITIMER_REAL, &never, NULL);
	sigaction(SIGALRM, &before, NULL);
}

/* ---- descriptors --------------------------------------------------------------------- */

/* As many as are ready get their turn, however few are asked for at a time. */
static void fairness(void)
{
	enum { N = 40, MAX = 7 };
	int fd[N];
	unsigned told[N] = { 0 }, least = 1000, most = 0;

	for (unsigned i = 0; i < N; i++) {
		fd[i] = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
		nod_ready_add_fd(set, fd[i], NOD_READABLE, &told[i]);
	}
	for (unsigned k = 0; k < N * 10 / MAX; k++) {
		int n = nod_ready_wait(set, ev, MAX, 0);

		for (int i = 0; i < n; i++)
			++*(unsigned *)ev[i].tag;
	}
	for (unsigned i = 0; i < N; i++) {
		least = told[i] < least ? told[i] : least;
		most = told[i] > most ? told[i] : most;
		nod_ready_remove_fd(set, fd[i]);
		close(fd[i]);
	}
	tap(least >= 9 && most <= 11, "%s, %s: 40 ready, 7 at a time: each told %u to %u times",
		nod_service_name(service), way->name, least, most);
}

static void odd_descriptors(void)
{
	struct rlimit r, more;
	int fd = eventfd(1, EFD_CLOEXEC), tag;

	getrlimit(RLIMIT_NOFILE, &r);
	more = r;
	more.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &more);
	if (more.rlim_cur <= 1024) {
		tap_skip("descriptors above 1,023", "the limit is lower");
	} else {
		dup2(fd, 1023);
		dup2(fd, 1024);
		CHECK(nod_ready_add_fd(set, 1023, NOD_READABLE, &tag) == 0 &&
				is_alone(look(), &tag, NOD_READABLE),
			"descriptor 1,023");
		nod_ready_remove_fd(set, 1023);
		int err = nod_ready_add_fd(set, 1024, NOD_READABLE, &tag);
		CHECK(err == way->high_fd && look() == (err == 0), "descriptor 1,024");
		CHECK(nod_ready_change_fd(set, 1024, 0, &tag) == (err ? -ENOENT : 0) &&
				look() == 0,
			"and changed");
		nod_ready_remove_fd(set, 1024);
		close(1023);
		close(1024);
	}
	setrlimit(RLIMIT_NOFILE, &r);

	CHECK(nod_ready_add_fd(set, -1, NOD_READABLE, &tag) == -EBADF,
		"descriptor -1: refused");
	CHECK(nod_ready_change_fd(set, -1, NOD_READABLE, &tag) < 0, "nor changed");
	nod_ready_remove_fd(set, -1);

	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	CHECK(nod_ready_add_fd(set, file, NOD_READABLE, &tag) == way->file, "a regular file");
	nod_ready_remove_fd(set, file);
	close(file);

	if (way->closed < 0)
		CHECK(nod_ready_add_fd(set, file, NOD_READABLE, &tag) == way->closed,
			"a descriptor that is not open");
	CHECK(look() == 0, "what was refused is not in the set");
	close(fd);
}

static int watch(int fd, struct nod_session *s, unsigned bits, void *tag)
{
	return fd < 0 ? nod_ready_add(set, s, bits, tag) : nod_ready_add_fd(set, fd, bits, tag);
}

/* What is in the eventfd, or the one datagram. */
static void take(int fd, struct nod_session *s)
{
	uint64_t n;

	if (fd < 0)
		nod_session_recv(s, &n, sizeof(n));
	else
		(void)!read(fd, &n, sizeof(n));
}

/* Random descriptors and sessions, random interest: what is told is what is asked for and ready. */
static void against_model(void)
{
	enum { N = 48, SESSIONS = 16 };
	static struct watched {
		int fd;		       /* or, < 0 */
		struct pair datagrams; /* writable always */
		bool is_in, is_full, has_more;
		unsigned bits;
	} w[N];
	const uint64_t nearly = UINT64_MAX - 2, one = 1;
	unsigned wrong = 0;

	/* an eventfd: readable unless 0, writable unless it is full */
	for (unsigned i = 0; i < N; i++) {
		w[i] = (struct watched){ .fd = -1 };
		if (i >= SESSIONS)
			w[i].fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		else
			wrong += !open_datagrams(&w[i].datagrams);
	}
	for (unsigned k = 0; k < 3000; k++) {
		struct watched *x = &w[chance(N)];
		unsigned bits = chance(4), told = 0, want = 0;
		bool seen[N] = { 0 };
		int err = 0;

		switch (chance(6)) {
		case 0:
			err = watch(x->fd, x->datagrams.b, bits, x) != (x->is_in ? -EEXIST : 0);
			x->bits = x->is_in ? x->bits : bits;
			x->is_in = true;
			break;
		case 1:
			err = (x->fd < 0 ? nod_ready_change(set, x->datagrams.b, bits, x) :
					   nod_ready_change_fd(set, x->fd, bits, x)) !=
				(x->is_in ? 0 : -ENOENT);
			x->bits = bits;
			break;
		case 2:
			if (x->fd < 0)
				nod_ready_remove(set, x->datagrams.b);
			else
				nod_ready_remove_fd(set, x->fd);
			x->is_in = false;
			break;
		case 3: /* empty it */
			take(x->fd, x->datagrams.b);
			x->has_more = x->is_full = false;
			break;
		case 4: /* something in it */
			take(x->fd, x->datagrams.b);
			if (x->fd >= 0)
				(void)!write(x->fd, &one, sizeof(one));
			else
				err = nod_session_send(x->datagrams.a, "x", 1) != 1 ||
					!await(x->datagrams.b, NOD_READABLE);
			x->has_more = true;
			x->is_full = false;
			break;
		default: /* full */
			if (x->fd < 0)
				break;
			take(x->fd, NULL);
			(void)!write(x->fd, &nearly, sizeof(nearly));
			(void)!write(x->fd, &one, sizeof(one));
			x->has_more = x->is_full = true;
			break;
		}
		wrong += err != 0;
		int got = look();
		for (int i = 0; i < got; i++) {
			const struct watched *t = ev[i].tag;
			unsigned ready = (t->has_more ? (unsigned)NOD_READABLE : 0) |
				(t->is_full ? 0 : (unsigned)NOD_WRITABLE);

			wrong += !t->is_in || ev[i].bits != (ready & t->bits) || seen[t - w];
			seen[t - w] = true;
			told++;
		}
		for (unsigned i = 0; i < N; i++)
			want += w[i].is_in &&
				((w[i].has_more && w[i].bits & NOD_READABLE) ||
					(!w[i].is_full && w[i].bits & NOD_WRITABLE));
		wrong += told != want;
	}
	for (unsigned i = 0; i < SESSIONS; i++) {
		nod_ready_remove(set, w[i].datagrams.b);
		close_pair(&w[i].datagrams);
	}
	for (unsigned i = SESSIONS; i < N; i++) {
		nod_ready_remove_fd(set, w[i].fd);
		close(w[i].fd);
	}
	tap(wrong == 0 && look() == 0, "%s, %s: 3,000 random steps: %u not as the model",
		nod_service_name(service), way->name, wrong);
}

int main(void)
{
	static const struct {
		void (*run)(void);
		bool needs_streams;
	} checks[] = { { reading_and_writing, true }, { coming_and_going, true },
		{ datagrams, false }, { time_and_waking, false }, { fairness, false },
		{ odd_descriptors, false }, { against_model, false } };
	struct hosts h;

	chance_begin();
	begin();
	unsigned before = open_fds();
	h = two_hosts();
	const struct nod_service *const services[] = { service, h.on[0] };
	for (unsigned i = 0; i < 2 * sizeof(ways) / sizeof(ways[0]); i++) {
		service = services[i % 2];
		way = &ways[i / 2];
		for (unsigned k = 0; k < sizeof(checks) / sizeof(checks[0]); k++) {
			int err = nod_ready_new(service, way->how, &set);

			if (err < 0) {
				tap(false, "%s: a new set: %s", way->name, strerror(-err));
				continue;
			}
			if (service == services[0] || !checks[k].needs_streams)
				checks[k].run();
			nod_ready_free(set);
		}
	}
	nod_ready_free(NULL);
	hosts_end(&h);
	tap(open_fds() == before, "no descriptor is left open");
	return end();
}
