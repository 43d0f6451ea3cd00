/* SPDX-License-Identifier: ISC */
/*
 * socket_error.c - errors that come back: told by the next call, or kept with all that is known
 *
 * RFC 1122 4.1.3.3 (UDP-4): errors reach the program.  As in Linux a connected socket hears of
 * those that will not pass away, by errno; with IP_RECVERR or IPV6_RECVERR any socket hears of
 * all, by recvmsg() with MSG_ERRQUEUE: what was sent, where to, and struct sock_extended_err.
 *
 * Neighbours: socket_internal.h; network/icmp.h, which judged them.
 */
#include <errno.h>
#include <linux/types.h>
#include <netinet/in.h>
#include <string.h>
#include <time.h>

#include <linux/errqueue.h>

#include "socket_internal.h"

enum { ERRORS_MOST = 64 /* kept; the newest loses */ };

_Static_assert(sizeof(struct sock_error) <= PKT_HEADROOM, "PKT_HEADROOM");

void sock_queue_error(struct sock *k, const struct sock_error *e, struct span payload)
{
	uint32_t len = payload.len < PKT_LINEAR_MAX ? (uint32_t)payload.len : PKT_LINEAR_MAX;
	struct pkt *p;

	if (sock_dgram(k)->errors.count >= ERRORS_MOST)
		return;
	p = pkt_new(k->stack->core.pool, len);
	if (!p)
		return;
	memcpy(p->room, e, sizeof(*e));
	if (len)
		memcpy(pkt_put(p, len), payload.p, len);
	pkt_queue_put(&sock_dgram(k)->errors, p);
	sock_wake(k);
}

void sock_icmp_error(struct sock *k, const struct ip_error *why, uint16_t port,
	struct span payload, bool is_connected)
{
	bool is_kept = why->is_v4 ? k->opt->recv_err : k->opt->recv_err6;

	if (is_kept)
		sock_queue_error(k,
			&(struct sock_error){ .to = why->dst,
				.offender = why->offender,
				.port = port,
				.origin = why->is_v4 ? SO_EE_ORIGIN_ICMP : SO_EE_ORIGIN_ICMP6,
				.type = why->type,
				.code = why->code,
				.is_v4 = why->is_v4,
				.error = why->error,
				.info = why->error == EMSGSIZE ? why->info : 0 },
			payload);
	else if (!is_connected || !why->is_hard ||
		(why->error == EMSGSIZE &&
			(why->is_v4 ? k->opt->pmtu : k->opt->pmtu6) == IP_PMTUDISC_DONT))
		return;
	k->error = why->error;
	sock_wake(k);
}

static bool is_icmp(const struct pkt *p)
{
	struct sock_error e;

	memcpy(&e, p->room, sizeof(e));
	return e.origin != SO_EE_ORIGIN_LOCAL;
}

/* The message beside the payload: what happened, and who said so. */
static void write_detail(const struct sock *k, struct sock_in *m, const struct sock_error *e)
{
	struct {
		struct sock_extended_err err;
		struct sockaddr_storage offender;
	} all;
	struct sock as = { .domain = e->is_v4 ? AF_INET : AF_INET6 };
	socklen_t len = e->is_v4 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);

	memset(&all, 0, sizeof(all));
	all.err.ee_errno = (uint32_t)e->error;
	all.err.ee_origin = e->origin;
	all.err.ee_type = e->type;
	all.err.ee_code = e->code;
	all.err.ee_info = e->info;
	if (e->origin != SO_EE_ORIGIN_LOCAL)
		sock_name_write(&as, &e->offender, 0, 0, &all.offender);
	(void)k;
	sock_control_add(m, e->is_v4 ? IPPROTO_IP : IPPROTO_IPV6,
		e->is_v4 ? IP_RECVERR : IPV6_RECVERR, &all, sizeof(all.err) + len);
}

ssize_t sock_recv_error(struct sock *k, struct sock_in *m)
{
	struct sock_dgram *d = sock_is_stream(k) ? NULL : sock_dgram(k);
	struct pkt *p = d ? d->errors.first : NULL; /* a stream keeps none */
	struct sockaddr_storage name;
	struct sock_error e;
	uint32_t done = 0;
	bool was_icmp;

	if (!p)
		return -EAGAIN;
	memcpy(&e, p->room, sizeof(e));
	for (size_t i = 0; i < m->n_iov && done < p->len; i++)
		done += pkt_copy_out(p, done, m->iov[i].iov_base, (uint32_t)m->iov[i].iov_len);
	m->out_flags |= MSG_ERRQUEUE | (done < p->len ? MSG_TRUNC : 0);
	if (m->from) {
		m->out_from_len = sock_name_write(k, &e.to, e.port, 0, &name);
		memcpy(m->from, &name,
			m->out_from_len < m->from_cap ? m->out_from_len : m->from_cap);
	}
	write_detail(k, m, &e);
	was_icmp = is_icmp(p);
	pkt_free(pkt_queue_take(&d->errors));
	/* what the next call would say follows the queue */
	p = d->errors.first;
	if (p && is_icmp(p)) {
		memcpy(&e, p->room, sizeof(e));
		k->error = e.error;
	} else if (was_icmp) {
		k->error = 0;
	}
	if (p)
		sock_wake(k);
	return (ssize_t)done;
}
