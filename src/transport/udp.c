/* SPDX-License-Identifier: ISC */
/*
 * udp.c - datagrams between ports
 *
 * RFC 768, RFC 1122 4.1 (UDP-1..UDP-5), RFC 8200 8.1 and 6935 (checksums over IPv6), RFC 6056
 * 3.3.1 (ports are handed out at random), RFC 8085.
 *
 * Neighbours: udp.h, udp_wire.h, network/ip.h.
 */
#include "udp.h"

#include <errno.h>
#include <stdlib.h>

#include "../base/checksum.h"
#include "../network/dest.h"
#include "../network/group.h"
#include "../network/icmp.h"
#include "udp_wire.h"

enum { PORT_FIRST = 32768, PORT_LAST = 60999, PORT_FIRST_ANY = 1024, PORT_LAST_ANY = 65535 };

struct udp {
	struct net *net;
	struct table by_flow; /* connected ends, by both addresses and ports */
	struct table by_port; /* all that are bound, by their port and address */
	uint32_t count;
};

/* ---- look-up ------------------------------------------------------------------------- */

static uint64_t flow_hash(const struct udp *u, const struct ipa *local, uint16_t local_port,
	const struct ipa *remote, uint16_t remote_port)
{
	struct {
		struct ipa local, remote;
		uint64_t ports;
	} key = { *local, *remote, (uint64_t)local_port << 16 | remote_port };

	return siphash13(&u->net->core->key, &key, sizeof(key));
}

/* Both any-addresses are one place: a socket of IPv6 may take IPv4. */
static uint64_t port_hash(const struct udp *u, const struct ipa *local, uint16_t port)
{
	struct {
		struct ipa local;
		uint64_t port;
	} key = { ipa_is_any(local) ? IPA_ANY6 : *local, port };

	return siphash13(&u->net->core->key, &key, sizeof(key));
}

static bool takes_family(const struct udp_end *e, bool is_v4)
{
	if (!(e->flags & UDP_END_IS_V6))
		return is_v4;
	return !is_v4 || !(e->flags & UDP_END_V6_ONLY);
}

static bool takes_iface(const struct udp_end *e, const struct iface *i)
{
	return !e->iface || e->iface == i;
}

static struct udp_end *find_flow(
	const struct udp *u, const struct ip_in *in, uint16_t local_port, uint16_t remote_port)
{
	uint64_t hash = flow_hash(u, &in->dst, local_port, &in->src, remote_port);
	struct hnode *h = table_first(&u->by_flow, hash);

	for (; h; h = table_next(h)) {
		struct udp_end *e = container_of(h, struct udp_end, by_flow);

		if (e->local_port == local_port && e->remote_port == remote_port &&
			ipa_equal(&e->local, &in->dst) && ipa_equal(&e->remote, &in->src) &&
			takes_iface(e, in->iface))
			return e;
	}
	return NULL;
}

/*
 * Who listens at @local: a socket bound to the interface before one that is not, the newest of
 * several, and of those that share a port one by the flow's hash.
 */
static struct udp_end *find_at(const struct udp *u, const struct ip_in *in,
	const struct ipa *local, uint16_t port, uint16_t remote_port)
{
	struct hnode *h = table_first(&u->by_port, port_hash(u, local, port));
	struct udp_end *best = NULL;
	uint32_t sharers = 0;

	for (; h; h = table_next(h)) {
		struct udp_end *e = container_of(h, struct udp_end, by_port);

		if (e->local_port != port || e->is_connected || !takes_family(e, in->is_v4) ||
			!takes_iface(e, in->iface) ||
			(ipa_is_any(local) ? !ipa_is_any(&e->local) :
					     !ipa_equal(&e->local, local)))
			continue;
		if (!best || (e->iface && !best->iface)) {
			best = e;
			sharers = 1;
		} else if (e->flags & best->flags & UDP_END_REUSE_PORT &&
			!e->iface == !best->iface) {
			uint64_t flow = flow_hash(u, &in->dst, port, &in->src, remote_port);

			/* each of n is taken with the same share: reservoir by the flow's hash */
			sharers++;
			if ((flow ^ (flow >> 32) * sharers) % sharers == 0)
				best = e;
		}
	}
	return best;
}

