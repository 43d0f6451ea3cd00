/* SPDX-License-Identifier: ISC */
/*
 * fuzz_reasm.c - fragments in any order, of any length, into a stack (network/reasm.c)
 *
 * The input is a list of steps of six octets: which of 64 datagrams and from which of four
 * sources, the offset, the length, and what to do: more follow, other octets than the datagram's,
 * time goes on.  What comes out whole holds exactly the octets that went in.
 */
#include "fuzz.h"

#include "../test/unit/inet.h"

enum { STEP = 6, DATAGRAMS = 256, STEPS_MOST = 4096 };
enum { MORE = 1, FORGED = 2, WAIT = 4, ODD = 8 };

static struct inet s;
static bool is_forged[DATAGRAMS]; /* some octets of it were others */
static unsigned current;	  /* which the last step was about */

static uint8_t octet(unsigned datagram, uint32_t at)
{
	return (uint8_t)(datagram * 7 + at * 13 + at / 256);
}

static void step(const uint8_t *in)
{
	static uint8_t payload[4096];
	const uint32_t offset = (uint32_t)(in[1] << 8 | in[2]) & 0xfff8u;
	const uint32_t len = ((uint32_t)in[3] << 3 | (in[5] & ODD ? in[4] & 7u : 0)) & 2047;
	const unsigned flags = in[5];

	current = in[0];
	for (uint32_t i = 0; i < len; i++)
		payload[i] =
			(uint8_t)(octet(current, offset + i) ^ (flags & FORGED ? 0x80 : 0));
	if (flags & FORGED)
		is_forged[current] = true;
	inet_in(&s,
		&(struct inet_pkt){ .src = V4(10, 0, 0, 3) + current % 4,
			.id = (uint16_t)current,
			.offset = (uint16_t)offset,
			.more = flags & MORE,
			.tos = (uint8_t)(flags >> 6),
			.payload = payload,
			.len = len });
	if (flags & WAIT)
		inet_pass(&s, in[4] * NOD_S / 4);
}

static void check(void)
{
	FUZZ_CLAIM(reasm_count(&s.net) <= s.core.conf.reassemblies);
	FUZZ_CLAIM(pkt_pool_use(s.core.pool).pkts <=
		(size_t)s.core.conf.reassemblies * s.core.conf.reassembly_fragments + 1024);
	if (!s.n_in)
		return;
	FUZZ_CLAIM(s.n_in == 1 && s.len <= IPV4_LEN_MOST - IPV4_HDR_LEAST);
	for (uint32_t i = 0; i < s.len && !is_forged[current]; i++)
		FUZZ_CLAIM(s.data[i] == octet(current, i));
	s.n_in = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct nod_conf conf = {
		.memory_octets = 4 << 20, .reassemblies = 32, .reassembly_octets = 256 << 10
	};

	memset(is_forged, 0, sizeof(is_forged));
	inet_open(&s, &conf);
	for (unsigned n = 0; size >= STEP && n < STEPS_MOST; n++) {
		step(data);
		check();
		inet_drain(&s);
		data += STEP;
		size -= STEP;
	}
	inet_pass(&s, 61 * NOD_S);
	inet_drain(&s);
	FUZZ_CLAIM(reasm_count(&s.net) == 0);
	FUZZ_CLAIM(inet_close(&s));
	return 0;
}
