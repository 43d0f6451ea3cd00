/* SPDX-License-Identifier: ISC */
/*
 * test_sim_ledger.c - forged, altered, doubled and misdirected deliveries are known for what they
 * are, and only what the wire has done is excused
 */
#include <string.h>

#include "session/sim_ledger.h"
#include "tap.h"

static const struct nod_addr here = { .family = NOD_IPV4, .octet = { 10, 0, 0, 2 } };
static const struct nod_addr there = { .family = NOD_IPV4, .octet = { 10, 0, 0, 3 } };
static const struct nod_addr group = { .family = NOD_IPV4, .octet = { 239, 1, 1, 1 } };

static struct sim_ear ear = { .number = 7, .port = 4000, .host = &here, .n_host = 1 };

enum { LEN = 203, FROM = 5000 };

struct given {
	struct sim_ledger *l;
	uint8_t buf[LEN + 1];
	uint32_t len;
	uint16_t from;
};

/* clang-format off */
static void nothing(struct given *g) { (void)g; }
static void forge(struct given *g) { memset(g->buf, 0x5a, LEN); }
static void replay_number(struct given *g) { memset(g->buf + 16, 0, LEN - 16); }
static void flip(struct given *g) { g->buf[100] ^= 4; }
static void flip_number(struct given *g) { g->buf[3] ^= 4; }
static void shorten(struct given *g) { g->len -= 8; }
static void lengthen(struct given *g) { g->len++; }
static void cut(struct given *g) { g->len = 15; }
static void other_port(struct given *g) { g->from++; }
static void wire_other_port(struct given *g)
{
	sim_ledger_wire_corrupted(g->l, 2);
	g->from ^= 0x2000;
}

static void refused(struct given *g) { sim_ledger_refused(g->l, 1); }
static void wire_doubled(struct given *g) { sim_ledger_wire_doubled(g->l); }
static void wire_corrupted(struct given *g) { sim_ledger_wire_corrupted(g->l, 1); }
/* clang-format on */

/* Two words change places: no checksum sees it, but the wire has done nothing. */
static void swap(struct given *g)
{
	uint8_t word[2];

	memcpy(word, g->buf + 40, 2);
	memcpy(g->buf + 40, g->buf + 60, 2);
	memcpy(g->buf + 60, word, 2);
}

static void wire_swap(struct given *g)
{
	sim_ledger_wire_corrupted(g->l, 9);
	swap(g);
}

static void wire_swap_number(struct given *g)
{
	uint8_t word[2];

	sim_ledger_wire_corrupted(g->l, 9);
	memcpy(word, g->buf, 2);
	memcpy(g->buf, g->buf + 60, 2);
	memcpy(g->buf + 60, word, 2);
}

static void wire_flip(struct given *g)
{
	wire_corrupted(g);
	flip(g);
}

static void wire_flip_two(struct given *g)
{
	sim_ledger_wire_corrupted(g->l, 3);
	g->buf[100] ^= 4;
	g->buf[101] ^= 8;
}

/* The other one was in a header. */
static void wire_flip_one_of_two(struct given *g)
{
	sim_ledger_wire_corrupted(g->l, 2);
	flip(g);
}

static void forget_it(struct given *g)
{
	uint8_t other[LEN];
	struct sim_sent s = { .to = here, .to_port = 4000, .octets = LEN };

	for (int k = 0; k < 100; k++)
		sim_ledger_write(g->l, &s, other);
}

