/* SPDX-License-Identifier: ISC */
/*
 * test_ipv6.c - IPv6 packets in: headers in any order, options, fragments, what is refused, and
 * what the sender is told (RFC 8200, 4443, 5095, 5722, 6946, 7112)
 */
#include <errno.h>

#include "hex.h"
#include "node6.h"

#define ECHO "8000 0000 1234 0001"

enum { UNREACHABLE = 1, TOO_BIG = 2, TIME = 3, PROBLEM = 4, REPLY = 129, NOTHING = 0 };

/* Behind the header, from the other host to this one. */
static const struct {
	const char *name;
	uint8_t next;
	const char *body;
	int icmp_at; /* of the echo request; -1 = none */
	uint8_t type, code;
	uint32_t word;
	enum nod_event_kind why; /* it is counted; 0 = nothing */
} cases[] = {
	{ "echo", 58, ECHO, 0, REPLY, 0, 0x12340001, 0 },
	{ "IP6-1: options, routing, options, routing, atomic fragment", 0,
		"3c00 0104 00000000 2b00 0104 00000000 3c00 0000 00000000"
		"2b00 0104 00000000 2c00 0000 00000000 3a00 0000 00000001" ECHO,
		48, REPLY, 0, 0x12340001, 0 },
	{ "IP6-1: hop-by-hop only first", 60, "0000 0104 00000000 3a00 0104 00000000" ECHO, 16,
		PROBLEM, 1, 40, NOD_EV_IP6_DROP_EXTENSION },
	{ "IP6-2: unknown next header", 200, "00000000 00000000", -1, PROBLEM, 1, 6,
		NOD_EV_IP6_DROP_PROTOCOL },
	{ "IP6-2: unknown next header behind options", 60, "c800 0104 00000000 00000000", -1,
		PROBLEM, 1, 40, NOD_EV_IP6_DROP_PROTOCOL },
	{ "ICMP of IPv4 is no protocol here", 1, "0800 0000 00000000", -1, PROBLEM, 1, 6,
		NOD_EV_IP6_DROP_PROTOCOL },
	{ "no next header: arrived, and nothing more", 59, "00000000 00000000", -1, NOTHING, 0, 0,
		NOD_EV_IP6_DELIVER },
	{ "IP6-3: option 00 passed over", 60, "3a00 3e04 00000000" ECHO, 8, REPLY, 0,
		0x12340001, 0 },
	{ "IP6-3: option 01 dropped", 60, "3a00 7e04 00000000" ECHO, 8, NOTHING, 0, 0,
		NOD_EV_IP6_DROP_UNKNOWN_OPTION },
	{ "IP6-3: option 10 reported", 60, "3a00 be04 00000000" ECHO, 8, PROBLEM, 2, 42,
		NOD_EV_IP6_DROP_UNKNOWN_OPTION },
	{ "IP6-3: option 11 reported", 0, "3a00 0100 fe02 0000" ECHO, 8, PROBLEM, 2, 44,
		NOD_EV_IP6_DROP_UNKNOWN_OPTION },
	{ "H19: an option longer than its header", 60, "3a00 3e05 00000000" ECHO, 8, NOTHING, 0,
		0, NOD_EV_IP6_DROP_OPTIONS },
	{ "H19: Pad1 to the end, PadN with something in it", 60, "3a00 0102 ffff 0000" ECHO, 8,
		REPLY, 0, 0x12340001, 0 },
	{ "H17: a jumbo option", 0, "3a00 c204 00010000" ECHO, 8, PROBLEM, 0, 42,
		NOD_EV_IP6_DROP_JUMBO },
	{ "IP6-4, H20: routing 0 with segments left", 43,
		"3a02 0001 00000000 00000000 00000000 00000000 00000000" ECHO, 24, PROBLEM, 0,
		42, NOD_EV_IP6_DROP_ROUTING },
	{ "IP6-4, H20: routing 0 without", 43,
		"3a02 0000 00000000 00000000 00000000 00000000 00000000" ECHO, 24, REPLY, 0,
		0x12340001, 0 },
	{ "H20: routing of a type that nobody knows", 43, "3a00 fd07 00000000" ECHO, 8, PROBLEM,
		0, 42, NOD_EV_IP6_DROP_ROUTING },
	{ "H18: an extension header longer than the packet", 60, "3aff 0104 00000000" ECHO, 8,
		NOTHING, 0, 0, NOD_EV_IP6_DROP_EXTENSION },
	{ "H18: an extension header cut", 60, "3a00 01", -1, NOTHING, 0, 0,
		NOD_EV_IP6_DROP_EXTENSION },
	{ "IP6-5: a fragment not of a multiple of 8", 44, "3a00 0001 00000002" ECHO "00", 8,
		PROBLEM, 0, 4, NOD_EV_IP6_FRAG_DROP_BAD },
	{ "IP6-6, H12: a fragment beyond 65,535", 44, "3a00 fff8 00000003" ECHO ECHO, 8,
		PROBLEM, 0, 42, NOD_EV_IP6_FRAG_DROP_TOO_LONG },
	{ "IP6-8: a first fragment without its transport header", 44,
		"3c00 0001 00000004"
		"3a01 0104 00000000",
		-1, PROBLEM, 3, 0, NOD_EV_IP6_DROP_CHAIN },
	{ "H21: a fragment header in an atomic fragment", 44,
		"2c00 0000 00000005"
		"3a00 0000 00000005" ECHO,
		16, PROBLEM, 3, 0, NOD_EV_IP6_DROP_CHAIN },
	{ "IP6-9: an atomic fragment is whole", 44, "3a00 0000 00000006" ECHO, 8, REPLY, 0,
		0x12340001, 0 },
	{ "H29: echo of less than its header", 58, "8000 0000 1234", -1, NOTHING, 0, 0,
		NOD_EV_ICMP6_DROP_CHECKSUM },
	{ "H29: echo with a wrong checksum", 58, "8000 dead 1234 0001", -1, NOTHING, 0, 0,
		NOD_EV_ICMP6_DROP_CHECKSUM },
	{ "H29: a type that nobody knows", 58, "c800 0000 1234 0001", 0, NOTHING, 0, 0,
		NOD_EV_ICMP6_DROP_TYPE },
	{ "H30: an error that quotes too little", 58, "0100 0000 00000000 60000000 0000 3a40",
		0, NOTHING, 0, 0, NOD_EV_ICMP6_DROP_QUOTE },
	{ "IP6-14: no error about an error", 60, "3a00 be04 00000000 0100 0000 00000000", 8,
		NOTHING, 0, 0, NOD_EV_IP6_DROP_UNKNOWN_OPTION },
	{ "IP6-14: no error about a redirect", 60, "3a00 be04 00000000 8900 0000 00000000", 8,
		NOTHING, 0, 0, NOD_EV_IP6_DROP_UNKNOWN_OPTION },
};

