/* SPDX-License-Identifier: ISC */
/* test_like_kernel_options.c - options, groups, messages: what the kernel says, nod says */
#include "like_kernel.h"

#include <netinet/udp.h>

/* linux/errqueue.h's, which does not go with netinet/in.h and time.h in any order */
struct extended_error {
	uint32_t error;
	uint8_t origin, type, code, pad;
	uint32_t info, data;
};

static void error_queue(struct world *w)
{
	for (int f = 0; f < 2; f++) {
		int level = f ? IPPROTO_IPV6 : IPPROTO_IP;
		int s = x_socket(w, family[f], SOCK_DGRAM, 0);
		union {
			char octets[512];
			struct cmsghdr align;
		} control;
		char buf[64];
		struct sockaddr_storage a = { 0 };
		struct iovec iov = { buf, sizeof(buf) };
		struct msghdr m = { .msg_name = &a,
			.msg_namelen = sizeof(a),
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = &control,
			.msg_controllen = sizeof(control) };
		long r;

		x_set(w, s, level, f ? IPV6_RECVERR : IP_RECVERR, 1);
		x_sendto(w, s, 7, own[f], 5);
		settle(w);
		r = CALL(w, recvmsg, s, &m, MSG_ERRQUEUE);
		result(w, "recvmsg MSG_ERRQUEUE", r, s);
		note(w, "flags %x, control %zu", m.msg_flags, m.msg_controllen);
		show_name(w, "sent to", r, &a, m.msg_namelen);
		for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); r >= 0 && c;
			c = CMSG_NXTHDR(&m, c)) {
			struct extended_error e;
			struct sockaddr_storage o = { 0 };

			memcpy(&e, CMSG_DATA(c), sizeof(e));
			memcpy(&o, CMSG_DATA(c) + sizeof(e),
				c->cmsg_len - CMSG_LEN(0) - sizeof(e));
			note(w, "%d/%d: error %u origin %u type %u code %u info %u",
				c->cmsg_level, c->cmsg_type, e.error, e.origin, e.type, e.code,
				e.info);
			show_name(w, "offender", 0, &o, 0);
		}
		x_recv(w, s, 9, 0);
		x_recv(w, s, 9, MSG_ERRQUEUE);
		x_sendto(w, s, 65535, own[f], 0);
		x_recv(w, s, 9, MSG_ERRQUEUE);
		x_close(w, s);
	}
}

/* Each option: what it is at first, and what is taken, of every length. */
static void options(struct world *w)
{
	static const struct {
		int level, option;
	} all[] = { { SOL_SOCKET, SO_REUSEADDR }, { SOL_SOCKET, SO_REUSEPORT },
		{ SOL_SOCKET, SO_BROADCAST }, { SOL_SOCKET, SO_KEEPALIVE },
		{ SOL_SOCKET, SO_OOBINLINE }, { SOL_SOCKET, SO_NO_CHECK },
		{ SOL_SOCKET, SO_TIMESTAMP }, { SOL_SOCKET, SO_TIMESTAMPNS },
		{ SOL_SOCKET, SO_RXQ_OVFL }, { SOL_SOCKET, SO_RCVLOWAT },
		{ IPPROTO_IP, IP_TOS }, { IPPROTO_IP, IP_TTL }, { IPPROTO_IP, IP_MTU_DISCOVER },
		{ IPPROTO_IP, IP_RECVERR }, { IPPROTO_IP, IP_PKTINFO },
		{ IPPROTO_IP, IP_RECVTTL }, { IPPROTO_IP, IP_RECVTOS },
		{ IPPROTO_IP, IP_MULTICAST_TTL }, { IPPROTO_IP, IP_MULTICAST_LOOP },
		{ IPPROTO_IP, IP_MULTICAST_ALL }, { IPPROTO_IP, IP_FREEBIND },
		{ IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT }, { IPPROTO_IP, IP_HDRINCL },
		{ IPPROTO_IP, IP_MTU }, { IPPROTO_IPV6, IPV6_V6ONLY },
		{ IPPROTO_IPV6, IPV6_UNICAST_HOPS }, { IPPROTO_IPV6, IPV6_TCLASS },
		{ IPPROTO_IPV6, IPV6_MTU_DISCOVER }, { IPPROTO_IPV6, IPV6_RECVERR },
		{ IPPROTO_IPV6, IPV6_RECVPKTINFO }, { IPPROTO_IPV6, IPV6_RECVHOPLIMIT },
		{ IPPROTO_IPV6, IPV6_RECVTCLASS }, { IPPROTO_IPV6, IPV6_MULTICAST_HOPS },
		{ IPPROTO_IPV6, IPV6_MULTICAST_LOOP }, { IPPROTO_IPV6, IPV6_MULTICAST_ALL },
		{ IPPROTO_IPV6, IPV6_DONTFRAG }, { IPPROTO_IPV6, IPV6_MTU },
		{ IPPROTO_UDP, UDP_SEGMENT }, { IPPROTO_UDP, UDP_GRO },
		{ IPPROTO_UDP, UDP_NO_CHECK6_TX }, { IPPROTO_UDP, UDP_NO_CHECK6_RX } };
	static const int values[] = { 0, 1, 2, 3, 6, 64, 255, 256, -1, -2, 65535, 65536 };

	for (int f = 0; f < 2; f++) {
		for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
			int level = all[i].level, option = all[i].option;
			int s = x_socket(w, family[f], SOCK_DGRAM, 0);
			uint8_t octet = 1;
			char what[40];

			x_get(w, s, level, option);
			for (unsigned v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
				x_set(w, s, level, option, values[v]);
				x_get(w, s, level, option);
			}
			snprintf(what, sizeof(what), "one octet, %d/%d", level, option);
			x_set_raw(w, s, what, level, option, &octet, 1);
			x_get(w, s, level, option);
			snprintf(what, sizeof(what), "nothing, %d/%d", level, option);
			x_set_raw(w, s, what, level, option, &octet, 0);
			x_close(w, s);
		}
	}
}

