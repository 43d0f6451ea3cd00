/* SPDX-License-Identifier: ISC */
/* test_pkt.c - packets, blocks, and the pool they come from */
#include "tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/checksum.h"
#include "base/pkt.h"
#include "chance.h"

static struct pkt_pool *pool;
static uint8_t octets[70000];

static uint32_t out(void)
{
	struct pkt_pool_use u = pkt_pool_use(pool);

	return (uint32_t)(u.pkts + u.blocks);
}

/* A packet of @len octets of `octets`, in a linear part and slices cut by chance. */
static struct pkt *scattered(uint32_t len)
{
	uint32_t first = chance(len + 1) % 1000;
	struct pkt *p = pkt_new(pool, first);
	uint32_t at = first;

	memcpy(pkt_put(p, first), octets, first);
	while (at < len) {
		uint32_t part = p->n_slices == PKT_SLICES - 1 ? len - at : 1 + chance(len - at);
		uint32_t lead = chance(100);
		struct block *b = block_new(pool, lead + part);

		memcpy(b->data + lead, octets + at, part);
		pkt_add_slice(p, b, lead, part);
		at += part;
	}
	return p;
}

static bool holds(const struct pkt *p, uint32_t from, uint32_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	bool ok = pkt_copy_out(p, 0, copy, len) == len && memcmp(copy, octets + from, len) == 0;

	free(copy);
	return ok && p->len == len;
}

static void one(void)
{
	struct pkt *p = pkt_new(pool, 100);

	tap(p && pkt_headroom(p) == PKT_HEADROOM && p->len == 0 && pkt_tailroom(p) >= 100,
		"a new packet is empty, with room before and behind");
	memcpy(pkt_put(p, 100), octets, 100);
	memcpy(pkt_push(p, 14), "header of 14 o", 14);
	tap(p->len == 114 && memcmp(p->data, "header", 6) == 0, "a header goes in front");
	pkt_pull(p, 14);
	tap(holds(p, 0, 100), "and off again");
	pkt_trim(p, 60);
	tap(holds(p, 0, 60), "padding is cut off");
	pkt_trim(p, 80);
	tap(p->len == 60, "cutting to more than there is changes nothing");
	pkt_free(p);
	pkt_free(NULL);
	tap(out() == 0, "all is home");
	tap(!pkt_new(pool, PKT_LINEAR_MAX + 1000), "a linear part has a greatest length");
	tap(!block_new(pool, BLOCK_MAX + 1), "and so has a block");
}

static void many_pieces(void)
{
	bool sums = true, copies = true, trims = true, linears = true, clones = true;

	for (unsigned round = 0; round < 400; round++) {
		uint32_t len = 1 + chance(4000);
		struct pkt *p = scattered(len), *c, *d;
		uint32_t from = chance(len), n = chance(len - from + 1), cut = chance(len + 1);
		uint16_t want = checksum_end(checksum_add(0, octets + from, n));

		sums = sums && checksum_end(pkt_checksum(p, from, n)) == want;
		c = pkt_clone(p, pool);
		d = pkt_copy(p, pool);
		clones = clones && c && d && holds(c, 0, len) && holds(d, 0, len);
		if (d->n_slices) /* a copy is nobody else's */
			d->slice[0].block->data[d->slice[0].at] ^= 1;
		copies = copies && holds(p, 0, len) && holds(c, 0, len);
		pkt_trim(p, cut);
		trims = trims && holds(p, 0, cut);
		if (cut <= 250 && cut)
			linears = linears && pkt_linear(p, cut) && p->lin >= cut &&
				holds(p, 0, cut);
		linears = linears && !pkt_linear(p, p->len + 1);
		pkt_free(p);
		pkt_free(c);
		pkt_free(d);
	}
	tap(sums, "checksums over pieces of any length and place");
	tap(clones, "clones and copies hold the same");
	tap(copies, "a changed copy changes nothing else");
	tap(trims, "cut anywhere");
	tap(linears, "headers are brought together, and never what is not there");
	tap(out() == 0, "all is home");
}

static void append(void)
{
	struct pkt *p = pkt_new(pool, 100);

	tap(pkt_append(p, octets, 60000) == 0 && holds(p, 0, 60000),
		"60,000 octets at the end");
	tap(pkt_append(p, octets + 60000, 5000) == 0 && holds(p, 0, 65000), "and 5,000 more");
	pkt_free(p);
	tap(out() == 0, "all is home");
}

