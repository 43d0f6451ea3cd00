/* SPDX-License-Identifier: ISC */
/*
 * virtio_wire.h - the header that virtio-net has before each frame
 *
 * Virtual I/O Device 1.2, 5.1.6 (struct virtio_net_hdr, little-endian, with num_buffers): what of
 * a frame is unfinished.  Who hands over a frame with it may be hostile, so it is held against
 * the frame itself before it is believed.
 *
 * Neighbours: base/cursor.h; tap.c.
 */
#ifndef NOD_PHYSICAL_VIRTIO_WIRE_H
#define NOD_PHYSICAL_VIRTIO_WIRE_H

#include "../base/cursor.h"
#include "../base/pkt.h"

#define VIRTIO_HDR_LEN 12

enum {
	VIRTIO_NEEDS_CSUM = 1,
	VIRTIO_DATA_VALID = 2,
};

enum {
	VIRTIO_GSO_NONE = 0,
	VIRTIO_GSO_TCP4 = 1,
	VIRTIO_GSO_TCP6 = 4,
	VIRTIO_GSO_UDP = 5,	/* UDP_L4: datagrams, not fragments of one (3) */
	VIRTIO_GSO_ECN = 0x80,	/* or'ed to TCP's: the first segment has CWR set */
};

struct virtio_hdr {
	uint8_t flags;
	uint8_t gso;
	uint16_t hdr_len;  /* octets of all headers; a hint */
	uint16_t gso_size; /* payload octets of a segment */
	uint16_t csum_start, csum_offset;
};

/* -EBADMSG: cut. */
int virtio_parse(struct virtio_hdr *h, struct rcur *r) __attribute__((warn_unused_result));
/* -EMSGSIZE: it does not fit. */
int virtio_emit(const struct virtio_hdr *h, struct wcur *w);

/*
 * What @h says of the frame @p (data = Ethernet header) becomes p's sum, gso, gso_size,
 * sum_offset, l3 and l4.  An unfinished checksum that is not where UDP or TCP have theirs is
 * finished at once, and then is no better known than any other.
 *
 * 0, or -EBADMSG: it cannot be true of this frame.
 */
int virtio_apply(struct pkt *p, const struct virtio_hdr *h) __attribute__((warn_unused_result));

/* The header that tells of @p (data = Ethernet header). */
struct virtio_hdr virtio_of(const struct pkt *p);

#endif
