/* SPDX-License-Identifier: ISC */
/*
 * ipv4_wire.h - IPv4 headers, octets to struct and back
 *
 * RFC 791 3.1, RFC 2474 and 3168 (the octet that was type of service).  The header itself is read
 * and written inline: there is one in each packet.
 *
 * Neighbours: base/cursor.h; ipv4.c.
 */
#ifndef NOD_NETWORK_IPV4_WIRE_H
#define NOD_NETWORK_IPV4_WIRE_H

#include <errno.h>

#include "../base/checksum.h"
#include "../base/cursor.h"
#include "../base/ipa.h"

enum {
	IPV4_HDR_LEAST = 20, /* octets */
	IPV4_HDR_MOST = 60,
	IPV4_OPTIONS_MOST = IPV4_HDR_MOST - IPV4_HDR_LEAST,
	IPV4_LEN_MOST = 65535,
	IPV4_ADDRS_AT = 12, /* source and destination */
	IPV4_DF = 0x4000, /* of the flags and offset field */
	IPV4_MF = 0x2000,
	IPV4_OFFSET = 0x1fff,
};

/* One a packet: what of the struct is not looked at is not even written then. */
#define IPV4_INLINE __attribute__((always_inline)) static inline

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
__attribute__((warn_unused_result)) IPV4_INLINE int ipv4_parse(struct ipv4_hdr *h, struct rcur *r)
{
	const uint8_t *p = rcur_take(r, IPV4_HDR_LEAST);

	if (!p || p[0] >> 4 != 4)
		return -EBADMSG;
	h->hdr_len = (uint8_t)((p[0] & 15) * 4);
	h->tos = p[1];
	h->len = octets_u16(p + 2);
	h->id = octets_u16(p + 4);

	uint16_t field = octets_u16(p + 6);

	h->dont_fragment = field & IPV4_DF;
	h->more_fragments = field & IPV4_MF;
	h->offset = (uint16_t)((field & IPV4_OFFSET) * 8u);
	h->ttl = p[8];
	h->protocol = p[9];
	h->sum = octets_u16(p + 10);
	h->src = ipa_from_v4(p + 12);
	h->dst = ipa_from_v4(p + 16);
	h->options = (struct span){ 0 };
	if (h->hdr_len < IPV4_HDR_LEAST || h->len < h->hdr_len)
		return -EBADMSG;
	if (h->hdr_len > IPV4_HDR_LEAST)
		h->options = rcur_span(r, h->hdr_len - IPV4_HDR_LEAST);
	return r->bad ? -EBADMSG : 0;
}

/*
 * Write a header with its checksum (h->sum and h->hdr_len are not looked at).  -EMSGSIZE.
 * The checksum is made from the numbers: octets that have just been written are slow to read back.
 */
IPV4_INLINE int ipv4_emit(const struct ipv4_hdr *h, struct wcur *w)
{
	uint32_t len = IPV4_HDR_LEAST + (uint32_t)h->options.len;
	uint8_t *p = len % 4 || len > IPV4_HDR_MOST ? NULL : wcur_take(w, len);

	if (!p)
		return -EMSGSIZE;

	uint32_t lengths = 4u << 28 | len / 4 << 24 | (uint32_t)h->tos << 16 | h->len;
	uint32_t fragment = (uint32_t)h->id << 16 | h->offset / 8u |
		(h->dont_fragment ? IPV4_DF : 0u) | (h->more_fragments ? IPV4_MF : 0u);
	uint32_t above = (uint32_t)h->ttl << 24 | (uint32_t)h->protocol << 16;
	uint64_t sum = (uint64_t)lengths + fragment + above + ipa_v4(&h->src) +
		ipa_v4(&h->dst);

	if (__builtin_expect(h->options.len != 0, 0)) {
		/* the complement of what it would be */
		sum += 0xffffu ^ checksum_end(checksum_add(0, h->options.p, h->options.len));
		memcpy(p + IPV4_HDR_LEAST, h->options.p, h->options.len);
	}
	octets_put_u32(p, lengths);
	octets_put_u32(p + 4, fragment);
	octets_put_u32(p + 8, above | (uint16_t)~checksum_fold(sum));
	memcpy(p + 12, h->src.o + 12, 4);
	memcpy(p + 16, h->dst.o + 12, 4);
	return 0;
}

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
