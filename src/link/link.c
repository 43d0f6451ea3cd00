/* SPDX-License-Identifier: ISC */
/*
 * link.c - frames in and out of a stack's interfaces
 *
 * RFC 894, RFC 1122 2.3.3 (Ethernet II only), IEEE 802.1Q.  Does not resolve addresses: neigh.c.
 *
 * Neighbours: link.h, iface.c (the interfaces themselves), segment.c, ether_wire.h.
 */
#include "link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../physical/device.h"
#include "ether_wire.h"
#include "segment.h"

enum { VID_MASK = 0x0fff, TAG_LEN = 4 };

int link_register(struct link *l, const struct link_upper *u)
{
	for (unsigned i = 0; i < l->n_upper; i++)
		if (l->upper[i].ethertype == u->ethertype)
			return -EEXIST;
	if (l->n_upper == LINK_UPPERS)
		return -ENOSPC;
	l->upper[l->n_upper++] = *u;
	return 0;
}

static void drop(struct iface *i, struct pkt *p, enum nod_event_kind why, uint64_t *counter)
{
	if (counter)
		(*counter)++;
	NOTE(i->link->core, why, .packet = pkt_public(p), .interface = (uint16_t)i->index);
	pkt_free(p);
}

static void go_up(struct iface *i, struct pkt *p, uint16_t type)
{
	struct link *l = i->link;

	for (unsigned u = 0; u < l->n_upper; u++) {
		if (l->upper[u].ethertype == type) {
			l->upper[u].input(l->upper[u].self, i, p);
			return;
		}
	}
	drop(i, p, type < ETHER_TYPE_LEAST ? NOD_EV_ETH_DROP_LENGTH_FRAME : NOD_EV_ETH_DROP_TYPE,
		&i->count.in_unknown);
}

static uint64_t mac_hash(const struct iface *i, const uint8_t mac[6])
{
	uint8_t octets[8] = { 0 };

	memcpy(octets, mac, 6);
	return siphash13(&i->link->core->key, octets, sizeof(octets));
}

struct filter_entry {
	struct hnode node;
	uint8_t mac[6];
	uint32_t refs;
};

static struct filter_entry *filter_find(const struct iface *i, const uint8_t mac[6])
{
	struct hnode *n = table_first(&i->filter, mac_hash(i, mac));

	for (; n; n = table_next(n)) {
		struct filter_entry *f = container_of(n, struct filter_entry, node);

		if (memcmp(f->mac, mac, 6) == 0)
			return f;
	}
	return NULL;
}

int iface_filter_add(struct iface *i, const uint8_t mac[ETHER_ADDR_LEN])
{
	struct filter_entry *f = filter_find(i, mac);

	if (!f) {
		f = calloc(1, sizeof(*f));
		if (!f)
			return -ENOMEM;
		memcpy(f->mac, mac, 6);
		table_put(&i->filter, &f->node, mac_hash(i, mac));
	}
	f->refs++;
	return 0;
}

void iface_filter_remove(struct iface *i, const uint8_t mac[ETHER_ADDR_LEN])
{
	struct filter_entry *f = filter_find(i, mac);

	if (f && --f->refs == 0) {
		table_remove(&i->filter, &f->node);
		free(f);
	}
}

/*
 * Whether the frame is for this station; p's marks say how.  A group's frame counts when the
 * network layer asked for the group.
 */
static bool is_for_us(struct iface *i, struct pkt *p, const uint8_t dst[6])
{
	if (!ether_is_group(dst)) {
		if (memcmp(dst, i->mac, 6) != 0)
			return false;
		i->count.in_ucast++;
		return true;
	}
	if (ether_is_broadcast(dst)) {
		p->is_broadcast = 1;
		i->count.in_broadcast++;
		return true;
	}
	if (!filter_find(i, dst))
		return false;
	p->is_multicast = 1;
	i->count.in_multicast++;
	return true;
}

