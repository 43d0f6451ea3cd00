/* SPDX-License-Identifier: ISC */
/*
 * impair.h - a device that breaks what goes through it, on purpose and by a seed
 *
 * It wraps the device of one end of a wire.  That end is called a, the other one b; what a sends
 * goes a>b, what it receives came b>a, and each way has faults of its own:
 *
 *	rules, blackout, MTU > loss > corruption, truncation > duplication >
 *	queue with a rate > delay > reordering
 *
 * in that order.  All chance is from conf.seed; each fault of each way has its own stream of
 * numbers, so that one that is switched on does not change what the others draw.  Times are exact:
 * a frame is held until its nanosecond, however late or seldom the device is called, and what
 * leaves at the same nanosecond leaves in order.
 *
 * A super-segment would hide faults from what it is cut into, so the device offers none to the
 * stack (`can`), and cuts those that come from the wire by conf.packets->split.
 *
 * Corruption is seen by the receiver only where the receiver looks: the other end of a memory wire
 * must not be DEVICE_TRUSTED then.  This device is not, when it corrupts or truncates.
 *
 * Each fault is an event (NOD_EV_FAULT_...) to conf.sink, and in conf.capture a comment on the
 * frame that suffered it.  The capture shows each frame once, when its fate is known: when it
 * leaves this device, or when it is dropped.
 *
 * Where nothing is done no device is made: impair_device() gives @inner back.
 *
 * Neighbours: impair_rule.h; presentation/impair_spec.h (as people write it);
 * transport/packet_kind.h (what frames are).
 */
#ifndef NOD_PHYSICAL_IMPAIR_H
#define NOD_PHYSICAL_IMPAIR_H

#include "nod/event.h"
#include "capture.h"
#include "impair_rule.h"

/* A probability in parts of 10^9. */
typedef uint32_t impair_ppb;
#define IMPAIR_ALWAYS 1000000000u

enum impair_distribution {
	IMPAIR_UNIFORM, /* delay - jitter .. delay + jitter */
	IMPAIR_NORMAL,	/* jitter = standard deviation, made of twelve uniform numbers: 6 at most */
	IMPAIR_PARETO,	/* delay at least; jitter = mean of what is added; heavy tail, shape 3 */
};

enum impair_queue {
	IMPAIR_TAIL,  /* the newest loses */
	IMPAIR_CODEL, /* RFC 8289; and the newest when it is full */
};

#define IMPAIR_BLACKOUTS_MAX	  16
#define IMPAIR_BITS_MAX		  64
#define IMPAIR_GAP_MAX		  1000
#define IMPAIR_COPIES_MAX	  100
#define IMPAIR_CODEL_INTERVAL_MAX (4 * NOD_S)

struct impair_window {
	nod_ns from, to; /* since the device was made; @to is not in it */
	nod_ns every;	 /* and again so much later; 0 = once */
};

/* One way's faults.  All zero: none. */
struct impair_faults {
	impair_ppb loss;
	/* Gilbert-Elliott: each frame may change the state, then is lost by the state's chance */
	impair_ppb burst_begin, burst_end;
	impair_ppb burst_loss, burst_good_loss; /* in the bad state (0 = always), in the good one */
	impair_ppb corrupt;
	uint32_t corrupt_bits; /* flipped in such a frame; 0 = 1 */
	impair_ppb truncate;   /* cut to a random length, 14 octets at least */
	impair_ppb duplicate;
	impair_ppb reorder;
	uint32_t reorder_gap; /* frames that overtake such a one; 0 = 3 */
	nod_ns reorder_wait;  /* and it goes after so long all the same; 0 = 100 ms */
	nod_ns delay, jitter;
	enum impair_distribution distribution;
	bool may_overtake; /* jitter changes the order; else a frame waits for the one before */
	uint64_t rate;	   /* bits per second, of whole frames; 0 = no limit */
	enum impair_queue queue;
	uint32_t queue_frames;	      /* that wait; 0 = 1,000 */
	nod_ns codel_target, codel_interval; /* 0 = 5 ms, 100 ms */
	uint32_t mtu; /* octets of a frame's payload; longer ones are dropped; 0 = any */
	uint32_t n_blackouts;
	struct impair_window blackout[IMPAIR_BLACKOUTS_MAX];
};

#define IMPAIR_RULES_MAX 64

struct impair_conf {
	struct impair_faults way[2]; /* IMPAIR_A_TO_B, IMPAIR_B_TO_A */
	unsigned n_rules;
	struct impair_rule rule[IMPAIR_RULES_MAX];
	uint64_t seed;
	uint32_t held; /* frames on their way at a time, each way; the newest loses; 0 = 65,536 */

	const struct impair_packets *packets; /* NULL: rules match "any" alone; nothing is cut */
	struct nod_event_sink sink;
	uint16_t interface; /* for events; or impair_set_interface() */
	struct capture *capture; /* NULL = none; has to live longer */
	unsigned capture_id;	 /* of capture_add_interface() */
};

/* Whether @conf would do anything. */
bool impair_is_any(const struct impair_conf *conf);

/*
 * *@out: @inner with these faults (@conf is copied), or @inner itself when there are none and
 * nothing to capture.  Takes @inner.  @now is the beginning of the times in @conf.
 * 0, -EINVAL (a number out of its bounds), -ENOMEM (@inner is closed then).
 */
int impair_device(struct device *inner, const struct impair_conf *conf, nod_ns now,
	struct device **out);

/* Which interface its events are of, once that is known; nothing for a device of another kind. */
void impair_set_interface(struct device *d, uint16_t interface);

/* How often a fault has struck (NOD_EV_FAULT_...); @d as impair_device() gave it. */
uint64_t impair_count(const struct device *d, enum nod_event_kind kind);

#endif
