/* SPDX-License-Identifier: ISC */
/*
 * addr_scan.c - addresses and prefixes from text, with the reason when it is not one
 *
 * RFC 4291 2.2 and 2.3 (IPv6), RFC 4007 11 (zones), RFC 4632 3.1 (prefixes); dotted decimal
 * as POSIX has it for inet_pton(), and with RFC 6943 3.1.1 no leading zeros.  The loose
 * forms of inet_aton() are read in addr_forms.c.
 *
 * Neighbours: addr.c (the public calls), addr_zone.h (interfaces by name).
 */
#include "addr_scan.h"

#include <errno.h>
#include <string.h>

#include "addr_zone.h"

#define ZONE_NAME_MAX 63 /* octets; far over any kernel's interface names */

static int trouble(
	struct addr_trouble *t, enum addr_fault fault, size_t at, size_t len, unsigned nth)
{
	*t = (struct addr_trouble){ .fault = fault, .at = at, .len = len, .nth = nth };
	return fault == ADDR_ZONE_UNKNOWN ? -ENODEV : -EINVAL;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* 0..15, or -1. */
static int hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The octets of the UTF-8 character at @s, so that the whole of it can be shown. */
static size_t character_len(const char *s, size_t len)
{
	size_t n = 1;

	while (n < len && ((unsigned char)s[n] & 0xc0) == 0x80)
		n++;
	return n;
}

int addr_scan_ipv4(const char *s, size_t len, uint8_t octet[4], struct addr_trouble *t)
{
	uint8_t out[4] = { 0 };
	unsigned n = 0; /* octets read */

	if (!len)
		return trouble(t, ADDR_EMPTY, 0, 0, 0);
	for (size_t i = 0;; i++) { /* each turn an octet, then its dot */
		size_t start = i;
		unsigned v = 0;

		for (; i < len && is_digit(s[i]); i++)
			v = v > 255 ? v : v * 10 + (unsigned)(s[i] - '0');
		if (i < len && s[i] != '.')
			return trouble(
				t, ADDR_CHARACTER, i, character_len(s + i, len - i), n + 1);
		if (n == 4)
			return trouble(t, ADDR_OCTETS_MANY, start, len - start, n);
		if (i == start)
			return trouble(t, ADDR_OCTET_EMPTY, i, i < len, n + 1);
		if (v > 255)
			return trouble(t, ADDR_OCTET_LARGE, start, i - start, n + 1);
		if (s[start] == '0' && i - start > 1)
			return trouble(t, ADDR_OCTET_ZERO, start, i - start, n + 1);
		out[n++] = (uint8_t)v;
		if (i == len)
			break;
	}
	if (n < 4)
		return trouble(t, ADDR_OCTETS_FEW, 0, len, n);
	memcpy(octet, out, 4);
	return 0;
}

/* Move what was read behind a "::" to the end, zeros between. */
static void close_gap(uint8_t out[16], size_t gap, size_t have)
{
	size_t tail = have - gap;

	memmove(out + 16 - tail, out + gap, tail);
	memset(out + gap, 0, 16 - have);
}

int addr_scan_ipv6(const char *s, size_t len, uint8_t octet[16], struct addr_trouble *t)
{
	uint8_t out[16] = { 0 };
	const size_t no_gap = 17;
	size_t i = 0, have = 0, gap = no_gap; /* octets */

	if (!len)
		return trouble(t, ADDR_EMPTY, 0, 0, 0);
	if (s[0] == ':') {
		if (len < 2 || s[1] != ':')
			return trouble(t, ADDR_COLON, 0, 1, 1);
		gap = 0;
		i = 2;
	}
	while (i < len) {
		size_t start = i;
		unsigned v = 0, nth = (unsigned)(have / 2 + 1);

		for (; i < len && hex_value(s[i]) >= 0; i++)
			v = (v << 4 | (unsigned)hex_value(s[i])) & 0xffff;
		if (i < len && s[i] == '.') { /* RFC 4291 2.2 form 3: the rest is IPv4 */
			if (have > 12)
				return trouble(t, ADDR_GROUPS_MANY, start, len - start, nth);
			int err = addr_scan_ipv4(s + start, len - start, out + have, t);

			if (err < 0) {
				t->at += start;
				return err;
			}
			have += 4;
			break;
		}
		if (i < len && s[i] != ':')
			return trouble(
				t, ADDR_CHARACTER, i, character_len(s + i, len - i), nth);
		if (i == start)
			return trouble(t, ADDR_COLON, i, 1, nth);
		if (i - start > 4)
			return trouble(t, ADDR_GROUP_LONG, start, i - start, nth);
		if (have == 16)
			return trouble(t, ADDR_GROUPS_MANY, start, len - start, nth);
		out[have++] = (uint8_t)(v >> 8);
		out[have++] = (uint8_t)v;
		if (i == len)
			break;
		if (++i == len)
			return trouble(t, ADDR_COLON, i - 1, 1, nth);
		if (s[i] == ':') {
			if (gap != no_gap)
				return trouble(t, ADDR_GAP_TWICE, i - 1, 2, nth);
			gap = have;
			i++;
		}
	}
	if (gap == no_gap && have < 16)
		return trouble(t, ADDR_GROUPS_FEW, 0, len, (unsigned)(have / 2));
	if (gap != no_gap) {
		if (have == 16)
			return trouble(t, ADDR_GAP_OF_NOTHING, 0, len, 8);
		close_gap(out, gap, have);
	}
	memcpy(octet, out, 16);
	return 0;
}

/* A zone's number, or the number of the interface that has its name (RFC 4007 11.2). */
static int scan_zone(const char *s, size_t len, uint32_t *zone)
{
	char name[ZONE_NAME_MAX + 1];
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < len && is_digit(s[i]) && v <= UINT32_MAX; i++)
		v = v * 10 + (uint64_t)(s[i] - '0');
	if (i == len && v <= UINT32_MAX) {
		*zone = (uint32_t)v;
		return 0;
	}
	if (len > ZONE_NAME_MAX || memchr(s, 0, len))
		return -ENODEV;
	memcpy(name, s, len);
	name[len] = 0;
	*zone = addr_zones.index_of(name);
	return *zone ? 0 : -ENODEV;
}

