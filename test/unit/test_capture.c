/* SPDX-License-Identifier: ISC */
/*
 * test_capture.c - captures: block by block, and the device that makes them
 *
 * That tshark thinks the same of them is for test/e2e/test_capture.py.
 */
#include "tap.h"

#include <errno.h>

#include "blocks.h"
#include "physical/capture.h"
#include "physical/wire.h"

static struct pkt *frame(struct pkt_pool *pool, uint8_t mark, uint32_t len)
{
	struct pkt *p = pkt_new(pool, len);

	memset(pkt_put(p, len), mark, len);
	return p;
}

static void test_blocks(struct pkt_pool *pool)
{
	struct capture_conf conf = { .epoch = 1700000000 * NOD_S };
	struct memory m = { 0 };
	struct capture *c;
	struct pkt *p = frame(pool, 7, 61);
	struct a_block b;
	struct rcur r;
	unsigned one, two;
	char text[1100];

	tap(capture_to(memory_write, &m, &conf, &c) == 0 && m.len == 0, "a capture begins");
	capture_add_interface(c, "a|b", "loss=2%", &one);
	capture_packet(c, one, p, 5, CAPTURE_OUT, false, NULL);
	capture_add_interface(c, "other", NULL, &two);
	capture_packet(c, two, p, 6, CAPTURE_IN, true, "dropped: lost on the wire");
	memset(text, 'x', sizeof(text));
	memcpy(text + 1022, "\xe4\xb8\xad", 3); /* a character over the limit of 1,024 */
	text[sizeof(text) - 1] = '\0';
	capture_packet(c, two, p, -1700000001 * NOD_S, CAPTURE_IN, false, text);
	tap(capture_count(c) == 3, "three frames are counted");
	tap(capture_close(c) == 0, "and written");

	r = rcur_of(m.octets, m.len);
	tap(next_block(&r, &b) && b.type == 0x0a0d0d0a, "first the section");
	tap(next_block(&r, &b) && b.type == 1 && !strcmp(b.name, "a|b") &&
			!strcmp(b.description, "loss=2%") && b.resolution == 9,
		"then the interface: Ethernet, its name, nanoseconds");
	tap(next_block(&r, &b) && b.type == 6 && b.interface == 0 && b.len == 61 &&
			b.octets.len == 61 && b.octets.p[60] == 7 &&
			b.at == 1700000000000000005u && b.flags == 2 && !b.n_comments &&
			!b.is_dropped,
		"a frame: octets, time since 1970, outbound");
	tap(next_block(&r, &b) && b.type == 1 && !strcmp(b.name, "other"),
		"another interface, later");
	tap(next_block(&r, &b) && b.interface == 1 && b.flags == 1 && b.is_dropped &&
			!strcmp(b.comment, "dropped: lost on the wire"),
		"a dropped frame: inbound, its verdict, its reason");
	tap(next_block(&r, &b) && b.at == 0 && strlen(b.comment) == 1022,
		"no time before 1970; a comment too long is cut where a character begins");
	tap(next_block(&r, &b) && b.type == 5 && b.received == 1 && b.dropped == 0 &&
			next_block(&r, &b) && b.received == 2 && b.dropped == 1 &&
			!next_block(&r, &b) && !r.bad,
		"last, what each interface saw and dropped");
	pkt_free(p);
	free(m.octets);
}

/* What a device would have finished is finished in the record alone. */
static void test_sums(struct pkt_pool *pool)
{
	struct memory m = { 0 };
	struct capture *c;
	struct pkt *p = frame(pool, 0, 42);
	struct block *block = block_new(pool, 3000);
	struct a_block b;
	struct rcur r;
	unsigned id;

	for (uint32_t i = 0; i < 3000; i++)
		block->data[i] = (uint8_t)i;
	pkt_add_slice(p, block, 0, 3000);
	p->l3 = p->data + 14;
	p->l4 = p->data + 34;
	p->sum = PKT_SUM_TO_FILL;
	p->sum_offset = 6;
	p->data[40] = 0x12;
	p->data[41] = 0x34; /* stands for the pseudo-header's sum */
	capture_to(memory_write, &m, NULL, &c);
	capture_add_interface(c, "a", NULL, &id);
	capture_packet(c, id, p, 0, CAPTURE_OUT, false, NULL);
	p->gso = PKT_GSO_UDP;
	p->gso_size = 1000;
	capture_packet(c, id, p, 0, CAPTURE_OUT, false, "mine");
	tap(p->sum == PKT_SUM_TO_FILL && p->data[40] == 0x12 && p->data[41] == 0x34,
		"a checksum to be filled stays so in the packet");
	capture_close(c);
	r = rcur_of(m.octets, m.len);

	bool is_there = next_frame(&r, &b);

	p->gso = PKT_GSO_NONE;
	pkt_fill_checksum(p);
	tap(is_there && b.octets.len == 3042 && memcmp(b.octets.p, p->data, 42) == 0 &&
			memcmp(b.octets.p + 42, block->data, 3000) == 0,
		"and is filled in the record, slices and all");
	tap(next_frame(&r, &b) && b.n_comments == 2 && !strcmp(b.comment, "mine") &&
			b.octets.p[40] == p->data[40] && b.octets.p[41] == p->data[41],
		"a super-segment is one record, with a word on it");
	pkt_free(p);
	free(m.octets);
}

