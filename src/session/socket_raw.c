/* SPDX-License-Identifier: ISC */
/*
 * socket_raw.c - raw sockets: packets of one IP protocol, whoever else takes them
 *
 * Linux's raw(7), RFC 3542 3 (IPv6: no header, checksums made and judged for the program).  Each
 * has a copy of what comes, with its header over IPv4, without it over IPv6.  Needs
 * conf.may_use_raw.
 *
 * Neighbours: network/ip.h (struct ip_raw), socket_internal.h, socket_queue.c.
 */
#include <errno.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <string.h>

#include "../base/checksum.h"
#include "../network/dest.h"
#include "socket_internal.h"

enum { ICMP6_SUM_AT = 2, LEN_MOST = 65535 /* octets, with the header over IPv4 */ };

struct sock_raw {
	struct sock_dgram dgram;
	struct ipa local, remote; /* any = not said */
	bool is_connected;
	struct dest *way;
	uint32_t icmp_filter;		  /* a bit for each type below 32 that is not wanted */
	struct icmp6_filter icmp6_filter; /* for each type */
};

static struct sock_raw *raw_of(struct sock *k)
{
	return container_of(k, struct sock_raw, dgram.sock);
}

static struct ipa any_of(const struct sock *k)
{
	return k->domain == AF_INET6 ? IPA_ANY6 : IPA_ANY4;
}

/* ---- from below --------------------------------------------------------------------- */

static bool passes_filter(const struct sock_raw *r, const struct pkt *p, const struct ip_in *in)
{
	uint8_t type = 0;

	pkt_copy_out(p, 0, &type, 1); /* of what came in fragments it lies in a slice */
	if (in->is_v4)
		return in->protocol != IPPROTO_ICMP || type >= 32 ||
			!(r->icmp_filter >> type & 1);
	return in->protocol != IPPROTO_ICMPV6 || ICMP6_FILTER_WILLPASS(type, &r->icmp6_filter);
}

static bool is_wanted(const struct sock_raw *r, const struct pkt *p, const struct ip_in *in)
{
	const struct sock *k = &r->dgram.sock;

	return (k->domain == AF_INET) == in->is_v4 && k->protocol == in->protocol &&
		(!k->iface || k->iface == in->iface) &&
		(ipa_is_any(&r->local) || ipa_equal(&r->local, &in->dst)) &&
		(!r->is_connected || ipa_equal(&r->remote, &in->src)) &&
		sock_hears_group(k, in) && passes_filter(r, p, in);
}

/* RFC 3542 3.1: who asked for a checksum gets nothing that is wrong. */
static bool sum_is_ok(const struct sock *k, const struct pkt *p, const struct ip_in *in)
{
	if (in->is_v4 || (k->opt->checksum_at < 0 && k->protocol != IPPROTO_ICMPV6))
		return true;
	if (p->sum == PKT_SUM_VERIFIED || p->sum == PKT_SUM_TO_FILL)
		return true;
	return checksum_end(ip_pseudo(&in->src, &in->dst, in->protocol, p->len) +
		       pkt_checksum(p, 0, p->len)) == 0;
}

static bool give(struct sock *k, const struct pkt *p, const struct ip_in *in)
{
	struct pkt *copy = pkt_clone(p, k->stack->core.pool);

	if (copy && in->is_v4) { /* the header is the program's, too */
		uint32_t n = (uint32_t)(copy->data - copy->l3);

		pkt_push(copy, n);
	}
	if (copy && sock_queue(k, copy, in->iface))
		return true;
	pkt_free(copy);
	return false;
}

static bool arrived(void *self, const struct pkt *p, const struct ip_in *in)
{
	struct nod_stack *s = self;
	bool was_wanted = false;

	for (struct sock *k = s->sockets->raw; k; k = sock_dgram(k)->next_of_kind) {
		if (!is_wanted(raw_of(k), p, in) || !sum_is_ok(k, p, in))
			continue;
		was_wanted = true;
		if (give(k, p, in))
			NOTE(&s->core, NOD_EV_RAW_IN, .packet = pkt_public(p),
				.id = (uint32_t)k->fd);
		else
			NOTE(&s->core, NOD_EV_RAW_DROP_FULL, .packet = pkt_public(p),
				.id = (uint32_t)k->fd);
	}
	return was_wanted;
}

static void failed(void *self, const struct ip_error *why)
{
	struct nod_stack *s = self;

	for (struct sock *k = s->sockets->raw; k; k = sock_dgram(k)->next_of_kind) {
		const struct sock_raw *r = raw_of(k);

		if ((k->domain == AF_INET) == why->is_v4 && k->protocol == why->protocol &&
			(!r->is_connected || ipa_equal(&r->remote, &why->dst)) &&
			(ipa_is_any(&r->local) || ipa_equal(&r->local, &why->src)))
			sock_icmp_error(k, why, 0, why->quoted, r->is_connected);
	}
}

/* ---- made, ended, named ------------------------------------------------------------- */

