/* SPDX-License-Identifier: ISC */
/*
 * inet.h - one stack up to its network layer, on two Ethernet links, for tests
 *
 *	lo	127.0.0.1/8
 *	eth0	10.0.0.1/24; neighbours 10.0.0.2 (peer) and 10.0.0.254 (the default router)
 *	eth1	192.168.1.1/24; neighbour 192.168.1.2
 *
 * Protocol 253 (RFC 3692: for experiments) is the test's own: what reaches it is kept.  The
 * clock is the test's.  The octets behind a packet's end are poisoned for AddressSanitizer.
 */
#ifndef NOD_TEST_INET_H
#define NOD_TEST_INET_H

#include <errno.h>
#include <stdlib.h>

#include "base/checksum.h"
#include "base/poison.h"
#include "hex.h"
#include "link/arp.h"
#include "link/ether_wire.h"
#include "network/dest.h"
#include "network/icmp.h"
#include "network/icmp_wire.h"
#include "network/ipv4_wire.h"
#include "network/net.h"
#include "network/reasm.h"
#include "network/route.h"
#include "tap.h"

enum { PROTO_TEST = 253, COUNT_OF_PACKET = 65536 };

static const uint8_t mac_eth0[6] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t mac_eth1[6] = { 2, 0, 0, 0, 1, 1 };
static const uint8_t mac_peer[6] = { 2, 0, 0, 0, 0, 2 };
static const uint8_t mac_router[6] = { 2, 0, 0, 0, 0, 254 };
static const uint8_t mac_far[6] = { 2, 0, 0, 0, 1, 2 };
static const uint8_t mac_all[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
static const uint8_t mac_group[6] = { 1, 0, 0x5e, 0, 0, 1 };

#define ME	  IPA_V4(10, 0, 0, 1)
#define PEER	  IPA_V4(10, 0, 0, 2)
#define ROUTER	  IPA_V4(10, 0, 0, 254)
#define ME_EAST	  IPA_V4(192, 168, 1, 1)
#define PEER_EAST IPA_V4(192, 168, 1, 2)
#define OUTSIDE	  IPA_V4(198, 51, 100, 7)

/* The same as numbers, for tables. */
#define V4(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define V4_ME	       V4(10, 0, 0, 1)
#define V4_PEER	       V4(10, 0, 0, 2)
#define V4_ROUTER      V4(10, 0, 0, 254)
#define V4_ME_EAST     V4(192, 168, 1, 1)
#define V4_PEER_EAST   V4(192, 168, 1, 2)
#define V4_OUTSIDE     V4(198, 51, 100, 7)
#define V4_ALL	       V4(255, 255, 255, 255)

struct inet {
	struct core core;
	struct link link;
	struct net net;
	struct iface *lo, *eth0, *eth1;
	/* what protocol 253 was given last, and how often */
	unsigned n_in;
	struct ip_in in;
	uint32_t len;
	uint8_t data[COUNT_OF_PACKET];
	unsigned n_errors;
	struct ip_error error;
	bool knows_nothing;	   /* of what errors quote */
	uint64_t before[NOD_EV_N]; /* inet_mark() */
	struct pkt *out;	   /* the last one that inet_out() gave */
};

static inline void inet_take(void *self, struct pkt *p, const struct ip_in *in)
{
	struct inet *s = self;

	s->n_in++;
	s->in = *in;
	s->len = pkt_copy_out(p, 0, s->data, sizeof(s->data));
	pkt_free(p);
}

static inline void inet_error(void *self, const struct ip_error *e)
{
	struct inet *s = self;

	s->n_errors++;
	s->error = *e;
	s->error.quoted.p = NULL; /* borrowed */
}

static inline bool inet_is_known(void *self, const struct ip_error *e)
{
	(void)e;
	return !((struct inet *)self)->knows_nothing;
}

static inline void inet_must(bool ok, const char *what)
{
	if (!ok) {
		printf("Bail out! no %s\n", what);
		exit(99);
	}
}

static inline struct iface *inet_iface(struct inet *s, enum iface_kind kind, const char *name,
	const uint8_t *mac, uint32_t mtu)
{
	const struct iface_conf c = { .kind = kind, .name = name, .mac = mac, .mtu = mtu };
	int index = iface_add(&s->link, &c);

	inet_must(index > 0, "interface");
	struct iface *i = iface_at(&s->link, (unsigned)index);

	inet_must(net_iface_added(&s->net, i) == 0, "interface of the network layer");
	return i;
}

static inline struct ifaddr *inet_addr_add(
	struct iface *i, struct ipa addr, uint8_t len, enum ifaddr_origin origin)
{
	const struct ifaddr_conf c = {
		.addr = addr, .prefix_len = len, .origin = origin, .no_probe = true
	};
	struct ifaddr *a;

	inet_must(ifaddr_add(netif_of(i), &c, &a) == 0, "address");
	return a;
}

static inline unsigned inet_drain(struct inet *s)
{
	struct iface *all[] = { s->eth0, s->eth1 };
	struct pkt *p;
	unsigned n = 0;

	for (unsigned k = 0; k < 2; k++)
		while (all[k] && link_output(&s->link, all[k], &p, 1)) {
			pkt_free(p);
			n++;
		}
	return n;
}

static inline int inet_route(struct inet *s, struct ipa prefix, uint8_t len, struct iface *i,
	struct ipa gateway, uint32_t metric)
{
	const struct route r = {
		.prefix = prefix,
		.len = len,
		.origin = ROUTE_MANUAL,
		.preference = 1,
		.metric = metric,
		.iface = i,
		.gateway = gateway,
		.until = NOD_FOREVER,
	};

	return route_add(&s->net, &r);
}

/* The clock goes on, with a stop at each timer. */
static inline void inet_pass(struct inet *s, nod_ns span)
{
	nod_ns until = s->core.now + span;

	for (nod_ns next; (next = wheel_next(&s->core.wheel)) <= until;) {
		if (next > s->core.now)
			s->core.now = next;
		wheel_run(&s->core.wheel, s->core.now);
	}
	s->core.now = until;
	wheel_run(&s->core.wheel, until);
}

static inline void inet_mark(struct inet *s)
{
	memcpy(s->before, s->core.count, sizeof(s->before));
	s->n_in = s->n_errors = 0;
}

/* How often it happened since inet_mark(). */
static inline uint64_t inet_since(const struct inet *s, enum nod_event_kind kind)
{
	return s->core.count[kind] - s->before[kind];
}

/* Drops of any kind since inet_mark(). */
static inline uint64_t inet_drops(const struct inet *s)
{
	uint64_t n = 0;

	for (unsigned k = 0; k < NOD_EV_N; k++)
		if (nod_event_class((enum nod_event_kind)k) == NOD_EVENT_DROP)
			n += inet_since(s, (enum nod_event_kind)k);
	return n;
}

static inline void inet_open(struct inet *s, const struct nod_conf *given)
{
	const struct ip_protocol probe = {
		.number = PROTO_TEST,
		.input = inet_take,
		.error = inet_error,
		.is_known = inet_is_known,
		.self = s,
	};
	struct nod_conf conf = given ? *given : (struct nod_conf){ 0 };
	const struct {
		struct iface **i;
		struct ipa addr;
		const uint8_t *mac;
	} known[] = { { &s->eth0, PEER, mac_peer }, { &s->eth0, ROUTER, mac_router },
		{ &s->eth1, PEER_EAST, mac_far } };

	conf.no_ipv6 = true;
	memset(s, 0, sizeof(*s));
	inet_must(core_init(&s->core, &conf, 0) == 0, "core");
	inet_must(link_init(&s->link, &s->core) == 0, "link layer");
	inet_must(net_init(&s->net, &s->core, &s->link) == 0, "network layer");
	inet_must(net_register(&s->net, &probe) == 0, "protocol");
	s->lo = inet_iface(s, IFACE_LOOPBACK, "lo", NULL, 65536);
	s->eth0 = inet_iface(s, IFACE_ETHERNET, "eth0", mac_eth0, 1500);
	s->eth1 = inet_iface(s, IFACE_ETHERNET, "eth1", mac_eth1, 1500);
	inet_addr_add(s->lo, IPA_V4(127, 0, 0, 1), 8, IFADDR_LOOPBACK);
	inet_addr_add(s->eth0, ME, 24, IFADDR_MANUAL);
	inet_addr_add(s->eth1, ME_EAST, 24, IFADDR_MANUAL);
	for (unsigned k = 0; k < sizeof(known) / sizeof(known[0]); k++)
		inet_must(neigh_set(&s->link, *known[k].i, &known[k].addr, known[k].mac) == 0,
			"neighbour");
	inet_must(inet_route(s, IPA_ANY4, 0, s->eth0, ROUTER, 0) == 0, "default route");
	inet_pass(s, 10 * NOD_S); /* announcements */
	inet_drain(s);
	inet_mark(s);
}

/* Ends it; whether every packet came home and no timer is left. */
static inline bool inet_close(struct inet *s)
{
	bool is_home;

	inet_drain(s);
	pkt_free(s->out);
	net_end(&s->net);
	link_end(&s->link);
	is_home = pkt_pool_use(s->core.pool).pkts == 0 &&
		pkt_pool_use(s->core.pool).blocks == 0 && s->core.wheel.count == 0;
	core_end(&s->core);
	return is_home;
}

/* ---- what comes in --------------------------------------------------------------------- */

/* An IPv4 packet to be; what is 0 is what most want. */
struct inet_pkt {
	uint32_t src, dst; /* 0: from the peer, to us */
	bool from_nobody;  /* 0.0.0.0 */
	uint8_t protocol;  /* PROTO_TEST */
	uint8_t ttl;	   /* 64 */
	uint8_t tos;
	uint16_t id, offset; /* octets */
	bool more, df;
	const char *options; /* hex */
	const void *payload;
	uint32_t len;	    /* of the payload */
	const uint8_t *mac; /* where the frame goes: to us */
	bool bad_sum;
	int claim;	  /* added to the total length */
	uint32_t padding; /* octets behind it */
};

static inline bool inet_is_unset(const struct ipa *a)
{
	return a->q[0] == 0 && a->q[1] == 0;
}

static inline size_t inet_build(uint8_t *out, size_t cap, const struct inet_pkt *k)
{
	size_t options_len = 0;
	uint8_t *options = k->options ? from_hex(k->options, &options_len) : NULL;
	struct ipv4_hdr h = {
		.tos = k->tos,
		.len = (uint16_t)((int)(IPV4_HDR_LEAST + options_len + k->len) + k->claim),
		.id = k->id,
		.offset = k->offset,
		.more_fragments = k->more,
		.dont_fragment = k->df,
		.ttl = k->ttl ? k->ttl : 64,
		.protocol = k->protocol ? k->protocol : PROTO_TEST,
		.src = ipa_of_v4(k->from_nobody ? 0 :
				k->src		? k->src :
						  V4_PEER),
		.dst = ipa_of_v4(k->dst ? k->dst : V4_ME),
		.options = { options, options_len },
	};
	struct wcur w = wcur_of(out, cap);

	inet_must(ipv4_emit(&h, &w) == 0, "header");
	if (k->bad_sum)
		out[10] ^= 1;
	if (k->payload)
		wcur_put(&w, k->payload, k->len);
	else if (k->len)
		memset(wcur_take(&w, k->len), 0xa5, k->len);
	if (k->padding)
		memset(wcur_take(&w, k->padding), 0xee, k->padding);
	inet_must(!w.bad, "room");
	free(options);
	return w.at;
}

/* A frame with these octets behind its header arrives on @i. */
static inline void inet_frame_in(
	struct inet *s, struct iface *i, const uint8_t *dst, const void *octets, size_t len)
{
	const struct ether_hdr eth = { .type = ETHERTYPE_IPV4 };
	struct pkt *p = pkt_new(s->core.pool, (uint32_t)(ETHER_HDR_LEN + len));
	struct ether_hdr h = eth;
	struct wcur w;

	inet_must(p, "packet");
	memcpy(h.src, mac_peer, 6);
	memcpy(h.dst, dst ? dst : i->mac, 6);
	w = wcur_of(pkt_put(p, ETHER_HDR_LEN), ETHER_HDR_LEN);
	inet_must(ether_emit(&h, &w) == 0, "frame");
	if (len)
		memcpy(pkt_put(p, (uint32_t)len), octets, len);
	POISON(p->data + p->lin, pkt_tailroom(p));
	link_input(&s->link, i, p);
}

static inline void inet_in_by(struct inet *s, struct iface *i, const struct inet_pkt *k)
{
	static uint8_t octets[COUNT_OF_PACKET + 128];
	size_t len = inet_build(octets, sizeof(octets), k);

	inet_frame_in(s, i, k->mac, octets, len);
}

static inline void inet_in(struct inet *s, const struct inet_pkt *k)
{
	inet_in_by(s, s->eth0, k);
}

/* An ICMP message from @k->src on; its checksum is made. */
static inline void inet_icmp_in(struct inet *s, const struct inet_pkt *k, uint8_t type,
	uint8_t code, uint32_t word, const void *body, uint32_t len)
{
	static uint8_t octets[COUNT_OF_PACKET];
	struct inet_pkt with = *k;
	const struct icmp_msg m = {
		.family = NOD_IPV4,
		.type = type,
		.code = code,
		.word = word,
		.body = { body, len },
	};
	struct icmp_msg echo = m;
	struct wcur w = wcur_of(octets, sizeof(octets));

	echo.id = (uint16_t)(word >> 16);
	echo.seq = (uint16_t)word;
	inet_must(icmp_emit(type == 0 || type == 8 ? &echo : &m, 0, &w) == 0, "message");
	with.protocol = IP_PROTO_ICMP;
	with.payload = octets;
	with.len = (uint32_t)w.at;
	inet_in(s, &with);
}

/* ---- what goes out --------------------------------------------------------------------- */

struct inet_out {
	struct ether_hdr eth;
	struct ipv4_hdr h;
	const uint8_t *payload;
	uint32_t len;
};

/* The next IPv4 packet on @i's wire; its header's checksum is right, and it fits the MTU. */
static inline bool inet_out_by(struct inet *s, struct iface *i, struct inet_out *o)
{
	struct pkt *p;

	while (link_output(&s->link, i, &p, 1)) {
		struct rcur r;

		pkt_free(s->out);
		s->out = p;
		inet_must(pkt_linear(p, p->len), "linear packet");
		r = rcur_of(p->data, p->lin);
		if (ether_parse(&o->eth, &r) < 0 || o->eth.type != ETHERTYPE_IPV4)
			continue;
		if (ipv4_parse(&o->h, &r) < 0 ||
			checksum_end(checksum_add(0, p->data + o->eth.len, o->h.hdr_len)) !=
				0 ||
			o->h.len != p->len - o->eth.len || o->h.len > i->mtu)
			return false;
		o->payload = r.buf + r.at;
		o->len = (uint32_t)rcur_left(&r);
		return true;
	}
	return false;
}

static inline bool inet_out(struct inet *s, struct inet_out *o)
{
	return inet_out_by(s, s->eth0, o);
}

/* Whether the next packet out by @i is this ICMP message, its checksum right. */
static inline bool inet_icmp_out_by(
	struct inet *s, struct iface *i, uint8_t type, uint8_t code, struct inet_out *o)
{
	return inet_out_by(s, i, o) && o->h.protocol == IP_PROTO_ICMP && o->len >= 8 &&
		o->payload[0] == type && o->payload[1] == code &&
		icmp_sum_ok(o->payload, o->len, 0);
}

static inline bool inet_icmp_out(struct inet *s, uint8_t type, uint8_t code, struct inet_out *o)
{
	return inet_icmp_out_by(s, s->eth0, type, code, o);
}

static inline bool inet_is_silent(struct inet *s)
{
	return inet_drain(s) == 0;
}

/* Send @len octets by protocol 253.  As ip_send(). */
static inline int inet_send(struct inet *s, const struct ip_out *given, uint32_t len)
{
	struct ip_out o = *given;
	struct pkt *p = pkt_new(s->core.pool, len);
	uint8_t *at;

	inet_must(p, "packet");
	at = pkt_put(p, len);
	for (uint32_t k = 0; k < len; k++)
		at[k] = (uint8_t)k;
	p->sum = PKT_SUM_FILLED;
	if (!o.protocol)
		o.protocol = PROTO_TEST;
	if (inet_is_unset(&o.src))
		o.src = IPA_ANY4;
	return ip_send(&s->net, &o, p);
}

#endif
