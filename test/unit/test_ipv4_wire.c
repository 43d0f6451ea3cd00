/* SPDX-License-Identifier: ISC */
/* test_ipv4_wire.c - IPv4 headers and options, octets to struct and back: RFC 791 3.1 */
#include "tap.h"

#include <errno.h>
#include <stdlib.h>

#include "base/checksum.h"
#include "hex.h"
#include "network/ipv4_wire.h"

#define FROM_TO "0a000002 0a000001"

static const struct {
	const char *name, *hex;
	int err;
	struct ipv4_hdr want; /* addresses aside */
	size_t options_len, left;
} headers[] = {
	{ "a header alone", "45000014 00000000 40fd66e0" FROM_TO, 0,
		{ .hdr_len = 20, .len = 20, .ttl = 64, .protocol = 253, .sum = 0x66e0 }, 0, 0 },
	{ "with payload left over", "45b80017 12340000 01110000" FROM_TO "aabbcc", 0,
		{ .tos = 0xb8, .hdr_len = 20, .len = 23, .id = 0x1234, .ttl = 1, .protocol = 17 },
		0, 3 },
	{ "don't fragment", "45000014 00004000 40fd0000" FROM_TO, 0,
		{ .hdr_len = 20, .len = 20, .dont_fragment = true, .ttl = 64, .protocol = 253 },
		0, 0 },
	{ "more fragments, at octet 8", "45000014 00002001 40fd0000" FROM_TO, 0,
		{ .hdr_len = 20,
			.len = 20,
			.more_fragments = true,
			.offset = 8,
			.ttl = 64,
			.protocol = 253 },
		0, 0 },
	{ "the last place a fragment may have", "45000014 00001fff 40fd0000" FROM_TO, 0,
		{ .hdr_len = 20, .len = 20, .offset = 65528, .ttl = 64, .protocol = 253 }, 0,
		0 },
	{ "the reserved bit means nothing", "45000014 00008000 40fd0000" FROM_TO, 0,
		{ .hdr_len = 20, .len = 20, .ttl = 64, .protocol = 253 }, 0, 0 },
	{ "four octets of options", "46000018 00000000 40fd0000" FROM_TO "94040000", 0,
		{ .hdr_len = 24, .len = 24, .ttl = 64, .protocol = 253 }, 4, 0 },
	{ "a length beyond what is there is the caller's to judge",
		"4500ffff 00000000 40fd0000" FROM_TO, 0,
		{ .hdr_len = 20, .len = 65535, .ttl = 64, .protocol = 253 }, 0, 0 },
	{ "nothing", "", -EBADMSG, { 0 }, 0, 0 },
	{ "one octet less than a header", "45000014 00000000 40fd66e0 0a000002 0a0000",
		-EBADMSG, { 0 }, 0, 0 },
	{ "version 6 (IP4-1)", "65000014 00000000 40fd0000" FROM_TO, -EBADMSG, { 0 }, 0, 0 },
	{ "version 0 (H06)", "05000014 00000000 40fd0000" FROM_TO, -EBADMSG, { 0 }, 0, 0 },
	{ "a header of 16 octets (H05)", "44000014 00000000 40fd0000" FROM_TO, -EBADMSG, { 0 },
		0, 0 },
	{ "a header of no octets", "40000014 00000000 40fd0000" FROM_TO, -EBADMSG, { 0 }, 0,
		0 },
	{ "a length less than the header (H05)", "45000013 00000000 40fd0000" FROM_TO, -EBADMSG,
		{ 0 }, 0, 0 },
	{ "a length of zero", "45000000 00000000 40fd0000" FROM_TO, -EBADMSG, { 0 }, 0, 0 },
	{ "options that are not there", "46000018 00000000 40fd0000" FROM_TO "940400", -EBADMSG,
		{ 0 }, 0, 0 },
	{ "sixty octets claimed, twenty there", "4f00003c 00000000 40fd0000" FROM_TO, -EBADMSG,
		{ 0 }, 0, 0 },
};

static bool is_equal(const struct ipv4_hdr *a, const struct ipv4_hdr *b)
{
	return a->tos == b->tos && a->hdr_len == b->hdr_len && a->len == b->len &&
		a->id == b->id && a->dont_fragment == b->dont_fragment &&
		a->more_fragments == b->more_fragments && a->offset == b->offset &&
		a->ttl == b->ttl && a->protocol == b->protocol;
}

