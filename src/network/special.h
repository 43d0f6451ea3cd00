/* SPDX-License-Identifier: ISC */
/*
 * special.h - what kind of address an address is
 *
 * IANA's IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890, 8190), and the address
 * formats that RFC 4291 and RFC 5771 give a meaning of their own.
 */
#ifndef NOD_NETWORK_SPECIAL_H
#define NOD_NETWORK_SPECIAL_H

#include "nod/addr.h"

enum addr_kind {
	KIND_GLOBAL, /* unicast without a special purpose */
	KIND_ANY,    /* 0.0.0.0 and :: */
	KIND_THIS_NETWORK,
	KIND_LOOPBACK,
	KIND_PRIVATE,
	KIND_SHARED, /* between a carrier's NAT and its customers */
	KIND_LINK_LOCAL,
	KIND_UNIQUE_LOCAL,
	KIND_SITE_LOCAL, /* deprecated */
	KIND_MULTICAST,
	KIND_BROADCAST, /* 255.255.255.255 */
	KIND_DOCUMENTATION,
	KIND_BENCHMARKING,
	KIND_PROTOCOL,	 /* set aside for the IETF's protocols */
	KIND_CONTINUITY, /* DS-Lite and 464XLAT inside a host */
	KIND_DUMMY,
	KIND_PCP, /* anycast services */
	KIND_TURN,
	KIND_SRP,
	KIND_AMT,
	KIND_AS112,
	KIND_6TO4_RELAY, /* deprecated */
	KIND_6A44_RELAY,
	KIND_NAT64_FINDER, /* what a host asks for to learn of a NAT64 */
	KIND_MAPPED,
	KIND_COMPATIBLE, /* deprecated */
	KIND_NAT64,
	KIND_NAT64_LOCAL,
	KIND_DISCARD,
	KIND_TEREDO,
	KIND_6TO4,
	KIND_ORCHID_1, /* deprecated */
	KIND_ORCHID,
	KIND_DET,
	KIND_SRV6,
	KIND_RESERVED,
	KIND_N
};

/* The registry's columns. */
enum {
	SPECIAL_SOURCE = 1,	  /* may be a packet's source */
	SPECIAL_DESTINATION = 2,  /* may be a packet's destination */
	SPECIAL_FORWARDED = 4,	  /* a router may pass it on */
	SPECIAL_REACHABLE = 8,	  /* globally reachable */
	SPECIAL_BY_PROTOCOL = 16, /* reserved by protocol: needs code of its own */
};

struct special {
	struct nod_prefix prefix;
	enum addr_kind kind;
	const char *name;   /* as the registry has it */
	const char *rfc;    /* "RFC 1918" */
	unsigned flags;	    /* SPECIAL_* */
	bool is_registered; /* in a Special-Purpose Address Registry, so that the flags
			       count */
};

/* The longest prefix known to hold @a; never NULL for an IPv4 or IPv6 address. */
const struct special *special_find(const struct nod_addr *a);

/* The i-th row, for who shows or checks the whole table; NULL past its end. */
const struct special *special_at(unsigned i);

/* A word for machines: "private", "link-local"; the same from one version to the next. */
const char *addr_kind_word(enum addr_kind kind);

#endif
