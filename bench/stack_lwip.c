/* SPDX-License-Identifier: ISC */
/*
 * stack_lwip.c - the job of stack.h by lwIP, as Debian's liblwip-dev builds it
 *
 * Its raw interface, called from one thread; the checksum is made while the octets are copied, as
 * lwIP's own sockets do it.
 */
#include <lwip/udp.h>

#include "lwip_pair.h"
#include "stack.h"

struct ends {
	struct udp_pcb *from, *to;
	const struct stack_job *job;
	struct stack_count *c;
	uint8_t out[STACK_OCTETS_MOST], in[STACK_OCTETS_MOST];
};

static struct ends ends;

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
	lwip_pair_open();
	ends.from = udp_new();
	ends.to = udp_new();
	if (!ends.from || !ends.to ||
		udp_bind(ends.from, &pair.netif[0].ip_addr, 4000) != ERR_OK ||
		udp_bind(ends.to, &pair.netif[1].ip_addr, 4000) != ERR_OK)
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
			udp_sendto_if_chksum(ends.from, p, &pair.netif[1].ip_addr, 4000,
				&pair.netif[0], 1, sum) != ERR_OK)
			bench_die(0, "udp_sendto_if_chksum");
		pbuf_free(p);
	}
	while (c->received < c->sent) {
		uint64_t before = c->received;

		lwip_pair_take(0);
		lwip_pair_take(1);
		if (c->received == before && !pair.count[0] && !pair.count[1])
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
