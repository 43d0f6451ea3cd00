/* SPDX-License-Identifier: ISC */
/*
 * test_socket.c - calls that the kernel's loopback cannot be asked about
 *
 * Limits, leave, what goes without a copy, batches, super-segments, raw and packet sockets,
 * interfaces that go.  test_like_kernel.c has what both do alike.
 */
#include "tap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>

#include "nod/nod.h"

static struct nod_stack *host[2];
static nod_ns now = NOD_S;

static void carry(void)
{
	struct nod_packet *p[16];
	bool has_moved = true;
	unsigned n;

	while (has_moved) {
		has_moved = false;
		for (int h = 0; h < 2; h++) {
			nod_stack_poll(host[h], now);
			while ((n = nod_stack_output(host[h], 2, p, 16, now)) > 0) {
				for (unsigned i = 0; i < n; i++)
					nod_stack_input(host[!h], 2, p[i], now);
				has_moved = true;
			}
		}
	}
}

static void begin(bool may_use_raw, unsigned offload)
{
	for (int h = 0; h < 2; h++) {
		struct nod_conf conf = {
			.seed = { (uint8_t)(h + 1) }, .may_use_raw = may_use_raw, .sockets = 20
		};
		struct nod_interface_conf i = { .mac = { 2, 0, 0, 0, 0, (uint8_t)(h + 1) },
			.offload = offload,
			.gso_octets = offload ? 65600 : 0 };
		struct nod_prefix p;

		nod_stack_new(&conf, now, &host[h]);
		nod_interface_add(host[h], &i);
		nod_prefix_parse(&p, h ? "10.0.0.2/24" : "10.0.0.1/24");
		nod_address_add(host[h], 2, &p, NOD_ADDRESS_AT_ONCE);
		nod_prefix_parse(&p, h ? "2001:db8::2/64" : "2001:db8::1/64");
		nod_address_add(host[h], 2, &p, NOD_ADDRESS_AT_ONCE);
	}
	carry();
}

static void end(const char *what)
{
	struct nod_stack_use use;

	for (int h = 0; h < 2; h++) {
		nod_stack_use(host[h], &use);
		tap(use.packets == 0 && use.blocks == 0 && use.sockets == 0,
			"%s: host %d has nothing left (%zu, %zu, %u)", what, h, use.packets,
			use.blocks, use.sockets);
		nod_stack_free(host[h]);
	}
}

static struct sockaddr_in v4(const char *text, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };

	inet_pton(AF_INET, text, &a.sin_addr);
	return a;
}

#define SA(a)			  ((struct sockaddr *)&(a)), sizeof(a)
#define ONE(h, fd, level, option) nod_setsockopt(h, fd, level, option, &(int){ 1 }, sizeof(int))

static void limits(void)
{
	int fd[21];

	begin(false, 0);
	tap(nod_socket(host[0], AF_INET, SOCK_RAW, IPPROTO_ICMP) == -EPERM,
		"a raw socket needs leave");
	tap(nod_socket(host[0], AF_PACKET, SOCK_RAW, 0) == -EPERM, "so does a packet socket");
	for (int i = 0; i < 20; i++)
		fd[i] = nod_socket(host[0], AF_INET, SOCK_DGRAM, 0);
	tap(nod_socket(host[0], AF_INET, SOCK_DGRAM, 0) == -EMFILE, "conf.sockets is the end");
	nod_close(host[0], fd[7]);
	tap(nod_close(host[0], fd[7]) == -EBADF, "closed twice");
	fd[7] = nod_socket(host[0], AF_INET, SOCK_DGRAM, 0);
	tap(fd[7] > 0, "one that was closed makes room");
	tap(nod_setsockopt(host[0], fd[0], SOL_SOCKET, SO_RCVBUFFORCE, &(int){ 1 }, 4) ==
			-EPERM,
		"SO_RCVBUFFORCE needs leave");
	tap(ONE(host[0], fd[0], IPPROTO_IP, IP_TRANSPARENT) == -EPERM,
		"IP_TRANSPARENT is refused");
	for (int i = 0; i < 20; i++)
		nod_close(host[0], fd[i]);
	end("limits");
}

