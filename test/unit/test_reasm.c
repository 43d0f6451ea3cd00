/* SPDX-License-Identifier: ISC */
/* test_reasm.c - fragments of IPv4 put together, and those that are sent to do harm (H10..H15) */
#include "inet.h"

#include "chance.h"

enum { MOST = 12 };

static uint8_t body[65700];

static void fill_body(void)
{
	for (uint32_t i = 0; i < sizeof(body); i++)
		body[i] = (uint8_t)(i * 13 + i / 251);
}

enum kind {
	LAST,
	MORE,	/* follow */
	FORGED, /* more follow, and its octets are not the right ones */
};

struct piece {
	uint32_t at, len;
	enum kind kind;
};

static void piece_in(struct inet *s, uint16_t id, const struct piece *f)
{
	static uint8_t forged[65700];

	if (f->kind == FORGED)
		memset(forged, 0x66, f->len);
	inet_in(s,
		&(struct inet_pkt){ .id = id,
			.offset = (uint16_t)f->at,
			.more = f->kind != LAST,
			.payload = f->kind == FORGED ? forged : body + f->at,
			.len = f->len });
}

static const struct {
	const char *name;
	struct piece piece[MOST];
	unsigned n;
	uint32_t want;		 /* octets delivered; 0: none are */
	enum nod_event_kind why; /* what is noted, NOD_EV_N: nothing */
} cases[] = {
	{ "two, in order", { { 0, 8, MORE }, { 8, 5, LAST } }, 2, 13, NOD_EV_N },
	{ "two, in the other order", { { 8, 5, LAST }, { 0, 8, MORE } }, 2, 13, NOD_EV_N },
	{ "three, the middle last", { { 0, 16, MORE }, { 24, 3, LAST }, { 16, 8, MORE } }, 3,
		27, NOD_EV_N },
	{ "a tiny first one (H10)", { { 0, 8, MORE }, { 8, 1400, MORE }, { 1408, 92, LAST } },
		3, 1500, NOD_EV_N },
	{ "the last has one octet", { { 0, 1480, MORE }, { 1480, 1, LAST } }, 2, 1481,
		NOD_EV_N },
	{ "the first missing", { { 8, 8, MORE }, { 16, 5, LAST } }, 2, 0, NOD_EV_N },
	{ "the last missing", { { 0, 8, MORE }, { 8, 8, MORE } }, 2, 0, NOD_EV_N },
	{ "a hole", { { 0, 8, MORE }, { 24, 5, LAST } }, 2, 0, NOD_EV_N },

	{ "the first twice: one is dropped alone",
		{ { 0, 8, MORE }, { 0, 8, MORE }, { 8, 5, LAST } }, 3, 13,
		NOD_EV_IP4_FRAG_DROP_DUPLICATE },
	{ "the last twice", { { 8, 5, LAST }, { 8, 5, LAST }, { 0, 8, MORE } }, 3, 13,
		NOD_EV_IP4_FRAG_DROP_DUPLICATE },
	{ "the same place with other octets (H11)",
		{ { 0, 8, MORE }, { 0, 8, FORGED }, { 8, 5, LAST } }, 3, 0,
		NOD_EV_IP4_FRAG_DROP_OVERLAP },
	{ "the same octets, now the last", { { 8, 8, MORE }, { 8, 8, LAST }, { 0, 8, MORE } },
		3, 0, NOD_EV_IP4_FRAG_DROP_OVERLAP },
	{ "the same octets, no more the last",
		{ { 8, 8, LAST }, { 8, 8, MORE }, { 0, 8, MORE } }, 3, 0,
		NOD_EV_IP4_FRAG_DROP_BAD },
	{ "teardrop: inside the first (H11)", { { 0, 40, MORE }, { 24, 4, LAST } }, 2, 0,
		NOD_EV_IP4_FRAG_DROP_BAD },
	{ "one inside another", { { 0, 40, MORE }, { 8, 16, MORE } }, 2, 0,
		NOD_EV_IP4_FRAG_DROP_OVERLAP },
	{ "one around another", { { 8, 16, MORE }, { 0, 40, MORE } }, 2, 0,
		NOD_EV_IP4_FRAG_DROP_OVERLAP },
	{ "over the end of the one before", { { 0, 24, MORE }, { 16, 16, MORE } }, 2, 0,
		NOD_EV_IP4_FRAG_DROP_OVERLAP },
	{ "over the start of the next", { { 16, 16, MORE }, { 0, 24, MORE } }, 2, 0,
		NOD_EV_IP4_FRAG_DROP_OVERLAP },
	{ "the last over the one before", { { 0, 24, MORE }, { 16, 16, LAST } }, 2, 0,
		NOD_EV_IP4_FRAG_DROP_OVERLAP },
	{ "a shorter one at the same place", { { 8, 16, MORE }, { 8, 8, MORE } }, 2, 0,
		NOD_EV_IP4_FRAG_DROP_OVERLAP },
	{ "a longer one at the same place", { { 8, 8, MORE }, { 8, 16, MORE } }, 2, 0,
		NOD_EV_IP4_FRAG_DROP_OVERLAP },
	{ "one to fill a hole and more", { { 0, 8, MORE }, { 24, 8, MORE }, { 8, 24, MORE } },
		3, 0, NOD_EV_IP4_FRAG_DROP_OVERLAP },

	{ "more follow, and no multiple of 8 (H14)", { { 0, 12, MORE } }, 1, 0,
		NOD_EV_IP4_FRAG_DROP_BAD },
	{ "nothing in it, and more follow (H14)", { { 0, 0, MORE } }, 1, 0,
		NOD_EV_IP4_FRAG_DROP_BAD },
	{ "nothing in the last", { { 0, 8, MORE }, { 8, 0, LAST } }, 2, 0,
		NOD_EV_IP4_FRAG_DROP_BAD },
	{ "two ends, the second nearer (H14)", { { 24, 8, LAST }, { 8, 8, LAST } }, 2, 0,
		NOD_EV_IP4_FRAG_DROP_BAD },
	{ "two ends, the second farther (H14)", { { 8, 8, LAST }, { 24, 8, LAST } }, 2, 0,
		NOD_EV_IP4_FRAG_DROP_BAD },
	{ "something behind the end", { { 8, 8, LAST }, { 16, 8, MORE } }, 2, 0,
		NOD_EV_IP4_FRAG_DROP_BAD },
	{ "an end before what is there", { { 24, 8, MORE }, { 8, 8, LAST } }, 2, 0,
		NOD_EV_IP4_FRAG_DROP_BAD },

	{ "ping of death (H12)", { { 65528, 100, LAST } }, 1, 0,
		NOD_EV_IP4_FRAG_DROP_TOO_LONG },
	{ "one octet too long in all (H12)", { { 65528, 8, LAST } }, 1, 0,
		NOD_EV_IP4_FRAG_DROP_TOO_LONG },
	{ "65,535 with the payload alone, too long with the header",
		{ { 0, 32768, MORE }, { 32768, 32760, MORE }, { 65528, 7, LAST } }, 3, 0,
		NOD_EV_IP4_FRAG_DROP_TOO_LONG },
	{ "the longest there is",
		{ { 0, 32768, MORE }, { 32768, 32744, MORE }, { 65512, 3, LAST } }, 3, 65515,
		NOD_EV_N },
};

