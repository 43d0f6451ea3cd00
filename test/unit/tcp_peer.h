/* SPDX-License-Identifier: ISC */
/*
 * tcp_peer.h - a stack, and a TCP peer whose every segment the test writes and reads itself
 *
 *	stack	10.0.0.1 and 2001:db8::1, whole, driven by frames and a clock that is the test's
 *	peer	10.0.0.2 and 2001:db8::2; no TCP is behind it but the test
 *
 * Numbers are relative, as in most books: the SYN of each side is 0, its first octet 1.
 *
 *	SAY(&p, TCP_ACK, 1, 1, 100);			flags, number, acknowledgement, octets
 *	SAY(&p, TCP_ACK, 101, 1, .window = 8);		and whatever else the struct has
 *	tap(HEARS(&p, TCP_ACK, 1, 101, 0), "...");	the next that the stack sent is this one
 *
 * Payload is a pattern by number, so that what arrives can be judged without a copy of it.
 *
 * Neighbours: station.h.
 */
#ifndef NOD_TEST_TCP_PEER_H
#define NOD_TEST_TCP_PEER_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

#include "hex.h"
#include "station.h"
#include "transport/tcp.h"
#include "transport/tcp_wire.h"

#define OPT_MSS	 "020405b4"
#define OPT_SACK "01010402"
#define OPT_WS7	 "01030307"

enum { ZERO_WINDOW = -1, PEER_PORT = 4000, STACK_PORT = 80 };

/* The last segment that was heard. */
struct peer_heard {
	struct tcp_hdr h;
	struct tcp_options o;
	uint32_t seq, ack, len; /* relative */
	uint8_t payload[2048];
	nod_ns at;
	uint8_t tos, ttl;
};

struct peer {
	struct station s;
	struct ipa us, them; /* us: the stack */
	uint16_t our_port, port;
	int listener, fd;  /* -1 = none */
	uint32_t iss, irs; /* the peer's, and the stack's */
	uint16_t window;
	bool has_ts; /* each segment has a time stamp, which echoes the last one heard */
	uint32_t ts_value, ts_echo;
	unsigned next; /* in s.sent: not yet heard */
	struct peer_heard got;
	uint32_t written, read; /* by the program on the stack: octets of the pattern */
	bool is_garbled;
};

struct say {
	char first; /* so that what follows may be given by its place */
	uint8_t flags;
	uint32_t seq, ack, len;
	int window;	     /* 0 = the peer's */
	const char *options; /* hex, a multiple of four octets */
	const void *data;    /* instead of the pattern */
	uint16_t urgent;
	uint8_t tos;
	bool has_bad_sum, has_no_ts;
	uint8_t reserved; /* four bits */
	uint8_t offset;	  /* in words; 0 = the right one, 16 = none */
	int ts_ahead;	  /* added to ts_value */
};

static inline uint8_t pattern(uint32_t seq)
{
	return (uint8_t)(seq * 7 + (seq >> 8));
}

/* ---- what the peer says -------------------------------------------------------------- */

