/* SPDX-License-Identifier: ISC */
/*
 * socket_queue.c - what arrived for a socket and was not yet received; what it sends, gathered
 *
 * The queue is limited by the memory of its packets, not by their octets, so that many small
 * ones cannot hold more than SO_RCVBUF says; the newest loses.  A super-segment lies in the
 * queue whole, and a receive takes one datagram off it, or all with UDP_GRO.
 *
 * Where a packet came from is read from the headers, which stand in front of its data: nothing is
 * kept beside it but the interface (pkt.mark) and when it came (pkt.at).
 *
 * Neighbours: socket_internal.h, base/pkt.h.
 */
#include <errno.h>
#include <string.h>

#include "../base/checksum.h"
#include "socket_internal.h"

enum { LINEAR_MOST = 2048 /* octets that go into the packet's own room; more into a block */ };

/* What it occupies; the same when it comes and when it goes. */
static uint32_t memory_of(const struct pkt *p)
{
	uint32_t n = (uint32_t)sizeof(*p) + p->cap;

	for (unsigned i = 0; i < p->n_slices; i++)
		n += p->slice[i].len;
	return n;
}

bool sock_queue(struct sock *k, struct pkt *p, const struct iface *i)
{
	struct sock_dgram *d = sock_dgram(k);

	if (d->in_memory > k->opt->receive_octets) {
		d->dropped++;
		return false;
	}
	d->in_memory += memory_of(p);
	p->mark = i->index;
	p->at = k->stack->core.now;
	pkt_queue_put(&d->in, p);
	sock_wake(k);
	return true;
}

static struct pkt *take(struct sock_dgram *d)
{
	struct pkt *p = pkt_queue_take(&d->in);

	d->in_memory -= memory_of(p);
	return p;
}

uint32_t sock_next_len(const struct sock *k, const struct pkt *p)
{
	return p->gso_size && p->gso_size < p->len && !k->opt->gro ? p->gso_size : p->len;
}

void sock_taken(struct sock *k, uint32_t len)
{
	struct sock_dgram *d = sock_dgram(k);
	struct pkt *p = d->in.first;

	if (len == p->len) {
		pkt_free(take(d));
		return;
	}
	d->in_memory -= memory_of(p);
	pkt_cut_front(p, len);
	d->in_memory += memory_of(p);
	d->in.octets -= len;
}

int sock_take_error(struct sock *k)
{
	int err = k->error;

	k->error = 0;
	return -err;
}

unsigned sock_ready(const struct sock *k)
{
	const struct sock_dgram *d = sock_dgram_const(k);

	return (d->in.count || k->is_shut_in ? NOD_READABLE : 0u) | NOD_WRITABLE |
		(k->error || d->errors.count ? NOD_BROKEN : 0u);
}

int sock_shutdown(struct sock *k, int how, bool is_connected)
{
	/* Linux marks it even where it answers that nobody is connected */
	if (how != SHUT_WR)
		k->is_shut_in = true;
	if (how != SHUT_RD)
		k->is_shut_out = true;
	sock_wake(k);
	return is_connected ? 0 : -ENOTCONN;
}

/* ---- receiving ---------------------------------------------------------------------- */

/* Whether there is one: 1, 0 (the end), or why not. */
static int check_in(struct sock *k, int flags)
{
	if (flags & MSG_OOB && k->type == SOCK_RAW)
		return -EOPNOTSUPP;
	if (k->error)
		return sock_take_error(k);
	if (sock_dgram(k)->in.first)
		return 1;
	return k->is_shut_in ? 0 : -EAGAIN;
}

/* Copy up to @len octets into the pieces; how many there was room for. */
static uint32_t scatter(const struct sock_in *m, const struct pkt *p, uint32_t len)
{
	uint32_t done = 0;

	for (size_t i = 0; i < m->n_iov && done < len; i++) {
		size_t room = m->iov[i].iov_len;
		uint32_t part = room < len - done ? (uint32_t)room : len - done;

		if (!part)
			continue;
		if (done + part <= p->lin)
			memcpy(m->iov[i].iov_base, p->data + done, part);
		else
			pkt_copy_out(p, done, m->iov[i].iov_base, part);
		done += part;
	}
	return done;
}

