/* SPDX-License-Identifier: ISC */
/*
 * test_lines.c - messages out of a stream, wherever its reads cut it
 *
 * Each case is fed whole, octet by octet, and cut in two; random streams with random cuts and
 * pauses are held against a model that splits the whole at once.
 */
#include "tap.h"

#include <stdlib.h>
#include <string.h>

#include "chance.h"
#include "presentation/lines.h"

/* What came out, as text: "[message]", "!" refused, "?" no memory. */
struct log {
	char *p;
	size_t len, cap;
};

static void put(struct log *log, const char *p, size_t n)
{
	if (log->cap - log->len < n) {
		log->cap = (log->cap + n) * 2;
		log->p = realloc(log->p, log->cap);
	}
	memcpy(log->p + log->len, p, n);
	log->len += n;
}

static void note(struct log *log, enum lines_kind kind, const char *text, size_t len)
{
	if (kind == LINES_MESSAGE) {
		put(log, "[", 1);
		put(log, text, len);
		put(log, "]", 1);
	} else {
		put(log, kind == LINES_TOO_LONG ? "!" : "?", 1);
	}
}

/* One read's octets, in a malloc of their own that is gone afterwards. */
static void feed(struct lines *l, struct log *log, const char *in, size_t n)
{
	char *copy = malloc(n ? n : 1);
	const char *p = copy, *text;
	size_t left = n, len;
	enum lines_kind kind;

	memcpy(copy, in, n);
	while ((kind = lines_next(l, &p, &left, &text, &len)) != LINES_NONE)
		note(log, kind, text, len);
	free(copy);
}

static void quiet(struct lines *l, struct log *log)
{
	const char *text;
	size_t len;
	enum lines_kind kind = lines_rest(l, &text, &len);

	if (kind != LINES_NONE)
		note(log, kind, text, len);
	lines_shrink(l);
}

static bool same(struct log *got, const char *want, size_t len)
{
	bool ok = got->len == len && (!len || memcmp(got->p, want, len) == 0);

	free(got->p);
	return ok;
}

/* ---- cases ------------------------------------------------------------------------------ */

/* In @in and @want: x after a number stands for as many x's. */
static const struct {
	const char *name, *in, *want;
} cases[] = {
	{ "nothing", "", "" },
	{ "one line", "hello\n", "[hello]" },
	{ "two lines", "a\nb\n", "[a][b]" },
	{ "empty lines", "\n\n", "[][]" },
	{ "CR LF", "a\r\nb\r\n", "[a][b]" },
	{ "CR LF alone", "\r\n", "[]" },
	{ "a CR within stays", "a\rb\n", "[a\rb]" },
	{ "of two CRs one goes", "a\r\r\n", "[a\r]" },
	{ "a rest", "a\nrest", "[a][rest]" },
	{ "a rest alone", "rest", "[rest]" },
	{ "a rest that ends in CR", "rest\r", "[rest\r]" },
	{ "as long as may be", "4096x\n", "[4096x]" },
	{ "and with CR", "4096x\r\n", "[4096x]" },
	{ "one octet more", "4097x\n", "!" },
	{ "one octet more and CR", "4097x\r\n", "!" },
	{ "as long with a CR within", "4096x\r\r\n", "!" },
	{ "a rest as long as may be", "4096x", "[4096x]" },
	{ "a rest of one octet more", "4097x", "!" },
	{ "a rest of two more", "4098x", "!" },
	{ "too long by far", "20000x\n", "!" },
	{ "too long, then one that is not", "20000x\nhello\n", "![hello]" },
	{ "one that is not, then too long", "hello\n5000x\n", "[hello]!" },
	{ "two too long", "5000x\n6000x\n", "!!" },
	{ "too long with a rest after it", "5000x\nrest", "![rest]" },
	{ "too long, empty, whole", "4097x\n\nok\n", "![][ok]" },
};

/* Write @in with its numbers spelled out.  To be freed. */
static char *spelled(const char *in, size_t *len)
{
	char *out = malloc(65536);
	size_t n = 0;

	while (*in) {
		char *end;
		unsigned long many = *in >= '0' && *in <= '9' ? strtoul(in, &end, 10) : 0;

		if (many && *end == 'x') {
			memset(out + n, 'x', many);
			n += many;
			in = end + 1;
		} else {
			out[n++] = *in++;
		}
	}
	*len = n;
	return out;
}

static void check_case(const char *name, const char *in, size_t n, const char *want, size_t len)
{
	struct lines l = { 0 };
	struct log log = { 0 };
	size_t wrong = 0;

	feed(&l, &log, in, n);
	quiet(&l, &log);
	tap(same(&log, want, len), "%s", name);

	log = (struct log){ 0 };
	for (size_t i = 0; i < n; i++)
		feed(&l, &log, in + i, 1);
	quiet(&l, &log);
	tap(same(&log, want, len), "%s, octet by octet", name);

	/* at every place, of the very long ones at some */
	for (size_t cut = 1; cut < n; cut += n < 4200 ? 1 : 61) {
		log = (struct log){ 0 };
		feed(&l, &log, in, cut);
		feed(&l, &log, in + cut, n - cut);
		quiet(&l, &log);
		wrong += !same(&log, want, len);
	}
	tap(wrong == 0, "%s, cut in two: %zu cuts give something else", name, wrong);
	tap(!l.part && !lines_is_open(&l), "%s: nothing is held any more", name);
}

