/* SPDX-License-Identifier: ISC */
/*
 * hex.h - octets for tests: "45 00 0073", in a malloc of exactly their number, so that
 * AddressSanitizer sees the first octet read too far
 */
#ifndef NOD_TEST_HEX_H
#define NOD_TEST_HEX_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* To be freed.  Whitespace is skipped; anything else that is no hex pair ends the test. */
static inline uint8_t *from_hex(const char *hex, size_t *len)
{
	size_t n = 0;
	const char *p;

	for (p = hex; *p; p++)
		n += hex_digit(*p) >= 0;
	*len = n / 2;

	uint8_t *out = malloc(*len), *o = out;
	for (p = hex; *p; p++) {
		if (*p == ' ' || *p == '\n' || *p == '\t')
			continue;
		if (hex_digit(p[0]) < 0 || hex_digit(p[1]) < 0) {
			printf("Bail out! not hex: %s\n", hex);
			exit(99);
		}
		*o++ = (uint8_t)(hex_digit(p[0]) << 4 | hex_digit(p[1]));
		p++;
	}
	return out;
}

#endif
