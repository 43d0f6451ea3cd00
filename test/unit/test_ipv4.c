/* SPDX-License-Identifier: ISC */
/* test_ipv4.c - what an IPv4 packet goes through on its way in: RFC 791, RFC 1122 3.2.1 */
#include "inet.h"

#include "network/group.h"

#define NONE NOD_EV_N

static const struct {
	const char *name;
	struct inet_pkt pkt;
	enum nod_event_kind drop; /* NONE: it arrives */
} cases[] = {
	{ "a plain packet", { .len = 9 }, NONE },
	{ "nothing behind the header", { .len = 0 }, NONE },
	{ "padding of the link is not payload (H01)", { .len = 3, .padding = 23 }, NONE },
	{ "time to live 1 is for a host no reason to drop (IP4-8)", { .len = 1, .ttl = 1 },
		NONE },
	{ "don't fragment set", { .len = 1, .df = true }, NONE },
	{ "any traffic class", { .len = 1, .tos = 0xff }, NONE },

	{ "a wrong header checksum (IP4-2, H06)", { .len = 4, .bad_sum = true },
		NOD_EV_IP4_DROP_CHECKSUM },
	{ "total length one octet beyond the frame (H05)", { .len = 4, .claim = 1 },
		NOD_EV_IP4_DROP_SHORT },
	{ "total length far beyond the frame (H05)", { .len = 4, .claim = 60000 },
		NOD_EV_IP4_DROP_SHORT },
	{ "total length below the header's (H05)", { .len = 4, .claim = -5 },
		NOD_EV_IP4_DROP_HEADER },
	{ "total length zero (H05)", { .len = 4, .claim = -24 }, NOD_EV_IP4_DROP_HEADER },

	/* whom it is from (IP4-4, H08) */
	{ "from the limited broadcast", { .len = 1, .src = V4_ALL }, NOD_EV_IP4_DROP_SOURCE },
	{ "from this network's broadcast", { .len = 1, .src = V4(10, 0, 0, 255) },
		NOD_EV_IP4_DROP_SOURCE },
	{ "from a group", { .len = 1, .src = V4(224, 0, 0, 1) }, NOD_EV_IP4_DROP_SOURCE },
	{ "from the last group", { .len = 1, .src = V4(239, 255, 255, 255) },
		NOD_EV_IP4_DROP_SOURCE },
	{ "from class E", { .len = 1, .src = V4(240, 0, 0, 1) }, NOD_EV_IP4_DROP_SOURCE },
	{ "from a loopback address", { .len = 1, .src = V4(127, 0, 0, 1) },
		NOD_EV_IP4_DROP_SOURCE },
	{ "from another loopback address", { .len = 1, .src = V4(127, 9, 9, 9) },
		NOD_EV_IP4_DROP_SOURCE },
	{ "from 0.0.0.0 to one host", { .len = 1, .from_nobody = true },
		NOD_EV_IP4_DROP_SOURCE },
	{ "from 0.0.0.0 to all, as DHCP does",
		{ .len = 1, .from_nobody = true, .dst = V4_ALL, .mac = mac_all }, NONE },
	{ "from 0.0.0.1 to all",
		{ .len = 1, .src = V4(0, 0, 0, 1), .dst = V4_ALL, .mac = mac_all },
		NOD_EV_IP4_DROP_SOURCE },
	{ "from 0.0.0.1 to a group",
		{ .len = 1, .src = V4(0, 0, 0, 1), .dst = V4(224, 0, 0, 1), .mac = mac_group },
		NOD_EV_IP4_DROP_SOURCE },
	{ "from ourselves: LAND", { .len = 1, .src = V4_ME }, NOD_EV_IP4_DROP_LAND },
	{ "from our other address", { .len = 1, .src = V4_ME_EAST }, NOD_EV_IP4_DROP_LAND },

	/* whom it is for (IP4-3) */
	{ "for our address on another link: the weak model", { .len = 1, .dst = V4_ME_EAST },
		NONE },
	{ "for another host", { .len = 1, .dst = V4(10, 0, 0, 9) }, NOD_EV_IP4_DROP_NOT_MINE },
	{ "for the world: a host does not forward (IP4-7)", { .len = 1, .dst = V4_OUTSIDE },
		NOD_EV_IP4_DROP_NOT_MINE },
	{ "for a loopback address, by the wire", { .len = 1, .dst = V4(127, 0, 0, 1) },
		NOD_EV_IP4_DROP_SOURCE },
	{ "for all", { .len = 1, .dst = V4_ALL, .mac = mac_all }, NONE },
	{ "for all of this network", { .len = 1, .dst = V4(10, 0, 0, 255), .mac = mac_all },
		NONE },
	{ "for all of another link's network",
		{ .len = 1, .dst = V4(192, 168, 1, 255), .mac = mac_all },
		NOD_EV_IP4_DROP_NOT_MINE },
	{ "for this network, the old broadcast of zeros",
		{ .len = 1, .dst = V4(10, 0, 0, 0), .mac = mac_all },
		NOD_EV_IP4_DROP_NOT_MINE },
	{ "for all hosts, the group that all are in",
		{ .len = 1, .dst = V4(224, 0, 0, 1), .mac = mac_group }, NONE },
	{ "for class E", { .len = 1, .dst = V4(240, 0, 0, 1) }, NOD_EV_IP4_DROP_NOT_MINE },
	{ "for us alone, in a frame to all (RFC 1122 3.3.6)", { .len = 1, .mac = mac_all },
		NOD_EV_IP4_DROP_LINK_BROADCAST },
	{ "for us alone, in a frame to a group", { .len = 1, .mac = mac_group },
		NOD_EV_IP4_DROP_LINK_BROADCAST },
	{ "for all, in a frame to us alone", { .len = 1, .dst = V4_ALL }, NONE },

	/* options (IP4-9, H07); what comes back of it is in test_ipv4_options */
	{ "an unknown option is passed over", { .len = 2, .options = "de04aabb" }, NONE },
	{ "a loose source route", { .len = 2, .options = "8307040a00000a00" },
		NOD_EV_IP4_DROP_SOURCE_ROUTE },
	{ "an option of length 0", { .len = 2, .options = "de000000" },
		NOD_EV_IP4_DROP_OPTIONS },
	{ "an option beyond the header", { .len = 2, .options = "de050000" },
		NOD_EV_IP4_DROP_OPTIONS },

	/* protocols (H16) */
	{ "a protocol that nobody speaks", { .len = 8, .protocol = 200 },
		NOD_EV_IP4_DROP_PROTOCOL },
	{ "IP in IP is not looked into", { .len = 20, .protocol = 4 },
		NOD_EV_IP4_DROP_PROTOCOL },
	{ "GRE", { .len = 20, .protocol = 47 }, NOD_EV_IP4_DROP_PROTOCOL },
	{ "ICMPv6 over IPv4", { .len = 20, .protocol = IP_PROTO_ICMPV6 },
		NOD_EV_IP4_DROP_PROTOCOL },
};

