/* SPDX-License-Identifier: ISC */
/*
 * blocks.h - a capture in memory, and its blocks read back by the letter of pcapng
 *
 * Reads what capture.c writes: sections in network order.
 */
#ifndef NOD_TEST_BLOCKS_H
#define NOD_TEST_BLOCKS_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"

struct memory {
	uint8_t *octets;
	size_t len, most; /* most: more is refused, 0 = never */
};

static inline int memory_write(void *self, const void *octets, size_t len)
{
	struct memory *m = self;
	uint8_t *more;

	if (m->most && m->len + len > m->most)
		return -ENOSPC;
	more = realloc(m->octets, m->len + len + 1);
	if (!more)
		return -ENOMEM;
	memcpy(more + m->len, octets, len);
	m->octets = more;
	m->len += len;
	return 0;
}

/* An enhanced packet block, or another one (its type alone). */
struct a_block {
	uint32_t type, interface;
	uint64_t at;
	uint32_t flags, len;
	struct span octets;
	char comment[2048]; /* of several, the first */
	unsigned n_comments;
	bool is_dropped;
	char name[64], description[64];
	uint8_t resolution;
	uint64_t received, dropped;
};

static inline void read_option(struct a_block *b, uint16_t code, struct span v)
{
	struct rcur r = rcur_of(v.p, v.len);

	if (code == 1 && b->n_comments++ == 0 && v.len < sizeof(b->comment)) {
		memcpy(b->comment, v.p, v.len);
		b->comment[v.len] = '\0';
	}
	if (b->type == 1 && code == 2 && v.len < sizeof(b->name))
		memcpy(b->name, v.p, v.len);
	if (b->type == 1 && code == 3 && v.len < sizeof(b->description))
		memcpy(b->description, v.p, v.len);
	if (b->type == 1 && code == 9)
		b->resolution = v.p[0];
	if (b->type == 6 && code == 2)
		b->flags = rcur_u32(&r);
	if (b->type == 6 && code == 7)
		b->is_dropped = v.len == 5 && memcmp(v.p, "\0drop", 5) == 0;
	if (b->type == 5 && (code == 4 || code == 5)) {
		uint64_t n = (uint64_t)rcur_u32(&r) << 32;

		n |= rcur_u32(&r);
		*(code == 4 ? &b->received : &b->dropped) = n;
	}
}

/* The next block at @r.  false: the end, or not a block. */
static inline bool next_block(struct rcur *r, struct a_block *b)
{
	uint32_t len;
	struct span body;
	struct rcur in;

	memset(b, 0, sizeof(*b));
	if (!rcur_left(r))
		return false;
	b->type = rcur_u32(r);
	len = rcur_u32(r);
	if (len < 12 || len % 4)
		return false;
	body = rcur_span(r, len - 12);
	if (rcur_u32(r) != len || r->bad)
		return false;
	in = rcur_of(body.p, body.len);
	if (b->type == 0x0a0d0d0a) {
		if (rcur_u32(&in) != 0x1a2b3c4d || rcur_u32(&in) != 0x10000)
			return false;
		rcur_skip(&in, 8);
	} else if (b->type == 1) {
		if (rcur_u32(&in) != 1u << 16)
			return false;
		b->len = rcur_u32(&in);
	} else {
		b->interface = rcur_u32(&in);
		b->at = (uint64_t)rcur_u32(&in) << 32;
		b->at |= rcur_u32(&in);
	}
	if (b->type == 6) {
		uint32_t kept = rcur_u32(&in);

		b->len = rcur_u32(&in);
		b->octets = rcur_span(&in, kept);
		rcur_skip(&in, -kept & 3);
	}
	while (rcur_left(&in)) {
		uint16_t code = rcur_u16(&in), n = rcur_u16(&in);
		struct span v = rcur_span(&in, n);

		rcur_skip(&in, -n & 3);
		if (in.bad)
			return false;
		if (n)
			read_option(b, code, v);
	}
	return !in.bad;
}

/* The next frame; other blocks are passed over. */
static inline bool next_frame(struct rcur *r, struct a_block *b)
{
	while (next_block(r, b))
		if (b->type == 6)
			return true;
	return false;
}

#endif
