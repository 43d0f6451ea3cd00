/* SPDX-License-Identifier: ISC */
/* test_hostile6.c - IPv6, ICMPv6 and neighbour discovery that no honest host sends (H17 to H27) */
#include "hostile.h"

#include "network/nd.h"

#define NONE6			"00000000000000000000000000000000 "
#define LOOP6			"00000000000000000000000000000001 "
#define NODE_US			"ff0200000000000000000001ff000001 "
#define TO_NODE			"3333ff000001 020000000002 "
#define OTHER6			"20010db8000000000000000000000055 "
#define UDP8			UDP_TO("0007 ", "0008 ")
#define MAC_OPT			"0101 020000000002 "
#define ND(len, hops, src, dst) IP6_OF(len, "3a ", hops, src, dst)
#define SOLICIT			"8700 0000 00000000 "
#define ADVERT(flags)		"8800 0000 " flags "000000 "
#define RA			"8600 0000 4000 0708 00000000 00000000 "

static const struct hostile_row rows[] = {
	{ "H17: longer than the frame", IP6("0009 ", "11 ") UDP8, NOD_EV_IP6_DROP_SHORT,
		SILENCE },
	{ "H17: 65,535 octets, of which 8 came", IP6("ffff ", "11 ") UDP8,
		NOD_EV_IP6_DROP_SHORT, SILENCE },
	{ "H17: cut in the header", AS_IS TO_US "86dd 60000000 0000 11 40 20010db8",
		NOD_EV_IP6_DROP_SHORT, SILENCE },
	{ "H17: version 4", AS_IS TO_US "86dd 40000000 0008 1140 " PEER6 US6 UDP8,
		NOD_EV_IP6_DROP_VERSION, SILENCE },
	{ "H17: shorter than UDP's header", IP6("0007 ", "11 ") UDP8, NOD_EV_UDP_DROP_SHORT,
		SILENCE },
	{ "H17: length 0 without jumbo option", IP6("0000 ", "11 ") UDP8, NOD_EV_UDP_DROP_SHORT,
		SILENCE },
	{ "H17: a jumbogram of 16 octets", IP6("0010 ", "00 ") "1100 c204 00000010 " UDP8,
		NOD_EV_IP6_DROP_JUMBO, ICMP6(4, 0) },
	{ "H17: a jumbogram of 65,536", IP6("0010 ", "00 ") "1100 c204 00010000 " UDP8,
		NOD_EV_IP6_DROP_JUMBO, ICMP6(4, 0) },
	{ "H17: a jumbogram of length 0, as it should be",
		IP6("0000 ", "00 ") "1100 c204 00010000 " UDP8, NOD_EV_IP6_DROP_EXTENSION,
		SILENCE },
	{ "H17: a jumbogram in fragments",
		IP6("0018 ", "00 ") "2c00 c204 00010000 1100 0000 00000001 " UDP8,
		NOD_EV_IP6_DROP_JUMBO, ICMP6(4, 0) },

	{ "H18: hop-by-hop options behind another header",
		IP6("0018 ", "3c ") "0000 0104 00000000 1100 0104 00000000 " UDP8,
		NOD_EV_IP6_DROP_EXTENSION, ICMP6(4, 1) },
	{ "H18: hop-by-hop options twice",
		IP6("0018 ", "00 ") "0000 0104 00000000 1100 0104 00000000 " UDP8,
		NOD_EV_IP6_DROP_EXTENSION, ICMP6(4, 1) },
	{ "H18: a header that runs past the end", IP6("0008 ", "3c ") "1101 0104 00000000 ",
		NOD_EV_IP6_DROP_EXTENSION, SILENCE },
	{ "H18: a header of 2,048 octets in 16", IP6("0010 ", "00 ") "11ff 0104 00000000 " UDP8,
		NOD_EV_IP6_DROP_EXTENSION, SILENCE },
	{ "H18: a header cut after its first octet", IP6("0001 ", "3c ") "11",
		NOD_EV_IP6_DROP_EXTENSION, SILENCE },
	{ "H18: a fragment header cut in two", IP6("0004 ", "2c ") "1100 0001",
		NOD_EV_IP6_DROP_EXTENSION, SILENCE },
	{ "H18: an unknown next header", IP6("0008 ", "fd ") EIGHT, NOD_EV_IP6_DROP_PROTOCOL,
		ICMP6(4, 1) },
	{ "H18: no next header", IP6("0008 ", "3b ") EIGHT, NOD_EV_N, SILENCE },
	{ "H18: ICMP of IPv4", IP6("0008 ", "01 ") EIGHT, NOD_EV_IP6_DROP_PROTOCOL,
		ICMP6(4, 1) },
	{ "H18: five headers in no order",
		IP6("0030 ", "3c ") "2b00 0104 00000000 3c00 0000 00000000 2c00 0104 00000000 "
				    "3c00 0000 00000007 1100 0104 00000000 " UDP8,
		NOD_EV_UDP_IN, ANSWERS_UDP },

	{ "H19: an option that runs past its header",
		IP6("0010 ", "3c ") "1100 0105 00000000 " UDP8, NOD_EV_IP6_DROP_OPTIONS,
		SILENCE },
	{ "H19: an option of length 255", IP6("0010 ", "3c ") "1100 1eff 00000000 " UDP8,
		NOD_EV_IP6_DROP_OPTIONS, SILENCE },
	{ "H19: an option without a length", IP6("0010 ", "3c ") "1100 0103 0000001e " UDP8,
		NOD_EV_IP6_DROP_OPTIONS, SILENCE },
	{ "H19: options of length 0, one after the other",
		IP6("0010 ", "3c ") "1100 0100 0100 1e00 " UDP8, NOD_EV_UDP_IN, ANSWERS_UDP },
	{ "H19: padding that is not zero", IP6("0010 ", "3c ") "1100 0104 deadbeef " UDP8,
		NOD_EV_UDP_IN, ANSWERS_UDP },
	{ "H19: an unknown option that may be skipped",
		IP6("0010 ", "3c ") "1100 1e04 00000000 " UDP8, NOD_EV_UDP_IN, ANSWERS_UDP },
	{ "H19: one that wants to be dropped", IP6("0010 ", "3c ") "1100 5e04 00000000 " UDP8,
		NOD_EV_IP6_DROP_UNKNOWN_OPTION, SILENCE },
	{ "H19: one that wants it told", IP6("0010 ", "3c ") "1100 9e04 00000000 " UDP8,
		NOD_EV_IP6_DROP_UNKNOWN_OPTION, ICMP6(4, 2) },
	{ "H19: one that wants it told to who spoke to one",
		IP6("0010 ", "3c ") "1100 de04 00000000 " UDP8, NOD_EV_IP6_DROP_UNKNOWN_OPTION,
		ICMP6(4, 2) },
	{ "H19: the same to a group",
		TO_GROUP IP6_OF("0010 ", "3c ", "40 ", PEER6, ALL6) "1100 de04 00000000 " UDP8,
		NOD_EV_IP6_DROP_UNKNOWN_OPTION, SILENCE },
	{ "H19: and what wants it told in any case",
		TO_GROUP IP6_OF("0010 ", "3c ", "40 ", PEER6, ALL6) "1100 9e04 00000000 " UDP8,
		NOD_EV_IP6_DROP_UNKNOWN_OPTION, ICMP6(4, 2) },

	{ "H20: routing header 0 with a stop left",
		IP6("0020 ", "2b ") "1102 0001 00000000 " OTHER6 UDP8, NOD_EV_IP6_DROP_ROUTING,
		ICMP6(4, 0) },
	{ "H20: with none left it is skipped",
		IP6("0020 ", "2b ") "1102 0000 00000000 " OTHER6 UDP8, NOD_EV_UDP_IN,
		ANSWERS_UDP },
	{ "H20: an odd length", IP6("0018 ", "2b ") "1101 0001 00000000 0000000000000000 " UDP8,
		NOD_EV_IP6_DROP_ROUTING, ICMP6(4, 0) },
	{ "H20: 255 stops in 24 octets", IP6("0020 ", "2b ") "1102 00ff 00000000 " OTHER6 UDP8,
		NOD_EV_IP6_DROP_ROUTING, ICMP6(4, 0) },
	{ "H20: type 2", IP6("0020 ", "2b ") "1102 0201 00000000 " OTHER6 UDP8,
		NOD_EV_IP6_DROP_ROUTING, ICMP6(4, 0) },
	{ "H20: type 3", IP6("0010 ", "2b ") "1100 0301 00000000 " UDP8,
		NOD_EV_IP6_DROP_ROUTING, ICMP6(4, 0) },
	{ "H20: type 4", IP6("0010 ", "2b ") "1100 0401 00000000 " UDP8,
		NOD_EV_IP6_DROP_ROUTING, ICMP6(4, 0) },
	{ "H20: type 255", IP6("0010 ", "2b ") "1100 ff01 00000000 " UDP8,
		NOD_EV_IP6_DROP_ROUTING, ICMP6(4, 0) },

	{ "H21: fragments that overlap",
		IP6("0018 ", "2c ") "1100 0001 00000101 1388 0007 0018 0000 " EIGHT
				    "|" IP6("0018 ", "2c ") "1100 0009 00000101 " EIGHT EIGHT,
		NOD_EV_IP6_FRAG_DROP_OVERLAP, SILENCE },
	{ "H21: the rest of what overlapped", IP6("0010 ", "2c ") "1100 0010 00000101 " EIGHT,
		NOD_EV_IP6_DROP_FRAG_DISCARD, SILENCE },
	{ "H21: an exact duplicate harms nobody",
		IP6("0010 ", "2c ") "1100 0001 00000102 1388 0007 0010 0000 |" IP6(
			"0010 ", "2c ") "1100 0001 00000102 1388 0007 0010 0000",
		NOD_EV_IP6_FRAG_DROP_DUPLICATE, SILENCE },
	{ "H21: more to come, and no multiple of 8",
		IP6("0013 ", "2c ") "1100 0001 00000103 " UDP8 "010203",
		NOD_EV_IP6_FRAG_DROP_BAD, ICMP6(4, 0) },
	{ "H21: beyond 65,535", IP6("0018 ", "2c ") "1100 fff8 00000104 " EIGHT EIGHT,
		NOD_EV_IP6_FRAG_DROP_TOO_LONG, ICMP6(4, 0) },
	{ "H21: a beginning without transport header", IP6("0008 ", "2c ") "1100 0001 00000105",
		NOD_EV_IP6_DROP_CHAIN, ICMP6(4, 3) },
	{ "H21: a beginning that ends in options",
		IP6("0010 ", "2c ") "3c00 0001 00000106 1101 0104 00000000",
		NOD_EV_IP6_DROP_CHAIN, ICMP6(4, 3) },
	{ "H21: an atomic fragment is no fragment",
		IP6("0010 ", "2c ") "1100 0000 00000107 " UDP8, NOD_EV_UDP_IN, ANSWERS_UDP },
	{ "H21: not even beside true ones of its number",
		IP6("0010 ", "2c ") "1100 0009 00000107 " EIGHT
				    "|" IP6("0010 ", "2c ") "1100 0000 00000107 " UDP8,
		NOD_EV_UDP_IN, ANSWERS_UDP },
	{ "H21: a fragment in a fragment",
		IP6("0018 ", "2c ") "2c00 0000 00000108 1100 0000 00000109 " UDP8,
		NOD_EV_IP6_DROP_CHAIN, ICMP6(4, 3) },

	{ "H22: from a group", TO_US IP6_OF("0008 ", "11 ", "40 ", ALL6, US6) UDP8,
		NOD_EV_IP6_DROP_SOURCE, SILENCE },
	{ "H22: from ::1", TO_US IP6_OF("0008 ", "11 ", "40 ", LOOP6, US6) UDP8,
		NOD_EV_IP6_DROP_SOURCE, SILENCE },
	{ "H22: to ::1 by a wire", TO_US IP6_OF("0008 ", "11 ", "40 ", PEER6, LOOP6) UDP8,
		NOD_EV_IP6_DROP_SOURCE, SILENCE },
	{ "H22: from nobody, to one", TO_US IP6_OF("0008 ", "11 ", "40 ", NONE6, US6) UDP8,
		NOD_EV_IP6_DROP_SOURCE, SILENCE },
	{ "H22: from ::ffff:10.0.0.2",
		TO_US IP6_OF("0008 ", "11 ", "40 ", "00000000000000000000ffff0a000002 ", US6)
			UDP8,
		NOD_EV_IP6_DROP_SOURCE, SILENCE },
	{ "H22: from ourselves", TO_US IP6_OF("0008 ", "11 ", "40 ", US6, US6) UDP8,
		NOD_EV_IP6_DROP_LAND, SILENCE },
	{ "H22: to somebody else's link-local address",
		TO_US IP6_OF("0008 ", "11 ", "40 ", PEER_LL,
			"fe800000000000000000000000000055 ") UDP8,
		NOD_EV_IP6_DROP_NOT_MINE, SILENCE },
	{ "H22: to a group of the host's own scope",
		"333300000001 020000000002 " IP6_OF(
			"0008 ", "11 ", "40 ", PEER6, "ff010000000000000000000000000001 ") UDP8,
		NOD_EV_IP6_DROP_NOT_MINE, SILENCE },
	{ "H22: one host by a link broadcast",
		TO_ALL IP6_OF("0008 ", "11 ", "40 ", PEER6, US6) UDP_TO("2222 ", "0008 "),
		NOD_EV_IP6_DROP_LINK_BROADCAST, SILENCE },

	{ "H23: a solicitation from beyond the link",
		TO_US ND("0018 ", "fe ", PEER6, US6) SOLICIT US6, NOD_EV_ND_DROP_BAD, SILENCE },
	{ "H23: of code 1", TO_US ND("0018 ", "ff ", PEER6, US6) "8701 0000 00000000 " US6,
		NOD_EV_ND_DROP_BAD, SILENCE },
	{ "H23: too short",
		TO_US ND("0014 ", "ff ", PEER6, US6) SOLICIT "20010db80000000000000000",
		NOD_EV_ND_DROP_BAD, SILENCE },
	{ "H23: an option of length 0",
		TO_US ND("0020 ", "ff ", PEER6, US6) SOLICIT US6 "0100 020000000002",
		NOD_EV_ND_DROP_BAD, SILENCE },
	{ "H23: an option longer than the message",
		TO_US ND("0020 ", "ff ", PEER6, US6) SOLICIT US6 "0104 020000000002",
		NOD_EV_ND_DROP_BAD, SILENCE },
	{ "H23: a link address of 14 octets",
		TO_US ND("0028 ", "ff ", PEER6, US6) SOLICIT US6 "0102 020000000002" EIGHT,
		NOD_EV_ND_DROP_BAD, SILENCE },
	{ "H23: a wrong checksum",
		AS_IS TO_US ND("0018 ", "ff ", PEER6, US6) "8700 dead 00000000 " US6,
		NOD_EV_ICMP6_DROP_CHECKSUM, SILENCE },
	{ "H23: about a group", TO_US ND("0018 ", "ff ", PEER6, US6) SOLICIT ALL6,
		NOD_EV_ND_DROP_BAD, SILENCE },
	{ "H23: from nobody, with a link address",
		TO_NODE ND("0020 ", "ff ", NONE6, NODE_US) SOLICIT US6 MAC_OPT,
		NOD_EV_ND_DROP_BAD, SILENCE },
	{ "H23: from nobody, to all nodes",
		TO_GROUP ND("0018 ", "ff ", NONE6, ALL6) SOLICIT US6, NOD_EV_ND_DROP_BAD,
		SILENCE },
	{ "H23: in a fragment",
		TO_US IP6_OF(
			"0020 ", "2c ", "ff ", PEER6, US6) "3a00 0000 00000001 " SOLICIT US6,
		NOD_EV_ND_DROP_FRAGMENT, SILENCE },
	{ "H23: an answer about a group",
		TO_US ND("0018 ", "ff ", PEER6, US6) ADVERT("60") ALL6, NOD_EV_ND_DROP_BAD,
		SILENCE },
	{ "H23: an answer to all that says it was asked",
		TO_GROUP ND("0018 ", "ff ", PEER6, ALL6) ADVERT("60") OTHER6,
		NOD_EV_ND_DROP_BAD, SILENCE },
	{ "H23: an answer with an option of length 0",
		TO_US ND("0020 ", "ff ", PEER6, US6) ADVERT("60") PEER6 "0200 020000000002",
		NOD_EV_ND_DROP_BAD, SILENCE },
	{ "H23: a router with a global address", TO_GROUP ND("0010 ", "ff ", PEER6, ALL6) RA,
		NOD_EV_ND_DROP_BAD, SILENCE },
	{ "H23: a router beyond the link", TO_GROUP ND("0010 ", "40 ", PEER_LL, ALL6) RA,
		NOD_EV_ND_DROP_BAD, SILENCE },
	{ "H23: a router with an option of length 0",
		TO_GROUP ND("0018 ", "ff ", PEER_LL, ALL6) RA "0500 000000000500",
		NOD_EV_ND_DROP_BAD, SILENCE },
	{ "H23: a router's message that is cut",
		TO_GROUP ND(
			"000f ", "ff ", PEER_LL, ALL6) "8600 0000 4000 0708 00000000 000000",
		NOD_EV_ND_DROP_BAD, SILENCE },
	{ "H23: a redirect from a global address",
		TO_US ND("0028 ", "ff ", PEER6, US6) "8900 0000 00000000 " PEER_LL OTHER6,
		NOD_EV_ND_DROP_BAD, SILENCE },
	{ "H23: a redirect by no gateway of ours",
		TO_US ND("0028 ", "ff ", PEER_LL, US6) "8900 0000 00000000 " PEER_LL OTHER6,
		NOD_EV_ICMP6_DROP_REDIRECT, SILENCE },
	{ "H23: a redirect for a group",
		TO_US ND("0028 ", "ff ", PEER_LL, US6) "8900 0000 00000000 " PEER_LL ALL6,
		NOD_EV_ICMP6_DROP_REDIRECT, SILENCE },
	{ "H24: an answer nobody asked for",
		TO_US ND("0020 ", "ff ", PEER6, US6) ADVERT("60") OTHER6 "0201 020000000066",
		NOD_EV_ND_DROP_UNSOLICITED, SILENCE },

	{ "H27: too big that quotes nothing", IP6("0008 ", "3a ") "0200 0000 00000500",
		NOD_EV_ICMP6_DROP_QUOTE, SILENCE },
	{ "H27: that quotes somebody else's packet",
		IP6("0038 ", "3a ") "0200 0000 00000500 6000000005dc1140" PEER6 OTHER6
				    "0007 1388 05dc 0000",
		NOD_EV_ICMP6_DROP_QUOTE, SILENCE },
	{ "H27: about a port that nobody has",
		IP6("0038 ", "3a ") "0200 0000 00000500 6000000005dc1140" US6 PEER6
				    "4444 1388 05dc 0000",
		NOD_EV_ICMP6_DROP_PMTU, SILENCE },
	{ "H27: about what went by our loopback",
		IP6("0038 ", "3a ") "0104 0000 00000000 6000000000081140" LOOP6 LOOP6
				    "0007 0007 0008 0000",
		NOD_EV_ICMP6_DROP_QUOTE, SILENCE },
	{ "H27: about what we sent to ourselves",
		IP6("0038 ", "3a ") "0104 0000 00000000 6000000000081140" US6 US6
				    "0007 0007 0008 0000",
		NOD_EV_ICMP6_DROP_QUOTE, SILENCE },
	{ "H30: an error for a group",
		TO_GROUP IP6_OF("0038 ", "3a ", "40 ", PEER6,
			ALL6) "0104 0000 00000000 6000000000081140" US6 PEER6
			      "0007 1388 0008 0000",
		NOD_EV_ICMP6_DROP_BROADCAST, SILENCE },
	{ "H30: an error about an error",
		IP6("0038 ", "3a ") "0104 0000 00000000 6000000000083a40" US6 PEER6
				    "0104 0000 0000 0000",
		NOD_EV_ICMP6_IN, SILENCE },
	{ "H29: ICMPv6 of 3 octets", AS_IS IP6("0003 ", "3a ") "800000",
		NOD_EV_ICMP6_DROP_SHORT, SILENCE },
	{ "H29: an unknown question", IP6("0008 ", "3a ") "c800 0000 00000000",
		NOD_EV_ICMP6_DROP_TYPE, SILENCE },
};

