/* SPDX-License-Identifier: ISC */
/*
 * chance.h - random numbers for tests, the same again from the same seed
 *
 * The seed is another one each time and is printed; NOD_TEST_SEED=0x... gives it back.
 */
#ifndef NOD_TEST_CHANCE_H
#define NOD_TEST_CHANCE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static uint64_t chance_state;

/* Splitmix64: every state is as good as any other, so that a seed may be any number. */
static inline uint64_t chance64(void)
{
	uint64_t z = chance_state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* 0 .. @n - 1; @n is small, so that the bias is too. */
static inline unsigned chance(unsigned n)
{
	return (unsigned)(chance64() % n);
}

static inline void chance_begin(void)
{
	const char *given = getenv("NOD_TEST_SEED");
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	chance_state = given ? strtoull(given, NULL, 0) :
		(uint64_t)now.tv_nsec ^ (uint64_t)now.tv_sec << 30 ^ (uint64_t)getpid() << 48;
	printf("# seed: NOD_TEST_SEED=0x%llx\n", (unsigned long long)chance_state);
}

#endif
