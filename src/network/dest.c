/* SPDX-License-Identifier: ISC */
/*
 * dest.c - the destination cache
 *
 * An entry is right while its generation is the net's; what changes addresses, routes or
 * interfaces counts the net's generation on, and the entry is found again when it is next used
 * (its path MTU and redirect stay).
 *
 * Neighbours: dest.h, route.h, link/neigh.h.
 */
#include "dest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nd.h"
#include "route.h"

static const nod_ns pmtu_for = 600 * NOD_S; /* RFC 1191 6.3, RFC 8201 4: ten minutes */

struct dest_cache {
	struct table table;
	struct dest *oldest, *newest;
	struct dest *free;
};

int dest_init(struct net *n)
{
	n->dests = calloc(1, sizeof(*n->dests));
	if (!n->dests)
		return -ENOMEM;
	return table_init(&n->dests->table, 64);
}

static uint64_t hash_of(const struct net *n, const struct ipa *addr)
{
	return siphash13(&n->core->key, addr, sizeof(*addr));
}

static struct dest *of_addr(struct hnode *h, const struct ipa *addr)
{
	while (h && !ipa_equal(&container_of(h, struct dest, node)->addr, addr))
		h = table_next(h);
	return h ? container_of(h, struct dest, node) : NULL;
}

/* All entries for @addr, whatever was asked for beside it. */
static struct dest *first_of(const struct net *n, const struct ipa *addr)
{
	return of_addr(table_first(&n->dests->table, hash_of(n, addr)), addr);
}

static struct dest *next_of(struct dest *d)
{
	return of_addr(table_next(&d->node), &d->addr);
}

static struct dest *find(const struct net *n, const struct ipa *addr, const struct iface *i,
	const struct ipa *by)
{
	struct dest *d = n->dests->newest;

	/* most often it is the same again */
	if (d && d->asked == i && ipa_equal(&d->addr, addr) && ipa_equal(&d->by, by))
		return d;
	d = first_of(n, addr);
	while (d && (d->asked != i || !ipa_equal(&d->by, by)))
		d = next_of(d);
	return d;
}

static void take_out(struct dest_cache *c, struct dest *d)
{
	if (d->older)
		d->older->newer = d->newer;
	else
		c->oldest = d->newer;
	if (d->newer)
		d->newer->older = d->older;
	else
		c->newest = d->older;
}

static void put_newest(struct dest_cache *c, struct dest *d)
{
	d->older = c->newest;
	d->newer = NULL;
	if (c->newest)
		c->newest->newer = d;
	else
		c->oldest = d;
	c->newest = d;
}

static void let_neighbour_go(struct dest *d)
{
	if (d->neigh)
		neigh_unref(d->neigh);
	d->neigh = NULL;
}

void dest_unref(struct net *n, struct dest *d)
{
	if (--d->refs || !d->is_dead)
		return;
	d->newer = n->dests->free;
	n->dests->free = d;
}

static void leave(struct net *n, struct dest *d)
{
	let_neighbour_go(d);
	table_remove(&n->dests->table, &d->node);
	take_out(n->dests, d);
	d->is_dead = true;
	d->refs++;
	dest_unref(n, d);
}

void dest_iface_removed(struct net *n, const struct iface *i)
{
	for (struct dest *d = n->dests->oldest, *next; d; d = next) {
		next = d->newer;
		if (d->iface == i || d->asked == i)
			leave(n, d);
	}
}

void dest_end(struct net *n)
{
	struct dest_cache *c = n->dests;

	if (!c)
		return;
	while (c->oldest)
		leave(n, c->oldest);
	for (struct dest *d = c->free, *next; d; d = next) {
		next = d->newer;
		free(d);
	}
	table_free(&c->table);
	free(c);
	n->dests = NULL;
}

static struct dest *make(
	struct net *n, const struct ipa *addr, struct iface *i, const struct ipa *by)
{
	struct dest_cache *c = n->dests;
	struct dest *d;

	if (c->table.count >= n->core->conf.destinations)
		leave(n, c->oldest);
	d = c->free;
	if (d)
		c->free = d->newer;
	else
		d = malloc(sizeof(*d));
	if (!d)
		return NULL;
	*d = (struct dest){ .addr = *addr, .asked = i, .by = *by };
	table_put(&c->table, &d->node, hash_of(n, addr));
	put_newest(c, d);
	return d;
}

/* ---- the way ----------------------------------------------------------------------- */

/* RFC 1112 6.4, RFC 2464 7. */
static void group_mac(const struct ipa *group, uint8_t mac[6])
{
	if (ipa_is_v4(group)) {
		const uint8_t m[6] = { 0x01, 0x00, 0x5e, group->o[13] & 0x7f, group->o[14],
			group->o[15] };
		memcpy(mac, m, 6);
	} else {
		mac[0] = mac[1] = 0x33;
		memcpy(mac + 2, group->o + 12, 4);
	}
}

