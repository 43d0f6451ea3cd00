/* SPDX-License-Identifier: ISC */
/*
 * pkt.c - packets and the pool they come from
 *
 * Every size class has a free list; an empty one is filled by a slab from the system while the
 * limit allows.  What is free stays with its class: a class that was once busy is likely to be
 * busy again.
 *
 * Neighbours: pkt.h, checksum.h.
 */
#include "pkt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "checksum.h"
#include "poison.h"

enum { PKT_CLASSES = 3, BLOCK_CLASSES = 3, ALIGN = 64 };

/* Octets of room[] and of data[]; the smallest that fits is used. */
static const uint32_t pkt_room[PKT_CLASSES] = {
	512,					/* headers, and what is small */
	2304,					/* a frame of Ethernet's size */
	PKT_HEADROOM + PKT_LINEAR_MAX + 32,	/* a datagram of IP's size */
};
static const uint32_t block_room[BLOCK_CLASSES] = { 4096, 16384, BLOCK_MAX };

enum { SLAB_OCTETS = 256 * 1024 }; /* at a time, or one item if that is larger */

struct slab {
	struct slab *next;
	_Alignas(ALIGN) uint8_t item[];
};

struct pkt_pool {
	struct pkt *free_pkt[PKT_CLASSES];
	struct block *free_block[BLOCK_CLASSES];
	struct slab *slabs;
	struct pkt_pool_use use;
	bool is_released;
};

static size_t rounded(size_t n)
{
	return (n + ALIGN - 1) / ALIGN * ALIGN;
}

struct pkt_pool *pkt_pool_new(size_t limit)
{
	struct pkt_pool *pool = calloc(1, sizeof(*pool));

	if (pool)
		pool->use.limit = limit;
	return pool;
}

static void pool_end(struct pkt_pool *pool)
{
	for (struct slab *s = pool->slabs, *next; s; s = next) {
		next = s->next;
		UNPOISON(s, sizeof(*s));
		free(s);
	}
	free(pool);
}

static void end_when_all_are_home(struct pkt_pool *pool)
{
	if (pool->is_released && !pool->use.pkts && !pool->use.blocks)
		pool_end(pool);
}

void pkt_pool_release(struct pkt_pool *pool)
{
	if (!pool)
		return;
	pool->is_released = true;
	end_when_all_are_home(pool);
}

struct pkt_pool_use pkt_pool_use(const struct pkt_pool *pool)
{
	return pool->use;
}

/*
 * As many new items of @size octets as a slab holds, or as the limit leaves room for, to be put
 * into a free list by @add.  false: none.
 */
static bool refill(struct pkt_pool *pool, size_t size, void (*add)(struct pkt_pool *, void *, int),
	int class)
{
	size_t left = pool->use.limit - pool->use.taken;
	size_t n = SLAB_OCTETS / size ? SLAB_OCTETS / size : 1;

	if (n > left / size)
		n = left / size;
	if (!n) {
		pool->use.refused++;
		return false;
	}
	struct slab *s = aligned_alloc(ALIGN, rounded(sizeof(*s)) + n * size);
	if (!s) {
		pool->use.refused++;
		return false;
	}
	s->next = pool->slabs;
	pool->slabs = s;
	pool->use.taken += n * size;
	pool->use.slabs++;
	while (n--)
		add(pool, s->item + n * size, class);
	return true;
}

static void add_pkt(struct pkt_pool *pool, void *at, int class)
{
	struct pkt *p = at;

	p->pool = pool;
	p->cap = pkt_room[class];
	p->size_class = (uint8_t)class;
	p->next = pool->free_pkt[class];
	pool->free_pkt[class] = p;
	POISON(p->room, p->cap);
}

static void add_block(struct pkt_pool *pool, void *at, int class)
{
	struct block *b = at;

	b->pool = pool;
	b->cap = block_room[class];
	b->next = pool->free_block[class];
	pool->free_block[class] = b;
	POISON(b->data, b->cap);
}

