/* SPDX-License-Identifier: ISC */
/*
 * path.h - connections over one simulated path with a rate, a delay and loss
 *
 * Two hosts and a cable, 10.0.0.1 and 10.0.0.2; up to PATH_FLOWS connections from the first to
 * the second send as much as they can, and what comes is compared with what was sent.  Time is
 * the simulation's: the same configuration gives the same octets.
 *
 * Neighbours: test_tcp_path.c (bounds that hold), bench/path.c (the figures).
 */
#ifndef NOD_TEST_PATH_H
#define NOD_TEST_PATH_H

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "nod/nod.h"
#include "physical/impair.h"
#include "session/sim_net.h"
#include "transport/packet_kind.h"

enum { PATH_FLOWS = 16, PATH_PORT = 4000, PATH_PERIOD = 65521, PATH_WRITE = 65536 };

struct path_conf {
	uint64_t rate;	  /* bit/s */
	nod_ns delay;	  /* each way */
	uint32_t loss;	  /* of what is sent: parts of 10^9 */
	uint32_t queue;	  /* frames before the bottleneck */
	unsigned flows;	  /* begin a tenth of a second one after another */
	nod_ns warm, span; /* measured is what comes between warm and warm + span */
	uint64_t seed;
};

struct path_flow {
	struct sim_item begin;
	struct path *path;
	int from, to; /* sockets; 0 = none yet */
	uint64_t sent, received, at_warm;
	struct nod_tcp_info info; /* in the end */
};

struct path {
	const struct path_conf *conf;
	struct sim_net *net;
	struct sim_host *host[2];
	struct nod_stack *stack[2];
	struct path_flow flow[PATH_FLOWS];
	int listener;
	const char *wrong; /* NULL: nothing so far */
	uint8_t pattern[PATH_PERIOD + PATH_WRITE], got[PATH_WRITE];
};

static inline struct sockaddr_in path_name(unsigned host, unsigned port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(0x0a000001 + host) };
}

/* Flow @k's octets begin elsewhere in the pattern, so that none is taken for another's. */
static inline const uint8_t *path_octets(const struct path *p, unsigned k, uint64_t at)
{
	return p->pattern + (at + k * 4001) % PATH_PERIOD;
}

static inline void path_send(struct path *p, unsigned k)
{
	struct path_flow *f = &p->flow[k];
	ssize_t n;

	while ((n = nod_send(p->stack[0], f->from, path_octets(p, k, f->sent), PATH_WRITE, 0)) > 0)
		f->sent += (uint64_t)n;
	if (n < 0 && n != -EAGAIN)
		p->wrong = strerror((int)-n);
}

static inline void path_receive(struct path *p, unsigned k)
{
	struct path_flow *f = &p->flow[k];
	ssize_t n;

	while ((n = nod_recv(p->stack[1], f->to, p->got, PATH_WRITE, 0)) > 0) {
		if (memcmp(p->got, path_octets(p, k, f->received), (size_t)n) != 0)
			p->wrong = "what came is not what was sent";
		f->received += (uint64_t)n;
	}
	if (n != -EAGAIN)
		p->wrong = n ? strerror((int)-n) : "a stream ended by itself";
}

/* The flow's number is its port's. */
static inline void path_accept(struct path *p)
{
	int fd;

	while ((fd = nod_accept(p->stack[1], p->listener, NULL, NULL)) >= 0) {
		struct sockaddr_in a;
		socklen_t len = sizeof(a);
		unsigned k;

		nod_getpeername(p->stack[1], fd, (struct sockaddr *)&a, &len);
		k = ntohs(a.sin_port) - PATH_PORT - 1u;
		if (k >= p->conf->flows)
			p->wrong = "a connection from nobody";
		else
			p->flow[k].to = fd;
	}
}

static inline void path_ready(
	void *self, struct sim_host *h, const struct nod_socket_event *ev, unsigned n)
{
	struct path *p = self;

	for (unsigned i = 0; i < n && !p->wrong; i++) {
		if (h == p->host[1] && ev[i].socket == p->listener)
			path_accept(p);
		for (unsigned k = 0; k < p->conf->flows; k++) {
			if (h == p->host[0] && p->flow[k].from == ev[i].socket &&
				ev[i].bits & NOD_WRITABLE)
				path_send(p, k);
			if (h == p->host[1] && p->flow[k].to == ev[i].socket &&
				ev[i].bits & NOD_READABLE)
				path_receive(p, k);
		}
	}
}

static inline void path_begin(struct sim_item *item, nod_ns now)
{
	struct path_flow *f = (struct path_flow *)(void *)item; /* its first member */
	struct path *p = f->path;
	unsigned k = (unsigned)(f - p->flow);
	const struct sockaddr_in from = path_name(0, PATH_PORT + 1 + k);
	const struct sockaddr_in to = path_name(1, PATH_PORT);
	int err;

	(void)now;
	sim_host_touch(p->host[0]);
	f->from = nod_socket(p->stack[0], AF_INET, SOCK_STREAM, 0);
	err = nod_bind(p->stack[0], f->from, (const void *)&from, sizeof(from));
	if (err == 0)
		err = nod_connect(p->stack[0], f->from, (const void *)&to, sizeof(to));
	if (err != -EINPROGRESS)
		p->wrong = "a connection cannot be begun";
}

