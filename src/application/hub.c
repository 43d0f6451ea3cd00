/* SPDX-License-Identifier: ISC */
/*
 * hub.c - how a line reaches the clients of every loop, in one order for all
 *
 * What is said during a turn is collected in loop->turn without a lock.  hub_commit() takes
 * the hub's lock once a turn: it puts the turn's lines into the inbox of every other loop
 * and, after the lines that others had put into its own, into its own feed.  Whoever gets the lock
 * first speaks first, for all loops alike.
 *
 * This is the one place of the server where threads meet.  An inbox that its loop cannot
 * empty as fast as others fill it makes those others wait (not their clients: their
 * reading), so its size is bounded.
 *
 * Neighbours: loop.c, feed.c (a loop's own copy), mode_chat.c (names).
 */
#include "server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define INBOX_MAX (4u << 20) /* octets; above, those who post wait */

int hub_init(struct hub *h, unsigned history)
{
	*h = (struct hub){ .max_history = history };
	if (pthread_mutex_init(&h->lock, NULL) != 0)
		return -ENOMEM;
	if (pthread_cond_init(&h->changed, NULL) != 0) {
		pthread_mutex_destroy(&h->lock);
		return -ENOMEM;
	}
	return 0;
}

void hub_free(struct hub *h)
{
	pthread_cond_destroy(&h->changed);
	pthread_mutex_destroy(&h->lock);
	free(h->loop);
	for (unsigned i = 0; h->history && i < h->max_history; i++)
		free(h->history[i]);
	free(h->history);
}

int hub_join(struct hub *h, struct loop *l)
{
	int err = 0;

	pthread_mutex_lock(&h->lock);
	if (h->n == h->cap) {
		size_t cap = h->cap ? h->cap * 2 : 8;
		struct loop **list = realloc(h->loop, cap * sizeof(struct loop *));

		if (list) {
			h->loop = list;
			h->cap = cap;
		} else {
			err = -ENOMEM;
		}
	}
	if (err == 0)
		h->loop[h->n++] = l;
	pthread_mutex_unlock(&h->lock);
	return err;
}

void hub_leave(struct hub *h, struct loop *l)
{
	pthread_mutex_lock(&h->lock);
	for (size_t i = 0; i < h->n; i++) {
		if (h->loop[i] == l) {
			h->loop[i] = h->loop[--h->n];
			h->n_silent -= l->is_silent;
			break;
		}
	}
	/* when the server stops, the others may have waited for this one alone */
	for (size_t i = 0; i < h->n && h->n_silent >= h->n; i++)
		nod_ready_wake(h->loop[i]->ready);
	pthread_cond_broadcast(&h->changed);
	pthread_mutex_unlock(&h->lock);
}

/* ---- batches ------------------------------------------------------------------------- */

