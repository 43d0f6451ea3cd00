/* SPDX-License-Identifier: ISC */
/*
 * dest.h - the destination cache: for each address talked to, the way there
 *
 * RFC 4861 5.1, RFC 1122 3.3.1.2, RFC 1191 and 8201 (path MTU), redirects.  The entry holds
 * the interface, the next hop's neighbour and the path MTU, so that sending to a known address
 * costs one look-up, or none for a socket that keeps the pointer (ip_out.cached).
 */
#ifndef NOD_NETWORK_DEST_H
#define NOD_NETWORK_DEST_H

#include "net.h"

struct dest {
	struct hnode node;
	struct ipa addr;
	struct iface *asked; /* the interface that was asked for; NULL = any */
	struct ipa by;	     /* the router that was asked for; all zero = by route */
	struct iface *iface; /* by which it leaves */
	struct ipa next_hop; /* redirected or by route */
	struct neigh *neigh; /* reference; NULL: not unicast, or local */
	struct ipa src;	     /* chosen source */
	uint8_t mac[ETHER_ADDR_LEN]; /* when there is no neighbour: group or broadcast */
	uint8_t cast;	     /* enum ip_cast */
	bool is_local;
	bool is_redirected;
	bool has_choice;     /* by one of several routers: which one, the source decides */
	bool is_dead;	     /* left the cache; whoever keeps it lets go */
	uint32_t generation; /* of the net when it was found; another: find it again */
	uint32_t pmtu;	     /* octets; the interface's MTU unless the path was found narrower */
	nod_ns pmtu_until;   /* when to try the larger one again (RFC 1191 6.3); 0: not narrowed */
	bool is_df_off; /* IPv4: narrower than is believed, so routers may cut (H32) */
	uint32_t refs;
	struct dest *older, *newer; /* by use */
};

int dest_init(struct net *n);
void dest_end(struct net *n);
void dest_iface_removed(struct net *n, const struct iface *i);
/* Find or make, valid now, with a reference.  0 or -errno as ip_route(). */
int dest_get(struct net *n, const struct ipa *dst, struct iface *i, struct dest **out);
/* The same, but on its way by the default router @by (RFC 8028), while that answers. */
int dest_get_by(struct net *n, const struct ipa *dst, struct iface *i, const struct ipa *by,
	struct dest **out);
void dest_unref(struct net *n, struct dest *d);
/*
 * A path MTU was reported for @dst; already judged.  Over IPv4 less than IPV4_PMTU_LEAST is not
 * believed: that is taken, and DF is no more set, so that routers may cut.
 */
#define IPV4_PMTU_LEAST 552 /* octets; RFC 5927 7.2, Linux's min_pmtu (H32) */
void dest_set_pmtu(struct net *n, const struct ipa *dst, uint32_t mtu);
static inline uint32_t dest_pmtu(struct net *n, const struct dest *d)
{
	uint32_t link = ipa_is_v4(&d->addr) || !netif_of(d->iface) ? d->iface->mtu :
								     netif_of(d->iface)->mtu6;

	if (!d->pmtu_until || d->pmtu_until <= n->core->now || d->pmtu > link)
		return link;
	return d->pmtu;
}

/* The MTU that a packet sent as @o says has to keep to on its way by @d. */
static inline uint32_t ip_way_mtu(struct net *n, const struct ip_out *o, const struct dest *d)
{
	return o->pmtu == IP_PMTU_PROBE ? d->iface->mtu : dest_pmtu(n, d);
}
/* A redirect for @dst; already judged. */
void dest_redirect(struct net *n, struct iface *i, const struct ipa *dst,
	const struct ipa *next_hop);
/* @g does not answer: whoever sent to @dst by it finds another way, when there is one. */
void dest_hop_failed(struct net *n, const struct neigh *g, const struct ipa *dst);
/* Whether packets to @dst go to @gateway at present (redirects: RFC 1122 3.2.2.2). */
bool dest_uses(const struct net *n, const struct ipa *dst, const struct ipa *gateway);

#endif
