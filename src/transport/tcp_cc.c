/* SPDX-License-Identifier: ISC */
/*
 * tcp_cc.c - the list of congestion controls, and NewReno
 *
 * RFC 5681 3.1 with appropriate byte counting (RFC 3465, L = 2; H58: an ACK that is split earns
 * nothing), MUST-19.
 *
 * Neighbours: tcp_cc.h.
 */
#include <string.h>

#include "tcp_internal.h"

const struct tcp_cc_ops *const tcp_cc_list[] = { &tcp_cc_cubic, &tcp_cc_reno, NULL };

const struct tcp_cc_ops *tcp_cc_find(const char *name)
{
	for (unsigned i = 0; tcp_cc_list[i]; i++)
		if (strcmp(tcp_cc_list[i]->name, name) == 0)
			return tcp_cc_list[i];
	return NULL;
}

uint32_t tcp_cc_slow_start(struct tcp_conn *c, uint32_t acked)
{
	uint32_t room = c->ssthresh - c->cwnd;
	uint32_t part = acked < room ? acked : room;

	c->cwnd += part;
	return acked - part;
}

static void init(struct tcp_conn *c)
{
	c->busy->cc_state = (struct tcp_cc_state){ 0 };
}

static void acked(struct tcp_conn *c, uint32_t n, nod_ns rtt)
{
	struct tcp_busy *b = c->busy;

	(void)rtt;
	if (c->cwnd < c->ssthresh)
		n = tcp_cc_slow_start(c, n);
	b->cc_state.rest += n;
	while (b->cc_state.rest >= c->cwnd) { /* a segment a round trip */
		b->cc_state.rest -= c->cwnd;
		c->cwnd += c->snd_mss;
	}
}

static uint32_t lost(struct tcp_conn *c, bool is_ecn)
{
	uint32_t half = c->cwnd / 2; /* RFC 5681 (4), with cwnd for FlightSize: RFC 9937 4 */

	(void)is_ecn;
	c->busy->cc_state.rest = 0;
	return half > 2u * c->snd_mss ? half : 2u * c->snd_mss;
}

static void nothing(struct tcp_conn *c)
{
	c->busy->cc_state.rest = 0;
}

const struct tcp_cc_ops tcp_cc_reno = {
	.name = "reno",
	.init = init,
	.acked = acked,
	.lost = lost,
	.timed_out = nothing,
	.undone = nothing,
	.restarted = nothing,
};
