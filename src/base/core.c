/* SPDX-License-Identifier: ISC */
/*
 * core.c - what all layers of one stack share
 *
 * Neighbours: core.h, nod/conf.h (which names the defaults).
 */
#include "core.h"

#include <errno.h>
#include <string.h>

#define DEFAULT(field, value) \
	do {                      \
		if (!(field))     \
			(field) = (value); \
	} while (0)

void core_defaults(struct nod_conf *conf)
{
	DEFAULT(conf->memory_octets, (size_t)64 << 20);
	DEFAULT(conf->interfaces, 16);
	DEFAULT(conf->addresses, 32);
	DEFAULT(conf->sockets, 65536);
	DEFAULT(conf->routes, 131072);
	DEFAULT(conf->neighbours, 4096);
	DEFAULT(conf->neighbours_incomplete, 256);
	DEFAULT(conf->neighbour_queue, 64);
	DEFAULT(conf->destinations, 4096);
	DEFAULT(conf->reassemblies, 64);
	DEFAULT(conf->reassemblies_per_source, 16);
	DEFAULT(conf->reassembly_octets, 4 << 20);
	DEFAULT(conf->reassembly_fragments, 64);
	DEFAULT(conf->groups, 256);
	DEFAULT(conf->group_sources, 64);
	DEFAULT(conf->routers, 8);
	DEFAULT(conf->prefixes, 16);
	DEFAULT(conf->transmit_queue, 1024);
	DEFAULT(conf->receive_octets, 208 << 10);
	DEFAULT(conf->send_octets, 208 << 10);
	DEFAULT(conf->icmp_errors_per_second, 100);
	DEFAULT(conf->tcp_connections, 1 << 20);
	DEFAULT(conf->tcp_half_open, 4096);
	DEFAULT(conf->tcp_time_wait, 65536);
	DEFAULT(conf->tcp_backlog, 4096);
	DEFAULT(conf->tcp_busy, 256);
	DEFAULT(conf->tcp_receive_octets, 128 << 10);
	DEFAULT(conf->tcp_receive_most, 6 << 20);
	DEFAULT(conf->tcp_send_octets, 128 << 10);
	DEFAULT(conf->tcp_send_most, 4 << 20);
	DEFAULT(conf->tcp_burst_segments, 2);
	DEFAULT(conf->tcp_syn_retries, 7);
	DEFAULT(conf->tcp_fast_open, NOD_FAST_OPEN_CLIENT | NOD_FAST_OPEN_SERVER);
	DEFAULT(conf->default_ttl, 64); /* RFC 1700 */
}

int core_init(struct core *c, const struct nod_conf *conf, nod_ns now)
{
	memset(c, 0, sizeof(*c));
	if (conf)
		c->conf = *conf;
	core_defaults(&c->conf);
	c->now = now;
	prng_init(&c->prng, c->conf.seed);
	c->key.k0 = prng_u64(&c->prng);
	c->key.k1 = prng_u64(&c->prng);
	wheel_init(&c->wheel, now);
	if (interns_init(&c->interns, &c->key) < 0)
		return -ENOMEM;
	c->pool = pkt_pool_new(c->conf.memory_octets);
	if (c->pool)
		return 0;
	interns_end(&c->interns);
	return -ENOMEM;
}

void core_end(struct core *c)
{
	pkt_pool_release(c->pool);
	c->pool = NULL;
	interns_end(&c->interns);
}

void core_tell(struct core *c, struct nod_event *e)
{
	e->at = c->now;
	c->conf.sink.event(c->conf.sink.self, e);
}
