/* SPDX-License-Identifier: ISC */
/* test_icmp4.c - ICMP: echo, errors sent and heard, redirects, path MTU; and how many */
#include "inet.h"

#include "network/ip_internal.h"

/* ---- echo (IP4-11, H29) ---------------------------------------------------------------- */

static uint8_t body[65507 + 8];

static void fill_body(void)
{
	for (uint32_t i = 0; i < sizeof(body); i++)
		body[i] = (uint8_t)(i * 7 + i / 256);
}

static void test_echo(void)
{
	static struct inet s;
	static const uint32_t sizes[] = { 0, 1, 2, 3, 7, 8, 56, 57, 1471, 1472 };
	struct inet_out o;

	inet_open(&s, NULL);
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		inet_icmp_in(&s, &(struct inet_pkt){ .ttl = 3 }, 8, 0, 0x12340001 + i, body,
			sizes[i]);
		tap(inet_icmp_out(&s, 0, 0, &o) && o.len == 8 + sizes[i] &&
				memcmp(o.payload + 8, body, sizes[i]) == 0 &&
				o.payload[4] == 0x12 && o.payload[5] == 0x34 &&
				o.payload[7] == (uint8_t)(1 + i) && o.h.ttl == 64 &&
				ipa_equal(&o.h.src, &ME) && ipa_equal(&o.h.dst, &PEER) &&
				memcmp(o.eth.dst, mac_peer, 6) == 0,
			"echo of %u octets: the same octets back (IP4-11)", sizes[i]);
	}
	inet_icmp_in(&s, &(struct inet_pkt){ .dst = V4_ME_EAST }, 8, 0, 1, body, 4);
	tap(inet_icmp_out(&s, 0, 0, &o) && ipa_equal(&o.h.src, &ME_EAST),
		"the answer comes from the address that was asked");
	inet_icmp_in(&s, &(struct inet_pkt){ .src = V4_OUTSIDE }, 8, 0, 1, body, 4);
	tap(inet_icmp_out(&s, 0, 0, &o) && ipa_equal(&o.h.dst, &OUTSIDE) &&
			memcmp(o.eth.dst, mac_router, 6) == 0,
		"the answer to one afar goes by the router");
	inet_icmp_in(&s, &(struct inet_pkt){ .tos = 0xbb }, 8, 0, 1, body, 4);
	tap(inet_icmp_out(&s, 0, 0, &o) && o.h.tos == 0xb8,
		"the class of traffic is kept, congestion marks are not");
	inet_icmp_in(&s, &(struct inet_pkt){ .options = "94040000" }, 8, 0, 1, body, 4);
	tap(inet_icmp_out(&s, 0, 0, &o) && o.h.hdr_len == 20,
		"no option of the question is in the answer (H07)");
	tap(inet_since(&s, NOD_EV_ICMP4_ECHO) == inet_since(&s, NOD_EV_ICMP4_OUT) &&
			inet_drops(&s) == 0,
		"echoes are counted, and nothing dropped");
	tap(inet_close(&s), "everything came home");
}

