/* SPDX-License-Identifier: ISC */
/*
 * client.c - one peer: what it sends becomes messages, what it is sent waits in a queue
 *
 * Nothing here waits for a client: a send takes what the network takes, the rest is queued
 * and the client is watched until it can take more.  When more than --queue waits for it, it
 * is dropped.  An idle client holds no buffers.
 *
 * A closed client stays in memory until the end of the turn, since events of the same batch
 * may still name it; is_dead tells.
 *
 * Neighbours: server.h, loop.c (the turn), feed.c, modes.
 */
#include "server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../presentation/lang.h"
#include "../presentation/utf8.h"

#define PIECES	     16		   /* of the feed in one send */
#define PAUSE_NS     (10 * NOD_MS) /* octet modes over their rate read again after this */
#define RATE_ONE     1000000u	   /* a message in a rate bucket */
#define TELL_RATE_NS NOD_S	   /* at most one notice a second */
#define OUT_FIRST    256	   /* octets */

#define COUNT(c, stat, n_) ((c)->loop->count[stat] += (n_))

static const struct mode *mode_of(const struct client *c)
{
	return c->loop->conf->mode;
}

char *client_address(const struct client *c, char *buf, size_t cap)
{
	const struct nod_endpoint e = { .addr = c->addr, .port = c->port };

	if (c->addr.family == NOD_UNSPEC)
		snprintf(buf, cap, "unix#%llu", (unsigned long long)c->id);
	else
		nod_endpoint_format(&e, buf, cap);
	return buf;
}

/* ---- coming -------------------------------------------------------------------------- */

struct client *client_new(struct server *s, struct nod_session *session,
	const struct nod_endpoint *peer, bool is_datagram)
{
	/* on cache lines of its own, so that the first is the first */
	struct client *c = aligned_alloc(64, (sizeof(*c) + 63) / 64 * 64);

	if (!c)
		return NULL;
	*c = (struct client){ .session = session };
	if (!peer->is_unix) {
		c->addr = peer->addr;
		c->port = peer->port;
	}
	c->is_datagram = is_datagram;
	c->id = 1 + atomic_fetch_add(&s->last_id, 1);
	atomic_fetch_add(&s->n_clients, 1);
	return c;
}

void client_free(struct client *c)
{
	if (c->loop && mode_of(c)->free)
		mode_of(c)->free(c);
	if (!c->is_datagram)
		nod_session_close(c->session);
	free(c->lines.part);
	free(c->out);
	free(c);
}

void client_refuse(struct server *s, struct client *c, enum why_closed why, const char *notice)
{
	atomic_fetch_add(&s->stats->n[STAT_CLOSED + why], 1);
	atomic_fetch_add(&s->stats->n[STAT_OPENED], 1);
	if (s->report->closed)
		s->report->closed(s->report->self, c, why, 0);
	if (notice && !c->is_datagram) {
		char said[4096];

		nod_session_send(c->session, notice, strlen(notice));
		nod_session_shutdown(c->session);
		/* closing with something unread would be a RST, and that can outrun the notice */
		for (int i = 0; i < 16 && nod_session_recv(c->session, said, sizeof(said)) > 0;
			i++)
			;
	}
	atomic_fetch_sub(&s->n_clients, 1);
	client_free(c);
}

void client_no_room(struct server *s, struct client *c, int err)
{
	if (s->report->trouble)
		s->report->trouble(
			s->report->self, err == -ENOMEM ? TROUBLE_MEMORY : TROUBLE_PLACE, err);
	client_refuse(s, c, CLOSED_FULL,
		T("* the server can hold no more clients\n", "* 服务器无法再接纳客户端\n"));
}

static void client_ready(struct watch *w, struct loop *l, unsigned bits);

/* Watch for @bits, if it is not done already. */
static void watch_for(struct client *c, unsigned bits)
{
	if (c->is_datagram || c->watching == bits)
		return;
	int err = c->is_unwatched ?
		nod_ready_add(c->loop->ready, c->session, bits, &c->watch) :
		nod_ready_change(c->loop->ready, c->session, bits, &c->watch);
	if (err == 0) {
		c->watching = bits;
		c->is_unwatched = false;
	}
}

