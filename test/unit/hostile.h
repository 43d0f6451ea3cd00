/* SPDX-License-Identifier: ISC */
/*
 * hostile.h - a whole stack that is told what strangers may send, and must go on serving
 *
 *	eth0	10.0.0.1/24 and 2001:db8::1/64, an echo service on UDP port 7 for both families
 *	peer	10.0.0.2, 2001:db8::2 and fe80::2, MAC 02::2: who sends what is hostile
 *	honest	10.0.0.9, 2001:db8::9, MAC 02::9: is served, before, between and afterwards
 *
 * Rows are frames in hex with checksums made here (mend.h), the event by which the stack says what
 * it made of them, and its answer.  Each row is a test: the event is counted, the answer is that
 * and nothing else, the limits hold, and the honest one still has a ping and a datagram answered.
 *
 * Neighbours: station.h; docs/requirements/hostile.tsv (what H07 and the others are).
 */
#ifndef NOD_TEST_HOSTILE_H
#define NOD_TEST_HOSTILE_H

#include <errno.h>
#include <netinet/in.h>

#include "base/poison.h"
#include "hex.h"
#include "mend.h"
#include "network/icmp_wire.h"
#include "network/nd_wire.h"
#include "station.h"

/* Pieces of rows.  MACs: to us, from the peer. */
#define TO_US	 "020000000001 020000000002 "
#define TO_ALL	 "ffffffffffff 020000000002 "
#define TO_GROUP "333300000001 020000000002 "
#define US4	 "0a000001 "
#define PEER4	 "0a000002 "
#define US6	 "20010db8000000000000000000000001 "
#define PEER6	 "20010db8000000000000000000000002 "
#define PEER_LL	 "fe800000000000000000000000000002 "
#define ALL6	 "ff020000000000000000000000000001 "
/* Headers, all of 4 hex digits but @proto (2): total or payload length, flags and offset. */
#define IP4_OF(len, id, frag, proto, src, dst) \
	"0800 4500" len id frag "40" proto "0000 " src dst
#define IP4(len, frag, proto)		  TO_US IP4_OF(len, "1234", frag, proto, PEER4, US4)
#define IP6_OF(len, next, hops, src, dst) "86dd 60000000 " len next hops src dst
#define IP6(len, next)			  TO_US IP6_OF(len, next, "40 ", PEER6, US6)
#define UDP_TO(port, len)		  "1388" port len "0000 "
#define EIGHT				  "0102030405060708 "

#define AS_IS "="

/* Answers: an ICMP message's family, type and code. */
#define SILENCE	    0
#define ICMP4(t, c) (0x40000 | (t) << 8 | (c))
#define ICMP6(t, c) (0x60000 | (t) << 8 | (c))
#define ANSWERS_UDP 0x70000

struct hostile_row {
	const char *name;
	const char *hex; /* frames, parted by "|"; checksums are made unless AS_IS stands first */
	enum nod_event_kind why;
	int answer;
};

struct victim {
	struct station s;
	int fd;
	uint64_t n_served;
};

static const uint8_t honest_mac[6] = { 2, 0, 0, 0, 0, 9 };

static inline void victim_must(bool ok, const char *what)
{
	if (!ok) {
		printf("Bail out! no %s\n", what);
		exit(99);
	}
}

/* A frame as it is, with nothing readable behind it. */
static inline void victim_hears_as(
	struct victim *v, unsigned interface, const void *octets, size_t len)
{
	struct nod_packet *packet = nod_packet_new(v->s.stack, octets, len);
	struct pkt *p = (struct pkt *)(void *)packet;

	if (p)
		POISON(p->data + p->lin, pkt_tailroom(p));
	nod_stack_input(v->s.stack, interface, packet, v->s.now);
	nod_stack_poll(v->s.stack, v->s.now);
	station_drain(&v->s);
}

static inline void victim_hears(struct victim *v, uint8_t *octets, size_t len)
{
	mend(octets, len);
	victim_hears_as(v, STATION_IF, octets, len);
}

static inline void victim_hears_hex(struct victim *v, const char *hex)
{
	bool as_is = *hex == AS_IS[0];

	hex += as_is;
	for (const char *end; *hex; hex = *end ? end + 1 : end) {
		char one[8192];
		uint8_t *octets;
		size_t len;

		end = hex + strcspn(hex, "|");
		victim_must((size_t)(end - hex) < sizeof(one), "room for a row");
		memcpy(one, hex, (size_t)(end - hex));
		one[end - hex] = 0;
		octets = from_hex(one, &len);
		if (as_is)
			victim_hears_as(v, STATION_IF, octets, len);
		else
			victim_hears(v, octets, len);
		free(octets);
	}
}