/* Fragments in, fragments out: both ways of 65,507 octets (H29). */
static void test_echo_in_fragments(uint32_t size)
{
	static struct inet s;
	static uint8_t message[65535], answer[65535];
	struct icmp_msg m = { .family = NOD_IPV4, .type = 8, .id = 7, .seq = 9 };
	struct wcur w = wcur_of(message, sizeof(message));
	struct inet_out o;
	uint32_t got = 0, pieces = 0;
	bool is_last = false, ok = true;

	inet_open(&s, NULL);
	m.body = (struct span){ body, size };
	inet_must(icmp_emit(&m, 0, &w) == 0, "message");
	for (uint32_t at = 0; at < w.at; at += 1480) {
		uint32_t len = (uint32_t)w.at - at < 1480 ? (uint32_t)w.at - at : 1480;

		inet_in(&s,
			&(struct inet_pkt){ .protocol = IP_PROTO_ICMP,
				.id = 77,
				.offset = (uint16_t)at,
				.more = at + len < w.at,
				.payload = message + at,
				.len = len });
	}
	while (inet_out(&s, &o)) {
		ok = ok && o.h.offset == got && !is_last && !o.h.dont_fragment;
		memcpy(answer + got, o.payload, o.len);
		got += o.len;
		is_last = !o.h.more_fragments;
		pieces++;
	}
	tap(ok && is_last && got == w.at && pieces == (w.at + 1479) / 1480 && answer[0] == 0 &&
			memcmp(answer + 4, message + 4, got - 4) == 0 &&
			icmp_sum_ok(answer, got, 0),
		"echo of %u octets in %u fragments", size, pieces);
	tap(inet_since(&s, NOD_EV_IP4_FRAG_DONE) == 1 &&
			inet_since(&s, NOD_EV_IP4_FRAG_OUT) == pieces &&
			inet_since(&s, NOD_EV_IP4_FRAGMENTED) == 1 && inet_drops(&s) == 0,
		"counted as one that was cut, and put together");
	tap(inet_close(&s), "everything came home");
}

static void test_what_is_not_answered(void)
{
	static struct inet s;
	static const struct {
		const char *name;
		uint8_t type;
		uint32_t len;
		struct inet_pkt pkt;
		enum nod_event_kind why;
	} cases[] = {
		{ "echo to all (H09)", 8, 8, { .dst = V4_ALL, .mac = mac_all },
			NOD_EV_ICMP4_DROP_BROADCAST },
		{ "echo to this network (H09: smurf)", 8, 8,
			{ .dst = V4(10, 0, 0, 255), .mac = mac_all },
			NOD_EV_ICMP4_DROP_BROADCAST },
		{ "echo to a group (H09)", 8, 8, { .dst = V4(224, 0, 0, 1), .mac = mac_group },
			NOD_EV_ICMP4_DROP_BROADCAST },
		{ "timestamp (H33)", 13, 12, { 0 }, NOD_EV_ICMP4_DROP_TYPE },
		{ "timestamp reply", 14, 12, { 0 }, NOD_EV_ICMP4_DROP_TYPE },
		{ "information request", 15, 0, { 0 }, NOD_EV_ICMP4_DROP_TYPE },
		{ "address mask (H33)", 17, 4, { 0 }, NOD_EV_ICMP4_DROP_TYPE },
		{ "router advertisement", 9, 8, { 0 }, NOD_EV_ICMP4_DROP_TYPE },
		{ "extended echo", 42, 8, { 0 }, NOD_EV_ICMP4_DROP_TYPE },
		{ "an unknown type (H29)", 255, 8, { 0 }, NOD_EV_ICMP4_DROP_TYPE },
	};

	inet_open(&s, NULL);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		inet_mark(&s);
		inet_icmp_in(&s, &cases[i].pkt, cases[i].type, 0, 1, body, cases[i].len);
		tap(inet_is_silent(&s) && inet_since(&s, cases[i].why) == 1 &&
				inet_drops(&s) == 1,
			"not answered: %s", cases[i].name);
	}
	inet_mark(&s);
	inet_icmp_in(&s, &(struct inet_pkt){ 0 }, 0, 0, 1, body, 8);
	tap(inet_is_silent(&s) && inet_drops(&s) == 0,
		"an answer that nobody waits for is no error");
	for (uint32_t len = 0; len < 8; len++) {
		inet_mark(&s);
		inet_in(&s,
			&(struct inet_pkt){
				.protocol = 1, .payload = "\x08\0\xf7\xff\0\0\0", .len = len });
		tap(inet_is_silent(&s) && inet_since(&s, NOD_EV_ICMP4_DROP_SHORT) == 1,
			"a message of %u octets (H29)", len);
	}
	inet_mark(&s);
	inet_in(&s,
		&(struct inet_pkt){
			.protocol = 1, .payload = "\x08\0\xf7\xfe\0\0\0\0", .len = 8 });
	tap(inet_is_silent(&s) && inet_since(&s, NOD_EV_ICMP4_DROP_CHECKSUM) == 1,
		"a wrong checksum (H29)");
	tap(inet_close(&s), "everything came home");

	inet_open(&s, &(struct nod_conf){ .answer_broadcast_echo = true });
	struct inet_out o;

	inet_icmp_in(&s, &(struct inet_pkt){ .dst = V4_ALL, .mac = mac_all }, 8, 0, 1, body, 8);
	tap(inet_icmp_out(&s, 0, 0, &o) && ipa_equal(&o.h.src, &ME) &&
			ipa_equal(&o.h.dst, &PEER),
		"echo to all is answered when that is asked for, from an address of ours");
	inet_close(&s);
	inet_open(&s, &(struct nod_conf){ .no_echo = true });
	inet_icmp_in(&s, &(struct inet_pkt){ 0 }, 8, 0, 1, body, 8);
	tap(inet_is_silent(&s) && inet_since(&s, NOD_EV_ICMP4_DROP_TYPE) == 1,
		"no echo when that is asked for");
	inet_close(&s);
}

