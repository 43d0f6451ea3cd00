/* SPDX-License-Identifier: ISC */
/*
 * show_event.h - an event of a stack as a line for people, or as a JSON object
 *
 * Neighbours: nod/event.h, up.c.
 */
#ifndef NOD_CMD_SHOW_EVENT_H
#define NOD_CMD_SHOW_EVENT_H

#include "command.h"

struct show_event {
	bool is_json;
	bool wants_all; /* packets that were nothing special, too */
	nod_ns start;	/* times are told since then */
};

/* @host: whose event it is, NULL = there is but one.  Printed to stdout. */
void show_event(const struct show_event *how, const char *host, const struct nod_event *e);

#endif
