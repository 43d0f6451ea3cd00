/* SPDX-License-Identifier: ISC */
/*
 * drill_calls.c - socket calls on descriptors, and the table that packetdrill asks for
 *
 * packetdrill closes what a script leaves open by libc's close(), and looks into /proc: so every
 * socket has a descriptor of /dev/null, which stands for it.  A blocking socket waits in
 * packetdrill's second thread, and only there.
 *
 * Neighbours: drill.h, nod/socket.h.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "drill.h"
#include "session/socket_tcp.h"

struct drill *drill_world;

/* ---- descriptors --------------------------------------------------------------------- */

struct drill_file *drill_file_of(struct drill *d, int fd)
{
	return fd >= 0 && fd < DRILL_FILES && d->file[fd].kind != DRILL_NONE ? &d->file[fd] : NULL;
}

int drill_file_new(struct drill *d, enum drill_kind kind, int socket)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (fd >= DRILL_FILES) {
		close(fd);
		return -EMFILE;
	}
	d->file[fd] = (struct drill_file){ .kind = (uint8_t)kind, .socket = socket };
	return fd;
}

static struct drill_file *socket_of(struct drill *d, int fd)
{
	struct drill_file *f = drill_file_of(d, fd);

	return f && f->kind == DRILL_SOCKET ? f : NULL;
}

/* ---- calls that do not wait ---------------------------------------------------------- */

/* Every one is an attempt that is made once. */
struct call {
	int fd, a, b, c;
	const struct sockaddr *addr;
	struct sockaddr *addr_out;
	socklen_t len, *len_out;
	const void *in;
	void *out;
	const struct iovec *iov;
	size_t n_iov;
	struct msghdr *msg;
	size_t done; /* octets, of a write that waits for room */
	bool has_begun;
};

static int own_error(int err)
{
	errno = err;
	return -1;
}

static ssize_t once(struct drill *d, ssize_t (*f)(struct drill *, void *), struct call *c)
{
	return drill_run(d, &(struct drill_try){ .once = f, .self = c, .timeout = -EAGAIN });
}

/* May wait, unless the socket or @flags say no. */
static ssize_t waiting(
	struct drill *d, ssize_t (*f)(struct drill *, void *), struct call *c, int flags)
{
	const struct drill_file *file = socket_of(d, c->fd);
	bool is_now = !file || file->is_nonblocking || flags & MSG_DONTWAIT;

	return drill_run(d,
		&(struct drill_try){ .once = f,
			.self = c,
			.until = is_now ? 0 : NOD_FOREVER,
			.timeout = -EAGAIN });
}

static ssize_t do_socket(struct drill *d, void *self)
{
	struct call *c = self;
	int s = nod_socket(d->stack, c->a, c->b & ~(SOCK_NONBLOCK | SOCK_CLOEXEC), c->c), fd;

	if (s < 0)
		return s;
	fd = drill_file_new(d, DRILL_SOCKET, s);
	if (fd < 0)
		nod_close(d->stack, s);
	else
		d->file[fd].is_nonblocking = c->b & SOCK_NONBLOCK;
	return fd;
}

static int call_socket(void *u, int domain, int type, int protocol)
{
	return (int)once(u, do_socket, &(struct call){ .a = domain, .b = type, .c = protocol });
}

static struct nod_addr addr_of(const struct sockaddr *sa)
{
	struct nod_addr a = { .family = NOD_IPV4 };

