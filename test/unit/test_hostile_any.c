/* SPDX-License-Identifier: ISC */
/*
 * test_hostile_any.c - honest packets with every octet changed, cut everywhere, turned bit by bit;
 * junk; memory that is used up; clocks that jump (H66, H73 to H76)
 */
#include "hostile.h"

#include "base/prng.h"

#define SOLICIT "8700 0000 00000000 "
#define ROUTER	"8600 0000 4000 0708 00000000 00000000 "
#define OPTIONS_OF_RA \
	"0101 020000000002 0501 0000000005dc 0304 40c0 00015180 00003840 00000000 " \
	"20010db9000000000000000000000000 1903 0000 00000e10 20010db8000000000000000000000053 " \
	"1802 3008 00000e10 20010dba00000000 "

/* A packet of each kind that the stack reads. */
static const char *const honest[] = {
	"ffffffffffff 020000000002 0806 0001 0800 0604 0001 020000000002 0a000002 000000000000 "
	"0a000001",
	TO_US "0806 0001 0800 0604 0002 020000000002 0a000002 020000000001 0a000001",
	TO_US "8100 0000 0806 0001 0800 0604 0001 020000000002 0a000002 000000000000 0a000001",
	IP4("0024 ", "0000 ", "01") "0800 0000 0001 0001 " EIGHT,
	IP4("0024 ", "0000 ", "11") UDP_TO("0007 ", "0010 ") EIGHT,
	IP4("0024 ", "0000 ", "11") UDP_TO("2222 ", "0010 ") EIGHT,
	IP4("0024 ", "2000 ", "11") UDP_TO("0007 ", "0018 ") EIGHT,
	IP4("001c ", "0002 ", "11") EIGHT,
	TO_US "0800 4a00 0030 1234 0000 4011 0000 " PEER4 US4
	      "0707 04 00000000 4408 05 00 00000000 94 04 0000 00 " UDP_TO("0007 ", "0008 "),
	IP4("0038 ", "0000 ",
		"01") "0303 0000 00000000 4500 0030 0000 0000 4011 0000 " US4 PEER4
		      "0007 1388 001c 0000",
	IP4("0038 ", "0000 ",
		"01") "0304 0000 00000400 4500 05dc 0000 4000 4011 0000 " US4 PEER4
		      "0007 1388 05c8 0000",
	IP4("0038 ", "0000 ",
		"01") "0501 0000 0a000003 4500 0030 0000 0000 4011 0000 " US4 PEER4
		      "0007 1388 001c 0000",
	TO_ALL "0800 4600 0028 1234 0000 0102 0000 " PEER4
	       "e0000001 94040000 1164 0000 00000000 027d 0001 0a000002",
	IP6("0010 ", "3a ") "8000 0000 0001 0001 " EIGHT,
	IP6("0010 ", "11 ") UDP_TO("0007 ", "0010 ") EIGHT,
	IP6("0038 ", "00 ") "3c00 0502 0000 0100 2b00 1e02 0000 0100 2c02 0000 00000000 "
			    "20010db8000000000000000000000055 1100 0000 00000001 " UDP_TO(
				    "0007 ", "0008 "),
	IP6("0018 ", "2c ") "1100 0001 00000007 " UDP_TO("0007 ", "0018 ") EIGHT,
	IP6("0010 ", "2c ") "1100 0010 00000007 " EIGHT,
	IP6("0038 ", "3a ") "0200 0000 00000500 6000000005dc1140" US6 PEER6
			    "0007 1388 05dc 0000",
	TO_US IP6_OF("0020 ", "3a ", "ff ", PEER6, US6) SOLICIT US6 "0101 020000000002",
	TO_US IP6_OF("0020 ", "3a ", "ff ", PEER6, US6) "8800 0000 e0000000 " PEER6
							"0201 020000000002",
	TO_GROUP IP6_OF("0068 ", "3a ", "ff ", PEER_LL, ALL6) ROUTER OPTIONS_OF_RA,
	TO_US IP6_OF("0030 ", "3a ", "ff ", PEER_LL,
		US6) "8900 0000 00000000 " PEER_LL
		     "20010dba000000000000000000000001 0201 020000000002",
	TO_GROUP "86dd 60000000 0034 00 01 " PEER_LL ALL6
		 "3a00 0502 0000 0100 8200 0000 2710 0000 00000000000000000000000000000000 "
		 "027d 0001 20010db8000000000000000000000002",
};

enum { HONEST = sizeof(honest) / sizeof(honest[0]) };

static struct victim v;

/* Their octets again, whatever was done to the last ones. */
static size_t fresh(unsigned k, uint8_t *out)
{
	size_t len;
	uint8_t *octets = from_hex(honest[k], &len);

	memcpy(out, octets, len);
	free(octets);
	mend(out, len);
	return len;
}

