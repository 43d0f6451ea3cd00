/* SPDX-License-Identifier: ISC */
/* test_tcp_window.c - windows: shut, shrunk, silly; the peer's and ours */
#include <linux/tcp.h>

#include "tcp_peer.h"

enum { MSS = 1460 };

/* ---- the peer's ---------------------------------------------------------------------- */

static void test_zero(void)
{
	struct peer p;
	nod_ns at[6];
	int err;
	socklen_t len = sizeof(err);

	peer_open(&p, NULL);
	SAY(&p, TCP_ACK, 1, 1, .window = ZERO_WINDOW);
	nod_ns from = p.s.now;
	peer_write(&p, 3000, 0);
	tap(peer_is_silent(&p), "nothing goes into a window that is shut");
	for (unsigned k = 0; k < 6; k++) {
		while (!peer_next(&p) && p.s.now - from < 200 * NOD_S)
			peer_pass(&p, 10 * NOD_MS);
		at[k] = p.got.at;
		SAY(&p, TCP_ACK, 1, 1, .window = ZERO_WINDOW);
	}
	tap(at[0] - from >= 200 * NOD_MS && at[0] - from <= 1200 * NOD_MS &&
			p.got.h.flags & TCP_ACK,
		"MUST-36, SHLD-29: it is probed after one RTO: %d ms",
		(int)((at[0] - from) / NOD_MS));
	bool grows = true;
	for (unsigned k = 2; k < 6; k++)
		grows = grows && at[k] - at[k - 1] >= (at[k - 1] - at[k - 2]) * 19 / 10;
	tap(grows, "SHLD-30: then after ever longer times");
	for (unsigned day = 0; day < 3 * 24; day++) {
		unsigned n = 0;

		for (unsigned k = 0; k < 60; k++) {
			peer_pass(&p, 60 * NOD_S);
			while (peer_next(&p))
				n++;
			SAY(&p, TCP_ACK, 1, 1, .window = ZERO_WINDOW);
		}
		if (n < 20)
			day = 10000;
	}
	nod_getsockopt(p.s.stack, p.fd, SOL_SOCKET, SO_ERROR, &err, &len);
	tap(peer_state(&p) == TCP_ESTABLISHED && !err,
		"MUST-37, MAY-8: three days of it: the peer may, and is asked all the time");
	peer_ignore(&p);
	SAY(&p, TCP_ACK, 1, 1, .window = 2000);
	tap(HEARS(&p, TCP_ACK, 1, 1, MSS), "MUST-36: and when it opens octets go");
	peer_end(&p);
}

static void test_shrunk(void)
{
	struct peer p;
	unsigned n;

	peer_begin(&p, NULL, OVER_V4);
	p.window = 4 * MSS;
	peer_opens(&p, NULL);
	peer_write(&p, 8 * MSS, 0);
	for (n = 0; peer_next(&p);)
		n++;
	tap(n == 4, "four segments fill the window: %u", n);
	SAY(&p, TCP_ACK, 1, 1 + MSS, .window = MSS);
	tap(peer_is_silent(&p),
		"MUST-34, SHLD-15: it shrinks below what is under way: nothing new goes beyond it");
	SAY(&p, TCP_ACK, 1, 1 + 2 * MSS, .window = MSS);
	tap(peer_is_silent(&p), "MUST-34: as long as there is no room");
	peer_pass(&p, 2 * NOD_S);
	tap(HEARS(&p, TCP_ACK, 1 + 2 * MSS, 1, MSS),
		"SHLD-16: what lies in the window is sent again as usual");
	SAY(&p, TCP_ACK, 1, 1 + 4 * MSS, .window = 2 * MSS);
	peer_ignore(&p);
	peer_pass(&p, NOD_S);
	tap(peer_state(&p) == TCP_ESTABLISHED, "MUST-34: and it goes on when it opens");
	peer_end(&p);

	peer_begin(&p, NULL, OVER_V4);
	p.window = 4 * MSS;
	peer_opens(&p, NULL);
	peer_write(&p, 8 * MSS, 0);
	SAY(&p, TCP_ACK, 1, 1 + 2 * MSS, .window = ZERO_WINDOW);
	peer_ignore(&p);
	for (unsigned k = 0; k < 100; k++) {
		peer_pass(&p, 30 * NOD_S);
		while (peer_next(&p))
			SAY(&p, TCP_ACK, 1, 1 + 2 * MSS, .window = ZERO_WINDOW);
	}
	tap(peer_state(&p) == TCP_ESTABLISHED && peer_info(&p).unacked,
		"SHLD-17, MUST-35, MAY-7: shrunk to nothing, what was sent is sent again, for ever");
	SAY(&p, TCP_ACK, 1, 1 + 2 * MSS, .window = 4 * MSS);
	peer_pass(&p, 200 * NOD_S);
	tap(HEARS(&p, TCP_ACK, 1 + 2 * MSS, 1, MSS),
		"SHLD-16: when it opens what is old goes first");
	peer_end(&p);
}

