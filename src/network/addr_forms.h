/* SPDX-License-Identifier: ISC */
/*
 * addr_forms.h - the other forms in which an address is written, and what it carries inside
 *
 * Pure functions.  Neighbours: addr.c (the usual form), addr_scan.h (strict reading).
 */
#ifndef NOD_NETWORK_ADDR_FORMS_H
#define NOD_NETWORK_ADDR_FORMS_H

#include "addr_scan.h"

enum addr_form {
	FORM_BYTES,   /* "c0 a8 01 02": in the order in which they are sent */
	FORM_PACKED,  /* b'\xc0\xa8\x01\x02': what Python prints for inet_aton(), inet_pton()
		      */
	FORM_BINARY,  /* IPv4 by octets with dots, IPv6 by groups with colons */
	FORM_INTEGER, /* decimal */
	FORM_HEX,     /* "0xc0a80102" */
	FORM_OCTAL,   /* "030052000402"; IPv4 alone */
	FORM_FULL,    /* eight groups of four digits; IPv6 alone */
	FORM_ARPA,    /* the name that reverse DNS asks for: RFC 1035 3.5, RFC 3596 2.5 */
	FORM_MAPPED,  /* "::ffff:192.168.1.2"; IPv4 alone */
};

#define ADDR_FORM_TEXT_MAX 160

/* Returns @buf, or NULL: the address's family has no such form. */
char *addr_form(enum addr_form form, const struct nod_addr *a, char buf[ADDR_FORM_TEXT_MAX]);

/* How an address was written that addr_scan_any() has read. */
enum addr_written {
	WRITTEN_STRICT,
	WRITTEN_BRACKETS, /* [::1], as in a URI: RFC 3986 3.2.2 */
	WRITTEN_LOOSE,	  /* one that only inet_aton() takes: 127.1, 0x7f000001, 017700000001
			 */
	WRITTEN_NUMBER,	  /* an IPv6 address as one number */
	WRITTEN_PACKED,	  /* b'\xc0\xa8\x01\x02' */
	WRITTEN_ARPA,
};

/* inet_aton()'s forms, and nothing behind them.  0 or -EINVAL. */
int addr_scan_loose(const char *s, size_t len, uint8_t octet[4])
	__attribute__((warn_unused_result));

/* Any of the forms; the trouble told is that of the strict form that was meant.  As
 * addr_scan(). */
int addr_scan_any(const char *s, size_t len, struct nod_addr *a, enum addr_written *written,
	struct addr_trouble *t) __attribute__((warn_unused_result));

/* What an IPv6 address carries, where its form says so. */
enum addr_inner {
	INNER_NONE,
	INNER_MAPPED,
	INNER_COMPATIBLE,
	INNER_NAT64,
	INNER_6TO4,
	INNER_TEREDO,
	INNER_ISATAP
};

struct addr_inside {
	enum addr_inner kind;
	struct nod_addr ipv4;	/* Teredo: the client behind its NAT */
	struct nod_addr server; /* Teredo alone */
	uint16_t port;		/* Teredo alone: the client's, outside its NAT */
	bool has_mac;		/* the interface identifier is an EUI-64: RFC 4291 appendix A */
	uint8_t mac[6];
};

struct addr_inside addr_inside(const struct nod_addr *a);

/* ff02::1:ffXX:XXXX, where neighbours ask for @a (RFC 4291 2.7.1); false unless IPv6
 * unicast. */
bool addr_solicited_node(const struct nod_addr *a, struct nod_addr *group);

#endif
