/* SPDX-License-Identifier: ISC */
/*
 * impair_hold.h - frames that wait: for their nanosecond, or for a slow link
 *
 * A hold gives frames back in the order of their times, and in the order in which they came
 * where those are equal.  Most come with a time that is not before the last one's, and cost a place
 * in a ring; the others go into a heap.
 *
 * A link is a rate and the queue before it.  It lives in exact time, however late it is asked: each
 * frame leaves when the one before has left, and what CoDel (RFC 8289) thinks is decided then.
 *
 * Neighbours: impair.c.
 */
#ifndef NOD_PHYSICAL_IMPAIR_HOLD_H
#define NOD_PHYSICAL_IMPAIR_HOLD_H

#include "impair.h"

/* A frame and what it has suffered so far. */
struct frame {
	struct pkt *pkt;
	nod_ns since;	   /* when it came */
	nod_ns delay;	   /* drawn for it */
	nod_ns extra;	   /* a rule's delay */
	uint32_t faults;   /* 1 << (NOD_EV_FAULT_... - NOD_EV_FAULT_LOSS) */
	uint32_t bit;	   /* that was flipped (the last), from the first; UINT32_MAX: none */
	uint32_t was_len;  /* before it was cut; 0: it was not */
	uint16_t gap;	   /* so many are to overtake it */
	uint16_t rule;	   /* the last that took it, from 1; 0 = none */
};

struct hold_item {
	nod_ns due;
	uint64_t order;
	struct frame frame;
};

struct hold {
	struct hold_item *ring, *heap;
	uint32_t ring_cap, head, n_ring;
	uint32_t heap_cap, n_heap;
	uint32_t most;
	uint64_t order;
};

static inline uint32_t hold_count(const struct hold *h)
{
	return h->n_ring + h->n_heap;
}
void hold_init(struct hold *h, uint32_t most);
void hold_end(struct hold *h); /* frees what is in it */
/* -ENOBUFS: @most are in it, -ENOMEM; the frame stays the caller's. */
int hold_put(struct hold *h, nod_ns due, const struct frame *f);
/* When the first is due; INT64_MAX: none. */
nod_ns hold_due(const struct hold *h);
/* The first.  There is one. */
struct frame hold_take(struct hold *h);

struct slow_item {
	nod_ns since; /* in this queue */
	struct frame frame;
};

struct slow {
	struct slow_item *ring;
	uint32_t cap, head, count;
	uint64_t octets;
	uint64_t rate, remainder; /* bits per second; what is left of the last division */
	nod_ns free_at;		  /* the last one's last bit is out */
	/* CoDel, with the names of RFC 8289 5 */
	bool is_codel, dropping;
	nod_ns target, interval, first_above_time, drop_next;
	uint32_t count_dropped, last_count;
	uint32_t max_packet;
	void (*lost)(void *self, struct frame *f, nod_ns at); /* by CoDel; takes the frame */
	void *self;
};

/* 0 or -ENOMEM. */
int slow_init(struct slow *l, const struct impair_faults *f);
void slow_end(struct slow *l);
/* false: it is full, and the frame stays the caller's. */
bool slow_put(struct slow *l, const struct frame *f, nod_ns now);
/* When the next frame begins to leave; INT64_MAX: none waits. */
nod_ns slow_due(const struct slow *l);
/* The next frame that has begun to leave by @now; *@out_at: when its last bit is out. */
bool slow_take(struct slow *l, nod_ns now, struct frame *f, nod_ns *out_at);

#endif
