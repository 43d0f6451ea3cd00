/* SPDX-License-Identifier: ISC */
/*
 * addrinfo.c - getaddrinfo() and getnameinfo() of a stack: names and services, both ways
 *
 * POSIX.1-2017 getaddrinfo() and getnameinfo(), RFC 3493 6.  Where POSIX leaves it open they do
 * as glibc does: with no socket type asked for there is an entry for each of the three, and a
 * numeric host of the other family is EAI_ADDRFAMILY.
 *
 * Neighbours: nod/resolve.h (the contract), resolver.c (asks), nod/service.h (ports).
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nod/order.h"
#include "nod/service.h"
#include "dhcp_client.h"
#include "resolver.h"

enum {
	KINDS = 3,
	FLAGS = AI_PASSIVE | AI_CANONNAME | AI_NUMERICHOST | AI_NUMERICSERV | AI_V4MAPPED |
		AI_ALL | AI_ADDRCONFIG,
	NAME_FLAGS = NI_NUMERICHOST | NI_NUMERICSERV | NI_NAMEREQD | NI_DGRAM | NI_NOFQDN,
};

static const struct kind {
	int socktype, protocol;
	const char *name; /* of the protocol in the services' table; NULL: has no ports */
} kinds[KINDS] = {
	{ SOCK_STREAM, IPPROTO_TCP, "tcp" },
	{ SOCK_DGRAM, IPPROTO_UDP, "udp" },
	{ SOCK_RAW, 0, NULL },
};

struct nod_addrinfo {
	int flags, family;
	unsigned n_kinds;
	struct {
		int socktype, protocol;
		uint16_t port; /* host order */
	} kind[KINDS];
	bool has_host; /* the addresses are known: no node, or a number */
	struct nod_hostent host;
	struct nod_resolve *resolve;
};

/* ---- services -------------------------------------------------------------------------- */

static bool is_decimal(const char *text, uint16_t *port)
{
	unsigned long v = 0;

	if (!*text)
		return false;
	for (const char *p = text; *p; p++) {
		if (*p < '0' || *p > '9' || v > 65535)
			return false;
		v = v * 10 + (unsigned long)(*p - '0');
	}
	*port = (uint16_t)v;
	return v <= 65535;
}

/* Which kinds of socket the caller may open, and their ports. */
static int read_service(
	struct nod_addrinfo *q, const char *service, const struct addrinfo *hints)
{
	uint16_t port = 0;
	bool is_number = !service || is_decimal(service, &port), is_fit = false;

	if (!is_number && hints->ai_flags & AI_NUMERICSERV)
		return EAI_NONAME;
	for (unsigned k = 0; k < KINDS; k++) {
		const struct kind *kind = &kinds[k];
		const struct nod_servent *e = NULL;
		bool is_raw = kind->socktype == SOCK_RAW;

		if ((hints->ai_socktype && hints->ai_socktype != kind->socktype) ||
			(hints->ai_protocol && hints->ai_protocol != kind->protocol && !is_raw))
			continue;
		if (is_raw && hints->ai_protocol && hints->ai_socktype != SOCK_RAW)
			continue;
		is_fit = true;
		if (!is_number)
			e = kind->name ? nod_getservbyname(service, kind->name) : NULL;
		if (!is_number && !e)
			continue;
		q->kind[q->n_kinds].socktype = kind->socktype;
		q->kind[q->n_kinds].protocol = is_raw ? hints->ai_protocol : kind->protocol;
		q->kind[q->n_kinds++].port = e ? e->port : port;
	}
	if (!is_fit)
		return EAI_SOCKTYPE;
	return q->n_kinds ? 0 : EAI_SERVICE;
}

/* ---- hosts ------------------------------------------------------------------------------- */

static void add(struct nod_hostent *h, enum nod_family family, uint8_t first, uint8_t last)
{
	struct nod_addr *a = &h->addr[h->n_addrs++];

	*a = (struct nod_addr){ .family = (uint8_t)family };
	a->octet[0] = first;
	a->octet[family == NOD_IPV4 ? 3 : 15] = last;
}

