/* SPDX-License-Identifier: ISC */
/*
 * impair_spec_rule.c - exact faults as people write them: "drop 3rd data segment a>b"
 *
 *	drop WHICH [WAY]
 *	corrupt [bit N of FIELD of] WHICH [WAY]
 *	delay WHICH [WAY] by SPAN
 *	duplicate WHICH [WAY] [N times]
 *	truncate WHICH [WAY] to N
 *	reorder WHICH [WAY] [by N]
 *	partition WAY [at SPAN] [heal at SPAN]
 *
 * WHICH is a kind of packet, and before it which of them: 3rd, 3rd..5th, 3rd.., every 3rd; every,
 * or nothing, is all of them.
 *
 * Neighbours: impair_spec_internal.h, physical/impair_rule.h.
 */
#include "impair_spec_internal.h"

#include <ctype.h>
#include <errno.h>

static const char *const action_name[] = {
	[IMPAIR_DROP] = "drop",
	[IMPAIR_CORRUPT] = "corrupt",
	[IMPAIR_DELAY] = "delay",
	[IMPAIR_DUPLICATE] = "duplicate",
	[IMPAIR_TRUNCATE] = "truncate",
	[IMPAIR_REORDER] = "reorder",
	[IMPAIR_PARTITION] = "partition",
};
_Static_assert(sizeof(action_name) / sizeof(action_name[0]) == IMPAIR_N_ACTIONS, "action_name");

/* A rule while it is read. */
struct reading {
	struct spec *spec;
	struct impair_rule *rule;
	struct piece rest, last; /* what is to come, and the word before it */
};

static int action_of(struct piece w)
{
	for (int i = 0; i < IMPAIR_N_ACTIONS; i++)
		if (piece_is(w, action_name[i]))
			return i;
	return -1;
}

const char *rule_name(unsigned i)
{
	return i < IMPAIR_N_ACTIONS ? action_name[i] : NULL;
}

bool rule_is(struct piece word)
{
	return action_of(word) >= 0;
}

/* The next word, and on.  false: there is none. */
static bool take(struct reading *r, struct piece *word)
{
	if (!piece_next(&r->rest, ' ', word))
		return false;
	r->last = *word;
	return true;
}

/* Whether the next word is @word; it is taken then. */
static bool takes(struct reading *r, const char *word)
{
	struct piece rest = r->rest, w;

	return piece_next(&rest, ' ', &w) && piece_is(w, word) && take(r, &w);
}

static int missing(const struct reading *r, const char *what)
{
	return spec_fail(r->spec, IMPAIR_MISSING, r->last, what);
}

static int want(struct reading *r, const char *word)
{
	return takes(r, word) ? 0 : missing(r, word);
}

static int want_span(struct reading *r, nod_ns *out)
{
	struct piece w;

	return take(r, &w) ? spec_span(r->spec, w, out) : missing(r, "3s");
}

static int want_number(struct reading *r, uint32_t min, uint32_t max, uint32_t *out)
{
	struct piece w;

	return take(r, &w) ? spec_number(r->spec, w, min, max, out) : missing(r, "1");
}

/* ---- which ------------------------------------------------------------------------------- */

/* "3rd" at the beginning of @w, and on.  0: none. */
static uint32_t ordinal(struct piece *w)
{
	static const char *const ending[] = { "st", "nd", "rd", "th" };
	uint32_t n = 0;
	size_t i = 0;

	for (; i < w->len && i < 9 && isdigit((unsigned char)w->p[i]); i++)
		n = n * 10 + (uint32_t)(w->p[i] - '0');
	for (unsigned k = 0; i && k < 4; k++) {
		if (w->len - i < 2 || memcmp(w->p + i, ending[k], 2) != 0)
			continue;
		*w = (struct piece){ w->p + i + 2, w->len - i - 2 };
		return n;
	}
	return 0;
}

