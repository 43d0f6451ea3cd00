/* SPDX-License-Identifier: ISC */
/*
 * nd_router.c - what a host learns from routers
 *
 * RFC 4861 6.3 (default routers, parameters), RFC 4191 (preferences, routes), RFC 8028 (which
 * router a source is for), RFC 8106 (DNS servers), RFC 6104 and CVE-2010-4669 (floods: what is
 * kept has a limit), CVE-2015-2922 (a hop limit is not lowered below what reaches the Internet).
 * Prefixes become addresses in slaac.c.
 *
 * Neighbours: nd.c, route.h, slaac.c.
 */
#include <errno.h>
#include <stdlib.h>

#include "group.h"
#include "nd_internal.h"
#include "route.h"

enum { HOP_LIMIT_LEAST = 32, SOLICITS = 3, RETRANS_LEAST_MS = 100, RETRANS_MOST_MS = 10000 };
static const nod_ns solicit_gap = 4 * NOD_S; /* RTR_SOLICITATION_INTERVAL: RFC 4861 10 */
static const nod_ns solicit_most = 3600 * NOD_S; /* RFC 7559 */

static const struct ipa all_routers = { .o = { 0xff, 0x02, [15] = 2 } };

static nod_ns until(const struct core *c, uint32_t seconds)
{
	return seconds == UINT32_MAX ? NOD_FOREVER : c->now + seconds * NOD_S;
}

/* ---- routers ---------------------------------------- */

static struct nd_router *find(struct nd_if *d, const struct ipa *addr)
{
	for (unsigned k = 0; k < d->n_routers; k++)
		if (ipa_equal(&d->router[k].addr, addr))
			return &d->router[k];
	return NULL;
}

static void set_default(struct netif *i, const struct nd_router *router)
{
	struct route r = {
		.prefix = IPA_ANY6,
		.origin = ROUTE_RA,
		.preference = router->preference,
		/* as Linux: what was given by hand comes first; one that is silent comes last */
		.metric = router->is_silent ? 2048 : 1024,
		.iface = i->iface,
		.gateway = router->addr,
		.until = router->until,
	};

	route_remove(i->net, &r.prefix, 0, i->iface, &router->addr);
	route_add(i->net, &r);
}

void nd_router_silent(struct netif *i, const struct ipa *router)
{
	struct nd_router *r = find(i->nd, router);

	if (!r || r->is_silent)
		return;
	r->is_silent = true;
	set_default(i, r);
	nd_solicit_routers(i);
}

void nd_router_gone(struct netif *i, const struct ipa *router)
{
	struct nd_router *r = find(i->nd, router);
	struct ipa any = IPA_ANY6;

	if (!r)
		return;
	*r = i->nd->router[--i->nd->n_routers];
	route_remove(i->net, &any, 0, i->iface, router);
	NOTE(i->net->core, NOD_EV_ND_ROUTER_GONE, .interface = (uint16_t)i->iface->index,
		.src = ipa_to_addr(router, i->iface->index));
}

static void default_router(struct netif *i, const struct nd_msg *m, const struct ipa *from)
{
	struct core *c = i->net->core;
	struct nd_if *d = i->nd;
	struct nd_router *r = find(d, from);

	if (!m->lifetime_s) { /* (ND-9) */
		nd_router_gone(i, from);
		return;
	}
	if (!r) {
		unsigned most = c->conf.routers < ROUTERS_MOST ? c->conf.routers : ROUTERS_MOST;

		if (d->n_routers >= most) {
			NOTE(c, NOD_EV_ND_DROP_LIMIT, .interface = (uint16_t)i->iface->index);
			return;
		}
		r = &d->router[d->n_routers++];
		*r = (struct nd_router){ .addr = *from };
		NOTE(c, NOD_EV_ND_ROUTER, .interface = (uint16_t)i->iface->index,
			.src = ipa_to_addr(from, i->iface->index));
	}
	r->until = until(c, m->lifetime_s);
	r->preference = m->preference;
	r->is_silent = false;
	set_default(i, r);
}

