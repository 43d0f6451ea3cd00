/* SPDX-License-Identifier: ISC */
/* test_json.c - one JSON object a line (RFC 8259) */
#include "tap.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "presentation/json.h"

static const struct {
	const char *name, *in;
	size_t len; /* 0: as strlen() says */
	const char *want;
} strings[] = {
	{ "nothing", "", 0, "" },
	{ "words", "hello, world", 0, "hello, world" },
	{ "a quote", "say \"hi\"", 0, "say \\\"hi\\\"" },
	{ "a backslash", "C:\\", 0, "C:\\\\" },
	{ "a slash needs nothing", "a/b", 0, "a/b" },
	{ "a newline", "a\nb", 0, "a\\nb" },
	{ "a tab and a return", "\t\r", 0, "\\u0009\\u000d" },
	{ "NUL within", "a\0b", 3, "a\\u0000b" },
	{ "escape", "\x1b[2J", 0, "\\u001b[2J" },
	{ "the last C0 control", "\x1f ", 0, "\\u001f " },
	{ "DEL", "\x7f", 0, "\\u007f" },
	{ "C1 controls", "\xc2\x80\xc2\x9b\xc2\x9f", 0, "\\u0080\\u009b\\u009f" },
	{ "what comes after them", "\xc2\xa0", 0, "\xc2\xa0" },
	{ "Chinese", "确认下眼神", 0, "确认下眼神" },
	{ "beyond the first plane", "\U0001f600", 0, "\U0001f600" },
	{ "no UTF-8", "a\xff" "b", 0, "a\ufffdb" },
	{ "a surrogate", "\xed\xa0\x80", 0, "\ufffd\ufffd\ufffd" },
	{ "an overlong quote", "\xc0\xa2", 0, "\ufffd\ufffd" },
	{ "cut at its end", "\xe4\xbd", 0, "\ufffd" },
	{ "U+FFFD itself", "\ufffd", 0, "\ufffd" },
};

static const struct {
	double in;
	int decimals;
	const char *want;
} reals[] = {
	{ 1.5, 3, "1.500" },
	{ -0.25, 2, "-0.25" },
	{ 1.5, 0, "2" },
	{ 0, 1, "0.0" },
	{ 123456789.125, 3, "123456789.125" },
	{ 1e-9, 3, "0.000" },
	{ INFINITY, 3, "null" },
	{ -INFINITY, 3, "null" },
	{ NAN, 0, "null" },
};

/* Whether the object that is closed now has this text, newline and all. */
static bool is_text(struct json *j, const char *want)
{
	size_t len;
	char *text = json_take(j, &len);
	bool ok = text && len == strlen(want) && memcmp(text, want, len) == 0;

	if (text && !ok)
		printf("# got %.*s", (int)len, text);
	free(text);
	return ok;
}

static void one_string(const char *name, const char *in, size_t len, const char *want)
{
	struct json j;
	char line[256];
	char *copy = malloc(len ? len : 1); /* of exactly its octets */

	memcpy(copy, in, len);
	json_open(&j);
	json_strn(&j, "s", copy, len);
	snprintf(line, sizeof(line), "{\"s\":\"%s\"}\n", want);
	tap(is_text(&j, line), "string: %s", name);
	free(copy);
}

static void numbers(void)
{
	struct json j;
	char line[512];

	json_open(&j);
	json_int(&j, "least", INT64_MIN);
	json_int(&j, "most", INT64_MAX);
	json_uint(&j, "more", UINT64_MAX);
	json_bool(&j, "yes", true);
	json_bool(&j, "no", false);
	tap(is_text(&j, "{\"least\":-9223372036854775808,\"most\":9223372036854775807,"
			"\"more\":18446744073709551615,\"yes\":true,\"no\":false}\n"),
		"whole numbers and booleans");

	for (unsigned i = 0; i < sizeof(reals) / sizeof(reals[0]); i++) {
		json_open(&j);
		json_real(&j, "x", reals[i].in, reals[i].decimals);
		snprintf(line, sizeof(line), "{\"x\":%s}\n", reals[i].want);
		tap(is_text(&j, line), "%s", reals[i].want);
	}

	json_open(&j);
	json_real(&j, "x", -1.7976931348623157e308, 100);
	size_t len;
	char *text = json_take(&j, &len);
	tap(len == strlen("{\"x\":-") + 309 + 1 + 100 + strlen("}\n"),
		"the largest number there is, to the last digit");
	free(text);
}

