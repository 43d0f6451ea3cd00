/* SPDX-License-Identifier: ISC */
/*
 * tcp_ack.c - what an acknowledgement does
 *
 * RFC 9293 3.10.7.4 (fifth), RFC 6298 2 to 4 (round trips; Karn: MUST-18), RFC 7323 4 (time
 * stamps), RFC 5961 5.2 (which acknowledgements are believed), RFC 3168 6.1.2 (ECN-Echo), RFC 5681
 * 3.1 with RFC 7661's care (a window that is not used does not grow).
 *
 * Neighbours: tcp_loss.c (what is lost), tcp_cc.h (by how much a window grows).
 */
#include "tcp_internal.h"

/* ---- round trips --------------------------------------------------------------------- */

void tcp_rtt_sample(struct tcp_conn *c, nod_ns rtt)
{
	uint32_t us = rtt / NOD_US > UINT32_MAX / 8 ? UINT32_MAX / 8 : (uint32_t)(rtt / NOD_US);
	uint32_t least = TCP_RTO_LEAST / NOD_US;

	if (!us)
		us = 1;
	if (us < c->min_rtt_us)
		c->min_rtt_us = us;
	if (!c->srtt_us) { /* RFC 6298 2.2 */
		c->srtt_us = us;
		c->rttvar_us = us / 2;
	} else { /* 2.3 */
		uint32_t off = us > c->srtt_us ? us - c->srtt_us : c->srtt_us - us;

		c->rttvar_us += off / 4 - c->rttvar_us / 4;
		c->srtt_us += us / 8 - c->srtt_us / 8;
		if (!c->srtt_us)
			c->srtt_us = 1;
	}
	c->rto_us = c->srtt_us + (4 * c->rttvar_us > least ? 4 * c->rttvar_us : least);
	if (c->rto_us > TCP_RTO_MOST / NOD_US)
		c->rto_us = TCP_RTO_MOST / NOD_US;
}

/* By its time stamp's echo, which must be one that we have sent lately (H60); -1: no. */
static nod_ns rtt_by_stamp(const struct tcp_conn *c, const struct tcp_seg *s)
{
	uint32_t ms;

	if (!c->has_ts || !s->o.has_timestamps || !s->o.ts_echo)
		return -1;
	ms = tcp_ts_now(c) - s->o.ts_echo;
	return ms < 600000 ? (nod_ns)(ms ? ms : 1) * NOD_MS : -1;
}

/* ---- the queue ----------------------------------------------------------------------- */

/* @k leaves: all of it has arrived. */
static void chunk_acked(struct tcp_conn *c, struct tcp_chunk *k, struct tcp_ack_news *news)
{
	struct tcp_busy *b = c->busy;
	uint32_t n = chunk_space(k);

	if (k->flags & CHUNK_SACKED)
		b->sacked -= n;
	else
		news->delivered += n;
	if (k->flags & CHUNK_LOST)
		b->lost -= n;
	if (k->flags & CHUNK_AGAIN)
		b->again -= n;
	if (k->flags & CHUNK_EVER_AGAIN) {
		news->again_acked = true;
		if (k->sent_at > news->again_at)
			news->again_at = k->sent_at;
	} else if (!(k->flags & CHUNK_SACKED)) {
		news->rtt = c->tcp->core->now - k->sent_at;
		news->original_acked = true;
	}
	if (!(k->flags & CHUNK_SACKED))
		tcp_rack_learn(c, k, news);
	if (k->flags & CHUNK_PROBE)
		tcp_mtu_arrived(c, k);
	tcp_chunk_free(c, k);
}

static void queue_acked(struct tcp_conn *c, nod_seq ack, struct tcp_ack_news *news)
{
	struct tcp_busy *b = c->busy;

	while (b->first && seq_lt(b->first->seq, ack) && b->first != b->unsent) {
		struct tcp_chunk *k = b->first;

		/* a part of it; without memory to cut it, it waits for the rest */
		if (seq_gt(chunk_end(k), ack) && !tcp_chunk_cut(c, k, ack))
			break;
		chunk_acked(c, k, news);
	}
	news->acked = ack - c->snd_una;
	c->snd_una = ack;
	/* marks that have been passed go along, lest they lie ahead once numbers have gone round */
	b->snd_small = seq_max(b->snd_small, c->snd_una);
	b->cwr_seq = seq_max(b->cwr_seq, c->snd_una);
	b->recover_done = seq_max(b->recover_done, c->snd_una);
	if (c->has_urgent_out && seq_le(b->snd_up, c->snd_una))
		c->has_urgent_out = false;
	b->sacked = c->has_sack ? b->sacked : 0;
}

