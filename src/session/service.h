/* SPDX-License-Identifier: ISC */
/*
 * service.h - what a transport service fills in so that sessions can be carried by it
 *
 * The public calls of nod/session.h check nothing and do nothing themselves but go through
 * this table, so whatever stands above sees no difference between the machine's kernel and
 * a stack of our own.  Each function's contract is its public namesake's.
 *
 * Neighbours: session.c (the way through), kernel.c (the machine's own sockets),
 * kernel_ready*.c (how it waits), call.c (names and several addresses).
 */
#ifndef NOD_SESSION_SERVICE_H
#define NOD_SESSION_SERVICE_H

#include "nod/session.h"

/* A set of descriptors and sessions to wait for. */
struct ready_ops {
	void (*free)(struct nod_ready *r);
	int (*add_fd)(struct nod_ready *r, int fd, unsigned bits, void *tag);
	int (*change_fd)(struct nod_ready *r, int fd, unsigned bits, void *tag);
	void (*remove_fd)(struct nod_ready *r, int fd);
	int (*wait)(struct nod_ready *r, struct nod_ready_event *ev, int max, nod_ns until);
	void (*wake)(struct nod_ready *r);
};

/* First member of every kind of ready set. */
struct nod_ready {
	const struct nod_service *service;
	const struct ready_ops *ops;
};

/* First member of every service's sessions. */
struct nod_session {
	const struct nod_service *service;
};

/* A question for a name's addresses; each service has its own kind. */
struct nod_lookup;

struct nod_service {
	const char *name;
	nod_ns (*now)(const struct nod_service *v);
	int (*interface_index)(const struct nod_service *v, const char *name);

	int (*listen)(const struct nod_service *v, const struct nod_endpoint *at,
		const struct nod_session_conf *conf, struct nod_session **out,
		struct nod_failure *why);
	int (*dial)(const struct nod_service *v, const struct nod_endpoint *to,
		const struct nod_session_conf *conf, struct nod_session **out,
		struct nod_failure *why);
	int (*dialled)(struct nod_session *s);
	int (*accept)(struct nod_session *l, struct nod_session **out,
		struct nod_endpoint *peer);
	/* SYNs that have left so far while dialling; 0 = cannot be known */
	unsigned (*syns_sent)(const struct nod_session *s);

	/* @d NULL: a stream's octets, or a datagram whoever sent it; else one datagram's way */
	ssize_t (*recv)(struct nod_session *s, void *buf, size_t len, struct nod_datagram *d);
	ssize_t (*send)(struct nod_session *s, const struct iovec *iov, int n,
		const struct nod_datagram *d);
	int (*join)(struct nod_session *s, const struct nod_addr *group, unsigned interface);
	int (*shutdown)(struct nod_session *s);
	void (*close)(struct nod_session *s);
	void (*abort)(struct nod_session *s);

	int (*local)(const struct nod_session *s, struct nod_endpoint *out);
	int (*peer)(const struct nod_session *s, struct nod_endpoint *out);
	int (*set_blocking)(struct nod_session *s, bool blocking);
	int (*set_keepalive)(struct nod_session *s, bool on, nod_ns idle);

	int (*ready_new)(const struct nod_service *v, enum nod_ready_how how,
		struct nod_ready **out);
	int (*ready_add)(struct nod_ready *r, struct nod_session *s, unsigned bits, void *tag);
	int (*ready_change)(struct nod_ready *r, struct nod_session *s, unsigned bits,
		void *tag);
	void (*ready_remove)(struct nod_ready *r, struct nod_session *s);

	/*
	 * Begin to turn a name into addresses of @family, without waiting; @ready is woken when
	 * lookup_take() has the answer.  0 or -errno: -ENAMETOOLONG, -ENOMEM.
	 */
	int (*lookup_start)(const struct nod_service *v, const char *name,
		enum nod_family family, struct nod_ready *ready, struct nod_lookup **out);
	/*
	 * How many addresses, at most @max, in the order in which they are best tried (RFC
	 * 6724); -EAGAIN: not answered yet; another -errno, with *@resolver an EAI_* code: none.
	 */
	int (*lookup_take)(struct nod_lookup *l, struct nod_addr *list, unsigned max,
		int *resolver);
	/* Done with it, answered or not; before @ready is freed. */
	void (*lookup_end)(struct nod_lookup *l);
	/* Whom it asks for names, in a few words for people; NULL = cannot be known. */
	void (*lookup_sources)(const struct nod_service *v, char *buf, size_t cap);
};

/* As nod_addr_parse() and nod_endpoint_parse(), but that a zone names one of @v's interfaces. */
int service_addr_parse(const struct nod_service *v, struct nod_addr *a, const char *text);
int service_endpoint_parse(
	const struct nod_service *v, struct nod_endpoint *e, const char *text);

#endif
