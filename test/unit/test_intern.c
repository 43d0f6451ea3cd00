/* SPDX-License-Identifier: ISC */
/* test_intern.c - equal values are one copy, which goes with the last who holds it */
#include "base/intern.h"

#include <string.h>

#include "tap.h"

int main(void)
{
	const struct siphash_key key = { 1, 2 };
	const uint32_t one[3] = { 1, 2, 3 }, same[3] = { 1, 2, 3 }, other[3] = { 1, 2, 4 };
	struct interns all;
	const void *a, *b, *c, *d;
	const void *many[1000];
	bool ok = true;

	tap(interns_init(&all, &key) == 0, "begins");
	a = intern(&all, one, sizeof(one));
	b = intern(&all, same, sizeof(same));
	c = intern(&all, other, sizeof(other));
	d = intern(&all, one, 8);
	tap(a && a != one && memcmp(a, one, sizeof(one)) == 0, "a value is copied");
	tap(a == b, "equal ones are one copy");
	tap(c && c != a, "others are others");
	tap(d && d != a && d != c, "and so is a shorter one that begins as well");
	tap((uintptr_t)a % 8 == 0, "a copy lies as any struct may");
	tap(all.table.count == 3, "so there are three");
	tap(intern_ref(a) == a, "held once more");
	intern_drop(&all, a);
	intern_drop(&all, a);
	tap(all.table.count == 3 && memcmp(b, one, sizeof(one)) == 0, "the last one keeps it");
	intern_drop(&all, b);
	tap(all.table.count == 2, "and lets it go");
	intern_drop(&all, c);
	intern_drop(&all, d);
	intern_drop(&all, NULL);
	for (uint32_t i = 0; i < 1000; i++)
		many[i] = intern(&all, &i, sizeof(i));
	for (uint32_t i = 0; i < 1000; i++) {
		ok = ok && memcmp(many[i], &i, sizeof(i)) == 0 &&
			intern(&all, &i, sizeof(i)) == many[i];
		intern_drop(&all, many[i]);
	}
	tap(ok && all.table.count == 1000, "a thousand are found again");
	for (uint32_t i = 0; i < 1000; i++)
		intern_drop(&all, many[i]);
	tap(all.table.count == 0, "and nothing is left");
	interns_end(&all);
	return tap_done();
}
