/* SPDX-License-Identifier: ISC */
/* test_hostile4.c - IPv4 and ICMP that no honest host sends (H05 to H16, H29 to H33) */
#include "hostile.h"

#define ECHO "0800 0000 0001 0001 "
#define OPTIONS(ihl, len, options) \
	TO_US "0800 " ihl len "1234 0000 4011 0000 " PEER4 US4 options UDP_TO("0007 ", "0008 ")
/* A datagram of ours, as an error quotes it: from port 7 to port 5000 of the peer. */
#define QUOTED_OF(verihl, frag, proto, src) \
	verihl "00 0030 0000 " frag "40" proto "0000 " src PEER4
#define QUOTED QUOTED_OF("45", "0000 ", "11", US4) "0007 1388 001c 0000 "
#define ERROR(type_code, word, quote, len) \
	IP4(len, "0000 ", "01") type_code "0000 " word quote

static const struct hostile_row headers[] = {
	{ "H05: IHL 0", AS_IS TO_US "0800 4000 001c 1234 0000 4011 0000 " PEER4 US4 EIGHT,
		NOD_EV_IP4_DROP_HEADER, SILENCE },
	{ "H05: IHL 4", AS_IS TO_US "0800 4400 001c 1234 0000 4011 0000 " PEER4 US4 EIGHT,
		NOD_EV_IP4_DROP_HEADER, SILENCE },
	{ "H05: IHL 15 and no options",
		AS_IS TO_US "0800 4f00 001c 1234 0000 4011 0000 " PEER4 US4 EIGHT,
		NOD_EV_IP4_DROP_SHORT, SILENCE },
	{ "H05: a header longer than the whole",
		TO_US "0800 4600 0014 1234 0000 4011 0000 " PEER4 US4 EIGHT,
		NOD_EV_IP4_DROP_HEADER, SILENCE },
	{ "H05: total length 0", IP4("0000 ", "0000 ", "11") EIGHT, NOD_EV_IP4_DROP_HEADER,
		SILENCE },
	{ "H05: total length 19", IP4("0013 ", "0000 ", "11") EIGHT, NOD_EV_IP4_DROP_HEADER,
		SILENCE },
	{ "H05: longer than the frame", IP4("001d ", "0000 ", "11") EIGHT,
		NOD_EV_IP4_DROP_SHORT, SILENCE },
	{ "H05: 65,535 octets, of which 28 came", IP4("ffff ", "0000 ", "11") EIGHT,
		NOD_EV_IP4_DROP_SHORT, SILENCE },
	{ "H05: cut in the header", AS_IS TO_US "0800 4500 001c 1234 0000 4011 0000 0a0000",
		NOD_EV_IP4_DROP_SHORT, SILENCE },
	{ "H06: a header's checksum is wrong",
		AS_IS TO_US "0800 4500 001c 1234 0000 4011 dead " PEER4 US4 EIGHT,
		NOD_EV_IP4_DROP_CHECKSUM, SILENCE },
	{ "H06: version 0", TO_US "0800 0500 001c 1234 0000 4011 0000 " PEER4 US4 EIGHT,
		NOD_EV_IP4_DROP_VERSION, SILENCE },
	{ "H06: version 5", TO_US "0800 5500 001c 1234 0000 4011 0000 " PEER4 US4 EIGHT,
		NOD_EV_IP4_DROP_VERSION, SILENCE },
	{ "H06: version 6", TO_US "0800 6500 001c 1234 0000 4011 0000 " PEER4 US4 EIGHT,
		NOD_EV_IP4_DROP_VERSION, SILENCE },
	{ "H06: version 15", TO_US "0800 f500 001c 1234 0000 4011 0000 " PEER4 US4 EIGHT,
		NOD_EV_IP4_DROP_VERSION, SILENCE },

	{ "H07: an option of length 0", OPTIONS("4600 ", "0020 ", "07000000 "),
		NOD_EV_IP4_DROP_OPTIONS, ICMP4(12, 0) },
	{ "H07: an option of length 1", OPTIONS("4600 ", "0020 ", "07010000 "),
		NOD_EV_IP4_DROP_OPTIONS, ICMP4(12, 0) },
	{ "H07: an option of length 255", OPTIONS("4600 ", "0020 ", "07ff0400 "),
		NOD_EV_IP4_DROP_OPTIONS, ICMP4(12, 0) },
	{ "H07: an option without a length", OPTIONS("4600 ", "0020 ", "01010107 "),
		NOD_EV_IP4_DROP_OPTIONS, ICMP4(12, 0) },
	{ "H07: an unknown option of length 0", OPTIONS("4600 ", "0020 ", "5e000000 "),
		NOD_EV_IP4_DROP_OPTIONS, ICMP4(12, 0) },
	{ "H07: a loose source route", OPTIONS("4700 ", "0024 ", "8307 04 0a000003 00 "),
		NOD_EV_IP4_DROP_SOURCE_ROUTE, ICMP4(3, 13) },
	{ "H07: a strict source route", OPTIONS("4700 ", "0024 ", "8907 04 0a000003 00 "),
		NOD_EV_IP4_DROP_SOURCE_ROUTE, ICMP4(3, 13) },
	{ "H07: a source route that points at 0",
		OPTIONS("4700 ", "0024 ", "8307 00 0a000003 00 "), NOD_EV_IP4_DROP_SOURCE_ROUTE,
		ICMP4(3, 13) },
	{ "H07: a source route that points beyond",
		OPTIONS("4700 ", "0024 ", "8907 ff 0a000003 00 "), NOD_EV_IP4_DROP_SOURCE_ROUTE,
		ICMP4(3, 13) },
	{ "H07: a record route of length 2", OPTIONS("4600 ", "0020 ", "07020000 "),
		NOD_EV_IP4_DROP_OPTIONS, ICMP4(12, 0) },
	{ "H07: a record route that points at 3",
		OPTIONS("4700 ", "0024 ", "0707 03 00000000 00 "), NOD_EV_IP4_DROP_OPTIONS,
		ICMP4(12, 0) },
	{ "H07: a record route that is full is left so",
		OPTIONS("4700 ", "0024 ", "0707 08 0a000003 00 "), NOD_EV_UDP_IN, ANSWERS_UDP },
	{ "H07: a timestamp that points at 4",
		OPTIONS("4700 ", "0024 ", "4408 04 00 00000000 "), NOD_EV_IP4_DROP_OPTIONS,
		ICMP4(12, 0) },
	{ "H07: a timestamp whose overflow is full",
		OPTIONS("4700 ", "0024 ", "4408 09 f0 00000000 "), NOD_EV_UDP_IN, ANSWERS_UDP },
	{ "H07: 40 octets of no operation",
		OPTIONS("4f00 ", "0044 ",
			"0101010101010101 0101010101010101 0101010101010101 "
			"0101010101010101 0101010101010101 "),
		NOD_EV_UDP_IN, ANSWERS_UDP },
	{ "H07: what is behind the end is not read", OPTIONS("4600 ", "0020 ", "00070007 "),
		NOD_EV_UDP_IN, ANSWERS_UDP },
	{ "H07: an echo's options are not echoed",
		TO_US "0800 4700 0024 1234 0000 4001 0000 " PEER4 US4
		      "0707 04 00000000 00 " ECHO,
		NOD_EV_ICMP4_ECHO, ICMP4(0, 0) },

	{ "IP4-8: what has 0 hops left is here",
		AS_IS TO_US "0800 4500 001c 1234 0000 0011 949b " PEER4 US4
			    "1388 0007 0008 0000",
		NOD_EV_UDP_IN, ANSWERS_UDP },
	{ "IP4-8: and what has 1",
		AS_IS TO_US "0800 4500 001c 1234 0000 0111 939b " PEER4 US4
			    "1388 0007 0008 0000",
		NOD_EV_UDP_IN, ANSWERS_UDP },

	{ "H08: from 255.255.255.255",
		TO_US IP4_OF("001c ", "1234", "0000 ", "11", "ffffffff ", US4)
			UDP_TO("0007 ", "0008 "),
		NOD_EV_IP4_DROP_SOURCE, SILENCE },
	{ "H08: from the subnet's broadcast",
		TO_US IP4_OF("001c ", "1234", "0000 ", "01", "0a0000ff ", US4) ECHO,
		NOD_EV_IP4_DROP_SOURCE, SILENCE },
	{ "H08: from a group",
		TO_US IP4_OF("001c ", "1234", "0000 ", "01", "e0000001 ", US4) ECHO,
		NOD_EV_IP4_DROP_SOURCE, SILENCE },
	{ "H08: from 0.0.0.0",
		TO_US IP4_OF("001c ", "1234", "0000 ", "01", "00000000 ", US4) ECHO,
		NOD_EV_IP4_DROP_SOURCE, SILENCE },
	{ "H08: from 127.0.0.1",
		TO_US IP4_OF("001c ", "1234", "0000 ", "11", "7f000001 ", US4)
			UDP_TO("0007 ", "0008 "),
		NOD_EV_IP4_DROP_SOURCE, SILENCE },
	{ "H08: to 127.0.0.1 by a wire",
		TO_US IP4_OF("001c ", "1234", "0000 ", "11", PEER4, "7f000001 ")
			UDP_TO("0007 ", "0008 "),
		NOD_EV_IP4_DROP_SOURCE, SILENCE },
	{ "H08: from class E",
		TO_US IP4_OF("001c ", "1234", "0000 ", "01", "f0000001 ", US4) ECHO,
		NOD_EV_IP4_DROP_SOURCE, SILENCE },
	{ "H08: LAND: from us, to us",
		TO_US IP4_OF("001c ", "1234", "0000 ", "11", US4, US4) "0007 0007 0008 0000",
		NOD_EV_IP4_DROP_LAND, SILENCE },

	{ "H09: an echo for the subnet's broadcast",
		TO_ALL IP4_OF("001c ", "1234", "0000 ", "01", PEER4, "0a0000ff ") ECHO,
		NOD_EV_ICMP4_DROP_BROADCAST, SILENCE },
	{ "H09: an echo for everybody",
		TO_ALL IP4_OF("001c ", "1234", "0000 ", "01", PEER4, "ffffffff ") ECHO,
		NOD_EV_ICMP4_DROP_BROADCAST, SILENCE },
	{ "H09: a port without listener, for everybody",
		TO_ALL IP4_OF("001c ", "1234", "0000 ", "11", PEER4, "ffffffff ")
			UDP_TO("2222 ", "0008 "),
		NOD_EV_UDP_DROP_NO_PORT, SILENCE },
	{ "H09: one host by a link broadcast",
		TO_ALL IP4_OF("001c ", "1234", "0000 ", "11", PEER4, US4)
			UDP_TO("2222 ", "0008 "),
		NOD_EV_IP4_DROP_LINK_BROADCAST, SILENCE },
	{ "H09: an unknown protocol, for everybody",
		TO_ALL IP4_OF("001c ", "1234", "0000 ", "fd", PEER4, "ffffffff ") EIGHT,
		NOD_EV_IP4_DROP_PROTOCOL, SILENCE },

	{ "H16: IPv4 in IPv4 is not opened",
		IP4("0030 ", "0000 ", "04") "4500 001c 0001 0000 4001 0000 " PEER4 US4 ECHO,
		NOD_EV_IP4_DROP_PROTOCOL, ICMP4(3, 2) },
	{ "H16: IPv6 in IPv4", IP4("001c ", "0000 ", "29") EIGHT, NOD_EV_IP4_DROP_PROTOCOL,
		ICMP4(3, 2) },
	{ "H16: GRE", IP4("001c ", "0000 ", "2f") EIGHT, NOD_EV_IP4_DROP_PROTOCOL,
		ICMP4(3, 2) },
	{ "H16: protocol 255 and no data", IP4("0014 ", "0000 ", "ff"),
		NOD_EV_IP4_DROP_PROTOCOL, ICMP4(3, 2) },
	{ "H16: ICMPv6 by IPv4", IP4("001c ", "0000 ", "3a") EIGHT, NOD_EV_IP4_DROP_PROTOCOL,
		ICMP4(3, 2) },
};

