/* SPDX-License-Identifier: ISC */
/*
 * ping_socket.c - echo requests out, and what comes of them in, by sockets
 *
 * A datagram socket of ICMP gives the bare message, sees only answers to its own identifier
 * and reports errors on the socket's error queue.  A raw socket sees every answer and error
 * that the machine gets (for IPv4 with the IP header before it), so what is not for this
 * ping is passed over here.
 *
 * RFC 792, 4443; ping(8), icmp(7), raw(7), ip(7) of Linux.
 *
 * Neighbours: ping_socket.h; ping_kernel.c, ping_stack.c (whose sockets they are).
 */
#include "ping_socket.h"

#include <errno.h>
#include <time.h> /* linux/errqueue.h needs it before itself */
#include <linux/errqueue.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "nod/order.h"
#include "../network/icmp_wire.h"

#define PACKET_ROOM 66000u /* octets: the largest packet with its header, and to spare */

union address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static socklen_t to_sockaddr(const struct nod_addr *a, union address *u)
{
	memset(u, 0, sizeof(*u));
	if (a->family == NOD_IPV4) {
		u->in.sin_family = AF_INET;
		memcpy(&u->in.sin_addr, a->octet, 4);
		return sizeof(u->in);
	}
	u->in6.sin6_family = AF_INET6;
	u->in6.sin6_scope_id = a->zone;
	memcpy(&u->in6.sin6_addr, a->octet, 16);
	return sizeof(u->in6);
}

static struct nod_addr from_sockaddr(const union address *u)
{
	struct nod_addr a = { 0 };

	if (u->sa.sa_family == AF_INET) {
		a.family = NOD_IPV4;
		memcpy(a.octet, &u->in.sin_addr, 4);
	} else if (u->sa.sa_family == AF_INET6) {
		a.family = NOD_IPV6;
		a.zone = u->in6.sin6_scope_id;
		memcpy(a.octet, &u->in6.sin6_addr, 16);
	}
	return a;
}

/* ---- opening --------------------------------------------------------------- */

static int set(const struct ping_socket *s, int level, int option, const void *value,
	size_t len)
{
	return s->calls->setsockopt(s->self, s->fd, level, option, value, (socklen_t)len);
}

static int set_int(const struct ping_socket *s, int level, int option, int value)
{
	return set(s, level, option, &value, sizeof(value));
}

/* A raw socket gets every ICMP message: let the kernel drop what ping never wants. */
static int set_raw_filter(const struct ping_socket *s, bool v6)
{
	if (v6) {
		struct icmp6_filter f;

		ICMP6_FILTER_SETBLOCKALL(&f);
		ICMP6_FILTER_SETPASS(ICMPV6_ECHO_REPLY, &f);
		ICMP6_FILTER_SETPASS(ICMPV6_UNREACHABLE, &f);
		ICMP6_FILTER_SETPASS(ICMPV6_TOO_BIG, &f);
		ICMP6_FILTER_SETPASS(ICMPV6_TIME_EXCEEDED, &f);
		ICMP6_FILTER_SETPASS(ICMPV6_PARAMETER_PROBLEM, &f);
		return set(s, IPPROTO_ICMPV6, ICMP6_FILTER, &f, sizeof(f));
	}
	struct icmp_filter f = { .data = ~(1u << ICMPV4_ECHO_REPLY | 1u << ICMPV4_UNREACHABLE |
		1u << ICMPV4_SOURCE_QUENCH | 1u << ICMPV4_REDIRECT |
		1u << ICMPV4_TIME_EXCEEDED | 1u << ICMPV4_PARAMETER_PROBLEM) };

	return set(s, SOL_RAW, ICMP_FILTER, &f, sizeof(f));
}

static int set_options(struct ping_socket *s, const struct ping_conf *c)
{
	bool v6 = s->family == NOD_IPV6;
	int err = s->is_raw ? set_raw_filter(s, v6) :
		v6 ? set_int(s, IPPROTO_IPV6, IPV6_RECVERR, 1) :
		     set_int(s, IPPROTO_IP, IP_RECVERR, 1);

	if (!err)
		err = v6 ? set_int(s, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1) :
			   set_int(s, IPPROTO_IP, IP_RECVTTL, 1);
	if (!err)
		err = set_int(s, SOL_SOCKET, SO_TIMESTAMPNS, 1);
	if (!err && c->ttl) {
		err = v6 ? set_int(s, IPPROTO_IPV6, IPV6_UNICAST_HOPS, (int)c->ttl) :
			   set_int(s, IPPROTO_IP, IP_TTL, (int)c->ttl);
		if (!err)
			err = v6 ? set_int(s, IPPROTO_IPV6, IPV6_MULTICAST_HOPS,
					   (int)c->ttl) :
				   set_int(s, IPPROTO_IP, IP_MULTICAST_TTL, (int)c->ttl);
	}
	if (!err && c->may_broadcast)
		err = set_int(s, SOL_SOCKET, SO_BROADCAST, 1);
	/* room for a burst of large answers; as much as the system allows, so no error */
	set_int(s, SOL_SOCKET, SO_RCVBUF, 1 << 20);
	return err;
}

