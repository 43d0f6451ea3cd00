/* SPDX-License-Identifier: ISC */
/*
 * slaac.c - addresses that a host makes for itself
 *
 * RFC 4862 5.3 and 5.5, RFC 7217 (identifiers that stay on one network and tell nothing on
 * another, SLAAC-5), RFC 8981 (temporary addresses).
 *
 * Neighbours: ifaddr.c, nd.c (trying them), nd_router.c (prefixes).
 */
#include <errno.h>

#include "nd_internal.h"

enum { IDGEN_RETRIES = 3 /* RFC 7217 6 */ };
static const nod_ns two_hours = 7200 * NOD_S;
/* RFC 8981 3.8 */
static const nod_ns temp_valid = 2 * 86400 * NOD_S, temp_preferred = 86400 * NOD_S;
static const nod_ns desync_most = 86400 * NOD_S * 4 / 10, regen_advance = 5 * NOD_S;

static const struct ipa link_local = { .o = { 0xfe, 0x80 } };

/* RFC 7217 5: F(prefix, interface, network, counter, secret). */
static struct ipa stable(const struct netif *i, const struct ipa *prefix, uint8_t counter)
{
	struct {
		uint64_t prefix;
		uint8_t mac[6];
		uint8_t counter, zero;
	} key = { .prefix = prefix->q[0], .counter = counter };
	struct ipa out = *prefix;
	uint64_t id;

	memcpy(key.mac, i->iface->mac, 6);
	id = siphash(&i->net->core->key, &key, sizeof(key));
	memcpy(out.o + 8, &id, 8);
	return out;
}

static struct ipa by_chance(const struct netif *i, const struct ipa *prefix)
{
	struct ipa out = *prefix;

	prng_fill(&i->net->core->prng, out.o + 8, 8);
	return out;
}

bool nd_link_local(const struct netif *i, struct ipa *out)
{
	for (const struct ifaddr *a = i->addrs; a; a = a->next)
		if (!ipa_is_v4(&a->addr) && ipa_is_link_local(&a->addr) &&
			(a->state == IFADDR_PREFERRED || a->state == IFADDR_DEPRECATED)) {
			*out = a->addr;
			return true;
		}
	return false;
}

static int add(struct netif *i, const struct ipa *addr, enum ifaddr_origin origin,
	nod_ns preferred, nod_ns valid, struct ifaddr **out)
{
	const struct ifaddr_conf conf = {
		.addr = *addr,
		.prefix_len = 64,
		.origin = origin,
		.preferred = preferred ? preferred : 1, /* 0 would be "no end" */
		.valid = valid,
	};

	return ifaddr_add(i, &conf, out);
}

void slaac_link_local(struct netif *i)
{
	struct ipa addr = stable(i, &link_local, i->nd->dad_counter);

	for (struct ifaddr *a = i->addrs; a; a = a->next)
		if (!ipa_is_v4(&a->addr) && ipa_is_link_local(&a->addr)) {
			if (a->state == IFADDR_PREFERRED) /* the link came back: RFC 4861 6.3.7 */
				nd_solicit_routers(i);
			return;
		}
	add(i, &addr, IFADDR_LINK_LOCAL, NOD_FOREVER, NOD_FOREVER, NULL);
}

/* The address is a duplicate: another is tried, a few times (RFC 7217 6). */
void nd_duplicate(struct ifaddr *a)
{
	struct netif *i = a->netif;
	enum ifaddr_origin origin = (enum ifaddr_origin)a->origin;
	struct ipa prefix = a->addr, next;
	struct ifaddr *again;
	nod_ns desync = a->desync;
	uint8_t tries = (uint8_t)(a->tries + 1);
	nod_ns now = i->net->core->now;
	nod_ns preferred =
		a->preferred_until == NOD_FOREVER ? NOD_FOREVER : a->preferred_until - now;
	nod_ns valid = a->valid_until == NOD_FOREVER ? NOD_FOREVER : a->valid_until - now;

	nd_dad_stop(a);
	ifaddr_enter(a, IFADDR_DUPLICATE, "another station has it");
	if (origin != IFADDR_LINK_LOCAL && origin != IFADDR_SLAAC && origin != IFADDR_TEMPORARY)
		return;
	ifaddr_remove(a);
	if (tries > IDGEN_RETRIES) {
		if (origin == IFADDR_LINK_LOCAL)
			i->is_v6_off = true; /* RFC 4862 5.4.5 (SLAAC-2) */
		return;
	}
	memset(prefix.o + 8, 0, 8);
	if (origin == IFADDR_LINK_LOCAL)
		i->nd->dad_counter = tries;
	next = origin == IFADDR_TEMPORARY ? by_chance(i, &prefix) : stable(i, &prefix, tries);
	if (add(i, &next, origin, preferred, valid, &again) < 0)
		return;
	again->tries = tries;
	again->desync = desync;
}

