/* SPDX-License-Identifier: ISC */
/*
 * test_addr.c - addresses and prefixes as text and back: nod/addr.h
 *
 * Tables first; then thousands of made-up texts, where libc's inet_pton() and inet_ntop()
 * must say the same (seeded, so that a failure comes again).
 */
#include "tap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "network/addr_scan.h"

/* What each says, and what is written when it is read; NULL: refused for this reason. */
static const struct {
	const char *in, *out;
	enum addr_fault fault;
} addrs[] = {
	{ "192.168.1.2", "192.168.1.2", 0 },
	{ "0.0.0.0", "0.0.0.0", 0 },
	{ "255.255.255.255", "255.255.255.255", 0 },
	{ "::", "::", 0 },
	{ "::1", "::1", 0 },
	{ "1::", "1::", 0 },
	{ "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8", 0 },
	{ "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0", 0 },
	{ "::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8", 0 },
	{ "2001:DB8::FF", "2001:db8::ff", 0 },
	{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1", 0 }, /* RFC 5952 4.2.3: the first run */
	{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1", 0 },	    /* the longest run */
	{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1", 0 }, /* 4.2.2: not one alone */
	{ "2001:0db8::0001", "2001:db8::1", 0 },
	{ "::ffff:192.168.1.2", "::ffff:192.168.1.2", 0 },
	{ "::ffff:c0a8:102", "::ffff:192.168.1.2", 0 }, /* RFC 5952 5 */
	{ "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304", 0 },
	{ "64:ff9b::192.0.2.33", "64:ff9b::c000:221", 0 },
	{ "fe80::1%7", "fe80::1%7", 0 },
	{ "fe80::1%0", "fe80::1", 0 }, /* RFC 4007 11.2: the default zone */
	{ "fe80::1%4294967295", "fe80::1%4294967295", 0 },
	{ "", NULL, ADDR_EMPTY },
	{ "%1", NULL, ADDR_EMPTY },
	{ "hello", NULL, ADDR_CHARACTER },
	{ "1.2.3.4 ", NULL, ADDR_CHARACTER },
	{ " 1.2.3.4", NULL, ADDR_CHARACTER },
	{ "1.2.3.-4", NULL, ADDR_CHARACTER },
	{ "0x7f.0.0.1", NULL, ADDR_CHARACTER },
	{ "1.2.3.4\t", NULL, ADDR_CHARACTER },
	{ "1..3.4", NULL, ADDR_OCTET_EMPTY },
	{ ".1.2.3", NULL, ADDR_OCTET_EMPTY },
	{ "1.2.3.", NULL, ADDR_OCTET_EMPTY },
	{ "192.168.1.256", NULL, ADDR_OCTET_LARGE },
	{ "1.2.3.99999999999999999999", NULL, ADDR_OCTET_LARGE },
	{ "192.168.01.2", NULL, ADDR_OCTET_ZERO },
	{ "1.2.3.00", NULL, ADDR_OCTET_ZERO },
	{ "127.1", NULL, ADDR_OCTETS_FEW },
	{ "1.2.3", NULL, ADDR_OCTETS_FEW },
	{ "1.2.3.4.5", NULL, ADDR_OCTETS_MANY },
	{ "1.2.3.4.", NULL, ADDR_OCTETS_MANY },
	{ "1.2.3.4%1", NULL, ADDR_ZONE_IPV4 },
	{ ":", NULL, ADDR_COLON },
	{ ":1", NULL, ADDR_COLON },
	{ ":1:2:3:4:5:6:7:8", NULL, ADDR_COLON },
	{ "1:2:3:4:5:6:7:", NULL, ADDR_COLON },
	{ ":::", NULL, ADDR_COLON },
	{ "1:::2", NULL, ADDR_COLON },
	{ "::1::", NULL, ADDR_GAP_TWICE },
	{ "1::2::3", NULL, ADDR_GAP_TWICE },
	{ "1:2:3:4:5:6:7", NULL, ADDR_GROUPS_FEW },
	{ "1:2:3:4:5:1.2.3.4", NULL, ADDR_GROUPS_FEW },
	{ "1:2:3:4:5:6:7:8:9", NULL, ADDR_GROUPS_MANY },
	{ "1:2:3:4:5:6:7:1.2.3.4", NULL, ADDR_GROUPS_MANY },
	{ "1:2:3:4::5:6:7:8", NULL, ADDR_GAP_OF_NOTHING },
	{ "1:2:3:4:5:6:7:8::", NULL, ADDR_GAP_OF_NOTHING },
	{ "::12345", NULL, ADDR_GROUP_LONG },
	{ "::00001", NULL, ADDR_GROUP_LONG },
	{ "::g", NULL, ADDR_CHARACTER },
	{ "::1.2.3.256", NULL, ADDR_OCTET_LARGE },
	{ "::1.2.3", NULL, ADDR_OCTETS_FEW },
	{ "::1.2.3.4:5", NULL, ADDR_CHARACTER },
	{ "::ab.1.2.3", NULL, ADDR_CHARACTER },
	{ "[::1]", NULL, ADDR_CHARACTER },
	{ "fe80::1%", NULL, ADDR_ZONE_EMPTY },
	{ "fe80::1%no-such-if", NULL, ADDR_ZONE_UNKNOWN },
	{ "fe80::1%4294967296", NULL, ADDR_ZONE_UNKNOWN },
	{ "\xe5\x9c\xb0", NULL, ADDR_CHARACTER },
};

static const struct {
	const char *in;
	const char *network; /* NULL: refused */
	unsigned len;
	enum addr_fault fault;
} prefixes[] = {
	{ "192.168.1.2/24", "192.168.1.0", 24, 0 },
	{ "192.168.1.2/255.255.255.0", "192.168.1.0", 24, 0 },
	{ "192.168.1.2/0.0.0.0", "0.0.0.0", 0, 0 },
	{ "192.168.1.2/255.255.255.255", "192.168.1.2", 32, 0 },
	{ "192.168.1.2", "192.168.1.2", 32, 0 },
	{ "10.255.255.255/9", "10.128.0.0", 9, 0 },
	{ "255.255.255.255/0", "0.0.0.0", 0, 0 },
	{ "2001:db8:ffff::1/33", "2001:db8:8000::", 33, 0 },
	{ "::1", "::1", 128, 0 },
	{ "::1/0", "::", 0, 0 },
	{ "fe80::1%3/64", "fe80::%3", 64, 0 },
	{ "192.168.1.2/", NULL, 0, ADDR_LENGTH_EMPTY },
	{ "192.168.1.2/33", NULL, 0, ADDR_LENGTH_LARGE },
	{ "192.168.1.2/99999999999", NULL, 0, ADDR_LENGTH_LARGE },
	{ "::/129", NULL, 0, ADDR_LENGTH_LARGE },
	{ "192.168.1.2/08", NULL, 0, ADDR_LENGTH_ZERO },
	{ "192.168.1.2/-1", NULL, 0, ADDR_LENGTH_DIGITS },
	{ "192.168.1.2/+8", NULL, 0, ADDR_LENGTH_DIGITS },
	{ "192.168.1.2/8 ", NULL, 0, ADDR_LENGTH_DIGITS },
	{ "192.168.1.2/24/24", NULL, 0, ADDR_LENGTH_DIGITS },
	{ "192.168.1.2/255.0.255.0", NULL, 0, ADDR_MASK_HOLES },
	{ "192.168.1.2/255.255.255.1", NULL, 0, ADDR_MASK_HOLES },
	{ "192.168.1.2/255.255.256.0", NULL, 0, ADDR_OCTET_LARGE },
	{ "2001:db8::/255.255.0.0", NULL, 0, ADDR_MASK_IPV6 },
	{ "2001:db8::/ffff:ffff::", NULL, 0, ADDR_MASK_IPV6 },
	{ "/24", NULL, 0, ADDR_EMPTY },
	{ "192.168.1/24", NULL, 0, ADDR_OCTETS_FEW },
};

static const struct {
	const char *outer, *addr;
	bool is_in;
} insides[] = {
	{ "10.0.0.0/8", "10.255.255.255", true },
	{ "10.0.0.0/8", "11.0.0.0", false },
	{ "10.1.2.3/8", "10.9.9.9", true }, /* host bits do not count */
	{ "0.0.0.0/0", "255.255.255.255", true },
	{ "0.0.0.0/0", "::1", false },
	{ "::/0", "1.2.3.4", false },
	{ "::/0", "2001:db8::1", true },
	{ "192.168.1.2/32", "192.168.1.2", true },
	{ "192.168.1.2/32", "192.168.1.3", false },
	{ "10.0.0.0/8", "::ffff:10.1.2.3", true }, /* the same host, seen by a v6 socket */
	{ "10.0.0.0/8", "::10.1.2.3", false },
	{ "::ffff:10.0.0.0/104", "10.1.2.3", true },
	{ "::ffff:10.0.0.0/104", "::ffff:10.1.2.3", true },
	{ "::ffff:0:0/96", "::ffff:10.1.2.3", true },
	{ "::/0", "::ffff:10.1.2.3", false }, /* it is taken as the IPv4 address */
	{ "fe80::/10", "fe80::1%3", true },
	{ "fe80::%3/10", "fe80::1%3", true },
	{ "fe80::%4/10", "fe80::1%3", false },
	{ "2001:db8::/33", "2001:db8:8000::", false },
};

/* inet_aton(): what it gives, NULL when refused. */
static const struct {
	const char *in, *out;
} loose[] = {
	{ "127.1", "127.0.0.1" },
	{ "0x7f000001", "127.0.0.1" },
	{ "017700000001", "127.0.0.1" },
	{ "2130706433", "127.0.0.1" },
	{ "192.168.258", "192.168.1.2" },
	{ "192.11010306", "192.168.1.2" },
	{ "0300.0250.1.2", "192.168.1.2" },
	{ "0xC0.0Xa8.1.02", "192.168.1.2" },
	{ "0", "0.0.0.0" },
	{ "4294967295", "255.255.255.255" },
	{ "4294967296", NULL },
	{ "256.1", NULL },
	{ "1.16777216", NULL },
	{ "1.2.65536", NULL },
	{ "1.2.3.256", NULL },
	{ "08", NULL },
	{ "0x", NULL },
	{ "0xg", NULL },
	{ "1.", NULL },
	{ ".1", NULL },
	{ "1..2", NULL },
	{ "1.2.3.4.5", NULL },
	{ "", NULL },
	{ "1.2.3.4 x", NULL },
	{ " 1.2.3.4", NULL },
	{ "-1", NULL },
	{ "::1", NULL },
};

/* Read from an exact-size copy without a NUL, so that the first octet too far is noticed.
 */
static int scan_exactly(const char *text, struct nod_addr *a, struct addr_trouble *t)
{
	size_t len = strlen(text);
	char *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	memcpy(copy, text, len);
	int err = addr_scan(copy, len, a, t);
	free(copy);
	return err;
}

static void test_addrs(void)
{
	for (unsigned i = 0; i < sizeof(addrs) / sizeof(addrs[0]); i++) {
		struct nod_addr a = { .family = 99 };
		struct addr_trouble t = { 0 };
		char text[NOD_ADDR_TEXT_MAX];
		int err = scan_exactly(addrs[i].in, &a, &t);

		if (addrs[i].out)
			tap(err == 0 && nod_addr_format(&a, text, sizeof(text)) &&
					strcmp(text, addrs[i].out) == 0,
				"read \"%s\"", addrs[i].in);
		else
			tap(err == (addrs[i].fault == ADDR_ZONE_UNKNOWN ? -ENODEV : -EINVAL) &&
					a.family == 99 && t.fault == addrs[i].fault &&
					t.at + t.len <= strlen(addrs[i].in),
				"refuse \"%s\" (fault %d, wanted %d)", addrs[i].in,
				(int)t.fault, (int)addrs[i].fault);
	}
}

static void test_prefixes(void)
{
	for (unsigned i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		struct nod_prefix p = { .len = 255 }, pub = { .len = 255 };
		struct addr_trouble t = { 0 };
		enum prefix_form form;
		char text[NOD_ADDR_TEXT_MAX];
		int err = prefix_scan(prefixes[i].in, strlen(prefixes[i].in), &p, &form, &t);
		int public_err = nod_prefix_parse(&pub, prefixes[i].in);
		struct nod_prefix net = nod_prefix_network(&p);

		if (prefixes[i].network)
			tap(err == 0 && public_err == 0 && pub.len == p.len &&
					p.len == prefixes[i].len &&
					nod_addr_format(&net.addr, text, sizeof(text)) &&
					strcmp(text, prefixes[i].network) == 0,
				"prefix \"%s\"", prefixes[i].in);
		else
			tap(err == -EINVAL && public_err == -EINVAL && p.len == 255 &&
					t.fault == prefixes[i].fault &&
					t.at + t.len <= strlen(prefixes[i].in),
				"refuse prefix \"%s\" (fault %d, wanted %d)", prefixes[i].in,
				(int)t.fault, (int)prefixes[i].fault);
	}

	struct nod_prefix p;
	tap(nod_prefix_parse(&p, "10.0.0.0/0.0.0.255") == -EINVAL, "a wildcard is no mask");
}

static void test_contains(void)
{
	for (unsigned i = 0; i < sizeof(insides) / sizeof(insides[0]); i++) {
		struct nod_prefix p;
		struct nod_addr a;

		tap(nod_prefix_parse(&p, insides[i].outer) == 0 &&
				nod_addr_parse(&a, insides[i].addr) == 0 &&
				nod_prefix_contains(&p, &a) == insides[i].is_in,
			"%s %s %s", insides[i].addr, insides[i].is_in ? "in" : "not in",
			insides[i].outer);
	}

	struct nod_prefix any = { .addr = { .family = NOD_IPV4 } };
	struct nod_addr none = { 0 };
	tap(!nod_prefix_contains(&any, &none), "no address is in no prefix");
}

static void test_loose(void)
{
	for (unsigned i = 0; i < sizeof(loose) / sizeof(loose[0]); i++) {
		uint8_t octets[4] = { 9, 9, 9, 9 };
		char text[16];
		int got = nod_inet_aton(loose[i].in, octets);

		tap(got == (loose[i].out != NULL) &&
				nod_inet_ntoa_r(octets, text, sizeof(text)) &&
				strcmp(text, loose[i].out ? loose[i].out : "9.9.9.9") == 0,
			"inet_aton \"%s\"", loose[i].in);
	}
}

static void test_calls(void)
{
	struct nod_addr a = { .family = NOD_IPV4, .octet = { 192, 168, 1, 2 } }, b = a,
			none = { 0 };
	char text[NOD_ADDR_TEXT_MAX] = "as it was";
	uint8_t octets[16];

	tap(!nod_addr_format(&a, text, 11) && strcmp(text, "as it was") == 0,
		"too small a buffer is left alone");
	tap(nod_addr_format(&a, text, 12) != NULL, "a buffer that just fits");
	tap(nod_addr_format(&none, text, sizeof(text)) && strcmp(text, "-") == 0,
		"no address is -");
	b.octet[9] = 1;
	tap(nod_addr_equal(&a, &b), "what follows an IPv4 address does not count");
	b.octet[3] = 3;
	tap(!nod_addr_equal(&a, &b), "other octets are another address");
	b = (struct nod_addr){ .family = NOD_IPV6, .zone = 1 };
	a = b;
	a.zone = 2;
	tap(!nod_addr_equal(&a, &b), "another zone is another address");
	tap(nod_addr_parse(&a, "::ffff:1.2.3.4") == 0 && nod_addr_parse(&b, "1.2.3.4") == 0,
		"read");
	a = nod_addr_unmap(&a);
	tap(nod_addr_equal(&a, &b), "a mapped address is unmapped");
	tap(nod_addr_parse(&a, "::1.2.3.4") == 0 &&
			(b = nod_addr_unmap(&a), nod_addr_equal(&a, &b)),
		"a compatible address is not");
	tap(nod_addr_parse(&a, "::1%lo") == 0 && a.zone > 0, "an interface's name as a zone");

	tap(nod_inet_pton(AF_INET, "1.2.3.4", octets) == 1, "inet_pton");
	tap(nod_inet_pton(AF_INET, "::1", octets) == 0, "inet_pton: not of this family");
	tap(nod_inet_pton(AF_INET6, "::1%1", octets) == 0, "inet_pton: has no zones");
	tap(nod_inet_pton(AF_UNIX, "1.2.3.4", octets) == -EAFNOSUPPORT,
		"inet_pton: no such family");
	tap(!nod_inet_ntop(AF_UNIX, octets, text, sizeof(text)), "inet_ntop: no such family");
	memcpy(octets, (const uint8_t[]){ 192, 168, 1, 2 }, 4);
	tap(!nod_inet_ntop(AF_INET, octets, text, 11), "inet_ntop: too small");
	tap(nod_inet_ntop(AF_INET, octets, text, 12) == text &&
			strcmp(text, "192.168.1.2") == 0,
		"inet_ntop");
	tap(!nod_inet_ntoa_r(octets, text, 11), "inet_ntoa_r: too small");
}

/* xorshift64*: the same texts in every run. */
static uint64_t chance(void)
{
	static uint64_t x = 0x6e6f6420616464ULL;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	return x * 0x2545f4914f6cdd1dULL;
}

static unsigned below(unsigned n)
{
	return (unsigned)((chance() >> 33) % n);
}

/* Whether libc writes it as IPv4-compatible, ::1.2.3.4, which RFC 4291 2.5.5.1 deprecates.
 */
static bool is_compatible(const uint8_t o[16])
{
	static const uint8_t zeros[12];

	return memcmp(o, zeros, 12) == 0;
}

static void test_against_libc(void)
{
	static const char letters[] = "0123456789abcdefABCDEF::::::....0011g%/ x";
	unsigned wrong_read = 0, wrong_written = 0, read = 0;
	const char *first = "";
	char text[64], mine[64], theirs[64], kept[64] = "";

	for (unsigned i = 0; i < 200000; i++) {
		uint8_t o[16], p[16], q[16];
		int af = below(2) ? AF_INET6 : AF_INET;

		for (unsigned k = 0; k < 16; k++)
			o[k] = below(3) ? 0 : (uint8_t)chance();
		if (!below(4)) {
			memset(o, 0, 10);
			memset(o + 10, 0xff, 2);
		}
		nod_inet_ntop(af, o, mine, sizeof(mine));
		inet_ntop(af, o, theirs, sizeof(theirs));
		wrong_written +=
			strcmp(mine, theirs) != 0 && !(af == AF_INET6 && is_compatible(o));

		memcpy(text, mine, sizeof(text)); /* then spoil it a little */
		for (unsigned k = below(3); k; k--)
			text[below((unsigned)strlen(text))] =
				letters[below(sizeof(letters) - 1)];
		int a = nod_inet_pton(af, text, p), b = inet_pton(af, text, q);
		if (a != b || (a == 1 && memcmp(p, q, af == AF_INET ? 4 : 16) != 0)) {
			memcpy(kept, text, sizeof(kept));
			first = wrong_read++ ? first : kept;
		}
		read += a == 1;
	}
	tap(wrong_written == 0, "200,000 addresses written as libc writes them");
	tap(wrong_read == 0 && read > 50000 && read < 190000,
		"200,000 texts read as libc reads them (%u taken) %s", read, first);
}

int main(void)
{
	test_addrs();
	test_prefixes();
	test_contains();
	test_loose();
	test_calls();
	test_against_libc();
	return tap_done();
}