/* The source address, or none: a datagram socket gets its echo identifier by this. */
static int bind_source(struct ping_socket *s, const struct ping_conf *c)
{
	struct nod_addr source = c->source;
	union address u;

	if (source.family && source.family != s->family)
		return -EADDRNOTAVAIL;
	if (!source.family && s->is_raw)
		return 0;
	source.family = (uint8_t)s->family;
	socklen_t len = to_sockaddr(&source, &u);
	int err = s->calls->bind(s->self, s->fd, &u.sa, len);
	if (err < 0 || s->is_raw)
		return err;
	err = s->calls->getsockname(s->self, s->fd, &u.sa, &len);
	if (err < 0)
		return err;
	s->id = nod_ntohs(s->family == NOD_IPV6 ? u.in6.sin6_port : u.in.sin_port);
	return 0;
}

static int open_socket(struct ping_socket *s)
{
	int af = s->family == NOD_IPV6 ? AF_INET6 : AF_INET;
	int protocol = s->family == NOD_IPV6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
	int flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
	int err;

	s->fd = s->calls->socket(s->self, af, SOCK_DGRAM | flags, protocol);
	if (s->fd >= 0)
		return 0;
	err = s->fd;
	s->fd = s->calls->socket(s->self, af, SOCK_RAW | flags, protocol);
	s->is_raw = s->fd >= 0;
	if (s->fd >= 0)
		return getrandom(&s->id, sizeof(s->id), 0) < 0 ? -errno : 0;
	return s->fd == -EPERM || s->fd == -EACCES ? err : s->fd;
}

int ping_open(struct ping_socket *s, const struct ping_conf *c, const struct ping_calls *calls,
	void *self, enum ping_step *step)
{
	*s = (struct ping_socket){ .calls = calls, .self = self, .fd = -1,
		.family = c->to.family, .to = c->to, .data_len = c->data_len,
		.cap = PACKET_ROOM };

	*step = PING_STEP_SOCKET;
	int err = open_socket(s);
	if (!err) {
		s->buf = malloc(s->cap);
		s->data = malloc(s->data_len + 1);
		err = s->buf && s->data ? 0 : -ENOMEM;
	}
	if (!err && c->interface[0]) {
		*step = PING_STEP_INTERFACE;
		err = set(s, SOL_SOCKET, SO_BINDTODEVICE, c->interface, strlen(c->interface));
	}
	if (!err) {
		*step = PING_STEP_SOURCE;
		err = bind_source(s, c);
	}
	if (!err) {
		*step = PING_STEP_OPTIONS;
		err = set_options(s, c);
	}
	if (err)
		ping_close(s);
	return err;
}

void ping_close(struct ping_socket *s)
{
	if (s->fd >= 0)
		s->calls->close(s->self, s->fd);
	free(s->buf);
	free(s->data);
	s->fd = -1;
	s->buf = s->data = NULL;
}

/* ---- sending --------------------------------------------------------------- */

/* The data of request @seq, octet @i: differs between requests, so that an answer with
 * another one's data is seen to be wrong. */
static uint8_t data_octet(uint16_t seq, size_t i)
{
	return (uint8_t)(i + seq * 7u);
}

int ping_send(struct ping_socket *s, uint16_t seq)
{
	struct icmp_msg m = { .family = s->family, .id = s->id, .seq = seq };
	struct wcur w = wcur_of(s->buf, s->cap);
	union address to;
	socklen_t to_len = to_sockaddr(&s->to, &to);

	m.type = s->family == NOD_IPV6 ? ICMPV6_ECHO_REQUEST : ICMPV4_ECHO_REQUEST;
	for (size_t i = 0; i < s->data_len; i++)
		s->data[i] = data_octet(seq, i);
	m.body = (struct span){ .p = s->data, .len = s->data_len };

	/* ICMPv6's checksum needs the source address, which the kernel knows and we do not:
	 * it fills the field in itself (RFC 3542 3.1) */
	int err = icmp_emit(&m, 0, &w);
	if (err < 0)
		return err;
	ssize_t sent = s->calls->sendto(s->self, s->fd, s->buf, w.at, &to.sa, to_len);
	return sent < 0 ? (int)sent : 0;
}

