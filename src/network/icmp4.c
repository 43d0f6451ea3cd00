/* SPDX-License-Identifier: ISC */
/*
 * icmp4.c - ICMP: echo answered, errors sent and heard
 *
 * RFC 792, RFC 1122 3.2.2, RFC 1812 4.3, RFC 1191 (path MTU), RFC 6633 (source quench is not
 * heard), RFC 5927 (what an error may do).  Timestamps and masks are not answered (H33), and
 * nothing is recorded in the options of an echo.
 *
 * Neighbours: icmp.h, icmp_wire.h (the messages), icmp.c (how many).
 */
#include <errno.h>

#include "../base/checksum.h"
#include "icmp_wire.h"
#include "ip_internal.h"
#include "ipv4_wire.h"

enum {
	CODE_NET = 0,
	CODE_HOST = 1,
	CODE_PROTOCOL = 2,
	CODE_PORT = 3,
	CODE_TOO_BIG = 4,
	CODE_PROHIBITED = 13,
	CODE_REASSEMBLY = 1,
	CODE_REDIRECT_HOST = 1,
	CODE_REDIRECT_LAST = 3,
	QUOTE_MOST = 576 - IPV4_HDR_LEAST - ICMP_HDR_LEN, /* RFC 1812 4.3.2.3 */
	TOS_INTERNETWORK_CONTROL = 0xc0,		  /* RFC 1812 4.3.2.5 */
	LINEAR = 128,	      /* octets: a header, and a quoted one with what it needs */
	TYPE_TIMESTAMP = 13,  /* the first of the questions and answers that are no echo ... */
	TYPE_MASK_REPLY = 18, /* ... and the last: RFC 792, RFC 950 */
};

/* ---- sent -------------------------------------------------------------------------- */

/* Whether an ICMP message is surely no error: RFC 1122 3.2.2, RFC 1812 4.3.2.7. */
static bool is_no_error(uint8_t type)
{
	return icmp_kind(NOD_IPV4, type) == ICMP_ECHO_ASK ||
		icmp_kind(NOD_IPV4, type) == ICMP_ECHO_ANSWER ||
		(type >= TYPE_TIMESTAMP && type <= TYPE_MASK_REPLY);
}

/* Whether an error about @h may be sent (IP4-10). */
static bool may_report(const struct net *n, const struct pkt *p, const struct iface *i,
	const struct ipv4_hdr *h, const uint8_t *after, size_t left)
{
	if (p->is_multicast || p->is_broadcast || h->offset)
		return false;
	if (ipa_is_multicast(&h->dst) || ipa_v4(&h->dst) == UINT32_MAX ||
		(i && ifaddr_is_broadcast(netif_of(i), &h->dst)))
		return false;
	/* no single host */
	if (h->src.o[12] == 0 || h->src.o[12] >= 224 ||
		(i && ifaddr_is_broadcast(netif_of(i), &h->src)) ||
		(h->src.o[12] == 127 && !p->is_looped && !ifaddr_is_ours(n, NULL, &h->src)))
		return false;
	return h->protocol != IP_PROTO_ICMP || (left && is_no_error(after[0]));
}

/* Put @m before what @p quotes and send it to @to. */
static void send_quoting(struct net *n, const struct pkt *p, struct iface *i,
	struct icmp_msg *m, const struct ipv4_hdr *h)
{
	struct ip_out o = {
		.dst = h->src,
		.src = IPA_ANY4,
		.protocol = IP_PROTO_ICMP,
		.tos = TOS_INTERNETWORK_CONTROL,
		.pmtu = IP_PMTU_DONT,
	};
	struct pkt *e = icmp_quoting(n, p, QUOTE_MOST);
	struct wcur w;

	if (!e)
		return;
	m->body = (struct span){ e->data + ICMP_HDR_LEN, e->len - ICMP_HDR_LEN };
	w = wcur_of(e->data, ICMP_HDR_LEN);

	uint8_t head[ICMP_HDR_LEN] = { m->type, m->code, 0, 0, (uint8_t)(m->word >> 24),
		(uint8_t)(m->word >> 16), (uint8_t)(m->word >> 8), (uint8_t)m->word };
	uint16_t sum = checksum_end(
		checksum_add(checksum_add(0, head, sizeof(head)), m->body.p, m->body.len));

