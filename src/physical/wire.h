/* SPDX-License-Identifier: ISC */
/*
 * wire.h - a memory wire: two devices in one process, joined
 *
 * Packets go over by reference; nothing is copied.  Their slices may still be referred to by
 * the sender (a send queue), so whoever receives a packet reads its slices and does not write
 * there.  Both ends belong to one thread.
 *
 * Neighbours: device.h.
 */
#ifndef NOD_PHYSICAL_WIRE_H
#define NOD_PHYSICAL_WIRE_H

#include "device.h"

/* What happens to packets for which there is no room. */
enum wire_full {
	WIRE_WAIT, /* send() takes fewer, and is_full: nothing is lost */
	WIRE_DROP, /* the newest is lost: drop-tail */
};

struct wire_conf {
	const char *name[2]; /* of the ends; copied; NULL = "wire0", "wire1" */
	unsigned can;	     /* DEVICE_* of both ends */
	uint32_t gso_octets; /* 0 with DEVICE_GSO in @can: 65,549, IP's longest with its header */
	uint32_t mtu;	     /* 0 = 1,500 */
	uint32_t queue;	     /* packets each way; 0 = 512 */
	enum wire_full full;
};

/*
 * Both ends of a new wire.  Whoever closes one end makes the other is_broken; it can still take
 * what had been sent.  0, -EINVAL (more packets than 2^20), -ENOMEM.
 */
int wire_new(const struct wire_conf *conf, struct device *end[2]);

#endif
