/* SPDX-License-Identifier: ISC */
/* test_first_hop.c - two routers with a prefix each: which source, and by which (RFC 8028) */
#include "station.h"

#include <netinet/in.h>

#include "network/nd_wire.h"

static struct station s;

static const uint8_t mac_a[6] = { 2, 0, 0, 0, 0, 0xa }, mac_b[6] = { 2, 0, 0, 0, 0, 0xb };

/* An advertisement of the router fe80::@letter with the prefix 2001:db8:@letter::/64. */
static void advertise(uint8_t letter, uint16_t lifetime_s, uint8_t preference)
{
	uint8_t m[200];
	struct wcur w = wcur_of(m, sizeof(m));
	struct ipa src = ip("fe80::"), all = ip("ff02::1");
	struct nd_msg ra = { .type = ND_ROUTER_ADVERT,
		.lifetime_s = lifetime_s,
		.has_source_mac = true,
		.source_mac = { 2, [5] = letter },
		.n_prefixes = 1,
		.prefix = { { .prefix = ip("2001:db8::"),
			.len = 64,
			.on_link = true,
			.autonomous = true,
			.valid_s = 86400,
			.preferred_s = 14400 } } };
	uint16_t sum;

	src.o[15] = ra.prefix[0].prefix.o[5] = letter;
	if (nd_emit(&ra, &w) < 0)
		abort();
	m[5] = (uint8_t)(preference << 3);
	sum = checksum_end(
		checksum_add(ip_pseudo(&src, &all, IP_PROTO_ICMPV6, (uint32_t)w.at), m, w.at));
	m[2] = (uint8_t)(sum >> 8);
	m[3] = (uint8_t)sum;
	station_hear(&s,
		&(struct heard){ .src = src,
			.dst = all,
			.protocol = IP_PROTO_ICMPV6,
			.ttl = 255,
			.data = m,
			.len = w.at });
}

static void neighbour(uint8_t letter)
{
	struct nod_addr a = { .family = NOD_IPV6, .octet = { 0xfe, 0x80, [15] = letter } };
	uint8_t mac[6] = { 2, [5] = letter };

	nod_neighbour_set(s.stack, STATION_IF, &a, mac);
}

/* Our own address with the prefix of @letter. */
static struct ipa own(uint8_t letter)
{
	struct nod_address_info a;
	struct ipa out = IPA_ANY6;

	for (unsigned k = 0; nod_address_at(s.stack, k, &a) == 0; k++)
		if (a.prefix.addr.family == NOD_IPV6 && a.prefix.addr.octet[0] == 0x20 &&
			a.prefix.addr.octet[5] == letter)
			memcpy(out.o, a.prefix.addr.octet, 16);
	return out;
}

static struct sockaddr_in6 name_of(const struct ipa *a, uint16_t port)
{
	struct sockaddr_in6 n = { .sin6_family = AF_INET6, .sin6_port = nod_htons(port) };

	memcpy(&n.sin6_addr, a->o, 16);
	return n;
}

/* Where a datagram to the world from @src goes; NULL: not sent. */
static const struct sent *sends(const struct ipa *src, bool is_connected)
{
	struct ipa world = ip("2001:db9::1");
	struct sockaddr_in6 from = name_of(src, 0), to = name_of(&world, 9);
	int fd = nod_socket(s.stack, AF_INET6, SOCK_DGRAM, 0);
	unsigned before = s.n;

	if (!ipa_is_any(src))
		nod_bind(s.stack, fd, (struct sockaddr *)&from, sizeof(from));
	if (is_connected)
		nod_connect(s.stack, fd, (struct sockaddr *)&to, sizeof(to));
	for (unsigned k = 0; k < 2; k++) /* found anew, and as it was kept */
		nod_sendto(s.stack, fd, "x", 1, 0, is_connected ? NULL : (struct sockaddr *)&to,
			is_connected ? 0 : sizeof(to));
	station_pass(&s, NOD_MS);
	nod_close(s.stack, fd);
	if (s.n != before + 2 || memcmp(s.sent[before].mac, s.sent[before + 1].mac, 6) != 0)
		return NULL;
	return &s.sent[before];
}

static bool goes_by(const struct ipa *src, const uint8_t mac[6], uint8_t letter)
{
	for (int is_connected = 0; is_connected < 2; is_connected++) {
		const struct sent *t = sends(src, is_connected);

		if (!t || memcmp(t->mac, mac, 6) != 0 || t->src.o[5] != letter)
			return false;
	}
	return true;
}

int main(void)
{
	struct ipa none = IPA_ANY6, a, b;

	station_begin(&s, &(struct nod_conf){ .seed = { 8 }, .no_privacy = true }, NULL);
	neighbour(0xa);
	neighbour(0xb);
	advertise(0xa, 1800, 0);
	advertise(0xb, 1800, 0);
	station_pass(&s, 5 * NOD_S);
	a = own(0xa);
	b = own(0xb);
	tap(!ipa_is_any(&a) && !ipa_is_any(&b), "an address of each router's prefix");
	tap(goes_by(&a, mac_a, 0xa), "from the first one's by the first one");
	tap(goes_by(&b, mac_b, 0xb), "from the other one's by the other one");
	advertise(0xa, 1800, 1); /* high */
	tap(goes_by(&none, mac_a, 0xa),
		"RFC 6724 rule 5.5: the better router, a source of its prefix");
	advertise(0xa, 1800, 3); /* low */
	tap(goes_by(&none, mac_b, 0xb), "and when the other one is better, one of that");
	tap(goes_by(&a, mac_a, 0xa), "who is bound is not moved by that");
	advertise(0xa, 0, 0);
	tap(goes_by(&a, mac_b, 0xa), "a router that is none any more is not sent to");
	tap(goes_by(&b, mac_b, 0xb), "the other one still is");
	station_end(&s);
	return tap_done();
}
