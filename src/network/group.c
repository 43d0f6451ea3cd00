/* SPDX-License-Identifier: ISC */
/*
 * group.c - memberships of multicast groups: what sockets want, what the interface takes
 *
 * RFC 3376 3 and 5.1, RFC 3810 4 and 6.1 (interface state from all sockets' filters), RFC 1112
 * 7.1 (all hosts are members of 224.0.0.1 for ever).
 *
 * Neighbours: group.h, group_report.c (what routers are told).
 */
#include "group_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void mac_of(const struct ipa *group, uint8_t mac[6])
{
	if (ipa_is_v4(group)) {
		const uint8_t m[6] = { 0x01, 0x00, 0x5e, group->o[13] & 0x7f, group->o[14],
			group->o[15] };
		memcpy(mac, m, 6); /* RFC 1112 6.4 */
	} else {
		mac[0] = mac[1] = 0x33; /* RFC 2464 7 */
		memcpy(mac + 2, group->o + 12, 4);
	}
}

static uint64_t hash_of(const struct netif *i, const struct ipa *group)
{
	return siphash13(&i->net->core->key, group, sizeof(*group));
}

struct group *group_find(const struct netif *i, const struct ipa *group)
{
	struct hnode *h = table_first(&i->groups->table, hash_of(i, group));

	for (; h; h = table_next(h)) {
		struct group *g = container_of(h, struct group, node);

		if (ipa_equal(&g->addr, group))
			return g;
	}
	return NULL;
}

/* The last member left. */
static void left(struct group *g)
{
	struct netif *i = g->netif;
	uint8_t mac[6];

	mac_of(&g->addr, mac);
	if (i->iface->kind == IFACE_ETHERNET)
		iface_filter_remove(i->iface, mac);
	NOTE(i->net->core, NOD_EV_GROUP_LEAVE, .interface = (uint16_t)i->iface->index,
		.dst = ipa_to_addr(&g->addr, 0));
}

/* A full table gives up what is left of a group that nobody is a member of any more. */
static bool make_room(struct netif *i)
{
	struct table *t = &i->groups->table;
	struct hnode *h;

	if (t->count < i->net->core->conf.groups)
		return true;
	for (uint64_t at = 0; (h = table_walk(t, &at));) {
		struct group *g = container_of(h, struct group, node);

		if (!g->members) {
			group_free(g);
			return true;
		}
	}
	return false;
}

/* The group @addr, in which somebody is about to be the first member or one more. */
static struct group *group_made(struct netif *i, const struct ipa *addr)
{
	struct group *g = group_find(i, addr);
	uint8_t mac[6];

	if (g && g->members)
		return g;
	mac_of(addr, mac);
	if (!g && !make_room(i))
		return NULL;
	if (i->iface->kind == IFACE_ETHERNET && iface_filter_add(i->iface, mac) < 0)
		return NULL;
	if (!g) {
		g = calloc(1, sizeof(*g));
		if (!g) {
			if (i->iface->kind == IFACE_ETHERNET)
				iface_filter_remove(i->iface, mac);
			return NULL;
		}
		g->netif = i;
		g->addr = *addr;
		group_report_init(g);
		table_put(&i->groups->table, &g->node, hash_of(i, addr));
	}
	NOTE(i->net->core, NOD_EV_GROUP_JOIN, .interface = (uint16_t)i->iface->index,
		.dst = ipa_to_addr(addr, 0));
	return g;
}

void group_free(struct group *g)
{
	group_report_stop(g);
	table_remove(&g->netif->groups->table, &g->node);
	free(g->filter.source);
	free(g);
}

/* ---- the interface's filter, of all members' --------------------------------------- */

static bool has(const struct ipa *list, uint32_t n, const struct ipa *a)
{
	for (uint32_t k = 0; k < n; k++)
		if (ipa_equal(&list[k], a))
			return true;
	return false;
}

static bool is_equal(const struct group_filter *a, const struct group_filter *b)
{
	if (a->mode != b->mode || a->n != b->n)
		return false;
	for (uint32_t k = 0; k < a->n; k++)
		if (!has(b->source, b->n, &a->source[k]))
			return false;
	return true;
}

static bool is_wanted_by_an_includer(const struct group *g, const struct ipa *a)
{
	for (const struct group_member *m = g->members; m; m = m->next_member)
		if (m->mode == GROUP_INCLUDE && has(m->source, m->n_sources, a))
			return true;
	return false;
}