	if (sa->sa_family == AF_INET) {
		memcpy(a.octet, &((const struct sockaddr_in *)(const void *)sa)->sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		const struct in6_addr *six =
			&((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;

		if (IN6_IS_ADDR_V4MAPPED(six)) {
			memcpy(a.octet, six->s6_addr + 12, 4);
		} else {
			a.family = NOD_IPV6;
			memcpy(a.octet, six->s6_addr, 16);
		}
	} else {
		a.family = NOD_UNSPEC;
	}
	return a;
}

static ssize_t do_bind(struct drill *d, void *self)
{
	struct call *c = self;
	struct drill_file *f = socket_of(d, c->fd);
	struct nod_addr a;

	if (!f)
		return -EBADF;
	a = addr_of(c->addr);
	if (a.family != NOD_UNSPEC)
		drill_own(d, &a); /* packetdrill has drawn it, and tells it by nothing else */
	return nod_bind(d->stack, f->socket, c->addr, c->len);
}

static int call_bind(void *u, int fd, const struct sockaddr *a, socklen_t len)
{
	return (int)once(u, do_bind, &(struct call){ .fd = fd, .addr = a, .len = len });
}

static ssize_t do_listen(struct drill *d, void *self)
{
	struct call *c = self;
	struct drill_file *f = socket_of(d, c->fd);

	return f ? nod_listen(d->stack, f->socket, c->a) : -EBADF;
}

static int call_listen(void *u, int fd, int backlog)
{
	return (int)once(u, do_listen, &(struct call){ .fd = fd, .a = backlog });
}

static ssize_t do_shutdown(struct drill *d, void *self)
{
	struct call *c = self;
	struct drill_file *f = socket_of(d, c->fd);

	return f ? nod_shutdown(d->stack, f->socket, c->a) : -EBADF;
}

static int call_shutdown(void *u, int fd, int how)
{
	return (int)once(u, do_shutdown, &(struct call){ .fd = fd, .a = how });
}

static ssize_t do_close(struct drill *d, void *self)
{
	struct call *c = self;
	struct drill_file *f = drill_file_of(d, c->fd);

	if (f && f->kind == DRILL_SOCKET)
		nod_close(d->stack, f->socket);
	if (f)
		f->kind = DRILL_NONE;
	return close(c->fd) < 0 ? -errno : 0;
}

static int call_close(void *u, int fd)
{
	return (int)once(u, do_close, &(struct call){ .fd = fd });
}

static ssize_t do_getsockopt(struct drill *d, void *self)
{
	struct call *c = self;
	struct drill_file *f = socket_of(d, c->fd);

	return f ? nod_getsockopt(d->stack, f->socket, c->a, c->b, c->out, c->len_out) : -EBADF;
}

static int call_getsockopt(void *u, int fd, int level, int name, void *value, socklen_t *len)
{
	return (int)once(u, do_getsockopt,
		&(struct call){ .fd = fd, .a = level, .b = name, .out = value, .len_out = len });
}

static ssize_t do_setsockopt(struct drill *d, void *self)
{
	struct call *c = self;
	struct drill_file *f = socket_of(d, c->fd);

	return f ? nod_setsockopt(d->stack, f->socket, c->a, c->b, c->in, c->len) : -EBADF;
}

static int call_setsockopt(
	void *u, int fd, int level, int name, const void *value, socklen_t len)
{
	return (int)once(u, do_setsockopt,
		&(struct call){ .fd = fd, .a = level, .b = name, .in = value, .len = len });
}

/* ---- fcntl, ioctl -------------------------------------------------------------------- */

static int call_fcntl(void *u, int fd, int cmd, ...)
{
	struct drill *d = u;
	struct drill_file *f = drill_file_of(d, fd);
	va_list args;
	int arg;

	va_start(args, cmd);
	arg = va_arg(args, int);
	va_end(args);
	if (!f)
		return fcntl(fd, cmd, arg);
	switch (cmd) {
	case F_GETFL:
		return O_RDWR | (f->is_nonblocking ? O_NONBLOCK : 0);
	case F_SETFL:
		f->is_nonblocking = arg & O_NONBLOCK;
		return 0;
	default:
		return own_error(EINVAL);
	}
}

static ssize_t do_ioctl(struct drill *d, void *self)
{
	struct call *c = self;
	struct drill_file *f = socket_of(d, c->fd);
	struct nod_tcp_info info;
	int err, *out = c->out;

	if (!f)
		return -EBADF;
	err = nod_tcp_info(d->stack, f->socket, &info);
	if (err < 0)
		return err;
	if (info.state == TCP_LISTEN)
		return -EINVAL;
	switch ((unsigned)c->a) {
	case SIOCINQ:
		*out = (int)info.readable;
		return 0;
	case SIOCOUTQ:
		*out = (int)(info.unacked + info.unsent);
		return 0;
	case SIOCOUTQNSD:
		*out = (int)info.unsent;
		return 0;
	default:
		return -ENOTTY;
	}
}

static int call_ioctl(void *u, int fd, unsigned long request, ...)
{
	va_list args;
	int *arg;

	va_start(args, request);
	arg = va_arg(args, int *);
	va_end(args);
	return (int)once(u, do_ioctl, &(struct call){ .fd = fd, .a = (int)request, .out = arg });
}

/* Before anything goes to @sa: from where? */
static void own_something(struct drill *d, const struct sockaddr *sa)
{
	struct nod_addr to = addr_of(sa), own;

	if (to.family == NOD_UNSPEC || d->is_owned[to.family == NOD_IPV6])
		return;
	drill_local((enum nod_family)to.family, &own);
	drill_own(d, &own);
}

/* ---- connect, accept ----------------------------------------------------------------- */

static ssize_t do_connect(struct drill *d, void *self)
{
	struct call *c = self;
	struct drill_file *f = socket_of(d, c->fd);
	int err;

	if (!f)
		return -EBADF;
	own_something(d, c->addr);
	err = nod_connect(d->stack, f->socket, c->addr, c->len);
	if (f->is_nonblocking)
		return err;
	/* of one that waits, what comes after the first answer is only "not yet" */
	if (err == -EINPROGRESS || (err == -EALREADY && c->has_begun)) {
		c->has_begun = true;
		return -EAGAIN;
	}
	return err == -EISCONN && c->has_begun ? 0 : err;
}

static int call_connect(void *u, int fd, const struct sockaddr *a, socklen_t len)
{
	struct call c = { .fd = fd, .addr = a, .len = len };
	ssize_t n = waiting(u, do_connect, &c, 0);

	return n < 0 && errno == EAGAIN ? own_error(EINPROGRESS) : (int)n;
}

static ssize_t do_accept(struct drill *d, void *self)
{
	struct call *c = self;
	struct drill_file *f = socket_of(d, c->fd);
	int s = f ? nod_accept(d->stack, f->socket, c->addr_out, c->len_out) : -EBADF, fd;

	if (s < 0)
		return s;
	fd = drill_file_new(d, DRILL_SOCKET, s);
	if (fd < 0)
		nod_close(d->stack, s);
	return fd;
}

static int call_accept(void *u, int fd, struct sockaddr *a, socklen_t *len)
{
	struct call c = { .fd = fd, .addr_out = a, .len_out = len };

	return (int)waiting(u, do_accept, &c, 0);
}

/* The kernel looks before it copies; here a bad pointer is looked for before it is used. */
static bool is_bad(const struct msghdr *m)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	for (size_t i = 0; i < m->msg_iovlen; i++) {
		uintptr_t at = (uintptr_t)m->msg_iov[i].iov_base, len = m->msg_iov[i].iov_len;

		if (len && (msync((void *)(at & ~(page - 1)), 1, MS_ASYNC) < 0 ||
				   msync((void *)((at + len - 1) & ~(page - 1)), 1, MS_ASYNC) < 0))
			return true;
	}
	return false;
}

/* ---- octets in ----------------------------------------------------------------------- */

static ssize_t do_recvmsg(struct drill *d, void *self)
{
	struct call *c = self;
	struct drill_file *f = socket_of(d, c->fd);

	return f ? nod_recvmsg(d->stack, f->socket, c->msg, c->a) : -EBADF;
}

static ssize_t call_recvmsg(void *u, int fd, struct msghdr *m, int flags)
{
	struct call c = { .fd = fd, .msg = m, .a = flags };

	if (is_bad(m))
		return own_error(EFAULT);
	return waiting(u, do_recvmsg, &c, flags);
}

static ssize_t call_readv(void *u, int fd, const struct iovec *iov, int n)
{
	struct msghdr m = { .msg_iov = (struct iovec *)(uintptr_t)iov, .msg_iovlen = (size_t)n };

	return call_recvmsg(u, fd, &m, 0);
}

static ssize_t call_recvfrom(void *u, int fd, void *buf, size_t n, int flags, struct sockaddr *a,
	socklen_t *len)
{
	struct iovec iov = { buf, n };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_name = a,
		.msg_namelen = a && len ? *len : 0 };
	ssize_t got;

	if (!buf && n)
		return own_error(EFAULT);
	got = call_recvmsg(u, fd, &m, flags);
	if (got >= 0 && a && len)
		*len = m.msg_namelen;
	return got;
}

static ssize_t call_recv(void *u, int fd, void *buf, size_t n, int flags)
{
	return call_recvfrom(u, fd, buf, n, flags, NULL, NULL);
}

static ssize_t call_read(void *u, int fd, void *buf, size_t n)
{
	if (!drill_file_of(u, fd))
		return read(fd, buf, n);
	return call_recvfrom(u, fd, buf, n, 0, NULL, NULL);
}

/* ---- octets out ---------------------------------------------------------------------- */

enum { PIECES_MOST = 64 };

/* Without the first @done octets. */
static size_t rest_of(const struct msghdr *m, size_t done, struct iovec out[PIECES_MOST])
{
	size_t n = 0;

	for (size_t i = 0; i < m->msg_iovlen && n < PIECES_MOST; i++) {
		struct iovec piece = m->msg_iov[i];
		size_t cut = done < piece.iov_len ? done : piece.iov_len;

		done -= cut;
		if (cut == piece.iov_len && cut)
			continue;
		out[n++] = (struct iovec){ (char *)piece.iov_base + cut, piece.iov_len - cut };
	}
	return n;
}

static size_t octets_of(const struct msghdr *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->msg_iovlen; i++)
		n += m->msg_iov[i].iov_len;
	return n;
}

