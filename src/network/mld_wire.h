/* SPDX-License-Identifier: ISC */
/*
 * mld_wire.h - MLD messages, octets to struct and back
 *
 * RFC 2710 3 (version 1), RFC 3810 5 (2).  They are ICMPv6: the checksum is icmp6.c's.
 *
 * Neighbours: mld.c; igmp_wire.h is IPv4's.
 */
#ifndef NOD_NETWORK_MLD_WIRE_H
#define NOD_NETWORK_MLD_WIRE_H

#include "../base/cursor.h"
#include "../base/ipa.h"

enum {
	MLD_QUERY = 130,
	MLD_REPORT_V1 = 131,
	MLD_DONE = 132,
	MLD_REPORT_V2 = 143,
	MLD_LEN = 24, /* octets of version 1 */
};

struct mld_query {
	uint8_t version; /* 1 or 2, by its length: RFC 3810 8.1 */
	uint32_t max_ms;
	struct ipa group;
	uint8_t robustness;
	uint32_t interval_s;
	struct span sources; /* 16 octets each; borrowed */
};

/* -EBADMSG: cut, or it counts more sources than are there. */
int mld_query_parse(struct mld_query *q, struct rcur *r) __attribute__((warn_unused_result));
/* A message of version 1, its checksum zero.  -EMSGSIZE. */
int mld_old_emit(uint8_t type, const struct ipa *group, struct wcur *w);

#endif
