/* SPDX-License-Identifier: ISC */
/*
 * stack.h - a TCP/IP stack that does no input and no output of its own
 *
 * A stack never reads a clock, sleeps, opens a descriptor, starts a thread or asks for random
 * octets.  Frames, time and seed are arguments; frames, events and the next deadline are results.
 * Whoever owns it drives it:
 *
 *	for (;;) {
 *		... wait for a frame, or until nod_stack_deadline() ...
 *		nod_stack_input(s, 1, nod_packet_new(s, frame, len), now);
 *		nod_stack_poll(s, now);
 *		while ((n = nod_stack_output(s, 1, p, 32, now)) > 0)
 *			... send p[0..n-1] by nod_packet_iov(), nod_packet_free() each ...
 *		... nod_stack_event(): sockets that can be read, written, or have failed ...
 *	}
 *
 * The same seed and the same calls give the same octets.  A stack belongs to one thread at a
 * time; several stacks know nothing of one another.  `now` is monotonic nanoseconds and may not
 * go back (it is then taken as standing still).  No call waits.  Errors are negative errno.
 *
 * Neighbours: conf.h (limits), event.h (what it reports), socket.h (what programs call).
 */
#ifndef NOD_STACK_H
#define NOD_STACK_H

#include <stdbool.h>
#include <sys/uio.h>

#include "addr.h"
#include "conf.h"

struct nod_stack;

/* A frame.  Passed by reference; its octets may lie in several pieces. */
struct nod_packet;

/**
 * nod_stack_new() - a stack with a loopback interface (index 1, "lo") and nothing else
 * @conf: borrowed; NULL = defaults (and then a seed of zeros: for tests only)
 * @now:  what time it is
 *
 * Return: 0 or -ENOMEM, -EINVAL (a limit that contradicts another).
 */
NOD_API int nod_stack_new(const struct nod_conf *conf, nod_ns now, struct nod_stack **out);

/* Frees everything; packets that are still elsewhere stay good until they are freed. */
NOD_API void nod_stack_free(struct nod_stack *s);

NOD_API const char *nod_stack_name(const struct nod_stack *s);

/* The configuration in force: what was 0 is the default now. */
NOD_API const struct nod_conf *nod_stack_conf(const struct nod_stack *s);

/* ---- the five calls that drive it ---------------------------------------------------- */

/* A frame arrived on @interface.  Takes @p (NULL is allowed: nothing happens). */
NOD_API void nod_stack_input(
	struct nod_stack *s, unsigned interface, struct nod_packet *p, nod_ns now);

/*
 * The next frames to send on @interface, in order: up to @max into @p, which the caller then owns.
 * Return: how many.
 */
NOD_API unsigned nod_stack_output(struct nod_stack *s, unsigned interface,
	struct nod_packet **p, unsigned max, nod_ns now);

/* Do what is due at @now.  Extra calls are harmless. */
NOD_API void nod_stack_poll(struct nod_stack *s, nod_ns now);

/* Call nod_stack_poll() by then even if nothing arrives; NOD_FOREVER: no need. */
NOD_API nod_ns nod_stack_deadline(const struct nod_stack *s);

struct nod_socket_event {
	int socket;
	unsigned bits; /* what is true now: NOD_READABLE and the others */
};

/*
 * Which sockets have become readable, writable or broken since it was asked last, each once,
 * with all that is true of it now.  Up to @max; asked again, the next ones.
 */
NOD_API unsigned nod_stack_event(
	struct nod_stack *s, struct nod_socket_event *ev, unsigned max);

/* ---- packets ------------------------------------------------------------------------- */

/* A frame copied from @frame.  NULL: conf.memory_octets is used up, or @len > 65,600. */
NOD_API struct nod_packet *nod_packet_new(struct nod_stack *s, const void *frame, size_t len);
NOD_API void nod_packet_free(struct nod_packet *p); /* NULL is allowed */
NOD_API size_t nod_packet_len(const struct nod_packet *p); /* octets */
/* Its octets in at most 7 pieces, borrowed until it is freed.  How many pieces. */
NOD_API int nod_packet_iov(const struct nod_packet *p, struct iovec iov[7]);

/* ---- interfaces, addresses, routes, neighbours --------------------------------------- */

struct nod_interface_conf {
	const char *name;  /* at most 15 octets; NULL = "eth0", "eth1" ... */
	uint8_t mac[6];	   /* zeros: drawn from the seed, locally administered */
	uint32_t mtu;	   /* octets of IP; 0 = 1,500; at least 68, for IPv6 1,280 */
	uint16_t vlan;	   /* 802.1Q VID 1..4094, 0 = untagged */
	unsigned offload;  /* NOD_OFFLOAD_*: what the device finishes itself */
	uint32_t gso_octets; /* longest super-segment it takes; 0 = none */
};

enum {
	NOD_OFFLOAD_SUMS = 1 << 0,    /* transport checksums, both ways */
	NOD_OFFLOAD_TRUSTED = 1 << 1, /* nothing that it brings can be damaged */
	NOD_OFFLOAD_TSO4 = 1 << 2,
	NOD_OFFLOAD_TSO6 = 1 << 3,
	NOD_OFFLOAD_USO = 1 << 4,
};

