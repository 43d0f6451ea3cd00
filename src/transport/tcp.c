/* SPDX-License-Identifier: ISC */
/*
 * tcp.c - whose is an arriving segment, and what strangers are told
 *
 * RFC 9293 3.10.7.1 (no connection: RST), 3.1 (checksum), MUST-57 and MUST-63 (whom a SYN may
 * come from); RFC 5927 and 5461 (ICMP errors).
 *
 * One table holds everything that has a place between two ports: connections, half-open ones and
 * those in TIME-WAIT; a listener is found when there is none of them.
 *
 * Neighbours: tcp_internal.h has the map.
 */
#include <errno.h>
#include <stdlib.h>

#include "../base/checksum.h"
#include "../network/dest.h"
#include "../network/icmp_wire.h"
#include "tcp_internal.h"

/* ---- memory that goes round ---------------------------------------------------------- */

struct tcp_slab {
	struct tcp_slab *next;
	_Alignas(16) uint8_t item[];
};

enum { SLAB_OCTETS = 32 * 1024 };

void *tcp_store_take(struct tcp_store *s)
{
	void **p;

	if (!s->free) {
		size_t n = SLAB_OCTETS / s->size ? SLAB_OCTETS / s->size : 1;
		struct tcp_slab *slab;

		if (s->most && s->in_use >= s->most)
			return NULL;
		slab = malloc(sizeof(*slab) + n * s->size);
		if (!slab)
			return NULL;
		s->taken += sizeof(*slab) + n * s->size;
		slab->next = s->slabs;
		s->slabs = slab;
		while (n--) {
			p = (void **)(void *)(slab->item + n * s->size);
			*p = s->free;
			s->free = p;
		}
	}
	if (s->most && s->in_use >= s->most)
		return NULL;
	p = s->free;
	s->free = *p;
	s->in_use++;
	memset(p, 0, s->size);
	return p;
}

void tcp_store_give(struct tcp_store *s, void *p)
{
	*(void **)p = s->free;
	s->free = p;
	s->in_use--;
}

static void store_end(struct tcp_store *s)
{
	for (struct tcp_slab *slab = s->slabs, *next; slab; slab = next) {
		next = slab->next;
		free(slab);
	}
	*s = (struct tcp_store){ 0 };
}

/* ---- the table of flows -------------------------------------------------------------- */

uint64_t tcp_hash(const struct tcp *t, const struct ipa *local, uint16_t local_port,
	const struct ipa *remote, uint16_t remote_port)
{
	struct {
		struct ipa local, remote;
		uint64_t ports;
	} key = { *local, *remote, (uint64_t)local_port << 16 | remote_port };

	return siphash13(&t->core->key, &key, sizeof(key));
}

struct tcp_flow *tcp_find(const struct tcp *t, const struct ipa *local, uint16_t local_port,
	const struct ipa *remote, uint16_t remote_port, unsigned interface)
{
	struct hnode *h =
		table_first(&t->flows, tcp_hash(t, local, local_port, remote, remote_port));

	for (; h; h = table_next(h)) {
		struct tcp_flow *f = container_of(h, struct tcp_flow, node);

		if (f->local_port == local_port && f->remote_port == remote_port &&
			ipa_equal(&f->local, local) && ipa_equal(&f->remote, remote) &&
			(!f->interface || f->interface == interface))
			return f;
	}
	return NULL;
}

void tcp_file(struct tcp *t, struct tcp_flow *f)
{
	table_put(&t->flows, &f->node,
		tcp_hash(t, &f->local, f->local_port, &f->remote, f->remote_port));
	tcp_port_use(t, f->local_port);
}

void tcp_unfile(struct tcp *t, struct tcp_flow *f)
{
	if (t->last_found == f)
		t->last_found = NULL;
	table_remove(&t->flows, &f->node);
	tcp_port_unuse(t, f->local_port);
}

/* ---- strangers ----------------------------------------------------------------------- */

void tcp_drop(struct tcp *t, struct tcp_seg *s, enum nod_event_kind why)
{
	NOTE(t->core, why, .packet = s->p ? pkt_public(s->p) : NULL,
		.interface = (uint16_t)s->in->iface->index, .src = ipa_to_addr(&s->in->src, 0),
		.dst = ipa_to_addr(&s->in->dst, 0), .src_port = s->h.src, .dst_port = s->h.dst);
	pkt_free(s->p);
	s->p = NULL;
}

