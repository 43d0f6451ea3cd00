/* SPDX-License-Identifier: ISC */
/*
 * dns_wire.h - DNS messages, octets to struct and back
 *
 * RFC 1035 4 (messages), 2181 8 (time to live), 3596 (AAAA), 4343 (case), 6891 (EDNS).  Pure
 * functions: does not ask anyone (dns_client.h) nor say what an answer means (dns_answer.h).
 *
 * A message is read straight down: dns_header_parse(), then as many questions and records
 * as the header counts.  Names come out whole whatever the compression.
 *
 * Neighbours: base/cursor.h; test/unit/test_dns_wire.c, fuzz/fuzz_dns_wire.c.
 */
#ifndef NOD_APPLICATION_DNS_WIRE_H
#define NOD_APPLICATION_DNS_WIRE_H

#include "nod/addr.h"
#include "../base/cursor.h"

#define DNS_PORT	  53
#define DNS_HEADER_LEN	  12	/* octets */
#define DNS_NAME_MAX	  255	/* octets of a name on the wire, with its root: RFC 1035 3.1 */
#define DNS_LABEL_MAX	  63	/* octets */
#define DNS_NAME_TEXT_MAX 1024	/* every octet as \DDD, dots, NUL */
#define DNS_MESSAGE_MAX	  65535 /* octets over TCP */
#define DNS_UDP_ROOM	  1232	/* octets that we take by UDP: below any usual path's MTU */

enum dns_type {
	DNS_A = 1,
	DNS_NS = 2,
	DNS_CNAME = 5,
	DNS_SOA = 6,
	DNS_PTR = 12,
	DNS_AAAA = 28,
	DNS_OPT = 41,
};

enum dns_class { DNS_IN = 1 };

enum dns_rcode {
	DNS_NOERROR = 0,
	DNS_FORMERR = 1,
	DNS_SERVFAIL = 2,
	DNS_NXDOMAIN = 3,
	DNS_NOTIMP = 4,
	DNS_REFUSED = 5,
};

/* A name as on the wire, without compression: labels with their lengths, then the root's 0. */
struct dns_name {
	uint8_t len; /* octets, >= 1 */
	uint8_t octet[DNS_NAME_MAX];
};

struct dns_header {
	uint16_t id;
	bool is_reply, is_authoritative, is_truncated, wants_recursion, offers_recursion;
	bool is_authentic, no_checking; /* RFC 4035 3.2 */
	uint8_t opcode;			/* 0 = query */
	uint8_t rcode; /* enum dns_rcode; its low four bits, OPT has the rest */
	uint16_t n_questions, n_answers, n_authorities, n_additional;
};

struct dns_question {
	struct dns_name name;
	uint16_t type, class;
};

struct dns_record {
	struct dns_name name;
	uint16_t type, class;
	uint32_t ttl;	  /* seconds; one with the top bit set is read as 0 (RFC 2181 8) */
	struct span data; /* borrowed from the message */
	size_t data_at;	  /* where it stands in the message */
};

/* What an OPT record says of the message that holds it (RFC 6891 6.1.3). */
struct dns_edns {
	uint16_t udp_room;  /* octets that its sender takes by UDP */
	uint8_t rcode_high; /* the upper eight bits of the response code */
	uint8_t version;
	bool wants_dnssec;
};

/* ---- names --------------------------------------------------------------------------- */

/*
 * Read "www.example.com", with or without a last dot; "\." and "\DDD" as RFC 1035 5.1.
 * 0, -EINVAL (an empty label, a bad escape), -ENAMETOOLONG (label or name).
 */
int dns_name_from_text(struct dns_name *n, const char *text);

/* Write @n without a last dot, the root as "."; what is not printable ASCII as \DDD.  @buf. */
char *dns_name_format(const struct dns_name *n, char buf[DNS_NAME_TEXT_MAX]);

/* The same but for the case of ASCII letters. */
bool dns_name_equal(const struct dns_name *a, const struct dns_name *b);

/* @n followed by @domain, into @out.  0 or -ENAMETOOLONG. */
int dns_name_join(
	struct dns_name *out, const struct dns_name *n, const struct dns_name *domain);

/* The name under which an address is looked up: in-addr.arpa (RFC 1035 3.5), ip6.arpa
 * (RFC 3596 2.5). */
void dns_name_of_addr(struct dns_name *n, const struct nod_addr *a);

/*
 * Read a name from the message that is all of @r, with its compression: a pointer leads
 * strictly before the labels that it ends, so every name ends.  -EBADMSG.
 */
int dns_name_parse(struct dns_name *n, struct rcur *r) __attribute__((warn_unused_result));
void dns_name_emit(const struct dns_name *n, struct wcur *w);

/* ---- messages ------------------------------------------------------------------------ */

/* Each parses at @r, whose start is the message's: 0 or -EBADMSG; each emits without
 * compression: 0 or -EMSGSIZE. */
int dns_header_parse(struct dns_header *h, struct rcur *r) __attribute__((warn_unused_result));
int dns_header_emit(const struct dns_header *h, struct wcur *w);
int dns_question_parse(struct dns_question *q, struct rcur *r)
	__attribute__((warn_unused_result));
int dns_question_emit(const struct dns_question *q, struct wcur *w);
int dns_record_parse(struct dns_record *rr, struct rcur *r) __attribute__((warn_unused_result));
int dns_record_emit(const struct dns_record *rr, struct wcur *w);

/* What a record holds, if it is of such a kind: 0 or -EBADMSG. */
int dns_record_addr(const struct dns_record *rr, struct nod_addr *a); /* A, AAAA */
int dns_record_name(const struct dns_record *rr, struct span message, /* CNAME, NS, PTR */
	struct dns_name *n);
int dns_record_edns(const struct dns_record *rr, struct dns_edns *e); /* OPT */

/* An OPT record that says @e. */
int dns_edns_emit(const struct dns_edns *e, struct wcur *w);

/* A whole query for one question; with @udp_room 0 without EDNS.  0 or -EMSGSIZE. */
int dns_query_emit(
	uint16_t id, const struct dns_question *q, uint16_t udp_room, struct wcur *w);

#endif
