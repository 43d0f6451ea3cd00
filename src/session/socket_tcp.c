/* SPDX-License-Identifier: ISC */
/*
 * socket_tcp.c - stream sockets: what the calls mean over TCP
 *
 * RFC 9293 3.9.1; values, errors and their order are Linux's, as test_like_kernel_tcp*.c compare
 * them.  A socket is unconnected, a listener, or has a connection, which outlives it when it is
 * closed in order.
 *
 * Neighbours: transport/tcp.h below; socket_internal.h; socket_tcp_options.c.
 */
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "socket_tcp.h"

static struct sock_tcp *tcp_of(struct sock *k)
{
	return container_of(k, struct sock_tcp, sock);
}

static const struct sock_tcp *tcp_of_const(const struct sock *k)
{
	return (const struct sock_tcp *)(const void *)k;
}

/* ---- made, ended --------------------------------------------------------------------- */

static int changed(struct sock *k)
{
	struct sock_tcp *t = tcp_of(k);
	struct tcp_opt o = *t->opt;

	sock_tcp_options_take(k, &o);
	if (t->name) {
		t->name->flags = (uint8_t)((k->opt->reuse_addr ? TCP_BIND_REUSE_ADDR : 0) |
			(k->opt->reuse_port ? TCP_BIND_REUSE_PORT : 0) |
			(k->opt->v6_only ? TCP_BIND_V6_ONLY : 0) |
			(k->domain == AF_INET6 ? TCP_BIND_IS_V6 : 0));
		t->name->iface = k->iface;
	}
	return sock_tcp_set_opt(t, &o);
}

static int open_tcp(struct sock *k)
{
	struct tcp_opt o = { 0 };

	k->protocol = IPPROTO_TCP;
	sock_tcp_options_take(k, &o);
	return sock_tcp_set_opt(tcp_of(k), &o);
}

static struct ipa any_of(const struct sock *k)
{
	return k->domain == AF_INET6 ? IPA_ANY6 : IPA_ANY4;
}

static bool is_bound(const struct sock_tcp *t)
{
	return t->name && t->name->prev;
}

/* It has a name to be bound by, which knows its options.  0 or -ENOBUFS. */
static int need_name(struct sock_tcp *t)
{
	if (!t->name)
		t->name = calloc(1, sizeof(*t->name));
	if (!t->name)
		return -ENOBUFS;
	if (!is_bound(t))
		t->name->local = any_of(&t->sock);
	return changed(&t->sock);
}

static void let_conn_go(struct sock_tcp *t)
{
	bool is_hard = t->sock.opt->linger.l_onoff && !t->sock.opt->linger.l_linger;

	if (t->conn && is_hard)
		tcp_abort(t->conn);
	else if (t->conn)
		tcp_close(t->conn);
	t->conn = NULL;
}

static void close_tcp(struct sock *k)
{
	struct sock_tcp *t = tcp_of(k);

	if (sock_tcp_listener(t))
		tcp_listener_free(sock_tcp_listener(t));
	let_conn_go(t);
	if (t->name)
		tcp_unbind(k->stack->tcp, t->name);
	intern_drop(&k->stack->core.interns, t->opt);
	free(t->name);
	free(t->fast);
}

/* ---- names --------------------------------------------------------------------------- */

/* As Linux: an AF_INET6 socket takes a sockaddr_in for datagrams alone.  24: RFC 2133's length. */
static int family_fits(const struct sock *k, const struct sockaddr *a, socklen_t len)
{
	sa_family_t family;

	memcpy(&family, a, sizeof(family));
	if (k->domain != AF_INET6 || family == AF_INET6)
		return 0;
	return len < 24 ? -EINVAL : -EAFNOSUPPORT;
}

