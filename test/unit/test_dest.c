/* SPDX-License-Identifier: ISC */
/* test_dest.c - the cache of destinations: what it remembers, when that is stale, its limit */
#include "inet.h"

static int route_to(struct inet *s, struct ipa dst, struct dest **kept, struct ip_way *way)
{
	const struct ip_out o = { .src = IPA_ANY4, .dst = dst, .cached = kept };

	return ip_route(&s->net, &o, way);
}

static void test_remembered(void)
{
	static struct inet s;
	struct dest *kept = NULL, *first;
	struct ip_way way;

	inet_open(&s, NULL);
	tap(route_to(&s, OUTSIDE, &kept, &way) == 0 && way.dest == kept && kept->refs == 1 &&
			way.iface == s.eth0 && ipa_equal(&way.src, &ME) && way.mtu == 1500 &&
			way.cast == IP_UNICAST && !way.is_local,
		"a way is found, and kept by who asked");
	first = kept;
	for (unsigned i = 0; i < 10; i++)
		route_to(&s, OUTSIDE, &kept, &way);
	tap(kept == first && kept->refs == 1, "and found again without another reference");
	route_to(&s, PEER, &kept, &way);
	tap(kept != first && first->refs == 0 && kept->refs == 1,
		"another destination lets the first one go");
	dest_unref(&s.net, kept);
	route_to(&s, PEER, NULL, &way);
	tap(way.dest == kept && kept->refs == 0,
		"who keeps nothing gets the same from the cache");
	tap(inet_close(&s), "everything came home");
}

/* Each thing that changes makes the ways found before stale. */
static void test_stale(void)
{
	static struct inet s;
	const struct ipa net = IPA_V4(198, 51, 100, 0);
	struct dest *kept = NULL;
	struct ip_way way;

	inet_open(&s, NULL);
	route_to(&s, OUTSIDE, &kept, &way);
	tap(ipa_equal(&kept->next_hop, &ROUTER), "by the default router");
	inet_route(&s, net, 24, s.eth1, PEER_EAST, 0);
	route_to(&s, OUTSIDE, &kept, &way);
	tap(way.iface == s.eth1 && ipa_equal(&kept->next_hop, &PEER_EAST) &&
			ipa_equal(&way.src, &ME_EAST),
		"a longer route is followed at once");
	route_remove(&s.net, &net, 24, s.eth1, NULL);
	route_to(&s, OUTSIDE, &kept, &way);
	tap(way.iface == s.eth0 && ipa_equal(&kept->next_hop, &ROUTER),
		"and when it goes, the old one");

	struct ifaddr *a = inet_addr_add(s.eth0, OUTSIDE, 32, IFADDR_MANUAL);

	route_to(&s, OUTSIDE, &kept, &way);
	tap(way.is_local && way.iface == s.lo && ipa_equal(&way.src, &OUTSIDE),
		"what becomes ours is ours at once");
	ifaddr_remove(a);
	inet_drain(&s);
	route_to(&s, OUTSIDE, &kept, &way);
	tap(!way.is_local && way.iface == s.eth0, "and is no more when it goes");
	s.eth0->mtu = 1400;
	net_iface_changed(&s.net, s.eth0);
	route_to(&s, OUTSIDE, &kept, &way);
	tap(way.mtu == 1400, "another MTU of the link counts at once");
	neigh_remove(&s.link, s.eth0, &ROUTER);
	route_to(&s, OUTSIDE, &kept, &way);
	tap(kept->neigh && !kept->neigh->is_dead && kept->neigh->state == NEIGH_NONE,
		"a neighbour that was forgotten is looked up anew");
	dest_unref(&s.net, kept);
	tap(inet_close(&s), "everything came home");
}

/* The interface goes, and somebody still keeps the way by it. */
static void test_iface_gone(void)
{
	static struct inet s;
	struct dest *kept = NULL;
	struct ip_way way;

	inet_open(&s, NULL);
	route_to(&s, PEER_EAST, &kept, &way);
	net_iface_removed(&s.net, s.eth1);
	iface_remove(&s.link, 3);
	s.eth1 = NULL;
	tap(kept->is_dead && kept->refs == 1, "a way by an interface that is gone is dead");
	tap(route_to(&s, PEER_EAST, &kept, &way) == 0 && way.iface == s.eth0 && !kept->is_dead,
		"another is found by the default route");
	dest_unref(&s.net, kept);
	tap(inet_close(&s), "everything came home");
}

