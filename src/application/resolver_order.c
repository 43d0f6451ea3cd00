/* SPDX-License-Identifier: ISC */
/*
 * resolver_order.c - which of several addresses is best tried first
 *
 * RFC 6724 6, rules 1, 2, 3, 5, 6, 8, 9 and 10; rules 4 (home addresses) and 7 (encapsulation)
 * have nothing to look at here.  Asks the routing table, sends nothing.
 *
 * Neighbours: resolver.h, network/route.h.
 */
#include "../network/route.h"
#include "resolver.h"

/* RFC 6724 2.1's table, but for what is long out of use. */
static const struct policy {
	struct ipa prefix;
	uint8_t len, precedence, label;
} policies[] = {
	{ { .o = { [15] = 1 } }, 128, 50, 0 },
	{ { .o = { 0x20, 0x02 } }, 16, 30, 2 },
	{ { .o = { 0x20, 0x01 } }, 32, 5, 5 },
	{ { .o = { 0xfc } }, 7, 3, 13 },
};
static const struct policy policy_v4 = { .precedence = 35, .label = 4 };
static const struct policy policy_other = { .precedence = 40, .label = 1 };

static const struct policy *policy_of(const struct ipa *a)
{
	if (ipa_is_v4(a))
		return &policy_v4;
	for (unsigned k = 0; k < sizeof(policies) / sizeof(policies[0]); k++)
		if (ipa_same_prefix(a, &policies[k].prefix, policies[k].len))
			return &policies[k];
	return &policy_other;
}

/* RFC 4291 2.7's numbers, RFC 6724 3.2 for IPv4. */
static unsigned scope_of(const struct ipa *a)
{
	if (!ipa_is_v4(a) && ipa_is_multicast(a))
		return a->o[1] & 15;
	return ipa_is_link_local(a) || ipa_is_loopback(a) ? 2 : 14;
}

struct judged {
	struct nod_addr addr;
	struct ipa dst, src;
	bool has_way, is_deprecated;
};

static void judge(const struct nod_stack *s, const struct nod_addr *a, struct judged *j)
{
	const struct iface *zone = a->zone ? iface_at(&s->link, a->zone) : NULL;
	const struct route *r;
	const struct ifaddr *own;

	*j = (struct judged){ .addr = *a, .dst = ipa_from_addr(a) };
	if (ifaddr_is_ours(&s->net, NULL, &j->dst)) {
		j->has_way = true;
		j->src = j->dst;
		return;
	}
	r = route_find(&s->net, &j->dst, zone);
	j->has_way = r && source_select(netif_of(r->iface), &j->dst,
					   ipa_is_any(&r->gateway) ? NULL : &r->gateway,
					   &j->src);
	if (!j->has_way)
		return;
	own = ifaddr_find(&s->net, NULL, &j->src);
	j->is_deprecated = own && own->state == IFADDR_DEPRECATED;
}

static unsigned common_bits(const struct ipa *a, const struct ipa *b)
{
	unsigned n = 0;

	while (n < 128 && ((a->o[n / 8] ^ b->o[n / 8]) >> (7 - n % 8) & 1) == 0)
		n++;
	return n;
}

/* Negative: @a first. */
static int compare(const struct judged *a, const struct judged *b)
{
	const struct policy *pa = policy_of(&a->dst), *pb = policy_of(&b->dst);

	if (a->has_way != b->has_way) /* 1 */
		return b->has_way - a->has_way;
	if (a->has_way) {
		bool sa = scope_of(&a->dst) == scope_of(&a->src);
		bool sb = scope_of(&b->dst) == scope_of(&b->src);
		bool la = pa->label == policy_of(&a->src)->label;
		bool lb = pb->label == policy_of(&b->src)->label;

		if (sa != sb) /* 2 */
			return sb - sa;
		if (a->is_deprecated != b->is_deprecated) /* 3 */
			return a->is_deprecated - b->is_deprecated;
		if (la != lb) /* 5 */
			return lb - la;
	}
	if (pa->precedence != pb->precedence) /* 6 */
		return pb->precedence - pa->precedence;
	if (scope_of(&a->dst) != scope_of(&b->dst)) /* 8 */
		return (int)scope_of(&a->dst) - (int)scope_of(&b->dst);
	if (a->has_way && !ipa_is_v4(&a->dst) && !ipa_is_v4(&b->dst)) /* 9 */
		return (int)common_bits(&b->dst, &b->src) - (int)common_bits(&a->dst, &a->src);
	return 0; /* 10 */
}

void resolver_order(const struct nod_stack *s, struct nod_addr *list, unsigned n)
{
	struct judged j[NOD_HOST_ADDRS];

	for (unsigned k = 0; k < n; k++) {
		struct judged it;
		unsigned at = k;

		judge(s, &list[k], &it);
		for (; at && compare(&it, &j[at - 1]) < 0; at--)
			j[at] = j[at - 1];
		j[at] = it;
	}
	for (unsigned k = 0; k < n; k++)
		list[k] = j[k].addr;
}