#define FRAG(len, id, frag, data) \
	TO_US IP4_OF(len, id, frag, "11", PEER4, US4) \
	data

static const struct hostile_row fragments[] = {
	{ "H10: eight octets first, the rest behind",
		FRAG("001c ", "0a01", "2000 ", "1388 0007 0010 0000 ") "|" FRAG(
			"001c ", "0a01", "0001 ", EIGHT),
		NOD_EV_IP4_FRAG_DONE, ANSWERS_UDP },
	{ "H10: a whole that is shorter than its header",
		TO_US IP4_OF("001c ", "0a02", "2000 ", "01", PEER4,
			US4) "0800 0000 0001 0001 "
			     "|" TO_US IP4_OF("0015 ", "0a02", "0001 ", "01", PEER4, US4) "00 ",
		NOD_EV_ICMP4_DROP_CHECKSUM, SILENCE },
	{ "H11: teardrop: the second inside the first",
		FRAG("0034 ", "0b01", "2000 ", EIGHT EIGHT EIGHT EIGHT) "|" FRAG(
			"0018 ", "0b01", "0001 ", "01020304 "),
		NOD_EV_IP4_FRAG_DROP_BAD, SILENCE },
	{ "H11: the end of one over the beginning of another",
		FRAG("0024 ", "0b02", "2000 ", EIGHT EIGHT) "|" FRAG(
			"0024 ", "0b02", "2001 ", EIGHT EIGHT),
		NOD_EV_IP4_FRAG_DROP_OVERLAP, SILENCE },
	{ "H11: the same place with other octets",
		FRAG("001c ", "0b03", "2000 ", EIGHT) "|" FRAG(
			"001c ", "0b03", "2000 ", "ffffffffffffffff "),
		NOD_EV_IP4_FRAG_DROP_OVERLAP, SILENCE },
	{ "H11: one that covers all that is there",
		FRAG("001c ", "0b04", "2002 ", EIGHT) "|" FRAG(
			"001c ", "0b04", "2004 ", EIGHT) "|" FRAG("0044 ", "0b04", "2001 ",
			EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT),
		NOD_EV_IP4_FRAG_DROP_OVERLAP, SILENCE },
	{ "H11: the rest of what was refused",
		FRAG("0024 ", "0b05", "2000 ", EIGHT EIGHT) "|" FRAG("0024 ", "0b05", "2001 ",
			EIGHT EIGHT) "|" FRAG("001c ", "0b05", "0002 ", EIGHT),
		NOD_EV_IP4_DROP_FRAG_DISCARD, SILENCE },
	{ "H11: an exact duplicate harms nobody",
		FRAG("001c ", "0b06", "2000 ", "1388 0007 0010 0000 ") "|" FRAG("001c ", "0b06",
			"2000 ",
			"1388 0007 0010 0000 ") "|" FRAG("001c ", "0b06", "0001 ", EIGHT),
		NOD_EV_IP4_FRAG_DROP_DUPLICATE, ANSWERS_UDP },
	{ "H12: ping of death: 65,528 and 8 more", FRAG("001c ", "0c01", "1fff ", EIGHT),
		NOD_EV_IP4_FRAG_DROP_TOO_LONG, SILENCE },
	{ "H12: its end at 65,536 and more to come",
		FRAG("0024 ", "0c02", "3ffe ", EIGHT EIGHT), NOD_EV_IP4_FRAG_DROP_TOO_LONG,
		SILENCE },
	{ "H14: more to come, and 7 octets", FRAG("001b ", "0e01", "2000 ", "01020304050607 "),
		NOD_EV_IP4_FRAG_DROP_BAD, SILENCE },
	{ "H14: more to come, and none", FRAG("0014 ", "0e02", "2000 ", ""),
		NOD_EV_IP4_FRAG_DROP_BAD, SILENCE },
	{ "H14: an end of no octets", FRAG("0014 ", "0e03", "0001 ", ""),
		NOD_EV_IP4_FRAG_DROP_BAD, SILENCE },
	{ "H14: two ends",
		FRAG("001c ", "0e04", "0002 ", EIGHT) "|" FRAG("001c ", "0e04", "0004 ", EIGHT),
		NOD_EV_IP4_FRAG_DROP_BAD, SILENCE },
	{ "H14: something behind the end",
		FRAG("001c ", "0e05", "0002 ", EIGHT) "|" FRAG("001c ", "0e05", "2004 ", EIGHT),
		NOD_EV_IP4_FRAG_DROP_BAD, SILENCE },
	{ "H14: an end before what is there",
		FRAG("001c ", "0e06", "2004 ", EIGHT) "|" FRAG("001c ", "0e06", "0002 ", EIGHT),
		NOD_EV_IP4_FRAG_DROP_BAD, SILENCE },
	{ "H15: two protocols under one number are two datagrams",
		FRAG("001c ", "0f01", "2000 ", "1388 0007 0010 0000 ") "|" TO_US IP4_OF(
			"001c ", "0f01", "0001 ", "01", PEER4, US4) EIGHT
		"|" FRAG("001c ", "0f01", "0001 ", EIGHT),
		NOD_EV_IP4_FRAG_DONE, ANSWERS_UDP },
	{ "H15: two hosts under one number are two datagrams",
		FRAG("001c ", "0f02", "2000 ", "1388 0007 0010 0000 ") "|" TO_US IP4_OF(
			"001c ", "0f02", "0001 ", "11", "0a000003 ", US4) EIGHT
		"|" FRAG("001c ", "0f02", "0001 ", EIGHT),
		NOD_EV_IP4_FRAG_DONE, ANSWERS_UDP },
	{ "H15: marked and unmarkable ones do not go together",
		TO_US "0800 4503 001c 0f03 2000 4011 0000 " PEER4 US4
		      "1388 0007 0010 0000 |" FRAG("001c ", "0f03", "0001 ", EIGHT),
		NOD_EV_IP4_FRAG_DROP_BAD, SILENCE },
};

