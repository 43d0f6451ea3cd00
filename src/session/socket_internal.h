/* SPDX-License-Identifier: ISC */
/*
 * socket_internal.h - a socket as the files of the calls see it
 *
 * socket.c keeps the table of descriptors and finds the socket; what a call means for its kind is
 * in that kind's struct sock_ops: socket_udp.c, socket_raw.c, socket_packet.c.  What the kinds
 * have in common: the queue of what arrived (socket_queue.c), addresses (socket_name.c), messages
 * beside the data (socket_msg.c), options (socket_options.c), groups (socket_group.c).
 */
#ifndef NOD_SESSION_SOCKET_INTERNAL_H
#define NOD_SESSION_SOCKET_INTERNAL_H

#include "stack.h"

struct sock;

/* What a program sends. */
struct sock_out {
	struct pkt *ready; /* the octets, in a packet already; whoever sends takes it */
	const struct iovec *iov;
	size_t n_iov, len;	   /* pieces; octets in all */
	int flags;		   /* MSG_* */
	const struct sockaddr *to; /* NULL: the peer */
	socklen_t to_len;
	const void *control;
	size_t control_len;
};

/* Where it wants what arrived, and (out_*) what it got. */
struct sock_in {
	const struct iovec *iov;
	size_t n_iov;
	int flags;
	struct sockaddr *from; /* NULL: not asked for */
	socklen_t from_cap;
	void *control;
	size_t control_cap;
	socklen_t out_from_len;
	size_t out_control_len;
	int out_flags;
};

struct sock_ops {
	size_t size; /* of the kind's own struct, whose first member is struct sock */
	int (*open)(struct sock *k);
	void (*close)(struct sock *k);
	int (*bind)(struct sock *k, const struct sockaddr *a, socklen_t len);
	int (*connect)(struct sock *k, const struct sockaddr *a, socklen_t len);
	int (*listen)(struct sock *k, int backlog);	  /* NULL: -EOPNOTSUPP */
	int (*accept)(struct sock *k, struct sock **out); /* NULL: -EOPNOTSUPP */
	int (*shutdown)(struct sock *k, int how);
	ssize_t (*send)(struct sock *k, const struct sock_out *m);
	ssize_t (*recv)(struct sock *k, struct sock_in *m);
	/* Its own name or its peer's, into 128 octets.  The length, or -ENOTCONN. */
	int (*name)(const struct sock *k, bool is_peer, struct sockaddr_storage *out);
	/* Who sent @p; NULL: whom it was accepted from, be it gone by now.  The length. */
	socklen_t (*from)(
		const struct sock *k, const struct pkt *p, struct sockaddr_storage *out);
	unsigned (*ready)(const struct sock *k);
	int (*error)(struct sock *k); /* as sock_take_error(), which is meant by NULL */
	/* Options of the kind alone; -ENOPROTOOPT: not one of them.  May be NULL. */
	int (*set)(struct sock *k, int level, int option, const void *value, socklen_t len);
	int (*get)(struct sock *k, int level, int option, void *value, socklen_t *len);
	/* k->opt or k->iface changed: take what is kept elsewhere.  0 or -ENOBUFS.  May be NULL. */
	int (*changed)(struct sock *k);
};

/*
 * What options say, interned: most sockets share one copy (base/intern.h).  Those with a plain
 * number each have a row in socket_options.c.
 */
struct sock_opt {
	int reuse_addr, reuse_port, broadcast, keep_alive, oob_inline, priority, mark, no_check,
		receive_low, timestamp, timestamp_ns, overflow,
		pacing_rate; /* octets a second, unsigned; -1 = as fast as may be */
	/* IPv4 */
	int tos, ttl, pmtu, recv_err, pktinfo, recv_ttl, recv_tos, group_ttl, group_loop,
		group_all, free_bind, no_port, header_included;
	/* IPv6; -1 = the default */
	int v6_only, hops, tclass, pmtu6, recv_err6, recv_pktinfo6, recv_hops, recv_tclass,
		group_hops, group_loop6, group_all6, dont_fragment, checksum_at;
	/* UDP */
	int segment, gro, no_check6_tx, no_check6_rx;
	/* and those that are more than a number */
	uint32_t receive_octets, send_octets; /* SO_RCVBUF, SO_SNDBUF */
	struct linger linger;
	/* kept for who waits; nothing waits here */
	struct timeval receive_timeout, send_timeout;
};

