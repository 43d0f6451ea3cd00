/* SPDX-License-Identifier: ISC */
/* fuzz_igmp_wire.c - any octets as an IGMP query (network/igmp_wire.h) */
#include "fuzz.h"

#include "network/igmp_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rcur r = rcur_of(data, size);
	struct igmp_query q;

	if (igmp_query_parse(&q, &r) < 0)
		return 0;
	FUZZ_CLAIM(q.version >= 1 && q.version <= 3 && ipa_is_v4(&q.group));
	FUZZ_CLAIM(q.max_ms <= 3174400 && q.interval_s <= 31744 && q.robustness <= 7);
	FUZZ_CLAIM(q.sources.len % 4 == 0 && q.sources.len <= size);
	if (q.sources.len)
		FUZZ_CLAIM(q.sources.p == data + 12 && q.sources.len <= size - 12);
	FUZZ_CLAIM((q.version == 3) == (size >= 12));
	return 0;
}