static const struct hostile_row icmp[] = {
	{ "H29: ICMP of 7 octets", IP4("001b ", "0000 ", "01") "0800 0000 000100",
		NOD_EV_ICMP4_DROP_SHORT, SILENCE },
	{ "H29: ICMP of no octets", IP4("0014 ", "0000 ", "01"), NOD_EV_ICMP4_DROP_SHORT,
		SILENCE },
	{ "H29: a wrong checksum",
		AS_IS TO_US
		"0800 4500 001c 1234 0000 4001 547a 0a000002 0a000001 0800 dead 0001 0001",
		NOD_EV_IP4_DROP_CHECKSUM, SILENCE },
	{ "H29: an unknown type", IP4("001c ", "0000 ", "01") "2a00 0000 0001 0001",
		NOD_EV_ICMP4_DROP_TYPE, SILENCE },
	{ "H29: an answer that nobody asked for",
		IP4("001c ", "0000 ", "01") "0000 0000 0001 0001", NOD_EV_ICMP4_IN, SILENCE },
	{ "H33: a timestamp is not told",
		IP4("0028 ", "0000 ", "01") "0d00 0000 0001 0001 000000000000000000000000",
		NOD_EV_ICMP4_DROP_TYPE, SILENCE },
	{ "H33: nor the mask", IP4("0020 ", "0000 ", "01") "1100 0000 0001 0001 00000000",
		NOD_EV_ICMP4_DROP_TYPE, SILENCE },
	{ "H33: nor anything of RFC 792's information request",
		IP4("001c ", "0000 ", "01") "0f00 0000 0001 0001", NOD_EV_ICMP4_DROP_TYPE,
		SILENCE },
	{ "H30: an error that quotes nothing", ERROR("0303 ", "00000000 ", "", "001c "),
		NOD_EV_ICMP4_DROP_QUOTE, SILENCE },
	{ "H30: one octet of a header", ERROR("0303 ", "00000000 ", "45", "001d "),
		NOD_EV_ICMP4_DROP_QUOTE, SILENCE },
	{ "H30: a header and 7 octets",
		ERROR("0303 ", "00000000 ",
			QUOTED_OF("45", "0000 ", "11", US4) "0007 1388 001c 00", "0037 "),
		NOD_EV_ICMP4_DROP_QUOTE, SILENCE },
	{ "H30: IHL 15 and no options",
		ERROR("0303 ", "00000000 ",
			QUOTED_OF("4f", "0000 ", "11", US4) "0007 1388 001c 0000 ", "0038 "),
		NOD_EV_ICMP4_DROP_QUOTE, SILENCE },
	{ "H30: IHL 0",
		ERROR("0303 ", "00000000 ",
			QUOTED_OF("40", "0000 ", "11", US4) "0007 1388 001c 0000 ", "0038 "),
		NOD_EV_ICMP4_DROP_QUOTE, SILENCE },
	{ "H30: the tail of a datagram",
		ERROR("0303 ", "00000000 ",
			QUOTED_OF("45", "0010 ", "11", US4) "0007 1388 001c 0000 ", "0038 "),
		NOD_EV_ICMP4_DROP_QUOTE, SILENCE },
	{ "H30: an error about an error",
		ERROR("0303 ", "00000000 ",
			QUOTED_OF("45", "0000 ", "01", US4) "0303 0000 0000 0000 ", "0038 "),
		NOD_EV_ICMP4_DROP_QUOTE, SILENCE },
	{ "H30: what somebody else sent",
		ERROR("0303 ", "00000000 ",
			QUOTED_OF("45", "0000 ", "11", "0a000003 ") "0007 1388 001c 0000 ",
			"0038 "),
		NOD_EV_ICMP4_DROP_QUOTE, SILENCE },
	{ "H30: what went by our loopback",
		ERROR("0303 ", "00000000 ",
			QUOTED_OF("45", "0000 ", "11", "7f000001 ") "0007 1388 001c 0000 ",
			"0038 "),
		NOD_EV_ICMP4_DROP_QUOTE, SILENCE },
	{ "H30: what we sent to ourselves",
		ERROR("0303 ", "00000000 ",
			"4500 0030 0000 0000 4011 0000 0a000001 0a000001 0007 1388 001c 0000 ",
			"0038 "),
		NOD_EV_ICMP4_DROP_QUOTE, SILENCE },
	{ "H30: an error for everybody",
		TO_ALL IP4_OF("0038 ", "1234", "0000 ", "01", PEER4,
			"0a0000ff ") "0303 0000 00000000 " QUOTED,
		NOD_EV_ICMP4_DROP_BROADCAST, SILENCE },
	{ "H31: source quench", ERROR("0400 ", "00000000 ", QUOTED, "0038 "),
		NOD_EV_ICMP4_DROP_TYPE, SILENCE },
	{ "H31: a redirect by no gateway of ours", ERROR("0501 ", "0a000003 ", QUOTED, "0038 "),
		NOD_EV_ICMP4_DROP_REDIRECT, SILENCE },
	{ "H31: a redirect to ourselves", ERROR("0501 ", "0a000001 ", QUOTED, "0038 "),
		NOD_EV_ICMP4_DROP_REDIRECT, SILENCE },
	{ "H31: a redirect off the link", ERROR("0501 ", "c0000201 ", QUOTED, "0038 "),
		NOD_EV_ICMP4_DROP_REDIRECT, SILENCE },
	{ "H31: a redirect of code 9", ERROR("0509 ", "0a000003 ", QUOTED, "0038 "),
		NOD_EV_ICMP4_DROP_REDIRECT, SILENCE },
	{ "H32: too big for 65,535", ERROR("0304 ", "0000ffff ", QUOTED, "0038 "),
		NOD_EV_ICMP4_DROP_PMTU, SILENCE },
	{ "H32: too big for what it was not", ERROR("0304 ", "00000030 ", QUOTED, "0038 "),
		NOD_EV_ICMP4_DROP_PMTU, SILENCE },
	{ "H32: about a port that nobody has",
		ERROR("0304 ", "00000020 ",
			QUOTED_OF("45", "0000 ", "11", US4) "4444 1388 001c 0000 ", "0038 "),
		NOD_EV_ICMP4_DROP_PMTU, SILENCE },
};

