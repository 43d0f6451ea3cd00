/* SPDX-License-Identifier: ISC */
/*
 * ipv6_wire.h - IPv6 headers and extension headers, octets to struct and back
 *
 * RFC 8200 3 and 4.
 *
 * Neighbours: base/cursor.h; ipv6.c.
 */
#ifndef NOD_NETWORK_IPV6_WIRE_H
#define NOD_NETWORK_IPV6_WIRE_H

#include "../base/cursor.h"
#include "../base/ipa.h"

enum { IPV6_HDR = 40, IPV6_FRAG_HDR = 8 /* octets */ };

struct ipv6_hdr {
	uint8_t traffic_class;
	uint32_t flow_label;
	uint16_t payload_len; /* octets behind this header */
	uint8_t next_header;
	uint8_t hop_limit;
	struct ipa src, dst;
};

/* What follows is left in @r.  -EBADMSG: cut, or another version. */
int ipv6_parse(struct ipv6_hdr *h, struct rcur *r) __attribute__((warn_unused_result));
/* -EMSGSIZE: it does not fit. */
int ipv6_emit(const struct ipv6_hdr *h, struct wcur *w);

struct ipv6_fragment {
	uint8_t next_header;
	uint32_t offset; /* octets */
	bool more;
	uint32_t id;
};

int ipv6_fragment_parse(struct ipv6_fragment *f, struct rcur *r)
	__attribute__((warn_unused_result));
int ipv6_fragment_emit(const struct ipv6_fragment *f, struct wcur *w);

/* A hop-by-hop, destination options or routing header.  @body: what follows the two octets. */
struct ipv6_extension {
	uint8_t next_header;
	uint32_t len; /* octets, the whole */
	struct span body;
};
int ipv6_extension_parse(struct ipv6_extension *e, struct rcur *r)
	__attribute__((warn_unused_result));

/*
 * The next option of a hop-by-hop or destination options header; padding is passed over.
 * 1: *@type, *@at (from the body's first octet) and *@data are set; 0: the end; -EBADMSG.
 */
int ipv6_option_next(struct rcur *r, uint8_t *type, uint32_t *at, struct span *data);

enum {
	IPV6_OPT_PAD1 = 0,
	IPV6_OPT_PADN = 1,
	IPV6_OPT_ROUTER_ALERT = 5,
	IPV6_OPT_JUMBO = 0xc2,
};

#endif
