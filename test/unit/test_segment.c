/* SPDX-License-Identifier: ISC */
/*
 * test_segment.c - link/segment.c: super-segments and their pieces
 *
 * Each piece is taken apart again by hand: lengths, numbers, flags, sums, and its part of the
 * payload; and the pieces together are the payload.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/checksum.h"
#include "link/segment.h"
#include "tap.h"

enum { ETH = 14, FIN = 1, SYN = 2, PSH = 8, ACK = 16, CWR = 128 };

static struct pkt_pool *pool;

static unsigned get16(const uint8_t *p)
{
	return (unsigned)(p[0] << 8 | p[1]);
}

static uint8_t payload_octet(uint32_t i)
{
	return (uint8_t)(i * 7 + i / 251);
}

struct form {
	const char *name;
	bool is_v6, is_udp;
	unsigned l3_extra, l4_extra; /* octets of options, extension headers */
	unsigned linear;	     /* octets of payload in the linear part */
	unsigned slices;	     /* the rest in so many */
	unsigned payload, size;
	bool has_frame; /* with a link header in front */
};

static struct pkt *make(const struct form *f)
{
	unsigned l3 = (f->is_v6 ? 40 : 20) + f->l3_extra, l4 = (f->is_udp ? 8 : 20) + f->l4_extra;
	unsigned eth = f->has_frame ? ETH : 0;
	struct pkt *p = pkt_new(pool, eth + l3 + l4 + f->linear);
	uint8_t *h = pkt_put(p, eth + l3 + l4 + f->linear);

	memset(h, 0, eth + l3 + l4);
	p->l2 = f->has_frame ? h : NULL;
	if (f->has_frame)
		memset(h, 0xee, ETH);
	p->l3 = h + eth;
	p->l4 = p->l3 + l3;
	if (f->is_v6) {
		p->l3[0] = 0x60;
		p->l3[6] = f->is_udp ? 17 : 6;
		memset(p->l3 + 8, 0x20, 32);
	} else {
		p->l3[0] = (uint8_t)(0x40 | l3 / 4);
		p->l3[4] = 0xff;
		p->l3[5] = 0xfe;
		p->l3[8] = 64;
		p->l3[9] = f->is_udp ? 17 : 6;
		memset(p->l3 + 12, 10, 8);
	}
	if (!f->is_udp) {
		memset(p->l4 + 4, 0xff, 4); /* the sequence number goes round */
		p->l4[12] = (uint8_t)(l4 / 4 << 4);
		p->l4[13] = FIN | PSH | ACK | CWR;
	}
	for (uint32_t i = 0; i < f->linear; i++)
		h[eth + l3 + l4 + i] = payload_octet(i);
	uint32_t at = f->linear;
	for (unsigned s = 0; s < f->slices; s++) {
		uint32_t len = (f->payload - at) / (f->slices - s);
		struct block *b = block_new(pool, len + 3);

		for (uint32_t i = 0; i < len; i++)
			b->data[3 + i] = payload_octet(at + i);
		pkt_add_slice(p, b, 3, len);
		at += len;
	}
	p->gso = f->is_udp ? PKT_GSO_UDP : PKT_GSO_TCP;
	p->gso_size = (uint16_t)f->size;
	p->sum = PKT_SUM_TO_FILL;
	p->mark = 77;
	return p;
}

/* The @n-th piece of what make() made, with @len octets from @at on; says what is wrong. */
static const char *piece_is(
	struct pkt *t, const struct form *f, unsigned n, uint32_t at, uint32_t len, bool is_last)
{
	unsigned l3_len = (f->is_v6 ? 40 : 20) + f->l3_extra;
	unsigned l4_len = (f->is_udp ? 8 : 20) + f->l4_extra;
	unsigned eth = f->has_frame ? ETH : 0;
	static uint8_t out[65536];

