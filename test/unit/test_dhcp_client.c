/* SPDX-License-Identifier: ISC */
/* test_dhcp_client.c - an address by DHCP: the server is the test (H70, H71) */
#include "station.h"

#include <errno.h>

#include "application/dhcp_client.h"
#include "application/dhcp_wire.h"
#include "link/arp_wire.h"
#include "network/route.h"

static const struct ipa server = IPA_V4_INIT(10, 0, 0, 1);
static const struct ipa leased = IPA_V4_INIT(10, 0, 0, 100);

static struct station s;
static unsigned heard; /* messages of the client looked at so far */

static void begin(const struct nod_dhcp_client_conf *conf)
{
	station_begin(&s, &(struct nod_conf){ .seed = { 9 }, .no_ipv6 = true }, NULL);
	heard = 0;
	tap(nod_dhcp_client_start(s.stack, STATION_IF, conf) == 0, "started");
}

static void end(void)
{
	nod_dhcp_client_stop(s.stack, STATION_IF);
	station_end(&s);
}

/* What the client says next.  false: nothing. */
static bool says(struct dhcp_msg *m, const struct sent **how)
{
	const struct sent *t = station_sent_udp(&s, DHCP_SERVER_PORT, heard);
	struct rcur r;

	if (!t)
		return false;
	heard++;
	if (how)
		*how = t;
	r = rcur_of(t->data + 8, t->len - 8);
	return dhcp_parse(m, &r) == 0;
}

static unsigned left_to_hear(void)
{
	unsigned n = 0;

	while (station_sent_udp(&s, DHCP_SERVER_PORT, heard + n))
		n++;
	return n;
}

static struct dhcp_msg reply(const struct dhcp_msg *q, enum dhcp_type type)
{
	struct dhcp_msg m = { .op = DHCP_REPLY, .type = (uint8_t)type, .xid = q->xid,
		.ciaddr = IPA_ANY4, .yiaddr = leased, .siaddr = IPA_ANY4, .giaddr = IPA_ANY4,
		.server_id = server, .requested = IPA_ANY4, .broadcast = IPA_ANY4,
		.has_lease = true, .lease_s = 3600, .has_mask = true, .prefix_len = 24,
		.n_routers = 1, .router = { server }, .n_dns = 1, .dns = { server } };

	memcpy(m.mac, q->mac, 6);
	return m;
}

static void answer_from(const struct dhcp_msg *m, uint16_t port, const struct ipa *to)
{
	uint8_t out[DHCP_LEN_MOST];
	struct wcur w = wcur_of(out, sizeof(out));

	if (dhcp_emit(m, &w) < 0)
		abort();
	station_hear_udp(&s, &(struct heard_udp){ .src = server, .dst = *to, .src_port = port,
		.dst_port = DHCP_CLIENT_PORT, .data = out, .len = w.at });
}

static void answer(const struct dhcp_msg *m)
{
	answer_from(m, DHCP_SERVER_PORT, &IPA_V4(255, 255, 255, 255));
}

static const char *state(void)
{
	static struct nod_dhcp_info info;

	return nod_dhcp_client_state(s.stack, STATION_IF, &info) < 0 ? "none" : info.state;
}

static bool is(const char *want)
{
	bool ok = strcmp(state(), want) == 0;

	if (!ok)
		printf("# it is %s\n", state());
	return ok;
}

static bool has_addr(const struct ipa *a)
{
	return ifaddr_is_ours(&s.stack->net, NULL, a);
}

/* Up to REQUESTING, the request in @q. */
static void ask(struct dhcp_msg *q)
{
	struct dhcp_msg d, offer;

	station_pass(&s, 2 * NOD_S);
	if (!says(&d, NULL))
		return;
	offer = reply(&d, DHCP_OFFER);
	answer(&offer);
	says(q, NULL);
}

/* All the way to BOUND. */
static void bind_it(struct dhcp_msg *q, uint32_t lease_s)
{
	struct dhcp_msg ack;

	ask(q);
	ack = reply(q, DHCP_ACK);
	ack.lease_s = lease_s;
	answer(&ack);
	station_pass(&s, 10 * NOD_S);
}

