/* SPDX-License-Identifier: ISC */
/*
 * tcp_input.c - what an arriving segment does to a connection
 *
 * RFC 9293 3.10.7.3 and 3.10.7.4, in their order, step names in the comments; as changed by RFC
 * 5961 (RST, SYN and ACK in the window), RFC 7323 5 (PAWS) and RFC 6093 (urgent data).  Does not
 * send: it marks what is owed and tcp_output.c pays.  Does not write c->state: see tcp_state.c.
 *
 * A connection may end in here; each step says by its value whether it still is.
 *
 * Neighbours: tcp_internal.h, tcp_ack.c, tcp_queue.c; tcp_listen.c for LISTEN and SYN-RECEIVED.
 */
#include <errno.h>

#include "tcp_internal.h"

enum {
	PAWS_OLD = 24 * 24 * 3600, /* seconds: a time stamp this old says nothing (RFC 7323 5.5) */
	CHALLENGES = 100,	   /* a second, of the whole stack; about: H48 */
};

#define CHALLENGE_PAUSE (500 * NOD_MS) /* of one connection; H49 */

/* ---- what is sent back --------------------------------------------------------------- */

static void ack_soon(struct tcp_conn *c)
{
	c->ack_now = true;
	tcp_owe(c);
}

/* RFC 5961 7: not more than so many, in a way that outsiders cannot count (H48). */
void tcp_challenge(struct tcp_conn *c)
{
	struct tcp *t = c->tcp;
	nod_ns now = t->core->now;

	if (c->challenged && tcp_since(c, c->challenged) < CHALLENGE_PAUSE)
		return;
	if (now - t->challenge_second >= NOD_S || !t->challenge_second) {
		t->challenge_second = now ? now : 1;
		t->challenges_left = CHALLENGES / 2 + prng_below(&t->core->prng, CHALLENGES);
	}
	if (!t->challenges_left)
		return;
	t->challenges_left--;
	c->challenged = tcp_ms(t) ? tcp_ms(t) : 1;
	NOTE(t->core, NOD_EV_TCP_CHALLENGE, .src = ipa_to_addr(&c->flow.local, 0),
		.dst = ipa_to_addr(&c->flow.remote, 0), .src_port = c->flow.local_port,
		.dst_port = c->flow.remote_port);
	ack_soon(c);
}

static bool drop(struct tcp_conn *c, struct tcp_seg *s, enum nod_event_kind why)
{
	tcp_drop(c->tcp, s, why);
	return false;
}

/* ---- SYN-SENT: 3.10.7.3 -------------------------------------------------------------- */

static void agree(struct tcp_conn *c, const struct tcp_seg *s)
{
	struct tcp_busy *b = c->busy;
	const struct nod_conf *conf = &c->tcp->core->conf;
	uint16_t least = ipa_is_v4(&c->flow.remote) ? TCP_MSS4 : TCP_MSS6;

	b->irs = s->seq;
	c->rcv_nxt = b->rcv_up = b->last_ack_sent = s->seq + 1;
	c->peer_mss = s->o.has_mss ? s->o.mss : least; /* MUST-15 */
	c->has_scale = s->o.has_window_shift && !conf->tcp_no_window_scale;
	c->snd_scale = s->o.window_shift > TCP_WINDOW_SHIFT_MOST ? TCP_WINDOW_SHIFT_MOST :
								   s->o.window_shift;
	if (!c->has_scale)
		c->snd_scale = c->rcv_scale = 0;
	c->has_sack = s->o.sack_permitted && !conf->tcp_no_sack;
	c->has_ts = s->o.has_timestamps && !conf->tcp_no_timestamps;
	c->ts_recent = s->o.ts_value;
	c->ts_recent_s = (uint32_t)(c->tcp->core->now / NOD_S);
	c->rcv_adv = c->rcv_nxt + tcp_window_first(c->tcp, c->opt, c->rcv_mss);
	tcp_set_mss(c);
}

