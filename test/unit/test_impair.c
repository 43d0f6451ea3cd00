/* SPDX-License-Identifier: ISC */
/*
 * test_impair.c - a wire that is broken on purpose: each fault by itself, how often it strikes, in
 * which order frames come out, and whose the packets are
 *
 * What one seed says, rules and comments: test_impair_rule.c.
 */
#include "rig.h"

#include <errno.h>

/* ---- one fault at a time ------------------------------------------------------------------- */

static void test_nothing(void)
{
	struct impair_conf conf = { .seed = 1 };

	build(&conf);
	tap(!impair_is_any(&conf) && rig.a->ops == rig.b->ops && count(NOD_EV_FAULT_LOSS) == 0,
		"with no fault there is no device");
	take_down();
}

static void test_loss(void)
{
	struct impair_conf conf = { .seed = 1, .way[0].loss = IMPAIR_ALWAYS / 10 };

	build(&conf);
	send_each(20000, 0, FRAME);
	/* 2,000 expected, standard deviation 42: five of them */
	tap(is_between(count(NOD_EV_FAULT_LOSS), 1790, 2210) &&
			rig.n == 20000 - count(NOD_EV_FAULT_LOSS) &&
			told[NOD_EV_FAULT_LOSS] == count(NOD_EV_FAULT_LOSS),
		"loss: one of ten, and each is told");
	tap(take_down(), "loss: all packets are given back");
	conf.way[0].loss = IMPAIR_ALWAYS;
	build(&conf);
	send_each(1000, 0, FRAME);
	tap(rig.n == 0 && count(NOD_EV_FAULT_LOSS) == 1000, "loss: always is all");
	take_down();
}

static void test_burst(void)
{
	/* bad 1/11 of the time, ten frames long on the average */
	struct impair_conf conf = { .seed = 2,
		.way[0].burst_begin = IMPAIR_ALWAYS / 100,
		.way[0].burst_end = IMPAIR_ALWAYS / 10 };
	uint32_t runs = 0, expected = 0;

	build(&conf);
	send_each(30000, 0, FRAME);
	for (uint32_t i = 0; i < rig.n; i++) {
		runs += rig.number[i] != expected;
		expected = rig.number[i] + 1;
	}
	tap(is_between(count(NOD_EV_FAULT_BURST), 2100, 3400), "burst: a long-time share of 1/11");
	tap(is_between(count(NOD_EV_FAULT_BURST) / (runs ? runs : 1), 8, 12),
		"burst: ten frames at a time");
	take_down();
	conf.way[0].burst_loss = IMPAIR_ALWAYS / 2;
	conf.way[0].burst_good_loss = IMPAIR_ALWAYS / 100;
	build(&conf);
	send_each(30000, 0, FRAME);
	tap(is_between(count(NOD_EV_FAULT_BURST), 1300, 1950),
		"burst: each state has a chance of its own");
	tap(take_down(), "burst: all packets are given back");
}

static void test_delay(void)
{
	static const struct {
		const char *name;
		enum impair_distribution distribution;
		nod_ns least, most, mean_least, mean_most;
	} rows[] = {
		{ "uniform", IMPAIR_UNIFORM, 35 * NOD_MS, 45 * NOD_MS, 39900 * NOD_US,
			40100 * NOD_US },
		{ "normal", IMPAIR_NORMAL, 10 * NOD_MS, 70 * NOD_MS, 39800 * NOD_US,
			40200 * NOD_US },
		{ "pareto", IMPAIR_PARETO, 40 * NOD_MS, 2 * NOD_S, 44500 * NOD_US,
			45500 * NOD_US },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct impair_conf conf = { .seed = 3,
			.way[0] = { .delay = 40 * NOD_MS,
				.jitter = 5 * NOD_MS,
				.distribution = rows[i].distribution,
				.may_overtake = true } };
		nod_ns least = INT64_MAX, most = 0, sum = 0;
		uint32_t overtaken = 0;

		build(&conf);
		send_each(20000, NOD_MS, FRAME);
		run_to(rig.now + 10 * NOD_S);
		for (uint32_t k = 0; k < rig.n; k++) {
			nod_ns took = rig.at[k] - rig.number[k] * NOD_MS;

			least = took < least ? took : least;
			most = took > most ? took : most;
			sum += took;
			overtaken += k && rig.number[k] < rig.number[k - 1];
		}
		tap(rig.n == 20000 && least >= rows[i].least && most <= rows[i].most,
			"delay: %s: within its bounds", rows[i].name);
		tap(sum / rig.n >= rows[i].mean_least && sum / rig.n <= rows[i].mean_most,
			"delay: %s: its mean", rows[i].name);
		tap(overtaken > 1000 && told[NOD_EV_FAULT_DELAY] == 20000,
			"delay: %s: some overtake, each is told", rows[i].name);
		tap(take_down(), "delay: %s: all packets are given back", rows[i].name);
	}
}

