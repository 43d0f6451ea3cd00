/* SPDX-License-Identifier: ISC */
/*
 * test_link.c - link/link.c and iface.c: frames in, frames out, and to ourselves
 *
 * The hostile table's H01, and what a station has to refuse (RFC 1122 2.3, IEEE 802.1Q).
 */
#include <errno.h>

#include "base/checksum.h"
#include "lan.h"

#define EV(l, kind) ((l)->core.count[NOD_EV_##kind])
#define TO_ME	    "020000000001 020000000002 "
#define IP	    "4500 0014"

#define PASSES NOD_EV_N

static const struct {
	const char *name, *hex;
	uint16_t vlan;		  /* the interface's */
	enum nod_event_kind drop; /* or PASSES */
	uint32_t left;		  /* octets that go up */
} frames[] = {
	{ "to us", TO_ME "0800 " IP, 0, PASSES, 4 },
	{ "H01: 14 octets exactly", TO_ME "0800", 0, PASSES, 0 },
	{ "H01: padded", TO_ME "0800 " IP "000000000000000000000000000000", 0, PASSES, 19 },
	{ "to everybody", "ffffffffffff 020000000002 0800 " IP, 0, PASSES, 4 },
	{ "to a group that is heard", "01005e000001 020000000002 0800 " IP, 0, PASSES, 4 },
	{ "to a group that is not", "01005e000002 020000000002 0800 " IP, 0,
		NOD_EV_ETH_NOT_MINE, 0 },
	{ "to another station", "020000000003 020000000002 0800 " IP, 0,
		NOD_EV_ETH_NOT_MINE, 0 },
	{ "to nobody", "000000000000 020000000002 0800 " IP, 0, NOD_EV_ETH_NOT_MINE, 0 },
	{ "from a group", "020000000001 030000000002 0800 " IP, 0, NOD_EV_ETH_DROP_SOURCE, 0 },
	{ "from everybody", "020000000001 ffffffffffff 0800 " IP, 0, NOD_EV_ETH_DROP_SOURCE, 0 },
	{ "from nobody", "020000000001 000000000000 0800 " IP, 0, NOD_EV_ETH_DROP_SOURCE, 0 },
	{ "from our own address to us", "020000000001 020000000001 0800 " IP, 0,
		NOD_EV_ETH_DROP_SOURCE, 0 },
	{ "from our own address to everybody: a loop (RFC 7527)",
		"ffffffffffff 020000000001 0800 " IP, 0, PASSES, 4 },
	{ "an unknown type", TO_ME "9000 " IP, 0, NOD_EV_ETH_DROP_TYPE, 0 },
	{ "type 0x0600, the least", TO_ME "0600 " IP, 0, NOD_EV_ETH_DROP_TYPE, 0 },
	{ "802.3: a length", TO_ME "0004 " IP, 0, NOD_EV_ETH_DROP_LENGTH_FRAME, 0 },
	{ "802.3: SNAP with IPv4 in it (RFC 1042)", TO_ME "000c aaaa03000000 0800 " IP, 0,
		NOD_EV_ETH_DROP_LENGTH_FRAME, 0 },
	{ "802.3: 1,500", TO_ME "05dc " IP, 0, NOD_EV_ETH_DROP_LENGTH_FRAME, 0 },
	{ "802.3: between length and type", TO_ME "05ff " IP, 0, NOD_EV_ETH_DROP_LENGTH_FRAME, 0 },
	{ "a priority tag", TO_ME "8100 e000 0800 " IP, 0, PASSES, 4 },
	{ "a tag, and we have none", TO_ME "8100 0005 0800 " IP, 0, NOD_EV_ETH_DROP_VLAN, 0 },
	{ "our tag", TO_ME "8100 2005 0800 " IP, 5, PASSES, 4 },
	{ "another tag", TO_ME "8100 0006 0800 " IP, 5, NOD_EV_ETH_DROP_VLAN, 0 },
	{ "no tag, and we have one", TO_ME "0800 " IP, 5, NOD_EV_ETH_DROP_VLAN, 0 },
	{ "a priority tag, and we have another", TO_ME "8100 e000 0800 " IP, 5,
		NOD_EV_ETH_DROP_VLAN, 0 },
	{ "a priority tag and ours behind it", TO_ME "8100 e000 8100 0005 0800 " IP, 5, PASSES, 4 },
	{ "our tag twice", TO_ME "8100 0005 8100 0005 0800 " IP, 5, NOD_EV_ETH_DROP_VLAN, 0 },
	{ "VID 4095", TO_ME "8100 0fff 0800 " IP, 0, NOD_EV_ETH_DROP_VLAN, 0 },
	{ "three tags", TO_ME "8100 0000 8100 0000 8100 0000 0800 " IP, 0,
		NOD_EV_ETH_DROP_VLAN, 0 },
	{ "cut in a tag", TO_ME "8100 00", 0, NOD_EV_ETH_DROP_SHORT, 0 },
	{ "cut behind a tag", TO_ME "8100 0000", 0, NOD_EV_ETH_DROP_SHORT, 0 },
	{ "H01: 13 octets", TO_ME "08", 0, NOD_EV_ETH_DROP_SHORT, 0 },
	{ "H01: one octet", "02", 0, NOD_EV_ETH_DROP_SHORT, 0 },
	{ "H01: nothing", "", 0, NOD_EV_ETH_DROP_SHORT, 0 },
};

