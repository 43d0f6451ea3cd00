/* SPDX-License-Identifier: ISC */
/*
 * tcp_busy.c - what a connection has only while it is not idle, given out and taken back
 *
 * Most of what a connection needs to move octets means nothing once all of them have arrived.  Of
 * a million connections few are busy at a time; the others are content with struct tcp_conn.
 *
 * A record is not taken back the moment its connection is quiet, for often the next segment is
 * near: conf.tcp_busy of them stay where they are.  Once there are as many, whoever needs one has a
 * look at those that nobody has looked at for longest, and the quiet ones give theirs back.  So
 * there are never more than these and the ones that are in use at one time, and a connection
 * that is busy pays nothing for it.
 *
 * Neighbours: tcp_internal.h (struct tcp_busy: who may write to it).
 */
#include "tcp_internal.h"

enum {
	LOOKED_AT = 4,	       /* for each that is taken: so their number falls again */
	LOOKED_AT_IN_NEED = 64 /* when there is no memory */
};

const struct tcp_busy tcp_quiet = {
	.due = { NOD_FOREVER, NOD_FOREVER, NOD_FOREVER, NOD_FOREVER },
};

_Static_assert(TCP_DUES_BUSY == 4, "tcp_quiet has nothing due");

/*
 * What is read in a round trip is being measured, and the buffer may have to grow for it: without
 * the record it would begin anew each time that all has been read.  Small requests do not count.
 */
static bool is_measuring(const struct tcp_conn *c)
{
	const struct tcp_busy *b = c->busy;

	return b->rcv_measured >= c->rcv_mss &&
		c->rcv_buf < c->tcp->core->conf.tcp_receive_most && !c->opt->receive_octets &&
		c->tcp->core->now - b->rcv_since <= 2 * (nod_ns)b->rcv_rtt_us * NOD_US;
}

/* Nothing of what is in the record would be missed. */
static bool is_quiet(const struct tcp_conn *c)
{
	const struct tcp_busy *b = c->busy;

	if (c->state == TCP_SYN_SENT || c->state == TCP_SYN_RECEIVED || c->phase != TCP_OPEN)
		return false;
	if (b->first || b->in.first || b->ahead)
		return false;
	if (c->snd_nxt != c->snd_una && c->state != TCP_CLOSED)
		return false;
	if (c->is_owing || c->ack_now || c->ack_delayed || c->has_urgent_in)
		return false;
	if ((b->pace_at > c->tcp->core->now || is_measuring(c)) && c->state != TCP_CLOSED)
		return false;
	for (unsigned i = 0; i < TCP_DUES_BUSY; i++)
		if (b->due[i] != NOD_FOREVER)
			return false;
	return true;
}

static void line_up(struct tcp *t, struct tcp_busy *b)
{
	b->younger = NULL;
	b->place = t->youngest_busy;
	*t->youngest_busy = b;
	t->youngest_busy = &b->younger;
}

static void step_out(struct tcp *t, struct tcp_busy *b)
{
	*b->place = b->younger;
	if (b->younger)
		b->younger->place = b->place;
	else
		t->youngest_busy = b->place;
}

static void look_at_oldest(struct tcp *t, unsigned most)
{
	for (struct tcp_busy *b; most-- && (b = t->oldest_busy);) {
		if (is_quiet(b->conn)) {
			tcp_unbusy(b->conn);
		} else {
			step_out(t, b);
			line_up(t, b);
		}
	}
}

void tcp_unbusy(struct tcp_conn *c)
{
	struct tcp *t = c->tcp;

	if (!tcp_is_busy(c))
		return;
	step_out(t, c->busy);
	tcp_store_give(&t->busies, c->busy);
	c->busy = (struct tcp_busy *)&tcp_quiet;
}

bool tcp_rouse_slow(struct tcp_conn *c)
{
	struct tcp *t = c->tcp;
	struct tcp_busy *b;

	if (t->busies.in_use >= t->core->conf.tcp_busy)
		look_at_oldest(t, LOOKED_AT);
	b = tcp_store_take(&t->busies);
	if (!b) {
		look_at_oldest(t, LOOKED_AT_IN_NEED);
		b = tcp_store_take(&t->busies);
	}
	if (!b)
		return false;
	for (unsigned i = 0; i < TCP_DUES_BUSY; i++)
		b->due[i] = NOD_FOREVER;
	b->snd_up = b->snd_small = c->snd_una;
	b->cwr_seq = b->most_out_seq = b->recover = b->recover_done = c->snd_una;
	b->rcv_up = b->last_ack_sent = c->rcv_nxt;
	b->rcv_since = t->core->now;
	b->rcv_most = seq_gt(c->rcv_adv, c->rcv_nxt) ? c->rcv_adv - c->rcv_nxt : 0;
	if (b->rcv_most < UINT16_MAX)
		b->rcv_most = c->rcv_buf < UINT16_MAX ? c->rcv_buf : UINT16_MAX;
	b->rack_wnd_mult = 1;
	b->cc = c->opt->cc ? c->opt->cc : tcp_cc_list[0];
	pkt_queue_init(&b->in);
	b->conn = c;
	line_up(t, b);
	c->busy = b;
	return true;
}
