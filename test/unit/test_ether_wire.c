/* SPDX-License-Identifier: ISC */
/* test_ether_wire.c - link/ether_wire.c: Ethernet headers */
#include <errno.h>

#include "hex.h"
#include "link/ether_wire.h"
#include "tap.h"

#define MACS "020000000001 020000000002 "

static const struct {
	const char *name, *hex;
	int want;
	uint16_t type;
	uint8_t n_tags, len;
	uint16_t tag0, tag1;
} cases[] = {
	{ "IPv4", MACS "0800 45", 0, 0x0800, 0, 14, 0, 0 },
	{ "a header and nothing else", MACS "86dd", 0, 0x86dd, 0, 14, 0, 0 },
	{ "a length (802.3)", MACS "0026 424203", 0, 0x0026, 0, 14, 0, 0 },
	{ "one tag", MACS "8100 2064 0800", 0, 0x0800, 1, 18, 0x2064, 0 },
	{ "a service tag", MACS "88a8 0005 0806", 0, 0x0806, 1, 18, 5, 0 },
	{ "two tags", MACS "88a8 0005 8100 0006 0800", 0, 0x0800, 2, 22, 5, 6 },
	{ "nothing", "", -EBADMSG, 0, 0, 0, 0, 0 },
	{ "one octet", "02", -EBADMSG, 0, 0, 0, 0, 0 },
	{ "one address", "020000000001", -EBADMSG, 0, 0, 0, 0, 0 },
	{ "no type", MACS, -EBADMSG, 0, 0, 0, 0, 0 },
	{ "half a type", MACS "08", -EBADMSG, 0, 0, 0, 0, 0 },
	{ "cut in a tag", MACS "8100 00", -EBADMSG, 0, 0, 0, 0, 0 },
	{ "cut behind a tag", MACS "8100 0064", -EBADMSG, 0, 0, 0, 0, 0 },
	{ "cut in the type behind a tag", MACS "8100 0064 08", -EBADMSG, 0, 0, 0, 0, 0 },
	{ "three tags", MACS "8100 0001 8100 0002 8100 0003 0800", -EBADMSG, 0, 0, 0, 0, 0 },
};

int main(void)
{
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ether_hdr h;
		size_t len;
		uint8_t *in = from_hex(cases[i].hex, &len), out[32];
		struct rcur r = rcur_of(in, len);
		int err = ether_parse(&h, &r);
		bool ok = err == cases[i].want;

		if (ok && err == 0) {
			struct wcur w = wcur_of(out, h.len);

			ok = h.type == cases[i].type && h.n_tags == cases[i].n_tags &&
				h.len == cases[i].len && r.at == h.len &&
				(h.n_tags < 1 || h.tag[0] == cases[i].tag0) &&
				(h.n_tags < 2 || h.tag[1] == cases[i].tag1);
			ok = ok && ether_emit(&h, &w) == 0 && w.at == h.len;
			/* what was one service tag becomes a customer's: which is all we speak */
			ok = ok &&
				(memcmp(out, in, h.len) == 0 ||
					(in[12] == 0x88 && h.n_tags == 1));
			w = wcur_of(out, h.len - 1u);
			ok = ok && ether_emit(&h, &w) == -EMSGSIZE;
		}
		tap(ok, "ether: %s", cases[i].name);
		free(in);
	}

	static const struct {
		const char *name;
		uint8_t mac[6];
		bool is_group, is_broadcast, is_zero;
	} macs[] = {
		{ "a station", { 2, 0, 0, 0, 0, 1 }, false, false, false },
		{ "a group", { 1, 0, 0x5e, 0, 0, 1 }, true, false, false },
		{ "everybody", { 255, 255, 255, 255, 255, 255 }, true, true, false },
		{ "nearly everybody", { 255, 255, 255, 255, 255, 254 }, true, false, false },
		{ "zero", { 0 }, false, false, true },
		{ "nearly zero", { 0, 0, 0, 0, 0, 1 }, false, false, false },
	};
	for (unsigned i = 0; i < sizeof(macs) / sizeof(macs[0]); i++)
		tap(ether_is_group(macs[i].mac) == macs[i].is_group &&
				ether_is_broadcast(macs[i].mac) == macs[i].is_broadcast &&
				ether_is_zero(macs[i].mac) == macs[i].is_zero,
			"ether: kind of %s", macs[i].name);
	return tap_done();
}