static struct udp_end *find(
	const struct udp *u, const struct ip_in *in, uint16_t port, uint16_t remote_port)
{
	struct ipa any = IPA_ANY6;
	struct udp_end *e = NULL;

	if (u->by_flow.count)
		e = find_flow(u, in, port, remote_port);
	if (!e)
		e = find_at(u, in, &in->dst, port, remote_port);
	return e ? e : find_at(u, in, &any, port, remote_port);
}

/* ---- in ------------------------------------------------------------------------------ */

static void drop(struct udp *u, struct pkt *p, const struct ip_in *in, enum nod_event_kind why)
{
	NOTE(u->net->core, why, .packet = pkt_public(p),
		.interface = (uint16_t)in->iface->index);
	pkt_free(p);
}

/* 0, or why the checksum will not do. */
static enum nod_event_kind check_sum(
	const struct udp *u, struct pkt *p, const struct ip_in *in, const struct udp_hdr *h)
{
	if (h->sum == 0 && p->sum != PKT_SUM_VERIFIED && p->sum != PKT_SUM_TO_FILL) {
		if (in->is_v4)
			return NOD_EV_N; /* its sender made none: RFC 768 */
		struct udp_end *e = find(u, in, h->dst, h->src);

		return e && e->flags & UDP_END_NO_CHECK6_RX ? NOD_EV_N :
							      NOD_EV_UDP_DROP_NO_CHECKSUM;
	}
	return ip_sum_ok(p, in) ? NOD_EV_N : NOD_EV_UDP_DROP_CHECKSUM;
}

static bool wants_group(const struct udp_end *e, const struct ip_in *in)
{
	struct group_member *m;

	if (in->cast != IP_MULTICAST)
		return true;
	m = group_of(e->groups, netif_of(in->iface), &in->dst);
	return m ? group_wants(e->groups, netif_of(in->iface), &in->dst, &in->src) :
		   e->multicast_all;
}

static void give(struct udp *u, struct udp_end *e, struct pkt *p, const struct ip_in *in,
	uint16_t src_port)
{
	NOTE(u->net->core, NOD_EV_UDP_IN, .packet = pkt_public(p),
		.interface = (uint16_t)in->iface->index, .src_port = src_port,
		.dst_port = e->local_port);
	if (!e->upper->input(e, p, in, src_port))
		drop(u, p, in, NOD_EV_UDP_DROP_FULL);
}

/* Those of one chain that want a datagram for many; each has a copy. */
static unsigned give_chain(struct udp *u, const struct ipa *local, struct pkt *p,
	const struct ip_in *in, const struct udp_hdr *h)
{
	unsigned n = 0;
	struct hnode *next;

	for (struct hnode *k = table_first(&u->by_port, port_hash(u, local, h->dst)); k;
		k = next) {
		struct udp_end *e = container_of(k, struct udp_end, by_port);
		struct pkt *copy;

		next = table_next(k);
		if (e->local_port != h->dst || !takes_family(e, in->is_v4) ||
			!takes_iface(e, in->iface) || !wants_group(e, in) ||
			(ipa_is_any(local) ? !ipa_is_any(&e->local) :
					     !ipa_equal(&e->local, local)) ||
			(e->is_connected &&
				(!ipa_equal(&e->remote, &in->src) || e->remote_port != h->src)))
			continue;
		n++;
		copy = pkt_clone(p, u->net->core->pool);
		if (copy)
			give(u, e, copy, in, h->src);
		else
			NOTE(u->net->core, NOD_EV_UDP_DROP_NO_MEMORY,
				.interface = (uint16_t)in->iface->index);
	}
	return n;
}

