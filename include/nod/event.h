/* SPDX-License-Identifier: ISC */
/*
 * event.h - what a stack reports of itself: what it did, and why
 *
 * One stream for every layer.  Counters, traces, captures and viewers are made from it; off, an
 * event costs the increment of its counter and a branch.
 *
 * Neighbours: events.h (the list of kinds), stack.h (nod_conf.sink).
 */
#ifndef NOD_EVENT_H
#define NOD_EVENT_H

#include <stddef.h>

#include "addr.h"
#include "events.h"

struct nod_packet;

enum nod_event_kind {
#define NOD_EVENT_ENUM(name, layer, class, counter, en, zh) NOD_EV_##name,
	NOD_EVENTS(NOD_EVENT_ENUM)
#undef NOD_EVENT_ENUM
	NOD_EV_N
};

enum nod_event_class {
	NOD_EVENT_COUNT,
	NOD_EVENT_DROP,
	NOD_EVENT_STATE,
	NOD_EVENT_FAULT,
};

enum nod_layer {
	NOD_LAYER_PHYSICAL,
	NOD_LAYER_LINK,
	NOD_LAYER_NETWORK,
	NOD_LAYER_TRANSPORT,
	NOD_LAYER_SESSION,
	NOD_LAYER_PRESENTATION,
	NOD_LAYER_APPLICATION,
};

/* What is not known or does not apply is 0. */
struct nod_event {
	nod_ns at;
	uint16_t kind;	    /* enum nod_event_kind */
	uint16_t interface; /* index */
	uint32_t id;	    /* socket */
	struct nod_addr src, dst;
	uint16_t src_port, dst_port;
	int64_t from, to;		 /* states, or numbers, as the kind has it */
	const struct nod_packet *packet; /* borrowed: good until the sink returns */
	const char *why;		 /* more of the reason: a constant, or NULL */
};

/*
 * Told of each event as it happens.  It may look at everything and keep nothing; it must not
 * call into the stack that calls it.
 */
struct nod_event_sink {
	void (*event)(void *self, const struct nod_event *e);
	void *self;
};

/* A kind's name as in events.h ("ARP_CONFLICT"), its text in "en" or "zh".  Constants. */
NOD_API const char *nod_event_name(enum nod_event_kind kind);
NOD_API const char *nod_event_text(enum nod_event_kind kind, const char *lang);
NOD_API enum nod_event_class nod_event_class(enum nod_event_kind kind);
NOD_API enum nod_layer nod_event_layer(enum nod_event_kind kind);
/* The MIB's counter that it adds to, "" = none. */
NOD_API const char *nod_event_counter(enum nod_event_kind kind);

#endif
