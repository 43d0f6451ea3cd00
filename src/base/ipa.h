/* SPDX-License-Identifier: ISC */
/*
 * ipa.h - an IP address of either family as the layers carry it: 16 octets
 *
 * IPv4 is ::ffff:a.b.c.d (RFC 4291 2.5.5.2), so that one table serves both families.  Which
 * link an address belongs to is said beside it, by the interface.  Octets in network order.
 *
 * Neighbours: nod/addr.h is what programs see; network/net.h converts.
 */
#ifndef NOD_BASE_IPA_H
#define NOD_BASE_IPA_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "cursor.h"

struct ipa {
	union {
		uint8_t o[16];
		uint32_t w[4]; /* for comparing and hashing: the machine's order means nothing */
		uint64_t q[2];
	};
};

#define IPA_ANY6 ((struct ipa){ .o = { 0 } })
#define IPA_V4_INIT(a, b, c, d)                                                            \
	{                                                                                  \
		.o = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, (a), (b), (c), (d) }      \
	}
#define IPA_V4(a, b, c, d) ((struct ipa)IPA_V4_INIT(a, b, c, d))
#define IPA_ANY4 IPA_V4(0, 0, 0, 0)

static inline bool ipa_equal(const struct ipa *a, const struct ipa *b)
{
	return a->q[0] == b->q[0] && a->q[1] == b->q[1];
}

/*
 * A hash without a key, mixed towards the high bits: only for tables whose entries no stranger
 * chooses.
 */
static inline uint64_t ipa_mix(const struct ipa *a)
{
	uint64_t m = (a->q[0] ^ a->q[1]) * UINT64_C(0x9e3779b97f4a7c15);

	return m ^ m >> 32;
}

static inline bool ipa_is_v4(const struct ipa *a)
{
	static const struct ipa mapped = IPA_V4_INIT(0, 0, 0, 0);

	return a->q[0] == 0 && a->w[2] == mapped.w[2];
}

/* From and to four octets in network order. */
static inline struct ipa ipa_from_v4(const uint8_t o[4])
{
	const struct ipa mapped = IPA_V4_INIT(0, 0, 0, 0);
	uint32_t last;

	/* in halves and not in octets: what is written in small pieces is slow to read whole */
	memcpy(&last, o, 4);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return (struct ipa){ .q = { 0, mapped.q[1] | (uint64_t)last << 32 } };
#else
	return (struct ipa){ .q = { 0, mapped.q[1] | last } };
#endif
}

/* An IPv4 address as a number in host order; of an IPv6 address it means nothing. */
static inline uint32_t ipa_v4(const struct ipa *a)
{
	return octets_u32(a->o + 12);
}
static inline struct ipa ipa_of_v4(uint32_t v)
{
	return IPA_V4((uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v);
}

/* 0.0.0.0 or :: */
static inline bool ipa_is_any(const struct ipa *a)
{
	return a->q[0] == 0 && (a->q[1] == 0 || (ipa_is_v4(a) && a->w[3] == 0));
}
static inline bool ipa_is_multicast(const struct ipa *a)
{
	return ipa_is_v4(a) ? (a->o[12] & 0xf0) == 0xe0 : a->o[0] == 0xff;
}
static inline bool ipa_is_link_local(const struct ipa *a)
{
	return ipa_is_v4(a) ? a->o[12] == 169 && a->o[13] == 254 :
			      a->o[0] == 0xfe && (a->o[1] & 0xc0) == 0x80;
}
/* 127/8 or ::1 */
static inline bool ipa_is_loopback(const struct ipa *a)
{
	static const struct ipa one = { .o = { [15] = 1 } };

	return ipa_is_v4(a) ? a->o[12] == 127 : ipa_equal(a, &one);
}

/* Whether the first @bits agree.  For IPv4 bits count from the IPv4 address's own first. */
static inline bool ipa_same_prefix(const struct ipa *a, const struct ipa *b, unsigned bits)
{
	unsigned at = 0;

	if (ipa_is_v4(a) != ipa_is_v4(b))
		return false;
	if (ipa_is_v4(a))
		at = 12;
	if (memcmp(a->o + at, b->o + at, bits / 8) != 0)
		return false;
	at += bits / 8;
	return bits % 8 == 0 || ((a->o[at] ^ b->o[at]) & (0xff00 >> bits % 8) & 0xff) == 0;
}

/* The first @bits of @a, zeros behind them.  Bits count as in ipa_same_prefix(). */
static inline struct ipa ipa_network(const struct ipa *a, unsigned bits)
{
	struct ipa out = *a;

	for (unsigned at = ipa_is_v4(a) ? 12 : 0, bit = 0; at < 16; at++, bit += 8) {
		unsigned keep = bits > bit ? bits - bit : 0;

		if (keep < 8)
			out.o[at] &= (uint8_t)(0xff00 >> keep);
	}
	return out;
}

#endif
