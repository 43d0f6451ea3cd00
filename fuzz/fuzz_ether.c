/* SPDX-License-Identifier: ISC */
/*
 * fuzz_ether.c - any octets as the frames that an interface receives
 *
 * The first octet chooses the interface's VLAN; then frames, each behind its length (two
 * octets).  Among them is ARP, so that what frames do to one another is tried, too
 * (link/ether_wire.h, link.c, arp.c, neigh.c).
 */
#include "fuzz.h"

#include "link/arp.h"
#include "link/ether_wire.h"
#include "link/link.h"
#include "link/neigh.h"

static unsigned n_up;

static void up(void *self, struct iface *i, struct pkt *p)
{
	(void)self;
	(void)i;
	FUZZ_CLAIM(p->l3 == p->data && p->l2 <= p->l3 && p->l3 - p->l2 >= ETHER_HDR_LEN);
	n_up++;
	pkt_free(p);
}

static bool is_ours(void *self, struct iface *i, const struct ipa *addr)
{
	(void)self;
	(void)i;
	return ipa_v4(addr) == 0x0a000001;
}

static bool source(void *self, struct iface *i, const struct ipa *to, struct ipa *out)
{
	(void)self;
	(void)i;
	(void)to;
	*out = IPA_V4(10, 0, 0, 1);
	return true;
}

/* What is written is read the same. */
static void again(const uint8_t *frame, size_t len)
{
	struct rcur r = rcur_of(frame, len);
	struct ether_hdr h, h2;
	uint8_t out[32];

	if (ether_parse(&h, &r) < 0)
		return;
	FUZZ_CLAIM(h.len <= len && h.len == 14 + 4 * h.n_tags && h.n_tags <= ETHER_TAGS_MAX);
	struct wcur w = wcur_of(out, h.len);
	FUZZ_CLAIM(ether_emit(&h, &w) == 0 && w.at == h.len);
	r = rcur_of(out, h.len);
	FUZZ_CLAIM(ether_parse(&h2, &r) == 0 && h2.type == h.type && h2.n_tags == h.n_tags);
	FUZZ_CLAIM(!memcmp(h.dst, h2.dst, 6) && !memcmp(h.src, h2.src, 6));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 }, group[6] = { 1, 0, 0x5e, 0, 0, 1 };
	const struct nod_conf conf = { .neighbours = 8, .neighbours_incomplete = 2 };
	const struct link_upper u = { .ethertype = ETHERTYPE_IPV4, .input = up };
	const struct arp_upper a = { .is_ours = is_ours, .source = source };
	static struct core core, fresh; /* its pool is kept: making one takes long */
	struct link l;

	if (!fresh.pool && core_init(&core, &conf, 0) == 0)
		fresh = core;
	core = fresh;
	if (!size || !core.pool || link_init(&l, &core) < 0)
		return 0;

	const struct iface_conf ic = {
		.name = "eth0", .mac = mac, .mtu = 1500, .vlan = data[0] & 7 };
	struct iface *i = iface_at(&l, (unsigned)iface_add(&l, &ic));
	const struct ipa probed = IPA_V4(10, 0, 0, 9), wanted = IPA_V4(10, 0, 0, 2);

	link_register(&l, &u);
	arp_set_upper(&l, &a);
	iface_filter_add(i, group);
	arp_probe(i, &probed);
	for (size_t at = 1; size - at >= 2;) {
		size_t len = (size_t)(data[at] << 8 | data[at + 1]);
		struct pkt *p;

		at += 2;
		len = len < size - at ? len : size - at;
		again(data + at, len);
		p = pkt_new(core.pool, (uint32_t)len);
		if (!p)
			break;
		if (len)
			memcpy(pkt_put(p, (uint32_t)len), data + at, len);
		link_input(&l, i, p);
		at += len;
		FUZZ_CLAIM(neigh_count(&l) <= 8);

		struct neigh *n = neigh_get(&l, i, &wanted);
		p = pkt_new(core.pool, 20);
		if (n && p) {
			memset(pkt_put(p, 20), 0x45, 20);
			neigh_output(n, p, ETHERTYPE_IPV4);
		} else {
			pkt_free(p);
		}
		core.now += NOD_S / 3;
		wheel_run(&core.wheel, core.now);
		for (struct pkt *o; link_output(&l, i, &o, 1);)
			pkt_free(o);
	}
	FUZZ_CLAIM(core.count[NOD_EV_ETH_IN] >= n_up);
	n_up = 0;
	link_end(&l);
	FUZZ_CLAIM(pkt_pool_use(core.pool).pkts == 0 && core.wheel.count == 0);
	return 0;
}