static void test_cases(void)
{
	static struct inet s;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		inet_open(&s, NULL);
		inet_in(&s, &cases[i].pkt);
		if (cases[i].drop == NONE)
			tap(s.n_in == 1 && s.len == cases[i].pkt.len && inet_drops(&s) == 0,
				"in: %s", cases[i].name);
		else
			tap(s.n_in == 0 && inet_since(&s, cases[i].drop) == 1 &&
					inet_drops(&s) == 1,
				"dropped: %s", cases[i].name);
		if (!inet_close(&s))
			tap(false, "everything came home: %s", cases[i].name);
	}
}

/* What was right of the last packet's addresses is looked at again when the net has changed. */
static void test_as_last(void)
{
	const struct inet_pkt plain = { .len = 1 };
	const struct inet_pkt stranger = { .len = 1, .src = V4(10, 0, 0, 7) };
	const struct ipa me = ME;
	static struct inet s;
	struct ifaddr *a;

	inet_open(&s, NULL);
	inet_in(&s, &plain);
	inet_in(&s, &plain);
	tap(s.n_in == 2, "a flow's packets arrive");
	inet_in(&s, &(struct inet_pkt){ .len = 1, .dst = V4(10, 0, 0, 9) });
	tap(s.n_in == 2 && inet_since(&s, NOD_EV_IP4_DROP_NOT_MINE) == 1,
		"one for another host among them does not");
	inet_in(&s, &(struct inet_pkt){ .len = 1, .mac = mac_all });
	tap(s.n_in == 2 && inet_since(&s, NOD_EV_IP4_DROP_LINK_BROADCAST) == 1,
		"nor does one of the flow in a frame to all");
	inet_in_by(&s, s.eth1, &plain);
	tap(s.n_in == 3, "by another link it is looked at, and arrives");
	inet_in(&s, &stranger);
	tap(s.n_in == 4, "a stranger's packet arrives");
	a = inet_addr_add(s.eth1, IPA_V4(10, 0, 0, 7), 24, IFADDR_MANUAL);
	inet_in(&s, &stranger);
	tap(s.n_in == 4 && inet_since(&s, NOD_EV_IP4_DROP_LAND) == 1,
		"no more when the address has become ours");
	ifaddr_remove(a);
	inet_in(&s, &plain);
	tap(s.n_in == 5, "the flow goes on");
	ifaddr_remove(ifaddr_find(&s.net, NULL, &me));
	inet_in(&s, &plain);
	tap(s.n_in == 5 && inet_since(&s, NOD_EV_IP4_DROP_NOT_MINE) == 2,
		"until its address is taken away");
	tap(inet_close(&s), "everything came home");
}

