/* SPDX-License-Identifier: ISC */
/* test_hostile_up.c - what no honest host says to UDP and to groups (H28, H34, H35, H51, H72) */
#include "hostile.h"

#define IGMP_OF(len, ttl, src, dst) \
	TO_ALL "0800 4600 " len "1234 0000 " ttl "02 0000 " src dst "94040000 "
#define IGMP(len) IGMP_OF(len, "01", PEER4, "e0000001 ")
#define NONE4	  "00000000 "
#define NONE6	  "00000000000000000000000000000000 "
#define MLD_OF(len, hops, src) \
	TO_GROUP "86dd 60000000 " len "00 " hops src ALL6 "3a00 0502 0000 0100 "
#define MLD(len)       MLD_OF(len, "01 ", PEER_LL)
#define UDP4(len, udp) IP4(len, "0000 ", "11") udp

static const struct hostile_row rows[] = {
	{ "H28: a query of 7 octets", IGMP("001f ") "1164 0000 000000", NOD_EV_IGMP_DROP_BAD,
		SILENCE },
	{ "H28: between the versions: 10 octets", IGMP("0022 ") "1164 0000 00000000 0000",
		NOD_EV_IGMP_DROP_BAD, SILENCE },
	{ "H28: 65,535 sources in no octet", IGMP("0024 ") "1164 0000 ef010203 0000 ffff",
		NOD_EV_IGMP_DROP_BAD, SILENCE },
	{ "H28: one source more than there is",
		IGMP("0028 ") "1164 0000 ef010203 0000 0002 0a000002", NOD_EV_IGMP_DROP_BAD,
		SILENCE },
	{ "H28: a query from beyond the link",
		IGMP_OF("0020 ", "02", PEER4, "e0000001 ") "1164 0000 00000000",
		NOD_EV_IGMP_DROP_BAD, SILENCE },
	{ "H28: by a host of another network",
		IGMP_OF("0020 ", "01", "c0000201 ", "e0000001 ") "1164 0000 00000000",
		NOD_EV_IGMP_DROP_BAD, SILENCE },
	{ "H28: without router alert",
		TO_ALL "0800 4500 001c 1234 0000 0102 0000 " PEER4
		       "e0000001 1164 0000 00000000",
		NOD_EV_IGMP_DROP_BAD, SILENCE },
	{ "H28: about an address that is no group", IGMP("0020 ") "1164 0000 0a000003",
		NOD_EV_IGMP_DROP_BAD, SILENCE },
	{ "H28: a report about no group", IGMP("0020 ") "1600 0000 0a000003",
		NOD_EV_IGMP_DROP_BAD, SILENCE },
	{ "H28: somebody else's version 3 report", IGMP("0020 ") "2200 0000 0000 ffff",
		NOD_EV_IGMP_IN, SILENCE },
	{ "H28: MLD of 23 octets",
		MLD("001f ") "8200 0000 2710 0000 000000000000000000000000000000",
		NOD_EV_MLD_DROP_BAD, SILENCE },
	{ "H28: MLD between the versions", MLD("0022 ") "8200 0000 2710 0000 " NONE6 "0000",
		NOD_EV_MLD_DROP_BAD, SILENCE },
	{ "H28: MLD's 65,535 sources in no octet",
		MLD("0024 ") "8200 0000 2710 0000 " NONE6 "0000 ffff", NOD_EV_MLD_DROP_BAD,
		SILENCE },
	{ "H28: MLD from beyond the link",
		MLD_OF("0020 ", "40 ", PEER_LL) "8200 0000 2710 0000 " NONE6,
		NOD_EV_MLD_DROP_BAD, SILENCE },
	{ "H28: MLD from a global address",
		MLD_OF("0020 ", "01 ", PEER6) "8200 0000 2710 0000 " NONE6, NOD_EV_MLD_DROP_BAD,
		SILENCE },
	{ "H28: MLD without router alert",
		TO_GROUP "86dd 60000000 0018 3a 01 " PEER_LL ALL6 "8200 0000 2710 0000 " NONE6,
		NOD_EV_MLD_DROP_BAD, SILENCE },
	{ "H28: MLD about an address that is no group",
		MLD("0020 ") "8200 0000 2710 0000 " PEER6, NOD_EV_MLD_DROP_BAD, SILENCE },

	{ "H34: a length of 7", UDP4("001c ", "1388 0007 0007 0000"), NOD_EV_UDP_DROP_SHORT,
		SILENCE },
	{ "H34: a length of 0", UDP4("001c ", "1388 0007 0000 0000"), NOD_EV_UDP_DROP_SHORT,
		SILENCE },
	{ "H34: longer than the packet", UDP4("001c ", "1388 0007 0009 0000"),
		NOD_EV_UDP_DROP_SHORT, SILENCE },
	{ "H34: 65,535 octets", UDP4("001c ", "1388 0007 ffff 0000"), NOD_EV_UDP_DROP_SHORT,
		SILENCE },
	{ "H34: cut in the header", UDP4("001b ", "1388 0007 0008 00"), NOD_EV_UDP_DROP_SHORT,
		SILENCE },
	{ "H34: a wrong checksum",
		AS_IS TO_US "0800 4500 001c 1234 0000 4011 549b " PEER4 US4
			    "1388 0007 0008 dead",
		NOD_EV_UDP_DROP_CHECKSUM, SILENCE },
	{ "H34: no checksum, by IPv4",
		AS_IS TO_US "0800 4500 001c 1234 0000 4011 549b " PEER4 US4
			    "1388 0007 0008 0000",
		NOD_EV_UDP_IN, ANSWERS_UDP },
	{ "H34: no checksum, by IPv6", AS_IS IP6("0008 ", "11 ") "1388 0007 0008 0000",
		NOD_EV_UDP_DROP_NO_CHECKSUM, SILENCE },
	{ "H34: to port 0", UDP4("001c ", "1388 0000 0008 0000"), NOD_EV_UDP_DROP_PORT_ZERO,
		SILENCE },
	{ "H34: a length of 7 by IPv6", IP6("0008 ", "11 ") "1388 0007 0007 0000",
		NOD_EV_UDP_DROP_SHORT, SILENCE },
	{ "H35: our service speaks to itself",
		TO_US IP4_OF("001c ", "1234", "0000 ", "11", US4, US4) "0007 0007 0008 0000",
		NOD_EV_IP4_DROP_LAND, SILENCE },
	{ "H35: everybody speaks to our service",
		TO_US IP4_OF(
			"001c ", "1234", "0000 ", "11", "0a0000ff ", US4) "0007 0007 0008 0000",
		NOD_EV_IP4_DROP_SOURCE, SILENCE },
	{ "H35: our service speaks to itself by IPv6",
		TO_US IP6_OF("0008 ", "11 ", "40 ", US6, US6) "0007 0007 0008 0000",
		NOD_EV_IP6_DROP_LAND, SILENCE },

	{ "H72: mDNS asks everybody",
		"01005e0000fb 020000000002 " IP4_OF("0028 ", "1234", "0000 ", "11", PEER4,
			"e00000fb ") "14e9 14e9 0014 0000 0000 0000 ffff ffff 0000 0000",
		NOD_EV_ETH_NOT_MINE, SILENCE },
	{ "H72: mDNS asks everybody by broadcast",
		TO_ALL IP4_OF("0028 ", "1234", "0000 ", "11", PEER4,
			"e00000fb ") "14e9 14e9 0014 0000 0000 0000 ffff ffff 0000 0000",
		NOD_EV_IP4_DROP_NOT_MINE, SILENCE },
	{ "H72: LLMNR asks everybody",
		TO_ALL IP4_OF("0028 ", "1234", "0000 ", "11", PEER4,
			"e00000fc ") "14eb 14eb 0014 0000 0000 0000 ffff ffff 0000 0000",
		NOD_EV_IP4_DROP_NOT_MINE, SILENCE },
	{ "H72: mDNS asks us alone",
		IP4("0028 ", "0000 ", "11") "14e9 14e9 0014 0000 0000 0000 ffff ffff 0000 0000",
		NOD_EV_UDP_DROP_NO_PORT, ICMP4(3, 3) },
	{ "H72: mDNS by IPv6",
		TO_GROUP IP6_OF("0014 ", "11 ", "ff ", PEER_LL,
			"ff0200000000000000000000000000fb ") "14e9 14e9 0014 0000 0000 0000 ffff ffff 0000 0000",
		NOD_EV_IP6_DROP_NOT_MINE, SILENCE },
};

