/* SPDX-License-Identifier: ISC */
/*
 * tcp_listen.c - connections that others begin
 *
 * RFC 9293 3.10.7.2 (LISTEN) and the passive side's SYN-RECEIVED; RFC 4987 3.3 and 3.6: a SYN
 * costs a small record, and when there are too many of them (conf.tcp_half_open, or half a
 * listener's backlog for ever unanswered) the answer is a cookie, which costs nothing (H52).  A
 * connection is made when the handshake's third part has come.
 *
 * Neighbours: tcp_internal.h; tcp_secret.c (cookies), tcp_input.c (what came with the third part).
 */
#include <errno.h>
#include <stdlib.h>

#include "tcp_internal.h"

enum { PARTS = 16 /* of a millisecond: tcp_half.sent_part */ };

/* ---- listeners ----------------------------------------------------------------------- */

int tcp_listen(struct tcp *t, struct tcp_name *n, unsigned backlog, const struct tcp_opt *opt,
	void *owner, struct tcp_listener **out)
{
	struct tcp_listener *l;

	if (!tcp_port_may_listen(t, n))
		return -EADDRINUSE;
	l = calloc(1, sizeof(*l));
	if (!l)
		return -ENOMEM;
	l->tcp = t;
	l->name = n;
	l->owner = owner;
	l->opt = intern_ref(opt);
	l->last_ready = &l->ready;
	tcp_listener_set_backlog(l, backlog);
	n->is_listening = true;
	n->listener = l;
	t->n_listeners++;
	*out = l;
	return 0;
}

void tcp_listener_set_backlog(struct tcp_listener *l, unsigned backlog)
{
	const unsigned most = l->tcp->core->conf.tcp_backlog;

	l->backlog = backlog < most ? backlog : most;
}

void tcp_listener_set_opt(struct tcp_listener *l, const struct tcp_opt *opt)
{
	intern_ref(opt);
	intern_drop(&l->tcp->core->interns, l->opt);
	l->opt = opt;
}

bool tcp_listener_has(const struct tcp_listener *l)
{
	return l->ready;
}

struct tcp_conn *tcp_accept(struct tcp_listener *l)
{
	struct tcp_conn *c = l->ready;

	if (!c)
		return NULL;
	l->ready = c->next_ready;
	if (!l->ready)
		l->last_ready = &l->ready;
	l->n_ready--;
	c->owner = NULL;
	c->is_waiting = false;
	return c;
}

void tcp_listener_put(struct tcp_listener *l, struct tcp_conn *c)
{
	c->is_waiting = true;
	c->next_ready = NULL;
	*l->last_ready = c;
	l->last_ready = &c->next_ready;
	l->n_ready++;
	l->tcp->wake(l->owner);
}

static bool is_full(const struct tcp_listener *l)
{
	return l->n_ready > l->backlog;
}

/* Those that were opened fast and accepted live on without it. */
static void leave_fast(struct tcp_listener *l)
{
	uint64_t at = 0;

	l->n_fast -= l->n_reset; /* these are in no connection */
	l->n_reset = 0;
	for (struct hnode *h; l->n_fast && (h = table_walk(&l->tcp->flows, &at));) {
		struct tcp_flow *f = container_of(h, struct tcp_flow, node);
		struct tcp_conn *c = container_of(f, struct tcp_conn, flow);

		if (f->kind != TCP_KIND_CONN || c->busy->fast_listener != l)
			continue;
		c->busy->fast_listener = NULL;
		l->n_fast--;
	}
}

void tcp_listener_free(struct tcp_listener *l)
{
	struct tcp *t = l->tcp;

	for (unsigned i = 0; i <= TCP_SYN_ACK_TRIES; i++) {
		for (struct tcp_half *h = t->half[i].first, *next; h; h = next) {
			next = h->next;
			if (h->listener == l)
				tcp_half_forget(t, h);
		}
	}
	for (struct tcp_conn *c; (c = tcp_accept(l));)
		tcp_abort(c);
	leave_fast(l);
	l->name->is_listening = false;
	l->name->listener = NULL;
	t->n_listeners--;
	intern_drop(&t->core->interns, l->opt);
	free(l);
}

