/* SPDX-License-Identifier: ISC */
/*
 * test_addr_forms.c - the other forms of an address: network/addr_forms.h, addr_number.h
 *
 * That they are written as Python and libc write them is tested with them, in
 * test/e2e/test_addr.py; here, what is refused, and that nothing is read too far.
 */
#include "tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "network/addr_forms.h"
#include "network/addr_number.h"
#include "network/multicast.h"

static const struct {
	const char *in, *out; /* NULL: refused */
	enum addr_written written;
} any[] = {
	{ "192.168.1.2", "192.168.1.2", WRITTEN_STRICT },
	{ "fe80::1%7", "fe80::1%7", WRITTEN_STRICT },
	{ "[::1]", "::1", WRITTEN_BRACKETS },
	{ "[fe80::1%7]", "fe80::1%7", WRITTEN_BRACKETS },
	{ "127.1", "127.0.0.1", WRITTEN_LOOSE },
	{ "4294967295", "255.255.255.255", WRITTEN_LOOSE },
	{ "4294967296", "::1:0:0", WRITTEN_NUMBER },
	{ "0x100000000", "::1:0:0", WRITTEN_NUMBER },
	{ "340282366920938463463374607431768211455", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		WRITTEN_NUMBER },
	{ "0xffffffffffffffffffffffffffffffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		WRITTEN_NUMBER },
	{ "b'\\xc0\\xa8\\x01\\x02'", "192.168.1.2", WRITTEN_PACKED },
	{ "b\"\\xc0\\xa8\\x01\\x02\"", "192.168.1.2", WRITTEN_PACKED },
	{ "'\\xc0\\xa8\\x01\\x02'", "192.168.1.2", WRITTEN_PACKED },
	{ "\\xc0\\xa8\\x01\\x02", "192.168.1.2", WRITTEN_PACKED },
	{ "b'\\t\\n\\r\\\\'", "9.10.13.92", WRITTEN_PACKED },
	{ "b'abcd'", "97.98.99.100", WRITTEN_PACKED },
	{ "b'abcdefghijklmnop'", "6162:6364:6566:6768:696a:6b6c:6d6e:6f70", WRITTEN_PACKED },
	{ "2.1.168.192.in-addr.arpa", "192.168.1.2", WRITTEN_ARPA },
	{ "2.1.168.192.IN-ADDR.ARPA.", "192.168.1.2", WRITTEN_ARPA },
	{ "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
		"2001:db8::1", WRITTEN_ARPA },
	{ "340282366920938463463374607431768211456", NULL, 0 },
	{ "0x100000000000000000000000000000000", NULL, 0 },
	{ "99999999999999999999999999999999999999999999999999", NULL, 0 },
	{ "0x", NULL, 0 },
	{ "0xg", NULL, 0 },
	{ "4294967296.1", NULL, 0 },
	{ "", NULL, 0 },
	{ "[", NULL, 0 },
	{ "[]", NULL, 0 },
	{ "[::1", NULL, 0 },
	{ "[1.2.3.4]", NULL, 0 },
	{ "[::1]:80", NULL, 0 },
	{ "b", NULL, 0 },
	{ "b'", NULL, 0 },
	{ "b''", NULL, 0 },
	{ "b'abc'", NULL, 0 },
	{ "b'abcde'", NULL, 0 },
	{ "b'abcdefghijklmnopq'", NULL, 0 },
	{ "b'\\xc0\\xa8\\x01\\x0'", NULL, 0 },
	{ "b'\\xc0\\xa8\\x01\\x", NULL, 0 },
	{ "b'\\xc0\\xa8\\x01\\", NULL, 0 },
	{ "b'\\q\\q\\q\\q'", NULL, 0 },
	{ "\\", NULL, 0 },
	{ "\\x", NULL, 0 },
	{ "in-addr.arpa", NULL, 0 },
	{ ".in-addr.arpa", NULL, 0 },
	{ "1.168.192.in-addr.arpa", NULL, 0 },
	{ "256.1.168.192.in-addr.arpa", NULL, 0 },
	{ "2.1.168.192.in-addr.arpa..", NULL, 0 },
	{ "2.1.168.192.in-addr.arp", NULL, 0 },
	{ "ip6.arpa", NULL, 0 },
	{ "8.b.d.0.1.0.0.2.ip6.arpa", NULL, 0 },
	{ "10.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", NULL,
		0 },
	{ "g.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", NULL, 0 },
};

/* What an address carries; NULL: nothing. */
static const struct {
	const char *addr;
	enum addr_inner kind;
	const char *ipv4, *mac;
} insides[] = {
	{ "1.2.3.4", INNER_NONE, NULL, NULL },
	{ "::ffff:1.2.3.4", INNER_MAPPED, "1.2.3.4", NULL },
	{ "::1.2.3.4", INNER_COMPATIBLE, "1.2.3.4", NULL },
	{ "::2", INNER_COMPATIBLE, "0.0.0.2", NULL },
	{ "::1", INNER_NONE, NULL, NULL },
	{ "::", INNER_NONE, NULL, NULL },
	{ "64:ff9b::1.2.3.4", INNER_NAT64, "1.2.3.4", NULL },
	{ "64:ff9b:0:0:0:1:102:304", INNER_NONE, NULL, NULL },
	{ "2002:102:304::", INNER_6TO4, "1.2.3.4", NULL },
	{ "2001:0:4136:e378:8000:63bf:3fff:fdd2", INNER_TEREDO, "192.0.2.45", NULL },
	{ "2001:db8::200:5efe:1.2.3.4", INNER_ISATAP, "1.2.3.4", NULL },
	{ "2001:db8::100:5efe:1.2.3.4", INNER_NONE, NULL, NULL },
	{ "ff02::5efe:1.2.3.4", INNER_NONE, NULL, NULL },
	{ "fe80::5054:ff:fe12:3456", INNER_NONE, NULL, "52:54:00:12:34:56" },
	{ "fe80::5154:ff:fe12:3456", INNER_NONE, NULL, NULL }, /* a group's */
	{ "2002:102:304::5054:ff:fe12:3456", INNER_6TO4, "1.2.3.4", "52:54:00:12:34:56" },
};

static const char *mac_text(const uint8_t mac[6], char buf[18])
{
	snprintf(buf, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
		mac[4], mac[5]);
	return buf;
}

static void test_scan(void)
{
	for (unsigned i = 0; i < sizeof(any) / sizeof(any[0]); i++) {
		size_t len = strlen(any[i].in);
		char *copy = malloc(len ? len : 1), text[NOD_ADDR_TEXT_MAX];
		struct nod_addr a = { .family = 99 };
		enum addr_written written = WRITTEN_STRICT;
		struct addr_trouble t = { 0 };

		if (!copy)
			abort();
		memcpy(copy, any[i].in, len);
		int err = addr_scan_any(copy, len, &a, &written, &t);
		free(copy);
		if (any[i].out)
			tap(err == 0 && written == any[i].written &&
					nod_addr_format(&a, text, sizeof(text)) &&
					strcmp(text, any[i].out) == 0,
				"read \"%s\"", any[i].in);
		else
			tap(err == -EINVAL && a.family == 99 && t.fault != ADDR_FINE &&
					t.at + t.len <= len,
				"refuse \"%s\"", any[i].in);
	}
}

static void test_inside(void)
{
	for (unsigned i = 0; i < sizeof(insides) / sizeof(insides[0]); i++) {
		struct nod_addr a;
		char ipv4[NOD_ADDR_TEXT_MAX] = "", mac[18];

		if (!tap(nod_addr_parse(&a, insides[i].addr) == 0, "read %s", insides[i].addr))
			continue;
		struct addr_inside in = addr_inside(&a);
		nod_addr_format(&in.ipv4, ipv4, sizeof(ipv4));
		tap(in.kind == insides[i].kind &&
				strcmp(ipv4, insides[i].ipv4 ? insides[i].ipv4 : "-") == 0,
			"IPv4 inside %s", insides[i].addr);
		tap(in.has_mac == (insides[i].mac != NULL) &&
				(!in.has_mac ||
					strcmp(mac_text(in.mac, mac), insides[i].mac) == 0),
			"MAC inside %s", insides[i].addr);
	}
}

static void test_numbers(void)
{
	struct addr_number n = number_of_power(128);
	struct nod_addr first = { .family = NOD_IPV6 }, last = first;
	char text[ADDR_NUMBER_TEXT_MAX];

	tap(strcmp(number_text(&n, text), "340282366920938463463374607431768211456") == 0,
		"2^128");
	memset(last.octet, 0xff, 16);
	n = number_of_addrs(&first, &last);
	tap(strcmp(number_text(&n, text), "340282366920938463463374607431768211456") == 0,
		"all IPv6 addresses");
	n = number_of_addrs(&first, &first);
	tap(strcmp(number_text(&n, text), "1") == 0, "one address");
	n = number_of_addr(&first);
	tap(strcmp(number_text(&n, text), "0") == 0, "zero");
	memset(&n, 0xff, sizeof(n));
	tap(strcmp(number_text(&n, text), "87112285931760246646623899502532662132735") == 0,
		"the largest that there is room for");
}

static void test_groups(void)
{
	struct nod_addr a, group;
	uint8_t mac[6];
	char text[NOD_ADDR_TEXT_MAX];

	tap(nod_addr_parse(&a, "fe80::12ab:cdef%3") == 0 && addr_solicited_node(&a, &group) &&
			nod_addr_format(&group, text, sizeof(text)) &&
			strcmp(text, "ff02::1:ffab:cdef%3") == 0,
		"a solicited-node group, on the same link");
	tap(nod_addr_parse(&a, "ff02::1") == 0 && !addr_solicited_node(&a, &group),
		"none of a group");
	tap(nod_addr_parse(&a, "1.2.3.4") == 0 && !addr_solicited_node(&a, &group) &&
			!addr_multicast_mac(&a, mac),
		"none in IPv4");
	tap(nod_addr_parse(&a, "239.255.1.2") == 0 && addr_multicast_mac(&a, mac) &&
			strcmp(mac_text(mac, text), "01:00:5e:7f:01:02") == 0,
		"Ethernet takes 23 of 28 bits");
}

int main(void)
{
	test_scan();
	test_inside();
	test_numbers();
	test_groups();
	return tap_done();
}
