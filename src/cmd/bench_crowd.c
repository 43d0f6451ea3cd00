/* SPDX-License-Identifier: ISC */
/*
 * bench_crowd.c - many clients on one thread: connect, ask, check the answer, ask again
 *
 * A client counts as held when its first message was answered: a connection that waits in
 * the server's queue is not one that it serves.  With BENCH_ECHO every answer is compared
 * with what was sent; with BENCH_REPLY the first answer shows how long an answer is.
 *
 * Neighbours: bench.h; session.h of libnod, whose ready set drives it.
 */
#include "bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../presentation/utf8.h"

#define EVENTS	      256
#define CONNECT_WAIT  (2 * NOD_S)
#define ANSWER_WAIT   (2 * NOD_S)
#define QUIET	      (20 * NOD_MS) /* after so long an answer of unknown length is whole */
#define MESSAGE_MAX   4096
#define PER_SOURCE    16384u /* clients from one source address, so that no ports run out */
#define SOURCE_FIRST  0x7f010001u /* 127.1.0.1 */

struct client {
	struct nod_session *s;
	uint32_t count; /* messages answered */
	uint32_t got;	/* octets of the answer on its way */
};

struct bench_crowd {
	const struct nod_service *v;
	struct nod_endpoint at;
	enum bench_mode mode;
	size_t size, answer_len; /* octets; answer_len 0 = not known yet */
	unsigned held; /* that were held: the first of clients[] */
	unsigned most;
	struct nod_ready *ready;
	struct client *clients;
};

/* Client's and message's number, filler, newline: no two messages are the same. */
static void compose(const struct bench_crowd *c, const struct client *who, char *text)
{
	char head[24];
	int n = snprintf(head, sizeof(head), "%08x %08x ", (unsigned)(who - c->clients),
		(unsigned)who->count);

	memset(text, '.', c->size);
	memcpy(text, head, (size_t)n);
	text[c->size - 1] = '\n';
}

static nod_ns now(const struct bench_crowd *c)
{
	return nod_service_now(c->v);
}

/* Wait for @who alone.  Its bits, or 0 when @until came first. */
static unsigned wait_for(struct bench_crowd *c, const struct client *who, nod_ns until)
{
	struct nod_ready_event ev[EVENTS];

	while (now(c) < until) {
		int n = nod_ready_wait(c->ready, ev, EVENTS, until);

		for (int i = 0; i < n; i++) {
			if (ev[i].tag == who)
				return ev[i].bits;
		}
	}
	return 0;
}

static void stop(struct bench_break *why, enum bench_stop what, int error)
{
	*why = (struct bench_break){ .stop = what, .error = error };
}

/* ---- growing ------------------------------------------------------------------------- */

static bool connect_client(struct bench_crowd *c, struct client *who, struct bench_break *why)
{
	struct nod_session_conf conf = { .source = { .addr = { .family = NOD_IPV4 } } };
	uint32_t source = SOURCE_FIRST + (uint32_t)(who - c->clients) / PER_SOURCE;

	for (int i = 0; i < 4; i++)
		conf.source.addr.octet[i] = (uint8_t)(source >> (24 - 8 * i));
	int err = nod_session_dial(c->v, &c->at, &conf, &who->s, NULL);
	if (err < 0) {
		stop(why, err == -EMFILE || err == -ENFILE || err == -ENOMEM ||
			err == -EADDRNOTAVAIL ? STOP_OWN : STOP_NO_CONNECTION, err);
		return false;
	}
	err = nod_ready_add(c->ready, who->s, NOD_READABLE | NOD_WRITABLE, who);
	if (err < 0) {
		stop(why, STOP_OWN, err);
		return false;
	}
	err = wait_for(c, who, now(c) + CONNECT_WAIT) ? nod_session_dialled(who->s) : -ETIMEDOUT;
	if (err < 0) {
		stop(why, STOP_NO_CONNECTION, err);
		return false;
	}
	err = nod_ready_change(c->ready, who->s, NOD_READABLE, who);
	if (err < 0)
		stop(why, STOP_OWN, err);
	return err == 0;
}

/* Keeps what came instead of an answer, fit for a terminal and without its line's end. */
static void keep_words(struct bench_break *why, const char *buf, size_t len)
{
	char clean[MESSAGE_MAX * UTF8_CLEAN_GROWTH];

	stop(why, STOP_OTHER_ANSWER, 0);
	while (len > 0 && (buf[len - 1] == '\n' || buf[len - 1] == '\r'))
		len--;
	size_t n = utf8_clean(clean, buf, len);
	snprintf(why->words, sizeof(why->words), "%.*s", (int)n, clean);
}

/* The first message and its answer, waited for. */
static bool ask_first(struct bench_crowd *c, struct client *who, struct bench_break *why)
{
	char text[MESSAGE_MAX], buf[MESSAGE_MAX];
	size_t got = 0;
	nod_ns until = now(c) + ANSWER_WAIT;

	compose(c, who, text);
	ssize_t n = nod_session_send(who->s, text, c->size);
	if (n < 0) {
		stop(why, STOP_CLOSED, (int)n);
		return false;
	}
	while (!c->answer_len || got < c->answer_len) {
		if (!wait_for(c, who, until)) {
			if (got && !c->answer_len)
				break; /* quiet: that was the answer */
			stop(why, STOP_NO_ANSWER, 0);
			return false;
		}
		n = nod_session_recv(who->s, buf + got, sizeof(buf) - got);
		if (n == -EAGAIN)
			continue;
		if (n <= 0 && got) { /* a word, and out: a refusal */
			keep_words(why, buf, got);
			return false;
		}
		if (n <= 0) {
			stop(why, STOP_CLOSED, (int)n);
			return false;
		}
		got += (size_t)n;
		if (c->mode == BENCH_ECHO && memcmp(buf, text, got < c->size ? got : c->size)) {
			keep_words(why, buf, got);
			return false;
		}
		if (!c->answer_len)
			until = now(c) + QUIET;
	}
	c->answer_len = got;
	who->count = 1;
	return true;
}

