/* SPDX-License-Identifier: ISC */
/*
 * group_records.c - the newest versions' reports: group records, as many as fit
 *
 * RFC 3376 4.2, RFC 3810 5.2: the same but for the addresses' length.
 *
 * Neighbours: group_report.c (which records), igmp.c and mld.c (types, checksums, sending).
 */
#include "../base/cursor.h"
#include "group_internal.h"

enum { HEAD = 8, COUNT_AT = 6, RECORD = 4 /* octets, without its group */ };

/* A list that makes no sense in two pieces: the second would replace the first. */
static bool is_exclude(const struct group_record *r)
{
	return r->type == GROUP_IS_EXCLUDE || r->type == GROUP_TO_EXCLUDE;
}

static void put_addr(struct wcur *w, const struct ipa *a, uint32_t octets)
{
	wcur_put(w, a->o + 16 - octets, octets);
}

struct pkt *group_report_packet(struct netif *i, const struct group_record *r, uint32_t n,
	uint32_t *at, uint32_t *source, uint32_t room)
{
	struct pkt *p = pkt_new(i->net->core->pool, room);
	uint32_t records = 0;
	struct wcur head;

	if (!p)
		return NULL;
	head = wcur_of(pkt_put(p, HEAD), HEAD);
	memset(head.buf, 0, HEAD);
	for (room -= HEAD; *at < n; ++*at, *source = 0) {
		const struct group_record *g = &r[*at];
		uint32_t octets = ipa_is_v4(&g->group) ? 4 : 16;
		uint32_t left = g->n - *source;
		uint32_t fit = room < RECORD + octets ? 0 : (room - RECORD - octets) / octets;
		uint32_t k = left < fit ? left : fit;
		struct wcur w;

		if (room < RECORD + octets || (records && k < left))
			break; /* the next report has it whole */
		room -= RECORD + octets + k * octets;
		w = wcur_of(pkt_put(p, RECORD + octets + k * octets),
			RECORD + octets + k * octets);
		wcur_u8(&w, (uint8_t)g->type);
		wcur_u8(&w, 0);
		wcur_u16(&w, (uint16_t)k);
		put_addr(&w, &g->group, octets);
		for (uint32_t j = 0; j < k; j++)
			put_addr(&w, &g->source[*source + j], octets);
		records++;
		if (k < left && !is_exclude(g)) { /* RFC 3376 4.2.16: an EXCLUDE list is cut off */
			*source += k;
			break;
		}
	}
	head.at = COUNT_AT;
	wcur_u16(&head, (uint16_t)records);
	return p;
}
