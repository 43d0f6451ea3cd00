/* SPDX-License-Identifier: ISC */
/* kernel_owner.h - which process holds a port that is in use */
#ifndef NOD_SESSION_KERNEL_OWNER_H
#define NOD_SESSION_KERNEL_OWNER_H

#include "nod/session.h"

/* Fill in why->owner_pid and why->owner, as far as /proc lets this user see; else leave them 0. */
void kernel_owner_find(const struct nod_endpoint *at, enum nod_session_type type,
	struct nod_failure *why);

#endif
