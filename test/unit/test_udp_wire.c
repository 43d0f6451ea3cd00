/* SPDX-License-Identifier: ISC */
/* test_udp_wire.c - UDP headers, each row by its name */
#include "tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/transport/udp_wire.h"

static const struct {
	const char *name;
	size_t len;
	uint8_t octets[10];
	int want;
} rows[] = {
	{ "a header alone", 8, { 0, 53, 0xbf, 0, 0, 8, 0xaa, 0xff }, 0 },
	{ "more follows", 10, { 0, 53, 0xbf, 0, 0, 10, 0xaa, 0xff, 1, 2 }, 0 },
	{ "a length beyond is for udp.c to judge", 8, { 0, 53, 0xbf, 0, 0xff, 0xff, 0, 0 }, 0 },
	{ "length 7 (H34)", 8, { 0, 53, 0xbf, 0, 0, 7, 0, 0 }, -EBADMSG },
	{ "length 0 (H34)", 8, { 0, 53, 0xbf, 0, 0, 0, 0, 0 }, -EBADMSG },
	{ "cut in the checksum", 7, { 0, 53, 0xbf, 0, 0, 8, 0 }, -EBADMSG },
	{ "cut in the length", 5, { 0, 53, 0xbf, 0, 0 }, -EBADMSG },
	{ "nothing", 0, { 0 }, -EBADMSG },
};

int main(void)
{
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t *in = malloc(rows[i].len ? rows[i].len : 1), out[UDP_HDR_LEN];
		struct rcur r = rcur_of(in, rows[i].len);
		struct wcur w = wcur_of(out, sizeof(out)), small = wcur_of(out, 7);
		struct udp_hdr h;

		memcpy(in, rows[i].octets, rows[i].len);
		tap(udp_parse(&h, &r) == rows[i].want, "parse: %s", rows[i].name);
		if (rows[i].want == 0) {
			tap(r.at == UDP_HDR_LEN, "parse: %s: what follows is left",
				rows[i].name);
			tap(udp_emit(&h, &w) == 0 && memcmp(out, in, UDP_HDR_LEN) == 0,
				"emit undoes parse: %s", rows[i].name);
			tap(udp_emit(&h, &small) == -EMSGSIZE, "emit: no room for: %s",
				rows[i].name);
		}
		free(in);
	}
	return tap_done();
}
