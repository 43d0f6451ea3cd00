/* SPDX-License-Identifier: ISC */
/*
 * addr_scan.h - addresses and prefixes from text, with the reason when it is not one
 *
 * The public calls of nod/addr.h say -EINVAL; who has to explain it to a person calls
 * these. All read exactly @len octets (no NUL needed), write nothing on error, and may be
 * given anything at all.
 */
#ifndef NOD_NETWORK_ADDR_SCAN_H
#define NOD_NETWORK_ADDR_SCAN_H

#include "nod/addr.h"

enum addr_fault {
	ADDR_FINE,
	ADDR_EMPTY,
	ADDR_CHARACTER,	  /* one that no address has in this place */
	ADDR_OCTET_EMPTY, /* two dots in a row, or one at an end */
	ADDR_OCTET_LARGE, /* over 255 */
	ADDR_OCTET_ZERO,  /* a leading 0, which some read as octal (RFC 6943 3.1.1) */
	ADDR_OCTETS_FEW,
	ADDR_OCTETS_MANY,
	ADDR_COLON,	 /* a colon too many, or one alone at an end */
	ADDR_GROUP_LONG, /* more than four hexadecimal digits */
	ADDR_GROUPS_FEW,
	ADDR_GROUPS_MANY,
	ADDR_GAP_TWICE,	     /* two "::" */
	ADDR_GAP_OF_NOTHING, /* "::" beside eight groups */
	ADDR_ZONE_EMPTY,
	ADDR_ZONE_IPV4,
	ADDR_ZONE_UNKNOWN,   /* no interface of this machine has the name */
	ADDR_LENGTH_EMPTY,   /* nothing after the slash */
	ADDR_LENGTH_DIGITS,  /* not a number */
	ADDR_LENGTH_ZERO,    /* a leading 0 */
	ADDR_LENGTH_LARGE,   /* over 32, over 128 */
	ADDR_MASK_HOLES,     /* its ones do not all come first */
	ADDR_MASK_IPV6,	     /* RFC 4291 2.3 knows lengths only */
	ADDR_RANGE_FAMILIES, /* from an IPv4 to an IPv6 address, or between two zones */
	ADDR_RANGE_BACKWARDS,
	ADDR_N_FAULTS
};

/* What is wrong, and which octets of the text show it. */
struct addr_trouble {
	enum addr_fault fault;
	size_t at, len;
	unsigned nth; /* of the octet or group, from 1; of groups or octets found: how many
		       */
};

/* Dotted decimal: four octets, as inet_pton() has it.  0 or -EINVAL. */
int addr_scan_ipv4(const char *s, size_t len, uint8_t octet[4], struct addr_trouble *t)
	__attribute__((warn_unused_result));

/* RFC 4291 2.2, all three forms, without a zone.  0 or -EINVAL. */
int addr_scan_ipv6(const char *s, size_t len, uint8_t octet[16], struct addr_trouble *t)
	__attribute__((warn_unused_result));

/* Either, IPv6 with its zone.  0, -EINVAL or -ENODEV (ADDR_ZONE_UNKNOWN). */
int addr_scan(const char *s, size_t len, struct nod_addr *a, struct addr_trouble *t)
	__attribute__((warn_unused_result));

/* How a prefix gave its length. */
enum prefix_form { PREFIX_NONE, PREFIX_LENGTH, PREFIX_MASK, PREFIX_WILDCARD };

/*
 * What stands behind a prefix's slash, "24", "255.255.255.0" or "0.0.0.255" (a wildcard,
 * the mask's complement, which nod_prefix_parse() refuses).  0 or -EINVAL.
 */
int prefix_scan_length(const char *s, size_t len, enum nod_family family, uint8_t *bits,
	enum prefix_form *form, struct addr_trouble *t) __attribute__((warn_unused_result));

/* ADDRESS, ADDRESS/LENGTH, ADDRESS/MASK or ADDRESS/WILDCARD.  As addr_scan(). */
int prefix_scan(const char *s, size_t len, struct nod_prefix *p, enum prefix_form *form,
	struct addr_trouble *t) __attribute__((warn_unused_result));

#endif
