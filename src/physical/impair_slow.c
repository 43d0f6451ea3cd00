/* SPDX-License-Identifier: ISC */
/*
 * impair_slow.c - a slow link and the bounded queue before it: drop-tail, or CoDel
 *
 * RFC 8289 5.  Of the two ways there to leave the dropping state and come back, the count goes on
 * from where it was when that is not long ago (5.5).
 *
 * Neighbours: impair_hold.h.
 */
#include "impair_hold.h"

#include <errno.h>
#include <stdlib.h>

enum { QUEUE_DEFAULT = 1000, MTU_LEAST = 1500 };

int slow_init(struct slow *l, const struct impair_faults *f)
{
	*l = (struct slow){
		.rate = f->rate,
		.is_codel = f->queue == IMPAIR_CODEL,
		.target = f->codel_target ? f->codel_target : 5 * NOD_MS,
		.interval = f->codel_interval ? f->codel_interval : 100 * NOD_MS,
		.free_at = INT64_MIN,
		.max_packet = MTU_LEAST,
	};
	if (!l->rate)
		return 0;
	l->cap = f->queue_frames ? f->queue_frames : QUEUE_DEFAULT;
	l->ring = malloc(l->cap * sizeof(*l->ring));
	return l->ring ? 0 : -ENOMEM;
}

static struct slow_item *first(const struct slow *l)
{
	return &l->ring[l->head];
}

static struct slow_item pop(struct slow *l)
{
	struct slow_item i = *first(l);

	if (++l->head == l->cap)
		l->head = 0;
	l->count--;
	l->octets -= i.frame.pkt->len;
	return i;
}

void slow_end(struct slow *l)
{
	while (l->count)
		pkt_free(pop(l).frame.pkt);
	free(l->ring);
	l->ring = NULL;
}

bool slow_put(struct slow *l, const struct frame *f, nod_ns now)
{
	uint32_t at = l->head + l->count;

	if (l->count == l->cap)
		return false;
	l->ring[at < l->cap ? at : at - l->cap] = (struct slow_item){ now, *f };
	l->count++;
	l->octets += f->pkt->len;
	if (f->pkt->len > l->max_packet)
		l->max_packet = f->pkt->len;
	return true;
}

nod_ns slow_due(const struct slow *l)
{
	if (!l->count)
		return INT64_MAX;
	return l->free_at > first(l)->since ? l->free_at : first(l)->since;
}

/* ---- CoDel ----------------------------------------------------------------------------- */

static uint64_t square_root(uint64_t x)
{
	uint64_t root = 0;

	for (uint64_t bit = (uint64_t)1 << 62; bit; bit >>= 2) {
		if (x >= root + bit) {
			x -= root + bit;
			root = (root >> 1) + bit;
		} else {
			root >>= 1;
		}
	}
	return root;
}

/* t + interval / sqrt(count); the interval is 4 s at the most, so its square fits */
static nod_ns control_law(const struct slow *l, nod_ns t, uint32_t count)
{
	return t + (nod_ns)square_root((uint64_t)l->interval * (uint64_t)l->interval / count);
}

/* dodequeue(): the next frame, and whether it may be dropped.  false: the queue is empty. */
static bool dodequeue(struct slow *l, nod_ns now, struct slow_item *i, bool *ok_to_drop)
{
	*ok_to_drop = false;
	if (!l->count) {
		l->first_above_time = 0;
		return false;
	}
	*i = pop(l);
	if (now - i->since < l->target || l->octets <= l->max_packet)
		l->first_above_time = 0; /* below, and stays so for an interval at least */
	else if (!l->first_above_time)
		l->first_above_time = now + l->interval;
	else
		*ok_to_drop = now >= l->first_above_time;
	return true;
}

/* dequeue().  false: the queue is empty, after drops maybe. */
static bool dequeue(struct slow *l, nod_ns now, struct slow_item *i)
{
	bool ok_to_drop, is_there = dodequeue(l, now, i, &ok_to_drop);

	if (l->dropping) {
		if (!ok_to_drop)
			l->dropping = false;
		while (l->dropping && now >= l->drop_next) {
			l->lost(l->self, &i->frame, now);
			l->count_dropped++;
			is_there = dodequeue(l, now, i, &ok_to_drop);
			if (!ok_to_drop)
				l->dropping = false;
			else
				l->drop_next = control_law(l, l->drop_next, l->count_dropped);
		}
	} else if (ok_to_drop) {
		uint32_t delta = l->count_dropped - l->last_count;

		l->lost(l->self, &i->frame, now);
		is_there = dodequeue(l, now, i, &ok_to_drop);
		l->dropping = true;
		l->count_dropped =
			delta > 1 && now - l->drop_next < 16 * l->interval ? delta : 1;
		l->drop_next = control_law(l, now, l->count_dropped);
		l->last_count = l->count_dropped;
	}
	return is_there;
}

/* ---- the link ---------------------------------------------------------------------------- */

/* How long @octets take; what a nanosecond is too coarse for is not lost. */
static nod_ns time_of(struct slow *l, uint32_t octets)
{
	uint64_t all = 8 * (uint64_t)octets * NOD_S + l->remainder; /* < 2^64 for 2^31 octets */

	l->remainder = all % l->rate;
	return (nod_ns)(all / l->rate);
}

bool slow_take(struct slow *l, nod_ns now, struct frame *f, nod_ns *out_at)
{
	nod_ns at = slow_due(l);
	struct slow_item i;

	if (at > now || at == INT64_MAX)
		return false;
	if (!l->is_codel)
		i = pop(l);
	else if (!dequeue(l, at, &i))
		return false;
	l->free_at = at + time_of(l, i.frame.pkt->len);
	*f = i.frame;
	*out_at = l->free_at;
	return true;
}
