/* SPDX-License-Identifier: ISC */
/*
 * arp_acd.c - is an IPv4 address free, and does it stay ours
 *
 * RFC 5227 (ARP-4): probes before an address is used (2.1.1), announcements when it is (2.3),
 * and its defence (2.4).  An address is watched here only while there is something to do:
 * arp_upper.is_ours() says which ones are ours.
 *
 * Neighbours: arp.h, arp_internal.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arp_internal.h"

/* RFC 5227 1.1 */
enum { PROBE_NUM = 3, ANNOUNCE_NUM = 2, MAX_CONFLICTS = 10 };
static const nod_ns probe_wait = 1 * NOD_S, probe_min = 1 * NOD_S, probe_max = 2 * NOD_S;
static const nod_ns announce_wait = 2 * NOD_S, announce_interval = 2 * NOD_S;
static const nod_ns rate_limit_interval = 60 * NOD_S, defend_interval = 10 * NOD_S;

enum acd_state { PROBING, ANNOUNCING, DEFENDING };

struct acd {
	struct acd *next;
	struct iface *iface;
	struct ipa addr;
	enum acd_state state;
	unsigned left;	 /* packets still to be sent */
	bool has_defended;
	nod_ns defended; /* when */
	struct timer timer;
};

static struct acd *find(const struct arp *a, const struct iface *i, const struct ipa *addr)
{
	struct acd *w = a->watch;

	while (w && !(w->iface == i && ipa_equal(&w->addr, addr)))
		w = w->next;
	return w;
}

static void forget(struct arp *a, struct acd *w)
{
	struct acd **at = &a->watch;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	timer_stop(&a->link->core->wheel, &w->timer);
	free(w);
}

void arp_acd_end(struct arp *a, const struct iface *i)
{
	for (struct acd *w = a->watch, *next; w; w = next) {
		next = w->next;
		if (!i || w->iface == i)
			forget(a, w);
	}
}

/* RFC 5227 1.1: a probe has no sender's address, an announcement has the same twice. */
static void tell(const struct acd *w, enum nod_event_kind kind)
{
	struct arp_msg m = {
		.op = ARP_REQUEST,
		.sender = kind == NOD_EV_ARP_PROBE ? IPA_ANY4 : w->addr,
		.target = w->addr,
	};

	memcpy(m.sender_mac, w->iface->mac, ETHER_ADDR_LEN);
	NOTE(w->iface->link->core, kind, .interface = (uint16_t)w->iface->index,
		.src = link_event_addr(w->iface, &w->addr));
	arp_send(w->iface, &m, NULL);
}

/* The probe is over: @mac has it, or, NULL, nobody has. */
static void probed(struct arp *a, struct acd *w, const uint8_t *mac)
{
	struct iface *i = w->iface;
	struct ipa addr = w->addr;

	if (mac)
		a->luck[i->index - 1].conflicts++;
	else
		a->luck[i->index - 1].conflicts = 0;
	forget(a, w);
	if (a->upper.probed)
		a->upper.probed(a->upper.self, i, &addr, !mac, mac);
}

static void fire(struct timer *t, int64_t now)
{
	struct acd *w = container_of(t, struct acd, timer);
	struct core *c = w->iface->link->core;
	struct arp *a = w->iface->link->arp;

	if (!w->left) {
		if (w->state == PROBING) {
			probed(a, w, NULL);
		} else if (w->has_defended && now < w->defended + defend_interval) {
			w->state = DEFENDING; /* a second conflict is another matter */
			timer_set(&c->wheel, t, w->defended + defend_interval);
		} else {
			forget(a, w);
		}
		return;
	}
	w->left--;
	if (w->state == PROBING) {
		tell(w, NOD_EV_ARP_PROBE);
		now += w->left ? probe_min + (nod_ns)prng_below64(&c->prng,
						     (uint64_t)(probe_max - probe_min) + 1) :
				 announce_wait;
	} else {
		tell(w, NOD_EV_ARP_ANNOUNCE);
		now += announce_interval;
	}
	timer_set(&c->wheel, t, now);
}

