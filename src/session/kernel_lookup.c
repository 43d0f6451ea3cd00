/* SPDX-License-Identifier: ISC */
/*
 * kernel_lookup.c - turn a name into addresses without waiting for it
 *
 * The system's resolver can only wait (getaddrinfo()), for as long as its name servers are
 * silent, so each question has a thread of its own.  Thread and asker share a counted
 * struct nod_lookup: an asker who gives up leaves, and the thread frees it when the
 * resolver has answered at last.
 *
 * Neighbours: service.h (the contract), call.c (who asks), kernel_name.c (names to people).
 */
#include "kernel_lookup.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "kernel_sockaddr.h"

#define ADDRS_MAX 64

struct nod_lookup {
	pthread_mutex_t lock;
	unsigned refs;		 /* the asker, and the thread */
	struct nod_ready *ready; /* the asker's; NULL once it has left */
	char name[256];
	enum nod_family family;
	bool is_done;
	unsigned n;
	struct nod_addr list[ADDRS_MAX];
	int error, resolver; /* when n is 0 */
};

static void drop(struct nod_lookup *l)
{
	pthread_mutex_lock(&l->lock);
	unsigned left = --l->refs;
	pthread_mutex_unlock(&l->lock);
	if (left)
		return;
	pthread_mutex_destroy(&l->lock);
	free(l);
}

/* The answer in @l's form.  Only the thread is here, and the asker looks when it is done. */
static void keep(struct nod_lookup *l, const struct addrinfo *found)
{
	for (const struct addrinfo *i = found; i && l->n < ADDRS_MAX; i = i->ai_next) {
		struct kernel_sockaddr a;
		struct nod_endpoint e;

		if (i->ai_addrlen > sizeof(a.u))
			continue;
		memcpy(&a.u, i->ai_addr, i->ai_addrlen);
		a.len = i->ai_addrlen;
		kernel_sockaddr_to(&a, &e);
		if (e.addr.family != NOD_UNSPEC)
			l->list[l->n++] = e.addr;
	}
}

static void *ask(void *arg)
{
	struct nod_lookup *l = arg;
	struct addrinfo hints = {
		.ai_family = l->family == NOD_IPV4 ? AF_INET :
			l->family == NOD_IPV6	   ? AF_INET6 :
						     AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *found = NULL;
	int resolver = getaddrinfo(l->name, NULL, &hints, &found);
	int error = resolver == EAI_SYSTEM ? -errno : -ENOENT;

	if (resolver == 0) {
		keep(l, found);
		freeaddrinfo(found);
	}
	pthread_mutex_lock(&l->lock);
	l->error = error;
	l->resolver = resolver ? resolver : EAI_NODATA;
	l->is_done = true;
	if (l->ready)
		nod_ready_wake(l->ready);
	pthread_mutex_unlock(&l->lock);
	drop(l);
	return NULL;
}

int kernel_lookup_start(const struct nod_service *v, const char *name, enum nod_family family,
	struct nod_ready *ready, struct nod_lookup **out)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, old;

	(void)v;
	if (strlen(name) >= sizeof((*out)->name))
		return -ENAMETOOLONG;
	struct nod_lookup *l = calloc(1, sizeof(*l));
	if (!l)
		return -ENOMEM;
	pthread_mutex_init(&l->lock, NULL);
	l->refs = 2;
	l->ready = ready;
	l->family = family;
	memcpy(l->name, name, strlen(name) + 1);

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	sigfillset(&all); /* signals are for the program's threads */
	pthread_sigmask(SIG_SETMASK, &all, &old);
	int err = pthread_create(&thread, &attr, ask, l);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	if (err)
		ask(l); /* no thread to be had: then the caller waits */
	*out = l;
	return 0;
}

int kernel_lookup_take(struct nod_lookup *l, struct nod_addr *list, unsigned max, int *resolver)
{
	int n = -EAGAIN;

	pthread_mutex_lock(&l->lock);
	if (l->is_done) {
		n = (int)(l->n < max ? l->n : max);
		for (int i = 0; i < n; i++)
			list[i] = l->list[i];
		*resolver = l->n ? 0 : l->resolver;
		if (!l->n)
			n = l->error;
	}
	pthread_mutex_unlock(&l->lock);
	return n;
}

void kernel_lookup_end(struct nod_lookup *l)
{
	pthread_mutex_lock(&l->lock);
	l->ready = NULL;
	pthread_mutex_unlock(&l->lock);
	drop(l);
}