static inline struct device *path_wrap(
	void *self, struct sim_host *h, unsigned interface, struct device *inner)
{
	struct path *p = self;
	const struct path_conf *c = p->conf;
	struct impair_conf ic = { .seed = c->seed, .packets = &packet_kinds, .held = 1 << 20 };
	struct device *out;

	(void)h;
	(void)interface;
	for (unsigned k = 0; k < 2; k++)
		ic.way[k] = (struct impair_faults){ .delay = c->delay, .rate = c->rate,
			.queue_frames = c->queue };
	ic.way[IMPAIR_A_TO_B].loss = c->loss;
	return impair_device(inner, &ic, sim_net_now(p->net), &out) < 0 ? NULL : out;
}

/* A host's stack with its address; NULL: it could not be made. */
static inline struct nod_stack *path_stack(unsigned k, uint64_t seed)
{
	struct nod_conf conf = { .no_ipv6 = true, .memory_octets = 512 << 20,
		.tcp_send_most = 64 << 20, .tcp_receive_most = 64 << 20 };
	struct nod_interface_conf ic = { .mac = { 2, 0, 0, 0, 0, (uint8_t)(k + 1) } };
	struct nod_prefix a = { .len = 24 };
	struct nod_stack *s;

	memcpy(conf.seed, &seed, sizeof(seed));
	conf.seed[31] = (uint8_t)(k + 1);
	if (nod_stack_new(&conf, NOD_S, &s) < 0)
		return NULL;
	a.addr = (struct nod_addr){ .family = NOD_IPV4, .octet = { 10, 0, 0, (uint8_t)(k + 1) } };
	if (nod_interface_add(s, &ic) == 2 && nod_address_add(s, 2, &a, NOD_ADDRESS_AT_ONCE) == 0)
		return s;
	nod_stack_free(s);
	return NULL;
}

static inline bool path_open(struct path *p)
{
	const struct sim_net_conf nc = { .start = NOD_S, .ready = path_ready, .self = p };
	const struct wire_conf wire = { .can = DEVICE_SUMS | DEVICE_TRUSTED, .queue = 1 << 16 };
	const struct sockaddr_in a = path_name(1, PATH_PORT);
	uint64_t x = 88172645463325252u; /* xorshift64 */

	for (unsigned i = 0; i < sizeof(p->pattern); i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		p->pattern[i] = i < PATH_PERIOD ? (uint8_t)(x >> 32) : p->pattern[i - PATH_PERIOD];
	}
	p->net = sim_net_new(&nc);
	if (!p->net || sim_net_expect(p->net, PATH_FLOWS) < 0)
		return false;
	for (unsigned k = 0; k < 2; k++) {
		p->stack[k] = path_stack(k, p->conf->seed);
		if (!p->stack[k])
			return false;
		p->host[k] = sim_host_add(p->net, p->stack[k], p);
		if (!p->host[k])
			return false;
	}
	if (sim_cable(p->host[0], 2, p->host[1], 2, &wire, path_wrap, p) < 0)
		return false;
	p->listener = nod_socket(p->stack[1], AF_INET, SOCK_STREAM, 0);
	return nod_bind(p->stack[1], p->listener, (const void *)&a, sizeof(a)) == 0 &&
		nod_listen(p->stack[1], p->listener, PATH_FLOWS) == 0;
}

/* NULL, or what was wrong.  path_end() in both cases. */
static inline const char *path_run(struct path *p, const struct path_conf *conf)
{
	nod_ns begin;

	memset(p, 0, sizeof(*p));
	p->conf = conf;
	if (!path_open(p))
		return "no path could be made";
	begin = sim_net_now(p->net);
	for (unsigned k = 0; k < conf->flows; k++) {
		p->flow[k].path = p;
		p->flow[k].begin.due = path_begin;
		sim_net_at(p->net, &p->flow[k].begin, begin + k * 100 * NOD_MS);
	}
	if (sim_net_run(p->net, begin + conf->warm) < 0)
		return "time stood still";
	for (unsigned k = 0; k < conf->flows; k++)
		p->flow[k].at_warm = p->flow[k].received;
	if (!p->wrong && sim_net_run(p->net, begin + conf->warm + conf->span) < 0)
		return "time stood still";
	for (unsigned k = 0; k < conf->flows && !p->wrong; k++)
		if (nod_tcp_info(p->stack[0], p->flow[k].from, &p->flow[k].info) < 0)
			p->wrong = "a flow without a connection";
	return p->wrong;
}

static inline void path_end(struct path *p)
{
	if (p->net)
		sim_net_free(p->net);
}

/* Octets a second that came out of a flow, in bit/s. */
static inline double path_goodput(const struct path *p, unsigned k)
{
	return 8e9 * (double)(p->flow[k].received - p->flow[k].at_warm) / (double)p->conf->span;
}

static inline double path_goodput_of_all(const struct path *p)
{
	double sum = 0;

	for (unsigned k = 0; k < p->conf->flows; k++)
		sum += path_goodput(p, k);
	return sum;
}

/* Jain's index of fairness: 1 = all have the same, 1/n = one has all. */
static inline double path_fairness(const struct path *p)
{
	double sum = 0, squares = 0;

	for (unsigned k = 0; k < p->conf->flows; k++) {
		sum += path_goodput(p, k);
		squares += path_goodput(p, k) * path_goodput(p, k);
	}
	return squares > 0 ? sum * sum / (p->conf->flows * squares) : 0;
}

#endif
