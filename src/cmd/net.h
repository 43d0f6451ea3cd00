/* SPDX-License-Identifier: ISC */
/*
 * net.h - --net: which network a subcommand runs on
 *
 *	tap:NAME[,ADDRESS/PREFIX]...[,gw=ADDRESS]...
 *
 * Neighbours: session/host.h, physical/tap.h.
 */
#ifndef NOD_CMD_NET_H
#define NOD_CMD_NET_H

#include "command.h"
#include "../session/host.h"

/*
 * A host of our own as @spec says, not running yet; @conf is the stack's (its seed is drawn here).
 * On failure what was wrong has been said by @in and @status is what to exit with.  NULL then.
 */
struct host *net_host(struct invocation *in, const char *spec, struct nod_conf *conf,
	int *status);

#endif
