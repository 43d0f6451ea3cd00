/* SPDX-License-Identifier: ISC */
/*
 * neigh_table.c - the entries for neighbours: made, found, ordered by use, taken away
 *
 * RFC 6583: a scan of a large network, or a flood from invented addresses, must not push out
 * the neighbours that are talked to.  So there are two orders of use, and those that nobody
 * here ever sent to go first.  What they become: neigh.c.
 *
 * Neighbours: neigh.h, neigh_internal.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "neigh_internal.h"

enum { SLAB = 64 /* entries */, FAMILIES = 2 };

static const nod_ns idle_for = 60 * NOD_S; /* then it may go, beyond half the limit */

struct neigh_slab {
	struct neigh_slab *next;
	struct neigh entry[SLAB];
};

static const struct neigh_times default_times = {
	.base_reachable = 30 * NOD_S, /* RFC 4861 10 */
	.retrans = NOD_S, /* for IPv4, too: one request a second, RFC 1122 2.3.2.1 (ARP-2) */
	.delay_first = 5 * NOD_S,
	.multicast_asks = 3,
	.unicast_asks = 3,
};

int neigh_init(struct link *l)
{
	struct neigh_table *t = calloc(1, sizeof(*t));
	unsigned n = FAMILIES * l->core->conf.interfaces;

	if (!t)
		return -ENOMEM;
	t->link = l;
	t->times = calloc(n, sizeof(t->times[0]));
	if (!t->times || table_init(&t->table, 64) < 0) {
		free(t->times);
		free(t);
		return -ENOMEM;
	}
	for (unsigned i = 0; i < n; i++)
		t->times[i] = default_times;
	l->neigh = t;
	return 0;
}

void neigh_end(struct link *l)
{
	struct neigh_table *t = l->neigh;

	neigh_flush(l, NULL);
	for (struct neigh_slab *s = t->slabs, *next; s; s = next) {
		next = s->next;
		free(s);
	}
	table_free(&t->table);
	free(t->times);
	free(t);
	l->neigh = NULL;
}

void neigh_register(struct link *l, bool is_v4, const struct neigh_protocol *p)
{
	l->neigh->protocol[is_v4] = *p;
}

struct neigh_times *neigh_times(struct iface *i, bool is_v4)
{
	return &i->link->neigh->times[FAMILIES * (i->index - 1) + is_v4];
}

/* ---- the orders of use ------------------------------------------------------------------ */

static void take_out(struct neigh *n)
{
	struct neigh_list *l = &n->table->list[n->list];

	if (n->older)
		n->older->newer = n->newer;
	else
		l->oldest = n->newer;
	if (n->newer)
		n->newer->older = n->older;
	else
		l->newest = n->older;
	n->older = n->newer = NULL;
}

static void put_newest(struct neigh *n, enum neigh_list_name list)
{
	struct neigh_list *l = &n->table->list[list];

	n->list = (uint8_t)list;
	n->older = l->newest;
	n->newer = NULL;
	if (l->newest)
		l->newest->newer = n;
	else
		l->oldest = n;
	l->newest = n;
}

void neigh_touch(struct neigh *n, enum neigh_list_name list)
{
	n->used = neigh_core(n)->now;
	take_out(n);
	put_newest(n, list);
}

/* ---- entries ---------------------------------------------------------------------------- */

struct neigh_key {
	struct ipa addr;
	uint64_t index;
};

static uint64_t hash_of(const struct link *l, const struct iface *i, const struct ipa *addr)
{
	const struct neigh_key key = { .addr = *addr, .index = i->index };

	return siphash13(&l->core->key, &key, sizeof(key));
}

static struct neigh *find(
	struct link *l, const struct iface *i, const struct ipa *addr, uint64_t hash)
{
	struct hnode *h = table_first(&l->neigh->table, hash);

	for (; h; h = table_next(h)) {
		struct neigh *n = container_of(h, struct neigh, node);

		if (n->iface == i && ipa_equal(&n->addr, addr))
			return n;
	}
	return NULL;
}

struct neigh *neigh_find(struct link *l, const struct iface *i, const struct ipa *addr)
{
	return find(l, i, addr, hash_of(l, i, addr));
}

static void give_back(struct neigh *n)
{
	n->newer = n->table->free;
	n->table->free = n;
}

void neigh_unref(struct neigh *n)
{
	if (--n->refs == 0 && n->is_dead)
		give_back(n);
}

