/* SPDX-License-Identifier: ISC */
/* test_ipv4_out.c - an IPv4 packet's way out: header, fragments, numbers, copies to ourselves */
#include "inet.h"

#include "network/group.h"

static void test_header(void)
{
	static struct inet s;
	struct ip_out o = { .dst = PEER, .tos = 0x2c };
	struct inet_out out;

	inet_open(&s, NULL);
	tap(inet_send(&s, &o, 10) == 0 && inet_out(&s, &out) && out.h.ttl == 64 &&
			out.h.tos == 0x2c && out.h.dont_fragment && !out.h.more_fragments &&
			out.h.offset == 0 && out.h.protocol == PROTO_TEST && out.len == 10 &&
			ipa_equal(&out.h.src, &ME) && ipa_equal(&out.h.dst, &PEER) &&
			memcmp(out.eth.dst, mac_peer, 6) == 0,
		"a packet to a neighbour");
	o.dst = OUTSIDE;
	tap(inet_send(&s, &o, 10) == 0 && inet_out(&s, &out) &&
			memcmp(out.eth.dst, mac_router, 6) == 0,
		"one to a stranger goes by the router");
	o.dst = PEER_EAST;
	tap(inet_send(&s, &o, 10) == 0 && inet_out_by(&s, s.eth1, &out) &&
			ipa_equal(&out.h.src, &ME_EAST),
		"one to the other link, from the address there");
	o.ttl = 1;
	o.src = ME;
	tap(inet_send(&s, &o, 0) == 0 && inet_out_by(&s, s.eth1, &out) && out.h.ttl == 1 &&
			ipa_equal(&out.h.src, &ME),
		"the caller's source and time to live (IP4-8)");
	o = (struct ip_out){ .dst = PEER, .pmtu = IP_PMTU_DONT };
	tap(inet_send(&s, &o, 0) == 0 && inet_out(&s, &out) && !out.h.dont_fragment,
		"DF is clear for who does not want it");
	o = (struct ip_out){ .dst = PEER, .router_alert = true };
	tap(inet_send(&s, &o, 3) == 0 && inet_out(&s, &out) && out.h.hdr_len == 24 &&
			out.h.options.p[0] == IPV4_OPT_ROUTER_ALERT && out.len == 3,
		"router alert (RFC 2113)");
	tap(inet_since(&s, NOD_EV_IP4_OUT) == 6 && inet_drops(&s) == 0, "all were counted");
	tap(inet_close(&s), "everything came home");
	inet_open(&s, &(struct nod_conf){ .default_ttl = 9 });
	o = (struct ip_out){ .dst = PEER };
	inet_send(&s, &o, 0);
	tap(inet_out(&s, &out) && out.h.ttl == 9,
		"the default time to live is configurable (IP4-8)");
	inet_close(&s);
}

static void test_refusals(void)
{
	static struct inet s;
	static const struct {
		const char *name;
		uint32_t src, dst;
		bool is_bare, may_broadcast;
		int want;
	} cases[] = {
		{ .name = "all, without leave (RFC 1122 3.3.6)",
			.dst = V4_ALL,
			.want = -EACCES },
		{ .name = "this network, without leave",
			.dst = V4(10, 0, 0, 255),
			.want = -EACCES },
		{ .name = "all", .dst = V4_ALL, .may_broadcast = true },
		{ .name = "the other network's all",
			.dst = V4(192, 168, 1, 255),
			.may_broadcast = true },
		{ .name = "outside, from a loopback address",
			.src = V4(127, 0, 0, 1),
			.dst = V4_OUTSIDE,
			.want = -EINVAL },
		{ .name = "a neighbour, from a loopback address",
			.src = V4(127, 0, 0, 5),
			.dst = V4_PEER,
			.want = -EINVAL },
		{ .name = "ourselves, from a loopback address",
			.src = V4(127, 0, 0, 1),
			.dst = V4_ME },
	};

	inet_open(&s, NULL);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct ip_out o = {
			.src = ipa_of_v4(cases[i].src),
			.dst = ipa_of_v4(cases[i].dst),
			.is_bare = cases[i].is_bare,
			.may_broadcast = cases[i].may_broadcast,
		};

		tap(inet_send(&s, &o, 4) == cases[i].want, "to %s: %d", cases[i].name,
			cases[i].want);
		inet_drain(&s);
	}
	s.eth0->is_up = false;
	net_iface_changed(&s.net, s.eth0);
	tap(inet_send(&s, &(struct ip_out){ .dst = PEER }, 4) == -ENETUNREACH,
		"there is no way by an interface that is down");
	s.eth0->is_up = true;
	net_iface_changed(&s.net, s.eth0);
	route_remove(&s.net, &IPA_ANY4, 0, NULL, NULL);
	tap(inet_send(&s, &(struct ip_out){ .dst = OUTSIDE }, 4) == -ENETUNREACH &&
			inet_since(&s, NOD_EV_IP4_DROP_OUT_NO_ROUTE) == 2,
		"no route");
	tap(inet_close(&s), "everything came home");
}

