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
#include <string.h>

#include "../physical/device.h"
#include "ether_wire.h"
#include "segment.h"

enum { VID_MASK = 0x0fff, TAG_LEN = 4 };

int link_register(struct link *l, const struct link_upper *u)
{
	unsigned at = l->n_upper;

	for (unsigned i = 0; i < l->n_upper; i++)
		if (l->upper[i].ethertype == u->ethertype)
			return -EEXIST;
	if (l->n_upper == LINK_UPPERS)
		return -ENOSPC;
	if (u->ethertype == ETHERTYPE_IPV4)
		at = 0;
	else if (u->ethertype == ETHERTYPE_IPV6)
		at = l->n_upper && l->upper[0].ethertype == ETHERTYPE_IPV4;
	memmove(&l->upper[at + 1], &l->upper[at], (l->n_upper - at) * sizeof(l->upper[0]));
	l->upper[at] = *u;
	l->n_upper++;
	return 0;
}

static void drop(struct iface *i, struct pkt *p, enum nod_event_kind why, uint64_t *counter)
{
	if (counter)
		(*counter)++;
	NOTE(i->link->core, why, .packet = pkt_public(p), .interface = (uint16_t)i->index);
	pkt_free(p);
}

/* ---- in ---------------------------------------------------------------------------------- */

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

/* A packet from a wire may come from another stack, with that one's marks. */
static inline void clear_marks(struct pkt *p)
{
	p->is_multicast = p->is_broadcast = 0;
	p->is_looped = p->is_forwarded = p->vlan_tagged = 0;
	p->mark = 0;
}

static void set_marks(struct pkt *p, const uint8_t *dst)
{
	clear_marks(p);
	p->is_broadcast = ether_is_broadcast(dst);
	p->is_multicast = ether_is_group(dst) && !p->is_broadcast;
}

/*
 * Our own address as the source: a loop, or a forger.  A group's frame is let up all the same,
 * so that the loop can be known for one (RFC 7527 4.2); ARP and IP refuse what else it may be.
 */
static bool is_possible_source(const struct iface *i, const struct ether_hdr *h)
{
	return !ether_is_group(h->src) && !ether_is_zero(h->src) &&
		(memcmp(h->src, i->mac, ETHER_ADDR_LEN) != 0 || ether_is_group(h->dst));
}

/* VID 0 is a priority tag alone; what else there is has to be the interface's VLAN. */
static bool is_our_vlan(const struct iface *i, struct pkt *p, const struct ether_hdr *h)
{
	unsigned vid = 0, n_vids = 0;

	for (unsigned t = 0; t < h->n_tags; t++) {
		if (h->tag[t] & VID_MASK) {
			vid = h->tag[t] & VID_MASK;
			n_vids++;
		}
	}
	if (h->n_tags) {
		p->vlan_tagged = 1;
		p->vlan = h->tag[0];
	}
	return n_vids <= 1 && vid == i->vlan;
}

static bool is_for_us(struct iface *i, const struct pkt *p, const uint8_t *dst)
{
	if (memcmp(dst, i->mac, ETHER_ADDR_LEN) == 0)
		i->count.in_ucast++;
	else if (p->is_broadcast)
		i->count.in_broadcast++;
	else if (p->is_multicast && iface_filter_has(i, dst))
		i->count.in_multicast++;
	else
		return false;
	return true;
}

/*
 * What nearly every frame is: an IP packet from another station for us alone, untagged, and
 * nobody looks on.  input_any() would come to the same, and takes several times as long.
 */
static inline bool is_plain(
	const struct link *l, const struct iface *i, const struct pkt *p, uint16_t *type)
{
	const uint8_t *dst = p->data, *src = p->data + ETHER_ADDR_LEN;

	if (p->lin < ETHER_HDR_LEN || l->tap.frame || i->vlan)
		return false;
	*type = octets_u16(src + ETHER_ADDR_LEN);
	return (*type == ETHERTYPE_IPV4 || *type == ETHERTYPE_IPV6) &&
		memcmp(dst, i->mac, ETHER_ADDR_LEN) == 0 &&
		memcmp(src, i->mac, ETHER_ADDR_LEN) != 0 && !ether_is_group(src) &&
		!ether_is_zero(src);
}

