/* SPDX-License-Identifier: ISC */
/*
 * rtnetlink.c - the kernel's answers about interfaces and their addresses, octets to struct
 *
 * A message is a header and a body; a body is a fixed part and attributes; an attribute is a
 * length, a type and a value, and some values are attributes again.  Each is read through a
 * cursor cut to its own length, so no length inside can reach past what holds it.
 *
 * Numbers are in the machine's byte order (it is talk within one machine), so the cursor's
 * own readers, which are for the wire, are not used here.
 *
 * Neighbours: rtnetlink.h.
 */
#include "rtnetlink.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#define HEADER_LEN 16u /* octets: length, type, flags, sequence number, port */
#define ATTR_LEN   4u  /* octets: length, type */

static uint16_t host_u16(struct rcur *r)
{
	uint16_t v;

	rcur_copy(r, &v, sizeof(v));
	return v;
}

static uint32_t host_u32(struct rcur *r)
{
	uint32_t v;

	rcur_copy(r, &v, sizeof(v));
	return v;
}

static uint64_t host_u64(struct rcur *r)
{
	uint64_t v;

	rcur_copy(r, &v, sizeof(v));
	return v;
}

/* Cut the next @len octets and their padding to a multiple of four off @r. */
static struct rcur cut(struct rcur *r, size_t len)
{
	struct span s = rcur_span(r, len);
	size_t padding = (4 - len % 4) % 4;

	rcur_skip(r, padding < rcur_left(r) ? padding : rcur_left(r));
	return rcur_of(s.p, s.len);
}

/* The next attribute.  False: none is left, or what is left is none. */
static bool next_attr(struct rcur *r, unsigned *type, struct rcur *value)
{
	if (rcur_left(r) < ATTR_LEN)
		return false;

	uint16_t len = host_u16(r);

	*type = host_u16(r) & 0x3fffu; /* NLA_TYPE_MASK: without its two flags */
	if (len < ATTR_LEN || len - ATTR_LEN > rcur_left(r))
		return false;
	*value = cut(r, len - ATTR_LEN);
	return true;
}

/* A string whose NUL may be missing, cut to @cap. */
static void read_text(struct rcur *r, char *to, size_t cap)
{
	struct span s = rcur_rest(r);
	size_t len = 0;

	while (len < s.len && len < cap - 1 && s.p[len])
		len++;
	if (len)
		memcpy(to, s.p, len);
	to[len] = 0;
}

static unsigned read_mac(struct rcur *r, uint8_t mac[LINK_MAC_MAX])
{
	size_t len = rcur_left(r);

	if (len > LINK_MAC_MAX)
		return 0;
	rcur_copy(r, mac, len);
	return (unsigned)len;
}

/* struct rtnl_link_stats64, in its order.  An older kernel's may be shorter at the end. */
static void read_counters(struct rcur *r, struct net_link *l)
{
	l->rx.packets = host_u64(r);
	l->tx.packets = host_u64(r);
	l->rx.octets = host_u64(r);
	l->tx.octets = host_u64(r);
	l->rx.errors = host_u64(r);
	l->tx.errors = host_u64(r);
	l->rx.dropped = host_u64(r);
	l->tx.dropped = host_u64(r);
	l->has_counters = !r->bad;
	l->multicast = host_u64(r);
	l->collisions = host_u64(r);
	rcur_skip(r, 3 * sizeof(uint64_t)); /* rx_length, rx_over and rx_crc errors */
	l->rx.framing = host_u64(r);
	l->rx.overruns = host_u64(r);
	rcur_skip(r, 2 * sizeof(uint64_t)); /* rx_missed and tx_aborted errors */
	l->tx.framing = host_u64(r);
	l->tx.overruns = host_u64(r);
}

static void read_kind(struct rcur info, struct net_link *l)
{
	unsigned type;
	struct rcur value;

	while (next_attr(&info, &type, &value)) {
		if (type == IFLA_INFO_KIND)
			read_text(&value, l->kind, sizeof(l->kind));
	}
}

