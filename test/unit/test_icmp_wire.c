/* SPDX-License-Identifier: ISC */
/* test_icmp_wire.c - ICMP and ICMPv6 messages, and the packets that errors quote */
#include "tap.h"

#include <errno.h>
#include <stdlib.h>

#include "hex.h"
#include "network/icmp_wire.h"

#define V4 NOD_IPV4
#define V6 NOD_IPV6

static const struct {
	const char *name;
	enum nod_family family;
	const char *hex;
	int err;
	enum icmp_kind kind;
	uint16_t id, seq;
	size_t body_len;
} messages[] = {
	{ "echo request", V4, "0800 6f5d 1234 0001 6869", 0, ICMP_ECHO_ASK, 0x1234, 1, 2 },
	{ "echo reply", V4, "0000 775d 1234 0001 6869", 0, ICMP_ECHO_ANSWER, 0x1234, 1, 2 },
	{ "v6 echo request", V6, "8000 0000 ffff fffe", 0, ICMP_ECHO_ASK, 0xffff, 0xfffe, 0 },
	{ "v6 echo reply", V6, "8100 0000 0001 0002 00", 0, ICMP_ECHO_ANSWER, 1, 2, 1 },
	{ "unreachable, nothing quoted", V4, "0301 0000 0000 0000", 0, ICMP_ERROR, 0, 0, 0 },
	{ "v4's echo is no echo in v6", V6, "0800 0000 0001 0002", 0, ICMP_ERROR, 0, 0, 0 },
	{ "v6's echo is no echo in v4", V4, "8000 0000 0001 0002", 0, ICMP_OTHER, 0, 0, 0 },
	{ "timestamp is none of ours", V4, "0d00 0000 0001 0002 00", 0, ICMP_OTHER, 0, 0, 1 },
	{ "neighbour solicitation", V6, "8700 0000 0000 0000", 0, ICMP_OTHER, 0, 0, 0 },
	{ "nothing", V4, "", -EBADMSG, 0, 0, 0, 0 },
	{ "type alone", V4, "08", -EBADMSG, 0, 0, 0, 0 },
	{ "cut in the checksum", V4, "0800 6f", -EBADMSG, 0, 0, 0, 0 },
	{ "cut before the identifier", V4, "0800 6f5d", -EBADMSG, 0, 0, 0, 0 },
	{ "cut in the sequence number", V6, "8000 0000 0001 02", -EBADMSG, 0, 0, 0, 0 },
	{ "error cut in its word", V4, "0301 0000 0000 00", -EBADMSG, 0, 0, 0, 0 },
};