static void established(struct tcp_conn *c, const struct tcp_seg *s)
{
	struct tcp_busy *b = c->busy;

	c->snd_una = b->iss + 1; /* what followed it is tcp_acked()'s, or tcp_fast_answered()'s */
	c->snd_wnd = s->wnd; /* a SYN's is not scaled: RFC 7323 2.2 */
	c->snd_wnd_most = c->snd_wnd;
	c->snd_wl1 = s->seq;
	c->snd_wl2 = s->ack;
	b->snd_small = b->snd_up = c->snd_una;
	b->recover_done = c->snd_una;
	/* RFC 6928 2: not after a SYN that had to be sent again */
	c->cwnd = c->n_timeouts ? c->snd_mss : tcp_initial_window(c->snd_mss);
	if (!c->is_retransmitted && b->syn_at)
		tcp_rtt_sample(c, c->tcp->core->now - b->syn_at);
	else
		c->rto_us = 3 * NOD_S / NOD_US; /* RFC 6298 5.7 */
}

/* RFC 7323 4: an answer echoes a time stamp that we have sent; else it is not for this SYN. */
static bool has_wrong_echo(const struct tcp_conn *c, const struct tcp_seg *s)
{
	uint32_t ago = tcp_ts_now(c) - s->o.ts_echo; /* ms */

	return s->o.has_timestamps && s->o.ts_echo && !c->tcp->core->conf.tcp_no_timestamps &&
		ago > (c->tcp->core->now - c->busy->syn_at) / NOD_MS + 1;
}

static void syn_sent_input(struct tcp_conn *c, struct tcp_seg *s)
{
	bool has_ack = s->flags & TCP_ACK;

	/* first: the ACK */
	if (has_ack && (seq_le(s->ack, c->busy->iss) || seq_gt(s->ack, c->snd_nxt) ||
			       has_wrong_echo(c, s))) {
		tcp_reset_stranger(c->tcp, s);
		drop(c, s, NOD_EV_TCP_DROP_ACK);
		return;
	}
	/* second: the RST */
	if (s->flags & TCP_RST) {
		drop(c, s, NOD_EV_TCP_DROP_RST);
		if (has_ack)
			tcp_finish(c, ECONNREFUSED, "the peer refuses: RST");
		return;
	}
	/* fourth: the SYN */
	if (!(s->flags & TCP_SYN) || (s->flags & TCP_FIN && !has_ack)) {
		drop(c, s, NOD_EV_TCP_DROP_NO_CONN);
		return;
	}
	agree(c, s);
	if (has_ack) {
		c->has_ecn = (s->flags & (TCP_ECE | TCP_CWR)) == TCP_ECE &&
			c->tcp->core->conf.tcp_ecn; /* RFC 3168 6.1.1 */
		established(c, s);
		tcp_fast_answered(c, s);
		tcp_enter(c, TCP_ESTABLISHED, "handshake 2 of 3 received");
		ack_soon(c);
		s->seq++;
		s->flags &= (uint8_t)~TCP_SYN;
		tcp_take_payload(c, s); /* fifth and on, of what may come with it */
	} else { /* simultaneous open: MUST-10 */
		c->has_ecn = (s->flags & (TCP_ECE | TCP_CWR)) == (TCP_ECE | TCP_CWR) &&
			c->tcp->core->conf.tcp_ecn;
		tcp_enter(c, TCP_SYN_RECEIVED, "both open at the same time");
		c->snd_wnd = s->wnd;
		ack_soon(c);
	}
	pkt_free(s->p);
	s->p = NULL;
}

/* ---- 3.10.7.4 ------------------------------------------------------------------------ */

/* The answer to what is not acceptable; without payload not more often than is useful (H49). */
static void answer_unacceptable(struct tcp_conn *c, const struct tcp_seg *s)
{
	if (s->len || s->flags & TCP_FIN) {
		if (c->has_sack && seq_lt(s->seq, c->rcv_nxt))
			c->busy->dsack = (struct tcp_sack){ s->seq,
				seq_min(seg_end(s), c->rcv_nxt) };
		ack_soon(c);
	} else {
		tcp_challenge(c);
	}
}

/* PAWS: RFC 7323 5.3.  Whether the segment is too old. */
static bool is_before_our_time(const struct tcp_conn *c, const struct tcp_seg *s)
{
	return c->has_ts && s->o.has_timestamps && seq_lt(s->o.ts_value, c->ts_recent) &&
		(uint32_t)(c->tcp->core->now / NOD_S) - c->ts_recent_s < PAWS_OLD;
}

