/* SPDX-License-Identifier: ISC */
/*
 * table.h - a hash table that grows step by step
 *
 * Chained; the nodes are part of what is kept.  The caller hashes (with siphash13() and the
 * stack's secret key, so that nobody outside can make keys collide) and compares:
 *
 *	for (struct hnode *n = table_first(&t, hash); n; n = table_next(n))
 *		if (container_of(n, struct thing, node)->id == id)
 *			...
 *
 * When it is full to the mark a second array of twice the size is begun, and each later call
 * that inserts or removes moves a few chains over: no call ever waits for the whole.  Looking
 * does not change the table.
 */
#ifndef NOD_BASE_TABLE_H
#define NOD_BASE_TABLE_H

#include <stddef.h>
#include <stdint.h>

#define container_of(p, type, member) ((type *)(void *)((char *)(p)-offsetof(type, member)))

struct hnode {
	struct hnode *next;
	uint32_t hash;	/* the low half */
	uint32_t spare; /* would be padding: for whom the node is part of */
};

struct table {
	struct hnode **now, **old; /* old: NULL, or the array that is being emptied */
	uint64_t mask, old_mask;   /* slots - 1 */
	uint64_t moved;		   /* chains of old that have been moved over */
	uint32_t count;
};

/* 0 or -ENOMEM; @slots is rounded up to a power of two. */
int table_init(struct table *t, uint32_t slots);
void table_free(struct table *t); /* not the nodes */
size_t table_octets(const struct table *t); /* that the slots take */

/* The chain's nodes whose hashes' low halves are this one's, in no promised order. */
struct hnode *table_first(const struct table *t, uint64_t hash);
struct hnode *table_next(struct hnode *n);

/* Never fails: without memory to grow, chains get longer. */
void table_put(struct table *t, struct hnode *n, uint64_t hash);
void table_remove(struct table *t, struct hnode *n);

/*
 * Walk over all: begin with *@at = 0, until NULL.  After removing the node that was returned
 * take 1 from *@at; what is put in or removed otherwise meanwhile may be seen twice or not.
 */
struct hnode *table_walk(const struct table *t, uint64_t *at);

#endif
