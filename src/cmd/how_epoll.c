/* SPDX-License-Identifier: ISC */
/*
 * how_epoll.c - an event loop a core, each with epoll, the clients dealt out in turn
 *
 * The main loop accepts and serves like the others.  The kernel remembers whom to watch and
 * tells only of those that are ready, so a message costs the same among ten clients and
 * among a hundred thousand.
 */
#include "how.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define BUF_OCTETS  (64u << 10)
#define WORKERS_MAX 256

struct worker {
	pthread_t thread;
	struct loop *loop;
};

struct pool {
	struct loop *main_loop;
	unsigned n, next; /* workers besides the main loop; whose turn it is */
	struct worker worker[];
};

static void *work(void *arg)
{
	struct loop *l = arg;

	while (loop_turn(l, NOD_FOREVER))
		;
	return NULL;
}

static void end(struct server *s)
{
	struct pool *p = s->how_data;

	for (unsigned i = 0; i < p->n; i++) {
		pthread_join(p->worker[i].thread, NULL);
		loop_free(p->worker[i].loop);
	}
	free(p);
}

static void begin_stop(struct server *s)
{
	hub_wake_all(&s->hub);
}

static int start(struct server *s, struct loop *main_loop, unsigned workers)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned n = workers ? workers : cores > 0 ? (unsigned)cores : 1;

	if (n > WORKERS_MAX)
		n = WORKERS_MAX;
	struct pool *p = calloc(1, sizeof(*p) + n * sizeof(struct worker));
	if (!p)
		return -ENOMEM;
	p->main_loop = main_loop;
	s->how_data = p;

	/* signals are the main thread's */
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int err = 0;
	while (err == 0 && p->n + 1 < n) {
		struct worker *w = &p->worker[p->n];

		err = loop_new(s, NOD_READY_EPOLL, BUF_OCTETS, &w->loop);
		if (err < 0)
			break;
		err = -pthread_create(&w->thread, NULL, work, w->loop);
		if (err < 0)
			loop_free(w->loop);
		else
			p->n++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err < 0) {
		atomic_store(&s->is_stopping, STOP_HARD);
		begin_stop(s);
		end(s);
	}
	return err;
}

static int place(struct server *s, struct client *c)
{
	struct pool *p = s->how_data;
	unsigned turn = p->next;

	p->next = turn < p->n ? turn + 1 : 0;
	if (turn == p->n)
		client_start(c, p->main_loop);
	else
		hub_hand_over(p->worker[turn].loop, c);
	return 0;
}

const struct how how_epoll = {
	.name = "epoll",
	.about = TX("an event loop a core, epoll: hears only of those that are ready",
		"每核一个事件循环，epoll：只得知已就绪的客户端"),
	.ready = NOD_READY_EPOLL,
	.is_one_loop = true,
	.shares_memory = true,
	.start = start,
	.place = place,
	.begin_stop = begin_stop,
	.end = end,
};
