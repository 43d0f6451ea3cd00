/* SPDX-License-Identifier: ISC */
/*
 * units.c - numbers, spans of time and sizes as people type them
 */
#include "units.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* Reads leading digits.  Returns what follows them, or NULL: no digit, or beyond 64 bits. */
static const char *read_digits(const char *p, uint64_t *out)
{
	uint64_t v = 0;

	if (!isdigit((unsigned char)*p))
		return NULL;
	for (; isdigit((unsigned char)*p); p++) {
		if (__builtin_mul_overflow(v, 10u, &v) ||
			__builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			return NULL;
	}
	*out = v;
	return p;
}

int parse_uint(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t v;
	const char *end = read_digits(text, &v);

	if (!end) /* all digits, but too many, is a number outside the bounds */
		return *text && strspn(text, "0123456789") == strlen(text) ? -ERANGE : -EINVAL;
	if (*end)
		return -EINVAL;
	if (v < min || v > max)
		return -ERANGE;
	*out = v;
	return 0;
}

int parse_span(const char *text, nod_ns *out)
{
	static const struct {
		const char *unit;
		nod_ns ns;
	} units[] = { { "", NOD_S }, { "ns", 1 }, { "us", NOD_US }, { "ms", NOD_MS },
		{ "s", NOD_S }, { "m", 60 * NOD_S }, { "min", 60 * NOD_S },
		{ "h", 3600 * NOD_S }, { "d", 86400 * NOD_S } };
	uint64_t whole, part = 0, part_scale = 1;
	const char *p = read_digits(text, &whole);

	if (!p)
		return -EINVAL;
	if (*p == '.') {
		for (p++; isdigit((unsigned char)*p); p++) {
			if (part_scale < 1000000000u) {
				part = part * 10 + (uint64_t)(*p - '0');
				part_scale *= 10;
			}
		}
	}
	for (unsigned i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(p, units[i].unit) != 0)
			continue;
		nod_ns ns;
		if (whole > INT64_MAX || __builtin_mul_overflow((nod_ns)whole, units[i].ns, &ns))
			return -ERANGE;
		/* part < part_scale <= 1e9 and a day is 8.64e13 ns, so go by seconds first */
		double rest = (double)part / (double)part_scale * (double)units[i].ns;
		if (__builtin_add_overflow(ns, (nod_ns)(rest + 0.5), &ns))
			return -ERANGE;
		*out = ns;
		return 0;
	}
	return -EINVAL;
}

int parse_size(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	static const char letters[] = "kmgt";
	uint64_t v;
	const char *p = read_digits(text, &v);
	unsigned shift = 0;

	if (!p)
		return -EINVAL;
	if (*p) {
		const char *l = strchr(letters, tolower((unsigned char)*p));

		if (l) {
			shift = 10 * (unsigned)(l - letters + 1);
			p++;
			if (*p == 'i')
				p++;
		}
		if (*p == 'B' || *p == 'b')
			p++;
		if (*p)
			return -EINVAL;
	}
	if (v > max >> shift || v << shift < min)
		return -ERANGE;
	*out = v << shift;
	return 0;
}