static void test_cases(void)
{
	static struct inet s;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool ok;

		inet_open(&s, NULL);
		for (unsigned k = 0; k < cases[i].n; k++)
			piece_in(&s, 7, &cases[i].piece[k]);
		ok = s.n_in == (cases[i].want != 0) &&
			(!cases[i].want ||
				(s.len == cases[i].want && memcmp(s.data, body, s.len) == 0 &&
					s.in.was_fragments));
		ok = ok && (cases[i].why == NOD_EV_N || inet_since(&s, cases[i].why) == 1);
		tap(ok, "%s: %s", cases[i].want ? "whole" : "not whole", cases[i].name);
		inet_pass(&s, 61 * NOD_S);
		if (reasm_count(&s.net) || !inet_close(&s))
			tap(false, "nothing is left of it: %s", cases[i].name);
	}
}

/* What was refused stays refused, though its fragments come again, until its time is over. */
static void test_refusal_lasts(void)
{
	static struct inet s;
	const struct piece a = { 0, 16, MORE }, over = { 8, 16, MORE }, b = { 16, 5, LAST };

	inet_open(&s, NULL);
	piece_in(&s, 7, &a);
	piece_in(&s, 7, &over);
	piece_in(&s, 7, &a);
	piece_in(&s, 7, &b);
	tap(s.n_in == 0 && inet_since(&s, NOD_EV_IP4_DROP_FRAG_DISCARD) == 2,
		"all its fragments are refused after an overlap (RFC 5722)");
	piece_in(&s, 8, &a);
	piece_in(&s, 8, &b);
	tap(s.n_in == 1, "another datagram is not");
	inet_pass(&s, 61 * NOD_S);
	tap(inet_is_silent(&s), "its sender is not told");
	piece_in(&s, 7, &a);
	piece_in(&s, 7, &b);
	tap(s.n_in == 2, "the number is free again after a minute");
	tap(inet_close(&s), "everything came home");
}