	if (t->l3 != t->data + eth || t->l4 != t->l3 + l3_len || (t->l2 != NULL) != f->has_frame)
		return "the headers' places";
	if (t->len != eth + l3_len + l4_len + len || t->lin < eth + l3_len + l4_len)
		return "length";
	if (f->has_frame && t->data[13] != 0xee)
		return "link header";
	if (f->is_v6 ? get16(t->l3 + 4) != f->l3_extra + l4_len + len :
		       get16(t->l3 + 2) != l3_len + l4_len + len)
		return "IP length";
	if (!f->is_v6 && (checksum_end(checksum_add(0, t->l3, l3_len)) != 0 ||
				 get16(t->l3 + 4) != ((0xfffe + n) & 0xffff)))
		return "IPv4 checksum or identification";
	if (f->is_udp) {
		if (get16(t->l4 + 4) != 8 + len || t->sum_offset != 6)
			return "UDP length";
	} else {
		uint32_t seq = get16(t->l4 + 4) << 16 | get16(t->l4 + 6);
		unsigned flags = ACK | (is_last ? FIN | PSH : 0) | (n == 0 ? CWR : 0);

		if (seq != 0xffffffffu + at || t->l4[13] != flags || t->sum_offset != 16)
			return "TCP sequence number or flags";
	}
	if (t->gso || t->sum != PKT_SUM_TO_FILL || t->mark != 77)
		return "marks";
	if (pkt_copy_out(t, eth + l3_len + l4_len, out, len) != len)
		return "payload's length";
	for (uint32_t i = 0; i < len; i++)
		if (out[i] != payload_octet(at + i))
			return "payload";

	/* filled in, the checksum is right over pseudo-header, header and payload */
	uint8_t tail[4] = { 0, f->is_udp ? 17 : 6, (uint8_t)((l4_len + len) >> 8),
		(uint8_t)(l4_len + len) };
	uint64_t sum = checksum_add(0, t->l3 + (f->is_v6 ? 8 : 12), f->is_v6 ? 32 : 8);

	pkt_fill_checksum(t);
	sum = checksum_add(sum, tail, sizeof(tail));
	sum += pkt_checksum(t, eth + l3_len, l4_len + len);
	return checksum_end(sum) == 0 ? NULL : "checksum";
}

static const struct form forms[] = {
	{ "TCP, IPv4, linear", false, false, 0, 0, 4000, 0, 4000, 1460, true },
	{ "TCP, IPv4, one slice", false, false, 0, 0, 0, 1, 60000, 1460, true },
	{ "TCP, IPv4, six slices", false, false, 0, 12, 0, 6, 64000, 1448, true },
	{ "TCP, IPv4, linear and slices", false, false, 0, 12, 777, 5, 30000, 1448, true },
	{ "TCP, IPv4 options", false, false, 40, 40, 100, 2, 9000, 1000, true },
	{ "TCP, IPv6", true, false, 0, 12, 0, 2, 50000, 1428, true },
	{ "TCP, IPv6, an extension header", true, false, 8, 12, 10, 2, 5000, 1420, true },
	{ "TCP, no link header", false, false, 0, 0, 0, 2, 5000, 1460, false },
	{ "TCP, pieces of one octet", false, false, 0, 0, 3, 3, 40, 1, true },
	{ "TCP, one piece only", false, false, 0, 0, 0, 1, 100, 1460, true },
	{ "TCP, exactly one piece", false, false, 0, 0, 0, 1, 1460, 1460, true },
	{ "TCP, exactly two", false, false, 0, 0, 0, 1, 2920, 1460, true },
	{ "TCP, no payload", false, false, 0, 0, 0, 0, 0, 1460, true },
	{ "UDP, IPv4, linear", false, true, 0, 0, 5000, 0, 5000, 1472, true },
	{ "UDP, IPv4, slices", false, true, 0, 0, 0, 6, 65000, 1400, true },
	{ "UDP, IPv6", true, true, 0, 0, 1, 4, 60001, 1232, true },
	{ "UDP, IPv6, an extension header", true, true, 16, 0, 0, 1, 5000, 1216, false },
	{ "UDP, odd sizes", false, true, 0, 0, 13, 3, 9999, 333, true },
};

static void pieces(void)
{
	for (unsigned i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const struct form *f = &forms[i];
		struct pkt *p = make(f), *t;
		struct pkt_queue q;
		unsigned n = 0;
		uint32_t at = 0, longest = segment_longest(p), seen = 0;
		const char *wrong = NULL;

		pkt_queue_init(&q);
		if (segment_split(p, pool, &q) < 0)
			wrong = "refused";
		while (!wrong && (t = pkt_queue_take(&q))) {
			uint32_t len = f->payload - at < f->size ? f->payload - at : f->size;
			uint32_t l3_len = t->len - (f->has_frame ? ETH : 0);

			seen = l3_len > seen ? l3_len : seen;
			wrong = piece_is(t, f, n++, at, len, at + len == f->payload);
			at += len;
			pkt_free(t);
		}
		if (!wrong && (at != f->payload || !n || q.count || q.octets))
			wrong = "number of pieces";
		if (!wrong && seen != longest)
			wrong = "segment_longest()";
		pkt_queue_clear(&q);
		if (!wrong && (pkt_pool_use(pool).pkts || pkt_pool_use(pool).blocks))
			wrong = "something was not given back";
		tap(!wrong, "segment: %s%s%s", f->name, wrong ? ": " : "", wrong ? wrong : "");
	}
}

