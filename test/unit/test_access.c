/* SPDX-License-Identifier: ISC */
/* test_access.c - who may talk: --allow and --deny, first match decides */
#include "tap.h"

#include <stdlib.h>
#include <string.h>

#include "application/server.h"

static const struct {
	const char *name, *rules; /* "+prefix -prefix ..." */
	const char *peer;	  /* "" = a Unix socket's, which has no address */
	bool want;
} cases[] = {
	{ "no rules", "", "192.0.2.1", true },
	{ "allowed", "+192.0.2.0/24", "192.0.2.1", true },
	{ "others than the allowed", "+192.0.2.0/24", "198.51.100.1", false },
	{ "denied", "-192.0.2.0/24", "192.0.2.1", false },
	{ "others than the denied", "-192.0.2.0/24", "198.51.100.1", true },
	{ "an exception before the rule", "-192.0.2.7 +192.0.2.0/24", "192.0.2.7", false },
	{ "its neighbour", "-192.0.2.7 +192.0.2.0/24", "192.0.2.8", true },
	{ "an exception after the rule is none", "+192.0.2.0/24 -192.0.2.7", "192.0.2.7", true },
	{ "neither rule fits, one allows", "-192.0.2.7 +192.0.2.0/24", "198.51.100.1", false },
	{ "all but one", "-192.0.2.7 +0.0.0.0/0", "198.51.100.1", true },
	{ "nobody", "-0.0.0.0/0 -::/0", "198.51.100.1", false },
	{ "IPv4's everybody is not IPv6's", "-0.0.0.0/0", "2001:db8::1", true },
	{ "IPv4 rules allow no IPv6", "+0.0.0.0/0", "2001:db8::1", false },
	{ "IPv6", "+2001:db8::/32", "2001:db8:1::1", true },
	{ "IPv6 outside", "+2001:db8::/32", "2001:db9::1", false },
	{ "IPv4-mapped is IPv4", "-192.0.2.1", "::ffff:192.0.2.1", false },
	{ "IPv4-mapped is not IPv6's everybody", "-::/0", "::ffff:192.0.2.1", true },
	{ "the last bit of a prefix", "-192.0.2.128/25", "192.0.2.127", true },
	{ "and beyond it", "-192.0.2.128/25", "192.0.2.128", false },
	{ "no address, no rules", "", "", true },
	{ "no address, all denied: its file decides", "-0.0.0.0/0 -::/0", "", true },
	{ "no address, others allowed", "+192.0.2.0/24", "", true },
};

/* Fill in @conf's rules.  Whether they could be read. */
static bool read_rules(struct server_conf *conf, const char *rules)
{
	while (*rules) {
		char text[64] = { 0 };
		size_t len = strcspn(rules, " ");
		struct access_rule *r = &conf->rule[conf->n_rules++];

		r->allows = rules[0] == '+';
		if (len > sizeof(text))
			return false;
		memcpy(text, rules + 1, len - 1);
		if (nod_prefix_parse(&r->prefix, text) < 0)
			return false;
		rules += len + strspn(rules + len, " ");
	}
	return true;
}

int main(void)
{
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct server_conf conf = { 0 };
		struct nod_addr peer = { 0 };
		bool ok = read_rules(&conf, cases[i].rules) &&
			(!*cases[i].peer || nod_addr_parse(&peer, cases[i].peer) == 0);

		tap(ok && access_allows(&conf, &peer) == cases[i].want, "%s", cases[i].name);
	}
	return tap_done();
}
