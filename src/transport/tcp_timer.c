/* SPDX-License-Identifier: ISC */
/*
 * tcp_timer.c - a connection's deadlines, all on one timer of the wheel
 *
 * A deadline that moves into the future does not touch the wheel: the timer fires too early, sees
 * that nothing is due, and is set again.  So an ACK, which puts off the retransmission, costs two
 * stores.
 *
 * RFC 6298 5 (retransmission), RFC 8985 7 (tail loss probe), RFC 9293 3.8.3 (MUST-20: R1, R2),
 * 3.8.4 (keep-alive), 3.8.6.1 (zero windows are probed for ever: MUST-36, MUST-37).
 *
 * Neighbours: base/wheel.h; tcp_output.c, tcp_loss.c.
 */
#include <errno.h>

#include "../network/dest.h"
#include "tcp_internal.h"

enum { KEEP_IDLE_S = 7200, KEEP_INTERVAL_S = 75, KEEP_COUNT = 9 }; /* MUST-28; Linux's */

void tcp_due(struct tcp_conn *c, enum tcp_deadline which, nod_ns at)
{
	if (which == TCP_DUE_LIFE)
		c->life_at = at;
	else
		c->busy->due[which] = at;
	if (at != NOD_FOREVER && (!timer_is_set(&c->timer) || at < c->timer.at))
		timer_set(&c->tcp->core->wheel, &c->timer, at);
}

void tcp_dues_clear(struct tcp_conn *c)
{
	c->life_at = NOD_FOREVER;
	for (unsigned i = 0; tcp_is_busy(c) && i < TCP_DUES_BUSY; i++)
		c->busy->due[i] = NOD_FOREVER;
	timer_stop(&c->tcp->core->wheel, &c->timer);
}

nod_ns tcp_rto(const struct tcp_conn *c)
{
	nod_ns rto = (nod_ns)c->rto_us * NOD_US;

	for (unsigned i = 0; i < c->backoff && rto < TCP_RTO_MOST; i++)
		rto *= 2; /* RFC 6298 5.5 */
	return rto < TCP_RTO_MOST ? rto : TCP_RTO_MOST;
}

/* ---- nobody answers ------------------------------------------------------------------ */

static unsigned retries_most(const struct tcp_conn *c)
{
	if (c->state == TCP_SYN_SENT || c->state == TCP_SYN_RECEIVED)
		return c->opt->syn_retries ? c->opt->syn_retries :
					    c->tcp->core->conf.tcp_syn_retries;
	return c->is_orphan ? TCP_ORPHAN_RETRIES : TCP_RETRIES;
}

/* Whether it has been tried long enough: R2 (MUST-20, MUST-21). */
static bool is_hopeless(const struct tcp_conn *c)
{
	nod_ns now = c->tcp->core->now;

	/* who says again and again that its window is too small is there (SHLD-17): what is sent
	 * again is as good as a probe */
	if (tcp_is_shrunk(c) && !c->is_orphan && tcp_since(c, c->last_received) <= 2 * TCP_RTO_MOST)
		return false;
	if (c->opt->user_timeout_ms && c->busy->trouble_at)
		return now - c->busy->trouble_at >= (nod_ns)c->opt->user_timeout_ms * NOD_MS;
	return c->backoff >= retries_most(c);
}

static void give_up(struct tcp_conn *c)
{
	int why = c->busy->soft_error;

	tcp_finish(c, why ? why : ETIMEDOUT, "no answer: R2 is over");
}

/* RFC 6298 5.4 to 5.7; a SYN as everything else (MUST-22). */
static void retransmission_due(struct tcp_conn *c)
{
	struct tcp *t = c->tcp;

	if (!c->busy->trouble_at)
		c->busy->trouble_at = t->core->now;
	if (is_hopeless(c)) {
		give_up(c);
		return;
	}
	/* SHLD-9: who wants to know before R2 can */
	NOTE(t->core, NOD_EV_TCP_TIMEOUT, .src = ipa_to_addr(&c->flow.local, 0),
		.dst = ipa_to_addr(&c->flow.remote, 0), .src_port = c->flow.local_port,
		.dst_port = c->flow.remote_port, .from = tcp_rto(c), .to = c->backoff + 1);
	if (c->backoff < UINT8_MAX)
		c->backoff++;
	tcp_count(&c->n_timeouts);
	if (c->backoff == TCP_RETRIES_R1 && c->way) { /* MUST-20: perhaps there is another way */
		dest_unref(t->net, c->way);
		c->way = NULL;
	}
	if (c->state == TCP_SYN_SENT || c->state == TCP_SYN_RECEIVED) {
		c->is_retransmitted = true;
		c->n_retransmitted++;
		tcp_send_syn(c);
	} else {
		if (c->backoff >= TCP_RETRIES_R1)
			tcp_mtu_suspect(c);
		tcp_loss_timeout(c);
	}
	tcp_due(c, TCP_DUE_SEND, t->core->now + tcp_rto(c));
	c->send_mode = TCP_SEND_RTO;
	tcp_owe(c);
}

