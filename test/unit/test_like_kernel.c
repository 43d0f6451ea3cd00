/* SPDX-License-Identifier: ISC */
/* test_like_kernel.c - sockets, names, datagrams: what the kernel says, nod says */
#include "like_kernel.h"

static void kinds(struct world *w)
{
	static const int types[] = { SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RDM, 0, 11 };
	static const int protocols[] = { 0, IPPROTO_UDP, IPPROTO_TCP, -1 };

	for (unsigned d = 0; d < 2; d++)
		for (unsigned t = 0; t < 5; t++)
			for (unsigned p = 0; p < 4; p++)
				x_socket(w, family[d], types[t], protocols[p]);
	x_socket(w, 9999, SOCK_DGRAM, 0);
	x_socket(w, AF_UNSPEC, SOCK_DGRAM, 0);
}

static void fresh(struct world *w)
{
	for (int f = 0; f < 2; f++) {
		int s = x_socket(w, family[f], SOCK_DGRAM, 0);

		x_names(w, s);
		x_recv(w, s, 10, 0);
		x_send(w, s, 1, 0);
		x_disconnect(w, s);
		x_shutdown(w, s, 7);
		note(w, "listen = %ld", CALL(w, listen, s, 1) == -EOPNOTSUPP ? 1L : 0L);
		x_get(w, s, SOL_SOCKET, SO_TYPE);
		x_get(w, s, SOL_SOCKET, SO_DOMAIN);
		x_get(w, s, SOL_SOCKET, SO_PROTOCOL);
		x_get(w, s, SOL_SOCKET, SO_ERROR);
		x_get(w, s, SOL_SOCKET, SO_ACCEPTCONN);
		x_get(w, s, SOL_SOCKET, SO_RCVLOWAT);
		x_get(w, s, SOL_SOCKET, SO_SNDLOWAT);
		x_get(w, s, SOL_SOCKET, SO_RCVBUF);
		x_get(w, s, SOL_SOCKET, SO_SNDBUF);
		x_get(w, s, SOL_SOCKET, 9999);
		x_get(w, s, 9999, 1);
		x_set(w, s, SOL_SOCKET, 9999, 1);
		x_set(w, s, 9999, 1, 1);
		x_set(w, s, SOL_SOCKET, SO_TYPE, 1);
		x_set(w, s, SOL_SOCKET, SO_ERROR, 1);
	}
}

static void bad_descriptor(struct world *w)
{
	struct sockaddr_storage a;
	socklen_t len = address(&a, "127.0.0.1", 0);
	char buf[32];

	note(w, "bind %s", error_name(CALL(w, bind, 1000000, SA(a), len), buf));
	note(w, "connect %s", error_name(CALL(w, connect, -1, SA(a), len), buf));
	note(w, "send %s", error_name(CALL(w, send, 1000000, "x", 1, 0), buf));
	note(w, "recv %s", error_name(CALL(w, recv, -1, buf, 1, 0), buf));
	note(w, "close %s", error_name(CALL(w, close, 1000000), buf));
	note(w, "shutdown %s", error_name(CALL(w, shutdown, -1, 0), buf));
}

/* Names of each length and of the wrong families. */
static void lengths(struct world *w)
{
	for (int f = 0; f < 2; f++) {
		for (int g = 0; g < 2; g++) {
			for (socklen_t len = 0; len <= 30; len += 2) {
				int s = x_socket(w, family[f], SOCK_DGRAM, 0);
				struct sockaddr_storage a;
				char what[64];

				address(&a, own[g], 0);
				snprintf(what, sizeof(what), "bind %d len %u", g, len);
				result(w, what, CALL(w, bind, s, SA(a), len), s);
				x_close(w, s);
				s = x_socket(w, family[f], SOCK_DGRAM, 0);
				snprintf(what, sizeof(what), "connect %d len %u", g, len);
				result(w, what, CALL(w, connect, s, SA(a), len), s);
				x_close(w, s);
				s = x_socket(w, family[f], SOCK_DGRAM, 0);
				snprintf(what, sizeof(what), "sendto %d len %u", g, len);
				result(w, what, CALL(w, sendto, s, "x", 1, 0, SA(a), len), s);
				x_close(w, s);
			}
		}
	}
}

