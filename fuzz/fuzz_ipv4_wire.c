/* SPDX-License-Identifier: ISC */
/*
 * fuzz_ipv4_wire.c - any octets as an IPv4 header with its options (network/ipv4_wire.h)
 *
 * Neighbours: fuzz_reasm.c (whole packets into a stack).
 */
#include "fuzz.h"

#include "base/checksum.h"
#include "network/ip_internal.h"
#include "network/ipv4_wire.h"

/* A walk over options ends, stays inside, and what it copies fits a header. */
static void walk(const struct span *options)
{
	struct rcur r = rcur_of(options->p, options->len);
	uint8_t copied[IPV4_OPTIONS_MOST], type;
	struct span data;
	unsigned n = 0;
	uint32_t at = 0;
	size_t len;

	while (ipv4_option_next(&r, &type, &data) > 0) {
		FUZZ_CLAIM(++n <= IPV4_OPTIONS_MOST / 2);
		if (data.len)
			FUZZ_CLAIM(data.p >= options->p &&
				data.p + data.len <= options->p + options->len);
	}
	(void)ipv4_options_check(options, &at);
	FUZZ_CLAIM(at >= IPV4_HDR_LEAST && at <= IPV4_HDR_LEAST + options->len);
	len = ipv4_options_copied(options, copied);
	FUZZ_CLAIM(len % 4 == 0 && len <= sizeof(copied) && len <= options->len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rcur r = rcur_of(data, size);
	struct ipv4_hdr h, again;
	uint8_t out[IPV4_HDR_MOST];
	struct wcur w = wcur_of(out, sizeof(out));

	if (ipv4_parse(&h, &r) < 0)
		return 0;
	FUZZ_CLAIM(h.hdr_len >= IPV4_HDR_LEAST && h.hdr_len <= size && h.len >= h.hdr_len);
	FUZZ_CLAIM(h.options.len == h.hdr_len - (size_t)IPV4_HDR_LEAST);
	FUZZ_CLAIM(r.at == h.hdr_len);
	walk(&h.options);

	FUZZ_CLAIM(ipv4_emit(&h, &w) == 0 && w.at == h.hdr_len);
	FUZZ_CLAIM(checksum_end(checksum_add(0, out, w.at)) == 0);
	r = rcur_of(out, w.at);
	FUZZ_CLAIM(ipv4_parse(&again, &r) == 0);
	FUZZ_CLAIM(again.id == h.id && again.offset == h.offset && again.len == h.len &&
		again.dont_fragment == h.dont_fragment &&
		again.more_fragments == h.more_fragments && ipa_equal(&again.src, &h.src) &&
		ipa_equal(&again.dst, &h.dst));
	/* the reserved bit and the checksum aside, the octets are the same */
	FUZZ_CLAIM(!memcmp(out, data, 6) && out[7] == data[7] && !((out[6] ^ data[6]) & 0x7f) &&
		!memcmp(out + 8, data + 8, 2) && !memcmp(out + 12, data + 12, h.hdr_len - 12u));
	return 0;
}