void tcp_send_bare(struct tcp *t, const struct tcp_bare *b)
{
	struct ip_out o = { .src = b->local,
		.dst = b->remote,
		.iface = b->iface,
		.protocol = IP_PROTO_TCP,
		.tos = b->tos,
		.ttl = b->ttl };
	struct tcp_hdr h = { .src = b->local_port,
		.dst = b->remote_port,
		.seq = b->seq,
		.ack = b->ack,
		.flags = b->flags,
		.window = b->window };
	uint8_t options[TCP_OPTIONS_MOST];
	struct wcur w = wcur_of(options, sizeof(options));
	struct ip_way way;
	struct pkt *p;
	uint32_t len;

	if (tcp_options_emit(&b->o, &w) < 0 || ip_route(t->net, &o, &way) < 0)
		return;
	p = pkt_new(t->core->pool, TCP_HDR_MOST);
	if (!p)
		return;
	h.options = (struct span){ options, w.at };
	len = TCP_HDR_LEAST + (uint32_t)w.at;
	h.sum = (uint16_t)~checksum_end(ip_pseudo(&b->local, &b->remote, IP_PROTO_TCP, len));
	w = wcur_of(pkt_put(p, len), len);
	tcp_emit(&h, &w);
	p->l4 = p->data;
	p->sum = PKT_SUM_TO_FILL;
	p->sum_offset = TCP_SUM_AT;
	NOTE(t->core, b->flags & TCP_RST ? NOD_EV_TCP_OUT_RST : NOD_EV_TCP_OUT,
		.packet = pkt_public(p), .interface = (uint16_t)way.iface->index,
		.src = ipa_to_addr(&b->local, 0), .dst = ipa_to_addr(&b->remote, 0),
		.src_port = b->local_port, .dst_port = b->remote_port, .from = b->seq,
		.why = b->why);
	ip_output(t->net, &o, &way, p);
}

/* The interface must be said when the address does not tell it. */
static struct iface *iface_for(const struct tcp_seg *s)
{
	return ipa_is_link_local(&s->in->src) ? s->in->iface : NULL;
}

void tcp_reset_stranger(struct tcp *t, const struct tcp_seg *s)
{
	struct tcp_bare b = {
		.local = s->in->dst,
		.remote = s->in->src,
		.local_port = s->h.dst,
		.remote_port = s->h.src,
		.iface = iface_for(s),
		.flags = TCP_RST,
		.why = "nobody listens here",
	};

	if (s->flags & TCP_RST)
		return;
	if (s->flags & TCP_ACK) {
		b.seq = s->ack;
	} else {
		b.flags |= TCP_ACK;
		b.ack = seg_end(s);
	}
	tcp_send_bare(t, &b);
}

/* ---- in ------------------------------------------------------------------------------ */

/* Header and options; what cannot be read is dropped without a word (MUST-7, H36, H37). */
static enum nod_event_kind read_header(struct tcp_seg *s)
{
	struct pkt *p = s->p;
	uint32_t hdr_len;
	struct rcur r;

	if (!pkt_linear(p, TCP_HDR_LEAST))
		return NOD_EV_TCP_DROP_SHORT;
	hdr_len = 4u * (p->data[12] >> 4);
	if (hdr_len < TCP_HDR_LEAST || !pkt_linear(p, hdr_len))
		return NOD_EV_TCP_DROP_SHORT;
	r = rcur_of(p->data, hdr_len);
	if (tcp_parse(&s->h, &r) < 0)
		return NOD_EV_TCP_DROP_SHORT;
	p->l4 = p->data;
	if (!ip_sum_ok(p, s->in)) /* MUST-3 */
		return NOD_EV_TCP_DROP_CHECKSUM;
	if (!s->h.src || !s->h.dst)
		return NOD_EV_TCP_DROP_PORT_ZERO;
	/* MUST-5: in any segment */
	if (tcp_options_parse(&s->o, s->h.options) < 0)
		return NOD_EV_TCP_DROP_OPTIONS;
	s->seq = s->h.seq;
	s->ack = s->h.ack;
	s->flags = s->h.flags;
	s->len = p->len - hdr_len;
	s->wnd = s->h.window; /* MUST-1 */
	s->is_ce = (s->in->tos & 3) == 3;
	return NOD_EV_N;
}

/* Segments of one flow come in bunches: the last one's spares the hash.  NULL: another. */
static struct tcp_flow *found_again(const struct tcp *t, const struct tcp_seg *s)
{
	struct tcp_flow *f = t->last_found;

