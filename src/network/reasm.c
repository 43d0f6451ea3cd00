/* SPDX-License-Identifier: ISC */
/*
 * reasm.c - fragments put together again, of either family
 *
 * RFC 815's idea with a bound: the fragments of one datagram are kept in order of their offsets,
 * at most conf.reassembly_fragments of them, and nothing may overlap (RFC 5722, IP6-7; for IPv4
 * the same, H11): a place is found by halving, and at once when they come in order (H13).  A
 * datagram that was refused is remembered until its time is over, so that its other fragments are
 * too.  RFC 3168 5.3 (congestion marks).  As long as a datagram may be, it is taken (IP4-5,
 * IP6-11).
 *
 * When there are too many the oldest is forgotten; when they hold too much, the oldest that holds
 * anything.  A source is refused a new one while it has its share; sources are told apart by a
 * keyed hash of SOURCES values, so two may, by chance, share one.
 *
 * Neighbours: reasm.h, ipv4.c, ipv6.c.
 */
#include "reasm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/checksum.h"
#include "icmp.h"
#include "ip_internal.h"

enum { PAYLOAD_MOST = 65535, SOURCES = 1024 };
static const nod_ns keep_for = 60 * NOD_S; /* RFC 1122 3.3.2 (IP4-6), RFC 8200 4.5 (IP6-10) */

struct datagram {
	struct hnode node;
	struct datagram *older, *newer; /* by beginning */
	struct net *net;
	struct reasm_key key;
	struct timer timer;
	uint32_t octets; /* of payload that are there */
	uint32_t memory; /* octets that they keep */
	uint32_t total;	 /* octets of payload, 0 = the end is not known yet */
	uint8_t ecn;	 /* which of the four codepoints were seen, a bit each */
	bool is_refused;
	struct reasm_part head; /* of fragment 0 */
	uint32_t count;
	struct pkt *part[]; /* by offset, which is in mark; conf.reassembly_fragments */
};

struct reasm {
	struct table table;
	struct datagram *oldest, *newest;
	struct datagram *free;
	uint64_t memory;
	uint32_t of_source[SOURCES]; /* datagrams */
};

/* Each kind of refusal, by family. */
struct kinds {
	enum nod_event_kind in, done, overlap, duplicate, bad, too_long, many, source, full,
		timeout, discard;
};

#define KINDS(v) \
	{ \
		.in = NOD_EV_##v##_FRAG_IN, .done = NOD_EV_##v##_FRAG_DONE, \
		.overlap = NOD_EV_##v##_FRAG_DROP_OVERLAP, \
		.duplicate = NOD_EV_##v##_FRAG_DROP_DUPLICATE, \
		.bad = NOD_EV_##v##_FRAG_DROP_BAD, \
		.too_long = NOD_EV_##v##_FRAG_DROP_TOO_LONG, \
		.many = NOD_EV_##v##_FRAG_DROP_MANY, .source = NOD_EV_##v##_FRAG_DROP_SOURCE, \
		.full = NOD_EV_##v##_FRAG_DROP_FULL, \
		.timeout = NOD_EV_##v##_FRAG_DROP_TIMEOUT, \
		.discard = NOD_EV_##v##_DROP_FRAG_DISCARD, \
	}

static const struct kinds kinds_v4 = KINDS(IP4), kinds_v6 = KINDS(IP6);

static const struct kinds *kinds_of(const struct reasm_key *k)
{
	return ipa_is_v4(&k->dst) ? &kinds_v4 : &kinds_v6;
}

int reasm_init(struct net *n)
{
	n->reasm = calloc(1, sizeof(*n->reasm));
	if (!n->reasm)
		return -ENOMEM;
	return table_init(&n->reasm->table, 64);
}

static uint32_t memory_of(const struct pkt *p)
{
	uint32_t octets = (uint32_t)sizeof(*p) + p->cap;

	for (unsigned i = 0; i < p->n_slices; i++)
		octets += p->slice[i].block->cap;
	return octets;
}

static uint32_t *of_source(const struct net *n, const struct ipa *src)
{
	return &n->reasm->of_source[siphash13(&n->core->key, src, sizeof(*src)) % SOURCES];
}

