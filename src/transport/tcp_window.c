/* SPDX-License-Identifier: ISC */
/*
 * tcp_window.c - the window that is offered, and the tuning of both buffers
 *
 * RFC 9293 3.8.6 (MUST-39: silly windows are avoided; SHLD-14: the right edge never goes back;
 * MAY-8: shut as long as nobody reads); RFC 7323 2 (scale, which is chosen for the largest that
 * the buffer may become).  The receive buffer follows what a program reads in a round trip, twice
 * over, so that a sender that doubles is not held back; the send buffer follows the congestion
 * window.  What is offered begins with the SYN's window and grows twice as fast as octets come: so
 * a stranger cannot fill a large buffer at once, and no sender that starts slowly is held back.
 *
 * Neighbours: tcp_output.c asks for the window, tcp_call.c tells what was read.
 */
#include "tcp_internal.h"

enum { SCALE_MOST = 14 /* RFC 7323 2.3 */ };

static uint32_t buffer_most(const struct tcp *t, const struct tcp_opt *o)
{
	return o->receive_octets ? o->receive_octets : t->core->conf.tcp_receive_most;
}

uint8_t tcp_window_scale(const struct tcp *t, const struct tcp_opt *o)
{
	uint8_t scale = 0;

	while (scale < SCALE_MOST && UINT16_MAX << scale < (int64_t)buffer_most(t, o))
		scale++;
	return scale;
}

static uint32_t buffer_first(const struct tcp *t, const struct tcp_opt *o)
{
	return o->receive_octets ? o->receive_octets : t->core->conf.tcp_receive_octets;
}

uint32_t tcp_window_first(const struct tcp *t, const struct tcp_opt *o, uint32_t mss)
{
	uint32_t wnd = buffer_first(t, o);

	if (o->window_clamp && wnd > o->window_clamp)
		wnd = o->window_clamp;
	if (mss && wnd > mss)
		wnd = wnd / mss * mss;
	return wnd < UINT16_MAX ? wnd : UINT16_MAX; /* not scaled: RFC 7323 2.2 */
}

void tcp_window_init(struct tcp_conn *c)
{
	const struct tcp *t = c->tcp;

	c->rcv_buf = buffer_first(t, c->opt);
	c->snd_buf = c->opt->send_octets ? c->opt->send_octets : t->core->conf.tcp_send_octets;
	c->rcv_scale = tcp_window_scale(t, c->opt);
	c->busy->rcv_most = c->rcv_buf < UINT16_MAX ? c->rcv_buf : UINT16_MAX;
	c->rcv_mss = c->snd_mss;
}

static uint32_t room(const struct tcp_conn *c)
{
	uint32_t used = (uint32_t)c->busy->in.octets;
	uint32_t most = c->rcv_buf;

	if (c->opt->window_clamp && most > c->opt->window_clamp)
		most = c->opt->window_clamp;
	return used < most ? most - used : 0;
}

/* Octets that the peer may be offered. */
static uint32_t offerable(const struct tcp_conn *c)
{
	const uint32_t tellable = (uint32_t)UINT16_MAX << c->rcv_scale;
	uint32_t most = room(c);

	if (most > c->busy->rcv_most)
		most = c->busy->rcv_most;
	return most < tellable ? most : tellable;
}

bool tcp_is_window_shut(const struct tcp_conn *c)
{
	return room(c) < c->rcv_mss;
}

uint32_t tcp_window(struct tcp_conn *c)
{
	uint32_t offered = seq_gt(c->rcv_adv, c->rcv_nxt) ? c->rcv_adv - c->rcv_nxt : 0;
	uint32_t free = offerable(c);
	uint32_t step = c->rcv_buf / 2 < c->rcv_mss ? c->rcv_buf / 2 : c->rcv_mss;
	uint32_t most = (uint32_t)UINT16_MAX << c->rcv_scale;
	uint32_t unit = (1u << c->rcv_scale) - 1;

	if (free < offered + step || free < step) { /* MUST-39, SHLD-14 */
		/* not taken back by rounding, within bounds: who sends less than a unit at a time
		 * would never find it shut (RFC 7323 2.4) */
		free = (offered + unit) & ~unit;
		if (c->busy->in.octets + free > (uint64_t)c->rcv_buf + tcp_window_slack(c))
			free = offered;
	}
	free &= ~unit;
	if (free > most)
		free = most;
	c->rcv_adv = seq_max(c->rcv_adv, c->rcv_nxt + free);
	return free;
}

