/* SPDX-License-Identifier: ISC */
/*
 * test_udp.c - datagrams as strangers send them, ports as strangers see them
 *
 * Frames are made by hand and put before a stack.  RFC 1122 4.1 (UDP-1..UDP-5), the hostile rows
 * H34, H35 and H51.
 */
#include "tap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/base/checksum.h"
#include "nod/nod.h"

static struct nod_stack *s;
static nod_ns now = NOD_S;

static const uint8_t own_mac[6] = { 2, 0, 0, 0, 0, 1 }, peer_mac[6] = { 2, 0, 0, 0, 0, 2 };

static void begin(void)
{
	struct nod_conf conf = { .seed = { 7 } };
	struct nod_interface_conf i = { .mac = { 2, 0, 0, 0, 0, 1 } };
	struct nod_addr peer;
	struct nod_prefix p;

	nod_stack_new(&conf, now, &s);
	nod_interface_add(s, &i);
	nod_prefix_parse(&p, "10.0.0.1/24");
	nod_address_add(s, 2, &p, NOD_ADDRESS_AT_ONCE);
	nod_prefix_parse(&p, "2001:db8::1/64");
	nod_address_add(s, 2, &p, NOD_ADDRESS_AT_ONCE);
	nod_addr_parse(&peer, "10.0.0.2");
	nod_neighbour_set(s, 2, &peer, peer_mac);
	nod_addr_parse(&peer, "2001:db8::2");
	nod_neighbour_set(s, 2, &peer, peer_mac);
}

/* What the stack sends; how many frames are ICMP errors. */
static unsigned errors_sent(void)
{
	struct nod_packet *p[16];
	unsigned n, errors = 0;

	nod_stack_poll(s, now);
	while ((n = nod_stack_output(s, 2, p, 16, now)) > 0) {
		for (unsigned i = 0; i < n; i++) {
			uint8_t f[64] = { 0 };
			struct iovec iov[7];

			nod_packet_iov(p[i], iov);
			memcpy(f, iov[0].iov_base, iov[0].iov_len < 64 ? iov[0].iov_len : 64);
			errors += (f[12] == 0x08 && f[23] == 1 && f[34] == 3) ||
				(f[12] == 0x86 && f[20] == 58 && f[54] == 1);
			nod_packet_free(p[i]);
		}
	}
	return errors;
}

struct datagram {
	bool is_v6;
	const char *src, *dst;
	uint16_t from, to;
	int len;     /* the length field; -1: what is right */
	int payload; /* octets that are there */
	int sum;     /* -1: right, else as it is */
	int padding; /* octets behind the packet */
	bool to_all; /* in a broadcast frame */
};

