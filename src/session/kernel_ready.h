/* SPDX-License-Identifier: ISC */
/*
 * kernel_ready.h - what the kernel service's three ready sets share
 *
 * Neighbours: kernel_ready_select.c, kernel_ready_poll.c, kernel_ready_epoll.c.
 */
#ifndef NOD_SESSION_KERNEL_READY_H
#define NOD_SESSION_KERNEL_READY_H

#include "service.h"

/* First member of each of the three. */
struct kernel_ready {
	struct nod_ready base;
	int wake_fd; /* eventfd, in the set with the tag NULL */
};

int ready_select_new(struct kernel_ready **out);
int ready_poll_new(struct kernel_ready **out);
int ready_epoll_new(struct kernel_ready **out);

int kernel_ready_new(const struct nod_service *v, enum nod_ready_how how,
	struct nod_ready **out);

/* For each set's .wake, and to drain the eventfd after it was seen. */
void kernel_ready_wake(struct nod_ready *r);
void kernel_ready_woken(struct kernel_ready *r);

/* Milliseconds to wait as poll() takes them: up, so that @until has passed; -1 = for ever. */
int kernel_ready_ms(nod_ns until);

nod_ns kernel_now(void);

/* How many descriptors the arrays of a set that is indexed by them must hold for @fd. */
static inline int kernel_ready_room(int fd)
{
	int n = 64;

	while (n <= fd)
		n *= 2;
	return n;
}

#endif