static void input_any(struct link *l, struct iface *i, struct pkt *p)
{
	struct ether_hdr h;
	struct rcur r = rcur_of(p->data, p->lin);

	if (ether_parse(&h, &r) < 0) { /* cut (H01), or tags without end */
		if (r.bad)
			drop(i, p, NOD_EV_ETH_DROP_SHORT, &i->count.in_errors);
		else
			drop(i, p, NOD_EV_ETH_DROP_VLAN, &i->count.in_unknown);
		return;
	}
	set_marks(p, h.dst);
	if (__builtin_expect(l->tap.frame != NULL, 0))
		l->tap.frame(l->tap.self, i, p, false);
	if (!is_possible_source(i, &h)) {
		drop(i, p, NOD_EV_ETH_DROP_SOURCE, &i->count.in_errors);
		return;
	}
	if ((h.n_tags || i->vlan) && !is_our_vlan(i, p, &h)) {
		drop(i, p, NOD_EV_ETH_DROP_VLAN, &i->count.in_unknown);
		return;
	}
	if (!is_for_us(i, p, h.dst)) {
		drop(i, p, NOD_EV_ETH_NOT_MINE, NULL);
		return;
	}
	pkt_pull(p, h.len);
	p->l3 = p->data;
	go_up(i, p, h.type);
}

void link_input(struct link *l, struct iface *i, struct pkt *p)
{
	uint16_t type;

	p->l2 = p->data;
	if (!i->is_up) {
		drop(i, p, NOD_EV_ETH_DROP_DOWN, &i->count.in_discards);
		return;
	}
	i->count.in_octets += p->len;
	NOTE(l->core, NOD_EV_ETH_IN, .packet = pkt_public(p), .interface = (uint16_t)i->index);
	if (__builtin_expect(!is_plain(l, i, p, &type), 0)) {
		input_any(l, i, p);
		return;
	}
	i->count.in_ucast++;
	clear_marks(p);
	pkt_pull(p, ETHER_HDR_LEN);
	p->l3 = p->data;
	go_up(i, p, type);
}

/* ---- out --------------------------------------------------------------------------------- */

static void count_out(struct iface *i, const uint8_t *dst, uint32_t octets)
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

/* The longest packet, with its network header, that @p is or will be cut into. */
static bool fits(const struct iface *i, const struct pkt *p)
{
	uint32_t longest = p->gso ? segment_longest(p) : p->len;

	return longest && longest <= i->mtu;
}

int iface_output(
	struct iface *i, struct pkt *p, const uint8_t dst[ETHER_ADDR_LEN], uint16_t ethertype)
{
	uint8_t *h;

	if (!i->is_up) {
		drop(i, p, NOD_EV_ETH_DROP_DOWN, &i->count.out_discards);
		return -ENETDOWN;
	}
	if (i->kind == IFACE_LOOPBACK) {
		iface_loop(i, p);
		return 0;
	}
	if (!fits(i, p)) {
		drop(i, p, NOD_EV_ETH_DROP_TOO_LONG, &i->count.out_errors);
		return -EMSGSIZE;
	}
	h = p->l2 = pkt_push(p, ETHER_HDR_LEN + (i->vlan ? TAG_LEN : 0));
	memcpy(h, dst, ETHER_ADDR_LEN);
	memcpy(h + ETHER_ADDR_LEN, i->mac, ETHER_ADDR_LEN);
	h += 2 * ETHER_ADDR_LEN;
	if (i->vlan) {
		octets_put_u16(h, ETHERTYPE_VLAN);
		octets_put_u16(h + 2, i->vlan);
		h += TAG_LEN;
	}
	octets_put_u16(h, ethertype);
	return queue(i, p);
}

