/* SPDX-License-Identifier: ISC */
/*
 * link_local4.h - an IPv4 address of one's own choice when nobody gives one
 *
 * RFC 3927: 169.254.1.0 to 169.254.254.255, the same again on the same station when it can be.
 * Probing, announcing, defending and the pause after ten conflicts are the link layer's
 * (RFC 5227, arp_acd.c).
 *
 * Neighbours: dhcp_client.c, which wants one while no server answers.
 */
#ifndef NOD_APPLICATION_LINK_LOCAL4_H
#define NOD_APPLICATION_LINK_LOCAL4_H

#include "../session/stack.h"

struct link_local4 {
	bool is_on;
	struct ipa addr;   /* being tried, or used */
	struct prng chance; /* by the station's MAC: RFC 3927 2.1 */
};

/* Begin; it has one already: nothing happens. */
void link_local4_start(struct link_local4 *l, struct netif *i);
/* Give it up (RFC 3927 1.9: there is another address now). */
void link_local4_stop(struct link_local4 *l, struct netif *i);
/* Each turn: take another one where somebody has this one. */
void link_local4_run(struct link_local4 *l, struct netif *i);
/* Whether it is in use. */
bool link_local4_is_ready(const struct link_local4 *l, const struct netif *i);

#endif