static void by_reference(void)
{
	const struct form f = { "", false, false, 0, 0, 0, 1, 60000, 1460, true };
	struct pkt *p = make(&f), *t;
	struct block *b = p->slice[0].block;
	struct pkt_queue q;
	bool ok = true;

	pkt_queue_init(&q);
	segment_split(p, pool, &q);
	ok = pkt_pool_use(pool).blocks == 1 && b->refs == q.count;
	for (unsigned n = 0; (t = pkt_queue_take(&q)); n++) {
		ok = ok && t->lin == ETH + 40 && t->slice[0].block == b &&
			t->slice[0].at == 3 + n * 1460;
		pkt_free(t);
	}
	tap(ok, "segment: payload in slices is not copied");
}

static void refused(void)
{
	const struct form tcp = { "", false, false, 0, 12, 0, 1, 5000, 1448, true };
	const struct form udp6 = { "", true, true, 0, 0, 0, 1, 5000, 1200, true };
	static const char *const name[] = {
		"no l3", "no l4", "l3 before data", "l4 before l3", "l4 is l3",
		"l4 beyond the linear part", "no size", "TCP header cut",
		"TCP data offset beyond the linear part", "TCP data offset below 20",
		"IPv4 header length is not what lies between", "IPv4 header of 16",
		"IPv6 header cut", "UDP header cut", "TCP, no header at all",
	};

	for (unsigned i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		struct pkt *p = make(i == 12 || i == 13 ? &udp6 : &tcp);
		struct pkt_queue q;

		switch (i) {
		case 0: p->l3 = NULL; break;
		case 1: p->l4 = NULL; break;
		case 2: p->l3 = p->data - 1; break;
		case 3: p->l4 = p->l3 - 1; break;
		case 4: p->l4 = p->l3; break;
		case 5: p->l4 = p->data + p->lin + 1; break;
		case 6: p->gso_size = 0; break;
		case 7: pkt_trim(p, p->lin); pkt_trim(p, p->lin - 13); break;
		case 8: p->l4[12] = 0xf0; break;
		case 9: p->l4[12] = 0x40; break;
		case 10: p->l3[0] = 0x46; break;
		case 11: p->l3[0] = 0x44; p->l4 = p->l3 + 16; break;
		case 12: p->l4 = p->l3 + 39; break;
		case 13: pkt_trim(p, p->lin); pkt_trim(p, p->lin - 1); break;
		default: pkt_trim(p, p->lin); pkt_trim(p, ETH + 20); break;
		}
		pkt_queue_init(&q);
		uint32_t longest = segment_longest(p);
		tap(longest == 0 && segment_split(p, pool, &q) == -EBADMSG && !q.count &&
				pkt_pool_use(pool).pkts == 0,
			"segment: refused: %s", name[i]);
	}

	struct pkt_pool *small = pkt_pool_new(8192);
	struct pkt_queue q;

	pkt_queue_init(&q);
	struct pkt *before = make(&tcp);
	pkt_queue_put(&q, before);
	struct form many = tcp;
	many.size = 10;
	tap(segment_split(make(&many), small, &q) == -ENOBUFS && q.count == 1 &&
			pkt_pool_use(small).pkts == 0,
		"segment: refused: no memory for all pieces, and then none");
	tap(segment_split(make(&tcp), pool, &q) == 0 && q.count == 5 && q.first == before,
		"segment: the pieces go behind what is there");
	pkt_queue_clear(&q);
	pkt_pool_release(small);
}

int main(void)
{
	pool = pkt_pool_new(16 << 20);
	pieces();
	by_reference();
	refused();
	tap(pkt_pool_use(pool).pkts == 0 && pkt_pool_use(pool).blocks == 0,
		"segment: everything is given back");
	pkt_pool_release(pool);
	return tap_done();
}