static void families(struct world *w)
{
	static const int wrong[] = { AF_UNSPEC, AF_UNIX, AF_PACKET, 200 };

	for (int f = 0; f < 2; f++) {
		for (unsigned i = 0; i < 4; i++) {
			for (int k = 0; k < 2; k++) {
				int s = x_socket(w, family[f], SOCK_DGRAM, 0);
				struct sockaddr_storage a;
				socklen_t len = address(&a, k ? any[f] : own[f], 0);
				char what[64];

				a.ss_family = (sa_family_t)wrong[i];
				snprintf(what, sizeof(what), "bind family %d", wrong[i]);
				result(w, what, CALL(w, bind, s, SA(a), len), s);
				x_names(w, s);
				snprintf(what, sizeof(what), "sendto family %d", wrong[i]);
				result(w, what, CALL(w, sendto, s, "x", 1, 0, SA(a), len), s);
				snprintf(what, sizeof(what), "connect family %d", wrong[i]);
				result(w, what, CALL(w, connect, s, SA(a), len), s);
				x_close(w, s);
			}
		}
	}
}

static void talk(struct world *w)
{
	static const size_t sizes[] = { 0, 1, 1472, 1473, 9000, 65507 };

	for (int f = 0; f < 2; f++) {
		int a = x_socket(w, family[f], SOCK_DGRAM, 0);
		int b = x_socket(w, family[f], SOCK_DGRAM, 0);

		x_bind(w, a, own[f], 0);
		x_bind(w, a, own[f], 1);
		x_names(w, a);
		for (unsigned i = 0; i < 6; i++) {
			x_sendto(w, b, sizes[i], own[f], 0);
			x_recv(w, a, BIG, MSG_PEEK);
			x_recv(w, a, sizes[i] / 2, MSG_PEEK | MSG_TRUNC);
			x_recv(w, a, sizes[i] / 2, MSG_TRUNC);
			x_recv(w, a, BIG, 0);
		}
		x_sendto(w, b, 65508, own[f], 0);
		x_sendto(w, b, 65527, own[f], 0);
		x_recv(w, a, BIG, 0);
		x_sendto(w, b, 65528, own[f], 0);
		x_sendto(w, b, 65535, own[f], 0);
		x_sendto(w, b, 65536, own[f], 0);
		x_sendto(w, b, 1, own[f], -1);
		x_send(w, b, 1, MSG_OOB);
		x_recv(w, a, 1, MSG_OOB);
		x_recv(w, a, BIG, MSG_ERRQUEUE);
		/* to the any address: this host */
		x_sendto(w, b, 3, any[f], 0);
		x_recv(w, a, BIG, 0);
		x_close(w, a);
		x_close(w, b);
	}
}

static void connected(struct world *w)
{
	for (int f = 0; f < 2; f++) {
		int a = x_socket(w, family[f], SOCK_DGRAM, 0);
		int b = x_socket(w, family[f], SOCK_DGRAM, 0);
		int c = x_socket(w, family[f], SOCK_DGRAM, 0);

		x_bind(w, a, own[f], 0);
		x_bind(w, b, own[f], 1);
		x_bind(w, c, any[f], 2);
		x_connect(w, b, own[f], 0);
		x_names(w, b);
		x_send(w, b, 5, 0);
		x_recv(w, a, 9, 0);
		/* from elsewhere it hears nothing */
		x_sendto(w, c, 2, own[f], 1);
		x_recv(w, b, 9, 0);
		x_sendto(w, a, 3, own[f], 1);
		x_recv(w, b, 9, 0);
		/* it may still send elsewhere */
		x_sendto(w, b, 4, own[f], 2);
		x_recv(w, c, 9, 0);
		x_connect(w, b, own[f], 2);
		x_names(w, b);
		x_bind(w, b, own[f], 3);
		x_disconnect(w, b);
		x_names(w, b);
		x_send(w, b, 1, 0);
		x_sendto(w, c, 6, own[f], 1);
		x_recv(w, b, 9, 0);
		/* what nobody asked for is given back */
		x_disconnect(w, c);
		x_connect(w, c, own[f], 0);
		x_names(w, c);
		x_disconnect(w, c);
		x_names(w, c);
		x_close(w, a);
		x_close(w, b);
		x_close(w, c);
		a = x_socket(w, family[f], SOCK_DGRAM, 0);
		x_connect(w, a, own[f], 5);
		x_names(w, a);
		x_disconnect(w, a);
		x_names(w, a);
		x_connect(w, a, any[f], 5);
		x_names(w, a);
		x_connect(w, a, own[f], -1);
		x_send(w, a, 1, 0);
		x_close(w, a);
	}
}

