/* SPDX-License-Identifier: ISC */
/*
 * kernel_links.h - the machine's interfaces and their addresses, asked of its kernel
 */
#ifndef NOD_SESSION_KERNEL_LINKS_H
#define NOD_SESSION_KERNEL_LINKS_H

#include "rtnetlink.h"

struct kernel_links {
	struct net_link *link; /* in the order of their indices */
	unsigned n_links;
	struct net_addr *addr; /* in the kernel's order */
	unsigned n_addrs;
};

/*
 * Read all interfaces and addresses of this network namespace.  Blocks for as long as the
 * kernel takes, at most some seconds.  kernel_links_free() it.
 *
 * Return: 0 or a negative errno with nothing to free: -ENOMEM, -EMFILE, -ENFILE, -ETIMEDOUT,
 * -EBADMSG (the kernel's answer could not be read), or what the kernel said.
 */
int kernel_links_read(struct kernel_links *k);
void kernel_links_free(struct kernel_links *k);

/* The interface of this name or index, or NULL. */
const struct net_link *kernel_link_named(const struct kernel_links *k, const char *name);
const struct net_link *kernel_link_at(const struct kernel_links *k, unsigned index);

#endif
