/* SPDX-License-Identifier: ISC */
/* test_stack.c - two stacks side by side, frames carried by hand */
#include "tap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nod/nod.h"

static struct nod_stack *host[2];
static nod_ns now;
static unsigned carried;

/* Carry frames to and fro until nobody has any, and the clock to @until. */
static void run(nod_ns until)
{
	for (;;) {
		bool moved;
		nod_ns next;

		do {
			moved = false;
			for (int h = 0; h < 2; h++) {
				struct nod_packet *p[8];
				unsigned n = nod_stack_output(host[h], 2, p, 8, now);

				for (unsigned k = 0; k < n; k++) {
					uint8_t *frame = malloc(nod_packet_len(p[k]));
					struct iovec iov[7];
					int pieces = nod_packet_iov(p[k], iov);
					size_t len = 0;

					for (int i = 0; i < pieces; i++) {
						memcpy(frame + len, iov[i].iov_base,
							iov[i].iov_len);
						len += iov[i].iov_len;
					}
					nod_stack_input(host[!h], 2,
						nod_packet_new(host[!h], frame, len), now);
					nod_packet_free(p[k]);
					free(frame);
					carried++;
					moved = true;
				}
				nod_stack_poll(host[h], now);
			}
		} while (moved);
		next = nod_stack_deadline(host[0]);
		if (nod_stack_deadline(host[1]) < next)
			next = nod_stack_deadline(host[1]);
		if (next >= until)
			break;
		now = next > now ? next : now + 1;
		nod_stack_poll(host[0], now);
		nod_stack_poll(host[1], now);
	}
	now = until;
}

static struct sockaddr_in v4(const char *text, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };

	inet_pton(AF_INET, text, &a.sin_addr);
	return a;
}

static struct sockaddr_in6 v6(const char *text, uint16_t port, uint32_t zone)
{
	struct sockaddr_in6 a = {
		.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_scope_id = zone
	};

	inet_pton(AF_INET6, text, &a.sin6_addr);
	return a;
}

#define SA(a) (const struct sockaddr *)&(a), sizeof(a)

static void begin(void)
{
	now = 1000 * NOD_S;
	for (int h = 0; h < 2; h++) {
		struct nod_conf conf = { .seed = { (uint8_t)(h + 1) }, .may_use_raw = true };
		struct nod_interface_conf i = { .mac = { 2, 0, 0, 0, 0, (uint8_t)(h + 1) } };
		struct nod_prefix p;

		tap(nod_stack_new(&conf, now, &host[h]) == 0, "host %d: a stack", h);
		tap(nod_interface_add(host[h], &i) == 2, "host %d: an interface", h);
		nod_prefix_parse(&p, h ? "192.168.1.2/24" : "192.168.1.1/24");
		tap(nod_address_add(host[h], 2, &p, NOD_ADDRESS_AT_ONCE) == 0,
			"host %d: an address", h);
		nod_prefix_parse(&p, h ? "2001:db8::2/64" : "2001:db8::1/64");
		tap(nod_address_add(host[h], 2, &p, 0) == 0, "host %d: one of IPv6", h);
	}
	run(now + 10 * NOD_S);
}

static void end(void)
{
	struct nod_stack_use use;

	for (int h = 0; h < 2; h++) {
		nod_stack_use(host[h], &use);
		tap(use.packets == 0 && use.blocks == 0 && use.reassemblies == 0,
			"host %d: no packet is left (%zu)", h, use.packets);
		nod_stack_free(host[h]);
	}
}

