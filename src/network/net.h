/* SPDX-License-Identifier: ISC */
/*
 * net.h - the network layer of one stack: its addresses, ways and protocols
 *
 * struct net holds what IPv4 and IPv6 share; struct netif is the network layer's part of an
 * interface.  A packet comes up from link/ by ipv4_input() or ipv6_input(), and down from
 * transport/ by ip_route() and ip_output() (ip.h).
 *
 * Neighbours: ip.h, route.h, dest.h, icmp.h, reasm.h, group.h, nd.h; link/link.h.
 */
#ifndef NOD_NETWORK_NET_H
#define NOD_NETWORK_NET_H

#include "nod/addr.h"
#include "../base/core.h"
#include "../base/ipa.h"
#include "../base/table.h"
#include "../link/link.h"
#include "../link/neigh.h"
#include "ip.h"

#define IPV4_MIN_MTU 68	  /* octets; RFC 791 */
#define IPV6_MIN_MTU 1280 /* octets; RFC 8200 5 */

struct net;
struct nd_if;
struct group_if;

enum ifaddr_state {
	IFADDR_TENTATIVE,  /* being tried (RFC 5227, RFC 4862 5.4): receives nothing */
	IFADDR_PREFERRED,
	IFADDR_DEPRECATED, /* not for new conversations (RFC 4862 5.5.4) */
	IFADDR_DUPLICATE,  /* somebody else has it: unused until taken away */
};

enum ifaddr_origin {
	IFADDR_MANUAL,
	IFADDR_LOOPBACK,
	IFADDR_LINK_LOCAL, /* RFC 3927, or IPv6's fe80:: */
	IFADDR_DHCP,
	IFADDR_SLAAC,	  /* stable: RFC 7217 */
	IFADDR_TEMPORARY, /* RFC 8981 */
};

/* One of this host's addresses. */
struct ifaddr {
	struct hnode node; /* in net->locals, by address */
	struct ifaddr *next; /* of the interface */
	struct netif *netif;
	struct ipa addr;
	uint8_t prefix_len; /* bits, of the address's own family */
	uint8_t state;	    /* enum ifaddr_state */
	uint8_t origin;	    /* enum ifaddr_origin */
	uint8_t dad_left;   /* solicitations still to be sent */
	uint8_t tries;	    /* how often a generated one was a duplicate */
	bool lacks_route;   /* there was no memory for it: tried again each second */
	nod_ns since, preferred_until, valid_until; /* NOD_FOREVER: no end */
	struct timer timer;
	nod_ns desync;	  /* of a temporary one: RFC 8981 3.8 */
	uint8_t nonce[6]; /* of its DAD (RFC 7527) */
};

struct netif {
	struct net *net;
	struct iface *iface;
	struct ifaddr *addrs; /* in the order in which they came */
	uint32_t n_addrs;
	uint32_t mtu6;	   /* iface->mtu, or less by a router's advertisement */
	uint8_t hop_limit; /* IPv6; by advertisement, or conf.default_ttl */
	bool is_v6_off;	   /* conf.no_ipv6, or its link-local address is a duplicate */
	bool is_forwarding;
	struct nd_if *nd;	 /* nd.c */
	struct group_if *groups; /* group.c */
};

#define NET_PROTOCOLS 16

struct net {
	struct core *core;
	struct link *link;
	struct table locals; /* struct ifaddr.node by ipa_mix(): nobody else chooses them */
	/* What spares looking: the hashes' first octets that there are, and who was found last. */
	uint64_t local_hashes[4];
	struct ifaddr *last_local;
	/* Counts every change of addresses, routes and interfaces: ways found before are stale. */
	uint32_t generation;
	/* The last IPv4 packet whose addresses were looked at and found right: see ipv4.c. */
	struct {
		const struct iface *iface;
		uint32_t generation;
		uint8_t addrs[8]; /* as they stand in the header */
	} last_in4;
	struct ip_protocol protocol[NET_PROTOCOLS];
	unsigned n_protocols;
	uint8_t protocol_at[256]; /* by number: 1 + its place in protocol[]; 0 = none */
	struct ip_raw raw; /* .input NULL = none */
	struct route_table *routes;
	struct dest_cache *dests;
	struct reasm *reasm;
	struct icmp_limits *icmp;
	struct ip_ids *ids; /* fragments' identifications (RFC 6864, 7739) */
	/* Told when an address changed its state (ready, duplicate, deprecated); may be NULL.  It
	 * may take the address away, unless that was added with no_probe. */
	void (*addr_changed)(void *self, struct ifaddr *a);
	void *addr_self;
	bool is_ending; /* nobody is told of anything any more */
};

