/* SPDX-License-Identifier: ISC */
/*
 * echo_tally.c - which requests were answered, in which order and after what time
 *
 * A request is known by its count from 1; the sequence number that travels is the count's
 * low 16 bits, so an answer belongs to the newest request with that number.
 *
 * Neighbours: echo_tally.h.
 */
#include "echo_tally.h"

#include <errno.h>
#include <stdlib.h>

#define SLOTS 65536u

struct echo_slot {
	uint64_t count; /* which request is here; 0 = none yet */
	nod_ns sent;
	bool is_answered, is_settled;
};

int echo_tally_init(struct echo_tally *t)
{
	*t = (struct echo_tally){ 0 };
	t->slot = calloc(SLOTS, sizeof(*t->slot));
	return t->slot ? 0 : -ENOMEM;
}

void echo_tally_free(struct echo_tally *t)
{
	free(t->slot);
	t->slot = NULL;
}

uint16_t echo_tally_next(const struct echo_tally *t)
{
	return (uint16_t)(t->sent + 1);
}

void echo_tally_sent(struct echo_tally *t, nod_ns now)
{
	struct echo_slot *s = &t->slot[echo_tally_next(t)];

	*s = (struct echo_slot){ .count = t->sent + 1, .sent = now };
	if (!t->sent)
		t->first = now;
	t->last = now;
	t->sent++;
}

static void settle(struct echo_tally *t, struct echo_slot *s)
{
	t->settled += !s->is_settled;
	s->is_settled = true;
}

/* Welford's running mean and variance: one pass, and no sum of squares to overflow. */
static void add_time(struct echo_tally *t, nod_ns rtt)
{
	double x = (double)rtt;
	double before = x - t->mean;

	if (t->received == 1 || rtt < t->min)
		t->min = rtt;
	if (t->received == 1 || rtt > t->max)
		t->max = rtt;
	t->latest = rtt;
	t->mean += before / (double)t->received;
	t->sum_squares += before * (x - t->mean);
	t->smoothed = t->received == 1 ? x : t->smoothed + (x - t->smoothed) / 8;
}

struct echo_verdict echo_tally_reply(struct echo_tally *t, uint16_t seq, nod_ns now,
	int64_t waited_ns, bool is_good)
{
	struct echo_slot *s = &t->slot[seq];
	struct echo_verdict v = { 0 };

	if (!s->count)
		return v;
	v.is_known = true;
	v.rtt = now - s->sent;
	/* the kernel's clock may have been set meanwhile: believe only what can be */
	if (waited_ns > 0 && waited_ns <= v.rtt)
		v.rtt -= waited_ns;
	if (!is_good) {
		t->corrupted++;
		return v;
	}
	v.is_duplicate = s->is_answered;
	if (v.is_duplicate) {
		t->duplicates++;
		return v;
	}
	v.is_disordered = s->count < t->newest;
	t->disordered += v.is_disordered;
	if (s->count > t->newest)
		t->newest = s->count;
	s->is_answered = true;
	settle(t, s);
	t->received++;
	add_time(t, v.rtt);
	return v;
}

bool echo_tally_error(struct echo_tally *t, uint16_t seq)
{
	if (!t->slot[seq].count)
		return false;
	t->errors++;
	settle(t, &t->slot[seq]);
	return true;
}

bool echo_tally_is_open(const struct echo_tally *t)
{
	return t->sent && !t->slot[(uint16_t)t->sent].is_settled;
}

/* Newton's method; enough for three digits of a time, and no libm to link. */
static double square_root(double x)
{
	double r = x > 1 ? x : 1;

	if (x <= 0)
		return 0;
	for (;;) {
		double next = (r + x / r) / 2;

		if (next >= r)
			return r;
		r = next;
	}
}

double echo_tally_deviation(const struct echo_tally *t)
{
	return t->received ? square_root(t->sum_squares / (double)t->received) : 0;
}

double echo_tally_loss(const struct echo_tally *t)
{
	return t->sent ? 100.0 * (double)(t->sent - t->received) / (double)t->sent : 0;
}
