/* SPDX-License-Identifier: ISC */
/*
 * source6.c - which IPv6 address to send from
 *
 * RFC 6724 5, rules 1 to 8 in order, with the policy table of 2.1.  Rule 5.5 asks which router
 * told of which prefix, and RFC 8028 which router a source then belongs to: nd_router.c knows.
 *
 * Neighbours: ifaddr.c, nd.h, ip.c (the other way round: a router for a source).
 */
#include "ip_internal.h"
#include "nd.h"

enum { SCOPE_LINK = 2, SCOPE_SITE = 5, SCOPE_GLOBAL = 14 };

static int scope_of(const struct ipa *a)
{
	if (ipa_is_multicast(a))
		return a->o[1] & 15;
	if (ipa_is_link_local(a) || ipa_is_loopback(a))
		return SCOPE_LINK;
	if (a->o[0] == 0xfe && (a->o[1] & 0xc0) == 0xc0)
		return SCOPE_SITE;
	return SCOPE_GLOBAL;
}

static int label_of(const struct ipa *a)
{
	static const struct {
		struct ipa prefix;
		uint8_t len, label;
	} policy[] = { /* the longest first */
		{ { .o = { [15] = 1 } }, 128, 0 },
		{ { .o = { 0x20, 0x01 } }, 32, 5 },
		{ { .o = { 0x20, 0x02 } }, 16, 2 },
		{ { .o = { 0x3f, 0xfe } }, 16, 12 },
		{ { .o = { 0xfe, 0xc0 } }, 10, 11 },
		{ { .o = { 0xfc } }, 7, 13 },
	};

	for (unsigned k = 0; k < sizeof(policy) / sizeof(policy[0]); k++)
		if (ipa_same_prefix(a, &policy[k].prefix, policy[k].len))
			return policy[k].label;
	return 1;
}

static unsigned common_bits(const struct ipa *a, const struct ipa *b, unsigned most)
{
	unsigned n = 0;

	while (n < most && ipa_same_prefix(a, b, n + 1))
		n++;
	return n;
}

/* Rule 5.5: whether @hop, by which it goes, told of the prefix of @a. */
static bool is_of_hop(const struct ifaddr *a, const struct ipa *hop)
{
	return hop && nd_router_has(a->netif, hop, &a->addr);
}

/* Whether @a is better than @b to send to @dst from, by @hop (NULL: not known). */
static bool is_better(const struct ifaddr *a, const struct ifaddr *b, const struct ipa *dst,
	const struct ipa *hop)
{
	int to = scope_of(dst), scope_a = scope_of(&a->addr), scope_b = scope_of(&b->addr);
	bool deprecated_a = a->state == IFADDR_DEPRECATED;
	bool deprecated_b = b->state == IFADDR_DEPRECATED;
	bool label_a = label_of(&a->addr) == label_of(dst);
	bool label_b = label_of(&b->addr) == label_of(dst);

	if (ipa_equal(&a->addr, dst) != ipa_equal(&b->addr, dst)) /* rule 1 */
		return ipa_equal(&a->addr, dst);
	if (scope_a != scope_b) /* rule 2 */
		return scope_a < scope_b ? scope_a >= to : scope_b < to;
	if (deprecated_a != deprecated_b) /* rule 3 */
		return deprecated_b;
	if (is_of_hop(a, hop) != is_of_hop(b, hop)) /* 5.5; 4 and 5 do not arise here */
		return is_of_hop(a, hop);
	if (label_a != label_b) /* rule 6 */
		return label_a;
	if ((a->origin == IFADDR_TEMPORARY) != (b->origin == IFADDR_TEMPORARY)) /* rule 7 */
		return a->origin == IFADDR_TEMPORARY;
	return common_bits(&a->addr, dst, a->prefix_len) > /* rule 8 */
		common_bits(&b->addr, dst, b->prefix_len);
}

static const struct ifaddr *best_of(const struct netif *i, const struct ipa *dst,
	const struct ipa *hop, const struct ifaddr *best)
{
	for (const struct ifaddr *a = i->addrs; a; a = a->next) {
		if (ipa_is_v4(&a->addr) ||
			(a->state != IFADDR_PREFERRED && a->state != IFADDR_DEPRECATED))
			continue;
		if (!best || is_better(a, best, dst, hop))
			best = a;
	}
	return best;
}

bool source_select6(
	const struct netif *i, const struct ipa *dst, const struct ipa *hop, struct ipa *out)
{
	const struct ifaddr *best = best_of(i, dst, hop, NULL);
	struct net *n = i->net;

	/* RFC 6724 4: of the sending interface; of others only when it has none of the scope */
	if ((!best || scope_of(&best->addr) < scope_of(dst)) && scope_of(dst) > SCOPE_LINK)
		for (unsigned k = 1; k <= n->link->n_iface; k++) {
			struct iface *f = iface_at(n->link, k);

			if (f && netif_of(f) && netif_of(f) != i && f->kind == IFACE_ETHERNET)
				best = best_of(netif_of(f), dst, NULL, best);
		}
	if (best)
		*out = best->addr;
	return best;
}
