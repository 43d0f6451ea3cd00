/* SPDX-License-Identifier: ISC */
/*
 * ipv6_wire.c - IPv6 headers and extension headers, octets to struct and back
 *
 * Neighbours: ipv6_wire.h.
 */
#include "ipv6_wire.h"

#include <errno.h>

int ipv6_parse(struct ipv6_hdr *h, struct rcur *r)
{
	const uint8_t *p = rcur_take(r, IPV6_HDR);

	if (!p || p[0] >> 4 != 6)
		return -EBADMSG;
	h->traffic_class = (uint8_t)(p[0] << 4 | p[1] >> 4);
	h->flow_label = (uint32_t)(p[1] & 15) << 16 | (uint32_t)p[2] << 8 | p[3];
	h->payload_len = (uint16_t)(p[4] << 8 | p[5]);
	h->next_header = p[6];
	h->hop_limit = p[7];
	memcpy(h->src.o, p + 8, 16);
	memcpy(h->dst.o, p + 24, 16);
	return 0;
}

int ipv6_emit(const struct ipv6_hdr *h, struct wcur *w)
{
	uint8_t *p = wcur_take(w, IPV6_HDR);

	if (!p)
		return -EMSGSIZE;
	p[0] = (uint8_t)(6 << 4 | h->traffic_class >> 4);
	p[1] = (uint8_t)((uint32_t)h->traffic_class << 4 | (h->flow_label >> 16 & 15));
	p[2] = (uint8_t)(h->flow_label >> 8);
	p[3] = (uint8_t)h->flow_label;
	p[4] = (uint8_t)(h->payload_len >> 8);
	p[5] = (uint8_t)h->payload_len;
	p[6] = h->next_header;
	p[7] = h->hop_limit;
	memcpy(p + 8, h->src.o, 16);
	memcpy(p + 24, h->dst.o, 16);
	return 0;
}

int ipv6_fragment_parse(struct ipv6_fragment *f, struct rcur *r)
{
	uint16_t field;

	f->next_header = rcur_u8(r);
	rcur_skip(r, 1);
	field = rcur_u16(r);
	f->offset = field & 0xfff8u;
	f->more = field & 1;
	f->id = rcur_u32(r);
	return r->bad ? -EBADMSG : 0;
}

int ipv6_fragment_emit(const struct ipv6_fragment *f, struct wcur *w)
{
	wcur_u8(w, f->next_header);
	wcur_u8(w, 0);
	wcur_u16(w, (uint16_t)((f->offset & 0xfff8u) | f->more));
	wcur_u32(w, f->id);
	return w->bad ? -EMSGSIZE : 0;
}

int ipv6_extension_parse(struct ipv6_extension *e, struct rcur *r)
{
	e->next_header = rcur_u8(r);
	e->len = (rcur_u8(r) + 1u) * 8;
	e->body = rcur_span(r, e->len - 2);
	return r->bad ? -EBADMSG : 0;
}

int ipv6_option_next(struct rcur *r, uint8_t *type, uint32_t *at, struct span *data)
{
	while (rcur_left(r)) {
		*at = (uint32_t)r->at;
		*type = rcur_u8(r);
		if (*type == IPV6_OPT_PAD1)
			continue;

		uint8_t len = rcur_u8(r);

		*data = rcur_span(r, len);
		if (r->bad)
			return -EBADMSG;
		if (*type != IPV6_OPT_PADN)
			return 1;
	}
	return 0;
}
