/* SPDX-License-Identifier: ISC */
/*
 * impair_spec_internal.h - what settings and rules share when they are read
 *
 * Neighbours: impair_spec.c (the text and its settings), impair_spec_rule.c.
 */
#ifndef NOD_PRESENTATION_IMPAIR_SPEC_INTERNAL_H
#define NOD_PRESENTATION_IMPAIR_SPEC_INTERNAL_H

#include "impair_spec.h"
#include "../base/cursor.h"

struct spec {
	struct impair_conf *conf;
	const struct impair_names *names;
	const char *text;
	struct impair_error *e;
	uint8_t ways; /* of what follows: 1 << IMPAIR_A_TO_B | 1 << IMPAIR_B_TO_A */
};

/* Pieces of the text; nothing is copied. */
struct piece {
	const char *p;
	size_t len;
};

/* Cut the next piece off @rest, up to @end (' ' is any white space, of which there may be much).
 * false: none is left. */
bool piece_next(struct piece *rest, char end, struct piece *out);
bool piece_is(struct piece w, const char *word);
void piece_trim(struct piece *w);

/* What was wrong, at @at.  @expected: NULL = the sentence says it.  -EINVAL. */
int spec_fail(struct spec *s, enum impair_wrong wrong, struct piece at, const char *expected);

/* @first and then all names, with commas, as many as there is room for; @out may be @first. */
void spec_list(const char *(*name)(unsigned), const char *first, char *out, size_t cap);

int spec_span(struct spec *s, struct piece w, nod_ns *out);
int spec_number(struct spec *s, struct piece w, uint32_t min, uint32_t max, uint32_t *out);
/* a>b, b>a, a|b, by the ends' names too. */
int spec_way(struct spec *s, struct piece w, uint8_t *ways);

/* @word is a rule's first: an action.  All of them by number; NULL past the last. */
bool rule_is(struct piece word);
const char *rule_name(unsigned i);
/* One rule, whole. */
int rule_read(struct spec *s, struct piece item);

#endif