static void buffers(struct world *w)
{
	static const int values[] = { 0, 1, 1000, 2304, 5000, 100000, 212992 };

	int s = x_socket(w, AF_INET, SOCK_DGRAM, 0);

	for (unsigned v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
		x_set(w, s, SOL_SOCKET, SO_RCVBUF, values[v]);
		x_get(w, s, SOL_SOCKET, SO_RCVBUF);
		x_set(w, s, SOL_SOCKET, SO_SNDBUF, values[v]);
		x_get(w, s, SOL_SOCKET, SO_SNDBUF);
	}
}

static void mreq(
	struct world *w, int s, const char *name, int option, const char *group, const char *by)
{
	struct ip_mreq r;
	char what[64];

	inet_pton(AF_INET, group, &r.imr_multiaddr);
	inet_pton(AF_INET, by, &r.imr_interface);
	snprintf(what, sizeof(what), "%s %s by %s", name, group, by);
	x_set_raw(w, s, what, IPPROTO_IP, option, &r, sizeof(r));
}

static void mreq_source(struct world *w, int s, const char *name, int option, const char *group,
	const char *source)
{
	struct ip_mreq_source r;
	char what[64];

	inet_pton(AF_INET, group, &r.imr_multiaddr);
	inet_pton(AF_INET, "127.0.0.1", &r.imr_interface);
	inet_pton(AF_INET, source, &r.imr_sourceaddr);
	snprintf(what, sizeof(what), "%s %s from %s", name, group, source);
	x_set_raw(w, s, what, IPPROTO_IP, option, &r, sizeof(r));
}

