/* SPDX-License-Identifier: ISC */
/*
 * multicast.h - what a multicast address says: how far it goes, its block, its known group
 */
#ifndef NOD_NETWORK_MULTICAST_H
#define NOD_NETWORK_MULTICAST_H

#include "nod/addr.h"

/* How far a packet to the group may travel: RFC 7346 2; for IPv4 RFC 2365 6 and 8. */
enum multicast_scope {
	SCOPE_INTERFACE,
	SCOPE_LINK,
	SCOPE_REALM,
	SCOPE_ADMIN,
	SCOPE_SITE,
	SCOPE_ORGANIZATION,
	SCOPE_GLOBAL,
	SCOPE_RESERVED,	  /* 0 and f */
	SCOPE_UNASSIGNED, /* for administrators to give a meaning to */
	SCOPE_N
};

/* Which part of the multicast space it is from, and so who gave the address out. */
enum multicast_block {
	BLOCK_LOCAL_CONTROL,   /* 224.0.0/24: RFC 5771 4 */
	BLOCK_CONTROL,	       /* 224.0.1/24: RFC 5771 5 */
	BLOCK_AD_HOC,	       /* RFC 5771 6 */
	BLOCK_SDP_SAP,	       /* 224.2/16: RFC 5771 7 */
	BLOCK_SOURCE_SPECIFIC, /* 232/8, ff3x::/32: RFC 4607 */
	BLOCK_GLOP,	       /* 233/8, by the number of an autonomous system: RFC 3180 */
	BLOCK_DOCUMENTATION,   /* RFC 6676 */
	BLOCK_BY_PREFIX,       /* by the owner of a unicast prefix: RFC 6034, RFC 3306 */
	BLOCK_WITH_RENDEZVOUS, /* the rendezvous point's address inside: RFC 3956 */
	BLOCK_SCOPED,	       /* 239/8: RFC 2365 */
	BLOCK_WELL_KNOWN,      /* IPv6, given out for good by IANA: RFC 4291 2.7 */
	BLOCK_TRANSIENT,       /* IPv6, as one likes: RFC 4291 2.7 */
	BLOCK_RESERVED,
	BLOCK_N
};

struct multicast_group {
	struct nod_prefix prefix; /* of IPv6 groups whose scope is free, with the scope 0 */
	bool any_scope;
	const char *name, *name_zh;
	const char *rfc; /* or the organisation that it was given to */
};

bool addr_is_multicast(const struct nod_addr *a);

/* Of multicast addresses alone. */
enum multicast_scope multicast_scope(const struct nod_addr *a);
enum multicast_block multicast_block(const struct nod_addr *a);
const char *multicast_block_rfc(enum multicast_block block, enum nod_family family);

/* NULL: none that is widely known. */
const struct multicast_group *multicast_group(const struct nod_addr *a);

/* The Ethernet address that a multicast address is sent to: RFC 1112 6.4, RFC 2464 7. */
bool addr_multicast_mac(const struct nod_addr *a, uint8_t mac[6]);

/* Words for machines, as addr_kind_word(). */
const char *multicast_scope_word(enum multicast_scope scope);
const char *multicast_block_word(enum multicast_block block);

#endif
