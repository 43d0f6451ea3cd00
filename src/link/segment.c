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
#include "../base/cursor.h"

enum { TCP_FIN = 0x01, TCP_PSH = 0x08, TCP_CWR = 0x80, PROTO_TCP = 6, PROTO_UDP = 17 };
enum { IPV4_HDR_LEN = 20, IPV6_HDR_LEN = 40, TCP_HDR_LEN = 20, UDP_HDR_LEN = 8 };

/* What the headers of a super-segment say. */
struct shape {
	uint32_t l3, l4, payload; /* octets from data */
	bool is_v4;
	uint8_t protocol;
	/* Running sums of what all pieces have in common: of the pseudo-header, without length;
	 * of an IPv4 header, without length, identification and checksum. */
	uint64_t pseudo, header;
};

/* Where the next piece's payload begins. */
struct place {
	uint32_t at;	/* octets of payload that the pieces before have */
	unsigned slice; /* p->n_slices: behind the last */
	uint32_t in_slice;
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

static void sum_shared(struct shape *s, const uint8_t *l3)
{
	s->pseudo = checksum_add_u16(
		s->is_v4 ? checksum_add(0, l3 + 12, 8) : checksum_add(0, l3 + 8, 32), s->protocol);
	if (!s->is_v4)
		return;
	s->header = checksum_add(0, l3, 2);
	s->header = checksum_add(s->header, l3 + 6, 4);
	s->header = checksum_add(s->header, l3 + 12, s->l4 - s->l3 - 12);
}

/* Append the next @len octets of payload: by reference where they lie in slices. */
static bool share(struct pkt *to, const struct pkt *p, const struct shape *s,
	struct place *from, uint32_t len)
{
	uint32_t linear = p->lin - s->payload;

	if (from->at < linear) {
		uint32_t part = linear - from->at < len ? linear - from->at : len;

		memcpy(pkt_put(to, part), p->data + s->payload + from->at, part);
		from->at += part;
		len -= part;
	}
	while (len && from->slice < p->n_slices) {
		const struct slice *k = &p->slice[from->slice];
		uint32_t left = k->len - from->in_slice, part = left < len ? left : len;

		if (part &&
			!pkt_add_slice(to, block_ref(k->block), k->at + from->in_slice, part)) {
			block_unref(k->block);
			return false;
		}
		from->at += part;
		from->in_slice += part;
		len -= part;
		if (from->in_slice == k->len) {
			from->slice++;
			from->in_slice = 0;
		}
	}
	return !len;
}

/* The @n-th piece's own lengths, numbers and flags. */
static void finish(struct pkt *to, const struct shape *s, uint32_t n, uint32_t at,
	uint32_t len, bool is_last)
{
	uint8_t *l3 = to->data + s->l3, *l4 = to->data + s->l4;
	uint32_t l4_len = s->payload - s->l4 + len;

	if (s->is_v4) {
		uint16_t l3_len = (uint16_t)(s->l4 - s->l3 + l4_len);
		uint16_t id = (uint16_t)(octets_u16(l3 + 4) + n);

		octets_put_u16(l3 + 2, l3_len);
		octets_put_u16(l3 + 4, id);
		octets_put_u16(l3 + 10,
			checksum_end(checksum_add_u16(checksum_add_u16(s->header, l3_len), id)));
	} else {
		octets_put_u16(l3 + 4, (uint16_t)(s->l4 - s->l3 - IPV6_HDR_LEN + l4_len));
	}
	to->l3 = l3;
	to->l4 = l4;
	to->sum = PKT_SUM_TO_FILL;
	if (s->protocol == PROTO_UDP) {
		to->sum_offset = 6;
		octets_put_u16(l4 + 4, (uint16_t)l4_len);
	} else {
		to->sum_offset = 16;
		octets_put_u32(l4 + 4, octets_u32(l4 + 4) + at);
		if (!is_last)
			l4[13] &= (uint8_t) ~(TCP_FIN | TCP_PSH);
		if (n)
			l4[13] &= (uint8_t)~TCP_CWR;
	}
	octets_put_u16(l4 + to->sum_offset,
		(uint16_t)~checksum_end(checksum_add_u16(s->pseudo, (uint16_t)l4_len)));
}

static struct pkt *piece_of(const struct pkt *p, const struct shape *s, struct pkt_pool *pool,
	uint32_t n, struct place *from)
{
	uint32_t at = from->at, left = p->len - s->payload - at;
	uint32_t len = left < p->gso_size ? left : p->gso_size;
	uint32_t begin = s->payload + at;
	uint32_t linear = begin >= p->lin ? 0 : p->lin - begin < len ? p->lin - begin : len;
	struct pkt *to = pkt_new(pool, s->payload + linear);

	if (!to)
		return NULL;
	memcpy(pkt_put(to, s->payload), p->data, s->payload);
	if (!share(to, p, s, from, len)) {
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
	finish(to, s, n, at, len, len == left);
	return to;
}

int segment_split(struct pkt *p, struct pkt_pool *pool, struct pkt_queue *out)
{
	struct shape s;
	struct pkt_queue made;
	struct place from = { 0 };
	uint32_t n = 0;
	int err = look(&s, p);

	pkt_queue_init(&made);
	if (err == 0)
		sum_shared(&s, p->l3);
	while (err == 0 && (s.payload + from.at < p->len || !n)) { /* one even without payload */
		struct pkt *to = piece_of(p, &s, pool, n++, &from);

		if (to)
			pkt_queue_put(&made, to);
		else
			err = -ENOBUFS;
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
