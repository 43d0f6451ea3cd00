/* SPDX-License-Identifier: ISC */
/*
 * echo_tally.h - which requests were answered, in which order and after what time
 *
 * Numbers only: sends nothing, prints nothing, reads no clock.
 *
 * Neighbours: cmd/ping.c; test/unit/test_echo_tally.c.
 */
#ifndef NOD_NETWORK_ECHO_TALLY_H
#define NOD_NETWORK_ECHO_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "nod/api.h"

struct echo_slot; /* what is known of one request */

struct echo_tally {
	uint64_t sent, received, duplicates, corrupted, disordered, errors;
	uint64_t settled;	  /* requests answered, or refused by an error */
	nod_ns first, last;	  /* when the first and the last request left */
	nod_ns min, max, latest;  /* round-trip times */
	double mean, sum_squares; /* ns; of squared distances from the mean, ns^2 */
	double smoothed;	  /* ns; moves an eighth of the way: RFC 6298 2.3 */
	uint64_t newest;	  /* the highest request answered so far; 0 = none */
	struct echo_slot *slot;	  /* of the last 65,536 requests, by sequence number */
};

/* 0, or -ENOMEM. */
int echo_tally_init(struct echo_tally *t);
void echo_tally_free(struct echo_tally *t);

/* A request is about to leave: the number that goes into it. */
uint16_t echo_tally_next(const struct echo_tally *t);
void echo_tally_sent(struct echo_tally *t, nod_ns now);

struct echo_verdict {
	bool is_known;	   /* such a request was sent; else the rest says nothing */
	bool is_duplicate; /* it was answered before */
	bool is_disordered; /* a later one was answered before it */
	nod_ns rtt;	   /* round-trip time */
};

/*
 * An answer to @seq is there @now, and waited in the kernel for @waited_ns of that (0 = not
 * known).  A corrupt one that cannot be trusted (@is_good false) is only counted as such.
 */
struct echo_verdict echo_tally_reply(struct echo_tally *t, uint16_t seq, nod_ns now,
	int64_t waited_ns, bool is_good);

/* An error about @seq came.  False: no such request was sent. */
bool echo_tally_error(struct echo_tally *t, uint16_t seq);

/* Whether the newest request is neither answered nor refused. */
bool echo_tally_is_open(const struct echo_tally *t);

/* The standard deviation, which ping(8) calls mdev; ns. */
double echo_tally_deviation(const struct echo_tally *t);

/* Requests not answered, percent of those sent. */
double echo_tally_loss(const struct echo_tally *t);

#endif