static void test_lease(void)
{
	struct dhcp_msg d, q, m;
	const struct sent *how;
	struct nod_dhcp_info info;
	const struct route *r;
	struct ipa far = IPA_V4(192, 0, 2, 1);

	begin(&(struct nod_dhcp_client_conf){ .hostname = "bob" });
	tap(is("INIT"), "not at once");
	station_pass(&s, 2 * NOD_S);
	tap(is("SELECTING") && says(&d, &how) && d.type == DHCP_DISCOVER && d.op == DHCP_ASK &&
			ipa_is_any(&how->src) && ipa_v4(&how->dst) == UINT32_MAX &&
			how->mac[0] == 0xff && d.is_broadcast && ipa_is_any(&d.ciaddr),
		"RFC 2131 4.1: DISCOVER from 0.0.0.0:68 to everybody, asking for a broadcast");
	tap(strcmp(d.hostname, "bob") == 0 && dhcp_wants(&d, DHCP_OPT_MASK) &&
			dhcp_wants(&d, DHCP_OPT_ROUTES) && d.id_len == 7 && d.max_len >= 576,
		"with its name and what it wants");
	m = reply(&d, DHCP_OFFER);
	answer(&m);
	tap(is("REQUESTING") && says(&q, &how) && q.type == DHCP_REQUEST &&
			ipa_equal(&q.requested, &leased) && ipa_equal(&q.server_id, &server) &&
			ipa_is_any(&q.ciaddr) && q.xid == d.xid && q.secs == d.secs &&
			ipa_is_any(&how->src),
		"RFC 2131 4.4.1: REQUEST of what was offered, number and seconds the discover's");
	m = reply(&q, DHCP_ACK);
	memcpy(m.domain, "example.com", 12);
	m.mtu = 1400;
	answer(&m);
	tap(is("CHECKING") && !has_addr(&leased), "RFC 2131 2.2: ARP is asked first");
	station_pass(&s, 10 * NOD_S);
	tap(is("BOUND") && has_addr(&leased), "nobody has it: bound");
	tap(nod_dhcp_client_state(s.stack, STATION_IF, &info) == 0 && info.prefix.len == 24 &&
			info.n_dns == 1 && info.n_routers == 1 && info.mtu == 1400 &&
			strcmp(info.domain, "example.com") == 0 &&
			info.until > s.now + 3580 * NOD_S,
		"what was told is known");
	r = route_find(&s.stack->net, &far, NULL);
	tap(r && ipa_equal(&r->gateway, &server) && r->origin == ROUTE_DHCP, "the default route");
	tap(iface_at(&s.stack->link, STATION_IF)->mtu == 1400, "the MTU");
	struct ipa dns[4];
	tap(dhcp_client_dns(s.stack, dns, 4) == 1 && ipa_equal(&dns[0], &server) &&
			strcmp(dhcp_client_domain(s.stack), "example.com") == 0,
		"the resolver is told whom to ask");
	tap(left_to_hear() == 0, "nothing more is said");
	/* a resolver that nobody configured asks by what the lease says */
	struct nod_resolve *name;
	struct nod_addr sa = ipa_to_addr(&server, 0);
	nod_neighbour_set(s.stack, STATION_IF, &sa, (uint8_t[]){ 2, 0, 0, 0, 0, 2 });
	nod_resolve_start(s.stack, "host", NOD_IPV4, &name);
	station_pass(&s, 0);
	how = station_sent_udp(&s, 53, 0);
	tap(how && ipa_equal(&how->dst, &server) && how->data[8 + 12] == 4 &&
			how->data[8 + 12 + 5] == 7,
		"the resolver asks the lease's server for host.example.com");
	nod_resolve_end(name);

	/* RFC 2131 4.4.5 */
	station_pass(&s, info.renew_at - s.now - NOD_S);
	tap(is("BOUND") && left_to_hear() == 0, "until T1");
	station_pass(&s, 2 * NOD_S);
	tap(is("RENEWING") && says(&q, &how) && q.type == DHCP_REQUEST &&
			ipa_equal(&how->dst, &server) && ipa_equal(&how->src, &leased) &&
			ipa_equal(&q.ciaddr, &leased) && ipa_is_any(&q.requested) &&
			ipa_is_any(&q.server_id),
		"T1: RENEWING, to its server alone, as RFC 2131 table 4 has it");
	m = reply(&q, DHCP_ACK);
	m.mtu = 1400;
	answer_from(&m, DHCP_SERVER_PORT, &leased);
	tap(is("BOUND") && has_addr(&leased), "renewed");
	nod_dhcp_client_state(s.stack, STATION_IF, &info);
	tap(info.until > s.now + 3590 * NOD_S, "for another hour");

	station_pass(&s, info.rebind_at - s.now + NOD_S);
	unsigned renewals = 0;
	bool is_last_to_all = false;
	while (says(&q, &how)) {
		renewals++;
		is_last_to_all = ipa_v4(&how->dst) == UINT32_MAX;
	}
	tap(is("REBINDING") && is_last_to_all && renewals >= 4 && renewals < 12 &&
			ipa_equal(&how->src, &leased),
		"T2: REBINDING, to everybody, after %u requests", renewals);
	m = reply(&q, DHCP_ACK);
	m.server_id = IPA_V4(10, 0, 0, 2);
	answer_from(&m, DHCP_SERVER_PORT, &leased);
	tap(is("BOUND"), "another server renews it");
	nod_dhcp_client_state(s.stack, STATION_IF, &info);
	station_pass(&s, info.until - s.now + NOD_S);
	tap(!has_addr(&leased) && !route_find(&s.stack->net, &far, NULL) &&
			(is("INIT") || is("SELECTING")) &&
			iface_at(&s.stack->link, STATION_IF)->mtu == 1500,
		"the end of the lease: address, route and MTU are gone, and it asks anew");
	end();
}

