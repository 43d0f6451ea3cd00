/* SPDX-License-Identifier: ISC */
/*
 * how_thread.c - a thread a client
 *
 * Each thread runs a loop with one client in it.  Simple to write for, since a thread may
 * wait for its client; each costs a stack, a descriptor to wake it, and the kernel's
 * attention.
 */
#include "how.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>

#define BUF_OCTETS   (16u << 10)
#define STACK_OCTETS (256u << 10)

/* Threads that live; the last one tells. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t none_left;
	unsigned n;
	struct loop *main_loop;
} threads = { .lock = PTHREAD_MUTEX_INITIALIZER, .none_left = PTHREAD_COND_INITIALIZER };

static void *serve_one(void *arg)
{
	struct loop *l = arg;

	/* its client was handed over before the thread began */
	do
		loop_turn(l, NOD_FOREVER);
	while (l->n_clients);
	loop_turn(l, 0); /* that he left is still to be said */
	loop_free(l);

	pthread_mutex_lock(&threads.lock);
	if (--threads.n == 0)
		pthread_cond_signal(&threads.none_left);
	nod_ready_wake(threads.main_loop->ready);
	pthread_mutex_unlock(&threads.lock);
	return NULL;
}

static int place(struct server *s, struct client *c)
{
	struct loop *l;
	pthread_attr_t attr;
	pthread_t thread;
	int err = loop_new(s, NOD_READY_POLL, BUF_OCTETS, &l);

	if (err < 0)
		return err;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_OCTETS);

	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_mutex_lock(&threads.lock);
	threads.n++;
	pthread_mutex_unlock(&threads.lock);
	hub_hand_over(l, c);
	err = -pthread_create(&thread, &attr, serve_one, l);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	if (err < 0) {
		pthread_mutex_lock(&threads.lock);
		threads.n--;
		pthread_mutex_unlock(&threads.lock);
		l->arrived = NULL; /* no thread, no client: it is the caller's again */
		loop_free(l);
	}
	return err;
}

static int start(struct server *s, struct loop *main_loop, unsigned workers)
{
	(void)s;
	(void)workers;
	threads.main_loop = main_loop;
	return 0;
}

static bool is_busy(struct server *s)
{
	(void)s;
	pthread_mutex_lock(&threads.lock);
	bool busy = threads.n != 0;
	pthread_mutex_unlock(&threads.lock);
	return busy;
}

static void begin_stop(struct server *s)
{
	hub_wake_all(&s->hub);
}

static void end(struct server *s)
{
	(void)s;
	pthread_mutex_lock(&threads.lock);
	while (threads.n)
		pthread_cond_wait(&threads.none_left, &threads.lock);
	pthread_mutex_unlock(&threads.lock);
}

const struct how how_thread = {
	.name = "thread",
	.about = TX("a thread a client: each costs a stack and a wake-up",
		"每个客户端一个线程：各占一个栈，切换由内核负责"),
	.ready = NOD_READY_EPOLL,
	.shares_memory = true,
	.start = start,
	.place = place,
	.is_busy = is_busy,
	.begin_stop = begin_stop,
	.end = end,
};
