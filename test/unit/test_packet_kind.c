/* SPDX-License-Identifier: ISC */
/*
 * test_packet_kind.c - what a frame is in the words of rules, and where its fields lie; and rules
 * on such frames, from their words to what comes out of the wire
 */
#include "tap.h"

#include <string.h>

#include "hex.h"
#include "physical/wire.h"
#include "presentation/impair_spec.h"
#include "transport/packet_kind.h"

#define MACS "020000000002 020000000001 "
#define TO_ALL "ffffffffffff 020000000001 "
#define ADDRESSES "c0000201 c0000202 "
#define IP6(len, next) \
	MACS "86dd 60000000" len next "ff fe800000000000000000000000000001" \
	"fe800000000000000000000000000002 "
#define TCP(flags) MACS "0800 4500 0028 0001 0000 4006 0000 " ADDRESSES \
	"1000 0050 00000001 00000002 50" flags " ffff abcd 0000"

static const struct {
	const char *name, *hex, *kinds;
} frames[] = {
	{ "nothing", "", "" },
	{ "a header cut", "0200000000020200000000010", "" },
	{ "an 802.3 length frame", MACS "0040 aabb", "unicast" },
	{ "ARP request", TO_ALL "0806 0001 0800 06 04 0001 020000000001 c0000201 000000000000 c0000202",
		"arp,arp request,broadcast" },
	{ "ARP reply, tagged", MACS "8100 0005 0806 0001 0800 06 04 0002 020000000001 c0000201"
		"020000000002 c0000202", "arp,arp reply,unicast" },
	{ "ARP of another kind", MACS "0806 0006 0800 06 04 0001", "arp,unicast" },
	{ "IPv4, header cut", MACS "0800 4500 0028", "unicast" },
	{ "UDP", MACS "0800 4500 001c 0001 0000 4011 0000 " ADDRESSES "1000 1001 0008 0000",
		"ipv4,udp,unicast" },
	{ "UDP, header cut", MACS "0800 4500 001c 0001 0000 4011 0000 " ADDRESSES "1000 0035",
		"ipv4,udp,unicast" },
	{ "DNS", MACS "0800 4500 001c 0001 0000 4011 0000 " ADDRESSES "1000 0035 0008 0000",
		"ipv4,udp,dns,unicast" },
	{ "DHCP", TO_ALL "0800 4500 001c 0001 0000 4011 0000 " ADDRESSES "0044 0043 0008 0000",
		"ipv4,udp,dhcp,broadcast" },
	{ "first fragment", MACS "0800 4500 001c 0001 2000 4011 0000 " ADDRESSES
		"1000 1001 0100 0000", "ipv4,fragment,udp,unicast" },
	{ "later fragment", MACS "0800 4500 001c 0001 0001 4011 0000 " ADDRESSES
		"1000 0035 0008 0000", "ipv4,fragment,udp,unicast" },
	{ "ping", MACS "0800 4500 001c 0001 0000 4001 0000 " ADDRESSES "0800 0000 0001 0001",
		"ipv4,icmp,echo request,unicast" },
	{ "pong", MACS "0800 4500 001c 0001 0000 4001 0000 " ADDRESSES "0000 0000 0001 0001",
		"ipv4,icmp,echo reply,unicast" },
	{ "ICMP error", MACS "0800 4500 001c 0001 0000 4001 0000 " ADDRESSES "0301 0000 0000 0000",
		"ipv4,icmp,icmp error,unicast" },
	{ "IGMP", "01005e000001 020000000001 0800 4500 001c 0001 0000 0102 0000 " ADDRESSES
		"1100 0000 00000000", "ipv4,igmp,multicast" },
	{ "SYN", TCP("02"), "ipv4,tcp,syn,unicast" },
	{ "SYN and ACK", TCP("12"), "ipv4,tcp,syn-ack,unicast" },
	{ "FIN and ACK", TCP("11"), "ipv4,tcp,fin,unicast" },
	{ "RST", TCP("04"), "ipv4,tcp,rst,unicast" },
	{ "ACK", TCP("10"), "ipv4,tcp,pure ack,unicast" },
	{ "ACK, padded by Ethernet", TCP("10") "000000000000", "ipv4,tcp,pure ack,unicast" },
	{ "data", MACS "0800 4500 002a 0001 0000 4006 0000 " ADDRESSES
		"1000 0050 00000001 00000002 5018 ffff abcd 0000 6869",
		"ipv4,tcp,data segment,unicast" },
	{ "data and FIN", MACS "0800 4500 002a 0001 0000 4006 0000 " ADDRESSES
		"1000 0050 00000001 00000002 5011 ffff abcd 0000 6869",
		"ipv4,tcp,fin,data segment,unicast" },
	{ "DNS over TCP", MACS "0800 4500 0028 0001 0000 4006 0000 " ADDRESSES
		"0035 1000 00000001 00000002 5010 ffff abcd 0000", "ipv4,dns,tcp,pure ack,unicast" },
	{ "TCP of impossible length", MACS "0800 4500 0028 0001 0000 4006 0000 " ADDRESSES
		"1000 0050 00000001 00000002 1010 ffff abcd 0000", "ipv4,tcp,unicast" },
	{ "neighbour solicitation", IP6("0008", "3a") "8700 0000 00000000",
		"ipv6,icmp,neighbour solicitation,unicast" },
	{ "neighbour advertisement", IP6("0008", "3a") "8800 0000 00000000",
		"ipv6,icmp,neighbour advertisement,unicast" },
	{ "router solicitation", IP6("0008", "3a") "8500 0000 00000000",
		"ipv6,icmp,router solicitation,unicast" },
	{ "router advertisement", IP6("0008", "3a") "8600 0000 00000000",
		"ipv6,icmp,router advertisement,unicast" },
	{ "IPv6 fragment", IP6("0010", "2c") "1100 0001 00000001 1000 1001 0008 0000",
		"ipv6,fragment,udp,unicast" },
	{ "UDP behind options", IP6("0010", "3c") "1100 0104 00000000 1000 1001 0008 0000",
		"ipv6,udp,unicast" },
	{ "an extension header cut", IP6("0002", "00") "1105", "ipv6,unicast" },
};

