/* SPDX-License-Identifier: ISC */
/*
 * test_nd.c - neighbours and routers of IPv6: what is believed, what is not, and within which
 * limits (RFC 4861, 4862, 7527, 8106, 4191, 6980)
 */
#include <errno.h>

#include "node6.h"

static const struct ipa none = { .q = { 0, 0 } };

static struct nd_msg asks_for(const struct ipa *target)
{
	struct nd_msg m = {
		.type = ND_NEIGHBOUR_SOLICIT, .target = *target, .has_source_mac = true
	};

	memcpy(m.source_mac, other_mac, 6);
	return m;
}

static struct ipa group_of(const struct ipa *a)
{
	return nd_solicited_node(a);
}

static bool is_dropped(struct node *n, const struct nd_msg *m, const struct letter *l)
{
	uint64_t before = n->core.count[NOD_EV_ND_DROP_BAD];

	node_silence(n);
	node_hears_nd(n, m, l);
	return n->core.count[NOD_EV_ND_DROP_BAD] == before + 1 && !node_sends(n);
}

static void answering(struct node *n)
{
	const struct ipa me = GLOBAL(ME), group = group_of(&me);
	struct letter l = { GLOBAL(OTHER), group, 0, 0 };
	struct nd_msg m = asks_for(&me), heard;

	node_hears_nd(n, &m, &l);
	tap(node_says_nd(n, ND_NEIGHBOUR_ADVERT, &heard) && heard.is_solicited &&
			heard.is_override && ipa_equal(&heard.target, &me) &&
			memcmp(heard.target_mac, node_mac, 6) == 0 && n->sent[7] == 255,
		"asked for an address, it answers");
	l.hop_limit = 254;
	tap(is_dropped(n, &m, &l), "ND-1, H23: hop limit 254");
	l.hop_limit = 255;
	m.target = GROUP(1);
	tap(is_dropped(n, &m, &l), "a group is no target");
	m = asks_for(&me);
	memset(m.source_mac, 0, 6);
	tap(is_dropped(n, &m, &l), "no station has the link address of zeros");
	memset(m.source_mac, 0xff, 6);
	tap(is_dropped(n, &m, &l), "nor that of all stations");
	m = asks_for(&me);
	l.src = none;
	tap(is_dropped(n, &m, &l), "ND-3: from :: with a link address");
	m.has_source_mac = false;
	l.dst = GROUP(1);
	tap(is_dropped(n, &m, &l), "ND-3: from :: to another group");
	l.dst = me;
	node_hears_nd(n, &m, &l);
	tap(n->core.count[NOD_EV_IP6_DROP_SOURCE] == 1 && !node_sends(n),
		"ND-3: from :: to a unicast address");
	l.dst = group;
	node_hears_nd(n, &m, &l);
	tap(node_says_nd(n, ND_NEIGHBOUR_ADVERT, &heard) && !heard.is_solicited &&
			n->sent[24] == 0xff,
		"RFC 4862 5.4.3: whoever tries our address is told, before all");
	l.src = GLOBAL(OTHER);
	m.target = GLOBAL(9);
	node_hears_nd(n, &m, &l);
	tap(!node_sends(n), "somebody else's address is not answered for");
}

static void octets(struct node *n)
{
	static const uint8_t zero_option[] = { 135, 0, 0, 0, 0, 0, 0, 0, 0x20, 1, 0xd, 0xb8, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0 };
	uint8_t body[sizeof(zero_option) + 8] = { 58 };
	struct letter l = { GLOBAL(OTHER), GLOBAL(ME), 255, IP_PROTO_ICMPV6 };
	uint64_t before = n->core.count[NOD_EV_ND_DROP_BAD];

	node_hears(n, &l, zero_option, sizeof(zero_option), 0);
	memcpy(body, zero_option, sizeof(zero_option));
	body[25] = 2;
	node_hears(n, &l, body, 32, 0);
	body[1] = 1;
	node_hears(n, &l, body, 24, 0);
	body[1] = 0;
	node_hears(n, &l, body, 23, 0);
	tap(n->core.count[NOD_EV_ND_DROP_BAD] == before + 4 && !node_sends(n),
		"ND-1, H23: option of length 0, option cut, code 1, target cut");
	memset(body, 0, 8);
	body[0] = 58;
	memcpy(body + 8, zero_option, 24);
	l.next = IP_PROTO_FRAGMENT;
	node_hears(n, &l, body, 32, 8);
	tap(n->core.count[NOD_EV_ND_DROP_FRAGMENT] == 1 && !node_sends(n),
		"ND-12: with a fragment header it is ignored");
}