static void table(struct node *n)
{
	for (unsigned k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		const struct letter l = { GLOBAL(OTHER), GLOBAL(ME), 64, cases[k].next };
		size_t len;
		uint8_t *body = from_hex(cases[k].body, &len);
		uint64_t before = n->core.count[cases[k].why];
		bool ok;

		node_hears(n, &l, body, (uint32_t)len, cases[k].icmp_at);
		ok = cases[k].type ?
			node_answers(n, cases[k].type, cases[k].code, cases[k].word) :
			!node_sends(n);
		if (cases[k].why)
			ok = ok && n->core.count[cases[k].why] == before + 1;
		tap(ok, "in: %s", cases[k].name);
		free(body);
		node_pass(n, NOD_S); /* the rate of errors */
	}
}

static void chain(struct node *n)
{
	uint8_t body[17 * 8 + 8] = { 0 };
	const struct letter l = { GLOBAL(OTHER), GLOBAL(ME), 64, IP_PROTO_DEST_OPTS };

	for (unsigned k = 0; k < 17; k++) {
		body[8 * k] = k < 16 ? IP_PROTO_DEST_OPTS : IP_PROTO_ICMPV6;
		body[8 * k + 2] = IPV6_OPT_PADN;
		body[8 * k + 3] = 4;
	}
	body[17 * 8] = 128;
	node_hears(n, &l, body, sizeof(body), 17 * 8);
	tap(!node_sends(n) && n->core.count[NOD_EV_IP6_DROP_EXTENSION],
		"H18: 17 headers are too many");
	body[15 * 8] = IP_PROTO_ICMPV6;
	memmove(body + 16 * 8, body + 17 * 8, 8);
	node_hears(n, &l, body, 17 * 8, 16 * 8);
	tap(node_answers(n, REPLY, 0, 0), "H18: 16 are not");
}

/* ---- whom it concerns ---------------------------------------- */