static struct pkt *frame(struct pkt_pool *pool, const char *hex)
{
	char even[400];
	size_t len;
	uint8_t *in;
	struct pkt *p = pkt_new(pool, 200);

	snprintf(even, sizeof(even), "%s", hex);
	if (strlen(even) == 25)
		even[24] = '\0'; /* a half octet cannot come */
	in = from_hex(even, &len);
	if (len)
		memcpy(pkt_put(p, (uint32_t)len), in, len);
	free(in);
	return p;
}

static void test_kinds(struct pkt_pool *pool)
{
	for (unsigned i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		struct pkt *p = frame(pool, frames[i].hex);
		uint64_t kinds = packet_kinds.kinds(p);
		char said[200] = "";
		size_t n = 0;

		for (unsigned k = 0; packet_kinds.kind_name(k); k++)
			if (kinds >> k & 1)
				n += (size_t)snprintf(said + n, sizeof(said) - n, "%s%s",
					n ? "," : "", packet_kinds.kind_name(k));
		if (!tap(!strcmp(said, frames[i].kinds), "kinds: %s", frames[i].name))
			printf("# %s\n", said);
		pkt_free(p);
	}
}

static const struct {
	const char *field, *hex;
	int at; /* -1: none */
	uint32_t len;
} fields[] = {
	{ "eth.type", TCP("10"), 12, 2 },
	{ "eth.type", MACS "8100 0005 0806 0001", 16, 2 },
	{ "ip.ttl", TCP("10"), 22, 1 },
	{ "ip6.hops", TCP("10"), -1, 0 },
	{ "ip6.hops", IP6("0008", "3a") "8700 0000 00000000", 21, 1 },
	{ "tcp.checksum", TCP("10"), 50, 2 },
	{ "tcp.seq", TCP("10"), 38, 4 },
	{ "udp.checksum", TCP("10"), -1, 0 },
	{ "icmp.checksum", IP6("0008", "3a") "8700 0000 00000000", 56, 2 },
	{ "payload", TCP("10") "0000", -1, 0 },
	{ "payload", MACS "0800 4500 002a 0001 0000 4006 0000 " ADDRESSES
		"1000 0050 00000001 00000002 5018 ffff abcd 0000 6869 ffff", 54, 2 },
	{ "frame", MACS "0040 aabb", 0, 16 },
	{ "frame", "", -1, 0 },
	{ "arp.op", MACS "0806 0001 0800 06 04 0001", 20, 2 },
	{ "arp.op", MACS "0806 0001 0800 06 04 00", -1, 0 },
};