static int batch_add(struct batch *b, const char *text, const struct batch_line *line)
{
	if (b->cap - b->len < line->len) {
		size_t cap = (b->cap + line->len) * 2;
		char *grown = realloc(b->text, cap);

		if (!grown)
			return -ENOMEM;
		b->text = grown;
		b->cap = cap;
	}
	if (b->n == b->line_cap) {
		size_t cap = b->line_cap ? b->line_cap * 2 : 16;
		struct batch_line *grown = realloc(b->line, cap * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		b->line = grown;
		b->line_cap = cap;
	}
	memcpy(b->text + b->len, text, line->len);
	b->len += line->len;
	b->line[b->n++] = *line;
	return 0;
}

/* Empty it; a large one gives its memory back, so that a burst is not paid for ever. */
static void batch_clear(struct batch *b)
{
	if (b->cap > 1 << 16) {
		free(b->text);
		free(b->line);
		*b = (struct batch){ 0 };
	}
	b->len = b->n = 0;
}

static void no_memory(struct server *s)
{
	if (s->report->trouble)
		s->report->trouble(s->report->self, TROUBLE_MEMORY, -ENOMEM);
}

void hub_say(
	struct loop *l, struct client *author, const char *line, size_t len, bool is_speech)
{
	const struct batch_line b = { .len = (uint32_t)len,
		.is_speech = is_speech,
		.author = author ? author->id : 0,
		.local = author };

	if (batch_add(&l->turn, line, &b) < 0)
		no_memory(l->server);
}

void hub_tell(struct loop *l, uint64_t to, const char *line, size_t len)
{
	const struct batch_line b = { .len = (uint32_t)len, .to = to };

	if (batch_add(&l->turn, line, &b) < 0)
		no_memory(l->server);
}

/* ---- the history: under the lock ----------------------------------------------------- */

static void keep(struct hub *h, const char *text, size_t len)
{
	if (!h->max_history)
		return;
	if (!h->history && !(h->history = calloc(h->max_history, sizeof(char *))))
		return;
	char **place = &h->history[h->n_history % h->max_history];
	char *copy = strndup(text, len);
	if (!copy)
		return;
	free(*place);
	*place = copy;
	h->n_history++;
}

/* As many of the last lines as @octets hold: more would drop who joins as too slow. */
static uint64_t oldest_to_tell(const struct hub *h, size_t octets)
{
	uint64_t i = h->n_history, first = i > h->max_history ? i - h->max_history : 0;

	while (i > first) {
		size_t len = strlen(h->history[(i - 1) % h->max_history]);

		if (len > octets)
			break;
		octets -= len;
		i--;
	}
	return i;
}

/* ---- delivering ---------------------------------------------------------------------- */

static void append(struct loop *l, const char *text, const struct batch_line *line)
{
	int err = feed_append(&l->feed, text, line->len, line->author);

	if (err == -ENOSPC) {
		/* somebody is far behind: sending drops him, if that is too far */
		loop_flush(l);
		loop_release(l);
		err = feed_append(&l->feed, text, line->len, line->author);
	}
	if (err < 0)
		no_memory(l->server);
	else if (line->local)
		line->local->own_end = l->feed.head;
}

static void deliver(struct loop *l, const struct batch *b)
{
	const struct mode *mode = l->server->conf->mode;
	const char *text = b->text;

	for (size_t i = 0; i < b->n; i++) {
		const struct batch_line *line = &b->line[i];

		if (!line->to) {
			append(l, text, line);
		} else if (mode->find) {
			struct client *c = mode->find(l, line->to);

			if (c)
				client_send(c, text, line->len);
		}
		text += line->len;
	}
}

/* Move what others have put into the inbox to @b.  Under the lock. */
static void take_inbox(struct loop *l, struct batch *b)
{
	if (l->inbox.len > INBOX_MAX)
		pthread_cond_broadcast(&l->server->hub.changed);
	*b = l->inbox;
	l->inbox = (struct batch){ 0 };
	atomic_store(&l->is_woken, l->arrived != NULL);
}

/*
 * Start those who have been handed over.  Starting one may bring him to hub_listen(), which
 * therefore leaves those who come meanwhile where they are: for the next turn.
 */
static void start_arrived(struct loop *l)
{
	struct hub *h = &l->server->hub;

	if (!atomic_load(&l->is_woken))
		return;
	pthread_mutex_lock(&h->lock);
	struct client *list = l->arrived;
	l->arrived = NULL;
	atomic_store(&l->is_woken, l->inbox.n != 0);
	pthread_mutex_unlock(&h->lock);
	while (list) {
		struct client *c = list;

		list = c->next;
		c->next = NULL;
		client_start(c, l);
	}
}

static void deliver_and_free(struct loop *l, struct batch *b)
{
	deliver(l, b);
	free(b->text);
	free(b->line);
}

/* Take what others said, and deliver it here. */
static void receive(struct loop *l)
{
	struct hub *h = &l->server->hub;
	struct batch b;

	if (!atomic_load(&l->is_woken))
		return;
	pthread_mutex_lock(&h->lock);
	take_inbox(l, &b);
	pthread_mutex_unlock(&h->lock);
	deliver_and_free(l, &b);
}

static void wake(struct loop *l)
{
	if (!atomic_exchange(&l->is_woken, true))
		nod_ready_wake(l->ready);
}

/* Put the turn's lines into every other loop's inbox.  Under the lock. */
static void post(struct loop *l)
{
	struct hub *h = &l->server->hub;
	const char *text = l->turn.text;

	for (size_t i = 0; i < l->turn.n; i++) {
		struct batch_line line = l->turn.line[i];

		line.local = NULL;
		for (size_t k = 0; k < h->n; k++) {
			if (h->loop[k] != l && batch_add(&h->loop[k]->inbox, text, &line) < 0)
				no_memory(l->server);
		}
		if (line.is_speech)
			keep(h, text, line.len);
		text += line.len;
	}
	for (size_t k = 0; k < h->n; k++) {
		if (h->loop[k] == l)
			continue;
		wake(h->loop[k]);
		if (h->loop[k]->inbox.len > INBOX_MAX)
			pthread_cond_broadcast(&h->changed);
	}
}

void hub_wake_all(struct hub *h)
{
	pthread_mutex_lock(&h->lock);
	for (size_t i = 0; i < h->n; i++)
		nod_ready_wake(h->loop[i]->ready);
	pthread_cond_broadcast(&h->changed);
	pthread_mutex_unlock(&h->lock);
}

bool hub_is_silent(struct loop *l)
{
	struct hub *h = &l->server->hub;

	pthread_mutex_lock(&h->lock);
	bool is_last = !l->is_silent && h->n_silent + 1 == h->n;
	h->n_silent += !l->is_silent;
	l->is_silent = true;
	bool all = h->n_silent >= h->n && !l->inbox.n && !l->arrived;
	pthread_mutex_unlock(&h->lock);
	if (is_last)
		hub_wake_all(h);
	return all;
}

static bool somebody_is_full(const struct hub *h, const struct loop *but)
{
	for (size_t i = 0; i < h->n; i++) {
		if (h->loop[i] != but && h->loop[i]->inbox.len > INBOX_MAX)
			return true;
	}
	return false;
}

/*
 * Read nothing more until every other loop can take it.  Two loops may wait for each other:
 * whoever's own inbox is full empties it first, and post() wakes him for that.
 */
static void wait_for_room(struct loop *l)
{
	struct hub *h = &l->server->hub;

	pthread_mutex_lock(&h->lock);
	while (somebody_is_full(h, l) && !l->server->is_stopping) {
		if (!l->inbox.len) {
			pthread_cond_wait(&h->changed, &h->lock);
			continue;
		}
		pthread_mutex_unlock(&h->lock);
		receive(l);
		loop_flush(l);
		pthread_mutex_lock(&h->lock);
	}
	pthread_mutex_unlock(&h->lock);
}

bool hub_reported(struct loop *l)
{
	struct server *s = l->server;

	if (!s->report->commit || s->report->commit(s->report->self) >= 0)
		return true;
	atomic_store(&s->is_stopping, STOP_HARD);
	hub_wake_all(&s->hub);
	return false;
}

/* Report, post and deliver the turn's lines.  Whether some other loop has too much of them. */
static bool commit_lines(struct loop *l)
{
	struct server *s = l->server;
	struct batch before, mine;

	if ((l->turn.n || l->dirty) && !hub_reported(l)) {
		batch_clear(&l->turn);
		return false;
	}
	if (!l->turn.n) {
		receive(l);
		return false;
	}

	pthread_mutex_lock(&s->hub.lock);
	take_inbox(l, &before);
	post(l);
	bool is_too_much = somebody_is_full(&s->hub, l);
	pthread_mutex_unlock(&s->hub.lock);

	/* delivering may drop somebody, and that is said: into the next turn's lines */
	mine = l->turn;
	l->turn = (struct batch){ 0 };
	deliver_and_free(l, &before);
	deliver(l, &mine);
	if (l->turn.n || l->turn.cap) {
		free(mine.text);
		free(mine.line);
	} else {
		batch_clear(&mine);
		l->turn = mine; /* its memory serves again */
	}
	return is_too_much;
}

void hub_commit(struct loop *l)
{
	bool must_wait = commit_lines(l);

	start_arrived(l);
	if (l->turn.n) /* that they joined is posted before they are welcomed */
		must_wait |= commit_lines(l);
	if (must_wait)
		wait_for_room(l);
}

void hub_listen(struct client *c)
{
	struct loop *l = c->loop;
	struct hub *h = &l->server->hub;
	struct batch b, history = { 0 };
	unsigned max = h->max_history;

	/* what was said in this turn was said before he came; the turn's end waits if it must */
	commit_lines(l);
	/* so was what is in the inbox now; if it was speech, it stands in the history */
	pthread_mutex_lock(&h->lock);
	uint64_t from = oldest_to_tell(h, l->conf->queue / 2);
	for (uint64_t i = from; i < h->n_history; i++) {
		const char *text = h->history[i % max];
		const struct batch_line line = { .len = (uint32_t)strlen(text) };

		if (batch_add(&history, text, &line) < 0)
			break;
	}
	take_inbox(l, &b);
	pthread_mutex_unlock(&h->lock);

	deliver_and_free(l, &b);
	c->feed_at = c->own_end = l->feed.head;
	c->hears = !c->is_dead;
	const char *text = history.text;
	for (size_t i = 0; i < history.n; i++) { /* a line a datagram */
		client_send(c, text, history.line[i].len);
		text += history.line[i].len;
	}
	free(history.text);
	free(history.line);
}

void hub_hand_over(struct loop *l, struct client *c)
{
	struct hub *h = &l->server->hub;

	pthread_mutex_lock(&h->lock);
	c->next = l->arrived;
	l->arrived = c;
	pthread_mutex_unlock(&h->lock);
	wake(l);
}
