/* SPDX-License-Identifier: ISC */
/*
 * impair_hold.c - frames that wait for their nanosecond
 *
 * Neighbours: impair_hold.h; impair_slow.c, the other thing to wait for.
 */
#include "impair_hold.h"

#include <errno.h>
#include <stdlib.h>

enum { FIRST_CAP = 64, ARITY = 4 };

void hold_init(struct hold *h, uint32_t most)
{
	*h = (struct hold){ .most = most };
}

static bool is_before(const struct hold_item *a, const struct hold_item *b)
{
	return a->due < b->due || (a->due == b->due && a->order < b->order);
}

static struct hold_item *ring_at(const struct hold *h, uint32_t i)
{
	return &h->ring[(h->head + i) & (h->ring_cap - 1)]; /* a power of two */
}

void hold_end(struct hold *h)
{
	for (uint32_t i = 0; i < h->n_ring; i++)
		pkt_free(ring_at(h, i)->frame.pkt);
	for (uint32_t i = 0; i < h->n_heap; i++)
		pkt_free(h->heap[i].frame.pkt);
	free(h->ring);
	free(h->heap);
	*h = (struct hold){ 0 };
}

static int ring_grow(struct hold *h)
{
	uint32_t cap = h->ring_cap ? 2 * h->ring_cap : FIRST_CAP;
	struct hold_item *more = malloc(cap * sizeof(*more));

	if (!more)
		return -ENOMEM;
	for (uint32_t i = 0; i < h->n_ring; i++)
		more[i] = *ring_at(h, i);
	free(h->ring);
	h->ring = more;
	h->ring_cap = cap;
	h->head = 0;
	return 0;
}

static int heap_put(struct hold *h, const struct hold_item *item)
{
	uint32_t i = h->n_heap;

	if (i == h->heap_cap) {
		uint32_t cap = h->heap_cap ? 2 * h->heap_cap : FIRST_CAP;
		struct hold_item *more = realloc(h->heap, cap * sizeof(*more));

		if (!more)
			return -ENOMEM;
		h->heap = more;
		h->heap_cap = cap;
	}
	h->n_heap++;
	for (uint32_t up; i; i = up) {
		up = (i - 1) / ARITY;
		if (!is_before(item, &h->heap[up]))
			break;
		h->heap[i] = h->heap[up];
	}
	h->heap[i] = *item;
	return 0;
}

int hold_put(struct hold *h, nod_ns due, const struct frame *f)
{
	struct hold_item item = { .due = due, .order = h->order, .frame = *f };
	int err;

	if (hold_count(h) >= h->most)
		return -ENOBUFS;
	if (h->n_ring && due < ring_at(h, h->n_ring - 1)->due) {
		err = heap_put(h, &item);
	} else {
		err = h->n_ring == h->ring_cap ? ring_grow(h) : 0;
		if (err == 0)
			*ring_at(h, h->n_ring++) = item;
	}
	h->order += err == 0;
	return err;
}

nod_ns hold_due(const struct hold *h)
{
	nod_ns due = h->n_ring ? h->ring[h->head].due : INT64_MAX;

	return h->n_heap && h->heap[0].due < due ? h->heap[0].due : due;
}

static struct frame heap_take(struct hold *h)
{
	struct frame f = h->heap[0].frame;
	struct hold_item last = h->heap[--h->n_heap];
	uint32_t i = 0;

	for (;;) {
		uint32_t first = ARITY * i + 1, least = first;

		if (first >= h->n_heap)
			break;
		for (uint32_t k = first + 1; k < first + ARITY && k < h->n_heap; k++)
			if (is_before(&h->heap[k], &h->heap[least]))
				least = k;
		if (!is_before(&h->heap[least], &last))
			break;
		h->heap[i] = h->heap[least];
		i = least;
	}
	h->heap[i] = last;
	return f;
}

struct frame hold_take(struct hold *h)
{
	struct frame f;

	if (h->n_heap && (!h->n_ring || is_before(&h->heap[0], &h->ring[h->head])))
		return heap_take(h);
	assert(h->n_ring);
	f = h->ring[h->head].frame;
	h->head = (h->head + 1) & (h->ring_cap - 1);
	h->n_ring--;
	return f;
}
