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

void kernel_sockaddr_from(struct kernel_sockaddr *a, const struct nod_endpoint *e,
	sa_family_t af)
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

void kernel_sockaddr_to(const struct kernel_sockaddr *a, struct nod_endpoint *e)
{
	memset(e, 0, sizeof(*e));
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
