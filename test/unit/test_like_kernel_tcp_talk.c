/* SPDX-License-Identifier: ISC */
/* test_like_kernel_tcp_talk.c - streams' octets and ends: what the kernel says, nod says */
#include "like_kernel_tcp.h"

/* ---- octets -------------------------------------------------------------------------- */

static void talk(struct world *w)
{
	static const size_t sizes[] = { 0, 1, 1460, 5000, 20000 };

	for (int f = 0; f < 2; f++) {
		int s[ENDS];

		pair(w, f, 0, s);
		x_set(w, s[CLIENT], IPPROTO_TCP, TCP_NODELAY, 1);
		x_look(w, s[CLIENT]);
		x_look(w, s[SERVER]);
		x_recv(w, s[SERVER], 9, 0);
		x_recv(w, s[SERVER], 0, 0);
		for (unsigned i = 0; i < 5; i++) {
			x_send(w, s[CLIENT], sizes[i], i & 1 ? MSG_DONTWAIT | MSG_NOSIGNAL : 0);
			x_recv(w, s[SERVER], BIG, MSG_PEEK);
			x_recv(w, s[SERVER], sizes[i] / 2, MSG_PEEK | MSG_TRUNC);
			x_recv(w, s[SERVER], sizes[i] / 2, MSG_TRUNC);
			x_recv(w, s[SERVER], 0, 0);
			x_recv(w, s[SERVER], BIG, MSG_WAITALL);
			x_recv(w, s[SERVER], BIG, 0);
		}
		/* a stream has no borders */
		x_send(w, s[SERVER], 3, 0);
		x_send(w, s[SERVER], 4, MSG_EOR);
		x_recv(w, s[CLIENT], 5, 0);
		x_recv(w, s[CLIENT], 5, 0);
		/* a peer's name is passed over */
		x_sendto(w, s[CLIENT], 6, own[f], 5);
		x_sendto(w, s[CLIENT], 6, own[!f], 5);
		x_recv(w, s[SERVER], 99, 0);
		x_recv(w, s[SERVER], 99, MSG_ERRQUEUE);
		end(w);
	}
}

static void more(struct world *w)
{
	int s[ENDS];

	pair(w, 0, 0, s);
	x_send(w, s[CLIENT], 10, MSG_MORE);
	x_recv(w, s[SERVER], 99, 0);
	x_send(w, s[CLIENT], 10, 0);
	x_recv(w, s[SERVER], 99, 0);
	x_set(w, s[CLIENT], IPPROTO_TCP, TCP_CORK, 1);
	x_send(w, s[CLIENT], 10, 0);
	x_recv(w, s[SERVER], 99, 0);
	x_set(w, s[CLIENT], IPPROTO_TCP, TCP_CORK, 0);
	x_recv(w, s[SERVER], 99, 0);
	x_send(w, s[CLIENT], 10, MSG_MORE);
	x_set(w, s[CLIENT], IPPROTO_TCP, TCP_NODELAY, 1);
	x_recv(w, s[SERVER], 99, 0);
	/* the end takes along what was held back */
	x_send(w, s[CLIENT], 10, MSG_MORE);
	x_shutdown(w, s[CLIENT], SHUT_WR);
	x_recv(w, s[SERVER], 99, 0);
	x_recv(w, s[SERVER], 99, 0);
	end(w);
}