/* What all sockets have: small, for there may be a million. */
struct sock {
	struct nod_stack *stack;
	const struct sock_ops *ops;
	struct sock *next_event, **prev_event; /* in sockets.events; prev NULL = not there */
	const struct sock_opt *opt;
	struct iface *iface; /* SO_BINDTODEVICE */
	int fd;
	int protocol;
	int error; /* positive errno that waits to be told; 0 = none */
	uint8_t domain, type;
	bool is_shut_in : 1, is_shut_out : 1, is_listening : 1;
};

/* What those have besides that keep packets: all but streams. */
struct sock_dgram {
	struct sock sock;
	struct sock *next_of_kind; /* in sockets.raw or sockets.packet */
	struct pkt_queue in;
	uint64_t in_memory;	 /* octets of packets' memory in the queue */
	struct pkt_queue errors; /* each with its struct sock_error in front */
	uint32_t dropped;	 /* since the queue was full */
	struct iface *group_iface[2]; /* IPV6_MULTICAST_IF, IP_MULTICAST_IF */
	struct ipa group_source;      /* IP_MULTICAST_IF by address */
	struct group_member *groups;
};

struct sock_slot {
	struct sock *sock; /* NULL: free */
	uint32_t next_free;
};

/* Slots come by the page, so that no socket waits until all others have been moved. */
enum { SOCK_PAGE_BITS = 10, SOCK_PAGE = 1 << SOCK_PAGE_BITS };

struct sockets {
	struct sock_slot **page; /* by descriptor, SOCK_PAGE in each; 0 is never given out */
	uint32_t n_slots, first_free, count; /* n_slots: of all pages that there are */
	struct sock *events, **last_event;
	struct sock *raw, *packet; /* those kinds' sockets, by next_of_kind */
	const struct sock_opt *opt[2]; /* a new socket's: IPv6's, all others' */
};

/* An interface that has been taken away: what was bound to it gets nothing and sends nothing. */
extern struct iface sock_gone;

/* ---- socket.c ----------------------------------------------------------------------- */
static inline bool sock_is_stream(const struct sock *k)
{
	return k->type == SOCK_STREAM;
}
static inline struct sock_dgram *sock_dgram(struct sock *k) /* not of a stream */
{
	return container_of(k, struct sock_dgram, sock);
}
static inline const struct sock_dgram *sock_dgram_const(const struct sock *k)
{
	return (const struct sock_dgram *)(const void *)k;
}
static inline void sock_join_kind(struct sock **list, struct sock *k)
{
	sock_dgram(k)->next_of_kind = *list;
	*list = k;
}
static inline void sock_leave_kind(struct sock **list, struct sock *k)
{
	while (*list != k)
		list = &sock_dgram(*list)->next_of_kind;
	*list = sock_dgram(k)->next_of_kind;
}
struct sock *sock_of(const struct nod_stack *s, int fd); /* NULL: -EBADF */
/* A new socket of a kind, with a descriptor.  0 or -EMFILE, -ENOBUFS, and as ops->open(). */
int sock_new(struct nod_stack *s, const struct sock_ops *ops, int domain, int type, int protocol,
	struct sock **out);
/* Something about it became true: nod_stack_event() tells. */
void sock_wake(struct sock *k);
int sock_no_peer(struct sock *k, const struct sockaddr *a, socklen_t len); /* -EOPNOTSUPP */
/* What was bound to @i is bound to sock_gone; a loop over all sockets. */
void sock_iface_removed(struct nod_stack *s, const struct iface *i);

/* ---- socket_queue.c: what arrived and was not yet received -------------------------- */