/* "3rd", "3rd..5th", "3rd.." */
static int read_ordinal(struct reading *r, struct piece whole)
{
	struct impair_rule *rule = r->rule;
	struct piece w = whole;

	rule->first = ordinal(&w);
	rule->last = rule->first;
	if (w.len >= 2 && w.p[0] == '.' && w.p[1] == '.') {
		w = (struct piece){ w.p + 2, w.len - 2 };
		rule->last = w.len ? ordinal(&w) : UINT64_MAX;
	}
	if (!rule->first || w.len || rule->last < rule->first)
		return spec_fail(r->spec, IMPAIR_BAD_ORDINAL, whole, NULL);
	return 0;
}

static int read_which_of_them(struct reading *r)
{
	struct piece rest = r->rest, w;
	bool is_every = takes(r, "every");

	rest = r->rest;
	if (!piece_next(&rest, ' ', &w) || !isdigit((unsigned char)*w.p))
		return 0;
	take(r, &w);
	if (read_ordinal(r, w) < 0)
		return -EINVAL;
	if (is_every) {
		if (r->rule->last != r->rule->first)
			return spec_fail(r->spec, IMPAIR_BAD_ORDINAL, w, NULL);
		r->rule->step = r->rule->first;
		r->rule->last = UINT64_MAX;
	}
	return 0;
}

/* The words of @name at the beginning of @rest, which goes on then. */
static bool begins_with(struct piece *rest, const char *name)
{
	struct piece words = { name, strlen(name) }, at = *rest, a, b;

	while (piece_next(&words, ' ', &a))
		if (!piece_next(&at, ' ', &b) || a.len != b.len || memcmp(a.p, b.p, a.len) != 0)
			return false;
	*rest = at;
	return true;
}

/* The kind with the most words that fits. */
static int read_kind(struct reading *r)
{
	const struct impair_packets *k = r->spec->conf->packets;
	struct piece best = { NULL, SIZE_MAX }, w = r->rest;
	char all[sizeof(r->spec->e->expected)];
	bool is_found = false;

	for (unsigned i = 0; k && k->kind_name(i); i++) {
		struct piece rest = r->rest;

		if (begins_with(&rest, k->kind_name(i)) && rest.len < best.len) {
			best = rest;
			r->rule->kind = 1ull << i;
			is_found = true;
		}
	}
	if (is_found) {
		r->last = (struct piece){ r->rest.p,
			best.p ? (size_t)(best.p - r->rest.p - 1) : r->rest.len };
		r->rest = best;
		return 0;
	}
	if (takes(r, "packet") || takes(r, "frame"))
		return 0;
	spec_list(k ? k->kind_name : NULL, "packet", all, sizeof(all));
	if (!piece_next(&r->rest, ' ', &w))
		return missing(r, all);
	return spec_fail(r->spec, IMPAIR_BAD_KIND, w, all);
}

static int read_way(struct reading *r)
{
	struct piece rest = r->rest, w;

	if (!piece_next(&rest, ' ', &w) ||
		(!memchr(w.p, '>', w.len) && !memchr(w.p, '|', w.len)))
		return 0;
	take(r, &w);
	return spec_way(r->spec, w, &r->rule->ways);
}

static int read_which(struct reading *r)
{
	return read_which_of_them(r) < 0 || read_kind(r) < 0 || read_way(r) < 0 ? -EINVAL : 0;
}

/* ---- what -------------------------------------------------------------------------------- */

/* "bit N of FIELD of", or nothing. */
static int read_bit(struct reading *r)
{
	const struct impair_packets *k = r->spec->conf->packets;
	char all[sizeof(r->spec->e->expected)];
	struct piece w;

	if (!takes(r, "bit"))
		return 0;
	if (want_number(r, 0, 524287, &r->rule->bit) < 0 || want(r, "of") < 0)
		return -EINVAL;
	if (!take(r, &w))
		return missing(r, "tcp.checksum");
	for (unsigned i = 0; k && k->field_name(i); i++)
		if (piece_is(w, k->field_name(i)))
			r->rule->field = i;
	if (r->rule->field == IMPAIR_NO_FIELD) {
		spec_list(k ? k->field_name : NULL, "", all, sizeof(all));
		return spec_fail(r->spec, IMPAIR_BAD_FIELD, w, all);
	}
	return want(r, "of");
}

