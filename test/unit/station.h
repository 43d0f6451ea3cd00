/* SPDX-License-Identifier: ISC */
/*
 * station.h - one stack on a wire that the test holds in its hand
 *
 * What the stack sends is kept as IP packets, each with the time at which it left; what it is to
 * hear is made here, checksums and all.  Time is the test's.  Every packet that goes in lies in
 * memory of its exact size.
 */
#ifndef NOD_TEST_STATION_H
#define NOD_TEST_STATION_H

#include <stdlib.h>
#include <string.h>

#include "base/checksum.h"
#include "base/cursor.h"
#include "base/ipa.h"
#include "network/ip.h"
#include "network/ipv4_wire.h"
#include "network/ipv6_wire.h"
#include "nod/nod.h"
#include "session/stack.h"
#include "tap.h"

#define STATION_IF 2

struct sent {
	nod_ns at;
	struct ipa src, dst;
	uint8_t mac[6], protocol, ttl, tos;
	bool has_alert; /* router alert */
	size_t len;	/* octets of data */
	uint8_t data[2048]; /* behind the IP header and IPv6's hop-by-hop */
};

struct station {
	struct nod_stack *stack;
	nod_ns now;
	unsigned n, cap;
	struct sent *sent;
	unsigned n_frames; /* that left, of any kind */
};

static inline struct ipa ip(const char *text)
{
	struct nod_addr a;

	if (nod_addr_parse(&a, text) < 0) {
		printf("Bail out! no address: %s\n", text);
		exit(99);
	}
	return ipa_from_addr(&a);
}

static inline void station_keep(struct station *s, const uint8_t *f, size_t len)
{
	struct sent *t;
	struct rcur r = rcur_of(f + 14, len - 14);
	unsigned type = (unsigned)(f[12] << 8 | f[13]);

	s->n_frames++;
	if (type != ETHERTYPE_IPV4 && type != ETHERTYPE_IPV6)
		return;
	if (s->n == s->cap)
		s->sent = realloc(s->sent, (s->cap = s->cap * 2 + 16) * sizeof(*s->sent));
	t = &s->sent[s->n];
	*t = (struct sent){ .at = s->now };
	memcpy(t->mac, f, 6);
	if (type == ETHERTYPE_IPV4) {
		struct ipv4_hdr h;

		if (ipv4_parse(&h, &r) < 0)
			return;
		t->src = h.src;
		t->dst = h.dst;
		t->protocol = h.protocol;
		t->ttl = h.ttl;
		t->tos = h.tos;
		t->has_alert = h.options.len >= 4 && h.options.p[0] == IPV4_OPT_ROUTER_ALERT;
		t->len = h.len - h.hdr_len;
	} else {
		struct ipv6_hdr h;
		struct ipv6_extension e;

		if (ipv6_parse(&h, &r) < 0)
			return;
		t->src = h.src;
		t->dst = h.dst;
		t->ttl = h.hop_limit;
		t->tos = h.traffic_class;
		t->protocol = h.next_header;
		t->len = h.payload_len;
		if (h.next_header == IP_PROTO_HOP_BY_HOP) {
			if (ipv6_extension_parse(&e, &r) < 0)
				return;
			t->protocol = e.next_header;
			t->has_alert = e.body.p[0] == IPV6_OPT_ROUTER_ALERT;
			t->len -= e.len;
		}
	}
	if (t->len > sizeof(t->data) || t->len > rcur_left(&r))
		return;
	rcur_copy(&r, t->data, t->len);
	s->n++;
}

static inline void station_drain(struct station *s)
{
	struct nod_packet *p;

	while (nod_stack_output(s->stack, STATION_IF, &p, 1, s->now)) {
		uint8_t *f = malloc(nod_packet_len(p));
		size_t len = 0;
		struct iovec iov[7];
		int n = nod_packet_iov(p, iov);

		for (int k = 0; k < n; len += iov[k++].iov_len)
			memcpy(f + len, iov[k].iov_base, iov[k].iov_len);
		station_keep(s, f, len);
		free(f);
		nod_packet_free(p);
	}
}

/* Time passes, with a stop wherever there is something to do. */
static inline void station_pass(struct station *s, nod_ns span)
{
	nod_ns until = s->now + span;

	for (;;) {
		nod_ns next;

		nod_stack_poll(s->stack, s->now);
		station_drain(s);
		next = nod_stack_deadline(s->stack);
		if (next > until)
			break;
		if (next > s->now)
			s->now = next;
	}
	s->now = until;
	nod_stack_poll(s->stack, s->now);
	station_drain(s);
}

static inline void station_forget(struct station *s)
{
	s->n = 0;
}

/* With an interface, and nothing else. */
static inline void station_make(struct station *s, const struct nod_conf *conf)
{
	const struct nod_conf plain = { .seed = { 7 } };
	const struct nod_interface_conf i = { .mac = { 2, 0, 0, 0, 0, 1 } };

	*s = (struct station){ .now = 1000 * NOD_S };
	if (nod_stack_new(conf ? conf : &plain, s->now, &s->stack) < 0 ||
		nod_interface_add(s->stack, &i) != STATION_IF) {
		printf("Bail out! no stack\n");
		exit(99);
	}
}

static inline void station_address(struct station *s, const char *text)
{
	struct nod_prefix p;

	if (nod_prefix_parse(&p, text) < 0 ||
		nod_address_add(s->stack, STATION_IF, &p, NOD_ADDRESS_AT_ONCE) < 0) {
		printf("Bail out! no address: %s\n", text);
		exit(99);
	}
}

