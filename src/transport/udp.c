/* SPDX-License-Identifier: ISC */
/*
 * udp.c - datagrams between ports: in to the end that they are for, and out
 *
 * RFC 768, RFC 1122 4.1 (UDP-1..UDP-5), RFC 8200 8.1 and 6935 (checksums over IPv6), RFC 8085.
 * Does not queue: what stands above an end does.
 *
 * Neighbours: udp.h, udp_wire.h, udp_ports.c (ports and who is on them), network/ip.h.
 */
#include "udp.h"

#include <errno.h>
#include <stdlib.h>

#include "../base/checksum.h"
#include "../network/dest.h"
#include "../network/group.h"
#include "../network/icmp.h"
#include "../physical/device.h"
#include "udp_ports.h"
#include "udp_wire.h"

/* ---- look-up ------------------------------------------------------------------------ */

/* Who sent to whom: local is this host's side. */
struct flow {
	const struct ipa *local, *remote;
	uint16_t local_port, remote_port;
	const struct iface *iface;
	bool is_v4;
};

static bool takes_iface(const struct udp_end *e, const struct iface *i)
{
	return !e->iface || e->iface == i;
}

/* An IPv6 any address takes IPv4 as well, unless it was told not to. */
static bool takes_family(const struct udp_end *e, bool is_v4)
{
	if (ipa_is_v4(&e->local))
		return is_v4;
	return !is_v4 || !(e->flags & UDP_END_V6_ONLY);
}

static struct udp_end *find_connected(const struct udp *u, const struct flow *f)
{
	struct hnode *h = table_first(&u->by_flow,
		udp_hash_flow(u, f->local, f->local_port, f->remote, f->remote_port));

	for (; h; h = table_next(h)) {
		struct udp_end *e = container_of(h, struct udp_end, node);

		if (e->local_port == f->local_port && e->remote_port == f->remote_port &&
			ipa_equal(&e->local, f->local) && ipa_equal(&e->remote, f->remote) &&
			takes_iface(e, f->iface))
			return e;
	}
	return NULL;
}

/* The best so far of those who could have it, and how many are as good and share. */
struct choice {
	struct udp_end *best;
	unsigned score;
	uint32_t sharers;
};

static unsigned score_of(const struct udp_end *e)
{
	return (e->iface ? 2u : 0u) + !(e->flags & UDP_END_IS_V6);
}

/* The first of several equals, which is the youngest, as in Linux; of sharers the @pick-th. */
static void consider(struct choice *c, struct udp_end *e, uint32_t pick)
{
	unsigned score = score_of(e);

	if (!c->best || score > c->score) {
		*c = (struct choice){ .best = e, .score = score, .sharers = 1 };
	} else if (score == c->score && (e->flags & c->best->flags & UDP_END_REUSE_PORT)) {
		if (c->sharers++ == pick)
			c->best = e;
	}
}

static struct choice among_named(const struct udp *u, const struct flow *f, uint32_t pick)
{
	struct hnode *h = table_first(&u->by_addr, udp_hash_addr(u, f->local, f->local_port));
	struct choice c = { 0 };

	for (; h; h = table_next(h)) {
		struct udp_end *e = container_of(h, struct udp_end, node);

		if (e->local_port == f->local_port && ipa_equal(&e->local, f->local) &&
			takes_iface(e, f->iface))
			consider(&c, e, pick);
	}
	return c;
}

static struct choice among_wild(
	const struct udp_port *port, const struct flow *f, uint32_t pick)
{
	struct choice c = { 0 };

	for (struct udp_end *e = port->wild; e; e = e->next)
		if (takes_family(e, f->is_v4) && takes_iface(e, f->iface))
			consider(&c, e, pick);
	return c;
}

/* Which of @n sharers a flow belongs to: always the same, each as often. */
static uint32_t share_of(const struct udp *u, const struct flow *f, uint32_t n)
{
	uint64_t hash = udp_hash_flow(u, f->local, f->local_port, f->remote, f->remote_port);

	return (uint32_t)((hash >> 32) * n >> 32);
}

