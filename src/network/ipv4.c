/* SPDX-License-Identifier: ISC */
/*
 * ipv4.c - an IPv4 packet comes in
 *
 * RFC 791, RFC 1122 3.2.1 in its order: version, lengths, checksum, source, destination; then
 * options, fragments, and up.  Does not forward (ipv4_forward.c) or put together (reasm.c).
 *
 * A packet for any address of this host is taken by any interface: RFC 1122 3.3.4.2's weak model,
 * as Linux has it; link-local addresses alone belong to their link.
 *
 * Neighbours: ipv4_wire.h, ipv4_options.c, ip.h, net.c.
 */
#include "ipv4_wire.h"

#include <errno.h>

#include "../base/checksum.h"
#include "group.h"
#include "ip_internal.h"
#include "reasm.h"

/* Nobody may send from these (IP4-4, H08). */
static bool is_bad_source(const struct iface *i, const struct pkt *p, const struct ipv4_hdr *h)
{
	uint8_t first = h->src.o[12];

	if (p->is_looped)
		return false;
	if (first == 127 || first >= 224) /* loopback, multicast, class E and broadcast */
		return true;
	/* 0.0.0.0 is a host that has no address yet; it may speak to all (DHCP, IGMP) */
	if (first == 0 &&
		!(ipa_is_any(&h->src) &&
			(ipa_v4(&h->dst) == UINT32_MAX || ipa_is_multicast(&h->dst))))
		return true;
	return ifaddr_is_broadcast(netif_of(i), &h->src) || h->dst.o[12] == 127;
}

/* How many this packet is for, and whether this host is among them. */
static bool is_for_us(struct net *n, struct iface *i, const struct ipv4_hdr *h, uint8_t *cast)
{
	*cast = IP_UNICAST;
	/* another link's link-local address is not ours on this link */
	if (ifaddr_is_ours(n, ipa_is_link_local(&h->dst) ? i : NULL, &h->dst))
		return true;
	if (ipa_is_multicast(&h->dst)) {
		*cast = IP_MULTICAST;
		return group_is_member(netif_of(i), &h->dst);
	}
	if (ipa_v4(&h->dst) == UINT32_MAX || ifaddr_is_broadcast(netif_of(i), &h->dst)) {
		*cast = IP_BROADCAST;
		return true;
	}
	return i->kind == IFACE_LOOPBACK && h->dst.o[12] == 127;
}

/*
 * A flow's packets come one behind another: while nothing in the net has changed, what was true of
 * the addresses of one is true of the next.
 */
static inline bool is_as_last(const struct net *n, const struct iface *i, const uint8_t *hdr)
{
	return n->last_in4.iface == i && n->last_in4.generation == n->generation &&
		memcmp(n->last_in4.addrs, hdr + IPV4_ADDRS_AT, sizeof(n->last_in4.addrs)) == 0;
}

/* Of a packet from a wire, for this host alone. */
static void keep_as_last(struct net *n, const struct iface *i, const uint8_t *hdr)
{
	n->last_in4.iface = i;
	n->last_in4.generation = n->generation;
	memcpy(n->last_in4.addrs, hdr + IPV4_ADDRS_AT, sizeof(n->last_in4.addrs));
}

IPV4_INLINE void go_up(struct net *n, struct iface *i, struct pkt *p, const struct ipv4_hdr *h,
	uint8_t cast, bool was_fragments)
{
	const struct ip_in in = {
		.iface = i,
		.src = h->src,
		.dst = h->dst,
		.protocol = h->protocol,
		.ttl = h->ttl,
		.tos = h->tos,
		.cast = cast,
		.is_v4 = true,
		.was_fragments = was_fragments,
		.hdr_len = h->hdr_len,
	};

	p->l3 = p->data;
	pkt_pull(p, h->hdr_len);
	ip_deliver(n, p, &in);
}

static void fragment(
	struct net *n, struct iface *i, struct pkt *p, const struct ipv4_hdr *h, uint8_t cast)
{
	const struct reasm_key key = {
		.src = h->src,
		.dst = h->dst,
		.id = h->id,
		.protocol = h->protocol,
		.interface = (uint16_t)i->index,
	};
	const struct reasm_part part = {
		.offset = h->offset,
		.more = h->more_fragments,
		.unfragmentable = h->hdr_len,
	};
	struct ipv4_hdr whole;

	p->l3 = p->data;
	pkt_pull(p, h->hdr_len);
	p = reasm_add(n, i, &key, p, &part);
	if (!p)
		return;

	struct rcur r = rcur_of(p->data, p->lin);

	if (ipv4_parse(&whole, &r) < 0) {
		net_drop(n, p, i, NOD_EV_IP4_DROP_HEADER);
		return;
	}
	go_up(n, i, p, &whole, cast, true);
}

