/* SPDX-License-Identifier: ISC */
/*
 * lines.c - messages out of a stream: a line is a message
 *
 * A whole line within one read is handed out where it lies; only what a read leaves
 * unfinished is copied, so that a client that is idle between lines holds no memory.
 */
#include "lines.h"

#include <stdlib.h>
#include <string.h>

static size_t without_cr(const char *text, size_t len)
{
	return len && text[len - 1] == '\r' ? len - 1 : len;
}

/* Put @n octets after what is held.  LINES_NONE when held. */
static enum lines_kind hold(struct lines *l, const char *p, size_t n)
{
	/* + 1: a '\r' may stand after the last octet that counts */
	if (l->len + n > LINES_MAX + 1) {
		l->len = 0;
		l->is_skipping = true;
		return LINES_TOO_LONG;
	}
	if (l->len + n > l->cap) {
		uint32_t cap = l->cap ? l->cap : 64;

		while (cap < l->len + n)
			cap *= 2;
		char *part = realloc(l->part, cap);
		if (!part) {
			l->len = 0;
			l->is_skipping = true;
			return LINES_NO_MEMORY;
		}
		l->part = part;
		l->cap = cap;
	}
	memcpy(l->part + l->len, p, n);
	l->len += (uint32_t)n;
	return LINES_NONE;
}

enum lines_kind lines_next(
	struct lines *l, const char **p, size_t *n, const char **text, size_t *len)
{
	while (*n) {
		const char *start = *p;
		const char *end = memchr(start, '\n', *n);
		size_t used = end ? (size_t)(end - start) + 1 : *n;
		size_t line = end ? used - 1 : used;

		*p += used;
		*n -= used;
		if (l->is_skipping) {
			l->is_skipping = !end;
			continue;
		}
		if (!end)
			return hold(l, start, line);
		if (l->len) {
			enum lines_kind k = hold(l, start, line);

			if (k != LINES_NONE) {
				l->is_skipping = false; /* its end was just met */
				return k;
			}
			start = l->part;
			line = l->len;
			l->len = 0;
		}
		*text = start;
		*len = without_cr(start, line);
		return *len > LINES_MAX ? LINES_TOO_LONG : LINES_MESSAGE;
	}
	return LINES_NONE;
}

enum lines_kind lines_rest(struct lines *l, const char **text, size_t *len)
{
	bool had = l->len != 0;

	*text = l->part;
	*len = l->len;
	l->len = 0;
	l->is_skipping = false;
	if (!had)
		return LINES_NONE;
	return *len > LINES_MAX ? LINES_TOO_LONG : LINES_MESSAGE;
}

void lines_shrink(struct lines *l)
{
	if (l->len)
		return;
	free(l->part);
	l->part = NULL;
	l->cap = 0;
}
