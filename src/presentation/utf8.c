/* SPDX-License-Identifier: ISC */
/*
 * utf8.c - text from strangers: valid UTF-8, and nothing that steers a terminal
 *
 * RFC 3629 (no surrogates, no overlong forms, nothing above U+10FFFF).
 */
#include "utf8.h"

#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

bool utf8_is_plain(const char *in, size_t len)
{
	unsigned odd = 0;

	for (size_t i = 0; i < len; i++) /* no early end, so that it is vectorised */
		odd |= (uint8_t)((uint8_t)in[i] - 0x20) >= 0x5f;
	return odd == 0;
}

size_t utf8_next(const char *in, size_t len, uint32_t *cp)
{
	const uint8_t *p = (const uint8_t *)in;
	uint8_t low = 0x80, high = 0xbf; /* of the second octet: RFC 3629 section 4 */
	unsigned more;

	if (p[0] < 0x80) {
		*cp = p[0];
		return 1;
	}
	*cp = 0xfffd;
	if (p[0] >= 0xc2 && p[0] <= 0xdf) {
		more = 1;
	} else if (p[0] >= 0xe0 && p[0] <= 0xef) {
		more = 2;
		if (p[0] == 0xe0)
			low = 0xa0;
		else if (p[0] == 0xed)
			high = 0x9f;
	} else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
		more = 3;
		if (p[0] == 0xf0)
			low = 0x90;
		else if (p[0] == 0xf4)
			high = 0x8f;
	} else {
		return 1;
	}

	uint32_t v = p[0] & (0x3fu >> more);
	for (unsigned i = 1; i <= more; i++) {
		if (i >= len || p[i] < low || p[i] > high)
			return i;
		v = v << 6 | (p[i] & 0x3f);
		low = 0x80;
		high = 0xbf;
	}
	*cp = v;
	return more + 1;
}

static bool steers(uint32_t cp)
{
	return (cp >= 0x80 && cp < 0xa0) ||	    /* C1: CSI and kin */
		(cp >= 0x202a && cp <= 0x202e) ||   /* bidirectional overrides */
		(cp >= 0x2066 && cp <= 0x2069) || cp == 0x2028 || cp == 0x2029 ||
		cp == 0xfeff;
}

size_t utf8_clean(char *out, const char *in, size_t len)
{
	char *o = out;

	for (size_t i = 0; i < len;) {
		uint32_t cp;
		size_t n = utf8_next(in + i, len - i, &cp);

		if (cp == '\t' || (cp >= 0x20 && cp < 0x7f)) {
			*o++ = in[i];
		} else if (cp < 0x20 || cp == 0x7f) {
			*o++ = '\xe2'; /* U+2400 + code; DEL is U+2421 */
			*o++ = '\x90';
			*o++ = (char)(0x80 + (cp == 0x7f ? 0x21 : cp));
		} else if (cp == 0xfffd || steers(cp)) {
			memcpy(o, REPLACEMENT, 3);
			o += 3;
		} else {
			memcpy(o, in + i, n);
			o += n;
		}
		i += n;
	}
	return (size_t)(o - out);
}

static bool is_combining(uint32_t cp)
{
	return (cp >= 0x300 && cp < 0x370) || (cp >= 0x200b && cp <= 0x200f) ||
		(cp >= 0xfe00 && cp <= 0xfe0f) || (cp >= 0x20d0 && cp < 0x2100);
}

static bool is_wide(uint32_t cp) /* UAX 11: W and F, by block */
{
	return cp >= 0x1100 &&
		(cp <= 0x115f || (cp >= 0x2e80 && cp <= 0xa4cf && cp != 0x303f) ||
			(cp >= 0xac00 && cp <= 0xd7a3) || (cp >= 0xf900 && cp <= 0xfaff) ||
			(cp >= 0xfe30 && cp <= 0xfe6f) || (cp >= 0xff00 && cp <= 0xff60) ||
			(cp >= 0xffe0 && cp <= 0xffe6) || (cp >= 0x1f300 && cp <= 0x1faff) ||
			(cp >= 0x20000 && cp <= 0x3fffd));
}

size_t utf8_columns(const char *s, size_t len)
{
	size_t columns = 0;

	for (size_t i = 0; i < len;) {
		uint32_t cp;

		i += utf8_next(s + i, len - i, &cp);
		columns += is_combining(cp) ? 0 : is_wide(cp) ? 2 : 1;
	}
	return columns;
}