static bool takes(const struct tcp_name *n, const struct ip_in *in)
{
	if (!n->is_listening || (n->iface && n->iface != in->iface))
		return false;
	if (!ipa_is_any(&n->local))
		return ipa_equal(&n->local, &in->dst);
	if (ipa_is_v4(&n->local))
		return in->is_v4;
	return !in->is_v4 || !(n->flags & TCP_BIND_V6_ONLY);
}

static unsigned score_of(const struct tcp_name *n)
{
	return (n->iface ? 4u : 0u) + (ipa_is_any(&n->local) ? 0u : 2u) +
		!(n->flags & TCP_BIND_IS_V6);
}

/* The closest; of several that share (SO_REUSEPORT) one by the flow's hash. */
struct tcp_listener *tcp_listener_find(struct tcp *t, const struct tcp_seg *s)
{
	struct tcp_name *best = NULL;
	uint32_t sharers = 0, at;

	for (struct tcp_name *n = tcp_port_names(t, s->h.dst); n; n = n->next) {
		if (!takes(n, s->in))
			continue;
		if (!best || score_of(n) > score_of(best)) {
			best = n;
			sharers = 1;
		} else if (score_of(n) == score_of(best)) {
			sharers++;
		}
	}
	if (sharers > 1) {
		uint64_t hash = tcp_hash(t, &s->in->dst, s->h.dst, &s->in->src, s->h.src);

		at = (uint32_t)((hash >> 32) * sharers >> 32);
		for (struct tcp_name *n = tcp_port_names(t, s->h.dst); n; n = n->next)
			if (takes(n, s->in) && score_of(n) == score_of(best) && at-- == 0)
				return n->listener;
	}
	return best ? best->listener : NULL;
}

/* ---- half-open records: in lists by how often they were answered, so each is sorted ---- */

static nod_ns patience(unsigned tries)
{
	return TCP_RTO_FIRST << tries;
}

/* How long ago the first answer left, of one that was not sent again; ns. */
static nod_ns half_age(const struct tcp *t, const struct tcp_half *h)
{
	uint32_t ms = tcp_ms(t) - h->due_ms + (uint32_t)(patience(0) / NOD_MS);

	return (nod_ns)ms * NOD_MS + t->core->now % NOD_MS - h->sent_part * (NOD_MS / PARTS);
}

static void arm(struct tcp *t)
{
	nod_ns next = NOD_FOREVER;

	for (unsigned i = 0; i <= TCP_SYN_ACK_TRIES; i++) {
		const struct tcp_half *h = t->half[i].first;
		nod_ns at;

		if (!h)
			continue;
		at = t->core->now + (nod_ns)(int32_t)(h->due_ms - tcp_ms(t)) * NOD_MS;
		if (at < next)
			next = at;
	}
	if (next == NOD_FOREVER)
		timer_stop(&t->core->wheel, &t->half_timer);
	else
		timer_set(&t->core->wheel, &t->half_timer, next);
}

static void half_link(struct tcp *t, struct tcp_half *h)
{
	struct tcp_half_list *list = &t->half[h->flow.spare_u8];

	h->due_ms = tcp_ms(t) + (uint32_t)(patience(h->flow.spare_u8) / NOD_MS);
	h->next = NULL;
	h->prev = list->last;
	*list->last = h;
	list->last = &h->next;
}

static void half_unlink(struct tcp *t, struct tcp_half *h)
{
	struct tcp_half_list *list = &t->half[h->flow.spare_u8];

	*h->prev = h->next;
	if (h->next)
		h->next->prev = h->prev;
	else
		list->last = h->prev;
}

void tcp_half_forget(struct tcp *t, struct tcp_half *h)
{
	half_unlink(t, h);
	h->listener->n_half--;
	tcp_unfile(t, &h->flow);
	tcp_store_give(&t->halves, h);
}