static void test_release(void)
{
	struct dhcp_msg q;
	const struct sent *how;
	struct nod_addr sa;

	begin(NULL);
	bind_it(&q, 3600);
	nod_addr_parse(&sa, "10.0.0.1");
	nod_neighbour_set(s.stack, STATION_IF, &sa, (uint8_t[]){ 2, 0, 0, 0, 0, 2 });
	tap(is("BOUND") && nod_dhcp_client_stop(s.stack, STATION_IF) == 0, "stopped");
	station_drain(&s);
	tap(says(&q, &how) && q.type == DHCP_RELEASE && ipa_equal(&q.ciaddr, &leased) &&
			ipa_equal(&q.server_id, &server) && ipa_equal(&how->dst, &server) &&
			!has_addr(&leased),
		"RELEASE to its server, and the address is gone");
	tap(nod_dhcp_client_stop(s.stack, STATION_IF) == -ENOENT &&
			nod_dhcp_client_start(s.stack, 1, NULL) == -ENODEV &&
			nod_dhcp_client_start(s.stack, 9, NULL) == -ENODEV,
		"what is not there");
	station_end(&s);
}

/* A RELEASE that still waits for its neighbour when the stack is freed. */
static void test_freed(void)
{
	struct dhcp_msg q;

	begin(NULL);
	bind_it(&q, 3600);
	nod_dhcp_client_stop(s.stack, STATION_IF);
	nod_stack_free(s.stack);
	free(s.sent);
	begin(NULL);
	bind_it(&q, 3600);
	nod_interface_remove(s.stack, STATION_IF);
	nod_stack_poll(s.stack, s.now);
	tap(is("none"), "it goes with its interface");
	nod_stack_free(s.stack);
	free(s.sent);
	begin(NULL);
	bind_it(&q, 3600);
	nod_stack_free(s.stack);
	free(s.sent);
	tap(true, "a stack is freed with its client");
}

static void test_silence(void)
{
	struct dhcp_msg d;
	nod_ns at[8];
	unsigned n = 0;
	bool ok = true;
	const struct sent *how;
	struct nod_dhcp_info info;

	begin(NULL);
	station_pass(&s, 200 * NOD_S);
	while (n < 8 && says(&d, &how)) {
		ok &= d.type == DHCP_DISCOVER;
		at[n++] = how->at;
	}
	for (unsigned k = 1; k < n; k++) {
		nod_ns gap = at[k] - at[k - 1], want = (nod_ns)(k < 5 ? 2 << k : 64) * NOD_S;

		ok &= gap > want - NOD_S - NOD_MS && gap < want + NOD_S + NOD_MS;
	}
	tap(ok && n >= 5 && n <= 7, "RFC 2131 4.1: 4, 8, 16, 32, 64 s, a second more or less");
	nod_dhcp_client_state(s.stack, STATION_IF, &info);
	tap(info.link_local.family == NOD_IPV4 && info.link_local.octet[0] == 169 &&
			info.link_local.octet[1] == 254,
		"RFC 3927: an address of its own meanwhile");
	struct ipa own = ipa_from_addr(&info.link_local);
	tap(has_addr(&own), "and it is in use");
	struct dhcp_msg offer = reply(&d, DHCP_OFFER), ack;
	answer(&offer);
	says(&d, NULL);
	ack = reply(&d, DHCP_ACK);
	answer(&ack);
	station_pass(&s, 10 * NOD_S);
	tap(is("BOUND") && !has_addr(&own) && has_addr(&leased),
		"RFC 3927 1.9: given up when a lease comes");
	end();
}

