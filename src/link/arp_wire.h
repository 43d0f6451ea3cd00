/* SPDX-License-Identifier: ISC */
/*
 * arp_wire.h - ARP packets for IPv4 over Ethernet
 *
 * RFC 826, RFC 5227 1.2 (probe, announcement).
 *
 * Neighbours: base/cursor.h; arp.c.
 */
#ifndef NOD_LINK_ARP_WIRE_H
#define NOD_LINK_ARP_WIRE_H

#include "../base/cursor.h"
#include "../base/ipa.h"

#define ARP_LEN 28 /* octets */

enum { ARP_REQUEST = 1, ARP_REPLY = 2 };

struct arp_msg {
	uint16_t op;
	uint8_t sender_mac[6], target_mac[6];
	struct ipa sender, target; /* IPv4 */
};

/* -EBADMSG: cut, or not IPv4 over Ethernet (types 1 and 0x0800, lengths 6 and 4). */
int arp_parse(struct arp_msg *m, struct rcur *r) __attribute__((warn_unused_result));
/* -EMSGSIZE: it does not fit. */
int arp_emit(const struct arp_msg *m, struct wcur *w);

#endif
