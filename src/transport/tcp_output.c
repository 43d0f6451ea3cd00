/* SPDX-License-Identifier: ISC */
/*
 * tcp_output.c - which segments may leave, and making them
 *
 * RFC 9293 3.8.6.2.1 (MUST-38: silly windows; SHLD-27, SHLD-28), 3.7.4 (Nagle: SHLD-7, in
 * Minshall's variation: only a small segment under way holds back another); RFC 5681 3.1, 4.1 (the
 * congestion window, and beginning again), RFC 3168 6.1 (ECN), RFC 7323 3.2 (time stamps).
 *
 * Segments are as long as the device and IP can carry, up to 64 KiB, and are cut where a frame
 * leaves for something that cannot (link/segment.c).  They refer to the blocks of the send queue;
 * nothing is copied but what is too small to be worth a reference.
 *
 * Neighbours: tcp_internal.h; tcp_queue.c, tcp_window.c, tcp_loss.c.
 */
#include <errno.h>

#include "../base/checksum.h"
#include "../physical/device.h"
#include "tcp_internal.h"

enum {
	INLINE_MOST = 256,     /* octets of payload that are copied behind the header */
	SEGMENT_MOST = 65535 - 40 - TCP_HDR_MOST,
	ECT_0 = 2,	       /* RFC 3168 5 */
};

#define CORK_MOST (200 * NOD_MS) /* as Linux's */

/* ---- making a segment ---------------------------------------------------------------- */

struct out {
	nod_seq seq;
	uint8_t flags;
	struct tcp_chunk *k; /* payload: from its first octet on; NULL: none */
	uint32_t len;	     /* octets, all of whole chunks but for the last */
	bool is_again;
	bool is_probe; /* one segment, though it is longer than they are: RFC 4821 */
	struct tcp_options *o; /* a SYN's; NULL: those of every segment */
};

uint32_t tcp_ts_now(const struct tcp_conn *c)
{
	return tcp_ms(c->tcp) + c->ts_offset;
}

/* MUST-65: no MSS among them. */
static void options_of(struct tcp_conn *c, struct tcp_options *o)
{
	const struct tcp_busy *b = c->busy;

	if (c->has_ts) {
		o->has_timestamps = true;
		o->ts_value = tcp_ts_now(c);
		o->ts_echo = c->ts_recent;
	}
	if (c->has_sack && (b->ahead || b->dsack.left != b->dsack.right)) {
		struct tcp_sack blocks[4];
		unsigned n = tcp_sack_blocks(c, blocks, c->has_ts ? 3 : 4);

		for (unsigned i = 0; i < n; i++) {
			o->sack[i].left = blocks[i].left;
			o->sack[i].right = blocks[i].right;
		}
		o->n_sack = (uint8_t)n;
	}
}

/* The payload, by reference or, when it is small, copied.  false: no memory. */
static bool add_payload(struct pkt *p, const struct out *s)
{
	uint32_t left = s->len;

	for (struct tcp_chunk *k = s->k; left; k = k->next) {
		uint32_t part = k->len < left ? k->len : left;

		if (!part)
			continue;
		if (s->len <= INLINE_MOST)
			memcpy(pkt_put(p, part), k->block->data + k->at, part);
		else if (!pkt_add_slice(p, block_ref(k->block), k->at, part)) {
			block_unref(k->block);
			return false;
		}
		left -= part;
	}
	return true;
}

/* In place: what has just been written in small pieces is slow to copy. */
static void way_of(struct tcp_conn *c, const struct out *s, struct ip_out *o)
{
	*o = (struct ip_out){
		.src = c->flow.local,
		.dst = c->flow.remote,
		.protocol = IP_PROTO_TCP,
		.ttl = c->opt->ttl, /* MUST-49 */
		.tos = c->opt->tos, /* MUST-48, SHLD-21, SHLD-22 */
		.pmtu = c->opt->pmtu,
		.cached = &c->way,
	};
	if (c->flow.interface)
		o->iface = iface_at(c->tcp->net->link, c->flow.interface);
	/* RFC 3168 6.1.4, 6.1.5: not on a pure ACK, and not on what is sent again */
	if (c->has_ecn && s->len && !s->is_again && c->state >= TCP_ESTABLISHED)
		o->tos = (uint8_t)((o->tos & ~3) | ECT_0);
}

