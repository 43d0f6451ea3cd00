/* SPDX-License-Identifier: ISC */
/*
 * route.c - routes, and which one leads to an address
 *
 * Neighbours: route.h, lpm.c (the search), dest.c (what remembers its results).
 */
#include "route.h"

#include <errno.h>
#include <stdlib.h>

#include "lpm.h"

/* A route in its two orders: all of one prefix by metric, and all by prefix. */
struct entry {
	struct route route; /* first: what is handed out is this */
	struct hnode node;
	struct entry *next; /* of the same prefix, in order of metric and preference */
};

struct route_table {
	struct lpm v4, v6;
	struct table all;
};

int route_init(struct net *n)
{
	n->routes = calloc(1, sizeof(*n->routes));
	if (!n->routes)
		return -ENOMEM;
	return table_init(&n->routes->all, 64);
}

static const uint8_t *key_of(const struct ipa *a)
{
	return ipa_is_v4(a) ? a->o + 12 : a->o;
}

static struct lpm *tree_of(const struct net *n, const struct ipa *a)
{
	return ipa_is_v4(a) ? &n->routes->v4 : &n->routes->v6;
}

static unsigned bits_of(const struct ipa *a)
{
	return ipa_is_v4(a) ? 32 : 128;
}

static uint64_t hash_of(const struct net *n, const struct ipa *prefix, unsigned len)
{
	struct {
		struct ipa prefix;
		uint64_t len;
	} key = { *prefix, len };

	return siphash13(&n->core->key, &key, sizeof(key));
}

static bool is_before(const struct route *a, const struct route *b)
{
	return a->metric != b->metric ? a->metric < b->metric : a->preference > b->preference;
}

static void changed(struct net *n, const struct route *r, enum nod_event_kind what)
{
	n->generation++;
	NOTE(n->core, what, .interface = (uint16_t)r->iface->index,
		.src = ipa_to_addr(&r->prefix, 0), .dst = ipa_to_addr(&r->gateway, 0),
		.from = r->len, .to = r->metric);
}

int route_add(struct net *n, const struct route *r)
{
	struct lpm *tree = tree_of(n, &r->prefix);
	struct ipa prefix;

	if (r->len > bits_of(&r->prefix) || !r->iface ||
		(!ipa_is_any(&r->gateway) && ipa_is_v4(&r->gateway) != ipa_is_v4(&r->prefix)))
		return -EINVAL;
	prefix = ipa_network(&r->prefix, r->len);

	struct entry *first = lpm_get(tree, key_of(&prefix), r->len);

	for (struct entry *e = first; e; e = e->next)
		if (e->route.iface == r->iface && ipa_equal(&e->route.gateway, &r->gateway))
			return -EEXIST;
	if (n->routes->all.count >= n->core->conf.routes)
		return -ENOSPC;

	struct entry *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	e->route = *r;
	e->route.prefix = prefix;
	if (!first || is_before(r, &first->route)) {
		e->next = first;
		if (lpm_put(tree, key_of(&prefix), r->len, e) < 0) {
			free(e);
			return -ENOMEM;
		}
	} else {
		while (first->next && !is_before(r, &first->next->route))
			first = first->next;
		e->next = first->next;
		first->next = e;
	}
	table_put(&n->routes->all, &e->node, hash_of(n, &prefix, r->len));
	changed(n, &e->route, NOD_EV_ROUTE_NEW);
	return 0;
}

static void take_away(struct net *n, struct entry *e)
{
	struct lpm *tree = tree_of(n, &e->route.prefix);
	const uint8_t *key = key_of(&e->route.prefix);
	struct entry *first = lpm_get(tree, key, e->route.len);

	if (first == e && e->next)
		lpm_put(tree, key, e->route.len, e->next); /* there already: needs no memory */
	else if (first == e)
		lpm_remove(tree, key, e->route.len);
	for (; first != e && first; first = first->next)
		if (first->next == e) {
			first->next = e->next;
			break;
		}
	table_remove(&n->routes->all, &e->node);
	changed(n, &e->route, NOD_EV_ROUTE_GONE);
	free(e);
}

