/* SPDX-License-Identifier: ISC */
/*
 * fuzz_segment.c - any octets as a super-segment that is to be cut (link/segment.h)
 *
 * Seven octets say where the headers are and how long a piece is and what lies in a slice; the
 * rest is the packet.
 */
#include "fuzz.h"

#include "link/segment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pkt_pool *pool; /* kept: making one takes longer than all the rest */
	struct pkt_queue q;
	struct pkt *p, *t;

	if (!pool)
		pool = pkt_pool_new(32 << 20);
	if (size < 7 || size > 20000 || !pool)
		return 0;

	uint32_t len = (uint32_t)size - 7;
	uint32_t in_slice = len * data[6] / 256;

	p = pkt_new(pool, len - in_slice);
	if (len - in_slice)
		memcpy(pkt_put(p, len - in_slice), data + 7, len - in_slice);
	if (in_slice) {
		struct block *b = block_new(pool, in_slice);

		memcpy(b->data, data + 7 + len - in_slice, in_slice);
		pkt_add_slice(p, b, 0, in_slice);
	}
	p->l2 = p->data;
	p->l3 = p->data + data[0] - 1;
	p->l4 = p->data + data[1];
	p->gso = data[2] & 1 ? PKT_GSO_TCP : PKT_GSO_UDP;
	p->gso_size = (uint16_t)(data[3] << 8 | data[4]);

	uint32_t longest = segment_longest(p), l3 = data[0] - 1u, l4 = data[1], octets = 0;
	bool is_udp = p->gso == PKT_GSO_UDP;
	uint32_t header = 0, payload;

	if (longest) {
		header = l4 + (is_udp ? 8u : 4u * (p->l4[12] >> 4));
		payload = p->len - header;
	} else {
		payload = 0;
	}
	pkt_queue_init(&q);
	int err = segment_split(p, pool, &q);
	FUZZ_CLAIM(longest || err < 0);
	FUZZ_CLAIM((err == 0) == (q.count > 0));
	while ((t = pkt_queue_take(&q))) {
		FUZZ_CLAIM(t->len - l3 <= longest && t->lin >= header && t->l4 == t->data + l4);
		octets += t->len - header;
		pkt_fill_checksum(t);
		pkt_free(t);
	}
	FUZZ_CLAIM(err < 0 || octets == payload);
	FUZZ_CLAIM(pkt_pool_use(pool).pkts == 0 && pkt_pool_use(pool).blocks == 0);
	return 0;
}