static const struct {
	const char *name;
	void (*change)(struct given *g);
	const struct nod_addr *to;
	uint16_t to_port;
	enum sim_verdict want, again; /* the first copy, and a second one */
} cases[] = {
	{ "what was sent", nothing, &here, 4000, SIM_GOOD, SIM_DOUBLED },
	{ "what the wire doubled", wire_doubled, &here, 4000, SIM_GOOD, SIM_AGAIN },
	{ "what nobody sent", forge, &here, 4000, SIM_UNKNOWN, SIM_UNKNOWN },
	{ "a right number with other octets", replay_number, &here, 4000, SIM_UNKNOWN,
		SIM_UNKNOWN },
	{ "what the sender's stack refused", refused, &here, 4000, SIM_UNKNOWN, SIM_UNKNOWN },
	{ "one for another host", nothing, &there, 4000, SIM_STRAY, SIM_STRAY },
	{ "one for another port", nothing, &here, 4001, SIM_STRAY, SIM_STRAY },
	{ "one for a group that was not joined", nothing, &group, 4000, SIM_STRAY, SIM_STRAY },
	{ "one from another port", other_port, &here, 4000, SIM_SENDER, SIM_SENDER },
	{ "one bit of its port, and one of another header", wire_other_port, &here, 4000,
		SIM_UNSEEN, SIM_UNSEEN },
	{ "one bit flipped", flip, &here, 4000, SIM_ALTERED, SIM_ALTERED },
	{ "one bit of the number flipped", flip_number, &here, 4000, SIM_ALTERED, SIM_ALTERED },
	{ "words swapped on a sound wire", swap, &here, 4000, SIM_ALTERED, SIM_ALTERED },
	{ "words swapped on a corrupting wire", wire_swap, &here, 4000, SIM_UNSEEN,
		SIM_UNSEEN },
	{ "the number's words, too", wire_swap_number, &here, 4000, SIM_UNSEEN, SIM_UNSEEN },
	{ "one bit, which every checksum sees", wire_flip, &here, 4000, SIM_ALTERED,
		SIM_ALTERED },
	{ "one bit, and one of a header", wire_flip_one_of_two, &here, 4000, SIM_UNSEEN,
		SIM_UNSEEN },
	{ "two bits that a checksum sees", wire_flip_two, &here, 4000, SIM_ALTERED,
		SIM_ALTERED },
	{ "shorter", shorten, &here, 4000, SIM_LENGTH, SIM_LENGTH },
	{ "longer", lengthen, &here, 4000, SIM_LENGTH, SIM_LENGTH },
	{ "no datagram", cut, &here, 4000, SIM_UNKNOWN, SIM_UNKNOWN },
	{ "too long ago", forget_it, &here, 4000, SIM_FORGOTTEN, SIM_FORGOTTEN },
};

static void groups(struct sim_ledger *l)
{
	struct sim_ear member = ear;
	struct sim_sent s = { .to = group, .to_port = 4000, .octets = 16 };
	const struct sim_sent *as;
	uint8_t buf[16];

	member.own = &group;
	member.n_own = 1;
	sim_ledger_write(l, &s, buf);
	tap(sim_ledger_judge(l, &member, 1, buf, 16, &as) == SIM_GOOD && as &&
			as->to_port == 4000,
		"a member hears what is for the group");
	member.number++;
	tap(sim_ledger_judge(l, &member, 1, buf, 16, &as) == SIM_GOOD,
		"and another one, too: it is not doubled");
	tap(sim_ledger_judge(l, &member, 1, buf, 16, &as) == SIM_DOUBLED, "but once");
}

int main(void)
{
	struct sim_ledger_count n;

	for (unsigned k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		struct given g = { .l = sim_ledger_new(k, 64), .len = LEN, .from = FROM };
		struct sim_sent s = { .to = *cases[k].to,
			.to_port = cases[k].to_port,
			.from_port = FROM,
			.octets = LEN };
		const struct sim_sent *as;
		enum sim_verdict v, again;

		sim_ledger_write(g.l, &s, g.buf);
		cases[k].change(&g);
		v = sim_ledger_judge(g.l, &ear, g.from, g.buf, g.len, &as);
		again = sim_ledger_judge(g.l, &ear, g.from, g.buf, g.len, &as);
		tap(v == cases[k].want && again == cases[k].again, "%s (%d, %d)", cases[k].name,
			v, again);
		n = sim_ledger_counts(g.l);
		tap(n.verdict[v] >= 1 &&
				n.octets ==
					LEN *
						(uint64_t)((v < SIM_UNKNOWN) +
							(again < SIM_UNKNOWN)),
			"%s: counted", cases[k].name);
		sim_ledger_free(g.l);
	}

	struct sim_ledger *l = sim_ledger_new(1, 0);

	groups(l);
	sim_ledger_free(l);
	return tap_done();
}
