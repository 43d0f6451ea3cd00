/* SPDX-License-Identifier: ISC */
/*
 * addr_forms.c - the other forms in which an address is written, and what it carries inside
 *
 * Written: bytes, bits, numbers, reverse names (RFC 1035 3.5, RFC 3596 2.5).  Read back in
 * addr_forms_scan.c.  Inside an IPv6 address: RFC 4291 2.5.5 and appendix A (mapped,
 * EUI-64), RFC 6052 2.2 (NAT64, its well-known prefix alone), RFC 3056 2 (6to4), RFC 4380 4
 * (Teredo), RFC 5214 6.1 (ISATAP).
 */
#include "addr_forms.h"

#include <string.h>

#include "addr_number.h"
#include "addr_prefix.h"
#include "multicast.h"
#include "special.h"

static const char hex[] = "0123456789abcdef";

static char *put_hex(char *p, uint8_t octet)
{
	*p++ = hex[octet >> 4];
	*p++ = hex[octet & 15];
	return p;
}

static char *put_bytes(char *p, const uint8_t *o, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (i)
			*p++ = ' ';
		p = put_hex(p, o[i]);
	}
	return p;
}

/* As Python prints bytes. */
static char *put_packed(char *p, const uint8_t *o, unsigned n)
{
	char quote = memchr(o, '\'', n) && !memchr(o, '"', n) ? '"' : '\'';

	*p++ = 'b';
	*p++ = quote;
	for (unsigned i = 0; i < n; i++) {
		char c = (char)o[i];
		char letter = c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : 0;

		if (letter || c == '\\' || c == quote) {
			*p++ = '\\';
			*p++ = letter ? letter : c;
		} else if (o[i] >= 0x20 && o[i] < 0x7f) {
			*p++ = c;
		} else {
			*p++ = '\\';
			*p++ = 'x';
			p = put_hex(p, o[i]);
		}
	}
	*p++ = quote;
	return p;
}

static char *put_binary(char *p, const uint8_t *o, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (i && n == 4)
			*p++ = '.';
		else if (i && i % 2 == 0)
			*p++ = ':';
		for (int bit = 7; bit >= 0; bit--)
			*p++ = (char)('0' + (o[i] >> bit & 1));
	}
	return p;
}

static char *put_octal(char *p, const uint8_t *o)
{
	uint32_t v = (uint32_t)o[0] << 24 | (uint32_t)o[1] << 16 | (uint32_t)o[2] << 8 | o[3];

	*p++ = '0';
	for (int shift = 30; shift >= 0; shift -= 3)
		*p++ = (char)('0' + (v >> shift & 7));
	return p;
}

static char *put_full(char *p, const uint8_t *o)
{
	for (unsigned i = 0; i < 16; i++) {
		if (i && i % 2 == 0)
			*p++ = ':';
		p = put_hex(p, o[i]);
	}
	return p;
}

static char *put_arpa(char *p, const uint8_t *o, unsigned n)
{
	static const char ipv4_zone[] = "in-addr.arpa", ipv6_zone[] = "ip6.arpa";

	if (n == 4) {
		const struct nod_addr back = { .family = NOD_IPV4,
			.octet = { o[3], o[2], o[1], o[0] } };

		nod_addr_format(&back, p, NOD_ADDR_TEXT_MAX);
		p += strlen(p);
		*p++ = '.';
		memcpy(p, ipv4_zone, sizeof(ipv4_zone) - 1);
		return p + sizeof(ipv4_zone) - 1;
	}
	for (unsigned i = n; i-- > 0;) {
		*p++ = hex[o[i] & 15];
		*p++ = '.';
		*p++ = hex[o[i] >> 4];
		*p++ = '.';
	}
	memcpy(p, ipv6_zone, sizeof(ipv6_zone) - 1);
	return p + sizeof(ipv6_zone) - 1;
}

static char *put_mapped(char *p, const uint8_t *o)
{
	struct nod_addr mapped = { .family = NOD_IPV6, .octet = { [10] = 0xff, [11] = 0xff } };

	memcpy(mapped.octet + 12, o, 4);
	nod_addr_format(&mapped, p, NOD_ADDR_TEXT_MAX);
	return p + strlen(p);
}