/* ---- errors sent ------------------------------------------------------------------------ */

static void test_quote(void)
{
	static struct inet s;
	struct inet_out o;
	uint8_t sent[1500];
	const struct inet_pkt k = { .protocol = 200,
		.id = 0x5577,
		.tos = 0x20,
		.len = 1400,
		.payload = body,
		.ttl = 9 };
	size_t len = inet_build(sent, sizeof(sent), &k);

	inet_open(&s, NULL);
	inet_in(&s, &k);
	tap(inet_icmp_out(&s, ICMPV4_UNREACHABLE, 2, &o) && o.h.len == 576 && len > 576 &&
			memcmp(o.payload + 8, sent, 576 - 28) == 0,
		"a report quotes what was sent, to 576 octets in all (RFC 1812 4.3.2.3)");
	tap(ipa_equal(&o.h.src, &ME) && ipa_equal(&o.h.dst, &PEER) && o.h.tos == 0xc0,
		"from the address that was spoken to, as internetwork control");
	tap(memcmp(o.payload + 4, "\0\0\0\0", 4) == 0, "and the unused octets are zero");
	tap(inet_close(&s), "everything came home");
}

/* RFC 1122 3.2.2 (IP4-10): what no error is sent about. */
static void test_no_report(void)
{
	static struct inet s;
	static const struct {
		const char *name;
		struct inet_pkt pkt;
		int icmp; /* the type of the message that it holds, or -1 */
		bool is_reported;
	} cases[] = {
		{ "a datagram for one host", { .protocol = 200, .len = 8 }, -1, true },
		{ "an echo request", { .protocol = 1 }, 8, true },
		{ "an echo reply", { .protocol = 1 }, 0, true },
		{ "a timestamp", { .protocol = 1 }, 13, true },
		{ "an ICMP error: unreachable", { .protocol = 1 }, 3, false },
		{ "an ICMP error: source quench", { .protocol = 1 }, 4, false },
		{ "an ICMP error: redirect", { .protocol = 1 }, 5, false },
		{ "an ICMP error: time exceeded", { .protocol = 1 }, 11, false },
		{ "an ICMP error: parameter problem", { .protocol = 1 }, 12, false },
		{ "an ICMP message of a type that may be an error", { .protocol = 1 }, 44,
			false },
		{ "an ICMP message without a type", { .protocol = 1, .len = 0 }, -1, false },
		{ "a broadcast", { .protocol = 200, .len = 8, .dst = V4_ALL }, -1, false },
		{ "a broadcast to a network",
			{ .protocol = 200, .len = 8, .dst = V4(10, 0, 0, 255) }, -1, false },
		{ "a multicast", { .protocol = 200, .len = 8, .dst = V4(224, 0, 0, 1) }, -1,
			false },
		{ "a fragment other than the first", { .protocol = 200, .len = 8, .offset = 8 },
			-1, false },
		{ "the first fragment", { .protocol = 200, .len = 8, .more = true }, -1, true },
		{ "one from nobody", { .protocol = 200, .len = 8, .from_nobody = true }, -1,
			false },
		{ "one from 0.1.2.3", { .protocol = 200, .len = 8, .src = V4(0, 1, 2, 3) }, -1,
			false },
		{ "one from a group", { .protocol = 200, .len = 8, .src = V4(224, 0, 0, 9) },
			-1, false },
		{ "one from all", { .protocol = 200, .len = 8, .src = V4_ALL }, -1, false },
		{ "one from all of a network",
			{ .protocol = 200, .len = 8, .src = V4(10, 0, 0, 255) }, -1, false },
		{ "one from class E", { .protocol = 200, .len = 8, .src = V4(250, 0, 0, 1) },
			-1, false },
		{ "one from a loopback address",
			{ .protocol = 200, .len = 8, .src = V4(127, 0, 0, 2) }, -1, false },
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t octets[64], message[8] = { (uint8_t)cases[i].icmp };
		struct inet_pkt k = cases[i].pkt;
		struct inet_out o;
		struct pkt *p;
		size_t len;

		if (cases[i].icmp >= 0) {
			k.payload = message;
			k.len = sizeof(message);
		}
		len = inet_build(octets, sizeof(octets), &k);
		inet_open(&s, NULL);
		p = pkt_new(s.core.pool, (uint32_t)len);
		memcpy(pkt_put(p, (uint32_t)len), octets, len);
		p->l3 = p->data;
		icmp_report(&s.net, p, s.eth0, ICMP_REPORT_HOST_UNREACHABLE, 0);
		tap(inet_icmp_out(&s, ICMPV4_UNREACHABLE, 1, &o) == cases[i].is_reported,
			"%s about %s", cases[i].is_reported ? "an error" : "no error",
			cases[i].name);
		p->is_broadcast = 1; /* whatever else it was */
		icmp_report(&s.net, p, s.eth0, ICMP_REPORT_HOST_UNREACHABLE, 0);
		p->is_broadcast = 0;
		p->is_multicast = 1;
		icmp_report(&s.net, p, s.eth0, ICMP_REPORT_HOST_UNREACHABLE, 0);
		tap(inet_is_silent(&s), "none when its frame was for many: %s", cases[i].name);
		pkt_free(p);
		inet_close(&s);
	}
}