static struct victim v;

/* ---- floods ----------------------------------------------------------------------------- */

/* From @src, hop limit 255, checksum made. */
static void nd(const struct nd_msg *m, const struct ipa *src, const struct ipa *dst)
{
	uint8_t f[1514] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x86, 0xdd };
	struct wcur w = wcur_of(f + 14, 1500);
	struct ipv6_hdr h = {
		.next_header = IP_PROTO_ICMPV6, .hop_limit = 255, .src = *src, .dst = *dst
	};
	struct wcur body = wcur_of(f + 54, 1460);

	if (ipa_is_multicast(dst))
		memcpy(f,
			(const uint8_t[]){
				0x33, 0x33, dst->o[12], dst->o[13], dst->o[14], dst->o[15] },
			6);
	victim_must(nd_emit(m, &body) == 0, "message");
	h.payload_len = (uint16_t)body.at;
	ipv6_emit(&h, &w);
	victim_hears(&v, f, 54 + body.at);
}

static struct ipa nth(const char *base, uint32_t k)
{
	struct ipa a = ip(base);

	a.o[12] = (uint8_t)(k >> 24);
	a.o[13] = (uint8_t)(k >> 16);
	a.o[14] = (uint8_t)(k >> 8);
	a.o[15] = (uint8_t)k;
	return a;
}

