/* SPDX-License-Identifier: ISC */
/*
 * ipv4_wire.c - IPv4 options, octets to types and back
 *
 * RFC 791 3.1.
 *
 * Neighbours: ipv4_wire.h.
 */
#include "ipv4_wire.h"

#include <errno.h>

int ipv4_option_next(struct rcur *r, uint8_t *type, struct span *data)
{
	while (rcur_left(r)) {
		*type = rcur_u8(r);
		if (*type == IPV4_OPT_END)
			return 0;
		if (*type == IPV4_OPT_NOP)
			continue;

		uint8_t len = rcur_u8(r);

		if (r->bad || len < 2)
			return -EBADMSG;
		*data = rcur_span(r, len - 2u);
		return r->bad ? -EBADMSG : 1;
	}
	return 0;
}
