/* SPDX-License-Identifier: ISC */
/*
 * ping_socket.h - echo requests out, and what comes of them in, by sockets
 *
 * Whose sockets they are, a table says: the kernel's (ping_kernel.c) or those of a stack of our
 * own (ping_stack.c).
 *
 * Neighbours: ping.c (when), network/echo_tally.h (what was answered), ping_show.h (says it),
 * network/icmp_wire.h (the messages).
 */
#ifndef NOD_CMD_PING_SOCKET_H
#define NOD_CMD_PING_SOCKET_H

#include <signal.h>
#include <sys/socket.h>

#include "nod/addr.h"
#include "../base/cursor.h"

#define PING_IFNAME_MAX 16
#define PING_DATA_MAX	65507 /* octets: an IPv4 packet of 65,535 less its headers */

struct ping_conf {
	struct nod_addr to;
	struct nod_addr source;		 /* NOD_UNSPEC = the kernel's choice */
	char interface[PING_IFNAME_MAX]; /* "" = as the routes say */
	unsigned ttl;			 /* 0 = the system's own */
	size_t data_len;		 /* octets of data in each request */
	bool may_broadcast;
};

/* The calls of socket(2) and its kin, which do not wait and give a negative errno for -1. */
struct ping_calls {
	int (*socket)(void *self, int domain, int type, int protocol);
	void (*close)(void *self, int fd);
	int (*bind)(void *self, int fd, const struct sockaddr *a, socklen_t len);
	int (*getsockname)(void *self, int fd, struct sockaddr *a, socklen_t *len);
	int (*setsockopt)(void *self, int fd, int level, int option, const void *value,
		socklen_t len);
	ssize_t (*sendto)(void *self, int fd, const void *buf, size_t len,
		const struct sockaddr *to, socklen_t to_len);
	ssize_t (*recvmsg)(void *self, int fd, struct msghdr *m, int flags);
	/* Until it can be read, @until, or a signal of those that @mask lets through. */
	void (*wait)(void *self, int fd, nod_ns until, const sigset_t *mask);
	/* The clock that its time stamps (SO_TIMESTAMPNS) are read off. */
	nod_ns (*clock)(void *self);
};

extern const struct ping_calls ping_kernel; /* self is not used */
extern const struct ping_calls ping_stack;  /* self: a nod_host that does not run by itself */

struct ping_socket {
	const struct ping_calls *calls;
	void *self; /* of the calls */
	int fd;
	enum nod_family family;
	struct nod_addr to;
	bool is_raw;	   /* a raw socket; else an ICMP datagram socket (Linux 3.0) */
	uint16_t id;	   /* echo identifier of this ping */
	size_t data_len;
	uint8_t *buf;	   /* one message out, or one packet in */
	size_t cap;
	uint8_t *data;	   /* of a request */
};

/* Where opening failed. */
enum ping_step { PING_STEP_SOCKET, PING_STEP_INTERFACE, PING_STEP_SOURCE, PING_STEP_OPTIONS };

/*
 * Open: an ICMP datagram socket, which needs no privilege where net.ipv4.ping_group_range
 * has one of the caller's groups, else a raw one.
 *
 * Return: 0, or a negative errno with @step set and nothing to close; PING_STEP_SOCKET with
 * -EACCES or -EPERM: neither kind is permitted.
 */
int ping_open(struct ping_socket *s, const struct ping_conf *c, const struct ping_calls *calls,
	void *self, enum ping_step *step);
void ping_close(struct ping_socket *s);

/* Send request number @seq.  0, or a negative errno as sendto(2). */
int ping_send(struct ping_socket *s, uint16_t seq);

enum ping_kind {
	PING_NOTHING, /* nothing waits, or what came was not for this ping */
	PING_REPLY,
	PING_ERROR, /* someone told why a request was not answered */
};

struct ping_heard {
	enum ping_kind kind;
	struct nod_addr from;
	uint16_t seq;
	size_t octets;	       /* reply: of the ICMP message */
	int ttl;	       /* reply: -1 = not known */
	int64_t waited_ns;     /* since the system had received it; 0 = not known */
	bool is_sum_bad;       /* reply: the ICMP checksum is wrong */
	bool is_short;	       /* reply: less data than was sent */
	bool is_changed;       /* reply: other data than was sent ... */
	size_t changed_at;     /* ... first here, octets from the start of the data, ... */
	uint8_t sent, came;    /* ... this became that */
	uint8_t type, code;    /* error: ICMP's */
	uint32_t info;	       /* error: MTU or pointer, as the type says; 0 = none */
	struct nod_addr gateway; /* error: a redirect's better router; NOD_UNSPEC = none */
	bool is_advice;		 /* error: the request went on all the same */
};

/*
 * Take the next message, without waiting.  1: @h tells (its kind may be PING_NOTHING);
 * 0: none waits; or a negative errno: the socket is of no use any more.
 */
int ping_hear(struct ping_socket *s, struct ping_heard *h);

/* Wait for something to hear, @until, or a signal of those that @mask lets through. */
void ping_wait(struct ping_socket *s, nod_ns until, const sigset_t *mask);

#endif
