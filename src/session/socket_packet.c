/* SPDX-License-Identifier: ISC */
/*
 * socket_packet.c - packet sockets: whole frames, as they come in and go out
 *
 * Linux's packet(7): SOCK_RAW with the Ethernet header, SOCK_DGRAM without it.  What the stack
 * sends is shown as PACKET_OUTGOING.  Rings, fanout, auxiliary data and statistics are not there;
 * nor are frames of the loopback, which has none.  Needs conf.may_use_raw.
 *
 * Neighbours: link/link.h (struct link_tap), socket_internal.h, socket_queue.c.
 */
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>

#include "nod/order.h"
#include "../link/ether_wire.h"
#include "socket_internal.h"

struct sock_packet {
	struct sock_dgram dgram;
	uint16_t ethertype; /* host order; ETH_P_ALL; 0 = nothing */
};

static struct sock_packet *packet_of(struct sock *k)
{
	return container_of(k, struct sock_packet, dgram.sock);
}

/* ---- from below --------------------------------------------------------------------- */

static void give(
	struct sock *k, struct iface *i, const struct pkt *p, const struct ether_hdr *h)
{
	struct pkt *copy = pkt_clone(p, k->stack->core.pool);

	if (copy) {
		copy->l2 = copy->data;
		copy->gso = PKT_GSO_NONE; /* shown whole */
		copy->gso_size = 0;
		if (k->type == SOCK_DGRAM && h->len <= copy->lin)
			pkt_pull(copy, h->len);
	}
	if (copy && sock_queue(k, copy, i))
		return;
	NOTE(&k->stack->core, NOD_EV_RAW_DROP_FULL, .packet = pkt_public(p),
		.id = (uint32_t)k->fd, .interface = (uint16_t)i->index);
	pkt_free(copy);
}

static void seen(void *self, struct iface *i, const struct pkt *p, bool is_out)
{
	struct nod_stack *s = self;
	struct rcur r = rcur_of(p->data, p->lin);
	struct ether_hdr h;

	if (ether_parse(&h, &r) < 0)
		return;
	for (struct sock *k = s->sockets->packet; k; k = sock_dgram(k)->next_of_kind) {
		const struct sock_packet *q = packet_of(k);

		/* as in Linux what is sent is for those alone who want all protocols */
		if ((q->ethertype == ETH_P_ALL || (q->ethertype == h.type && !is_out)) &&
			(!k->iface || k->iface == i))
			give(k, i, p, &h);
	}
}

/* ---- made, ended, named ------------------------------------------------------------- */

static int open_packet(struct sock *k)
{
	struct link *l = &k->stack->link;

	/* frames are shown only while there is somebody to see them */
	packet_of(k)->ethertype = nod_ntohs((uint16_t)k->protocol);
	sock_join_kind(&k->stack->sockets->packet, k);
	l->tap = (struct link_tap){ .frame = seen, .self = k->stack };
	return 0;
}

static void close_packet(struct sock *k)
{
	struct sockets *all = k->stack->sockets;

	sock_leave_kind(&all->packet, k);
	if (!all->packet)
		k->stack->link.tap.frame = NULL;
}

static int read_name(const struct sockaddr *a, socklen_t len, struct sockaddr_ll *out)
{
	if (len < (socklen_t)sizeof(*out))
		return -EINVAL;
	memcpy(out, a, sizeof(*out));
	return out->sll_family == AF_PACKET ? 0 : -EINVAL;
}

static int bind_packet(struct sock *k, const struct sockaddr *a, socklen_t len)
{
	struct sock_packet *q = packet_of(k);
	struct sockaddr_ll ll;
	struct iface *i;
	int err = read_name(a, len, &ll);

	if (err < 0)
		return err;
	i = ll.sll_ifindex ? iface_at(&k->stack->link, (unsigned)ll.sll_ifindex) : NULL;
	if (ll.sll_ifindex && !i)
		return -ENODEV;
	k->iface = i;
	if (ll.sll_protocol)
		q->ethertype = nod_ntohs(ll.sll_protocol);
	return 0;
}

static int shutdown_packet(struct sock *k, int how)
{
	(void)k;
	(void)how;
	return -EOPNOTSUPP;
}

static socklen_t write_name(uint16_t ethertype, const struct iface *i, const uint8_t mac[6],
	uint8_t kind, struct sockaddr_storage *out)
{
	struct sockaddr_ll ll = {
		.sll_family = AF_PACKET,
		.sll_protocol = nod_htons(ethertype),
		.sll_ifindex = i ? (int)i->index : 0,
		.sll_hatype = 1, /* ARPHRD_ETHER */
		.sll_pkttype = kind,
		.sll_halen = mac ? 6 : 0,
	};

	if (mac)
		memcpy(ll.sll_addr, mac, 6);
	memcpy(out, &ll, sizeof(ll));
	return sizeof(ll);
}

