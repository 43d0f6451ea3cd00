/* SPDX-License-Identifier: ISC */
/*
 * sim_udp.c - simulated stations talk by UDP: requests and answers, broadcasts, groups, floods
 *
 * Neighbours: sim.h, sim_socket.c.
 */
#include <linux/udp.h>
#include <string.h>

#include "sim.h"

/* ---- who listens --------------------------------------------------------------------- */

static void set_gro(struct mouth *m)
{
	mouth_option(m, IPPROTO_UDP, UDP_GRO, 1);
	m->has_gro = true;
}

bool begin_listening(struct world *w)
{
	for (unsigned s = 0; s < w->n_stations; s++) {
		struct station *st = &w->station[s];
		struct mouth *m;

		if (st->has_v6) {
			m = mouth_new(st, AF_INET6, SOCK_DGRAM, 0, PORT_ANSWER);
			if (m)
				m->answers = true;
			mouth_new(st, AF_INET6, SOCK_DGRAM, 0, PORT_SIX);
			m = mouth_new(st, AF_INET6, SOCK_DGRAM, 0, PORT_GRO);
		} else {
			m = mouth_new(st, AF_INET, SOCK_DGRAM, 0, PORT_ANSWER);
			if (m)
				m->answers = true;
			m = mouth_new(st, AF_INET, SOCK_DGRAM, 0, PORT_GRO);
		}
		if (m)
			set_gro(m);
		if (st->has_v4)
			mouth_new(st, AF_INET, SOCK_DGRAM, 0, PORT_FOUR);
	}
	return true;
}

/* Whether a socket of @st hears what comes to @port by @family. */
static bool listens(const struct station *st, uint16_t port, enum nod_family family)
{
	return port == PORT_ANSWER || port == PORT_GRO ||
		(port == PORT_FOUR && family == NOD_IPV4) ||
		(port == PORT_SIX && family == NOD_IPV6 && st->has_v6);
}

/* ---- requests and answers ------------------------------------------------------------ */

struct talker {
	struct task task;
	struct mouth *m, *connected;
	bool is_dying; /* its hops are few: it is not sure that anything arrives */
};

static uint32_t some_size(struct world *w)
{
	switch (draw(w, 16)) {
	case 0:
		return 1460 + draw(w, 30); /* around what a frame holds */
	case 1:
		return 1220 + draw(w, 30);
	case 2:
		return 1500 + draw(w, 7000);
	case 3:
		return chance(w, 15) ? 20000 + draw(w, DATAGRAM_MOST - 20000 + 1) :
				       SIM_DATAGRAM_LEAST;
	default:
		return SIM_DATAGRAM_LEAST + draw(w, 240);
	}
}

static void draw_options(struct world *w, struct mouth *m, struct talker *t)
{
	if (m->domain == AF_INET6 && chance(w, 30)) {
		mouth_option(m, IPPROTO_IPV6, IPV6_RECVERR, 1);
		mouth_option(m, IPPROTO_IP, IP_RECVERR, 1);
		m->has_errors = true;
	} else if (chance(w, 30)) {
		mouth_option(m, IPPROTO_IP, IP_RECVERR, 1);
		m->has_errors = true;
	}
	if (chance(w, 30))
		mouth_option(m, IPPROTO_IP, IP_MTU_DISCOVER, (int)draw(w, 4));
	if (m->domain == AF_INET6 && chance(w, 30))
		mouth_option(m, IPPROTO_IPV6, IPV6_MTU_DISCOVER, (int)draw(w, 4));
	if (w->does & DO_HOPS && chance(w, 50)) {
		int hops = 1 + (int)draw(w, 4);

		mouth_option(m, IPPROTO_IP, IP_TTL, hops);
		if (m->domain == AF_INET6)
			mouth_option(m, IPPROTO_IPV6, IPV6_UNICAST_HOPS, hops);
		t->is_dying = true;
	}
}

static struct mouth *voice(struct world *w, struct station *st, struct talker *t)
{
	struct mouth *m =
		mouth_new(st, st->has_v6 && (!st->has_v4 || chance(w, 60)) ? AF_INET6 : AF_INET,
			SOCK_DGRAM, 0, 0);

	if (m)
		draw_options(w, m, t);
	return m;
}

static enum nod_family some_family(struct world *w, const struct mouth *m)
{
	if (m->domain == AF_INET)
		return NOD_IPV4;
	return m->station->has_v4 && chance(w, 50) ? NOD_IPV4 : NOD_IPV6;
}

