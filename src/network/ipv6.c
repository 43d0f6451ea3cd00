/* SPDX-License-Identifier: ISC */
/*
 * ipv6.c - an IPv6 packet comes in
 *
 * RFC 8200 3 and 4: header, destination, then extension headers one after another in a loop with
 * a bound (IP6-1, H18); RFC 5095 (routing header 0), RFC 7112 (whole chain in the first
 * fragment), RFC 6946 (atomic fragments).  Jumbograms are refused (H17).
 *
 * Neighbours: ipv6_wire.h, ip.h, net.c, reasm.c.
 */
#include "ipv6_wire.h"

#include <errno.h>

#include "group.h"
#include "ip_internal.h"
#include "reasm.h"

enum {
	NEXT_HEADER_AT = 6,
	PAYLOAD_LEN_AT = 4,
	EXTENSIONS_MOST = 16,
	CHAIN_MOST = 1024 /* octets; the linear part that is asked for */
};

/* A packet on its way through its headers. */
struct walk {
	struct net *net;
	struct iface *iface;
	struct pkt *p; /* data = l3 */
	struct ipv6_hdr h;
	uint8_t cast;
	uint32_t at;	  /* octets read, from l3 */
	uint8_t next;	  /* what stands there */
	uint32_t next_at; /* where that was said, from l3 */
	bool was_fragments;
};

static void drop(struct walk *w, enum nod_event_kind why)
{
	net_drop(w->net, w->p, w->iface, why);
	w->p = NULL;
}

/* The packet is dropped, and its sender told where it is wrong. */
static void problem(
	struct walk *w, enum icmp_report what, uint32_t pointer, enum nod_event_kind why)
{
	icmp_report(w->net, w->p, w->iface, what, pointer);
	drop(w, why);
}

/* Nobody may send from these (H22). */
static bool is_bad_source(const struct pkt *p, const struct ipv6_hdr *h)
{
	if (ipa_is_multicast(&h->src) || ipa_is_v4(&h->src) || ipa_is_v4(&h->dst))
		return true;
	/* a host without an address yet speaks to groups alone: RFC 4861 4.3, RFC 3590 */
	if (ipa_is_any(&h->src) && !ipa_is_multicast(&h->dst))
		return true;
	return !p->is_looped && (ipa_is_loopback(&h->src) || ipa_is_loopback(&h->dst));
}

static bool is_for_us(struct walk *w)
{
	const struct ipa *dst = &w->h.dst;

	w->cast = IP_UNICAST;
	if (ipa_is_multicast(dst)) {
		w->cast = IP_MULTICAST;
		/* scope 0 is reserved, 1 does not come by a wire: RFC 4291 2.7 */
		if ((dst->o[1] & 15) == 0 || ((dst->o[1] & 15) == 1 && !w->p->is_looped))
			return false;
		return group_is_member(netif_of(w->iface), dst);
	}
	return ifaddr_is_ours(w->net,
		ipa_is_link_local(dst) && !w->p->is_looped ? w->iface : NULL, dst);
}

/*
 * Options of a hop-by-hop or destination options header that nobody here knows are treated as
 * their two high bits say (IP6-3, H19).  false: the packet is gone.
 */
static bool options(struct walk *w, const struct ipv6_extension *e)
{
	struct rcur r = rcur_of(e->body.p, e->body.len);
	struct span data;
	uint32_t at;
	uint8_t type;
	int more;

	while ((more = ipv6_option_next(&r, &type, &at, &data)) > 0) {
		if (type == IPV6_OPT_ROUTER_ALERT)
			continue;
		if (type == IPV6_OPT_JUMBO) {
			problem(w, ICMP_REPORT_BAD_HEADER, w->at + 2 + at, NOD_EV_IP6_DROP_JUMBO);
			return false;
		}
		switch (type >> 6) {
		case 0:
			continue;
		case 1:
			drop(w, NOD_EV_IP6_DROP_UNKNOWN_OPTION);
			return false;
		case 2:
			problem(w, ICMP_REPORT_BAD_OPTION, w->at + 2 + at,
				NOD_EV_IP6_DROP_UNKNOWN_OPTION);
			return false;
		default:
			if (w->cast == IP_UNICAST)
				problem(w, ICMP_REPORT_BAD_OPTION, w->at + 2 + at,
					NOD_EV_IP6_DROP_UNKNOWN_OPTION);
			else
				drop(w, NOD_EV_IP6_DROP_UNKNOWN_OPTION);
			return false;
		}
	}
	if (more < 0)
		drop(w, NOD_EV_IP6_DROP_OPTIONS);
	return more == 0;
}

