/* SPDX-License-Identifier: ISC */
/* fuzz_mld_wire.c - any octets as an MLD query (network/mld_wire.h) */
#include "fuzz.h"

#include "network/mld_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rcur r = rcur_of(data, size);
	struct mld_query q;

	if (mld_query_parse(&q, &r) < 0)
		return 0;
	FUZZ_CLAIM(q.version == 1 || q.version == 2);
	FUZZ_CLAIM(q.max_ms <= 8387584 && q.interval_s <= 31744 && q.robustness <= 7);
	FUZZ_CLAIM(q.sources.len % 16 == 0);
	if (q.sources.len)
		FUZZ_CLAIM(q.sources.p == data + 28 && q.sources.len <= size - 28);
	FUZZ_CLAIM((q.version == 2) == (size >= 28));
	return 0;
}
