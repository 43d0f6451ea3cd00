/* SPDX-License-Identifier: ISC */
/*
 * test_wire.c - the memory wire: order, limits, whose the packets are, what goes over
 */
#include <errno.h>
#include <string.h>

#include "physical/wire.h"
#include "tap.h"

static struct pkt *frame(struct pkt_pool *pool, uint8_t mark, uint32_t len)
{
	struct pkt *p = pkt_new(pool, len);

	memset(pkt_put(p, len), mark, len);
	return p;
}

static size_t out(const struct pkt_pool *pool)
{
	return pkt_pool_use(pool).pkts;
}

static void test_order(struct pkt_pool *pool)
{
	struct wire_conf conf = { .name = { "a", NULL }, .queue = 3 };
	struct device *end[2];
	struct pkt *in[4], *got[8];
	bool is_right = true;

	tap(wire_new(&conf, end) == 0, "a wire is made");
	tap(!strcmp(end[0]->name, "a") && !strcmp(end[1]->name, "wire1") && end[0]->mtu == 1500,
		"its ends have names and an MTU");
	tap(device_deadline(end[1]) == INT64_MAX && device_fd(end[1]) == -1,
		"an empty wire asks for nothing");
	for (unsigned round = 0; round < 5; round++) { /* around the ring's end */
		in[0] = frame(pool, 1, 60);
		in[1] = frame(pool, 2, 60);
		is_right &= device_send(end[0], in, 2, 5) == 2 && device_deadline(end[1]) == 0;
		is_right &= device_recv(end[1], got, 8, 7) == 2 && got[0] == in[0] &&
			    got[1] == in[1] && got[0]->at == 7 && got[0]->l2 == got[0]->data;
		pkt_free(got[0]);
		pkt_free(got[1]);
	}
	tap(is_right, "packets arrive in order, the same ones, with their time");

	for (unsigned i = 0; i < 4; i++)
		in[i] = frame(pool, (uint8_t)i, 60);
	tap(device_send(end[0], in, 4, 0) == 3 && end[0]->is_full,
		"a full wire takes no more and says so");
	tap(device_deadline(end[0]) == INT64_MAX, "a full wire does not ask to be tried again");
	tap(device_recv(end[1], got, 1, 0) == 1 && device_deadline(end[0]) == 0,
		"when there is room, it does");
	pkt_free(got[0]);
	tap(device_send(end[0], in + 3, 1, 0) == 1 && !end[0]->is_full,
		"what was left goes when there is room");
	tap(device_recv(end[0], got, 8, 0) == 0, "nothing comes back on the same side");
	device_close(end[0]);
	tap(end[1]->is_broken, "who closes an end breaks the other");
	tap(device_recv(end[1], got, 8, 0) == 3, "what had been sent can still be taken");
	for (unsigned i = 0; i < 3; i++)
		pkt_free(got[i]);
	in[0] = frame(pool, 1, 60);
	tap(device_send(end[1], in, 1, 0) == 1 && end[1]->dropped[DEVICE_DROP_BROKEN] == 1,
		"what is sent to nobody is lost and counted");
	device_close(end[1]);
	tap(out(pool) == 0, "every packet came home");
}

static void test_drop(struct pkt_pool *pool)
{
	struct wire_conf conf = { .queue = 2, .full = WIRE_DROP };
	struct device *end[2];
	struct pkt *in[3], *got[3];

	wire_new(&conf, end);
	for (unsigned i = 0; i < 3; i++)
		in[i] = frame(pool, (uint8_t)i, 60);
	tap(device_send(end[0], in, 3, 0) == 3 && !end[0]->is_full &&
			end[0]->dropped[DEVICE_DROP_QUEUE] == 1,
		"drop-tail takes all and counts what is lost");
	tap(device_recv(end[1], got, 3, 0) == 2 && got[1]->data[0] == 1, "the newest is lost");
	pkt_free(got[0]);
	pkt_free(got[1]);

	in[0] = frame(pool, 1, 1522);
	in[1] = frame(pool, 1, 1523);
	device_send(end[0], in, 2, 0);
	tap(device_recv(end[1], got, 3, 0) == 1 && got[0]->len == 1522 &&
			end[0]->dropped[DEVICE_DROP_LENGTH] == 1,
		"a frame beyond the MTU is lost");
	pkt_free(got[0]);
	in[0] = frame(pool, 1, 60);
	device_send(end[0], in, 1, 0);
	device_close(end[1]);
	device_close(end[0]);
	tap(out(pool) == 0, "what lay in the wire came home");
}

