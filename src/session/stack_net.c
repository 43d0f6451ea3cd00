/* SPDX-License-Identifier: ISC */
/*
 * stack_net.c - a stack's interfaces, addresses, routes and neighbours, set and listed
 *
 * Neighbours: nod/stack.h (the contract), network/net.h, link/link.h (who does it).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../network/nd.h"
#include "../network/route.h"
#include "socket_internal.h"

_Static_assert((int)NOD_OFFLOAD_SUMS == 1 && (int)NOD_OFFLOAD_USO == 16,
	"DEVICE_*");

/* ---- interfaces ---------------------------------------------------------------------- */

int nod_interface_add(struct nod_stack *s, const struct nod_interface_conf *conf)
{
	char name[16];
	struct iface_conf c = {
		.kind = IFACE_ETHERNET,
		.name = conf->name,
		.mtu = conf->mtu ? conf->mtu : 1500,
		.can = conf->offload,
		.gso_octets = conf->gso_octets,
		.vlan = conf->vlan,
	};
	uint8_t mac[6];
	int index, err;

	memcpy(mac, conf->mac, sizeof(mac));
	if (!(mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5])) {
		prng_fill(&s->core.prng, mac, sizeof(mac));
		mac[0] = (uint8_t)((mac[0] & 0xfc) | 2); /* locally administered, one station */
	}
	if (mac[0] & 1)
		return -EINVAL;
	c.mac = mac;
	for (unsigned k = 0; !c.name; k++) {
		snprintf(name, sizeof(name), "eth%u", k);
		if (!iface_named(&s->link, name))
			c.name = name;
	}
	index = iface_add(&s->link, &c);
	if (index < 0)
		return index;
	err = net_iface_added(&s->net, iface_at(&s->link, (unsigned)index));
	if (err < 0) {
		iface_remove(&s->link, (unsigned)index);
		return err;
	}
	return index;
}

static struct iface *ethernet(const struct nod_stack *s, unsigned index)
{
	struct iface *i = iface_at(&s->link, index);

	return i && i->kind == IFACE_ETHERNET ? i : NULL;
}

int nod_interface_remove(struct nod_stack *s, unsigned interface)
{
	struct iface *i = ethernet(s, interface);

	if (!i)
		return -ENODEV;
	sock_iface_removed(s, i);
	net_iface_removed(&s->net, i);
	iface_remove(&s->link, interface);
	return 0;
}

int nod_interface_set_up(struct nod_stack *s, unsigned interface, bool up)
{
	struct iface *i = ethernet(s, interface);

	if (!i)
		return -ENODEV;
	i->is_up = up;
	if (!up)
		pkt_queue_clear(&i->txq);
	net_iface_changed(&s->net, i);
	return 0;
}

int nod_interface_set_mtu(struct nod_stack *s, unsigned interface, uint32_t mtu)
{
	struct iface *i = ethernet(s, interface);

	if (!i)
		return -ENODEV;
	if (mtu < IPV4_MIN_MTU || mtu > 65535)
		return -EINVAL;
	i->mtu = mtu;
	net_iface_changed(&s->net, i);
	return 0;
}

int nod_interface_advertise(struct nod_stack *s, unsigned interface, bool on)
{
	struct iface *i = ethernet(s, interface);

	return i ? nd_advertise(netif_of(i), on) : -ENODEV;
}

int nod_interface_index(const struct nod_stack *s, const char *name)
{
	struct iface *i = iface_named(&s->link, name);

	return i ? (int)i->index : -ENODEV;
}

int nod_interface_next(const struct nod_stack *s, unsigned index, struct nod_interface_info *out)
{
	struct iface *i = NULL;

	while (!i && index < s->link.n_iface)
		i = iface_at(&s->link, ++index);
	if (!i)
		return -ENODEV;
	*out = (struct nod_interface_info){
		.index = i->index,
		.mtu = i->mtu,
		.vlan = i->vlan,
		.is_up = i->is_up,
		.is_loopback = i->kind == IFACE_LOOPBACK,
		.in_octets = i->count.in_octets,
		.in_packets =
			i->count.in_ucast + i->count.in_multicast + i->count.in_broadcast,
		.in_discards = i->count.in_discards,
		.in_errors = i->count.in_errors,
		.out_octets = i->count.out_octets,
		.out_packets =
			i->count.out_ucast + i->count.out_multicast + i->count.out_broadcast,
		.out_discards = i->count.out_discards,
		.out_errors = i->count.out_errors,
	};
	memcpy(out->name, i->name, sizeof(out->name));
	memcpy(out->mac, i->mac, sizeof(out->mac));
	return 0;
}

/* ---- addresses ----------------------------------------------------------------------- */

int nod_address_add(struct nod_stack *s, unsigned interface, const struct nod_prefix *p,
	unsigned flags)
{
	struct iface *i = iface_at(&s->link, interface);
	const struct ifaddr_conf conf = {
		.addr = ipa_from_addr(&p->addr),
		.prefix_len = p->len,
		.origin = IFADDR_MANUAL,
		.no_probe = flags & NOD_ADDRESS_AT_ONCE,
	};

	return i ? ifaddr_add(netif_of(i), &conf, NULL) : -ENODEV;
}

