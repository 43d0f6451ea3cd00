/* SPDX-License-Identifier: ISC */
/*
 * tap_tcp.c - TCP between the kernel and who answers: the kernel, or nod's stack on a TAP
 *
 *	tap_tcp kernel ADDRESS			answers by the kernel's sockets
 *	tap_tcp nod TAP ADDRESS [QUEUES]	answers by nod's, as ADDRESS on the TAP; each
 *						queue has a stack and a thread of its own
 *	tap_tcp load ADDRESS in|out|chat|connect --ms N
 *
 * A connection begins with an octet that says what is wanted: to be read from (out), to be
 * written to (in), or an answer of 64 octets to each question of 64 (chat, connect).  Who answers
 * looks at every octet that he takes, and the load at every one that comes back.  Who answers says
 * when he is ready, and the nanoseconds of CPU time that he has had since when stdin ends: a line
 * for each thread.
 *
 * Neighbours: part_taptcp.py (the namespaces, and who is compared with whom).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nod/nod.h"
#include "physical/tap.h"
#include "session/host.h"
#include "stack.h"

enum { PORT = 4000, CONNS = 4096, PERIOD = 65521, PIECE = 65536, SIZE = 64, QUEUES_MOST = 16 };

static uint8_t pattern[PERIOD + PIECE];
static _Thread_local uint8_t buf[PIECE];
static _Thread_local struct nod_host *host; /* NULL: the kernel answers */
static _Thread_local struct nod_stack *stack;

static void must(int err, const char *what)
{
	if (err < 0)
		bench_die(err, "%s", what);
}

static void make_pattern(void)
{
	uint64_t x = 88172645463325252u; /* xorshift64 */

	for (unsigned i = 0; i < sizeof(pattern); i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		pattern[i] = i < PERIOD ? (uint8_t)(x >> 32) : pattern[i - PERIOD];
	}
}

static void check(const uint8_t *got, size_t len, uint64_t at)
{
	if (memcmp(got, pattern + at % PERIOD, len) != 0)
		bench_die(0, "octet %llu or one of the next %zu is not what was sent",
			(unsigned long long)at, len);
}

/* The kernel's sockets congest as nod's do, and as Linux's mostly: a paced one measures timers. */
static void be_cubic(int fd)
{
	setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "cubic", 5);
}

static struct sockaddr_in name_of(const char *address)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(PORT) };

	if (inet_pton(AF_INET, address, &a.sin_addr) != 1)
		bench_die(0, "\"%s\" is no address", address);
	return a;
}

/* ---- who answers ---------------------------------------------------------------------------- */

struct conn {
	int fd;
	char what; /* 0 = not said yet */
	uint64_t at; /* octets of the pattern that went or came */
	uint32_t kept; /* in answer: not yet sent back */
	uint8_t answer[SIZE];
};

static _Thread_local struct conn conns[CONNS];
static _Thread_local unsigned n_conns;

static ssize_t take(int fd, void *p, size_t len)
{
	ssize_t n = host ? nod_recv(stack, fd, p, len, 0) : recv(fd, p, len, 0);

	return host || n >= 0 ? n : -errno;
}

static ssize_t give(int fd, const void *p, size_t len)
{
	ssize_t n = host ? nod_send(stack, fd, p, len, 0) : send(fd, p, len, MSG_NOSIGNAL);

	return host || n >= 0 ? n : -errno;
}

static void end_conn(struct conn *c)
{
	if (host)
		nod_close(stack, c->fd);
	else
		close(c->fd);
	*c = conns[--n_conns];
}

/* Go on with @c as far as it goes; false: it is over. */
static bool serve(struct conn *c)
{
	ssize_t n;

	if (!c->what) {
		n = take(c->fd, &c->what, 1);
		if (n == -EAGAIN)
			return true;
		if (n <= 0)
			return false;
	}
	if (c->what == 'o') {
		while ((n = give(c->fd, pattern + c->at % PERIOD, PIECE)) > 0)
			c->at += (uint64_t)n;
		return n == -EAGAIN;
	}
	if (c->what == 'i') {
		while ((n = take(c->fd, buf, PIECE)) > 0) {
			check(buf, (size_t)n, c->at);
			c->at += (uint64_t)n;
		}
		if (n == -EAGAIN)
			return true;
		if (n == 0) /* all has come: how much */
			give(c->fd, &c->at, sizeof(c->at));
		return false;
	}
	while ((n = take(c->fd, c->answer + c->kept, SIZE - c->kept)) > 0) {
		c->kept += (uint32_t)n;
		if (c->kept == SIZE) {
			if (give(c->fd, c->answer, SIZE) != SIZE)
				bench_die(0, "an answer was not taken");
			c->kept = 0;
		}
	}
	return n == -EAGAIN;
}

