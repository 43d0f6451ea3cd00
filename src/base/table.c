/* SPDX-License-Identifier: ISC */
/*
 * table.c - a hash table that grows step by step
 *
 * While old is there, a chain of it that has been moved is empty, and what is new goes into now:
 * so a look-up asks at most two chains.
 *
 * Neighbours: table.h.
 */
#include "table.h"

#include <errno.h>
#include <stdlib.h>

enum { CHAINS_A_STEP = 4, LEAST_SLOTS = 16 };

int table_init(struct table *t, uint32_t slots)
{
	uint64_t n = LEAST_SLOTS;

	while (n < slots)
		n *= 2;
	*t = (struct table){ .mask = n - 1 };
	t->now = calloc(n, sizeof(t->now[0]));
	return t->now ? 0 : -ENOMEM;
}

void table_free(struct table *t)
{
	free(t->now);
	free(t->old);
	*t = (struct table){ 0 };
}

size_t table_octets(const struct table *t)
{
	return (t->mask + 1 + (t->old ? t->old_mask + 1 : 0)) * sizeof(t->now[0]);
}

static struct hnode *with_hash(struct hnode *n, uint64_t hash)
{
	while (n && n->hash != (uint32_t)hash)
		n = n->next;
	return n;
}

/*
 * The nodes of one hash are all in one of the two arrays' chains, or, while their chain has
 * not been moved, some in each; table_put() sees to it that they are not (it moves the old
 * chain first).
 */
struct hnode *table_first(const struct table *t, uint64_t hash)
{
	struct hnode *n;

	if (!t->now)
		return NULL;
	n = with_hash(t->now[hash & t->mask], hash);
	if (!n && t->old)
		n = with_hash(t->old[hash & t->old_mask], hash);
	return n;
}

struct hnode *table_next(struct hnode *n)
{
	return with_hash(n->next, n->hash);
}

static void move_chain(struct table *t, uint64_t slot)
{
	struct hnode *n = t->old[slot];

	t->old[slot] = NULL;
	while (n) {
		struct hnode *next = n->next;
		struct hnode **to = &t->now[n->hash & t->mask];

		n->next = *to;
		*to = n;
		n = next;
	}
}

static void step(struct table *t)
{
	if (!t->old)
		return;
	for (int i = 0; i < CHAINS_A_STEP && t->moved <= t->old_mask; i++)
		move_chain(t, t->moved++);
	if (t->moved > t->old_mask) {
		free(t->old);
		t->old = NULL;
	}
}

/* Begin to move to twice the slots; without memory all stays as it is. */
static void grow(struct table *t)
{
	uint64_t n = 2 * (t->mask + 1);
	struct hnode **bigger = n <= UINT32_MAX ? calloc(n, sizeof(bigger[0])) : NULL;

	if (!bigger)
		return;
	t->old = t->now;
	t->old_mask = t->mask;
	t->moved = 0;
	t->now = bigger;
	t->mask = n - 1;
}

void table_put(struct table *t, struct hnode *n, uint64_t hash)
{
	if (!t->old && t->count > t->mask)
		grow(t);
	step(t);
	if (t->old)
		move_chain(t, hash & t->old_mask);

	struct hnode **to = &t->now[hash & t->mask];

	n->hash = (uint32_t)hash;
	n->next = *to;
	*to = n;
	t->count++;
}

static int take(struct hnode **at, struct hnode *n)
{
	for (; *at; at = &(*at)->next) {
		if (*at == n) {
			*at = n->next;
			n->next = NULL;
			return 1;
		}
	}
	return 0;
}

void table_remove(struct table *t, struct hnode *n)
{
	if (take(&t->now[n->hash & t->mask], n) ||
		(t->old && take(&t->old[n->hash & t->old_mask], n)))
		t->count--;
	step(t);
}

enum { PLACE_BITS = 20 };
#define IN_NOW (UINT64_C(1) << 63)

/* The node at *@at in @slots, or the next behind it; *@at is moved past it. */
static struct hnode *walk(struct hnode **slots, uint64_t mask, uint64_t *at)
{
	uint64_t slot = *at >> PLACE_BITS;
	uint64_t place = *at & ((1u << PLACE_BITS) - 1);

	for (; slot <= mask; slot++, place = 0) {
		struct hnode *n = slots[slot];

		for (uint64_t i = 0; n && i < place; i++)
			n = n->next;
		if (n) {
			*at = (slot << PLACE_BITS) + place + 1;
			return n;
		}
	}
	return NULL;
}

struct hnode *table_walk(const struct table *t, uint64_t *at)
{
	struct hnode *n = NULL;

	if (!t->now)
		return NULL;
	if (!(*at & IN_NOW)) {
		if (t->old)
			n = walk(t->old, t->old_mask, at);
		if (n)
			return n;
		*at = IN_NOW;
	}
	*at &= ~IN_NOW;
	n = walk(t->now, t->mask, at);
	*at |= IN_NOW;
	return n;
}