/* RFC 8200 4.4, RFC 5095 (IP6-4, H20): with nothing left to visit it is passed over. */
static bool routing(struct walk *w, const struct ipv6_extension *e)
{
	enum { TYPE = 0, SEGMENTS_LEFT = 1 };

	if (e->body.p[SEGMENTS_LEFT] == 0)
		return true;
	problem(w, ICMP_REPORT_BAD_HEADER, w->at + 2 + TYPE, NOD_EV_IP6_DROP_ROUTING);
	return false;
}

/* Whether the headers up to the transport's first octets are in this fragment (IP6-8). */
static bool has_chain(const struct walk *w, uint32_t at, uint8_t next)
{
	struct rcur r = rcur_of(w->p->data + at, w->p->lin - at);
	struct ipv6_extension e;

	for (unsigned n = 0; n < EXTENSIONS_MOST; n++) {
		switch (next) {
		case IP_PROTO_HOP_BY_HOP:
		case IP_PROTO_ROUTING:
		case IP_PROTO_DEST_OPTS:
			if (ipv6_extension_parse(&e, &r) < 0)
				return false;
			next = e.next_header;
			break;
		case IP_PROTO_TCP:
			return rcur_left(&r) >= 20;
		case IP_PROTO_UDP:
		case IP_PROTO_ICMPV6:
			return rcur_left(&r) >= 8;
		default:
			return next != IP_PROTO_FRAGMENT;
		}
	}
	return false;
}

/*
 * A datagram that was put together is read anew: its headers are those of its first fragment,
 * which need not be those of the one that came last.  They are read twice, so it counts in full
 * against the bound.
 */
static bool from_the_top(struct walk *w)
{
	struct rcur r = rcur_of(w->p->data, w->p->lin);

	if (ipv6_parse(&w->h, &r) < 0) {
		drop(w, NOD_EV_IP6_DROP_HEADER);
		return false;
	}
	w->next = w->h.next_header;
	w->next_at = NEXT_HEADER_AT;
	w->at = IPV6_HDR;
	return true;
}

/* true: go on with what stands in w; it is whole, or an atomic fragment. */
static bool fragment(struct walk *w)
{
	struct rcur r = rcur_of(w->p->data, w->p->lin);
	struct ipv6_fragment f;
	uint32_t after = w->at + IPV6_FRAG_HDR;

	rcur_skip(&r, w->at);
	if (ipv6_fragment_parse(&f, &r) < 0 || w->was_fragments) {
		drop(w, NOD_EV_IP6_DROP_EXTENSION); /* nested: no datagram of RFC 8200 is so */
		return false;
	}
	if (!f.offset && !has_chain(w, after, f.next_header)) {
		problem(w, ICMP_REPORT_HEADER_CHAIN, 0, NOD_EV_IP6_DROP_CHAIN);
		return false;
	}
	if (!f.offset && !f.more) { /* (IP6-9) */
		w->next = f.next_header;
		w->next_at = w->at;
		w->at = after;
		w->was_fragments = true;
		return true;
	}
	if (f.more && (w->p->len - after) % 8) { /* (IP6-5): the payload length is wrong */
		problem(w, ICMP_REPORT_BAD_HEADER, PAYLOAD_LEN_AT, NOD_EV_IP6_FRAG_DROP_BAD);
		return false;
	}
	if (f.offset + (w->p->len - after) + (w->at - IPV6_HDR) > 65535) { /* (IP6-6) */
		problem(w, ICMP_REPORT_BAD_HEADER, w->at + 2, NOD_EV_IP6_FRAG_DROP_TOO_LONG);
		return false;
	}

	const struct reasm_key key = {
		.src = w->h.src,
		.dst = w->h.dst,
		.id = f.id,
		.interface = (uint16_t)w->iface->index,
	};
	const struct reasm_part part = {
		.offset = f.offset,
		.more = f.more,
		.unfragmentable = w->at,
		.next_header = f.next_header,
		.next_header_at = w->next_at,
	};

	w->p->l3 = w->p->data;
	pkt_pull(w->p, after);
	w->p = reasm_add(w->net, w->iface, &key, w->p, &part);
	w->was_fragments = true;
	return w->p && from_the_top(w);
}