static void test_decline(void)
{
	struct dhcp_msg q, ack, m;
	uint8_t frame[60] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 9, 8, 6 };
	struct wcur w = wcur_of(frame + 14, 28);
	struct arp_msg arp = { .op = ARP_REPLY, .sender = leased, .target = leased };

	begin(NULL);
	ask(&q);
	ack = reply(&q, DHCP_ACK);
	answer(&ack);
	memcpy(arp.sender_mac, frame + 6, 6);
	if (arp_emit(&arp, &w) < 0)
		abort();
	station_pass(&s, NOD_S);
	nod_stack_input(s.stack, STATION_IF, nod_packet_new(s.stack, frame, sizeof(frame)), s.now);
	nod_stack_poll(s.stack, s.now);
	station_drain(&s);
	tap(says(&m, NULL) && m.type == DHCP_DECLINE && ipa_equal(&m.requested, &leased) &&
			ipa_equal(&m.server_id, &server) && !has_addr(&leased) && is("INIT"),
		"RFC 2131 3.1.5: somebody has it: DECLINE");
	station_pass(&s, 9 * NOD_S);
	tap(left_to_hear() == 0, "and ten seconds of silence");
	station_pass(&s, 3 * NOD_S);
	tap(says(&m, NULL) && m.type == DHCP_DISCOVER, "before it asks anew");
	end();
}

static void test_reboot(void)
{
	struct nod_dhcp_client_conf conf = { .no_probe = true };
	struct dhcp_msg q, m;

	nod_addr_parse(&conf.previous, "10.0.0.100");
	begin(&conf);
	station_pass(&s, 2 * NOD_S);
	tap(is("REBOOTING") && says(&q, NULL) && q.type == DHCP_REQUEST &&
			ipa_equal(&q.requested, &leased) && ipa_is_any(&q.server_id) &&
			ipa_is_any(&q.ciaddr),
		"RFC 2131 4.3.2: INIT-REBOOT asks for the old one, and names no server");
	m = reply(&q, DHCP_ACK);
	answer(&m);
	tap(is("BOUND") && has_addr(&leased), "and has it again, at once without a probe");
	nod_interface_set_up(s.stack, STATION_IF, false);
	station_pass(&s, NOD_S);
	tap(is("DOWN"), "the interface goes down");
	nod_interface_set_up(s.stack, STATION_IF, true);
	station_pass(&s, 0);
	tap(is("REBOOTING") && says(&q, NULL) && ipa_equal(&q.requested, &leased),
		"and up: is it still ours?");
	m = reply(&q, DHCP_NAK);
	m.yiaddr = IPA_ANY4;
	answer(&m);
	tap(is("INIT") && !has_addr(&leased), "NAK: it is another network");
	station_pass(&s, 3 * NOD_S);
	tap(is("SELECTING"), "and it asks anew");
	end();

	begin(&conf);
	station_pass(&s, 60 * NOD_S);
	tap(is("SELECTING"), "nobody answers INIT-REBOOT: from the beginning");
	end();
}

