/* SPDX-License-Identifier: ISC */
/*
 * drill_ready.c - poll and epoll
 *
 * The bits are those that Linux gives; edges are the stack's events.
 *
 * Neighbours: drill.h.
 */
#include <errno.h>

#include "drill.h"
#include "session/socket_tcp.h"

/* ---- what is true of a socket -------------------------------------------------------- */

static uint32_t bits_of(struct drill *d, const struct drill_file *f)
{
	const struct sock *k = sock_of(d->stack, f->socket);
	const struct sock_tcp *t = (const struct sock_tcp *)(const void *)k;
	unsigned ready;
	uint32_t bits = 0;

	if (!k)
		return POLLNVAL;
	ready = k->ops->ready(k);
	if (k->ops != &sock_tcp_ops)
		return (ready & NOD_READABLE ? POLLIN | POLLRDNORM : 0u) |
			(ready & NOD_WRITABLE ? POLLOUT | POLLWRNORM : 0u) |
			(ready & NOD_BROKEN ? POLLERR : 0u);
	if (sock_tcp_listener(t))
		return ready & NOD_READABLE ? POLLIN | POLLRDNORM : 0;
	if (!t->conn)
		return POLLOUT | POLLWRNORM | (sock_tcp_is_later(t) ? 0 : POLLHUP);
	if (ready & NOD_READABLE)
		bits |= POLLIN | POLLRDNORM;
	if (ready & NOD_WRITABLE || tcp_is_shut_out(t->conn))
		bits |= POLLOUT | POLLWRNORM;
	if (tcp_has_ended(t->conn))
		bits |= POLLIN | POLLRDNORM | POLLRDHUP;
	if (tcp_state_of(t->conn) == TCP_CLOSED ||
		(tcp_has_ended(t->conn) && tcp_is_shut_out(t->conn)))
		bits |= POLLHUP | POLLIN | POLLRDNORM | POLLRDHUP | POLLOUT | POLLWRNORM;
	if (tcp_error(t->conn))
		bits |= POLLERR;
	return bits;
}

/* ---- poll ---------------------------------------------------------------------------- */

struct poll_call {
	struct pollfd *p;
	nfds_t n;
};

static ssize_t do_poll(struct drill *d, void *self)
{
	struct poll_call *c = self;
	int n = 0;

	for (nfds_t i = 0; i < c->n; i++) {
		const struct drill_file *f = drill_file_of(d, c->p[i].fd);
		uint32_t bits = f && f->kind == DRILL_SOCKET ? bits_of(d, f) : POLLNVAL;

		bits &= (uint16_t)c->p[i].events | (uint32_t)(POLLERR | POLLHUP | POLLNVAL);
		c->p[i].revents = (short)bits;
		n += bits != 0;
	}
	return n ? n : -EAGAIN;
}

static nod_ns until(const struct drill *d, int timeout_ms)
{
	return timeout_ms < 0 ? NOD_FOREVER : timeout_ms ? d->now + timeout_ms * NOD_MS : 0;
}

int drill_poll(void *u, struct pollfd *p, nfds_t n, int timeout_ms)
{
	struct poll_call c = { p, n };

	return (int)drill_run(u,
		&(struct drill_try){
			.once = do_poll, .self = &c, .until = until(u, timeout_ms) });
}

/* ---- epoll --------------------------------------------------------------------------- */

void drill_happened(struct drill *d, int socket)
{
	for (int ep = 0; ep < DRILL_FILES; ep++) {
		if (d->file[ep].kind != DRILL_EPOLL)
			continue;
		for (int i = 0; i < DRILL_WATCHES; i++) {
			struct drill_watch *w = &d->file[ep].watch[i];
			const struct drill_file *f = w->is_used ? drill_file_of(d, w->fd) : NULL;

			if (f && f->kind == DRILL_SOCKET && f->socket == socket)
				w->is_fresh = true;
		}
	}
}

struct epoll_call {
	int ep, op, fd, max;
	struct epoll_event *e;
};

static ssize_t do_create(struct drill *d, void *self)
{
	(void)self;
	return drill_file_new(d, DRILL_EPOLL, 0);
}

int drill_epoll_create(void *u, int size)
{
	if (size <= 0) {
		errno = EINVAL;
		return -1;
	}
	return (int)drill_run(u, &(struct drill_try){ .once = do_create });
}

static struct drill_file *epoll_of(struct drill *d, int fd)
{
	struct drill_file *f = drill_file_of(d, fd);

	return f && f->kind == DRILL_EPOLL ? f : NULL;
}

static ssize_t do_ctl(struct drill *d, void *self)
{
	struct epoll_call *c = self;
	struct drill_file *ep = epoll_of(d, c->ep);
	struct drill_watch *w = NULL, *empty = NULL;

	if (!ep || !drill_file_of(d, c->fd))
		return ep ? -EBADF : -EINVAL;
	for (int i = 0; i < DRILL_WATCHES; i++) {
		struct drill_watch *at = &ep->watch[i];

		if (at->is_used && at->fd == c->fd)
			w = at;
		else if (!at->is_used)
			empty = at;
	}
	if (c->op == EPOLL_CTL_ADD && (w || !empty))
		return w ? -EEXIST : -ENOSPC;
	if (c->op != EPOLL_CTL_ADD && !w)
		return -ENOENT;
	if (c->op == EPOLL_CTL_DEL) {
		w->is_used = false;
		return 0;
	}
	w = w ? w : empty;
	*w = (struct drill_watch){ .fd = c->fd,
		.events = c->e->events,
		.data = c->e->data,
		.is_used = true,
		.is_fresh = true };
	return 0;
}

int drill_epoll_ctl(void *u, int ep, int op, int fd, struct epoll_event *e)
{
	struct epoll_call c = { .ep = ep, .op = op, .fd = fd, .e = e };

	return (int)drill_run(u, &(struct drill_try){ .once = do_ctl, .self = &c });
}

static ssize_t do_wait(struct drill *d, void *self)
{
	struct epoll_call *c = self;
	struct drill_file *ep = epoll_of(d, c->ep);
	int n = 0;

	if (!ep)
		return -EINVAL;
	for (int i = 0; i < DRILL_WATCHES && n < c->max; i++) {
		struct drill_watch *w = &ep->watch[i];
		const struct drill_file *f = w->is_used ? drill_file_of(d, w->fd) : NULL;
		uint32_t bits;

		if (!f || f->kind != DRILL_SOCKET || (w->events & EPOLLET && !w->is_fresh))
			continue;
		bits = bits_of(d, f) & (w->events | EPOLLERR | EPOLLHUP);
		if (!bits || !(w->events & ~(uint32_t)(EPOLLET | EPOLLONESHOT | EPOLLEXCLUSIVE)))
			continue;
		c->e[n++] = (struct epoll_event){ .events = bits, .data = w->data };
		w->is_fresh = false;
		if (w->events & EPOLLONESHOT)
			w->events &= EPOLLET | EPOLLONESHOT;
	}
	return n ? n : -EAGAIN;
}

int drill_epoll_wait(void *u, int ep, struct epoll_event *e, int max, int timeout_ms)
{
	struct epoll_call c = { .ep = ep, .e = e, .max = max };

	return (int)drill_run(u,
		&(struct drill_try){
			.once = do_wait, .self = &c, .until = until(u, timeout_ms) });
}