/* Append @p, or false: the limit is reached.  @i: by which it came. */
bool sock_queue(struct sock *k, struct pkt *p, const struct iface *i);
/* Receive one datagram, or an error: what all kinds' recv() are. */
ssize_t sock_recv(struct sock *k, struct sock_in *m);
/* The octets that one receive takes off the first packet. */
uint32_t sock_next_len(const struct sock *k, const struct pkt *p);
/* The first @len octets of the first packet have been received. */
void sock_taken(struct sock *k, uint32_t len);
unsigned sock_ready(const struct sock *k);
int sock_take_error(struct sock *k); /* negative errno, or 0 */
int sock_shutdown(struct sock *k, int how, bool is_connected);
/* The first datagram as a packet of its own, which the caller then owns.  Octets, or -errno. */
ssize_t sock_borrow(struct sock *k, struct pkt **out);
/*
 * A packet (data = what is to be sent), NULL: no memory.  @sum NULL, or where the running sum of
 * all goes.
 */
struct pkt *sock_gather(struct sock *k, const struct sock_out *m, uint64_t *sum);

/* ---- socket_error.c: IP_RECVERR ----------------------------------------------------- */
struct sock_error {
	struct ipa to, offender; /* where the packet went; who complained (any: ourselves) */
	uint16_t port;
	uint8_t origin, type, code; /* SO_EE_ORIGIN_* */
	bool is_v4;
	int error; /* positive */
	uint32_t info;
};
void sock_queue_error(struct sock *k, const struct sock_error *e, struct span payload);
ssize_t sock_recv_error(struct sock *k, struct sock_in *m);
/* An ICMP error came for it; as RFC 1122 4.1.3.3 and Linux have it. */
void sock_icmp_error(struct sock *k, const struct ip_error *why, uint16_t port,
	struct span payload, bool is_connected);

/* ---- socket_name.c ------------------------------------------------------------------ */
struct sock_name {
	struct ipa addr;
	uint16_t port;
	uint32_t scope; /* interface, of a link-local IPv6 address; 0 = not said */
};
/* 0, -EINVAL, -EAFNOSUPPORT. */
int sock_name_read(
	const struct sock *k, const struct sockaddr *a, socklen_t len, struct sock_name *out);
/* A name to bind to, which has to be of the socket's own domain. */
int sock_name_read_own(
	const struct sock *k, const struct sockaddr *a, socklen_t len, struct sock_name *out);
/* As the socket's domain has it.  The length. */
socklen_t sock_name_write(const struct sock *k, const struct ipa *addr, uint16_t port,
	uint32_t scope, struct sockaddr_storage *out);
/* Whether it may be bound to @n: 0 or -EADDRNOTAVAIL, -EINVAL, -ENODEV. */
int sock_may_bind(struct sock *k, const struct sock_name *n);
/* Copy a name to a program; *@len becomes the whole length. */
void sock_name_copy(const struct sockaddr_storage *from, socklen_t from_len, struct sockaddr *a,
	socklen_t *len);

/* ---- socket_msg.c: what goes beside the data ---------------------------------------- */
struct sock_control {
	struct ip_out *o;
	int segment; /* UDP_SEGMENT */
	bool has_ttl, has_tos;
};
/* 0 or -EINVAL, -ENODEV. */
int sock_control_read(struct sock *k, const struct sock_out *m, struct sock_control *c);
void sock_control_write(struct sock *k, struct sock_in *m, const struct pkt *p);
bool sock_control_add(struct sock_in *m, int level, int type, const void *data, size_t len);
/* Fill in what the options say of how to send to @o->dst.  0 or -ENODEV. */
int sock_out_options(struct sock *k, struct ip_out *o, uint32_t scope);

/* ---- socket_options.c, socket_group.c ----------------------------------------------- */
/* A new socket's of AF_INET6, or of any other domain. */
struct sock_opt sock_options_default(const struct nod_conf *conf, bool is_v6);
/* Have @k take these.  0 or -ENOBUFS: all is as it was. */
int sock_set_opt(struct sock *k, const struct sock_opt *opt);
int sock_group_set(struct sock *k, int level, int option, const void *value, socklen_t len);
int sock_group_get(struct sock *k, int level, int option, void *value, socklen_t *len);
bool sock_hears_group(const struct sock *k, const struct ip_in *in);

extern const struct sock_ops sock_tcp_ops, sock_udp_ops, sock_raw_ops, sock_packet_ops;

#endif
