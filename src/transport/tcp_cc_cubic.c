/* SPDX-License-Identifier: ISC */
/*
 * tcp_cc_cubic.c - CUBIC, with HyStart++ to end slow start in time
 *
 * RFC 9438: the window grows by the cube of the time since it was last reduced (C = 0.4, beta =
 * 0.7), and at least as Reno's would (4.3).  RFC 9406: when round trips get longer in slow start,
 * five rounds of slower growth decide whether that was the queue.
 *
 * Windows are octets here, in the RFC they are segments: W(t) - W_max = C (t - K)^3 with C in
 * segments per cubic second becomes C * mss.
 *
 * Neighbours: tcp_cc.h.
 */
#include "tcp_internal.h"

enum {
	BETA_N = 7, BETA_D = 10,     /* RFC 9438 4.6 */
	C_N = 4, C_D = 10,	     /* 5.1 */
	MS = 1000,
	/* RFC 9406 4.3 */
	RTT_LEAST_US = 4000, RTT_MOST_US = 16000, RTT_DIVISOR = 8, SAMPLES = 8, CSS_GROWTH = 4,
	CSS_ROUNDS = 5,
};

/* The largest r with r^3 <= @n. */
static uint32_t cube_root(uint64_t n)
{
	uint64_t low = 0, high = 2642245; /* 2642245^3 < 2^64 */

	while (low < high) {
		uint64_t mid = (low + high + 1) / 2;

		if (mid * mid * mid <= n)
			low = mid;
		else
			high = mid - 1;
	}
	return (uint32_t)low;
}

/* RFC 9438 4.2: K = cbrt((W_max - cwnd) / C), here in milliseconds. */
static uint32_t k_of(const struct tcp_conn *c, uint32_t w_max)
{
	uint64_t segments_milli;

	if (w_max <= c->cwnd)
		return 0;
	segments_milli = (uint64_t)(w_max - c->cwnd) * 1000 / c->snd_mss;
	/* cbrt(x / C) s = cbrt(x / C * 10^9) ms */
	return cube_root(segments_milli * C_D / C_N * 1000000);
}

static void epoch_begin(struct tcp_conn *c)
{
	struct tcp_cc_state *s = &c->busy->cc_state;

	s->epoch_at = c->tcp->core->now;
	if (c->w_max < c->cwnd)
		c->w_max = c->cwnd;
	s->k_ms = k_of(c, c->w_max);
	s->w_est = c->cwnd;
}

/* W_cubic(@t_ms), RFC 9438 (1); octets. */
static uint64_t w_cubic(const struct tcp_conn *c, uint64_t t_ms)
{
	const struct tcp_cc_state *s = &c->busy->cc_state;
	uint64_t d = t_ms > s->k_ms ? t_ms - s->k_ms : s->k_ms - t_ms;
	uint64_t grown;

	if (d > 1000000) /* a quarter of an hour: more than any window */
		d = 1000000;
	grown = d * d * d / 1000000 * C_N / C_D * c->snd_mss / MS;
	if (t_ms > s->k_ms)
		return c->w_max + grown;
	return grown < c->w_max ? c->w_max - grown : 0;
}

/* ---- RFC 9406 ------------------------------------------------------------------------ */

static void round_begin(struct tcp_conn *c)
{
	struct tcp_cc_state *s = &c->busy->cc_state;

	s->last_rtt_us = s->round_rtt_us;
	s->round_rtt_us = UINT32_MAX;
	s->n_samples = 0;
	s->round_end = c->snd_nxt;
	s->has_round = true;
}

static uint32_t threshold(uint32_t rtt_us)
{
	uint32_t t = rtt_us / RTT_DIVISOR;

	return t < RTT_LEAST_US ? RTT_LEAST_US : t > RTT_MOST_US ? RTT_MOST_US : t;
}

static void hystart(struct tcp_conn *c, nod_ns rtt)
{
	struct tcp_cc_state *s = &c->busy->cc_state;

	if (!s->has_round) {
		s->round_rtt_us = UINT32_MAX;
		round_begin(c);
	}
	if (rtt >= 0) {
		uint32_t us = (uint32_t)(rtt / NOD_US);

		if (us < s->round_rtt_us)
			s->round_rtt_us = us;
		if (s->n_samples < UINT8_MAX)
			s->n_samples++;
	}
	if (s->n_samples >= SAMPLES && s->last_rtt_us != UINT32_MAX &&
		s->round_rtt_us != UINT32_MAX) {
		if (!s->is_css && s->round_rtt_us >= s->last_rtt_us + threshold(s->last_rtt_us)) {
			s->is_css = true;
			s->css_rtt_us = s->round_rtt_us;
			s->css_rounds = 0;
		} else if (s->is_css && s->round_rtt_us < s->css_rtt_us) {
			s->is_css = false; /* it was not the queue */
		}
	}
	if (seq_ge(c->snd_una, s->round_end)) {
		if (s->is_css && ++s->css_rounds >= CSS_ROUNDS)
			c->ssthresh = c->cwnd;
		round_begin(c);
	}
}