static void leave(void)
{
	struct sockaddr_in all = v4("255.255.255.255", 9), net = v4("10.0.0.255", 9);
	int fd = nod_socket(host[0], AF_INET, SOCK_DGRAM, 0);

	tap(nod_sendto(host[0], fd, "x", 1, 0, SA(all)) == -EACCES, "a broadcast needs leave");
	tap(nod_sendto(host[0], fd, "x", 1, 0, SA(net)) == -EACCES, "so does a directed one");
	tap(nod_connect(host[0], fd, SA(net)) == -EACCES, "even to connect");
	ONE(host[0], fd, SOL_SOCKET, SO_BROADCAST);
	tap(nod_sendto(host[0], fd, "x", 1, 0, SA(net)) == 1, "with SO_BROADCAST it goes");
	nod_close(host[0], fd);
}

static int ttl_seen(int fd)
{
	uint8_t octet, control[64];
	struct iovec iov = { &octet, 1 };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control) };
	int ttl = -1;

	carry();
	if (nod_recvmsg(host[1], fd, &m, 0) == 1 && CMSG_FIRSTHDR(&m))
		memcpy(&ttl, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(ttl));
	return ttl;
}

/* A connected socket keeps how it sends, and no longer than that is true. */
static void way_to_the_peer(void)
{
	struct sockaddr_in b = v4("10.0.0.2", 710), c = v4("10.0.0.2", 711);
	struct sockaddr_in other = v4("10.0.0.9", 710), name;
	int s = nod_socket(host[0], AF_INET, SOCK_DGRAM, 0);
	int r = nod_socket(host[1], AF_INET, SOCK_DGRAM, 0);
	int r2 = nod_socket(host[1], AF_INET, SOCK_DGRAM, 0);
	socklen_t len = sizeof(name);
	struct nod_prefix p;
	uint8_t buf[2];

	nod_bind(host[1], r, SA(b));
	nod_bind(host[1], r2, SA(c));
	ONE(host[1], r, IPPROTO_IP, IP_RECVTTL);
	nod_connect(host[0], s, SA(b));
	for (int i = 0; i < 2; i++) {
		nod_send(host[0], s, "x", 1, 0);
		tap(ttl_seen(r) == 64, "to the peer, time to live 64");
	}
	nod_setsockopt(host[0], s, IPPROTO_IP, IP_TTL, &(int){ 9 }, sizeof(int));
	nod_send(host[0], s, "x", 1, 0);
	tap(ttl_seen(r) == 9, "an option counts from the next datagram on");
	nod_sendto(host[0], s, "y", 1, 0, SA(c));
	nod_send(host[0], s, "x", 1, 0);
	tap(ttl_seen(r) == 9 && nod_recv(host[1], r2, buf, 2, 0) == 1 && buf[0] == 'y',
		"one elsewhere in between does not go to the peer, nor its own elsewhere");
	nod_interface_set_up(host[0], 2, false);
	tap(nod_send(host[0], s, "x", 1, 0) < 0, "an interface that is down is seen");
	nod_interface_set_up(host[0], 2, true);
	nod_send(host[0], s, "x", 1, 0);
	tap(ttl_seen(r) == 9, "and one that is up again");
	nod_interface_set_mtu(host[0], 2, 68);
	nod_setsockopt(host[0], s, IPPROTO_IP, IP_MTU_DISCOVER, &(int){ IP_PMTUDISC_DO },
		sizeof(int));
	tap(nod_send(host[0], s, (uint8_t[41]){ 0 }, 41, 0) == -EMSGSIZE &&
			nod_send(host[0], s, (uint8_t[40]){ 0 }, 40, 0) == 40,
		"a new MTU counts");
	nod_interface_set_mtu(host[0], 2, 1500);
	carry();
	nod_recv(host[1], r, buf, 2, 0);
	nod_connect(host[0], s, SA(c));
	nod_send(host[0], s, "z", 1, 0);
	carry();
	tap(nod_recv(host[1], r2, buf, 2, 0) == 1 && buf[0] == 'z' &&
			nod_recv(host[1], r, buf, 2, 0) == -EAGAIN,
		"connected anew, it goes to the new peer");
	nod_prefix_parse(&p, "10.0.0.2/32");
	nod_route_add(host[0], &p, NULL, 1, 0); /* into the loopback: it does not go out */
	nod_send(host[0], s, "x", 1, 0);
	carry();
	tap(nod_recv(host[1], r2, buf, 2, 0) == -EAGAIN, "a new route is taken");
	nod_route_remove(host[0], &p, NULL, 1);
	nod_connect(host[0], s, SA(other));
	nod_getpeername(host[0], s, (struct sockaddr *)&name, &len);
	tap(name.sin_addr.s_addr == other.sin_addr.s_addr, "connected to somebody else");
	nod_close(host[0], s);
	nod_close(host[1], r);
	nod_close(host[1], r2);
}