int nod_address_remove(struct nod_stack *s, unsigned interface, const struct nod_addr *a)
{
	struct iface *i = iface_at(&s->link, interface);
	struct ipa addr = ipa_from_addr(a);
	struct ifaddr *f = i ? ifaddr_find(&s->net, i, &addr) : NULL;

	if (!i)
		return -ENODEV;
	if (!f)
		return -EADDRNOTAVAIL;
	ifaddr_remove(f);
	return 0;
}

int nod_address_at(const struct nod_stack *s, unsigned n, struct nod_address_info *out)
{
	static const char *const state[] = { "tentative", "preferred", "deprecated", "duplicate" };
	static const char *const origin[] = { "manual", "loopback", "link-local", "dhcp", "slaac",
		"temporary" };

	for (unsigned k = 1; k <= s->link.n_iface; k++) {
		struct iface *i = iface_at(&s->link, k);

		for (const struct ifaddr *a = i ? netif_of(i)->addrs : NULL; a; a = a->next) {
			if (n--)
				continue;
			*out = (struct nod_address_info){
				.interface = k,
				.prefix.addr = ipa_to_addr(
					&a->addr, ipa_is_link_local(&a->addr) ? k : 0),
				.prefix.len = a->prefix_len,
				.state = state[a->state],
				.origin = origin[a->origin],
				.preferred_until = a->preferred_until,
				.valid_until = a->valid_until,
			};
			return 0;
		}
	}
	return -ENOENT;
}

/* ---- routes -------------------------------------------------------------------------- */

int nod_route_add(struct nod_stack *s, const struct nod_prefix *to,
	const struct nod_addr *gateway, unsigned interface, uint32_t metric)
{
	struct route r = {
		.prefix = ipa_from_addr(&to->addr),
		.len = to->len,
		.origin = ROUTE_MANUAL,
		.preference = 1,
		.metric = metric,
		.iface = iface_at(&s->link, interface),
		.until = NOD_FOREVER,
	};
	const struct route *way;

	if (interface && !r.iface)
		return -ENODEV;
	if (to->addr.family != NOD_IPV4 && to->addr.family != NOD_IPV6)
		return -EINVAL;
	r.gateway = to->addr.family == NOD_IPV4 ? IPA_ANY4 : IPA_ANY6;
	if (gateway && gateway->family != NOD_UNSPEC) {
		r.gateway = ipa_from_addr(gateway);
		if (!r.iface && gateway->zone)
			r.iface = iface_at(&s->link, gateway->zone);
		if (!r.iface) {
			way = route_find(&s->net, &r.gateway, NULL);
			if (!way || !ipa_is_any(&way->gateway))
				return -ENETUNREACH;
			r.iface = way->iface;
		}
	}
	return r.iface ? route_add(&s->net, &r) : -EINVAL;
}

int nod_route_remove(struct nod_stack *s, const struct nod_prefix *to,
	const struct nod_addr *gateway, unsigned interface)
{
	struct ipa prefix = ipa_from_addr(&to->addr);
	struct ipa g = gateway ? ipa_from_addr(gateway) : IPA_ANY6;

	return route_remove(&s->net, &prefix, to->len,
		interface ? iface_at(&s->link, interface) : NULL, gateway ? &g : NULL);
}

int nod_route_next(const struct nod_stack *s, uint64_t *at, struct nod_route_info *out)
{
	static const char *const origin[] = { "link", "manual", "ra", "dhcp" };
	const uint64_t six = UINT64_C(1) << 62; /* first IPv4's, then IPv6's */
	const struct route *r = NULL;

	if (!(*at & six)) {
		r = route_walk(&s->net, true, at);
		if (!r)
			*at = six;
	}
	if (!r) {
		uint64_t inner = *at & ~six;

		r = route_walk(&s->net, false, &inner);
		*at = inner | six;
	}
	if (!r)
		return -ENOENT;
	*out = (struct nod_route_info){
		.to.addr = ipa_to_addr(&r->prefix, 0),
		.to.len = r->len,
		.interface = r->iface->index,
		.metric = r->metric,
		.origin = origin[r->origin],
	};
	if (!ipa_is_any(&r->gateway))
		out->gateway = ipa_to_addr(&r->gateway, 0);
	return 0;
}

/* ---- neighbours ---------------------------------------------------------------------- */

int nod_neighbour_next(const struct nod_stack *s, uint64_t *at, struct nod_neighbour_info *out)
{
	struct neigh *n = neigh_walk(&s->link, at);

	if (!n)
		return -ENOENT;
	*out = (struct nod_neighbour_info){
		.addr = ipa_to_addr(&n->addr, 0),
		.interface = n->iface->index,
		.state = neigh_state_name((enum neigh_state)n->state),
		.is_router = n->is_router,
	};
	memcpy(out->mac, n->mac, sizeof(out->mac));
	return 0;
}

int nod_neighbour_set(struct nod_stack *s, unsigned interface, const struct nod_addr *a,
	const uint8_t mac[6])
{
	struct iface *i = ethernet(s, interface);
	struct ipa addr = ipa_from_addr(a);

	return i ? neigh_set(&s->link, i, &addr, mac) : -ENODEV;
}

int nod_neighbour_remove(struct nod_stack *s, unsigned interface, const struct nod_addr *a)
{
	struct iface *i = ethernet(s, interface);
	struct ipa addr = ipa_from_addr(a);

	return i ? neigh_remove(&s->link, i, &addr) : -ENODEV;
}
