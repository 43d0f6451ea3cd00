/* SPDX-License-Identifier: ISC */
/* test_addr_prefix.c - prefixes, ranges and IANA's registries: addr_prefix.h, special.h */
#include "tap.h"

#include <errno.h>
#include <string.h>

#include "network/addr_prefix.h"
#include "network/special.h"

/* A range and the prefixes that make it up; NULL: refused for this reason. */
static const struct {
	const char *in, *out;
	enum addr_fault fault;
} ranges[] = {
	{ "10.0.0.0-10.0.0.255", "10.0.0.0/24", 0 },
	{ "10.0.0.1 - 10.0.0.2", "10.0.0.1/32 10.0.0.2/32", 0 },
	{ "10.0.0.7/30", "10.0.0.4/30", 0 },
	{ "1.2.3.4", "1.2.3.4/32", 0 },
	{ "0.0.0.0-255.255.255.255", "0.0.0.0/0", 0 },
	{ "255.255.255.255-255.255.255.255", "255.255.255.255/32", 0 },
	{ "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/0", 0 },
	{ "::1-::2", "::1/128 ::2/128", 0 },
	{ "0.0.0.1-255.255.255.254",
		"0.0.0.1/32 0.0.0.2/31 0.0.0.4/30 0.0.0.8/29 0.0.0.16/28 0.0.0.32/27 0.0.0.64/26 "
		"0.0.0.128/25 0.0.1.0/24 0.0.2.0/23 0.0.4.0/22 0.0.8.0/21 0.0.16.0/20 0.0.32.0/19 "
		"0.0.64.0/18 0.0.128.0/17 0.1.0.0/16 0.2.0.0/15 0.4.0.0/14 0.8.0.0/13 0.16.0.0/12 "
		"0.32.0.0/11 0.64.0.0/10 0.128.0.0/9 1.0.0.0/8 2.0.0.0/7 4.0.0.0/6 8.0.0.0/5 "
		"16.0.0.0/4 32.0.0.0/3 64.0.0.0/2 128.0.0.0/2 192.0.0.0/3 224.0.0.0/4 240.0.0.0/5 "
		"248.0.0.0/6 252.0.0.0/7 254.0.0.0/8 255.0.0.0/9 255.128.0.0/10 255.192.0.0/11 "
		"255.224.0.0/12 255.240.0.0/13 255.248.0.0/14 255.252.0.0/15 255.254.0.0/16 "
		"255.255.0.0/17 255.255.128.0/18 255.255.192.0/19 255.255.224.0/20 255.255.240.0/21 "
		"255.255.248.0/22 255.255.252.0/23 255.255.254.0/24 255.255.255.0/25 "
		"255.255.255.128/26 255.255.255.192/27 255.255.255.224/28 255.255.255.240/29 "
		"255.255.255.248/30 255.255.255.252/31 255.255.255.254/32",
		0 },
	{ "10.0.0.2-10.0.0.1", NULL, ADDR_RANGE_BACKWARDS },
	{ "10.0.0.2-::1", NULL, ADDR_RANGE_FAMILIES },
	{ "fe80::1%1-fe80::2%2", NULL, ADDR_RANGE_FAMILIES },
	{ "10.0.0.2-", NULL, ADDR_EMPTY },
	{ "-10.0.0.2", NULL, ADDR_EMPTY },
	{ "-", NULL, ADDR_EMPTY },
	{ "10.0.0.2-3", NULL, ADDR_OCTETS_FEW },
	{ "10.0.0.1-10.0.0.2-10.0.0.3", NULL, ADDR_CHARACTER },
	{ "10.0.0.0/24-10.0.1.0/24", NULL, ADDR_CHARACTER },
	{ "", NULL, ADDR_EMPTY },
};

/* What is merged, and what is left. */
static const struct {
	const char *in, *out;
} merges[] = {
	{ "10.0.0.128/25 10.0.0.0/25", "10.0.0.0/24" },
	{ "10.0.0.0/24 10.0.0.5 10.0.0.0/25", "10.0.0.0/24" },
	{ "10.0.0.0/24 10.0.2.0/24", "10.0.0.0/24 10.0.2.0/24" },
	{ "255.255.255.255 0.0.0.0", "0.0.0.0/32 255.255.255.255/32" },
	{ "0.0.0.0/0 255.255.255.255 1.2.3.4", "0.0.0.0/0" },
	{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ::/128 255.255.255.255",
		"255.255.255.255/32 ::/128 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128" },
	{ "fe80::1%2 fe80::0%2 fe80::1%1", "fe80::1%1/128 fe80::%2/127" },
};