static bool may_read(const struct client *c)
{
	return !c->has_ended && !c->is_finishing && !c->is_dead && !c->loop->is_hushed;
}

static int enter_loop(struct client *c, struct loop *l)
{
	int err = 0;

	if (l->n_clients == l->cap_clients) {
		size_t cap = l->cap_clients ? l->cap_clients * 2 : 1;
		struct client **list = realloc(l->client, cap * sizeof(struct client *));

		if (!list)
			return -ENOMEM;
		l->client = list;
		l->cap_clients = cap;
	}
	if (!c->is_datagram)
		err = nod_ready_add(l->ready, c->session, NOD_READABLE, &c->watch);
	if (err < 0)
		return err;
	c->watching = NOD_READABLE;
	c->at = l->n_clients;
	l->client[l->n_clients++] = c;
	return 0;
}

void client_start(struct client *c, struct loop *l)
{
	struct server *s = l->server;

	c->watch.ready = client_ready;
	c->loop = l;
	c->feed_at = l->feed.head;
	int err = enter_loop(c, l);
	if (err < 0) {
		listener_forget(c);
		c->loop = NULL; /* it has not been here */
		client_no_room(s, c, err);
		return;
	}
	COUNT(c, STAT_OPENED, 1);
	if (s->report->opened)
		s->report->opened(s->report->self, c);
	if (s->conf->idle_timeout)
		deadline_set(l, &l->idle, &c->idle, s->conf->idle_timeout);
	if (l->is_hushed)
		client_pause(c);
	c->hears = s->conf->mode->hears_all;
	if (s->conf->mode->open && (err = s->conf->mode->open(c)) < 0)
		client_close(c, CLOSED_FAILED, err);
}

/* ---- going --------------------------------------------------------------------------- */

void client_close(struct client *c, enum why_closed why, int err)
{
	struct loop *l = c->loop;
	struct server *s = l->server;

	if (c->is_dead)
		return;
	c->is_dead = true;
	c->hears = false;
	if (s->conf->mode->close)
		s->conf->mode->close(c, why);
	deadline_clear(&c->quiet);
	deadline_clear(&c->idle);
	listener_forget(c);
	if (!c->is_datagram) {
		nod_ready_remove(l->ready, c->session);
		/* what is not delivered by now never will be: free the network's memory too */
		if (c->out_len || why == CLOSED_SLOW) {
			nod_session_abort(c->session);
			c->session = NULL;
		}
	}
	l->n_behind -= c->is_behind;
	l->client[c->at] = l->client[--l->n_clients];
	l->client[c->at]->at = c->at;
	COUNT(c, STAT_CLOSED + why, 1);
	if (s->report->closed)
		s->report->closed(s->report->self, c, why, err);
	if (atomic_fetch_sub(&s->n_clients, 1) == 1 && s->main_loop && s->main_loop != l)
		nod_ready_wake(s->main_loop->ready);
	if (!c->is_dirty) /* else loop_flush() finds it */
		client_bury(c);
}

void client_bury(struct client *c)
{
	c->next = c->loop->dead;
	c->loop->dead = c;
}

/* All is sent and the end was asked for: our FIN, then wait a little for the peer's. */
static void finish_now(struct client *c)
{
	if (c->is_datagram || c->has_ended || nod_session_shutdown(c->session) < 0) {
		client_close(c, c->finish_why, 0);
		return;
	}
	c->is_lingering = true;
	c->hears = false;
	watch_for(c, NOD_READABLE);
	deadline_set(c->loop, &c->loop->linger, &c->quiet, SERVER_LINGER_NS);
}

static void mark_dirty(struct client *c)
{
	if (c->is_dirty || c->is_dead)
		return;
	c->is_dirty = true;
	c->next = c->loop->dirty;
	c->loop->dirty = c;
}