static void test_fields(struct pkt_pool *pool)
{
	for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		struct pkt *p = frame(pool, fields[i].hex);
		uint32_t at = 0, len = 0;
		unsigned f = 0;
		bool is_there;

		while (packet_kinds.field_name(f) &&
			strcmp(packet_kinds.field_name(f), fields[i].field) != 0)
			f++;
		is_there = packet_kinds.field(p, f, &at, &len);
		tap(is_there == (fields[i].at >= 0) &&
				(!is_there || ((int)at == fields[i].at && len == fields[i].len)),
			"field: %s in row %u", fields[i].field, i);
		pkt_free(p);
	}
}

/* From the words to what comes out. */
static void test_rules(struct pkt_pool *pool)
{
	static const char *const hex[] = { TCP("02"), TCP("12"), TCP("12"), TCP("11"), TCP("11") };
	struct impair_conf conf = { .packets = &packet_kinds };
	struct impair_error e;
	struct device *end[2], *a;
	struct pkt *p, *got[8];
	unsigned n;

	wire_new(&(struct wire_conf){ 0 }, end);
	tap(impair_spec_parse(&conf, NULL,
		    "corrupt bit 7 of tcp.checksum of 1st syn-ack; drop 1st syn a>b;"
		    "delay 2nd fin by 3s",
		    &e) == 0 &&
			impair_device(end[0], &conf, 0, &a) == 0,
		"rules: read");
	for (unsigned i = 0; i < 5; i++) {
		p = frame(pool, hex[i]);
		device_send(a, &p, 1, 0);
	}
	n = device_recv(end[1], got, 8, 0);
	tap(n == 3 && got[0]->data[47] == 0x12 && got[0]->data[50] == 0xab &&
			got[0]->data[51] == (0xcd ^ 0x80) && got[1]->data[51] == 0xcd &&
			got[2]->data[47] == 0x11,
		"rules: the SYN is dropped, one SYN-ACK damaged, one FIN held back");
	while (n--)
		pkt_free(got[n]);
	tap(device_deadline(a) == 3 * NOD_S && device_recv(a, got, 8, 3 * NOD_S) == 0 &&
			device_recv(end[1], got, 8, 3 * NOD_S) == 1,
		"rules: and comes three seconds later");
	pkt_free(got[0]);
	device_close(a);
	device_close(end[1]);
	tap(pkt_pool_use(pool).pkts == 0, "rules: all packets are given back");
}

/* A super-segment from the wire is lost piece by piece. */
static void test_super(struct pkt_pool *pool)
{
	struct impair_conf conf = { .packets = &packet_kinds };
	struct wire_conf wire = { .can = DEVICE_GSO | DEVICE_SUMS | DEVICE_TRUSTED };
	struct device *end[2], *a;
	struct impair_error e;
	struct pkt *p, *got[8];
	struct block *block;
	unsigned n;

	wire_new(&wire, end);
	impair_spec_parse(&conf, NULL, "drop 2nd data segment", &e);
	impair_device(end[0], &conf, 0, &a);
	tap(!(a->can & DEVICE_GSO) && !a->gso_octets && a->can & DEVICE_SUMS,
		"super-segments: none are taken");
	p = frame(pool, MACS "0800 4500 0fc8 0001 0000 4006 0000 " ADDRESSES
			     "1000 0050 00000001 00000002 5018 ffff abcd 0000");
	block = block_new(pool, 4000);
	memset(block->data, 7, 4000);
	pkt_add_slice(p, block, 0, 4000);
	p->l2 = p->data;
	p->l3 = p->data + 14;
	p->l4 = p->data + 34;
	p->gso = PKT_GSO_TCP;
	p->gso_size = 1000;
	p->sum = PKT_SUM_TO_FILL;
	p->sum_offset = 16;
	device_send(end[1], &p, 1, 0);
	n = device_recv(a, got, 8, 0);
	tap(n == 3 && got[1]->len == 1054 && got[1]->data[38 + 2] == 0x07 &&
			got[1]->data[38 + 3] == 0xd1,
		"super-segments: what comes is cut, and loses one segment");
	while (n--)
		pkt_free(got[n]);
	device_close(a);
	device_close(end[1]);
	tap(pkt_pool_use(pool).pkts == 0 && pkt_pool_use(pool).blocks == 0,
		"super-segments: all packets are given back");
}

int main(void)
{
	struct pkt_pool *pool = pkt_pool_new(1 << 20);

	test_kinds(pool);
	test_fields(pool);
	test_rules(pool);
	test_super(pool);
	pkt_pool_release(pool);
	return tap_done();
}