struct pkt *pkt_new(struct pkt_pool *pool, uint32_t linear)
{
	int class = 0;

	while (class < PKT_CLASSES && pkt_room[class] < PKT_HEADROOM + (uint64_t)linear)
		class ++;
	if (class == PKT_CLASSES ||
		(!pool->free_pkt[class] &&
			!refill(pool, rounded(sizeof(struct pkt) + pkt_room[class]), add_pkt,
				class)))
		return NULL;

	struct pkt *p = pool->free_pkt[class];

	pool->free_pkt[class] = p->next;
	__builtin_prefetch(p->next); /* which will be the next one's */
	pool->use.pkts++;
	UNPOISON(p->room, p->cap);
	p->next = NULL;
	p->data = p->room + PKT_HEADROOM;
	p->lin = p->len = 0;
	p->n_slices = 0;
	p->sum = PKT_SUM_UNKNOWN;
	p->gso = PKT_GSO_NONE;
	p->gso_size = 0;
	p->sum_offset = 0;
	p->is_multicast = p->is_broadcast = p->is_looped = p->is_forwarded = p->vlan_tagged = 0;
	p->vlan = 0;
	p->mark = 0;
	p->l2 = p->l3 = p->l4 = NULL;
	p->at = 0;
	return p;
}

static void drop_slices(struct pkt *p)
{
	for (unsigned i = 0; i < p->n_slices; i++)
		block_unref(p->slice[i].block);
	p->n_slices = 0;
}

void pkt_free(struct pkt *p)
{
	if (!p)
		return;

	struct pkt_pool *pool = p->pool;

	if (p->n_slices)
		drop_slices(p);
	POISON(p->room, p->cap);
	p->next = pool->free_pkt[p->size_class];
	pool->free_pkt[p->size_class] = p;
	pool->use.pkts--;
	if (__builtin_expect(pool->is_released, 0))
		end_when_all_are_home(pool);
}

static int block_class(uint32_t cap)
{
	int class = 0;

	while (class < BLOCK_CLASSES && block_room[class] < cap)
		class ++;
	return class;
}

struct block *block_new(struct pkt_pool *pool, uint32_t cap)
{
	int class = block_class(cap);

	if (class == BLOCK_CLASSES ||
		(!pool->free_block[class] &&
			!refill(pool, rounded(sizeof(struct block) + block_room[class]), add_block,
				class)))
		return NULL;

	struct block *b = pool->free_block[class];

	pool->free_block[class] = b->next;
	pool->use.blocks++;
	UNPOISON(b->data, b->cap);
	b->next = NULL;
	b->refs = 1;
	return b;
}

void block_unref(struct block *b)
{
	struct pkt_pool *pool = b->pool;

	assert(b->refs);
	if (--b->refs)
		return;

	int class = block_class(b->cap);

	POISON(b->data, b->cap);
	b->next = pool->free_block[class];
	pool->free_block[class] = b;
	pool->use.blocks--;
	if (__builtin_expect(pool->is_released, 0))
		end_when_all_are_home(pool);
}

void pkt_trim(struct pkt *p, uint32_t len)
{
	if (len >= p->len)
		return;
	while (p->n_slices && len <= p->len - p->slice[p->n_slices - 1].len) {
		struct slice *s = &p->slice[--p->n_slices];

		p->len -= s->len;
		block_unref(s->block);
	}
	if (p->n_slices)
		p->slice[p->n_slices - 1].len -= p->len - len;
	else
		p->lin = len;
	p->len = len;
}

void pkt_cut_front(struct pkt *p, uint32_t len)
{
	uint32_t part = p->lin < len ? p->lin : len;
	unsigned gone = 0;

	pkt_pull(p, part);
	len -= part;
	p->len -= len;
	while (len) {
		struct slice *s = &p->slice[gone];

		part = s->len < len ? s->len : len;
		s->at += part;
		s->len -= part;
		len -= part;
		if (!s->len) {
			block_unref(s->block);
			gone++;
		}
	}
	if (gone) {
		p->n_slices = (uint8_t)(p->n_slices - gone);
		memmove(p->slice, p->slice + gone, p->n_slices * sizeof(p->slice[0]));
	}
}