static void addresses(struct node *n)
{
	const struct ipa loopback = { .o = { [15] = 1 } }, none = IPA_ANY6;
	const struct {
		const char *name;
		struct ipa src, dst;
		enum nod_event_kind why;
	} bad[] = {
		{ "H22: from a group", GROUP(1), GLOBAL(ME), NOD_EV_IP6_DROP_SOURCE },
		{ "H22: from ::1", loopback, GLOBAL(ME), NOD_EV_IP6_DROP_SOURCE },
		{ "H22: to ::1", GLOBAL(OTHER), loopback, NOD_EV_IP6_DROP_SOURCE },
		{ "H08: from ourselves", GLOBAL(ME), GLOBAL(ME), NOD_EV_IP6_DROP_LAND },
		{ "to somebody else", GLOBAL(OTHER), GLOBAL(9), NOD_EV_IP6_DROP_NOT_MINE },
		{ "to a group of a site that nobody is in", GLOBAL(OTHER),
			{ .o = { 0xff, 0x05, [15] = 1 } }, NOD_EV_IP6_DROP_NOT_MINE },
		{ "H22: from :: to one", none, GLOBAL(ME), NOD_EV_IP6_DROP_SOURCE },
		{ "echo from ::", none, GROUP(1), NOD_EV_ICMP6_DROP_TYPE },
	};
	const uint8_t echo[] = { 128, 0, 0, 0, 0, 0, 0, 0 };

	for (unsigned k = 0; k < sizeof(bad) / sizeof(bad[0]); k++) {
		const struct letter l = { bad[k].src, bad[k].dst, 64, IP_PROTO_ICMPV6 };
		uint64_t before = n->core.count[bad[k].why];

		node_hears(n, &l, echo, sizeof(echo), 0);
		tap(!node_sends(n) && n->core.count[bad[k].why] == before + 1, "in: %s",
			bad[k].name);
	}

	const struct letter to_all = { GLOBAL(OTHER), GROUP(1), 64, IP_PROTO_ICMPV6 };
	struct ipa from;

	node_hears(n, &to_all, echo, sizeof(echo), 0);
	bool ok = node_answers(n, REPLY, 0, 0);
	memcpy(from.o, n->sent + 8, 16);
	tap(ok && ipa_equal(&from, &GLOBAL(ME)),
		"IP6-16: a reply to a request for all comes from an address of the interface");
}

static void many(struct node *n)
{
	static const uint8_t class_2[] = { 58, 0, 0xbe, 4, 0, 0, 0, 0, 128, 0, 0, 0, 0, 0, 0,
		0 };
	static const uint8_t class_3[] = { 58, 0, 0xfe, 4, 0, 0, 0, 0, 128, 0, 0, 0, 0, 0, 0,
		0 };
	static const uint8_t unknown[] = { 58, 0, 0, 0, 0, 0, 0, 0 };
	struct letter l = { GLOBAL(OTHER), GROUP(1), 64, IP_PROTO_DEST_OPTS };

	node_hears(n, &l, class_2, sizeof(class_2), 8);
	tap(node_answers(n, PROBLEM, 2, 42),
		"IP6-14: option 10 is reported about a group, too");
	node_hears(n, &l, class_3, sizeof(class_3), 8);
	tap(!node_sends(n), "IP6-3: option 11 is not");
	l.next = 200;
	node_hears(n, &l, unknown, sizeof(unknown), -1);
	tap(!node_sends(n), "IP6-14: nor is an unknown protocol");
	node_pass(n, 2 * NOD_S);
}

/* ---- lengths ---------------------------------------- */

static void lengths(struct node *n)
{
	uint8_t packet[IPV6_HDR + 8] = { 0 };
	struct wcur w = wcur_of(packet, sizeof(packet));
	struct ipv6_hdr h = { .payload_len = 9,
		.next_header = 58,
		.hop_limit = 64,
		.src = GLOBAL(OTHER),
		.dst = GLOBAL(ME) };
	uint64_t before = n->core.count[NOD_EV_IP6_DROP_SHORT];

	ipv6_emit(&h, &w);
	for (uint32_t len = 0; len <= sizeof(packet); len++)
		node_hears_as(n, packet, len, false);
	tap(!node_sends(n) &&
			n->core.count[NOD_EV_IP6_DROP_SHORT] == before + sizeof(packet) + 1,
		"H17: a payload longer than the frame, at every length");
	packet[0] = 0x50;
	node_hears_as(n, packet, sizeof(packet), false);
	tap(n->core.count[NOD_EV_IP6_DROP_VERSION] == 1, "another version");
}

