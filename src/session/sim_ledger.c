/* SPDX-License-Identifier: ISC */
/*
 * sim_ledger.c - which datagrams were sent on a simulated net, and whether what arrives is one
 *
 * A datagram is its number, the number again under a mask, and words that go up from a start
 * that the number gives by a stride that is odd: no two datagrams have a word in common at the
 * same place but by chance, and none has one twice, so what was put together wrongly is seen.
 *
 * Neighbours: sim_ledger.h, base/checksum.h.
 */
#include "sim_ledger.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../base/checksum.h"

enum {
	WORD = 8,
	DATAGRAM_MOST = 65536,
	/* more bits than this are no damage but another datagram */
	BITS_MOST = 32,
};
#define STRIDE UINT64_C(0x9e3779b97f4a7c15)

struct record {
	uint64_t number;	   /* 0: none */
	uint64_t doubled, flipped; /* what the wire had done when it was sent */
	bool is_refused, is_heard;
	uint32_t first_ear; /* who heard it first; nearly always the only one */
	struct sim_sent sent;
};

/* Who else has received what: a place for each pair, taken by the latest. */
struct heard {
	uint64_t number;
	uint32_t ear;
};

struct sim_ledger {
	uint64_t key, next;
	uint64_t doubled, flipped; /* frames, bits: by the wire so far */
	uint32_t kept;		   /* a power of two */
	struct record *record;
	struct heard *heard;
	struct sim_ledger_count count;
	uint8_t as_sent[DATAGRAM_MOST];
};

struct sim_ledger *sim_ledger_new(uint64_t key, uint32_t kept)
{
	struct sim_ledger *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->key = key;
	l->next = 1;
	for (l->kept = 64; l->kept < kept && l->kept < UINT32_C(1) << 24;)
		l->kept *= 2;
	l->record = calloc(l->kept, sizeof(l->record[0]));
	l->heard = calloc(l->kept, sizeof(l->heard[0]));
	if (!l->record || !l->heard) {
		sim_ledger_free(l);
		return NULL;
	}
	return l;
}

void sim_ledger_free(struct sim_ledger *l)
{
	if (!l)
		return;
	free(l->record);
	free(l->heard);
	free(l);
}

/* splitmix64's last step (Steele, Lea, Flood 2014): spreads what is close together. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static void compose(const struct sim_ledger *l, uint64_t number, uint32_t octets, uint8_t *buf)
{
	uint64_t head[2] = { number, number ^ mix(l->key) };
	uint64_t word = mix(l->key + number * STRIDE);
	uint32_t at = sizeof(head);

	memcpy(buf, head, sizeof(head));
	for (; at + WORD <= octets; at += WORD, word += STRIDE)
		memcpy(buf + at, &word, WORD);
	memcpy(buf + at, &word, octets - at);
}

static bool is_composed(
	const struct sim_ledger *l, uint64_t number, uint32_t octets, const uint8_t *buf)
{
	uint64_t head[2] = { number, number ^ mix(l->key) };
	uint64_t word = mix(l->key + number * STRIDE);
	uint64_t differs = 0;
	uint32_t at = sizeof(head);

	for (; at + WORD <= octets; at += WORD, word += STRIDE) {
		uint64_t got;

		memcpy(&got, buf + at, WORD);
		differs |= got ^ word;
	}
	return !differs && memcmp(buf, head, sizeof(head)) == 0 &&
		memcmp(buf + at, &word, octets - at) == 0;
}

uint64_t sim_ledger_write(struct sim_ledger *l, const struct sim_sent *sent, uint8_t *buf)
{
	uint64_t number = l->next++;

	assert(sent->octets >= SIM_DATAGRAM_LEAST && sent->octets <= DATAGRAM_MOST);
	l->record[number & (l->kept - 1)] = (struct record){
		.number = number,
		.doubled = l->doubled,
		.flipped = l->flipped,
		.sent = *sent,
	};
	l->count.sent++;
	compose(l, number, sent->octets, buf);
	return number;
}

void sim_ledger_refused(struct sim_ledger *l, uint64_t number)
{
	struct record *r = &l->record[number & (l->kept - 1)];

	if (r->number == number)
		r->is_refused = true;
	l->count.sent--;
	l->count.refused++;
}

void sim_ledger_wire_doubled(struct sim_ledger *l)
{
	l->doubled++;
}

void sim_ledger_wire_corrupted(struct sim_ledger *l, unsigned bits)
{
	l->flipped += bits;
}

/* ---- what arrives -------------------------------------------------------------------- */

static struct record *record_of(const struct sim_ledger *l, uint64_t number)
{
	struct record *r = &l->record[number & (l->kept - 1)];

	return number && r->number == number && !r->is_refused ? r : NULL;
}

static unsigned bits_changed(
	struct sim_ledger *l, const struct record *r, const uint8_t *buf, uint32_t len)
{
	unsigned n = 0;

	compose(l, r->number, len, l->as_sent);
	for (uint32_t k = 0; k < len && n <= BITS_MOST; k++)
		n += (unsigned)__builtin_popcount(buf[k] ^ l->as_sent[k]);
	return n;
}

