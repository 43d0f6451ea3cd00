/* SPDX-License-Identifier: ISC */
/*
 * socket_group.c - multicast: groups joined and left by a socket, and by which interface it sends
 *
 * RFC 3678 (source filters; the calls by delta), RFC 3493 5.2, Linux's ip(7).  Whole filters at
 * once (MCAST_MSFILTER) are not taken.
 *
 * Neighbours: network/group.h, socket_internal.h.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "../network/group.h"
#include "../network/route.h"
#include "socket_internal.h"

/* What a call asks for, whichever of the many forms it has. */
enum act { JOIN, LEAVE, JOIN_SOURCE, LEAVE_SOURCE, BLOCK, UNBLOCK };

struct ask {
	enum act act;
	struct ipa group, source;
	struct iface *iface; /* NULL: to be found */
};

static struct ipa ipa_of_in(const struct in_addr *a)
{
	struct ipa out = IPA_ANY4;

	memcpy(out.o + 12, a, 4);
	return out;
}

/* The interface that has the address @a; NULL: none. */
static struct iface *iface_with(const struct sock *k, const struct ipa *a)
{
	const struct ifaddr *own = ifaddr_find(&k->stack->net, NULL, a);

	if (own)
		return own->netif->iface;
	return ipa_is_loopback(a) ? iface_at(&k->stack->link, 1) : NULL;
}

/* Where groups are joined when nothing else is said: the way to the group. */
static struct iface *iface_for(const struct sock *k, const struct ipa *group)
{
	const struct link *l = &k->stack->link;
	const struct route *r;

	if (k->iface && k->iface != &sock_gone)
		return k->iface;
	r = route_find(&k->stack->net, group, NULL);
	if (r)
		return r->iface;
	for (unsigned i = 2; i <= l->n_iface; i++)
		if (iface_at(l, i) && iface_at(l, i)->is_up)
			return iface_at(l, i);
	return NULL;
}

/* ---- memberships -------------------------------------------------------------------- */

static int find_source(const struct group_member *m, const struct ipa *a)
{
	for (uint32_t i = 0; i < m->n_sources; i++)
		if (ipa_equal(&m->source[i], a))
			return (int)i;
	return -1;
}

/* Add or take one source of the filter that @m has. */
static int change_source(struct sock *k, struct group_member *m, const struct ipa *a, bool add)
{
	struct ipa list[256];
	int at = find_source(m, a);
	uint32_t n = m->n_sources;

	if ((at >= 0) == add)
		return -EADDRNOTAVAIL;
	if (n >= sizeof(list) / sizeof(list[0]) ||
		(add && n >= k->stack->core.conf.group_sources))
		return -ENOBUFS;
	if (n)
		memcpy(list, m->source, n * sizeof(list[0]));
	if (add)
		list[n++] = *a;
	else
		list[at] = list[--n];
	return group_set_filter(m, (enum group_mode)m->mode, list, n);
}

static int join_source(struct sock *k, struct netif *i, const struct ask *q)
{
	struct group_member *m = group_of(sock_dgram(k)->groups, i, &q->group);

	if (!m)
		return group_join(&sock_dgram(k)->groups, i, &q->group, GROUP_INCLUDE, &q->source,
			1);
	return m->mode == GROUP_INCLUDE ? change_source(k, m, &q->source, true) : -EINVAL;
}

static int leave_source(struct sock *k, struct netif *i, const struct ask *q)
{
	struct group_member *m = group_of(sock_dgram(k)->groups, i, &q->group);

	if (!m)
		return -EINVAL;
	if (m->mode != GROUP_INCLUDE)
		return -EINVAL;
	if (find_source(m, &q->source) < 0)
		return -EADDRNOTAVAIL;
	if (m->n_sources == 1) /* from nobody: not a member */
		return group_leave(&sock_dgram(k)->groups, i, &q->group);
	return change_source(k, m, &q->source, false);
}

static int act(struct sock *k, const struct ask *q)
{
	struct iface *iface = q->iface ? q->iface : iface_for(k, &q->group);
	struct netif *i = iface ? netif_of(iface) : NULL;
	struct group_member *m;

	if (!ipa_is_multicast(&q->group))
		return -EINVAL;
	if (!i)
		return -ENODEV;
	switch (q->act) {
	case JOIN:
		return group_join(&sock_dgram(k)->groups, i, &q->group, GROUP_EXCLUDE, NULL, 0);
	case LEAVE:
		return group_leave(&sock_dgram(k)->groups, i, &q->group);
	case JOIN_SOURCE:
		return join_source(k, i, q);
	case LEAVE_SOURCE:
		return leave_source(k, i, q);
	case BLOCK:
	case UNBLOCK:
		m = group_of(sock_dgram(k)->groups, i, &q->group);
		if (!m || m->mode != GROUP_EXCLUDE)
			return -EINVAL;
		return change_source(k, m, &q->source, q->act == BLOCK);
	}
	return -EINVAL;
}

/* ---- the forms of IPv4 -------------------------------------------------------------- */

