/* SPDX-License-Identifier: ISC */
/*
 * socket_options.c - setsockopt() and getsockopt()
 *
 * socket(7), ip(7), ipv6(7), udp(7), raw(7); RFC 3493, 3542, 3678.  One row for each option that
 * is a number or a flag; those that carry a structure have functions of their own.
 *
 * Neighbours: socket.h; docs/SOCKETS.md lists them all.
 */
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>

#include "../network/group.h"
#include "../network/ip_internal.h"
#include "socket.h"

enum { ICMP_FILTER = 1 }; /* of level SOL_RAW: <linux/icmp.h>, which quarrels with <netinet/in.h> */
enum { BUFFER_LEAST = 2304, SEND_LEAST = 4608 };

typedef int set_fn(struct socket *k, int v);
typedef int get_fn(const struct socket *k, int *v);

struct option_row {
	int level, option;
	set_fn *set; /* NULL: read only */
	get_fn *get; /* NULL: write only */
};

/* ---- those that are a bool of the socket, or a bit of the end ------------------------ */

#define FLAG(name, field)                                  \
	static int set_##name(struct socket *k, int v)     \
	{                                                  \
		k->field = v != 0;                         \
		return 0;                                  \
	}                                                  \
	static int get_##name(const struct socket *k, int *v) \
	{                                                  \
		*v = k->field;                             \
		return 0;                                  \
	}

#define BIT(name, bit)                                                             \
	static int set_##name(struct socket *k, int v)                             \
	{                                                                          \
		k->end.flags = (uint16_t)((k->end.flags & ~(bit)) | (v ? (bit) : 0)); \
		return 0;                                                          \
	}                                                                          \
	static int get_##name(const struct socket *k, int *v)                      \
	{                                                                          \
		*v = (k->end.flags & (bit)) != 0;                                  \
		return 0;                                                          \
	}

FLAG(broadcast, may_broadcast)
FLAG(pktinfo, wants_pktinfo)
FLAG(recvttl, wants_ttl)
FLAG(recvtos, wants_tos)
FLAG(recverr, wants_errors)
FLAG(gro, wants_gro)
FLAG(multicast_loop, multicast_loop)
FLAG(multicast_all, end.multicast_all)
FLAG(hdrincl, is_header_included)
BIT(reuseaddr, UDP_END_REUSE_ADDR)
BIT(reuseport, UDP_END_REUSE_PORT)
BIT(no_check, UDP_END_NO_CHECK)
BIT(no_check6_rx, UDP_END_NO_CHECK6_RX)
BIT(no_check6_tx, UDP_END_NO_CHECK6_TX)

static int set_v6only(struct socket *k, int v)
{
	if (k->end.is_bound)
		return -EINVAL;
	k->end.flags = (uint16_t)((k->end.flags & ~UDP_END_V6_ONLY) | (v ? UDP_END_V6_ONLY : 0));
	return 0;
}

static int get_v6only(const struct socket *k, int *v)
{
	*v = (k->end.flags & UDP_END_V6_ONLY) != 0;
	return 0;
}

/* ---- numbers ------------------------------------------------------------------------- */

static int get_type(const struct socket *k, int *v)
{
	*v = k->type;
	return 0;
}

static int get_domain(const struct socket *k, int *v)
{
	*v = k->domain;
	return 0;
}

static int get_protocol(const struct socket *k, int *v)
{
	*v = k->type == SOCK_DGRAM ? IPPROTO_UDP : k->protocol;
	return 0;
}

static int get_acceptconn(const struct socket *k, int *v)
{
	(void)k;
	*v = 0;
	return 0;
}

/* socket(7): twice what was asked for is set, for the packets' own memory. */
static int set_rcvbuf(struct socket *k, int v)
{
	int64_t twice = 2 * (int64_t)(v < 0 ? 0 : v);
	int64_t most = 2 * (int64_t)k->stack->core.conf.receive_octets;

	twice = twice < BUFFER_LEAST ? BUFFER_LEAST : twice > most ? most : twice;
	k->in_limit = (uint32_t)twice;
	return 0;
}

static int get_rcvbuf(const struct socket *k, int *v)
{
	*v = (int)k->in_limit;
	return 0;
}

