/* SPDX-License-Identifier: ISC */
/*
 * siphash.c - SipHash: a keyed hash for tables whose keys strangers choose
 */
#include "siphash.h"

#include <string.h>

static inline uint64_t rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static inline uint64_t load64(const uint8_t *p, size_t n) /* little-endian, n <= 8 octets */
{
	uint64_t v = 0;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	if (n == 8) {
		memcpy(&v, p, 8);
		return v;
	}
#endif
	for (size_t i = 0; i < n; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

static inline __attribute__((always_inline)) void rounds(uint64_t v[4], unsigned n)
{
	while (n--) {
		v[0] += v[1];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[0] = rotate(v[0], 32);
		v[2] += v[3];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[2] = rotate(v[2], 32);
	}
}

/* @c rounds for each word, @d at the end. */
static inline __attribute__((always_inline)) uint64_t hash(const struct siphash_key *key,
	const void *data, size_t len, unsigned c, unsigned d)
{
	const uint8_t *p = data;
	uint64_t v[4] = {
		key->k0 ^ 0x736f6d6570736575u,
		key->k1 ^ 0x646f72616e646f6du,
		key->k0 ^ 0x6c7967656e657261u,
		key->k1 ^ 0x7465646279746573u,
	};
	size_t left = len;

	for (; left >= 8; left -= 8, p += 8) {
		uint64_t m = load64(p, 8);

		v[3] ^= m;
		rounds(v, c);
		v[0] ^= m;
	}

	uint64_t last = (uint64_t)len << 56 | load64(p, left);
	v[3] ^= last;
	rounds(v, c);
	v[0] ^= last;
	v[2] ^= 0xff;
	rounds(v, d);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t siphash(const struct siphash_key *key, const void *data, size_t len)
{
	return hash(key, data, len, 2, 4);
}

uint64_t siphash13(const struct siphash_key *key, const void *data, size_t len)
{
	return hash(key, data, len, 1, 3);
}