/* The prefixes of @r, a blank between. */
static void write_prefixes(struct addr_range r, char *out, size_t cap)
{
	struct nod_prefix p;
	size_t n = strlen(out);

	while (range_take_prefix(&r, &p) && n < cap) {
		char text[NOD_ADDR_TEXT_MAX];

		n += (size_t)snprintf(
			out + n, cap - n, "%s%s", n ? " " : "", prefix_format(&p, text));
	}
}

static void test_ranges(void)
{
	for (unsigned i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		struct addr_range r = { .first.family = 99 };
		struct addr_trouble t = { 0 };
		size_t len = strlen(ranges[i].in);
		char out[2048] = "";
		int err = range_scan(ranges[i].in, len, &r, &t);

		if (!ranges[i].out) {
			tap(err == -EINVAL && t.fault == ranges[i].fault &&
					t.at + t.len <= len && r.first.family == 99,
				"refuse range \"%s\" (fault %d)", ranges[i].in, (int)t.fault);
			continue;
		}
		write_prefixes(r, out, sizeof(out));
		tap(err == 0 && strcmp(out, ranges[i].out) == 0, "range \"%s\"", ranges[i].in);
	}
}

static void test_merges(void)
{
	for (unsigned i = 0; i < sizeof(merges) / sizeof(merges[0]); i++) {
		struct addr_range r[8];
		struct addr_trouble t;
		size_t n = 0;
		char out[512] = "";
		bool is_read = true;

		for (const char *p = merges[i].in; *p;) {
			size_t len = strcspn(p, " ");

			is_read = is_read && range_scan(p, len, &r[n++], &t) == 0;
			p += len + (p[len] == ' ');
		}
		n = ranges_merge(r, n);
		for (size_t k = 0; k < n; k++) {
			is_read = is_read && ranges_find(r, n, &r[k]) == &r[k];
			write_prefixes(r[k], out, sizeof(out));
		}
		tap(is_read && strcmp(out, merges[i].out) == 0, "merge %s: %s", merges[i].in,
			out);
	}
	tap(ranges_merge(NULL, 0) == 0 && !ranges_find(NULL, 0, NULL), "nothing to merge");
}

static void test_steps(void)
{
	struct nod_addr a = { .family = NOD_IPV4, .octet = { 10, 255, 255, 255 } };

	tap(addr_step(&a, 32) && a.octet[0] == 11 && a.octet[3] == 0,
		"a carry through all octets");
	a = (struct nod_addr){ .family = NOD_IPV4, .octet = { 10, 0, 240, 0 } };
	tap(addr_step(&a, 20) && a.octet[1] == 1 && a.octet[2] == 0, "a step of a /20");
	memset(a.octet, 0xff, 4);
	tap(!addr_step(&a, 32) && a.octet[0] == 0, "round to the first one");
	tap(!addr_step(&a, 0), "there is one /0");
}

static void test_registries(void)
{
	const struct special *s;
	unsigned n = 0;
	bool is_clean = true, is_found = true, is_unique = true;

	for (; (s = special_at(n)); n++) {
		struct nod_prefix net = nod_prefix_network(&s->prefix);

		is_clean &= nod_addr_equal(&net.addr, &s->prefix.addr) && s->name && s->rfc;
		is_found &= special_find(&s->prefix.addr)->prefix.len >= s->prefix.len;
		for (unsigned k = 0; k < n; k++)
			is_unique &= !(special_at(k)->prefix.len == s->prefix.len &&
				nod_addr_equal(&special_at(k)->prefix.addr, &s->prefix.addr));
	}
	tap(n > 50, "%u rows", n);
	tap(is_clean, "no row has bits beyond its length");
	tap(is_found, "each row is found");
	tap(is_unique, "no row is there twice");
	for (unsigned k = 0; k < KIND_N; k++) {
		if (!addr_kind_word((enum addr_kind)k))
			tap(false, "kind %u has a word", k);
	}
	for (unsigned first = 0; first < 256; first++) { /* some row holds every address */
		struct nod_addr v4 = { .family = NOD_IPV4, .octet = { (uint8_t)first, 1 } };
		struct nod_addr v6 = { .family = NOD_IPV6, .octet = { (uint8_t)first, 1 } };

		if (!special_find(&v4) || !special_find(&v6))
			tap(false, "addresses beginning with %u have a kind", first);
	}
}

int main(void)
{
	test_ranges();
	test_merges();
	test_steps();
	test_registries();
	return tap_done();
}