static void accept_all(int listener)
{
	while (n_conns < CONNS) {
		int one = 1;
		int fd = host ? nod_accept(stack, listener, NULL, NULL) :
				accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			return;
		if (host)
			nod_setsockopt(stack, fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		else
			setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		conns[n_conns++] = (struct conn){ .fd = fd };
	}
}

static void say_ready(void)
{
	puts("ready");
	fflush(stdout);
}

/* Until stdin ends. */
static void answer(int listener)
{
	static _Thread_local struct pollfd p[CONNS + 2];
	int64_t began = stack_cpu();

	for (;;) {
		p[0] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
		if (host) {
			must(host_wait(host, host_now() + NOD_MS * 50, NULL), "host_wait");
			poll(p, 1, 0);
		} else {
			p[1] = (struct pollfd){ .fd = listener, .events = POLLIN };
			for (unsigned k = 0; k < n_conns; k++)
				p[k + 2] = (struct pollfd){ .fd = conns[k].fd,
					.events = conns[k].what == 'o' ? POLLOUT : POLLIN };
			poll(p, n_conns + 2, -1);
		}
		if (p[0].revents) {
			char line[16];

			if (read(STDIN_FILENO, line, sizeof(line)) <= 0) {
				printf("%lld\n", (long long)(stack_cpu() - began));
				return;
			}
		}
		accept_all(listener);
		for (unsigned k = 0; k < n_conns;)
			if (serve(&conns[k]))
				k++;
			else
				end_conn(&conns[k]);
	}
}

static void answer_by_kernel(const char *address)
{
	struct sockaddr_in a = name_of(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	be_cubic(fd);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, 4096) < 0)
		bench_die(errno, "a listener");
	say_ready();
	answer(fd);
}

struct by_nod {
	const char *tap, *address;
	uint8_t at, n; /* queues; 0 = a TAP that has but one */
	pthread_barrier_t *ready;
};

static void *answer_by_nod(void *self)
{
	const struct by_nod *b = self;
	const struct nod_conf conf = { .seed = { 1, b->at }, .no_ipv6 = true,
		.memory_octets = (size_t)1 << 30 };
	struct sockaddr_in a = name_of(b->address);
	struct nod_prefix p = { .addr = { .family = NOD_IPV4 }, .len = 24 };
	struct nod_interface_conf ic = { .mac = { 2, 0, 0, 0, 9, 2 } };
	struct device *d;
	int index, fd;

	must(nod_stack_new(&conf, host_now(), &stack), "nod_stack_new");
	must(tap_open(&(struct tap_conf){ .name = b->tap, .many_queues = b->n },
		     stack->core.pool, &d), b->tap);
	host = host_new(stack);
	if (!host)
		bench_die(ENOMEM, "host_new");
	index = host_add_device(host, &ic, d);
	must(index, "host_add_device");
	memcpy(p.addr.octet, &a.sin_addr, 4);
	must(nod_address_add(stack, (unsigned)index, &p, NOD_ADDRESS_AT_ONCE), "nod_address_add");
	if (b->n > 1) { /* an answer to ARP may come to any of the queues */
		const uint8_t mac[6] = { 2, 0, 0, 0, 9, 1 };
		struct nod_addr peer = p.addr;

		peer.octet[3] = 1;
		must(nod_neighbour_set(stack, (unsigned)index, &peer, mac), "nod_neighbour_set");
	}
	fd = nod_socket(stack, AF_INET, SOCK_STREAM, 0);
	must(nod_bind(stack, fd, (const void *)&a, sizeof(a)), "nod_bind");
	must(nod_listen(stack, fd, 4096), "nod_listen");
	pthread_barrier_wait(b->ready);
	say_ready();
	pthread_barrier_wait(b->ready);
	answer(fd);
	nod_host_free(host);
	return NULL;
}

