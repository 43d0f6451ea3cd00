/* SPDX-License-Identifier: ISC */
/*
 * core.h - what all layers of one stack share: time, chance, timers, packets, events
 *
 * Each layer's own struct has a pointer to it.  Knows no protocol.
 *
 *	NOTE(core, NOD_EV_UDP_DROP_CHECKSUM, .packet = pkt_public(p), .interface = i->index);
 *
 * counts the event, and tells the sink when there is one.
 */
#ifndef NOD_BASE_CORE_H
#define NOD_BASE_CORE_H

#include "nod/conf.h"
#include "nod/event.h"
#include "intern.h"
#include "pkt.h"
#include "prng.h"
#include "siphash.h"
#include "wheel.h"

struct core {
	nod_ns now; /* as of the call that is being served */
	struct nod_conf conf;
	struct wheel wheel;
	struct prng prng;	/* for this stack alone; forked from conf.seed */
	struct siphash_key key; /* of every table */
	struct pkt_pool *pool;
	struct interns interns; /* options that sockets have in common */
	uint64_t count[NOD_EV_N];
};

/* 0 or -ENOMEM.  @conf is copied; zeros in it become their defaults (core_defaults()). */
int core_init(struct core *c, const struct nod_conf *conf, nod_ns now);
void core_end(struct core *c);

/* Every 0 in @conf becomes the default that conf.h names. */
void core_defaults(struct nod_conf *conf);

void core_tell(struct core *c, struct nod_event *e);

#define NOTE(core, kind_, ...)                                                            \
	do {                                                                              \
		(core)->count[kind_]++;                                                   \
		if (__builtin_expect((core)->conf.sink.event != NULL, 0))                 \
			core_tell(core, &(struct nod_event){                              \
						.kind = (uint16_t)(kind_), __VA_ARGS__ });        \
	} while (0)

/* The stack's packets as the public header calls them. */
static inline const struct nod_packet *pkt_public(const struct pkt *p)
{
	return (const struct nod_packet *)(const void *)p;
}

#endif
