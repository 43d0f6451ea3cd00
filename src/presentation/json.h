/* SPDX-License-Identifier: ISC */
/*
 * json.h - write one JSON object a line (RFC 8259)
 *
 *	struct json j;
 *
 *	json_open(&j);
 *	json_str(&j, "event", "connected");
 *	json_uint(&j, "port", 8888);
 *	json_list(&j, "addresses");		an array ...
 *	json_str(&j, NULL, "127.0.0.1");	... whose elements have no key
 *	json_end_list(&j);
 *	json_print(&j, stdout);			adds the newline, flushes, and frees
 *
 * Strings may hold anything: what is not UTF-8 becomes U+FFFD.  A number that is not finite
 * becomes null, and whatever the locale, its point is a point.  When memory runs out the
 * object is not printed and json_print() returns -ENOMEM.
 */
#ifndef NOD_PRESENTATION_JSON_H
#define NOD_PRESENTATION_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../base/buf.h"

struct json {
	struct buf text;
	bool needs_comma, bad;
};

void json_open(struct json *j);
void json_str(struct json *j, const char *key, const char *value); /* NULL value: null */
void json_strn(struct json *j, const char *key, const char *value, size_t len);
void json_int(struct json *j, const char *key, int64_t value);
void json_uint(struct json *j, const char *key, uint64_t value);
void json_real(struct json *j, const char *key, double value, int decimals); /* <= 100 */
void json_bool(struct json *j, const char *key, bool value);
void json_list(struct json *j, const char *key);
void json_end_list(struct json *j);
void json_object(struct json *j, const char *key);
void json_end_object(struct json *j);

/* Close the object, print it as one line, free it.  0, or -ENOMEM, or -errno of the write. */
int json_print(struct json *j, FILE *to);

/* Close the object with a newline and hand its text over, to be freed; NULL: no memory. */
char *json_take(struct json *j, size_t *len);

#endif
