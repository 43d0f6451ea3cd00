/* SPDX-License-Identifier: ISC */
/*
 * fuzz_stack.c - frames of any octets into a whole stack (H73, H74): nod_stack_input()
 *
 * The stack has two interfaces, sockets of each kind, groups it is in, a DHCP server, and, as the
 * input's first octet says, forwarding, a DHCP client, a resolver that asks.  The rest of the input
 * is a list of steps: an octet of flags, an octet of length, and that many octets of a frame.  So
 * that most get past the first door, the stack's address is written over the frame's destination
 * and right checksums over its own when the flags say so; and an answer gets the number, the port
 * and the question of what the stack asked last.  A step may also be a call of the application.
 *
 * Whatever came, the stack keeps its limits, rests when there is nothing to do, gives every packet
 * back, and answers a ping afterwards.
 */
#include "fuzz.h"

#include <errno.h>
#include <netinet/in.h>

#include "../test/unit/mend.h"
#include "base/pkt.h"
#include "base/poison.h"
#include "nod/nod.h"

enum { MENDED = 1, TO_US = 2, WAIT = 4, LATER = 8, OTHER_SIDE = 16, ANSWERED = 32, CALLS = 64 };
enum { ROUTER = 1, CLIENT = 2, ASKS = 4, TAGGED = 8, NO_V6 = 16 };
enum { ETHER = 14, FRAME_MOST = 1280, BATCH = 16, RESTS = 64, SOCKETS = 6, QUESTION_MOST = 300 };

static const uint8_t mac[2][6] = { { 2, 0, 0, 0, 0, 1 }, { 2, 0, 0, 0, 0, 2 } };

const unsigned fuzz_replay_most = 1000;

/* One run. */
struct run {
	struct nod_stack *s;
	nod_ns now;
	uint8_t how;
	int fd[SOCKETS];
	struct nod_resolve *ask;
	/* what was asked last: by DHCP, by DNS */
	uint8_t xid[4], dns_id[2], dns_port[2], question[QUESTION_MOST];
	size_t question_len;
};

/* ---- what it sends --------------------------------------------------------------------- */

static unsigned port_at(const uint8_t *p)
{
	return (unsigned)(p[0] << 8 | p[1]);
}

/* Remember what an answer needs. */
static void look_at(struct run *r, const uint8_t *f, size_t len)
{
	const uint8_t *udp = f + ETHER + 20, *data = udp + 8;
	size_t left = len > ETHER + 28u ? len - ETHER - 28u : 0;

	if (left < 12 || f[12] != 8 || f[13] != 0 || f[ETHER] != 0x45 || f[23] != IPPROTO_UDP)
		return;
	if (port_at(udp + 2) == 67) {
		memcpy(r->xid, data + 4, 4);
	} else if (port_at(udp + 2) == 53) {
		memcpy(r->dns_id, data, 2);
		memcpy(r->dns_port, udp, 2);
		r->question_len = 0;
		for (size_t at = 12; at < left && r->question_len < QUESTION_MOST;) {
			size_t part =
				data[at] ? data[at] + 1u : 5; /* the root, type and class */

			if (part > left - at || part > QUESTION_MOST - r->question_len)
				break;
			memcpy(r->question + r->question_len, data + at, part);
			r->question_len += part;
			if (!data[at])
				break;
			at += part;
		}
	}
}

static void drain(struct run *r)
{
	struct nod_packet *p[BATCH];
	unsigned n, k = 0;

	do {
		nod_stack_poll(r->s, r->now);
		for (unsigned i = 2; i <= 3; i++)
			while ((n = nod_stack_output(r->s, i, p, BATCH, r->now)) > 0)
				while (n) {
					struct iovec iov[7];

					nod_packet_iov(p[--n], iov);
					look_at(r, iov[0].iov_base, iov[0].iov_len);
					nod_packet_free(p[n]);
				}
	} while (nod_stack_deadline(r->s) <= r->now && ++k < RESTS);
	FUZZ_CLAIM(k < RESTS); /* it rests */
}

/* ---- what it hears --------------------------------------------------------------------- */