/* As it is, and with checksums that are right again. */
static void both(const uint8_t *octets, size_t len)
{
	uint8_t copy[512];

	victim_hears_as(&v, STATION_IF, octets, len);
	memcpy(copy, octets, len);
	victim_hears(&v, copy, len);
	v.s.now += NOD_MS;
	station_forget(&v.s);
}

static void begin(void)
{
	victim_begin(&v,
		&(struct nod_conf){ .seed = { 7 },
			.memory_octets = 8 << 20,
			.neighbours = 64,
			.reassemblies = 8 });
}

static void test_honest(void)
{
	begin();
	for (unsigned k = 0; k < HONEST; k++) {
		uint8_t f[512];
		uint64_t before = 0, after = 0;
		size_t len = fresh(k, f);

		for (unsigned e = 0; e < NOD_EV_N; e++)
			if (nod_event_class((enum nod_event_kind)e) == NOD_EVENT_DROP)
				before += station_count(&v.s, (enum nod_event_kind)e);
		victim_hears_as(&v, STATION_IF, f, len);
		for (unsigned e = 0; e < NOD_EV_N; e++)
			if (nod_event_class((enum nod_event_kind)e) == NOD_EVENT_DROP)
				after += station_count(&v.s, (enum nod_event_kind)e);
		/* a port that nobody has, redirects by no gateway, fragments of no one datagram */
		if (after != before && k != 5 && k != 11 && k != 17 && k != 22)
			tap(false, "honest packet %u is taken for one", k);
	}
	tap(victim_serves(&v), "honest packets");
	victim_end(&v);
}

static void test_fields(void)
{
	static const uint8_t value[] = { 0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff };

	begin();
	for (unsigned k = 0; k < HONEST; k++) {
		uint8_t f[512];
		size_t len = fresh(k, f);

		for (size_t at = 12; at < len; at++)
			for (unsigned n = 0; n < sizeof(value); n++) {
				fresh(k, f);
				f[at] = value[n];
				both(f, len);
				if (at % 2)
					continue;
				f[at + 1] = value[n]; /* fields of two octets */
				both(f, at + 1 < len ? len : at + 1);
			}
		tap(victim_keeps_limits(&v) && victim_serves(&v),
			"H73: packet %u, each field 0, 1, most, most but one, sign", k);
	}
	victim_end(&v);
}

static void test_cuts(void)
{
	begin();
	for (unsigned k = 0; k < HONEST; k++) {
		uint8_t f[512];
		size_t len = fresh(k, f);

		for (size_t cut = 0; cut < len; cut++) {
			fresh(k, f);
			both(f, cut);
			/* and one that says so of itself */
			if (f[12] == 8 && f[13] == 0 && cut > 34) {
				f[16] = (uint8_t)((cut - 14) >> 8);
				f[17] = (uint8_t)(cut - 14);
				both(f, cut);
			} else if (f[12] == 0x86 && cut > 54) {
				f[18] = (uint8_t)((cut - 54) >> 8);
				f[19] = (uint8_t)(cut - 54);
				both(f, cut);
			}
		}
		tap(victim_keeps_limits(&v) && victim_serves(&v),
			"H73: packet %u, cut at each of its octets", k);
	}
	victim_end(&v);
}

static void test_bits(void)
{
	struct prng r;
	static const uint8_t seed[32] = { 74 };

	prng_init(&r, seed);
	begin();
	for (unsigned k = 0; k < HONEST; k++) {
		uint8_t f[512];
		size_t len = fresh(k, f);

		for (size_t bit = 96; bit < 8 * len; bit++) {
			fresh(k, f);
			f[bit / 8] ^= (uint8_t)(1u << bit % 8);
			both(f, len);
		}
		for (unsigned n = 0; n < 500; n++) {
			fresh(k, f);
			for (unsigned m = 2 + prng_below(&r, 6); m--;) {
				uint32_t bit = 96 + prng_below(&r, (uint32_t)(8 * len - 96));

				f[bit / 8] ^= (uint8_t)(1u << bit % 8);
			}
			both(f, len);
		}
		tap(victim_keeps_limits(&v) && victim_serves(&v),
			"H74: packet %u, each bit turned, and some together", k);
	}
	victim_end(&v);
}

