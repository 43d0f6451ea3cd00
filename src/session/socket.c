/* SPDX-License-Identifier: ISC */
/*
 * socket.c - the table of descriptors, and the calls of programs
 *
 * Each call finds its socket and hands over to the kind's functions (struct sock_ops).  A
 * descriptor costs O(1) to give out, to find and to take back.  Sockets of which something is to
 * be told stand in one list, each at most once.
 *
 * Neighbours: socket_internal.h, nod/socket.h; docs/SOCKETS.md.
 */
#include "nod/socket.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "../network/group.h"
#include "socket_internal.h"

enum { ADDR_FAMILY_LEN = sizeof(sa_family_t) };

struct iface sock_gone;

/* ---- descriptors -------------------------------------------------------------------- */

static struct sock_slot *slot_at(const struct sockets *all, uint32_t fd)
{
	return &all->page[fd >> SOCK_PAGE_BITS][fd % SOCK_PAGE];
}

int sockets_init(struct nod_stack *s)
{
	struct sockets *all = calloc(1, sizeof(*all));

	if (all)
		all->page = calloc((s->core.conf.sockets >> SOCK_PAGE_BITS) + 1,
			sizeof(all->page[0]));
	if (!all || !all->page) {
		free(all);
		return -ENOMEM;
	}
	all->last_event = &all->events;
	s->sockets = all;
	for (unsigned i = 0; i < 2; i++) {
		struct sock_opt opt = sock_options_default(&s->core.conf, i == 0);

		all->opt[i] = intern(&s->core.interns, &opt, sizeof(opt));
		if (!all->opt[i])
			return -ENOMEM;
	}
	return 0;
}

void sockets_end(struct nod_stack *s)
{
	struct sockets *all = s->sockets;

	if (!all)
		return;
	for (uint32_t fd = 1; fd < all->n_slots; fd++)
		if (slot_at(all, fd)->sock)
			nod_close(s, (int)fd);
	for (uint32_t fd = 0; fd < all->n_slots; fd += SOCK_PAGE)
		free(all->page[fd >> SOCK_PAGE_BITS]);
	free(all->page);
	intern_drop(&s->core.interns, all->opt[0]);
	intern_drop(&s->core.interns, all->opt[1]);
	free(all);
	s->sockets = NULL;
}

uint32_t sockets_count(const struct nod_stack *s)
{
	return s->sockets->count;
}

struct sock *sock_of(const struct nod_stack *s, int fd)
{
	const struct sockets *all = s->sockets;

	return fd > 0 && (uint32_t)fd < all->n_slots ? slot_at(all, (uint32_t)fd)->sock : NULL;
}

/* A free descriptor, still empty; 0 or -EMFILE, -ENOBUFS. */
static int slot_find(struct nod_stack *s, uint32_t *out)
{
	struct sockets *all = s->sockets;

	if (all->count >= s->core.conf.sockets)
		return -EMFILE;
	if (!all->first_free) {
		struct sock_slot *page = calloc(SOCK_PAGE, sizeof(page[0]));

		if (!page)
			return -ENOBUFS;
		all->page[all->n_slots >> SOCK_PAGE_BITS] = page;
		for (uint32_t i = SOCK_PAGE; i-- > (all->n_slots ? 0 : 1);) {
			page[i].next_free = all->first_free;
			all->first_free = all->n_slots + i;
		}
		all->n_slots += SOCK_PAGE;
	}
	*out = all->first_free;
	return 0;
}

static void slot_put(struct nod_stack *s, uint32_t fd, struct sock *k)
{
	struct sockets *all = s->sockets;

	all->first_free = slot_at(all, fd)->next_free;
	slot_at(all, fd)->sock = k;
	all->count++;
	k->fd = (int)fd;
}

static void slot_clear(struct nod_stack *s, uint32_t fd)
{
	struct sockets *all = s->sockets;

	*slot_at(all, fd) = (struct sock_slot){ .next_free = all->first_free };
	all->first_free = fd;
	all->count--;
}

/* ---- what is to be told ------------------------------------------------------------- */

