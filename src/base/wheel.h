/* SPDX-License-Identifier: ISC */
/*
 * wheel.h - timers in a hierarchical timing wheel
 *
 * Varghese and Lauck, "Hashed and Hierarchical Timing Wheels" (1987), scheme 7: setting,
 * stopping and firing cost O(1) whatever the number of timers.  A timer never fires early; it
 * fires late by less than one tick (WHEEL_TICK) plus what the caller is late.  Timers due in one
 * run fire in the order of their times' ticks, and within a tick in the order in which they
 * were set, so that a run can be repeated to the octet.
 *
 * The clock may jump by any amount forward; a clock that goes back is taken as standing still.
 */
#ifndef NOD_BASE_WHEEL_H
#define NOD_BASE_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

#define WHEEL_TICK_SHIFT 16 /* 2^16 ns = 65.5 us */
#define WHEEL_TICK	 (INT64_C(1) << WHEEL_TICK_SHIFT)
#define WHEEL_BITS	 6 /* 64 slots a level */
#define WHEEL_LEVELS	 8 /* 2^(16 + 48) ns: all there is */
#define WHEEL_NEVER	 INT64_MAX

/* Part of what it belongs to; all zero is a timer that is not set. */
struct timer {
	struct timer *next, **prev; /* prev NULL = not set */
	int64_t at;		    /* ns */
	uint8_t level, slot;	    /* the wheel's business */
	void (*fire)(struct timer *t, int64_t now);
};

struct wheel_slot {
	struct timer *first, **last;
};

struct wheel {
	int64_t now;   /* ns, as of the last wheel_run() */
	uint64_t tick; /* the next that has not been run */
	uint64_t first; /* no slot that holds something begins before this one */
	uint64_t busy[WHEEL_LEVELS]; /* which slots hold timers */
	struct wheel_slot slot[WHEEL_LEVELS][1 << WHEEL_BITS];
	uint32_t count;
};

void wheel_init(struct wheel *w, int64_t now);

/* Fire @t at @at (ns; what lies in the past fires in the next run).  Set again, it moves. */
void timer_set(struct wheel *w, struct timer *t, int64_t at);
void timer_stop(struct wheel *w, struct timer *t); /* not set: nothing happens */
static inline bool timer_is_set(const struct timer *t)
{
	return t->prev;
}

/*
 * When to call wheel_run() again: not later than the first timer, and perhaps a little earlier,
 * when the wheel has to turn; WHEEL_NEVER without timers.
 */
int64_t wheel_next(const struct wheel *w);

/*
 * Fire all that are due at @now.  A timer may set or stop any timer, itself too; one that is
 * set for the past while the wheel runs fires within the run.
 */
void wheel_run(struct wheel *w, int64_t now);

#endif