/* RFC 1812 4.3.2.8 (H33): a bucket for all and one for each. */
static void test_rate(void)
{
	static struct inet s;
	unsigned burst, after, total = 0, differ = 0, before = 0;

	inet_open(&s, NULL);
	for (unsigned i = 0; i < 1000; i++)
		inet_in(&s, &(struct inet_pkt){ .protocol = 200, .len = 8 });
	burst = inet_drain(&s);
	tap(burst >= 1 && burst <= 10, "one host gets %u reports at once", burst);
	inet_pass(&s, NOD_S);
	for (unsigned i = 0; i < 1000; i++)
		inet_in(&s, &(struct inet_pkt){ .protocol = 200, .len = 8 });
	after = inet_drain(&s);
	tap(after >= 1 && after <= 10, "and %u a second later", after);
	tap(inet_since(&s, NOD_EV_ICMP4_DROP_RATE) == 2000 - burst - after,
		"the rest is counted as too many");
	inet_close(&s);

	inet_open(&s, NULL);
	for (unsigned i = 0; i < 2000; i++)
		inet_in(&s,
			&(struct inet_pkt){
				.protocol = 200, .len = 8, .src = V4(10, 0, 0, 3) + i % 200 });
	total = (unsigned)inet_since(&s, NOD_EV_ICMP4_OUT_ERROR);
	tap(total >= 40 && total <= 50, "many hosts get %u at once (conf: 50)", total);
	inet_pass(&s, 10 * NOD_S);
	inet_mark(&s);
	for (unsigned i = 0; i < 10000; i++) {
		inet_pass(&s, NOD_S / 1000);
		inet_in(&s,
			&(struct inet_pkt){
				.protocol = 200, .len = 8, .src = V4(10, 0, 0, 3) + i % 200 });
	}
	total = (unsigned)inet_since(&s, NOD_EV_ICMP4_OUT_ERROR);
	tap(total > 900 && total <= 1060, "and %u in ten seconds (conf: 100 a second)", total);
	inet_close(&s);

	/* CVE-2020-25705: how many are left cannot be counted exactly */
	inet_open(&s, NULL);
	for (unsigned round = 0; round < 20; round++) {
		inet_pass(&s, 10 * NOD_S);
		inet_mark(&s);
		for (unsigned i = 0; i < 200; i++)
			inet_in(&s,
				&(struct inet_pkt){ .protocol = 200,
					.len = 8,
					.src = V4(10, 0, 0, 3) + i });
		total = (unsigned)inet_since(&s, NOD_EV_ICMP4_OUT_ERROR);
		differ += round && total != before;
		before = total;
	}
	tap(differ > 3, "how many there are at once varies");
	inet_close(&s);
}