static void half_answer(struct tcp *t, const struct tcp_half *h);

static void half_due(struct timer *timer, int64_t now)
{
	struct tcp *t = container_of(timer, struct tcp, half_timer);

	(void)now;
	for (int i = TCP_SYN_ACK_TRIES; i >= 0; i--) {
		struct tcp_half *h;

		while ((h = t->half[i].first) && (int32_t)(h->due_ms - tcp_ms(t)) <= 0) {
			if (i == TCP_SYN_ACK_TRIES) {
				NOTE(t->core, NOD_EV_TCP_HALF_GONE,
					.src = ipa_to_addr(&h->flow.local, 0),
					.dst = ipa_to_addr(&h->flow.remote, 0),
					.src_port = h->flow.local_port,
					.dst_port = h->flow.remote_port);
				tcp_half_forget(t, h);
				continue;
			}
			half_unlink(t, h);
			h->flow.spare_u8++;
			h->is_repeated = false;
			half_link(t, h);
			half_answer(t, h);
		}
	}
	arm(t);
}

int tcp_listen_init(struct tcp *t)
{
	t->half_timer.fire = half_due;
	for (unsigned i = 0; i <= TCP_SYN_ACK_TRIES; i++)
		t->half[i].last = &t->half[i].first;
	return 0;
}

void tcp_listen_end(struct tcp *t)
{
	for (unsigned i = 0; i <= TCP_SYN_ACK_TRIES; i++)
		while (t->half[i].first)
			tcp_half_forget(t, t->half[i].first);
	timer_stop(&t->core->wheel, &t->half_timer);
}

/* ---- SYN in, SYN-ACK out ------------------------------------------------------------- */

static uint16_t own_mss(const struct tcp *t, const struct tcp_flow *f, const struct iface *i)
{
	uint32_t headers = (ipa_is_v4(&f->remote) ? 20u : 40u) + TCP_HDR_LEAST;
	uint32_t mtu = i ? i->mtu : 1500;

	(void)t;
	if (mtu > UINT16_MAX)
		mtu = UINT16_MAX;
	return (uint16_t)(mtu - headers); /* MUST-67 */
}

struct syn_ack {
	const struct tcp_flow *flow;
	struct tcp_listener *listener;
	nod_seq iss, irs;
	bool has_scale, has_sack, has_ts, has_ecn;
	unsigned owes_cookie; /* of Fast Open */
	uint32_t ts_recent, ts_more; /* ts_more: what a cookie keeps in its time stamp */
};

static void send_syn_ack(struct tcp *t, const struct syn_ack *a)
{
	const struct tcp_flow *f = a->flow;
	struct iface *i = iface_at(t->net->link, f->interface);
	struct tcp_bare b = {
		.local = f->local,
		.remote = f->remote,
		.local_port = f->local_port,
		.remote_port = f->remote_port,
		.iface = ipa_is_link_local(&f->remote) ? i : a->listener->name->iface,
		.seq = a->iss,
		.ack = a->irs + 1,
		.flags = (uint8_t)(TCP_SYN | TCP_ACK | (a->has_ecn ? TCP_ECE : 0)),
		.tos = a->listener->opt->tos,
		.ttl = a->listener->opt->ttl,
		.why = "handshake 2 of 3",
	};
	const struct tcp_opt *o = a->listener->opt;

	b.o.has_mss = true;
	b.o.mss = own_mss(t, f, i);
	if (o->max_segment && o->max_segment < b.o.mss)
		b.o.mss = o->max_segment;
	b.window = (uint16_t)tcp_window_first(t, o, b.o.mss);
	b.o.has_window_shift = a->has_scale;
	b.o.window_shift = tcp_window_scale(t, o);
	b.o.sack_permitted = a->has_sack;
	b.o.has_timestamps = a->has_ts;
	b.o.ts_value = tcp_ms(t) + tcp_ts_offset(t, &f->local, &f->remote);
	b.o.ts_echo = a->ts_recent;
	tcp_fast_cookie(a->listener, f, a->owes_cookie, &b.o);
	tcp_send_bare(t, &b);
}

