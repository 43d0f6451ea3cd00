/* SPDX-License-Identifier: ISC */
/*
 * stack_service.c - a stack of our own as a transport service: sessions opened, asked and closed
 *
 * Each session is one socket of the stack (nod/socket.h); every call holds the host's lock.  Unix
 * sockets are the kernel's alone.
 *
 * Neighbours: stack_service.h (the map), session_options.h, kernel_sockaddr.h (addresses in the
 * form that both kinds of sockets take), kernel.c (the same over the kernel).
 */
#include "stack_service.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel_sockaddr.h"
#include "session_options.h"

enum { FIRST_ROOM = 16 };

static nod_ns now(const struct nod_service *v)
{
	(void)v;
	return host_now();
}

static struct nod_stack *stack_of(const struct stack_service *v)
{
	return nod_host_stack(v->host);
}

/* ---- events -------------------------------------------------------------------------- */

void stack_service_events(
	struct stack_service *v, const struct nod_socket_event *ev, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		unsigned fd = (unsigned)ev[i].socket;
		struct stack_session *s = fd < v->room ? v->session[fd] : NULL;

		if (!s)
			continue; /* a socket of the program's own */
		for (struct stack_watch *w = s->watches; w; w = w->next_of_session)
			stack_ready_heat(w);
		if (s->n_waiting)
			pthread_cond_broadcast(&s->changed);
	}
}

/* ---- a session made ------------------------------------------------------------------ */

static int grow(struct stack_service *v, unsigned fd)
{
	unsigned room = v->room ? v->room : FIRST_ROOM;
	struct stack_session **more;

	while (room <= fd)
		room *= 2;
	if (room == v->room)
		return 0;
	more = realloc(v->session, room * sizeof(more[0]));
	if (!more)
		return -ENOMEM;
	memset(more + v->room, 0, (room - v->room) * sizeof(more[0]));
	v->session = more;
	v->room = room;
	return 0;
}

/* A session for the socket @fd, which is closed when there is no memory. */
static int wrap(struct stack_service *v, int fd, sa_family_t af, bool is_datagram,
	bool is_blocking, struct nod_session **out)
{
	struct stack_session *s = calloc(1, sizeof(*s));

	if (!s || grow(v, (unsigned)fd) < 0) {
		free(s);
		nod_close(stack_of(v), fd);
		return -ENOMEM;
	}
	s->base.service = &v->base;
	s->service = v;
	s->fd = fd;
	s->af = af;
	s->is_datagram = is_datagram;
	s->is_blocking = is_blocking;
	pthread_cond_init(&s->changed, NULL);
	v->session[fd] = s;
	*out = &s->base;
	return 0;
}

static int set_options(struct nod_stack *s, int fd, const struct session_option *o, unsigned n)
{
	int err = 0;

	for (unsigned i = 0; err == 0 && i < n; i++)
		err = nod_setsockopt(s, fd, o[i].level, o[i].option, &o[i].value, o[i].len);
	return err;
}

/* A socket set up as @conf says.  Descriptor or -errno. */
static int open_socket(struct nod_stack *s, sa_family_t af, const struct nod_session_conf *conf)
{
	struct session_option option[SESSION_OPTIONS_MOST];
	int fd, err;

	if (af == AF_UNIX)
		return -EAFNOSUPPORT;
	fd = nod_socket(s, af, conf->type == NOD_DATAGRAM ? SOCK_DGRAM : SOCK_STREAM, 0);
	if (fd < 0)
		return fd;
	err = set_options(s, fd, option, session_options(af, conf, option));
	if (err < 0)
		nod_close(s, fd);
	return err < 0 ? err : fd;
}

static int bind_socket(struct nod_stack *s, int fd, const struct nod_endpoint *at,
	sa_family_t af, const struct nod_session_conf *conf)
{
	struct session_option option[SESSION_OPTIONS_MOST];
	struct kernel_sockaddr a;
	int err = set_options(s, fd, option, session_bind_options(af, at, conf, option));

	kernel_sockaddr_from(&a, at, af);
	return err < 0 ? err : nod_bind(s, fd, &a.u.sa, a.len);
}

static int listen_at(struct stack_service *v, const struct nod_endpoint *at, sa_family_t af,
	const struct nod_session_conf *conf, struct nod_session **out)
{
	struct nod_stack *s = stack_of(v);
	int fd = open_socket(s, af, conf), err;

	if (fd < 0)
		return fd;
	err = bind_socket(s, fd, at, af, conf);
	if (err == 0 && conf->type == NOD_STREAM)
		err = nod_listen(s, fd, conf->backlog > 0 ? conf->backlog : SOMAXCONN);
	if (err < 0) {
		nod_close(s, fd);
		return err;
	}
	err = wrap(v, fd, af, conf->type == NOD_DATAGRAM, conf->blocking, out);
	if (err == 0)
		stack_session_of(*out)->is_dual =
			af == AF_INET6 && at->addr.family == NOD_UNSPEC;
	return err;
}