static int bind_tcp(struct sock *k, const struct sockaddr *a, socklen_t len)
{
	struct sock_tcp *t = tcp_of(k);
	struct iface *before = k->iface;
	struct sock_name n;
	int err = sock_name_read_own(k, a, len, &n);

	if (err == 0 && ipa_is_multicast(&n.addr)) /* a connection has one host at each end */
		err = ipa_is_v4(&n.addr) ? -EADDRNOTAVAIL : -EINVAL;
	if (err == 0)
		err = sock_may_bind(k, &n);
	if (err == 0 && (is_bound(t) || t->conn))
		err = -EINVAL;
	if (err == 0)
		err = need_name(t);
	if (err == 0)
		err = tcp_bind(k->stack->tcp, t->name, &n.addr, n.port);
	if (err < 0 && k->iface != before) {
		k->iface = before;
		changed(k);
	}
	return err;
}

static int name_tcp(const struct sock *k, bool is_peer, struct sockaddr_storage *out)
{
	const struct sock_tcp *t = tcp_of_const(k);
	struct ipa local, remote;
	uint16_t local_port, remote_port;
	unsigned interface;

	if (!t->conn) {
		if (is_peer)
			return -ENOTCONN;
		local = is_bound(t) ? t->name->local : any_of(k);
		local_port = is_bound(t) ? t->name->port : 0;
		interface = k->iface ? k->iface->index : 0;
		return (int)sock_name_write(k, &local, local_port, interface, out);
	}
	tcp_addresses(t->conn, &local, &local_port, &remote, &remote_port, &interface);
	if (is_peer &&
		(tcp_state_of(t->conn) == TCP_CLOSED || tcp_state_of(t->conn) == TCP_SYN_SENT))
		return -ENOTCONN;
	if (is_peer)
		return (int)sock_name_write(k, &remote, remote_port, interface, out);
	return (int)sock_name_write(k, &local, local_port, interface, out);
}

static socklen_t from_tcp(
	const struct sock *k, const struct pkt *p, struct sockaddr_storage *out)
{
	const struct sock_tcp *t = tcp_of_const(k);
	struct ipa local, remote;
	uint16_t local_port, remote_port;
	unsigned interface;

	if (p || !t->conn)
		return 0; /* POSIX leaves it open; Linux says nothing */
	tcp_addresses(t->conn, &local, &local_port, &remote, &remote_port, &interface);
	return sock_name_write(k, &remote, remote_port, interface, out);
}

/* ---- connect, listen, accept --------------------------------------------------------- */

/* As it was before it was connected or listened, but for the name it was bound to. */
static void be_fresh(struct sock_tcp *t)
{
	t->conn = NULL;
	if (t->fast)
		t->fast->later_len = 0;
	t->is_connecting = t->is_given_up = false;
	t->sock.is_shut_in = t->sock.is_shut_out = false;
}

/* What has become of a connection that was begun: 0, or why not. */
static int outcome(struct sock_tcp *t)
{
	int err;

	switch (tcp_state_of(t->conn)) {
	case TCP_SYN_SENT:
	case TCP_SYN_RECEIVED:
		return -EALREADY;
	case TCP_CLOSED:
		err = tcp_take_error(t->conn);
		let_conn_go(t);
		be_fresh(t);
		return err ? -err : -ECONNABORTED;
	default:
		t->is_connecting = false;
		return 0;
	}
}

/* 0 or an error. */
static int remote_of(
	struct sock *k, const struct sockaddr *a, socklen_t len, struct sock_name *n)
{
	const struct sock_tcp *t = tcp_of(k);
	int err = sock_name_read(k, a, len, n);

	if (err < 0)
		return err;
	if (ipa_is_v4(&n->addr) && k->domain == AF_INET6 && k->opt->v6_only)
		return -ENETUNREACH;
	if (is_bound(t) && !ipa_is_any(&t->name->local) && ipa_is_v4(&t->name->local) &&
		!ipa_is_v4(&n->addr))
		return -EAFNOSUPPORT;
	if (ipa_is_any(&n->addr)) /* nobody is at no address: it means this host */
		n->addr = ipa_is_v4(&n->addr) ? IPA_V4(127, 0, 0, 1) :
						(struct ipa){ .o = { [15] = 1 } };
	if (!ipa_is_v4(&n->addr) && ipa_is_link_local(&n->addr) && !n->scope && !k->iface)
		return -EINVAL;
	if (n->scope && !k->iface)
		k->iface = iface_at(&k->stack->link, n->scope);
	return changed(k);
}

