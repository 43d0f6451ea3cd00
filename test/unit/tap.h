/* SPDX-License-Identifier: ISC */
/*
 * tap.h - the tests' voice: one line a test in the Test Anything Protocol
 *
 *	int main(void)
 *	{
 *		for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
 *			tap(parse(cases[i].in) == cases[i].want, "parse: %s", cases[i].name);
 *		return tap_done();
 *	}
 */
#ifndef NOD_TEST_TAP_H
#define NOD_TEST_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static int tap_run, tap_failed;

/* One test: passed when @ok, named by the format. */
__attribute__((format(printf, 2, 3))) static inline bool tap(bool ok, const char *format, ...)
{
	va_list ap;

	printf("%sok %d - ", ok ? "" : "not ", ++tap_run);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout); /* what follows may crash */
	tap_failed += !ok;
	return ok;
}

/* A test that cannot be run here, and why. */
static inline void tap_skip(const char *name, const char *reason)
{
	printf("ok %d - %s # SKIP %s\n", ++tap_run, name, reason);
}

/* The plan; the program's exit status. */
static inline int tap_done(void)
{
	printf("1..%d\n", tap_run);
	return tap_failed != 0;
}

#endif
