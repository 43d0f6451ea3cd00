/* SPDX-License-Identifier: ISC */
/*
 * node6.h - a host of IPv6 without transport, for tests: told packets, asked what it sends
 *
 * Its clock is the test's.  What comes in lies at the very end of its packet's octets as far as
 * the parsers are concerned; checksums are made here, so that what is hostile behind them is seen.
 */
#ifndef NOD_TEST_NODE6_H
#define NOD_TEST_NODE6_H

#include <stdlib.h>

#include "base/checksum.h"
#include "link/ether_wire.h"
#include "network/icmp.h"
#include "network/ipv6_wire.h"
#include "network/nd_internal.h"
#include "network/nd_wire.h"
#include "network/reasm.h"
#include "network/route.h"
#include "tap.h"

static const uint8_t node_mac[6] = { 2, 0, 0, 0, 0, 1 }, other_mac[6] = { 2, 0, 0, 0, 0, 2 };

/* 2001:db8::n, fe80::n */
#define GLOBAL(n) ((struct ipa){ .o = { 0x20, 0x01, 0x0d, 0xb8, [15] = (n) } })
#define LOCAL(n)  ((struct ipa){ .o = { 0xfe, 0x80, [15] = (n) } })
#define GROUP(n)  ((struct ipa){ .o = { 0xff, 0x02, [15] = (n) } })

enum { ME = 1, OTHER = 2 };

struct node {
	struct core core;
	struct link link;
	struct net net;
	struct iface *i;
	struct netif *f;
	/* the last that it sent, without its frame's header */
	uint8_t sent[2048];
	uint32_t sent_len;
};

/* An interface more; the first one that is not loopback is n->i. */
static inline struct iface *node_iface(struct node *n, const struct iface_conf *conf)
{
	int index = iface_add(&n->link, conf);

	if (index < 0 || net_iface_added(&n->net, iface_at(&n->link, (unsigned)index)) < 0) {
		printf("Bail out! no interface\n");
		exit(99);
	}
	return iface_at(&n->link, (unsigned)index);
}

static inline void node_bare(struct node *n, const struct nod_conf *conf, const uint8_t mac[6])
{
	const struct iface_conf lo = { .kind = IFACE_LOOPBACK, .name = "lo", .mtu = 65536 };
	const struct iface_conf eth = { .name = "eth0", .mac = mac, .mtu = 1500 };

	memset(n, 0, sizeof(*n));
	if (core_init(&n->core, conf, NOD_S) < 0 || link_init(&n->link, &n->core) < 0 ||
		net_init(&n->net, &n->core, &n->link) < 0) {
		printf("Bail out! no stack\n");
		exit(99);
	}
	node_iface(n, &lo);
	n->i = node_iface(n, &eth);
	n->f = netif_of(n->i);
}

static inline void node_close(struct node *n)
{
	net_end(&n->net);
	link_end(&n->link);
	core_end(&n->core);
}

/* The next packet that is not @but's type of ICMPv6 (0: any); false: there is none. */
static inline bool node_sends(struct node *n)
{
	struct pkt *p;

	n->sent_len = 0;
	if (link_output(&n->link, n->i, &p, 1) != 1)
		return false;
	n->sent_len = p->len - ETHER_HDR_LEN;
	if (n->sent_len > sizeof(n->sent))
		n->sent_len = sizeof(n->sent);
	pkt_copy_out(p, ETHER_HDR_LEN, n->sent, n->sent_len);
	pkt_free(p);
	return true;
}

static inline void node_silence(struct node *n)
{
	while (node_sends(n))
		;
}

/* The clock goes on by @span, with a stop at each timer; what is sent waits (it may be lost). */
static inline void node_pass(struct node *n, nod_ns span)
{
	nod_ns until = n->core.now + span;

	for (nod_ns next; (next = wheel_next(&n->core.wheel)) <= until;) {
		if (next > n->core.now)
			n->core.now = next;
		wheel_run(&n->core.wheel, n->core.now);
		link_run(&n->link);
	}
	n->core.now = until;
}

/* Addresses without being tried, the other one known, and nothing said yet. */
static inline void node_open(struct node *n, const struct nod_conf *conf)
{
	const struct ipa other[] = { GLOBAL(OTHER), LOCAL(OTHER) };

	node_bare(n, conf, node_mac);
	for (unsigned k = 0; k < 2; k++) {
		const struct ifaddr_conf a = { .addr = k ? LOCAL(ME) : GLOBAL(ME),
			.prefix_len = 64,
			.origin = IFADDR_MANUAL,
			.no_probe = true };

		if (ifaddr_add(n->f, &a, NULL) < 0 ||
			neigh_set(&n->link, n->i, &other[k], other_mac) < 0)
			tap(false, "a node of its own");
	}
	node_pass(n, 60 * NOD_S);
	node_silence(n);
}