static const struct {
	const char *name;
	enum ip_pmtu pmtu;
	bool is_fragment_off;
	uint32_t len; /* of the payload */
	int want;
	unsigned pieces;
	bool df;
} lengths[] = {
	{ "1,480: it just fits", IP_PMTU_WANT, false, 1480, 0, 1, true },
	{ "1,481 is cut", IP_PMTU_WANT, false, 1481, 0, 2, false },
	{ "1,481 without DF is cut", IP_PMTU_DONT, false, 1481, 0, 2, false },
	{ "1,481 that must not be cut", IP_PMTU_DO, false, 1481, -EMSGSIZE, 0, false },
	{ "1,480 that must not be cut", IP_PMTU_DO, false, 1480, 0, 1, true },
	{ "1,481 that probes", IP_PMTU_PROBE, false, 1481, -EMSGSIZE, 0, false },
	{ "1,480 that probes", IP_PMTU_PROBE, false, 1480, 0, 1, true },
	{ "1,481 that is never to be cut here", IP_PMTU_WANT, true, 1481, -EMSGSIZE, 0, false },
	{ "2,960: two whole ones", IP_PMTU_WANT, false, 2960, 0, 2, false },
	{ "2,961: and one octet", IP_PMTU_WANT, false, 2961, 0, 3, false },
	{ "65,515: the longest", IP_PMTU_WANT, false, 65515, 0, 45, false },
	{ "65,516: too long for IP", IP_PMTU_WANT, false, 65516, -EMSGSIZE, 0, false },
};

static void test_lengths(void)
{
	static struct inet s;

	for (unsigned i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		const struct ip_out o = { .dst = PEER,
			.pmtu = (uint8_t)lengths[i].pmtu,
			.is_fragment_off = lengths[i].is_fragment_off };
		struct inet_out out;
		unsigned n = 0;
		uint32_t got = 0;
		uint16_t id = 0;
		bool ok = true, is_last = lengths[i].want != 0;

		inet_open(&s, NULL);
		ok = inet_send(&s, &o, lengths[i].len) == lengths[i].want;
		for (; inet_out(&s, &out); n++) {
			ok = ok && out.h.offset == got &&
				out.h.dont_fragment == lengths[i].df && (!n || out.h.id == id);
			for (uint32_t k = 0; k < out.len; k++)
				ok = ok && out.payload[k] == (uint8_t)(got + k);
			got += out.len;
			id = out.h.id;
			is_last = !out.h.more_fragments;
		}
		tap(ok && is_last && n == lengths[i].pieces &&
				got == (lengths[i].want ? 0 : lengths[i].len) &&
				inet_since(&s, NOD_EV_IP4_DROP_TOO_BIG) ==
					(lengths[i].want != 0),
			"length: %s", lengths[i].name);
		if (!inet_close(&s))
			tap(false, "everything came home: %s", lengths[i].name);
	}
}

