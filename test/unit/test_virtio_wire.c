/* SPDX-License-Identifier: ISC */
/*
 * test_virtio_wire.c - the virtio-net header: octets, and what it may say of a frame
 */
#include <errno.h>
#include <string.h>

#include "hex.h"
#include "physical/virtio_wire.h"
#include "tap.h"

#define ETHER4	   "020000000001 020000000002 0800 "
#define ETHER6	   "020000000001 020000000002 86dd "
#define TAGGED4	   "020000000001 020000000002 8100 0005 0800 "
#define IP4(proto) "4500 0028 0000 4000 40 " proto " 0000 c0000201 c0000202 "
#define IP4_FRAG   "4500 0028 0000 2000 40 11 0000 c0000201 c0000202 "
#define IP4_LONG   "46 00 0028 0000 4000 40 11 0000 c0000201 c0000202 01010101 "
#define IP6(next) \
	"60000000 0014 " next " 40 20010db8000000000000000000000001 " \
	"20010db8000000000000000000000002 "
#define UDP "0007 8000 000c 1234 61626364 "
#define TCP "0007 8000 00000001 00000002 50 18 1000 0000 0000 61626364 65666768 "

static const struct {
	const char *name, *header, *frame;
	int want;
	enum pkt_sum sum;
	enum pkt_gso gso;
	int l4;
} cases[] = {
	{ "nothing to say", "00 00 0000 0000 0000 0000 0000", ETHER4 IP4("11") UDP, 0,
		PKT_SUM_UNKNOWN, PKT_GSO_NONE, -1 },
	{ "vouched for", "02 00 0000 0000 0000 0000 0000", ETHER4 IP4("11") UDP, 0,
		PKT_SUM_VERIFIED, PKT_GSO_NONE, -1 },
	{ "UDP unfinished", "01 00 0000 0000 2200 0600 0000", ETHER4 IP4("11") UDP, 0,
		PKT_SUM_TO_FILL, PKT_GSO_NONE, 34 },
	{ "UDP behind a tag", "01 00 0000 0000 2600 0600 0000", TAGGED4 IP4("11") UDP, 0,
		PKT_SUM_TO_FILL, PKT_GSO_NONE, 38 },
	{ "UDP behind options", "01 00 0000 0000 2600 0600 0000", ETHER4 IP4_LONG UDP, 0,
		PKT_SUM_TO_FILL, PKT_GSO_NONE, 38 },
	{ "TCP over IPv6 unfinished", "01 00 0000 0000 3600 1000 0000", ETHER6 IP6("06") TCP, 0,
		PKT_SUM_TO_FILL, PKT_GSO_NONE, 54 },
	{ "TCP segments", "01 01 3600 0400 2200 1000 0000", ETHER4 IP4("06") TCP, 0,
		PKT_SUM_TO_FILL, PKT_GSO_TCP, 34 },
	{ "TCP segments, CWR", "01 81 3600 0400 2200 1000 0000", ETHER4 IP4("06") TCP, 0,
		PKT_SUM_TO_FILL, PKT_GSO_TCP, 34 },
	{ "TCP segments over IPv6", "01 04 4a00 0400 3600 1000 0000", ETHER6 IP6("06") TCP, 0,
		PKT_SUM_TO_FILL, PKT_GSO_TCP, 54 },
	{ "UDP segments", "01 05 2a00 0200 2200 0600 0000", ETHER4 IP4("11") UDP, 0,
		PKT_SUM_TO_FILL, PKT_GSO_UDP, 34 },
	{ "one segment is none", "01 05 2a00 0400 2200 0600 0000", ETHER4 IP4("11") UDP, 0,
		PKT_SUM_TO_FILL, PKT_GSO_NONE, 34 },
	{ "a checksum elsewhere is finished", "01 00 0000 0000 2200 0400 0000",
		ETHER4 IP4("11") UDP, 0, PKT_SUM_UNKNOWN, PKT_GSO_NONE, -1 },
	{ "a fragment's is finished", "01 00 0000 0000 2200 0600 0000", ETHER4 IP4_FRAG UDP, 0,
		PKT_SUM_UNKNOWN, PKT_GSO_NONE, -1 },
	{ "no IP: finished", "01 00 0000 0000 0e00 0000 0000",
		"020000000001 020000000002 88b5 0000", 0, PKT_SUM_UNKNOWN, PKT_GSO_NONE, -1 },
	{ "start in the Ethernet header", "01 00 0000 0000 0d00 0000 0000",
		ETHER4 IP4("11") UDP, -EBADMSG, 0, 0, 0 },
	{ "start beyond the frame", "01 00 0000 0000 2f00 0000 0000", ETHER4 IP4("11") UDP,
		-EBADMSG, 0, 0, 0 },
	{ "start far beyond", "01 00 0000 0000 ffff ffff 0000", ETHER4 IP4("11") UDP, -EBADMSG,
		0, 0, 0 },
	{ "the field beyond the frame", "01 00 0000 0000 2200 0b00 0000", ETHER4 IP4("11") UDP,
		-EBADMSG, 0, 0, 0 },
	{ "segments with a finished checksum", "00 01 3600 0400 2200 1000 0000",
		ETHER4 IP4("06") TCP, -EBADMSG, 0, 0, 0 },
	{ "segments of nothing", "01 01 3600 0000 2200 1000 0000", ETHER4 IP4("06") TCP,
		-EBADMSG, 0, 0, 0 },
	{ "TCP segments that are UDP", "01 01 3600 0400 2200 0600 0000", ETHER4 IP4("11") UDP,
		-EBADMSG, 0, 0, 0 },
	{ "UDP segments that are TCP", "01 05 3600 0400 2200 1000 0000", ETHER4 IP4("06") TCP,
		-EBADMSG, 0, 0, 0 },
	{ "IPv6 segments that are IPv4", "01 04 3600 0400 2200 1000 0000", ETHER4 IP4("06") TCP,
		-EBADMSG, 0, 0, 0 },
	{ "UDP cut into fragments", "01 03 2a00 0200 2200 0600 0000", ETHER4 IP4("11") UDP,
		-EBADMSG, 0, 0, 0 },
	{ "an unknown kind", "01 07 2a00 0200 2200 0600 0000", ETHER4 IP4("11") UDP, -EBADMSG,
		0, 0, 0 },
	{ "segments with the checksum elsewhere", "01 05 2a00 0200 2200 0400 0000",
		ETHER4 IP4("11") UDP, -EBADMSG, 0, 0, 0 },
	{ "a TCP header longer than the frame", "01 01 3600 0400 2200 1000 0000",
		ETHER4 IP4("06") "0007 8000 00000001 00000002 f0 18 1000 0000 0000", -EBADMSG,
		0, 0, 0 },
};

