/* SPDX-License-Identifier: ISC */
/*
 * stream.h - jobs for several stacks: TCP from one socket to another, one thread, both ends
 *
 * stream.c has the jobs, and checks every octet; stream_nod.c, stream_kernel.c and stream_lwip.c
 * each fill in the ends_...() below.  A client is what connected, a server what was accepted;
 * both are small numbers of the stack's own.  No call waits: what would is -EAGAIN, and other
 * errors are the end of the program, which says what failed.
 *
 * Rates are by the thread's own CPU time, in slices; the octets are compared between the slices,
 * off the clock.
 *
 * Neighbours: bench.h (clocks, death), part_tcp.py (who runs them, and what they are held to).
 */
#ifndef BENCH_STREAM_H
#define BENCH_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum stream_what {
	STREAM_BULK,	/* as many octets as go, by writes of a size */
	STREAM_CHAT,	/* a question and its answer, again and again */
	STREAM_CONNECT, /* connections: made, one question and its answer, closed */
	STREAM_HOLD,	/* many connections that are silent, and a few that are not */
	STREAM_WHATS,
};

enum stream_wire {
	STREAM_SHORT, /* MTU 1,500, checksums made and verified */
	STREAM_LONG,  /* MTU 65,535, checksums made and verified */
	STREAM_WHOLE, /* MTU 1,500, super-segments go over in one piece, unsummed */
	STREAM_WIRES,
};

struct stream_job {
	enum stream_what what;
	enum stream_wire wire;
	size_t write;	 /* bulk: octets a call */
	size_t window;	 /* bulk: octets that may be on their way */
	bool at_once;	 /* bulk: each write is a segment of its own */
	size_t size;	 /* chat, connect, hold: octets of a question, and of its answer */
	unsigned batch;	 /* connect: connections at a time */
	unsigned n;	 /* hold: connections */
	int64_t ns;	 /* how long */
};

enum stream_side { CLIENT, SERVER };

/* Both ends, ready to be connected; may be called once. */
void ends_open(const struct stream_job *j);
/* Begin the @i-th connection; its client, ready or not. */
int ends_connect(unsigned i);
/* A server, or -EAGAIN. */
int ends_accept(void);
/* Octets, or -EAGAIN (also: not connected yet); recv: 0, it has ended. */
ssize_t ends_send(enum stream_side side, int c, const void *octets, size_t len);
ssize_t ends_recv(enum stream_side side, int c, void *octets, size_t len);
void ends_close(enum stream_side side, int c);
/* What @side has to send goes over, and the other takes it in. */
void ends_turn(enum stream_side side);
/* Time passes, so that nothing is left to be done. */
void ends_settle(void);
/* Octets that both ends together hold at present, of all kinds. */
uint64_t ends_memory(void);
/* Segments that the client @c has sent with octets in them, or that all have. */
uint64_t ends_segments(int c);
/* How many connections can be made one after the other; 0: any number. */
unsigned ends_most(void);
const char *ends_version(void);

#endif