/* A socket that came to be ready is told once, with what is true then. */
static void events(void)
{
	struct sockaddr_in b = v4("10.0.0.2", 700);
	int s = nod_socket(host[0], AF_INET, SOCK_DGRAM, 0);
	int r = nod_socket(host[1], AF_INET, SOCK_DGRAM, 0);
	struct nod_socket_event ev[4];
	uint8_t buf[9];

	nod_bind(host[1], r, SA(b));
	while (nod_stack_event(host[1], ev, 4))
		;
	for (int i = 0; i < 3; i++)
		nod_sendto(host[0], s, "x", 1, 0, SA(b));
	carry();
	tap(nod_stack_event(host[1], ev, 4) == 1 && ev[0].socket == r &&
			ev[0].bits == (NOD_READABLE | NOD_WRITABLE),
		"three datagrams are one event");
	tap(nod_stack_event(host[1], ev, 4) == 0, "told once");
	for (int i = 0; i < 3; i++)
		nod_recv(host[1], r, buf, sizeof(buf), 0);
	tap(nod_socket_ready(host[1], r) == NOD_WRITABLE, "read, it is no longer readable");
	nod_sendto(host[0], s, "x", 1, 0, SA(b));
	carry();
	nod_close(host[1], r);
	tap(nod_stack_event(host[1], ev, 4) == 0, "one that is closed is not told of");
	nod_close(host[0], s);
}

static void batches(void)
{
	struct sockaddr_in b = v4("10.0.0.2", 700);
	int s = nod_socket(host[0], AF_INET, SOCK_DGRAM, 0);
	int r = nod_socket(host[1], AF_INET, SOCK_DGRAM, 0);
	struct mmsghdr m[8] = { 0 };
	struct iovec iov[8][2];
	char buf[8][16] = { 0 };

	nod_bind(host[1], r, SA(b));
	for (int i = 0; i < 8; i++) {
		iov[i][0] = (struct iovec){ "abc", 3 };
		iov[i][1] = (struct iovec){ "01234567", (size_t)i };
		m[i].msg_hdr = (struct msghdr){ .msg_name = &b,
			.msg_namelen = sizeof(b),
			.msg_iov = iov[i],
			.msg_iovlen = 2 };
	}
	tap(nod_sendmmsg(host[0], s, m, 8, 0) == 8 && m[5].msg_len == 8, "eight by one call");
	carry();
	for (int i = 0; i < 8; i++) {
		iov[i][0] = (struct iovec){ buf[i], 2 };
		iov[i][1] = (struct iovec){ buf[i] + 2, 14 };
		m[i].msg_hdr = (struct msghdr){ .msg_iov = iov[i], .msg_iovlen = 2 };
	}
	tap(nod_recvmmsg(host[1], r, m, 8, 0) == 8 && m[5].msg_len == 8 &&
			strcmp(buf[5], "abc01234") == 0,
		"and eight received: %s", buf[5]);
	tap(nod_recvmmsg(host[1], r, m, 8, 0) == -EAGAIN, "then none");
	m[1].msg_hdr.msg_name = NULL;
	m[0].msg_hdr = (struct msghdr){
		.msg_name = &b, .msg_namelen = sizeof(b), .msg_iov = iov[0], .msg_iovlen = 1
	};
	tap(nod_sendmmsg(host[0], s, m, 2, 0) == 1,
		"an error of a later one is kept for later");
	carry();
	nod_close(host[0], s);
	nod_close(host[1], r);
}

