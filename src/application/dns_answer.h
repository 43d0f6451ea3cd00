/* SPDX-License-Identifier: ISC */
/*
 * dns_answer.h - what a DNS message says to a question, its aliases followed
 *
 * Pure functions.  Neighbours: dns_wire.h (the format), dns_client.h (asks).
 */
#ifndef NOD_APPLICATION_DNS_ANSWER_H
#define NOD_APPLICATION_DNS_ANSWER_H

#include "dns_wire.h"

#define DNS_ANSWER_MAX 48 /* records that are kept of one answer */

/* One step of the answer: an alias, an address or a name. */
struct dns_fact {
	struct dns_name owner;
	uint16_t type;		/* DNS_CNAME, DNS_A, DNS_AAAA, DNS_PTR, DNS_NS */
	uint32_t ttl;		/* seconds */
	struct nod_addr addr;	/* of A and AAAA; else NOD_UNSPEC */
	struct dns_name target; /* of the others */
};

struct dns_answer {
	unsigned rcode; /* with EDNS's upper bits */
	bool is_authoritative;
	unsigned n_facts;
	struct dns_fact
		fact[DNS_ANSWER_MAX]; /* aliases in their order, then what was asked for */
	unsigned n_aliases;	      /* how many facts at the start are aliases */
	bool is_circle;		      /* the aliases lead back to one of themselves */
	bool is_cut;		      /* there were more than fit */
	struct dns_name end; /* where the aliases end: the name itself when there are none */
};

/*
 * Whether @message is the answer to query @id about @q: a reply of opcode query with the same
 * number and question (RFC 5452 9.1, RFC 1035 7.3).  Anything else is to be thrown away
 * unread.  A reply that says FORMERR, NOTIMP, REFUSED or SERVFAIL may leave the question out.
 */
bool dns_answer_fits(
	struct span message, uint16_t id, const struct dns_question *q, struct dns_header *h);

/* Read it.  0, -EBADMSG: its header, question or answer section cannot be read; -ENOMEM. */
int dns_answer_parse(struct dns_answer *a, struct span message, const struct dns_question *q)
	__attribute__((warn_unused_result));

#endif
