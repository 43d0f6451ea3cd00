/* SPDX-License-Identifier: ISC */
/* test_tcp_timer.c - what happens when nobody answers: retransmission, R1 and R2, keep-alive */
#include <linux/tcp.h>

#include "tcp_peer.h"

static int take_error(struct peer *p)
{
	int err = 0;
	socklen_t len = sizeof(err);

	nod_getsockopt(p->s.stack, p->fd, SOL_SOCKET, SO_ERROR, &err, &len);
	return err;
}

/* ---- retransmission ------------------------------------------------------------------ */

static void test_rto(void)
{
	struct peer p;
	nod_ns at[16];
	unsigned n = 0;
	bool doubles = true;

	peer_open(&p, NULL);
	peer_write(&p, 100, 0);
	while (peer_next(&p) && n < 16)
		at[n++] = p.got.at;
	for (unsigned k = 0; k < 3000 && n < 9; k++) {
		peer_pass(&p, NOD_S / 10);
		while (peer_next(&p) && n < 9)
			at[n++] = p.got.at;
	}
	for (unsigned k = 3; k < n; k++)
		doubles = doubles && at[k] - at[k - 1] >= (at[k - 1] - at[k - 2]) * 19 / 10;
	tap(n == 9 && doubles && p.got.seq == 1 && p.got.len == 100,
		"MUST-19, MUST-18: sent again after times that double");
	tap(at[1] - at[0] >= 200 * NOD_MS && at[1] - at[0] <= NOD_S,
		"MUST-18: for the first time after RFC 6298's: %d ms",
		(int)((at[1] - at[0]) / NOD_MS));
	SAY(&p, TCP_ACK, 1, 101);
	tap(peer_info(&p).rtt < 10 * NOD_MS,
		"MUST-18: no round trip is measured by what was sent again (Karn)");
	tap(peer_info(&p).unacked == 0 && peer_state(&p) == TCP_ESTABLISHED, "and all is well");
	peer_end(&p);
}

static void test_measured(void)
{
	struct peer p;

	peer_begin(&p, NULL, OVER_V4);
	peer_listen(&p, 4);
	SAY(&p, TCP_SYN, 0, .options = OPT_MSS);
	peer_next(&p);
	peer_pass(&p, 400 * NOD_MS);
	SAY(&p, TCP_ACK, 1, 1);
	peer_accept(&p);
	struct nod_tcp_info i = peer_info(&p);
	tap(i.rtt == 400 * NOD_MS && i.rtt_variation == 200 * NOD_MS && i.rto == 1200 * NOD_MS,
		"MUST-18: the first round trip R: SRTT = R, RTTVAR = R/2, RTO = SRTT + 4 RTTVAR");
	peer_write(&p, 10, 0);
	peer_pass(&p, 800 * NOD_MS);
	SAY(&p, TCP_ACK, 1, 11);
	i = peer_info(&p);
	tap(i.rtt == 450 * NOD_MS && i.rtt_variation == 250 * NOD_MS,
		"MUST-18: the next by an eighth and a quarter: %d, %d ms",
		(int)(i.rtt / NOD_MS), (int)(i.rtt_variation / NOD_MS));
	peer_end(&p);
}

static void test_congestion(void)
{
	struct peer p;
	unsigned n = 0, first;
	uint32_t acked = 1;
	struct nod_tcp_info i;

	peer_open(&p, NULL);
	peer_write(&p, 120000, 0);
	while (peer_next(&p))
		n++;
	first = n;
	SAY(&p, TCP_ACK, 1, acked += 2 * 1460);
	for (n = 0; peer_next(&p);)
		n++;
	tap(first == 10 && n == 4,
		"MUST-19: slow start: 10 at first, two for each acknowledged: %u, %u", first,
		n);
	peer_pass(&p, 3 * NOD_S);
	i = peer_info(&p);
	tap(i.phase == 4 && i.ssthresh >= 2 * 1460 && i.ssthresh <= 9 * 1460,
		"MUST-19, MAY-18: after a time-out ssthresh is CUBIC's part of what was out: %u",
		i.ssthresh / 1460);
	peer_ignore(&p);
	SAY(&p, TCP_ACK, 1, acked += 12 * 1460);
	peer_pass(&p, NOD_MS);
	i = peer_info(&p);
	tap(i.cwnd <= i.ssthresh + 1460,
		"MUST-19: above it the window grows by congestion avoidance: %u",
		i.cwnd / 1460);
	peer_end(&p);
}

/* ---- R1, R2 -------------------------------------------------------------------------- */

