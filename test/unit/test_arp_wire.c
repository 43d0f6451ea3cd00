/* SPDX-License-Identifier: ISC */
/* test_arp_wire.c - link/arp_wire.c: ARP for IPv4 over Ethernet, and what is not (H02) */
#include <errno.h>

#include "hex.h"
#include "link/arp_wire.h"
#include "tap.h"

#define BODY "020000000002 0a000002 000000000000 0a000001"
#define GOOD "0001 0800 06 04 0001 " BODY

static const struct {
	const char *name, *hex;
	int want;
} cases[] = {
	{ "request", GOOD, 0 },
	{ "reply", "0001 0800 06 04 0002 " BODY, 0 },
	{ "padding behind it", GOOD "0000 0000 0000 0000", 0 },
	{ "an operation of its own", "0001 0800 06 04 ffff " BODY, 0 },
	{ "H02: hardware 0", "0000 0800 06 04 0001 " BODY, -EBADMSG },
	{ "H02: hardware IEEE 802 (6)", "0006 0800 06 04 0001 " BODY, -EBADMSG },
	{ "H02: protocol IPv6", "0001 86dd 06 04 0001 " BODY, -EBADMSG },
	{ "H02: protocol 0", "0001 0000 06 04 0001 " BODY, -EBADMSG },
	{ "H02: hardware length 0", "0001 0800 00 04 0001 " BODY, -EBADMSG },
	{ "H02: hardware length 5", "0001 0800 05 04 0001 " BODY, -EBADMSG },
	{ "H02: hardware length 255", "0001 0800 ff 04 0001 " BODY, -EBADMSG },
	{ "H02: protocol length 0", "0001 0800 06 00 0001 " BODY, -EBADMSG },
	{ "H02: protocol length 16", "0001 0800 06 10 0001 " BODY, -EBADMSG },
	{ "H02: protocol length 255", "0001 0800 06 ff 0001 " BODY, -EBADMSG },
	{ "H02: both lengths 255", "0001 0800 ff ff 0001 " BODY, -EBADMSG },
};

int main(void)
{
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arp_msg m;
		size_t len;
		uint8_t *in = from_hex(cases[i].hex, &len), out[ARP_LEN];
		struct rcur r = rcur_of(in, len);
		bool ok = arp_parse(&m, &r) == cases[i].want;

		if (ok && cases[i].want == 0) {
			struct wcur w = wcur_of(out, ARP_LEN);

			ok = ipa_v4(&m.sender) == 0x0a000002 && ipa_v4(&m.target) == 0x0a000001 &&
				m.sender_mac[5] == 2 && m.target_mac[5] == 0 &&
				arp_emit(&m, &w) == 0 && memcmp(in, out, ARP_LEN) == 0;
			w = wcur_of(out, ARP_LEN - 1);
			ok = ok && arp_emit(&m, &w) == -EMSGSIZE;
		}
		tap(ok, "arp: %s", cases[i].name);
		free(in);
	}

	for (size_t cut = 0; cut < ARP_LEN; cut++) {
		struct arp_msg m;
		size_t len;
		uint8_t *all = from_hex(GOOD, &len), *in = malloc(cut ? cut : 1);

		memcpy(in, all, cut);
		struct rcur r = rcur_of(in, cut);
		tap(arp_parse(&m, &r) == -EBADMSG, "arp: H02: cut to %zu octets", cut);
		free(in);
		free(all);
	}
	return tap_done();
}