static void empty(struct reasm *r, struct datagram *d)
{
	for (uint32_t i = 0; i < d->count; i++)
		pkt_free(d->part[i]);
	r->memory -= d->memory;
	d->count = d->octets = d->memory = 0;
}

static void end(struct reasm *r, struct datagram *d)
{
	empty(r, d);
	timer_stop(&d->net->core->wheel, &d->timer);
	--*of_source(d->net, &d->key.src);
	table_remove(&r->table, &d->node);
	if (d->older)
		d->older->newer = d->newer;
	else
		r->oldest = d->newer;
	if (d->newer)
		d->newer->older = d->older;
	else
		r->newest = d->older;
	d->newer = r->free;
	r->free = d;
}

void reasm_iface_removed(struct net *n, const struct iface *i)
{
	for (struct datagram *d = n->reasm->oldest, *next; d; d = next) {
		next = d->newer;
		if (d->key.interface == i->index)
			end(n->reasm, d);
	}
}

void reasm_end(struct net *n)
{
	struct reasm *r = n->reasm;

	if (!r)
		return;
	while (r->oldest)
		end(r, r->oldest);
	for (struct datagram *d = r->free, *next; d; d = next) {
		next = d->newer;
		free(d);
	}
	table_free(&r->table);
	free(r);
	n->reasm = NULL;
}

/* Say why, and keep no fragment; the rest of its fragments find it refused. */
static void refuse(struct datagram *d, const struct pkt *p, enum nod_event_kind why)
{
	NOTE(d->net->core, why, .packet = pkt_public(p), .interface = d->key.interface);
	empty(d->net->reasm, d);
	d->is_refused = true;
}

static void fire(struct timer *t, int64_t now)
{
	struct datagram *d = container_of(t, struct datagram, timer);
	struct net *n = d->net;

	(void)now;
	if (!d->is_refused) {
		NOTE(n->core, kinds_of(&d->key)->timeout, .interface = d->key.interface);
		if (d->count && d->part[0]->mark == 0) /* (IP4-6) */
			icmp_report(n, d->part[0], iface_at(n->link, d->key.interface),
				ICMP_REPORT_REASSEMBLY, 0);
	}
	end(n->reasm, d);
}

static uint64_t hash_of(const struct net *n, const struct reasm_key *key)
{
	return siphash13(&n->core->key, key, sizeof(*key));
}

static struct datagram *find(const struct net *n, const struct reasm_key *key)
{
	struct hnode *h = table_first(&n->reasm->table, hash_of(n, key));

	for (; h; h = table_next(h)) {
		struct datagram *d = container_of(h, struct datagram, node);

		if (memcmp(&d->key, key, sizeof(*key)) == 0)
			return d;
	}
	return NULL;
}

static void evict(struct net *n, struct datagram *d)
{
	NOTE(n->core, kinds_of(&d->key)->full, .interface = d->key.interface);
	end(n->reasm, d);
}

/* They hold more than they may: the oldest that hold anything lose. */
static void shed(struct net *n)
{
	struct datagram *d = n->reasm->oldest;

	while (d && n->reasm->memory > n->core->conf.reassembly_octets) {
		struct datagram *next = d->newer;

		if (d->count)
			evict(n, d);
		d = next;
	}
}

static struct datagram *begin(struct net *n, const struct reasm_key *key)
{
	struct reasm *r = n->reasm;
	uint32_t *same = of_source(n, &key->src);
	struct datagram *d;

	if (*same >= n->core->conf.reassemblies_per_source) {
		NOTE(n->core, kinds_of(key)->source, .interface = key->interface);
		return NULL;
	}
	if (r->table.count >= n->core->conf.reassemblies)
		evict(n, r->oldest);
	d = r->free;
	if (d)
		r->free = d->newer;
	else
		d = malloc(
			sizeof(*d) + n->core->conf.reassembly_fragments * sizeof(d->part[0]));
	if (!d)
		return NULL;
	*d = (struct datagram){ .net = n, .key = *key };
	++*same;
	d->timer.fire = fire;
	timer_set(&n->core->wheel, &d->timer, n->core->now + keep_for);
	table_put(&r->table, &d->node, hash_of(n, key));
	d->older = r->newest;
	if (r->newest)
		r->newest->newer = d;
	else
		r->oldest = d;
	r->newest = d;
	return d;
}