static void without_copy(void)
{
	struct sockaddr_in b = v4("10.0.0.2", 700), from;
	int s = nod_socket(host[0], AF_INET, SOCK_DGRAM, 0);
	int r = nod_socket(host[1], AF_INET, SOCK_DGRAM, 0);
	socklen_t len = sizeof(from);
	struct nod_packet *p = NULL;
	struct iovec iov[7];
	int n_iov = 0;
	uint8_t *room;

	nod_bind(host[1], r, SA(b));
	tap(!nod_send_room(host[0], s, 65508, &p), "no room for what no datagram holds");
	room = nod_send_room(host[0], s, 1000, &p);
	for (int i = 0; i < 1000; i++)
		room[i] = (uint8_t)i;
	tap(nod_send_room_done(host[0], s, p, 900, SA(b)) == 900, "900 octets sent in place");
	room = nod_send_room(host[0], s, 10, &p);
	nod_packet_free(p);
	nod_send_room(host[0], s, 10, &p);
	tap(nod_send_room_done(host[0], s, p, 11, SA(b)) == -EINVAL, "more than was lent");
	nod_send_room(host[0], s, 10, &p);
	tap(nod_send_room_done(host[0], s, p, 10, NULL, 0) == -EDESTADDRREQ, "to nobody");
	carry();
	tap(nod_recv_borrow(host[1], r, &p, iov, &n_iov, (struct sockaddr *)&from, &len) ==
				900 &&
			n_iov == 1 && iov[0].iov_len == 900 &&
			((uint8_t *)iov[0].iov_base)[300] == (uint8_t)300 &&
			from.sin_addr.s_addr == htonl(0x0a000001),
		"borrowed as it came");
	nod_packet_free(p);
	tap(nod_recv_borrow(host[1], r, &p, iov, &n_iov, NULL, NULL) == -EAGAIN, "then none");

	int stream = nod_socket(host[1], AF_INET, SOCK_STREAM, 0);

	tap(nod_recv_borrow(host[1], stream, &p, iov, &n_iov, NULL, NULL) == -EOPNOTSUPP,
		"a stream has no datagrams to lend");
	nod_close(host[1], stream);
	nod_close(host[0], s);
	nod_close(host[1], r);
}

/* Several datagrams in one packet, by a wire that takes them whole and by one that does not. */
static void segments(const char *wire)
{
	struct sockaddr_in b = v4("10.0.0.2", 700);
	static uint8_t out[60000], in[70000];
	int s = nod_socket(host[0], AF_INET, SOCK_DGRAM, 0);
	int r = nod_socket(host[1], AF_INET, SOCK_DGRAM, 0);
	struct nod_packet *p;
	struct iovec iov[7];
	bool is_right = true;
	int n_iov;

	for (unsigned i = 0; i < sizeof(out); i++)
		out[i] = (uint8_t)(i * 31 + i / 256);
	nod_bind(host[1], r, SA(b));
	nod_setsockopt(host[1], r, SOL_SOCKET, SO_RCVBUF, &(int){ 1 << 20 }, sizeof(int));
	nod_sendto(host[0], s, out, 1, 0, SA(b));
	carry();
	nod_recv(host[1], r, in, sizeof(in), 0);
	nod_setsockopt(host[0], s, IPPROTO_UDP, UDP_SEGMENT, &(int){ 1400 }, sizeof(int));
	tap(nod_sendto(host[0], s, out, 42000, 0, SA(b)) == 42000, "%s: 30 datagrams at once",
		wire);
	carry();
	for (unsigned i = 0; i < 30; i++)
		is_right = is_right && nod_recv(host[1], r, in, sizeof(in), 0) == 1400 &&
			memcmp(in, out + 1400 * i, 1400) == 0;
	tap(is_right, "%s: received one by one", wire);
	tap(nod_recv(host[1], r, in, sizeof(in), 0) == -EAGAIN, "%s: and no more", wire);
	nod_sendto(host[0], s, out, 3000, 0, SA(b));
	carry();
	is_right = true;
	for (unsigned i = 0; i < 3; i++) {
		ssize_t n = nod_recv_borrow(host[1], r, &p, iov, &n_iov, NULL, NULL);

		is_right =
			is_right && n == (i < 2 ? 1400 : 200) && (size_t)n == nod_packet_len(p);
		nod_packet_free(p);
	}
	tap(is_right, "%s: borrowed one by one", wire);
	tap(nod_sendto(host[0], s, out, 60000, 0, SA(b)) == 60000, "%s: 43 datagrams", wire);
	carry();
	while (nod_recv(host[1], r, in, sizeof(in), 0) > 0)
		;
	nod_setsockopt(host[0], s, IPPROTO_UDP, UDP_SEGMENT, &(int){ 100 }, sizeof(int));
	tap(nod_sendto(host[0], s, out, 6401, 0, SA(b)) == -EINVAL, "%s: not more than 64",
		wire);
	nod_setsockopt(host[0], s, IPPROTO_UDP, UDP_SEGMENT, &(int){ 1473 }, sizeof(int));
	tap(nod_sendto(host[0], s, out, 6000, 0, SA(b)) == -EINVAL,
		"%s: none that does not fit the way", wire);
	nod_close(host[0], s);
	nod_close(host[1], r);
}