/* ---- what octets wait for ------------------------------------------------------------ */

static bool waited(struct peer *p, unsigned busy_ms, unsigned peer_ms, unsigned buffer_ms)
{
	struct nod_tcp_info i = peer_info(p);
	struct tcp_info linux = { 0 };
	socklen_t len = sizeof(linux);

	nod_getsockopt(p->s.stack, p->fd, IPPROTO_TCP, TCP_INFO, &linux, &len);
	printf("# busy %d ms, the peer's window %d, the buffer %d\n", (int)(i.busy_for / NOD_MS),
		(int)(i.peer_limited_for / NOD_MS), (int)(i.buffer_limited_for / NOD_MS));
	return i.busy_for == busy_ms * NOD_MS && i.peer_limited_for == peer_ms * NOD_MS &&
		i.buffer_limited_for == buffer_ms * NOD_MS &&
		linux.tcpi_busy_time == 1000ull * busy_ms &&
		linux.tcpi_rwnd_limited == 1000ull * peer_ms &&
		linux.tcpi_sndbuf_limited == 1000ull * buffer_ms;
}

static void test_waits_for_peer(void)
{
	struct peer p;

	peer_open(&p, NULL);
	peer_pass(&p, 50 * NOD_MS);
	tap(waited(&p, 0, 0, 0), "with nothing written it is not busy");
	SAY(&p, TCP_ACK, 1, 1, .window = ZERO_WINDOW);
	peer_write(&p, MSS, 0);
	peer_pass(&p, 100 * NOD_MS);
	tap(waited(&p, 100, 100, 0), "while the peer's window is shut the peer is to blame");
	SAY(&p, TCP_ACK, 1, 1, .window = 2 * MSS);
	peer_pass(&p, 30 * NOD_MS);
	tap(waited(&p, 130, 100, 0), "once it is open it is busy, and no more than that");
	SAY(&p, TCP_ACK, 1, 1 + MSS, .window = MSS / 2);
	peer_pass(&p, 70 * NOD_MS);
	tap(waited(&p, 130, 100, 0), "a window that nobody wants to use limits nobody");
	peer_write(&p, MSS, 0);
	peer_pass(&p, 20 * NOD_MS);
	tap(waited(&p, 150, 120, 0), "one that is too small for a segment does");
	SAY(&p, TCP_ACK, 1, 1 + MSS, .window = 2 * MSS);
	SAY(&p, TCP_ACK, 1, 1 + 2 * MSS, .window = 2 * MSS);
	peer_pass(&p, NOD_S);
	tap(waited(&p, 150, 120, 0), "the clock stands while all is acknowledged");
	peer_end(&p);
}

static void test_waits_for_buffer(void)
{
	struct peer p;

	peer_begin(&p, NULL, OVER_V4);
	p.window = 20 * MSS;
	peer_opens(&p, NULL);
	peer_set(&p, SOL_SOCKET, SO_SNDBUF, 2 * MSS); /* which is doubled */
	tap(peer_write(&p, 4 * MSS, 0) == 4 * MSS, "what fills the buffer is taken");
	peer_pass(&p, 10 * NOD_MS);
	tap(waited(&p, 10, 0, 0), "nobody has more to write: the buffer limits nobody");
	tap(peer_write(&p, MSS, 0) == -EAGAIN, "one has");
	SAY(&p, TCP_ACK, 1, 1 + MSS / 2);
	peer_pass(&p, 20 * NOD_MS);
	tap(waited(&p, 30, 0, 20), "then it waits for the buffer");
	SAY(&p, TCP_ACK, 1, 1 + 3 * MSS);
	peer_pass(&p, 40 * NOD_MS);
	tap(waited(&p, 70, 0, 20), "no more when there is room, as the program has been told");
	SAY(&p, TCP_ACK, 1, 1 + 4 * MSS);
	peer_pass(&p, NOD_S);
	tap(waited(&p, 70, 0, 20), "and all is acknowledged");
	peer_end(&p);
}

