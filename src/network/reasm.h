/* SPDX-License-Identifier: ISC */
/*
 * reasm.h - fragments put together again, of either family
 *
 * RFC 791 3.2, 815, 1122 3.3.2; RFC 8200 4.5, 5722 (overlaps), 6946.  Overlap of any kind
 * refuses the whole datagram, in IPv4 too; an exact duplicate is dropped alone.  Memory, number
 * and sources are limited by nod_conf.
 */
#ifndef NOD_NETWORK_REASM_H
#define NOD_NETWORK_REASM_H

#include "net.h"

struct reasm_key { /* no padding: compared as octets */
	struct ipa src, dst;
	uint32_t id;
	uint16_t protocol; /* IPv4; 0 for IPv6 */
	uint16_t interface;
};

int reasm_init(struct net *n);
void reasm_end(struct net *n);
void reasm_iface_removed(struct net *n, const struct iface *i);

/* One fragment. */
struct reasm_part {
	uint32_t offset;	 /* octets */
	bool more;		 /* others follow */
	uint32_t unfragmentable; /* octets of headers from l3 that go before the payload */
	uint8_t next_header;	 /* IPv6: what the payload begins with ... */
	uint32_t next_header_at; /* ... and where, from l3, that is to be said */
};

/*
 * @p's data is the fragment's payload, l3 its IP header; the first fragment's header is kept for
 * the result and for ICMP.  Takes @p.
 *
 * NULL: not complete, or refused (and reported).  Else the whole datagram with l3 = data = the
 * first fragment's header, its length and protocol fields as if it had never been cut.
 */
struct pkt *reasm_add(struct net *n, struct iface *i, const struct reasm_key *key,
	struct pkt *p, const struct reasm_part *part);

uint32_t reasm_count(const struct net *n);

#endif
