/* SPDX-License-Identifier: ISC */
/*
 * test_impair_rule.c - exact faults, what captures say of faults, and that a seed says it all
 *
 * The faults that strike by chance: test_impair.c.
 */
#include "rig.h"

#include "blocks.h"

/* ---- rules: kinds are by the fifth octet -------------------------------------------------- */

static uint64_t kinds(const struct pkt *p)
{
	return 1ull << p->data[4];
}

static bool field(const struct pkt *p, unsigned which, uint32_t *at, uint32_t *len)
{
	(void)p;
	*at = 50;
	*len = 2;
	return which == 0;
}

static const struct impair_packets fakes = { .kinds = kinds, .field = field };

static struct impair_rule rule(enum impair_action action, uint64_t nth)
{
	return (struct impair_rule){ .action = action,
		.ways = 3,
		.kind = 1,
		.first = nth,
		.last = nth,
		.step = 1,
		.field = IMPAIR_NO_FIELD,
		.to = INT64_MAX,
		.text = "the rule" };
}

static void test_rules(void)
{
	struct impair_conf conf = { .packets = &fakes, .n_rules = 1 };
	struct pkt *p, *got[1];
	char seen[32];

	conf.rule[0] = rule(IMPAIR_DROP, 3);
	build(&conf);
	for (uint32_t i = 0; i < 10; i++) {
		p = numbered(i, FRAME);
		p->data[4] = i % 2; /* the third of kind 0 is number 4 */
		device_send(rig.a, &p, 1, 0);
	}
	look();
	tap(rig.n == 9 && rig.number[4] == 5 && count(NOD_EV_FAULT_RULE_DROP) == 1 &&
			told_why && !strcmp(told_why, "the rule"),
		"drop: the third of its kind alone, by its name");
	take_down();

	conf.rule[0].last = UINT64_MAX;
	conf.rule[0].step = 2;
	build(&conf);
	send_each(9, 0, FRAME);
	for (uint32_t k = 0; k < rig.n; k++)
		snprintf(seen + k, 2, "%u", rig.number[k]);
	tap(!strcmp(seen, "01357"), "drop: from the third on, every second");
	take_down();

	conf.rule[0] = rule(IMPAIR_DROP, 2);
	conf.rule[0].ways = 1 << IMPAIR_B_TO_A;
	build(&conf);
	send_each(3, 0, FRAME);
	for (unsigned i = 0; i < 3; i++) {
		p = numbered(i, FRAME);
		device_send(rig.b, &p, 1, 0);
	}
	tap(rig.n == 3 && device_recv(rig.a, got, 1, 0) == 1, "drop: in its direction alone");
	pkt_free(got[0]);
	take_down();

	conf.rule[0] = rule(IMPAIR_CORRUPT, 1);
	conf.rule[0].field = 0;
	conf.rule[0].bit = 7;
	build(&conf);
	p = numbered(0, FRAME);
	device_send(rig.a, &p, 1, 0);
	device_recv(rig.b, got, 1, 0);
	tap(got[0]->data[51] == 0x80 && bits_wrong(got[0], 0) == 1,
		"corrupt: bit 7 of a field of two octets");
	pkt_free(got[0]);
	take_down();
	conf.rule[0].field = 1;
	build(&conf);
	send_each(1, 0, FRAME);
	tap(rig.n == 1 && count(NOD_EV_FAULT_RULE_OTHER) == 0,
		"corrupt: a frame without that field goes as it is");
	take_down();

	conf.rule[0] = rule(IMPAIR_DELAY, 2);
	conf.rule[0].span = 3 * NOD_S;
	conf.way[0].delay = NOD_MS;
	build(&conf);
	send_each(4, NOD_S, FRAME);
	run_to(10 * NOD_S);
	tap(rig.n == 4 && rig.number[3] == 1 && rig.at[3] == 4 * NOD_S + NOD_MS &&
			rig.at[1] == 2 * NOD_S + NOD_MS,
		"delay: one more than the others, which do not wait for it");
	take_down();
	conf.way[0].delay = 0;

	conf.rule[0] = rule(IMPAIR_DUPLICATE, 1);
	conf.rule[0].number = 3;
	build(&conf);
	send_each(2, 0, FRAME);
	tap(rig.n == 5 && rig.number[3] == 0 && rig.number[4] == 1, "duplicate: three more");
	tap(take_down(), "duplicate: all packets are given back");

	conf.rule[0] = rule(IMPAIR_TRUNCATE, 1);
	conf.rule[0].number = 20;
	build(&conf);
	send_each(1, 0, FRAME);
	send_each(1, 0, FRAME);
	tap(rig.n == 2 && rig.len[0] == 20 && rig.len[1] == FRAME, "truncate: to its length");
	take_down();

	conf.rule[0] = rule(IMPAIR_REORDER, 2);
	conf.rule[0].number = 2;
	build(&conf);
	send_each(5, 0, FRAME);
	tap(rig.n == 5 && rig.number[1] == 2 && rig.number[2] == 3 && rig.number[3] == 1,
		"reorder: two overtake it");
	take_down();

	conf.rule[0] = rule(IMPAIR_PARTITION, 1);
	conf.rule[0].kind = IMPAIR_ANY_KIND;
	conf.rule[0].last = UINT64_MAX;
	conf.rule[0].from = 2 * NOD_S;
	conf.rule[0].to = 4 * NOD_S;
	build(&conf);
	send_each(6, NOD_S, FRAME);
	tap(rig.n == 4 && rig.number[2] == 4 && count(NOD_EV_FAULT_PARTITION) == 2,
		"partition: from its beginning until it is healed");
	take_down();

	conf.n_rules = IMPAIR_RULES_MAX;
	for (unsigned i = 0; i < IMPAIR_RULES_MAX; i++)
		conf.rule[i] = rule(IMPAIR_DROP, 2 * i + 1);
	build(&conf);
	send_each(2 * IMPAIR_RULES_MAX, 0, FRAME);
	tap(rig.n == IMPAIR_RULES_MAX && rig.number[5] == 11,
		"as many rules as may be: each counts all the frames");
	take_down();
}

