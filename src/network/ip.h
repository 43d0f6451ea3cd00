/* SPDX-License-Identifier: ISC */
/*
 * ip.h - packets up to and down from the transport protocols, of either family
 *
 * Up: ipv4_input() and ipv6_input() check, put together and hand over to the protocol's table.
 * Down: ip_route() finds the way (next hop, source address, MTU), the transport makes its
 * checksum, ip_output() writes the header, cuts what is too long and sends.
 *
 * Neighbours: net.h, ipv4.c, ipv6.c, dest.h, icmp.h.
 */
#ifndef NOD_NETWORK_IP_H
#define NOD_NETWORK_IP_H

#include "../base/checksum.h"
#include "../base/cursor.h"
#include "../base/ipa.h"
#include "../base/pkt.h"
#include "../link/link.h"

struct net;
struct dest;

enum {
	IP_PROTO_HOP_BY_HOP = 0,
	IP_PROTO_ICMP = 1,
	IP_PROTO_IGMP = 2,
	IP_PROTO_TCP = 6,
	IP_PROTO_UDP = 17,
	IP_PROTO_ROUTING = 43,
	IP_PROTO_FRAGMENT = 44,
	IP_PROTO_ICMPV6 = 58,
	IP_PROTO_NONE = 59,
	IP_PROTO_DEST_OPTS = 60,
};

enum ip_cast {
	IP_UNICAST,
	IP_MULTICAST,
	IP_BROADCAST, /* IPv4: limited or directed */
};

/* What is known of a packet that came in.  Its data is the transport header: l4. */
struct ip_in {
	struct iface *iface; /* by which it came */
	struct ipa src, dst;
	uint8_t protocol;
	uint8_t ttl, tos; /* hop limit, traffic class */
	uint8_t cast;	  /* enum ip_cast of dst */
	bool is_v4;
	bool was_fragments;
	uint32_t flow_label;
	uint32_t hdr_len; /* octets from l3 to l4 */
	uint32_t next_header_at; /* IPv6: the octet, from l3, that named the protocol */
};

/* An ICMP error that quotes a packet of ours; what it quotes has been checked as far as IP. */
struct ip_error {
	struct iface *iface;
	struct ipa src, dst; /* of the quoted packet: src is ours */
	struct ipa offender; /* who sent the error */
	uint8_t protocol;
	bool is_v4;
	uint8_t type, code;
	uint32_t info; /* MTU, or pointer */
	int error;     /* positive errno, as Linux maps it: ECONNREFUSED, EHOSTUNREACH ... */
	bool is_hard;  /* RFC 1122 4.2.3.9, 3.2.2.1: not to be waited out */
	struct span quoted; /* transport header and on, as far as quoted; borrowed */
};

struct ip_protocol {
	uint8_t number;
	/* Takes @p. */
	void (*input)(void *self, struct pkt *p, const struct ip_in *in);
	void (*error)(void *self, const struct ip_error *e); /* may be NULL */
	void *self;
	/*
	 * Whether what an error quotes may be ours, before it changes a path MTU or a first hop
	 * (TCP: a connection, and its sequence number: RFC 5927 4).  NULL: believed, as far as
	 * addresses go.
	 */
	bool (*is_known)(void *self, const struct ip_error *e);
};

/* Raw sockets see each packet of any protocol, put together, before it is handed over. */
struct ip_raw {
	/* Borrows @p (data = l4, l3 set).  Whether somebody wanted it. */
	bool (*input)(void *self, const struct pkt *p, const struct ip_in *in);
	void (*error)(void *self, const struct ip_error *e);
	void *self;
};

/* Path MTU discovery, as Linux's IP_MTU_DISCOVER. */
enum ip_pmtu {
	IP_PMTU_WANT,  /* IPv4: DF is set; what is too long for the known path is cut here */
	IP_PMTU_DONT,  /* IPv4: DF is clear */
	IP_PMTU_DO,    /* DF; too long is -EMSGSIZE */
	IP_PMTU_PROBE, /* DF; the known path MTU is not looked at, only the interface's */
};