/* A whole frame's payload, as it is. */
static inline void node_hears_as(
	struct node *n, const uint8_t *packet, uint32_t len, bool is_group)
{
	struct pkt *p = pkt_new(n->core.pool, ETHER_HDR_LEN + len);
	uint8_t *at = pkt_put(p, ETHER_HDR_LEN + len);

	memcpy(at,
		is_group ? (const uint8_t[6]){ 0x33, 0x33, packet[36], packet[37], packet[38],
				   packet[39] } :
			   n->i->mac,
		6);
	memcpy(at + 6, other_mac, 6);
	at[12] = 0x86;
	at[13] = 0xdd;
	memcpy(at + ETHER_HDR_LEN, packet, len);
	p->is_multicast = is_group;
	link_input(&n->link, n->i, p);
	link_run(&n->link);
}

struct letter {
	struct ipa src, dst;
	uint8_t hop_limit, next;
};

/* A packet of @len octets behind its header; ICMPv6 at @icmp_at (0 = none) gets its checksum. */
static inline void node_hears(
	struct node *n, const struct letter *l, const uint8_t *body, uint32_t len, int icmp_at)
{
	uint8_t packet[4096];
	struct wcur w = wcur_of(packet, sizeof(packet));
	const struct ipv6_hdr h = { .payload_len = (uint16_t)len,
		.next_header = l->next,
		.hop_limit = l->hop_limit ? l->hop_limit : 64,
		.src = l->src,
		.dst = l->dst };

	ipv6_emit(&h, &w);
	wcur_put(&w, body, len);
	if (icmp_at >= 0) {
		uint8_t *icmp = packet + IPV6_HDR + icmp_at;
		uint32_t icmp_len = len - (uint32_t)icmp_at;
		uint16_t sum;

		icmp[2] = icmp[3] = 0;
		sum = checksum_end(ip_pseudo(&l->src, &l->dst, IP_PROTO_ICMPV6, icmp_len) +
			checksum_add(0, icmp, icmp_len));
		icmp[2] = (uint8_t)(sum >> 8);
		icmp[3] = (uint8_t)sum;
	}
	node_hears_as(n, packet, IPV6_HDR + len, ipa_is_multicast(&l->dst));
}

/* What was sent is ICMPv6 of this type and code straight behind the header. */
static inline bool node_sent_icmp(const struct node *n, uint8_t type, uint8_t code)
{
	return n->sent_len >= IPV6_HDR + 8 && n->sent[6] == IP_PROTO_ICMPV6 &&
		n->sent[IPV6_HDR] == type && n->sent[IPV6_HDR + 1] == code;
}

/* The next thing sent is that, and its word (pointer, MTU) this; nothing follows. */
static inline bool node_answers(struct node *n, uint8_t type, uint8_t code, uint32_t word)
{
	struct rcur r;
	bool ok = node_sends(n) && node_sent_icmp(n, type, code);

	r = rcur_of(n->sent + IPV6_HDR + 4, 4);
	ok = ok && rcur_u32(&r) == word;
	return ok && !node_sends(n);
}

static inline void node_hears_nd(struct node *n, const struct nd_msg *m, const struct letter *l)
{
	uint8_t body[1500];
	struct wcur w = wcur_of(body, sizeof(body));
	struct letter from = *l;

	if (nd_emit(m, &w) < 0)
		tap(false, "a message that can be written");
	from.next = IP_PROTO_ICMPV6;
	from.hop_limit = l->hop_limit ? l->hop_limit : 255;
	node_hears(n, &from, body, (uint32_t)w.at, 0);
}

/* The next neighbour discovery message that it sends of this type; false: none. */
static inline bool node_says_nd(struct node *n, uint8_t type, struct nd_msg *m)
{
	while (node_sends(n)) {
		struct rcur r = rcur_of(n->sent + IPV6_HDR, n->sent_len - IPV6_HDR);

		if (n->sent[6] == IP_PROTO_ICMPV6 && n->sent[IPV6_HDR] == type &&
			nd_parse(m, &r) == 0)
			return true;
	}
	return false;
}

#endif
