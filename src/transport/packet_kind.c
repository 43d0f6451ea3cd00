/* SPDX-License-Identifier: ISC */
/*
 * packet_kind.c - what a frame is, in the words of rules
 *
 * By the stack's own parsers.  What they refuse is of no kind but those of the layers below it.
 *
 * Neighbours: packet_kind.h, link/ether_wire.h, network/ipv4_wire.h, icmp_wire.h (which walks over
 * IPv6's extension headers), tcp_wire.h.
 */
#include "packet_kind.h"

#include "../base/cursor.h"
#include "../link/arp_wire.h"
#include "../link/ether_wire.h"
#include "../link/segment.h"
#include "../network/icmp_wire.h"
#include "../network/ipv4_wire.h"
#include "../network/ipv6_wire.h"
#include "tcp_wire.h"
#include "udp_wire.h"

enum { TYPE_IPV4 = 0x0800, TYPE_ARP = 0x0806, TYPE_IPV6 = 0x86dd };
enum { PROTO_IGMP = 2, PROTO_TCP = 6, PROTO_UDP = 17, FRAGMENT_HEADER = 44 };
enum { PORT_DNS = 53, PORT_DHCP_SERVER = 67, PORT_DHCP_CLIENT = 68 };

/* Octets of a frame that are looked at: headers of three layers, with their options. */
enum { LOOK = 256 };

/* X(name, words) */
#define KINDS(X)                                     \
	X(ARP, "arp")                                \
	X(ARP_REQUEST, "arp request")                \
	X(ARP_REPLY, "arp reply")                    \
	X(IPV4, "ipv4")                              \
	X(IPV6, "ipv6")                              \
	X(FRAGMENT, "fragment")                      \
	X(ICMP, "icmp")                              \
	X(ECHO_REQUEST, "echo request")              \
	X(ECHO_REPLY, "echo reply")                  \
	X(ICMP_ERROR, "icmp error")                  \
	X(ROUTER_SOLICIT, "router solicitation")     \
	X(ROUTER_ADVERT, "router advertisement")     \
	X(NEIGH_SOLICIT, "neighbour solicitation")   \
	X(NEIGH_ADVERT, "neighbour advertisement")   \
	X(IGMP, "igmp")                              \
	X(UDP, "udp")                                \
	X(DNS, "dns")                                \
	X(DHCP, "dhcp")                              \
	X(TCP, "tcp")                                \
	X(SYN, "syn")                                \
	X(SYN_ACK, "syn-ack")                        \
	X(FIN, "fin")                                \
	X(RST, "rst")                                \
	X(DATA, "data segment")                      \
	X(PURE_ACK, "pure ack")                      \
	X(UNICAST, "unicast")                        \
	X(MULTICAST, "multicast")                    \
	X(BROADCAST, "broadcast")

enum kind {
#define ONE(name, words) KIND_##name,
	KINDS(ONE)
#undef ONE
	N_KINDS
};

static const char *const kind_name[] = {
#define ONE(name, words) [KIND_##name] = words,
	KINDS(ONE)
#undef ONE
};
_Static_assert(N_KINDS <= 64, "a bit each");

static uint64_t bit(enum kind k)
{
	return 1ull << k;
}

/* Where the parts of a frame lie, octets from data; 0 = it has no such part. */
struct parts {
	struct ether_hdr ether;
	uint8_t family; /* enum nod_family: of an IP packet */
	uint8_t protocol;
	bool is_fragment, is_headless; /* headless: a later fragment, without a transport header */
	uint32_t l3, l4, payload, end; /* end: of the IP packet; what follows is padding */
	uint8_t tcp_flags, icmp_type;
	uint16_t src, dst; /* ports */
	uint64_t arp; /* of its kinds */
};

static void look_at_arp(struct parts *s, struct rcur *r)
{
	struct arp_msg m;

	s->arp = bit(KIND_ARP);
	if (arp_parse(&m, r) == 0)
		s->arp |= bit(m.op == ARP_REQUEST ? KIND_ARP_REQUEST : KIND_ARP_REPLY);
}

