/* SPDX-License-Identifier: ISC */
/*
 * fuzz_packet_kind.c - any octets as a frame that has kinds and fields (transport/packet_kind.h)
 *
 * No field lies outside of its frame, and what lies in slices is the same as what is linear.
 */
#include "fuzz.h"

#include "transport/packet_kind.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pkt_pool *pool = pkt_pool_new(1 << 20);
	struct pkt *whole, *sliced;
	uint32_t at, len;

	if (!pool || size > 2000)
		return pkt_pool_release(pool), 0;
	whole = pkt_new(pool, 2000);
	sliced = pkt_new(pool, 0);
	if (size) {
		struct block *b = block_new(pool, (uint32_t)size);

		memcpy(pkt_put(whole, (uint32_t)size), data, size);
		memcpy(b->data, data, size);
		pkt_add_slice(sliced, b, 0, (uint32_t)size);
	}
	FUZZ_CLAIM(packet_kinds.kinds(whole) == packet_kinds.kinds(sliced));
	for (unsigned i = 0; packet_kinds.field_name(i); i++)
		if (packet_kinds.field(whole, i, &at, &len))
			FUZZ_CLAIM(len && at + len <= size);
	pkt_free(whole);
	pkt_free(sliced);
	pkt_pool_release(pool);
	return 0;
}