/* Send @len octets from 0 to 1 and back, by @domain. */
static void talk(int domain, const struct sockaddr *a, const struct sockaddr *b, socklen_t alen,
	size_t len, const char *name)
{
	int s = nod_socket(host[0], domain, SOCK_DGRAM, 0);
	int r = nod_socket(host[1], domain, SOCK_DGRAM, 0);
	uint8_t *out = malloc(len ? len : 1), *in = malloc(len + 1);
	struct sockaddr_storage from;
	socklen_t from_len = sizeof(from);
	struct nod_socket_event ev[4];
	ssize_t n;

	for (size_t k = 0; k < len; k++)
		out[k] = (uint8_t)(k * 7 + k / 251);
	nod_bind(host[0], s, a, alen);
	nod_bind(host[1], r, b, alen);
	tap(nod_recv(host[1], r, in, len + 1, 0) == -EAGAIN, "%s: nothing yet", name);
	n = nod_sendto(host[0], s, out, len, 0, b, alen);
	tap(n == (ssize_t)len, "%s: %zu octets are sent (%zd)", name, len, n);
	run(now + NOD_S);
	tap(nod_stack_event(host[1], ev, 4) >= 1 &&
			(nod_socket_ready(host[1], r) & NOD_READABLE),
		"%s: the other is told", name);
	n = nod_recvfrom(host[1], r, in, len + 1, 0, (struct sockaddr *)&from, &from_len);
	tap(n == (ssize_t)len && memcmp(in, out, len) == 0, "%s: and receives them (%zd)", name,
		n);
	tap(!(nod_socket_ready(host[1], r) & NOD_READABLE), "%s: then there is nothing more",
		name);
	nod_sendto(host[1], r, in, len, 0, (struct sockaddr *)&from, from_len);
	run(now + NOD_S);
	n = nod_recv(host[0], s, in, len + 1, 0);
	tap(n == (ssize_t)len && memcmp(in, out, len) == 0, "%s: and the answer comes (%zd)",
		name, n);
	tap(nod_close(host[0], s) == 0 && nod_close(host[1], r) == 0, "%s: closed", name);
	free(out);
	free(in);
}