static void answer_by_stacks(const char *tap, const char *address, uint8_t n)
{
	struct by_nod b[QUEUES_MOST];
	pthread_t thread[QUEUES_MOST];
	pthread_barrier_t ready;
	uint8_t k;

	pthread_barrier_init(&ready, NULL, n ? n : 1);
	for (k = 0; k < (n ? n : 1); k++) {
		b[k] = (struct by_nod){ tap, address, k, n, &ready };
		if (k)
			must(-pthread_create(&thread[k], NULL, answer_by_nod, &b[k]), "a thread");
	}
	answer_by_nod(&b[0]);
	while (--k)
		pthread_join(thread[k], NULL);
	pthread_barrier_destroy(&ready);
}

/* ---- the load ------------------------------------------------------------------------------- */

static int dial(const char *address, char what)
{
	struct sockaddr_in a = name_of(address);
	struct timeval patience = { .tv_sec = 10 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	be_cubic(fd);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		bench_die(errno, "connect");
	if (send(fd, &what, 1, MSG_NOSIGNAL) != 1)
		bench_die(errno, "send");
	return fd;
}

static void ask(int fd, uint64_t i)
{
	const uint8_t *want = pattern + i * 31 % PERIOD;
	size_t got = 0;

	if (send(fd, want, SIZE, MSG_NOSIGNAL) != SIZE)
		bench_die(errno, "send");
	while (got < SIZE) {
		ssize_t n = recv(fd, buf + got, SIZE - got, 0);

		if (n <= 0)
			bench_die(n ? errno : 0, "an answer did not come");
		got += (size_t)n;
	}
	if (memcmp(buf, want, SIZE) != 0)
		bench_die(0, "an answer that is not the question");
}

static double load_out(const char *address, int64_t ns)
{
	int fd = dial(address, 'o');
	uint64_t at = 0;
	int64_t began = bench_now();

	while (bench_now() - began < ns) {
		ssize_t n = recv(fd, buf, PIECE, 0);

		if (n <= 0)
			bench_die(n ? errno : 0, "the stream ended");
		check(buf, (size_t)n, at);
		at += (uint64_t)n;
	}
	return (double)at;
}

static double load_in(const char *address, int64_t ns)
{
	int fd = dial(address, 'i');
	uint64_t at = 0, told = 0;

	for (int64_t began = bench_now(); bench_now() - began < ns;) {
		ssize_t n = send(fd, pattern + at % PERIOD, PIECE, MSG_NOSIGNAL);

		if (n <= 0)
			bench_die(errno, "send");
		at += (uint64_t)n;
	}
	shutdown(fd, SHUT_WR);
	if (recv(fd, &told, sizeof(told), MSG_WAITALL) != sizeof(told) || told != at)
		bench_die(0, "%llu octets went and %llu came", (unsigned long long)at,
			(unsigned long long)told);
	return (double)at;
}

static double load_chat(const char *address, int64_t ns)
{
	int fd = dial(address, 'e');
	uint64_t i = 0;

	for (int64_t began = bench_now(); bench_now() - began < ns;)
		ask(fd, i++);
	return (double)i;
}

static double load_connect(const char *address, int64_t ns)
{
	uint64_t i = 0;

	for (int64_t began = bench_now(); bench_now() - began < ns; i++) {
		int fd = dial(address, 'e');

		ask(fd, i);
		close(fd);
	}
	return (double)i;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		double (*run)(const char *address, int64_t ns);
	} loads[] = { { "in", load_in }, { "out", load_out }, { "chat", load_chat },
		{ "connect", load_connect } };

	make_pattern();
	if (argc == 3 && strcmp(argv[1], "kernel") == 0) {
		answer_by_kernel(argv[2]);
		return 0;
	}
	if ((argc == 4 || argc == 5) && strcmp(argv[1], "nod") == 0) {
		answer_by_stacks(argv[2], argv[3],
			argc == 5 ? (uint8_t)bench_number("QUEUES", argv[4], QUEUES_MOST) : 0);
		return 0;
	}
	for (unsigned k = 0; argc == 6 && k < sizeof(loads) / sizeof(loads[0]); k++) {
		if (strcmp(argv[1], "load") != 0 || strcmp(argv[3], loads[k].name) != 0)
			continue;
		int64_t began = bench_now(), ns = bench_number("--ms", argv[5], 100000) * NS_PER_MS;
		double done = loads[k].run(argv[2], ns);

		printf("{\"done\": %.0f, \"per_s\": %.1f}\n", done,
			done * 1e9 / (double)(bench_now() - began));
		return 0;
	}
	bench_die(0, "use: tap_tcp kernel ADDRESS | nod TAP ADDRESS [QUEUES] | load ADDRESS WHAT --ms N");
}
