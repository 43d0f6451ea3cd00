/* SPDX-License-Identifier: ISC */
/*
 * icmp_wire.h - ICMP and ICMPv6 messages, octets to struct and back
 *
 * RFC 792 and 1191 (IPv4), RFC 4443 (IPv6), RFC 1071 (checksum).
 *
 * Neighbours: base/cursor.h, base/checksum.h; test/unit/test_icmp_wire.c.
 */
#ifndef NOD_NETWORK_ICMP_WIRE_H
#define NOD_NETWORK_ICMP_WIRE_H

#include "nod/addr.h"
#include "../base/cursor.h"

#define ICMP_HDR_LEN 8	/* octets: type, code, checksum and four that depend on the type */
#define IPV4_HDR_MIN 20 /* octets; RFC 791 3.1 */
#define IPV6_HDR_LEN 40 /* octets; RFC 8200 3 */

#define IP_PROTOCOL_ICMPV4 1
#define IP_PROTOCOL_ICMPV6 58

enum icmpv4_type {
	ICMPV4_ECHO_REPLY = 0,
	ICMPV4_UNREACHABLE = 3,
	ICMPV4_SOURCE_QUENCH = 4, /* deprecated: RFC 6633 */
	ICMPV4_REDIRECT = 5,
	ICMPV4_ECHO_REQUEST = 8,
	ICMPV4_TIME_EXCEEDED = 11,
	ICMPV4_PARAMETER_PROBLEM = 12,
};

enum icmpv6_type {
	ICMPV6_UNREACHABLE = 1,
	ICMPV6_TOO_BIG = 2,
	ICMPV6_TIME_EXCEEDED = 3,
	ICMPV6_PARAMETER_PROBLEM = 4,
	ICMPV6_ECHO_REQUEST = 128,
	ICMPV6_ECHO_REPLY = 129,
};

enum icmp_kind {
	ICMP_OTHER,
	ICMP_ECHO_ASK,	  /* echo request */
	ICMP_ECHO_ANSWER, /* echo reply */
	ICMP_ERROR,	  /* quotes the packet that it is about */
};

struct icmp_msg {
	enum nod_family family; /* NOD_IPV4: ICMP; NOD_IPV6: ICMPv6 */
	uint8_t type, code;
	uint16_t sum;
	union {
		struct {
			uint16_t id, seq; /* echo request and reply */
		};
		uint32_t word; /* any other: the four octets after the checksum, as the type says */
	};
	struct span body; /* an echo's data, an error's quoted packet */
};

/* The packet that an error is about, as far as it was quoted. */
struct icmp_quote {
	struct nod_addr src, dst;
	uint8_t protocol;    /* IP protocol number of what the packet carried */
	bool is_fragment;    /* a later fragment: @carried is not the protocol's header */
	struct span carried; /* the packet's payload, cut where the quote ends */
};

/* What kind of message the type is in this family. */
enum icmp_kind icmp_kind(enum nod_family family, uint8_t type);

/* For an error: the next hop's MTU in octets that it reports, or 0. */
uint32_t icmp_mtu(const struct icmp_msg *m);

/*
 * Read all of @r as one message.  @m->body borrows from @r.  The checksum is read, not
 * judged: icmp_sum_ok() does that.  -EBADMSG: shorter than a header.
 */
int icmp_parse(struct icmp_msg *m, enum nod_family family, struct rcur *r)
	__attribute__((warn_unused_result));

/*
 * Write @m with the right checksum (@m->sum is not looked at).  @pseudo: 0, or for ICMPv6
 * icmpv6_pseudo() of a message as long as this one.  -EMSGSIZE: it does not fit.
 */
int icmp_emit(const struct icmp_msg *m, uint64_t pseudo, struct wcur *w);

/* The running sum of ICMPv6's pseudo-header (RFC 8200 8.1) for a message of @len octets. */
uint64_t icmpv6_pseudo(const struct nod_addr *src, const struct nod_addr *dst, uint32_t len);

/* Whether the message of @len octets carries a right checksum; @pseudo as above. */
bool icmp_sum_ok(const void *message, size_t len, uint64_t pseudo);

/*
 * Read the IP header that stands at @r, and IPv6's extension headers, as far as it takes to
 * know who sent what to whom; lengths inside may exceed what is there, as in an error's quote, and
 * what is there beyond them is left out (RFC 4884).  @q->carried borrows from @r.  -EBADMSG:
 * another version, or cut within the headers.
 */
int icmp_quote_parse(struct icmp_quote *q, enum nod_family family, struct rcur *r)
	__attribute__((warn_unused_result));

#endif
