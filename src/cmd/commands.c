/* SPDX-License-Identifier: ISC */
/*
 * commands.c - the list of subcommands, in the order in which `nod --help` shows them
 */
#include "command.h"

#define COMMANDS(X) \
	X(demo) \
	X(serve) \
	X(talk) \
	X(host) \
	X(addr) \
	X(port) \
	X(order) \
	X(ifconfig) \
	X(ping) \
	X(up) \
	X(sim) \
	X(layers) \
	X(bench) \
	X(help)

#define DECLARE(name) extern const struct command cmd_##name;
COMMANDS(DECLARE)

#define LIST(name) &cmd_##name,
const struct command *const commands[] = { COMMANDS(LIST) };
const unsigned n_commands = sizeof(commands) / sizeof(commands[0]);
