/* SPDX-License-Identifier: ISC */
/*
 * tcp_secret.c - numbers that outsiders must not be able to guess
 *
 * Initial sequence numbers: RFC 6528, RFC 9293 3.4.1 (MUST-8, MUST-9, SHLD-1): a clock of 4 us
 * plus a keyed hash of the four.  Time stamps begin at an offset of their own for each pair of
 * hosts (RFC 7323 5.4), so that they do not tell how long this host has been up.  SYN cookies:
 * RFC 4987 3.6; 24 bits of keyed hash, 5 of time, 3 of the peer's MSS.
 *
 * Neighbours: base/siphash.h.
 */
#include "tcp_internal.h"

enum {
	COOKIE_HASH_BITS = 24,
	COOKIE_TIME_BITS = 5,
	COOKIE_SLOTS_OLD = 2, /* times 64 s: how long one is believed */
};

#define COOKIE_SLOT (64 * NOD_S)

static const uint16_t cookie_mss[8] = { 216, 536, 1024, 1220, 1300, 1440, 1460, 8960 };

struct quad {
	struct ipa local, remote;
	uint16_t local_port, remote_port;
	uint32_t more;
};

static struct quad quad_of(const struct tcp_flow *f, uint32_t more)
{
	return (struct quad){ f->local, f->remote, f->local_port, f->remote_port, more };
}

static uint64_t keyed(const uint8_t key[16], const struct quad *q)
{
	struct siphash_key k;

	memcpy(&k, key, sizeof(k));
	return siphash(&k, q, sizeof(*q));
}

void tcp_secret_init(struct tcp *t)
{
	prng_fill(&t->core->prng, t->isn_key, sizeof(t->isn_key));
	prng_fill(&t->core->prng, t->cookie_key, sizeof(t->cookie_key));
	memcpy(t->fast_key, t->core->conf.tcp_fast_open_key, sizeof(t->fast_key));
	if (memcmp(t->fast_key, (uint8_t[16]){ 0 }, sizeof(t->fast_key)) == 0)
		prng_fill(&t->core->prng, t->fast_key, sizeof(t->fast_key));
}

nod_seq tcp_isn(const struct tcp *t, const struct tcp_flow *f)
{
	struct quad q = quad_of(f, 0);

	return (nod_seq)(t->core->now / (4 * NOD_US)) + (nod_seq)keyed(t->isn_key, &q);
}

uint32_t tcp_ts_offset(const struct tcp *t, const struct ipa *local, const struct ipa *remote)
{
	struct quad q = { *local, *remote, 0, 0, 1 };

	return (uint32_t)keyed(t->isn_key, &q);
}

static uint32_t cookie_hash(
	const struct tcp *t, const struct tcp_flow *f, nod_seq irs, uint32_t slot, unsigned mss)
{
	struct quad q = quad_of(f, irs ^ slot << 3 ^ mss << 29);

	return (uint32_t)keyed(t->cookie_key, &q) & ((1u << COOKIE_HASH_BITS) - 1);
}

nod_seq tcp_cookie_make(const struct tcp *t, const struct tcp_flow *f, nod_seq irs, uint16_t mss)
{
	uint32_t slot = (uint32_t)(t->core->now / COOKIE_SLOT);
	unsigned i = 0;

	while (i < 7 && cookie_mss[i + 1] <= mss)
		i++;
	return cookie_hash(t, f, irs, slot, i) << (32 - COOKIE_HASH_BITS) |
		(slot & ((1u << COOKIE_TIME_BITS) - 1)) << 3 | i;
}

uint16_t tcp_cookie_check(
	const struct tcp *t, const struct tcp_flow *f, nod_seq irs, nod_seq cookie)
{
	uint32_t now = (uint32_t)(t->core->now / COOKIE_SLOT);
	uint32_t age = (now - (cookie >> 3)) & ((1u << COOKIE_TIME_BITS) - 1);
	unsigned i = cookie & 7;

	if (age >= COOKIE_SLOTS_OLD ||
		cookie >> (32 - COOKIE_HASH_BITS) != cookie_hash(t, f, irs, now - age, i))
		return 0;
	return cookie_mss[i];
}