static int read_link(struct rcur *r, struct net_link *l)
{
	unsigned type;
	struct rcur value;

	*l = (struct net_link){ 0 };
	rcur_skip(r, 2); /* family, padding */
	l->type = host_u16(r);
	l->index = host_u32(r);
	l->flags = host_u32(r);
	rcur_skip(r, 4); /* what changed */
	if (r->bad)
		return -EBADMSG;

	while (next_attr(r, &type, &value)) {
		switch (type) {
		case IFLA_IFNAME:
			read_text(&value, l->name, sizeof(l->name));
			break;
		case IFLA_ADDRESS:
			l->mac_len = read_mac(&value, l->mac);
			break;
		case IFLA_BROADCAST:
			l->mac_broadcast_len = read_mac(&value, l->mac_broadcast);
			break;
		case IFLA_MTU:
			l->mtu = host_u32(&value);
			break;
		case IFLA_LINK:
			l->lower = host_u32(&value);
			break;
		case IFLA_LINK_NETNSID:
			l->is_lower_elsewhere = true;
			break;
		case IFLA_MASTER:
			l->master = host_u32(&value);
			break;
		case IFLA_TXQLEN:
			l->queue_len = host_u32(&value);
			break;
		case IFLA_QDISC:
			read_text(&value, l->queue, sizeof(l->queue));
			break;
		case IFLA_OPERSTATE:
			l->oper_state = rcur_u8(&value);
			break;
		case IFLA_LINKINFO:
			read_kind(value, l);
			break;
		case IFLA_STATS64:
			read_counters(&value, l);
			break;
		default:
			break;
		}
	}
	/* an interface without a name cannot be spoken of */
	return l->index && l->name[0] ? 0 : -EBADMSG;
}

static void read_addr(struct rcur *r, unsigned family, struct nod_addr *a)
{
	*a = (struct nod_addr){ .family = (uint8_t)family };
	rcur_copy(r, a->octet, family == NOD_IPV4 ? 4 : 16);
	if (r->bad)
		*a = (struct nod_addr){ 0 };
}

static int read_net_addr(struct rcur *r, struct net_addr *n)
{
	struct nod_addr address = { 0 }, local = { 0 };
	unsigned type;
	struct rcur value;

	*n = (struct net_addr){ .valid_s = UINT32_MAX, .preferred_s = UINT32_MAX };

	unsigned af = rcur_u8(r);
	unsigned family = af == AF_INET ? NOD_IPV4 : af == AF_INET6 ? NOD_IPV6 : NOD_UNSPEC;
	n->local.len = rcur_u8(r);
	n->flags = rcur_u8(r);
	n->scope = rcur_u8(r);
	n->interface = host_u32(r);
	if (r->bad || family == NOD_UNSPEC || n->local.len > (family == NOD_IPV4 ? 32 : 128))
		return -EBADMSG;

	while (next_attr(r, &type, &value)) {
		switch (type) {
		case IFA_ADDRESS:
			read_addr(&value, family, &address);
			break;
		case IFA_LOCAL:
			read_addr(&value, family, &local);
			break;
		case IFA_BROADCAST:
			read_addr(&value, family, &n->broadcast);
			break;
		case IFA_FLAGS: /* the same, with room for more than eight */
			n->flags = host_u32(&value);
			break;
		case IFA_CACHEINFO:
			n->preferred_s = host_u32(&value);
			n->valid_s = host_u32(&value);
			if (value.bad)
				n->preferred_s = n->valid_s = UINT32_MAX;
			break;
		default:
			break;
		}
	}
	/* with both, IFA_ADDRESS is the other end: linux/if_addr.h */
	n->local.addr = local.family ? local : address;
	if (local.family && address.family && !nod_addr_equal(&local, &address))
		n->peer = address;
	return n->local.addr.family ? 0 : -EBADMSG;
}

int rtnl_next(struct rtnl_msg *m, struct rcur *r)
{
	*m = (struct rtnl_msg){ 0 };
	if (!r->bad && rcur_left(r) == 0)
		return 0;

	uint32_t len = host_u32(r);
	uint16_t type = host_u16(r);
	uint16_t flags = host_u16(r);

	m->seq = host_u32(r);
	rcur_skip(r, 4); /* port */
	if (r->bad || len < HEADER_LEN || len - HEADER_LEN > rcur_left(r))
		return -EBADMSG;
	m->is_interrupted = flags & NLM_F_DUMP_INTR;

	struct rcur body = cut(r, len - HEADER_LEN);
	switch (type) {
	case NLMSG_DONE:
		m->error = (int)host_u32(&body); /* how the dump went; older kernels say nothing */
		m->kind = !body.bad && m->error < 0 ? RTNL_ERROR : RTNL_DONE;
		return 1;
	case NLMSG_ERROR:
		m->kind = RTNL_ERROR;
		m->error = (int)host_u32(&body);
		return body.bad ? -EBADMSG : 1;
	case RTM_NEWLINK:
		m->kind = RTNL_LINK;
		return read_link(&body, &m->link) < 0 ? -EBADMSG : 1;
	case RTM_NEWADDR:
		/* families that nod does not know are no error */
		m->kind = read_net_addr(&body, &m->addr) < 0 ? RTNL_OTHER : RTNL_ADDR;
		return 1;
	default:
		return 1;
	}
}
