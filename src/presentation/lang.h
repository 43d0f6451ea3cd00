/* SPDX-License-Identifier: ISC */
/*
 * lang.h - the two languages in which nod speaks to people
 *
 * Both texts stand side by side where they are used, so neither can be forgotten and the
 * compiler checks both formats against the arguments:
 *
 *	fprintf(stderr, T("port %u is taken\n", "端口 %u 已被占用\n"), port);
 *
 * Tables keep a pair (TX) and choose when they print (text_of()).  tools/check-languages.py
 * checks that every second text is Chinese and that nothing is printed past T().
 */
#ifndef NOD_PRESENTATION_LANG_H
#define NOD_PRESENTATION_LANG_H

#include <stdbool.h>

enum lang { LANG_EN, LANG_ZH };

struct text {
	const char *en, *zh;
};

/* The process's language, as its locale is; set once at the start, before any thread. */
void lang_set(enum lang l);
enum lang lang_current(void);

/* "en", "zh", "zh_CN.UTF-8" ... 0, or -EINVAL and no change. */
int lang_set_by_name(const char *name);

/* From LC_ALL, LC_MESSAGES, LANG, in POSIX's order of precedence. */
void lang_set_by_environment(void);

#define T(en_, zh_)  (lang_current() == LANG_ZH ? (zh_) : (en_))
#define TX(en_, zh_) { .en = (en_), .zh = (zh_) }

static inline const char *text_of(struct text t)
{
	return T(t.en, t.zh);
}

#endif