void neigh_leave(struct neigh *n)
{
	struct neigh_table *t = n->table;
	enum neigh_state before = n->state;

	neigh_ref(n); /* until the end of this: telling may make and take entries */
	if (before != NEIGH_NONE)
		neigh_enter(n, NEIGH_NONE, "forgotten");
	table_remove(&t->table, &n->node);
	take_out(n);
	n->is_dead = true;
	NEIGH_NOTE(n, NOD_EV_NEIGH_GONE, .from = before);
	neigh_refuse_waiting(n);
	n->iface = NULL;
	neigh_unref(n);
}

static bool make_room(struct neigh_table *t)
{
	struct neigh *n = t->list[NEIGH_STRANGERS].oldest;

	if (!n)
		n = t->list[NEIGH_WANTED].oldest;
	if (!n)
		return false;
	neigh_leave(n);
	return true;
}

/* Those that lie idle: a few with each new entry, so that it takes no timer of its own. */
static void collect(struct neigh_table *t)
{
	nod_ns before = t->link->core->now - idle_for;

	for (unsigned l = NEIGH_STRANGERS; l <= NEIGH_WANTED; l++) {
		struct neigh *n = t->list[l].oldest;

		if (n && n->used <= before && (n->state == NEIGH_STALE || !neigh_has_mac(n)))
			neigh_leave(n);
	}
}

static struct neigh *take_free(struct neigh_table *t)
{
	if (!t->free) {
		struct neigh_slab *s = malloc(sizeof(*s));

		if (!s)
			return NULL;
		s->next = t->slabs;
		t->slabs = s;
		for (unsigned i = SLAB; i--;) {
			s->entry[i].table = t;
			give_back(&s->entry[i]);
		}
	}

	struct neigh *n = t->free;

	t->free = n->newer;
	return n;
}

struct neigh *neigh_get(struct link *l, struct iface *i, const struct ipa *addr)
{
	struct neigh_table *t = l->neigh;
	uint64_t hash = hash_of(l, i, addr);
	struct neigh *n = find(l, i, addr, hash);
	uint32_t limit = l->core->conf.neighbours;

	if (n)
		return n;
	if (t->table.count > limit / 2)
		collect(t);
	/* again: whose packets are refused when one leaves is told so, by way of a neighbour */
	while (t->table.count >= limit)
		if (!make_room(t)) {
			NOTE(l->core, NOD_EV_NEIGH_DROP_FULL, .interface = (uint16_t)i->index,
				.dst = link_event_addr(i, addr));
			return NULL;
		}
	n = find(l, i, addr, hash); /* it may have been this one */
	if (n)
		return n;
	n = take_free(t);
	if (!n)
		return NULL;
	*n = (struct neigh){
		.table = t,
		.iface = i,
		.addr = *addr,
		.used = l->core->now,
		.confirmed = NEIGH_NEVER,
		.asked_at = NEIGH_NEVER,
		.timer.fire = neigh_fire,
	};
	pkt_queue_init(&n->waiting);
	table_put(&t->table, &n->node, hash);
	put_newest(n, NEIGH_STRANGERS);
	return n;
}

/* ---- by hand ---------------------------------------------------------------------------- */

int neigh_set(struct link *l, struct iface *i, const struct ipa *addr, const uint8_t *mac)
{
	struct neigh *n = neigh_get(l, i, addr);

	if (!n)
		return -ENOSPC;
	memcpy(n->mac, mac, ETHER_ADDR_LEN);
	neigh_touch(n, NEIGH_FIXED);
	neigh_enter(n, NEIGH_PERMANENT, "set by hand");
	return 0;
}

int neigh_remove(struct link *l, struct iface *i, const struct ipa *addr)
{
	struct neigh *n = neigh_find(l, i, addr);

	if (!n)
		return -ENOENT;
	neigh_leave(n);
	return 0;
}

/* From the list's end each time: what is told of one that leaves may change the list. */
static struct neigh *first_on(const struct neigh_list *l, const struct iface *i)
{
	struct neigh *n = l->oldest;

	while (n && i && n->iface != i)
		n = n->newer;
	return n;
}

void neigh_flush(struct link *l, const struct iface *i)
{
	struct neigh *n;

	for (unsigned list = 0; list < NEIGH_LISTS; list++)
		while ((n = first_on(&l->neigh->list[list], i)))
			neigh_leave(n);
}

void neigh_iface_removed(struct iface *i)
{
	neigh_flush(i->link, i);
	*neigh_times(i, false) = *neigh_times(i, true) = default_times;
}

struct neigh *neigh_walk(const struct link *l, uint64_t *at)
{
	struct hnode *h = table_walk(&l->neigh->table, at);

	return h ? container_of(h, struct neigh, node) : NULL;
}

uint32_t neigh_count(const struct link *l)
{
	return l->neigh->table.count;
}