static struct victim v;

/* Questions of all versions, as fast as they come: few reports, and the last version is spoken. */
static void test_queries(void)
{
	static const char *const asked[] = {
		IGMP("0020 ") "1100 0000 00000000",
		IGMP("0020 ") "1101 0000 00000000",
		IGMP("0024 ") "1101 0000 00000000 077d 0000",
		IGMP("002c ") "1101 0000 ef010203 0001 0002 0a000002 0a000003",
		MLD("0020 ") "8200 0000 0001 0000 " NONE6,
		MLD("0024 ") "8200 0000 0001 0000 " NONE6 "077d 0000",
	};
	struct group_req g = { .gr_interface = STATION_IF };
	struct sockaddr_in *to = (struct sockaddr_in *)&g.gr_group;
	uint64_t igmp, mld;
	int fd;

	victim_begin(&v, NULL);
	fd = nod_socket(v.s.stack, AF_INET, SOCK_DGRAM, 0);
	*to = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr = { htonl(0xef010203) } };
	victim_must(
		nod_setsockopt(v.s.stack, fd, IPPROTO_IP, MCAST_JOIN_GROUP, &g, sizeof(g)) == 0,
		"group");
	station_pass(&v.s, 60 * NOD_S);
	igmp = station_count(&v.s, NOD_EV_IGMP_OUT);
	mld = station_count(&v.s, NOD_EV_MLD_OUT);
	for (unsigned k = 0; k < 60000; k++) {
		victim_hears_hex(&v, asked[k % 6]);
		if (k % 1000 == 999)
			station_pass(&v.s, 10 * NOD_MS);
	}
	tap(station_count(&v.s, NOD_EV_IGMP_OUT) - igmp < 60 &&
			station_count(&v.s, NOD_EV_MLD_OUT) - mld < 60,
		"H28: 60,000 questions within a second: %u reports by IGMP, %u by MLD",
		(unsigned)(station_count(&v.s, NOD_EV_IGMP_OUT) - igmp),
		(unsigned)(station_count(&v.s, NOD_EV_MLD_OUT) - mld));
	tap(victim_serves(&v), "H28: and the honest one is served");
	nod_close(v.s.stack, fd);
	victim_end(&v);
}

