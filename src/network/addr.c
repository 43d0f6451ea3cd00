/* SPDX-License-Identifier: ISC */
/*
 * addr.c - addresses as text and back: the public calls
 *
 * RFC 5952 for how an IPv6 address is written (4: zeros and case; 5: ::ffff:a.b.c.d).
 * The other deprecated or embedding forms are written in groups: of them only a mapped
 * address is IPv4 whatever network it is seen on.
 *
 * Neighbours: addr_scan.c (text to octets), addr_forms.c (inet_aton()'s forms and others),
 * addr_prefix.c (prefixes).
 */
#include "nod/addr.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h> /* AF_INET and AF_INET6: numbers only, nothing is called */

#include "addr_forms.h"
#include "addr_scan.h"

int nod_addr_parse(struct nod_addr *a, const char *text)
{
	struct addr_trouble t;

	return addr_scan(text, strlen(text), a, &t);
}

static char *put_decimal(char *p, uint32_t v)
{
	char digits[10];
	unsigned n = 0;

	do
		digits[n++] = (char)('0' + v % 10);
	while (v /= 10);
	while (n)
		*p++ = digits[--n];
	return p;
}

static char *put_ipv4(char *p, const uint8_t octet[4])
{
	for (unsigned i = 0; i < 4; i++) {
		if (i)
			*p++ = '.';
		p = put_decimal(p, octet[i]);
	}
	return p;
}

static char *put_group(char *p, unsigned v)
{
	static const char hex[] = "0123456789abcdef";

	for (int shift = 12; shift >= 0; shift -= 4) { /* no leading zeros: RFC 5952 4.1 */
		if (v >> shift || !shift)
			*p++ = hex[v >> shift & 15];
	}
	return p;
}

/* The first of the longest runs of two or more zero groups (RFC 5952 4.2); 0 if none. */
static unsigned longest_gap(const uint16_t group[8], unsigned *at)
{
	unsigned best = 1, run = 0;

	*at = 8;
	for (unsigned i = 0; i < 8; i++) {
		run = group[i] ? 0 : run + 1;
		if (run > best) {
			best = run;
			*at = i + 1 - run;
		}
	}
	return *at < 8 ? best : 0;
}

static bool is_mapped(const uint8_t octet[16])
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

	return memcmp(octet, prefix, sizeof(prefix)) == 0;
}

static char *put_ipv6(char *p, const uint8_t octet[16])
{
	uint16_t group[8];
	unsigned gap_at;

	if (is_mapped(octet)) {
		memcpy(p, "::ffff:", 7);
		return put_ipv4(p + 7, octet + 12);
	}
	for (unsigned i = 0; i < 8; i++)
		group[i] = (uint16_t)(octet[2 * i] << 8 | octet[2 * i + 1]);
	unsigned gap = longest_gap(group, &gap_at);
	for (unsigned i = 0; i < 8; i++) {
		if (i == gap_at) {
			*p++ = ':';
			i += gap - 1;
			if (i == 7)
				*p++ = ':';
			continue;
		}
		if (i)
			*p++ = ':';
		p = put_group(p, group[i]);
	}
	return p;
}

/* Copy @len octets and a NUL, or nothing when they do not fit. */
static char *hand_over(char *buf, size_t cap, const char *text, size_t len)
{
	if (len >= cap)
		return NULL;
	memcpy(buf, text, len);
	buf[len] = 0;
	return buf;
}

char *nod_addr_format(const struct nod_addr *a, char *buf, size_t cap)
{
	char text[NOD_ADDR_TEXT_MAX], *p = text;

	if (a->family == NOD_IPV4) {
		p = put_ipv4(p, a->octet);
	} else if (a->family == NOD_IPV6) {
		p = put_ipv6(p, a->octet);
		if (a->zone) {
			*p++ = '%';
			p = put_decimal(p, a->zone);
		}
	} else {
		*p++ = '-';
	}
	return hand_over(buf, cap, text, (size_t)(p - text));
}

bool nod_addr_equal(const struct nod_addr *a, const struct nod_addr *b)
{
	if (a->family != b->family)
		return false;
	if (a->family == NOD_IPV4)
		return memcmp(a->octet, b->octet, 4) == 0;
	return a->family == NOD_UNSPEC ||
		(a->zone == b->zone && memcmp(a->octet, b->octet, 16) == 0);
}

struct nod_addr nod_addr_unmap(const struct nod_addr *a)
{
	struct nod_addr out = *a;

	if (a->family == NOD_IPV6 && is_mapped(a->octet)) {
		out = (struct nod_addr){ .family = NOD_IPV4 };
		memcpy(out.octet, a->octet + 12, 4);
	}
	return out;
}

int nod_inet_pton(int af, const char *src, void *dst)
{
	struct addr_trouble t;
	int err;

	if (af == AF_INET)
		err = addr_scan_ipv4(src, strlen(src), dst, &t);
	else if (af == AF_INET6)
		err = addr_scan_ipv6(src, strlen(src), dst, &t);
	else
		return -EAFNOSUPPORT;
	return err == 0;
}

const char *nod_inet_ntop(int af, const void *src, char *dst, size_t size)
{
	char text[NOD_ADDR_TEXT_MAX], *end;

	if (af == AF_INET)
		end = put_ipv4(text, src);
	else if (af == AF_INET6)
		end = put_ipv6(text, src);
	else
		return NULL;
	return hand_over(dst, size, text, (size_t)(end - text));
}

int nod_inet_aton(const char *src, uint8_t octets[4])
{
	return addr_scan_loose(src, strlen(src), octets) == 0;
}

char *nod_inet_ntoa_r(const uint8_t octets[4], char *buf, size_t cap)
{
	char text[16];
	char *end = put_ipv4(text, octets);

	return hand_over(buf, cap, text, (size_t)(end - text));
}
