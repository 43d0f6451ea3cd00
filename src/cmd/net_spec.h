/* SPDX-License-Identifier: ISC */
/*
 * net_spec.h - what --net says, read and judged; nothing is opened here
 *
 *	kernel                    the machine's own network
 *	tap:NAME[,OPTION]...      a TAP interface: a wire to the machine's kernel
 *	cable:PATH[,OPTION]...    a Unix socket: a wire to another stack, or to a virtual machine
 *
 * Options: ADDRESS/PREFIX, gw=ADDRESS, dns=ADDRESS, dhcp, at-once, mac=, mtu=, vlan=, name=.
 *
 * Neighbours: net.h (makes a host of it).
 */
#ifndef NOD_CMD_NET_SPEC_H
#define NOD_CMD_NET_SPEC_H

#include "command.h"

enum net_kind { NET_KERNEL, NET_TAP, NET_CABLE };

enum {
	NET_PATH_MAX = 108, /* octets with the NUL: sockaddr_un's */
	NET_ADDRESSES = 16,
	NET_GATEWAYS = 2,
	NET_DNS = 4,
};

/* One interface. */
struct net_spec {
	enum net_kind kind;
	char where[NET_PATH_MAX]; /* the interface's name, or the socket's path */
	struct nod_prefix address[NET_ADDRESSES];
	unsigned n_addresses;
	struct nod_addr gateway[NET_GATEWAYS];
	unsigned n_gateways;
	struct nod_addr dns[NET_DNS];
	unsigned n_dns;
	bool wants_dhcp;
	bool is_at_once; /* addresses are used without being tried first */
	uint8_t mac[6];	 /* zeros: drawn */
	uint32_t mtu;	 /* octets; 0 = the device's */
	uint16_t vlan;	 /* 0 = untagged */
	char name[64];	 /* of the host; "" = not said */
};

/* 0, or what to exit with: what is wrong has been said. */
int net_spec_parse(struct invocation *in, const char *text, struct net_spec *n);

#endif
