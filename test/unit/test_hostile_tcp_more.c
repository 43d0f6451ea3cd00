/* SPDX-License-Identifier: ISC */
/*
 * test_hostile_tcp_more.c - time stamps, ECN, Fast Open, acknowledgements that lie
 *
 * H58, H60, H64, H65.
 */
#include <linux/tcp.h>

#include "hostile_tcp.h"

enum { MSS = 1460 };

/* ---- time stamps --------------------------------------------------------------------- */

static void open_ts(struct peer *p)
{
	peer_begin(p, NULL, OVER_V4);
	p->has_ts = true;
	peer_opens(p, OPT_MSS);
}

static void test_stamps(void)
{
	struct peer p;

	open_ts(&p);
	SAY(&p, TCP_ACK, 1, 1, 10, .ts_ahead = -1);
	tap(HEARS(&p, TCP_ACK, 1, 1, 0) && peer_info(&p).readable == 0 &&
			peer_counted(&p, NOD_EV_TCP_DROP_PAWS) == 1,
		"H60: a time stamp that goes back: dropped, and answered");
	SAY(&p, TCP_ACK, 1, 1, 10, .ts_ahead = -0x7fffffff);
	tap(peer_info(&p).readable == 0, "H60: as far as can be");
	SAY(&p, TCP_ACK, 1, 1, 10, .has_no_ts = true);
	tap(peer_info(&p).readable == 0 && peer_counted(&p, NOD_EV_TCP_DROP_PAWS) == 3,
		"H60: none though they were agreed on: dropped");
	peer_ignore(&p);
	/* poison: far ahead, in a segment that is not acceptable, or acknowledges what is not */
	SAY(&p, TCP_ACK, 200000, 1, 10, .ts_ahead = 0x70000000);
	SAY(&p, TCP_ACK, (uint32_t)-70000, 1, 10, .ts_ahead = 0x70000000);
	SAY(&p, TCP_ACK, 1, 77777, 10, .ts_ahead = 0x70000000);
	SAY(&p, TCP_ACK, 500, 1, 10, .ts_ahead = 0x70000000);
	tap(still_lives(&p, 1, 1),
		"H60: stamps of the future in what is not in order are not kept");
	SAY(&p, TCP_RST, 2, .ts_ahead = -1000);
	tap(peer_state(&p) == TCP_CLOSED, "H60: a RST is not asked for its time");
	peer_end(&p);

	open_ts(&p);
	p.ts_value += 10;
	p.ts_echo = 0; /* never sent */
	peer_write(&p, 10, 0);
	p.next = p.s.n;
	nod_ns before = peer_info(&p).rto;
	p.ts_echo = 0x12345678;
	SAY(&p, TCP_ACK, 1, 11);
	tap(peer_info(&p).unacked == 0 && peer_info(&p).rtt < 100 * NOD_MS &&
			peer_info(&p).rto <= before,
		"H60: an echo that was never sent is no round trip");
	peer_write(&p, 10, 0);
	p.next = p.s.n;
	p.ts_echo = 0;
	SAY(&p, TCP_ACK, 1, 21);
	tap(peer_info(&p).rtt < 100 * NOD_MS, "H60: nor is one of 0");
	peer_end(&p);

	peer_begin(&p, NULL, OVER_V4);
	p.has_ts = true;
	p.ts_value = 0xfffffffe;
	peer_opens(&p, OPT_MSS);
	bool ok = true;
	for (uint32_t k = 0; k < 6; k++) {
		p.ts_value++;
		SAY(&p, TCP_ACK, 1 + k, 1, 1);
		ok = ok && peer_info(&p).readable == k + 1;
	}
	tap(ok, "H60: stamps go round");
	peer_pass(&p, 25 * 24 * 3600 * NOD_S);
	p.ts_value -= 100000;
	SAY(&p, TCP_ACK, 7, 1, 1);
	tap(peer_info(&p).readable == 7,
		"H60: after 24 days of silence the old one says nothing");
	tap(still_serves(&p), "H60: others are served");
	peer_end(&p);
}

/* ---- ECN ----------------------------------------------------------------------------- */

