/* SPDX-License-Identifier: ISC */
/*
 * test_hostile_tcp.c - segments that are malformed, or a stranger's
 *
 * H36..H40, H42, H45..H47, H63.
 */
#include "hostile_tcp.h"

#define A	.flags = TCP_ACK, .seq = 1, .ack = 1
#define DROP(x) NOD_EV_TCP_DROP_##x

/* ---- malformed ----------------------------------------------------------------------- */

static const struct told malformed[] = {
	{ .name = "H36: data offset 0", { A, .len = 9, .offset = 16 }, DROP(SHORT) },
	{ .name = "H36: data offset 1", { A, .len = 9, .offset = 1 }, DROP(SHORT) },
	{ .name = "H36: data offset 4", { A, .len = 9, .offset = 4 }, DROP(SHORT) },
	{ .name = "H36: data offset 6 in 20 octets", { A, .offset = 6 }, DROP(SHORT) },
	{ .name = "H36: data offset 15 in 59 octets",
		{ A, .len = 39, .offset = 15 },
		DROP(SHORT) },
	{ .name = "H37: option length 0",
		{ A, .len = 9, .options = "fd000000" },
		DROP(OPTIONS) },
	{ .name = "H37: option length 1",
		{ A, .len = 9, .options = "fd010000" },
		DROP(OPTIONS) },
	{ .name = "H37: option beyond the header",
		{ A, .len = 9, .options = "0101fd03" },
		DROP(OPTIONS) },
	{ .name = "H37: kind in the last octet",
		{ A, .len = 9, .options = "010101fd" },
		DROP(OPTIONS) },
	{ .name = "H37: time stamp of length 2, SACK of length 0",
		{ A, .len = 9, .options = "08020500" },
		DROP(OPTIONS) },
	{ .name = "H37: end of list in the middle",
		{ A, .len = 9, .options = "0100fd00 fd000000" },
		NOD_EV_N,
		TCP_ACK,
		false,
		9 },
	{ .name = "H37: 40 octets of no operation",
		{ A, .len = 9,
			.options = "0101010101010101010101010101010101010101"
				   "0101010101010101010101010101010101010101" },
		NOD_EV_N,
		TCP_ACK,
		false,
		9 },
	{ .name = "H37: unknown kinds",
		{ A, .len = 9, .options = "fd030001 c802ff02" },
		NOD_EV_N,
		TCP_ACK,
		false,
		9 },
	{ .name = "H37: known ones of impossible lengths",
		{ A, .len = 9,
			.options = "020301 03020402 0803aa 0506aaaa aaaa"
				   "010101"
				   "01" },
		NOD_EV_N,
		TCP_ACK,
		false,
		9 },
	{ .name = "H37: MD5 and authentication options, which nobody asked for (H42)",
		{ A, .len = 9,
			.options = "1d04aabb 1312 00112233445566778899aabbccddeeff 0101" },
		NOD_EV_N,
		TCP_ACK,
		false,
		9 },
	{ .name = "H38: MSS in a segment without SYN",
		{ A, .len = 9, .options = "02040001" },
		NOD_EV_N,
		TCP_ACK,
		false,
		9 },
	{ .name = "H39: window scale in a segment without SYN",
		{ A, .len = 9, .options = "03030e01" },
		NOD_EV_N,
		TCP_ACK,
		false,
		9 },
	{ .name = "H63: a wrong checksum",
		{ A, .len = 9, .has_bad_sum = true },
		DROP(CHECKSUM) },
	{ .name = "H63: of an odd length, too",
		{ A, .len = 8, .has_bad_sum = true },
		DROP(CHECKSUM) },
};

/* ---- strangers ----------------------------------------------------------------------- */