/* First: the sequence number.  Whether it is acceptable. */
static bool check_sequence(struct tcp_conn *c, struct tcp_seg *s)
{
	uint32_t wnd = seq_gt(c->rcv_adv, c->rcv_nxt) ? c->rcv_adv - c->rcv_nxt : 0;
	nod_seq end = seg_end(s);
	bool is_ok;

	if (c->has_ts && !(s->flags & TCP_RST)) {
		if (!s->o.has_timestamps) /* RFC 7323 3.2 (TS-1) */
			return drop(c, s, NOD_EV_TCP_DROP_PAWS);
		if (is_before_our_time(c, s)) {
			answer_unacceptable(c, s);
			return drop(c, s, NOD_EV_TCP_DROP_PAWS);
		}
	}
	if (s->seq == end)
		is_ok = wnd ? seq_ge(s->seq, c->rcv_nxt) && seq_le(s->seq, c->rcv_nxt + wnd) :
			      s->seq == c->rcv_nxt;
	else
		is_ok = seq_gt(end, c->rcv_nxt) && seq_lt(s->seq, c->rcv_nxt + wnd);
	if (is_ok)
		return true;
	/* with a window of zero ACK, RST and URG count all the same (MUST-66) */
	if (!wnd && s->seq == c->rcv_nxt && s->flags & (TCP_ACK | TCP_RST)) {
		if (s->len || s->flags & TCP_FIN)
			ack_soon(c); /* a probe (MUST-36) */
		pkt_trim(s->p, 0);
		s->len = 0;
		s->flags &= (uint8_t)~TCP_FIN;
		return true;
	}
	if (!(s->flags & TCP_RST))
		answer_unacceptable(c, s);
	/* old, but its ACK is news: a keep-alive, or both sides sent at once */
	if (!(s->flags & (TCP_RST | TCP_SYN)) && s->flags & TCP_ACK && seq_le(end, c->rcv_nxt) &&
		seq_ge(s->seq, c->rcv_nxt - c->rcv_buf) && seq_gt(s->ack, c->snd_una) &&
		seq_le(s->ack, c->snd_nxt)) {
		pkt_trim(s->p, 0);
		s->is_old_probe = true;
		s->seq = c->rcv_nxt;
		s->len = 0;
		s->flags &= (uint8_t)~TCP_FIN;
		return true;
	}
	return drop(c, s,
		seq_le(end, c->rcv_nxt) ? NOD_EV_TCP_DROP_DUPLICATE : NOD_EV_TCP_DROP_WINDOW);
}

/* Second: the RST (RFC 5961 3), with octets or without (SHLD-2).  Whether to go on. */
static bool check_rst(struct tcp_conn *c, struct tcp_seg *s)
{
	int error;

	if (!(s->flags & TCP_RST))
		return true;
	if (s->seq != c->rcv_nxt) { /* H45 */
		tcp_challenge(c);
		return drop(c, s, NOD_EV_TCP_DROP_RST);
	}
	switch (c->state) {
	case TCP_SYN_RECEIVED:
		error = c->is_fast ? ECONNRESET : ECONNREFUSED;
		tcp_fast_reset(c);
		break;
	case TCP_CLOSE_WAIT:
		error = EPIPE;
		break;
	case TCP_CLOSING:
	case TCP_LAST_ACK:
		error = 0;
		break;
	default:
		error = ECONNRESET;
	}
	drop(c, s, NOD_EV_TCP_RST);
	tcp_finish(c, error, "the peer breaks it off: RST");
	return false;
}

/* Fourth: the SYN (RFC 5961 4).  Fifth, for SYN-RECEIVED: its ACK. */
static bool check_syn(struct tcp_conn *c, struct tcp_seg *s)
{
	struct tcp_busy *b = c->busy;

	if (c->state == TCP_SYN_RECEIVED && s->flags & TCP_SYN && s->seq == b->irs) {
		/* the other half of a simultaneous open: SYN-ACK, or the SYN once more */
		if (s->flags & TCP_ACK) {
			if (c->has_sack)
				b->dsack = (struct tcp_sack){ b->irs, b->irs + 1 };
			ack_soon(c);
			s->seq++;
			s->flags &= (uint8_t)~TCP_SYN;
			return true;
		}
		ack_soon(c);
		return drop(c, s, NOD_EV_TCP_DROP_DUPLICATE);
	}
	if (!(s->flags & TCP_SYN))
		return true;
	tcp_challenge(c); /* H46 */
	return drop(c, s, NOD_EV_TCP_DROP_SYN);
}

