/* SPDX-License-Identifier: ISC */
/*
 * loop.c - what one thread runs: waits, reads, commits, sends, and keeps the deadlines
 *
 * Every kind of deadline has one span for all clients (quiet lines 50 ms, idleness what was
 * asked for), so a queue in the order of setting is sorted and every step is O(1).
 *
 * Neighbours: server.h (the turn), client.c, hub.c, listener.c.
 */
#include "server.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#define EVENTS 256 /* taken from the ready set at once */

int server_init(struct server *s, const struct nod_service *v, const struct server_conf *conf,
	const struct server_report *report, struct server_stats *stats,
	const struct siphash_key *key)
{
	*s = (struct server){
		.conf = conf, .service = v, .report = report, .stats = stats, .key = *key
	};
	return hub_init(&s->hub, conf->history);
}

void server_free(struct server *s)
{
	hub_free(&s->hub);
}

static void queue_init(struct deadline *queue)
{
	queue->prev = queue->next = queue;
}

void deadline_clear(struct deadline *d)
{
	if (!d->next)
		return;
	d->prev->next = d->next;
	d->next->prev = d->prev;
	d->prev = d->next = NULL;
}

void deadline_set(struct loop *l, struct deadline *queue, struct deadline *d, nod_ns span)
{
	deadline_clear(d);
	d->at = later(l->now, span);
	d->prev = queue->prev;
	d->next = queue;
	queue->prev->next = d;
	queue->prev = d;
}

int loop_new(struct server *s, enum nod_ready_how how, size_t buf_octets, struct loop **out)
{
	struct loop *l = calloc(1, sizeof(*l));
	int err = -ENOMEM;

	if (!l)
		return -ENOMEM;
	l->server = s;
	l->conf = s->conf;
	l->stop_by = NOD_FOREVER;
	l->buf_cap = buf_octets;
	l->buf = malloc(buf_octets);
	queue_init(&l->quiet);
	queue_init(&l->paused);
	queue_init(&l->finish);
	queue_init(&l->linger);
	queue_init(&l->idle);
	/* whoever is more than the queue behind is dropped, so twice that always suffices */
	feed_init(&l->feed, 2 * s->conf->queue);
	if (l->buf)
		err = nod_ready_new(s->service, how, &l->ready);
	if (err == 0)
		err = hub_join(&s->hub, l);
	if (err < 0) {
		nod_ready_free(l->ready);
		feed_free(&l->feed);
		free(l->buf);
		free(l);
		return err;
	}
	l->now = nod_service_now(s->service);
	*out = l;
	return 0;
}

static void bury(struct loop *l)
{
	/* what the dead said last is still to be posted */
	for (size_t i = 0; l->dead && i < l->turn.n; i++) {
		if (l->turn.line[i].local && l->turn.line[i].local->is_dead)
			l->turn.line[i].local = NULL;
	}
	while (l->dead) {
		struct client *c = l->dead;

		l->dead = c->next;
		client_free(c);
	}
}

static void batch_free(struct batch *b)
{
	free(b->text);
	free(b->line);
}

void loop_free(struct loop *l)
{
	hub_leave(&l->server->hub, l);
	while (l->arrived) { /* handed over when this thread had ended already */
		struct client *c = l->arrived;

		l->arrived = c->next;
		client_refuse(l->server, c, CLOSED_STOPPED, NULL);
	}
	while (l->n_clients)
		client_close(l->client[l->n_clients - 1], CLOSED_STOPPED, 0);
	loop_flush(l); /* nobody is left; it finds the dead */
	bury(l);
	loop_count(l);
	nod_ready_free(l->ready);
	feed_free(&l->feed);
	batch_free(&l->turn);
	batch_free(&l->inbox);
	free(l->client);
	free(l->buf);
	free(l);
}

#define CLIENT_OF(d, member) \
	((struct client *)(void *)((char *)(d)-offsetof(struct client, member)))

/* The queue's first deadline when it is due, else NULL. */
static struct deadline *due(const struct loop *l, const struct deadline *queue)
{
	return queue->next != queue && queue->next->at <= l->now ? queue->next : NULL;
}

void client_close_idlest(struct loop *l)
{
	if (l->idle.next != &l->idle)
		client_close(CLIENT_OF(l->idle.next, idle), CLOSED_IDLE, 0);
}