/* ---- tuning -------------------------------------------------------------------------- */

/* With time stamps by their echo, else by how long a window takes to come. */
void tcp_window_rtt(struct tcp_conn *c)
{
	struct tcp_busy *b = c->busy;
	nod_ns now = c->tcp->core->now;
	uint32_t us;

	if (c->srtt_us) {
		b->rcv_rtt_us = c->srtt_us;
		return;
	}
	if (!b->rcv_rtt_at || seq_ge(c->rcv_nxt, b->rcv_rtt_seq)) {
		if (b->rcv_rtt_at) {
			us = (uint32_t)((now - b->rcv_rtt_at) / NOD_US);
			if (!b->rcv_rtt_us || us < b->rcv_rtt_us)
				b->rcv_rtt_us = us ? us : 1;
		}
		b->rcv_rtt_at = now;
		b->rcv_rtt_seq = c->rcv_nxt + room(c);
	}
}

void tcp_window_grow(struct tcp_conn *c, uint32_t len)
{
	enum { WORTH_IT = 128 /* octets, as Linux: not by crumbs */ };
	uint32_t more = 2 * (len > c->rcv_mss ? len : c->rcv_mss);
	uint32_t rest = c->rcv_buf - c->busy->rcv_most;

	if (len >= WORTH_IT)
		c->busy->rcv_most += more < rest ? more : rest;
}

static void receive_buffer_tune(struct tcp_conn *c)
{
	struct tcp_busy *b = c->busy;
	nod_ns now = c->tcp->core->now;
	uint32_t most = c->tcp->core->conf.tcp_receive_most;
	uint64_t want;

	if (now - b->rcv_since < (nod_ns)b->rcv_rtt_us * NOD_US)
		return;
	want = 2 * (uint64_t)b->rcv_measured + 16u * c->rcv_mss;
	if (!c->opt->receive_octets && want > c->rcv_buf)
		c->rcv_buf = want < most ? (uint32_t)want : most;
	b->rcv_measured = 0;
	b->rcv_since = now;
}

void tcp_window_read(struct tcp_conn *c, uint32_t len)
{
	struct tcp_busy *b = c->busy;
	uint32_t offered, most;

	b->rcv_measured += len;
	c->octets_in += len;
	while (len) {
		struct pkt *p = b->in.first;

		b->in_memory -= tcp_pkt_memory(p);
		if (p->len <= len) {
			len -= p->len;
			pkt_free(pkt_queue_take(&b->in));
			continue;
		}
		pkt_cut_front(p, len);
		b->in.octets -= len;
		b->in_memory += tcp_pkt_memory(p);
		len = 0;
	}
	if (c->has_urgent_in && !tcp_urgent(c))
		c->has_urgent_in = false;
	receive_buffer_tune(c);
	/* tell the peer when what it may send has become twice as much, as Linux does */
	offered = seq_gt(c->rcv_adv, c->rcv_nxt) ? c->rcv_adv - c->rcv_nxt : 0;
	most = offerable(c);
	if (c->state >= TCP_ESTABLISHED && c->state <= TCP_FIN_WAIT_2 && !c->fin_received &&
		most >= 2 * offered && most >= offered + c->rcv_mss) {
		c->ack_now = true;
		tcp_owe(c);
	}
}

void tcp_send_buffer_tune(struct tcp_conn *c)
{
	uint32_t most = c->tcp->core->conf.tcp_send_most;
	uint64_t want = 2 * (uint64_t)c->cwnd + 16u * c->snd_mss;

	if (!c->opt->send_octets && want > c->snd_buf)
		c->snd_buf = want < most ? (uint32_t)want : most;
}
