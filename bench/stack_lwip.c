/* SPDX-License-Identifier: ISC */
/*
 * stack_lwip.c - the job of stack.h by lwIP, as Debian's liblwip-dev builds it
 *
 * Its raw interface, called from one thread, over two interfaces of Ethernet that hand pbufs to
 * one another by reference; the checksum is made while the octets are copied, as lwIP's own
 * sockets do it.  There is one stack with both interfaces, because a process can have only one.
 */
#include <lwip/etharp.h>
#include <lwip/init.h>
#include <lwip/netif.h>
#include <lwip/pbuf.h>
#include <lwip/sys.h>
#include <lwip/udp.h>
#include <netif/ethernet.h>

#include "stack.h"

enum { RING = 512 };

struct ends {
	struct netif netif[2];
	struct pbuf *ring[2][RING]; /* on their way to each */
	unsigned head[2], count[2];
	struct udp_pcb *from, *to;
	const struct stack_job *job;
	struct stack_count *c;
	uint8_t out[STACK_OCTETS_MOST], in[STACK_OCTETS_MOST];
};

static struct ends ends;

static err_t transmit(struct netif *n, struct pbuf *p)
{
	unsigned to = n == &ends.netif[0];

	if (ends.count[to] == RING)
		return ERR_MEM;
	pbuf_ref(p);
	ends.ring[to][(ends.head[to] + ends.count[to]++) % RING] = p;
	return ERR_OK;
}

static void move(void)
{
	for (unsigned k = 0; k < 2; k++) {
		while (ends.count[k]) {
			struct pbuf *p = ends.ring[k][ends.head[k]];

			ends.head[k] = (ends.head[k] + 1) % RING;
			ends.count[k]--;
			if (ends.netif[k].input(p, &ends.netif[k]) != ERR_OK)
				pbuf_free(p);
		}
	}
}

static err_t netif_up(struct netif *n)
{
	unsigned k = n == &ends.netif[1];

	n->name[0] = 'e';
	n->name[1] = (char)('0' + k);
	n->mtu = 1500;
	n->hwaddr_len = 6;
	n->hwaddr[0] = 2;
	n->hwaddr[5] = (u8_t)(k + 1);
	n->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET |
		NETIF_FLAG_LINK_UP;
	n->output = etharp_output;
	n->linkoutput = transmit;
	return ERR_OK;
}

static void arrived(
	void *self, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *from, u16_t port)
{
	(void)self;
	(void)pcb;
	(void)from;
	(void)port;
	u16_t len = pbuf_copy_partial(p, ends.in, sizeof(ends.in) - 1, 0);

	stack_check(ends.job, ends.c, ends.in, len);
	pbuf_free(p);
}

static void set_up(void)
{
	ip4_addr_t mask, none, a;

	lwip_init();
	IP4_ADDR(&mask, 255, 255, 255, 0);
	IP4_ADDR(&none, 0, 0, 0, 0);
	for (unsigned k = 0; k < 2; k++) {
		IP4_ADDR(&a, 10, 0, 0, (u8_t)(k + 1));
		if (!netif_add(&ends.netif[k], &a, &mask, &none, NULL, netif_up, ethernet_input))
			bench_die(0, "netif_add");
		netif_set_up(&ends.netif[k]);
	}
	ends.from = udp_new();
	ends.to = udp_new();
	if (!ends.from || !ends.to ||
		udp_bind(ends.from, &ends.netif[0].ip_addr, 4000) != ERR_OK ||
		udp_bind(ends.to, &ends.netif[1].ip_addr, 4000) != ERR_OK)
		bench_die(0, "udp_bind");
	udp_recv(ends.to, arrived, NULL);
}

static void batch(void *self, const struct stack_job *j, struct stack_count *c)
{
	(void)self;
	ends.job = j;
	ends.c = c;
	for (unsigned i = 0; i < j->batch; i++) {
		struct pbuf *p = pbuf_alloc(PBUF_TRANSPORT, (u16_t)j->size, PBUF_RAM);
		u16_t sum = 0;

		if (!p)
			bench_die(0, "pbuf_alloc");
		stack_number(c, ends.out);
		if (pbuf_fill_chksum(p, 0, ends.out, (u16_t)j->size, &sum) != ERR_OK ||
			udp_sendto_if_chksum(ends.from, p, &ends.netif[1].ip_addr, 4000,
				&ends.netif[0], 1, sum) != ERR_OK)
			bench_die(0, "udp_sendto_if_chksum");
		pbuf_free(p);
	}
	while (c->received < c->sent) {
		uint64_t before = c->received;

		move();
		if (c->received == before && !ends.count[0] && !ends.count[1])
			bench_die(0, "lwIP lost a datagram");
	}
}

int main(int argc, char **argv)
{
	struct stack_job j = stack_job_of(argc, argv), first = j;
	struct stack_count c = { 0 };

	if (j.way != STACK_ONE)
		bench_die(0, "lwIP has no such way");
	set_up();
	first.batch = 1; /* until the neighbour is known, few may wait for it */
	batch(NULL, &first, &c);
	stack_run(&j, batch, NULL, NULL);
	printf(", \"version\": \"%s\"}\n", LWIP_VERSION_STRING);
	return 0;
}