	head[2] = (uint8_t)(sum >> 8);
	head[3] = (uint8_t)sum;
	wcur_put(&w, head, sizeof(head));
	e->sum = PKT_SUM_FILLED;
	/*
	 * From the address that was spoken to, when it is ours (RFC 1122 3.2.2), else from one of
	 * the interface by which it leaves (RFC 1812 4.3.2.4).
	 */
	if (ifaddr_is_ours(n, NULL, &h->dst) || (p->is_looped && h->dst.o[12] == 127))
		o.src = h->dst;
	if (i && ipa_is_link_local(&h->src))
		o.iface = i;
	NOTE(n->core, NOD_EV_ICMP4_OUT_ERROR, .packet = pkt_public(p),
		.interface = (uint16_t)(i ? i->index : 0), .from = m->type, .to = m->code);
	NOTE(n->core, NOD_EV_ICMP4_OUT, .packet = pkt_public(e));
	ip_send(n, &o, e);
}

static bool shape(struct icmp_msg *m, enum icmp_report what, uint32_t info)
{
	static const struct {
		uint8_t type, code;
	} row[] = {
		[ICMP_REPORT_NET_UNREACHABLE] = { ICMPV4_UNREACHABLE, CODE_NET },
		[ICMP_REPORT_HOST_UNREACHABLE] = { ICMPV4_UNREACHABLE, CODE_HOST },
		[ICMP_REPORT_PROTOCOL_UNREACHABLE] = { ICMPV4_UNREACHABLE, CODE_PROTOCOL },
		[ICMP_REPORT_PORT_UNREACHABLE] = { ICMPV4_UNREACHABLE, CODE_PORT },
		[ICMP_REPORT_TOO_BIG] = { ICMPV4_UNREACHABLE, CODE_TOO_BIG },
		[ICMP_REPORT_PROHIBITED] = { ICMPV4_UNREACHABLE, CODE_PROHIBITED },
		[ICMP_REPORT_TTL] = { ICMPV4_TIME_EXCEEDED, 0 },
		[ICMP_REPORT_REASSEMBLY] = { ICMPV4_TIME_EXCEEDED, CODE_REASSEMBLY },
		[ICMP_REPORT_BAD_HEADER] = { ICMPV4_PARAMETER_PROBLEM, 0 },
	};

	if ((size_t)what >= sizeof(row) / sizeof(row[0]) || !row[what].type)
		return false;
	m->type = row[what].type;
	m->code = row[what].code;
	m->word = what == ICMP_REPORT_TOO_BIG  ? info & 0xffff :
		what == ICMP_REPORT_BAD_HEADER ? info << 24 :
						 0;
	return true;
}

void icmp4_report(struct net *n, const struct pkt *p, struct iface *i, enum icmp_report what,
	uint32_t info)
{
	uint32_t before = (uint32_t)(p->data - p->l3);
	struct rcur r = rcur_of(p->l3, before + p->lin);
	struct icmp_msg m = { .family = NOD_IPV4 };
	struct ipv4_hdr h;

	if (ipv4_parse(&h, &r) < 0 || !shape(&m, what, info) ||
		!may_report(n, p, i, &h, r.buf + r.at, rcur_left(&r)) ||
		!icmp_may_send(n, &h.src))
		return;
	send_quoting(n, p, i, &m, &h);
}

void icmp4_redirect_send(
	struct net *n, const struct pkt *p, struct iface *i, const struct ipa *next_hop)
{
	struct rcur r = rcur_of(p->l3, (uint32_t)(p->data - p->l3) + p->lin);
	struct icmp_msg m = {
		.family = NOD_IPV4,
		.type = ICMPV4_REDIRECT,
		.code = CODE_REDIRECT_HOST,
		.word = ipa_v4(next_hop),
	};
	struct ipv4_hdr h;

	if (ipv4_parse(&h, &r) < 0 || !may_report(n, p, i, &h, r.buf + r.at, rcur_left(&r)) ||
		!icmp_may_send(n, &h.src))
		return;
	send_quoting(n, p, i, &m, &h);
}

/* ---- heard ------------------------------------------------------------------------- */

/* As Linux maps them (net/ipv4: what connect(2) and recv(2) return). */
static int error_of(uint8_t type, uint8_t code, bool *is_hard)
{
	static const struct {
		int error;
		bool is_hard;
	} unreachable[] = {
		{ ENETUNREACH, false },	 /* net */
		{ EHOSTUNREACH, false }, /* host */
		{ ENOPROTOOPT, true },	 /* protocol */
		{ ECONNREFUSED, true },	 /* port */
		{ EMSGSIZE, false },	 /* fragmentation needed: IP_PMTU_DO alone minds */
		{ EOPNOTSUPP, false },	 /* source route failed */
		{ ENETUNREACH, true },	 /* net unknown */
		{ EHOSTDOWN, true },	 /* host unknown */
		{ ENONET, true },	 /* host isolated */
		{ ENETUNREACH, true },	 /* net prohibited */
		{ EHOSTUNREACH, true },	 /* host prohibited */
		{ ENETUNREACH, false },	 /* net, for this service */
		{ EHOSTUNREACH, false }, /* host, for this service */
		{ EHOSTUNREACH, true },	 /* communication prohibited */
		{ EHOSTUNREACH, true },	 /* precedence violation */
		{ EHOSTUNREACH, true },	 /* precedence cutoff */
	};

	*is_hard = false;
	if (type == ICMPV4_PARAMETER_PROBLEM) {
		*is_hard = true;
		return EPROTO;
	}
	if (type != ICMPV4_UNREACHABLE || code >= sizeof(unreachable) / sizeof(unreachable[0]))
		return EHOSTUNREACH;
	*is_hard = unreachable[code].is_hard;
	return unreachable[code].error;
}