/* ---- which router a source is for (RFC 8028 3) ---------------------------------------- */

static bool has(const struct nd_router *r, const struct ipa *addr)
{
	for (unsigned k = 0; k < r->n_prefixes; k++)
		if (r->prefix[k] == addr->q[0])
			return true;
	return false;
}

bool nd_router_has(const struct netif *i, const struct ipa *router, const struct ipa *addr)
{
	const struct nd_router *r = i->nd ? find(i->nd, router) : NULL;

	return r && has(r, addr);
}

bool nd_router_for(const struct netif *i, const struct ipa *src, struct ipa *router)
{
	const struct nd_router *best = NULL;

	for (unsigned k = 0; i->nd && k < i->nd->n_routers; k++) {
		const struct nd_router *r = &i->nd->router[k];

		if (has(r, src) && !r->is_silent && r->until > i->net->core->now &&
			(!best || r->preference > best->preference))
			best = r;
	}
	if (best)
		*router = best->addr;
	return best;
}

bool nd_has_choice(const struct netif *i)
{
	return i->nd && i->nd->n_routers > 1;
}

/* What it tells of, and no more what it takes back; not all of it stands in each message. */
static void note_prefixes(struct netif *i, const struct nd_msg *m, const struct ipa *from)
{
	struct nd_router *r = find(i->nd, from);
	bool is_other = false;

	for (unsigned k = 0; r && k < m->n_prefixes; k++) {
		const struct nd_prefix *p = &m->prefix[k];
		unsigned at = 0;

		if (p->len != 64)
			continue;
		while (at < r->n_prefixes && r->prefix[at] != p->prefix.q[0])
			at++;
		if (at < r->n_prefixes && !p->valid_s) {
			r->prefix[at] = r->prefix[--r->n_prefixes];
			is_other = true;
		} else if (at == r->n_prefixes && p->valid_s && at < ROUTER_PREFIXES_MOST) {
			r->prefix[r->n_prefixes++] = p->prefix.q[0];
			is_other = true;
		}
	}
	if (is_other)
		i->net->generation++; /* other sources may be the best ones now */
}

/* ---- the rest of an advertisement ---------------------------------------- */

static void parameters(struct netif *i, const struct nd_msg *m)
{
	struct neigh_times *t = neigh_times(i->iface, false);

	if (m->hop_limit >= HOP_LIMIT_LEAST) /* 0 = not said (ND-11, H25) */
		i->hop_limit = m->hop_limit;
	if (m->reachable_ms && m->reachable_ms <= 3600000) /* RFC 4861 6.2.1: at most an hour */
		t->base_reachable = m->reachable_ms * NOD_MS;
	/* ours: neither a flood of questions, nor one so rare that nobody is ever found (H25) */
	if (m->retrans_ms >= RETRANS_LEAST_MS && m->retrans_ms <= RETRANS_MOST_MS)
		t->retrans = m->retrans_ms * NOD_MS;
	if (m->mtu >= IPV6_MIN_MTU && m->mtu <= i->iface->mtu && m->mtu != i->mtu6) {
		i->mtu6 = m->mtu;
		i->net->generation++;
	}
}

/* The places of what is over are free again (H24). */
static void forget_old(struct netif *i)
{
	struct nd_if *d = i->nd;
	nod_ns now = i->net->core->now;

	for (unsigned k = d->n_learnt; k--;)
		if (d->learnt[k].until <= now) {
			route_remove(i->net, &d->learnt[k].prefix, d->learnt[k].len, i->iface,
				&d->learnt[k].router);
			d->learnt[k] = d->learnt[--d->n_learnt];
		}
	for (unsigned k = d->n_routers; k--;)
		if (d->router[k].until <= now) {
			struct ipa addr = d->router[k].addr;

			nd_router_gone(i, &addr);
		}
	for (unsigned k = d->n_dns; k--;)
		if (d->dns[k].until <= now)
			d->dns[k] = d->dns[--d->n_dns];
}