/* The fragment of @octets from @at on of an echo request of 64 octets; @hop: extra headers. */
static void piece(struct node *n, uint32_t id, uint32_t at, uint32_t octets, bool more,
	uint32_t options_len)
{
	static uint8_t whole[64];
	const struct letter l = { GLOBAL(OTHER), GLOBAL(ME), 64,
		options_len ? IP_PROTO_DEST_OPTS : IP_PROTO_FRAGMENT };
	uint8_t body[2048] = { IP_PROTO_FRAGMENT, (uint8_t)(options_len / 8 - 1), 1 };
	struct wcur w = wcur_of(body + options_len, sizeof(body) - options_len);
	const struct ipv6_fragment f = {
		.next_header = 58, .offset = at, .more = more, .id = id
	};

	for (uint32_t k = 2; k + 2 <= options_len; k += 2)
		body[k] = IPV6_OPT_PADN; /* each of length 0 */
	if (!whole[0]) {
		uint16_t sum;

		whole[0] = 128;
		sum = checksum_end(
			ip_pseudo(&l.src, &l.dst, 58, 64) + checksum_add(0, whole, 64));
		whole[2] = (uint8_t)(sum >> 8);
		whole[3] = (uint8_t)sum;
	}
	ipv6_fragment_emit(&f, &w);
	wcur_put(&w, whole + at, octets);
	node_hears(n, &l, body, options_len + (uint32_t)w.at, -1);
}

static void fragments(struct node *n)
{
	piece(n, 1, 32, 32, false, 0);
	piece(n, 1, 0, 32, true, 0);
	tap(node_answers(n, REPLY, 0, 0) && !reasm_count(&n->net),
		"fragments, the last one first");
	piece(n, 2, 0, 32, true, 0);
	piece(n, 2, 32, 32, false, 1024);
	tap(node_answers(n, REPLY, 0, 0),
		"the first fragment's headers count, not those of the one that came last");
	piece(n, 3, 0, 32, true, 1024);
	piece(n, 3, 32, 32, false, 0);
	tap(node_answers(n, REPLY, 0, 0), "nor those of a shorter one");
	piece(n, 4, 0, 32, true, 0);
	piece(n, 4, 24, 40, false, 0);
	piece(n, 4, 32, 32, false, 0);
	tap(!node_sends(n) && n->core.count[NOD_EV_IP6_FRAG_DROP_OVERLAP] == 1,
		"IP6-7, H21: an overlap refuses the datagram");
	piece(n, 5, 0, 32, true, 0);
	piece(n, 5, 0, 32, true, 0);
	piece(n, 5, 32, 32, false, 0);
	tap(node_answers(n, REPLY, 0, 0), "IP6-7: an exact duplicate is dropped alone");
	piece(n, 6, 0, 32, true, 0);
	piece(n, 6, 0, 64, false, 0);
	tap(node_answers(n, REPLY, 0, 0), "IP6-9: an atomic fragment of the same id is apart");
	piece(n, 6, 32, 32, false, 0);
	tap(node_answers(n, REPLY, 0, 0), "IP6-9: and spoils nothing");
	piece(n, 7, 32, 32, false, 0);
	node_pass(n, 59 * NOD_S);
	tap(reasm_count(&n->net) > 0, "IP6-10: after 59 s they still wait");
	node_silence(n);
	node_pass(n, 2 * NOD_S);
	tap(!reasm_count(&n->net) && !node_sends(n),
		"IP6-10: after 60 s not, and without the first nothing is said");
	piece(n, 8, 0, 32, true, 0);
	node_pass(n, 61 * NOD_S);
	tap(node_answers(n, TIME, 1, 0), "IP6-10: with the first, time exceeded");
}

/* ---- what is sent ---------------------------------------- */

static void quote(struct node *n)
{
	uint8_t body[1400] = { 0 };
	const struct letter l = { GLOBAL(OTHER), GLOBAL(ME), 64, 200 };

	node_hears(n, &l, body, sizeof(body), -1);
	tap(node_sends(n) && n->sent_len == 1280, "IP6-15: an error is 1,280 octets at most");
	for (unsigned k = 0; k < 1000; k++)
		node_hears(n, &l, body, 8, -1);
	unsigned sent = 0;
	while (node_sends(n))
		sent++;
	tap(sent > 0 && sent <= 6, "IP6-13, H33: not one for each of a thousand (%u)", sent);
	node_pass(n, 5 * NOD_S);
}

