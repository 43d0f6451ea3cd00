/* SPDX-License-Identifier: ISC */
/*
 * socket_udp.c - datagram sockets: what the calls mean over UDP
 *
 * RFC 768, RFC 1122 4.1; the order of the checks is Linux's (net/ipv4 and net/ipv6 as observed),
 * so that a program that is wrong in two ways hears of the same one.
 *
 * Neighbours: transport/udp.h below; socket_internal.h, socket_queue.c.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>

#include "../network/dest.h"
#include "../network/group.h"
#include "../transport/udp.h"
#include "../transport/udp_wire.h"
#include "socket_internal.h"

enum {
	LEN_MOST4 = 65535 - 20 - 8, /* octets of payload */
	LEN_MOST6 = 65535 - 8,
	SEGMENTS_MOST = 64, /* datagrams in a super-segment, as Linux's UDP_MAX_SEGMENTS */
};

struct sock_udp {
	struct sock_dgram dgram;
	struct udp_end end;
	/* How what goes to the peer leaves, while nothing has changed: peer_way_holds(). */
	struct ip_out out;
	struct ip_way way;
	uint32_t generation; /* the net's when it was found; 0 = to be found */
};

static struct sock_udp *udp_of(struct sock *k)
{
	return container_of(k, struct sock_udp, dgram.sock);
}

static const struct sock_udp *udp_of_const(const struct sock *k)
{
	return (const struct sock_udp *)(const void *)k;
}

/* ---- from below --------------------------------------------------------------------- */

static bool arrived(struct udp_end *e, struct pkt *p, const struct ip_in *in, uint16_t src_port)
{
	struct sock_udp *u = container_of(e, struct sock_udp, end);

	(void)src_port; /* it stands in the header, for when it is asked for */
	return sock_queue(&u->dgram.sock, p, in->iface);
}

static void failed(struct udp_end *e, const struct ip_error *why, uint16_t dst_port)
{
	struct sock_udp *u = container_of(e, struct sock_udp, end);
	struct span payload = why->quoted;

	if (payload.len >= UDP_HDR_LEN) {
		payload.p += UDP_HDR_LEN;
		payload.len -= UDP_HDR_LEN;
	}
	sock_icmp_error(&u->dgram.sock, why, dst_port, payload, e->is_connected);
}

static const struct udp_upper upper = { .input = arrived, .error = failed };

/* ---- made, ended, options ----------------------------------------------------------- */

static int changed(struct sock *k)
{
	struct sock_udp *u = udp_of(k);
	const struct sock_opt *o = k->opt;
	uint16_t reuse = (uint16_t)((o->reuse_addr ? UDP_END_REUSE_ADDR : 0) |
		(o->reuse_port ? UDP_END_REUSE_PORT : 0));

	u->generation = 0;
	udp_set_reuse(&u->end, reuse);
	u->end.flags = (uint16_t)((u->end.flags & (UDP_END_REUSE_ADDR | UDP_END_REUSE_PORT)) |
		(k->domain == AF_INET6 ? UDP_END_IS_V6 : 0) |
		(o->v6_only ? UDP_END_V6_ONLY : 0) | (o->no_check ? UDP_END_NO_CHECK : 0) |
		(o->no_check6_rx ? UDP_END_NO_CHECK6_RX : 0) |
		(o->no_check6_tx ? UDP_END_NO_CHECK6_TX : 0));
	u->end.iface = k->iface;
	u->end.multicast_all = o->group_all;
	u->end.multicast_all6 = o->group_all6;
	return 0;
}

static int open_udp(struct sock *k)
{
	struct sock_udp *u = udp_of(k);

	k->protocol = IPPROTO_UDP;
	u->end.upper = &upper;
	u->end.groups = &u->dgram.groups;
	u->end.local = u->end.remote = k->domain == AF_INET6 ? IPA_ANY6 : IPA_ANY4;
	changed(k);
	return 0;
}

static void close_udp(struct sock *k)
{
	udp_close(k->stack->udp, &udp_of(k)->end);
}