static void test_junk(void)
{
	enum { FRAMES = 200000, A_SECOND = 100000 };
	static const uint8_t seed[32] = { 75 };
	struct nod_stack_use use;
	struct prng r;
	size_t memory = 0;

	prng_init(&r, seed);
	begin();
	for (unsigned n = 0; n < FRAMES; n++) {
		uint8_t f[512];
		size_t len = fresh(prng_below(&r, HONEST), f);

		for (unsigned m = prng_below(&r, 5); m--;)
			f[12 + prng_below(&r, (uint32_t)len - 12)] = (uint8_t)prng_u32(&r);
		f[11] = (uint8_t)prng_u32(&r); /* from anybody */
		if (f[12] == 8 && f[13] == 0)
			f[29] = (uint8_t)prng_u32(&r);
		else if (f[12] == 0x86)
			f[37] = (uint8_t)prng_u32(&r);
		victim_hears(&v, f, len);
		station_forget(&v.s);
		v.s.now += NOD_S / A_SECOND;
		if (n == FRAMES / 2) {
			nod_stack_use(v.s.stack, &use);
			memory = use.memory_octets;
		}
	}
	nod_stack_use(v.s.stack, &use);
	tap(victim_keeps_limits(&v) && use.memory_octets <= memory + (256 << 10),
		"H75: 100,000 packets a second of junk: memory stays at %zu KiB",
		use.memory_octets >> 10);
	tap(victim_serves(&v), "H75: and the honest one is served");
	victim_end(&v);
}

/* ---- no memory ---------------------------------------------------------------------------- */

static void test_memory(void)
{
	enum { SOCKETS = 8 };
	struct sockaddr_in6 at = { .sin6_family = AF_INET6 };
	int fd[SOCKETS], much = 8 << 20;
	uint8_t f[1514] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 5, 0xdc, 0, 0, 0,
		0, 64, 17, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1, 0x13, 0x88, 0x30, 0, 5, 0xc8 };
	struct nod_stack_use use;
	unsigned refused = 0;
	uint8_t buf[64];

	victim_begin(&v, &(struct nod_conf){ .seed = { 66 }, .memory_octets = 2 << 20 });
	for (unsigned k = 0; k < SOCKETS; k++) {
		fd[k] = nod_socket(v.s.stack, AF_INET6, SOCK_DGRAM, 0);
		at.sin6_port = htons((uint16_t)(0x3000 + k));
		nod_setsockopt(v.s.stack, fd[k], SOL_SOCKET, SO_RCVBUF, &much, sizeof(much));
		nod_bind(v.s.stack, fd[k], (struct sockaddr *)&at, sizeof(at));
	}
	for (unsigned n = 0; n < 20000; n++) {
		struct nod_packet *p;

		f[37] = (uint8_t)(n % SOCKETS);
		mend(f, sizeof(f));
		p = nod_packet_new(v.s.stack, f, sizeof(f));
		refused += !p;
		nod_stack_input(v.s.stack, STATION_IF, p, v.s.now);
		station_drain(&v.s);
	}
	nod_stack_use(v.s.stack, &use);
	tap(refused > 10000 && use.memory_octets <= 2 << 20,
		"H66: sockets that nobody reads fill the memory, and not more");
	memcpy(&at.sin6_addr, ip("2001:db8::2").o, 16);
	tap(nod_sendto(v.s.stack, v.fd, f, sizeof(f) - 100, 0, (struct sockaddr *)&at,
		    sizeof(at)) == -ENOBUFS,
		"H66: what is to be sent is refused");
	for (unsigned k = 0; k < SOCKETS; k++)
		while (nod_recv(v.s.stack, fd[k], buf, sizeof(buf), 0) > 0)
			;
	tap(victim_serves(&v), "H66: once they are read everything goes on");
	for (unsigned k = 0; k < SOCKETS; k++)
		nod_close(v.s.stack, fd[k]);
	victim_end(&v);
}

/* ---- clocks that jump ---------------------------------------------------------------------- */

static void test_jumps(void)
{
	static const struct {
		const char *name;
		nod_ns span;
	} jump[] = { { "2^31 ms", (INT64_C(1) << 31) * NOD_MS },
		{ "2^32 ms", (INT64_C(1) << 32) * NOD_MS }, { "not at all", 0 },
		{ "back by an hour", -3600 * NOD_S }, { "2^32 s", (INT64_C(1) << 32) * NOD_S },
		{ "back by a year", -31536000 * NOD_S } };

	begin();
	for (unsigned k = 0; k < sizeof(jump) / sizeof(jump[0]); k++) {
		nod_ns before = v.s.now;
		unsigned from = v.s.n_frames;

		v.s.now += jump[k].span;
		for (unsigned n = 0; n < 1000; n++) {
			nod_stack_poll(v.s.stack, v.s.now);
			station_drain(&v.s);
		}
		tap(v.s.n_frames - from < 50,
			"H76: the clock goes on by %s: %u frames are sent", jump[k].name,
			v.s.n_frames - from);
		/* time stands still in the stack until the clock is where it was */
		if (v.s.now < before)
			v.s.now = before;
		tap(victim_serves(&v), "H76: and the honest one is served");
		station_pass(&v.s, 10 * NOD_S);
		tap(nod_stack_deadline(v.s.stack) > v.s.now, "H76: and it rests");
	}
	victim_end(&v);
}

int main(void)
{
	test_honest();
	test_fields();
	test_cuts();
	test_bits();
	test_junk();
	test_memory();
	test_jumps();
	return tap_done();
}