static bool is_connecting(struct drill *d, const struct drill_file *f)
{
	struct nod_tcp_info i;

	return nod_tcp_info(d->stack, f->socket, &i) == 0 &&
		(i.state == TCP_SYN_SENT || (i.state == TCP_SYN_RECEIVED && !i.has_syn_data));
}

/* Of a connection that was begun with octets to send: 0, -EAGAIN or why not. */
static int outcome(struct drill *d, const struct drill_file *f)
{
	socklen_t len = sizeof(int);
	int err = 0;

	if (is_connecting(d, f))
		return -EAGAIN;
	nod_getsockopt(d->stack, f->socket, SOL_SOCKET, SO_ERROR, &err, &len);
	return -err;
}

/* A blocking write takes all, waiting for room as often as need be. */
static ssize_t do_sendmsg(struct drill *d, void *self)
{
	struct call *c = self;
	struct drill_file *f = socket_of(d, c->fd);
	struct iovec iov[PIECES_MOST];
	struct msghdr m = *c->msg;
	ssize_t n;

	if (!f)
		return -EBADF;
	if (m.msg_name && m.msg_namelen >= sizeof(sa_family_t))
		own_something(d, m.msg_name);
	if (c->has_begun) { /* it is connecting, or knows by now */
		n = outcome(d, f);
		if (n < 0)
			return n;
		if (c->done >= octets_of(c->msg))
			return (ssize_t)c->done;
	}
	for (;;) {
		m.msg_iov = iov;
		m.msg_iovlen = rest_of(c->msg, c->done, iov);
		if (c->has_begun) { /* it is connecting by now */
			m.msg_name = NULL;
			m.msg_namelen = 0;
		}
		n = nod_sendmsg(d->stack, f->socket, &m,
			c->has_begun ? c->a & ~MSG_FASTOPEN : c->a);
		if (n == -EINPROGRESS && !f->is_nonblocking &&
			(c->a & (MSG_FASTOPEN | MSG_DONTWAIT)) == MSG_FASTOPEN) {
			c->has_begun = true; /* asks for a cookie first */
			return -EAGAIN;
		}
		if (n < 0)
			return n != -EAGAIN && c->done ? (ssize_t)c->done : n;
		c->done += (size_t)n;
		if (is_connecting(d, f) && !f->is_nonblocking && !(c->a & MSG_DONTWAIT)) {
			c->has_begun = true; /* what fitted went with the SYN: now wait for it */
			return -EAGAIN;
		}
		if (c->done >= octets_of(c->msg) || f->is_nonblocking || c->a & MSG_DONTWAIT)
			return (ssize_t)c->done;
		drill_settle(d);
	}
}

