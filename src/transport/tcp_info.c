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
	};
}