/* struct ip_mreq, or ip_mreqn with an index. */
static int read_mreq(struct sock *k, const void *value, socklen_t len, struct ask *q)
{
	struct ip_mreqn r = { 0 };
	struct ipa by;

	if (len < (socklen_t)sizeof(struct ip_mreq))
		return -EINVAL;
	memcpy(&r, value, len < (socklen_t)sizeof(r) ? sizeof(struct ip_mreq) : sizeof(r));
	q->group = ipa_of_in(&r.imr_multiaddr);
	by = ipa_of_in(&r.imr_address);
	if (r.imr_ifindex) {
		q->iface = iface_at(&k->stack->link, (unsigned)r.imr_ifindex);
		return q->iface ? 0 : -ENODEV;
	}
	if (!ipa_is_any(&by)) {
		q->iface = iface_with(k, &by);
		return q->iface ? 0 : -ENODEV;
	}
	return 0;
}

static int read_mreq_source(struct sock *k, const void *value, socklen_t len, struct ask *q)
{
	struct ip_mreq_source r;
	struct ipa by;

	if (len != (socklen_t)sizeof(r))
		return -EINVAL;
	memcpy(&r, value, sizeof(r));
	q->group = ipa_of_in(&r.imr_multiaddr);
	q->source = ipa_of_in(&r.imr_sourceaddr);
	by = ipa_of_in(&r.imr_interface);
	if (ipa_is_any(&by))
		return 0;
	q->iface = iface_with(k, &by);
	return q->iface ? 0 : -ENODEV;
}

/* IP_MULTICAST_IF: an address, or struct ip_mreq, ip_mreqn. */
static int set_group_iface4(struct sock *k, const void *value, socklen_t len)
{
	struct ip_mreqn r = { 0 };
	struct iface *i = NULL;
	struct ipa by;

	if (len < (socklen_t)sizeof(struct in_addr))
		return -EINVAL;
	if (len >= (socklen_t)sizeof(r))
		memcpy(&r, value, sizeof(r));
	else if (len >= (socklen_t)sizeof(struct ip_mreq))
		memcpy(&r, value, sizeof(struct ip_mreq));
	else
		memcpy(&r.imr_address, value, sizeof(r.imr_address));
	by = ipa_of_in(&r.imr_address);
	if (r.imr_ifindex)
		i = iface_at(&k->stack->link, (unsigned)r.imr_ifindex);
	else if (!ipa_is_any(&by))
		i = iface_with(k, &by);
	if (!i && (r.imr_ifindex || !ipa_is_any(&by)))
		return -EADDRNOTAVAIL;
	if (i && k->iface && k->iface != i)
		return -EINVAL;
	sock_dgram(k)->group_iface[1] = i;
	sock_dgram(k)->group_source = by;
	return 0;
}

/* ---- the forms of RFC 3493 and RFC 3678 --------------------------------------------- */

static int read_mreq6(struct sock *k, const void *value, socklen_t len, struct ask *q)
{
	struct ipv6_mreq r;

	if (len < (socklen_t)sizeof(r))
		return -EINVAL;
	memcpy(&r, value, sizeof(r));
	memcpy(q->group.o, &r.ipv6mr_multiaddr, 16);
	if (r.ipv6mr_interface) {
		q->iface = iface_at(&k->stack->link, r.ipv6mr_interface);
		if (!q->iface)
			return -ENODEV;
	}
	return ipa_is_v4(&q->group) ? -EINVAL : 0;
}

/* An address within a struct sockaddr_storage, of the family of @level. */
static int read_storage(int level, const struct sockaddr_storage *a, struct ipa *out)
{
	struct sock as = { .domain = level == IPPROTO_IP ? AF_INET : AF_INET6 };
	struct sock_name n;

	if (a->ss_family != as.domain)
		return -EADDRNOTAVAIL;
	if (sock_name_read(&as, (const struct sockaddr *)(const void *)a, sizeof(*a), &n) < 0)
		return -EINVAL;
	*out = n.addr;
	return 0;
}

static int read_group_req(
	struct sock *k, int level, const void *value, socklen_t len, struct ask *q)
{
	struct group_req r;

	if (len < (socklen_t)sizeof(r))
		return -EINVAL;
	memcpy(&r, value, sizeof(r));
	if (r.gr_interface) {
		q->iface = iface_at(&k->stack->link, r.gr_interface);
		if (!q->iface)
			return -ENODEV;
	}
	return read_storage(level, &r.gr_group, &q->group) < 0 ? -EINVAL : 0;
}

static int read_group_source(
	struct sock *k, int level, const void *value, socklen_t len, struct ask *q)
{
	struct group_source_req r;
	int err;

	if (len != (socklen_t)sizeof(r))
		return -EINVAL;
	memcpy(&r, value, sizeof(r));
	if (r.gsr_interface) {
		q->iface = iface_at(&k->stack->link, r.gsr_interface);
		if (!q->iface)
			return -ENODEV;
	}
	err = read_storage(level, &r.gsr_group, &q->group);
	return err < 0 ? err : read_storage(level, &r.gsr_source, &q->source);
}

