/* SPDX-License-Identifier: ISC */
/* test_ipv4_forward.c - a router: what it passes on, what it does not, what it says (RFC 1812) */
#include "inet.h"

#define NONE NOD_EV_N

static const struct nod_conf router = { .forwarding = true };

/* From the peer on eth0 to the one on eth1, unless it says otherwise. */
static struct inet_pkt across(struct inet_pkt k)
{
	if (!k.dst)
		k.dst = V4_PEER_EAST;
	return k;
}

static void test_passed_on(void)
{
	static struct inet s;
	struct inet_out o;

	inet_open(&s, &router);
	inet_in(&s,
		&(struct inet_pkt){ .dst = V4_PEER_EAST,
			.len = 100,
			.ttl = 9,
			.tos = 0x11,
			.id = 0x7766,
			.options = "94040000" });
	tap(inet_out_by(&s, s.eth1, &o) && o.h.ttl == 8 && o.h.tos == 0x11 &&
			o.h.id == 0x7766 && o.h.options.len == 4 && o.len == 100 &&
			ipa_equal(&o.h.src, &PEER) && ipa_equal(&o.h.dst, &PEER_EAST) &&
			memcmp(o.eth.dst, mac_far, 6) == 0 &&
			memcmp(o.eth.src, mac_eth1, 6) == 0,
		"a packet goes to the other link: time to live one less, the rest as it was");
	tap(inet_since(&s, NOD_EV_IP4_FORWARD) == 1 && s.n_in == 0 && inet_drops(&s) == 0,
		"counted as passed on");
	for (unsigned ttl = 2; ttl < 256; ttl++) {
		inet_in(&s,
			&(struct inet_pkt){
				.dst = V4_PEER_EAST, .len = 1, .ttl = (uint8_t)ttl });
		if (!inet_out_by(&s, s.eth1, &o) || o.h.ttl != ttl - 1)
			tap(false, "time to live %u",
				ttl); /* its checksum was looked at, too */
	}
	inet_in_by(&s, s.eth1,
		&(struct inet_pkt){ .src = V4_PEER_EAST, .dst = V4_OUTSIDE, .len = 1 });
	tap(inet_out(&s, &o) && memcmp(o.eth.dst, mac_router, 6) == 0,
		"to the world by our router");
	inet_in(&s, &(struct inet_pkt){ .len = 1 });
	inet_in(&s, &(struct inet_pkt){ .len = 1, .dst = V4_ME_EAST });
	tap(s.n_in == 2, "what is for the router itself it keeps");
	tap(inet_close(&s), "everything came home");
}

static const struct {
	const char *name;
	struct inet_pkt pkt;
	enum nod_event_kind why;
	int type, code; /* of the report, -1: none */
} refused[] = {
	{ "time to live 1", { .ttl = 1, .len = 8 }, NOD_EV_IP4_DROP_TTL, 11, 0 },
	{ "no route", { .dst = V4(203, 0, 113, 1), .len = 8 }, NOD_EV_IP4_DROP_NO_ROUTE, 3, 0 },
	{ "too long, and not to be cut", { .df = true, .len = 1000 }, NOD_EV_IP4_DROP_TOO_BIG,
		3, 4 },
	{ "a source route", { .len = 8, .options = "83070400 00000000" },
		NOD_EV_IP4_DROP_SOURCE_ROUTE, 3, 13 },
	{ "malformed options", { .len = 8, .options = "de000000" }, NOD_EV_IP4_DROP_OPTIONS, 12,
		0 },

	{ "in a frame to all", { .len = 8, .mac = mac_all }, NOD_EV_IP4_DROP_NOT_MINE, -1, 0 },
	{ "in a frame to a group", { .len = 8, .mac = mac_group }, NOD_EV_IP4_DROP_NOT_MINE, -1,
		0 },
	{ "to all of the other network (RFC 2644)", { .dst = V4(192, 168, 1, 255), .len = 8 },
		NOD_EV_IP4_DROP_FORWARD_SCOPE, -1, 0 },
	{ "to a group", { .dst = V4(239, 1, 1, 1), .len = 8 }, NOD_EV_IP4_DROP_NOT_MINE, -1,
		0 },
	{ "to a link-local address (RFC 3927 7)", { .dst = V4(169, 254, 1, 1), .len = 8 },
		NOD_EV_IP4_DROP_FORWARD_SCOPE, -1, 0 },
	{ "from a link-local address", { .src = V4(169, 254, 1, 1), .len = 8 },
		NOD_EV_IP4_DROP_FORWARD_SCOPE, -1, 0 },
	{ "to 0.0.0.0", { .dst = V4(0, 0, 0, 0) + 1, .len = 8 }, NOD_EV_IP4_DROP_FORWARD_SCOPE,
		-1, 0 },
	{ "to class E", { .dst = V4(241, 1, 1, 1), .len = 8 }, NOD_EV_IP4_DROP_FORWARD_SCOPE,
		-1, 0 },
	{ "to loopback", { .dst = V4(127, 0, 0, 1), .len = 8 }, NOD_EV_IP4_DROP_SOURCE, -1, 0 },
	{ "from loopback", { .src = V4(127, 0, 0, 1), .len = 8 }, NOD_EV_IP4_DROP_SOURCE, -1,
		0 },
	{ "from a group", { .src = V4(224, 1, 1, 1), .len = 8 }, NOD_EV_IP4_DROP_SOURCE, -1,
		0 },
	{ "from ourselves", { .src = V4_ME, .len = 8 }, NOD_EV_IP4_DROP_LAND, -1, 0 },
	{ "a wrong checksum", { .len = 8, .bad_sum = true }, NOD_EV_IP4_DROP_CHECKSUM, -1, 0 },
	{ "time to live 1, of a later fragment (IP4-10)", { .ttl = 1, .len = 8, .offset = 8 },
		NOD_EV_IP4_DROP_TTL, -1, 0 },
};

