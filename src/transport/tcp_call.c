/* SPDX-License-Identifier: ISC */
/*
 * tcp_call.c - what a program asks of a connection
 *
 * RFC 9293 3.9.1 and 3.10.1 to 3.10.6: open, send, receive, close, abort, status.  SHLD-3: to
 * close with octets unread tells the peer that they were lost, by a RST.
 *
 * Neighbours: tcp.h (the contract); tcp_state.c, tcp_queue.c.
 */
#include <errno.h>

#include "../network/dest.h"
#include "tcp_internal.h"

/* ---- open ---------------------------------------------------------------------------- */

/* MUST-46: a peer is one host. */
static int check_remote(const struct tcp_connect_conf *conf)
{
	if (ipa_is_any(&conf->remote) || ipa_is_multicast(&conf->remote) ||
		(ipa_is_v4(&conf->remote) && ipa_v4(&conf->remote) == UINT32_MAX))
		return -ENETUNREACH;
	return conf->port ? 0 : -ECONNREFUSED;
}

/* Local address (MUST-43, MUST-44, MUST-45) and port. */
static int choose_local(struct tcp_conn *c, const struct tcp_connect_conf *conf)
{
	struct tcp *t = c->tcp;
	struct ip_out o = { .dst = conf->remote,
		.iface = conf->iface,
		.protocol = IP_PROTO_TCP,
		.cached = &c->way };
	struct ip_way way;
	int err;

	if (conf->name && !ipa_is_any(&conf->name->local))
		o.src = conf->name->local;
	err = ip_route(t->net, &o, &way);
	if (err < 0)
		return err;
	if (way.cast != IP_UNICAST)
		return -ENETUNREACH;
	c->flow.local = way.src;
	c->flow.remote = conf->remote;
	c->flow.remote_port = conf->port;
	c->flow.interface = (uint16_t)(ipa_is_link_local(&conf->remote) || conf->iface ?
			way.iface->index :
			0);
	c->path_mtu = (uint16_t)(way.mtu > UINT16_MAX ? UINT16_MAX : way.mtu);
	if (conf->name && conf->name->port) {
		c->flow.local_port = conf->name->port;
		return tcp_find(t, &c->flow.local, c->flow.local_port, &c->flow.remote,
			       c->flow.remote_port, way.iface->index) ?
			-EADDRNOTAVAIL :
			0;
	}
	c->flow.local_port = tcp_port_choose(
		t, &c->flow.local, &c->flow.remote, conf->port, way.iface->index);
	return c->flow.local_port ? 0 : -EADDRNOTAVAIL;
}

/* RFC 7413 4.1.3: of @conf->data what may go with the SYN; octets. */
static ssize_t put_first(struct tcp_conn *c, const struct tcp_connect_conf *conf)
{
	struct tcp_options o = { 0 };
	uint32_t most = tcp_fast_ask(c, &o);
	size_t len = 0;

	for (size_t i = 0; i < conf->n_data; i++)
		len += conf->data[i].iov_len;
	if (len > most)
		len = most;
	return len ? tcp_queue_put(c, conf->data, conf->n_data, len, CHUNK_PUSH) : 0;
}

ssize_t tcp_connect(struct tcp *t, const struct tcp_connect_conf *conf, struct tcp_conn **out)
{
	ssize_t done = 0;
	int err = check_remote(conf);
	struct tcp_conn *c = err < 0 ? NULL : tcp_conn_new(t, conf->opt);

	if (!c)
		return err < 0 ? err : -ENOBUFS;
	c->owner = conf->owner;
	c->is_active = true;
	err = choose_local(c, conf);
	if (err < 0) {
		tcp_conn_free(c);
		return err;
	}
	c->peer_mss = ipa_is_v4(&c->flow.remote) ? TCP_MSS4 : TCP_MSS6;
	tcp_set_mss(c);
	c->busy->iss = tcp_isn(t, &c->flow);
	c->snd_una = c->snd_nxt = c->busy->iss;
	c->snd_end = c->busy->iss + 1;
	c->busy->snd_up = c->busy->iss;
	c->ts_offset = tcp_ts_offset(t, &c->flow.local, &c->flow.remote);
	c->rto_us = TCP_RTO_FIRST / NOD_US;
	tcp_window_init(c);
	tcp_file(t, &c->flow);
	c->is_counted = true;
	tcp_enter(c, TCP_SYN_SENT, "a program connects");
	c->is_fast = conf->is_fast;
	if (c->is_fast)
		done = put_first(c, conf);
	c->octets_out += done > 0 ? (uint64_t)done : 0;
	tcp_owe(c);
	*out = c;
	return done > 0 ? done : 0;
}

