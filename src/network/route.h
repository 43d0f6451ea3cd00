/* SPDX-License-Identifier: ISC */
/*
 * route.h - routes, and which one leads to an address: the longest prefix
 *
 * RFC 1122 3.3.1, RFC 1812 5.2.4, RFC 4291.  Both families.  A look-up costs steps by the length
 * of the address, not by the number of routes; see dest.h for what spares even that.
 */
#ifndef NOD_NETWORK_ROUTE_H
#define NOD_NETWORK_ROUTE_H

#include "net.h"

enum route_origin {
	ROUTE_LINK,   /* by an address on an interface */
	ROUTE_MANUAL,
	ROUTE_RA,     /* by a router's advertisement */
	ROUTE_DHCP,
};

struct route {
	struct ipa prefix;
	uint8_t len;	  /* bits, of the prefix's own family */
	uint8_t origin;	  /* enum route_origin */
	uint8_t preference; /* RFC 4191: 0 low, 1 medium, 2 high */
	uint32_t metric;  /* of several to one prefix the least is used */
	struct iface *iface;
	struct ipa gateway; /* any = on the link */
	nod_ns until;	  /* NOD_FOREVER */
};

int route_init(struct net *n);
void route_end(struct net *n);
/* 0, -EEXIST (same prefix, interface and gateway), -ENOSPC, -ENOMEM, -EINVAL. */
int route_add(struct net *n, const struct route *r);
/* @gateway NULL: whatever it is.  0 or -ENOENT. */
int route_remove(struct net *n, const struct ipa *prefix, unsigned len, const struct iface *i,
	const struct ipa *gateway);
void route_remove_iface(struct net *n, const struct iface *i);
/*
 * The best route to @dst, by @i only when that is not NULL; NULL: none.  Default routers that do
 * not answer are passed over while there is another (RFC 4861 6.3.6).
 */
const struct route *route_find(const struct net *n, const struct ipa *dst,
	const struct iface *i);
/* For lists: begin with *@at = 0, until NULL. */
const struct route *route_walk(const struct net *n, bool is_v4, uint64_t *at);
uint32_t route_count(const struct net *n);

#endif