/* ---- errors heard ----------------------------------------------------------------------- */

/* A packet of ours that an error quotes: from us to @dst. */
static size_t quote_of(uint8_t *out, size_t cap, uint32_t dst, uint16_t len, uint8_t protocol)
{
	return inet_build(out, cap,
		&(struct inet_pkt){ .src = V4_ME,
			.dst = dst,
			.protocol = protocol,
			.len = 8,
			.claim = len ? len - 28 : 0 });
}

static const struct {
	uint8_t type, code;
	int error;
	bool is_hard;
} errors[] = {
	/* as Linux maps them (RFC 1122 3.2.2.1, 4.1.3.3) */
	{ 3, 0, ENETUNREACH, false },
	{ 3, 1, EHOSTUNREACH, false },
	{ 3, 2, ENOPROTOOPT, true },
	{ 3, 3, ECONNREFUSED, true },
	{ 3, 5, EOPNOTSUPP, false },
	{ 3, 6, ENETUNREACH, true },
	{ 3, 7, EHOSTDOWN, true },
	{ 3, 8, ENONET, true },
	{ 3, 9, ENETUNREACH, true },
	{ 3, 10, EHOSTUNREACH, true },
	{ 3, 11, ENETUNREACH, false },
	{ 3, 12, EHOSTUNREACH, false },
	{ 3, 13, EHOSTUNREACH, true },
	{ 3, 14, EHOSTUNREACH, true },
	{ 3, 15, EHOSTUNREACH, true },
	{ 3, 16, EHOSTUNREACH, false },
	{ 3, 255, EHOSTUNREACH, false },
	{ 11, 0, EHOSTUNREACH, false },
	{ 12, 0, EPROTO, true },
};

static void test_errors(void)
{
	static struct inet s;
	uint8_t quote[64];
	size_t len = quote_of(quote, sizeof(quote), V4_OUTSIDE, 0, PROTO_TEST);

	inet_open(&s, NULL);
	for (unsigned i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		inet_mark(&s);
		inet_icmp_in(&s, &(struct inet_pkt){ .src = V4_ROUTER }, errors[i].type,
			errors[i].code, 0x09000000, quote, (uint32_t)len);
		tap(s.n_errors == 1 && s.error.error == errors[i].error &&
				s.error.is_hard == errors[i].is_hard && s.error.is_v4 &&
				s.error.type == errors[i].type &&
				s.error.code == errors[i].code &&
				ipa_equal(&s.error.src, &ME) &&
				ipa_equal(&s.error.dst, &OUTSIDE) &&
				ipa_equal(&s.error.offender, &ROUTER) &&
				s.error.quoted.len == 8 &&
				s.error.info == (errors[i].type == 12 ? 9 : 0),
			"type %u code %u is %s", errors[i].type, errors[i].code,
			strerror(errors[i].error));
	}
	tap(inet_is_silent(&s), "no error is answered");
	tap(inet_close(&s), "everything came home");
}