/* ---- the window that the peer offers ------------------------------------------------- */

static void window_update(struct tcp_conn *c, const struct tcp_seg *s)
{
	bool was_shut = c->snd_una + c->snd_wnd == c->snd_nxt, was_shrunk = tcp_is_shrunk(c);

	if (!seq_lt(c->snd_wl1, s->seq) &&
		!(c->snd_wl1 == s->seq && seq_le(c->snd_wl2, s->ack)))
		return;
	c->snd_wnd = s->wnd;
	c->snd_wl1 = s->seq;
	c->snd_wl2 = s->ack;
	if (c->snd_wnd > c->snd_wnd_most)
		c->snd_wnd_most = c->snd_wnd;
	if (was_shrunk && !tcp_is_shrunk(c) && c->send_mode == TCP_SEND_RTO) {
		c->backoff = 0; /* it was no loss (SHLD-16, SHLD-17) */
		tcp_due(c, TCP_DUE_SEND, c->tcp->core->now + tcp_rto(c));
	}
	if (c->busy->unsent && c->send_mode == TCP_SEND_PERSIST && c->snd_wnd && was_shut)
		c->backoff = 0;
}

/* ---- ECN: RFC 3168 6.1.2 ------------------------------------------------------------- */

static void ecn_echo(
	struct tcp_conn *c, const struct tcp_seg *s, const struct tcp_ack_news *news)
{
	if (!c->has_ecn || !(s->flags & TCP_ECE) || s->flags & TCP_SYN ||
		(c->phase != TCP_OPEN && c->phase != TCP_DISORDER) ||
		seq_lt(c->snd_una, c->busy->cwr_seq)) /* once a round trip (H65) */
		return;
	NOTE(c->tcp->core, NOD_EV_TCP_ECN, .src = ipa_to_addr(&c->flow.local, 0),
		.dst = ipa_to_addr(&c->flow.remote, 0), .src_port = c->flow.local_port,
		.dst_port = c->flow.remote_port);
	tcp_reduce(c, TCP_REDUCED, news);
	c->busy->cwr_seq = c->snd_nxt;
	c->cwr_owed = true;
}

/* ---- the whole ----------------------------------------------------------------------- */

/* RFC 5681 2: nothing that would tell anything else. */
static bool is_duplicate(const struct tcp_conn *c, const struct tcp_seg *s, uint32_t wnd_before)
{
	return s->ack == c->snd_una && c->snd_una != c->snd_nxt && !s->len &&
		!(s->flags & (TCP_SYN | TCP_FIN)) && s->wnd == wnd_before;
}

static void grow(struct tcp_conn *c, const struct tcp_ack_news *news, bool was_limited)
{
	if (c->phase == TCP_RECOVERY || c->phase == TCP_REDUCED || !news->acked || !was_limited)
		return;
	if (c->cwnd < UINT32_MAX / 4)
		c->busy->cc->acked(c, news->delivered, news->rtt);
	tcp_send_buffer_tune(c);
}

static void tell_if_there_is_room(struct tcp_conn *c)
{
	if (!c->was_full || !tcp_is_writable(c))
		return;
	c->was_full = c->was_cut_short = false;
	tcp_tell(c);
}

/* RFC 9937 6.2: without SACK each duplicate ACK tells of one segment that has arrived. */
static void count_arrived(const struct tcp_conn *c, struct tcp_ack_news *news)
{
	uint32_t before = (uint32_t)c->dup_acks * c->snd_mss;

	if (news->is_dup && tcp_dup_counts(c))
		news->delivered += c->snd_mss;
	else if (!news->is_dup && before)
		news->delivered = news->delivered > before + c->snd_mss ?
			news->delivered - before :
			news->acked < c->snd_mss ? news->acked : c->snd_mss;
}

