/* SPDX-License-Identifier: ISC */
/*
 * ipv4_wire.h - IPv4 headers, octets to struct and back
 *
 * RFC 791 3.1, RFC 2474 and 3168 (the octet that was type of service).
 *
 * Neighbours: base/cursor.h; ipv4.c.
 */
#ifndef NOD_NETWORK_IPV4_WIRE_H
#define NOD_NETWORK_IPV4_WIRE_H

#include "../base/cursor.h"
#include "../base/ipa.h"

enum {
	IPV4_HDR_LEAST = 20, /* octets */
	IPV4_HDR_MOST = 60,
	IPV4_OPTIONS_MOST = IPV4_HDR_MOST - IPV4_HDR_LEAST,
	IPV4_LEN_MOST = 65535,
	IPV4_DF = 0x4000, /* of the flags and offset field */
	IPV4_MF = 0x2000,
	IPV4_OFFSET = 0x1fff,
};

struct ipv4_hdr {
	uint8_t tos;
	uint8_t hdr_len; /* octets, with options */
	uint16_t len;	 /* of the whole packet, octets */
	uint16_t id;
	bool dont_fragment, more_fragments;
	uint16_t offset; /* octets: eight times the field */
	uint8_t ttl, protocol;
	uint16_t sum;
	struct ipa src, dst;
	struct span options; /* borrowed */
};

/*
 * Read a header; what follows it is left in @r.  The checksum is not judged, nor is the length
 * compared with what is there.  -EBADMSG: cut, another version, or lengths that contradict
 * each other.
 */
int ipv4_parse(struct ipv4_hdr *h, struct rcur *r) __attribute__((warn_unused_result));

/* Write a header with its checksum (h->sum and h->hdr_len are not looked at).  -EMSGSIZE. */
int ipv4_emit(const struct ipv4_hdr *h, struct wcur *w);

/* One option of @r.  1: *@type and *@data (without type and length) are set, 0: the end,
 * -EBADMSG: its length is impossible (H07). */
int ipv4_option_next(struct rcur *r, uint8_t *type, struct span *data);

enum {
	IPV4_OPT_END = 0,
	IPV4_OPT_NOP = 1,
	IPV4_OPT_RR = 7,
	IPV4_OPT_TIMESTAMP = 68,
	IPV4_OPT_LSRR = 131,
	IPV4_OPT_SSRR = 137,
	IPV4_OPT_ROUTER_ALERT = 148,
	IPV4_OPT_COPIED = 0x80, /* goes into every fragment */
};

#endif
