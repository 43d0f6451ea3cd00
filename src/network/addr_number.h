/* SPDX-License-Identifier: ISC */
/*
 * addr_number.h - addresses as numbers, and how many of them there are, exactly
 *
 * 2^128, the count of all IPv6 addresses, needs 129 bits, so a number here has 17 octets.
 */
#ifndef NOD_NETWORK_ADDR_NUMBER_H
#define NOD_NETWORK_ADDR_NUMBER_H

#include "nod/addr.h"

#define ADDR_NUMBER_OCTETS   17
#define ADDR_NUMBER_TEXT_MAX 42 /* decimal digits of 2^136 - 1, and the NUL */

struct addr_number {
	uint8_t octet[ADDR_NUMBER_OCTETS]; /* big-endian */
};

struct addr_number number_of_addr(const struct nod_addr *a);
struct addr_number number_of_power(unsigned exponent); /* 2^exponent, exponent <= 135 */

/* last - first + 1; both of one family, @first not after @last. */
struct addr_number number_of_addrs(const struct nod_addr *first, const struct nod_addr *last);

/*
 * Digits, or "0x" and hexadecimal digits, as an address: IPv4 up to 2^32 - 1, else IPv6.
 * 0; -EINVAL: not all digits; -ERANGE: 2^128 or more.
 */
int number_scan_addr(const char *s, size_t len, struct nod_addr *a)
	__attribute__((warn_unused_result));

/* In decimal.  Returns @buf, whose size is ADDR_NUMBER_TEXT_MAX. */
char *number_text(const struct addr_number *n, char buf[ADDR_NUMBER_TEXT_MAX]);

#endif
