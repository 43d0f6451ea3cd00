/* SPDX-License-Identifier: ISC */
/*
 * feed.h - what everybody is to hear, kept once and read by each at his own place
 *
 * One ring of lines a loop; a listener is a position in it.  Sending to a thousand
 * listeners copies nothing, and all the lines that came meanwhile leave in one send.
 *
 * Positions are octets ever appended, so they never wrap and compare as numbers.
 */
#ifndef NOD_APPLICATION_FEED_H
#define NOD_APPLICATION_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct feed_line {
	uint64_t end;	 /* position after the line */
	uint64_t author; /* who does not hear it again; 0 = nobody */
};

struct feed {
	char *ring;
	size_t cap, max;     /* octets, powers of two; max bounds the growth */
	uint64_t head, tail; /* kept: tail .. head */
	struct feed_line *line;
	size_t line_cap;
	uint64_t line_head, line_tail; /* indices ever used */
};

/* A piece to send: where it starts in the feed, and where it lies in memory. */
struct feed_piece {
	uint64_t at;
	const char *p;
	size_t len;
};

/* @max octets are kept at the most, rounded up to a power of two. */
void feed_init(struct feed *f, size_t max);
void feed_free(struct feed *f);

/* Everything before @position has been read by all. */
void feed_release(struct feed *f, uint64_t position);

/* Append a line.  0, -ENOSPC: it does not fit until more is released, -ENOMEM. */
int feed_append(struct feed *f, const char *text, size_t len, uint64_t author);

/*
 * The pieces that @reader has not heard from @from on, without his own lines, at most @max.
 * *@next is where he is when all of them are sent.  Returns how many.
 */
int feed_pieces(const struct feed *f, uint64_t from, uint64_t reader, struct feed_piece *piece,
	int max, uint64_t *next);

/* All from @from on in pieces, nobody's lines left out: at most 2. */
int feed_span(const struct feed *f, uint64_t from, struct feed_piece piece[2]);

/* The first line that ends after @from; false when there is none.  May be in two pieces. */
bool feed_line_after(const struct feed *f, uint64_t from, uint64_t *author,
	struct feed_piece piece[2], int *n, uint64_t *next);

#endif
