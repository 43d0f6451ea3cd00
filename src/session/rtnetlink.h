/* SPDX-License-Identifier: ISC */
/*
 * rtnetlink.h - the kernel's answers about interfaces and their addresses, octets to struct
 *
 * Linux's rtnetlink(7): RTM_NEWLINK and RTM_NEWADDR messages in the machine's byte order.
 * Pure functions.  Does not write requests nor open sockets, and leaves out what nod does
 * not show (routes, neighbours, virtual functions).
 *
 * Neighbours: kernel_links.c, which asks; test/unit/test_rtnetlink.c.
 */
#ifndef NOD_SESSION_RTNETLINK_H
#define NOD_SESSION_RTNETLINK_H

#include "nod/addr.h"
#include "../base/cursor.h"

#define LINK_NAME_MAX 16 /* octets with the NUL: IFNAMSIZ */
#define LINK_KIND_MAX 32
#define LINK_MAC_MAX  32 /* octets of a link-layer address: the kernel's MAX_ADDR_LEN */

struct link_counters {
	uint64_t packets, octets, errors, dropped;
	uint64_t overruns; /* no room in the device's queue */
	uint64_t framing;  /* received: bad frames; sent: lost carrier */
};

/* One interface. */
struct net_link {
	unsigned index;
	unsigned type;	       /* ARPHRD_* of <net/if_arp.h> */
	unsigned flags;	       /* IFF_* of <linux/if.h> */
	unsigned oper_state;   /* IF_OPER_* of <linux/if.h>, RFC 2863 ifOperStatus */
	unsigned mtu;	       /* octets */
	unsigned queue_len;    /* packets */
	unsigned lower;	       /* index: the interface under it, a veth's other end; 0 = none */
	unsigned master;       /* index of the bridge or bond it belongs to; 0 = none */
	bool is_lower_elsewhere; /* @lower is an index in another network namespace */
	char name[LINK_NAME_MAX];
	char kind[LINK_KIND_MAX];  /* "veth", "bridge", ...; "" = hardware or loopback */
	char queue[LINK_KIND_MAX]; /* queueing discipline */
	uint8_t mac[LINK_MAC_MAX], mac_broadcast[LINK_MAC_MAX];
	unsigned mac_len, mac_broadcast_len; /* octets; 0 = none */
	bool has_counters;
	struct link_counters rx, tx;
	uint64_t multicast, collisions; /* frames received so; frames sent that collided */
};

/* One address of an interface. */
struct net_addr {
	unsigned interface;
	struct nod_prefix local;
	struct nod_addr peer;	   /* the other end of a point-to-point link; NOD_UNSPEC = none */
	struct nod_addr broadcast; /* NOD_UNSPEC = none */
	unsigned scope;		   /* RT_SCOPE_* of <linux/rtnetlink.h> */
	unsigned flags;		   /* IFA_F_* of <linux/if_addr.h> */
	uint32_t valid_s, preferred_s; /* left of its life, seconds; UINT32_MAX = for ever */
};

enum rtnl_kind {
	RTNL_OTHER, /* nothing that nod shows */
	RTNL_LINK,
	RTNL_ADDR,
	RTNL_DONE,  /* the dump is over */
	RTNL_ERROR,
};

struct rtnl_msg {
	enum rtnl_kind kind;
	uint32_t seq;	     /* as in the request */
	bool is_interrupted; /* something changed meanwhile: the dump may not be consistent */
	int error;	     /* RTNL_ERROR: negative errno */
	union {
		struct net_link link; /* RTNL_LINK */
		struct net_addr addr; /* RTNL_ADDR */
	};
};

/*
 * Read the next message of a datagram.  1: there was one; 0: the end; -EBADMSG: what
 * follows is no message, and the rest of the datagram is worth nothing.
 */
int rtnl_next(struct rtnl_msg *m, struct rcur *r) __attribute__((warn_unused_result));

#endif