/* (H70) what an answer may be, and is not believed */
static void test_bad_offers(void)
{
	struct dhcp_msg d, m;
	uint64_t before;

	begin(NULL);
	station_pass(&s, 2 * NOD_S);
	says(&d, NULL);
#define REFUSED(name, ...)                                                                 \
	do {                                                                               \
		m = reply(&d, DHCP_OFFER);                                                 \
		before = station_count(&s, NOD_EV_DHCP_DROP_BAD);                          \
		__VA_ARGS__;                                                               \
		answer(&m);                                                                \
		tap(is("SELECTING") && left_to_hear() == 0 &&                              \
				station_count(&s, NOD_EV_DHCP_DROP_BAD) == before + 1,     \
			"%s", name);                                                       \
	} while (0)
	REFUSED("(H70) another number", m.xid++);
	REFUSED("(H70) another station's", m.mac[5]++);
	REFUSED("(H70) no server's name", m.server_id = IPA_ANY4);
	REFUSED("a server that is a group", m.server_id = IPA_V4(224, 0, 0, 1));
	REFUSED("a client's word", m.op = DHCP_ASK);
	REFUSED("an ACK that nobody asked for", m.type = DHCP_ACK);
	REFUSED("a NAK that nobody asked for", m.type = DHCP_NAK);
	REFUSED("(H70) no lease", m.has_lease = false);
	REFUSED("(H70) a lease of 0 s", m.lease_s = 0);
	REFUSED("(H71) a lease of 1 s", m.lease_s = 1);
	REFUSED("(H71) 0.0.0.0", m.yiaddr = IPA_ANY4);
	REFUSED("(H71) everybody's", m.yiaddr = IPA_V4(255, 255, 255, 255));
	REFUSED("(H71) the network's broadcast", m.yiaddr = IPA_V4(10, 0, 0, 255));
	REFUSED("(H71) the network itself", m.yiaddr = IPA_V4(10, 0, 0, 0));
	REFUSED("(H71) a group", m.yiaddr = IPA_V4(224, 0, 0, 9));
	REFUSED("(H71) loopback", m.yiaddr = IPA_V4(127, 0, 0, 1));
	REFUSED("(H71) 240/4", m.yiaddr = IPA_V4(240, 0, 0, 1));
	m = reply(&d, DHCP_OFFER);
	answer_from(&m, 6767, &IPA_V4(255, 255, 255, 255));
	tap(is("SELECTING"), "from another port");

	/* (H73) every octet of a good one changed: no state but by a good answer */
	uint8_t out[DHCP_LEN_MOST];
	struct wcur w = wcur_of(out, sizeof(out));
	m = reply(&d, DHCP_OFFER);
	m.xid++;
	if (dhcp_emit(&m, &w) < 0)
		abort();
	for (size_t k = 0; k < w.at; k++)
		for (unsigned v = 0; v < 4; v++) {
			uint8_t kept = out[k];

			out[k] = (uint8_t[]){ 0, 1, 0xff, 0x80 }[v];
			if (k >= 4 && k < 8)
				out[k] = kept;
			station_hear_udp(&s, &(struct heard_udp){ .src = server,
				.dst = IPA_V4(255, 255, 255, 255), .src_port = 67, .dst_port = 68,
				.data = out, .len = w.at });
			out[k] = kept;
		}
	for (size_t cut = 0; cut < w.at; cut++)
		station_hear_udp(&s, &(struct heard_udp){ .src = server,
			.dst = IPA_V4(255, 255, 255, 255), .src_port = 67, .dst_port = 68,
			.data = out, .len = cut });
	tap(is("SELECTING"), "(H73) octets changed and cut anywhere");
	m = reply(&d, DHCP_OFFER);
	answer(&m);
	tap(is("REQUESTING"), "and a good one is taken still");
	end();
}