/* Whether @e, who is alone on the port, takes what a flow brings. */
static bool takes(const struct udp_end *e, const struct flow *f)
{
	if (!takes_iface(e, f->iface))
		return false;
	if (e->is_connected &&
		(e->remote_port != f->remote_port || !ipa_equal(&e->remote, f->remote)))
		return false;
	return ipa_equal(&e->local, f->local) ||
		(!e->is_connected && ipa_is_any(&e->local) && takes_family(e, f->is_v4));
}

static struct udp_end *find(const struct udp *u, const struct flow *f)
{
	const struct udp_port *port = udp_port_at(u, f->local_port);
	struct choice c = { 0 };

	if (!port)
		return NULL;
	if (port->count == 1) { /* as nearly every one is: nothing to look up */
		struct udp_end *e = port->wild ? port->wild : port->others;

		return takes(e, f) ? e : NULL;
	}
	if (port->n_connected) {
		struct udp_end *e = find_connected(u, f);

		if (e)
			return e;
	}
	if (port->n_named) {
		c = among_named(u, f, UINT32_MAX);
		if (c.sharers > 1)
			c = among_named(u, f, share_of(u, f, c.sharers));
	}
	if (!c.best) {
		c = among_wild(port, f, UINT32_MAX);
		if (c.sharers > 1)
			c = among_wild(port, f, share_of(u, f, c.sharers));
	}
	return c.best;
}

/* ---- in ----------------------------------------------------------------------------- */

static void drop(struct udp *u, struct pkt *p, const struct ip_in *in, enum nod_event_kind why)
{
	NOTE(u->core, why, .packet = pkt_public(p), .interface = (uint16_t)in->iface->index,
		.src = ipa_to_addr(&in->src, 0), .dst = ipa_to_addr(&in->dst, 0));
	pkt_free(p);
}

static void give(struct udp *u, struct udp_end *e, struct pkt *p, const struct ip_in *in,
	uint16_t src_port)
{
	if (!e->upper->input(e, p, in, src_port)) {
		drop(u, p, in, NOD_EV_UDP_DROP_FULL);
		return;
	}
	NOTE(u->core, NOD_EV_UDP_IN, .packet = pkt_public(p),
		.interface = (uint16_t)in->iface->index, .src = ipa_to_addr(&in->src, 0),
		.dst = ipa_to_addr(&in->dst, 0), .src_port = src_port,
		.dst_port = e->local_port);
}

/* RFC 3678: its own filter when it is a member, else what others joined, unless it will not. */
static bool wants(const struct udp_end *e, const struct ip_in *in, uint16_t src_port)
{
	struct netif *i = netif_of(in->iface);

	if (!takes_iface(e, in->iface) || !takes_family(e, in->is_v4) ||
		(!ipa_is_any(&e->local) && !ipa_equal(&e->local, &in->dst)) ||
		(e->is_connected &&
			(e->remote_port != src_port || !ipa_equal(&e->remote, &in->src))))
		return false;
	if (in->cast != IP_MULTICAST)
		return true;
	if (e->groups && group_of(*e->groups, i, &in->dst))
		return group_wants(*e->groups, i, &in->dst, &in->src);
	return in->is_v4 ? e->multicast_all : e->multicast_all6;
}

/* To everybody who wants it; the last one gets the packet itself, the others clones. */
static void give_to_all(
	struct udp *u, struct pkt *p, const struct ip_in *in, const struct udp_hdr *h)
{
	const struct udp_port *port = udp_port_at(u, h->dst);
	struct udp_end *last = NULL;

	for (unsigned list = 0; port && list < 2; list++) {
		for (struct udp_end *e = list ? port->others : port->wild; e; e = e->next) {
			struct pkt *copy;

			if (!wants(e, in, h->src))
				continue;
			copy = last ? pkt_clone(p, u->core->pool) : NULL;
			if (copy)
				give(u, last, copy, in, h->src);
			else if (last)
				NOTE(u->core, NOD_EV_UDP_DROP_NO_MEMORY,
					.packet = pkt_public(p),
					.interface = (uint16_t)in->iface->index);
			last = e;
		}
	}
	if (last)
		give(u, last, p, in, h->src);
	else
		drop(u, p, in, port ? NOD_EV_UDP_DROP_FILTER : NOD_EV_UDP_DROP_NO_PORT);
}