void tcp_own(struct tcp_conn *c, void *owner)
{
	c->owner = owner;
}

const struct tcp_opt *tcp_opt(const struct tcp_conn *c)
{
	return c->opt;
}

void tcp_set_opt(struct tcp_conn *c, const struct tcp_opt *opt)
{
	const struct tcp_cc_ops *cc = opt->cc ? opt->cc : tcp_cc_list[0];

	intern_ref(opt);
	intern_drop(&c->tcp->core->interns, c->opt);
	c->opt = opt;
	if (tcp_is_busy(c) && cc != c->busy->cc) {
		c->busy->cc = cc;
		cc->init(c);
	}
	if (c->opt->send_octets)
		c->snd_buf = c->opt->send_octets;
	if (c->opt->receive_octets && c->opt->receive_octets > c->rcv_buf)
		c->rcv_buf = c->opt->receive_octets;
	c->was_full |= !tcp_is_writable(c);
	if (c->state >= TCP_ESTABLISHED) {
		tcp_set_mss(c);
		tcp_keep_alive_start(c);
		tcp_owe(c); /* Nagle or the cork may have gone */
	}
}

/* ---- send ---------------------------------------------------------------------------- */

int tcp_error(const struct tcp_conn *c)
{
	return c->error;
}

int tcp_take_error(struct tcp_conn *c)
{
	int err = c->error;

	c->error = 0;
	return err;
}

/* By Fast Open a peer is heard and answered before the handshake is over: RFC 7413 4.2. */
static bool is_open_fast(const struct tcp_conn *c)
{
	return c->state == TCP_SYN_RECEIVED && c->is_fast && !c->is_active;
}

static int may_write(struct tcp_conn *c)
{
	if (c->error)
		return -tcp_take_error(c);
	if (c->fin_queued)
		return -EPIPE;
	switch (c->state) {
	case TCP_SYN_SENT:
	case TCP_SYN_RECEIVED:
	case TCP_ESTABLISHED:
	case TCP_CLOSE_WAIT:
		return 0;
	default:
		return -EPIPE;
	}
}

/* Octets that may be queued; no more unsent than TCP_NOTSENT_LOWAT says, and a segment. */
static size_t write_room(const struct tcp_conn *c)
{
	uint32_t queued = c->snd_end - c->snd_una, unsent = tcp_unsent(c);
	uint32_t room = queued < c->snd_buf ? c->snd_buf - queued : 0;
	uint32_t low = c->opt->not_sent_low;

	if (!low || low > UINT32_MAX / 2)
		return room;
	if (unsent >= low)
		return 0;
	low += c->snd_mss - unsent;
	return room < low ? room : low;
}

