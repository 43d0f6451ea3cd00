/* SPDX-License-Identifier: ISC */
/*
 * stack_lookup.c - turn a name into addresses by the stack's own resolver
 *
 * The resolver is the application layer's and fills in struct stack_names (stack.h); on a stack
 * that has none, a name is not found and nobody was asked.
 *
 * Neighbours: service.h (the contract), stack_service.h.
 */
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>

#include "stack_service.h"

struct nod_lookup {
	struct stack_service *service;
	struct nod_ready *ready;
	const struct stack_names *names;
	void *question; /* NULL: there was no resolver */
};

/* From the stack, when there is an answer. */
static void answered(void *self)
{
	nod_ready_wake(((struct nod_lookup *)self)->ready);
}

int stack_lookup_start(const struct nod_service *service, const char *name,
	enum nod_family family, struct nod_ready *ready, struct nod_lookup **out)
{
	struct stack_service *v = stack_service_of(service);
	struct nod_stack *s = nod_host_stack(v->host);
	struct nod_lookup *l = calloc(1, sizeof(*l));
	int err = 0;

	if (!l)
		return -ENOMEM;
	l->service = v;
	l->ready = ready;
	nod_host_lock(v->host);
	l->names = s->names;
	if (l->names)
		err = l->names->start(s, name, family, answered, l, &l->question);
	nod_host_unlock(v->host);
	if (err < 0) {
		free(l);
		return err;
	}
	if (!l->question)
		nod_ready_wake(ready);
	*out = l;
	return 0;
}

int stack_lookup_take(struct nod_lookup *l, struct nod_addr *list, unsigned max, int *resolver)
{
	int n = -ENOENT;

	nod_host_lock(l->service->host);
	*resolver = EAI_NONAME;
	if (l->question)
		n = l->names->take(l->question, list, max, resolver);
	nod_host_unlock(l->service->host);
	return n;
}

void stack_lookup_end(struct nod_lookup *l)
{
	nod_host_lock(l->service->host);
	if (l->question)
		l->names->end(l->question);
	nod_host_unlock(l->service->host);
	free(l);
}

void stack_lookup_sources(const struct nod_service *service, char *buf, size_t cap)
{
	struct stack_service *v = stack_service_of(service);
	const struct nod_stack *s = nod_host_stack(v->host);

	buf[0] = 0;
	nod_host_lock(v->host);
	if (s->names)
		s->names->sources(s, buf, cap);
	nod_host_unlock(v->host);
}
