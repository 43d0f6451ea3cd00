/* SPDX-License-Identifier: ISC */
/*
 * ether_wire.h - Ethernet II headers, with and without IEEE 802.1Q tags
 *
 * RFC 894, 1042 (what a length instead of a type means), IEEE 802.1Q.
 *
 * Neighbours: base/cursor.h; link.c, switch.c.
 */
#ifndef NOD_LINK_ETHER_WIRE_H
#define NOD_LINK_ETHER_WIRE_H

#include "../base/cursor.h"

#define ETHER_TAGS_MAX	 2
#define ETHER_TYPE_LEAST 0x0600 /* below, the field is a length: IEEE 802.3 */

struct ether_hdr {
	uint8_t dst[6], src[6];
	uint16_t type;		 /* EtherType of what follows, tags taken off */
	uint8_t n_tags;
	uint16_t tag[ETHER_TAGS_MAX]; /* TCI: priority 3 bits, DEI 1, VID 12 */
	uint8_t len;		 /* octets of the header with its tags */
};

/* -EBADMSG: cut, or more tags than ETHER_TAGS_MAX. */
int ether_parse(struct ether_hdr *h, struct rcur *r) __attribute__((warn_unused_result));
/* -EMSGSIZE: it does not fit. */
int ether_emit(const struct ether_hdr *h, struct wcur *w);

static inline bool ether_is_group(const uint8_t mac[6])
{
	return mac[0] & 1;
}
static inline bool ether_is_broadcast(const uint8_t mac[6])
{
	return (mac[0] & mac[1] & mac[2] & mac[3] & mac[4] & mac[5]) == 0xff;
}
static inline bool ether_is_zero(const uint8_t mac[6])
{
	return !(mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]);
}

#endif