static const uint8_t group_mac[6] = { 1, 0, 0x5e, 0, 0, 1 };

static void frames_in(void)
{
	for (unsigned n = 0; n < sizeof(frames) / sizeof(frames[0]); n++) {
		const struct iface_conf conf = {
			.name = "eth0", .mac = my_mac, .mtu = 1500, .vlan = frames[n].vlan };
		struct lan l;
		bool ok;

		lan_open(&l, NULL, &conf);
		iface_filter_add(l.i, group_mac);
		lan_in_hex(&l, frames[n].hex);
		ok = l.n_up == (frames[n].drop == PASSES) && EV(&l, ETH_IN) == 1;
		if (frames[n].drop != PASSES)
			ok = ok && l.core.count[frames[n].drop] == 1 && !l.i->count.in_discards &&
				l.i->count.in_errors + l.i->count.in_unknown ==
					(frames[n].drop != NOD_EV_ETH_NOT_MINE);
		else
			ok = ok && l.up->len == frames[n].left && l.up->l3 == l.up->data &&
				l.up->l2 && l.up->l2 < l.up->l3 &&
				l.up->is_broadcast == ether_is_broadcast(l.up->l2) &&
				(l.up->is_broadcast || l.up->is_multicast) ==
					ether_is_group(l.up->l2) &&
				l.i->count.in_ucast + l.i->count.in_multicast +
						l.i->count.in_broadcast == 1;
		tap(ok && lan_close(&l), "link: in: %s", frames[n].name);
	}

	struct lan l;

	for (size_t cut = 0; cut <= 22; cut++) {
		size_t len;
		uint8_t *frame = from_hex(TO_ME "8100 0000 8100 0000 86dd 60", &len);

		lan_open(&l, NULL, NULL);
		lan_in(&l, frame, cut);
		tap(!l.n_up && EV(&l, ETH_DROP_SHORT) == (cut < 22) &&
				EV(&l, ETH_DROP_TYPE) == (cut == 22) && lan_close(&l),
			"link: H01: tagged and cut to %zu octets", cut);
		free(frame);
	}

	lan_open(&l, NULL, NULL);
	l.i->is_up = false;
	lan_in_hex(&l, TO_ME "0800 " IP);
	tap(!l.n_up && EV(&l, ETH_DROP_DOWN) == 1, "link: in: the interface is down");
	l.i->is_up = true;
	const uint8_t header[14] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0 };
	struct pkt *p = lan_pkt(&l, header, sizeof(header));
	p->is_looped = p->is_forwarded = p->is_multicast = 1;
	p->mark = 9;
	link_input(&l.link, l.i, p);
	tap(l.n_up == 1 && !l.up->is_looped && !l.up->is_forwarded && !l.up->is_multicast &&
			!l.up->mark,
		"link: in: another stack's marks do not count");
	tap(lan_close(&l), "link: everything is given back");
}

