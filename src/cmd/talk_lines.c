/* SPDX-License-Identifier: ISC */
/*
 * talk_lines.c - a conversation in messages: lines typed or piped, lines that arrive
 *
 * One loop: the peer (and the group) and the terminal are waited for together, so what
 * arrives is shown at once.  A message from a stream is a line, or what has come when the
 * line has been quiet for 50 ms: the notes' server sends no newline.  A datagram is one.
 *
 * How it ends.  The input's end half-closes a stream (FIN), what still comes is shown until
 * the peer closes too.  A person's conversation also ends when the peer closes.  A pipe's
 * does not: a peer that has sent all it had may still listen.  Datagrams have no end, so
 * after the input's end there is a time for answers.
 *
 * Neighbours: talk.h, terminal.h, talk_report.c.
 */
#include "talk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define QUIET	   (50 * NOD_MS)  /* after which an unfinished line is shown */
#define PACE	   (100 * NOD_MS) /* between messages without newline: or they would be one */
#define WAIT_TYPED (3 * NOD_S)	  /* for the peer's FIN, when a person has ended it */
#define WAIT_UDP   (1 * NOD_S)	  /* for answers, when a pipe has ended */
#define STALL	   (5 * NOD_S)	  /* until it is told that the peer takes nothing */
#define QUEUE_MAX  (256u << 10)	  /* octets waiting to be sent, beyond which no line is read */
#define PART_MAX   (64u << 10)	  /* octets of a line that are shown without its end */

struct lines_talk {
	struct talk *t;
	struct nod_ready *ready;
	bool is_datagram;
	/* ---- from the peer ------------------------------------------------------------------- */
	char part[PART_MAX]; /* of a line */
	size_t n_part;
	nod_ns part_at;	     /* when its latest octets came */
	bool is_cut;	     /* its beginning was shown already */
	bool peer_has_ended; /* FIN */
	enum talk_who first; /* ... and who closed first */
	bool is_refused;     /* datagram: nobody listens, as far as was heard last */
	/* ---- to the peer --------------------------------------------------------------------- */
	char *queue;
	size_t at, len, cap;
	nod_ns queue_moved; /* when the peer last took something */
	nod_ns pace_until;
	bool stall_is_told, input_has_ended, is_shut;
	bool lines_wait; /* the terminal may have more without its descriptor being readable */
	nod_ns end_at;	 /* not longer than this; NOD_FOREVER */
	/* ---- how it went --------------------------------------------------------------------- */
	bool is_over, terminal_is_watched;
	bool has_failed; /* something was not read or not sent, though it went on */
	int status;
};

static nod_ns now(const struct lines_talk *l)
{
	return talk_now(l->t);
}

static void finish(struct lines_talk *l, int status)
{
	l->is_over = true;
	l->status = status;
}

/* ---- what arrives -------------------------------------------------------------------- */

static void show_part(struct lines_talk *l)
{
	report_received(l->t, l->part, l->n_part, NULL);
	l->n_part = 0;
}

/* Put octets of a stream together to lines, show those that are whole. */
static void take_octets(struct lines_talk *l, const char *p, size_t n)
{
	for (const char *end = p + n; p < end;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((nl ? nl : end) - p);

		if (len > PART_MAX - l->n_part)
			len = PART_MAX - l->n_part;
		memcpy(l->part + l->n_part, p, len);
		l->n_part += len;
		p += len;
		if (p == nl) {
			p++;
			if (l->n_part && l->part[l->n_part - 1] == '\r')
				l->n_part--;
			if (l->n_part || !l->is_cut) /* not the mere end of what was shown */
				show_part(l);
			l->is_cut = false;
		} else if (l->n_part == PART_MAX) {
			show_part(l);
			l->is_cut = true;
		}
	}
	l->part_at = now(l);
}

static void take_datagram(
	struct lines_talk *l, const char *p, size_t n, const struct nod_endpoint *from)
{
	if (n && p[n - 1] == '\n')
		n--;
	if (n && p[n - 1] == '\r')
		n--;
	report_received(l->t, p, n, l->t->is_connected ? NULL : from);
	l->is_refused = false;
}

