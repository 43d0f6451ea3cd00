/* SPDX-License-Identifier: ISC */
/*
 * kernel.c - the machine's own network as a transport service: the kernel's sockets
 *
 * The only file that makes and uses sockets for sessions.  Accepted connections inherit
 * TCP_NODELAY and SO_KEEPALIVE from their listener, which saves two system calls each.
 *
 * Neighbours: service.h (the table), kernel_ready*.c (waiting), kernel_owner.c (who holds
 * a port), kernel_sockaddr.h (addresses in the kernel's form).
 */
#include "service.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel_lookup.h"
#include "kernel_owner.h"
#include "kernel_ready.h"
#include "kernel_sockaddr.h"
#include "session_options.h"

struct kernel_session {
	struct nod_session base;
	int fd;
	sa_family_t af;
	bool is_datagram;
	bool is_blocking;
	bool is_dual;	   /* listens on every address of both families */
	char *unlink_path; /* a Unix listener's, removed on close ... */
	pid_t owner;	   /* ... by the process that made it, not by its children */
};

static struct kernel_session *of(const struct nod_session *s)
{
	return (struct kernel_session *)(uintptr_t)s;
}

static nod_ns now(const struct nod_service *v)
{
	(void)v;
	return kernel_now();
}

/* Wraps @fd, or closes it when there is no memory. */
static int wrap(const struct nod_service *v, int fd, sa_family_t af, bool is_datagram,
	bool is_blocking, struct nod_session **out)
{
	struct kernel_session *s = calloc(1, sizeof(*s));

	if (!s) {
		close(fd);
		return -ENOMEM;
	}
	s->base.service = v;
	s->fd = fd;
	s->af = af;
	s->is_datagram = is_datagram;
	s->is_blocking = is_blocking;
	*out = &s->base;
	return 0;
}

/* Sets what is there to be set, in order.  0 or -errno of the first that fails. */
static int set_options(int fd, const struct session_option *o, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (setsockopt(fd, o[i].level, o[i].option, &o[i].value, o[i].len) < 0)
			return -errno;
	}
	return 0;
}