static void filter(void)
{
	struct lan l;
	bool ok = true;

	lan_open(&l, NULL, NULL);
	iface_filter_add(l.i, group_mac);
	iface_filter_add(l.i, group_mac);
	iface_filter_remove(l.i, group_mac);
	tap(iface_filter_has(l.i, group_mac), "link: a group joined twice and left once is heard");
	iface_filter_remove(l.i, group_mac);
	iface_filter_remove(l.i, group_mac);
	tap(!iface_filter_has(l.i, group_mac), "link: then no more");
	for (unsigned i = 0; i < 1000; i++) {
		const uint8_t mac[6] = { 1, 0, 0x5e, 0, (uint8_t)(i >> 8), (uint8_t)i };

		ok = ok && iface_filter_add(l.i, mac) == 0;
	}
	tap(ok && l.i->filter.count == 1000 && lan_close(&l),
		"link: a thousand groups, and the end");
}

static void interfaces(void)
{
	static const uint8_t bad_mac[6] = { 1, 0, 0, 0, 0, 1 };
	const struct {
		const char *name;
		struct iface_conf conf;
		int want;
	} cases[] = {
		{ "Ethernet", { .name = "eth1", .mac = my_mac, .mtu = 1500 }, 2 },
		{ "loopback", { .name = "lo", .kind = IFACE_LOOPBACK, .mtu = 65535 }, 3 },
		{ "a name of 15", { .name = "fifteen-octets-", .mac = my_mac, .mtu = 68 }, 4 },
		{ "a name that is taken", { .name = "eth0", .mac = my_mac, .mtu = 1500 }, -EEXIST },
		{ "a name of 16", { .name = "sixteen-octets--", .mac = my_mac, .mtu = 68 },
			-EINVAL },
		{ "no name", { .name = "", .mac = my_mac, .mtu = 1500 }, -EINVAL },
		{ "an MTU of 67", { .name = "x", .mac = my_mac, .mtu = 67 }, -EINVAL },
		{ "VID 4095", { .name = "x", .mac = my_mac, .mtu = 1500, .vlan = 4095 }, -EINVAL },
		{ "no MAC", { .name = "x", .mtu = 1500 }, -EINVAL },
		{ "MAC 0", { .name = "x", .mac = no_mac, .mtu = 1500 }, -EINVAL },
		{ "a group's MAC", { .name = "x", .mac = bad_mac, .mtu = 1500 }, -EINVAL },
		{ "one too many", { .name = "x", .mac = my_mac, .mtu = 1500 }, -ENOSPC },
	};
	struct nod_conf conf = { .interfaces = 4 };
	struct lan l;

	lan_open(&l, &conf, NULL);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		tap(iface_add(&l.link, &cases[i].conf) == cases[i].want, "link: interface: %s",
			cases[i].name);
	tap(iface_named(&l.link, "lo") == iface_at(&l.link, 3) && !iface_named(&l.link, "x") &&
			!iface_at(&l.link, 0) && !iface_at(&l.link, 5),
		"link: interfaces are found by name and index");
	iface_loop(iface_at(&l.link, 3), lan_ip(&l, 40));
	iface_loop(iface_at(&l.link, 2), lan_ip(&l, 41));
	iface_remove(&l.link, 3);
	iface_remove(&l.link, 3);
	tap(iface_add(&l.link, &cases[1].conf) == 3, "link: an index is given again");
	link_run(&l.link);
	tap(l.n_up == 1 && l.up->len == 41, "link: without what the former one still had");
	lan_close(&l);

	lan_open(&l, NULL, NULL);
	for (unsigned t = 0; t < LINK_UPPERS - 2; t++) {
		const struct link_upper u = { .ethertype = (uint16_t)(0x9000 + t), .input = lan_up,
			.self = &l };

		tap(link_register(&l.link, &u) == 0 && link_register(&l.link, &u) == -EEXIST,
			"link: protocol %u, once", t);
	}
	const struct link_upper u = { .ethertype = 0xa000, .input = lan_up, .self = &l };
	tap(link_register(&l.link, &u) == -ENOSPC && l.link.upper[0].ethertype == ETHERTYPE_IPV4,
		"link: no more, and IPv4 is the first");
	lan_in_hex(&l, TO_ME "9003 " IP);
	tap(l.n_up == 1, "link: each gets its own");
	lan_close(&l);
}

