/* SPDX-License-Identifier: ISC */
/*
 * impair_spec.c - faults of a wire as people write them: the text, and its settings
 *
 * Neighbours: impair_spec.h, impair_spec_rule.c.
 */
#include "impair_spec_internal.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

#include "lang.h"
#include "units.h"

enum { NUMBER_TEXT = 40 };

/* untranslated: the words of the grammar itself */
#define DELAY_WORDS "uniform, normal, pareto, overtake"
/* untranslated: */
#define QUEUE_WORDS "tail, codel"

/* ---- pieces ------------------------------------------------------------------------------ */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

void piece_trim(struct piece *w)
{
	while (w->len && is_blank(*w->p)) {
		w->p++;
		w->len--;
	}
	while (w->len && is_blank(w->p[w->len - 1]))
		w->len--;
}

bool piece_next(struct piece *rest, char end, struct piece *out)
{
	size_t n = 0;

	if (end == ' ')
		piece_trim(rest);
	if (!rest->p)
		return false;
	while (n < rest->len && rest->p[n] != end && !(end == ' ' && is_blank(rest->p[n])))
		n++;
	*out = (struct piece){ rest->p, n };
	if (n < rest->len)
		*rest = (struct piece){ rest->p + n + 1, rest->len - n - 1 };
	else
		*rest = (struct piece){ NULL, 0 };
	return end != ' ' || n;
}

bool piece_is(struct piece w, const char *word)
{
	return w.len == strlen(word) && memcmp(w.p, word, w.len) == 0;
}

/* For functions that want a string.  false: too long for any number. */
static bool as_text(struct piece w, char *out, size_t cap)
{
	if (w.len >= cap)
		return false;
	memcpy(out, w.p, w.len);
	out[w.len] = '\0';
	return true;
}

/* ---- errors ------------------------------------------------------------------------------ */

/* Where it stands, and the word as a terminal can bear it. */
int spec_fail(struct spec *s, enum impair_wrong wrong, struct piece at, const char *expected)
{
	struct impair_error *e = s->e;

	*e = (struct impair_error){ .wrong = wrong, .line = 1, .column = 1, .len = at.len };
	e->at = (size_t)(at.p - s->text);
	for (size_t i = 0; i < e->at; i++) {
		e->column++;
		if (s->text[i] == '\n') {
			e->line++;
			e->column = 1;
		}
	}
	for (size_t i = 0; i < at.len && i < sizeof(e->word) - 1; i++)
		e->word[i] = at.p[i] >= ' ' && at.p[i] <= '~' ? at.p[i] : '?';
	if (expected)
		snprintf(e->expected, sizeof(e->expected), "%s", expected);
	return -EINVAL;
}

