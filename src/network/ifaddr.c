/* SPDX-License-Identifier: ISC */
/*
 * ifaddr.c - this host's addresses: how they come into use and go
 *
 * RFC 5227 (IPv4: asked by ARP first), RFC 4862 5.4 and 5.5.4 (IPv6), RFC 1122 3.2.1.3 and
 * 3.3.6.  How an IPv6 address is tried is nd.c's.  This host takes a packet for any of its
 * addresses by any interface (RFC 1122 3.3.4.2's weak model, as Linux does), but for link-local
 * ones, which belong to their link.
 *
 * Neighbours: net.h, link/arp.h, nd.h, route.h.
 */
#include <errno.h>
#include <stdlib.h>

#include "../link/arp.h"
#include "dest.h"
#include "group.h"
#include "icmp.h"
#include "ip_internal.h"
#include "nd.h"
#include "route.h"

static unsigned bits_of(const struct ipa *a)
{
	return ipa_is_v4(a) ? 32 : 128;
}

/* Most addresses that are asked for are not ours; for those this is all that is done. */
static bool may_be_ours(const struct net *n, uint64_t hash)
{
	return n->local_hashes[hash >> 62] >> (hash >> 56 & 63) & 1;
}

static void note_hash(struct net *n, uint64_t hash)
{
	n->local_hashes[hash >> 62] |= UINT64_C(1) << (hash >> 56 & 63);
}

static void note_all_hashes(struct net *n)
{
	struct hnode *h;

	memset(n->local_hashes, 0, sizeof(n->local_hashes));
	for (uint64_t at = 0; (h = table_walk(&n->locals, &at));)
		note_hash(n, ipa_mix(&container_of(h, struct ifaddr, node)->addr));
}

struct ifaddr *ifaddr_find(const struct net *n, const struct iface *i, const struct ipa *addr)
{
	uint64_t hash = ipa_mix(addr);
	struct hnode *h;

	if (!may_be_ours(n, hash))
		return NULL;
	h = table_first(&n->locals, hash);
	for (; h; h = table_next(h)) {
		struct ifaddr *a = container_of(h, struct ifaddr, node);

		if (ipa_equal(&a->addr, addr) && (!i || a->netif->iface == i))
			return a;
	}
	return NULL;
}

static bool is_usable(const struct ifaddr *a)
{
	return a->state == IFADDR_PREFERRED || a->state == IFADDR_DEPRECATED;
}

bool ifaddr_is_ours(const struct net *n, const struct iface *i, const struct ipa *addr)
{
	struct ifaddr *a = n->last_local;
	uint64_t hash = ipa_mix(addr);
	struct hnode *h;

	if (!may_be_ours(n, hash))
		return false;
	if (a && ipa_equal(&a->addr, addr) && (!i || a->netif->iface == i) && is_usable(a))
		return true;
	h = table_first(&n->locals, hash);
	for (; h; h = table_next(h)) {
		a = container_of(h, struct ifaddr, node);
		if (ipa_equal(&a->addr, addr) && (!i || a->netif->iface == i) && is_usable(a)) {
			/* a memory of the answer, which changes none */
			((struct net *)(uintptr_t)n)->last_local = a;
			return true;
		}
	}
	return false;
}

bool ifaddr_is_broadcast(const struct netif *i, const struct ipa *dst)
{
	uint32_t to = ipa_v4(dst);

	if (!ipa_is_v4(dst) || i->iface->kind == IFACE_LOOPBACK)
		return false;
	for (const struct ifaddr *a = i->addrs; a; a = a->next) {
		uint32_t mask;

		if (!ipa_is_v4(&a->addr) || a->prefix_len > 30 || !a->prefix_len)
			continue; /* RFC 3021: /31 and /32 have none */
		mask = UINT32_MAX << (32 - a->prefix_len);
		if (to == (ipa_v4(&a->addr) | ~mask))
			return true;
	}
	return false;
}

/* ---- states ------------------------------------------------------------------------ */