static void to_many(
	struct udp *u, struct pkt *p, const struct ip_in *in, const struct udp_hdr *h)
{
	struct ipa any = IPA_ANY6;
	unsigned n = give_chain(u, &in->dst, p, in, h) + give_chain(u, &any, p, in, h);

	if (n)
		pkt_free(p);
	else
		drop(u, p, in,
			in->cast == IP_MULTICAST ? NOD_EV_UDP_DROP_FILTER :
						   NOD_EV_UDP_DROP_NO_PORT);
}

static void input(void *self, struct pkt *p, const struct ip_in *in)
{
	struct udp *u = self;
	struct udp_hdr h;
	struct udp_end *e;
	enum nod_event_kind bad;

	if (!pkt_linear(p, UDP_HDR_LEN)) {
		drop(u, p, in, NOD_EV_UDP_DROP_SHORT);
		return;
	}

	struct rcur r = rcur_of(p->data, p->lin);

	/* (UDP-5, H34); a super-datagram's length is that of all */
	if (udp_parse(&h, &r) < 0 || (h.len > p->len && !p->gso)) {
		drop(u, p, in, NOD_EV_UDP_DROP_SHORT);
		return;
	}
	if (!p->gso)
		pkt_trim(p, h.len);
	if (!h.dst) {
		drop(u, p, in, NOD_EV_UDP_DROP_PORT_ZERO);
		return;
	}
	bad = check_sum(u, p, in, &h);
	if (bad != NOD_EV_N) {
		drop(u, p, in, bad);
		return;
	}
	p->l4 = p->data;
	if (in->cast != IP_UNICAST) {
		pkt_pull(p, UDP_HDR_LEN);
		to_many(u, p, in, &h);
		return;
	}
	e = find(u, in, h.dst, h.src);
	if (!e) { /* (UDP-3) */
		icmp_report(u->net, p, in->iface, ICMP_REPORT_PORT_UNREACHABLE, 0);
		drop(u, p, in, NOD_EV_UDP_DROP_NO_PORT);
		return;
	}
	pkt_pull(p, UDP_HDR_LEN);
	give(u, e, p, in, h.src);
}

/* (UDP-4): to the end whose datagram the error quotes. */
static void error(void *self, const struct ip_error *why)
{
	struct udp *u = self;
	struct rcur r = rcur_of(why->quoted.p, why->quoted.len);
	struct ip_in in = {
		.iface = why->iface,
		.src = why->dst,
		.dst = why->src,
		.is_v4 = why->is_v4,
	};
	struct udp_hdr h;
	struct udp_end *e;

	if (udp_parse(&h, &r) < 0)
		return;
	e = find(u, &in, h.src, h.dst);
	if (!e || !e->upper->error)
		return;
	NOTE(u->net->core, NOD_EV_UDP_ERROR, .interface = (uint16_t)why->iface->index,
		.dst_port = h.dst, .to = why->error);
	e->upper->error(e, why, h.dst);
}

/* ---- binding ------------------------------------------------------------------------- */

/* Whether two ends may have the same address and port beside one another. */
static bool may_share(const struct udp_end *a, const struct udp_end *b)
{
	bool v4_a = !(a->flags & UDP_END_IS_V6) || ipa_is_v4(&a->local);
	bool v4_b = !(b->flags & UDP_END_IS_V6) || ipa_is_v4(&b->local);

	if (v4_a != v4_b) { /* an IPv6 any-address takes IPv4 too, unless it is said not to */
		const struct udp_end *six = v4_a ? b : a;

		if (!ipa_is_any(&six->local) || six->flags & UDP_END_V6_ONLY)
			return true;
	}
	if (a->iface && b->iface && a->iface != b->iface)
		return true;
	return (a->flags & b->flags & UDP_END_REUSE_ADDR) ||
		(a->flags & b->flags & UDP_END_REUSE_PORT);
}

