/* SPDX-License-Identifier: ISC */
/* test_wheel.c - timers against a plain list of them */
#include "tap.h"

#include <stdlib.h>

#include "base/table.h"
#include "base/wheel.h"
#include "chance.h"

#define MS INT64_C(1000000)
#define S  INT64_C(1000000000)

enum { MANY = 400, STEPS = 20000 };

struct item {
	struct timer timer;
	int64_t at;
	bool is_set;
	unsigned fired;
	int64_t fired_at;
};

static struct wheel wheel;
static unsigned order[MANY], n_order;
static struct item item[MANY];

static void fire(struct timer *t, int64_t now)
{
	struct item *i = container_of(t, struct item, timer);

	i->fired++;
	i->fired_at = now;
	i->is_set = false;
	if (n_order < MANY)
		order[n_order++] = (unsigned)(i - item);
}

static void fresh(int64_t now)
{
	wheel_init(&wheel, now);
	for (unsigned k = 0; k < MANY; k++)
		item[k] = (struct item){ .timer.fire = fire };
	n_order = 0;
}

static void set(unsigned k, int64_t at)
{
	item[k].at = at;
	item[k].is_set = true;
	timer_set(&wheel, &item[k].timer, at);
}

/* A span of any size there is, small ones as often as large ones. */
static int64_t any_span(void)
{
	return (int64_t)(chance64() >> (8 + chance(52)));
}

static void against_a_list(void)
{
	int64_t now = any_span() / 4;
	bool is_early = false, is_late = false, is_wrong_deadline = false, is_lost = false;

	fresh(now);
	for (unsigned step = 0; step < STEPS; step++) {
		unsigned k = chance(MANY);
		int64_t first = INT64_MAX, next;

		if (chance(3))
			set(k, now + any_span() / 256);
		else {
			timer_stop(&wheel, &item[k].timer);
			item[k].is_set = false;
		}
		for (unsigned j = 0; j < MANY; j++)
			if (item[j].is_set && item[j].at < first)
				first = item[j].at;
		next = wheel_next(&wheel);
		/* may be early, but never later than the tick after the first */
		if (first == INT64_MAX ? next != WHEEL_NEVER : next > first + WHEEL_TICK)
			is_wrong_deadline = true;
		now += any_span() / 65536;
		for (unsigned j = 0; j < MANY; j++)
			item[j].fired = 0;
		wheel_run(&wheel, now);
		for (unsigned j = 0; j < MANY; j++) {
			if (item[j].fired && item[j].at > now)
				is_early = true;
			if (item[j].is_set && item[j].at + WHEEL_TICK <= now)
				is_late = true;
			if (item[j].is_set != timer_is_set(&item[j].timer))
				is_lost = true;
		}
	}
	tap(!is_early, "no timer fires early");
	tap(!is_late, "no timer is late by a tick");
	tap(!is_lost, "each timer that is set is in the wheel, and no other");
	tap(!is_wrong_deadline, "the deadline is not behind the first timer's tick");
}

static void in_order(void)
{
	bool is_right = true;

	fresh(0);
	for (unsigned k = 0; k < 50; k++)
		set(k, 10 * S + (int64_t)(k % 5) * 100 * MS);
	wheel_run(&wheel, 20 * S);
	for (unsigned k = 0; k + 1 < n_order; k++) {
		const struct item *a = &item[order[k]], *b = &item[order[k + 1]];

		if (a->at > b->at || (a->at == b->at && order[k] > order[k + 1]))
			is_right = false;
	}
	tap(n_order == 50 && is_right, "by time, and of one time as they were set");
}

static void jumps(void)
{
	static const struct {
		const char *name;
		int64_t span;
	} jump[] = {
		{ "2^31 ms (H76)", (INT64_C(1) << 31) * MS },
		{ "2^32 ms (H76)", (INT64_C(1) << 32) * MS },
		{ "a hundred years", INT64_C(100) * 365 * 86400 * S },
	};

	for (unsigned k = 0; k < sizeof(jump) / sizeof(jump[0]); k++) {
		fresh(5 * S);
		set(0, 5 * S + jump[k].span);
		set(1, 6 * S);
		wheel_run(&wheel, 5 * S + jump[k].span - S);
		tap(item[1].fired == 1 && !item[0].fired, "jump of %s: what is due and no more",
			jump[k].name);
		wheel_run(&wheel, 5 * S + jump[k].span + MS);
		tap(item[0].fired == 1, "jump of %s: fired after it", jump[k].name);
	}
	fresh(5 * S);
	set(0, 6 * S);
	wheel_run(&wheel, 1 * S);
	tap(!item[0].fired, "a clock that goes back stands still");
	wheel_run(&wheel, 7 * S);
	tap(item[0].fired == 1, "and goes on when it comes forward again");
}

static struct timer again_timer;
static unsigned again_count;

static void again(struct timer *t, int64_t now)
{
	again_count++;
	if (again_count < 5)
		timer_set(&wheel, t, again_count < 3 ? now - S : now + S);
}

static struct timer killer_timer;

static void kill(struct timer *t, int64_t now)
{
	(void)t;
	(void)now;
	for (unsigned k = 0; k < 10; k++)
		timer_stop(&wheel, &item[k].timer);
}

static void within(void)
{
	fresh(0);
	again_timer = (struct timer){ .fire = again };
	timer_set(&wheel, &again_timer, S);
	wheel_run(&wheel, S + WHEEL_TICK);
	tap(again_count == 3, "set for the past within a run, it fires within the run");
	wheel_run(&wheel, 3 * S);
	tap(again_count == 4, "set for later, it waits");

	fresh(0);
	killer_timer = (struct timer){ .fire = kill };
	timer_set(&wheel, &killer_timer, S);
	for (unsigned k = 0; k < 10; k++)
		set(k, S);
	wheel_run(&wheel, 2 * S);
	tap(n_order == 0 && wheel.count == 0, "stopped by one that fires before them");
	tap(wheel_next(&wheel) == WHEEL_NEVER, "an empty wheel never has to be run");
	timer_stop(&wheel, &item[0].timer);
	tap(wheel.count == 0, "stopping what is not set is nothing");
}

int main(void)
{
	chance_begin();
	against_a_list();
	in_order();
	jumps();
	within();
	return tap_done();
}
