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
static const nod_ns least_delay = 100 * NOD_MS; /* of an answer's longest delay; ours */

static struct group_querier *querier_of(const struct group *g)
{
	return &g->netif->groups->querier[ipa_is_v4(&g->addr)];
}

static enum group_version version_at(const struct group_querier *q, nod_ns now)
{
	return q->v1_until > now ? GROUP_V1 : q->v2_until > now ? GROUP_V2 : GROUP_V3;
}

static enum group_version version_of(const struct group *g)
{
	return version_at(querier_of(g), g->netif->net->core->now);
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

/* ---- changes ----------------------------------------------------------------------- */

static bool is_membership(const struct group_filter *f)
{
	return f->mode == GROUP_EXCLUDE || f->n;
}

static bool has(const struct ipa *list, uint32_t n, const struct ipa *a)
{
	for (uint32_t k = 0; k < n; k++)
		if (ipa_equal(&list[k], a))
			return true;
	return false;
}

static void forget_changes(struct group *g)
{
	timer_stop(&g->netif->net->core->wheel, &g->change);
	free(g->changed);
	g->changed = NULL;
	g->n_changed = 0;
	g->changes_left = 0;
	g->is_whole = false;
}

/* Sources of @a that are not in @b have come or gone. */
static void note_changed(
	struct group *g, const struct group_filter *a, const struct group_filter *b)
{
	uint32_t cap = 4 * g->netif->net->core->conf.group_sources;

