/* SPDX-License-Identifier: ISC */
/*
 * load_start.c - how long from starting a server until its first client is answered?
 *
 *	load_start [--times N] COMMAND [ARGUMENT...]
 *
 * "%p" in an argument becomes a free port.  The clock starts before fork()
 * and stops at the first octet of the answer; the client knocks every 100 us.  Reports what
 * a quarter stays below, since what else the machine does falls on the rest, the median, and
 * the slowest.
 *
 * Neighbours: bench.h; bench/run.
 */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TIMES_MAX 1000
#define ARGS_MAX  64
#define ARG_LEN	  128
#define SAY	  "hello\n"
#define GIVE_UP	  (5 * NS_PER_S)
#define STOP_MS	  3000
#define KNOCK_NS  100000

__attribute__((noreturn)) static void become(char **argv, uint16_t port)
{
	static char room[ARGS_MAX][ARG_LEN];
	char *args[ARGS_MAX + 1];
	int n = 0, null = open("/dev/null", O_RDWR);

	for (; argv[n] && n < ARGS_MAX; n++) {
		const char *p = strstr(argv[n], "%p");

		args[n] = argv[n];
		if (!p)
			continue;
		snprintf(room[n], ARG_LEN, "%.*s%u%s", (int)(p - argv[n]), argv[n], port, p + 2);
		args[n] = room[n];
	}
	args[n] = NULL;
	dup2(null, 0);
	dup2(null, 1);
	dup2(null, 2);
	execvp(args[0], args);
	_exit(127);
}

/* It stays a zombie, and its number its own, until end(). */
static bool has_ended(pid_t pid)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid;
}

/* Ends the server as its operator would; kills it when it does not listen. */
static void end(pid_t pid)
{
	kill(pid, SIGTERM);
	for (int i = 0; i < STOP_MS && !has_ended(pid); i++)
		nanosleep(&(struct timespec){ .tv_nsec = NS_PER_MS }, NULL);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static uint16_t free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, len) < 0 ||
		getsockname(fd, (struct sockaddr *)&a, &len) < 0)
		bench_die(errno, "load_start: no free port");
	close(fd);
	return ntohs(a.sin_port);
}

/* The time, or -1: it ended or did not answer. */
static int64_t start_once(char **argv, uint16_t port)
{
	int64_t start = bench_now(), took = -1;
	pid_t pid = fork();

	if (pid < 0)
		bench_die(errno, "load_start: fork");
	if (pid == 0)
		become(argv, port);
	while (took < 0 && bench_now() - start < GIVE_UP && !has_ended(pid)) {
		int fd = bench_connect(port, 0, 1000);

		if (fd < 0) {
			nanosleep(&(struct timespec){ .tv_nsec = KNOCK_NS }, NULL);
			continue;
		}
		if (bench_ask(fd, SAY, sizeof(SAY) - 1, BENCH_ANY, 2000) == 0)
			took = bench_now() - start;
		close(fd);
	}
	end(pid);
	return took;
}

int main(int argc, char **argv)
{
	static const struct option table[] = { { "times", 1, 0, 't' }, { 0 } };
	int64_t took[TIMES_MAX];
	long times = 10;

	for (int o; (o = getopt_long(argc, argv, "+", table, NULL)) != -1;) {
		if (o != 't')
			return 2;
		times = bench_number("--times", optarg, TIMES_MAX);
	}
	if (optind == argc)
		bench_die(0, "usage: load_start [--times N] COMMAND [ARGUMENT...]");
	for (long i = 0; i < times; i++) {
		took[i] = -1;
		/* somebody else may take the port before the server does */
		for (int tries = 0; took[i] < 0 && tries < 3; tries++)
			took[i] = start_once(argv + optind, free_port());
		if (took[i] < 0)
			bench_die(0, "load_start: %s did not answer", argv[optind]);
	}
	int64_t quarter = bench_quantile(took, (size_t)times, 250);
	int64_t median = bench_quantile(took, (size_t)times, 500);
	printf("{\"times\":%ld,\"quarter_ms\":%.2f,\"median_ms\":%.2f,\"max_ms\":%.2f}\n",
		times, (double)quarter / NS_PER_MS, (double)median / NS_PER_MS,
		(double)bench_quantile(took, (size_t)times, 1000) / NS_PER_MS);
	return 0;
}
