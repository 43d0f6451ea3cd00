/* SPDX-License-Identifier: ISC */
/*
 * two_hosts.h - two of nod's hosts in one thread, on a memory wire
 *
 * 10.0.0.1 and 10.0.0.2.  Their clock is the machine's, ahead of it by what it takes until every
 * address and group is settled.
 *
 * Neighbours: stack_nod.c (UDP), stream_nod.c (TCP).
 */
#ifndef BENCH_TWO_HOSTS_H
#define BENCH_TWO_HOSTS_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

#include "bench.h"
#include "physical/wire.h"
#include "session/host.h"

struct two_hosts {
	struct nod_host *host[2];
	struct nod_stack *stack[2];
	nod_ns now, ahead;
};

static inline void must(int err, const char *what)
{
	if (err < 0)
		bench_die(err, "%s", what);
}

static inline struct sockaddr_in two_hosts_name(unsigned host, uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(0x0a000001 + host) };
}

static inline void two_hosts_open_one(
	struct two_hosts *t, unsigned k, struct device *d, const struct nod_conf *conf)
{
	struct nod_conf own = *conf;
	struct nod_interface_conf ic = { .mac = { 2, 0, 0, 0, 0, (uint8_t)(k + 1) },
		.offload = d->can,
		.mtu = d->mtu,
		.gso_octets = d->gso_octets };
	struct nod_prefix p = { .len = 24 };
	int index;

	own.seed[0] = (uint8_t)(k + 1);
	must(nod_stack_new(&own, t->now, &t->stack[k]), "nod_stack_new");
	index = nod_interface_add(t->stack[k], &ic);
	must(index, "nod_interface_add");
	p.addr = (struct nod_addr){ .family = NOD_IPV4, .octet = { 10, 0, 0, (uint8_t)(k + 1) } };
	must(nod_address_add(t->stack[k], (unsigned)index, &p, NOD_ADDRESS_AT_ONCE),
		"nod_address_add");
	t->host[k] = host_new(t->stack[k]);
	if (!t->host[k])
		bench_die(ENOMEM, "host_new");
	must(host_attach(t->host[k], (unsigned)index, d), "host_attach");
}

static inline void two_hosts_open(
	struct two_hosts *t, const struct wire_conf *wire, const struct nod_conf *conf)
{
	struct device *end[2];

	t->now = host_now();
	must(wire_new(wire, end), "wire_new");
	for (unsigned k = 0; k < 2; k++)
		two_hosts_open_one(t, k, end[k], conf);
}

/* So much more of their time passes at once. */
static inline void two_hosts_settle(struct two_hosts *t, nod_ns span)
{
	nod_ns until = t->now + span;

	for (; t->now < until; t->now += 100 * NOD_MS) {
		host_turn(t->host[0], t->now);
		host_turn(t->host[1], t->now);
	}
	t->ahead += span;
}

static inline void two_hosts_look_at_clock(struct two_hosts *t)
{
	t->now = host_now() + t->ahead;
}

#endif