static void tell_from(struct sock *k, struct sock_in *m, const struct pkt *p)
{
	struct sockaddr_storage name;
	socklen_t len = k->ops->from(k, p, &name);

	memcpy(m->from, &name, len < m->from_cap ? len : m->from_cap);
	m->out_from_len = len;
}

ssize_t sock_recv(struct sock *k, struct sock_in *m)
{
	const struct pkt *p;
	uint32_t len, done;
	int err;

	if (m->flags & MSG_ERRQUEUE)
		return sock_recv_error(k, m);
	err = check_in(k, m->flags);
	if (err <= 0)
		return err;
	p = sock_dgram(k)->in.first;
	len = sock_next_len(k, p);
	done = scatter(m, p, len);
	if (done < len)
		m->out_flags |= MSG_TRUNC;
	if (m->from)
		tell_from(k, m, p);
	if (m->control_cap)
		sock_control_write(k, m, p);
	if (!(m->flags & MSG_PEEK))
		sock_taken(k, len);
	return m->flags & MSG_TRUNC ? (ssize_t)len : (ssize_t)done;
}

/* The first @len octets of @p as a packet of their own: headers copied, slices shared. */
static struct pkt *split_front(struct sock *k, const struct pkt *p, uint32_t len)
{
	struct pkt *one = pkt_clone(p, k->stack->core.pool);

	if (one) {
		pkt_trim(one, len);
		one->gso = PKT_GSO_NONE;
		one->gso_size = 0;
	}
	return one;
}

ssize_t sock_borrow(struct sock *k, struct pkt **out)
{
	struct sock_dgram *d = sock_dgram(k);
	uint32_t len;
	int err = check_in(k, 0);

	if (err <= 0)
		return err ? err : -EAGAIN;
	len = sock_next_len(k, d->in.first);
	if (len == d->in.first->len) {
		*out = take(d);
		return len;
	}
	*out = split_front(k, d->in.first, len);
	if (!*out)
		return -ENOBUFS;
	sock_taken(k, len);
	return len;
}

/* ---- sending ------------------------------------------------------------------------ */

static inline void gather(uint8_t *to, const struct sock_out *m, uint64_t *sum)
{
	uint8_t *at = to;

	if (__builtin_expect(m->n_iov == 1 && m->len, 1)) {
		if (sum)
			*sum = checksum_copy(0, to, m->iov[0].iov_base, m->len);
		else
			memcpy(to, m->iov[0].iov_base, m->len);
		return;
	}
	for (size_t i = 0; i < m->n_iov; i++) {
		if (m->iov[i].iov_len)
			memcpy(at, m->iov[i].iov_base, m->iov[i].iov_len);
		at += m->iov[i].iov_len;
	}
	if (sum)
		*sum = checksum_add(0, to, m->len);
}

struct pkt *sock_gather(struct sock *k, const struct sock_out *m, uint64_t *sum)
{
	struct pkt_pool *pool = k->stack->core.pool;
	uint32_t len = (uint32_t)m->len;
	struct block *b;
	struct pkt *p;

	if (m->ready) {
		if (sum)
			*sum = pkt_checksum(m->ready, 0, m->ready->len);
		return m->ready;
	}
	if (len <= LINEAR_MOST) {
		p = pkt_new(pool, len);
		if (p)
			gather(pkt_put(p, len), m, sum);
		return p;
	}
	b = block_new(pool, len);
	p = b ? pkt_new(pool, 0) : NULL;
	if (!p) {
		if (b)
			block_unref(b);
		return NULL;
	}
	gather(b->data, m, sum);
	pkt_add_slice(p, b, 0, len);
	return p;
}
