/* SPDX-License-Identifier: ISC */
/*
 * kernel_ready.c - choose among the three ways of waiting, and what they share
 */
#include "kernel_ready.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

nod_ns kernel_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NOD_S + t.tv_nsec;
}

int kernel_ready_new(const struct nod_service *v, enum nod_ready_how how,
	struct nod_ready **out)
{
	struct kernel_ready *r = NULL;
	int err = how == NOD_READY_SELECT ? ready_select_new(&r) :
		how == NOD_READY_POLL ? ready_poll_new(&r) : ready_epoll_new(&r);

	if (err < 0)
		return err;
	r->base.service = v;
	r->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (r->wake_fd < 0)
		err = -errno;
	else
		err = nod_ready_add_fd(&r->base, r->wake_fd, NOD_READABLE, NULL);
	if (err < 0) {
		nod_ready_free(&r->base);
		return err;
	}
	*out = &r->base;
	return 0;
}

void kernel_ready_wake(struct nod_ready *r)
{
	const uint64_t one = 1;
	int err = errno; /* may be a signal handler's business */

	/* fails only when the counter is full, and then the set wakes anyway */
	(void)!write(((struct kernel_ready *)r)->wake_fd, &one, sizeof(one));
	errno = err;
}

void kernel_ready_woken(struct kernel_ready *r)
{
	uint64_t n;

	(void)!read(r->wake_fd, &n, sizeof(n));
}

int kernel_ready_ms(nod_ns until)
{
	if (until == NOD_FOREVER)
		return -1;
	nod_ns now = kernel_now();
	if (until <= now)
		return 0;
	nod_ns left = until - now;
	nod_ns ms = left / NOD_MS + (left % NOD_MS != 0);
	return ms > INT32_MAX ? INT32_MAX : (int)ms;
}
