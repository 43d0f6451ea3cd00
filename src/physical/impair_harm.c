/* SPDX-License-Identifier: ISC */
/*
 * impair_harm.c - what is done to a frame's octets, by chance or by a rule, and what is said of it
 *
 * A packet's linear part is its own; its slices may still be its sender's, who will send them
 * again, so they are copied before a bit of them is flipped.  What is said goes into captures,
 * which are the same whoever makes them.  untranslated file: they are in English.
 *
 * Neighbours: impair_internal.h, impair_rule.h.
 */
#include "impair_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { HEADER = 14 /* octets; a frame that is cut keeps so much */ };

/* ---- octets ------------------------------------------------------------------------------ */

/*
 * The checksum is settled before the octets change, or it would be computed over the damage; and
 * what has been vouched for is so no more.
 */
static void unseal(struct pkt *p)
{
	if (p->sum == PKT_SUM_TO_FILL)
		pkt_fill_checksum(p);
	else if (p->sum == PKT_SUM_VERIFIED)
		p->sum = PKT_SUM_UNKNOWN;
}

/* The slice as this packet's alone.  false: no memory. */
static bool own(struct pkt *p, struct slice *s)
{
	struct block *b;

	if (s->block->refs == 1)
		return true;
	b = block_new(p->pool, s->len);
	if (!b)
		return false;
	memcpy(b->data, s->block->data + s->at, s->len);
	block_unref(s->block);
	*s = (struct slice){ .block = b, .at = 0, .len = s->len };
	return true;
}

/* The octet @at of @p, to be written.  NULL: no memory. */
static uint8_t *octet_of(struct pkt *p, uint32_t at)
{
	if (at < p->lin)
		return p->data + at;
	at -= p->lin;
	for (unsigned i = 0; i < p->n_slices; at -= p->slice[i++].len)
		if (at < p->slice[i].len)
			return own(p, &p->slice[i]) ?
				p->slice[i].block->data + p->slice[i].at + at :
				NULL;
	return NULL;
}

/* Flip bit @bit, counted from the frame's first, the highest of its octet. */
static bool flip(struct frame *f, uint32_t bit)
{
	uint8_t *octet;

	if (f->pkt->gso || bit / 8 >= f->pkt->len)
		return false;
	unseal(f->pkt);
	octet = octet_of(f->pkt, bit / 8);
	if (!octet)
		return false;
	*octet ^= (uint8_t)(0x80 >> bit % 8);
	f->bit = bit;
	return true;
}

static bool cut(struct frame *f, uint32_t len)
{
	if (f->pkt->gso || len >= f->pkt->len)
		return false;
	unseal(f->pkt);
	if (!f->was_len)
		f->was_len = f->pkt->len;
	pkt_trim(f->pkt, len);
	f->pkt->l3 = f->pkt->l4 = NULL; /* they may lie behind the end */
	return true;
}

void impair_corrupt(struct lane *l, struct frame *f, nod_ns now)
{
	struct prng *r = &l->prng[FAULT_CORRUPT];
	uint32_t n = l->faults->corrupt_bits ? l->faults->corrupt_bits : 1;
	bool has_flipped = false;

	while (n-- && f->pkt->len)
		has_flipped |= flip(f, prng_below(r, 8 * f->pkt->len));
	if (has_flipped)
		impair_note(l->impair, f, NOD_EV_FAULT_CORRUPT, now);
}

void impair_truncate(struct lane *l, struct frame *f, nod_ns now)
{
	struct prng *r = &l->prng[FAULT_TRUNCATE];

	if (f->pkt->len > HEADER && cut(f, HEADER + prng_below(r, f->pkt->len - HEADER)))
		impair_note(l->impair, f, NOD_EV_FAULT_TRUNCATE, now);
}

/* ---- rules ------------------------------------------------------------------------------- */

/* The bit that @r names in this frame, counted from the frame's first; or one by chance. */
static bool bit_of(struct lane *l, const struct impair_rule *r, const struct pkt *p, uint32_t *bit)
{
	const struct impair_packets *k = l->impair->conf.packets;
	uint32_t at, len;

	if (r->field == IMPAIR_NO_FIELD) {
		*bit = p->len ? prng_below(&l->prng[FAULT_RULE], 8 * p->len) : 0;
		return p->len;
	}
	if (!k || !k->field(p, r->field, &at, &len) || r->bit >= 8 * len)
		return false; /* this frame has no such bit */
	*bit = 8 * (at + len) - 1 - r->bit;
	return true;
}

