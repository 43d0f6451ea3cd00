/* SPDX-License-Identifier: ISC */
/*
 * socket_msg.c - what goes beside the data: options of how to send, and control messages
 *
 * RFC 3542 (IPv6), Linux's ip(7), ipv6(7), udp(7).
 *
 * Neighbours: socket_internal.h; socket_error.c (the error queue's message).
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/time.h>

#include "socket_internal.h"

/* ---- how to send -------------------------------------------------------------------- */

static uint8_t pmtu_of(int discover)
{
	static const uint8_t pmtu[] = {
		[IP_PMTUDISC_DONT] = IP_PMTU_DONT,
		[IP_PMTUDISC_WANT] = IP_PMTU_WANT,
		[IP_PMTUDISC_DO] = IP_PMTU_DO,
		[IP_PMTUDISC_PROBE] = IP_PMTU_PROBE,
		[IP_PMTUDISC_INTERFACE] = IP_PMTU_DONT,
		[IP_PMTUDISC_OMIT] = IP_PMTU_DONT,
	};

	return pmtu[discover];
}

static int choose_iface(struct sock *k, struct ip_out *o, uint32_t scope, bool is_group)
{
	o->iface = k->iface;
	if (k->iface == &sock_gone)
		return -ENODEV;
	if (scope) {
		struct iface *i = iface_at(&k->stack->link, scope);

		if (k->iface && k->iface->index != scope)
			return -EINVAL;
		if (!i)
			return -ENODEV;
		o->iface = i;
	} else if (is_group && !k->iface) {
		o->iface = sock_dgram(k)->group_iface[ipa_is_v4(&o->dst)];
	}
	return 0;
}

int sock_out_options(struct sock *k, struct ip_out *o, uint32_t scope)
{
	const struct sock_opt *opt = k->opt;
	const struct ipa *by = &sock_dgram(k)->group_source;
	bool is_v4 = ipa_is_v4(&o->dst), is_group = ipa_is_multicast(&o->dst);

	if (is_v4) {
		o->ttl = (uint8_t)(is_group ? opt->group_ttl : opt->ttl);
		o->tos = (uint8_t)opt->tos;
		o->pmtu = pmtu_of(opt->pmtu);
		o->is_loop = opt->group_loop;
		if (is_group && ipa_is_any(&o->src) && !ipa_is_any(by) && ipa_is_v4(by))
			o->src = *by;
	} else {
		int hops = is_group ? opt->group_hops : opt->hops;

		o->ttl = (uint8_t)(hops < 0 ? 0 : hops);
		o->tos = (uint8_t)(opt->tclass < 0 ? 0 : opt->tclass);
		o->pmtu = pmtu_of(opt->pmtu6);
		o->is_loop = opt->group_loop6;
		o->is_fragment_off = opt->dont_fragment;
	}
	o->may_broadcast = opt->broadcast;
	return choose_iface(k, o, scope, is_group);
}

/* ---- control messages of a program -------------------------------------------------- */

struct cmsg {
	int level, type;
	const uint8_t *data;
	size_t len;
};

/* The next of @left octets at *@at: 1, 0 (no more) or -EINVAL. */
static int next_cmsg(const uint8_t **at, size_t *left, struct cmsg *c)
{
	struct cmsghdr h;
	size_t space;

	if (*left < sizeof(h))
		return 0;
	memcpy(&h, *at, sizeof(h));
	if (h.cmsg_len < sizeof(h) || h.cmsg_len > *left)
		return -EINVAL;
	*c = (struct cmsg){ h.cmsg_level, h.cmsg_type, *at + CMSG_LEN(0),
		h.cmsg_len - CMSG_LEN(0) };
	space = CMSG_ALIGN(h.cmsg_len);
	if (space > *left)
		space = *left;
	*at += space;
	*left -= space;
	return 1;
}

/* A number between @least and @most that has to be an int; -EINVAL. */
static int int_of(const struct cmsg *c, int least, int most, int *out)
{
	if (c->len != sizeof(*out))
		return -EINVAL;
	memcpy(out, c->data, sizeof(*out));
	return *out < least || *out > most ? -EINVAL : 0;
}

