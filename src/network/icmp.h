/* SPDX-License-Identifier: ISC */
/*
 * icmp.h - errors reported to senders, and echo answered; ICMP and ICMPv6
 *
 * RFC 792, 1122 3.2.2, 1812 4.3; RFC 4443.  icmp4.c and icmp6.c; the messages themselves are
 * in icmp_wire.h.
 */
#ifndef NOD_NETWORK_ICMP_H
#define NOD_NETWORK_ICMP_H

#include "net.h"

enum icmp_report {
	ICMP_REPORT_NET_UNREACHABLE,
	ICMP_REPORT_HOST_UNREACHABLE, /* the neighbour does not answer; ICMPv6: address */
	ICMP_REPORT_PROTOCOL_UNREACHABLE, /* ICMPv6: unknown next header; info = its place */
	ICMP_REPORT_PORT_UNREACHABLE,
	ICMP_REPORT_TOO_BIG, /* info: the next link's MTU */
	ICMP_REPORT_PROHIBITED,
	ICMP_REPORT_BEYOND_SCOPE, /* ICMPv6 */
	ICMP_REPORT_TTL,
	ICMP_REPORT_REASSEMBLY,
	ICMP_REPORT_BAD_HEADER,	   /* info: the octet's place from l3 */
	ICMP_REPORT_BAD_OPTION,	   /* ICMPv6 code 2, sent about multicast, too */
	ICMP_REPORT_HEADER_CHAIN,  /* ICMPv6 code 3: RFC 7112 */
};

int icmp_init(struct net *n);
void icmp_end(struct net *n);

/*
 * Tell the sender of @p (l3 = its IP header, linear) what became of it, unless RFC 1122 3.2.2,
 * RFC 4443 2.4 or the rate forbid it.  Borrows @p.  @i: by which it came; NULL: it is our own.
 */
void icmp_report(struct net *n, const struct pkt *p, struct iface *i, enum icmp_report what,
	uint32_t info);
/* A better first hop: sent by a router (RFC 1812 4.3.3.2, RFC 4861 8.2). */
void icmp_redirect_send(struct net *n, const struct pkt *p, struct iface *i,
	const struct ipa *next_hop);

/* The two protocols' entries, to be registered. */
void icmp4_input(void *net, struct pkt *p, const struct ip_in *in);
void icmp6_input(void *net, struct pkt *p, const struct ip_in *in);

#endif
