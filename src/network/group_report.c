/* SPDX-License-Identifier: ISC */
/*
 * group_report.c - what a host tells multicast routers of its groups, and when
 *
 * RFC 3376 5 and 7, RFC 3810 6 and 8, with RFC 2236, 1112 and 2710 when an older querier was
 * heard.  A change is told at once and again robustness - 1 times; a question is answered after
 * a random delay.  Groups of interface-local and all-hosts scope are never told.
 *
 * Neighbours: group.c (the filters), igmp.c and mld.c (the messages).
 */
#include <stdlib.h>
#include <string.h>

#include "group_internal.h"

static const nod_ns change_gap = 1 * NOD_S; /* Unsolicited Report Interval: RFC 3376 8.11 */
static const nod_ns old_gap = 10 * NOD_S;   /* of IGMPv2 and MLDv1: RFC 2236 8.10, 2710 7.10 */

static struct group_querier *querier_of(const struct group *g)
{
	return &g->netif->groups->querier[ipa_is_v4(&g->addr)];
}

static enum group_version version_of(const struct group *g)
{
	const struct group_querier *q = querier_of(g);
	nod_ns now = g->netif->net->core->now;

	return q->v1_until > now ? GROUP_V1 : q->v2_until > now ? GROUP_V2 : GROUP_V3;
}

/* RFC 3376 6, RFC 3810 6: scopes 0 and 1, and all hosts, stay on the host or are known. */
static bool is_told(const struct group *g)
{
	const struct iface *i = g->netif->iface;

	return i->kind == IFACE_ETHERNET && i->is_up && !group_is_for_all(&g->addr) &&
		(ipa_is_v4(&g->addr) || (g->addr.o[1] & 15) >= 2);
}

static void tell(struct group *g, const struct group_record *r, uint32_t n)
{
	if (ipa_is_v4(&g->addr))
		igmp_report(g->netif, r, n);
	else
		mld_report(g->netif, r, n);
}

static void tell_old(struct group *g, bool is_member)
{
	bool is_v4 = ipa_is_v4(&g->addr);

	if (is_member && is_v4)
		igmp_old_report(g->netif, &g->addr, version_of(g));
	else if (is_member)
		mld_old_report(g->netif, &g->addr);
	else if (is_v4 && version_of(g) == GROUP_V2)
		igmp_old_leave(g->netif, &g->addr);
	else if (!is_v4)
		mld_old_leave(g->netif, &g->addr);
}

/* ---- changes ------------------------------------------------------------------------- */

/* Those of @a that are not in @b.  How many; @out has room for a->n. */
static uint32_t minus(
	const struct group_filter *a, const struct group_filter *b, struct ipa *out)
{
	uint32_t n = 0;

	for (uint32_t k = 0; k < a->n; k++) {
		bool is_in = false;

		for (uint32_t j = 0; j < b->n && !is_in; j++)
			is_in = ipa_equal(&a->source[k], &b->source[j]);
		if (!is_in)
			out[n++] = a->source[k];
	}
	return n;
}

/* RFC 3376 5.1's table: from @g->base to @now. */
static void tell_change(struct group *g, const struct group_filter *now)
{
	struct group_record r[2];
	uint32_t n = 0;
	struct ipa *added = NULL, *gone = NULL;

	if (!is_told(g))
		return;
	if (version_of(g) != GROUP_V3) {
		tell_old(g, now->mode == GROUP_EXCLUDE || now->n);
		return;
	}
	if (g->base.mode != now->mode || group_filter_equal(&g->base, now)) {
		r[n++] = (struct group_record){ now->mode == GROUP_EXCLUDE ? GROUP_TO_EXCLUDE :
									     GROUP_TO_INCLUDE,
			g->addr, now->source, now->n };
		tell(g, r, n);
		return;
	}
	added = calloc(now->n + 1, sizeof(added[0]));
	gone = calloc(g->base.n + 1, sizeof(gone[0]));
	if (added && gone) {
		uint32_t n_added = minus(now, &g->base, added);
		uint32_t n_gone = minus(&g->base, now, gone);
		bool is_include = now->mode == GROUP_INCLUDE;

		if (n_added)
			r[n++] = (struct group_record){ is_include ? GROUP_ALLOW : GROUP_BLOCK,
				g->addr, added, n_added };
		if (n_gone)
			r[n++] = (struct group_record){ is_include ? GROUP_BLOCK : GROUP_ALLOW,
				g->addr, gone, n_gone };
		tell(g, r, n);
	}
	free(added);
	free(gone);
}