static void test_case(unsigned i, struct pkt_pool *pool)
{
	size_t header_len, len;
	uint8_t *header = from_hex(cases[i].header, &header_len);
	uint8_t *frame = from_hex(cases[i].frame, &len);
	struct rcur r = rcur_of(header, header_len);
	struct pkt *p = pkt_new(pool, (uint32_t)len);
	struct virtio_hdr h, back;
	int got;

	memcpy(pkt_put(p, (uint32_t)len), frame, len);
	got = virtio_parse(&h, &r) < 0 ? -1 : virtio_apply(p, &h);
	tap(got == cases[i].want &&
			(got < 0 ||
				(p->sum == cases[i].sum && p->gso == cases[i].gso &&
					(p->l4 ? p->l4 - p->data : -1) == cases[i].l4)),
		"virtio: %s", cases[i].name);
	if (got == 0 && p->sum == PKT_SUM_TO_FILL) {
		back = virtio_of(p);
		tap(back.csum_start == h.csum_start && back.csum_offset == h.csum_offset &&
				(p->gso ? back.gso_size == h.gso_size &&
							back.hdr_len == h.hdr_len &&
							(back.gso | VIRTIO_GSO_ECN) ==
								(h.gso | VIRTIO_GSO_ECN) :
					  back.gso == 0),
			"virtio: %s: told again", cases[i].name);
	}
	pkt_free(p);
	free(header);
	free(frame);
}

int main(void)
{
	struct pkt_pool *pool = pkt_pool_new(1 << 20);
	struct virtio_hdr h = { 1, 5, 0x1122, 0x3344, 0x5566, 0x7788 }, back;
	uint8_t octets[VIRTIO_HDR_LEN];
	struct wcur w = wcur_of(octets, sizeof(octets));
	struct rcur r = rcur_of(octets, sizeof(octets));

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		test_case(i, pool);
	tap(virtio_emit(&h, &w) == 0 &&
			memcmp(octets, "\x01\x05\x22\x11\x44\x33\x66\x55\x88\x77\0\0", 12) == 0,
		"the header is little-endian");
	tap(virtio_parse(&back, &r) == 0 && back.hdr_len == h.hdr_len &&
			back.csum_offset == h.csum_offset,
		"and read as written");
	w = wcur_of(octets, 11);
	tap(virtio_emit(&h, &w) == -EMSGSIZE, "no room for it");
	r = rcur_of(octets, 11);
	tap(virtio_parse(&back, &r) == -EBADMSG, "cut");
	pkt_pool_release(pool);
	return tap_done();
}
