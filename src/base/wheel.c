/* SPDX-License-Identifier: ISC */
/*
 * wheel.c - timers in a hierarchical timing wheel
 *
 * Level 0 has a slot for each of the next 64 ticks, level 1 for each of the next 64 times 64
 * ticks, and so on.  When the lower level has turned once, the next slot of the level above is
 * emptied into it.  A bit for each slot that holds something finds the next without looking at
 * the empty ones, so that a jump over hours costs no more than one over a tick.
 *
 * Neighbours: wheel.h.
 */
#include "wheel.h"

#include <stddef.h>
#include <string.h>

enum { SLOTS = 1 << WHEEL_BITS, SLOT_MASK = SLOTS - 1 };

void wheel_init(struct wheel *w, int64_t now)
{
	memset(w, 0, sizeof(*w));
	w->now = now;
	w->tick = (uint64_t)now >> WHEEL_TICK_SHIFT;
	w->first = UINT64_MAX;
	for (int l = 0; l < WHEEL_LEVELS; l++)
		for (int i = 0; i < SLOTS; i++)
			w->slot[l][i].last = &w->slot[l][i].first;
}

/* The first tick at whose beginning @at has come. */
static uint64_t tick_of(int64_t at)
{
	return at <= 0 ? 0 : ((uint64_t)at + WHEEL_TICK - 1) >> WHEEL_TICK_SHIFT;
}

static void append(struct wheel *w, struct timer *t, unsigned level, unsigned slot)
{
	struct wheel_slot *s = &w->slot[level][slot];

	t->level = (uint8_t)level;
	t->slot = (uint8_t)slot;
	t->next = NULL;
	t->prev = s->last;
	*s->last = t;
	s->last = &t->next;
	w->busy[level] |= UINT64_C(1) << slot;
}

static void unlink_timer(struct wheel *w, struct timer *t)
{
	struct wheel_slot *s = &w->slot[t->level][t->slot];

	*t->prev = t->next;
	if (t->next)
		t->next->prev = t->prev;
	else
		s->last = t->prev;
	if (!s->first)
		w->busy[t->level] &= ~(UINT64_C(1) << t->slot);
	t->prev = NULL;
	t->next = NULL;
}

/* Into the level that tells its tick from the present one. */
static void place(struct wheel *w, struct timer *t)
{
	uint64_t tick = tick_of(t->at);
	unsigned level = 0;

	if (tick < w->tick)
		tick = w->tick;
	while (level < WHEEL_LEVELS - 1 &&
		tick >> (WHEEL_BITS * (level + 1)) != w->tick >> (WHEEL_BITS * (level + 1)))
		level++;
	append(w, t, level, (unsigned)(tick >> (WHEEL_BITS * level)) & SLOT_MASK);
	tick = tick >> (WHEEL_BITS * level) << (WHEEL_BITS * level);
	if (tick < w->first)
		w->first = tick;
}

void timer_set(struct wheel *w, struct timer *t, int64_t at)
{
	if (t->prev)
		unlink_timer(w, t);
	else
		w->count++;
	t->at = at;
	place(w, t);
}

void timer_stop(struct wheel *w, struct timer *t)
{
	if (!t->prev)
		return;
	unlink_timer(w, t);
	w->count--;
}

/* The tick at which the first busy slot of @level begins; false: none. */
static bool first_of(const struct wheel *w, unsigned level, uint64_t *tick)
{
	unsigned shift = WHEEL_BITS * level;
	unsigned here = (unsigned)(w->tick >> shift) & SLOT_MASK;
	/* all that is in a level lies in its present turn, at or behind the present slot */
	uint64_t busy = w->busy[level] >> here << here;

	if (!busy)
		return false;
	uint64_t turn = (w->tick >> shift) & ~(uint64_t)SLOT_MASK;
	*tick = (turn | (unsigned)__builtin_ctzll(busy)) << shift;
	return true;
}

/* The level and tick of what comes first. */
static int next_level(const struct wheel *w, uint64_t *tick)
{
	for (unsigned l = 0; l < WHEEL_LEVELS; l++)
		if (first_of(w, l, tick)) /* a lower level's come before a higher one's */
			return (int)l;
	return -1;
}

int64_t wheel_next(const struct wheel *w)
{
	uint64_t tick;

	if (!w->count || next_level(w, &tick) < 0)
		return WHEEL_NEVER;
	if (tick < w->tick)
		tick = w->tick;
	return (int64_t)(tick << WHEEL_TICK_SHIFT);
}

/* A slot of a higher level begins: its timers go where they can be told apart. */
static void spread(struct wheel *w, unsigned level)
{
	unsigned slot = (unsigned)(w->tick >> (WHEEL_BITS * level)) & SLOT_MASK;
	struct wheel_slot *s = &w->slot[level][slot];
	struct timer *t = s->first;

	s->first = NULL;
	s->last = &s->first;
	w->busy[level] &= ~(UINT64_C(1) << slot);
	while (t) {
		struct timer *next = t->next;

		place(w, t);
		t = next;
	}
}

void wheel_run(struct wheel *w, int64_t now)
{
	if (now > w->now)
		w->now = now;

	uint64_t last = (uint64_t)w->now >> WHEEL_TICK_SHIFT;
	uint64_t tick;
	int level;

	if (last < w->first) {
		if (last > w->tick)
			w->tick = last;
		return;
	}
	while ((level = next_level(w, &tick)) >= 0 && tick <= last) {
		if (tick > w->tick)
			w->tick = tick;
		if (level > 0) {
			spread(w, (unsigned)level);
			continue;
		}

		struct timer *t = w->slot[0][w->tick & SLOT_MASK].first;

		unlink_timer(w, t);
		w->count--;
		t->fire(t, w->now);
	}
	w->first = level < 0 ? UINT64_MAX : tick;
	if (last > w->tick)
		w->tick = last;
}