static ssize_t call_sendmsg(void *u, int fd, const struct msghdr *m, int flags)
{
	struct call c = { .fd = fd, .msg = (struct msghdr *)(uintptr_t)m, .a = flags };
	ssize_t n;

	if (is_bad(m))
		return own_error(EFAULT);
	n = waiting(u, do_sendmsg, &c, flags);

	return n < 0 && errno == EAGAIN && c.done ? (ssize_t)c.done : n;
}

static ssize_t call_writev(void *u, int fd, const struct iovec *iov, int n)
{
	struct msghdr m = { .msg_iov = (struct iovec *)(uintptr_t)iov, .msg_iovlen = (size_t)n };

	return call_sendmsg(u, fd, &m, 0);
}

static ssize_t call_sendto(void *u, int fd, const void *buf, size_t n, int flags,
	const struct sockaddr *a, socklen_t len)
{
	struct iovec iov = { (void *)(uintptr_t)buf, n };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_name = (void *)(uintptr_t)a,
		.msg_namelen = a ? len : 0 };

	return call_sendmsg(u, fd, &m, flags);
}

static ssize_t call_send(void *u, int fd, const void *buf, size_t n, int flags)
{
	return call_sendto(u, fd, buf, n, flags, NULL, 0);
}

static ssize_t call_write(void *u, int fd, const void *buf, size_t n)
{
	if (!drill_file_of(u, fd))
		return write(fd, buf, n);
	return call_sendto(u, fd, buf, n, 0, NULL, 0);
}