/* 0, or why the route cannot be made. */
static int connect_route(struct ifaddr *a, bool on)
{
	struct net *n = a->netif->net;
	struct route r = {
		.prefix = a->addr,
		.len = a->prefix_len,
		.origin = ROUTE_LINK,
		.preference = 1,
		.iface = a->netif->iface,
		.gateway = ipa_is_v4(&a->addr) ? IPA_ANY4 : IPA_ANY6,
		.until = NOD_FOREVER,
	};

	if (a->prefix_len == bits_of(&a->addr))
		return 0;
	/* a learnt IPv6 prefix is on the link only when its router says so: nd_router.c */
	if (a->origin == IFADDR_SLAAC || a->origin == IFADDR_TEMPORARY)
		return 0;
	if (on) {
		int err = route_add(n, &r);

		return err == -EEXIST ? 0 : err;
	}
	for (const struct ifaddr *other = a->netif->addrs; other; other = other->next)
		if (other != a && is_usable(other) && other->prefix_len == a->prefix_len &&
			ipa_same_prefix(&other->addr, &a->addr, a->prefix_len))
			return 0;
	route_remove(n, &r.prefix, r.len, r.iface, &r.gateway);
	return 0;
}

/* The next change that time alone brings. */
static void arm(struct ifaddr *a)
{
	struct core *c = a->netif->net->core;
	nod_ns at = a->valid_until;

	if (a->state == IFADDR_PREFERRED && a->preferred_until < at)
		at = a->preferred_until;
	if (a->lacks_route && c->now + NOD_S < at)
		at = c->now + NOD_S;
	if (at == NOD_FOREVER)
		timer_stop(&c->wheel, &a->timer);
	else
		timer_set(&c->wheel, &a->timer, at);
}

static void fire(struct timer *t, int64_t now)
{
	struct ifaddr *a = container_of(t, struct ifaddr, timer);

	if (a->valid_until <= now) {
		ifaddr_remove(a);
		return;
	}
	if (a->lacks_route) /* there was no room: there may be now (H66) */
		a->lacks_route = connect_route(a, true) < 0;
	if (a->state == IFADDR_PREFERRED && a->preferred_until <= now)
		ifaddr_enter(a, IFADDR_DEPRECATED, "its preferred lifetime is over");
	else
		arm(a);
}

void ifaddr_enter(struct ifaddr *a, enum ifaddr_state state, const char *why)
{
	static const enum nod_event_kind kind[] = {
		[IFADDR_TENTATIVE] = NOD_EV_ADDR_TENTATIVE,
		[IFADDR_PREFERRED] = NOD_EV_ADDR_READY,
		[IFADDR_DEPRECATED] = NOD_EV_ADDR_DEPRECATED,
		[IFADDR_DUPLICATE] = NOD_EV_ADDR_DUPLICATE,
	};
	struct net *n = a->netif->net;
	enum ifaddr_state before = (enum ifaddr_state)a->state;

	a->state = (uint8_t)state;
	n->generation++;
	NOTE(n->core, kind[state], .interface = (uint16_t)a->netif->iface->index,
		.src = ipa_to_addr(&a->addr, 0), .from = before, .to = state, .why = why);
	if (state == IFADDR_PREFERRED && before == IFADDR_TENTATIVE) {
		a->lacks_route = connect_route(a, true) < 0;
		if (ipa_is_v4(&a->addr) && a->netif->iface->kind == IFACE_ETHERNET)
			arp_announce(a->netif->iface, &a->addr);
		group_address_ready(a);
	}
	if (state == IFADDR_DUPLICATE &&
		(before == IFADDR_PREFERRED || before == IFADDR_DEPRECATED))
		connect_route(a, false);
	if (state == IFADDR_PREFERRED || state == IFADDR_DEPRECATED)
		arm(a);
	if (n->addr_changed)
		n->addr_changed(n->addr_self, a);
}

/* ---- adding and removing ----------------------------------------------------------- */