/* ---- a seed says it all ------------------------------------------------------------------- */

static const struct impair_faults everything = {
	.loss = IMPAIR_ALWAYS / 50,
	.burst_begin = IMPAIR_ALWAYS / 200,
	.burst_end = IMPAIR_ALWAYS / 4,
	.corrupt = IMPAIR_ALWAYS / 50,
	.truncate = IMPAIR_ALWAYS / 100,
	.duplicate = IMPAIR_ALWAYS / 50,
	.reorder = IMPAIR_ALWAYS / 50,
	.delay = 4 * NOD_MS,
	.jitter = NOD_MS,
	.rate = 10000000,
	.queue = IMPAIR_CODEL,
	.queue_frames = 50,
};

/* A capture of 2,000 frames each way through all faults. */
static struct memory all_of_it(uint64_t seed)
{
	struct impair_conf conf = { .seed = seed, .way = { everything, everything } };
	struct memory m = { 0 };
	struct capture *c;

	capture_to(memory_write, &m, NULL, &c);
	capture_add_interface(c, "a|b", NULL, &conf.capture_id);
	conf.capture = c;
	build(&conf);
	for (uint32_t i = 0; i < 2000; i++) {
		struct pkt *p = numbered(i, FRAME + i % 1000), *got[8];

		device_send(rig.b, &p, 1, rig.now);
		send_each(1, NOD_MS / 3, FRAME + i % 700);
		for (unsigned n = device_recv(rig.a, got, 8, rig.now); n--;)
			pkt_free(got[n]);
	}
	for (unsigned n = 1; n;) {
		struct pkt *got[8];

		rig.now += NOD_MS;
		n = device_recv(rig.a, got, 8, rig.now);
		for (unsigned i = 0; i < n; i++)
			pkt_free(got[i]);
		n = n || device_deadline(rig.a) != INT64_MAX;
	}
	tap(take_down(), "everything at once: all packets are given back");
	capture_close(c);
	return m;
}

