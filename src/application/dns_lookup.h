/* SPDX-License-Identifier: ISC */
/*
 * dns_lookup.h - what each of several DNS servers knows of a name
 *
 * Neighbours: dns_client.h (one question), dns_answer.h (one answer).
 */
#ifndef NOD_APPLICATION_DNS_LOOKUP_H
#define NOD_APPLICATION_DNS_LOOKUP_H

#include "dns_answer.h"
#include "dns_client.h"

#define DNS_LOOKUP_FACTS   64
#define DNS_LOOKUP_SERVERS 8
#define DNS_LOOKUP_TYPES   2

/* What one server said. */
struct dns_lookup {
	struct nod_endpoint server; /* the caller sets it and zeroes the rest */

	struct dns_name name;	    /* which of the candidates this is about: the last asked */
	enum dns_outcome outcome;   /* DNS_ANSWERED: to one of the questions at least */
	int error;		    /* DNS_FAILED, or why TCP failed: negative errno */
	nod_ns took;		    /* of the first answer */
	unsigned n_sent, n_ignored; /* queries by UDP; datagrams that fitted no question */
	unsigned n_silent;	    /* questions that were not answered in time */
	unsigned rcode;		    /* enum dns_rcode and beyond */
	bool is_authoritative;
	bool by_tcp, is_truncated;
	bool is_malformed; /* an answer could not be read */
	bool is_circle;	   /* the aliases lead back to themselves, or do not end */
	bool has_result;   /* some of the facts are of a type that was asked for */
	unsigned n_facts;
	struct dns_fact fact[DNS_LOOKUP_FACTS]; /* as they were learnt, each once */
};

/* What to ask, and how. */
struct dns_plan {
	const struct dns_name *candidate; /* tried in turn until one has a result */
	unsigned n_candidates;
	uint16_t type[DNS_LOOKUP_TYPES];
	unsigned n_types;
	nod_ns timeout;			      /* for everything */
	int (*random)(void *buf, size_t len); /* fills @buf with what no one can guess; 0 */
};

/*
 * Ask @n <= DNS_LOOKUP_SERVERS servers side by side.  Where an answer is an alias without
 * what it leads to, that is asked for as well.  Stops early when no server answers at all.
 *
 * Return: 0 (each of @list tells how it went), or a negative errno: -ENOMEM, -EMFILE, what
 * @random returned.
 */
int dns_lookup_all(const struct nod_service *v, struct dns_lookup *list, unsigned n,
	const struct dns_plan *plan);

#endif
