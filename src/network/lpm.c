/* SPDX-License-Identifier: ISC */
/*
 * lpm.c - the longest prefix that holds an address: a tree bitmap
 *
 * A node is STRIDE bits of the key deeper than the one above it.  A prefix of n bits belongs to
 * the node n / STRIDE steps deep, and there to one of 63 places: bit (1 << rest) - 1 + the rest's
 * bits of `inside`, rest = n % STRIDE.  So of two places that hold an address the higher is the
 * longer prefix.
 *
 * Neighbours: lpm.h.
 */
#include "lpm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/cursor.h"

enum { STRIDE = 6, KEY_BITS = 128, DEEPEST = KEY_BITS / STRIDE + 1 };

/* A key to be taken apart from its first bit on. */
struct key {
	uint64_t high, low;
};

static struct key key_of(const uint8_t *octet, unsigned bits)
{
	struct rcur r = rcur_of(octet, (bits + 7) / 8);
	struct key k = { 0, 0 };
	uint64_t *half = &k.high;
	unsigned at = 0; /* bits that have been read */

	for (; bits - at >= 32; at += 32, half = at < 64 ? &k.high : &k.low)
		*half |= (uint64_t)rcur_u32(&r) << (32 - at % 64);
	for (; at < bits; at += 8)
		*half |= (uint64_t)rcur_u8(&r) << (56 - at % 64);
	if (bits % 8) /* what is behind the prefix counts as zero */
		*half &= ~UINT64_C(0) << (64 - bits % 64);
	return k;
}

/* The next STRIDE bits; behind the key's end there are zeros. */
static unsigned take(struct key *k)
{
	unsigned bits = (unsigned)(k->high >> (64 - STRIDE));

	k->high = k->high << STRIDE | k->low >> (64 - STRIDE);
	k->low <<= STRIDE;
	return bits;
}

/* Not every machine has an instruction for it, and the compiler may not use one it has. */
static unsigned count(uint64_t bits)
{
	bits -= bits >> 1 & 0x5555555555555555;
	bits = (bits & 0x3333333333333333) + (bits >> 2 & 0x3333333333333333);
	bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0f;
	return (unsigned)(bits * 0x0101010101010101 >> 56);
}

static bool has(uint64_t bits, unsigned bit)
{
	return bits >> bit & 1;
}

/* How many of the bits below @bit are set: the place of @bit's element. */
static unsigned rank(uint64_t bits, unsigned bit)
{
	return count(bits & ((UINT64_C(1) << bit) - 1));
}

/* The place in a node of a prefix that goes on there for @rest of its next bits @next. */
static unsigned place_of(unsigned rest, unsigned next)
{
	return (1u << rest) - 1u + (next >> (STRIDE - rest));
}

