/* SPDX-License-Identifier: ISC */
/* nd_internal.h - what nd.c, nd_router.c, nd_advert.c and slaac.c share */
#ifndef NOD_NETWORK_ND_INTERNAL_H
#define NOD_NETWORK_ND_INTERNAL_H

#include "ip_internal.h"
#include "nd.h"
#include "nd_wire.h"

enum {
	ND_MOST = 1232,
	ROUTERS_MOST = 32,
	ROUTER_PREFIXES_MOST = 8,
	DNS_MOST = 8,
	LEARNT_MOST = 64
};

struct group_member;

struct nd_router {
	struct ipa addr;
	nod_ns until;
	uint8_t preference;
	bool is_silent; /* it stopped answering, and has not been heard since */
	uint8_t n_prefixes;
	uint64_t prefix[ROUTER_PREFIXES_MOST]; /* of 64 bits that it told of: RFC 8028 */
};

/* A route that an advertisement made: on the link, or (RFC 4191) by a router. */
struct nd_learnt {
	struct ipa prefix, router; /* router any: on the link */
	uint8_t len;
	nod_ns until;
};

struct nd_dns {
	struct ipa addr;
	nod_ns until;
};

/* Neighbour discovery's part of an interface. */
struct nd_if {
	struct netif *netif;
	struct group_member *groups; /* solicited-node groups, all routers */
	void (*addr_fire)(struct timer *t, int64_t now); /* ifaddr.c's, while DAD has the timer */
	/* host */
	struct timer solicit; /* router solicitations */
	uint8_t solicits_left;
	nod_ns solicit_gap;
	unsigned n_routers, n_dns, n_learnt;
	struct nd_router router[ROUTERS_MOST];
	struct nd_dns dns[DNS_MOST];
	struct nd_learnt learnt[LEARNT_MOST];
	uint8_t dad_counter; /* RFC 7217 5 */
	/* router */
	bool is_advertising;
	uint8_t initial_left; /* RFC 4861 6.2.4 */
	struct timer advert;
	nod_ns advert_at; /* the last one */
};

/* nd.c */
struct ipa nd_solicited_node(const struct ipa *a);
int nd_send(struct netif *i, const struct nd_msg *m, const struct ipa *src,
	const struct ipa *dst, enum nod_event_kind what);
int nd_join(struct netif *i, const struct ipa *group); /* 0, -ENOBUFS, -ENOMEM */
void nd_leave(struct netif *i, const struct ipa *group);

/* nd_router.c */
void nd_router_advert(struct netif *i, const struct nd_msg *m, const struct ip_in *in);
void nd_router_gone(struct netif *i, const struct ipa *router);
void nd_router_silent(struct netif *i, const struct ipa *router);
void nd_solicit_routers(struct netif *i);

/* nd_advert.c */
void nd_router_solicit(struct netif *i, const struct nd_msg *m, const struct ip_in *in);
void nd_advert_init(struct nd_if *d);

/* slaac.c */
bool nd_link_local(const struct netif *i, struct ipa *out); /* one that is in use */
void slaac_link_local(struct netif *i);
void slaac_prefix(struct netif *i, const struct nd_prefix *p);
void nd_address_ready(struct ifaddr *a);
void nd_duplicate(struct ifaddr *a);

#endif