/* By which interface a group is sent to when none was asked for. */
static struct iface *group_iface(const struct net *n, const struct ipa *group)
{
	const struct route *r = route_find(n, group, NULL);

	if (r)
		return r->iface;
	for (unsigned i = 1; i <= n->link->n_iface; i++) {
		struct iface *f = iface_at(n->link, i);

		if (f && f->is_up && f->kind == IFACE_ETHERNET)
			return f;
	}
	return NULL;
}

static int to_many(struct net *n, struct dest *d, enum ip_cast cast)
{
	struct iface *i = d->asked ? d->asked : group_iface(n, &d->addr);

	if (!i)
		return -ENETUNREACH;
	if (!i->is_up)
		return -ENETDOWN;
	d->iface = i;
	d->cast = (uint8_t)cast;
	if (cast == IP_MULTICAST)
		group_mac(&d->addr, d->mac);
	else
		memset(d->mac, 0xff, sizeof(d->mac));
	if (!source_select(netif_of(i), &d->addr, NULL, &d->src))
		d->src = ipa_is_v4(&d->addr) ? IPA_ANY4 : IPA_ANY6;
	return 0;
}

/* @i: whose address it is. */
static void to_ourselves(struct net *n, struct dest *d, struct iface *i)
{
	struct iface *lo = iface_at(n->link, 1);

	d->is_local = true;
	d->iface = lo && lo->kind == IFACE_LOOPBACK ? lo : i;
	d->next_hop = d->addr;
}

static bool has_failed(const struct net *n, const struct iface *i, const struct ipa *hop)
{
	struct neigh *g = neigh_find(n->link, i, hop);

	return g && g->state == NEIGH_FAILED;
}

/*
 * By the router that was asked for, or by a redirect, while they answer and the route still
 * leaves by the same interface; else by the route.
 */
static void choose_hop(struct net *n, struct dest *d, const struct route *r)
{
	if (!ipa_is_any(&d->by) && !has_failed(n, r->iface, &d->by)) {
		d->iface = r->iface;
		d->next_hop = d->by;
		return;
	}
	if (d->is_redirected && d->iface == r->iface && !has_failed(n, d->iface, &d->next_hop))
		return;
	d->is_redirected = false;
	d->iface = r->iface;
	/* what is link-local is on the link, whatever the routes say (RFC 3927 2.6.2) */
	d->next_hop =
		ipa_is_any(&r->gateway) || ipa_is_link_local(&d->addr) ? d->addr : r->gateway;
}

static int to_one(struct net *n, struct dest *d)
{
	const struct route *r = route_find(n, &d->addr, d->asked);

	if (!r)
		return -ENETUNREACH;
	choose_hop(n, d, r);
	d->has_choice = r->origin == ROUTE_RA && !r->len && nd_has_choice(netif_of(d->iface));
	if (!source_select(netif_of(d->iface), &d->addr, &d->next_hop, &d->src))
		d->src = ipa_is_v4(&d->addr) ? IPA_ANY4 : IPA_ANY6;
	if (d->iface->kind == IFACE_LOOPBACK) {
		to_ourselves(n, d, d->iface);
		return 0;
	}
	if (ipa_is_loopback(&d->addr)) /* never on a wire: RFC 1122 3.2.1.3 (g) */
		return -ENETUNREACH;

	struct neigh *g = neigh_get(n->link, d->iface, &d->next_hop);

	if (!g)
		return -ENOBUFS;
	d->neigh = neigh_ref(g);
	return 0;
}

static bool is_broadcast(const struct net *n, const struct ipa *a, const struct iface *i)
{
	if (!ipa_is_v4(a))
		return false;
	if (ipa_v4(a) == UINT32_MAX)
		return true;
	for (unsigned k = 1; k <= n->link->n_iface; k++) {
		struct iface *f = iface_at(n->link, k);

		if (f && netif_of(f) && (!i || f == i) && ifaddr_is_broadcast(netif_of(f), a))
			return true;
	}
	return false;
}

/* Which of the interfaces has the directed broadcast address @a. */
static struct iface *broadcast_iface(const struct net *n, const struct ipa *a)
{
	for (unsigned k = 1; k <= n->link->n_iface; k++) {
		struct iface *f = iface_at(n->link, k);

		if (f && netif_of(f) && ifaddr_is_broadcast(netif_of(f), a))
			return f;
	}
	return NULL;
}

/*
 * Whether it is an address of ours: a link-local one only on the interface that was asked for.  By
 * the loopback whoever is one of us answers another, with whichever address.
 */