/* From which address and by which interface: it has to be ours. */
static int source(
	struct sock *k, struct ip_out *o, const struct ipa *src, uint32_t index, bool has_src)
{
	if (index) {
		struct iface *i = iface_at(&k->stack->link, index);

		if (!i)
			return -ENODEV;
		if (k->iface && k->iface != i)
			return -EINVAL;
		o->iface = i;
	}
	if (!has_src)
		return 0;
	if (!k->opt->free_bind && !ifaddr_is_ours(&k->stack->net, NULL, src) &&
		!(ipa_is_v4(src) && ipa_is_loopback(src)))
		return -EINVAL;
	o->src = *src;
	return 0;
}

static int pktinfo4(struct sock *k, const struct cmsg *c, struct ip_out *o)
{
	struct in_pktinfo info;
	struct ipa src = IPA_ANY4;

	if (c->len != sizeof(info))
		return -EINVAL;
	memcpy(&info, c->data, sizeof(info));
	memcpy(src.o + 12, &info.ipi_spec_dst, 4);
	return source(k, o, &src, (uint32_t)info.ipi_ifindex, !ipa_is_any(&src));
}

static int pktinfo6(struct sock *k, const struct cmsg *c, struct ip_out *o)
{
	struct in6_pktinfo info;
	struct ipa src;

	if (c->len < sizeof(info))
		return -EINVAL;
	memcpy(&info, c->data, sizeof(info));
	memcpy(src.o, &info.ipi6_addr, 16);
	if (!ipa_is_any(&src) && ipa_is_v4(&src) != ipa_is_v4(&o->dst))
		return -EINVAL;
	return source(k, o, &src, info.ipi6_ifindex, !ipa_is_any(&src));
}

static int read_ip(struct sock *k, const struct cmsg *c, struct ip_out *o)
{
	int v, err;

	switch (c->type) {
	case IP_PKTINFO:
		return pktinfo4(k, c, o);
	case IP_TTL:
		err = int_of(c, 1, 255, &v);
		if (err == 0)
			o->ttl = (uint8_t)v;
		return err;
	case IP_TOS:
		if (c->len == 1) {
			o->tos = c->data[0];
			return 0;
		}
		err = int_of(c, 0, 255, &v);
		if (err == 0)
			o->tos = (uint8_t)v;
		return err;
	default:
		return -EINVAL;
	}
}

static int read_ipv6(struct sock *k, const struct cmsg *c, struct ip_out *o)
{
	int v, err;

	switch (c->type) {
	case IPV6_PKTINFO:
		return pktinfo6(k, c, o);
	case IPV6_HOPLIMIT:
		err = int_of(c, -1, 255, &v);
		if (err == 0 && v > 0)
			o->ttl = (uint8_t)v;
		return err;
	case IPV6_TCLASS:
		err = int_of(c, -1, 255, &v);
		if (err == 0)
			o->tos = (uint8_t)(v < 0 ? 0 : v);
		return err;
	case IPV6_DONTFRAG:
		err = int_of(c, 0, 1, &v);
		if (err == 0)
			o->is_fragment_off = v;
		return err;
	default:
		return -EINVAL;
	}
}

int sock_control_read(struct sock *k, const struct sock_out *m, struct sock_control *out)
{
	const uint8_t *at = m->control;
	size_t left = m->control_len;
	struct cmsg c;
	int more, err = 0;

	while (err == 0 && (more = next_cmsg(&at, &left, &c)) != 0) {
		uint16_t segment;

		if (more < 0)
			return more;
		if (c.level == IPPROTO_IP)
			err = read_ip(k, &c, out->o);
		else if (c.level == IPPROTO_IPV6 && k->domain == AF_INET6)
			err = read_ipv6(k, &c, out->o);
		else if (c.level == SOL_SOCKET)
			err = -EINVAL; /* none of them is known here */
		else if (c.level == IPPROTO_UDP && c.type == UDP_SEGMENT) {
			if (c.len != sizeof(segment))
				return -EINVAL;
			memcpy(&segment, c.data, sizeof(segment));
			out->segment = segment;
		} else if (c.level == IPPROTO_UDP) {
			err = -EINVAL;
		}
	}
	return err;
}

/* ---- control messages for a program ------------------------------------------------- */