void client_finish(struct client *c, enum why_closed why)
{
	if (c->is_finishing || c->is_dead)
		return;
	c->is_finishing = true;
	c->finish_why = (uint8_t)why;
	deadline_clear(&c->quiet);
	deadline_clear(&c->idle);
	if (c->is_behind) /* perhaps it will never take what it has not taken so far */
		deadline_set(c->loop, &c->loop->finish, &c->quiet, SERVER_FINISH_NS);
	watch_for(c, c->watching & NOD_WRITABLE);
	mark_dirty(c);
}

/* The network's word for the end of a conversation. */
static enum why_closed why_of(int err)
{
	return err == -ENOMEM || err == -ENOBUFS ? CLOSED_FAILED : CLOSED_RESET;
}

/* ---- sending ------------------------------------------------------------------------- */

static bool is_too_slow(const struct client *c)
{
	size_t waits = c->out_len;

	if (c->hears)
		waits += (size_t)(c->loop->feed.head - c->feed_at);
	return waits > c->loop->conf->queue;
}

static int queue_out(struct client *c, const char *data, size_t len)
{
	if (len > UINT32_MAX / 4 - c->out_len)
		return -ENOBUFS;
	if (c->out_at + c->out_len + len > c->out_cap) {
		uint32_t cap = OUT_FIRST;

		while (cap < c->out_len + len)
			cap *= 2;
		char *out = malloc(cap);
		if (!out)
			return -ENOMEM;
		if (c->out_len)
			memcpy(out, c->out + c->out_at, c->out_len);
		free(c->out);
		c->out = out;
		c->out_at = 0;
		c->out_cap = cap;
	}
	memcpy(c->out + c->out_at + c->out_len, data, len);
	c->out_len += (uint32_t)len;
	return 0;
}

/* What the feed has for @c goes before anything queued for it alone: move it into its queue. */
static int settle_feed(struct client *c)
{
	struct feed_piece piece[PIECES];
	int err = 0;

	while (c->hears && c->feed_at < c->loop->feed.head && err == 0) {
		int n = feed_pieces(
			&c->loop->feed, c->feed_at, c->id, piece, PIECES, &c->feed_at);

		for (int i = 0; i < n && err == 0; i++)
			err = queue_out(c, piece[i].p, piece[i].len);
	}
	return err;
}

/* A line may lie in two pieces of the feed; it leaves as one datagram. */
static void send_datagram(struct client *c, const struct feed_piece *piece, int n)
{
	struct nod_datagram to = {
		.peer = { .addr = c->addr, .port = c->port },
		.local = c->local,
	};
	char whole[UTF8_CLEAN_GROWTH * LINES_MAX + 1024]; /* more than any line has */
	const char *p = piece[0].p;
	size_t len = piece[0].len;

	if (n == 2 && len + piece[1].len <= sizeof(whole)) {
		memcpy(whole, p, len);
		memcpy(whole + len, piece[1].p, piece[1].len);
		len += piece[1].len;
		p = whole;
	}
	ssize_t sent = nod_session_send_datagram(c->session, p, len, &to);
	if (sent == -EINVAL || sent == -EADDRNOTAVAIL || sent == -ENETUNREACH) {
		/* it asked a broadcast address, which no answer can come from */
		c->local.family = to.local.family = NOD_UNSPEC;
		sent = nod_session_send_datagram(c->session, p, len, &to);
	}
	if (sent > 0) /* what the network refuses is lost: UDP promises nothing */
		COUNT(c, STAT_OCTETS_OUT, (uint64_t)sent);
}

/* Datagrams keep the lines apart. */
static void send_feed_as_datagrams(struct client *c)
{
	struct feed_piece piece[2];
	uint64_t author, next;
	int n;

	while (feed_line_after(&c->loop->feed, c->feed_at, &author, piece, &n, &next)) {
		if (author != c->id)
			send_datagram(c, piece, n);
		c->feed_at = next;
	}
}

void client_send(struct client *c, const void *data, size_t len)
{
	if (c->is_dead || c->is_lingering || !len)
		return;
	if (c->is_datagram) { /* has no queue: it leaves now, after what the feed has */
		const struct feed_piece whole = { .p = data, .len = len };

		if (!hub_reported(c->loop))
			return;
		if (c->hears)
			send_feed_as_datagrams(c);
		send_datagram(c, &whole, 1);
		return;
	}
	int err = settle_feed(c);
	if (err == 0)
		err = queue_out(c, data, len);
	if (err < 0)
		client_close(c, CLOSED_FAILED, err);
	else
		mark_dirty(c);
}

