/* SPDX-License-Identifier: ISC */
/*
 * prng.h - pseudo-random numbers from a seed
 *
 * ChaCha8 in counter mode, so that outsiders who see some outputs (ports, identifiers, sequence
 * numbers) cannot tell the next; the same seed gives the same numbers on every machine.
 * For faults on a simulated wire as well as for what has to be unpredictable: whoever seeds it
 * decides which of the two it is.
 */
#ifndef NOD_BASE_PRNG_H
#define NOD_BASE_PRNG_H

#include <stddef.h>
#include <stdint.h>

struct prng {
	uint32_t key[8];
	uint64_t counter;
	uint32_t word[64]; /* four blocks at a time */
	unsigned at;	   /* next unused word */
};

/* @seed: 32 octets.  prng_init_u64() spreads a number over them. */
void prng_init(struct prng *r, const uint8_t seed[32]);
void prng_init_u64(struct prng *r, uint64_t seed);
/* A generator of its own, drawn from @r: one that is used more does not change the other. */
void prng_fork(struct prng *r, struct prng *child);

uint32_t prng_u32(struct prng *r);
uint64_t prng_u64(struct prng *r);
/* 0..n-1, each as likely; n >= 1. */
uint32_t prng_below(struct prng *r, uint32_t n);
uint64_t prng_below64(struct prng *r, uint64_t n);
/* 0 <= x < 1, 53 bits. */
double prng_unit(struct prng *r);
/* The block function, for its tests: @rounds 20 is RFC 8439's. */
void chacha_block(uint32_t out[16], const uint32_t in[16], unsigned rounds);
void prng_fill(struct prng *r, void *to, size_t len);

#endif
