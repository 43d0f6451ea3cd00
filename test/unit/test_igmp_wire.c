/* SPDX-License-Identifier: ISC */
/* test_igmp_wire.c - IGMP queries of three versions, and the messages of the older two */
#include "tap.h"

#include <errno.h>
#include <stdlib.h>

#include "hex.h"
#include "network/igmp_wire.h"

static const struct {
	const char *name, *hex;
	int err;
	uint8_t version;
	uint32_t max_ms;
	uint8_t robustness;
	uint32_t interval_s;
	size_t sources; /* octets */
} queries[] = {
	{ "version 1", "1100 eeff 00000000", 0, 1, 10000, 0, 0, 0 },
	{ "version 2, general", "1164 ee9b 00000000", 0, 2, 10000, 0, 0, 0 },
	{ "version 2, of a group", "110a 0000 e1010203", 0, 2, 1000, 0, 0, 0 },
	{ "version 3, general", "1164 0000 00000000 02 7d 0000", 0, 3, 10000, 2, 125, 0 },
	{ "version 3, code 0", "1100 0000 00000000 02 7d 0000", 0, 3, 0, 2, 125, 0 },
	{ "version 3, two sources", "1101 0000 e1010203 0a 7d 0002 0a000001 0a000002", 0, 3, 100, 2,
		125, 8 },
	{ "longest delay and interval", "11ff 0000 00000000 07 ff 0000", 0, 3, 3174400, 7, 31744,
		0 },
	{ "least with an exponent", "1180 0000 00000000 00 80 0000", 0, 3, 12800, 0, 128, 0 },
	{ "more behind the sources", "1101 0000 e1010203 02 7d 0001 0a000001 ffff", 0, 3, 100, 2,
		125, 4 },
	{ "nothing", "", -EBADMSG, 0, 0, 0, 0, 0 },
	{ "type alone", "11", -EBADMSG, 0, 0, 0, 0, 0 },
	{ "cut in the checksum", "1164 ee", -EBADMSG, 0, 0, 0, 0, 0 },
	{ "cut in the group", "1164 ee9b 000000", -EBADMSG, 0, 0, 0, 0, 0 },
	{ "9 octets are of no version", "1164 ee9b 00000000 02", -EBADMSG, 0, 0, 0, 0, 0 },
	{ "11 octets are of no version", "1164 ee9b 00000000 027d 00", -EBADMSG, 0, 0, 0, 0, 0 },
	{ "(H28) a source and none there", "1164 0000 e1010203 02 7d 0001",
		-EBADMSG, 0, 0, 0, 0, 0 },
	{ "(H28) the last source is cut", "1164 0000 e1010203 02 7d 0002 0a000001 0a0000", -EBADMSG,
		0, 0, 0, 0, 0 },
	{ "(H28) 65,535 sources", "1164 0000 e1010203 02 7d ffff 0a000001",
		-EBADMSG, 0, 0, 0, 0, 0 },
	{ "(H28) 16,384: octets as a 16-bit number would be 0", "1164 0000 e1010203 02 7d 4000",
		-EBADMSG, 0, 0, 0, 0, 0 },
};

int main(void)
{
	for (unsigned k = 0; k < sizeof(queries) / sizeof(queries[0]); k++) {
		size_t len;
		uint8_t *octets = from_hex(queries[k].hex, &len);
		struct rcur r = rcur_of(octets, len);
		struct igmp_query q;
		int err = igmp_query_parse(&q, &r);

		tap(err == queries[k].err &&
				(err < 0 || (q.version == queries[k].version &&
						    q.max_ms == queries[k].max_ms &&
						    q.robustness == queries[k].robustness &&
						    q.interval_s == queries[k].interval_s &&
						    q.sources.len == queries[k].sources)),
			"query: %s", queries[k].name);
		free(octets);
	}

	/* every length of a good one but its own is refused, or is an older version */
	size_t len;
	uint8_t *whole = from_hex("1101 0000 e1010203 02 7d 0001 0a000001", &len);
	bool ok = true;

	for (size_t cut = 0; cut < len; cut++) {
		uint8_t *part = malloc(cut ? cut : 1);
		struct rcur r = rcur_of(part, cut);
		struct igmp_query q;

		memcpy(part, whole, cut);
		ok &= (igmp_query_parse(&q, &r) == 0) == (cut == IGMP_LEN);
		free(part);
	}
	tap(ok, "(H73) cut anywhere");
	free(whole);

	uint8_t out[IGMP_LEN];
	struct ipa group = IPA_V4(225, 1, 2, 3);
	struct wcur w = wcur_of(out, sizeof(out));
	tap(igmp_old_emit(IGMP_REPORT_V2, &group, &w) == 0 && out[0] == 0x16 && out[2] == 0x06 &&
			out[3] == 0xfb && out[4] == 225 && out[7] == 3,
		"a version 2 report, its checksum right");
	w = wcur_of(out, sizeof(out) - 1);
	tap(igmp_old_emit(IGMP_LEAVE, &group, &w) == -EMSGSIZE, "no room");
	tap(igmp_code(0x7f) == 127 && igmp_code(0x80) == 128 && igmp_code(0x8f) == 248 &&
			igmp_code(0x90) == 256 && igmp_code(0xff) == 31744,
		"RFC 3376 4.1.1: codes");
	return tap_done();
}
