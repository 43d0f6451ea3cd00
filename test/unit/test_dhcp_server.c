/* SPDX-License-Identifier: ISC */
/* test_dhcp_server.c - addresses given out: the clients are the test, or a stack of their own */
#include "station.h"

#include <errno.h>

#include "application/dhcp_wire.h"

static const struct ipa self = IPA_V4_INIT(10, 0, 0, 1);
static const struct ipa everybody = IPA_V4_INIT(255, 255, 255, 255);

static struct station s;
static unsigned heard;

static struct nod_addr addr(const char *text)
{
	struct nod_addr a;

	nod_addr_parse(&a, text);
	return a;
}

static void begin(const struct nod_dhcp_server_conf *conf)
{
	station_begin(&s, &(struct nod_conf){ .seed = { 4 }, .no_ipv6 = true }, "10.0.0.1/24");
	heard = 0;
	tap(nod_dhcp_server_start(s.stack, STATION_IF, conf) == 0, "started");
}

static struct dhcp_msg word(enum dhcp_type type, unsigned who)
{
	return (struct dhcp_msg){ .op = DHCP_ASK, .type = (uint8_t)type, .xid = 7000 + who,
		.mac = { 2, 1, 0, 0, (uint8_t)(who >> 8), (uint8_t)who }, .ciaddr = IPA_ANY4,
		.yiaddr = IPA_ANY4, .siaddr = IPA_ANY4, .giaddr = IPA_ANY4, .server_id = IPA_ANY4,
		.requested = IPA_ANY4, .broadcast = IPA_ANY4 };
}

static void say(const struct dhcp_msg *m)
{
	uint8_t out[DHCP_LEN_MOST];
	struct wcur w = wcur_of(out, sizeof(out));

	if (dhcp_emit(m, &w) < 0)
		abort();
	station_hear_udp(&s, &(struct heard_udp){ .src = m->ciaddr, .dst = everybody,
		.src_port = DHCP_CLIENT_PORT, .dst_port = DHCP_SERVER_PORT, .data = out,
		.len = w.at });
}

/* The server's next word.  Its type, 0: silence. */
static uint8_t answered(struct dhcp_msg *m)
{
	const struct sent *t = station_sent_udp(&s, DHCP_CLIENT_PORT, heard);
	struct rcur r;

	if (!t)
		return 0;
	heard++;
	r = rcur_of(t->data + 8, t->len - 8);
	return dhcp_parse(m, &r) < 0 ? 0 : m->type;
}

static uint8_t ask(const struct dhcp_msg *q, struct dhcp_msg *m)
{
	say(q);
	return answered(m);
}

/* DISCOVER, OFFER, REQUEST, ACK: the address, any = refused. */
static struct ipa lease_to(unsigned who)
{
	struct dhcp_msg q = word(DHCP_DISCOVER, who), m;

	if (ask(&q, &m) != DHCP_OFFER)
		return IPA_ANY4;
	q.type = DHCP_REQUEST;
	q.requested = m.yiaddr;
	q.server_id = m.server_id;
	return ask(&q, &m) == DHCP_ACK ? m.yiaddr : IPA_ANY4;
}

static unsigned leases(const char *state)
{
	struct nod_dhcp_lease l;
	unsigned at = 0, n = 0;

	while (nod_dhcp_server_next(s.stack, STATION_IF, &at, &l) == 0)
		n += strcmp(l.state, state) == 0;
	return n;
}

