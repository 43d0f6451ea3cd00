/* SPDX-License-Identifier: ISC */
/*
 * test_feed.c - what everybody is to hear: a ring, against a plain list that keeps everything
 *
 * Readers of all speeds take what they are offered in sends of random size, as a network does.
 */
#include "tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "application/feed.h"
#include "chance.h"

#define READERS 6
#define PIECES	16

/* Everything ever appended. */
struct list {
	char *text;
	uint64_t *author; /* of each octet */
	size_t len, cap;
};

/* One who hears all but his own lines, at his own speed. */
struct reader {
	uint64_t id;
	uint64_t at;	  /* position in the feed */
	size_t heard;	  /* position in the list up to which all is well */
	unsigned pace;	  /* reads one time in so many */
	bool by_datagram; /* takes whole lines */
};

static void list_add(struct list *l, const char *text, size_t len, uint64_t author)
{
	if (l->len + len > l->cap) {
		l->cap = (l->len + len) * 2;
		l->text = realloc(l->text, l->cap);
		l->author = realloc(l->author, l->cap * sizeof(*l->author));
	}
	memcpy(l->text + l->len, text, len);
	for (size_t i = 0; i < len; i++)
		l->author[l->len + i] = author;
	l->len += len;
}

/* @r was sent @n octets: whether they are the next that are not his own. */
static bool hears(struct reader *r, const struct list *l, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		while (r->heard < l->len && l->author[r->heard] == r->id)
			r->heard++;
		if (r->heard == l->len || l->text[r->heard] != p[i])
			return false;
		r->heard++;
	}
	return true;
}

/* Send at most @room octets, as client.c does; the position may end within a piece. */
static bool read_stream(struct reader *r, const struct feed *f, const struct list *l, size_t room)
{
	struct feed_piece piece[PIECES];
	uint64_t next;
	int max = 2 + (int)chance(PIECES - 1);
	int n = feed_pieces(f, r->at, r->id, piece, max, &next);

	if (n > max || next < r->at || next > f->head)
		return false;
	for (int i = 0; i < n; i++) {
		size_t take = piece[i].len < room ? piece[i].len : room;

		if (!piece[i].len || !hears(r, l, piece[i].p, take))
			return false;
		room -= take;
		if (take < piece[i].len) {
			r->at = piece[i].at + take;
			return true;
		}
	}
	r->at = next;
	return true;
}

static bool read_lines(struct reader *r, const struct feed *f, const struct list *l, unsigned most)
{
	struct feed_piece piece[2];
	uint64_t author, next;
	int n;

	while (most-- && feed_line_after(f, r->at, &author, piece, &n, &next)) {
		if (n < 1 || n > 2 || next <= r->at || piece[0].at != r->at)
			return false;
		for (int i = 0; i < n && author != r->id; i++) {
			if (!hears(r, l, piece[i].p, piece[i].len))
				return false;
		}
		r->at = next;
	}
	return true;
}

static uint64_t slowest(const struct reader *reader, const struct feed *f)
{
	uint64_t oldest = f->head;

	for (unsigned i = 0; i < READERS; i++) {
		if (reader[i].at < oldest)
			oldest = reader[i].at;
	}
	return oldest;
}

/* What feed_span() offers from @at on is what the list has there. */
static bool span_is_true(const struct feed *f, const struct list *l, uint64_t at)
{
	struct feed_piece piece[2];
	int n = feed_span(f, at, piece);
	uint64_t p = at;

	for (int i = 0; i < n; i++) {
		if (piece[i].at != p || memcmp(piece[i].p, l->text + p, piece[i].len) != 0)
			return false;
		p += piece[i].len;
	}
	return p == f->head;
}

/* One feed's life.  NULL, or what went wrong. */
static const char *one_life(size_t max, unsigned rounds, unsigned longest)
{
	struct feed f;
	struct list l = { 0 };
	struct reader reader[READERS] = { 0 };
	const char *wrong = NULL;
	char *line = malloc(longest);
	bool was_full = false;

	feed_init(&f, max);
	for (unsigned i = 0; i < READERS; i++) {
		reader[i].id = i + 1;
		reader[i].by_datagram = i % 3 == 2;
		reader[i].pace = i ? 1 + chance(10) : 500; /* the first hardly ever */
	}
	for (unsigned k = 0; k < rounds && !wrong; k++) {
		size_t len = 1 + chance(longest);
		uint64_t author = chance(READERS + 2); /* 0, and one that no one here is */

		for (size_t i = 0; i < len; i++)
			line[i] = (char)('a' + chance(26));
		int err = feed_append(&f, line, len, author);
		if (err == 0)
			list_add(&l, line, len, author);
		else if (err == -ENOSPC && f.head - f.tail + len > f.max / 2)
			was_full = true;
		else
			wrong = "an append was refused";
		if (f.head != l.len)
			wrong = "positions count octets";
		if (f.cap > f.max)
			wrong = "the ring is larger than allowed";
		for (unsigned i = 0; i < READERS && !wrong; i++) {
			struct reader *r = &reader[i];

			if (!err && chance(r->pace))
				continue;
			if (!chance(16) && !span_is_true(&f, &l, r->at))
				wrong = "a span is not what was appended";
			else if (!(r->by_datagram ?
					 read_lines(r, &f, &l, 1 + chance(8)) :
					 read_stream(r, &f, &l, chance(2) ? chance(64) : 65536)))
				wrong = "a reader heard something else";
		}
		if (!chance(3) || err)
			feed_release(&f, slowest(reader, &f));
	}
	/* and all come to the end */
	for (unsigned i = 0; i < READERS && !wrong; i++) {
		for (unsigned k = 0; k < 100000 && reader[i].at < f.head && !wrong; k++) {
			if (!(reader[i].by_datagram ? read_lines(&reader[i], &f, &l, 100) :
						      read_stream(&reader[i], &f, &l, 4096)))
				wrong = "a reader heard something else at the end";
		}
		if (!wrong && reader[i].at != f.head)
			wrong = "a reader did not come to the end";
		while (reader[i].heard < l.len && l.author[reader[i].heard] == reader[i].id)
			reader[i].heard++;
		if (!wrong && reader[i].heard != l.len)
			wrong = "a reader missed something";
	}
	if (!wrong && !was_full && (size_t)rounds * longest > 16 * max)
		wrong = "it was never full, so that was not tried";
	feed_free(&f);
	free(l.text);
	free(l.author);
	free(line);
	return wrong;
}