static void test_delay_in_order(void)
{
	struct impair_conf conf = {
		.seed = 3, .way[0] = { .delay = 40 * NOD_MS, .jitter = 5 * NOD_MS } };
	struct pkt *p, *none[1];
	bool is_in_order = true;

	build(&conf);
	send_each(5000, NOD_MS, FRAME);
	run_to(rig.now + NOD_S);
	for (uint32_t k = 0; k < rig.n; k++)
		is_in_order &= rig.number[k] == k;
	tap(rig.n == 5000 && is_in_order, "delay: jitter alone changes no order");
	take_down();

	conf.way[0].jitter = 0;
	build(&conf);
	p = numbered(0, FRAME);
	device_send(rig.a, &p, 1, 7);
	tap(device_deadline(rig.a) == 7 + 40 * NOD_MS, "delay: the deadline is exact");
	rig.now = 6 + 40 * NOD_MS;
	device_recv(rig.a, none, 0, rig.now);
	look();
	tap(rig.n == 0, "delay: not a nanosecond too early");
	rig.now++;
	device_recv(rig.a, none, 0, rig.now);
	look();
	tap(rig.n == 1 && device_deadline(rig.a) == INT64_MAX, "delay: nor too late");
	p = numbered(1, FRAME);
	device_send(rig.a, &p, 1, rig.now);
	tap(take_down(), "delay: what is still on its way is freed");
}

static void test_reorder(void)
{
	struct impair_conf conf = { .seed = 4, .way[0].reorder = IMPAIR_ALWAYS / 100 };
	uint32_t late = 0, most = 0;

	build(&conf);
	send_each(20000, 0, FRAME);
	run_to(rig.now + NOD_S);
	for (uint32_t k = 0, high = 0; k < rig.n; k++) {
		if (k && rig.number[k] < high)
			late++;
		if (rig.number[k] > high)
			high = rig.number[k];
		else if (k && high - rig.number[k] > most)
			most = high - rig.number[k];
	}
	tap(rig.n == 20000 && is_between(late, 140, 260) &&
			count(NOD_EV_FAULT_REORDER) == late,
		"reorder: one of a hundred is overtaken, none is lost");
	tap(is_between(most, 3, 6), "reorder: by three (more where they come close together)");
	take_down();

	conf.way[0] = (struct impair_faults){ .reorder = IMPAIR_ALWAYS, .reorder_gap = 5 };
	build(&conf);
	send_each(1, 0, FRAME);
	tap(rig.n == 0 && device_deadline(rig.a) == 100 * NOD_MS,
		"reorder: when nobody overtakes it");
	run_to(NOD_S);
	tap(rig.n == 1 && rig.at[0] == 100 * NOD_MS, "reorder: it goes after a while");
	send_each(500, 0, FRAME);
	tap(rig.n > 400, "reorder: only so many stand aside at a time");
	tap(take_down(), "reorder: all packets are given back");
}

static void test_duplicate(void)
{
	struct impair_conf conf = { .seed = 5, .way[0].duplicate = IMPAIR_ALWAYS / 20 };
	uint32_t twice = 0;

	build(&conf);
	send_each(10000, 0, FRAME);
	for (uint32_t k = 1; k < rig.n; k++)
		twice += rig.number[k] == rig.number[k - 1];
	tap(is_between(twice, 390, 610) && twice == count(NOD_EV_FAULT_DUPLICATE) &&
			rig.n == 10000 + twice,
		"duplicate: one of twenty, right behind the first");
	tap(take_down(), "duplicate: all packets are given back");
}