static void test_lease(void)
{
	const struct nod_dhcp_server_conf conf = { .first = addr("10.0.0.10"),
		.last = addr("10.0.0.19"), .lease_s = 600, .n_dns = 1, .dns = { addr("10.0.0.1") },
		.domain = "lan", .mtu = 1400 };
	struct dhcp_msg q = word(DHCP_DISCOVER, 1), m;
	struct ipa first, again;

	begin(&conf);
	memcpy(q.hostname, "alice", 6);
	tap(ask(&q, &m) == DHCP_OFFER && m.op == DHCP_REPLY && m.xid == q.xid &&
			ipa_v4(&m.yiaddr) == 0x0a00000a && ipa_equal(&m.server_id, &self) &&
			memcmp(m.mac, q.mac, 6) == 0,
		"RFC 2131 4.3.1: an OFFER from the pool");
	tap(m.has_lease && m.lease_s == 600 && m.t1_s == 300 && m.t2_s == 525 && m.has_mask &&
			m.prefix_len == 24 && m.n_routers == 1 && ipa_equal(&m.router[0], &self) &&
			m.n_dns == 1 && strcmp(m.domain, "lan") == 0 && m.mtu == 1400 &&
			ipa_v4(&m.broadcast) == 0x0a0000ff,
		"mask, router, DNS, domain, MTU, times");
	tap(leases("offered") == 1, "held");
	q.type = DHCP_REQUEST;
	q.requested = m.yiaddr;
	q.server_id = self;
	tap(ask(&q, &m) == DHCP_ACK && ipa_v4(&m.yiaddr) == 0x0a00000a, "asked for: ACK");
	first = m.yiaddr;

	struct nod_dhcp_lease l;
	unsigned at = 0;
	tap(nod_dhcp_server_next(s.stack, STATION_IF, &at, &l) == 0 &&
			strcmp(l.state, "leased") == 0 && strcmp(l.hostname, "alice") == 0 &&
			l.until == s.now + 600 * NOD_S && l.mac[5] == 1,
		"known by name");
	again = lease_to(1);
	tap(ipa_equal(&first, &again) && leases("leased") == 1, "asks anew: the same");
	again = lease_to(2);
	tap(!ipa_is_any(&again) && !ipa_equal(&first, &again), "another client: another one");

	/* RENEWING */
	q = word(DHCP_REQUEST, 1);
	q.ciaddr = first;
	nod_neighbour_set(s.stack, STATION_IF, &l.addr, l.mac);
	tap(ask(&q, &m) == DHCP_ACK && ipa_equal(&m.yiaddr, &first), "renewed");
	q = word(DHCP_RELEASE, 1);
	q.ciaddr = first;
	q.server_id = self;
	tap(ask(&q, &m) == 0 && leases("leased") == 1, "RELEASE: free, and no answer");
	lease_to(3);
	again = lease_to(1);
	tap(ipa_equal(&first, &again), "and its own again when it comes back");
	station_pass(&s, 601 * NOD_S);
	tap(leases("leased") == 0, "leases end by themselves");
	again = lease_to(1);
	tap(ipa_equal(&first, &again), "and are remembered");
	station_end(&s);
}