static void test_limit(void)
{
	static struct inet s;
	struct dest *kept = NULL;
	struct ip_way way;
	unsigned bad = 0;

	inet_open(&s, &(struct nod_conf){ .destinations = 16, .neighbours = 64 });
	route_to(&s, OUTSIDE, &kept, &way);
	for (uint32_t i = 0; i < 1000; i++) {
		struct dest *d;

		bad += route_to(&s, ipa_of_v4(V4(203, 0, 0, 0) + i), NULL, &way) != 0;
		bad += dest_get(&s.net, &PEER, NULL, &d) != 0;
		dest_unref(&s.net, d);
	}
	tap(bad == 0 && kept->is_dead, "a full cache forgets who was longest not used");
	tap(dest_uses(&s.net, &PEER, &PEER), "and not who is used all the time");
	tap(route_to(&s, OUTSIDE, &kept, &way) == 0 && !kept->is_dead && kept->refs == 1,
		"who kept a way finds it again");
	dest_unref(&s.net, kept);
	tap(inet_close(&s), "everything came home");

	inet_open(&s, &(struct nod_conf){ .destinations = 16 });
	route_remove(&s.net, &IPA_ANY4, 0, NULL, NULL);
	for (uint32_t i = 0; i < 8; i++)
		route_to(&s, ipa_of_v4(V4(10, 0, 0, 100) + i), NULL, &way);
	for (uint32_t i = 0; i < 1000; i++)
		bad += route_to(&s, ipa_of_v4(V4(203, 0, 0, 0) + i), NULL, &way) !=
			-ENETUNREACH;
	tap(bad == 0 &&
			dest_uses(&s.net, &(struct ipa)IPA_V4_INIT(10, 0, 0, 107),
				&(struct ipa)IPA_V4_INIT(10, 0, 0, 107)),
		"what leads nowhere pushes nobody out");
	inet_close(&s);
}

static void test_pmtu(void)
{
	static struct inet s;
	struct ip_way way, bound;
	const struct ip_out o = { .src = IPA_ANY4, .dst = OUTSIDE, .iface = s.eth0 };
	struct ip_out by = o,
		      probe = { .src = IPA_ANY4, .dst = OUTSIDE, .pmtu = IP_PMTU_PROBE };

	inet_open(&s, NULL);
	by.iface = s.eth0;
	ip_route(&s.net, &by, &bound);
	route_to(&s, OUTSIDE, NULL, &way);
	dest_set_pmtu(&s.net, &OUTSIDE, 1300);
	route_to(&s, OUTSIDE, NULL, &way);
	ip_route(&s.net, &by, &bound);
	tap(way.mtu == 1300 && bound.mtu == 1300,
		"a path MTU holds for whoever goes there, bound to an interface or not");
	route_to(&s, PEER, NULL, &way);
	tap(way.mtu == 1500, "and for nobody else");
	ip_route(&s.net, &probe, &way);
	tap(way.mtu == 1500, "who probes sees the link's");
	inet_route(&s, IPA_V4(198, 51, 100, 0), 24, s.eth0, PEER, 0);
	route_to(&s, OUTSIDE, NULL, &way);
	tap(way.mtu == 1300, "it outlives a change of routes");
	dest_set_pmtu(&s.net, &OUTSIDE, 1400);
	route_to(&s, OUTSIDE, NULL, &way);
	tap(way.mtu == 1300, "and does not grow");
	inet_close(&s);
}