/* (IP4-6) */
static void test_timeout(void)
{
	static struct inet s;
	const struct piece a = { 0, 16, MORE }, b = { 16, 5, LAST };
	struct inet_out o;

	inet_open(&s, NULL);
	piece_in(&s, 7, &a);
	inet_pass(&s, 59 * NOD_S);
	tap(reasm_count(&s.net) == 1 && inet_is_silent(&s), "a minute is waited for the rest");
	inet_pass(&s, 2 * NOD_S);
	tap(inet_icmp_out(&s, ICMPV4_TIME_EXCEEDED, 1, &o) && o.len >= 8 + 28 &&
			ipa_equal(&o.h.dst, &PEER) && memcmp(o.payload + 8 + 20, body, 16) == 0,
		"then the sender is told, by the first fragment (IP4-6)");
	tap(reasm_count(&s.net) == 0 && inet_since(&s, NOD_EV_IP4_FRAG_DROP_TIMEOUT) == 1,
		"and nothing is kept");
	piece_in(&s, 7, &b);
	inet_pass(&s, 61 * NOD_S);
	tap(inet_is_silent(&s) && inet_since(&s, NOD_EV_IP4_FRAG_DROP_TIMEOUT) == 2,
		"nobody is told without the first fragment");
	piece_in(&s, 9, &b);
	inet_pass(&s, 59 * NOD_S);
	piece_in(&s, 9, &a);
	tap(s.n_in == 1, "the last moment is not too late");
	inet_mark(&s);
	inet_in(&s,
		&(struct inet_pkt){
			.id = 3, .more = true, .len = 16, .dst = V4_ALL, .mac = mac_all });
	inet_pass(&s, 61 * NOD_S);
	tap(inet_is_silent(&s) && inet_since(&s, NOD_EV_IP4_FRAG_DROP_TIMEOUT) == 1,
		"nobody is told about a broadcast");
	tap(inet_close(&s), "everything came home");
}

/* Only fragments of one datagram go together (H15). */
static void test_key(void)
{
	static struct inet s;
	const struct inet_pkt first = { .id = 7, .more = true, .payload = body, .len = 8 };
	struct inet_pkt rest = { .id = 7, .offset = 8, .payload = body + 8, .len = 5 };

	inet_open(&s, NULL);
	inet_in(&s, &first);
	rest.id = 8;
	inet_in(&s, &rest);
	rest.id = 7;
	rest.src = V4(10, 0, 0, 3);
	inet_in(&s, &rest);
	rest.src = 0;
	rest.dst = V4_ME_EAST;
	inet_in(&s, &rest);
	rest.dst = 0;
	rest.protocol = 17;
	inet_in(&s, &rest);
	rest.protocol = 0;
	inet_in_by(&s, s.eth1, &rest);
	tap(s.n_in == 0 && reasm_count(&s.net) == 6,
		"another number, source, destination, protocol or link is another datagram (H15)");
	rest.tos = 0x80;
	rest.ttl = 3;
	inet_in(&s, &rest);
	tap(s.n_in == 1 && s.in.tos == 0 && s.in.ttl == 64,
		"another class or time to live is not; the first fragment's counts");
	tap(inet_close(&s), "everything came home");
}

/* RFC 3168 5.3. */
static void test_ecn(void)
{
	enum { NOT, ECT1, ECT0, CE };
	static struct inet s;
	static const struct {
		const char *name;
		uint8_t a, b, want; /* want 9: dropped */
	} rows[] = {
		{ "neither can be marked", NOT, NOT, NOT },
		{ "both could be", ECT0, ECT0, ECT0 },
		{ "the first marked", CE, ECT0, CE },
		{ "the second marked", ECT0, CE, CE },
		{ "both marked", CE, CE, CE },
		{ "marked, and one that cannot be", CE, NOT, 9 },
		{ "one that cannot be, and marked", NOT, CE, 9 },
		{ "of two kinds, the first counts", ECT1, ECT0, ECT1 },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		inet_open(&s, NULL);
		inet_in(&s,
			&(struct inet_pkt){
				.id = 7, .more = true, .len = 8, .tos = 0x40 | rows[i].a });
		inet_in(&s,
			&(struct inet_pkt){
				.id = 7, .offset = 8, .len = 8, .tos = 0x40 | rows[i].b });
		tap(rows[i].want == 9 ? s.n_in == 0 && inet_drops(&s) == 1 :
					s.n_in == 1 && s.in.tos == (0x40 | rows[i].want),
			"congestion: %s (H15)", rows[i].name);
		inet_close(&s);
	}
}