/* @first: to be sent with the SYN (RFC 7413), or NULL.  Octets of it, -EINPROGRESS if none. */
static ssize_t begin(
	struct sock *k, const struct sock_name *n, const struct sock_out *first, bool is_fast)
{
	struct sock_tcp *t = tcp_of(k);
	struct tcp_connect_conf conf = { .name = t->name,
		.opt = t->opt,
		.remote = n->addr,
		.port = n->port,
		.iface = k->iface,
		.owner = k,
		.is_fast = is_fast,
		.data = first ? first->iov : NULL,
		.n_data = first ? first->n_iov : 0 };
	ssize_t done = tcp_connect(k->stack->tcp, &conf, &t->conn);

	if (done < 0)
		return done;
	k->error = 0;
	t->is_connecting = true;
	return done ? done : -EINPROGRESS;
}

static void stop_listening(struct sock_tcp *t)
{
	if (sock_tcp_listener(t))
		tcp_listener_free(sock_tcp_listener(t));
	t->sock.is_listening = false;
}

/* connect() to AF_UNSPEC: broken off, or it listens no more. */
static int disconnect(struct sock *k)
{
	struct sock_tcp *t = tcp_of(k);

	stop_listening(t);
	k->error = 0;
	if (t->conn && tcp_state_of(t->conn) != TCP_CLOSED)
		k->error = ECONNRESET; /* Linux tells the one who did it, too */
	if (t->conn)
		tcp_abort(t->conn);
	be_fresh(t);
	return 0;
}

static int connect_tcp(struct sock *k, const struct sockaddr *a, socklen_t len)
{
	struct sock_tcp *t = tcp_of(k);
	struct sock_name n;
	sa_family_t family;
	int err;

	memcpy(&family, a, sizeof(family));
	if (family == AF_UNSPEC)
		return disconnect(k);
	if (t->is_given_up)
		return -EINVAL;
	if (sock_tcp_listener(t) || sock_tcp_is_later(t))
		return -EISCONN;
	if (t->conn)
		return t->is_connecting ? outcome(t) : -EISCONN;
	err = family_fits(k, a, len);
	if (err == 0)
		err = remote_of(k, a, len, &n);
	if (err < 0)
		return err;
	if (t->fast_connect && len <= sizeof(t->fast->later) &&
		tcp_may_fast_open(k->stack->tcp, &n.addr, t->opt) && sock_tcp_fast(t)) {
		memcpy(&t->fast->later, a, len);
		t->fast->later_len = len;
		return 0;
	}
	return (int)begin(k, &n, NULL, t->fast_connect);
}

/* connect() and send() in one: RFC 7413 4.2.1, MSG_FASTOPEN or TCP_FASTOPEN_CONNECT. */
static ssize_t send_first(struct sock *k, const struct sock_out *m)
{
	struct sock_tcp *t = tcp_of(k);
	bool is_later = sock_tcp_is_later(t);
	const struct sockaddr *a =
		is_later ? (const struct sockaddr *)(const void *)&t->fast->later : m->to;
	socklen_t len = is_later ? t->fast->later_len : m->to_len;
	sa_family_t family;
	struct sock_name n;
	int err;

	if (!a || len < sizeof(family))
		return -EINVAL;
	memcpy(&family, a, sizeof(family));
	if (!(k->stack->core.conf.tcp_fast_open & NOD_FAST_OPEN_CLIENT) || family == AF_UNSPEC)
		return -EOPNOTSUPP;
	err = remote_of(k, a, len, &n);
	if (err < 0)
		return err;
	if (is_later)
		t->fast->later_len = 0;
	return begin(k, &n, m, true);
}