static struct nod_stack_use use_of(void)
{
	struct nod_stack_use use;

	nod_stack_use(v.s.stack, &use);
	return use;
}

static unsigned addresses(const char *origin)
{
	struct nod_address_info a;
	unsigned n = 0;

	for (unsigned k = 0; nod_address_at(v.s.stack, k, &a) == 0; k++)
		n += a.interface == STATION_IF && strcmp(a.origin, origin) == 0;
	return n;
}

static void test_neighbour_floods(void)
{
	struct ipa us = ip("2001:db8::1"), peer = ip("2001:db8::2");
	struct nd_msg na = { .type = ND_NEIGHBOUR_ADVERT,
		.is_solicited = true,
		.is_override = true,
		.has_target_mac = true,
		.target_mac = { 2, [5] = 0x66 } };
	struct nd_msg ns = { .type = ND_NEIGHBOUR_SOLICIT,
		.target = us,
		.has_source_mac = true,
		.source_mac = { 2, [5] = 0x66 } };
	uint32_t before;

	victim_begin(&v,
		&(struct nod_conf){
			.seed = { 3 }, .memory_octets = 8 << 20, .neighbours = 32 });
	before = use_of().neighbours;
	for (uint32_t k = 0; k < 20000; k++) {
		na.target = nth("2001:db8::", 0x10000 + k);
		nd(&na, &peer, &us);
	}
	tap(use_of().neighbours == before &&
			station_count(&v.s, NOD_EV_ND_DROP_UNSOLICITED) >= 20000,
		"H24: 20,000 answers nobody asked for make no entry");
	for (uint32_t k = 0; k < 20000; k++) {
		struct ipa from = nth("2001:db8::", 0x20000 + k * 2654435761u);

		nd(&ns, &from, &us);
		station_forget(&v.s);
	}
	tap(use_of().neighbours <= 32 && victim_keeps_limits(&v),
		"H24: 20,000 questions from invented hosts keep within the table");
	tap(victim_serves(&v), "H24: and the honest one is served");
	victim_end(&v);
}

