/* SPDX-License-Identifier: ISC */
/*
 * link_local4.c - an IPv4 address of one's own choice when nobody gives one
 *
 * Neighbours: link_local4.h (what is done where), network/net.h (ifaddr_add()).
 */
#include "link_local4.h"

enum { PREFIX_LEN = 16, FIRST = 256, LAST = 65535 - 256 /* of 169.254/16: RFC 3927 2.1 */ };

static struct ifaddr *addr_of(const struct link_local4 *l, const struct netif *i)
{
	return l->is_on ? ifaddr_find(i->net, i->iface, &l->addr) : NULL;
}

static void choose(struct link_local4 *l, struct netif *i)
{
	struct ifaddr_conf conf = { .prefix_len = PREFIX_LEN, .origin = IFADDR_LINK_LOCAL };
	uint32_t host = FIRST + prng_below(&l->chance, LAST - FIRST + 1);

	l->addr = ipa_of_v4(UINT32_C(169) << 24 | UINT32_C(254) << 16 | host);
	conf.addr = l->addr;
	NOTE(i->net->core, NOD_EV_LINK_LOCAL, .interface = (uint16_t)i->iface->index,
		.src = ipa_to_addr(&l->addr, 0));
	ifaddr_add(i, &conf, NULL); /* refused: the next turn tries another */
}

void link_local4_start(struct link_local4 *l, struct netif *i)
{
	uint64_t seed = 0;

	if (l->is_on)
		return;
	for (unsigned k = 0; k < ETHER_ADDR_LEN; k++)
		seed = seed << 8 | i->iface->mac[k];
	prng_init_u64(&l->chance, seed);
	l->is_on = true;
	choose(l, i);
}

void link_local4_stop(struct link_local4 *l, struct netif *i)
{
	struct ifaddr *a = addr_of(l, i);

	if (a)
		ifaddr_remove(a);
	l->is_on = false;
}

void link_local4_run(struct link_local4 *l, struct netif *i)
{
	struct ifaddr *a = addr_of(l, i);

	if (!l->is_on || (a && a->state != IFADDR_DUPLICATE))
		return;
	if (a) /* RFC 3927 2.2.1 and 2.5 (b): somebody has it, or will not let it go */
		ifaddr_remove(a);
	choose(l, i);
}

bool link_local4_is_ready(const struct link_local4 *l, const struct netif *i)
{
	const struct ifaddr *a = addr_of(l, i);

	return a && a->state == IFADDR_PREFERRED;
}