static void refused(void)
{
	int s = nod_socket(host[0], AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in b = v4("192.168.1.2", 9999);
	uint8_t octet;

	tap(nod_connect(host[0], s, SA(b)) == 0, "connected to a port where nobody listens");
	tap(nod_send(host[0], s, "x", 1, 0) == 1, "sent to it");
	run(now + NOD_S);
	tap(nod_stack_count(host[1], NOD_EV_UDP_DROP_NO_PORT) == 1,
		"it was dropped and counted");
	tap(nod_recv(host[0], s, &octet, 1, 0) == -ECONNREFUSED,
		"the error comes back (UDP-4)");
	tap(nod_recv(host[0], s, &octet, 1, 0) == -EAGAIN, "once");
	nod_close(host[0], s);
}

/* A raw socket pings: the answer has the same octets. */
static void ping(void)
{
	int s = nod_socket(host[0], AF_INET, SOCK_RAW, IPPROTO_ICMP);
	struct sockaddr_in b = v4("192.168.1.2", 0);
	uint8_t ask[16] = { 8, 0, 0, 0, 0x12, 0x34, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8 }, in[64];
	uint32_t sum = 0;
	ssize_t n;

	for (int k = 0; k < 16; k += 2)
		sum += (uint32_t)(ask[k] << 8 | ask[k + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	ask[2] = (uint8_t)(~sum >> 8);
	ask[3] = (uint8_t)~sum;
	tap(nod_sendto(host[0], s, ask, sizeof(ask), 0, SA(b)) == 16,
		"an echo request is sent");
	run(now + NOD_S);
	n = nod_recv(host[0], s, in, sizeof(in), 0);
	tap(n == 36 && in[20] == 0 && memcmp(in + 24, ask + 4, 12) == 0,
		"and answered with the same data (IP4-11) (%zd)", n);
	nod_close(host[0], s);
}

/* A socket that wants echo replies alone gets no request, though its type lies in a slice. */
static void filtered(void)
{
	int s = nod_socket(host[0], AF_INET, SOCK_RAW, IPPROTO_ICMP);
	int r = nod_socket(host[1], AF_INET, SOCK_RAW, IPPROTO_ICMP);
	uint32_t replies = ~1u;
	struct sockaddr_in b = v4("192.168.1.2", 0);
	uint8_t ask[4000] = { 8, 0, 0xf7, 0xff }, in[4100];

	nod_setsockopt(host[1], r, SOL_RAW, 1 /* ICMP_FILTER */, &replies, sizeof(replies));
	nod_sendto(host[0], s, ask, sizeof(ask), 0, SA(b));
	run(now + NOD_S);
	tap(nod_recv(host[0], s, in, sizeof(in), 0) == 4020 && in[20] == 0,
		"an echo request in fragments is answered");
	tap(nod_recv(host[1], r, in, sizeof(in), 0) == -EAGAIN,
		"and no filter takes it for a reply");
	nod_close(host[0], s);
	nod_close(host[1], r);
}

static void dual(void)
{
	int r = nod_socket(host[1], AF_INET6, SOCK_DGRAM, 0);
	int s = nod_socket(host[0], AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in6 any = v6("::", 700, 0), from;
	struct sockaddr_in to = v4("192.168.1.2", 700);
	socklen_t len = sizeof(from);
	char text[64] = "", in[8];

	nod_bind(host[1], r, SA(any));
	nod_sendto(host[0], s, "hi", 2, 0, SA(to));
	run(now + NOD_S);
	tap(nod_recvfrom(host[1], r, in, 8, 0, (struct sockaddr *)&from, &len) == 2,
		"a socket of IPv6 hears IPv4");
	inet_ntop(AF_INET6, &from.sin6_addr, text, sizeof(text));
	tap(strcmp(text, "::ffff:192.168.1.1") == 0, "by a mapped address: %s", text);
	nod_close(host[0], s);
	nod_close(host[1], r);
}

/* What waits for a neighbour when the stack ends is refused, and nobody is left to hear of it. */
static void end_while_waiting(void)
{
	struct sockaddr_in to4 = v4("192.168.1.77", 80);
	struct sockaddr_in6 to6 = v6("2001:db8::77", 80, 0);
	const struct nod_interface_conf i = { .mac = { 2, 0, 0, 0, 0, 9 } };
	struct nod_stack_use use;
	struct nod_stack *s;
	struct nod_prefix p;

	if (nod_stack_new(NULL, now, &s) < 0 || nod_interface_add(s, &i) != 2) {
		tap(false, "a stack of its own");
		return;
	}
	nod_prefix_parse(&p, "192.168.1.9/24");
	nod_address_add(s, 2, &p, NOD_ADDRESS_AT_ONCE);
	nod_prefix_parse(&p, "2001:db8::9/64");
	nod_address_add(s, 2, &p, NOD_ADDRESS_AT_ONCE);
	nod_connect(s, nod_socket(s, AF_INET, SOCK_STREAM, 0), SA(to4));
	nod_connect(s, nod_socket(s, AF_INET6, SOCK_STREAM, 0), SA(to6));
	nod_stack_poll(s, now);
	nod_stack_use(s, &use);
	nod_stack_free(s);
	tap(use.packets >= 2, "a stack ends while %zu packets wait for neighbours", use.packets);
}

int main(void)
{
	struct sockaddr_in a4 = v4("192.168.1.1", 7001), b4 = v4("192.168.1.2", 7002);
	struct sockaddr_in6 a6 = v6("2001:db8::1", 7001, 0), b6 = v6("2001:db8::2", 7002, 0);

	const struct sockaddr *a[] = { (struct sockaddr *)&a4, (struct sockaddr *)&a6 };
	const struct sockaddr *b[] = { (struct sockaddr *)&b4, (struct sockaddr *)&b6 };

	begin();
	talk(AF_INET, a[0], b[0], sizeof(a4), 5, "IPv4");
	talk(AF_INET, a[0], b[0], sizeof(a4), 0, "IPv4, nothing");
	talk(AF_INET, a[0], b[0], sizeof(a4), 1472, "IPv4, a full frame");
	talk(AF_INET, a[0], b[0], sizeof(a4), 65507, "IPv4, in fragments");
	talk(AF_INET6, a[1], b[1], sizeof(a6), 5, "IPv6");
	talk(AF_INET6, a[1], b[1], sizeof(a6), 65507, "IPv6, in fragments");
	refused();
	ping();
	filtered();
	dual();
	end_while_waiting();
	end();
	return tap_done();
}
