/* SPDX-License-Identifier: ISC */
/*
 * ping_kernel.c - `nod ping` by the kernel's sockets
 *
 * Neighbours: ping_socket.h, whose table this fills.
 */
#include "ping_socket.h"

#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "nod/session.h"

static int or_errno(int result)
{
	return result < 0 ? -errno : result;
}

static int kernel_socket(void *self, int domain, int type, int protocol)
{
	(void)self;
	return or_errno(socket(domain, type, protocol));
}

static void kernel_close(void *self, int fd)
{
	(void)self;
	close(fd);
}

static int kernel_bind(void *self, int fd, const struct sockaddr *a, socklen_t len)
{
	(void)self;
	return or_errno(bind(fd, a, len));
}

static int kernel_getsockname(void *self, int fd, struct sockaddr *a, socklen_t *len)
{
	(void)self;
	return or_errno(getsockname(fd, a, len));
}

static int kernel_setsockopt(
	void *self, int fd, int level, int option, const void *value, socklen_t len)
{
	(void)self;
	return or_errno(setsockopt(fd, level, option, value, len));
}

static ssize_t kernel_sendto(void *self, int fd, const void *buf, size_t len,
	const struct sockaddr *to, socklen_t to_len)
{
	ssize_t n = sendto(fd, buf, len, 0, to, to_len);

	(void)self;
	return n < 0 ? -errno : n;
}

static ssize_t kernel_recvmsg(void *self, int fd, struct msghdr *m, int flags)
{
	ssize_t n = recvmsg(fd, m, flags);

	(void)self;
	return n < 0 ? -errno : n;
}

static void kernel_wait(void *self, int fd, nod_ns until, const sigset_t *mask)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	nod_ns left = until - nod_service_now(nod_service_kernel());
	struct timespec span = { 0 };

	(void)self;
	if (left > 0)
		span = (struct timespec){ .tv_sec = left / NOD_S, .tv_nsec = left % NOD_S };
	ppoll(&p, 1, &span, mask);
}

static nod_ns kernel_clock(void *self)
{
	struct timespec now;

	(void)self;
	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * NOD_S + now.tv_nsec;
}

const struct ping_calls ping_kernel = {
	.socket = kernel_socket,
	.close = kernel_close,
	.bind = kernel_bind,
	.getsockname = kernel_getsockname,
	.setsockopt = kernel_setsockopt,
	.sendto = kernel_sendto,
	.recvmsg = kernel_recvmsg,
	.wait = kernel_wait,
	.clock = kernel_clock,
};