void sock_wake(struct sock *k)
{
	struct sockets *all = k->stack->sockets;

	if (k->prev_event)
		return;
	k->next_event = NULL;
	k->prev_event = all->last_event;
	*all->last_event = k;
	all->last_event = &k->next_event;
}

void sockets_wake(void *k)
{
	sock_wake(k);
}

/* One that has been told of, or is closed. */
static void unlist(struct sock *k)
{
	struct sockets *all = k->stack->sockets;

	if (!k->prev_event)
		return;
	*k->prev_event = k->next_event;
	if (k->next_event)
		k->next_event->prev_event = k->prev_event;
	else
		all->last_event = k->prev_event;
	k->prev_event = NULL;
}

unsigned sockets_events(struct nod_stack *s, struct nod_socket_event *ev, unsigned max)
{
	unsigned n = 0;

	while (n < max) {
		struct sock *k = s->sockets->events;

		if (!k)
			break;
		unlist(k);
		ev[n] = (struct nod_socket_event){ k->fd, k->ops->ready(k) };
		n += ev[n].bits != 0;
	}
	return n;
}

int nod_socket_ready(const struct nod_stack *s, int fd)
{
	const struct sock *k = sock_of(s, fd);

	return k ? (int)k->ops->ready(k) : -EBADF;
}

void sock_iface_removed(struct nod_stack *s, const struct iface *i)
{
	for (uint32_t fd = 1; fd < s->sockets->n_slots; fd++) {
		struct sock *k = slot_at(s->sockets, fd)->sock;

		if (!k)
			continue;
		for (unsigned v4 = 0; !sock_is_stream(k) && v4 < 2; v4++)
			if (sock_dgram(k)->group_iface[v4] == i)
				sock_dgram(k)->group_iface[v4] = NULL;
		if (k->iface == i) {
			k->iface = &sock_gone;
			if (k->ops->changed)
				k->ops->changed(k);
		}
	}
}

/* ---- sockets made and ended --------------------------------------------------------- */

/* The functions for what is asked for; or the error that Linux has for it. */
static int kind_of(const struct nod_stack *s, int domain, int type, int protocol,
	const struct sock_ops **out)
{
	bool is_ip = domain == AF_INET || domain == AF_INET6;

	if (!is_ip && domain != AF_PACKET)
		return -EAFNOSUPPORT;
	if (domain == AF_INET6 && s->core.conf.no_ipv6)
		return -EAFNOSUPPORT;
	if (type < 0 || type > SOCK_PACKET || protocol < 0 || (is_ip && protocol > UINT8_MAX))
		return -EINVAL;
	if (domain == AF_PACKET) {
		*out = &sock_packet_ops;
		if (!s->core.conf.may_use_raw)
			return -EPERM;
		return type == SOCK_RAW || type == SOCK_DGRAM ? 0 : -ESOCKTNOSUPPORT;
	}
	if (type == SOCK_STREAM) {
		*out = &sock_tcp_ops;
		return protocol == 0 || protocol == IPPROTO_TCP ? 0 : -EPROTONOSUPPORT;
	}
	if (type == SOCK_DGRAM) {
		*out = &sock_udp_ops;
		return protocol == 0 || protocol == IPPROTO_UDP ? 0 : -EPROTONOSUPPORT;
	}
	if (type == SOCK_RAW) {
		*out = &sock_raw_ops;
		if (!protocol)
			return -EPROTONOSUPPORT;
		return s->core.conf.may_use_raw ? 0 : -EPERM;
	}
	return -ESOCKTNOSUPPORT;
}

int sock_new(struct nod_stack *s, const struct sock_ops *ops, int domain, int type, int protocol,
	struct sock **out)
{
	struct sock *k;
	uint32_t fd;
	int err = slot_find(s, &fd);

