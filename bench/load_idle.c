/* SPDX-License-Identifier: ISC */
/*
 * load_idle.c - what does a client cost that says nothing, and who has to wait for it?
 *
 *	load_idle --port P --session SID [--clients N] [--few N] [--asks N] [--keep]
 *
 * Connects --few clients, then --clients.  Each says one line and is answered, so that it is
 * certainly held and a buffer lent to it has been given back, or not; then it is silent.
 * Reports the growth of the server's own memory between the two, a client, and how long a
 * new client waits for its first answer beside few and beside many: the time that a
 * quarter stays below, since what else the machine does falls on the rest, and the median.
 * With --keep the clients stay until standard input ends.
 *
 * The clients are kept by child processes, as many as their limit of descriptors asks for.
 *
 * Neighbours: bench.h; bench/run, which starts the servers.
 */
#include "bench.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SAY	  "hello, is anybody there?\n"
#define WAIT_MS	  10000
#define HOLDERS	  256
#define NEWCOMER  4000000 /* client number: its source address is no idle client's, or connect()
			   * would spend its time on looking for a free port */
#define SPARE_FDS 32 /* what a process has open besides its clients */

static struct {
	uint16_t port;
	pid_t session;
	long clients, few, asks;
	bool keep;
} opt = { .clients = 100000, .few = 10, .asks = 1000 };

/* What a holder tells when its clients are connected. */
struct told {
	long held;
	int err;
};

struct holder {
	pid_t pid;
	int release; /* closed: the holder ends, and its clients with it */
};

static struct holder holders[HOLDERS];
static unsigned n_holders;

/* In the child: connect clients [@first, @first + @n), tell how it went, and keep them. */
__attribute__((noreturn)) static void hold(long first, long n, int tell, int release)
{
	struct told t = { 0 };
	char c;

	for (; t.held < n && t.err == 0; t.held += t.err == 0) {
		int fd = bench_connect(opt.port, (unsigned)(first + t.held), WAIT_MS);

		t.err = fd < 0 ? fd :
			bench_ask(fd, SAY, sizeof(SAY) - 1, BENCH_ANY, WAIT_MS);
	}
	if (write(tell, &t, sizeof(t)) == (ssize_t)sizeof(t) && read(release, &c, 1) < 0)
		_exit(1);
	_exit(0);
}

/* Add @n clients from number @first on; returns what the holder tells. */
static struct told add_holder(long first, long n)
{
	int tell[2], release[2];
	struct told t = { 0 };

	if (n_holders == HOLDERS || pipe(tell) < 0 || pipe(release) < 0)
		bench_die(errno, "load_idle: no more holders");
	pid_t pid = fork();
	if (pid < 0)
		bench_die(errno, "load_idle: fork");
	if (pid == 0) {
		close(release[1]);
		for (unsigned i = 0; i < n_holders; i++)
			close(holders[i].release);
		hold(first, n, tell[1], release[0]);
	}
	holders[n_holders++] = (struct holder){ pid, release[1] };
	close(tell[1]);
	close(release[0]);
	if (read(tell[0], &t, sizeof(t)) != (ssize_t)sizeof(t))
		t.err = -ECHILD;
	close(tell[0]);
	return t;
}

/* How long a new client waits for its first answer: nanoseconds, from connect() on. */
static void ask_anew(int64_t *took, long n)
{
	for (long i = 0; i < n; i++) {
		int64_t start = bench_now();
		int fd = bench_connect(opt.port, NEWCOMER, WAIT_MS);
		int err = fd < 0 ? fd :
			bench_ask(fd, SAY, sizeof(SAY) - 1, BENCH_ANY, WAIT_MS);

		took[i] = bench_now() - start;
		if (err < 0)
			bench_die(err, "load_idle: a new client is not answered");
		close(fd);
	}
}

/* The server's memory once it has been quiet: two readings in a row that agree. */
static struct bench_usage settled(void)
{
	struct bench_usage was, is;

	if (bench_usage(opt.session, &is) < 0)
		bench_die(0, "load_idle: the server is gone");
	for (int i = 0; i < 20; i++) {
		was = is;
		nanosleep(&(struct timespec){ .tv_nsec = 100 * NS_PER_MS }, NULL);
		if (bench_usage(opt.session, &is) == 0 && is.rss_kib == was.rss_kib)
			break;
	}
	return is;
}

static void read_options(int argc, char **argv)
{
	static const struct option table[] = { { "port", 1, 0, 'p' }, { "session", 1, 0, 's' },
		{ "clients", 1, 0, 'c' }, { "few", 1, 0, 'f' }, { "asks", 1, 0, 'a' },
		{ "keep", 0, 0, 'k' }, { 0 } };

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
		case 'f':
			opt.few = bench_number("--few", optarg, 1000000);
			break;
		case 'a':
			opt.asks = bench_number("--asks", optarg, 100000);
			break;
		case 'k':
			opt.keep = true;
			break;
		default:
			exit(2);
		}
	}
	if (!opt.port || !opt.session)
		bench_die(0, "load_idle: --port and --session are needed");
}

int main(int argc, char **argv)
{
	read_options(argc, argv);
	long each = bench_raise_descriptors() - SPARE_FDS;
	int64_t *took = calloc((size_t)opt.asks, sizeof(*took));
	if (!took)
		bench_die(ENOMEM, "load_idle");

	struct told t = add_holder(0, opt.few);
	if (t.err)
		bench_die(t.err, "load_idle: %ld of %ld clients", t.held, opt.few);
	ask_anew(took, opt.asks);
	ask_anew(took, opt.asks); /* the first time was to warm up */
	int64_t few_quarter = bench_quantile(took, (size_t)opt.asks, 250);
	int64_t few_median = bench_quantile(took, (size_t)opt.asks, 500);
	struct bench_usage before = settled();

	long held = 0;
	int64_t start = bench_now();
	while (held < opt.clients && t.err == 0) {
		long n = opt.clients - held < each ? opt.clients - held : each;

		t = add_holder(opt.few + held, n);
		held += t.held;
	}
	int64_t spent = bench_now() - start;
	struct bench_usage after = settled();
	double many_quarter = 0, many_median = 0;
	if (t.err == 0) { /* a full server is not asked: it would refuse */
		ask_anew(took, opt.asks);
		many_quarter = (double)bench_quantile(took, (size_t)opt.asks, 250);
		many_median = (double)bench_quantile(took, (size_t)opt.asks, 500);
	}

	printf("{\"clients\":%ld,\"held\":%ld,\"refused\":\"%s\",\"connect_ms\":%.0f,"
	       "\"rss_octets\":%.0f,\"pss_octets\":%.0f,\"rss_kib\":%ld,\"processes\":%ld,"
	       "\"few_us\":%.1f,\"few_median_us\":%.1f,\"many_us\":%.1f,\"many_median_us\":%.1f}\n",
		opt.clients, held, t.err ? strerror(-t.err) : "", (double)spent / NS_PER_MS,
		held ? (double)(after.rss_kib - before.rss_kib) * 1024 / (double)held : 0,
		held ? (double)(after.pss_kib - before.pss_kib) * 1024 / (double)held : 0,
		after.rss_kib, after.processes, (double)few_quarter / 1000,
		(double)few_median / 1000, many_quarter / 1000, many_median / 1000);
	fflush(stdout);
	while (opt.keep && getchar() != EOF)
		;
	for (unsigned i = 0; i < n_holders; i++)
		close(holders[i].release);
	for (unsigned i = 0; i < n_holders; i++)
		waitpid(holders[i].pid, NULL, 0);
	free(took);
	return 0;
}
