/* SPDX-License-Identifier: ISC */
/*
 * control.c - ICMP, ICMPv6, neighbour discovery, IGMP and MLD queries, as tshark names their fields
 *
 * nod reads no reports of groups, so of those only what ICMP's parser sees is said.
 *
 * Neighbours: decode.h; network/icmp_wire.h, nd_wire.h, igmp_wire.h, mld_wire.h.
 */
#include "decode.h"

#include "base/checksum.h"
#include "network/icmp_wire.h"
#include "network/igmp_wire.h"
#include "network/ip.h"
#include "network/mld_wire.h"
#include "network/nd_wire.h"
#include "network/net.h"

/* ---- errors ------------------------------------------------------------------------------ */

/* The packet that it quotes: by the parser of errors, and by those of packets. */
static void quote(const struct icmp_msg *m)
{
	struct rcur r = rcur_of(m->body.p, m->body.len);
	struct rcur again = r;
	struct icmp_quote q;

	if (icmp_quote_parse(&q, m->family, &r) < 0) {
		say_refused("quote", true);
	} else {
		struct ipa src = ipa_from_addr(&q.src), dst = ipa_from_addr(&q.dst);

		say_addr("quote.src", &src);
		say_addr("quote.dst", &dst);
		if (q.protocol == IP_PROTO_UDP && !q.is_fragment && q.carried.len >= 4)
			say("quote.srcport", "%u", octets_u16(q.carried.p));
	}
	decode_ip(&again, m->family == NOD_IPV6, true);
}

static void error4(const struct icmp_msg *m)
{
	struct ipa gateway = ipa_of_v4(m->word);

	if (m->type == ICMPV4_UNREACHABLE && m->code == 4)
		say("icmp.mtu", "%u", icmp_mtu(m));
	else if (m->type == ICMPV4_REDIRECT)
		say_addr("icmp.redir_gw", &gateway);
	else if (m->type == ICMPV4_PARAMETER_PROBLEM)
		say("icmp.pointer", "%u", m->word >> 24);
}

static void error6(const struct icmp_msg *m)
{
	if (m->type == ICMPV6_TOO_BIG)
		say("icmpv6.mtu", "%u", icmp_mtu(m));
	else if (m->type == ICMPV6_PARAMETER_PROBLEM)
		say("icmpv6.pointer", "%u", m->word);
}

/* ---- neighbour discovery ----------------------------------------------------------------- */

/* RFC 4191 2.1: as on the wire. */
static unsigned preference(uint8_t p)
{
	static const unsigned wire[] = { 3, 0, 1 };

	return wire[p];
}

static void advert(const struct nd_msg *m)
{
	say("icmpv6.nd.ra.cur_hop_limit", "%u", m->hop_limit);
	say_flag("icmpv6.nd.ra.flag.m", m->is_managed);
	say_flag("icmpv6.nd.ra.flag.o", m->is_other);
	say("icmpv6.nd.ra.flag.prf", "%u", preference(m->preference));
	say("icmpv6.nd.ra.router_lifetime", "%u", m->lifetime_s);
	say("icmpv6.nd.ra.reachable_time", "%u", m->reachable_ms);
	say("icmpv6.nd.ra.retrans_timer", "%u", m->retrans_ms);
}

static void nd_options(const struct nd_msg *m)
{
	if (m->has_source_mac)
		say_mac("icmpv6.opt.src_linkaddr", m->source_mac);
	if (m->has_target_mac)
		say_mac("icmpv6.opt.target_linkaddr", m->target_mac);
	if (m->has_nonce)
		say_hex("icmpv6.opt.nonce", m->nonce, ND_NONCE_LEN);
	if (m->mtu)
		say("icmpv6.opt.mtu", "%u", m->mtu);
	for (unsigned i = 0; i < m->n_prefixes; i++) {
		const struct nd_prefix *p = &m->prefix[i];

		say("icmpv6.opt.prefix.length", "%u", p->len);
		say_flag("icmpv6.opt.prefix.flag.l", p->on_link);
		say_flag("icmpv6.opt.prefix.flag.a", p->autonomous);
		say("icmpv6.opt.prefix.valid_lifetime", "%u", p->valid_s);
		say("icmpv6.opt.prefix.preferred_lifetime", "%u", p->preferred_s);
		say_addr("icmpv6.opt.prefix", &p->prefix);
	}
	for (unsigned i = 0; i < m->n_routes; i++) {
		const struct nd_route *t = &m->route[i];

		say("icmpv6.opt.prefix.length", "%u", t->len);
		say("icmpv6.opt.route_info.flag.route_preference", "%u",
			preference(t->preference));
		say("icmpv6.opt.route_lifetime", "%u", t->lifetime_s);
		say_addr("icmpv6.opt.prefix", &t->prefix);
	}
	for (unsigned i = 0; i < m->n_dns; i++) {
		if (!i || m->dns_lifetime_s[i] != m->dns_lifetime_s[i - 1]) /* one an option */
			say("icmpv6.opt.rdnss.lifetime", "%u", m->dns_lifetime_s[i]);
		say_addr("icmpv6.opt.rdnss", &m->dns[i]);
	}
}

