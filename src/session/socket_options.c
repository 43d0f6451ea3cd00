/* SPDX-License-Identifier: ISC */
/*
 * socket_options.c - nod_setsockopt() and nod_getsockopt(): a table, and what is more than a number
 *
 * A row for each option that is a number with bounds: where it is kept, for which sockets, what is
 * right.  The few others have a function.  docs/SOCKETS.md lists all of them with their state and
 * what differs from Linux.
 *
 * Neighbours: socket_internal.h; socket_group.c (multicast); each kind's own set() and get().
 */
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stddef.h>
#include <string.h>

#include "socket_internal.h"

enum {
	FOR_V4 = 1,
	FOR_V6 = 2,
	FOR_PACKET = 4,
	FOR_IP = FOR_V4 | FOR_V6,
	FOR_ALL = FOR_IP | FOR_PACKET,

	IS_BOOL = 1 << 0,	       /* anything but 0 is 1 */
	READ_ONLY = 1 << 1,	       /* setting it is -ENOPROTOOPT */
	OCTET_TOO = 1 << 2,	       /* one octet is taken as well as an int ... */
	NONE_TOO = 1 << 7 | OCTET_TOO, /* ... and nothing at all for 0 */
	DGRAM_ONLY = 1 << 3,
	RAW_ONLY = 1 << 4,
	UNBOUND_ONLY = 1 << 5, /* -EINVAL once it has a port */
	PRIVILEGED = 1 << 6,   /* -EPERM without conf.may_use_raw, to set it */

	RECEIVE_LEAST = 2304,  /* octets; Linux's SOCK_MIN_RCVBUF */
	SEND_LEAST = 4608,     /* and SOCK_MIN_SNDBUF */
	BUFFER_MOST = 4194304, /* before it is doubled; Linux's rmem_max and wmem_max */
};

struct row {
	int level, option;
	uint8_t domains;
	uint8_t flags;		/* as above */
	uint16_t at;		/* in struct sock_opt */
	int least, most, unset; /* what it is in a new socket */
};

#define AT(field) offsetof(struct sock_opt, field)

