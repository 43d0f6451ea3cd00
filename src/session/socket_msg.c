/* SPDX-License-Identifier: ISC */
/*
 * socket_msg.c - datagrams in and out of sockets, with what is said beside them
 *
 * POSIX's and Linux's recvmsg(2), sendmsg(2), cmsg(3); RFC 3542 6 (packet information).
 *
 * Neighbours: socket.h, socket_udp.c, socket_raw.c.
 */
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>

#include "socket.h"

enum { LINEAR_MOST = 2048, DATAGRAM_MOST = 65535 };

/* ---- out ----------------------------------------------------------------------------- */

static ssize_t total_of(const struct iovec *iov, size_t n)
{
	size_t len = 0;

	for (size_t k = 0; k < n; k++) {
		if (iov[k].iov_len > SSIZE_MAX - len)
			return -EINVAL;
		len += iov[k].iov_len;
	}
	return (ssize_t)len;
}

/* What the control messages ask for.  0 or -EINVAL. */
static int read_control(
	struct socket *k, const struct msghdr *m, struct ip_out *how, uint16_t *gso)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c;
		c = CMSG_NXTHDR((struct msghdr *)(uintptr_t)m, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO &&
			c->cmsg_len >= CMSG_LEN(sizeof(struct in_pktinfo))) {
			struct in_pktinfo info;
			uint8_t o[4];

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			memcpy(o, &info.ipi_spec_dst, 4);
			how->src = ipa_from_v4(o);
			how->iface = iface_at(&k->stack->link, (unsigned)info.ipi_ifindex);
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO &&
			c->cmsg_len >= CMSG_LEN(sizeof(struct in6_pktinfo))) {
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			memcpy(how->src.o, &info.ipi6_addr, 16);
			how->iface = iface_at(&k->stack->link, info.ipi6_ifindex);
		} else if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TTL) ||
			(c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT)) {
			int v;

			if (c->cmsg_len < CMSG_LEN(sizeof(v)))
				return -EINVAL;
			memcpy(&v, CMSG_DATA(c), sizeof(v));
			if (v < 0 || v > 255)
				return -EINVAL;
			how->ttl = (uint8_t)v;
		} else if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_SEGMENT) {
			if (c->cmsg_len < CMSG_LEN(sizeof(*gso)))
				return -EINVAL;
			memcpy(gso, CMSG_DATA(c), sizeof(*gso));
		} else {
			return -EINVAL;
		}
	}
	if (!ipa_is_any(&how->src) && !ifaddr_is_ours(&k->stack->net, NULL, &how->src))
		return -EINVAL;
	return 0;
}

/* The one copy in: into the packet's room, or into blocks what is too long for it. */
static struct pkt *packet_of(struct socket *k, const struct iovec *iov, size_t n, size_t len)
{
	struct pkt *p = pkt_new(k->stack->core.pool,
		(uint32_t)(len < LINEAR_MOST ? len : 64 /* headers of raw packets */));

	for (size_t i = 0; p && i < n; i++)
		if (iov[i].iov_len &&
			pkt_append(p, iov[i].iov_base, (uint32_t)iov[i].iov_len) < 0) {
			pkt_free(p);
			return NULL;
		}
	return p;
}

