/* SPDX-License-Identifier: ISC */
/*
 * mld_wire.c - MLD messages, octets to struct and back
 *
 * Neighbours: mld_wire.h.
 */
#include "mld_wire.h"

#include <errno.h>

#include "igmp_wire.h"

enum { LEN_V2 = 28 };

/* RFC 3810 5.1.3: as IGMP's, with twelve bits of mantissa. */
static uint32_t code_of(uint16_t code)
{
	return code < 32768 ? code :
			      (uint32_t)((code & 0xfff) | 0x1000) << ((code >> 12 & 7) + 3);
}

int mld_query_parse(struct mld_query *q, struct rcur *r)
{
	size_t len = rcur_left(r);
	uint16_t code;

	*q = (struct mld_query){ .version = 1 };
	rcur_skip(r, 4);
	code = rcur_u16(r);
	rcur_skip(r, 2);
	rcur_copy(r, q->group.o, 16);
	if (r->bad || (len > MLD_LEN && len < LEN_V2))
		return -EBADMSG;
	q->max_ms = code;
	if (len == MLD_LEN)
		return 0;
	q->version = 2;
	q->max_ms = code_of(code);
	q->robustness = rcur_u8(r) & 7;
	q->interval_s = igmp_code(rcur_u8(r));

	uint16_t n = rcur_u16(r);

	q->sources = rcur_span(r, 16u * n); /* (H28) */
	return r->bad ? -EBADMSG : 0;
}

int mld_old_emit(uint8_t type, const struct ipa *group, struct wcur *w)
{
	wcur_u8(w, type);
	wcur_u8(w, 0);
	wcur_u32(w, 0);
	wcur_u16(w, 0);
	wcur_put(w, group->o, 16);
	return w->bad ? -EMSGSIZE : 0;
}
