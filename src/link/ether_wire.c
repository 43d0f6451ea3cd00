/* SPDX-License-Identifier: ISC */
/*
 * ether_wire.c - Ethernet II headers, with and without IEEE 802.1Q tags
 *
 * Neighbours: ether_wire.h.
 */
#include "ether_wire.h"

#include <errno.h>

enum { TAG_802_1Q = 0x8100, TAG_802_1AD = 0x88a8 };

int ether_parse(struct ether_hdr *h, struct rcur *r)
{
	size_t start = r->at;

	rcur_copy(r, h->dst, 6);
	rcur_copy(r, h->src, 6);
	h->type = rcur_u16(r);
	h->n_tags = 0;
	while (h->type == TAG_802_1Q || h->type == TAG_802_1AD) {
		if (h->n_tags == ETHER_TAGS_MAX)
			return -EBADMSG;
		h->tag[h->n_tags++] = rcur_u16(r);
		h->type = rcur_u16(r);
	}
	h->len = (uint8_t)(r->at - start);
	return r->bad ? -EBADMSG : 0;
}

int ether_emit(const struct ether_hdr *h, struct wcur *w)
{
	wcur_put(w, h->dst, 6);
	wcur_put(w, h->src, 6);
	for (unsigned i = 0; i < h->n_tags; i++) {
		/* an outer one of two is a service tag */
		wcur_u16(w, i + 1 < h->n_tags ? TAG_802_1AD : TAG_802_1Q);
		wcur_u16(w, h->tag[i]);
	}
	wcur_u16(w, h->type);
	return w->bad ? -EMSGSIZE : 0;
}
