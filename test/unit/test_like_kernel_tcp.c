/* SPDX-License-Identifier: ISC */
/* test_like_kernel_tcp.c - streams begin: what the kernel says, nod says */
#include "like_kernel_tcp.h"

/* ---- sockets that are not connected -------------------------------------------------- */

static void kinds(struct world *w)
{
	static const int protocols[] = { 0, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, -1, 300 };

	for (int f = 0; f < 2; f++)
		for (unsigned p = 0; p < 6; p++)
			x_socket(w, family[f], SOCK_STREAM, protocols[p]);
	x_socket(w, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static void fresh(struct world *w)
{
	for (int f = 0; f < 2; f++) {
		int s = stream(w, f);

		x_try(w, s);
		x_accept(w, s);
		x_disconnect(w, s);
		for (int how = -1; how < 4; how++)
			x_shutdown(w, s, how);
		x_get(w, s, SOL_SOCKET, SO_TYPE);
		x_get(w, s, SOL_SOCKET, SO_DOMAIN);
		x_get(w, s, SOL_SOCKET, SO_PROTOCOL);
		x_get(w, s, SOL_SOCKET, SO_RCVLOWAT);
		x_get(w, s, SOL_SOCKET, SO_SNDLOWAT);
		x_recv(w, s, 1, MSG_OOB);
		x_recv(w, s, 1, MSG_PEEK);
		x_recv(w, s, 1, MSG_ERRQUEUE);
		x_recv(w, s, 0, 0);
		x_send(w, s, 0, 0);
		x_send(w, s, 1, MSG_OOB);
		x_sendto(w, s, 1, own[f], 0);
		x_look(w, s);
	}
}

static void lengths(struct world *w)
{
	for (int f = 0; f < 2; f++) {
		for (int g = 0; g < 2; g++) {
			for (socklen_t len = 0; len <= 30; len += 2) {
				int s = stream(w, f);
				struct sockaddr_storage a;
				char what[64];

				address(&a, own[g], 0);
				snprintf(what, sizeof(what), "bind %d len %u", g, len);
				result(w, what, CALL(w, bind, s, SA(a), len), s);
				x_close(w, s);
				s = stream(w, f);
				snprintf(what, sizeof(what), "connect %d len %u", g, len);
				result(w, what, CALL(w, connect, s, SA(a), len), s);
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
				int s = stream(w, f);
				struct sockaddr_storage a;
				socklen_t len = address(&a, k ? any[f] : own[f], 0);
				char what[64];

				a.ss_family = (sa_family_t)wrong[i];
				snprintf(what, sizeof(what), "bind family %d", wrong[i]);
				result(w, what, CALL(w, bind, s, SA(a), len), s);
				x_names(w, s);
				snprintf(what, sizeof(what), "connect family %d", wrong[i]);
				result(w, what, CALL(w, connect, s, SA(a), len), s);
				x_close(w, s);
			}
		}
	}
}

static void binding(struct world *w)
{
	static const char *const where[] = { "1.2.3.4", "255.255.255.255", "224.1.2.3",
		"127.0.0.9", "2001:db8::77", "fe80::1", "ff02::77", "::ffff:127.0.0.1",
		"::ffff:1.2.3.4", "127.0.0.1", "::1", "0.0.0.0", "::" };

	for (unsigned i = 0; i < sizeof(where) / sizeof(where[0]); i++) {
		for (int f = 0; f < 2; f++) {
			int s = stream(w, f);

			x_bind(w, s, where[i], 0);
			x_names(w, s);
			x_bind(w, s, where[i], 1);
			x_shutdown(w, s, SHUT_RDWR);
			x_disconnect(w, s);
			x_names(w, s);
			x_close(w, s);
		}
	}
}

/* ---- listening ----------------------------------------------------------------------- */

static void listening(struct world *w)
{
	for (int f = 0; f < 2; f++) {
		int s = stream(w, f), other = stream(w, f), c;

		x_bind(w, s, own[f], 0);
		x_names(w, s);
		x_listen(w, s, 1);
		x_listen(w, s, 7);
		x_try(w, s);
		x_accept(w, s);
		x_connect(w, s, own[f], 0);
		x_bind(w, s, own[f], 1);
		x_bind(w, other, own[f], 0);
		x_listen(w, other, 0);
		x_names(w, other);
		c = stream(w, f);
		x_connect(w, c, own[f], 0);
		x_look(w, s);
		x_shutdown(w, s, SHUT_WR);
		x_look(w, s);
		x_recv(w, s, 9, 0);
		x_shutdown(w, s, SHUT_RD);
		x_look(w, s);
		x_look(w, c);
		x_accept(w, s);
		x_listen(w, s, 3);
		x_look(w, s);
		x_disconnect(w, s);
		x_look(w, s);
		x_listen(w, s, -1);
		x_look(w, s);
		end(w);
	}
}

/* A listener ends while some wait in it. */
static void listener_ends(struct world *w)
{
	for (int f = 0; f < 2; f++) {
		int s = listener(w, f, own[f], 0, 5), c = stream(w, f), d = stream(w, f), a;

		x_connect(w, c, own[f], 0);
		x_connect(w, d, own[f], 0);
		a = x_accept(w, s);
		x_send(w, d, 3, 0);
		x_close(w, s);
		x_try(w, d);
		x_try(w, c);
		x_look(w, a);
		d = stream(w, f);
		x_connect(w, d, own[f], 0);
		x_try(w, d);
		/* the port is free for who may reuse it, while a connection is on it */
		d = stream(w, f);
		x_bind(w, d, own[f], 0);
		x_set(w, d, SOL_SOCKET, SO_REUSEADDR, 1);
		x_bind(w, d, own[f], 0);
		x_listen(w, d, 1);
		end(w);
	}
}

/* One more than the backlog: who has come last waits for a place. */
static void backlog(struct world *w)
{
	for (int n = 0; n < 3; n++) {
		int s = listener(w, 0, own[0], 0, n);

		for (int i = 0; i <= n; i++) {
			int c = stream(w, 0);

			x_connect(w, c, own[0], 0);
			x_send(w, c, 5, 0);
		}
		for (int i = 0; i <= n; i++) {
			int a = x_accept(w, s);

			x_recv(w, a, 9, 0);
		}
		x_accept(w, s);
		end(w);
	}
}

/* Bound, and then both listen: every pair of addresses, families, and of the three options. */
static void pairs(struct world *w)
{
	static const char *const where[] = { "0.0.0.0", "127.0.0.1", "127.0.0.2", "::", "::1",
		"::ffff:0.0.0.0", "::ffff:127.0.0.1" };
	char buf[32];

	for (unsigned i = 0; i < 7; i++) {
		for (unsigned j = 0; j < 7; j++) {
			for (unsigned o = 0; o < 64; o++) {
				int s[2];
				long r[2], l[2];

				for (int k = 0; k < 2; k++) {
					const char *text = where[k ? j : i];
					unsigned bits = o >> (3 * k) & 7;
					bool six = strchr(text, ':');
					struct sockaddr_storage a;
					socklen_t len = address(&a, text, 6);
					int one = 1;

					s[k] = (int)CALL(w, socket, six ? AF_INET6 : AF_INET,
						SOCK_STREAM, 0);
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
				l[0] = r[0] < 0 ? 0 : CALL(w, listen, s[0], 1);
				l[1] = r[1] < 0 ? 0 : CALL(w, listen, s[1], 1);
				note(w, "%s and %s, options %o: %s", where[i], where[j], o,
					error_name(r[0], buf));
				note(w, "%u %u %o then %s", i, j, o, error_name(r[1], buf));
				note(w, "%u %u %o listens %s", i, j, o, error_name(l[0], buf));
				note(w, "%u %u %o then %s", i, j, o, error_name(l[1], buf));
				CALL(w, close, s[0]);
				CALL(w, close, s[1]);
				if (l[0] == 0 && r[0] == 0 && !w->nod)
					settle(w);
			}
		}
	}
}

/* One listens already when the other comes. */
static void late(struct world *w)
{
	static const char *const where[] = { "0.0.0.0", "127.0.0.1", "::", "::1" };

	for (unsigned i = 0; i < 4; i++) {
		for (unsigned j = 0; j < 4; j++) {
			for (unsigned o = 0; o < 16; o++) {
				int s[2];

				for (int k = 0; k < 2; k++) {
					const char *text = where[k ? j : i];

					s[k] = stream(w, strchr(text, ':') != NULL);
					x_set(w, s[k], SOL_SOCKET, SO_REUSEADDR,
						(int)(o >> (2 * k) & 1));
					x_set(w, s[k], SOL_SOCKET, SO_REUSEPORT,
						(int)(o >> (2 * k + 1) & 1));
					if (x_bind(w, s[k], text, 6) == 0)
						x_listen(w, s[k], 1);
				}
				end(w);
			}
		}
	}
}

/* ---- connecting ---------------------------------------------------------------------- */

static void refused(struct world *w)
{
	for (int f = 0; f < 2; f++) {
		int s = stream(w, f);

		x_connect(w, s, own[f], 5);
		x_names(w, s);
		x_connect(w, s, own[f], 5); /* tells of the first */
		x_look(w, s);
		x_connect(w, s, own[f], 5); /* and begins another */
		x_try(w, s);
		x_get(w, s, SOL_SOCKET, SO_ERROR);
		x_connect(w, s, own[f], 5);
		x_get(w, s, SOL_SOCKET, SO_ERROR);
		x_get(w, s, SOL_SOCKET, SO_ERROR);
		x_try(w, s);
		x_connect(w, s, own[f], 5);
		x_recv(w, s, 9, 0);
		x_recv(w, s, 9, 0);
		x_close(w, s);
		s = stream(w, f);
		x_connect(w, s, own[f], 5);
		x_send(w, s, 1, 0);
		x_send(w, s, 1, 0);
		x_shutdown(w, s, SHUT_WR);
		x_connect(w, s, own[f], -1);
		x_try(w, s);
		x_close(w, s);
		/* what was refused may listen */
		s = stream(w, f);
		x_connect(w, s, own[f], 5);
		x_get(w, s, SOL_SOCKET, SO_ERROR);
		x_listen(w, s, 1);
		x_close(w, s);
	}
}

static void connecting(struct world *w)
{
	for (int f = 0; f < 2; f++) {
		int l = listener(w, f, own[f], 0, 5), s = stream(w, f), a;

		x_connect(w, s, own[f], 0);
		x_look(w, s);
		x_connect(w, s, own[f], 0); /* it is done */
		x_connect(w, s, own[f], 0);
		x_connect(w, s, own[f], 5);
		x_listen(w, s, 1);
		x_bind(w, s, own[f], 3);
		x_get(w, s, SOL_SOCKET, SO_ERROR);
		a = x_accept(w, l);
		x_names(w, a);
		x_connect(w, a, own[f], 0);
		x_listen(w, a, 1);
		x_bind(w, a, own[f], 3);
		x_disconnect(w, s); /* it is broken off */
		x_look(w, s);
		x_try(w, a);
		x_connect(w, s, own[f], 0); /* and used again */
		x_connect(w, s, own[f], 0);
		x_look(w, s);
		a = x_accept(w, l);
		x_send(w, a, 3, 0);
		x_recv(w, s, 9, 0);
		end(w);
	}
}

static void where_to(struct world *w)
{
	static const char *const where[] = { "0.0.0.0", "::", "255.255.255.255", "224.0.0.5",
		"ff02::1", "::ffff:127.0.0.1", "::ffff:0.0.0.0", "127.0.0.1", "::1",
		"127.0.0.77", "::ffff:224.0.0.1" };
	int four = listener(w, 0, any[0], 0, 5), a;

	for (unsigned i = 0; i < sizeof(where) / sizeof(where[0]); i++) {
		for (int f = 0; f < 2; f++) {
			for (int only = 0; only < 2; only++) {
				int s = stream(w, f);

				if (f == 1)
					x_set(w, s, IPPROTO_IPV6, IPV6_V6ONLY, only);
				x_connect(w, s, where[i], 0);
				x_names(w, s);
				x_get(w, s, SOL_SOCKET, SO_ERROR);
				x_reset(w, s);
				while ((a = (int)CALL(w, accept, four, NULL, NULL)) >= 0)
					CALL(w, close, a);
			}
		}
	}
	for (int f = 0; f < 2; f++) {
		int s = stream(w, f);

		x_connect(w, s, any[f], -1);
		x_get(w, s, SOL_SOCKET, SO_ERROR);
	}
	end(w);
}

/* To itself: a simultaneous open of one socket (RFC 9293 3.5). */
static void itself(struct world *w)
{
	for (int f = 0; f < 2; f++) {
		int s = stream(w, f);

		x_bind(w, s, own[f], 6 + f);
		x_connect(w, s, own[f], 6 + f);
		x_connect(w, s, own[f], 6 + f);
		x_look(w, s);
		x_send(w, s, 4, 0);
		x_recv(w, s, 9, 0);
		x_shutdown(w, s, SHUT_WR);
		x_try(w, s);
		end(w);
	}
}

/* Two sockets from one port: to different peers, and to the same. */
static void from_one_port(struct world *w)
{
	for (int f = 0; f < 2; f++) {
		int l = listener(w, f, own[f], 0, 5), m = listener(w, f, own[f], 1, 5), s[3];

		for (int i = 0; i < 3; i++) {
			s[i] = stream(w, f);
			x_set(w, s[i], SOL_SOCKET, SO_REUSEADDR, 1);
			x_bind(w, s[i], own[f], 2);
		}
		x_connect(w, s[0], own[f], 0);
		x_connect(w, s[1], own[f], 1);
		x_connect(w, s[2], own[f], 0);
		x_names(w, s[0]);
		x_names(w, s[1]);
		x_names(w, s[2]);
		x_accept(w, l);
		x_accept(w, m);
		/* and none may listen where connections are */
		x_listen(w, s[2], 1);
		end(w);
	}
}

/* ---- two families -------------------------------------------------------------------- */

static void mapped(struct world *w)
{
	int six = listener(w, 1, "::", 0, 5), c = stream(w, 0), a, only;

	x_connect(w, c, "127.0.0.1", 0);
	a = x_accept(w, six);
	x_names(w, a);
	x_names(w, c);
	x_get(w, a, SOL_SOCKET, SO_DOMAIN);
	x_get(w, a, IPPROTO_IPV6, IPV6_V6ONLY);
	x_send(w, a, 3, 0);
	x_recv(w, c, 9, 0);
	c = stream(w, 1);
	x_connect(w, c, "::ffff:127.0.0.1", 0);
	x_names(w, c);
	a = x_accept(w, six);
	x_names(w, a);
	c = stream(w, 1);
	x_connect(w, c, "::1", 0);
	a = x_accept(w, six);
	x_names(w, a);
	x_set(w, six, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	only = stream(w, 1);
	x_set(w, only, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	x_bind(w, only, "::", 1);
	x_listen(w, only, 1);
	c = stream(w, 0);
	x_connect(w, c, "127.0.0.1", 1);
	x_get(w, c, SOL_SOCKET, SO_ERROR);
	c = stream(w, 0);
	x_bind(w, c, "127.0.0.1", 1);
	x_connect(w, c, "::1", 1);
	c = stream(w, 1);
	x_bind(w, c, "::1", 2);
	x_connect(w, c, "127.0.0.1", 0);
	c = stream(w, 1);
	x_bind(w, c, "::1", 2);
	x_connect(w, c, "::ffff:127.0.0.1", 0);
	c = stream(w, 1);
	x_bind(w, c, "::ffff:127.0.0.1", 2);
	x_connect(w, c, "::1", 0);
	x_connect(w, c, "::ffff:127.0.0.1", 0);
	x_names(w, c);
	end(w);
}

/* ---- what is meant to differ --------------------------------------------------------- */

static const struct difference differences[] = {
	{ "binding", "bind 224.1.2.3", "nobody can listen or connect there" },
	{ "binding", "getsockname = 224.1.2.3", "the same" },
	{ "refused", "getsockname = 0.0.0.0 some",
		"what was given back is not shown any more" },
	{ "refused", "getsockname = :: some", "the same" },
	{ "connecting", "getsockname = 0.0.0.0 some", "the same" },
	{ "connecting", "getsockname = :: some", "the same" },
	{ "where to", "connect 0.0.0.0 -1 = -EINPROGRESS",
		"nobody is at port 0: told at once" },
	{ "where to", "connect :: -1 = -EINPROGRESS", "the same" },
	{ "where to", "get 1/4 = 0: 111", "the same: there is nothing left to tell" },
};

static const struct scenario scenarios[] = {
	{ "kinds", kinds },
	{ "fresh", fresh },
	{ "lengths", lengths },
	{ "families", families },
	{ "binding", binding },
	{ "listening", listening },
	{ "listener ends", listener_ends },
	{ "backlog", backlog },
	{ "pairs", pairs },
	{ "late", late },
	{ "refused", refused },
	{ "connecting", connecting },
	{ "where to", where_to },
	{ "itself", itself },
	{ "from one port", from_one_port },
	{ "mapped", mapped },
};

int main(void)
{
	return like_kernel(SOCK_STREAM, scenarios, sizeof(scenarios) / sizeof(scenarios[0]),
		differences, sizeof(differences) / sizeof(differences[0]));
}