static struct victim v;

/* ICMP messages that left. */
static unsigned messages(void)
{
	unsigned n = 0;

	for (unsigned k = 0; k < v.s.n; k++)
		n += v.s.sent[k].protocol == IPPROTO_ICMP;
	return n;
}

/* ---- floods and what needs counting ---------------------------------------------------- */

static void fragment(uint16_t id, uint32_t at, bool more, uint32_t src, uint32_t len)
{
	uint8_t f[1514] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 0 };
	uint32_t field = at / 8 | (more ? 0x2000u : 0u);

	f[16] = (uint8_t)((len + 20) >> 8);
	f[17] = (uint8_t)(len + 20);
	f[18] = (uint8_t)(id >> 8);
	f[19] = (uint8_t)id;
	f[20] = (uint8_t)(field >> 8);
	f[21] = (uint8_t)field;
	f[22] = 64;
	f[23] = IPPROTO_UDP;
	for (unsigned k = 0; k < 4; k++)
		f[26 + k] = (uint8_t)(src >> (24 - 8 * k));
	f[30] = 10;
	f[33] = 1;
	victim_hears(&v, f, 34 + len);
}

static void test_endless(void)
{
	struct nod_stack_use use;
	uint64_t many;
	bool is_told = false;

	victim_begin(&v,
		&(struct nod_conf){ .seed = { 5 },
			.memory_octets = 8 << 20,
			.reassemblies = 16,
			.reassemblies_per_source = 4,
			.reassembly_octets = 256 << 10,
			.reassembly_fragments = 32 });
	for (uint32_t k = 0; k < 2000; k++) /* one octet group, one gap, backwards */
		fragment(1, (4000 - 2 * k) * 8, true, 0x0a000002, 8);
	nod_stack_use(v.s.stack, &use);
	many = station_count(&v.s, NOD_EV_IP4_FRAG_DROP_MANY);
	tap(many == 1 && use.packets == 0, "H13: a datagram of too many pieces is refused");
	for (uint32_t k = 0; k < 5000; k++)
		fragment((uint16_t)(2 + k), 8, true, 0x0a000002, 8);
	nod_stack_use(v.s.stack, &use);
	tap(use.reassemblies <= 4 && station_count(&v.s, NOD_EV_IP4_FRAG_DROP_SOURCE) > 0,
		"H13: one source has few that are not done");
	tap(victim_serves(&v), "H13: and others are served meanwhile");
	for (uint32_t k = 0; k < 20000; k++)
		fragment((uint16_t)k, 8, true, 0x0a000100 + k, 1000);
	nod_stack_use(v.s.stack, &use);
	tap(use.reassemblies <= 16 && use.memory_octets <= 8 << 20 &&
			station_count(&v.s, NOD_EV_IP4_FRAG_DROP_FULL) > 0,
		"H13: all sources have a bounded number");
	for (uint32_t k = 0; k < 64; k++)
		for (uint32_t at = 0; at < 30; at++)
			fragment((uint16_t)k, (at + 1) * 1400, true, 0x0a010000 + k, 1400);
	nod_stack_use(v.s.stack, &use);
	tap(use.packets * 1400 <= 256 << 10, "H13: and bounded octets");
	station_forget(&v.s);
	station_pass(&v.s, 120 * NOD_S);
	nod_stack_use(v.s.stack, &use);
	tap(use.reassemblies == 0 && use.packets == 0 && messages() == 0,
		"H13: their time is over, and nobody is told who never sent a beginning");
	fragment(77, 0, true, 0x0a000002, 8);
	station_pass(&v.s, 120 * NOD_S);
	for (unsigned k = 0; k < v.s.n; k++)
		is_told = is_told ||
			(v.s.sent[k].protocol == IPPROTO_ICMP && v.s.sent[k].data[0] == 11 &&
				v.s.sent[k].data[1] == 1);
	tap(messages() == 1 && is_told, "H13: who did is told that time is over");
	victim_end(&v);
}

