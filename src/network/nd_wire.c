/* SPDX-License-Identifier: ISC */
/*
 * nd_wire.c - neighbour discovery's messages and options, octets to struct and back
 *
 * Neighbours: nd_wire.h.
 */
#include "nd_wire.h"

#include <errno.h>

#include "../link/ether_wire.h"

enum option {
	OPT_SOURCE_MAC = 1,
	OPT_TARGET_MAC = 2,
	OPT_PREFIX = 3,
	OPT_REDIRECTED = 4,
	OPT_MTU = 5,
	OPT_NONCE = 14,
	OPT_ROUTE = 24,
	OPT_DNS = 25,
};

/* RFC 4191 2.1: 01 high, 00 medium, 11 low; 10 is reserved and taken as medium. */
static uint8_t preference_of(uint8_t flags)
{
	switch (flags >> 3 & 3) {
	case 1:
		return 2;
	case 3:
		return 0;
	default:
		return 1;
	}
}

static void prefix_option(struct nd_msg *m, struct rcur *o)
{
	struct nd_prefix p;
	uint8_t flags;

	p.len = rcur_u8(o);
	flags = rcur_u8(o);
	p.on_link = flags & 0x80;
	p.autonomous = flags & 0x40;
	p.valid_s = rcur_u32(o);
	p.preferred_s = rcur_u32(o);
	rcur_skip(o, 4);
	rcur_copy(o, p.prefix.o, 16);
	if (!o->bad && p.len <= 128 && m->n_prefixes < ND_PREFIXES_MOST)
		m->prefix[m->n_prefixes++] = p;
}

static void route_option(struct nd_msg *m, struct rcur *o)
{
	struct nd_route t = { .len = rcur_u8(o) };
	uint8_t flags = rcur_u8(o);
	bool is_reserved = (flags >> 3 & 3) == 2; /* RFC 4191 2.3: such an option is ignored */
	size_t octets;

	t.preference = preference_of(flags);
	t.lifetime_s = rcur_u32(o);
	octets = rcur_left(o) < 16 ? rcur_left(o) : 16;
	rcur_copy(o, t.prefix.o, octets);
	if (!o->bad && !is_reserved && t.len <= 8 * octets && m->n_routes < ND_ROUTES_MOST)
		m->route[m->n_routes++] = t;
}

static void dns_option(struct nd_msg *m, struct rcur *o)
{
	uint32_t lifetime_s;

	rcur_skip(o, 2);
	lifetime_s = rcur_u32(o);
	if (rcur_left(o) % 16) /* an even length in units of 8: RFC 8106 5.1 (H25) */
		return;
	while (rcur_left(o) && m->n_dns < ND_DNS_MOST) {
		m->dns_lifetime_s[m->n_dns] = lifetime_s;
		rcur_copy(o, m->dns[m->n_dns++].o, 16);
	}
}

static int option(struct nd_msg *m, struct rcur *r)
{
	uint8_t type = rcur_u8(r);
	uint32_t len = rcur_u8(r) * 8u;
	struct span body;
	struct rcur o;

	if (r->bad || !len)
		return -EBADMSG;
	body = rcur_span(r, len - 2);
	if (r->bad)
		return -EBADMSG;
	o = rcur_of(body.p, body.len);
	switch (type) {
	case OPT_SOURCE_MAC:
	case OPT_TARGET_MAC:
		/* another link layer's, or no station's */
		if (body.len != 6 || ether_is_group(body.p) || ether_is_zero(body.p))
			return -EBADMSG;
		memcpy(type == OPT_SOURCE_MAC ? m->source_mac : m->target_mac, body.p, 6);
		*(type == OPT_SOURCE_MAC ? &m->has_source_mac : &m->has_target_mac) = true;
		break;
	case OPT_PREFIX:
		prefix_option(m, &o);
		break;
	case OPT_MTU:
		rcur_skip(&o, 2);
		m->mtu = rcur_u32(&o);
		break;
	case OPT_NONCE:
		m->has_nonce = body.len == ND_NONCE_LEN;
		if (m->has_nonce)
			memcpy(m->nonce, body.p, ND_NONCE_LEN);
		break;
	case OPT_ROUTE:
		route_option(m, &o);
		break;
	case OPT_DNS:
		dns_option(m, &o);
		break;
	default: /* unknown ones are passed over: RFC 4861 4.6 */
		break;
	}
	return 0;
}