static int set_sndbuf(struct socket *k, int v)
{
	int64_t twice = 2 * (int64_t)(v < 0 ? 0 : v);
	int64_t most = 2 * (int64_t)k->stack->core.conf.send_octets;

	twice = twice < SEND_LEAST ? SEND_LEAST : twice > most ? most : twice;
	k->send_limit = (uint32_t)twice;
	return 0;
}

static int get_sndbuf(const struct socket *k, int *v)
{
	*v = (int)k->send_limit;
	return 0;
}

static int set_ttl(struct socket *k, int v)
{
	if (v != -1 && (v < 1 || v > 255))
		return -EINVAL;
	k->ttl = v == -1 ? 0 : (uint8_t)v;
	return 0;
}

static int get_ttl(const struct socket *k, int *v)
{
	*v = k->ttl ? k->ttl : k->stack->core.conf.default_ttl;
	return 0;
}

static int set_multicast_ttl(struct socket *k, int v)
{
	if (v < -1 || v > 255)
		return -EINVAL;
	k->multicast_ttl = v == -1 ? 1 : (uint8_t)v;
	return 0;
}

static int get_multicast_ttl(const struct socket *k, int *v)
{
	*v = k->multicast_ttl;
	return 0;
}

static int set_tos(struct socket *k, int v)
{
	k->tos = v == -1 ? 0 : (uint8_t)v;
	return 0;
}

static int get_tos(const struct socket *k, int *v)
{
	*v = k->tos;
	return 0;
}

_Static_assert(IP_PMTUDISC_WANT == 1 && IP_PMTUDISC_DONT == 0 && IP_PMTUDISC_DO == 2 &&
		IP_PMTUDISC_PROBE == 3,
	"IP_PMTUDISC_*");

static int set_pmtu(struct socket *k, int v)
{
	static const uint8_t ours[] = { IP_PMTU_DONT, IP_PMTU_WANT, IP_PMTU_DO, IP_PMTU_PROBE };

	if (v < 0 || v > 3)
		return -EINVAL;
	k->pmtu = ours[v];
	return 0;
}

static int get_pmtu(const struct socket *k, int *v)
{
	static const int theirs[] = { [IP_PMTU_DONT] = 0, [IP_PMTU_WANT] = 1, [IP_PMTU_DO] = 2,
		[IP_PMTU_PROBE] = 3 };

	*v = theirs[k->pmtu];
	return 0;
}

static int get_mtu(const struct socket *k, int *v)
{
	struct socket_addr to = { .addr = k->end.remote };
	struct ip_out o = socket_way(k, &to);
	struct ip_way way;

	if (!k->end.is_connected)
		return -ENOTCONN;
	if (ip_route(&k->stack->net, &o, &way) < 0)
		return -ENOTCONN;
	*v = (int)way.mtu;
	return 0;
}

static int set_segment(struct socket *k, int v)
{
	if (v < 0 || v > UINT16_MAX)
		return -EINVAL;
	k->gso_size = (uint16_t)v;
	return 0;
}

static int get_segment(const struct socket *k, int *v)
{
	*v = k->gso_size;
	return 0;
}

static int set_multicast_if(struct socket *k, int v)
{
	if (v && !iface_at(&k->stack->link, (unsigned)v))
		return -ENODEV;
	k->multicast_if = (unsigned)v;
	return 0;
}

static int get_multicast_if(const struct socket *k, int *v)
{
	*v = (int)k->multicast_if;
	return 0;
}

static int set_checksum(struct socket *k, int v)
{
	if (k->type != SOCK_RAW || k->protocol == IPPROTO_ICMPV6 || v > 65534 || (v > 0 && v % 2))
		return -EINVAL;
	k->checksum_at = v < 0 ? -1 : v;
	return 0;
}

static int get_checksum(const struct socket *k, int *v)
{
	*v = k->protocol == IPPROTO_ICMPV6 ? 2 : k->checksum_at;
	return 0;
}