static void test_router_flood(void)
{
	struct ipa all = ip("ff02::1");
	struct nd_msg ra = { .type = ND_ROUTER_ADVERT,
		.hop_limit = 64,
		.lifetime_s = 1800,
		.has_source_mac = true,
		.source_mac = { 2, [5] = 0x66 },
		.n_prefixes = 8 };
	unsigned n_default = 0;
	uint64_t at = 0;
	struct nod_route_info r;

	victim_begin(&v, NULL);
	for (uint32_t k = 0; k < 3000; k++) {
		struct ipa from = nth("fe80::", 0x1000 + k);

		for (uint32_t j = 0; j < 8; j++) {
			ra.prefix[j] = (struct nd_prefix){ .prefix = ip("2001:db9::"),
				.len = 64,
				.on_link = true,
				.autonomous = true,
				.valid_s = 86400,
				.preferred_s = 14400 };
			ra.prefix[j].prefix.o[4] = (uint8_t)(k >> 8);
			ra.prefix[j].prefix.o[5] = (uint8_t)k;
			ra.prefix[j].prefix.o[7] = (uint8_t)j;
		}
		nd(&ra, &from, &all);
	}
	while (nod_route_next(v.s.stack, &at, &r) == 0)
		n_default += r.to.len == 0 && r.to.addr.family == NOD_IPV6;
	tap(n_default <= 8 && use_of().routes < 64 &&
			addresses("slaac") + addresses("temporary") <= 32 &&
			station_count(&v.s, NOD_EV_ND_DROP_LIMIT) > 1000,
		"H24: 3,000 routers with 24,000 prefixes: %u default routes, %u addresses",
		n_default, addresses("slaac") + addresses("temporary"));
	tap(victim_serves(&v), "H24: and the honest one is served");
	station_pass(&v.s, 90000 * NOD_S);
	tap(addresses("slaac") + addresses("temporary") == 0,
		"H24: it passes with its lifetime");
	victim_end(&v);
}