ssize_t tcp_write(struct tcp_conn *c, const struct iovec *iov, size_t n, unsigned flags)
{
	size_t len = 0, room;
	ssize_t done;
	int err = may_write(c);

	if (err < 0)
		return err;
	if (c->state < TCP_ESTABLISHED && !is_open_fast(c))
		return -EAGAIN; /* POSIX: it waits until it is connected */
	for (size_t i = 0; i < n; i++)
		len += iov[i].iov_len;
	if (!len)
		return 0;
	room = write_room(c);
	if (!room) {
		c->was_full = c->was_cut_short = true;
		return -EAGAIN;
	}
	done = !tcp_rouse(c) ? -ENOBUFS :
			       tcp_queue_put(c, iov, n, len < room ? len : room,
				       (flags & TCP_WRITE_MORE ? 0u : CHUNK_PUSH) |
					       (flags & TCP_WRITE_END && len <= room ?
							       CHUNK_END :
							       0u));
	if (done < 0) {
		c->was_full = true;
		return done;
	}
	if (flags & TCP_WRITE_URGENT) { /* MUST-62 */
		c->busy->snd_up = c->snd_end;
		c->has_urgent_out = true;
	}
	c->busy->cork_at = flags & TCP_WRITE_MORE ? c->tcp->core->now : 0;
	c->busy->is_pushed = false;
	c->octets_out += (uint64_t)done;
	c->was_full |= !tcp_is_writable(c); /* who waits now is told, though nothing was refused */
	c->was_cut_short = (size_t)done < len;
	c->was_full |= c->was_cut_short;
	tcp_owe(c);
	return done;
}

void tcp_push(struct tcp_conn *c)
{
	if (!tcp_is_busy(c))
		return;
	c->busy->cork_at = 0;
	c->busy->is_pushed = true;
	tcp_owe(c);
}

/* ---- receive ------------------------------------------------------------------------- */

bool tcp_has_ended(const struct tcp_conn *c)
{
	return c->fin_received || c->is_shut_in || c->state == TCP_CLOSED;
}

static ssize_t nothing_to_read(struct tcp_conn *c)
{
	if (c->fin_received)
		return 0; /* MUST-12: in order; what came of it later is the writer's affair */
	if (c->error)
		return -tcp_take_error(c);
	if (tcp_has_ended(c))
		return 0;
	return -EAGAIN;
}

/* Copy from the queue's packet @p, or only count. */
static uint32_t take_some(const struct pkt *p, uint32_t from, uint8_t *to, size_t room)
{
	uint32_t part = p->len - from < room ? p->len - from : (uint32_t)room;

	if (to)
		pkt_copy_out(p, from, to, part);
	return part;
}

ssize_t tcp_read(struct tcp_conn *c, const struct iovec *iov, size_t n, unsigned flags)
{
	struct pkt *p = c->busy->in.first;
	uint32_t at = 0; /* in p */
	uint32_t done = 0;

	if (c->state < TCP_ESTABLISHED && c->state != TCP_CLOSED && !is_open_fast(c))
		return c->error ? -tcp_take_error(c) : -EAGAIN;
	if (!p)
		return nothing_to_read(c);
	for (size_t i = 0; i < n && p; i++) {
		size_t filled = 0;

		while (filled < iov[i].iov_len && p) {
			uint8_t *to = flags & TCP_READ_DISCARD ?
				NULL :
				(uint8_t *)iov[i].iov_base + filled;
			uint32_t part = take_some(p, at, to, iov[i].iov_len - filled);

			filled += part;
			done += part;
			at += part;
			if (at == p->len) {
				p = p->next;
				at = 0;
			}
		}
	}
	if (!(flags & TCP_READ_PEEK))
		tcp_window_read(c, done);
	return done;
}

uint32_t tcp_readable(const struct tcp_conn *c)
{
	return (uint32_t)c->busy->in.octets;
}

/* MUST-33: whether and how much. */
uint32_t tcp_urgent(const struct tcp_conn *c)
{
	const struct tcp_busy *b = c->busy;
	nod_seq at = c->rcv_nxt - (uint32_t)b->in.octets - c->fin_received;

	return c->has_urgent_in && seq_gt(b->rcv_up, at) ? b->rcv_up - at : 0;
}

uint32_t tcp_unsent(const struct tcp_conn *c)
{
	return c->busy->unsent ? c->snd_end - c->busy->unsent->seq : 0;
}

uint32_t tcp_unacked(const struct tcp_conn *c)
{
	return c->snd_end - c->snd_una;
}