static const struct row rows[] = {
	{ SOL_SOCKET, SO_REUSEADDR, FOR_ALL, IS_BOOL, AT(reuse_addr), 0, 1, 0 },
	{ SOL_SOCKET, SO_REUSEPORT, FOR_ALL, IS_BOOL, AT(reuse_port), 0, 1, 0 },
	{ SOL_SOCKET, SO_BROADCAST, FOR_ALL, IS_BOOL, AT(broadcast), 0, 1, 0 },
	{ SOL_SOCKET, SO_KEEPALIVE, FOR_ALL, IS_BOOL, AT(keep_alive), 0, 1, 0 },
	{ SOL_SOCKET, SO_OOBINLINE, FOR_ALL, IS_BOOL, AT(oob_inline), 0, 1, 0 },
	{ SOL_SOCKET, SO_PRIORITY, FOR_ALL, 0, AT(priority), 0, 6, 0 },
	{ SOL_SOCKET, SO_MARK, FOR_ALL, PRIVILEGED, AT(mark), INT_MIN, INT_MAX, 0 },
	{ SOL_SOCKET, SO_NO_CHECK, FOR_ALL, IS_BOOL, AT(no_check), 0, 1, 0 },
	{ SOL_SOCKET, SO_TIMESTAMP, FOR_ALL, IS_BOOL, AT(timestamp), 0, 1, 0 },
	{ SOL_SOCKET, SO_TIMESTAMPNS, FOR_ALL, IS_BOOL, AT(timestamp_ns), 0, 1, 0 },
	{ SOL_SOCKET, SO_RXQ_OVFL, FOR_ALL, IS_BOOL, AT(overflow), 0, 1, 0 },
	{ SOL_SOCKET, SO_MAX_PACING_RATE, FOR_ALL, 0, AT(pacing_rate), INT_MIN, INT_MAX, -1 },
	{ SOL_SOCKET, SO_RCVLOWAT, FOR_ALL, 0, AT(receive_low), INT_MIN, INT_MAX, 1 },

	{ IPPROTO_IP, IP_TOS, FOR_IP, NONE_TOO, AT(tos), INT_MIN, INT_MAX, 0 },
	{ IPPROTO_IP, IP_TTL, FOR_IP, OCTET_TOO, AT(ttl), -1, 255, 0 },
	{ IPPROTO_IP, IP_MTU_DISCOVER, FOR_IP, NONE_TOO, AT(pmtu), 0, 5, IP_PMTUDISC_WANT },
	{ IPPROTO_IP, IP_RECVERR, FOR_IP, IS_BOOL | NONE_TOO, AT(recv_err), 0, 1, 0 },
	{ IPPROTO_IP, IP_PKTINFO, FOR_IP, IS_BOOL | NONE_TOO, AT(pktinfo), 0, 1, 0 },
	{ IPPROTO_IP, IP_RECVTTL, FOR_IP, IS_BOOL | NONE_TOO, AT(recv_ttl), 0, 1, 0 },
	{ IPPROTO_IP, IP_RECVTOS, FOR_IP, IS_BOOL | NONE_TOO, AT(recv_tos), 0, 1, 0 },
	{ IPPROTO_IP, IP_MULTICAST_TTL, FOR_IP, OCTET_TOO, AT(group_ttl), -1, 255, 1 },
	{ IPPROTO_IP, IP_MULTICAST_LOOP, FOR_IP, IS_BOOL | OCTET_TOO, AT(group_loop), 0, 1, 1 },
	{ IPPROTO_IP, IP_MULTICAST_ALL, FOR_IP, OCTET_TOO, AT(group_all), 0, 1, 1 },
	{ IPPROTO_IP, IP_FREEBIND, FOR_IP, IS_BOOL | OCTET_TOO, AT(free_bind), 0, 1, 0 },
	{ IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, FOR_IP, IS_BOOL | NONE_TOO, AT(no_port), 0, 1,
		0 },
	{ IPPROTO_IP, IP_HDRINCL, FOR_IP, IS_BOOL | OCTET_TOO | RAW_ONLY, AT(header_included),
		0, 1, 0 },

	{ IPPROTO_IPV6, IPV6_V6ONLY, FOR_V6, IS_BOOL | UNBOUND_ONLY, AT(v6_only), 0, 1, 0 },
	{ IPPROTO_IPV6, IPV6_UNICAST_HOPS, FOR_V6, 0, AT(hops), -1, 255, -1 },
	{ IPPROTO_IPV6, IPV6_TCLASS, FOR_V6, 0, AT(tclass), -1, 255, -1 },
	{ IPPROTO_IPV6, IPV6_MTU_DISCOVER, FOR_V6, 0, AT(pmtu6), 0, 5, IP_PMTUDISC_WANT },
	{ IPPROTO_IPV6, IPV6_RECVERR, FOR_V6, IS_BOOL, AT(recv_err6), 0, 1, 0 },
	{ IPPROTO_IPV6, IPV6_RECVPKTINFO, FOR_V6, IS_BOOL, AT(recv_pktinfo6), 0, 1, 0 },
	{ IPPROTO_IPV6, IPV6_RECVHOPLIMIT, FOR_V6, IS_BOOL, AT(recv_hops), 0, 1, 0 },
	{ IPPROTO_IPV6, IPV6_RECVTCLASS, FOR_V6, IS_BOOL, AT(recv_tclass), 0, 1, 0 },
	{ IPPROTO_IPV6, IPV6_MULTICAST_HOPS, FOR_V6, 0, AT(group_hops), -1, 255, -1 },
	{ IPPROTO_IPV6, IPV6_MULTICAST_LOOP, FOR_V6, 0, AT(group_loop6), 0, 1, 1 },
	{ IPPROTO_IPV6, IPV6_MULTICAST_ALL, FOR_V6, IS_BOOL, AT(group_all6), 0, 1, 1 },
	{ IPPROTO_IPV6, IPV6_DONTFRAG, FOR_V6, IS_BOOL, AT(dont_fragment), 0, 1, 0 },
	{ IPPROTO_IPV6, IPV6_FREEBIND, FOR_V6, IS_BOOL, AT(free_bind), 0, 1, 0 },
	{ IPPROTO_IPV6, IPV6_CHECKSUM, FOR_V6, RAW_ONLY, AT(checksum_at), -1, 65534, -1 },
	{ SOL_RAW, IPV6_CHECKSUM, FOR_V6, RAW_ONLY, AT(checksum_at), -1, 65534, -1 },

	{ IPPROTO_UDP, UDP_SEGMENT, FOR_IP, DGRAM_ONLY, AT(segment), 0, UINT16_MAX, 0 },
	{ IPPROTO_UDP, UDP_GRO, FOR_IP, IS_BOOL | DGRAM_ONLY, AT(gro), 0, 1, 0 },
	{ IPPROTO_UDP, UDP_NO_CHECK6_TX, FOR_IP, IS_BOOL | DGRAM_ONLY, AT(no_check6_tx), 0, 1,
		0 },
	{ IPPROTO_UDP, UDP_NO_CHECK6_RX, FOR_IP, IS_BOOL | DGRAM_ONLY, AT(no_check6_rx), 0, 1,
		0 },
};