/* ---- hearing --------------------------------------------------------------- */

struct extras {
	int ttl;
	int64_t waited_ns;
	bool has_error;
	struct sock_extended_err error;
	struct nod_addr offender;
};

/* One error of the error queue: its cmsg holds the error and, behind it, who reported it. */
static void read_error(const struct cmsghdr *c, struct extras *x)
{
	size_t len = c->cmsg_len - CMSG_LEN(0);
	union address who = { 0 };

	if (len < sizeof(x->error))
		return;
	memcpy(&x->error, CMSG_DATA(c), sizeof(x->error));
	x->has_error = true;
	len -= sizeof(x->error);
	memcpy(&who, CMSG_DATA(c) + sizeof(x->error), len < sizeof(who) ? len : sizeof(who));
	x->offender = from_sockaddr(&who);
}

static void read_extras(const struct ping_socket *s, struct msghdr *m, struct extras *x)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		int type = c->cmsg_type;

		if (c->cmsg_level == SOL_SOCKET && type == SCM_TIMESTAMPNS) {
			struct timespec then;

			memcpy(&then, CMSG_DATA(c), sizeof(then));
			x->waited_ns = s->calls->clock(s->self) -
				(then.tv_sec * NOD_S + then.tv_nsec);
		} else if ((c->cmsg_level == IPPROTO_IP && type == IP_TTL) ||
			   (c->cmsg_level == IPPROTO_IPV6 && type == IPV6_HOPLIMIT)) {
			memcpy(&x->ttl, CMSG_DATA(c), sizeof(x->ttl));
		} else if ((c->cmsg_level == IPPROTO_IP && type == IP_RECVERR) ||
			   (c->cmsg_level == IPPROTO_IPV6 && type == IPV6_RECVERR)) {
			read_error(c, x);
		}
	}
}

/* Octets received into s->buf, 0 = none waits, or a negative errno. */
static ssize_t receive(struct ping_socket *s, int flags, union address *from,
	struct extras *x)
{
	union {
		struct cmsghdr align;
		uint8_t room[512];
	} control;
	struct iovec iov = { .iov_base = s->buf, .iov_len = s->cap };
	struct msghdr m = { .msg_name = from, .msg_namelen = sizeof(*from), .msg_iov = &iov,
		.msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };

	memset(from, 0, sizeof(*from));
	*x = (struct extras){ .ttl = -1 };
	ssize_t n = s->calls->recvmsg(s->self, s->fd, &m, flags | MSG_DONTWAIT);
	if (n < 0)
		return n == -EAGAIN || n == -EINTR ? 0 : n;
	read_extras(s, &m, x);
	return n;
}

static void compare_data(const struct ping_socket *s, struct span data, struct ping_heard *h)
{
	size_t len = data.len < s->data_len ? data.len : s->data_len;

	h->is_short = data.len < s->data_len;
	for (size_t i = 0; i < len; i++) {
		uint8_t sent = data_octet(h->seq, i);

		if (data.p[i] != sent) {
			h->is_changed = true;
			h->changed_at = i;
			h->sent = sent;
			h->came = data.p[i];
			return;
		}
	}
}

/* Whether a request went to where ours go; a quote has no zone to compare. */
static bool is_same_host(const struct ping_socket *s, const struct nod_addr *to)
{
	return to->family == s->family &&
		memcmp(to->octet, s->to.octet, s->family == NOD_IPV6 ? 16 : 4) == 0;
}

/* A quoted request of ours: its sequence number.  False: it is someone else's. */
static bool is_ours(const struct ping_socket *s, struct rcur *quoted, uint16_t *seq)
{
	struct icmp_msg asked;

	if (icmp_parse(&asked, s->family, quoted) < 0 ||
		icmp_kind(s->family, asked.type) != ICMP_ECHO_ASK || asked.id != s->id)
		return false;
	*seq = asked.seq;
	return true;
}

/* An ICMP error that a raw socket got. */
static void take_raw_error(const struct ping_socket *s, const struct icmp_msg *m,
	struct ping_heard *h)
{
	struct rcur r = rcur_of(m->body.p, m->body.len);
	struct icmp_quote q;

