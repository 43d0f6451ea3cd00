/* SPDX-License-Identifier: ISC */
/*
 * ipv4_out.c - an IPv4 packet leaves: header, fragments, copies for this host
 *
 * RFC 791 3.2 (fragmentation), RFC 1122 3.2.1, 3.3.2, 3.3.3; RFC 1191 (DF), RFC 6864 (ID).
 *
 * Neighbours: ip.h, dest.c, ip_ids.c, ipv4_options.c.
 */
#include <errno.h>

#include "../base/checksum.h"
#include "group.h"
#include "ip_internal.h"
#include "ipv4_wire.h"

static const uint8_t router_alert[] = { IPV4_OPT_ROUTER_ALERT, 4, 0, 0 }; /* RFC 2113 */

static uint8_t ttl_of(const struct net *n, const struct ip_out *o, const struct ip_way *way)
{
	if (o->ttl) /* never 0 (IP4-8) */
		return o->ttl;
	return way->cast == IP_MULTICAST ? 1 : n->core->conf.default_ttl; /* RFC 1112 6.1 */
}

/* Members on this host hear what is sent to their group or to all, unless it was asked not to. */
static void loop_copy(
	struct net *n, const struct ip_out *o, const struct ip_way *way, const struct pkt *p)
{
	struct pkt *copy;

	/* what goes by the loopback comes in again by itself */
	if (way->cast == IP_UNICAST || way->is_local || way->iface->kind == IFACE_LOOPBACK)
		return;
	if (way->cast == IP_MULTICAST &&
		(!o->is_loop || !group_is_member(netif_of(way->iface), &o->dst)))
		return;
	copy = pkt_clone(p, n->core->pool);
	if (!copy)
		return;
	copy->is_multicast = way->cast == IP_MULTICAST;
	copy->is_broadcast = way->cast == IP_BROADCAST;
	iface_loop(way->iface, copy);
}

IPV4_INLINE void put_header(struct pkt *p, struct ipv4_hdr *h)
{
	uint32_t len = IPV4_HDR_LEAST + (uint32_t)h->options.len;
	struct wcur w;

	h->len = (uint16_t)(p->len + len);
	w = wcur_of(pkt_push(p, len), len);
	ipv4_emit(h, &w);
	p->l3 = p->data;
}

/* Where it happens seldom. */
static void write_header(struct pkt *p, struct ipv4_hdr *h)
{
	put_header(p, h);
}

/*
 * Cut @p (data = what the header @h is to carry; offset and flags of @h hold for the whole) into
 * pieces that fit @mtu, and send each by @d.
 */
static int send_cut(
	struct net *n, const struct dest *d, struct ipv4_hdr *h, uint32_t mtu, struct pkt *p)
{
	uint32_t base = h->offset;
	bool more = h->more_fragments;
	uint8_t copied[IPV4_OPTIONS_MOST];
	struct span all = h->options;
	uint32_t hdr = IPV4_HDR_LEAST + (uint32_t)all.len;
	int err = 0;

	if (p->sum == PKT_SUM_TO_FILL)
		pkt_fill_checksum(p);
	for (uint32_t at = 0; at < p->len && err == 0;) {
		uint32_t room = (mtu - hdr) / 8 * 8;
		uint32_t len = p->len - at < room ? p->len - at : room;
		struct pkt *f = pkt_new(n->core->pool, len);

		if (!f) {
			err = -ENOBUFS;
			break;
		}
		pkt_copy_out(p, at, pkt_put(f, len), len);
		f->sum = PKT_SUM_FILLED;
		f->is_forwarded = p->is_forwarded;
		h->offset = (uint16_t)(base + at);
		h->more_fragments = more || at + len < p->len;
		write_header(f, h);
		NOTE(n->core, NOD_EV_IP4_FRAG_OUT, .packet = pkt_public(f),
			.interface = (uint16_t)d->iface->index);
		err = ip_send_on(n, d, f, ETHERTYPE_IPV4);
		at += len;
		if (!base && at == len && all.len) {
			h->options = (struct span){ copied, ipv4_options_copied(&all, copied) };
			hdr = IPV4_HDR_LEAST + (uint32_t)h->options.len;
		}
	}
	NOTE(n->core, err ? NOD_EV_IP4_DROP_OUT_ERROR : NOD_EV_IP4_FRAGMENTED,
		.interface = (uint16_t)d->iface->index);
	pkt_free(p);
	return err;
}

/* For the forwarding of what is too long: the header stands in front of @p. */
int ipv4_send_cut(
	struct net *n, const struct dest *d, struct ipv4_hdr *h, uint32_t mtu, struct pkt *p)
{
	uint8_t options[IPV4_OPTIONS_MOST];

	if (h->options.len)
		memcpy(options, h->options.p, h->options.len);
	h->options.p = options;
	pkt_pull(p, h->hdr_len);
	p->l4 = p->data;
	return send_cut(n, d, h, mtu, p);
}