static void obey(struct lane *l, const struct impair_rule *r, struct frame *f,
	struct rule_orders *orders, nod_ns now)
{
	bool is_done = true;
	uint32_t bit;

	f->rule = (uint16_t)(r - l->impair->conf.rule + 1);
	switch (r->action) {
	case IMPAIR_DROP:
		orders->death = NOD_EV_FAULT_RULE_DROP;
		return;
	case IMPAIR_PARTITION:
		orders->death = NOD_EV_FAULT_PARTITION;
		return;
	case IMPAIR_CORRUPT:
		is_done = bit_of(l, r, f->pkt, &bit) && flip(f, bit);
		break;
	case IMPAIR_DELAY:
		f->extra += r->span;
		break;
	case IMPAIR_DUPLICATE:
		orders->copies += r->number;
		break;
	case IMPAIR_TRUNCATE:
		is_done = cut(f, r->number);
		break;
	case IMPAIR_REORDER:
		orders->gap = r->number;
		break;
	case IMPAIR_N_ACTIONS:
		break;
	}
	if (is_done)
		impair_note(l->impair, f, NOD_EV_FAULT_RULE_OTHER, now);
}

/* Every rule counts the frame as it came, whatever the others do with it. */
void impair_obey(struct lane *l, struct frame *f, struct rule_orders *orders, nod_ns now)
{
	struct impair *m = l->impair;
	uint64_t kinds = m->conf.packets ? m->conf.packets->kinds(f->pkt) : 0;
	nod_ns age = now - m->start;
	uint64_t takes = 0;

	for (unsigned i = 0; i < m->conf.n_rules; i++) {
		const struct impair_rule *r = &m->conf.rule[i];

		if (impair_rule_takes(r, &m->seen[i], kinds, l->way) && age >= r->from &&
			age < r->to)
			takes |= 1ull << i;
	}
	for (unsigned i = 0; takes >> i && orders->death == NOD_EV_N; i++) {
		if (takes >> i & 1)
			obey(l, &m->conf.rule[i], f, orders, now);
		if (i == IMPAIR_RULES_MAX - 1)
			break;
	}
}

/* ---- words ------------------------------------------------------------------------------- */

/* More of a comment that grows; what does not fit is left out. */
__attribute__((format(printf, 3, 4))) static void say(
	char *out, size_t cap, const char *format, ...)
{
	size_t len = strlen(out);
	va_list ap;

	if (len)
		len += (size_t)snprintf(out + len, cap - len, "; ");
	if (len >= cap)
		return;
	va_start(ap, format);
	vsnprintf(out + len, cap - len, format, ap);
	va_end(ap);
}

static bool has(const struct frame *f, enum nod_event_kind kind)
{
	return f->faults >> (kind - NOD_EV_FAULT_LOSS) & 1;
}

bool impair_comment(const struct impair *m, const struct frame *f, nod_ns now,
	enum nod_event_kind death, char *out, size_t cap)
{
	bool is_by_rule = has(f, NOD_EV_FAULT_RULE_OTHER) || has(f, NOD_EV_FAULT_RULE_DROP) ||
			  has(f, NOD_EV_FAULT_PARTITION);
	nod_ns held = now - f->since;

	*out = '\0';
	if (death != NOD_EV_N)
		say(out, cap, "dropped: %s", nod_event_text(death, "en"));
	if (is_by_rule && f->rule)
		say(out, cap, "rule: %s", m->conf.rule[f->rule - 1].text);
	if (has(f, NOD_EV_FAULT_DUPLICATE))
		say(out, cap, "%s", nod_event_text(NOD_EV_FAULT_DUPLICATE, "en"));
	if (f->bit != UINT32_MAX)
		say(out, cap, "bit %u of octet %u flipped", 7 - f->bit % 8, f->bit / 8);
	if (f->was_len)
		say(out, cap, "cut to %u of %u octets", f->pkt->len, f->was_len);
	if (has(f, NOD_EV_FAULT_REORDER))
		say(out, cap, "%s", nod_event_text(NOD_EV_FAULT_REORDER, "en"));
	if (held)
		say(out, cap, "held back %lld.%06lld ms", (long long)(held / NOD_MS),
			(long long)(held % NOD_MS));
	return *out;
}
