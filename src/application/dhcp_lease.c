/* SPDX-License-Identifier: ISC */
/*
 * dhcp_lease.c - what a DHCP server gives: whether it makes sense, and what is done with it
 *
 * RFC 2131 4.4.1 and 4.4.5 (times), RFC 3442 (routes), (H71).
 *
 * Neighbours: dhcp_client.c.
 */
#include "../network/route.h"
#include "dhcp_client_internal.h"

enum {
	LEASE_LEAST_S = 30, /* ours: below, renewing would be all that is done */
	RENEW_LEAST_S = 15, /* ours: so long it is kept before it is asked for again */
	MTU_LEAST = 576,    /* RFC 791: what every host takes */
};

/* RFC 791's classes, for a server that names no mask. */
static uint8_t class_len(const struct ipa *a)
{
	return a->o[12] < 128 ? 8 : a->o[12] < 192 ? 16 : 24;
}

/* Whether a host of this network can have it: (H71) not 0.0.0.0, broadcast, multicast. */
static bool is_host(const struct ipa *a, unsigned len)
{
	uint32_t host = len < 32 ? ipa_v4(a) & UINT32_MAX >> len : 0;

	if (a->o[12] == 0 || a->o[12] == 127 || a->o[12] >= 224)
		return false;
	return len > 30 || (host != 0 && host != UINT32_MAX >> len);
}

/* T1 and T2 as told when a moment < T1 < T2 < the lease's end (H71), else RFC 2131 4.4.5's. */
static void read_times(
	const struct dhcp_client *c, const struct dhcp_msg *m, struct dhcp_lease *l)
{
	struct core *core = &c->stack->core;
	nod_ns lease = m->lease_s * NOD_S, t1 = m->t1_s * NOD_S, t2 = m->t2_s * NOD_S;

	l->renew_at = l->rebind_at = l->until = NOD_FOREVER;
	if (m->lease_s == DHCP_INFINITE)
		return;
	if (t1 < RENEW_LEAST_S * NOD_S || t2 <= t1 || t2 >= lease) {
		/* "random fuzz", so that a network's hosts do not ask all at once */
		t1 = lease / 2 - (nod_ns)prng_below64(&core->prng, (uint64_t)lease / 32 + 1);
		t2 = lease - lease / 8;
	}
	l->renew_at = core->now + t1;
	l->rebind_at = core->now + t2;
	l->until = core->now + lease;
}

static bool is_on_link(const struct dhcp_lease *l, const struct ipa *gateway)
{
	if (ipa_same_prefix(gateway, &l->addr, l->prefix_len))
		return !ipa_equal(gateway, &l->addr);
	for (unsigned k = 0; k < l->n_routes; k++)
		if (ipa_is_any(&l->route[k].gateway) && l->route[k].len &&
			ipa_same_prefix(gateway, &l->route[k].dst, l->route[k].len))
			return true;
	return false;
}

/* RFC 3442: with classless routes the routers' option is not looked at. */
static void read_routes(const struct dhcp_msg *m, struct dhcp_lease *l)
{
	for (unsigned k = 0; k < m->n_routes; k++) {
		const struct dhcp_route *r = &m->route[k];

		if (ipa_is_any(&r->gateway) ? r->len > 0 : is_on_link(l, &r->gateway))
			l->route[l->n_routes++] = *r;
	}
	for (unsigned k = 0; k < m->n_routers; k++)
		if (is_on_link(l, &m->router[k])) /* (H71) */
			l->router[l->n_routers++] = m->router[k];
	if (!m->has_routes && l->n_routers)
		l->route[l->n_routes++] =
			(struct dhcp_route){ .dst = IPA_ANY4, .gateway = l->router[0] };
}