static const struct option_row options[] = {
	{ SOL_SOCKET, SO_BROADCAST, set_broadcast, get_broadcast },
	{ SOL_SOCKET, SO_REUSEADDR, set_reuseaddr, get_reuseaddr },
	{ SOL_SOCKET, SO_REUSEPORT, set_reuseport, get_reuseport },
	{ SOL_SOCKET, SO_TYPE, NULL, get_type },
	{ SOL_SOCKET, SO_DOMAIN, NULL, get_domain },
	{ SOL_SOCKET, SO_PROTOCOL, NULL, get_protocol },
	{ SOL_SOCKET, SO_ACCEPTCONN, NULL, get_acceptconn },
	{ SOL_SOCKET, SO_RCVBUF, set_rcvbuf, get_rcvbuf },
	{ SOL_SOCKET, SO_SNDBUF, set_sndbuf, get_sndbuf },
	{ SOL_SOCKET, SO_NO_CHECK, set_no_check, get_no_check },
	{ IPPROTO_IP, IP_PKTINFO, set_pktinfo, get_pktinfo },
	{ IPPROTO_IP, IP_RECVTTL, set_recvttl, get_recvttl },
	{ IPPROTO_IP, IP_RECVTOS, set_recvtos, get_recvtos },
	{ IPPROTO_IP, IP_RECVERR, set_recverr, get_recverr },
	{ IPPROTO_IP, IP_TTL, set_ttl, get_ttl },
	{ IPPROTO_IP, IP_TOS, set_tos, get_tos },
	{ IPPROTO_IP, IP_MTU_DISCOVER, set_pmtu, get_pmtu },
	{ IPPROTO_IP, IP_MTU, NULL, get_mtu },
	{ IPPROTO_IP, IP_HDRINCL, set_hdrincl, get_hdrincl },
	{ IPPROTO_IP, IP_MULTICAST_TTL, set_multicast_ttl, get_multicast_ttl },
	{ IPPROTO_IP, IP_MULTICAST_LOOP, set_multicast_loop, get_multicast_loop },
	{ IPPROTO_IP, IP_MULTICAST_ALL, set_multicast_all, get_multicast_all },
	{ IPPROTO_IPV6, IPV6_V6ONLY, set_v6only, get_v6only },
	{ IPPROTO_IPV6, IPV6_RECVPKTINFO, set_pktinfo, get_pktinfo },
	{ IPPROTO_IPV6, IPV6_RECVHOPLIMIT, set_recvttl, get_recvttl },
	{ IPPROTO_IPV6, IPV6_RECVTCLASS, set_recvtos, get_recvtos },
	{ IPPROTO_IPV6, IPV6_RECVERR, set_recverr, get_recverr },
	{ IPPROTO_IPV6, IPV6_UNICAST_HOPS, set_ttl, get_ttl },
	{ IPPROTO_IPV6, IPV6_TCLASS, set_tos, get_tos },
	{ IPPROTO_IPV6, IPV6_MTU_DISCOVER, set_pmtu, get_pmtu },
	{ IPPROTO_IPV6, IPV6_MTU, NULL, get_mtu },
	{ IPPROTO_IPV6, IPV6_MULTICAST_HOPS, set_multicast_ttl, get_multicast_ttl },
	{ IPPROTO_IPV6, IPV6_MULTICAST_LOOP, set_multicast_loop, get_multicast_loop },
	{ IPPROTO_IPV6, IPV6_MULTICAST_IF, set_multicast_if, get_multicast_if },
	{ IPPROTO_IPV6, IPV6_MULTICAST_ALL, set_multicast_all, get_multicast_all },
	{ IPPROTO_IPV6, IPV6_CHECKSUM, set_checksum, get_checksum },
	{ IPPROTO_UDP, UDP_SEGMENT, set_segment, get_segment },
	{ IPPROTO_UDP, UDP_GRO, set_gro, get_gro },
	{ IPPROTO_UDP, UDP_NO_CHECK6_RX, set_no_check6_rx, get_no_check6_rx },
	{ IPPROTO_UDP, UDP_NO_CHECK6_TX, set_no_check6_tx, get_no_check6_tx },
};

static const struct option_row *row_of(int level, int option)
{
	for (unsigned n = 0; n < sizeof(options) / sizeof(options[0]); n++)
		if (options[n].level == level && options[n].option == option)
			return &options[n];
	return NULL;
}

/* ---- those that carry more ----------------------------------------------------------- */

/* Which interface a membership of IPv4 is for: by index, by address, or any that can. */
static struct iface *membership_iface(
	struct socket *k, int index, const struct in_addr *address, const struct ipa *group)
{
	struct link *l = &k->stack->link;
	uint8_t o[4];
	struct ipa a;
	struct ifaddr *own;
	struct dest *d;

