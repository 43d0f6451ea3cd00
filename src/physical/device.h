/* SPDX-License-Identifier: ISC */
/*
 * device.h - what takes frames to a wire and brings them: a TAP, a cable, a memory wire
 *
 * One small table of functions, and the devices that wrap another one (impairment, capture)
 * fill in the same table.  A device does not know what is in the frames but for the layout of
 * the packet (pkt.h).  None of these calls waits.
 *
 * Checksums and super-segments: `can` tells what may be given to send() unfinished.  Whoever
 * hands over packets (link/link_output()) finishes what the device cannot.
 *
 * Neighbours: tap.h, cable.h, wire.h; session/host.h drives them.
 */
#ifndef NOD_PHYSICAL_DEVICE_H
#define NOD_PHYSICAL_DEVICE_H

#include "nod/api.h"
#include "../base/pkt.h"

struct device;

enum {
	DEVICE_SUMS = 1 << 0,	   /* takes PKT_SUM_TO_FILL; what it brings may be so too */
	DEVICE_TRUSTED = 1 << 1,   /* what it brings cannot have been damaged on the way */
	DEVICE_TSO4 = 1 << 2,	   /* takes TCP super-segments over IPv4, up to gso_octets */
	DEVICE_TSO6 = 1 << 3,
	DEVICE_USO = 1 << 4,	   /* UDP super-segments of both families */
	DEVICE_GSO = DEVICE_TSO4 | DEVICE_TSO6 | DEVICE_USO,
};

struct device_ops {
	/*
	 * Takes up to @n packets from @p, in order; how many it took (it is full then: try again
	 * when the descriptor can be written, or at deadline()).  What it takes it frees.
	 * With @n = 0 it only goes on with what it has begun.
	 */
	unsigned (*send)(struct device *d, struct pkt *const *p, unsigned n, nod_ns now);
	/*
	 * Up to @max frames that have arrived by @now, which the caller then owns; each with
	 * l2 = data, sum and gso set.  A frame with PKT_SUM_TO_FILL has l3 and l4 set, too, so
	 * that it can be cut and finished when it goes on to another device.  How many.
	 */
	unsigned (*recv)(struct device *d, struct pkt **p, unsigned max, nod_ns now);
	/* When recv() or send() has to be called again though no descriptor says so;
	 * INT64_MAX: never. */
	nod_ns (*deadline)(const struct device *d);
	/* What to poll(): a descriptor, or -1. */
	int (*fd)(const struct device *d);
	/* Ends it, and what it wraps. */
	void (*close)(struct device *d);
};

/* Why a device threw a frame away; whoever drives it reports what has been added. */
enum device_drop {
	DEVICE_DROP_MEMORY,  /* no packet to receive it into */
	DEVICE_DROP_QUEUE,   /* the queue was full */
	DEVICE_DROP_LENGTH,  /* longer than the wire carries, or shorter than a header */
	DEVICE_DROP_HEADER,  /* what came with it (virtio-net) cannot be true */
	DEVICE_DROP_REFUSED, /* the system did not take it */
	DEVICE_DROP_BROKEN,  /* nobody is at the other end */
	DEVICE_DROP_N
};

/* First member of every device. */
struct device {
	const struct device_ops *ops;
	char name[32];	     /* for captures and people */
	unsigned can;	     /* DEVICE_* */
	uint32_t gso_octets; /* longest packet with its link header; 0 = no super-segments */
	uint32_t mtu;	     /* octets of a frame's payload */
	bool is_full;	     /* send() did not take all, or has not done with what it took */
	bool is_broken;	     /* the other end is gone for good (its other end was closed) */
	int why;	     /* a negative errno, when the other end went last; 0 = it did not, or
			      * there is nothing to tell */
	uint64_t dropped[DEVICE_DROP_N];
};

static inline unsigned device_send(
	struct device *d, struct pkt *const *p, unsigned n, nod_ns now)
{
	return d->ops->send(d, p, n, now);
}
static inline unsigned device_recv(struct device *d, struct pkt **p, unsigned max, nod_ns now)
{
	return d->ops->recv(d, p, max, now);
}
static inline nod_ns device_deadline(const struct device *d)
{
	return d->ops->deadline ? d->ops->deadline(d) : INT64_MAX;
}
static inline int device_fd(const struct device *d)
{
	return d->ops->fd ? d->ops->fd(d) : -1;
}
static inline void device_close(struct device *d)
{
	if (d)
		d->ops->close(d);
}

#endif