/* All places of a node whose prefixes hold an address that goes on with @next. */
static uint64_t places_of(unsigned next)
{
	uint64_t places = 0;

	for (unsigned rest = 0; rest < STRIDE; rest++)
		places |= UINT64_C(1) << place_of(rest, next);
	return places;
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

static struct lpm_node *child_of(const struct lpm_node *n, unsigned next)
{
	return has(n->children, next) ? &n->child[rank(n->children, next)] : NULL;
}

static struct lpm_node *child_made(struct lpm_node *n, unsigned next)
{
	unsigned at = rank(n->children, next);

	if (!has(n->children, next)) {
		struct lpm_node *wider =
			widened(n->child, count(n->children), at, sizeof(*wider));

		if (!wider)
			return NULL;
		n->child = wider;
		n->children |= UINT64_C(1) << next;
	}
	return &n->child[at];
}

/* Take away @n's child @next when nothing is left in it. */
static void prune(struct lpm_node *n, unsigned next)
{
	struct lpm_node *child = child_of(n, next);

	if (!child || child->children || child->inside)
		return;
	narrow(n->child, count(n->children), (unsigned)(child - n->child), sizeof(*child));
	n->children &= ~(UINT64_C(1) << next);
	if (!n->children) {
		free(n->child);
		n->child = NULL;
	}
}

/* From the node @depth steps deep up: what is empty goes. */
static void prune_path(struct lpm *l, const struct key *key, unsigned depth)
{
	while (depth--) {
		struct lpm_node *n = &l->root;
		struct key k = *key;

		for (unsigned d = 0; n && d < depth; d++)
			n = child_of(n, take(&k));
		if (n)
			prune(n, take(&k));
	}
}

int lpm_put(struct lpm *l, const uint8_t *octets, unsigned bits, void *value)
{
	const struct key key = key_of(octets, bits);
	struct lpm_node *n = &l->root;
	struct key k = key;

	for (unsigned d = 0; d < bits / STRIDE; d++) {
		struct lpm_node *next = child_made(n, take(&k));

		if (!next) {
			prune_path(l, &key, d);
			return -ENOMEM;
		}
		n = next;
	}

	unsigned bit = place_of(bits % STRIDE, take(&k));
	unsigned at = rank(n->inside, bit);

	if (!has(n->inside, bit)) {
		void **wider = widened(n->value, count(n->inside), at, sizeof(*wider));

		if (!wider) {
			prune_path(l, &key, bits / STRIDE);
			return -ENOMEM;
		}
		n->value = wider;
		n->inside |= UINT64_C(1) << bit;
	}
	n->value[at] = value;
	return 0;
}

/* The node that has the prefix, should it be there, and the prefix's place in it. */
static struct lpm_node *node_of(const struct lpm *l, struct key k, unsigned bits, unsigned *bit)
{
	const struct lpm_node *n = &l->root;

	for (unsigned d = 0; n && d < bits / STRIDE; d++)
		n = child_of(n, take(&k));
	*bit = place_of(bits % STRIDE, take(&k));
	return n && has(n->inside, *bit) ? (struct lpm_node *)(uintptr_t)n : NULL;
}

void *lpm_get(const struct lpm *l, const uint8_t *octets, unsigned bits)
{
	unsigned bit;
	const struct lpm_node *n = node_of(l, key_of(octets, bits), bits, &bit);

	return n ? n->value[rank(n->inside, bit)] : NULL;
}

void lpm_remove(struct lpm *l, const uint8_t *octets, unsigned bits)
{
	const struct key key = key_of(octets, bits);
	unsigned bit;
	struct lpm_node *n = node_of(l, key, bits, &bit);

	if (!n)
		return;
	narrow(n->value, count(n->inside), rank(n->inside, bit), sizeof(*n->value));
	n->inside &= ~(UINT64_C(1) << bit);
	if (!n->inside) {
		free(n->value);
		n->value = NULL;
	}
	prune_path(l, &key, bits / STRIDE);
}

void *lpm_find(const struct lpm *l, const uint8_t *octets, unsigned key_bits,
	bool (*fits)(const void *value, const void *arg), const void *arg)
{
	/* the nodes on the way that hold something, and the bits by which the way went on */
	const struct lpm_node *node[DEEPEST + 1];
	unsigned next[DEEPEST + 1], n = 0;
	struct key k = key_of(octets, key_bits);

	for (const struct lpm_node *at = &l->root; at; at = child_of(at, next[n])) {
		next[n + (at->inside != 0)] = next[n] = take(&k);
		node[n] = at;
		n += at->inside != 0;
	}
	while (n--) {
		uint64_t left = node[n]->inside & places_of(next[n]);

		while (left) { /* the longest first */
			unsigned bit = 63 - (unsigned)__builtin_clzll(left);
			void *value = node[n]->value[rank(node[n]->inside, bit)];

			if (!fits || fits(value, arg))
				return value;
			left &= ~(UINT64_C(1) << bit);
		}
	}
	return NULL;
}

static void clear(struct lpm_node *n)
{
	unsigned children = count(n->children);

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