static uint16_t window_field(struct tcp_conn *c, const struct out *s)
{
	if (s->flags & TCP_SYN) { /* RFC 7323 2.2: not scaled */
		uint32_t wnd = tcp_window_first(c->tcp, c->opt, c->rcv_mss);

		if (c->state == TCP_SYN_RECEIVED)
			c->rcv_adv = seq_max(c->rcv_adv, c->rcv_nxt + wnd);
		return (uint16_t)wnd;
	}
	return (uint16_t)(tcp_window(c) >> c->rcv_scale);
}

static const char *reason_again(const struct tcp_conn *c, const struct out *s)
{
	switch (c->phase) {
	case TCP_RECOVERY:
		return c->has_sack ? "sent again: later ones have arrived" :
				     "sent again: third duplicate ACK";
	case TCP_LOSS:
		return "sent again: no answer";
	default:
		if (s->k && s->k->flags & CHUNK_PROBE)
			return "sent again: as a larger segment it was lost";
		if (seq_le(s->seq, c->busy->iss + c->snd_mss) && c->is_active && !c->tlp_is_out)
			return "sent again: it was not taken with the SYN";
		return "sent again: probes for the tail";
	}
}

/* Why this segment is sent: for events alone. */
static const char *reason(const struct tcp_conn *c, const struct out *s)
{
	const struct tcp_busy *b = c->busy;

	if (s->flags & TCP_RST)
		return "broken off";
	if (s->flags & TCP_SYN && (c->is_retransmitted || s->is_again))
		return "sent again: no answer";
	if (s->flags & TCP_SYN)
		return s->flags & TCP_ACK ? "handshake 2 of 3" : "handshake 1 of 3";
	if (s->is_again)
		return reason_again(c, s);
	if (s->flags & TCP_FIN)
		return c->fin_received ? "close 3 of 4" : "close 1 of 4";
	if (s->len)
		return s->is_probe ? "data: tries a larger segment" : "data";
	if (s->seq != c->snd_nxt)
		return b->unsent ? "is there room?" : "are you still there?";
	if (c->fin_received && b->last_ack_sent != c->rcv_nxt)
		return c->fin_queued ? "close 4 of 4" : "close 2 of 4";
	if (c->is_active && c->rcv_nxt == b->irs + 1 && c->snd_nxt == b->iss + 1)
		return "handshake 3 of 3";
	if (b->ahead)
		return "something is missing: asks for it";
	if (b->last_ack_sent != c->rcv_nxt)
		return "acknowledges";
	return b->ack_pending ? "had it already: says so" : "there is room again";
}

