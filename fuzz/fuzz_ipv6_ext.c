/* SPDX-License-Identifier: ISC */
/*
 * fuzz_ipv6_ext.c - any octets as an IPv6 extension header, its options, and a fragment header
 * (network/ipv6_wire.h)
 */
#include "fuzz.h"

#include "network/ipv6_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rcur r = rcur_of(data, size);
	struct ipv6_extension e;
	struct ipv6_fragment f;
	struct span option;
	uint32_t at, last = 0;
	uint8_t type, written[IPV6_FRAG_HDR];
	unsigned n = 0;

	if (ipv6_fragment_parse(&f, &r) == 0) {
		struct wcur w = wcur_of(written, sizeof(written));

		FUZZ_CLAIM(ipv6_fragment_emit(&f, &w) == 0 && written[0] == data[0]);
		FUZZ_CLAIM(!memcmp(written + 4, data + 4, 4) && f.offset % 8 == 0);
	}
	r = rcur_of(data, size);
	if (ipv6_extension_parse(&e, &r) < 0)
		return 0;
	FUZZ_CLAIM(e.len >= 8 && e.len <= size && e.body.len == e.len - 2);
	r = rcur_of(e.body.p, e.body.len);
	while (ipv6_option_next(&r, &type, &at, &option) > 0) {
		FUZZ_CLAIM(at < e.body.len && (!n || at > last) && n < e.body.len);
		FUZZ_CLAIM(option.len <= e.body.len - at - 2);
		last = at;
		n++;
	}
	return 0;
}
