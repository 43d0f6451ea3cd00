/* SPDX-License-Identifier: ISC */
/*
 * fields.c - a report for people: a title, and under it lines of a label and a value
 */
#include "fields.h"

#include <stdarg.h>
#include <string.h>

#include "command.h"
#include "../presentation/utf8.h"

#define LABEL_COLUMNS 17

void print_title(const char *format, ...)
{
	va_list ap;

	fputs(colour(stdout, COLOUR_BOLD), stdout);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	puts(colour(stdout, COLOUR_OFF));
}

void print_field(const char *label, const char *format, ...)
{
	size_t used = utf8_columns(label, strlen(label));
	va_list ap;

	printf("  %s%*s", label, used < LABEL_COLUMNS ? (int)(LABEL_COLUMNS - used) : 1, "");
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
}
