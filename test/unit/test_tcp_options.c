/* SPDX-License-Identifier: ISC */
/* test_tcp_options.c - options, segment sizes and what stands in the header, seen on the wire */
#include "tcp_peer.h"

/* ---- the segment size ---------------------------------------------------------------- */

static void test_mss(void)
{
	static const struct {
		const char *name, *options;
		int over;
		bool has_ts;
		unsigned want;
	} rows[] = {
		{ "MUST-14: the peer's MSS is kept to", "020403e8", OVER_V4, false, 1000 },
		{ "MUST-14: the path's is, when it is less", "02042328", OVER_V4, false, 1460 },
		{ "MUST-14: over IPv6", "020403e8", OVER_V6, false, 1000 },
		{ "MUST-15: none is 536", "01010101", OVER_V4, false, 536 },
		{ "MUST-15: over IPv6 none is 1220", "01010101", OVER_V6, false, 1220 },
		{ "MUST-16: a time stamp takes 12 octets of each", "020403e8", OVER_V4, true,
			988 },
		{ "MUST-16: of the path's share, too", "02042328", OVER_V6, true, 1428 },
	};

	for (unsigned k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
		struct peer p;

		peer_begin(&p, NULL, rows[k].over);
		p.has_ts = rows[k].has_ts;
		peer_opens(&p, rows[k].options);
		peer_write(&p, 5000, 0);
		tap(HEARS(&p, TCP_ACK, 1, 1, rows[k].want), "%s: %u", rows[k].name,
			rows[k].want);
		peer_end(&p);
		peer_begin(&p, NULL, rows[k].over);
		p.has_ts = rows[k].has_ts;
		peer_answers(&p, rows[k].options);
		peer_write(&p, 5000, 0);
		tap(HEARS(&p, TCP_ACK, 1, 1, rows[k].want), "%s: we open", rows[k].name);
		peer_end(&p);
	}
}

static void test_own_mss(void)
{
	struct peer p;

	for (int over = OVER_V4; over <= OVER_V6; over++) {
		unsigned want = over == OVER_V4 ? 1460 : 1440;

		peer_begin(&p, NULL, over);
		peer_listen(&p, 4);
		SAY(&p, TCP_SYN, 0, .options = OPT_MSS);
		tap(HEARS(&p, TCP_SYN | TCP_ACK, 0, 1, 0) && p.got.o.has_mss &&
				p.got.o.mss == want,
			"MUST-67, SHLD-5, MAY-3: the answer's MSS is the MTU without headers: %u",
			want);
		peer_end(&p);
		peer_begin(&p, NULL, over);
		peer_is_asked(&p);
		tap(p.got.o.has_mss && p.got.o.mss == want,
			"MUST-14, MUST-67, MAY-3: so is a SYN's: %u", p.got.o.mss);
		peer_end(&p);
	}
	/* the smaller of the device's and of what has been learnt of the path */
	peer_begin(&p, NULL, OVER_V4);
	nod_interface_set_mtu(p.s.stack, STATION_IF, 1000);
	peer_is_asked(&p);
	tap(p.got.o.mss == 960, "SHLD-6: and follows the device's MTU: %u", p.got.o.mss);
	peer_end(&p);

	peer_open(&p, OPT_MSS OPT_SACK OPT_WS7);
	peer_write(&p, 4000, 0);
	SAY(&p, TCP_ACK, 1, 4001, 100);
	peer_pass(&p, NOD_S);
	peer_read(&p, 1000);
	peer_close(&p);
	peer_pass(&p, 60 * NOD_S);
	bool has_mss = false;
	unsigned n = 0;
	while (peer_next(&p)) {
		has_mss = has_mss || p.got.o.has_mss;
		n++;
	}
	tap(n > 3 && !has_mss, "MUST-65: no MSS is in a segment without SYN: %u", n);
	SAY(&p, TCP_RST, 101, 4002);
	peer_end(&p);
}

/* ---- what may stand in any segment --------------------------------------------------- */

static void test_anywhere(void)
{
	static const struct {
		const char *name, *options;
	} rows[] = {
		{ "MUST-4, MUST-5: end of list", "00000000" },
		{ "MUST-4, MUST-5: no operation", "01010101" },
		{ "MUST-4, MUST-5: MSS, which means nothing there", "02040001" },
		{ "MUST-5: window scale, which means nothing there", "0303 0e01" },
		{ "MUST-6: an unknown one of four octets", "fd04 0102" },
		{ "MUST-6, MUST-68: an unknown one of two octets, twice", "fd02 fd02" },
		{ "MUST-6: an unknown one of 40 octets",
			"c828 0000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 "
			"00000000 00000000" },
		{ "MUST-69: what stands behind the end of the list is passed over",
			"00ff01fe" },
		{ "MUST-64: not aligned", "01fd0305 020405b4" },
	};

	for (unsigned k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
		struct peer p;

		peer_open(&p, NULL);
		SAY(&p, TCP_ACK, 1, 1, 10, .options = rows[k].options);
		tap(HEARS(&p, TCP_ACK, 1, 11, 0), "%s: with data", rows[k].name);
		peer_ignore(&p);
		SAY(&p, TCP_FIN | TCP_ACK, 11, 1, .options = rows[k].options);
		tap(HEARS(&p, TCP_ACK, 1, 12, 0) && peer_read(&p, 100) == 10 && !p.is_garbled &&
				peer_read(&p, 100) == 0,
			"%s: with a FIN", rows[k].name);
		SAY(&p, TCP_RST, 12, .options = rows[k].options);
		tap(peer_counted(&p, NOD_EV_TCP_RST) == 1, "%s: with a RST", rows[k].name);
		peer_end(&p);
	}
}

