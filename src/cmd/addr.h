/* SPDX-License-Identifier: ISC */
/*
 * addr.h - what the files of nod addr share
 *
 * addr.c takes the arguments and reads the items; addr_show.c reports on one; addr_sets.c
 * splits, compares and aggregates them; addr_fit.c lays networks out; addr_words.c has the
 * texts.
 */
#ifndef NOD_CMD_ADDR_H
#define NOD_CMD_ADDR_H

#include "command.h"
#include "../network/addr_forms.h"
#include "../network/addr_prefix.h"
#include "../network/multicast.h"
#include "../network/special.h"

/* A line of a file; of standard input when @file is NULL. */
struct place {
	const char *file;
	unsigned long line; /* from 1 */
};

/* An address, a prefix or a range, as someone wrote it. */
struct item {
	const char *text;
	size_t len;
	enum { ITEM_ADDR, ITEM_PREFIX, ITEM_RANGE } kind;
	struct nod_prefix prefix;  /* unless ITEM_RANGE; an address has its full length */
	enum addr_written written; /* ITEM_ADDR */
	enum prefix_form form;	   /* ITEM_PREFIX */
	struct addr_range range;   /* always */
};

/* Read one; when it is none, say why on stderr and return -EINVAL.  @at: NULL = a word. */
int item_read(const struct invocation *in, struct item *item, const char *text, size_t len,
	const struct place *at);

/* A list of ranges that grows. */
struct ranges {
	struct addr_range *r;
	size_t n, cap;
};

/* 0 or -ENOMEM. */
int ranges_add(struct ranges *list, const struct addr_range *r);

/* Once each, with what was asked for; they return the exit status. */
int addr_show(const struct invocation *in, const struct item *item);
int addr_split(const struct invocation *in, const struct item *item, const char *length);
int addr_fit(const struct invocation *in, const struct item *item, const char *hosts);
int addr_aggregate(const struct invocation *in, struct ranges *list);

/* --in: the prefixes, and what was made of them to search quickly. */
struct within {
	struct ranges given, merged;
};

/* Make @w->merged of @w->given.  0 or -ENOMEM. */
int within_prepare(struct within *w);
bool within_has(const struct within *w, const struct addr_range *r);
int addr_tell_within(
	const struct invocation *in, const struct within *w, const struct item *item);

/* Whether the line has an address, wherever in it, that lies within. */
bool within_has_line(const struct within *w, const char *line, size_t len);

/* Texts. */
struct kind_words {
	struct text name, about;
};

struct kind_words kind_words(enum addr_kind kind);
struct text scope_words(enum multicast_scope scope);
struct text block_words(enum multicast_block block);
struct text written_words(enum addr_written written);

/* The reason why @text is no address, prefix or range, in the current language. */
void fault_words(
	char *out, size_t cap, const char *text, size_t len, const struct addr_trouble *t);

/* A stranger's text made fit for a terminal, and not too long.  Returns @out. */
#define QUOTED_MAX 200
char *quoted(const char *text, size_t len, char out[QUOTED_MAX]);

#endif