static bool is_excluded_by_all(const struct group *g, const struct ipa *a)
{
	for (const struct group_member *m = g->members; m; m = m->next_member)
		if (m->mode == GROUP_EXCLUDE && !has(m->source, m->n_sources, a))
			return false;
	return !is_wanted_by_an_includer(g, a);
}

/*
 * RFC 3376 3.2: EXCLUDE of what all excluders exclude, else INCLUDE of what anybody includes.
 * What does not fit into a list, or into memory, is taken from anybody: sockets filter again.
 */
static struct group_filter merge(const struct group *g)
{
	const uint32_t cap = g->netif->net->core->conf.group_sources;
	const struct group_filter anybody = { .mode = GROUP_EXCLUDE };
	struct group_filter f = { .mode = GROUP_INCLUDE };

	if (g->n_open)
		return anybody;
	for (const struct group_member *m = g->members; m; m = m->next_member)
		if (m->mode == GROUP_EXCLUDE)
			f.mode = GROUP_EXCLUDE;
	f.source = calloc(cap, sizeof(f.source[0]));
	if (!f.source)
		return anybody;
	for (const struct group_member *m = g->members; m; m = m->next_member) {
		if (m->mode != f.mode)
			continue;
		for (uint32_t k = 0; k < m->n_sources; k++) {
			const struct ipa *a = &m->source[k];

			if (has(f.source, f.n, a) ||
				(f.mode == GROUP_EXCLUDE && !is_excluded_by_all(g, a)))
				continue;
			if (f.n < cap) {
				f.source[f.n++] = *a;
			} else if (f.mode == GROUP_INCLUDE) {
				free(f.source);
				return anybody;
			}
		}
	}
	return f;
}

/* The members changed: so may what the interface takes, and routers are told. */
static void update(struct group *g)
{
	struct group_filter old = g->filter;

	g->filter = merge(g);
	if (!g->members)
		left(g);
	if (!is_equal(&old, &g->filter))
		group_report_change(g, &old);
	free(old.source);
	if (!g->members && !g->changes_left)
		group_free(g);
}

/* ---- what owners call -------------------------------------------------------------- */

static bool is_open(const struct group_member *m)
{
	return m->mode == GROUP_EXCLUDE && !m->n_sources;
}

static int set_sources(struct group_member *m, enum group_mode mode, const struct ipa *source,
	uint32_t n)
{
	struct ipa *copy = NULL;

	if (n > m->netif->net->core->conf.group_sources)
		return -ENOBUFS;
	if (n) {
		copy = malloc(n * sizeof(copy[0]));
		if (!copy)
			return -ENOMEM;
		memcpy(copy, source, n * sizeof(copy[0]));
	}
	free(m->source);
	m->source = copy;
	m->n_sources = n;
	m->mode = (uint8_t)mode;
	return 0;
}

struct group_member *group_of(
	struct group_member *list, const struct netif *i, const struct ipa *group)
{
	while (list && (list->netif != i || !ipa_equal(&list->group, group)))
		list = list->next;
	return list;
}

/* Out of both lists; what follows from it is the caller's. */
static void unlink_member(struct group_member *m)
{
	struct group_member **list = m->owner;

	*m->prev_member = m->next_member;
	if (m->next_member)
		m->next_member->prev_member = m->prev_member;
	m->state->n_open -= is_open(m);
	while (*list != m)
		list = &(*list)->next;
	*list = m->next;
	free(m->source);
	free(m);
}

static void drop_member(struct group_member *m)
{
	struct group *g = m->state;

	unlink_member(m);
	update(g);
}

int group_join(struct group_member **list, struct netif *i, const struct ipa *group,
	enum group_mode mode, const struct ipa *source, uint32_t n)
{
	struct group_member *m;
	struct group *g;
	int err;

	if (!ipa_is_multicast(group))
		return -EINVAL;
	if (group_of(*list, i, group))
		return -EADDRINUSE;
	m = calloc(1, sizeof(*m));
	if (!m)
		return -ENOMEM;
	m->netif = i;
	m->group = *group;
	err = set_sources(m, mode, source, n);
	g = err == 0 ? group_made(i, group) : NULL;
	if (!g) {
		free(m->source);
		free(m);
		return err < 0 ? err : -ENOBUFS;
	}
	m->state = g;
	m->owner = list;
	m->next = *list;
	*list = m;
	m->next_member = g->members;
	m->prev_member = &g->members;
	if (g->members)
		g->members->prev_member = &m->next_member;
	g->members = m;
	g->n_open += is_open(m);
	update(g);
	return 0;
}

