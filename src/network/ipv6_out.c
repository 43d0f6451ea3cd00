/* SPDX-License-Identifier: ISC */
/*
 * ipv6_out.c - an IPv6 packet leaves: header, fragments, copies for this host; and forwarding
 *
 * RFC 8200 3, 4.5 and 5; RFC 2711 (router alert); RFC 6437 (flow label); RFC 7739 (identification).
 *
 * Neighbours: ip.h, dest.c, ip_ids.c.
 */
#include <errno.h>

#include "group.h"
#include "ip_internal.h"
#include "ipv6_wire.h"

enum { HOP_LIMIT_AT = 7, PAYLOAD_MOST = 65535 };

/* Hop-by-hop header with the option of RFC 2711, value 0: multicast listener discovery. */
static const uint8_t alert[8] = { IP_PROTO_ICMPV6, 0, IPV6_OPT_ROUTER_ALERT, 2, 0, 0,
	IPV6_OPT_PADN, 0 };

static uint8_t hop_limit_of(const struct ip_out *o, const struct ip_way *way)
{
	if (o->ttl)
		return o->ttl;
	return way->cast == IP_MULTICAST ? 1 : netif_of(way->iface)->hop_limit;
}

/* RFC 6437 3: the same for one flow, not to be told from outside. */
static uint32_t flow_label_of(struct net *n, const struct ip_out *o, const struct ip_way *way)
{
	struct {
		struct ipa src, dst;
	} key = { way->src, o->dst };

	if (o->flow_label)
		return o->flow_label;
	return siphash13(&n->core->key, &key, sizeof(key)) & 0xfffff;
}

static void write_header(struct pkt *p, struct ipv6_hdr *h)
{
	struct wcur w;

	h->payload_len = (uint16_t)(p->len > PAYLOAD_MOST ? 0 : p->len);
	w = wcur_of(pkt_push(p, IPV6_HDR), IPV6_HDR);
	ipv6_emit(h, &w);
	p->l3 = p->data;
}

static void loop_copy(
	struct net *n, const struct ip_out *o, const struct ip_way *way, const struct pkt *p)
{
	struct pkt *copy;

	/* what goes by the loopback comes in again by itself */
	if (way->cast != IP_MULTICAST || way->is_local ||
		way->iface->kind == IFACE_LOOPBACK || !o->is_loop ||
		!group_is_member(netif_of(way->iface), &o->dst))
		return;
	copy = pkt_clone(p, n->core->pool);
	if (!copy)
		return;
	copy->is_multicast = 1;
	iface_loop(way->iface, copy);
}

static int send_cut(struct net *n, const struct ip_way *way, struct ipv6_hdr *h, struct pkt *p)
{
	struct ipv6_fragment f = {
		.next_header = h->next_header,
		.id = ip_id(n, &h->src, &h->dst, h->next_header),
	};
	uint32_t room = (way->mtu - IPV6_HDR - IPV6_FRAG_HDR) / 8 * 8;
	int err = 0;

	h->next_header = IP_PROTO_FRAGMENT;
	if (p->sum == PKT_SUM_TO_FILL)
		pkt_fill_checksum(p);
	for (uint32_t at = 0; at < p->len && err == 0;) {
		uint32_t len = p->len - at < room ? p->len - at : room;
		struct pkt *part = pkt_new(n->core->pool, len);
		struct wcur w;

		if (!part) {
			err = -ENOBUFS;
			break;
		}
		pkt_copy_out(p, at, pkt_put(part, len), len);
		f.offset = at;
		f.more = at + len < p->len;
		w = wcur_of(pkt_push(part, IPV6_FRAG_HDR), IPV6_FRAG_HDR);
		ipv6_fragment_emit(&f, &w);
		part->sum = PKT_SUM_FILLED;
		write_header(part, h);
		NOTE(n->core, NOD_EV_IP6_FRAG_OUT, .packet = pkt_public(part),
			.interface = (uint16_t)way->iface->index);
		err = ip_send_on(n, way->dest, part, ETHERTYPE_IPV6);
		at += len;
	}
	NOTE(n->core, err ? NOD_EV_IP6_DROP_OUT_ERROR : NOD_EV_IP6_FRAGMENTED,
		.interface = (uint16_t)way->iface->index);
	pkt_free(p);
	return err;
}

