/* SPDX-License-Identifier: ISC */
/*
 * dhcp.h - a stack's addresses by DHCP, asked for and given out
 *
 * RFC 2131, 2132, 3396, 3442 (client and server, IPv4), RFC 3927 (an address of its own when
 * nobody answers).  All of it lives on the stack and is driven with it: nothing here waits.  How
 * it goes is told by the events DHCP_STATE, DHCP_LEASE, DHCP_SERVE and LINK_LOCAL.
 *
 * Neighbours: stack.h.
 */
#ifndef NOD_DHCP_H
#define NOD_DHCP_H

#include "stack.h"

#define NOD_DHCP_ADDRS 8 /* routers, DNS servers that are kept */

/* All zero is a good default. */
struct nod_dhcp_client_conf {
	const char *hostname;	  /* told to the server; copied; NULL: the stack's name */
	struct nod_addr previous; /* asked for again first (INIT-REBOOT); NOD_UNSPEC: none */
	bool no_link_local;	  /* stay without an address while no server answers */
	bool no_probe;		  /* use what is leased at once, without asking by ARP */
	bool no_routes;		  /* take the address alone */
	bool no_mtu;		  /* do not take the MTU that is told */
};

/**
 * nod_dhcp_client_start() - ask for an address on @interface, and keep it
 * @conf: borrowed; NULL = defaults
 *
 * Return: 0 or -ENODEV, -EEXIST (there is one on it), -EADDRINUSE (port 68), -EINVAL (a name
 * that is too long, @previous that is no IPv4 address), -ENOMEM.
 */
NOD_API int nod_dhcp_client_start(
	struct nod_stack *s, unsigned interface, const struct nod_dhcp_client_conf *conf);

/* Give the lease back (RELEASE) and end.  0 or -ENOENT. */
NOD_API int nod_dhcp_client_stop(struct nod_stack *s, unsigned interface);

/* What it has. */
struct nod_dhcp_info {
	const char *state;	  /* RFC 2131's words: "BOUND", "SELECTING"; or "CHECKING" (ARP) */
	struct nod_prefix prefix; /* the lease; family NOD_UNSPEC: none */
	struct nod_addr server;
	struct nod_addr link_local; /* in use meanwhile; NOD_UNSPEC: none */
	unsigned n_routers, n_dns;
	struct nod_addr router[NOD_DHCP_ADDRS], dns[NOD_DHCP_ADDRS];
	char domain[256], hostname[64];
	uint16_t mtu;			   /* 0 = not told */
	nod_ns renew_at, rebind_at, until; /* NOD_FOREVER: never */
};
/* 0 or -ENOENT. */
NOD_API int nod_dhcp_client_state(
	const struct nod_stack *s, unsigned interface, struct nod_dhcp_info *out);

/* ---- the server ---------------------------------------------------------------------- */

#define NOD_DHCP_POOL_MAX 16384 /* addresses */

struct nod_dhcp_reservation {
	uint8_t mac[6];
	struct nod_addr addr; /* in the interface's network; may lie outside of the pool */
	const char *hostname; /* told to the client; NULL = none */
};

/* Copied.  What is 0 has the value named behind it. */
struct nod_dhcp_server_conf {
	struct nod_addr first, last; /* the pool; NOD_UNSPEC: all of the network but our own */
	uint32_t lease_s;	     /* 3,600; at least 60 */
	bool no_router;		     /* do not name ourselves the gateway */
	unsigned n_dns;
	struct nod_addr dns[NOD_DHCP_ADDRS]; /* none */
	const char *domain;		     /* NULL = none */
	uint16_t mtu;			     /* 0 = not told */
	unsigned n_reservations;
	const struct nod_dhcp_reservation *reservation;
};

/**
 * nod_dhcp_server_start() - give out addresses of the network that @interface has an address in
 *
 * When all are given out, who comes next gets none (DHCP_DROP_FULL).  An address that a client
 * found in use (DECLINE) is held back for ten minutes.
 *
 * Return: 0 or -ENODEV, -EEXIST, -EADDRNOTAVAIL (the interface has no IPv4 address), -EINVAL (a
 * pool or reservation outside of its network, or too large), -EADDRINUSE (port 67), -ENOMEM.
 */
NOD_API int nod_dhcp_server_start(
	struct nod_stack *s, unsigned interface, const struct nod_dhcp_server_conf *conf);
NOD_API int nod_dhcp_server_stop(struct nod_stack *s, unsigned interface);

struct nod_dhcp_lease {
	struct nod_addr addr;
	uint8_t mac[6];
	const char *state; /* "offered", "leased", "declined" */
	bool is_reserved;
	char hostname[64]; /* as the client, or the reservation, has it */
	nod_ns until;	   /* NOD_FOREVER: no end */
};
/* The next lease; begin with *@at = 0.  0 or -ENOENT: no more, or no server. */
NOD_API int nod_dhcp_server_next(const struct nod_stack *s, unsigned interface, unsigned *at,
	struct nod_dhcp_lease *out);

#endif