static const struct {
	const char *name, *hex;
	enum nod_event_kind drop;
} octets[] = {
	{ "nothing at all", "", NOD_EV_IP4_DROP_SHORT },
	{ "one octet", "45", NOD_EV_IP4_DROP_SHORT },
	{ "a header less one octet", "45000014 00000000 40fd66e0 0a000002 0a0000",
		NOD_EV_IP4_DROP_SHORT },
	{ "a header with options, cut in them",
		"46000018 00000000 40fd65db 0a000002 0a000001 01", NOD_EV_IP4_DROP_SHORT },
	{ "version 0 (H06)", "05000014 00000000 40fda6e0 0a000002 0a000001",
		NOD_EV_IP4_DROP_VERSION },
	{ "version 5", "55000014 00000000 40fd56e0 0a000002 0a000001",
		NOD_EV_IP4_DROP_VERSION },
	{ "version 6 (IP4-1)", "65000014 00000000 40fd46e0 0a000002 0a000001",
		NOD_EV_IP4_DROP_VERSION },
	{ "version 15", "f5000014 00000000 40fdb6df 0a000002 0a000001",
		NOD_EV_IP4_DROP_VERSION },
	{ "a header of 0 octets (H05)", "40000014 00000000 40fd6be0 0a000002 0a000001",
		NOD_EV_IP4_DROP_HEADER },
	{ "a header of 16 octets", "44000014 00000000 40fd67e0 0a000002 0a000001",
		NOD_EV_IP4_DROP_HEADER },
	{ "a header longer than the packet says",
		"46000014 00000000 40fd65e0 0a000002 0a000001 00000000",
		NOD_EV_IP4_DROP_HEADER },
	{ "a header of 60 octets in a frame of 20",
		"4f00003c 00000000 40fd5cb8 0a000002 0a000001", NOD_EV_IP4_DROP_SHORT },
};

static void test_octets(void)
{
	static struct inet s;

	for (unsigned i = 0; i < sizeof(octets) / sizeof(octets[0]); i++) {
		size_t len;
		uint8_t *o = from_hex(octets[i].hex, &len);

		inet_open(&s, NULL);
		inet_frame_in(&s, s.eth0, NULL, o, len);
		tap(s.n_in == 0 && inet_since(&s, octets[i].drop) == 1 && inet_drops(&s) == 1,
			"dropped: %s", octets[i].name);
		free(o);
		inet_close(&s);
	}
}

static void test_what_is_told(void)
{
	static struct inet s;
	struct inet_pkt k = { .len = 5, .tos = 0xb8, .ttl = 7, .options = "01010101" };

	inet_open(&s, NULL);
	inet_in(&s, &k);
	tap(s.in.ttl == 7 && s.in.tos == 0xb8 && s.in.protocol == PROTO_TEST && s.in.is_v4 &&
			s.in.cast == IP_UNICAST && s.in.hdr_len == 24 && s.in.iface == s.eth0 &&
			ipa_equal(&s.in.src, &PEER) && ipa_equal(&s.in.dst, &ME) &&
			!s.in.was_fragments,
		"what the protocol is told of a packet");
	k = (struct inet_pkt){ .len = 5, .dst = V4_ALL, .mac = mac_all };
	inet_in(&s, &k);
	tap(s.in.cast == IP_BROADCAST, "a broadcast is told to be one");
	k = (struct inet_pkt){ .len = 5, .dst = V4(224, 0, 0, 1), .mac = mac_group };
	inet_in(&s, &k);
	tap(s.in.cast == IP_MULTICAST, "a multicast is told to be one");
	tap(inet_close(&s), "everything came home");
}

