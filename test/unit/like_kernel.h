/* SPDX-License-Identifier: ISC */
/*
 * like_kernel.h - the same calls to the kernel and to a stack of nod, and what they say
 *
 * A scenario is one function over a table of calls.  It runs twice, once on the kernel's sockets
 * and once on nod's, over the loopback; each call writes a line with its value or errno and what
 * is ready then, and the two lists of lines have to be equal.  Where nod is meant to differ, the
 * line stands in a table with the reason.
 */
#ifndef NOD_TEST_LIKE_KERNEL_H
#define NOD_TEST_LIKE_KERNEL_H

#include "tap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nod/nod.h"

enum { LINES = 20000, LINE = 160, SOCKETS = 64, BIG = 70000 };

struct world {
	struct nod_stack *nod; /* NULL: the kernel */
	nod_ns now;
	char (*line)[LINE];
	unsigned n;
	int open[SOCKETS];
	unsigned n_open;
	bool is_stream; /* POLLHUP counts, as it does for nod_ready_wait() */
};

static uint16_t port[8]; /* that nobody uses */
static uint8_t big[BIG];

static const char *const own[2] = { "127.0.0.1", "::1" };
static const char *const any[2] = { "0.0.0.0", "::" };
static const int family[2] = { AF_INET, AF_INET6 };

/* ---- both sides of each call --------------------------------------------------------- */

#define CALL(w, f, ...) ((w)->nod ? (long)nod_##f((w)->nod, __VA_ARGS__) : sys(f(__VA_ARGS__)))

static inline long sys(long r)
{
	return r < 0 ? -errno : r;
}

static inline const char *error_name(long r, char buf[32])
{
	snprintf(buf, 32, "%ld", r);
	if (r < 0)
		snprintf(buf, 32, "-%s", strerrorname_np((int)-r));
	return buf;
}

static inline void settle(struct world *w)
{
	if (!w->nod)
		return;
	if (!w->is_stream) /* the rates of ICMP errors are not what is tried here */
		nod_stack_poll(w->nod, w->now += NOD_S);
	for (unsigned i = 0; w->is_stream && i < 5; i++) /* question and answer */
		nod_stack_poll(w->nod, w->now += NOD_MS);
}

static inline unsigned ready(struct world *w, int s)
{
	struct pollfd p = { .fd = s, .events = POLLIN | POLLOUT };

	settle(w);
	if (w->nod)
		return (unsigned)nod_socket_ready(w->nod, s);
	poll(&p, 1, 0);
	return (p.revents & POLLIN ? NOD_READABLE : 0u) |
		(p.revents & POLLOUT ? NOD_WRITABLE : 0u) |
		(p.revents & (w->is_stream ? POLLERR | POLLHUP : POLLERR) ? NOD_BROKEN : 0u);
}

__attribute__((format(printf, 2, 3))) static inline void note(
	struct world *w, const char *f, ...)
{
	va_list ap;

	if (w->n == LINES)
		return;
	va_start(ap, f);
	vsnprintf(w->line[w->n++], LINE, f, ap);
	va_end(ap);
}

static inline void result(struct world *w, const char *what, long r, int s)
{
	char buf[32];
	unsigned bits = ready(w, s);

	note(w, "%s = %s%s%s%s", what, error_name(r, buf), bits & NOD_READABLE ? " in" : "",
		bits & NOD_WRITABLE ? " out" : "", bits & NOD_BROKEN ? " err" : "");
}

static inline int x_socket(struct world *w, int domain, int type, int protocol)
{
	long s = CALL(w, socket, domain, type | SOCK_NONBLOCK, protocol);
	char buf[32];

	note(w, "socket %d %d %d = %s", domain, type, protocol,
		s < 0 ? error_name(s, buf) : "ok");
	if (s >= 0)
		w->open[w->n_open++] = (int)s;
	return (int)s;
}

static inline void x_close(struct world *w, int s)
{
	for (unsigned i = 0; i < w->n_open; i++)
		if (w->open[i] == s)
			w->open[i] = w->open[--w->n_open];
	CALL(w, close, s);
}

static inline void close_all(struct world *w)
{
	while (w->n_open)
		x_close(w, w->open[0]);
}

/* An address of either family by its text, and which of the ports; -1: 0. */
static inline socklen_t address(struct sockaddr_storage *a, const char *text, int p)
{
	uint16_t number = p < 0 ? 0 : htons(port[p]);

	memset(a, 0, sizeof(*a));
	if (strchr(text, ':')) {
		struct sockaddr_in6 *six = (struct sockaddr_in6 *)a;

		six->sin6_family = AF_INET6;
		six->sin6_port = number;
		inet_pton(AF_INET6, text, &six->sin6_addr);
		return sizeof(*six);
	}
	struct sockaddr_in *four = (struct sockaddr_in *)a;

	four->sin_family = AF_INET;
	four->sin_port = number;
	inet_pton(AF_INET, text, &four->sin_addr);
	return sizeof(*four);
}