/* Options in fragments: all in the first, those that are copied in the others. */
static void test_options(void)
{
	static struct inet s;
	static const uint8_t options[12] = { 7, 7, 4, 0, 0, 0, 0, 1, 0x94, 4, 0, 0 };
	const struct ip_out o = { .dst = PEER, .options = { options, sizeof(options) } };
	struct inet_out out;

	inet_open(&s, NULL);
	tap(inet_send(&s, &o, 4000) == 0 && inet_out(&s, &out) && out.h.hdr_len == 32 &&
			out.len == 1464 && inet_out(&s, &out) && out.h.hdr_len == 24 &&
			out.h.offset == 1464 && out.h.options.p[0] == 0x94 && out.len == 1472 &&
			inet_out(&s, &out) && out.h.offset == 2936 && out.len == 4000 - 2936 &&
			!out.h.more_fragments,
		"options in fragments (RFC 791 3.1)");
	inet_close(&s);
}

/* RFC 6864 (IP4-12), RFC 7739 (H51). */
static void test_ids(void)
{
	static struct inet s;
	static uint8_t seen[65536];
	struct ip_out o = { .dst = PEER, .pmtu = IP_PMTU_DONT };
	struct inet_out out;
	unsigned twice = 0, steps[16] = { 0 }, large = 0, kinds = 0, same = 0;
	uint16_t last = 0, first[64];

	inet_open(&s, NULL);
	for (unsigned i = 0; i < 4000; i++) {
		inet_send(&s, &o, 8);
		inet_must(inet_out(&s, &out), "packet");
		twice += seen[out.h.id]++ != 0;
		if (i) {
			uint16_t step = (uint16_t)(out.h.id - last);

			large += step > 8 || step == 0;
			steps[step & 15]++;
		}
		last = out.h.id;
	}
	for (unsigned i = 0; i < 16; i++)
		kinds += steps[i] != 0;
	tap(twice == 0, "no number comes again within 4,000 (IP4-12)");
	tap(large == 0 && kinds == 8, "and none tells the next: steps of %u kinds (H51)",
		kinds);
	for (uint32_t i = 0; i < 64; i++) {
		o.dst = ipa_of_v4(V4(198, 51, 100, 1) + i);
		inet_send(&s, &o, 8);
		inet_must(inet_out(&s, &out), "packet");
		first[i] = out.h.id;
		for (uint32_t k = 0; k < i; k++)
			same += (uint16_t)(first[i] - first[k]) < 16;
	}
	tap(same < 8, "each destination has numbers of its own: %u are near another's", same);
	o = (struct ip_out){ .dst = PEER };
	inet_send(&s, &o, 8);
	inet_out(&s, &out);
	tap(out.h.id == 0 && out.h.dont_fragment,
		"what is not to be cut needs none, and tells nothing");
	inet_close(&s);
}

/* ---- to ourselves, to many ---------------------------------------------------------------- */