static void test_largest_echo(void)
{
	static uint8_t message[65515];
	struct ipa us = ip("10.0.0.1"), peer = ip("10.0.0.2");
	uint32_t at = 0, got = 0;
	bool is_same = true;
	uint16_t sum;
	unsigned from;

	victim_begin(&v, NULL);
	for (uint32_t k = 0; k < sizeof(message); k++)
		message[k] = (uint8_t)(k * 7 >> 3);
	memcpy(message, "\x08\0\0\0\0\1\0\2", 8);
	sum = checksum_end(checksum_add(0, message, sizeof(message)));
	message[2] = (uint8_t)(sum >> 8);
	message[3] = (uint8_t)sum;
	from = v.s.n;
	for (; at < sizeof(message); at += 1480) {
		uint32_t len =
			sizeof(message) - at < 1480 ? (uint32_t)sizeof(message) - at : 1480;
		uint8_t f[1514] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0 };
		struct wcur w = wcur_of(f + 14, 1500);
		const struct ipv4_hdr h = { .len = (uint16_t)(20 + len),
			.id = 9,
			.offset = (uint16_t)at,
			.more_fragments = at + len < sizeof(message),
			.ttl = 64,
			.protocol = IP_PROTO_ICMP,
			.src = peer,
			.dst = us };

		ipv4_emit(&h, &w);
		wcur_put(&w, message + at, len);
		victim_hears_as(&v, STATION_IF, f, 14 + w.at);
	}
	for (unsigned k = from; k < v.s.n; k++) { /* the answer, piece by piece */
		const struct sent *t = &v.s.sent[k];
		uint32_t skip = k == from ? 8 : 0;

		is_same = is_same &&
			memcmp(t->data + skip, message + got + skip, t->len - skip) == 0;
		got += (uint32_t)t->len;
	}
	tap(got == sizeof(message) && is_same && v.s.sent[from].data[0] == 0,
		"H29, IP4-5: an echo of 65,507 octets comes back as it was");
	victim_end(&v);
}