static void test_silly_sender(void)
{
	struct peer p;

	peer_begin(&p, NULL, OVER_V4);
	p.window = 8 * MSS;
	peer_opens(&p, NULL);
	peer_set(&p, IPPROTO_TCP, TCP_NODELAY, 1);
	SAY(&p, TCP_ACK, 1, 1, .window = ZERO_WINDOW);
	peer_write(&p, 8 * MSS, 0);
	SAY(&p, TCP_ACK, 1, 1, .window = 100);
	tap(peer_is_silent(&p), "MUST-38: for 100 octets of room nothing is sent");
	SAY(&p, TCP_ACK, 1, 1, .window = MSS + 100);
	tap(HEARS(&p, TCP_ACK, 1, 1, MSS) && peer_is_silent(&p),
		"MUST-38: for a segment and 100 octets one segment is");
	peer_end(&p);

	peer_begin(&p, NULL, OVER_V4);
	p.window = 1000;
	peer_opens(&p, NULL);
	peer_write(&p, 3000, 0);
	tap(HEARS(&p, TCP_ACK, 1, 1, 1000),
		"MUST-38: half of the largest window that there was is enough");
	peer_end(&p);
}

/* ---- ours ---------------------------------------------------------------------------- */

static void fill(struct peer *p, uint32_t *seq)
{
	for (;;) {
		uint32_t room = peer_info(p).rcv_wnd, part = room < MSS ? room : MSS;

		if (!part)
			break;
		SAY(p, TCP_ACK, *seq, 1, part);
		*seq += part;
	}
	peer_ignore(p);
}

static void begin_small(struct peer *p)
{
	peer_begin(p, NULL, OVER_V4);
	peer_listen(p, 4);
	peer_set(p, SOL_SOCKET, SO_RCVBUF, 16384);
	peer_opens(p, NULL);
}

static void test_silly_receiver(void)
{
	struct peer p;
	uint32_t seq = 1, edge = 0;
	unsigned n_small = 0, n_opened = 0;
	bool goes_back = false;

	begin_small(&p);
	fill(&p, &seq);
	edge = seq;
	SAY(&p, TCP_ACK, seq, 1, 1);
	tap(HEARS(&p, TCP_ACK, 1, seq, 0) && p.got.h.window == 0,
		"MUST-36: a probe of a window that is shut is answered");
	while (peer_info(&p).readable) {
		peer_read(&p, 100);
		SAY(&p, TCP_ACK, seq - 1, 1);
		while (peer_next(&p)) {
			uint32_t right = p.got.ack + p.got.h.window;

			if (right != edge) {
				n_opened++;
				n_small += right - edge < MSS;
				goes_back = goes_back || (int32_t)(right - edge) < 0;
			}
			edge = right;
		}
		peer_pass(&p, NOD_S);
	}
	tap(n_opened > 2 && n_small == 0,
		"MUST-39: read by the hundred octets it opens by segments: %u times", n_opened);
	tap(!goes_back && !p.is_garbled, "SHLD-14: its right edge never goes back");
	peer_end(&p);
}

static void test_edge(void)
{
	struct peer p;
	uint32_t seq = 1, edge;
	bool goes_back = false;
	uint64_t x = 88172645463325252u;

	peer_begin(&p, NULL, OVER_V4);
	peer_opens(&p, OPT_MSS OPT_SACK OPT_WS7);
	edge = 1 + peer_info(&p).rcv_wnd;
	for (unsigned k = 0; k < 3000; k++) {
		uint32_t room = peer_info(&p).rcv_wnd, len, ahead;

		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		len = 1 + (uint32_t)(x >> 8) % MSS;
		ahead = x >> 40 & 3 ? 0 : MSS;
		if (ahead + len <= room)
			SAY(&p, TCP_ACK, seq + ahead, 1, len);
		if (!ahead && len <= room)
			seq += len;
		if (peer_info(&p).ahead)
			seq = seq + 0;
		if (!(x >> 50 & 7))
			peer_read(&p, x >> 20 & 0xffff);
		while (peer_next(&p)) {
			uint32_t right = p.got.ack +
				((uint32_t)p.got.h.window << peer_info(&p).rcv_scale);

			goes_back = goes_back || (int32_t)(right - edge) < 0;
			edge = right;
			seq = p.got.ack > seq ? p.got.ack : seq;
		}
	}
	tap(!goes_back && !p.is_garbled && seq > 500000,
		"SHLD-14: nor with scale, gaps and a buffer that grows: %u octets", seq);
	peer_end(&p);
}

