/* SPDX-License-Identifier: ISC */
/*
 * socket.c - descriptors, readiness, and what all kinds of sockets have in common
 *
 * Neighbours: socket.h, nod/socket.h (the contract), socket_udp.c, socket_raw.c (the kinds),
 * socket_msg.c (messages), socket_options.c.
 */
#include "nod/order.h"
#include "socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* ---- descriptors --------------------------------------------------------------------- */

int sockets_init(struct nod_stack *s)
{
	s->sockets = calloc(1, sizeof(*s->sockets));
	if (!s->sockets)
		return -ENOMEM;
	socket_raw_init(s);
	return 0;
}

void sockets_end(struct nod_stack *s)
{
	struct sockets *t = s->sockets;

	if (!t)
		return;
	for (uint32_t k = 0; k < t->n_slots; k++)
		if (t->table[k])
			nod_close(s, (int)k);
	free(t->table);
	free(t->free_slots);
	free(t);
	s->sockets = NULL;
}

uint32_t sockets_count(const struct nod_stack *s)
{
	return s->sockets->n_open;
}

struct socket *socket_of(const struct nod_stack *s, int fd)
{
	return fd >= 0 && (uint32_t)fd < s->sockets->n_slots ? s->sockets->table[fd] : NULL;
}

/* Twice the slots; the new ones are free, the lowest to be taken first.  0 or -ENOMEM. */
static int grow(struct sockets *t)
{
	uint32_t n = t->n_slots ? 2 * t->n_slots : 16;
	struct socket **table = realloc(t->table, n * sizeof(table[0]));
	int *free_slots;

	if (!table)
		return -ENOMEM;
	t->table = table;
	free_slots = realloc(t->free_slots, n * sizeof(free_slots[0]));
	if (!free_slots)
		return -ENOMEM;
	t->free_slots = free_slots;
	for (uint32_t k = n; k-- > t->n_slots;) {
		t->table[k] = NULL;
		t->free_slots[t->n_free++] = (int)k;
	}
	t->n_slots = n;
	return 0;
}

int nod_socket(struct nod_stack *s, int domain, int type, int protocol)
{
	struct sockets *t = s->sockets;
	struct socket *k;
	int err;

	type &= ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (domain != AF_INET && domain != AF_INET6)
		return -EAFNOSUPPORT;
	if (domain == AF_INET6 && s->core.conf.no_ipv6)
		return -EAFNOSUPPORT;
	if (type < 0 || type > SOCK_PACKET)
		return -EINVAL;
	if (type != SOCK_DGRAM && type != SOCK_RAW)
		return -ESOCKTNOSUPPORT;
	if (type == SOCK_DGRAM && protocol != 0 && protocol != IPPROTO_UDP)
		return -EPROTONOSUPPORT;
	if (type == SOCK_RAW && !s->core.conf.may_use_raw)
		return -EPERM;
	if (t->n_open >= s->core.conf.sockets)
		return -EMFILE;
	if (!t->n_free && grow(t) < 0)
		return -ENOBUFS;
	k = calloc(1, sizeof(*k));
	if (!k)
		return -ENOBUFS;
	k->stack = s;
	k->domain = (sa_family_t)domain;
	k->type = type;
	k->protocol = protocol;
	k->in_limit = s->core.conf.receive_octets;
	k->send_limit = s->core.conf.send_octets;
	k->multicast_ttl = 1;
	k->multicast_loop = true;
	k->checksum_at = -1;
	k->end.multicast_all = true;
	k->end.local = k->end.remote = domain == AF_INET ? IPA_ANY4 : IPA_ANY6;
	k->end.flags = domain == AF_INET6 ? UDP_END_IS_V6 : 0;
	pkt_queue_init(&k->in);
	err = type == SOCK_DGRAM ? socket_udp_new(k) : socket_raw_new(k);
	if (err < 0) {
		free(k);
		return err;
	}
	k->fd = t->free_slots[--t->n_free];
	t->table[k->fd] = k;
	t->n_open++;
	k->ready = NOD_WRITABLE;
	NOTE(&s->core, NOD_EV_SOCKET_NEW, .id = (uint32_t)k->fd);
	return k->fd;
}

static void unlist(struct sockets *t, struct socket *k)
{
	struct socket **at = &t->listed_first, *before = NULL;

	if (!k->is_listed)
		return;
	while (*at != k) {
		before = *at;
		at = &before->next_listed;
	}
	*at = k->next_listed;
	if (t->listed_last == k)
		t->listed_last = before;
	k->is_listed = false;
}

