/* SPDX-License-Identifier: ISC */
/*
 * tap.h - a TAP device: a wire between this program and the machine's kernel
 *
 * Linux's /dev/net/tun with a virtio-net header before each frame, so that checksums and
 * super-segments need not be finished on either side (virtio_wire.h).  Addresses, MTU and state
 * of the kernel's side are not its business (`ip address`, `ip link`).
 *
 * Neighbours: device.h (what it is), session/host.h (who drives it).
 */
#ifndef NOD_PHYSICAL_TAP_H
#define NOD_PHYSICAL_TAP_H

#include "device.h"

struct tap_conf {
	const char *name;  /* of the interface; NULL or "" = the kernel chooses */
	bool no_offload;   /* whole frames with checksums, one by one */
	bool many_queues;  /* IFF_MULTI_QUEUE: each tap_open() of the name is one more queue */
};

/*
 * Make the interface, or take one that was made for this user (`ip tuntap add`).  What arrives
 * is put into packets of @pool (borrowed; must outlive the device).  Non-blocking.
 *
 * The device is_broken when the interface is removed.  While it is down, what is sent is lost
 * (DEVICE_DROP_REFUSED) and nothing arrives.
 *
 * Return: 0 or a negative errno: -ENOENT or -ENODEV (no /dev/net/tun, or nothing behind it),
 * -EACCES (it may not be opened), -EPERM (needs CAP_NET_ADMIN, or an interface that was made for
 * this user by `ip tuntap add mode tap user ...`), -EBUSY (somebody has it open, or it has no
 * queues to share), -EINVAL (an interface of another kind), -ENAMETOOLONG, -ENOMEM, -EMFILE.
 */
int tap_open(const struct tap_conf *conf, struct pkt_pool *pool, struct device **out);

#endif