/* ---- out ---- */

static void frames_out(void)
{
	struct nod_conf conf = { .transmit_queue = 3 };
	struct lan l;
	struct pkt *p = NULL;

	lan_open(&l, &conf, NULL);
	tap(iface_output(l.i, lan_ip(&l, 1500), peer_mac, ETHERTYPE_IPV4) == 0 &&
			(p = lan_out(&l)) && p->len == 1514 && !memcmp(p->data, peer_mac, 6) &&
			!memcmp(p->data + 6, my_mac, 6) && p->data[12] == 8 && p->data[13] == 0 &&
			p->l2 == p->data,
		"link: out: a header in front");
	pkt_free(p);
	tap(iface_output(l.i, lan_ip(&l, 1501), peer_mac, ETHERTYPE_IPV4) == -EMSGSIZE &&
			EV(&l, ETH_DROP_TOO_LONG) == 1 && l.i->count.out_errors == 1,
		"link: out: longer than the MTU");
	tap(iface_output(l.i, lan_pkt(&l, "", 0), peer_mac, ETHERTYPE_IPV4) == -EMSGSIZE,
		"link: out: nothing");
	for (unsigned i = 0; i < 3; i++)
		iface_output(l.i, lan_ip(&l, 20), i ? all_mac : group_mac, ETHERTYPE_IPV4);
	tap(iface_output(l.i, lan_ip(&l, 20), peer_mac, ETHERTYPE_IPV4) == -ENOBUFS &&
			EV(&l, ETH_DROP_QUEUE) == 1 && l.i->count.out_discards == 1,
		"link: out: the queue is full: the newest loses");
	tap(l.i->count.out_ucast == 1 && l.i->count.out_multicast == 1 &&
			l.i->count.out_broadcast == 2 && l.i->count.out_octets == 1514 + 3 * 34,
		"link: out: counted");
	struct pkt *batch[8];
	tap(link_output(&l.link, l.i, batch, 2) == 2 &&
			link_output(&l.link, l.i, batch + 2, 6) == 1,
		"link: out: several at a time");
	for (unsigned i = 0; i < 3; i++)
		pkt_free(batch[i]);
	l.i->is_up = false;
	tap(iface_output(l.i, lan_ip(&l, 20), peer_mac, ETHERTYPE_IPV4) == -ENETDOWN &&
			iface_output_frame(l.i, lan_ip(&l, 20)) == -ENETDOWN,
		"link: out: the interface is down");
	l.i->is_up = true;
	tap(iface_output_frame(l.i, lan_ip(&l, 13)) == -EINVAL &&
			iface_output_frame(l.i, lan_ip(&l, 1519)) == -EMSGSIZE &&
			iface_output_frame(l.i, lan_ip(&l, 14)) == 0 &&
			iface_output_frame(l.i, lan_ip(&l, 1518)) == 0 && lan_drain(&l) == 2,
		"link: out: whole frames of 14 to 1,518 octets");
	tap(lan_close(&l), "link: everything is given back");

	const struct iface_conf tagged = {
		.name = "eth0", .mac = my_mac, .mtu = 1500, .vlan = 0x123 };
	lan_open(&l, NULL, &tagged);
	iface_output(l.i, lan_ip(&l, 1500), peer_mac, ETHERTYPE_IPV6);
	p = lan_out(&l);
	tap(p && p->len == 1518 && p->data[12] == 0x81 && p->data[13] == 0 && p->data[14] == 1 &&
			p->data[15] == 0x23 && p->data[16] == 0x86 && p->data[17] == 0xdd,
		"link: out: with the interface's tag");
	pkt_free(p);
	tap(lan_close(&l), "link: everything is given back");
}

/* A UDP datagram (IPv4) whose checksum is still to be filled in. */
static struct pkt *datagram(struct lan *l, uint32_t payload, unsigned gso_size)
{
	struct pkt *p = lan_ip(l, 28 + payload);
	uint32_t len = 8 + payload;
	uint8_t tail[4] = { 0, 17, (uint8_t)(len >> 8), (uint8_t)len };
	uint16_t sum;

