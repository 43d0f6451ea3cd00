/* SPDX-License-Identifier: ISC */
/*
 * siphash.h - a keyed hash: whoever does not know the key cannot make keys collide
 *
 * SipHash (Aumasson and Bernstein, 2012): siphash() is SipHash-2-4; siphash13() has fewer rounds
 * and is for tables, where a hash never leaves the machine.
 */
#ifndef NOD_BASE_SIPHASH_H
#define NOD_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct siphash_key {
	uint64_t k0, k1;
};

uint64_t siphash(const struct siphash_key *key, const void *data, size_t len);
uint64_t siphash13(const struct siphash_key *key, const void *data, size_t len);

#endif
