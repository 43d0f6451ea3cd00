/* SPDX-License-Identifier: ISC */
/* test_hostile_link.c - frames and ARP that no honest station sends (H01 to H04) */
#include "hostile.h"

#define ARP_OF(op, mac, sender, target) \
	"0806 0001 0800 0604 " op mac sender "000000000000 " target
#define ARP(op, mac, sender, target) TO_ALL ARP_OF(op, mac, sender, target)
#define PEER_MAC		     "020000000002 "
#define TEN			     "00000000000000000000 "

static const struct hostile_row rows[] = {
	{ "H01: no octet", AS_IS "", NOD_EV_N, SILENCE },
	{ "H01: a frame of one octet", AS_IS "02", NOD_EV_ETH_DROP_SHORT, SILENCE },
	{ "H01: a frame of 13 octets", AS_IS "020000000001 020000000002 08",
		NOD_EV_ETH_DROP_SHORT, SILENCE },
	{ "H01: a header and no more", AS_IS TO_US "0800", NOD_EV_IP4_DROP_SHORT, SILENCE },
	{ "H01: a tag that is cut", AS_IS TO_US "8100 00", NOD_EV_ETH_DROP_SHORT, SILENCE },
	{ "H01: tags without end",
		AS_IS TO_US "8100 0001 8100 0001 8100 0001 8100 0001 0800 " TEN,
		NOD_EV_ETH_DROP_VLAN, SILENCE },
	{ "H01: another VLAN", AS_IS TO_US "8100 0005 0806 " TEN, NOD_EV_ETH_DROP_VLAN,
		SILENCE },
	{ "H01: a length frame", AS_IS TO_US "0026 4242 03" TEN, NOD_EV_ETH_DROP_LENGTH_FRAME,
		SILENCE },
	{ "H01: a type that nobody takes", AS_IS TO_US "88cc " TEN, NOD_EV_ETH_DROP_TYPE,
		SILENCE },
	{ "H01: from a group", AS_IS "020000000001 010000000002 0800 " TEN,
		NOD_EV_ETH_DROP_SOURCE, SILENCE },
	{ "H01: from nobody", AS_IS "020000000001 000000000000 0800 " TEN,
		NOD_EV_ETH_DROP_SOURCE, SILENCE },
	{ "H01: from ourselves", AS_IS "020000000001 020000000001 0800 " TEN,
		NOD_EV_ETH_DROP_SOURCE, SILENCE },
	{ "H01: for another station", AS_IS "020000000003 020000000002 0800 " TEN,
		NOD_EV_ETH_NOT_MINE, SILENCE },
	{ "H01: padding behind an echo is no data",
		IP4("001c ", "0000 ",
			"01") "0800 0000 0001 0001 ffffffffffffffffffff ffffffffffff",
		NOD_EV_ICMP4_ECHO, ICMP4(0, 0) },

	{ "H02: ARP for another hardware", TO_ALL "0806 0006 0800 0604 0001 " TEN TEN,
		NOD_EV_ARP_DROP_BAD, SILENCE },
	{ "H02: ARP for another protocol", TO_ALL "0806 0001 86dd 0604 0001 " TEN TEN,
		NOD_EV_ARP_DROP_BAD, SILENCE },
	{ "H02: hlen 255", TO_ALL "0806 0001 0800 ff04 0001 " TEN TEN, NOD_EV_ARP_DROP_BAD,
		SILENCE },
	{ "H02: plen 0", TO_ALL "0806 0001 0800 0600 0001 " TEN TEN, NOD_EV_ARP_DROP_BAD,
		SILENCE },
	{ "H02: cut in the addresses", TO_ALL "0806 0001 0800 0604 0001 020000000002 0a0000",
		NOD_EV_ARP_DROP_BAD, SILENCE },
	{ "H02: operation 0", ARP("0000", PEER_MAC, PEER4, US4), NOD_EV_ARP_DROP_BAD, SILENCE },
	{ "H02: operation 3 (RARP)", ARP("0003", PEER_MAC, PEER4, US4), NOD_EV_ARP_DROP_BAD,
		SILENCE },

	{ "H03: a sender at the broadcast MAC", ARP("0002", "ffffffffffff ", "0a000009 ", US4),
		NOD_EV_ARP_DROP_SENDER, SILENCE },
	{ "H03: a sender at a group's MAC", ARP("0001", "01005e000001 ", "0a000009 ", US4),
		NOD_EV_ARP_DROP_SENDER, SILENCE },
	{ "H03: a sender without MAC", ARP("0002", "000000000000 ", "0a000009 ", US4),
		NOD_EV_ARP_DROP_SENDER, SILENCE },
	{ "H03: an answer from 0.0.0.0", ARP("0002", PEER_MAC, "00000000 ", US4),
		NOD_EV_ARP_DROP_SENDER, SILENCE },
	{ "H03: from 127.0.0.1", ARP("0002", PEER_MAC, "7f000001 ", US4),
		NOD_EV_ARP_DROP_SENDER, SILENCE },
	{ "H03: from a group's address", ARP("0001", PEER_MAC, "e0000001 ", US4),
		NOD_EV_ARP_DROP_SENDER, SILENCE },
	{ "H03: from everybody's address", ARP("0001", PEER_MAC, "ffffffff ", US4),
		NOD_EV_ARP_DROP_SENDER, SILENCE },
	{ "H03: an answer that nobody asked for", ARP("0002", PEER_MAC, "0a000055 ", US4),
		NOD_EV_ARP_DROP_UNSOLICITED, SILENCE },
	{ "H03: a claim on a set neighbour's address", ARP("0002", "020000000066 ", PEER4, US4),
		NOD_EV_ARP_DROP_UNSOLICITED, SILENCE },
	{ "H03: a claim on our own address", ARP("0001", "020000000066 ", US4, US4),
		NOD_EV_ARP_DEFEND, SILENCE },
};

