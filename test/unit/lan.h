/* SPDX-License-Identifier: ISC */
/*
 * lan.h - one stack's link layer and nothing above it, for tests
 *
 * Its clock is the test's, its wire is what link_output() gives and link_input() takes, and the
 * octets behind a frame's end are poisoned, so that AddressSanitizer sees the first octet read
 * too far.
 */
#ifndef NOD_TEST_LAN_H
#define NOD_TEST_LAN_H

#include <stdlib.h>

#include "base/poison.h"
#include "hex.h"
#include "link/arp.h"
#include "link/arp_wire.h"
#include "link/ether_wire.h"
#include "link/link.h"
#include "link/neigh.h"
#include "physical/device.h"
#include "tap.h"

static const uint8_t my_mac[6] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t peer_mac[6] = { 2, 0, 0, 0, 0, 2 };
static const uint8_t other_mac[6] = { 2, 0, 0, 0, 0, 3 };
static const uint8_t all_mac[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
static const uint8_t no_mac[6];

#define ME    IPA_V4(10, 0, 0, 1)
#define PEER  IPA_V4(10, 0, 0, 2)
#define OTHER IPA_V4(10, 0, 0, 3)
#define NOBODY IPA_ANY4

struct lan {
	struct core core;
	struct link link;
	struct iface *i;
	/* what the layer above was given, and told */
	struct pkt *up;	      /* the last one */
	unsigned n_up;
	struct ipa ours;      /* what is_ours() says yes to */
	bool has_no_source;
	unsigned n_free, n_taken, n_lost, n_unreachable;
	uint8_t taken_by[6];
	bool gives_up; /* an address that was lost */
};

static inline void lan_up(void *self, struct iface *i, struct pkt *p)
{
	struct lan *l = self;

	(void)i;
	pkt_free(l->up);
	l->up = p;
	l->n_up++;
}

static inline bool lan_is_ours(void *self, struct iface *i, const struct ipa *addr)
{
	(void)i;
	return ipa_equal(&((struct lan *)self)->ours, addr);
}

static inline bool lan_source(void *self, struct iface *i, const struct ipa *to, struct ipa *out)
{
	struct lan *l = self;

	(void)i;
	(void)to;
	*out = l->ours;
	return !l->has_no_source;
}

static inline void lan_probed(
	void *self, struct iface *i, const struct ipa *addr, bool is_free, const uint8_t *mac)
{
	struct lan *l = self;

	(void)i;
	(void)addr;
	l->n_free += is_free;
	l->n_taken += !is_free;
	if (mac)
		memcpy(l->taken_by, mac, 6);
}

static inline void lan_lost(
	void *self, struct iface *i, const struct ipa *addr, const uint8_t *mac)
{
	struct lan *l = self;

	(void)i;
	(void)addr;
	(void)mac;
	l->n_lost++;
	if (l->gives_up)
		l->ours = IPA_ANY4;
}

static inline void lan_unreachable(void *self, struct neigh *n, struct pkt *p)
{
	(void)n;
	(void)p;
	((struct lan *)self)->n_unreachable++;
}

/* @conf and @ic may be NULL: a stack of defaults, Ethernet of 1,500 octets that can nothing. */
static inline void lan_open(
	struct lan *l, const struct nod_conf *conf, const struct iface_conf *ic)
{
	const struct iface_conf plain = { .name = "eth0", .mac = my_mac, .mtu = 1500 };
	const struct link_upper upper = {
		.ethertype = ETHERTYPE_IPV4, .input = lan_up, .self = l };
	const struct arp_upper arp = {
		.is_ours = lan_is_ours,
		.source = lan_source,
		.probed = lan_probed,
		.lost = lan_lost,
		.unreachable = lan_unreachable,
		.self = l,
	};
	int index;

	*l = (struct lan){ .ours = ME };
	if (core_init(&l->core, conf, 0) < 0 || link_init(&l->link, &l->core) < 0 ||
		link_register(&l->link, &upper) < 0 ||
		(index = iface_add(&l->link, ic ? ic : &plain)) < 0) {
		printf("Bail out! no link layer\n");
		exit(99);
	}
	arp_set_upper(&l->link, &arp);
	l->i = iface_at(&l->link, (unsigned)index);
}

/* The clock goes to @until, with a stop at each timer. */
static inline void lan_until(struct lan *l, nod_ns until)
{
	for (nod_ns next; (next = wheel_next(&l->core.wheel)) <= until;) {
		if (next > l->core.now)
			l->core.now = next;
		wheel_run(&l->core.wheel, l->core.now);
	}
	l->core.now = until;
	wheel_run(&l->core.wheel, until);
}

static inline void lan_pass(struct lan *l, nod_ns span)
{
	lan_until(l, l->core.now + span);
}

/* The next frame on the wire, or NULL; to be freed. */
static inline struct pkt *lan_out(struct lan *l)
{
	struct pkt *p;

	return link_output(&l->link, l->i, &p, 1) ? p : NULL;
}

static inline unsigned lan_drain(struct lan *l)
{
	unsigned n = 0;

	for (struct pkt *p; (p = lan_out(l)); n++)
		pkt_free(p);
	return n;
}

/* Ends it; whether every packet came home. */
static inline bool lan_close(struct lan *l)
{
	bool is_home;

	lan_drain(l);
	pkt_free(l->up);
	link_end(&l->link);
	is_home = pkt_pool_use(l->core.pool).pkts == 0 && pkt_pool_use(l->core.pool).blocks == 0 &&
		l->core.wheel.count == 0;
	core_end(&l->core);
	return is_home;
}

/* A packet of these octets; what lies behind them may not be read. */
static inline struct pkt *lan_pkt(struct lan *l, const void *octets, size_t len)
{
	struct pkt *p = pkt_new(l->core.pool, (uint32_t)len);

	if (!p) {
		printf("Bail out! no packet\n");
		exit(99);
	}
	if (len)
		memcpy(pkt_put(p, (uint32_t)len), octets, len);
	POISON(p->data + len, pkt_tailroom(p));
	return p;
}

static inline void lan_in(struct lan *l, const void *octets, size_t len)
{
	link_input(&l->link, l->i, lan_pkt(l, octets, len));
}

static inline void lan_in_hex(struct lan *l, const char *hex)
{
	size_t len;
	uint8_t *octets = from_hex(hex, &len);

	lan_in(l, octets, len);
	free(octets);
}

/* An IPv4 packet, as far as the link layer looks: @len octets. */
static inline struct pkt *lan_ip(struct lan *l, uint32_t len)
{
	static const uint8_t octets[65536] = { 0x45 };

	return lan_pkt(l, octets, len);
}

/* ---- ARP ---- */

struct lan_arp {
	uint16_t op;
	struct ipa sender, target;
	const uint8_t *sender_mac, *target_mac, *dst;
};

/* @len: of the frame, cut or padded with zeros; ETHER_HDR_LEN + ARP_LEN is all of it. */
static inline size_t lan_arp_frame(uint8_t *out, const struct lan_arp *a)
{
	struct ether_hdr eth = { .type = ETHERTYPE_ARP };
	struct arp_msg m = { .op = a->op, .sender = a->sender, .target = a->target };
	struct wcur w = wcur_of(out, ETHER_HDR_LEN + ARP_LEN);

	memcpy(eth.src, ether_is_group(a->sender_mac) ? peer_mac : a->sender_mac, 6);
	if (ether_is_zero(eth.src))
		memcpy(eth.src, peer_mac, 6);
	memcpy(eth.dst, a->dst ? a->dst : a->op == ARP_REPLY ? my_mac : all_mac, 6);
	memcpy(m.sender_mac, a->sender_mac, 6);
	memcpy(m.target_mac, a->target_mac ? a->target_mac : no_mac, 6);
	if (ether_emit(&eth, &w) < 0 || arp_emit(&m, &w) < 0)
		abort();
	return w.at;
}

static inline void lan_arp_in(struct lan *l, const struct lan_arp *a)
{
	uint8_t frame[ETHER_HDR_LEN + ARP_LEN];

	lan_in(l, frame, lan_arp_frame(frame, a));
}

static inline void lan_ask(struct lan *l, struct ipa sender, const uint8_t *mac, struct ipa target)
{
	lan_arp_in(l, &(struct lan_arp){ ARP_REQUEST, sender, target, mac, NULL, NULL });
}

static inline void lan_answer(struct lan *l, struct ipa sender, const uint8_t *mac)
{
	lan_arp_in(l, &(struct lan_arp){ ARP_REPLY, sender, ME, mac, my_mac, NULL });
}

/* The next frame out is ARP: what it says and to whom.  false: it is not, or there is none. */
static inline bool lan_arp_out(struct lan *l, struct arp_msg *m, struct ether_hdr *eth)
{
	struct pkt *p = lan_out(l);
	bool ok = false;

	if (p) {
		struct rcur r = rcur_of(p->data, p->lin);

		ok = ether_parse(eth, &r) == 0 && eth->type == ETHERTYPE_ARP &&
			arp_parse(m, &r) == 0;
	}
	pkt_free(p);
	return ok;
}

/* Whether the next frame out asks for @target, from us; @mac: whom. */
static inline bool lan_asks(struct lan *l, struct ipa target, const uint8_t *mac)
{
	struct arp_msg m;
	struct ether_hdr eth;

	return lan_arp_out(l, &m, &eth) && m.op == ARP_REQUEST &&
		ipa_equal(&m.target, &target) && ipa_equal(&m.sender, &l->ours) &&
		memcmp(m.sender_mac, my_mac, 6) == 0 && ether_is_zero(m.target_mac) &&
		memcmp(eth.dst, mac, 6) == 0;
}

#endif
