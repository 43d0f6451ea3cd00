/* SPDX-License-Identifier: ISC */
/*
 * pair.h - two stacks and a wire between them that loses, delays and doubles, for tests
 *
 * 10.0.0.1 and 10.0.0.2, 2001:db8::1 and ::2; the clock is the test's and jumps from deadline to
 * deadline.  Frames wait in one queue each way until their time.
 */
#ifndef NOD_TEST_PAIR_H
#define NOD_TEST_PAIR_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "chance.h"
#include "nod/nod.h"
#include "tap.h"

struct pair_frame {
	struct pair_frame *next;
	nod_ns at;
	size_t len;
	uint8_t octets[];
};

struct pair_wire {
	unsigned loss, twice, late, damage; /* chances in 10,000 of each frame */
	nod_ns delay, jitter;
	bool is_cut;
	struct pair_frame *first; /* by time */
	uint64_t n_frames, n_lost, n_late, n_damaged;
};

struct pair {
	struct nod_stack *host[2];
	struct pair_wire to[2]; /* by who receives */
	nod_ns now;
	/* sees each frame before it is sent; false: it is lost.  May be NULL */
	bool (*filter)(struct pair *p, unsigned to, uint8_t *frame, size_t len);
	void *self;
};

static inline void pair_open(struct pair *p, const struct nod_conf *conf)
{
	*p = (struct pair){ 0 };
	for (unsigned k = 0; k < 2; k++) {
		struct nod_conf c = conf ? *conf : (struct nod_conf){ 0 };
		struct nod_interface_conf i = { .mac = { 2, 0, 0, 0, 0, (uint8_t)(k + 1) } };
		struct nod_prefix a;

		c.seed[0] = (uint8_t)(c.seed[0] + k + 1);
		c.no_privacy = true;
		if (nod_stack_new(&c, 0, &p->host[k]) < 0 ||
			nod_interface_add(p->host[k], &i) != 2) {
			printf("Bail out! no stack\n");
			exit(99);
		}
		nod_prefix_parse(&a, k ? "10.0.0.2/24" : "10.0.0.1/24");
		nod_address_add(p->host[k], 2, &a, NOD_ADDRESS_AT_ONCE);
		nod_prefix_parse(&a, k ? "2001:db8::2/64" : "2001:db8::1/64");
		nod_address_add(p->host[k], 2, &a, NOD_ADDRESS_AT_ONCE);
	}
}

static inline void pair_put(
	struct pair *p, unsigned to, const uint8_t *octets, size_t len, nod_ns at)
{
	struct pair_frame *f = malloc(sizeof(*f) + len), **where = &p->to[to].first;

	f->at = at;
	f->len = len;
	memcpy(f->octets, octets, len);
	while (*where && (*where)->at <= at)
		where = &(*where)->next;
	f->next = *where;
	*where = f;
}

static inline void pair_send(struct pair *p, unsigned to, struct nod_packet *packet)
{
	struct pair_wire *w = &p->to[to];
	uint8_t octets[70000];
	struct iovec iov[7];
	size_t len = 0;
	int n = nod_packet_iov(packet, iov);

	for (int i = 0; i < n; i++) {
		memcpy(octets + len, iov[i].iov_base, iov[i].iov_len);
		len += iov[i].iov_len;
	}
	nod_packet_free(packet);
	w->n_frames++;
	if (w->is_cut || (p->filter && !p->filter(p, to, octets, len)) ||
		chance(10000) < w->loss) {
		w->n_lost++;
		return;
	}
	nod_ns at = p->now + w->delay;

	if (w->jitter && chance(10000) < w->late) {
		at += (nod_ns)(chance64() % (uint64_t)w->jitter);
		w->n_late++;
	}
	if (chance(10000) < w->damage) {
		octets[14 + chance((unsigned)len - 14)] ^= (uint8_t)(1u << chance(8));
		w->n_damaged++;
	}
	pair_put(p, to, octets, len, at);
	if (chance(10000) < w->twice)
		pair_put(p, to, octets, len, at + (nod_ns)chance(1000000));
}

