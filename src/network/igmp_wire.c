/* SPDX-License-Identifier: ISC */
/*
 * igmp_wire.c - IGMP messages, octets to struct and back
 *
 * Neighbours: igmp_wire.h.
 */
#include "igmp_wire.h"

#include <errno.h>

#include "../base/checksum.h"

enum { LEN_V3 = 12 };

uint32_t igmp_code(uint8_t code)
{
	return code < 128 ? code : (uint32_t)((code & 15) | 16) << ((code >> 4 & 7) + 3);
}

int igmp_query_parse(struct igmp_query *q, struct rcur *r)
{
	size_t len = rcur_left(r);
	uint8_t o[4], code;

	*q = (struct igmp_query){ .version = 3 };
	rcur_skip(r, 1);
	code = rcur_u8(r);
	rcur_skip(r, 2);
	rcur_copy(r, o, 4);
	q->group = ipa_from_v4(o);
	if (r->bad || (len > IGMP_LEN && len < LEN_V3)) /* RFC 3376 7.1 */
		return -EBADMSG;
	if (len == IGMP_LEN) {
		q->version = code ? 2 : 1;
		q->max_ms = code ? code * 100u : 10000; /* tenths of a second */
		return 0;
	}

	uint8_t flags = rcur_u8(r);
	uint8_t interval = rcur_u8(r);
	uint16_t n = rcur_u16(r);

	q->max_ms = igmp_code(code) * 100;
	q->robustness = flags & 7;
	q->interval_s = igmp_code(interval);
	q->sources = rcur_span(r, 4u * n); /* (H28) */
	return r->bad ? -EBADMSG : 0;
}

int igmp_old_emit(uint8_t type, const struct ipa *group, struct wcur *w)
{
	uint8_t m[IGMP_LEN] = { type, 0, 0, 0, group->o[12], group->o[13], group->o[14],
		group->o[15] };
	uint16_t sum = checksum_end(checksum_add(0, m, sizeof(m)));

	m[2] = (uint8_t)(sum >> 8);
	m[3] = (uint8_t)sum;
	wcur_put(w, m, sizeof(m));
	return w->bad ? -EMSGSIZE : 0;
}
