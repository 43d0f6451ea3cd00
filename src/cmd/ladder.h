/* SPDX-License-Identifier: ISC */
/*
 * ladder.h - TCP told as a ladder: an arrow a packet, the states as they change, and why
 *
 *	  0.0000  ada    -- SYN 0 ------------------>  server   handshake 1 of 3
 *	          server: LISTEN -> SYN-RECEIVED
 *
 * A consumer of a stack's events and nothing else: it decodes what they carry with the stack's own
 * parser.  Who opened a connection stands on the left, and numbers are relative to each side's
 * first, as Wireshark shows them.
 *
 * Neighbours: nod/event.h; demo.c (several hosts), net.c (one's own).
 */
#ifndef NOD_CMD_LADDER_H
#define NOD_CMD_LADDER_H

#include "command.h"

enum { LADDER_NAMES = 16, LADDER_FLOWS = 64 };

/* A connection as it was seen; [0] is who opened it. */
struct ladder_flow {
	struct nod_addr addr[2];
	uint16_t port[2];
	uint32_t first[2]; /* sequence numbers */
	bool has_first[2];
	nod_ns waited; /* of the last time-out, for what is sent again; 0 = none */
};

struct ladder {
	FILE *to;	     /* NULL: it only counts */
	nod_ns start;	     /* times are told since then; 0: since the first event */
	bool sees_both_ways; /* what arrives is told, too: the other side is not heard */
	struct {
		struct nod_addr addr;
		const char *name;
	} known[LADDER_NAMES];
	unsigned n_known;
	struct ladder_flow flow[LADDER_FLOWS]; /* the oldest goes when there are more */
	unsigned n_flows, next_flow;
	uint64_t n_packets, n_again, n_lost;
};

/* @name (borrowed) is what @addr is called. */
void ladder_name(struct ladder *l, const struct nod_addr *addr, const char *name);

/* Tell of @e, if it is TCP's or a fault's. */
void ladder_event(struct ladder *l, const struct nod_event *e);

#endif