static void vectors(struct world *w)
{
	int s[ENDS];
	char a[4], b[6];
	struct iovec out[3] = { { big, 3 }, { NULL, 0 }, { big, 5 } };
	struct iovec in[3] = { { a, sizeof(a) }, { NULL, 0 }, { b, sizeof(b) } };
	struct sockaddr_storage name;
	struct msghdr m = { .msg_iov = out, .msg_iovlen = 3 };

	pair(w, 0, 0, s);
	result(w, "sendmsg", CALL(w, sendmsg, s[CLIENT], &m, 0), s[CLIENT]);
	m = (struct msghdr){ .msg_iov = in,
		.msg_iovlen = 3,
		.msg_name = &name,
		.msg_namelen = sizeof(name),
		.msg_flags = 0x55 };
	settle(w);
	result(w, "recvmsg", CALL(w, recvmsg, s[SERVER], &m, MSG_PEEK), s[SERVER]);
	note(w, "name %u, flags %x, control %zu", m.msg_namelen, m.msg_flags, m.msg_controllen);
	m.msg_namelen = sizeof(name);
	result(w, "recvmsg", CALL(w, recvmsg, s[SERVER], &m, MSG_TRUNC), s[SERVER]);
	note(w, "name %u, flags %x", m.msg_namelen, m.msg_flags);
	m.msg_iovlen = 0;
	result(w, "recvmsg of nothing", CALL(w, recvmsg, s[SERVER], &m, 0), s[SERVER]);
	result(w, "sendmsg of nothing", CALL(w, sendmsg, s[CLIENT], &m, 0), s[CLIENT]);
	end(w);
}

/* RFC 6093: the octets lie in the stream, but where Linux takes out the last. */
static void urgent(struct world *w)
{
	int s[ENDS];

	pair(w, 0, 0, s);
	x_set(w, s[SERVER], SOL_SOCKET, SO_OOBINLINE, 1);
	x_recv(w, s[SERVER], 1, MSG_OOB);
	x_send(w, s[CLIENT], 3, 0);
	x_send(w, s[CLIENT], 1, MSG_OOB);
	x_send(w, s[CLIENT], 2, 0);
	x_recv(w, s[SERVER], 1, MSG_OOB);
	x_recv(w, s[SERVER], 3, 0);
	x_recv(w, s[SERVER], 9, 0);
	x_recv(w, s[SERVER], 9, 0);
	end(w);
}

static void low_water(struct world *w)
{
	static const int marks[] = { 1, 5, 0, 8 };
	int s[ENDS];

	pair(w, 0, 0, s);
	for (unsigned i = 0; i < 4; i++) {
		x_set(w, s[SERVER], SOL_SOCKET, SO_RCVLOWAT, marks[i]);
		x_get(w, s[SERVER], SOL_SOCKET, SO_RCVLOWAT);
		x_look(w, s[SERVER]);
		x_send(w, s[CLIENT], 4, 0);
		x_look(w, s[SERVER]);
		x_send(w, s[CLIENT], 4, 0);
		x_look(w, s[SERVER]);
		x_recv(w, s[SERVER], 99, 0);
	}
	x_set(w, s[SERVER], SOL_SOCKET, SO_RCVLOWAT, 100);
	x_send(w, s[CLIENT], 4, 0);
	x_look(w, s[SERVER]);
	x_recv(w, s[SERVER], 2, 0); /* it does not wait here */
	x_shutdown(w, s[CLIENT], SHUT_WR);
	x_look(w, s[SERVER]); /* the end is always told */
	x_recv(w, s[SERVER], 99, 0);
	x_recv(w, s[SERVER], 99, 0);
	end(w);
}

/* Until nothing more is taken, and until there is room again. */
static void full(struct world *w)
{
	static uint8_t sink[BIG];
	int s[ENDS];
	long sent = 0, got = 0, n;

	pair(w, 0, 0, s);
	x_set(w, s[CLIENT], SOL_SOCKET, SO_SNDBUF, 60000);
	x_set(w, s[SERVER], SOL_SOCKET, SO_RCVBUF, 60000);
	do {
		while ((n = CALL(w, send, s[CLIENT], big, BIG, 0)) > 0)
			sent += n;
		settle(w);
		n = CALL(w, send, s[CLIENT], big, BIG, 0);
		sent += n > 0 ? n : 0;
	} while (n > 0);
	result(w, "it is full", n, s[CLIENT]);
	for (unsigned i = 0; i < 3000 && got < sent; i++) {
		settle(w);
		n = CALL(w, recv, s[SERVER], sink, BIG, 0);
		got += n > 0 ? n : 0;
	}
	note(w, "all came: %d", got == sent);
	x_send(w, s[CLIENT], 10, 0);
	x_recv(w, s[SERVER], 99, 0);
	end(w);
}

/* ---- ends ---------------------------------------------------------------------------- */