enum { N_ROWS = sizeof(rows) / sizeof(rows[0]) };

static int *field(struct sock_opt *o, const struct row *r)
{
	return (int *)(void *)((char *)o + r->at);
}

static int value_of(const struct sock *k, const struct row *r)
{
	return *(const int *)(const void *)((const char *)k->opt + r->at);
}

struct sock_opt sock_options_default(const struct nod_conf *conf, bool is_v6)
{
	struct sock_opt o = { .receive_octets = conf->receive_octets,
		.send_octets = conf->send_octets };

	for (unsigned i = 0; i < N_ROWS; i++)
		*field(&o, &rows[i]) = rows[i].unset;
	if (is_v6)
		o.group_all = 0; /* as Linux has it */
	return o;
}

int sock_set_opt(struct sock *k, const struct sock_opt *opt)
{
	struct interns *all = &k->stack->core.interns;
	const struct sock_opt *old = k->opt, *new = intern(all, opt, sizeof(*opt));
	int err = 0;

	if (!new)
		return -ENOBUFS;
	k->opt = new;
	if (new != old && k->ops->changed)
		err = k->ops->changed(k);
	if (err < 0)
		k->opt = old;
	intern_drop(all, err < 0 ? new : old);
	return err;
}

/* @is_set: IP_HDRINCL may be read of any socket. */
static const struct row *find(const struct sock *k, int level, int option, bool is_set)
{
	unsigned domain = k->domain == AF_INET ? FOR_V4 :
		k->domain == AF_INET6	       ? FOR_V6 :
						 FOR_PACKET;

	for (unsigned i = 0; i < N_ROWS; i++) {
		const struct row *r = &rows[i];

		if (r->level != level || r->option != option || !(r->domains & domain) ||
			(r->flags & DGRAM_ONLY && k->type != SOCK_DGRAM) ||
			(r->flags & RAW_ONLY && k->type != SOCK_RAW &&
				(is_set || level != IPPROTO_IP)))
			continue;
		return r;
	}
	return NULL;
}

/* ---- setting ------------------------------------------------------------------------ */

static int number(const void *value, socklen_t len, unsigned flags, int *out)
{
	if (len >= (socklen_t)sizeof(*out)) {
		memcpy(out, value, sizeof(*out));
		return 0;
	}
	if (!(flags & OCTET_TOO) || (len < 1 && (flags & NONE_TOO) != NONE_TOO))
		return -EINVAL;
	*out = len ? *(const uint8_t *)value : 0;
	return 0;
}

static bool is_bound(const struct sock *k)
{
	struct sockaddr_storage name;
	struct sockaddr_in6 in6;

	if (k->ops->name(k, false, &name) != (int)sizeof(in6))
		return false;
	memcpy(&in6, &name, sizeof(in6));
	return in6.sin6_port != 0;
}

/* SO_MAX_PACING_RATE may be an unsigned long, of which more than an int holds is no limit. */
static int rate_of(const void *value, socklen_t len, int otherwise)
{
	uint64_t rate;

	if (len < (socklen_t)sizeof(rate))
		return otherwise;
	memcpy(&rate, value, sizeof(rate));
	return rate < UINT32_MAX ? (int)(uint32_t)rate : -1;
}

