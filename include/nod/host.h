/* SPDX-License-Identifier: ISC */
/*
 * host.h - a stack that runs by itself: devices, a thread, and sessions for programs
 *
 * A *host* is a stack (stack.h) with what feeds it: devices that bring and take its frames, the
 * machine's clock, and a thread that waits for both.  Its service (nod_host_service()) carries
 * sessions (session.h), so that a program which talks by the machine's kernel talks by a stack
 * of nod's own when it is given that service instead.
 *
 *	nod_host_new(&conf, &h);
 *	nod_host_add_tap(h, &(struct nod_tap_conf){ .name = "tap0" });	// interface 2
 *	nod_address_add(nod_host_stack(h), 2, &prefix, NOD_ADDRESS_AT_ONCE);
 *	nod_resolver_set(nod_host_stack(h), NULL);		// names, if it needs them
 *	nod_host_start(h);
 *	nod_session_listen(nod_host_service(h), &at, &conf, &s, &why);
 *	...
 *	nod_host_free(h);
 *
 * Threads: the stack belongs to the host's thread once it runs.  Sessions and ready sets lock it
 * themselves; whoever calls anything else of the stack does so between nod_host_lock() and
 * nod_host_unlock().  Errors are negative errno.
 *
 * Neighbours: stack.h, session.h, resolve.h (names), dhcp.h (addresses).
 */
#ifndef NOD_HOST_H
#define NOD_HOST_H

#include "session.h"
#include "stack.h"

struct nod_host;

/**
 * nod_host_new() - a host with a stack and its loopback, and no device yet; it does not run
 * @conf: of its stack, borrowed; NULL = defaults.  A seed of zeros is drawn from the system: a
 *        host stands on a real network, where nobody may foresee its ports and numbers.
 *        conf->sink is told from whichever thread is in the stack.
 *
 * Return: 0, or as nod_stack_new(), or the system's own error when it gives no random octets.
 */
NOD_API int nod_host_new(const struct nod_conf *conf, struct nod_host **out);

/*
 * Ends its thread, its devices and its stack.  Its sessions are closed and its ready sets and
 * names that are asked for are given back before.  NULL is allowed.
 */
NOD_API void nod_host_free(struct nod_host *h);

/* Its stack, to be configured: before it runs, or between lock and unlock. */
NOD_API struct nod_stack *nod_host_stack(struct nod_host *h);

/* ---- devices, before it runs ------------------------------------------------------------- */

/* All zero is a good default. */
struct nod_tap_conf {
	const char
		*name; /* of the interface, here and in the kernel; NULL = the kernel chooses */
	struct nod_interface_conf interface; /* MAC and VLAN; the rest is the device's to say */
	bool no_offload;		     /* whole frames with checksums, one by one */
};

/**
 * nod_host_add_tap() - an interface on a wire to the machine's kernel (Linux's TAP)
 * @conf: borrowed; NULL = defaults
 *
 * The interface there is made, or taken when it was made for this user (`ip tuntap add mode tap
 * user ...`), and is gone with the host unless it was there before.  Its addresses and its being
 * up there are the kernel's matter (ip-link(8)); as long as it is down, what is sent is lost.
 *
 * Return: the new interface's index, or -ENOENT, -ENODEV (this machine has no TAP), -EPERM (not
 * this user's, and to make one needs CAP_NET_ADMIN), -EACCES, -EBUSY (somebody has it open),
 * -EINVAL (an interface of another kind has the name), -ENAMETOOLONG, -ENOSPC (conf.interfaces,
 * or 16 devices), -ENOMEM, -EMFILE; -EALREADY: the host runs.
 */
NOD_API int nod_host_add_tap(struct nod_host *h, const struct nod_tap_conf *conf);

/* All zero is a good default. */
struct nod_join_conf {
	uint32_t mtu;	/* octets of IP; 0 = 1,500 */
	uint32_t queue; /* packets each way; 0 = 512; more wait on their side */
	struct nod_interface_conf interface[2]; /* of @a, of @b; MTU and offload: the wire's */
};

/**
 * nod_host_join() - a wire in memory between two hosts of this program
 * @conf:  borrowed; NULL = defaults
 * @index: the new interfaces' indices on @a and on @b
 *
 * Packets go over by reference, unfinished (checksums, segmentation), as nothing can damage them.
 * Hosts that are joined share one thread and one lock: starting one starts all of them.
 *
 * Return: 0 or -EINVAL (@a is @b, a name that does not fit, an MTU below 68), -EEXIST (a name
 * that is taken), -ENOSPC, -ENOMEM; -EALREADY: one of them runs.
 */
NOD_API int nod_host_join(struct nod_host *a, struct nod_host *b,
	const struct nod_join_conf *conf, unsigned index[2]);

/* ---- running ----------------------------------------------------------------------------- */

/*
 * Run, in a thread of its own that takes no signals.  Running already is no error.
 * 0, -EAGAIN (no thread to be had), -EMFILE, -ENFILE, -ENOMEM.
 */
NOD_API int nod_host_start(struct nod_host *h);

/*
 * Nobody else is in the stack between the two, and its clock is set.  What was done in between
 * takes effect with the second: packets leave, deadlines are kept.  Waits for whoever is in it,
 * never for the network.  Not to be taken twice by one thread, nor held over a session's call.
 */
NOD_API void nod_host_lock(struct nod_host *h);
NOD_API void nod_host_unlock(struct nod_host *h);

/*
 * What carries sessions on the host: for nod_session_listen() and its kin, as long as the host
 * lives.  Sessions that wait, and ready sets, wait for ever on a host that does not run.
 */
NOD_API const struct nod_service *nod_host_service(struct nod_host *h);

/* Whether each of its devices has lost its other end for good. */
NOD_API bool nod_host_is_cut_off(struct nod_host *h);

/**
 * nod_host_drain() - wait until what was sent on sessions that are closed has arrived
 * @until: nod_service_now() of its service at which to stop; NOD_FOREVER
 *
 * nod_session_close() lets a stream go on delivering; with the host ends the stack that does it.
 * A program calls this between the two.  Waits for the peers' acknowledgements of what was
 * written and of the FIN (RFC 9293 3.10.4), not for their FIN, and for the devices to take it all.
 *
 * Return: 0, -ETIMEDOUT, -ENETDOWN (it is cut off: what is left cannot arrive);
 * 0 at once on a host that does not run.
 */
NOD_API int nod_host_drain(struct nod_host *h, nod_ns until);

/**
 * nod_host_wait_address() - wait until the host has an address with which it can talk
 * @a:     this one; NULL: any but the loopback's
 * @until: nod_service_now() of its service at which to stop; NOD_FOREVER
 *
 * An address is tried before it is used (nod_address_add()), or comes from the network.
 *
 * Return: 0, -ETIMEDOUT, -EADDRINUSE (another station has @a), -EADDRNOTAVAIL (nobody gave it
 * @a), -ENETDOWN (it is cut off).
 */
NOD_API int nod_host_wait_address(struct nod_host *h, const struct nod_addr *a, nod_ns until);

#endif
