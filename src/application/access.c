/* SPDX-License-Identifier: ISC */
/*
 * access.c - who may talk: --allow and --deny, first match decides
 *
 * A Unix socket's clients have no address: its file's permissions decide, not these rules.
 */
#include "server.h"

bool access_allows(const struct server_conf *conf, const struct nod_addr *addr)
{
	bool someone_is_allowed = false;

	if (addr->family == NOD_UNSPEC)
		return true;
	for (unsigned i = 0; i < conf->n_rules; i++) {
		if (nod_prefix_contains(&conf->rule[i].prefix, addr))
			return conf->rule[i].allows;
		someone_is_allowed |= conf->rule[i].allows;
	}
	return !someone_is_allowed;
}
