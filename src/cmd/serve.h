/* SPDX-License-Identifier: ISC */
/* serve.h - what the files of `nod serve` share */
#ifndef NOD_CMD_SERVE_H
#define NOD_CMD_SERVE_H

#include "../application/server.h"
#include "command.h"

/* The mode of --exec; its command is server_conf.exec_argv. */
extern const struct mode mode_exec;

/*
 * Split a command line into words as a shell would, quotes and backslashes and nothing else;
 * @by_shell: hand it to sh -c whole.  NULL: -EINVAL (a quote is not closed, no word), no memory.
 * Free with exec_argv_free().
 */
char **exec_argv_new(const char *command_line, bool by_shell);
void exec_argv_free(char **argv);

/* In a child process: let go of the listeners, which are the parent's. */
void serve_disown_listeners(void);

/* nod serve --once --raw: one connection wired to stdin and stdout.  Exit status. */
int serve_once_raw(const struct invocation *in, struct nod_session *listener);

#endif
