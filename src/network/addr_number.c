/* SPDX-License-Identifier: ISC */
/*
 * addr_number.c - addresses as numbers, and how many of them there are, exactly
 *
 * Schoolbook arithmetic on octets: a few numbers a report do not ask for more.
 */
#include "addr_number.h"

#include <errno.h>
#include <string.h>

#include "addr_prefix.h"

struct addr_number number_of_addr(const struct nod_addr *a)
{
	struct addr_number n = { { 0 } };
	unsigned len = addr_octets((enum nod_family)a->family);

	memcpy(n.octet + ADDR_NUMBER_OCTETS - len, a->octet, len);
	return n;
}

struct addr_number number_of_power(unsigned exponent)
{
	struct addr_number n = { { 0 } };

	n.octet[ADDR_NUMBER_OCTETS - 1 - exponent / 8] = (uint8_t)(1u << exponent % 8);
	return n;
}

struct addr_number number_of_addrs(const struct nod_addr *first, const struct nod_addr *last)
{
	struct addr_number n = number_of_addr(last), low = number_of_addr(first);
	int carry = 1;

	for (unsigned i = ADDR_NUMBER_OCTETS; i-- > 0;) {
		carry += n.octet[i] - low.octet[i];
		n.octet[i] = (uint8_t)carry;
		carry = carry < 0 ? -1 : carry > 0xff;
	}
	return n;
}

/* n = n * @base + @digit; false when the 16 octets of an address overflow. */
static bool push_digit(struct addr_number *n, unsigned base, unsigned digit)
{
	unsigned carry = digit;

	for (unsigned i = ADDR_NUMBER_OCTETS; i-- > 0;) {
		carry += n->octet[i] * base;
		n->octet[i] = (uint8_t)carry;
		carry >>= 8;
	}
	return n->octet[0] == 0;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

int number_scan_addr(const char *s, size_t len, struct nod_addr *a)
{
	struct nod_addr out = { .family = NOD_IPV4 };
	struct addr_number n = { { 0 } };
	bool is_hex = len > 2 && s[0] == '0' && (s[1] | 0x20) == 'x', fits = true;
	int base = is_hex ? 16 : 10;

	if (!len)
		return -EINVAL;
	for (size_t i = is_hex ? 2 : 0; i < len; i++) {
		int digit = digit_value(s[i]);

		if (digit >= base)
			return -EINVAL;
		fits = fits && push_digit(&n, (unsigned)base, (unsigned)digit);
	}
	if (!fits)
		return -ERANGE;
	for (unsigned i = 1; i < ADDR_NUMBER_OCTETS - 4; i++) {
		if (n.octet[i])
			out.family = NOD_IPV6;
	}
	unsigned octets = addr_octets((enum nod_family)out.family);
	memcpy(out.octet, n.octet + ADDR_NUMBER_OCTETS - octets, octets);
	*a = out;
	return 0;
}

char *number_text(const struct addr_number *n, char buf[ADDR_NUMBER_TEXT_MAX])
{
	struct addr_number left = *n;
	char digits[ADDR_NUMBER_TEXT_MAX];
	unsigned at = sizeof(digits) - 1;
	bool more = true;

	digits[at] = 0;
	while (more) {
		unsigned rest = 0;

		more = false;
		for (unsigned i = 0; i < ADDR_NUMBER_OCTETS; i++) {
			rest = rest << 8 | left.octet[i];
			left.octet[i] = (uint8_t)(rest / 10);
			rest %= 10;
			more |= left.octet[i] != 0;
		}
		digits[--at] = (char)('0' + rest);
	}
	memcpy(buf, digits + at, sizeof(digits) - at);
	return buf;
}
