/* SPDX-License-Identifier: ISC */
/*
 * session_options.c - what a session's configuration is in socket options
 *
 * Neighbours: session_options.h.
 */
#include "session_options.h"

#include <netinet/tcp.h>

static void add(struct session_option *out, unsigned *n, int level, int option, int number)
{
	out[(*n)++] = (struct session_option){
		.level = level, .option = option, .len = sizeof(int), .value.number = number
	};
}

/* Whole seconds as the kernel takes them: rounded up, at least 1. */
static int seconds(nod_ns t)
{
	nod_ns s = t / NOD_S + (t % NOD_S != 0);

	return s < 1	  ? 1 :
		s > 32767 ? 32767 :
			    (int)s; /* 32767: the kernel's MAX_TCP_KEEPIDLE */
}

unsigned session_keepalive_options(
	bool on, nod_ns idle, struct session_option out[SESSION_OPTIONS_MOST])
{
	unsigned n = 0;

	add(out, &n, SOL_SOCKET, SO_KEEPALIVE, on);
	if (on && idle > 0) {
		add(out, &n, IPPROTO_TCP, TCP_KEEPIDLE, seconds(idle));
		add(out, &n, IPPROTO_TCP, TCP_KEEPINTVL, seconds(idle / 3));
		add(out, &n, IPPROTO_TCP, TCP_KEEPCNT, 3);
	}
	return n;
}

static void add_datagram(sa_family_t af, const struct nod_session_conf *conf,
	struct session_option *out, unsigned *n)
{
	bool is_v4 = af == AF_INET;
	int level = is_v4 ? IPPROTO_IP : IPPROTO_IPV6;

	if (conf->broadcast && is_v4)
		add(out, n, SOL_SOCKET, SO_BROADCAST, 1);
	if (conf->multicast_ttl)
		add(out, n, level, is_v4 ? IP_MULTICAST_TTL : IPV6_MULTICAST_HOPS,
			conf->multicast_ttl);
	if (conf->multicast_no_loop)
		add(out, n, level, is_v4 ? IP_MULTICAST_LOOP : IPV6_MULTICAST_LOOP, 0);
	if (conf->interface && is_v4)
		out[(*n)++] = (struct session_option){ .level = level,
			.option = IP_MULTICAST_IF,
			.len = sizeof(struct ip_mreqn),
			.value.interface.imr_ifindex = (int)conf->interface };
	else if (conf->interface)
		add(out, n, level, IPV6_MULTICAST_IF, (int)conf->interface);
}

unsigned session_options(sa_family_t af, const struct nod_session_conf *conf,
	struct session_option out[SESSION_OPTIONS_MOST])
{
	unsigned n = 0;

	if (af == AF_UNIX)
		return 0;
	if (conf->type == NOD_DATAGRAM) {
		add_datagram(af, conf, out, &n);
		return n;
	}
	if (conf->keepalive)
		n = session_keepalive_options(true, conf->keepalive_idle, out);
	add(out, &n, IPPROTO_TCP, TCP_NODELAY, 1);
	return n;
}

unsigned session_bind_options(sa_family_t af, const struct nod_endpoint *at,
	const struct nod_session_conf *conf, struct session_option out[SESSION_OPTIONS_MOST])
{
	unsigned n = 0;

	if (af == AF_UNIX)
		return 0;
	if (af == AF_INET6)
		add(out, &n, IPPROTO_IPV6, IPV6_V6ONLY, at->addr.family == NOD_IPV6);
	if (conf->type == NOD_STREAM || conf->reuse_port)
		add(out, &n, SOL_SOCKET, SO_REUSEADDR, 1);
	/* to answer from the address that was asked */
	if (conf->type == NOD_DATAGRAM && af == AF_INET)
		add(out, &n, IPPROTO_IP, IP_PKTINFO, 1);
	else if (conf->type == NOD_DATAGRAM)
		add(out, &n, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	return n;
}

sa_family_t session_family(const struct nod_endpoint *e, const struct nod_session_conf *conf)
{
	if (e->is_unix)
		return AF_UNIX;
	if (e->addr.family == NOD_UNSPEC)
		return conf->family == NOD_IPV4 ? AF_INET : AF_INET6;
	return e->addr.family == NOD_IPV4 ? AF_INET : AF_INET6;
}

bool session_source_fits(const struct nod_endpoint *from, const struct nod_endpoint *to)
{
	if (from->is_unix || (to->is_unix && from->port))
		return false;
	return from->addr.family == NOD_UNSPEC ||
		(!to->is_unix && from->addr.family == to->addr.family);
}
