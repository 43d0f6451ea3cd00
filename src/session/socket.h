/* SPDX-License-Identifier: ISC */
/*
 * socket.h - what the socket*.c files share: a socket, its kind, its readiness
 *
 * A kind of socket (datagram, raw) is a table of functions; socket.c finds the socket, checks
 * what is alike for all, and goes through the table.
 */
#ifndef NOD_SESSION_SOCKET_H
#define NOD_SESSION_SOCKET_H

#include "../transport/udp.h"
#include "stack.h"

struct socket;

/* Where to or from where. */
struct socket_addr {
	struct ipa addr;
	uint16_t port; /* host order; a raw socket's protocol */
	uint32_t zone; /* interface index; 0 = none */
};

/* What is known of a packet in a receive queue; kept at the beginning of its room. */
struct socket_meta {
	struct ipa src, dst;
	uint16_t src_port;
	uint16_t dst_port;
	uint32_t interface;
	uint8_t ttl, tos;
	nod_ns at;
};

struct socket_ops {
	int (*bind)(struct socket *k, const struct socket_addr *a);
	int (*connect)(struct socket *k, const struct socket_addr *a);
	int (*disconnect)(struct socket *k);
	/* Takes @p (data = payload), to @to, or NULL: where it is connected to. */
	int (*send)(struct socket *k, struct pkt *p, const struct socket_addr *to,
		const struct ip_out *how);
	void (*close)(struct socket *k);
};

struct socket {
	const struct socket_ops *ops;
	struct nod_stack *stack;
	int fd;
	sa_family_t domain;
	int type, protocol;
	/* readiness */
	unsigned ready;	   /* NOD_*; what is true now */
	bool is_listed;	   /* in the list of those that have something to tell */
	struct socket *next_listed;
	int error;	   /* positive errno: SO_ERROR, told once */
	bool no_more_in, no_more_out; /* shutdown() */
	/* received */
	struct pkt_queue in;
	uint64_t in_memory;
	uint32_t in_limit; /* octets of packets' memory */
	uint32_t send_limit;
	/* options */
	bool may_broadcast, wants_pktinfo, wants_ttl, wants_tos, wants_errors, wants_gro;
	bool multicast_loop, wants_time;
	uint8_t ttl, multicast_ttl, tos, pmtu;
	uint16_t gso_size; /* UDP_SEGMENT; 0 = none */
	unsigned multicast_if;
	struct udp_end end; /* a raw socket uses its addresses, interface and groups */
	/* raw */
	struct socket *next_raw;
	bool is_header_included;
	uint32_t icmp4_filter;
	uint32_t icmp6_filter[8]; /* a bit for each type that is not wanted */
	int checksum_at;	  /* IPV6_CHECKSUM; -1 = none */
};

struct socket *socket_of(const struct nod_stack *s, int fd); /* NULL: no such */

/* What is true of it has changed; new bits are told by nod_stack_event(). */
void socket_set_ready(struct socket *k, unsigned set, unsigned clear);
void socket_fail(struct socket *k, int error);
/* Its error, once; 0 = none. */
int socket_take_error(struct socket *k);

/* Keep @p for recv(): false: there is no room. */
bool socket_keep(struct socket *k, struct pkt *p, const struct socket_meta *m);
uint32_t socket_memory(const struct pkt *p);

/* sockaddr in and out.  0, -EINVAL (too short), -EAFNOSUPPORT. */
int socket_addr_in(const struct socket *k, const struct sockaddr *a, socklen_t len,
	struct socket_addr *out);
void socket_addr_out(const struct socket *k, const struct socket_addr *from, struct sockaddr *a,
	socklen_t *len);

int socket_udp_new(struct socket *k);
int socket_raw_new(struct socket *k);
void socket_raw_init(struct nod_stack *s);

/* The way a socket's options say; @to's family and zone decide some. */
struct ip_out socket_way(const struct socket *k, const struct socket_addr *to);

struct sockets {
	struct socket **table;
	uint32_t n_slots, n_open;
	int *free_slots; /* a stack of numbers */
	uint32_t n_free;
	struct socket *listed_first, *listed_last;
	struct socket *raw; /* all raw sockets */
};

#endif
