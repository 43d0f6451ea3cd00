/* SPDX-License-Identifier: ISC */
/*
 * intern.h - values that many have in common, kept once
 *
 * What a program chooses for a socket is the same for most of them, and is rarely changed: each
 * holds a pointer to the one copy of its value.  A copy is never written to; whoever wants
 * another value asks for that one, and lets go of the old.  Equal values are one copy, so a
 * million sockets with the same options cost no more than one.
 *
 * A value is compared octet by octet: what its type has of padding is better zero, lest equal
 * values are kept twice.
 */
#ifndef NOD_BASE_INTERN_H
#define NOD_BASE_INTERN_H

#include <stddef.h>

#include "siphash.h"
#include "table.h"

struct interns {
	struct table table;
	const struct siphash_key *key;
};

int interns_init(struct interns *all, const struct siphash_key *key); /* borrows; 0, -ENOMEM */
void interns_end(struct interns *all); /* all have been let go of */

/* The copy of @len octets, with one reference more.  NULL: no memory. */
const void *intern(struct interns *all, const void *value, size_t len);
const void *intern_ref(const void *copy); /* one more of what is held; @copy */
void intern_drop(struct interns *all, const void *copy); /* NULL is allowed */

#endif
