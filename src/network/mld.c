/* SPDX-License-Identifier: ISC */
/*
 * mld.c - IPv6's groups told to routers, and their questions heard
 *
 * RFC 3810 5 and 6 (MLDv2), RFC 2710 (MLDv1), RFC 3590 (source address).
 *
 * Neighbours: group_report.c (when), mld_wire.h; igmp.c is IPv4's.
 */
#include "mld_wire.h"

#include "../base/checksum.h"
#include "group_internal.h"
#include "ipv6_wire.h"

static const struct ipa all_routers = { .o = { 0xff, 0x02, [15] = 2 } };
static const struct ipa all_v2_routers = { .o = { 0xff, 0x02, [15] = 0x16 } };

enum { SUM_AT = 2, ROOM = IPV6_MIN_MTU - 48 /* octets behind the headers and the alert */ };

/* A link-local address that is in use; without one :: is allowed for reports (RFC 3590 4). */
static struct ipa link_local_of(const struct netif *i)
{
	for (const struct ifaddr *a = i->addrs; a; a = a->next)
		if (!ipa_is_v4(&a->addr) && ipa_is_link_local(&a->addr) &&
			(a->state == IFADDR_PREFERRED || a->state == IFADDR_DEPRECATED))
			return a->addr;
	return IPA_ANY6;
}

static void send(struct netif *i, struct pkt *p, const struct ipa *dst)
{
	struct ip_out o = {
		.dst = *dst,
		.src = link_local_of(i),
		.iface = i->iface,
		.protocol = IP_PROTO_ICMPV6,
		.ttl = 1,
		.is_bare = true,
		.router_alert = true,
	};
	uint16_t sum;

	if (i->is_v6_off) {
		pkt_free(p);
		return;
	}
	sum = checksum_end(checksum_add(
		ip_pseudo(&o.src, &o.dst, IP_PROTO_ICMPV6, p->len), p->data, p->len));
	p->data[SUM_AT] = (uint8_t)(sum >> 8);
	p->data[SUM_AT + 1] = (uint8_t)sum;
	p->sum = PKT_SUM_FILLED;
	NOTE(i->net->core, NOD_EV_MLD_OUT, .packet = pkt_public(p),
		.interface = (uint16_t)i->iface->index);
	ip_send(i->net, &o, p);
}

void mld_report(struct netif *i, const struct group_record *r, uint32_t n)
{
	uint32_t at = 0, source = 0;

	while (at < n) {
		struct pkt *p = group_report_packet(i, r, n, &at, &source, ROOM);

		if (!p)
			return;
		p->data[0] = MLD_REPORT_V2;
		send(i, p, &all_v2_routers);
	}
}

static void send_old(
	struct netif *i, uint8_t type, const struct ipa *group, const struct ipa *dst)
{
	struct pkt *p = pkt_new(i->net->core->pool, MLD_LEN);
	struct wcur w;

	if (!p)
		return;
	w = wcur_of(pkt_put(p, MLD_LEN), MLD_LEN);
	mld_old_emit(type, group, &w);
	send(i, p, dst);
}

void mld_old_report(struct netif *i, const struct ipa *group)
{
	send_old(i, MLD_REPORT_V1, group, group);
}

void mld_old_leave(struct netif *i, const struct ipa *group)
{
	send_old(i, MLD_DONE, group, &all_routers);
}

/* ---- what is heard ----------------------------------------------------------------- */

/* In the hop-by-hop header, which is always the first. */
static bool has_router_alert(const struct pkt *p, const struct ip_in *in)
{
	struct rcur r = rcur_of(p->l3, p->l3 ? in->hdr_len : 0), options;
	struct ipv6_extension e;
	struct ipv6_hdr h;
	struct span data;
	uint32_t at;
	uint8_t type;

	if (ipv6_parse(&h, &r) < 0 || h.next_header != IP_PROTO_HOP_BY_HOP ||
		ipv6_extension_parse(&e, &r) < 0)
		return false;
	options = rcur_of(e.body.p, e.body.len);
	while (ipv6_option_next(&options, &type, &at, &data) > 0)
		if (type == IPV6_OPT_ROUTER_ALERT)
			return true;
	return false;
}

static bool query(struct netif *i, const struct pkt *p)
{
	struct rcur r = rcur_of(p->data, p->len);
	struct mld_query q;
	struct group_query g;

	if (mld_query_parse(&q, &r) < 0 ||
		(!ipa_is_any(&q.group) && !ipa_is_multicast(&q.group)))
		return false;
	g = (struct group_query){
		.version = q.version == 1 ? GROUP_V2 : GROUP_V3,
		.group = q.group,
		.max_delay = q.max_ms * NOD_MS,
		.robustness = q.robustness,
		.interval = q.interval_s * NOD_S,
		.sources = q.sources,
	};
	group_heard_query(i, &g);
	return true;
}

static bool old_report(struct netif *i, const struct pkt *p)
{
	struct rcur r = rcur_of(p->data, p->len);
	struct mld_query m; /* the same form */

	if (mld_query_parse(&m, &r) < 0 || !ipa_is_multicast(&m.group))
		return false;
	group_heard_report(i, &m.group);
	return true;
}

static bool heard(struct netif *i, struct pkt *p, const struct ip_in *in)
{
	/* RFC 3810 6.2: from a link-local address, hop limit 1, with a router alert (H28) */
	if (in->ttl != 1 || !ipa_is_link_local(&in->src) || !has_router_alert(p, in) || !p->len ||
		!pkt_linear(p, p->len))
		return false;
	switch (p->data[0]) {
	case MLD_QUERY:
		return query(i, p);
	case MLD_REPORT_V1:
		return old_report(i, p);
	default:
		return true;
	}
}

void mld_input(struct net *n, struct pkt *p, const struct ip_in *in)
{
	struct netif *i = netif_of(in->iface);

	NOTE(n->core, NOD_EV_MLD_IN, .packet = pkt_public(p),
		.interface = (uint16_t)in->iface->index);
	if (i->groups && heard(i, p, in))
		pkt_free(p);
	else
		net_drop(n, p, in->iface, NOD_EV_MLD_DROP_BAD);
}