/* The one that @buf was before it was altered: its number may be what was altered. */
static struct record *guess(struct sim_ledger *l, const uint8_t *buf, uint32_t len)
{
	struct record *best = NULL;
	unsigned best_bits = BITS_MOST + 1;

	for (uint32_t k = 0; k < l->kept; k++) {
		struct record *r = record_of(l, l->record[k].number);
		unsigned bits =
			r && r->sent.octets == len ? bits_changed(l, r, buf, len) : best_bits;

		if (bits < best_bits) {
			best_bits = bits;
			best = r;
		}
	}
	return best;
}

/* Whether all octets that both have are the same. */
static bool is_prefix(
	const struct sim_ledger *l, const struct record *r, const uint8_t *buf, uint32_t len)
{
	uint32_t shared = len < r->sent.octets ? len : r->sent.octets;

	return is_composed(l, r->number, shared, buf);
}

/* One's complement sums are the same when they are so modulo 2^16 - 1. */
static uint32_t sum_of(const uint8_t *buf, uint32_t len, uint16_t port)
{
	uint32_t sum = (uint32_t)(uint16_t)~checksum_end(checksum_add(0, buf, len)) + port;

	return sum % 0xffff;
}

/* Whether no checksum need have seen that @r became this. */
static bool is_invisible(struct sim_ledger *l, const struct record *r, uint16_t from_port,
	const uint8_t *buf, uint32_t len)
{
	uint16_t port = r->sent.from_port ? r->sent.from_port : from_port;
	uint32_t now, then, differs;

	if (l->flipped - r->flipped < 2)
		return false;
	compose(l, r->number, len, l->as_sent);
	now = sum_of(buf, len, from_port);
	then = sum_of(l->as_sent, len, port);
	differs = (now + 0xffff - then) % 0xffff;
	/* by 0, 2^n or -2^n */
	return !(differs & (differs - 1)) || !((0xffff - differs) & (0xffff - differs - 1));
}

static bool is_listed(const struct nod_addr *a, const struct nod_addr *list, unsigned n)
{
	for (unsigned k = 0; k < n; k++)
		if (list[k].family == a->family &&
			memcmp(list[k].octet, a->octet, sizeof(a->octet)) == 0)
			return true;
	return false;
}

static bool is_for(const struct sim_ear *e, const struct sim_sent *s)
{
	return (!e->port || e->port == s->to_port) &&
		(is_listed(&s->to, e->host, e->n_host) || is_listed(&s->to, e->own, e->n_own) ||
			(e->holds && e->holds(e->self, &s->to)));
}

static bool came_before(struct sim_ledger *l, struct record *r, uint32_t ear)
{
	struct heard *h;

	if (!r->is_heard) {
		r->is_heard = true;
		r->first_ear = ear;
		return false;
	}
	if (r->first_ear == ear)
		return true;
	h = &l->heard[mix(r->number * STRIDE + ear) & (l->kept - 1)];
	if (h->number == r->number && h->ear == ear)
		return true;
	*h = (struct heard){ .number = r->number, .ear = ear };
	return false;
}

static enum sim_verdict judge(struct sim_ledger *l, const struct sim_ear *ear,
	uint16_t from_port, const uint8_t *buf, uint32_t len, const struct sim_sent **sent)
{
	struct record *r = NULL;
	uint64_t number;

	*sent = NULL;
	if (len < SIM_DATAGRAM_LEAST || len > DATAGRAM_MOST)
		return SIM_UNKNOWN;
	memcpy(&number, buf, sizeof(number));
	if (is_composed(l, number, len, buf)) {
		r = record_of(l, number);
		if (!r && number && number < l->next && l->next - number > l->kept)
			return SIM_FORGOTTEN;
	}
	if (!r) {
		r = record_of(l, number);
		if (r && r->sent.octets != len && is_prefix(l, r, buf, len)) {
			*sent = &r->sent;
			return SIM_LENGTH;
		}
		r = guess(l, buf, len);
		if (!r)
			return SIM_UNKNOWN;
		*sent = &r->sent;
		return is_invisible(l, r, from_port, buf, len) ? SIM_UNSEEN : SIM_ALTERED;
	}
	*sent = &r->sent;
	if (r->sent.octets != len)
		return SIM_LENGTH;
	if (!is_for(ear, &r->sent))
		return SIM_STRAY;
	if (r->sent.from_port && r->sent.from_port != from_port) /* two bits of headers, perhaps */
		return is_invisible(l, r, from_port, buf, len) ? SIM_UNSEEN : SIM_SENDER;
	if (!came_before(l, r, ear->number))
		return SIM_GOOD;
	return l->doubled > r->doubled ? SIM_AGAIN : SIM_DOUBLED;
}

enum sim_verdict sim_ledger_judge(struct sim_ledger *l, const struct sim_ear *ear,
	uint16_t from_port, const uint8_t *buf, uint32_t len, const struct sim_sent **sent)
{
	enum sim_verdict v = judge(l, ear, from_port, buf, len, sent);

	l->count.verdict[v]++;
	if (!sim_verdict_is_bad(v))
		l->count.octets += len;
	return v;
}

struct sim_ledger_count sim_ledger_counts(const struct sim_ledger *l)
{
	return l->count;
}
