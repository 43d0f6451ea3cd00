/* SPDX-License-Identifier: ISC */
/*
 * test_tcp_path.c - how fast and how fair TCP is over simulated paths, the small form
 *
 * `make bench BENCH=path` has the figures; here are fixed seeds and bounds below them.
 */
#include "path.h"

#include "tap.h"

/*
 * RFC 9438 5.1 with C = 0.4, b = 0.7: 1.054 RTT^(3/4) / p^(3/4) segments a round trip; with 100 ms
 * and one of 10,000 lost, 187 of 1,448 octets.
 */
static const double cubic_model = 187.4 * 1448 * 8 / 0.1; /* bit/s */

static void long_and_lossy(void)
{
	static struct path p;
	double sum = 0;
	const char *wrong = NULL;
	enum { SEEDS = 2 };

	for (unsigned seed = 1; seed <= SEEDS && !wrong; seed++) {
		const struct path_conf c = { .rate = 1000000000, .delay = 50 * NOD_MS,
			.loss = 100000, .queue = 1000, .flows = 1, .warm = 30 * NOD_S,
			.span = 30 * NOD_S, .seed = seed };

		wrong = path_run(&p, &c);
		sum += path_goodput_of_all(&p);
		path_end(&p);
	}
	tap(!wrong && sum / SEEDS >= 0.9 * cubic_model,
		"1 Gbit/s, 100 ms, 0.01 %% loss: %.1f Mbit/s, RFC 9438's model has %.1f%s%s",
		sum / SEEDS / 1e6, cubic_model / 1e6, wrong ? ": " : "", wrong ? wrong : "");
}

static void shared(void)
{
	static struct path p;
	const struct path_conf c = { .rate = 100000000, .delay = 10 * NOD_MS, .queue = 165,
		.flows = 8, .warm = 20 * NOD_S, .span = 20 * NOD_S, .seed = 1 };
	const char *wrong = path_run(&p, &c);

	tap(!wrong && path_goodput_of_all(&p) >= 0.93e8 && path_fairness(&p) >= 0.95,
		"8 flows share 100 Mbit/s: %.1f Mbit/s in all, Jain's index %.3f%s%s",
		path_goodput_of_all(&p) / 1e6, path_fairness(&p), wrong ? ": " : "",
		wrong ? wrong : "");
	path_end(&p);
}

static void again(void)
{
	static struct path p;
	const struct path_conf c = { .rate = 10000000, .delay = 10 * NOD_MS, .loss = 10000000,
		.queue = 50, .flows = 2, .warm = NOD_S, .span = 2 * NOD_S, .seed = 7 };
	const char *wrong = path_run(&p, &c);
	uint64_t first = p.flow[0].received, second = p.flow[1].received;

	path_end(&p);
	if (!wrong)
		wrong = path_run(&p, &c);
	tap(!wrong && first && p.flow[0].received == first && p.flow[1].received == second,
		"the same seed gives the same octets%s%s", wrong ? ": " : "", wrong ? wrong : "");
	path_end(&p);
}

int main(void)
{
	long_and_lossy();
	shared();
	again();
	return tap_done();
}
