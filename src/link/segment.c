/* SPDX-License-Identifier: ISC */
/*
 * segment.c - cut a super-segment into what a wire can carry
 *
 * RFC 9293 3.1 (flags, sequence numbers), RFC 768, 791, 8200.
 *
 * Neighbours: segment.h; link.c calls it when the device cannot cut.
 */
#include "segment.h"

#include <errno.h>
#include <string.h>

#include "../base/checksum.h"

enum { TCP_FIN = 0x01, TCP_PSH = 0x08, TCP_CWR = 0x80, PROTO_TCP = 6, PROTO_UDP = 17 };
enum { IPV4_HDR_LEN = 20, IPV6_HDR_LEN = 40, TCP_HDR_LEN = 20, UDP_HDR_LEN = 8 };

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

/* What the headers of a super-segment say; all offsets from data. */
struct shape {
	uint32_t l3, l4, payload; /* octets from data */
	bool is_v4;
	uint8_t protocol;
};

static int look(struct shape *s, const struct pkt *p)
{
	uint32_t l3_len, l4_least = p->gso == PKT_GSO_UDP ? UDP_HDR_LEN : TCP_HDR_LEN;

	if (!p->l3 || !p->l4 || p->l3 < p->data || p->l4 <= p->l3 || !p->gso_size ||
		p->l4 - p->data > (ptrdiff_t)p->lin)
		return -EBADMSG;
	s->l3 = (uint32_t)(p->l3 - p->data);
	s->l4 = (uint32_t)(p->l4 - p->data);
	s->protocol = p->gso == PKT_GSO_UDP ? PROTO_UDP : PROTO_TCP;
	s->is_v4 = p->l3[0] >> 4 == 4;
	l3_len = s->l4 - s->l3;
	if (p->lin - s->l4 < l4_least)
		return -EBADMSG;
	if (s->is_v4 ? l3_len < IPV4_HDR_LEN || l3_len != 4u * (p->l3[0] & 15) :
		       l3_len < IPV6_HDR_LEN)
		return -EBADMSG;
	s->payload = s->l4 + (p->gso == PKT_GSO_UDP ? UDP_HDR_LEN : 4u * (p->l4[12] >> 4));
	if (s->payload > p->lin || s->payload - s->l4 < l4_least)
		return -EBADMSG;
	return 0;
}

uint32_t segment_longest(const struct pkt *p)
{
	struct shape s;

	if (look(&s, p) < 0)
		return 0;
	return s.payload - s.l3 +
		(p->len - s.payload < p->gso_size ? p->len - s.payload : p->gso_size);
}

/* Append @len octets of @p's from @from on: by reference where they lie in slices. */
static bool share(struct pkt *to, const struct pkt *p, uint32_t from, uint32_t len)
{
	uint32_t begin = p->lin; /* of the slice, from data */

	if (from < p->lin) {
		uint32_t part = p->lin - from < len ? p->lin - from : len;

		memcpy(pkt_put(to, part), p->data + from, part);
		from += part;
		len -= part;
	}
	for (unsigned i = 0; i < p->n_slices && len; begin += p->slice[i++].len) {
		const struct slice *s = &p->slice[i];

		if (from - begin >= s->len)
			continue;
		uint32_t part = s->len - (from - begin) < len ? s->len - (from - begin) : len;

		if (!pkt_add_slice(to, block_ref(s->block), s->at + (from - begin), part)) {
			block_unref(s->block);
			return false;
		}
		from += part;
		len -= part;
	}
	return !len;
}

/* The sum of the pseudo-header, as PKT_SUM_TO_FILL wants it in the field. */
static uint16_t pseudo(const uint8_t *l3, bool is_v4, uint8_t protocol, uint32_t len)
{
	uint8_t tail[4] = { 0, protocol, (uint8_t)(len >> 8), (uint8_t)len };
	uint64_t sum = is_v4 ? checksum_add(0, l3 + 12, 8) : checksum_add(0, l3 + 8, 32);

	return (uint16_t)~checksum_end(checksum_add(sum, tail, sizeof(tail)));
}

/* The @n-th piece's own lengths, numbers and flags. */
static void finish(struct pkt *to, const struct shape *s, uint32_t n, uint32_t at,
	uint32_t len, bool is_last)
{
	uint8_t *l3 = to->data + s->l3, *l4 = to->data + s->l4;
	uint32_t l4_len = s->payload - s->l4 + len;

	if (s->is_v4) {
		put16(l3 + 2, s->l4 - s->l3 + l4_len);
		put16(l3 + 4, get16(l3 + 4) + n);
		put16(l3 + 10, 0);
		put16(l3 + 10, checksum_end(checksum_add(0, l3, s->l4 - s->l3)));
	} else {
		put16(l3 + 4, s->l4 - s->l3 - IPV6_HDR_LEN + l4_len);
	}
	to->l3 = l3;
	to->l4 = l4;
	to->sum = PKT_SUM_TO_FILL;
	if (s->protocol == PROTO_UDP) {
		to->sum_offset = 6;
		put16(l4 + 4, l4_len);
	} else {
		to->sum_offset = 16;
		put32(l4 + 4, get32(l4 + 4) + at);
		if (!is_last)
			l4[13] &= (uint8_t) ~(TCP_FIN | TCP_PSH);
		if (n)
			l4[13] &= (uint8_t)~TCP_CWR;
	}
	put16(l4 + to->sum_offset, pseudo(l3, s->is_v4, s->protocol, l4_len));
}

static struct pkt *piece_of(const struct pkt *p, const struct shape *s,
	struct pkt_pool *pool, uint32_t n, uint32_t at, uint32_t len)
{
	uint32_t from = s->payload + at;
	uint32_t linear = from >= p->lin ? 0 : p->lin - from < len ? p->lin - from : len;
	struct pkt *to = pkt_new(pool, s->payload + linear);

	if (!to)
		return NULL;
	memcpy(pkt_put(to, s->payload), p->data, s->payload);
	if (!share(to, p, from, len)) {
		pkt_free(to);
		return NULL;
	}
	if (p->l2)
		to->l2 = to->data;
	to->is_multicast = p->is_multicast;
	to->is_broadcast = p->is_broadcast;
	to->is_forwarded = p->is_forwarded;
	to->mark = p->mark;
	to->at = p->at;
	finish(to, s, n, at, len, from + len == p->len);
	return to;
}

int segment_split(struct pkt *p, struct pkt_pool *pool, struct pkt_queue *out)
{
	struct shape s;
	struct pkt_queue made;
	uint32_t n = 0, at = 0;
	int err = look(&s, p);

	pkt_queue_init(&made);
	while (err == 0 && (s.payload + at < p->len || !n)) { /* one even without payload */
		uint32_t left = p->len - s.payload - at;
		uint32_t len = left < p->gso_size ? left : p->gso_size;
		struct pkt *to = piece_of(p, &s, pool, n++, at, len);

		if (to)
			pkt_queue_put(&made, to);
		else
			err = -ENOBUFS;
		at += len;
	}
	pkt_free(p);
	if (err < 0) {
		pkt_queue_clear(&made);
		return err;
	}
	*out->last = made.first; /* there is one at least */
	out->last = made.last;
	out->count += made.count;
	out->octets += made.octets;
	return 0;
}