/* Errors are few, however many there are reasons for. */
static void test_rate(void)
{
	unsigned from, n = 0;

	victim_begin(&v, NULL);
	station_pass(&v.s, 10 * NOD_S);
	from = v.s.n;
	for (uint32_t k = 0; k < 10000; k++)
		victim_hears_hex(&v, IP4("001c ", "0000 ", "11") UDP_TO("2222 ", "0008 "));
	tap(v.s.n - from <= 8 && v.s.n > from &&
			station_count(&v.s, NOD_EV_ICMP4_DROP_RATE) > 9000,
		"H33: 10,000 datagrams for closed ports: %u errors to one host", v.s.n - from);
	station_pass(&v.s, 10 * NOD_S);
	from = v.s.n;
	for (uint32_t k = 0; k < 5000; k++) {
		uint8_t f[42] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 28, 0,
			0, 0, 0, 64, 17, 0, 0, 10, 0, 0, (uint8_t)(10 + k % 200), 10, 0, 0, 1,
			1, 1, 0x22, 0x22, 0, 8, 0, 0 };
		const struct nod_addr a = { .family = NOD_IPV4,
			.octet = { 10, 0, 0, (uint8_t)(10 + k % 200) } };

		if (k < 200)
			nod_neighbour_set(v.s.stack, STATION_IF, &a, f + 6);
		victim_hears(&v, f, sizeof(f));
	}
	n = v.s.n - from;
	tap(n > 20 && n <= 50, "H33: from 200 hosts: %u errors in all", n);
	station_forget(&v.s);
	tap(victim_serves(&v), "H33: and who is served is served");
	victim_end(&v);
}