static void discovery(struct rcur *r)
{
	struct nd_msg m;

	if (nd_parse(&m, r) < 0) {
		say_refused("nd", false);
		return;
	}
	switch (m.type) {
	case ND_ROUTER_ADVERT:
		advert(&m);
		break;
	case ND_NEIGHBOUR_SOLICIT:
		say_addr("icmpv6.nd.ns.target_address", &m.target);
		break;
	case ND_NEIGHBOUR_ADVERT:
		say_flag("icmpv6.nd.na.flag.r", m.is_router);
		say_flag("icmpv6.nd.na.flag.s", m.is_solicited);
		say_flag("icmpv6.nd.na.flag.o", m.is_override);
		say_addr("icmpv6.nd.na.target_address", &m.target);
		break;
	case ND_REDIRECT:
		say_addr("icmpv6.nd.rd.target_address", &m.target);
		say_addr("icmpv6.rd.na.destination_address", &m.dst);
		break;
	default:
		break;
	}
	nd_options(&m);
}

/* ---- groups ------------------------------------------------------------------------------ */

static void mld_query(struct rcur *r)
{
	struct mld_query q;

	if (mld_query_parse(&q, r) < 0) {
		say_refused("mld", false);
		return;
	}
	say(q.version == 1 ? "icmpv6.mld.maximum_response_delay" :
			     "icmpv6.mld.maximum_response_code",
		"%u", q.max_ms);
	say_addr("icmpv6.mld.multicast_address", &q.group);
	if (q.version == 1)
		return;
	say("icmpv6.mld.flag.qrv", "%u", q.robustness);
	say("icmpv6.mld.qqi", "%u", q.interval_s);
	say("icmpv6.mld.nb_sources", "%zu", q.sources.len / 16);
	for (size_t i = 0; i < q.sources.len; i += 16) {
		struct ipa source;

		memcpy(source.o, q.sources.p + i, 16);
		say_addr("icmpv6.mld.source_address", &source);
	}
}

static void igmp_query(struct rcur *r)
{
	struct igmp_query q;

	if (igmp_query_parse(&q, r) < 0) {
		say_refused("igmp", false);
		return;
	}
	say("igmp.version", "%u", q.version);
	if (q.version > 1)
		say("igmp.max_resp", "%u", q.max_ms / 100);
	say_addr("igmp.maddr", &q.group);
	if (q.version < 3)
		return;
	say("igmp.qrv", "%u", q.robustness);
	say("igmp.qqic", "%u", q.interval_s);
	say("igmp.num_src", "%zu", q.sources.len / 4);
	for (size_t i = 0; i < q.sources.len; i += 4) {
		struct ipa source = ipa_from_v4(q.sources.p + i);

		say_addr("igmp.saddr", &source);
	}
}

void decode_igmp(const struct packet *p, struct rcur *r)
{
	struct rcur head = *r;

	if (rcur_left(r) < IGMP_LEN) {
		say_refused("igmp", p->is_quoted);
		return;
	}
	say("igmp.type", "0x%02x", rcur_u8(&head));
	rcur_skip(&head, 1);
	say("igmp.checksum", "0x%04x", rcur_u16(&head));
	say_status("igmp.checksum.status", p, checksum_add(0, r->buf + r->at, rcur_left(r)));
	if (r->buf[r->at] == IGMP_QUERY)
		igmp_query(r);
}

/* ---- ICMP -------------------------------------------------------------------------------- */

static void head4(const struct packet *p, const struct icmp_msg *m, uint64_t sum)
{
	say("icmp.type", "%u", m->type);
	say("icmp.code", "%u", m->code);
	say("icmp.checksum", "0x%04x", m->sum);
	say_status("icmp.checksum.status", p, sum);
}

static void head6(const struct packet *p, const struct icmp_msg *m, uint64_t sum)
{
	say("icmpv6.type", "%u", m->type);
	say("icmpv6.code", "%u", m->code);
	say("icmpv6.checksum", "0x%04x", m->sum);
	say_status("icmpv6.checksum.status", p, sum);
}

static void echo(const struct icmp_msg *m)
{
	say(m->family == NOD_IPV4 ? "icmp.ident" : "icmpv6.echo.identifier",
		m->family == NOD_IPV4 ? "%u" : "0x%04x", m->id);
	say(m->family == NOD_IPV4 ? "icmp.seq" : "icmpv6.echo.sequence_number", "%u", m->seq);
	say_data(m->body.len);
}

static void other6(const struct icmp_msg *m, struct rcur *r)
{
	if (m->type >= ND_ROUTER_SOLICIT && m->type <= ND_REDIRECT)
		discovery(r);
	else if (m->type == MLD_QUERY)
		mld_query(r);
}

void decode_icmp(const struct packet *p, struct rcur *r)
{
	bool is_v6 = p->protocol == IP_PROTO_ICMPV6;
	uint32_t len = (uint32_t)rcur_left(r);
	uint64_t sum = checksum_add(0, r->buf + r->at, len);
	struct rcur message = *r;
	struct icmp_msg m;

	if (icmp_parse(&m, is_v6 ? NOD_IPV6 : NOD_IPV4, r) < 0) {
		say_refused("icmp", p->is_quoted);
		return;
	}
	if (is_v6)
		head6(p, &m, sum + ip_pseudo(&p->src, &p->dst, p->protocol, len));
	else
		head4(p, &m, sum);
	switch (icmp_kind(m.family, m.type)) {
	case ICMP_ECHO_ASK:
	case ICMP_ECHO_ANSWER:
		echo(&m);
		break;
	case ICMP_ERROR:
		if (is_v6)
			error6(&m);
		else
			error4(&m);
		quote(&m);
		break;
	case ICMP_OTHER:
		if (is_v6)
			other6(&m, &message);
		break;
	}
}