static bool check_handshake(struct tcp_conn *c, struct tcp_seg *s)
{
	if (c->state != TCP_SYN_RECEIVED)
		return true;
	if (seq_le(s->ack, c->busy->iss) || seq_gt(s->ack, c->snd_nxt)) {
		tcp_reset_stranger(c->tcp, s);
		return drop(c, s, NOD_EV_TCP_DROP_ACK);
	}
	established(c, s);
	tcp_fast_confirmed(c);
	c->snd_wnd = s->wnd << c->snd_scale;
	tcp_enter(c, TCP_ESTABLISHED, "our SYN is acknowledged");
	if (c->fin_queued)
		tcp_enter(c, TCP_FIN_WAIT_1, "a program had closed it before");
	return true;
}

/* RFC 7323 4.3: what the peer is to be echoed. */
static void take_stamp(struct tcp_conn *c, const struct tcp_seg *s)
{
	if (!c->has_ts || !s->o.has_timestamps || seq_gt(s->seq, c->busy->last_ack_sent) ||
		seq_lt(s->o.ts_value, c->ts_recent))
		return;
	c->ts_recent = s->o.ts_value;
	c->ts_recent_s = (uint32_t)(c->tcp->core->now / NOD_S);
}

/* Our FIN has been acknowledged.  Whether the connection still is. */
static bool our_fin_acked(struct tcp_conn *c)
{
	if (!c->fin_queued || c->snd_una != c->snd_end)
		return true;
	switch (c->state) {
	case TCP_FIN_WAIT_1:
		tcp_enter(c, TCP_FIN_WAIT_2, "our FIN is acknowledged: close 2 of 4");
		return true;
	case TCP_CLOSING:
		tcp_wait_begin(c);
		return false;
	case TCP_LAST_ACK:
		tcp_finish(c, 0, "our FIN is acknowledged: close 4 of 4");
		return false;
	default:
		return true;
	}
}

/* Sixth: URG (MUST-30; RFC 6093 3; H42: a mark, and never a length). */
static void take_urgent(struct tcp_conn *c, const struct tcp_seg *s)
{
	nod_seq up = s->seq + s->h.urgent;

	if (!(s->flags & TCP_URG) || !s->h.urgent || c->fin_received)
		return;
	/* it may lie beyond the window (MUST-31, MUST-66) */
	if (seq_gt(up, c->rcv_nxt) && (!c->has_urgent_in || seq_gt(up, c->busy->rcv_up))) {
		c->busy->rcv_up = up;
		c->has_urgent_in = true;
		tcp_tell(c); /* MUST-32 */
	}
}

/* ---- seventh: the payload ------------------------------------------------------------ */

static void measure_segment(struct tcp_conn *c, const struct tcp_seg *s)
{
	uint32_t len = s->p->gso_size && s->p->gso_size < s->len ? s->p->gso_size : s->len;

	if (len > c->rcv_mss || (len == s->len && len > 536 && !(s->flags & TCP_PSH)))
		c->rcv_mss = (uint16_t)(len > UINT16_MAX ? UINT16_MAX : len);
}

/* SHLD-18, SHLD-19, MUST-40, MUST-58; RFC 5681 4.2. */
static void ack_in_order(struct tcp_conn *c, uint32_t len, bool filled_gap)
{
	struct tcp_busy *b = c->busy;

	b->ack_pending += len;
	if (b->ack_pending > c->rcv_mss || filled_gap || b->ahead || c->fin_received ||
		(c->quick_acks && !c->is_pingpong)) {
		ack_soon(c);
	} else if (!c->ack_delayed) {
		c->ack_delayed = true;
		tcp_due(c, TCP_DUE_ACK, c->tcp->core->now + TCP_DELACK);
	}
}

/* RFC 3168 6.1.3: congestion is echoed until the peer says that it has heard. */
static void take_ecn(struct tcp_conn *c, const struct tcp_seg *s)
{
	if (!c->has_ecn)
		return;
	if (s->flags & TCP_CWR)
		c->ece_owed = false;
	if (s->is_ce && s->len) {
		c->ece_owed = true;
		c->quick_acks = TCP_QUICK_ACKS;
	}
}

