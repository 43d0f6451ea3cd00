/* SPDX-License-Identifier: ISC */
/*
 * cable.h - a cable: a Unix socket between two programs, each frame with its length before it
 *
 * The framing is that of QEMU's `-netdev stream,addr.type=unix,addr.path=PATH`, so that a virtual
 * machine can be at the other end: an unsigned 32-bit length in network byte order, which does
 * not count itself, and then the Ethernet frame without its check sequence (the QEMU manual's
 * "netdev stream", Invocation, Network options, names the transport; the layout is that of its
 * older "socket" netdev).  No privilege is needed.  Nothing is offloaded: whole frames with their
 * checksums.
 *
 * A cable has two ends.  Who listens waits for the other one: until it comes, and after it has
 * gone, what is sent is lost (DEVICE_DROP_BROKEN), as on a cable that nothing is plugged into.
 * While one is there, others are hung up on.
 *
 * Neighbours: device.h (what it is), session/host.h (who drives it).
 */
#ifndef NOD_PHYSICAL_CABLE_H
#define NOD_PHYSICAL_CABLE_H

#include "device.h"

enum {
	CABLE_HDR_LEN = 4,
	/* The longest frame: an IP packet of 65,535, Ethernet and two tags.  QEMU's is 69,632. */
	CABLE_FRAME_MAX = 65535 + 14 + 2 * 4,
};

enum cable_side {
	CABLE_EITHER,  /* connect; nobody is there: listen */
	CABLE_CONNECT,
	CABLE_LISTEN,
};

struct cable_conf {
	const char *path; /* of the socket, at most 107 octets */
	enum cable_side side;
	uint32_t mtu; /* octets; 0 = 1,500 */
};

/*
 * Plug in at conf->path; what arrives is put into packets of @pool (borrowed; must outlive the
 * device).  Non-blocking.  A socket that nobody listens at any more is replaced.
 *
 * The end that connected is_broken when the other one has gone (device.why -EPIPE), or when what
 * it sent cannot be frames (-EBADMSG: a length of more than CABLE_FRAME_MAX).  The end that
 * listens hangs up then and waits for the next.
 *
 * Return: 0 or a negative errno: -ENAMETOOLONG, -EADDRINUSE (to listen: somebody does),
 * -ECONNREFUSED and -ENOENT (to connect: nobody listens), -EAGAIN (too many wait there),
 * -EPERM (what is at the path is not a socket), -EACCES, -ENOMEM, -EMFILE, ...
 */
int cable_open(const struct cable_conf *conf, struct pkt_pool *pool, struct device **out);

/* One end on a stream socket that is connected already; takes @fd if it succeeds.  0, -errno. */
int cable_of(int fd, uint32_t mtu, struct pkt_pool *pool, struct device **out);

/* Whether it is the end that listens. */
bool cable_is_listening(const struct device *d);

#endif