#define SA(a) ((struct sockaddr *)&(a))

static inline long x_bind(struct world *w, int s, const char *text, int p)
{
	struct sockaddr_storage a;
	socklen_t len = address(&a, text, p);
	long r = CALL(w, bind, s, SA(a), len);
	char what[80];

	snprintf(what, sizeof(what), "bind %s %d", text, p);
	result(w, what, r, s);
	return r;
}

static inline void x_connect(struct world *w, int s, const char *text, int p)
{
	struct sockaddr_storage a;
	socklen_t len = address(&a, text, p);
	char what[80];

	snprintf(what, sizeof(what), "connect %s %d", text, p);
	result(w, what, CALL(w, connect, s, SA(a), len), s);
}

static inline void x_disconnect(struct world *w, int s)
{
	struct sockaddr a = { .sa_family = AF_UNSPEC };

	result(w, "disconnect", CALL(w, connect, s, &a, sizeof(a)), s);
}

static inline void x_send(struct world *w, int s, size_t len, int flags)
{
	char what[80];

	snprintf(what, sizeof(what), "send %zu flags %x", len, flags);
	result(w, what, CALL(w, send, s, big, len, flags), s);
}

static inline void x_sendto(struct world *w, int s, size_t len, const char *text, int p)
{
	struct sockaddr_storage a;
	socklen_t alen = address(&a, text, p);
	char what[80];

	snprintf(what, sizeof(what), "sendto %zu %s %d", len, text, p);
	result(w, what, CALL(w, sendto, s, big, len, 0, SA(a), alen), s);
}

static inline const char *port_name(uint16_t number)
{
	static const char *const name[] = { "p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7" };

	for (int i = 0; i < 8; i++)
		if (number == htons(port[i]))
			return name[i];
	return number ? "some" : "0";
}

static inline void show_name(struct world *w, const char *what, long r,
	const struct sockaddr_storage *a, socklen_t len)
{
	char text[INET6_ADDRSTRLEN] = "?", buf[32];

	if (r < 0) {
		note(w, "%s = %s", what, error_name(r, buf));
		return;
	}
	if (a->ss_family == AF_INET) {
		const struct sockaddr_in *four = (const struct sockaddr_in *)a;

		inet_ntop(AF_INET, &four->sin_addr, text, sizeof(text));
		note(w, "%s = %s %s, %u octets", what, text, port_name(four->sin_port), len);
	} else if (a->ss_family == AF_INET6) {
		const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)a;

		inet_ntop(AF_INET6, &six->sin6_addr, text, sizeof(text));
		note(w, "%s = %s %s scope %u, %u octets", what, text, port_name(six->sin6_port),
			six->sin6_scope_id, len);
	} else {
		note(w, "%s = family %d, %u octets", what, a->ss_family, len);
	}
}

static inline void x_names(struct world *w, int s)
{
	struct sockaddr_storage a = { 0 };
	socklen_t len = sizeof(a);
	long r = CALL(w, getsockname, s, SA(a), &len);

	show_name(w, "getsockname", r, &a, len);
	len = sizeof(a);
	r = CALL(w, getpeername, s, SA(a), &len);
	show_name(w, "getpeername", r, &a, len);
}

static inline void x_recv(struct world *w, int s, size_t room, int flags)
{
	static uint8_t buf[BIG];
	struct sockaddr_storage a = { 0 };
	socklen_t len = sizeof(a);
	char what[80];
	long r;

	settle(w);
	r = CALL(w, recvfrom, s, buf, room, flags, SA(a), &len);
	snprintf(what, sizeof(what), "recv %zu flags %x", room, flags);
	result(w, what, r, s);
	show_name(w, "from", r, &a, len);
}

static inline long x_set(struct world *w, int s, int level, int option, int value)
{
	char what[80];
	long r = CALL(w, setsockopt, s, level, option, &value, sizeof(value));

	snprintf(what, sizeof(what), "set %d/%d to %d", level, option, value);
	result(w, what, r, s);
	return r;
}

static inline void x_set_raw(struct world *w, int s, const char *name, int level, int option,
	const void *value, socklen_t len)
{
	char what[80];

	snprintf(what, sizeof(what), "set %s, %u octets", name, len);
	result(w, what, CALL(w, setsockopt, s, level, option, value, len), s);
}

static inline void x_get(struct world *w, int s, int level, int option)
{
	int value = -77;
	socklen_t len = sizeof(value);
	char buf[32];
	long r = CALL(w, getsockopt, s, level, option, &value, &len);

	note(w, "get %d/%d = %s: %d, %u octets", level, option, error_name(r, buf),
		r < 0 ? 0 : value, r < 0 ? 0 : len);
}

