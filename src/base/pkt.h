/* SPDX-License-Identifier: ISC */
/*
 * pkt.h - a packet on its way through the layers, and the pool that it comes from
 *
 * A packet is one linear part, which lies in the packet's own room and holds the headers,
 * and up to PKT_SLICES slices, which point into reference-counted blocks and hold what is
 * too large for the room or belongs to somebody else (a send queue).  Headers are written in
 * front of what is there (pkt_push) and taken off again (pkt_pull); payload is not moved.
 *
 * Ownership: whoever holds the pointer owns the packet; a call documented as *takes* has it
 * from then on, whatever it returns.  A packet may travel from one stack's pool into another
 * stack; pkt_free() brings it home.  A pool belongs to one thread.
 *
 * Memory is taken from the system in slabs, up to the pool's limit, and then goes round:
 * the steady state takes none.  At the limit pkt_new() and block_new() return NULL, and the
 * one who asked sheds what he was about to do.
 *
 * Neighbours: checksum.h; physical/device.h (who moves packets).
 */
#ifndef NOD_BASE_PKT_H
#define NOD_BASE_PKT_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checksum.h"

#define PKT_SLICES 6

/*
 * What pkt_new() leaves free in front: virtio-net 12, Ethernet 14 and two tags 8, IPv6 40 with a
 * fragment header 8, TCP with all options 60 = 142, and what makes it a multiple of 64.
 */
#define PKT_HEADROOM 192

struct pkt_pool;

/* Octets that several packets may point into. */
struct block {
	uint32_t refs;
	uint32_t cap; /* octets of data[] */
	struct pkt_pool *pool;
	struct block *next; /* in the pool's list of free ones */
	uint8_t data[];
};

struct slice {
	struct block *block; /* one reference is the slice's */
	uint32_t at, len;    /* octets, in block->data */
};

/* What is known of the transport header's checksum. */
enum pkt_sum {
	PKT_SUM_UNKNOWN,  /* arrived; to be verified before anything is believed */
	PKT_SUM_VERIFIED, /* right, or vouched for by the device: not computed again */
	PKT_SUM_TO_FILL,  /* to be sent: the field holds the pseudo-header's sum, not inverted */
	PKT_SUM_FILLED,	  /* to be sent as it is */
};

/* Which kind of segments a super-segment is cut into. */
enum pkt_gso {
	PKT_GSO_NONE,
	PKT_GSO_TCP,
	PKT_GSO_UDP,
};

struct pkt {
	struct pkt *next; /* for whoever holds it */
	struct pkt_pool *pool;
	uint8_t *data;	/* first octet of the linear part, within room[] */
	uint32_t lin;	/* octets in the linear part */
	uint32_t len;	/* octets in all: linear part and slices */
	uint32_t cap;	/* octets of room[] */
	uint8_t size_class; /* the pool's business */
	uint8_t n_slices;
	uint8_t sum; /* enum pkt_sum */
	uint8_t gso; /* enum pkt_gso */
	uint16_t gso_size;   /* payload octets of each segment but the last */
	uint16_t sum_offset; /* with PKT_SUM_TO_FILL: of the field, from l4 */
	uint8_t is_multicast : 1; /* the frame was not for one station alone */
	uint8_t is_broadcast : 1;
	uint8_t is_looped : 1;	/* sent by this very stack */
	uint8_t is_forwarded : 1;
	uint8_t vlan_tagged : 1;
	uint16_t vlan; /* the outermost tag's TCI */
	uint32_t mark; /* for whoever holds it */
	/* Where headers begin, each NULL until known; within the linear part. */
	uint8_t *l2, *l3, *l4;
	int64_t at; /* ns; when it arrived, or is to arrive */
	struct slice slice[PKT_SLICES];
	uint8_t room[];
};

/* A queue of packets, by pkt.next. */
struct pkt_queue {
	struct pkt *first, **last;
	uint32_t count;
	uint64_t octets;
};

/* ---- the pool ---- */

/* @limit: octets of memory in all.  NULL: no memory. */
struct pkt_pool *pkt_pool_new(size_t limit);

/*
 * The owner needs it no more.  Packets that are still elsewhere stay good; the last one that
 * comes home takes the pool with it.
 */
void pkt_pool_release(struct pkt_pool *pool);

/* What is out and what has been taken, for limits, counters and tests. */
struct pkt_pool_use {
	size_t limit, taken;	/* octets: may be, have been taken from the system */
	size_t pkts, blocks;	/* out at the moment */
	uint64_t refused;	/* how often there was nothing */
	uint64_t slabs;		/* how often the system was asked */
};
struct pkt_pool_use pkt_pool_use(const struct pkt_pool *pool);

/*
 * A packet with PKT_HEADROOM octets free in front of an empty linear part and room for at least
 * @linear octets in it (at most PKT_LINEAR_MAX; more belongs into blocks).  NULL: the limit is
 * reached.
 */
#define PKT_LINEAR_MAX 65600
struct pkt *pkt_new(struct pkt_pool *pool, uint32_t linear);
void pkt_free(struct pkt *p); /* takes; NULL is allowed */

