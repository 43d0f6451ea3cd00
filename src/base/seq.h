/* SPDX-License-Identifier: ISC */
/*
 * seq.h - comparing TCP sequence numbers, which go round
 *
 * RFC 9293 3.4: of two numbers less than 2^31 apart.  A raw `<` on sequence numbers is a bug.
 */
#ifndef NOD_BASE_SEQ_H
#define NOD_BASE_SEQ_H

#include <stdbool.h>
#include <stdint.h>

typedef uint32_t nod_seq;

static inline bool seq_lt(nod_seq a, nod_seq b)
{
	return (int32_t)(a - b) < 0;
}
static inline bool seq_le(nod_seq a, nod_seq b)
{
	return (int32_t)(a - b) <= 0;
}
static inline bool seq_gt(nod_seq a, nod_seq b)
{
	return (int32_t)(a - b) > 0;
}
static inline bool seq_ge(nod_seq a, nod_seq b)
{
	return (int32_t)(a - b) >= 0;
}
static inline nod_seq seq_max(nod_seq a, nod_seq b)
{
	return seq_lt(a, b) ? b : a;
}
static inline nod_seq seq_min(nod_seq a, nod_seq b)
{
	return seq_lt(a, b) ? a : b;
}

#endif