	for (uint32_t k = 0; k < a->n && !g->is_whole; k++) {
		if (has(b->source, b->n, &a->source[k]) ||
			has(g->changed, g->n_changed, &a->source[k]))
			continue;
		if (!g->changed)
			g->changed = calloc(cap, sizeof(g->changed[0]));
		if (g->changed && g->n_changed < cap)
			g->changed[g->n_changed++] = a->source[k];
		else
			g->is_whole = true; /* says no less */
	}
}

static void tell_whole(struct group *g)
{
	const struct group_filter *f = &g->filter;
	const struct group_record r = {
		.type = f->mode == GROUP_EXCLUDE ? GROUP_TO_EXCLUDE : GROUP_TO_INCLUDE,
		.group = g->addr,
		.source = f->source,
		.n = f->n,
	};

	tell(g, &r, 1);
}

/* RFC 3376 5.1's table, and what is merged while it is being repeated: those of the changed
 * sources that the filter names now, and those that it does not name. */
static void tell_sources(struct group *g)
{
	bool is_include = g->filter.mode == GROUP_INCLUDE;
	struct group_record r[2] = {
		{ .type = is_include ? GROUP_ALLOW : GROUP_BLOCK, .group = g->addr },
		{ .type = is_include ? GROUP_BLOCK : GROUP_ALLOW, .group = g->addr },
	};
	struct ipa *list = calloc(g->n_changed + 1, sizeof(list[0]));
	uint32_t n = 0;

	if (!list) {
		tell_whole(g);
		return;
	}
	for (unsigned k = 0; k < 2; k++) {
		r[k].source = list + n;
		for (uint32_t j = 0; j < g->n_changed; j++)
			if (has(g->filter.source, g->filter.n, &g->changed[j]) == (k == 0))
				list[n++] = g->changed[j];
		r[k].n = (uint32_t)(list + n - r[k].source);
	}
	if (!r[0].n)
		tell(g, &r[1], 1);
	else
		tell(g, r, r[1].n ? 2 : 1);
	free(list);
}

static void tell_change(struct group *g)
{
	if (!is_told(g))
		return;
	if (version_of(g) != GROUP_V3)
		tell_old(g, is_membership(&g->filter));
	else if (g->is_whole)
		tell_whole(g);
	else if (g->n_changed)
		tell_sources(g);
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
	tell_change(g);
	if (--g->changes_left) {
		arm_change(g);
		return;
	}
	forget_changes(g);
	if (!g->members)
		group_free(g);
}

void group_report_change(struct group *g, const struct group_filter *old)
{
	const struct group_filter *f = &g->filter;
	bool is_new = version_of(g) == GROUP_V3;

	if (!is_told(g)) {
		forget_changes(g);
		return;
	}
	/* older versions know members, not sources */
	if (!is_new && old && is_membership(old) == is_membership(f))
		return;
	if (!old || old->mode != f->mode || !is_new) {
		g->is_whole = true;
	} else {
		note_changed(g, f, old);
		note_changed(g, old, f);
	}
	tell_change(g);
	g->changes_left = (uint8_t)(querier_of(g)->robustness - 1);
	if (!is_new && !is_membership(f))
		g->changes_left = 0; /* RFC 2236 3: leaving is said once */
	if (g->changes_left)
		arm_change(g);
	else
		forget_changes(g);
}

/* ---- questions --------------------------------------------------------------------- */

static void forget_question(struct group *g)
{
	timer_stop(&g->netif->net->core->wheel, &g->answer);
	free(g->asked);
	g->asked = NULL;
	g->n_asked = 0;
}

static struct group_record state_of(const struct group *g)
{
	return (struct group_record){
		.type = g->filter.mode == GROUP_EXCLUDE ? GROUP_IS_EXCLUDE : GROUP_IS_INCLUDE,
		.group = g->addr,
		.source = g->filter.source,
		.n = g->filter.n,
	};
}

/* RFC 3376 5.2: which of the sources that were asked for are wanted. */
static void answer_sources(struct group *g)
{
	struct group_record r = { .type = GROUP_IS_INCLUDE, .group = g->addr };
	struct ipa *list = calloc(g->n_asked, sizeof(list[0]));

	if (!list)
		return;
	for (uint32_t k = 0; k < g->n_asked; k++)
		if (has(g->filter.source, g->filter.n, &g->asked[k]) ==
			(g->filter.mode == GROUP_INCLUDE))
			list[r.n++] = g->asked[k];
	r.source = list;
	if (r.n)
		tell(g, &r, 1);
	free(list);
}

static void fire_answer(struct timer *t, int64_t now)
{
	struct group *g = container_of(t, struct group, answer);
	const struct group_record r = state_of(g);

	(void)now;
	if (is_told(g) && is_membership(&g->filter)) {
		if (version_of(g) != GROUP_V3)
			tell_old(g, true);
		else if (g->n_asked)
			answer_sources(g);
		else
			tell(g, &r, 1);
	}
	forget_question(g);
}

/* All groups' states, in as few reports as hold them. */
static void fire_answer_all(struct timer *t, int64_t now)
{
	struct group_querier *q = container_of(t, struct group_querier, answer_all);
	struct group_record r[64];
	struct group *last = NULL;
	struct hnode *h;
	uint32_t n = 0;

	(void)now;
	for (uint64_t at = 0; (h = table_walk(&q->netif->groups->table, &at));) {
		struct group *g = container_of(h, struct group, node);

		if (ipa_is_v4(&g->addr) != q->is_v4 || !is_told(g) || !is_membership(&g->filter))
			continue;
		last = g;
		r[n++] = state_of(g);
		if (n == sizeof(r) / sizeof(r[0])) {
			tell(g, r, n);
			n = 0;
		}
	}
	if (n)
		tell(last, r, n);
}

/* Sources of a question that is not answered yet and of another are answered together. */
static void remember(struct group *g, const struct group_query *q)
{
	size_t size = q->is_v4 ? 4 : 16;
	uint32_t n = (uint32_t)(q->sources.len / size);
	uint32_t cap = g->netif->net->core->conf.group_sources;
	bool is_about_all = !n || (timer_is_set(&g->answer) && !g->n_asked);
	struct ipa *list = NULL;

	if (!is_about_all && n <= cap - g->n_asked)
		list = realloc(g->asked, (g->n_asked + n) * sizeof(list[0]));
	if (!list) { /* too many to remember: then all of the group is told */
		free(g->asked);
		g->asked = NULL;
		g->n_asked = 0;
		return;
	}
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

/*
 * Answer at a random time within @most; an answer that is due by then anyway may stay, which is
 * sooner than RFC 3376 5.2 asks for and keeps a flood of questions from hastening it (H28).
 */
static void set_answer(struct core *c, struct timer *t, nod_ns most)
{
	if (!timer_is_set(t) || t->at > c->now + most)
		timer_set(&c->wheel, t,
			c->now + 1 + (nod_ns)prng_below64(&c->prng, (uint64_t)most));
}

/* RFC 2236 3: each group has a delay of its own. */
static void answer_each(struct netif *i, bool is_v4, nod_ns most)
{
	struct hnode *h;

	for (uint64_t at = 0; (h = table_walk(&i->groups->table, &at));) {
		struct group *g = container_of(h, struct group, node);

		if (ipa_is_v4(&g->addr) == is_v4)
			set_answer(i->net->core, &g->answer, most);
	}
}

/* The querier's version is another now: what was about to be said in the one before is not said
 * (RFC 3376 7.2.1, RFC 3810 8.2.1). */
static void cancel_all(struct netif *i, bool is_v4)
{
	struct hnode *h;

	for (uint64_t at = 0; (h = table_walk(&i->groups->table, &at));) {
		struct group *g = container_of(h, struct group, node);

		if (ipa_is_v4(&g->addr) != is_v4)
			continue;
		forget_changes(g);
		forget_question(g);
		if (!g->members) {
			group_free(g);
			at--;
		}
	}
}

void group_heard_query(struct netif *i, const struct group_query *q)
{
	struct core *c = i->net->core;
	struct group_querier *s = &i->groups->querier[q->is_v4];
	enum group_version before = version_at(s, c->now);
	nod_ns most = q->max_delay > least_delay ? q->max_delay : least_delay;
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
	if (version_at(s, c->now) != before) {
		timer_stop(&c->wheel, &s->answer_all);
		cancel_all(i, q->is_v4);
	}
	if (ipa_is_any(&q->group) && version_at(s, c->now) != GROUP_V3) {
		answer_each(i, q->is_v4, most);
		return;
	}
	/* RFC 3376 5.2 1: an answer to all that is due sooner says it, too */
	if (timer_is_set(&s->answer_all) && s->answer_all.at <= c->now + most)
		return;
	if (ipa_is_any(&q->group)) {
		set_answer(c, &s->answer_all, most);
		return;
	}
	g = group_find(i, &q->group);
	if (!g || !g->members)
		return;
	remember(g, q);
	set_answer(c, &g->answer, most);
}

/* RFC 2236 3, RFC 2710 4: one member's report is enough for routers that know no version 3. */
void group_heard_report(struct netif *i, const struct ipa *group)
{
	struct group *g = group_find(i, group);

	if (g && version_of(g) != GROUP_V3)
		forget_question(g);
}

/* ---- beginnings and ends ----------------------------------------------------------- */

void group_report_init(struct group *g)
{
	g->change.fire = fire_change;
	g->answer.fire = fire_answer;
}

void group_report_stop(struct group *g)
{
	forget_changes(g);
	forget_question(g);
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