bool pkt_linear_slow(struct pkt *p, uint32_t n)
{
	if (n > p->len)
		return false;
	if (n - p->lin > p->cap - pkt_headroom(p) - p->lin)
		return false; /* headers never come so far apart */

	uint8_t *to = p->data + p->lin;
	unsigned used = 0;

	for (uint32_t want = n - p->lin; want;) {
		struct slice *s = &p->slice[used];
		uint32_t part = s->len < want ? s->len : want;

		memcpy(to, s->block->data + s->at, part);
		to += part;
		want -= part;
		s->at += part;
		s->len -= part;
		if (!s->len) {
			block_unref(s->block);
			used++;
		}
	}
	p->lin = n;
	p->n_slices = (uint8_t)(p->n_slices - used);
	memmove(p->slice, p->slice + used, p->n_slices * sizeof(p->slice[0]));
	return true;
}

bool pkt_add_slice(struct pkt *p, struct block *b, uint32_t at, uint32_t len)
{
	if (p->n_slices == PKT_SLICES)
		return false;
	assert(at <= b->cap && len <= b->cap - at);
	p->slice[p->n_slices++] = (struct slice){ .block = b, .at = at, .len = len };
	p->len += len;
	return true;
}

bool pkt_join(struct pkt *to, struct pkt *p)
{
	struct slice *last = to->n_slices ? &to->slice[to->n_slices - 1] : NULL;
	const struct slice *first = p->slice;
	unsigned goes_on;

	if (p->lin || !p->n_slices)
		return false;
	goes_on = last && last->block == first->block && last->at + last->len == first->at;
	if (to->n_slices + p->n_slices - goes_on > PKT_SLICES)
		return false;
	if (goes_on) {
		last->len += first->len;
		block_unref(first->block);
	}
	for (unsigned i = goes_on; i < p->n_slices; i++)
		to->slice[to->n_slices++] = p->slice[i];
	to->len += p->len;
	p->n_slices = 0;
	pkt_free(p);
	return true;
}

int pkt_append(struct pkt *p, const void *from, uint32_t len)
{
	const uint8_t *at = from;

	if (!p->n_slices) {
		uint32_t part = pkt_tailroom(p) < len ? pkt_tailroom(p) : len;

		if (part)
			memcpy(pkt_put(p, part), at, part);
		at += part;
		len -= part;
	}
	while (len) {
		uint32_t part = len < BLOCK_MAX ? len : BLOCK_MAX;
		struct block *b = block_new(p->pool, part);

		if (!b)
			return -ENOBUFS;
		memcpy(b->data, at, part);
		if (!pkt_add_slice(p, b, 0, part)) {
			block_unref(b);
			return -ENOBUFS;
		}
		at += part;
		len -= part;
	}
	return 0;
}

/* The @i-th piece (0: the linear part) of @p. */
static const uint8_t *piece(const struct pkt *p, unsigned i, uint32_t *len)
{
	if (i == 0) {
		*len = p->lin;
		return p->data;
	}
	*len = p->slice[i - 1].len;
	return p->slice[i - 1].block->data + p->slice[i - 1].at;
}

uint32_t pkt_copy_out(const struct pkt *p, uint32_t from, void *to, uint32_t len)
{
	uint8_t *out = to;

	for (unsigned i = 0; i <= p->n_slices && len; i++) {
		uint32_t n;
		const uint8_t *at = piece(p, i, &n);

		if (from >= n) {
			from -= n;
			continue;
		}
		n -= from;
		n = n < len ? n : len;
		memcpy(out, at + from, n);
		out += n;
		len -= n;
		from = 0;
	}
	return (uint32_t)(out - (uint8_t *)to);
}