/* No node: the addresses to listen at, or to talk to oneself. */
static void own_addrs(struct nod_addrinfo *q)
{
	bool is_passive = q->flags & AI_PASSIVE;

	q->has_host = true;
	if (is_passive && q->family != AF_INET6)
		add(&q->host, NOD_IPV4, 0, 0);
	if (q->family != AF_INET)
		add(&q->host, NOD_IPV6, 0, !is_passive);
	if (!is_passive && q->family != AF_INET6)
		add(&q->host, NOD_IPV4, 127, 1);
}

/* AI_ADDRCONFIG: whether this host has an address of @family, other than loopback's. */
static bool has_family(const struct nod_stack *s, enum nod_family family)
{
	struct nod_address_info i;

	for (unsigned k = 0; nod_address_at(s, k, &i) == 0; k++)
		if (i.prefix.addr.family == family && strcmp(i.origin, "loopback") != 0)
			return true;
	return false;
}

static enum nod_family wanted(const struct nod_stack *s, const struct nod_addrinfo *q)
{
	enum nod_family f = q->family == AF_INET ? NOD_IPV4 :
		q->family == AF_INET6		 ? NOD_IPV6 :
						   NOD_UNSPEC;

	if (f == NOD_IPV6 && q->flags & AI_V4MAPPED)
		f = NOD_UNSPEC;
	if (f == NOD_UNSPEC && q->flags & AI_ADDRCONFIG) {
		bool v4 = has_family(s, NOD_IPV4), v6 = has_family(s, NOD_IPV6);

		if (v4 != v6)
			f = v4 ? NOD_IPV4 : NOD_IPV6;
	}
	return f;
}

static int read_node(struct nod_stack *s, struct nod_addrinfo *q, const char *node)
{
	struct nod_addr a;
	int err;

	if (!node) {
		own_addrs(q);
		return 0;
	}
	if (resolver_number(s, node, &a) == 0) {
		if ((q->family == AF_INET && a.family != NOD_IPV4) ||
			(q->family == AF_INET6 && a.family != NOD_IPV6 &&
				!(q->flags & AI_V4MAPPED)))
			return EAI_ADDRFAMILY;
		q->has_host = true;
		q->host.addr[q->host.n_addrs++] = a;
		snprintf(q->host.name, sizeof(q->host.name), "%s", node);
		return 0;
	}
	if (q->flags & AI_NUMERICHOST)
		return EAI_NONAME;
	err = nod_resolve_start(s, node, wanted(s, q), &q->resolve);
	if (err == -ENOMEM)
		return EAI_MEMORY;
	return err == -ENOBUFS ? EAI_AGAIN : err < 0 ? EAI_NONAME : 0;
}

int nod_getaddrinfo_start(struct nod_stack *s, const char *node, const char *service,
	const struct addrinfo *hints, struct nod_addrinfo **out)
{
	static const struct addrinfo none;
	struct nod_addrinfo *q;
	int eai;

	if (!hints)
		hints = &none;
	if (hints->ai_flags & ~FLAGS || (hints->ai_flags & AI_CANONNAME && !node))
		return EAI_BADFLAGS;
	if (hints->ai_family != AF_UNSPEC && hints->ai_family != AF_INET &&
		hints->ai_family != AF_INET6)
		return EAI_FAMILY;
	if (!node && !service)
		return EAI_NONAME;
	q = calloc(1, sizeof(*q));
	if (!q)
		return EAI_MEMORY;
	q->flags = hints->ai_flags;
	q->family = hints->ai_family;
	eai = read_service(q, service, hints);
	if (eai == 0)
		eai = read_node(s, q, node);
	if (eai) {
		free(q);
		return eai;
	}
	*out = q;
	return 0;
}

/* ---- the list ---------------------------------------------------------------------------- */

/* One entry and its address in one piece of memory. */
struct entry {
	struct addrinfo info;
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} addr;
};