	if (index)
		return iface_at(l, (unsigned)index);
	memcpy(o, address, 4);
	a = ipa_from_v4(o);
	if (!ipa_is_any(&a)) {
		own = ifaddr_find(&k->stack->net, NULL, &a);
		return own ? own->netif->iface : NULL;
	}
	if (dest_get(&k->stack->net, group, k->end.iface, &d) < 0)
		return NULL;
	dest_unref(&k->stack->net, d);
	return d->iface;
}

static int membership4(struct socket *k, bool join, const void *value, socklen_t len)
{
	struct ip_mreqn m = { 0 };
	uint8_t o[4];
	struct ipa group;
	struct iface *i;

	if (len < sizeof(struct ip_mreq))
		return -EINVAL;
	memcpy(&m, value, len < sizeof(m) ? sizeof(struct ip_mreq) : sizeof(m));
	memcpy(o, &m.imr_multiaddr, 4);
	group = ipa_from_v4(o);
	if (!ipa_is_multicast(&group))
		return -EINVAL;
	i = membership_iface(k, len < sizeof(m) ? 0 : m.imr_ifindex, &m.imr_address, &group);
	if (!i)
		return -ENODEV;
	return join ? group_join(&k->end.groups, netif_of(i), &group, GROUP_EXCLUDE, NULL, 0) :
		      group_leave(&k->end.groups, netif_of(i), &group);
}

static int membership6(struct socket *k, bool join, const void *value, socklen_t len)
{
	struct ipv6_mreq m;
	struct in_addr none = { 0 };
	struct ipa group;
	struct iface *i;

	if (len < sizeof(m))
		return -EINVAL;
	memcpy(&m, value, sizeof(m));
	memcpy(group.o, &m.ipv6mr_multiaddr, 16);
	if (!ipa_is_multicast(&group))
		return -EINVAL;
	i = membership_iface(k, (int)m.ipv6mr_interface, &none, &group);
	if (!i)
		return -ENODEV;
	return join ? group_join(&k->end.groups, netif_of(i), &group, GROUP_EXCLUDE, NULL, 0) :
		      group_leave(&k->end.groups, netif_of(i), &group);
}

/* RFC 3678 4: one source more or less of an INCLUDE membership. */
static int source_membership4(struct socket *k, bool join, const void *value, socklen_t len)
{
	struct ip_mreq_source m;
	struct ipa group, source, list[64];
	struct group_member *member;
	struct iface *i;
	uint8_t o[4];
	uint32_t n = 0;

	if (len < sizeof(m))
		return -EINVAL;
	memcpy(&m, value, sizeof(m));
	memcpy(o, &m.imr_multiaddr, 4);
	group = ipa_from_v4(o);
	memcpy(o, &m.imr_sourceaddr, 4);
	source = ipa_from_v4(o);
	i = ipa_is_multicast(&group) ? membership_iface(k, 0, &m.imr_interface, &group) : NULL;
	if (!i)
		return ipa_is_multicast(&group) ? -ENODEV : -EINVAL;
	member = group_of(k->end.groups, netif_of(i), &group);
	if (!member)
		return join ? group_join(&k->end.groups, netif_of(i), &group, GROUP_INCLUDE,
				      &source, 1) :
			      -EADDRNOTAVAIL;
	if (member->mode != GROUP_INCLUDE)
		return -EINVAL;
	for (uint32_t s = 0; s < member->n_sources && n < 63; s++)
		if (!ipa_equal(&member->source[s], &source))
			list[n++] = member->source[s];
	if (join == (n < member->n_sources)) /* it is there already, or is not */
		return -EADDRNOTAVAIL;
	if (join)
		list[n++] = source;
	return n ? group_set_filter(member, GROUP_INCLUDE, list, n) :
		   group_leave(&k->end.groups, netif_of(i), &group);
}

