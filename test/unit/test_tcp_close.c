/* SPDX-License-Identifier: ISC */
/* test_tcp_close.c - how a TCP connection ends: in order, at once, in TIME-WAIT, by errors */
#include <linux/tcp.h>

#include "network/icmp_wire.h"
#include "tcp_peer.h"

static int take_error(struct peer *p)
{
	int err = 0;
	socklen_t len = sizeof(err);

	nod_getsockopt(p->s.stack, p->fd, SOL_SOCKET, SO_ERROR, &err, &len);
	return err;
}

/* ---- told apart ---------------------------------------------------------------------- */

static void test_told_apart(void)
{
	struct peer p;

	peer_open(&p, NULL);
	SAY(&p, TCP_ACK, 1, 1, 10);
	SAY(&p, TCP_FIN | TCP_ACK, 11, 1);
	tap(peer_state(&p) == TCP_CLOSE_WAIT && peer_read(&p, 100) == 10 &&
			peer_read(&p, 1) == 0 && peer_read(&p, 1) == 0,
		"MUST-12: the peer's FIN: what it said, then the end");
	peer_ignore(&p);
	tap(peer_write(&p, 10, 0) == 10 && HEARS(&p, TCP_ACK, 1, 12, 10),
		"MAY-1: a half that is closed does not close the other");
	peer_end(&p);

	peer_open(&p, NULL);
	SAY(&p, TCP_RST, 1);
	tap(peer_read(&p, 1) == -ECONNRESET && peer_read(&p, 1) == 0,
		"MUST-12: its RST: an error");
	peer_end(&p);

	peer_open(&p, NULL);
	SAY(&p, TCP_RST, 1, 0, 50);
	tap(peer_read(&p, 100) == -ECONNRESET, "SHLD-2: a RST may have octets with it");
	peer_end(&p);
}

static void test_unread(void)
{
	struct peer p;

	peer_open(&p, NULL);
	SAY(&p, TCP_ACK, 1, 1, 10);
	peer_ignore(&p);
	peer_close(&p);
	tap(HEARS(&p, TCP_RST | TCP_ACK, 1, 11, 0), "SHLD-3: closed with octets unread: RST");
	peer_end(&p);

	peer_open(&p, NULL);
	peer_close(&p);
	tap(HEARS(&p, TCP_FIN | TCP_ACK, 1, 1, 0), "closed with nothing unread: FIN");
	SAY(&p, TCP_ACK, 1, 2);
	SAY(&p, TCP_ACK, 1, 2, 10);
	tap(peer_next(&p) && p.got.h.flags & TCP_RST,
		"SHLD-3: octets come that nobody will read: RST");
	peer_end(&p);
}

/* ---- TIME-WAIT ----------------------------------------------------------------------- */

/* Closed by the stack first, then by the peer. */
static void into_time_wait(struct peer *p, bool has_ts, uint32_t written)
{
	peer_begin(p, NULL, OVER_V4);
	p->has_ts = has_ts;
	peer_opens(p, NULL);
	if (written) {
		peer_write(p, written, 0);
		SAY(p, TCP_ACK, 1, 1 + written);
	}
	peer_close(p);
	SAY(p, TCP_ACK, 1, 2 + written);
	SAY(p, TCP_FIN | TCP_ACK, 1, 2 + written);
	peer_ignore(p);
}

static void test_time_wait(void)
{
	struct peer p;

	into_time_wait(&p, false, 0);
	for (unsigned k = 0; k < 3; k++) {
		peer_pass(&p, 50 * NOD_S);
		SAY(&p, TCP_FIN | TCP_ACK, 1, 2);
		tap(HEARS(&p, TCP_ACK, 2, 2, 0),
			"MUST-13: who closed first answers a FIN that comes again (%u)", k);
	}
	peer_pass(&p, 59 * NOD_S);
	SAY(&p, TCP_ACK, 3, 2);
	tap(HEARS(&p, TCP_ACK, 2, 2, 0), "MUST-13: for two maximum segment lifetimes");
	peer_pass(&p, 2 * NOD_S);
	SAY(&p, TCP_FIN | TCP_ACK, 1, 2);
	tap(HEARS(&p, TCP_RST, 2, 0, 0), "and then not any more");
	peer_end(&p);
}

