/* SPDX-License-Identifier: ISC */
/*
 * udp_ports.h - which ends are on which port
 *
 * The ends of one port are in two lists: those of any address that are not connected, and all
 * others, which stand in one of the two tables as well.
 *
 * Neighbours: udp.c (which of them gets a datagram), udp.h.
 */
#ifndef NOD_TRANSPORT_UDP_PORTS_H
#define NOD_TRANSPORT_UDP_PORTS_H

#include "udp.h"

struct udp_port {
	uint16_t number;
	struct udp_end *wild;	/* any local address, not connected; the youngest first */
	struct udp_end *others; /* with a local address, or connected */
	uint32_t count, n_named, n_connected;
	/* so that many ends of one mind can share a port without asking each of them */
	uint32_t n_no_reuse_addr, n_no_reuse_port;
};

struct udp_page {
	uint32_t used;
	struct udp_port *port[256]; /* by the port's low octet */
};

struct udp {
	struct net *net;
	struct core *core;
	struct udp_page *page[256]; /* by the port's high octet */
	struct table by_flow;	    /* connected: struct udp_end.node */
	struct table by_addr;	    /* with a local address, not connected */
	uint32_t count;		    /* ends that are bound */
};

int udp_ports_init(struct udp *u);
void udp_ports_end(struct udp *u);

/* NULL: nobody is on it. */
static inline struct udp_port *udp_port_at(const struct udp *u, uint16_t number)
{
	const struct udp_page *page = u->page[number >> 8];

	return page ? page->port[number & 0xff] : NULL;
}
uint64_t udp_hash_flow(const struct udp *u, const struct ipa *local, uint16_t local_port,
	const struct ipa *remote, uint16_t remote_port);
uint64_t udp_hash_addr(const struct udp *u, const struct ipa *local, uint16_t port);

/* Whether @e with address @local may be on @number beside those who are there. */
bool udp_port_is_free(
	const struct udp *u, const struct udp_end *e, const struct ipa *local, uint16_t number);
/* One that nobody is on and outsiders cannot tell; 0: there is none (RFC 6056, H51). */
uint16_t udp_port_choose(const struct udp *u);

/* Onto the port e->local_port, into the lists and tables as @e's fields say; and off it. */
int udp_port_enter(struct udp *u, struct udp_end *e);
void udp_port_leave(struct udp *u, struct udp_end *e);
/* Its address or connection has been changed by @change: into the right list. */
void udp_port_file(struct udp *u, struct udp_end *e);
void udp_port_unfile(struct udp *u, struct udp_end *e);
#endif
