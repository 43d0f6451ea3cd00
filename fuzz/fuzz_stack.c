/* SPDX-License-Identifier: ISC */
/*
 * fuzz_stack.c - frames of any octets into a whole stack (H73, H74): nod_stack_input()
 *
 * The input is a list of steps: an octet of flags, an octet of length, and that many octets of a
 * frame.  So that most get past the first door, the stack's address is written over the frame's
 * destination and right checksums over its own when the flags say so.  Whatever came, the stack
 * keeps its limits, gives every packet back, and answers a ping afterwards.
 */
#include "fuzz.h"

#include <errno.h>
#include <netinet/in.h>

#include "base/checksum.h"
#include "nod/nod.h"

enum { MENDED = 1, TO_US = 2, WAIT = 4, LATER = 8, OTHER_SIDE = 16 };
enum { FRAME_MOST = 2048, ETHER = 14, BATCH = 16 };

static const uint8_t mac[2][6] = { { 2, 0, 0, 0, 0, 1 }, { 2, 0, 0, 0, 0, 2 } };

static uint64_t pseudo(const uint8_t *addresses, size_t len, uint8_t protocol, size_t payload)
{
	uint8_t tail[4] = { 0, protocol, (uint8_t)(payload >> 8), (uint8_t)payload };

	return checksum_add(checksum_add(0, addresses, len), tail, sizeof(tail));
}

static void put(uint8_t *field, uint16_t sum)
{
	field[0] = (uint8_t)(sum >> 8);
	field[1] = (uint8_t)sum;
}

/* The checksum of what an IP packet carries: at @at of its @len octets. */
static void mend_payload(uint8_t *p, size_t len, uint8_t protocol, uint64_t sum)
{
	size_t at = protocol == IPPROTO_UDP ? 6 : 2;

	if (len < at + 2 ||
		(protocol != IPPROTO_UDP && protocol != IPPROTO_ICMP && protocol != IPPROTO_IGMP &&
			protocol != IPPROTO_ICMPV6))
		return;
	put(p + at, 0);
	if (protocol == IPPROTO_ICMP || protocol == IPPROTO_IGMP)
		sum = 0;
	put(p + at, checksum_end(checksum_add(sum, p, len)));
}

static void mend(uint8_t *frame, size_t len)
{
	uint8_t *p = frame + ETHER;

	if (len < ETHER + 20)
		return;
	len -= ETHER;
	if (frame[12] == 0x08 && frame[13] == 0x00) {
		size_t hdr = (p[0] & 15u) * 4u;
		size_t whole = (size_t)(p[2] << 8 | p[3]);

		if (hdr < 20 || hdr > len)
			return;
		put(p + 10, 0);
		put(p + 10, checksum_end(checksum_add(0, p, hdr)));
		whole = whole < len ? whole : len;
		if (whole > hdr && !((p[6] << 8 | p[7]) & 0x3fff))
			mend_payload(p + hdr, whole - hdr, p[9],
				pseudo(p + 12, 8, p[9], whole - hdr));
	} else if (frame[12] == 0x86 && frame[13] == 0xdd && len > 40) {
		mend_payload(p + 40, len - 40, p[6], pseudo(p + 8, 32, p[6], len - 40));
	}
}

static void drain(struct nod_stack *s, nod_ns now)
{
	struct nod_packet *p[BATCH];
	unsigned n;

	nod_stack_poll(s, now);
	for (unsigned i = 2; i <= 3; i++)
		while ((n = nod_stack_output(s, i, p, BATCH, now)) > 0)
			while (n)
				nod_packet_free(p[--n]);
}