static void test_options(void)
{
	static struct inet s;

	inet_open(&s, NULL);
	inet_in(&s, &(struct inet_pkt){ .id = 7, .offset = 8, .len = 5, .payload = body + 8 });
	inet_in(&s,
		&(struct inet_pkt){ .id = 7,
			.more = true,
			.len = 8,
			.payload = body,
			.options = "94040000" });
	tap(s.n_in == 1 && s.in.hdr_len == 24 && s.len == 13 && memcmp(s.data, body, 13) == 0,
		"the first fragment's options are the datagram's");
	inet_close(&s);
}

/* ---- limits ------------------------------------------------------------------------------ */

/* FragmentSmack (H13): more than so many are no datagram. */
static void test_many(void)
{
	static struct inet s;
	static const char *const how[] = { "in order", "from the end", "every second first" };

	for (unsigned order = 0; order < 3; order++) {
		for (unsigned n = 64; n <= 65; n++) {
			inet_open(&s, NULL);
			for (unsigned k = 0; k < n; k++) {
				unsigned at = order == 0 ? k :
					order == 1	 ? n - 1 - k :
					k < (n + 1) / 2	 ? 2 * k :
							   2 * (k - (n + 1) / 2) + 1;

				piece_in(&s, 7,
					&(struct piece){ at * 8, 8, at < n - 1 ? MORE : LAST });
			}
			tap(n == 64 ? s.n_in == 1 && s.len == 512 &&
						!memcmp(s.data, body, 512) :
				      s.n_in == 0 &&
						inet_since(&s, NOD_EV_IP4_FRAG_DROP_MANY) == 1,
				"%u fragments, %s", n, how[order]);
			inet_close(&s);
		}
	}
}

static void test_per_source(void)
{
	static struct inet s;
	unsigned others = 0;

	inet_open(&s, NULL);
	for (uint16_t id = 0; id < 1000; id++)
		piece_in(&s, id, &(struct piece){ 0, 8, MORE });
	tap(reasm_count(&s.net) == 16 && inet_since(&s, NOD_EV_IP4_FRAG_DROP_SOURCE) == 984,
		"one source has 16 unfinished ones and no more");
	for (uint32_t k = 0; k < 8; k++) {
		const struct inet_pkt f = {
			.src = V4(10, 0, 0, 20) + k, .id = 1, .more = true, .len = 8
		};
		struct inet_pkt rest = f;

		rest.more = false;
		rest.offset = 8;
		inet_in(&s, &f);
		inet_in(&s, &rest);
		others = s.n_in;
	}
	tap(others == 8, "others are served meanwhile");
	piece_in(&s, 0, &(struct piece){ 8, 8, LAST });
	tap(s.n_in == 9, "and its own first ones, too");
	inet_pass(&s, 61 * NOD_S);
	tap(reasm_count(&s.net) == 0, "they end with their time");
	piece_in(&s, 5, &(struct piece){ 0, 8, MORE });
	tap(reasm_count(&s.net) == 1, "then it may again");
	tap(inet_close(&s), "everything came home");
}

static void test_number(void)
{
	static struct inet s;

	inet_open(&s, NULL);
	for (uint32_t k = 0; k < 1000; k++)
		inet_in(&s,
			&(struct inet_pkt){ .src = V4(10, 0, 0, 3) + k % 200,
				.id = (uint16_t)k,
				.more = true,
				.len = 8 });
	tap(reasm_count(&s.net) == 64 && inet_since(&s, NOD_EV_IP4_FRAG_DROP_FULL) >= 900,
		"64 at a time");
	inet_in(&s,
		&(struct inet_pkt){
			.src = V4(10, 0, 0, 3) + 999 % 200, .id = 999, .offset = 8, .len = 8 });
	tap(s.n_in == 1, "the newest is still there");
	inet_in(&s,
		&(struct inet_pkt){ .src = V4(10, 0, 0, 3), .id = 0, .offset = 8, .len = 8 });
	tap(s.n_in == 1, "the oldest is not");
	tap(inet_close(&s), "everything came home");
}