static int open_raw(struct sock *k)
{
	struct sock_raw *r = raw_of(k);
	struct sock_opt opt = *k->opt;

	r->local = r->remote = any_of(k);
	opt.pmtu = IP_PMTUDISC_WANT;
	if (k->protocol == IPPROTO_RAW && k->domain == AF_INET)
		opt.header_included = 1;
	if (k->protocol == IPPROTO_ICMPV6 && k->domain == AF_INET6)
		opt.checksum_at = ICMP6_SUM_AT;
	if (sock_set_opt(k, &opt) < 0)
		return -ENOBUFS;
	ICMP6_FILTER_SETPASSALL(&r->icmp6_filter);
	sock_join_kind(&k->stack->sockets->raw, k);
	net_set_raw(&k->stack->net,
		&(struct ip_raw){ .input = arrived, .error = failed, .self = k->stack });
	return 0;
}

static void let_way_go(struct sock *k)
{
	struct sock_raw *r = raw_of(k);

	if (r->way)
		dest_unref(&k->stack->net, r->way);
	r->way = NULL;
}

static void close_raw(struct sock *k)
{
	let_way_go(k);
	sock_leave_kind(&k->stack->sockets->raw, k);
	if (!k->stack->sockets->raw)
		net_set_raw(&k->stack->net, &(struct ip_raw){ 0 }); /* nobody looks any more */
}

static int read_name(
	const struct sock *k, const struct sockaddr *a, socklen_t len, struct sock_name *n)
{
	int err = sock_name_read(k, a, len, n);

	if (err == 0 && k->domain == AF_INET6 && ipa_is_v4(&n->addr))
		return -EADDRNOTAVAIL; /* a raw socket of IPv6 speaks IPv6 alone */
	return err;
}

static int bind_raw(struct sock *k, const struct sockaddr *a, socklen_t len)
{
	struct sock_name n;
	int err = read_name(k, a, len, &n);

	if (err == 0)
		err = sock_may_bind(k, &n);
	if (err == 0)
		raw_of(k)->local = n.addr;
	return err;
}

static int connect_raw(struct sock *k, const struct sockaddr *a, socklen_t len)
{
	struct sock_raw *r = raw_of(k);
	struct ip_out o = { 0 };
	struct sock_name n;
	struct ip_way way;
	sa_family_t family;
	int err;

	memcpy(&family, a, sizeof(family));
	if (family == AF_UNSPEC) {
		r->is_connected = false;
		r->remote = any_of(k);
		let_way_go(k);
		return 0;
	}
	err = read_name(k, a, len, &n);
	if (err < 0)
		return err;
	o.dst = n.addr;
	o.src = r->local;
	err = sock_out_options(k, &o, n.scope);
	if (err == 0)
		err = ip_route(&k->stack->net, &o, &way);
	if (err < 0)
		return err;
	if (ipa_is_any(&r->local))
		r->local = way.src;
	r->remote = n.addr;
	r->is_connected = true;
	return 0;
}

static int shutdown_raw(struct sock *k, int how)
{
	return sock_shutdown(k, how, raw_of(k)->is_connected);
}

static int name_raw(const struct sock *k, bool is_peer, struct sockaddr_storage *out)
{
	const struct sock_raw *r = (const struct sock_raw *)(const void *)k;
	uint32_t scope = k->iface ? k->iface->index : 0;

	if (is_peer && !r->is_connected)
		return -ENOTCONN;
	/* Linux: the protocol stands where the port would */
	return (int)sock_name_write(k, is_peer ? &r->remote : &r->local,
		is_peer || k->domain == AF_INET6 ? 0 : (uint16_t)k->protocol, scope, out);
}

static socklen_t from_raw(
	const struct sock *k, const struct pkt *p, struct sockaddr_storage *out)
{
	struct ipa src;

	if (p->l3[0] >> 4 == 4)
		src = ipa_from_v4(p->l3 + 12);
	else
		memcpy(src.o, p->l3 + 8, 16);
	return sock_name_write(k, &src, 0, p->mark, out);
}

/* ---- sending ------------------------------------------------------------------------ */