static struct victim v;

static void arp(uint16_t op, const uint8_t mac[6], uint32_t sender, uint32_t target)
{
	uint8_t f[42] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 0x66, 8, 6, 0, 1,
		8, 0, 6, 4 };
	struct wcur w = wcur_of(f, sizeof(f));

	wcur_take(&w, 20);
	wcur_u16(&w, op);
	wcur_put(&w, mac, 6);
	wcur_u32(&w, sender);
	wcur_put(&w, "\0\0\0\0\0\0", 6);
	wcur_u32(&w, target);
	victim_hears_as(&v, STATION_IF, f, w.at);
}

static uint32_t neighbours(void)
{
	struct nod_stack_use use;

	nod_stack_use(v.s.stack, &use);
	return use.neighbours;
}

/* Whether the entry of @addr is there, at @mac. */
static bool is_at(const char *addr, const uint8_t mac[6])
{
	struct nod_neighbour_info n;
	struct nod_addr a;

	nod_addr_parse(&a, addr);
	for (uint64_t at = 0; nod_neighbour_next(v.s.stack, &at, &n) == 0;)
		if (n.addr.family == a.family && memcmp(n.addr.octet, a.octet, 4) == 0)
			return memcmp(n.mac, mac, 6) == 0;
	return false;
}

static void send_to(const char *addr)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	struct nod_addr a;
	int fd = nod_socket(v.s.stack, AF_INET, SOCK_DGRAM, 0);

	nod_addr_parse(&a, addr);
	memcpy(&to.sin_addr, a.octet, 4);
	nod_sendto(v.s.stack, fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to));
	nod_close(v.s.stack, fd);
	nod_stack_poll(v.s.stack, v.s.now);
	station_drain(&v.s);
}

