/* SPDX-License-Identifier: ISC */
/*
 * sim_socket.c - sockets of simulated stations: datagrams of the ledger, sent and judged
 *
 * Whatever a socket receives is held against the ledger.  What the ledger cannot know is added
 * here: what is for one link or one host alone may not have come from elsewhere.
 *
 * Neighbours: sim.h, session/sim_ledger.h.
 */
#include <errno.h>
#include <linux/udp.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

enum { READS_MOST = 100000 }; /* of one socket in one turn */

/* ---- addresses ----------------------------------------------------------------------- */

socklen_t address_to_socket(
	int domain, const struct nod_addr *a, uint16_t port, struct sockaddr_storage *out)
{
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;
	struct sockaddr_in *four = (struct sockaddr_in *)out;

	memset(out, 0, sizeof(*out));
	if (domain == AF_INET) {
		four->sin_family = AF_INET;
		four->sin_port = nod_htons(port);
		memcpy(&four->sin_addr, a->octet, 4);
		return sizeof(*four);
	}
	six->sin6_family = AF_INET6;
	six->sin6_port = nod_htons(port);
	if (a->family == NOD_IPV4) {
		memset(six->sin6_addr.s6_addr + 10, 0xff, 2);
		memcpy(six->sin6_addr.s6_addr + 12, a->octet, 4);
	} else {
		memcpy(&six->sin6_addr, a->octet, 16);
		six->sin6_scope_id = a->zone;
	}
	return sizeof(*six);
}

struct nod_addr address_of_socket(const struct sockaddr_storage *a, uint16_t *port)
{
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)a;
	const struct sockaddr_in *four = (const struct sockaddr_in *)a;
	struct nod_addr out = { .family = NOD_IPV4 };

	if (a->ss_family == AF_INET) {
		memcpy(out.octet, &four->sin_addr, 4);
		*port = nod_ntohs(four->sin_port);
		return out;
	}
	out.family = NOD_IPV6;
	memcpy(out.octet, &six->sin6_addr, 16);
	out.zone = six->sin6_scope_id;
	*port = nod_ntohs(six->sin6_port);
	return nod_addr_unmap(&out);
}

/* ---- making and ending --------------------------------------------------------------- */

/* Addresses come and go: one that is there now counts from now on. */
static bool holds_now(void *self, const struct nod_addr *a)
{
	struct station *st = self;
	struct nod_address_info i;

	for (unsigned k = 0; nod_address_at(st->stack, k, &i) == 0; k++) {
		if (i.prefix.addr.family != a->family ||
			memcmp(i.prefix.addr.octet, a->octet, sizeof(a->octet)) != 0)
			continue;
		hold(st, a);
		return true;
	}
	return false;
}

struct mouth *mouth_take(struct station *st, int fd, int domain)
{
	struct mouth *m = fd < SOCKETS_MOST ? calloc(1, sizeof(*m)) : NULL;

	if (!m)
		return NULL;
	m->station = st;
	m->fd = fd;
	m->domain = domain;
	st->mouth[fd] = m;
	return m;
}

struct mouth *mouth_new(struct station *st, int domain, int type, int protocol, uint16_t port)
{
	const struct nod_addr any = { .family = domain == AF_INET ? NOD_IPV4 : NOD_IPV6 };
	struct world *w = st->world;
	struct sockaddr_storage at;
	struct mouth *m;
	socklen_t len = address_to_socket(domain, &any, port, &at);
	int fd = nod_socket(st->stack, domain, type, protocol);

	if (fd < 0)
		return NULL;
	m = mouth_take(st, fd, domain);
	if (!m) {
		nod_close(st->stack, fd);
		return NULL;
	}
	if (type == SOCK_DGRAM &&
		nod_bind(st->stack, fd, (const struct sockaddr *)&at, len) < 0) {
		mouth_close(m);
		return NULL;
	}
	if (type == SOCK_DGRAM) {
		len = sizeof(at);
		nod_getsockname(st->stack, fd, (struct sockaddr *)&at, &len);
		address_of_socket(&at, &m->port);
	}
	m->ear = (struct sim_ear){
		.number = w->n_ears++,
		.port = m->port,
		.host = st->held,
		.own = m->joined,
		.holds = holds_now,
		.self = st,
	};
	return m;
}

void mouth_close(struct mouth *m)
{
	struct station *st = m->station;

	nod_close(st->stack, m->fd);
	st->mouth[m->fd] = NULL;
	free(m);
}