/* 0 or -ENOMEM.  Registers with @link. */
int net_init(struct net *n, struct core *core, struct link *link);
void net_end(struct net *n);

/* An interface came, changed (up, down, MTU), or goes.  0 or -ENOMEM. */
int net_iface_added(struct net *n, struct iface *i);
void net_iface_changed(struct net *n, struct iface *i);
void net_iface_removed(struct net *n, struct iface *i);
static inline struct netif *netif_of(const struct iface *i)
{
	return i->net;
}

/* 0, -ENOSPC, -EEXIST. */
int net_register(struct net *n, const struct ip_protocol *p);
void net_set_raw(struct net *n, const struct ip_raw *r);

/* ip_ids.c */
int ip_ids_init(struct net *n);
void ip_ids_end(struct net *n);

/* ---- addresses: ifaddr.c ---- */

void ifaddr_init(struct net *n); /* ARP asks it what is ours */

struct ifaddr_conf {
	struct ipa addr;
	uint8_t prefix_len;
	enum ifaddr_origin origin;
	nod_ns preferred, valid; /* from now; 0 = for ever */
	bool no_probe;		 /* in use at once: no DAD (tests, loopback, point to point) */
};
/*
 * A new address: tentative until nobody has objected (RFC 5227, RFC 4862 5.4).  Its prefix
 * becomes a route on the link.  @out may be NULL.  0, -EEXIST, -ENOSPC (conf.addresses),
 * -EINVAL (no unicast address, impossible length), -ENOMEM, -EAFNOSUPPORT (IPv6 is off).
 */
int ifaddr_add(struct netif *i, const struct ifaddr_conf *conf, struct ifaddr **out);
void ifaddr_remove(struct ifaddr *a);
/* This host's address @a; on interface @i, or, i NULL, on any.  Tentative ones, too. */
struct ifaddr *ifaddr_find(const struct net *n, const struct iface *i, const struct ipa *a);
/* Usable (preferred or deprecated) and ours: packets to it are for this host. */
bool ifaddr_is_ours(const struct net *n, const struct iface *i, const struct ipa *a);
/* IPv4: the directed broadcast address of a network that @i is in (RFC 1122 3.3.6). */
bool ifaddr_is_broadcast(const struct netif *i, const struct ipa *a);
void ifaddr_set_lifetimes(struct ifaddr *a, nod_ns preferred, nod_ns valid);
void ifaddr_enter(struct ifaddr *a, enum ifaddr_state state, const char *why);

/* The address to send from to @dst by @i: RFC 1122 3.3.4.3, RFC 6724 5.  false: none. */
bool source_select(
	const struct netif *i, const struct ipa *dst, const struct ipa *hop, struct ipa *out);

/* ---- between the public forms and ours ---- */

static inline struct ipa ipa_from_addr(const struct nod_addr *a)
{
	struct ipa out = { .q = { 0, 0 } };

	if (a->family == NOD_IPV4)
		return ipa_from_v4(a->octet);
	memcpy(out.o, a->octet, 16);
	return out;
}

/* @zone: the interface's index for a link-local IPv6 address, else 0. */
static inline struct nod_addr ipa_to_addr(const struct ipa *a, uint32_t zone)
{
	struct nod_addr out = { .family = NOD_IPV6, .zone = zone };

	if (ipa_is_v4(a)) {
		out = (struct nod_addr){ .family = NOD_IPV4 };
		memcpy(out.octet, a->o + 12, 4);
	} else {
		memcpy(out.octet, a->o, 16);
	}
	return out;
}

#endif
