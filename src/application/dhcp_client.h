/* SPDX-License-Identifier: ISC */
/*
 * dhcp_client.h - what the resolver asks DHCP clients: whom to ask for names
 *
 * Neighbours: nod/dhcp.h (starting and stopping).
 */
#ifndef NOD_APPLICATION_DHCP_CLIENT_H
#define NOD_APPLICATION_DHCP_CLIENT_H

#include "nod/dhcp.h"
#include "../session/stack.h"

/* DNS servers of all leases of @s: how many, at most @max. */
unsigned dhcp_client_dns(const struct nod_stack *s, struct ipa *list, unsigned max);
/* The domain of the first lease that has one; "" = none. */
const char *dhcp_client_domain(const struct nod_stack *s);

#endif
