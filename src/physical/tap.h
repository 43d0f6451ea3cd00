/* SPDX-License-Identifier: ISC */
/*
 * tap.h - a TAP device: a wire between this program and the machine's kernel
 *
 * Linux's /dev/net/tun with a virtio-net header before each frame, so that checksums and
 * super-segments need not be finished on either side (virtio 1.2, 5.1.6).
 *
 * Neighbours: device.h (what it is), session/host.h (who drives it).
 */
#ifndef NOD_PHYSICAL_TAP_H
#define NOD_PHYSICAL_TAP_H

#include "device.h"

struct tap_conf {
	const char *name;  /* of the interface; "" = the kernel chooses */
	bool no_offload;   /* whole frames with checksums, one by one */
	bool many_queues;  /* IFF_MULTI_QUEUE: each tap_open() of the name is one more queue */
};

/*
 * Make the interface, or take one that was made for this user (`ip tuntap add`).  What arrives
 * is put into packets of @pool (borrowed; must outlive the device).  Non-blocking.
 *
 * Return: 0 or a negative errno: -ENOENT (no /dev/net/tun), -EPERM (needs CAP_NET_ADMIN, or an
 * interface that is this user's), -EBUSY (somebody has it open), -EINVAL (a name too long, or
 * an interface of another kind), -ENOMEM, -EMFILE.
 */
int tap_open(const struct tap_conf *conf, struct pkt_pool *pool, struct device **out);

#endif