static void lives(const char *name, size_t max, unsigned rounds, unsigned longest)
{
	const char *wrong = NULL;

	for (unsigned i = 0; i < 12 && !wrong; i++)
		wrong = one_life(max, rounds, longest);
	tap(!wrong, "%s%s%s", name, wrong ? ": " : "", wrong ? wrong : "");
}

/* ---- by hand ---------------------------------------------------------------------------- */

static bool pieces_are(const struct feed *f, uint64_t from, uint64_t reader, const char *want)
{
	struct feed_piece piece[PIECES];
	uint64_t next;
	char got[256];
	size_t len = 0;
	int n = feed_pieces(f, from, reader, piece, PIECES, &next);

	for (int i = 0; i < n; i++) {
		memcpy(got + len, piece[i].p, piece[i].len);
		len += piece[i].len;
		got[len++] = '|';
	}
	return next == f->head && len == strlen(want) && memcmp(got, want, len) == 0;
}

static void by_hand(void)
{
	struct feed f;
	struct feed_piece piece[2];
	uint64_t author, next;
	int n;

	feed_init(&f, 1);
	tap(f.max == 4096, "the least there is");
	tap(!feed_span(&f, 0, piece) && !feed_line_after(&f, 0, &author, piece, &n, &next) &&
			pieces_are(&f, 0, 1, ""),
		"an empty feed offers nothing");
	feed_release(&f, 0);
	feed_append(&f, "one", 3, 1);
	feed_append(&f, "two", 3, 2);
	feed_append(&f, "2nd", 3, 2);
	feed_append(&f, "thr", 3, 3);
	tap(pieces_are(&f, 0, 9, "onetwo2ndthr|"), "all in one piece for one who said nothing");
	tap(pieces_are(&f, 0, 2, "one|thr|"), "without his own, two of them side by side");
	tap(pieces_are(&f, 0, 1, "two2ndthr|"), "without his own, the first");
	tap(pieces_are(&f, 0, 3, "onetwo2nd|"), "without his own, the last");
	tap(pieces_are(&f, 1, 9, "netwo2ndthr|"), "from the middle of a line on");
	tap(pieces_are(&f, 12, 9, ""), "nothing at its end");
	tap(pieces_are(&f, 9, 3, ""), "nothing but his own");
	feed_release(&f, 4);
	tap(pieces_are(&f, 4, 9, "wo2ndthr|"), "released in the middle of a line");
	feed_release(&f, 2);
	tap(f.tail == 4, "what is released stays so");
	tap(feed_line_after(&f, 4, &author, piece, &n, &next) && author == 2 && next == 6 &&
			n == 1 && piece[0].len == 2,
		"the rest of that line");

	char large[4096];
	memset(large, 'x', sizeof(large));
	tap(feed_append(&f, large, sizeof(large), 0) == -ENOSPC, "no room until more is released");
	tap(pieces_are(&f, 4, 9, "wo2ndthr|"), "and nothing has changed");
	feed_release(&f, f.head);
	tap(feed_append(&f, large, sizeof(large), 0) == 0, "then all of it");
	tap(feed_span(&f, f.tail, piece) == 2 && piece[0].len + piece[1].len == sizeof(large),
		"cut in two by the ring's end");
	tap(feed_append(&f, "x", 1, 0) == -ENOSPC, "it is full to the last octet");
	feed_free(&f);
}

int main(void)
{
	chance_begin();
	by_hand();
	lives("short lines, a small ring", 4096, 3000, 40);
	lives("long lines, a small ring", 16384, 500, 6000);
	lives("a ring that has to grow", 1 << 18, 1500, 600);
	lives("lines of one octet", 4096, 6000, 1);
	return tap_done();
}
