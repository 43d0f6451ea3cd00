/* SPDX-License-Identifier: ISC */
/*
 * socket_udp.c - datagram sockets
 *
 * RFC 768, RFC 1122 4.1; the calls' meaning is Linux's udp(7), ip(7), ipv6(7).
 *
 * Neighbours: socket.h, transport/udp.h.
 */
#include <errno.h>

#include "../network/route.h"
#include "socket.h"

/* Whether a socket may have @a as its own address. */
static int check_local(struct socket *k, const struct socket_addr *a)
{
	struct nod_stack *s = k->stack;
	struct iface *i = a->zone ? iface_at(&s->link, a->zone) : NULL;

	if (k->domain == AF_INET6 && ipa_is_v4(&a->addr) && k->end.flags & UDP_END_V6_ONLY)
		return -EINVAL;
	if (ipa_is_any(&a->addr) || ipa_is_multicast(&a->addr))
		return 0;
	if (ipa_is_v4(&a->addr) && ipa_v4(&a->addr) == UINT32_MAX)
		return 0;
	if (!ipa_is_v4(&a->addr) && ipa_is_link_local(&a->addr)) {
		if (!i && !k->end.iface)
			return -EINVAL; /* of which link? */
		if (i && !k->end.iface)
			k->end.iface = i;
	}
	for (unsigned n = 1; n <= s->link.n_iface; n++) {
		struct iface *f = iface_at(&s->link, n);

		if (f && netif_of(f) && ifaddr_is_broadcast(netif_of(f), &a->addr))
			return 0;
	}
	if (ifaddr_is_ours(&s->net, k->end.iface, &a->addr))
		return 0;
	return ipa_is_v4(&a->addr) && ipa_is_loopback(&a->addr) ? 0 : -EADDRNOTAVAIL;
}

static int bind_to(struct socket *k, const struct socket_addr *a)
{
	int err;

	if (k->end.is_bound)
		return -EINVAL;
	err = check_local(k, a);
	return err < 0 ? err : udp_bind(k->stack->udp, &k->end, &a->addr, a->port);
}

/* An any-address as destination is this host: Linux's connect(2) and sendto(2). */
static void any_is_loopback(struct socket_addr *a)
{
	if (!ipa_is_any(&a->addr))
		return;
	if (ipa_is_v4(&a->addr))
		a->addr = IPA_V4(127, 0, 0, 1);
	else
		a->addr = (struct ipa){ .o = { [15] = 1 } };
}

/* IPv4 by an IPv6 socket only when it is not for IPv6 alone; and one that is bound keeps to it. */
static int check_family(const struct socket *k, const struct socket_addr *a)
{
	bool is_v4 = ipa_is_v4(&a->addr);

	if (k->domain == AF_INET6 && is_v4 && k->end.flags & UDP_END_V6_ONLY)
		return -ENETUNREACH;
	if (!ipa_is_any(&k->end.local) && ipa_is_v4(&k->end.local) != is_v4)
		return is_v4 ? -ENETUNREACH : -EAFNOSUPPORT;
	return 0;
}

static int connect_to(struct socket *k, const struct socket_addr *a)
{
	struct socket_addr to = *a;
	int err;

	any_is_loopback(&to);
	err = check_family(k, &to);
	if (err < 0)
		return err;
	if (to.zone && ipa_is_link_local(&to.addr) && !k->end.iface)
		k->end.iface = iface_at(&k->stack->link, to.zone);
	if (!k->may_broadcast) {
		struct ip_out o = socket_way(k, &to);
		struct ip_way way;

		err = ip_route(&k->stack->net, &o, &way); /* a broadcast needs leave */
		if (err == -EACCES)
			return err;
	}
	return udp_connect(k->stack->udp, &k->end, &to.addr, to.port);
}

static int disconnect(struct socket *k)
{
	udp_disconnect(k->stack->udp, &k->end);
	return 0;
}

static int send_to(
	struct socket *k, struct pkt *p, const struct socket_addr *to, const struct ip_out *how)
{
	struct socket_addr dst;
	struct ip_out o;
	int err = 0;

	if (to)
		dst = *to;
	else if (k->end.is_connected)
		dst = (struct socket_addr){ .addr = k->end.remote, .port = k->end.remote_port };
	else
		err = -EDESTADDRREQ;
	if (err == 0 && !dst.port)
		err = -EINVAL;
	if (err == 0) {
		any_is_loopback(&dst);
		err = check_family(k, &dst);
	}
	if (err == 0 && !k->end.is_bound)
		err = udp_bind(k->stack->udp, &k->end, &k->end.local, 0);
	if (err < 0) {
		pkt_free(p);
		return err;
	}
	o = socket_way(k, &dst);
	if (how) {
		if (!ipa_is_any(&how->src))
			o.src = how->src;
		if (how->iface)
			o.iface = how->iface;
		if (how->ttl)
			o.ttl = how->ttl;
		if (how->tos)
			o.tos = how->tos;
	}
	if (k->gso_size && p->len > k->gso_size) {
		p->gso = PKT_GSO_UDP;
		p->gso_size = k->gso_size;
	}
	return udp_send(k->stack->udp, &k->end, &o, dst.port, p);
}

/* Several datagrams in one packet, for a socket that wants them one by one. */
static bool keep_each(struct socket *k, struct pkt *p, const struct socket_meta *m)
{
	bool was_kept = false;

	for (uint32_t at = 0; at < p->len; at += p->gso_size) {
		uint32_t len = p->len - at < p->gso_size ? p->len - at : p->gso_size;
		struct pkt *one = pkt_new(k->stack->core.pool, len);

		if (!one)
			break;
		pkt_copy_out(p, at, pkt_put(one, len), len);
		if (!socket_keep(k, one, m)) {
			pkt_free(one);
			break;
		}
		was_kept = true;
	}
	if (was_kept)
		pkt_free(p);
	return was_kept;
}

static bool input(struct udp_end *e, struct pkt *p, const struct ip_in *in, uint16_t src_port)
{
	struct socket *k = container_of(e, struct socket, end);
	const struct socket_meta m = {
		.src = in->src,
		.dst = in->dst,
		.src_port = src_port,
		.dst_port = e->local_port,
		.interface = in->iface->index,
		.ttl = in->ttl,
		.tos = in->tos,
		.at = p->at,
	};

	if (p->gso && p->gso_size && p->len > p->gso_size && !k->wants_gro)
		return keep_each(k, p, &m);
	return socket_keep(k, p, &m);
}

/* Only a connected socket hears of hard errors unasked (udp(7)). */
static void error(struct udp_end *e, const struct ip_error *why, uint16_t dst_port)
{
	struct socket *k = container_of(e, struct socket, end);

	(void)dst_port;
	if ((e->is_connected && why->is_hard && why->error != EMSGSIZE) || k->wants_errors)
		socket_fail(k, why->error);
}

static void end(struct socket *k)
{
	udp_close(k->stack->udp, &k->end);
}

int socket_udp_new(struct socket *k)
{
	static const struct socket_ops ops = {
		.bind = bind_to,
		.connect = connect_to,
		.disconnect = disconnect,
		.send = send_to,
		.close = end,
	};
	static const struct udp_upper upper = { .input = input, .error = error };

	k->ops = &ops;
	k->end.upper = &upper;
	return 0;
}
