/* SPDX-License-Identifier: ISC */
/* test_ifaddr.c - addresses: tried, used, kept up, given up (RFC 5227, RFC 1122 3.2.1.3) */
#include "inet.h"

#include "link/arp_wire.h"

#define NEW IPA_V4(10, 0, 0, 50)

static unsigned n_told;
static uint8_t told[16];

static void changed(void *self, struct ifaddr *a)
{
	(void)self;
	if (n_told < sizeof(told))
		told[n_told++] = a->state;
}

/* Somebody says by ARP that @mac has @sender, or (0.0.0.0) asks for @target. */
static void arp_in(struct inet *s, struct ipa sender, struct ipa target, const uint8_t *mac)
{
	uint8_t frame[ETHER_HDR_LEN + ARP_LEN];
	struct ether_hdr eth = { .type = ETHERTYPE_ARP };
	struct arp_msg m = { .op = ARP_REQUEST, .sender = sender, .target = target };
	struct wcur w = wcur_of(frame, sizeof(frame));
	struct pkt *p = pkt_new(s->core.pool, sizeof(frame));

	memcpy(eth.src, mac, 6);
	memset(eth.dst, 0xff, 6);
	memcpy(m.sender_mac, mac, 6);
	inet_must(ether_emit(&eth, &w) == 0 && arp_emit(&m, &w) == 0, "frame");
	memcpy(pkt_put(p, sizeof(frame)), frame, sizeof(frame));
	link_input(&s->link, s->eth0, p);
}

static const struct {
	const char *name;
	uint32_t addr;
	uint8_t len;
	enum ifaddr_origin origin;
	int want;
} cases[] = {
	{ "a good one", V4(10, 1, 0, 1), 16, IFADDR_MANUAL, 0 },
	{ "a whole prefix", V4(10, 2, 0, 1), 32, IFADDR_MANUAL, 0 },
	{ "one of a network of two (RFC 3021)", V4(10, 3, 0, 0), 31, IFADDR_MANUAL, 0 },
	{ "the same twice", V4_ME, 24, IFADDR_MANUAL, -EEXIST },
	{ "0.0.0.0", 0, 24, IFADDR_MANUAL, -EINVAL },
	{ "0.1.2.3", V4(0, 1, 2, 3), 24, IFADDR_MANUAL, -EINVAL },
	{ "a group", V4(224, 0, 0, 1), 24, IFADDR_MANUAL, -EINVAL },
	{ "class E", V4(240, 0, 0, 1), 24, IFADDR_MANUAL, -EINVAL },
	{ "all", V4_ALL, 24, IFADDR_MANUAL, -EINVAL },
	{ "loopback, on a wire", V4(127, 0, 0, 1), 8, IFADDR_MANUAL, -EINVAL },
	{ "33 bits of prefix", V4(10, 4, 0, 1), 33, IFADDR_MANUAL, -EINVAL },
};

static void test_adding(void)
{
	static struct inet s;
	struct ifaddr_conf c = { .prefix_len = 24, .no_probe = true };
	unsigned n = 0;

	inet_open(&s, NULL);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		c.addr = ipa_of_v4(cases[i].addr);
		c.prefix_len = cases[i].len;
		c.origin = cases[i].origin;
		tap(ifaddr_add(netif_of(s.eth0), &c, NULL) == cases[i].want, "add %s: %d",
			cases[i].name, cases[i].want);
	}
	c = (struct ifaddr_conf){ .addr = { .o = { 0x20, 1, 0x0d, 0xb8, [15] = 1 } },
		.prefix_len = 64 };
	tap(ifaddr_add(netif_of(s.eth0), &c, NULL) == -EAFNOSUPPORT, "IPv6, where it is off");
	c = (struct ifaddr_conf){ .prefix_len = 24, .no_probe = true };
	for (uint32_t i = 0; i < 64; i++) {
		c.addr = ipa_of_v4(V4(10, 9, 0, 1) + i);
		n += ifaddr_add(netif_of(s.eth0), &c, NULL) == 0;
	}
	tap(n == 32 - 4 && ifaddr_add(netif_of(s.eth0), &c, NULL) == -ENOSPC,
		"there is a limit for each interface");
	tap(inet_close(&s), "everything came home");
}

