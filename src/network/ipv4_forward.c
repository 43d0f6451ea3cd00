/* SPDX-License-Identifier: ISC */
/*
 * ipv4_forward.c - a packet on its way to somebody else, when this host is a router
 *
 * RFC 1812 5.2 and 5.3, in the order of 5.2.1.2: what may not be forwarded, the next hop, the time
 * to live, the redirect, the length.  Source routes were refused before (5.3.13.4 leaves that
 * open).  Directed broadcasts are not forwarded (RFC 2644).
 *
 * Neighbours: ipv4.c, ipv4_out.c, dest.c.
 */
#include "../base/checksum.h"
#include "ip_internal.h"
#include "ipv4_wire.h"

/* Addresses that never leave their link or host: RFC 1812 5.3.7, RFC 3927 7. */
static bool stays(const struct ipa *a)
{
	return ipa_is_link_local(a) || ipa_is_loopback(a) || ipa_is_multicast(a) ||
		a->o[12] == 0 || a->o[12] >= 240;
}

/* The time to live is one less, and the header's checksum with it (RFC 1624). */
static void count_down(struct pkt *p)
{
	uint8_t *h = p->data;
	uint16_t old = (uint16_t)(h[8] << 8 | h[9]);
	uint16_t sum = (uint16_t)(h[10] << 8 | h[11]);

	h[8]--;
	sum = checksum_update(sum, old, (uint16_t)(h[8] << 8 | h[9]));
	h[10] = (uint8_t)(sum >> 8);
	h[11] = (uint8_t)sum;
}

/* Octets of the longest packet that @p will be on a wire: of its segments, when it is several. */
static uint32_t longest(struct pkt *p, const struct ipv4_hdr *h)
{
	uint32_t l4 = p->gso == PKT_GSO_UDP ? 8 : 20;

	if (!p->gso)
		return p->len;
	if (p->gso == PKT_GSO_TCP && pkt_linear(p, h->hdr_len + l4))
		l4 = p->data[h->hdr_len + 12] / 16 * 4u;
	return h->hdr_len + l4 + p->gso_size;
}

/*
 * Whether the sender could have given it to @hop itself: it came from the link that it leaves by,
 * and both are of one network there (RFC 1812 5.2.7.2).
 */
static bool has_shorter_way(const struct iface *in, const struct dest *d, const struct ipa *src)
{
	if (d->iface != in)
		return false;
	for (const struct ifaddr *a = netif_of(in)->addrs; a; a = a->next)
		if (ipa_is_v4(&a->addr) && ipa_same_prefix(&a->addr, src, a->prefix_len) &&
			ipa_same_prefix(&a->addr, &d->next_hop, a->prefix_len))
			return true;
	return false;
}

void ipv4_forward(struct net *n, struct iface *in, struct pkt *p, const struct ipa *dst)
{
	struct rcur r = rcur_of(p->data, p->lin);
	struct ipv4_hdr h;
	struct dest *d;
	uint32_t mtu;

	p->l3 = p->data;
	if (ipv4_parse(&h, &r) < 0) {
		net_drop(n, p, in, NOD_EV_IP4_DROP_HEADER);
		return;
	}
	if (stays(dst) || stays(&h.src)) {
		net_drop(n, p, in, NOD_EV_IP4_DROP_FORWARD_SCOPE);
		return;
	}
	if (h.ttl <= 1) {
		icmp_report(n, p, in, ICMP_REPORT_TTL, 0);
		net_drop(n, p, in, NOD_EV_IP4_DROP_TTL);
		return;
	}
	if (dest_get(n, dst, NULL, &d) < 0) {
		icmp_report(n, p, in, ICMP_REPORT_NET_UNREACHABLE, 0);
		net_drop(n, p, in, NOD_EV_IP4_DROP_NO_ROUTE);
		return;
	}
	if (d->cast != IP_UNICAST || d->is_local) {
		net_drop(n, p, in, NOD_EV_IP4_DROP_FORWARD_SCOPE);
		dest_unref(n, d);
		return;
	}
	if (has_shorter_way(in, d, &h.src))
		icmp_redirect_send(n, p, in, &d->next_hop);
	mtu = d->iface->mtu;
	if (longest(p, &h) > mtu && (h.dont_fragment || p->gso)) {
		icmp_report(n, p, in, ICMP_REPORT_TOO_BIG, mtu);
		net_drop(n, p, in, NOD_EV_IP4_DROP_TOO_BIG);
		dest_unref(n, d);
		return;
	}
	NOTE(n->core, NOD_EV_IP4_FORWARD, .packet = pkt_public(p),
		.interface = (uint16_t)d->iface->index);
	p->is_forwarded = 1;
	p->is_looped = 0;
	p->l4 = p->data + h.hdr_len; /* for whoever finishes its checksum, or cuts it */
	if (p->len > mtu && !p->gso) {
		h.ttl--;
		ipv4_send_cut(n, d, &h, mtu, p);
	} else {
		count_down(p);
		ip_send_on(n, d, p, ETHERTYPE_IPV4);
	}
	dest_unref(n, d);
}
