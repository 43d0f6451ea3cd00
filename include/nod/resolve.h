/* SPDX-License-Identifier: ISC */
/*
 * resolve.h - names to addresses and back, asked by a stack itself
 *
 * The hosts table first, then DNS by the stack's own UDP: RFC 1034, 1035, 2308 (what is not
 * there is remembered), 3596, 5452 (ports, numbers and case that outsiders cannot guess), 6761
 * (localhost), 6891.  Nothing waits: begin a question, drive the stack, take the answer.
 *
 *	nod_resolve_start(s, "example.com", NOD_UNSPEC, &q);
 *	... nod_stack_poll() and so on, until ...
 *	nod_resolve_take(q, &host, &eai) != -EAGAIN
 *	nod_resolve_end(q);
 *
 * An answer that does not fit into a datagram (TC) is not used: without TCP it would have to be
 * believed in part.  No mDNS, no LLMNR.
 *
 * Neighbours: name.h (the machine's own resolver, which waits), dhcp.h (who names servers).
 */
#ifndef NOD_RESOLVE_H
#define NOD_RESOLVE_H

#include <sys/socket.h>

#include "name.h"
#include "stack.h"

#define NOD_RESOLVER_SERVERS 4
#define NOD_RESOLVER_SEARCH  6

/* All zero is a good default.  Everything is copied. */
struct nod_resolver_conf {
	unsigned n_servers; /* 0: those that DHCP leases and router advertisements name */
	struct nod_addr server[NOD_RESOLVER_SERVERS];
	unsigned n_search; /* 0: the domain that a DHCP lease names */
	const char *search[NOD_RESOLVER_SEARCH];
	unsigned ndots;	       /* 1: with so many dots a name is first asked for as it is */
	const char *hosts;     /* a hosts(5) text, which is asked first; NULL = none */
	size_t hosts_len;      /* octets */
	uint32_t cache;	       /* answers that are kept; 256; the longest unused loses */
	uint32_t questions;    /* at a time; 64; one more is -ENOBUFS */
	nod_ns timeout;	       /* for one name, all servers and tries; 15 s */
};

/* From now on @s answers names so; what was being asked has failed.  0, -EINVAL, -ENOMEM. */
NOD_API int nod_resolver_set(struct nod_stack *s, const struct nod_resolver_conf *conf);

/* Whom @s asks now: as configured, or as leases and routers name them.  How many. */
NOD_API unsigned nod_resolver_servers(
	const struct nod_stack *s, struct nod_addr list[NOD_RESOLVER_SERVERS]);

struct nod_resolve;

/**
 * nod_resolve_start() / nod_resolve_addr_start() - ask for a name's addresses, an address's name
 * @family: NOD_IPV4, NOD_IPV6, or NOD_UNSPEC for both
 *
 * A number is its own answer ("192.0.2.1", "127.1", "fe80::1%eth0", the stack's interface).
 *
 * Return: 0, or -ENAMETOOLONG, -ENOBUFS (too many at a time), -ENOMEM, -EINVAL.
 */
NOD_API int nod_resolve_start(struct nod_stack *s, const char *name, enum nod_family family,
	struct nod_resolve **out);
NOD_API int nod_resolve_addr_start(
	struct nod_stack *s, const struct nod_addr *addr, struct nod_resolve **out);

/*
 * The answer; addresses in the order in which they are best tried (RFC 6724 6).
 * 0; -EAGAIN: not yet; else -errno with *@resolver an EAI_* code of <netdb.h>: EAI_NONAME (there
 * is no such name), EAI_NODATA (but no such address), EAI_AGAIN (nobody answered), EAI_FAIL (what
 * was answered cannot be used: -ELOOP aliases in a circle, -EMSGSIZE it needs TCP).
 */
NOD_API int nod_resolve_take(
	const struct nod_resolve *q, struct nod_hostent *out, int *resolver);
NOD_API void nod_resolve_end(struct nod_resolve *q); /* answered or not; NULL is allowed */

/* ---- getaddrinfo() and getnameinfo() --------------------------------------------------- */

struct addrinfo;
struct nod_addrinfo;
struct nod_nameinfo;

#define NOD_EAI_PENDING 1 /* no EAI_* code: the answer is not there yet */

/**
 * nod_getaddrinfo_start() - POSIX's getaddrinfo(), but that it does not wait
 *
 * Flags: AI_PASSIVE, AI_CANONNAME, AI_NUMERICHOST, AI_NUMERICSERV, AI_V4MAPPED, AI_ALL,
 * AI_ADDRCONFIG.  @hints NULL: all zero.  Services are nod/service.h's.
 *
 * Return: 0, or an EAI_* code of <netdb.h>, and then there is nothing to end.
 */
NOD_API int nod_getaddrinfo_start(struct nod_stack *s, const char *node, const char *service,
	const struct addrinfo *hints, struct nod_addrinfo **out);
/* 0 and a list for nod_freeaddrinfo(); NOD_EAI_PENDING; or an EAI_* code. */
NOD_API int nod_getaddrinfo_take(const struct nod_addrinfo *q, struct addrinfo **list);
NOD_API void nod_getaddrinfo_end(struct nod_addrinfo *q);
NOD_API void nod_freeaddrinfo(struct addrinfo *list);

/**
 * nod_getnameinfo_start() - POSIX's getnameinfo(), but that it does not wait
 *
 * Flags: NI_NUMERICHOST, NI_NUMERICSERV, NI_NAMEREQD, NI_DGRAM, NI_NOFQDN.
 * Return: as nod_getaddrinfo_start().
 */
NOD_API int nod_getnameinfo_start(struct nod_stack *s, const struct sockaddr *a, socklen_t len,
	int flags, struct nod_nameinfo **out);
/* Either text may be left out (NULL or 0).  EAI_OVERFLOW: it does not fit. */
NOD_API int nod_getnameinfo_take(const struct nod_nameinfo *q, char *host, socklen_t hostlen,
	char *service, socklen_t servicelen);
NOD_API void nod_getnameinfo_end(struct nod_nameinfo *q);

#endif