/* RFC 5227 2.1: nobody objects. */
static void test_probed(void)
{
	static struct inet s;
	const struct ifaddr_conf c = { .addr = NEW, .prefix_len = 24 };
	struct ifaddr *a;

	inet_open(&s, NULL);
	s.net.addr_changed = changed;
	n_told = 0;
	tap(ifaddr_add(netif_of(s.eth0), &c, &a) == 0 && a->state == IFADDR_TENTATIVE &&
			!ifaddr_is_ours(&s.net, NULL, &NEW) &&
			ifaddr_find(&s.net, NULL, &NEW) == a,
		"a new address is tentative");
	inet_pass(&s, 10 * NOD_S);
	tap(a->state == IFADDR_PREFERRED && ifaddr_is_ours(&s.net, NULL, &NEW) &&
			inet_since(&s, NOD_EV_ARP_PROBE) == 3 &&
			inet_since(&s, NOD_EV_ARP_ANNOUNCE) == 2,
		"three probes nobody answered, two announcements: it is ours (RFC 5227)");
	tap(n_told == 1 && told[0] == IFADDR_PREFERRED, "whoever wanted to know is told");
	ifaddr_remove(a);
	tap(!ifaddr_is_ours(&s.net, NULL, &NEW) && !ifaddr_find(&s.net, NULL, &NEW) &&
			ifaddr_is_ours(&s.net, NULL, &ME),
		"removed, it is not ours, and the others are");
	tap(inet_close(&s), "everything came home");
}

static void test_duplicate(void)
{
	static struct inet s;
	const struct ifaddr_conf c = { .addr = NEW, .prefix_len = 24 };
	struct ifaddr *a;

	inet_open(&s, NULL);
	s.net.addr_changed = changed;
	n_told = 0;
	ifaddr_add(netif_of(s.eth0), &c, &a);
	inet_pass(&s, NOD_S);
	arp_in(&s, NEW, ME, mac_peer);
	tap(a->state == IFADDR_DUPLICATE && n_told == 1 && told[0] == IFADDR_DUPLICATE,
		"another station has it");
	inet_pass(&s, 60 * NOD_S);
	tap(a->state == IFADDR_DUPLICATE && !ifaddr_is_ours(&s.net, NULL, &NEW),
		"it stays unused");
	tap(route_count(&s.net) == 4, "its network's route stays, as others are in it");
	ifaddr_remove(a);
	ifaddr_add(netif_of(s.eth0), &c, &a);
	inet_pass(&s, NOD_S);
	arp_in(&s, IPA_ANY4, NEW, mac_peer);
	tap(a->state == IFADDR_DUPLICATE, "another station tries it at the same time");
	ifaddr_remove(a);
	ifaddr_add(netif_of(s.eth0), &c, &a);
	inet_pass(&s, NOD_S);
	ifaddr_remove(a);
	inet_pass(&s, 60 * NOD_S);
	tap(!ifaddr_find(&s.net, NULL, &NEW), "one may be taken away while it is tried");
	tap(inet_close(&s), "everything came home");
}

/* RFC 5227 2.4. */
static void test_lost(void)
{
	static struct inet s;
	struct ifaddr *a;

	inet_open(&s, NULL);
	a = inet_addr_add(s.eth0, NEW, 24, IFADDR_DHCP);
	inet_pass(&s, 10 * NOD_S);
	arp_in(&s, NEW, ME, mac_peer);
	tap(a->state == IFADDR_PREFERRED, "it is defended once");
	arp_in(&s, NEW, ME, mac_peer);
	tap(a->state == IFADDR_DUPLICATE, "and given up, when the other insists");
	inet_pass(&s, 60 * NOD_S);
	for (unsigned i = 0; i < 5; i++)
		arp_in(&s, ME, PEER, mac_peer);
	tap(ifaddr_find(&s.net, NULL, &ME)->state == IFADDR_PREFERRED,
		"what was given by hand is defended for ever");
	inet_close(&s);
}

static void test_lifetimes(void)
{
	static struct inet s;
	const struct ifaddr_conf c = { .addr = NEW,
		.prefix_len = 24,
		.no_probe = true,
		.preferred = 10 * NOD_S,
		.valid = 20 * NOD_S };
	struct ifaddr *a;

	inet_open(&s, NULL);
	ifaddr_add(netif_of(s.eth0), &c, &a);
	inet_pass(&s, 9 * NOD_S);
	tap(a->state == IFADDR_PREFERRED, "preferred");
	inet_pass(&s, 2 * NOD_S);
	tap(a->state == IFADDR_DEPRECATED && ifaddr_is_ours(&s.net, NULL, &NEW),
		"deprecated in time");
	ifaddr_set_lifetimes(a, 10 * NOD_S, 20 * NOD_S);
	tap(a->state == IFADDR_PREFERRED, "renewed");
	inet_pass(&s, 30 * NOD_S);
	tap(!ifaddr_find(&s.net, NULL, &NEW) && inet_since(&s, NOD_EV_ADDR_GONE) == 1,
		"gone in time");
	ifaddr_add(netif_of(s.eth0), &c, &a);
	ifaddr_set_lifetimes(a, 0, 0);
	inet_pass(&s, 1000 * NOD_S);
	tap(a->state == IFADDR_PREFERRED, "for ever");
	tap(inet_close(&s), "everything came home");
}