static void look_at_transport(struct parts *s, const uint8_t *o, size_t len)
{
	struct rcur r = rcur_of(o + s->l4, len - s->l4);
	struct tcp_hdr t;
	struct udp_hdr u;

	switch (s->protocol) {
	case PROTO_TCP:
		if (tcp_parse(&t, &r) < 0)
			break;
		s->src = t.src;
		s->dst = t.dst;
		s->tcp_flags = t.flags;
		s->payload = s->l4 + t.hdr_len;
		return;
	case PROTO_UDP:
		if (udp_parse(&u, &r) < 0)
			break;
		s->src = u.src;
		s->dst = u.dst;
		s->payload = s->l4 + UDP_HDR_LEN;
		return;
	case IP_PROTOCOL_ICMPV4:
	case IP_PROTOCOL_ICMPV6:
		if (rcur_left(&r) < ICMP_HDR_LEN)
			break;
		s->icmp_type = rcur_u8(&r);
		s->payload = s->l4 + ICMP_HDR_LEN;
		return;
	default:
		return;
	}
	s->l4 = 0; /* no header that could be read */
}

static void look_at_ip(struct parts *s, const uint8_t *o, size_t len)
{
	struct rcur r = rcur_of(o + s->l3, len - s->l3);
	struct icmp_quote q;
	struct ipv4_hdr h4;
	struct ipv6_hdr h6;

	if (s->ether.type == TYPE_IPV4) {
		if (ipv4_parse(&h4, &r) < 0)
			return;
		s->family = NOD_IPV4;
		s->end = s->l3 + h4.len;
		s->is_fragment = h4.more_fragments || h4.offset;
	} else {
		if (ipv6_parse(&h6, &r) < 0)
			return;
		s->family = NOD_IPV6;
		s->end = s->l3 + IPV6_HDR + h6.payload_len;
		s->is_fragment = h6.next_header == FRAGMENT_HEADER;
	}
	r = rcur_of(o + s->l3, len - s->l3);
	if (icmp_quote_parse(&q, s->family, &r) < 0)
		return;
	s->protocol = q.protocol;
	s->is_headless = q.is_fragment;
	if (q.is_fragment || !q.carried.len)
		return;
	s->l4 = (uint32_t)(q.carried.p - o);
	look_at_transport(s, o, len);
}

static struct parts look_at(const struct pkt *p)
{
	struct parts s = { 0 };
	uint8_t room[LOOK];
	const uint8_t *o = p->data;
	size_t len = p->lin;
	struct rcur r;

	if (p->lin < LOOK && p->n_slices) {
		len = pkt_copy_out(p, 0, room, LOOK);
		o = room;
	}
	r = rcur_of(o, len);
	if (ether_parse(&s.ether, &r) < 0) {
		s.ether.len = 0;
		return s;
	}
	s.l3 = s.ether.len;
	if (s.ether.type == TYPE_ARP)
		look_at_arp(&s, &r);
	else if (s.ether.type == TYPE_IPV4 || s.ether.type == TYPE_IPV6)
		look_at_ip(&s, o, len);
	if (!s.end || s.end > p->len)
		s.end = p->len;
	return s;
}

/* ---- kinds ------------------------------------------------------------------------------- */

