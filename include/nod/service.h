/* SPDX-License-Identifier: ISC */
/*
 * service.h - well-known services and their ports (getservbyname, getservbyport)
 *
 * A built-in table of IANA's common services, so that the answer is the same on a machine
 * without /etc/services; RFC 6335 for the ranges.  Pure functions.
 */
#ifndef NOD_SERVICE_H
#define NOD_SERVICE_H

#include "api.h"

struct nod_servent {
	const char *name;     /* official name */
	const char *aliases;  /* separated by spaces, "" = none */
	uint16_t port;	      /* host byte order */
	const char *protocol; /* "tcp", "udp", "sctp" or "dccp" */
	const char *about;    /* what it is, in English, a few words */
};

/**
 * nod_getservbyname() / nod_getservbyport() - look a service up
 * @name:     official name or alias, exact
 * @port:     host byte order
 * @protocol: "tcp", "udp", or NULL for the first that fits
 *
 * Return: a constant that needs no release, or NULL: not in the table.
 */
NOD_API const struct nod_servent *nod_getservbyname(const char *name, const char *protocol);
NOD_API const struct nod_servent *nod_getservbyport(uint16_t port, const char *protocol);

/* The i-th entry, to walk the table; NULL past its end. */
NOD_API const struct nod_servent *nod_servent_at(unsigned i);

#endif
