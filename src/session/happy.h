/* SPDX-License-Identifier: ISC */
/*
 * happy.h - which of a host's addresses to try, and when (Happy Eyeballs v2, RFC 8305)
 *
 * Knows no sockets, threads or clocks: answers, failures and the time are told to it.
 *
 *	happy_init(&h, true, true);
 *	... an answer came:	happy_answer(&h, NOD_IPV6, list, n, now);
 *	... then, and by happy_wake():	while (happy_next(&h, now, &addr)) try it;
 *	... one failed:		happy_failed(&h, now);
 *
 * Neighbours: call.c, which does it; test/unit/test_happy.c.
 */
#ifndef NOD_SESSION_HAPPY_H
#define NOD_SESSION_HAPPY_H

#include "nod/addr.h"
#include "nod/api.h"

#define HAPPY_RESOLUTION_DELAY (50 * NOD_MS)  /* RFC 8305 section 8 */
#define HAPPY_ATTEMPT_DELAY    (250 * NOD_MS) /* RFC 8305 section 8 */
#define HAPPY_ADDRS	       32	      /* kept of one family */

struct happy_family {
	bool is_pending; /* asked for, not answered */
	unsigned n, next;
	struct nod_addr list[HAPPY_ADDRS];
};

struct happy {
	struct happy_family v4, v6;
	bool has_begun;	      /* something was tried */
	enum nod_family last; /* family tried last */
	unsigned n_live;      /* attempts under way */
	nod_ns wait_for_v6;   /* until then, while only IPv4 has answered */
	nod_ns next_at;	      /* not before, while an attempt is under way */
};

/* Which families are being asked for. */
void happy_init(struct happy *h, bool asks_v4, bool asks_v6);

/* @family has been answered; in the resolver's order (RFC 6724); @n may be 0.  May come late. */
void happy_answer(struct happy *h, enum nod_family family, const struct nod_addr *list,
	unsigned n, nod_ns now);

/* Whether an address is to be tried now, and which; it then counts as under way. */
bool happy_next(struct happy *h, nod_ns now, struct nod_addr *out);

/* An attempt failed: the next may begin at once. */
void happy_failed(struct happy *h, nod_ns now);

/* When happy_next() may have another one though nothing happens; NOD_FOREVER = never. */
nod_ns happy_wake(const struct happy *h);

/* Everything was answered, tried, and failed. */
bool happy_is_over(const struct happy *h);

#endif