bool dhcp_lease_read(const struct dhcp_client *c, const struct dhcp_msg *m, struct dhcp_lease *l)
{
	*l = (struct dhcp_lease){ .addr = m->yiaddr, .server = m->server_id };
	l->prefix_len = m->prefix_len ? m->prefix_len : class_len(&m->yiaddr);
	if (!is_host(&m->yiaddr, l->prefix_len) || !is_host(&m->server_id, 32) ||
		!m->has_lease || m->lease_s < LEASE_LEAST_S) {
		NOTE(&c->stack->core, NOD_EV_DHCP_DROP_BAD, .interface = (uint16_t)c->interface,
			.src = ipa_to_addr(&m->server_id, 0),
			.why = "what it gives is no lease"); /* untranslated: of an event */
		return false;
	}
	read_times(c, m, l);
	read_routes(m, l);
	for (unsigned k = 0; k < m->n_dns; k++)
		if (!ipa_is_any(&m->dns[k]) && !ipa_is_multicast(&m->dns[k]))
			l->dns[l->n_dns++] = m->dns[k];
	l->mtu = m->mtu >= MTU_LEAST ? m->mtu : 0;
	memcpy(l->domain, m->domain, sizeof(l->domain));
	memcpy(l->hostname, m->hostname, sizeof(l->hostname));
	return true;
}

static nod_ns left(const struct dhcp_client *c, const struct dhcp_lease *l)
{
	return l->until == NOD_FOREVER ? 0 : l->until - c->stack->core.now;
}

static void take_mtu(struct dhcp_client *c, uint32_t mtu)
{
	struct netif *i = dhcp_client_netif(c);

	if (c->no_mtu)
		return;
	if (!mtu && c->mtu_before) {
		nod_interface_set_mtu(c->stack, c->interface, c->mtu_before);
		c->mtu_before = 0;
	} else if (mtu && mtu < i->iface->mtu) { /* never more than the device carries */
		if (!c->mtu_before)
			c->mtu_before = i->iface->mtu;
		nod_interface_set_mtu(c->stack, c->interface, mtu);
	}
}

void dhcp_lease_routes(struct dhcp_client *c, const struct dhcp_lease *l, bool on)
{
	struct netif *i = dhcp_client_netif(c);

	for (unsigned k = 0; k < l->n_routes && !c->no_routes; k++) {
		const struct route r = {
			.prefix = l->route[k].dst,
			.len = l->route[k].len,
			.origin = ROUTE_DHCP,
			.preference = 1,
			.iface = i->iface,
			.gateway = l->route[k].gateway,
			.until = NOD_FOREVER,
		};

		if (on)
			route_add(i->net, &r);
		else
			route_remove(i->net, &r.prefix, r.len, r.iface, &r.gateway);
	}
	take_mtu(c, on ? l->mtu : 0);
}

static bool is_same(const struct dhcp_lease *a, const struct dhcp_lease *b)
{
	if (a->n_routes != b->n_routes || a->mtu != b->mtu)
		return false;
	for (unsigned k = 0; k < a->n_routes; k++)
		if (!ipa_equal(&a->route[k].dst, &b->route[k].dst) ||
			!ipa_equal(&a->route[k].gateway, &b->route[k].gateway) ||
			a->route[k].len != b->route[k].len)
			return false;
	return true;
}

bool dhcp_lease_take(struct dhcp_client *c, const struct dhcp_lease *l)
{
	struct netif *i = dhcp_client_netif(c);
	struct ifaddr *a = ifaddr_find(i->net, i->iface, &l->addr);
	const struct ifaddr_conf conf = {
		.addr = l->addr,
		.prefix_len = l->prefix_len,
		.origin = IFADDR_DHCP,
		.valid = left(c, l),
		.no_probe = c->no_probe,
	};

	if (a && a->origin != IFADDR_DHCP)
		return false; /* somebody configured it by hand */
	if (!a)
		return ifaddr_add(i, &conf, NULL) == 0;
	ifaddr_set_lifetimes(a, 0, left(c, l));
	if (c->has_lease && !is_same(&c->lease, l)) { /* renewed, and routes are others */
		dhcp_lease_routes(c, &c->lease, false);
		dhcp_lease_routes(c, l, true);
	}
	return true;
}

void dhcp_lease_drop(struct dhcp_client *c, const struct dhcp_lease *l)
{
	struct netif *i = dhcp_client_netif(c);
	struct ifaddr *a = i ? ifaddr_find(i->net, i->iface, &l->addr) : NULL;

	if (!i)
		return;
	dhcp_lease_routes(c, l, false);
	if (a && a->origin == IFADDR_DHCP)
		ifaddr_remove(a);
}