static void test_unaligned(void)
{
	struct peer p;

	peer_begin(&p, NULL, OVER_V4);
	peer_listen(&p, 4);
	/* MSS at 1, window scale at 5, SACK permitted at 8, time stamps at 11 */
	SAY(&p, TCP_SYN, 0,
		.options = "01 020403e8 030302 0402 01 080a00000007 00000000 00 0000");
	tap(HEARS(&p, TCP_SYN | TCP_ACK, 0, 1, 0) && p.got.o.has_window_shift &&
			p.got.o.sack_permitted && p.got.o.has_timestamps &&
			p.got.o.ts_echo == 7,
		"MUST-64: options that are not aligned are all understood");
	size_t used = 0;
	struct rcur r = rcur_of(p.got.h.options.p, p.got.h.options.len);
	struct span d;
	uint8_t kind;
	while (tcp_option_next(&r, &kind, &d) > 0)
		used += 2 + d.len;
	bool is_padded = true;
	for (size_t at = r.at; at < p.got.h.options.len; at++)
		is_padded = is_padded && p.got.h.options.p[at] <= 1;
	tap(used > 15 && is_padded,
		"MUST-68, MUST-69: each of ours has its length, and what is behind is padding");
	peer_end(&p);
}

static void test_bad_length(void)
{
	static const struct {
		const char *name, *options;
	} rows[] = {
		{ "MUST-7: length 0", "fd000000" },
		{ "MUST-7: length 1", "fd010000" },
		{ "MUST-7: length beyond the header", "fd050000" },
		{ "MUST-7: length 255", "fdff0000" },
		{ "MUST-7: MSS of length 0", "02000000" },
		{ "MUST-7: a kind in the last octet", "010101fd" },
		{ "MUST-7: a time stamp that is cut", "01080a00" },
	};

	for (unsigned k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
		struct peer p;

		peer_open(&p, NULL);
		SAY(&p, TCP_ACK, 1, 1, 10, .options = rows[k].options);
		SAY(&p, TCP_ACK, 1, 1, 10);
		tap(peer_counted(&p, NOD_EV_TCP_DROP_OPTIONS) == 1 &&
				HEARS(&p, TCP_ACK, 1, 11, 0) && peer_read(&p, 99) == 10,
			"%s: dropped, and the connection goes on", rows[k].name);
		peer_end(&p);
	}
}

/* ---- the window ---------------------------------------------------------------------- */

static void test_big_window(void)
{
	struct peer p;

	peer_begin(&p, NULL, OVER_V4);
	p.window = 0x8000;
	peer_opens(&p, NULL);
	tap(peer_info(&p).snd_wnd == 0x8000, "MUST-1: a window of 32,768 is not negative");
	SAY(&p, TCP_ACK, 1, 1, .window = 0xffff);
	tap(peer_info(&p).snd_wnd == 0xffff, "MUST-1: one of 65,535 neither");
	peer_end(&p);

	peer_begin(&p, NULL, OVER_V4);
	p.window = 0xffff;
	peer_opens(&p, OPT_MSS "0103030e");
	tap(peer_info(&p).snd_wnd == 0xffffu << 14, "REC-1: scaled by 14 it takes 30 bits: %u",
		peer_info(&p).snd_wnd);
	peer_write(&p, 1 << 20, 0);
	SAY(&p, TCP_ACK, 1, 1 + 14600, .window = 0xffff);
	tap(peer_info(&p).snd_wnd == 0xffffu << 14 && peer_info(&p).unacked > 14600,
		"REC-1: and is computed with");
	peer_end(&p);
}

/* ---- checksums ----------------------------------------------------------------------- */

static void test_checksum(void)
{
	for (int over = OVER_V4; over <= OVER_V6; over++) {
		struct peer p;
		bool ok = true;
		unsigned n = 0;

		peer_begin(&p, NULL, over);
		peer_opens(&p, NULL);
		for (unsigned len = 1; len < 4000; len = len * 3 / 2 + 1) {
			peer_write(&p, len, 0);
			while (p.next < p.s.n) {
				ok = peer_next(&p) && ok; /* it verifies */
				n++;
			}
			SAY(&p, TCP_ACK, 1, 1 + p.written);
		}
		tap(ok && n > 15, "MUST-2: each checksum is right, of any length: %u", n);
		peer_ignore(&p);
		SAY(&p, TCP_ACK, 1, 1 + p.written, 10, .has_bad_sum = true);
		tap(peer_is_silent(&p) && peer_read(&p, 10) == -EAGAIN &&
				peer_counted(&p, NOD_EV_TCP_DROP_CHECKSUM) == 1,
			"MUST-3: a wrong one is dropped without a word");
		SAY(&p, TCP_RST, 1, .has_bad_sum = true);
		tap(peer_state(&p) == TCP_ESTABLISHED, "MUST-3: and changes nothing");
		SAY(&p, TCP_ACK, 1, 1 + p.written, 10);
		peer_pass(&p, NOD_S);
		tap(HEARS(&p, TCP_ACK, 1 + p.written, 11, 0), "MUST-3: it may come again");
		peer_end(&p);
	}
}

int main(void)
{
	test_mss();
	test_own_mss();
	test_anywhere();
	test_unaligned();
	test_bad_length();
	test_big_window();
	test_checksum();
	return tap_done();
}
