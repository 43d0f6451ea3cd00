/* SPDX-License-Identifier: ISC */
/*
 * icmp.c - what ICMP and ICMPv6 have in common: how many errors are sent, and what they quote
 *
 * RFC 1812 4.3.2.8, RFC 4443 2.4 (f) (IP6-13): a bucket for all, whose size varies by chance so
 * that nobody can count with it what others asked for (H33, CVE-2020-25705), and one for each
 * of a fixed number of destinations, by a keyed hash.
 *
 * Neighbours: icmp4.c, icmp6.c.
 */
#include <errno.h>
#include <stdlib.h>

#include "../base/checksum.h"
#include "icmp_wire.h"
#include "ip_internal.h"

enum { BUCKETS = 256, BURST = 50, BURST_OF_ONE = 6, OF_ONE_PER_SECOND = 10 };

/* Times at which the next token is there: credit is the distance from now. */
struct icmp_limits {
	nod_ns all;
	nod_ns of_one[BUCKETS];
};

int icmp_init(struct net *n)
{
	n->icmp = calloc(1, sizeof(*n->icmp));
	if (!n->icmp)
		return -ENOMEM;
	n->icmp->all = n->core->now - NOD_S;
	for (unsigned i = 0; i < BUCKETS; i++)
		n->icmp->of_one[i] = n->core->now - NOD_S;
	return 0;
}

void icmp_end(struct net *n)
{
	free(n->icmp);
	n->icmp = NULL;
}

/* Whether a token of @gap each, at most @burst saved, is there; it is not yet taken. */
static bool has_token(nod_ns *at, nod_ns now, nod_ns gap, uint32_t burst)
{
	if (*at < now - gap * burst)
		*at = now - gap * burst;
	return *at + gap <= now;
}

bool icmp_may_send(struct net *n, const struct ipa *to)
{
	struct icmp_limits *l = n->icmp;
	nod_ns now = n->core->now;
	nod_ns gap = NOD_S / n->core->conf.icmp_errors_per_second;
	nod_ns gap_of_one = NOD_S / OF_ONE_PER_SECOND;
	nod_ns *one = &l->of_one[siphash13(&n->core->key, to, sizeof(*to)) % BUCKETS];
	uint32_t burst = BURST - prng_below(&n->core->prng, BURST / 8);

	if (!has_token(&l->all, now, gap, burst) ||
		!has_token(one, now, gap_of_one, BURST_OF_ONE)) {
		NOTE(n->core, ipa_is_v4(to) ? NOD_EV_ICMP4_DROP_RATE : NOD_EV_ICMP6_DROP_RATE,
			.dst = ipa_to_addr(to, 0));
		return false;
	}
	l->all += gap;
	*one += gap_of_one;
	return true;
}

bool icmp_is_ours(const struct net *n, const struct pkt *p, const struct ip_error *e)
{
	bool is_within = ipa_is_loopback(&e->src) || ipa_is_loopback(&e->dst) ||
		ifaddr_is_ours(n, NULL, &e->dst);

	/* no other host sees what stays in this one, so none can send an error about it */
	if (is_within && !p->is_looped)
		return false;
	return ipa_is_loopback(&e->src) ||
		ifaddr_is_ours(n, ipa_is_link_local(&e->src) && !p->is_looped ? e->iface : NULL,
			&e->src);
}

void icmp_report(struct net *n, const struct pkt *p, struct iface *i, enum icmp_report what,
	uint32_t info)
{
	if (!p->l3 || n->is_ending)
		return;
	if (p->l3[0] >> 4 == 4)
		icmp4_report(n, p, i, what, info);
	else if (p->l3[0] >> 4 == 6)
		icmp6_report(n, p, i, what, info);
}

void icmp_redirect_send(
	struct net *n, const struct pkt *p, struct iface *i, const struct ipa *next_hop)
{
	if (ipa_is_v4(next_hop))
		icmp4_redirect_send(n, p, i, next_hop);
	else
		icmp6_redirect_send(n, p, i, next_hop);
}

/*
 * The checksum of @p was put off, and who sent it knows only the one that would have gone over a
 * wire: into @quote, @len octets from p->l3 on.  A super-segment has none of its own.
 */
static void finish_quoted_sum(const struct pkt *p, uint8_t *quote, uint32_t len)
{
	uint32_t taken = (uint32_t)(p->data - p->l3); /* octets before data */
	uint32_t header;
	uint16_t field;

	if (p->sum != PKT_SUM_TO_FILL || p->gso || !p->l4 || p->l4 < p->data)
		return;
	header = (uint32_t)(p->l4 - p->l3);
	if (header + p->sum_offset + sizeof(field) > len)
		return; /* not quoted */
	field = checksum_end(pkt_checksum(p, header - taken, p->len - (header - taken)));
	octets_put_u16(quote + header + p->sum_offset, field ? field : 0xffff);
}

struct pkt *icmp_quoting(struct net *n, const struct pkt *p, uint32_t most)
{
	/* the header may have been taken off already: it stands before data */
	uint32_t before = (uint32_t)(p->data - p->l3);
	uint32_t len = before + p->len < most ? before + p->len : most;
	struct pkt *e = pkt_new(n->core->pool, ICMP_HDR_LEN + len);
	uint8_t *quote;

	if (!e)
		return NULL;
	quote = pkt_put(e, ICMP_HDR_LEN + len) + ICMP_HDR_LEN;
	if (before)
		memcpy(quote, p->l3, before < len ? before : len);
	if (len > before)
		pkt_copy_out(p, 0, quote + before, len - before);
	finish_quoted_sum(p, quote, len);
	return e;
}
