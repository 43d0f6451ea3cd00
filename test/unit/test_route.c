/* SPDX-License-Identifier: ISC */
/* test_route.c - which route leads where: the longest prefix, the least metric, both families */
#include "inet.h"

#include "chance.h"

static struct ipa v6(unsigned a, unsigned b, unsigned last)
{
	return (struct ipa){ .o = { 0x20, 1, 0x0d, 0xb8, (uint8_t)a,
				     (uint8_t)b, [15] = (uint8_t)last } };
}

static bool leads(const struct inet *s, struct ipa dst, struct ipa gateway)
{
	const struct route *r = route_find(&s->net, &dst, NULL);

	return r && ipa_equal(&r->gateway, &gateway);
}

static void test_longest(void)
{
	static struct inet s;
	const struct ipa a = IPA_V4(10, 0, 0, 11), b = IPA_V4(10, 0, 0, 12),
			 c = IPA_V4(10, 0, 0, 13);

	inet_open(&s, NULL);
	inet_route(&s, IPA_V4(172, 16, 0, 0), 12, s.eth0, a, 0);
	inet_route(&s, IPA_V4(172, 16, 4, 0), 22, s.eth0, b, 0);
	inet_route(&s, IPA_V4(172, 16, 5, 9), 32, s.eth0, c, 0);
	tap(leads(&s, IPA_V4(172, 31, 255, 255), a) && leads(&s, IPA_V4(172, 16, 3, 255), a) &&
			leads(&s, IPA_V4(172, 16, 4, 0), b) &&
			leads(&s, IPA_V4(172, 16, 7, 255), b) &&
			leads(&s, IPA_V4(172, 16, 8, 0), a) &&
			leads(&s, IPA_V4(172, 16, 5, 9), c) &&
			leads(&s, IPA_V4(172, 16, 5, 8), b) &&
			leads(&s, IPA_V4(172, 32, 0, 0), ROUTER),
		"the longest prefix wins (RFC 1122 3.3.1, RFC 1812 5.2.4.3)");
	inet_route(&s, v6(0, 0, 0), 32, s.eth0, v6(1, 1, 1), 0);
	inet_route(&s, v6(7, 0, 0), 40, s.eth0, v6(1, 1, 2), 0);
	inet_route(&s, v6(7, 7, 7), 128, s.eth0, v6(1, 1, 3), 0);
	tap(leads(&s, v6(6, 0, 1), v6(1, 1, 1)) && leads(&s, v6(7, 9, 1), v6(1, 1, 2)) &&
			leads(&s, v6(7, 7, 7), v6(1, 1, 3)) &&
			leads(&s, v6(7, 7, 8), v6(1, 1, 2)),
		"in IPv6, too");
	tap(!route_find(&s.net, &(struct ipa){ .o = { 0x20, 2 } }, NULL),
		"IPv4's default route is not IPv6's");
	inet_close(&s);
}

static void test_adding(void)
{
	static struct inet s;
	const struct ipa p = IPA_V4(172, 16, 0, 0), g = IPA_V4(10, 0, 0, 9);
	struct route r = {
		.prefix = p, .len = 12, .iface = NULL, .gateway = g, .until = NOD_FOREVER
	};
	uint32_t before, generation;

	inet_open(&s, NULL);
	before = route_count(&s.net);
	tap(route_add(&s.net, &r) == -EINVAL, "a route without an interface");
	r.iface = s.eth0;
	r.len = 33;
	tap(route_add(&s.net, &r) == -EINVAL, "a prefix of 33 bits");
	r.len = 12;
	r.gateway = v6(0, 0, 1);
	tap(route_add(&s.net, &r) == -EINVAL, "a gateway of the other family");
	r.gateway = g;
	generation = s.net.generation;
	tap(route_add(&s.net, &r) == 0 && s.net.generation != generation &&
			inet_since(&s, NOD_EV_ROUTE_NEW) == 1,
		"a good one; ways found before are stale");
	r.prefix = IPA_V4(172, 17, 1, 2);
	tap(route_add(&s.net, &r) == -EEXIST, "the same, with bits behind its prefix");
	r.gateway = IPA_V4(10, 0, 0, 10);
	tap(route_add(&s.net, &r) == 0 && route_count(&s.net) == before + 2,
		"by another gateway");
	tap(route_remove(&s.net, &p, 12, s.eth1, NULL) == -ENOENT &&
			route_remove(&s.net, &p, 13, NULL, NULL) == -ENOENT &&
			route_remove(&s.net, &p, 40, NULL, NULL) == -ENOENT &&
			route_remove(&s.net, &p, 12, NULL, &PEER) == -ENOENT,
		"what is not there is not removed");
	tap(route_remove(&s.net, &p, 12, NULL, &g) == 0 && leads(&s, p, IPA_V4(10, 0, 0, 10)) &&
			route_remove(&s.net, &p, 12, s.eth0, NULL) == 0 &&
			leads(&s, p, ROUTER) && route_count(&s.net) == before,
		"one after the other is removed");
	tap(inet_close(&s), "everything came home");

	inet_open(&s, &(struct nod_conf){ .routes = 5 });
	r.len = 32;
	for (before = 0; route_add(&s.net, &r) == 0; before++)
		r.prefix.o[15]++;
	tap(before == 1 && route_add(&s.net, &r) == -ENOSPC,
		"there is a limit: 5 with those there are");
	inet_close(&s);
}

