/* SPDX-License-Identifier: ISC */
/*
 * load_echo.c - ping-pong with an echo server over many connections at once
 *
 *	load_echo --port P [--session SID] [--clients N] [--size OCTETS] [--ms N] [--warm-ms N]
 *		[--connect-ms N]
 *
 * Each client has one message of its own on the way, at any time: it sends the next when the
 * last has come back whole and unchanged.  A client counts as held once its first message
 * was answered; as many as are held after --connect-ms talk.  Reports messages a second, and
 * messages a second of the server's CPU time (--session), which does not depend on what else
 * the machine is doing.
 *
 * Neighbours: bench.h; bench/run, which starts the servers.
 */
#include "bench.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS	 256
#define SIZE_MAX_ 4096
#define FIRST_MS 10000 /* a server may take so long for a client's first answer */

struct client {
	int fd;
	uint32_t count; /* messages that came back */
	uint32_t got;	/* octets of the one on its way back */
};

static struct {
	uint16_t port;
	pid_t session;
	long clients, size, ms, warm_ms, connect_ms;
} opt = { .clients = 100, .size = 64, .ms = 1000, .warm_ms = 200, .connect_ms = 60000 };

static struct client *clients;
static long held;	    /* clients that were answered */
static const char *refused; /* why no more are */
static char filler[SIZE_MAX_];

static void read_options(int argc, char **argv)
{
	static const struct option table[] = { { "port", 1, 0, 'p' },
		{ "session", 1, 0, 's' }, { "clients", 1, 0, 'c' }, { "size", 1, 0, 'z' },
		{ "ms", 1, 0, 'm' }, { "warm-ms", 1, 0, 'w' },
		{ "connect-ms", 1, 0, 'C' }, { 0 } };

	for (int o; (o = getopt_long(argc, argv, "", table, NULL)) != -1;) {
		switch (o) {
		case 'p':
			opt.port = (uint16_t)bench_number("--port", optarg, 65535);
			break;
		case 's':
			opt.session = (pid_t)bench_number("--session", optarg, 4194304);
			break;
		case 'c':
			opt.clients = bench_number("--clients", optarg, 1000000);
			break;
		case 'z':
			opt.size = bench_number("--size", optarg, SIZE_MAX_);
			break;
		case 'm':
			opt.ms = bench_number("--ms", optarg, 600000);
			break;
		case 'w':
			opt.warm_ms = bench_number("--warm-ms", optarg, 600000);
			break;
		case 'C':
			opt.connect_ms = bench_number("--connect-ms", optarg, 600000);
			break;
		default:
			exit(2);
		}
	}
	if (!opt.port || opt.size < 20)
		bench_die(0, "load_echo: --port is needed, and a --size of 20 or more");
}

/* Client and count in hex, then filler and a newline: no two messages are the same. */
static void compose(char *text, long i, uint32_t count)
{
	static const char digits[] = "0123456789abcdef";

	memcpy(text, filler, (size_t)opt.size);
	for (int d = 0; d < 8; d++) {
		text[d] = digits[i >> (28 - 4 * d) & 15];
		text[9 + d] = digits[count >> (28 - 4 * d) & 15];
	}
}

/* Connect them all, each answered before the next: no server's queue overflows. */
static void connect_all(int loop)
{
	char text[SIZE_MAX_];
	int64_t end = bench_now() + opt.connect_ms * NS_PER_MS;

	for (; held < opt.clients; held++) {
		struct client *c = &clients[held];
		struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };

		if (bench_now() >= end) {
			refused = "the time for connecting is over";
			return;
		}
		c->fd = bench_connect(opt.port, (unsigned)held, FIRST_MS);
		if (c->fd < 0) {
			refused = strerror(-c->fd);
			return;
		}
		compose(text, held, 0);
		int err = bench_ask(c->fd, text, (size_t)opt.size, BENCH_SAME, FIRST_MS);
		if (err < 0) {
			refused = strerror(-err);
			close(c->fd);
			return;
		}
		c->count = 1;
		epoll_ctl(loop, EPOLL_CTL_ADD, c->fd, &e);
	}
}

static void say(struct client *c)
{
	char text[SIZE_MAX_];

	compose(text, c - clients, c->count);
	c->got = 0;
	if (send(c->fd, text, (size_t)opt.size, MSG_NOSIGNAL) != opt.size)
		bench_die(errno, "load_echo: client %ld cannot send", (long)(c - clients));
}

/* What came for one client; it speaks again when its message was answered. */
static void hear(struct client *c)
{
	char buf[SIZE_MAX_], text[SIZE_MAX_];
	ssize_t n = recv(c->fd, buf, sizeof(buf), 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		bench_die(n < 0 ? errno : 0, "load_echo: client %ld was closed after %u messages",
			(long)(c - clients), c->count);
	compose(text, c - clients, c->count);
	if (n > opt.size - c->got || memcmp(buf, text + c->got, (size_t)n) != 0)
		bench_die(0, "load_echo: client %ld got other octets than it sent",
			(long)(c - clients));
	c->got += (uint32_t)n;
	if (c->got < opt.size)
		return;
	c->count++;
	say(c);
}

/* Runs the loop until @end. */
static void run_until(int loop, int64_t end)
{
	struct epoll_event ev[EVENTS];

	for (int64_t now; (now = bench_now()) < end;) {
		int n = epoll_wait(loop, ev, EVENTS, (int)((end - now) / NS_PER_MS) + 1);

		for (int i = 0; i < n; i++)
			hear(ev[i].data.ptr);
	}
}

static uint64_t messages(void)
{
	uint64_t sum = 0;

	for (long i = 0; i < held; i++)
		sum += clients[i].count;
	return sum;
}

int main(int argc, char **argv)
{
	int loop = epoll_create1(EPOLL_CLOEXEC);

	read_options(argc, argv);
	memset(filler, '.', sizeof(filler));
	filler[opt.size - 1] = '\n';
	bench_raise_descriptors();
	clients = calloc((size_t)opt.clients, sizeof(*clients));
	if (!clients)
		bench_die(ENOMEM, "load_echo");

	int64_t t0 = bench_now();
	connect_all(loop);
	int64_t t1 = bench_now();
	for (long i = 0; i < held; i++)
		say(&clients[i]);
	run_until(loop, bench_now() + opt.warm_ms * NS_PER_MS);

	uint64_t before = messages();
	int64_t cpu = opt.session ? bench_cpu_ns(opt.session) : 0;
	int64_t start = bench_now();
	run_until(loop, start + opt.ms * NS_PER_MS);
	int64_t wall = bench_now() - start;
	uint64_t n = messages() - before;
	cpu = opt.session ? bench_cpu_ns(opt.session) - cpu : 0;

	printf("{\"clients\":%ld,\"held\":%ld,\"refused\":\"%s\",\"connect_ms\":%.1f,"
	       "\"messages\":%llu,\"per_s\":%.0f,\"server_cpu\":%.3f,\"per_cpu_s\":%.0f}\n",
		opt.clients, held, refused ? refused : "", (double)(t1 - t0) / NS_PER_MS,
		(unsigned long long)n, (double)n * NS_PER_S / (double)wall,
		(double)cpu / (double)wall, cpu ? (double)n * NS_PER_S / (double)cpu : 0);
	return 0;
}