/* A block of at least @cap octets (at most BLOCK_MAX) with one reference.  NULL: the limit. */
#define BLOCK_MAX (65536 + 256)
struct block *block_new(struct pkt_pool *pool, uint32_t cap);
static inline struct block *block_ref(struct block *b)
{
	b->refs++;
	return b;
}
void block_unref(struct block *b);

/* ---- what is in it ---- */

/* Octets free in front of and behind the linear part. */
static inline uint32_t pkt_headroom(const struct pkt *p)
{
	return (uint32_t)(p->data - p->room);
}
static inline uint32_t pkt_tailroom(const struct pkt *p)
{
	return p->cap - pkt_headroom(p) - p->lin;
}

/* Room for a header of @n octets in front; what was in front counts on. */
static inline uint8_t *pkt_push(struct pkt *p, uint32_t n)
{
	assert(n <= pkt_headroom(p)); /* headers have bounds: PKT_HEADROOM */
	p->data -= n;
	p->lin += n;
	p->len += n;
	return p->data;
}

/* Take @n octets of the linear part off the front: a header that has been read. */
static inline void pkt_pull(struct pkt *p, uint32_t n)
{
	assert(n <= p->lin);
	p->data += n;
	p->lin -= n;
	p->len -= n;
}

/* Room for @n more octets at the end of the linear part; only while there are no slices. */
static inline uint8_t *pkt_put(struct pkt *p, uint32_t n)
{
	uint8_t *at = p->data + p->lin;

	assert(!p->n_slices && n <= pkt_tailroom(p));
	p->lin += n;
	p->len += n;
	return at;
}

/* Cut to @len octets, from the end: padding, or what was not asked for. */
void pkt_trim(struct pkt *p, uint32_t len);

/* Take @len octets off the front, wherever they lie. */
void pkt_cut_front(struct pkt *p, uint32_t len);

/*
 * Make the first @n octets linear (headers that lie in slices are copied into the room).
 * false: the packet is shorter, or the room is too small.
 */
bool pkt_linear_slow(struct pkt *p, uint32_t n);
static inline bool pkt_linear(struct pkt *p, uint32_t n)
{
	return n <= p->lin || pkt_linear_slow(p, n);
}

/* Append a slice; takes one reference of @b.  false: PKT_SLICES are there (nothing taken). */
bool pkt_add_slice(struct pkt *p, struct block *b, uint32_t at, uint32_t len);

/*
 * Append what @p holds, if all of it lies in slices; where it goes on in the same block the last
 * slice becomes longer.  Takes @p if true; false: it does not fit, and nothing has been done.
 */
bool pkt_join(struct pkt *to, struct pkt *p);

/*
 * Copy @len octets to the end, into the linear part while there are no slices and there is
 * tailroom, else into new blocks.  0 or -ENOBUFS (the packet may have grown; free it).
 */
int pkt_append(struct pkt *p, const void *from, uint32_t len);

/* Copy up to @len octets from @from on to @to; how many there were. */
uint32_t pkt_copy_out(const struct pkt *p, uint32_t from, void *to, uint32_t len);

/*
 * The internet checksum's running sum over @len octets from @from on (checksum.h); they must
 * be there.
 */
uint64_t pkt_checksum_slices(const struct pkt *p, uint32_t from, uint32_t len);
static inline uint64_t pkt_checksum(const struct pkt *p, uint32_t from, uint32_t len)
{
	return from + len <= p->lin ? checksum_add(0, p->data + from, len) :
				      pkt_checksum_slices(p, from, len);
}

/*
 * Fill in a transport checksum that was put off (PKT_SUM_TO_FILL): everything from p->l4 on is
 * summed and the field at p->l4 + sum_offset written.  Not for super-segments: cut them first.
 * UDP's 0 becomes 0xffff (RFC 768).
 */
void pkt_fill_checksum(struct pkt *p);

/* A packet of its own with the same octets: linear part copied, slices shared.  NULL: limit. */
struct pkt *pkt_clone(const struct pkt *p, struct pkt_pool *pool);

/* The same, but nothing is shared: may be changed anywhere.  NULL: limit. */
struct pkt *pkt_copy(const struct pkt *p, struct pkt_pool *pool);

/* ---- queues ---- */

static inline void pkt_queue_init(struct pkt_queue *q)
{
	*q = (struct pkt_queue){ .last = &q->first };
}
static inline void pkt_queue_put(struct pkt_queue *q, struct pkt *p)
{
	p->next = NULL;
	*q->last = p;
	q->last = &p->next;
	q->count++;
	q->octets += p->len;
}
static inline struct pkt *pkt_queue_take(struct pkt_queue *q)
{
	struct pkt *p = q->first;

	if (p) {
		q->first = p->next;
		if (!q->first)
			q->last = &q->first;
		q->count--;
		q->octets -= p->len;
		p->next = NULL;
	}
	return p;
}
void pkt_queue_clear(struct pkt_queue *q);

#endif