/* What cannot be sent for want of memory or of a way is lost, and so sent again. */
static void transmit(struct tcp_conn *c, struct out *s)
{
	struct tcp *t = c->tcp;
	struct tcp_busy *b;
	struct tcp_options own = { 0 }, *options = s->o ? s->o : &own;
	struct tcp_hdr h = { .src = c->flow.local_port,
		.dst = c->flow.remote_port,
		.seq = s->seq,
		.flags = s->flags };
	uint8_t octets[TCP_OPTIONS_MOST];
	struct wcur w = wcur_of(octets, sizeof(octets));
	struct ip_out o;
	struct ip_way way;
	struct pkt *p;
	uint32_t hdr_len, mss = c->snd_mss;
	int err;

	way_of(c, s, &o);
	err = c->flow.interface && !o.iface ? -ENODEV : ip_route(t->net, &o, &way);
	if (!tcp_rouse(c))
		return;
	b = c->busy;
	if (err < 0) {
		b->soft_error = -err;
		return;
	}
	if (way.mtu != c->path_mtu && c->state >= TCP_ESTABLISHED)
		tcp_set_mss(c);
	if (!s->o)
		options_of(c, options);
	if (tcp_options_emit(options, &w) < 0)
		return;
	h.options = (struct span){ octets, w.at };
	hdr_len = TCP_HDR_LEAST + (uint32_t)w.at;
	p = pkt_new(t->core->pool, hdr_len + (s->len <= INLINE_MOST ? s->len : 0));
	if (!p)
		return;
	if (s->flags & TCP_ACK)
		h.ack = c->rcv_nxt;
	h.window = window_field(c, s);
	if (c->has_urgent_out && seq_gt(b->snd_up, s->seq)) {
		uint32_t ahead = b->snd_up - s->seq;

		h.flags |= TCP_URG;
		/* MUST-62; MUST-31: further than it can say is said as far as it can */
		h.urgent = (uint16_t)(ahead > UINT16_MAX ? UINT16_MAX : ahead);
	}
	if (c->ece_owed && s->flags & TCP_ACK && !(s->flags & TCP_SYN))
		h.flags |= TCP_ECE;
	if (c->cwr_owed && s->len && !s->is_again) {
		h.flags |= TCP_CWR;
		c->cwr_owed = false;
	}
	h.sum = (uint16_t)~checksum_end(ip_pseudo(
		&c->flow.local, &c->flow.remote, IP_PROTO_TCP, hdr_len + s->len));
	{
		struct wcur to = wcur_of(pkt_put(p, hdr_len), hdr_len);

		tcp_emit(&h, &to);
	}
	if (!add_payload(p, s)) {
		pkt_free(p);
		return;
	}
	p->l4 = p->data;
	p->sum = PKT_SUM_TO_FILL; /* MUST-2 */
	p->sum_offset = TCP_SUM_AT;
	if (options->n_sack)
		mss -= 8u * options->n_sack + 4;
	if (s->len > mss && !s->is_probe) {
		p->gso = PKT_GSO_TCP;
		p->gso_size = (uint16_t)mss;
	}
	NOTE(t->core, s->is_again ? NOD_EV_TCP_AGAIN : NOD_EV_TCP_OUT, .packet = pkt_public(p),
		.interface = (uint16_t)way.iface->index, .src = ipa_to_addr(&c->flow.local, 0),
		.dst = ipa_to_addr(&c->flow.remote, 0), .src_port = h.src, .dst_port = h.dst,
		.from = s->seq, .to = s->len, .why = reason(c, s));
	if (s->flags & TCP_ACK) { /* it acknowledges all that came */
		c->ack_now = c->ack_delayed = false;
		b->ack_pending = 0;
		b->last_ack_sent = c->rcv_nxt;
		c->busy->due[TCP_DUE_ACK] = NOD_FOREVER;
	}
	c->last_sent = tcp_ms(t);
	c->segments_out++;
	if (c->opt->is_paced)
		tcp_pace_sent(c, s->len);
	ip_output(t->net, &o, &way, p);
}

static void mark_sent(
	struct tcp_conn *c, struct tcp_chunk *from, const struct tcp_chunk *end, bool is_again)
{
	for (struct tcp_chunk *k = from; k != end; k = k->next) {
		k->sent_at = c->tcp->core->now;
		tcp_chunk_time(c, k);
		if (k->n_sent < UINT8_MAX)
			k->n_sent++;
		if (!is_again)
			continue;
		k->flags |= CHUNK_EVER_AGAIN;
		if (k->flags & CHUNK_LOST && !(k->flags & CHUNK_AGAIN)) {
			k->flags |= CHUNK_AGAIN;
			c->busy->again += chunk_space(k);
		}
	}
}

/* ---- segments without payload -------------------------------------------------------- */