	if (err < 0)
		return err;
	k = calloc(1, ops->size);
	if (!k)
		return -ENOBUFS;
	k->stack = s;
	k->ops = ops;
	k->domain = (uint8_t)domain;
	k->type = (uint8_t)type;
	k->protocol = protocol;
	k->opt = intern_ref(s->sockets->opt[domain != AF_INET6]);
	if (!sock_is_stream(k)) {
		pkt_queue_init(&sock_dgram(k)->in);
		pkt_queue_init(&sock_dgram(k)->errors);
		sock_dgram(k)->group_source = IPA_ANY4;
	}
	err = ops->open(k);
	if (err < 0) {
		intern_drop(&s->core.interns, k->opt);
		free(k);
		return err;
	}
	slot_put(s, fd, k);
	NOTE(&s->core, NOD_EV_SOCKET_NEW, .id = fd, .from = domain, .to = type);
	*out = k;
	return 0;
}

int nod_socket(struct nod_stack *s, int domain, int type, int protocol)
{
	const struct sock_ops *ops;
	struct sock *k;
	int err;

	type &= ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
	err = kind_of(s, domain, type, protocol, &ops);
	if (err == 0)
		err = sock_new(s, ops, domain, type, protocol, &k);
	return err < 0 ? err : k->fd;
}

int nod_close(struct nod_stack *s, int fd)
{
	struct sock *k = sock_of(s, fd);

	if (!k)
		return -EBADF;
	NOTE(&s->core, NOD_EV_SOCKET_CLOSE, .id = (uint32_t)fd);
	k->ops->close(k);
	unlist(k);
	if (!sock_is_stream(k)) {
		group_leave_all(&sock_dgram(k)->groups);
		pkt_queue_clear(&sock_dgram(k)->in);
		pkt_queue_clear(&sock_dgram(k)->errors);
	}
	intern_drop(&s->core.interns, k->opt);
	slot_clear(s, (uint32_t)fd);
	free(k);
	return 0;
}

/* ---- the calls ---------------------------------------------------------------------- */

/* What a socket is bound or connected to now; of a packet socket that is no address. */
static void tell_name(struct sock *k, enum nod_event_kind what, bool is_peer)
{
	struct sockaddr_storage a;
	struct sock_name n = { .addr = IPA_ANY6 };
	int len = k->ops->name(k, is_peer, &a);

	if (len <= 0 ||
		sock_name_read(k, (const struct sockaddr *)&a, (socklen_t)len, &n) < 0) {
		NOTE(&k->stack->core, what, .id = (uint32_t)k->fd);
	} else if (is_peer) {
		NOTE(&k->stack->core, what, .id = (uint32_t)k->fd,
			.dst = ipa_to_addr(&n.addr, n.scope), .dst_port = n.port);
	} else {
		NOTE(&k->stack->core, what, .id = (uint32_t)k->fd,
			.src = ipa_to_addr(&n.addr, n.scope), .src_port = n.port);
	}
}

int nod_bind(struct nod_stack *s, int fd, const struct sockaddr *a, socklen_t len)
{
	struct sock *k = sock_of(s, fd);
	int err;

	if (!k)
		return -EBADF;
	if (len < ADDR_FAMILY_LEN)
		return -EINVAL;
	err = k->ops->bind(k, a, len);
	if (err == 0)
		tell_name(k, NOD_EV_SOCKET_BIND, false);
	return err;
}

int nod_connect(struct nod_stack *s, int fd, const struct sockaddr *a, socklen_t len)
{
	struct sock *k = sock_of(s, fd);
	int err;

	if (!k)
		return -EBADF;
	if (len < ADDR_FAMILY_LEN)
		return -EINVAL;
	err = k->ops->connect(k, a, len);
	if (err == 0)
		tell_name(k, NOD_EV_SOCKET_CONNECT, true);
	return err;
}

int sock_no_peer(struct sock *k, const struct sockaddr *a, socklen_t len)
{
	(void)k;
	(void)a;
	(void)len;
	return -EOPNOTSUPP;
}

int nod_listen(struct nod_stack *s, int fd, int backlog)
{
	struct sock *k = sock_of(s, fd);

	if (!k)
		return -EBADF;
	return k->ops->listen ? k->ops->listen(k, backlog) : -EOPNOTSUPP;
}