/* RFC 8985 7.3: a probe, so that the peer's ACK shows what of the tail is missing. */
static void tail_probe_due(struct tcp_conn *c)
{
	struct tcp_busy *b = c->busy;

	c->tlp_is_out = true;
	b->tlp_end = c->snd_nxt;
	tcp_count(&c->n_tlp);
	c->tlp_is_again = !(b->unsent && seq_lt(c->snd_nxt, c->snd_una + c->snd_wnd));
	if (c->tlp_is_again && b->last) {
		struct tcp_chunk *k = b->unsent ? b->unsent->prev : b->last;

		if (k) {
			if (k->len > c->snd_mss &&
				tcp_chunk_cut(c, k,
					k->seq + (k->len - 1) / c->snd_mss * c->snd_mss))
				k = k->next;
			tcp_send_again(c, k, c->snd_mss);
		}
	} else {
		uint32_t cwnd = c->cwnd;

		/* one segment, whatever it says, and now */
		c->busy->pace_at = 0;
		c->cwnd = tcp_in_flight(c) + c->snd_mss;
		tcp_output(c);
		c->cwnd = cwnd;
	}
	c->send_mode = TCP_SEND_RTO;
	tcp_due(c, TCP_DUE_SEND, c->tcp->core->now + tcp_rto(c));
}

static void persist_due(struct tcp_conn *c)
{
	/* shut from the first or shrunk to it (MUST-35): while it answers it may keep its window
	 * shut for ever (MUST-37); H53: not so when
	 * there is no owner who could end it */
	bool is_silent = tcp_since(c, c->last_received) > TCP_RTO_MOST * 4;

	if ((is_silent || c->is_orphan || c->opt->user_timeout_ms) && is_hopeless(c)) {
		give_up(c);
		return;
	}
	if (!c->busy->trouble_at)
		c->busy->trouble_at = c->tcp->core->now;
	if (c->backoff < UINT8_MAX)
		c->backoff++; /* SHLD-30 */
	NOTE(c->tcp->core, NOD_EV_TCP_PERSIST, .src = ipa_to_addr(&c->flow.local, 0),
		.dst = ipa_to_addr(&c->flow.remote, 0), .src_port = c->flow.local_port,
		.dst_port = c->flow.remote_port, .to = c->backoff);
	tcp_send_probe(c);
	tcp_due(c, TCP_DUE_SEND, c->tcp->core->now + tcp_rto(c));
}

static void send_due(struct tcp_conn *c)
{
	switch (c->send_mode) {
	case TCP_SEND_RTO:
		retransmission_due(c);
		break;
	case TCP_SEND_PROBE_TAIL:
		tail_probe_due(c);
		break;
	case TCP_SEND_PERSIST:
		persist_due(c);
		break;
	default:
		break;
	}
}

/* ---- keep-alive: RFC 9293 3.8.4 (MAY-5, MUST-24..MUST-29, SHLD-12) ------------------- */

static nod_ns keep_idle(const struct tcp_conn *c)
{
	return (c->opt->keep_idle_s ? c->opt->keep_idle_s : KEEP_IDLE_S) * NOD_S;
}

void tcp_keep_alive_start(struct tcp_conn *c)
{
	if (c->is_orphan)
		return;
	c->keep_sent = 0;
	tcp_due(c, TCP_DUE_LIFE,
		c->opt->keep_alive ? c->tcp->core->now + keep_idle(c) : NOD_FOREVER);
}

static void life_due(struct tcp_conn *c)
{
	nod_ns now = c->tcp->core->now;
	nod_ns silence = tcp_since(c, c->last_received), left = keep_idle(c) - silence;
	uint8_t most = c->opt->keep_count ? c->opt->keep_count : KEEP_COUNT;

	if (c->is_orphan) {
		if (c->state == TCP_FIN_WAIT_2)
			tcp_wait_begin(c); /* as if the FIN had come: H53 */
		return;
	}
	if (!c->opt->keep_alive || c->state < TCP_ESTABLISHED)
		return;
	if (c->busy->first || left > 0) { /* MUST-26 */
		c->keep_sent = 0;
		tcp_due(c, TCP_DUE_LIFE, now + (left > 0 ? left : keep_idle(c)));
		return;
	}
	if (c->keep_sent >= most || (c->opt->user_timeout_ms && c->keep_sent &&
			silence >= (nod_ns)c->opt->user_timeout_ms * NOD_MS)) {
		tcp_send_reset(c);
		give_up(c);
		return;
	}
	c->keep_sent++;
	tcp_send_probe(c);
	tcp_due(c, TCP_DUE_LIFE,
		now +
			(c->opt->keep_interval_s ? c->opt->keep_interval_s : KEEP_INTERVAL_S) *
				NOD_S);
}

/* ---- the timer ----------------------------------------------------------------------- */

void tcp_timer_fire(struct timer *timer, int64_t now)
{
	struct tcp_conn *c = container_of(timer, struct tcp_conn, timer);
	struct tcp *t = c->tcp;
	nod_ns next = NOD_FOREVER;
	bool is_due[TCP_DUES];

	for (unsigned i = 0; i < TCP_DUES; i++) {
		nod_ns *due = i == TCP_DUE_LIFE ? &c->life_at : &c->busy->due[i];

		is_due[i] = *due <= now;
		/* two of them may end the connection: one at a time */
		if (i == TCP_DUE_LIFE && is_due[TCP_DUE_SEND])
			is_due[i] = false;
		if (is_due[i])
			*due = NOD_FOREVER;
		if (*due < next)
			next = *due;
	}
	if (next != NOD_FOREVER)
		timer_set(&t->core->wheel, timer, next);
	if (is_due[TCP_DUE_ACK]) {
		c->ack_now = true;
		c->ack_delayed = false; /* if there is no way, it is lost as on a wire */
		NOTE(t->core, NOD_EV_TCP_DELACK, .src_port = c->flow.local_port,
			.dst_port = c->flow.remote_port);
	}
	if (is_due[TCP_DUE_ACK] || is_due[TCP_DUE_PACE])
		tcp_owe(c);
	if (is_due[TCP_DUE_RACK])
		tcp_rack_due(c);
	if (is_due[TCP_DUE_SEND])
		send_due(c);
	else if (is_due[TCP_DUE_LIFE])
		life_due(c);
}