void tcp_send_syn(struct tcp_conn *c)
{
	struct tcp_busy *b = c->busy;
	struct tcp *t = c->tcp;
	const struct nod_conf *conf = &t->core->conf;
	bool is_answer = c->state == TCP_SYN_RECEIVED;
	uint32_t headers = (ipa_is_v4(&c->flow.remote) ? 20u : 40u) + TCP_HDR_LEAST;
	struct tcp_options o = {
		.has_mss = true, /* MAY-3, SHLD-5, MUST-14 */
		.has_window_shift = is_answer ? c->has_scale : !conf->tcp_no_window_scale,
		.window_shift = c->rcv_scale,
		.sack_permitted = is_answer ? c->has_sack : !conf->tcp_no_sack,
		.has_timestamps = is_answer ? c->has_ts : !conf->tcp_no_timestamps,
		.ts_value = tcp_ts_now(c),
		.ts_echo = is_answer ? c->ts_recent : 0,
	};
	struct out s = { .seq = b->iss,
		.flags = (uint8_t)(TCP_SYN | (is_answer ? TCP_ACK : 0)),
		.o = &o };
	struct iface *i = iface_at(t->net->link, c->flow.interface);
	uint32_t mtu;

	if (!is_answer && !c->is_retransmitted && tcp_fast_ask(c, &o) && b->first) {
		s.k = b->first;
		s.len = c->snd_end - b->first->seq;
	}
	/* SHLD-6 */
	mtu = i ? i->mtu < UINT16_MAX ? i->mtu : UINT16_MAX : c->path_mtu;
	if (!is_answer && c->path_mtu < mtu) /* the way back is most often as narrow */
		mtu = c->path_mtu;
	o.mss = (uint16_t)(mtu - headers);
	if (c->opt->max_segment && c->opt->max_segment < o.mss)
		o.mss = c->opt->max_segment;
	c->rcv_mss = o.mss;
	/* RFC 3168 6.1.1: asked for, but not when the SYN had to be sent again */
	if (!is_answer && conf->tcp_ecn && !c->is_retransmitted)
		s.flags |= TCP_ECE | TCP_CWR;
	if (is_answer && c->has_ecn)
		s.flags |= TCP_ECE;
	if (!is_answer && !c->is_retransmitted)
		tcp_fast_rewind(c);
	c->snd_nxt = seq_max(c->snd_nxt, b->iss + 1);
	if (!c->is_retransmitted)
		b->syn_at = t->core->now;
	s.is_again = c->is_retransmitted;
	transmit(c, &s);
	if (s.len) {
		mark_sent(c, s.k, NULL, false);
		b->unsent = NULL;
		c->snd_nxt += s.len;
	}
	if (c->send_mode != TCP_SEND_RTO) {
		c->send_mode = TCP_SEND_RTO;
		tcp_due(c, TCP_DUE_SEND, t->core->now + tcp_rto(c));
	}
}

void tcp_send_ack(struct tcp_conn *c)
{
	if (c->quick_acks)
		c->quick_acks--;
	transmit(c, &(struct out){ .seq = c->snd_nxt, .flags = TCP_ACK });
}

/* RFC 9293 3.8.4, 3.8.6.1: a number that is old makes the peer say where it stands. */
void tcp_send_probe(struct tcp_conn *c)
{
	transmit(c, &(struct out){ .seq = c->snd_una - 1, .flags = TCP_ACK });
}

void tcp_send_reset(struct tcp_conn *c)
{
	struct tcp_options none = { .has_timestamps = c->has_ts, /* RFC 7323 3.2: SHOULD */
		.ts_value = tcp_ts_now(c),
		.ts_echo = c->ts_recent };

	transmit(c, &(struct out){ .seq = c->snd_nxt, .flags = TCP_RST | TCP_ACK, .o = &none });
}

/* ---- segments with payload ----------------------------------------------------------- */

/*
 * The longest that one packet may carry, a multiple of the segment size: no more than is sent in a
 * millisecond at the present rate, so that a slow path gets no bursts, and half the congestion
 * window, so that ACKs keep coming; as Linux.
 */
static uint32_t packet_most(const struct tcp_conn *c)
{
	uint64_t most = SEGMENT_MOST, rate = 2000 * (uint64_t)c->cwnd; /* octets per srtt, in ms */
	uint32_t least = c->tcp->core->conf.tcp_burst_segments * c->snd_mss;

	if (c->opt->is_paced && tcp_pace_rate(c)) {
		most = tcp_pace_rate(c) / 1000 > least ? tcp_pace_rate(c) / 1000 : least;
	} else if (c->srtt_us && rate / c->srtt_us < most)
		most = rate / c->srtt_us > least ? rate / c->srtt_us : least;
	if (most > c->cwnd / 2)
		most = c->cwnd / 2;
	if (most > SEGMENT_MOST)
		most = SEGMENT_MOST;
	if (c->has_urgent_out) /* each has a pointer of its own */
		return c->snd_mss;
	return most < c->snd_mss ? c->snd_mss : (uint32_t)most / c->snd_mss * c->snd_mss;
}

