/* SPDX-License-Identifier: ISC */
/*
 * stack_links.c - a stack's interfaces and their addresses, in the form of the kernel's
 *
 * The flags are the kernel's numbers for the same states: IFF_* of an interface that is up,
 * IFA_F_* of an address that is tentative, duplicate, deprecated or temporary.
 *
 * Neighbours: stack_links.h, rtnetlink.h (the form), stack_net.c (what is told).
 */
#include "stack_links.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

static struct link_counters counters(uint64_t packets, uint64_t octets, uint64_t errors,
	uint64_t dropped)
{
	return (struct link_counters){
		.packets = packets, .octets = octets, .errors = errors, .dropped = dropped };
}

static void read_link(const struct nod_interface_info *i, struct net_link *l)
{
	*l = (struct net_link){
		.index = i->index,
		.type = i->is_loopback ? ARPHRD_LOOPBACK : ARPHRD_ETHER,
		.flags = i->is_loopback ? IFF_LOOPBACK : IFF_BROADCAST | IFF_MULTICAST,
		.oper_state = i->is_up ? IF_OPER_UP : IF_OPER_DOWN,
		.mtu = i->mtu,
		.mac_len = sizeof(i->mac),
		.mac_broadcast_len = i->is_loopback ? 0 : sizeof(i->mac),
		.has_counters = true,
		.rx = counters(i->in_packets, i->in_octets, i->in_errors, i->in_discards),
		.tx = counters(i->out_packets, i->out_octets, i->out_errors, i->out_discards),
	};
	if (i->is_up)
		l->flags |= IFF_UP | IFF_LOWER_UP | IFF_RUNNING;
	memcpy(l->name, i->name, sizeof(l->name));
	memcpy(l->mac, i->mac, sizeof(i->mac));
	memset(l->mac_broadcast, 0xff, l->mac_broadcast_len);
}

/* Seconds left of a life that ends at @until, rounded up. */
static uint32_t left_of(nod_ns until, nod_ns now)
{
	nod_ns left = (until - now + NOD_S - 1) / NOD_S;

	if (until == NOD_FOREVER || left >= UINT32_MAX)
		return UINT32_MAX;
	return left < 0 ? 0 : (uint32_t)left;
}

static unsigned flags_of(const struct nod_address_info *a)
{
	static const struct {
		const char *word;
		unsigned flag;
	} states[] = {
		{ "tentative", IFA_F_TENTATIVE },
		{ "deprecated", IFA_F_DEPRECATED },
		{ "duplicate", IFA_F_DADFAILED | IFA_F_TENTATIVE },
	};
	unsigned flags = strcmp(a->origin, "temporary") == 0 ? IFA_F_TEMPORARY : 0;

	for (size_t k = 0; k < sizeof(states) / sizeof(states[0]); k++)
		if (strcmp(a->state, states[k].word) == 0)
			flags |= states[k].flag;
	return flags;
}

/* RFC 919: all ones behind the prefix; a network of one or two hosts has none (RFC 3021). */
static struct nod_addr broadcast_of(const struct nod_prefix *p)
{
	struct nod_addr a = p->addr;

	if (a.family != NOD_IPV4 || p->len > 30)
		return (struct nod_addr){ 0 };
	for (unsigned bit = p->len; bit < 32; bit++)
		a.octet[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return a;
}

static void read_addr(
	const struct nod_stack *s, const struct nod_address_info *a, struct net_addr *out)
{
	struct ipa addr = ipa_from_addr(&a->prefix.addr);
	bool is_loopback = strcmp(a->origin, "loopback") == 0;

	*out = (struct net_addr){
		.interface = a->interface,
		.local = a->prefix,
		.scope = is_loopback ? RT_SCOPE_HOST :
			ipa_is_link_local(&addr) ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
		.flags = flags_of(a),
		.valid_s = left_of(a->valid_until, s->core.now),
		.preferred_s = left_of(a->preferred_until, s->core.now),
	};
	out->local.addr.zone = 0; /* the interface is known */
	if (!is_loopback)
		out->broadcast = broadcast_of(&a->prefix);
}

int stack_links_read(const struct nod_stack *s, struct kernel_links *k)
{
	struct nod_interface_info i = { 0 };
	struct nod_address_info a;
	unsigned n_links = 0, n_addrs = 0;

	while (nod_interface_next(s, i.index, &i) == 0)
		n_links++;
	while (nod_address_at(s, n_addrs, &a) == 0)
		n_addrs++;
	k->link = calloc(n_links + 1, sizeof(*k->link));
	k->addr = calloc(n_addrs + 1, sizeof(*k->addr));
	k->n_links = k->n_addrs = 0;
	if (!k->link || !k->addr) {
		kernel_links_free(k);
		return -ENOMEM;
	}
	i.index = 0;
	while (nod_interface_next(s, i.index, &i) == 0)
		read_link(&i, &k->link[k->n_links++]);
	while (nod_address_at(s, k->n_addrs, &a) == 0)
		read_addr(s, &a, &k->addr[k->n_addrs++]);
	return 0;
}
