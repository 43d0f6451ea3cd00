/* SPDX-License-Identifier: ISC */
/*
 * tcp_check.c - whether TCP's books are right: every connection's numbers, queues, memory, timers
 *
 * For whoever has the stack in a world of his own (`nod sim`, tests, fuzzing) and can afford to
 * have every queue counted again.  It holds between any two calls of the stack; what is told is
 * the rule that was broken, in the code's own words.
 *
 * Neighbours: tcp_internal.h.
 */
#include "tcp_internal.h"

/* ---- the send queue ------------------------------------------------------------------ */

struct counted {
	uint32_t sacked, lost, again, timed;
	bool has_unsent; /* the first that has not been sent has been passed */
	nod_seq at;	 /* where the next chunk has to begin */
};

static const char *check_marks(const struct tcp_chunk *k, bool is_sent)
{
	uint8_t marks = k->flags & (CHUNK_SACKED | CHUNK_LOST | CHUNK_AGAIN);
	bool waits = is_sent && !(marks & CHUNK_SACKED) &&
		(!(marks & CHUNK_LOST) || marks & CHUNK_AGAIN);

	if (marks && !is_sent)
		return "what has not been sent is neither SACKed nor lost";
	if (marks & CHUNK_SACKED && marks != CHUNK_SACKED)
		return "what is SACKed is not lost";
	if (marks & CHUNK_AGAIN && !(marks & CHUNK_LOST))
		return "what was sent again had been lost";
	if (k->is_timed != waits)
		return "in the list by time is what an answer is awaited for";
	return NULL;
}

static const char *check_chunk(
	const struct tcp_conn *c, const struct tcp_chunk *k, struct counted *n)
{
	const struct tcp_busy *b = c->busy;
	uint32_t space = chunk_space(k);

	if (k->seq != n->at || !space)
		return "chunks follow one another";
	if (k->prev ? k->prev->next != k : b->first != k)
		return "a chunk's neighbours know it";
	if (!k->next && k != b->last)
		return "the last chunk is the last";
	if (k->len ? !k->block || k->at + k->len > k->block->cap : !(k->flags & CHUNK_FIN))
		return "a chunk lies in its block";
	if (k->flags & CHUNK_FIN && (k->next || !c->fin_queued))
		return "nothing follows a FIN";
	if (k == b->unsent) {
		n->has_unsent = true;
		if (k->seq != c->snd_nxt && c->state >= TCP_ESTABLISHED)
			return "the first unsent is snd.nxt";
	}
	if (k == b->retry && (n->lost > n->again))
		return "nothing lost and not sent again lies before the retry mark";
	n->at += space;
	n->sacked += k->flags & CHUNK_SACKED ? space : 0;
	n->lost += k->flags & CHUNK_LOST ? space : 0;
	n->again += k->flags & CHUNK_AGAIN ? space : 0;
	n->timed += k->is_timed;
	return check_marks(k, !n->has_unsent);
}

static const char *check_by_time(const struct tcp_conn *c, uint32_t timed)
{
	const struct tcp_chunk *before = NULL;

	for (const struct tcp_chunk *k = c->busy->oldest; k; k = k->newer) {
		if (!timed-- || !k->is_timed || k->older != before)
			return "the list by time is whole";
		before = k;
	}
	return timed || c->busy->newest != before ? "the list by time has them all" : NULL;
}

static const char *check_out(const struct tcp_conn *c)
{
	const struct tcp_busy *b = c->busy;
	/* the SYN has a number, and no place in the queue */
	bool has_syn = c->state == TCP_SYN_SENT ||
		(c->state == TCP_SYN_RECEIVED && c->snd_una == b->iss);
	struct counted n = { .at = c->snd_una + has_syn };

	/* a part that could not be cut for want of memory waits for the rest */
	if (b->first && seq_lt(b->first->seq, c->snd_una) &&
		seq_gt(chunk_end(b->first), c->snd_una))
		n.at = b->first->seq;
	for (const struct tcp_chunk *k = b->first; k; k = k->next) {
		const char *wrong = check_chunk(c, k, &n);

		if (wrong)
			return wrong;
	}
	if (n.at != c->snd_end && c->state != TCP_CLOSED)
		return "the queue reaches to the end of what was written";
	if (n.has_unsent != (b->unsent != NULL))
		return "the first unsent is in the queue";
	if (!b->unsent && c->snd_nxt != c->snd_end && c->state >= TCP_ESTABLISHED)
		return "without unsent, snd.nxt is the end";
	if (n.sacked != b->sacked || n.lost != b->lost || n.again != b->again)
		return "octets SACKed, lost, sent again are counted";
	if (!b->retry && b->lost > b->again)
		return "what is lost is known to be sent again";
	if (!c->is_owing && (b->first != NULL) != (b->limit != TCP_LIMIT_NONE))
		return "as busy counts the time in which something is in the queue";
	return check_by_time(c, n.timed);
}

/* ---- what has come ------------------------------------------------------------------- */

