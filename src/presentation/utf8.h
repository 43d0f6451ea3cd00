/* SPDX-License-Identifier: ISC */
/*
 * utf8.h - text from strangers: valid UTF-8, and nothing that steers a terminal
 */
#ifndef NOD_PRESENTATION_UTF8_H
#define NOD_PRESENTATION_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* utf8_clean() writes at most this many octets for each octet that it reads. */
#define UTF8_CLEAN_GROWTH 3

/* Whether every octet is printable ASCII, so that utf8_clean() would change nothing. */
bool utf8_is_plain(const char *in, size_t len);

/*
 * Copy @len octets, made fit for any terminal: what is not UTF-8 becomes U+FFFD (one for each
 * maximal subpart, as Unicode 15 table 3-8 recommends), C0 controls and DEL their pictures
 * (U+2400 and up), C1 controls and the bidirectional overrides U+FFFD; a tab stays.
 * @out has room for UTF8_CLEAN_GROWTH * @len octets and may not overlap @in.
 * Returns the octets written; no NUL is added.
 */
size_t utf8_clean(char *out, const char *in, size_t len);

/* Read one code point from @len >= 1 octets: octets used, and *@cp, or U+FFFD where invalid. */
size_t utf8_next(const char *in, size_t len, uint32_t *cp);

/* Columns that @len octets of valid UTF-8 take on a terminal (wide characters two). */
size_t utf8_columns(const char *s, size_t len);

#endif