/* Each way to shut each end, in each order, with octets under way or not. */
static void shut(struct world *w)
{
	for (int f = 0; f < 2; f++) {
		for (int first = 0; first < 3; first++) {
			for (int second = 0; second < 3; second++) {
				int s[ENDS];

				pair(w, f, 0, s);
				x_set(w, s[CLIENT], IPPROTO_TCP, TCP_NODELAY, 1);
				x_set(w, s[SERVER], IPPROTO_TCP, TCP_NODELAY, 1);
				x_send(w, s[SERVER], 3, 0);
				x_shutdown(w, s[CLIENT], first);
				x_try(w, s[CLIENT]);
				x_try(w, s[SERVER]);
				x_shutdown(w, s[SERVER], second);
				x_try(w, s[SERVER]);
				x_try(w, s[CLIENT]);
				x_shutdown(w, s[CLIENT], 2 - first);
				x_look(w, s[CLIENT]);
				x_shutdown(w, s[CLIENT], first);
				x_shutdown(w, s[SERVER], SHUT_RDWR);
				x_look(w, s[SERVER]);
				x_connect(w, s[CLIENT], own[f], 0);
				x_listen(w, s[CLIENT], 1);
				end(w);
			}
		}
	}
}

static void half_close(struct world *w)
{
	for (int f = 0; f < 2; f++) {
		int s[ENDS];

		pair(w, f, 0, s);
		x_send(w, s[CLIENT], 7, 0);
		x_shutdown(w, s[CLIENT], SHUT_WR);
		x_look(w, s[SERVER]);
		x_recv(w, s[SERVER], 3, 0);
		x_recv(w, s[SERVER], 3, 0);
		x_recv(w, s[SERVER], 3, 0);
		x_recv(w, s[SERVER], 3, 0);
		x_recv(w, s[SERVER], 3, MSG_PEEK);
		for (int i = 0; i < 3; i++) {
			x_send(w, s[SERVER], 1000, 0);
			x_recv(w, s[CLIENT], BIG, 0);
		}
		x_close(w, s[SERVER]);
		x_try(w, s[CLIENT]);
		end(w);
	}
}

/* Closed in order while the other goes on reading, writing. */
static void closed(struct world *w)
{
	for (int f = 0; f < 2; f++) {
		for (int who = CLIENT; who <= SERVER; who++) {
			int s[ENDS], other = who == CLIENT ? SERVER : CLIENT;

			pair(w, f, 0, s);
			x_send(w, s[who], 5, 0);
			x_close(w, s[who]);
			x_look(w, s[other]);
			x_recv(w, s[other], 99, 0);
			x_recv(w, s[other], 99, 0);
			x_send(w, s[other], 1, 0); /* it is answered by a RST */
			x_try(w, s[other]);
			end(w);
			/* who only reads */
			pair(w, f, 0, s);
			x_close(w, s[who]);
			x_recv(w, s[other], 99, 0);
			x_recv(w, s[other], 99, 0);
			x_shutdown(w, s[other], SHUT_WR);
			x_look(w, s[other]);
			end(w);
		}
	}
}

/* Reset: by linger 0, by octets that nobody read; told to the reader, the writer, or neither. */
static void broken(struct world *w)
{
	for (int f = 0; f < 2; f++) {
		for (int way = 0; way < 2; way++) {
			for (int first = 0; first < 6; first++) {
				int s[ENDS];

				pair(w, f, 0, s);
				if (first == 5)
					x_send(w, s[SERVER], 4, 0);
				if (way == 0)
					linger(w, s[SERVER], 1, 0);
				else
					x_send(w, s[CLIENT], 6, 0);
				x_close(w, s[SERVER]);
				x_look(w, s[CLIENT]);
				if (first == 0)
					x_recv(w, s[CLIENT], 9, 0);
				if (first == 1)
					x_send(w, s[CLIENT], 1, 0);
				if (first == 2)
					x_get(w, s[CLIENT], SOL_SOCKET, SO_ERROR);
				if (first == 3)
					x_shutdown(w, s[CLIENT], SHUT_WR);
				if (first == 4)
					x_connect(w, s[CLIENT], own[f], 0);
				x_try(w, s[CLIENT]);
				x_shutdown(w, s[CLIENT], SHUT_RDWR);
				x_listen(w, s[CLIENT], 1);
				end(w);
			}
		}
	}
}

