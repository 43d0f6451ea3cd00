/* SPDX-License-Identifier: ISC */
/*
 * terminal_edit.h - a line that is typed and edited on a terminal, by libedit
 *
 * Nothing here is thread-safe: terminal.c calls all of it under its lock.
 */
#ifndef NOD_CMD_TERMINAL_EDIT_H
#define NOD_CMD_TERMINAL_EDIT_H

#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct editor;

/* Where keys come from: 1 and *@c, or 0 when there are no more.  May take its time. */
struct editor_keys {
	int (*next)(void *self, uint8_t *c);
	void *self;
};

/*
 * @history_path: file of lines typed earlier; NULL = none.  Everything is borrowed until
 * editor_free().  0, -ENOTSUP (built without libedit, or a terminal that knows no cursor:
 * TERM unset or dumb), or -ENOMEM.
 */
int editor_new(struct editor **out, const char *prompt, const char *history_path, FILE *tty,
	const struct editor_keys *keys);

/* Prompt, and let a line be typed.  Its octets without the newline, or -ENODATA: no more. */
ssize_t editor_line(struct editor *e, const char **line);

/* From within keys.next(): take the line off the screen; draw it again where the cursor is. */
void editor_erase(struct editor *e);
void editor_redraw(struct editor *e);

/* From within keys.next(): the window has changed; the program was stopped and goes on. */
void editor_resized(struct editor *e);
void editor_resumed(struct editor *e);

/* From within keys.next(), before it returns 0: leave the screen with the cursor on a new line. */
void editor_leave(struct editor *e);

/* Write the history and put the terminal in order. */
void editor_free(struct editor *e);

#endif
