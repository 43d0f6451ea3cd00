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

static const struct ipa all_routers = { .o = { 0xff, 0x02, [15] = 2 } };
static const struct ipa all_v2_routers = { .o = { 0xff, 0x02, [15] = 0x16 } };

enum { HEAD = 8, RECORD = 20, PAYLOAD_MOST = 1200, SUM_AT = 2 };

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

static struct pkt *one_report(
	struct netif *i, const struct group_record *r, uint32_t n, uint32_t *at, uint32_t *source)
{
	struct pkt *p = pkt_new(i->net->core->pool, PAYLOAD_MOST);
	uint32_t room = PAYLOAD_MOST - HEAD, records = 0;
	uint8_t *head;

	if (!p)
		return NULL;
	head = pkt_put(p, HEAD);
	memset(head, 0, HEAD);
	head[0] = MLD_REPORT_V2;
	while (*at < n && room >= RECORD + 16) {
		const struct group_record *g = &r[*at];
		uint32_t left = g->n - *source;
		uint32_t k = (room - RECORD) / 16 < left ? (room - RECORD) / 16 : left;
		struct wcur w = wcur_of(pkt_put(p, RECORD + 16 * k), RECORD + 16 * k);

		wcur_u8(&w, (uint8_t)g->type);
		wcur_u8(&w, 0);
		wcur_u16(&w, (uint16_t)k);
		wcur_put(&w, g->group.o, 16);
		for (uint32_t j = 0; j < k; j++)
			wcur_put(&w, g->source[*source + j].o, 16);
		room -= RECORD + 16 * k;
		records++;
		*source += k;
		if (*source < g->n)
			break;
		*source = 0;
		++*at;
	}
	head[6] = (uint8_t)(records >> 8);
	head[7] = (uint8_t)records;
	return p;
}

void mld_report(struct netif *i, const struct group_record *r, uint32_t n)
{
	uint32_t at = 0, source = 0;

	while (at < n) {
		struct pkt *p = one_report(i, r, n, &at, &source);

		if (!p)
			return;
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

void mld_input(struct net *n, struct pkt *p, const struct ip_in *in)
{
	struct rcur r = rcur_of(p->data, p->lin);
	struct mld_query q;
	struct group_query g;

	NOTE(n->core, NOD_EV_MLD_IN, .packet = pkt_public(p),
		.interface = (uint16_t)in->iface->index);
	if (p->data[0] != MLD_QUERY) {
		pkt_free(p);
		return;
	}
	/* RFC 3810 5.1.14: from a link-local address, hop limit 1 (H28) */
	if (p->lin < p->len || mld_query_parse(&q, &r) < 0 || in->ttl != 1 ||
		!ipa_is_link_local(&in->src) ||
		(!ipa_is_any(&q.group) && !ipa_is_multicast(&q.group))) {
		net_drop(n, p, in->iface, NOD_EV_MLD_DROP_BAD);
		return;
	}
	g = (struct group_query){
		.version = q.version == 1 ? GROUP_V2 : GROUP_V3,
		.group = q.group,
		.max_delay = q.max_ms * NOD_MS,
		.robustness = q.robustness,
		.interval = q.interval_s * NOD_S,
		.sources = q.sources,
	};
	if (netif_of(in->iface)->groups)
		group_heard_query(netif_of(in->iface), &g);
	pkt_free(p);
}
