/* SPDX-License-Identifier: ISC */
/*
 * frame.c - Ethernet, ARP, IPv4, IPv6 and its extension headers, as tshark names their fields
 *
 * Neighbours: decode.h; link/ether_wire.h, arp_wire.h, network/ipv4_wire.h, ipv6_wire.h.
 */
#include "decode.h"

#include "base/checksum.h"
#include "link/arp_wire.h"
#include "link/ether_wire.h"
#include "network/ip.h"
#include "network/ipv4_wire.h"
#include "network/ipv6_wire.h"

enum { TYPE_IPV4 = 0x0800, TYPE_ARP = 0x0806, TYPE_IPV6 = 0x86dd };

static void arp(struct rcur *r)
{
	struct arp_msg m;

	if (arp_parse(&m, r) < 0) {
		say_refused("arp", false);
		return;
	}
	say("arp.opcode", "%u", m.op);
	say_mac("arp.src.hw_mac", m.sender_mac);
	say_addr("arp.src.proto_ipv4", &m.sender);
	say_mac("arp.dst.hw_mac", m.target_mac);
	say_addr("arp.dst.proto_ipv4", &m.target);
}

static void carried(const struct packet *p, struct rcur *r)
{
	switch (p->protocol) {
	case IP_PROTO_ICMP:
	case IP_PROTO_ICMPV6:
		if (ipa_is_v4(&p->src) != (p->protocol == IP_PROTO_ICMP))
			return; /* the other family's is none */
		decode_icmp(p, r);
		break;
	case IP_PROTO_IGMP:
		decode_igmp(p, r);
		break;
	case IP_PROTO_UDP:
		decode_udp(p, r);
		break;
	case IP_PROTO_TCP:
		decode_tcp(p, r);
		break;
	default:
		say_data(rcur_left(r));
	}
}

/*
 * The packet ends where its header says so, and padding follows; one that says that it has more
 * than is there is refused (ipv4.c, ipv6.c), but for a quote, which is cut anywhere.
 */
static bool ends(struct rcur *r, size_t left, struct packet *p, const char *layer)
{
	if (left <= rcur_left(r)) {
		r->len = r->at + left;
		return true;
	}
	p->is_part = true;
	if (!p->is_quoted)
		say_refused(layer, false);
	return p->is_quoted;
}

/* ---- IPv4 -------------------------------------------------------------------------------- */

static bool ipv4_options(struct span options)
{
	struct rcur r = rcur_of(options.p, options.len);
	struct span data;
	uint8_t type;
	int more;

	while ((more = ipv4_option_next(&r, &type, &data)) > 0) {
		say("ip.opt.type", "%u", type);
		say("ip.opt.len", "%zu", data.len + 2);
		if (type == IPV4_OPT_ROUTER_ALERT && data.len == 2)
			say("ip.opt.ra", "%u", octets_u16(data.p));
	}
	return more == 0;
}

static void ipv4(struct rcur *r, bool is_quoted)
{
	struct packet p = { .is_quoted = is_quoted };
	const uint8_t *start = r->buf + r->at;
	struct ipv4_hdr h;

	if (ipv4_parse(&h, r) < 0) {
		say_refused("ip", is_quoted);
		return;
	}
	say("ip.hdr_len", "%u", h.hdr_len);
	say("ip.dsfield", "0x%02x", h.tos);
	say("ip.len", "%u", h.len);
	say("ip.id", "0x%04x", h.id);
	say_flag("ip.flags.df", h.dont_fragment);
	say_flag("ip.flags.mf", h.more_fragments);
	say("ip.frag_offset", "%u", h.offset / 8);
	say("ip.ttl", "%u", h.ttl);
	say("ip.proto", "%u", h.protocol);
	say("ip.checksum", "0x%04x", h.sum);
	say_status("ip.checksum.status", &p, checksum_add(0, start, h.hdr_len));
	say_addr("ip.src", &h.src);
	say_addr("ip.dst", &h.dst);
	if (!ipv4_options(h.options)) {
		say_refused("ip options", is_quoted);
		return;
	}
	p.src = h.src;
	p.dst = h.dst;
	p.protocol = h.protocol;
	p.is_part = h.more_fragments || h.offset;
	if (!ends(r, h.len - h.hdr_len, &p, "ip.len"))
		return;
	if (h.offset)
		say_data(rcur_left(r));
	else
		carried(&p, r);
}

/* ---- IPv6 -------------------------------------------------------------------------------- */

static bool ipv6_options(struct span options)
{
	struct rcur r = rcur_of(options.p, options.len);
	struct span data;
	uint32_t at;
	uint8_t type;
	int more;

	while ((more = ipv6_option_next(&r, &type, &at, &data)) > 0) {
		say("ipv6.opt.type", "0x%02x", type);
		say("ipv6.opt.length", "%zu", data.len);
		if (type == IPV6_OPT_ROUTER_ALERT && data.len == 2)
			say("ipv6.opt.router_alert", "%u", octets_u16(data.p));
	}
	return more == 0;
}