static int start_listen(const struct nod_service *service, const struct nod_endpoint *at,
	const struct nod_session_conf *conf, struct nod_session **out, struct nod_failure *why)
{
	struct stack_service *v = stack_service_of(service);
	sa_family_t af = session_family(at, conf);
	int err;

	(void)why; /* a port in use is held by this very program */
	nod_host_lock(v->host);
	err = listen_at(v, at, af, conf, out);
	/* a stack without IPv6: every address is every IPv4 address */
	if (err == -EAFNOSUPPORT && af == AF_INET6 && at->addr.family == NOD_UNSPEC)
		err = listen_at(v, at, AF_INET, conf, out);
	nod_host_unlock(v->host);
	return err;
}

/* Blocking: until the other side has answered.  0 or -errno. */
static int await_connected(struct stack_session *s)
{
	int err;

	while ((err = s->base.service->dialled(&s->base)) == -EINPROGRESS) {
		nod_host_lock(s->service->host);
		if (!(nod_socket_ready(stack_of(s->service), s->fd) &
			    (NOD_WRITABLE | NOD_BROKEN)))
			stack_session_wait(s);
		nod_host_unlock(s->service->host);
	}
	return err;
}

static int dial_locked(struct stack_service *v, const struct nod_endpoint *to, sa_family_t af,
	const struct nod_session_conf *conf, struct nod_session **out)
{
	struct nod_stack *s = stack_of(v);
	const struct nod_endpoint *from = &conf->source;
	int fd = open_socket(s, af, conf), err = 0;
	struct kernel_sockaddr a;

	if (fd < 0)
		return fd;
	if (from->addr.family != NOD_UNSPEC || from->port) {
		struct nod_session_conf bind_conf = *conf;

		/* a client's port in TIME-WAIT may be taken again */
		bind_conf.reuse_port = true;
		err = bind_socket(s, fd, from, af, &bind_conf);
	}
	kernel_sockaddr_from(&a, to, af);
	if (err == 0)
		err = nod_connect(s, fd, &a.u.sa, a.len);
	if (err < 0 && err != -EINPROGRESS) {
		nod_close(s, fd);
		return err;
	}
	return wrap(v, fd, af, conf->type == NOD_DATAGRAM, conf->blocking, out);
}

static int dial(const struct nod_service *service, const struct nod_endpoint *to,
	const struct nod_session_conf *conf, struct nod_session **out, struct nod_failure *why)
{
	struct stack_service *v = stack_service_of(service);
	int err;

	(void)why;
	if (!session_source_fits(&conf->source, to))
		return -EAFNOSUPPORT;
	nod_host_lock(v->host);
	err = dial_locked(v, to, session_family(to, conf), conf, out);
	nod_host_unlock(v->host);
	if (err == 0 && conf->blocking) {
		err = await_connected(stack_session_of(*out));
		if (err < 0)
			nod_session_close(*out);
	}
	return err;
}

