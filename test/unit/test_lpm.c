/* SPDX-License-Identifier: ISC */
/* test_lpm.c - the longest prefix, against looking at all of them */
#include "tap.h"

#include <string.h>

#include "chance.h"
#include "network/lpm.h"

enum { MANY = 300, KEY = 16 };

struct prefix {
	uint8_t key[KEY];
	unsigned bits;
	bool is_in;
};

static struct prefix prefix[MANY];

static bool holds(const struct prefix *p, const uint8_t *key)
{
	for (unsigned b = 0; b < p->bits; b++)
		if (((p->key[b / 8] ^ key[b / 8]) >> (7 - b % 8)) & 1)
			return false;
	return true;
}

static struct prefix *by_hand(const uint8_t *key)
{
	struct prefix *best = NULL;

	for (unsigned k = 0; k < MANY; k++)
		if (prefix[k].is_in && holds(&prefix[k], key) &&
			(!best || prefix[k].bits > best->bits))
			best = &prefix[k];
	return best;
}

/* Octets of few values, so that prefixes nest. */
static void any_key(uint8_t *key, unsigned octets)
{
	memset(key, 0, KEY);
	for (unsigned k = 0; k < octets; k++)
		key[k] = chance(4) ? (uint8_t)(chance(3) << 6) : (uint8_t)chance(256);
}

static bool is_short(const void *value, const void *arg)
{
	return ((const struct prefix *)value)->bits <= *(const unsigned *)arg;
}

static void try(unsigned octets, const char *family)
{
	struct lpm l = { 0 };
	bool is_right = true, is_right_of_short = true;

	for (unsigned k = 0; k < MANY; k++) {
		bool is_new = true;

		any_key(prefix[k].key, octets);
		prefix[k].bits = chance(8 * octets + 1);
		for (unsigned b = prefix[k].bits; b < 8 * KEY; b++)
			prefix[k].key[b / 8] &= (uint8_t) ~(0x80 >> b % 8);
		for (unsigned j = 0; j < k; j++)
			if (prefix[j].bits == prefix[k].bits &&
				memcmp(prefix[j].key, prefix[k].key, KEY) == 0)
				is_new = false;
		prefix[k].is_in = false;
		if (!is_new)
			prefix[k].bits = 999; /* not used */
	}
	for (unsigned step = 0; step < 20000; step++) {
		struct prefix *p = &prefix[chance(MANY)];
		uint8_t key[KEY];
		unsigned most = chance(8 * octets + 1);
		struct prefix *found;

		if (p->bits == 999)
			continue;
		if (p->is_in)
			lpm_remove(&l, p->key, p->bits);
		else
			lpm_put(&l, p->key, p->bits, p);
		p->is_in = !p->is_in;
		is_right = is_right && (lpm_get(&l, p->key, p->bits) == p) == p->is_in;
		any_key(key, octets);
		is_right =
			is_right && lpm_find(&l, key, 8 * octets, NULL, NULL) == by_hand(key);
		found = lpm_find(&l, key, 8 * octets, is_short, &most);
		if (found)
			is_right_of_short = is_right_of_short && found->bits <= most;
	}
	tap(is_right, "%s: as looking at all of them finds it", family);
	tap(is_right_of_short, "%s: one that fits, when the longest does not", family);
	for (unsigned k = 0; k < MANY; k++)
		if (prefix[k].bits != 999 && prefix[k].is_in)
			lpm_remove(&l, prefix[k].key, prefix[k].bits);
	tap(!l.root.children && !l.root.inside, "%s: taken away, nothing is left", family);
	lpm_clear(&l);
}

int main(void)
{
	chance_begin();
	try(4, "IPv4");
	try(16, "IPv6");
	return tap_done();
}
