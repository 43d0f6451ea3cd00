/* SPDX-License-Identifier: ISC */
/*
 * icmp_wire.c - ICMP and ICMPv6 messages, octets to struct and back
 *
 * RFC 792, RFC 4443 2.1 and 3, RFC 1191 4 (next-hop MTU), RFC 8200 4 (extension headers of a
 * quoted packet).  Does not read RFC 4884's extension objects, and does not decide what an
 * error means for whom: who sent the quoted packet does.
 *
 * Neighbours: icmp_wire.h.
 */
#include "icmp_wire.h"

#include <errno.h>

#include "../base/checksum.h"

enum icmp_kind icmp_kind(enum nod_family family, uint8_t type)
{
	if (family == NOD_IPV6) {
		if (type == ICMPV6_ECHO_REQUEST)
			return ICMP_ECHO_ASK;
		if (type == ICMPV6_ECHO_REPLY)
			return ICMP_ECHO_ANSWER;
		return type < 128 ? ICMP_ERROR : ICMP_OTHER; /* RFC 4443 2.1 */
	}
	switch (type) {
	case ICMPV4_ECHO_REQUEST:
		return ICMP_ECHO_ASK;
	case ICMPV4_ECHO_REPLY:
		return ICMP_ECHO_ANSWER;
	case ICMPV4_UNREACHABLE:
	case ICMPV4_SOURCE_QUENCH:
	case ICMPV4_REDIRECT:
	case ICMPV4_TIME_EXCEEDED:
	case ICMPV4_PARAMETER_PROBLEM:
		return ICMP_ERROR;
	default:
		return ICMP_OTHER;
	}
}

static bool is_echo(const struct icmp_msg *m)
{
	enum icmp_kind k = icmp_kind(m->family, m->type);

	return k == ICMP_ECHO_ASK || k == ICMP_ECHO_ANSWER;
}

uint32_t icmp_mtu(const struct icmp_msg *m)
{
	if (m->family == NOD_IPV6)
		return m->type == ICMPV6_TOO_BIG ? m->word : 0;
	return m->type == ICMPV4_UNREACHABLE && m->code == 4 ? m->word & 0xffff : 0;
}

int icmp_parse(struct icmp_msg *m, enum nod_family family, struct rcur *r)
{
	*m = (struct icmp_msg){ .family = family };
	m->type = rcur_u8(r);
	m->code = rcur_u8(r);
	m->sum = rcur_u16(r);
	if (is_echo(m)) {
		m->id = rcur_u16(r);
		m->seq = rcur_u16(r);
	} else {
		m->word = rcur_u32(r);
	}
	m->body = rcur_rest(r);
	return r->bad ? -EBADMSG : 0;
}

int icmp_emit(const struct icmp_msg *m, uint64_t pseudo, struct wcur *w)
{
	size_t start = w->at;

	wcur_u8(w, m->type);
	wcur_u8(w, m->code);
	wcur_u16(w, 0);
	if (is_echo(m)) {
		wcur_u16(w, m->id);
		wcur_u16(w, m->seq);
	} else {
		wcur_u32(w, m->word);
	}
	wcur_put(w, m->body.p, m->body.len);
	if (w->bad)
		return -EMSGSIZE;

	uint16_t sum = checksum_end(checksum_add(pseudo, w->buf + start, w->at - start));
	struct wcur field = wcur_of(w->buf + start + 2, 2);
	wcur_u16(&field, sum);
	return 0;
}

uint64_t icmpv6_pseudo(const struct nod_addr *src, const struct nod_addr *dst, uint32_t len)
{
	uint8_t pseudo[IPV6_HDR_LEN] = { 0 };
	struct wcur w = wcur_of(pseudo, sizeof(pseudo));

	wcur_put(&w, src->octet, 16);
	wcur_put(&w, dst->octet, 16);
	wcur_u32(&w, len);
	wcur_u32(&w, IP_PROTOCOL_ICMPV6); /* three octets of zero, then the next header */
	return checksum_add(0, pseudo, sizeof(pseudo));
}