static inline void x_shutdown(struct world *w, int s, int how)
{
	char what[80];

	snprintf(what, sizeof(what), "shutdown %d", how);
	result(w, what, CALL(w, shutdown, s, how), s);
}

/* ---- two worlds ---------------------------------------------------------------------- */

struct scenario {
	const char *name;
	void (*run)(struct world *w);
};

struct difference {
	const char *scenario, *line, *reason; /* line: how it begins, on either side */
};

static inline const char *reason_for(const struct difference *d, unsigned n,
	const char *scenario, const char *a, const char *b)
{
	for (unsigned i = 0; i < n; i++) {
		size_t len = strlen(d[i].line);

		if (strcmp(d[i].scenario, scenario) == 0 &&
			(strncmp(a, d[i].line, len) == 0 || strncmp(b, d[i].line, len) == 0))
			return d[i].reason;
	}
	return NULL;
}

static inline void run_both(const struct scenario *s, const struct difference *d, unsigned n,
	struct world *kernel, struct world *nod)
{
	struct world *w[2] = { kernel, nod };
	unsigned same = 0, meant = 0;
	bool ok;

	for (int k = 0; k < 2; k++) {
		w[k]->n = 0;
		s->run(w[k]);
		close_all(w[k]);
		settle(w[k]);
	}
	ok = kernel->n == nod->n;
	if (getenv("LIKE_KERNEL") && strcmp(getenv("LIKE_KERNEL"), s->name) == 0)
		for (unsigned l = 0; l < kernel->n; l++)
			printf("# %u: %s\n", l, kernel->line[l]);
	for (unsigned l = 0; l < kernel->n && l < nod->n; l++) {
		const char *a = kernel->line[l], *b = nod->line[l];

		if (strcmp(a, b) == 0) {
			same++;
		} else if (reason_for(d, n, s->name, a, b)) {
			meant++;
		} else {
			printf("# line %u: kernel: %s\n# line %u:    nod: %s\n", l, a, l, b);
			ok = false;
		}
	}
	tap(ok, "%s: %u answers are the kernel's, %u are meant to differ", s->name, same,
		meant);
}

/* Ports that are free for both families, as good as it can be known. */
/* Below those that either side hands out by itself, so that none is taken for one of them. */
static inline bool find_ports(int type)
{
	enum { FIRST = 10000, N = 20000 };
	unsigned at = (unsigned)getpid() * 8, tries = 0;
	int s[8];

	for (int i = 0; i < 8 && tries < N; tries++) {
		struct sockaddr_in6 a = { .sin6_family = AF_INET6 };

		port[i] = (uint16_t)(FIRST + at++ % N);
		a.sin6_port = htons(port[i]);
		s[i] = socket(AF_INET6, type, 0);
		if (s[i] >= 0 && bind(s[i], SA(a), sizeof(a)) == 0) {
			i++;
			continue;
		}
		if (s[i] < 0 || errno != EADDRINUSE) {
			close(s[i]);
			while (i-- > 0)
				close(s[i]);
			return false;
		}
		close(s[i]);
	}
	for (int i = 0; i < 8; i++)
		close(s[i]);
	return true;
}

/* @type: SOCK_*, of the sockets that are tried. */
static inline int like_kernel(int type, const struct scenario *s, unsigned n_scenarios,
	const struct difference *d, unsigned n)
{
	enum { HOUR = 3600 }; /* by then every connection without an owner has ended */
	struct nod_conf conf = { .seed = { 1 } };
	struct world kernel = { .is_stream = type == SOCK_STREAM };
	struct world nod = { .is_stream = type == SOCK_STREAM };

	signal(SIGPIPE, SIG_IGN); /* the kernel's way to say -EPIPE twice */
	if (!find_ports(type)) {
		tap_skip("all", "the machine has no IPv6 loopback");
		return tap_done();
	}
	kernel.line = calloc(LINES, LINE);
	nod.line = calloc(LINES, LINE);
	if (!kernel.line || !nod.line || nod_stack_new(&conf, 0, &nod.nod) < 0)
		return 1;
	for (unsigned i = 0; i < n_scenarios; i++)
		run_both(&s[i], d, n, &kernel, &nod);

	struct nod_stack_use use;

	for (unsigned i = 0; i < HOUR; i++)
		nod_stack_poll(nod.nod, nod.now += NOD_S);
	nod_stack_use(nod.nod, &use);
	tap(use.packets == 0 && use.sockets == 0, "nothing is left behind");
	nod_stack_free(nod.nod);
	free(kernel.line);
	free(nod.line);
	return tap_done();
}

#endif
