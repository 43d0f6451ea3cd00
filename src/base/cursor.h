/* SPDX-License-Identifier: ISC */
/*
 * cursor.h - read and write octets in network order, never past an end
 *
 * A cursor fails once and stays failed: read straight down and ask `bad` once at the end.
 * A failed read gives 0 and a failed write writes nothing, so nothing has to be checked on
 * the way.  What is left is compared by subtraction; no pointer is ever moved past its buffer.
 *
 * Network byte order is big-endian (RFC 791, appendix B).  This is the one place in nod
 * where octets become numbers and numbers octets.
 *
 * Neighbours: every *_wire.c.
 */
#ifndef NOD_BASE_CURSOR_H
#define NOD_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* ---- numbers in network order; these octets are known to be there ---- */

static inline uint16_t octets_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t octets_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* By a copy: compilers make poor code of several single octets side by side. */
static inline void octets_put_u16(uint8_t *p, uint16_t v)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	v = __builtin_bswap16(v);
#endif
	memcpy(p, &v, sizeof(v));
}

static inline void octets_put_u32(uint8_t *p, uint32_t v)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	v = __builtin_bswap32(v);
#endif
	memcpy(p, &v, sizeof(v));
}

/* ---- cursors ---- */

/* Octets that belong to someone else; a span may not outlive them. */
struct span {
	const uint8_t *p;
	size_t len; /* octets */
};

/* Reads @buf (borrowed). */
struct rcur {
	const uint8_t *buf;
	size_t at, len; /* octets from the start of @buf; at <= len */
	bool bad;	/* something was asked for that is not there */
};

/* Writes @buf (borrowed). */
struct wcur {
	uint8_t *buf;
	size_t at, len; /* as above */
	bool bad;	/* something did not fit */
};

static inline struct rcur rcur_of(const void *buf, size_t len)
{
	return (struct rcur){ .buf = buf, .len = len };
}

static inline size_t rcur_left(const struct rcur *r)
{
	return r->bad ? 0 : r->len - r->at;
}

/* The next @n octets, or NULL: there are fewer, and the cursor has failed. */
static inline const uint8_t *rcur_take(struct rcur *r, size_t n)
{
	if (r->bad || n > r->len - r->at) {
		r->bad = true;
		return NULL;
	}
	r->at += n;
	return r->buf + (r->at - n);
}

static inline void rcur_skip(struct rcur *r, size_t n)
{
	if (n)
		rcur_take(r, n);
}

static inline struct span rcur_span(struct rcur *r, size_t n)
{
	const uint8_t *p = n ? rcur_take(r, n) : NULL;

	return (struct span){ .p = p, .len = p ? n : 0 };
}

/* All that is left. */
static inline struct span rcur_rest(struct rcur *r)
{
	return rcur_span(r, rcur_left(r));
}

static inline uint8_t rcur_u8(struct rcur *r)
{
	const uint8_t *p = rcur_take(r, 1);

	return p ? p[0] : 0;
}

static inline uint16_t rcur_u16(struct rcur *r)
{
	const uint8_t *p = rcur_take(r, 2);

	return p ? octets_u16(p) : 0;
}

static inline uint32_t rcur_u32(struct rcur *r)
{
	const uint8_t *p = rcur_take(r, 4);

	return p ? octets_u32(p) : 0;
}

/* Copy the next @n octets to @to; when there are fewer, @to is filled with zeros. */
static inline void rcur_copy(struct rcur *r, void *to, size_t n)
{
	const uint8_t *p = n ? rcur_take(r, n) : NULL;

	if (p)
		memcpy(to, p, n);
	else if (n)
		memset(to, 0, n);
}

static inline struct wcur wcur_of(void *buf, size_t len)
{
	return (struct wcur){ .buf = buf, .len = len };
}

/* Room for @n octets, or NULL: there is less, and the cursor has failed. */
static inline uint8_t *wcur_take(struct wcur *w, size_t n)
{
	if (w->bad || n > w->len - w->at) {
		w->bad = true;
		return NULL;
	}
	w->at += n;
	return w->buf + (w->at - n);
}

static inline void wcur_u8(struct wcur *w, uint8_t v)
{
	uint8_t *p = wcur_take(w, 1);

	if (p)
		p[0] = v;
}

static inline void wcur_u16(struct wcur *w, uint16_t v)
{
	uint8_t *p = wcur_take(w, 2);

	if (p)
		octets_put_u16(p, v);
}

static inline void wcur_u32(struct wcur *w, uint32_t v)
{
	uint8_t *p = wcur_take(w, 4);

	if (p)
		octets_put_u32(p, v);
}

static inline void wcur_put(struct wcur *w, const void *from, size_t n)
{
	uint8_t *p = n ? wcur_take(w, n) : NULL;

	if (p)
		memcpy(p, from, n);
}

#endif