/* (UDP-1, UDP-2, H34).  @e: the one that it is for, NULL: not known, or several. */
static enum nod_event_kind check_sum(
	struct pkt *p, const struct ip_in *in, const struct udp_hdr *h, const struct udp_end *e)
{
	/* a field that is still to be filled in is not 0: it holds the pseudo-header's sum */
	if (h->sum == 0) {
		if (in->is_v4 || (e && e->flags & UDP_END_NO_CHECK6_RX))
			return NOD_EV_N; /* RFC 768: its sender made none */
		return NOD_EV_UDP_DROP_NO_CHECKSUM;
	}
	return ip_sum_ok(p, in) ? NOD_EV_N : NOD_EV_UDP_DROP_CHECKSUM;
}

static void udp_input(void *self, struct pkt *p, const struct ip_in *in)
{
	struct udp *u = self;
	struct udp_end *e = NULL;
	struct udp_hdr h;
	enum nod_event_kind bad;
	struct rcur r;

	if (!pkt_linear(p, UDP_HDR_LEN)) {
		drop(u, p, in, NOD_EV_UDP_DROP_SHORT);
		return;
	}
	r = rcur_of(p->data, p->lin);
	/* (UDP-5, H34); the length of a super-segment is that of all its datagrams */
	if (udp_parse(&h, &r) < 0 || (h.len > p->len && !p->gso)) {
		drop(u, p, in, NOD_EV_UDP_DROP_SHORT);
		return;
	}
	if (h.len < p->len && !p->gso)
		pkt_trim(p, h.len);
	if (!h.dst) {
		drop(u, p, in, NOD_EV_UDP_DROP_PORT_ZERO);
		return;
	}
	p->l4 = p->data;
	if (in->cast == IP_UNICAST) {
		const struct flow f = { &in->dst, &in->src, h.dst, h.src, in->iface,
			in->is_v4 };

		e = find(u, &f);
	}
	bad = check_sum(p, in, &h, e);
	if (bad != NOD_EV_N) {
		drop(u, p, in, bad);
		return;
	}
	if (in->cast != IP_UNICAST) {
		pkt_pull(p, UDP_HDR_LEN);
		give_to_all(u, p, in, &h);
	} else if (e) {
		pkt_pull(p, UDP_HDR_LEN);
		give(u, e, p, in, h.src);
	} else {
		icmp_report(
			u->net, p, in->iface, ICMP_REPORT_PORT_UNREACHABLE, 0); /* (UDP-3) */
		drop(u, p, in, NOD_EV_UDP_DROP_NO_PORT);
	}
}

/* Who sent what is quoted; NULL: nobody here. */
static struct udp_end *sender_of(struct udp *u, const struct ip_error *why, struct udp_hdr *h)
{
	struct rcur r = rcur_of(why->quoted.p, why->quoted.len);

	if (udp_parse(h, &r) < 0)
		return NULL;

	const struct flow f = { &why->src, &why->dst, h->src, h->dst, why->iface, why->is_v4 };

	return find(u, &f);
}

/* RFC 5927 4: who tells of a path has to know at least a port that is in use. */
static bool udp_is_known(void *self, const struct ip_error *why)
{
	struct udp_hdr h;

	return sender_of(self, why, &h);
}

/* To the end that sent what is quoted (UDP-4). */
static void udp_error(void *self, const struct ip_error *why)
{
	struct udp *u = self;
	struct udp_hdr h;
	struct udp_end *e = sender_of(u, why, &h);

	if (!e || !e->upper->error)
		return;
	NOTE(u->core, NOD_EV_UDP_ERROR, .interface = (uint16_t)why->iface->index,
		.src = ipa_to_addr(&why->src, 0), .dst = ipa_to_addr(&why->dst, 0),
		.src_port = h.src, .dst_port = h.dst, .to = why->error);
	e->upper->error(e, why, h.dst);
}

