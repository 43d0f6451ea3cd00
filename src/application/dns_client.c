/* SPDX-License-Identifier: ISC */
/*
 * dns_client.c - ask DNS servers, several questions side by side
 *
 * RFC 1035 4.2, 7766 (TCP), 6891 6.2.2 (servers without EDNS), 5452 9 (what an answer must
 * fit; each question has a connected socket, so the system chooses the port anew and sees to
 * the address).  A server answers from where it was asked, or it is not heard.
 *
 * Does not choose servers, follow aliases nor keep answers.
 *
 * Neighbours: dns_client.h.
 */
#include "dns_client.h"

#include <errno.h>
#include <stdlib.h>

#include "dns_answer.h"

#define AGAIN	   NOD_S				    /* between two queries by UDP */
#define QUERY_ROOM (DNS_HEADER_LEN + DNS_NAME_MAX + 4 + 11) /* octets: one question and OPT */
#define BATCH	   16					    /* events taken at once */

struct client {
	const struct nod_service *service;
	struct nod_ready *ready;
	uint8_t *buf; /* a datagram in */
	nod_ns now, until;
};

static void hang_up(struct client *c, struct dns_ask *a)
{
	if (!a->session)
		return;
	nod_ready_remove(c->ready, a->session);
	nod_session_close(a->session);
	a->session = NULL;
}

static void finish(struct client *c, struct dns_ask *a, enum dns_outcome outcome, int error)
{
	hang_up(c, a);
	a->outcome = outcome;
	a->error = error;
}

/* The way over TCP failed; what UDP brought is better than nothing. */
static void finish_stream(struct client *c, struct dns_ask *a, int error)
{
	a->is_truncated = true;
	finish(c, a, DNS_ANSWERED, error);
}

static int dial(struct client *c, struct dns_ask *a, enum nod_session_type type)
{
	struct nod_session_conf conf = { .type = type };
	unsigned bits = type == NOD_STREAM ? NOD_WRITABLE : NOD_READABLE;
	int err = nod_session_dial(c->service, &a->server, &conf, &a->session, NULL);

	if (err < 0) {
		a->session = NULL;
		return err;
	}
	err = nod_ready_add(c->ready, a->session, bits, a);
	if (err < 0) {
		nod_session_close(a->session);
		a->session = NULL;
	}
	return err;
}

static size_t write_query(const struct dns_ask *a, uint8_t *buf, size_t cap)
{
	struct wcur w = wcur_of(buf, cap);

	dns_query_emit(a->id, &a->question, a->without_edns ? 0 : DNS_UDP_ROOM, &w);
	return w.at; /* QUERY_ROOM holds any */
}

static void send_datagram(struct client *c, struct dns_ask *a)
{
	uint8_t query[QUERY_ROOM];
	ssize_t n = nod_session_send(a->session, query, write_query(a, query, sizeof(query)));

	a->asked = c->now;
	a->again = c->now + AGAIN;
	if (c->until - c->now < 2 * AGAIN && !a->n_sent)
		a->again =
			c->now + (c->until - c->now) / 2; /* twice at least, if time is short */
	if (a->again >= c->until)
		a->again = NOD_FOREVER;
	a->n_sent++;
	if (n < 0 && n != -EAGAIN)
		finish(c, a, DNS_FAILED, (int)n);
}

/* Keep @len octets at @message as the answer. */
static bool keep(struct dns_ask *a, const uint8_t *message, size_t len)
{
	uint8_t *copy = malloc(len);

	if (!copy)
		return false;
	memcpy(copy, message, len);
	free(a->message);
	a->message = copy;
	a->len = len;
	return true;
}

static void go_over_to_stream(struct client *c, struct dns_ask *a)
{
	hang_up(c, a);
	a->is_stream = true;
	a->again = NOD_FOREVER;
	a->asked = c->now;

	int err = dial(c, a, NOD_STREAM);
	if (err < 0)
		finish_stream(c, a, err);
}

static void take_datagram(struct client *c, struct dns_ask *a)
{
	ssize_t n = nod_session_recv(a->session, c->buf, DNS_MESSAGE_MAX);
	struct dns_header h;

	if (n == -EAGAIN)
		return;
	if (n < 0) {
		finish(c, a, DNS_FAILED, (int)n);
		return;
	}
	struct span message = { .p = c->buf, .len = (size_t)n };
	if (!dns_answer_fits(message, a->id, &a->question, &h)) {
		a->n_ignored++;
		return;
	}
	if (!a->without_edns && (h.rcode == DNS_FORMERR || h.rcode == DNS_NOTIMP)) {
		a->without_edns = true;
		send_datagram(c, a);
		return;
	}
	a->took = c->now - a->asked;
	if (!keep(a, message.p, message.len))
		finish(c, a, DNS_FAILED, -ENOMEM);
	else if (h.is_truncated)
		go_over_to_stream(c, a);
	else
		finish(c, a, DNS_ANSWERED, 0);
}

