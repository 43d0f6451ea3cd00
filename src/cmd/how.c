/* SPDX-License-Identifier: ISC */
/*
 * how.c - the list of ways to serve many clients, and what the one-loop ways share
 */
#include "how.h"

#include <string.h>

const struct how *const hows[] = { &how_process, &how_thread, &how_select, &how_poll,
	&how_epoll };
const unsigned n_hows = sizeof(hows) / sizeof(hows[0]);

const struct how *how_find(const char *name)
{
	for (unsigned i = 0; i < n_hows; i++) {
		if (strcmp(hows[i]->name, name) == 0)
			return hows[i];
	}
	return NULL;
}

int how_start_here(struct server *s, struct loop *main_loop, unsigned workers)
{
	(void)workers;
	s->how_data = main_loop;
	return 0;
}

int how_place_here(struct server *s, struct client *c)
{
	client_start(c, s->how_data);
	return 0;
}
