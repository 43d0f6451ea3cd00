/* SPDX-License-Identifier: ISC */
/*
 * nd_router.c - what a host learns from routers
 *
 * RFC 4861 6.3 (default routers, parameters), RFC 4191 (preferences, routes), RFC 8106 (DNS
 * servers), RFC 6104 and CVE-2010-4669 (floods: what is kept has a limit), CVE-2015-2922 (a hop
 * limit is not lowered below what reaches the Internet).  Prefixes become addresses in slaac.c.
 *
 * Neighbours: nd.c, route.h, slaac.c.
 */
#include <errno.h>
#include <stdlib.h>

#include "../link/ether_wire.h"
#include "group.h"
#include "nd_internal.h"
#include "route.h"

enum { HOP_LIMIT_LEAST = 32, SOLICITS = 3 };
static const nod_ns solicit_gap = 4 * NOD_S; /* RTR_SOLICITATION_INTERVAL: RFC 4861 10 */
static const nod_ns solicit_most = 3600 * NOD_S; /* RFC 7559 */

static const struct ipa all_routers = { .o = { 0xff, 0x02, [15] = 2 } };

static nod_ns until(const struct core *c, uint32_t seconds)
{
	return seconds == UINT32_MAX ? NOD_FOREVER : c->now + seconds * NOD_S;
}

/* ---- routers ------------------------------------------------------------------------- */

static struct nd_router *find(struct nd_if *d, const struct ipa *addr)
{
	for (unsigned k = 0; k < d->n_routers; k++)
		if (ipa_equal(&d->router[k].addr, addr))
			return &d->router[k];
	return NULL;
}

static void set_route(struct netif *i, const struct ipa *prefix, uint8_t len,
	const struct ipa *router, uint32_t lifetime_s, uint8_t preference)
{
	struct route r = {
		.prefix = *prefix,
		.len = len,
		.origin = ROUTE_RA,
		.preference = preference,
		.metric = 1024, /* as Linux: what was given by hand comes first */
		.iface = i->iface,
		.gateway = *router,
		.until = until(i->net->core, lifetime_s),
	};

	route_remove(i->net, prefix, len, i->iface, router);
	if (lifetime_s)
		route_add(i->net, &r);
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
	struct ipa any = IPA_ANY6;

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
	if (r->preference != m->preference || r->until <= c->now || r->until == 0 ||
		until(c, m->lifetime_s) != r->until)
		set_route(i, &any, 0, from, m->lifetime_s, m->preference);
	r->until = until(c, m->lifetime_s);
	r->preference = m->preference;
}

/* ---- the rest of an advertisement ---------------------------------------------------- */

static void parameters(struct netif *i, const struct nd_msg *m)
{
	struct neigh_times *t = neigh_times(i->iface, false);

	if (m->hop_limit >= HOP_LIMIT_LEAST) /* 0 = not said (ND-11, H25) */
		i->hop_limit = m->hop_limit;
	if (m->reachable_ms && m->reachable_ms <= 3600000) /* RFC 4861 6.2.1: at most an hour */
		t->base_reachable = m->reachable_ms * NOD_MS;
	if (m->retrans_ms && m->retrans_ms >= 100)
		t->retrans = m->retrans_ms * NOD_MS;
	if (m->mtu >= IPV6_MIN_MTU && m->mtu <= i->iface->mtu && m->mtu != i->mtu6) {
		i->mtu6 = m->mtu;
		i->net->generation++;
	}
}

static void prefixes(struct netif *i, const struct nd_msg *m)
{
	struct core *c = i->net->core;

	for (unsigned k = 0; k < m->n_prefixes; k++) {
		const struct nd_prefix *p = &m->prefix[k];
		struct route r = {
			.prefix = p->prefix,
			.len = p->len,
			.origin = ROUTE_RA,
			.preference = 1,
			.metric = 256,
			.iface = i->iface,
			.gateway = IPA_ANY6,
			.until = until(c, p->valid_s),
		};

		if (ipa_is_link_local(&p->prefix) || ipa_is_multicast(&p->prefix))
			continue;
		if (k >= c->conf.prefixes) {
			NOTE(c, NOD_EV_ND_DROP_LIMIT, .interface = (uint16_t)i->iface->index);
			break;
		}
		if (p->on_link) { /* RFC 4861 6.3.4 */
			bool was_there = route_remove(i->net, &p->prefix, p->len, i->iface,
						 &r.gateway) == 0;

			i->nd->n_prefixes -= was_there;
			if (p->valid_s && i->nd->n_prefixes < c->conf.prefixes &&
				route_add(i->net, &r) == 0) {
				i->nd->n_prefixes++;
				if (!was_there)
					NOTE(c, NOD_EV_ND_PREFIX,
						.interface = (uint16_t)i->iface->index,
						.src = ipa_to_addr(&p->prefix, 0), .to = p->len);
			}
		}
		if (p->autonomous && !c->conf.no_autoconf)
			slaac_prefix(i, p);
	}
}

static void dns(struct netif *i, const struct nd_msg *m)
{
	struct nd_if *d = i->nd;

	for (unsigned k = 0; k < m->n_dns; k++) {
		unsigned at = 0;

		while (at < d->n_dns && !ipa_equal(&d->dns[at].addr, &m->dns[k]))
			at++;
		if (at == DNS_MOST)
			return;
		if (!m->dns_lifetime_s) {
			if (at < d->n_dns)
				d->dns[at] = d->dns[--d->n_dns];
			continue;
		}
		if (at == d->n_dns)
			d->n_dns++;
		d->dns[at] = (struct nd_dns){ m->dns[k], until(i->net->core, m->dns_lifetime_s) };
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
	timer_stop(&i->net->core->wheel, &i->nd->solicit);
	if (m->has_source_mac && !ether_is_group(m->source_mac)) {
		struct neigh *g = neigh_get(i->net->link, i->iface, &in->src);

		if (g) {
			neigh_asked_us(g, m->source_mac);
			g->is_router = true;
		}
	}
	parameters(i, m);
	default_router(i, m, &in->src);
	for (unsigned k = 0; k < m->n_routes; k++)
		if (k < i->net->core->conf.prefixes && !ipa_is_link_local(&m->route[k].prefix))
			set_route(i, &m->route[k].prefix, m->route[k].len, &in->src,
				m->route[k].lifetime_s, m->route[k].preference);
	prefixes(i, m);
	dns(i, m);
}

/* ---- asking for routers -------------------------------------------------------------- */

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

/* ---- interfaces ---------------------------------------------------------------------- */

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
