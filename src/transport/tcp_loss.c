/* SPDX-License-Identifier: ISC */
/*
 * tcp_loss.c - what is lost, and what is done about it
 *
 * RFC 2018 and 2883 (what SACK blocks say), RFC 8985 (RACK: by time, not by counting), RFC 6675
 * (what is under way), RFC 5681 3.2 and 6582 (without SACK: duplicate ACKs), RFC 9937 (PRR), RFC
 * 5682 (F-RTO), RFC 3522 and 4015 (undone when nothing had been lost), RFC 6298 5 (time-outs).
 *
 * Neighbours: tcp_ack.c calls, tcp_output.c sends what is marked here.
 */
#include "tcp_internal.h"

enum { REORDER_MULT_MOST = 200, REORDER_DIVISOR = 4 };

uint32_t tcp_in_flight(const struct tcp_conn *c)
{
	const struct tcp_busy *b = c->busy;
	uint32_t out = c->snd_nxt - c->snd_una;
	uint32_t left = b->sacked + b->lost;
	uint32_t flight;

	if (c->state == TCP_SYN_RECEIVED && out) /* the SYN is no octet */
		out--;
	if (!c->has_sack) { /* each duplicate ACK says that one has arrived (RFC 3042) */
		uint32_t arrived = (uint32_t)c->dup_acks * c->snd_mss;

		left += arrived < out - b->lost ? arrived : out - b->lost;
	}
	flight = out > left ? out - left : 0;
	return flight + b->again;
}

/* ---- marks --------------------------------------------------------------------------- */

void tcp_mark_lost(struct tcp_conn *c, struct tcp_chunk *k)
{
	struct tcp_busy *b = c->busy;
	uint32_t n = chunk_space(k);

	if (k->flags & CHUNK_SACKED)
		return;
	if (k->flags & CHUNK_AGAIN) {
		k->flags &= (uint8_t)~CHUNK_AGAIN;
		b->again -= n;
	}
	if (!(k->flags & CHUNK_LOST)) {
		k->flags |= CHUNK_LOST;
		b->lost += n;
	}
	tcp_chunk_untime(c, k);
	if (k->flags & CHUNK_PROBE)
		b->mtu.is_lost = true;
	if (!b->retry || seq_lt(k->seq, b->retry->seq))
		b->retry = k;
}

static void mark_sacked(struct tcp_conn *c, struct tcp_chunk *k, struct tcp_ack_news *news)
{
	struct tcp_busy *b = c->busy;
	uint32_t n = chunk_space(k);

	if (k->flags & CHUNK_LOST)
		b->lost -= n;
	if (k->flags & CHUNK_AGAIN)
		b->again -= n;
	if (k->flags & CHUNK_EVER_AGAIN)
		news->again_acked = true;
	else
		news->original_acked = true;
	if (k->flags & CHUNK_PROBE)
		tcp_mtu_arrived(c, k);
	k->flags &= (uint8_t)~(CHUNK_LOST | CHUNK_AGAIN);
	k->flags |= CHUNK_SACKED;
	b->sacked += n;
	news->sacked += n;
	news->delivered += n;
	tcp_rack_learn(c, k, news);
	tcp_chunk_untime(c, k);
}

/* ---- SACK ---------------------------------------------------------------------------- */

/*
 * The part of @k that lies in the block as a chunk of its own, or NULL.  Cut only where segments
 * were: so nobody can make crumbs of the queue (H40, H41).
 */
static struct tcp_chunk *part_of(
	struct tcp_conn *c, struct tcp_chunk *k, nod_seq left, nod_seq right)
{
	if (seq_gt(left, k->seq)) {
		uint32_t off = left - k->seq;

		off = (off + c->snd_mss - 1) / c->snd_mss * c->snd_mss;
		if (off >= k->len || !tcp_chunk_cut(c, k, k->seq + off))
			return NULL;
		k = k->next;
	}
	if (seq_lt(right, chunk_end(k))) {
		uint32_t off = seq_gt(right, k->seq) ? right - k->seq : 0;

		off = off / c->snd_mss * c->snd_mss;
		if (!off || !tcp_chunk_cut(c, k, k->seq + off))
			return NULL;
	}
	return k;
}

static void block_apply(
	struct tcp_conn *c, nod_seq left, nod_seq right, struct tcp_ack_news *news)
{
	struct tcp_busy *b = c->busy;
	struct tcp_chunk *k = b->sack_at && seq_le(b->sack_at->seq, left) ? b->sack_at : b->first;