/* ---- binding and connecting --------------------------------------------------------- */

static struct ipa any_of(const struct udp_end *e)
{
	return e->flags & UDP_END_IS_V6 ? IPA_ANY6 : IPA_ANY4;
}

static int enter(struct udp *u, struct udp_end *e, uint16_t port)
{
	int err;

	e->local_port = port;
	err = udp_port_enter(u, e);
	if (err < 0)
		e->local_port = 0;
	e->is_bound = err == 0;
	return err;
}

int udp_bind(struct udp *u, struct udp_end *e, const struct ipa *local, uint16_t port)
{
	struct ipa before = e->local;
	uint16_t chosen = port;
	int err;

	if (e->is_bound)
		return -EINVAL;
	if (port && !udp_port_is_free(u, e, local, port))
		return -EADDRINUSE;
	if (!port)
		chosen = udp_port_choose(u);
	if (!chosen)
		return -EADDRINUSE;
	e->local = *local;
	err = enter(u, e, chosen);
	if (err < 0) {
		e->local = before;
		return err;
	}
	e->is_port_asked = port;
	e->is_local_asked = !ipa_is_any(local);
	return 0;
}

int udp_bind_any(struct udp *u, struct udp_end *e)
{
	uint16_t port = udp_port_choose(u);

	return port ? enter(u, e, port) : -EAGAIN;
}

static void let_way_go(struct udp *u, struct udp_end *e)
{
	if (e->way)
		dest_unref(u->net, e->way);
	e->way = NULL;
}

int udp_connect_by(struct udp *u, struct udp_end *e, struct ip_out *o, uint16_t port)
{
	struct ip_way way;
	int err;

	o->protocol = IP_PROTO_UDP;
	err = ip_route(u->net, o, &way);
	if (err == 0 && !e->is_bound)
		err = udp_bind_any(u, e);
	if (err < 0)
		return err;
	udp_port_unfile(u, e);
	if (ipa_is_any(&e->local))
		e->local = way.src;
	e->remote = o->dst;
	e->remote_port = port;
	e->is_connected = true;
	udp_port_file(u, e);
	return 0;
}

int udp_connect(struct udp *u, struct udp_end *e, const struct ipa *remote, uint16_t port)
{
	struct ip_out o = {
		.dst = *remote,
		.src = ipa_is_any(&e->local) || e->is_local_shared ? IPA_ANY6 : e->local,
		.iface = e->iface,
		.may_broadcast = true,
	};

	return udp_connect_by(u, e, &o, port);
}

void udp_disconnect(struct udp *u, struct udp_end *e)
{
	if (e->is_bound)
		udp_port_unfile(u, e);
	e->is_connected = false;
	e->remote = any_of(e);
	e->remote_port = 0;
	if (!e->is_local_asked)
		e->local = any_of(e);
	if (e->is_bound)
		udp_port_file(u, e);
	if (e->is_bound && !e->is_port_asked) {
		udp_port_leave(u, e);
		e->is_bound = false;
		e->local_port = 0;
	}
	let_way_go(u, e);
}

void udp_close(struct udp *u, struct udp_end *e)
{
	if (e->is_bound)
		udp_port_leave(u, e);
	e->is_bound = e->is_connected = false;
	e->local_port = e->remote_port = 0;
	e->local = e->remote = any_of(e);
	let_way_go(u, e);
}

uint32_t udp_count(const struct udp *u)
{
	return u->count;
}

/* ---- out ---------------------------------------------------------------------------- */

int udp_route(struct udp *u, struct udp_end *e, struct ip_out *o, struct ip_way *way)
{
	if (!e->is_bound) {
		int err = udp_bind_any(u, e);

		if (err < 0)
			return err;
	}
	/* nobody sends from a group or to all, though he may be bound there */
	if (ipa_is_any(&o->src) && !ipa_is_any(&e->local) && !ipa_is_multicast(&e->local) &&
		!e->is_local_shared)
		o->src = e->local;
	o->protocol = IP_PROTO_UDP;
	o->cached = &e->way;
	return ip_route(u->net, o, way);
}

