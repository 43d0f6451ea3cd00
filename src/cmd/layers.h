/* SPDX-License-Identifier: ISC */
/*
 * layers.h - what `nod layers` teaches: the seven layers, and lessons on single matters
 *
 * Texts are laid out by hand: lines of at most LESSON_COLUMNS (a Chinese character counts
 * two), tables and ladders in plain ASCII.  test/e2e/test_layers.py holds them to it, and
 * every command that they name to the option tables.
 *
 * Neighbours: layers.c (finds and prints), layers_table.c, lessons_*.c (the texts).
 */
#ifndef NOD_CMD_LAYERS_H
#define NOD_CMD_LAYERS_H

#include "../presentation/lang.h"

#define LESSON_COLUMNS 78
#define N_LAYERS 7

/* A command that shows the matter at work, and what is to be seen there. */
struct live {
	const char *command; /* NULL ends a list */
	struct text shows;
};

#define LIVE_MAX 4

struct layer {
	unsigned number;
	struct text name;	/* "transport", and the Chinese */
	const char *words;	/* other names, separated by spaces */
	struct text does;	/* as the notes define it; one line */
	struct text unit;	/* of data: bit, frame, packet ... */
	struct text finds_by;	/* the addresses by which it finds the other end */
	struct text five, four; /* where the smaller models put it */
	const char *protocols;	/* separated by spaces */
	const char *folder;	/* nod's, under src/ */
	struct text lives;	/* what of nod is there today */
	struct text body;
	struct live live[LIVE_MAX];
};

extern const struct layer layers[N_LAYERS]; /* from 7 down to 1, as the notes have them */

struct lesson {
	struct text name;  /* one word */
	const char *words; /* other names in both languages, separated by spaces */
	struct text title;
	struct text body;
	const char *sources; /* "RFC 9293 3.5; RFC 6528" */
	struct live live[LIVE_MAX];
};

/* A group of lessons that stand in one file; one without a name ends each. */
extern const struct lesson lessons_model[], lessons_address[], lessons_transport[],
	lessons_socket[];

#endif
