/* SPDX-License-Identifier: ISC */
/*
 * socket_tcp.h - a stream socket as its two files see it
 */
#ifndef NOD_SESSION_SOCKET_TCP_H
#define NOD_SESSION_SOCKET_TCP_H

#include "../transport/tcp.h"
#include "socket_internal.h"

struct sock_tcp {
	struct sock sock;
	struct tcp_name name;
	struct tcp_conn *conn;
	struct tcp_listener *listener;
	struct tcp_opt opt;
	bool is_connecting; /* and nobody has been told the outcome */
	bool is_given_up;   /* shut down before it was: connects no more until it is disconnected */
	bool fast_connect;  /* TCP_FASTOPEN_CONNECT: the first octets go with the SYN */
	bool has_fast_key;
	bool tells_rest; /* TCP_INQ: each receive says how much is left */
	uint8_t fast_key[16];
	/* what it is connected to once something is sent; its length, 0 = not so */
	struct sockaddr_storage later;
	socklen_t later_len;
};

/* socket_tcp_options.c */
int sock_tcp_set(struct sock *k, int level, int option, const void *value, socklen_t len);
int sock_tcp_get(struct sock *k, int level, int option, void *value, socklen_t *len);
/* What SO_* and IP_* options say becomes part of t->opt. */
void sock_tcp_options_changed(struct sock_tcp *t);

#endif
