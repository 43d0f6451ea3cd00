/* SPDX-License-Identifier: ISC */
/*
 * addr_prefix.c - prefixes and ranges of addresses, and the arithmetic on them
 *
 * RFC 4632 (IPv4 prefixes), RFC 4291 2.3 (IPv6).  Addresses are taken as big-endian
 * numbers, octet by octet, so that both families go one way and no 128-bit type is asked
 * for.
 *
 * Neighbours: addr_scan.c (text), addr_number.c (how many there are).
 */
#include "addr_prefix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

unsigned addr_octets(enum nod_family family)
{
	return family == NOD_IPV4 ? 4 : family == NOD_IPV6 ? 16 : 0;
}

unsigned addr_bits(enum nod_family family)
{
	return addr_octets(family) * 8;
}

static unsigned octets_of(const struct nod_addr *a)
{
	return addr_octets((enum nod_family)a->family);
}

int addr_compare(const struct nod_addr *a, const struct nod_addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	if (a->zone != b->zone)
		return a->zone < b->zone ? -1 : 1;
	return memcmp(a->octet, b->octet, octets_of(a));
}

bool addr_step(struct nod_addr *a, unsigned len)
{
	unsigned add;

	if (!len) /* a single /0: the next one is itself again */
		return false;
	add = 1u << ((8 - len % 8) % 8);
	for (unsigned i = (len + 7) / 8; i-- > 0;) {
		add += a->octet[i];
		a->octet[i] = (uint8_t)add;
		add >>= 8;
		if (!add)
			return true;
	}
	return false;
}

/* The bits of octet @i that lie within the first @len bits of the address. */
static uint8_t kept(unsigned i, unsigned len)
{
	if (i * 8 >= len)
		return 0;
	return (uint8_t)(len - i * 8 >= 8 ? 0xff : 0xff00 >> (len - i * 8));
}

struct nod_prefix nod_prefix_network(const struct nod_prefix *p)
{
	struct nod_prefix out = *p;

	for (unsigned i = 0; i < octets_of(&p->addr); i++)
		out.addr.octet[i] &= kept(i, p->len);
	return out;
}

struct nod_addr prefix_last(const struct nod_prefix *p)
{
	struct nod_addr out = p->addr;

	for (unsigned i = 0; i < octets_of(&out); i++)
		out.octet[i] |= (uint8_t)~kept(i, p->len);
	return out;
}

struct nod_addr prefix_mask(const struct nod_prefix *p)
{
	struct nod_addr out = { .family = p->addr.family };

	for (unsigned i = 0; i < octets_of(&out); i++)
		out.octet[i] = kept(i, p->len);
	return out;
}

struct nod_addr prefix_wildcard(const struct nod_prefix *p)
{
	struct nod_addr out = { .family = p->addr.family };

	for (unsigned i = 0; i < octets_of(&out); i++)
		out.octet[i] = (uint8_t)~kept(i, p->len);
	return out;
}

bool prefix_covers(const struct nod_prefix *outer, const struct nod_prefix *inner)
{
	const struct nod_addr *o = &outer->addr, *n = &inner->addr;

	if (o->family != n->family || outer->len > inner->len ||
		(o->zone && o->zone != n->zone))
		return false;
	for (unsigned i = 0; i < octets_of(o); i++) {
		if ((o->octet[i] ^ n->octet[i]) & kept(i, outer->len))
			return false;
	}
	return true;
}

/* ::ffff:0:0/96 and what lies in it, as the IPv4 prefix that it maps. */
static struct nod_prefix unmap_prefix(const struct nod_prefix *p)
{
	struct nod_prefix out = { .addr = nod_addr_unmap(&p->addr), .len = p->len };

	if (out.addr.family == p->addr.family || p->len < 96)
		return *p;
	out.len = (uint8_t)(p->len - 96);
	return out;
}

bool nod_prefix_contains(const struct nod_prefix *p, const struct nod_addr *a)
{
	struct nod_prefix outer = unmap_prefix(p), inner = { .addr = nod_addr_unmap(a) };

	inner.len = (uint8_t)addr_bits((enum nod_family)inner.addr.family);
	return a->family != NOD_UNSPEC && prefix_covers(&outer, &inner);
}

int nod_prefix_parse(struct nod_prefix *p, const char *text)
{
	struct nod_prefix out;
	struct addr_trouble t;
	enum prefix_form form;
	int err = prefix_scan(text, strlen(text), &out, &form, &t);

	if (err < 0)
		return err;
	if (form == PREFIX_WILDCARD) /* as a mask it is all holes, and guessing lets people
					in */
		return -EINVAL;
	*p = out;
	return 0;
}

