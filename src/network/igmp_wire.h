/* SPDX-License-Identifier: ISC */
/*
 * igmp_wire.h - IGMP messages, octets to struct and back
 *
 * RFC 1112 appendix I (version 1), RFC 2236 2 (2), RFC 3376 4 (3).
 *
 * Neighbours: igmp.c; mld_wire.h is IPv6's.
 */
#ifndef NOD_NETWORK_IGMP_WIRE_H
#define NOD_NETWORK_IGMP_WIRE_H

#include "../base/cursor.h"
#include "../base/ipa.h"

enum {
	IGMP_QUERY = 0x11,
	IGMP_REPORT_V1 = 0x12,
	IGMP_REPORT_V2 = 0x16,
	IGMP_LEAVE = 0x17,
	IGMP_REPORT_V3 = 0x22,
	IGMP_LEN = 8, /* octets of versions 1 and 2 */
};

struct igmp_query {
	uint8_t version; /* 1, 2 or 3, by its length and code: RFC 3376 7.1 */
	uint32_t max_ms; /* time to answer in */
	struct ipa group;
	uint8_t robustness;    /* version 3; 0 = not said */
	uint32_t interval_s;   /* version 3 */
	struct span sources;   /* 4 octets each; borrowed */
};

/* -EBADMSG: cut, or it counts more sources than are there.  The checksum is the caller's. */
int igmp_query_parse(struct igmp_query *q, struct rcur *r) __attribute__((warn_unused_result));
/* A message of versions 1 and 2.  -EMSGSIZE. */
int igmp_old_emit(uint8_t type, const struct ipa *group, struct wcur *w);

/* RFC 3376 4.1.1 and 4.1.7: a number with three bits of exponent. */
uint32_t igmp_code(uint8_t code);

#endif
