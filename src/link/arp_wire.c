/* SPDX-License-Identifier: ISC */
/*
 * arp_wire.c - ARP packets for IPv4 over Ethernet
 *
 * RFC 826.
 *
 * Neighbours: arp_wire.h.
 */
#include "arp_wire.h"

#include <errno.h>

enum { HARDWARE_ETHERNET = 1, PROTOCOL_IPV4 = 0x0800, MAC_LEN = 6, ADDR_LEN = 4 };

static struct ipa read_addr(struct rcur *r)
{
	uint8_t o[ADDR_LEN];

	rcur_copy(r, o, ADDR_LEN);
	return ipa_from_v4(o);
}

int arp_parse(struct arp_msg *m, struct rcur *r)
{
	uint16_t hardware = rcur_u16(r);
	uint16_t protocol = rcur_u16(r);
	uint8_t mac_len = rcur_u8(r);
	uint8_t addr_len = rcur_u8(r);

	m->op = rcur_u16(r);
	if (hardware != HARDWARE_ETHERNET || protocol != PROTOCOL_IPV4 || mac_len != MAC_LEN ||
		addr_len != ADDR_LEN)
		return -EBADMSG;
	rcur_copy(r, m->sender_mac, MAC_LEN);
	m->sender = read_addr(r);
	rcur_copy(r, m->target_mac, MAC_LEN);
	m->target = read_addr(r);
	return r->bad ? -EBADMSG : 0;
}

int arp_emit(const struct arp_msg *m, struct wcur *w)
{
	wcur_u16(w, HARDWARE_ETHERNET);
	wcur_u16(w, PROTOCOL_IPV4);
	wcur_u8(w, MAC_LEN);
	wcur_u8(w, ADDR_LEN);
	wcur_u16(w, m->op);
	wcur_put(w, m->sender_mac, MAC_LEN);
	wcur_put(w, m->sender.o + 12, ADDR_LEN);
	wcur_put(w, m->target_mac, MAC_LEN);
	wcur_put(w, m->target.o + 12, ADDR_LEN);
	return w->bad ? -EMSGSIZE : 0;
}
