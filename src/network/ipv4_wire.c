/* SPDX-License-Identifier: ISC */
/*
 * ipv4_wire.c - IPv4 headers, octets to struct and back
 *
 * RFC 791 3.1.
 *
 * Neighbours: ipv4_wire.h.
 */
#include "ipv4_wire.h"

#include <errno.h>

#include "../base/checksum.h"

int ipv4_parse(struct ipv4_hdr *h, struct rcur *r)
{
	const uint8_t *p = rcur_take(r, IPV4_HDR_LEAST);

	if (!p || p[0] >> 4 != 4)
		return -EBADMSG;
	h->hdr_len = (uint8_t)((p[0] & 15) * 4);
	h->tos = p[1];
	h->len = (uint16_t)(p[2] << 8 | p[3]);
	h->id = (uint16_t)(p[4] << 8 | p[5]);

	uint16_t field = (uint16_t)(p[6] << 8 | p[7]);

	h->dont_fragment = field & IPV4_DF;
	h->more_fragments = field & IPV4_MF;
	h->offset = (uint16_t)((field & IPV4_OFFSET) * 8u);
	h->ttl = p[8];
	h->protocol = p[9];
	h->sum = (uint16_t)(p[10] << 8 | p[11]);
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
 * The header's checksum, from its numbers: the octets that have just been written, one by one,
 * are slow to read back four at a time.
 */
static uint16_t sum_of(const struct ipv4_hdr *h, size_t len, uint32_t field)
{
	uint32_t src = ipa_v4(&h->src), dst = ipa_v4(&h->dst);
	uint64_t sum = (4u << 12 | (uint32_t)len / 4 << 8 | h->tos) + (uint64_t)h->len + h->id +
		field + ((uint32_t)h->ttl << 8 | h->protocol) + (src >> 16) + (src & 0xffff) +
		(dst >> 16) + (dst & 0xffff);

	if (__builtin_expect(h->options.len != 0, 0)) /* the complement of what it would be */
		sum += 0xffffu ^ checksum_end(checksum_add(0, h->options.p, h->options.len));
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~((sum & 0xffff) + (sum >> 16));
}

int ipv4_emit(const struct ipv4_hdr *h, struct wcur *w)
{
	size_t len = IPV4_HDR_LEAST + h->options.len;
	uint8_t *p = h->options.len % 4 || len > IPV4_HDR_MOST ? NULL : wcur_take(w, len);

	if (!p)
		return -EMSGSIZE;

	uint32_t field = h->offset / 8u | (h->dont_fragment ? IPV4_DF : 0u) |
		(h->more_fragments ? IPV4_MF : 0u);
	uint16_t sum = sum_of(h, len, field);

	p[0] = (uint8_t)(4 << 4 | len / 4);
	p[1] = h->tos;
	p[2] = (uint8_t)(h->len >> 8);
	p[3] = (uint8_t)h->len;
	p[4] = (uint8_t)(h->id >> 8);
	p[5] = (uint8_t)h->id;
	p[6] = (uint8_t)(field >> 8);
	p[7] = (uint8_t)field;
	p[8] = h->ttl;
	p[9] = h->protocol;
	p[10] = (uint8_t)(sum >> 8);
	p[11] = (uint8_t)sum;
	memcpy(p + 12, h->src.o + 12, 4);
	memcpy(p + 16, h->dst.o + 12, 4);
	if (h->options.len)
		memcpy(p + IPV4_HDR_LEAST, h->options.p, h->options.len);

	return 0;
}

int ipv4_option_next(struct rcur *r, uint8_t *type, struct span *data)
{
	while (rcur_left(r)) {
		*type = rcur_u8(r);
		if (*type == IPV4_OPT_END)
			return 0;
		if (*type == IPV4_OPT_NOP)
			continue;

		uint8_t len = rcur_u8(r);

		if (r->bad || len < 2)
			return -EBADMSG;
		*data = rcur_span(r, len - 2u);
		return r->bad ? -EBADMSG : 1;
	}
	return 0;
}
