/* SPDX-License-Identifier: ISC */
/*
 * stack.h - one job for several stacks: UDP datagrams from one socket to another, one thread
 *
 * stack_nod.c, stack_kernel.c and stack_lwip.c do the same: a batch of datagrams goes out, all
 * of it is received, again and again.  Each datagram begins with its number, and whoever
 * receives it sees that it is the next one, and whole.  The rate is by the thread's own CPU
 * time, so that what else the machine does counts for less.
 *
 * Neighbours: bench.h (clocks, death), part_stack.py (who runs them, and what it is held to).
 */
#ifndef BENCH_STACK_H
#define BENCH_STACK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"

enum stack_way {
	STACK_ONE,    /* a call a datagram */
	STACK_MMSG,   /* sendmmsg() and recvmmsg() */
	STACK_GSO,    /* UDP_SEGMENT and UDP_GRO: many datagrams a call, one buffer */
	STACK_WHOLE,  /* the same, and the wire carries it in one piece, unsummed */
	STACK_BORROW, /* nod's calls without a copy */
	STACK_WAYS,
};

enum { STACK_BATCH_MOST = 128, STACK_OCTETS_MOST = 65536 };

struct stack_job {
	enum stack_way way;
	size_t size;	/* octets of a datagram */
	unsigned batch; /* datagrams on their way at a time */
	int64_t ns;	/* how long */
	bool with_sink; /* nod alone: somebody listens to its events */
};

struct stack_count {
	uint64_t sent, received;
};

static inline int64_t stack_cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* --way WAY --size N --batch N --ms N [--sink]; or death. */
static inline struct stack_job stack_job_of(int argc, char **argv)
{
	static const char *const ways[STACK_WAYS] = { "one", "mmsg", "gso", "whole", "borrow" };
	struct stack_job j = { .size = 64, .batch = 32, .ns = 500 * NS_PER_MS };

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--sink") == 0) {
			j.with_sink = true;
			continue;
		}
		if (i + 1 == argc)
			bench_die(0, "%s: a value is missing", argv[i]);
		const char *name = argv[i], *value = argv[++i];

		if (strcmp(name, "--size") == 0) {
			j.size = (size_t)bench_number(name, value, 1472);
		} else if (strcmp(name, "--batch") == 0) {
			j.batch = (unsigned)bench_number(name, value, STACK_BATCH_MOST);
		} else if (strcmp(name, "--ms") == 0) {
			j.ns = bench_number(name, value, 1000000) * NS_PER_MS;
		} else if (strcmp(name, "--way") == 0) {
			for (j.way = 0; j.way < STACK_WAYS && strcmp(value, ways[j.way]) != 0;)
				j.way++;
			if (j.way == STACK_WAYS)
				bench_die(0, "no way \"%s\"", value);
		} else {
			bench_die(0, "no option \"%s\"", name);
		}
	}
	if (j.size < sizeof(uint64_t))
		bench_die(0, "a datagram has to hold its number");
	/* as many as fit IP's longest packet, and the kernel's 64 */
	if (j.way == STACK_GSO || j.way == STACK_WHOLE) {
		while (j.batch > 64 || j.batch * j.size > 65000)
			j.batch--;
	}
	return j;
}

static inline void stack_number(struct stack_count *c, uint8_t *datagram)
{
	memcpy(datagram, &c->sent, sizeof(c->sent));
	c->sent++;
}

/* @len octets arrived: one datagram, or with GRO several. */
static inline void stack_check(
	const struct stack_job *j, struct stack_count *c, const uint8_t *got, size_t len)
{
	if (!len || len % j->size)
		bench_die(0, "%zu octets of %zu arrived", len, j->size);
	for (; len; len -= j->size, got += j->size) {
		uint64_t number;

		memcpy(&number, got, sizeof(number));
		if (number != c->received)
			bench_die(0, "datagram %llu instead of %llu",
				(unsigned long long)number, (unsigned long long)c->received);
		c->received++;
	}
}

/* One batch through the stack: all of it sent, all of it received. */
typedef void stack_round(void *self, const struct stack_job *j, struct stack_count *c);

static int stack_by_rate(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/*
 * Warms up, runs for j->ns, and prints the first half of the result: the caller closes the
 * object.  @warm is called between the two.  The rate is measured in slices of a fraction of a
 * millisecond: per_cpu_s is the median slice, and quiet_cpu_s what the best tenth reaches, when
 * nobody else is at work on the same core's other half.
 */
static inline struct stack_count stack_run(
	const struct stack_job *j, stack_round *round, void (*warm)(void *self), void *self)
{
	static double rate[1 << 16];
	struct stack_count c = { 0 };
	int64_t began, cpu;
	size_t n = 0;

	for (int i = 0; i < 200; i++)
		round(self, j, &c);
	if (warm)
		warm(self);

	struct stack_count before = c;

	began = bench_now();
	cpu = stack_cpu();
	for (uint64_t done = c.received; bench_now() - began < j->ns; done = c.received) {
		for (int i = 0; i < 16; i++)
			round(self, j, &c);

		int64_t until = stack_cpu();

		rate[n++ % (1 << 16)] = (double)(c.received - done) * 1e9 / (double)(until - cpu);
		cpu = until;
	}
	began = bench_now() - began;
	if (c.sent != c.received)
		bench_die(0, "%llu sent, %llu received", (unsigned long long)c.sent,
			(unsigned long long)c.received);
	c.received -= before.received;
	if (n > 1 << 16)
		n = 1 << 16;
	qsort(rate, n, sizeof(rate[0]), stack_by_rate);
	printf("{\"per_cpu_s\": %.0f, \"quiet_cpu_s\": %.0f, \"per_s\": %.0f, \"batch\": %u",
		rate[n / 2], rate[n - 1 - n / 10], (double)c.received * 1e9 / (double)began,
		j->batch);
	return c;
}

#endif
