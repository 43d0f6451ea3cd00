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

enum {
	VECTOR = 32,
	STRIDE = 2 * VECTOR,
	WORTHWHILE = 2 * STRIDE, /* octets: less is added faster by the word */
};

/*
 * Of each lane the whole has been added up, and its high half once more by itself: what the low
 * halves come to is the difference, as if nothing had overflowed.  (By reference: vectors of this
 * size are not passed alike by all compilers.)
 */
static inline uint64_t sum_of(const lanes *whole, const lanes *high)
{
	lanes all = *high + (*whole - (*high << 32));

	return all[0] + all[1] + all[2] + all[3];
}

/* A multiple of VECTOR octets; 2^32 words fit in a lane. */
BEST_OF_MACHINE
static uint64_t add_vectors(const uint8_t *p, size_t len)
{
	lanes a = { 0 }, b = { 0 }, a_high = { 0 }, b_high = { 0 };

	for (; len >= STRIDE; p += STRIDE, len -= STRIDE) {
		lanes x, y;

		memcpy(&x, p, VECTOR);
		memcpy(&y, p + VECTOR, VECTOR);
		a += x;
		b += y;
		a_high += x >> 32;
		b_high += y >> 32;
	}
	if (len) {
		lanes x;

		memcpy(&x, p, VECTOR);
		a += x;
		a_high += x >> 32;
	}
	a += b;
	a_high += b_high;
	return sum_of(&a, &a_high);
}

/* A multiple of STRIDE octets. */
BEST_OF_MACHINE
static uint64_t copy_vectors(uint8_t *to, const uint8_t *p, size_t len)
{
	lanes a = { 0 }, b = { 0 }, a_high = { 0 }, b_high = { 0 };

	for (; len; p += STRIDE, to += STRIDE, len -= STRIDE) {
		lanes x, y;

		memcpy(&x, p, VECTOR);
		memcpy(&y, p + VECTOR, VECTOR);
		memcpy(to, &x, VECTOR);
		memcpy(to + VECTOR, &y, VECTOR);
		a += x;
		b += y;
		a_high += x >> 32;
		b_high += y >> 32;
	}
	a += b;
	a_high += b_high;
	return sum_of(&a, &a_high);
}

static uint64_t word_at(const uint8_t *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

/* A few; what is missing of the last word counts as zero: RFC 1071 1 (1). */
static uint64_t add_words(uint64_t sum, const uint8_t *p, size_t len)
{
	uint64_t part = 0, carries = 0;
	uint32_t four;
	uint16_t two;

	for (; len >= 16; p += 16, len -= 16) {
		uint64_t first = word_at(p), second = word_at(p + 8);

		part += first;
		carries += part < first;
		part += second;
		carries += part < second;
	}
	if (len & 8) {
		part += word_at(p);
		carries += part < word_at(p);
		p += 8;
	}
	sum += (part & 0xffffffff) + (part >> 32) + carries;
	if (len & 4) {
		memcpy(&four, p, 4);
		sum += four;
		p += 4;
	}
	if (len & 2) {
		memcpy(&two, p, 2);
		sum += two;
		p += 2;
	}
	if (len & 1) {
		two = 0;
		memcpy(&two, p, 1);
		sum += two;
	}
	return sum;
}

uint64_t checksum_add(uint64_t sum, const void *buf, size_t len)
{
	const uint8_t *p = buf;

	if (len >= WORTHWHILE) {
		size_t whole = len / VECTOR * VECTOR;

		sum += add_vectors(p, whole);
		p += whole;
		len -= whole;
	}
	return add_words(sum, p, len);
}

/* Shifted by an octet, each word's halves change places: RFC 1071 2 (B). */
uint64_t checksum_add_odd(uint64_t sum, const void *buf, size_t len)
{
	uint64_t part = checksum_fold(checksum_add(0, buf, len));

	return sum + ((part << 8 | part >> 8) & 0xffff);
}

uint64_t checksum_copy(uint64_t sum, void *to, const void *from, size_t len)
{
	uint8_t *t = to;
	const uint8_t *p = from;

	if (len >= STRIDE) {
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
	return (uint16_t)~checksum_fold((uint64_t)(uint16_t)~sum + (uint16_t)~old + new);
}
