/* SPDX-License-Identifier: ISC */
/*
 * sim_ledger.h - which datagrams were sent on a simulated net, and whether what arrives is one
 *
 * Every octet of a datagram follows from its number and the ledger's key, so that whatever is
 * altered on the way is known to the bit.  A delivery is held against what was sent: to whom,
 * how long, with which octets, and whether it came before.
 *
 * What the wire has done excuses what follows from it, and no more:
 *   - a second copy, when some frame was doubled since the datagram was sent;
 *   - other octets, when at least two bits were flipped since, and the change is one that the
 *     internet checksum cannot see: the sum of all 16-bit words is the same, or it differs by what
 *     one flipped bit of a header, which is summed, too, makes up for (RFC 1071 misses such
 *     changes; it never misses one flipped bit).
 *
 * Neighbours: sim_net.h (who carries them).
 */
#ifndef NOD_SESSION_SIM_LEDGER_H
#define NOD_SESSION_SIM_LEDGER_H

#include <stdbool.h>

#include "nod/addr.h"

enum { SIM_DATAGRAM_LEAST = 16 }; /* octets: its number, twice */

enum sim_verdict {
	SIM_GOOD,
	SIM_AGAIN,     /* once more, as the wire doubled it */
	SIM_UNSEEN,    /* altered on the wire in a way that no checksum sees */
	SIM_FORGOTTEN, /* sent so long ago that it cannot be told */
	/* what must not be */
	SIM_UNKNOWN, /* nobody sent it */
	SIM_STRAY,   /* it was sent to somebody else */
	SIM_SENDER,  /* it comes from another port than it was sent from */
	SIM_ALTERED, /* other octets than were sent */
	SIM_LENGTH,  /* longer or shorter than it was sent */
	SIM_DOUBLED, /* a second time, and the wire doubled nothing */
	SIM_N_VERDICTS
};
static inline bool sim_verdict_is_bad(enum sim_verdict v)
{
	return v >= SIM_UNKNOWN;
}

struct sim_sent {
	struct nod_addr to; /* the zone does not count */
	uint16_t to_port;
	uint16_t from_port; /* 0: not known */
	uint32_t from;	    /* the sender's number */
	uint32_t octets;    /* at least SIM_DATAGRAM_LEAST */
	uint32_t tag;	    /* the caller's */
	nod_ns at;
};

/* Who received, and by which addresses he may be reached: two lists, the host's and his own. */
struct sim_ear {
	uint32_t number;
	uint16_t port; /* 0: any */
	const struct nod_addr *host, *own;
	unsigned n_host, n_own;
	/* Asked when neither list has it, whether he may be reached by it all the same; or NULL. */
	bool (*holds)(void *self, const struct nod_addr *a);
	void *self;
};

struct sim_ledger_count {
	uint64_t sent, refused; /* refused: not taken by the sender's stack */
	uint64_t octets;	/* delivered */
	uint64_t verdict[SIM_N_VERDICTS];
};

struct sim_ledger;

/* @kept: datagrams that are remembered; rounded up to a power of two.  NULL: no memory. */
struct sim_ledger *sim_ledger_new(uint64_t key, uint32_t kept);
void sim_ledger_free(struct sim_ledger *l);

/* The next datagram: entered, and its octets written to @buf.  Its number, from 1. */
uint64_t sim_ledger_write(struct sim_ledger *l, const struct sim_sent *sent, uint8_t *buf);
/* It was refused by the stack: nobody may receive it. */
void sim_ledger_refused(struct sim_ledger *l, uint64_t number);

/* The wire has doubled a frame; flipped @bits of one. */
void sim_ledger_wire_doubled(struct sim_ledger *l);
void sim_ledger_wire_corrupted(struct sim_ledger *l, unsigned bits);

/* @ear received @len octets from @from_port.  *@sent: what it was sent as, or NULL. */
enum sim_verdict sim_ledger_judge(struct sim_ledger *l, const struct sim_ear *ear,
	uint16_t from_port, const uint8_t *buf, uint32_t len, const struct sim_sent **sent);
struct sim_ledger_count sim_ledger_counts(const struct sim_ledger *l);

#endif