static void refused(struct world *w)
{
	for (int f = 0; f < 2; f++) {
		int s = x_socket(w, family[f], SOCK_DGRAM, 0);

		x_connect(w, s, own[f], 5);
		x_send(w, s, 1, 0);
		x_recv(w, s, 9, 0);
		x_recv(w, s, 9, 0);
		x_send(w, s, 1, 0);
		x_send(w, s, 1, 0);
		x_send(w, s, 1, 0);
		x_get(w, s, SOL_SOCKET, SO_ERROR);
		x_get(w, s, SOL_SOCKET, SO_ERROR);
		x_recv(w, s, 9, 0);
		x_close(w, s);
		/* who is not connected is not told */
		s = x_socket(w, family[f], SOCK_DGRAM, 0);
		x_sendto(w, s, 1, own[f], 5);
		x_recv(w, s, 9, 0);
		x_get(w, s, SOL_SOCKET, SO_ERROR);
		x_close(w, s);
	}
}

static void broadcasts(struct world *w)
{
	int s = x_socket(w, AF_INET, SOCK_DGRAM, 0);

	x_get(w, s, SOL_SOCKET, SO_BROADCAST);
	x_set(w, s, SOL_SOCKET, SO_BROADCAST, 7);
	x_get(w, s, SOL_SOCKET, SO_BROADCAST);
	x_bind(w, s, "1.2.3.4", 0);
	x_bind(w, s, "255.255.255.255", 0);
	x_names(w, s);
	x_close(w, s);
	s = x_socket(w, AF_INET, SOCK_DGRAM, 0);
	x_bind(w, s, "224.1.2.3", 0);
	x_names(w, s);
	x_close(w, s);
	s = x_socket(w, AF_INET6, SOCK_DGRAM, 0);
	x_bind(w, s, "2001:db8::77", 0);
	x_bind(w, s, "fe80::1", 0);
	x_bind(w, s, "ff02::77", 0);
	x_bind(w, s, "ff0e::77", 0);
	x_names(w, s);
}

static void loopback_broadcast(struct world *w)
{
	int s = x_socket(w, AF_INET, SOCK_DGRAM, 0);

	x_connect(w, s, "127.255.255.255", 0);
	x_sendto(w, s, 1, "127.255.255.255", 0);
}

static void shut(struct world *w)
{
	for (int f = 0; f < 2; f++) {
		for (int how = 0; how < 3; how++) {
			int a = x_socket(w, family[f], SOCK_DGRAM, 0);
			int b = x_socket(w, family[f], SOCK_DGRAM, 0);

			x_bind(w, a, own[f], 0);
			x_bind(w, b, own[f], 1);
			x_shutdown(w, b, how);
			x_close(w, b);
			b = x_socket(w, family[f], SOCK_DGRAM, 0);
			x_bind(w, b, own[f], 1);
			x_connect(w, b, own[f], 0);
			x_sendto(w, a, 3, own[f], 1);
			x_shutdown(w, b, how);
			x_send(w, b, 2, 0);
			x_recv(w, b, 9, 0);
			x_recv(w, b, 9, 0);
			x_close(w, a);
			x_close(w, b);
		}
	}
}

/* Two sockets on one port: every pair of addresses, families, and of the three options. */
static void pairs(struct world *w)
{
	static const char *const where[] = { "0.0.0.0", "127.0.0.1", "127.0.0.2", "::", "::1",
		"::ffff:0.0.0.0", "::ffff:127.0.0.1" };
	char buf[32];

	for (unsigned i = 0; i < 7; i++) {
		for (unsigned j = 0; j < 7; j++) {
			for (unsigned o = 0; o < 64; o++) {
				int s[2];
				long r[2];

				for (int k = 0; k < 2; k++) {
					const char *text = where[k ? j : i];
					unsigned bits = o >> (3 * k) & 7;
					bool six = strchr(text, ':');
					struct sockaddr_storage a;
					socklen_t len = address(&a, text, 6);
					int one = 1;

					s[k] = (int)CALL(w, socket, six ? AF_INET6 : AF_INET,
						SOCK_DGRAM, 0);
					if (bits & 1)
						CALL(w, setsockopt, s[k], SOL_SOCKET,
							SO_REUSEADDR, &one, sizeof(one));
					if (bits & 2)
						CALL(w, setsockopt, s[k], SOL_SOCKET,
							SO_REUSEPORT, &one, sizeof(one));
					if (six && bits & 4)
						CALL(w, setsockopt, s[k], IPPROTO_IPV6,
							IPV6_V6ONLY, &one, sizeof(one));
					r[k] = CALL(w, bind, s[k], SA(a), len);
				}
				note(w, "%s and %s, options %o", where[i], where[j], o);
				note(w, " = %s", error_name(r[0], buf));
				note(w, " then %s", error_name(r[1], buf));
				CALL(w, close, s[0]);
				CALL(w, close, s[1]);
			}
		}
	}
}

