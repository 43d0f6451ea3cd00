/* SPDX-License-Identifier: ISC */
/*
 * rig.h - two ends of a memory wire, of which one is broken on purpose
 *
 * a has the device under test, b is bare.  A frame's first four octets are its number; all are sent
 * from one pool, and take_down() looks whether all came home.
 */
#ifndef NOD_TEST_RIG_H
#define NOD_TEST_RIG_H

#include <string.h>

#include "physical/impair.h"
#include "physical/wire.h"
#include "tap.h"

enum { FRAME = 100, MOST = 40000 };

struct rig {
	struct pkt_pool *pool;
	struct device *a, *b;
	nod_ns now;
	uint32_t sent;
	/* what came out at b */
	uint32_t n, number[MOST], len[MOST];
	nod_ns at[MOST];
};

static struct rig rig;
static uint64_t told[NOD_EV_N];
static const char *told_why;

static inline void hear(void *self, const struct nod_event *e)
{
	(void)self;
	told[e->kind]++;
	told_why = e->why;
}

static inline bool build_on(struct impair_conf *conf, const struct wire_conf *wire)
{
	struct device *end[2];

	memset(&rig, 0, sizeof(rig));
	memset(told, 0, sizeof(told));
	rig.pool = pkt_pool_new(64 << 20);
	wire_new(wire, end);
	rig.b = end[1];
	conf->sink.event = hear;
	return impair_device(end[0], conf, 0, &rig.a) == 0;
}

static inline bool build(struct impair_conf *conf)
{
	return build_on(conf, &(struct wire_conf){ .queue = MOST });
}

static inline uint32_t number_of(const struct pkt *p)
{
	uint8_t o[4];

	pkt_copy_out(p, 0, o, 4);
	return (uint32_t)o[0] << 24 | (uint32_t)o[1] << 16 | (uint32_t)o[2] << 8 | o[3];
}

static inline struct pkt *numbered(uint32_t number, uint32_t len)
{
	struct pkt *p = pkt_new(rig.pool, len);
	uint8_t *o = pkt_put(p, len);

	memset(o, 0, len);
	for (unsigned i = 0; i < 4; i++)
		o[i] = (uint8_t)(number >> (24 - 8 * i));
	return p;
}

/* What has come out at b by now. */
static inline void look(void)
{
	struct pkt *got[64];
	unsigned n;

	while ((n = device_recv(rig.b, got, 64, rig.now)) > 0)
		for (unsigned i = 0; i < n; i++) {
			if (rig.n < MOST) {
				rig.number[rig.n] = number_of(got[i]);
				rig.len[rig.n] = got[i]->len;
				rig.at[rig.n++] = rig.now;
			}
			pkt_free(got[i]);
		}
}

/* Go on to @until by the device's own deadlines; what arrives at a is let go. */
static inline void run_to(nod_ns until)
{
	struct pkt *got[8];

	for (nod_ns next; (next = device_deadline(rig.a)) <= until;) {
		rig.now = next > rig.now ? next : rig.now;
		for (unsigned n = device_recv(rig.a, got, 8, rig.now); n--;)
			pkt_free(got[n]);
		look();
	}
	rig.now = until;
}

/* @n frames of @len octets, one each @gap. */
static inline void send_each(uint32_t n, nod_ns gap, uint32_t len)
{
	while (n--) {
		struct pkt *p = numbered(rig.sent++, len);

		device_send(rig.a, &p, 1, rig.now);
		look();
		run_to(rig.now + gap);
	}
}

/* Let everything out, close, and look whether all the packets came home. */
static inline bool take_down(void)
{
	bool is_home;

	run_to(rig.now + 100 * NOD_S);
	look();
	device_close(rig.a);
	device_close(rig.b);
	is_home = pkt_pool_use(rig.pool).pkts == 0 && pkt_pool_use(rig.pool).blocks == 0;
	pkt_pool_release(rig.pool);
	return is_home;
}

static inline bool is_between(uint64_t n, uint64_t low, uint64_t high)
{
	if (n < low || n > high)
		printf("# %llu is not within %llu and %llu\n", (unsigned long long)n,
			(unsigned long long)low, (unsigned long long)high);
	return n >= low && n <= high;
}

static inline uint64_t count(enum nod_event_kind kind)
{
	return impair_count(rig.a, kind);
}

/* How many bits of @p differ from a frame that was numbered @number. */
static inline unsigned bits_wrong(const struct pkt *p, uint32_t number)
{
	struct pkt *q = numbered(number, p->len);
	uint8_t is[2048], was[2048];
	unsigned n = 0;

	pkt_copy_out(p, 0, is, p->len);
	pkt_copy_out(q, 0, was, p->len);
	for (uint32_t i = 0; i < p->len; i++)
		n += (unsigned)__builtin_popcount(is[i] ^ was[i]);
	pkt_free(q);
	return n;
}

#endif