int nod_close(struct nod_stack *s, int fd)
{
	struct sockets *t = s->sockets;
	struct socket *k = socket_of(s, fd);

	if (!k)
		return -EBADF;
	k->ops->close(k);
	unlist(t, k);
	pkt_queue_clear(&k->in);
	t->table[fd] = NULL;
	t->free_slots[t->n_free++] = fd;
	t->n_open--;
	NOTE(&s->core, NOD_EV_SOCKET_CLOSE, .id = (uint32_t)fd);
	free(k);
	return 0;
}

/* ---- readiness ----------------------------------------------------------------------- */

void socket_set_ready(struct socket *k, unsigned set, unsigned clear)
{
	struct sockets *t = k->stack->sockets;
	unsigned before = k->ready;

	k->ready = (k->ready & ~clear) | set;
	if (!(k->ready & ~before) || k->is_listed)
		return;
	k->is_listed = true;
	k->next_listed = NULL;
	if (t->listed_first)
		t->listed_last->next_listed = k;
	else
		t->listed_first = k;
	t->listed_last = k;
}

unsigned sockets_events(struct nod_stack *s, struct nod_socket_event *ev, unsigned max)
{
	struct sockets *t = s->sockets;
	unsigned n = 0;

	while (n < max && t->listed_first) {
		struct socket *k = t->listed_first;

		t->listed_first = k->next_listed;
		k->is_listed = false;
		if (k->ready)
			ev[n++] =
				(struct nod_socket_event){ .socket = k->fd, .bits = k->ready };
	}
	return n;
}

int nod_socket_ready(const struct nod_stack *s, int fd)
{
	const struct socket *k = socket_of(s, fd);

	return k ? (int)k->ready : -EBADF;
}

void socket_fail(struct socket *k, int error)
{
	k->error = error;
	socket_set_ready(k, NOD_BROKEN | NOD_READABLE, 0);
}

int socket_take_error(struct socket *k)
{
	int error = k->error;

	if (error) {
		k->error = 0;
		socket_set_ready(
			k, 0, NOD_BROKEN | (k->in.count || k->no_more_in ? 0 : NOD_READABLE));
	}
	return error;
}

uint32_t socket_memory(const struct pkt *p)
{
	uint32_t octets = (uint32_t)sizeof(*p) + p->cap;

	for (unsigned i = 0; i < p->n_slices; i++)
		octets += p->slice[i].block->cap;
	return octets;
}

bool socket_keep(struct socket *k, struct pkt *p, const struct socket_meta *m)
{
	uint32_t memory = socket_memory(p);

	if (k->no_more_in || k->in_memory + memory > k->in_limit ||
		pkt_headroom(p) < sizeof(*m))
		return false;
	memcpy(p->room, m, sizeof(*m));
	k->in_memory += memory;
	pkt_queue_put(&k->in, p);
	socket_set_ready(k, NOD_READABLE, 0);
	return true;
}

/* ---- addresses ----------------------------------------------------------------------- */

int socket_addr_in(const struct socket *k, const struct sockaddr *a, socklen_t len,
	struct socket_addr *out)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	uint8_t o[4];

	if (len < sizeof(a->sa_family))
		return -EINVAL;
	if (k->domain == AF_INET) {
		if (len < sizeof(v4))
			return -EINVAL;
		memcpy(&v4, a, sizeof(v4));
		if (v4.sin_family != AF_INET)
			return -EAFNOSUPPORT;
		memcpy(o, &v4.sin_addr, 4);
		*out = (struct socket_addr){ .addr = ipa_from_v4(o),
			.port = nod_ntohs(v4.sin_port) };
		return 0;
	}
	if (a->sa_family != AF_INET6)
		return -EAFNOSUPPORT;
	if (len < 24) /* SIN6_LEN_RFC2133: without the scope */
		return -EINVAL;
	memset(&v6, 0, sizeof(v6));
	memcpy(&v6, a, len < sizeof(v6) ? len : sizeof(v6));
	*out = (struct socket_addr){ .port = nod_ntohs(v6.sin6_port),
		.zone = v6.sin6_scope_id };
	memcpy(out->addr.o, &v6.sin6_addr, 16);
	return 0;
}

void socket_addr_out(const struct socket *k, const struct socket_addr *from, struct sockaddr *a,
	socklen_t *len)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = nod_htons(from->port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
		.sin6_port = nod_htons(from->port) };
	const void *out = k->domain == AF_INET ? (const void *)&v4 : (const void *)&v6;
	socklen_t n = k->domain == AF_INET ? sizeof(v4) : sizeof(v6);

	if (!a || !len)
		return;
	memcpy(&v4.sin_addr, from->addr.o + 12, 4);
	memcpy(&v6.sin6_addr, from->addr.o, 16);
	if (ipa_is_link_local(&from->addr) || ipa_is_multicast(&from->addr))
		v6.sin6_scope_id = from->zone;
	memcpy(a, out, *len < n ? *len : n);
	*len = n;
}