static void test_corrupt(void)
{
	struct impair_conf conf = {
		.seed = 6, .way[0] = { .corrupt = IMPAIR_ALWAYS / 4, .corrupt_bits = 1 } };
	struct pkt *p, *got[1];
	uint32_t hurt = 0;
	bool is_right = true;

	build(&conf);
	for (uint32_t i = 0; i < 4000; i++) {
		unsigned wrong;

		p = numbered(i, FRAME);
		device_send(rig.a, &p, 1, 0);
		device_recv(rig.b, got, 1, 0);
		wrong = bits_wrong(got[0], i);
		is_right &= wrong <= 1;
		hurt += wrong;
		pkt_free(got[0]);
	}
	tap(is_right && is_between(hurt, 860, 1140) && hurt == count(NOD_EV_FAULT_CORRUPT),
		"corrupt: one bit of one in four");
	tap(take_down(), "corrupt: all packets are given back");
}

/* The sender keeps his slices, and a checksum that was put off is not computed over the damage. */
static void test_ownership(void)
{
	struct impair_conf conf = {
		.seed = 7, .way[0] = { .corrupt = IMPAIR_ALWAYS, .corrupt_bits = 64 } };
	struct pkt *p, *got[1];
	struct block *block;
	uint32_t clean = 0, valid = 0;

	build_on(&conf, &(struct wire_conf){ .can = DEVICE_SUMS | DEVICE_TRUSTED });
	block = block_new(rig.pool, 1000);
	memset(block->data, 0, 1000);
	for (unsigned round = 0; round < 50; round++) {
		p = numbered(0, 42);
		pkt_add_slice(p, block_ref(block), 0, 1000);
		p->l3 = p->data + 14;
		p->l4 = p->data + 34;
		p->sum = PKT_SUM_TO_FILL;
		p->sum_offset = 6;
		device_send(rig.a, &p, 1, 0);
		device_recv(rig.b, got, 1, 0);
		valid += (uint16_t)(got[0]->data[40] << 8 | got[0]->data[41]) == 0xffff;
		for (unsigned i = 0; i < 1000; i++)
			clean += block->data[i] == 0;
		pkt_free(got[0]);
	}
	tap(clean == 50 * 1000 && block->refs == 1, "corrupt: what is shared is not touched");
	/* two octets of 1,042 may be hit themselves: 12 % of the frames */
	tap(valid >= 25, "corrupt: the checksum is that of the octets before");
	block_unref(block);
	tap(take_down(), "corrupt: blocks that were copied are given back");

	/* what the wire has vouched for is so no more */
	conf = (struct impair_conf){ .seed = 7, .way[1].corrupt = IMPAIR_ALWAYS };
	build_on(&conf, &(struct wire_conf){ .can = DEVICE_SUMS | DEVICE_TRUSTED });
	tap(!(rig.a->can & DEVICE_TRUSTED) && rig.a->can & DEVICE_SUMS,
		"corrupt: nobody need trust this device");
	p = numbered(0, FRAME);
	p->sum = PKT_SUM_FILLED;
	device_send(rig.b, &p, 1, 0);
	tap(device_recv(rig.a, got, 1, 0) == 1 && got[0]->sum == PKT_SUM_UNKNOWN,
		"corrupt: a damaged frame is to be verified");
	pkt_free(got[0]);
	take_down();
}

static void test_truncate(void)
{
	struct impair_conf conf = { .seed = 8, .way[0].truncate = IMPAIR_ALWAYS / 2 };
	uint32_t cut = 0;
	bool is_right = true;

	build(&conf);
	send_each(4000, 0, FRAME);
	for (uint32_t k = 0; k < rig.n; k++) {
		cut += rig.len[k] < FRAME;
		is_right &= rig.len[k] >= 14;
	}
	tap(is_right && is_between(cut, 1840, 2160) && cut == count(NOD_EV_FAULT_TRUNCATE),
		"truncate: half of them, to 14 octets at least");
	tap(take_down(), "truncate: all packets are given back");
}

static void test_mtu(void)
{
	struct impair_conf conf = { .seed = 9, .way[0].mtu = 1400 };
	struct pkt *tagged;

	build(&conf);
	send_each(1, 0, 1414);
	send_each(1, 0, 1415);
	tagged = numbered(2, 1418);
	tagged->data[12] = 0x81;
	device_send(rig.a, &tagged, 1, 0);
	look();
	tap(rig.n == 2 && rig.number[1] == 2 && count(NOD_EV_FAULT_MTU) == 1,
		"mtu: longer ones are lost; a tag is no payload");
	take_down();
}