/* Several datagrams as one packet, cut on the way. */
static void send_super(struct talker *t, const struct nod_addr *to, uint16_t port)
{
	struct world *w = t->task.world;
	struct station *st = t->task.station;
	uint16_t size = (uint16_t)(64 + draw(w, 1000));
	unsigned n = 2 + draw(w, 20);
	struct sockaddr_storage at;
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(size))] = { 0 };
	struct iovec iov = { w->out, size * n };
	struct msghdr msg = {
		.msg_name = &at,
		.msg_namelen = address_to_socket(t->m->domain, to, port, &at),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	uint64_t number[24];
	bool is_due = listens(st, port, to->family) && !t->is_dying;

	c->cmsg_len = CMSG_LEN(sizeof(size));
	c->cmsg_level = IPPROTO_UDP;
	c->cmsg_type = UDP_SEGMENT;
	memcpy(CMSG_DATA(c), &size, sizeof(size));
	for (unsigned k = 0; k < n; k++) {
		struct sim_sent sent = { .to = *to,
			.to_port = port,
			.from_port = t->m->port,
			.from = st->number,
			.octets = size,
			.tag = is_due,
			.at = now_of(w) };

		number[k] = sim_ledger_write(w->ledger, &sent, w->out + k * size);
	}
	if (nod_sendmsg(st->stack, t->m->fd, &msg, 0) == (ssize_t)iov.iov_len) {
		w->due += is_due ? n : 0;
		return;
	}
	for (unsigned k = 0; k < n; k++)
		sim_ledger_refused(w->ledger, number[k]);
}

static void say_something(struct talker *t)
{
	static const uint16_t ports[] = { PORT_ANSWER, PORT_ANSWER, PORT_FOUR, PORT_SIX,
		PORT_GRO, PORT_NOBODY };
	struct world *w = t->task.world;
	struct station *to = some_station(w);
	enum nod_family family = some_family(w, t->m);
	uint16_t port = ports[draw(w, 6)];
	struct nod_addr a;

	if (t->connected && chance(w, 30)) {
		mouth_send(t->connected, NULL, 0, some_size(w), false);
		return;
	}
	if (!some_address(w, t->task.station, to, family, &a))
		return;
	if (chance(w, 6))
		send_super(t, &a, port);
	else
		mouth_send(t->m, &a, port, some_size(w),
			listens(to, port, family) && !t->is_dying);
}

/* A connected socket now and then changes its mind. */
static void reconnect(struct talker *t)
{
	struct world *w = t->task.world;
	struct station *st = t->task.station;
	struct nod_addr a;

	if (t->connected)
		mouth_close(t->connected);
	t->connected = voice(w, st, t);
	if (!t->connected)
		return;
	if (!some_address(w, st, some_station(w), some_family(w, t->connected), &a) ||
		!mouth_connect(t->connected, &a, chance(w, 80) ? PORT_ANSWER : PORT_NOBODY)) {
		mouth_close(t->connected);
		t->connected = NULL;
	}
}

static void talk(struct task *task, nod_ns now)
{
	struct talker *t = (struct talker *)task;
	struct world *w = task->world;

	if (!t->m)
		t->m = voice(w, task->station, t);
	if (t->m && (!t->connected || chance(w, 3)))
		reconnect(t);
	for (unsigned n = t->m ? 1 + draw(w, 4) : 0; n; n--)
		say_something(t);
	/* mostly soon, now and then after a long silence */
	task_again(task, now + some_time(w, chance(w, 3) ? w->conf.time / 4 : NOD_S / 2));
}

bool begin_udp(struct world *w)
{
	for (unsigned s = 0; s < w->n_stations; s++)
		if (!task_new(w, &w->station[s], sizeof(struct talker), talk,
			    w->start + some_time(w, 5 * NOD_S)))
			return false;
	return true;
}

/* ---- floods: as much as goes --------------------------------------------------------- */

struct flooder {
	struct task task;
	struct mouth *m;
	struct station *to;
};

static void flood(struct task *task, nod_ns now)
{
	enum { BATCH = 64 };
	struct flooder *f = (struct flooder *)task;

	for (unsigned k = 0; k < BATCH; k++)
		mouth_send(f->m, NULL, 0, 64, true);
	task_again(task, now + NOD_MS);
}

bool begin_flood(struct world *w)
{
	for (unsigned s = w->n_routers; s + 1 < w->n_stations; s += 2) {
		struct station *st = &w->station[s], *to = st + 1;
		struct flooder *f = task_new(w, st, sizeof(*f), flood, w->start + 10 * NOD_MS);
		struct nod_addr a;

		if (!f || !mouth_new(to, AF_INET, SOCK_DGRAM, 0, PORT_FOUR))
			return false;
		f->m = mouth_new(st, AF_INET, SOCK_DGRAM, 0, 0);
		if (!f->m || !some_address(w, st, to, NOD_IPV4, &a) ||
			!mouth_connect(f->m, &a, PORT_FOUR))
			return false;
		/* the neighbour is known before the flood comes */
		mouth_send(f->m, NULL, 0, 64, true);
	}
	return true;
}

/* ---- broadcasts and groups ----------------------------------------------------------- */