static void peer_ended(struct lines_talk *l)
{
	struct talk *t = l->t;

	l->peer_has_ended = true;
	l->first = l->is_shut ? BY_US : BY_PEER;
	if (l->n_part)
		show_part(l);
	report_flush(t);
	if (!terminal_has_person(t->terminal) || l->input_has_ended)
		return;
	report_note(t, T("the peer has closed the connection", "对方关闭了连接"));
	l->input_has_ended = true;
	l->end_at = now(l) + WAIT_TYPED;
}

/* The connection is gone: say why.  What came before the end has been shown. */
static void broken(struct lines_talk *l, enum nod_tried tried, int err)
{
	enum talk_how how = err == -ECONNRESET || err == -EPIPE ? CLOSED_RST :
		err == -ETIMEDOUT				? CLOSED_TIMEOUT :
								  CLOSED_ERROR;

	if (l->n_part)
		show_part(l);
	report_failure(l->t, tried, err);
	report_closed(l->t, BY_PEER, how);
	finish(l, EXIT_FAILED);
}

/* What became of a datagram does not end the conversation; an answer may forgive a refusal. */
static void datagram_failed(struct lines_talk *l, enum nod_tried tried, int err)
{
	if (err == -ECONNREFUSED)
		l->is_refused = true;
	else
		l->has_failed = true;
	report_failure(l->t, tried, err);
}

static void receive(struct lines_talk *l, struct nod_session *s)
{
	static char buf[64u << 10];
	struct nod_endpoint from;

	for (int rounds = 0; rounds < 16; rounds++) { /* then the terminal has its turn */
		ssize_t n = l->is_datagram ? nod_session_recvfrom(s, buf, sizeof(buf), &from) :
					     nod_session_recv(s, buf, sizeof(buf));

		if (n == -EAGAIN)
			break;
		if (n < 0 && l->is_datagram) {
			datagram_failed(l, NOD_TRIED_RECV, (int)n);
			break;
		}
		if (n < 0) {
			broken(l, NOD_TRIED_RECV, (int)n);
			return;
		}
		l->t->octets_in += (uint64_t)n;
		l->pace_until = 0;
		if (l->is_datagram) {
			take_datagram(l, buf, (size_t)n, &from);
		} else if (n == 0) {
			peer_ended(l);
			break;
		} else {
			take_octets(l, buf, (size_t)n);
		}
	}
	report_flush(l->t);
}

/* ---- what is said -------------------------------------------------------------------- */

static int queue(struct lines_talk *l, const char *p, size_t n)
{
	if (l->at == l->len)
		l->at = l->len = 0;
	if (n > l->cap - l->len && l->at) {
		memmove(l->queue, l->queue + l->at, l->len - l->at);
		l->len -= l->at;
		l->at = 0;
	}
	if (n > l->cap - l->len) {
		size_t cap = 2 * (l->len + n);
		char *q = realloc(l->queue, cap);

		if (!q)
			return -ENOMEM;
		l->queue = q;
		l->cap = cap;
	}
	if (l->at == l->len)
		l->queue_moved = now(l);
	memcpy(l->queue + l->len, p, n);
	l->len += n;
	return 0;
}

static bool is_queued(const struct lines_talk *l)
{
	return l->at != l->len;
}

/* A send has failed: what the peer said before it went is still there to be shown. */
static void send_failed(struct lines_talk *l, int err)
{
	l->at = l->len = 0;
	while (!l->is_over && !l->peer_has_ended) {
		uint64_t before = l->t->octets_in;

		receive(l, l->t->session);
		if (l->t->octets_in == before)
			break;
	}
	if (!l->is_over)
		broken(l, NOD_TRIED_SEND, err);
}

static void shut(struct lines_talk *l)
{
	l->is_shut = true;
	if (l->is_datagram)
		return;
	int err = nod_session_shutdown(l->t->session);
	if (err < 0 && err != -ENOTCONN)
		broken(l, NOD_TRIED_SEND, err);
}

static void send_queue(struct lines_talk *l)
{
	while (is_queued(l)) {
		ssize_t n = nod_session_send(l->t->session, l->queue + l->at, l->len - l->at);

		if (n == -EAGAIN)
			return;
		if (n < 0) {
			send_failed(l, (int)n);
			return;
		}
		l->t->octets_out += (uint64_t)n;
		l->at += (size_t)n;
		l->queue_moved = now(l);
		if (l->stall_is_told)
			report_note(
				l->t, T("the peer takes again what is sent", "对方恢复接收"));
		l->stall_is_told = false;
	}
}