static const struct told strangers[] = {
	{ .name = "H45: RST at the next number",
		{ .flags = TCP_RST, .seq = 1 },
		NOD_EV_TCP_RST,
		0,
		true },
	{ .name = "H45: RST with octets",
		{ .flags = TCP_RST, .seq = 1, .len = 7 },
		NOD_EV_TCP_RST,
		0,
		true },
	{ .name = "H45: RST one further: challenged",
		{ .flags = TCP_RST, .seq = 2 },
		DROP(RST),
		TCP_ACK },
	{ .name = "H45: RST in the window: challenged",
		{ .flags = TCP_RST, .seq = 30000 },
		DROP(RST),
		TCP_ACK },
	{ .name = "H45: RST with octets in the window: challenged",
		{ .flags = TCP_RST, .seq = 30000, .len = 100 },
		DROP(RST),
		TCP_ACK },
	{ .name = "H45: RST beyond the window",
		{ .flags = TCP_RST, .seq = 90000 },
		DROP(WINDOW),
		0 },
	{ .name = "H45: RST before the window",
		{ .flags = TCP_RST, .seq = (uint32_t)-5 },
		DROP(DUPLICATE),
		0 },
	{ .name = "H46: SYN in the window: challenged",
		{ .flags = TCP_SYN, .seq = 1 },
		DROP(SYN),
		TCP_ACK },
	{ .name = "H46: SYN far in the window: challenged",
		{ .flags = TCP_SYN, .seq = 30000 },
		DROP(SYN),
		TCP_ACK },
	{ .name = "H46: SYN beyond the window: challenged",
		{ .flags = TCP_SYN, .seq = 90000 },
		DROP(WINDOW),
		TCP_ACK },
	{ .name = "H46: the SYN of before, again: challenged",
		{ .flags = TCP_SYN, .seq = 0 },
		DROP(DUPLICATE),
		TCP_ACK },
	{ .name = "H46: SYN and ACK: challenged",
		{ .flags = TCP_SYN | TCP_ACK, .seq = 1, .ack = 1 },
		DROP(SYN),
		TCP_ACK },
	{ .name = "H47: octets with an acknowledgement of the future: challenged",
		{ .flags = TCP_ACK, .seq = 1, .ack = 2, .len = 9 },
		DROP(ACK),
		TCP_ACK },
	{ .name = "H47: octets with one of long ago: challenged",
		{ .flags = TCP_ACK, .seq = 1, .ack = (uint32_t)-70000, .len = 9 },
		DROP(ACK),
		TCP_ACK },
	{ .name = "H47: octets with one that is only old",
		{ .flags = TCP_ACK, .seq = 1, .ack = (uint32_t)-1000, .len = 9 },
		NOD_EV_N,
		TCP_ACK,
		false,
		9 },
	{ .name = "H47: octets without ACK",
		{ .flags = TCP_PSH, .seq = 1, .len = 9 },
		DROP(NO_ACK),
		0 },
	{ .name = "H47: octets beyond the window",
		{ .flags = TCP_ACK, .seq = 90000, .ack = 1, .len = 9 },
		DROP(WINDOW),
		TCP_ACK },
};

/* ---- urgent -------------------------------------------------------------------------- */

static const struct told urgent[] = {
	{ .name = "H42: URG with pointer 0",
		{ .flags = TCP_ACK | TCP_URG, .seq = 1, .ack = 1, .len = 9 },
		NOD_EV_N,
		TCP_ACK,
		false,
		9 },
	{ .name = "H42: pointer beyond the segment",
		{ .flags = TCP_ACK | TCP_URG, .seq = 1, .ack = 1, .len = 9, .urgent = 5000 },
		NOD_EV_N,
		TCP_ACK,
		false,
		9 },
	{ .name = "H42: pointer beyond the window",
		{ .flags = TCP_ACK | TCP_URG, .seq = 1, .ack = 1, .len = 9, .urgent = 65535 },
		NOD_EV_N,
		TCP_ACK,
		false,
		9 },
	{ .name = "H42: pointer without octets",
		{ .flags = TCP_ACK | TCP_URG, .seq = 1, .ack = 1, .urgent = 1 },
		NOD_EV_N,
		0 },
	{ .name = "H42: pointer in a segment at the window's end",
		{ .flags = TCP_ACK | TCP_URG, .seq = 64000, .ack = 1, .len = 9, .urgent = 65535 },
		NOD_EV_N,
		TCP_ACK },
	{ .name = "H42: URG on a SYN in the window",
		{ .flags = TCP_SYN | TCP_URG, .seq = 1, .urgent = 65535 },
		DROP(SYN),
		TCP_ACK },
	{ .name = "H42: URG without the flag",
		{ .flags = TCP_ACK, .seq = 1, .ack = 1, .len = 9, .urgent = 4 },
		NOD_EV_N,
		TCP_ACK,
		false,
		9 },
};

