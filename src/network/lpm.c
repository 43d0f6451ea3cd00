/* SPDX-License-Identifier: ISC */
/*
 * lpm.c - the longest prefix that holds an address: a tree bitmap
 *
 * A prefix of n bits belongs to the node n / 4 nibbles deep, and there to one of 15 places: bit
 * (1 << rest) - 1 + the rest's bits of `inside`, rest = n % 4.
 *
 * Neighbours: lpm.h.
 */
#include "lpm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { STRIDE = 4, DEEPEST = 128 / STRIDE + 1 };

static unsigned nibble(const uint8_t *key, unsigned depth)
{
	return depth % 2 ? key[depth / 2] & 15u : key[depth / 2] >> 4;
}

/* How many of the bits below @bit are set: the place of @bit's element. */
static unsigned rank(uint16_t bits, unsigned bit)
{
	return (unsigned)__builtin_popcount(bits & ((1u << bit) - 1u));
}

static unsigned inside_bit(unsigned rest, unsigned value)
{
	return (1u << rest) - 1u + (value >> (STRIDE - rest));
}

static unsigned place_of(const uint8_t *key, unsigned bits)
{
	unsigned rest = bits % STRIDE;

	return inside_bit(rest, rest ? nibble(key, bits / STRIDE) : 0);
}

static struct lpm_node *child_of(const struct lpm_node *n, unsigned nib)
{
	return n->children >> nib & 1 ? &n->child[rank(n->children, nib)] : NULL;
}

/* A new array with room for one more at @at.  NULL: no memory, and the old one is as it was. */
static void *widened(void *array, unsigned n, unsigned at, size_t size)
{
	char *p = realloc(array, (n + 1) * size);

	if (p) {
		memmove(p + (at + 1) * size, p + at * size, (n - at) * size);
		memset(p + at * size, 0, size);
	}
	return p;
}

static void narrow(void *array, unsigned n, unsigned at, size_t size)
{
	char *p = array;

	memmove(p + at * size, p + (at + 1) * size, (n - at - 1) * size);
}

static struct lpm_node *child_made(struct lpm_node *n, unsigned nib)
{
	unsigned at = rank(n->children, nib);

	if (!(n->children >> nib & 1)) {
		struct lpm_node *wider = widened(n->child,
			(unsigned)__builtin_popcount(n->children), at, sizeof(*wider));

		if (!wider)
			return NULL;
		n->child = wider;
		n->children |= (uint16_t)(1u << nib);
	}
	return &n->child[at];
}

static bool is_empty(const struct lpm_node *n)
{
	return !n->children && !n->inside;
}

/* Take away @n's child @nib when nothing is left in it. */
static void prune(struct lpm_node *n, unsigned nib)
{
	unsigned at = rank(n->children, nib);

	if (!(n->children >> nib & 1) || !is_empty(&n->child[at]))
		return;
	narrow(n->child, (unsigned)__builtin_popcount(n->children), at, sizeof(*n->child));
	n->children &= (uint16_t) ~(1u << nib);
	if (!n->children) {
		free(n->child);
		n->child = NULL;
	}
}

/* From the node @depth nibbles deep up: what is empty goes. */
static void prune_path(struct lpm *l, const uint8_t *key, unsigned depth)
{
	while (depth--) {
		struct lpm_node *n = &l->root;

		for (unsigned d = 0; n && d < depth; d++)
			n = child_of(n, nibble(key, d));
		if (n)
			prune(n, nibble(key, depth));
	}
}

int lpm_put(struct lpm *l, const uint8_t *key, unsigned bits, void *value)
{
	struct lpm_node *n = &l->root;
	unsigned bit = place_of(key, bits);

	for (unsigned d = 0; d < bits / STRIDE; d++) {
		struct lpm_node *next = child_made(n, nibble(key, d));

		if (!next) {
			prune_path(l, key, d);
			return -ENOMEM;
		}
		n = next;
	}

	unsigned at = rank(n->inside, bit);

	if (!(n->inside >> bit & 1)) {
		void **wider = widened(
			n->value, (unsigned)__builtin_popcount(n->inside), at, sizeof(*wider));

		if (!wider) {
			prune_path(l, key, bits / STRIDE);
			return -ENOMEM;
		}
		n->value = wider;
		n->inside |= (uint16_t)(1u << bit);
	}
	n->value[at] = value;
	return 0;
}

static struct lpm_node *node_of(const struct lpm *l, const uint8_t *key, unsigned bits)
{
	const struct lpm_node *n = &l->root;

	for (unsigned d = 0; n && d < bits / STRIDE; d++)
		n = child_of(n, nibble(key, d));
	return (struct lpm_node *)(uintptr_t)n;
}

void *lpm_get(const struct lpm *l, const uint8_t *key, unsigned bits)
{
	const struct lpm_node *n = node_of(l, key, bits);
	unsigned bit = place_of(key, bits);

	return n && n->inside >> bit & 1 ? n->value[rank(n->inside, bit)] : NULL;
}

void lpm_remove(struct lpm *l, const uint8_t *key, unsigned bits)
{
	struct lpm_node *n = node_of(l, key, bits);
	unsigned bit = place_of(key, bits);

	if (!n || !(n->inside >> bit & 1))
		return;
	narrow(n->value, (unsigned)__builtin_popcount(n->inside), rank(n->inside, bit),
		sizeof(*n->value));
	n->inside &= (uint16_t) ~(1u << bit);
	if (!n->inside) {
		free(n->value);
		n->value = NULL;
	}
	prune_path(l, key, bits / STRIDE);
}

void *lpm_find(const struct lpm *l, const uint8_t *key, unsigned key_bits,
	bool (*fits)(const void *value, const void *arg), const void *arg)
{
	const struct lpm_node *path[DEEPEST];
	const struct lpm_node *n = &l->root;
	unsigned depth = 0;

	path[0] = n;
	while (depth < key_bits / STRIDE && (n = child_of(n, nibble(key, depth))))
		path[++depth] = n;
	for (;; depth--) {
		unsigned nib = depth < key_bits / STRIDE ? nibble(key, depth) : 0;
		unsigned longest = depth < key_bits / STRIDE ? STRIDE - 1 : 0;

		n = path[depth];
		for (unsigned rest = longest + 1; n->inside && rest-- > 0;) {
			unsigned bit = inside_bit(rest, nib);

			if (n->inside >> bit & 1) {
				void *value = n->value[rank(n->inside, bit)];

				if (!fits || fits(value, arg))
					return value;
			}
		}
		if (!depth)
			return NULL;
	}
}

static void clear(struct lpm_node *n)
{
	unsigned children = (unsigned)__builtin_popcount(n->children);

	for (unsigned i = 0; i < children; i++)
		clear(&n->child[i]); /* no deeper than DEEPEST */
	free(n->child);
	free(n->value);
}

void lpm_clear(struct lpm *l)
{
	clear(&l->root);
	*l = (struct lpm){ 0 };
}