/* ---- pipes --------------------------------------------------------------------------- */

static int call_pipe(void *u, int fd[2])
{
	(void)u;
	return pipe(fd);
}

/* By a buffer: what counts is what the socket's side does. */
static int call_splice(
	void *u, int in, loff_t *in_at, int out, loff_t *out_at, size_t n, unsigned flags)
{
	uint8_t *buf = malloc(n ? n : 1);
	ssize_t got;

	(void)in_at;
	(void)out_at;
	(void)flags;
	if (!buf)
		return own_error(ENOMEM);
	got = call_read(u, in, buf, n);
	if (got > 0)
		got = call_write(u, out, buf, (size_t)got);
	free(buf);
	return (int)got;
}

/* ---- the table ----------------------------------------------------------------------- */

void drill_calls(struct packetdrill_interface *i)
{
	i->socket = call_socket;
	i->bind = call_bind;
	i->listen = call_listen;
	i->accept = call_accept;
	i->connect = call_connect;
	i->read = call_read;
	i->readv = call_readv;
	i->recv = call_recv;
	i->recvfrom = call_recvfrom;
	i->recvmsg = call_recvmsg;
	i->write = call_write;
	i->writev = call_writev;
	i->send = call_send;
	i->sendto = call_sendto;
	i->sendmsg = call_sendmsg;
	i->fcntl = call_fcntl;
	i->ioctl = call_ioctl;
	i->close = call_close;
	i->shutdown = call_shutdown;
	i->getsockopt = call_getsockopt;
	i->setsockopt = call_setsockopt;
	i->pipe = call_pipe;
	i->splice = call_splice;
}

/* packetdrill asks for TCP_INFO by libc's name: with this library preloaded it comes here. */
NOD_API int getsockopt(int fd, int level, int name, void *restrict value, socklen_t *restrict len);

int getsockopt(int fd, int level, int name, void *restrict value, socklen_t *restrict len)
{
	int (*libc)(int, int, int, void *, socklen_t *);

	if (drill_world && drill_file_of(drill_world, fd) && level == SOL_SOCKET &&
		name == SO_MEMINFO) {
		memset(value, 0, *len); /* Linux's accounts of its own memory */
		return 0;
	}
	if (drill_world && drill_file_of(drill_world, fd))
		return call_getsockopt(drill_world, fd, level, name, value, len);
	*(void **)(void *)&libc = dlsym(RTLD_NEXT, "getsockopt");
	return libc ? libc(fd, level, name, value, len) : own_error(ENOSYS);
}
