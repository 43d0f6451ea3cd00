/* SPDX-License-Identifier: ISC */
/*
 * conf.h - a stack's one configuration: its seed and its limits
 *
 * All zero is a good default: each 0 stands for the value named behind it.  When a table is full
 * the comment says who loses.  A full table never stops the stack.
 *
 * Neighbours: stack.h.
 */
#ifndef NOD_CONF_H
#define NOD_CONF_H

#include "event.h"

struct nod_conf {
	/*
	 * Where all chance comes from: ports, identifiers, hash keys, timers' jitter.  The same
	 * seed and the same inputs give the same octets; on a real network it has to be secret
	 * and different each time.
	 */
	uint8_t seed[32];
	const char *name; /* host name; copied, at most 63 octets; NULL = "nod" */
	struct nod_event_sink sink;

	/* Octets for packets and queues; 64 MiB.  Full: what was about to be received is dropped,
	 * what was about to be sent is refused with -ENOBUFS. */
	size_t memory_octets;
	uint32_t interfaces;  /* 16; one more is refused */
	uint32_t addresses;   /* of each interface; 32; learnt ones beyond are not configured */
	uint32_t sockets;     /* 65,536; one more is -EMFILE */
	uint32_t routes;      /* 131,072; one more is -ENOSPC, a learnt one is not taken */
	uint32_t neighbours;  /* 4,096 in all; one asked for by nobody loses first, then the one
			       * longest unused */
	uint32_t neighbours_incomplete; /* 256 being asked for; a new one is refused */
	uint32_t neighbour_queue;	/* packets that wait for one answer; 64, so that a datagram
					 * of 64 KiB in fragments can; the oldest loses */
	uint32_t destinations; /* cached ways and path MTUs; 4,096; the longest unused loses */
	uint32_t reassemblies; /* 64 at a time; the oldest loses */
	uint32_t reassemblies_per_source; /* 16; a new one is refused */
	uint32_t reassembly_octets;	  /* memory of all; 4 MiB; the oldest loses */
	uint32_t reassembly_fragments;	  /* of one datagram; 64; the datagram is refused */
	uint32_t groups;	/* multicast memberships of each interface; 256; then -ENOBUFS */
	uint32_t group_sources; /* of one membership; 64; one more is -ENOBUFS */
	uint32_t routers;	/* default routers learnt; 8; a new one is not taken */
	uint32_t prefixes;	/* learnt, of each interface; 16; a new one is not taken */
	uint32_t transmit_queue; /* packets of each interface; 1,024; the newest loses, -ENOBUFS */
	uint32_t receive_octets; /* SO_RCVBUF when not set; 208 KiB of packets' memory; the newest
				  * loses */
	uint32_t send_octets;	 /* SO_SNDBUF when not set; 208 KiB */
	uint32_t icmp_errors_per_second; /* 100, in bursts of 50; more are not sent */

	bool may_use_raw; /* raw and packet sockets; else -EPERM */
	bool forwarding;  /* be a router (RFC 1812, RFC 4861 6.2) */
	bool no_redirects; /* do not believe any, not even a safe one */
	bool no_echo;	  /* do not answer ping */
	bool answer_broadcast_echo; /* answer a ping to everybody (RFC 1122 3.2.2.6: optional) */
	bool no_ipv6;
	bool no_autoconf;     /* IPv6: no SLAAC from router advertisements */
	bool no_privacy;      /* IPv6: no temporary addresses (RFC 8981) */
	bool source_port_any; /* hand out ports from 1,024 on; else 32,768 .. 60,999 */
	uint8_t default_ttl;  /* 64 */
};

#endif