/* In pieces; this host's own members get it whole. */
static int output_long(struct net *n, const struct ip_out *o, const struct ip_way *way,
	struct ipv4_hdr h, struct pkt *p)
{
	h.dont_fragment = false;
	if (way->cast != IP_UNICAST) {
		struct pkt *copy = pkt_clone(p, n->core->pool);
		struct ipv4_hdr whole = h;

		if (copy) {
			write_header(copy, &whole);
			loop_copy(n, o, way, copy);
			pkt_free(copy);
		}
	}
	return send_cut(n, way->dest, &h, way->mtu, p);
}

static int output_any(
	struct net *n, const struct ip_out *o, const struct ip_way *way, struct pkt *p)
{
	struct ipv4_hdr h = {
		.tos = o->tos,
		.ttl = ttl_of(n, o, way),
		.protocol = o->protocol,
		.src = way->src,
		.dst = o->dst,
		.options = o->router_alert ?
			(struct span){ router_alert, sizeof(router_alert) } :
			o->options,
		.dont_fragment = o->pmtu != IP_PMTU_DONT &&
			!(o->pmtu == IP_PMTU_WANT && way->dest->is_df_off &&
				way->dest->pmtu_until > n->core->now),
	};
	uint32_t len = p->len + IPV4_HDR_LEAST + (uint32_t)h.options.len;
	bool is_long = len > way->mtu && !p->gso && !way->is_local;

	if (len > IPV4_LEN_MOST || /* super-segments, too */
		(is_long && (o->pmtu >= IP_PMTU_DO || o->is_fragment_off))) {
		net_drop(n, p, way->iface, NOD_EV_IP4_DROP_TOO_BIG);
		return -EMSGSIZE;
	}
	/* atomic datagrams need none (RFC 6864 4.1); a constant one tells nobody anything */
	if (!h.dont_fragment || is_long)
		h.id = (uint16_t)ip_id(n, &h.src, &h.dst, h.protocol);
	NOTE(n->core, NOD_EV_IP4_OUT, .packet = pkt_public(p),
		.interface = (uint16_t)way->iface->index);
	if (is_long)
		return output_long(n, o, way, h, p);
	write_header(p, &h);
	loop_copy(n, o, way, p);
	return ip_send_on(n, way->dest, p, ETHERTYPE_IPV4);
}

/*
 * What nearly every packet is: to one host, not cut, without options.  output_any() would come to
 * the same, and takes twice as long.
 */
static inline bool is_plain(
	const struct ip_out *o, const struct ip_way *way, const struct pkt *p)
{
	uint32_t len = p->len + IPV4_HDR_LEAST;

	return way->cast == IP_UNICAST && !o->router_alert && !o->options.len &&
		o->pmtu != IP_PMTU_DONT && !way->dest->is_df_off &&
		(len <= way->mtu || ((p->gso || way->is_local) && len <= IPV4_LEN_MOST));
}

int ipv4_output(struct net *n, const struct ip_out *o, const struct ip_way *way, struct pkt *p)
{
	struct ipv4_hdr h = {
		.tos = o->tos,
		.ttl = o->ttl ? o->ttl : n->core->conf.default_ttl,
		.protocol = o->protocol,
		.src = way->src,
		.dst = o->dst,
		.dont_fragment = true,
	};

	p->l4 = p->data;
	if (__builtin_expect(!is_plain(o, way, p), 0))
		return output_any(n, o, way, p);
	NOTE(n->core, NOD_EV_IP4_OUT, .packet = pkt_public(p),
		.interface = (uint16_t)way->iface->index);
	put_header(p, &h);
	return ip_send_on(n, way->dest, p, ETHERTYPE_IPV4);
}

/* Total length, checksum, and where they are zero the identification and the source: raw(7). */
int ipv4_output_whole(
	struct net *n, const struct ip_out *o, const struct ip_way *way, struct pkt *p)
{
	uint8_t options[IPV4_OPTIONS_MOST];
	struct ipv4_hdr h;
	struct rcur r;
	int err = 0;

	if (!pkt_linear(p, p->len < IPV4_HDR_MOST ? p->len : IPV4_HDR_MOST) ||
		p->len > IPV4_LEN_MOST)
		err = -EMSGSIZE;
	else if (p->len < IPV4_HDR_LEAST)
		err = -EINVAL;
	if (err == 0) {
		p->data[2] = (uint8_t)(p->len >> 8);
		p->data[3] = (uint8_t)p->len;
		r = rcur_of(p->data, p->lin);
		err = ipv4_parse(&h, &r) < 0 ? -EINVAL : 0;
	}
	if (err == 0 && p->len > way->iface->mtu)
		err = -EMSGSIZE;
	if (err < 0) {
		pkt_free(p);
		return err;
	}
	if (ipa_is_any(&h.src))
		h.src = way->src;
	if (!h.id)
		h.id = (uint16_t)ip_id(n, &h.src, &h.dst, h.protocol);
	if (h.options.len)
		memcpy(options, h.options.p, h.options.len);
	h.options.p = options;
	pkt_pull(p, h.hdr_len);
	p->l4 = p->data;
	p->sum = PKT_SUM_UNKNOWN; /* nobody vouches for what is behind the header */
	NOTE(n->core, NOD_EV_IP4_OUT, .packet = pkt_public(p),
		.interface = (uint16_t)way->iface->index);
	write_header(p, &h);
	loop_copy(n, o, way, p);
	return ip_send_on(n, way->dest, p, ETHERTYPE_IPV4);
}
