/* SPDX-License-Identifier: ISC */
/*
 * lines.h - messages out of a stream: a line is a message
 *
 * TCP keeps no bounds between messages, so the newline does.  What is left without one is
 * held until the rest comes, or until its owner decides that the line has been quiet for
 * long enough to be a message (lines_rest()): that is how the notes' client, which sends no
 * newline, is heard.  A message longer than the limit is refused whole, wherever its pieces
 * fall, and the next one is found again.
 */
#ifndef NOD_PRESENTATION_LINES_H
#define NOD_PRESENTATION_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINES_MAX 4096 /* octets of a message without its ending */

struct lines {
	char *part;   /* an unfinished line, or NULL */
	uint32_t len; /* of part */
	uint32_t cap;
	bool is_skipping; /* inside a message that was refused, until its end */
};

enum lines_kind {
	LINES_NONE, /* no whole line is left; the rest is held */
	LINES_MESSAGE,
	LINES_TOO_LONG, /* one message was refused */
	LINES_NO_MEMORY,
};

/*
 * Take the next message from *@p .. *@p + *@n, which it moves on; call until LINES_NONE.
 * @text borrows from the input or from @l: valid until the next call.  "\r\n" ends a line too.
 */
enum lines_kind lines_next(
	struct lines *l, const char **p, size_t *n, const char **text, size_t *len);

/* What is held, as a message without its newline; LINES_NONE when nothing is.  Then as new. */
enum lines_kind lines_rest(struct lines *l, const char **text, size_t *len);

/* Whether something waits for its end. */
static inline bool lines_is_open(const struct lines *l)
{
	return l->len != 0 || l->is_skipping;
}

/* Give the memory back; call after what lines_next() or lines_rest() returned was used. */
void lines_shrink(struct lines *l);

#endif