/* The sum of several such, read to the end: never more than came. */
static void test_urgent_all(void)
{
	struct peer p;
	ssize_t n = 0, got;

	peer_open(&p, NULL);
	for (uint32_t k = 0; k < 40; k++)
		SAY(&p, TCP_ACK | TCP_URG, 1 + 10 * k, 1, 10,
			.urgent = (uint16_t)(k * 1640 + 1));
	while ((got = peer_read(&p, 1 << 20)) > 0)
		n += got;
	tap(n == 400 && !p.is_garbled && still_lives(&p, 401, 1),
		"H42: however urgent, as many octets are read as came: %zd", n);
	peer_end(&p);

	peer_begin(&p, NULL, OVER_V4);
	p.iss = 0xfffffff0;
	peer_opens(&p, NULL);
	SAY(&p, TCP_ACK | TCP_URG, 1, 1, 10, .urgent = 60000);
	tap(peer_info(&p).urgent == 60000 && peer_read(&p, 100) == 10 && still_lives(&p, 11, 1),
		"H42: a pointer across the end of the numbers");
	peer_end(&p);
}

/* ---- the SYN's options --------------------------------------------------------------- */

static void test_syn_options(void)
{
	static const struct {
		const char *name, *options;
		unsigned least, most; /* snd_mss; 0: the SYN is dropped */
		unsigned scale;
	} rows[] = {
		{ "H38: MSS 0", "02040000", 64, 536, 0 },
		{ "H38: MSS 1", "02040001", 64, 536, 0 },
		{ "H38: MSS 48", "02040030", 64, 536, 0 },
		{ "H38: MSS 65535", "0204ffff", 1460, 1460, 0 },
		{ "H38: no MSS", "01010101", 536, 536, 0 },
		{ "H38: MSS twice", "020403e8 020401f4", 500, 1000, 0 },
		{ "H39: scale 15", OPT_MSS "0103030f", 1460, 1460, 14 },
		{ "H39: scale 128", OPT_MSS "01030380", 1460, 1460, 14 },
		{ "H39: scale 255", OPT_MSS "010303ff", 1460, 1460, 14 },
		{ "H37: a SYN with length 0", OPT_MSS "fd000000", 0, 0, 0 },
		{ "H37: a SYN with a cut MSS", "010101 02", 0, 0, 0 },
		{ "H37: a SYN with two time stamps and two scales",
			"0101080a0000000100000000 0101080a0000000200000000 010303020303 0101",
			536, 536, 1 },
	};

	for (unsigned k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
		struct peer p;
		bool ok;

		peer_begin(&p, NULL, OVER_V4);
		peer_listen(&p, 4);
		if (!rows[k].least) {
			SAY(&p, TCP_SYN, 0, .options = rows[k].options);
			ok = peer_is_silent(&p) && peer_counted(&p, DROP(OPTIONS)) == 1;
		} else {
			peer_opens(&p, rows[k].options);
			if (k == 11) /* it has agreed on time stamps */
				p.has_ts = true;
			ok = peer_info(&p).snd_mss + (p.has_ts ? 12 : 0) >= rows[k].least &&
				peer_info(&p).snd_mss <= rows[k].most &&
				peer_info(&p).snd_scale == rows[k].scale &&
				still_lives(&p, 1, 1);
			if (!ok)
				printf("# MSS %u, scale %u\n", peer_info(&p).snd_mss,
					peer_info(&p).snd_scale);
		}
		tap(ok && still_serves(&p), "%s", rows[k].name);
		peer_end(&p);
	}
}

