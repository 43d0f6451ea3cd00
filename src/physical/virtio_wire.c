/* SPDX-License-Identifier: ISC */
/*
 * virtio_wire.c - the header that virtio-net has before each frame
 *
 * Virtual I/O Device 1.2, 5.1.6.  Of Ethernet, IP, UDP and TCP it knows what is needed to see
 * whether the header can be true: where their headers lie and where their checksums are.
 *
 * Neighbours: virtio_wire.h.
 */
#include "virtio_wire.h"

#include <errno.h>

enum {
	TYPE_IPV4 = 0x0800,
	TYPE_IPV6 = 0x86dd,
	TYPE_TAG = 0x8100,
	ETHER_HDR_LEN = 14,
	TAG_LEN = 4,
	TAGS_MAX = 2,
	IPV4_HDR_LEN = 20,
	IPV6_HDR_LEN = 40,
	UDP_HDR_LEN = 8,
	TCP_HDR_LEN = 20,
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	UDP_SUM = 6, /* octets from the header's start to its checksum */
	TCP_SUM = 16,
	TCP_FLAGS = 13,
	TCP_CWR = 0x80,
};

static uint16_t swapped(uint16_t v)
{
	return (uint16_t)(v >> 8 | v << 8);
}

int virtio_parse(struct virtio_hdr *h, struct rcur *r)
{
	h->flags = rcur_u8(r);
	h->gso = rcur_u8(r);
	h->hdr_len = swapped(rcur_u16(r));
	h->gso_size = swapped(rcur_u16(r));
	h->csum_start = swapped(rcur_u16(r));
	h->csum_offset = swapped(rcur_u16(r));
	rcur_skip(r, 2); /* num_buffers: of the receiving ring, which there is none of */
	return r->bad ? -EBADMSG : 0;
}

int virtio_emit(const struct virtio_hdr *h, struct wcur *w)
{
	wcur_u8(w, h->flags);
	wcur_u8(w, h->gso);
	wcur_u16(w, swapped(h->hdr_len));
	wcur_u16(w, swapped(h->gso_size));
	wcur_u16(w, swapped(h->csum_start));
	wcur_u16(w, swapped(h->csum_offset));
	wcur_u16(w, 0);
	return w->bad ? -EMSGSIZE : 0;
}

/* Where a frame's headers lie, in octets from its start. */
struct shape {
	uint32_t l3, l4;
	uint32_t payload; /* behind the UDP or TCP header; 0: neither, or cut */
	unsigned version; /* 4, 6 */
	uint8_t protocol;
};

/* Of a frame without extension headers and fragments; others are none of offload's. */
static bool look(struct shape *s, const uint8_t *frame, size_t len)
{
	struct rcur r = rcur_of(frame, len);
	unsigned tags = 0;
	uint16_t type;
	uint8_t first;

	rcur_skip(&r, 12);
	while ((type = rcur_u16(&r)) == TYPE_TAG && tags++ < TAGS_MAX)
		rcur_skip(&r, 2);
	s->l3 = (uint32_t)r.at;
	first = rcur_u8(&r);
	if (type == TYPE_IPV4 && first >> 4 == 4 && (first & 15) * 4 >= IPV4_HDR_LEN) {
		s->version = 4;
		s->l4 = s->l3 + (first & 15) * 4u;
		rcur_skip(&r, 5);
		if (rcur_u16(&r) & 0x3fff) /* more fragments, or not the first */
			return false;
		rcur_skip(&r, 1);
		s->protocol = rcur_u8(&r);
	} else if (type == TYPE_IPV6 && first >> 4 == 6) {
		s->version = 6;
		s->l4 = s->l3 + IPV6_HDR_LEN;
		rcur_skip(&r, 5);
		s->protocol = rcur_u8(&r);
	} else {
		return false;
	}
	if (r.bad || s->l4 > len)
		return false;

	size_t left = len - s->l4;

	if (s->protocol == PROTO_UDP && left >= UDP_HDR_LEN)
		s->payload = s->l4 + UDP_HDR_LEN;
	else if (s->protocol == PROTO_TCP && left >= TCP_HDR_LEN)
		s->payload = s->l4 + (frame[s->l4 + 12] >> 4) * 4u;
	else
		return false;
	return s->payload <= len && (s->protocol == PROTO_UDP || s->payload >= s->l4 + TCP_HDR_LEN);
}

