/* SPDX-License-Identifier: ISC */
/*
 * udp.h - datagrams between ports
 *
 * RFC 768, 1122 4.1, 6935, 6936, 8085; RFC 6056 (which ports are handed out).  An *end* is what
 * a datagram socket has below it: local and remote address and port, and what arrived.
 *
 * A port is found by its number, in two steps; on it the connected ends by one hash of the four,
 * then those of a local address by one hash, then those of any address, one by one (more than
 * one only share the port because all of them asked to).
 *
 * Neighbours: udp_wire.h, udp_ports.c (which ends are on a port), network/ip.h;
 * session/socket_udp.c stands above.
 */
#ifndef NOD_TRANSPORT_UDP_H
#define NOD_TRANSPORT_UDP_H

#include "../network/net.h"

struct udp;
struct udp_end;
struct udp_port;

/* What stands above an end. */
struct udp_upper {
	/*
	 * A datagram for it: data = payload, l4 = the UDP header.  May keep @p (and returns true)
	 * or leave it (false: it is full, or does not want it).  gso_size: it is several, of so
	 * many octets each.
	 */
	bool (*input)(
		struct udp_end *e, struct pkt *p, const struct ip_in *in, uint16_t src_port);
	/* An ICMP error about something that it sent to @dst_port. */
	void (*error)(struct udp_end *e, const struct ip_error *why, uint16_t dst_port);
};

enum {
	UDP_END_REUSE_ADDR = 1 << 0,
	UDP_END_REUSE_PORT = 1 << 1, /* several share the datagrams, by a hash of the flow */
	UDP_END_V6_ONLY = 1 << 2,
	UDP_END_IS_V6 = 1 << 3, /* any address is ::, which takes IPv4 too unless V6_ONLY */
	UDP_END_NO_CHECK = 1 << 4,
	UDP_END_NO_CHECK6_RX = 1 << 5, /* RFC 6935: zero checksums over IPv6 are taken ... */
	UDP_END_NO_CHECK6_TX = 1 << 6, /* ... and sent */
};

/* All zero but for upper, flags and any addresses of its family is an end that is closed. */
struct udp_end {
	struct hnode node; /* by flow when connected, else by port and local address */
	struct udp_port *port;
	struct udp_end *next, **prev; /* on its port */
	const struct udp_upper *upper;
	struct ipa local, remote;	  /* any = not bound, not connected */
	uint16_t local_port, remote_port; /* host order; 0 = none */
	uint16_t flags;			  /* UDP_* */
	struct iface *iface;		  /* bound to it; NULL = any */
	struct group_member **groups;	  /* multicast memberships, which are its owner's */
	struct dest *way;		  /* the last one taken; udp_close() lets it go */
	/* hears groups that others joined: IP_MULTICAST_ALL, IPV6_MULTICAST_ALL */
	bool multicast_all, multicast_all6;
	bool is_bound, is_connected;
	bool is_local_shared; /* local is a broadcast address: nothing is sent from it */
	bool is_port_asked,
		is_local_asked; /* by udp_bind(), and not chosen: outlast a connection */
};

int udp_init(struct net *n, struct udp **out); /* registers with @n */
void udp_end_all(struct udp *u);

/* Local address and port; port 0: one is chosen (RFC 6056).  0, -EADDRINUSE, -EINVAL, -ENOMEM. */
int udp_bind(struct udp *u, struct udp_end *e, const struct ipa *local, uint16_t port);
/* The same without an address or port that anybody asked for.  -EAGAIN: no port is left. */
int udp_bind_any(struct udp *u, struct udp_end *e);
/* -EAGAIN (no port left) and as ip_route(). */
int udp_connect(struct udp *u, struct udp_end *e, const struct ipa *remote, uint16_t port);
/* The same, to @o->dst by the way that @o says (src, iface, may_broadcast). */
int udp_connect_by(struct udp *u, struct udp_end *e, struct ip_out *o, uint16_t port);
/* What was chosen for the connection is given back; what was asked for is kept. */
void udp_disconnect(struct udp *u, struct udp_end *e);
void udp_close(struct udp *u, struct udp_end *e);
/* UDP_REUSE_* of @flags; whether it may stay where it is, is not asked again. */
void udp_set_reuse(struct udp_end *e, uint16_t flags);
uint32_t udp_count(const struct udp *u);

/*
 * Send @p (data = payload; p->gso_size: several datagrams) from @e to @port at @o->dst.
 * Takes @p.  @o->src any: the end's, or the way's.  0 or as ip_route() and ip_output().
 */
int udp_send(struct udp *u, struct udp_end *e, struct ip_out *o, uint16_t port, struct pkt *p);

/*
 * The same in two steps, for who copies the payload in between and can add it up while he does.
 * udp_needs_sum() tells whether it is worth it; @sum NULL: it was not added up.
 */
int udp_route(struct udp *u, struct udp_end *e, struct ip_out *o, struct ip_way *way);
bool udp_needs_sum(const struct udp_end *e, const struct ip_out *o, const struct ip_way *way);
int udp_output(struct udp *u, struct udp_end *e, const struct ip_out *o,
	const struct ip_way *way, uint16_t port, struct pkt *p, const uint64_t *sum);

#endif
