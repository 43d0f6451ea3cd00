/* SPDX-License-Identifier: ISC */
/*
 * net.h - --net: which network a subcommand runs on
 *
 *	for each --net: net_add()         (net_spec.h says what it may be)
 *	net_is_kernel(): as ever; else    net_open(), and net_settle() for who wants to send at once
 *
 * Neighbours: net_spec.h, session/host.h, physical/tap.h, physical/cable.h.
 */
#ifndef NOD_CMD_NET_H
#define NOD_CMD_NET_H

#include "net_spec.h"
#include "../session/host.h"

enum { NETS_MOST = 8 };

/* What --net and --net ... said. */
struct net_plan {
	struct net_spec spec[NETS_MOST];
	unsigned n;
	unsigned interface[NETS_MOST]; /* which one of the stack it has become */
};

/* One more --net.  0, or what to exit with. */
int net_add(struct invocation *in, struct net_plan *plan, const char *text);

/* Nothing was said, or "kernel". */
bool net_is_kernel(const struct net_plan *plan);

/*
 * A host of our own, not running yet; @conf is the stack's (its seed is drawn here, its name is
 * the plan's).  On failure what was wrong has been said by @in and @status is what to exit with.
 * NULL then.
 */
struct nod_host *net_open(struct invocation *in, struct net_plan *plan, struct nod_conf *conf,
	int *status);

/*
 * Drive @h, which does not run yet, until its addresses can be used to send to @to (NULL:
 * anywhere), or until that is taking too long: what is to be sent will tell then.  0, or what to
 * exit with: somebody else has an address of ours.
 */
int net_settle(struct invocation *in, struct nod_host *h, const struct net_plan *plan,
	const struct nod_addr *to);

#endif
