/* SPDX-License-Identifier: ISC */
/* test_tcp_open.c - how a TCP connection begins, told to a whole stack segment by segment */
#include "tcp_peer.h"

/* ---- by the peer --------------------------------------------------------------------- */

static void test_passive(void)
{
	struct peer p;
	int on = 1, other;
	struct sockaddr_storage a;
	socklen_t len;

	peer_begin(&p, NULL, OVER_V4);
	peer_listen(&p, 4);
	SAY(&p, TCP_SYN, 0, .options = OPT_MSS);
	tap(HEARS(&p, TCP_SYN | TCP_ACK, 0, 1, 0), "a SYN is answered by SYN and ACK");
	tap(nod_accept(p.s.stack, p.listener, NULL, NULL) == -EAGAIN,
		"nobody is accepted before the third part");
	SAY(&p, TCP_RST, 1);
	SAY(&p, TCP_ACK, 1, 1);
	tap(HEARS(&p, TCP_RST, 1, 0, 0), "MUST-11: a RST takes a passive open back to LISTEN");
	SAY(&p, TCP_SYN, 0, .options = OPT_MSS);
	tap(HEARS(&p, TCP_SYN | TCP_ACK, 0, 1, 0), "MUST-11: and the listener listens on");
	other = nod_socket(p.s.stack, AF_INET, SOCK_STREAM, 0);
	len = peer_name(&p, false, 81, &a);
	nod_bind(p.s.stack, other, (struct sockaddr *)&a, len);
	tap(nod_listen(p.s.stack, other, 4) == 0,
		"MUST-41, MUST-42: another listens while one is in SYN-RECEIVED");
	SAY(&p, TCP_ACK, 1, 1);
	peer_accept(&p);
	tap(p.fd >= 0 && peer_state(&p) == TCP_ESTABLISHED,
		"MUST-41: which does not disturb the one that is being opened");
	nod_close(p.s.stack, other);
	nod_close(p.s.stack, p.listener);
	p.listener = nod_socket(p.s.stack, AF_INET, SOCK_STREAM, 0);
	len = peer_name(&p, false, STACK_PORT, &a);
	nod_setsockopt(p.s.stack, p.listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	tap(nod_bind(p.s.stack, p.listener, (struct sockaddr *)&a, len) == 0 &&
			nod_listen(p.s.stack, p.listener, 4) == 0,
		"MUST-41: one may listen again beside a connection of that port");
	SAY(&p, TCP_ACK, 1, 1, 10);
	tap(HEARS(&p, TCP_ACK, 1, 11, 0) && peer_read(&p, 100) == 10,
		"MUST-41: and the connection goes on");
	peer_end(&p);
}

static void test_listen_beside_syn_sent(void)
{
	struct peer p;
	struct sockaddr_storage a;
	socklen_t len;
	int on = 1;

	peer_begin(&p, NULL, OVER_V4);
	p.fd = nod_socket(p.s.stack, AF_INET, SOCK_STREAM, 0);
	len = peer_name(&p, false, 5555, &a);
	nod_setsockopt(p.s.stack, p.fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	tap(nod_bind(p.s.stack, p.fd, (struct sockaddr *)&a, len) == 0,
		"MUST-43: the program names its local address");
	peer_is_asked(&p);
	tap(p.our_port == 5555 && ipa_equal(&p.s.sent[p.next - 1].src, &p.us),
		"MUST-43: and the SYN comes from there");
	p.listener = nod_socket(p.s.stack, AF_INET, SOCK_STREAM, 0);
	nod_setsockopt(p.s.stack, p.listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	tap(nod_bind(p.s.stack, p.listener, (struct sockaddr *)&a, len) == 0 &&
			nod_listen(p.s.stack, p.listener, 4) == 0,
		"MUST-42: listen on a port from which another is in SYN-SENT");
	SAY(&p, TCP_SYN | TCP_ACK, 0, 1, .options = OPT_MSS);
	tap(HEARS(&p, TCP_ACK, 1, 1, 0) && peer_state(&p) == TCP_ESTABLISHED,
		"MUST-42: both are told apart");
	peer_end(&p);
}

/* ---- by the stack -------------------------------------------------------------------- */

static void test_active(void)
{
	struct peer p;
	nod_ns first, last;
	unsigned n = 1;

	peer_begin(&p, NULL, OVER_V4);
	peer_is_asked(&p);
	first = p.got.at;
	tap(p.got.h.flags == TCP_SYN && p.got.len == 0, "a program connects: SYN");
	tap(ipa_equal(&p.s.sent[p.next - 1].src, &p.us),
		"MUST-44: without an address of the program's, IP's is taken");
	while (peer_state(&p) == TCP_SYN_SENT && p.s.now - first < NOD_S * 1000)
		n += peer_count(&p, NOD_S / 2);
	last = p.s.now;
	tap(n >= 4 && p.got.seq == 0, "MUST-22: the SYN is sent again, as data are: %u", n);
	tap(last - first >= 180 * NOD_S, "MUST-23: R2 is 3 minutes at least: %d s",
		(int)((last - first) / NOD_S));
	int err = 0;
	socklen_t len = sizeof(err);
	nod_getsockopt(p.s.stack, p.fd, SOL_SOCKET, SO_ERROR, &err, &len);
	tap(err == ETIMEDOUT, "MUST-22: then R2 is over, and the program is told");
	peer_end(&p);
}

static void test_backoff(void)
{
	struct peer p;
	nod_ns at[4];

	peer_begin(&p, NULL, OVER_V4);
	peer_is_asked(&p);
	at[0] = p.got.at;
	for (unsigned k = 1; k < 4; k++) {
		while (!peer_next(&p))
			peer_pass(&p, NOD_S / 10);
		at[k] = p.got.at;
	}
	tap((at[1] - at[0]) / NOD_MS == 1000 && (at[2] - at[1]) / NOD_MS == 2000 &&
			(at[3] - at[2]) / NOD_MS == 4000,
		"MUST-22, MUST-19: after 1, 2 and 4 seconds");
	SAY(&p, TCP_SYN | TCP_ACK, 0, 1, .options = OPT_MSS);
	tap(HEARS(&p, TCP_ACK, 1, 1, 0), "and is answered in the end");
	tap(peer_info(&p).rtt == 0, "MUST-18: no round trip is taken from a SYN sent again");
	peer_end(&p);
}

static void test_simultaneous(void)
{
	struct peer p;

	peer_begin(&p, NULL, OVER_V4);
	peer_is_asked(&p);
	SAY(&p, TCP_SYN, 0, .options = OPT_MSS);
	tap(HEARS(&p, TCP_SYN | TCP_ACK, 0, 1, 0) && peer_state(&p) == TCP_SYN_RECEIVED,
		"MUST-10: SYNs cross: SYN-RECEIVED, and SYN with ACK");
	SAY(&p, TCP_SYN | TCP_ACK, 0, 1, .options = OPT_MSS);
	tap(peer_state(&p) == TCP_ESTABLISHED, "MUST-10: the peer's SYN with ACK: ESTABLISHED");
	peer_ignore(&p);
	SAY(&p, TCP_ACK, 1, 1, 5);
	tap(HEARS(&p, TCP_ACK, 1, 6, 0) && peer_read(&p, 10) == 5, "MUST-10: octets flow in");
	peer_ignore(&p);
	peer_write(&p, 7, 0);
	tap(HEARS(&p, TCP_ACK, 1, 6, 7), "MUST-10: and out");
	peer_end(&p);

	peer_begin(&p, NULL, OVER_V6);
	peer_is_asked(&p);
	SAY(&p, TCP_SYN, 0, .options = OPT_MSS OPT_WS7);
	peer_ignore(&p);
	SAY(&p, TCP_ACK, 1, 1, .window = 500);
	tap(peer_state(&p) == TCP_ESTABLISHED && peer_info(&p).snd_wnd == 500u << 7,
		"MUST-10: over IPv6, the last part being a plain ACK, its window scaled once");
	peer_end(&p);

	peer_begin(&p, NULL, OVER_V4);
	peer_is_asked(&p);
	SAY(&p, TCP_SYN, 0, .options = OPT_MSS);
	SAY(&p, TCP_RST, 1);
	int err = 0;
	socklen_t len = sizeof(err);
	nod_getsockopt(p.s.stack, p.fd, SOL_SOCKET, SO_ERROR, &err, &len);
	tap(err == ECONNREFUSED,
		"MUST-11: a RST in SYN-RECEIVED after an active open: the program is told");
	peer_end(&p);
}

static void test_no_such_peer(void)
{
	static const char *const bad[] = { "255.255.255.255", "224.0.0.1", "10.0.0.255",
		"ff02::1" };
	struct peer p;

	peer_begin(&p, NULL, OVER_V4);
	for (unsigned k = 0; k < 4; k++) {
		struct sockaddr_storage a;
		unsigned before = p.s.n;
		socklen_t len;
		int fd, err;

		p.them = ip(bad[k]);
		fd = nod_socket(
			p.s.stack, ipa_is_v4(&p.them) ? AF_INET : AF_INET6, SOCK_STREAM, 0);
		len = peer_name(&p, true, 80, &a);
		err = nod_connect(p.s.stack, fd, (struct sockaddr *)&a, len);
		peer_turn(&p);
		tap(err < 0 && err != -EINPROGRESS && p.s.n == before,
			"MUST-46: connect to %s is refused without a packet", bad[k]);
		nod_close(p.s.stack, fd);
	}
	peer_end(&p);
}

/* ---- who may ask --------------------------------------------------------------------- */

static void test_bad_asker(void)
{
	static const struct {
		const char *name, *src, *dst;
	} rows[] = {
		{ "MUST-57: SYN to a broadcast address", "10.0.0.2", "10.0.0.255" },
		{ "MUST-57: SYN to all hosts", "10.0.0.2", "255.255.255.255" },
		{ "MUST-57: SYN to a group", "10.0.0.2", "224.0.0.1" },
		{ "MUST-57: SYN to an IPv6 group", "2001:db8::2", "ff02::1" },
		{ "MUST-63: SYN from a broadcast address", "10.0.0.255", "10.0.0.1" },
		{ "MUST-63: SYN from all hosts", "255.255.255.255", "10.0.0.1" },
		{ "MUST-63: SYN from a group", "224.0.0.1", "10.0.0.1" },
		{ "MUST-63: SYN from an IPv6 group", "ff02::1", "2001:db8::1" },
		{ "MUST-63: SYN from nobody", "0.0.0.0", "10.0.0.1" },
		{ "MUST-63: SYN from our own address", "10.0.0.1", "10.0.0.1" },
		{ "MUST-63: SYN from loopback", "127.0.0.1", "10.0.0.1" },
	};

	for (unsigned k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
		struct peer p;
		unsigned before;
		struct nod_stack_use use;

		peer_begin(&p, NULL, strchr(rows[k].src, ':') ? OVER_V6 : OVER_V4);
		peer_listen(&p, 4);
		before = p.s.n;
		p.us = ip(rows[k].dst);
		p.them = ip(rows[k].src);
		SAY(&p, TCP_SYN, 0, .options = OPT_MSS);
		peer_pass(&p, 5 * NOD_S);
		nod_stack_use(p.s.stack, &use);
		for (unsigned n = before; n < p.s.n; n++)
			if (p.s.sent[n].protocol == IP_PROTO_TCP)
				before = UINT32_MAX;
		tap(before != UINT32_MAX && peer_counted(&p, NOD_EV_TCP_HALF) == 0, "%s",
			rows[k].name);
		peer_end(&p);
	}
}

/* ---- numbers ------------------------------------------------------------------------- */

static uint32_t isn_of(struct peer *p, uint16_t port)
{
	p->port = port;
	SAY(p, TCP_SYN, 0, .options = OPT_MSS);
	peer_must(HEARS(p, TCP_SYN | TCP_ACK, 0, 1, 0), "SYN-ACK");
	SAY(p, TCP_RST, 1);
	return p->irs;
}

static void test_isn(void)
{
	struct nod_conf conf = { .seed = { 1 } };
	struct peer p, q;
	uint32_t first, second, other;

	peer_begin(&p, &conf, OVER_V4);
	peer_listen(&p, 4);
	first = isn_of(&p, 4000);
	peer_pass(&p, NOD_S);
	second = isn_of(&p, 4000);
	tap(second - first == 250000,
		"MUST-8, SHLD-1: of the same two ports it goes on by one in 4 us: %u in a second",
		second - first);
	other = isn_of(&p, 4001);
	tap(other - second != 0 && other - second > 1000 && second - other > 1000,
		"SHLD-1: another port's has nothing to do with it");
	conf.seed[0] = 2;
	peer_begin(&q, &conf, OVER_V4);
	peer_listen(&q, 4);
	tap(isn_of(&q, 4000) != first,
		"MUST-9: another secret, other numbers at the same time of the same ports");
	peer_end(&p);
	peer_end(&q);
}

/* RFC 6056: drawn, but not again at once, for the peer may have the last one in TIME-WAIT. */
static void test_ports(void)
{
	enum { ROUND = 4096 };
	static uint32_t drawn_at[65536];
	uint32_t n_soon = 0, n_again = 0;
	struct sockaddr_storage a;
	struct peer p;
	socklen_t len;

	peer_begin(&p, NULL, OVER_V4);
	for (uint32_t k = 1; k <= 4 * ROUND; k++) {
		int fd = nod_socket(p.s.stack, AF_INET, SOCK_STREAM, 0);
		struct sockaddr_in own;

		len = peer_name(&p, true, 80, &a);
		if (nod_connect(p.s.stack, fd, (struct sockaddr *)&a, len) != -EINPROGRESS)
			peer_must(false, "connect");
		len = sizeof(own);
		nod_getsockname(p.s.stack, fd, (struct sockaddr *)&own, &len);
		n_soon += drawn_at[own.sin_port] && k - drawn_at[own.sin_port] <= ROUND;
		n_again += drawn_at[own.sin_port] > 0;
		drawn_at[own.sin_port] = k;
		nod_close(p.s.stack, fd);
	}
	tap(!n_soon && n_again > ROUND / 4,
		"none of %u ports is given out again within %d connections, but %u are later",
		4 * ROUND, ROUND, n_again);
	peer_end(&p);
}

/* MUST-45: what happens to addresses meanwhile does not change a connection's. */
static void test_same_address(void)
{
	struct peer p;
	struct nod_prefix more;

	peer_begin(&p, NULL, OVER_V4);
	peer_answers(&p, NULL);
	nod_prefix_parse(&more, "10.0.0.77/24");
	nod_address_add(p.s.stack, STATION_IF, &more, NOD_ADDRESS_AT_ONCE);
	peer_pass(&p, 5 * NOD_S);
	peer_ignore(&p);
	peer_write(&p, 3, 0);
	tap(HEARS(&p, TCP_ACK, 1, 1, 3) && ipa_equal(&p.s.sent[p.next - 1].src, &p.us),
		"MUST-45: the local address stays the same for the whole connection");
	peer_end(&p);
}

int main(void)
{
	test_passive();
	test_listen_beside_syn_sent();
	test_active();
	test_backoff();
	test_simultaneous();
	test_no_such_peer();
	test_bad_asker();
	test_isn();
	test_ports();
	test_same_address();
	return tap_done();
}