static const char *format_of(enum impair_wrong wrong)
{
	switch (wrong) {
	case IMPAIR_BAD_KEY:
		return T("\"%s\" is no fault and no rule; there are: %s",
			"没有 \"%s\" 这种故障或规则；可用的有：%s");
	case IMPAIR_BAD_CHANCE:
		return T("\"%s\" is no chance: it has to be from 0%% to 100%%, like 2.5%%%s",
			"\"%s\" 不是概率：应为 0%% 到 100%%，例如 2.5%%%s");
	case IMPAIR_BAD_SPAN:
		return T("\"%s\" is no span of time: like 40ms, 3s or 1.5h, a day at most%s",
			"\"%s\" 不是时间长度：例如 40ms、3s 或 1.5h，最长一天%s");
	case IMPAIR_BAD_NUMBER:
		return T("\"%s\" is no number from %s", "\"%s\" 不是 %s 之间的数");
	case IMPAIR_BAD_RATE:
		return T("\"%s\" is no rate: like 10mbit or 1.5gbit, a thousand gbit at most%s",
			"\"%s\" 不是速率：例如 10mbit 或 1.5gbit，最高 1000gbit%s");
	case IMPAIR_BAD_WORD:
		return T("\"%s\" is not known here; there are: %s",
			"这里不认识 \"%s\"；可用的有：%s");
	case IMPAIR_BAD_WAY:
		return T("\"%s\" is no direction: %s", "\"%s\" 不是方向：%s");
	case IMPAIR_BAD_KIND:
		return T("\"%s\" is no kind of packet; there are: %s",
			"没有 \"%s\" 这种包；可用的有：%s");
	case IMPAIR_BAD_FIELD:
		return T("\"%s\" is no field; there are: %s", "没有 \"%s\" 这个字段；可用的有：%s");
	case IMPAIR_BAD_ORDINAL:
		return T("\"%s\" counts nothing: like 1st, 2nd, 3rd..5th or 7th..%s",
			"\"%s\" 不是序数：例如 1st、2nd、3rd..5th 或 7th..%s");
	case IMPAIR_BAD_WINDOW:
		return T("\"%s\" ends before it begins: like 2s..5s, or 2s..5s/60s for each minute%s",
			"\"%s\" 结束早于开始：例如 2s..5s，或每分钟一次的 2s..5s/60s%s");
	case IMPAIR_MISSING:
		return T("after \"%s\" something is missing: %s", "\"%s\" 之后缺少：%s");
	case IMPAIR_UNEXPECTED:
		return T("\"%s\" is not expected here%s", "这里不应出现 \"%s\"%s");
	case IMPAIR_TOO_MANY:
		return T("\"%s\" is one too many; there may be %s", "\"%s\" 超出数量；最多 %s 个");
	case IMPAIR_TOO_LONG:
		return T("\"%s\" is too long for a rule: %s octets at most",
			"规则 \"%s\" 过长：最多 %s 字节");
	case IMPAIR_OK:
	case IMPAIR_N_WRONG:
		break;
	}
	return "%s%s";
}

void impair_spec_explain(const struct impair_error *e, char *out, size_t cap)
{
	snprintf(out, cap, format_of(e->wrong), e->word, e->expected); /* two strings in each */
}

void spec_list(const char *(*name)(unsigned), const char *first, char *out, size_t cap)
{
	size_t n = strlen(first);

	memmove(out, first, n + 1);
	for (unsigned i = 0; name && name(i) && n < cap; i++)
		n += (size_t)snprintf(out + n, cap - n, "%s%s", n ? ", " : "", name(i));
}

/* ---- values ------------------------------------------------------------------------------ */

int spec_span(struct spec *s, struct piece w, nod_ns *out)
{
	char text[NUMBER_TEXT];
	nod_ns ns;

	if (!as_text(w, text, sizeof(text)) || parse_span(text, &ns) < 0 || ns > 86400 * NOD_S)
		return spec_fail(s, IMPAIR_BAD_SPAN, w, NULL);
	*out = ns;
	return 0;
}

int spec_number(struct spec *s, struct piece w, uint32_t min, uint32_t max, uint32_t *out)
{
	char text[NUMBER_TEXT], bounds[32];
	uint64_t n;

	if (!as_text(w, text, sizeof(text)) || parse_uint(text, min, max, &n) < 0) {
		snprintf(bounds, sizeof(bounds), "%u .. %u", min, max);
		return spec_fail(s, IMPAIR_BAD_NUMBER, w, bounds);
	}
	*out = (uint32_t)n;
	return 0;
}

/*
 * Digits with a decimal point, times 10^@digits, up to @max.  What follows is left in @w.  Digits
 * beyond are refused rather than lost.  false: no such number.
 */
static bool decimal(struct piece *w, unsigned digits, uint64_t max, uint64_t *out)
{
	bool has_point = false, has_digit = false;
	uint64_t v = 0;
	size_t i = 0;

	for (; i < w->len; i++) {
		if (w->p[i] == '.' && !has_point) {
			has_point = true;
			continue;
		}
		if (!isdigit((unsigned char)w->p[i]))
			break;
		if (has_point && !digits--)
			return false;
		v = v * 10 + (uint64_t)(w->p[i] - '0');
		if (v > max)
			return false;
		has_digit = true;
	}
	for (; digits; digits--) {
		v *= 10;
		if (v > max)
			return false;
	}
	*w = (struct piece){ w->p + i, w->len - i };
	*out = v;
	return has_digit;
}

