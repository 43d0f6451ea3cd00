/* SPDX-License-Identifier: ISC */
/*
 * like_kernel_tcp.h - what the scenarios of stream sockets begin with, and what they look at
 *
 * Neighbours: like_kernel.h; test_like_kernel_tcp*.c.
 */
#ifndef NOD_TEST_LIKE_KERNEL_TCP_H
#define NOD_TEST_LIKE_KERNEL_TCP_H

#include "like_kernel.h"

enum { LISTENER, CLIENT, SERVER, ENDS };

static inline int stream(struct world *w, int f)
{
	return x_socket(w, family[f], SOCK_STREAM, 0);
}

/* Bound to port @p of its own host, and listening; what came of it is not told. */
static inline int listener(struct world *w, int f, const char *text, int p, int backlog)
{
	struct sockaddr_storage a;
	socklen_t len = address(&a, text, p);
	int s = stream(w, f), one = 1;

	CALL(w, setsockopt, s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (CALL(w, bind, s, SA(a), len) < 0 || CALL(w, listen, s, backlog) < 0)
		note(w, "no listener");
	return s;
}

static inline int x_accept(struct world *w, int s)
{
	struct sockaddr_storage a = { 0 };
	socklen_t len = sizeof(a);
	long r;

	settle(w);
	r = CALL(w, accept, s, SA(a), &len);
	if (r >= 0 && !w->nod)
		fcntl((int)r, F_SETFL, O_NONBLOCK);
	if (r >= 0)
		w->open[w->n_open++] = (int)r;
	result(w, "accept", r < 0 ? r : 0, s);
	show_name(w, "from", r < 0 ? r : 0, &a, len);
	return (int)r;
}

/* A connection over port @p. */
static inline void pair(struct world *w, int f, int p, int s[ENDS])
{
	s[LISTENER] = listener(w, f, own[f], p, 5);
	s[CLIENT] = stream(w, f);
	x_connect(w, s[CLIENT], own[f], p);
	s[SERVER] = x_accept(w, s[LISTENER]);
}

static inline void linger(struct world *w, int s, int on, int seconds)
{
	struct linger l = { on, seconds };

	CALL(w, setsockopt, s, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
}

/* All at once, so that nothing of it is in the way of the next. */
static inline void end(struct world *w)
{
	for (unsigned i = 0; i < w->n_open; i++)
		linger(w, w->open[i], 1, 0);
	close_all(w);
	settle(w);
}

static inline void x_listen(struct world *w, int s, int backlog)
{
	char what[40];

	snprintf(what, sizeof(what), "listen %d", backlog);
	result(w, what, CALL(w, listen, s, backlog), s);
}

/* Everything that can be asked without a change, but SO_ERROR. */
static inline void x_look(struct world *w, int s)
{
	result(w, "look", 0, s);
	x_names(w, s);
	x_get(w, s, SOL_SOCKET, SO_ACCEPTCONN);
}

static inline void x_try(struct world *w, int s)
{
	x_look(w, s);
	x_recv(w, s, 9, 0);
	x_recv(w, s, 9, 0);
	x_send(w, s, 1, 0);
	x_send(w, s, 1, 0);
	x_recv(w, s, 9, 0);
	x_get(w, s, SOL_SOCKET, SO_ERROR);
	x_get(w, s, SOL_SOCKET, SO_ERROR);
	x_look(w, s);
}

static inline void x_reset(struct world *w, int s)
{
	linger(w, s, 1, 0);
	x_close(w, s);
	settle(w);
}

#endif