/* (H71) times and routers that make no sense */
static void test_sanity(void)
{
	static const struct {
		const char *name;
		uint32_t lease, t1, t2;
		nod_ns renew, rebind; /* s from the start; 0: never */
	} times[] = {
		{ "as told", 1000, 300, 600, 300, 600 },
		{ "none told", 1000, 0, 0, 0, 875 },
		{ "T1 = 0", 1000, 0, 600, 0, 875 },
		{ "T1 after T2", 1000, 700, 600, 0, 875 },
		{ "T2 after the end", 1000, 300, 2000, 0, 875 },
		{ "all for ever", UINT32_MAX, UINT32_MAX, UINT32_MAX, 0, 0 },
		{ "T1 and T2 for ever", 1000, UINT32_MAX, UINT32_MAX, 0, 875 },
		{ "T1 = T2", 1000, 600, 600, 0, 875 },
	};

	for (unsigned k = 0; k < sizeof(times) / sizeof(times[0]); k++) {
		struct nod_dhcp_info i;
		struct dhcp_msg q, m;
		nod_ns at;
		bool ok;

		begin(&(struct nod_dhcp_client_conf){ .no_probe = true });
		ask(&q);
		m = reply(&q, DHCP_ACK);
		m.lease_s = times[k].lease;
		m.t1_s = times[k].t1;
		m.t2_s = times[k].t2;
		at = s.now;
		answer(&m);
		nod_dhcp_client_state(s.stack, STATION_IF, &i);
		if (!times[k].rebind)
			ok = i.renew_at == NOD_FOREVER && i.rebind_at == NOD_FOREVER &&
				i.until == NOD_FOREVER;
		else
			ok = i.rebind_at == at + times[k].rebind * NOD_S &&
				i.until == at + 1000 * NOD_S &&
				(times[k].renew ? i.renew_at == at + times[k].renew * NOD_S :
						  i.renew_at > at + 450 * NOD_S &&
							  i.renew_at <= at + 500 * NOD_S);
		tap(is("BOUND") && ok, "(H71) T1, T2: %s", times[k].name);
		end();
	}

	struct dhcp_msg q, m;
	struct ipa far = IPA_V4(192, 0, 2, 1), net = IPA_V4(172, 16, 5, 5);
	const struct route *r;

	begin(&(struct nod_dhcp_client_conf){ .no_probe = true });
	ask(&q);
	m = reply(&q, DHCP_ACK);
	m.router[0] = IPA_V4(192, 168, 7, 1);
	answer(&m);
	tap(is("BOUND") && !route_find(&s.stack->net, &far, NULL),
		"(H71) a router that is not on the subnet is none");
	end();

	begin(&(struct nod_dhcp_client_conf){ .no_probe = true });
	ask(&q);
	m = reply(&q, DHCP_ACK);
	m.prefix_len = 32;
	m.has_routes = true;
	m.n_routes = 3;
	m.route[0] = (struct dhcp_route){ .dst = IPA_V4(172, 16, 0, 1), .len = 32,
		.gateway = IPA_ANY4 };
	m.route[1] = (struct dhcp_route){ .dst = IPA_ANY4, .len = 0,
		.gateway = IPA_V4(172, 16, 0, 1) };
	m.route[2] = (struct dhcp_route){ .dst = IPA_V4(172, 16, 0, 0), .len = 16,
		.gateway = IPA_V4(8, 8, 8, 8) };
	answer(&m);
	r = route_find(&s.stack->net, &net, NULL);
	tap(is("BOUND") && r && r->len == 0 && ipa_equal(&r->gateway, &IPA_V4(172, 16, 0, 1)),
		"RFC 3442: routes instead of the router; one to nowhere is left out");
	end();
}

static void test_naks(void)
{
	struct dhcp_msg q, m;
	unsigned naks = 0;
	nod_ns until;

	begin(&(struct nod_dhcp_client_conf){ .no_link_local = true });
	until = s.now + 600 * NOD_S;
	while (s.now < until) {
		station_pass(&s, 100 * NOD_MS);
		if (!says(&q, NULL))
			continue;
		m = reply(&q, q.type == DHCP_DISCOVER ? DHCP_OFFER : DHCP_NAK);
		naks += q.type == DHCP_REQUEST;
		answer(&m);
	}
	tap(naks > 5 && naks < 20, "(H71) ten minutes of NAK: asked %u times", naks);
	struct nod_dhcp_info i;
	nod_dhcp_client_state(s.stack, STATION_IF, &i);
	tap(i.link_local.family == NOD_UNSPEC, "no link-local address when none is wanted");
	end();

	begin(NULL);
	ask(&q);
	m = reply(&q, DHCP_NAK);
	m.server_id = IPA_V4(10, 0, 0, 66);
	answer(&m);
	tap(is("REQUESTING"), "a NAK of another server than the chosen one");
	m = reply(&q, DHCP_ACK);
	m.yiaddr = IPA_V4(10, 0, 0, 101);
	answer(&m);
	tap(is("REQUESTING"), "an ACK of another address than was asked for");
	station_pass(&s, 100 * NOD_S);
	tap(is("SELECTING"), "no ACK for long: from the beginning");
	end();
}

int main(void)
{
	test_lease();
	test_release();
	test_freed();
	test_silence();
	test_decline();
	test_reboot();
	test_bad_offers();
	test_sanity();
	test_naks();
	return tap_done();
}