static int set_number(struct sock *k, const struct row *r, const void *value, socklen_t len)
{
	struct sock_opt o = *k->opt;
	int v, err = number(value, len, r->flags, &v);

	if (err < 0)
		return err;
	if (r->at == AT(pacing_rate))
		v = rate_of(value, len, v);
	if (r->flags & READ_ONLY)
		return -ENOPROTOOPT;
	if (r->flags & PRIVILEGED && !k->stack->core.conf.may_use_raw)
		return -EPERM;
	if (r->flags & UNBOUND_ONLY && is_bound(k))
		return -EINVAL;
	if (r->flags & IS_BOOL)
		v = v != 0;
	if (v < r->least || v > r->most)
		return -EINVAL;
	/* what is special about a few numbers */
	if (r->level == IPPROTO_IP && r->option == IP_TTL) {
		if (v == 0)
			return -EINVAL;
		v = v < 0 ? 0 : v; /* 0: the stack's default */
	} else if (r->level == IPPROTO_IP && r->option == IP_MULTICAST_TTL) {
		v = v < 0 ? 1 : v;
	} else if (r->level == IPPROTO_IP && r->option == IP_TOS) {
		v &= 0xff;
	} else if (r->option == IPV6_CHECKSUM && r->at == AT(checksum_at)) {
		if (v > 0 && v & 1)
			return -EINVAL;
		if (k->protocol == IPPROTO_ICMPV6)
			return r->level == IPPROTO_IPV6 ? -EINVAL : 0;
	} else if (r->level == SOL_SOCKET && r->option == SO_RCVLOWAT) {
		v = v < 0 ? INT_MAX : v ? v : 1;
	}
	if (k->type == SOCK_STREAM && (r->at == AT(tos) || r->at == AT(tclass))) {
		int old = value_of(k, r) < 0 ? 0 : value_of(k, r);

		v = ((v < 0 ? 0 : v) & ~3) | (old & 3); /* TCP's own bits: RFC 3168 */
	}
	*field(&o, r) = v;
	if (r->option == SO_TIMESTAMP && r->level == SOL_SOCKET && v)
		o.timestamp_ns = 0;
	return sock_set_opt(k, &o);
}

static int set_buffer(
	uint32_t *octets, const void *value, socklen_t len, bool is_forced, uint32_t least)
{
	int v;

	if (number(value, len, 0, &v) < 0)
		return -EINVAL;
	if (v < 0 && is_forced)
		v = 0;
	if (!is_forced && (uint32_t)v > BUFFER_MOST)
		v = BUFFER_MOST;
	if (v > INT_MAX / 2)
		v = INT_MAX / 2;
	/* doubled, as in Linux: half of it is for what packets cost beside their octets */
	*octets = 2 * (uint32_t)v < least ? least : 2 * (uint32_t)v;
	return 0;
}

static int bind_to(struct sock *k, struct iface *i)
{
	struct iface *before = k->iface;
	int err;

	k->iface = i;
	err = k->ops->changed ? k->ops->changed(k) : 0;
	if (err < 0)
		k->iface = before;
	return err;
}

static int set_device(struct sock *k, const char *value, socklen_t len)
{
	char name[16] = "";
	struct iface *i = NULL;

	if (len > (socklen_t)sizeof(name) - 1)
		len = sizeof(name) - 1;
	memcpy(name, value, len);
	if (name[0]) {
		i = iface_named(&k->stack->link, name);
		if (!i)
			return -ENODEV;
	}
	return bind_to(k, i);
}

static int set_device_index(struct sock *k, const void *value, socklen_t len)
{
	int v;

	if (number(value, len, 0, &v) < 0 || v < 0)
		return -EINVAL;
	if (v && !iface_at(&k->stack->link, (unsigned)v))
		return -ENODEV;
	return bind_to(k, v ? iface_at(&k->stack->link, (unsigned)v) : NULL);
}

static int set_time(struct timeval *at, const void *value, socklen_t len)
{
	struct timeval tv;

	if (len < (socklen_t)sizeof(tv))
		return -EINVAL;
	memcpy(&tv, value, sizeof(tv));
	if (tv.tv_usec < 0 || tv.tv_usec >= 1000000)
		return -EDOM;
	*at = tv;
	return 0;
}