static void test_requests(void)
{
	struct dhcp_msg q, m;
	struct ipa mine;

	begin(&(struct nod_dhcp_server_conf){ .first = addr("10.0.0.10"),
		.last = addr("10.0.0.19") });
	mine = lease_to(1);
	q = word(DHCP_REQUEST, 2);
	q.requested = mine;
	tap(ask(&q, &m) == DHCP_NAK && m.is_broadcast && !m.has_lease &&
			ipa_equal(&m.server_id, &self) && ipa_is_any(&m.yiaddr),
		"INIT-REBOOT of another one's: NAK");
	q.requested = ip("192.168.1.5");
	tap(ask(&q, &m) == DHCP_NAK, "RFC 2131 4.3.2: of another network: NAK");
	q.requested = ip("10.0.0.200");
	tap(ask(&q, &m) == DHCP_NAK, "outside of the pool: NAK");
	q.requested = self;
	tap(ask(&q, &m) == DHCP_NAK, "our own: NAK");
	q.requested = ip("10.0.0.15");
	tap(ask(&q, &m) == DHCP_ACK && ipa_equal(&m.yiaddr, &q.requested),
		"INIT-REBOOT of a free one: the lease of a server before us");
	q = word(DHCP_REQUEST, 3);
	q.requested = ip("10.0.0.16");
	q.server_id = self;
	tap(ask(&q, &m) == DHCP_NAK, "chosen, but never offered: NAK");
	q = word(DHCP_DISCOVER, 4);
	tap(ask(&q, &m) == DHCP_OFFER && leases("offered") == 1, "an offer");
	q.type = DHCP_REQUEST;
	q.requested = ip("10.0.0.99");
	q.server_id = ip("10.0.0.2");
	tap(ask(&q, &m) == 0 && leases("offered") == 0, "another server was chosen: it is free again");
	q = word(DHCP_DISCOVER, 5);
	ask(&q, &m);
	station_pass(&s, 61 * NOD_S);
	tap(leases("offered") == 0, "an offer that nobody takes ends");

	q = word(DHCP_DECLINE, 1);
	q.requested = mine;
	q.server_id = self;
	tap(ask(&q, &m) == 0 && leases("declined") == 1, "DECLINE: held back, no answer");
	q = word(DHCP_DISCOVER, 1);
	tap(ask(&q, &m) == DHCP_OFFER && !ipa_equal(&m.yiaddr, &mine), "and another one offered");
	q = word(DHCP_DECLINE, 9);
	q.requested = ip("10.0.0.15");
	q.server_id = self;
	ask(&q, &m);
	tap(leases("declined") == 1, "nobody declines what another one has");
	station_pass(&s, 601 * NOD_S);
	tap(leases("declined") == 0, "after ten minutes it is free");

	q = word(DHCP_INFORM, 6);
	q.ciaddr = ip("10.0.0.77");
	tap(ask(&q, &m) == 0, "INFORM: to its address, which has to be resolved first");
	struct nod_addr a = addr("10.0.0.77");
	nod_neighbour_set(s.stack, STATION_IF, &a, (uint8_t[]){ 2, 1, 0, 0, 0, 6 });
	station_pass(&s, NOD_S);
	heard = 0;
	while (answered(&m) && !ipa_equal(&m.ciaddr, &q.ciaddr))
		;
	tap(m.type == DHCP_ACK && ipa_is_any(&m.yiaddr) && !m.has_lease && m.n_routers == 1,
		"RFC 2131 4.3.5: no address, no lease");
	station_end(&s);
}

static void test_full(void)
{
	struct ipa got[12];
	unsigned n = 0;
	struct dhcp_msg q, m;

	begin(&(struct nod_dhcp_server_conf){ .first = addr("10.0.0.10"),
		.last = addr("10.0.0.19") });
	for (unsigned k = 0; k < 12; k++) {
		got[k] = lease_to(k);
		n += !ipa_is_any(&got[k]);
		for (unsigned j = 0; j < k; j++)
			if (!ipa_is_any(&got[k]) && ipa_equal(&got[j], &got[k]))
				n = 1000;
	}
	tap(n == 10 && station_count(&s, NOD_EV_DHCP_DROP_FULL) == 2,
		"ten addresses, twelve clients: two get none");
	for (unsigned k = 0; k < 5000; k++) {
		q = word(DHCP_DISCOVER, 100 + k);
		ask(&q, &m);
	}
	tap(leases("leased") == 10, "(H75) five thousand strangers change nothing");
	station_end(&s);
}

static void test_reservations(void)
{
	const struct nod_dhcp_reservation r[] = {
		{ .mac = { 2, 1, 0, 0, 0, 5 }, .addr = addr("10.0.0.12"), .hostname = "printer" },
		{ .mac = { 2, 1, 0, 0, 0, 6 }, .addr = addr("10.0.0.200") },
	};
	const struct nod_dhcp_server_conf conf = { .first = addr("10.0.0.10"),
		.last = addr("10.0.0.12"), .n_reservations = 2, .reservation = r };
	struct dhcp_msg q, m;
	struct ipa a;

	begin(&conf);
	a = lease_to(1);
	tap(ipa_v4(&a) == 0x0a00000a, "who has none");
	a = lease_to(2);
	tap(ipa_v4(&a) == 0x0a00000b, "who has none, too");
	a = lease_to(3);
	tap(ipa_is_any(&a), "a reserved one is for nobody else");
	q = word(DHCP_REQUEST, 3);
	q.requested = ip("10.0.0.12");
	tap(ask(&q, &m) == DHCP_NAK, "not even asked for by name");
	q = word(DHCP_DISCOVER, 5);
	q.id_len = 3;
	tap(ask(&q, &m) == DHCP_OFFER && ipa_v4(&m.yiaddr) == 0x0a00000c &&
			strcmp(m.hostname, "printer") == 0 && m.id_len == 3,
		"its own has it, whatever identifier it has, and its name");
	a = lease_to(6);
	tap(ipa_v4(&a) == 0x0a0000c8, "one outside of the pool");
	q = word(DHCP_REQUEST, 6);
	q.requested = ip("10.0.0.11");
	tap(ask(&q, &m) == DHCP_NAK, "and no other than that");
	station_end(&s);
}

