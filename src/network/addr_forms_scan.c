/* SPDX-License-Identifier: ISC */
/*
 * addr_forms_scan.c - reads the other forms of an address back
 *
 * inet_aton()'s: one to four numbers with dots, each decimal, octal (a leading 0) or
 * hexadecimal (0x), the last of which fills all octets that are left.  Unlike C libraries'
 * inet_aton(), nothing may follow, not even behind a blank: that let other text in by the
 * back door.
 *
 * Neighbours: addr_forms.c (writes them), addr_scan.c (the strict forms).
 */
#include "addr_forms.h"

#include <errno.h>
#include <string.h>

#include "addr_number.h"

#define ARPA_PARTS_MAX 32

static int digit_in(char c, unsigned base)
{
	int v = 99;

	if (c >= '0' && c <= '9')
		v = c - '0';
	else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		v = (c | 0x20) - 'a' + 10;
	return v < (int)base ? v : -1;
}

/* One number of inet_aton()'s, at *@at.  0, or -EINVAL: no digit, or over 2^32 - 1. */
static int scan_loose_part(const char *s, size_t len, size_t *at, uint32_t *out)
{
	size_t i = *at, digits = 0;
	uint64_t v = 0;
	unsigned base = 10;

	if (i < len && s[i] == '0') {
		base = 8;
		if (i + 1 < len && (s[i + 1] | 0x20) == 'x') {
			base = 16;
			i += 2;
		}
	}
	for (; i < len && digit_in(s[i], base) >= 0; i++, digits++) {
		v = v * base + (unsigned)digit_in(s[i], base);
		if (v > UINT32_MAX)
			return -EINVAL;
	}
	*at = i;
	*out = (uint32_t)v;
	return digits ? 0 : -EINVAL;
}

int addr_scan_loose(const char *s, size_t len, uint8_t octet[4])
{
	uint32_t part[4], v = 0;
	unsigned n = 0;

	for (size_t i = 0;; i++) {
		if (n == 4 || scan_loose_part(s, len, &i, &part[n++]) < 0)
			return -EINVAL;
		if (i == len)
			break;
		if (s[i] != '.')
			return -EINVAL;
	}
	for (unsigned i = 0; i + 1 < n; i++) {
		if (part[i] > 0xff)
			return -EINVAL;
		v |= part[i] << (24 - 8 * i);
	}
	if (part[n - 1] > UINT32_MAX >> 8 * (n - 1))
		return -EINVAL;
	v |= part[n - 1];
	for (unsigned i = 0; i < 4; i++)
		octet[i] = (uint8_t)(v >> (24 - 8 * i));
	return 0;
}

static bool ends_with(const char *s, size_t len, const char *end)
{
	size_t n = strlen(end);

	if (len < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = s[len - n + i];

		if (c != end[i] && (c < 'A' || c > 'Z' || (c | 0x20) != end[i])) /* RFC 4343 */
			return false;
	}
	return true;
}

/* Four octets backwards in decimal, or 32 digits backwards in hexadecimal, a dot behind
 * each. */
static int scan_arpa(const char *s, size_t len, struct nod_addr *a)
{
	struct nod_addr out = { .family = NOD_IPV4 };
	unsigned n = 0;

	if (len && s[len - 1] == '.') /* the root may be written */
		len--;
	if (ends_with(s, len, ".in-addr.arpa")) {
		struct addr_trouble t;
		uint8_t back[4];
		int err = addr_scan_ipv4(s, len - strlen(".in-addr.arpa"), back, &t);

		if (err < 0)
			return err;
		for (unsigned i = 0; i < 4; i++)
			out.octet[i] = back[3 - i];
		*a = out;
		return 0;
	}
	if (!ends_with(s, len, ".ip6.arpa"))
		return -EINVAL;
	out.family = NOD_IPV6;
	len -= strlen("ip6.arpa");
	if (len != 2 * ARPA_PARTS_MAX)
		return -EINVAL;
	for (size_t i = 0; i < len; i += 2, n++) {
		int v = digit_in(s[i], 16);

		if (v < 0 || s[i + 1] != '.')
			return -EINVAL;
		out.octet[15 - n / 2] |= (uint8_t)(n % 2 ? v << 4 : v);
	}
	*a = out;
	return 0;
}

/* One byte of a Python literal at *@at; its octets, or -1. */
static int scan_packed_byte(const char *s, size_t len, size_t *at)
{
	static const char letters[] = "tnr\\'\"", values[] = "\t\n\r\\'\"";
	size_t i = *at;

	if (s[i] != '\\') {
		*at = i + 1;
		return (unsigned char)s[i] >= 0x20 && (unsigned char)s[i] < 0x7f ? s[i] : -1;
	}
	if (i + 3 < len && s[i + 1] == 'x' && digit_in(s[i + 2], 16) >= 0 &&
		digit_in(s[i + 3], 16) >= 0) {
		*at = i + 4;
		return digit_in(s[i + 2], 16) << 4 | digit_in(s[i + 3], 16);
	}

	const char *letter = i + 1 < len && s[i + 1] ? strchr(letters, s[i + 1]) : NULL;

	*at = i + 2;
	return letter ? values[letter - letters] : -1;
}

/* b'\xc0\xa8\x01\x02', the b and the quotes as one likes: a shell may have eaten them. */
static int scan_packed(const char *s, size_t len, struct nod_addr *a)
{
	struct nod_addr out = { .family = NOD_IPV4 };
	unsigned n = 0;

	if (len >= 3 && s[0] == 'b' && (s[1] == '\'' || s[1] == '"')) {
		s++;
		len--;
	}
	if (len >= 2 && (s[0] == '\'' || s[0] == '"') && s[len - 1] == s[0]) {
		s++;
		len -= 2;
	}
	for (size_t i = 0; i < len;) {
		int octet = n < 16 ? scan_packed_byte(s, len, &i) : -1;

		if (octet < 0)
			return -EINVAL;
		out.octet[n++] = (uint8_t)octet;
	}
	if (n != 4 && n != 16)
		return -EINVAL;
	out.family = n == 4 ? NOD_IPV4 : NOD_IPV6;
	*a = out;
	return 0;
}

int addr_scan_any(const char *s, size_t len, struct nod_addr *a, enum addr_written *written,
	struct addr_trouble *t)
{
	struct nod_addr out = { .family = NOD_IPV4 };
	bool is_bracketed = len > 2 && s[0] == '[' && s[len - 1] == ']' && memchr(s, ':', len);
	int err =
		is_bracketed ? addr_scan(s + 1, len - 2, &out, t) : addr_scan(s, len, &out, t);

	*written = is_bracketed ? WRITTEN_BRACKETS : WRITTEN_STRICT;
	if (err < 0 && is_bracketed)
		t->at++;
	if (err == -EINVAL && addr_scan_loose(s, len, out.octet) == 0) {
		*written = WRITTEN_LOOSE;
		err = 0;
	} else if (err == -EINVAL && number_scan_addr(s, len, &out) == 0) {
		*written = WRITTEN_NUMBER;
		err = 0;
	} else if (err == -EINVAL && scan_arpa(s, len, &out) == 0) {
		*written = WRITTEN_ARPA;
		err = 0;
	} else if (err == -EINVAL && len &&
		(s[0] == 'b' || s[0] == '\\' || s[0] == '\'' || s[0] == '"') &&
		scan_packed(s, len, &out) == 0) {
		*written = WRITTEN_PACKED;
		err = 0;
	}
	if (err == 0)
		*a = out;
	return err;
}