static const struct {
	const char *name;
	enum nod_family family;
	const char *hex;
	int err;
	uint8_t protocol;
	bool is_fragment;
	size_t carried_len;
} quotes[] = {
	{ "header and the eight octets of RFC 792", V4,
		"4500 0054 0000 4000 4001 0000 7f000001 7f000002 0800 0000 1234 0001", 0, 1, false, 8 },
	{ "header alone", V4, "4500 0054 0000 4000 4001 0000 7f000001 7f000002", 0, 1, false, 0 },
	{ "options are passed over", V4,
		"4600 0054 0000 4000 4011 0000 7f000001 7f000002 01010101 aa", 0, 17, false, 1 },
	{ "first fragment has the header", V4,
		"4500 0054 0000 2000 4001 0000 7f000001 7f000002 0800", 0, 1, false, 2 },
	{ "later fragment has not", V4,
		"4500 0054 0000 2001 4001 0000 7f000001 7f000002 0800", 0, 1, true, 2 },
	{ "padding and extensions behind it (RFC 4884)", V4,
		"4500 001d 0000 4000 4011 0000 7f000001 7f000002 0007 1388 0009 0000 41 000000 "
		"2000 0000 0008 0101 00000000",
		0, 17, false, 9 },
	{ "a length that its header does not have", V4,
		"4500 0010 0000 4000 4011 0000 7f000001 7f000002 0007 1388 0009 0000", 0, 17, false,
		8 },
	{ "nothing", V4, "", -EBADMSG, 0, 0, 0 },
	{ "cut in the destination", V4, "4500 0054 0000 4000 4001 0000 7f000001 7f0000",
		-EBADMSG, 0, 0, 0 },
	{ "header length below the least", V4,
		"4400 0054 0000 4000 4001 0000 7f000001 7f000002", -EBADMSG, 0, 0, 0 },
	{ "header length zero", V4, "4000 0054 0000 4000 4001 0000 7f000001 7f000002",
		-EBADMSG, 0, 0, 0 },
	{ "options beyond the quote", V4,
		"4f00 0054 0000 4000 4001 0000 7f000001 7f000002 01010101", -EBADMSG, 0, 0, 0 },
	{ "version 6 in an IPv4 error", V4,
		"6000 0054 0000 4000 4001 0000 7f000001 7f000002", -EBADMSG, 0, 0, 0 },

#define V6_START(next) "60000000 0040 " next " 40" \
	"00000000000000000000000000000001 00000000000000000000000000000002"
	{ "v6", V6, V6_START("3a") "8000 0000 1234 0001", 0, 58, false, 8 },
	{ "v6, and extensions behind it", V6,
		"60000000 0008 1140 00000000000000000000000000000001 "
		"00000000000000000000000000000002 0007 1388 0008 0000 2000 0000", 0, 17, false, 8 },
	{ "v6 header alone", V6, V6_START("3a"), 0, 58, false, 0 },
	{ "v6 hop-by-hop, routing, destination", V6, V6_START("00") "2b00 010400000000"
		"3c00 010400000000" "3a01 0104000000000000000000000000" "8000", 0, 58, false, 2 },
	{ "v6 fragment, the first", V6, V6_START("2c") "3a00 0001 00000001 8000", 0, 58, false, 2 },
	{ "v6 fragment, a later one", V6, V6_START("2c") "3a00 0009 00000001 8000", 0, 58, true,
		2 },
	{ "v6 later fragment that claims a header", V6, V6_START("2c") "0000 0008 00000001 ff",
		0, 0, true, 1 },
	{ "v6 authentication header", V6, V6_START("33") "3a01 0000 00000001 00000001 80", 0, 58,
		false, 1 },
	{ "v6 no next header", V6, V6_START("3b"), 0, 59, false, 0 },
	{ "v6 cut in the source", V6, "60000000 0040 3a 40 0000", -EBADMSG, 0, 0, 0 },
	{ "v6 cut in an extension's start", V6, V6_START("00") "2b", -EBADMSG, 0, 0, 0 },
	{ "v6 extension beyond the quote", V6, V6_START("00") "3a01 010400000000",
		-EBADMSG, 0, 0, 0 },
	{ "v6 extension of 2,048 octets", V6, V6_START("3c") "3aff 010400000000",
		-EBADMSG, 0, 0, 0 },
	{ "v6 chain of extensions without an end", V6, V6_START("00") "0000 010400000000"
		"0000 010400000000" "0000 010400000000" "0000 010400000000", -EBADMSG, 0, 0, 0 },
	{ "v6 fragment header cut", V6, V6_START("2c") "3a00 0001 0000", -EBADMSG, 0, 0, 0 },
	{ "v6 authentication header cut", V6, V6_START("33") "3a04 0000 00000001",
		-EBADMSG, 0, 0, 0 },
	{ "version 4 in an IPv6 error", V6, "45000000 0040 3a 40"
		"00000000000000000000000000000001 00000000000000000000000000000002",
		-EBADMSG, 0, 0, 0 },
};

