/* SPDX-License-Identifier: ISC */
/*
 * mend.h - right checksums for a frame of any octets, so that what is hostile lies behind them
 *
 * IPv4's header; UDP, ICMP, IGMP, ICMPv6 and TCP behind it or behind IPv6's extension headers.
 * What is too short or a fragment is left as it is.
 *
 * Neighbours: hostile.h, fuzz/fuzz_stack.c.
 */
#ifndef NOD_TEST_MEND_H
#define NOD_TEST_MEND_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/checksum.h"

enum { MEND_ETHER = 14, MEND_EXTENSIONS = 32 };

static inline void mend_put(uint8_t *field, uint16_t sum)
{
	field[0] = (uint8_t)(sum >> 8);
	field[1] = (uint8_t)sum;
}

/* @addresses: both, @size octets of them. */
static __attribute__((noinline, unused)) void mend_payload(
	uint8_t *p, size_t len, uint8_t protocol, const uint8_t *addresses, size_t size)
{
	uint8_t tail[4] = { 0, protocol, (uint8_t)(len >> 8), (uint8_t)len };
	uint64_t sum = checksum_add(checksum_add(0, addresses, size), tail, sizeof(tail));
	size_t at;
	uint16_t end;

	switch (protocol) {
	case IPPROTO_ICMP:
	case IPPROTO_IGMP:
		sum = 0;
		at = 2;
		break;
	case IPPROTO_ICMPV6:
		at = 2;
		break;
	case IPPROTO_UDP:
		at = 6;
		break;
	case IPPROTO_TCP:
		at = 16;
		break;
	default:
		return;
	}
	if (len < at + 2)
		return;
	mend_put(p + at, 0);
	end = checksum_end(checksum_add(sum, p, len));
	mend_put(p + at, protocol == IPPROTO_UDP && !end ? 0xffff : end);
}

static inline void mend_v4(uint8_t *p, size_t len)
{
	size_t hdr = (p[0] & 15u) * 4u, whole = (size_t)(p[2] << 8 | p[3]);

	if (hdr < 20 || hdr > len)
		return;
	mend_put(p + 10, 0);
	mend_put(p + 10, checksum_end(checksum_add(0, p, hdr)));
	whole = whole < len ? whole : len;
	if (whole > hdr && !((p[6] << 8 | p[7]) & 0x3fff))
		mend_payload(p + hdr, whole - hdr, p[9], p + 12, 8);
}

static inline void mend_v6(uint8_t *p, size_t len)
{
	size_t whole = 40 + (size_t)(p[4] << 8 | p[5]), at = 40;
	uint8_t next = p[6];

	whole = whole < len ? whole : len;
	for (unsigned n = 0; n < MEND_EXTENSIONS && whole - at >= 8; n++) {
		size_t size = (p[at + 1] + 1u) * 8u;

		if (next == IPPROTO_FRAGMENT) {
			if ((p[at + 2] << 8 | p[at + 3]) & 0xfff9)
				return;
			size = 8;
		} else if (next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING &&
			next != IPPROTO_DSTOPTS) {
			break;
		}
		if (size > whole - at)
			return;
		next = p[at];
		at += size;
	}
	mend_payload(p + at, whole - at, next, p + 8, 32);
}

static inline void mend(uint8_t *frame, size_t len)
{
	if (len >= MEND_ETHER + 20 && frame[12] == 0x08 && frame[13] == 0x00)
		mend_v4(frame + MEND_ETHER, len - MEND_ETHER);
	else if (len > MEND_ETHER + 40 && frame[12] == 0x86 && frame[13] == 0xdd)
		mend_v6(frame + MEND_ETHER, len - MEND_ETHER);
}

#endif
