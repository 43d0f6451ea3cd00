/* SPDX-License-Identifier: ISC */
/*
 * tcp.h - connections between ports: what stands above TCP calls
 *
 * RFC 9293 and what has grown around it; docs/rfc9293.md says where each requirement is kept.
 *
 * A *connection* exists from tcp_connect() or tcp_accept() until it has ended and its owner has
 * let it go; a closed one whose owner has gone lives on until its peer has acknowledged all.
 * A *listener* waits on a port.  Nothing is sent by any call here: what is owed is noted, and
 * tcp_flush() pays (RFC 9293 MUST-58, MUST-59: many segments in, one ACK out).
 *
 * Neighbours: session/socket_tcp.c above, tcp_internal.h below, network/ip.h.
 */
#ifndef NOD_TRANSPORT_TCP_H
#define NOD_TRANSPORT_TCP_H

#include <sys/uio.h>

#include "../network/net.h"

struct tcp;
struct tcp_conn;
struct tcp_listener;
struct tcp_cc_ops;

/* RFC 9293 3.3.2. */
enum tcp_state {
	TCP_CLOSED,
	TCP_LISTEN,
	TCP_SYN_SENT,
	TCP_SYN_RECEIVED,
	TCP_ESTABLISHED,
	TCP_FIN_WAIT_1,
	TCP_FIN_WAIT_2,
	TCP_CLOSE_WAIT,
	TCP_CLOSING,
	TCP_LAST_ACK,
	TCP_TIME_WAIT,
	TCP_STATES
};

/* "ESTABLISHED": RFC 9293's words, with a hyphen.  A constant. */
const char *tcp_state_name(enum tcp_state s);

/* What the owner of a connection or a listener is told: look again, something has changed. */
typedef void tcp_wake(void *owner);

/*
 * What may be chosen for a connection; a listener's are its connections' to begin with.  Values
 * are interned (core.interns), and each call that is given one takes a reference of its own.
 */
struct tcp_opt {
	uint8_t no_delay; /* no Nagle (RFC 9293 MUST-17) */
	uint8_t cork;	  /* MAY-15, MAY-16: hold back what fills no segment, 200 ms at most */
	uint8_t keep_alive;
	uint8_t keep_count; /* probes without an answer before it is given up; 0 = 9 */
	uint8_t tos, ttl;   /* ttl 0 = the stack's own */
	uint8_t syn_retries; /* 0 = the stack's own */
	uint8_t pmtu;	     /* enum ip_pmtu */
	uint8_t is_paced;    /* what leaves is spread over the round trip */
	uint8_t fast_open_bare; /* octets in the SYN without a cookie */
	uint16_t fast_open; /* a listener's: so many may be unconfirmed at a time; 0 = none */
	uint32_t pacing_most; /* octets a second at most, when paced; UINT32_MAX = as cwnd has it */
	uint32_t defer_s;   /* a listener's: wait so long for something to read; 0 = none */
	uint16_t max_segment; /* octets; 0 = as the path allows */
	uint32_t keep_idle_s, keep_interval_s; /* 0 = 7,200 and 75 */
	uint32_t user_timeout_ms; /* RFC 5482, RFC 9293 MUST-21; 0 = the stack's own */
	int32_t linger2_s;	  /* in FIN-WAIT-2 without an owner; 0 = 60; -1 = none */
	uint32_t window_clamp;	  /* octets of window at most; 0 = none */
	uint32_t not_sent_low;	  /* writable only while less than this is unsent; 0 = none */
	uint32_t receive_octets, send_octets; /* buffers; 0 = tuned by the stack */
	const struct tcp_cc_ops *cc;	      /* NULL = the stack's own */
};

int tcp_init(struct net *n, tcp_wake *wake, struct tcp **out); /* registers with @n */
void tcp_end(struct tcp *t);

/* Make the segments that are owed.  Whoever takes frames from the stack calls it before. */
void tcp_flush(struct tcp *t);
bool tcp_is_owing(const struct tcp *t);

/* ---- names --------------------------------------------------------------------------- */

enum {
	TCP_BIND_REUSE_ADDR = 1 << 0,
	TCP_BIND_REUSE_PORT = 1 << 1, /* several listeners share, by a hash of the flow */
	TCP_BIND_V6_ONLY = 1 << 2,
	TCP_BIND_IS_V6 = 1 << 3, /* any address is ::, which takes IPv4 too unless V6_ONLY */
};

/* Part of what is bound to a port; all zero is not bound. */
struct tcp_name {
	struct tcp_name *next, **prev; /* on its port; prev NULL = not bound */
	struct ipa local;	       /* any = all of this host's */
	uint16_t port;
	uint8_t flags; /* TCP_BIND_* */
	bool is_listening;
	struct tcp_listener *listener; /* while it does */
	struct iface *iface; /* NULL = any */
};

/* Local address and port; port 0: one is chosen.  0, -EADDRINUSE, -ENOMEM. */
int tcp_bind(struct tcp *t, struct tcp_name *n, const struct ipa *local, uint16_t port);
void tcp_unbind(struct tcp *t, struct tcp_name *n);

/* ---- listening ----------------------------------------------------------------------- */

/*
 * Wait for connections on @n, which must be bound (it is the caller's and outlives the listener).
 * @owner is told when one waits.  0, -EADDRINUSE, -ENOMEM.
 */
int tcp_listen(struct tcp *t, struct tcp_name *n, unsigned backlog, const struct tcp_opt *opt,
	void *owner, struct tcp_listener **out);
