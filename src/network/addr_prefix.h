/* SPDX-License-Identifier: ISC */
/*
 * addr_prefix.h - prefixes and ranges of addresses, and the arithmetic on them
 *
 * Pure functions.  Both addresses of a range have one family and one zone.
 */
#ifndef NOD_NETWORK_ADDR_PREFIX_H
#define NOD_NETWORK_ADDR_PREFIX_H

#include "addr_scan.h"

unsigned addr_octets(enum nod_family family); /* 4, 16, or 0 for NOD_UNSPEC */
unsigned addr_bits(enum nod_family family);   /* 32, 128 or 0 */

/* By family, zone, then octets: <0, 0, >0. */
int addr_compare(const struct nod_addr *a, const struct nod_addr *b);

/* Add 1 at bit @len, counted from the left from 1; false: it went round to the first
 * address. */
bool addr_step(struct nod_addr *a, unsigned len);

struct nod_addr prefix_last(const struct nod_prefix *p);     /* IPv4: the broadcast address */
struct nod_addr prefix_mask(const struct nod_prefix *p);     /* ones, then zeros */
struct nod_addr prefix_wildcard(const struct nod_prefix *p); /* zeros, then ones */

/* Whether all of @inner lies in @outer.  One with a zone has that zone's addresses alone. */
bool prefix_covers(const struct nod_prefix *outer, const struct nod_prefix *inner);

struct addr_range {
	struct nod_addr first, last; /* family NOD_UNSPEC: nothing is left of it */
};

struct addr_range prefix_range(const struct nod_prefix *p);

/* "192.168.1.0/24"; @buf has NOD_ADDR_TEXT_MAX octets, which suffice.  Returns @buf. */
char *prefix_format(const struct nod_prefix *p, char *buf);

/* "A-B" (spaces around the "-" are allowed) or a prefix.  0, -EINVAL or -ENODEV. */
int range_scan(const char *s, size_t len, struct addr_range *r, struct addr_trouble *t)
	__attribute__((warn_unused_result));

/* Sort, and join what overlaps or adjoins.  Returns how many ranges are left, <= @n. */
size_t ranges_merge(struct addr_range *r, size_t n);

/* Of ranges that ranges_merge() has made, the one that holds all of @inner, or NULL. */
const struct addr_range *ranges_find(
	const struct addr_range *r, size_t n, const struct addr_range *inner);

/* Of IPv4-mapped addresses, the IPv4 addresses; of any others, @r itself. */
struct addr_range range_unmap(const struct addr_range *r);

/* Take the largest prefix that fits off the front of @r; false: nothing was left. */
bool range_take_prefix(struct addr_range *r, struct nod_prefix *p);

#endif
