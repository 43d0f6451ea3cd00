/* SPDX-License-Identifier: ISC */
/*
 * fuzz.h - what a fuzz target is: one function that takes any octets and must not fail
 *
 * A target also claims what is true of every input (what was written is read back the same,
 * nothing grows beyond its bound): FUZZ_CLAIM() ends the program where it is not.
 *
 * Neighbours: fuzz_*.c, replay.c (feeds the corpus without a fuzzer), mk/fuzz.mk.
 */
#ifndef NOD_FUZZ_H
#define NOD_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * About as many inputs replay.c makes of the corpus: with many files each has fewer neighbours.
 * A target that takes its time has a number of its own.
 */
extern const unsigned fuzz_replay_most;

#define FUZZ_CLAIM(claim) \
	do { \
		if (!(claim)) { \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #claim); \
			abort(); \
		} \
	} while (0)

/* The octets as a string in memory of its exact size, so that ASan sees one step too far. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		abort();
	if (size)
		memcpy(text, data, size);
	text[size] = 0;
	return text;
}

#endif
