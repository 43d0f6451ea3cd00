/* SPDX-License-Identifier: ISC */
/*
 * fuzz_nd_wire.c - any octets as a message of neighbour discovery (network/nd_wire.h)
 *
 * What was read and written again reads the same.
 */
#include "fuzz.h"

#include "network/nd_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct nd_msg m, again;
	uint8_t written[4096];
	struct rcur r = rcur_of(data, size);
	struct wcur w = wcur_of(written, sizeof(written));

	if (nd_parse(&m, &r) < 0)
		return 0;
	FUZZ_CLAIM(m.n_prefixes <= ND_PREFIXES_MOST && m.n_routes <= ND_ROUTES_MOST &&
		m.n_dns <= ND_DNS_MOST);
	FUZZ_CLAIM(nd_emit(&m, &w) == 0);
	r = rcur_of(written, w.at);
	FUZZ_CLAIM(nd_parse(&again, &r) == 0);
	FUZZ_CLAIM(again.type == m.type && again.n_prefixes == m.n_prefixes &&
		again.n_dns == m.n_dns && again.mtu == m.mtu &&
		memcmp(&again.target, &m.target, sizeof(m.target)) == 0);
	return 0;
}