static int set_group_iface6(struct sock *k, const void *value, socklen_t len)
{
	int index;

	if (len < (socklen_t)sizeof(index))
		return -EINVAL;
	memcpy(&index, value, sizeof(index));
	if (index < 0 || (index && !iface_at(&k->stack->link, (unsigned)index)))
		return -ENODEV;
	if (index && k->iface && k->iface->index != (unsigned)index)
		return -EINVAL;
	sock_dgram(k)->group_iface[0] = index ? iface_at(&k->stack->link, (unsigned)index) : NULL;
	return 0;
}

/* ---- the options -------------------------------------------------------------------- */

enum form { MREQ, MREQ_SOURCE, MREQ6, GROUP_REQ, GROUP_SOURCE };

static const struct {
	int level, option; /* level 0 with the RFC 3678 options: either */
	enum form form;
	enum act act;
} calls[] = {
	{ IPPROTO_IP, IP_ADD_MEMBERSHIP, MREQ, JOIN },
	{ IPPROTO_IP, IP_DROP_MEMBERSHIP, MREQ, LEAVE },
	{ IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, MREQ_SOURCE, JOIN_SOURCE },
	{ IPPROTO_IP, IP_DROP_SOURCE_MEMBERSHIP, MREQ_SOURCE, LEAVE_SOURCE },
	{ IPPROTO_IP, IP_BLOCK_SOURCE, MREQ_SOURCE, BLOCK },
	{ IPPROTO_IP, IP_UNBLOCK_SOURCE, MREQ_SOURCE, UNBLOCK },
	{ IPPROTO_IPV6, IPV6_JOIN_GROUP, MREQ6, JOIN },
	{ IPPROTO_IPV6, IPV6_LEAVE_GROUP, MREQ6, LEAVE },
	{ -1, MCAST_JOIN_GROUP, GROUP_REQ, JOIN },
	{ -1, MCAST_LEAVE_GROUP, GROUP_REQ, LEAVE },
	{ -1, MCAST_JOIN_SOURCE_GROUP, GROUP_SOURCE, JOIN_SOURCE },
	{ -1, MCAST_LEAVE_SOURCE_GROUP, GROUP_SOURCE, LEAVE_SOURCE },
	{ -1, MCAST_BLOCK_SOURCE, GROUP_SOURCE, BLOCK },
	{ -1, MCAST_UNBLOCK_SOURCE, GROUP_SOURCE, UNBLOCK },
};

static int read_ask(struct sock *k, int level, enum form form, const void *value, socklen_t len,
	struct ask *q)
{
	switch (form) {
	case MREQ:
		return read_mreq(k, value, len, q);
	case MREQ_SOURCE:
		return read_mreq_source(k, value, len, q);
	case MREQ6:
		return read_mreq6(k, value, len, q);
	case GROUP_REQ:
		return read_group_req(k, level, value, len, q);
	case GROUP_SOURCE:
		return read_group_source(k, level, value, len, q);
	}
	return -EINVAL;
}

int sock_group_set(struct sock *k, int level, int option, const void *value, socklen_t len)
{
	bool is_stream = sock_is_stream(k); /* which has no groups; errors are Linux's */

	if (level == IPPROTO_IP && option == IP_MULTICAST_IF)
		return is_stream ? -EINVAL : set_group_iface4(k, value, len);
	if (level == IPPROTO_IPV6 && option == IPV6_MULTICAST_IF)
		return is_stream ? -EINVAL : set_group_iface6(k, value, len);
	for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		struct ask q = { .act = calls[i].act };
		int err;

		if (calls[i].option != option ||
			(calls[i].level >= 0 && calls[i].level != level))
			continue;
		if (is_stream)
			return -EPROTO;
		err = read_ask(k, level, calls[i].form, value, len, &q);
		return err < 0 ? err : act(k, &q);
	}
	return -ENOPROTOOPT;
}

int sock_group_get(struct sock *k, int level, int option, void *value, socklen_t *len)
{
	const struct sock_dgram *d = sock_is_stream(k) ? NULL : sock_dgram(k);
	const struct iface *by = d ? d->group_iface[0] : NULL;
	const struct ipa none = IPA_ANY4;
	int index = by ? (int)by->index : 0;
	const void *from = NULL;
	socklen_t n = 4;

	if (level == IPPROTO_IP && option == IP_MULTICAST_IF)
		from = (d ? &d->group_source : &none)->o + 12;
	else if (level == IPPROTO_IPV6 && option == IPV6_MULTICAST_IF)
		from = &index;
	if (!from)
		return -ENOPROTOOPT;
	n = *len < n ? *len : n;
	memcpy(value, from, n);
	*len = n;
	return 0;
}

bool sock_hears_group(const struct sock *k, const struct ip_in *in)
{
	struct group_member *groups = sock_dgram_const(k)->groups;
	struct netif *i = netif_of(in->iface);

	if (in->cast != IP_MULTICAST)
		return true;
	if (group_of(groups, i, &in->dst))
		return group_wants(groups, i, &in->dst, &in->src);
	return in->is_v4 ? k->opt->group_all : k->opt->group_all6;
}
