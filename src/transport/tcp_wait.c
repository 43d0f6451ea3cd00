/* SPDX-License-Identifier: ISC */
/*
 * tcp_wait.c - TIME-WAIT, as a small record
 *
 * RFC 9293 3.10.7.4 and MUST-13 (two maximum segment lifetimes); MAY-2 and RFC 6191 (a new SYN is
 * taken when it cannot be an old one: SHLD-4); RFC 1337 (a RST does not end it: H61).  All wait
 * equally long, so the oldest is always the first; at conf.tcp_time_wait the oldest loses.
 *
 * Neighbours: tcp_internal.h; tcp_listen.c takes the new SYN.
 */
#include "tcp_internal.h"

enum { WAIT_TS = 1 << 0 };
enum { PAUSE = 5 /* tenths of a second between answers to what carries nothing */ };

static void unlink_wait(struct tcp *t, struct tcp_wait *w)
{
	*w->prev = w->next;
	if (w->next)
		w->next->prev = w->prev;
	else
		t->wait_last = w->prev;
}

static void forget(struct tcp *t, struct tcp_wait *w, const char *why)
{
	tcp_note_state(t, &w->flow, TCP_TIME_WAIT, TCP_CLOSED, why);
	unlink_wait(t, w);
	tcp_unfile(t, &w->flow);
	tcp_store_give(&t->waits, w);
}

static void arm(struct tcp *t)
{
	if (t->wait_first)
		timer_set(&t->core->wheel, &t->wait_timer,
			t->core->now +
				(nod_ns)(uint32_t)(t->wait_first->due_ms - tcp_ms(t)) * NOD_MS);
	else
		timer_stop(&t->core->wheel, &t->wait_timer);
}

static void fire(struct timer *timer, int64_t now)
{
	struct tcp *t = container_of(timer, struct tcp, wait_timer);

	(void)now;
	while (t->wait_first && (int32_t)(t->wait_first->due_ms - tcp_ms(t)) <= 0)
		forget(t, t->wait_first, "2 MSL are over");
	arm(t);
}

static void enqueue(struct tcp *t, struct tcp_wait *w)
{
	w->due_ms = tcp_ms(t) + (uint32_t)(2 * TCP_MSL / NOD_MS);
	w->next = NULL;
	w->prev = t->wait_last;
	*t->wait_last = w;
	t->wait_last = &w->next;
	t->wait_timer.fire = fire;
	if (!timer_is_set(&t->wait_timer))
		arm(t);
}

void tcp_wait_begin(struct tcp_conn *c)
{
	struct tcp *t = c->tcp;
	struct tcp_wait *w = tcp_store_take(&t->waits);
	uint32_t wnd;

	if (!w && t->wait_first) { /* the oldest loses */
		forget(t, t->wait_first, "a younger one needs its memory");
		w = tcp_store_take(&t->waits);
	}
	if (c->state != TCP_TIME_WAIT)
		tcp_enter(c, TCP_TIME_WAIT, "both sides have closed");
	if (w) {
		w->flow.local = c->flow.local;
		w->flow.remote = c->flow.remote;
		w->flow.local_port = c->flow.local_port;
		w->flow.remote_port = c->flow.remote_port;
		w->flow.interface = c->flow.interface;
		w->flow.kind = TCP_KIND_WAIT;
		w->flow.spare_u8 = c->has_ts ? WAIT_TS : 0;
		w->snd_nxt = c->snd_nxt;
		w->rcv_nxt = c->rcv_nxt;
		wnd = seq_gt(c->rcv_adv, c->rcv_nxt) ? c->rcv_adv - c->rcv_nxt : 0;
		w->rcv_wnd = (uint16_t)(wnd < UINT16_MAX ? wnd : UINT16_MAX);
		w->ts_recent = c->ts_recent;
		w->ts_offset = c->ts_offset;
		/* before the connection leaves, so that the port is in use throughout */
		tcp_file(t, &w->flow);
		enqueue(t, w);
	}
	tcp_finish(c, 0, w ? NULL : "no memory for TIME-WAIT");
}

/* ---- what still comes ---------------------------------------------------------------- */

static void answer(struct tcp *t, const struct tcp_wait *w)
{
	struct tcp_bare b = {
		.local = w->flow.local,
		.remote = w->flow.remote,
		.local_port = w->flow.local_port,
		.remote_port = w->flow.remote_port,
		.iface = w->flow.interface ? iface_at(t->net->link, w->flow.interface) : NULL,
		.seq = w->snd_nxt,
		.ack = w->rcv_nxt,
		.window = w->rcv_wnd,
		.flags = TCP_ACK,
		.why = "close 4 of 4",
	};

	if (w->flow.spare_u8 & WAIT_TS) {
		b.o.has_timestamps = true;
		b.o.ts_value = tcp_ms(t) + w->ts_offset;
		b.o.ts_echo = w->ts_recent;
	}
	tcp_send_bare(t, &b);
}

/* Two ends in TIME-WAIT that disagree must not answer each other's answers for ever (H49). */
static bool may_answer(const struct tcp *t, struct tcp_wait *w)
{
	uint16_t now = (uint16_t)(tcp_ms(t) / 100);

	if (w->answered && (uint16_t)(now - w->answered) < PAUSE)
		return false;
	w->answered = now ? now : 1;
	return true;
}

/* MAY-2, RFC 6191 2: it cannot be an old duplicate. */
static bool is_new(const struct tcp_wait *w, const struct tcp_seg *s)
{
	if (w->flow.spare_u8 & WAIT_TS && s->o.has_timestamps) {
		if (seq_gt(s->o.ts_value, w->ts_recent))
			return true;
		if (seq_lt(s->o.ts_value, w->ts_recent))
			return false;
	}
	return seq_gt(s->seq, w->rcv_nxt);
}

void tcp_wait_input(struct tcp *t, struct tcp_wait *w, struct tcp_seg *s)
{
	if (s->flags & TCP_RST) { /* RFC 1337 3, fix F1 */
		tcp_drop(t, s, NOD_EV_TCP_DROP_TIME_WAIT);
		return;
	}
	if ((s->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && is_new(w, s)) {
		struct tcp_listener *l = tcp_listener_find(t, s);

		if (l) {
			/* above the numbers of before, even where they outran the clock */
			s->iss = tcp_isn(t, &w->flow);
			s->has_iss = true;
			if (!seq_gt(s->iss, w->snd_nxt))
				s->iss = w->snd_nxt + UINT16_MAX;
			forget(t, w, "a new SYN takes its place");
			arm(t);
			tcp_listen_input(t, l, s);
			return;
		}
	}
	if (s->len || s->flags & (TCP_FIN | TCP_SYN) || (s->seq != w->rcv_nxt && may_answer(t, w)))
		answer(t, w);
	/* our ACK was lost: wait anew (MUST-13) */
	if (s->flags & TCP_FIN && seg_end(s) == w->rcv_nxt) {
		unlink_wait(t, w);
		enqueue(t, w);
		arm(t);
	}
	tcp_drop(t, s, NOD_EV_TCP_DROP_TIME_WAIT);
}

void tcp_wait_end_all(struct tcp *t)
{
	while (t->wait_first)
		forget(t, t->wait_first, "the stack ends");
	timer_stop(&t->core->wheel, &t->wait_timer);
}
