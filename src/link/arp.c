/* SPDX-License-Identifier: ISC */
/*
 * arp.c - which station has an IPv4 address
 *
 * RFC 826 in its order, with what has been learnt since: nothing is believed that was not asked
 * for when there is a live entry, and nobody's packet makes an entry but a question to us.
 * Conflicts: arp_acd.c.
 *
 * Neighbours: arp.h, arp_wire.h, neigh.c (the entries).
 */
#include "arp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arp_internal.h"
#include "ether_wire.h"
#include "neigh.h"

static const uint8_t everybody[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

void arp_send(struct iface *i, const struct arp_msg *m, const uint8_t *dst)
{
	struct core *c = i->link->core;
	struct pkt *p = pkt_new(c->pool, ARP_LEN);

	if (!p) {
		NOTE(c, NOD_EV_ETH_DROP_NO_MEMORY, .interface = (uint16_t)i->index);
		return;
	}

	struct wcur w = wcur_of(pkt_put(p, ARP_LEN), ARP_LEN);

	arp_emit(m, &w);
	NOTE(c, m->op == ARP_REQUEST ? NOD_EV_ARP_OUT_REQUEST : NOD_EV_ARP_OUT_REPLY,
		.packet = pkt_public(p), .interface = (uint16_t)i->index);
	iface_output(i, p, dst ? dst : everybody, ETHERTYPE_ARP);
}

/* neigh.c wants @n: everybody is asked, or that station alone. */
static void solicit(void *self, struct neigh *n, const uint8_t *mac)
{
	struct arp *a = self;
	struct iface *i = n->iface;
	struct arp_msg m = { .op = ARP_REQUEST, .target = n->addr };

	memcpy(m.sender_mac, i->mac, 6);
	if (!a->upper.source || !a->upper.source(a->upper.self, i, &n->addr, &m.sender))
		return;
	arp_send(i, &m, mac);
}

static void unreachable(void *self, struct neigh *n, struct pkt *p)
{
	struct arp *a = self;

	if (a->upper.unreachable)
		a->upper.unreachable(a->upper.self, n, p);
}

/* Whether a host can have this address. */
static bool is_host(const struct ipa *a)
{
	return !ipa_is_multicast(a) && !ipa_is_loopback(a) && a->o[12] < 240 && a->o[12] != 0;
}

static void drop(struct iface *i, struct pkt *p, enum nod_event_kind why)
{
	NOTE(i->link->core, why, .packet = pkt_public(p), .interface = (uint16_t)i->index);
	pkt_free(p);
}

/* At most conf'd many answers a second: a bucket of two seconds' worth. */
static bool may_reply(struct arp *a, nod_ns now)
{
	enum { A_SECOND = 1000 };
	nod_ns gap = NOD_S / A_SECOND;

	if (a->reply_at < now - NOD_S)
		a->reply_at = now - NOD_S;
	if (a->reply_at > now)
		return false;
	a->reply_at += gap;
	return true;
}

static void answer(struct arp *a, struct iface *i, const struct arp_msg *m)
{
	struct arp_msg reply = { .op = ARP_REPLY, .sender = m->target, .target = m->sender };

	if (!may_reply(a, i->link->core->now)) {
		NOTE(i->link->core, NOD_EV_ARP_DROP_RATE, .interface = (uint16_t)i->index);
		return;
	}
	memcpy(reply.sender_mac, i->mac, 6);
	memcpy(reply.target_mac, m->sender_mac, 6);
	arp_send(i, &reply, m->sender_mac);
}

/* RFC 826's merge flag: what is known already is brought up to date, with care (H03). */
static bool merge(struct arp *a, struct iface *i, const struct arp_msg *m, bool is_for_us)
{
	struct neigh *n = neigh_find(a->link, i, &m->sender);
	bool was_asked;

	if (!n)
		return false;
	was_asked = m->op == ARP_REPLY && is_for_us &&
		(n->state == NEIGH_INCOMPLETE || n->state == NEIGH_PROBE);
	if (was_asked) {
		neigh_heard(n, m->sender_mac, NEIGH_HEARD_SOLICITED | NEIGH_HEARD_OVERRIDE);
		return true;
	}
	if (memcmp(n->mac, m->sender_mac, 6) == 0)
		return true;
	if (n->state == NEIGH_STALE || n->state == NEIGH_FAILED) {
		/* it moved, or says so: used, it is asked by unicast soon (DELAY, PROBE) */
		neigh_heard(n, m->sender_mac, NEIGH_HEARD_OVERRIDE);
		return true;
	}
	NOTE(a->link->core, NOD_EV_ARP_DROP_UNSOLICITED, .interface = (uint16_t)i->index);
	neigh_heard(n, m->sender_mac, 0); /* REACHABLE becomes STALE: verified when used */
	return true;
}

static void input(void *self, struct iface *i, struct pkt *p)
{
	struct arp *a = self;
	struct arp_msg m;
	struct rcur r = rcur_of(p->data, p->lin);

	NOTE(a->link->core, NOD_EV_ARP_IN, .packet = pkt_public(p),
		.interface = (uint16_t)i->index);
	if (arp_parse(&m, &r) < 0 || (m.op != ARP_REQUEST && m.op != ARP_REPLY)) { /* (H02) */
		drop(i, p, NOD_EV_ARP_DROP_BAD);
		return;
	}
	if (ether_is_group(m.sender_mac) || ether_is_zero(m.sender_mac) ||
		!(is_host(&m.sender) || ipa_is_any(&m.sender))) { /* (H03) */
		drop(i, p, NOD_EV_ARP_DROP_SENDER);
		return;
	}
	if (memcmp(m.sender_mac, i->mac, 6) == 0) { /* our own, come back */
		drop(i, p, NOD_EV_ARP_DROP_SENDER);
		return;
	}

	bool is_for_us = a->upper.is_ours && a->upper.is_ours(a->upper.self, i, &m.target);

	if (arp_acd_heard(a, i, &m)) {
		pkt_free(p);
		return;
	}
	if (!ipa_is_any(&m.sender)) {
		bool is_known = merge(a, i, &m, is_for_us);

		if (!is_known && is_for_us && m.op == ARP_REQUEST &&
			a->link->neigh) { /* it will want to talk to us */
			struct neigh *n = neigh_get(a->link, i, &m.sender);

			if (n)
				neigh_asked_us(n, m.sender_mac);
		} else if (!is_known && m.op == ARP_REPLY) {
			NOTE(a->link->core, NOD_EV_ARP_DROP_UNSOLICITED,
				.interface = (uint16_t)i->index);
		}
	}
	if (is_for_us && m.op == ARP_REQUEST)
		answer(a, i, &m);
	pkt_free(p);
}

int arp_init(struct link *l)
{
	struct arp *a = calloc(1, sizeof(*a));
	const struct link_upper upper = { .ethertype = ETHERTYPE_ARP, .input = input, .self = a };
	const struct neigh_protocol protocol = {
		.solicit = solicit,
		.unreachable = unreachable,
		.self = a,
	};

	if (!a)
		return -ENOMEM;
	a->link = l;
	a->reply_at = l->core->now - NOD_S;
	l->arp = a;
	neigh_register(l, true, &protocol);
	return link_register(l, &upper);
}

void arp_end(struct link *l)
{
	struct arp *a = l->arp;

	arp_acd_end(a, NULL);
	free(a);
	l->arp = NULL;
}

void arp_set_upper(struct link *l, const struct arp_upper *u)
{
	l->arp->upper = *u;
}

void arp_iface_removed(struct iface *i)
{
	arp_acd_end(i->link->arp, i);
}
