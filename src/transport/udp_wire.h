/* SPDX-License-Identifier: ISC */
/*
 * udp_wire.h - UDP headers, octets to struct and back
 *
 * RFC 768.
 *
 * Neighbours: base/cursor.h; udp.c.
 */
#ifndef NOD_TRANSPORT_UDP_WIRE_H
#define NOD_TRANSPORT_UDP_WIRE_H

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
int udp_parse(struct udp_hdr *h, struct rcur *r) __attribute__((warn_unused_result));
/* -EMSGSIZE: it does not fit. */
int udp_emit(const struct udp_hdr *h, struct wcur *w);

#endif