static void input_any(struct net *n, struct iface *i, struct pkt *p)
{
	struct ipv4_hdr h;
	enum nod_event_kind bad;
	uint32_t at;
	uint8_t cast;

	if (!pkt_linear(p, IPV4_HDR_LEAST)) {
		net_drop(n, p, i, NOD_EV_IP4_DROP_SHORT);
		return;
	}
	if (p->data[0] >> 4 != 4) { /* (IP4-1, H06) */
		net_drop(n, p, i, NOD_EV_IP4_DROP_VERSION);
		return;
	}
	if (p->data[0] > 0x45 && !pkt_linear(p, (p->data[0] & 15u) * 4u)) {
		net_drop(n, p, i, NOD_EV_IP4_DROP_SHORT);
		return;
	}

	struct rcur r = rcur_of(p->data, p->lin);

	if (ipv4_parse(&h, &r) < 0) { /* (H05) */
		net_drop(n, p, i, NOD_EV_IP4_DROP_HEADER);
		return;
	}
	if (h.len > p->len) { /* (H05) */
		net_drop(n, p, i, NOD_EV_IP4_DROP_SHORT);
		return;
	}
	/* what this very stack wrote needs no check (IP4-2, H06) */
	if (!p->is_looped && checksum_fold(checksum_add_header(0, p->data, h.hdr_len)) != 0xffff) {
		net_drop(n, p, i, NOD_EV_IP4_DROP_CHECKSUM);
		return;
	}
	if (h.len < p->len)
		pkt_trim(p, h.len);    /* the link's padding (H01) */
	if (is_bad_source(i, p, &h)) { /* (IP4-4, H08) */
		net_drop(n, p, i, NOD_EV_IP4_DROP_SOURCE);
		return;
	}
	if (!p->is_looped && ifaddr_is_ours(n, NULL, &h.src)) { /* LAND (H08) */
		net_drop(n, p, i, NOD_EV_IP4_DROP_LAND);
		return;
	}
	if (h.options.len && (bad = ipv4_options_check(&h.options, &at)) != NOD_EV_N) {
		p->l3 = p->data;
		icmp_report(n, p, i,
			bad == NOD_EV_IP4_DROP_SOURCE_ROUTE ? ICMP_REPORT_PROHIBITED :
							      ICMP_REPORT_BAD_HEADER,
			at);
		net_drop(n, p, i, bad);
		return;
	}
	if (!is_for_us(n, i, &h, &cast)) { /* (IP4-3) */
		if (netif_of(i)->is_forwarding && cast == IP_UNICAST && !p->is_multicast &&
			!p->is_broadcast)
			ipv4_forward(n, i, p, &h.dst);
		else
			net_drop(n, p, i, NOD_EV_IP4_DROP_NOT_MINE); /* (IP4-7) */
		return;
	}
	if (!p->is_looped && cast == IP_UNICAST)
		keep_as_last(n, i, p->data);
	/* RFC 1122 3.3.6: one host is not spoken to by a link broadcast */
	if (cast == IP_UNICAST && (p->is_broadcast || p->is_multicast)) {
		net_drop(n, p, i, NOD_EV_IP4_DROP_LINK_BROADCAST);
		return;
	}
	if (h.offset || h.more_fragments)
		fragment(n, i, p, &h, cast);
	else
		go_up(n, i, p, &h, cast, false);
}

/*
 * What nearly every packet is: the next one of a flow, whole, without options.  input_any() would
 * come to the same, and takes twice as long.
 */
static inline bool is_plain(const struct net *n, const struct iface *i, const struct pkt *p)
{
	uint32_t len;

	if (p->lin < IPV4_HDR_LEAST || p->data[0] != 0x45 || p->is_looped || p->is_broadcast ||
		p->is_multicast || !is_as_last(n, i, p->data))
		return false;
	len = octets_u16(p->data + 2);
	return len >= IPV4_HDR_LEAST && len <= p->len &&
		!(octets_u16(p->data + 6) & (IPV4_MF | IPV4_OFFSET)) &&
		checksum_fold(checksum_add_header(0, p->data, IPV4_HDR_LEAST)) == 0xffff;
}

void ipv4_input(void *self, struct iface *i, struct pkt *p)
{
	struct net *n = self;

	NOTE(n->core, NOD_EV_IP4_IN, .packet = pkt_public(p), .interface = (uint16_t)i->index);
	if (__builtin_expect(is_plain(n, i, p), 1)) {
		struct rcur r = rcur_of(p->data, p->lin);
		struct ipv4_hdr h;

		if (ipv4_parse(&h, &r) == 0) { /* as is_plain() has seen */
			if (h.len < p->len)
				pkt_trim(p, h.len); /* the link's padding (H01) */
			go_up(n, i, p, &h, IP_UNICAST, false);
			return;
		}
	}
	input_any(n, i, p);
}
