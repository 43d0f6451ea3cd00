/* SPDX-License-Identifier: ISC */
/*
 * ip.c - the way to a destination, and what both families do alike on it
 *
 * RFC 1122 3.3.1 (routing outbound datagrams), 3.3.6 (broadcast needs leave), RFC 8028.
 *
 * Neighbours: ip.h, dest.c, ipv4_out.c, ipv6_out.c.
 */
#include <errno.h>

#include "../base/checksum.h"
#include "../physical/device.h"
#include "ip_internal.h"
#include "nd.h"

static bool is_fresh(const struct net *n, const struct ip_out *o, const struct dest *d)
{
	return d->generation == n->generation && !d->is_dead && ipa_equal(&d->addr, &o->dst) &&
		d->asked == o->iface && (!d->neigh || !d->neigh->is_dead) &&
		!d->has_choice;
}

/*
 * RFC 8028 3: what leaves from @o->src goes by the router that told of its prefix; another may
 * not let it through (BCP 38).
 */
static int find_by_source(struct net *n, const struct ip_out *o, struct dest **out)
{
	struct dest *d = *out;
	const struct netif *i = netif_of(d->iface);
	struct ipa by;

	if (ipa_is_any(&o->src) || nd_router_has(i, &d->next_hop, &o->src) ||
		!nd_router_for(i, &o->src, &by))
		return 0;
	dest_unref(n, d);
	return dest_get_by(n, &o->dst, o->iface, &by, out);
}

/* The entry for @o, kept by the caller or by the cache until the stack is called again. */
static int find(struct net *n, const struct ip_out *o, struct dest **out)
{
	struct dest *d = o->cached ? *o->cached : NULL;
	int err;

	if (d && is_fresh(n, o, d)) {
		*out = d;
		return 0;
	}
	err = dest_get(n, &o->dst, o->iface, out);
	if (err == 0 && (*out)->has_choice)
		err = find_by_source(n, o, out);
	if (err < 0)
		return err;
	if (o->cached) {
		if (d)
			dest_unref(n, d);
		*o->cached = *out;
	} else {
		dest_unref(n, *out); /* the cache has it still */
	}
	return 0;
}

int ip_route(struct net *n, const struct ip_out *o, struct ip_way *way)
{
	struct dest *d;
	int err = find(n, o, &d);

	if (err < 0) {
		NOTE(n->core,
			ipa_is_v4(&o->dst) ? NOD_EV_IP4_DROP_OUT_NO_ROUTE :
					     NOD_EV_IP6_DROP_OUT_NO_ROUTE,
			.dst = ipa_to_addr(&o->dst, 0));
		return err;
	}
	if (d->cast == IP_BROADCAST && !o->may_broadcast) /* RFC 1122 3.3.6 */
		return -EACCES;
	/* 127/8 and ::1 stay in this host: RFC 1122 3.2.1.3 (g), RFC 4291 2.5.3 */
	if (__builtin_expect(ipa_is_loopback(&o->src), 0) && !d->is_local &&
		d->iface->kind != IFACE_LOOPBACK)
		return -EINVAL;
	if (!d->iface->is_up)
		return -ENETDOWN;
	way->dest = d;
	way->iface = d->iface;
	way->cast = d->cast;
	way->is_local = d->is_local;
	way->src = ipa_is_any(&o->src) && !o->is_bare ? d->src : o->src;
	way->mtu = ip_way_mtu(n, o, d);
	if (ipa_is_any(&way->src) && !o->is_bare) {
		NOTE(n->core,
			ipa_is_v4(&o->dst) ? NOD_EV_IP4_DROP_OUT_NO_SOURCE :
					     NOD_EV_IP6_DROP_OUT_NO_SOURCE,
			.dst = ipa_to_addr(&o->dst, 0));
		return -EADDRNOTAVAIL;
	}
	return 0;
}

int ip_output(struct net *n, const struct ip_out *o, const struct ip_way *way, struct pkt *p)
{
	return ipa_is_v4(&o->dst) ? ipv4_output(n, o, way, p) : ipv6_output(n, o, way, p);
}

int ip_send(struct net *n, const struct ip_out *o, struct pkt *p)
{
	struct ip_way way;
	int err = ip_route(n, o, &way);

	if (err < 0) {
		pkt_free(p);
		return err;
	}
	return ip_output(n, o, &way, p);
}

int ip_send_on(struct net *n, const struct dest *d, struct pkt *p, uint16_t ethertype)
{
	(void)n;
	if (d->is_local) {
		iface_loop(d->iface, p);
		return 0;
	}
	if (d->neigh)
		return neigh_output(d->neigh, p, ethertype);
	return iface_output(d->iface, p, d->mac, ethertype);
}

int ip_output_whole(struct net *n, const struct ip_out *o, struct pkt *p)
{
	struct ip_way way;
	int err = ip_route(n, o, &way);

	if (err == 0 && ipa_is_v4(&o->dst))
		return ipv4_output_whole(n, o, &way, p);
	if (err == 0 && p->len > way.iface->mtu)
		err = -EMSGSIZE;
	if (err < 0) {
		pkt_free(p);
		return err;
	}
	p->l3 = p->data;
	p->sum = PKT_SUM_UNKNOWN;
	return ip_send_on(n, way.dest, p, ETHERTYPE_IPV6);
}

bool ip_sum_ok(struct pkt *p, const struct ip_in *in)
{
	uint64_t sum;

	/* TO_FILL: its sender left it to whoever puts it on a real wire */
	if (p->sum == PKT_SUM_VERIFIED || p->sum == PKT_SUM_TO_FILL)
		return true;
	sum = ip_pseudo(&in->src, &in->dst, in->protocol, p->len);
	sum += pkt_checksum(p, 0, p->len);
	if (checksum_end(sum) != 0)
		return false;
	p->sum = PKT_SUM_VERIFIED;
	return true;
}
