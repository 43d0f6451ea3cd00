/* SPDX-License-Identifier: ISC */
/* fuzz_arp.c - any octets as an ARP packet (link/arp_wire.h) */
#include "fuzz.h"

#include "link/arp_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rcur r = rcur_of(data, size);
	struct arp_msg m, again;
	uint8_t out[ARP_LEN];
	struct wcur w = wcur_of(out, sizeof(out));

	if (arp_parse(&m, &r) < 0)
		return 0;
	FUZZ_CLAIM(r.at == ARP_LEN && ipa_is_v4(&m.sender) && ipa_is_v4(&m.target));
	FUZZ_CLAIM(arp_emit(&m, &w) == 0 && w.at == ARP_LEN && !memcmp(out, data, ARP_LEN));
	r = rcur_of(out, sizeof(out));
	FUZZ_CLAIM(arp_parse(&again, &r) == 0 && ipa_equal(&m.sender, &again.sender));
	w = wcur_of(out, ARP_LEN - 1);
	FUZZ_CLAIM(arp_emit(&m, &w) < 0);
	return 0;
}