	return f && f->remote_port == s->h.src && f->local_port == s->h.dst &&
			ipa_equal(&f->remote, &s->in->src) && ipa_equal(&f->local, &s->in->dst) &&
			(!f->interface || f->interface == s->in->iface->index) ?
		f :
		NULL;
}

static void tcp_input(void *self, struct pkt *p, const struct ip_in *in)
{
	struct tcp *t = self;
	struct tcp_seg s;
	enum nod_event_kind bad;
	struct tcp_flow *f;
	struct tcp_listener *l;

	/* all else is read_header()'s; to clear it first would take as long */
	s.p = p;
	s.in = in;
	s.h.src = s.h.dst = 0;
	s.is_old_probe = s.has_iss = false;
	if (in->cast != IP_UNICAST) { /* MUST-57 */
		tcp_drop(t, &s, NOD_EV_TCP_DROP_CAST);
		return;
	}
	bad = read_header(&s);
	if (bad != NOD_EV_N) {
		tcp_drop(t, &s, bad);
		return;
	}
	NOTE(t->core, NOD_EV_TCP_IN, .packet = pkt_public(p),
		.interface = (uint16_t)in->iface->index, .src = ipa_to_addr(&in->src, 0),
		.dst = ipa_to_addr(&in->dst, 0), .src_port = s.h.src, .dst_port = s.h.dst);
	pkt_pull(p, s.h.hdr_len);
	f = found_again(t, &s);
	if (!f)
		f = tcp_find(t, &in->dst, s.h.dst, &in->src, s.h.src, in->iface->index);
	t->last_found = f;
	if (f && f->kind == TCP_KIND_CONN) {
		tcp_conn_input(container_of(f, struct tcp_conn, flow), &s);
	} else if (f && f->kind == TCP_KIND_HALF) {
		tcp_half_input(t, container_of(f, struct tcp_half, flow), &s);
	} else if (f) {
		tcp_wait_input(t, container_of(f, struct tcp_wait, flow), &s);
	} else {
		l = tcp_listener_find(t, &s);
		if (l) {
			tcp_listen_input(t, l, &s);
		} else {
			tcp_reset_stranger(t, &s);
			tcp_drop(t, &s, NOD_EV_TCP_DROP_NO_PORT);
		}
	}
	pkt_free(s.p);
}

/* ---- ICMP ---------------------------------------------------------------------------- */

static struct tcp_flow *quoted(struct tcp *t, const struct ip_error *why, nod_seq *seq)
{
	struct rcur r = rcur_of(why->quoted.p, why->quoted.len);
	uint16_t src = rcur_u16(&r), dst = rcur_u16(&r);

	*seq = rcur_u32(&r);
	if (r.bad)
		return NULL;
	return tcp_find(t, &why->src, src, &why->dst, dst, why->iface->index);
}

/* RFC 5927 4: only about a number that is under way. */
static bool is_under_way(const struct tcp_flow *f, nod_seq seq)
{
	const struct tcp_conn *c = container_of(f, struct tcp_conn, flow);

	if (f->kind == TCP_KIND_HALF)
		return seq == container_of(f, struct tcp_half, flow)->iss;
	return f->kind == TCP_KIND_CONN && seq_ge(seq, c->snd_una) && seq_lt(seq, c->snd_nxt);
}

static bool is_known(void *self, const struct ip_error *why)
{
	nod_seq seq;
	struct tcp_flow *f = quoted(self, why, &seq);

	return f && is_under_way(f, seq);
}

/* It may be one that passes, whatever UDP makes of it (MUST-56); not an unknown protocol's. */
static bool is_parameter_problem(const struct ip_error *why)
{
	const uint8_t unknown_protocol = 1; /* RFC 4443 3.4 */

	return why->is_v4 ? why->type == ICMPV4_PARAMETER_PROBLEM :
			    why->type == ICMPV6_PARAMETER_PROBLEM &&
				why->code != unknown_protocol;
}

/*
 * MUST-54, MUST-56; MUST-47, SHLD-25: an event, unless nobody wants it (SHLD-20), and the reason
 * when it times out; SHLD-26 only before the connection is established, as RFC 5461 and
 * 5927 have it: later a forged error must not end it (H31).
 */
