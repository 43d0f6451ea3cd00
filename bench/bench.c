/* SPDX-License-Identifier: ISC */
/*
 * bench.c - what the load generators share: clocks, sockets, and what a server costs
 */
#include "bench.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PORTS_PER_SOURCE 16384 /* below the 28,232 of Linux' default ephemeral range */

int64_t bench_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

void bench_die(int err, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	if (err)
		fprintf(stderr, ": %s", strerror(err < 0 ? -err : err));
	fputc('\n', stderr);
	exit(1);
}

long bench_number(const char *option, const char *text, long max)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (end == text || *end || n < 1 || n > max)
		bench_die(0, "%s: \"%s\" is not a number from 1 to %ld", option, text, max);
	return n;
}

long bench_raise_descriptors(void)
{
	struct rlimit r;

	getrlimit(RLIMIT_NOFILE, &r);
	/* Beyond the hard limit only root may go, and not everywhere. */
	struct rlimit more = { .rlim_cur = 1048576, .rlim_max = 1048576 };
	if (r.rlim_max < more.rlim_max && setrlimit(RLIMIT_NOFILE, &more) == 0)
		return (long)more.rlim_cur;
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
	getrlimit(RLIMIT_NOFILE, &r);
	return (long)r.rlim_cur;
}

/* ---- the server, seen from outside ---------------------------------------------------- */

/* All of a short file of /proc, NUL-terminated; false when it cannot be read. */
static bool read_proc(const char *pid, const char *file, char *buf, size_t cap)
{
	char path[320];

	snprintf(path, sizeof(path), "/proc/%s/%s", pid, file);
	FILE *f = fopen(path, "re");
	if (!f)
		return false;
	size_t n = fread(buf, 1, cap - 1, f);
	fclose(f);
	buf[n] = '\0';
	return n > 0;
}

/* "Pss:   123 kB" and the like: the number after @name, or 0. */
static long field(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? strtol(at + strlen(name), NULL, 10) : 0;
}

/* /proc/PID/stat's sixth field, counted after the name, which may hold anything. */
static pid_t session_of(const char *pid)
{
	char buf[1024];

	if (!read_proc(pid, "stat", buf, sizeof(buf)))
		return -1;
	const char *p = strrchr(buf, ')');
	long session;

	if (!p || sscanf(p + 1, " %*c %*d %*d %ld", &session) != 1)
		return -1;
	return (pid_t)session;
}

static int64_t cpu_of(pid_t pid)
{
	clockid_t clock;
	struct timespec t;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
		return 0;
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

static void add_memory(struct bench_usage *u, const char *pid)
{
	char buf[4096];

	if (read_proc(pid, "status", buf, sizeof(buf))) {
		u->rss_kib += field(buf, "VmRSS:");
		u->threads += field(buf, "Threads:");
	}
	if (read_proc(pid, "smaps_rollup", buf, sizeof(buf)))
		u->pss_kib += field(buf, "\nPss:");
}

enum with_memory { CPU_ALONE, AND_MEMORY };

static void add_session(struct bench_usage *u, pid_t session, enum with_memory memory)
{
	DIR *d = opendir("/proc");

	if (!d)
		bench_die(errno, "/proc");
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		if (e->d_name[0] < '1' || e->d_name[0] > '9' || session_of(e->d_name) != session)
			continue;
		u->processes++;
		u->cpu_ns += cpu_of((pid_t)strtol(e->d_name, NULL, 10));
		if (memory == AND_MEMORY)
			add_memory(u, e->d_name);
	}
	closedir(d);
}

int bench_usage(pid_t session, struct bench_usage *u)
{
	*u = (struct bench_usage){ 0 };
	add_session(u, session, AND_MEMORY);
	return u->processes ? 0 : -ESRCH;
}

int64_t bench_cpu_ns(pid_t session)
{
	struct bench_usage u = { 0 };

	add_session(&u, session, CPU_ALONE);
	return u.cpu_ns;
}

/* ---- the floors ------------------------------------------------------------------------ */

int bench_listen(uint16_t port)
{
	const int one = 1;
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, SOMAXCONN) < 0)
		bench_die(errno, "port %u", port);
	return fd;
}

/* ---- clients --------------------------------------------------------------------------- */

int bench_wait(int fd, short events, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = events };
	int n;

	do {
		n = poll(&p, 1, timeout_ms);
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

static int begin(int fd, uint16_t port, unsigned i)
{
	const int one = 1;
	struct sockaddr_in from = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(0x7f010001u + i / PORTS_PER_SOURCE) };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)) < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 && errno != EINPROGRESS)
		return -errno;
	return 0;
}

int bench_connect(uint16_t port, unsigned i, int timeout_ms)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	int err = begin(fd, port, i);
	if (err == 0 && !bench_wait(fd, POLLOUT, timeout_ms))
		err = -ETIMEDOUT;
	if (err == 0) {
		socklen_t len = sizeof(err);

		getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len);
		err = -err;
	}
	if (err == 0)
		return fd;
	close(fd);
	return err;
}

int bench_ask(int fd, const char *text, size_t len, enum bench_reply want, int timeout_ms)
{
	char buf[4096];
	size_t got = 0;

	if (send(fd, text, len, MSG_NOSIGNAL) != (ssize_t)len)
		return errno ? -errno : -EMSGSIZE;
	while (got < (want == BENCH_SAME ? len : 1)) {
		if (!bench_wait(fd, POLLIN, timeout_ms))
			return -ETIMEDOUT;
		ssize_t n = recv(fd, buf, sizeof(buf), 0);
		if (n == 0)
			return -ECONNRESET;
		if (n < 0)
			return -errno;
		if (want == BENCH_SAME && ((size_t)n > len - got ||
						  memcmp(buf, text + got, (size_t)n) != 0))
			return -EBADMSG;
		got += (size_t)n;
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int64_t bench_quantile(int64_t *v, size_t n, unsigned permille)
{
	if (n == 0)
		return 0;
	qsort(v, n, sizeof(*v), compare);
	size_t at = n * permille / 1000;
	return v[at < n ? at : n - 1];
}