static void write_addr(struct entry *e, const struct nod_addr *a, uint16_t port, bool is_mapped)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	e->info.ai_addr = &e->addr.any;
	if (a->family == NOD_IPV4 && !is_mapped) {
		e->info.ai_family = AF_INET;
		e->info.ai_addrlen = sizeof(e->addr.v4);
		e->addr.v4.sin_family = AF_INET;
		e->addr.v4.sin_port = nod_htons(port);
		memcpy(&e->addr.v4.sin_addr, a->octet, 4);
		return;
	}
	e->info.ai_family = AF_INET6;
	e->info.ai_addrlen = sizeof(e->addr.v6);
	e->addr.v6.sin6_family = AF_INET6;
	e->addr.v6.sin6_port = nod_htons(port);
	e->addr.v6.sin6_scope_id = a->zone;
	if (a->family == NOD_IPV4) {
		memcpy(&e->addr.v6.sin6_addr, mapped, 12);
		memcpy((uint8_t *)&e->addr.v6.sin6_addr + 12, a->octet, 4);
	} else {
		memcpy(&e->addr.v6.sin6_addr, a->octet, 16);
	}
}

/* AF_INET6 with AI_V4MAPPED: IPv4's only where there are none of IPv6, or with AI_ALL. */
static bool is_listed(
	const struct nod_addrinfo *q, const struct nod_hostent *h, const struct nod_addr *a)
{
	if (q->family != AF_INET6 || a->family != NOD_IPV4 || q->flags & AI_ALL)
		return true;
	for (unsigned k = 0; k < h->n_addrs; k++)
		if (h->addr[k].family == NOD_IPV6)
			return false;
	return true;
}

static int make_list(
	const struct nod_addrinfo *q, const struct nod_hostent *h, struct addrinfo **list)
{
	struct addrinfo **last = list;

	*list = NULL;
	for (unsigned k = 0; k < h->n_addrs; k++) {
		if (!is_listed(q, h, &h->addr[k]))
			continue;
		for (unsigned j = 0; j < q->n_kinds; j++) {
			struct entry *e = calloc(1, sizeof(*e));

			if (!e)
				goto no_memory;
			*last = &e->info;
			last = &e->info.ai_next;
			e->info.ai_socktype = q->kind[j].socktype;
			e->info.ai_protocol = q->kind[j].protocol;
			e->info.ai_flags = q->flags;
			write_addr(e, &h->addr[k], q->kind[j].port, q->family == AF_INET6);
		}
	}
	if (q->flags & AI_CANONNAME && *list) {
		(*list)->ai_canonname = strdup(h->name);
		if (!(*list)->ai_canonname)
			goto no_memory;
	}
	return *list ? 0 : EAI_NODATA;
no_memory:
	nod_freeaddrinfo(*list);
	*list = NULL;
	return EAI_MEMORY;
}

int nod_getaddrinfo_take(const struct nod_addrinfo *q, struct addrinfo **list)
{
	struct nod_hostent h;
	int eai, err;

	if (q->has_host)
		return make_list(q, &q->host, list);
	err = nod_resolve_take(q->resolve, &h, &eai);
	if (err == -EAGAIN)
		return NOD_EAI_PENDING;
	return err < 0 ? eai : make_list(q, &h, list);
}

void nod_getaddrinfo_end(struct nod_addrinfo *q)
{
	if (!q)
		return;
	nod_resolve_end(q->resolve);
	free(q);
}

void nod_freeaddrinfo(struct addrinfo *list)
{
	while (list) {
		struct addrinfo *next = list->ai_next;

		free(list->ai_canonname);
		free(list); /* the entry's first member */
		list = next;
	}
}

/* ---- and back ---------------------------------------------------------------------------- */

struct nod_nameinfo {
	int flags;
	struct nod_addr addr;
	uint16_t port; /* host order */
	struct nod_resolve *resolve;
	char domain[NOD_NAME_MAX]; /* our own; "" = not known */
};