static int listen_tcp(struct sock *k, int backlog)
{
	struct sock_tcp *t = tcp_of(k);
	unsigned n = backlog < 0 ? UINT32_MAX : (unsigned)backlog;
	struct tcp_listener *l;
	struct ipa local;
	int err;

	if (t->conn || t->is_given_up)
		return -EINVAL;
	if (sock_tcp_listener(t)) {
		tcp_listener_set_backlog(sock_tcp_listener(t), n);
		return 0;
	}
	err = need_name(t);
	if (err == 0 && !is_bound(t)) {
		local = t->name->local;
		err = tcp_bind(k->stack->tcp, t->name, &local, 0);
	}
	if (err < 0)
		return err;
	err = tcp_listen(k->stack->tcp, t->name, n, t->opt, k, &l);
	k->is_listening = err == 0;
	if (err == 0 && t->fast && t->fast->has_key)
		tcp_listener_set_key(l, t->fast->key);
	return err;
}

static int accept_tcp(struct sock *k, struct sock **out)
{
	struct tcp_listener *l = sock_tcp_listener(tcp_of(k));
	struct interns *all = &k->stack->core.interns;
	struct sock_tcp *t;
	struct tcp_conn *c;
	struct tcp_opt o;
	struct sock *new;
	int err;

	if (!l)
		return -EINVAL;
	if (!tcp_listener_has(l))
		return -EAGAIN;
	err = sock_new(k->stack, &sock_tcp_ops, k->domain, SOCK_STREAM, IPPROTO_TCP, &new);
	if (err < 0)
		return err; /* it goes on waiting */
	c = tcp_accept(l);
	t = tcp_of(new);
	intern_drop(all, new->opt);
	new->opt = intern_ref(k->opt);
	new->iface = k->iface;
	intern_drop(all, t->opt);
	t->opt = intern_ref(tcp_opt(c));
	t->conn = c;
	o = *t->opt;
	if (o.defer_s || o.fast_open) { /* these two are the listener's */
		o.defer_s = 0;
		o.fast_open = 0;
		sock_tcp_set_opt(t, &o); /* without memory they stay, which does no harm */
	}
	tcp_own(c, new);
	sock_wake(new);
	*out = new;
	return 0;
}

/* Which directions are over; a socket that is not connected remembers it, too. */
static void note_shut(struct sock *k, int how)
{
	k->is_shut_in = k->is_shut_in || how != SHUT_WR;
	k->is_shut_out = k->is_shut_out || how != SHUT_RD;
	sock_wake(k);
}

static int shutdown_tcp(struct sock *k, int how)
{
	struct sock_tcp *t = tcp_of(k);

	if (sock_tcp_listener(t)) {
		if (how != SHUT_WR)
			stop_listening(t); /* as Linux */
		return 0;
	}
	if (t->conn && tcp_state_of(t->conn) == TCP_SYN_SENT)
		return disconnect(k);
	if (!t->conn || tcp_state_of(t->conn) == TCP_CLOSED) {
		t->is_given_up = t->is_given_up || t->is_connecting;
		note_shut(k, how);
		return -ENOTCONN;
	}
	if (how != SHUT_WR)
		tcp_shut_in(t->conn);
	if (how != SHUT_RD)
		tcp_shutdown(t->conn);
	t->is_connecting = false;
	note_shut(k, how);
	return 0;
}

/* ---- octets -------------------------------------------------------------------------- */

static ssize_t send_tcp(struct sock *k, const struct sock_out *m)
{
	struct sock_tcp *t = tcp_of(k);
	unsigned flags = (m->flags & MSG_MORE ? TCP_WRITE_MORE : 0u) |
		(m->flags & MSG_OOB ? TCP_WRITE_URGENT : 0u) |
		(m->flags & MSG_EOR ? TCP_WRITE_END : 0u);
	ssize_t n;

	if (m->ready) {
		struct iovec iov[7];
		int pieces =
			nod_packet_iov((const struct nod_packet *)(const void *)m->ready, iov);

		n = t->conn ? tcp_write(t->conn, iov, (size_t)pieces, flags) : -EPIPE;
		pkt_free(m->ready);
		return n;
	}
	if (!t->conn && !sock_tcp_listener(t) &&
		(sock_tcp_is_later(t) || m->flags & MSG_FASTOPEN))
		return send_first(k, m);
	if (!t->conn && k->error && !k->is_shut_out)
		return sock_take_error(k);
	if (!t->conn)
		return -EPIPE;	       /* as Linux */
	if (m->flags & MSG_FASTOPEN) { /* which connects, if need be; Linux passes over m->to */
		int err = t->is_connecting ? outcome(t) : -EISCONN;

		if (err < 0)
			return err;
	}
	return tcp_write(t->conn, m->iov, m->n_iov, flags);
}