static void test_ecn(void)
{
	static const struct {
		const char *name;
		uint8_t flags, reserved;
		bool agrees;
	} rows[] = {
		{ "H65: SYN with ECE and CWR", TCP_SYN | TCP_ECE | TCP_CWR, 0, true },
		{ "H65: SYN with ECE alone", TCP_SYN | TCP_ECE, 0, false },
		{ "H65: SYN with CWR alone", TCP_SYN | TCP_CWR, 0, false },
		{ "H65: SYN with NS alone", TCP_SYN, 1, false },
	};
	struct peer p;

	for (unsigned k = 0; k < 4; k++) {
		peer_begin(&p, NULL, OVER_V4);
		peer_listen(&p, 4);
		SAY(&p, rows[k].flags, 0, .options = OPT_MSS, .reserved = rows[k].reserved);
		peer_next(&p);
		tap(!!(p.got.h.flags & TCP_ECE) == rows[k].agrees, "%s: %s", rows[k].name,
			rows[k].agrees ? "agreed" : "not agreed");
		peer_end(&p);
	}
	peer_open(&p, NULL);
	peer_write(&p, 14600, 0);
	uint32_t cwnd = peer_info(&p).cwnd;
	for (uint32_t k = 1; k < 10; k++)
		SAY(&p, TCP_ACK | TCP_ECE, 1, 1 + k * MSS);
	tap(peer_info(&p).cwnd >= cwnd && peer_counted(&p, NOD_EV_TCP_ECN) == 0,
		"H65: ECE that was not agreed on is nothing");
	SAY(&p, TCP_ACK, 1, 14601, 10, .tos = 3);
	bool has_ece = false;
	while (peer_next(&p))
		has_ece = has_ece || (p.got.h.flags & TCP_ECE);
	tap(!has_ece, "H65: a mark that was not agreed on is not echoed");
	peer_end(&p);

	peer_begin(&p, NULL, OVER_V4);
	peer_listen(&p, 4);
	SAY(&p, TCP_SYN | TCP_ECE | TCP_CWR, 0, .options = OPT_MSS);
	peer_next(&p);
	SAY(&p, TCP_ACK, 1, 1);
	peer_accept(&p);
	peer_write(&p, 60000, 0);
	peer_ignore(&p);
	for (uint32_t k = 1; k <= 10; k++)
		SAY(&p, TCP_ACK | TCP_ECE, 1, 1 + k * MSS);
	tap(peer_counted(&p, NOD_EV_TCP_ECN) == 1,
		"H65: ten echoes in a round trip reduce once: %u",
		(unsigned)peer_counted(&p, NOD_EV_TCP_ECN));
	tap(peer_info(&p).cwnd >= 2 * MSS,
		"H65: and the window is not less than 2 segments: %u", peer_info(&p).cwnd);
	uint32_t acked = 1 + 10 * MSS;
	for (unsigned k = 0; k < 300 && acked <= p.written; k++) {
		while (peer_next(&p))
			acked = p.got.seq + p.got.len > acked ? p.got.seq + p.got.len : acked;
		SAY(&p, TCP_ACK | TCP_ECE, 1, acked);
		peer_pass(&p, 50 * NOD_MS);
	}
	tap(peer_info(&p).unacked == 0 && peer_info(&p).cwnd >= MSS,
		"H65: echoes for ever: it goes on, if slowly");
	peer_end(&p);
}

/* ---- Fast Open ----------------------------------------------------------------------- */