int addr_scan(const char *s, size_t len, struct nod_addr *a, struct addr_trouble *t)
{
	struct nod_addr out = { 0 };
	const char *percent = len ? memchr(s, '%', len) : NULL;
	size_t host = percent ? (size_t)(percent - s) : len;
	bool is_ipv6 = host && memchr(s, ':', host);
	int err = is_ipv6 ? addr_scan_ipv6(s, host, out.octet, t) :
			    addr_scan_ipv4(s, host, out.octet, t);

	if (err < 0)
		return err;
	out.family = is_ipv6 ? NOD_IPV6 : NOD_IPV4;
	if (percent) {
		size_t at = host + 1;

		if (!is_ipv6)
			return trouble(t, ADDR_ZONE_IPV4, host, len - host, 0);
		if (at == len)
			return trouble(t, ADDR_ZONE_EMPTY, host, 1, 0);
		if (scan_zone(s + at, len - at, &out.zone) < 0)
			return trouble(t, ADDR_ZONE_UNKNOWN, at, len - at, 0);
	}
	*a = out;
	return 0;
}

/* How many ones @v begins with, or -1 when others follow a zero. */
static int ones_first(uint32_t v)
{
	int n = 0;

	while (v & 0x80000000u) {
		v <<= 1;
		n++;
	}
	return v ? -1 : n;
}

static int scan_mask(const char *s, size_t len, uint8_t *bits, enum prefix_form *form,
	struct addr_trouble *t)
{
	uint8_t o[4];
	int err = addr_scan_ipv4(s, len, o, t);

	if (err < 0)
		return err;

	uint32_t v = (uint32_t)o[0] << 24 | (uint32_t)o[1] << 16 | (uint32_t)o[2] << 8 | o[3];
	int as_mask = ones_first(v), as_wildcard = ones_first(~v);

	if (as_mask < 0 && as_wildcard < 0)
		return trouble(t, ADDR_MASK_HOLES, 0, len, 0);
	*form = as_mask >= 0 ? PREFIX_MASK : PREFIX_WILDCARD;
	*bits = (uint8_t)(as_mask >= 0 ? as_mask : as_wildcard);
	return 0;
}

int prefix_scan_length(const char *s, size_t len, enum nod_family family, uint8_t *bits,
	enum prefix_form *form, struct addr_trouble *t)
{
	unsigned v = 0, max = family == NOD_IPV4 ? 32 : 128;
	size_t i;

	if (!len)
		return trouble(t, ADDR_LENGTH_EMPTY, 0, 0, max);
	for (i = 0; i < len && is_digit(s[i]); i++)
		v = v > max ? v : v * 10 + (unsigned)(s[i] - '0');
	if (i < len && (memchr(s, '.', len) || memchr(s, ':', len))) {
		if (family == NOD_IPV6)
			return trouble(t, ADDR_MASK_IPV6, 0, len, max);
		return scan_mask(s, len, bits, form, t);
	}
	if (i < len)
		return trouble(t, ADDR_LENGTH_DIGITS, 0, len, max);
	if (v > max)
		return trouble(t, ADDR_LENGTH_LARGE, 0, len, max);
	if (s[0] == '0' && len > 1)
		return trouble(t, ADDR_LENGTH_ZERO, 0, len, max);
	*bits = (uint8_t)v;
	*form = PREFIX_LENGTH;
	return 0;
}

int prefix_scan(const char *s, size_t len, struct nod_prefix *p, enum prefix_form *form,
	struct addr_trouble *t)
{
	struct nod_prefix out;
	const char *slash = len ? memchr(s, '/', len) : NULL;
	size_t host = slash ? (size_t)(slash - s) : len, at = host + 1;
	int err = addr_scan(s, host, &out.addr, t);

	if (err < 0)
		return err;
	out.len = out.addr.family == NOD_IPV4 ? 32 : 128;
	*form = PREFIX_NONE;
	if (slash) {
		err = prefix_scan_length(
			s + at, len - at, (enum nod_family)out.addr.family, &out.len, form, t);
		if (err < 0) {
			t->at += at;
			return err;
		}
	}
	*p = out;
	return 0;
}