static int name_packet(const struct sock *k, bool is_peer, struct sockaddr_storage *out)
{
	const struct sock_packet *q = (const struct sock_packet *)(const void *)k;

	if (is_peer)
		return -EOPNOTSUPP;
	return (int)write_name(q->ethertype, k->iface, k->iface ? k->iface->mac : NULL, 0, out);
}

static uint8_t kind_of(const struct ether_hdr *h, const struct iface *i)
{
	if (i && memcmp(h->src, i->mac, 6) == 0)
		return PACKET_OUTGOING;
	if (ether_is_broadcast(h->dst))
		return PACKET_BROADCAST;
	if (ether_is_group(h->dst))
		return PACKET_MULTICAST;
	return i && memcmp(h->dst, i->mac, 6) == 0 ? PACKET_HOST : PACKET_OTHERHOST;
}

static socklen_t from_packet(
	const struct sock *k, const struct pkt *p, struct sockaddr_storage *out)
{
	const struct iface *i = iface_at(&k->stack->link, p->mark);
	size_t before = (size_t)(p->data - p->l2);
	struct rcur r = rcur_of(p->l2, before + p->lin);
	struct ether_hdr h;

	if (ether_parse(&h, &r) < 0)
		return write_name(0, i, NULL, 0, out);
	return write_name(h.type, i, h.src, kind_of(&h, i), out);
}

/* ---- sending ------------------------------------------------------------------------ */

/* SOCK_DGRAM: the frame's header is made of the name. */
static void put_header(
	struct pkt *p, const struct iface *i, const struct sockaddr_ll *ll, uint16_t ethertype)
{
	uint8_t *at = pkt_push(p, ETHER_HDR_LEN);

	memcpy(at, ll->sll_addr, 6);
	memcpy(at + 6, i->mac, 6);
	at[12] = (uint8_t)(ethertype >> 8);
	at[13] = (uint8_t)ethertype;
}

static ssize_t send_checked(struct sock *k, const struct sock_out *m, bool *is_taken)
{
	struct sockaddr_ll ll = { 0 };
	struct iface *i = k->iface;
	uint16_t ethertype = packet_of(k)->ethertype;
	struct pkt *p;
	int err;

	if (m->to) {
		err = read_name(m->to, m->to_len, &ll);
		if (err < 0)
			return err;
		i = iface_at(&k->stack->link, (unsigned)ll.sll_ifindex);
		ethertype = nod_ntohs(ll.sll_protocol);
		if (k->type == SOCK_DGRAM && ll.sll_halen != 6)
			return -EINVAL;
	} else if (k->type == SOCK_DGRAM) {
		return i ? -EINVAL : -ENXIO; /* nobody said to which station */
	}
	if (!i || i == &sock_gone || i->kind != IFACE_ETHERNET)
		return -ENXIO;
	if (!i->is_up)
		return -ENETDOWN;
	if (m->len > i->mtu + (k->type == SOCK_RAW ? ETHER_HDR_LEN + 4u : 0u))
		return -EMSGSIZE;
	if (k->type == SOCK_RAW && m->len < ETHER_HDR_LEN)
		return -EINVAL;
	p = sock_gather(k, m, NULL);
	*is_taken = true;
	if (!p)
		return -ENOBUFS;
	p->sum = PKT_SUM_FILLED;
	if (k->type == SOCK_DGRAM)
		put_header(p, i, &ll, ethertype);
	NOTE(&k->stack->core, NOD_EV_RAW_OUT, .packet = pkt_public(p), .id = (uint32_t)k->fd,
		.interface = (uint16_t)i->index);
	err = iface_output_frame(i, p);
	return err < 0 ? err : (ssize_t)m->len;
}

static ssize_t send_packet(struct sock *k, const struct sock_out *m)
{
	bool is_taken = false;
	ssize_t n = send_checked(k, m, &is_taken);

	if (m->ready && !is_taken)
		pkt_free(m->ready);
	return n;
}

/* ---- options ------------------------------------------------------------------------ */

/* Every frame that a device brings is shown, so there is nothing that has to be asked for. */
static int set_packet(struct sock *k, int level, int option, const void *value, socklen_t len)
{
	struct packet_mreq r;

	if (level != SOL_PACKET ||
		(option != PACKET_ADD_MEMBERSHIP && option != PACKET_DROP_MEMBERSHIP))
		return -ENOPROTOOPT;
	if (len < (socklen_t)sizeof(r))
		return -EINVAL;
	memcpy(&r, value, sizeof(r));
	return iface_at(&k->stack->link, (unsigned)r.mr_ifindex) ? 0 : -ENODEV;
}

const struct sock_ops sock_packet_ops = {
	.size = sizeof(struct sock_packet),
	.open = open_packet,
	.close = close_packet,
	.bind = bind_packet,
	.connect = sock_no_peer,
	.shutdown = shutdown_packet,
	.send = send_packet,
	.recv = sock_recv,
	.name = name_packet,
	.from = from_packet,
	.ready = sock_ready,
	.set = set_packet,
};