static void test_blackout(void)
{
	struct impair_conf conf = { .seed = 10,
		.way[0] = { .n_blackouts = 2,
			.blackout = { { .from = 2 * NOD_S, .to = 3 * NOD_S },
				{ .from = 5 * NOD_S, .to = 6 * NOD_S, .every = 10 * NOD_S } } } };
	char seen[31] = "";

	build(&conf);
	send_each(30, NOD_S, FRAME);
	memset(seen, '.', 30);
	for (uint32_t k = 0; k < rig.n; k++)
		seen[rig.number[k]] = 'x';
	tap(!strcmp(seen, "xx.xx.xxxxxxxxx.xxxxxxxxx.xxxx") && count(NOD_EV_FAULT_BLACKOUT) == 4,
		"blackout: its windows, to the second, and again");
	take_down();
}

/* ---- a slow link ----------------------------------------------------------------------------- */

static void test_rate(void)
{
	/* 1,000 octets at 8 Mbit/s take 1 ms */
	struct impair_conf conf = { .seed = 11, .way[0] = { .rate = 8000000, .queue_frames = 10 } };
	bool is_right = true;

	build(&conf);
	send_each(20, 0, 1000);
	/* one is on the link, ten wait */
	tap(count(NOD_EV_FAULT_QUEUE) == 9, "rate: the queue is bounded, and the newest loses");
	run_to(NOD_S);
	for (uint32_t k = 0; k < rig.n; k++)
		is_right &= rig.number[k] == k && rig.at[k] == (k + 1) * NOD_MS;
	tap(is_right && rig.n == 11, "rate: each leaves when its last bit is out");
	send_each(1, 0, 1000);
	run_to(2 * NOD_S);
	tap(rig.at[11] == NOD_S + NOD_MS, "rate: an idle link begins at once");
	take_down();

	conf.way[0] = (struct impair_faults){ .rate = 3000000000, .delay = NOD_MS };
	build(&conf);
	for (uint32_t k = 0; k < 900; k++) {
		struct pkt *p = numbered(k, FRAME);

		device_send(rig.a, &p, 1, 0);
	}
	run_to(NOD_S);
	/* 800 bits at 3 Gbit/s are 266.67 ns */
	tap(rig.n == 900 && rig.at[899] == NOD_MS + 240000 && rig.at[0] == NOD_MS + 266,
		"rate: thirds of a nanosecond are not lost, a delay comes on top");
	tap(take_down(), "rate: all packets are given back");
}

/* The same whether it is asked each nanosecond that matters or once. */
static void test_rate_seldom(void)
{
	struct impair_conf conf = { .seed = 11,
		.way[0] = { .rate = 8000000, .queue = IMPAIR_CODEL, .delay = NOD_MS } };
	struct pkt *none[1];
	uint32_t exact, seldom;

	build(&conf);
	send_each(1500, NOD_MS / 2, 1000);
	run_to(10 * NOD_S);
	exact = rig.n;
	take_down();
	build(&conf);
	for (uint32_t i = 0; i < 1500; i++) {
		struct pkt *p = numbered(i, 1000);

		rig.now = i * (NOD_MS / 2);
		device_send(rig.a, &p, 1, rig.now);
	}
	rig.now = 10 * NOD_S;
	device_recv(rig.a, none, 0, rig.now);
	look();
	seldom = rig.n;
	tap(exact == seldom && exact < 1500, "rate: how often it is called changes nothing");
	take_down();
}

/*
 * Twice what the link carries, for three seconds.  By drop-tail the queue fills and stays full;
 * CoDel begins to drop 100 ms after the wait went above 5 ms, ever faster.
 */
