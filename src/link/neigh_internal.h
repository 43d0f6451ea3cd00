/* SPDX-License-Identifier: ISC */
/* neigh_internal.h - what neigh.c (states) and neigh_table.c (entries) share */
#ifndef NOD_LINK_NEIGH_INTERNAL_H
#define NOD_LINK_NEIGH_INTERNAL_H

#include "neigh.h"

/* Entries by use, the longest unused first: who loses his place. */
enum neigh_list_name {
	NEIGH_STRANGERS, /* never sent to: they asked us, or will be sent to in a moment */
	NEIGH_WANTED,
	NEIGH_FIXED, /* PERMANENT: never loses it */
	NEIGH_LISTS
};

struct neigh_list {
	struct neigh *oldest, *newest;
};

struct neigh_slab;

struct neigh_table {
	struct link *link;
	struct table table; /* siphash13 of struct neigh_key */
	struct neigh_list list[NEIGH_LISTS];
	struct neigh *free; /* linked by newer */
	struct neigh_slab *slabs;
	uint32_t n_incomplete;
	struct neigh_protocol protocol[2]; /* [is_v4] */
	struct neigh_times *times;	   /* two for each interface index */
};

/* The one place where a neighbour's state changes. */
void neigh_enter(struct neigh *n, enum neigh_state next, const char *why);
void neigh_fire(struct timer *timer, int64_t now);
/* What waited for @n cannot be sent. */
void neigh_refuse_waiting(struct neigh *n);

/* @n is the newest of @list now. */
void neigh_touch(struct neigh *n, enum neigh_list_name list);
/* Out of the table; whoever still points to it sees that it is dead. */
void neigh_leave(struct neigh *n);

static inline struct core *neigh_core(const struct neigh *n)
{
	return n->table->link->core;
}

#define NEIGH_NOTE(n, kind, ...)                                                        \
	NOTE(neigh_core(n), kind, .dst = link_event_addr((n)->iface, &(n)->addr),           \
		.interface = (uint16_t)(n)->iface->index, __VA_ARGS__)

#endif