static int multicast_if4(struct socket *k, const void *value, socklen_t len)
{
	struct ip_mreqn m = { 0 };
	struct iface *i;
	struct ipa none = IPA_ANY4;

	if (len < sizeof(struct in_addr))
		return -EINVAL;
	if (len >= sizeof(m))
		memcpy(&m, value, sizeof(m));
	else if (len >= sizeof(struct ip_mreq))
		memcpy(&m, value, sizeof(struct ip_mreq));
	else
		memcpy(&m.imr_address, value, sizeof(m.imr_address));
	if (!m.imr_ifindex && !m.imr_address.s_addr) {
		k->multicast_if = 0;
		return 0;
	}
	i = membership_iface(k, m.imr_ifindex, &m.imr_address, &none);
	if (!i)
		return m.imr_ifindex ? -ENODEV : -EADDRNOTAVAIL;
	k->multicast_if = i->index;
	return 0;
}

static int bind_to_device(struct socket *k, const void *value, socklen_t len)
{
	char name[16] = { 0 };
	struct iface *i;

	memcpy(name, value, len < sizeof(name) - 1 ? len : sizeof(name) - 1);
	if (!name[0]) {
		k->end.iface = NULL;
		return 0;
	}
	i = iface_named(&k->stack->link, name);
	if (!i)
		return -ENODEV;
	k->end.iface = i;
	return 0;
}

static int icmp_filter(struct socket *k, int level, const void *value, socklen_t len)
{
	if (k->type != SOCK_RAW)
		return -ENOPROTOOPT;
	if (level == SOL_RAW)
		memcpy(&k->icmp4_filter, value, len < 4 ? len : 4);
	else
		memcpy(k->icmp6_filter, value,
			len < sizeof(k->icmp6_filter) ? len : sizeof(k->icmp6_filter));
	return 0;
}

int nod_setsockopt(struct nod_stack *s, int fd, int level, int option, const void *value,
	socklen_t len)
{
	struct socket *k = socket_of(s, fd);
	const struct option_row *row = row_of(level, option);
	int v = 0;

	if (!k)
		return -EBADF;
	if (level == SOL_SOCKET && option == SO_BINDTODEVICE)
		return bind_to_device(k, value, len);
	if (level == IPPROTO_IP && (option == IP_ADD_MEMBERSHIP || option == IP_DROP_MEMBERSHIP))
		return membership4(k, option == IP_ADD_MEMBERSHIP, value, len);
	if (level == IPPROTO_IP &&
		(option == IP_ADD_SOURCE_MEMBERSHIP || option == IP_DROP_SOURCE_MEMBERSHIP))
		return source_membership4(k, option == IP_ADD_SOURCE_MEMBERSHIP, value, len);
	if (level == IPPROTO_IP && option == IP_MULTICAST_IF)
		return multicast_if4(k, value, len);
	if (level == IPPROTO_IPV6 && k->domain == AF_INET6 &&
		(option == IPV6_ADD_MEMBERSHIP || option == IPV6_DROP_MEMBERSHIP))
		return membership6(k, option == IPV6_ADD_MEMBERSHIP, value, len);
	if ((level == SOL_RAW && option == ICMP_FILTER) ||
		(level == IPPROTO_ICMPV6 && option == ICMP6_FILTER))
		return icmp_filter(k, level, value, len);
	if (!row || !row->set || (level == IPPROTO_IPV6 && k->domain != AF_INET6))
		return -ENOPROTOOPT;
	if (level == IPPROTO_IP && len >= 1 && len < sizeof(v))
		v = *(const uint8_t *)value; /* ip(7): some take one octet */
	else if (len < sizeof(v))
		return -EINVAL;
	else
		memcpy(&v, value, sizeof(v));
	return row->set(k, v);
}

int nod_getsockopt(struct nod_stack *s, int fd, int level, int option, void *value, socklen_t *len)
{
	struct socket *k = socket_of(s, fd);
	const struct option_row *row = row_of(level, option);
	int v = 0, err;

	if (!k)
		return -EBADF;
	if ((int)*len < 0)
		return -EINVAL;
	if (level == SOL_SOCKET && option == SO_ERROR) {
		v = socket_take_error(k);
	} else {
		if (!row || !row->get || (level == IPPROTO_IPV6 && k->domain != AF_INET6))
			return -ENOPROTOOPT;
		err = row->get(k, &v);
		if (err < 0)
			return err;
	}
	memcpy(value, &v, *len < sizeof(v) ? *len : sizeof(v));
	*len = *len < sizeof(v) ? *len : sizeof(v);
	return 0;
}
