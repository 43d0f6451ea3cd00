/* SPDX-License-Identifier: ISC */
/* arp_internal.h - what arp.c and arp_acd.c share */
#ifndef NOD_LINK_ARP_INTERNAL_H
#define NOD_LINK_ARP_INTERNAL_H

#include "arp.h"
#include "arp_wire.h"

struct acd;

/* Of each interface: RFC 5227 2.1.1, MAX_CONFLICTS. */
struct acd_luck {
	unsigned conflicts; /* since a probe found an address free */
	nod_ns probed;	    /* when the last one was begun */
};

struct arp {
	struct link *link;
	struct arp_upper upper;
	nod_ns reply_at;       /* when the replies sent so far are paid for: may_reply() */
	struct acd *watch;     /* addresses that are probed, announced or defended */
	struct acd_luck *luck; /* by interface index - 1 */
};

/* @dst NULL: everybody. */
void arp_send(struct iface *i, const struct arp_msg *m, const uint8_t *dst);

static inline bool arp_is_ours(const struct arp *a, struct iface *i, const struct ipa *addr)
{
	return a->upper.is_ours && a->upper.is_ours(a->upper.self, i, addr);
}

/* Whether @m was about a conflict, and so nothing is to be learnt of it. */
bool arp_acd_heard(struct arp *a, struct iface *i, const struct arp_msg *m);
/* Forget all of @i; NULL: of every interface. */
void arp_acd_end(struct arp *a, const struct iface *i);

#endif