/* @conf may be NULL; @v4 "10.0.0.1/24" or NULL.  IPv6's link-local address is ready. */
static inline void station_begin(struct station *s, const struct nod_conf *conf, const char *v4)
{
	station_make(s, conf);
	if (v4)
		station_address(s, v4);
	station_pass(s, 30 * NOD_S);
	station_forget(s);
}

static inline void station_end(struct station *s)
{
	struct nod_stack_use use;

	station_pass(s, 10 * NOD_S); /* what waits for neighbours is given up */
	nod_stack_use(s->stack, &use);
	tap(use.packets == 0 && use.blocks == 0, "every packet came home");
	nod_stack_free(s->stack);
	free(s->sent);
}

static inline struct netif *station_netif(struct station *s)
{
	return netif_of(iface_at(&s->stack->link, STATION_IF));
}

static inline uint64_t station_count(const struct station *s, enum nod_event_kind k)
{
	return nod_stack_count(s->stack, k);
}

/* An IP packet to be heard. */
struct heard {
	struct ipa src, dst;
	uint8_t protocol, ttl;
	bool has_alert;
	const void *data;
	size_t len; /* octets */
};

/* Bring it in, in a frame; nothing is changed in data. */
static inline void station_hear(struct station *s, const struct heard *h)
{
	static const uint8_t alert4[] = { IPV4_OPT_ROUTER_ALERT, 4, 0, 0 };
	uint8_t alert6[] = { h->protocol, 0, IPV6_OPT_ROUTER_ALERT, 2, 0, 0, IPV6_OPT_PADN, 0 };
	size_t cap = 14 + 60 + 8 + h->len;
	uint8_t *f = malloc(cap);
	struct wcur w = wcur_of(f, cap);
	bool is_v4 = ipa_is_v4(&h->dst);

	if (ipa_is_multicast(&h->dst) && is_v4) {
		wcur_put(&w, (const uint8_t[]){ 1, 0, 0x5e, h->dst.o[13] & 0x7f, h->dst.o[14],
			h->dst.o[15] }, 6);
	} else if (ipa_is_multicast(&h->dst)) {
		wcur_u16(&w, 0x3333);
		wcur_put(&w, h->dst.o + 12, 4);
	} else if (is_v4 && ipa_v4(&h->dst) == UINT32_MAX) {
		wcur_put(&w, "\xff\xff\xff\xff\xff\xff", 6);
	} else {
		wcur_put(&w, "\2\0\0\0\0\1", 6);
	}
	wcur_put(&w, "\2\0\0\0\0\2", 6);
	wcur_u16(&w, is_v4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
	if (is_v4) {
		const struct ipv4_hdr hdr = {
			.len = (uint16_t)(20 + (h->has_alert ? 4u : 0u) + h->len),
			.ttl = h->ttl,
			.protocol = h->protocol,
			.src = h->src,
			.dst = h->dst,
			.options = { alert4, h->has_alert ? 4 : 0 },
		};

		ipv4_emit(&hdr, &w);
	} else {
		const struct ipv6_hdr hdr = {
			.payload_len = (uint16_t)((h->has_alert ? 8u : 0u) + h->len),
			.next_header = h->has_alert ? IP_PROTO_HOP_BY_HOP : h->protocol,
			.hop_limit = h->ttl,
			.src = h->src,
			.dst = h->dst,
		};

		ipv6_emit(&hdr, &w);
		if (h->has_alert)
			wcur_put(&w, alert6, 8);
	}
	wcur_put(&w, h->data, h->len);
	nod_stack_input(s->stack, STATION_IF, nod_packet_new(s->stack, f, w.at), s->now);
	free(f);
	nod_stack_poll(s->stack, s->now);
	station_drain(s);
}

/* A datagram to be heard, its checksum right. */
struct heard_udp {
	struct ipa src, dst;
	uint16_t src_port, dst_port;
	const void *data;
	size_t len; /* octets */
};

static inline void station_hear_udp(struct station *s, const struct heard_udp *h)
{
	size_t len = 8 + h->len;
	uint8_t *m = malloc(len);
	struct wcur w = wcur_of(m, len);
	uint16_t sum;

	wcur_u16(&w, h->src_port);
	wcur_u16(&w, h->dst_port);
	wcur_u16(&w, (uint16_t)len);
	wcur_u16(&w, 0);
	wcur_put(&w, h->data, h->len);
	sum = checksum_end(checksum_add(
		ip_pseudo(&h->src, &h->dst, IP_PROTO_UDP, (uint32_t)len), m, len));
	sum = sum ? sum : 0xffff;
	m[6] = (uint8_t)(sum >> 8);
	m[7] = (uint8_t)sum;
	station_hear(s, &(struct heard){ .src = h->src, .dst = h->dst, .protocol = IP_PROTO_UDP,
		.ttl = 64, .data = m, .len = len });
	free(m);
}

/* The @k-th datagram to @port that left; NULL: there are not so many.  Its payload: data + 8. */
static inline const struct sent *station_sent_udp(
	const struct station *s, uint16_t port, unsigned k)
{
	for (unsigned n = 0; n < s->n; n++) {
		const struct sent *t = &s->sent[n];

		if (t->protocol == IP_PROTO_UDP && t->len >= 8 &&
			(t->data[2] << 8 | t->data[3]) == port && k-- == 0)
			return t;
	}
	return NULL;
}

#endif
