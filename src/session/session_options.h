/* SPDX-License-Identifier: ISC */
/*
 * session_options.h - what a session's configuration is in socket options
 *
 * The same for every service whose sessions are sockets: the kernel's, and a stack's.
 *
 * Neighbours: kernel.c, stack_service.c.
 */
#ifndef NOD_SESSION_SESSION_OPTIONS_H
#define NOD_SESSION_SESSION_OPTIONS_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "nod/session.h"

enum { SESSION_OPTIONS_MOST = 8 };

struct session_option {
	int level, option;
	socklen_t len;
	union {
		int number;
		struct ip_mreqn interface;
	} value;
};

/* For a socket of @af before it is bound or connected; its sort of Unix has none.  How many. */
unsigned session_options(sa_family_t af, const struct nod_session_conf *conf,
	struct session_option out[SESSION_OPTIONS_MOST]);
/* ... that is to be bound to @at. */
unsigned session_bind_options(sa_family_t af, const struct nod_endpoint *at,
	const struct nod_session_conf *conf, struct session_option out[SESSION_OPTIONS_MOST]);
unsigned session_keepalive_options(
	bool on, nod_ns idle, struct session_option out[SESSION_OPTIONS_MOST]);

/* The family of a socket at, or to, @e; of both families' every address it is AF_INET6. */
sa_family_t session_family(const struct nod_endpoint *e, const struct nod_session_conf *conf);

/* Whether a session may leave from @from for @to: otherwise it would be bound to something else. */
bool session_source_fits(const struct nod_endpoint *from, const struct nod_endpoint *to);

#endif