static void test_refused(void)
{
	static struct inet s;

	for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		const struct inet_pkt k = across(refused[i].pkt);
		struct inet_out o;
		bool ok;

		inet_open(&s, &router);
		s.eth1->mtu = 600;
		route_remove(&s.net, &IPA_ANY4, 0, NULL, NULL);
		inet_route(&s, IPA_V4(198, 51, 100, 0), 24, s.eth0, ROUTER, 0);
		inet_in(&s, &k);
		ok = inet_since(&s, refused[i].why) == 1 && inet_drops(&s) == 1 &&
			inet_since(&s, NOD_EV_IP4_FORWARD) == 0 && !inet_out_by(&s, s.eth1, &o);
		if (refused[i].type >= 0)
			ok = ok &&
				inet_icmp_out(&s, (uint8_t)refused[i].type,
					(uint8_t)refused[i].code, &o) &&
				ipa_equal(&o.h.src, &ME) && ipa_equal(&o.h.dst, &PEER);
		if (refused[i].code == 4)
			ok = ok && o.payload[6] == 600 / 256 && o.payload[7] == 600 % 256;
		tap(ok && inet_is_silent(&s), "%s: %s",
			refused[i].type >= 0 ? "dropped and told" : "dropped", refused[i].name);
		if (!inet_close(&s))
			tap(false, "everything came home: %s", refused[i].name);
	}
}

static void test_host(void)
{
	static struct inet s;

	inet_open(&s, NULL);
	inet_in(&s, &(struct inet_pkt){ .dst = V4_PEER_EAST, .len = 8, .ttl = 1 });
	tap(inet_is_silent(&s) && inet_since(&s, NOD_EV_IP4_DROP_NOT_MINE) == 1,
		"a host passes nothing on and says nothing (IP4-7)");
	inet_close(&s);
}

static void test_cut(void)
{
	static struct inet s;
	static uint8_t body[1480], got[1480];
	struct inet_out o;
	uint32_t n = 0, end = 0;
	bool ok = true, is_last = false;

	for (unsigned i = 0; i < sizeof(body); i++)
		body[i] = (uint8_t)(i * 31);
	inet_open(&s, &router);
	s.eth1->mtu = 600;
	inet_in(&s,
		&(struct inet_pkt){ .dst = V4_PEER_EAST,
			.payload = body,
			.len = 1400,
			.id = 9,
			.ttl = 5,
			.options = "94040000" });
	for (; inet_out_by(&s, s.eth1, &o); n++) {
		ok = ok && o.h.offset == end && o.h.id == 9 && o.h.ttl == 4 &&
			o.h.options.len == 4 && !is_last;
		memcpy(got + end, o.payload, o.len);
		end += o.len;
		is_last = !o.h.more_fragments;
	}
	tap(ok && n == 3 && is_last && end == 1400 && memcmp(got, body, 1400) == 0,
		"what is too long is cut");
	end = 8000;
	n = 0;
	is_last = true;
	inet_in(&s,
		&(struct inet_pkt){ .dst = V4_PEER_EAST,
			.payload = body,
			.len = 1480,
			.id = 9,
			.offset = 8000,
			.more = true });
	for (; inet_out_by(&s, s.eth1, &o); n++) {
		ok = ok && o.h.offset == end && o.h.more_fragments;
		end += o.len;
	}
	tap(ok && n == 3 && end == 9480,
		"a fragment is cut again: its last piece is not the last");
	tap(inet_since(&s, NOD_EV_IP4_FRAGMENTED) == 2, "and counted");
	tap(inet_close(&s), "everything came home");
}

