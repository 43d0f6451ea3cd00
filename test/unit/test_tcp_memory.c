/* SPDX-License-Identifier: ISC */
/*
 * test_tcp_memory.c - what a connection costs: little when it is idle, and no more after it was not
 *
 * Two stacks hold many connections to each other; what they took is asked of themselves and, where
 * that can be asked, of malloc().
 */
#include "pair.h"

#include <malloc.h>
#include <netinet/tcp.h>

#if defined(__SANITIZE_ADDRESS__)
#define MALLOC_TELLS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MALLOC_TELLS 0
#endif
#endif
#ifndef MALLOC_TELLS
#define MALLOC_TELLS 1
#endif

enum {
	FIRST = 600,	  /* connections after which the packets' memory goes round */
	ALL = 16000,	  /* of which every end may cost: */
	END_MOST = 512,	  /* octets, all in all */
	KEPT_MOST = 256,  /* of them are held to be busy, though they are idle: conf.tcp_busy */
	MORE = 400,	  /* that come when all have been busy */
	AT_A_TIME = 200,
	PORT = 4000,
};

static struct pair p;
static int fd[ALL + MORE][2];
static int listener;
static unsigned n; /* of connections that there are */

static size_t taken(void)
{
	struct nod_stack_use use;
	size_t sum = 0;

	for (unsigned k = 0; k < 2; k++) {
		nod_stack_use(p.host[k], &use);
		sum += use.tcp_octets;
	}
	return sum;
}

static uint32_t busy(void)
{
	struct nod_stack_use use[2];

	nod_stack_use(p.host[0], &use[0]);
	nod_stack_use(p.host[1], &use[1]);
	return use[0].busy > use[1].busy ? use[0].busy : use[1].busy;
}

/* But for packets, which have a pool of their own. */
static size_t from_malloc(void)
{
#if MALLOC_TELLS
	struct mallinfo2 m = mallinfo2();
	struct nod_stack_use use[2];

	nod_stack_use(p.host[0], &use[0]);
	nod_stack_use(p.host[1], &use[1]);
	return m.uordblks + m.hblkhd - use[0].memory_octets - use[1].memory_octets;
#else
	return 0;
#endif
}

/* A client; one that is bound has options of its own, too. */
static int begin(bool is_bound, uint16_t port)
{
	struct sockaddr_storage to, own;
	socklen_t len = pair_name(&to, false, 1, PORT);
	int c = nod_socket(p.host[0], AF_INET, SOCK_STREAM, 0), err;

	if (is_bound) {
		pair_name(&own, false, 0, port);
		err = nod_bind(p.host[0], c, (struct sockaddr *)&own, len);
		if (err == 0)
			err = nod_setsockopt(p.host[0], c, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 },
				sizeof(int));
		if (err == 0)
			err = nod_setsockopt(p.host[0], c, SOL_SOCKET, SO_KEEPALIVE, &(int){ 1 },
				sizeof(int));
		if (err < 0)
			return err;
	}
	err = nod_connect(p.host[0], c, (struct sockaddr *)&to, len);
	return err == -EINPROGRESS ? c : err;
}

/* Both ends of @most connections in all: who is whose peer does not matter. */
static bool open_until(unsigned most, bool are_bound)
{
	while (n < most) {
		unsigned k, got = 0;
		int s;

		for (k = 0; k < AT_A_TIME && n + k < most; k++) {
			fd[n + k][0] = begin(are_bound, (uint16_t)(10000 + n + k));
			if (fd[n + k][0] < 0)
				return false;
		}
		for (nod_ns until = p.now + 10 * NOD_S; got < k && pair_step(&p, until);)
			while (got < k && (s = nod_accept(p.host[1], listener, NULL, NULL)) >= 0)
				fd[n + got++][1] = s;
		if (got < k)
			return false;
		n += k;
	}
	pair_run(&p, NOD_S); /* the last ACKs */
	return true;
}

/* What arrived for @host, once it is all there: octets. */
static size_t drain(unsigned host)
{
	uint8_t buf[2048];
	size_t sum = 0;

	for (unsigned i = 0; i < n; i++)
		for (ssize_t got; (got = nod_recv(p.host[host], fd[i][host], buf, sizeof(buf),
					   0)) > 0;)
			sum += (size_t)got;
	return sum;
}

/* Both ends of every @every-th say something, some at a time. */
static bool talk(unsigned every)
{
	static const uint8_t word[1000];
	size_t said = 0, heard = 0;

	for (unsigned i = chance(every); i < n; i += every) {
		if (nod_send(p.host[0], fd[i][0], word, sizeof(word), 0) != sizeof(word) ||
			nod_send(p.host[1], fd[i][1], word, sizeof(word), 0) != sizeof(word))
			return false;
		said += sizeof(word);
		if (i % AT_A_TIME < every) {
			pair_run(&p, NOD_S);
			heard += drain(0) + drain(1);
		}
	}
	pair_run(&p, NOD_S);
	heard += drain(0) + drain(1);
	return said && heard == 2 * said;
}

static void measure(const char *what, size_t before, size_t malloc_before, unsigned ends)
{
	size_t own = (taken() - before) / ends, all = (from_malloc() - malloc_before) / ends;

	tap(own <= END_MOST, "%s: TCP took %zu octets an end", what, own);
	if (MALLOC_TELLS)
		tap(all <= END_MOST, "%s: with its socket and all, %zu octets an end", what, all);
}

int main(void)
{
	const struct nod_conf conf = { .sockets = ALL + MORE + 16, .memory_octets = 256 << 20,
		.transmit_queue = ALL, /* what all say at once */
		.seed = { 3 } };
	struct sockaddr_storage a;
	socklen_t len = pair_name(&a, false, 1, PORT);
	size_t before, malloc_before;
	uint32_t most;

	pair_open(&p, &conf);
	listener = nod_socket(p.host[1], AF_INET, SOCK_STREAM, 0);
	nod_bind(p.host[1], listener, (struct sockaddr *)&a, len);
	nod_listen(p.host[1], listener, 1000);
	tap(open_until(FIRST, false), "connections open");
	before = taken();
	malloc_before = from_malloc();
	tap(open_until(ALL / 2, false), "and more of them");
	measure("idle", before, malloc_before, ALL - 2 * FIRST);
	tap(busy() <= KEPT_MOST, "few of them are held to be busy");
	for (unsigned i = 0; i < 5; i++)
		tap(talk(10), "a tenth of them talk");
	measure("idle again", before, malloc_before, ALL - 2 * FIRST);
	tap(busy() <= KEPT_MOST, "what was needed for that has been given back");

	before = taken();
	malloc_before = from_malloc();
	tap(open_until(ALL, true), "connections that are bound, and have options of their own");
	measure("bound and idle", before, malloc_before, ALL);

	/* all of them at once, unread */
	for (unsigned i = 0; i < n; i++)
		nod_send(p.host[0], fd[i][0], "x", 1, 0);
	pair_run(&p, 60 * NOD_S);
	tap(busy() == n, "what waits to be read keeps every connection busy");
	tap(drain(1) == n, "it is read");
	pair_run(&p, NOD_S);
	before = taken();
	tap(talk(10) && taken() == before, "they talk again");
	most = busy();
	tap(open_until(ALL + MORE, false), "others come");
	tap(busy() + MORE < most,
		"which need some, and take them from the idle: %u of %u are left", busy(), most);
	for (unsigned i = 0; i < n; i++) {
		nod_close(p.host[0], fd[i][0]);
		nod_close(p.host[1], fd[i][1]);
	}
	tap(pair_close(&p), "nothing is left");
	return tap_done();
}
