/* SPDX-License-Identifier: ISC */
/*
 * udp.h - datagrams between ports
 *
 * RFC 768, 1122 4.1, 6935, 6936, 8085; RFC 6056 (which ports are handed out).  An *end* is what
 * a datagram socket has below it: local and remote address and port, and what arrived.  Look-up
 * costs one hash of the four for connected ends, then one of the local port and address.
 *
 * Neighbours: udp_wire.h, network/ip.h; session/socket_udp.c stands above.
 */
#ifndef NOD_TRANSPORT_UDP_H
#define NOD_TRANSPORT_UDP_H

#include "../network/net.h"

struct udp;
struct udp_end;

/* What stands above an end. */
struct udp_upper {
	/*
	 * A datagram for it: data = payload, l4 = the UDP header.  May keep @p (and returns true)
	 * or leave it (false: it is full, or does not want it).  gso_size: it is several, of so
	 * many octets each.
	 */
	bool (*input)(struct udp_end *e, struct pkt *p, const struct ip_in *in,
		uint16_t src_port);
	/* An ICMP error about something that it sent to @dst_port. */
	void (*error)(struct udp_end *e, const struct ip_error *why, uint16_t dst_port);
};

enum {
	UDP_END_REUSE_ADDR = 1 << 0,
	UDP_END_REUSE_PORT = 1 << 1, /* several share the datagrams, by a hash of the flow */
	UDP_END_V6_ONLY = 1 << 2,
	UDP_END_IS_V6 = 1 << 3, /* any address is ::, which takes IPv4 too unless V6_ONLY */
	UDP_END_NO_CHECK = 1 << 4,
	UDP_END_NO_CHECK6_RX = 1 << 5, /* RFC 6935: zero checksums over IPv6 are allowed */
	UDP_END_NO_CHECK6_TX = 1 << 6,
};

struct udp_end {
	struct hnode by_flow; /* when connected */
	struct hnode by_port;
	const struct udp_upper *upper;
	struct ipa local, remote;     /* any = not bound, not connected */
	struct dest *way;	      /* kept for sending: see ip_out.cached */
	uint16_t local_port, remote_port; /* host order; 0 = none */
	uint16_t flags;		      /* UDP_END_* */
	struct iface *iface;	      /* bound to it; NULL = any */
	struct group_member *groups;  /* multicast memberships */
	bool multicast_all;	      /* hears groups that others joined (IP_MULTICAST_ALL) */
	bool is_bound, is_connected;
};

int udp_init(struct net *n, struct udp **out); /* registers with @n */
void udp_end_all(struct udp *u);

/* Local address and port; port 0: one is chosen (RFC 6056).  0, -EADDRINUSE, -EINVAL. */
int udp_bind(struct udp *u, struct udp_end *e, const struct ipa *local, uint16_t port);
/* -EADDRINUSE, -EAGAIN (no port left) and as ip_route(). */
int udp_connect(struct udp *u, struct udp_end *e, const struct ipa *remote, uint16_t port);
void udp_disconnect(struct udp *u, struct udp_end *e); /* the port is kept */
void udp_close(struct udp *u, struct udp_end *e);
uint32_t udp_count(const struct udp *u);

/*
 * Send @p (data = payload; p->gso_size: several datagrams) from @e to @port at @o->dst.
 * Takes @p.  @o->src any: the end's, or the way's.  0 or as ip_route() and ip_output().
 */
int udp_send(struct udp *u, struct udp_end *e, struct ip_out *o, uint16_t port, struct pkt *p);

#endif