/*
 * From @k on up to @len octets in one packet; *@end: the chunk behind it.  Whole chunks: the last
 * is cut if need be.  A FIN that follows goes along.  Octets, or 0: no memory.
 */
static uint32_t gather(struct tcp_conn *c, struct tcp_chunk *k, uint32_t len, bool is_again,
	struct tcp_chunk **end, uint8_t *flags)
{
	uint32_t done = 0;
	unsigned slices = 0;

	while (k && slices < PKT_SLICES && done < len) {
		uint32_t left = len - done;

		if (k->flags & CHUNK_FIN)
			break;
		if (is_again && done && (k->flags & (CHUNK_LOST | CHUNK_AGAIN)) != CHUNK_LOST)
			break;
		if (k->len > left && !tcp_chunk_cut(c, k, k->seq + left)) {
			if (!done)
				return 0;
			break;
		}
		done += k->len;
		if (k->flags & CHUNK_PUSH)
			*flags |= TCP_PSH;
		slices++;
		k = k->next;
		if (k && k->prev->flags & CHUNK_END)
			break;
	}
	/* the end of a burst: whoever puts its segments together need not wait for more */
	if (done > c->snd_mss && !is_again)
		*flags |= TCP_PSH;
	if (k && k->flags & CHUNK_FIN && (!is_again || !done || k->flags & CHUNK_LOST)) {
		*flags |= TCP_FIN;
		k = k->next;
	}
	*end = k;
	return done;
}

/* Up to @len octets that have not been sent.  Whether they were. */
static bool send_new(struct tcp_conn *c, uint32_t len)
{
	struct tcp_busy *b = c->busy;
	struct tcp_chunk *first = b->unsent, *end;
	struct out s = { .seq = c->snd_nxt, .flags = TCP_ACK, .k = first };

	s.len = gather(c, first, len, false, &end, &s.flags);
	if (!s.len && !(s.flags & TCP_FIN))
		return false;
	if (!end) /* the queue is empty: do not make the peer wait (MUST-60, MUST-61) */
		s.flags |= s.len ? TCP_PSH : 0;
	/* it answers: what came, or what the handshake's third part goes along with */
	if (s.len && (b->ack_pending || (c->ack_now && c->is_active && c->segments_out == 1)))
		c->is_pingpong = true;
	transmit(c, &s); /* what could not leave is lost, as on a wire */
	b->prr_out += s.len;
	mark_sent(c, first, end, false);
	if (s.len % c->snd_mss)
		b->snd_small = s.seq + s.len;
	b->unsent = end;
	c->snd_nxt = s.seq + s.len + !!(s.flags & TCP_FIN);
	return true;
}

void tcp_send_again(struct tcp_conn *c, struct tcp_chunk *k, uint32_t most)
{
	struct tcp_busy *b = c->busy;
	struct tcp_chunk *end;
	struct out s = { .seq = k->seq, .flags = TCP_ACK, .k = k, .is_again = true };

	s.len = gather(c, k, most, true, &end, &s.flags);
	if (!s.len && !(s.flags & TCP_FIN))
		return;
	if (!b->undo_ts)
		b->undo_ts = tcp_ts_now(c);
	b->undo_again += s.len;
	c->n_retransmitted += 1 + (s.len ? (s.len - 1) / c->snd_mss : 0);
	transmit(c, &s);
	b->prr_out += s.len;
	mark_sent(c, k, end, true);
}

/* ---- how much ------------------------------------------------------------------------ */

/* May be negative: the peer may have shrunk its window (MUST-34, SHLD-15). */
static int64_t window_room(const struct tcp_conn *c)
{
	return (int64_t)(int32_t)(c->snd_una + c->snd_wnd - c->snd_nxt);
}

/* Nagle's rule, and the cork's. */
static bool may_send_small(struct tcp_conn *c, uint32_t len)
{
	struct tcp_busy *b = c->busy;
	nod_ns now = c->tcp->core->now;

	if (c->fin_queued || c->has_urgent_out || c->busy->is_pushed)
		return true;
	if (c->opt->cork || b->cork_at) {
		nod_ns since = b->cork_at ? b->cork_at : now - tcp_since(c, c->last_sent);

		if (now - since < CORK_MOST) {
			tcp_due(c, TCP_DUE_PACE, since + CORK_MOST);
			return false;
		}
		return true;
	}
	(void)len;
	return c->opt->no_delay || !seq_gt(b->snd_small, c->snd_una);
}