static bool has_no_sum(const struct udp_end *e, const struct ip_out *o)
{
	return e->flags & (ipa_is_v4(&o->dst) ? UDP_END_NO_CHECK : UDP_END_NO_CHECK6_TX);
}

bool udp_needs_sum(const struct udp_end *e, const struct ip_out *o, const struct ip_way *way)
{
	return !way->is_local && !(way->iface->can & DEVICE_SUMS) && !has_no_sum(e, o);
}

/* The checksum of a datagram whose payload has the running sum @sum. */
static uint16_t sum_of(
	const struct udp_hdr *h, const struct ipa *src, const struct ipa *dst, uint64_t sum)
{
	uint16_t all;

	sum += ip_pseudo(src, dst, IP_PROTO_UDP, h->len);
	sum = checksum_add_u16(sum, h->src);
	sum = checksum_add_u16(sum, h->dst);
	all = checksum_end(checksum_add_u16(sum, h->len));
	return all ? all : 0xffff; /* RFC 768: 0 would say "none" (UDP-1) */
}

int udp_output(struct udp *u, struct udp_end *e, const struct ip_out *o,
	const struct ip_way *way, uint16_t port, struct pkt *p, const uint64_t *sum)
{
	uint32_t len = p->len + UDP_HDR_LEN;
	struct udp_hdr h = { .src = e->local_port, .dst = port, .len = (uint16_t)len };
	struct wcur w;

	if (p->len > UINT16_MAX - UDP_HDR_LEN) {
		pkt_free(p);
		return -EMSGSIZE;
	}
	if (p->gso_size && p->gso_size < p->len)
		p->gso = PKT_GSO_UDP;
	else
		p->gso_size = 0;
	w = wcur_of(pkt_push(p, UDP_HDR_LEN), UDP_HDR_LEN);
	p->l4 = p->data;
	p->sum_offset = UDP_SUM_AT;
	if (has_no_sum(e, o) && !p->gso) {
		p->sum = PKT_SUM_FILLED;
	} else if (sum && !p->gso) {
		h.sum = sum_of(&h, &way->src, &o->dst, *sum);
		p->sum = PKT_SUM_FILLED;
	} else {
		h.sum = (uint16_t)~checksum_end(
			ip_pseudo(&way->src, &o->dst, IP_PROTO_UDP, len));
		p->sum = PKT_SUM_TO_FILL;
	}
	udp_emit(&h, &w);
	NOTE(u->core, NOD_EV_UDP_OUT, .packet = pkt_public(p),
		.interface = (uint16_t)way->iface->index, .src = ipa_to_addr(&way->src, 0),
		.dst = ipa_to_addr(&o->dst, 0), .src_port = h.src, .dst_port = port);
	return ip_output(u->net, o, way, p);
}

int udp_send(struct udp *u, struct udp_end *e, struct ip_out *o, uint16_t port, struct pkt *p)
{
	struct ip_way way;
	int err = udp_route(u, e, o, &way);

	if (err < 0) {
		pkt_free(p);
		return err;
	}
	return udp_output(u, e, o, &way, port, p, NULL);
}

int udp_init(struct net *n, struct udp **out)
{
	struct udp *u = calloc(1, sizeof(*u));
	int err;

	if (!u)
		return -ENOMEM;
	u->net = n;
	u->core = n->core;
	err = udp_ports_init(u);
	if (err == 0)
		err = net_register(n,
			&(struct ip_protocol){ .number = IP_PROTO_UDP,
				.input = udp_input,
				.error = udp_error,
				.is_known = udp_is_known,
				.self = u });
	if (err < 0) {
		udp_end_all(u);
		return err;
	}
	*out = u;
	return 0;
}

void udp_end_all(struct udp *u)
{
	if (!u)
		return;
	udp_ports_end(u);
	free(u);
}