/* RFC 1191 7.1: when an old router does not say the MTU, the next plateau below is tried. */
static uint32_t plateau_below(uint32_t len)
{
	static const uint16_t plateau[] = { 32000, 17914, 8166, 4352, 2002, 1492, 1006, 508,
		296, 68 };

	for (unsigned i = 0; i < sizeof(plateau) / sizeof(plateau[0]); i++)
		if (plateau[i] < len)
			return plateau[i];
	return IPV4_MIN_MTU;
}

static bool learn_pmtu(struct net *n, struct ip_error *e, const struct icmp_msg *m)
{
	uint32_t mtu = icmp_mtu(m);
	uint32_t len = (uint32_t)(m->body.p[2] << 8 | m->body.p[3]); /* of the quoted packet */

	if (mtu == 0)
		mtu = plateau_below(len);
	if (mtu >= len) /* it would have fitted (H32) */
		return false;
	dest_set_pmtu(n, &e->dst, mtu);
	e->info = mtu < IPV4_PMTU_LEAST ? IPV4_PMTU_LEAST : mtu;
	return true;
}

static void redirect(struct net *n, struct pkt *p, const struct ip_in *in,
	const struct icmp_msg *m, const struct ip_error *e)
{
	struct ipa hop = ipa_of_v4(m->word);
	bool is_on_link = false;

	for (const struct ifaddr *a = netif_of(in->iface)->addrs; a; a = a->next)
		if (ipa_is_v4(&a->addr) && a->state <= IFADDR_DEPRECATED &&
			a->state != IFADDR_TENTATIVE &&
			ipa_same_prefix(&a->addr, &hop, a->prefix_len))
			is_on_link = true;
	/*
	 * RFC 1122 3.2.2.2 (H31): from the present first hop, to a neighbour that is not
	 * ourselves, and not from the destination about itself.
	 */
	if (n->core->conf.no_redirects || netif_of(in->iface)->is_forwarding ||
		m->code > CODE_REDIRECT_LAST || !is_on_link || ifaddr_is_ours(n, NULL, &hop) ||
		ifaddr_is_broadcast(netif_of(in->iface), &hop) ||
		ipa_equal(&e->dst, &in->src) || !dest_uses(n, &e->dst, &in->src) ||
		!icmp_is_known(n, e)) {
		net_drop(n, p, in->iface, NOD_EV_ICMP4_DROP_REDIRECT);
		return;
	}
	dest_redirect(n, in->iface, &e->dst, &hop);
	pkt_free(p);
}

static void error(
	struct net *n, struct pkt *p, const struct ip_in *in, const struct icmp_msg *m)
{
	struct rcur r = rcur_of(m->body.p, m->body.len);
	struct icmp_quote q;
	struct ip_error e = {
		.iface = in->iface,
		.offender = in->src,
		.is_v4 = true,
		.type = m->type,
		.code = m->code,
	};