void client_send_now(struct client *c, const void *data, size_t len)
{
	const char *p = data;

	if (!c->is_datagram && !c->out_len && !c->is_dead && !c->is_lingering) {
		ssize_t n = nod_session_send(c->session, p, len);

		if (n < 0 && n != -EAGAIN) {
			client_close(c, why_of((int)n), (int)n);
			return;
		}
		if (n > 0) {
			COUNT(c, STAT_OCTETS_OUT, (uint64_t)n);
			p += n;
			len -= (size_t)n;
		}
	}
	client_send(c, p, len);
}

/* Send the queue.  1 all sent, 0 the network takes no more now, or -errno. */
static int send_queue(struct client *c)
{
	while (c->out_len) {
		ssize_t n = nod_session_send(c->session, c->out + c->out_at, c->out_len);

		if (n == -EAGAIN || n == 0)
			return 0;
		if (n < 0)
			return (int)n;
		COUNT(c, STAT_OCTETS_OUT, (uint64_t)n);
		c->out_at += (uint32_t)n;
		c->out_len -= (uint32_t)n;
	}
	free(c->out);
	c->out = NULL;
	c->out_at = c->out_cap = 0;
	return 1;
}

/* Send what the feed has.  1 all sent, 0 the network takes no more now, or -errno. */
static int send_feed(struct client *c)
{
	const struct feed *f = &c->loop->feed;

	while (c->feed_at < f->head) {
		struct feed_piece piece[PIECES];
		struct iovec iov[PIECES];
		uint64_t next = f->head;
		size_t want = 0;
		int n = c->own_end > c->feed_at ?
			feed_pieces(f, c->feed_at, c->id, piece, PIECES, &next) :
			feed_span(f, c->feed_at, piece);

		for (int i = 0; i < n; i++) {
			iov[i] = (struct iovec){ (void *)(uintptr_t)piece[i].p, piece[i].len };
			want += piece[i].len;
		}
		ssize_t sent = n ? nod_session_sendv(c->session, iov, n) : 0;
		if (sent < 0)
			return sent == -EAGAIN ? 0 : (int)sent;
		COUNT(c, STAT_OCTETS_OUT, (uint64_t)sent);
		if ((size_t)sent == want) {
			c->feed_at = next;
			continue;
		}
		size_t left = (size_t)sent;
		int i = 0;
		for (; left >= piece[i].len; i++)
			left -= piece[i].len;
		c->feed_at = piece[i].at + left;
		return 0;
	}
	return 1;
}

static void set_behind(struct client *c, bool is_behind)
{
	if (is_behind == c->is_behind)
		return;
	c->is_behind = is_behind;
	if (is_behind)
		c->loop->n_behind++;
	else
		c->loop->n_behind--;
}

void client_flush(struct client *c)
{
	if (c->is_lingering)
		return;
	if (c->is_datagram) {
		if (c->hears)
			send_feed_as_datagrams(c);
		if (c->is_finishing)
			finish_now(c);
		return;
	}
	if (c->is_behind) { /* the ready set will tell */
		if (is_too_slow(c))
			client_close(c, CLOSED_SLOW, 0);
		return;
	}

	int done = send_queue(c);
	if (done == 1 && c->hears)
		done = send_feed(c);
	if (done < 0) {
		client_close(c, why_of(done), done);
	} else if (done == 0) {
		set_behind(c, true);
		if (is_too_slow(c))
			client_close(c, CLOSED_SLOW, 0);
		else
			watch_for(c, (c->watching & NOD_READABLE) | NOD_WRITABLE);
		if (c->is_finishing && !c->is_dead)
			deadline_set(c->loop, &c->loop->finish, &c->quiet, SERVER_FINISH_NS);
	} else {
		watch_for(c, c->watching & ~(unsigned)NOD_WRITABLE);
		if (c->is_finishing)
			finish_now(c);
		else if (mode_of(c)->drained)
			mode_of(c)->drained(c);
	}
}