static void test_memory(void)
{
	static struct inet s;
	struct pkt_pool_use use;

	inet_open(&s,
		&(struct nod_conf){ .reassemblies = 1000,
			.reassemblies_per_source = 1000,
			.reassembly_octets = 100000 });
	piece_in(&s, 1, &(struct piece){ 0, 12, MORE }); /* refused: holds nothing */
	for (uint16_t id = 2; id < 200; id++)
		piece_in(&s, id, &(struct piece){ 0, 1400, MORE });
	use = pkt_pool_use(s.core.pool);
	tap(use.pkts >= 20 && use.pkts <= 40 && use.pkts * 2500 <= 110000,
		"what waits keeps to its memory: %zu of 198", use.pkts);
	piece_in(&s, 1, &(struct piece){ 0, 8, MORE });
	tap(inet_since(&s, NOD_EV_IP4_DROP_FRAG_DISCARD) == 1,
		"who holds nothing is not forgotten to make room");
	piece_in(&s, 199, &(struct piece){ 1400, 8, LAST });
	tap(s.n_in == 1, "the newest is still there");
	tap(inet_close(&s), "everything came home");
}

/* A device that receives into rooms of 64 KiB must not make each fragment cost as much. */
static void test_compact(void)
{
	static struct inet s;
	uint8_t octets[2000];
	size_t len = inet_build(octets, sizeof(octets),
		&(struct inet_pkt){ .id = 9, .more = true, .payload = body, .len = 1480 });
	struct pkt *p;

	inet_open(&s, &(struct nod_conf){ .reassembly_octets = 8192 });
	p = pkt_new(s.core.pool, 65000);
	memcpy(pkt_put(p, (uint32_t)len), octets, len);
	p->l3 = p->data;
	ipv4_input(&s.net, s.eth0, p);
	piece_in(&s, 9, &(struct piece){ 1480, 100, LAST });
	tap(s.n_in == 1 && s.len == 1580 && memcmp(s.data, body, s.len) == 0,
		"a fragment in a great room waits in a small one");
	tap(inet_close(&s), "everything came home");
}

/* Without memory for the whole it is refused, and the stack goes on. */
static void test_no_memory(void)
{
	static struct inet s;
	unsigned done = 0;

	inet_open(&s, &(struct nod_conf){ .memory_octets = 700000 });
	for (uint16_t id = 1; id < 30; id++) {
		for (uint32_t at = 0; at < 60000; at += 1480)
			piece_in(&s, id,
				&(struct piece){ at, 1480, at + 1480 < 60000 ? MORE : LAST });
		done = s.n_in;
	}
	inet_pass(&s, 61 * NOD_S);
	tap(done <= 29 && reasm_count(&s.net) == 0, "little memory: %u of 29 came whole", done);
	tap(inet_close(&s), "everything came home");
}

/* Any order, any cut, duplicates in between: the same octets come out, once. */
static void test_chance(void)
{
	static struct inet s;
	unsigned bad = 0;

	inet_open(&s, NULL);
	for (unsigned round = 0; round < 300; round++) {
		struct piece f[64];
		uint32_t at = 0;
		unsigned n = 0, count = 2 + chance(40);

		for (; n < count; n++) {
			f[n] = (struct piece){ at, 8 * (1 + chance(150)), MORE };
			at += f[n].len;
		}
		f[n - 1].kind = LAST;
		f[n - 1].len -= chance(8);
		at = f[n - 1].at + f[n - 1].len;
		for (unsigned k = n; k > 1; k--) {
			unsigned j = chance(k);
			struct piece t = f[k - 1];

			f[k - 1] = f[j];
			f[j] = t;
		}
		s.n_in = 0;
		for (unsigned k = 0; k < n; k++) {
			piece_in(&s, (uint16_t)round, &f[k]);
			if (k < n - 1 && chance(4) == 0)
				piece_in(&s, (uint16_t)round, &f[chance(k + 1)]);
		}
		bad += s.n_in != 1 || s.len != at || memcmp(s.data, body, at) != 0;
	}
	tap(bad == 0, "in any order, with any twice: %u of 300 went wrong", bad);
	tap(inet_close(&s), "everything came home");
}

int main(void)
{
	chance_begin();
	fill_body();
	test_cases();
	test_refusal_lasts();
	test_timeout();
	test_key();
	test_ecn();
	test_options();
	test_many();
	test_per_source();
	test_number();
	test_memory();
	test_compact();
	test_no_memory();
	test_chance();
	return tap_done();
}
