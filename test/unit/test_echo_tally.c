/* SPDX-License-Identifier: ISC */
/* test_echo_tally.c - answers counted: order, duplicates, times, and numbers that wrap */
#include "tap.h"

#include "network/echo_tally.h"

static bool near(double a, double b)
{
	return a - b < 1e-6 && b - a < 1e-6;
}

static void test_times(void)
{
	struct echo_tally t;

	echo_tally_init(&t);
	tap(echo_tally_loss(&t) == 0 && echo_tally_deviation(&t) == 0,
		"nothing sent, nothing lost");
	tap(!echo_tally_is_open(&t), "nothing sent, nothing open");
	tap(!echo_tally_reply(&t, 1, 5, 0, true).is_known && t.received == 0,
		"an answer to what was never asked is not counted");
	tap(!echo_tally_error(&t, 1) && t.errors == 0, "nor is such an error");

	static const nod_ns rtt[] = { 2000, 4000, 4000, 4000, 5000, 5000, 7000, 9000 };
	for (unsigned i = 0; i < 8; i++) {
		uint16_t seq = echo_tally_next(&t);

		echo_tally_sent(&t, 1000000 * i);
		struct echo_verdict v = echo_tally_reply(&t, seq, 1000000 * i + rtt[i], 0, true);
		if (seq != i + 1 || v.rtt != rtt[i] || v.is_duplicate || v.is_disordered)
			tap(false, "request %u", i + 1);
	}
	tap(t.min == 2000 && t.max == 9000 && near(t.mean, 5000) && t.latest == 9000,
		"least, mean and greatest");
	tap(near(echo_tally_deviation(&t), 2000), "deviation: the textbook's eight numbers");
	tap(t.first == 0 && t.last == 7000000 && t.settled == 8, "first, last, all settled");

	echo_tally_sent(&t, 100);
	struct echo_verdict v = echo_tally_reply(&t, 9, 1100, 300, true);
	tap(v.rtt == 700, "what it waited in the kernel is no part of the way");
	echo_tally_sent(&t, 100);
	v = echo_tally_reply(&t, 10, 1100, 5000, true);
	tap(v.rtt == 1000, "a kernel clock that was set is not believed");
	echo_tally_sent(&t, 100);
	v = echo_tally_reply(&t, 11, 1100, -5000, true);
	tap(v.rtt == 1000, "in neither direction");
	echo_tally_free(&t);
}

static void test_order(void)
{
	struct echo_tally t;
	struct echo_verdict v;

	echo_tally_init(&t);
	for (unsigned i = 0; i < 5; i++)
		echo_tally_sent(&t, i);
	tap(echo_tally_is_open(&t), "the newest is open");
	v = echo_tally_reply(&t, 2, 10, 0, true);
	tap(!v.is_disordered, "a first answer is in order, whichever it is");
	v = echo_tally_reply(&t, 1, 10, 0, true);
	tap(v.is_disordered && t.disordered == 1, "the one before it is late");
	v = echo_tally_reply(&t, 2, 11, 0, true);
	tap(v.is_duplicate && !v.is_disordered && t.duplicates == 1 && t.received == 2,
		"twice the same is a duplicate");
	v = echo_tally_reply(&t, 3, 11, 0, false);
	tap(v.is_known && t.corrupted == 1 && t.received == 2 && t.settled == 2,
		"a corrupt one answers nothing");
	v = echo_tally_reply(&t, 3, 12, 0, true);
	tap(!v.is_duplicate && t.received == 3, "so the good one after it is the first");
	tap(echo_tally_error(&t, 4) && t.errors == 1 && t.settled == 4, "an error settles");
	echo_tally_error(&t, 4);
	tap(t.errors == 2 && t.settled == 4, "... once");
	v = echo_tally_reply(&t, 4, 13, 0, true);
	tap(!v.is_duplicate && t.received == 4 && t.settled == 4,
		"an answer after an error counts");
	tap(near(echo_tally_loss(&t), 20), "one of five is lost");
	echo_tally_free(&t);
}

static void test_wrap(void)
{
	struct echo_tally t;
	bool in_order = true;

	echo_tally_init(&t);
	for (uint32_t i = 1; i <= 200000; i++) {
		uint16_t seq = echo_tally_next(&t);

		echo_tally_sent(&t, i);
		struct echo_verdict v = echo_tally_reply(&t, seq, i + 5, 0, true);
		in_order &= seq == (uint16_t)i && v.is_known && !v.is_duplicate &&
			!v.is_disordered && v.rtt == 5;
	}
	tap(in_order && t.received == 200000, "numbers wrap three times and nothing is mistaken");
	tap(echo_tally_reply(&t, (uint16_t)200000, 200009, 0, true).is_duplicate,
		"a duplicate after wrapping");
	echo_tally_free(&t);
}

int main(void)
{
	test_times();
	test_order();
	test_wrap();
	return tap_done();
}
