/* SPDX-License-Identifier: ISC */
/*
 * addr_sets.c - nod addr on sets of addresses: split, within, aggregate
 *
 * What is written here may be long: 10.0.0.0/8 has 16,777,216 parts of /32.  So it is written
 * as it is found, nothing is kept, and when nobody reads any more (the pipe is closed) it ends.
 */
#include "addr.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../network/addr_number.h"
#include "../presentation/json.h"

#define SPLIT_BITS_MAX 32 /* 2^32 parts, all of IPv4 by addresses: 60 GB of text, an hour */

int ranges_add(struct ranges *list, const struct addr_range *r)
{
	if (list->n == list->cap) {
		size_t cap = list->cap ? list->cap * 2 : 64;
		struct addr_range *grown = realloc(list->r, cap * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		list->r = grown;
		list->cap = cap;
	}
	list->r[list->n++] = *r;
	return 0;
}

/* One prefix a line.  False: it cannot be written, and nothing more need be tried. */
static bool put_prefix(const struct invocation *in, const struct nod_prefix *p)
{
	char text[NOD_ADDR_TEXT_MAX];

	prefix_format(p, text);
	if (in->json) /* untranslated: JSON, by hand, for json_print() flushes each line */
		return fputs("{\"prefix\":\"", stdout) >= 0 && fputs(text, stdout) >= 0 &&
			fputs("\"}\n", stdout) >= 0;
	return puts(text) >= 0;
}

int addr_split(const struct invocation *in, const struct item *item, const char *length)
{
	const struct nod_prefix *p = &item->prefix;
	enum nod_family family = (enum nod_family)p->addr.family;
	struct nod_prefix part = nod_prefix_network(p);
	const char *digits = length + (*length == '/');
	enum prefix_form form;
	struct addr_trouble t;
	char text[NOD_ADDR_TEXT_MAX];

	if (item->kind == ITEM_RANGE)
		return bad_use(in,
			T("a range cannot be split, a prefix can",
				"--split 要的是前缀，不能是范围"));
	if (prefix_scan_length(digits, strlen(digits), family, &part.len, &form, &t) < 0) {
		char why[512];

		fault_words(why, sizeof(why), digits, strlen(digits), &t);
		return bad_use(in, "--split %s: %s", length, why); /* untranslated: why is */
	}
	prefix_format(p, text);
	if (part.len < p->len)
		return bad_use(in,
			T("%s cannot be split into /%u: they are larger than it",
				"%s 不能划分成 /%u: 那比它还大"),
			text, (unsigned)part.len);
	if (part.len - p->len > SPLIT_BITS_MAX) {
		struct addr_number n = number_of_power((unsigned)(part.len - p->len));
		char count[ADDR_NUMBER_TEXT_MAX];

		return bad_use(in,
			T("%s has %s (2^%u) parts of /%u; 2^%u are the most that is written",
				"%s 里有 %s（2^%u）个 /%u；最多写出 2^%u 个"),
			text, number_text(&n, count), (unsigned)(part.len - p->len),
			(unsigned)part.len, SPLIT_BITS_MAX);
	}

	uint64_t n = (uint64_t)1 << (part.len - p->len);
	while (n-- > 0) {
		if (!put_prefix(in, &part))
			return EXIT_FAILED; /* main() tells why */
		addr_step(&part.addr, part.len);
	}
	return EXIT_DONE;
}

int addr_aggregate(const struct invocation *in, struct ranges *list)
{
	struct nod_prefix p;

	list->n = ranges_merge(list->r, list->n);
	for (size_t i = 0; i < list->n; i++) {
		while (range_take_prefix(&list->r[i], &p)) {
			if (!put_prefix(in, &p))
				return EXIT_FAILED;
		}
	}
	return EXIT_DONE;
}

int within_prepare(struct within *w)
{
	for (size_t i = 0; i < w->given.n; i++) {
		struct addr_range r = range_unmap(&w->given.r[i]);

		w->given.r[i] = r;
		if (ranges_add(&w->merged, &r) < 0)
			return -ENOMEM;
	}
	w->merged.n = ranges_merge(w->merged.r, w->merged.n);
	return 0;
}

/* A prefix without a zone has the addresses of all of them. */
static struct addr_range without_zone(const struct addr_range *r)
{
	struct addr_range out = *r;

	out.first.zone = out.last.zone = 0;
	return out;
}

bool within_has(const struct within *w, const struct addr_range *r)
{
	struct addr_range inner = range_unmap(r), any = without_zone(&inner);

	return ranges_find(w->merged.r, w->merged.n, &inner) ||
		ranges_find(w->merged.r, w->merged.n, &any);
}

/* The smallest of the given ranges that alone holds @r; NULL: none does. */
static const struct addr_range *smallest_with(
	const struct within *w, const struct addr_range *r)
{
	struct addr_range inner = range_unmap(r), any = without_zone(&inner);
	const struct addr_range *best = NULL;

	for (size_t i = 0; i < w->given.n; i++) {
		const struct addr_range *g = &w->given.r[i];

		if ((ranges_find(g, 1, &inner) || ranges_find(g, 1, &any)) &&
			(!best || ranges_find(best, 1, g)))
			best = g;
	}
	return best;
}

/* A range as a prefix where it is one, else "A-B". */
static const char *range_text(const struct addr_range *r, char buf[2 * NOD_ADDR_TEXT_MAX])
{
	struct addr_range left = *r;
	struct nod_prefix p;

	range_take_prefix(&left, &p);
	if (left.first.family == NOD_UNSPEC) {
		if (p.len == addr_bits((enum nod_family)p.addr.family))
			return nod_addr_format(&p.addr, buf, NOD_ADDR_TEXT_MAX);
		return prefix_format(&p, buf);
	}
	nod_addr_format(&r->first, buf, NOD_ADDR_TEXT_MAX);
	size_t len = strlen(buf);
	buf[len] = '-';
	nod_addr_format(&r->last, buf + len + 1, NOD_ADDR_TEXT_MAX);
	return buf;
}

static bool overlaps(const struct within *w, const struct addr_range *r)
{
	struct addr_range mine = range_unmap(r);

	for (size_t i = 0; i < w->merged.n; i++) {
		if (addr_compare(&w->merged.r[i].first, &mine.last) <= 0 &&
			addr_compare(&mine.first, &w->merged.r[i].last) <= 0)
			return true;
	}
	return false;
}

int addr_tell_within(
	const struct invocation *in, const struct within *w, const struct item *item)
{
	bool is_in = within_has(w, &item->range),
	     is_partly = !is_in && overlaps(w, &item->range);
	const struct addr_range *by = is_in ? smallest_with(w, &item->range) : NULL;
	char what[2 * NOD_ADDR_TEXT_MAX], where[2 * NOD_ADDR_TEXT_MAX];
	struct json j;

	range_text(&item->range, what);
	if (by)
		range_text(by, where);
	if (in->json) {
		json_open(&j);
		json_strn(&j, "input", item->text, item->len);
		json_bool(&j, "in", is_in);
		json_str(&j, "prefix", by ? where : NULL);
		if (is_partly)
			json_bool(&j, "partly", true);
		json_print(&j, stdout);
	} else if (by) {
		printf(T("%s is in %s\n", "%s 在 %s 之内\n"), what, where);
	} else if (is_in) {
		printf(T("%s is in several of them together\n",
			       "%s 在其中几个合起来的范围之内\n"),
			what);
	} else if (w->given.n == 1) {
		range_text(&w->given.r[0], where);
		printf(is_partly ? T("%s is only partly in %s\n", "%s 只有一部分在 %s 之内\n") :
				   T("%s is not in %s\n", "%s 不在 %s 之内\n"),
			what, where);
	} else {
		printf(is_partly ? T("%s is only partly in them\n", "%s 只有一部分在其中\n") :
				   T("%s is in none of them\n", "%s 不在其中任何一个之内\n"),
			what);
	}
	return is_in ? EXIT_DONE : EXIT_FAILED;
}

static bool is_word_char(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_';
}

static bool is_addr_char(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') || c == '.' ||
		c == ':';
}

/* Whether the text, but for stops and colons at its end and a port, is an address within. */
static bool has_addr(const struct within *w, const char *s, size_t len)
{
	struct addr_trouble t;
	struct nod_addr a;

	for (size_t n = len; n > 0; n--) {
		if (addr_scan(s, n, &a, &t) == 0) {
			const struct addr_range r = { .first = a, .last = a };

			return within_has(w, &r);
		}
		if (s[n - 1] != '.' && s[n - 1] != ':')
			break;
	}

	const char *colon = memchr(s, ':', len);
	if (colon && !memchr(colon + 1, ':', len - (size_t)(colon + 1 - s)) && colon > s)
		return has_addr(w, s, (size_t)(colon - s));
	return false;
}

bool within_has_line(const struct within *w, const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		size_t start = i;

		if (!is_addr_char(line[i]))
			continue;
		while (i < len && is_addr_char(line[i]))
			i++;
		if ((start && is_word_char(line[start - 1])) ||
			(i < len && is_word_char(line[i])))
			continue;
		if (has_addr(w, line + start, i - start))
			return true;
	}
	return false;
}
