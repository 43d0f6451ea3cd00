/* SPDX-License-Identifier: ISC */
/*
 * stack_service.h - a stack of our own as a transport service: what its files share
 *
 * stack_service.c opens sessions and is the table, stack_session.c talks by them, stack_ready.c
 * waits for several, stack_lookup.c asks for names.  All of it stands on the calls of
 * nod/socket.h, with the host's lock held: nothing here knows a protocol, and a kind of socket
 * that the stack learns is a kind of session at once.
 *
 * Neighbours: service.h (the table's contract), host.h (the lock, and who tells of events).
 */
#ifndef NOD_SESSION_STACK_SERVICE_H
#define NOD_SESSION_STACK_SERVICE_H

#include <pthread.h>

#include "host.h"
#include "service.h"

struct stack_service {
	struct nod_service base;
	struct nod_host *host;
	struct stack_session **session; /* by descriptor */
	unsigned room;			/* entries of it */
};

struct stack_ready;

/* A session in a ready set.  It is in the set's hot list while it may be ready. */
struct stack_watch {
	struct stack_ready *set;
	struct stack_session *session;
	struct stack_watch *next_of_session;
	struct stack_watch *next, **prev;	  /* in the set */
	struct stack_watch *next_hot, **prev_hot; /* NULL, NULL: not hot */
	unsigned bits;
	void *tag;
};

struct stack_session {
	struct nod_session base;
	struct stack_service *service;
	int fd;
	sa_family_t af;
	bool is_datagram, is_blocking;
	bool is_dual; /* listens on every address of both families */
	struct stack_watch *watches;
	pthread_cond_t changed; /* with the host's lock: something became true of it */
	unsigned n_waiting;
};

static inline struct stack_session *stack_session_of(const struct nod_session *s)
{
	return (struct stack_session *)(uintptr_t)s;
}

static inline struct stack_service *stack_service_of(const struct nod_service *v)
{
	return (struct stack_service *)(uintptr_t)v;
}

/* ---- for host.c ---- */
struct stack_service *stack_service_new(struct nod_host *h); /* NULL: no memory */
void stack_service_free(struct stack_service *v);
const struct nod_service *stack_service(const struct stack_service *v);
/* With the lock held. */
void stack_service_events(
	struct stack_service *v, const struct nod_socket_event *ev, unsigned n);

/* ---- stack_session.c: with the lock held ---- */
/* Let go of the lock until something became true of @s. */
void stack_session_wait(struct stack_session *s);
ssize_t stack_session_recv(
	struct nod_session *s, void *buf, size_t len, struct nod_datagram *d);
ssize_t stack_session_send(
	struct nod_session *s, const struct iovec *iov, int n, const struct nod_datagram *d);

/* ---- stack_ready.c ---- */
int stack_ready_new(
	const struct nod_service *v, enum nod_ready_how how, struct nod_ready **out);
int stack_ready_add(struct nod_ready *r, struct nod_session *s, unsigned bits, void *tag);
int stack_ready_change(struct nod_ready *r, struct nod_session *s, unsigned bits, void *tag);
void stack_ready_remove(struct nod_ready *r, struct nod_session *s);
/* With the lock held: something became true of what @w watches. */
void stack_ready_heat(struct stack_watch *w);
/* ... and @s ends: it leaves all sets that it is in. */
void stack_ready_forget(struct stack_session *s);

/* ---- stack_lookup.c ---- */
int stack_lookup_start(const struct nod_service *v, const char *name, enum nod_family family,
	struct nod_ready *ready, struct nod_lookup **out);
int stack_lookup_take(struct nod_lookup *l, struct nod_addr *list, unsigned max, int *resolver);
void stack_lookup_end(struct nod_lookup *l);
void stack_lookup_sources(const struct nod_service *v, char *buf, size_t cap);

#endif
