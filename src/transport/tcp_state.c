/* SPDX-License-Identifier: ISC */
/*
 * tcp_state.c - the states of a connection: one function changes them
 *
 * RFC 9293 3.3.2, figure 5.  LISTEN is a listener's, not a connection's; SYN-RECEIVED of a
 * passive open is a half-open record (tcp_listen.c) and of a simultaneous open a connection
 * (MUST-10, MUST-11); TIME-WAIT is a record (tcp_wait.c), which a connection leaves behind.
 *
 * Neighbours: tcp_internal.h; tcp_call.c (what a program asks for), tcp_input.c.
 */
#include <errno.h>

#include "../network/dest.h"
#include "tcp_internal.h"

#define TO(s) (1u << TCP_##s)
static const uint16_t edges[TCP_STATES] = {
	/* the latter two by a listener: from a half-open record, or by Fast Open */
	[TCP_CLOSED] = TO(SYN_SENT) | TO(ESTABLISHED) | TO(SYN_RECEIVED),
	[TCP_SYN_SENT] = TO(SYN_RECEIVED) | TO(ESTABLISHED) | TO(CLOSED),
	/* not to FIN-WAIT-1: the SYN is still sent again, and the FIN waits (3.10.4) */
	[TCP_SYN_RECEIVED] = TO(ESTABLISHED) | TO(CLOSE_WAIT) | TO(CLOSED),
	[TCP_ESTABLISHED] = TO(FIN_WAIT_1) | TO(CLOSE_WAIT) | TO(CLOSED),
	[TCP_FIN_WAIT_1] = TO(FIN_WAIT_2) | TO(CLOSING) | TO(TIME_WAIT) | TO(CLOSED),
	[TCP_FIN_WAIT_2] = TO(TIME_WAIT) | TO(CLOSED),
	[TCP_CLOSE_WAIT] = TO(LAST_ACK) | TO(CLOSED),
	[TCP_CLOSING] = TO(TIME_WAIT) | TO(CLOSED),
	[TCP_LAST_ACK] = TO(CLOSED),
	[TCP_TIME_WAIT] = TO(CLOSED),
};

const char *tcp_state_name(enum tcp_state s)
{
	static const char *const names[] = { "CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED",
		"ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT", "CLOSING", "LAST-ACK",
		"TIME-WAIT" };

	_Static_assert(sizeof(names) / sizeof(names[0]) == TCP_STATES, "names");
	return (unsigned)s < TCP_STATES ? names[s] : "";
}

/* ---- made and freed ------------------------------------------------------------------ */

struct tcp_conn *tcp_conn_new(struct tcp *t, const struct tcp_opt *opt)
{
	struct tcp_conn *c = tcp_store_take(&t->conns);

	if (!c)
		return NULL;
	c->tcp = t;
	c->busy = (struct tcp_busy *)&tcp_quiet;
	c->opt = opt;
	if (!tcp_rouse(c)) {
		tcp_store_give(&t->conns, c);
		return NULL;
	}
	intern_ref(opt);
	c->flow.kind = TCP_KIND_CONN;
	c->timer.fire = tcp_timer_fire;
	c->life_at = NOD_FOREVER;
	c->rto_us = TCP_RTO_FIRST / NOD_US;
	c->min_rtt_us = UINT32_MAX;
	c->ssthresh = UINT32_MAX;
	c->reordering = TCP_DUP_THRESH;
	c->quick_acks = TCP_QUICK_ACKS;
	c->last_received = c->last_sent = c->last_data = tcp_ms(t);
	return c;
}

/* Without a word to anybody; not in the accept queue any more. */
void tcp_conn_free(struct tcp_conn *c)
{
	struct tcp *t = c->tcp;

	c->is_orphan = false;
	tcp_count_leaving(c);
	tcp_fast_confirmed(c);
	tcp_disowe(c);
	timer_stop(&t->core->wheel, &c->timer);
	tcp_queue_clear(c);
	tcp_in_clear(c);
	tcp_unbusy(c);
	if (c->is_counted)
		tcp_unfile(t, &c->flow);
	if (c->way)
		dest_unref(t->net, c->way);
	intern_drop(&t->core->interns, c->opt);
	tcp_store_give(&t->conns, c);
}

/* ---- what is owed -------------------------------------------------------------------- */

void tcp_owe(struct tcp_conn *c)
{
	struct tcp *t = c->tcp;

	if (c->is_owing || c->state == TCP_CLOSED || !tcp_rouse(c))
		return;
	c->is_owing = true;
	c->busy->next = NULL;
	*t->last_owing = c;
	t->last_owing = &c->busy->next;
}

/* The list is short, and who leaves it is most often the first. */
void tcp_disowe(struct tcp_conn *c)
{
	struct tcp *t = c->tcp;
	struct tcp_conn **at = &t->owing;

	if (!c->is_owing)
		return;
	while (*at != c)
		at = &(*at)->busy->next;
	*at = c->busy->next;
	if (!*at)
		t->last_owing = at;
	c->is_owing = false;
	c->busy->next = NULL;
}

void tcp_count_leaving(struct tcp_conn *c)
{
	bool is_leaving = c->is_orphan &&
		(c->state == TCP_SYN_RECEIVED || c->state == TCP_FIN_WAIT_1 ||
			c->state == TCP_CLOSING || c->state == TCP_LAST_ACK);

	c->tcp->n_leaving += (uint32_t)is_leaving - (uint32_t)c->is_leaving;
	c->is_leaving = is_leaving;
}