static void put(const struct datagram *d)
{
	uint8_t f[2048] = { 0 }, pseudo[40] = { 0 };
	size_t hdr = d->is_v6 ? 40 : 20, udp_len = 8 + (size_t)d->payload,
	       n = 14 + hdr + udp_len;
	uint8_t *ip = f + 14, *udp = ip + hdr;
	uint16_t field = (uint16_t)(d->len < 0 ? (int)udp_len : d->len);
	uint64_t sum;
	uint16_t right;

	memcpy(f, own_mac, 6);
	if (d->to_all)
		memset(f, 0xff, 6);
	memcpy(f + 6, peer_mac, 6);
	if (d->is_v6) {
		f[12] = 0x86;
		f[13] = 0xdd;
		ip[0] = 0x60;
		ip[4] = (uint8_t)(udp_len >> 8);
		ip[5] = (uint8_t)udp_len;
		ip[6] = 17;
		ip[7] = 64;
		inet_pton(AF_INET6, d->src, ip + 8);
		inet_pton(AF_INET6, d->dst, ip + 24);
		sum = checksum_add(0, ip + 8, 32);
	} else {
		f[12] = 0x08;
		ip[0] = 0x45;
		ip[2] = (uint8_t)((hdr + udp_len) >> 8);
		ip[3] = (uint8_t)(hdr + udp_len);
		ip[8] = 64;
		ip[9] = 17;
		inet_pton(AF_INET, d->src, ip + 12);
		inet_pton(AF_INET, d->dst, ip + 16);
		sum = checksum_add(0, ip + 12, 8);
		right = checksum_end(checksum_add(0, ip, 20));
		ip[10] = (uint8_t)(right >> 8);
		ip[11] = (uint8_t)right;
	}
	udp[0] = (uint8_t)(d->from >> 8);
	udp[1] = (uint8_t)d->from;
	udp[2] = (uint8_t)(d->to >> 8);
	udp[3] = (uint8_t)d->to;
	udp[4] = (uint8_t)(field >> 8);
	udp[5] = (uint8_t)field;
	for (int i = 0; i < d->payload; i++)
		udp[8 + i] = (uint8_t)(i + 1);
	pseudo[1] = 17;
	pseudo[2] = (uint8_t)(udp_len >> 8);
	pseudo[3] = (uint8_t)udp_len;
	sum = checksum_add(checksum_add(sum, pseudo, 4), udp, udp_len);
	right = d->sum < 0 ? checksum_end(sum) : (uint16_t)d->sum;
	udp[6] = (uint8_t)(right >> 8);
	udp[7] = (uint8_t)right;
	nod_stack_input(s, 2, nod_packet_new(s, f, n + (size_t)d->padding), now);
}

#define V4 false, "10.0.0.2", "10.0.0.1"
#define V6 true, "2001:db8::2", "2001:db8::1"

static const struct {
	const char *name;
	struct datagram d;
	int received; /* octets, or -EAGAIN */
	unsigned errors;
	enum nod_event_kind drop; /* NOD_EV_N: none */
} rows[] = {
	{ "IPv4", { V4, 9, 700, -1, 5, -1, 0, 0 }, 5, 0, NOD_EV_N },
	{ "IPv6", { V6, 9, 700, -1, 5, -1, 0, 0 }, 5, 0, NOD_EV_N },
	{ "an empty one", { V4, 9, 700, -1, 0, -1, 0, 0 }, 0, 0, NOD_EV_N },
	{ "the link's padding is none of it", { V4, 9, 700, -1, 3, -1, 15, 0 }, 3, 0,
		NOD_EV_N },
	{ "IPv4 without a checksum", { V4, 9, 700, -1, 5, 0, 0, 0 }, 5, 0, NOD_EV_N },
	{ "from port 0: nobody is to answer", { V4, 0, 700, -1, 5, -1, 0, 0 }, 5, 0, NOD_EV_N },
	{ "IPv6 without a checksum (UDP-2, H34)", { V6, 9, 700, -1, 5, 0, 0, 0 }, -EAGAIN, 0,
		NOD_EV_UDP_DROP_NO_CHECKSUM },
	{ "a wrong checksum (UDP-1, H34)", { V4, 9, 700, -1, 5, 0x1234, 0, 0 }, -EAGAIN, 0,
		NOD_EV_UDP_DROP_CHECKSUM },
	{ "IPv6, a wrong checksum", { V6, 9, 700, -1, 5, 0x1234, 0, 0 }, -EAGAIN, 0,
		NOD_EV_UDP_DROP_CHECKSUM },
	{ "length 0 (UDP-5, H34)", { V4, 9, 700, 0, 5, -1, 0, 0 }, -EAGAIN, 0,
		NOD_EV_UDP_DROP_SHORT },
	{ "length 7 (UDP-5, H34)", { V4, 9, 700, 7, 5, -1, 0, 0 }, -EAGAIN, 0,
		NOD_EV_UDP_DROP_SHORT },
	{ "a length beyond the packet (UDP-5, H34)", { V4, 9, 700, 14, 5, -1, 0, 0 }, -EAGAIN,
		0, NOD_EV_UDP_DROP_SHORT },
	{ "the longest length", { V4, 9, 700, 65535, 5, -1, 0, 0 }, -EAGAIN, 0,
		NOD_EV_UDP_DROP_SHORT },
	{ "IPv6, length 0: no jumbogram", { V6, 9, 700, 0, 5, -1, 0, 0 }, -EAGAIN, 0,
		NOD_EV_UDP_DROP_SHORT },
	{ "to port 0 (H34)", { V4, 9, 0, -1, 5, -1, 0, 0 }, -EAGAIN, 0,
		NOD_EV_UDP_DROP_PORT_ZERO },
	{ "nobody listens (UDP-3)", { V4, 9, 701, -1, 5, -1, 0, 0 }, -EAGAIN, 1,
		NOD_EV_UDP_DROP_NO_PORT },
	{ "IPv6, nobody listens (UDP-3)", { V6, 9, 701, -1, 5, -1, 0, 0 }, -EAGAIN, 1,
		NOD_EV_UDP_DROP_NO_PORT },
	{ "nobody listens, wrong checksum: no answer", { V4, 9, 701, -1, 5, 77, 0, 0 }, -EAGAIN,
		0, NOD_EV_UDP_DROP_CHECKSUM },
	{ "nobody hears a broadcast: no answer",
		{ false, "10.0.0.2", "10.0.0.255", 9, 701, -1, 5, -1, 0, true }, -EAGAIN, 0,
		NOD_EV_UDP_DROP_NO_PORT },
	{ "a broadcast that is heard",
		{ false, "10.0.0.2", "10.0.0.255", 9, 700, -1, 5, -1, 0, true }, 5, 0,
		NOD_EV_N },
	{ "from the broadcast address (H35)",
		{ false, "10.0.0.255", "10.0.0.1", 7, 700, -1, 5, -1, 0, 0 }, -EAGAIN, 0,
		NOD_EV_IP4_DROP_SOURCE },
	{ "from ourselves (H35)", { false, "10.0.0.1", "10.0.0.1", 7, 700, -1, 5, -1, 0, 0 },
		-EAGAIN, 0, NOD_EV_IP4_DROP_LAND },
};

