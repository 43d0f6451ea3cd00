/* SPDX-License-Identifier: ISC */
/*
 * ipv4_options.c - what the options of an IPv4 header ask for, and which go into fragments
 *
 * RFC 791 3.1, RFC 1122 3.2.1.8 (IP4-9), RFC 7126 (source routes are refused: 4.3, 4.4).  Unknown
 * ones are passed over (MUST-50).  Nothing is recorded into a record route or a timestamp, and no
 * option of a received packet goes into an answer (H07).
 *
 * Neighbours: ipv4_wire.h, ipv4.c, ipv4_out.c.
 */
#include <errno.h>

#include "ip_internal.h"
#include "ipv4_wire.h"

/* The least octet to which the pointer of an option that is written on the way may point. */
static unsigned least_pointer(uint8_t type)
{
	return type == IPV4_OPT_TIMESTAMP ? 5 : 4;
}

enum nod_event_kind ipv4_options_check(const struct span *options, uint32_t *at)
{
	struct rcur r = rcur_of(options->p, options->len);
	struct span data;
	uint8_t type;
	int more;

	do {
		while (rcur_left(&r) && r.buf[r.at] == IPV4_OPT_NOP)
			rcur_skip(&r, 1);
		*at = IPV4_HDR_LEAST + (uint32_t)r.at;
		more = ipv4_option_next(&r, &type, &data);
		if (more <= 0)
			break;
		switch (type) {
		case IPV4_OPT_LSRR:
		case IPV4_OPT_SSRR:
			return NOD_EV_IP4_DROP_SOURCE_ROUTE;
		case IPV4_OPT_RR:
		case IPV4_OPT_TIMESTAMP:
			if (data.len < least_pointer(type) - 3 ||
				data.p[0] < least_pointer(type))
				return NOD_EV_IP4_DROP_OPTIONS;
			break;
		default:
			break;
		}
	} while (more > 0);
	return more < 0 ? NOD_EV_IP4_DROP_OPTIONS : NOD_EV_N;
}

size_t ipv4_options_copied(const struct span *options, uint8_t out[IPV4_OPTIONS_MOST])
{
	struct rcur r = rcur_of(options->p, options->len);
	struct span data;
	uint8_t type;
	size_t n = 0;

	while (ipv4_option_next(&r, &type, &data) > 0) {
		if (!(type & IPV4_OPT_COPIED))
			continue;
		out[n] = type;
		out[n + 1] = (uint8_t)(data.len + 2);
		if (data.len)
			memcpy(out + n + 2, data.p, data.len);
		n += data.len + 2;
	}
	while (n % 4)
		out[n++] = IPV4_OPT_END;
	return n;
}