/* ---- what routers may not do ------------------------------------------------------------- */

static void advertise(struct nd_msg *m)
{
	struct ipa all = ip("ff02::1"), router = ip("fe80::2");

	m->type = ND_ROUTER_ADVERT;
	nd(m, &router, &all);
}

static nod_ns valid_for(const char *origin)
{
	struct nod_address_info a;

	for (unsigned k = 0; nod_address_at(v.s.stack, k, &a) == 0; k++)
		if (strcmp(a.origin, origin) == 0)
			return (a.valid_until - v.s.now) / NOD_S;
	return -1;
}

static const char *state_of(const char *origin)
{
	struct nod_address_info a;

	for (unsigned k = 0; nod_address_at(v.s.stack, k, &a) == 0; k++)
		if (strcmp(a.origin, origin) == 0)
			return a.state;
	return "none";
}

static struct nd_msg prefix_of(
	const char *prefix, uint8_t len, uint32_t valid, uint32_t preferred)
{
	return (struct nd_msg){ .lifetime_s = 1800,
		.n_prefixes = 1,
		.prefix = { { .prefix = ip(prefix),
			.len = len,
			.on_link = true,
			.autonomous = true,
			.valid_s = valid,
			.preferred_s = preferred } } };
}

static void test_parameters(void)
{
	struct netif *f;
	struct nd_msg m;
	struct ipa list[4];
	static const char even[] = TO_GROUP ND("0020 ", "ff ", PEER_LL, ALL6) RA
		"1902 0000 00000e10 0000000000000000";

	victim_begin(&v, NULL);
	f = station_netif(&v.s);
	advertise(&(struct nd_msg){ .lifetime_s = 1800, .mtu = 1279 });
	tap(f->mtu6 == 1500, "H25: an MTU of 1,279 is ignored");
	advertise(&(struct nd_msg){ .lifetime_s = 1800, .mtu = 65535 });
	tap(f->mtu6 == 1500, "H25: and one that the link does not have");
	advertise(&(struct nd_msg){ .lifetime_s = 1800, .mtu = 1400 });
	tap(f->mtu6 == 1400, "H25: one that may be is taken");
	advertise(&(struct nd_msg){ .lifetime_s = 1800, .mtu = 1500, .hop_limit = 1 });
	tap(f->hop_limit == 64, "H25: a hop limit of 1 is ignored");
	advertise(&(struct nd_msg){
		.lifetime_s = 1800, .retrans_ms = UINT32_MAX, .reachable_ms = UINT32_MAX });
	tap(neigh_times(f->iface, false)->retrans == NOD_S &&
			neigh_times(f->iface, false)->base_reachable == 30 * NOD_S,
		"H25: a neighbour is not asked once in 49 days");
	victim_hears_hex(&v, even);
	tap(nd_dns_servers(f, list, 4) == 0, "H25: DNS servers of an even length are ignored");

	m = prefix_of("2001:db9::", 64, 100, 200);
	advertise(&m);
	tap(addresses("slaac") == 0, "H25: preferred for longer than valid: ignored");
	m = prefix_of("fe80::", 64, 1000, 1000);
	advertise(&m);
	m = prefix_of("ff02::", 64, 1000, 1000);
	advertise(&m);
	m = prefix_of("::", 64, 1000, 1000);
	advertise(&m);
	m = prefix_of("2001:db9::", 63, 1000, 1000);
	advertise(&m);
	tap(addresses("slaac") == 0, "H25: prefixes that no address can be of are ignored");
	m = prefix_of("2001:db9::", 64, 86400, 14400);
	advertise(&m);
	station_pass(&v.s, 5 * NOD_S);
	tap(addresses("slaac") == 1 && addresses("temporary") == 1, "an honest prefix");
	m = prefix_of("2001:db9::", 64, 1, 0);
	advertise(&m);
	tap(valid_for("slaac") > 7190 && valid_for("slaac") <= 7200 &&
			valid_for("temporary") <= 7200 && valid_for("temporary") > 7190,
		"H25: nobody ends an address within two hours");
	station_pass(&v.s, NOD_S);
	tap(strcmp(state_of("slaac"), "deprecated") == 0 &&
			strcmp(state_of("temporary"), "deprecated") == 0,
		"but it is not used for what is new, and neither is the temporary one (RFC 8981)");
	advertise(&(struct nd_msg){ .lifetime_s = 0 });
	tap(station_count(&v.s, NOD_EV_ND_ROUTER_GONE) == 1, "H25: lifetime 0 ends the router");
	victim_end(&v);
}