/* Everything that can happen at p->now.  Whether anything did. */
static inline bool pair_turn(struct pair *p)
{
	bool has_moved = false;

	for (unsigned k = 0; k < 2; k++) {
		struct nod_packet *out[64];
		unsigned n;

		for (struct pair_frame *f; (f = p->to[k].first) && f->at <= p->now;) {
			p->to[k].first = f->next;
			nod_stack_input(p->host[k], 2,
				nod_packet_new(p->host[k], f->octets, f->len), p->now);
			free(f);
			has_moved = true;
		}
		nod_stack_poll(p->host[k], p->now);
		while ((n = nod_stack_output(p->host[k], 2, out, 64, p->now)) > 0) {
			for (unsigned i = 0; i < n; i++)
				pair_send(p, !k, out[i]);
			has_moved = true;
		}
	}
	return has_moved;
}

/* The clock to the next thing that happens, at most to @until.  false: it is there. */
static inline bool pair_step(struct pair *p, nod_ns until)
{
	nod_ns next = until;

	while (pair_turn(p))
		;
	for (unsigned k = 0; k < 2; k++) {
		nod_ns at = nod_stack_deadline(p->host[k]);

		if (at < next)
			next = at;
		if (p->to[k].first && p->to[k].first->at < next)
			next = p->to[k].first->at;
	}
	if (next > p->now)
		p->now = next;
	return p->now < until;
}

static inline void pair_run(struct pair *p, nod_ns span)
{
	nod_ns until = p->now + span;

	while (pair_step(p, until))
		;
	pair_turn(p);
}

/* Ends it; whether every packet came home. */
static inline bool pair_close(struct pair *p)
{
	bool is_home = true;

	for (unsigned k = 0; k < 2; k++) {
		struct nod_stack_use use;

		for (struct pair_frame *f; (f = p->to[k].first);) {
			p->to[k].first = f->next;
			free(f);
		}
		nod_stack_use(p->host[k], &use);
		is_home = is_home && use.blocks == 0;
		nod_stack_free(p->host[k]);
	}
	return is_home;
}

static inline socklen_t pair_name(
	struct sockaddr_storage *out, bool is_v6, unsigned host, uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	if (is_v6) {
		inet_pton(AF_INET6, host ? "2001:db8::2" : "2001:db8::1", &in6.sin6_addr);
		memcpy(out, &in6, sizeof(in6));
		return sizeof(in6);
	}
	inet_pton(AF_INET, host ? "10.0.0.2" : "10.0.0.1", &in.sin_addr);
	memcpy(out, &in, sizeof(in));
	return sizeof(in);
}

/* A listener on host 1 and a connection from host 0 to it; fd[1] is accepted. */
static inline int pair_connect(struct pair *p, bool is_v6, uint16_t port, int fd[2], int *listener)
{
	int domain = is_v6 ? AF_INET6 : AF_INET, l = *listener, err;
	struct sockaddr_storage a;
	socklen_t len = pair_name(&a, is_v6, 1, port);

	if (l <= 0) {
		l = nod_socket(p->host[1], domain, SOCK_STREAM, 0);
		err = nod_bind(p->host[1], l, (struct sockaddr *)&a, len);
		if (err < 0 || (err = nod_listen(p->host[1], l, 16)) < 0)
			return err;
		*listener = l;
	}
	fd[0] = nod_socket(p->host[0], domain, SOCK_STREAM, 0);
	fd[1] = -EAGAIN;
	err = nod_connect(p->host[0], fd[0], (struct sockaddr *)&a, len);
	if (err != -EINPROGRESS)
		return err;
	for (nod_ns until = p->now + 600 * NOD_S;
		fd[1] == -EAGAIN && pair_step(p, until);)
		fd[1] = nod_accept(p->host[1], l, NULL, NULL);
	return fd[1] < 0 ? fd[1] : 0;
}

#endif