static uint32_t pmtu(int fd)
{
	int mtu = 0;
	socklen_t len = sizeof(mtu);

	nod_getsockopt(v.s.stack, fd, IPPROTO_IP, IP_MTU, &mtu, &len);
	return (uint32_t)mtu;
}

/* @mtu is told of a datagram of @len octets that fd's socket sent. */
static void too_big(uint16_t port, uint16_t mtu, uint16_t len)
{
	uint8_t f[70] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 56, 0, 0, 0, 0,
		64, 1, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1, 3, 4, 0, 0, 0, 0, (uint8_t)(mtu >> 8),
		(uint8_t)mtu, 0x45, 0, (uint8_t)(len >> 8), (uint8_t)len, 0, 0, 0x40, 0, 64, 17,
		0, 0, 10, 0, 0, 1, 10, 0, 0, 2, (uint8_t)(port >> 8), (uint8_t)port, 0x13, 0x88,
		0, 8, 0, 0 };

	victim_hears(&v, f, sizeof(f));
}

static void test_pmtu(void)
{
	static const struct {
		uint16_t mtu, len, want;
	} told[] = { { 1500, 1500, 1500 }, { 9000, 1500, 1500 }, { 1400, 1300, 1500 },
		{ 1400, 1500, 1400 }, { 1450, 1500, 1400 }, { 0, 1400, 1006 },
		{ 551, 1400, 552 }, { 68, 1400, 552 }, { 67, 1400, 552 }, { 1, 1400, 552 } };
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(5000),
		.sin_addr = { htonl(0x0a000002) } },
			   me;
	socklen_t len = sizeof(me);
	int fd;

	victim_begin(&v, NULL);
	fd = nod_socket(v.s.stack, AF_INET, SOCK_DGRAM, 0);
	nod_connect(v.s.stack, fd, (struct sockaddr *)&to, sizeof(to));
	nod_getsockname(v.s.stack, fd, (struct sockaddr *)&me, &len);
	for (unsigned k = 0; k < sizeof(told) / sizeof(told[0]); k++) {
		too_big(ntohs(me.sin_port), told[k].mtu, told[k].len);
		tap(pmtu(fd) == told[k].want, "H32: %u told of %u octets: the path takes %u",
			told[k].mtu, told[k].len, pmtu(fd));
	}
	station_pass(&v.s, 700 * NOD_S);
	tap(pmtu(fd) == 1500, "H32: and after ten minutes it is tried again");
	nod_close(v.s.stack, fd);
	victim_end(&v);
}

int main(void)
{
	victim_begin(&v, NULL);
	VICTIM_IS_TOLD(&v, headers);
	VICTIM_IS_TOLD(&v, fragments);
	VICTIM_IS_TOLD(&v, icmp);
	victim_end(&v);
	test_endless();
	test_largest_echo();
	test_rate();
	test_pmtu();
	return tap_done();
}
