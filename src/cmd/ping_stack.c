/* SPDX-License-Identifier: ISC */
/*
 * ping_stack.c - `nod ping` by the sockets of a stack of our own
 *
 * The host is driven here, while ping waits: it has no thread.
 *
 * Neighbours: ping_socket.h, whose table this fills; session/host.h.
 */
#include "ping_socket.h"

#include <string.h>

#include "../session/host.h"

static struct nod_stack *stack_of(void *self)
{
	return nod_host_stack(self);
}

static int stack_socket(void *self, int domain, int type, int protocol)
{
	return nod_socket(stack_of(self), domain, type, protocol);
}

static void stack_close(void *self, int fd)
{
	nod_close(stack_of(self), fd);
}

static int stack_bind(void *self, int fd, const struct sockaddr *a, socklen_t len)
{
	return nod_bind(stack_of(self), fd, a, len);
}

static int stack_getsockname(void *self, int fd, struct sockaddr *a, socklen_t *len)
{
	return nod_getsockname(stack_of(self), fd, a, len);
}

static int stack_setsockopt(
	void *self, int fd, int level, int option, const void *value, socklen_t len)
{
	return nod_setsockopt(stack_of(self), fd, level, option, value, len);
}

static ssize_t stack_sendto(void *self, int fd, const void *buf, size_t len,
	const struct sockaddr *to, socklen_t to_len)
{
	ssize_t n;

	host_turn(self, host_now()); /* what has come is heard first, and it is now */
	n = nod_sendto(stack_of(self), fd, buf, len, 0, to, to_len);
	host_turn(self, host_now());
	return n;
}

static ssize_t stack_recvmsg(void *self, int fd, struct msghdr *m, int flags)
{
	return nod_recvmsg(stack_of(self), fd, m, flags);
}

static void stack_wait(void *self, int fd, nod_ns until, const sigset_t *mask)
{
	/* the host wakes up for what is not ping's, too: the caller asks again */
	if (!(nod_socket_ready(stack_of(self), fd) & NOD_READABLE))
		host_wait(self, until, mask);
}

static nod_ns stack_clock(void *self)
{
	(void)self;
	return host_now();
}

const struct ping_calls ping_stack = {
	.socket = stack_socket,
	.close = stack_close,
	.bind = stack_bind,
	.getsockname = stack_getsockname,
	.setsockopt = stack_setsockopt,
	.sendto = stack_sendto,
	.recvmsg = stack_recvmsg,
	.wait = stack_wait,
	.clock = stack_clock,
};
