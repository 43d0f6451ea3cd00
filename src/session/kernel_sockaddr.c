/* SPDX-License-Identifier: ISC */
/*
 * kernel_sockaddr.c - endpoints in the form in which the kernel's calls take them
 *
 * RFC 4291 2.5.5.2: an IPv4 peer of an IPv6 socket is ::ffff:a.b.c.d; above this file it is
 * a.b.c.d again.
 */
#include "kernel_sockaddr.h"

#include <string.h>

#include "nod/order.h"

void kernel_sockaddr_from(
	struct kernel_sockaddr *a, const struct nod_endpoint *e, sa_family_t af)
{
	memset(a, 0, sizeof(*a));
	if (af == AF_UNIX) {
		size_t len = strnlen(e->path, sizeof(a->u.un.sun_path) - 1);

		a->u.un.sun_family = AF_UNIX;
		memcpy(a->u.un.sun_path, e->path, len);
		a->len = sizeof(a->u.un);
	} else if (af == AF_INET) {
		a->u.in.sin_family = AF_INET;
		a->u.in.sin_port = nod_htons(e->port);
		if (e->addr.family == NOD_IPV4)
			memcpy(&a->u.in.sin_addr, e->addr.octet, 4);
		a->len = sizeof(a->u.in);
	} else {
		a->u.in6.sin6_family = AF_INET6;
		a->u.in6.sin6_port = nod_htons(e->port);
		a->u.in6.sin6_scope_id = e->addr.zone;
		if (e->addr.family == NOD_IPV6) {
			memcpy(&a->u.in6.sin6_addr, e->addr.octet, 16);
		} else if (e->addr.family == NOD_IPV4) {
			memset(&a->u.in6.sin6_addr.s6_addr[10], 0xff, 2);
			memcpy(&a->u.in6.sin6_addr.s6_addr[12], e->addr.octet, 4);
		}
		a->len = sizeof(a->u.in6);
	}
}

bool kernel_sockaddr_fits(const struct nod_endpoint *e, sa_family_t af)
{
	if (af == AF_UNIX || e->is_unix)
		return af == AF_UNIX && e->is_unix;
	return af == AF_INET6 || e->addr.family != NOD_IPV6;
}

void kernel_sockaddr_to(const struct kernel_sockaddr *a, struct nod_endpoint *e)
{
	memset(e, 0, sizeof(*e));
	if (a->len < sizeof(a->u.sa.sa_family)) /* a stream's recvmsg() gives no address */
		return;
	switch (a->u.sa.sa_family) {
	case AF_UNIX:
		e->is_unix = true;
		/* an unnamed socket's address ends after its family */
		if (a->len > (socklen_t)offsetof(struct sockaddr_un, sun_path))
			memcpy(e->path, a->u.un.sun_path,
				strnlen(a->u.un.sun_path, sizeof(e->path) - 1));
		break;
	case AF_INET:
		e->port = nod_ntohs(a->u.in.sin_port);
		e->addr.family = NOD_IPV4;
		memcpy(e->addr.octet, &a->u.in.sin_addr, 4);
		break;
	case AF_INET6:
		e->port = nod_ntohs(a->u.in6.sin6_port);
		e->addr.family = NOD_IPV6;
		e->addr.zone = a->u.in6.sin6_scope_id;
		memcpy(e->addr.octet, &a->u.in6.sin6_addr, 16);
		e->addr = nod_addr_unmap(&e->addr);
		break;
	default:
		break;
	}
}

void kernel_pktinfo_get(struct msghdr *m, struct nod_addr *local)
{
	struct in_pktinfo v4;
	struct in6_pktinfo v6;

	*local = (struct nod_addr){ .family = NOD_UNSPEC };
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			/* spec_dst is this host's even when the destination was a group */
			memcpy(&v4, CMSG_DATA(c), sizeof(v4));
			local->family = NOD_IPV4;
			memcpy(local->octet, &v4.ipi_spec_dst, 4);
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			memcpy(&v6, CMSG_DATA(c), sizeof(v6));
			local->family = NOD_IPV6;
			memcpy(local->octet, &v6.ipi6_addr, 16);
			if (IN6_IS_ADDR_LINKLOCAL(&v6.ipi6_addr))
				local->zone = v6.ipi6_ifindex;
			*local = nod_addr_unmap(local);
			bool is_group = local->family == NOD_IPV4 ? local->octet[0] >= 224 :
								    local->octet[0] == 0xff;
			if (is_group)
				*local = (struct nod_addr){ .family = NOD_UNSPEC };
		}
	}
}

void kernel_pktinfo_put(struct msghdr *m, struct kernel_pktinfo *info,
	const struct nod_addr *local, sa_family_t af)
{
	struct kernel_sockaddr a;
	struct in_pktinfo v4 = { 0 };
	struct in6_pktinfo v6 = { 0 };
	bool is_v4 = af == AF_INET;
	size_t len = is_v4 ? sizeof(v4) : sizeof(v6);

	if (local->family == NOD_UNSPEC)
		return;
	kernel_sockaddr_from(&a, &(struct nod_endpoint){ .addr = *local }, af);
	v4.ipi_spec_dst = a.u.in.sin_addr;
	v6.ipi6_addr = a.u.in6.sin6_addr;
	v6.ipi6_ifindex = local->zone;

	memset(info, 0, sizeof(*info));
	m->msg_control = info->room;
	m->msg_controllen = CMSG_SPACE(len);
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	c->cmsg_level = is_v4 ? IPPROTO_IP : IPPROTO_IPV6;
	c->cmsg_type = is_v4 ? IP_PKTINFO : IPV6_PKTINFO;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), is_v4 ? (void *)&v4 : (void *)&v6, len);
}