static uint64_t icmp_kinds(const struct parts *s)
{
	enum { SOLICIT_ROUTER = 133, ADVERT_ROUTER, SOLICIT, ADVERT };
	bool is_v6 = s->protocol == IP_PROTOCOL_ICMPV6;
	uint64_t k = bit(KIND_ICMP);

	if (!s->l4)
		return k;
	switch (icmp_kind(is_v6 ? NOD_IPV6 : NOD_IPV4, s->icmp_type)) {
	case ICMP_ECHO_ASK:
		return k | bit(KIND_ECHO_REQUEST);
	case ICMP_ECHO_ANSWER:
		return k | bit(KIND_ECHO_REPLY);
	case ICMP_ERROR:
		return k | bit(KIND_ICMP_ERROR);
	case ICMP_OTHER:
		break;
	}
	if (is_v6 && s->icmp_type == SOLICIT_ROUTER)
		k |= bit(KIND_ROUTER_SOLICIT);
	else if (is_v6 && s->icmp_type == ADVERT_ROUTER)
		k |= bit(KIND_ROUTER_ADVERT);
	else if (is_v6 && s->icmp_type == SOLICIT)
		k |= bit(KIND_NEIGH_SOLICIT);
	else if (is_v6 && s->icmp_type == ADVERT)
		k |= bit(KIND_NEIGH_ADVERT);
	return k;
}

static bool has_port(const struct parts *s, uint16_t port)
{
	return s->src == port || s->dst == port;
}

static uint64_t udp_kinds(const struct parts *s)
{
	uint64_t k = bit(KIND_UDP);

	if (s->l4 && has_port(s, PORT_DNS))
		k |= bit(KIND_DNS);
	if (s->l4 && (has_port(s, PORT_DHCP_SERVER) || has_port(s, PORT_DHCP_CLIENT)))
		k |= bit(KIND_DHCP);
	return k;
}

static uint64_t tcp_kinds(const struct parts *s)
{
	uint8_t f = s->tcp_flags;
	uint64_t k = bit(KIND_TCP);
	bool has_data = s->payload < s->end;

	if (!s->l4)
		return k;
	if (f & TCP_SYN)
		k |= bit(f & TCP_ACK ? KIND_SYN_ACK : KIND_SYN);
	if (f & TCP_FIN)
		k |= bit(KIND_FIN);
	if (f & TCP_RST)
		k |= bit(KIND_RST);
	if (has_data)
		k |= bit(KIND_DATA);
	if ((f & (TCP_ACK | TCP_SYN | TCP_FIN | TCP_RST)) == TCP_ACK && !has_data)
		k |= bit(KIND_PURE_ACK);
	if (has_port(s, PORT_DNS))
		k |= bit(KIND_DNS);
	return k;
}

static uint64_t kinds(const struct pkt *p)
{
	struct parts s = look_at(p);
	uint64_t k = s.arp;

	if (!s.ether.len)
		return 0;
	k |= bit(ether_is_broadcast(s.ether.dst) ? KIND_BROADCAST :
			ether_is_group(s.ether.dst) ? KIND_MULTICAST :
						      KIND_UNICAST);
	if (!s.family)
		return k;
	k |= bit(s.family == NOD_IPV4 ? KIND_IPV4 : KIND_IPV6);
	if (s.is_fragment || s.is_headless)
		k |= bit(KIND_FRAGMENT);
	switch (s.protocol) {
	case IP_PROTOCOL_ICMPV4:
	case IP_PROTOCOL_ICMPV6:
		return k | icmp_kinds(&s);
	case PROTO_IGMP:
		return k | bit(KIND_IGMP);
	case PROTO_UDP:
		return k | udp_kinds(&s);
	case PROTO_TCP:
		return k | tcp_kinds(&s);
	default:
		return k;
	}
}

/* ---- fields ------------------------------------------------------------------------------ */

enum base { ETHER, IP4, IP6, ARP, ICMP, UDP, TCP, PAYLOAD, FRAME };

