/* SPDX-License-Identifier: ISC */
/*
 * icmp6.c - ICMPv6: echo answered, errors sent and heard, neighbour discovery handed on
 *
 * RFC 4443, RFC 8201 (path MTU, never below 1,280), RFC 8021 (no atomic fragments).
 *
 * Neighbours: icmp.h, icmp_wire.h (the messages), icmp.c (how many), nd.c, mld.c.
 */
#include <errno.h>

#include "../base/checksum.h"
#include "group.h"
#include "icmp_wire.h"
#include "ip_internal.h"
#include "ipv6_wire.h"
#include "mld_wire.h"
#include "nd.h"
#include "nd_wire.h"

enum {
	CODE_NO_ROUTE = 0,
	CODE_PROHIBITED = 1,
	CODE_BEYOND_SCOPE = 2,
	CODE_ADDRESS = 3,
	CODE_PORT = 4,
	QUOTE_MOST = IPV6_MIN_MTU - IPV6_HDR - ICMP_HDR_LEN, /* (IP6-15) */
};

/* Send @p (data = the message, its checksum not made) as @o says.  Takes @p. */
int icmp6_send(struct net *n, struct ip_out *o, struct pkt *p)
{
	struct ip_way way;
	uint16_t sum;
	int err = ip_route(n, o, &way);

	if (err < 0) {
		pkt_free(p);
		return err;
	}
	p->data[2] = p->data[3] = 0;
	sum = checksum_end(ip_pseudo(&way.src, &o->dst, IP_PROTO_ICMPV6, p->len) +
		pkt_checksum(p, 0, p->len));
	p->data[2] = (uint8_t)(sum >> 8);
	p->data[3] = (uint8_t)sum;
	p->sum = PKT_SUM_FILLED;
	NOTE(n->core, NOD_EV_ICMP6_OUT, .packet = pkt_public(p),
		.interface = (uint16_t)way.iface->index);
	return ip_output(n, o, &way, p);
}

/* ---- sent ---------------------------------------- */

/* RFC 4443 2.4 (e) (IP6-14). */
static bool may_report(const struct pkt *p, const struct ipv6_hdr *h, enum icmp_report what,
	const struct rcur *rest)
{
	bool is_of_many = what == ICMP_REPORT_TOO_BIG || what == ICMP_REPORT_BAD_OPTION;
	struct rcur r = rcur_of(p->l3, (size_t)(rest->buf + rest->len - p->l3));
	struct icmp_quote q;

	if (ipa_is_any(&h->src) || ipa_is_multicast(&h->src))
		return false;
	if ((ipa_is_multicast(&h->dst) || p->is_multicast || p->is_broadcast) && !is_of_many)
		return false;
	if (icmp_quote_parse(&q, NOD_IPV6, &r) < 0)
		return true; /* its headers are what is wrong */
	return q.protocol != IP_PROTO_ICMPV6 || q.is_fragment || !q.carried.len ||
		(q.carried.p[0] >= 128 && q.carried.p[0] != ND_REDIRECT);
}

static const struct {
	uint8_t type, code;
} shapes[] = {
	[ICMP_REPORT_NET_UNREACHABLE] = { ICMPV6_UNREACHABLE, CODE_NO_ROUTE },
	[ICMP_REPORT_HOST_UNREACHABLE] = { ICMPV6_UNREACHABLE, CODE_ADDRESS },
	[ICMP_REPORT_PROTOCOL_UNREACHABLE] = { ICMPV6_PARAMETER_PROBLEM, 1 }, /* (IP6-2) */
	[ICMP_REPORT_PORT_UNREACHABLE] = { ICMPV6_UNREACHABLE, CODE_PORT },
	[ICMP_REPORT_TOO_BIG] = { ICMPV6_TOO_BIG, 0 },
	[ICMP_REPORT_PROHIBITED] = { ICMPV6_UNREACHABLE, CODE_PROHIBITED },
	[ICMP_REPORT_BEYOND_SCOPE] = { ICMPV6_UNREACHABLE, CODE_BEYOND_SCOPE },
	[ICMP_REPORT_TTL] = { ICMPV6_TIME_EXCEEDED, 0 },
	[ICMP_REPORT_REASSEMBLY] = { ICMPV6_TIME_EXCEEDED, 1 },
	[ICMP_REPORT_BAD_HEADER] = { ICMPV6_PARAMETER_PROBLEM, 0 },
	[ICMP_REPORT_BAD_OPTION] = { ICMPV6_PARAMETER_PROBLEM, 2 },
	[ICMP_REPORT_HEADER_CHAIN] = { ICMPV6_PARAMETER_PROBLEM, 3 },
};