bool icmp_sum_ok(const void *message, size_t len, uint64_t pseudo)
{
	return checksum_end(checksum_add(pseudo, message, len)) == 0;
}

static void read_addr(struct rcur *r, enum nod_family family, struct nod_addr *a)
{
	*a = (struct nod_addr){ .family = (uint8_t)family };
	rcur_copy(r, a->octet, family == NOD_IPV4 ? 4 : 16);
}

/*
 * @whole: octets that the quoted packet says it has, from where @r stood at @start.  What lies
 * behind them is not its: padding, and extensions of the message (RFC 4884).  One that says it
 * has less than its headers says nothing.
 */
static void leave_extensions(struct rcur *r, size_t start, size_t whole)
{
	if (r->at - start < whole && r->len - start > whole)
		r->len = start + whole;
}

static int quote_parse_v4(struct icmp_quote *q, struct rcur *r)
{
	size_t start = r->at;
	uint8_t first = rcur_u8(r);
	unsigned header_len = (first & 0x0fu) * 4u;
	uint16_t whole;

	rcur_skip(r, 1); /* service */
	whole = rcur_u16(r); /* may exceed the quote */
	rcur_skip(r, 2);     /* identification */
	q->is_fragment = (rcur_u16(r) & 0x1fff) != 0;
	rcur_skip(r, 1); /* time to live */
	q->protocol = rcur_u8(r);
	rcur_skip(r, 2); /* checksum */
	read_addr(r, NOD_IPV4, &q->src);
	read_addr(r, NOD_IPV4, &q->dst);
	if (r->bad || first >> 4 != 4 || header_len < IPV4_HDR_MIN)
		return -EBADMSG;
	rcur_skip(r, header_len - IPV4_HDR_MIN);
	leave_extensions(r, start, whole);
	return r->bad ? -EBADMSG : 0;
}

/* Extension headers that may stand before what the packet carries; RFC 8200 4.1, 4302. */
enum { IPV6_HOP_BY_HOP = 0, IPV6_ROUTING = 43, IPV6_FRAGMENT = 44, IPV6_AUTHENTICATION = 51,
	IPV6_DESTINATION = 60 };

static int quote_parse_v6(struct icmp_quote *q, struct rcur *r)
{
	size_t start = r->at;
	uint32_t first = rcur_u32(r);
	uint16_t payload = rcur_u16(r); /* may exceed the quote */

	q->protocol = rcur_u8(r);
	rcur_skip(r, 1); /* hop limit */
	read_addr(r, NOD_IPV6, &q->src);
	read_addr(r, NOD_IPV6, &q->dst);
	if (r->bad || first >> 28 != 6)
		return -EBADMSG;
	leave_extensions(r, start, (size_t)IPV6_HDR_LEN + payload);

	for (;;) { /* ends: each turn takes at least eight octets or fails */
		uint8_t here = q->protocol;
		uint8_t next, len;

		if (here != IPV6_HOP_BY_HOP && here != IPV6_ROUTING && here != IPV6_FRAGMENT &&
			here != IPV6_AUTHENTICATION && here != IPV6_DESTINATION)
			return 0;
		next = rcur_u8(r);
		len = rcur_u8(r);
		if (here == IPV6_FRAGMENT) {
			q->is_fragment |= (rcur_u16(r) & 0xfff8) != 0;
			rcur_skip(r, 4);
		} else if (here == IPV6_AUTHENTICATION) {
			rcur_skip(r, (size_t)(len + 2) * 4 - 2); /* RFC 4302 2.2: words - 2 */
		} else {
			rcur_skip(r, (size_t)(len + 1) * 8 - 2);
		}
		if (r->bad)
			return -EBADMSG;
		q->protocol = next;
		if (q->is_fragment) /* what follows is not a header */
			return 0;
	}
}

int icmp_quote_parse(struct icmp_quote *q, enum nod_family family, struct rcur *r)
{
	*q = (struct icmp_quote){ 0 };

	int err = family == NOD_IPV6 ? quote_parse_v6(q, r) : quote_parse_v4(q, r);

	if (!err)
		q->carried = rcur_rest(r);
	return err;
}
