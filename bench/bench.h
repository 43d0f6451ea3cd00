/* SPDX-License-Identifier: ISC */
/*
 * bench.h - what the load generators share: clocks, sockets, and what a server costs
 *
 * The load generators know nothing of nod's insides: they speak to any server by TCP and ask
 * the kernel about it by /proc.  Each prints one JSON object on one line, or says on stderr
 * what went wrong and exits with 1.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define NS_PER_S  1000000000LL
#define NS_PER_MS 1000000LL

/* Monotonic, nanoseconds. */
int64_t bench_now(void);

/* Say on stderr what failed and exit with 1; with an errno where @err is not 0. */
__attribute__((format(printf, 2, 3), noreturn)) void bench_die(int err, const char *format, ...);

/* A number from 1 to @max, or death. */
long bench_number(const char *option, const char *text, long max);

/* As many descriptors as this process may have; returns how many that is. */
long bench_raise_descriptors(void);

/* ---- the server, seen from outside ---------------------------------------------------- */

/* What a server costs: all processes of one login session (setsid()), forked ones too. */
struct bench_usage {
	int64_t cpu_ns; /* user and system time of all threads, those that ended too */
	long rss_kib;	/* resident; pages shared by several processes count in each */
	long pss_kib;	/* resident; shared pages divided among those that share them */
	long processes, threads;
};

/* 0, or -ESRCH when the session has no process (any more). */
int bench_usage(pid_t session, struct bench_usage *u);

/* CPU time alone: cheap when the server is one process. */
int64_t bench_cpu_ns(pid_t session);

/* ---- the floors ------------------------------------------------------------------------ */

/* A non-blocking listener at 127.0.0.1:@port with the system's longest queue, or death. */
int bench_listen(uint16_t port);

/* ---- clients --------------------------------------------------------------------------- */

/*
 * Connect to 127.0.0.1:@port, waiting at most @timeout_ms.  Client number @i picks the source
 * address, so that no address runs out of ports.  TCP_NODELAY is set.
 * Returns a non-blocking descriptor or a negative errno.
 */
int bench_connect(uint16_t port, unsigned i, int timeout_ms);

/* Wait for @events of poll(2): 1 when they are there, 0 when the time is over. */
int bench_wait(int fd, short events, int timeout_ms);

/*
 * Send @len octets and wait until as many have come back (or, with @any, at least one).
 * Returns 0, -ETIMEDOUT, -ECONNRESET (closed on us), -EBADMSG (other octets), or -errno.
 */
enum bench_reply { BENCH_SAME, BENCH_ANY };
int bench_ask(int fd, const char *text, size_t len, enum bench_reply want, int timeout_ms);

/* Sorts @v; the value below which @permille of 1,000 lie. */
int64_t bench_quantile(int64_t *v, size_t n, unsigned permille);

#endif