/* As much as fits goes in segments of the least size, and the stack does not choke on it. */
static void test_small_mss(void)
{
	struct peer p;
	unsigned n = 0;
	uint32_t least = UINT32_MAX;

	peer_open(&p, "02040001" OPT_SACK);
	peer_write(&p, 20000, 0);
	for (uint32_t acked = 1; acked <= p.written && n < 2000;) {
		while (peer_next(&p)) {
			n++;
			if (p.got.len && p.got.seq + p.got.len <= p.written &&
				p.got.len < least)
				least = p.got.len;
			acked = p.got.seq + p.got.len;
		}
		SAY(&p, TCP_ACK, 1, acked);
	}
	tap(least >= 88 && n < 400, "H38: for MSS 1 segments have 88 octets: %u of %u", n,
		least);
	tap(still_lives(&p, 1, p.written + 1) && still_serves(&p), "H38: and it goes on");
	peer_end(&p);
}

/* No scale was offered: none is used. */
static void test_scale_unasked(void)
{
	const struct nod_conf conf = { .seed = { 1 }, .tcp_no_window_scale = true };
	struct peer p;

	peer_begin(&p, &conf, OVER_V4);
	p.window = 1000;
	peer_answers(&p, OPT_MSS OPT_WS7);
	tap(peer_info(&p).snd_scale == 0 && peer_info(&p).snd_wnd == 1000,
		"H39: a scale in the answer to a SYN that had none");
	peer_end(&p);
	peer_begin(&p, NULL, OVER_V4);
	p.window = 1000;
	peer_answers(&p, OPT_MSS);
	SAY(&p, TCP_ACK, 1, 1, .window = 1000);
	tap(peer_info(&p).snd_wnd == 1000 && peer_info(&p).rcv_scale == 0,
		"H39: ours was offered and not answered: neither is used");
	peer_end(&p);
}

/* ---- SACK ---------------------------------------------------------------------------- */

static const char *block(uint32_t base, const uint32_t *edges, unsigned n)
{
	static char text[200];
	char *at = text;

	at += snprintf(at, 20, "010105%02x", 2 + 8 * n);
	for (unsigned k = 0; k < 2 * n; k++)
		at += snprintf(at, 20, "%08x", base + edges[k]);
	return text;
}