static void adverts(struct node *n)
{
	const struct ipa known = GLOBAL(7), unknown = GLOBAL(8);
	struct neigh *g = neigh_get(&n->link, n->i, &known);
	struct nd_msg m = {
		.type = ND_NEIGHBOUR_ADVERT, .target = unknown, .has_target_mac = true
	};
	struct letter l = { GLOBAL(7), GLOBAL(ME), 0, 0 };

	memcpy(m.target_mac, other_mac, 6);
	for (unsigned k = 0; k < 1000; k++) {
		m.target.o[14] = (uint8_t)(k >> 8);
		m.target.o[13] = (uint8_t)k;
		node_hears_nd(n, &m, &l);
	}
	tap(!neigh_find(&n->link, n->i, &m.target), "ND-7, H24: unasked, it makes no entry");
	m.target = known;
	m.is_solicited = m.is_override = true;
	neigh_output(g, pkt_new(n->core.pool, 64), ETHERTYPE_IPV6);
	node_hears_nd(n, &m, &l);
	tap(g->state == NEIGH_REACHABLE, "ND-5: an answer makes it reachable");
	m.is_solicited = m.is_override = false;
	m.target_mac[5] = 9;
	node_hears_nd(n, &m, &l);
	tap(g->state == NEIGH_STALE && g->mac[5] == other_mac[5],
		"ND-8: without override another address only makes it stale");
	m.is_solicited = true;
	l.dst = GROUP(1);
	tap(is_dropped(n, &m, &l), "ND-4: solicited, but to a group");
	m.target = GROUP(1);
	m.is_solicited = false;
	tap(is_dropped(n, &m, &l), "ND-4: for a group");
	node_silence(n);
}

static void asking(struct node *n)
{
	const struct ip_out o = { .dst = GLOBAL(0x55), .protocol = 200 };
	struct nd_msg heard;
	struct pkt *p = pkt_new(n->core.pool, 8);
	struct ipa group = group_of(&o.dst);
	unsigned asked = 0;

	memset(pkt_put(p, 8), 0, 8);
	tap(ip_send(&n->net, &o, p) == 0, "ND-6: a packet waits for its neighbour");
	node_pass(n, 10 * NOD_S);
	while (node_says_nd(n, ND_NEIGHBOUR_SOLICIT, &heard))
		asked += ipa_equal(&heard.target, &o.dst) && heard.has_source_mac &&
			memcmp(n->sent + 24, group.o, 16) == 0;
	tap(asked == 3, "ND-5: asked three times, then no more (%u)", asked);
}

/* ---- trying an address ---------------------------------------- */

static struct ifaddr *try(struct node *n, const struct ipa *addr, struct nd_msg *heard)
{
	const struct ifaddr_conf conf = { .addr = *addr, .prefix_len = 64 };
	struct ifaddr *a;

	if (ifaddr_add(n->f, &conf, &a) < 0)
		return NULL;
	node_silence(n);
	node_pass(n, NOD_S);
	return node_says_nd(n, ND_NEIGHBOUR_SOLICIT, heard) ? a : NULL;
}

static void dad(struct node *n)
{
	const struct ipa addr = GLOBAL(0x20), group = group_of(&addr), other = GLOBAL(OTHER);
	struct letter l = { none, group, 0, 0 };
	struct nd_msg heard, m = { .type = ND_NEIGHBOUR_SOLICIT, .target = addr };
	struct ifaddr *a = try(n, &addr, &heard);
	struct ipa src;

	memcpy(src.o, n->sent + 8, 16);
	tap(a && a->state == IFADDR_TENTATIVE && ipa_is_any(&src) && heard.has_nonce &&
			!heard.has_source_mac && !ifaddr_is_ours(&n->net, NULL, &addr),
		"SLAAC-1: it asks from :: with a nonce, and does not use the address yet");
	m.has_nonce = true;
	memcpy(m.nonce, heard.nonce, ND_NONCE_LEN);
	node_hears_nd(n, &m, &l);
	tap(a->state == IFADDR_TENTATIVE, "H26: its own question come back is no duplicate");
	l.src = other;
	m.has_nonce = false;
	node_hears_nd(n, &m, &l);
	tap(a->state == IFADDR_TENTATIVE && !node_sends(n),
		"RFC 4862 5.4.3: who looks for it is not answered");
	node_pass(n, 2 * NOD_S);
	tap(a->state == IFADDR_PREFERRED, "SLAAC-1: nobody objected: in use");
	ifaddr_remove(a);

	a = try(n, &addr, &heard);
	l.src = none;
	node_hears_nd(n, &m, &l);
	tap(a->state == IFADDR_DUPLICATE, "H26: somebody else tries it, too: duplicate");
	ifaddr_remove(a);

	a = try(n, &addr, &heard);
	m = (struct nd_msg){
		.type = ND_NEIGHBOUR_ADVERT, .target = addr, .has_target_mac = true
	};
	memcpy(m.target_mac, other_mac, 6);
	l = (struct letter){ GLOBAL(0x20), GROUP(1), 0, 0 };
	node_hears_nd(n, &m, &l);
	tap(a->state == IFADDR_DUPLICATE && !ifaddr_is_ours(&n->net, NULL, &addr),
		"somebody has it: duplicate");
	ifaddr_remove(a);
}

