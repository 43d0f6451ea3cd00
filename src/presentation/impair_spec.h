/* SPDX-License-Identifier: ISC */
/*
 * impair_spec.h - faults of a wire as people write them
 *
 *	loss=2%,delay=40ms~5ms,reorder=1%,dup=0.5%,corrupt=0.1%,rate=10mbit
 *	a>b: loss=5%; b>a: delay=200ms; drop 3rd data segment a>b
 *
 * One text for the command line and for files: a line's end is a semicolon, and what follows a '#'
 * is a comment.  The whole grammar is in nod-impair(7).  Opens no file.
 *
 * Neighbours: physical/impair.h (what it is read into), units.h.
 */
#ifndef NOD_PRESENTATION_IMPAIR_SPEC_H
#define NOD_PRESENTATION_IMPAIR_SPEC_H

#include "../physical/impair.h"

/* What was wrong with it. */
enum impair_wrong {
	IMPAIR_OK,
	IMPAIR_BAD_KEY,	     /* no such setting, no such rule */
	IMPAIR_BAD_CHANCE,   /* not 0% .. 100% */
	IMPAIR_BAD_SPAN,     /* not a span of time */
	IMPAIR_BAD_NUMBER,   /* not a number, or out of bounds */
	IMPAIR_BAD_RATE,     /* not a rate */
	IMPAIR_BAD_WORD,     /* none of the words that this setting takes */
	IMPAIR_BAD_WAY,	     /* not a>b, b>a or a|b */
	IMPAIR_BAD_KIND,     /* no such kind of frame */
	IMPAIR_BAD_FIELD,    /* no such field */
	IMPAIR_BAD_ORDINAL,  /* not 1st, 2nd, ... */
	IMPAIR_BAD_WINDOW,   /* a window of time that does not end after it begins */
	IMPAIR_MISSING,	     /* something has to follow here */
	IMPAIR_UNEXPECTED,   /* nothing more is expected here */
	IMPAIR_TOO_MANY,     /* rules, blackouts */
	IMPAIR_TOO_LONG,     /* a rule's text */
	IMPAIR_N_WRONG
};

struct impair_error {
	enum impair_wrong wrong;
	size_t at, len;	       /* the word: octets from the text's beginning, and how many */
	unsigned line, column; /* of the word, from 1; columns are octets */
	char word[48];	       /* the word itself, made fit for a terminal */
	char expected[640];    /* what could have stood there; "" = the sentence says it */
};

/* The two ends' names beside a and b; NULL = none. */
struct impair_names {
	const char *a, *b;
};

/*
 * Read @text into @conf, upon what is there already (so that several texts add up; a setting given
 * again replaces the former).  Kinds and fields are looked up in conf->packets.  0, or -EINVAL with
 * *@e filled in and @conf in part changed.
 */
int impair_spec_parse(struct impair_conf *conf, const struct impair_names *names,
	const char *text, struct impair_error *e);

/* A sentence in the language of people (lang.h), without a full stop. */
void impair_spec_explain(const struct impair_error *e, char *out, size_t cap);

#endif
