/* SPDX-License-Identifier: ISC */
/* serve.h - what the files of `nod serve` share */
#ifndef NOD_CMD_SERVE_H
#define NOD_CMD_SERVE_H

#include "../application/server.h"
#include "command.h"
#include "how.h"
#include "net.h"

#define SERVE_ADDRESSES_MAX 64

/* What the command line asks for. */
struct request {
	struct server_conf conf;
	const struct how *how;
	struct net_plan plan; /* --net */
	struct wire_faults faults; /* of its wires */
	const char *word[SERVE_ADDRESSES_MAX];
	unsigned n_words;
	unsigned workers;
	bool is_once, is_raw, is_datagram, by_shell, log_sync;
	const char *exec, *log_path, *interface, *group; /* --join */
	nod_ns keepalive;
};

/* Listen, serve until stopped.  Exit status. */
int serve(struct invocation *in, struct request *q);

/* The mode of --exec; its command is server_conf.exec_argv. */
extern const struct mode mode_exec;

/*
 * Split a command line into words as a shell would, quotes and backslashes and nothing else;
 * @by_shell: hand it to sh -c whole.  NULL: -EINVAL (a quote is not closed, no word), no memory.
 * Free with exec_argv_free().
 */
char **exec_argv_new(const char *command_line, bool by_shell);
void exec_argv_free(char **argv);

/* Whether there is such a command, by its path or on $PATH. */
bool exec_can_start(const char *name);

/* Some child ended (SIGCHLD). */
void exec_reap(void);

/* End the commands that were told to and did not.  When to call again; NOD_FOREVER: no need. */
nod_ns exec_end_due(nod_ns now);

/* The same for all, waiting for it, at the server's end. */
void exec_end_all(void);

/* In a child process: let go of the listeners, which are the parent's. */
void serve_disown_listeners(void);

/* No signal handler runs from now on, so what they use may go. */
void serve_block_signals(void);

/* nod serve --once --raw: one connection wired to stdin and stdout.  Exit status. */
int serve_once_raw(const struct invocation *in, struct nod_session *listener);

#endif