int iface_output_frame(struct iface *i, struct pkt *p)
{
	if (!i->is_up) {
		drop(i, p, NOD_EV_ETH_DROP_DOWN, &i->count.out_discards);
		return -ENETDOWN;
	}
	if (!pkt_linear(p, ETHER_HDR_LEN)) {
		drop(i, p, NOD_EV_ETH_DROP_SHORT, &i->count.out_errors);
		return -EINVAL;
	}
	if (p->len > i->mtu + ETHER_HDR_LEN + TAG_LEN) {
		drop(i, p, NOD_EV_ETH_DROP_TOO_LONG, &i->count.out_errors);
		return -EMSGSIZE;
	}
	p->l2 = p->data;
	return queue(i, p);
}

/* Whether the device takes @p whole.  What it is to cut it has to sum, too. */
static bool goes_whole(const struct iface *i, const struct pkt *p)
{
	unsigned need = DEVICE_SUMS;

	if (p->gso == PKT_GSO_UDP)
		need |= DEVICE_USO;
	else
		need |= p->l3 && p->l3[0] >> 4 == 6 ? DEVICE_TSO6 : DEVICE_TSO4;
	return (i->can & need) == need && p->len <= i->gso_octets;
}

/* Into pieces that @i can carry, at the head of its queue. */
static void cut(struct link *l, struct iface *i, struct pkt *p)
{
	struct pkt_queue pieces;

	pkt_queue_init(&pieces);
	if (segment_split(p, l->core->pool, &pieces) < 0) {
		i->count.out_discards++;
		NOTE(l->core, NOD_EV_ETH_DROP_NO_MEMORY, .interface = (uint16_t)i->index);
		return;
	}
	*pieces.last = i->txq.first;
	if (!i->txq.first)
		i->txq.last = pieces.last;
	i->txq.first = pieces.first;
	i->txq.count += pieces.count;
	i->txq.octets += pieces.octets;
}

/* Also for what came with its sum still to be filled, and is forwarded. */
static bool finish_sum(struct pkt *p)
{
	if (!p->l4 || p->l4 < p->data ||
		(size_t)(p->l4 - p->data) + p->sum_offset + sizeof(uint16_t) > p->lin)
		return false;
	pkt_fill_checksum(p);
	return true;
}

unsigned link_output(struct link *l, struct iface *i, struct pkt **out, unsigned max)
{
	unsigned n = 0;
	struct pkt *p;

	while (n < max && (p = pkt_queue_take(&i->txq))) {
		if (p->gso && !goes_whole(i, p)) {
			cut(l, i, p);
			continue;
		}
		if (p->sum == PKT_SUM_TO_FILL && !(i->can & DEVICE_SUMS) && !finish_sum(p)) {
			drop(i, p, NOD_EV_ETH_DROP_SHORT, &i->count.out_errors);
			continue;
		}
		if (__builtin_expect(l->tap.frame != NULL, 0)) {
			set_marks(p, p->l2);
			l->tap.frame(l->tap.self, i, p, true);
		}
		out[n++] = p;
	}
	return n;
}

/* ---- to ourselves -------------------------------------------------------------------- */

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
	p->l2 = NULL;
	p->l3 = p->data;
	/* nothing can have damaged it */
	if (p->sum == PKT_SUM_TO_FILL || p->sum == PKT_SUM_FILLED)
		p->sum = PKT_SUM_VERIFIED;
	pkt_queue_put(&l->looped, p);
}

void link_run(struct link *l)
{
	/* what is looped while these go up waits for the next time */
	for (uint32_t left = l->looped.count; left && l->looped.count; left--) {
		struct pkt *p = pkt_queue_take(&l->looped);
		struct iface *i = iface_at(l, p->mark); /* there: see iface_remove() */

		p->mark = 0;
		if (!i->is_up || !p->lin) {
			drop(i, p, i->is_up ? NOD_EV_ETH_DROP_SHORT : NOD_EV_ETH_DROP_DOWN,
				&i->count.in_discards);
			continue;
		}
		i->count.in_octets += p->len;
		i->count.in_ucast++;
		go_up(i, p, p->data[0] >> 4 == 6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4);
	}
}