	p->l3 = p->data;
	p->l4 = p->data + 20;
	p->l3[2] = (uint8_t)((20 + len) >> 8);
	p->l3[3] = (uint8_t)(20 + len);
	p->l3[9] = 17;
	memset(p->l3 + 12, 10, 8);
	p->l4[4] = tail[2];
	p->l4[5] = tail[3];
	sum = (uint16_t)~checksum_end(
		checksum_add(checksum_add(0, p->l3 + 12, 8), tail, sizeof(tail)));
	p->l4[6] = (uint8_t)(sum >> 8);
	p->l4[7] = (uint8_t)sum;
	p->sum = PKT_SUM_TO_FILL;
	p->sum_offset = 6;
	if (gso_size) {
		p->gso = PKT_GSO_UDP;
		p->gso_size = (uint16_t)gso_size;
	}
	return p;
}

static bool sum_is_right(const struct pkt *p)
{
	uint32_t at = (uint32_t)(p->l4 - p->data), len = p->len - at;
	uint8_t tail[4] = { 0, 17, (uint8_t)(len >> 8), (uint8_t)len };
	uint64_t sum = checksum_add(checksum_add(0, p->l3 + 12, 8), tail, sizeof(tail));

	return checksum_end(sum + pkt_checksum(p, at, len)) == 0;
}

static void finishing(void)
{
	static const struct {
		const char *name;
		unsigned can;
		uint32_t gso_octets, payload;
		unsigned size, pieces;
		uint8_t sum;
	} cases[] = {
		{ "the device sums", DEVICE_SUMS, 0, 100, 0, 1, PKT_SUM_TO_FILL },
		{ "it does not", 0, 0, 100, 0, 1, PKT_SUM_FILLED },
		{ "it cuts, and sums", DEVICE_SUMS | DEVICE_USO, 65535, 9000, 1000, 1,
			PKT_SUM_TO_FILL },
		{ "it cuts TCP alone", DEVICE_SUMS | DEVICE_TSO4 | DEVICE_TSO6, 65535, 9000,
			1000, 9, PKT_SUM_TO_FILL },
		{ "it cuts, but less", DEVICE_SUMS | DEVICE_USO, 5000, 9000, 1000, 9,
			PKT_SUM_TO_FILL },
		{ "it cuts, but does not sum", DEVICE_USO, 65535, 9000, 1000, 9, PKT_SUM_FILLED },
		{ "it can nothing", 0, 0, 9001, 1000, 10, PKT_SUM_FILLED },
	};

	for (unsigned n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
		const struct iface_conf conf = { .name = "eth0", .mac = my_mac, .mtu = 1500,
			.can = cases[n].can, .gso_octets = cases[n].gso_octets };
		struct lan l;
		struct pkt *p;
		unsigned got = 0;
		uint32_t octets = 0;
		bool ok;

		lan_open(&l, NULL, &conf);
		iface_output(l.i, datagram(&l, 1, 0), peer_mac, ETHERTYPE_IPV4);
		ok = iface_output(l.i, datagram(&l, cases[n].payload, cases[n].size), peer_mac,
			     ETHERTYPE_IPV4) == 0;
		iface_output(l.i, datagram(&l, 2, 0), peer_mac, ETHERTYPE_IPV4);
		p = lan_out(&l);
		ok = ok && p && p->len == 43;
		pkt_free(p);
		while ((p = lan_out(&l)) && p->len != 44) {
			ok = ok && p->sum == cases[n].sum &&
				(p->sum != PKT_SUM_FILLED || sum_is_right(p));
			octets += p->len - 42;
			got++;
			pkt_free(p);
		}
		ok = ok && p && !lan_out(&l);
		pkt_free(p);
		tap(ok && got == cases[n].pieces && octets == cases[n].payload && lan_close(&l),
			"link: finish: %s: %u", cases[n].name, got);
	}

	struct nod_conf small = { .memory_octets = 600000 };
	struct lan l;

	lan_open(&l, &small, NULL);
	tap(iface_output(l.i, datagram(&l, 9000, 1473), peer_mac, ETHERTYPE_IPV4) == -EMSGSIZE &&
			EV(&l, ETH_DROP_TOO_LONG) == 1,
		"link: finish: pieces longer than the MTU");
	struct pkt *p = datagram(&l, 9000, 1000);
	p->l4 = NULL;
	tap(iface_output(l.i, p, peer_mac, ETHERTYPE_IPV4) == -EMSGSIZE,
		"link: finish: a super-segment without headers");
	iface_output(l.i, datagram(&l, 60000, 20), peer_mac, ETHERTYPE_IPV4);
	tap(!lan_out(&l) && EV(&l, ETH_DROP_NO_MEMORY) == 1 && l.i->count.out_discards == 1,
		"link: finish: no memory to cut it");
	static const int bad[] = { -1, 0, 1 };
	for (unsigned i = 0; i < 3; i++) {
		p = datagram(&l, 10, 0);
		if (bad[i] < 0)
			p->l4 = NULL;
		else if (bad[i] == 0)
			p->sum_offset = 17;
		else
			p->l4 = p->data - 100;
		iface_output(l.i, p, peer_mac, ETHERTYPE_IPV4);
		tap(!lan_out(&l) && EV(&l, ETH_DROP_SHORT) == i + 1,
			"link: finish: no place for the sum, %u", i);
	}
	tap(lan_close(&l), "link: everything is given back");
}