/* One extension header.  false: the packet is gone. */
static bool extension(struct walk *w)
{
	struct rcur r = rcur_of(w->p->data, w->p->lin);
	struct ipv6_extension e;

	if (w->next == IP_PROTO_HOP_BY_HOP && w->at != IPV6_HDR) { /* only first: RFC 8200 4.1 */
		problem(w, ICMP_REPORT_PROTOCOL_UNREACHABLE, w->next_at,
			NOD_EV_IP6_DROP_EXTENSION);
		return false;
	}
	if (w->next == IP_PROTO_FRAGMENT)
		return fragment(w);
	rcur_skip(&r, w->at);
	if (ipv6_extension_parse(&e, &r) < 0) {
		drop(w, NOD_EV_IP6_DROP_EXTENSION);
		return false;
	}
	if (!(w->next == IP_PROTO_ROUTING ? routing(w, &e) : options(w, &e)))
		return false;
	w->next = e.next_header;
	w->next_at = w->at;
	w->at += e.len;
	return true;
}

static bool is_extension(uint8_t next)
{
	return next == IP_PROTO_HOP_BY_HOP || next == IP_PROTO_ROUTING ||
		next == IP_PROTO_FRAGMENT || next == IP_PROTO_DEST_OPTS;
}

static void go_up(struct walk *w)
{
	const struct ip_in in = {
		.iface = w->iface,
		.src = w->h.src,
		.dst = w->h.dst,
		.protocol = w->next,
		.ttl = w->h.hop_limit,
		.tos = w->h.traffic_class,
		.cast = w->cast,
		.was_fragments = w->was_fragments,
		.flow_label = w->h.flow_label,
		.hdr_len = w->at,
		.next_header_at = w->next_at,
	};

	w->p->l3 = w->p->data;
	pkt_pull(w->p, w->at);
	if (w->next == IP_PROTO_NONE) { /* RFC 8200 4.7: it has arrived, and that is all */
		NOTE(w->net->core, NOD_EV_IP6_DELIVER, .packet = pkt_public(w->p),
			.interface = (uint16_t)w->iface->index);
		pkt_free(w->p);
	} else {
		ip_deliver(w->net, w->p, &in);
	}
}

static void walk_up(struct walk *w)
{
	unsigned n = 0;

	if (w->next != IP_PROTO_UDP && w->next != IP_PROTO_TCP && w->p->len > w->p->lin)
		pkt_linear(w->p, w->p->len < CHAIN_MOST ? w->p->len : CHAIN_MOST);
	for (; is_extension(w->next); n++) {
		if (n == EXTENSIONS_MOST) {
			drop(w, NOD_EV_IP6_DROP_EXTENSION);
			return;
		}
		if (!extension(w))
			return;
	}
	go_up(w);
}

void ipv6_input(void *self, struct iface *i, struct pkt *p)
{
	struct walk w = { .net = self, .iface = i, .p = p };
	struct net *n = self;
	uint32_t len;

	NOTE(n->core, NOD_EV_IP6_IN, .packet = pkt_public(p), .interface = (uint16_t)i->index);
	if (!pkt_linear(p, IPV6_HDR)) {
		drop(&w, NOD_EV_IP6_DROP_SHORT);
		return;
	}

	struct rcur r = rcur_of(p->data, p->lin);

	if (ipv6_parse(&w.h, &r) < 0) {
		drop(&w, NOD_EV_IP6_DROP_VERSION);
		return;
	}
	if (netif_of(i)->is_v6_off) {
		drop(&w, NOD_EV_IP6_DROP_NOT_MINE);
		return;
	}
	len = IPV6_HDR + w.h.payload_len;
	if (len > p->len) { /* (H17) */
		drop(&w, NOD_EV_IP6_DROP_SHORT);
		return;
	}
	if (len < p->len && !(p->gso && !w.h.payload_len))
		pkt_trim(p, len);
	p->l3 = p->data;
	if (is_bad_source(p, &w.h)) {
		drop(&w, NOD_EV_IP6_DROP_SOURCE);
		return;
	}
	if (!p->is_looped &&
		ifaddr_is_ours(n, ipa_is_link_local(&w.h.src) ? i : NULL, &w.h.src)) {
		drop(&w, NOD_EV_IP6_DROP_LAND);
		return;
	}
	if (!is_for_us(&w)) {
		if (netif_of(i)->is_forwarding && w.cast == IP_UNICAST && !p->is_multicast &&
			!p->is_broadcast)
			ipv6_forward(n, i, p, &w.h.dst);
		else
			drop(&w, NOD_EV_IP6_DROP_NOT_MINE);
		return;
	}
	if (w.cast == IP_UNICAST && (p->is_broadcast || p->is_multicast)) {
		drop(&w, NOD_EV_IP6_DROP_LINK_BROADCAST);
		return;
	}
	w.next = w.h.next_header;
	w.next_at = NEXT_HEADER_AT;
	w.at = IPV6_HDR;
	walk_up(&w);
}
