/* SPDX-License-Identifier: ISC */
/*
 * prng.c - pseudo-random numbers from a seed: ChaCha with eight rounds
 *
 * Bernstein, "ChaCha, a variant of Salsa20" (2008); the block as in RFC 8439 2.3 with a counter
 * of 64 bits and a nonce of zeros.
 *
 * Neighbours: prng.h.
 */
#include "prng.h"

#include <string.h>

enum { ROUNDS = 8, BLOCK_WORDS = 16, WORDS = sizeof(((struct prng *)0)->word) / 4 };

static uint32_t rotate(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

static void quarter(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
{
	*a += *b;
	*d = rotate(*d ^ *a, 16);
	*c += *d;
	*b = rotate(*b ^ *c, 12);
	*a += *b;
	*d = rotate(*d ^ *a, 8);
	*c += *d;
	*b = rotate(*b ^ *c, 7);
}

void chacha_block(uint32_t out[BLOCK_WORDS], const uint32_t in[BLOCK_WORDS], unsigned rounds)
{
	uint32_t x[BLOCK_WORDS];

	memcpy(x, in, sizeof(x));
	for (unsigned i = 0; i < rounds; i += 2) {
		for (unsigned c = 0; c < 4; c++)
			quarter(&x[c], &x[4 + c], &x[8 + c], &x[12 + c]);
		for (unsigned c = 0; c < 4; c++)
			quarter(&x[c], &x[4 + (c + 1) % 4], &x[8 + (c + 2) % 4],
				&x[12 + (c + 3) % 4]);
	}
	for (unsigned i = 0; i < BLOCK_WORDS; i++)
		out[i] = x[i] + in[i];
}

static void refill(struct prng *r)
{
	uint32_t in[BLOCK_WORDS] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };

	memcpy(in + 4, r->key, sizeof(r->key));
	for (unsigned i = 0; i < WORDS; i += BLOCK_WORDS) {
		in[12] = (uint32_t)r->counter;
		in[13] = (uint32_t)(r->counter >> 32);
		r->counter++;
		chacha_block(r->word + i, in, ROUNDS);
	}
	r->at = 0;
}

void prng_init(struct prng *r, const uint8_t seed[32])
{
	memset(r, 0, sizeof(*r));
	for (unsigned i = 0; i < 8; i++)
		r->key[i] = (uint32_t)seed[4 * i] | (uint32_t)seed[4 * i + 1] << 8 |
			(uint32_t)seed[4 * i + 2] << 16 | (uint32_t)seed[4 * i + 3] << 24;
	r->at = WORDS;
}

void prng_init_u64(struct prng *r, uint64_t seed)
{
	uint8_t octets[32] = { 0 };

	for (unsigned i = 0; i < 8; i++)
		octets[i] = (uint8_t)(seed >> (8 * i));
	prng_init(r, octets);
}

void prng_fork(struct prng *r, struct prng *child)
{
	uint8_t seed[32];

	prng_fill(r, seed, sizeof(seed));
	prng_init(child, seed);
}

uint32_t prng_u32(struct prng *r)
{
	if (r->at == WORDS)
		refill(r);
	return r->word[r->at++];
}

uint64_t prng_u64(struct prng *r)
{
	uint64_t low = prng_u32(r);

	return low | (uint64_t)prng_u32(r) << 32;
}

/* Draws again what would make the first numbers likelier. */
uint32_t prng_below(struct prng *r, uint32_t n)
{
	uint32_t odd = (uint32_t)(-n) % n; /* 2^32 modulo n */
	uint32_t x;

	do
		x = prng_u32(r);
	while (x < odd);
	return x % n;
}

uint64_t prng_below64(struct prng *r, uint64_t n)
{
	uint64_t odd = (0 - n) % n; /* 2^64 modulo n */
	uint64_t x;

	do
		x = prng_u64(r);
	while (x < odd);
	return x % n;
}

double prng_unit(struct prng *r)
{
	return (double)(prng_u64(r) >> 11) * 0x1p-53;
}

void prng_fill(struct prng *r, void *to, size_t len)
{
	uint8_t *at = to;

	while (len) {
		uint32_t x = prng_u32(r);

		for (unsigned i = 0; i < 4 && len; i++, len--)
			*at++ = (uint8_t)(x >> (8 * i));
	}
}
