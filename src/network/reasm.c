/* SPDX-License-Identifier: ISC */
/*
 * reasm.c - fragments put together again, of either family
 *
 * RFC 815's idea with a bound: the fragments of one datagram are kept in order of their offsets,
 * at most conf.reassembly_fragments of them, and nothing may overlap (RFC 5722; for IPv4 the same,
 * H11), so finding a place costs a bounded walk, and none when they come in order.  A datagram
 * that was refused is remembered until its time is over, so that its other fragments are too.
 * RFC 3168 5.3 (congestion marks).
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

enum { PAYLOAD_MOST = 65535 };
static const nod_ns keep_for = 60 * NOD_S; /* RFC 1122 3.3.2 (IP4-6), RFC 8200 4.5 (IP6-10) */

struct datagram {
	struct hnode node;
	struct datagram *older, *newer; /* by beginning */
	struct net *net;
	struct reasm_key key;
	struct timer timer;
	struct pkt *first; /* by offset: mark */
	struct pkt *last;
	uint32_t count;	 /* fragments */
	uint32_t octets; /* of payload that are there */
	uint32_t memory; /* octets that they keep */
	uint32_t total;	 /* octets of payload, 0 = the end is not known yet */
	uint8_t ecn;	 /* which of the four codepoints were seen, a bit each */
	bool is_refused;
	struct reasm_part head; /* of fragment 0 */
};

struct reasm {
	struct table table;
	struct datagram *oldest, *newest;
	struct datagram *free;
	uint64_t memory;
};

/* Each kind of refusal, by family. */
struct kinds {
	enum nod_event_kind in, done, overlap, duplicate, bad, too_long, many, source, full,
		timeout, discard;
};

#define KINDS(v) \
	{ \
		NOD_EV_##v##_FRAG_IN, NOD_EV_##v##_FRAG_DONE, NOD_EV_##v##_FRAG_DROP_OVERLAP, \
			NOD_EV_##v##_FRAG_DROP_DUPLICATE, NOD_EV_##v##_FRAG_DROP_BAD, \
			NOD_EV_##v##_FRAG_DROP_TOO_LONG, NOD_EV_##v##_FRAG_DROP_MANY, \
			NOD_EV_##v##_FRAG_DROP_SOURCE, NOD_EV_##v##_FRAG_DROP_FULL, \
			NOD_EV_##v##_FRAG_DROP_TIMEOUT, NOD_EV_##v##_DROP_FRAG_DISCARD \
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

static void empty(struct reasm *r, struct datagram *d)
{
	for (struct pkt *p = d->first, *next; p; p = next) {
		next = p->next;
		pkt_free(p);
	}
	r->memory -= d->memory;
	d->first = d->last = NULL;
	d->count = d->octets = d->memory = 0;
}

static void end(struct reasm *r, struct datagram *d)
{
	empty(r, d);
	timer_stop(&d->net->core->wheel, &d->timer);
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
		if (d->first && d->first->mark == 0)
			icmp_report(n, d->first, iface_at(n->link, d->key.interface),
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

/* The oldest that still holds something loses: whom to evict is what conf.h says. */
static void evict(struct net *n)
{
	struct datagram *d = n->reasm->oldest;

	NOTE(n->core, kinds_of(&d->key)->full, .interface = d->key.interface);
	end(n->reasm, d);
}

static struct datagram *begin(struct net *n, const struct reasm_key *key)
{
	struct reasm *r = n->reasm;
	struct datagram *d;
	uint32_t same = 0;

	for (d = r->oldest; d; d = d->newer)
		same += ipa_equal(&d->key.src, &key->src);
	if (same >= n->core->conf.reassemblies_per_source) {
		NOTE(n->core, kinds_of(key)->source, .interface = key->interface);
		return NULL;
	}
	if (r->table.count >= n->core->conf.reassemblies)
		evict(n);
	d = r->free;
	if (d)
		r->free = d->newer;
	else
		d = malloc(sizeof(*d));
	if (!d)
		return NULL;
	*d = (struct datagram){ .net = n, .key = *key };
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

enum placed { PLACED, OVERLAP, DUPLICATE };

/* In order of offsets.  Most come in order: the end is looked at first. */
static enum placed place(struct datagram *d, struct pkt *p)
{
	struct pkt *before = NULL, *after = d->first;

	if (d->last && d->last->mark + d->last->len <= p->mark) {
		before = d->last;
		after = NULL;
	}
	while (after && after->mark < p->mark) {
		before = after;
		after = after->next;
	}
	if (after && after->mark == p->mark && after->len == p->len)
		return DUPLICATE;
	if ((before && before->mark + before->len > p->mark) ||
		(after && p->mark + p->len > after->mark))
		return OVERLAP;
	p->next = after;
	if (before)
		before->next = p;
	else
		d->first = p;
	if (!after)
		d->last = p;
	return PLACED;
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
	uint8_t ecn = ecn_of(d->first->l3, ipa_is_v4(&d->key.dst));
	struct pkt *whole;

	if (len > PAYLOAD_MOST + (ipa_is_v4(&d->key.dst) ? 0u : 40u)) {
		refuse(d, d->first, kinds_of(&d->key)->too_long);
		return NULL;
	}
	if (!ecn_of_whole(d->ecn, &ecn)) {
		refuse(d, d->first, kinds_of(&d->key)->bad);
		return NULL;
	}
	whole = pkt_new(n->core->pool, len);
	if (!whole) {
		refuse(d, d->first, kinds_of(&d->key)->full);
		return NULL;
	}
	memcpy(pkt_put(whole, hdr), d->first->l3, hdr);
	for (struct pkt *p = d->first; p; p = p->next)
		pkt_copy_out(p, 0, pkt_put(whole, p->len), p->len);
	whole->l3 = whole->data;
	whole->is_multicast = d->first->is_multicast;
	whole->is_broadcast = d->first->is_broadcast;
	whole->is_looped = d->first->is_looped;
	whole->at = d->first->at;
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
	if (!part->more &&
		((d->total && d->total != end_at) ||
			(d->last && d->last->mark + d->last->len > end_at)))
		return k->bad; /* two ends */
	if (d->total && end_at > d->total)
		return k->bad;
	return NOD_EV_N;
}

struct pkt *reasm_add(struct net *n, struct iface *i, const struct reasm_key *key,
	struct pkt *p, const struct reasm_part *part)
{
	const struct kinds *k = kinds_of(key);
	struct datagram *d = find(n, key);
	enum nod_event_kind bad;
	uint32_t memory = memory_of(p);

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
	switch (place(d, p)) {
	case DUPLICATE:
		net_drop(n, p, i, k->duplicate);
		return NULL;
	case OVERLAP:
		refuse(d, p, k->overlap);
		pkt_free(p);
		return NULL;
	case PLACED:
	default:
		break;
	}
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
	while (n->reasm->memory > n->core->conf.reassembly_octets)
		evict(n);
	return NULL;
}

uint32_t reasm_count(const struct net *n)
{
	return n->reasm->table.count;
}