/* ---- calls that are alike for all kinds ---------------------------------------------- */

int nod_bind(struct nod_stack *s, int fd, const struct sockaddr *a, socklen_t len)
{
	struct socket *k = socket_of(s, fd);
	struct socket_addr at;
	int err;

	if (!k)
		return -EBADF;
	err = socket_addr_in(k, a, len, &at);
	if (err == -EAFNOSUPPORT && k->domain == AF_INET && a->sa_family == AF_UNSPEC) {
		struct sockaddr_in v4;

		/* Linux: an unspecified family with the any-address is taken as IPv4 */
		memcpy(&v4, a, sizeof(v4));
		if (v4.sin_addr.s_addr == 0) {
			at = (struct socket_addr){ .addr = IPA_ANY4,
				.port = nod_ntohs(v4.sin_port) };
			err = 0;
		}
	}
	if (err == 0)
		err = k->ops->bind(k, &at);
	if (err == 0)
		NOTE(&s->core, NOD_EV_SOCKET_BIND, .id = (uint32_t)fd,
			.src = ipa_to_addr(&k->end.local, at.zone),
			.src_port = k->end.local_port);
	return err;
}

int nod_connect(struct nod_stack *s, int fd, const struct sockaddr *a, socklen_t len)
{
	struct socket *k = socket_of(s, fd);
	struct socket_addr to;
	int err;

	if (!k)
		return -EBADF;
	if (len < sizeof(a->sa_family))
		return -EINVAL;
	if (a->sa_family == AF_UNSPEC)
		return k->ops->disconnect(k);
	err = socket_addr_in(k, a, len, &to);
	if (err == 0)
		err = k->ops->connect(k, &to);
	if (err == 0)
		NOTE(&s->core, NOD_EV_SOCKET_CONNECT, .id = (uint32_t)fd,
			.dst = ipa_to_addr(&to.addr, to.zone), .dst_port = to.port);
	return err;
}

int nod_listen(struct nod_stack *s, int fd, int backlog)
{
	(void)backlog;
	return socket_of(s, fd) ? -EOPNOTSUPP : -EBADF;
}

int nod_accept(struct nod_stack *s, int fd, struct sockaddr *a, socklen_t *len)
{
	(void)a;
	(void)len;
	return socket_of(s, fd) ? -EOPNOTSUPP : -EBADF;
}

int nod_shutdown(struct nod_stack *s, int fd, int how)
{
	struct socket *k = socket_of(s, fd);

	if (!k)
		return -EBADF;
	if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR)
		return -EINVAL;
	if (!k->end.is_connected) {
		/* Linux shuts an unconnected datagram socket and says so */
		return -ENOTCONN;
	}
	if (how != SHUT_WR) {
		k->no_more_in = true;
		socket_set_ready(k, NOD_READABLE, 0);
	}
	if (how != SHUT_RD)
		k->no_more_out = true;
	return 0;
}

int nod_getsockname(struct nod_stack *s, int fd, struct sockaddr *a, socklen_t *len)
{
	struct socket *k = socket_of(s, fd);
	struct socket_addr at;

	if (!k)
		return -EBADF;
	at = (struct socket_addr){ .addr = k->end.local,
		.port = k->end.local_port,
		.zone = k->end.iface ? k->end.iface->index : 0 };
	socket_addr_out(k, &at, a, len);
	return 0;
}

int nod_getpeername(struct nod_stack *s, int fd, struct sockaddr *a, socklen_t *len)
{
	struct socket *k = socket_of(s, fd);
	struct socket_addr at;

	if (!k)
		return -EBADF;
	if (!k->end.is_connected)
		return -ENOTCONN;
	at = (struct socket_addr){ .addr = k->end.remote,
		.port = k->end.remote_port,
		.zone = k->end.iface ? k->end.iface->index : 0 };
	socket_addr_out(k, &at, a, len);
	return 0;
}

struct ip_out socket_way(const struct socket *k, const struct socket_addr *to)
{
	bool is_multicast = ipa_is_multicast(&to->addr);
	unsigned index = to->zone ? to->zone : is_multicast ? k->multicast_if : 0;
	struct iface *i = k->end.iface;

	if (!i && index)
		i = iface_at(&k->stack->link, index);
	return (struct ip_out){
		.dst = to->addr,
		.src = ipa_is_v4(&to->addr) ? IPA_ANY4 : IPA_ANY6,
		.iface = i,
		.ttl = is_multicast ? k->multicast_ttl : k->ttl,
		.tos = k->tos,
		.pmtu = k->pmtu,
		.may_broadcast = k->may_broadcast,
		.is_loop = k->multicast_loop,
	};
}
