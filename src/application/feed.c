/* SPDX-License-Identifier: ISC */
/*
 * feed.c - what everybody is to hear, kept once and read by each at his own place
 *
 * Neighbours: hub.c (appends and releases), client.c (sends).
 */
#include "feed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP   4096 /* octets; grows by doubling */
#define FIRST_LINES 64

void feed_init(struct feed *f, size_t max)
{
	*f = (struct feed){ .max = FIRST_CAP };
	while (f->max < max)
		f->max *= 2;
}

void feed_free(struct feed *f)
{
	free(f->ring);
	free(f->line);
}

static struct feed_line *line_at(const struct feed *f, uint64_t i)
{
	return &f->line[i & (f->line_cap - 1)];
}

void feed_release(struct feed *f, uint64_t position)
{
	if (position > f->tail)
		f->tail = position;
	while (f->line_tail < f->line_head && line_at(f, f->line_tail)->end <= f->tail)
		f->line_tail++;
}

/* Copy @len octets between the ring and @buf, at @position, around its end. */
static void copy_out(const char *ring, size_t cap, uint64_t position, char *buf, size_t len)
{
	size_t at = (size_t)position & (cap - 1);
	size_t first = cap - at < len ? cap - at : len;

	memcpy(buf, ring + at, first);
	memcpy(buf + first, ring, len - first);
}

static void copy_in(char *ring, size_t cap, uint64_t position, const char *buf, size_t len)
{
	size_t at = (size_t)position & (cap - 1);
	size_t first = cap - at < len ? cap - at : len;

	memcpy(ring + at, buf, first);
	memcpy(ring, buf + first, len - first);
}

static int grow_ring(struct feed *f, size_t need)
{
	size_t cap = f->cap ? f->cap : FIRST_CAP;

	while (cap < need)
		cap *= 2;
	if (cap > f->max)
		return -ENOSPC;
	char *ring = malloc(cap);
	if (!ring)
		return -ENOMEM;
	/* moved piece by piece: the old place and the new one may both be cut by an end */
	for (uint64_t at = f->tail; at < f->head;) {
		char chunk[512];
		size_t n =
			f->head - at < sizeof(chunk) ? (size_t)(f->head - at) : sizeof(chunk);

		copy_out(f->ring, f->cap, at, chunk, n);
		copy_in(ring, cap, at, chunk, n);
		at += n;
	}
	free(f->ring);
	f->ring = ring;
	f->cap = cap;
	return 0;
}

static int grow_lines(struct feed *f)
{
	size_t cap = f->line_cap ? f->line_cap * 2 : FIRST_LINES;
	struct feed_line *line = malloc(cap * sizeof(*line));

	if (!line)
		return -ENOMEM;
	for (uint64_t i = f->line_tail; i < f->line_head; i++)
		line[i & (cap - 1)] = *line_at(f, i);
	free(f->line);
	f->line = line;
	f->line_cap = cap;
	return 0;
}

int feed_append(struct feed *f, const char *text, size_t len, uint64_t author)
{
	size_t need = (size_t)(f->head - f->tail) + len;
	int err = 0;

	if (need > f->cap && (err = grow_ring(f, need)) < 0)
		return err;
	if (f->line_head - f->line_tail == f->line_cap && (err = grow_lines(f)) < 0)
		return err;
	copy_in(f->ring, f->cap, f->head, text, len);
	f->head += len;
	*line_at(f, f->line_head++) = (struct feed_line){ .end = f->head, .author = author };
	return 0;
}

/* The octets from @from up to @to, which the ring's end may cut in two. */
static int add_pieces(
	const struct feed *f, uint64_t from, uint64_t to, struct feed_piece *piece)
{
	size_t at = (size_t)from & (f->cap - 1);
	size_t len = (size_t)(to - from);
	size_t first = f->cap - at < len ? f->cap - at : len;

	piece[0] = (struct feed_piece){ .at = from, .p = f->ring + at, .len = first };
	if (first == len)
		return 1;
	piece[1] = (struct feed_piece){ .at = from + first, .p = f->ring, .len = len - first };
	return 2;
}

int feed_span(const struct feed *f, uint64_t from, struct feed_piece piece[2])
{
	return from < f->head ? add_pieces(f, from, f->head, piece) : 0;
}

/* Index of the first line that ends after @position. */
static uint64_t line_after(const struct feed *f, uint64_t position)
{
	uint64_t low = f->line_tail, high = f->line_head;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (line_at(f, middle)->end > position)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

int feed_pieces(const struct feed *f, uint64_t from, uint64_t reader, struct feed_piece *piece,
	int max, uint64_t *next)
{
	uint64_t run = from; /* where the octets not yet in a piece begin */
	int n = 0;

	for (uint64_t i = line_after(f, from); i < f->line_head && n + 2 <= max; i++) {
		const struct feed_line *l = line_at(f, i);
		uint64_t start = i > f->line_tail ? line_at(f, i - 1)->end : f->tail;

		if (l->author != reader)
			continue;
		if (start > run)
			n += add_pieces(f, run, start, piece + n);
		run = l->end;
	}
	if (n + 2 <= max) {
		if (run < f->head)
			n += add_pieces(f, run, f->head, piece + n);
		run = f->head;
	}
	*next = run;
	return n;
}

bool feed_line_after(const struct feed *f, uint64_t from, uint64_t *author,
	struct feed_piece piece[2], int *n, uint64_t *next)
{
	uint64_t i = line_after(f, from);

	if (i >= f->line_head)
		return false;
	*author = line_at(f, i)->author;
	*next = line_at(f, i)->end;
	*n = add_pieces(f, from, *next, piece);
	return true;
}
