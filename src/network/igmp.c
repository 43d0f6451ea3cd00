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

static const struct ipa all_routers = IPA_V4_INIT(224, 0, 0, 2);
static const struct ipa all_v3_routers = IPA_V4_INIT(224, 0, 0, 22);

enum { HEAD = 8, RECORD = 8, PAYLOAD_MOST = 1400, TOS_INTERNETWORK_CONTROL = 0xc0 };

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

/* One report with the records from *@at on, as many as fit; a record may be cut in two. */
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
	head[0] = IGMP_REPORT_V3;
	while (*at < n && room >= RECORD + 4) {
		const struct group_record *g = &r[*at];
		uint32_t left = g->n - *source;
		uint32_t k = (room - RECORD) / 4 < left ? (room - RECORD) / 4 : left;
		struct wcur w = wcur_of(pkt_put(p, RECORD + 4 * k), RECORD + 4 * k);

		wcur_u8(&w, (uint8_t)g->type);
		wcur_u8(&w, 0);
		wcur_u16(&w, (uint16_t)k);
		wcur_put(&w, g->group.o + 12, 4);
		for (uint32_t j = 0; j < k; j++)
			wcur_put(&w, g->source[*source + j].o + 12, 4);
		room -= RECORD + 4 * k;
		records++;
		*source += k;
		if (*source < g->n)
			break;
		*source = 0;
		++*at;
	}
	head[6] = (uint8_t)(records >> 8);
	head[7] = (uint8_t)records;

	uint16_t sum = checksum_end(checksum_add(0, p->data, p->len));

	head[2] = (uint8_t)(sum >> 8);
	head[3] = (uint8_t)sum;
	return p;
}

void igmp_report(struct netif *i, const struct group_record *r, uint32_t n)
{
	uint32_t at = 0, source = 0;

	while (at < n) {
		struct pkt *p = one_report(i, r, n, &at, &source);

		if (!p)
			return;
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

static void query(struct net *n, struct pkt *p, const struct ip_in *in)
{
	struct rcur r = rcur_of(p->data, p->lin);
	struct igmp_query q;
	struct group_query g;

	if (igmp_query_parse(&q, &r) < 0 ||
		(!ipa_is_any(&q.group) && !ipa_is_multicast(&q.group))) {
		net_drop(n, p, in->iface, NOD_EV_IGMP_DROP_BAD);
		return;
	}
	g = (struct group_query){
		.is_v4 = true,
		.version = q.version == 1 ? GROUP_V1 : q.version == 2 ? GROUP_V2 : GROUP_V3,
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

void igmp_input(void *self, struct pkt *p, const struct ip_in *in)
{
	struct net *n = self;

	NOTE(n->core, NOD_EV_IGMP_IN, .packet = pkt_public(p),
		.interface = (uint16_t)in->iface->index);
	/* from this link only: TTL 1 cannot have come from farther (RFC 3376 9.1, H28) */
	if (p->len < IGMP_LEN || !pkt_linear(p, p->len < 1500 ? p->len : 1500) ||
		p->lin < p->len || checksum_end(checksum_add(0, p->data, p->len)) != 0 ||
		(in->ttl != 1 && p->data[0] == IGMP_QUERY)) {
		net_drop(n, p, in->iface, NOD_EV_IGMP_DROP_BAD);
		return;
	}
	if (p->data[0] == IGMP_QUERY)
		query(n, p, in);
	else
		pkt_free(p); /* other hosts' reports: version 3 suppresses nothing (A.2) */
}