/* ---- routers ---------------------------------------- */

static const struct ipa far = { .o = { 0x20, 0x01, 0x0d, 0xb9, [15] = 1 } };

static struct nd_msg advert(uint16_t lifetime_s)
{
	struct nd_msg m = { .type = ND_ROUTER_ADVERT,
		.lifetime_s = lifetime_s,
		.preference = 1,
		.has_source_mac = true };

	memcpy(m.source_mac, other_mac, 6);
	return m;
}

static bool goes_by(struct node *n, const struct ipa *router)
{
	const struct route *r = route_find(&n->net, &far, NULL);

	return r && ipa_equal(&r->gateway, router);
}

static void routers(struct node *n)
{
	const struct ipa one = LOCAL(0x11), two = LOCAL(0x12);
	struct letter l = { one, GROUP(1), 0, 0 };
	struct nd_msg m = advert(1800);

	l.src = GLOBAL(0x11);
	tap(is_dropped(n, &m, &l) && !route_find(&n->net, &far, NULL),
		"ND-2: a router speaks from its link-local address");
	l.src = one;
	node_hears_nd(n, &m, &l);
	tap(goes_by(n, &one), "a default router");
	l.src = two;
	node_hears_nd(n, &m, &l);
	for (unsigned k = 0; k < 20 && !goes_by(n, &two); k++) {
		struct pkt *p = pkt_new(n->core.pool, 64);

		memset(pkt_put(p, 40), 0, 40);
		neigh_output(neigh_get(&n->link, n->i, &one), p, ETHERTYPE_IPV6);
		node_pass(n, NOD_S);
		node_silence(n);
	}
	node_pass(n, 10 * NOD_S);
	tap(goes_by(n, &two), "ND-9: a router that does not answer comes after one that may");
	m = advert(0);
	node_hears_nd(n, &m, &l);
	tap(goes_by(n, &one), "ND-9: lifetime 0 is no router; the silent one is all there is");
	l.src = one;
	node_hears_nd(n, &m, &l);
	tap(!route_find(&n->net, &far, NULL), "ND-9: nor that one");

	m = advert(10);
	for (unsigned k = 0; k < 200; k++) {
		l.src = LOCAL((uint8_t)(k + 1));
		node_hears_nd(n, &m, &l);
	}
	tap(n->f->nd->n_routers == n->core.conf.routers &&
			n->core.count[NOD_EV_ND_DROP_LIMIT] > 0,
		"H24: of many routers a few are kept");
	node_pass(n, 11 * NOD_S);
	tap(!route_find(&n->net, &far, NULL), "a lifetime is over");
	m = advert(1800);
	l.src = two;
	node_hears_nd(n, &m, &l);
	tap(goes_by(n, &two) && n->f->nd->n_routers == 1, "and makes room for others");
	m = advert(0);
	node_hears_nd(n, &m, &l);
	node_silence(n);
}

static void parameters(struct node *n)
{
	struct letter l = { LOCAL(OTHER), GROUP(1), 0, 0 };
	struct nd_msg m = advert(0);
	uint8_t before = n->f->hop_limit;

	m.hop_limit = 1;
	m.mtu = 1279;
	node_hears_nd(n, &m, &l);
	tap(n->f->hop_limit == before && n->f->mtu6 == 1500,
		"ND-11, H25: hop limit 1 and MTU 1,279 are ignored");
	m.hop_limit = 0;
	m.mtu = 9000;
	node_hears_nd(n, &m, &l);
	tap(n->f->hop_limit == before && n->f->mtu6 == 1500, "ND-11: and 0, and 9,000");
	m.hop_limit = 100;
	m.mtu = 1400;
	node_hears_nd(n, &m, &l);
	tap(n->f->hop_limit == 100 && n->f->mtu6 == 1400, "100 and 1,400 are not");

	struct ipa list[8];

	m.n_dns = 2;
	m.dns[0] = GLOBAL(0x53);
	m.dns[1] = GROUP(0x53);
	m.dns_lifetime_s[0] = 600;
	node_hears_nd(n, &m, &l);
	tap(nd_dns_servers(n->f, list, 8) == 1 && ipa_equal(&list[0], &m.dns[0]),
		"RFC 8106: a DNS server; a group is none");
	node_pass(n, 601 * NOD_S);
	tap(nd_dns_servers(n->f, list, 8) == 0, "RFC 8106: for its lifetime");
	node_silence(n);
}