static int send_to(struct sock *k, const struct sock_out *m, struct sock_name *n)
{
	const struct sock_raw *r = raw_of(k);

	if (m->len > LEN_MOST)
		return -EMSGSIZE;
	if (m->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (m->to)
		return read_name(k, m->to, m->to_len, n);
	if (!r->is_connected)
		return -EDESTADDRREQ;
	*n = (struct sock_name){ .addr = r->remote };
	return 0;
}

/* ICMPv6's, and what IPV6_CHECKSUM asks for (RFC 3542 3.1). */
static int make_sum(
	const struct sock *k, const struct ip_out *o, const struct ip_way *way, struct pkt *p)
{
	uint32_t at = (uint32_t)k->opt->checksum_at;
	uint16_t sum;

	p->sum = PKT_SUM_FILLED;
	if (k->domain == AF_INET || k->opt->checksum_at < 0)
		return 0;
	if (p->len < at + 2 || !pkt_linear(p, at + 2))
		return -EINVAL;
	p->data[at] = p->data[at + 1] = 0;
	sum = checksum_end(ip_pseudo(&way->src, &o->dst, o->protocol, p->len) +
		pkt_checksum(p, 0, p->len));
	if (!sum && o->protocol == IPPROTO_UDP)
		sum = 0xffff;
	p->data[at] = (uint8_t)(sum >> 8);
	p->data[at + 1] = (uint8_t)sum;
	return 0;
}

static ssize_t send_checked(struct sock *k, const struct sock_out *m, bool *is_taken)
{
	struct sock_raw *r = raw_of(k);
	struct net *net = &k->stack->net;
	struct ip_out o = { 0 };
	struct sock_control c = { .o = &o };
	struct sock_name n;
	struct ip_way way;
	struct pkt *p;
	int err = send_to(k, m, &n);

	if (err < 0)
		return err;
	o.dst = n.addr;
	o.src = any_of(k);
	o.protocol = (uint8_t)k->protocol;
	err = sock_out_options(k, &o, n.scope);
	if (err == 0 && m->control_len)
		err = sock_control_read(k, m, &c);
	if (err < 0)
		return err;
	if (ipa_is_any(&o.src) && !ipa_is_multicast(&r->local))
		o.src = r->local;
	o.cached = &r->way;
	err = ip_route(net, &o, &way);
	if (err == 0 && k->is_shut_out)
		err = -EPIPE;
	if (err == 0 && k->error)
		err = sock_take_error(k);
	if (err < 0)
		return err;
	p = sock_gather(k, m, NULL);
	*is_taken = true;
	if (!p)
		return -ENOBUFS;
	if (!k->opt->header_included)
		err = make_sum(k, &o, &way, p);
	else if (!pkt_linear(p, p->len < 60 ? p->len : 60))
		err = -EINVAL;
	if (err < 0) {
		pkt_free(p);
		return err;
	}
	NOTE(&k->stack->core, NOD_EV_RAW_OUT, .packet = pkt_public(p), .id = (uint32_t)k->fd);
	p->sum = PKT_SUM_FILLED;
	if (k->opt->header_included) {
		err = ip_output_whole(net, &o, p);
	} else {
		p->l4 = p->data;
		err = ip_output(net, &o, &way, p);
	}
	return err < 0 ? err : (ssize_t)m->len;
}

static ssize_t send_raw(struct sock *k, const struct sock_out *m)
{
	bool is_taken = false;
	ssize_t n = send_checked(k, m, &is_taken);

	if (m->ready && !is_taken)
		pkt_free(m->ready);
	return n;
}

/* ---- filters ------------------------------------------------------------------------ */

static bool is_icmp4(const struct sock *k, int level, int option)
{
	return level == SOL_RAW && option == ICMP_FILTER && k->domain == AF_INET;
}

static bool is_icmp6(const struct sock *k, int level, int option)
{
	return level == IPPROTO_ICMPV6 && option == ICMP6_FILTER && k->domain == AF_INET6;
}

static int set_raw(struct sock *k, int level, int option, const void *value, socklen_t len)
{
	struct sock_raw *r = raw_of(k);

	if (is_icmp4(k, level, option)) {
		if (k->protocol != IPPROTO_ICMP)
			return -EOPNOTSUPP;
		memcpy(&r->icmp_filter, value,
			len < (socklen_t)sizeof(r->icmp_filter) ? len : sizeof(r->icmp_filter));
		return 0;
	}
	if (is_icmp6(k, level, option)) {
		if (k->protocol != IPPROTO_ICMPV6)
			return -EOPNOTSUPP;
		memcpy(&r->icmp6_filter, value,
			len < (socklen_t)sizeof(r->icmp6_filter) ? len :
								   sizeof(r->icmp6_filter));
		return 0;
	}
	return -ENOPROTOOPT;
}

static int get_raw(struct sock *k, int level, int option, void *value, socklen_t *len)
{
	struct sock_raw *r = raw_of(k);
	bool is_v4 = is_icmp4(k, level, option);
	socklen_t n = is_v4 ? sizeof(r->icmp_filter) : sizeof(r->icmp6_filter);

	if (!is_v4 && !is_icmp6(k, level, option))
		return -ENOPROTOOPT;
	if (k->protocol != (is_v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6))
		return -EOPNOTSUPP;
	if (*len < n)
		n = *len;
	memcpy(value, is_v4 ? (const void *)&r->icmp_filter : (const void *)&r->icmp6_filter,
		n);
	*len = n;
	return 0;
}

const struct sock_ops sock_raw_ops = {
	.size = sizeof(struct sock_raw),
	.open = open_raw,
	.close = close_raw,
	.bind = bind_raw,
	.connect = connect_raw,
	.shutdown = shutdown_raw,
	.send = send_raw,
	.recv = sock_recv,
	.name = name_raw,
	.from = from_raw,
	.ready = sock_ready,
	.set = set_raw,
	.get = get_raw,
};
