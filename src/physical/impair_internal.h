/* SPDX-License-Identifier: ISC */
/*
 * impair_internal.h - what the files of impairment share
 *
 * Neighbours: impair.c (the device), impair_harm.c (what is done to a frame's octets, and said of
 * it), impair_hold.h.
 */
#ifndef NOD_PHYSICAL_IMPAIR_INTERNAL_H
#define NOD_PHYSICAL_IMPAIR_INTERNAL_H

#include "impair_hold.h"
#include "../base/prng.h"

/* Each has a stream of numbers of its own; the order is part of what a seed means. */
enum fault {
	FAULT_LOSS,
	FAULT_BURST,
	FAULT_CORRUPT,
	FAULT_TRUNCATE,
	FAULT_DUPLICATE,
	FAULT_REORDER,
	FAULT_DELAY,
	FAULT_RULE,
	N_FAULTS
};

enum { ASIDE_MOST = 64, SENDING_MOST = 64 };
enum { N_KINDS = NOD_EV_FAULT_PARTITION - NOD_EV_FAULT_LOSS + 1 };

/* A frame that others overtake. */
struct aside {
	nod_ns until; /* and no longer */
	struct frame frame;
};

/* One way. */
struct lane {
	struct impair *impair;
	enum impair_way way;
	const struct impair_faults *faults;
	struct prng prng[N_FAULTS];
	bool is_bad; /* Gilbert-Elliott's state */
	struct slow slow;
	struct hold hold;
	nod_ns last_due;
	struct aside aside[ASIDE_MOST]; /* in the order in which they came */
	unsigned n_aside;
	unsigned n_reordering; /* and those that will stand there */
};

struct impair {
	struct device device;
	struct device *inner;
	struct impair_conf conf;
	nod_ns start;
	struct lane lane[2];
	uint64_t seen[IMPAIR_RULES_MAX]; /* by rule */
	uint64_t count[N_KINDS];
	/* taken from the hold, not yet by the inner device */
	struct pkt *sending[SENDING_MOST];
	unsigned n_sending;
	uint64_t dropped[DEVICE_DROP_N]; /* beside the inner device's */
};

/* What rules want of a frame, beside what they have done to it already. */
struct rule_orders {
	enum nod_event_kind death; /* NOD_EV_N: it lives */
	uint32_t copies, gap;
};

/* @f has suffered @kind: counted, told, and kept for the capture. */
void impair_note(struct impair *m, struct frame *f, enum nod_event_kind kind, nod_ns now);

void impair_obey(struct lane *l, struct frame *f, struct rule_orders *orders, nod_ns now);
void impair_corrupt(struct lane *l, struct frame *f, nod_ns now);
void impair_truncate(struct lane *l, struct frame *f, nod_ns now);

/* What happened to it, in words; @death: what it died of, or NOD_EV_N.  false: nothing did. */
bool impair_comment(const struct impair *m, const struct frame *f, nod_ns now,
	enum nod_event_kind death, char *out, size_t cap);

#endif
