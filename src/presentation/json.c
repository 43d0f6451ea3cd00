/* SPDX-License-Identifier: ISC */
/*
 * json.c - write one JSON object a line (RFC 8259)
 *
 * Only writes; nothing in nod reads JSON.
 */
#include "json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

static void put(struct json *j, const char *s, size_t len)
{
	if (!j->bad && buf_put(&j->text, s, len) < 0)
		j->bad = true;
}

static void put_string(struct json *j, const char *s, size_t len)
{
	put(j, "\"", 1);
	for (size_t i = 0; i < len;) {
		uint32_t cp;
		size_t n = utf8_next(s + i, len - i, &cp);
		char esc[8];

		if (cp == '"' || cp == '\\') {
			esc[0] = '\\';
			esc[1] = (char)cp;
			put(j, esc, 2);
		} else if (cp == '\n') {
			put(j, "\\n", 2);
		} else if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0)) {
			snprintf(esc, sizeof(esc), "\\u%04x", (unsigned)cp);
			put(j, esc, 6);
		} else if (cp == 0xfffd) {
			put(j, "\xef\xbf\xbd", 3);
		} else {
			put(j, s + i, n);
		}
		i += n;
	}
	put(j, "\"", 1);
}

static void put_key(struct json *j, const char *key)
{
	if (j->needs_comma)
		put(j, ",", 1);
	j->needs_comma = true;
	if (key) {
		put_string(j, key, strlen(key));
		put(j, ":", 1);
	}
}

static void put_open(struct json *j, const char *key, const char *bracket)
{
	put_key(j, key);
	put(j, bracket, 1);
	j->needs_comma = false;
}

static void put_close(struct json *j, const char *bracket)
{
	put(j, bracket, 1);
	j->needs_comma = true;
}

void json_open(struct json *j)
{
	*j = (struct json){ 0 };
	put(j, "{", 1);
}

void json_strn(struct json *j, const char *key, const char *value, size_t len)
{
	put_key(j, key);
	put_string(j, value, len);
}

void json_str(struct json *j, const char *key, const char *value)
{
	if (value) {
		json_strn(j, key, value, strlen(value));
	} else {
		put_key(j, key);
		put(j, "null", 4);
	}
}

static void put_number(struct json *j, const char *key, const char *text)
{
	put_key(j, key);
	put(j, text, strlen(text));
}

void json_int(struct json *j, const char *key, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	put_number(j, key, text);
}

void json_uint(struct json *j, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	put_number(j, key, text);
}

void json_real(struct json *j, const char *key, double value, int decimals)
{
	char text[512]; /* the largest double has 309 digits before its point */

	if (!isfinite(value)) { /* JSON has no word for it */
		put_number(j, key, "null");
		return;
	}
	snprintf(text, sizeof(text), "%.*f", decimals, value);
	if (decimals > 0) { /* the locale's decimal point, a comma perhaps, or several octets */
		size_t whole = strspn(text, "-0123456789");
		const char *fraction = text + strlen(text) - decimals;

		text[whole] = '.';
		memmove(text + whole + 1, fraction, (size_t)decimals + 1);
	}
	put_number(j, key, text);
}

void json_bool(struct json *j, const char *key, bool value)
{
	put_number(j, key, value ? "true" : "false");
}

void json_list(struct json *j, const char *key)
{
	put_open(j, key, "[");
}

void json_end_list(struct json *j)
{
	put_close(j, "]");
}

void json_object(struct json *j, const char *key)
{
	put_open(j, key, "{");
}

void json_end_object(struct json *j)
{
	put_close(j, "}");
}

char *json_take(struct json *j, size_t *len)
{
	put(j, "}\n", 2);
	if (j->bad) {
		free(j->text.p);
		j->text.p = NULL;
	}
	*len = j->bad ? 0 : j->text.len;
	return j->text.p;
}

int json_print(struct json *j, FILE *to)
{
	size_t len;
	char *text = json_take(j, &len);
	int err = 0;

	if (!text)
		return -ENOMEM;
	if (fwrite(text, 1, len, to) != len || fflush(to) != 0)
		err = -errno;
	free(text);
	return err;
}