static void test_sack(void)
{
	static const struct {
		const char *name;
		unsigned n;
		uint32_t edge[8];
		uint32_t sacked; /* at the most */
	} rows[] = {
		{ "H40: left and right the same", 1, { 3000, 3000 }, 0 },
		{ "H40: left behind right", 1, { 6000, 3000 }, 0 },
		{ "H40: below what is acknowledged", 1, { (uint32_t)-9000, (uint32_t)-3000 },
			0 },
		{ "H40: above what was sent", 1, { 3000, 900000 }, 0 },
		{ "H40: all above it", 1, { 800000, 900000 }, 0 },
		{ "H40: half of the numbers", 1, { 2000, 0x80002000 }, 0 },
		{ "H40: the whole way round", 1, { 2, 1 }, 0 },
		{ "H40: what is acknowledged and more", 1, { (uint32_t)-9000, 2921 }, 2920 },
		{ "H40: pieces of 8 octets", 4,
			{ 3000, 3008, 4000, 4008, 5000, 5008, 6000, 6008 }, 0 },
		{ "H40: overlapping", 4, { 1461, 5841, 2921, 7301, 1461, 7301, 2921, 4381 },
			5840 },
		{ "H40: one octet missing of each", 3, { 1462, 2921, 2922, 4381, 4382, 5841 },
			4380 },
	};

	for (unsigned k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
		struct peer p;
		struct nod_tcp_info i;
		bool ok;

		peer_begin(&p, NULL, OVER_V4);
		peer_opens(&p, OPT_MSS OPT_SACK);
		peer_write(&p, 14600, 0);
		for (unsigned again = 0; again < 5; again++)
			SAY(&p, TCP_ACK, 1, 1,
				.options = block(p.irs, rows[k].edge, rows[k].n));
		i = peer_info(&p);
		ok = i.sacked <= rows[k].sacked && i.unacked == 14600 &&
			i.in_flight <= 3 * 14600;
		if (!ok)
			printf("# sacked %u, unacked %u, in flight %u\n", i.sacked, i.unacked,
				i.in_flight);
		peer_pass(&p, 3 * NOD_S);
		SAY(&p, TCP_ACK, 1, 14601);
		i = peer_info(&p);
		ok = ok && i.sacked == 0 && i.unacked == 0 && i.in_flight == 0;
		tap(still_lives(&p, 1, 14601) && still_serves(&p) && ok, "%s", rows[k].name);
		peer_end(&p);
	}
	/* a count that is no whole number of blocks, and SACK that was not agreed on */
	struct peer p;
	peer_open(&p, OPT_MSS OPT_SACK);
	peer_write(&p, 14600, 0);
	SAY(&p, TCP_ACK, 1, 1, .options = "0509aaaaaaaaaaaaaa010101");
	SAY(&p, TCP_ACK, 1, 1, .options = "0502 0101");
	tap(peer_info(&p).sacked == 0, "H40: a length that is no number of blocks");
	SAY(&p, TCP_ACK, 1, 14601);
	tap(still_lives(&p, 1, 14601), "H40: and it goes on");
	peer_end(&p);
	peer_open(&p, NULL);
	peer_write(&p, 14600, 0);
	SAY(&p, TCP_ACK, 1, 1, .options = block(p.irs, (const uint32_t[]){ 1461, 2921 }, 1));
	tap(peer_info(&p).sacked == 0, "H40: blocks though SACK was not agreed on");
	SAY(&p, TCP_ACK, 1, 14601);
	tap(still_lives(&p, 1, 14601), "H40: and it goes on");
	peer_end(&p);
}

/* ---- checksums that are all ones or zeros -------------------------------------------- */

static void test_sums(void)
{
	struct peer p;
	bool ok = true;
	uint8_t data[2];
	uint32_t seq = 1, n = 0;

	peer_open(&p, NULL);
	for (unsigned k = 0; k < 65536 && n < 2; k++) {
		uint8_t segment[100];
		struct say t = {
			.flags = TCP_ACK, .seq = seq, .ack = 1, .len = 2, .data = data
		};
		uint16_t sum;

		data[0] = (uint8_t)(k >> 8);
		data[1] = (uint8_t)k;
		peer_build(&p, &t, segment, sizeof(segment));
		sum = (uint16_t)(segment[TCP_SUM_AT] << 8 | segment[TCP_SUM_AT + 1]);
		if (sum != 0 && sum != 0xffff)
			continue;
		peer_say(&p, &t);
		seq += 2;
		n++;
		ok = ok && peer_info(&p).readable == seq - 1;
	}
	tap(ok && n >= 1, "H63: a checksum of 0x0000 or 0xffff is one as any other: %u", n);
	peer_end(&p);
}

int main(void)
{
	ARE_TOLD(malformed);
	ARE_TOLD(strangers);
	ARE_TOLD(urgent);
	test_urgent_all();
	test_syn_options();
	test_small_mss();
	test_scale_unasked();
	test_sack();
	test_sums();
	return tap_done();
}