static void test_fast_open(void)
{
	static const struct {
		const char *name, *options;
		bool drops; /* malformed */
	} rows[] = {
		{ .name = "H64: no cookie, with octets", .options = OPT_MSS },
		{ .name = "H64: a cookie of 1 octet", .options = OPT_MSS "2203aa01" },
		{ .name = "H64: a cookie of 3 octets", .options = OPT_MSS "2205aabbcc 010101" },
		{ .name = "H64: a cookie of 5 octets", .options = OPT_MSS "2207aabbccddee 01" },
		{ .name = "H64: a cookie of 17 octets",
			.options = OPT_MSS "2213 aabbccddeeff00112233445566778899aa 01" },
		{ .name = "H64: a cookie of 18 octets",
			.options = OPT_MSS "2214 aabbccddeeff00112233445566778899aabb" },
		{ .name = "H64: a wrong cookie of 4", .options = OPT_MSS "2206aabbccdd 0101" },
		{ .name = "H64: a wrong cookie of 8",
			.options = OPT_MSS "220aaabbccddeeff0011 0101" },
		{ .name = "H64: a wrong cookie of 16",
			.options = OPT_MSS "2212 aabbccddeeff00112233445566778899 0101" },
		{ .name = "H64: a cookie that is cut",
			.options = OPT_MSS "220aaabb",
			.drops = true },
		{ .name = "H64: the experimental option, cut", .options = OPT_MSS "fe04f989" },
	};
	const struct nod_conf conf = { .seed = { 4 },
		.tcp_fast_open = NOD_FAST_OPEN_SERVER | NOD_FAST_OPEN_CLIENT };
	struct peer p;
	char cookie[100];
	char *at = cookie;

	for (unsigned k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
		bool ok;

		peer_begin(&p, &conf, OVER_V4);
		peer_listen(&p, 8);
		peer_set(&p, IPPROTO_TCP, TCP_FASTOPEN, 5);
		SAY(&p, TCP_SYN, 0, 0, 20, .options = rows[k].options);
		if (rows[k].drops) {
			ok = peer_is_silent(&p);
		} else {
			ok = HEARS(&p, TCP_SYN | TCP_ACK, 0, 1, 0) &&
				nod_accept(p.s.stack, p.listener, NULL, NULL) == -EAGAIN;
			SAY(&p, TCP_ACK, 1, 1);
			peer_accept(&p);
			ok = ok && p.fd >= 0 && peer_info(&p).readable == 0;
		}
		tap(ok && still_serves(&p), "%s: not given to the program before the handshake",
			rows[k].name);
		peer_end(&p);
	}
	peer_begin(&p, &conf, OVER_V4);
	peer_listen(&p, 100);
	peer_set(&p, IPPROTO_TCP, TCP_FASTOPEN, 5);
	SAY(&p, TCP_SYN, 0, .options = OPT_MSS "2202 0101");
	peer_next(&p);
	tap(p.got.o.has_cookie && p.got.o.cookie_len >= 4, "H64: who asks gets a cookie");
	at += snprintf(at, 30, OPT_MSS "22%02x", 2 + p.got.o.cookie_len);
	for (unsigned k = 0; k < p.got.o.cookie_len; k++)
		at += snprintf(at, 3, "%02x", p.got.o.cookie[k]);
	snprintf(at, 10, "0101");
	SAY(&p, TCP_RST, 1);
	unsigned n = 0;
	for (unsigned k = 0; k < 50; k++) {
		p.port++;
		SAY(&p, TCP_SYN, 0, 0, 20, .options = cookie);
		SAY(&p, TCP_SYN, 0, 0, 20, .options = cookie);
	}
	for (int fd; (fd = nod_accept(p.s.stack, p.listener, NULL, NULL)) >= 0; n++) {
		char buf[100];
		ssize_t got = nod_recv(p.s.stack, fd, buf, sizeof(buf), 0);

		if (got != 20)
			n += 1000;
		nod_setsockopt(p.s.stack, fd, SOL_SOCKET, SO_LINGER,
			&(struct linger){ .l_onoff = 1 }, sizeof(struct linger));
		nod_close(p.s.stack, fd);
	}
	tap(n == 5, "H64: of many that do not confirm no more than were allowed, once each: %u",
		n);
	tap(still_serves(&p), "H64: and others are served");
	peer_end(&p);
}

/* ---- acknowledgements that lie ------------------------------------------------------- */

/* How large the window is when @len octets have been acknowledged in pieces of @step. */
static uint32_t cwnd_after(uint32_t step, uint32_t len)
{
	struct peer p;
	uint32_t cwnd;

	peer_open(&p, NULL);
	peer_write(&p, 100000, 0);
	for (uint32_t at = 1 + step; at <= 1 + len; at += step)
		SAY(&p, TCP_ACK, 1, at);
	cwnd = peer_info(&p).cwnd;
	peer_end(&p);
	return cwnd;
}

static void test_lies(void)
{
	struct peer p;
	uint32_t whole = cwnd_after(MSS, 10 * MSS), split = cwnd_after(20, 10 * MSS);
	uint32_t before;
	unsigned n;

	tap(split <= whole + MSS,
		"H58: acknowledged in 730 pieces the window grows no more: %u, %u", split,
		whole);

	peer_open(&p, NULL);
	peer_write(&p, 100000, 0);
	before = peer_info(&p).cwnd;
	for (uint32_t k = 0; k < 50; k++)
		SAY(&p, TCP_ACK, 1, 20001 + k * MSS);
	tap(peer_info(&p).unacked == 14600 && peer_info(&p).cwnd == before &&
			peer_counted(&p, NOD_EV_TCP_DROP_ACK) == 50,
		"H58: acknowledgements of what was not sent are not believed");
	peer_end(&p);

	for (unsigned sack = 0; sack < 2; sack++) {
		peer_open(&p, sack ? OPT_MSS OPT_SACK : OPT_MSS);
		peer_write(&p, 100000, 0);
		peer_ignore(&p);
		n = 0;
		for (unsigned k = 0; k < 1000; k++) {
			SAY(&p, TCP_ACK, 1, 1);
			while (peer_next(&p))
				n++;
		}
		tap(n <= 20,
			"H58: a thousand duplicate ACKs bring out no more than two windows: %u%s",
			n, sack ? ", with SACK" : "");
		peer_end(&p);
	}
}

int main(void)
{
	test_stamps();
	test_ecn();
	test_fast_open();
	test_lies();
	return tap_done();
}