/* ---- addresses tried ---------------------------------------------------------------------- */

static const char *trial(const char *addr)
{
	struct nod_address_info a;
	struct nod_addr wanted;

	nod_addr_parse(&wanted, addr);
	for (unsigned k = 0; nod_address_at(v.s.stack, k, &a) == 0; k++)
		if (a.prefix.addr.family == NOD_IPV6 &&
			memcmp(a.prefix.addr.octet, wanted.octet, 16) == 0)
			return a.state;
	return "none";
}

static void test_dad(void)
{
	struct nod_prefix p;
	struct ipa none = IPA_ANY6, group = ip("ff02::1:ff00:77"), all = ip("ff02::1");
	struct nd_msg ns = { .type = ND_NEIGHBOUR_SOLICIT, .target = ip("2001:db8::77") };
	uint8_t f[128] = { 0x33, 0x33, 0xff, 0, 0, 0x77, 2, 0, 0, 0, 0, 1, 0x86, 0xdd, 0x60 };
	const struct sent *t;
	uint64_t before;

	victim_begin(&v, NULL);
	nod_prefix_parse(&p, "2001:db8::77/64");
	nod_address_add(v.s.stack, STATION_IF, &p, 0);
	station_forget(&v.s);
	while (v.s.n == 0 || v.s.sent[v.s.n - 1].data[0] != ND_NEIGHBOUR_SOLICIT)
		station_pass(&v.s, 10 * NOD_MS);
	t = &v.s.sent[v.s.n - 1];
	f[19] = (uint8_t)t->len;
	f[20] = IPPROTO_ICMPV6;
	f[21] = 255;
	memcpy(f + 38, group.o, 16);
	memcpy(f + 54, t->data, t->len);
	victim_hears(&v, f, 54 + t->len);
	tap(strcmp(trial("2001:db8::77"), "tentative") == 0,
		"H26: our own question come back is no other host (RFC 7527)");
	station_pass(&v.s, 3 * NOD_S);
	tap(strcmp(trial("2001:db8::77"), "preferred") == 0, "H26: and the address is used");
	nod_address_remove(v.s.stack, STATION_IF, &p.addr);

	nod_address_add(v.s.stack, STATION_IF, &p, 0);
	nd(&ns, &none, &group);
	tap(strcmp(trial("2001:db8::77"), "duplicate") == 0,
		"H26: who tries it at the same time has it");
	nod_address_remove(v.s.stack, STATION_IF, &p.addr);
	nod_address_add(v.s.stack, STATION_IF, &p, 0);
	ns = (struct nd_msg){ .type = ND_NEIGHBOUR_ADVERT,
		.target = ns.target,
		.has_target_mac = true,
		.target_mac = { 2, [5] = 0x66 } };
	group = ip("2001:db8::66");
	nd(&ns, &group, &all);
	tap(strcmp(trial("2001:db8::77"), "duplicate") == 0, "H26: so does who says so");
	before = station_count(&v.s, NOD_EV_ND_DROP_UNSOLICITED);
	for (unsigned k = 0; k < 100; k++) {
		ns.target = ip("2001:db8::1");
		nd(&ns, &group, &all);
	}
	tap(strcmp(trial("2001:db8::1"), "preferred") == 0 &&
			station_count(&v.s, NOD_EV_ND_DROP_UNSOLICITED) == before + 100 &&
			victim_serves(&v),
		"H26: but nobody takes one that is in use");
	victim_end(&v);
}

