/* SPDX-License-Identifier: ISC */
/*
 * kernel_ready_poll.c - wait with poll(): the kernel is asked about every descriptor each time
 *
 * A wait costs in proportion to the number watched, ready or not.
 */
#include "kernel_ready.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

struct ready_poll {
	struct kernel_ready k;
	struct pollfd *watched; /* dense: n of them */
	void **tag;		/* beside it */
	int n, cap;
	int *place; /* by descriptor: where in watched, -1 = not there */
	int room;   /* entries of place */
	int next;   /* where the last wait stopped, so that none starves */
};

static int grow_place(struct ready_poll *s, int fd)
{
	int room = kernel_ready_room(fd);

	if (fd < s->room)
		return 0;
	int *place = realloc(s->place, (size_t)room * sizeof(*place));
	if (!place)
		return -ENOMEM;
	for (int i = s->room; i < room; i++)
		place[i] = -1;
	s->place = place;
	s->room = room;
	return 0;
}

static int grow_watched(struct ready_poll *s)
{
	int cap = s->cap ? s->cap * 2 : 64;

	if (s->n < s->cap)
		return 0;
	struct pollfd *watched = realloc(s->watched, (size_t)cap * sizeof(*watched));
	if (!watched)
		return -ENOMEM;
	s->watched = watched;
	void **tag = realloc(s->tag, (size_t)cap * sizeof(*tag));
	if (!tag)
		return -ENOMEM;
	s->tag = tag;
	s->cap = cap;
	return 0;
}

static short events_of(unsigned bits)
{
	return (short)((bits & NOD_READABLE ? POLLIN : 0) | (bits & NOD_WRITABLE ? POLLOUT : 0));
}

static int add(struct nod_ready *r, int fd, unsigned bits, void *tag)
{
	struct ready_poll *s = (struct ready_poll *)r;
	int err = fd < 0 ? -EBADF : grow_place(s, fd);

	if (err < 0 || (err = grow_watched(s)) < 0)
		return err;
	if (s->place[fd] >= 0)
		return -EEXIST;
	s->place[fd] = s->n;
	s->watched[s->n] = (struct pollfd){ .fd = fd, .events = events_of(bits) };
	s->tag[s->n++] = tag;
	return 0;
}

static bool is_watched(const struct ready_poll *s, int fd)
{
	return fd >= 0 && fd < s->room && s->place[fd] >= 0;
}

static int change(struct nod_ready *r, int fd, unsigned bits, void *tag)
{
	struct ready_poll *s = (struct ready_poll *)r;

	if (!is_watched(s, fd))
		return -ENOENT;
	s->watched[s->place[fd]].events = events_of(bits);
	s->tag[s->place[fd]] = tag;
	return 0;
}

static void remove_fd(struct nod_ready *r, int fd)
{
	struct ready_poll *s = (struct ready_poll *)r;

	if (!is_watched(s, fd))
		return;
	int at = s->place[fd];
	s->n--;
	s->watched[at] = s->watched[s->n]; /* the last takes its place */
	s->tag[at] = s->tag[s->n];
	s->place[s->watched[at].fd] = at;
	s->place[fd] = -1;
}

static int wait_ready(struct nod_ready *r, struct nod_ready_event *ev, int max, nod_ns until)
{
	struct ready_poll *s = (struct ready_poll *)r;
	int left = poll(s->watched, (nfds_t)s->n, kernel_ready_ms(until));
	int n = 0;

	if (left < 0)
		return errno == EINTR ? 0 : -errno;
	if (s->next >= s->n)
		s->next = 0;
	for (int seen = 0; seen < s->n && left > 0 && n < max; seen++) {
		int i = s->next;
		short got = s->watched[i].revents;

		s->next = i + 1 < s->n ? i + 1 : 0;
		if (!got)
			continue;
		left--;
		if (!s->tag[i])
			kernel_ready_woken(&s->k);
		ev[n].tag = s->tag[i];
		ev[n++].bits = (got & POLLIN ? (unsigned)NOD_READABLE : 0) |
			(got & POLLOUT ? (unsigned)NOD_WRITABLE : 0) |
			(got & (POLLERR | POLLHUP | POLLNVAL) ? (unsigned)NOD_BROKEN : 0);
	}
	return n;
}

static void free_set(struct nod_ready *r)
{
	struct ready_poll *s = (struct ready_poll *)r;

	if (s->k.wake_fd >= 0)
		close(s->k.wake_fd);
	free(s->watched);
	free(s->tag);
	free(s->place);
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

int ready_poll_new(struct kernel_ready **out)
{
	struct ready_poll *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->k.base.ops = &ops;
	*out = &s->k;
	return 0;
}
