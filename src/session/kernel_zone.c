/* SPDX-License-Identifier: ISC */
/*
 * kernel_zone.c - the numbers of this machine's interfaces, for the zones of IPv6 addresses
 *
 * Neighbours: network/addr_zone.h, whose table this fills.
 */
#include "../network/addr_zone.h"

#include <net/if.h>

static uint32_t index_of(const char *name)
{
	return if_nametoindex(name);
}

const struct addr_zones addr_zones = { .index_of = index_of };
