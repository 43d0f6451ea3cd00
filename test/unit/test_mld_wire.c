/* SPDX-License-Identifier: ISC */
/* test_mld_wire.c - MLD queries of both versions, and the messages of the first */
#include "tap.h"

#include <errno.h>
#include <stdlib.h>

#include "hex.h"
#include "network/mld_wire.h"

#define ANY   "00000000 00000000 00000000 00000000 "
#define GROUP "ff150000 00000000 00000000 00000007 "
#define A     "20010db8 00000000 00000000 0000000a "

static const struct {
	const char *name, *hex;
	int err;
	uint8_t version;
	uint32_t max_ms;
	uint8_t robustness;
	uint32_t interval_s;
	size_t sources; /* octets */
} queries[] = {
	{ "version 1, general", "8200 0000 2710 0000" ANY, 0, 1, 10000, 0, 0, 0 },
	{ "version 1, longest delay", "8200 0000 ffff 0000" ANY, 0, 1, 65535, 0, 0, 0 },
	{ "version 2, general", "8200 0000 2710 0000" ANY "02 7d 0000", 0, 2, 10000, 2, 125, 0 },
	{ "version 2, delay 0", "8200 0000 0000 0000" ANY "02 7d 0000", 0, 2, 0, 2, 125, 0 },
	{ "version 2, a source", "8200 0000 03e8 0000" GROUP "0a 7d 0001" A, 0, 2, 1000, 2, 125,
		16 },
	{ "least with an exponent", "8200 0000 8000 0000" ANY "00 80 0000", 0, 2, 32768, 0, 128,
		0 },
	{ "longest with an exponent", "8200 0000 ffff 0000" ANY "07 ff 0000", 0, 2, 8387584, 7,
		31744, 0 },
	{ "nothing", "", -EBADMSG, 0, 0, 0, 0, 0 },
	{ "cut in the delay", "8200 0000 27", -EBADMSG, 0, 0, 0, 0, 0 },
	{ "cut in the group", "8200 0000 2710 0000 00000000", -EBADMSG, 0, 0, 0, 0, 0 },
	{ "25 octets are of no version", "8200 0000 2710 0000" ANY "02", -EBADMSG, 0, 0, 0, 0, 0 },
	{ "27 octets are of no version", "8200 0000 2710 0000" ANY "027d00", -EBADMSG, 0, 0, 0, 0,
		0 },
	{ "(H28) a source and none there", "8200 0000 2710 0000" GROUP "02 7d 0001", -EBADMSG, 0, 0,
		0, 0, 0 },
	{ "(H28) the last source is cut", "8200 0000 2710 0000" GROUP "02 7d 0002" A "2001",
		-EBADMSG, 0, 0, 0, 0, 0 },
	{ "(H28) 65,535 sources", "8200 0000 2710 0000" GROUP "02 7d ffff" A, -EBADMSG, 0, 0, 0, 0,
		0 },
	{ "(H28) 4,096: octets as a 16-bit number would be 0",
		"8200 0000 2710 0000" GROUP "02 7d 1000", -EBADMSG, 0, 0, 0, 0, 0 },
};

int main(void)
{
	for (unsigned k = 0; k < sizeof(queries) / sizeof(queries[0]); k++) {
		size_t len;
		uint8_t *octets = from_hex(queries[k].hex, &len);
		struct rcur r = rcur_of(octets, len);
		struct mld_query q;
		int err = mld_query_parse(&q, &r);

		tap(err == queries[k].err &&
				(err < 0 || (q.version == queries[k].version &&
						    q.max_ms == queries[k].max_ms &&
						    q.robustness == queries[k].robustness &&
						    q.interval_s == queries[k].interval_s &&
						    q.sources.len == queries[k].sources)),
			"query: %s", queries[k].name);
		free(octets);
	}

	size_t len;
	uint8_t *whole = from_hex("8200 0000 03e8 0000" GROUP "0a 7d 0001" A, &len);
	bool ok = true;

	for (size_t cut = 0; cut < len; cut++) {
		uint8_t *part = malloc(cut ? cut : 1);
		struct rcur r = rcur_of(part, cut);
		struct mld_query q;

		memcpy(part, whole, cut);
		ok &= (mld_query_parse(&q, &r) == 0) == (cut == MLD_LEN);
		free(part);
	}
	tap(ok, "(H73) cut anywhere");
	free(whole);

	uint8_t out[MLD_LEN];
	struct ipa group = { .o = { 0xff, 0x15, [15] = 7 } };
	struct wcur w = wcur_of(out, sizeof(out));
	tap(mld_old_emit(MLD_REPORT_V1, &group, &w) == 0 && out[0] == 131 && out[8] == 0xff &&
			out[23] == 7,
		"a version 1 report");
	w = wcur_of(out, sizeof(out) - 1);
	tap(mld_old_emit(MLD_DONE, &group, &w) == -EMSGSIZE, "no room");
	return tap_done();
}
