/* SPDX-License-Identifier: ISC */
/* group_internal.h - what group.c, group_report.c, igmp.c and mld.c share */
#ifndef NOD_NETWORK_GROUP_INTERNAL_H
#define NOD_NETWORK_GROUP_INTERNAL_H

#include "group.h"
#include "ip_internal.h"

/* Which version the querier on the link speaks: IGMPv1, v2 and MLDv1 know no sources. */
enum group_version {
	GROUP_V1, /* IGMPv1: no leaving, either */
	GROUP_V2, /* IGMPv2, MLDv1 */
	GROUP_V3, /* IGMPv3, MLDv2 */
};

struct group_filter {
	enum group_mode mode;
	uint32_t n;
	struct ipa *source; /* malloc()ed */
};

/* A group that this interface is a member of, or has just left. */
struct group {
	struct hnode node;
	struct netif *netif;
	struct ipa addr;
	struct group_member *members; /* NULL: left, and that is still being told */
	uint32_t n_open;	      /* members that exclude nobody */
	struct group_filter filter;   /* of all members */
	/* a change that is being told: which sources came or went, and how often still */
	uint8_t changes_left;
	bool is_whole; /* the filter as a whole: its mode changed, too */
	uint32_t n_changed;
	struct ipa *changed;
	struct timer change;
	/* an answer that is owed: to all, or about these sources */
	struct timer answer;
	struct ipa *asked;
	uint32_t n_asked;
};

/* What the querier of a family said last. */
struct group_querier {
	nod_ns v1_until, v2_until; /* an older one was heard */
	uint8_t robustness;
	nod_ns interval;
	struct timer answer_all;
	struct netif *netif;
	bool is_v4;
};

struct group_if {
	struct table table; /* struct group.node */
	struct group_querier querier[2]; /* by family: [1] is IPv4 */
};

struct group *group_find(const struct netif *i, const struct ipa *group); /* left ones, too */
bool group_is_for_all(const struct ipa *group);
void group_free(struct group *g); /* which has no members */

/* group_report.c */
void group_report_init(struct group *g);
void group_report_stop(struct group *g);
void group_report_iface_added(struct netif *i);
void group_report_iface_removed(struct netif *i);
/* The filter was @old until now; NULL: tell it as a whole, whatever was told before. */
void group_report_change(struct group *g, const struct group_filter *old);

/* A query that was heard and is right. */
struct group_query {
	bool is_v4;
	enum group_version version;
	struct ipa group;      /* any: every group */
	nod_ns max_delay;
	uint8_t robustness;    /* 0 = not said */
	nod_ns interval;       /* 0 = not said */
	struct span sources;   /* 4 or 16 octets each; borrowed */
};
void group_heard_query(struct netif *i, const struct group_query *q);
/* Another host said in an old version's report that it is a member. */
void group_heard_report(struct netif *i, const struct ipa *group);

/* RFC 3376 4.2.12, RFC 3810 5.2.12: the same numbers. */
enum group_record_type {
	GROUP_IS_INCLUDE = 1,
	GROUP_IS_EXCLUDE = 2,
	GROUP_TO_INCLUDE = 3,
	GROUP_TO_EXCLUDE = 4,
	GROUP_ALLOW = 5,
	GROUP_BLOCK = 6,
};
struct group_record {
	enum group_record_type type;
	struct ipa group;
	const struct ipa *source;
	uint32_t n;
};

/*
 * group_records.c: the next report with records from *@at on, the first one's sources from
 * *@source on; at most @room octets, checksum zero.  NULL: no memory.
 */
struct pkt *group_report_packet(struct netif *i, const struct group_record *r, uint32_t n,
	uint32_t *at, uint32_t *source, uint32_t room);

/* igmp.c, mld.c: records in as many reports as it takes; the older versions' words. */
void igmp_report(struct netif *i, const struct group_record *r, uint32_t n);
void mld_report(struct netif *i, const struct group_record *r, uint32_t n);
void igmp_old_report(struct netif *i, const struct ipa *group, enum group_version v);
void mld_old_report(struct netif *i, const struct ipa *group);
void igmp_old_leave(struct netif *i, const struct ipa *group);
void mld_old_leave(struct netif *i, const struct ipa *group);

#endif