static void raw(void)
{
	struct sockaddr_in6 b = { .sin6_family = AF_INET6 };
	int s = nod_socket(host[0], AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
	int deaf = nod_socket(host[0], AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
	uint8_t ask[16] = { 128, 0, 0, 0, 0x12, 0x34, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8 }, in[64];
	struct icmp6_filter f;
	uint32_t f4 = 1;

	inet_pton(AF_INET6, "2001:db8::2", &b.sin6_addr);
	ICMP6_FILTER_SETBLOCKALL(&f);
	nod_setsockopt(host[0], deaf, IPPROTO_ICMPV6, ICMP6_FILTER, &f, sizeof(f));
	ICMP6_FILTER_SETPASS(129, &f);
	tap(nod_setsockopt(host[0], s, IPPROTO_ICMPV6, ICMP6_FILTER, &f, sizeof(f)) == 0,
		"ICMP6_FILTER");
	tap(nod_sendto(host[0], s, ask, sizeof(ask), 0, SA(b)) == 16,
		"a ping whose checksum the stack makes (RFC 3542 3.1)");
	carry();
	tap(nod_recv(host[0], s, in, sizeof(in), 0) == 16 && in[0] == 129 &&
			memcmp(in + 4, ask + 4, 12) == 0,
		"is answered, without a header");
	tap(nod_recv(host[0], deaf, in, sizeof(in), 0) == -EAGAIN,
		"a filter keeps it from another");
	tap(nod_setsockopt(host[0], s, IPPROTO_IPV6, IPV6_CHECKSUM, &(int){ 4 }, 4) == -EINVAL,
		"ICMPv6's checksum stays where it is");
	tap(nod_setsockopt(host[0], s, SOL_RAW, 1, &f4, sizeof(f4)) == -ENOPROTOOPT,
		"ICMP_FILTER is IPv4's");
	nod_close(host[0], s);
	nod_close(host[0], deaf);
	tap(nod_socket(host[0], AF_INET, SOCK_RAW, 0) == -EPROTONOSUPPORT,
		"a protocol is needed");
	tap(nod_socket(host[0], AF_INET, SOCK_RAW, 256) == -EINVAL, "of eight bits");
}

static void packets(void)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET,
		.sll_protocol = htons(0x88b5), /* for experiments: IEEE 802 */
		.sll_ifindex = 2,
		.sll_halen = 6,
		.sll_addr = { 2, 0, 0, 0, 0, 2 } };
	struct sockaddr_ll from = { 0 };
	socklen_t len = sizeof(from);
	int s = nod_socket(host[0], AF_PACKET, SOCK_DGRAM, htons(0x88b5));
	int r = nod_socket(host[1], AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
	int none = nod_socket(host[1], AF_PACKET, SOCK_DGRAM, htons(0x1234));
	uint8_t in[64];
	ssize_t n;

	tap(nod_bind(host[0], s, SA(at)) == 0, "a packet socket is bound to an interface");
	tap(nod_sendto(host[0], s, "hello", 5, 0, SA(at)) == 5, "sends to a station");
	carry();
	n = nod_recvfrom(host[1], r, in, sizeof(in), 0, (struct sockaddr *)&from, &len);
	tap(n == 19 && memcmp(in + 14, "hello", 5) == 0, "which sees the whole frame (%zd)", n);
	tap(from.sll_ifindex == 2 && from.sll_protocol == htons(0x88b5) &&
			from.sll_pkttype == PACKET_HOST && from.sll_addr[5] == 1,
		"and from whom it came");
	tap(nod_recv(host[1], none, in, sizeof(in), 0) == -EAGAIN,
		"another protocol's sees nothing");
	at.sll_ifindex = 9;
	tap(nod_bind(host[0], s, SA(at)) == -ENODEV, "no such interface");
	tap(nod_sendto(host[0], s, "x", 1, 0, SA(at)) == -ENXIO, "nor a way by it");
	at.sll_ifindex = 1;
	tap(nod_sendto(host[0], s, "x", 1, 0, SA(at)) == -ENXIO, "the loopback has no frames");
	tap(nod_connect(host[0], s, SA(at)) == -EOPNOTSUPP, "it has no peer");
	nod_close(host[0], s);
	nod_close(host[1], r);
	nod_close(host[1], none);
}

static void group6(void)
{
	struct ipv6_mreq r = { .ipv6mr_interface = 2 };
	struct sockaddr_in6 to = {
		.sin6_family = AF_INET6, .sin6_port = htons(700), .sin6_scope_id = 2
	};
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons(700) };
	int s = nod_socket(host[0], AF_INET6, SOCK_DGRAM, 0);
	int a = nod_socket(host[1], AF_INET6, SOCK_DGRAM, 0);
	int b = nod_socket(host[1], AF_INET6, SOCK_DGRAM, 0);
	uint8_t in[9];

	inet_pton(AF_INET6, "ff02::1234", &to.sin6_addr);
	r.ipv6mr_multiaddr = to.sin6_addr;
	ONE(host[1], a, SOL_SOCKET, SO_REUSEADDR);
	ONE(host[1], b, SOL_SOCKET, SO_REUSEADDR);
	nod_bind(host[1], a, SA(any));
	nod_bind(host[1], b, SA(any));
	nod_sendto(host[0], s, "x", 1, 0, SA(to));
	carry();
	tap(nod_recv(host[1], a, in, 9, 0) == -EAGAIN, "nobody joined: nobody hears");
	tap(nod_setsockopt(host[1], a, IPPROTO_IPV6, IPV6_JOIN_GROUP, &r, sizeof(r)) == 0,
		"joined");
	nod_setsockopt(host[1], b, IPPROTO_IPV6, IPV6_MULTICAST_ALL, &(int){ 0 }, sizeof(int));
	nod_sendto(host[0], s, "xy", 2, 0, SA(to));
	carry();
	tap(nod_recv(host[1], a, in, 9, 0) == 2, "the member hears");
	tap(nod_recv(host[1], b, in, 9, 0) == -EAGAIN,
		"who wants his own groups alone does not");
	nod_close(host[0], s);
	nod_close(host[1], a);
	nod_close(host[1], b);
}