static void strangers(void)
{
	int fd = nod_socket(s, AF_INET6, SOCK_DGRAM, 0);
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons(700) };

	nod_bind(s, fd, (struct sockaddr *)&any, sizeof(any));
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t before = nod_stack_count(s, rows[i].drop);
		unsigned errors;
		uint8_t buf[64];
		ssize_t n;

		now += NOD_S;
		put(&rows[i].d);
		n = nod_recv(s, fd, buf, sizeof(buf), 0);
		errors = errors_sent();
		tap(n == rows[i].received && errors == rows[i].errors &&
				(rows[i].drop == NOD_EV_N ||
					nod_stack_count(s, rows[i].drop) == before + 1),
			"%s (%zd, %u)", rows[i].name, n, errors);
	}
	nod_setsockopt(s, fd, IPPROTO_UDP, UDP_NO_CHECK6_RX, &(int){ 1 }, sizeof(int));
	put(&(struct datagram){ V6, 9, 700, -1, 5, 0, 0, 0 });
	tap(nod_recv(s, fd, &(uint8_t[9]){ 0 }, 9, 0) == 5,
		"IPv6 without a checksum, for a tunnel that asked for it (RFC 6935)");
	nod_close(s, fd);
}

/* A queue has an end, and what is behind it loses. */
static void full(void)
{
	int fd = nod_socket(s, AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(700) };
	struct nod_stack_use use;
	unsigned kept = 0;
	uint8_t buf[9];

	nod_bind(s, fd, (struct sockaddr *)&any, sizeof(any));
	for (int i = 0; i < 5000; i++)
		put(&(struct datagram){ V4, 9, 700, -1, 1, -1, 0, 0 });
	tap(nod_stack_count(s, NOD_EV_UDP_DROP_FULL) > 4000, "a full queue drops the newest");
	nod_stack_use(s, &use);
	tap(use.packets < 1000, "and holds no more memory than SO_RCVBUF says (%zu packets)",
		use.packets);
	while (nod_recv(s, fd, buf, sizeof(buf), 0) == 1)
		kept++;
	tap(kept + nod_stack_count(s, NOD_EV_UDP_DROP_FULL) == 5000, "none is lost uncounted");
	nod_close(s, fd);
}