/* ---- the model --------------------------------------------------------------------------- */

/* The whole stream at once: what ends at a newline, at a pause, at the end. */
static void model(struct log *log, const char *in, size_t n, const size_t *pause, size_t n_pauses)
{
	size_t start = 0, p = 0;
	bool is_skipping = false; /* refused already */

	for (size_t i = 0; i <= n; i++) {
		while (p < n_pauses && pause[p] == i) {
			if (i > start && !is_skipping)
				note(log, i - start > LINES_MAX ? LINES_TOO_LONG : LINES_MESSAGE,
					in + start, i - start);
			start = i;
			is_skipping = false;
			p++;
		}
		if (i == n)
			break;
		if (in[i] == '\n') {
			size_t len = i - start;

			len -= len && in[i - 1] == '\r';
			if (!is_skipping)
				note(log, len > LINES_MAX ? LINES_TOO_LONG : LINES_MESSAGE,
					in + start, len);
			start = i + 1;
			is_skipping = false;
		} else if (i + 1 - start > LINES_MAX + 1 && !is_skipping) {
			note(log, LINES_TOO_LONG, NULL, 0);
			is_skipping = true;
		}
	}
}

/* Mostly text, some newlines; a line may come close to the limit or go beyond it. */
static size_t random_stream(char *in, size_t cap)
{
	size_t n = 0;

	while (n < cap) {
		size_t len = chance(8) ? chance(40) : LINES_MAX - 3 + chance(8);

		for (size_t i = 0; i < len && n < cap; i++)
			in[n++] = chance(20) ? (char)('a' + chance(26)) : '\r';
		if (n < cap && !chance(3))
			in[n++] = '\r';
		if (n < cap && chance(5))
			in[n++] = '\n';
	}
	return n;
}

static bool one_stream(void)
{
	static char in[20000];
	struct lines l = { 0 };
	struct log got = { 0 }, want = { 0 };
	size_t pause[64], n_pauses = 0, n = random_stream(in, 1 + chance(sizeof(in)));
	unsigned largest = chance(2) ? 16 : 6000;

	for (size_t at = 0; at < n;) {
		size_t read = 1 + chance(largest);

		if (read > n - at)
			read = n - at;
		feed(&l, &got, in + at, read);
		at += read;
		if (!chance(20) && n_pauses < 63) {
			quiet(&l, &got);
			pause[n_pauses++] = at;
		}
	}
	quiet(&l, &got);
	pause[n_pauses++] = n;
	model(&want, in, n, pause, n_pauses);
	bool ok = same(&got, want.p, want.len);
	free(want.p);
	free(l.part);
	return ok;
}

static void holding(void)
{
	struct lines l = { 0 };
	struct log log = { 0 };

	feed(&l, &log, "whole\n", 6);
	tap(!l.part, "a whole line within one read holds no memory");
	feed(&l, &log, "part", 4);
	tap(lines_is_open(&l), "an unfinished line is open");
	lines_shrink(&l);
	tap(l.part && l.len == 4, "and is not given back while it is");
	feed(&l, &log, " of it\nnext", 11);
	tap(lines_is_open(&l), "its end, and the next one's beginning");
	quiet(&l, &log);
	tap(!l.part && !l.cap && !lines_is_open(&l), "after a pause nothing is held");
	tap(same(&log, "[whole][part of it][next]", 25), "all of it came out");

	char *big = malloc(1 << 20);
	memset(big, 'x', 1 << 20);
	log = (struct log){ 0 };
	for (unsigned i = 0; i < 16; i++)
		feed(&l, &log, big, 1 << 20);
	tap(l.cap <= 2 * LINES_MAX && lines_is_open(&l),
		"16 MiB without a newline: %u octets held", (unsigned)l.cap);
	feed(&l, &log, "\nok\n", 4);
	tap(same(&log, "![ok]", 5), "refused once, and the next line is found");
	log = (struct log){ 0 };
	feed(&l, &log, big, 5000);
	quiet(&l, &log);
	feed(&l, &log, "ok\n", 3);
	tap(same(&log, "![ok]", 5), "a pause ends what is passed over, too");
	free(l.part);
	free(big);
}

int main(void)
{
	unsigned wrong = 0;

	chance_begin();
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n, len;
		char *in = spelled(cases[i].in, &n), *want = spelled(cases[i].want, &len);

		check_case(cases[i].name, in, n, want, len);
		free(in);
		free(want);
	}
	holding();
	for (unsigned i = 0; i < 150; i++)
		wrong += !one_stream();
	tap(wrong == 0, "150 random streams with random cuts and pauses: %u not as the model",
		wrong);
	return tap_done();
}
