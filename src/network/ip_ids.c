/* SPDX-License-Identifier: ISC */
/*
 * ip_ids.c - identifications of packets that may be cut
 *
 * RFC 6864 4.3 (unique for a source, destination and protocol while fragments may live), RFC 7739
 * 5.3 (a counter for each pair, begun and stepped unpredictably) (IP4-12, IP6-17, H51).  A fixed
 * array of counters is chosen from by a keyed hash: pairs that share one skip numbers, which
 * harms nobody.
 *
 * Neighbours: ip_internal.h.
 */
#include <errno.h>
#include <stdlib.h>

#include "ip_internal.h"

enum { COUNTERS = 1024, STEP_MOST = 8 };

struct ip_ids {
	uint32_t counter[COUNTERS];
};

int ip_ids_init(struct net *n)
{
	n->ids = malloc(sizeof(*n->ids));
	if (!n->ids)
		return -ENOMEM;
	prng_fill(&n->core->prng, n->ids->counter, sizeof(n->ids->counter));
	return 0;
}

void ip_ids_end(struct net *n)
{
	free(n->ids);
	n->ids = NULL;
}

uint32_t ip_id(struct net *n, const struct ipa *src, const struct ipa *dst, uint8_t protocol)
{
	struct {
		struct ipa src, dst;
		uint64_t protocol;
	} key = { *src, *dst, protocol };
	uint64_t hash = siphash13(&n->core->key, &key, sizeof(key));
	uint32_t *counter = &n->ids->counter[hash % COUNTERS];

	*counter += 1 + prng_below(&n->core->prng, STEP_MOST);
	return *counter + (uint32_t)(hash >> 32);
}