/* With a scale each ACK rounds the window up: who sends crumbs has to find it shut all the same. */
static void test_crumbs(void)
{
	struct peer p;
	uint32_t seq = 1, most = 131072 + 131072 / 8 + 128;

	peer_begin(&p, NULL, OVER_V4);
	peer_opens(&p, OPT_MSS OPT_SACK OPT_WS7);
	while (peer_info(&p).rcv_wnd > MSS) {
		SAY(&p, TCP_ACK, seq, 1, MSS);
		seq += MSS;
	}
	while (peer_info(&p).rcv_wnd >= 20 && seq < 2 * most) {
		SAY(&p, TCP_ACK, seq, 1, 20);
		seq += 20;
		peer_pass(&p, 50 * NOD_MS);
	}
	tap(seq <= most && peer_info(&p).readable <= most,
		"MAY-8, RFC 7323 2.4: shut for crumbs, too, after %u octets", seq - 1);
	peer_end(&p);
}

static void test_shut_but_heard(void)
{
	struct peer p;
	uint32_t seq = 1;

	begin_small(&p);
	fill(&p, &seq);
	tap(peer_info(&p).rcv_wnd == 0, "our window is shut");
	peer_write(&p, 10, 0);
	SAY(&p, TCP_ACK, seq, 11);
	tap(peer_info(&p).unacked == 0, "MUST-66: an acknowledgement counts all the same");
	SAY(&p, TCP_ACK | TCP_URG, seq, 11, .urgent = 1);
	tap(nod_socket_ready(p.s.stack, p.fd) & NOD_URGENT, "MUST-66: and URG");
	SAY(&p, TCP_RST, seq);
	tap(peer_counted(&p, NOD_EV_TCP_RST) == 1 && peer_state(&p) == TCP_CLOSED,
		"MUST-66: and a RST");
	peer_end(&p);
}

/* How far our window grows that is read at once, while others take each other's records. */
static void test_growth(void)
{
	struct peer p;
	struct nod_conf conf = { .tcp_busy = 1 };
	enum { OTHERS = 3, RTT = 100 /* ms */, STEPS = 20, ROUNDS = 12 };
	struct {
		uint16_t port;
		uint32_t irs;
	} other[OTHERS];
	uint32_t seq = 1, irs, most = 0;
	uint16_t port;

	peer_begin(&p, &conf, OVER_V4);
	peer_listen(&p, 16);
	for (int i = 0; i < OTHERS; i++) {
		p.port++;
		peer_opens(&p, NULL);
		other[i].port = p.port;
		other[i].irs = p.irs;
	}
	p.port++;
	SAY(&p, TCP_SYN, 0, .options = OPT_MSS OPT_WS7);
	peer_must(HEARS(&p, TCP_SYN | TCP_ACK, 0, 1, 0), "SYN-ACK");
	peer_pass(&p, RTT * NOD_MS);
	SAY(&p, TCP_ACK, 1, 1);
	peer_accept(&p);
	port = p.port;
	irs = p.irs;
	for (int round = 0; round < ROUNDS; round++) {
		uint32_t end = seq + peer_info(&p).rcv_wnd / MSS * MSS, n = (end - seq) / MSS;

		for (int step = 1; step <= STEPS; step++) {
			uint32_t to = end - n * (uint32_t)(STEPS - step) / STEPS * MSS;

			for (p.port = port, p.irs = irs; seq < to; seq += MSS)
				PUT(&p, TCP_ACK, seq, 1, MSS);
			while (peer_read(&p, 1 << 20) > 0)
				;
			peer_pass(&p, RTT * NOD_MS / STEPS);
			for (int i = 0; i < OTHERS; i++) {
				p.port = other[i].port;
				p.irs = other[i].irs;
				SAY(&p, TCP_ACK, 1, 1);
			}
			peer_ignore(&p);
		}
		most = peer_info(&p).rcv_wnd > most ? peer_info(&p).rcv_wnd : most;
	}
	tap(most > 1 << 20, "our window grows with what is read, whoever else is served: %u", most);
	peer_end(&p);
}

int main(void)
{
	test_zero();
	test_shrunk();
	test_waits_for_peer();
	test_waits_for_buffer();
	test_silly_sender();
	test_silly_receiver();
	test_edge();
	test_crumbs();
	test_shut_but_heard();
	test_growth();
	return tap_done();
}
