/* SPDX-License-Identifier: ISC */
/*
 * kernel_ready_epoll.c - wait with epoll: told once, hears only of those that are ready
 *
 * The cost of a wait follows the number that are ready, not the number watched.
 */
#include "kernel_ready.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#define BATCH 256 /* events taken from the kernel at once */

struct ready_epoll {
	struct kernel_ready k;
	int fd;
};

static int control(struct nod_ready *r, int op, int fd, unsigned bits, void *tag)
{
	struct epoll_event e = {
		.events = (bits & NOD_READABLE ? EPOLLIN : 0u) |
			(bits & NOD_WRITABLE ? EPOLLOUT : 0u),
		.data.ptr = tag,
	};

	return epoll_ctl(((struct ready_epoll *)r)->fd, op, fd, &e) < 0 ? -errno : 0;
}

static int add(struct nod_ready *r, int fd, unsigned bits, void *tag)
{
	return control(r, EPOLL_CTL_ADD, fd, bits, tag);
}

static int change(struct nod_ready *r, int fd, unsigned bits, void *tag)
{
	return control(r, EPOLL_CTL_MOD, fd, bits, tag);
}

static void remove_fd(struct nod_ready *r, int fd)
{
	control(r, EPOLL_CTL_DEL, fd, 0, NULL);
}

static int wait_ready(struct nod_ready *r, struct nod_ready_event *ev, int max, nod_ns until)
{
	struct ready_epoll *s = (struct ready_epoll *)r;
	struct epoll_event e[BATCH];
	int n = epoll_wait(s->fd, e, max < BATCH ? max : BATCH, kernel_ready_ms(until));

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	for (int i = 0; i < n; i++) {
		ev[i].tag = e[i].data.ptr;
		ev[i].bits = (e[i].events & EPOLLIN ? (unsigned)NOD_READABLE : 0) |
			(e[i].events & EPOLLOUT ? (unsigned)NOD_WRITABLE : 0) |
			(e[i].events & (EPOLLERR | EPOLLHUP) ? (unsigned)NOD_BROKEN : 0);
		if (!ev[i].tag)
			kernel_ready_woken(&s->k);
	}
	return n;
}

static void free_set(struct nod_ready *r)
{
	struct ready_epoll *s = (struct ready_epoll *)r;

	close(s->fd);
	if (s->k.wake_fd >= 0)
		close(s->k.wake_fd);
	free(s);
}

static const struct ready_ops ops = {
	.free = free_set,
	.add_fd = add,
	.change_fd = change,
	.remove_fd = remove_fd,
	.wait = wait_ready,
	.wake = kernel_ready_wake,
};

int ready_epoll_new(struct kernel_ready **out)
{
	struct ready_epoll *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->fd = epoll_create1(EPOLL_CLOEXEC);
	if (s->fd < 0) {
		int err = -errno;

		free(s);
		return err;
	}
	s->k.base.ops = &ops;
	*out = &s->k;
	return 0;
}
