/* SPDX-License-Identifier: ISC */
/*
 * link.h - the interfaces of a stack, and Ethernet frames in and out of them
 *
 * RFC 894, 2464 (IP over Ethernet II), IEEE 802.1Q (tags), RFC 1122 2.3.  A frame comes in by
 * link_input(), loses its header and goes up to whoever registered its EtherType.  What is to be
 * sent gets its header by iface_output() and waits in the interface's queue until the one who
 * drives the stack takes it by link_output(), which also finishes what the device cannot do:
 * checksums, and cutting super-segments (segment.c).  Nothing is sent or received here.
 *
 * What an interface sends to the stack itself (its own addresses, loopback, multicast that loops)
 * goes through link->looped and comes in again with the next link_run().
 *
 * Neighbours: ether_wire.h, arp.h, neigh.h, segment.h; network/net.h registers above.
 */
#ifndef NOD_LINK_LINK_H
#define NOD_LINK_LINK_H

#include "../base/core.h"
#include "../base/ipa.h"
#include "../base/table.h"

struct neigh_table;
struct arp;

#define ETHER_HDR_LEN  14
#define ETHER_ADDR_LEN 6

enum {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_ARP = 0x0806,
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_IPV6 = 0x86dd,
};

struct link;

enum iface_kind {
	IFACE_ETHERNET,
	IFACE_LOOPBACK, /* no frames: packets go up again with is_looped set */
};

/* Named after IF-MIB (RFC 2863). */
struct iface_count {
	uint64_t in_octets, in_ucast, in_multicast, in_broadcast, in_discards, in_errors,
		in_unknown;
	uint64_t out_octets, out_ucast, out_multicast, out_broadcast, out_discards, out_errors;
};

struct iface {
	struct link *link;
	unsigned index; /* 1.. */
	enum iface_kind kind;
	char name[16];
	uint8_t mac[ETHER_ADDR_LEN];
	uint16_t vlan; /* 802.1Q VID that frames are sent with and must have; 0 = untagged */
	uint32_t mtu;
	unsigned can; /* DEVICE_* of physical/device.h: what need not be finished here */
	uint32_t gso_octets;
	bool is_up;
	struct pkt_queue txq;
	struct iface_count count;
	void *net; /* struct netif: the network layer's part */
	/* Multicast MACs heard, by reference count; group.c of the network layer adds. */
	struct table filter;
};

/* What stands above: one EtherType's protocol. */
struct link_upper {
	uint16_t ethertype;
	/* Takes @p: l2 and l3 are set, data is l3.  Not to be called for what is not ours. */
	void (*input)(void *self, struct iface *i, struct pkt *p);
	void *self;
};

/*
 * Sees every frame that comes in, before it is judged, or goes out, as it is handed to the
 * device: packet sockets.  @p->is_multicast and is_broadcast say what the frame's destination
 * is.  What is looped has no frame and is not seen.
 */
struct link_tap {
	void (*frame)(void *self, struct iface *i, const struct pkt *p, bool is_out);
	void *self;
};

#define LINK_UPPERS 8

struct link {
	struct core *core;
	struct iface **iface; /* by index - 1; NULL where one was removed */
	unsigned n_iface;     /* slots */
	struct link_upper upper[LINK_UPPERS]; /* IP first: found first */
	unsigned n_upper;
	struct link_tap tap; /* .frame NULL = none */
	struct pkt_queue looped; /* pkt.mark = the interface's index; data = the IP header */
	struct neigh_table *neigh;
	struct arp *arp;
};

int link_init(struct link *l, struct core *core);
void link_end(struct link *l);

/* 0, or -ENOSPC, -EEXIST (EtherType taken). */
int link_register(struct link *l, const struct link_upper *u);

/*
 * A new interface, up; @mac NULL for loopback.  Its index, or -ENOSPC, -ENOMEM, -EEXIST (name).
 * -EINVAL: an MTU below 68, a VID above 4,094, no MAC of one station, a name of 0 or over 15
 * octets.
 */
struct iface_conf {
	enum iface_kind kind;
	const char *name;
	const uint8_t *mac;
	uint32_t mtu;
	unsigned can;
	uint32_t gso_octets;
	uint16_t vlan;
};
int iface_add(struct link *l, const struct iface_conf *conf);
void iface_remove(struct link *l, unsigned index);
static inline struct iface *iface_at(const struct link *l, unsigned index) /* NULL: none */
{
	return index >= 1 && index <= l->n_iface ? l->iface[index - 1] : NULL;
}
struct iface *iface_named(const struct link *l, const char *name);

/*
 * A frame arrived.  Takes @p: data is the frame's first octet.  It goes up when it is for this
 * station and its VLAN; a priority tag (VID 0) is taken off, and so is the interface's own.
 */
void link_input(struct link *l, struct iface *i, struct pkt *p);

/* Bring in what the stack sent to itself. */
void link_run(struct link *l);
static inline bool link_has_looped(const struct link *l)
{
	return l->looped.count;
}

/*
 * Send @p (data = the network layer's header) in a frame to @dst.  Takes @p.  Of a super-segment
 * each piece has to fit the MTU, and l3 and l4 are set.
 * 0, -ENOBUFS (the queue is full: the newest loses), -ENETDOWN, -EMSGSIZE.
 */
int iface_output(struct iface *i, struct pkt *p, const uint8_t dst[ETHER_ADDR_LEN],
	uint16_t ethertype);

/* Send a frame as it is, header and all (packet sockets).  Takes @p.  As above, and -EINVAL:
 * it is shorter than a header. */
int iface_output_frame(struct iface *i, struct pkt *p);

/*
 * Put @p (data = network header) before this stack itself, as if @i had received it.  Takes @p;
 * when too many wait the newest loses.
 */
void iface_loop(struct iface *i, struct pkt *p);

/* Frames to send now, finished as far as iface.can asks.  The caller owns them.  How many. */
unsigned link_output(struct link *l, struct iface *i, struct pkt **p, unsigned max);

/* Hear frames to a multicast MAC, or no more; counted.  0 or -ENOMEM. */
int iface_filter_add(struct iface *i, const uint8_t mac[ETHER_ADDR_LEN]);
void iface_filter_remove(struct iface *i, const uint8_t mac[ETHER_ADDR_LEN]);
bool iface_filter_has(const struct iface *i, const uint8_t mac[ETHER_ADDR_LEN]);

/* An address as events tell it. */
static inline struct nod_addr link_event_addr(const struct iface *i, const struct ipa *a)
{
	struct nod_addr out = { .family = NOD_IPV6, .zone = i->index };

	if (ipa_is_v4(a)) {
		out = (struct nod_addr){ .family = NOD_IPV4 };
		memcpy(out.octet, a->o + 12, 4);
	} else {
		memcpy(out.octet, a->o, 16);
	}
	return out;
}

#endif
