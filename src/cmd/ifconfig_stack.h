/* SPDX-License-Identifier: ISC */
/*
 * ifconfig_stack.h - what `nod ifconfig --net` shows of a stack beside its addresses
 *
 * Neighbours: ifconfig.c, nod/stack.h, nod/dhcp.h.
 */
#ifndef NOD_CMD_IFCONFIG_STACK_H
#define NOD_CMD_IFCONFIG_STACK_H

#include "nod/stack.h"
#include "../presentation/json.h"

/* An interface's lease, routes and neighbours, a line each. */
void ifconfig_stack_print(const struct nod_stack *s, unsigned interface);

/* The same as members of an object: "dhcp", "routes", "neighbours". */
void ifconfig_stack_json(struct json *j, const struct nod_stack *s, unsigned interface);

#endif