/* As Linux: the seconds stay as they were while it is off. */
static int set_linger(struct linger *at, const void *value, socklen_t len)
{
	struct linger l;

	if (len < (socklen_t)sizeof(l))
		return -EINVAL;
	memcpy(&l, value, sizeof(l));
	at->l_onoff = l.l_onoff != 0;
	if (l.l_onoff)
		at->l_linger = l.l_linger;
	return 0;
}

static int set_socket(struct sock *k, int option, const void *value, socklen_t len)
{
	bool is_forced = option == SO_RCVBUFFORCE || option == SO_SNDBUFFORCE;
	struct sock_opt o = *k->opt;
	int err;

	if (is_forced && !k->stack->core.conf.may_use_raw)
		return -EPERM;
	switch (option) {
	case SO_BINDTODEVICE:
		return set_device(k, value, len);
	case SO_BINDTOIFINDEX:
		return set_device_index(k, value, len);
	case SO_RCVBUF:
	case SO_RCVBUFFORCE:
		err = set_buffer(&o.receive_octets, value, len, is_forced, RECEIVE_LEAST);
		break;
	case SO_SNDBUF:
	case SO_SNDBUFFORCE:
		err = set_buffer(&o.send_octets, value, len, is_forced, SEND_LEAST);
		break;
	case SO_RCVTIMEO:
		err = set_time(&o.receive_timeout, value, len);
		break;
	case SO_SNDTIMEO:
		err = set_time(&o.send_timeout, value, len);
		break;
	case SO_LINGER:
		err = set_linger(&o.linger, value, len);
		break;
	default:
		return -ENOPROTOOPT;
	}
	return err < 0 ? err : sock_set_opt(k, &o);
}

int nod_setsockopt(
	struct nod_stack *s, int fd, int level, int option, const void *value, socklen_t len)
{
	struct sock *k = sock_of(s, fd);
	const struct row *r;
	int err;

	if (!k)
		return -EBADF;
	if (len > INT_MAX)
		return -EINVAL;
	r = find(k, level, option, true);
	if (r)
		return set_number(k, r, value, len);
	if (level == SOL_SOCKET)
		return len < (socklen_t)sizeof(int) && option != SO_BINDTODEVICE ?
			-EINVAL :
			set_socket(k, option, value, len);
	if (level == IPPROTO_IP && (option == IP_TRANSPARENT) && k->domain != AF_PACKET)
		return -EPERM; /* nothing is redirected to this stack */
	err = k->ops->set ? k->ops->set(k, level, option, value, len) : -ENOPROTOOPT;
	if (err == -ENOPROTOOPT && k->domain != AF_PACKET &&
		(level == IPPROTO_IP || (level == IPPROTO_IPV6 && k->domain == AF_INET6)))
		err = sock_group_set(k, level, option, value, len);
	return err;
}

/* ---- getting ------------------------------------------------------------------------ */

/* @n octets, or as many as there is room for. */
static int give(const void *from, socklen_t n, void *value, socklen_t *len)
{
	if (*len < n)
		n = *len;
	memcpy(value, from, n);
	*len = n;
	return 0;
}

static int give_int(int v, bool octet_too, void *value, socklen_t *len)
{
	/* as Linux: one octet where there is no room for an int and it fits */
	if (octet_too && *len > 0 && *len < (socklen_t)sizeof(v) && v >= 0 && v <= 255) {
		*(uint8_t *)value = (uint8_t)v;
		*len = 1;
		return 0;
	}
	return give(&v, sizeof(v), value, len);
}

static int get_number(struct sock *k, const struct row *r, void *value, socklen_t *len)
{
	int v = value_of(k, r);
	const struct nod_conf *conf = &k->stack->core.conf;
	uint64_t rate;

	if (r->level == IPPROTO_IP && r->option == IP_TTL && !v)
		v = conf->default_ttl;
	else if (r->option == IPV6_UNICAST_HOPS && r->at == AT(hops) && v < 0)
		v = conf->default_ttl;
	else if (r->option == IPV6_MULTICAST_HOPS && r->at == AT(group_hops) && v < 0)
		v = 1;
	else if (r->option == IPV6_TCLASS && r->at == AT(tclass) && v < 0)
		v = 0;
	if (r->at == AT(pacing_rate) && *len >= (socklen_t)sizeof(rate)) {
		rate = v == -1 ? UINT64_MAX : (uint32_t)v;
		return give(&rate, sizeof(rate), value, len);
	}
	return give_int(v, r->level == IPPROTO_IP, value, len);
}