/* How to send. */
struct ip_out {
	struct ipa src; /* any: it is chosen */
	struct ipa dst;
	struct iface *iface; /* bound to it, or the multicast's or the scope's; NULL = any */
	uint8_t protocol;
	uint8_t ttl; /* 0 = the default: conf.default_ttl, 1 for multicast */
	uint8_t tos;
	uint8_t pmtu; /* enum ip_pmtu */
	uint32_t flow_label;
	bool may_broadcast; /* else a broadcast is -EACCES */
	bool is_loop;	    /* multicast: this host's own members hear it */
	bool is_bare;	    /* any source is allowed, even none (DHCP, DAD) */
	bool is_fragment_off; /* IPv4 and IPv6: never cut here */
	bool router_alert;    /* IGMP, MLD (RFC 2113, 2711) */
	struct span options;  /* IPv4 options, a multiple of 4 octets; borrowed */
	/* Where the caller keeps the way; may be NULL.  Looked up anew when it is stale. */
	struct dest **cached;
};

/* The way that ip_route() found; good until the stack is called again. */
struct ip_way {
	struct dest *dest;
	struct iface *iface;
	struct ipa src;
	uint32_t mtu; /* of the path, octets with the IP header */
	uint8_t cast; /* enum ip_cast */
	bool is_local; /* to this host itself */
};

/*
 * 0, -ENETUNREACH (no route), -EADDRNOTAVAIL (no source address), -EACCES (broadcast), -EINVAL (a
 * loopback source and a destination elsewhere), -ENETDOWN, -ENOBUFS.
 */
int ip_route(struct net *n, const struct ip_out *o, struct ip_way *way);

/*
 * Send @p (data = l4 = the transport header; sum as pkt.h says) the @way.  Takes @p.
 * 0, -EMSGSIZE (too long and may not be cut, or over 65,535 octets in all), -ENOBUFS,
 * -EHOSTUNREACH (the neighbour did not answer a moment ago).
 * A super-segment is not cut here but by the link.
 */
int ip_output(struct net *n, const struct ip_out *o, const struct ip_way *way, struct pkt *p);

/* Both, for whoever has no checksum to make in between (or a checksum without addresses). */
int ip_send(struct net *n, const struct ip_out *o, struct pkt *p);

/*
 * Send @p (data = l3 = a whole IPv4 or IPv6 header) as it is, by raw sockets; of IPv4 the total
 * length and the checksum are filled in, and where they are 0 the identification and the source.
 * Takes @p.  As ip_route(), and -EMSGSIZE (it is never cut), -EINVAL (no such header).
 */
int ip_output_whole(struct net *n, const struct ip_out *o, struct pkt *p);

/* The pseudo-header's running sum (base/checksum.h), RFC 768, RFC 8200 8.1. */
static inline uint64_t ip_pseudo(
	const struct ipa *src, const struct ipa *dst, uint8_t protocol, uint32_t len)
{
	uint64_t sum = (uint64_t)src->w[3] + dst->w[3];

	if (!ipa_is_v4(dst))
		sum += (uint64_t)src->w[0] + src->w[1] + src->w[2] + dst->w[0] + dst->w[1] +
			dst->w[2];
	sum = checksum_add_u16(sum, (uint16_t)(len >> 16)); /* IPv6 alone has so much */
	sum = checksum_add_u16(sum, (uint16_t)len);
	return checksum_add_u16(sum, protocol);
}

/*
 * Whether the transport checksum over all of @p (data = l4) is right: not computed when the
 * device vouches for it, and remembered in p->sum.
 */
bool ip_sum_ok(struct pkt *p, const struct ip_in *in);

/* From link/: data = l3.  Take @p. */
void ipv4_input(void *net, struct iface *i, struct pkt *p);
void ipv6_input(void *net, struct iface *i, struct pkt *p);

/* A whole packet for this host, all headers read (data = l4): to raw sockets and its protocol. */
void ip_deliver(struct net *n, struct pkt *p, const struct ip_in *in);

#endif