const char *client_said(
	struct client *c, const char *text, size_t len, char *clean, size_t *clean_len)
{
	struct server *s = c->loop->server;

	if (!utf8_is_plain(text, len)) {
		len = utf8_clean(clean, text, len);
		text = clean;
	}
	if (s->report->said)
		s->report->said(s->report->self, c, NULL, false, text, len);
	*clean_len = len;
	return text;
}

/* ---- receiving ----------------------------------------------------------------------- */

/* Read, unless the mode, the rate or the end of the server is against it. */
static void watch_reading(struct client *c)
{
	bool is_paused = mode_of(c)->takes_octets && c->quiet.next;

	if (c->has_ended || c->is_finishing || c->is_dead)
		return; /* what is watched then is not for reading */
	if (!c->is_held && !is_paused && !c->loop->is_hushed)
		watch_for(c, c->watching | NOD_READABLE);
	else
		watch_for(c, c->watching & ~(unsigned)NOD_READABLE);
}

void client_pause(struct client *c)
{
	c->is_held = true;
	watch_reading(c);
}

void client_read_more(struct client *c)
{
	c->is_held = false;
	watch_reading(c);
}

void client_resume(struct client *c)
{
	deadline_clear(&c->quiet);
	watch_reading(c);
}

/* Whether one more message is in the bucket, which holds a second's worth. */
static bool take_from_bucket(struct client *c, uint64_t rate)
{
	uint64_t full = rate * RATE_ONE;
	nod_ns gone = c->loop->now - c->rate_at;
	/* rate * RATE_ONE a second, that is, rate / 1000 a nanosecond */
	uint64_t gained = !c->rate_at || gone >= NOD_S ? full : (uint64_t)gone * rate / 1000;
	c->rate_left = c->rate_left + gained > full ? full : c->rate_left + gained;
	c->rate_at = c->loop->now;
	if (c->rate_left < RATE_ONE)
		return false;
	c->rate_left -= RATE_ONE;
	return true;
}

static bool within_rate(struct client *c)
{
	uint64_t rate = c->loop->conf->rate;

	return !rate || take_from_bucket(c, rate);
}

static void refuse(struct client *c, const char *why)
{
	struct server *s = c->loop->server;

	if (s->report->refused)
		s->report->refused(s->report->self, c, why);
}

static void take_message(
	struct client *c, enum lines_kind kind, const char *text, size_t len, bool has_newline)
{
	const char *too_long = T("* message refused: longer than 4096 octets\n",
		"* 消息被拒绝：超过 4096 字节\n");
	const char *too_many =
		T("* message refused: too many in a second\n", "* 消息被拒绝：发送过于频繁\n");

	if (kind == LINES_TOO_LONG || kind == LINES_NO_MEMORY) {
		COUNT(c, STAT_REFUSED_LONG, 1);
		client_send(c, too_long, strlen(too_long));
		refuse(c, too_long);
	} else if (!within_rate(c)) {
		COUNT(c, STAT_REFUSED_RATE, 1);
		if (!c->told_at || c->loop->now - c->told_at >= TELL_RATE_NS) {
			c->told_at = c->loop->now;
			client_send(c, too_many, strlen(too_many));
			refuse(c, too_many);
		}
	} else {
		COUNT(c, STAT_MESSAGES, 1);
		mode_of(c)->message(c, text, len, has_newline);
	}
}

static void take_lines(struct client *c, const char *p, size_t n)
{
	enum lines_kind kind;
	const char *text;
	size_t len;

	while (may_read(c) && (kind = lines_next(&c->lines, &p, &n, &text, &len)) != LINES_NONE)
		take_message(c, kind, text, len, true);
	if (lines_is_open(&c->lines) && may_read(c)) {
		deadline_set(c->loop, &c->loop->quiet, &c->quiet, SERVER_QUIET_NS);
	} else {
		deadline_clear(&c->quiet);
		lines_shrink(&c->lines);
	}
}