/* ---- path MTU ----------------------------------------------------------------------------- */

static void too_big(uint16_t port, uint32_t mtu, uint16_t payload)
{
	uint8_t f[110] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 56,
		58, 64, 0x20, 1, 0xd, 0xb8, [37] = 2, [38] = 0x20, 1, 0xd,
		0xb8, [53] = 1, [54] = 2, [58] = (uint8_t)(mtu >> 24), (uint8_t)(mtu >> 16),
		(uint8_t)(mtu >> 8), (uint8_t)mtu, [62] = 0x60, [66] = (uint8_t)(payload >> 8),
		(uint8_t)payload, 17, 64, 0x20, 1, 0xd, 0xb8, [85] = 1, [86] = 0x20, 1, 0xd,
		0xb8, [101] = 2, [102] = (uint8_t)(port >> 8), (uint8_t)port, 0x13, 0x88, 5,
		0xb4, 0, 0 };

	victim_hears(&v, f, sizeof(f));
}

static void test_pmtu(void)
{
	static const struct {
		uint32_t mtu;
		uint16_t payload, want;
	} told[] = { { 0, 1460, 1500 }, { 68, 1460, 1500 }, { 1279, 1460, 1500 },
		{ 1500, 1460, 1500 }, { UINT32_MAX, 1460, 1500 }, { 1400, 1300, 1500 },
		{ 1400, 1460, 1400 }, { 1450, 1460, 1400 }, { 1280, 1460, 1280 } };
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(5000) }, me;
	socklen_t len = sizeof(me);
	int fd, mtu = 0;

	victim_begin(&v, NULL);
	memcpy(&to.sin6_addr, ip("2001:db8::2").o, 16);
	fd = nod_socket(v.s.stack, AF_INET6, SOCK_DGRAM, 0);
	nod_connect(v.s.stack, fd, (struct sockaddr *)&to, sizeof(to));
	nod_getsockname(v.s.stack, fd, (struct sockaddr *)&me, &len);
	for (unsigned k = 0; k < sizeof(told) / sizeof(told[0]); k++) {
		too_big(ntohs(me.sin6_port), told[k].mtu, told[k].payload);
		len = sizeof(mtu);
		nod_getsockopt(v.s.stack, fd, IPPROTO_IPV6, IPV6_MTU, &mtu, &len);
		tap(mtu == told[k].want, "H27: %u told of %u octets: the path takes %d",
			told[k].mtu, told[k].payload, mtu);
	}
	nod_close(v.s.stack, fd);
	victim_end(&v);
}

