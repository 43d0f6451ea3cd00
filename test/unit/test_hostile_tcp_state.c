/* SPDX-License-Identifier: ISC */
/*
 * test_hostile_tcp_state.c - every flag in every state, and ends of all kinds
 *
 * H43, H44, H55..H57, H59, H61, H62.
 */
#include <linux/tcp.h>

#include "hostile_tcp.h"

static const struct linger hard = { .l_onoff = 1 };

static void let_go(struct peer *p)
{
	if (p->fd >= 0) {
		nod_setsockopt(p->s.stack, p->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
		nod_close(p->s.stack, p->fd);
	}
	p->fd = -1;
	p->written = p->read = 0;
	peer_turn(p);
	peer_ignore(p);
	station_forget(&p->s);
	p->next = 0;
}

/* ---- every flag in every state ------------------------------------------------------- */

/* A new connection, brought into @state; *@seq and *@ack: what may be said next. */
static void into(struct peer *p, enum tcp_state state, uint32_t *seq, uint32_t *ack)
{
	*seq = *ack = 1;
	p->port++;
	if (state == TCP_LISTEN) {
		*seq = 0;
		return;
	}
	if (state == TCP_SYN_SENT) {
		peer_is_asked(p);
		*seq = 0;
		return;
	}
	p->our_port = STACK_PORT;
	if (state == TCP_SYN_RECEIVED) {
		SAY(p, TCP_SYN, 0, .options = OPT_MSS);
		peer_must(HEARS(p, TCP_SYN | TCP_ACK, 0, 1, 0), "SYN-ACK");
		return;
	}
	peer_opens(p, NULL);
	if (state == TCP_CLOSE_WAIT || state == TCP_LAST_ACK)
		SAY(p, TCP_FIN | TCP_ACK, (*seq)++, 1);
	if (state == TCP_FIN_WAIT_1 || state == TCP_FIN_WAIT_2 || state == TCP_CLOSING ||
		state == TCP_LAST_ACK || state == TCP_TIME_WAIT) {
		nod_shutdown(p->s.stack, p->fd, SHUT_WR);
		peer_turn(p);
	}
	if (state == TCP_FIN_WAIT_2 || state == TCP_TIME_WAIT)
		SAY(p, TCP_ACK, 1, ++*ack);
	if (state == TCP_CLOSING || state == TCP_TIME_WAIT)
		SAY(p, TCP_FIN | TCP_ACK, (*seq)++, *ack);
	peer_ignore(p);
}

/* RFC 9293 3.10.7, in its order, as RFC 5961 changes it; @where: 0 exact, 1 in, 2 out of the
 * window. */
static enum tcp_state after(enum tcp_state s, unsigned f, unsigned where)
{
	if (s == TCP_LISTEN)
		return (f & (TCP_RST | TCP_ACK | TCP_SYN | TCP_FIN)) == TCP_SYN ?
			TCP_SYN_RECEIVED :
			TCP_LISTEN;
	if (s == TCP_SYN_SENT) { /* any number will do */
		if (f & TCP_RST)
			return f & TCP_ACK ? TCP_CLOSED : s;
		if (!(f & TCP_SYN))
			return s;
		if (f & TCP_ACK)
			return f & TCP_FIN ? TCP_CLOSE_WAIT : TCP_ESTABLISHED;
		return f & TCP_FIN ? s : TCP_SYN_RECEIVED;
	}
	if (s == TCP_TIME_WAIT || where == 2)
		return s;
	if (f & TCP_RST)
		return where == 0 ? (s == TCP_SYN_RECEIVED ? TCP_LISTEN : TCP_CLOSED) : s;
	if (f & TCP_SYN || !(f & TCP_ACK))
		return s;
	if (s == TCP_SYN_RECEIVED)
		s = TCP_ESTABLISHED;
	if (f & TCP_FIN && where == 0) {
		switch (s) {
		case TCP_ESTABLISHED:
			return TCP_CLOSE_WAIT;
		case TCP_FIN_WAIT_1:
			return TCP_CLOSING;
		case TCP_FIN_WAIT_2:
			return TCP_TIME_WAIT;
		default:
			break;
		}
	}
	return s;
}

/* Where it is now.  What has no descriptor is seen by what it does. */
static enum tcp_state now_in(struct peer *p, enum tcp_state from)
{
	struct nod_tcp_info i;

	if (from == TCP_LISTEN || from == TCP_SYN_RECEIVED) {
		unsigned n = p->next;

		peer_accept(p);
		if (p->fd >= 0)
			return (enum tcp_state)peer_state(p);
		peer_ignore(p);
		SAY(p, TCP_ACK, 1, 1); /* the third part */
		peer_accept(p);
		(void)n;
		return p->fd >= 0 ? TCP_SYN_RECEIVED : TCP_LISTEN;
	}
	if (nod_tcp_info(p->s.stack, p->fd, &i) < 0)
		return TCP_CLOSED;
	return (enum tcp_state)i.state;
}

static void test_flags(void)
{
	static const enum tcp_state states[] = { TCP_LISTEN, TCP_SYN_SENT, TCP_SYN_RECEIVED,
		TCP_ESTABLISHED, TCP_FIN_WAIT_1, TCP_FIN_WAIT_2, TCP_CLOSE_WAIT, TCP_CLOSING,
		TCP_LAST_ACK };

	for (unsigned k = 0; k < sizeof(states) / sizeof(states[0]); k++) {
		struct peer p;
		unsigned n_wrong = 0, n = 0;

		peer_begin(&p, NULL, OVER_V4);
		peer_listen(&p, 100);
		for (unsigned f = 0; f < 1024; f++) { /* flags, and two of the reserved bits */
			for (unsigned where = 0; where < 3; where++) {
				uint32_t seq, ack;
				enum tcp_state want = after(states[k], f & 255, where), got;

				into(&p, states[k], &seq, &ack);
				if (states[k] >= TCP_SYN_RECEIVED)
					seq += where == 0 ? 0 : where == 1 ? 100 : 200000;
				else if (states[k] == TCP_LISTEN)
					p.our_port = STACK_PORT;
				if (states[k] == TCP_LISTEN && f & TCP_SYN)
					p.irs = 0;
				SAY(&p, (uint8_t)f, seq, ack, .reserved = (uint8_t)(f >> 8));
				while (peer_next(&p))
					;
				got = now_in(&p, states[k]);
				if (want == TCP_TIME_WAIT)
					want = TCP_CLOSED; /* the record is nobody's */
				n++;
				if (got != want && n_wrong++ < 5) {
					printf("# flags %s, where %u: %s",
						peer_flags((uint8_t)f), where,
						tcp_state_name(got));
					printf(", expected %s\n", tcp_state_name(want));
				}
				let_go(&p);
			}
			if (f % 16 == 15)
				peer_pass(&p, 200 * NOD_S); /* what waits is over */
		}
		tap(n_wrong == 0 && still_serves(&p),
			"H43: all flags in %s: %u of %u as RFC 9293 says",
			tcp_state_name(states[k]), n - n_wrong, n);
		peer_end(&p);
	}
}

/* TIME-WAIT: nothing but a new SYN ends it. */
static void test_time_wait(void)
{
	struct peer p;
	unsigned n_gone = 0;

	peer_begin(&p, NULL, OVER_V4);
	peer_listen(&p, 100);
	for (unsigned f = 0; f < 256; f++) {
		uint32_t seq, ack;

		if ((f & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN)
			continue;
		into(&p, TCP_TIME_WAIT, &seq, &ack);
		for (uint32_t off = 0; off < 3; off++)
			SAY(&p, (uint8_t)f, seq + off * 100, ack, off * 10);
		peer_ignore(&p);
		SAY(&p, TCP_FIN | TCP_ACK, 1, ack);
		n_gone += !(peer_next(&p) && p.got.h.flags == TCP_ACK);
		let_go(&p);
	}
	tap(n_gone == 0, "H43, H61: no flags, no RST and no old octets end TIME-WAIT: %u did",
		n_gone);
	peer_end(&p);
}

static void test_ack_war(void)
{
	struct peer p;
	uint32_t seq, ack;
	unsigned n = 0;

	peer_begin(&p, NULL, OVER_V4);
	peer_listen(&p, 4);
	into(&p, TCP_TIME_WAIT, &seq, &ack);
	for (unsigned k = 0; k < 1000; k++) {
		SAY(&p, TCP_ACK, seq + 5, ack);
		while (peer_next(&p))
			n++;
		peer_pass(&p, NOD_MS);
	}
	tap(n >= 1 && n <= 4,
		"H49, H61: acknowledgements that disagree are answered twice a second: %u", n);
	peer_end(&p);
}

/* ---- numbers go round ---------------------------------------------------------------- */

/* A life: opened by one, octets both ways, some out of order, closed by one.  Whether all was
 * well. */
static bool live(struct peer *p, bool is_ours_first, uint32_t len)
{
	bool ok;

	SAY(p, TCP_ACK, 1 + len, 1, len);
	SAY(p, TCP_ACK, 1 + 3 * len, 1, len);
	SAY(p, TCP_ACK, 1, 1, len);
	SAY(p, TCP_ACK, 1 + 2 * len, 1, len);
	ok = peer_read(p, 100000) == 4 * (ssize_t)len;
	peer_ignore(p);
	ok = peer_write(p, 3 * len, 0) == 3 * (ssize_t)len && ok;
	for (uint32_t at = 1; at <= 3 * len && ok; at += p->got.len)
		ok = peer_next(p) && p->got.seq == at && p->got.len;
	SAY(p, TCP_ACK, 1 + 4 * len, 1 + len);
	SAY(p, TCP_ACK, 1 + 4 * len, 1 + 3 * len);
	ok = ok && peer_info(p).unacked == 0 && !p->is_garbled;
	peer_ignore(p);
	if (is_ours_first) {
		peer_close(p);
		ok = ok && HEARS(p, TCP_FIN | TCP_ACK, 1 + 3 * len, 1 + 4 * len, 0);
		SAY(p, TCP_ACK, 1 + 4 * len, 2 + 3 * len);
		SAY(p, TCP_FIN | TCP_ACK, 1 + 4 * len, 2 + 3 * len);
		ok = ok && HEARS(p, TCP_ACK, 2 + 3 * len, 2 + 4 * len, 0);
	} else {
		SAY(p, TCP_FIN | TCP_ACK, 1 + 4 * len, 1 + 3 * len);
		ok = ok && HEARS(p, TCP_ACK, 1 + 3 * len, 2 + 4 * len, 0);
		peer_close(p);
		ok = ok && HEARS(p, TCP_FIN | TCP_ACK, 1 + 3 * len, 2 + 4 * len, 0);
		SAY(p, TCP_ACK, 2 + 4 * len, 2 + 3 * len);
	}
	return ok;
}

/* Our next number for this port is to be @want: the clock is waited for. */
static void wait_for_number(struct peer *p, uint32_t want)
{
	SAY(p, TCP_SYN, 0, .options = OPT_MSS);
	peer_next(p);
	SAY(p, TCP_RST, 1);
	peer_pass(p, (nod_ns)(uint32_t)(want - p->irs) * 4 * NOD_US);
	peer_ignore(p);
}

static void test_wrap(void)
{
	static const uint32_t far[] = { 0x7ffffff0, 0xfffffff0, 0x80000000 };
	unsigned n = 0, n_wrong = 0;
	struct peer p;

	peer_begin(&p, NULL, OVER_V4);
	peer_listen(&p, 100);
	for (unsigned k = 0; k < 3; k++) {
		/* the end of the numbers comes at each of the steps in turn */
		for (uint32_t before = 0; before < 60; before++) {
			for (unsigned who = 0; who < 4; who++) {
				p.port++;
				p.iss = who & 1 ? far[k] - before + 20 : 12345;
				if (who & 2 && before % 6 == 0)
					wait_for_number(&p, far[k] - before + 20);
				peer_opens(&p, NULL);
				n++;
				if (!live(&p, before & 1, 7)) {
					if (n_wrong++ < 3)
						printf("# %x - %u, who %u\n", far[k], before,
							who);
				}
				let_go(&p);
			}
			peer_pass(&p, 200 * NOD_S);
			peer_ignore(&p);
		}
	}
	tap(n_wrong == 0,
		"H44: lives of which either side's numbers go round at each step: %u of %u",
		n - n_wrong, n);
	peer_end(&p);

	static const uint32_t edges[] = { 0x7ffffff0, 0xfffffff0 };
	for (unsigned k = 0; k < 2; k++) {
		peer_begin(&p, NULL, OVER_V4);
		p.iss = edges[k];
		peer_opens(&p, NULL);
		uint32_t room = peer_info(&p).rcv_wnd, seq = 1;
		while (room > 1000) {
			SAY(&p, TCP_ACK, seq, 1, 1000);
			seq += 1000;
			room = peer_info(&p).rcv_wnd;
		}
		SAY(&p, TCP_FIN | TCP_ACK, seq, 1, room + 300);
		tap(peer_state(&p) == TCP_ESTABLISHED &&
				peer_info(&p).readable == seq - 1 + room,
			"H44: octets and a FIN across the window's edge: cut, and the FIN not taken (%x)",
			edges[k]);
		while (peer_read(&p, 100000) > 0)
			;
		SAY(&p, TCP_FIN | TCP_ACK, seq + room, 1, 300);
		tap(peer_state(&p) == TCP_CLOSE_WAIT && peer_read(&p, 1000) == 300 &&
				!p.is_garbled,
			"H44: they come again, and then it is (%x)", edges[k]);
		peer_end(&p);
	}
}

/* ---- opening ------------------------------------------------------------------------- */

static void test_syn_sent(void)
{
	struct peer p;

	peer_begin(&p, NULL, OVER_V4);
	peer_is_asked(&p);
	SAY(&p, TCP_SYN | TCP_ACK, 0, 2, .options = OPT_MSS);
	tap(HEARS(&p, TCP_RST, 2, 0, 0) && peer_state(&p) == TCP_SYN_SENT,
		"H59: SYN and ACK of what was not sent: RST of that number");
	SAY(&p, TCP_SYN | TCP_ACK, 0, 0, .options = OPT_MSS);
	tap(HEARS(&p, TCP_RST, 0, 0, 0) && peer_state(&p) == TCP_SYN_SENT,
		"H59: and of our first number, which is none");
	SAY(&p, TCP_RST | TCP_ACK, 0, 2);
	SAY(&p, TCP_RST, 0);
	tap(peer_is_silent(&p) && peer_state(&p) == TCP_SYN_SENT,
		"H45, H59: a RST without the right acknowledgement is nothing");
	SAY(&p, TCP_ACK, 0, 1, 10);
	tap(peer_is_silent(&p) && peer_state(&p) == TCP_SYN_SENT,
		"H59: an ACK without SYN is nothing");
	SAY(&p, TCP_SYN | TCP_ACK, 0, 1, 10, .options = OPT_MSS);
	tap(peer_state(&p) == TCP_ESTABLISHED, "H59: SYN and ACK with octets opens");
	struct peer q = p;
	uint8_t buf[20];
	tap(nod_recv(q.s.stack, q.fd, buf, 20, 0) == 10 && buf[0] == pattern(1) &&
			buf[9] == pattern(10),
		"H59: and they are given to the program");
	peer_end(&p);

	peer_begin(&p, NULL, OVER_V4);
	peer_is_asked(&p);
	SAY(&p, TCP_RST | TCP_ACK, 0, 1);
	tap(peer_state(&p) == TCP_CLOSED && peer_read(&p, 1) == -ECONNREFUSED,
		"H45, H59: a RST with it is a refusal");
	peer_end(&p);
}

/* ---- what comes twice, and differs --------------------------------------------------- */

static bool reads(struct peer *p, const char *want)
{
	char buf[100] = "";
	ssize_t n = nod_recv(p->s.stack, p->fd, buf, sizeof(buf) - 1, 0);

	if (n == (ssize_t)strlen(want) && memcmp(buf, want, (size_t)n) == 0)
		return true;
	printf("# read %zd: %s\n", n, buf);
	return false;
}

static void test_overlap(void)
{
	struct peer p;

	peer_open(&p, OPT_MSS OPT_SACK);
	SAY(&p, TCP_ACK, 5, 1, 4, .data = "EEEE");
	SAY(&p, TCP_ACK, 3, 1, 8, .data = "ffffffff");
	SAY(&p, TCP_ACK, 1, 1, 8, .data = "gggggggg");
	tap(reads(&p, "ggffEEEEff"),
		"H55: ahead, then around it, then in order: the first counts");
	peer_end(&p);

	peer_open(&p, OPT_MSS OPT_SACK);
	SAY(&p, TCP_ACK, 1, 1, 6, .data = "aaaaaa");
	SAY(&p, TCP_ACK, 3, 1, 8, .data = "bbbbbbbb");
	SAY(&p, TCP_ACK, 1, 1, 12, .data = "cccccccccccc");
	tap(reads(&p, "aaaaaabbbbcc"), "H55: in order, and twice over it");
	peer_end(&p);

	peer_open(&p, OPT_MSS OPT_SACK);
	SAY(&p, TCP_ACK, 11, 1, 2, .data = "xx");
	SAY(&p, TCP_ACK, 7, 1, 2, .data = "yy");
	SAY(&p, TCP_ACK, 3, 1, 2, .data = "zz");
	SAY(&p, TCP_ACK, 2, 1, 13, .data = "wwwwwwwwwwwww");
	SAY(&p, TCP_ACK, 1, 1, 1, .data = "v");
	tap(reads(&p, "vwzzwwyywwxxww"), "H55: one segment fills several gaps");
	SAY(&p, TCP_FIN | TCP_ACK, 15, 1, 3, .data = "end");
	SAY(&p, TCP_ACK, 15, 1, 9, .data = "and more!");
	tap(reads(&p, "end") && peer_read(&p, 10) == 0, "H55: nothing comes behind a FIN");
	peer_end(&p);
}

/* ---- windows that are shut ----------------------------------------------------------- */

static void test_shut(void)
{
	struct peer p;
	uint32_t seq = 1, room;
	unsigned n = 0;

	peer_begin(&p, NULL, OVER_V4);
	peer_listen(&p, 4);
	peer_set(&p, SOL_SOCKET, SO_RCVBUF, 8192);
	peer_opens(&p, NULL);
	while ((room = peer_info(&p).rcv_wnd) > 0) {
		uint32_t part = room < 1000 ? room : 1000;

		SAY(&p, TCP_ACK, seq, 1, part);
		seq += part;
	}
	peer_ignore(&p);
	SAY(&p, TCP_ACK, seq, 1, 1);
	tap(HEARS(&p, TCP_ACK, 1, seq, 0) && p.got.h.window == 0 &&
			peer_info(&p).readable == seq - 1,
		"H56: an octet at a window that is shut is answered and not taken");
	SAY(&p, TCP_ACK, seq, 1, 1460);
	SAY(&p, TCP_ACK, seq + 100, 1, 1460);
	tap(peer_info(&p).readable == seq - 1 && peer_info(&p).ahead == 0,
		"H56: nor is a segment, at it or behind it");
	SAY(&p, TCP_FIN | TCP_ACK, seq, 1);
	tap(peer_state(&p) == TCP_ESTABLISHED || peer_info(&p).readable == seq - 1,
		"H56: a FIN at it does no harm");
	peer_ignore(&p);
	while (peer_read(&p, 1000) > 0)
		n++;
	SAY(&p, TCP_FIN | TCP_ACK, seq, 1, 0);
	tap(n >= 8 && peer_read(&p, 1) == 0 && !p.is_garbled,
		"H56: and in the end it is taken");
	peer_end(&p);

	peer_begin(&p, NULL, OVER_V4);
	p.window = 5000;
	peer_opens(&p, NULL);
	peer_write(&p, 20000, 0);
	peer_ignore(&p);
	SAY(&p, TCP_ACK, 1, 1, .window = 1);
	SAY(&p, TCP_ACK, 1, 1, .window = ZERO_WINDOW);
	n = peer_count(&p, 100 * NOD_S);
	tap(n > 0 && n < 20 && peer_info(&p).unacked <= 5000 && p.got.seq < 5001,
		"H57: shrunk below what is out: never more than was, and not often: %u", n);
	SAY(&p, TCP_ACK, 1, 4381, .window = ZERO_WINDOW);
	n = peer_count(&p, 300 * NOD_S);
	tap(n >= 2, "H57: a window update that is lost does not matter: it is asked for: %u",
		n);
	SAY(&p, TCP_ACK, 1, 4381, .window = 5000);
	peer_ignore(&p);
	SAY(&p, TCP_ACK, 1, p.got.seq + 1 > 4381 ? 4381 : 4381, .window = 5000);
	peer_pass(&p, 300 * NOD_S);
	tap(peer_next(&p) && p.got.len, "H57: and goes on when it opens");
	peer_end(&p);
}

/* ---- races of closing ---------------------------------------------------------------- */

static void test_close_races(void)
{
	struct peer p;
	int fd;

	peer_begin(&p, NULL, OVER_V4);
	peer_listen(&p, 4);
	SAY(&p, TCP_SYN, 0, .options = OPT_MSS);
	peer_next(&p);
	SAY(&p, TCP_ACK, 1, 1, 10);
	SAY(&p, TCP_RST, 11);
	peer_accept(&p);
	tap(p.fd < 0 || peer_read(&p, 100) == 10 || peer_read(&p, 1) <= 0,
		"H62: a RST while it waits to be accepted");
	let_go(&p);
	tap(still_serves(&p), "H62: and the listener goes on");
	p.port++;
	SAY(&p, TCP_SYN, 0, .options = OPT_MSS);
	peer_next(&p);
	SAY(&p, TCP_ACK, 1, 1, 10);
	nod_close(p.s.stack, p.listener);
	p.listener = -1;
	peer_turn(&p);
	while (peer_next(&p) && !(p.got.h.flags & TCP_RST))
		;
	tap(p.got.h.flags & TCP_RST, "H62: a listener is closed with one waiting: RST");
	p.port++;
	peer_opens(&p, NULL);
	nod_shutdown(p.s.stack, p.fd, SHUT_WR);
	tap(peer_write(&p, 10, 0) == -EPIPE, "H62: write after shutdown: EPIPE");
	fd = p.fd;
	tap(peer_close(&p) == 0 && nod_close(p.s.stack, fd) == -EBADF,
		"H62: closed twice: EBADF");
	SAY(&p, TCP_ACK, 1, 2);
	peer_ignore(&p);
	SAY(&p, TCP_ACK, 1, 2, 100);
	tap(peer_next(&p) && p.got.h.flags & TCP_RST, "H62: octets after close: RST");
	p.port++;
	peer_opens(&p, NULL);
	SAY(&p, TCP_ACK, 1, 1, 100);
	peer_ignore(&p);
	peer_close(&p);
	tap(peer_next(&p) && p.got.h.flags & TCP_RST, "H62: closed with octets unread: RST");
	p.port++;
	peer_opens(&p, NULL);
	nod_shutdown(p.s.stack, p.fd, SHUT_WR);
	peer_turn(&p);
	SAY(&p, TCP_FIN | TCP_ACK, 1, 2, 5);
	tap(peer_read(&p, 10) == 5 && peer_read(&p, 10) == 0,
		"H62: what came with the last FIN is read");
	SAY(&p, TCP_RST, 7);
	tap(peer_read(&p, 10) == 0 && still_serves(&p),
		"H62: a RST when all is over is nothing");
	let_go(&p);
	peer_end(&p);
}

int main(void)
{
	test_flags();
	test_time_wait();
	test_ack_war();
	test_wrap();
	test_syn_sent();
	test_overlap();
	test_shut();
	test_close_races();
	return tap_done();
}
