/* SPDX-License-Identifier: ISC */
/* test_table.c - a hash table that grows step by step, and loses nothing on the way */
#include "tap.h"

#include <stdlib.h>

#include "base/table.h"
#include "chance.h"

enum { MANY = 5000 };

struct item {
	struct hnode node;
	uint64_t key;
	bool is_in;
	unsigned seen;
};

static struct item item[MANY];

static struct item *find(const struct table *t, uint64_t hash, uint64_t key)
{
	for (struct hnode *n = table_first(t, hash); n; n = table_next(n)) {
		struct item *i = container_of(n, struct item, node);

		if (i->key == key)
			return i;
	}
	return NULL;
}

/* Few hashes for many keys, so that chains hold several of one hash. */
static uint64_t hash_of(uint64_t key)
{
	return key % 1500 * 0x9e3779b97f4a7c15;
}

static bool all_right(const struct table *t)
{
	uint32_t n = 0;

	for (unsigned k = 0; k < MANY; k++) {
		struct item *i = find(t, hash_of(k), k);

		if ((i != NULL) != item[k].is_in)
			return false;
		n += item[k].is_in;
	}
	return n == t->count;
}

int main(void)
{
	struct table t;
	bool is_right = true;
	unsigned left;

	chance_begin();
	tap(table_init(&t, 1) == 0, "a table");
	tap(!table_first(&t, 7), "an empty one has nothing");
	for (unsigned k = 0; k < MANY; k++)
		item[k].key = k;
	for (unsigned step = 0; step < 60000; step++) {
		unsigned k = chance(MANY);

		if (item[k].is_in)
			table_remove(&t, &item[k].node);
		else
			table_put(&t, &item[k].node, hash_of(k));
		item[k].is_in = !item[k].is_in;
		if (step % 997 == 0 && !all_right(&t))
			is_right = false;
	}
	tap(is_right, "whatever goes in and out, each is found that is in");

	for (uint64_t at = 0;;) {
		struct hnode *n = table_walk(&t, &at);

		if (!n)
			break;
		container_of(n, struct item, node)->seen++;
	}
	is_right = true;
	for (unsigned k = 0; k < MANY; k++)
		is_right = is_right && item[k].seen == item[k].is_in;
	tap(is_right, "a walk sees each once");

	for (uint64_t at = 0;;) {
		struct hnode *n = table_walk(&t, &at);

		if (!n)
			break;
		if (container_of(n, struct item, node)->key % 2) {
			table_remove(&t, n);
			container_of(n, struct item, node)->is_in = false;
			at--;
		}
	}
	left = 0;
	for (unsigned k = 1; k < MANY; k += 2)
		left += find(&t, hash_of(k), k) != NULL;
	tap(left == 0 && all_right(&t), "a walk may take away what it sees");
	table_free(&t);
	return tap_done();
}
