/* SPDX-License-Identifier: ISC */
/*
 * nd.c - IPv6's neighbours: asked for, answered, believed; and addresses tried before use
 *
 * RFC 4861 7 (solicitations and advertisements) and 8 (redirects), RFC 4862 5.4 (duplicate
 * addresses), RFC 7527 (our own solicitation come back).  Routers are nd_router.c's.
 *
 * Neighbours: nd.h, nd_wire.h, link/neigh.h (the states).
 */
#include "nd_internal.h"

#include <errno.h>
#include <stdlib.h>

#include "group.h"
#include "icmp.h"

enum { HOP_LIMIT = 255 };

static const struct ipa all_nodes = { .o = { 0xff, 0x02, [15] = 1 } };

/* RFC 4291 2.7.1 */
struct ipa nd_solicited_node(const struct ipa *a)
{
	struct ipa out = { .o = { 0xff, 0x02, [11] = 1, 0xff } };

	memcpy(out.o + 13, a->o + 13, 3);
	return out;
}

int nd_send(struct netif *i, const struct nd_msg *m, const struct ipa *src,
	const struct ipa *dst, enum nod_event_kind what)
{
	struct ip_out o = {
		.src = *src,
		.dst = *dst,
		.iface = i->iface,
		.protocol = IP_PROTO_ICMPV6,
		.ttl = HOP_LIMIT,
		.is_bare = true,
		.is_fragment_off = true, /* (ND-12) */
	};
	struct pkt *p = pkt_new(i->net->core->pool, ND_MOST);
	struct wcur w;

	if (!p)
		return -ENOBUFS;
	w = wcur_of(p->data, ND_MOST);
	if (nd_emit(m, &w) < 0) {
		pkt_free(p);
		return -EMSGSIZE;
	}
	pkt_put(p, (uint32_t)w.at);
	NOTE(i->net->core, what, .packet = pkt_public(p),
		.interface = (uint16_t)i->iface->index, .dst = ipa_to_addr(&m->target, 0));
	return icmp6_send(i->net, &o, p);
}

/* ---- asking ---------------------------------------- */

static void solicit(void *self, struct neigh *g, const uint8_t *mac)
{
	struct netif *i = netif_of(g->iface);
	struct nd_msg m = {
		.type = ND_NEIGHBOUR_SOLICIT,
		.target = g->addr,
		.has_source_mac = true,
	};
	struct ipa src, dst = nd_solicited_node(&g->addr);

	(void)self;
	if (!i || !source_select6(i, &g->addr, NULL, &src))
		return;
	/* one of this interface's own: RFC 4861 7.2.2 */
	if (!ifaddr_is_ours(i->net, i->iface, &src) && !nd_link_local(i, &src))
		return;
	memcpy(m.source_mac, g->iface->mac, 6);
	if (mac)
		dst = g->addr; /* PROBE: that one alone */
	nd_send(i, &m, &src, &dst, NOD_EV_ND_OUT_SOLICIT);
}

static void unreachable(void *self, struct neigh *g, struct pkt *p)
{
	if (p->l3)
		icmp_report(self, p, p->is_forwarded ? g->iface : NULL,
			ICMP_REPORT_HOST_UNREACHABLE, 0);
}

/*
 * One that says it is no router any more is forgotten.  One that only stopped answering comes
 * after the others (RFC 4861 6.3.6), and without others it is still the best that is known;
 * whether there are any is asked (ND-9).
 */
static void router_gone(void *self, struct neigh *g)
{
	struct netif *i = netif_of(g->iface);

	(void)self;
	if (g->state == NEIGH_FAILED)
		nd_router_silent(i, &g->addr);
	else
		nd_router_gone(i, &g->addr);
}

/* ---- answering ---------------------------------------- */

static void advertise(struct netif *i, const struct ipa *target, const struct ipa *to)
{
	struct nd_msg m = {
		.type = ND_NEIGHBOUR_ADVERT,
		.target = *target,
		.is_router = i->is_forwarding,
		.is_solicited = !ipa_is_any(to),
		.is_override = true,
		.has_target_mac = true,
	};
	struct ipa dst = ipa_is_any(to) ? all_nodes : *to;

	memcpy(m.target_mac, i->iface->mac, 6);
	nd_send(i, &m, target, &dst, NOD_EV_ND_OUT_ADVERT);
}

static void heard_solicit(
	struct net *n, struct netif *i, const struct nd_msg *m, const struct ip_in *in)
{
	struct ifaddr *a = ifaddr_find(n, i->iface, &m->target);

