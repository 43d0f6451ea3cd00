/* SPDX-License-Identifier: ISC */
/* test_checksum.c - the Internet checksum, and the cursors it is written with */
#include "tap.h"

#include <stdlib.h>
#include <string.h>

#include "base/checksum.h"
#include "base/cursor.h"
#include "hex.h"

static const struct {
	const char *name, *hex;
	unsigned want;
} cases[] = {
	{ "nothing", "", 0xffff },
	{ "RFC 1071 3: the example", "0001 f203 f4f5 f6f7", 0x220d },
	{ "one octet is padded behind", "01", 0xfeff },
	{ "three octets", "0001 f2", 0x0dfe },
	{ "carry out of the top", "ffff 0001", 0xfffe },
	{ "all ones sum to minus zero", "ffff ffff ffff ffff", 0x0000 },
	{ "an IPv4 header", "4500 0073 0000 4000 4011 0000 c0a8 0001 c0a8 00c7", 0xb861 },
	{ "... with its checksum", "4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7", 0 },
	{ "... with one bit wrong", "4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c6", 1 },
};

/* The definition, word by word. */
static uint16_t slow(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void test_against_definition(void)
{
	bool same = true, split = true;

	for (size_t len = 0; len < 300; len++) {
		uint8_t *p = malloc(len + 1);

		for (size_t i = 0; i < len; i++)
			p[i + 1] = (uint8_t)(i * 37 + len * 11 + 250);
		same &= checksum_end(checksum_add(0, p + 1, len)) == slow(p + 1, len);
		for (size_t cut = 0; cut <= len; cut += 2)
			split &= checksum_end(checksum_add(checksum_add(0, p + 1, cut),
					 p + 1 + cut, len - cut)) == slow(p + 1, len);
		free(p);
	}
	tap(same, "every length to 300, unaligned, is as the definition says");
	tap(split, "in two parts it is the same");
}

/* What begins behind an odd octet, what is copied meanwhile, what changes in a header. */
static void test_more_ways(void)
{
	bool odd = true, copied = true, updated = true;

	for (size_t len = 0; len < 300; len++) {
		uint8_t *p = malloc(len + 1), *q = malloc(len + 1);
		uint64_t sum;

		for (size_t i = 0; i < len; i++)
			p[i] = (uint8_t)(i * 31 + len * 7 + 249);
		for (size_t cut = 1; cut <= len; cut += 2) {
			sum = checksum_add(0, p, cut);
			sum = checksum_add_odd(sum, p + cut, len - cut);
			odd = odd && checksum_end(sum) == slow(p, len);
		}
		sum = checksum_copy(0, q, p, len);
		copied = copied && checksum_end(sum) == slow(p, len) && memcmp(p, q, len) == 0;
		for (size_t at = 0; at + 2 <= len; at += 2) {
			uint16_t before = slow(p, len);
			uint16_t old = (uint16_t)(p[at] << 8 | p[at + 1]);
			uint16_t new = (uint16_t)(old * 3 + at + 0x7f80);
			uint16_t mended = checksum_update(before, old, new);

			p[at] = (uint8_t)(new >> 8);
			p[at + 1] = (uint8_t)new;
			/* in ones' complement there are two zeros: RFC 1624 3 */
			updated = updated &&
				(mended == slow(p, len) ||
					((uint16_t)(mended + 1) < 2 &&
						(uint16_t)(slow(p, len) + 1) < 2));
		}
		free(p);
		free(q);
	}
	tap(odd, "a part that begins at an odd place");
	tap(copied, "copied and summed in one pass");
	tap(updated, "brought up to date by one word: RFC 1624");
}

static void test_cursors(void)
{
	size_t len;
	uint8_t *p = from_hex("01 0203 04050607 0809", &len);
	struct rcur r = rcur_of(p, len);

	tap(rcur_u8(&r) == 1 && rcur_u16(&r) == 0x0203 && rcur_u32(&r) == 0x04050607 && !r.bad,
		"rcur: numbers in network order");
	tap(rcur_left(&r) == 2, "rcur: what is left");
	tap(rcur_u32(&r) == 0 && r.bad, "rcur: more than there is fails");
	tap(rcur_u8(&r) == 0 && r.bad && rcur_left(&r) == 0, "rcur: and stays failed");

	r = rcur_of(p, len);
	struct span s = rcur_span(&r, len);
	tap(s.p == p && s.len == len && !r.bad, "rcur: a span of everything");
	s = rcur_span(&r, 0);
	tap(s.len == 0 && !r.bad, "rcur: a span of nothing at the end");
	s = rcur_span(&r, SIZE_MAX);
	tap(s.p == NULL && s.len == 0 && r.bad, "rcur: a span of far too much");

	r = rcur_of(NULL, 0);
	rcur_skip(&r, 0);
	tap(!r.bad && rcur_rest(&r).len == 0, "rcur: an empty buffer may be NULL");
	rcur_skip(&r, 1);
	tap(r.bad, "rcur: nothing can be skipped in it");

	uint8_t filled[2] = { 9, 9 };
	r = rcur_of(p, 1);
	rcur_copy(&r, filled, 2);
	tap(r.bad && !filled[0] && !filled[1], "rcur: a copy that fails leaves zeros");

	uint8_t *out = malloc(len);
	struct wcur w = wcur_of(out, len);
	wcur_u8(&w, 1);
	wcur_u16(&w, 0x0203);
	wcur_u32(&w, 0x04050607);
	wcur_put(&w, p + 7, 2);
	tap(!w.bad && w.at == len && memcmp(out, p, len) == 0, "wcur: writes what rcur reads");
	wcur_u8(&w, 0xff);
	tap(w.bad && w.at == len, "wcur: what does not fit fails");
	free(out);
	free(p);
}

int main(void)
{
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len;
		uint8_t *p = from_hex(cases[i].hex, &len);

		tap(checksum_end(checksum_add(0, p, len)) == cases[i].want, "checksum: %s",
			cases[i].name);
		free(p);
	}
	test_against_definition();
	test_more_ways();
	test_cursors();
	return tap_done();
}