/* A tentative or a duplicate address receives nothing (RFC 5227 2.1.1). */
static void test_states(void)
{
	static struct inet s;
	const struct ifaddr_conf c = { .addr = IPA_V4(10, 0, 0, 77), .prefix_len = 24 };
	const struct inet_pkt k = { .len = 1, .dst = ipa_v4(&c.addr) };
	struct ifaddr *a;

	inet_open(&s, NULL);
	ifaddr_add(netif_of(s.eth0), &c, &a);
	inet_in(&s, &k);
	tap(s.n_in == 0 && inet_since(&s, NOD_EV_IP4_DROP_NOT_MINE) == 1,
		"a tentative address receives nothing");
	ifaddr_enter(a, IFADDR_PREFERRED, "test");
	inet_in(&s, &k);
	tap(s.n_in == 1, "a preferred one does");
	ifaddr_enter(a, IFADDR_DEPRECATED, "test");
	inet_in(&s, &k);
	tap(s.n_in == 2, "a deprecated one still does");
	ifaddr_enter(a, IFADDR_DUPLICATE, "test");
	inet_in(&s, &k);
	tap(s.n_in == 2, "a duplicate one does not");
	ifaddr_remove(a);
	inet_in(&s, &k);
	tap(s.n_in == 2, "one that is gone does not");
	tap(inet_close(&s), "everything came home");
}

static void test_groups(void)
{
	static struct inet s;
	const struct ipa group = IPA_V4(239, 1, 2, 3);
	const uint8_t mac[6] = { 1, 0, 0x5e, 1, 2, 3 };
	const struct inet_pkt k = { .len = 1, .dst = ipa_v4(&group), .mac = mac };
	struct group_member *list = NULL;

	inet_open(&s, NULL);
	inet_in(&s, &k);
	tap(s.n_in == 0 && inet_since(&s, NOD_EV_ETH_NOT_MINE) == 1,
		"a group that nobody joined is not even heard");
	inet_in(&s, &(struct inet_pkt){ .len = 1, .dst = ipa_v4(&group) });
	tap(s.n_in == 0 && inet_since(&s, NOD_EV_IP4_DROP_NOT_MINE) == 1,
		"nor when it comes in a frame to us");
	group_join(&list, netif_of(s.eth0), &group, GROUP_EXCLUDE, NULL, 0);
	inet_in(&s, &k);
	tap(s.n_in == 1 && s.in.cast == IP_MULTICAST, "a group that was joined is taken");
	inet_in_by(&s, s.eth1, &(struct inet_pkt){ .len = 1, .dst = ipa_v4(&group) });
	tap(s.n_in == 1, "but not on the link where it was not");
	group_leave_all(&list);
	inet_in(&s, &k);
	tap(s.n_in == 1, "and not after leaving");
	tap(inet_close(&s), "everything came home");
}

/* Raw sockets see what protocols get, and what nobody does. */
static unsigned n_raw;
static bool raw_in(void *self, const struct pkt *p, const struct ip_in *in)
{
	(void)self;
	n_raw += p->l3 && p->data - p->l3 == in->hdr_len;
	return in->protocol == 200;
}

static void test_raw(void)
{
	static struct inet s;
	const struct ip_raw raw = { .input = raw_in };

	inet_open(&s, NULL);
	net_set_raw(&s.net, &raw);
	inet_in(&s, &(struct inet_pkt){ .len = 1 });
	tap(n_raw == 1 && s.n_in == 1, "a raw socket sees it, and the protocol gets it");
	inet_in(&s, &(struct inet_pkt){ .len = 1, .protocol = 200 });
	tap(n_raw == 2 && inet_drops(&s) == 0 && inet_is_silent(&s),
		"a protocol of a raw socket's is not unreachable");
	inet_in(&s, &(struct inet_pkt){ .len = 1, .protocol = 201 });
	tap(n_raw == 3 && inet_since(&s, NOD_EV_IP4_DROP_PROTOCOL) == 1,
		"one that no raw socket wanted is");
	tap(inet_close(&s), "everything came home");
}

static void test_registering(void)
{
	static struct inet s;
	struct ip_protocol p = { .number = PROTO_TEST, .input = inet_take, .self = &s };
	unsigned n = 0;

	inet_open(&s, NULL);
	tap(net_register(&s.net, &p) == -EEXIST, "a protocol is registered once");
	for (p.number = 100; net_register(&s.net, &p) == 0; p.number++)
		n++;
	tap(n && n < NET_PROTOCOLS && net_register(&s.net, &p) == -ENOSPC,
		"there is a limit to protocols");
	inet_close(&s);
}

int main(void)
{
	test_cases();
	test_as_last();
	test_octets();
	test_what_is_told();
	test_states();
	test_groups();
	test_raw();
	test_registering();
	return tap_done();
}
