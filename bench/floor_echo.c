/* SPDX-License-Identifier: ISC */
/*
 * floor_echo.c - the least an echo server can do: one thread, one epoll loop, no choices
 *
 * What `nod serve --echo` is measured against.  It accepts, receives, sends the same back,
 * and closes at the end of the stream.  It keeps nothing for a slow reader (who is closed),
 * limits nothing, counts nothing and tells nothing: every system call here is one that any
 * such server needs.
 *
 *	floor_echo PORT
 */
#include "bench.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS 256

static void accept_all(int loop, int listener)
{
	const int one = 1;

	for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
		struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };

		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		if (epoll_ctl(loop, EPOLL_CTL_ADD, fd, &e) < 0)
			close(fd);
	}
}

int main(int argc, char **argv)
{
	static char buf[65536];
	struct epoll_event ev[EVENTS];

	if (argc != 2)
		bench_die(0, "usage: floor_echo PORT");
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
			if (got <= 0 || send(fd, buf, (size_t)got, MSG_NOSIGNAL) != got)
				close(fd);
		}
	}
}