static void test_refused(void)
{
	static const struct nod_dhcp_reservation outside = { .mac = { 2 },
		.addr = { .family = NOD_IPV4, .octet = { 192, 168, 1, 1 } } };
	struct dhcp_msg q, m;
	uint64_t before;

	begin(NULL);
	tap(nod_dhcp_server_start(s.stack, STATION_IF, NULL) == -EEXIST, "a second server");
	tap(nod_dhcp_server_stop(s.stack, STATION_IF) == 0 &&
			nod_dhcp_server_stop(s.stack, STATION_IF) == -ENOENT,
		"stopped once");
	static const struct {
		const char *name;
		const char *first, *last;
	} pools[] = {
		{ "a pool of another network", "192.168.0.1", "192.168.0.9" },
		{ "a pool that ends before it begins", "10.0.0.9", "10.0.0.3" },
		{ "a pool with the broadcast address", "10.0.0.9", "10.0.0.255" },
		{ "a pool with the network's", "10.0.0.0", "10.0.0.9" },
		{ "a pool of IPv6", "2001:db8::1", "2001:db8::9" },
	};
	for (unsigned k = 0; k < sizeof(pools) / sizeof(pools[0]); k++)
		tap(nod_dhcp_server_start(s.stack, STATION_IF,
			    &(struct nod_dhcp_server_conf){ .first = addr(pools[k].first),
				    .last = addr(pools[k].last) }) == -EINVAL,
			"refused: %s", pools[k].name);
	tap(nod_dhcp_server_start(s.stack, STATION_IF,
		    &(struct nod_dhcp_server_conf){ .n_reservations = 1,
			    .reservation = &outside }) == -EINVAL,
		"refused: a reservation of another network");
	tap(nod_dhcp_server_start(s.stack, STATION_IF,
		    &(struct nod_dhcp_server_conf){ .lease_s = 5 }) == -EINVAL,
		"refused: a lease of 5 s");
	tap(nod_dhcp_server_start(s.stack, 1, NULL) == -ENODEV &&
			nod_dhcp_server_start(s.stack, 9, NULL) == -ENODEV,
		"refused: interfaces that are none");
	tap(nod_dhcp_server_start(s.stack, STATION_IF, NULL) == 0, "and then a good one");
#define SILENT(name, type, ...)                                                            \
	do {                                                                               \
		before = station_count(&s, NOD_EV_DHCP_DROP_BAD);                          \
		q = word(type, 1);                                                         \
		__VA_ARGS__;                                                               \
		tap(ask(&q, &m) == 0 &&                                                    \
				station_count(&s, NOD_EV_DHCP_DROP_BAD) == before + 1,     \
			"%s", name);                                                       \
	} while (0)
	SILENT("a server's word", DHCP_DISCOVER, q.op = DHCP_REPLY);
	SILENT("by a relay", DHCP_DISCOVER, q.giaddr = IPA_V4(10, 0, 0, 3));
	SILENT("(H70) from a group's MAC", DHCP_DISCOVER, q.mac[0] = 1);
	SILENT("(H70) from nobody's MAC", DHCP_DISCOVER, memset(q.mac, 0, 6));
	SILENT("INFORM from another network", DHCP_INFORM, q.ciaddr = IPA_V4(9, 9, 9, 9));
	q = word(DHCP_OFFER, 1);
	tap(ask(&q, &m) == 0, "an OFFER of a client");
	lease_to(7);
	nod_interface_remove(s.stack, STATION_IF);
	nod_stack_poll(s.stack, s.now);
	tap(nod_dhcp_server_stop(s.stack, STATION_IF) == -ENOENT, "it goes with its interface");
	station_end(&s);
}

/* ---- a client of nod's own against it ---------------------------------------------- */

static struct nod_stack *host[3];
static nod_ns now;

