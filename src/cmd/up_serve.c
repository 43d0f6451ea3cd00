/* SPDX-License-Identifier: ISC */
/*
 * up_serve.c - what `nod up` is to the others on its networks: who gives out addresses
 *
 * Neighbours: up_serve.h.
 */
#include "up_serve.h"

#include <errno.h>
#include <string.h>

#include "nod/dhcp.h"

static bool parse_range(const char *range, struct nod_addr *first, struct nod_addr *last)
{
	char text[NOD_ADDR_TEXT_MAX];
	const char *dash = strchr(range, '-');

	if (!dash || (size_t)(dash - range) >= sizeof(text))
		return false;
	memcpy(text, range, (size_t)(dash - range));
	text[dash - range] = '\0';
	return nod_addr_parse(first, text) == 0 && nod_addr_parse(last, dash + 1) == 0 &&
		first->family == NOD_IPV4 && last->family == NOD_IPV4;
}

/* Which network of the plan has @a; plan->n: none. */
static unsigned network_of(const struct net_plan *plan, const struct nod_addr *a)
{
	unsigned which = 0;

	for (; which < plan->n; which++)
		for (unsigned k = 0; k < plan->spec[which].n_addresses; k++)
			if (nod_prefix_contains(&plan->spec[which].address[k], a))
				return which;
	return which;
}

int up_give_out(struct invocation *in, struct nod_stack *s, const struct net_plan *plan,
	const char *range)
{
	struct nod_dhcp_server_conf conf = { 0 };
	unsigned which;
	int err;

	if (!parse_range(range, &conf.first, &conf.last))
		return bad_use(in,
			T("--dhcp-server takes two IPv4 addresses, FIRST-LAST, not \"%s\"",
				"--dhcp-server 需要两个 IPv4 地址，起始-结束，而不是 \"%s\""),
			range);
	which = network_of(plan, &conf.first);
	if (which == plan->n)
		return bad_use(in,
			T("--dhcp-server %s: none of the networks has these addresses",
				"--dhcp-server %s：各网络都没有这些地址"),
			range);
	for (unsigned k = 0; k < plan->spec[which].n_dns; k++)
		if (plan->spec[which].dns[k].family == NOD_IPV4)
			conf.dns[conf.n_dns++] = plan->spec[which].dns[k];
	err = nod_dhcp_server_start(s, plan->interface[which], &conf);
	if (err == -EINVAL)
		return bad_use(in,
			T("--dhcp-server %s: they have to be in one network of this host, the "
			  "lower one first, and at most %d",
				"--dhcp-server %s：必须在本主机的同一网络内，从小到大，"
				"最多 %d 个"),
			range, NOD_DHCP_POOL_MAX);
	if (err < 0)
		return failed(in, "--dhcp-server: %s", strerror(-err)); /* untranslated: a name */
	return 0;
}

int up_advertise(struct invocation *in, struct nod_stack *s, const struct net_plan *plan)
{
	for (unsigned k = 0; k < plan->n; k++) {
		int err = nod_interface_advertise(s, plan->interface[k], true);

		if (err < 0)
			return failed(in,
				T("cannot be an IPv6 router on %s: %s",
					"无法在 %s 上充当 IPv6 路由器：%s"),
				plan->spec[k].where, strerror(-err));
	}
	return 0;
}

void up_say_goodbye(struct nod_stack *s, const struct net_plan *plan)
{
	for (unsigned k = 0; k < plan->n; k++) {
		nod_interface_advertise(s, plan->interface[k], false);
		nod_dhcp_client_stop(s, plan->interface[k]);
	}
}
