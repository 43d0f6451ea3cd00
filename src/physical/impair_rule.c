/* SPDX-License-Identifier: ISC */
/*
 * impair_rule.c - exact faults: this frame, and no other
 *
 * Neighbours: impair_rule.h; impair.c, which does what a rule says.
 */
#include "impair_rule.h"

bool impair_rule_takes(
	const struct impair_rule *r, uint64_t *seen, uint64_t kinds, enum impair_way way)
{
	uint64_t n;

	if (!(r->ways & 1u << way) || (r->kind != IMPAIR_ANY_KIND && !(r->kind & kinds)))
		return false;
	n = ++*seen;
	return n >= r->first && n <= r->last && (n - r->first) % (r->step ? r->step : 1) == 0;
}