static void test_redirect(void)
{
	static struct inet s;
	struct inet_out o;

	inet_open(&s, &router);
	inet_in(&s, &(struct inet_pkt){ .dst = V4_OUTSIDE, .len = 8 });
	tap(inet_icmp_out(&s, ICMPV4_REDIRECT, 1, &o) && ipa_equal(&o.h.dst, &PEER) &&
			memcmp(o.payload + 4, "\x0a\0\0\xfe", 4) == 0,
		"who could have reached the next router himself is told so (RFC 1812 5.2.7.2)");
	tap(inet_out(&s, &o) && ipa_equal(&o.h.dst, &OUTSIDE) && o.h.ttl == 63,
		"and the packet goes on all the same");
	inet_in(&s,
		&(struct inet_pkt){ .src = V4(172, 16, 0, 1), .dst = V4_OUTSIDE, .len = 8 });
	tap(inet_out(&s, &o) && ipa_equal(&o.h.dst, &OUTSIDE) && inet_is_silent(&s),
		"not who came from another network");
	inet_in_by(&s, s.eth1,
		&(struct inet_pkt){ .src = V4_PEER_EAST, .dst = V4_OUTSIDE, .len = 8 });
	tap(inet_out(&s, &o) && ipa_equal(&o.h.dst, &OUTSIDE) && inet_is_silent(&s),
		"nor who came by another link");
	tap(inet_close(&s), "everything came home");
}

/* A neighbour that does not answer: host unreachable, to the sender (RFC 1812 5.3.3). */
static void test_unreachable(void)
{
	static struct inet s;
	struct inet_out o;

	inet_open(&s, &router);
	inet_in(&s, &(struct inet_pkt){ .dst = V4(192, 168, 1, 77), .len = 8 });
	tap(inet_drain(&s) == 1, "the neighbour is asked for");
	inet_pass(&s, 5 * NOD_S);
	tap(inet_icmp_out(&s, ICMPV4_UNREACHABLE, 1, &o) && ipa_equal(&o.h.dst, &PEER) &&
			ipa_equal(&o.h.src, &ME),
		"it does not answer: the sender is told, from the address on his link");
	tap(inet_close(&s), "everything came home");
}

/* Whoever sums later (a device, or the cutting) must find where. */
static void test_unfinished_sum(void)
{
	static struct inet s;
	uint8_t octets[1500];
	uint64_t pseudo = ip_pseudo(&PEER, &PEER_EAST, 17, 1408);
	size_t len = inet_build(octets, sizeof(octets),
		&(struct inet_pkt){ .dst = V4_PEER_EAST, .protocol = 17, .len = 1408 });
	uint16_t field = (uint16_t)~checksum_end(pseudo);
	struct inet_out o;

	octets[26] = (uint8_t)(field >> 8);
	octets[27] = (uint8_t)field;
	for (unsigned cut = 0; cut < 2; cut++) {
		static uint8_t whole[1500];
		uint32_t n = 0;
		struct pkt *p;

		inet_open(&s, &router);
		if (cut)
			s.eth1->mtu = 700;
		p = pkt_new(s.core.pool, (uint32_t)len);
		memcpy(pkt_put(p, (uint32_t)len), octets, len);
		p->sum = PKT_SUM_TO_FILL;
		p->sum_offset = 6;
		ipv4_input(&s.net, s.eth0, p);
		while (inet_out_by(&s, s.eth1, &o)) {
			memcpy(whole + o.h.offset, o.payload, o.len);
			n += o.len;
		}
		tap(n == 1408 &&
				checksum_end(checksum_add(
					ip_pseudo(&PEER, &PEER_EAST, 17, 1408), whole, n)) == 0,
			"a checksum that was put off is made on the way%s",
			cut ? ", before cutting" : "");
		inet_close(&s);
	}
}

/* Who is told of his packet's end sees the checksum that he would have sent. */
static void test_unfinished_sum_quoted(void)
{
	static struct inet s;
	uint8_t octets[100];
	uint64_t pseudo = ip_pseudo(&PEER, &PEER_EAST, 17, 33);
	size_t len = inet_build(octets, sizeof(octets),
		&(struct inet_pkt){ .dst = V4_PEER_EAST, .protocol = 17, .len = 33, .ttl = 1 });
	struct inet_out o;
	struct pkt *p;

	inet_open(&s, &router);
	octets_put_u16(octets + 26, (uint16_t)~checksum_end(pseudo));
	p = pkt_new(s.core.pool, (uint32_t)len);
	memcpy(pkt_put(p, (uint32_t)len), octets, len);
	p->l4 = p->data + 20;
	p->sum = PKT_SUM_TO_FILL;
	p->sum_offset = 6;
	ipv4_input(&s.net, s.eth0, p);
	tap(inet_icmp_out(&s, ICMPV4_TIME_EXCEEDED, 0, &o) && o.len == 8 + 20 + 33 &&
			checksum_end(checksum_add(pseudo, o.payload + 28, 33)) == 0,
		"an error quotes a checksum that was put off as it would have been");
	tap(inet_close(&s), "everything came home");
}

int main(void)
{
	test_passed_on();
	test_refused();
	test_host();
	test_cut();
	test_redirect();
	test_unreachable();
	test_unfinished_sum();
	test_unfinished_sum_quoted();
	return tap_done();
}
