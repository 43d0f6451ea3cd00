/* SPDX-License-Identifier: ISC */
/*
 * arp.h - which station has an IPv4 address: ARP
 *
 * RFC 826, RFC 1122 2.3.2, RFC 5227 (conflict detection).  ARP carries IPv4 addresses but knows
 * none of its host's: the network layer answers what it has to know (struct arp_upper).
 *
 * Neighbours: arp_wire.h, neigh.h.
 */
#ifndef NOD_LINK_ARP_H
#define NOD_LINK_ARP_H

#include "link.h"

struct neigh;

struct arp_upper {
	/* Whether @addr is in use by this host on @i (not while it is being probed). */
	bool (*is_ours)(void *self, struct iface *i, const struct ipa *addr);
	/* The address to ask from when @to is wanted; false: there is none. */
	bool (*source)(void *self, struct iface *i, const struct ipa *to, struct ipa *out);
	/* A probe of @addr ended: free, or taken by @mac. */
	void (*probed)(void *self, struct iface *i, const struct ipa *addr, bool is_free,
		const uint8_t *mac);
	/*
	 * @mac claims @addr, which is ours, for the second time within 10 s.  Give it up
	 * (RFC 5227 2.4 (b); an address that was chosen at random has to, RFC 3927 2.5), so that
	 * is_ours() denies it; or keep it, and it goes on being defended once in 10 s (2.4 (c)).
	 */
	void (*lost)(void *self, struct iface *i, const struct ipa *addr, const uint8_t *mac);
	/* @p waited for a neighbour that does not answer. */
	void (*unreachable)(void *self, struct neigh *n, struct pkt *p);
	void *self;
};

int arp_init(struct link *l); /* after neigh_init(); registers the EtherType */
void arp_end(struct link *l);
/* The interface goes: nothing is probed or announced on it any more. */
void arp_iface_removed(struct iface *i);
/* Each function may be NULL: then nothing is ours, asked for, or told. */
void arp_set_upper(struct link *l, const struct arp_upper *u);

/*
 * Find out whether anybody has @addr (RFC 5227 2.1): three probes within about 3 s, then wait
 * 2 s; upper->probed() tells.  After 10 conflicts on an interface it waits a minute first.
 * 0, -EBUSY (it is being probed), -ENOMEM.
 */
int arp_probe(struct iface *i, const struct ipa *addr);
/* Probe, announce or defend it no more. */
void arp_probe_stop(struct iface *i, const struct ipa *addr);
/* Tell everybody that we have @addr (RFC 5227 2.3): now and 2 s later. */
void arp_announce(struct iface *i, const struct ipa *addr);

#endif