int route_remove(struct net *n, const struct ipa *prefix, unsigned len, const struct iface *i,
	const struct ipa *gateway)
{
	struct ipa network = ipa_network(prefix, len);
	struct entry *e = len > bits_of(prefix) ?
		NULL :
		lpm_get(tree_of(n, prefix), key_of(&network), len);

	for (; e; e = e->next) {
		if ((!i || e->route.iface == i) &&
			(!gateway || ipa_equal(&e->route.gateway, gateway))) {
			take_away(n, e);
			return 0;
		}
	}
	return -ENOENT;
}

void route_remove_iface(struct net *n, const struct iface *i)
{
	struct table *all = &n->routes->all;

	bool is_done;

	do { /* chains that move while the table grows may hide one: until a walk finds none */
		struct hnode *h;

		is_done = true;
		for (uint64_t at = 0; (h = table_walk(all, &at));) {
			struct entry *e = container_of(h, struct entry, node);

			if (e->route.iface == i) {
				take_away(n, e);
				at--;
				is_done = false;
			}
		}
	} while (!is_done);
}

/* What is looked for; @found is the one of a prefix's routes that serves. */
struct wish {
	const struct net *net;
	const struct iface *iface;
	bool need_reachable;
	const struct entry **found;
};

/* Whether the gateway is known not to answer (RFC 4861 6.3.6, RFC 1122 3.3.1.4). */
static bool is_dead(const struct net *n, const struct route *r)
{
	struct neigh *g;

	if (ipa_is_any(&r->gateway))
		return false;
	g = neigh_find(n->link, r->iface, &r->gateway);
	return g && g->state == NEIGH_FAILED;
}

static const struct entry *pick(const struct entry *e, const struct wish *w)
{
	for (; e; e = e->next)
		if ((!w->iface || e->route.iface == w->iface) && e->route.iface->is_up &&
			e->route.until > w->net->core->now &&
			(!w->need_reachable || !is_dead(w->net, &e->route)))
			return e;
	return NULL;
}

static bool fits(const void *value, const void *arg)
{
	const struct wish *w = arg;

	*w->found = pick(value, w);
	return *w->found;
}

const struct route *route_find(
	const struct net *n, const struct ipa *dst, const struct iface *i)
{
	const struct entry *first, *other;
	struct wish w = { .net = n, .iface = i, .found = &first };
	const struct lpm *tree = tree_of(n, dst);

	if (!lpm_find(tree, key_of(dst), bits_of(dst), fits, &w))
		return NULL;
	if (!is_dead(n, &first->route))
		return &first->route;
	w.need_reachable = true;
	w.found = &other;
	return lpm_find(tree, key_of(dst), bits_of(dst), fits, &w) ? &other->route :
								      &first->route;
}

const struct route *route_walk(const struct net *n, bool is_v4, uint64_t *at)
{
	for (;;) {
		struct hnode *h = table_walk(&n->routes->all, at);
		struct entry *e = h ? container_of(h, struct entry, node) : NULL;

		if (!e)
			return NULL;
		if (ipa_is_v4(&e->route.prefix) == is_v4)
			return &e->route;
	}
}

uint32_t route_count(const struct net *n)
{
	return n->routes->all.count;
}

void route_end(struct net *n)
{
	struct route_table *t = n->routes;

	if (!t)
		return;
	for (uint64_t at = 0; t->all.count;) {
		struct hnode *h = table_walk(&t->all, &at);

		if (!h) { /* moved behind the walk */
			at = 0;
			continue;
		}
		table_remove(&t->all, h);
		free(container_of(h, struct entry, node));
		at--;
	}
	table_free(&t->all);
	lpm_clear(&t->v4);
	lpm_clear(&t->v6);
	free(t);
	n->routes = NULL;
}