static void test_errors_not_believed(void)
{
	static struct inet s;
	static const struct {
		const char *name;
		uint8_t type, code;
		struct inet_pkt error, quoted;
		uint32_t cut; /* octets quoted, 0: all */
		enum nod_event_kind why;
	} cases[] = {
		{ "quotes nothing (H30)", 3, 3, { 0 }, { .src = V4_ME, .len = 8 }, 1,
			NOD_EV_ICMP4_DROP_QUOTE },
		{ "quotes half a header (H30)", 3, 3, { 0 }, { .src = V4_ME, .len = 8 }, 12,
			NOD_EV_ICMP4_DROP_QUOTE },
		{ "quotes a header and seven octets (H30)", 3, 3, { 0 },
			{ .src = V4_ME, .len = 8 }, 27, NOD_EV_ICMP4_DROP_QUOTE },
		{ "quotes a long header that is not there (H30)", 3, 3, { 0 },
			{ .src = V4_ME,
				.len = 0,
				.options = "0101010101010101010101010101010101010101" },
			30, NOD_EV_ICMP4_DROP_QUOTE },
		{ "quotes a later fragment (H30)", 3, 3, { 0 },
			{ .src = V4_ME, .len = 8, .offset = 8 }, 0, NOD_EV_ICMP4_DROP_QUOTE },
		{ "quotes what somebody else sent", 3, 3, { 0 },
			{ .src = V4_PEER, .dst = V4_OUTSIDE, .len = 8 }, 0,
			NOD_EV_ICMP4_DROP_QUOTE },
		{ "quotes what goes by our loopback", 3, 3, { 0 },
			{ .src = V4(127, 0, 0, 1), .dst = V4(127, 0, 0, 1), .len = 8 }, 0,
			NOD_EV_ICMP4_DROP_QUOTE },
		{ "quotes an ICMP error (H30)", 3, 3, { 0 },
			{ .src = V4_ME, .protocol = 1, .payload = "\3\3\0\0\0\0\0\0", .len = 8 },
			0, NOD_EV_ICMP4_DROP_QUOTE },
		{ "source quench (RFC 6633, H31)", 4, 0, { 0 }, { .src = V4_ME, .len = 8 }, 0,
			NOD_EV_ICMP4_DROP_TYPE },
		{ "to all", 3, 3, { .dst = V4_ALL, .mac = mac_all }, { .src = V4_ME, .len = 8 },
			0, NOD_EV_ICMP4_DROP_BROADCAST },
		{ "to a group", 3, 3, { .dst = V4(224, 0, 0, 1), .mac = mac_group },
			{ .src = V4_ME, .len = 8 }, 0, NOD_EV_ICMP4_DROP_BROADCAST },
	};

	inet_open(&s, NULL);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t quote[128];
		size_t len = inet_build(quote, sizeof(quote), &cases[i].quoted);

		inet_mark(&s);
		inet_icmp_in(&s, &cases[i].error, cases[i].type, cases[i].code, 0, quote,
			cases[i].cut ? cases[i].cut : (uint32_t)len);
		tap(s.n_errors == 0 && inet_since(&s, cases[i].why) == 1 &&
				inet_drops(&s) == 1 && inet_is_silent(&s),
			"not believed: an error that %s", cases[i].name);
	}
	uint8_t quote[64];
	size_t len = quote_of(quote, sizeof(quote), V4_OUTSIDE, 0, PROTO_TEST);

	inet_mark(&s);
	inet_icmp_in(&s, &(struct inet_pkt){ 0 }, 11, 1, 0, quote, (uint32_t)len);
	tap(s.n_errors == 0 && inet_drops(&s) == 0,
		"a fragment that got lost afar is told to nobody");
	tap(inet_close(&s), "everything came home");
}

/* ---- path MTU (IP4-13, H32) ------------------------------------------------------------- */

static uint32_t mtu_to(struct inet *s, struct ipa dst)
{
	const struct ip_out o = { .src = IPA_ANY4, .dst = dst };
	struct ip_way way = { 0 };

	return ip_route(&s->net, &o, &way) == 0 ? way.mtu : 0;
}

static void too_big(struct inet *s, uint32_t dst, uint16_t quoted_len, uint32_t mtu)
{
	uint8_t quote[64];
	size_t len = quote_of(quote, sizeof(quote), dst, quoted_len, PROTO_TEST);

	inet_icmp_in(
		s, &(struct inet_pkt){ .src = V4_ROUTER }, 3, 4, mtu, quote, (uint32_t)len);
}