void icmp6_report(struct net *n, const struct pkt *p, struct iface *i, enum icmp_report what,
	uint32_t info)
{
	uint32_t before = (uint32_t)(p->data - p->l3);
	struct rcur r = rcur_of(p->l3, before + p->lin);
	struct ip_out o = { .protocol = IP_PROTO_ICMPV6 };
	struct ipv6_hdr h;
	struct pkt *e;

	if (ipv6_parse(&h, &r) < 0 || !may_report(p, &h, what, &r) || !icmp_may_send(n, &h.src))
		return;
	e = icmp_quoting(n, p, QUOTE_MOST);
	if (!e)
		return;

	struct wcur w = wcur_of(e->data, ICMP_HDR_LEN);

	wcur_u8(&w, shapes[what].type);
	wcur_u8(&w, shapes[what].code);
	wcur_u16(&w, 0);
	wcur_u32(&w, info);
	o.dst = h.src;
	if (ipa_is_link_local(&h.src))
		o.iface = i;
	if (!ipa_is_multicast(&h.dst) && ifaddr_is_ours(n, NULL, &h.dst))
		o.src = h.dst;
	NOTE(n->core, NOD_EV_ICMP6_OUT_ERROR, .packet = pkt_public(p),
		.interface = (uint16_t)(i ? i->index : 0), .from = shapes[what].type,
		.to = shapes[what].code);
	icmp6_send(n, &o, e);
}

/* ---- heard ---------------------------------------- */

static int error_of(const struct icmp_msg *m, bool *is_hard)
{
	static const struct {
		int error;
		bool is_hard;
	} unreachable[] = { /* as Linux maps them */
		{ ENETUNREACH, false }, { EACCES, true }, { EHOSTUNREACH, false },
		{ EHOSTUNREACH, false }, { ECONNREFUSED, true }, { EACCES, true },
		{ EACCES, true }
	};

	*is_hard = true;
	switch (m->type) {
	case ICMPV6_UNREACHABLE:
		if (m->code >= sizeof(unreachable) / sizeof(unreachable[0]))
			return EPROTO;
		*is_hard = unreachable[m->code].is_hard;
		return unreachable[m->code].error;
	case ICMPV6_TOO_BIG:
		return EMSGSIZE;
	case ICMPV6_PARAMETER_PROBLEM:
		return EPROTO;
	default:
		*is_hard = false;
		return EHOSTUNREACH;
	}
}

/* Not below 1,280 (RFC 8201 4, RFC 8021), and what is quoted had not fitted (IP6-12, H27). */
static bool is_possible_pmtu(const struct ip_error *e, const struct icmp_msg *m)
{
	uint32_t len = IPV6_HDR + (uint32_t)(m->body.p[4] << 8 | m->body.p[5]);

	return e->info >= IPV6_MIN_MTU && e->info < len;
}

static void error(
	struct net *n, struct pkt *p, const struct ip_in *in, const struct icmp_msg *m)
{
	struct rcur r = rcur_of(m->body.p, m->body.len);
	struct icmp_quote q;
	struct ip_error e = {
		.iface = in->iface,
		.offender = in->src,
		.type = m->type,
		.code = m->code,
		.info = m->word,
	};

