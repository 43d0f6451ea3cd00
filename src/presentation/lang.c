/* SPDX-License-Identifier: ISC */
/*
 * lang.c - which of the two languages is spoken
 *
 * Neighbours: lang.h (T() and TX(), the texts' form).
 */
#include "lang.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static enum lang current = LANG_EN;

void lang_set(enum lang l)
{
	current = l;
}

enum lang lang_current(void)
{
	return current;
}

static bool is_language(const char *name, const char *code)
{
	size_t n = strlen(code);

	return strncmp(name, code, n) == 0 && strchr("_-.@", name[n]) != NULL;
}

int lang_set_by_name(const char *name)
{
	if (is_language(name, "zh"))
		current = LANG_ZH;
	else if (is_language(name, "en"))
		current = LANG_EN;
	else
		return -EINVAL;
	return 0;
}

void lang_set_by_environment(void)
{
	static const char *const vars[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (unsigned i = 0; i < sizeof(vars) / sizeof(vars[0]); i++) {
		const char *v = getenv(vars[i]);

		if (v && *v) {
			if (lang_set_by_name(v) < 0)
				current = LANG_EN;
			return;
		}
	}
}