static void test_pmtu(void)
{
	static struct inet s;
	static const struct {
		const char *name;
		uint16_t quoted;
		uint32_t says, want; /* want 1500: not believed */
	} cases[] = {
		{ "1,400 for what had 1,500", 1500, 1400, 1400 },
		{ "1,499, one less", 1500, 1499, 1499 },
		{ "1,500 for what had 1,500: it would have fitted", 1500, 1500, 1500 },
		{ "9,000: never larger", 1500, 9000, 1500 },
		{ "1,400 for what had 1,000", 1000, 1400, 1500 },
		{ "552, the least that is believed", 1500, 552, 552 },
		{ "551", 1500, 551, 552 },
		{ "68", 1500, 68, 552 },
		{ "67", 1500, 67, 552 },
		{ "1", 1500, 1, 552 },
		{ "0 for 1,500: the next plateau", 1500, 0, 1492 },
		{ "0 for 1,492", 1492, 0, 1006 },
		{ "0 for 1,006", 1006, 0, 552 },
		{ "0 for 500: nothing below", 500, 0, 552 },
		{ "0 for 65,535: the plateau is above the link's", 0xffff, 0, 1500 },
		{ "only 16 bits are the MTU's", 1500, 0xabcd0578, 1400 },
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		inet_open(&s, NULL);
		mtu_to(&s, OUTSIDE);
		too_big(&s, V4_OUTSIDE, cases[i].quoted, cases[i].says);
		tap(mtu_to(&s, OUTSIDE) == cases[i].want, "path MTU %s: %u", cases[i].name,
			mtu_to(&s, OUTSIDE));
		inet_close(&s);
	}

	inet_open(&s, NULL);
	mtu_to(&s, OUTSIDE);
	too_big(&s, V4_OUTSIDE, 1500, 1300);
	tap(s.n_errors == 1 && s.error.error == EMSGSIZE && s.error.info == 1300,
		"the protocol is told, with the MTU");
	too_big(&s, V4_OUTSIDE, 1500, 1400);
	tap(mtu_to(&s, OUTSIDE) == 1300, "it never grows by a report");
	inet_pass(&s, 599 * NOD_S);
	tap(mtu_to(&s, OUTSIDE) == 1300, "it holds for ten minutes (RFC 1191 6.3)");
	inet_pass(&s, 2 * NOD_S);
	tap(mtu_to(&s, OUTSIDE) == 1500, "then the link's is tried again");
	too_big(&s, V4(203, 0, 113, 1), 1500, 1300);
	tap(mtu_to(&s, IPA_V4(203, 0, 113, 1)) == 1500,
		"nothing is learnt of whom nobody spoke to");
	s.knows_nothing = true;
	too_big(&s, V4_OUTSIDE, 1500, 1300);
	tap(mtu_to(&s, OUTSIDE) == 1500 && inet_since(&s, NOD_EV_ICMP4_DROP_PMTU) == 1,
		"nor what the protocol says is not its own (RFC 5927)");
	tap(inet_close(&s), "everything came home");
}

/* Below the floor packets may be cut on the way, as Linux does it. */
static void test_pmtu_floor(void)
{
	static struct inet s;
	struct ip_out o = { .dst = OUTSIDE };
	struct inet_out out;

	inet_open(&s, NULL);
	inet_send(&s, &o, 100);
	tap(inet_out(&s, &out) && out.h.dont_fragment,
		"DF is set while the path is looked for");
	too_big(&s, V4_OUTSIDE, 1500, 300);
	inet_send(&s, &o, 500);
	tap(inet_out(&s, &out) && !out.h.dont_fragment,
		"and is not, when the path is narrower than is believed");
	o.pmtu = IP_PMTU_DO;
	inet_send(&s, &o, 500);
	tap(inet_out(&s, &out) && out.h.dont_fragment, "but for who asked for it");
	inet_close(&s);
}

