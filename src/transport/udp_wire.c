/* SPDX-License-Identifier: ISC */
/*
 * udp_wire.c - UDP headers, octets to struct and back
 *
 * RFC 768.
 *
 * Neighbours: udp_wire.h.
 */
#include "udp_wire.h"

#include <errno.h>

int udp_parse(struct udp_hdr *h, struct rcur *r)
{
	h->src = rcur_u16(r);
	h->dst = rcur_u16(r);
	h->len = rcur_u16(r);
	h->sum = rcur_u16(r);
	return r->bad || h->len < UDP_HDR_LEN ? -EBADMSG : 0;
}

int udp_emit(const struct udp_hdr *h, struct wcur *w)
{
	wcur_u16(w, h->src);
	wcur_u16(w, h->dst);
	wcur_u16(w, h->len);
	wcur_u16(w, h->sum);
	return w->bad ? -EMSGSIZE : 0;
}