static void test_messages(void)
{
	for (unsigned i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		size_t len;
		uint8_t *p = from_hex(messages[i].hex, &len);
		struct rcur r = rcur_of(p, len);
		struct icmp_msg m;
		int err = icmp_parse(&m, messages[i].family, &r);
		bool ok = err == messages[i].err;

		if (ok && !err) {
			enum icmp_kind k = icmp_kind(m.family, m.type);
			bool echo = k == ICMP_ECHO_ASK || k == ICMP_ECHO_ANSWER;

			ok = k == messages[i].kind && m.body.len == messages[i].body_len &&
				(!echo || (m.id == messages[i].id && m.seq == messages[i].seq));
		}
		tap(ok, "parse: %s", messages[i].name);

		if (!err) { /* emit undoes parse */
			uint8_t *out = malloc(len);
			struct wcur w = wcur_of(out, len);
			bool same = icmp_emit(&m, 0, &w) == 0 && w.at == len;

			same = same && memcmp(out, p, 2) == 0 &&
				memcmp(out + 4, p + 4, len - 4) == 0 && icmp_sum_ok(out, len, 0);
			tap(same, "emit: %s", messages[i].name);
			struct wcur small = wcur_of(out, len - 1);
			tap(icmp_emit(&m, 0, &small) == -EMSGSIZE, "emit, no room: %s",
				messages[i].name);
			free(out);
		}
		free(p);
	}
}

static void test_quotes(void)
{
	for (unsigned i = 0; i < sizeof(quotes) / sizeof(quotes[0]); i++) {
		size_t len;
		uint8_t *p = from_hex(quotes[i].hex, &len);
		struct rcur r = rcur_of(p, len);
		struct icmp_quote q;
		int err = icmp_quote_parse(&q, quotes[i].family, &r);
		bool ok = err == quotes[i].err;

		if (ok && !err)
			ok = q.protocol == quotes[i].protocol &&
				q.is_fragment == quotes[i].is_fragment &&
				q.carried.len == quotes[i].carried_len;
		tap(ok, "quote: %s", quotes[i].name);
		free(p);
	}
}

static void test_checksums(void)
{
	size_t len;
	uint8_t *p = from_hex("0800 8369 1234 0001 6261", &len);

	tap(icmp_sum_ok(p, len, 0), "checksum: a right one");
	p[9] ^= 1;
	tap(!icmp_sum_ok(p, len, 0), "checksum: one bit wrong");
	free(p);


	struct nod_addr one = { .family = NOD_IPV6, .octet = { [15] = 1 } };
	struct nod_addr two = { .family = NOD_IPV6, .octet = { [15] = 2 } };
	p = from_hex("8000 7fb9 0001 0001", &len);
	tap(icmp_sum_ok(p, len, icmpv6_pseudo(&one, &one, (uint32_t)len)),
		"checksum: v6 with its pseudo-header");
	tap(!icmp_sum_ok(p, len, icmpv6_pseudo(&one, &two, (uint32_t)len)),
		"checksum: v6 for another destination");
	tap(!icmp_sum_ok(p, len, 0), "checksum: v6 without the pseudo-header");
	free(p);
}

static void test_mtu(void)
{
	struct icmp_msg m = { .family = NOD_IPV4, .type = ICMPV4_UNREACHABLE, .code = 4,
		.word = 0xabcd05dc };

	tap(icmp_mtu(&m) == 1500, "mtu: v4, the low half of the word (RFC 1191 4)");
	m.code = 1;
	tap(icmp_mtu(&m) == 0, "mtu: host unreachable has none");
	m = (struct icmp_msg){ .family = NOD_IPV6, .type = ICMPV6_TOO_BIG, .word = 1280 };
	tap(icmp_mtu(&m) == 1280, "mtu: v6 packet too big");
	m.type = ICMPV6_UNREACHABLE;
	tap(icmp_mtu(&m) == 0, "mtu: v6 unreachable has none");
}

int main(void)
{
	test_messages();
	test_quotes();
	test_checksums();
	test_mtu();
	return tap_done();
}