struct addr_range prefix_range(const struct nod_prefix *p)
{
	return (struct addr_range){ .first = nod_prefix_network(p).addr,
		.last = prefix_last(p) };
}

char *prefix_format(const struct nod_prefix *p, char *buf)
{
	char *end;

	nod_addr_format(&p->addr, buf, NOD_ADDR_TEXT_MAX);
	end = buf + strlen(buf);
	*end++ = '/';
	if (p->len >= 100)
		*end++ = (char)('0' + p->len / 100);
	if (p->len >= 10)
		*end++ = (char)('0' + p->len / 10 % 10);
	*end++ = (char)('0' + p->len % 10);
	*end = 0;
	return buf;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

int range_scan(const char *s, size_t len, struct addr_range *r, struct addr_trouble *t)
{
	const char *dash = len ? memchr(s, '-', len) : NULL;
	struct addr_range out;
	enum prefix_form form;
	struct nod_prefix p;
	int err;

	/* an interface's name may have a "-" in it, so a range's is the one that splits it
	 * well */
	err = prefix_scan(s, len, &p, &form, t);
	if (err == 0) {
		*r = prefix_range(&p);
		return 0;
	}
	if (!dash)
		return err;

	size_t left = (size_t)(dash - s), at = left + 1;

	while (left && is_space(s[left - 1]))
		left--;
	while (at < len && is_space(s[at]))
		at++;
	err = addr_scan(s, left, &out.first, t);
	if (err < 0)
		return err;
	err = addr_scan(s + at, len - at, &out.last, t);
	if (err < 0) {
		t->at += at;
		return err;
	}

	int order = addr_compare(&out.first, &out.last);
	bool mixed = out.first.family != out.last.family || out.first.zone != out.last.zone;

	if (mixed || order > 0) {
		*t = (struct addr_trouble){ .len = len,
			.fault = mixed ? ADDR_RANGE_FAMILIES : ADDR_RANGE_BACKWARDS };
		return -EINVAL;
	}
	*r = out;
	return 0;
}

static int by_first(const void *a, const void *b)
{
	const struct addr_range *x = a, *y = b;

	return addr_compare(&x->first, &y->first);
}

/* Whether @b, which does not start before @a, overlaps @a or follows it at once. */
static bool joins(const struct addr_range *a, const struct addr_range *b)
{
	struct nod_addr next = a->last;

	if (a->last.family != b->first.family || a->last.zone != b->first.zone)
		return false;
	return !addr_step(&next, addr_bits((enum nod_family)next.family)) ||
		addr_compare(&b->first, &next) <= 0;
}

size_t ranges_merge(struct addr_range *r, size_t n)
{
	size_t kept_n = 0;

	if (!n)
		return 0;
	qsort(r, n, sizeof(*r), by_first);
	for (size_t i = 1; i < n; i++) {
		if (!joins(&r[kept_n], &r[i]))
			r[++kept_n] = r[i];
		else if (addr_compare(&r[i].last, &r[kept_n].last) > 0)
			r[kept_n].last = r[i].last;
	}
	return kept_n + 1;
}

const struct addr_range *ranges_find(
	const struct addr_range *r, size_t n, const struct addr_range *inner)
{
	size_t low = 0, high = n; /* the range sought is in [low, high) */

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (addr_compare(&r[middle].first, &inner->first) <= 0)
			low = middle;
		else
			high = middle;
	}
	if (!n || addr_compare(&r[low].first, &inner->first) > 0 ||
		addr_compare(&inner->last, &r[low].last) > 0)
		return NULL;
	return &r[low]; /* between its ends is of its family and zone, too */
}

struct addr_range range_unmap(const struct addr_range *r)
{
	struct addr_range out = { .first = nod_addr_unmap(&r->first),
		.last = nod_addr_unmap(&r->last) };

	return out.first.family == out.last.family ? out : *r;
}

bool range_take_prefix(struct addr_range *r, struct nod_prefix *p)
{
	unsigned bits = addr_bits((enum nod_family)r->first.family);

	if (!bits)
		return false;

	struct nod_prefix best = { .addr = r->first, .len = (uint8_t)bits };

	while (best.len) { /* one bit shorter, as long as it starts here and does not end
			      beyond */
		struct nod_prefix wider = { .addr = r->first, .len = (uint8_t)(best.len - 1) };
		struct nod_addr start = nod_prefix_network(&wider).addr,
				end = prefix_last(&wider);

		if (addr_compare(&start, &r->first) != 0 || addr_compare(&end, &r->last) > 0)
			break;
		best = wider;
	}
	*p = best;
	r->first = prefix_last(&best);
	if (addr_compare(&r->first, &r->last) == 0 || !addr_step(&r->first, bits))
		r->first.family = NOD_UNSPEC;
	return true;
}