/*
 * A route as an advertisement says: only what was learnt here is changed or taken away, never a
 * route that was given by hand.  Of each interface conf.prefixes on the link and as many by
 * routers; one more is not taken (H24).
 */
static void learn(struct netif *i, const struct nd_route *t, const struct ipa *router)
{
	struct core *c = i->net->core;
	struct nd_if *d = i->nd;
	struct route r = {
		.prefix = t->prefix,
		.len = t->len,
		.origin = ROUTE_RA,
		.preference = t->preference,
		.metric = ipa_is_any(router) ? 256 : 1024, /* as Linux */
		.iface = i->iface,
		.gateway = *router,
		.until = until(c, t->lifetime_s),
	};
	unsigned at = 0, same = 0;

	for (unsigned k = 0; k < d->n_learnt; k++)
		same += ipa_is_any(&d->learnt[k].router) == ipa_is_any(router);
	while (at < d->n_learnt &&
		!(d->learnt[at].len == t->len && ipa_equal(&d->learnt[at].router, router) &&
			ipa_same_prefix(&d->learnt[at].prefix, &t->prefix, t->len)))
		at++;
	if (at < d->n_learnt) {
		route_remove(i->net, &t->prefix, t->len, i->iface, router);
		d->learnt[at] = d->learnt[--d->n_learnt];
	} else if (t->lifetime_s && (same >= c->conf.prefixes || d->n_learnt == LEARNT_MOST)) {
		NOTE(c, NOD_EV_ND_DROP_LIMIT, .interface = (uint16_t)i->iface->index);
		return;
	} else if (t->lifetime_s && ipa_is_any(router)) {
		NOTE(c, NOD_EV_ND_PREFIX, .interface = (uint16_t)i->iface->index,
			.src = ipa_to_addr(&t->prefix, 0), .to = t->len);
	}
	if (t->lifetime_s && route_add(i->net, &r) == 0)
		d->learnt[d->n_learnt++] =
			(struct nd_learnt){ t->prefix, *router, t->len, r.until };
}

/* No network's: the link's own, groups, and what RFC 4291 2.4 keeps for :: and ::1. */
static bool is_no_network(const struct ipa *prefix, unsigned len)
{
	return ipa_is_link_local(prefix) || ipa_is_multicast(prefix) ||
		(len >= 64 && prefix->q[0] == 0);
}

static void prefixes(struct netif *i, const struct nd_msg *m)
{
	struct core *c = i->net->core;
	struct ipa on_link = IPA_ANY6;

	for (unsigned k = 0; k < m->n_prefixes; k++) {
		const struct nd_prefix *p = &m->prefix[k];
		const struct nd_route t = { p->prefix, p->len, 1, p->valid_s };

		if (is_no_network(&p->prefix, p->len))
			continue;
		if (k >= c->conf.prefixes) {
			NOTE(c, NOD_EV_ND_DROP_LIMIT, .interface = (uint16_t)i->iface->index);
			break;
		}
		if (p->on_link && p->len) /* RFC 4861 6.3.4; the whole world is on no link */
			learn(i, &t, &on_link);
		if (p->autonomous && !c->conf.no_autoconf)
			slaac_prefix(i, p);
	}
}

/* RFC 4191; the default route is the business of the router lifetime. */
static void routes(struct netif *i, const struct nd_msg *m, const struct ipa *router)
{
	for (unsigned k = 0; k < m->n_routes; k++)
		if (m->route[k].len && !is_no_network(&m->route[k].prefix, m->route[k].len))
			learn(i, &m->route[k], router);
}