static void too_big(struct node *n)
{
	const struct ip_out o = { .dst = GLOBAL(OTHER), .protocol = 200 };
	struct ip_way way;
	uint8_t body[8 + 48] = { 2 };
	struct wcur w = wcur_of(body + 8, 48);
	struct ipv6_hdr quoted = { .payload_len = 1400,
		.next_header = 200,
		.hop_limit = 60,
		.src = GLOBAL(ME),
		.dst = GLOBAL(OTHER) };
	const struct letter l = { GLOBAL(OTHER), GLOBAL(ME), 64, IP_PROTO_ICMPV6 };
	const struct {
		const char *name;
		uint32_t mtu, want;
	} mtus[] = {
		{ "H27: 0", 0, 1500 },
		{ "H27: 68", 68, 1500 },
		{ "IP6-12: 1,279", 1279, 1500 },
		{ "1,400", 1400, 1400 },
		{ "H27: never larger", 1450, 1400 },
		{ "H27: larger than the link", 9000, 1400 },
		{ "1,280", 1280, 1280 },
	};

	ipv6_emit(&quoted, &w);
	ip_route(&n->net, &o, &way);
	for (unsigned k = 0; k < sizeof(mtus) / sizeof(mtus[0]); k++) {
		body[4] = body[5] = 0;
		body[6] = (uint8_t)(mtus[k].mtu >> 8);
		body[7] = (uint8_t)mtus[k].mtu;
		node_hears(n, &l, body, sizeof(body), 0);
		tap(ip_route(&n->net, &o, &way) == 0 && way.mtu == mtus[k].want,
			"packet too big, %s: %u", mtus[k].name, way.mtu);
	}
	node_pass(n, 601 * NOD_S);
	tap(ip_route(&n->net, &o, &way) == 0 && way.mtu == 1500,
		"RFC 8201 4: after ten minutes the larger one is tried again");
	body[8 + 8 + 15] = 77; /* the quoted source */
	body[6] = 1280 >> 8;
	body[7] = 1280 & 255;
	node_hears(n, &l, body, sizeof(body), 0);
	tap(ip_route(&n->net, &o, &way) == 0 && way.mtu == 1500,
		"H27: what quotes a packet of somebody else changes nothing");
}

static void cut(struct node *n)
{
	const struct ip_out o = { .dst = GLOBAL(OTHER), .protocol = 200 };
	struct pkt *p = pkt_new(n->core.pool, 4000);
	uint32_t at = 0, id[2] = { 0 };
	bool ok;

	memset(pkt_put(p, 4000), 7, 4000);
	p->sum = PKT_SUM_FILLED;
	ok = ip_send(&n->net, &o, p) == 0;
	while (node_sends(n)) {
		struct rcur r = rcur_of(n->sent + IPV6_HDR, n->sent_len - IPV6_HDR);
		struct ipv6_fragment f;

		ok = ok && n->sent[6] == IP_PROTO_FRAGMENT && n->sent_len <= 1500 &&
			ipv6_fragment_parse(&f, &r) == 0 && f.offset == at &&
			f.next_header == 200 && f.more == (at + rcur_left(&r) < 4000) &&
			(!at || f.id == id[0]);
		id[0] = f.id;
		at += (uint32_t)rcur_left(&r);
	}
	tap(ok && at == 4000, "what is too long leaves in fragments");
	id[1] = id[0];
	p = pkt_new(n->core.pool, 2000);
	memset(pkt_put(p, 2000), 7, 2000);
	ip_send(&n->net, &o, p);
	node_sends(n);
	memcpy(&id[0], n->sent + IPV6_HDR + 4, 4);
	tap(id[0] != id[1] && __builtin_bswap32(id[0]) != id[1] + 1,
		"IP6-17: the next identification is not the next number");
	node_silence(n);

	struct ip_out whole = o;

	whole.pmtu = IP_PMTU_DO;
	p = pkt_new(n->core.pool, 2000);
	pkt_put(p, 2000);
	tap(ip_send(&n->net, &whole, p) == -EMSGSIZE && !node_sends(n),
		"may not be cut: -EMSGSIZE");
}

int main(void)
{
	const struct nod_conf conf = { .no_autoconf =
					       true }; /* no questions for routers between */
	struct node n;
	size_t pkts;

	node_open(&n, &conf);
	pkts = pkt_pool_use(n.core.pool).pkts;
	table(&n);
	chain(&n);
	addresses(&n);
	many(&n);
	lengths(&n);
	fragments(&n);
	quote(&n);
	too_big(&n);
	cut(&n);
	node_pass(&n, 70 * NOD_S);
	node_silence(&n);
	tap(pkt_pool_use(n.core.pool).pkts == pkts, "H73: every packet came home");
	node_close(&n);
	return tap_done();
}