void link_input(struct link *l, struct iface *i, struct pkt *p)
{
	struct ether_hdr h;
	struct rcur r = rcur_of(p->data, p->lin);

	p->l2 = p->data;
	i->count.in_octets += p->len;
	if (!i->is_up) {
		drop(i, p, NOD_EV_ETH_DROP_DOWN, &i->count.in_discards);
		return;
	}
	NOTE(l->core, NOD_EV_ETH_IN, .packet = pkt_public(p), .interface = (uint16_t)i->index);
	if (__builtin_expect(l->tap.frame != NULL, 0))
		l->tap.frame(l->tap.self, i, p, false);
	if (ether_parse(&h, &r) < 0) { /* (H01) */
		drop(i, p, NOD_EV_ETH_DROP_SHORT, &i->count.in_errors);
		return;
	}
	if (ether_is_group(h.src) || ether_is_zero(h.src)) {
		drop(i, p, NOD_EV_ETH_DROP_SOURCE, &i->count.in_errors);
		return;
	}
	if (h.n_tags || i->vlan) {
		uint16_t vid = h.n_tags ? h.tag[0] & VID_MASK : 0;

		if (h.n_tags > 1 || vid != i->vlan) { /* VID 0: a priority tag alone */
			drop(i, p, NOD_EV_ETH_DROP_VLAN, &i->count.in_unknown);
			return;
		}
		p->vlan_tagged = h.n_tags != 0;
		p->vlan = h.n_tags ? h.tag[0] : 0;
	}
	if (!is_for_us(i, p, h.dst)) {
		drop(i, p, NOD_EV_ETH_DROP_NOT_MINE, NULL);
		return;
	}
	pkt_pull(p, h.len);
	p->l3 = p->data;
	go_up(i, p, h.type);
}

/* ---- out --------------------------------------------------------------------------------- */

static void count_out(struct iface *i, const uint8_t dst[6], uint32_t octets)
{
	i->count.out_octets += octets;
	if (!ether_is_group(dst))
		i->count.out_ucast++;
	else if (ether_is_broadcast(dst))
		i->count.out_broadcast++;
	else
		i->count.out_multicast++;
}

static int queue(struct iface *i, struct pkt *p)
{
	if (i->txq.count >= i->link->core->conf.transmit_queue) {
		drop(i, p, NOD_EV_ETH_DROP_QUEUE, &i->count.out_discards);
		return -ENOBUFS;
	}
	count_out(i, p->l2, p->len);
	NOTE(i->link->core, NOD_EV_ETH_OUT, .packet = pkt_public(p),
		.interface = (uint16_t)i->index);
	pkt_queue_put(&i->txq, p);
	return 0;
}

int iface_output(
	struct iface *i, struct pkt *p, const uint8_t dst[ETHER_ADDR_LEN], uint16_t ethertype)
{
	uint32_t len = ETHER_HDR_LEN + (i->vlan ? TAG_LEN : 0);

	if (i->kind == IFACE_LOOPBACK) {
		iface_loop(i, p);
		return 0;
	}
	if (!i->is_up) {
		drop(i, p, NOD_EV_ETH_DROP_DOWN, &i->count.out_discards);
		return -ENETDOWN;
	}
	if (!p->gso && p->len > i->mtu) {
		drop(i, p, NOD_EV_ETH_DROP_TOO_LONG, &i->count.out_errors);
		return -EMSGSIZE;
	}

	uint8_t *at = pkt_push(p, len);

	p->l2 = at;
	memcpy(at, dst, 6);
	memcpy(at + 6, i->mac, 6);
	if (i->vlan) {
		struct wcur w = wcur_of(at + 12, TAG_LEN);

		wcur_u16(&w, ETHERTYPE_VLAN);
		wcur_u16(&w, i->vlan);
	}
	at[len - 2] = (uint8_t)(ethertype >> 8);
	at[len - 1] = (uint8_t)ethertype;
	return queue(i, p);
}

