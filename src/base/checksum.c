/* SPDX-License-Identifier: ISC */
/*
 * checksum.c - the Internet checksum (RFC 1071)
 *
 * The sum of 16-bit words in ones' complement does not care in which byte order the words
 * are read (RFC 1071 2 (B)) nor how many are added at once (2 (C)): so 32 bits are added in
 * the machine's own order, the carries are folded in at the end, and the result's octets
 * stand in memory as they go on the wire.
 *
 * Long parts are added in vectors of 64-bit lanes, each lane a pair of 32-bit sums apart: the
 * compiler makes of them what the machine has, and where the machine has more than every
 * machine of its kind (AVX2), the copy of the loop for that is taken.
 */
#include "checksum.h"

#include <string.h>

typedef uint64_t lanes __attribute__((vector_size(32)));

/* ThreadSanitizer's own calls do not work yet where the copy is chosen, before main(). */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__SANITIZE_THREAD__)
#define BEST_OF_MACHINE __attribute__((target_clones("avx2", "default")))
#else
#define BEST_OF_MACHINE
#endif

enum { VECTOR = 32, STRIDE = 2 * VECTOR };

/* A multiple of STRIDE octets; 2^32 words fit in a lane. */
BEST_OF_MACHINE
static uint64_t add_vectors(const uint8_t *p, size_t len)
{
	const lanes low = { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff };
	lanes a = { 0 }, b = { 0 };

	for (; len; p += STRIDE, len -= STRIDE) {
		lanes x, y;

		memcpy(&x, p, VECTOR);
		memcpy(&y, p + VECTOR, VECTOR);
		a += (x & low) + (x >> 32);
		b += (y & low) + (y >> 32);
	}
	a += b;

	uint64_t sum = 0;

	for (int i = 0; i < 4; i++)
		sum += (a[i] & 0xffffffff) + (a[i] >> 32);
	return sum;
}

BEST_OF_MACHINE
static uint64_t copy_vectors(uint8_t *to, const uint8_t *p, size_t len)
{
	const lanes low = { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff };
	lanes a = { 0 }, b = { 0 };

	for (; len; p += STRIDE, to += STRIDE, len -= STRIDE) {
		lanes x, y;

		memcpy(&x, p, VECTOR);
		memcpy(&y, p + VECTOR, VECTOR);
		memcpy(to, &x, VECTOR);
		memcpy(to + VECTOR, &y, VECTOR);
		a += (x & low) + (x >> 32);
		b += (y & low) + (y >> 32);
	}
	a += b;

	uint64_t sum = 0;

	for (int i = 0; i < 4; i++)
		sum += (a[i] & 0xffffffff) + (a[i] >> 32);
	return sum;
}

uint64_t checksum_add(uint64_t sum, const void *buf, size_t len)
{
	const uint8_t *p = buf;

	if (len >= 2 * STRIDE) {
		size_t whole = len / STRIDE * STRIDE;

		sum += add_vectors(p, whole);
		p += whole;
		len -= whole;
	}
	for (; len >= 4; p += 4, len -= 4) {
		uint32_t word;

		memcpy(&word, p, 4);
		sum += word; /* 2^32 of them fit */
	}
	if (len) { /* what is missing counts as zero: RFC 1071 1 (1) */
		uint32_t word = 0;

		memcpy(&word, p, len);
		sum += word;
	}
	return sum;
}

static uint64_t fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* Shifted by an octet, each word's halves change places: RFC 1071 2 (B). */
uint64_t checksum_add_odd(uint64_t sum, const void *buf, size_t len)
{
	uint64_t part = fold(checksum_add(0, buf, len));

	return sum + ((part << 8 | part >> 8) & 0xffff);
}

uint64_t checksum_copy(uint64_t sum, void *to, const void *from, size_t len)
{
	uint8_t *t = to;
	const uint8_t *p = from;

	if (len >= 2 * STRIDE) {
		size_t whole = len / STRIDE * STRIDE;

		sum += copy_vectors(t, p, whole);
		t += whole;
		p += whole;
		len -= whole;
	}
	if (len)
		memcpy(t, p, len);
	return checksum_add(sum, p, len);
}

uint16_t checksum_update(uint16_t sum, uint16_t old, uint16_t new)
{
	return (uint16_t)~fold((uint64_t)(uint16_t)~sum + (uint16_t)~old + new);
}

uint16_t checksum_end(uint64_t sum)
{
	uint16_t word = (uint16_t)~fold(sum);
	uint8_t octet[2];

	memcpy(octet, &word, 2);
	return (uint16_t)(octet[0] << 8 | octet[1]);
}