static void test_seeds(void)
{
	struct memory one = all_of_it(1), again = all_of_it(1), other = all_of_it(2);
	struct rcur r = rcur_of(one.octets, one.len);
	struct a_block b;
	uint32_t n = 0, dropped = 0, said = 0;

	tap(one.len == again.len && memcmp(one.octets, again.octets, one.len) == 0,
		"the same seed gives the same capture");
	tap(one.len != other.len || memcmp(one.octets, other.octets, one.len) != 0,
		"another seed another one");
	for (; next_frame(&r, &b); n++) {
		dropped += b.is_dropped;
		said += b.is_dropped && strncmp(b.comment, "dropped: ", 9) == 0;
	}
	tap(!r.bad && n > 4000 && dropped > 100 && said == dropped,
		"it has every frame, also what was dropped, with the reason");
	free(one.octets);
	free(again.octets);
	free(other.octets);
}

/* A fault that is switched on does not change what the others draw. */
static void test_streams(void)
{
	struct impair_conf conf = { .seed = 20, .way[0].loss = IMPAIR_ALWAYS / 10 };
	static uint32_t alone[MOST];
	uint32_t n_alone, at = 0;
	bool is_same = true;

	build(&conf);
	send_each(5000, 0, FRAME);
	n_alone = rig.n;
	memcpy(alone, rig.number, sizeof(alone));
	take_down();
	conf.way[0] = everything;
	conf.way[0].loss = IMPAIR_ALWAYS / 10;
	conf.way[0].burst_begin = conf.way[0].reorder = conf.way[0].duplicate = 0;
	conf.way[0].corrupt = 0;
	conf.way[0].rate = 0;
	conf.way[1] = everything;
	build(&conf);
	send_each(5000, 0, FRAME);
	run_to(10 * NOD_S);
	for (uint32_t k = 0; k < rig.n; k++) /* what is left is what was left */
		is_same &= at < n_alone && rig.number[k] == alone[at++];
	tap(rig.n == n_alone && is_same, "loss strikes the same frames whatever else goes on");
	take_down();
}

static void test_comments(void)
{
	struct impair_conf conf = { .packets = &fakes, .n_rules = 2 };
	struct memory m = { 0 };
	struct capture_conf live = { .is_live = true };
	struct capture *c;
	struct a_block b;
	struct rcur r;

	conf.rule[0] = rule(IMPAIR_DROP, 1);
	snprintf(conf.rule[0].text, sizeof(conf.rule[0].text), "drop 1st x");
	conf.rule[1] = rule(IMPAIR_CORRUPT, 2);
	conf.rule[1].field = 0;
	conf.way[0].delay = 1500 * NOD_US;
	capture_to(memory_write, &m, &live, &c);
	capture_add_interface(c, "a|b", NULL, &conf.capture_id);
	conf.capture = c;
	build(&conf);
	send_each(1, 0, FRAME);
	r = rcur_of(m.octets, m.len);
	tap(next_frame(&r, &b), "comment: who looks on sees it at once");
	send_each(2, 0, FRAME);
	take_down();
	capture_close(c);
	r = rcur_of(m.octets, m.len);
	tap(next_frame(&r, &b) && b.is_dropped && b.flags == 2 && b.at == 0 &&
			!strcmp(b.comment, "dropped: dropped by a rule; rule: drop 1st x"),
		"comment: a rule's name");
	tap(next_frame(&r, &b) && !b.is_dropped && b.at == 1500000 &&
			!strcmp(b.comment, "rule: the rule; bit 0 of octet 51 flipped; "
					   "held back 1.500000 ms"),
		"comment: what happened to it, when it leaves");
	tap(next_frame(&r, &b) && !strcmp(b.comment, "held back 1.500000 ms"),
		"comment: a delay");
	free(m.octets);
}

int main(void)
{
	test_rules();
	test_seeds();
	test_streams();
	test_comments();
	return tap_done();
}
