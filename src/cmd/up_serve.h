/* SPDX-License-Identifier: ISC */
/*
 * up_serve.h - what `nod up` is to the others on its networks: who gives out addresses
 *
 * Neighbours: up.c; nod/dhcp.h (the server), nod/stack.h (advertisements).
 */
#ifndef NOD_CMD_UP_SERVE_H
#define NOD_CMD_UP_SERVE_H

#include "net.h"

/*
 * Give out the IPv4 addresses of @range, "FIRST-LAST", on the network of the plan that they are in,
 * with this host as gateway and the plan's name servers.  0, or what to exit with.
 */
int up_give_out(struct invocation *in, struct nod_stack *s, const struct net_plan *plan,
	const char *range);

/* Be the IPv6 router of each network.  0, or what to exit with. */
int up_advertise(struct invocation *in, struct nod_stack *s, const struct net_plan *plan);

/* Before the end, while the host still runs: tell those who count on it.  The lock is held. */
void up_say_goodbye(struct nod_stack *s, const struct net_plan *plan);

#endif
