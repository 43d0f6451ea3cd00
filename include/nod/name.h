/* SPDX-License-Identifier: ISC */
/*
 * name.h - host names and addresses: gethostname, gethostbyname, gethostbyaddr and kin
 *
 * Through the system's resolver (hosts file, DNS and what else the machine is set up for).
 * These calls block until there is an answer, for as long as the resolver's time-out.
 */
#ifndef NOD_NAME_H
#define NOD_NAME_H

#include "addr.h"

#define NOD_NAME_MAX 256 /* octets of a host name with its NUL; RFC 1035 2.3.4 */
#define NOD_HOST_ALIASES 16
#define NOD_HOST_ADDRS 32

/* What gethostbyname() gives: name, aliases, addresses. */
struct nod_hostent {
	char name[NOD_NAME_MAX]; /* canonical */
	unsigned n_aliases;
	char alias[NOD_HOST_ALIASES][NOD_NAME_MAX];
	unsigned n_addrs;
	struct nod_addr addr[NOD_HOST_ADDRS];
};

/* This machine's name, NUL-terminated.  0, or -ENAMETOOLONG: @cap is too small. */
NOD_API int nod_gethostname(char *buf, size_t cap);

/**
 * nod_gethostbyname() / nod_gethostbyaddr() - a name's addresses, an address's names
 * @family: NOD_IPV4, NOD_IPV6 or NOD_UNSPEC for both
 * @out:    caller's; what does not fit its arrays is left out
 *
 * Return: 0, or an EAI_* code of <netdb.h> (EAI_NONAME: there is no such name).
 */
NOD_API int nod_gethostbyname(const char *name, enum nod_family family, struct nod_hostent *out);
NOD_API int nod_gethostbyaddr(const struct nod_addr *addr, struct nod_hostent *out);

#endif
