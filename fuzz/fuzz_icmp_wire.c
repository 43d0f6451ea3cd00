/* SPDX-License-Identifier: ISC */
/*
 * fuzz_icmp_wire.c - any octets as an ICMP or ICMPv6 message and what it quotes
 *
 * The first octet chooses the family, the rest is the message (network/icmp_wire.h).
 */
#include "fuzz.h"

#include "network/icmp_wire.h"

/* Whether @s lies within the message. */
static void is_inside(struct span s, const uint8_t *message, size_t len)
{
	if (s.len)
		FUZZ_CLAIM(s.p >= message && s.len <= len && s.p <= message + (len - s.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;

	enum nod_family family = data[0] & 1 ? NOD_IPV6 : NOD_IPV4;
	const uint8_t *message = data + 1;
	size_t len = size - 1;
	struct rcur r = rcur_of(message, len);
	struct icmp_msg m, again;

	(void)icmp_sum_ok(message, len, 0);
	if (icmp_parse(&m, family, &r) < 0)
		return 0;
	is_inside(m.body, message, len);
	(void)icmp_mtu(&m);

	if (icmp_kind(family, m.type) == ICMP_ERROR) {
		struct rcur quoted = rcur_of(m.body.p, m.body.len);
		struct icmp_quote q;

		if (icmp_quote_parse(&q, family, &quoted) == 0)
			is_inside(q.carried, message, len);
	}

	uint8_t *written = malloc(len); /* what was read is written the same, with a right sum */
	struct wcur w = wcur_of(written, len);
	if (!written)
		abort();
	FUZZ_CLAIM(icmp_emit(&m, 0, &w) == 0);
	FUZZ_CLAIM(w.at == len && icmp_sum_ok(written, len, 0));
	FUZZ_CLAIM(!memcmp(written, message, 2) && !memcmp(written + 4, message + 4, len - 4));
	r = rcur_of(written, len);
	FUZZ_CLAIM(icmp_parse(&again, family, &r) == 0);
	FUZZ_CLAIM(again.word == m.word && again.body.len == m.body.len);
	w = wcur_of(written, len - 1);
	FUZZ_CLAIM(icmp_emit(&m, 0, &w) < 0);
	free(written);
	return 0;
}