static struct acd *watch(struct iface *i, const struct ipa *addr, enum acd_state state)
{
	struct arp *a = i->link->arp;
	struct acd *w = find(a, i, addr);

	if (!w) {
		w = calloc(1, sizeof(*w));
		if (!w)
			return NULL;
		w->iface = i;
		w->addr = *addr;
		w->timer.fire = fire;
		w->next = a->watch;
		a->watch = w;
	}
	w->state = state;
	return w;
}

int arp_probe(struct iface *i, const struct ipa *addr)
{
	struct core *c = i->link->core;
	struct acd_luck *luck = &i->link->arp->luck[i->index - 1];
	struct acd *w = find(i->link->arp, i, addr);
	nod_ns begin = c->now;

	if (w && w->state == PROBING)
		return -EBUSY;
	w = watch(i, addr, PROBING);
	if (!w)
		return -ENOMEM;
	if (luck->conflicts >= MAX_CONFLICTS && begin < luck->probed + rate_limit_interval)
		begin = luck->probed + rate_limit_interval;
	luck->probed = begin;
	w->left = PROBE_NUM;
	timer_set(&c->wheel, &w->timer,
		begin + (nod_ns)prng_below64(&c->prng, (uint64_t)probe_wait + 1));
	return 0;
}

void arp_probe_stop(struct iface *i, const struct ipa *addr)
{
	struct acd *w = find(i->link->arp, i, addr);

	if (w)
		forget(i->link->arp, w);
}

void arp_announce(struct iface *i, const struct ipa *addr)
{
	struct acd *w = watch(i, addr, ANNOUNCING);

	if (!w)
		return; /* nobody is told: ARP works without */
	w->left = ANNOUNCE_NUM;
	fire(&w->timer, i->link->core->now);
}

static void note_conflict(struct iface *i, const struct ipa *addr)
{
	NOTE(i->link->core, NOD_EV_ARP_CONFLICT, .interface = (uint16_t)i->index,
		.src = link_event_addr(i, addr));
}

/* RFC 5227 2.4: the address is in use by us, and another station says that it has it (H03). */
static void defend(struct arp *a, struct iface *i, const struct ipa *addr, const uint8_t *mac)
{
	struct core *c = a->link->core;
	struct acd *w = find(a, i, addr);
	struct ipa kept = *addr;

	note_conflict(i, addr);
	if (!w) {
		w = watch(i, addr, DEFENDING);
		if (w) /* then it is forgotten */
			timer_set(&c->wheel, &w->timer, c->now + defend_interval);
	}
	if (!w)
		return;
	if (!w->has_defended || c->now - w->defended >= defend_interval) {
		w->has_defended = true;
		w->defended = c->now;
		if (w->state == DEFENDING)
			timer_set(&c->wheel, &w->timer, c->now + defend_interval);
		NOTE(c, NOD_EV_ARP_DEFEND, .interface = (uint16_t)i->index,
			.src = link_event_addr(i, addr));
		tell(w, NOD_EV_ARP_ANNOUNCE);
		return;
	}
	if (a->upper.lost) /* (b); if it keeps the address all the same: (c) */
		a->upper.lost(a->upper.self, i, &kept, mac);
}

bool arp_acd_heard(struct arp *a, struct iface *i, const struct arp_msg *m)
{
	/* somebody has what we probe, or probes it at the same time: 2.1.1 */
	const struct ipa *addr = ipa_is_any(&m->sender) ? &m->target : &m->sender;
	struct acd *w = find(a, i, addr);

	if (w && w->state == PROBING) {
		note_conflict(i, addr);
		probed(a, w, m->sender_mac);
		return true;
	}
	if (ipa_is_any(&m->sender) || !arp_is_ours(a, i, addr))
		return false; /* a probe of what is ours is answered like any question */
	defend(a, i, addr, m->sender_mac);
	return true;
}