static void half_answer(struct tcp *t, const struct tcp_half *h)
{
	send_syn_ack(t,
		&(struct syn_ack){ .flow = &h->flow,
			.listener = h->listener,
			.iss = h->iss,
			.irs = h->irs,
			.has_scale = h->has_scale,
			.has_sack = h->has_sack,
			.has_ts = h->has_ts,
			.has_ecn = h->has_ecn,
			.owes_cookie = h->flow.spare_u8 ? 0 : h->owes_cookie,
			.ts_recent = h->flow.node.spare });
}

static uint16_t mss_of(const struct tcp_seg *s)
{
	uint16_t mss = s->o.has_mss ? s->o.mss : s->in->is_v4 ? TCP_MSS4 : TCP_MSS6; /* MUST-15 */

	return mss < TCP_MSS_LEAST ? TCP_MSS_LEAST : mss; /* H38 */
}

static struct tcp_flow flow_of(const struct tcp_seg *s)
{
	return (struct tcp_flow){ .local = s->in->dst,
		.remote = s->in->src,
		.local_port = s->h.dst,
		.remote_port = s->h.src,
		.interface = (uint16_t)s->in->iface->index };
}

static void answer_with_cookie(struct tcp *t, struct tcp_listener *l, struct tcp_seg *s)
{
	struct tcp_flow f = flow_of(s);

	t->flooded_until = t->core->now + 60 * NOD_S;
	NOTE(t->core, NOD_EV_TCP_COOKIE_SENT, .src = ipa_to_addr(&f.remote, 0),
		.dst = ipa_to_addr(&f.local, 0), .src_port = f.remote_port,
		.dst_port = f.local_port);
	send_syn_ack(t,
		&(struct syn_ack){ .flow = &f,
			.listener = l,
			.iss = tcp_cookie_make(t, &f, s->seq, mss_of(s)),
			.irs = s->seq });
}

/* Too many that nobody finishes. */
static bool is_flooded(const struct tcp *t, const struct tcp_listener *l)
{
	return l->n_half >= l->backlog + 1 || t->halves.in_use >= t->halves.most;
}

/* What a SYN says. */
static void learn(
	struct tcp *t, struct tcp_listener *l, const struct tcp_seg *s, struct tcp_half *h)
{
	h->flow = flow_of(s);
	h->flow.kind = TCP_KIND_HALF;
	h->listener = l;
	h->iss = s->has_iss ? s->iss : tcp_isn(t, &h->flow);
	h->irs = s->seq;
	h->mss = mss_of(s);
	h->has_scale = s->o.has_window_shift && t->core->conf.tcp_no_window_scale == 0;
	h->snd_scale = s->o.window_shift > TCP_WINDOW_SHIFT_MOST ? /* H39 */
		TCP_WINDOW_SHIFT_MOST :
		s->o.window_shift & 15u;
	h->has_sack = s->o.sack_permitted && t->core->conf.tcp_no_sack == 0;
	h->has_ts = s->o.has_timestamps && t->core->conf.tcp_no_timestamps == 0;
	h->has_ecn = (s->flags & (TCP_ECE | TCP_CWR)) == (TCP_ECE | TCP_CWR) &&
		t->core->conf.tcp_no_ecn == 0; /* SHLD-8, RFC 3168 6.1.1 */
	h->flow.node.spare = s->o.ts_value;
	h->sent_part = (unsigned)(t->core->now % NOD_MS * PARTS / NOD_MS) & 15u;
}

static void half_open(
	struct tcp *t, struct tcp_listener *l, struct tcp_seg *s, unsigned owes_cookie)
{
	struct tcp_half *h = is_flooded(t, l) ? NULL : tcp_store_take(&t->halves);