static void run_deadlines(struct loop *l)
{
	struct deadline *d;

	while ((d = due(l, &l->quiet)))
		client_quiet(CLIENT_OF(d, quiet));
	while ((d = due(l, &l->paused)))
		client_resume(CLIENT_OF(d, quiet));
	while ((d = due(l, &l->finish)))
		client_close(CLIENT_OF(d, quiet), CLOSED_SLOW, 0);
	while ((d = due(l, &l->linger)))
		client_close(CLIENT_OF(d, quiet), CLIENT_OF(d, quiet)->finish_why, 0);
	while ((d = due(l, &l->idle)))
		client_finish(CLIENT_OF(d, idle), CLOSED_IDLE);
}

static nod_ns next_deadline(const struct loop *l, nod_ns until)
{
	const struct deadline *const queues[] = { &l->quiet, &l->paused, &l->finish, &l->linger,
		&l->idle };

	if (l->turn.n || l->dirty)
		return 0; /* something was said while sending */
	if (atomic_load(&l->is_woken))
		return 0; /* somebody came meanwhile; whoever wakes may believe it done already */
	for (unsigned i = 0; i < sizeof(queues) / sizeof(queues[0]); i++) {
		if (queues[i]->next != queues[i] && queues[i]->next->at < until)
			until = queues[i]->next->at;
	}
	return l->stop_by < until ? l->stop_by : until;
}

void loop_release(struct loop *l)
{
	uint64_t oldest = l->feed.head;

	l->scanned = l->feed.head;
	for (size_t i = 0; i < l->n_clients && l->n_behind; i++) {
		const struct client *c = l->client[i];

		if (c->hears && c->is_behind && c->feed_at < oldest)
			oldest = c->feed_at;
	}
	feed_release(&l->feed, oldest);
}

void loop_flush(struct loop *l)
{
	while (l->dirty) {
		struct client *c = l->dirty;

		l->dirty = c->next;
		c->is_dirty = false;
		if (c->is_dead)
			client_bury(c);
		else
			client_flush(c);
	}
	if (l->flushed == l->feed.head)
		return;
	/* from the end: closing one moves the last into its place */
	for (size_t i = l->n_clients; i-- > 0;) {
		if (l->client[i]->hears)
			client_flush(l->client[i]);
	}
	l->flushed = l->feed.head;
	/* looking for those behind only when the feed has moved on by a quarter: O(1) a line */
	if (!l->n_behind || l->feed.head - l->scanned >= l->feed.cap / 4)
		loop_release(l);
}

void loop_count(struct loop *l)
{
	for (unsigned i = 0; i < N_STATS; i++) {
		if (!l->count[i])
			continue;
		atomic_fetch_add_explicit(
			&l->server->stats->n[i], l->count[i], memory_order_relaxed);
		l->count[i] = 0;
	}
}

/*
 * The server stops, in three steps: this loop reads no more (hush()); when every loop has
 * posted what its clients had said, nothing more can come for anybody; then everybody gets
 * what is queued and is closed, until the grace is over (stop_clients()).
 */
static void hush(struct loop *l)
{
	if (l->is_hushed)
		return;
	l->stop_by = later(l->now, l->conf->grace);
	for (size_t i = l->n_clients; i-- > 0;)
		client_hush(l->client[i]);
	l->is_hushed = true;
}

static void stop_clients(struct loop *l)
{
	bool is_over = l->server->is_stopping == STOP_HARD || l->now >= l->stop_by;

	if (!is_over && !hub_is_silent(l))
		return;
	/* from the end: closing one moves the last into its place */
	for (size_t i = l->n_clients; i-- > 0;) {
		if (is_over)
			client_close(l->client[i], CLOSED_STOPPED, 0);
		else
			client_finish(l->client[i], CLOSED_STOPPED);
	}
}

bool loop_turn(struct loop *l, nod_ns until)
{
	struct nod_ready_event ev[EVENTS];
	int n = nod_ready_wait(l->ready, ev, EVENTS, next_deadline(l, until));

	l->now = nod_service_now(l->server->service);
	for (int i = 0; i < n; i++) {
		struct watch *w = ev[i].tag;

		if (i + 2 < n)
			__builtin_prefetch(ev[i + 2].tag); /* clients lie anywhere in memory */
		if (w)
			w->ready(w, l, ev[i].bits);
	}
	run_deadlines(l);
	bool is_stopping =
		atomic_load_explicit(&l->server->is_stopping, memory_order_acquire) != STOP_NOT;
	if (is_stopping)
		hush(l);
	hub_commit(l);
	/* what cannot be committed may not be sent either */
	is_stopping |= atomic_load(&l->server->is_stopping) == STOP_HARD;
	if (is_stopping)
		stop_clients(l);
	loop_flush(l);
	bury(l);
	loop_count(l);
	return !is_stopping || l->n_clients;
}