static bool is_unicast(const struct ipa *a, enum ifaddr_origin origin)
{
	if (ipa_is_any(a) || ipa_is_multicast(a))
		return false;
	if (ipa_is_v4(a) && (a->o[12] == 0 || a->o[12] >= 240))
		return false;
	return !ipa_is_loopback(a) || origin == IFADDR_LOOPBACK;
}

/* 0, or why it cannot be used: who has not been told yet should know (H66). */
static int try_out(struct ifaddr *a, bool no_probe)
{
	struct iface *i = a->netif->iface;
	int err = 0;

	if (no_probe || i->kind == IFACE_LOOPBACK) {
		ifaddr_enter(a, IFADDR_PREFERRED, "used at once");
		if (!ipa_is_v4(&a->addr) && i->kind == IFACE_ETHERNET)
			err = nd_dad_skip(a);
		if (a->lacks_route)
			err = -ENOBUFS;
	} else if (!ipa_is_v4(&a->addr)) {
		err = nd_dad_start(a);
	} else if (arp_probe(i, &a->addr) < 0) {
		ifaddr_enter(a, IFADDR_PREFERRED, "no memory to probe it");
	}
	return err;
}

static nod_ns later(nod_ns now, nod_ns span)
{
	return !span || span > NOD_FOREVER - now ? NOD_FOREVER : now + span;
}

int ifaddr_add(struct netif *f, const struct ifaddr_conf *conf, struct ifaddr **out)
{
	struct net *n = f->net;
	struct ifaddr *a, **last = &f->addrs;
	int err;

	if (!is_unicast(&conf->addr, conf->origin) || conf->prefix_len > bits_of(&conf->addr))
		return -EINVAL;
	if (!ipa_is_v4(&conf->addr) && f->is_v6_off)
		return -EAFNOSUPPORT;
	if (ifaddr_find(n, f->iface, &conf->addr))
		return -EEXIST;
	if (f->n_addrs >= n->core->conf.addresses)
		return -ENOSPC;
	a = calloc(1, sizeof(*a));
	if (!a)
		return -ENOMEM;
	a->netif = f;
	a->addr = conf->addr;
	a->prefix_len = conf->prefix_len;
	a->origin = (uint8_t)conf->origin;
	a->since = n->core->now;
	a->preferred_until = later(n->core->now, conf->preferred);
	a->valid_until = later(n->core->now, conf->valid);
	a->timer.fire = fire;
	while (*last)
		last = &(*last)->next;
	*last = a;
	f->n_addrs++;
	table_put(&n->locals, &a->node, ipa_mix(&a->addr));
	note_hash(n, ipa_mix(&a->addr));
	a->state = IFADDR_TENTATIVE;
	NOTE(n->core, NOD_EV_ADDR_TENTATIVE, .interface = (uint16_t)f->iface->index,
		.src = ipa_to_addr(&a->addr, 0));
	err = try_out(a, conf->no_probe);
	if (err < 0) {
		ifaddr_remove(a);
		return err;
	}
	if (out)
		*out = a;
	return 0;
}

void ifaddr_remove(struct ifaddr *a)
{
	struct netif *f = a->netif;
	struct net *n = f->net;
	struct ifaddr **at = &f->addrs;

	if (is_usable(a))
		connect_route(a, false);
	if (ipa_is_v4(&a->addr))
		arp_probe_stop(f->iface, &a->addr);
	else
		nd_dad_stop(a);
	timer_stop(&n->core->wheel, &a->timer);
	table_remove(&n->locals, &a->node);
	note_all_hashes(n);
	if (n->last_local == a)
		n->last_local = NULL;
	while (*at != a)
		at = &(*at)->next;
	*at = a->next;
	f->n_addrs--;
	n->generation++;
	NOTE(n->core, NOD_EV_ADDR_GONE, .interface = (uint16_t)f->iface->index,
		.src = ipa_to_addr(&a->addr, 0));
	free(a);
}

void ifaddr_set_lifetimes(struct ifaddr *a, nod_ns preferred, nod_ns valid)
{
	nod_ns now = a->netif->net->core->now;

	a->preferred_until = later(now, preferred);
	a->valid_until = later(now, valid);
	if (a->state == IFADDR_DEPRECATED && a->preferred_until > now)
		ifaddr_enter(a, IFADDR_PREFERRED, "its preferred lifetime was renewed");
	else if (is_usable(a))
		arm(a);
}