static void tcp_error_input(void *self, const struct ip_error *why)
{
	struct tcp *t = self;
	nod_seq seq;
	struct tcp_flow *f = quoted(t, why, &seq);
	struct tcp_conn *c;
	uint16_t before;

	if (!f || !is_under_way(f, seq)) {
		NOTE(t->core, NOD_EV_TCP_DROP_ERROR, .interface = (uint16_t)why->iface->index,
			.src = ipa_to_addr(&why->src, 0), .dst = ipa_to_addr(&why->dst, 0));
		return;
	}
	if (f->kind != TCP_KIND_CONN)
		return; /* it times out, if it is true */
	c = container_of(f, struct tcp_conn, flow);
	NOTE(t->core, NOD_EV_TCP_ERROR, .interface = (uint16_t)why->iface->index,
		.src = ipa_to_addr(&why->src, 0), .dst = ipa_to_addr(&why->dst, 0),
		.to = why->error);
	if (why->error == EMSGSIZE) { /* the path's MTU has been learnt: RFC 1191, 8201 */
		before = c->snd_mss;
		tcp_set_mss(c);
		if (c->state == TCP_SYN_SENT && c->busy->first && !c->is_retransmitted) {
			c->is_retransmitted = true; /* what went with the SYN was too much */
			tcp_send_syn(c);
		}
		if (c->busy->first && c->state >= TCP_ESTABLISHED && c->snd_mss < before)
			tcp_loss_too_big(c);
		else
			tcp_mtu_refused(c);
		return;
	}
	if (why->is_hard && !is_parameter_problem(why) &&
		(c->state == TCP_SYN_SENT || c->state == TCP_SYN_RECEIVED)) {
		tcp_finish(c, why->error, "ICMP says that it cannot be");
		return;
	}
	c->busy->soft_error = why->error;
}

/* ---- all of it ----------------------------------------------------------------------- */

void tcp_flush(struct tcp *t)
{
	for (struct tcp_conn *c; (c = t->owing);) {
		tcp_disowe(c);
		tcp_output(c);
	}
}

bool tcp_is_owing(const struct tcp *t)
{
	return t->owing;
}

struct tcp_use tcp_use(const struct tcp *t)
{
	return (struct tcp_use){ t->conns.in_use, t->halves.in_use, t->waits.in_use,
		t->n_listeners, t->n_leaving, t->busies.in_use,
		t->conns.taken + t->busies.taken + t->halves.taken + t->waits.taken +
			t->chunks.taken + table_octets(&t->flows) };
}

int tcp_init(struct net *n, tcp_wake *wake, struct tcp **out)
{
	struct tcp *t = calloc(1, sizeof(*t));
	int err;

	if (!t)
		return -ENOMEM;
	t->net = n;
	t->core = n->core;
	t->wake = wake;
	t->last_owing = &t->owing;
	t->youngest_busy = &t->oldest_busy;
	t->conns.size = sizeof(struct tcp_conn);
	t->busies.size = sizeof(struct tcp_busy);
	t->halves.size = sizeof(struct tcp_half);
	t->waits.size = sizeof(struct tcp_wait);
	t->chunks.size = sizeof(struct tcp_chunk);
	t->conns.most = n->core->conf.tcp_connections;
	t->halves.most = n->core->conf.tcp_half_open;
	t->waits.most = n->core->conf.tcp_time_wait;
	t->wait_last = &t->wait_first;
	tcp_secret_init(t);
	err = table_init(&t->flows, 0);
	if (err == 0)
		err = tcp_ports_init(t);
	if (err == 0)
		err = tcp_listen_init(t);
	if (err == 0)
		err = net_register(n,
			&(struct ip_protocol){ .number = IP_PROTO_TCP,
				.input = tcp_input,
				.error = tcp_error_input,
				.is_known = is_known,
				.self = t });
	if (err < 0) {
		tcp_end(t);
		return err;
	}
	*out = t;
	return 0;
}

/* What nobody owned any more goes without a word: the stack ends. */
static void end_conns(struct tcp *t)
{
	uint64_t at = 0;

	while (t->owing) /* or each would be looked for among all that their sockets closed */
		tcp_disowe(t->owing);
	for (struct hnode *h; (h = table_walk(&t->flows, &at));) {
		struct tcp_flow *f = container_of(h, struct tcp_flow, node);

		if (f->kind != TCP_KIND_CONN)
			continue;
		tcp_conn_free(container_of(f, struct tcp_conn, flow));
		at--;
	}
}

void tcp_end(struct tcp *t)
{
	if (!t)
		return;
	end_conns(t);
	tcp_listen_end(t);
	tcp_wait_end_all(t);
	tcp_ports_end(t);
	tcp_fast_end(t);
	table_free(&t->flows);
	store_end(&t->conns);
	store_end(&t->busies);
	store_end(&t->halves);
	store_end(&t->waits);
	store_end(&t->chunks);
	free(t);
}