/* Octets of new data that may leave now in one packet; 0: none.  *@is_fin: a FIN alone may. */
static uint32_t sendable(struct tcp_conn *c, bool *is_fin)
{
	uint32_t all = c->snd_end - c->snd_nxt - c->fin_queued; /* octets unsent */
	uint32_t flight = tcp_in_flight(c), mss = c->snd_mss;
	int64_t wnd = window_room(c);
	int64_t cwnd = (int64_t)c->cwnd - flight;
	int64_t n = all;

	*is_fin = false;
	if (!all) {
		*is_fin = c->fin_queued && c->busy->unsent && (wnd > 0 || c->snd_nxt == c->snd_una);
		return 0;
	}
	if (n > wnd)
		n = wnd;
	if (n > cwnd && (flight || cwnd >= mss)) /* segments may have grown past it: one goes */
		n = cwnd;
	if (n <= 0)
		return 0;
	if (n >= mss) {
		uint32_t most = packet_most(c);

		if (n > most)
			n = most;
		if (n < all) /* MUST-38, SHLD-28 */
			return (uint32_t)n / mss * mss;
		if (n % mss == 0 || may_send_small(c, (uint32_t)n))
			return (uint32_t)n;
		return (uint32_t)n / mss * mss;
	}
	if (n == all) /* the tail */
		return may_send_small(c, (uint32_t)n) ? (uint32_t)n : 0;
	if (n == wnd && n >= c->snd_wnd_most / 2) /* RFC 9293 3.8.6.2.1 (3) */
		return (uint32_t)n;
	return 0;
}

/* RFC 5681 4.1: what was known of the path is old. */
static void restart_if_idle(struct tcp_conn *c)
{
	uint32_t first = tcp_initial_window(c->snd_mss);

	if (c->snd_nxt != c->snd_una || !c->busy->unsent || c->cwnd <= first ||
		tcp_since(c, c->last_sent) < (nod_ns)c->rto_us * NOD_US)
		return;
	c->cwnd = first;
	c->busy->cc->restarted(c);
}

/* What has been found lost, while the congestion window allows; the peer's does not matter, as
 * it once did (MAY-7). */
static void send_lost(struct tcp_conn *c)
{
	struct tcp_busy *b = c->busy;

	while (b->lost > b->again && b->retry) {
		struct tcp_chunk *k = b->retry;
		uint32_t room = c->cwnd - tcp_in_flight(c);

		while (k && (k->flags & (CHUNK_LOST | CHUNK_AGAIN)) != CHUNK_LOST)
			k = k->next;
		b->retry = k;
		if (!k || c->cwnd <= tcp_in_flight(c) || (c->opt->is_paced && tcp_pace_waits(c)))
			return;
		/* no more than fits; a whole segment in any case */
		room = room < c->snd_mss ? c->snd_mss : room / c->snd_mss * c->snd_mss;
		if (k->len > room && !tcp_chunk_cut(c, k, k->seq + room))
			return;
		tcp_send_again(c, k, room < packet_most(c) ? room : packet_most(c));
	}
}

/* ---- the timer that waits for an answer ---------------------------------------------- */

/* RFC 8985 7.2; 0: no probe now. */
static nod_ns probe_timeout(const struct tcp_conn *c)
{
	nod_ns pto;

	if (!c->has_sack || c->tlp_is_out || !c->srtt_us ||
		(c->phase != TCP_OPEN && c->phase != TCP_DISORDER) || c->busy->sacked)
		return 0;
	pto = 2 * (nod_ns)c->srtt_us * NOD_US;
	/* one segment alone may be answered late */
	pto += tcp_in_flight(c) <= c->snd_mss ? TCP_RTO_LEAST : 2 * NOD_MS;
	return pto < tcp_rto(c) ? pto : tcp_rto(c); /* the probe first, and then the time-out */
}