int ipv6_output(struct net *n, const struct ip_out *o, const struct ip_way *way, struct pkt *p)
{
	struct ipv6_hdr h = {
		.traffic_class = o->tos,
		.flow_label = flow_label_of(n, o, way),
		.next_header = o->protocol,
		.hop_limit = hop_limit_of(o, way),
		.src = way->src,
		.dst = o->dst,
	};
	bool is_long = !p->gso && !way->is_local && p->len + IPV6_HDR > way->mtu;

	if (netif_of(way->iface)->is_v6_off) {
		net_drop(n, p, way->iface, NOD_EV_IP6_DROP_OUT_NO_ROUTE);
		return -ENETUNREACH;
	}
	if ((!p->gso && p->len > PAYLOAD_MOST) ||
		(is_long && (o->pmtu >= IP_PMTU_DO || o->is_fragment_off))) {
		net_drop(n, p, way->iface, NOD_EV_IP6_DROP_TOO_BIG);
		return -EMSGSIZE;
	}
	NOTE(n->core, NOD_EV_IP6_OUT, .packet = pkt_public(p),
		.interface = (uint16_t)way->iface->index);
	if (is_long) {
		struct pkt *copy =
			way->cast == IP_MULTICAST ? pkt_clone(p, n->core->pool) : NULL;

		if (copy) {
			struct ipv6_hdr whole = h;

			write_header(copy, &whole);
			loop_copy(n, o, way, copy);
			pkt_free(copy);
		}
		return send_cut(n, way, &h, p);
	}
	if (o->router_alert) {
		memcpy(pkt_push(p, sizeof(alert)), alert, sizeof(alert));
		h.next_header = IP_PROTO_HOP_BY_HOP;
	}
	write_header(p, &h);
	loop_copy(n, o, way, p);
	return ip_send_on(n, way->dest, p, ETHERTYPE_IPV6);
}

/* ---- forwarding ---------------------------------------- */

/* Never beyond their link or host: RFC 4291 2.5.6, 2.7; RFC 4007 9. */
static bool stays(const struct ipa *a)
{
	return ipa_is_link_local(a) || ipa_is_loopback(a) || ipa_is_multicast(a) ||
		ipa_is_any(a);
}

void ipv6_forward(struct net *n, struct iface *in, struct pkt *p, const struct ipa *dst)
{
	struct rcur r = rcur_of(p->data, p->lin);
	struct ipv6_hdr h;
	struct dest *d;
	uint32_t mtu;

	if (ipv6_parse(&h, &r) < 0) {
		net_drop(n, p, in, NOD_EV_IP6_DROP_HEADER);
		return;
	}
	if (stays(dst) || stays(&h.src)) {
		if (ipa_is_link_local(&h.src) && !stays(dst))
			icmp_report(n, p, in, ICMP_REPORT_BEYOND_SCOPE, 0);
		net_drop(n, p, in, NOD_EV_IP6_DROP_FORWARD_SCOPE);
		return;
	}
	if (h.hop_limit <= 1) {
		icmp_report(n, p, in, ICMP_REPORT_TTL, 0);
		net_drop(n, p, in, NOD_EV_IP6_DROP_TTL);
		return;
	}
	if (dest_get(n, dst, NULL, &d) < 0) {
		icmp_report(n, p, in, ICMP_REPORT_NET_UNREACHABLE, 0);
		net_drop(n, p, in, NOD_EV_IP6_DROP_NO_ROUTE);
		return;
	}
	if (d->cast != IP_UNICAST || d->is_local) {
		net_drop(n, p, in, NOD_EV_IP6_DROP_FORWARD_SCOPE);
		dest_unref(n, d);
		return;
	}
	mtu = netif_of(d->iface)->mtu6;
	if (!p->gso ? p->len > mtu : p->gso_size + IPV6_HDR + 20u > mtu) {
		icmp_report(n, p, in, ICMP_REPORT_TOO_BIG, mtu);
		net_drop(n, p, in, NOD_EV_IP6_DROP_TOO_BIG);
		dest_unref(n, d);
		return;
	}
	if (d->iface == in)
		icmp_redirect_send(n, p, in, &d->next_hop);
	p->data[HOP_LIMIT_AT]--;
	p->is_forwarded = 1;
	p->is_looped = 0;
	NOTE(n->core, NOD_EV_IP6_FORWARD, .packet = pkt_public(p),
		.interface = (uint16_t)d->iface->index);
	ip_send_on(n, d, p, ETHERTYPE_IPV6);
	dest_unref(n, d);
}
