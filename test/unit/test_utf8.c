/* SPDX-License-Identifier: ISC */
/*
 * test_utf8.c - text from strangers: valid UTF-8, and nothing that steers a terminal
 *
 * Tables for what has a name; then every string of one and two octets, and random ones, against
 * a model written from Unicode's table 3-7.
 */
#include "tap.h"

#include <stdlib.h>
#include <string.h>

#include "chance.h"
#include "presentation/utf8.h"

#define BAD "\xef\xbf\xbd" /* U+FFFD */

static const struct {
	const char *name, *in;
	size_t len; /* 0: as strlen() says */
	const char *want;
} cleaned[] = {
	{ "nothing", "", 0, "" },
	{ "ASCII", "hello, ~world", 0, "hello, ~world" },
	{ "Chinese", "来,确认下眼神", 0, "来,确认下眼神" },
	{ "four octets", "\U0001f600!", 0, "\U0001f600!" },
	{ "a tab stays", "a\tb", 0, "a\tb" },
	{ "a newline does not", "a\nb\r", 0, "a\u240ab\u240d" },
	{ "an escape sequence", "\x1b[2J", 0, "\u241b[2J" },
	{ "NUL", "a\0b", 3, "a\u2400b" },
	{ "DEL", "\x7f", 0, "\u2421" },
	{ "CSI in one code point", "\xc2\x9b" "2J", 0, BAD "2J" },
	{ "CSI as a lone octet", "\x9b" "2J", 0, BAD "2J" },
	{ "U+FFFD itself", BAD, 0, BAD },
	{ "the highest code point", "\xf4\x8f\xbf\xbf", 0, "\xf4\x8f\xbf\xbf" },
	{ "beyond the highest", "\xf4\x90\x80\x80", 0, BAD BAD BAD BAD },
	{ "five octets, as once", "\xf8\x88\x80\x80\x80", 0, BAD BAD BAD BAD BAD },
	{ "octets that never occur", "\xfe\xff\xc0\xc1\xf5", 0, BAD BAD BAD BAD BAD },
	{ "overlong '/': two octets", "\xc0\xaf", 0, BAD BAD },
	{ "overlong '/': three", "\xe0\x80\xaf", 0, BAD BAD BAD },
	{ "overlong '/': four", "\xf0\x80\x80\xaf", 0, BAD BAD BAD BAD },
	{ "overlong ESC", "\xc0\x9b", 0, BAD BAD },
	{ "overlong NUL, as Java writes it", "\xc0\x80", 0, BAD BAD },
	{ "the last overlong of three", "\xe0\x9f\xbf", 0, BAD BAD BAD },
	{ "the first that needs three", "\xe0\xa0\x80", 0, "\xe0\xa0\x80" },
	{ "the last overlong of four", "\xf0\x8f\xbf\xbf", 0, BAD BAD BAD BAD },
	{ "the first that needs four", "\xf0\x90\x80\x80", 0, "\xf0\x90\x80\x80" },
	{ "the last before the surrogates", "\xed\x9f\xbf", 0, "\xed\x9f\xbf" },
	{ "the first surrogate", "\xed\xa0\x80", 0, BAD BAD BAD },
	{ "the last surrogate", "\xed\xbf\xbf", 0, BAD BAD BAD },
	{ "a pair of them, as CESU-8 writes it", "\xed\xa0\xbd\xed\xb8\x80", 0,
		BAD BAD BAD BAD BAD BAD },
	{ "the first after them", "\xee\x80\x80", 0, "\xee\x80\x80" },
	{ "cut after one of two", "a\xc3", 0, "a" BAD },
	{ "cut after one of three", "\xe4", 0, BAD },
	{ "cut after two of three", "\xe4\xbd", 0, BAD },
	{ "cut after three of four", "\xf0\x9f\x98", 0, BAD },
	{ "cut by a letter", "\xe4\xbd" "A\xa0", 0, BAD "A" BAD },
	{ "cut by another beginning", "\xe4\xbd\xe4\xbd\xa0", 0, BAD "\xe4\xbd\xa0" },
	{ "cut by a control", "\xf0\x9f\x1b[m", 0, BAD "\u241b[m" },
	{ "the standard's own example", "a\xf1\x80\x80\xe1\x80\xc2" "b\x80" "c\x80\xbf" "d", 0,
		"a" BAD BAD BAD "b" BAD "c" BAD BAD "d" },
	{ "right-to-left override", "a\u202etxt.exe", 0, "a" BAD "txt.exe" },
	{ "all embeddings and overrides", "\u202a\u202b\u202c\u202d\u202e", 0,
		BAD BAD BAD BAD BAD },
	{ "all isolates", "\u2066\u2067\u2068\u2069", 0, BAD BAD BAD BAD },
	{ "their neighbours stay", "\u202f\u2065\u206a", 0, "\u202f\u2065\u206a" },
	{ "line and paragraph separators", "\u2028\u2029", 0, BAD BAD },
	{ "a byte order mark", "\ufeffhi", 0, BAD "hi" },
	{ "Arabic and Hebrew stay", "سلام שלום", 0, "سلام שלום" },
};

