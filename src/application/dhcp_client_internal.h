/* SPDX-License-Identifier: ISC */
/* dhcp_client_internal.h - what dhcp_client.c and dhcp_lease.c share */
#ifndef NOD_APPLICATION_DHCP_CLIENT_INTERNAL_H
#define NOD_APPLICATION_DHCP_CLIENT_INTERNAL_H

#include "../session/stack.h"
#include "../transport/udp.h"
#include "dhcp_wire.h"
#include "link_local4.h"

enum dhcp_state {
	DHCP_INIT,
	DHCP_SELECTING,
	DHCP_REQUESTING,
	DHCP_CHECKING, /* ours, but ARP is asked whether it is free */
	DHCP_BOUND,
	DHCP_RENEWING,
	DHCP_REBINDING,
	DHCP_REBOOTING,
	DHCP_DOWN, /* the interface is */
	DHCP_N_STATES
};

/* What a server gave, judged. */
struct dhcp_lease {
	struct ipa addr, server;
	uint8_t prefix_len;
	uint8_t n_routers, n_dns, n_routes;
	struct ipa router[DHCP_ADDRS_MAX], dns[DHCP_ADDRS_MAX];
	struct dhcp_route route[DHCP_ROUTES_MAX]; /* what is to be configured, default too */
	uint16_t mtu;
	char domain[DHCP_DOMAIN_MAX], hostname[DHCP_HOSTNAME_MAX];
	nod_ns renew_at, rebind_at, until; /* NOD_FOREVER */
};

struct dhcp_client {
	struct stack_part part;
	struct nod_stack *stack;
	unsigned interface;
	struct udp_end end;
	struct timer timer;    /* the state's */
	struct timer patience; /* when a link-local address is to be taken */
	enum dhcp_state state;
	uint32_t xid;
	uint16_t secs;
	nod_ns began;	/* asking, for secs */
	nod_ns gap;	/* before the next retransmission */
	nod_ns pause;	/* before INIT goes on */
	unsigned n_sent, n_naks;
	bool has_lease; /* lease is configured on the interface */
	bool may_link_local, no_probe, no_routes, no_mtu;
	uint32_t mtu_before; /* 0: unchanged */
	struct ipa previous; /* to be asked for in REBOOTING; any = none */
	struct dhcp_lease offer, lease;
	struct link_local4 link_local;
	char hostname[DHCP_HOSTNAME_MAX];
};

struct netif *dhcp_client_netif(const struct dhcp_client *c);

/* dhcp_lease.c */

/* What @m gives, as far as it makes sense; false: it makes none, and that is noted. */
bool dhcp_lease_read(const struct dhcp_client *c, const struct dhcp_msg *m, struct dhcp_lease *l);
/* Configure it; it is there already: its times.  Routes come when the address is ready. */
bool dhcp_lease_take(struct dhcp_client *c, const struct dhcp_lease *l);
void dhcp_lease_routes(struct dhcp_client *c, const struct dhcp_lease *l, bool on);
void dhcp_lease_drop(struct dhcp_client *c, const struct dhcp_lease *l);

#endif