	if (m->type == ICMPV4_SOURCE_QUENCH) { /* RFC 6633 2, RFC 9293 MUST-55 */
		net_drop(n, p, in->iface, NOD_EV_ICMP4_DROP_TYPE);
		return;
	}
	if (in->cast != IP_UNICAST) { /* nothing of ours can be meant */
		net_drop(n, p, in->iface, NOD_EV_ICMP4_DROP_BROADCAST);
		return;
	}
	if (icmp_quote_parse(&q, NOD_IPV4, &r) < 0 || q.is_fragment || q.carried.len < 8 ||
		(q.protocol == IP_PROTO_ICMP && !is_no_error(q.carried.p[0]))) {
		net_drop(n, p, in->iface, NOD_EV_ICMP4_DROP_QUOTE); /* (H30) */
		return;
	}
	e.src = ipa_from_addr(&q.src);
	e.dst = ipa_from_addr(&q.dst);
	e.protocol = q.protocol;
	e.quoted = q.carried;
	if (!icmp_is_ours(n, p, &e)) {
		net_drop(n, p, in->iface, NOD_EV_ICMP4_DROP_QUOTE);
		return;
	}
	NOTE(n->core, NOD_EV_ICMP4_IN_ERROR, .packet = pkt_public(p),
		.interface = (uint16_t)in->iface->index, .from = m->type, .to = m->code);
	if (m->type == ICMPV4_REDIRECT) {
		redirect(n, p, in, m, &e);
		return;
	}
	e.error = error_of(m->type, m->code, &e.is_hard);
	if (m->type == ICMPV4_PARAMETER_PROBLEM)
		e.info = m->word >> 24;
	if (m->type == ICMPV4_UNREACHABLE && m->code == CODE_TOO_BIG &&
		(!icmp_is_known(n, &e) || !learn_pmtu(n, &e, m))) {
		net_drop(n, p, in->iface, NOD_EV_ICMP4_DROP_PMTU);
		return;
	}
	/* a datagram that lacked a fragment is lost like any other: Linux tells nobody either */
	if (m->type != ICMPV4_TIME_EXCEEDED || m->code != CODE_REASSEMBLY)
		icmp_tell(n, &e);
	pkt_free(p);
}

/* The answer is the question with another type; its data is not touched (IP4-11, H29). */
static void echo(struct net *n, struct pkt *p, const struct ip_in *in)
{
	struct ip_out o = {
		.src = in->dst,
		.dst = in->src,
		.protocol = IP_PROTO_ICMP,
		.tos = in->tos & 0xfc, /* RFC 1122 3.2.2.6; congestion marks are not echoed */
		.pmtu = IP_PMTU_DONT,
	};

	if (n->core->conf.no_echo) {
		net_drop(n, p, in->iface, NOD_EV_ICMP4_DROP_TYPE);
		return;
	}
	if (in->cast != IP_UNICAST && !n->core->conf.answer_broadcast_echo) { /* (H09) */
		net_drop(n, p, in->iface, NOD_EV_ICMP4_DROP_BROADCAST);
		return;
	}
	if (in->cast != IP_UNICAST)
		o.src = IPA_ANY4;
	if (in->cast != IP_UNICAST || ipa_is_link_local(&in->src))
		o.iface = in->iface;
	/* only the type changes, from 8 to 0: RFC 1624 */
	uint16_t sum = (uint16_t)(p->data[2] << 8 | p->data[3]);

	sum = checksum_update(sum, (uint16_t)(p->data[0] << 8), 0);
	p->data[0] = ICMPV4_ECHO_REPLY;
	p->data[2] = (uint8_t)(sum >> 8);
	p->data[3] = (uint8_t)sum;
	p->sum = PKT_SUM_FILLED;
	p->is_looped = p->is_multicast = p->is_broadcast = 0;
	p->l2 = p->l3 = NULL;
	NOTE(n->core, NOD_EV_ICMP4_ECHO, .packet = pkt_public(p),
		.interface = (uint16_t)in->iface->index);
	NOTE(n->core, NOD_EV_ICMP4_OUT, .packet = pkt_public(p));
	ip_send(n, &o, p);
}

void icmp4_input(void *self, struct pkt *p, const struct ip_in *in)
{
	struct net *n = self;
	struct icmp_msg m;

	NOTE(n->core, NOD_EV_ICMP4_IN, .packet = pkt_public(p),
		.interface = (uint16_t)in->iface->index);
	if (!pkt_linear(p, p->len < LINEAR ? p->len : LINEAR) || p->len < ICMP_HDR_LEN) {
		net_drop(n, p, in->iface, NOD_EV_ICMP4_DROP_SHORT);
		return;
	}
	if (p->sum != PKT_SUM_VERIFIED && checksum_end(pkt_checksum(p, 0, p->len)) != 0) {
		net_drop(n, p, in->iface, NOD_EV_ICMP4_DROP_CHECKSUM);
		return;
	}

	struct rcur r = rcur_of(p->data, p->lin);

	if (icmp_parse(&m, NOD_IPV4, &r) < 0) {
		net_drop(n, p, in->iface, NOD_EV_ICMP4_DROP_SHORT);
		return;
	}
	if (m.type == ICMPV4_ECHO_REQUEST)
		echo(n, p, in);
	else if (icmp_kind(NOD_IPV4, m.type) == ICMP_ERROR)
		error(n, p, in, &m);
	else if (m.type == ICMPV4_ECHO_REPLY) /* raw sockets have had it */
		pkt_free(p);
	else
		net_drop(n, p, in->iface, NOD_EV_ICMP4_DROP_TYPE);
}
