/* SPDX-License-Identifier: ISC */
/* serve_log.h - the transcript of nod serve --log */
#ifndef NOD_CMD_SERVE_LOG_H
#define NOD_CMD_SERVE_LOG_H

#include <pthread.h>
#include <stdbool.h>

#include "../base/buf.h"

/* Lines are added by any thread and written, whole ones or none, by serve_log_commit(). */
struct serve_log {
	const char *path; /* borrowed */
	bool syncs;	  /* on the disk before serve_log_commit() returns */
	int fd;		  /* -1 = there is no transcript */
	pthread_mutex_t lock;
	struct buf lines;
	int error; /* the first, negative errno; 0 = all is written */
};

/* @path NULL: no transcript, and the other calls do nothing.  0 or -errno of open(2). */
int serve_log_open(struct serve_log *l, const char *path, bool syncs);
void serve_log_close(struct serve_log *l);

/* Add a line, newline included; "" before it, or the time. */
void serve_log_add(struct serve_log *l, const char *before, const char *line, size_t len);

/*
 * Write what was added.  0, or the negative errno of this failure; with .syncs also of any
 * earlier one, since what is not in the transcript may then never be delivered.
 */
int serve_log_commit(struct serve_log *l);

#endif
