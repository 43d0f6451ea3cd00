/* SPDX-License-Identifier: ISC */
/*
 * stack_links.h - a stack's interfaces and their addresses, in the form of the kernel's
 *
 * So what shows the one shows the other.
 */
#ifndef NOD_SESSION_STACK_LINKS_H
#define NOD_SESSION_STACK_LINKS_H

#include "kernel_links.h"
#include "stack.h"

/* All of @s.  kernel_links_free() it.  0, or -ENOMEM with nothing to free. */
int stack_links_read(const struct nod_stack *s, struct kernel_links *k);

#endif