void tcp_tell(struct tcp_conn *c)
{
	if (c->owner && !c->is_waiting)
		c->tcp->wake(c->owner);
}

/* ---- the states ---------------------------------------------------------------------- */

void tcp_note_state(struct tcp *t, const struct tcp_flow *f, enum tcp_state before,
	enum tcp_state next, const char *why)
{
	NOTE(t->core, NOD_EV_TCP_STATE, .src = ipa_to_addr(&f->local, f->interface),
		.dst = ipa_to_addr(&f->remote, f->interface), .src_port = f->local_port,
		.dst_port = f->remote_port, .from = before, .to = next, .why = why);
}

void tcp_enter(struct tcp_conn *c, enum tcp_state next, const char *why)
{
	struct tcp_busy *b = c->busy;
	struct tcp *t = c->tcp;
	enum tcp_state before = c->state;

	assert(edges[before] & 1u << next);
	c->state = (uint8_t)next;
	tcp_count_leaving(c);
	if (before == TCP_CLOSED && next == TCP_ESTABLISHED)
		before = TCP_SYN_RECEIVED; /* its half-open record was */
	if (why)
		tcp_note_state(t, &c->flow, before, next, why);
	switch (next) {
	case TCP_ESTABLISHED:
		NOTE(t->core, c->is_active ? NOD_EV_TCP_OPEN : NOD_EV_TCP_ACCEPT,
			.src = ipa_to_addr(&c->flow.local, c->flow.interface),
			.dst = ipa_to_addr(&c->flow.remote, c->flow.interface),
			.src_port = c->flow.local_port, .dst_port = c->flow.remote_port);
		c->backoff = 0;
		if (c->is_active) /* nothing could come before */
			c->last_data = tcp_ms(t);
		b->trouble_at = 0;
		tcp_due(c, TCP_DUE_SEND, NOD_FOREVER);
		c->send_mode = TCP_SEND_NONE;
		b->cwr_seq = b->most_out_seq = c->snd_una;
		b->cc->init(c);
		b->cwr_seq = b->most_out_seq = c->snd_una;
		tcp_mtu_begin(c);
		tcp_keep_alive_start(c);
		tcp_send_buffer_tune(c);
		tcp_tell(c);
		break;
	case TCP_CLOSE_WAIT:
		tcp_tell(c);
		break;
	case TCP_FIN_WAIT_2:
		if (c->is_orphan) { /* H53: not for ever */
			nod_ns wait = c->opt->linger2_s ? c->opt->linger2_s * NOD_S : 60 * NOD_S;

			tcp_due(c, TCP_DUE_LIFE, t->core->now + wait);
		}
		break;
	case TCP_CLOSED:
		tcp_fast_confirmed(c);
		tcp_dues_clear(c);
		break;
	default:
		break;
	}
}

void tcp_finish(struct tcp_conn *c, int error, const char *why)
{
	struct tcp *t = c->tcp;

	if (c->state == TCP_CLOSED)
		return;
	if (error && !c->error)
		c->error = (uint16_t)error;
	if (error)
		NOTE(t->core, NOD_EV_TCP_BROKEN,
			.src = ipa_to_addr(&c->flow.local, c->flow.interface),
			.dst = ipa_to_addr(&c->flow.remote, c->flow.interface),
			.src_port = c->flow.local_port, .dst_port = c->flow.remote_port,
			.to = error, .why = why);
	tcp_enter(c, TCP_CLOSED, why);
	tcp_disowe(c);
	tcp_queue_clear(c);
	if (c->is_counted)
		tcp_unfile(t, &c->flow);
	c->is_counted = false;
	if (c->way)
		dest_unref(t->net, c->way);
	c->way = NULL;
	if (c->is_orphan)
		tcp_conn_free(c);
	else
		tcp_tell(c); /* one in an accept queue stays there: accept() and read tell */
}

/* ---- sizes --------------------------------------------------------------------------- */

/* RFC 6928 2, in its octets: ten segments, but not more than 14,600 of them. */
uint32_t tcp_initial_window(uint32_t mss)
{
	uint32_t most = 2 * mss > 14600 ? 2 * mss : 14600;

	return 10 * mss < most ? 10 * mss : most;
}

/*
 * RFC 9293 3.7.1, MUST-16: what the peer takes, or the path, or the program; less the options
 * that every segment has.  Called again when the path's MTU has changed.
 */
void tcp_set_mss(struct tcp_conn *c)
{
	bool is_v4 = ipa_is_v4(&c->flow.remote);
	uint32_t headers = (is_v4 ? 20u : 40u) + TCP_HDR_LEAST;
	uint32_t mtu = c->way ? dest_pmtu(c->tcp->net, c->way) : c->path_mtu;
	uint32_t mss = c->peer_mss;

	c->path_mtu = (uint16_t)(mtu > UINT16_MAX ? UINT16_MAX : mtu);
	if (c->mtu_low && c->mtu_low < mtu)
		mtu = c->mtu_low;
	if (mtu > headers && mtu - headers < mss)
		mss = mtu - headers;
	if (c->opt->max_segment && c->opt->max_segment < mss)
		mss = c->opt->max_segment;
	if (mss < TCP_MSS_LEAST)
		mss = TCP_MSS_LEAST;
	if (c->has_ts)
		mss -= 12;
	c->snd_mss = (uint16_t)mss;
}