/* The one datagram that waits for room in the socket. */
static void send_datagram(struct lines_talk *l)
{
	ssize_t n = talk_send_datagram(l->t, l->queue + l->at, l->len - l->at);

	if (n == -EAGAIN)
		return;
	if (n < 0)
		datagram_failed(l, NOD_TRIED_SEND, (int)n);
	l->at = l->len = 0;
}

static void send_waiting(struct lines_talk *l)
{
	if (is_queued(l) && l->is_datagram)
		send_datagram(l);
	else if (is_queued(l))
		send_queue(l);
	if (!is_queued(l) && l->input_has_ended && !l->is_shut && !l->is_over)
		shut(l);
}

static void end_input(struct lines_talk *l)
{
	const struct request *q = l->t->q;
	bool is_person = terminal_has_person(l->t->terminal);

	l->input_has_ended = true;
	if (q->has_wait)
		l->end_at = talk_in(l->t, q->wait);
	else if (l->is_datagram)
		l->end_at = now(l) + (is_person ? 0 : WAIT_UDP);
	else if (is_person)
		l->end_at = now(l) + WAIT_TYPED;
}

static void say(struct lines_talk *l, const struct terminal_line *line)
{
	bool with_newline = line->is_whole && !l->t->q->no_newline;
	int err = queue(l, line->text, line->len);

	if (err == 0 && with_newline)
		err = queue(l, "\n", 1);
	if (err < 0) {
		report_failure(l->t, NOD_TRIED_SEND, err);
		finish(l, EXIT_FAILED);
		return;
	}
	if (l->is_datagram && !is_queued(l)) { /* an empty message is a datagram, too */
		ssize_t n = talk_send_datagram(l->t, "", 0);

		if (n < 0 && n != -EAGAIN)
			datagram_failed(l, NOD_TRIED_SEND, (int)n);
	}
	if (!l->is_datagram && line->is_whole && l->t->q->no_newline)
		l->pace_until = now(l) + PACE;
}

static bool may_say_more(const struct lines_talk *l)
{
	if (l->input_has_ended || l->is_over)
		return false;
	if (l->pace_until > now(l) || (l->t->q->no_newline && l->n_part))
		return false; /* the answer is shown before the next message goes */
	return l->is_datagram ? !is_queued(l) : l->len - l->at < QUEUE_MAX;
}

static void read_lines(struct lines_talk *l)
{
	struct terminal_line line;

	while (may_say_more(l)) {
		int got = terminal_read(l->t->terminal, &line);

		l->lines_wait = got == 1;
		if (got == -EAGAIN)
			break;
		if (got < 0) {
			l->has_failed = true;
			failed(l->t->in,
				T("the input could not be read: %s", "输入读取失败: %s"),
				strerror(-got));
		}
		if (got <= 0 || (line.len == 0 && terminal_has_person(l->t->terminal))) {
			end_input(l);
			break;
		}
		say(l, &line);
		if (l->is_datagram && is_queued(l))
			send_datagram(l);
	}
	if (!l->is_over)
		send_waiting(l);
}

/* ---- the loop ------------------------------------------------------------------------ */

static nod_ns earlier(nod_ns a, nod_ns b)
{
	return a < b ? a : b;
}

/* Watch what can go on now.  0 or -errno. */
static int watch(struct lines_talk *l)
{
	bool reads = may_say_more(l) && !l->lines_wait;
	unsigned bits = (l->peer_has_ended ? 0 : (unsigned)NOD_READABLE) |
		(is_queued(l) ? (unsigned)NOD_WRITABLE : 0);
	int err = nod_ready_change(l->ready, l->t->session, bits, l->t->session);

	if (err < 0 || reads == l->terminal_is_watched)
		return err;
	l->terminal_is_watched = reads;
	if (reads)
		return nod_ready_add_fd(l->ready, terminal_fd(l->t->terminal), NOD_READABLE, l);
	nod_ready_remove_fd(l->ready, terminal_fd(l->t->terminal));
	return 0;
}