static int dialled(struct nod_session *session)
{
	struct stack_session *s = stack_session_of(session);
	struct nod_stack *stack = stack_of(s->service);
	struct kernel_sockaddr a = { .len = sizeof(a.u) };
	int error = 0, err;
	socklen_t len = sizeof(error);

	nod_host_lock(s->service->host);
	err = nod_getsockopt(stack, s->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (err == 0)
		err = -error;
	if (err == 0)
		err = nod_getpeername(stack, s->fd, &a.u.sa, &a.len);
	nod_host_unlock(s->service->host);
	return err == -ENOTCONN ? -EINPROGRESS : err;
}

static int accept_next(
	struct nod_session *listener, struct nod_session **out, struct nod_endpoint *peer)
{
	struct stack_session *l = stack_session_of(listener);
	struct kernel_sockaddr a;
	int fd, err;

	nod_host_lock(l->service->host);
	for (;;) {
		a = (struct kernel_sockaddr){ .len = sizeof(a.u) };
		fd = nod_accept(stack_of(l->service), l->fd, &a.u.sa, &a.len);
		if (fd != -EAGAIN || !l->is_blocking)
			break;
		stack_session_wait(l);
	}
	err = fd < 0 ? fd : wrap(l->service, fd, l->af, false, l->is_blocking, out);
	nod_host_unlock(l->service->host);
	if (err == 0 && peer)
		kernel_sockaddr_to(&a, peer);
	return err;
}

/* ---- and ended ----------------------------------------------------------------------- */

static int join(struct nod_session *session, const struct nod_addr *group, unsigned interface)
{
	struct stack_session *s = stack_session_of(session);
	struct group_req q = { .gr_interface = interface };
	struct nod_endpoint e = { .addr = *group };
	bool is_v4 = group->family == NOD_IPV4;
	struct kernel_sockaddr a;
	int err;

	/* the group's own family decides: a socket of both families joins IPv4's groups too */
	kernel_sockaddr_from(&a, &e, is_v4 ? AF_INET : AF_INET6);
	memcpy(&q.gr_group, &a.u, a.len);
	nod_host_lock(s->service->host);
	err = nod_setsockopt(stack_of(s->service), s->fd, is_v4 ? IPPROTO_IP : IPPROTO_IPV6,
		MCAST_JOIN_GROUP, &q, sizeof(q));
	nod_host_unlock(s->service->host);
	return err;
}

static int shut(struct nod_session *session)
{
	struct stack_session *s = stack_session_of(session);
	int err;

	nod_host_lock(s->service->host);
	err = nod_shutdown(stack_of(s->service), s->fd, SHUT_WR);
	nod_host_unlock(s->service->host);
	return err;
}

static void end(struct stack_session *s, const struct linger *how)
{
	struct stack_service *v = s->service;

	nod_host_lock(v->host);
	if (how)
		nod_setsockopt(stack_of(v), s->fd, SOL_SOCKET, SO_LINGER, how, sizeof(*how));
	stack_ready_forget(s);
	nod_close(stack_of(v), s->fd);
	v->session[s->fd] = NULL;
	nod_host_unlock(v->host);
	pthread_cond_destroy(&s->changed);
	free(s);
}

static void close_session(struct nod_session *s)
{
	end(stack_session_of(s), NULL);
}

static void abort_session(struct nod_session *s)
{
	const struct linger now_and_hard = { .l_onoff = 1, .l_linger = 0 };

	end(stack_session_of(s), &now_and_hard);
}

/* ---- asking -------------------------------------------------------------------------- */

static int local(const struct nod_session *session, struct nod_endpoint *out)
{
	const struct stack_session *s = stack_session_of(session);
	struct kernel_sockaddr a = { .len = sizeof(a.u) };
	int err;

	nod_host_lock(s->service->host);
	err = nod_getsockname(stack_of(s->service), s->fd, &a.u.sa, &a.len);
	nod_host_unlock(s->service->host);
	if (err < 0)
		return err;
	kernel_sockaddr_to(&a, out);
	if (s->is_dual)
		out->addr.family = NOD_UNSPEC; /* not IPv6's :: alone */
	return 0;
}

static int peer_of(const struct nod_session *session, struct nod_endpoint *out)
{
	const struct stack_session *s = stack_session_of(session);
	struct kernel_sockaddr a = { .len = sizeof(a.u) };
	int err;

	nod_host_lock(s->service->host);
	err = nod_getpeername(stack_of(s->service), s->fd, &a.u.sa, &a.len);
	nod_host_unlock(s->service->host);
	if (err == 0)
		kernel_sockaddr_to(&a, out);
	return err;
}

static int set_blocking(struct nod_session *s, bool blocking)
{
	stack_session_of(s)->is_blocking = blocking;
	return 0;
}

static int set_keepalive(struct nod_session *session, bool on, nod_ns idle)
{
	struct stack_session *s = stack_session_of(session);
	struct session_option option[SESSION_OPTIONS_MOST];
	unsigned n = s->is_datagram ? 0 : session_keepalive_options(on, idle, option);
	int err;

	nod_host_lock(s->service->host);
	err = set_options(stack_of(s->service), s->fd, option, n);
	nod_host_unlock(s->service->host);
	return err;
}

static int interface_index(const struct nod_service *service, const char *name)
{
	struct stack_service *v = stack_service_of(service);
	int index;

	nod_host_lock(v->host);
	index = nod_interface_index(stack_of(v), name);
	nod_host_unlock(v->host);
	return index;
}

/* ---- the table ----------------------------------------------------------------------- */

static const struct nod_service table = {
	.name = "stack",
	.now = now,
	.interface_index = interface_index,
	.listen = start_listen,
	.dial = dial,
	.dialled = dialled,
	.accept = accept_next,
	.recv = stack_session_recv,
	.send = stack_session_send,
	.join = join,
	.shutdown = shut,
	.close = close_session,
	.abort = abort_session,
	.local = local,
	.peer = peer_of,
	.set_blocking = set_blocking,
	.set_keepalive = set_keepalive,
	.ready_new = stack_ready_new,
	.ready_add = stack_ready_add,
	.ready_change = stack_ready_change,
	.ready_remove = stack_ready_remove,
	.lookup_start = stack_lookup_start,
	.lookup_take = stack_lookup_take,
	.lookup_end = stack_lookup_end,
	.lookup_sources = stack_lookup_sources,
};

struct stack_service *stack_service_new(struct nod_host *h)
{
	struct stack_service *v = calloc(1, sizeof(*v));

	if (v) {
		v->base = table;
		v->host = h;
	}
	return v;
}

void stack_service_free(struct stack_service *v)
{
	if (v)
		free(v->session);
	free(v);
}

const struct nod_service *stack_service(const struct stack_service *v)
{
	return &v->base;
}