static int chance(struct spec *s, struct piece w, impair_ppb *out)
{
	struct piece rest = w;
	uint64_t v;

	/* a hundredth of 10^9 parts has seven digits */
	if (!decimal(&rest, 7, IMPAIR_ALWAYS, &v) || !piece_is(rest, "%"))
		return spec_fail(s, IMPAIR_BAD_CHANCE, w, NULL);
	*out = (impair_ppb)v;
	return 0;
}

static int rate(struct spec *s, struct piece w, uint64_t *out)
{
	static const struct {
		const char *unit;
		unsigned digits;
	} units[] = { { "", 0 }, { "bit", 0 }, { "kbit", 3 }, { "mbit", 6 }, { "gbit", 9 } };
	size_t digits = 0;
	struct piece unit;
	uint64_t v;

	while (digits < w.len && (isdigit((unsigned char)w.p[digits]) || w.p[digits] == '.'))
		digits++;
	unit = (struct piece){ w.p + digits, w.len - digits };
	for (unsigned i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		struct piece number = { w.p, digits };

		if (piece_is(unit, units[i].unit) &&
			decimal(&number, units[i].digits, 1000000000000u, &v) && v) {
			*out = v;
			return 0;
		}
	}
	return spec_fail(s, IMPAIR_BAD_RATE, w, NULL);
}

/* ---- settings ---------------------------------------------------------------------------- */

/* Each reads the value @v, parts between slashes, into @f.  It is not empty. */
typedef int setting(struct spec *s, struct piece v, struct impair_faults *f);

static int only(struct spec *s, struct piece rest)
{
	return rest.p ? spec_fail(s, IMPAIR_UNEXPECTED, rest, NULL) : 0;
}

#define CHANCE_ONLY(name, field)                                                          \
	static int name(struct spec *s, struct piece v, struct impair_faults *f)          \
	{                                                                                 \
		return chance(s, v, &f->field);                                           \
	}
CHANCE_ONLY(set_loss, loss)
CHANCE_ONLY(set_truncate, truncate)
CHANCE_ONLY(set_duplicate, duplicate)

static int set_burst(struct spec *s, struct piece v, struct impair_faults *f)
{
	impair_ppb *const to[] = { &f->burst_begin, &f->burst_end, &f->burst_loss,
		&f->burst_good_loss };
	struct piece rest = v, part;
	unsigned n = 0;

	f->burst_loss = IMPAIR_ALWAYS;
	f->burst_good_loss = 0;
	for (; n < 4 && piece_next(&rest, '/', &part); n++)
		if (chance(s, part, to[n]) < 0)
			return -EINVAL;
	if (n < 2)
		return spec_fail(s, IMPAIR_MISSING, v, "/25%");
	return only(s, rest);
}

static int set_corrupt(struct spec *s, struct piece v, struct impair_faults *f)
{
	struct piece part;

	f->corrupt_bits = 1;
	piece_next(&v, '/', &part);
	if (chance(s, part, &f->corrupt) < 0)
		return -EINVAL;
	if (piece_next(&v, '/', &part) &&
		spec_number(s, part, 1, IMPAIR_BITS_MAX, &f->corrupt_bits) < 0)
		return -EINVAL;
	return only(s, v);
}

static int set_reorder(struct spec *s, struct piece v, struct impair_faults *f)
{
	struct piece part;

	f->reorder_gap = 0;
	f->reorder_wait = 0;
	piece_next(&v, '/', &part);
	if (chance(s, part, &f->reorder) < 0)
		return -EINVAL;
	if (piece_next(&v, '/', &part) &&
		spec_number(s, part, 1, IMPAIR_GAP_MAX, &f->reorder_gap) < 0)
		return -EINVAL;
	if (piece_next(&v, '/', &part) && spec_span(s, part, &f->reorder_wait) < 0)
		return -EINVAL;
	return only(s, v);
}

static int set_delay(struct spec *s, struct piece v, struct impair_faults *f)
{
	struct piece part, span;

	f->jitter = 0;
	f->distribution = IMPAIR_UNIFORM;
	f->may_overtake = false;
	piece_next(&v, '/', &part);
	piece_next(&part, '~', &span);
	if (spec_span(s, span, &f->delay) < 0 || (part.p && spec_span(s, part, &f->jitter) < 0))
		return -EINVAL;
	while (piece_next(&v, '/', &part)) {
		if (piece_is(part, "uniform"))
			f->distribution = IMPAIR_UNIFORM;
		else if (piece_is(part, "normal"))
			f->distribution = IMPAIR_NORMAL;
		else if (piece_is(part, "pareto"))
			f->distribution = IMPAIR_PARETO;
		else if (piece_is(part, "overtake"))
			f->may_overtake = true;
		else
			return spec_fail(s, IMPAIR_BAD_WORD, part, DELAY_WORDS);
	}
	return 0;
}

