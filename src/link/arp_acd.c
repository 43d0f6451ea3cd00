/* SPDX-License-Identifier: ISC */
/*
 * arp_acd.c - is an IPv4 address free, and does it stay ours
 *
 * RFC 5227: probes before an address is used (2.1.1), announcements when it is (2.3), defence
 * and, when that fails, giving it up (2.4 (b)) (ARP-4).
 *
 * Neighbours: arp.h, arp_internal.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arp_internal.h"
#include "ether_wire.h"

/* RFC 5227 1.1 */
enum { PROBE_NUM = 3, ANNOUNCE_NUM = 2 };
static const nod_ns probe_wait = 1 * NOD_S, probe_min = 1 * NOD_S, probe_max = 2 * NOD_S;
static const nod_ns announce_wait = 2 * NOD_S, announce_interval = 2 * NOD_S;
static const nod_ns defend_interval = 10 * NOD_S;

enum acd_state { PROBING, ANNOUNCING, DEFENDING };

struct acd {
	struct acd *next;
	struct iface *iface;
	struct ipa addr;
	enum acd_state state;
	unsigned left; /* packets still to be sent */
	nod_ns defended;
	struct timer timer;
};

static struct acd *find(struct arp *a, const struct iface *i, const struct ipa *addr)
{
	for (struct acd *w = a->watch; w; w = w->next)
		if (w->iface == i && ipa_equal(&w->addr, addr))
			return w;
	return NULL;
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

static void ask(struct acd *w, bool is_probe)
{
	struct arp_msg m = {
		.op = ARP_REQUEST,
		.sender = is_probe ? IPA_ANY4 : w->addr,
		.target = w->addr,
	};

	memcpy(m.sender_mac, w->iface->mac, 6);
	NOTE(w->iface->link->core, is_probe ? NOD_EV_ARP_PROBE : NOD_EV_ARP_ANNOUNCE,
		.interface = (uint16_t)w->iface->index);
	arp_send(w->iface, &m, NULL);
}

static void fire(struct timer *t, int64_t now)
{
	struct acd *w = container_of(t, struct acd, timer);
	struct core *c = w->iface->link->core;
	struct arp *a = w->iface->link->arp;

	if (w->state == PROBING && w->left) {
		ask(w, true);
		w->left--;
		timer_set(&c->wheel, t,
			now +
				(w->left ? probe_min + (nod_ns)prng_below64(&c->prng,
						   (uint64_t)(probe_max - probe_min)) :
					   announce_wait));
	} else if (w->state == PROBING) {
		struct iface *i = w->iface;
		struct ipa addr = w->addr;

		forget(a, w);
		if (a->upper.probed)
			a->upper.probed(a->upper.self, i, &addr, true, NULL);
	} else if (w->state == ANNOUNCING && w->left) {
		ask(w, false);
		w->left--;
		if (w->left)
			timer_set(&c->wheel, t, now + announce_interval);
		else
			w->state = DEFENDING;
	}
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
	struct acd *w = find(i->link->arp, i, addr);

	if (w && w->state == PROBING)
		return -EBUSY;
	w = watch(i, addr, PROBING);
	if (!w)
		return -ENOMEM;
	w->left = PROBE_NUM;
	timer_set(&c->wheel, &w->timer,
		c->now + (nod_ns)prng_below64(&c->prng, (uint64_t)probe_wait));
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
	struct core *c = i->link->core;
	struct acd *w = watch(i, addr, ANNOUNCING);

	if (!w)
		return;
	w->left = ANNOUNCE_NUM;
	w->defended = c->now - defend_interval - 1;
	fire(&w->timer, c->now);
}

/* The address is in use by us, and another station says that it has it. */
static void defend(struct arp *a, struct acd *w, const uint8_t mac[6])
{
	struct core *c = a->link->core;
	struct iface *i = w->iface;
	struct ipa addr = w->addr;

	NOTE(c, NOD_EV_ARP_CONFLICT, .interface = (uint16_t)i->index,
		.src = { .family = NOD_IPV4,
			.octet = { addr.o[12], addr.o[13], addr.o[14], addr.o[15] } });
	if (c->now - w->defended >= defend_interval) { /* 2.4 (b): once in a while */
		w->defended = c->now;
		NOTE(c, NOD_EV_ARP_DEFEND, .interface = (uint16_t)i->index);
		ask(w, false);
		return;
	}
	if (a->upper.lost)
		a->upper.lost(a->upper.self, i, &addr, mac);
}

bool arp_acd_heard(struct arp *a, struct iface *i, const struct arp_msg *m)
{
	/* somebody has what we probe, or probes it at the same time: 2.1.1 */
	struct acd *w = ipa_is_any(&m->sender) ? find(a, i, &m->target) : find(a, i, &m->sender);

	if (!w)
		return false;
	if (w->state == PROBING) {
		struct ipa addr = w->addr;
		uint8_t mac[6];

		if (ipa_is_any(&m->sender) && m->op != ARP_REQUEST)
			return false;
		memcpy(mac, m->sender_mac, 6);
		NOTE(a->link->core, NOD_EV_ARP_CONFLICT, .interface = (uint16_t)i->index);
		forget(a, w);
		if (a->upper.probed)
			a->upper.probed(a->upper.self, i, &addr, false, mac);
		return true;
	}
	if (ipa_is_any(&m->sender))
		return false; /* a probe of ours: answered like any question */
	defend(a, w, m->sender_mac);
	return true;
}