bool sock_control_add(struct sock_in *m, int level, int type, const void *data, size_t len)
{
	struct cmsghdr h = {
		.cmsg_len = CMSG_LEN(len), .cmsg_level = level, .cmsg_type = type
	};
	size_t left = m->control_cap - m->out_control_len, space = CMSG_SPACE(len);
	uint8_t *at;

	if (!m->control || left < sizeof(h)) {
		m->out_flags |= MSG_CTRUNC;
		return false;
	}
	if (left < h.cmsg_len) { /* cut, as Linux cuts it */
		m->out_flags |= MSG_CTRUNC;
		h.cmsg_len = left;
		len = left - CMSG_LEN(0);
	}
	at = (uint8_t *)m->control + m->out_control_len;
	memcpy(at, &h, sizeof(h));
	memcpy(at + CMSG_LEN(0), data, len);
	m->out_control_len += space < left ? space : left;
	return true;
}

static void add_time(struct sock *k, struct sock_in *m, const struct pkt *p)
{
	struct timeval tv = { .tv_sec = p->at / NOD_S, .tv_usec = p->at % NOD_S / NOD_US };
	struct timespec ts = { .tv_sec = p->at / NOD_S, .tv_nsec = p->at % NOD_S };

	if (k->opt->timestamp_ns)
		sock_control_add(m, SOL_SOCKET, SO_TIMESTAMPNS, &ts, sizeof(ts));
	else if (k->opt->timestamp)
		sock_control_add(m, SOL_SOCKET, SO_TIMESTAMP, &tv, sizeof(tv));
}

static void add_ip(struct sock *k, struct sock_in *m, const struct pkt *p)
{
	const struct sock_opt *opt = k->opt;
	int ttl = p->l3[8];

	if (opt->pktinfo) {
		struct in_pktinfo info = { .ipi_ifindex = (int)p->mark };
		struct ipa src = ipa_from_v4(p->l3 + 12), spec = ipa_from_v4(p->l3 + 16);
		const struct iface *i = iface_at(&k->stack->link, p->mark);

		memcpy(&info.ipi_addr, p->l3 + 16, 4);
		if ((p->is_multicast || p->is_broadcast || ipa_is_multicast(&spec) ||
			    !ifaddr_is_ours(&k->stack->net, NULL, &spec)) &&
			i && !ipa_is_loopback(&spec))
			source_select(netif_of(i), &src, NULL, &spec);
		memcpy(&info.ipi_spec_dst, spec.o + 12, 4);
		sock_control_add(m, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
	}
	if (opt->recv_ttl)
		sock_control_add(m, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
	if (opt->recv_tos)
		sock_control_add(m, IPPROTO_IP, IP_TOS, p->l3 + 1, 1);
}

static void add_ipv6(struct sock *k, struct sock_in *m, const struct pkt *p)
{
	const struct sock_opt *opt = k->opt;
	bool is_v4 = p->l3[0] >> 4 == 4;
	int hops = p->l3[is_v4 ? 8 : 7];
	int tclass = is_v4 ? p->l3[1] : (p->l3[0] & 15) << 4 | p->l3[1] >> 4;

	if (opt->recv_pktinfo6) {
		struct in6_pktinfo info = { .ipi6_ifindex = p->mark };
		struct ipa dst;

		if (is_v4)
			dst = ipa_from_v4(p->l3 + 16);
		else
			memcpy(dst.o, p->l3 + 24, 16);
		memcpy(&info.ipi6_addr, dst.o, 16);
		sock_control_add(m, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
	}
	if (is_v4)
		return;
	if (opt->recv_hops)
		sock_control_add(m, IPPROTO_IPV6, IPV6_HOPLIMIT, &hops, sizeof(hops));
	if (opt->recv_tclass)
		sock_control_add(m, IPPROTO_IPV6, IPV6_TCLASS, &tclass, sizeof(tclass));
}

void sock_control_write(struct sock *k, struct sock_in *m, const struct pkt *p)
{
	const struct sock_dgram *d = sock_dgram_const(k);
	int segment = p->gso_size;

	if (k->domain == AF_PACKET) {
		add_time(k, m, p);
		return;
	}
	add_time(k, m, p);
	if (k->opt->overflow && d->dropped)
		sock_control_add(m, SOL_SOCKET, SO_RXQ_OVFL, &d->dropped, sizeof(d->dropped));
	if (k->opt->gro && segment)
		sock_control_add(m, IPPROTO_UDP, UDP_GRO, &segment, sizeof(segment));
	if (k->domain == AF_INET6)
		add_ipv6(k, m, p);
	if (p->l3[0] >> 4 == 4)
		add_ip(k, m, p);
}