static void test_reopen(void)
{
	static const struct {
		const char *name;
		bool has_ts;
		uint32_t seq;
		int ts;
		bool is_new;
	} rows[] = {
		{ "MAY-2: a SYN above the old numbers opens anew", false, 100, 0, true },
		{ "MAY-2: one below does not", false, (uint32_t)-100, 0, false },
		{ "SHLD-4: nor does the last number itself", false, 1, 0, false },
		{ "SHLD-4: with a later time stamp any number does", true, (uint32_t)-100, 1,
			true },
		{ "SHLD-4: with an earlier one none does", true, 100, -1, false },
		{ "SHLD-4: with the same one a number above does", true, 100, 0, true },
	};

	for (unsigned k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
		struct peer p;
		uint32_t old;

		into_time_wait(&p, rows[k].has_ts, 0);
		old = p.irs;
		peer_pass(&p, NOD_S);
		SAY(&p, TCP_SYN, rows[k].seq, .options = OPT_MSS, .ts_ahead = rows[k].ts);
		peer_next(&p);
		tap(rows[k].is_new == !!(p.got.h.flags & TCP_SYN) && (p.got.h.flags & TCP_ACK),
			"%s", rows[k].name);
		if (rows[k].is_new)
			tap((int32_t)(p.irs - old) > 2,
				"MAY-2: our own numbers go on, too (%u)", k);
		peer_end(&p);
	}
}

/* More has been sent than the clock of the numbers has gone on by meanwhile. */
static void test_reopen_fast(void)
{
	struct peer p;
	uint32_t old;

	peer_begin(&p, NULL, OVER_V4);
	peer_opens(&p, OPT_MSS OPT_WS7);
	for (uint32_t sent = 0; sent < 4000000;) {
		ssize_t n = peer_write(&p, 60000, 0);

		sent += n > 0 ? (uint32_t)n : 0;
		for (unsigned k = 0; k < 50 && peer_info(&p).unacked; k++)
			SAY(&p, TCP_ACK, 1, 1 + sent - peer_info(&p).unsent);
		peer_ignore(&p);
	}
	peer_close(&p);
	SAY(&p, TCP_FIN | TCP_ACK, 1, 2 + p.written);
	peer_ignore(&p);
	old = p.irs + 2 + p.written;
	SAY(&p, TCP_SYN, 100, .options = OPT_MSS);
	tap(peer_next(&p) && p.got.h.flags & TCP_SYN && (int32_t)(p.irs - old) > 0,
		"MAY-2: above those of before, however many they were");
	peer_end(&p);
}

/* ---- ICMP ---------------------------------------------------------------------------- */

/* An error about what was sent with number @seq. */
static void complain(struct peer *p, unsigned type, unsigned code, uint32_t word, uint32_t seq)
{
	uint8_t m[8 + 40];
	struct wcur w = wcur_of(m, sizeof(m));
	bool is_v4 = ipa_is_v4(&p->us);
	uint8_t big[8 + 60];
	uint16_t sum;

	if (!is_v4)
		w = wcur_of(big, sizeof(big));
	wcur_u8(&w, (uint8_t)type);
	wcur_u8(&w, (uint8_t)code);
	wcur_u16(&w, 0);
	wcur_u32(&w, word);
	if (is_v4) {
		const struct ipv4_hdr h = { .len = 1500,
			.ttl = 60,
			.protocol = IP_PROTO_TCP,
			.src = p->us,
			.dst = p->them };

		ipv4_emit(&h, &w);
	} else {
		const struct ipv6_hdr h = { .payload_len = 20,
			.hop_limit = 60,
			.next_header = IP_PROTO_TCP,
			.src = p->us,
			.dst = p->them };

		ipv6_emit(&h, &w);
	}
	wcur_u16(&w, p->our_port);
	wcur_u16(&w, p->port);
	wcur_u32(&w, p->irs + seq);
	for (unsigned k = 0; k < 12; k++)
		wcur_u8(&w, 0);
	sum = checksum_end(checksum_add(
		is_v4 ? 0 : ip_pseudo(&p->them, &p->us, IP_PROTO_ICMPV6, (uint32_t)w.at), w.buf,
		w.at));
	w.buf[2] = (uint8_t)(sum >> 8);
	w.buf[3] = (uint8_t)sum;
	station_hear(&p->s,
		&(struct heard){ .src = p->them,
			.dst = p->us,
			.ttl = 64,
			.protocol = is_v4 ? IP_PROTO_ICMP : IP_PROTO_ICMPV6,
			.data = w.buf,
			.len = w.at });
}