static void checksum(void)
{
	struct pkt *p = pkt_new(pool, 64);
	uint8_t *at = pkt_put(p, 8 + 33);
	uint16_t pseudo = 0x1234;

	memset(at, 0, 8);
	memcpy(at + 8, octets, 33);
	at[6] = (uint8_t)(pseudo >> 8);
	at[7] = (uint8_t)pseudo;
	p->l4 = at;
	p->sum = PKT_SUM_TO_FILL;
	p->sum_offset = 6;
	pkt_fill_checksum(p);

	uint8_t head[2] = { 0x12, 0x34 };

	tap(p->sum == PKT_SUM_FILLED &&
			checksum_end(checksum_add(checksum_add(0, head, 2), at, 41)) == 0,
		"a checksum put off is made with the pseudo-header's sum that waits in its field");
	memset(at, 0, 41);
	at[6] = at[7] = 0xff;
	pkt_fill_checksum(p);
	tap(at[6] == 0xff && at[7] == 0xff, "zero is sent as 0xffff (UDP-1, H63)");
	pkt_free(p);
}

static struct pkt *slice_of(struct block *b, uint32_t at, uint32_t len)
{
	struct pkt *p = pkt_new(pool, 0);

	memcpy(b->data + at, octets + at, len);
	pkt_add_slice(p, block_ref(b), at, len);
	return p;
}

static void join(void)
{
	struct block *b = block_new(pool, 4096);
	struct pkt *p = slice_of(b, 0, 1000), *linear = pkt_new(pool, 10);
	uint8_t got[4096];

	tap(pkt_join(p, slice_of(b, 1000, 501)) && p->len == 1501 && p->n_slices == 1 &&
			pkt_copy_out(p, 0, got, 4096) == 1501 && !memcmp(got, octets, 1501),
		"what goes on in the same block makes a slice longer");
	for (uint32_t k = 0; k < PKT_SLICES - 1; k++)
		tap(pkt_join(p, slice_of(b, 2000 + 10 * k, 5)) && p->n_slices == 2 + k,
			"what does not is one more slice");
	memset(pkt_put(linear, 10), 0, 10);
	tap(!pkt_join(p, linear), "a linear part cannot be joined");
	pkt_free(linear);
	linear = slice_of(b, 3000, 5);
	tap(!pkt_join(p, linear) && linear->len == 5, "nor one slice too many");
	pkt_free(linear);
	linear = slice_of(b, 2000 + 10 * (PKT_SLICES - 2) + 5, 5);
	tap(pkt_join(p, linear) && p->len == 1501 + 5 * PKT_SLICES && b->refs == PKT_SLICES + 1,
		"unless the last goes on with it; a reference is kept for each slice");
	pkt_free(p);
	block_unref(b);
	tap(out() == 0, "all is home");
}

static void limits(void)
{
	struct pkt_pool *small = pkt_pool_new(300 * 1024);
	struct pkt *held[2000];
	unsigned n = 0;
	uint64_t slabs;

	while (n < 2000 && (held[n] = pkt_new(small, 1500)))
		n++;
	tap(n > 50 && n < 300, "at the limit there is none: %u frames in 300 KiB", n);
	tap(pkt_pool_use(small).taken <= 300 * 1024 && pkt_pool_use(small).refused == 1,
		"no more is taken than allowed, and the refusal is counted");
	slabs = pkt_pool_use(small).slabs;
	for (unsigned k = 0; k < n; k++)
		pkt_free(held[k]);
	for (unsigned round = 0; round < 10; round++) {
		for (unsigned k = 0; k < n; k++)
			held[k] = pkt_new(small, 1500);
		for (unsigned k = 0; k + 1 < n; k++)
			pkt_free(held[k]);
		if (round < 9)
			pkt_free(held[n - 1]);
	}
	tap(pkt_pool_use(small).slabs == slabs,
		"what goes round takes nothing from the system");
	pkt_pool_release(small);
	memset(pkt_put(held[n - 1], 1000), 7, 1000);
	tap(held[n - 1]->len == 1000, "a packet outlives its pool's owner");
	pkt_free(held[n - 1]); /* and takes the pool with it: the sanitizer would tell */
}

static void queues(void)
{
	struct pkt_queue q;
	struct pkt *p[3];

	pkt_queue_init(&q);
	for (unsigned k = 0; k < 3; k++) {
		p[k] = pkt_new(pool, 10);
		pkt_put(p[k], k + 1);
		pkt_queue_put(&q, p[k]);
	}
	tap(q.count == 3 && q.octets == 6, "a queue counts packets and octets");
	tap(pkt_queue_take(&q) == p[0] && pkt_queue_take(&q) == p[1], "first in, first out");
	pkt_free(p[0]);
	pkt_free(p[1]);
	pkt_queue_clear(&q);
	tap(q.count == 0 && !pkt_queue_take(&q) && out() == 0, "cleared, all is home");
}

int main(void)
{
	chance_begin();
	pool = pkt_pool_new(8 << 20);
	for (unsigned k = 0; k < sizeof(octets); k++)
		octets[k] = (uint8_t)chance(256);
	one();
	many_pieces();
	append();
	join();
	checksum();
	limits();
	queues();
	pkt_pool_release(pool);
	return tap_done();
}