static void test_local(void)
{
	static struct inet s;
	static const struct {
		const char *name;
		uint32_t src, dst, from;
	} cases[] = {
		{ "127.0.0.1", 0, V4(127, 0, 0, 1), V4(127, 0, 0, 1) },
		{ "127.0.0.2, from 127.0.0.1 as Linux does", 0, V4(127, 0, 0, 2),
			V4(127, 0, 0, 1) },
		{ "127.255.255.254", 0, V4(127, 255, 255, 254), V4(127, 0, 0, 1) },
		{ "our own address", 0, V4_ME, V4_ME },
		{ "our other address", 0, V4_ME_EAST, V4_ME_EAST },
		{ "our address from the other", V4_ME_EAST, V4_ME, V4_ME_EAST },
	};

	inet_open(&s, NULL);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct ip_out o = { .src = ipa_of_v4(cases[i].src),
			.dst = ipa_of_v4(cases[i].dst) };

		s.n_in = 0;
		tap(inet_send(&s, &o, 2000) == 0 && inet_is_silent(&s) &&
				link_has_looped(&s.link),
			"nothing leaves the host: %s", cases[i].name);
		link_run(&s.link);
		tap(s.n_in == 1 && s.len == 2000 && ipa_v4(&s.in.src) == cases[i].from &&
				ipa_v4(&s.in.dst) == cases[i].dst && s.in.iface == s.lo,
			"and it arrives whole: %s", cases[i].name);
	}
	/* a report about our own comes back to us */
	const struct ip_out o = { .dst = ME, .protocol = 200 };

	inet_send(&s, &o, 8);
	link_run(&s.link);
	tap(inet_since(&s, NOD_EV_ICMP4_OUT_ERROR) == 1, "nobody speaks it here either");
	link_run(&s.link);
	tap(inet_since(&s, NOD_EV_ICMP4_IN_ERROR) == 1 && inet_is_silent(&s),
		"the error comes back to us");
	tap(inet_close(&s), "everything came home");
}

static void test_many(void)
{
	static struct inet s;
	struct ip_out o = { .dst = ipa_of_v4(V4_ALL), .may_broadcast = true, .iface = s.eth1 };
	const struct ipa group = IPA_V4(239, 1, 2, 3);
	const uint8_t mac[6] = { 1, 0, 0x5e, 1, 2, 3 };
	struct group_member *list = NULL;
	struct inet_out out;

	inet_open(&s, NULL);
	o.iface = s.eth1;
	tap(inet_send(&s, &o, 8) == 0 && inet_out_by(&s, s.eth1, &out) &&
			memcmp(out.eth.dst, mac_all, 6) == 0 && ipa_equal(&out.h.src, &ME_EAST),
		"to all by the interface that was asked for");
	link_run(&s.link);
	tap(s.n_in == 1 && s.in.cast == IP_BROADCAST && s.in.iface == s.eth1,
		"who speaks to all hears himself, as on Linux");
	o = (struct ip_out){ .dst = IPA_V4(192, 168, 1, 255), .may_broadcast = true };
	tap(inet_send(&s, &o, 8) == 0 && inet_out_by(&s, s.eth1, &out) &&
			memcmp(out.eth.dst, mac_all, 6) == 0,
		"to all of a network, by its link");
	link_run(&s.link);
	o = (struct ip_out){ .dst = ipa_of_v4(V4_ALL),
		.may_broadcast = true,
		.is_bare = true,
		.iface = s.eth0 };
	tap(inet_send(&s, &o, 8) == 0 && inet_out(&s, &out) && ipa_is_any(&out.h.src),
		"from nobody, as DHCP has to");
	link_run(&s.link);
	inet_mark(&s);
	o = (struct ip_out){ .dst = group, .iface = s.eth0 };
	tap(inet_send(&s, &o, 8) == 0 && inet_out(&s, &out) && out.h.ttl == 1 &&
			memcmp(out.eth.dst, mac, 6) == 0,
		"to a group: one hop far (RFC 1112 6.1), to its own frame address");
	o.is_loop = true;
	inet_send(&s, &o, 8);
	link_run(&s.link);
	tap(s.n_in == 0, "nobody here is a member");
	inet_drain(&s);
	group_join(&list, netif_of(s.eth0), &group, GROUP_EXCLUDE, NULL, 0);
	inet_send(&s, &o, 8);
	link_run(&s.link);
	tap(s.n_in == 1 && s.in.cast == IP_MULTICAST, "a member here hears it");
	inet_send(&s, &o, 3000);
	link_run(&s.link);
	tap(s.n_in == 2 && s.len == 3000, "whole, though on the wire it goes in pieces");
	o.is_loop = false;
	inet_send(&s, &o, 8);
	link_run(&s.link);
	tap(s.n_in == 2, "and not what was not to loop");
	group_leave_all(&list);
	tap(inet_close(&s), "everything came home");
}

