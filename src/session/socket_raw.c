/* SPDX-License-Identifier: ISC */
/*
 * socket_raw.c - raw sockets: whole IP packets of one protocol
 *
 * Linux's raw(7), RFC 3542 3 (IPv6: no header in, checksums made and judged for the program).
 * Each sees a copy of what comes, whatever else takes it.
 *
 * Neighbours: socket.h, network/ip.h (struct ip_raw).
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "../base/checksum.h"
#include "../network/dest.h"
#include "../network/group.h"
#include "socket.h"

enum { ICMP6_SUM_AT = 2 };

static bool is_wanted(const struct socket *k, const struct pkt *p, const struct ip_in *in)
{
	uint8_t type = p->lin ? p->data[0] : 0;

	if ((k->domain == AF_INET) != in->is_v4 || k->protocol != in->protocol)
		return false;
	if (k->end.iface && k->end.iface != in->iface)
		return false;
	if (!ipa_is_any(&k->end.local) && !ipa_equal(&k->end.local, &in->dst))
		return false;
	if (k->end.is_connected && !ipa_equal(&k->end.remote, &in->src))
		return false;
	if (in->cast == IP_MULTICAST && !k->end.multicast_all &&
		!group_wants(k->end.groups, netif_of(in->iface), &in->dst, &in->src))
		return false;
	if (in->is_v4 && in->protocol == IPPROTO_ICMP && type < 32 &&
		k->icmp4_filter >> type & 1)
		return false;
	return in->is_v4 || in->protocol != IPPROTO_ICMPV6 ||
		!(k->icmp6_filter[type / 32] >> type % 32 & 1);
}

static bool input(void *self, const struct pkt *p, const struct ip_in *in)
{
	struct nod_stack *s = self;
	bool was_wanted = false;

	for (struct socket *k = s->sockets->raw; k; k = k->next_raw) {
		const struct socket_meta m = {
			.src = in->src,
			.dst = in->dst,
			.interface = in->iface->index,
			.ttl = in->ttl,
			.tos = in->tos,
			.at = p->at,
		};
		struct pkt *copy;

		if (!is_wanted(k, p, in))
			continue;
		if (k->checksum_at >= 0 && p->sum != PKT_SUM_VERIFIED &&
			checksum_end(ip_pseudo(&in->src, &in->dst, in->protocol, p->len) +
				pkt_checksum(p, 0, p->len)) != 0)
			continue;
		was_wanted = true;
		copy = pkt_clone(p, s->core.pool);
		if (copy && in->is_v4) { /* IPv4's header is the program's, too: raw(7) */
			copy->data = copy->l3;
			copy->lin += in->hdr_len;
			copy->len += in->hdr_len;
		}
		if (copy && socket_keep(k, copy, &m)) {
			NOTE(&s->core, NOD_EV_RAW_IN, .packet = pkt_public(p),
				.id = (uint32_t)k->fd);
			continue;
		}
		NOTE(&s->core, NOD_EV_RAW_DROP_FULL, .packet = pkt_public(p),
			.id = (uint32_t)k->fd);
		pkt_free(copy);
	}
	return was_wanted;
}

static void error(void *self, const struct ip_error *why)
{
	struct nod_stack *s = self;

	for (struct socket *k = s->sockets->raw; k; k = k->next_raw)
		if ((k->domain == AF_INET) == why->is_v4 && k->protocol == why->protocol &&
			((k->end.is_connected && why->is_hard &&
				 ipa_equal(&k->end.remote, &why->dst)) ||
				k->wants_errors))
			socket_fail(k, why->error);
}

static int bind_to(struct socket *k, const struct socket_addr *a)
{
	struct iface *i = a->zone ? iface_at(&k->stack->link, a->zone) : k->end.iface;

	if (!ipa_is_any(&a->addr) && !ipa_is_multicast(&a->addr) &&
		!ifaddr_is_ours(&k->stack->net, i, &a->addr))
		return -EADDRNOTAVAIL;
	k->end.local = a->addr;
	return 0;
}

static int connect_to(struct socket *k, const struct socket_addr *a)
{
	struct ip_out o = socket_way(k, a);
	struct ip_way way;
	int err = ip_route(&k->stack->net, &o, &way);

	if (err < 0)
		return err;
	k->end.remote = a->addr;
	if (ipa_is_any(&k->end.local))
		k->end.local = way.src;
	k->end.is_connected = true;
	return 0;
}

static int disconnect(struct socket *k)
{
	k->end.is_connected = false;
	k->end.remote = k->domain == AF_INET ? IPA_ANY4 : IPA_ANY6;
	return 0;
}

