/* SPDX-License-Identifier: ISC */
/*
 * lwip_pair.h - two interfaces of Ethernet on one lwIP, joined, in one thread
 *
 * 10.0.0.1 and 10.0.0.2.  They hand pbufs to one another by reference; of a segment, which TCP
 * keeps, the headers are copied, since lwIP changes the byte order of those that it receives where
 * they lie.  There is one stack with both, because a process can have only one.
 *
 * Neighbours: stack_lwip.c (UDP), stream_lwip.c (TCP).
 */
#ifndef BENCH_LWIP_PAIR_H
#define BENCH_LWIP_PAIR_H

#include <errno.h>
#include <lwip/etharp.h>
#include <lwip/init.h>
#include <lwip/netif.h>
#include <lwip/pbuf.h>
#include <lwip/sys.h>
#include <netif/ethernet.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

enum { LWIP_RING = 2048 };

/* The headers of a frame, and the rest of it, which is the sender's and freed with this. */
struct lwip_copy {
	struct pbuf_custom head; /* first: what lwIP knows of it */
	struct pbuf_custom rest;
	struct pbuf *of;
	unsigned n; /* of the two, not yet freed */
	struct lwip_copy *next; /* free */
	uint8_t room[128];
};

struct lwip_pair {
	bool is_kept; /* by the sender */
	struct lwip_copy *free;
	struct netif netif[2];
	struct pbuf *ring[2][LWIP_RING]; /* on their way to each */
	unsigned head[2], count[2];
	uint64_t frames;
};

static struct lwip_pair pair;

static void lwip_copy_less(struct lwip_copy *c)
{
	if (--c->n)
		return;
	pbuf_free(c->of);
	c->next = pair.free;
	pair.free = c;
}

static void lwip_head_free(struct pbuf *p)
{
	lwip_copy_less((struct lwip_copy *)(void *)p);
}

static void lwip_rest_free(struct pbuf *p)
{
	lwip_copy_less((struct lwip_copy *)(void *)((char *)p - offsetof(struct lwip_copy, rest)));
}

/* Debian's lwIP gives a frame in one pbuf (LWIP_NETIF_TX_SINGLE_PBUF).  Takes @p. */
static struct pbuf *lwip_copy_new(struct pbuf *p)
{
	struct lwip_copy *c = pair.free;
	const uint8_t *f = p->payload;
	u16_t ip = 14, tcp = (u16_t)(ip + (p->len > ip ? (f[ip] & 15) * 4 : 0)), head = p->len;
	struct pbuf *first;

	if (p->next)
		bench_die(0, "a frame in several pbufs");
	if (p->len > sizeof(c->room))
		head = (u16_t)(tcp + (f[tcp + 12] >> 4) * 4);
	if (head > sizeof(c->room))
		bench_die(0, "a long frame that is not TCP's");
	if (c)
		pair.free = c->next;
	else
		c = malloc(sizeof(*c));
	if (!c)
		bench_die(ENOMEM, "a pbuf");
	c->of = p;
	c->n = 1;
	c->head.custom_free_function = lwip_head_free;
	memcpy(c->room, f, head);
	first = pbuf_alloced_custom(
		PBUF_RAW, head, PBUF_REF, &c->head, c->room, sizeof(c->room));
	if (head < p->len) {
		c->n = 2;
		c->rest.custom_free_function = lwip_rest_free;
		pbuf_cat(first, pbuf_alloced_custom(PBUF_RAW, (u16_t)(p->len - head), PBUF_REF,
			&c->rest, (uint8_t *)p->payload + head, (u16_t)(p->len - head)));
	}
	return first;
}

static err_t lwip_pair_transmit(struct netif *n, struct pbuf *p)
{
	unsigned to = n == &pair.netif[0];

	if (pair.count[to] == LWIP_RING)
		return ERR_MEM;
	pair.frames++;
	pbuf_ref(p);
	pair.ring[to][(pair.head[to] + pair.count[to]++) % LWIP_RING] =
		pair.is_kept ? lwip_copy_new(p) : p;
	return ERR_OK;
}

/* Interface @k takes in what has been sent to it. */
static void lwip_pair_take(unsigned k)
{
	while (pair.count[k]) {
		struct pbuf *p = pair.ring[k][pair.head[k]];

		pair.head[k] = (pair.head[k] + 1) % LWIP_RING;
		pair.count[k]--;
		if (pair.netif[k].input(p, &pair.netif[k]) != ERR_OK)
			pbuf_free(p);
	}
}

static err_t lwip_pair_up(struct netif *n)
{
	unsigned k = n == &pair.netif[1];

	n->name[0] = 'e';
	n->name[1] = (char)('0' + k);
	n->mtu = 1500;
	n->hwaddr_len = 6;
	n->hwaddr[0] = 2;
	n->hwaddr[5] = (u8_t)(k + 1);
	n->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET |
		NETIF_FLAG_LINK_UP;
	n->output = etharp_output;
	n->linkoutput = lwip_pair_transmit;
	return ERR_OK;
}

static void lwip_pair_open(void)
{
	ip4_addr_t mask, none, a;

	lwip_init();
	IP4_ADDR(&mask, 255, 255, 255, 0);
	IP4_ADDR(&none, 0, 0, 0, 0);
	for (unsigned k = 0; k < 2; k++) {
		IP4_ADDR(&a, 10, 0, 0, (u8_t)(k + 1));
		if (!netif_add(&pair.netif[k], &a, &mask, &none, NULL, lwip_pair_up,
			    ethernet_input))
			bench_die(0, "netif_add");
		netif_set_up(&pair.netif[k]);
	}
}

#endif