/* ---- the table ----------------------------------------------------------------------- */

static void init(struct tcp_conn *c)
{
	c->busy->cc_state = (struct tcp_cc_state){ 0 };
}

/* RFC 9438 4.3: as Reno's, with the factor that makes it fair. */
static void grow_estimate(struct tcp_conn *c, uint32_t n)
{
	struct tcp_cc_state *s = &c->busy->cc_state;
	/* alpha = 3 (1 - beta) / (1 + beta) = 0.53, and 1 once W_est has reached W_max */
	uint64_t alpha_milli = s->w_est < c->w_max ? 529 : 1000;

	s->w_est += (uint32_t)(alpha_milli * n * c->snd_mss / c->cwnd / 1000);
}

static void avoid(struct tcp_conn *c, uint32_t n)
{
	struct tcp_cc_state *s = &c->busy->cc_state;
	uint64_t t_ms, target, most;

	if (!s->epoch_at)
		epoch_begin(c);
	t_ms = (uint64_t)(c->tcp->core->now - s->epoch_at) / NOD_MS;
	grow_estimate(c, n);
	target = w_cubic(c, t_ms + c->srtt_us / 1000);
	most = (uint64_t)c->cwnd * 3 / 2; /* RFC 9438 4.2 */
	if (target > most)
		target = most;
	if (w_cubic(c, t_ms) < s->w_est) { /* the Reno-friendly region */
		if (s->w_est > c->cwnd)
			c->cwnd = s->w_est;
		return;
	}
	if (target <= c->cwnd)
		return;
	/* (target - cwnd) / cwnd of what was acknowledged */
	s->rest += (uint32_t)((target - c->cwnd) * n / c->cwnd);
	if (s->rest >= c->snd_mss) {
		c->cwnd += s->rest;
		s->rest = 0;
	}
}

static void acked(struct tcp_conn *c, uint32_t n, nod_ns rtt)
{
	if (c->cwnd < c->ssthresh) {
		hystart(c, rtt);
		if (c->cwnd < c->ssthresh)
			n = tcp_cc_slow_start(c, c->busy->cc_state.is_css ? n / CSS_GROWTH : n);
		if (c->cwnd < c->ssthresh)
			return;
	}
	if (n)
		avoid(c, n);
}

static uint32_t lost(struct tcp_conn *c, bool is_ecn)
{
	struct tcp_cc_state *s = &c->busy->cc_state;
	uint64_t less = (uint64_t)c->cwnd * BETA_N / BETA_D;

	(void)is_ecn;
	/* RFC 9438 4.7, fast convergence: who has less than before leaves room for others */
	c->w_max = c->cwnd < c->w_max ?
		(uint32_t)((uint64_t)c->cwnd * (BETA_D + BETA_N) / (2 * BETA_D)) :
		c->cwnd;
	s->epoch_at = 0;
	s->rest = 0;
	return less > 2u * c->snd_mss ? (uint32_t)less : 2u * c->snd_mss;
}

static void timed_out(struct tcp_conn *c)
{
	struct tcp_busy *b = c->busy;

	b->cc_state.epoch_at = 0;
	b->cc_state.has_round = b->cc_state.is_css = false; /* RFC 9438 4.8, RFC 9406 4.2 */
}

static void undone(struct tcp_conn *c)
{
	struct tcp_busy *b = c->busy;

	b->cc_state.epoch_at = 0; /* RFC 9438 4.9: as it was */
	if (c->w_max < c->cwnd)
		c->w_max = c->cwnd;
}

static void restarted(struct tcp_conn *c)
{
	c->busy->cc_state.epoch_at = 0; /* the time that was idle did not earn anything */
}

const struct tcp_cc_ops tcp_cc_cubic = {
	.name = "cubic",
	.init = init,
	.acked = acked,
	.lost = lost,
	.timed_out = timed_out,
	.undone = undone,
	.restarted = restarted,
};