static uint32_t end_of(const struct pkt *p)
{
	return p->mark + p->len;
}

/* Where @p belongs: the first fragment that does not begin before it, or the end. */
static uint32_t place_for(const struct datagram *d, const struct pkt *p)
{
	uint32_t from = 0, to = d->count;

	if (to && d->part[to - 1]->mark < p->mark)
		return to; /* most come in order */
	while (from < to) {
		uint32_t middle = from + (to - from) / 2;

		if (d->part[middle]->mark < p->mark)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* Whether @p, or its like, was said to be followed by others. */
static bool is_followed(const struct datagram *d, const struct pkt *p)
{
	return !d->total || end_of(p) < d->total;
}

/* RFC 8200 4.5: an exact duplicate, to the octet. */
static bool is_same(const struct pkt *a, const struct pkt *b)
{
	uint8_t x[256], y[256];

	if (a->mark != b->mark || a->len != b->len)
		return false;
	for (uint32_t at = 0; at < a->len; at += sizeof(x)) {
		uint32_t n = pkt_copy_out(a, at, x, sizeof(x));

		pkt_copy_out(b, at, y, sizeof(y));
		if (memcmp(x, y, n) != 0)
			return false;
	}
	return true;
}

/*
 * What waits shall not hold a buffer for 64 KiB because a device received into one, nor another
 * stack's: in one of the right size, from here.
 */
static struct pkt *compact(struct net *n, struct pkt *p)
{
	struct pkt *small;
	uint32_t hdr = (uint32_t)(p->data - p->l3);

	if (p->pool == n->core->pool && memory_of(p) <= 2 * (p->len + hdr) + 2048)
		return p;
	small = pkt_new(n->core->pool, hdr + p->len);
	if (!small)
		return p;
	small->l3 = small->data;
	memcpy(pkt_put(small, hdr), p->l3, hdr);
	pkt_copy_out(p, 0, pkt_put(small, p->len), p->len);
	pkt_pull(small, hdr);
	small->mark = p->mark;
	small->is_multicast = p->is_multicast;
	small->is_broadcast = p->is_broadcast;
	small->is_looped = p->is_looped;
	small->at = p->at;
	pkt_free(p);
	return small;
}

/*
 * RFC 3168 5.3: one that was marked marks the whole; marked and unmarkable ones together are
 * not to be.
 */
static bool ecn_of_whole(uint8_t seen, uint8_t *ecn)
{
	enum { NOT_ECT = 1 << 0, CE = 1 << 3 };

	if ((seen & CE) && (seen & NOT_ECT))
		return false;
	if (seen & CE)
		*ecn = 3;
	return true;
}

/* The fields of the header @h that the whole has otherwise than its first fragment. */
static void mend_header(uint8_t *h, const struct datagram *d, uint32_t len, uint8_t ecn)
{
	if (ipa_is_v4(&d->key.dst)) {
		uint32_t hdr = d->head.unfragmentable;
		uint16_t sum;

		h[1] = (uint8_t)((h[1] & 0xfc) | ecn);
		h[2] = (uint8_t)(len >> 8);
		h[3] = (uint8_t)len;
		h[6] = h[7] = 0;
		h[10] = h[11] = 0;
		sum = checksum_end(checksum_add(0, h, hdr));
		h[10] = (uint8_t)(sum >> 8);
		h[11] = (uint8_t)sum;
	} else {
		h[1] = (uint8_t)((h[1] & 0xcf) | ecn << 4);
		h[4] = (uint8_t)((len - 40) >> 8);
		h[5] = (uint8_t)(len - 40);
		h[d->head.next_header_at] = d->head.next_header;
	}
}

static uint8_t ecn_of(const uint8_t *h, bool is_v4)
{
	return is_v4 ? h[1] & 3 : h[1] >> 4 & 3;
}

static struct pkt *join(struct datagram *d)
{
	struct net *n = d->net;
	uint32_t hdr = d->head.unfragmentable;
	uint32_t len = hdr + d->total;
	struct pkt *first = d->part[0];
	uint8_t ecn = ecn_of(first->l3, ipa_is_v4(&d->key.dst));
	struct pkt *whole;

	if (len > PAYLOAD_MOST + (ipa_is_v4(&d->key.dst) ? 0u : 40u)) {
		refuse(d, first, kinds_of(&d->key)->too_long);
		return NULL;
	}
	if (!ecn_of_whole(d->ecn, &ecn)) {
		refuse(d, first, kinds_of(&d->key)->bad);
		return NULL;
	}
	whole = pkt_new(n->core->pool, len);
	if (!whole) {
		refuse(d, first, kinds_of(&d->key)->full);
		return NULL;
	}
	memcpy(pkt_put(whole, hdr), first->l3, hdr);
	for (uint32_t i = 0; i < d->count; i++) {
		uint32_t part = d->part[i]->len;

		pkt_copy_out(d->part[i], 0, pkt_put(whole, part), part);
	}
	whole->l3 = whole->data;
	whole->is_multicast = first->is_multicast;
	whole->is_broadcast = first->is_broadcast;
	whole->is_looped = first->is_looped;
	whole->at = first->at;
	mend_header(whole->data, d, len, ecn);
	NOTE(n->core, kinds_of(&d->key)->done, .packet = pkt_public(whole),
		.interface = d->key.interface, .from = d->count, .to = len);
	end(n->reasm, d);
	return whole;
}

/* What is wrong with the fragment by itself, or beside the end that is known; else NOD_EV_N. */
static enum nod_event_kind judge(
	const struct datagram *d, const struct pkt *p, const struct reasm_part *part)
{
	const struct kinds *k = kinds_of(&d->key);
	uint32_t end_at = part->offset + p->len;

	if (end_at > PAYLOAD_MOST) /* ping of death (H12) */
		return k->too_long;
	if (!p->len || (part->more && p->len % 8)) /* (H14) */
		return k->bad;
	if (d->total && (part->more ? end_at >= d->total : end_at != d->total))
		return k->bad; /* two ends, or something behind the end (H14) */
	if (!part->more && d->count && end_of(d->part[d->count - 1]) > end_at)
		return k->bad;
	return NOD_EV_N;
}

struct pkt *reasm_add(struct net *n, struct iface *i, const struct reasm_key *key,
	struct pkt *p, const struct reasm_part *part)
{
	const struct kinds *k = kinds_of(key);
	struct datagram *d = find(n, key);
	enum nod_event_kind bad;
	uint32_t memory, at;

	NOTE(n->core, k->in, .packet = pkt_public(p), .interface = key->interface);
	if (!d)
		d = begin(n, key);
	if (!d || d->is_refused) {
		net_drop(n, p, i, k->discard);
		return NULL;
	}
	bad = judge(d, p, part);
	if (bad == NOD_EV_N && d->count >= n->core->conf.reassembly_fragments)
		bad = k->many; /* (H13) */
	if (bad != NOD_EV_N) {
		refuse(d, p, bad);
		pkt_free(p);
		return NULL;
	}
	p->mark = part->offset;
	at = place_for(d, p);
	if (at < d->count && is_same(d->part[at], p) && part->more == is_followed(d, p)) {
		net_drop(n, p, i, k->duplicate);
		return NULL;
	}
	if ((at && end_of(d->part[at - 1]) > p->mark) ||
		(at < d->count && end_of(p) > d->part[at]->mark)) { /* (H11) */
		refuse(d, p, k->overlap);
		pkt_free(p);
		return NULL;
	}
	p = compact(n, p);
	memory = memory_of(p);
	memmove(&d->part[at + 1], &d->part[at], (d->count - at) * sizeof(d->part[0]));
	d->part[at] = p;
	d->count++;
	d->octets += p->len;
	d->memory += memory;
	n->reasm->memory += memory;
	d->ecn |= (uint8_t)(1u << ecn_of(p->l3, ipa_is_v4(&key->dst)));
	if (!part->offset)
		d->head = *part;
	if (!part->more)
		d->total = part->offset + p->len;
	if (d->total && d->octets == d->total)
		return join(d);
	shed(n);
	return NULL;
}

uint32_t reasm_count(const struct net *n)
{
	return n->reasm->table.count;
}
