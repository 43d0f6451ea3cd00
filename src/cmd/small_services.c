/* SPDX-License-Identifier: ISC */
/*
 * small_services.c - echo and discard, RFC 862 and RFC 863, on a stack of nod's own
 *
 * Neither keeps anything of its own: what a stream cannot be given back yet stays where it came,
 * so that its window closes and the peer waits.
 *
 * Neighbours: small_services.h.
 */
#include "small_services.h"

#include <errno.h>
#include <netinet/in.h>

#include "nod/order.h"
#include "nod/socket.h"

enum { PORT_ECHO = 7, PORT_DISCARD = 9, BACKLOG = 64 };

/* ---- datagrams ----------------------------------------------------------------------- */

/*
 * Two hosts that echo to each other would never end: what comes from a port where such a service
 * may answer is not answered (RFC 862 has no word on it; H35, CVE-1999-0103).
 */
static bool may_echo(const struct sockaddr_in6 *from)
{
	enum { SERVICES_BELOW = 512 };

	return nod_ntohs(from->sin6_port) >= SERVICES_BELOW;
}

static void datagrams(struct small_services *s, int fd)
{
	struct sockaddr_in6 from;
	struct iovec iov = { .iov_base = s->buf, .iov_len = sizeof(s->buf) };
	char control[128];
	struct msghdr m = { .msg_name = &from, .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t len;

	for (;;) {
		m.msg_namelen = sizeof(from);
		m.msg_control = control;
		m.msg_controllen = sizeof(control);
		iov.iov_len = sizeof(s->buf);
		len = nod_recvmsg(s->stack, fd, &m, 0);
		if (len < 0)
			break;
		if (fd != s->echo || !may_echo(&from))
			continue;
		/* back, from the address that was asked; of a group or a broadcast none can be,
		 * and it is not answered */
		iov.iov_len = (size_t)len;
		nod_sendmsg(s->stack, s->echo, &m, 0);
	}
}

/* ---- streams ------------------------------------------------------------------------- */

static void welcome(struct small_services *s, int listener)
{
	const struct linger now_and_hard = { .l_onoff = 1 };
	const int on = 1;
	int fd;

	while ((fd = nod_accept(s->stack, listener, NULL, NULL)) >= 0) {
		unsigned k = 0;

		while (k < SMALL_CLIENTS && s->client[k].fd)
			k++;
		if (k == SMALL_CLIENTS) {
			nod_setsockopt(s->stack, fd, SOL_SOCKET, SO_LINGER, &now_and_hard,
				sizeof(now_and_hard));
			nod_close(s->stack, fd);
			continue;
		}
		/* who is silent for two hours is asked whether he lives */
		nod_setsockopt(s->stack, fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
		s->client[k] = (struct small_client){ fd, listener == s->echo_streams };
	}
}

/* All that can be done for one now.  Whether it goes on. */
static bool attend(struct small_services *s, const struct small_client *c)
{
	for (;;) {
		ssize_t n = nod_recv(s->stack, c->fd, s->buf, sizeof(s->buf), MSG_PEEK);

		if (n == -EAGAIN)
			return true;
		if (n <= 0)
			return false;
		if (c->is_echo)
			n = nod_send(s->stack, c->fd, s->buf, (size_t)n, 0);
		if (n == -EAGAIN)
			return true;
		if (n <= 0)
			return false;
		nod_recv(s->stack, c->fd, s->buf, (size_t)n, 0);
	}
}

static void client(struct small_services *s, int fd)
{
	for (unsigned k = 0; k < SMALL_CLIENTS; k++) {
		if (s->client[k].fd != fd)
			continue;
		if (!attend(s, &s->client[k])) {
			nod_close(s->stack, fd);
			s->client[k].fd = 0;
		}
		return;
	}
}

/* ---- both ---------------------------------------------------------------------------- */

void small_services_event(void *self, const struct nod_socket_event *ev, unsigned n)
{
	struct small_services *s = self;

	for (unsigned k = 0; k < n; k++) {
		int fd = ev[k].socket;

		if (fd == s->echo || fd == s->discard)
			datagrams(s, fd);
		else if (fd == s->echo_streams || fd == s->discard_streams)
			welcome(s, fd);
		else
			client(s, fd);
	}
}

/* A socket on @port, or a negative errno. */
static int on_port(struct nod_stack *stack, int type, uint16_t port)
{
	struct sockaddr_in6 at = { .sin6_family = AF_INET6, .sin6_port = nod_htons(port) };
	const int on = 1;
	int fd = nod_socket(stack, AF_INET6, type, 0);
	int err;

	if (fd < 0)
		return fd;
	if (type == SOCK_DGRAM)
		nod_setsockopt(stack, fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
	err = nod_bind(stack, fd, (const struct sockaddr *)&at, sizeof(at));
	if (err == 0 && type == SOCK_STREAM)
		err = nod_listen(stack, fd, BACKLOG);
	return err < 0 ? err : fd;
}

int small_services_open(struct small_services *s, struct nod_stack *stack)
{
	s->stack = stack;
	s->echo_streams = on_port(stack, SOCK_STREAM, PORT_ECHO);
	s->discard_streams = on_port(stack, SOCK_STREAM, PORT_DISCARD);
	s->echo = on_port(stack, SOCK_DGRAM, PORT_ECHO);
	s->discard = on_port(stack, SOCK_DGRAM, PORT_DISCARD);
	if (s->echo_streams < 0 || s->discard_streams < 0)
		return s->echo_streams < 0 ? s->echo_streams : s->discard_streams;
	return s->echo < 0 ? s->echo : s->discard < 0 ? s->discard : 0;
}