/* As Linux: when a third of the buffer is free, so that few wake-ups do much. */
bool tcp_is_writable(const struct tcp_conn *c)
{
	uint32_t queued = c->snd_end - c->snd_una;

	if (c->state < TCP_ESTABLISHED && !is_open_fast(c))
		return c->state == TCP_CLOSED;
	if (c->fin_queued || c->state == TCP_CLOSED)
		return true;
	if (c->opt->not_sent_low && tcp_unsent(c) >= c->opt->not_sent_low)
		return false;
	return queued + c->snd_buf / 3 <= c->snd_buf;
}

bool tcp_is_shut_out(const struct tcp_conn *c)
{
	return c->fin_queued;
}

/* ---- close --------------------------------------------------------------------------- */

/* Our FIN follows what has been written. */
static void send_fin(struct tcp_conn *c, const char *why)
{
	if (c->fin_queued)
		return;
	if (!tcp_rouse(c) || !tcp_queue_fin(c)) { /* no memory even for that */
		tcp_send_reset(c);
		tcp_finish(c, ENOBUFS, "no memory for a FIN");
		return;
	}
	if (c->state == TCP_CLOSE_WAIT)
		tcp_enter(c, TCP_LAST_ACK, why);
	else if (c->state == TCP_ESTABLISHED) /* else once it is (RFC 9293 3.10.4) */
		tcp_enter(c, TCP_FIN_WAIT_1, why);
	tcp_owe(c);
}

int tcp_shutdown(struct tcp_conn *c)
{
	switch (c->state) {
	case TCP_SYN_SENT:
		return -ENOTCONN;
	case TCP_SYN_RECEIVED:
	case TCP_ESTABLISHED:
	case TCP_CLOSE_WAIT:
		send_fin(c, "a program has written all");
		return 0;
	case TCP_CLOSED:
		return -ENOTCONN;
	default:
		return 0;
	}
}

void tcp_shut_in(struct tcp_conn *c)
{
	c->is_shut_in = true;
}

void tcp_abort(struct tcp_conn *c)
{
	c->owner = NULL;
	if (c->state != TCP_CLOSED) {
		if (c->state >= TCP_ESTABLISHED || c->state == TCP_SYN_RECEIVED)
			tcp_send_reset(c);
		c->is_orphan = true;
		tcp_finish(c, ECONNABORTED, "a program breaks it off"); /* frees it */
		return;
	}
	tcp_conn_free(c);
}

void tcp_close(struct tcp_conn *c)
{
	bool was_unread = c->busy->in.octets > 0;

	c->owner = NULL;
	switch (c->state) {
	case TCP_CLOSED:
		tcp_conn_free(c);
		return;
	case TCP_SYN_SENT:
		c->is_orphan = true;
		tcp_finish(c, 0, "a program closes it");
		return;
	default:
		break;
	}
	if (was_unread) { /* SHLD-3 */
		tcp_abort(c);
		return;
	}
	c->is_orphan = true;
	tcp_count_leaving(c);
	if (c->state == TCP_FIN_WAIT_2) {
		if (c->opt->linger2_s < 0) {
			tcp_send_reset(c);
			tcp_finish(c, 0, "a program closes it and will not linger");
			return;
		}
		tcp_due(c, TCP_DUE_LIFE,
			c->tcp->core->now +
				(c->opt->linger2_s ? c->opt->linger2_s : 60) * NOD_S);
		return;
	}
	if (c->state == TCP_ESTABLISHED || c->state == TCP_SYN_RECEIVED ||
		c->state == TCP_CLOSE_WAIT)
		send_fin(c, "a program closes it");
}

/* ---- status -------------------------------------------------------------------------- */

enum tcp_state tcp_state_of(const struct tcp_conn *c)
{
	return c->state;
}

void tcp_addresses(const struct tcp_conn *c, struct ipa *local, uint16_t *local_port,
	struct ipa *remote, uint16_t *remote_port, unsigned *interface)
{
	*local = c->flow.local;
	*remote = c->flow.remote;
	*local_port = c->flow.local_port;
	*remote_port = c->flow.remote_port;
	*interface = c->flow.interface;
}