void client_quiet(struct client *c)
{
	const char *text;
	size_t len;
	enum lines_kind kind = lines_rest(&c->lines, &text, &len);

	deadline_clear(&c->quiet);
	if (kind != LINES_NONE)
		take_message(c, kind, text, len, false);
	lines_shrink(&c->lines);
}

void client_hush(struct client *c)
{
	if (lines_is_open(&c->lines))
		client_quiet(c);
	if (!c->is_dead && !c->is_lingering)
		client_pause(c);
}

static void take(struct client *c, const char *p, size_t n)
{
	struct loop *l = c->loop;

	COUNT(c, STAT_OCTETS_IN, n);
	if (l->conf->idle_timeout)
		deadline_set(l, &l->idle, &c->idle, l->conf->idle_timeout);
	if (!mode_of(c)->takes_octets) {
		take_lines(c, p, n);
		return;
	}
	COUNT(c, STAT_MESSAGES, 1);
	mode_of(c)->octets(c, p, n);
	if (may_read(c) && !within_rate(c) && !c->is_datagram) {
		deadline_set(l, &l->paused, &c->quiet, PAUSE_NS);
		watch_reading(c);
	}
}

static void take_end(struct client *c)
{
	c->has_ended = true;
	if (lines_is_open(&c->lines))
		client_quiet(c);
	if (c->is_dead)
		return;
	watch_for(c, c->watching & ~(unsigned)NOD_READABLE);
	if (mode_of(c)->ended)
		mode_of(c)->ended(c);
	else
		client_finish(c, CLOSED_BY_PEER);
}

/*
 * Told that the connection is broken while nothing is read from it.  An error is the end of it;
 * a peer that has merely closed both ways (a Unix socket tells that at once, TCP when something
 * is sent) has perhaps sent what is not read yet, and the mode may be at work with the rest.
 */
static void take_breach(struct client *c)
{
	int err = nod_session_dialled(c->session);

	if (err < 0) {
		client_close(c, CLOSED_RESET, err == -EINPROGRESS ? 0 : err);
		return;
	}
	if (c->watching & NOD_WRITABLE) { /* sending tells what is the matter */
		set_behind(c, false);
		mark_dirty(c);
	}
	nod_ready_remove(c->loop->ready, c->session);
	c->watching = 0;
	c->is_unwatched = true;
}

static void client_ready(struct watch *w, struct loop *l, unsigned bits)
{
	struct client *c = (struct client *)(void *)w;

	if (c->is_dead)
		return;
	if (bits & NOD_WRITABLE && c->watching & NOD_WRITABLE) {
		set_behind(c, false);
		mark_dirty(c);
	}
	if (!(c->watching & NOD_READABLE)) {
		if (bits & NOD_BROKEN)
			take_breach(c);
		return;
	}
	if (!(bits & (NOD_READABLE | NOD_BROKEN)))
		return;

	size_t most = mode_of(c)->read_most ? mode_of(c)->read_most(l->conf) : l->buf_cap;
	ssize_t n = nod_session_recv(c->session, l->buf, most < l->buf_cap ? most : l->buf_cap);
	if (n == -EAGAIN)
		return;
	if (n < 0)
		client_close(c, why_of((int)n), (int)n);
	else if (n == 0 && c->is_lingering)
		client_close(c, c->finish_why, 0);
	else if (n == 0)
		take_end(c);
	else if (may_read(c))
		take(c, l->buf, (size_t)n);
}

void client_datagram(struct client *c, const char *data, size_t len)
{
	struct loop *l = c->loop;

	if (!may_read(c))
		return;
	deadline_set(l, &l->idle, &c->idle, l->conf->peer_timeout);
	COUNT(c, STAT_OCTETS_IN, len);
	if (mode_of(c)->takes_octets) {
		COUNT(c, STAT_MESSAGES, 1);
		if (within_rate(c))
			mode_of(c)->octets(c, data, len);
		else
			COUNT(c, STAT_REFUSED_RATE, 1);
		return;
	}
	bool has_newline = len && data[len - 1] == '\n';
	len -= has_newline;
	len -= has_newline && len && data[len - 1] == '\r';
	take_message(
		c, len > LINES_MAX ? LINES_TOO_LONG : LINES_MESSAGE, data, len, has_newline);
}