/* Half closed, and then reset. */
static void broken_half(struct world *w)
{
	for (int who = CLIENT; who <= SERVER; who++) {
		int s[ENDS], other = who == CLIENT ? SERVER : CLIENT;

		pair(w, 0, 0, s);
		x_shutdown(w, s[who], SHUT_WR);
		x_reset(w, s[other]);
		x_try(w, s[who]);
		end(w);
		pair(w, 0, 0, s);
		x_shutdown(w, s[who], SHUT_WR);
		x_reset(w, s[who]);
		x_try(w, s[other]);
		end(w);
		pair(w, 0, 0, s);
		x_shutdown(w, s[who], SHUT_WR);
		x_shutdown(w, s[other], SHUT_WR);
		x_reset(w, s[who]);
		x_try(w, s[other]);
		end(w);
	}
}

static void lingering(struct world *w)
{
	struct linger l = { 0 };
	socklen_t len = sizeof(l);
	int s = stream(w, 0);

	result(w, "get linger", CALL(w, getsockopt, s, SOL_SOCKET, SO_LINGER, &l, &len), s);
	note(w, "%d %d, %u octets", l.l_onoff, l.l_linger, len);
	for (int i = 0; i < 4; i++) {
		struct linger set = { i % 3, 10 * i };

		x_set_raw(w, s, "linger", SOL_SOCKET, SO_LINGER, &set, sizeof(set));
		len = sizeof(l);
		CALL(w, getsockopt, s, SOL_SOCKET, SO_LINGER, &l, &len);
		note(w, "%d %d, %u octets", l.l_onoff, l.l_linger, len);
	}
	x_set_raw(w, s, "half a linger", SOL_SOCKET, SO_LINGER, &l, 4);
	for (int seconds = 0; seconds < 2; seconds++) {
		int p[ENDS];

		pair(w, 0, 0, p);
		x_send(w, p[SERVER], 5, 0);
		linger(w, p[SERVER], 1, seconds);
		x_close(w, p[SERVER]);
		x_look(w, p[CLIENT]);
		x_recv(w, p[CLIENT], 9, 0);
		x_try(w, p[CLIENT]);
		end(w);
	}
}

/* AF_UNSPEC in each state: broken off at once. */
static void disconnected(struct world *w)
{
	for (int f = 0; f < 2; f++) {
		for (int i = 0; i < 4; i++) {
			int s[ENDS];

			pair(w, f, 0, s);
			if (i & 1)
				x_shutdown(w, s[CLIENT], SHUT_WR);
			if (i & 2)
				x_shutdown(w, s[SERVER], SHUT_WR);
			x_disconnect(w, s[CLIENT]);
			x_try(w, s[SERVER]);
			x_try(w, s[CLIENT]);
			x_disconnect(w, s[CLIENT]);
			x_connect(w, s[CLIENT], own[f], 0);
			x_look(w, s[CLIENT]);
			end(w);
		}
	}
}

/* ---- what is meant to differ --------------------------------------------------------- */

static const struct difference differences[] = {
	{ "broken", "getsockname = 0.0.0.0 some", "what was given back is not shown any more" },
	{ "broken", "getsockname = :: some", "the same" },
	{ "disconnected", "getsockname = 0.0.0.0 some", "the same" },
	{ "disconnected", "getsockname = :: some", "the same" },
};

static const struct scenario scenarios[] = {
	{ "talk", talk },
	{ "more", more },
	{ "vectors", vectors },
	{ "urgent", urgent },
	{ "low water", low_water },
	{ "full", full },
	{ "shut", shut },
	{ "half close", half_close },
	{ "closed", closed },
	{ "broken", broken },
	{ "broken half", broken_half },
	{ "lingering", lingering },
	{ "disconnected", disconnected },
};

int main(void)
{
	return like_kernel(SOCK_STREAM, scenarios, sizeof(scenarios) / sizeof(scenarios[0]),
		differences, sizeof(differences) / sizeof(differences[0]));
}
