/* SPDX-License-Identifier: ISC */
/*
 * stack_session.c - octets and datagrams by the sockets of a stack of our own
 *
 * A blocking session waits on its own condition, with the host's lock let go; signals do not cut
 * it short, as with the kernel's blocking sessions.
 *
 * Neighbours: stack_service.h (the map), kernel_sockaddr.h.
 */
#include <errno.h>

#include "kernel_sockaddr.h"
#include "stack_service.h"

void stack_session_wait(struct stack_session *s)
{
	s->n_waiting++;
	host_wait_on(s->service->host, &s->changed);
	s->n_waiting--;
}

static struct nod_stack *stack_of(const struct stack_session *s)
{
	return nod_host_stack(s->service->host);
}

/* ---- receiving ----------------------------------------------------------------------- */

/* With nod_recvmsg(), which tells both addresses. */
static ssize_t receive_datagram(
	struct stack_session *s, void *buf, size_t len, struct nod_datagram *d)
{
	struct kernel_sockaddr a = { 0 }; /* a stream's peer is not told */
	struct kernel_pktinfo info;
	struct iovec iov = { .iov_base = buf, .iov_len = len };
	struct msghdr m = {
		.msg_name = &a.u,
		.msg_namelen = sizeof(a.u),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &info,
		.msg_controllen = sizeof(info),
	};
	ssize_t n = nod_recvmsg(stack_of(s), s->fd, &m, 0);

	if (n < 0)
		return n;
	a.len = m.msg_namelen;
	kernel_sockaddr_to(&a, &d->peer);
	kernel_pktinfo_get(&m, &d->local);
	return n;
}

ssize_t stack_session_recv(
	struct nod_session *session, void *buf, size_t len, struct nod_datagram *d)
{
	struct stack_session *s = stack_session_of(session);
	ssize_t n;

	nod_host_lock(s->service->host);
	for (;;) {
		n = d ? receive_datagram(s, buf, len, d) :
			nod_recv(stack_of(s), s->fd, buf, len, 0);
		if (n != -EAGAIN || !s->is_blocking)
			break;
		stack_session_wait(s);
	}
	nod_host_unlock(s->service->host);
	return n;
}

/* ---- sending ------------------------------------------------------------------------- */

static ssize_t send_once(
	struct stack_session *s, const struct iovec *iov, int n, const struct nod_datagram *d)
{
	struct msghdr m = { .msg_iov = (struct iovec *)(uintptr_t)iov,
		.msg_iovlen = (size_t)n };
	struct kernel_sockaddr a;
	struct kernel_pktinfo info;

	if (d) {
		kernel_sockaddr_from(&a, &d->peer, s->af);
		m.msg_name = &a.u.sa;
		m.msg_namelen = a.len;
		kernel_pktinfo_put(&m, &info, &d->local, s->af);
	}
	return nod_sendmsg(stack_of(s), s->fd, &m, 0);
}

/* A blocking stream takes all of it.  Octets, or why not even one was taken. */
static ssize_t send_all(struct stack_session *s, const struct iovec *iov, int n)
{
	size_t done = 0;

	for (int i = 0; i < n; i++) {
		struct iovec left = iov[i];

		while (left.iov_len) {
			ssize_t sent = send_once(s, &left, 1, NULL);

			if (sent == -EAGAIN) {
				stack_session_wait(s);
				continue;
			}
			if (sent < 0)
				return done ? (ssize_t)done : sent;
			left.iov_base = (char *)left.iov_base + sent;
			left.iov_len -= (size_t)sent;
			done += (size_t)sent;
		}
	}
	return (ssize_t)done;
}

ssize_t stack_session_send(struct nod_session *session, const struct iovec *iov, int n,
	const struct nod_datagram *d)
{
	struct stack_session *s = stack_session_of(session);
	ssize_t sent;

	if (d && !kernel_sockaddr_fits(&d->peer, s->af))
		return -EAFNOSUPPORT;
	nod_host_lock(s->service->host);
	if (s->is_blocking && !s->is_datagram) {
		sent = send_all(s, iov, n);
	} else {
		while ((sent = send_once(s, iov, n, d)) == -EAGAIN && s->is_blocking)
			stack_session_wait(s);
	}
	nod_host_unlock(s->service->host);
	return sent;
}