int iface_output_frame(struct iface *i, struct pkt *p)
{
	if (!i->is_up) {
		drop(i, p, NOD_EV_ETH_DROP_DOWN, &i->count.out_discards);
		return -ENETDOWN;
	}
	if (p->len < ETHER_HDR_LEN || !pkt_linear(p, ETHER_HDR_LEN)) {
		drop(i, p, NOD_EV_ETH_DROP_SHORT, &i->count.out_errors);
		return -EINVAL;
	}
	if (!p->gso && p->len > i->mtu + ETHER_HDR_LEN + TAG_LEN) {
		drop(i, p, NOD_EV_ETH_DROP_TOO_LONG, &i->count.out_errors);
		return -EMSGSIZE;
	}
	p->l2 = p->data;
	return queue(i, p);
}

/* The bit that a device must have to take @p whole. */
static unsigned gso_bit(const struct pkt *p)
{
	if (p->gso == PKT_GSO_UDP)
		return DEVICE_USO;
	return p->l3 && p->l3[0] >> 4 == 6 ? DEVICE_TSO6 : DEVICE_TSO4;
}

/* Into pieces that @i can carry, at the head of its queue.  false: dropped. */
static bool cut(struct link *l, struct iface *i, struct pkt *p)
{
	struct pkt_queue pieces;

	pkt_queue_init(&pieces);
	if (segment_split(p, l->core->pool, &pieces) < 0) {
		i->count.out_discards++;
		NOTE(l->core, NOD_EV_ETH_DROP_NO_MEMORY, .interface = (uint16_t)i->index);
		return false;
	}
	if (!pieces.count)
		return false;
	*pieces.last = i->txq.first;
	if (!i->txq.first)
		i->txq.last = pieces.last;
	i->txq.first = pieces.first;
	i->txq.count += pieces.count;
	i->txq.octets += pieces.octets;
	return true;
}

unsigned link_output(struct link *l, struct iface *i, struct pkt **out, unsigned max)
{
	unsigned n = 0;

	while (n < max) {
		struct pkt *p = pkt_queue_take(&i->txq);

		if (!p)
			break;
		if (p->gso && (!(i->can & gso_bit(p)) || p->len > i->gso_octets)) {
			cut(l, i, p);
			continue;
		}
		if (p->sum == PKT_SUM_TO_FILL && !(i->can & DEVICE_SUMS))
			pkt_fill_checksum(p);
		if (__builtin_expect(l->tap.frame != NULL, 0))
			l->tap.frame(l->tap.self, i, p, true);
		out[n++] = p;
	}
	return n;
}

/* ---- to ourselves -------------------------------------------------------------------------- */

void iface_loop(struct iface *i, struct pkt *p)
{
	struct link *l = i->link;

	if (l->looped.count >= l->core->conf.transmit_queue) {
		drop(i, p, NOD_EV_ETH_DROP_QUEUE, &i->count.out_discards);
		return;
	}
	i->count.out_octets += p->len;
	i->count.out_ucast++;
	p->is_looped = 1;
	p->mark = i->index;
	p->l3 = p->data;
	/* nothing can have damaged it */
	if (p->sum == PKT_SUM_TO_FILL || p->sum == PKT_SUM_FILLED)
		p->sum = PKT_SUM_VERIFIED;
	pkt_queue_put(&l->looped, p);
}

void link_run(struct link *l)
{
	/* what is looped while these go up waits for the next time */
	for (uint32_t left = l->looped.count; left; left--) {
		struct pkt *p = pkt_queue_take(&l->looped);
		struct iface *i = iface_at(l, p->mark);

		if (!i || !p->len) {
			pkt_free(p);
			continue;
		}
		i->count.in_octets += p->len;
		i->count.in_ucast++;
		p->mark = 0;
		go_up(i, p, p->data[0] >> 4 == 6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4);
	}
}
