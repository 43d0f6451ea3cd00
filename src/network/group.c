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

static struct group *group_made(struct netif *i, const struct ipa *addr)
{
	struct group *g = group_find(i, addr);
	uint8_t mac[6];

	if (g)
		return g;
	if (i->groups->table.count >= i->net->core->conf.groups)
		return NULL;
	g = calloc(1, sizeof(*g));
	if (!g)
		return NULL;
	g->netif = i;
	g->addr = *addr;
	mac_of(addr, mac);
	if (i->iface->kind == IFACE_ETHERNET && iface_filter_add(i->iface, mac) < 0) {
		free(g);
		return NULL;
	}
	group_report_init(g);
	table_put(&i->groups->table, &g->node, hash_of(i, addr));
	NOTE(i->net->core, NOD_EV_GROUP_JOIN, .interface = (uint16_t)i->iface->index,
		.dst = ipa_to_addr(addr, 0));
	return g;
}

static void group_gone(struct group *g)
{
	struct netif *i = g->netif;
	uint8_t mac[6];

	group_report_stop(g);
	mac_of(&g->addr, mac);
	if (i->iface->kind == IFACE_ETHERNET)
		iface_filter_remove(i->iface, mac);
	table_remove(&i->groups->table, &g->node);
	NOTE(i->net->core, NOD_EV_GROUP_LEAVE, .interface = (uint16_t)i->iface->index,
		.dst = ipa_to_addr(&g->addr, 0));
	free(g->filter.source);
	free(g);
}

/* ---- the interface's filter, of all members' ----------------------------------------- */

static bool has(const struct ipa *list, uint32_t n, const struct ipa *a)
{
	for (uint32_t k = 0; k < n; k++)
		if (ipa_equal(&list[k], a))
			return true;
	return false;
}

bool group_filter_equal(const struct group_filter *a, const struct group_filter *b)
{
	if (a->mode != b->mode || a->n != b->n)
		return false;
	for (uint32_t k = 0; k < a->n; k++)
		if (!has(b->source, b->n, &a->source[k]))
			return false;
	return true;
}

static void add(struct group_filter *f, uint32_t cap, const struct ipa *a)
{
	if (f->n < cap && !has(f->source, f->n, a))
		f->source[f->n++] = *a;
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

/* RFC 3376 3.2: EXCLUDE of what all excluders exclude, else INCLUDE of what anybody includes. */
static int merge(const struct group *g, struct group_filter *f)
{
	uint32_t cap = g->netif->net->core->conf.group_sources;
	uint32_t total = 0;

	*f = (struct group_filter){ .mode = GROUP_INCLUDE };
	for (const struct group_member *m = g->members; m; m = m->next_member) {
		total += m->n_sources;
		if (m->mode == GROUP_EXCLUDE)
			f->mode = GROUP_EXCLUDE;
	}
	if (!total)
		return 0;
	if (total < cap)
		cap = total;
	f->source = calloc(cap, sizeof(f->source[0]));
	if (!f->source)
		return -ENOMEM;
	for (const struct group_member *m = g->members; m; m = m->next_member) {
		if (m->mode != f->mode)
			continue;
		for (uint32_t k = 0; k < m->n_sources; k++)
			if (f->mode == GROUP_INCLUDE || is_excluded_by_all(g, &m->source[k]))
				add(f, cap, &m->source[k]);
	}
	return 0;
}

/* The members changed: so may what the interface takes, and routers are told. */
static int update(struct group *g)
{
	struct group_filter next;
	int err = merge(g, &next);

	if (err < 0)
		return err;
	if (!group_filter_equal(&g->filter, &next))
		group_report_change(g, &next);
	free(g->filter.source);
	g->filter = next;
	if (!g->members)
		group_gone(g);
	return 0;
}

/* ---- what owners call ---------------------------------------------------------------- */

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

static void drop_member(struct group_member *m)
{
	struct group_member **list = m->owner;
	struct group *g = m->state;
	struct group_member **at = &g->members;

	while (*at != m)
		at = &(*at)->next_member;
	*at = m->next_member;
	while (*list != m)
		list = &(*list)->next;
	*list = m->next;
	free(m->source);
	free(m);
	if (update(g) < 0 && !g->members)
		group_gone(g);
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
	g->members = m;
	err = update(g);
	if (err < 0)
		drop_member(m);
	return err;
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
	int err = set_sources(m, mode, source, n);

	return err < 0 ? err : update(m->state);
}

bool group_is_member(const struct netif *i, const struct ipa *group)
{
	return group_is_for_all(group) || group_find(i, group);
}

bool group_wants(struct group_member *list, const struct netif *i, const struct ipa *group,
	const struct ipa *src)
{
	const struct group_member *m = group_of(list, i, group);

	if (!m)
		return false;
	return has(m->source, m->n_sources, src) == (m->mode == GROUP_INCLUDE);
}

/* ---- interfaces ---------------------------------------------------------------------- */

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

	if (!f)
		return;
	for (uint64_t at = 0;;) {
		struct hnode *h = table_walk(&f->table, &at);
		struct group *g = h ? container_of(h, struct group, node) : NULL;

		if (!g)
			break;
		while (g->members->next_member) /* the last takes the group with it */
			drop_member(g->members);
		drop_member(g->members);
		at = 0;
	}
	group_report_iface_removed(i);
	table_free(&f->table);
	free(f);
	i->groups = NULL;
}

void group_iface_changed(struct netif *i)
{
	if (!i->groups || !i->iface->is_up)
		return;
	for (uint64_t at = 0;;) {
		struct hnode *h = table_walk(&i->groups->table, &at);

		if (!h)
			return;
		group_report_change(container_of(h, struct group, node), NULL);
	}
}