/* The part that is new and fits the window.  false: nothing is. */
static bool trim(struct tcp_conn *c, struct tcp_seg *s)
{
	nod_seq right = c->rcv_adv;
	bool has_fin = s->flags & TCP_FIN;

	if (seq_lt(s->seq, c->rcv_nxt)) {
		uint32_t old = c->rcv_nxt - s->seq;

		if (c->has_sack)
			c->busy->dsack = (struct tcp_sack){ s->seq,
				seq_min(s->seq + s->len, c->rcv_nxt) };
		if (old > s->len)
			old = s->len;
		pkt_cut_front(s->p, old);
		s->seq += old;
		s->len -= old;
		c->ack_now = true;
	}
	if (seq_gt(s->seq + s->len, right)) { /* H44, H56 */
		uint32_t fits = seq_gt(right, s->seq) ? right - s->seq : 0;

		pkt_trim(s->p, fits);
		s->len = fits;
		s->flags &= (uint8_t)~TCP_FIN;
		has_fin = false;
	}
	return s->len || has_fin;
}

static bool is_memory_short(const struct tcp_conn *c)
{
	return c->busy->in_memory / 4 > c->rcv_buf + 65536;
}

/* Eighth: the FIN, in order. */
static void take_fin(struct tcp_conn *c)
{
	tcp_ahead_clear(c); /* the FIN itself, if it came ahead once: there is nothing behind it */
	c->rcv_nxt++;
	if (seq_lt(c->rcv_adv, c->rcv_nxt))
		c->rcv_adv = c->rcv_nxt;
	ack_soon(c);
	switch (c->state) {
	case TCP_ESTABLISHED:
		tcp_enter(c, TCP_CLOSE_WAIT, "the peer's FIN: close 1 of 4");
		break;
	case TCP_FIN_WAIT_1:
		tcp_enter(c, TCP_CLOSING, "both close at the same time");
		tcp_tell(c);
		break;
	case TCP_FIN_WAIT_2:
		tcp_tell(c);
		tcp_send_ack(c);
		tcp_wait_begin(c);
		break;
	default:
		break;
	}
}

/*
 * It begins where it should and reaches into what came ahead, which counts (H55): it fills the
 * gaps, and none of its pieces waits for long.  Without memory, the first of them.  Whether it
 * has done with the segment.
 */
static bool fill_gaps(struct tcp_conn *c, struct tcp_seg *s)
{
	struct tcp_busy *b = c->busy;

	if (!b->ahead || seq_le(s->seq + s->len, b->ahead->mark))
		return false;
	if (tcp_ahead_put(c, s, 2 * TCP_AHEAD_MOST + 1))
		return true;
	s->len = b->ahead->mark - s->seq;
	pkt_trim(s->p, s->len);
	s->flags &= (uint8_t)~TCP_FIN;
	return false;
}

static void take_in_order(struct tcp_conn *c, struct tcp_seg *s)
{
	bool had_gap = c->busy->ahead, has_fin = false;
	nod_seq before = c->rcv_nxt;

	if (!fill_gaps(c, s)) {
		c->rcv_nxt += s->len;
		if (s->len) {
			tcp_in_put(c, s->p);
			s->p = NULL;
		}
		has_fin = c->fin_received = s->flags & TCP_FIN;
	}
	if (had_gap && !has_fin) {
		tcp_ahead_join(c);
		has_fin = c->fin_received;
	}
	ack_in_order(c, c->rcv_nxt - before, had_gap);
	if (c->rcv_nxt != before) {
		tcp_window_rtt(c);
		tcp_tell(c);
	}
	if (has_fin)
		take_fin(c);
}

