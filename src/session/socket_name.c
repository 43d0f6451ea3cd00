/* SPDX-License-Identifier: ISC */
/*
 * socket_name.c - struct sockaddr read and written, and what a socket may be bound to
 *
 * An AF_INET6 socket sees IPv4 addresses as ::ffff:a.b.c.d (RFC 4291 2.5.5.2, RFC 3493 3.7), which
 * is also how the layers below carry them.
 *
 * Neighbours: socket_internal.h, base/ipa.h.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "nod/order.h"
#include "socket_internal.h"

enum { SIN6_LEN_LEAST = 24 /* octets: RFC 2133's, without the scope; Linux takes it, too */ };

static int read_in(const struct sockaddr *a, socklen_t len, struct sock_name *out)
{
	struct sockaddr_in in;

	if (len < sizeof(in))
		return -EINVAL;
	memcpy(&in, a, sizeof(in));
	*out = (struct sock_name){ .addr = IPA_ANY4, .port = nod_ntohs(in.sin_port) };
	memcpy(out->addr.o + 12, &in.sin_addr, 4);
	return 0;
}

static int read_in6(const struct sockaddr *a, socklen_t len, struct sock_name *out)
{
	struct sockaddr_in6 in6;

	if (len < SIN6_LEN_LEAST)
		return -EINVAL;
	memset(&in6, 0, sizeof(in6));
	memcpy(&in6, a, len < sizeof(in6) ? len : sizeof(in6));
	*out = (struct sock_name){ .port = nod_ntohs(in6.sin6_port) };
	memcpy(out->addr.o, &in6.sin6_addr, 16);
	if (!ipa_is_v4(&out->addr) &&
		(ipa_is_link_local(&out->addr) ||
			(out->addr.o[0] == 0xff && (out->addr.o[1] & 15) == 2)))
		out->scope = in6.sin6_scope_id;
	return 0;
}

int sock_name_read(
	const struct sock *k, const struct sockaddr *a, socklen_t len, struct sock_name *out)
{
	sa_family_t family;

	if (len < sizeof(family))
		return -EINVAL;
	memcpy(&family, a, sizeof(family));
	if (k->domain == AF_INET) {
		if (len < sizeof(struct sockaddr_in))
			return -EINVAL;
		return family == AF_INET ? read_in(a, len, out) : -EAFNOSUPPORT;
	}
	if (family == AF_INET)
		return read_in(a, len, out);
	if (len < SIN6_LEN_LEAST)
		return -EINVAL;
	return family == AF_INET6 ? read_in6(a, len, out) : -EAFNOSUPPORT;
}

int sock_name_read_own(
	const struct sock *k, const struct sockaddr *a, socklen_t len, struct sock_name *out)
{
	struct sockaddr_in in;
	sa_family_t family;
	int err;

	memcpy(&family, a, sizeof(family));
	if (k->domain == AF_INET6 && family != AF_INET6)
		return len < SIN6_LEN_LEAST ? -EINVAL : -EAFNOSUPPORT;
	err = sock_name_read(k, a, len, out);
	if (err != -EAFNOSUPPORT || k->domain != AF_INET || family != AF_UNSPEC)
		return err;
	/* Linux takes it for the any address, since old programs bound so */
	memcpy(&in, a, sizeof(in));
	in.sin_family = AF_INET;
	if (in.sin_addr.s_addr != 0)
		return -EAFNOSUPPORT;
	return sock_name_read(k, (const struct sockaddr *)(const void *)&in, len, out);
}

socklen_t sock_name_write(const struct sock *k, const struct ipa *addr, uint16_t port,
	uint32_t scope, struct sockaddr_storage *out)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = nod_htons(port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = nod_htons(port) };

	if (k->domain == AF_INET) {
		memcpy(&in.sin_addr, addr->o + 12, 4);
		memcpy(out, &in, sizeof(in));
		return sizeof(in);
	}
	memcpy(&in6.sin6_addr, addr->o, 16);
	if (!ipa_is_v4(addr) && (ipa_is_link_local(addr) || ipa_is_multicast(addr)))
		in6.sin6_scope_id = scope;
	memcpy(out, &in6, sizeof(in6));
	return sizeof(in6);
}

void sock_name_copy(const struct sockaddr_storage *from, socklen_t from_len, struct sockaddr *a,
	socklen_t *len)
{
	memcpy(a, from, from_len < *len ? from_len : *len);
	*len = from_len;
}

static bool is_broadcast(const struct net *n, const struct ipa *a)
{
	if (ipa_v4(a) == UINT32_MAX)
		return true;
	for (unsigned i = 1; i <= n->link->n_iface; i++) {
		const struct iface *f = iface_at(n->link, i);

		if (f && ifaddr_is_broadcast(netif_of(f), a))
			return true;
	}
	return false;
}

int sock_may_bind(struct sock *k, const struct sock_name *n)
{
	const struct net *net = &k->stack->net;
	bool is_v4 = ipa_is_v4(&n->addr);
	struct iface *i = k->iface;

	if (k->domain == AF_INET6 && is_v4 && k->opt->v6_only)
		return -EINVAL;
	if (ipa_is_any(&n->addr))
		return 0;
	if (is_v4) {
		if (ipa_is_multicast(&n->addr) || ipa_is_loopback(&n->addr) ||
			is_broadcast(net, &n->addr) || k->opt->free_bind)
			return 0;
		return ifaddr_is_ours(net, NULL, &n->addr) ? 0 : -EADDRNOTAVAIL;
	}
	/* what belongs to a link needs the link said (RFC 4007 6) */
	if (ipa_is_link_local(&n->addr) ||
		(ipa_is_multicast(&n->addr) && (n->addr.o[1] & 15) == 2)) {
		if (n->scope && i && i->index != n->scope)
			return -EINVAL;
		if (n->scope)
			i = iface_at(net->link, n->scope);
		else if (!i)
			return -EINVAL;
		if (!i)
			return -ENODEV;
		k->iface = i;
	}
	if (ipa_is_multicast(&n->addr) || k->opt->free_bind)
		return 0;
	return ifaddr_is_ours(net, i, &n->addr) ? 0 : -EADDRNOTAVAIL;
}