static void prefixes(struct node *n)
{
	struct letter l = { LOCAL(OTHER), GROUP(1), 0, 0 };
	struct nd_msg m = advert(0);
	const struct ipa here = { .o = { 0x20, 0x01, 0x0d, 0xb9, [15] = 9 } },
			 hand = GLOBAL(0x77);
	const struct route *r;

	m.n_prefixes = 1;
	m.prefix[0] = (struct nd_prefix){ here, 64, true, false, 100, 100 };
	node_hears_nd(n, &m, &l);
	r = route_find(&n->net, &here, NULL);
	tap(r && ipa_is_any(&r->gateway), "a prefix on the link");
	node_pass(n, 101 * NOD_S);
	tap(!route_find(&n->net, &here, NULL), "for its lifetime");
	m.prefix[0] = (struct nd_prefix){ hand, 64, true, false, 0, 0 };
	node_hears_nd(n, &m, &l);
	tap(route_find(&n->net, &hand, NULL), "what was given by hand is not taken away");

	uint32_t before = route_count(&n->net);

	for (unsigned k = 0; k < 1000; k++) {
		m.prefix[0] = (struct nd_prefix){ here, 64, true, true, 100, 100 };
		m.prefix[0].prefix.o[6] = (uint8_t)(k >> 8);
		m.prefix[0].prefix.o[7] = (uint8_t)k;
		node_hears_nd(n, &m, &l);
	}
	tap(route_count(&n->net) <= before + n->core.conf.prefixes &&
			n->f->n_addrs <= n->core.conf.addresses,
		"H24: of a thousand prefixes a few are kept");
	node_pass(n, 200 * NOD_S);
	node_silence(n);
}

static void redirects(struct node *n)
{
	const struct ipa router = LOCAL(OTHER), better = LOCAL(0x31);
	struct letter l = { LOCAL(0x32), GLOBAL(ME), 0, 0 };
	struct nd_msg ra = advert(1800);
	struct letter all = { router, GROUP(1), 0, 0 };
	struct nd_msg m = { .type = ND_REDIRECT, .target = better, .dst = far };
	const struct ip_out o = { .dst = far, .protocol = 200 };
	struct ip_way way;

	node_hears_nd(n, &ra, &all);
	ip_route(&n->net, &o, &way);
	node_hears_nd(n, &m, &l);
	tap(ip_route(&n->net, &o, &way) == 0 && ipa_equal(&way.dest->next_hop, &router),
		"ND-10: a redirect from who is not its first hop is not believed");
	l.src = router;
	m.target = GLOBAL(0x31);
	node_hears_nd(n, &m, &l);
	tap(ip_route(&n->net, &o, &way) == 0 && ipa_equal(&way.dest->next_hop, &router),
		"nor one to a router's global address");
	m.target = better;
	node_hears_nd(n, &m, &l);
	tap(ip_route(&n->net, &o, &way) == 0 && ipa_equal(&way.dest->next_hop, &better),
		"ND-10: from the first hop it is");
}

/* What it tells as a router itself. */
static void advertising(void)
{
	const struct nod_conf router = { .forwarding = true };
	struct node n;
	struct nd_msg m;
	bool ok;

	node_open(&n, &router);
	ok = nd_advertise(n.f, true) == 0;
	node_pass(&n, NOD_S);
	ok = ok && node_says_nd(&n, ND_ROUTER_ADVERT, &m);
	tap(ok && m.n_prefixes == 1 && m.prefix[0].len == 64, "a router tells of its prefix");
	tap(ok && ipa_equal(&m.prefix[0].prefix, &GLOBAL(0)),
		"and not of its own address: zeros are behind the prefix (RFC 4861 4.6.2)");
	nd_advertise(n.f, false);
	node_silence(&n);
	node_close(&n);
}

int main(void)
{
	struct node n;

	node_open(&n, NULL);
	answering(&n);
	octets(&n);
	adverts(&n);
	asking(&n);
	dad(&n);
	routers(&n);
	parameters(&n);
	prefixes(&n);
	redirects(&n);
	node_close(&n);
	advertising();
	return tap_done();
}