int group_leave(struct group_member **list, struct netif *i, const struct ipa *group)
{
	struct group_member *m = group_of(*list, i, group);

	if (!m)
		return -EADDRNOTAVAIL;
	drop_member(m);
	return 0;
}

void group_leave_all(struct group_member **list)
{
	while (*list)
		drop_member(*list);
}

int group_set_filter(struct group_member *m, enum group_mode mode, const struct ipa *source,
	uint32_t n)
{
	struct group *g = m->state;
	bool was_open = is_open(m);
	int err = set_sources(m, mode, source, n);

	if (err < 0)
		return err;
	g->n_open += (uint32_t)is_open(m) - (uint32_t)was_open;
	update(g);
	return 0;
}

bool group_is_member(const struct netif *i, const struct ipa *group)
{
	const struct group *g;

	if (group_is_for_all(group))
		return true;
	g = group_find(i, group);
	return g && g->members;
}

bool group_wants(struct group_member *list, const struct netif *i, const struct ipa *group,
	const struct ipa *src)
{
	const struct group_member *m = group_of(list, i, group);

	if (!m)
		return false;
	return has(m->source, m->n_sources, src) == (m->mode == GROUP_INCLUDE);
}

/* ---- interfaces -------------------------------------------------------------------- */

/* 224.0.0.1 and ff02::1, ff01::1: every host, always, and never told (RFC 3376 6, RFC 3810 6). */
bool group_is_for_all(const struct ipa *group)
{
	static const struct ipa all4 = IPA_V4_INIT(224, 0, 0, 1);
	static const struct ipa all6 = { .o = { 0xff, 0x02, [15] = 1 } };
	static const struct ipa own6 = { .o = { 0xff, 0x01, [15] = 1 } };

	return ipa_equal(group, &all4) || ipa_equal(group, &all6) || ipa_equal(group, &own6);
}

static const struct ipa all_hosts[] = { IPA_V4_INIT(224, 0, 0, 1),
	{ .o = { 0xff, 0x02, [15] = 1 } } };

int group_iface_added(struct netif *i)
{
	uint8_t mac[6];

	i->groups = calloc(1, sizeof(*i->groups));
	if (!i->groups || table_init(&i->groups->table, 0) < 0) {
		free(i->groups);
		return -ENOMEM;
	}
	group_report_iface_added(i);
	for (unsigned k = 0; i->iface->kind == IFACE_ETHERNET && k < 2; k++) {
		mac_of(&all_hosts[k], mac);
		if (iface_filter_add(i->iface, mac) < 0) {
			group_iface_removed(i);
			return -ENOMEM;
		}
	}
	return 0;
}

void group_iface_removed(struct netif *i)
{
	struct group_if *f = i->groups;
	struct hnode *h;

	if (!f)
		return;
	for (uint64_t at = 0; (h = table_walk(&f->table, &at)); at = 0) {
		struct group *g = container_of(h, struct group, node);

		if (g->members)
			left(g);
		while (g->members)
			unlink_member(g->members);
		group_free(g);
	}
	group_report_iface_removed(i);
	table_free(&f->table);
	free(f);
	i->groups = NULL;
}

static void tell_all_again(struct netif *i, bool is_v4)
{
	struct hnode *h;

	for (uint64_t at = 0; (h = table_walk(&i->groups->table, &at));) {
		struct group *g = container_of(h, struct group, node);

		if (g->members && ipa_is_v4(&g->addr) == is_v4)
			group_report_change(g, NULL);
	}
}

void group_iface_changed(struct netif *i)
{
	if (!i->groups || !i->iface->is_up)
		return;
	tell_all_again(i, true);
	tell_all_again(i, false);
}

/* RFC 3590 4: what was told from :: is told again from a link-local address. */
void group_address_ready(const struct ifaddr *a)
{
	if (a->netif->groups && !ipa_is_v4(&a->addr) && ipa_is_link_local(&a->addr))
		tell_all_again(a->netif, false);
}