	if (!h) {
		answer_with_cookie(t, l, s);
		return;
	}
	learn(t, l, s, h);
	h->owes_cookie = owes_cookie & 3u;
	l->n_half++;
	half_link(t, h);
	tcp_file(t, &h->flow);
	if (!timer_is_set(&t->half_timer))
		arm(t);
	NOTE(t->core, NOD_EV_TCP_HALF, .src = ipa_to_addr(&h->flow.local, 0),
		.dst = ipa_to_addr(&h->flow.remote, 0), .src_port = h->flow.local_port,
		.dst_port = h->flow.remote_port);
	half_answer(t, h);
}

/* ---- the third part: a connection ---------------------------------------------------- */

struct agreed {
	const struct tcp_flow *flow;
	nod_seq iss, irs;
	uint16_t mss;
	uint8_t snd_scale;
	bool has_scale, has_sack, has_ts, has_ecn, was_sent_again;
	uint32_t ts_recent;
};

static struct agreed agreed_of(const struct tcp_half *h)
{
	return (struct agreed){ .flow = &h->flow,
		.iss = h->iss,
		.irs = h->irs,
		.mss = h->mss,
		.snd_scale = h->snd_scale,
		.has_scale = h->has_scale,
		.has_sack = h->has_sack,
		.has_ts = h->has_ts,
		.has_ecn = h->has_ecn,
		.was_sent_again = h->flow.spare_u8 > 0,
		.ts_recent = h->flow.node.spare };
}

static struct tcp_conn *conn_from(
	struct tcp *t, struct tcp_listener *l, const struct agreed *a, struct iface *i)
{
	struct tcp_conn *c = tcp_conn_new(t, l->opt);
	struct tcp_busy *b;

	if (!c)
		return NULL;
	b = c->busy;
	c->flow.local = a->flow->local;
	c->flow.remote = a->flow->remote;
	c->flow.local_port = a->flow->local_port;
	c->flow.remote_port = a->flow->remote_port;
	c->flow.interface = (uint16_t)(ipa_is_link_local(&a->flow->remote) || l->name->iface ?
			i->index :
			0);
	b->iss = a->iss;
	b->irs = a->irs;
	c->snd_una = c->snd_nxt = c->snd_end = b->snd_up = a->iss + 1;
	b->snd_small = b->recover_done = c->snd_una;
	c->rcv_nxt = b->rcv_up = b->last_ack_sent = a->irs + 1;
	c->peer_mss = a->mss;
	c->has_scale = a->has_scale;
	c->has_sack = a->has_sack;
	c->has_ts = a->has_ts;
	c->has_ecn = a->has_ecn;
	c->snd_scale = a->has_scale ? a->snd_scale : 0;
	c->ts_recent = a->ts_recent;
	c->ts_recent_s = (uint32_t)(t->core->now / NOD_S);
	c->ts_offset = tcp_ts_offset(t, &c->flow.local, &c->flow.remote);
	c->path_mtu = (uint16_t)(i->mtu > UINT16_MAX ? UINT16_MAX : i->mtu);
	tcp_set_mss(c);
	tcp_window_init(c);
	if (!a->has_scale)
		c->rcv_scale = 0;
	c->rcv_mss = own_mss(t, &c->flow, i);
	if (c->opt->max_segment && c->opt->max_segment < c->rcv_mss)
		c->rcv_mss = c->opt->max_segment;
	c->rcv_adv = c->rcv_nxt + tcp_window_first(t, c->opt, c->rcv_mss);
	if (c->has_ts)
		c->rcv_mss = (uint16_t)(c->rcv_mss - 12);
	c->is_retransmitted = a->was_sent_again;
	/* RFC 6928 2, RFC 5681 3.1: one that had to be asked for twice begins small */
	c->cwnd = a->was_sent_again ? c->snd_mss : tcp_initial_window(c->snd_mss);
	return c;
}

/*
 * RFC 7413 4.2.2: a connection at once, which its program may read from and write to before the
 * handshake is over.  false: no memory, and so it goes the usual way.
 */
