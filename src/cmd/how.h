/* SPDX-License-Identifier: ISC */
/*
 * how.h - the ways in which one server serves many clients: the notes' question
 *
 * One small file a way (how_process.c, how_thread.c, how_select.c, how_poll.c,
 * how_epoll.c), all behind this table; everything else of the server is the same under each.
 */
#ifndef NOD_CMD_HOW_H
#define NOD_CMD_HOW_H

#include "../application/server.h"
#include "../presentation/lang.h"

struct how {
	const char *name;
	struct text about;
	enum nod_ready_how ready; /* of the main loop */
	bool is_one_loop;	  /* every client in the main loop: datagrams work too */
	bool shares_memory;	  /* its clients can hear each other */

	/* Before the first client; @workers 0 = one a core.  0 or -errno.  NULL = nothing. */
	int (*start)(struct server *s, struct loop *main_loop, unsigned workers);
	/* Where a new client goes: struct server's place.  Negative: it is still the caller's. */
	int (*place)(struct server *s, struct client *c);
	/* The operator's line, to those that another process serves.  NULL = nothing. */
	void (*operator_says)(struct server *s, const char *text, size_t len);
	/* A child ended, or might have (SIGCHLD).  NULL = nothing. */
	void (*reap)(struct server *s);
	/* The server is stopping: wake the others.  NULL = nothing. */
	void (*begin_stop)(struct server *s);
	/* Whether others than the main loop still serve. */
	bool (*is_busy)(struct server *s);
	/* All clients are gone or given up: give everything back. */
	void (*end)(struct server *s);
};

extern const struct how how_process, how_thread, how_select, how_poll, how_epoll;

/* By name; NULL: there is no such way. */
const struct how *how_find(const char *name);

/* "process, thread, select, poll, epoll" */
extern const struct how *const hows[];
extern const unsigned n_hows;

/* The place of every way that has only the main loop: how_data is that loop. */
int how_place_here(struct server *s, struct client *c);
int how_start_here(struct server *s, struct loop *main_loop, unsigned workers);

#endif