/* The query with its length before it: RFC 1035 4.2.2. */
static void send_stream(struct client *c, struct dns_ask *a)
{
	uint8_t frame[2 + QUERY_ROOM];
	size_t len = write_query(a, frame + 2, sizeof(frame) - 2);
	struct wcur w = wcur_of(frame, 2);

	wcur_u16(&w, (uint16_t)len);
	len += 2;
	ssize_t n = nod_session_send(a->session, frame + a->n_out, len - a->n_out);
	if (n < 0 && n != -EAGAIN) {
		finish_stream(c, a, (int)n);
		return;
	}
	a->n_out += n > 0 ? (size_t)n : 0;
	a->is_asked = a->n_out == len;
	if (a->is_asked)
		nod_ready_change(c->ready, a->session, NOD_READABLE, a);
}

/* Take what came of the length, then of the message.  More may come: -EAGAIN. */
static int read_stream(struct dns_ask *a)
{
	ssize_t n;

	while (a->n_in < 2) {
		n = nod_session_recv(a->session, a->frame + a->n_in, 2 - a->n_in);
		if (n <= 0)
			return n ? (int)n : -EPIPE;
		a->n_in += (size_t)n;
	}

	size_t len = (size_t)a->frame[0] << 8 | a->frame[1];
	if (!len)
		return -EBADMSG;
	if (!a->stream && !(a->stream = malloc(len)))
		return -ENOMEM;
	while (a->n_in < 2 + len) {
		n = nod_session_recv(a->session, a->stream + (a->n_in - 2), 2 + len - a->n_in);
		if (n <= 0)
			return n ? (int)n : -EPIPE;
		a->n_in += (size_t)n;
	}
	return 0;
}

static void take_stream(struct client *c, struct dns_ask *a)
{
	int err = read_stream(a);
	struct dns_header h;

	if (err == -EAGAIN)
		return;
	struct span message = { .p = a->stream, .len = a->n_in < 2 ? 0 : a->n_in - 2 };
	if (!err && !dns_answer_fits(message, a->id, &a->question, &h))
		err = -EBADMSG;
	if (err < 0) {
		finish_stream(c, a, err);
		return;
	}
	free(a->message);
	a->message = a->stream;
	a->len = message.len;
	a->stream = NULL;
	a->by_tcp = true;
	a->took = c->now - a->asked;
	finish(c, a, DNS_ANSWERED, 0);
}

static void on_event(struct client *c, struct dns_ask *a)
{
	if (!a->is_stream) {
		take_datagram(c, a);
		return;
	}
	if (!a->is_connected) {
		int err = nod_session_dialled(a->session);

		if (err == -EINPROGRESS)
			return;
		if (err < 0) {
			finish_stream(c, a, err);
			return;
		}
		a->is_connected = true;
	}
	if (a->is_asked)
		take_stream(c, a);
	else
		send_stream(c, a);
}

/* Ask those again whose time has come; when the next one's comes. */
static nod_ns ask_again(struct client *c, struct dns_ask *list, unsigned n, unsigned *pending)
{
	nod_ns next = c->until;

	*pending = 0;
	for (unsigned i = 0; i < n; i++) {
		struct dns_ask *a = &list[i];

		if (a->outcome == DNS_PENDING && !a->is_stream && c->now >= a->again)
			send_datagram(c, a);
		if (a->outcome != DNS_PENDING)
			continue;
		++*pending;
		if (a->again < next)
			next = a->again;
	}
	return next;
}

static void converse(struct client *c, struct dns_ask *list, unsigned n)
{
	struct nod_ready_event ev[BATCH];

	for (;;) {
		unsigned pending;
		nod_ns next = ask_again(c, list, n, &pending);

		if (!pending || c->now >= c->until)
			return;
		int got = nod_ready_wait(c->ready, ev, BATCH, next);
		c->now = nod_service_now(c->service);
		for (int i = 0; i < got; i++) {
			struct dns_ask *a = ev[i].tag;

			/* it may have been finished, or gone over to TCP, within this batch */
			if (a && a->outcome == DNS_PENDING && a->session)
				on_event(c, a);
		}
		if (got < 0)
			return;
	}
}

int dns_ask_all(const struct nod_service *v, struct dns_ask *list, unsigned n, nod_ns timeout)
{
	struct client c = { .service = v, .now = nod_service_now(v) };
	int err = nod_ready_new(v, NOD_READY_BEST, &c.ready);

	if (err < 0)
		return err;
	c.buf = malloc(DNS_MESSAGE_MAX);
	if (!c.buf) {
		nod_ready_free(c.ready);
		return -ENOMEM;
	}
	c.until = c.now + timeout;
	for (unsigned i = 0; i < n; i++) {
		list[i].again = c.now;
		err = dial(&c, &list[i], NOD_DATAGRAM);
		if (err < 0)
			finish(&c, &list[i], DNS_FAILED, err);
	}
	converse(&c, list, n);
	for (unsigned i = 0; i < n; i++) {
		if (list[i].outcome == DNS_PENDING && list[i].is_stream)
			finish_stream(&c, &list[i], -ETIMEDOUT);
		else if (list[i].outcome == DNS_PENDING)
			finish(&c, &list[i], DNS_SILENT, 0);
	}
	free(c.buf);
	nod_ready_free(c.ready);
	return 0;
}

void dns_ask_free(struct dns_ask *a)
{
	free(a->message);
	free(a->stream);
	a->message = a->stream = NULL;
	a->len = 0;
}