/* An answer by DHCP or DNS is made one to what was asked. */
static void make_answer(const struct run *r, uint8_t *f, size_t len)
{
	uint8_t *udp = f + ETHER + 20, *data = udp + 8;

	if (len < ETHER + 28 + 12 || f[12] != 8 || f[13] != 0 || f[23] != IPPROTO_UDP)
		return;
	if (port_at(udp + 2) == 68) {
		memcpy(data + 4, r->xid, 4);
		if (len >= ETHER + 28 + 34)
			memcpy(data + 28, mac[1], 6);
	} else if (port_at(udp) == 53) {
		memcpy(udp + 2, r->dns_port, 2);
		memcpy(data, r->dns_id, 2);
		if (len >= ETHER + 28 + 12 + r->question_len)
			memcpy(data + 12, r->question, r->question_len);
	}
}

static void hear(struct run *r, unsigned interface, const uint8_t *frame, size_t len)
{
	struct nod_packet *packet = nod_packet_new(r->s, frame, len);
	struct pkt *p = (struct pkt *)(void *)packet;

	if (p)
		POISON(p->data + p->lin, pkt_tailroom(p));
	nod_stack_input(r->s, interface, packet, r->now);
	drain(r);
}

/* ---- what is called -------------------------------------------------------------------- */

static socklen_t some_name(struct sockaddr_storage *name, uint8_t octet)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = nod_htons(5000) };
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = nod_htons(5000) };
	static const char *const addr[] = { "10.0.0.9", "10.0.0.255", "239.1.2.3", "10.0.0.1",
		"192.0.2.1", "10.0.1.9", "127.0.0.1", "2001:db8::9", "2001:db9::1", "ff02::1",
		"ff15::7", "::1", "fe80::9", "2001:db8::1", "255.255.255.255",
		"::ffff:10.0.0.9" };
	struct nod_addr a;

	nod_addr_parse(&a, addr[octet & 15]);
	if (a.family == NOD_IPV4) {
		memcpy(&v4.sin_addr, a.octet, 4);
		memcpy(name, &v4, sizeof(v4));
		return sizeof(v4);
	}
	v6.sin6_scope_id = 2;
	memcpy(&v6.sin6_addr, a.octet, 16);
	memcpy(name, &v6, sizeof(v6));
	return sizeof(v6);
}

static void receive_all(struct run *r)
{
	uint8_t buf[64];

	for (int k = 0; k < SOCKETS; k++)
		for (int flags = 0; flags <= MSG_ERRQUEUE; flags += MSG_ERRQUEUE)
			for (unsigned n = 0; n < 1000; n++) {
				struct iovec iov = { buf, sizeof(buf) };
				struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
				ssize_t got = nod_recvmsg(r->s, r->fd[k], &m, flags);

				if (got == -EAGAIN || got == -EBADF)
					break;
			}
}

static void group_call(struct run *r, uint8_t octet)
{
	struct group_source_req g = { .gsr_interface = 2 + (octet >> 4 & 1) };
	static const int v4[] = { MCAST_JOIN_GROUP, MCAST_LEAVE_GROUP, MCAST_JOIN_SOURCE_GROUP,
		MCAST_LEAVE_SOURCE_GROUP, MCAST_BLOCK_SOURCE, MCAST_UNBLOCK_SOURCE };
	bool is_v6 = octet & 32;

	some_name(&g.gsr_group, is_v6 ? 10 : 2);
	some_name(&g.gsr_source, is_v6 ? 8 : 4);
	nod_setsockopt(r->s, r->fd[0], is_v6 ? IPPROTO_IPV6 : IPPROTO_IP, v4[octet % 6], &g,
		octet % 6 < 2 ? sizeof(struct group_req) : sizeof(g));
}

