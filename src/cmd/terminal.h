/* SPDX-License-Identifier: ISC */
/*
 * terminal.h - lines from a person (or a pipe) while other text arrives
 *
 *	struct terminal *t;
 *
 *	terminal_open(&t, T("message>> ", "发消息>> "), "talk_history");
 *	nod_ready_add_fd(ready, terminal_fd(t), NOD_READABLE, t);
 *	...
 *	while ((got = terminal_read(t, &line)) == 1)	when terminal_fd() is readable
 *		use(line.text, line.len);
 *	terminal_show(t, stdout, text, len);		whenever something is to be said
 *	...
 *	terminal_close(t);
 *
 * Where a person sits, a line is edited (with libedit; plain typing without it, or on a
 * terminal that knows no cursor), and what terminal_show() prints stands above the line
 * being typed, which is drawn again below it.  From a pipe or file the lines come as they
 * are and no prompt is shown.  One terminal a process.
 */
#ifndef NOD_CMD_TERMINAL_H
#define NOD_CMD_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct terminal;

struct terminal_line {
	const char *text; /* without its newline; with a NUL after it.  Until the next call. */
	size_t len;	  /* octets; a line from a pipe may hold NULs */
	bool is_whole;	  /* false: more of the same line follows (it is long, from a pipe) */
};

/**
 * terminal_open() - begin to read lines from stdin
 * @prompt:  stands before the line on a terminal; copied
 * @history: name of the file that keeps the lines typed, in $XDG_STATE_HOME/nod; copied;
 *	     NULL = they are forgotten
 *
 * On a terminal starts a thread that waits for keys; SIGTTIN and SIGTTOU are ignored until
 * terminal_close(), so that a background job goes on.  Signals that end or stop the
 * program put the terminal in order first, unless the program handles them itself.
 *
 * Return: 0 or a negative errno: -ENOMEM, -EMFILE, -ENFILE, -EAGAIN (no thread to be had).
 */
int terminal_open(struct terminal **out, const char *prompt, const char *history);

/* Whether lines come from a terminal, not from a pipe or file. */
bool terminal_has_person(const struct terminal *t);

/*
 * Readable when terminal_read() may have something; always so when stdin is a file.  It is
 * not to be read, and may be stdin itself.
 */
int terminal_fd(const struct terminal *t);

/**
 * terminal_read() - the next line; never waits
 *
 * Call until it returns something else than 1, or, to slow a pipe down, stop and call again
 * later: what was read already is given out without terminal_fd() being readable.  On a
 * terminal the next prompt appears when the line after the one given out is asked for, so a
 * program that ends on a line leaves no prompt behind.
 *
 * Return: 1 with *@line filled, 0 at the end (Ctrl-D, end of file), or a negative errno:
 * -EAGAIN (nothing yet), -EIO and others of read(2).
 */
int terminal_read(struct terminal *t, struct terminal_line *line);

/**
 * terminal_show() - print text without tearing the line being typed
 * @t:	 NULL = just print
 * @to:	 stdout or stderr; flushed
 * @len: octets; a newline is added when the text does not end with one
 *
 * May be called from any thread.  Not from a process that was forked after terminal_open().
 */
void terminal_show(struct terminal *t, FILE *to, const char *text, size_t len);

/* The same with a format, cut at 4,096 octets. */
void terminal_say(struct terminal *t, FILE *to, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Put the terminal in order, keep the history, free @t; NULL is allowed. */
void terminal_close(struct terminal *t);

/* Only put the terminal in order, for a program that is about to _exit(); async-signal-safe. */
void terminal_restore(void);

#endif