/* ---- names -------------------------------------------------------------------------- */

static int bind_udp(struct sock *k, const struct sockaddr *a, socklen_t len)
{
	struct sock_udp *u = udp_of(k);
	struct iface *before = k->iface;
	struct sock_name n;
	int err = sock_name_read_own(k, a, len, &n);

	if (err == 0)
		err = sock_may_bind(k, &n);
	if (err == 0 && (u->end.is_bound || u->end.is_local_asked))
		err = -EINVAL;
	if (err == 0) {
		changed(k);
		u->end.is_local_shared = ipa_is_v4(&n.addr) && !ipa_is_any(&n.addr) &&
			!ipa_is_loopback(&n.addr) && !ipa_is_multicast(&n.addr) &&
			!ifaddr_is_ours(&k->stack->net, NULL, &n.addr) && !k->opt->free_bind;
		if (n.port == 0 && k->opt->no_port && !ipa_is_any(&n.addr)) {
			u->end.local = n.addr; /* the port when it is needed */
			u->end.is_local_asked = true;
		} else {
			err = udp_bind(k->stack->udp, &u->end, &n.addr, n.port);
		}
	}
	if (err < 0 && k->iface != before) {
		k->iface = before;
		changed(k);
	}
	return err;
}

static int name_udp(const struct sock *k, bool is_peer, struct sockaddr_storage *out)
{
	const struct udp_end *e = &udp_of_const(k)->end;
	uint32_t scope = e->iface ? e->iface->index : 0;

	if (is_peer && !e->is_connected)
		return -ENOTCONN;
	if (is_peer)
		return (int)sock_name_write(k, &e->remote, e->remote_port, scope, out);
	return (int)sock_name_write(k, &e->local, e->local_port, scope, out);
}

/* Where a packet came from: its headers stand in front of it. */
static socklen_t from_udp(
	const struct sock *k, const struct pkt *p, struct sockaddr_storage *out)
{
	uint16_t port = (uint16_t)(p->l4[0] << 8 | p->l4[1]);
	struct ipa src;

	if (p->l3[0] >> 4 == 4)
		src = ipa_from_v4(p->l3 + 12);
	else
		memcpy(src.o, p->l3 + 8, 16);
	return sock_name_write(k, &src, port, p->mark, out);
}

/* Nobody listens at no address: it means this host (Linux; RFC 1122 3.2.1.3 leaves it open). */
static void any_is_ourselves(struct ipa *a)
{
	if (ipa_is_any(a))
		*a = ipa_is_v4(a) ? IPA_V4(127, 0, 0, 1) : (struct ipa){ .o = { [15] = 1 } };
}

/* Whether an end of this local address can speak with @to: both are of one family. */
static bool is_of_a_kind(const struct sock *k, const struct udp_end *e, const struct ipa *to)
{
	if (ipa_is_v4(to) && k->domain == AF_INET6 && k->opt->v6_only)
		return false;
	return (ipa_is_any(&e->local) && !(ipa_is_v4(&e->local) && !ipa_is_v4(to))) ||
		ipa_is_v4(&e->local) == ipa_is_v4(to);
}

/* Linux gives a port to whoever tries to send or connect, even if nothing comes of it. */
static int get_port(struct sock *k)
{
	struct sock_udp *u = udp_of(k);

	return u->end.is_bound ? 0 : udp_bind_any(k->stack->udp, &u->end);
}

