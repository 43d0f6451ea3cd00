/* SPDX-License-Identifier: ISC */
/*
 * udp_wire.h - UDP headers, octets to struct and back
 *
 * RFC 768.  Inline: there is one in each datagram.
 *
 * Neighbours: base/cursor.h; udp.c.
 */
#ifndef NOD_TRANSPORT_UDP_WIRE_H
#define NOD_TRANSPORT_UDP_WIRE_H

#include <errno.h>

#include "../base/cursor.h"

enum {
	UDP_HDR_LEN = 8,
	UDP_SUM_AT = 6,
	UDP_PAYLOAD_MOST = 65507 /* over IPv4: RFC 768, 791 */
};

struct udp_hdr {
	uint16_t src, dst;
	uint16_t len; /* header and payload, octets */
	uint16_t sum; /* 0 = none */
};

/* The lengths are not compared with what follows.  -EBADMSG: cut, or shorter than a header. */
__attribute__((warn_unused_result)) static inline int udp_parse(struct udp_hdr *h, struct rcur *r)
{
	const uint8_t *p = rcur_take(r, UDP_HDR_LEN);

	if (!p) {
		*h = (struct udp_hdr){ 0 };
		return -EBADMSG;
	}
	h->src = octets_u16(p);
	h->dst = octets_u16(p + 2);
	h->len = octets_u16(p + 4);
	h->sum = octets_u16(p + 6);
	return h->len < UDP_HDR_LEN ? -EBADMSG : 0;
}

/* -EMSGSIZE: it does not fit. */
static inline int udp_emit(const struct udp_hdr *h, struct wcur *w)
{
	uint8_t *p = wcur_take(w, UDP_HDR_LEN);

	if (!p)
		return -EMSGSIZE;
	octets_put_u32(p, (uint32_t)h->src << 16 | h->dst);
	octets_put_u32(p + 4, (uint32_t)h->len << 16 | h->sum);
	return 0;
}

#endif
