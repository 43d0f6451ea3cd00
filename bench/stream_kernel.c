/* SPDX-License-Identifier: ISC */
/*
 * stream_kernel.c - the jobs of stream.h by the kernel: TCP over the loopback, on one core
 *
 * The loopback neither makes nor checks checksums, and carries super-segments whole; so there is
 * one wire only.
 */
#include "stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <linux/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bench.h"

enum { AT_AN_ADDRESS = 8192 }; /* connections: fewer than there are ports to be handed out */

static struct {
	int listener;
	struct sockaddr_in at;
	bool at_once;
} ends;

void ends_open(const struct stream_job *j)
{
	socklen_t len = sizeof(ends.at);
	cpu_set_t one;

	/* Both ends are on this core then, and so is what the kernel does for them. */
	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
	bench_raise_descriptors();
	ends.at.sin_family = AF_INET;
	ends.listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (ends.listener < 0 ||
		bind(ends.listener, (struct sockaddr *)&ends.at, sizeof(ends.at)) < 0 ||
		listen(ends.listener, SOMAXCONN) < 0 ||
		getsockname(ends.listener, (struct sockaddr *)&ends.at, &len) < 0)
		bench_die(errno, "a listener");
	ends.at_once = j->at_once || j->what != STREAM_BULK;
}

static void no_delay(int fd)
{
	if (ends.at_once &&
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int)) < 0)
		bench_die(errno, "TCP_NODELAY");
}

/* All of 127.0.0.0/8 is the loopback: another address before one runs out of ports. */
int ends_connect(unsigned i)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_in a = ends.at;

	a.sin_addr.s_addr = htonl(0x7f000001 + i / AT_AN_ADDRESS);
	if (fd < 0)
		bench_die(errno, "socket");
	no_delay(fd);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 && errno != EINPROGRESS)
		bench_die(errno, "connect");
	return fd;
}

int ends_accept(void)
{
	int fd = accept4(ends.listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0 && errno == EAGAIN)
		return -EAGAIN;
	if (fd < 0)
		bench_die(errno, "accept");
	no_delay(fd);
	return fd;
}

ssize_t ends_send(enum stream_side side, int c, const void *octets, size_t len)
{
	ssize_t n = send(c, octets, len, MSG_NOSIGNAL);

	(void)side;
	if (n < 0 && errno == EAGAIN)
		return -EAGAIN;
	if (n < 0)
		bench_die(errno, "send");
	return n;
}

ssize_t ends_recv(enum stream_side side, int c, void *octets, size_t len)
{
	ssize_t n = recv(c, octets, len, 0);

	(void)side;
	if (n < 0 && errno == EAGAIN)
		return -EAGAIN;
	if (n < 0)
		bench_die(errno, "recv");
	return n;
}

void ends_close(enum stream_side side, int c)
{
	(void)side;
	if (close(c) < 0)
		bench_die(errno, "close");
}

/* What is sent arrives within the call, or in a moment. */
void ends_turn(enum stream_side side)
{
	(void)side;
}

void ends_settle(void)
{
}

/* The slabs of the whole machine; sockets by the thousand are much more than its noise. */
uint64_t ends_memory(void)
{
	FILE *f = fopen("/proc/meminfo", "re");
	unsigned long long kib = 0;
	char line[128];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "Slab: %llu", &kib) == 1)
			break;
	if (f)
		fclose(f);
	if (!kib)
		bench_die(0, "/proc/meminfo says nothing of slabs");
	return kib * 1024;
}

uint64_t ends_segments(int c)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	memset(&info, 0, sizeof(info));
	if (getsockopt(c, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
		bench_die(errno, "TCP_INFO");
	return info.tcpi_segs_out;
}

unsigned ends_most(void)
{
	return 0;
}

const char *ends_version(void)
{
	static struct utsname u;

	uname(&u);
	return u.release;
}
