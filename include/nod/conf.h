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

/* Numbers as Linux's sysctl tcp_fastopen has them. */
enum {
	NOD_FAST_OPEN_CLIENT = 1 << 0,
	NOD_FAST_OPEN_SERVER = 1 << 1,
	NOD_FAST_OPEN_CLIENT_BARE = 1 << 2, /* octets in a SYN without a cookie */
	NOD_FAST_OPEN_SERVER_BARE = 1 << 9, /* ... are taken */
	NOD_FAST_OPEN_LISTENERS = 1 << 10,  /* by all listeners, asked or not */
	NOD_FAST_OPEN_OFF = 1 << 16,
};

/* What TCP does where large packets vanish and no router says so (RFC 4821). */
enum {
	NOD_MTU_PROBING_BLACK_HOLE, /* after three time-outs: smaller ones, and then it searches */
	NOD_MTU_PROBING_ALWAYS,	    /* begin with 1,024 octets of payload, IPv6 1,220, and search */
	NOD_MTU_PROBING_OFF,
};

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

	uint32_t tcp_connections; /* 1,048,576; one more is -ENOBUFS, a peer's is not taken */
	uint32_t tcp_half_open;	  /* 4,096 SYNs unanswered; then cookies (RFC 4987) */
	uint32_t tcp_time_wait;	  /* 65,536 records; the oldest loses */
	uint32_t tcp_backlog;	  /* 4,096 connections that wait for accept(), at most */
	uint32_t tcp_busy; /* 256 connections keep what only a busy one needs while they are idle */
	uint32_t tcp_receive_octets; /* receive buffer to begin with; 128 KiB */
	uint32_t tcp_receive_most;   /* ... and as it may grow; 6 MiB */
	uint32_t tcp_send_octets;    /* send buffer to begin with; 128 KiB */
	uint32_t tcp_send_most;	     /* ... and as it may grow; 4 MiB */
	uint8_t tcp_burst_segments;  /* 2; so many leave together however slow the path */
	uint8_t tcp_mtu_probing;     /* NOD_MTU_PROBING_* */
	uint8_t tcp_syn_retries;     /* 7: more than 3 minutes (RFC 9293 MUST-23) */

	/*
	 * TCP Fast Open (RFC 7413): what is allowed; a program asks for it all the same,
	 * by MSG_FASTOPEN, TCP_FASTOPEN_CONNECT, or TCP_FASTOPEN on a listener.
	 * 0 = client and server.
	 */
	uint32_t tcp_fast_open;		/* NOD_FAST_OPEN_* */
	uint8_t tcp_fast_open_key[16];	/* zeros: drawn from the seed; for servers that share it */

	bool tcp_ecn; /* ask for ECN (RFC 3168); others' asking is always answered */
	bool tcp_pacing; /* all connections' segments are spread over the round trip; else those
			  * that are given a rate by SO_MAX_PACING_RATE.  Off: on a fast wire a
			  * timer is later than the gap between two packets is long */
	bool tcp_no_sack, tcp_no_timestamps, tcp_no_window_scale, tcp_no_ecn;

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
