/* SPDX-License-Identifier: ISC */
/*
 * igmp.c - IPv4's groups told to routers, and their questions heard
 *
 * RFC 3376 4 and 5 (IGMP-1), RFC 2236, RFC 1112.
 *
 * Neighbours: group_report.c (when), igmp_wire.h; mld.c is IPv6's.
 */
#include "igmp_wire.h"

#include "../base/checksum.h"
#include "group_internal.h"
#include "ipv4_wire.h"

static const struct ipa all_routers = IPA_V4_INIT(224, 0, 0, 2);
static const struct ipa all_v3_routers = IPA_V4_INIT(224, 0, 0, 22);

enum {
	SUM_AT = 2,
	IP_HEADER = 24, /* octets, with the router alert */
	ROOM_MOST = 1500,
	TOS_INTERNETWORK_CONTROL = 0xc0,
};

static void send(struct netif *i, struct pkt *p, const struct ipa *dst)
{
	struct ip_out o = {
		.dst = *dst,
		.src = IPA_ANY4,
		.iface = i->iface,
		.protocol = IP_PROTO_IGMP,
		.ttl = 1,
		.tos = TOS_INTERNETWORK_CONTROL,
		.is_bare = true, /* 0.0.0.0 is allowed: RFC 3376 4.2.13 */
		.router_alert = true,
	};

	source_select4(i, dst, &o.src);
	p->sum = PKT_SUM_FILLED;
	NOTE(i->net->core, NOD_EV_IGMP_OUT, .packet = pkt_public(p),
		.interface = (uint16_t)i->iface->index);
	ip_send(i->net, &o, p);
}

static void fill_sum(struct pkt *p)
{
	uint16_t sum = checksum_end(checksum_add(0, p->data, p->len));

	p->data[SUM_AT] = (uint8_t)(sum >> 8);
	p->data[SUM_AT + 1] = (uint8_t)sum;
}

void igmp_report(struct netif *i, const struct group_record *r, uint32_t n)
{
	uint32_t mtu = i->iface->mtu < ROOM_MOST ? i->iface->mtu : ROOM_MOST;
	uint32_t at = 0, source = 0;

	while (at < n) {
		struct pkt *p = group_report_packet(i, r, n, &at, &source, mtu - IP_HEADER);

		if (!p)
			return;
		p->data[0] = IGMP_REPORT_V3;
		fill_sum(p);
		send(i, p, &all_v3_routers);
	}
}

static void send_old(struct netif *i, uint8_t type, const struct ipa *group,
	const struct ipa *dst)
{
	struct pkt *p = pkt_new(i->net->core->pool, IGMP_LEN);
	struct wcur w;

	if (!p)
		return;
	w = wcur_of(pkt_put(p, IGMP_LEN), IGMP_LEN);
	igmp_old_emit(type, group, &w);
	send(i, p, dst);
}

void igmp_old_report(struct netif *i, const struct ipa *group, enum group_version v)
{
	send_old(i, v == GROUP_V1 ? IGMP_REPORT_V1 : IGMP_REPORT_V2, group, group);
}

void igmp_old_leave(struct netif *i, const struct ipa *group)
{
	send_old(i, IGMP_LEAVE, group, &all_routers);
}

/* ---- what is heard ----------------------------------------------------------------- */

/* Sent by a station on this link: RFC 3376 9, (H28).  Queriers without an address are allowed. */
static bool is_from_link(const struct netif *i, const struct ip_in *in)
{
	bool has_addr = false;

	if (in->ttl != 1)
		return false;
	if (ipa_is_any(&in->src))
		return true;
	for (const struct ifaddr *a = i->addrs; a; a = a->next) {
		if (!ipa_is_v4(&a->addr))
			continue;
		if (ipa_same_prefix(&a->addr, &in->src, a->prefix_len))
			return true;
		has_addr = true;
	}
	return !has_addr;
}

static bool has_router_alert(const struct pkt *p, const struct ip_in *in)
{
	struct ipv4_hdr h;
	struct rcur r = rcur_of(p->l3, p->l3 ? in->hdr_len : 0), options;
	struct span data;
	uint8_t type;

	if (ipv4_parse(&h, &r) < 0)
		return false;
	options = rcur_of(h.options.p, h.options.len);
	while (ipv4_option_next(&options, &type, &data) > 0)
		if (type == IPV4_OPT_ROUTER_ALERT)
			return true;
	return false;
}

static bool query(struct netif *i, const struct pkt *p, const struct ip_in *in)
{
	static const struct ipa all_hosts = IPA_V4_INIT(224, 0, 0, 1);
	struct rcur r = rcur_of(p->data, p->len);
	struct igmp_query q;
	struct group_query g;

	if (igmp_query_parse(&q, &r) < 0)
		return false;
	/* RFC 3376 9.1: only version 1 knew no router alert; general ones go to all hosts */
	if (q.version > 1 && !has_router_alert(p, in))
		return false;
	if (ipa_is_any(&q.group) ? in->cast != IP_UNICAST && !ipa_equal(&in->dst, &all_hosts) :
				   !ipa_is_multicast(&q.group))
		return false;
	g = (struct group_query){
		.is_v4 = true,
		.version = q.version == 1 ? GROUP_V1 : q.version == 2 ? GROUP_V2 : GROUP_V3,
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
	struct ipa group = ipa_from_v4(p->data + 4);

	if (!ipa_is_multicast(&group))
		return false;
	group_heard_report(i, &group);
	return true;
}

static bool heard(struct netif *i, struct pkt *p, const struct ip_in *in)
{
	/* none is longer than what fits into one packet of any link */
	if (p->len < IGMP_LEN || !pkt_linear(p, p->len) ||
		checksum_end(checksum_add(0, p->data, p->len)) != 0 || !is_from_link(i, in))
		return false;
	switch (p->data[0]) {
	case IGMP_QUERY:
		return query(i, p, in);
	case IGMP_REPORT_V1:
	case IGMP_REPORT_V2:
		return old_report(i, p);
	default: /* other hosts' version 3 reports suppress nothing (RFC 3376 A.2) */
		return true;
	}
}

void igmp_input(void *self, struct pkt *p, const struct ip_in *in)
{
	struct net *n = self;
	struct netif *i = netif_of(in->iface);

	NOTE(n->core, NOD_EV_IGMP_IN, .packet = pkt_public(p),
		.interface = (uint16_t)in->iface->index);
	if (i->groups && heard(i, p, in))
		pkt_free(p);
	else
		net_drop(n, p, in->iface, NOD_EV_IGMP_DROP_BAD);
}