char *addr_form(enum addr_form form, const struct nod_addr *a, char buf[ADDR_FORM_TEXT_MAX])
{
	unsigned n = addr_octets((enum nod_family)a->family);
	const uint8_t *o = a->octet;
	char *p = buf;

	if (!n || (n != 4 && (form == FORM_OCTAL || form == FORM_MAPPED)) ||
		(n != 16 && form == FORM_FULL))
		return NULL;
	switch (form) {
	case FORM_BYTES:
		p = put_bytes(p, o, n);
		break;
	case FORM_PACKED:
		p = put_packed(p, o, n);
		break;
	case FORM_BINARY:
		p = put_binary(p, o, n);
		break;
	case FORM_INTEGER: {
		struct addr_number number = number_of_addr(a);

		return number_text(&number, buf);
	}
	case FORM_HEX:
		*p++ = '0';
		*p++ = 'x';
		for (unsigned i = 0; i < n; i++)
			p = put_hex(p, o[i]);
		break;
	case FORM_OCTAL:
		p = put_octal(p, o);
		break;
	case FORM_FULL:
		p = put_full(p, o);
		break;
	case FORM_ARPA:
		p = put_arpa(p, o, n);
		break;
	case FORM_MAPPED:
		p = put_mapped(p, o);
		break;
	}
	*p = 0;
	return buf;
}

/* An interface identifier made of a MAC address: ff:fe in its middle, one bit flipped. */
static void find_mac(struct addr_inside *in, const uint8_t *o)
{
	bool is_group = o[8] & 1; /* no interface has a group's MAC address */

	if (o[11] != 0xff || o[12] != 0xfe || is_group || o[0] == 0xff || o[0] >> 5 == 0)
		return;
	in->has_mac = true;
	memcpy(in->mac, o + 8, 3);
	memcpy(in->mac + 3, o + 13, 3);
	in->mac[0] ^= 2; /* the universal/local bit: RFC 4291 appendix A */
}

static void set_ipv4(struct nod_addr *a, const uint8_t *o)
{
	*a = (struct nod_addr){ .family = NOD_IPV4 };
	memcpy(a->octet, o, 4);
}

static enum addr_inner inner_kind(const struct nod_addr *a)
{
	const uint8_t *o = a->octet;

	switch (special_find(a)->kind) {
	case KIND_MAPPED:
		return INNER_MAPPED;
	case KIND_COMPATIBLE:
		return INNER_COMPATIBLE;
	case KIND_NAT64:
		return INNER_NAT64;
	case KIND_6TO4:
		return INNER_6TO4;
	case KIND_TEREDO:
		return INNER_TEREDO;
	case KIND_MULTICAST:
		return INNER_NONE;
	default:
		return (o[8] & 0xfd) == 0 && o[9] == 0 && o[10] == 0x5e && o[11] == 0xfe ?
			INNER_ISATAP :
			INNER_NONE;
	}
}

struct addr_inside addr_inside(const struct nod_addr *a)
{
	struct addr_inside in = { .kind = INNER_NONE };
	const uint8_t *o = a->octet;

	if (a->family != NOD_IPV6)
		return in;
	find_mac(&in, o);
	in.kind = inner_kind(a);
	if (in.kind == INNER_TEREDO) {
		const uint8_t client[4] = { o[12] ^ 0xff, o[13] ^ 0xff, o[14] ^ 0xff,
			o[15] ^ 0xff };

		set_ipv4(&in.ipv4, client);
		set_ipv4(&in.server, o + 4);
		in.port = (uint16_t)((o[10] << 8 | o[11]) ^ 0xffff);
	} else if (in.kind != INNER_NONE) {
		set_ipv4(&in.ipv4, in.kind == INNER_6TO4 ? o + 2 : o + 12);
	}
	return in;
}

bool addr_solicited_node(const struct nod_addr *a, struct nod_addr *group)
{
	static const uint8_t prefix[13] = { 0xff, 2, [11] = 1, [12] = 0xff };
	static const uint8_t none[16];
	struct nod_addr unmapped = nod_addr_unmap(a);

	if (unmapped.family != NOD_IPV6 || addr_is_multicast(a) ||
		memcmp(a->octet, none, 16) == 0)
		return false;
	*group = (struct nod_addr){ .family = NOD_IPV6, .zone = a->zone };
	memcpy(group->octet, prefix, 13);
	memcpy(group->octet + 13, a->octet + 13, 3);
	return true;
}