static int connect_udp(struct sock *k, const struct sockaddr *a, socklen_t len)
{
	struct sock_udp *u = udp_of(k);
	struct ip_out o = { 0 };
	struct sock_name n;
	sa_family_t family;
	int err;

	u->generation = 0;
	memcpy(&family, a, sizeof(family));
	if (family == AF_UNSPEC) {
		udp_disconnect(k->stack->udp, &u->end);
		return 0;
	}
	err = get_port(k);
	if (err == 0)
		err = sock_name_read(k, a, len, &n);
	if (err < 0)
		return err;
	if (family == AF_INET && k->domain == AF_INET6 && k->opt->v6_only)
		return -EAFNOSUPPORT;
	any_is_ourselves(&n.addr);
	if (!is_of_a_kind(k, &u->end, &n.addr))
		return -ENETUNREACH;
	if (!ipa_is_v4(&n.addr) && ipa_is_link_local(&n.addr) && !n.scope && !k->iface)
		return -EINVAL;
	o.dst = n.addr;
	if (!ipa_is_any(&u->end.local) && !u->end.is_local_shared &&
		!ipa_is_multicast(&u->end.local))
		o.src = u->end.local;
	err = sock_out_options(k, &o, n.scope);
	if (err == 0)
		err = udp_connect_by(k->stack->udp, &u->end, &o, n.port);
	if (err == 0 && n.scope && !k->iface) {
		k->iface = iface_at(&k->stack->link, n.scope);
		changed(k);
	}
	return err;
}

static int shutdown_udp(struct sock *k, int how)
{
	return sock_shutdown(k, how, udp_of(k)->end.is_connected);
}

/* ---- sending ------------------------------------------------------------------------ */

/* Where to; the checks are made in Linux's order. */
static int send_to(struct sock *k, const struct sock_out *m, struct sock_name *n)
{
	const struct udp_end *e = &udp_of(k)->end;
	sa_family_t family;
	int err;

	if (m->len > UINT16_MAX)
		return -EMSGSIZE;
	if (m->flags & MSG_OOB && k->domain == AF_INET)
		return -EOPNOTSUPP;
	if (!m->to) {
		if (!e->is_connected)
			return -EDESTADDRREQ;
		*n = (struct sock_name){ .addr = e->remote, .port = e->remote_port };
		return 0;
	}
	err = sock_name_read(k, m->to, m->to_len, n);
	memcpy(&family, m->to, sizeof(family));
	if (err == -EAFNOSUPPORT && family == AF_UNSPEC) {
		struct sockaddr_in in;

		if (k->domain == AF_INET6) { /* Linux: to the peer */
			if (!e->is_connected)
				return -EDESTADDRREQ;
			*n = (struct sock_name){ .addr = e->remote, .port = e->remote_port };
			return 0;
		}
		memcpy(&in, m->to, sizeof(in));
		in.sin_family = AF_INET;
		err = sock_name_read(
			k, (const struct sockaddr *)(const void *)&in, sizeof(in), n);
	}
	if (err < 0)
		return err == -EAFNOSUPPORT && k->domain == AF_INET6 ? -EINVAL : err;
	if (n->port == 0)
		return -EINVAL;
	any_is_ourselves(&n->addr);
	return is_of_a_kind(k, e, &n->addr) ? 0 : -ENETUNREACH;
}

/* Told to the caller and, as he asked for with IP_RECVERR, kept with what is known of it. */
static ssize_t too_long(struct sock *k, const struct ip_out *o, uint16_t port, uint32_t mtu)
{
	bool is_v4 = ipa_is_v4(&o->dst);

	if (is_v4 ? k->opt->recv_err : k->opt->recv_err6)
		sock_queue_error(k,
			&(struct sock_error){ .to = o->dst,
				/* so Linux has it */
				.port = is_v4 ? udp_of(k)->end.remote_port : port,
				.origin = 1, /* SO_EE_ORIGIN_LOCAL */
				.is_v4 = is_v4,
				.error = EMSGSIZE,
				.info = mtu },
			(struct span){ 0 });
	return -EMSGSIZE;
}

/* What is cut into @segment octets each has to fit the way without fragments (UDP_SEGMENT). */
static int check_segments(const struct sock *k, const struct ip_out *o,
	const struct ip_way *way, size_t len, int segment)
{
	uint32_t headers = (ipa_is_v4(&o->dst) ? 20u : 40u) + UDP_HDR_LEN;

	if (!segment || (size_t)segment >= len)
		return 0;
	if ((uint32_t)segment + headers > way->mtu || len > (size_t)segment * SEGMENTS_MOST ||
		k->opt->no_check)
		return -EINVAL;
	return 0;
}