	for (; k && k != b->unsent && seq_lt(k->seq, right); k = k->next) {
		if (seq_le(chunk_end(k), left))
			continue;
		if (!(k->flags & CHUNK_SACKED)) {
			struct tcp_chunk *part = part_of(c, k, left, right);

			if (!part)
				continue;
			k = part;
			mark_sacked(c, k, news);
		}
		b->sack_at = k;
	}
}

/* RFC 2883 4: the first block tells of something that came twice. */
static bool is_dsack(const struct tcp_conn *c, const struct tcp_seg *s)
{
	nod_seq left = s->o.sack[0].left, right = s->o.sack[0].right;

	if (seq_le(right, s->ack))
		return seq_lt(left, right) && seq_ge(left, c->snd_una - c->snd_wnd_most);
	return s->o.n_sack > 1 && seq_le(s->o.sack[1].left, left) &&
		seq_ge(s->o.sack[1].right, right) && seq_lt(left, right);
}

static void dsack(struct tcp_conn *c, const struct tcp_seg *s, struct tcp_ack_news *news)
{
	struct tcp_busy *b = c->busy;
	uint32_t n = s->o.sack[0].right - s->o.sack[0].left;

	tcp_count(&c->n_dsacks);
	news->has_dsack = true;
	if (b->undo_again > n)
		b->undo_again -= n;
	else
		b->undo_again = 0;
	/* RFC 8985 6.2 step 4: it was reordering, and the window for it was too small */
	if (b->rack_wnd_mult < REORDER_MULT_MOST)
		b->rack_wnd_mult++;
	c->reordering_seen = true;
	/* RFC 8985 7.4.2: the tail had not been lost */
	if (c->tlp_is_out && c->tlp_is_again && seq_ge(c->snd_una, b->tlp_end))
		c->tlp_is_out = false;
}

void tcp_sack_apply(struct tcp_conn *c, const struct tcp_seg *s, struct tcp_ack_news *news)
{
	struct tcp_busy *b = c->busy;
	struct tcp_sack now[4] = { { 0, 0 } };
	unsigned first = 0;

	if (s->o.n_sack && is_dsack(c, s)) {
		dsack(c, s, news);
		first = 1;
	}
	for (unsigned i = first; i < s->o.n_sack; i++) {
		nod_seq left = s->o.sack[i].left, right = s->o.sack[i].right;
		bool is_known = false;

		/* H40: only what has been sent and is not acknowledged */
		if (!seq_lt(left, right) || seq_gt(right, c->snd_nxt) || seq_le(right, c->snd_una))
			continue;
		if (seq_lt(left, c->snd_una))
			left = c->snd_una;
		for (unsigned j = 0; j < 4; j++)
			is_known = is_known ||
				(b->seen[j].left == left && b->seen[j].right == right);
		now[i] = (struct tcp_sack){ left, right };
		if (!is_known)
			block_apply(c, left, right, news);
	}
	memcpy(b->seen, now, sizeof(now));
}

/* ---- RACK: RFC 8985 ------------------------------------------------------------------ */

static bool sent_after(nod_ns at, nod_seq end, nod_ns at2, nod_seq end2)
{
	return at > at2 || (at == at2 && seq_gt(end, end2));
}

/* Steps 1 to 3: @k has arrived. */
void tcp_rack_learn(struct tcp_conn *c, const struct tcp_chunk *k, struct tcp_ack_news *news)
{
	struct tcp_busy *b = c->busy;
	nod_ns rtt = c->tcp->core->now - k->sent_at;
	nod_seq end = chunk_end(k);

	if (k->flags & CHUNK_EVER_AGAIN) {
		/* the ACK may be for the original: then it came too soon */
		if (news->ts_says_original || rtt < (nod_ns)c->min_rtt_us * NOD_US)
			return;
	} else if (b->rack_at && seq_lt(end, b->rack_fack)) {
		uint32_t by = (b->rack_fack - k->seq) / c->snd_mss;

		c->reordering_seen = true; /* step 3 */
		if (by > c->reordering)
			c->reordering = (uint16_t)(by < UINT16_MAX ? by : UINT16_MAX);
	}
	if (!b->rack_at || seq_gt(end, b->rack_fack))
		b->rack_fack = end;
	if (!b->rack_at || sent_after(k->sent_at, end, b->rack_at, b->rack_end)) {
		b->rack_at = k->sent_at;
		b->rack_end = end;
		b->rack_rtt_us = (uint32_t)(rtt / NOD_US);
	}
}

