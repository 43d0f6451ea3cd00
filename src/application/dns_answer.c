/* SPDX-License-Identifier: ISC */
/*
 * dns_answer.c - what a DNS message says to a question, its aliases followed
 *
 * RFC 1034 3.6.2 and 4.3.2 (aliases), RFC 2181 10.1.  Only records of the question's class
 * that hang on the question's name count; what else a server added is not believed
 * (RFC 2181 5.4.1).  Does not ask on where the aliases lead out of the message.
 *
 * Neighbours: dns_answer.h.
 */
#include "dns_answer.h"

#include <errno.h>
#include <stdlib.h>

#define ALIASES_MAX 16 /* a longer chain is taken for a circle; resolvers stop at 8 to 16 */

bool dns_answer_fits(
	struct span message, uint16_t id, const struct dns_question *q, struct dns_header *h)
{
	struct rcur r = rcur_of(message.p, message.len);
	struct dns_question asked;

	if (dns_header_parse(h, &r) < 0 || h->id != id || !h->is_reply || h->opcode != 0)
		return false;
	if (h->n_questions == 0)
		return h->rcode == DNS_FORMERR || h->rcode == DNS_NOTIMP ||
			h->rcode == DNS_REFUSED || h->rcode == DNS_SERVFAIL;
	return h->n_questions == 1 && dns_question_parse(&asked, &r) == 0 &&
		asked.type == q->type && asked.class == q->class &&
		dns_name_equal(&asked.name, &q->name);
}

/* A record as a fact: false when it is of no kind that we follow, or says nothing. */
static bool read_fact(const struct dns_record *rr, struct span message, struct dns_fact *f)
{
	*f = (struct dns_fact){ .type = rr->type, .ttl = rr->ttl, .owner = rr->name };
	if (rr->class != DNS_IN)
		return false;
	if (rr->type == DNS_A || rr->type == DNS_AAAA)
		return dns_record_addr(rr, &f->addr) == 0;
	return dns_record_name(rr, message, &f->target) == 0;
}

/* Look for an alias of @name among @n facts. */
static const struct dns_fact *alias_of(
	const struct dns_name *name, const struct dns_fact *all, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (all[i].type == DNS_CNAME && dns_name_equal(&all[i].owner, name))
			return &all[i];
	}
	return NULL;
}

static void add(struct dns_answer *a, const struct dns_fact *f)
{
	if (a->n_facts < DNS_ANSWER_MAX)
		a->fact[a->n_facts++] = *f;
	else
		a->is_cut = true;
}

/* Walk the aliases from the question's name, then take what hangs on their end. */
static void follow(struct dns_answer *a, const struct dns_question *q,
	const struct dns_fact *all, unsigned n)
{
	const struct dns_fact *alias;

	a->end = q->name;
	while ((alias = alias_of(&a->end, all, n)) != NULL) {
		for (unsigned i = 0; i < a->n_aliases; i++)
			a->is_circle |= dns_name_equal(&a->fact[i].owner, &alias->owner);
		a->is_circle |= a->n_aliases == ALIASES_MAX;
		if (a->is_circle)
			return;
		add(a, alias);
		a->n_aliases++;
		a->end = alias->target;
	}
	for (unsigned i = 0; i < n; i++) {
		if (all[i].type == q->type && dns_name_equal(&all[i].owner, &a->end))
			add(a, &all[i]);
	}
}

/* The code's upper bits stand in an OPT record somewhere behind the answers. */
static void read_rest(struct dns_answer *a, struct rcur *r, unsigned n)
{
	struct dns_record rr;
	struct dns_edns e;

	for (unsigned i = 0; i < n && dns_record_parse(&rr, r) == 0; i++) {
		if (dns_record_edns(&rr, &e) == 0)
			a->rcode |= (unsigned)e.rcode_high << 4;
	}
}

int dns_answer_parse(struct dns_answer *a, struct span message, const struct dns_question *q)
{
	struct rcur r = rcur_of(message.p, message.len);
	struct dns_header h;
	struct dns_question asked;
	struct dns_record rr;

	*a = (struct dns_answer){ .end = q->name };
	if (dns_header_parse(&h, &r) < 0)
		return -EBADMSG;
	a->rcode = h.rcode;
	a->is_authoritative = h.is_authoritative;
	for (unsigned i = 0; i < h.n_questions; i++) {
		if (dns_question_parse(&asked, &r) < 0)
			return -EBADMSG;
	}

	/* a record has at least 11 octets, so a message cannot claim more than it pays for */
	unsigned most =
		h.n_answers < message.len / 11 ? h.n_answers : (unsigned)message.len / 11;
	struct dns_fact *all = calloc(most + 1u, sizeof(*all));
	unsigned n = 0;

	if (!all)
		return -ENOMEM;
	for (unsigned i = 0; i < h.n_answers; i++) {
		if (dns_record_parse(&rr, &r) < 0) {
			free(all);
			return -EBADMSG;
		}
		n += n < most && read_fact(&rr, message, &all[n]);
	}
	follow(a, q, all, n);
	free(all);
	read_rest(a, &r, (unsigned)h.n_authorities + h.n_additional);
	return 0;
}