static void call(struct run *r, uint8_t what, uint8_t octet)
{
	static const uint8_t data[3000] = "0123456789";
	struct sockaddr_storage name;
	socklen_t len = some_name(&name, octet);
	int on = octet & 1, fd = r->fd[what >> 4 & 3];
	int eai;
	struct nod_hostent host;

	switch (what & 15) {
	case 0:
		nod_sendto(r->s, fd, data, octet & 128 ? sizeof(data) : 10, 0,
			(struct sockaddr *)&name, len);
		break;
	case 1:
		nod_connect(r->s, fd, (struct sockaddr *)&name, len);
		break;
	case 2:
		group_call(r, octet);
		break;
	case 3:
		receive_all(r);
		break;
	case 4:
		nod_setsockopt(r->s, fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
		nod_setsockopt(r->s, fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
		break;
	case 5:
		nod_interface_set_up(r->s, 3, on);
		break;
	case 6:
		nod_interface_set_mtu(r->s, 3, 68u + octet * 8u);
		break;
	case 7:
		if (r->ask && nod_resolve_take(r->ask, &host, &eai) != -EAGAIN) {
			nod_resolve_end(r->ask);
			r->ask = NULL;
		}
		if (!r->ask && r->how & ASKS)
			nod_resolve_start(
				r->s, octet & 2 ? "a.example" : "b", NOD_UNSPEC, &r->ask);
		break;
	default:
		break;
	}
	drain(r);
}

/* ---- a run ------------------------------------------------------------------------------- */

static void open_sockets(struct run *r)
{
	const struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = nod_htons(7) };
	const struct sockaddr_in mdns = { .sin_family = AF_INET, .sin_port = nod_htons(5353) };
	int on = 1;

	r->fd[0] = nod_socket(r->s, AF_INET6, SOCK_DGRAM, 0);
	r->fd[1] = nod_socket(r->s, AF_INET, SOCK_DGRAM, 0);
	r->fd[2] = nod_socket(r->s, AF_INET, SOCK_RAW, IPPROTO_ICMP);
	r->fd[3] = nod_socket(r->s, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
	r->fd[4] = nod_socket(r->s, AF_PACKET, SOCK_RAW, nod_htons(3));
	r->fd[5] = nod_socket(r->s, AF_INET, SOCK_DGRAM, 0);
	nod_bind(r->s, r->fd[0], (const struct sockaddr *)&any, sizeof(any));
	nod_bind(r->s, r->fd[5], (const struct sockaddr *)&mdns, sizeof(mdns));
	nod_setsockopt(r->s, r->fd[1], SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
	for (uint8_t k = 0; k < 2; k++)
		group_call(r, k ? 32 : 0);
}

static void add_addresses(struct run *r)
{
	const char *address[2][2] = { { "10.0.0.1/24", "2001:db8::1/64" },
		{ "10.0.1.1/24", "2001:db8:1::1/64" } };
	const char *known[] = { "10.0.0.2", "2001:db8::2" };
	struct nod_prefix p, all;

	for (unsigned i = 0; i < 2; i++)
		for (unsigned k = 0; k < 2; k++) {
			if (i && !k && r->how & CLIENT)
				continue; /* leased */
			nod_prefix_parse(&p, address[i][k]);
			nod_address_add(r->s, i + 2, &p, NOD_ADDRESS_AT_ONCE);
		}
	for (unsigned k = 0; k < 2; k++) { /* a router, and a name server */
		nod_prefix_parse(&p, known[k]);
		nod_neighbour_set(r->s, 2, &p.addr, mac[1]);
		nod_prefix_parse(&all, k ? "::/0" : "0.0.0.0/0");
		nod_route_add(r->s, &all, &p.addr, 2, 0);
	}
}

static void begin(struct run *r, uint8_t how)
{
	const struct nod_conf conf = {
		.may_use_raw = true,
		.forwarding = how & ROUTER,
		.no_ipv6 = how & NO_V6,
		.memory_octets = 4 << 20,
		.neighbours = 16,
		.destinations = 16,
		.reassemblies = 4,
		.reassembly_octets = 256 << 10,
		.routes = 64,
		.addresses = 8,
		.groups = 16,
		.receive_octets = 65536,
	};
	struct nod_resolver_conf names = { .n_servers = 1, .timeout = 15 * NOD_S };

	*r = (struct run){ .now = 1000 * NOD_S, .how = how };
	FUZZ_CLAIM(nod_stack_new(&conf, r->now, &r->s) == 0);
	for (unsigned i = 0; i < 2; i++) {
		struct nod_interface_conf c = { .vlan = i && how & TAGGED ? 5 : 0 };

		memcpy(c.mac, mac[i], 6);
		FUZZ_CLAIM(nod_interface_add(r->s, &c) == (int)i + 2);
	}
	add_addresses(r);
	open_sockets(r);
	nod_dhcp_server_start(r->s, 2, NULL);
	if (how & CLIENT)
		nod_dhcp_client_start(r->s, 3, NULL);
	if (how & ASKS) {
		nod_addr_parse(&names.server[0], "10.0.0.2");
		nod_resolver_set(r->s, &names);
		nod_resolve_start(r->s, "a.example", NOD_UNSPEC, &r->ask);
	}
	drain(r);
	r->now += 3 * NOD_S; /* it asks */
	drain(r);
}

/* An ARP request and an echo request of an honest neighbour: is it answered? */
static bool answers(struct run *r)
{
	static const uint8_t arp[42] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 9,
		8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 9, 10, 0, 0, 99, 0, 0, 0, 0, 0, 0,
		10, 0, 0, 1 };
	uint8_t echo[46] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 9, 8, 0, 0x45, 0, 0, 32, 0, 0,
		0x40, 0, 64, 1, 0, 0, 10, 0, 0, 99, 10, 0, 0, 1, 8, 0, 0, 0, 1, 2, 3, 4, 5, 6,
		7, 8 };
	uint64_t before = nod_stack_count(r->s, NOD_EV_ICMP4_ECHO);
	struct nod_packet *p[BATCH];
	bool has_answered = false;
	unsigned n;

	mend(echo, sizeof(echo));
	hear(r, 2, arp, sizeof(arp));
	nod_stack_input(r->s, 2, nod_packet_new(r->s, echo, sizeof(echo)), r->now);
	nod_stack_poll(r->s, r->now);
	while ((n = nod_stack_output(r->s, 2, p, BATCH, r->now)) > 0) {
		while (n) {
			struct iovec iov[7];
			const uint8_t *o;

			nod_packet_iov(p[--n], iov);
			o = iov[0].iov_base;
			has_answered = has_answered ||
				(iov[0].iov_len >= 36 && o[12] == 8 && o[13] == 0 &&
					o[23] == 1 && o[34] == 0);
			nod_packet_free(p[n]);
		}
	}
	/* whom a lease of the other side takes the way back from is heard all the same */
	return has_answered ||
		(r->how & CLIENT && nod_stack_count(r->s, NOD_EV_ICMP4_ECHO) > before);
}

static void finish(struct run *r)
{
	struct nod_stack_use use;

	for (int k = 0; k < 8; k++) { /* what waits for time gets it */
		r->now += 40 * NOD_S;
		drain(r);
	}
	receive_all(r);
	nod_resolve_end(r->ask);
	for (int k = 0; k < SOCKETS; k++)
		nod_close(r->s, r->fd[k]);
	r->now += 40 * NOD_S;
	drain(r);
	nod_stack_use(r->s, &use);
	FUZZ_CLAIM(use.packets == 0 && use.blocks == 0 && use.reassemblies == 0);
	FUZZ_CLAIM(answers(r));
	nod_stack_free(r->s);
}

/* One octet says it: what is long is so by eights. */
static size_t len_of(uint8_t octet)
{
	return octet < 128 ? octet : 128 + (octet - 128u) * 8;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const nod_ns spans[] = { NOD_MS, NOD_S, 40 * NOD_S, 3600 * NOD_S };
	struct nod_stack_use use;
	struct run r;

	if (!size)
		return 0;
	begin(&r, data[0]);
	for (size_t at = 1; size - at >= 2;) {
		uint8_t flags = data[at], frame[FRAME_MOST];
		size_t len = len_of(data[at + 1]), left = size - at - 2;
		unsigned side = flags & OTHER_SIDE ? 1 : 0;

		len = len < left ? len : left;
		r.now += spans[flags / WAIT % 4];
		if (flags & CALLS) {
			call(&r, data[at + 1], at + 2 < size ? data[at + 2] : 0);
			at += at + 2 < size ? 3 : 2;
			continue;
		}
		if (len)
			memcpy(frame, data + at + 2, len);
		at += 2 + len;
		if (flags & TO_US && len >= 6)
			memcpy(frame, mac[side], 6);
		if (flags & ANSWERED)
			make_answer(&r, frame, len);
		if (flags & MENDED)
			mend(frame, len);
		hear(&r, side + 2, frame, len);
		nod_stack_use(r.s, &use);
		FUZZ_CLAIM(use.neighbours <= 16 && use.reassemblies <= 4 && use.routes <= 64 &&
			use.memory_octets <= 4 << 20);
	}
	finish(&r);
	return 0;
}