static void test_r2(void)
{
	struct peer p;
	nod_ns from;

	peer_open(&p, NULL);
	peer_write(&p, 100, 0);
	from = p.s.now;
	for (unsigned k = 0; k < 99; k++)
		peer_pass(&p, NOD_S);
	tap(peer_state(&p) == TCP_ESTABLISHED && peer_info(&p).timeouts >= 3,
		"SHLD-10: R1 is three times at least: %u", peer_info(&p).timeouts);
	tap(peer_counted(&p, NOD_EV_TCP_TIMEOUT) >= 3 && peer_info(&p).backoff >= 3,
		"SHLD-9: between R1 and R2 the program can know that nobody answers");
	peer_pass(&p, 5000 * NOD_S);
	tap(peer_state(&p) == TCP_CLOSED && take_error(&p) == ETIMEDOUT,
		"MUST-20: after R2 the connection is closed, and the program told");
	tap(p.s.now - from > 100 * NOD_S, "SHLD-11: R2 is 100 seconds at least");
	peer_end(&p);

	peer_open(&p, NULL);
	peer_set(&p, IPPROTO_TCP, TCP_USER_TIMEOUT, 7000);
	peer_write(&p, 100, 0);
	peer_pass(&p, 6 * NOD_S);
	tap(peer_state(&p) == TCP_ESTABLISHED, "MUST-21: the program sets R2: not before it");
	peer_pass(&p, 8 * NOD_S);
	tap(peer_state(&p) == TCP_CLOSED && take_error(&p) == ETIMEDOUT,
		"MUST-21: but after it");
	peer_end(&p);
}

/* ---- keep-alive ---------------------------------------------------------------------- */

static void test_keep_alive(void)
{
	struct peer p;
	unsigned n;

	peer_open(&p, NULL);
	tap(peer_count(&p, 30 * 3600 * NOD_S) == 0,
		"MUST-25: none is sent unless it is asked for");
	peer_end(&p);

	peer_open(&p, NULL);
	peer_set(&p, SOL_SOCKET, SO_KEEPALIVE, 1);
	tap(peer_count(&p, 7190 * NOD_S) == 0, "MUST-28: by default not for two hours");
	tap(peer_count(&p, 20 * NOD_S) == 1 && p.got.seq == 0 && p.got.len == 0 &&
			p.got.h.flags == TCP_ACK,
		"MAY-5, MUST-24, SHLD-12: then one without data, of a number that was acknowledged");
	tap(peer_state(&p) == TCP_ESTABLISHED && peer_count(&p, 80 * NOD_S) == 1,
		"MUST-29: one without an answer proves nothing: it is sent again");
	SAY(&p, TCP_ACK, 1, 1);
	tap(peer_count(&p, 7190 * NOD_S) == 0 && peer_state(&p) == TCP_ESTABLISHED,
		"MUST-26: an answer, and two hours begin again");
	n = peer_count(&p, 3600 * NOD_S);
	tap(n >= 3 && peer_state(&p) == TCP_CLOSED && take_error(&p) == ETIMEDOUT,
		"MUST-29: after several it is dead: %u", n);
	peer_end(&p);

	peer_open(&p, NULL);
	tap(peer_set(&p, SOL_SOCKET, SO_KEEPALIVE, 1) == 0 &&
			peer_set(&p, IPPROTO_TCP, TCP_KEEPIDLE, 10) == 0 &&
			peer_set(&p, IPPROTO_TCP, TCP_KEEPINTVL, 2) == 0 &&
			peer_count(&p, 9 * NOD_S) == 0 && peer_count(&p, 2 * NOD_S) == 1,
		"MUST-27: the interval may be chosen");
	SAY(&p, TCP_ACK, 1, 1);
	peer_pass(&p, 6 * NOD_S);
	SAY(&p, TCP_ACK, 1, 1, 10);
	peer_ignore(&p);
	n = peer_count(&p, 8 * NOD_S);
	tap(n == 0, "MUST-26: what arrives puts it off: %u", n);
	SAY(&p, TCP_ACK, 11, 1);
	tap(peer_set(&p, SOL_SOCKET, SO_KEEPALIVE, 0) == 0 && peer_count(&p, 3600 * NOD_S) == 0,
		"MUST-24: and it may be switched off");
	peer_set(&p, SOL_SOCKET, SO_KEEPALIVE, 1);
	peer_set(&p, IPPROTO_TCP, TCP_KEEPIDLE, 1);
	peer_write(&p, 10, 0);
	bool is_data = true;
	peer_pass(&p, 5 * NOD_S);
	for (n = 0; peer_next(&p); n++)
		is_data = is_data && p.got.len == 10;
	tap(is_data && n > 2, "MUST-26: while octets are out they are sent, and no keep-alive");
	peer_end(&p);
}

int main(void)
{
	test_rto();
	test_measured();
	test_congestion();
	test_r2();
	test_keep_alive();
	return tap_done();
}