void mouth_option(struct mouth *m, int level, int option, int value)
{
	int err =
		nod_setsockopt(m->station->stack, m->fd, level, option, &value, sizeof(value));

	if (err < 0)
		world_fails(m->station->world,
			T("option %d/%d is refused: %s", "选项 %d/%d 被拒绝：%s"), level,
			option, strerror(-err));
}

bool mouth_connect(struct mouth *m, const struct nod_addr *to, uint16_t port)
{
	struct sockaddr_storage at;
	socklen_t len = address_to_socket(m->domain, to, port, &at);

	if (nod_connect(m->station->stack, m->fd, (struct sockaddr *)&at, len) < 0)
		return false;
	m->peer = *to;
	m->peer_port = port;
	return true;
}

/* Link-local, a group's (routers here forward none), everybody's on a LAN (RFC 2644). */
static bool is_for_one_link(const struct nod_addr *a)
{
	if (a->family == NOD_IPV4)
		return (a->octet[0] == 169 && a->octet[1] == 254) || a->octet[0] >= 224 ||
			(a->octet[2] == 255 && a->octet[3] == 255);
	return a->octet[0] == 0xff || (a->octet[0] == 0xfe && (a->octet[1] & 0xc0) == 0x80);
}

/* ---- sending ------------------------------------------------------------------------- */

bool mouth_send(
	struct mouth *m, const struct nod_addr *to, uint16_t port, uint32_t octets, bool is_due)
{
	struct station *st = m->station;
	struct world *w = st->world;
	bool is_connected = !to;
	struct sim_sent sent = {
		.to = is_connected ? m->peer : *to,
		.to_port = is_connected ? m->peer_port : port,
		.from_port = m->port,
		.from = st->number,
		.octets = octets,
		.tag = is_due,
		.at = now_of(w),
	};
	uint64_t number = sim_ledger_write(w->ledger, &sent, w->out);
	struct sockaddr_storage at;
	ssize_t n;

	if (is_connected) {
		n = nod_send(st->stack, m->fd, w->out, octets, 0);
	} else {
		socklen_t len = address_to_socket(m->domain, to, port, &at);

		n = nod_sendto(
			st->stack, m->fd, w->out, octets, 0, (struct sockaddr *)&at, len);
	}
	if (n == (ssize_t)octets) {
		w->due += is_due;
		return true;
	}
	if (n >= 0)
		world_fails(w,
			T("a datagram of %u octets was sent in part: %zd",
				"%u 字节的数据报只发出一部分：%zd"),
			octets, n);
	/* of what is for a group members here have a copy, though the wire has no room for it */
	if (!is_for_one_link(&sent.to))
		sim_ledger_refused(w->ledger, number);
	return false;
}

/* ---- receiving ----------------------------------------------------------------------- */

static const struct text verdict_text[] = {
	[SIM_UNKNOWN] = TX("nobody sent it", "没有人发送过它"),
	[SIM_STRAY] = TX("it was sent to somebody else", "它是发给别人的"),
	[SIM_SENDER] =
		TX("it comes from another port than it was sent from", "来源端口与发送时不同"),
	[SIM_ALTERED] = TX("its octets are not those that were sent", "内容与发送时不同"),
	[SIM_LENGTH] = TX("it is not as long as it was sent", "长度与发送时不同"),
	[SIM_DOUBLED] = TX("it came twice, and no wire doubled anything",
		"到达两次，而线路没有重复任何帧"),
	[SIM_N_VERDICTS] = TX("it may not leave its link", "它不得离开本链路"),
};

static bool is_loopback(const struct nod_addr *a)
{
	static const uint8_t one[16] = { [15] = 1 };

	return a->family == NOD_IPV4 ? a->octet[0] == 127 : memcmp(a->octet, one, 16) == 0;
}

/* Whether what was sent so may have come to @st at all. */
static bool may_reach(const struct sim_sent *sent, const struct station *st)
{
	const struct station *from = &st->world->station[sent->from];

	if (is_loopback(&sent->to))
		return from == st;
	if (is_for_one_link(&sent->to))
		return from == st || shares_lan(from, st);
	return true;
}

enum sim_verdict mouth_heard(
	struct mouth *m, uint16_t from_port, const uint8_t *buf, uint32_t len, bool *is_due)
{
	struct station *st = m->station;
	const struct sim_sent *sent;
	char to[NOD_ADDR_TEXT_MAX] = "?";
	enum sim_verdict v, why;