void nd_address_ready(struct ifaddr *a)
{
	if (ipa_is_link_local(&a->addr))
		nd_solicit_routers(a->netif);
}

static nod_ns span(uint32_t seconds)
{
	return seconds == UINT32_MAX ? NOD_FOREVER : seconds * NOD_S;
}

static void temporary(struct netif *i, const struct nd_prefix *p, const struct ipa *prefix)
{
	struct core *c = i->net->core;
	nod_ns valid = span(p->valid_s), preferred = span(p->preferred_s);
	nod_ns desync = (nod_ns)prng_below64(&c->prng, (uint64_t)desync_most);
	struct ifaddr *new;
	struct ipa addr;

	if (c->conf.no_privacy)
		return;
	for (struct ifaddr *a = i->addrs; a; a = a->next)
		if (a->origin == IFADDR_TEMPORARY && ipa_same_prefix(&a->addr, prefix, 64) &&
			a->state != IFADDR_DUPLICATE &&
			a->preferred_until > c->now + regen_advance)
			return; /* one that will do for a while */
	if (valid > temp_valid)
		valid = temp_valid;
	if (preferred > temp_preferred - desync)
		preferred = temp_preferred - desync;
	if (preferred <= regen_advance)
		return;
	addr = by_chance(i, prefix);
	if (add(i, &addr, IFADDR_TEMPORARY, preferred, valid, &new) == 0)
		new->desync = desync;
}

/* A prefix that is known is advertised again. */
static void renew(struct ifaddr *a, const struct nd_prefix *p)
{
	nod_ns now = a->netif->net->core->now;
	nod_ns left = a->valid_until == NOD_FOREVER ? NOD_FOREVER : a->valid_until - now;
	nod_ns valid = span(p->valid_s), preferred = span(p->preferred_s);

	/* RFC 4862 5.5.3 (e): nobody shortens it below two hours (SLAAC-4) */
	if (valid <= two_hours && valid < left)
		valid = left <= two_hours ? left : two_hours;
	if (a->origin == IFADDR_TEMPORARY) { /* RFC 8981 3.4: however often, never for longer */
		nod_ns age = now - a->since;

		if (valid > temp_valid - age)
			valid = temp_valid - age;
		if (preferred > temp_preferred - a->desync - age)
			preferred = temp_preferred - a->desync - age;
	}
	/* 0 would be "no end"; a moment later it is deprecated */
	ifaddr_set_lifetimes(a, preferred > 0 ? preferred : 1, valid > 0 ? valid : 1);
}

void slaac_prefix(struct netif *i, const struct nd_prefix *p)
{
	struct core *c = i->net->core;
	struct ipa prefix = p->prefix, addr;
	bool is_known = false;

	/* (SLAAC-3, H25) */
	if (p->len != 64 || p->preferred_s > p->valid_s || ipa_is_link_local(&prefix))
		return;
	memset(prefix.o + 8, 0, 8);
	for (struct ifaddr *a = i->addrs; a; a = a->next) {
		if ((a->origin != IFADDR_SLAAC && a->origin != IFADDR_TEMPORARY) ||
			!ipa_same_prefix(&a->addr, &prefix, 64))
			continue;
		is_known = is_known || a->origin == IFADDR_SLAAC;
		renew(a, p);
	}
	if (!is_known && p->valid_s) {
		addr = stable(i, &prefix, 0);
		if (add(i, &addr, IFADDR_SLAAC, span(p->preferred_s), span(p->valid_s), NULL) < 0)
			NOTE(c, NOD_EV_ND_DROP_LIMIT, .interface = (uint16_t)i->iface->index);
	}
	if (p->preferred_s)
		temporary(i, p, &prefix);
}