static bool is_taken_at(
	const struct udp *u, const struct udp_end *e, const struct ipa *local, uint16_t port)
{
	struct hnode *h = table_first(&u->by_port, port_hash(u, local, port));

	for (; h; h = table_next(h)) {
		const struct udp_end *o = container_of(h, struct udp_end, by_port);

		if (o->local_port != port ||
			(ipa_is_any(local) ? !ipa_is_any(&o->local) :
					     !ipa_equal(&o->local, local)))
			continue;
		if (!may_share(e, o))
			return true;
	}
	return false;
}

/* For an any-address every other address with that port matters; they are few or many: ports. */
static bool is_taken(const struct udp *u, const struct udp_end *e, uint16_t port)
{
	struct ipa any = IPA_ANY6;

	if (is_taken_at(u, e, &e->local, port))
		return true;
	if (!ipa_is_any(&e->local))
		return is_taken_at(u, e, &any, port);
	for (unsigned k = 1; k <= u->net->link->n_iface; k++) {
		struct iface *i = iface_at(u->net->link, k);

		for (const struct ifaddr *a = i && netif_of(i) ? netif_of(i)->addrs : NULL; a;
			a = a->next)
			if (is_taken_at(u, e, &a->addr, port))
				return true;
	}
	return false;
}

static void put(struct udp *u, struct udp_end *e)
{
	table_put(&u->by_port, &e->by_port, port_hash(u, &e->local, e->local_port));
	e->is_bound = true;
}

int udp_bind(struct udp *u, struct udp_end *e, const struct ipa *local, uint16_t port)
{
	struct core *c = u->net->core;
	uint32_t first = c->conf.source_port_any ? PORT_FIRST_ANY : PORT_FIRST;
	uint32_t span = (c->conf.source_port_any ? PORT_LAST_ANY : PORT_LAST) - first + 1;
	uint32_t start;

	if (e->is_bound)
		return -EINVAL;
	e->local = *local;
	if (port) {
		if (is_taken(u, e, port))
			return -EADDRINUSE;
		e->local_port = port;
		put(u, e);
		u->count++;
		return 0;
	}
	/* RFC 6056 3.3.1: from a random place on; a few random tries keep it hard to tell */
	for (unsigned k = 0; k < 16; k++) {
		uint16_t any = (uint16_t)(first + prng_below(&c->prng, span));

		if (!is_taken(u, e, any)) {
			e->local_port = any;
			put(u, e);
			u->count++;
			return 0;
		}
	}
	start = prng_below(&c->prng, span);
	for (uint32_t k = 0; k < span; k++) {
		uint16_t any = (uint16_t)(first + (start + k) % span);

		if (!is_taken(u, e, any)) {
			e->local_port = any;
			put(u, e);
			u->count++;
			return 0;
		}
	}
	return -EADDRINUSE;
}

void udp_disconnect(struct udp *u, struct udp_end *e)
{
	if (!e->is_connected)
		return;
	table_remove(&u->by_flow, &e->by_flow);
	e->is_connected = false;
	e->remote_port = 0;
	e->remote = e->flags & UDP_END_IS_V6 ? IPA_ANY6 : IPA_ANY4;
	if (e->way)
		dest_unref(u->net, e->way);
	e->way = NULL;
}