static bool open_fast(struct tcp *t, struct tcp_listener *l, struct tcp_seg *s)
{
	struct tcp_half h = { 0 };
	struct agreed a;
	struct tcp_conn *c;

	learn(t, l, s, &h);
	a = agreed_of(&h);
	c = conn_from(t, l, &a, s->in->iface);
	if (!c)
		return false;
	c->snd_una = c->snd_nxt = c->busy->snd_small = c->busy->iss;
	/* that of a SYN is not scaled, and begins behind ours, which is not acknowledged */
	c->snd_wnd = c->snd_wnd_most = s->wnd + 1;
	c->snd_wl1 = s->seq;
	c->snd_wl2 = c->busy->iss;
	c->is_fast = true;
	c->busy->fast_listener = l;
	l->n_fast++;
	tcp_file(t, &c->flow);
	c->is_counted = true;
	tcp_enter(c, TCP_SYN_RECEIVED, "Fast Open: its cookie is right");
	c->rcv_nxt += s->len;
	if (s->len) {
		tcp_in_put(c, s->p);
		s->p = NULL;
		c->fast_data = true;
	}
	c->ack_now = true;
	tcp_owe(c);
	tcp_listener_put(l, c);
	return true;
}

static void syn_in(struct tcp *t, struct tcp_listener *l, struct tcp_seg *s)
{
	unsigned owes_cookie;

	if (is_full(l)) { /* as Linux: it may ask again */
		l->n_overflows++;
		tcp_drop(t, s, NOD_EV_TCP_DROP_BACKLOG);
		return;
	}
	if (!tcp_fast_accepts(l, s, &owes_cookie) || !open_fast(t, l, s))
		half_open(t, l, s, owes_cookie);
}

static void begin(struct tcp *t, struct tcp_listener *l, struct tcp_conn *c, struct tcp_seg *s)
{
	tcp_file(t, &c->flow);
	c->is_counted = true;
	c->snd_wnd = s->wnd << c->snd_scale;
	c->snd_wl1 = s->seq;
	c->snd_wl2 = s->ack;
	if (c->snd_wnd > c->snd_wnd_most)
		c->snd_wnd_most = c->snd_wnd;
	tcp_enter(c, TCP_ESTABLISHED, "handshake 3 of 3 received");
	tcp_listener_put(l, c);
	tcp_conn_input(c, s); /* what came with it */
}

static void cookie_in(struct tcp *t, struct tcp_listener *l, struct tcp_seg *s)
{
	struct tcp_flow f = flow_of(s);
	uint16_t mss = t->core->now < t->flooded_until ?
		tcp_cookie_check(t, &f, s->seq - 1, s->ack - 1) :
		0;
	struct agreed a = { .flow = &f, .iss = s->ack - 1, .irs = s->seq - 1, .mss = mss };
	struct tcp_conn *c;

	if (!mss) {
		tcp_reset_stranger(t, s); /* RFC 9293 3.10.7.2, second */
		tcp_drop(t, s, NOD_EV_TCP_DROP_NO_PORT);
		return;
	}
	c = is_full(l) ? NULL : conn_from(t, l, &a, s->in->iface);
	if (!c) {
		tcp_drop(t, s, NOD_EV_TCP_DROP_BACKLOG);
		return;
	}
	NOTE(t->core, NOD_EV_TCP_COOKIE_OK, .src = ipa_to_addr(&f.local, 0),
		.dst = ipa_to_addr(&f.remote, 0), .src_port = f.local_port,
		.dst_port = f.remote_port);
	begin(t, l, c, s);
}

/* RFC 9293 3.10.7.2. */
void tcp_listen_input(struct tcp *t, struct tcp_listener *l, struct tcp_seg *s)
{
	if (s->flags & TCP_RST) {
		tcp_drop(t, s, NOD_EV_TCP_DROP_NO_CONN);
	} else if (s->flags & TCP_ACK) {
		if (s->flags & TCP_SYN) {
			tcp_reset_stranger(t, s);
			tcp_drop(t, s, NOD_EV_TCP_DROP_NO_CONN);
		} else {
			cookie_in(t, l, s);
		}
	} else if ((s->flags & (TCP_SYN | TCP_FIN)) == TCP_SYN) {
		syn_in(t, l, s); /* with SYN and FIN it is nothing that a host sends (H43) */
	} else {
		tcp_drop(t, s, NOD_EV_TCP_DROP_NO_CONN);
	}
}