static void test_device(struct pkt_pool *pool)
{
	struct wire_conf conf = { .queue = 70, .name = { "left", "right" } };
	struct device *end[2], *d;
	struct pkt *in[100], *got[100];
	struct memory m = { 0 };
	struct capture *c;
	struct a_block b;
	struct rcur r;
	unsigned n = 0;
	bool is_right = true;

	wire_new(&conf, end);
	capture_to(memory_write, &m, NULL, &c);
	tap(capture_device(end[0], c, &d) == 0 && !strcmp(d->name, "left") && d->mtu == 1500 &&
			device_fd(d) == -1 && device_deadline(d) == INT64_MAX,
		"a device around a device looks like it");
	for (unsigned i = 0; i < 100; i++)
		in[i] = frame(pool, (uint8_t)i, 1500);
	tap(device_send(d, in, 100, 1) == 70 && d->is_full && capture_count(c) == 70,
		"what was not taken is not recorded");
	tap(device_recv(end[1], got, 20, 2) == 20 && device_deadline(d) == 0 &&
			device_send(d, in + 70, 30, 3) == 20 && capture_count(c) == 90,
		"and is when it is taken");
	for (unsigned i = 0; i < 20; i++)
		pkt_free(got[i]);
	device_recv(end[1], got, 100, 4);
	for (unsigned i = 0; i < 70; i++)
		pkt_free(got[i]);
	tap(device_send(d, in + 90, 10, 5) == 10 && !d->is_full, "the rest");
	n = device_recv(end[1], got, 100, 5);
	device_send(end[1], got, n, 6);
	n = device_recv(d, got, 100, 7);
	tap(n == 10 && capture_count(c) == 110, "and what it brings");
	for (unsigned i = 0; i < n; i++)
		pkt_free(got[i]);
	device_close(end[1]);
	device_recv(d, got, 1, 8);
	tap(d->is_broken, "that the other end is gone is seen through it");
	device_close(d);
	capture_close(c);
	r = rcur_of(m.octets, m.len);
	for (n = 0; next_frame(&r, &b); n++) {
		unsigned mark = n < 100 ? n : n - 10;
		uint64_t at = n < 70 ? 1 : n < 90 ? 3 : n < 100 ? 5 : 7;

		is_right &= b.octets.len == 1500 && b.octets.p[1499] == mark && b.at == at &&
			    b.flags == (n < 100 ? 2 : 1);
	}
	tap(is_right && n == 110 && !r.bad, "each once, in order, with its time and direction");
	tap(pkt_pool_use(pool).pkts == 0, "no packet is left behind");
	free(m.octets);
}

/* What does not fit the buffer at once leaves in parts, and nothing is torn. */
static void test_large(struct pkt_pool *pool)
{
	struct wire_conf conf = { .can = DEVICE_GSO | DEVICE_SUMS, .queue = 64 };
	struct device *end[2], *d;
	struct pkt *in[64], *got[64];
	struct memory m = { 0 };
	struct capture *c;
	struct a_block b;
	struct rcur r;
	unsigned n;

	wire_new(&conf, end);
	capture_to(memory_write, &m, NULL, &c);
	capture_device(end[0], c, &d);
	for (unsigned i = 0; i < 64; i++) {
		struct block *block = block_new(pool, 65000);

		in[i] = frame(pool, (uint8_t)i, 54);
		memset(block->data, (int)i, 65000);
		pkt_add_slice(in[i], block, 0, 65000);
		in[i]->gso = PKT_GSO_TCP;
		in[i]->gso_size = 1448;
	}
	tap(device_send(d, in, 64, 0) == 64 && capture_count(c) == 64, "4 MiB in one call");
	n = device_recv(end[1], got, 64, 0);
	for (unsigned i = 0; i < n; i++)
		pkt_free(got[i]);
	device_close(d);
	device_close(end[1]);
	capture_close(c);
	r = rcur_of(m.octets, m.len);
	for (n = 0; next_frame(&r, &b) && b.octets.len == 65054 && b.octets.p[65053] == n; n++)
		;
	tap(n == 64 && pkt_pool_use(pool).pkts == 0, "all of it is there");
	free(m.octets);
}

static void test_errors(struct pkt_pool *pool)
{
	struct capture_conf live = { .is_live = true };
	struct memory m = { .most = 1000 };
	struct capture *c;
	struct pkt *p = frame(pool, 0, 1000);
	unsigned id = 0;

	tap(capture_open("/nonexistent/x", NULL, &c) == -ENOENT, "a path that is not there");
	tap(capture_open("/dev/full", &live, &c) == -ENOSPC, "a full disk is told at once");
	tap(capture_open("/dev/full", NULL, &c) == 0 &&
			capture_add_interface(c, "a", NULL, &id) == 0,
		"or, when nobody looks on,");
	capture_packet(c, id, p, 0, CAPTURE_IN, false, NULL);
	tap(capture_flush(c) == -ENOSPC && capture_error(c) == -ENOSPC, "when it is written,");
	capture_packet(c, id, p, 0, CAPTURE_IN, false, NULL);
	tap(capture_close(c) == -ENOSPC, "and at the end");
	capture_to(memory_write, &m, NULL, &c);
	capture_add_interface(c, "a", NULL, &id);
	for (unsigned i = 0; i < 2000; i++)
		capture_packet(c, id, p, 0, CAPTURE_IN, false, NULL);
	tap(capture_error(c) == -ENOSPC && m.len == 0, "nothing is written after a failure");
	tap(capture_close(c) == -ENOSPC && capture_close(NULL) == 0, "whatever writes");
	pkt_free(p);
	free(m.octets);
}

int main(void)
{
	struct pkt_pool *pool = pkt_pool_new(64 << 20);

	test_blocks(pool);
	test_sums(pool);
	test_device(pool);
	test_large(pool);
	test_errors(pool);
	pkt_pool_release(pool);
	return tap_done();
}