static const struct {
	const char *name;
	enum base base;
	uint8_t at, len; /* octets */
} field_table[] = {
	/* in the order of their layers */
	{ "eth.dst", ETHER, 0, 6 },
	{ "eth.src", ETHER, 6, 6 },
	{ "eth.type", ETHER, 12, 2 },
	{ "arp.op", ARP, 6, 2 },
	{ "ip.tos", IP4, 1, 1 },
	{ "ip.len", IP4, 2, 2 },
	{ "ip.id", IP4, 4, 2 },
	{ "ip.offset", IP4, 6, 2 },
	{ "ip.ttl", IP4, 8, 1 },
	{ "ip.protocol", IP4, 9, 1 },
	{ "ip.checksum", IP4, 10, 2 },
	{ "ip.src", IP4, 12, 4 },
	{ "ip.dst", IP4, 16, 4 },
	{ "ip6.flow", IP6, 0, 4 },
	{ "ip6.len", IP6, 4, 2 },
	{ "ip6.next", IP6, 6, 1 },
	{ "ip6.hops", IP6, 7, 1 },
	{ "ip6.src", IP6, 8, 16 },
	{ "ip6.dst", IP6, 24, 16 },
	{ "icmp.type", ICMP, 0, 1 },
	{ "icmp.code", ICMP, 1, 1 },
	{ "icmp.checksum", ICMP, 2, 2 },
	{ "udp.src", UDP, 0, 2 },
	{ "udp.dst", UDP, 2, 2 },
	{ "udp.len", UDP, 4, 2 },
	{ "udp.checksum", UDP, 6, 2 },
	{ "tcp.src", TCP, 0, 2 },
	{ "tcp.dst", TCP, 2, 2 },
	{ "tcp.seq", TCP, 4, 4 },
	{ "tcp.ack", TCP, 8, 4 },
	{ "tcp.offset", TCP, 12, 1 },
	{ "tcp.flags", TCP, 13, 1 },
	{ "tcp.window", TCP, 14, 2 },
	{ "tcp.checksum", TCP, 16, 2 },
	{ "tcp.urgent", TCP, 18, 2 },
	{ "payload", PAYLOAD, 0, 0 },
	{ "frame", FRAME, 0, 0 },
};

enum { N_FIELDS = sizeof(field_table) / sizeof(field_table[0]) };

static const char *field_name(unsigned i)
{
	return i < N_FIELDS ? field_table[i].name : NULL;
}

static const char *kind_name_at(unsigned i)
{
	return i < N_KINDS ? kind_name[i] : NULL;
}

/* Where @base begins in this frame.  false: it has none. */
static bool begins(const struct parts *s, enum base base, uint32_t *at)
{
	bool is_icmp = s->protocol == IP_PROTOCOL_ICMPV4 || s->protocol == IP_PROTOCOL_ICMPV6;

	*at = s->l4;
	switch (base) {
	case ETHER:
		*at = 0;
		return s->ether.len;
	case ARP:
		*at = s->l3;
		return s->arp;
	case IP4:
	case IP6:
		*at = s->l3;
		return s->family == (base == IP4 ? NOD_IPV4 : NOD_IPV6);
	case ICMP:
		return s->l4 && is_icmp;
	case UDP:
		return s->l4 && s->protocol == PROTO_UDP;
	case TCP:
		return s->l4 && s->protocol == PROTO_TCP;
	case PAYLOAD:
		*at = s->payload;
		return s->payload && s->payload < s->end;
	case FRAME:
		*at = 0;
		return true;
	}
	return false;
}

static bool field(const struct pkt *p, unsigned which, uint32_t *at, uint32_t *len)
{
	struct parts s = look_at(p);
	uint32_t begin;

	if (which >= N_FIELDS || !begins(&s, field_table[which].base, &begin))
		return false;
	*at = begin + field_table[which].at;
	*len = field_table[which].len;
	if (!*len)
		*len = (field_table[which].base == FRAME ? p->len : s.end) - begin;
	if (field_table[which].base == ETHER && field_table[which].at == 12)
		*at = s.ether.len - 2u; /* behind the tags */
	return *len && *at + *len <= p->len;
}

const struct impair_packets packet_kinds = {
	.kinds = kinds,
	.kind_name = kind_name_at,
	.field = field,
	.field_name = field_name,
	.split = segment_split,
};