/* Step 4: how long a segment may be late because others overtook it; ns. */
static nod_ns reordering_window(const struct tcp_conn *c)
{
	nod_ns wnd, most = (nod_ns)c->srtt_us * NOD_US;

	if (!c->reordering_seen &&
		(c->phase == TCP_RECOVERY || c->phase == TCP_LOSS ||
			c->busy->sacked >= (uint32_t)TCP_DUP_THRESH * c->snd_mss))
		return 0;
	if (c->min_rtt_us == UINT32_MAX)
		return 0;
	wnd = (nod_ns)c->min_rtt_us * NOD_US / REORDER_DIVISOR * c->busy->rack_wnd_mult;
	return wnd < most ? wnd : most;
}

/* Step 5.  Octets newly lost. */
static uint32_t rack_detect(struct tcp_conn *c)
{
	struct tcp_busy *b = c->busy;
	nod_ns now = c->tcp->core->now, wait = 0;
	nod_ns patience = (nod_ns)b->rack_rtt_us * NOD_US + reordering_window(c);
	uint32_t lost = 0;

	for (struct tcp_chunk *k = b->oldest, *next; k && b->rack_at; k = next) {
		nod_ns left = k->sent_at + patience - now;

		next = k->newer;
		if (!sent_after(b->rack_at, b->rack_end, k->sent_at, chunk_end(k)))
			break;
		if (left <= 0) {
			lost += chunk_space(k);
			tcp_mark_lost(c, k);
		} else if (left > wait) {
			wait = left;
		}
	}
	tcp_due(c, TCP_DUE_RACK, wait ? now + wait : NOD_FOREVER);
	return lost;
}

/* ---- the congestion window ----------------------------------------------------------- */

static void remember(struct tcp_conn *c)
{
	struct tcp_busy *b = c->busy;

	b->prior_cwnd = c->cwnd;
	b->prior_ssthresh = c->ssthresh;
	b->undo_seq = c->snd_una;
	b->undo_again = 0;
	b->undo_ts = 0;
	c->may_undo = true;
}

void tcp_reduce(struct tcp_conn *c, enum tcp_phase phase, const struct tcp_ack_news *news)
{
	struct tcp_busy *b = c->busy;

	remember(c);
	b->recover = c->snd_nxt;
	/* RFC 9937 6.1, RecoverFS: what was under way before this ACK, and had not been SACKed */
	b->recover_flight = c->snd_nxt - c->snd_una - b->sacked + news->delivered;
	if (!b->recover_flight)
		b->recover_flight = 1;
	c->ssthresh = b->cc->lost(c, phase == TCP_REDUCED);
	b->prr_delivered = b->prr_out = 0;
	c->phase = (uint8_t)phase;
	if (phase == TCP_REDUCED)
		c->may_undo = false;
}

/* RFC 9937: as much leaves as has arrived, in the proportion by which the window is reduced. */
static void prr(struct tcp_conn *c, const struct tcp_ack_news *news)
{
	struct tcp_busy *b = c->busy;
	uint32_t flight = tcp_in_flight(c);
	int64_t n;

	if (!news->delivered && b->prr_out) /* what was found lost makes room for itself */
		return;
	b->prr_delivered += news->delivered;
	if (flight > c->ssthresh) {
		n = (int64_t)(((uint64_t)b->prr_delivered * c->ssthresh + b->recover_flight - 1) /
			    b->recover_flight) -
			b->prr_out;
	} else {
		n = (int64_t)b->prr_delivered - b->prr_out;
		if (n < (int64_t)news->delivered)
			n = news->delivered;
		if (news->acked && !news->lost) /* it is getting on: SafeACK */
			n += c->snd_mss;
		if (n > (int64_t)c->ssthresh - flight)
			n = (int64_t)c->ssthresh - flight;
	}
	if (n < 0)
		n = 0;
	if (!b->prr_out && n < c->snd_mss) /* the retransmission itself */
		n = c->snd_mss;
	c->cwnd = flight + (uint32_t)n;
}

static void recovered(struct tcp_conn *c)
{
	if (c->phase == TCP_RECOVERY || c->phase == TCP_REDUCED)
		c->cwnd = c->ssthresh > 2u * c->snd_mss ? c->ssthresh : 2u * c->snd_mss;
	c->phase = c->busy->sacked ? TCP_DISORDER : TCP_OPEN;
	c->may_undo = false;
	c->frto = false;
	c->dup_acks = 0;
	c->busy->undo_ts = 0;
}

