/* SPDX-License-Identifier: ISC */
/*
 * socket_tcp.h - a stream socket as its two files see it
 */
#ifndef NOD_SESSION_SOCKET_TCP_H
#define NOD_SESSION_SOCKET_TCP_H

#include "../transport/tcp.h"
#include "socket_internal.h"

/* Fast Open's, for those few that want it. */
struct sock_fast {
	bool has_key;
	uint8_t key[16];
	/* what it is connected to once something is sent; its length, 0 = not so */
	struct sockaddr_storage later;
	socklen_t later_len;
};

/* A connection's socket is no larger than this; the rest hangs on those that need it. */
struct sock_tcp {
	struct sock sock;
	struct tcp_conn *conn;
	const struct tcp_opt *opt; /* interned, as sock.opt */
	struct tcp_name *name;	   /* NULL: not bound */
	struct sock_fast *fast;	   /* NULL: nothing of it */
	bool is_connecting; /* and nobody has been told the outcome */
	bool is_given_up;   /* shut down before it was: connects no more until it is disconnected */
	bool fast_connect;  /* TCP_FASTOPEN_CONNECT: the first octets go with the SYN */
	bool tells_rest;    /* TCP_INQ: each receive says how much is left */
};

_Static_assert(sizeof(struct sock_tcp) <= 104, "sock_tcp");

static inline struct tcp_listener *sock_tcp_listener(const struct sock_tcp *t) /* NULL: none */
{
	return t->name ? t->name->listener : NULL;
}
static inline bool sock_tcp_is_later(const struct sock_tcp *t)
{
	return t->fast && t->fast->later_len;
}

/* socket_tcp_options.c */
int sock_tcp_set(struct sock *k, int level, int option, const void *value, socklen_t len);
int sock_tcp_get(struct sock *k, int level, int option, void *value, socklen_t *len);
/* What SO_* and IP_* options say becomes part of @o. */
void sock_tcp_options_take(const struct sock *k, struct tcp_opt *o);
/* From now on, for its connection or listener, too.  0 or -ENOBUFS: all is as it was. */
int sock_tcp_set_opt(struct sock_tcp *t, const struct tcp_opt *o);
struct sock_fast *sock_tcp_fast(struct sock_tcp *t); /* made if need be; NULL: no memory */

#endif