	if (!a)
		return;
	if (a->state == IFADDR_TENTATIVE) {
		/* somebody tries it at the same time: RFC 4862 5.4.3; our own is no conflict */
		if (ipa_is_any(&in->src) &&
			!(m->has_nonce && memcmp(m->nonce, a->nonce, ND_NONCE_LEN) == 0))
			nd_duplicate(a);
		return;
	}
	if (a->state == IFADDR_DUPLICATE)
		return;
	if (!ipa_is_any(&in->src) && m->has_source_mac) {
		struct neigh *g = neigh_get(n->link, i->iface, &in->src);

		if (g)
			neigh_asked_us(g, m->source_mac);
	}
	advertise(i, &m->target, &in->src);
}

static void heard_advert(struct net *n, struct netif *i, const struct nd_msg *m, struct pkt *p)
{
	struct ifaddr *a = ifaddr_find(n, i->iface, &m->target);
	struct neigh *g;
	unsigned what = m->is_router ? NEIGH_HEARD_ROUTER : NEIGH_HEARD_NO_ROUTER;

	if (a) { /* somebody has an address of ours: RFC 4862 5.4.4 */
		if (a->state == IFADDR_TENTATIVE)
			nd_duplicate(a);
		else
			NOTE(n->core, NOD_EV_ND_DROP_UNSOLICITED, .packet = pkt_public(p),
				.interface = (uint16_t)i->iface->index);
		return;
	}
	g = neigh_find(n->link, i->iface, &m->target);
	if (!g) { /* (ND-7, H24) */
		NOTE(n->core, NOD_EV_ND_DROP_UNSOLICITED, .packet = pkt_public(p),
			.interface = (uint16_t)i->iface->index);
		return;
	}
	if (m->is_solicited)
		what |= NEIGH_HEARD_SOLICITED;
	if (m->is_override)
		what |= NEIGH_HEARD_OVERRIDE;
	neigh_heard(g, m->has_target_mac ? m->target_mac : NULL, what);
}

/* RFC 4861 8.1 and 8.3 (ND-10). */
static void heard_redirect(struct net *n, struct netif *i, const struct nd_msg *m,
	const struct ip_in *in, struct pkt *p)
{
	bool is_neighbour = ipa_equal(&m->target, &m->dst);

	if (n->core->conf.no_redirects || i->is_forwarding || ipa_is_multicast(&m->dst) ||
		(!is_neighbour && !ipa_is_link_local(&m->target)) ||
		ifaddr_find(n, NULL, &m->target) || !dest_uses(n, &m->dst, &in->src)) {
		NOTE(n->core, NOD_EV_ICMP6_DROP_REDIRECT, .packet = pkt_public(p),
			.interface = (uint16_t)i->iface->index);
		return;
	}
	dest_redirect(n, i->iface, &m->dst, &m->target);
	if (m->has_target_mac) {
		struct neigh *g = neigh_get(n->link, i->iface, &m->target);

		if (g)
			neigh_asked_us(g, m->target_mac);
	}
}

/* RFC 4861 6.1, 7.1, 8.1: what must hold of each type (ND-1..ND-4). */
static bool is_valid(const struct nd_msg *m, const struct ip_in *in)
{
	static const struct ipa node_prefix = { .o = { 0xff, 0x02, [11] = 1, 0xff } };

	if (in->ttl != HOP_LIMIT)
		return false;
	switch (m->type) {
	case ND_NEIGHBOUR_SOLICIT:
		if (ipa_is_multicast(&m->target))
			return false;
		return !ipa_is_any(&in->src) ||
			(!m->has_source_mac && ipa_same_prefix(&in->dst, &node_prefix, 104));
	case ND_NEIGHBOUR_ADVERT:
		return !ipa_is_multicast(&m->target) &&
			!(in->cast == IP_MULTICAST && m->is_solicited);
	case ND_ROUTER_SOLICIT:
		return !(ipa_is_any(&in->src) && m->has_source_mac);
	default: /* router advertisement, redirect: from the link (ND-2) */
		return ipa_is_link_local(&in->src);
	}
}

void nd_input(struct net *n, struct pkt *p, const struct ip_in *in)
{
	struct netif *i = netif_of(in->iface);
	struct rcur r = rcur_of(p->data, p->lin);
	struct nd_msg m;

	if (in->was_fragments || p->lin < p->len) { /* RFC 6980 (ND-12) */
		net_drop(n, p, in->iface, NOD_EV_ND_DROP_FRAGMENT);
		return;
	}
	if (nd_parse(&m, &r) < 0 || !is_valid(&m, in) || p->is_looped) {
		net_drop(n, p, in->iface, NOD_EV_ND_DROP_BAD);
		return;
	}
	switch (m.type) {
	case ND_NEIGHBOUR_SOLICIT:
		heard_solicit(n, i, &m, in);
		break;
	case ND_NEIGHBOUR_ADVERT:
		heard_advert(n, i, &m, p);
		break;
	case ND_REDIRECT:
		heard_redirect(n, i, &m, in, p);
		break;
	case ND_ROUTER_ADVERT:
		nd_router_advert(i, &m, in);
		break;
	default:
		nd_router_solicit(i, &m, in);
		break;
	}
	pkt_free(p);
}

