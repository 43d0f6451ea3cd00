/* SPDX-License-Identifier: ISC */
/*
 * serve_report.h - what `nod serve` prints and writes down
 *
 * The main loop prints, only while stdout is ready to take it, so a terminal or pipe that takes
 * nothing (Ctrl-S) makes no client wait; what does not fit the buffer is left out and
 * counted.  (A thread for it would make every system call of every loop dearer: the kernel
 * must then count the uses of each descriptor.)  The transcript leaves nothing out: it is
 * written before what was said is delivered.
 */
#ifndef NOD_CMD_SERVE_REPORT_H
#define NOD_CMD_SERVE_REPORT_H

#include "../application/server.h"
#include "command.h"
#include "terminal.h"

struct serve_report_conf {
	bool json;
	bool is_reply;		   /* say "waiting for connect...." as the notes' server does */
	bool is_once;		   /* nobody is waited for after the first */
	bool relays;		   /* child processes will report through this one */
	const char *log_path;	   /* NULL = no transcript */
	bool log_sync;		   /* each line on the disk before it is delivered */
	struct terminal *terminal; /* borrowed; NULL = none */
};

/* 0 or -errno; -errno of opening the log when *@log_failed. */
int serve_report_open(
	const struct serve_report_conf *conf, struct server_report **out, bool *log_failed);

/* @l's thread, the caller's, prints from now on, when it calls serve_report_print() after
 * each turn.  NULL: nobody does. */
void serve_report_attach(struct server_report *r, struct loop *l);
void serve_report_print(struct server_report *r);

/* Print what is left, unless nobody reads it; frees.  0, or -errno when output was lost. */
int serve_report_close(struct server_report *r);

/* What the operator typed went to nobody. */
void serve_report_line_too_long(struct server_report *r);

/* The terminal is gone from now on. */
void serve_report_forget_terminal(struct server_report *r);

/* The notes' "waiting for connect....". */
void serve_report_waiting(struct server_report *r);

void serve_report_listening(
	struct server_report *r, const struct nod_endpoint *at, bool is_datagram);
void serve_report_statistics(
	struct server_report *r, const struct server_stats *stats, const char *how);

/* serve_report_commit() before anybody is served: when it fails, nothing is printed either. */
int serve_report_begin(struct server_report *r);

/* Write what the transcript has to have by now.  Negative with --log-sync: it cannot be. */
int serve_report_commit(const struct server_report *r);

/* Around fork(): nobody else holds a lock then.  In the child: reports go to the parent. */
void serve_report_lock(const struct server_report *r);
void serve_report_unlock(const struct server_report *r);
void serve_report_in_child(const struct server_report *r);

/* The descriptor from which the parent reads its children's reports; -1 = there are none. */
int serve_report_relay_fd(const struct server_report *r);
void serve_report_relay(struct server_report *r);

#endif