/* The path's MTU of a connected socket. */
static int get_mtu(struct sock *k, void *value, socklen_t *len)
{
	struct sockaddr_storage name;
	struct ip_out o = { .iface = k->iface, .may_broadcast = true };
	struct sock_name n;
	struct ip_way way;
	int size = k->ops->name(k, true, &name);

	if (size < 0)
		return size;
	if (sock_name_read(
		    k, (const struct sockaddr *)(const void *)&name, (socklen_t)size, &n) < 0 ||
		(o.dst = n.addr, ip_route(&k->stack->net, &o, &way)) < 0)
		return -ENOTCONN;
	return give_int((int)way.mtu, false, value, len);
}

static int get_device(const struct sock *k, void *value, socklen_t *len)
{
	if (!k->iface || k->iface == &sock_gone) {
		*len = 0;
		return 0;
	}
	if (*len < (socklen_t)sizeof(k->iface->name))
		return -EINVAL;
	return give(k->iface->name, (socklen_t)strlen(k->iface->name) + 1, value, len);
}

static int get_socket(struct sock *k, int option, void *value, socklen_t *len)
{
	switch (option) {
	case SO_TYPE:
		return give_int(k->type, false, value, len);
	case SO_DOMAIN:
		return give_int(k->domain, false, value, len);
	case SO_PROTOCOL:
		return give_int(k->protocol, false, value, len);
	case SO_ERROR:
		return give_int(-(k->ops->error ? k->ops->error(k) : sock_take_error(k)), false,
			value, len);
	case SO_ACCEPTCONN:
		return give_int(k->is_listening, false, value, len);
	case SO_SNDLOWAT:
		return give_int(1, false, value, len);
	case SO_RCVBUF:
		return give_int((int)k->opt->receive_octets, false, value, len);
	case SO_SNDBUF:
		return give_int((int)k->opt->send_octets, false, value, len);
	case SO_RCVTIMEO:
		return give(&k->opt->receive_timeout, sizeof(k->opt->receive_timeout), value, len);
	case SO_SNDTIMEO:
		return give(&k->opt->send_timeout, sizeof(k->opt->send_timeout), value, len);
	case SO_LINGER:
		return give(&k->opt->linger, sizeof(k->opt->linger), value, len);
	case SO_BINDTODEVICE:
		return get_device(k, value, len);
	case SO_BINDTOIFINDEX:
		return give_int(k->iface ? (int)k->iface->index : 0, false, value, len);
	default:
		return -ENOPROTOOPT;
	}
}

int nod_getsockopt(
	struct nod_stack *s, int fd, int level, int option, void *value, socklen_t *len)
{
	struct sock *k = sock_of(s, fd);
	const struct row *r;
	int err;

	if (!k)
		return -EBADF;
	if (*len > INT_MAX)
		return -EINVAL;
	r = find(k, level, option, false);
	if (r)
		return get_number(k, r, value, len);
	if (level == SOL_SOCKET)
		return get_socket(k, option, value, len);
	err = k->ops->get ? k->ops->get(k, level, option, value, len) : -ENOPROTOOPT;
	if (err != -ENOPROTOOPT || k->domain == AF_PACKET)
		return err;
	if (k->domain == AF_INET && level != IPPROTO_IP && level != k->protocol)
		return -EOPNOTSUPP; /* as Linux, here alone */
	if ((level == IPPROTO_IP && option == IP_MTU) ||
		(level == IPPROTO_IPV6 && option == IPV6_MTU && k->domain == AF_INET6))
		return get_mtu(k, value, len);
	if (level == IPPROTO_IP || (level == IPPROTO_IPV6 && k->domain == AF_INET6))
		return sock_group_get(k, level, option, value, len);
	return -ENOPROTOOPT;
}