static struct nod_stack *open_stack(nod_ns now, bool is_router, int *fd)
{
	static const struct nod_conf small = {
		.may_use_raw = true,
		.memory_octets = 4 << 20,
		.neighbours = 16,
		.destinations = 16,
		.reassemblies = 4,
		.routes = 64,
		.addresses = 8,
		.groups = 8,
	};
	struct nod_conf conf = small;
	struct nod_stack *s;
	const char *address[2][2] = { { "10.0.0.1/24", "2001:db8::1/64" },
		{ "10.0.1.1/24", "2001:db8:1::1/64" } };
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = nod_htons(7) };

	conf.forwarding = is_router;
	FUZZ_CLAIM(nod_stack_new(&conf, now, &s) == 0);
	for (unsigned i = 0; i < 2; i++) {
		struct nod_interface_conf c = { 0 };
		struct nod_prefix p;

		memcpy(c.mac, mac[i], 6);
		FUZZ_CLAIM(nod_interface_add(s, &c) == (int)i + 2);
		for (unsigned k = 0; k < 2; k++) {
			nod_prefix_parse(&p, address[i][k]);
			nod_address_add(s, i + 2, &p, NOD_ADDRESS_AT_ONCE);
		}
	}
	fd[0] = nod_socket(s, AF_INET6, SOCK_DGRAM, 0);
	fd[1] = nod_socket(s, AF_INET, SOCK_RAW, IPPROTO_ICMP);
	nod_bind(s, fd[0], (const struct sockaddr *)&any, sizeof(any));
	drain(s, now);
	return s;
}

/* An ARP request and an echo request of an honest neighbour: is it answered? */
static bool answers(struct nod_stack *s, nod_ns now)
{
	uint8_t arp[42] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 9, 8, 6, 0, 1, 8, 0,
		6, 4, 0, 1, 2, 0, 0, 0, 0, 9, 10, 0, 0, 99, 0, 0, 0, 0, 0, 0, 10, 0, 0, 1 };
	uint8_t echo[46] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 9, 8, 0, 0x45, 0, 0, 32, 0, 0, 0x40,
		0, 64, 1, 0, 0, 10, 0, 0, 99, 10, 0, 0, 1, 8, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8 };
	struct nod_packet *p[BATCH];
	bool has_answered = false;
	unsigned n;

	mend(echo, sizeof(echo));
	nod_stack_input(s, 2, nod_packet_new(s, arp, sizeof(arp)), now);
	nod_stack_input(s, 2, nod_packet_new(s, echo, sizeof(echo)), now);
	nod_stack_poll(s, now);
	while ((n = nod_stack_output(s, 2, p, BATCH, now)) > 0) {
		while (n) {
			struct iovec iov[7];
			const uint8_t *o;

			nod_packet_iov(p[--n], iov);
			o = iov[0].iov_base;
			has_answered = has_answered ||
				(iov[0].iov_len >= 36 && o[12] == 8 && o[13] == 0 && o[23] == 1 &&
					o[34] == 0);
			nod_packet_free(p[n]);
		}
	}
	return has_answered;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	nod_ns now = 1000 * NOD_S;
	struct nod_stack_use use;
	struct nod_stack *s;
	uint8_t buf[64];
	int fd[2];

	if (!size)
		return 0;
	s = open_stack(now, data[0] & 1, fd);
	for (size_t at = 1; size - at >= 2;) {
		uint8_t flags = data[at], frame[256];
		size_t len = data[at + 1] < size - at - 2 ? data[at + 1] : size - at - 2;
		unsigned side = flags & OTHER_SIDE ? 1 : 0;

		memcpy(frame, data + at + 2, len);
		at += 2 + len;
		if (flags & TO_US && len >= 6)
			memcpy(frame, mac[side], 6);
		if (flags & MENDED)
			mend(frame, len);
		now += flags & LATER ? 40 * NOD_S : flags & WAIT ? NOD_S : NOD_MS;
		nod_stack_input(s, side + 2, nod_packet_new(s, frame, len), now);
		drain(s, now);
		nod_stack_use(s, &use);
		FUZZ_CLAIM(use.neighbours <= 16 && use.reassemblies <= 4 && use.routes <= 64 &&
			use.memory_octets <= 4 << 20);
	}
	for (int k = 0; k < 8; k++) /* what waits for time gets it */
		drain(s, now += 40 * NOD_S);
	for (int k = 0; k < 2; k++)
		while (nod_recv(s, fd[k], buf, sizeof(buf), 0) != -EAGAIN)
			;
	nod_stack_use(s, &use);
	FUZZ_CLAIM(use.packets == 0 && use.blocks == 0 && use.reassemblies == 0);
	FUZZ_CLAIM(answers(s, now));
	nod_stack_free(s);
	return 0;
}
