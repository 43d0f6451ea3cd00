/* SPDX-License-Identifier: ISC */
/*
 * floor_chat.c - the least a chat server can do: what one says is sent to all the others
 *
 * What `nod serve --chat` is measured against: one epoll loop, and one send() a listener for
 * whatever was received at once.  With one line at a time that is a send() a line; with many
 * lines in flight it is one for all of them, which is the cheapest that can be had from
 * send().  Whoever cannot take it all at once is closed.
 *
 *	floor_chat PORT
 */
#include "bench.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS 256
#define CLIENTS 65536

static int clients[CLIENTS]; /* descriptors, dense */
static int place[CLIENTS];   /* descriptor -> its index in clients[] */
static int n_clients;

static void accept_all(int loop, int listener)
{
	const int one = 1;

	for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
		struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };

		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		if (fd >= CLIENTS || epoll_ctl(loop, EPOLL_CTL_ADD, fd, &e) < 0) {
			close(fd);
			continue;
		}
		place[fd] = n_clients;
		clients[n_clients++] = fd;
	}
}

static void leave(int fd)
{
	clients[place[fd]] = clients[--n_clients];
	place[clients[place[fd]]] = place[fd];
	close(fd);
}

static void tell_others(int speaker, const char *buf, size_t len)
{
	for (int i = n_clients - 1; i >= 0; i--) {
		int fd = clients[i];

		if (fd != speaker && send(fd, buf, len, MSG_NOSIGNAL) != (ssize_t)len)
			leave(fd);
	}
}

int main(int argc, char **argv)
{
	static char buf[65536];
	struct epoll_event ev[EVENTS];

	if (argc != 2)
		bench_die(0, "usage: floor_chat PORT");
	bench_raise_descriptors();
	int listener = bench_listen((uint16_t)bench_number("PORT", argv[1], 65535));
	int loop = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event e = { .events = EPOLLIN, .data.fd = listener };

	epoll_ctl(loop, EPOLL_CTL_ADD, listener, &e);
	for (;;) {
		int n = epoll_wait(loop, ev, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			int fd = ev[i].data.fd;

			if (fd == listener) {
				accept_all(loop, listener);
				continue;
			}
			ssize_t got = recv(fd, buf, sizeof(buf), 0);
			if (got > 0)
				tell_others(fd, buf, (size_t)got);
			else if (got == 0 || errno != EBADF) /* closed within this batch */
				leave(fd);
		}
	}
}
