/* SPDX-License-Identifier: ISC */
/*
 * path.c - TCP over a simulated path: goodput beside CUBIC's model, and fairness
 *
 *	path --rate MBIT --delay MS --loss PPM --queue FRAMES --flows N --seconds N --seed N
 *
 * The delay is each way's.  Nothing of it depends on the machine.
 *
 * Neighbours: test/unit/path.h (the path), part_path.py (what they are held to).
 */
#include "../test/unit/path.h"

#include <math.h>
#include <stdio.h>

#include "bench.h"

/*
 * RFC 9438 5.1, figure 5: the average window of CUBIC where each segment is lost with
 * probability p, in segments: (C (3 + b) / (4 (1 - b)))^(1/4) RTT^(3/4) / p^(3/4), with C = 0.4
 * and b = 0.7; times the payload of a segment, by the round trip: bit/s, but not more than what
 * the path carries.
 */
static double model(const struct path_conf *c)
{
	const double mss = 1448, frame = 1514, rtt = 2e-9 * (double)c->delay;
	double segments = pow(0.4 * 3.7 / (4 * 0.3), 0.25) * pow(rtt / (c->loss / 1e9), 0.75);
	double rate = segments * mss * 8 / rtt, line = (double)c->rate * mss / frame;

	return rate < line ? rate : line;
}

int main(int argc, char **argv)
{
	static struct path p;
	struct path_conf c = { .rate = 1000000000, .delay = 50 * NOD_MS, .queue = 1000, .flows = 1,
		.warm = 20 * NOD_S, .span = 60 * NOD_S, .seed = 1 };
	uint32_t retransmitted = 0, timeouts = 0;
	const char *wrong;

	for (int i = 1; i < argc; i += 2) {
		const char *name = argv[i], *value = argv[i + 1];

		if (!value)
			bench_die(0, "%s: a value is missing", name);
		if (strcmp(name, "--rate") == 0)
			c.rate = (uint64_t)bench_number(name, value, 100000) * 1000000;
		else if (strcmp(name, "--delay") == 0)
			c.delay = bench_number(name, value, 10000) * NOD_MS;
		else if (strcmp(name, "--loss") == 0)
			c.loss = (uint32_t)bench_number(name, value, 1000000) * 1000;
		else if (strcmp(name, "--queue") == 0)
			c.queue = (uint32_t)bench_number(name, value, 1000000);
		else if (strcmp(name, "--flows") == 0)
			c.flows = (unsigned)bench_number(name, value, PATH_FLOWS);
		else if (strcmp(name, "--seconds") == 0)
			c.span = bench_number(name, value, 100000) * NOD_S;
		else if (strcmp(name, "--seed") == 0)
			c.seed = (uint64_t)bench_number(name, value, INT32_MAX);
		else
			bench_die(0, "no option \"%s\"", name);
	}
	wrong = path_run(&p, &c);
	if (wrong)
		bench_die(0, "%s", wrong);
	for (unsigned k = 0; k < c.flows; k++) {
		retransmitted += p.flow[k].info.retransmitted;
		timeouts += p.flow[k].info.timeouts;
	}
	printf("{\"bit_per_s\": %.0f, \"fairness\": %.4f, \"retransmitted\": %u, \"timeouts\": %u",
		path_goodput_of_all(&p), path_fairness(&p), retransmitted, timeouts);
	if (c.loss)
		printf(", \"model_bit_per_s\": %.0f", model(&c));
	puts("}");
	path_end(&p);
	return 0;
}