	if (in->cast != IP_UNICAST) { /* nothing of ours can be meant */
		net_drop(n, p, in->iface, NOD_EV_ICMP6_DROP_BROADCAST);
		return;
	}
	if (icmp_quote_parse(&q, NOD_IPV6, &r) < 0 || q.is_fragment || q.carried.len < 8) {
		net_drop(n, p, in->iface, NOD_EV_ICMP6_DROP_QUOTE); /* (H30) */
		return;
	}
	e.src = ipa_from_addr(&q.src);
	e.dst = ipa_from_addr(&q.dst);
	e.protocol = q.protocol;
	e.quoted = q.carried;
	if (!icmp_is_ours(n, p, &e)) {
		net_drop(n, p, in->iface, NOD_EV_ICMP6_DROP_QUOTE);
		return;
	}
	NOTE(n->core, NOD_EV_ICMP6_IN_ERROR, .packet = pkt_public(p),
		.interface = (uint16_t)in->iface->index, .from = m->type, .to = m->code);
	e.error = error_of(m, &e.is_hard);
	if (m->type == ICMPV6_TOO_BIG) {
		if (!is_possible_pmtu(&e, m) || !icmp_is_known(n, &e)) {
			net_drop(n, p, in->iface, NOD_EV_ICMP6_DROP_PMTU);
			return;
		}
		dest_set_pmtu(n, &e.dst, e.info);
	}
	icmp_tell(n, &e);
	pkt_free(p);
}

/* RFC 4443 4.2 (IP6-16). */
static void echo(struct net *n, struct pkt *p, const struct ip_in *in)
{
	struct ip_out o = { .dst = in->src, .protocol = IP_PROTO_ICMPV6 };

	if (n->core->conf.no_echo || ipa_is_any(&in->src)) {
		net_drop(n, p, in->iface, NOD_EV_ICMP6_DROP_TYPE);
		return;
	}
	o.tos = in->tos & 0xfc; /* congestion marks are not echoed */
	if (in->cast == IP_UNICAST)
		o.src = in->dst;
	if (ipa_is_link_local(&in->src) || in->cast != IP_UNICAST)
		o.iface = in->iface;
	p->data[0] = ICMPV6_ECHO_REPLY;
	p->is_looped = p->is_multicast = p->is_broadcast = 0;
	p->l2 = p->l3 = NULL;
	NOTE(n->core, NOD_EV_ICMP6_ECHO, .packet = pkt_public(p),
		.interface = (uint16_t)in->iface->index);
	icmp6_send(n, &o, p);
}

void icmp6_input(void *self, struct pkt *p, const struct ip_in *in)
{
	struct net *n = self;
	struct icmp_msg m;

	NOTE(n->core, NOD_EV_ICMP6_IN, .packet = pkt_public(p),
		.interface = (uint16_t)in->iface->index);
	if (p->len < 4 || !pkt_linear(p, p->len < 2048 ? p->len : 128)) {
		net_drop(n, p, in->iface, NOD_EV_ICMP6_DROP_SHORT);
		return;
	}
	if (!ip_sum_ok(p, in)) {
		net_drop(n, p, in->iface, NOD_EV_ICMP6_DROP_CHECKSUM);
		return;
	}

	struct rcur r = rcur_of(p->data, p->lin);

	if (icmp_parse(&m, NOD_IPV6, &r) < 0) {
		net_drop(n, p, in->iface, NOD_EV_ICMP6_DROP_SHORT);
		return;
	}
	switch (m.type) {
	case ICMPV6_ECHO_REQUEST:
		echo(n, p, in);
		break;
	case ND_ROUTER_SOLICIT:
	case ND_ROUTER_ADVERT:
	case ND_NEIGHBOUR_SOLICIT:
	case ND_NEIGHBOUR_ADVERT:
	case ND_REDIRECT:
		nd_input(n, p, in);
		break;
	case MLD_QUERY:
	case MLD_REPORT_V1:
	case MLD_DONE:
	case MLD_REPORT_V2:
		mld_input(n, p, in);
		break;
	case ICMPV6_ECHO_REPLY: /* raw sockets have had it */
		pkt_free(p);
		break;
	default:
		if (m.type < 128)
			error(n, p, in, &m);
		else
			net_drop(n, p, in->iface, NOD_EV_ICMP6_DROP_TYPE);
		break;
	}
}