void tcp_set_send_timer(struct tcp_conn *c)
{
	nod_ns now = c->tcp->core->now, pto;

	if (c->snd_una == c->snd_nxt) {
		bool is_shut = c->busy->unsent && window_room(c) < (int64_t)c->snd_mss &&
			c->state >= TCP_ESTABLISHED;

		if (!is_shut) {
			c->send_mode = TCP_SEND_NONE;
			c->busy->due[TCP_DUE_SEND] = NOD_FOREVER;
		} else if (c->send_mode != TCP_SEND_PERSIST) {
			c->send_mode = TCP_SEND_PERSIST; /* SHLD-29 */
			tcp_due(c, TCP_DUE_SEND, now + tcp_rto(c));
		}
		return;
	}
	pto = probe_timeout(c);
	c->send_mode = pto ? TCP_SEND_PROBE_TAIL : TCP_SEND_RTO;
	tcp_due(c, TCP_DUE_SEND, now + (pto ? pto : tcp_rto(c)));
}

/* ---- all that may leave -------------------------------------------------------------- */

/* RFC 4821 7.1: octets of the stream, in one segment that is larger than the others. */
static bool send_probe(struct tcp_conn *c)
{
	struct tcp_busy *b = c->busy;
	struct out s = { .seq = c->snd_nxt, .flags = TCP_ACK, .k = b->unsent, .is_probe = true };
	uint32_t len = tcp_mtu_try(c);
	struct tcp_chunk *end;

	/* to be found lost it has to be a chunk of its own, and others have to follow */
	if (!len || (int64_t)len + 3 * c->snd_mss > window_room(c) ||
		tcp_in_flight(c) + len > c->cwnd || c->cwnd < len + 4u * c->snd_mss ||
		b->unsent->len < len || (c->opt->is_paced && tcp_pace_waits(c)))
		return false;
	s.len = gather(c, b->unsent, len, false, &end, &s.flags);
	if (s.len != len || s.flags & TCP_FIN)
		return false;
	s.k->flags |= CHUNK_PROBE;
	transmit(c, &s);
	b->prr_out += s.len;
	mark_sent(c, s.k, end, false);
	b->unsent = end;
	c->snd_nxt += s.len;
	tcp_mtu_tried(c, len);
	return true;
}

static bool send_all_new(struct tcp_conn *c)
{
	struct tcp_busy *b = c->busy;
	bool has_sent = c->mtu_low && send_probe(c);

	for (;;) {
		bool is_fin;
		uint32_t n = sendable(c, &is_fin);

		if ((!n && !is_fin) || (c->opt->is_paced && tcp_pace_waits(c)))
			break;
		if (!send_new(c, n))
			break;
		has_sent = true;
	}
	/* RFC 7661 4.1, RFC 9438 5.8: a window that is not used does not grow */
	if (seq_ge(c->snd_una, b->most_out_seq) || tcp_in_flight(c) > b->most_out) {
		b->most_out = tcp_in_flight(c);
		b->most_out_seq = c->snd_nxt;
	}
	c->is_cwnd_limited = b->unsent && tcp_in_flight(c) + c->snd_mss > c->cwnd;
	return has_sent;
}

void tcp_output(struct tcp_conn *c)
{
	bool was_waiting = c->send_mode == TCP_SEND_RTO || c->send_mode == TCP_SEND_PROBE_TAIL;

	switch (c->state) {
	case TCP_CLOSED:
		return;
	case TCP_SYN_SENT:
		if (c->snd_nxt == c->busy->iss)
			tcp_send_syn(c);
		tcp_limit_note(c);
		return;
	case TCP_SYN_RECEIVED:
		if (c->ack_now) {
			tcp_send_syn(c);
			c->ack_now = false;
		}
		if (!c->is_fast || c->is_active) {
			tcp_limit_note(c);
			return;
		}
		break;
	default:
		break;
	}
	restart_if_idle(c);
	send_lost(c);
	if (send_all_new(c) && (!was_waiting || c->send_mode == TCP_SEND_PROBE_TAIL))
		tcp_set_send_timer(c);
	else if (c->snd_una == c->snd_nxt || c->send_mode == TCP_SEND_NONE)
		tcp_set_send_timer(c);
	if (c->ack_now)
		tcp_send_ack(c);
	tcp_limit_note(c);
}
