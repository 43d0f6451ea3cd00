/* SPDX-License-Identifier: ISC */
/*
 * switch.h - a learning switch (IEEE 802.1D 7) without any input or output of its own
 *
 * Frames go in at a port; switch_output() says what leaves which port.  Stations are learnt from
 * source addresses, forgotten after a while, and limited in number: when the table is full the
 * longest unheard loses its place.  Floods (broadcast, multicast, unknown stations) are limited
 * in rate for each port, so that a storm does not starve the rest.
 *
 * Tags (802.1Q) are passed on as they are; stations are known by their address alone.  Dropped
 * are frames that are cut, that come from a group's address or none, and those of one cable
 * alone (IEEE 802.1D 7.12.6: spanning tree, pause, LLDP).
 */
#ifndef NOD_LINK_SWITCH_H
#define NOD_LINK_SWITCH_H

#include "../base/core.h"
#include "../base/table.h"

struct switch_conf { /* 0 = the default */
	uint32_t ports;		 /* 256 */
	uint32_t stations;	 /* 4,096 */
	nod_ns age;		 /* 300 s */
	uint32_t queue;		 /* packets a port; 512; the newest loses */
	uint32_t floods_per_second; /* of each port; 100,000, in bursts of a tenth */
};

struct switch_;

/* @core: its time, pool, key, events; borrowed.  @conf NULL: defaults.  NULL: no memory. */
struct switch_ *switch_new(struct core *core, const struct switch_conf *conf);
void switch_free(struct switch_ *s);

int switch_port_add(struct switch_ *s); /* its number 0.., or -ENOSPC, -ENOMEM */
/* What waits for it is dropped, and whoever was behind it is forgotten. */
void switch_port_remove(struct switch_ *s, unsigned port);

/* A frame came in at @port.  Takes @p. */
void switch_input(struct switch_ *s, unsigned port, struct pkt *p);
/* What is to leave @port now; the caller owns it.  How many. */
unsigned switch_output(struct switch_ *s, unsigned port, struct pkt **p, unsigned max);
/* How many packets wait to leave @port. */
uint32_t switch_waiting(const struct switch_ *s, unsigned port);
/* The first port from @from on that packets wait for; -ENOENT: no more. */
int switch_next_waiting(const struct switch_ *s, unsigned from);
/* Put @p back at the head of @port's queue: it could not be sent. */
void switch_unget(struct switch_ *s, unsigned port, struct pkt *p);

/* Which port a station is behind; -ENOENT: not known. */
int switch_port_of(const struct switch_ *s, const uint8_t mac[6]);
uint32_t switch_stations(const struct switch_ *s);

#endif