void icmp6_redirect_send(
	struct net *n, const struct pkt *p, struct iface *in, const struct ipa *next_hop)
{
	struct netif *i = netif_of(in);
	struct nd_msg m = { .type = ND_REDIRECT, .target = *next_hop };
	struct ipa src, to;

	if (!i->is_forwarding || p->lin < 40)
		return;
	memcpy(to.o, p->l3 + 8, 16);
	memcpy(m.dst.o, p->l3 + 24, 16);
	if (!nd_link_local(i, &src) || !neigh_find(n->link, in, &to) || !icmp_may_send(n, &to))
		return; /* RFC 4861 8.2: to a neighbour */
	nd_send(i, &m, &src, &to, NOD_EV_ND_OUT_ADVERT);
}

/* ---- duplicate addresses ---------------------------------------- */

static void dad_fire(struct timer *t, int64_t now)
{
	struct ifaddr *a = container_of(t, struct ifaddr, timer);
	struct netif *i = a->netif;
	struct core *c = i->net->core;
	struct nd_msg m = {
		.type = ND_NEIGHBOUR_SOLICIT,
		.target = a->addr,
		.has_nonce = true,
	};
	struct ipa dst = nd_solicited_node(&a->addr), none = IPA_ANY6;

	if (!a->dad_left) {
		a->timer.fire = i->nd->addr_fire;
		ifaddr_enter(a, IFADDR_PREFERRED, "nobody else has it");
		nd_address_ready(a);
		return;
	}
	a->dad_left--;
	prng_fill(&c->prng, a->nonce, sizeof(a->nonce));
	memcpy(m.nonce, a->nonce, ND_NONCE_LEN);
	nd_send(i, &m, &none, &dst, NOD_EV_ND_OUT_SOLICIT);
	timer_set(&c->wheel, t, now + neigh_times(i->iface, false)->retrans);
}

int nd_dad_start(struct ifaddr *a)
{
	struct netif *i = a->netif;
	struct core *c = i->net->core;
	struct ipa group = nd_solicited_node(&a->addr);

	int err = nd_join(i, &group);

	if (err < 0)
		return err;
	i->nd->addr_fire = a->timer.fire;
	a->timer.fire = dad_fire;
	a->dad_left = 1; /* DupAddrDetectTransmits: RFC 4862 5.1 (SLAAC-1) */
	/* MAX_RTR_SOLICITATION_DELAY: RFC 4862 5.4.2 */
	timer_set(&c->wheel, &a->timer, c->now + (nod_ns)prng_below64(&c->prng, NOD_S));
	return 0;
}

int nd_dad_skip(struct ifaddr *a)
{
	struct ipa group = nd_solicited_node(&a->addr);
	int err = nd_join(a->netif, &group);

	if (err == 0)
		nd_address_ready(a);
	return err;
}

void nd_dad_stop(struct ifaddr *a)
{
	struct ipa group = nd_solicited_node(&a->addr);

	timer_stop(&a->netif->net->core->wheel, &a->timer);
	if (a->netif->nd)
		nd_leave(a->netif, &group);
}

/* ---- the layer's part of an interface ---------------------------------------- */

/* Groups of several addresses that end alike are one: counted by addresses. */
int nd_join(struct netif *i, const struct ipa *group)
{
	int err = group_join(&i->nd->groups, i, group, GROUP_EXCLUDE, NULL, 0);

	return err == -EADDRINUSE ? 0 : err;
}

void nd_leave(struct netif *i, const struct ipa *group)
{
	unsigned users = 0;

	for (const struct ifaddr *a = i->addrs; a; a = a->next) {
		struct ipa other = nd_solicited_node(&a->addr);

		users += !ipa_is_v4(&a->addr) && ipa_equal(&other, group);
	}
	if (users <= 1) /* the one that leaves is still in the list */
		group_leave(&i->nd->groups, i, group);
}

int nd_init(struct net *n)
{
	const struct neigh_protocol p = {
		.solicit = solicit,
		.unreachable = unreachable,
		.router_gone = router_gone,
		.self = n,
	};

	neigh_register(n->link, false, &p);
	return 0;
}
