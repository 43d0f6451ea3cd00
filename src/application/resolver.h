/* SPDX-License-Identifier: ISC */
/*
 * resolver.h - what the files of the resolver share
 *
 * A *resolve* is one name that is being asked for: candidates by the search list, in turn.  Each
 * candidate is up to two *asks*, A and AAAA side by side, and each ask goes to one server after
 * the other, again after a while, and on to the next name where the answer is an alias.
 *
 * resolver.c (names, candidates, the calls), resolver_ask.c (one question), resolver_cache.c,
 * resolver_order.c (RFC 6724).
 *
 * Neighbours: nod/resolve.h, dns_wire.h, dns_answer.h, host_files.h.
 */
#ifndef NOD_APPLICATION_RESOLVER_H
#define NOD_APPLICATION_RESOLVER_H

#include "nod/resolve.h"
#include "../base/table.h"
#include "../session/stack.h"
#include "../transport/udp.h"
#include "dns_answer.h"
#include "host_files.h"

enum {
	ASK_ADDRS = 16, /* addresses that are kept of one answer */
	ASK_ALIASES = 8, /* aliases that are followed from message to message (H69) */
	ASK_ROUNDS = 3,
};

/* What is known of a name and type. */
struct ask_result {
	bool exists; /* else there is no such name (NXDOMAIN) */
	uint8_t n_addrs;
	struct nod_addr addr[ASK_ADDRS];
	struct dns_name canonical; /* where the aliases ended; of PTR: the name */
	bool has_name;		   /* of PTR */
};

enum ask_state {
	ASK_IDLE,
	ASK_WAITING,
	ASK_HEARD,  /* an answer came in, to be looked at by run() */
	ASK_DONE,   /* result is right */
	ASK_FAILED, /* error and resolver say why */
};

struct ask {
	struct resolver *resolver;
	struct udp_end end;
	struct timer timer; /* when the server's time is over */
	enum ask_state state;
	struct dns_question question; /* as it was sent, in mixed case */
	struct dns_name name;	      /* the first one: what the cache calls it */
	struct dns_name at;	      /* the name or alias that is being asked for */
	uint16_t id;
	uint8_t server, round, n_aliases;
	uint8_t useless; /* bits: servers that need not be asked again */
	bool no_edns;
	bool was_truncated; /* a server's answer did not fit */
	bool was_refused;   /* a server answered, but with an error */
	uint32_t ttl_s;	    /* the least of what was learnt */
	struct ask_result result;
	int error, eai;
	uint16_t len; /* of message */
	uint8_t message[DNS_UDP_ROOM];
};

struct nod_resolve {
	struct nod_resolve *next;
	struct resolver *resolver;
	enum nod_family family;
	bool is_done, is_reverse;
	unsigned n_candidates, candidate;
	char (*name)[NOD_NAME_MAX]; /* candidates */
	struct ask ask[2];
	unsigned n_asks;
	struct timer timer; /* for everything */
	bool has_existed;   /* one of the candidates did, without addresses */
	struct nod_hostent host;
	int error, eai;
	void (*done)(void *self); /* may be NULL */
	void *done_self;
};

struct resolver_server {
	struct ipa addr;
	struct iface *iface; /* of a link-local one */
};

struct cached {
	struct hnode node;
	struct cached *older, *newer; /* by use */
	struct dns_name name;
	uint16_t type;
	nod_ns until;
	struct ask_result result;
};

struct resolver {
	struct stack_part part;
	struct nod_stack *stack;
	struct nod_resolver_conf conf;
	struct resolv_conf names; /* search and ndots, as candidates are made of */
	char *hosts;
	struct nod_resolve *resolves;
	uint32_t n_resolves;
	struct timer kick; /* wakes run() */
	struct table cache;
	struct cached *oldest, *newest;
	struct dns_answer answer; /* being read */
};

/* resolver.c: an address as inet_pton() and inet_aton() take it, with a zone.  0 or -EINVAL. */
int resolver_number(const struct nod_stack *s, const char *text, struct nod_addr *a);

/* resolver_ask.c */
void ask_start(struct resolver *v, struct ask *a, const struct dns_name *name, uint16_t type);
void ask_step(struct ask *a); /* in run(): look at what was heard */
void ask_stop(struct ask *a);
unsigned resolver_servers(const struct resolver *v, struct resolver_server *list, unsigned max);

/* resolver_cache.c */
const struct ask_result *cache_find(struct resolver *v, const struct dns_name *name, uint16_t type);
void cache_put(struct resolver *v, const struct dns_name *name, uint16_t type, uint32_t ttl_s,
	const struct ask_result *r);
void cache_clear(struct resolver *v);

/* resolver_order.c: RFC 6724 6, stable. */
void resolver_order(const struct nod_stack *s, struct nod_addr *list, unsigned n);

#endif