	m->ear.n_host = st->n_held < HELD_MOST ? st->n_held : HELD_MOST;
	m->ear.port = m->port;
	why = v = sim_ledger_judge(st->world->ledger, &m->ear, from_port, buf, len, &sent);
	*is_due = v == SIM_GOOD && sent->tag;
	if (!sim_verdict_is_bad(v) && sent && !may_reach(sent, st))
		why = SIM_N_VERDICTS;
	if (!sim_verdict_is_bad(why))
		return v;
	if (sent)
		nod_addr_format(&sent->to, to, sizeof(to));
	world_fails(st->world,
		T("%s got %u octets from port %u at port %u (sent by %s to %s port %u): %s",
			"%s 收到 %u 字节，来自端口 %u，到端口 %u（由 %s 发往 %s 端口 %u）：%s"),
		st->name, len, from_port, m->port,
		sent ? st->world->station[sent->from].name : "?", to, sent ? sent->to_port : 0,
		text_of(verdict_text[why]));
	return SIM_UNKNOWN;
}

/* How long the datagrams are that lie in it one behind the other; 0: it is one. */
static uint32_t piece_of(struct msghdr *msg)
{
	int size = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c))
		if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO)
			memcpy(&size, CMSG_DATA(c), sizeof(size));
	return size > 0 ? (uint32_t)size : 0;
}

/* Those that may be answered: a client's, which does not answer itself. */
static void judge_and_answer(
	struct mouth *m, const struct sockaddr_storage *from, const uint8_t *buf, uint32_t len)
{
	struct world *w = m->station->world;
	uint16_t port;
	struct nod_addr peer = address_of_socket(from, &port);
	bool is_due;
	enum sim_verdict v = mouth_heard(m, port, buf, len, &is_due);

	w->due_heard += is_due;
	if (v == SIM_GOOD && m->answers && port >= 32768)
		mouth_send(m, &peer, port, len, false);
}

static void fetch_errors(struct mouth *m)
{
	struct world *w = m->station->world;
	uint8_t control[256];
	struct iovec iov = { w->in, sizeof(w->in) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control };

	do {
		msg.msg_controllen = sizeof(control);
		iov.iov_len = sizeof(w->in);
		w->errors++;
	} while (nod_recvmsg(m->station->stack, m->fd, &msg, MSG_ERRQUEUE) >= 0);
	w->errors--;
}

static void hear(struct mouth *m)
{
	struct world *w = m->station->world;
	struct sockaddr_storage from;
	uint8_t control[128];
	struct iovec iov = { w->in, sizeof(w->in) };
	struct msghdr msg = { .msg_name = &from, .msg_iov = &iov, .msg_iovlen = 1 };

	for (unsigned reads = 0; reads < READS_MOST; reads++) {
		uint32_t piece = 0;
		ssize_t n;

		msg.msg_namelen = sizeof(from);
		msg.msg_control = m->has_gro ? control : NULL;
		msg.msg_controllen = m->has_gro ? sizeof(control) : 0;
		n = nod_recvmsg(m->station->stack, m->fd, &msg, 0);
		if (n == -EAGAIN) {
			if (m->has_errors)
				fetch_errors(m);
			return;
		}
		if (n < 0) {
			w->errors++;
			continue;
		}
		if (m->has_gro)
			piece = piece_of(&msg);
		for (ssize_t at = 0; at < n || n == 0; at += piece) {
			uint32_t left = (uint32_t)(n - at);

			judge_and_answer(
				m, &from, w->in + at, piece && piece < left ? piece : left);
			if (!piece || !n)
				break;
		}
	}
	world_fails(w,
		T("a socket of %s gives errors without end", "%s 的一个套接字不停地报错"),
		m->station->name);
}

void world_ready(void *self, struct sim_host *h, const struct nod_socket_event *ev, unsigned n)
{
	struct station *st = sim_host_user(h);

	(void)self;
	for (unsigned k = 0; k < n; k++) {
		struct mouth *m = ev[k].socket < SOCKETS_MOST ? st->mouth[ev[k].socket] : NULL;

		if (!m) /* a client's of the stack itself, or closed meanwhile */
			continue;
		if (m->read)
			m->read(m);
		else
			hear(m);
	}
}