/* Where a number is written 1,5 for people, it is not for JSON. */
static void numbers_abroad(void)
{
	static const char *const abroad[] = { "de_DE.UTF-8", "fr_FR.UTF-8", "ru_RU.UTF-8",
		"pt_BR.UTF-8", "ps_AF.UTF-8" };
	const char *name = "a number's point is a point in every locale";
	struct json j;
	unsigned i = 0;

	while (i < sizeof(abroad) / sizeof(abroad[0]) && !setlocale(LC_ALL, abroad[i]))
		i++;
	if (i == sizeof(abroad) / sizeof(abroad[0])) {
		tap_skip(name, "no locale with another decimal point is installed");
		return;
	}
	json_open(&j);
	json_real(&j, "x", -1234.5, 2);
	tap(is_text(&j, "{\"x\":-1234.50}\n"), "%s", name);
	setlocale(LC_ALL, "C");
}

static void nesting(void)
{
	struct json j;

	json_open(&j);
	tap(is_text(&j, "{}\n"), "an empty object");

	json_open(&j);
	json_list(&j, "none");
	json_end_list(&j);
	json_object(&j, "also");
	json_end_object(&j);
	tap(is_text(&j, "{\"none\":[],\"also\":{}}\n"), "empty ones inside");

	json_open(&j);
	json_list(&j, "l");
	json_str(&j, NULL, "a");
	json_str(&j, NULL, NULL);
	json_object(&j, NULL);
	json_int(&j, "n", 1);
	json_int(&j, "m", 2);
	json_end_object(&j);
	json_list(&j, NULL);
	json_end_list(&j);
	json_end_list(&j);
	json_str(&j, "k\"", "v");
	tap(is_text(&j, "{\"l\":[\"a\",null,{\"n\":1,\"m\":2},[]],\"k\\\"\":\"v\"}\n"),
		"lists, objects, null; a key is a string too");
}

static void printing(void)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	struct json j;

	json_open(&j);
	json_str(&j, "a", "b");
	int err = json_print(&j, f);
	fclose(f);
	tap(err == 0 && strcmp(text, "{\"a\":\"b\"}\n") == 0, "print: one line");
	free(text);

	f = fopen("/dev/full", "w");
	if (!f) {
		tap_skip("print: a full disk is told", "no /dev/full");
		return;
	}
	json_open(&j);
	json_str(&j, "a", "b");
	err = json_print(&j, f);
	tap(err == -ENOSPC, "print: a full disk is told");
	fclose(f);
}

static void growth(void)
{
	struct json j;
	size_t len, n = 100000;
	char *long_one = malloc(n);
	bool ok;

	memset(long_one, 1, n);
	json_open(&j);
	json_strn(&j, "s", long_one, n);
	char *text = json_take(&j, &len);
	ok = len == strlen("{\"s\":\"") + 6 * n + strlen("\"}\n");
	for (size_t i = 0; ok && i < n; i++)
		ok = memcmp(text + strlen("{\"s\":\"") + 6 * i, "\\u0001", 6) == 0;
	tap(ok, "each octet may become six");
	free(text);
	free(long_one);
}

int main(void)
{
	for (unsigned i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		one_string(strings[i].name, strings[i].in,
			strings[i].len ? strings[i].len : strlen(strings[i].in), strings[i].want);
	numbers();
	numbers_abroad();
	nesting();
	printing();
	growth();
	return tap_done();
}