static nod_ns wait_until(const struct lines_talk *l)
{
	nod_ns until = l->end_at;

	if (l->lines_wait && may_say_more(l))
		return 0;
	if (l->n_part)
		until = earlier(until, l->part_at + QUIET);
	if (l->pace_until)
		until = earlier(until, l->pace_until);
	if (is_queued(l) && !l->stall_is_told)
		until = earlier(until, l->queue_moved + STALL);
	return until;
}

/* The time for the end has come, and the peer has not closed. */
static void end_now(struct lines_talk *l)
{
	struct talk *t = l->t;

	if (is_queued(l)) {
		report_note(t,
			T("the peer does not take what is sent: %zu octets were not delivered",
				"对方不接收数据: %zu 字节未能送达"),
			l->len - l->at);
		nod_session_abort(t->session);
		t->session = NULL;
		report_closed(t, BY_US, CLOSED_RST);
		finish(l, EXIT_FAILED);
		return;
	}
	report_closed(t, BY_US, l->is_datagram ? CLOSED_FIN : CLOSED_WAIT);
	finish(l, l->is_refused || l->has_failed ? EXIT_FAILED : EXIT_DONE);
}

static void look_at_time(struct lines_talk *l)
{
	nod_ns t = now(l);

	if (t >= l->pace_until)
		l->pace_until = 0;
	if (l->n_part && t >= l->part_at + QUIET) {
		show_part(l);
		l->is_cut = true;
		report_flush(l->t);
	}
	if (l->is_shut && l->peer_has_ended && !l->is_over) {
		report_closed(l->t, l->first, CLOSED_FIN);
		finish(l, l->has_failed ? EXIT_FAILED : EXIT_DONE);
	} else if (t >= l->end_at && !l->is_over) {
		end_now(l);
	} else if (is_queued(l) && !l->stall_is_told && t >= l->queue_moved + STALL) {
		l->stall_is_told = true;
		report_note(l->t,
			T("the peer has taken nothing for %d s; %zu octets wait",
				"对方已 %d 秒没有接收；%zu 字节在等待"),
			(int)(STALL / NOD_S), l->len - l->at);
	}
}

static int run(struct lines_talk *l)
{
	struct nod_ready_event ev[8];

	while (!l->is_over) {
		int err = watch(l);
		int n = err < 0 ? err : nod_ready_wait(l->ready, ev, 8, wait_until(l));

		if (n < 0)
			return n;
		for (int i = 0; i < n && !l->is_over; i++) {
			if (ev[i].tag == l)
				l->lines_wait = true;
			else if (ev[i].tag == l->t->group)
				receive(l, l->t->group);
			else if (!l->peer_has_ended)
				receive(l, l->t->session);
			else if (ev[i].bits & NOD_BROKEN) /* a RST came after the FIN */
				broken(l, NOD_TRIED_SEND, -EPIPE);
		}
		if (l->is_over)
			break;
		send_waiting(l);
		if (l->lines_wait)
			read_lines(l);
		if (!l->is_over)
			look_at_time(l);
	}
	return 0;
}

static int begin(struct lines_talk *l)
{
	struct talk *t = l->t;
	int err = nod_ready_new(t->q->network.service, NOD_READY_BEST, &l->ready);

	if (err == 0 && isatty(STDIN_FILENO))
		report_note(t,
			T("an empty line or Ctrl-D ends the conversation",
				"空行或 Ctrl-D 结束对话"));
	if (err == 0)
		err = terminal_open(&t->terminal, T("message>> ", "发消息>> "), "talk_history");
	if (err == 0)
		err = nod_ready_add(l->ready, t->session, NOD_READABLE, t->session);
	if (err == 0 && t->group)
		err = nod_ready_add(l->ready, t->group, NOD_READABLE, t->group);
	return err;
}

int talk_in_lines(struct talk *t)
{
	static struct lines_talk l; /* big, and there is one conversation */

	l.t = t;
	l.is_datagram = t->q->conf.type == NOD_DATAGRAM;
	l.end_at = NOD_FOREVER;
	int err = begin(&l);
	if (err == 0)
		err = run(&l);
	if (err < 0)
		l.status = report_failure(t, NOD_TRIED_RECV, err);
	terminal_close(t->terminal);
	t->terminal = NULL;
	if (l.ready)
		nod_ready_free(l.ready);
	free(l.queue);
	return l.status;
}
