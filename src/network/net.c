/* SPDX-License-Identifier: ISC */
/*
 * net.c - the network layer put together: interfaces, protocols, what is handed up
 *
 * Neighbours: net.h, ip.c (ways), ifaddr.c (addresses).
 */
#include "net.h"

#include <errno.h>
#include <stdlib.h>

#include "dest.h"
#include "group.h"
#include "icmp.h"
#include "ip_internal.h"
#include "nd.h"
#include "reasm.h"
#include "route.h"

static int register_all(struct net *n)
{
	const struct link_upper v4 = { ETHERTYPE_IPV4, ipv4_input, n };
	const struct link_upper v6 = { ETHERTYPE_IPV6, ipv6_input, n };
	const struct ip_protocol protocols[] = {
		{ .number = IP_PROTO_ICMP, .input = icmp4_input, .self = n },
		{ .number = IP_PROTO_ICMPV6, .input = icmp6_input, .self = n },
		{ .number = IP_PROTO_IGMP, .input = igmp_input, .self = n },
	};
	int err = link_register(n->link, &v4);

	if (err == 0)
		err = link_register(n->link, &v6);
	for (unsigned i = 0; err == 0 && i < sizeof(protocols) / sizeof(protocols[0]); i++)
		err = net_register(n, &protocols[i]);
	return err;
}

int net_init(struct net *n, struct core *core, struct link *link)
{
	int err;

	*n = (struct net){ .core = core, .link = link, .generation = 1 };
	err = table_init(&n->locals, 16);
	if (err == 0)
		err = route_init(n);
	if (err == 0)
		err = dest_init(n);
	if (err == 0)
		err = reasm_init(n);
	if (err == 0)
		err = icmp_init(n);
	if (err == 0)
		err = ip_ids_init(n);
	if (err == 0)
		err = nd_init(n);
	if (err == 0)
		err = register_all(n);
	if (err == 0)
		ifaddr_init(n);
	else
		net_end(n); /* what has not been made is NULL, and is passed over */
	return err;
}

void net_end(struct net *n)
{
	n->is_ending = true; /* what waits for neighbours is refused now */
	for (unsigned i = 1; i <= n->link->n_iface; i++)
		if (iface_at(n->link, i) && netif_of(iface_at(n->link, i)))
			net_iface_removed(n, iface_at(n->link, i));
	ip_ids_end(n);
	icmp_end(n);
	reasm_end(n);
	dest_end(n);
	route_end(n);
	table_free(&n->locals);
}

int net_iface_added(struct net *n, struct iface *i)
{
	struct netif *f = calloc(1, sizeof(*f));
	int err;

	if (!f)
		return -ENOMEM;
	f->net = n;
	f->iface = i;
	f->mtu6 = i->mtu;
	f->hop_limit = n->core->conf.default_ttl;
	f->is_v6_off = n->core->conf.no_ipv6 || i->mtu < IPV6_MIN_MTU;
	f->is_forwarding = n->core->conf.forwarding;
	i->net = f;
	err = group_iface_added(f);
	if (err == 0) {
		err = nd_iface_added(f);
		if (err < 0)
			group_iface_removed(f);
	}
	if (err < 0) {
		i->net = NULL;
		free(f);
		return err;
	}
	n->generation++;
	net_iface_changed(n, i);
	return 0;
}

void net_iface_changed(struct net *n, struct iface *i)
{
	struct netif *f = netif_of(i);
	bool was_too_small = f->mtu6 < IPV6_MIN_MTU;

	n->generation++;
	f->mtu6 = i->mtu;
	if (i->mtu < IPV6_MIN_MTU) /* RFC 8200 5 */
		f->is_v6_off = true;
	else if (was_too_small)
		f->is_v6_off = n->core->conf.no_ipv6;
	if (!i->is_up)
		neigh_flush(n->link, i);
	nd_iface_changed(f);
	group_iface_changed(f);
}

void net_iface_removed(struct net *n, struct iface *i)
{
	struct netif *f = netif_of(i);

	neigh_flush(n->link, i); /* what waits for them is reported while there is whom to tell */
	while (f->addrs)
		ifaddr_remove(f->addrs);
	route_remove_iface(n, i);
	nd_iface_removed(f);
	group_iface_removed(f);
	dest_iface_removed(n, i);
	reasm_iface_removed(n, i);
	i->net = NULL;
	n->generation++;
	free(f);
}

int net_register(struct net *n, const struct ip_protocol *p)
{
	if (n->protocol_at[p->number])
		return -EEXIST;
	if (n->n_protocols == NET_PROTOCOLS)
		return -ENOSPC;
	n->protocol[n->n_protocols++] = *p;
	n->protocol_at[p->number] = (uint8_t)n->n_protocols;
	return 0;
}

void net_set_raw(struct net *n, const struct ip_raw *r)
{
	n->raw = *r;
}

static const struct ip_protocol *protocol_of(const struct net *n, uint8_t number)
{
	unsigned at = n->protocol_at[number];

	return at ? &n->protocol[at - 1] : NULL;
}

void ip_deliver(struct net *n, struct pkt *p, const struct ip_in *in)
{
	const struct ip_protocol *proto = protocol_of(n, in->protocol);
	bool was_wanted = false;

	p->l4 = p->data;
	if (n->raw.input)
		was_wanted = n->raw.input(n->raw.self, p, in);
	/* each family has its own ICMP, and IPv6 no IGMP */
	if (proto &&
		((in->is_v4 && in->protocol == IP_PROTO_ICMPV6) ||
			(!in->is_v4 &&
				(in->protocol == IP_PROTO_ICMP ||
					in->protocol == IP_PROTO_IGMP))))
		proto = NULL;
	if (proto) {
		NOTE(n->core, in->is_v4 ? NOD_EV_IP4_DELIVER : NOD_EV_IP6_DELIVER,
			.packet = pkt_public(p), .interface = (uint16_t)in->iface->index);
		proto->input(proto->self, p, in);
		return;
	}
	if (!was_wanted && in->cast == IP_UNICAST) /* (H16), RFC 1122 3.2.2.1 */
		icmp_report(
			n, p, in->iface, ICMP_REPORT_PROTOCOL_UNREACHABLE, in->next_header_at);
	if (was_wanted)
		pkt_free(p);
	else
		net_drop(n, p, in->iface,
			in->is_v4 ? NOD_EV_IP4_DROP_PROTOCOL : NOD_EV_IP6_DROP_PROTOCOL);
}

bool icmp_is_known(const struct net *n, const struct ip_error *e)
{
	const struct ip_protocol *proto = protocol_of(n, e->protocol);

	return !proto || !proto->is_known || proto->is_known(proto->self, e);
}

void icmp_tell(struct net *n, const struct ip_error *e)
{
	const struct ip_protocol *proto = protocol_of(n, e->protocol);

	if (n->raw.error)
		n->raw.error(n->raw.self, e);
	if (proto && proto->error)
		proto->error(proto->self, e);
}