static void test_headers(void)
{
	const struct ipa src = IPA_V4(10, 0, 0, 2), dst = IPA_V4(10, 0, 0, 1);

	for (unsigned i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		size_t len;
		uint8_t *o = from_hex(headers[i].hex, &len);
		struct rcur r = rcur_of(o, len);
		struct ipv4_hdr h = { 0 }, again = { 0 };
		int err = ipv4_parse(&h, &r);

		tap(err == headers[i].err &&
				(err ||
					(is_equal(&h, &headers[i].want) &&
						h.sum == (o[10] << 8 | o[11]) &&
						ipa_equal(&h.src, &src) &&
						ipa_equal(&h.dst, &dst) &&
						h.options.len == headers[i].options_len &&
						rcur_left(&r) == headers[i].left)),
			"parse: %s", headers[i].name);
		if (!err) { /* emit undoes parse, and its checksum is right */
			uint8_t *out = malloc(h.hdr_len);
			struct wcur w = wcur_of(out, h.hdr_len),
				    small = wcur_of(out, h.hdr_len - 1u);
			bool ok = ipv4_emit(&h, &w) == 0 && w.at == h.hdr_len &&
				checksum_end(checksum_add(0, out, w.at)) == 0;

			r = rcur_of(out, w.at);
			ok = ok && ipv4_parse(&again, &r) == 0 && is_equal(&h, &again) &&
				memcmp(out, o, 6) == 0 &&
				memcmp(out + 12, o + 12, w.at - 12u) == 0;
			tap(ok, "emit: %s", headers[i].name);
			tap(ipv4_emit(&h, &small) == -EMSGSIZE, "emit, no room: %s",
				headers[i].name);
			free(out);
		}
		free(o);
	}
}

static void test_emit_refuses(void)
{
	static const uint8_t options[44];
	uint8_t out[64];
	struct ipv4_hdr h = { .len = 20, .src = IPA_V4(1, 2, 3, 4), .dst = IPA_V4(1, 2, 3, 5) };

	for (size_t n = 0; n <= 44; n++) {
		struct wcur w = wcur_of(out, sizeof(out));
		bool is_good = n % 4 == 0 && n <= 40;

		h.options = (struct span){ options, n };
		if (n % 4 == 0 || n < 4 || n > 40)
			tap((ipv4_emit(&h, &w) == 0) == is_good, "emit: %zu octets of options",
				n);
	}
}

static const struct {
	const char *name, *hex;
	int err;	   /* what the walk ends with: 0 or -EBADMSG */
	const char *types; /* hex: what it finds */
} options[] = {
	{ "none", "", 0, "" },
	{ "no operation, thrice, then the end", "01010100", 0, "" },
	{ "no end: the options end it", "01010101", 0, "" },
	{ "what is behind the end is not read", "00ff00ff", 0, "" },
	{ "router alert", "94040000", 0, "94" },
	{ "two, with filling", "01940400 00018203 aa000000", 0, "9482" },
	{ "an option of nothing but type and length", "82020000", 0, "82" },
	{ "length 0 (H07)", "82000000", -EBADMSG, "" },
	{ "length 1 (H07)", "82010000", -EBADMSG, "" },
	{ "length 255 (H07)", "82ff0000", -EBADMSG, "" },
	{ "one octet longer than the options", "82050000", -EBADMSG, "" },
	{ "a type without a length", "01010182", -EBADMSG, "" },
	{ "a good one before a bad one", "94040000 82000000", -EBADMSG, "94" },
};

static void test_options(void)
{
	for (unsigned i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		size_t len, n_want, n = 0;
		uint8_t *o = from_hex(options[i].hex, &len);
		uint8_t *want = from_hex(options[i].types, &n_want);
		struct rcur r = rcur_of(o, len);
		struct span data;
		uint8_t type;
		bool ok = true;
		int more;

		while ((more = ipv4_option_next(&r, &type, &data)) > 0) {
			ok = ok && n < n_want && type == want[n];
			n++;
		}
		tap(ok && n == n_want && more == options[i].err, "options: %s",
			options[i].name);
		free(o);
		free(want);
	}
}

int main(void)
{
	test_headers();
	test_emit_refuses();
	test_options();
	return tap_done();
}