static void test_soft_and_hard(void)
{
	static const struct {
		const char *name;
		uint8_t type, code;
		int over;
		bool ends_syn; /* in SYN-SENT */
	} rows[] = {
		{ "net unreachable", 3, 0, OVER_V4, false },
		{ "host unreachable", 3, 1, OVER_V4, false },
		{ "protocol unreachable", 3, 2, OVER_V4, true },
		{ "port unreachable", 3, 3, OVER_V4, true },
		{ "source route failed", 3, 5, OVER_V4, false },
		{ "time exceeded", 11, 0, OVER_V4, false },
		{ "parameter problem", 12, 0, OVER_V4, false },
		{ "no route", 1, 0, OVER_V6, false },
		{ "port unreachable", 1, 4, OVER_V6, true },
		{ "hop limit exceeded", 3, 0, OVER_V6, false },
	};

	for (unsigned k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
		const char *family = rows[k].over == OVER_V4 ? "IPv4" : "IPv6";
		struct peer p;

		peer_begin(&p, NULL, rows[k].over);
		peer_opens(&p, NULL);
		peer_write(&p, 10, 0);
		complain(&p, rows[k].type, rows[k].code, 0, 1);
		tap(peer_state(&p) == TCP_ESTABLISHED && !take_error(&p),
			"MUST-56: %s (%s) does not end a connection", rows[k].name, family);
		tap(peer_counted(&p, NOD_EV_TCP_ERROR) == 1,
			"MUST-47, SHLD-25: but is told of by an event: %s (%s)", rows[k].name,
			family);
		SAY(&p, TCP_ACK, 1, 11);
		peer_end(&p);

		peer_begin(&p, NULL, rows[k].over);
		peer_is_asked(&p);
		complain(&p, rows[k].type, rows[k].code, 0, 0);
		tap((peer_state(&p) == TCP_CLOSED) == rows[k].ends_syn,
			"SHLD-26: %s (%s) %s one that is being opened", rows[k].name, family,
			rows[k].ends_syn ? "ends" : "does not end");
		peer_end(&p);
	}
}

static void test_told_in_the_end(void)
{
	struct peer p;

	peer_open(&p, NULL);
	peer_write(&p, 10, 0);
	complain(&p, 3, 1, 0, 1);
	peer_pass(&p, 5000 * NOD_S);
	tap(take_error(&p) == EHOSTUNREACH,
		"MUST-47, SHLD-25: when it times out the soft error is the reason that is told");
	peer_end(&p);
}

static void test_whose(void)
{
	struct peer p;
	unsigned mtu = 576;

	peer_open(&p, NULL);
	peer_write(&p, 10, 0);
	complain(&p, 3, 4, mtu, 77777);
	tap(peer_info(&p).path_mtu == 1500 && peer_counted(&p, NOD_EV_TCP_ERROR) == 0,
		"MUST-54: an error about numbers that are not under way is not believed");
	p.our_port++;
	complain(&p, 3, 4, mtu, 1);
	p.our_port--;
	tap(peer_info(&p).path_mtu == 1500, "MUST-54: nor one about another connection");
	complain(&p, 3, 4, mtu, 1);
	tap(peer_info(&p).path_mtu == 576 && peer_info(&p).snd_mss == 536,
		"MUST-54, MUST-16: one that quotes this connection is acted on");
	SAY(&p, TCP_ACK, 1, 11);
	peer_ignore(&p);
	peer_write(&p, 10, 0);
	complain(&p, 4, 0, 0, 11);
	tap(peer_counted(&p, NOD_EV_TCP_ERROR) == 1 && peer_state(&p) == TCP_ESTABLISHED &&
			peer_info(&p).cwnd > 5000,
		"MUST-55: a source quench is dropped without effect");
	peer_end(&p);
}

/* SHLD-20: the events need not be listened to, and options ask for more. */
static void test_unasked(void)
{
	struct peer p;
	uint8_t buf[100];
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	peer_open(&p, NULL);
	peer_write(&p, 10, 0);
	complain(&p, 3, 1, 0, 1);
	tap(nod_recvmsg(p.s.stack, p.fd, &m, MSG_ERRQUEUE) == -EAGAIN &&
			!(nod_socket_ready(p.s.stack, p.fd) & NOD_BROKEN),
		"SHLD-20: who has not asked hears nothing of soft errors");
	peer_end(&p);
}

int main(void)
{
	test_told_apart();
	test_unread();
	test_time_wait();
	test_reopen();
	test_reopen_fast();
	test_soft_and_hard();
	test_told_in_the_end();
	test_whose();
	test_unasked();
	return tap_done();
}