static void drop(struct bench_crowd *c, struct client *who)
{
	if (!who->s)
		return;
	nod_ready_remove(c->ready, who->s);
	nod_session_abort(who->s); /* no TIME-WAIT: the next server gets clean ports */
	who->s = NULL;
}

void bench_crowd_grow(struct bench_crowd *c, unsigned n, nod_ns time, struct bench_break *why)
{
	nod_ns end = now(c) + time;

	stop(why, STOP_NOT, 0);
	while (c->held < n && c->held < c->most) {
		struct client *who = &c->clients[c->held];

		*who = (struct client){ 0 };
		if (now(c) >= end) {
			stop(why, STOP_SLOW, 0);
			return;
		}
		if (!connect_client(c, who, why) || !ask_first(c, who, why)) {
			drop(c, who);
			return;
		}
		c->held++;
	}
}

/* ---- talking ------------------------------------------------------------------------- */

static int say(struct bench_crowd *c, struct client *who)
{
	char text[MESSAGE_MAX];

	compose(c, who, text);
	who->got = 0;
	ssize_t n = nod_session_send(who->s, text, c->size);
	return n < 0 ? (int)n : (size_t)n < c->size ? -EMSGSIZE : 0;
}

/* Part of an answer: 1 = it is whole, 0 = more must come, or a negative errno. */
static int hear(struct bench_crowd *c, struct client *who)
{
	char text[MESSAGE_MAX], buf[MESSAGE_MAX];
	ssize_t n = nod_session_recv(who->s, buf, sizeof(buf));

	if (n == -EAGAIN)
		return 0;
	if (n <= 0)
		return n < 0 ? (int)n : -ECONNRESET;
	if ((size_t)n > c->answer_len - who->got)
		return -EBADMSG;
	if (c->mode == BENCH_ECHO) {
		compose(c, who, text);
		if (memcmp(buf, text + who->got, (size_t)n) != 0)
			return -EBADMSG;
	}
	who->got += (uint32_t)n;
	return who->got == c->answer_len;
}

uint64_t bench_crowd_talk(struct bench_crowd *c, unsigned talkers, nod_ns time, nod_ns *took,
	struct bench_break *why)
{
	struct nod_ready_event ev[EVENTS];
	nod_ns start = now(c), end = start + time;
	uint64_t answered = 0;

	stop(why, STOP_NOT, 0);
	for (unsigned i = 0; i < talkers && i < c->held; i++) {
		if (c->clients[i].s && say(c, &c->clients[i]) < 0)
			stop(why, STOP_LOST, 0);
	}
	while (now(c) < end) {
		int n = nod_ready_wait(c->ready, ev, EVENTS, end);

		for (int i = 0; i < n; i++) {
			struct client *who = ev[i].tag;
			int r = who && who->s ? hear(c, who) : 0;

			if (r > 0) {
				answered++;
				who->count++;
				r = say(c, who);
			}
			if (r < 0) {
				stop(why, STOP_LOST, r);
				drop(c, who);
			}
		}
	}
	*took = now(c) - start;

	/* the answers still on the way are waited for, so that all are silent again */
	for (unsigned i = 0; i < talkers && i < c->held; i++) {
		struct client *who = &c->clients[i];
		nod_ns until = now(c) + ANSWER_WAIT;
		int r = 0;

		while (who->s && r == 0 && wait_for(c, who, until))
			r = hear(c, who);
		if (who->s && r > 0)
			who->count++;
	}
	return answered;
}

/* ---- the whole ----------------------------------------------------------------------- */

int bench_crowd_new(const struct nod_endpoint *at, enum bench_mode mode, size_t size,
	unsigned most, struct bench_crowd **out)
{
	struct bench_crowd *c = calloc(1, sizeof(*c));
	int err = -ENOMEM;

	if (!c)
		return -ENOMEM;
	c->v = nod_service_kernel();
	c->at = *at;
	c->mode = mode;
	c->size = size;
	c->answer_len = mode == BENCH_ECHO ? size : 0;
	c->most = most;
	c->clients = calloc(most, sizeof(*c->clients));
	if (c->clients)
		err = nod_ready_new(c->v, NOD_READY_BEST, &c->ready);
	if (err < 0) {
		bench_crowd_free(c);
		return err;
	}
	*out = c;
	return 0;
}

void bench_crowd_free(struct bench_crowd *c)
{
	if (!c)
		return;
	for (unsigned i = 0; i < c->held; i++)
		drop(c, &c->clients[i]);
	if (c->ready)
		nod_ready_free(c->ready);
	free(c->clients);
	free(c);
}

unsigned bench_crowd_held(const struct bench_crowd *c)
{
	unsigned n = 0;

	for (unsigned i = 0; i < c->held; i++)
		n += c->clients[i].s != NULL;
	return n;
}