/* ---- which address to send from ---------------------------------------------------- */

/*
 * One on the destination's own network, one that is not deprecated, one that is not link-local,
 * the one that came first: in this order.
 */
static bool is_better_source4(
	const struct ifaddr *a, const struct ifaddr *best, const struct ipa *dst)
{
	bool is_near = ipa_same_prefix(&a->addr, dst, a->prefix_len);
	bool was_near = ipa_same_prefix(&best->addr, dst, best->prefix_len);

	if (is_near != was_near)
		return is_near;
	if (a->state != best->state)
		return a->state == IFADDR_PREFERRED;
	return ipa_is_link_local(&best->addr) && !ipa_is_link_local(&a->addr);
}

bool source_select4(const struct netif *f, const struct ipa *dst, struct ipa *out)
{
	const struct ifaddr *best = NULL;

	for (const struct ifaddr *a = f->addrs; a; a = a->next) {
		if (!ipa_is_v4(&a->addr) || !is_usable(a))
			continue;
		if (!best || is_better_source4(a, best, dst))
			best = a;
	}
	if (best)
		*out = best->addr;
	return best;
}

bool source_select(
	const struct netif *f, const struct ipa *dst, const struct ipa *hop, struct ipa *out)
{
	struct net *n = f->net;

	if (!ipa_is_v4(dst))
		return source_select6(f, dst, hop, out);
	if (source_select4(f, dst, out))
		return true;
	/* an interface without one lends another's (RFC 1122 3.3.4.3 leaves it open) */
	for (unsigned i = 1; i <= n->link->n_iface; i++) {
		struct iface *other = iface_at(n->link, i);

		if (other && other->kind == IFACE_ETHERNET && netif_of(other) &&
			source_select4(netif_of(other), dst, out))
			return true;
	}
	return false;
}

/* ---- what ARP asks ----------------------------------------------------------------- */

static bool arp_is_ours(void *self, struct iface *i, const struct ipa *a)
{
	return netif_of(i) && ifaddr_is_ours(self, i, a);
}

static bool arp_source(void *self, struct iface *i, const struct ipa *to, struct ipa *out)
{
	(void)self;
	return source_select4(netif_of(i), to, out);
}

static void arp_probed(
	void *self, struct iface *i, const struct ipa *addr, bool is_free, const uint8_t *mac)
{
	struct ifaddr *a = ifaddr_find(self, i, addr);

	(void)mac;
	if (!a || a->state != IFADDR_TENTATIVE)
		return;
	if (is_free)
		ifaddr_enter(a, IFADDR_PREFERRED, "nobody else has it");
	else
		ifaddr_enter(a, IFADDR_DUPLICATE, "another station has it");
}

static void arp_lost(void *self, struct iface *i, const struct ipa *addr, const uint8_t *mac)
{
	struct ifaddr *a = ifaddr_find(self, i, addr);

	(void)mac;
	/* RFC 5227 2.4: what was given by hand is defended for ever, (c); the rest is given up */
	if (a && a->origin != IFADDR_MANUAL)
		ifaddr_enter(a, IFADDR_DUPLICATE, "another station will not let it go");
}

static void arp_unreachable(void *self, struct neigh *g, struct pkt *p)
{
	struct ipa dst;

	if (!p->l3)
		return;
	dst = ipa_from_v4(p->l3 + 16);
	dest_hop_failed(self, g, &dst);
	icmp_report(
		self, p, p->is_forwarded ? g->iface : NULL, ICMP_REPORT_HOST_UNREACHABLE, 0);
}

void ifaddr_init(struct net *n)
{
	const struct arp_upper upper = {
		.is_ours = arp_is_ours,
		.source = arp_source,
		.probed = arp_probed,
		.lost = arp_lost,
		.unreachable = arp_unreachable,
		.self = n,
	};

	arp_set_upper(n->link, &upper);
}
