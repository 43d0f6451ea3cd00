/* SPDX-License-Identifier: ISC */
/*
 * test_slaac.c - addresses that a host makes for itself (RFC 4862, 7217, 8981), and which of
 * them it sends from (RFC 6724 5)
 */
#include "node6.h"

#define PREFIX ((struct ipa){ .o = { 0x20, 0x01, 0x0d, 0xb9 } })

static struct ifaddr *own(const struct node *n, enum ifaddr_origin origin)
{
	for (struct ifaddr *a = n->f->addrs; a; a = a->next)
		if (a->origin == origin && !ipa_is_v4(&a->addr))
			return a;
	return NULL;
}

static void says(
	struct node *n, uint8_t len, uint32_t valid_s, uint32_t preferred_s, bool is_auto)
{
	const struct letter l = { LOCAL(OTHER), GROUP(1), 0, 0 };
	struct nd_msg m = { .type = ND_ROUTER_ADVERT,
		.lifetime_s = 1800,
		.preference = 1,
		.n_prefixes = 1,
		.prefix = { { PREFIX, len, true, is_auto, valid_s, preferred_s } } };

	node_hears_nd(n, &m, &l);
}

/* Whoever asks for @a from :: is trying it, too. */
static void collide(struct node *n, const struct ipa *a)
{
	const struct letter l = { IPA_ANY6, nd_solicited_node(a), 0, 0 };
	const struct nd_msg m = { .type = ND_NEIGHBOUR_SOLICIT, .target = *a };

	node_hears_nd(n, &m, &l);
}

static void link_local(void)
{
	struct node n, same;
	struct ipa first;
	unsigned tries = 0;

	node_bare(&n, NULL, node_mac);
	node_bare(&same, NULL, node_mac);
	struct ifaddr *a = own(&n, IFADDR_LINK_LOCAL);
	first = a->addr;
	tap(a->state == IFADDR_TENTATIVE && ipa_is_link_local(&first) &&
			ipa_equal(&first, &own(&same, IFADDR_LINK_LOCAL)->addr) &&
			memcmp(first.o + 8, (const uint8_t[8]){ 0, 0, 0, 0xff, 0xfe, 0, 0, 1 },
				8),
		"SLAAC-5: the same host has the same address, and it does not tell its MAC");
	node_close(&same);
	while ((a = own(&n, IFADDR_LINK_LOCAL)) && tries < 10) {
		struct ipa addr = a->addr;

		collide(&n, &addr);
		tries++;
		if (tries == 1)
			tap(!ipa_equal(&own(&n, IFADDR_LINK_LOCAL)->addr, &first),
				"RFC 7217 6: a duplicate is followed by another");
	}
	tap(tries == 4 && n.f->is_v6_off, "SLAAC-2: after three more IPv6 is off here (%u)",
		tries);
	node_silence(&n);
	collide(&n, &first);
	tap(!node_sends(&n), "SLAAC-2: and hears nothing");
	node_close(&n);
}

static void prefixes(void)
{
	struct node n;
	struct ifaddr *a, *temporary;
	struct ipa src, far = PREFIX;

	node_bare(&n, NULL, node_mac);
	node_pass(&n, 5 * NOD_S);
	tap(own(&n, IFADDR_LINK_LOCAL)->state == IFADDR_PREFERRED,
		"a link-local address of its own");
	says(&n, 64, 3600, 1800, false);
	says(&n, 48, 3600, 1800, true);
	says(&n, 64, 1800, 3600, true);
	tap(!own(&n, IFADDR_SLAAC),
		"SLAAC-3, H25: A clear, 48 bits, preferred longer than valid");
	says(&n, 64, 86400, 43200, true);
	a = own(&n, IFADDR_SLAAC);
	temporary = own(&n, IFADDR_TEMPORARY);
	tap(a && a->state == IFADDR_TENTATIVE && temporary, "SLAAC-1: addresses, not used yet");
	node_pass(&n, 5 * NOD_S);
	far.o[5] = 9;
	tap(a->state == IFADDR_PREFERRED && source_select(n.f, &far, NULL, &src) &&
			ipa_equal(&src, &temporary->addr),
		"RFC 6724 5 rule 7: sent from the temporary one");
	far = LOCAL(OTHER);
	tap(source_select(n.f, &far, NULL, &src) && ipa_is_link_local(&src),
		"RFC 6724 5 rule 2: within the link from its own");
	says(&n, 64, 60, 60, true);
	tap(a->valid_until - n.core.now == 7200 * NOD_S, "SLAAC-4: not below two hours");
	node_pass(&n, 3600 * NOD_S);
	says(&n, 64, 60, 60, true);
	tap(a->valid_until - n.core.now == 3600 * NOD_S, "SLAAC-4: nor prolonged thereby");
	says(&n, 64, 7201, 100, true);
	tap(a->valid_until - n.core.now == 7201 * NOD_S,
		"SLAAC-4: more than two hours is taken");
	says(&n, 64, 86400, 0, true);
	node_pass(&n, NOD_S);
	tap(a->state == IFADDR_DEPRECATED, "a preferred lifetime of 0 deprecates");
	says(&n, 64, 86400, 1000, true);
	tap(a->state == IFADDR_PREFERRED, "and can be renewed");
	node_pass(&n, 90000 * NOD_S);
	tap(!own(&n, IFADDR_SLAAC), "valid no more: gone");
	node_close(&n);
}

int main(void)
{
	link_local();
	prefixes();
	return tap_done();
}