static ssize_t send_iov(struct socket *k, const struct iovec *iov, size_t n, int flags,
	const struct sockaddr *a, socklen_t alen, const struct ip_out *how, uint16_t gso)
{
	struct socket_addr to;
	ssize_t len = total_of(iov, n);
	uint16_t gso_before = k->gso_size;
	struct pkt *p;
	int err;

	if (len < 0)
		return len;
	if (len > DATAGRAM_MOST)
		return -EMSGSIZE;
	if (flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (k->no_more_out)
		return -EPIPE;
	if (a && alen) {
		if (alen >= sizeof(a->sa_family) && a->sa_family == AF_UNSPEC &&
			k->domain == AF_INET && alen >= sizeof(struct sockaddr_in)) {
			struct sockaddr_in v4; /* udp(7): taken as AF_INET */

			memcpy(&v4, a, sizeof(v4));
			v4.sin_family = AF_INET;
			err = socket_addr_in(k, (const struct sockaddr *)&v4, sizeof(v4), &to);
		} else {
			err = socket_addr_in(k, a, alen, &to);
		}
		if (err < 0)
			return err;
	}
	err = socket_take_error(k);
	if (err)
		return -err;
	p = packet_of(k, iov, n, (size_t)len);
	if (!p)
		return -ENOBUFS;
	if (gso)
		k->gso_size = gso;
	err = k->ops->send(k, p, a && alen ? &to : NULL, how);
	k->gso_size = gso_before;
	return err < 0 ? err : len;
}

ssize_t nod_sendto(struct nod_stack *s, int fd, const void *buf, size_t len, int flags,
	const struct sockaddr *a, socklen_t alen)
{
	struct socket *k = socket_of(s, fd);
	const struct iovec iov = { (void *)(uintptr_t)buf, len };

	return k ? send_iov(k, &iov, 1, flags, a, alen, NULL, 0) : -EBADF;
}

ssize_t nod_send(struct nod_stack *s, int fd, const void *buf, size_t len, int flags)
{
	return nod_sendto(s, fd, buf, len, flags, NULL, 0);
}

ssize_t nod_sendmsg(struct nod_stack *s, int fd, const struct msghdr *m, int flags)
{
	struct socket *k = socket_of(s, fd);
	struct ip_out how = { 0 };
	uint16_t gso = 0;
	int err;

	if (!k)
		return -EBADF;
	how.src = k->domain == AF_INET ? IPA_ANY4 : IPA_ANY6;
	err = m->msg_controllen ? read_control(k, m, &how, &gso) : 0;
	if (err < 0)
		return err;
	return send_iov(k, m->msg_iov, m->msg_iovlen, flags, m->msg_name, m->msg_namelen,
		m->msg_controllen ? &how : NULL, gso);
}

int nod_sendmmsg(struct nod_stack *s, int fd, struct mmsghdr *m, unsigned n, int flags)
{
	unsigned done = 0;

	while (done < n) {
		ssize_t len = nod_sendmsg(s, fd, &m[done].msg_hdr, flags);

		if (len < 0)
			return done ? (int)done : (int)len;
		m[done++].msg_len = (unsigned)len;
	}
	return (int)done;
}

/* ---- in ------------------------------------------------------------------------------ */

static void put_control(
	struct msghdr *m, size_t *used, int level, int type, const void *data, size_t len)
{
	struct cmsghdr c = {
		.cmsg_len = CMSG_LEN(len), .cmsg_level = level, .cmsg_type = type
	};
	char *at = (char *)m->msg_control + *used;

	if (m->msg_controllen < *used || m->msg_controllen - *used < CMSG_SPACE(len)) {
		m->msg_flags |= MSG_CTRUNC;
		return;
	}
	memset(at, 0, CMSG_SPACE(len));
	memcpy(at, &c, sizeof(c));
	memcpy(at + CMSG_LEN(0), data, len);
	*used += CMSG_SPACE(len);
}

static size_t write_control(const struct socket *k, struct msghdr *m,
	const struct socket_meta *meta, const struct pkt *p)
{
	size_t used = 0;
	bool is_v4 = ipa_is_v4(&meta->dst);
	int ttl = meta->ttl, tos = meta->tos, gro = p->gso_size;

	if (k->wants_pktinfo && is_v4 && k->domain == AF_INET) {
		struct in_pktinfo info = { .ipi_ifindex = (int)meta->interface };

		memcpy(&info.ipi_addr, meta->dst.o + 12, 4);
		memcpy(&info.ipi_spec_dst, meta->dst.o + 12, 4);
		put_control(m, &used, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
	} else if (k->wants_pktinfo) {
		struct in6_pktinfo info = { .ipi6_ifindex = meta->interface };

		memcpy(&info.ipi6_addr, meta->dst.o, 16);
		put_control(m, &used, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
	}
	if (k->wants_ttl)
		put_control(m, &used, k->domain == AF_INET ? IPPROTO_IP : IPPROTO_IPV6,
			k->domain == AF_INET ? IP_TTL : IPV6_HOPLIMIT, &ttl, sizeof(ttl));
	if (k->wants_tos)
		put_control(m, &used, k->domain == AF_INET ? IPPROTO_IP : IPPROTO_IPV6,
			k->domain == AF_INET ? IP_TOS : IPV6_TCLASS, &tos, sizeof(tos));
	if (k->wants_gro && p->gso_size && p->len > p->gso_size)
		put_control(m, &used, IPPROTO_UDP, UDP_GRO, &gro, sizeof(gro));
	return used;
}

/* The next datagram, still in the queue; or why there is none. */
static int next_in(struct socket *k, struct pkt **out)
{
	int err;

	if (!k->in.first) {
		err = socket_take_error(k);
		if (err)
			return -err;
		return k->no_more_in ? 0 : -EAGAIN;
	}
	err = socket_take_error(k); /* an error is told before what was received: Linux */
	if (err)
		return -err;
	*out = k->in.first;
	return 1;
}

static void drop_first(struct socket *k)
{
	struct pkt *p = pkt_queue_take(&k->in);

	k->in_memory -= socket_memory(p);
	if (!k->in.first && !k->no_more_in)
		socket_set_ready(k, 0, NOD_READABLE);
}

static struct socket_addr from_of(const struct socket *k, const struct socket_meta *m)
{
	(void)k;
	return (struct socket_addr){
		.addr = m->src, .port = m->src_port, .zone = m->interface
	};
}

ssize_t nod_recvmsg(struct nod_stack *s, int fd, struct msghdr *m, int flags)
{
	struct socket *k = socket_of(s, fd);
	struct socket_meta meta;
	struct socket_addr from;
	struct pkt *p = NULL;
	uint32_t at = 0;
	ssize_t len;
	int got;

	if (!k)
		return -EBADF;
	if (flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (flags & MSG_ERRQUEUE)
		return -EAGAIN;
	got = next_in(k, &p);
	m->msg_flags = 0;
	if (got <= 0 || !p) {
		if (got == 0)
			m->msg_namelen = 0;
		return got;
	}
	memcpy(&meta, p->room, sizeof(meta));
	for (size_t i = 0; i < m->msg_iovlen && at < p->len; i++)
		at += pkt_copy_out(
			p, at, m->msg_iov[i].iov_base, (uint32_t)m->msg_iov[i].iov_len);
	if (at < p->len)
		m->msg_flags |= MSG_TRUNC;
	len = flags & MSG_TRUNC ? (ssize_t)p->len : (ssize_t)at;
	from = from_of(k, &meta);
	if (m->msg_name)
		socket_addr_out(k, &from, m->msg_name, &m->msg_namelen);
	m->msg_controllen = m->msg_control ? write_control(k, m, &meta, p) : 0;
	if (!(flags & MSG_PEEK)) {
		drop_first(k);
		pkt_free(p);
	}
	return len;
}

ssize_t nod_recvfrom(struct nod_stack *s, int fd, void *buf, size_t len, int flags,
	struct sockaddr *a, socklen_t *alen)
{
	struct iovec iov = { buf, len };
	struct msghdr m = {
		.msg_name = a,
		.msg_namelen = a && alen ? *alen : 0,
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};
	ssize_t n = nod_recvmsg(s, fd, &m, flags);

	if (n >= 0 && a && alen)
		*alen = m.msg_namelen;
	return n;
}

ssize_t nod_recv(struct nod_stack *s, int fd, void *buf, size_t len, int flags)
{
	return nod_recvfrom(s, fd, buf, len, flags, NULL, NULL);
}

int nod_recvmmsg(struct nod_stack *s, int fd, struct mmsghdr *m, unsigned n, int flags)
{
	unsigned done = 0;

	while (done < n) {
		ssize_t len = nod_recvmsg(s, fd, &m[done].msg_hdr, flags);

		if (len < 0)
			return done ? (int)done : (int)len;
		m[done++].msg_len = (unsigned)len;
	}
	return (int)done;
}

/* ---- without a copy ------------------------------------------------------------------ */

ssize_t nod_recv_borrow(struct nod_stack *s, int fd, struct nod_packet **out,
	struct iovec iov[7], int *n_iov, struct sockaddr *a, socklen_t *alen)
{
	struct socket *k = socket_of(s, fd);
	struct socket_meta meta;
	struct socket_addr from;
	struct pkt *p = NULL;
	int got = k ? next_in(k, &p) : -EBADF;

	if (got <= 0 || !p)
		return got;
	drop_first(k);
	memcpy(&meta, p->room, sizeof(meta));
	from = from_of(k, &meta);
	socket_addr_out(k, &from, a, alen);
	*out = (struct nod_packet *)p;
	*n_iov = nod_packet_iov(*out, iov);
	return (ssize_t)p->len;
}

void *nod_send_room(struct nod_stack *s, int fd, size_t len, struct nod_packet **out)
{
	struct socket *k = socket_of(s, fd);
	struct pkt *p = k && len <= 65507 ? pkt_new(s->core.pool, (uint32_t)len) : NULL;

	*out = (struct nod_packet *)p;
	return p ? pkt_put(p, (uint32_t)len) : NULL;
}

ssize_t nod_send_room_done(struct nod_stack *s, int fd, struct nod_packet *packet, size_t len,
	const struct sockaddr *a, socklen_t alen)
{
	struct socket *k = socket_of(s, fd);
	struct pkt *p = (struct pkt *)packet;
	struct socket_addr to;
	int err = k ? 0 : -EBADF;

	if (err == 0 && len > p->len)
		err = -EINVAL;
	if (err == 0 && k->no_more_out)
		err = -EPIPE;
	if (err == 0 && a && alen)
		err = socket_addr_in(k, a, alen, &to);
	if (err == 0)
		err = -socket_take_error(k);
	if (err < 0) {
		pkt_free(p);
		return err;
	}
	pkt_trim(p, (uint32_t)len);
	err = k->ops->send(k, p, a && alen ? &to : NULL, NULL);
	return err < 0 ? err : (ssize_t)len;
}
