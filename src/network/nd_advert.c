/* SPDX-License-Identifier: ISC */
/*
 * nd_advert.c - what a router tells of itself
 *
 * RFC 4861 6.2: advertisements now and then, soon after the beginning, and when asked; the last
 * one says that it is a router no more.
 *
 * Neighbours: nd_router.c (what hosts make of it).
 */
#include <errno.h>

#include "nd_internal.h"

enum { LIFETIME_S = 1800, VALID_S = 2592000, PREFERRED_S = 604800, INITIAL = 3 };
static const nod_ns least = 200 * NOD_S, most = 600 * NOD_S; /* RFC 4861 6.2.1 */
static const nod_ns initial_most = 16 * NOD_S, delay_least = 3 * NOD_S;

static const struct ipa all_nodes = { .o = { 0xff, 0x02, [15] = 1 } };

static bool is_said(const struct nd_msg *m, const struct ifaddr *a)
{
	for (unsigned k = 0; k < m->n_prefixes; k++)
		if (m->prefix[k].len == a->prefix_len &&
			ipa_same_prefix(&m->prefix[k].prefix, &a->addr, a->prefix_len))
			return true;
	return false;
}

static void send(struct netif *i, uint16_t lifetime_s)
{
	struct nd_msg m = {
		.type = ND_ROUTER_ADVERT,
		.hop_limit = i->net->core->conf.default_ttl,
		.lifetime_s = lifetime_s,
		.has_source_mac = true,
		.mtu = i->mtu6,
	};
	struct ipa src;

	if (!nd_link_local(i, &src))
		return;
	memcpy(m.source_mac, i->iface->mac, 6);
	for (const struct ifaddr *a = i->addrs; a; a = a->next) {
		if (ipa_is_v4(&a->addr) || ipa_is_link_local(&a->addr) || is_said(&m, a) ||
			m.n_prefixes == 16)
			continue;
		m.prefix[m.n_prefixes++] = (struct nd_prefix){
			.prefix = ipa_network(&a->addr, a->prefix_len), /* RFC 4861 4.6.2 */
			.len = a->prefix_len,
			.on_link = true,
			.autonomous = a->prefix_len == 64,
			.valid_s = VALID_S,
			.preferred_s = PREFERRED_S,
		};
	}
	nd_send(i, &m, &src, &all_nodes, NOD_EV_ND_OUT_RA);
	i->nd->advert_at = i->net->core->now;
}

static void fire(struct timer *t, int64_t now)
{
	struct nd_if *d = container_of(t, struct nd_if, advert);
	struct core *c = d->netif->net->core;
	nod_ns gap = least + (nod_ns)prng_below64(&c->prng, (uint64_t)(most - least));

	send(d->netif, LIFETIME_S);
	if (d->initial_left) {
		d->initial_left--;
		if (gap > initial_most)
			gap = initial_most;
	}
	timer_set(&c->wheel, t, now + gap);
}

void nd_advert_init(struct nd_if *d)
{
	d->advert.fire = fire;
}

void nd_router_solicit(struct netif *i, const struct nd_msg *m, const struct ip_in *in)
{
	struct core *c = i->net->core;
	nod_ns at = c->now + (nod_ns)prng_below64(&c->prng, NOD_S / 2); /* RFC 4861 6.2.6 */

	if (!i->nd->is_advertising)
		return;
	if (m->has_source_mac && !ipa_is_any(&in->src)) {
		struct neigh *g = neigh_get(i->net->link, i->iface, &in->src);

		if (g)
			neigh_asked_us(g, m->source_mac);
	}
	if (at < i->nd->advert_at + delay_least && i->nd->advert_at)
		at = i->nd->advert_at + delay_least;
	if (!timer_is_set(&i->nd->advert) || at < i->nd->advert.at)
		timer_set(&c->wheel, &i->nd->advert, at);
}

int nd_advertise(struct netif *i, bool on)
{
	struct core *c = i->net->core;

	if (i->is_v6_off || !i->is_forwarding)
		return -EAFNOSUPPORT;
	if (on && !i->nd->is_advertising) {
		i->nd->initial_left = INITIAL;
		timer_set(&c->wheel, &i->nd->advert, c->now + 1);
	} else if (!on && i->nd->is_advertising) {
		timer_stop(&c->wheel, &i->nd->advert);
		send(i, 0);
	}
	i->nd->is_advertising = on;
	return 0;
}
