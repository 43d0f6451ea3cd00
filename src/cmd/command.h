/* SPDX-License-Identifier: ISC */
/*
 * command.h - what a subcommand is, and what all of them share
 *
 * A subcommand is one file with one `const struct command`, listed in commands.c.  Its
 * options are a table: help, completions, the "did you mean" and the man page's check are
 * made from that table.
 *
 *	static const struct option_spec options[] = {
 *		{ "count", 'c', "N", TX("stop after N replies", "收到 N 个回复后停止") },
 *	};
 *	static int run(struct invocation *in)
 *	{
 *		for (int o; (o = next_option(in)) != OPTIONS_END;) {
 *			switch (o) {
 *			case OPTIONS_STOP:
 *				return in->status;
 *			case OPTIONS_WORD:
 *				... in->value ...
 *			case 0:	// options[0]
 *				...
 *			}
 *		}
 *		...
 *	}
 *
 * Exit status everywhere: 0 done, 1 it did not work, 2 bad use.  Results go to stdout,
 * everything else to stderr.
 */
#ifndef NOD_CMD_COMMAND_H
#define NOD_CMD_COMMAND_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "nod/nod.h"
#include "../presentation/lang.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_BAD_USE = 2 };

enum option_kind {
	OPTION_PLAIN,	 /* takes a value when .arg is set */
	OPTION_OPTIONAL, /* .arg may be left out: --reply, --reply=TEXT; --reply TEXT as
			  * struct command's is_value says */
};

struct option_spec {
	const char *name; /* without the dashes */
	char letter;	  /* or 0 */
	const char *arg;  /* what the value is called in the help, NULL = takes none */
	struct text help;
	enum option_kind kind;
};

enum { OPTIONS_END = -1, OPTIONS_WORD = -2, OPTIONS_STOP = -3 };

struct invocation;

struct command {
	const char *name;
	const char *usage;    /* "[OPTIONS] HOST [PORT]" */
	struct text summary;  /* one line, no full stop */
	struct text details;  /* paragraphs and examples for `nod help NAME`; may be NULL */
	const struct option_spec *options;
	unsigned n_options;
	bool (*is_value)(const char *word); /* for OPTION_OPTIONAL; NULL = never */
	bool takes_negative; /* "-1" is a word: there are no options of digits */
	const char *(*word_at)(unsigned i); /* words for completion, NULL ends; may be NULL */
	int (*run)(struct invocation *in);
};

/* One call of a subcommand. */
struct invocation {
	const struct command *command;
	int argc;
	char **argv; /* [0] is the subcommand's name */
	int at;	     /* next argument */
	const char *cluster; /* rest of -abc */
	bool words_only;     /* "--" was met */
	const char *value;   /* of the option or word just returned; NULL = none given */
	int status;	     /* what to exit with on OPTIONS_STOP */
	bool json;	     /* --json was given */
};

extern const struct command *const commands[];
extern const unsigned n_commands;

/*
 * The next option's index in the command's table, OPTIONS_WORD (in->value), OPTIONS_END, or
 * OPTIONS_STOP: return in->status now (help was printed, or bad use was told).  --help,
 * --lang and --json are taken care of here.
 */
int next_option(struct invocation *in);

/* Say on stderr "nod NAME: " and the message, then how to get help.  Returns EXIT_BAD_USE. */
int bad_use(const struct invocation *in, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Say on stderr "nod NAME: " and the message.  Returns EXIT_FAILED. */
int failed(const struct invocation *in, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Say on stderr what nod_explain() makes of @why.  Returns EXIT_FAILED. */
int failed_because(const struct invocation *in, const struct nod_failure *why);

/* Values of the option just returned; on a bad one bad_use() is said and false returned. */
bool option_uint(struct invocation *in, uint64_t min, uint64_t max, uint64_t *out);
bool option_span(struct invocation *in, nod_ns *out);
bool option_size(struct invocation *in, uint64_t min, uint64_t max, uint64_t *out);

/* The i-th option that @c takes, its own and then the common ones; NULL past the last. */
const struct option_spec *command_option(const struct command *c, unsigned i);

void print_help(const struct command *c, FILE *to);

/* Write the completion script for "bash", "zsh" or "fish".  0, or -EINVAL: no such shell. */
int print_completions(const char *shell, FILE *to);

/* Colour: "" unless @to is a terminal and NO_COLOR is unset (https://no-color.org). */
enum colour { COLOUR_OFF, COLOUR_DIM, COLOUR_BOLD, COLOUR_RED, COLOUR_GREEN, COLOUR_YELLOW,
	COLOUR_BLUE, COLOUR_CYAN };
const char *colour(FILE *to, enum colour c);

#endif