/*
 * An ACK that answers a second copy echoes the first one's stamp, which may be as old as the
 * time-out: that is no round trip.  With SACK the peer says so (RFC 2883); else it is so when what
 * is echoed is older than what was sent again, and there was time for that to get there and back.
 */
static bool answers_a_copy(
	const struct tcp_conn *c, const struct tcp_seg *s, const struct tcp_ack_news *news)
{
	uint32_t stamp = (uint32_t)(news->again_at / NOD_MS) + c->ts_offset;

	if (!news->again_acked || c->min_rtt_us == UINT32_MAX)
		return news->has_dsack;
	return seq_lt(s->o.ts_echo, stamp) &&
		c->tcp->core->now - news->again_at >= (nod_ns)c->min_rtt_us * NOD_US;
}

int tcp_acked(struct tcp_conn *c, const struct tcp_seg *s)
{
	struct tcp_busy *b = c->busy;
	struct tcp_ack_news news = { .rtt = -1 };
	uint32_t wnd_before = c->snd_wnd;
	bool was_limited = c->is_cwnd_limited ||
		(c->cwnd < c->ssthresh && (uint64_t)2 * b->most_out > c->cwnd);
	bool was_waiting = c->snd_una != c->snd_nxt;

	if (seq_lt(s->ack, c->snd_una - c->snd_wnd_most)) { /* RFC 5961 5.2, MAY-12 (H47) */
		tcp_challenge(c);
		return -1;
	}
	if (seq_gt(s->ack, c->snd_nxt)) { /* acknowledges what was never sent (H58) */
		tcp_challenge(c);
		return -1;
	}
	if (seq_lt(s->ack, c->snd_una)) { /* old: only its SACK blocks may tell something */
		if (c->has_sack && s->o.n_sack)
			tcp_sack_apply(c, s, &news);
		tcp_loss_detect(c, s, &news);
		return 0;
	}
	news.is_dup = is_duplicate(c, s, wnd_before);
	if (c->has_ts && s->o.has_timestamps && b->undo_ts && s->o.ts_echo)
		news.ts_says_original = seq_lt(s->o.ts_echo, b->undo_ts);
	if (seq_gt(s->ack, c->snd_una))
		queue_acked(c, s->ack, &news);
	if (c->has_sack && (s->o.n_sack || b->sacked))
		tcp_sack_apply(c, s, &news);
	window_update(c, s);
	if (news.acked) {
		nod_ns rtt;

		/* what else it acknowledges may have waited for what was sent again */
		if (news.again_acked || s->is_old_probe)
			news.rtt = -1;
		rtt = news.rtt >= 0 ? news.rtt :
			s->is_old_probe || answers_a_copy(c, s, &news) ? -1 :
						   rtt_by_stamp(c, s);

		if (rtt >= 0)
			tcp_rtt_sample(c, rtt);
		else /* Karn: what was backed off to holds until there is a round trip again */
			c->rto_us = (uint32_t)(tcp_rto(c) / NOD_US);
		c->backoff = 0;
		b->trouble_at = 0;
		c->busy->soft_error = 0;
		c->tlp_is_out = c->tlp_is_out && seq_lt(c->snd_una, b->tlp_end);
	} else if (c->send_mode == TCP_SEND_PERSIST) {
		b->trouble_at = 0;
	}
	if (!c->has_sack)
		count_arrived(c, &news);
	c->delivered += news.delivered;
	ecn_echo(c, s, &news);
	tcp_loss_detect(c, s, &news);
	grow(c, &news, was_limited);
	if (news.acked || (was_waiting && c->snd_una == c->snd_nxt) || news.sacked)
		tcp_set_send_timer(c);
	else if (c->send_mode == TCP_SEND_PERSIST && c->snd_wnd)
		tcp_set_send_timer(c);
	if (b->unsent || b->lost > b->again)
		tcp_owe(c);
	tell_if_there_is_room(c);
	if (!c->is_owing) /* else when it has been paid */
		tcp_limit_note(c);
	return 0;
}