static inline void peer_ip(struct peer *p, const uint8_t *segment, size_t len, uint8_t tos)
{
	uint8_t frame[14 + 40 + 65535];
	struct wcur w = wcur_of(frame, sizeof(frame));

	wcur_put(&w, "\2\0\0\0\0\1\2\0\0\0\0\2", 12);
	wcur_u16(&w, ipa_is_v4(&p->us) ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
	if (ipa_is_v4(&p->us)) {
		const struct ipv4_hdr h = { .len = (uint16_t)(20 + len),
			.ttl = 64,
			.tos = tos,
			.protocol = IP_PROTO_TCP,
			.src = p->them,
			.dst = p->us };

		ipv4_emit(&h, &w);
	} else {
		const struct ipv6_hdr h = { .payload_len = (uint16_t)len,
			.hop_limit = 64,
			.traffic_class = tos,
			.next_header = IP_PROTO_TCP,
			.src = p->them,
			.dst = p->us };

		ipv6_emit(&h, &w);
	}
	wcur_put(&w, segment, len);
	nod_stack_input(
		p->s.stack, STATION_IF, nod_packet_new(p->s.stack, frame, w.at), p->s.now);
}

/* The segment's octets; their number. */
static inline size_t peer_build(
	const struct peer *p, const struct say *t, uint8_t *out, size_t cap)
{
	uint8_t options[TCP_OPTIONS_MOST];
	struct wcur o = wcur_of(options, sizeof(options)), w = wcur_of(out, cap);
	struct tcp_hdr h = { .src = p->port,
		.dst = p->our_port,
		.seq = p->iss + t->seq,
		.flags = t->flags,
		.urgent = t->urgent,
		.reserved = t->reserved,
		.window = t->window == ZERO_WINDOW ? 0 :
			t->window		   ? (uint16_t)t->window :
						     p->window };
	uint16_t sum;

	if (t->flags & TCP_ACK)
		h.ack = p->irs + t->ack;
	if (t->options) {
		size_t n;
		uint8_t *octets = from_hex(t->options, &n);

		wcur_put(&o, octets, n);
		free(octets);
	}
	if (p->has_ts && !t->has_no_ts) {
		wcur_u32(&o, 0x0101080a);
		wcur_u32(&o, p->ts_value + (uint32_t)t->ts_ahead);
		wcur_u32(&o, t->flags & TCP_ACK ? p->ts_echo : 0);
	}
	h.options = (struct span){ options, o.at };
	tcp_emit(&h, &w);
	for (uint32_t i = 0; i < t->len; i++)
		wcur_u8(&w,
			t->data ? ((const uint8_t *)t->data)[i] :
				  pattern(t->seq + !!(t->flags & TCP_SYN) + i));
	if (w.bad || o.bad) {
		printf("Bail out! no such segment\n");
		exit(99);
	}
	if (t->offset)
		out[12] = (uint8_t)(t->offset % 16 << 4);
	sum = checksum_end(checksum_add(
		ip_pseudo(&p->them, &p->us, IP_PROTO_TCP, (uint32_t)w.at), out, w.at));
	out[TCP_SUM_AT] = (uint8_t)(sum >> 8);
	out[TCP_SUM_AT + 1] = (uint8_t)(sum + t->has_bad_sum);
	return w.at;
}

/* Bring it in without letting the stack answer yet. */
static inline void peer_put(struct peer *p, const struct say *t)
{
	static uint8_t segment[65535];
	size_t len = peer_build(p, t, segment, sizeof(segment));

	peer_ip(p, segment, len, t->tos);
}

static inline void peer_turn(struct peer *p)
{
	nod_stack_poll(p->s.stack, p->s.now);
	station_drain(&p->s);
}

static inline void peer_say(struct peer *p, const struct say *t)
{
	peer_put(p, t);
	peer_turn(p);
}

#define SAY(p, ...) peer_say(p, &(struct say){ .first = 0, __VA_ARGS__ })
#define PUT(p, ...) peer_put(p, &(struct say){ .first = 0, __VA_ARGS__ })

/* ---- what it hears ------------------------------------------------------------------- */

static inline bool peer_is_ours(const struct peer *p, const struct sent *t)
{
	return t->protocol == IP_PROTO_TCP && ipa_equal(&t->dst, &p->them) && t->len >= 20;
}

/* The next segment that was sent, into p->got.  false: there is none, or it is no good one. */
static inline bool peer_next(struct peer *p)
{
	while (p->next < p->s.n) {
		const struct sent *t = &p->s.sent[p->next++];
		struct rcur r = rcur_of(t->data, t->len);

		if (!peer_is_ours(p, t))
			continue;
		if (tcp_parse(&p->got.h, &r) < 0 ||
			tcp_options_parse(&p->got.o, p->got.h.options) < 0)
			return false;
		if (checksum_end(checksum_add(
			    ip_pseudo(&t->src, &t->dst, IP_PROTO_TCP, (uint32_t)t->len),
			    t->data, t->len)) != 0) {
			printf("# a wrong checksum\n");
			return false;
		}
		if (p->got.h.flags & TCP_SYN)
			p->irs = p->got.h.seq;
		p->got.seq = p->got.h.seq - p->irs;
		p->got.ack = p->got.h.flags & TCP_ACK ? p->got.h.ack - p->iss : 0;
		p->got.len = (uint32_t)rcur_left(&r);
		rcur_copy(&r, p->got.payload, p->got.len);
		p->got.at = t->at;
		p->got.tos = t->tos;
		p->got.ttl = t->ttl;
		if (p->got.o.has_timestamps)
			p->ts_echo = p->got.o.ts_value;
		return true;
	}
	return false;
}

static inline const char *peer_flags(uint8_t flags)
{
	static char text[9];
	char *at = text;

	for (unsigned i = 0; i < 8; i++)
		if (flags >> i & 1)
			*at++ = "FSRPAUEC"[i];
	*at = 0;
	return text;
}

/* Whether the next one is this; PSH counts only if it is asked for. */
static inline bool peer_hears(
	struct peer *p, uint8_t flags, uint32_t seq, uint32_t ack, uint32_t len)
{
	uint8_t mind = flags & TCP_PSH ? 0xff : (uint8_t)~TCP_PSH;

	if (!peer_next(p)) {
		printf("# nothing was sent; expected %s %u\n", peer_flags(flags), seq);
		return false;
	}
	if ((p->got.h.flags & mind) == flags && p->got.seq == seq && p->got.ack == ack &&
		p->got.len == len)
		return true;
	printf("# sent %s %u:%u ack %u", peer_flags(p->got.h.flags), p->got.seq,
		p->got.seq + p->got.len, p->got.ack);
	printf(", expected %s %u:%u ack %u\n", peer_flags(flags), seq, seq + len, ack);
	return false;
}

#define HEARS(p, flags, seq, ack, len) peer_hears(p, flags, seq, ack, len)

/* Nothing more was sent. */
static inline bool peer_is_silent(struct peer *p)
{
	if (!peer_next(p))
		return true;
	printf("# sent %s %u:%u ack %u, expected nothing\n", peer_flags(p->got.h.flags),
		p->got.seq, p->got.seq + p->got.len, p->got.ack);
	return false;
}

static inline void peer_ignore(struct peer *p)
{
	p->next = p->s.n;
}

/* How many are sent in this time; the last is p->got. */
static inline unsigned peer_count(struct peer *p, nod_ns span)
{
	unsigned n = 0;

	station_pass(&p->s, span);
	while (peer_next(p))
		n++;
	return n;
}

static inline void peer_pass(struct peer *p, nod_ns span)
{
	station_pass(&p->s, span);
}

static inline uint64_t peer_counted(const struct peer *p, enum nod_event_kind k)
{
	return station_count(&p->s, k);
}

/* ---- the program on the stack -------------------------------------------------------- */

static inline int peer_state(const struct peer *p)
{
	struct nod_tcp_info i;

	return nod_tcp_info(p->s.stack, p->fd, &i) < 0 ? -1 : i.state;
}

static inline struct nod_tcp_info peer_info(const struct peer *p)
{
	struct nod_tcp_info i = { 0 };

	nod_tcp_info(p->s.stack, p->fd, &i);
	return i;
}

/* Write @len octets of the pattern; how many were taken. */
static inline ssize_t peer_write(struct peer *p, size_t len, int flags)
{
	uint8_t *buf = malloc(len + 1);
	ssize_t n;

	for (size_t i = 0; i < len; i++)
		buf[i] = pattern(p->written + 1 + (uint32_t)i);
	n = nod_send(p->s.stack, p->fd, buf, len, flags);
	p->written += n > 0 ? (uint32_t)n : 0;
	free(buf);
	peer_turn(p);
	return n;
}

/* Read up to @len octets; how many came, or -errno.  Those that are wrong: p->is_garbled. */
static inline ssize_t peer_read(struct peer *p, size_t len)
{
	uint8_t *buf = malloc(len + 1);
	ssize_t n = nod_recv(p->s.stack, p->fd, buf, len, 0);

	for (ssize_t i = 0; i < n; i++)
		p->is_garbled = p->is_garbled || buf[i] != pattern(++p->read);
	free(buf);
	peer_turn(p);
	return n;
}

static inline int peer_set(struct peer *p, int level, int option, int value)
{
	return nod_setsockopt(p->s.stack, p->fd >= 0 ? p->fd : p->listener, level, option,
		&value, sizeof(value));
}

static inline int peer_close(struct peer *p)
{
	int err = p->fd < 0 ? 0 : nod_close(p->s.stack, p->fd);

	p->fd = -1;
	peer_turn(p);
	return err;
}

/* ---- begin, end ---------------------------------------------------------------------- */

static inline void peer_must(bool ok, const char *what)
{
	if (!ok) {
		printf("Bail out! no %s\n", what);
		exit(99);
	}
}

static inline socklen_t peer_name(
	const struct peer *p, bool is_theirs, uint16_t port, struct sockaddr_storage *out)
{
	const struct ipa *a = is_theirs ? &p->them : &p->us;
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	memcpy(&in.sin_addr, a->o + 12, 4);
	memcpy(&in6.sin6_addr, a->o, 16);
	memcpy(out, ipa_is_v4(a) ? (void *)&in : (void *)&in6,
		ipa_is_v4(a) ? sizeof(in) : sizeof(in6));
	return ipa_is_v4(a) ? sizeof(in) : sizeof(in6);
}

static inline int peer_domain(const struct peer *p)
{
	return ipa_is_v4(&p->us) ? AF_INET : AF_INET6;
}

enum { OVER_V4, OVER_V6 };

static inline void peer_neighbour(struct peer *p, const char *addr)
{
	struct nod_addr a;

	nod_addr_parse(&a, addr);
	peer_must(nod_neighbour_set(
			  p->s.stack, STATION_IF, &a, (uint8_t[]){ 2, 0, 0, 0, 0, 2 }) == 0,
		"neighbour");
}

static inline void peer_reset(struct peer *p, int over)
{
	*p = (struct peer){ .listener = -1,
		.fd = -1,
		.iss = 1000000,
		.window = 65535,
		.our_port = STACK_PORT,
		.port = PEER_PORT,
		.ts_value = 5000,
		.us = ip(over == OVER_V6 ? "2001:db8::1" : "10.0.0.1"),
		.them = ip(over == OVER_V6 ? "2001:db8::2" : "10.0.0.2") };
}

/* @conf may be NULL. */
static inline void peer_begin(struct peer *p, const struct nod_conf *conf, int over)
{
	peer_reset(p, over);
	station_begin(&p->s, conf, "10.0.0.1/24");
	station_address(&p->s, "2001:db8::1/64");
	peer_neighbour(p, "10.0.0.2");
	peer_neighbour(p, "2001:db8::2");
	peer_pass(p, 60 * NOD_S);
	peer_ignore(p);
}

/* In a moment: addresses of one family alone, and no time passes. */
static inline void peer_begin_bare(struct peer *p, const struct nod_conf *conf, int over)
{
	peer_reset(p, over);
	station_make(&p->s, conf);
	station_address(&p->s, over == OVER_V6 ? "2001:db8::1/64" : "10.0.0.1/24");
	peer_neighbour(p, over == OVER_V6 ? "2001:db8::2" : "10.0.0.2");
}

static inline void peer_end(struct peer *p)
{
	const struct linger hard = { .l_onoff = 1 };

	if (p->fd >= 0) {
		nod_setsockopt(p->s.stack, p->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
		nod_close(p->s.stack, p->fd);
	}
	if (p->listener >= 0)
		nod_close(p->s.stack, p->listener);
	station_end(&p->s);
}

static inline void peer_listen(struct peer *p, int backlog)
{
	struct sockaddr_storage a;
	socklen_t len = peer_name(p, false, p->our_port, &a);

	p->listener = nod_socket(p->s.stack, peer_domain(p), SOCK_STREAM, 0);
	peer_must(nod_bind(p->s.stack, p->listener, (struct sockaddr *)&a, len) == 0 &&
			nod_listen(p->s.stack, p->listener, backlog) == 0,
		"listener");
}

static inline void peer_accept(struct peer *p)
{
	p->fd = nod_accept(p->s.stack, p->listener, NULL, NULL);
}

/* The peer opens: SYN, SYN-ACK, ACK; accepted.  @options: of its SYN, or NULL: MSS 1460. */
static inline void peer_opens(struct peer *p, const char *options)
{
	if (p->listener < 0)
		peer_listen(p, 16);
	SAY(p, TCP_SYN, 0, .options = options ? options : OPT_MSS);
	peer_must(HEARS(p, TCP_SYN | TCP_ACK, 0, 1, 0), "SYN-ACK");
	SAY(p, TCP_ACK, 1, 1);
	peer_accept(p);
	peer_must(p->fd >= 0, "connection");
}

/* The stack opens; its SYN has been heard. */
static inline void peer_is_asked(struct peer *p)
{
	struct sockaddr_storage a;
	socklen_t len = peer_name(p, true, p->port, &a);

	if (p->fd < 0)
		p->fd = nod_socket(p->s.stack, peer_domain(p), SOCK_STREAM, 0);
	peer_must(nod_connect(p->s.stack, p->fd, (struct sockaddr *)&a, len) == -EINPROGRESS,
		"connect");
	peer_turn(p);
	peer_must(peer_next(p) && (p->got.h.flags & TCP_SYN), "SYN");
	p->our_port = p->got.h.src;
}

static inline void peer_answers(struct peer *p, const char *options)
{
	peer_is_asked(p);
	SAY(p, TCP_SYN | TCP_ACK, 0, 1, .options = options ? options : OPT_MSS);
	peer_must(HEARS(p, TCP_ACK, 1, 1, 0), "handshake");
}

/* A whole connection, ready: over IPv4, with plain options. */
static inline void peer_open(struct peer *p, const char *options)
{
	peer_begin(p, NULL, OVER_V4);
	peer_opens(p, options);
}

#endif