int nod_accept(struct nod_stack *s, int fd, struct sockaddr *a, socklen_t *len)
{
	struct sock *k = sock_of(s, fd), *new;
	struct sockaddr_storage name;
	int n;

	if (!k)
		return -EBADF;
	if (!k->ops->accept)
		return -EOPNOTSUPP;
	n = k->ops->accept(k, &new);
	if (n < 0)
		return n;
	if (a) {
		memset(&name, 0, sizeof(name));
		sock_name_copy(&name, new->ops->from(new, NULL, &name), a, len);
	}
	return new->fd;
}

int nod_shutdown(struct nod_stack *s, int fd, int how)
{
	struct sock *k = sock_of(s, fd);

	if (!k)
		return -EBADF;
	if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR)
		return -EINVAL;
	return k->ops->shutdown(k, how);
}

static int name_of(
	struct nod_stack *s, int fd, bool is_peer, struct sockaddr *a, socklen_t *len)
{
	struct sock *k = sock_of(s, fd);
	struct sockaddr_storage name;
	int n;

	if (!k)
		return -EBADF;
	memset(&name, 0, sizeof(name));
	n = k->ops->name(k, is_peer, &name);
	if (n < 0)
		return n;
	if (*len > INT32_MAX)
		return -EINVAL;
	sock_name_copy(&name, (socklen_t)n, a, len);
	return 0;
}

int nod_getsockname(struct nod_stack *s, int fd, struct sockaddr *a, socklen_t *len)
{
	return name_of(s, fd, false, a, len);
}

int nod_getpeername(struct nod_stack *s, int fd, struct sockaddr *a, socklen_t *len)
{
	return name_of(s, fd, true, a, len);
}

/* ---- sending ------------------------------------------------------------------------ */

ssize_t nod_sendto(struct nod_stack *s, int fd, const void *buf, size_t len, int flags,
	const struct sockaddr *a, socklen_t alen)
{
	struct sock *k = sock_of(s, fd);
	const struct iovec iov = { .iov_base = (void *)(uintptr_t)buf, .iov_len = len };

	if (!k)
		return -EBADF;
	return k->ops->send(k,
		&(struct sock_out){ .iov = &iov,
			.n_iov = 1,
			.len = len,
			.flags = flags,
			.to = a,
			.to_len = alen });
}

ssize_t nod_send(struct nod_stack *s, int fd, const void *buf, size_t len, int flags)
{
	return nod_sendto(s, fd, buf, len, flags, NULL, 0);
}

static ssize_t send_msg(struct sock *k, const struct msghdr *m, int flags)
{
	struct sock_out out = {
		.iov = m->msg_iov,
		.n_iov = m->msg_iovlen,
		.flags = flags,
		.to = m->msg_namelen ? m->msg_name : NULL,
		.to_len = m->msg_namelen,
		.control = m->msg_control,
		.control_len = m->msg_control ? m->msg_controllen : 0,
	};

	if (m->msg_iovlen > 1024) /* IOV_MAX */
		return -EMSGSIZE;
	for (size_t i = 0; i < m->msg_iovlen; i++) {
		if (m->msg_iov[i].iov_len > (size_t)SSIZE_MAX - out.len)
			return -EINVAL;
		out.len += m->msg_iov[i].iov_len;
	}
	return k->ops->send(k, &out);
}

ssize_t nod_sendmsg(struct nod_stack *s, int fd, const struct msghdr *m, int flags)
{
	struct sock *k = sock_of(s, fd);

	return k ? send_msg(k, m, flags) : -EBADF;
}

int nod_sendmmsg(struct nod_stack *s, int fd, struct mmsghdr *m, unsigned n, int flags)
{
	struct sock *k = sock_of(s, fd);
	unsigned i;

	if (!k)
		return -EBADF;
	for (i = 0; i < n && i < 1024; i++) {
		ssize_t sent = send_msg(k, &m[i].msg_hdr, flags);

		if (sent < 0)
			return i ? (int)i : (int)sent;
		m[i].msg_len = (unsigned)sent;
	}
	return (int)i;
}

/* ---- receiving ---------------------------------------------------------------------- */