/* ---- redirects (RFC 1122 3.2.2.2, H31) -------------------------------------------------- */

static bool goes_to(struct inet *s, struct ipa dst, struct ipa hop)
{
	const struct ip_out o = { .src = IPA_ANY4, .dst = dst };
	struct ip_way way = { 0 };

	return ip_route(&s->net, &o, &way) == 0 && ipa_equal(&way.dest->next_hop, &hop);
}

static void test_redirects(void)
{
	static struct inet s;
	static const struct {
		const char *name;
		uint32_t from, gateway, about;
		uint8_t code;
		bool is_unused, is_off, is_router, is_unknown, is_ok;
	} cases[] = {
		{ .name = "from the first hop, to a neighbour", .code = 1, .is_ok = true },
		{ .name = "for a network is taken for the host", .code = 0, .is_ok = true },
		{ .name = "code 3", .code = 3, .is_ok = true },
		{ .name = "code 4 is none", .code = 4 },
		{ .name = "from somebody else", .code = 1, .from = V4(10, 0, 0, 66) },
		{ .name = "from afar", .code = 1, .from = V4_OUTSIDE },
		{ .name = "to a gateway that is not on the link",
			.code = 1,
			.gateway = V4(172, 16, 0, 1) },
		{ .name = "to a gateway on another link of ours",
			.code = 1,
			.gateway = V4_PEER_EAST },
		{ .name = "to ourselves", .code = 1, .gateway = V4_ME },
		{ .name = "to all", .code = 1, .gateway = V4(10, 0, 0, 255) },
		{ .name = "to a group", .code = 1, .gateway = V4(224, 0, 0, 1) },
		{ .name = "to 0.0.0.0's like", .code = 1, .gateway = V4(0, 0, 0, 1) },
		{ .name = "about whom nobody spoke to", .code = 1, .is_unused = true },
		{ .name = "about the peer, from the peer",
			.code = 1,
			.from = V4_PEER,
			.about = V4_PEER },
		{ .name = "when they are switched off", .code = 1, .is_off = true },
		{ .name = "to a router", .code = 1, .is_router = true },
		{ .name = "that the protocol does not know", .code = 1, .is_unknown = true },
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct nod_conf conf = { .no_redirects = cases[i].is_off,
			.forwarding = cases[i].is_router };
		uint32_t about = cases[i].about ? cases[i].about : V4_OUTSIDE;
		struct ipa to = ipa_of_v4(about);
		uint8_t quote[64];
		size_t len = quote_of(quote, sizeof(quote), about, 0, PROTO_TEST);
		bool was_used;

		inet_open(&s, &conf);
		s.knows_nothing = cases[i].is_unknown;
		if (!cases[i].is_unused)
			goes_to(&s, to, ROUTER);
		inet_icmp_in(&s,
			&(struct inet_pkt){ .src = cases[i].from ? cases[i].from : V4_ROUTER },
			5, cases[i].code, cases[i].gateway ? cases[i].gateway : V4_PEER, quote,
			(uint32_t)len);
		was_used = inet_since(&s, NOD_EV_ICMP4_REDIRECT) == 1;
		tap(was_used == cases[i].is_ok &&
				inet_since(&s, NOD_EV_ICMP4_DROP_REDIRECT) == !cases[i].is_ok &&
				(!cases[i].is_ok || goes_to(&s, to, PEER)) &&
				(cases[i].is_ok ||
					goes_to(&s, to, cases[i].about ? PEER : ROUTER)),
			"redirect %s: %s", cases[i].is_ok ? "taken" : "not taken",
			cases[i].name);
		inet_close(&s);
	}
}

int main(void)
{
	fill_body();
	test_echo();
	test_echo_in_fragments(1473);
	test_echo_in_fragments(4000);
	test_echo_in_fragments(65507);
	test_what_is_not_answered();
	test_quote();
	test_no_report();
	test_rate();
	test_errors();
	test_errors_not_believed();
	test_pmtu();
	test_pmtu_floor();
	test_redirects();
	return tap_done();
}