static bool is_extension(uint8_t protocol)
{
	return protocol == IP_PROTO_HOP_BY_HOP || protocol == IP_PROTO_DEST_OPTS ||
		protocol == IP_PROTO_ROUTING;
}

/* A header of options, or one of routing, whose body is not the parser's. */
static bool extension(struct packet *p, struct rcur *r)
{
	uint8_t kind = p->protocol;
	struct ipv6_extension e;

	if (ipv6_extension_parse(&e, r) < 0)
		return false;
	p->protocol = e.next_header;
	if (kind == IP_PROTO_HOP_BY_HOP) {
		say("ipv6.hopopts.nxt", "%u", e.next_header);
		say("ipv6.hopopts.len", "%u", e.len / 8 - 1);
	} else if (kind == IP_PROTO_DEST_OPTS) {
		say("ipv6.dstopts.nxt", "%u", e.next_header);
		say("ipv6.dstopts.len", "%u", e.len / 8 - 1);
	} else {
		say("ipv6.routing.nxt", "%u", e.next_header);
		say("ipv6.routing.len", "%u", e.len / 8 - 1);
	}
	return kind == IP_PROTO_ROUTING || ipv6_options(e.body);
}

/* false: refused.  *@is_later: what follows is the middle of something. */
static bool fragment(struct packet *p, struct rcur *r, bool *is_later)
{
	struct ipv6_fragment f;

	if (ipv6_fragment_parse(&f, r) < 0)
		return false;
	p->protocol = f.next_header;
	p->is_part |= f.more || f.offset;
	*is_later = f.offset;
	say("ipv6.fraghdr.nxt", "%u", f.next_header);
	say("ipv6.fraghdr.offset", "%u", f.offset / 8);
	say_flag("ipv6.fraghdr.more", f.more);
	say("ipv6.fraghdr.ident", "0x%08x", f.id);
	return true;
}

static void ipv6_headers(struct packet *p, struct rcur *r)
{
	bool is_later = false;

	while (p->protocol == IP_PROTO_FRAGMENT || is_extension(p->protocol)) {
		bool is_sound = p->protocol == IP_PROTO_FRAGMENT ? fragment(p, r, &is_later) :
								   extension(p, r);

		if (!is_sound) {
			say_refused("ipv6 extension", p->is_quoted);
			return;
		}
		if (is_later) {
			say_data(rcur_left(r));
			return;
		}
	}
	if (p->protocol == IP_PROTO_NONE)
		say_data(rcur_left(r));
	else
		carried(p, r);
}

static void ipv6(struct rcur *r, bool is_quoted)
{
	struct packet p = { .is_quoted = is_quoted };
	struct ipv6_hdr h;

	if (ipv6_parse(&h, r) < 0) {
		say_refused("ipv6", is_quoted);
		return;
	}
	say("ipv6.tclass", "0x%08x", h.traffic_class);
	say("ipv6.flow", "0x%06x", h.flow_label);
	say("ipv6.plen", "%u", h.payload_len);
	say("ipv6.nxt", "%u", h.next_header);
	say("ipv6.hlim", "%u", h.hop_limit);
	say_addr("ipv6.src", &h.src);
	say_addr("ipv6.dst", &h.dst);
	p.src = h.src;
	p.dst = h.dst;
	p.protocol = h.next_header;
	if (ends(r, h.payload_len, &p, "ipv6.plen"))
		ipv6_headers(&p, r);
}

void decode_ip(struct rcur *r, bool is_v6, bool is_quoted)
{
	if (is_v6)
		ipv6(r, is_quoted);
	else
		ipv4(r, is_quoted);
}

/* ---- Ethernet ---------------------------------------------------------------------------- */

void decode_frame(struct rcur *r)
{
	struct ether_hdr h;

	if (ether_parse(&h, r) < 0) {
		say_refused("eth", false);
		return;
	}
	say_mac("eth.dst", h.dst);
	say_mac("eth.src", h.src);
	for (unsigned i = 0; i < h.n_tags; i++) {
		say("vlan.priority", "%u", h.tag[i] >> 13);
		say_flag("vlan.dei", h.tag[i] >> 12 & 1);
		say("vlan.id", "%u", h.tag[i] & 0xfff);
	}
	if (h.type < ETHER_TYPE_LEAST) {
		say("eth.len", "%u", h.type);
		say_data(h.type < rcur_left(r) ? h.type : rcur_left(r)); /* not for nod */
		return;
	}
	say("eth.type", "0x%04x", h.type);
	switch (h.type) {
	case TYPE_ARP:
		arp(r);
		break;
	case TYPE_IPV4:
	case TYPE_IPV6:
		decode_ip(r, h.type == TYPE_IPV6, false);
		break;
	default:
		say_data(rcur_left(r));
	}
}