void tcp_listener_set_backlog(struct tcp_listener *l, unsigned backlog);
/* What its new connections begin with, from now on. */
void tcp_listener_set_opt(struct tcp_listener *l, const struct tcp_opt *opt);
bool tcp_listener_has(const struct tcp_listener *l);
/* The next that has waited; it has no owner yet.  NULL: none. */
struct tcp_conn *tcp_accept(struct tcp_listener *l);
/* Those who wait are reset. */
void tcp_listener_free(struct tcp_listener *l);

/* ---- connections --------------------------------------------------------------------- */

/*
 * Fast Open (RFC 7413).  Of a listener: with its own key, 16 octets, instead of the stack's.
 * Of a peer: whether octets may go with the SYN, since its cookie is known or none is needed.
 */
void tcp_listener_set_key(struct tcp_listener *l, const uint8_t key[16]);
bool tcp_may_fast_open(struct tcp *t, const struct ipa *remote, const struct tcp_opt *opt);

struct tcp_connect_conf {
	const struct tcp_name *name; /* where it is bound; port 0 = nowhere: chosen for it */
	struct ipa remote;
	uint16_t port;
	struct iface *iface; /* NULL = any */
	const struct tcp_opt *opt;
	void *owner;
	bool is_fast; /* RFC 7413: ask for a cookie, or with one send some of @data */
	const struct iovec *data;
	size_t n_data;
};
/*
 * Begin a connection (RFC 9293 3.10.1, active).  0, -EADDRNOTAVAIL (no port left, or the four
 * are in use), -EINVAL, and as ip_route(); of @data: the octets that go with the SYN.
 */
ssize_t tcp_connect(struct tcp *t, const struct tcp_connect_conf *conf, struct tcp_conn **out);

void tcp_own(struct tcp_conn *c, void *owner);
const struct tcp_opt *tcp_opt(const struct tcp_conn *c);
void tcp_set_opt(struct tcp_conn *c, const struct tcp_opt *opt);

/* Octets taken, or -EAGAIN (no room), -EPIPE, -ENOTCONN, -ENOBUFS, or its error, once. */
enum { TCP_WRITE_MORE = 1 << 0, /* more will follow: MSG_MORE */
	TCP_WRITE_URGENT = 1 << 1,
	TCP_WRITE_END = 1 << 2 /* what follows begins a segment of its own: MSG_EOR */ };
ssize_t tcp_write(struct tcp_conn *c, const struct iovec *iov, size_t n, unsigned flags);
/* Octets, 0 at the end (RFC 9293 MUST-12), or -EAGAIN, -ENOTCONN, or its error, once. */
enum { TCP_READ_PEEK = 1 << 0, TCP_READ_DISCARD = 1 << 1 };
ssize_t tcp_read(struct tcp_conn *c, const struct iovec *iov, size_t n, unsigned flags);

/* Nothing more will be written: a FIN follows (RFC 9293 3.10.4, MAY-1).  0, -ENOTCONN. */
int tcp_shutdown(struct tcp_conn *c);
/* Nothing more is read: what comes is thrown away. */
void tcp_shut_in(struct tcp_conn *c);
/*
 * The owner lets go: in order (what is queued is sent on; unread octets mean a RST, SHLD-3), or
 * at once with a RST (RFC 9293 3.10.5).  @c is not the caller's any more.
 */
void tcp_close(struct tcp_conn *c);
void tcp_abort(struct tcp_conn *c);

enum tcp_state tcp_state_of(const struct tcp_conn *c);
/* Positive errno that waits to be told, or 0; taken: once. */
int tcp_error(const struct tcp_conn *c);
int tcp_take_error(struct tcp_conn *c);
uint32_t tcp_readable(const struct tcp_conn *c); /* octets */
uint32_t tcp_urgent(const struct tcp_conn *c);	 /* octets to be read to the urgent data's end */
bool tcp_is_window_shut(const struct tcp_conn *c); /* no more comes until some are read */
uint32_t tcp_unsent(const struct tcp_conn *c);	 /* octets */
uint32_t tcp_unacked(const struct tcp_conn *c);	 /* octets queued and not acknowledged */
bool tcp_is_writable(const struct tcp_conn *c);
bool tcp_has_ended(const struct tcp_conn *c); /* the peer's FIN came, or it is broken */
bool tcp_is_shut_out(const struct tcp_conn *c);
void tcp_addresses(const struct tcp_conn *c, struct ipa *local, uint16_t *local_port,
	struct ipa *remote, uint16_t *remote_port, unsigned *interface);

uint32_t tcp_segment_size(const struct tcp_conn *c); /* octets of payload */
/* Acknowledge at once for a while, or not any more: TCP_QUICKACK. */
void tcp_set_quick(struct tcp_conn *c, bool on);
bool tcp_is_quick(const struct tcp_conn *c);
/* What TCP_WRITE_MORE has held back may go. */
void tcp_push(struct tcp_conn *c);
struct nod_tcp_info;
void tcp_info(const struct tcp_conn *c, struct nod_tcp_info *out);

/* How many connections, half-open records and TIME-WAIT records there are. */
struct tcp_use {
	uint32_t conns, half_open, time_wait, listeners;
	uint32_t leaving; /* of conns: closed, and their peers have not acknowledged all */
	uint32_t busy;	  /* of conns: have what only busy ones need */
	size_t octets; /* taken from the system for all of these and the table of flows */
};
struct tcp_use tcp_use(const struct tcp *t);

/* tcp_check.c: count everything again.  NULL, or the rule that is broken (a constant). */
const char *tcp_check(const struct tcp *t);

#endif
