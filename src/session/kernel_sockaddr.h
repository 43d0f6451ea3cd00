/* SPDX-License-Identifier: ISC */
/* kernel_sockaddr.h - endpoints in the form in which the kernel's calls take them */
#ifndef NOD_SESSION_KERNEL_SOCKADDR_H
#define NOD_SESSION_KERNEL_SOCKADDR_H

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "nod/endpoint.h"

struct kernel_sockaddr {
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	} u;
	socklen_t len;
};

/* @e for a socket of family @af; an IPv4 address becomes IPv4-mapped for AF_INET6. */
void kernel_sockaddr_from(
	struct kernel_sockaddr *a, const struct nod_endpoint *e, sa_family_t af);

/* Whether a socket of family @af can reach @e; kernel_sockaddr_from() would make something else. */
bool kernel_sockaddr_fits(const struct nod_endpoint *e, sa_family_t af);

/* And back; an IPv4-mapped address becomes IPv4.  Other families: NOD_UNSPEC. */
void kernel_sockaddr_to(const struct kernel_sockaddr *a, struct nod_endpoint *e);

/* Room for what the kernel tells of a datagram's way; aligned for its headers. */
struct kernel_pktinfo {
	_Alignas(struct cmsghdr) char room[CMSG_SPACE(sizeof(struct in6_pktinfo)) +
		CMSG_SPACE(sizeof(struct in_pktinfo))];
};

/* Which of this host's addresses the datagram in @m came to; NOD_UNSPEC: not told, or a group. */
void kernel_pktinfo_get(struct msghdr *m, struct nod_addr *local);

/* Let the datagram in @m leave from @local, if there is one.  @info lives as long as @m. */
void kernel_pktinfo_put(struct msghdr *m, struct kernel_pktinfo *info,
	const struct nod_addr *local, sa_family_t af);

#endif