/* ---- to ourselves, and who looks on ---- */

static struct {
	unsigned in, out, broadcast;
} seen;

static void look_on(void *self, struct iface *i, const struct pkt *p, bool is_out)
{
	(void)self;
	(void)i;
	seen.in += !is_out;
	seen.out += is_out;
	seen.broadcast += p->is_broadcast;
}

static void looping(void)
{
	struct nod_conf conf = { .transmit_queue = 5 };
	const struct iface_conf lo = { .name = "lo", .kind = IFACE_LOOPBACK, .mtu = 65535 };
	struct lan l;

	lan_open(&l, &conf, &lo);
	tap(iface_output(l.i, datagram(&l, 100, 0), my_mac, ETHERTYPE_IPV4) == 0 &&
			link_has_looped(&l.link) && !l.n_up,
		"link: loop: it waits for link_run()");
	link_run(&l.link);
	tap(l.n_up == 1 && !link_has_looped(&l.link) && l.up->is_looped && !l.up->l2 &&
			l.up->l3 == l.up->data && l.up->sum == PKT_SUM_VERIFIED,
		"link: loop: and comes in, its sum believed");
	for (unsigned i = 0; i < 8; i++)
		iface_output(l.i, lan_ip(&l, 40), my_mac, ETHERTYPE_IPV4);
	tap(EV(&l, ETH_DROP_QUEUE) == 3, "link: loop: not more than the queue holds");
	link_run(&l.link);
	iface_loop(l.i, lan_pkt(&l, "", 0));
	link_run(&l.link);
	tap(EV(&l, ETH_DROP_SHORT) == 1, "link: loop: nothing is no packet");
	iface_loop(l.i, lan_ip(&l, 40));
	l.i->is_up = false;
	link_run(&l.link);
	tap(EV(&l, ETH_DROP_DOWN) == 1 &&
			iface_output(l.i, lan_ip(&l, 40), my_mac, ETHERTYPE_IPV4) == -ENETDOWN,
		"link: loop: the interface is down");
	tap(lan_close(&l), "link: everything is given back");

	lan_open(&l, NULL, NULL);
	l.link.tap.frame = look_on;
	lan_in_hex(&l, TO_ME "0800 " IP);
	lan_in_hex(&l, "ffffffffffff 020000000002 9999 " IP);
	lan_in_hex(&l, "020000000003 020000000002 0800 " IP);
	lan_in_hex(&l, "0200");
	iface_output(l.i, lan_ip(&l, 40), all_mac, ETHERTYPE_IPV4);
	iface_loop(l.i, lan_ip(&l, 40));
	link_run(&l.link);
	tap(seen.in == 3 && seen.out == 0, "link: tap: what comes in, for whomever it is");
	lan_drain(&l);
	tap(seen.out == 1 && seen.broadcast == 2, "link: tap: and what goes out, to whom it goes");
	tap(lan_close(&l), "link: everything is given back");
}

int main(void)
{
	frames_in();
	filter();
	interfaces();
	frames_out();
	finishing();
	looping();
	return tap_done();
}