int nd_parse(struct nd_msg *m, struct rcur *r)
{
	uint8_t code, flags;

	*m = (struct nd_msg){ .type = rcur_u8(r) };
	code = rcur_u8(r);
	rcur_skip(r, 2);
	if (code)
		return -EBADMSG;
	switch (m->type) {
	case ND_ROUTER_SOLICIT:
		rcur_skip(r, 4);
		break;
	case ND_ROUTER_ADVERT:
		m->hop_limit = rcur_u8(r);
		flags = rcur_u8(r);
		m->is_managed = flags & 0x80;
		m->is_other = flags & 0x40;
		m->preference = preference_of(flags);
		m->lifetime_s = rcur_u16(r);
		m->reachable_ms = rcur_u32(r);
		m->retrans_ms = rcur_u32(r);
		break;
	case ND_NEIGHBOUR_SOLICIT:
	case ND_NEIGHBOUR_ADVERT:
		flags = rcur_u8(r);
		m->is_router = flags & 0x80;
		m->is_solicited = flags & 0x40;
		m->is_override = flags & 0x20;
		rcur_skip(r, 3);
		rcur_copy(r, m->target.o, 16);
		break;
	case ND_REDIRECT:
		rcur_skip(r, 4);
		rcur_copy(r, m->target.o, 16);
		rcur_copy(r, m->dst.o, 16);
		break;
	default:
		return -EBADMSG;
	}
	while (rcur_left(r))
		if (option(m, r) < 0)
			return -EBADMSG;
	return r->bad ? -EBADMSG : 0;
}

static void emit_mac(struct wcur *w, enum option type, const uint8_t mac[6])
{
	wcur_u8(w, (uint8_t)type);
	wcur_u8(w, 1);
	wcur_put(w, mac, 6);
}

static void emit_prefix(struct wcur *w, const struct nd_prefix *p)
{
	wcur_u8(w, OPT_PREFIX);
	wcur_u8(w, 4);
	wcur_u8(w, p->len);
	wcur_u8(w, (uint8_t)((p->on_link ? 0x80 : 0) | (p->autonomous ? 0x40 : 0)));
	wcur_u32(w, p->valid_s);
	wcur_u32(w, p->preferred_s);
	wcur_u32(w, 0);
	wcur_put(w, p->prefix.o, 16);
}

static void emit_head(const struct nd_msg *m, struct wcur *w)
{
	wcur_u8(w, m->type);
	wcur_u8(w, 0);
	wcur_u16(w, 0);
	switch (m->type) {
	case ND_ROUTER_ADVERT:
		wcur_u8(w, m->hop_limit);
		wcur_u8(w, (uint8_t)((m->is_managed ? 0x80 : 0) | (m->is_other ? 0x40 : 0)));
		wcur_u16(w, m->lifetime_s);
		wcur_u32(w, m->reachable_ms);
		wcur_u32(w, m->retrans_ms);
		break;
	case ND_NEIGHBOUR_SOLICIT:
	case ND_NEIGHBOUR_ADVERT:
		wcur_u8(w, (uint8_t)((m->is_router ? 0x80 : 0) | (m->is_solicited ? 0x40 : 0) |
				  (m->is_override ? 0x20 : 0)));
		wcur_u8(w, 0);
		wcur_u16(w, 0);
		wcur_put(w, m->target.o, 16);
		break;
	case ND_REDIRECT:
		wcur_u32(w, 0);
		wcur_put(w, m->target.o, 16);
		wcur_put(w, m->dst.o, 16);
		break;
	default:
		wcur_u32(w, 0);
		break;
	}
}

int nd_emit(const struct nd_msg *m, struct wcur *w)
{
	emit_head(m, w);
	if (m->has_source_mac)
		emit_mac(w, OPT_SOURCE_MAC, m->source_mac);
	if (m->has_target_mac)
		emit_mac(w, OPT_TARGET_MAC, m->target_mac);
	if (m->has_nonce) {
		wcur_u8(w, OPT_NONCE);
		wcur_u8(w, 1);
		wcur_put(w, m->nonce, ND_NONCE_LEN);
	}
	if (m->mtu) {
		wcur_u8(w, OPT_MTU);
		wcur_u8(w, 1);
		wcur_u16(w, 0);
		wcur_u32(w, m->mtu);
	}
	for (unsigned k = 0; k < m->n_prefixes; k++)
		emit_prefix(w, &m->prefix[k]);
	if (m->n_dns) {
		wcur_u8(w, OPT_DNS);
		wcur_u8(w, (uint8_t)(1 + 2 * m->n_dns));
		wcur_u16(w, 0);
		wcur_u32(w, m->dns_lifetime_s[0]); /* one for all */
		for (unsigned k = 0; k < m->n_dns; k++)
			wcur_put(w, m->dns[k].o, 16);
	}
	return w->bad ? -EMSGSIZE : 0;
}
