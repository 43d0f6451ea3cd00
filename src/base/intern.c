/* SPDX-License-Identifier: ISC */
/*
 * intern.c - values that many have in common, kept once
 *
 * Neighbours: intern.h, table.h.
 */
#include "intern.h"

#include <stdlib.h>
#include <string.h>

struct interned {
	struct hnode node;
	uint32_t refs;
	uint32_t len; /* octets of value[] */
	_Alignas(8) uint8_t value[];
};

int interns_init(struct interns *all, const struct siphash_key *key)
{
	all->key = key;
	return table_init(&all->table, 0);
}

void interns_end(struct interns *all)
{
	table_free(&all->table);
}

static struct interned *of(const void *copy)
{
	return container_of((void *)(uintptr_t)copy, struct interned, value);
}

const void *intern(struct interns *all, const void *value, size_t len)
{
	uint64_t hash = siphash13(all->key, value, len);
	struct interned *i;

	for (struct hnode *n = table_first(&all->table, hash); n; n = table_next(n)) {
		i = container_of(n, struct interned, node);
		if (i->len == len && memcmp(i->value, value, len) == 0) {
			i->refs++;
			return i->value;
		}
	}
	i = malloc(sizeof(*i) + len);
	if (!i)
		return NULL;
	i->refs = 1;
	i->len = (uint32_t)len;
	memcpy(i->value, value, len);
	table_put(&all->table, &i->node, hash);
	return i->value;
}

const void *intern_ref(const void *copy)
{
	of(copy)->refs++;
	return copy;
}

void intern_drop(struct interns *all, const void *copy)
{
	struct interned *i;

	if (!copy)
		return;
	i = of(copy);
	if (--i->refs)
		return;
	table_remove(&all->table, &i->node);
	free(i);
}
