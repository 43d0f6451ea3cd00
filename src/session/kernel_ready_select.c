/* SPDX-License-Identifier: ISC */
/*
 * kernel_ready_select.c - wait with select(): the oldest way, with FD_SETSIZE as its limit
 *
 * A wait costs in proportion to the highest descriptor, and one of FD_SETSIZE (1,024) or
 * above cannot be watched at all.  Errors show as readable and writable: NOD_BROKEN alone
 * (bits 0) is not reported.
 */
#include "kernel_ready.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/select.h>
#include <unistd.h>

struct ready_select {
	struct kernel_ready k;
	fd_set readable, writable;
	int top;  /* highest descriptor watched, -1 = none */
	int next; /* where the last wait stopped, so that none starves */
	bool watched[FD_SETSIZE];
	void *tag[FD_SETSIZE];
};

static int change(struct nod_ready *r, int fd, unsigned bits, void *tag)
{
	struct ready_select *s = (struct ready_select *)r;

	if (fd < 0 || fd >= FD_SETSIZE || !s->watched[fd])
		return -ENOENT;
	if (bits & NOD_READABLE)
		FD_SET(fd, &s->readable);
	else
		FD_CLR(fd, &s->readable);
	if (bits & NOD_WRITABLE)
		FD_SET(fd, &s->writable);
	else
		FD_CLR(fd, &s->writable);
	s->tag[fd] = tag;
	return 0;
}

static int add(struct nod_ready *r, int fd, unsigned bits, void *tag)
{
	struct ready_select *s = (struct ready_select *)r;

	if (fd < 0)
		return -EBADF;
	if (fd >= FD_SETSIZE)
		return -ENOSPC;
	if (s->watched[fd])
		return -EEXIST;
	s->watched[fd] = true;
	if (fd > s->top)
		s->top = fd;
	return change(r, fd, bits, tag);
}

static void remove_fd(struct nod_ready *r, int fd)
{
	struct ready_select *s = (struct ready_select *)r;

	if (change(r, fd, 0, NULL) < 0)
		return;
	s->watched[fd] = false;
	while (s->top >= 0 && !s->watched[s->top])
		s->top--;
}

static int wait_ready(struct nod_ready *r, struct nod_ready_event *ev, int max, nod_ns until)
{
	struct ready_select *s = (struct ready_select *)r;
	fd_set readable = s->readable, writable = s->writable;
	int ms = kernel_ready_ms(until);
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
	int left = select(s->top + 1, &readable, &writable, NULL, ms < 0 ? NULL : &tv);
	int n = 0;

	if (left < 0)
		return errno == EINTR ? 0 : -errno;
	if (s->next > s->top)
		s->next = 0;
	for (int seen = 0; seen <= s->top && left > 0 && n < max; seen++) {
		int fd = s->next;
		unsigned bits = (FD_ISSET(fd, &readable) ? (unsigned)NOD_READABLE : 0) |
			(FD_ISSET(fd, &writable) ? (unsigned)NOD_WRITABLE : 0);

		s->next = fd < s->top ? fd + 1 : 0;
		if (!bits)
			continue;
		left -= !!(bits & NOD_READABLE) + !!(bits & NOD_WRITABLE);
		if (!s->tag[fd])
			kernel_ready_woken(&s->k);
		ev[n].tag = s->tag[fd];
		ev[n++].bits = bits;
	}
	return n;
}

static void free_set(struct nod_ready *r)
{
	struct ready_select *s = (struct ready_select *)r;

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

int ready_select_new(struct kernel_ready **out)
{
	struct ready_select *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	FD_ZERO(&s->readable);
	FD_ZERO(&s->writable);
	s->top = -1;
	s->k.base.ops = &ops;
	*out = &s->k;
	return 0;
}