/* Who gets a datagram to @to when both are there. */
static void who(struct world *w)
{
	static const struct {
		const char *bind[2];
		int reuse;
	} rows[] = {
		{ { "0.0.0.0", "127.0.0.1" }, SO_REUSEADDR },
		{ { "127.0.0.1", "0.0.0.0" }, SO_REUSEADDR },
		{ { "::", "0.0.0.0" }, SO_REUSEADDR },
		{ { "0.0.0.0", "::" }, SO_REUSEADDR },
		{ { "::", "::1" }, SO_REUSEADDR },
		{ { "0.0.0.0", "0.0.0.0" }, SO_REUSEADDR },
		{ { "::", "::" }, SO_REUSEADDR },
		{ { "::ffff:127.0.0.1", "0.0.0.0" }, SO_REUSEADDR },
		{ { "::", "::ffff:127.0.0.1" }, SO_REUSEADDR },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int s[2], c[2];

		for (int k = 0; k < 2; k++) {
			s[k] = x_socket(w, strchr(rows[i].bind[k], ':') ? AF_INET6 : AF_INET,
				SOCK_DGRAM, 0);
			c[k] = x_socket(w, family[k], SOCK_DGRAM, 0);
			x_set(w, s[k], SOL_SOCKET, rows[i].reuse, 1);
			x_bind(w, s[k], rows[i].bind[k], 7);
			x_bind(w, c[k], own[k], 3);
		}
		for (int k = 0; k < 2; k++) {
			x_sendto(w, c[k], 4, own[k], 7);
			x_recv(w, s[0], 9, 0);
			x_recv(w, s[1], 9, 0);
			x_recv(w, c[k], 9, 0);
		}
		close_all(w);
	}
}

static void mapped(struct world *w)
{
	int six = x_socket(w, AF_INET6, SOCK_DGRAM, 0);
	int four = x_socket(w, AF_INET, SOCK_DGRAM, 0);
	int only = x_socket(w, AF_INET6, SOCK_DGRAM, 0);

	x_get(w, six, IPPROTO_IPV6, IPV6_V6ONLY);
	x_bind(w, six, "::", 0);
	x_set(w, six, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	x_bind(w, four, "127.0.0.1", 1);
	x_sendto(w, four, 2, "127.0.0.1", 0);
	x_recv(w, six, 9, 0);
	x_sendto(w, six, 3, "::ffff:127.0.0.1", 1);
	x_recv(w, four, 9, 0);
	x_sendto(w, six, 4, "127.0.0.1", 1);
	x_recv(w, four, 9, 0);
	x_sendto(w, four, 4, "::1", 1);
	x_connect(w, four, "::1", 1);
	x_connect(w, six, "::ffff:127.0.0.1", 1);
	x_names(w, six);
	x_send(w, six, 5, 0);
	x_recv(w, four, 9, 0);
	x_disconnect(w, six);
	x_names(w, six);
	x_connect(w, six, "127.0.0.1", 1);
	x_names(w, six);
	x_set(w, only, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	x_get(w, only, IPPROTO_IPV6, IPV6_V6ONLY);
	x_bind(w, only, "::ffff:127.0.0.1", 2);
	x_sendto(w, only, 1, "::ffff:127.0.0.1", 1);
	x_sendto(w, only, 1, "127.0.0.1", 1);
	x_connect(w, only, "::ffff:127.0.0.1", 1);
	x_connect(w, only, "127.0.0.1", 1);
	x_bind(w, only, "::1", 2);
	x_names(w, only);
}

static const struct difference differences[] = {
	{ "connected", "send 1 flags 0 = 1 out err",
		"a datagram to port 0 is dropped without a word (H34)" },
	{ "loopback broadcast", "connect 127.255.255.255",
		"127/8 is one host here, not a network with a broadcast address" },
	{ "shut", "recv 9 flags 0 = 0 in", "the end is told: nobody waits for it here" },
	{ "shut", "from = -EAGAIN", "the same" },
	{ "loopback broadcast", "sendto 1 127.255.255.255", "the same" },
};

static const struct scenario scenarios[] = {
	{ "kinds", kinds },
	{ "fresh", fresh },
	{ "bad descriptor", bad_descriptor },
	{ "lengths", lengths },
	{ "families", families },
	{ "talk", talk },
	{ "connected", connected },
	{ "refused", refused },
	{ "broadcasts", broadcasts },
	{ "loopback broadcast", loopback_broadcast },
	{ "shut", shut },
	{ "pairs", pairs },
	{ "who", who },
	{ "mapped", mapped },
};

int main(void)
{
	return like_kernel(SOCK_DGRAM, scenarios, sizeof(scenarios) / sizeof(scenarios[0]),
		differences, sizeof(differences) / sizeof(differences[0]));
}
