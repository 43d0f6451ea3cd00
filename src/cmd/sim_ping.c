/* SPDX-License-Identifier: ISC */
/*
 * sim_ping.c - simulated stations ping each other, by both families
 *
 * What an echo request carries is a datagram of the ledger, sent to oneself by way of the other:
 * what comes back has to be it, and to come once.
 *
 * Neighbours: sim.h, network/icmp_wire.h (the messages).
 */
#include <linux/icmp.h>
#include <string.h>

#include "../base/checksum.h"
#include "../network/icmp_wire.h"
#include "sim.h"

enum { ECHO_HDR = 8, IPV4_HDR = 20, REQUEST4 = 8, REPLY4 = 0, REQUEST6 = 128, REPLY6 = 129 };

struct pinger {
	struct task task;
	struct mouth *m[2]; /* IPv4, IPv6 */
	unsigned next;	    /* the station that is pinged next */
	uint16_t sequence;
};

/* An echo reply has come, or something that looks like one. */
static void judge_reply(struct mouth *m, const uint8_t *p, uint32_t len)
{
	struct world *w = m->station->world;
	bool is_due;

	if (m->domain == AF_INET) {
		/* a raw socket of IPv4 has the header, and sees what the checksum condemns */
		uint32_t hdr = len >= IPV4_HDR ? (p[0] & 15u) * 4u : len;

		if (hdr > len || checksum_end(checksum_add(0, p + hdr, len - hdr)) != 0)
			return;
		p += hdr;
		len -= hdr;
	}
	if (len < ECHO_HDR + SIM_DATAGRAM_LEAST || (unsigned)(p[4] << 8 | p[5]) != m->port)
		return;
	mouth_heard(m, m->port, p + ECHO_HDR, len - ECHO_HDR, &is_due);
	w->due_heard += is_due;
}

static void read_replies(struct mouth *m)
{
	struct world *w = m->station->world;

	for (;;) {
		ssize_t n = nod_recv(m->station->stack, m->fd, w->in, sizeof(w->in), 0);

		if (n < 0)
			return;
		judge_reply(m, w->in, (uint32_t)n);
	}
}

/* A raw socket that hears echo replies alone; its "port" is the identifier. */
static struct mouth *new_socket(struct station *st, bool is_six)
{
	struct mouth *m = is_six ? mouth_new(st, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, 0) :
				   mouth_new(st, AF_INET, SOCK_RAW, IPPROTO_ICMP, 0);
	struct icmp_filter four = { .data = ~(1u << REPLY4) };
	uint32_t six[8] = { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
		0xffffffff, 0xffffffff, 0xffffffff };

	if (!m)
		return NULL;
	m->port = (uint16_t)(st->number + 1);
	m->read = read_replies;
	six[REPLY6 / 32] &= ~(1u << REPLY6 % 32);
	if (is_six)
		nod_setsockopt(st->stack, m->fd, IPPROTO_ICMPV6, 1 /* ICMP6_FILTER */, six,
			sizeof(six));
	else
		nod_setsockopt(st->stack, m->fd, SOL_RAW, ICMP_FILTER, &four, sizeof(four));
	return m;
}

static void ping(struct pinger *p, const struct station *to, bool is_six)
{
	struct station *st = p->task.station;
	struct world *w = st->world;
	struct mouth *m = p->m[is_six];
	uint32_t octets = chance(w, 85) ? SIM_DATAGRAM_LEAST + draw(w, 100) :
					  SIM_DATAGRAM_LEAST + draw(w, 5000);
	struct sim_sent sent = {
		.to = st->held[0],
		.to_port = m->port,
		.from_port = m->port,
		.from = st->number,
		.octets = octets,
		.tag = 1,
		.at = now_of(w),
	};
	uint8_t *msg = w->out;
	uint16_t sum;
	uint64_t number;
	struct sockaddr_storage at;
	struct nod_addr a;
	socklen_t len;

	if (!some_address(w, st, to, is_six ? NOD_IPV6 : NOD_IPV4, &a))
		return;
	number = sim_ledger_write(w->ledger, &sent, msg + ECHO_HDR);
	memset(msg, 0, ECHO_HDR);
	msg[0] = is_six ? REQUEST6 : REQUEST4;
	msg[4] = (uint8_t)(m->port >> 8);
	msg[5] = (uint8_t)m->port;
	msg[6] = (uint8_t)(++p->sequence >> 8);
	msg[7] = (uint8_t)p->sequence;
	if (!is_six) { /* of IPv6 the stack fills it in */
		sum = checksum_end(checksum_add(0, msg, ECHO_HDR + octets));
		msg[2] = (uint8_t)(sum >> 8);
		msg[3] = (uint8_t)sum;
	}
	len = address_to_socket(m->domain, &a, 0, &at);
	if (nod_sendto(st->stack, m->fd, msg, ECHO_HDR + octets, 0, (struct sockaddr *)&at,
		    len) < 0) {
		sim_ledger_refused(w->ledger, number);
		return;
	}
	w->pings++;
	w->due++;
}

static void ping_next(struct task *task, nod_ns now)
{
	struct pinger *p = (struct pinger *)task;
	struct world *w = task->world;
	const struct station *to = &w->station[p->next++ % w->n_stations];

	for (int six = 0; six < 2; six++)
		if (p->m[six])
			ping(p, to, six);
	task_again(task, now + some_time(w, NOD_S));
}

bool begin_ping(struct world *w)
{
	for (unsigned s = 0; s < w->n_stations; s++) {
		struct station *st = &w->station[s];
		struct pinger *p = task_new(
			w, st, sizeof(*p), ping_next, w->start + some_time(w, 5 * NOD_S));

		if (!p)
			return false;
		p->next = st->number;
		if (st->has_v4)
			p->m[0] = new_socket(st, false);
		if (st->has_v6)
			p->m[1] = new_socket(st, true);
	}
	return true;
}
