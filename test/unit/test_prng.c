/* SPDX-License-Identifier: ISC */
/* test_prng.c - pseudo-random numbers: the block of RFC 8439, the same again, evenly spread */
#include "tap.h"

#include <string.h>

#include "base/prng.h"

/* RFC 8439 2.3.2: key 00..1f, counter 1, nonce 00:00:00:09:00:00:00:4a:00:00:00:00. */
static void rfc8439(void)
{
	static const uint32_t in[16] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574,
		0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c, 0x13121110, 0x17161514,
		0x1b1a1918, 0x1f1e1d1c, 0x00000001, 0x09000000, 0x4a000000, 0x00000000 };
	static const uint32_t want[16] = { 0xe4e7f110, 0x15593bd1, 0x1fdd0f50, 0xc47120a3,
		0xc7f4d1c7, 0x0368c033, 0x9aaa2204, 0x4e6cd4c3, 0x466482d2, 0x09aa9f07,
		0x05d7c214, 0xa2028bd9, 0xd19c12b5, 0xb94e16de, 0xe883d0cb, 0x4e3c50a2 };
	uint32_t out[16];

	chacha_block(out, in, 20);
	tap(memcmp(out, want, sizeof(out)) == 0, "twenty rounds are RFC 8439's block");
	chacha_block(out, in, 8);
	tap(memcmp(out, want, sizeof(out)) != 0, "eight are another");
}

static void same_again(void)
{
	struct prng a, b, c, child;
	bool same = true, differs = false;
	uint8_t octets[100], others[100];

	prng_init_u64(&a, 7);
	prng_init_u64(&b, 7);
	prng_init_u64(&c, 8);
	for (int k = 0; k < 1000; k++) {
		uint64_t x = prng_u64(&a);

		same = same && x == prng_u64(&b);
		differs = differs || x != prng_u64(&c);
	}
	tap(same, "the same seed, the same numbers");
	tap(differs, "another seed, others");
	prng_fork(&a, &child);
	prng_u64(&b); /* the fork took 32 octets of its parent's */
	prng_u64(&b);
	prng_u64(&b);
	prng_u64(&b);
	for (int k = 0; k < 50; k++)
		prng_u32(&child);
	tap(prng_u64(&a) == prng_u64(&b), "what a fork draws changes nothing for its parent");
	prng_fill(&a, octets, 97);
	prng_fill(&b, others, 97);
	tap(memcmp(octets, others, 97) == 0, "octets of any number");
}

/* Each of @n values of 0..n-1 within five deviations of its share; chance fails once in 10^6. */
static void spread(uint32_t n)
{
	enum { DRAWS = 100000, MOST = 64 };
	unsigned seen[MOST] = { 0 };
	struct prng r;
	double want = (double)DRAWS / n;
	bool even = true, inside = true;

	prng_init_u64(&r, 11 + n);
	for (int k = 0; k < DRAWS; k++) {
		uint32_t x = prng_below(&r, n);

		inside = inside && x < n && prng_below64(&r, n) < n;
		if (x < MOST)
			seen[x]++;
	}
	for (uint32_t k = 0; k < n; k++)
		even = even && (seen[k] - want) * (seen[k] - want) < 25 * want;
	tap(inside, "below %u: none is outside", n);
	tap(even, "below %u: each as likely", n);
}

static void units(void)
{
	struct prng r;
	double sum = 0;
	bool inside = true;

	prng_init_u64(&r, 3);
	for (int k = 0; k < 100000; k++) {
		double x = prng_unit(&r);

		inside = inside && x >= 0 && x < 1;
		sum += x;
	}
	tap(inside, "a unit is at least 0 and below 1");
	tap(sum > 49500 && sum < 50500, "and 1/2 on the average: %.4f", sum / 100000);
}

int main(void)
{
	rfc8439();
	same_again();
	spread(1);
	spread(2);
	spread(3);
	spread(60);
	units();
	return tap_done();
}
