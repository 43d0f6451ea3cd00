/* SPDX-License-Identifier: ISC */
/*
 * neigh.h - the neighbours on a link: their link addresses, and whether they still answer
 *
 * RFC 4861 7.3 (states, for IPv6 and, by the same rules, IPv4), RFC 1122 2.3.2 (ARP cache),
 * RFC 6583 (limits).  How a neighbour is asked is the protocol's business: arp.c for IPv4,
 * nd.c for IPv6, through struct neigh_protocol.
 *
 * Neighbours: neigh.c (states), neigh_table.c (entries); arp.h, network/nd.h;
 * network/dest.h holds pointers, by reference count.
 */
#ifndef NOD_LINK_NEIGH_H
#define NOD_LINK_NEIGH_H

#include "link.h"

enum neigh_state {
	NEIGH_NONE,
	NEIGH_INCOMPLETE,
	NEIGH_REACHABLE,
	NEIGH_STALE,
	NEIGH_DELAY,
	NEIGH_PROBE,
	NEIGH_FAILED,	 /* did not answer; kept a moment so that not every packet asks again */
	NEIGH_PERMANENT, /* set by hand */
	NEIGH_STATES
};

#define NEIGH_NEVER (INT64_MIN / 2)

struct neigh {
	struct hnode node;
	struct neigh_table *table;
	struct iface *iface; /* NULL when is_dead */
	struct ipa addr;
	uint8_t mac[ETHER_ADDR_LEN];
	uint8_t state; /* enum neigh_state; only neigh_enter() of neigh.c writes it */
	uint8_t list;  /* the table's business: which order of use it is in */
	bool is_router;
	bool is_dead;  /* taken out of the table; whoever has a reference looks it up anew */
	uint8_t asked; /* solicitations since the last answer */
	uint32_t refs;
	nod_ns confirmed; /* when it answered last, or NEIGH_NEVER */
	nod_ns asked_at;  /* when it was asked last, or NEIGH_NEVER */
	nod_ns used;	  /* when it was sent to last, to the second */
	struct timer timer;
	struct pkt_queue waiting; /* data = network header; l2 NULL; mark = EtherType */
	struct neigh *older, *newer; /* by use */
};

/* How one family asks.  Registered by arp.c and by the network layer. */
struct neigh_protocol {
	/* Ask: @mac NULL = everybody, else that station alone.  @n->waiting has the reason. */
	void (*solicit)(void *self, struct neigh *n, const uint8_t *mac);
	/* @p waited in vain and will be dropped by the caller: tell its sender (ICMP). */
	void (*unreachable)(void *self, struct neigh *n, struct pkt *p);
	/* IPv6: it said that it is no router any more, or it stopped answering. */
	void (*router_gone)(void *self, struct neigh *n);
	void *self;
};

struct neigh_table;

int neigh_init(struct link *l);
void neigh_end(struct link *l); /* all references have been given back */
/* The interface goes: its neighbours are forgotten, its times are the defaults again. */
void neigh_iface_removed(struct iface *i);
void neigh_register(struct link *l, bool is_v4, const struct neigh_protocol *p);

/* Times of RFC 4861 10, per interface and family; RAs change the first two. */
struct neigh_times {
	nod_ns base_reachable; /* 30 s; each neighbour's is drawn from 0.5 .. 1.5 of it */
	nod_ns retrans;	       /* 1 s */
	nod_ns delay_first;    /* 5 s */
	unsigned multicast_asks, unicast_asks; /* 3, 3 */
};
struct neigh_times *neigh_times(struct iface *i, bool is_v4);

/* The entry, or NULL. */
struct neigh *neigh_find(struct link *l, const struct iface *i, const struct ipa *addr);
/*
 * The entry, made when there is none (state NONE); NULL: the table is full, or no memory.
 * When it is full one that nobody here ever sent to loses its place, else the longest unused;
 * beyond half of conf.neighbours those that lie idle for a minute go with time.
 */
struct neigh *neigh_get(struct link *l, struct iface *i, const struct ipa *addr);
static inline struct neigh *neigh_ref(struct neigh *n)
{
	n->refs++;
	return n;
}
void neigh_unref(struct neigh *n);

/*
 * Send @p (data = network header) to this neighbour: at once, or when it has been found.
 * Takes @p.  0, or -EHOSTUNREACH (it did not answer a moment ago, or is dead), -ENOBUFS, and
 * iface_output()'s.
 */
int neigh_output(struct neigh *n, struct pkt *p, uint16_t ethertype);

/* What was heard of @n. */
enum {
	NEIGH_HEARD_SOLICITED = 1 << 0, /* it answers us: reachable */
	NEIGH_HEARD_OVERRIDE = 1 << 1,	/* believe another MAC */
	NEIGH_HEARD_ROUTER = 1 << 2,	/* IPv6: it says that it is a router ... */
	NEIGH_HEARD_NO_ROUTER = 1 << 3, /* ... or is not */
};
/* By an answer or an advertisement (RFC 4861 7.2.5).  @mac NULL: it was not told. */
void neigh_heard(struct neigh *n, const uint8_t *mac, unsigned what);
/* By its own question to us (7.2.3, RFC 826): STALE when that is news. */
void neigh_asked_us(struct neigh *n, const uint8_t mac[ETHER_ADDR_LEN]);
/* Somebody else may have its address: the station that is known is asked now, alone. */
void neigh_doubt(struct neigh *n, const char *why);
/* Whether its MAC is one to send to. */
static inline bool neigh_has_mac(const struct neigh *n)
{
	return n->state >= NEIGH_REACHABLE && n->state != NEIGH_FAILED;
}
/* The layers above had an answer from it (7.3.1). */
void neigh_confirm(struct neigh *n);
/* Set by hand, and removed by hand: 0; -ENOSPC; -ENOENT. */
int neigh_set(struct link *l, struct iface *i, const struct ipa *addr, const uint8_t *mac);
int neigh_remove(struct link *l, struct iface *i, const struct ipa *addr);
void neigh_flush(struct link *l, const struct iface *i); /* i NULL: all */

/* For lists: begin with *@at = 0, until NULL. */
struct neigh *neigh_walk(const struct link *l, uint64_t *at);
uint32_t neigh_count(const struct link *l);
const char *neigh_state_name(enum neigh_state s); /* "REACHABLE" */

#endif