static int set_rate(struct spec *s, struct piece v, struct impair_faults *f)
{
	return rate(s, v, &f->rate);
}

static int set_queue(struct spec *s, struct piece v, struct impair_faults *f)
{
	struct piece part;
	bool has_length = v.len && isdigit((unsigned char)*v.p);

	f->queue = IMPAIR_TAIL;
	f->queue_frames = 0;
	f->codel_target = f->codel_interval = 0;
	piece_next(&v, '/', &part);
	if (has_length) {
		if (spec_number(s, part, 1, 1 << 20, &f->queue_frames) < 0)
			return -EINVAL;
		if (!piece_next(&v, '/', &part))
			return 0;
	}
	if (piece_is(part, "tail"))
		return only(s, v);
	if (!piece_is(part, "codel"))
		return spec_fail(s, IMPAIR_BAD_WORD, part, QUEUE_WORDS);
	f->queue = IMPAIR_CODEL;
	if (piece_next(&v, '/', &part) && spec_span(s, part, &f->codel_target) < 0)
		return -EINVAL;
	if (piece_next(&v, '/', &part) &&
		(spec_span(s, part, &f->codel_interval) < 0 ||
			f->codel_interval > IMPAIR_CODEL_INTERVAL_MAX))
		return spec_fail(s, IMPAIR_BAD_SPAN, part, NULL);
	return only(s, v);
}

static int set_mtu(struct spec *s, struct piece v, struct impair_faults *f)
{
	return spec_number(s, v, 1, 65535, &f->mtu);
}

static int set_blackout(struct spec *s, struct piece v, struct impair_faults *f)
{
	struct impair_window w = { 0 };
	struct piece whole = v, part, end;
	size_t dots = 0;

	piece_next(&v, '/', &part);
	while (dots + 1 < part.len && (part.p[dots] != '.' || part.p[dots + 1] != '.'))
		dots++;
	if (dots + 1 >= part.len)
		return spec_fail(s, IMPAIR_MISSING, part, "..5s");
	end = (struct piece){ part.p + dots + 2, part.len - dots - 2 };
	part.len = dots;
	if (spec_span(s, part, &w.from) < 0 || spec_span(s, end, &w.to) < 0)
		return -EINVAL;
	if (piece_next(&v, '/', &part) && spec_span(s, part, &w.every) < 0)
		return -EINVAL;
	if (w.to <= w.from)
		return spec_fail(s, IMPAIR_BAD_WINDOW, whole, NULL);
	if (f->n_blackouts == IMPAIR_BLACKOUTS_MAX)
		return spec_fail(s, IMPAIR_TOO_MANY, whole, "16");
	f->blackout[f->n_blackouts++] = w;
	return only(s, v);
}

static const struct {
	const char *key, *example;
	setting *set;
} settings[] = {
	{ "loss", "=2%", set_loss },
	{ "burst", "=1%/25%", set_burst },
	{ "delay", "=40ms~5ms", set_delay },
	{ "reorder", "=1%", set_reorder },
	{ "dup", "=0.5%", set_duplicate },
	{ "corrupt", "=0.1%", set_corrupt },
	{ "truncate", "=0.1%", set_truncate },
	{ "rate", "=10mbit", set_rate },
	{ "queue", "=100/codel", set_queue },
	{ "mtu", "=1400", set_mtu },
	{ "blackout", "=2s..5s", set_blackout },
};

static const char *setting_name(unsigned i)
{
	return i < sizeof(settings) / sizeof(settings[0]) ? settings[i].key : NULL;
}

static int set_seed(struct spec *s, struct piece v)
{
	char text[NUMBER_TEXT];

	if (!as_text(v, text, sizeof(text)) || parse_uint(text, 0, UINT64_MAX, &s->conf->seed) < 0)
		return spec_fail(s, IMPAIR_BAD_NUMBER, v, "0 .. 18446744073709551615");
	return 0;
}