/* A socket set up as @conf says, for an address of family @af.  Descriptor or -errno. */
static int open_socket(sa_family_t af, const struct nod_session_conf *conf)
{
	bool is_datagram = conf->type == NOD_DATAGRAM;
	struct session_option option[SESSION_OPTIONS_MOST];

	if (is_datagram && af == AF_UNIX)
		return -EPROTONOSUPPORT;
	int fd = socket(af,
		(is_datagram ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC |
			(conf->blocking ? 0 : SOCK_NONBLOCK),
		0);
	int err;

	if (fd < 0)
		return -errno;
	err = set_options(fd, option, session_options(af, conf, option));
	if (err < 0) {
		close(fd);
		return err;
	}
	return fd;
}

/*
 * A Unix socket's path outlives its listener.  One that nobody answers is a leftover and
 * is removed; one that somebody answers is in use; anything but a socket is left alone.
 */
static int clear_path(const char *path)
{
	struct stat st;
	struct kernel_sockaddr a;
	struct nod_endpoint e = { .is_unix = true };

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	memcpy(e.path, path, strlen(path) + 1);
	kernel_sockaddr_from(&a, &e, AF_UNIX);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	int err = connect(fd, &a.u.sa, a.len) < 0 ? errno : 0;
	close(fd);
	if (err != ECONNREFUSED)
		return -EADDRINUSE;
	return unlink(path) < 0 ? -errno : 0;
}

static int bind_socket(int fd, const struct nod_endpoint *at, sa_family_t af,
	const struct nod_session_conf *conf)
{
	struct session_option option[SESSION_OPTIONS_MOST];
	struct kernel_sockaddr a;
	int err = set_options(fd, option, session_bind_options(af, at, conf, option));

	kernel_sockaddr_from(&a, at, af);
	if (err == 0 && af == AF_UNIX)
		err = clear_path(at->path);
	if (err == 0 && bind(fd, &a.u.sa, a.len) < 0)
		err = -errno;
	return err;
}

static int listen_at(const struct nod_service *v, const struct nod_endpoint *at, sa_family_t af,
	const struct nod_session_conf *conf, struct nod_session **out)
{
	int fd = open_socket(af, conf);

	if (fd < 0)
		return fd;
	int err = bind_socket(fd, at, af, conf);
	if (err == 0 && conf->type == NOD_STREAM &&
		listen(fd, conf->backlog > 0 ? conf->backlog : SOMAXCONN) < 0)
		err = -errno;
	if (err < 0) {
		close(fd);
		return err;
	}
	err = wrap(v, fd, af, conf->type == NOD_DATAGRAM, conf->blocking, out);
	if (err == 0)
		of(*out)->is_dual = af == AF_INET6 && at->addr.family == NOD_UNSPEC;
	if (err == 0 && at->is_unix) {
		of(*out)->unlink_path = strdup(at->path);
		of(*out)->owner = getpid();
		if (!of(*out)->unlink_path) {
			(*out)->service->close(*out);
			err = -ENOMEM;
		}
	}
	if (err < 0 && at->is_unix)
		unlink(at->path);
	return err;
}

static int start_listen(const struct nod_service *v, const struct nod_endpoint *at,
	const struct nod_session_conf *conf, struct nod_session **out, struct nod_failure *why)
{
	sa_family_t af = session_family(at, conf);
	int err = listen_at(v, at, af, conf, out);
	/* a machine without IPv6: every address is every IPv4 address */
	if ((err == -EAFNOSUPPORT || err == -EADDRNOTAVAIL) && !at->is_unix &&
		at->addr.family == NOD_UNSPEC && af == AF_INET6)
		err = listen_at(v, at, AF_INET, conf, out);
	if (err == -EADDRINUSE && why)
		kernel_owner_find(at, conf->type, why);
	return err;
}

/* 0: connected, or, not blocking, on its way. */
static int connect_to(int fd, const struct kernel_sockaddr *a, bool is_blocking)
{
	struct pollfd answer = { .fd = fd, .events = POLLOUT };
	int err = 0;
	socklen_t len = sizeof(err);

	if (connect(fd, &a->u.sa, a->len) == 0 || errno == EINPROGRESS)
		return 0;
	if (errno != EINTR || !is_blocking)
		return -errno;
	/* a signal ends the wait, not the connecting; asking again would be EALREADY */
	while (poll(&answer, 1, -1) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0 ? -errno : -err;
}

static int dial(const struct nod_service *v, const struct nod_endpoint *to,
	const struct nod_session_conf *conf, struct nod_session **out, struct nod_failure *why)
{
	sa_family_t af = session_family(to, conf);
	const struct nod_endpoint *from = &conf->source;
	struct kernel_sockaddr a;
	int err = 0;

	(void)why;
	if (!session_source_fits(from, to))
		return -EAFNOSUPPORT;
	int fd = open_socket(af, conf);
	if (fd < 0)
		return fd;
	if (from->addr.family != NOD_UNSPEC || from->port) {
		struct nod_session_conf bind_conf = *conf;

		bind_conf.reuse_port =
			true; /* a client's port in TIME-WAIT may be taken again */
		err = bind_socket(fd, from, af, &bind_conf);
	}
	kernel_sockaddr_from(&a, to, af);
	if (err == 0)
		err = connect_to(fd, &a, conf->blocking);
	if (err < 0) {
		close(fd);
		return err;
	}
	return wrap(v, fd, af, conf->type == NOD_DATAGRAM, conf->blocking, out);
}

static int dialled(struct nod_session *s)
{
	int err = 0;
	socklen_t len = sizeof(err);
	struct kernel_sockaddr a = { .len = sizeof(a.u) };

	if (getsockopt(of(s)->fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
		return -errno;
	if (err)
		return -err;
	if (getpeername(of(s)->fd, &a.u.sa, &a.len) < 0)
		return errno == ENOTCONN ? -EINPROGRESS : -errno;
	return 0;
}

static int accept_next(
	struct nod_session *l, struct nod_session **out, struct nod_endpoint *peer)
{
	struct kernel_sockaddr a;
	int fd;

	do {
		a = (struct kernel_sockaddr){ .len = sizeof(a.u) };
		fd = accept4(of(l)->fd, &a.u.sa, &a.len,
			SOCK_CLOEXEC | (of(l)->is_blocking ? 0 : SOCK_NONBLOCK));
	} while (fd < 0 && errno == EINTR && of(l)->is_blocking);
	if (fd < 0) /* errors of the new connection, already there: accept(2) */
		return errno == EPROTO || errno == ENETDOWN || errno == EPERM ||
				errno == EHOSTUNREACH ?
			-ECONNABORTED :
			-errno;
	if (peer)
		kernel_sockaddr_to(&a, peer);
	return wrap(l->service, fd, of(l)->af, false, of(l)->is_blocking, out);
}

static unsigned syns_sent(const struct nod_session *s)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	if (of(s)->is_datagram || of(s)->af == AF_UNIX ||
		getsockopt(of(s)->fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
		return 0;
	return 1 + info.tcpi_total_retrans;
}

static ssize_t receive_datagram(
	struct nod_session *s, void *buf, size_t len, struct nod_datagram *d)
{
	struct kernel_sockaddr a = { 0 }; /* a stream's peer is not told */
	struct kernel_pktinfo info;
	struct iovec iov = { .iov_base = buf, .iov_len = len };
	struct msghdr m = {
		.msg_name = &a.u,
		.msg_namelen = sizeof(a.u),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &info,
		.msg_controllen = sizeof(info),
	};
	ssize_t n;

	do
		n = recvmsg(of(s)->fd, &m, 0);
	while (n < 0 && errno == EINTR && of(s)->is_blocking);
	if (n < 0)
		return -errno;
	a.len = m.msg_namelen;
	kernel_sockaddr_to(&a, &d->peer);
	kernel_pktinfo_get(&m, &d->local);
	return n;
}

static ssize_t receive(struct nod_session *s, void *buf, size_t len, struct nod_datagram *d)
{
	ssize_t n;

	if (d)
		return receive_datagram(s, buf, len, d);
	do
		n = recv(of(s)->fd, buf, len, 0);
	while (n < 0 && errno == EINTR && of(s)->is_blocking);
	return n < 0 ? -errno : n;
}

/* Blocking: all of it, whatever signals come.  Octets, or why not even one was taken. */
static ssize_t send_all(int fd, const struct iovec *iov, int n)
{
	size_t done = 0;

	for (int i = 0; i < n; i++) {
		const char *p = iov[i].iov_base;

		for (size_t at = 0; at < iov[i].iov_len;) {
			ssize_t sent = send(fd, p + at, iov[i].iov_len - at,
				MSG_NOSIGNAL | (i + 1 < n ? MSG_MORE : 0));

			if (sent < 0 && errno == EINTR)
				continue;
			if (sent < 0)
				return done ? (ssize_t)done : -errno;
			at += (size_t)sent;
			done += (size_t)sent;
		}
	}
	return (ssize_t)done;
}

static ssize_t send_some(
	struct nod_session *s, const struct iovec *iov, int n, const struct nod_datagram *d)
{
	struct kernel_sockaddr a;
	struct kernel_pktinfo info;
	ssize_t sent;

	if (of(s)->is_blocking && !of(s)->is_datagram)
		return send_all(of(s)->fd, iov, n);
	if (n == 1 && !d) {
		sent = send(of(s)->fd, iov->iov_base, iov->iov_len, MSG_NOSIGNAL);
	} else {
		struct msghdr m = { .msg_iov = (struct iovec *)(uintptr_t)iov,
			.msg_iovlen = (size_t)n };

		if (d) {
			if (!kernel_sockaddr_fits(&d->peer, of(s)->af))
				return -EAFNOSUPPORT;
			kernel_sockaddr_from(&a, &d->peer, of(s)->af);
			m.msg_name = &a.u.sa;
			m.msg_namelen = a.len;
			kernel_pktinfo_put(&m, &info, &d->local, of(s)->af);
		}
		do
			sent = sendmsg(of(s)->fd, &m, MSG_NOSIGNAL);
		while (sent < 0 && errno == EINTR && of(s)->is_blocking);
	}
	return sent < 0 ? -errno : sent;
}

static int join(struct nod_session *s, const struct nod_addr *group, unsigned interface)
{
	struct group_req q = { .gr_interface = interface };
	struct kernel_sockaddr a;
	struct nod_endpoint e = { .addr = *group };
	bool is_v4 = group->family == NOD_IPV4;

	/* the group's own family decides: a socket of both families joins IPv4's groups too */
	kernel_sockaddr_from(&a, &e, is_v4 ? AF_INET : AF_INET6);
	memcpy(&q.gr_group, &a.u, a.len);
	return setsockopt(of(s)->fd, is_v4 ? IPPROTO_IP : IPPROTO_IPV6, MCAST_JOIN_GROUP, &q,
		       sizeof(q)) < 0 ?
		-errno :
		0;
}

static int shut(struct nod_session *s)
{
	return shutdown(of(s)->fd, SHUT_WR) < 0 ? -errno : 0;
}

static void close_session(struct nod_session *s)
{
	struct kernel_session *k = of(s);

	close(k->fd);
	if (k->unlink_path) {
		if (k->owner == getpid())
			unlink(k->unlink_path);
		free(k->unlink_path);
	}
	free(k);
}

static void abort_session(struct nod_session *s)
{
	struct linger now_and_hard = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(of(s)->fd, SOL_SOCKET, SO_LINGER, &now_and_hard, sizeof(now_and_hard));
	close_session(s);
}

static int local(const struct nod_session *s, struct nod_endpoint *out)
{
	struct kernel_sockaddr a = { .len = sizeof(a.u) };

	if (getsockname(of(s)->fd, &a.u.sa, &a.len) < 0)
		return -errno;
	kernel_sockaddr_to(&a, out);
	if (of(s)->is_dual)
		out->addr.family = NOD_UNSPEC; /* not IPv6's :: alone */
	return 0;
}

static int peer_of(const struct nod_session *s, struct nod_endpoint *out)
{
	struct kernel_sockaddr a = { .len = sizeof(a.u) };

	if (getpeername(of(s)->fd, &a.u.sa, &a.len) < 0)
		return -errno;
	kernel_sockaddr_to(&a, out);
	return 0;
}

static int set_blocking(struct nod_session *s, bool blocking)
{
	int flags = fcntl(of(s)->fd, F_GETFL);

	if (flags < 0)
		return -errno;
	flags = blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
	if (fcntl(of(s)->fd, F_SETFL, flags) < 0)
		return -errno;
	of(s)->is_blocking = blocking;
	return 0;
}

static int set_keepalive(struct nod_session *s, bool on, nod_ns idle)
{
	struct session_option option[SESSION_OPTIONS_MOST];
	int err = set_options(of(s)->fd, option, session_keepalive_options(on, idle, option));

	/* a Unix socket's peer cannot die silently */
	return err == -EOPNOTSUPP || err == -ENOPROTOOPT ? 0 : err;
}

static int ready_add(struct nod_ready *r, struct nod_session *s, unsigned bits, void *tag)
{
	return r->ops->add_fd(r, of(s)->fd, bits, tag);
}

static int ready_change(struct nod_ready *r, struct nod_session *s, unsigned bits, void *tag)
{
	return r->ops->change_fd(r, of(s)->fd, bits, tag);
}

static void ready_remove(struct nod_ready *r, struct nod_session *s)
{
	r->ops->remove_fd(r, of(s)->fd);
}

static int interface_index(const struct nod_service *v, const char *name)
{
	unsigned index = if_nametoindex(name);

	(void)v;
	return index ? (int)index : -ENODEV;
}

static const struct nod_service kernel = {
	.name = "kernel",
	.now = now,
	.interface_index = interface_index,
	.listen = start_listen,
	.dial = dial,
	.dialled = dialled,
	.accept = accept_next,
	.syns_sent = syns_sent,
	.recv = receive,
	.send = send_some,
	.join = join,
	.shutdown = shut,
	.close = close_session,
	.abort = abort_session,
	.local = local,
	.peer = peer_of,
	.set_blocking = set_blocking,
	.set_keepalive = set_keepalive,
	.ready_new = kernel_ready_new,
	.ready_add = ready_add,
	.ready_change = ready_change,
	.ready_remove = ready_remove,
	.lookup_start = kernel_lookup_start,
	.lookup_take = kernel_lookup_take,
	.lookup_end = kernel_lookup_end,
	.lookup_sources = kernel_lookup_sources,
};

const struct nod_service *nod_service_kernel(void)
{
	return &kernel;
}