struct member {
	struct task task;
	struct mouth *m;
};

static struct nod_addr some_group(struct world *w, enum nod_family family)
{
	uint8_t n = (uint8_t)(1 + draw(w, 3));

	if (family == NOD_IPV4)
		return (struct nod_addr){ .family = NOD_IPV4, .octet = { 239, 1, 2, n } };
	return (struct nod_addr){ .family = NOD_IPV6,
		.octet = { 0xff, chance(w, 50) ? 0x12 : 0x15, [14] = 0x77, [15] = n } };
}

/* Join or leave @group with the socket; the ledger's ear hears it from then on. */
static void change_group(struct member *b, const struct nod_addr *group, unsigned interface)
{
	struct mouth *m = b->m;
	struct nod_stack *s = m->station->stack;
	unsigned at = 0;
	bool joins;
	int err;

	while (at < m->ear.n_own &&
		(m->joined[at].family != group->family ||
			memcmp(m->joined[at].octet, group->octet, 16) != 0))
		at++;
	joins = at == m->ear.n_own;
	if (joins && at == JOINED_MOST)
		return;
	if (group->family == NOD_IPV4) {
		struct ip_mreqn mreq = { .imr_ifindex = (int)interface };

		memcpy(&mreq.imr_multiaddr, group->octet, 4);
		err = nod_setsockopt(s, m->fd, IPPROTO_IP,
			joins ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, &mreq, sizeof(mreq));
	} else {
		struct ipv6_mreq mreq = { .ipv6mr_interface = interface };

		memcpy(&mreq.ipv6mr_multiaddr, group->octet, 16);
		err = nod_setsockopt(s, m->fd, IPPROTO_IPV6,
			joins ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP, &mreq, sizeof(mreq));
	}
	if (err < 0)
		return;
	if (joins)
		m->joined[m->ear.n_own++] = *group;
	else
		m->joined[at] = m->joined[--m->ear.n_own];
}

static void send_to_many(struct world *w, struct member *b)
{
	struct station *st = b->task.station;
	const struct port *p = &st->port[draw(w, st->n_ports)];
	struct nod_addr to;

	if (w->does & DO_BROADCAST && st->has_v4 && chance(w, 40)) {
		/* everybody here, everybody there, or somewhere else (which routers refuse) */
		to = (struct nod_addr){ .family = NOD_IPV4, .octet = { 255, 255, 255, 255 } };
		if (chance(w, 60)) {
			to.octet[0] = 10;
			to.octet[1] = (uint8_t)(chance(w, 70) ? p->lan->number :
								1 + draw(w, w->n_lans));
		}
		mouth_send(b->m, &to, chance(w, 80) ? PORT_FOUR : PORT_GROUP4,
			SIM_DATAGRAM_LEAST + draw(w, 2000), false);
		return;
	}
	if (!(w->does & DO_MULTICAST))
		return;
	to = some_group(w, b->m->domain == AF_INET ? NOD_IPV4 : NOD_IPV6);
	to.zone = p->index;
	mouth_send(b->m, &to, b->m->domain == AF_INET ? PORT_GROUP4 : PORT_GROUP6,
		SIM_DATAGRAM_LEAST + draw(w, 2000), false);
}

static void assemble(struct task *task, nod_ns now)
{
	struct member *b = (struct member *)task;
	struct world *w = task->world;
	struct station *st = task->station;

	if (b->m && w->does & DO_MULTICAST && chance(w, 30)) {
		struct nod_addr g =
			some_group(w, b->m->domain == AF_INET ? NOD_IPV4 : NOD_IPV6);

		change_group(b, &g, st->port[0].index);
	}
	if (b->m)
		send_to_many(w, b);
	task_again(task, now + some_time(w, NOD_S));
}

/* A socket of IPv4 that may say things to everybody, by its first interface. */
static void set_four(struct mouth *m)
{
	struct ip_mreqn by = { .imr_ifindex = (int)m->station->port[0].index };

	mouth_option(m, SOL_SOCKET, SO_BROADCAST, 1);
	nod_setsockopt(m->station->stack, m->fd, IPPROTO_IP, IP_MULTICAST_IF, &by, sizeof(by));
}

bool begin_groups(struct world *w)
{
	for (unsigned s = 0; s < w->n_stations; s++) {
		struct station *st = &w->station[s];

		for (int six = 0; six < 2; six++) {
			struct member *b;

			if (six ? !st->has_v6 : !st->has_v4)
				continue;
			b = task_new(w, st, sizeof(*b), assemble,
				w->start + some_time(w, 5 * NOD_S));
			if (!b)
				return false;
			b->m = mouth_new(st, six ? AF_INET6 : AF_INET, SOCK_DGRAM, 0,
				six ? PORT_GROUP6 : PORT_GROUP4);
			if (b->m && !six)
				set_four(b->m);
		}
	}
	return true;
}
