/* SPDX-License-Identifier: ISC */
/* arp_internal.h - what arp.c and arp_acd.c share */
#ifndef NOD_LINK_ARP_INTERNAL_H
#define NOD_LINK_ARP_INTERNAL_H

#include "arp.h"
#include "arp_wire.h"

struct acd;

struct arp {
	struct link *link;
	struct arp_upper upper;
	nod_ns reply_at;   /* the bucket of replies: see may_reply() */
	struct acd *watch; /* addresses that are probed, announced or defended */
};

/* @dst NULL: everybody. */
void arp_send(struct iface *i, const struct arp_msg *m, const uint8_t *dst);

/* Whether @m was about a conflict and nothing more is to be made of it. */
bool arp_acd_heard(struct arp *a, struct iface *i, const struct arp_msg *m);
/* Forget all of @i; NULL: of every interface. */
void arp_acd_end(struct arp *a, const struct iface *i);

#endif
