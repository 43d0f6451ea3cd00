/* SPDX-License-Identifier: ISC */
/*
 * fields.h - a report for people: a title, and under it lines of a label and a value
 *
 * Labels of either language are aligned by the columns that they take on a terminal.
 */
#ifndef NOD_CMD_FIELDS_H
#define NOD_CMD_FIELDS_H

/* On stdout, in bold on a terminal. */
void print_title(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* On stdout: the label, blanks up to the values' column, the value, a newline. */
void print_field(const char *label, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