/* ICMPv6, and what IPV6_CHECKSUM asks for: the stack makes the sum (RFC 3542 3.1). */
static int make_checksum(
	struct socket *k, const struct ip_way *way, struct ip_out *o, struct pkt *p)
{
	int at = k->protocol == IPPROTO_ICMPV6 && k->domain == AF_INET6 ? ICMP6_SUM_AT :
									  k->checksum_at;
	uint16_t sum;

	p->sum = PKT_SUM_FILLED;
	if (at < 0)
		return 0;
	if (!pkt_linear(p, (uint32_t)at + 2))
		return -EINVAL;
	p->data[at] = p->data[at + 1] = 0;
	sum = checksum_end(ip_pseudo(&way->src, &o->dst, o->protocol, p->len) +
		pkt_checksum(p, 0, p->len));
	p->data[at] = (uint8_t)(sum >> 8);
	p->data[at + 1] = (uint8_t)sum;
	return 0;
}

/* The program's own IPv4 header; what raw(7) fills in is filled in. */
static int send_whole(
	struct socket *k, struct ip_out *o, const struct ip_way *way, struct pkt *p)
{
	uint8_t *h = p->data;
	uint32_t hdr;
	uint16_t sum;

	if (!pkt_linear(p, 20) || h[0] >> 4 != 4 || (h[0] & 15u) * 4u < 20 ||
		!pkt_linear(p, (h[0] & 15u) * 4u)) {
		pkt_free(p);
		return -EINVAL;
	}
	hdr = (h[0] & 15u) * 4u;
	h[2] = (uint8_t)(p->len >> 8);
	h[3] = (uint8_t)p->len;
	if (!(h[12] | h[13] | h[14] | h[15]))
		memcpy(h + 12, way->src.o + 12, 4);
	h[10] = h[11] = 0;
	sum = checksum_end(checksum_add(0, h, hdr));
	h[10] = (uint8_t)(sum >> 8);
	h[11] = (uint8_t)sum;
	p->sum = PKT_SUM_FILLED;
	return ip_output_whole(&k->stack->net, o, p);
}

static int send_to(
	struct socket *k, struct pkt *p, const struct socket_addr *to, const struct ip_out *how)
{
	struct socket_addr dst;
	struct ip_out o;
	struct ip_way way;
	int err = 0;

	if (to)
		dst = *to;
	else if (k->end.is_connected)
		dst = (struct socket_addr){ .addr = k->end.remote };
	else
		err = -EDESTADDRREQ;
	if (err == 0) {
		o = socket_way(k, &dst);
		if (!ipa_is_any(&k->end.local))
			o.src = k->end.local;
		if (how && !ipa_is_any(&how->src))
			o.src = how->src;
		if (how && how->iface)
			o.iface = how->iface;
		if (how && how->ttl)
			o.ttl = how->ttl;
		o.protocol = (uint8_t)k->protocol;
		o.cached = &k->end.way;
		if (ipa_is_v4(&dst.addr) && !k->pmtu)
			o.pmtu = IP_PMTU_DONT; /* raw(7): cut where it must be */
		err = ip_route(&k->stack->net, &o, &way);
	}
	if (err == 0 && !k->is_header_included)
		err = make_checksum(k, &way, &o, p);
	if (err < 0) {
		pkt_free(p);
		return err;
	}
	NOTE(&k->stack->core, NOD_EV_RAW_OUT, .packet = pkt_public(p), .id = (uint32_t)k->fd);
	if (k->is_header_included)
		return send_whole(k, &o, &way, p);
	p->l4 = p->data;
	return ip_output(&k->stack->net, &o, &way, p);
}

static void end(struct socket *k)
{
	struct socket **at = &k->stack->sockets->raw;

	while (*at != k)
		at = &(*at)->next_raw;
	*at = k->next_raw;
	if (k->end.way)
		dest_unref(&k->stack->net, k->end.way);
	group_leave_all(&k->end.groups);
}

int socket_raw_new(struct socket *k)
{
	static const struct socket_ops ops = {
		.bind = bind_to,
		.connect = connect_to,
		.disconnect = disconnect,
		.send = send_to,
		.close = end,
	};

	if (k->protocol <= 0 || k->protocol > 255)
		return -EPROTONOSUPPORT;
	k->ops = &ops;
	k->is_header_included = k->protocol == IPPROTO_RAW;
	k->next_raw = k->stack->sockets->raw;
	k->stack->sockets->raw = k;
	return 0;
}

void socket_raw_init(struct nod_stack *s)
{
	const struct ip_raw raw = { .input = input, .error = error, .self = s };

	net_set_raw(&s->net, &raw);
}
