/* SPDX-License-Identifier: ISC */
/*
 * kernel_name.c - host names and addresses through the system's resolver
 *
 * getaddrinfo() gives the addresses in the order in which they are best tried (RFC 6724),
 * but no aliases; the older gethostbyname2_r() and gethostbyaddr_r() do.
 *
 * Neighbours: nod/name.h; kernel_lookup.c, for dialling by name.
 */
#include "nod/name.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernel_sockaddr.h"

#define HOSTENT_BUF_MIN 1024
#define HOSTENT_BUF_MAX (1u << 20) /* octets; a resolver that asks for more is not served */

int nod_gethostname(char *buf, size_t cap)
{
	char name[NOD_NAME_MAX] = "";

	if (gethostname(name, sizeof(name) - 1) < 0)
		return -errno;
	if (strlen(name) >= cap)
		return -ENAMETOOLONG;
	memcpy(buf, name, strlen(name) + 1);
	return 0;
}

static void copy_name(char to[NOD_NAME_MAX], const char *from)
{
	size_t len = strnlen(from, NOD_NAME_MAX - 1);

	memcpy(to, from, len);
	to[len] = 0;
}

static void add_alias(struct nod_hostent *h, const char *name)
{
	if (h->n_aliases >= NOD_HOST_ALIASES || strcasecmp(name, h->name) == 0)
		return;
	for (unsigned i = 0; i < h->n_aliases; i++) {
		if (strcasecmp(name, h->alias[i]) == 0)
			return;
	}
	copy_name(h->alias[h->n_aliases++], name);
}

static void add_addr(struct nod_hostent *h, const struct nod_addr *a)
{
	if (h->n_addrs >= NOD_HOST_ADDRS)
		return;
	for (unsigned i = 0; i < h->n_addrs; i++) {
		if (nod_addr_equal(a, &h->addr[i]))
			return;
	}
	h->addr[h->n_addrs++] = *a;
}

/* h_errno's codes as the newer ones. */
static int eai_of(int herr)
{
	switch (herr) {
	case HOST_NOT_FOUND:
	case NO_DATA:
		return EAI_NONAME;
	case TRY_AGAIN:
		return EAI_AGAIN;
	case NO_RECOVERY:
		return EAI_FAIL;
	default:
		return EAI_SYSTEM;
	}
}

/*
 * Look @key up: a name in @af when @is_name, else the octets of an address.  What is found
 * gives the canonical name, when there is none yet, and the aliases.
 */
static int take_names(struct nod_hostent *out, const void *key, int af, bool is_name)
{
	for (size_t size = HOSTENT_BUF_MIN; size <= HOSTENT_BUF_MAX; size *= 2) {
		char *buf = malloc(size);
		struct hostent ent, *found = NULL;
		int herr = 0, err;

		if (!buf)
			return EAI_MEMORY;
		err = is_name ?
			gethostbyname2_r(key, af, &ent, buf, size, &found, &herr) :
			gethostbyaddr_r(key, af == AF_INET ? 4 : 16, af, &ent, buf, size, &found,
				&herr);
		if (err == ERANGE) {
			free(buf);
			continue;
		}
		if (!found) {
			free(buf);
			return herr ? eai_of(herr) : EAI_SYSTEM;
		}
		if (!out->name[0])
			copy_name(out->name, ent.h_name);
		else
			add_alias(out, ent.h_name);
		for (char **a = ent.h_aliases; a && *a; a++)
			add_alias(out, *a);
		free(buf);
		return 0;
	}
	return EAI_MEMORY;
}

int nod_gethostbyname(const char *name, enum nod_family family, struct nod_hostent *out)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_CANONNAME };
	struct addrinfo *found;
	bool has_v4 = false, has_v6 = false;

	hints.ai_family = family == NOD_IPV4 ? AF_INET :
			  family == NOD_IPV6 ? AF_INET6 : AF_UNSPEC;
	*out = (struct nod_hostent){ 0 };

	int err = getaddrinfo(name, NULL, &hints, &found);
	if (err)
		return err;
	for (const struct addrinfo *f = found; f; f = f->ai_next) {
		struct kernel_sockaddr sa;
		struct nod_endpoint e;

		if (f->ai_addrlen > sizeof(sa.u))
			continue;
		memcpy(&sa.u, f->ai_addr, f->ai_addrlen);
		sa.len = f->ai_addrlen;
		kernel_sockaddr_to(&sa, &e);
		has_v4 |= f->ai_family == AF_INET;
		has_v6 |= f->ai_family == AF_INET6;
		add_addr(out, &e.addr);
	}
	/* the aliases; a failure here takes nothing away from what was found */
	if (has_v4)
		take_names(out, name, AF_INET, true);
	if (has_v6)
		take_names(out, name, AF_INET6, true);
	if (!out->name[0])
		copy_name(out->name, found->ai_canonname ? found->ai_canonname : name);
	freeaddrinfo(found);
	return out->n_addrs ? 0 : EAI_NONAME;
}

int nod_gethostbyaddr(const struct nod_addr *addr, struct nod_hostent *out)
{
	*out = (struct nod_hostent){ 0 };
	if (addr->family != NOD_IPV4 && addr->family != NOD_IPV6)
		return EAI_FAMILY;

	int err = take_names(out, addr->octet, addr->family == NOD_IPV4 ? AF_INET : AF_INET6,
		false);

	if (!err)
		add_addr(out, addr);
	return err;
}
