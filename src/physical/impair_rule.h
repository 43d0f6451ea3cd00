/* SPDX-License-Identifier: ISC */
/*
 * impair_rule.h - exact faults: this frame, and no other
 *
 * A rule names a kind of frame, which of them (the third, every second one), which way, and what
 * happens to it.  What kinds of frames there are, and where their fields lie, this layer does not
 * know: a higher one fills in struct impair_packets.
 *
 * Neighbours: impair.h; transport/packet_kind.h fills in the table; presentation/impair_spec.h.
 */
#ifndef NOD_PHYSICAL_IMPAIR_RULE_H
#define NOD_PHYSICAL_IMPAIR_RULE_H

#include "nod/api.h"
#include "../base/pkt.h"

enum impair_way { IMPAIR_A_TO_B, IMPAIR_B_TO_A };

/* What is known of frames, by a higher layer.  Names are the words of rules. */
struct impair_packets {
	/* Kinds a frame is of (several at a time: tcp, syn, ...), bit n for kind_name(n). */
	uint64_t (*kinds)(const struct pkt *p);
	/* Constants, several words maybe; NULL past the last, which is the 64th at most. */
	const char *(*kind_name)(unsigned n);
	/* Where @field lies in this frame: octets from data, and how many.  false: it has none. */
	bool (*field)(const struct pkt *p, unsigned field, uint32_t *at, uint32_t *len);
	const char *(*field_name)(unsigned n);
	/* As link/segment_split(). */
	int (*split)(struct pkt *p, struct pkt_pool *pool, struct pkt_queue *out);
};

enum impair_action {
	IMPAIR_DROP,
	IMPAIR_CORRUPT,	  /* bit @bit of @field */
	IMPAIR_DELAY,	  /* by @span more than the others */
	IMPAIR_DUPLICATE, /* @number more of it */
	IMPAIR_TRUNCATE,  /* to @number octets */
	IMPAIR_REORDER,	  /* until @number others have overtaken it */
	IMPAIR_PARTITION, /* everything, from @from on, until @to */
	IMPAIR_N_ACTIONS
};

#define IMPAIR_RULE_TEXT_MAX 96
#define IMPAIR_ANY_KIND	     UINT64_MAX
#define IMPAIR_NO_FIELD	     UINT32_MAX /* anywhere in the frame, by chance */

struct impair_rule {
	enum impair_action action;
	uint8_t ways;	 /* 1 << IMPAIR_A_TO_B | 1 << IMPAIR_B_TO_A; both are counted together */
	uint64_t kind;	 /* one bit, or IMPAIR_ANY_KIND */
	uint64_t first, last; /* which of them, from 1; last = UINT64_MAX: and all that follow */
	uint64_t step;	 /* only each step-th of these, from the first on; 1 = all */
	uint32_t field, bit; /* bit 0 = the lowest of the field's last octet */
	uint32_t number;
	nod_ns span;
	nod_ns from, to; /* since the device was made */
	char text[IMPAIR_RULE_TEXT_MAX]; /* as it was written: its name in events and captures */
};

/*
 * Whether @r takes the frame of @kinds that goes @way.  *@seen counts those that it looked at, and
 * is 0 at the beginning.
 */
bool impair_rule_takes(
	const struct impair_rule *r, uint64_t *seen, uint64_t kinds, enum impair_way way);

#endif
