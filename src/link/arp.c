/* SPDX-License-Identifier: ISC */
/*
 * arp.c - which station has an IPv4 address
 *
 * RFC 826 in its order, with what has been learnt since.  Nobody's packet makes an entry but a
 * question to us (H03).  And nobody's packet changes an entry that we have had an answer from:
 * when another station claims the address the known one is asked, alone; if it is gone, all are
 * asked anew.  So who moves is found within a few seconds, and who only says so is not.
 * Conflicts about our own addresses: arp_acd.c.
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

/* Answers a second, of all interfaces, and as many in a burst. */
enum { REPLIES_PER_SECOND = 1000 };

static const uint8_t everybody[ETHER_ADDR_LEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

/* ---- out --------------------------------------------------------------------------------- */

void arp_send(struct iface *i, const struct arp_msg *m, const uint8_t *dst)
{
	struct core *c = i->link->core;
	struct pkt *p = pkt_new(c->pool, ARP_LEN);

	if (!p) {
		i->count.out_discards++;
		NOTE(c, NOD_EV_ETH_DROP_NO_MEMORY, .interface = (uint16_t)i->index);
		return;
	}

	struct wcur w = wcur_of(pkt_put(p, ARP_LEN), ARP_LEN);

	arp_emit(m, &w);
	if (ipa_is_link_local(&m->sender)) /* RFC 3927 2.5: so that a conflict is heard */
		dst = NULL;
	NOTE(c, m->op == ARP_REQUEST ? NOD_EV_ARP_OUT_REQUEST : NOD_EV_ARP_OUT_REPLY,
		.packet = pkt_public(p), .interface = (uint16_t)i->index,
		.src = link_event_addr(i, &m->sender), .dst = link_event_addr(i, &m->target));
	iface_output(i, p, dst ? dst : everybody, ETHERTYPE_ARP);
}

/* neigh.c wants @n: everybody is asked, or that station alone. */
static void solicit(void *self, struct neigh *n, const uint8_t *mac)
{
	struct arp *a = self;
	struct iface *i = n->iface;
	struct arp_msg m = { .op = ARP_REQUEST, .target = n->addr };

	memcpy(m.sender_mac, i->mac, ETHER_ADDR_LEN);
	if (a->upper.source && a->upper.source(a->upper.self, i, &n->addr, &m.sender))
		arp_send(i, &m, mac);
}

static void unreachable(void *self, struct neigh *n, struct pkt *p)
{
	struct arp *a = self;

	if (a->upper.unreachable)
		a->upper.unreachable(a->upper.self, n, p);
}

static bool may_reply(struct arp *a)
{
	nod_ns now = a->link->core->now;

	if (a->reply_at < now - NOD_S)
		a->reply_at = now - NOD_S;
	if (a->reply_at > now - NOD_S / REPLIES_PER_SECOND)
		return false;
	a->reply_at += NOD_S / REPLIES_PER_SECOND;
	return true;
}

static void answer(struct arp *a, struct iface *i, const struct arp_msg *m)
{
	struct arp_msg reply = { .op = ARP_REPLY, .sender = m->target, .target = m->sender };

	if (!may_reply(a)) {
		NOTE(i->link->core, NOD_EV_ARP_DROP_RATE, .interface = (uint16_t)i->index,
			.src = link_event_addr(i, &m->sender));
		return;
	}
	memcpy(reply.sender_mac, i->mac, ETHER_ADDR_LEN);
	memcpy(reply.target_mac, m->sender_mac, ETHER_ADDR_LEN);
	arp_send(i, &reply, m->sender_mac);
}

/* ---- in ---------------------------------------------------------------------------------- */

static void drop(struct iface *i, struct pkt *p, enum nod_event_kind why, const struct arp_msg *m)
{
	NOTE(i->link->core, why, .packet = pkt_public(p), .interface = (uint16_t)i->index,
		.src = link_event_addr(i, &m->sender), .dst = link_event_addr(i, &m->target));
	pkt_free(p);
}

/* Whether one host can have this address. */
static bool is_host(const struct ipa *a)
{
	return a->o[12] != 0 && a->o[12] < 224 && !ipa_is_loopback(a);
}

/*
 * Nobody else's station may be the sender, no group's, and none without an address but one who
 * probes (H03).  What is our own has come back to us.
 */
static bool is_possible_sender(const struct iface *i, const struct arp_msg *m)
{
	if (ether_is_group(m->sender_mac) || ether_is_zero(m->sender_mac) ||
		memcmp(m->sender_mac, i->mac, ETHER_ADDR_LEN) == 0)
		return false;
	return is_host(&m->sender) || (ipa_is_any(&m->sender) && m->op == ARP_REQUEST);
}

/*
 * RFC 826's "merge": what @m says of its sender is used when he is known.  false: what it says
 * is not believed.
 */
static bool merge(struct neigh *n, const struct arp_msg *m, bool is_for_us)
{
	bool is_same = neigh_has_mac(n) && memcmp(n->mac, m->sender_mac, ETHER_ADDR_LEN) == 0;
	bool is_answer = m->op == ARP_REPLY && is_for_us;

	switch (n->state) {
	case NEIGH_INCOMPLETE:
		if (is_answer)
			neigh_heard(n, m->sender_mac, NEIGH_HEARD_SOLICITED);
		else
			neigh_asked_us(n, m->sender_mac); /* both ask at the same time */
		return true;
	case NEIGH_PROBE: /* that one was asked, and nobody else */
		if (is_same && is_answer)
			neigh_heard(n, m->sender_mac, NEIGH_HEARD_SOLICITED);
		return is_same;
	case NEIGH_REACHABLE:
	case NEIGH_STALE:
	case NEIGH_DELAY:
		if (is_same)
			return true;
		if (n->confirmed != NEIGH_NEVER) {
			neigh_doubt(n, "another station claims to be it");
			return false;
		}
		neigh_asked_us(n, m->sender_mac); /* known by hearsay, changed by hearsay */
		return true;
	case NEIGH_PERMANENT:
		return is_same;
	default: /* NONE, FAILED: it is there, after all */
		neigh_asked_us(n, m->sender_mac);
		return true;
	}
}

static void learn(struct arp *a, struct iface *i, const struct arp_msg *m, bool is_for_us)
{
	struct neigh *n = neigh_find(a->link, i, &m->sender);

	if (n ? !merge(n, m, is_for_us) : m->op == ARP_REPLY)
		NOTE(a->link->core, NOD_EV_ARP_DROP_UNSOLICITED, .interface = (uint16_t)i->index,
			.src = link_event_addr(i, &m->sender));
	if (n || !is_for_us || m->op != ARP_REQUEST)
		return;
	n = neigh_get(a->link, i, &m->sender); /* it will want to talk to us */
	if (n)
		neigh_asked_us(n, m->sender_mac);
}

/* RFC 826, "Packet Reception". */
static void input(void *self, struct iface *i, struct pkt *p)
{
	struct arp *a = self;
	struct arp_msg m = { 0 };

	NOTE(a->link->core, NOD_EV_ARP_IN, .packet = pkt_public(p),
		.interface = (uint16_t)i->index);
	(void)pkt_linear(p, ARP_LEN); /* if it is not, the parser says so */

	struct rcur r = rcur_of(p->data, p->lin);

	if (arp_parse(&m, &r) < 0 || (m.op != ARP_REQUEST && m.op != ARP_REPLY)) { /* (H02) */
		drop(i, p, NOD_EV_ARP_DROP_BAD, &m);
		return;
	}
	if (!is_possible_sender(i, &m)) {
		drop(i, p, NOD_EV_ARP_DROP_SENDER, &m);
		return;
	}
	if (!arp_acd_heard(a, i, &m)) {
		bool is_for_us = arp_is_ours(a, i, &m.target);

		if (!ipa_is_any(&m.sender))
			learn(a, i, &m, is_for_us);
		if (is_for_us && m.op == ARP_REQUEST)
			answer(a, i, &m);
	}
	pkt_free(p);
}

/* ---- the table of functions -------------------------------------------------------------- */

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
	a->luck = calloc(l->core->conf.interfaces, sizeof(a->luck[0]));
	if (!a->luck) {
		free(a);
		return -ENOMEM;
	}
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
	free(a->luck);
	free(a);
	l->arp = NULL;
}

void arp_set_upper(struct link *l, const struct arp_upper *u)
{
	l->arp->upper = *u;
}

void arp_iface_removed(struct iface *i)
{
	struct arp *a = i->link->arp;

	arp_acd_end(a, i);
	a->luck[i->index - 1] = (struct acd_luck){ 0 };
}
