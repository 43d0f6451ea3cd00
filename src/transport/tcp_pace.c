/* SPDX-License-Identifier: ISC */
/*
 * tcp_pace.c - how fast: a program's rate, and the congestion window spread over a round trip
 *
 * Only of connections that ask for it (SO_MAX_PACING_RATE, conf.tcp_pacing).  A burst of a whole
 * window fills the queue of the first slow link; spread over the round trip it does not (RFC 9002
 * 7.7 has the same for QUIC, and RFC 6928 and 9406 recommend it).  The rate is Linux's: twice the
 * window a round trip in slow start, so that it can double, and 1.2 times later, so that it is the
 * window that limits.
 *
 * Each packet is due when those before it have had their time, counted from when they were due and
 * not from when they left: so a timer that is late costs no rate.  Who has been idle for long, or
 * is that late, catches up by PACE_CREDIT at most.
 *
 * Neighbours: tcp_output.c asks before it sends; tcp_timer.c wakes it.
 */
#include "tcp_internal.h"

#define PACE_CREDIT NOD_MS /* of the rate: a burst is this and a packet more */

uint64_t tcp_pace_rate(const struct tcp_conn *c)
{
	const uint64_t most = c->opt->pacing_most;
	uint64_t rate;

	if (!c->opt->is_paced)
		return 0;
	if (!c->srtt_us) /* nothing is known of the path yet */
		return most == UINT32_MAX ? 0 : most;
	rate = (uint64_t)c->cwnd * (c->cwnd < c->ssthresh / 2 ? 200 : 120) / 100 *
		(NOD_S / NOD_US) / c->srtt_us;
	return rate < most || most == UINT32_MAX ? rate : most;
}

bool tcp_pace_waits(struct tcp_conn *c)
{
	if (c->busy->pace_at <= c->tcp->core->now || c->state < TCP_ESTABLISHED)
		return false;
	tcp_due(c, TCP_DUE_PACE, c->busy->pace_at);
	return true;
}

void tcp_pace_sent(struct tcp_conn *c, uint32_t octets)
{
	uint64_t rate = tcp_pace_rate(c);
	nod_ns earliest = c->tcp->core->now - PACE_CREDIT;

	if (!rate || !octets)
		return;
	if (c->busy->pace_at < earliest)
		c->busy->pace_at = earliest;
	c->busy->pace_at += (nod_ns)((uint64_t)octets * NOD_S / rate);
}