/* What was bound to an interface hears and sends nothing once it is gone. */
static void interface_gone(void)
{
	struct sockaddr_in b = v4("10.0.0.2", 700);
	struct ip_mreqn r = { .imr_ifindex = 2 };
	int s = nod_socket(host[0], AF_INET, SOCK_DGRAM, 0);

	inet_pton(AF_INET, "239.1.2.3", &r.imr_multiaddr);
	tap(nod_setsockopt(host[0], s, SOL_SOCKET, SO_BINDTODEVICE, "eth9", 5) == -ENODEV,
		"no such device");
	tap(nod_setsockopt(host[0], s, SOL_SOCKET, SO_BINDTODEVICE, "eth0", 5) == 0,
		"bound to eth0");
	tap(nod_setsockopt(host[0], s, IPPROTO_IP, IP_ADD_MEMBERSHIP, &r, sizeof(r)) == 0,
		"and member of a group there");
	tap(nod_sendto(host[0], s, "x", 1, 0, SA(b)) == 1, "it sends");
	carry();
	tap(nod_interface_remove(host[0], 2) == 0, "eth0 goes");
	tap(nod_sendto(host[0], s, "x", 1, 0, SA(b)) == -ENODEV, "then it sends nothing");
	nod_setsockopt(host[0], s, SOL_SOCKET, SO_BINDTODEVICE, "", 0);
	tap(nod_sendto(host[0], s, "x", 1, 0, SA(b)) == -ENETUNREACH, "and by no other way");
	nod_close(host[0], s);
}

int main(void)
{
	limits();
	begin(true, 0);
	leave();
	events();
	way_to_the_peer();
	batches();
	without_copy();
	segments("a wire of frames");
	raw();
	packets();
	group6();
	interface_gone();
	end("all");
	begin(false, NOD_OFFLOAD_SUMS | NOD_OFFLOAD_TRUSTED | NOD_OFFLOAD_USO);
	segments("a wire that takes them whole");
	end("whole");
	return tap_done();
}
