/* SPDX-License-Identifier: ISC */
/*
 * bench.h - the two halves of `nod bench`: a server under test, and the crowd of clients
 *
 * The server is a child process and is looked at from outside only, through /proc and its
 * CPU clock, as one would look at any server.  The crowd lives in this process, on one
 * thread, on libnod's sessions.
 *
 * Neighbours: bench.c (the command), bench_server.c, bench_crowd.c, bench_limits.c.
 */
#ifndef NOD_CMD_BENCH_H
#define NOD_CMD_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "nod/nod.h"
#include "../presentation/lang.h"

enum bench_mode { BENCH_ECHO, BENCH_REPLY };

/* The ways one server serves many clients, as --how names them. */
enum bench_way { WAY_PROCESS, WAY_THREAD, WAY_SELECT, WAY_POLL, WAY_EPOLL, N_WAYS };
extern const char *const bench_way_names[N_WAYS];

/* ---- the server: bench_server.c ------------------------------------------------------ */

struct bench_server {
	pid_t pid; /* also the login session of all that it forks */
	struct nod_endpoint at;
	int said_fd; /* an unnamed file with what it says on standard error */
};

/* What a server costs at one moment; all its processes together. */
struct bench_cost {
	nod_ns cpu;	 /* user and system time, of threads that ended too */
	uint64_t memory; /* octets resident; shared pages divided among those that share them */
	unsigned processes, threads;
};

/*
 * Starts this very program as `nod serve --how WAY` on a free port of 127.0.0.1 and waits
 * until it takes a client.  0 or a negative errno; -ECHILD: it ended, bench_server_said()
 * tells why; -ETIMEDOUT: it does not listen.  To be stopped in any case.
 */
int bench_server_start(struct bench_server *s, enum bench_way way, enum bench_mode mode);

/* Ends it in order; when it does not end in 3 s, kills it and all that it forked. */
void bench_server_stop(struct bench_server *s);

/* False: this system does not tell. */
bool bench_server_cost(const struct bench_server *s, struct bench_cost *out);

/* The last line it said on standard error, fit for a terminal; "" = nothing. */
void bench_server_said(const struct bench_server *s, char *buf, size_t cap);

/* ---- the crowd: bench_crowd.c -------------------------------------------------------- */

struct bench_crowd;

enum bench_stop {
	STOP_NOT,	   /* as many as were asked for are held */
	STOP_OWN,	   /* this side cannot open more; .error */
	STOP_NO_CONNECTION, /* .error: refused, timed out ... */
	STOP_NO_ANSWER,	   /* connected, but no answer in 2 s */
	STOP_CLOSED,	   /* connected, then closed unanswered; .error, or 0: in order */
	STOP_OTHER_ANSWER, /* .words: not what was expected */
	STOP_SLOW,	   /* the time for growing was over */
	STOP_LOST,	   /* clients that were held were closed */
};

/* Why the crowd cannot grow, or shrank. */
struct bench_break {
	enum bench_stop stop;
	int error;	 /* negative errno, or 0 */
	char words[160]; /* what came instead of the answer, fit for a terminal */
};

/* @size: octets of a message with its newline; @most: clients at any time.  0 or -errno. */
int bench_crowd_new(const struct nod_endpoint *at, enum bench_mode mode, size_t size,
	unsigned most, struct bench_crowd **out);
void bench_crowd_free(struct bench_crowd *c);
unsigned bench_crowd_held(const struct bench_crowd *c);

/* Connect until @n are held, each answered before the next, for at most @time. */
void bench_crowd_grow(struct bench_crowd *c, unsigned n, nod_ns time, struct bench_break *why);

/*
 * The first @talkers each send a message, wait for the answer, and send the next, for @time;
 * the others are silent.  Returns the messages answered, and in @took how long it really
 * was; @why tells of clients that were closed.
 */
uint64_t bench_crowd_talk(struct bench_crowd *c, unsigned talkers, nod_ns time, nod_ns *took,
	struct bench_break *why);

/* ---- the machine's limits: bench_limits.c -------------------------------------------- */

/* Where a way must end on this machine, and what ends it there. */
struct bench_limit {
	uint64_t clients;
	struct text what;
};

/* As many descriptors as this process may have.  Raises the soft limit to the hard one. */
uint64_t bench_descriptors(void);

/* The first limit that @way meets when a client costs @memory octets (0 = not known). */
void bench_first_limit(enum bench_way way, uint64_t memory, struct bench_limit *out);

#endif
