/* SPDX-License-Identifier: ISC */
/*
 * dns_lookup.c - what each of several DNS servers knows of a name
 *
 * The part of a resolver that RFC 1034 5.3.1 leaves to a "stub": it asks servers that do the
 * walking, and only asks on where such a server gave an alias alone.  Unlike a resolver it
 * asks all servers, and keeps every answer: nod shows where they differ.
 *
 * Neighbours: dns_lookup.h.
 */
#include "dns_lookup.h"

#include <errno.h>
#include <stdlib.h>

#define ASKS_MAX    (DNS_LOOKUP_SERVERS * DNS_LOOKUP_TYPES)
#define FOLLOWS_MAX 8 /* times that an alias is asked on */

/* The questions that are on their way together, and whose each is. */
struct round {
	struct dns_ask ask[ASKS_MAX];
	struct dns_lookup *of[ASKS_MAX];
	unsigned n;
};

static int put_question(struct round *r, struct dns_lookup *l, const struct dns_name *name,
	uint16_t type, const struct dns_plan *plan)
{
	struct dns_ask *a = &r->ask[r->n];

	*a = (struct dns_ask){ .server = l->server,
		.question = { .name = *name, .type = type, .class = DNS_IN } };
	r->of[r->n++] = l;
	return plan->random(&a->id, sizeof(a->id));
}

static bool is_known(const struct dns_lookup *l, const struct dns_fact *f)
{
	for (unsigned i = 0; i < l->n_facts; i++) {
		const struct dns_fact *k = &l->fact[i];

		if (k->type == f->type && dns_name_equal(&k->owner, &f->owner) &&
			nod_addr_equal(&k->addr, &f->addr) &&
			dns_name_equal(&k->target, &f->target))
			return true;
	}
	return false;
}

static void learn(struct dns_lookup *l, const struct dns_fact *f)
{
	if (l->n_facts < DNS_LOOKUP_FACTS && !is_known(l, f))
		l->fact[l->n_facts++] = *f;
}

/* A code that says more is kept: an error over success, "no such name" over "failed". */
static void take_rcode(struct dns_lookup *l, unsigned rcode)
{
	if (l->rcode == DNS_NOERROR || rcode == DNS_NXDOMAIN)
		l->rcode = rcode;
}

/*
 * Read what came of a question.  True: it is an alias that has to be asked on, and @next is
 * where it leads.
 */
static bool take_answer(struct dns_lookup *l, const struct dns_ask *a, struct dns_name *next)
{
	struct dns_answer *answer = malloc(sizeof(*answer));
	struct span message = { .p = a->message, .len = a->len };
	bool has_result, leads_on;

	if (!answer || dns_answer_parse(answer, message, &a->question) < 0) {
		l->is_malformed = true;
		free(answer);
		return false;
	}
	take_rcode(l, answer->rcode);
	l->is_authoritative |= answer->is_authoritative;
	l->is_circle |= answer->is_circle;
	for (unsigned i = 0; i < answer->n_facts; i++)
		learn(l, &answer->fact[i]);
	has_result = answer->n_facts > answer->n_aliases;
	l->has_result |= has_result;
	leads_on = answer->n_aliases && !has_result && !answer->is_circle &&
		answer->rcode == DNS_NOERROR;
	*next = answer->end;
	free(answer);
	return leads_on;
}

static void take_outcome(struct dns_lookup *l, const struct dns_ask *a)
{
	l->n_sent += a->n_sent;
	l->n_ignored += a->n_ignored;
	l->by_tcp |= a->by_tcp;
	l->is_truncated |= a->is_truncated;
	l->n_silent += a->outcome == DNS_SILENT;
	if (a->error)
		l->error = a->error;
	if (a->outcome == DNS_ANSWERED && l->outcome != DNS_ANSWERED)
		l->took = a->took;
	if (a->outcome == DNS_ANSWERED || l->outcome == DNS_PENDING)
		l->outcome = a->outcome;
}

/* Take the round's answers in; what they lead on to is the next round.  Its questions. */
static int next_round(struct round *r, struct round *next, const struct dns_plan *plan)
{
	int err = 0;

	next->n = 0;
	for (unsigned i = 0; i < r->n; i++) {
		struct dns_name name;

		take_outcome(r->of[i], &r->ask[i]);
		if (r->ask[i].outcome == DNS_ANSWERED &&
			take_answer(r->of[i], &r->ask[i], &name) && !err)
			err = put_question(
				next, r->of[i], &name, r->ask[i].question.type, plan);
		dns_ask_free(&r->ask[i]);
	}
	return err;
}

static void start_over(struct dns_lookup *l, const struct dns_name *name)
{
	struct nod_endpoint server = l->server;

	*l = (struct dns_lookup){ .server = server, .name = *name };
}

/* Ask everyone for one candidate, and on where the answers lead. */
static int look_up(const struct nod_service *v, struct dns_lookup *list, unsigned n,
	const struct dns_name *name, const struct dns_plan *plan, nod_ns until,
	struct round round[2])
{
	struct round *now = &round[0], *next = &round[1];
	int err = 0;

	now->n = 0;
	for (unsigned i = 0; i < n; i++) {
		start_over(&list[i], name);
		for (unsigned t = 0; t < plan->n_types && !err; t++)
			err = put_question(now, &list[i], name, plan->type[t], plan);
	}
	for (unsigned follows = 0; !err && now->n && follows <= FOLLOWS_MAX; follows++) {
		struct round *done = now;
		nod_ns left = until - nod_service_now(v);

		err = dns_ask_all(v, now->ask, now->n, left > 0 ? left : 0);
		if (!err)
			err = next_round(now, next, plan);
		now = next;
		next = done;
	}
	for (unsigned i = 0; i < now->n; i++)
		now->of[i]->is_circle = true; /* asked on and on, the aliases do not end */
	return err;
}

/* Another candidate is worth asking for when someone answered, but none has it. */
static bool is_worth_going_on(const struct dns_lookup *list, unsigned n)
{
	bool anyone = false;

	for (unsigned i = 0; i < n; i++) {
		if (list[i].has_result)
			return false;
		anyone |= list[i].outcome == DNS_ANSWERED;
	}
	return anyone;
}

int dns_lookup_all(const struct nod_service *v, struct dns_lookup *list, unsigned n,
	const struct dns_plan *plan)
{
	nod_ns until = nod_service_now(v) + plan->timeout;
	struct round *rounds = calloc(2, sizeof(*rounds));
	int err = rounds ? 0 : -ENOMEM;

	if (n > DNS_LOOKUP_SERVERS)
		n = DNS_LOOKUP_SERVERS;
	for (unsigned i = 0; i < plan->n_candidates && !err; i++) {
		err = look_up(v, list, n, &plan->candidate[i], plan, until, rounds);
		if (!is_worth_going_on(list, n))
			break;
	}
	free(rounds);
	return err;
}