/*
 * TCP_DEFER_ACCEPT: a program is not woken before there is something to read, for so many seconds;
 * they are rounded up to an answer that is sent again.
 */
static bool is_deferred(
	const struct tcp_listener *l, const struct tcp_half *h, const struct tcp_seg *s)
{
	nod_ns waited = 0;

	if (!l->opt->defer_s || s->len || s->flags & TCP_FIN)
		return false;
	for (unsigned i = 0; i < h->flow.spare_u8; i++)
		waited += patience(i);
	return waited < l->opt->defer_s * NOD_S;
}

/*
 * What is not acceptable is answered once between two answers of our own: so a SYN in another's
 * name, sent again and again, makes no flood of them (H52).
 */
static void half_repeat(struct tcp *t, struct tcp_half *h)
{
	if (h->is_repeated)
		return;
	h->is_repeated = true;
	half_answer(t, h);
}

/* RFC 9293 3.10.7.4 for SYN-RECEIVED; RFC 5961 3 and 4. */
void tcp_half_input(struct tcp *t, struct tcp_half *h, struct tcp_seg *s)
{
	struct tcp_listener *l = h->listener;
	uint32_t wnd = tcp_window_first(t, l->opt, 0);
	struct agreed a = agreed_of(h);
	struct tcp_conn *c;

	if ((s->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN && s->seq == h->irs) {
		half_repeat(t, h); /* our answer was lost */
		tcp_drop(t, s, NOD_EV_TCP_DROP_DUPLICATE);
		return;
	}
	if (h->has_ts && s->o.has_timestamps && seq_lt(s->o.ts_value, h->flow.node.spare) &&
		!(s->flags & TCP_RST)) {
		tcp_drop(t, s, NOD_EV_TCP_DROP_PAWS);
		return;
	}
	if (seq_lt(s->seq, h->irs + 1) || seq_gt(s->seq, h->irs + 1 + wnd)) {
		if (!(s->flags & TCP_RST))
			half_repeat(t, h);
		tcp_drop(t, s, NOD_EV_TCP_DROP_WINDOW);
		return;
	}
	if (s->flags & TCP_RST) {
		if (s->seq == h->irs + 1) /* RFC 5961 3; MUST-11: back to LISTEN */
			tcp_half_forget(t, h);
		tcp_drop(t, s, NOD_EV_TCP_DROP_RST);
		return;
	}
	if (s->flags & TCP_SYN) {
		half_repeat(t, h);
		tcp_drop(t, s, NOD_EV_TCP_DROP_SYN);
		return;
	}
	if (!(s->flags & TCP_ACK)) {
		tcp_drop(t, s, NOD_EV_TCP_DROP_NO_ACK);
		return;
	}
	if (s->ack != h->iss + 1) {
		tcp_reset_stranger(t, s);
		tcp_drop(t, s, NOD_EV_TCP_DROP_ACK);
		return;
	}
	if (is_deferred(l, h, s)) {
		h->is_answered = true;
		tcp_drop(t, s, NOD_EV_TCP_DROP_BACKLOG);
		return;
	}
	c = is_full(l) ? NULL : conn_from(t, l, &a, s->in->iface);
	if (!c) { /* as Linux: the SYN-ACK goes out again, and the peer answers again */
		h->is_answered = true;
		l->n_overflows++;
		tcp_drop(t, s, NOD_EV_TCP_DROP_BACKLOG);
		return;
	}
	if (h->has_ts && s->o.has_timestamps)
		c->ts_recent = s->o.ts_value;
	/* RFC 6298 2.2; of one that was sent again nobody knows which was answered (MUST-18) */
	if (!a.was_sent_again)
		tcp_rtt_sample(c, half_age(t, h));
	tcp_half_forget(t, h);
	begin(t, l, c, s);
}