static void dns(struct netif *i, const struct nd_msg *m)
{
	struct nd_if *d = i->nd;

	for (unsigned k = 0; k < m->n_dns; k++) {
		unsigned at = 0;

		if (ipa_is_any(&m->dns[k]) || ipa_is_multicast(&m->dns[k]))
			continue;
		while (at < d->n_dns && !ipa_equal(&d->dns[at].addr, &m->dns[k]))
			at++;
		if (!m->dns_lifetime_s[k]) {
			if (at < d->n_dns)
				d->dns[at] = d->dns[--d->n_dns];
			continue;
		}
		if (at == DNS_MOST)
			continue;
		if (at == d->n_dns)
			d->n_dns++;
		d->dns[at] = (struct nd_dns){ m->dns[k],
			until(i->net->core, m->dns_lifetime_s[k]) };
	}
}

unsigned nd_dns_servers(const struct netif *i, struct ipa *list, unsigned max)
{
	unsigned n = 0;

	for (unsigned k = 0; i->nd && k < i->nd->n_dns && n < max; k++)
		if (i->nd->dns[k].until > i->net->core->now)
			list[n++] = i->nd->dns[k].addr;
	return n;
}

void nd_router_advert(struct netif *i, const struct nd_msg *m, const struct ip_in *in)
{
	if (i->is_forwarding) /* RFC 4861 6.2.7: routers do not learn */
		return;
	if (m->lifetime_s) /* RFC 4861 6.3.7 */
		timer_stop(&i->net->core->wheel, &i->nd->solicit);
	forget_old(i);
	if (m->has_source_mac) {
		struct neigh *g = neigh_get(i->net->link, i->iface, &in->src);

		if (g) {
			neigh_asked_us(g, m->source_mac);
			g->is_router = true;
		}
	}
	parameters(i, m);
	default_router(i, m, &in->src);
	note_prefixes(i, m, &in->src);
	routes(i, m, &in->src);
	prefixes(i, m);
	dns(i, m);
}

/* ---- asking for routers ---------------------------------------- */

static void solicit_fire(struct timer *t, int64_t now)
{
	struct nd_if *d = container_of(t, struct nd_if, solicit);
	struct netif *i = d->netif;
	struct nd_msg m = { .type = ND_ROUTER_SOLICIT, .has_source_mac = true };
	struct ipa src;

	if (!nd_link_local(i, &src)) {
		src = IPA_ANY6;
		m.has_source_mac = false;
	}
	memcpy(m.source_mac, i->iface->mac, 6);
	nd_send(i, &m, &src, &all_routers, NOD_EV_ND_OUT_RS);
	if (d->solicits_left)
		d->solicits_left--;
	else if (d->solicit_gap < solicit_most)
		d->solicit_gap *= 2; /* RFC 7559: not so often, but on */
	timer_set(&i->net->core->wheel, t, now + d->solicit_gap);
}

void nd_solicit_routers(struct netif *i)
{
	struct core *c = i->net->core;

	if (i->is_forwarding || c->conf.no_autoconf)
		return;
	i->nd->solicits_left = SOLICITS;
	i->nd->solicit_gap = solicit_gap;
	timer_set(&c->wheel, &i->nd->solicit,
		c->now + (nod_ns)prng_below64(&c->prng, NOD_S));
}

/* ---- interfaces ---------------------------------------- */

int nd_iface_added(struct netif *i)
{
	i->nd = calloc(1, sizeof(*i->nd));
	if (!i->nd)
		return -ENOMEM;
	i->nd->netif = i;
	i->nd->solicit.fire = solicit_fire;
	nd_advert_init(i->nd);
	return 0;
}

void nd_iface_changed(struct netif *i)
{
	if (i->iface->kind != IFACE_ETHERNET || i->is_v6_off || !i->iface->is_up)
		return;
	if (i->is_forwarding && !group_is_member(i, &all_routers))
		nd_join(i, &all_routers);
	slaac_link_local(i);
}

void nd_iface_removed(struct netif *i)
{
	struct wheel *w = &i->net->core->wheel;

	if (!i->nd)
		return;
	timer_stop(w, &i->nd->solicit);
	timer_stop(w, &i->nd->advert);
	group_leave_all(&i->nd->groups);
	free(i->nd);
	i->nd = NULL;
}