/* It had not been lost: as if nothing had been done (RFC 4015 3). */
static void undo(struct tcp_conn *c, const char *why)
{
	struct tcp_busy *b = c->busy;

	for (struct tcp_chunk *k = b->first; k && k != b->unsent; k = k->next) {
		if (!(k->flags & CHUNK_LOST))
			continue;
		k->flags &= (uint8_t)~(CHUNK_LOST | CHUNK_AGAIN);
		tcp_chunk_time(c, k);
	}
	b->lost = b->again = 0;
	b->retry = NULL;
	if (c->cwnd < b->prior_cwnd)
		c->cwnd = b->prior_cwnd;
	if (c->ssthresh < b->prior_ssthresh)
		c->ssthresh = b->prior_ssthresh;
	b->cc->undone(c);
	c->may_undo = false;
	c->frto = false;
	b->undo_ts = 0;
	c->phase = b->sacked ? TCP_DISORDER : TCP_OPEN;
	c->dup_acks = 0;
	NOTE(c->tcp->core, NOD_EV_TCP_UNDO, .src = ipa_to_addr(&c->flow.local, 0),
		.dst = ipa_to_addr(&c->flow.remote, 0), .src_port = c->flow.local_port,
		.dst_port = c->flow.remote_port, .why = why);
}

static void enter_recovery(
	struct tcp_conn *c, const struct tcp_ack_news *news, const char *why)
{
	tcp_reduce(c, TCP_RECOVERY, news);
	tcp_count(&c->n_fast);
	NOTE(c->tcp->core, NOD_EV_TCP_FAST, .src = ipa_to_addr(&c->flow.local, 0),
		.dst = ipa_to_addr(&c->flow.remote, 0), .src_port = c->flow.local_port,
		.dst_port = c->flow.remote_port, .why = why);
}

/* ---- without SACK: RFC 5681 3.2, RFC 6582 -------------------------------------------- */

/* The first segment is lost. */
static uint32_t head_is_lost(struct tcp_conn *c)
{
	struct tcp_chunk *k = c->busy->first;

	if (!k || k == c->busy->unsent || (k->flags & CHUNK_LOST && !(k->flags & CHUNK_AGAIN)))
		return 0;
	if (k->len > c->snd_mss && !tcp_chunk_cut(c, k, k->seq + c->snd_mss))
		return 0;
	tcp_mark_lost(c, k);
	return chunk_space(k);
}

static uint32_t reno_detect(struct tcp_conn *c, const struct tcp_ack_news *news)
{
	if (news->is_dup && c->dup_acks < UINT8_MAX && tcp_dup_counts(c))
		c->dup_acks++;
	if (news->acked) {
		uint32_t segments = (news->acked + c->snd_mss - 1) / c->snd_mss;

		if (c->phase == TCP_RECOVERY && seq_lt(c->snd_una, c->busy->recover)) {
			/* a partial ACK: the next is lost, too */
			c->dup_acks = (uint8_t)(c->dup_acks > segments - 1 ?
					c->dup_acks - (segments - 1) :
					0);
			return head_is_lost(c);
		}
		c->dup_acks = 0;
		return 0;
	}
	if (c->dup_acks == TCP_DUP_THRESH && (c->phase == TCP_OPEN || c->phase == TCP_DISORDER) &&
		seq_ge(c->snd_una, c->busy->recover_done)) /* RFC 6582 3.2 step 2 */
		return head_is_lost(c);
	return 0;
}

/* ---- after a time-out: RFC 5682 3.1 -------------------------------------------------- */

/* Whether more is to be done in this phase by the usual rules. */
static void loss_phase(struct tcp_conn *c, const struct tcp_ack_news *news)
{
	struct tcp_busy *b = c->busy;

	if (!c->frto)
		return;
	if (news->original_acked) { /* step 3b: what was sent before the time-out arrived */
		undo(c, "F-RTO: what was sent first has arrived");
		return;
	}
	if (seq_gt(c->snd_nxt, b->frto_seq)) {
		if (news->sacked || news->is_dup)
			c->frto = false; /* step 3a: it was lost */
	} else if (news->acked) {
		/* step 2b: new data, not more of the old */
		b->frto_seq = c->snd_nxt;
		if (!b->unsent || seq_ge(c->snd_nxt, c->snd_una + c->snd_wnd))
			c->frto = false;
	}
}

