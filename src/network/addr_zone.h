/* SPDX-License-Identifier: ISC */
/*
 * addr_zone.h - who knows the interfaces that an IPv6 zone may name (RFC 4007 section 11)
 *
 * An address is read here, but which number "eth0" has only the machine can tell, and that
 * is asked above.  So the table is declared here and filled in by session/kernel_zone.c.
 */
#ifndef NOD_NETWORK_ADDR_ZONE_H
#define NOD_NETWORK_ADDR_ZONE_H

#include <stdint.h>

struct addr_zones {
	uint32_t (*index_of)(const char *name); /* 0 = there is no such interface */
};

extern const struct addr_zones addr_zones;

#endif