static void test_routes(void)
{
	static struct inet s;
	struct ifaddr *a, *b;
	const struct ipa dst = IPA_V4(10, 7, 0, 9);

	inet_open(&s, NULL);
	a = inet_addr_add(s.eth0, IPA_V4(10, 7, 0, 1), 24, IFADDR_MANUAL);
	b = inet_addr_add(s.eth0, IPA_V4(10, 7, 0, 2), 24, IFADDR_MANUAL);
	tap(route_find(&s.net, &dst, NULL)->len == 24, "an address brings its network's route");
	ifaddr_remove(a);
	tap(route_find(&s.net, &dst, NULL)->len == 24, "which stays for the second");
	ifaddr_enter(b, IFADDR_DUPLICATE, "test");
	tap(route_find(&s.net, &dst, NULL)->len == 0, "and goes when none is usable");
	ifaddr_remove(b);
	inet_addr_add(s.eth0, IPA_V4(10, 8, 0, 1), 32, IFADDR_MANUAL);
	tap(route_find(&s.net, &(struct ipa)IPA_V4_INIT(10, 8, 0, 1), NULL)->len == 0,
		"a whole prefix brings none");
	inet_close(&s);
}

static void test_broadcast(void)
{
	static struct inet s;
	static const struct {
		uint32_t addr;
		bool want;
	} rows[] = { { V4(10, 0, 0, 255), true }, { V4(10, 0, 0, 254), false },
		{ V4(10, 0, 255, 255), false }, { V4(10, 5, 0, 3), true },
		{ V4(10, 5, 0, 0), false }, { V4(10, 6, 0, 1), false },
		{ V4(192, 168, 1, 255), false }, { V4_ME, false } };

	inet_open(&s, NULL);
	inet_addr_add(s.eth0, IPA_V4(10, 5, 0, 1), 30, IFADDR_MANUAL);
	inet_addr_add(s.eth0, IPA_V4(10, 6, 0, 0), 31, IFADDR_MANUAL);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct ipa a = ipa_of_v4(rows[i].addr);

		tap(ifaddr_is_broadcast(netif_of(s.eth0), &a) == rows[i].want,
			"%u.%u.%u.%u is %s broadcast of eth0", a.o[12], a.o[13], a.o[14],
			a.o[15], rows[i].want ? "a" : "no");
	}
	inet_close(&s);
}

/* The short cuts around the hash must not change an answer. */
static void test_short_cuts(void)
{
	static struct inet s;
	unsigned bad = 0;

	inet_open(&s, NULL);
	for (uint32_t i = 0; i < 28; i++)
		inet_addr_add(s.eth0, ipa_of_v4(V4(10, 20, 0, 1) + i * 257), 32, IFADDR_MANUAL);
	for (uint32_t round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < 65536; i++) {
			const struct ipa a = ipa_of_v4(V4(10, 20, 0, 0) + i);
			uint32_t k = (i - 1) / 257;
			bool want = i && (i - 1) % 257 == 0 && k < 28 && (!round || k % 2);

			bad += ifaddr_is_ours(&s.net, NULL, &a) != want ||
				(ifaddr_find(&s.net, NULL, &a) != NULL) != want ||
				ifaddr_is_ours(&s.net, s.eth1, &a);
		}
		for (uint32_t i = 0; i < 28 && !round; i += 2) {
			const struct ipa a = ipa_of_v4(V4(10, 20, 0, 1) + i * 257);

			ifaddr_remove(ifaddr_find(&s.net, NULL, &a));
		}
	}
	tap(bad == 0, "of 65,536 addresses exactly ours are ours, before and after some go: %u",
		bad);
	tap(inet_close(&s), "everything came home");
}

/* RFC 8200 5: no IPv6 on what carries less than 1,280 octets. */
static void test_mtu(void)
{
	static struct inet s;

	inet_open(&s, NULL);
	s.eth1->mtu = 1279;
	net_iface_changed(&s.net, s.eth1);
	s.core.conf.no_ipv6 = false;
	tap(netif_of(s.eth1)->is_v6_off, "IPv6 is off while the MTU is too small");
	s.eth1->mtu = 1280;
	net_iface_changed(&s.net, s.eth1);
	tap(!netif_of(s.eth1)->is_v6_off, "and on when it is not any more");
	tap(inet_close(&s), "everything came home");
}

int main(void)
{
	test_adding();
	test_probed();
	test_duplicate();
	test_lost();
	test_lifetimes();
	test_routes();
	test_broadcast();
	test_short_cuts();
	test_mtu();
	return tap_done();
}