/* A new Ethernet interface, up.  Its index (from 2), or -ENOSPC, -EEXIST, -EINVAL, -ENOMEM. */
NOD_API int nod_interface_add(struct nod_stack *s, const struct nod_interface_conf *conf);
NOD_API int nod_interface_remove(struct nod_stack *s, unsigned interface);
NOD_API int nod_interface_set_up(struct nod_stack *s, unsigned interface, bool up);
NOD_API int nod_interface_set_mtu(struct nod_stack *s, unsigned interface, uint32_t mtu);
/*
 * Be a router to the IPv6 hosts of its link: tell them of this router and of the interface's
 * prefixes (RFC 4861 6.2), so that they make addresses; or, to end, that it is a router no more.
 * 0, -ENODEV, -EAFNOSUPPORT (no IPv6 there, or no conf.forwarding).
 */
NOD_API int nod_interface_advertise(struct nod_stack *s, unsigned interface, bool on);
/* The index of a name, or -ENODEV. */
NOD_API int nod_interface_index(const struct nod_stack *s, const char *name);

struct nod_interface_info {
	unsigned index;
	char name[16];
	uint8_t mac[6];
	uint32_t mtu;
	uint16_t vlan;
	bool is_up, is_loopback;
	uint64_t in_octets, in_packets, in_discards, in_errors;
	uint64_t out_octets, out_packets, out_discards, out_errors;
};
/* The interface after @index (0: the first).  0 or -ENODEV: no more. */
NOD_API int nod_interface_next(
	const struct nod_stack *s, unsigned index, struct nod_interface_info *out);

/*
 * Give the interface an address.  It is used once nobody has objected (RFC 5227: about 7 s,
 * RFC 4862: about 2 s), or at once with NOD_ADDRESS_AT_ONCE.
 * 0 or -ENODEV, -EEXIST, -EINVAL, -ENOSPC, -ENOMEM, -EAFNOSUPPORT.
 */
enum { NOD_ADDRESS_AT_ONCE = 1 << 0 };
NOD_API int nod_address_add(struct nod_stack *s, unsigned interface,
	const struct nod_prefix *p, unsigned flags);
NOD_API int nod_address_remove(
	struct nod_stack *s, unsigned interface, const struct nod_addr *a);

struct nod_address_info {
	unsigned interface;
	struct nod_prefix prefix;
	const char *state;  /* "tentative", "preferred", "deprecated", "duplicate" */
	const char *origin; /* "manual", "loopback", "link-local", "dhcp", "slaac", "temporary" */
	nod_ns preferred_until, valid_until; /* NOD_FOREVER: no end */
};
/* The @i-th address of all; 0 or -ENOENT: no more. */
NOD_API int nod_address_at(
	const struct nod_stack *s, unsigned i, struct nod_address_info *out);

/*
 * A route.  @gateway NULL: on the link.  @interface 0: the one the gateway is on.
 * 0 or -EINVAL, -EEXIST, -ENOSPC, -ENOMEM, -ENODEV, -ENETUNREACH (no way to the gateway).
 */
NOD_API int nod_route_add(struct nod_stack *s, const struct nod_prefix *to,
	const struct nod_addr *gateway, unsigned interface, uint32_t metric);
NOD_API int nod_route_remove(struct nod_stack *s, const struct nod_prefix *to,
	const struct nod_addr *gateway, unsigned interface);

struct nod_route_info {
	struct nod_prefix to;
	struct nod_addr gateway; /* NOD_UNSPEC: on the link */
	unsigned interface;
	uint32_t metric;
	const char *origin; /* "link", "manual", "ra", "dhcp" */
};
/* Walk: begin with *@at = 0.  0 or -ENOENT: no more. */
NOD_API int nod_route_next(
	const struct nod_stack *s, uint64_t *at, struct nod_route_info *out);

struct nod_neighbour_info {
	struct nod_addr addr;
	unsigned interface;
	uint8_t mac[6];
	const char *state; /* RFC 4861's words: "REACHABLE" */
	bool is_router;
};
NOD_API int nod_neighbour_next(
	const struct nod_stack *s, uint64_t *at, struct nod_neighbour_info *out);
NOD_API int nod_neighbour_set(struct nod_stack *s, unsigned interface,
	const struct nod_addr *a, const uint8_t mac[6]);
NOD_API int nod_neighbour_remove(
	struct nod_stack *s, unsigned interface, const struct nod_addr *a);

/* ---- looking at it ------------------------------------------------------------------- */

/* How often an event has happened. */
NOD_API uint64_t nod_stack_count(const struct nod_stack *s, enum nod_event_kind kind);
/* The sum of all events of a MIB's counter, as nod_event_counter() names it. */
NOD_API uint64_t nod_stack_counter(const struct nod_stack *s, const char *counter);

/* Memory and tables: for limits, monitors and tests. */
struct nod_stack_use {
	size_t memory_octets; /* taken from the system for packets */
	size_t packets, blocks; /* out at the moment */
	uint32_t sockets, neighbours, routes, reassemblies, timers;
	uint32_t leaving; /* TCP: closed in order, and not yet all acknowledged */
	uint32_t busy;	  /* TCP: with something under way, or a short while ago */
	size_t tcp_octets; /* taken from the system for connections of any state, and their table */
};
NOD_API void nod_stack_use(const struct nod_stack *s, struct nod_stack_use *out);

#endif