static const char *check_ahead(const struct tcp_conn *c, uint32_t *memory)
{
	nod_seq at = c->rcv_nxt;
	uint32_t n = 0;
	const struct pkt *last = NULL;

	for (const struct pkt *p = c->busy->ahead; p; last = p, p = p->next) {
		nod_seq end = p->mark + p->len + p->vlan_tagged; /* its FIN: tcp_queue.c */

		if (!last ? seq_le(p->mark, at) : seq_lt(p->mark, at))
			return "what came ahead is sorted, and there is a gap before it";
		if (seq_le(end, p->mark) || seq_gt(end, c->rcv_adv + 1))
			return "what came ahead is within the window";
		at = end;
		n++;
		*memory += tcp_pkt_memory(p);
	}
	if (n != c->busy->n_ahead || last != c->busy->ahead_last)
		return "what came ahead is counted";
	return NULL;
}

static const char *check_in(const struct tcp_conn *c)
{
	uint32_t memory = 0;
	uint64_t octets = 0;
	const char *wrong = check_ahead(c, &memory);

	for (const struct pkt *p = c->busy->in.first; p && !wrong; p = p->next) {
		octets += p->len;
		memory += tcp_pkt_memory(p);
	}
	if (wrong)
		return wrong;
	if (octets != c->busy->in.octets)
		return "octets that wait to be read are counted";
	if (memory != c->busy->in_memory)
		return "memory of what has come is counted";
	return NULL;
}

/* SHLD-14, and no more than there is room for. */
static const char *check_window(const struct tcp_conn *c)
{
	uint32_t offered = c->rcv_adv - c->rcv_nxt;

	if (seq_lt(c->rcv_adv, c->rcv_nxt))
		return "the window's right edge is not behind rcv.nxt";
	if (offered > (uint32_t)UINT16_MAX << c->rcv_scale)
		return "a window fits its field";
	if (c->busy->in.octets + offered > (uint64_t)c->rcv_buf + tcp_window_slack(c))
		return "no more is offered than there is room for";
	return NULL;
}

/* ---- numbers and timers -------------------------------------------------------------- */

static const char *check_numbers(const struct tcp_conn *c)
{
	if (seq_gt(c->snd_una, c->snd_nxt) || seq_gt(c->snd_nxt, c->snd_end))
		return "snd.una <= snd.nxt <= end of what was written";
	if (c->state >= TCP_ESTABLISHED && (!c->snd_mss || !c->cwnd))
		return "there is a segment size, and a congestion window";
	if (c->has_urgent_out && seq_gt(c->busy->snd_up, c->snd_end))
		return "urgent data has been written";
	return NULL;
}

static const char *check_timer(const struct tcp_conn *c)
{
	const struct tcp_busy *b = c->busy;
	nod_ns first = c->life_at;

	for (unsigned i = 0; i < TCP_DUES_BUSY; i++)
		if (b->due[i] < first)
			first = b->due[i];
	if (first != NOD_FOREVER && (!timer_is_set(&c->timer) || c->timer.at > first))
		return "the timer fires by the first deadline";
	if (c->is_owing) /* what it waits for is still to be decided */
		return NULL;
	if (c->snd_una != c->snd_nxt &&
		(c->send_mode == TCP_SEND_NONE || b->due[TCP_DUE_SEND] == NOD_FOREVER))
		return "an answer is not awaited for ever";
	if (b->unsent && c->snd_una == c->snd_nxt && b->due[TCP_DUE_SEND] == NOD_FOREVER &&
		b->due[TCP_DUE_PACE] == NOD_FOREVER)
		return "what is to be sent waits for something";
	if (b->lost > b->again && b->due[TCP_DUE_SEND] == NOD_FOREVER)
		return "what is lost waits for something";
	if (c->ack_delayed && b->due[TCP_DUE_ACK] == NOD_FOREVER)
		return "a delayed ACK has its time";
	if (c->state == TCP_FIN_WAIT_2 && c->is_orphan && c->life_at == NOD_FOREVER)
		return "FIN-WAIT-2 without an owner ends";
	return NULL;
}

static const char *check_conn(const struct tcp_conn *c)
{
	const char *wrong = check_in(c);

	if (wrong || c->state == TCP_CLOSED)
		return wrong;
	wrong = check_numbers(c);
	if (!wrong)
		wrong = check_out(c);
	if (!wrong && c->state >= TCP_ESTABLISHED)
		wrong = check_window(c);
	return wrong ? wrong : check_timer(c);
}

const char *tcp_check(const struct tcp *t)
{
	uint32_t conns = 0, halves = 0, waits = 0;
	const char *wrong = NULL;
	uint64_t at = 0;

	for (struct hnode *h; !wrong && (h = table_walk(&t->flows, &at));) {
		const struct tcp_flow *f = container_of(h, struct tcp_flow, node);

		conns += f->kind == TCP_KIND_CONN;
		halves += f->kind == TCP_KIND_HALF;
		waits += f->kind == TCP_KIND_WAIT;
		if (f->kind == TCP_KIND_CONN)
			wrong = check_conn(container_of(f, struct tcp_conn, flow));
	}
	/* a connection that has ended is its owner's, and in no table */
	if (!wrong && (conns > t->conns.in_use || halves != t->halves.in_use ||
			      waits != t->waits.in_use))
		wrong = "records in use are in the table of flows";
	return wrong;
}