static const struct {
	const char *name, *in;
	size_t columns;
} columns[] = {
	{ "nothing", "", 0 },
	{ "ASCII", "hello", 5 },
	{ "Chinese", "确认", 4 },
	{ "full-width punctuation", "，。（", 6 },
	{ "half-width kana", "ｱｲ", 2 },
	{ "Hangul", "안녕", 4 },
	{ "an accent of its own", "e\u0301", 1 },
	{ "accents alone", "\u0301\u0302", 0 },
	{ "zero-width space", "\u200b", 0 },
	{ "an emoji", "\U0001f600", 2 },
	{ "an ideograph beyond the first plane", "\U00020000", 2 },
	{ "Greek", "λόγος", 5 },
};

/* In a malloc of exactly @len octets. */
static char *exactly(const char *in, size_t len)
{
	char *copy = malloc(len ? len : 1);

	memcpy(copy, in, len);
	return copy;
}

/* Clean @in between guards.  Whether it came out as @want. */
static bool cleans_to(const char *in, size_t len, const char *want, size_t want_len)
{
	char *copy = exactly(in, len);
	char *out = malloc(len * UTF8_CLEAN_GROWTH + 1);
	size_t got = utf8_clean(out, copy, len);
	bool ok = got == want_len && memcmp(out, want, got) == 0;

	free(copy);
	free(out);
	return ok;
}

/* ---- the model: Unicode's table 3-7, well-formed UTF-8 byte sequences ------------------- */

static const struct {
	uint8_t first, last, low, high; /* of the first octet, of the second */
	size_t len;
} forms[] = {
	{ 0x00, 0x7f, 0, 0, 1 },
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 },
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

/* Octets of @p that begin some well-formed sequence; *@is_whole: and end it. */
static size_t subpart(const uint8_t *p, size_t len, bool *is_whole)
{
	*is_whole = false;
	for (unsigned i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		size_t n = 1;

		if (p[0] < forms[i].first || p[0] > forms[i].last)
			continue;
		while (n < forms[i].len && n < len) {
			uint8_t low = n == 1 ? forms[i].low : 0x80;
			uint8_t high = n == 1 ? forms[i].high : 0xbf;

			if (p[n] < low || p[n] > high)
				break;
			n++;
		}
		*is_whole = n == forms[i].len;
		return n;
	}
	return 1;
}

static bool is_refused(const uint8_t *p, size_t n)
{
	static const char *const refused[] = { "\u202a", "\u202b", "\u202c", "\u202d", "\u202e",
		"\u2066", "\u2067", "\u2068", "\u2069", "\u2028", "\u2029", "\ufeff" };

	if (n == 2 && p[0] == 0xc2 && p[1] < 0xa0)
		return true;
	for (unsigned i = 0; n == 3 && i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (memcmp(p, refused[i], 3) == 0)
			return true;
	}
	return false;
}

static size_t model(char *out, const char *in, size_t len)
{
	char *o = out;

	for (size_t i = 0; i < len;) {
		const uint8_t *p = (const uint8_t *)in + i;
		bool is_whole;
		size_t n = subpart(p, len - i, &is_whole);

		if (!is_whole || is_refused(p, n)) {
			memcpy(o, BAD, 3);
			o += 3;
		} else if (n == 1 && (*p < 0x20 || *p == 0x7f) && *p != '\t') {
			memcpy(o, "\xe2\x90", 2);
			o[2] = (char)(*p == 0x7f ? 0xa1 : 0x80 + *p);
			o += 3;
		} else {
			memcpy(o, p, n);
			o += n;
		}
		i += n;
	}
	return (size_t)(o - out);
}

