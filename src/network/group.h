/* SPDX-License-Identifier: ISC */
/*
 * group.h - multicast groups that this host's interfaces and sockets are members of
 *
 * RFC 1112, 3376 (IGMPv3, with v2 and v1 queriers), 3810 (MLDv2, with v1), 3678 (what sockets
 * ask).  Each socket has its own source filter; the interface's is made of all of them
 * (RFC 3376 3.2).
 *
 * Neighbours: igmp.c, mld.c (what is told to routers), link.h (the MAC filter).
 */
#ifndef NOD_NETWORK_GROUP_H
#define NOD_NETWORK_GROUP_H

#include "net.h"

struct group;

enum group_mode {
	GROUP_INCLUDE, /* from these sources only; of none = not a member */
	GROUP_EXCLUDE, /* from all but these */
};

/* One owner's wish for one group on one interface; kept by the owner, in a list. */
struct group_member {
	struct group_member *next; /* the owner's list; leaves it with the interface */
	struct group_member *next_member, **prev_member; /* the group's list */
	struct netif *netif;
	struct ipa group;
	uint8_t mode;
	uint32_t n_sources;
	struct ipa *source;	     /* malloc()ed, at most conf.group_sources */
	struct group *state;	     /* the group on the interface */
	struct group_member **owner; /* the head of the owner's list, which does not move */
};

int group_iface_added(struct netif *i);
void group_iface_removed(struct netif *i);
void group_iface_changed(struct netif *i); /* up again: report everything */
void group_address_ready(const struct ifaddr *a); /* MLD waits for a link-local one */

/*
 * Become a member, *@list being the owner's list.  0, -EADDRINUSE (is one already), -EINVAL (not
 * a group), -ENOBUFS, -ENOMEM.
 */
int group_join(struct group_member **list, struct netif *i, const struct ipa *group,
	enum group_mode mode, const struct ipa *source, uint32_t n);
/* 0 or -EADDRNOTAVAIL. */
int group_leave(struct group_member **list, struct netif *i, const struct ipa *group);
void group_leave_all(struct group_member **list);
struct group_member *group_of(struct group_member *list, const struct netif *i,
	const struct ipa *group);
/* Another filter for what @m is a member of already. */
int group_set_filter(struct group_member *m, enum group_mode mode, const struct ipa *source,
	uint32_t n);

/* Whether the interface is to take packets to @group (from anybody). */
bool group_is_member(const struct netif *i, const struct ipa *group);
/* Whether an owner with this list wants a packet from @src to @group by @i. */
bool group_wants(struct group_member *list, const struct netif *i, const struct ipa *group,
	const struct ipa *src);

/* The protocols' entries. */
void igmp_input(void *net, struct pkt *p, const struct ip_in *in);
void mld_input(struct net *n, struct pkt *p, const struct ip_in *in); /* by icmp6.c */

#endif