static void set_base(struct group *g, const struct group_filter *f)
{
	free(g->base.source);
	g->base = (struct group_filter){ .mode = f->mode };
	if (!f->n)
		return;
	g->base.source = malloc(f->n * sizeof(f->source[0]));
	if (!g->base.source)
		return;
	memcpy(g->base.source, f->source, f->n * sizeof(f->source[0]));
	g->base.n = f->n;
}

static void arm_change(struct group *g)
{
	struct core *c = g->netif->net->core;
	nod_ns gap = version_of(g) == GROUP_V3 ? change_gap : old_gap;

	timer_set(&c->wheel, &g->change,
		c->now + 1 + (nod_ns)prng_below64(&c->prng, (uint64_t)gap));
}

static void fire_change(struct timer *t, int64_t now)
{
	struct group *g = container_of(t, struct group, change);

	(void)now;
	tell_change(g, &g->filter);
	if (--g->changes_left)
		arm_change(g);
	else
		set_base(g, &g->filter);
}

void group_report_change(struct group *g, const struct group_filter *next)
{
	const struct group_filter *now = next ? next : &g->filter;

	if (!g->changes_left && next)
		set_base(g, &g->filter);
	if (!next)
		set_base(g, now); /* equal: told as a whole */
	tell_change(g, now);
	g->changes_left = (uint8_t)(querier_of(g)->robustness - 1);
	if (g->changes_left && g->members)
		arm_change(g);
	else
		g->changes_left = 0;
}

/* ---- questions ----------------------------------------------------------------------- */

static void answer(struct group *g)
{
	struct group_record r = {
		.type = g->filter.mode == GROUP_EXCLUDE ? GROUP_IS_EXCLUDE : GROUP_IS_INCLUDE,
		.group = g->addr,
		.source = g->filter.source,
		.n = g->filter.n,
	};
	struct group_filter asked = { .n = g->n_asked, .source = g->asked };
	struct ipa *list = NULL;

	if (!is_told(g))
		return;
	if (version_of(g) != GROUP_V3) {
		tell_old(g, true);
		return;
	}
	if (g->n_asked) { /* RFC 3376 5.2: which of those asked for are wanted */
		struct group_filter unwanted = asked;

		list = calloc(g->n_asked, sizeof(list[0]));
		unwanted.source = calloc(g->n_asked, sizeof(list[0]));
		if (list && unwanted.source) {
			unwanted.n = minus(&asked, &g->filter, unwanted.source);
			r.type = GROUP_IS_INCLUDE;
			r.source = list;
			/* of an INCLUDE list those that are in it, of an EXCLUDE list the others */
			if (g->filter.mode == GROUP_EXCLUDE) {
				memcpy(list, unwanted.source, unwanted.n * sizeof(list[0]));
				r.n = unwanted.n;
			} else {
				r.n = minus(&asked, &unwanted, list);
			}
			if (r.n)
				tell(g, &r, 1);
		}
		free(unwanted.source);
		free(list);
	} else {
		tell(g, &r, 1);
	}
	free(g->asked);
	g->asked = NULL;
	g->n_asked = 0;
}

static void fire_answer(struct timer *t, int64_t now)
{
	(void)now;
	answer(container_of(t, struct group, answer));
}