static int read_partition(struct reading *r)
{
	struct impair_rule *rule = r->rule;
	struct piece w;

	if (!take(r, &w))
		return missing(r, "a|b");
	if (spec_way(r->spec, w, &rule->ways) < 0)
		return -EINVAL;
	if (takes(r, "at") && want_span(r, &rule->from) < 0)
		return -EINVAL;
	if (!takes(r, "heal"))
		return 0;
	if (want(r, "at") < 0 || want_span(r, &rule->to) < 0)
		return -EINVAL;
	if (rule->to <= rule->from)
		return spec_fail(r->spec, IMPAIR_BAD_WINDOW, r->last, NULL);
	return 0;
}

static int read_action(struct reading *r)
{
	struct impair_rule *rule = r->rule;

	switch (rule->action) {
	case IMPAIR_PARTITION:
		return read_partition(r);
	case IMPAIR_CORRUPT:
		return read_bit(r) < 0 ? -EINVAL : read_which(r);
	case IMPAIR_DELAY:
		return read_which(r) < 0 || want(r, "by") < 0 ? -EINVAL :
								want_span(r, &rule->span);
	case IMPAIR_TRUNCATE:
		return read_which(r) < 0 || want(r, "to") < 0 ?
			-EINVAL :
			want_number(r, 1, 65535, &rule->number);
	case IMPAIR_REORDER:
		rule->number = 3;
		if (read_which(r) < 0)
			return -EINVAL;
		return takes(r, "by") ? want_number(r, 1, IMPAIR_GAP_MAX, &rule->number) : 0;
	case IMPAIR_DUPLICATE:
		rule->number = 1;
		if (read_which(r) < 0)
			return -EINVAL;
		piece_trim(&r->rest);
		if (!r->rest.len)
			return 0;
		return want_number(r, 1, IMPAIR_COPIES_MAX, &rule->number) < 0 ? -EINVAL :
										 want(r, "times");
	case IMPAIR_DROP:
	case IMPAIR_N_ACTIONS:
		break;
	}
	return read_which(r);
}

/* The rule's text, with one blank between words. */
static bool keep_text(struct impair_rule *rule, struct piece item)
{
	size_t n = 0;

	for (struct piece w; piece_next(&item, ' ', &w);) {
		if (n + w.len + 2 > sizeof(rule->text))
			return false;
		if (n)
			rule->text[n++] = ' ';
		for (size_t i = 0; i < w.len; i++)
			rule->text[n++] = w.p[i] >= ' ' && w.p[i] <= '~' ? w.p[i] : '?';
	}
	rule->text[n] = '\0';
	return true;
}

int rule_read(struct spec *s, struct piece item)
{
	struct impair_rule rule = { .ways = s->ways,
		.kind = IMPAIR_ANY_KIND,
		.first = 1,
		.last = UINT64_MAX,
		.step = 1,
		.field = IMPAIR_NO_FIELD,
		.to = INT64_MAX };
	struct reading r = { .spec = s, .rule = &rule, .rest = item };
	struct piece w;

	take(&r, &w);
	rule.action = (enum impair_action)action_of(w);
	if (read_action(&r) < 0)
		return -EINVAL;
	if (take(&r, &w))
		return spec_fail(s, IMPAIR_UNEXPECTED, w, NULL);
	if (!keep_text(&rule, item))
		return spec_fail(s, IMPAIR_TOO_LONG, item, "95");
	if (s->conf->n_rules == IMPAIR_RULES_MAX)
		return spec_fail(s, IMPAIR_TOO_MANY, item, "64");
	s->conf->rule[s->conf->n_rules++] = rule;
	return 0;
}