uint64_t pkt_checksum_slices(const struct pkt *p, uint32_t from, uint32_t len)
{
	uint64_t sum = 0;
	bool is_odd = false; /* so many octets have been summed */
	unsigned i = 0;
	uint32_t n;
	const uint8_t *at = piece(p, i, &n);

	while (from >= n && i < p->n_slices) {
		from -= n;
		at = piece(p, ++i, &n);
	}
	at += from;
	n -= from;
	for (;;) {
		n = n < len ? n : len;
		sum = is_odd ? checksum_add_odd(sum, at, n) : checksum_add(sum, at, n);
		is_odd ^= n & 1;
		len -= n;
		if (!len || i == p->n_slices)
			break;
		at = piece(p, ++i, &n);
	}
	assert(!len);
	return sum;
}

void pkt_fill_checksum(struct pkt *p)
{
	uint32_t at = (uint32_t)(p->l4 - p->data);
	uint8_t *field = p->l4 + p->sum_offset;
	uint16_t sum = checksum_end(pkt_checksum(p, at, p->len - at));

	if (!sum)
		sum = 0xffff; /* equal in ones' complement; in UDP 0 would be "none" */
	field[0] = (uint8_t)(sum >> 8);
	field[1] = (uint8_t)sum;
	p->sum = PKT_SUM_FILLED;
}

static void copy_marks(struct pkt *to, const struct pkt *p)
{
	to->sum = p->sum;
	to->gso = p->gso;
	to->gso_size = p->gso_size;
	to->sum_offset = p->sum_offset;
	to->is_multicast = p->is_multicast;
	to->is_broadcast = p->is_broadcast;
	to->is_looped = p->is_looped;
	to->is_forwarded = p->is_forwarded;
	to->vlan_tagged = p->vlan_tagged;
	to->vlan = p->vlan;
	to->mark = p->mark;
	to->at = p->at;
	if (p->l2)
		to->l2 = to->data + (p->l2 - p->data);
	if (p->l3)
		to->l3 = to->data + (p->l3 - p->data);
	if (p->l4)
		to->l4 = to->data + (p->l4 - p->data);
}

/*
 * A new packet with the linear part of @p and what lies before it from the first known header
 * on, at the same distance from the room's start where that is possible.
 */
static struct pkt *copy_linear(const struct pkt *p, struct pkt_pool *pool)
{
	const uint8_t *from = p->data;

	if (p->l2 && p->l2 < from)
		from = p->l2;
	else if (p->l3 && p->l3 < from)
		from = p->l3;

	uint32_t before = (uint32_t)(p->data - from);
	struct pkt *to = pkt_new(pool, before + p->lin);

	if (!to)
		return NULL;
	memcpy(to->data, from, before + p->lin);
	to->data += before;
	to->lin = to->len = p->lin;
	copy_marks(to, p);
	return to;
}

struct pkt *pkt_clone(const struct pkt *p, struct pkt_pool *pool)
{
	struct pkt *to = copy_linear(p, pool);

	if (to)
		for (unsigned i = 0; i < p->n_slices; i++)
			pkt_add_slice(to, block_ref(p->slice[i].block), p->slice[i].at,
				p->slice[i].len);
	return to;
}

struct pkt *pkt_copy(const struct pkt *p, struct pkt_pool *pool)
{
	struct pkt *to = copy_linear(p, pool);

	for (unsigned i = 0; to && i < p->n_slices; i++) {
		const struct slice *s = &p->slice[i];
		struct block *b = block_new(pool, s->len);

		if (!b) {
			pkt_free(to);
			return NULL;
		}
		memcpy(b->data, s->block->data + s->at, s->len);
		pkt_add_slice(to, b, 0, s->len);
	}
	return to;
}

void pkt_queue_clear(struct pkt_queue *q)
{
	for (struct pkt *p; (p = pkt_queue_take(q));)
		pkt_free(p);
}