/* By a way that is known.  *@is_taken: m->ready is not the caller's any more. */
static ssize_t send_by(struct sock *k, const struct sock_out *m, const struct ip_out *o,
	const struct ip_way *way, uint16_t port, int segment, bool *is_taken)
{
	struct sock_udp *u = udp_of(k);
	struct udp *udp = k->stack->udp;
	uint64_t sum;
	struct pkt *p;
	bool with_sum;
	int err;

	if (m->len > (ipa_is_v4(&o->dst) ? LEN_MOST4 : LEN_MOST6))
		return too_long(k, o, port, way->mtu);
	err = check_segments(k, o, way, m->len, segment);
	if (err == 0 && k->is_shut_out)
		err = -EPIPE;
	if (err == 0 && k->error)
		err = sock_take_error(k);
	if (err < 0)
		return err;
	with_sum = !(segment && (size_t)segment < m->len) && udp_needs_sum(&u->end, o, way);
	p = sock_gather(k, m, with_sum ? &sum : NULL);
	*is_taken = true;
	if (!p)
		return -ENOBUFS;
	p->gso_size = (uint16_t)segment;
	err = udp_output(udp, &u->end, o, way, port, p, with_sum ? &sum : NULL);
	if (err == -EMSGSIZE)
		return too_long(k, o, port, way->mtu);
	return err < 0 ? err : (ssize_t)m->len;
}

/* Whether @m goes to the peer as the last one did: nothing has to be asked then. */
static bool peer_way_holds(const struct sock *k, const struct sock_out *m)
{
	const struct sock_udp *u = udp_of_const(k);
	const struct dest *d = u->way.dest;
	uint32_t generation = k->stack->net.generation;

	return u->generation == generation && !m->to && !m->control_len && !m->flags &&
		m->len <= LEN_MOST4 && d == u->end.way && d->generation == generation &&
		!d->is_dead && (!d->neigh || !d->neigh->is_dead);
}

static ssize_t send_checked(struct sock *k, const struct sock_out *m, bool *is_taken)
{
	struct sock_udp *u = udp_of(k);
	struct ip_out o = { 0 };
	struct sock_control c = { .o = &o, .segment = k->opt->segment };
	struct sock_name n;
	struct ip_way way;
	int err = get_port(k);

	if (err == 0)
		err = send_to(k, m, &n);
	if (err < 0)
		return err;
	o.dst = n.addr;
	err = sock_out_options(k, &o, n.scope);
	if (err == 0 && m->control_len)
		err = sock_control_read(k, m, &c);
	if (err == 0)
		err = udp_route(k->stack->udp, &u->end, &o, &way);
	if (err < 0)
		return err;
	if (!m->to && !m->control_len && way.cast == IP_UNICAST) {
		u->out = o;
		u->way = way;
		u->generation = k->stack->net.generation;
	}
	return send_by(k, m, &o, &way, n.port, c.segment, is_taken);
}

static ssize_t send_udp(struct sock *k, const struct sock_out *m)
{
	struct sock_udp *u = udp_of(k);
	bool is_taken = false;
	ssize_t n;

	if (__builtin_expect(peer_way_holds(k, m), 1)) {
		u->way.mtu = ip_way_mtu(&k->stack->net, &u->out, u->way.dest);
		n = send_by(k, m, &u->out, &u->way, u->end.remote_port, k->opt->segment,
			&is_taken);
	} else {
		n = send_checked(k, m, &is_taken);
	}
	if (m->ready && !is_taken)
		pkt_free(m->ready);
	return n;
}

const struct sock_ops sock_udp_ops = {
	.size = sizeof(struct sock_udp),
	.open = open_udp,
	.close = close_udp,
	.bind = bind_udp,
	.connect = connect_udp,
	.shutdown = shutdown_udp,
	.send = send_udp,
	.recv = sock_recv,
	.name = name_udp,
	.from = from_udp,
	.ready = sock_ready,
	.changed = changed,
};