static int apply_gso(struct pkt *p, const struct virtio_hdr *h, const struct shape *s)
{
	uint8_t kind = h->gso & (uint8_t)~VIRTIO_GSO_ECN;

	if (kind == VIRTIO_GSO_UDP) {
		if (s->protocol != PROTO_UDP)
			return -EBADMSG;
		p->gso = PKT_GSO_UDP;
	} else if (kind == VIRTIO_GSO_TCP4 || kind == VIRTIO_GSO_TCP6) {
		if (s->protocol != PROTO_TCP || s->version != (kind == VIRTIO_GSO_TCP4 ? 4 : 6))
			return -EBADMSG;
		p->gso = PKT_GSO_TCP;
	} else {
		return -EBADMSG;
	}
	if (!h->gso_size)
		return -EBADMSG;
	if (p->len - s->payload <= h->gso_size)
		p->gso = PKT_GSO_NONE; /* one segment: nothing to cut */
	else
		p->gso_size = h->gso_size;
	return 0;
}

int virtio_apply(struct pkt *p, const struct virtio_hdr *h)
{
	struct shape s;

	if (!(h->flags & VIRTIO_NEEDS_CSUM)) {
		if (h->gso != VIRTIO_GSO_NONE)
			return -EBADMSG; /* 5.1.6.2: a super-segment's checksum is unfinished */
		if (h->flags & VIRTIO_DATA_VALID)
			p->sum = PKT_SUM_VERIFIED;
		return 0;
	}
	if (h->csum_start < ETHER_HDR_LEN || h->csum_start > p->lin ||
		h->csum_offset > p->lin - h->csum_start ||
		p->lin - h->csum_start - h->csum_offset < 2)
		return -EBADMSG;
	p->l4 = p->data + h->csum_start;
	p->sum_offset = h->csum_offset;
	if (look(&s, p->data, p->lin) && s.l4 == h->csum_start &&
		h->csum_offset == (s.protocol == PROTO_UDP ? UDP_SUM : TCP_SUM)) {
		p->l3 = p->data + s.l3;
		p->sum = PKT_SUM_TO_FILL;
		return h->gso == VIRTIO_GSO_NONE ? 0 : apply_gso(p, h, &s);
	}
	if (h->gso != VIRTIO_GSO_NONE)
		return -EBADMSG;
	pkt_fill_checksum(p);
	p->sum = PKT_SUM_UNKNOWN;
	p->l4 = NULL;
	return 0;
}

struct virtio_hdr virtio_of(const struct pkt *p)
{
	struct virtio_hdr h = { 0 };

	if (p->sum != PKT_SUM_TO_FILL)
		return h;
	h.flags = VIRTIO_NEEDS_CSUM;
	h.csum_start = (uint16_t)(p->l4 - p->data);
	h.csum_offset = p->sum_offset;
	if (!p->gso)
		return h;
	h.gso_size = p->gso_size;
	if (p->gso == PKT_GSO_UDP) {
		h.gso = VIRTIO_GSO_UDP;
		h.hdr_len = (uint16_t)(h.csum_start + UDP_HDR_LEN);
		return h;
	}
	h.gso = p->l3[0] >> 4 == 6 ? VIRTIO_GSO_TCP6 : VIRTIO_GSO_TCP4;
	if (p->l4[TCP_FLAGS] & TCP_CWR)
		h.gso |= VIRTIO_GSO_ECN;
	h.hdr_len = (uint16_t)(h.csum_start + (p->l4[12] >> 4) * 4);
	return h;
}