static void fire_answer_all(struct timer *t, int64_t now)
{
	struct group_querier *q = container_of(t, struct group_querier, answer_all);

	(void)now;
	for (uint64_t at = 0;;) {
		struct hnode *h = table_walk(&q->netif->groups->table, &at);
		struct group *g = h ? container_of(h, struct group, node) : NULL;

		if (!g)
			return;
		if (ipa_is_v4(&g->addr) == q->is_v4)
			answer(g);
	}
}

/* Sources of a question that is not answered yet and of another are answered together. */
static void remember(struct group *g, const struct group_query *q)
{
	size_t size = q->is_v4 ? 4 : 16;
	uint32_t n = (uint32_t)(q->sources.len / size);
	uint32_t cap = g->netif->net->core->conf.group_sources;
	struct ipa *list;

	if (!n || (timer_is_set(&g->answer) && !g->n_asked)) { /* about all of the group */
		free(g->asked);
		g->asked = NULL;
		g->n_asked = 0;
		return;
	}
	if (n > cap - g->n_asked)
		n = cap - g->n_asked;
	list = realloc(g->asked, (g->n_asked + n) * sizeof(list[0]));
	if (!list)
		return;
	for (uint32_t k = 0; k < n; k++) {
		const uint8_t *p = q->sources.p + k * size;

		if (q->is_v4)
			list[g->n_asked + k] = ipa_from_v4(p);
		else
			memcpy(list[g->n_asked + k].o, p, 16);
	}
	g->asked = list;
	g->n_asked += n;
}

void group_heard_query(struct netif *i, const struct group_query *q)
{
	struct core *c = i->net->core;
	struct group_querier *s = &i->groups->querier[q->is_v4];
	nod_ns delay =
		(nod_ns)prng_below64(&c->prng, (uint64_t)(q->max_delay > 0 ? q->max_delay : 1));
	struct group *g;

	if (q->robustness)
		s->robustness = q->robustness;
	if (q->interval)
		s->interval = q->interval;
	/* Older Version Querier Present Timeout: RFC 3376 8.12, RFC 3810 9.12 */
	nod_ns until = c->now + s->robustness * s->interval + 10 * NOD_S;

	if (q->version == GROUP_V1)
		s->v1_until = until;
	else if (q->version == GROUP_V2)
		s->v2_until = until;
	if (ipa_is_any(&q->group)) {
		if (!timer_is_set(&s->answer_all) || s->answer_all.at > c->now + delay)
			timer_set(&c->wheel, &s->answer_all, c->now + delay);
		return;
	}
	/* an answer to all that is due sooner says it, too */
	if (timer_is_set(&s->answer_all) && s->answer_all.at <= c->now + delay)
		return;
	g = group_find(i, &q->group);
	if (!g)
		return;
	remember(g, q);
	if (!timer_is_set(&g->answer) || g->answer.at > c->now + delay)
		timer_set(&c->wheel, &g->answer, c->now + delay);
}

/* ---- beginnings and ends ------------------------------------------------------------- */

void group_report_init(struct group *g)
{
	g->change.fire = fire_change;
	g->answer.fire = fire_answer;
}

void group_report_stop(struct group *g)
{
	struct wheel *w = &g->netif->net->core->wheel;

	timer_stop(w, &g->change);
	timer_stop(w, &g->answer);
	free(g->base.source);
	free(g->asked);
	g->base = (struct group_filter){ 0 };
	g->asked = NULL;
}

void group_report_iface_added(struct netif *i)
{
	for (int v4 = 0; v4 <= 1; v4++)
		i->groups->querier[v4] = (struct group_querier){
			.robustness = 2,	 /* RFC 3376 8.1 */
			.interval = 125 * NOD_S, /* 8.2 */
			.netif = i,
			.is_v4 = v4,
			.answer_all.fire = fire_answer_all,
		};
}

void group_report_iface_removed(struct netif *i)
{
	for (int v4 = 0; v4 <= 1; v4++)
		timer_stop(&i->net->core->wheel, &i->groups->querier[v4].answer_all);
}