/* ---- what nobody may guess ---------------------------------------------------------------- */

/* How many of the steps between neighbours in the list are the most frequent one. */
static unsigned most_frequent_step(const uint16_t *list, unsigned n)
{
	unsigned most = 0;

	for (unsigned k = 1; k < n; k++) {
		uint16_t step = (uint16_t)(list[k] - list[k - 1]);
		unsigned same = 0;

		for (unsigned j = 1; j < n; j++)
			same += (uint16_t)(list[j] - list[j - 1]) == step;
		most = same > most ? same : most;
	}
	return most;
}

static bool has_twice(const uint16_t *list, unsigned n)
{
	static uint8_t seen[65536];

	memset(seen, 0, sizeof(seen));
	for (unsigned k = 0; k < n; k++)
		if (seen[list[k]]++)
			return true;
	return false;
}

/* SEC-1, RFC 6056, RFC 6864, RFC 7739 */
static void test_guesses(void)
{
	enum { N = 1000 };
	static uint16_t port[N], id[N];
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(5000),
		.sin_addr = { htonl(0x0a000002) } },
			   me;
	const int want = IP_PMTUDISC_DONT;
	unsigned least = 65535, most = 0;
	socklen_t len;
	int fd;

	victim_begin(&v, NULL);
	for (unsigned k = 0; k < N; k++) {
		fd = nod_socket(v.s.stack, AF_INET, SOCK_DGRAM, 0);
		nod_connect(v.s.stack, fd, (struct sockaddr *)&to, sizeof(to));
		len = sizeof(me);
		nod_getsockname(v.s.stack, fd, (struct sockaddr *)&me, &len);
		port[k] = ntohs(me.sin_port);
		least = port[k] < least ? port[k] : least;
		most = port[k] > most ? port[k] : most;
		nod_close(v.s.stack, fd);
	}
	tap(most_frequent_step(port, N) <= 4 && least < 34000 && most > 59000,
		"H51, SEC-1: 1,000 ports from all of the range, in no order");
	fd = nod_socket(v.s.stack, AF_INET, SOCK_DGRAM, 0);
	nod_setsockopt(v.s.stack, fd, IPPROTO_IP, IP_MTU_DISCOVER, &want, sizeof(want));
	for (unsigned k = 0; k < N; k++) {
		struct nod_packet *p;
		struct iovec iov[7];

		nod_sendto(v.s.stack, fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to));
		nod_stack_poll(v.s.stack, v.s.now);
		if (nod_stack_output(v.s.stack, STATION_IF, &p, 1, v.s.now) != 1)
			break;
		nod_packet_iov(p, iov);
		id[k] = (uint16_t)(((uint8_t *)iov[0].iov_base)[18] << 8 |
			((uint8_t *)iov[0].iov_base)[19]);
		nod_packet_free(p);
	}
	tap(!has_twice(id, N) && most_frequent_step(id, N) < N / 4,
		"H51: 1,000 identifications, none twice, not counted one by one");
	nod_close(v.s.stack, fd);
	victim_end(&v);
}

int main(void)
{
	victim_begin(&v, NULL);
	VICTIM_IS_TOLD(&v, rows);
	victim_end(&v);
	test_queries();
	test_guesses();
	return tap_done();
}
