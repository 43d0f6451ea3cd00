/* SPDX-License-Identifier: ISC */
/*
 * lpm.h - the longest prefix that holds an address: a tree bitmap
 *
 * Eatherton, Varghese and Dittia, "Tree Bitmap: Hardware/Software IP Lookups with Incremental
 * Updates" (2004), with a stride of six bits.  A look-up takes at most one step for each six bits
 * of the prefix found, whatever the number of prefixes; a node costs 32 octets and its pointers.
 *
 * Knows no addresses: a key is octets, a prefix its first bits.
 *
 * Neighbours: route.c.
 */
#ifndef NOD_NETWORK_LPM_H
#define NOD_NETWORK_LPM_H

#include <stdbool.h>
#include <stdint.h>

struct lpm_node {
	uint64_t children; /* which of the 64 next six bits lead on */
	uint64_t inside;   /* which of the 63 prefixes of 0 to 5 bits end here */
	struct lpm_node *child; /* one for each bit of children */
	void **value;		/* one for each bit of inside */
};

/* All zero is an empty one. */
struct lpm {
	struct lpm_node root;
};

/* What is put under the first @bits of @key; replaces what is there.  0 or -ENOMEM. */
int lpm_put(struct lpm *l, const uint8_t *key, unsigned bits, void *value);
/* NULL: nothing is there. */
void *lpm_get(const struct lpm *l, const uint8_t *key, unsigned bits);
void lpm_remove(struct lpm *l, const uint8_t *key, unsigned bits);

/*
 * What stands under the longest prefix of @key (@key_bits long) for which @fits(value, @arg) holds;
 * @fits NULL: the longest of all.  NULL: none.
 */
void *lpm_find(const struct lpm *l, const uint8_t *key, unsigned key_bits,
	bool (*fits)(const void *value, const void *arg), const void *arg);

void lpm_clear(struct lpm *l);

#endif