static void test_choice(void)
{
	static struct inet s;
	const struct ipa net = IPA_V4(172, 16, 0, 0), dst = IPA_V4(172, 16, 1, 1);
	const struct ipa a = IPA_V4(10, 0, 0, 11), b = IPA_V4(10, 0, 0, 12);
	struct route r = {
		.prefix = net, .len = 12, .preference = 1, .metric = 20, .until = NOD_FOREVER
	};

	inet_open(&s, NULL);
	r.iface = s.eth0;
	r.gateway = a;
	route_add(&s.net, &r);
	r.gateway = b;
	r.metric = 10;
	route_add(&s.net, &r);
	tap(leads(&s, dst, b), "the least metric");
	route_remove(&s.net, &net, 12, NULL, &b);
	r.metric = 20;
	r.preference = 2;
	route_add(&s.net, &r);
	tap(leads(&s, dst, b), "of equal ones the higher preference (RFC 4191)");
	route_remove(&s.net, &net, 12, NULL, &b);
	r.preference = 1;
	route_add(&s.net, &r);
	tap(leads(&s, dst, a), "of equals the older");
	r.iface = s.eth1;
	r.gateway = PEER_EAST;
	route_add(&s.net, &r);

	const struct route *found = route_find(&s.net, &dst, s.eth1);

	tap(found && ipa_equal(&found->gateway, &PEER_EAST),
		"by the interface that is asked for");
	tap(!route_find(&s.net, &dst, s.lo), "and none by one that does not lead there");
	s.eth0->is_up = false;
	tap(leads(&s, dst, PEER_EAST), "not by an interface that is down");
	s.eth0->is_up = true;
	route_remove(&s.net, &net, 12, s.eth1, NULL);
	r = (struct route){ .prefix = dst,
		.len = 32,
		.iface = s.eth1,
		.gateway = PEER_EAST,
		.until = s.core.now + NOD_S };
	route_add(&s.net, &r);
	tap(leads(&s, dst, PEER_EAST), "a route with an end");
	inet_pass(&s, 2 * NOD_S);
	tap(leads(&s, dst, a), "is none after it: a shorter prefix serves");
	inet_close(&s);
}

static void test_interface_goes(void)
{
	static struct inet s;
	uint64_t at = 0;
	unsigned n = 0, others = 0;
	const struct route *r;

	inet_open(&s, NULL);
	for (uint32_t i = 0; i < 5000; i++)
		inet_route(&s, ipa_of_v4(V4(172, 16, 0, 0) + i), 32, i % 2 ? s.eth0 : s.eth1,
			i % 2 ? PEER : PEER_EAST, 0);
	route_remove_iface(&s.net, s.eth1);
	while ((r = route_walk(&s.net, true, &at))) {
		n++;
		others += r->iface == s.eth1;
	}
	tap(n == 2500 + 3 && others == 0 && route_count(&s.net) == n,
		"an interface takes its routes along, of 5,000 the half");
	tap(inet_close(&s), "everything came home");
}

/* Against a list that is walked. */
static void test_chance(void)
{
	enum { MOST = 400 };
	static struct inet s;
	static struct route have[MOST];
	unsigned n = 0, bad = 0;

	inet_open(&s, NULL);
	route_remove(&s.net, &IPA_ANY4, 0, NULL, NULL);
	for (unsigned step = 0; step < 4000; step++) {
		if (n < MOST && chance(3)) {
			struct route r = { .prefix = ipa_of_v4(V4(172, 16, 0, 0) |
						   chance(1 << 12) << chance(9)),
				.len = (uint8_t)(12 + chance(21)),
				.iface = s.eth0,
				.until = NOD_FOREVER };

			r.gateway = ipa_of_v4(V4(10, 0, 0, 3) + step % 200);
			if (route_add(&s.net, &r) == 0)
				have[n++] = r;
		} else if (n) {
			unsigned k = chance(n);

			bad += route_remove(&s.net, &have[k].prefix, have[k].len, NULL,
				       &have[k].gateway) != 0;
			have[k] = have[--n];
		}
		struct ipa dst = ipa_of_v4(V4(172, 16, 0, 0) + chance(1 << 20));
		const struct route *r = route_find(&s.net, &dst, NULL);
		int longest = -1;

		for (unsigned k = 0; k < n; k++)
			if (have[k].len > longest &&
				ipa_same_prefix(&have[k].prefix, &dst, have[k].len))
				longest = have[k].len;
		bad += (r ? r->len : -1) != longest;
	}
	tap(bad == 0, "4,000 changes and look-ups as a plain list has them: %u differ", bad);
	tap(inet_close(&s), "everything came home");
}

int main(void)
{
	chance_begin();
	test_longest();
	test_adding();
	test_choice();
	test_interface_goes();
	test_chance();
	return tap_done();
}