static ssize_t recv_tcp(struct sock *k, struct sock_in *m)
{
	struct sock_tcp *t = tcp_of(k);
	unsigned flags = (m->flags & MSG_PEEK ? TCP_READ_PEEK : 0u) |
		(m->flags & MSG_TRUNC ? TCP_READ_DISCARD : 0u);
	ssize_t n;

	if (m->flags & MSG_ERRQUEUE)
		return sock_recv_error(k, m);
	if (m->flags & MSG_OOB)
		return -EINVAL; /* urgent octets lie in the stream: RFC 6093 3.1 */
	if (!t->conn && k->error)
		return sock_take_error(k);
	if (!t->conn && !sock_tcp_is_later(t))
		return k->is_shut_in && !sock_tcp_listener(t) ? 0 : -ENOTCONN;
	if (!t->conn)
		return -EAGAIN;
	m->out_from_len = 0;
	n = tcp_read(t->conn, m->iov, m->n_iov, flags);
	if (n >= 0 && t->tells_rest) {
		int rest = (int)tcp_readable(t->conn);

		if (!rest && tcp_has_ended(t->conn))
			rest = 1; /* Linux: there is the end to be read */
		sock_control_add(m, IPPROTO_TCP, TCP_CM_INQ, &rest, sizeof(rest));
	}
	return n;
}

/* As many as are asked for (SO_RCVLOWAT), or as many as there can be. */
static bool has_enough(const struct sock_tcp *t)
{
	uint32_t n = tcp_readable(t->conn);

	return n && (n >= (uint32_t)t->sock.opt->receive_low || tcp_is_window_shut(t->conn));
}

static unsigned ready_tcp(const struct sock *k)
{
	const struct sock_tcp *t = tcp_of_const(k);
	unsigned bits = 0;

	if (sock_tcp_listener(t))
		return tcp_listener_has(sock_tcp_listener(t)) ? NOD_READABLE : 0;
	if (!t->conn && sock_tcp_is_later(t))
		return NOD_WRITABLE;
	if (!t->conn)
		return NOD_WRITABLE | NOD_BROKEN | (k->is_shut_in ? NOD_READABLE : 0u);
	if (has_enough(t) || tcp_has_ended(t->conn))
		bits |= NOD_READABLE;
	if (tcp_urgent(t->conn)) /* MUST-32 */
		bits |= NOD_URGENT;
	if (tcp_is_writable(t->conn))
		bits |= NOD_WRITABLE;
	if (tcp_error(t->conn) || tcp_state_of(t->conn) == TCP_CLOSED ||
		(tcp_has_ended(t->conn) && tcp_is_shut_out(t->conn)))
		bits |= NOD_BROKEN;
	return bits;
}

static int error_tcp(struct sock *k)
{
	struct sock_tcp *t = tcp_of(k);

	return t->conn ? -tcp_take_error(t->conn) : sock_take_error(k);
}

const struct sock_ops sock_tcp_ops = {
	.size = sizeof(struct sock_tcp),
	.open = open_tcp,
	.close = close_tcp,
	.bind = bind_tcp,
	.connect = connect_tcp,
	.listen = listen_tcp,
	.accept = accept_tcp,
	.shutdown = shutdown_tcp,
	.send = send_tcp,
	.recv = recv_tcp,
	.name = name_tcp,
	.from = from_tcp,
	.ready = ready_tcp,
	.error = error_tcp,
	.set = sock_tcp_set,
	.get = sock_tcp_get,
	.changed = changed,
};
