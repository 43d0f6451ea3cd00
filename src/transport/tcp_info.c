/* SPDX-License-Identifier: ISC */
/*
 * tcp_info.c - a connection as others may see it
 *
 * RFC 9293 3.9.1.5 (STATUS), RFC 4898's sort of numbers.
 *
 * Neighbours: nod/tcp.h (what each means).
 */
#include "nod/tcp.h"

#include "tcp_internal.h"

const char *nod_tcp_state_name(unsigned state)
{
	return tcp_state_name((enum tcp_state)state);
}

uint32_t tcp_segment_size(const struct tcp_conn *c)
{
	return c->snd_mss;
}

void tcp_set_quick(struct tcp_conn *c, bool on)
{
	c->is_pingpong = !on;
	if (!on)
		return;
	c->quick_acks = TCP_QUICK_ACKS;
	if (c->ack_delayed) {
		c->ack_now = true;
		tcp_owe(c);
	}
}

bool tcp_is_quick(const struct tcp_conn *c)
{
	return !c->is_pingpong;
}

/* ---- what it waits for --------------------------------------------------------------- */

/*
 * As Linux has it: of what is not sent, and fits the congestion window, the peer's window is to
 * blame; when there is nothing to send though there is room for it, the buffer.  It counts in its
 * clock's ticks, and so is this: whole milliseconds, where what is shorter counts now and then.
 */
static enum tcp_limit limit_of(const struct tcp_conn *c)
{
	const struct tcp_busy *b = c->busy;
	uint32_t unsent = tcp_unsent(c), next = unsent < c->snd_mss ? unsent : c->snd_mss;
	bool is_cwnd_full;

	if (!b->first)
		return TCP_LIMIT_NONE;
	if (c->state < TCP_ESTABLISHED)
		return TCP_LIMIT_PATH;
	is_cwnd_full = tcp_in_flight(c) + c->snd_mss > c->cwnd;
	if (b->unsent && !is_cwnd_full &&
		(int32_t)(c->snd_una + c->snd_wnd - c->snd_nxt) < (int32_t)next)
		return TCP_LIMIT_PEER;
	if (!b->unsent && !is_cwnd_full && c->was_cut_short)
		return TCP_LIMIT_BUFFER;
	return TCP_LIMIT_PATH;
}

void tcp_limit_note(struct tcp_conn *c)
{
	struct tcp_busy *b = c->busy;
	enum tcp_limit limit = limit_of(c);
	uint32_t now = tcp_ms(c->tcp), span = now - b->limit_since;

	if (limit == b->limit)
		return;
	c->busy_ms += b->limit != TCP_LIMIT_NONE ? span : 0;
	c->peer_limited_ms += b->limit == TCP_LIMIT_PEER ? span : 0;
	c->buffer_limited_ms += b->limit == TCP_LIMIT_BUFFER ? span : 0;
	b->limit = (uint8_t)limit;
	b->limit_since = now;
}

/* @ms, and what has passed since, if that is counted with it. */
static nod_ns limited_for(const struct tcp_conn *c, uint32_t ms, bool is_counted)
{
	return ms * NOD_MS + (is_counted ? tcp_since(c, c->busy->limit_since) : 0);
}

/* ---- all of it ----------------------------------------------------------------------- */

void tcp_info(const struct tcp_conn *c, struct nod_tcp_info *out)
{
	const struct tcp_busy *b = c->busy;

	*out = (struct nod_tcp_info){
		.state = c->state,
		.phase = c->phase,
		.backoff = c->backoff,
		.snd_scale = c->snd_scale,
		.rcv_scale = c->rcv_scale,
		.has_timestamps = c->has_ts,
		.has_sack = c->has_sack,
		.has_ecn = c->has_ecn,
		.has_syn_data = c->fast_data,
		.rtt = (nod_ns)c->srtt_us * NOD_US,
		.rtt_variation = (nod_ns)c->rttvar_us * NOD_US,
		.rtt_least = c->min_rtt_us == UINT32_MAX ? 0 : (nod_ns)c->min_rtt_us * NOD_US,
		.rto = tcp_rto(c),
		.snd_mss = c->snd_mss,
		.rcv_mss = c->rcv_mss,
		.path_mtu = c->path_mtu,
		.mtu_held_to = c->mtu_low,
		.mtu_probe = c->busy->mtu.probe,
		.black_holes = c->n_black_holes,
		.reordering = c->reordering,
		.cwnd = c->cwnd,
		.ssthresh = c->ssthresh,
		.in_flight = tcp_in_flight(c),
		.unacked = c->snd_nxt - c->snd_una,
		.unsent = tcp_unsent(c),
		.sacked = b->sacked,
		.lost = b->lost,
		.again = b->again,
		.snd_wnd = c->snd_wnd,
		.rcv_wnd = seq_gt(c->rcv_adv, c->rcv_nxt) ? c->rcv_adv - c->rcv_nxt : 0,
		.urgent = tcp_urgent(c),
		.readable = tcp_readable(c),
		.ahead = b->n_ahead,
		.retransmitted = c->n_retransmitted,
		.timeouts = c->n_timeouts,
		.fast_recoveries = c->n_fast,
		.tail_probes = c->n_tlp,
		.spurious = c->n_dsacks,
		.since_sent = tcp_since(c, c->last_sent),
		.since_received = tcp_since(c, c->last_received),
		.since_data = tcp_since(c, c->last_data),
		.octets_in = c->octets_in,
		.octets_out = c->octets_out,
		.segments_in = c->segments_in,
		.segments_out = c->segments_out,
		.delivered = c->delivered,
		.pacing_rate = tcp_pace_rate(c),
		.busy_for = limited_for(c, c->busy_ms, b->limit != TCP_LIMIT_NONE),
		.peer_limited_for =
			limited_for(c, c->peer_limited_ms, b->limit == TCP_LIMIT_PEER),
		.buffer_limited_for =
			limited_for(c, c->buffer_limited_ms, b->limit == TCP_LIMIT_BUFFER),
	};
}