/* The echo service: what has come goes back to its sender. */
static inline void victim_serve(struct victim *v)
{
	uint8_t buf[2048];
	struct sockaddr_in6 from;
	socklen_t len = sizeof(from);
	ssize_t n;

	while ((n = nod_recvfrom(v->s.stack, v->fd, buf, sizeof(buf), 0,
			(struct sockaddr *)&from, &len)) != -EAGAIN) {
		if (n >= 0)
			nod_sendto(v->s.stack, v->fd, buf, (size_t)n, 0,
				(struct sockaddr *)&from, len);
		len = sizeof(from);
	}
	nod_stack_poll(v->s.stack, v->s.now);
	station_drain(&v->s);
}

static inline bool victim_sent(
	const struct victim *v, unsigned from, const char *dst, uint8_t protocol, uint8_t first)
{
	struct ipa to = ip(dst);

	for (unsigned k = from; k < v->s.n; k++) {
		const struct sent *t = &v->s.sent[k];

		if (ipa_equal(&t->dst, &to) && t->protocol == protocol && t->len >= 8 &&
			t->data[0] == first && memcmp(t->mac, honest_mac, 6) == 0)
			return true;
	}
	return false;
}

/* The honest one asks by ARP or a solicitation, then for echoes by ICMP and by UDP. */
static inline bool victim_serves(struct victim *v)
{
	static const char *const said[] = {
		"ffffffffffff 020000000009 0806 0001 0800 0604 0001 020000000009 0a000009 "
		"000000000000 0a000001",
		"020000000001 020000000009 0800 4500 0024 0001 0000 4001 0000 0a000009 0a000001 "
		"0800 0000 7777 0001 " EIGHT,
		"020000000001 020000000009 0800 4500 0024 0002 0000 4011 0000 0a000009 0a000001 "
		"1388 0007 0010 0000 " EIGHT,
		"3333ff000001 020000000009 86dd 60000000 0020 3a ff "
		"20010db8000000000000000000000009 ff0200000000000000000001ff000001 "
		"8700 0000 00000000 20010db8000000000000000000000001 0101 020000000009",
		"020000000001 020000000009 86dd 60000000 0010 3a 40 "
		"20010db8000000000000000000000009 20010db8000000000000000000000001 "
		"8000 0000 7777 0001 " EIGHT,
		"020000000001 020000000009 86dd 60000000 0010 11 40 "
		"20010db8000000000000000000000009 20010db8000000000000000000000001 "
		"1388 0007 0010 0000 " EIGHT,
	};
	unsigned from = v->s.n;
	bool ok = true;

	victim_serve(v); /* what the hostile ones sent is out of the way */
	for (unsigned k = 0; k < sizeof(said) / sizeof(said[0]); k++)
		victim_hears_hex(v, said[k]);
	victim_serve(v);
	ok = victim_sent(v, from, "10.0.0.9", IPPROTO_ICMP, ICMPV4_ECHO_REPLY) &&
		victim_sent(v, from, "10.0.0.9", IPPROTO_UDP, 0) &&
		victim_sent(v, from, "2001:db8::9", IPPROTO_ICMPV6, ICMPV6_ECHO_REPLY) &&
		victim_sent(v, from, "2001:db8::9", IPPROTO_UDP, 0);
	if (!ok)
		printf("# the honest one is not served any more\n");
	v->n_served++;
	return ok;
}

/* No table, no memory beyond its limit. */
static inline bool victim_keeps_limits(struct victim *v)
{
	const struct nod_conf *c = nod_stack_conf(v->s.stack);
	struct nod_stack_use use;
	bool ok;

	nod_stack_use(v->s.stack, &use);
	ok = use.memory_octets <= c->memory_octets && use.neighbours <= c->neighbours &&
		use.reassemblies <= c->reassemblies && use.routes <= c->routes;
	if (!ok)
		printf("# memory %zu, neighbours %u, reassemblies %u, routes %u\n",
			use.memory_octets, use.neighbours, use.reassemblies, use.routes);
	return ok;
}