/* RFC 2018 8: the receiver has thrown away what it had SACKed; it may (SACK-2). */
static void forget_sacks(struct tcp_conn *c)
{
	struct tcp_busy *b = c->busy;

	for (struct tcp_chunk *k = b->first; k && k != b->unsent; k = k->next)
		k->flags &= (uint8_t)~CHUNK_SACKED;
	b->sacked = 0;
	b->sack_at = NULL;
	memset(b->seen, 0, sizeof(b->seen));
}

/* The path carries less than was sent: again in smaller pieces, no congestion (RFC 1191 6.5). */
void tcp_loss_too_big(struct tcp_conn *c)
{
	for (struct tcp_chunk *k = c->busy->first; k && k != c->busy->unsent; k = k->next)
		if (k->len > c->snd_mss)
			tcp_mark_lost(c, k);
	tcp_owe(c);
}

void tcp_loss_timeout(struct tcp_conn *c)
{
	struct tcp_busy *b = c->busy;

	if (b->first && b->first->flags & CHUNK_SACKED)
		forget_sacks(c);

	bool is_first = c->phase != TCP_LOSS || seq_gt(c->snd_una, b->undo_seq);

	if (c->phase != TCP_LOSS && c->phase != TCP_RECOVERY) {
		remember(c);
		c->ssthresh = b->cc->lost(c, false); /* RFC 5681 (4) */
		c->frto = c->snd_una != c->snd_nxt;
	} else if (is_first && c->phase == TCP_LOSS) {
		c->ssthresh = b->cc->lost(c, false);
		c->frto = false;
	}
	b->frto_seq = c->snd_nxt;
	c->phase = TCP_LOSS;
	b->recover = c->snd_nxt;
	b->recover_done = c->snd_nxt;
	c->dup_acks = 0;
	c->tlp_is_out = false;
	b->cc->timed_out(c);
	for (struct tcp_chunk *k = b->first; k && k != b->unsent; k = k->next)
		tcp_mark_lost(c, k);
	tcp_mtu_unknown(c);
	c->cwnd = tcp_in_flight(c) + c->snd_mss; /* LW, RFC 5681 3.1 */
	tcp_due(c, TCP_DUE_RACK, NOD_FOREVER);
}

/* ---- the whole ----------------------------------------------------------------------- */

static void try_undo(struct tcp_conn *c, const struct tcp_ack_news *news)
{
	if (!c->may_undo)
		return;
	if (news->acked && news->ts_says_original && news->again_acked)
		undo(c, "its time stamp is older than what was sent again"); /* RFC 3522 */
	else if (news->has_dsack && !c->busy->undo_again && c->n_retransmitted)
		undo(c, "all that was sent again had arrived before"); /* RFC 3708 */
}

void tcp_loss_detect(struct tcp_conn *c, const struct tcp_seg *s, struct tcp_ack_news *news)
{
	struct tcp_busy *b = c->busy;

	(void)s;
	/* nothing is missing and nothing being repaired: the usual case */
	if (c->phase == TCP_OPEN && !b->sacked && !news->is_dup && !c->dup_acks)
		return;
	try_undo(c, news);
	if (c->phase >= TCP_REDUCED && seq_ge(c->snd_una, b->recover)) {
		b->recover_done = b->recover;
		recovered(c);
	}
	if (c->phase == TCP_LOSS)
		loss_phase(c, news);
	news->lost = c->has_sack ? rack_detect(c) : reno_detect(c, news);
	if (b->mtu.probe)
		tcp_mtu_judge(c, &news->lost);
	if (c->phase == TCP_OPEN && (b->sacked || c->dup_acks))
		c->phase = TCP_DISORDER;
	else if (c->phase == TCP_DISORDER && !b->sacked && !c->dup_acks)
		c->phase = TCP_OPEN;
	if (news->lost && c->phase < TCP_RECOVERY)
		enter_recovery(c, news, c->has_sack ? "later ones have arrived" : "duplicate ACKs");
	if (c->phase == TCP_RECOVERY || c->phase == TCP_REDUCED)
		prr(c, news);
	if (b->lost > b->again || c->phase != TCP_OPEN)
		tcp_owe(c);
}

void tcp_rack_due(struct tcp_conn *c)
{
	struct tcp_ack_news news = { .rtt = -1 };

	news.lost = rack_detect(c);
	if (c->busy->mtu.probe)
		tcp_mtu_judge(c, &news.lost);
	if (news.lost && c->phase < TCP_RECOVERY)
		enter_recovery(c, &news, "it is late by more than the others were reordered");
	if (c->phase == TCP_RECOVERY)
		prr(c, &news);
	tcp_owe(c);
}
