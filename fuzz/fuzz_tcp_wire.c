/* SPDX-License-Identifier: ISC */
/*
 * fuzz_tcp_wire.c - any octets as a TCP header and its options (transport/tcp_wire.h)
 *
 * What was read and written again is the same octets (the header) or reads the same (options).
 */
#include "fuzz.h"

#include "transport/tcp_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t written[TCP_HDR_MOST];
	struct rcur r = rcur_of(data, size);
	struct wcur w = wcur_of(written, sizeof(written));
	struct tcp_options o, again;
	struct tcp_hdr h;

	if (tcp_parse(&h, &r) < 0)
		return 0;
	FUZZ_CLAIM(h.hdr_len >= TCP_HDR_LEAST && h.hdr_len <= size && r.at == h.hdr_len);
	FUZZ_CLAIM(tcp_emit(&h, &w) == 0 && w.at == h.hdr_len &&
		memcmp(written, data, w.at) == 0);
	if (tcp_options_parse(&o, h.options) < 0)
		return 0;
	FUZZ_CLAIM(o.n_sack <= TCP_SACK_MOST && o.cookie_len <= TCP_COOKIE_MOST);
	w = wcur_of(written, sizeof(written));
	if (tcp_options_emit(&o, &w) < 0)
		return 0; /* aligned, they may need more room than they had */
	FUZZ_CLAIM(tcp_options_parse(&again, (struct span){ written, w.at }) == 0);
	FUZZ_CLAIM(again.mss == o.mss && again.window_shift == o.window_shift &&
		again.ts_value == o.ts_value && again.ts_echo == o.ts_echo &&
		again.n_sack == o.n_sack && again.cookie_len == o.cookie_len &&
		memcmp(again.sack, o.sack, o.n_sack * sizeof(o.sack[0])) == 0);
	return 0;
}