static void test_codel(void)
{
	struct impair_conf conf = { .seed = 12, .way[0] = { .rate = 8000000 } };
	nod_ns wait;

	build(&conf);
	send_each(6000, NOD_MS / 2, 1000);
	run_to(20 * NOD_S);
	wait = rig.at[rig.n - 1] - rig.number[rig.n - 1] * (NOD_MS / 2);
	tap(wait > 900 * NOD_MS && count(NOD_EV_FAULT_CODEL) == 0 &&
			count(NOD_EV_FAULT_QUEUE) > 1900,
		"drop-tail: the queue fills and stays full");
	take_down();

	conf.way[0].queue = IMPAIR_CODEL;
	build(&conf);
	send_each(2, 2 * NOD_MS, 1000);
	run_to(NOD_S);
	tap(count(NOD_EV_FAULT_CODEL) == 0, "CoDel: no drop while nothing waits");
	send_each(190, NOD_MS / 2, 1000);
	tap(count(NOD_EV_FAULT_CODEL) == 0, "CoDel: nor within 100 ms of waiting");
	send_each(400, NOD_MS / 2, 1000);
	/* at 100 ms, then after 100, 100/sqrt 2, 100/sqrt 3 ... */
	tap(is_between(count(NOD_EV_FAULT_CODEL), 2, 4), "CoDel: then one, and soon the next");
	send_each(6000, NOD_MS / 2, 1000);
	/* t = 2 interval sqrt(n): 3.2 s make 256 */
	tap(is_between(count(NOD_EV_FAULT_CODEL), 220, 330), "CoDel: ever faster");
	run_to(30 * NOD_S);
	tap(rig.n + count(NOD_EV_FAULT_CODEL) + count(NOD_EV_FAULT_QUEUE) == 6592,
		"CoDel: no frame goes unaccounted for");
	tap(take_down(), "CoDel: all packets are given back");

	build(&conf);
	send_each(2000, NOD_MS / 2, 1000);
	run_to(10 * NOD_S);
	wait = (nod_ns)count(NOD_EV_FAULT_CODEL);
	send_each(1000, 2 * NOD_MS, 1000);
	tap(wait > 10 && count(NOD_EV_FAULT_CODEL) == (uint64_t)wait,
		"CoDel: it stops when the queue has gone");
	take_down();
}

static void test_bounds(void)
{
	struct impair_conf conf = { .seed = 13, .held = 100, .way[0].delay = NOD_S };
	struct impair_conf bad = { .way[1].loss = IMPAIR_ALWAYS + 1 };
	struct device *end[2], *d;

	build(&conf);
	send_each(300, 0, FRAME);
	tap(count(NOD_EV_FAULT_QUEUE) == 200, "no more are on their way than may be");
	run_to(10 * NOD_S);
	tap(rig.n == 100 && rig.number[99] == 99, "and the newest lose");
	take_down();

	wire_new(&(struct wire_conf){ .queue = 4 }, end);
	tap(impair_device(end[0], &bad, 0, &d) == -EINVAL, "more than always is refused");
	device_close(end[1]);
	bad = (struct impair_conf){ .way[0].delay = -1 };
	wire_new(&(struct wire_conf){ .queue = 4 }, end);
	tap(impair_device(end[0], &bad, 0, &d) == -EINVAL, "so is less than no delay");
	device_close(end[1]);
}

/* A wire that takes no more: nothing is lost for that, and nothing turns. */
static void test_full(void)
{
	struct impair_conf conf = { .seed = 14, .way[0].delay = NOD_MS };
	struct pkt *in[10], *none[1];

	build_on(&conf, &(struct wire_conf){ .queue = 4 });
	for (uint32_t i = 0; i < 10; i++)
		in[i] = numbered(i, FRAME);
	tap(device_send(rig.a, in, 10, 0) == 10, "a full wire: frames are on their way to it");
	device_recv(rig.a, none, 0, NOD_MS);
	tap(rig.a->is_full && device_deadline(rig.a) == INT64_MAX,
		"a full wire: it waits, and asks for nothing");
	in[0] = numbered(10, FRAME);
	tap(device_send(rig.a, in, 1, NOD_MS) == 0, "a full wire: and takes no more");
	pkt_free(in[0]);
	rig.now = NOD_MS;
	look();
	tap(device_deadline(rig.a) == 0, "a full wire: until there is room");
	for (unsigned i = 0; i < 4; i++) {
		device_recv(rig.a, none, 0, NOD_MS);
		look();
	}
	tap(rig.n == 10 && rig.number[9] == 9 && !rig.a->is_full,
		"a full wire: in order, none lost");
	tap(take_down(), "a full wire: all packets are given back");
}

int main(void)
{
	test_nothing();
	test_loss();
	test_burst();
	test_delay();
	test_delay_in_order();
	test_reorder();
	test_duplicate();
	test_corrupt();
	test_ownership();
	test_truncate();
	test_mtu();
	test_blackout();
	test_rate();
	test_rate_seldom();
	test_codel();
	test_bounds();
	test_full();
	return tap_done();
}