	if (icmp_quote_parse(&q, s->family, &r) < 0 || q.is_fragment ||
		q.protocol != (s->family == NOD_IPV6 ? IP_PROTOCOL_ICMPV6 : IP_PROTOCOL_ICMPV4) ||
		!is_same_host(s, &q.dst))
		return;

	struct rcur carried = rcur_of(q.carried.p, q.carried.len);
	if (!is_ours(s, &carried, &h->seq))
		return;
	h->kind = PING_ERROR;
	h->type = m->type;
	h->code = m->code;
	h->is_advice = s->family == NOD_IPV4 &&
		(m->type == ICMPV4_REDIRECT || m->type == ICMPV4_SOURCE_QUENCH);
	h->info = icmp_mtu(m);
	if (s->family == NOD_IPV4 && m->type == ICMPV4_PARAMETER_PROBLEM)
		h->info = m->word >> 24;
	if (s->family == NOD_IPV6 && m->type == ICMPV6_PARAMETER_PROBLEM)
		h->info = m->word;
	if (s->family == NOD_IPV4 && m->type == ICMPV4_REDIRECT) {
		struct wcur w = wcur_of(h->gateway.octet, 4);

		h->gateway.family = NOD_IPV4;
		wcur_u32(&w, m->word);
	}
}

static void take_message(const struct ping_socket *s, size_t n, struct ping_heard *h)
{
	struct rcur r = rcur_of(s->buf, n);
	struct span whole = { .p = s->buf, .len = n };
	struct icmp_msg m;

	if (s->is_raw && s->family == NOD_IPV4) {
		struct icmp_quote packet; /* read like a quoted one: who, and what it carries */

		if (icmp_quote_parse(&packet, NOD_IPV4, &r) < 0)
			return;
		whole = packet.carried;
		r = rcur_of(whole.p, whole.len);
	}
	if (icmp_parse(&m, s->family, &r) < 0)
		return;
	if (s->is_raw && icmp_kind(s->family, m.type) == ICMP_ERROR) {
		take_raw_error(s, &m, h);
		return;
	}
	if (icmp_kind(s->family, m.type) != ICMP_ECHO_ANSWER || m.id != s->id)
		return;
	h->kind = PING_REPLY;
	h->seq = m.seq;
	h->octets = whole.len;
	/* the kernel judges the others' itself: icmp(7), RFC 3542 3.1 */
	h->is_sum_bad = s->is_raw && s->family == NOD_IPV4 &&
		!icmp_sum_ok(whole.p, whole.len, 0);
	compare_data(s, m.body, h);
}

/* What a datagram socket keeps apart: an error, with the request that it is about. */
static int hear_error(struct ping_socket *s, struct ping_heard *h)
{
	union address to;
	struct extras x;
	struct nod_addr asked;
	ssize_t n = receive(s, MSG_ERRQUEUE, &to, &x);
	struct rcur quoted;

	if (n < 0)
		return (int)n;
	if (n == 0 && !x.has_error)
		return 0;
	if (!x.has_error || (x.error.ee_origin != SO_EE_ORIGIN_ICMP &&
				    x.error.ee_origin != SO_EE_ORIGIN_ICMP6))
		return 1; /* a local error: ping_send() has returned it, too */
	quoted = rcur_of(s->buf, (size_t)n);
	asked = from_sockaddr(&to);
	if (!is_same_host(s, &asked) || !is_ours(s, &quoted, &h->seq))
		return 1;
	h->kind = PING_ERROR;
	h->from = x.offender;
	h->type = x.error.ee_type;
	h->code = x.error.ee_code;
	h->info = x.error.ee_info;
	return 1;
}

int ping_hear(struct ping_socket *s, struct ping_heard *h)
{
	union address from;
	struct extras x;

	*h = (struct ping_heard){ 0 };
	if (!s->is_raw) {
		int got = hear_error(s, h);

		if (got)
			return got;
	}
	ssize_t n = receive(s, 0, &from, &x);
	/* an error of the network is the error queue's to tell; the descriptor is still good */
	if (n < 0)
		return n == -EBADF || n == -ENOTSOCK || n == -ENOMEM || n == -ENETDOWN ? (int)n : 1;
	if (n == 0)
		return 0;
	h->from = from_sockaddr(&from);
	h->ttl = x.ttl;
	h->waited_ns = x.waited_ns;
	take_message(s, (size_t)n, h);
	return 1;
}

void ping_wait(struct ping_socket *s, nod_ns until, const sigset_t *mask)
{
	s->calls->wait(s->self, s->fd, until, mask);
}