static int read_setting(struct spec *s, struct piece item)
{
	struct piece value = item, key, word = item, rest;
	char all[sizeof(s->e->expected)];

	piece_next(&value, '=', &key);
	piece_trim(&key);
	piece_trim(&value);
	if (piece_is(key, "seed"))
		return value.len ? set_seed(s, value) : spec_fail(s, IMPAIR_MISSING, key, "=1");
	for (unsigned i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		if (!piece_is(key, settings[i].key))
			continue;
		if (!value.len)
			return spec_fail(s, IMPAIR_MISSING, key, settings[i].example);
		for (unsigned way = 0; way < 2; way++)
			if (s->ways >> way & 1 &&
				settings[i].set(s, value, &s->conf->way[way]) < 0)
				return -EINVAL;
		return 0;
	}
	rest = key; /* of what was meant as a rule, the first word */
	piece_next(&rest, ' ', &word);
	spec_list(setting_name, "seed", all, sizeof(all));
	spec_list(rule_name, all, all, sizeof(all));
	return spec_fail(s, IMPAIR_BAD_KEY, word, all);
}

/* ---- the text ---------------------------------------------------------------------------- */

static int end_of(const struct spec *s, struct piece w)
{
	if (piece_is(w, "a") || (s->names && s->names->a && piece_is(w, s->names->a)))
		return 0;
	if (piece_is(w, "b") || (s->names && s->names->b && piece_is(w, s->names->b)))
		return 1;
	return -1;
}

int spec_way(struct spec *s, struct piece w, uint8_t *ways)
{
	size_t mid = 0;
	int from, to;

	while (mid < w.len && w.p[mid] != '>' && w.p[mid] != '|')
		mid++;
	from = end_of(s, (struct piece){ w.p, mid });
	to = mid < w.len ? end_of(s, (struct piece){ w.p + mid + 1, w.len - mid - 1 }) : -1;
	if (from < 0 || to < 0 || from == to)
		return spec_fail(s, IMPAIR_BAD_WAY, w, "a>b, b>a, a|b");
	if (w.p[mid] == '|')
		*ways = 1 << IMPAIR_A_TO_B | 1 << IMPAIR_B_TO_A;
	else
		*ways = (uint8_t)(1 << (from ? IMPAIR_B_TO_A : IMPAIR_A_TO_B));
	return 0;
}

/* One setting or rule, behind the direction that it may begin with. */
static int read_item(struct spec *s, struct piece item)
{
	struct piece rest = item, word;

	if (memchr(item.p, ':', item.len)) {
		piece_next(&rest, ':', &word);
		piece_trim(&word);
		if (spec_way(s, word, &s->ways) < 0)
			return -EINVAL;
		item = rest;
		if (!item.p)
			return 0;
		piece_trim(&item);
		if (!item.len)
			return 0;
	}
	rest = item;
	piece_next(&rest, ' ', &word);
	if (rule_is(word))
		return rule_read(s, item);
	return read_setting(s, item);
}

/* What stands between semicolons or line ends: a direction holds no longer than that. */
static int read_group(struct spec *s, struct piece group)
{
	struct piece item;

	s->ways = 1 << IMPAIR_A_TO_B | 1 << IMPAIR_B_TO_A;
	while (piece_next(&group, ',', &item)) {
		piece_trim(&item);
		if (item.len && read_item(s, item) < 0)
			return -EINVAL;
	}
	return 0;
}

int impair_spec_parse(struct impair_conf *conf, const struct impair_names *names,
	const char *text, struct impair_error *e)
{
	struct spec s = { .conf = conf, .names = names, .text = text, .e = e };
	struct piece rest = { text, strlen(text) }, line, group;

	*e = (struct impair_error){ 0 };
	while (piece_next(&rest, '\n', &line)) {
		const char *comment = memchr(line.p, '#', line.len);

		if (comment)
			line.len = (size_t)(comment - line.p);
		while (piece_next(&line, ';', &group))
			if (read_group(&s, group) < 0)
				return -EINVAL;
	}
	return 0;
}
