/* SPDX-License-Identifier: ISC */
/*
 * talk_raw.c - a conversation in octets: stdin to the peer, the peer to stdout, unchanged
 *
 * A stream is pump.c's.  Of datagrams each is what one read of stdin gave, at most as much as
 * passes an Ethernet unfragmented, and what arrives is written as it comes.
 *
 * Neighbours: talk.h, pump.h.
 */
#include "talk.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "pump.h"

#define DATAGRAM_OCTETS 1232 /* IPv6's least MTU without the headers; RFC 8200 section 5 */
#define WAIT_UDP	(1 * NOD_S)

static int tell_end(struct talk *t, const struct pump_result *r, int err)
{
	if (err == 0) {
		report_closed(t, BY_US, CLOSED_FIN);
		return EXIT_DONE;
	}
	if (r->side == PUMP_SESSION && err == -ETIMEDOUT && t->q->has_wait) {
		report_closed(t, BY_US, CLOSED_WAIT);
		return EXIT_DONE;
	}
	if (r->side == PUMP_SESSION) {
		report_failure(t, NOD_TRIED_RECV, err);
		report_closed(t, BY_PEER,
			err == -ECONNRESET || err == -EPIPE ? CLOSED_RST :
				err == -ETIMEDOUT	    ? CLOSED_TIMEOUT :
							      CLOSED_ERROR);
		return EXIT_FAILED;
	}
	if (r->side == PUMP_INPUT)
		return failed(t->in, T("the input could not be read: %s", "输入读取失败: %s"),
			strerror(-err));
	if (err == -EPIPE)
		return EXIT_FAILED; /* who reads our output wants no more of it: nothing to tell */
	return failed(t->in, T("the output could not be written: %s", "输出写入失败: %s"),
		strerror(-err));
}

/* ---- datagrams ----------------------------------------------------------------------- */

struct raw_datagrams {
	struct talk *t;
	struct nod_ready *ready;
	nod_ns end_at;
	bool is_refused, input_has_ended;
};

static int send_input(struct raw_datagrams *r)
{
	char buf[DATAGRAM_OCTETS];
	ssize_t n = read(STDIN_FILENO, buf, sizeof(buf));

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -errno;
	if (n == 0) {
		nod_ns wait = r->t->q->has_wait ? r->t->q->wait : WAIT_UDP;

		r->input_has_ended = true;
		r->end_at = talk_in(r->t, wait);
		nod_ready_remove_fd(r->ready, STDIN_FILENO);
		return 0;
	}
	ssize_t sent = talk_send_datagram(r->t, buf, (size_t)n);
	if (sent < 0 &&
		sent != -EAGAIN) { /* -EAGAIN: no room; it is lost, as datagrams may be */
		r->is_refused = true;
		report_failure(r->t, NOD_TRIED_SEND, (int)sent);
	}
	return 0;
}

static int receive(struct raw_datagrams *r, struct nod_session *s)
{
	static char buf[64u << 10];
	ssize_t n = nod_session_recv(s, buf, sizeof(buf));

	if (n == -EAGAIN)
		return 0;
	if (n < 0) {
		r->is_refused = true;
		report_failure(r->t, NOD_TRIED_RECV, (int)n);
		return 0;
	}
	r->t->octets_in += (uint64_t)n;
	r->is_refused = false;
	for (ssize_t at = 0; at < n;) {
		ssize_t written = write(STDOUT_FILENO, buf + at, (size_t)(n - at));

		if (written < 0 && errno != EINTR)
			return -errno;
		at += written > 0 ? written : 0;
	}
	return 0;
}

static int exchange(struct raw_datagrams *r)
{
	struct nod_ready_event ev[4];

	while (talk_now(r->t) < r->end_at) {
		int n = nod_ready_wait(r->ready, ev, 4, r->end_at);

		for (int i = 0; i < n; i++) {
			int err = ev[i].tag == r ? send_input(r) : receive(r, ev[i].tag);

			if (err < 0)
				return err;
		}
		if (n < 0)
			return n;
	}
	return 0;
}

static int raw_datagrams(struct talk *t)
{
	struct raw_datagrams r = { .t = t, .end_at = NOD_FOREVER };
	/* poll(): stdin may be a file */
	int err = nod_ready_new(t->q->network.service, NOD_READY_POLL, &r.ready);

	if (err == 0)
		err = nod_ready_add(r.ready, t->session, NOD_READABLE, t->session);
	if (err == 0 && t->group)
		err = nod_ready_add(r.ready, t->group, NOD_READABLE, t->group);
	if (err == 0)
		err = nod_ready_add_fd(r.ready, STDIN_FILENO, NOD_READABLE, &r);
	if (err == 0)
		err = exchange(&r);
	if (r.ready)
		nod_ready_free(r.ready);
	if (err < 0)
		return err == -EPIPE ?
			EXIT_FAILED :
			failed(t->in, T("input or output failed: %s", "输入或输出出错: %s"),
				strerror(-err));
	report_closed(t, BY_US, CLOSED_FIN);
	return r.is_refused ? EXIT_FAILED : EXIT_DONE;
}

int talk_in_octets(struct talk *t)
{
	struct pump_result r;

	if (t->q->conf.type == NOD_DATAGRAM)
		return raw_datagrams(t);
	int err = pump(t->session, STDIN_FILENO, STDOUT_FILENO,
		t->q->has_wait ? t->q->wait : NOD_FOREVER, &r);
	t->octets_in = r.octets_in;
	t->octets_out = r.octets_out;
	return tell_end(t, &r, err);
}