/* What becomes of a packet's checksum state. */
static void test_sums(struct pkt_pool *pool)
{
	static const struct {
		const char *name;
		unsigned can;
		enum pkt_sum sent, want;
	} cases[] = {
		{ "filled, not trusted", 0, PKT_SUM_FILLED, PKT_SUM_UNKNOWN },
		{ "verified, not trusted", 0, PKT_SUM_VERIFIED, PKT_SUM_UNKNOWN },
		{ "unknown, not trusted", DEVICE_SUMS, PKT_SUM_UNKNOWN, PKT_SUM_UNKNOWN },
		{ "unfinished, wire wants it finished", 0, PKT_SUM_TO_FILL, PKT_SUM_UNKNOWN },
		{ "unfinished, finished, trusted", DEVICE_TRUSTED, PKT_SUM_TO_FILL,
			PKT_SUM_VERIFIED },
		{ "unfinished goes over", DEVICE_SUMS, PKT_SUM_TO_FILL, PKT_SUM_TO_FILL },
		{ "filled, trusted", DEVICE_TRUSTED, PKT_SUM_FILLED, PKT_SUM_VERIFIED },
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct wire_conf conf = { .can = cases[i].can };
		struct device *end[2];
		struct pkt *p = frame(pool, 0, 60);

		wire_new(&conf, end);
		p->sum = (uint8_t)cases[i].sent;
		p->l3 = p->data + 14;
		p->l4 = p->data + 34;
		p->sum_offset = 6;
		p->is_forwarded = 1;
		device_send(end[0], &p, 1, 0);
		device_recv(end[1], &p, 1, 0);
		tap(p->sum == cases[i].want && !p->is_forwarded &&
				(p->l4 != NULL) == (p->sum == PKT_SUM_TO_FILL),
			"checksum: %s", cases[i].name);
		tap((p->data[40] == 0xff) ==
				(cases[i].sent == PKT_SUM_TO_FILL && !(cases[i].can & DEVICE_SUMS)),
			"checksum: %s: the field", cases[i].name);
		pkt_free(p);
		device_close(end[0]);
		device_close(end[1]);
	}
}

static void test_super(struct pkt_pool *pool)
{
	struct wire_conf conf = { .can = DEVICE_SUMS | DEVICE_TRUSTED | DEVICE_GSO };
	struct device *end[2];
	struct pkt *p = frame(pool, 0, 54), *got;
	struct block *b = block_new(pool, 60000);

	wire_new(&conf, end);
	pkt_add_slice(p, block_ref(b), 0, 60000);
	p->gso = PKT_GSO_TCP;
	p->gso_size = 1448;
	p->sum = PKT_SUM_TO_FILL;
	device_send(end[0], &p, 1, 0);
	tap(device_recv(end[1], &got, 1, 0) == 1 && got == p && got->gso_size == 1448 &&
			b->refs == 2,
		"a super-segment goes over whole, by reference");
	pkt_add_slice(got, block_ref(b), 0, 5600);
	tap(device_send(end[1], &got, 1, 0) == 1 && end[1]->dropped[DEVICE_DROP_LENGTH] == 1,
		"one that is longer than gso_octets does not");
	device_close(end[0]);
	device_close(end[1]);
	tap(b->refs == 1 && out(pool) == 0, "its blocks are given back");
	block_unref(b);
}

int main(void)
{
	struct pkt_pool *pool = pkt_pool_new(1 << 20);
	struct device *end[2];

	test_order(pool);
	test_drop(pool);
	test_sums(pool);
	test_super(pool);
	tap(wire_new(&(struct wire_conf){ .queue = 1 << 21 }, end) == -EINVAL,
		"a queue beyond reason is refused");
	pkt_pool_release(pool);
	return tap_done();
}