int udp_connect(struct udp *u, struct udp_end *e, const struct ipa *remote, uint16_t port)
{
	struct ip_out o = {
		.dst = *remote,
		.src = ipa_is_any(&e->local) ? (ipa_is_v4(remote) ? IPA_ANY4 : IPA_ANY6) :
					       e->local,
		.iface = e->iface,
		.may_broadcast = true,
	};
	struct ip_way way;
	int err = ip_route(u->net, &o, &way);

	if (err < 0)
		return err;
	udp_disconnect(u, e);
	if (!e->is_bound) {
		err = udp_bind(u, e, &way.src, 0);
		if (err < 0)
			return -EAGAIN;
	} else if (ipa_is_any(&e->local)) {
		table_remove(&u->by_port, &e->by_port);
		e->local = way.src;
		put(u, e);
	}
	e->remote = *remote;
	e->remote_port = port;
	e->is_connected = true;
	table_put(
		&u->by_flow, &e->by_flow, flow_hash(u, &e->local, e->local_port, remote, port));
	return 0;
}

void udp_close(struct udp *u, struct udp_end *e)
{
	udp_disconnect(u, e);
	if (e->way)
		dest_unref(u->net, e->way);
	e->way = NULL;
	group_leave_all(&e->groups);
	if (e->is_bound) {
		table_remove(&u->by_port, &e->by_port);
		u->count--;
	}
	e->is_bound = false;
	e->local_port = 0;
}

uint32_t udp_count(const struct udp *u)
{
	return u->count;
}

/* ---- out ----------------------------------------------------------------------------- */

int udp_send(struct udp *u, struct udp_end *e, struct ip_out *o, uint16_t port, struct pkt *p)
{
	struct ip_way way;
	uint32_t len = p->len + UDP_HDR_LEN;
	uint64_t sum;
	uint16_t field;
	uint8_t *h;
	int err;

	if (ipa_is_any(&o->src) && !ipa_is_any(&e->local) && !ipa_is_multicast(&e->local))
		o->src = e->local;
	o->protocol = IP_PROTO_UDP;
	o->cached = &e->way;
	if (!p->gso && len > UDP_PAYLOAD_MOST + UDP_HDR_LEN + (ipa_is_v4(&o->dst) ? 0u : 20u)) {
		pkt_free(p);
		return -EMSGSIZE;
	}
	err = ip_route(u->net, o, &way);
	if (err < 0) {
		pkt_free(p);
		return err;
	}
	h = pkt_push(p, UDP_HDR_LEN);
	p->l4 = h;

	struct wcur w = wcur_of(h, UDP_HDR_LEN);
	const struct udp_hdr hdr = {
		.src = e->local_port,
		.dst = port,
		.len = (uint16_t)(len > UINT16_MAX ? 0 : len),
	};

	udp_emit(&hdr, &w);
	sum = ip_pseudo(&way.src, &o->dst, IP_PROTO_UDP, len);
	if (e->flags & (ipa_is_v4(&o->dst) ? UDP_END_NO_CHECK : UDP_END_NO_CHECK6_TX) &&
		!p->gso) {
		p->sum = PKT_SUM_FILLED;
	} else {
		/* the device, or the link, makes it: only there it is known who has to */
		field = (uint16_t)~checksum_end(sum);
		h[UDP_SUM_AT] = (uint8_t)(field >> 8);
		h[UDP_SUM_AT + 1] = (uint8_t)field;
		p->sum = PKT_SUM_TO_FILL;
		p->sum_offset = UDP_SUM_AT;
	}
	NOTE(u->net->core, NOD_EV_UDP_OUT, .packet = pkt_public(p),
		.interface = (uint16_t)way.iface->index, .src_port = e->local_port,
		.dst_port = port);
	return ip_output(u->net, o, &way, p);
}

int udp_init(struct net *n, struct udp **out)
{
	struct udp *u = calloc(1, sizeof(*u));
	const struct ip_protocol proto = {
		.number = IP_PROTO_UDP,
		.input = input,
		.error = error,
		.self = u,
	};
	int err;

	if (!u)
		return -ENOMEM;
	u->net = n;
	err = table_init(&u->by_flow, 16);
	if (err == 0)
		err = table_init(&u->by_port, 16);
	if (err == 0)
		err = net_register(n, &proto);
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
	table_free(&u->by_flow);
	table_free(&u->by_port);
	free(u);
}