static int read_sockaddr(struct nod_nameinfo *q, const struct sockaddr *a, socklen_t len)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (len < sizeof(a->sa_family))
		return EAI_FAMILY;
	if (a->sa_family == AF_INET && len >= sizeof(v4)) {
		memcpy(&v4, a, sizeof(v4));
		q->addr.family = NOD_IPV4;
		memcpy(q->addr.octet, &v4.sin_addr, 4);
		q->port = nod_ntohs(v4.sin_port);
		return 0;
	}
	if (a->sa_family == AF_INET6 && len >= sizeof(v6)) {
		memcpy(&v6, a, sizeof(v6));
		q->addr.family = NOD_IPV6;
		memcpy(q->addr.octet, &v6.sin6_addr, 16);
		q->addr.zone = v6.sin6_scope_id;
		q->port = nod_ntohs(v6.sin6_port);
		return 0;
	}
	return EAI_FAMILY;
}

int nod_getnameinfo_start(struct nod_stack *s, const struct sockaddr *a, socklen_t len, int flags,
	struct nod_nameinfo **out)
{
	struct nod_nameinfo *q;
	struct nod_addr ask;
	int eai, err = 0;

	if (flags & ~NAME_FLAGS || (flags & NI_NUMERICHOST && flags & NI_NAMEREQD))
		return EAI_BADFLAGS;
	q = calloc(1, sizeof(*q));
	if (!q)
		return EAI_MEMORY;
	q->flags = flags;
	snprintf(q->domain, sizeof(q->domain), "%s", dhcp_client_domain(s));
	eai = read_sockaddr(q, a, len);
	ask = nod_addr_unmap(&q->addr);
	if (eai == 0 && !(flags & NI_NUMERICHOST))
		err = nod_resolve_addr_start(s, &ask, &q->resolve);
	if (eai == 0 && err < 0)
		eai = err == -ENOMEM ? EAI_MEMORY : EAI_AGAIN;
	if (eai) {
		free(q);
		return eai;
	}
	*out = q;
	return 0;
}

static int write_text(char *to, socklen_t cap, const char *from)
{
	if (!to || !cap)
		return 0;
	if (strlen(from) >= cap)
		return EAI_OVERFLOW;
	memcpy(to, from, strlen(from) + 1);
	return 0;
}

/* NI_NOFQDN: the name alone when the rest is our own domain. */
static void cut_domain(char *name, const char *domain)
{
	char *dot = strchr(name, '.');

	if (dot && *domain && strcasecmp(dot + 1, domain) == 0)
		*dot = 0;
}

static int write_service(const struct nod_nameinfo *q, char *to, socklen_t cap)
{
	const char *protocol = q->flags & NI_DGRAM ? "udp" : "tcp";
	const struct nod_servent *e =
		q->flags & NI_NUMERICSERV ? NULL : nod_getservbyport(q->port, protocol);
	char number[8];

	snprintf(number, sizeof(number), "%u", q->port);
	return write_text(to, cap, e ? e->name : number);
}

int nod_getnameinfo_take(const struct nod_nameinfo *q, char *host, socklen_t hostlen,
	char *service, socklen_t servicelen)
{
	char text[NOD_ADDR_TEXT_MAX];
	struct nod_hostent h;
	int eai = 0, err = -ENOENT;

	if ((!host || !hostlen) && (!service || !servicelen))
		return EAI_NONAME;
	if (q->resolve)
		err = nod_resolve_take(q->resolve, &h, &eai);
	if (err == -EAGAIN)
		return NOD_EAI_PENDING;
	if (err < 0 && q->flags & NI_NAMEREQD)
		return eai == EAI_AGAIN ? EAI_AGAIN : EAI_NONAME;
	if (err < 0) {
		eai = write_text(host, hostlen, nod_addr_format(&q->addr, text, sizeof(text)));
	} else {
		if (q->flags & NI_NOFQDN)
			cut_domain(h.name, q->domain);
		eai = write_text(host, hostlen, h.name);
	}
	return eai ? eai : write_service(q, service, servicelen);
}

void nod_getnameinfo_end(struct nod_nameinfo *q)
{
	if (!q)
		return;
	nod_resolve_end(q->resolve);
	free(q);
}