/* ---- raw ---------------------------------------------------------------------------------- */

static int send_whole(struct inet *s, const uint8_t *octets, size_t len)
{
	const struct ip_out o = { .src = IPA_ANY4, .dst = PEER };
	struct pkt *p = pkt_new(s->core.pool, (uint32_t)len);

	memcpy(pkt_put(p, (uint32_t)len), octets, len);
	return ip_output_whole(&s->net, &o, p);
}

static void test_whole(void)
{
	static struct inet s;
	struct inet_out out;
	uint8_t octets[1600];
	size_t len = inet_build(octets, sizeof(octets),
		&(struct inet_pkt){ .from_nobody = true,
			.dst = V4_PEER,
			.len = 100,
			.claim = -30,
			.bad_sum = true,
			.options = "94040000" });

	inet_open(&s, NULL);
	tap(send_whole(&s, octets, len) == 0 && inet_out(&s, &out) &&
			ipa_equal(&out.h.src, &ME) && out.h.len == 124 && out.h.id != 0 &&
			out.h.options.len == 4,
		"a header of the caller's: length, sum, source and number are filled in, as raw(7) says");
	tap(send_whole(&s, octets, 19) == -EINVAL, "less than a header is refused");
	octets[0] = 0x4f;
	tap(send_whole(&s, octets, 59) == -EINVAL, "a header longer than all is refused");
	octets[0] = 0x55;
	tap(send_whole(&s, octets, len) == -EINVAL, "another version is refused");
	octets[0] = 0x45;
	tap(send_whole(&s, octets, 1501) == -EMSGSIZE,
		"what does not fit is refused: it is not cut");
	tap(send_whole(&s, octets, 1500) == 0 && inet_out(&s, &out), "1,500 octets fit");
	tap(inet_close(&s), "everything came home");
}

/* ---- neighbours and routers that do not answer ------------------------------------------- */

static void test_dead_router(void)
{
	static struct inet s;
	const struct ipa second = IPA_V4(10, 0, 0, 253), quiet = IPA_V4(10, 0, 0, 77);
	struct ip_out o = { .dst = OUTSIDE };
	struct dest *kept = NULL;
	struct inet_out out;

	inet_open(&s, NULL);
	o.cached = &kept;
	route_remove(&s.net, &IPA_ANY4, 0, NULL, NULL);
	inet_route(&s, IPA_ANY4, 0, s.eth0, quiet, 1);
	inet_route(&s, IPA_ANY4, 0, s.eth0, second, 2);
	neigh_set(&s.link, s.eth0, &second, mac_far);
	inet_send(&s, &o, 8);
	tap(!inet_out(&s, &out), "the first router is asked for");
	inet_pass(&s, 5 * NOD_S);
	inet_drain(&s);
	tap(inet_send(&s, &o, 8) == 0 && inet_out(&s, &out) &&
			memcmp(out.eth.dst, mac_far, 6) == 0,
		"it does not answer: the second one is used (RFC 1122 3.3.1.4)");
	dest_unref(&s.net, kept);
	link_run(&s.link);
	tap(s.n_errors == 1 && s.error.error == EHOSTUNREACH &&
			ipa_equal(&s.error.dst, &OUTSIDE),
		"what waited for it in vain is told to the protocol");

	inet_mark(&s);
	o = (struct ip_out){ .dst = IPA_V4(10, 0, 0, 78) };
	inet_send(&s, &o, 8);
	inet_pass(&s, 5 * NOD_S);
	link_run(&s.link);
	tap(s.n_errors == 1 && s.error.error == EHOSTUNREACH && ipa_equal(&s.error.dst, &o.dst),
		"a neighbour that does not answer is told to the protocol");
	tap(inet_close(&s), "everything came home");
}

int main(void)
{
	test_header();
	test_refusals();
	test_lengths();
	test_options();
	test_ids();
	test_local();
	test_many();
	test_whole();
	test_dead_router();
	return tap_done();
}
