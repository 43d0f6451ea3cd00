/* SPDX-License-Identifier: ISC */
/* kernel_lookup.h - the kernel service's calls that turn a name into addresses */
#ifndef NOD_SESSION_KERNEL_LOOKUP_H
#define NOD_SESSION_KERNEL_LOOKUP_H

#include "service.h"

int kernel_lookup_start(const struct nod_service *v, const char *name, enum nod_family family,
	struct nod_ready *ready, struct nod_lookup **out);
int kernel_lookup_take(
	struct nod_lookup *l, struct nod_addr *list, unsigned max, int *resolver);
void kernel_lookup_end(struct nod_lookup *l);
void kernel_lookup_sources(const struct nod_service *v, char *buf, size_t cap);

#endif