static void groups(struct world *w)
{
	struct in_addr lo = { htonl(INADDR_LOOPBACK) };
	int s = x_socket(w, AF_INET, SOCK_DGRAM, 0);
	int c = x_socket(w, AF_INET, SOCK_DGRAM, 0);

	x_bind(w, s, "0.0.0.0", 0);
	x_bind(w, c, "127.0.0.1", 1);
	mreq(w, s, "join", IP_ADD_MEMBERSHIP, "10.1.2.3", "127.0.0.1");
	mreq(w, s, "join", IP_ADD_MEMBERSHIP, "239.1.2.3", "9.9.9.9");
	mreq(w, s, "leave", IP_DROP_MEMBERSHIP, "239.1.2.3", "127.0.0.1");
	mreq(w, s, "join", IP_ADD_MEMBERSHIP, "239.1.2.3", "127.0.0.1");
	mreq(w, s, "join", IP_ADD_MEMBERSHIP, "239.1.2.3", "127.0.0.1");
	x_set_raw(w, s, "join, too short", IPPROTO_IP, IP_ADD_MEMBERSHIP, &lo, 4);
	x_set_raw(w, c, "IP_MULTICAST_IF", IPPROTO_IP, IP_MULTICAST_IF, &lo, sizeof(lo));
	x_set_raw(w, c, "IP_MULTICAST_IF", IPPROTO_IP, IP_MULTICAST_IF, &lo, 3);
	x_sendto(w, c, 5, "239.1.2.3", 0);
	x_recv(w, s, 9, 0);
	/* source filters: everybody but those */
	mreq_source(w, s, "block", IP_BLOCK_SOURCE, "239.1.2.3", "127.0.0.1");
	mreq_source(w, s, "block", IP_BLOCK_SOURCE, "239.1.2.3", "127.0.0.1");
	x_sendto(w, c, 5, "239.1.2.3", 0);
	x_recv(w, s, 9, 0);
	mreq_source(w, s, "unblock", IP_UNBLOCK_SOURCE, "239.1.2.3", "127.0.0.9");
	mreq_source(w, s, "unblock", IP_UNBLOCK_SOURCE, "239.1.2.3", "127.0.0.1");
	x_sendto(w, c, 6, "239.1.2.3", 0);
	x_recv(w, s, 9, 0);
	mreq_source(w, s, "add source", IP_ADD_SOURCE_MEMBERSHIP, "239.1.2.3", "127.0.0.1");
	mreq(w, s, "leave", IP_DROP_MEMBERSHIP, "239.1.2.3", "127.0.0.1");
	mreq(w, s, "leave", IP_DROP_MEMBERSHIP, "239.1.2.3", "127.0.0.1");
	x_sendto(w, c, 6, "239.1.2.3", 0);
	x_recv(w, s, 9, 0);
	/* only from those */
	mreq_source(w, s, "add source", IP_ADD_SOURCE_MEMBERSHIP, "239.4.5.6", "127.0.0.9");
	mreq_source(w, s, "add source", IP_ADD_SOURCE_MEMBERSHIP, "239.4.5.6", "127.0.0.9");
	x_sendto(w, c, 7, "239.4.5.6", 0);
	x_recv(w, s, 9, 0);
	mreq_source(w, s, "add source", IP_ADD_SOURCE_MEMBERSHIP, "239.4.5.6", "127.0.0.1");
	x_sendto(w, c, 8, "239.4.5.6", 0);
	x_recv(w, s, 9, 0);
	mreq_source(w, s, "block", IP_BLOCK_SOURCE, "239.4.5.6", "127.0.0.1");
	mreq_source(w, s, "drop source", IP_DROP_SOURCE_MEMBERSHIP, "239.4.5.6", "127.0.0.7");
	mreq_source(w, s, "drop source", IP_DROP_SOURCE_MEMBERSHIP, "239.4.5.6", "127.0.0.9");
	mreq_source(w, s, "drop source", IP_DROP_SOURCE_MEMBERSHIP, "239.4.5.6", "127.0.0.1");
	mreq_source(w, s, "drop source", IP_DROP_SOURCE_MEMBERSHIP, "239.4.5.6", "127.0.0.1");
	x_set(w, c, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
}

static void groups6(struct world *w)
{
	struct ipv6_mreq r = { .ipv6mr_interface = 1 };
	int s = x_socket(w, AF_INET6, SOCK_DGRAM, 0);
	int c = x_socket(w, AF_INET6, SOCK_DGRAM, 0);
	int index = 1, none = 99;

	x_bind(w, s, "::", 0);
	x_bind(w, c, "::1", 1);
	inet_pton(AF_INET6, "ff02::1234", &r.ipv6mr_multiaddr);
	x_set_raw(w, s, "leave", IPPROTO_IPV6, IPV6_LEAVE_GROUP, &r, sizeof(r));
	x_set_raw(w, s, "join", IPPROTO_IPV6, IPV6_JOIN_GROUP, &r, sizeof(r));
	x_set_raw(w, s, "join", IPPROTO_IPV6, IPV6_JOIN_GROUP, &r, sizeof(r));
	x_set_raw(w, s, "join, short", IPPROTO_IPV6, IPV6_JOIN_GROUP, &r, 8);
	x_set_raw(w, c, "IPV6_MULTICAST_IF", IPPROTO_IPV6, IPV6_MULTICAST_IF, &none,
		sizeof(none));
	x_set_raw(w, c, "IPV6_MULTICAST_IF", IPPROTO_IPV6, IPV6_MULTICAST_IF, &index,
		sizeof(index));
	x_set_raw(w, s, "leave", IPPROTO_IPV6, IPV6_LEAVE_GROUP, &r, sizeof(r));
	inet_pton(AF_INET6, "2001:db8::1", &r.ipv6mr_multiaddr);
	x_set_raw(w, s, "join", IPPROTO_IPV6, IPV6_JOIN_GROUP, &r, sizeof(r));
	inet_pton(AF_INET6, "ff02::1234", &r.ipv6mr_multiaddr);
	r.ipv6mr_interface = 99;
	x_set_raw(w, s, "join", IPPROTO_IPV6, IPV6_JOIN_GROUP, &r, sizeof(r));
}

/* What comes beside the data. */
static void beside(struct world *w)
{
	for (int f = 0; f < 2; f++) {
		int a = x_socket(w, family[f], SOCK_DGRAM, 0);
		int b = x_socket(w, family[f], SOCK_DGRAM, 0);

		x_bind(w, a, any[f], 0);
		if (f) {
			x_set(w, a, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
			x_set(w, a, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
			x_set(w, a, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
			x_set(w, b, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 33);
			x_set(w, b, IPPROTO_IPV6, IPV6_TCLASS, 0x48);
		} else {
			x_set(w, a, IPPROTO_IP, IP_PKTINFO, 1);
			x_set(w, a, IPPROTO_IP, IP_RECVTTL, 1);
			x_set(w, a, IPPROTO_IP, IP_RECVTOS, 1);
			x_set(w, b, IPPROTO_IP, IP_TTL, 33);
			x_set(w, b, IPPROTO_IP, IP_TOS, 0x48);
		}
		x_sendto(w, b, 5, own[f], 0);
		x_sendto(w, b, 5, own[f], 0);
		for (size_t room = 512; room; room = room == 512 ? 40 : 0) {
			union {
				char octets[512];
				struct cmsghdr align;
			} control;
			char buf[64];
			struct iovec iov = { buf, sizeof(buf) };
			struct msghdr m = { .msg_iov = &iov,
				.msg_iovlen = 1,
				.msg_control = &control,
				.msg_controllen = room };

			memset(&control, 0, sizeof(control));
			settle(w);
			result(w, "recvmsg", CALL(w, recvmsg, a, &m, 0), a);
			note(w, "flags %x control %zu", m.msg_flags, m.msg_controllen);
			for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
				char hex[80] = "";
				size_t n = c->cmsg_len - CMSG_LEN(0);

				for (size_t i = 0; i < n && i < 20; i++)
					snprintf(hex + 2 * i, 3, "%02x", CMSG_DATA(c)[i]);
				note(w, "%d/%d %zu octets: %s", c->cmsg_level, c->cmsg_type, n,
					hex);
			}
		}
		close_all(w);
	}
}

static void segments(struct world *w)
{
	int a = x_socket(w, AF_INET, SOCK_DGRAM, 0);
	int b = x_socket(w, AF_INET, SOCK_DGRAM, 0);

	x_bind(w, a, "127.0.0.1", 0);
	x_bind(w, b, "127.0.0.1", 1);
	x_connect(w, b, "127.0.0.1", 0);
	x_set(w, b, IPPROTO_UDP, UDP_SEGMENT, 100);
	x_send(w, b, 250, 0);
	for (int i = 0; i < 4; i++)
		x_recv(w, a, 9999, 0);
	x_send(w, b, 100, 0);
	x_recv(w, a, 9999, 0);
	x_recv(w, a, 9999, 0);
	x_set(w, a, IPPROTO_UDP, UDP_GRO, 1);
	x_send(w, b, 250, 0);
	x_recv(w, a, 9999, 0);
	x_recv(w, a, 9999, 0);
}

static const struct difference differences[] = {
	{ "options", "set one octet, 41/62",
		"shorter than an int is refused, not taken for 0" },
	{ "options", "set nothing, 41/62", "the same" },
	{ "options", "get 41/62", "the same" },
	{ "options", "set 41/24", "IPV6_MTU is not to be set: the path's is found" },
	{ "options", "set nothing, 41/24", "the same" },
	{ "options", "set one octet, 41/24", "the same" },
};

static const struct scenario scenarios[] = {
	{ "error queue", error_queue },
	{ "options", options },
	{ "buffers", buffers },
	{ "groups", groups },
	{ "groups6", groups6 },
	{ "beside", beside },
	{ "segments", segments },
};

int main(void)
{
	return like_kernel(SOCK_DGRAM, scenarios, sizeof(scenarios) / sizeof(scenarios[0]),
		differences, sizeof(differences) / sizeof(differences[0]));
}