void tcp_take_payload(struct tcp_conn *c, struct tcp_seg *s)
{
	if (!s->len && !(s->flags & TCP_FIN))
		return;
	if (c->state != TCP_ESTABLISHED && c->state != TCP_FIN_WAIT_1 &&
		c->state != TCP_FIN_WAIT_2)
		return; /* its FIN has come: there is nothing behind it */
	if (s->len && seq_gt(s->seq + s->len, c->rcv_nxt) &&
		(c->is_orphan || (c->is_shut_in && c->state != TCP_ESTABLISHED))) {
		/* nobody is there to read it: SHLD-3; of one shut both ways as Linux has it */
		tcp_reset_stranger(c->tcp, s);
		tcp_finish(c, c->is_orphan ? 0 : ECONNRESET,
			"octets came that nobody will read");
		return;
	}
	take_ecn(c, s);
	if (!trim(c, s)) {
		ack_soon(c);
		drop(c, s, NOD_EV_TCP_DROP_DUPLICATE);
		return;
	}
	if (s->len) {
		c->last_data = tcp_ms(c->tcp);
		measure_segment(c, s);
		if (c->busy->rcv_most < c->rcv_buf)
			tcp_window_grow(c, s->len);
	}
	if (s->len && is_memory_short(c)) {
		ack_soon(c);
		drop(c, s, NOD_EV_TCP_DROP_MEMORY);
		return;
	}
	if (s->seq == c->rcv_nxt) {
		take_in_order(c, s);
		return;
	}
	/* out of order: SHLD-31; the peer is to hear of it at once (MAY-13, RFC 5681 4.2) */
	ack_soon(c);
	NOTE(c->tcp->core, NOD_EV_TCP_AHEAD, .src = ipa_to_addr(&c->flow.remote, 0),
		.dst = ipa_to_addr(&c->flow.local, 0), .src_port = c->flow.remote_port,
		.dst_port = c->flow.local_port);
	if (!tcp_ahead_put(c, s, TCP_AHEAD_MOST))
		drop(c, s, NOD_EV_TCP_DROP_DUPLICATE);
}

/* ---- the whole ----------------------------------------------------------------------- */

/*
 * What nearly every segment is: the next of an established connection, with nothing but octets or
 * an acknowledgement.  None of the checks up to the fifth would find anything.
 */
static bool is_expected(const struct tcp_conn *c, const struct tcp_seg *s)
{
	return c->state == TCP_ESTABLISHED && (s->flags & ~TCP_PSH) == TCP_ACK &&
		s->seq == c->rcv_nxt && seq_le(s->seq + s->len, c->rcv_adv) &&
		(!c->has_ts ||
			(s->o.has_timestamps && seq_ge(s->o.ts_value, c->ts_recent)));
}

/* Octets, and nothing that tcp_acked() would do more with than note where they came. */
static bool tells_nothing(const struct tcp_conn *c, const struct tcp_seg *s)
{
	return s->ack == c->snd_una && s->len && s->wnd == c->snd_wnd && !s->o.n_sack &&
		!c->busy->sacked && !c->dup_acks && c->phase == TCP_OPEN && !c->was_full &&
		c->send_mode != TCP_SEND_PERSIST;
}

static void expected_input(struct tcp_conn *c, struct tcp_seg *s)
{
	const struct tcp_busy *b = c->busy;

	c->last_received = tcp_ms(c->tcp);
	c->keep_sent = 0;
	if (tells_nothing(c, s)) {
		c->snd_wl1 = s->seq;
		c->snd_wl2 = s->ack;
		if (b->unsent || b->lost > b->again)
			tcp_owe(c);
	} else if (tcp_acked(c, s) < 0) {
		drop(c, s, NOD_EV_TCP_DROP_ACK);
		return;
	}
	take_stamp(c, s);
	tcp_take_payload(c, s);
}

void tcp_conn_input(struct tcp_conn *c, struct tcp_seg *s)
{
	struct tcp *t = c->tcp;

	if (!tcp_rouse(c)) { /* as if it had been lost on the way */
		drop(c, s, NOD_EV_TCP_DROP_MEMORY);
		return;
	}
	c->segments_in++;
	if (c->state == TCP_SYN_SENT) {
		syn_sent_input(c, s);
		return;
	}
	if (!(s->flags & TCP_SYN))
		s->wnd <<= c->snd_scale;
	if (is_expected(c, s)) {
		expected_input(c, s);
		return;
	}
	if (!(c->state == TCP_SYN_RECEIVED && s->flags & TCP_SYN) && !check_sequence(c, s))
		return;
	c->last_received = tcp_ms(t);
	c->keep_sent = 0;
	if (!check_rst(c, s) || !check_syn(c, s))
		return;
	if (!(s->flags & TCP_ACK)) {
		drop(c, s, NOD_EV_TCP_DROP_NO_ACK);
		return;
	}
	if (!check_handshake(c, s))
		return;
	if (tcp_acked(c, s) < 0) {
		drop(c, s, NOD_EV_TCP_DROP_ACK);
		return;
	}
	take_stamp(c, s); /* only now: its ACK may be a forger's */
	if (!our_fin_acked(c))
		return;
	take_urgent(c, s);
	tcp_take_payload(c, s);
}