static bool as_model(const char *in, size_t len)
{
	char want[64 * UTF8_CLEAN_GROWTH];

	return cleans_to(in, len, want, model(want, in, len));
}

static void every_short_string(void)
{
	unsigned wrong = 0, wrong_plain = 0;

	for (unsigned i = 0; i < 65536; i++) {
		const char in[2] = { (char)(i >> 8), (char)i };
		size_t len = i < 256 ? 1 : 2;
		const char *p = i < 256 ? in + 1 : in;
		bool plain = (uint8_t)p[0] >= 0x20 && (uint8_t)p[0] < 0x7f &&
			(len == 1 || ((uint8_t)p[1] >= 0x20 && (uint8_t)p[1] < 0x7f));

		wrong += !as_model(p, len);
		wrong_plain += utf8_is_plain(p, len) != plain;
	}
	tap(wrong == 0, "every string of one or two octets: %u are not as the model", wrong);
	tap(wrong_plain == 0, "... and utf8_is_plain() tells which stay as they are: %u wrong",
		wrong_plain);
}

static void random_strings(void)
{
	static const char pool[] =
		"\x00\x09\x1b\x20\x41\x7e\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xc2\xdf"
		"\xe0\xe1\xe2\xed\xef\xf0\xf1\xf4\xf5\xff";
	unsigned wrong = 0, again = 0;

	for (unsigned i = 0; i < 100000; i++) {
		char in[64], once[64 * UTF8_CLEAN_GROWTH];
		size_t len = chance(sizeof(in) + 1);

		for (size_t k = 0; k < len; k++)
			in[k] = chance(8) ? pool[chance(sizeof(pool) - 1)] : (char)chance(256);
		wrong += !as_model(in, len);
		size_t n = utf8_clean(once, in, len);
		again += !cleans_to(once, n, once, n);
	}
	tap(wrong == 0, "100,000 random strings: %u are not as the model", wrong);
	tap(again == 0, "what is clean stays as it is: %u did not", again);
}

/* Every code point, written out by hand, is read back. */
static void every_code_point(void)
{
	unsigned wrong = 0;

	for (uint32_t cp = 0; cp <= 0x10ffff; cp++) {
		char in[4];
		size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
		uint32_t got;

		in[0] = (char)(n == 1 ? cp : (0xf00u >> n & 0xff) | cp >> 6 * (n - 1));
		for (size_t k = 1; k < n; k++)
			in[k] = (char)(0x80 | (cp >> 6 * (n - 1 - k) & 0x3f));
		bool is_surrogate = cp >= 0xd800 && cp <= 0xdfff;
		size_t used = utf8_next(in, n, &got);

		wrong += is_surrogate ? used != 1 || got != 0xfffd : used != n || got != cp;
	}
	tap(wrong == 0, "every code point but the surrogates is read as itself: %u wrong", wrong);
}

static void most_growth(void)
{
	char in[4096];
	char *out = malloc(sizeof(in) * UTF8_CLEAN_GROWTH);

	for (unsigned c = 0; c < 256; c++) {
		memset(in, (int)c, sizeof(in));
		size_t n = utf8_clean(out, in, sizeof(in));

		if (n > sizeof(in) * UTF8_CLEAN_GROWTH) {
			tap(false, "octet %02x grows beyond the limit", c);
			break;
		}
	}
	memset(in, 0xff, sizeof(in));
	tap(utf8_clean(out, in, sizeof(in)) == sizeof(in) * UTF8_CLEAN_GROWTH,
		"the most growth there is fills the room there is");
	free(out);
}

int main(void)
{
	chance_begin();
	for (unsigned i = 0; i < sizeof(cleaned) / sizeof(cleaned[0]); i++) {
		size_t len = cleaned[i].len ? cleaned[i].len : strlen(cleaned[i].in);

		tap(cleans_to(cleaned[i].in, len, cleaned[i].want, strlen(cleaned[i].want)),
			"clean: %s", cleaned[i].name);
	}
	for (unsigned i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		tap(utf8_columns(columns[i].in, strlen(columns[i].in)) == columns[i].columns,
			"columns: %s", columns[i].name);
	every_short_string();
	random_strings();
	every_code_point();
	most_growth();
	return tap_done();
}