static inline void victim_neighbour(struct victim *v, const char *addr)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 2 };
	struct nod_addr a;

	nod_addr_parse(&a, addr);
	victim_must(nod_neighbour_set(v->s.stack, STATION_IF, &a, mac) == 0, "neighbour");
}

/* @conf may be NULL. */
static inline void victim_begin(struct victim *v, const struct nod_conf *conf)
{
	const struct nod_conf plain = { .seed = { 11 }, .memory_octets = 8 << 20 };
	const struct sockaddr_in6 echo = { .sin6_family = AF_INET6, .sin6_port = htons(7) };
	struct nod_prefix p;

	*v = (struct victim){ 0 };
	station_begin(&v->s, conf ? conf : &plain, "10.0.0.1/24");
	nod_prefix_parse(&p, "2001:db8::1/64");
	victim_must(nod_address_add(v->s.stack, STATION_IF, &p, NOD_ADDRESS_AT_ONCE) == 0,
		"address");
	victim_neighbour(v, "10.0.0.2");
	victim_neighbour(v, "2001:db8::2");
	victim_neighbour(v, "fe80::2");
	v->fd = nod_socket(v->s.stack, AF_INET6, SOCK_DGRAM, 0);
	victim_must(
		nod_bind(v->s.stack, v->fd, (const struct sockaddr *)&echo, sizeof(echo)) == 0,
		"echo service");
	station_pass(&v->s, 60 * NOD_S); /* reports and solicitations have been said */
	station_forget(&v->s);
	victim_must(victim_serves(v), "service");
}

/* Time goes by, nothing is kept, and the service is still there. */
static inline void victim_end(struct victim *v)
{
	struct nod_stack_use use;

	station_pass(&v->s, 300 * NOD_S);
	victim_serve(v);
	tap(victim_keeps_limits(v) && victim_serves(v), "and served in the end");
	nod_close(v->s.stack, v->fd);
	station_pass(&v->s, 300 * NOD_S);
	nod_stack_use(v->s.stack, &use);
	tap(use.reassemblies == 0 && use.sockets == 0, "nothing is kept");
	station_end(&v->s);
}

/* What left since @from: nothing, or this ICMP message alone. */
static inline bool victim_answered(const struct victim *v, unsigned from, int answer)
{
	const struct sent *t = &v->s.sent[from];
	unsigned n = v->s.n - from;
	bool ok;

	if (answer == SILENCE)
		ok = n == 0;
	else if (answer == ANSWERS_UDP)
		ok = n == 1 && t->protocol == IPPROTO_UDP;
	else
		ok = n == 1 && t->len >= 8 &&
			t->protocol == (answer >> 16 == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6) &&
			t->data[0] == (answer >> 8 & 0xff) && t->data[1] == (answer & 0xff);
	for (unsigned k = from; !ok && k < v->s.n; k++)
		printf("# sent protocol %u, %u/%u, %zu octets\n", v->s.sent[k].protocol,
			v->s.sent[k].data[0], v->s.sent[k].data[1], v->s.sent[k].len);
	return ok;
}

static inline void victim_is_told(struct victim *v, const struct hostile_row *r)
{
	uint64_t before = station_count(&v->s, r->why);
	unsigned from = v->s.n;
	bool ok;

	victim_hears_hex(v, r->hex);
	victim_serve(v);
	ok = victim_answered(v, from, r->answer);
	if (r->why != NOD_EV_N && station_count(&v->s, r->why) == before) {
		printf("# not counted: %s\n", nod_event_name(r->why));
		for (unsigned k = 0; k < NOD_EV_N; k++)
			if (nod_event_class((enum nod_event_kind)k) == NOD_EVENT_DROP &&
				station_count(&v->s, (enum nod_event_kind)k))
				printf("#   there is %s\n",
					nod_event_name((enum nod_event_kind)k));
		ok = false;
	}
	ok = victim_keeps_limits(v) && ok;
	tap(victim_serves(v) && ok, "%s", r->name);
	station_pass(&v->s, 2 * NOD_S); /* there are tokens again for the next error */
	station_forget(&v->s);
}

#define VICTIM_IS_TOLD(v, rows) \
	do { \
		for (size_t k_ = 0; k_ < sizeof(rows) / sizeof((rows)[0]); k_++) \
			victim_is_told(v, &(rows)[k_]); \
	} while (0)

#endif