static void test_redirect(void)
{
	static struct inet s;
	const struct ipa quiet = IPA_V4(10, 0, 0, 88);
	struct ip_way way;

	inet_open(&s, NULL);
	route_to(&s, OUTSIDE, NULL, &way);
	dest_redirect(&s.net, s.eth1, &OUTSIDE, &PEER_EAST);
	route_to(&s, OUTSIDE, NULL, &way);
	tap(ipa_equal(&way.dest->next_hop, &ROUTER),
		"a redirect by another link changes nothing");
	dest_redirect(&s.net, s.eth0, &OUTSIDE, &PEER);
	route_to(&s, OUTSIDE, NULL, &way);
	tap(ipa_equal(&way.dest->next_hop, &PEER) && dest_uses(&s.net, &OUTSIDE, &PEER),
		"one by this link does");
	s.net.generation++;
	route_to(&s, OUTSIDE, NULL, &way);
	tap(ipa_equal(&way.dest->next_hop, &PEER), "and lasts");
	inet_route(&s, IPA_V4(198, 51, 100, 0), 24, s.eth1, PEER_EAST, 0);
	route_to(&s, OUTSIDE, NULL, &way);
	tap(ipa_equal(&way.dest->next_hop, &PEER_EAST), "until a route leads elsewhere");
	route_remove(&s.net, &(struct ipa)IPA_V4_INIT(198, 51, 100, 0), 24, NULL, NULL);
	route_to(&s, OUTSIDE, NULL, &way);
	tap(ipa_equal(&way.dest->next_hop, &ROUTER), "then it is forgotten");
	dest_redirect(&s.net, s.eth0, &OUTSIDE, &quiet);
	inet_send(&s, &(struct ip_out){ .dst = OUTSIDE }, 8);
	inet_pass(&s, 5 * NOD_S);
	route_to(&s, OUTSIDE, NULL, &way);
	tap(ipa_equal(&way.dest->next_hop, &ROUTER),
		"a new hop that does not answer is given up");
	tap(inet_close(&s), "everything came home");
}

static void test_sources(void)
{
	static struct inet s;
	struct ip_way way;

	inet_open(&s, NULL);
	inet_addr_add(s.eth0, IPA_V4(172, 16, 0, 1), 16, IFADDR_MANUAL);
	inet_addr_add(s.eth0, IPA_V4(169, 254, 7, 7), 16, IFADDR_LINK_LOCAL);
	inet_drain(&s);
	route_to(&s, IPA_V4(172, 16, 9, 9), NULL, &way);
	tap(ipa_v4(&way.src) == V4(172, 16, 0, 1),
		"from the address of the destination's network");
	route_to(&s, IPA_V4(169, 254, 1, 2), NULL, &way);
	tap(ipa_v4(&way.src) == V4(169, 254, 7, 7), "link-local to link-local");
	route_to(&s, OUTSIDE, NULL, &way);
	tap(ipa_equal(&way.src, &ME), "the first one to the world");
	ifaddr_enter(ifaddr_find(&s.net, s.eth0, &ME), IFADDR_DEPRECATED, "test");
	route_to(&s, OUTSIDE, NULL, &way);
	tap(ipa_v4(&way.src) == V4(172, 16, 0, 1),
		"not one that is deprecated while there is another");
	ifaddr_remove(ifaddr_find(&s.net, s.eth0, &(struct ipa)IPA_V4_INIT(172, 16, 0, 1)));
	route_to(&s, OUTSIDE, NULL, &way);
	tap(ipa_v4(&way.src) == V4(169, 254, 7, 7), "else whatever is preferred");
	while (netif_of(s.eth0)->addrs)
		ifaddr_remove(netif_of(s.eth0)->addrs);
	route_to(&s, OUTSIDE, NULL, &way);
	tap(ipa_equal(&way.src, &ME_EAST), "an interface without one lends another's");
	while (netif_of(s.eth1)->addrs)
		ifaddr_remove(netif_of(s.eth1)->addrs);
	tap(route_to(&s, OUTSIDE, NULL, &way) == -EADDRNOTAVAIL &&
			inet_since(&s, NOD_EV_IP4_DROP_OUT_NO_SOURCE) == 1,
		"and without any nothing is sent");
	inet_close(&s);
}

static void test_link_local(void)
{
	static struct inet s;
	struct ip_way way;

	inet_open(&s, NULL);
	route_to(&s, IPA_V4(169, 254, 3, 4), NULL, &way);
	tap(ipa_v4(&way.dest->next_hop) == V4(169, 254, 3, 4),
		"a link-local address is on the link, not behind the router (RFC 3927 2.6.2)");
	net_iface_removed(&s.net, s.lo);
	iface_remove(&s.link, 1);
	s.lo = NULL;
	tap(route_to(&s, IPA_V4(127, 0, 0, 1), NULL, &way) == -ENETUNREACH,
		"127/8 is never on a wire, with no loopback either (RFC 1122 3.2.1.3 (g))");
	tap(route_to(&s, ME, NULL, &way) == 0 && way.is_local && way.iface == s.eth0,
		"without a loopback interface our address is still ours");
	inet_close(&s);
}

int main(void)
{
	test_remembered();
	test_stale();
	test_iface_gone();
	test_limit();
	test_pmtu();
	test_redirect();
	test_sources();
	test_link_local();
	return tap_done();
}