static void test_poison(void)
{
	static const uint8_t thief[6] = { 2, 0, 0, 0, 0, 0x66 };
	uint32_t before;

	victim_begin(&v, &(struct nod_conf){ .seed = { 3 }, .neighbours = 32 });
	send_to("10.0.0.9"); /* it has asked us; now it has answered, too */
	station_pass(&v.s, 6 * NOD_S);
	arp(2, honest_mac, 0x0a000009, 0x0a000001);
	tap(is_at("10.0.0.9", honest_mac), "a neighbour that answered");
	for (unsigned k = 0; k < 100; k++)
		arp(1 + k % 2, thief, 0x0a000009, k % 3 ? 0x0a000009 : 0x0a000001);
	tap(is_at("10.0.0.9", honest_mac) &&
			station_count(&v.s, NOD_EV_ARP_DROP_UNSOLICITED) > 0,
		"H03: a hundred claims on its address take it from nobody");
	tap(victim_serves(&v), "H03: and it is served");
	before = neighbours();
	for (uint32_t k = 0; k < 20000; k++)
		arp(2, thief, 0x0a000000 + (k % 250 + 2), 0x0a000001);
	tap(neighbours() == before, "H03: 20,000 answers nobody asked for make no entry");
	for (uint32_t k = 0; k < 20000; k++)
		arp(1, thief, 0x0a010000 + k, 0x0a000001);
	tap(neighbours() <= 32 && is_at("10.0.0.9", honest_mac),
		"H03: 20,000 questions from invented hosts push out none that is talked to");
	tap(station_count(&v.s, NOD_EV_ARP_DROP_RATE) > 0, "H03: nor are all answered");
	station_pass(&v.s, 2 * NOD_S);
	victim_end(&v);
}

static void test_defence(void)
{
	static const uint8_t thief[6] = { 2, 0, 0, 0, 0, 0x66 };
	uint64_t before;

	victim_begin(&v, NULL);
	before = station_count(&v.s, NOD_EV_ARP_DEFEND);
	for (unsigned k = 0; k < 1000; k++)
		arp(1, thief, 0x0a000001, 0x0a000001);
	tap(station_count(&v.s, NOD_EV_ARP_DEFEND) == before + 1 &&
			station_count(&v.s, NOD_EV_ARP_CONFLICT) >= 1000,
		"H03: our address is defended once in ten seconds (RFC 5227)");
	station_pass(&v.s, 11 * NOD_S);
	arp(1, thief, 0x0a000001, 0x0a000001);
	tap(station_count(&v.s, NOD_EV_ARP_DEFEND) == before + 2, "H03: and then again");
	victim_end(&v);
}

/* The application, or who spoofs its peers, makes us look for the whole of a network. */
static void test_scan(void)
{
	struct nod_stack_use use;

	victim_begin(&v,
		&(struct nod_conf){ .seed = { 4 },
			.memory_octets = 4 << 20,
			.neighbours = 64,
			.neighbours_incomplete = 16,
			.neighbour_queue = 2 });
	for (unsigned k = 10; k < 250; k++) {
		char addr[32];

		snprintf(addr, sizeof(addr), "10.0.0.%u", k);
		for (unsigned j = 0; j < 4; j++)
			send_to(addr);
	}
	nod_stack_use(v.s.stack, &use);
	tap(use.packets <= 16 * 2 && use.neighbours <= 64 &&
			station_count(&v.s, NOD_EV_NEIGH_DROP_FULL) > 0 &&
			station_count(&v.s, NOD_EV_NEIGH_DROP_QUEUE) > 0,
		"H04: a scan waits in bounded queues of a bounded number");
	tap(victim_serves(&v), "H04: and who is known is served meanwhile");
	station_pass(&v.s, 10 * NOD_S);
	nod_stack_use(v.s.stack, &use);
	tap(use.packets == 0, "H04: what nobody answered for is given up");
	victim_end(&v);
}

int main(void)
{
	victim_begin(&v, NULL);
	VICTIM_IS_TOLD(&v, rows);
	victim_end(&v);
	test_poison();
	test_defence();
	test_scan();
	return tap_done();
}