ssize_t nod_recvfrom(struct nod_stack *s, int fd, void *buf, size_t len, int flags,
	struct sockaddr *a, socklen_t *alen)
{
	struct sock *k = sock_of(s, fd);
	const struct iovec iov = { .iov_base = buf, .iov_len = len };
	struct sock_in in = { .iov = &iov,
		.n_iov = 1,
		.flags = flags,
		.from = a,
		.from_cap = a && alen ? *alen : 0 };
	ssize_t n;

	if (!k)
		return -EBADF;
	n = k->ops->recv(k, &in);
	if (n >= 0 && a && alen)
		*alen = in.out_from_len;
	return n;
}

ssize_t nod_recv(struct nod_stack *s, int fd, void *buf, size_t len, int flags)
{
	return nod_recvfrom(s, fd, buf, len, flags, NULL, NULL);
}

static ssize_t recv_msg(struct sock *k, struct msghdr *m, int flags)
{
	struct sock_in in = {
		.iov = m->msg_iov,
		.n_iov = m->msg_iovlen,
		.flags = flags,
		.from = m->msg_name,
		.from_cap = m->msg_namelen,
		.control = m->msg_control,
		.control_cap = m->msg_control ? m->msg_controllen : 0,
	};
	ssize_t n;

	if (m->msg_iovlen > 1024)
		return -EMSGSIZE;
	n = k->ops->recv(k, &in);
	if (n < 0)
		return n;
	if (m->msg_name)
		m->msg_namelen = in.out_from_len;
	m->msg_controllen = in.out_control_len;
	m->msg_flags = in.out_flags;
	return n;
}

ssize_t nod_recvmsg(struct nod_stack *s, int fd, struct msghdr *m, int flags)
{
	struct sock *k = sock_of(s, fd);

	return k ? recv_msg(k, m, flags) : -EBADF;
}

int nod_recvmmsg(struct nod_stack *s, int fd, struct mmsghdr *m, unsigned n, int flags)
{
	struct sock *k = sock_of(s, fd);
	unsigned i;

	if (!k)
		return -EBADF;
	for (i = 0; i < n; i++) {
		ssize_t got = recv_msg(k, &m[i].msg_hdr, flags & ~MSG_WAITFORONE);

		if (got < 0)
			return i ? (int)i : (int)got;
		m[i].msg_len = (unsigned)got;
	}
	return (int)i;
}

/* ---- without a copy ----------------------------------------------------------------- */

ssize_t nod_recv_borrow(struct nod_stack *s, int fd, struct nod_packet **out,
	struct iovec iov[7], int *n_iov, struct sockaddr *a, socklen_t *alen)
{
	struct sock *k = sock_of(s, fd);
	struct sockaddr_storage name;
	struct pkt *p;
	ssize_t n;

	if (!k)
		return -EBADF;
	if (sock_is_stream(k))
		return -EOPNOTSUPP;
	n = sock_borrow(k, &p);
	if (n < 0)
		return n;
	if (a && alen) {
		memset(&name, 0, sizeof(name));
		sock_name_copy(&name, k->ops->from(k, p, &name), a, alen);
	}
	*out = (struct nod_packet *)(void *)p;
	*n_iov = nod_packet_iov(*out, iov);
	return n;
}

void *nod_send_room(struct nod_stack *s, int fd, size_t len, struct nod_packet **out)
{
	struct pkt *p;

	if (!sock_of(s, fd) || len > 65507)
		return NULL;
	p = pkt_new(s->core.pool, (uint32_t)len);
	*out = (struct nod_packet *)(void *)p;
	return p ? pkt_put(p, (uint32_t)len) : NULL;
}

ssize_t nod_send_room_done(struct nod_stack *s, int fd, struct nod_packet *public, size_t len,
	const struct sockaddr *a, socklen_t alen)
{
	struct sock *k = sock_of(s, fd);
	struct pkt *p = (struct pkt *)(void *)public;

	if (!k || len > p->len) {
		pkt_free(p);
		return k ? -EINVAL : -EBADF;
	}
	pkt_trim(p, (uint32_t)len);
	return k->ops->send(
		k, &(struct sock_out){ .ready = p, .len = len, .to = a, .to_len = alen });
}