static void carry(void)
{
	for (bool moved = true; moved;) {
		moved = false;
		for (unsigned h = 0; h < 3; h++) {
			struct nod_packet *p;

			nod_stack_poll(host[h], now);
			while (nod_stack_output(host[h], 2, &p, 1, now)) {
				uint8_t f[2048];
				struct iovec iov[7];
				size_t len = 0;
				int n = nod_packet_iov(p, iov);

				for (int k = 0; k < n; len += iov[k++].iov_len)
					memcpy(f + len, iov[k].iov_base, iov[k].iov_len);
				for (unsigned to = 0; to < 3; to++)
					if (to != h)
						nod_stack_input(host[to], 2,
							nod_packet_new(host[to], f, len), now);
				nod_packet_free(p);
				moved = true;
			}
		}
	}
}

static void run_for(nod_ns span)
{
	for (nod_ns until = now + span; now < until;) {
		nod_ns next = until;

		carry();
		for (unsigned h = 0; h < 3; h++)
			if (nod_stack_deadline(host[h]) < next)
				next = nod_stack_deadline(host[h]);
		now = next > now ? next : now + NOD_US;
	}
	carry();
}

static void test_both(void)
{
	struct nod_prefix gw;
	struct nod_dhcp_info a, b;

	now = 5 * NOD_S;
	nod_prefix_parse(&gw, "10.0.0.1/24");
	for (unsigned h = 0; h < 3; h++) {
		nod_stack_new(&(struct nod_conf){ .seed = { (uint8_t)(h + 1) } }, now, &host[h]);
		nod_interface_add(host[h], &(struct nod_interface_conf){
			.mac = { 2, 0, 0, 0, 0, (uint8_t)(h + 1) } });
	}
	nod_address_add(host[0], 2, &gw, NOD_ADDRESS_AT_ONCE);
	nod_dhcp_server_start(host[0], 2, &(struct nod_dhcp_server_conf){
		.first = addr("10.0.0.10"), .last = addr("10.0.0.20"), .lease_s = 120 });
	nod_dhcp_client_start(host[1], 2, NULL);
	nod_dhcp_client_start(host[2], 2, NULL);
	run_for(12 * NOD_S);
	nod_dhcp_client_state(host[1], 2, &a);
	nod_dhcp_client_state(host[2], 2, &b);
	tap(strcmp(a.state, "BOUND") == 0 && strcmp(b.state, "BOUND") == 0 &&
			!nod_addr_equal(&a.prefix.addr, &b.prefix.addr),
		"two clients of nod's own are bound within 12 s");
	run_for(3600 * NOD_S);
	struct nod_dhcp_info later;
	nod_dhcp_client_state(host[1], 2, &later);
	tap(strcmp(later.state, "BOUND") == 0 || strcmp(later.state, "RENEWING") == 0,
		"an hour later still");
	tap(nod_addr_equal(&a.prefix.addr, &later.prefix.addr), "with the same address");
	tap(nod_stack_count(host[1], NOD_EV_DHCP_LEASE) >= 50 &&
			nod_stack_count(host[1], NOD_EV_DHCP_LEASE) <= 70,
		"renewed every minute");
	nod_dhcp_server_stop(host[0], 2);
	run_for(130 * NOD_S);
	nod_dhcp_client_state(host[1], 2, &later);
	tap(later.prefix.addr.family == NOD_UNSPEC, "without its server the lease ends");
	run_for(20 * NOD_S);
	nod_dhcp_client_state(host[1], 2, &a);
	nod_dhcp_client_state(host[2], 2, &b);
	tap(a.link_local.family == NOD_IPV4 && b.link_local.family == NOD_IPV4 &&
			!nod_addr_equal(&a.link_local, &b.link_local),
		"RFC 3927: both have addresses of their own choice");
	for (unsigned h = 0; h < 3; h++) {
		struct nod_stack_use use;

		nod_stack_use(host[h], &use);
		tap(use.packets == 0, "every packet came home");
		nod_stack_free(host[h]);
	}
}

int main(void)
{
	test_lease();
	test_requests();
	test_full();
	test_reservations();
	test_refused();
	test_both();
	return tap_done();
}