/* IP6-11: what is put together may be longer than a link carries. */
static void test_whole(void)
{
	static uint8_t message[4000] = { ICMPV6_ECHO_REQUEST, 0, 0, 0, 0, 1, 0, 1 };
	struct ipa us = ip("2001:db8::1"), peer = ip("2001:db8::2");
	uint16_t sum;
	unsigned from;
	uint32_t got = 0;

	victim_begin(&v, NULL);
	sum = checksum_end(checksum_add(ip_pseudo(&peer, &us, IP_PROTO_ICMPV6, sizeof(message)),
		message, sizeof(message)));
	message[2] = (uint8_t)(sum >> 8);
	message[3] = (uint8_t)sum;
	from = v.s.n;
	for (uint32_t at = 0; at < sizeof(message); at += 1400) {
		uint32_t len =
			sizeof(message) - at < 1400 ? (uint32_t)sizeof(message) - at : 1400;
		uint8_t f[1514] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x86, 0xdd };
		struct wcur w = wcur_of(f + 14, 1500);
		const struct ipv6_hdr h = { .payload_len = (uint16_t)(8 + len),
			.next_header = IP_PROTO_FRAGMENT,
			.hop_limit = 64,
			.src = peer,
			.dst = us };

		ipv6_emit(&h, &w);
		wcur_u8(&w, IP_PROTO_ICMPV6);
		wcur_u8(&w, 0);
		wcur_u16(&w, (uint16_t)(at | (at + len < sizeof(message))));
		wcur_u32(&w, 7);
		wcur_put(&w, message + at, len);
		victim_hears_as(&v, STATION_IF, f, 14 + w.at);
	}
	for (unsigned k = from; k < v.s.n; k++)
		got += (uint32_t)v.s.sent[k].len - 8; /* each has a fragment header */
	tap(got == sizeof(message), "IP6-11: an echo of 4,000 octets comes back");
	victim_end(&v);
}

/* As many headers as a packet holds. */
static void test_chain(void)
{
	uint8_t f[1500] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x86, 0xdd, 0x60, 0, 0, 0, 5,
		0x90, 0x3c, 64, 0x20, 1, 0xd, 0xb8, [37] = 2, [38] = 0x20, 1, 0xd,
		0xb8, [53] = 1 };
	uint64_t before;
	unsigned from;

	victim_begin(&v, NULL);
	for (unsigned at = 54; at + 8 <= 54 + 0x590; at += 8) {
		f[at] = 0x3c;
		f[at + 2] = 1;
		f[at + 3] = 4;
	}
	before = station_count(&v.s, NOD_EV_IP6_DROP_EXTENSION);
	from = v.s.n;
	for (unsigned k = 0; k < 1000; k++)
		victim_hears_as(&v, STATION_IF, f, 54 + 0x590);
	tap(station_count(&v.s, NOD_EV_IP6_DROP_EXTENSION) == before + 1000 && v.s.n == from,
		"H18: a chain of 178 headers is not followed to its end");
	victim_end(&v);
}

int main(void)
{
	victim_begin(&v, NULL);
	VICTIM_IS_TOLD(&v, rows);
	victim_end(&v);
	test_whole();
	test_chain();
	test_neighbour_floods();
	test_router_flood();
	test_parameters();
	test_dad();
	test_pmtu();
	return tap_done();
}
