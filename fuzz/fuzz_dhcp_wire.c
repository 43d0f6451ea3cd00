/* SPDX-License-Identifier: ISC */
/*
 * fuzz_dhcp_wire.c - any octets as a DHCP message (application/dhcp_wire.h)
 *
 * What was read is written, and read back the same.
 */
#include "fuzz.h"

#include "application/dhcp_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rcur r = rcur_of(data, size);
	struct dhcp_msg m, again;
	uint8_t *out;
	struct wcur w;

	if (dhcp_parse(&m, &r) < 0)
		return 0;
	FUZZ_CLAIM(m.type >= DHCP_DISCOVER && m.type <= DHCP_INFORM);
	FUZZ_CLAIM(m.n_routers <= DHCP_ADDRS_MAX && m.n_dns <= DHCP_ADDRS_MAX &&
		m.n_routes <= DHCP_ROUTES_MAX && m.prefix_len <= 32 && m.id_len <= DHCP_ID_MAX);
	FUZZ_CLAIM(memchr(m.domain, 0, sizeof(m.domain)) &&
		memchr(m.hostname, 0, sizeof(m.hostname)));

	out = malloc(DHCP_LEN_MOST);
	w = wcur_of(out, DHCP_LEN_MOST);
	FUZZ_CLAIM(dhcp_emit(&m, &w) == 0 && w.at >= DHCP_LEN_LEAST);
	r = rcur_of(out, w.at);
	FUZZ_CLAIM(dhcp_parse(&again, &r) == 0);
	FUZZ_CLAIM(again.type == m.type && again.xid == m.xid && again.lease_s == m.lease_s &&
		again.n_routes == m.n_routes && again.n_dns == m.n_dns &&
		again.prefix_len == m.prefix_len && strcmp(again.domain, m.domain) == 0 &&
		strcmp(again.hostname, m.hostname) == 0 && again.id_len == m.id_len);
	for (unsigned k = 0; k < m.n_routes; k++)
		FUZZ_CLAIM(again.route[k].len == m.route[k].len &&
			ipa_equal(&again.route[k].dst, &m.route[k].dst));
	free(out);
	return 0;
}
