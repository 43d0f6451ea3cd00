/* SPDX-License-Identifier: ISC */
/*
 * nd.h - IPv6's neighbour discovery and what is learnt from routers
 *
 * RFC 4861 (NS, NA, RS, RA, redirect), 4862 (DAD, SLAAC), 7527, 7217, 8981, 8106, 4191, 8028.
 * nd_wire.h has the messages; nd.c neighbours, nd_router.c routers and prefixes, slaac.c
 * addresses, nd_advert.c what a router says.
 */
#ifndef NOD_NETWORK_ND_H
#define NOD_NETWORK_ND_H

#include "net.h"

int nd_init(struct net *n); /* registers with neigh.h */
int nd_iface_added(struct netif *i);
void nd_iface_changed(struct netif *i); /* up: link-local address, solicit routers */
void nd_iface_removed(struct netif *i);

/* An ICMPv6 message of types 133..137; its checksum has been verified.  Takes @p. */
void nd_input(struct net *n, struct pkt *p, const struct ip_in *in);

/* Try a tentative IPv6 address (RFC 4862 5.4). */
int nd_dad_start(struct ifaddr *a); /* 0, or it would not be heard: -ENOBUFS, -ENOMEM */
int nd_dad_skip(struct ifaddr *a);  /* it is in use without being tried; the same */
void nd_dad_stop(struct ifaddr *a);

/*
 * RFC 8028: whether @router told of @addr's prefix; and which of several default routers @i's
 * packets from @src are for, false: any.
 */
bool nd_router_has(const struct netif *i, const struct ipa *router, const struct ipa *addr);
bool nd_router_for(const struct netif *i, const struct ipa *src, struct ipa *router);
bool nd_has_choice(const struct netif *i); /* several default routers */

/* DNS servers that routers told of (RFC 8106): how many, at most @max. */
unsigned nd_dns_servers(const struct netif *i, struct ipa *list, unsigned max);

/* Be a router on @i: advertise @i's global prefixes (RFC 4861 6.2); stopped with lifetime 0. */
int nd_advertise(struct netif *i, bool on);

#endif