/* Several sockets on one port that asked for it share what comes, each flow always to one. */
static void share(void)
{
	enum { N = 8, FLOWS = 4000 };
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(700) };
	unsigned got[N] = { 0 };
	int fd[N], again = 0;
	uint8_t buf[9];

	for (int i = 0; i < N; i++) {
		fd[i] = nod_socket(s, AF_INET, SOCK_DGRAM, 0);
		nod_setsockopt(s, fd[i], SOL_SOCKET, SO_REUSEPORT, &(int){ 1 }, sizeof(int));
		nod_bind(s, fd[i], (struct sockaddr *)&any, sizeof(any));
	}
	for (int flow = 1; flow <= FLOWS; flow++) {
		int first = -1;

		for (int twice = 0; twice < 2; twice++) {
			put(&(struct datagram){ V4, (uint16_t)flow, 700, -1, 1, -1, 0, 0 });
			for (int i = 0; i < N; i++) {
				if (nod_recv(s, fd[i], buf, sizeof(buf), 0) != 1)
					continue;
				got[i]++;
				again += first == i;
				first = i;
			}
		}
	}
	tap(again == FLOWS, "SO_REUSEPORT: a flow stays with its socket (%d)", again);
	for (int i = 0; i < N; i++) {
		tap(got[i] > 2 * FLOWS / N / 2 && got[i] < 2 * FLOWS / N * 2,
			"SO_REUSEPORT: socket %d has its share (%u)", i, got[i]);
		nod_close(s, fd[i]);
	}
}

/* RFC 6056: ports that nobody can tell (H51). */
static void ports(void)
{
	enum { N = 1000, ALL = 28232 };
	static uint8_t seen[65536];
	int near = 0, last = 0, twice = 0, bad = 0, fd[N];

	for (int i = 0; i < N; i++) {
		struct sockaddr_in a = { .sin_family = AF_INET };
		socklen_t len = sizeof(a);
		int port;

		fd[i] = nod_socket(s, AF_INET, SOCK_DGRAM, 0);
		nod_bind(s, fd[i], (struct sockaddr *)&a, sizeof(a));
		nod_getsockname(s, fd[i], (struct sockaddr *)&a, &len);
		port = ntohs(a.sin_port);
		near += abs(port - last) <= 16;
		twice += seen[port]++;
		bad += port < 32768 || port > 60999;
		last = port;
	}
	tap(near < 12, "1,000 ports: neighbours are not more often than by chance (%d)", near);
	tap(!twice && !bad, "1,000 ports: each once, in the range");
	for (int i = 0; i < N; i++)
		nod_close(s, fd[i]);

	/* to the last one */
	int *all = calloc(ALL + 1, sizeof(all[0])), n = 0;
	struct sockaddr_in a = { .sin_family = AF_INET };

	for (; n <= ALL; n++) {
		all[n] = nod_socket(s, AF_INET, SOCK_DGRAM, 0);
		if (nod_bind(s, all[n], (struct sockaddr *)&a, sizeof(a)) < 0)
			break;
	}
	tap(n == ALL, "all %d ports are given out, and then none", n);
	tap(nod_bind(s, all[n], (struct sockaddr *)&a, sizeof(a)) == -EADDRINUSE,
		"no port left: -EADDRINUSE");
	tap(nod_send(s, all[n], "x", 1, 0) == -EAGAIN, "and -EAGAIN when one sends");
	for (; n >= 0; n--)
		nod_close(s, all[n]);
	free(all);
}

int main(void)
{
	struct nod_stack_use use;

	begin();
	strangers();
	full();
	share();
	ports();
	nod_stack_use(s, &use);
	tap(use.packets == 0 && use.sockets == 0, "nothing is left (%zu)", use.packets);
	nod_stack_free(s);
	return tap_done();
}