static bool is_ours(const struct net *n, const struct dest *d)
{
	bool is_anywhere = ipa_is_v4(&d->addr) || !ipa_is_link_local(&d->addr) ||
		(d->asked && d->asked->kind == IFACE_LOOPBACK);

	return ifaddr_is_ours(n, is_anywhere ? NULL : d->asked, &d->addr);
}

static int find_way(struct net *n, struct dest *d)
{
	struct ifaddr *own;
	int err;

	let_neighbour_go(d);
	d->is_local = d->has_choice = false;
	d->cast = IP_UNICAST;
	if (ipa_is_multicast(&d->addr)) {
		err = to_many(n, d, IP_MULTICAST);
	} else if (is_broadcast(n, &d->addr, d->asked)) {
		err = to_many(n, d, IP_BROADCAST);
		if (err == 0 && !d->asked && broadcast_iface(n, &d->addr))
			d->iface = broadcast_iface(n, &d->addr);
		if (err == 0 && !source_select(netif_of(d->iface), &d->addr, NULL, &d->src))
			d->src = IPA_ANY4;
	} else if (is_ours(n, d)) {
		own = ifaddr_find(n, NULL, &d->addr);
		to_ourselves(n, d, own->netif->iface);
		d->src = d->addr;
		err = 0;
	} else {
		err = to_one(n, d);
	}
	if (err < 0) {
		d->generation = 0;
		return err;
	}
	if (!d->pmtu_until)
		d->pmtu = d->iface->mtu;
	d->generation = n->generation;
	return 0;
}

int dest_get_by(struct net *n, const struct ipa *dst, struct iface *i, const struct ipa *by,
	struct dest **out)
{
	struct dest *d = find(n, dst, i, by);
	bool is_new = !d;
	int err;

	if (is_new) {
		d = make(n, dst, i, by);
	} else if (d != n->dests->newest) {
		take_out(n->dests, d);
		put_newest(n->dests, d);
	}
	if (!d)
		return -ENOBUFS;
	if (d->generation != n->generation || (d->neigh && d->neigh->is_dead)) {
		err = find_way(n, d);
		if (err < 0) {
			if (is_new) /* who asks for what is not there pushes nobody out for long */
				leave(n, d);
			return err;
		}
	}
	d->refs++;
	*out = d;
	return 0;
}

int dest_get(struct net *n, const struct ipa *dst, struct iface *i, struct dest **out)
{
	return dest_get_by(n, dst, i, &IPA_ANY6, out);
}

/* ---- what is learnt of a path ------------------------------------------------------ */

void dest_set_pmtu(struct net *n, const struct ipa *dst, uint32_t mtu)
{
	bool is_df_off = ipa_is_v4(dst) && mtu < IPV4_PMTU_LEAST;

	if (is_df_off)
		mtu = IPV4_PMTU_LEAST;
	/* whichever interface was asked for, the path beyond is the same */
	for (struct dest *d = first_of(n, dst); d; d = next_of(d)) {
		if (!d->iface || mtu >= dest_pmtu(n, d))
			continue; /* never larger than it was (IP4-13) */
		d->pmtu = mtu;
		d->pmtu_until = n->core->now + pmtu_for;
		d->is_df_off = is_df_off;
		NOTE(n->core, ipa_is_v4(dst) ? NOD_EV_ICMP4_PMTU : NOD_EV_ICMP6_PMTU,
			.interface = (uint16_t)d->iface->index, .dst = ipa_to_addr(dst, 0),
			.to = mtu);
	}
}

void dest_redirect(
	struct net *n, struct iface *i, const struct ipa *dst, const struct ipa *next_hop)
{
	for (struct dest *d = first_of(n, dst); d; d = next_of(d)) {
		if (d->iface != i || (d->asked && d->asked != i) || !ipa_is_any(&d->by))
			continue;
		d->is_redirected = true;
		d->next_hop = *next_hop;
		d->generation = 0; /* found again by the new hop */
	}
	NOTE(n->core, ipa_is_v4(dst) ? NOD_EV_ICMP4_REDIRECT : NOD_EV_ICMP6_REDIRECT,
		.interface = (uint16_t)i->index, .src = ipa_to_addr(next_hop, 0),
		.dst = ipa_to_addr(dst, 0));
}

void dest_hop_failed(struct net *n, const struct neigh *g, const struct ipa *dst)
{
	const struct route *r;

	if (ipa_equal(dst, &g->addr))
		return; /* it is not the hop that fails but the destination */
	r = route_find(n, dst, NULL);
	if (r && !ipa_equal(&r->gateway, &g->addr))
		n->generation++; /* RFC 1122 3.3.1.4 */
}

bool dest_uses(const struct net *n, const struct ipa *dst, const struct ipa *gateway)
{
	for (struct dest *d = first_of(n, dst); d; d = next_of(d))
		if (d->cast == IP_UNICAST && !d->is_local && ipa_equal(&d->next_hop, gateway))
			return true;
	return false;
}
