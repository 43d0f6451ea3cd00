/* SPDX-License-Identifier: ISC */
/* test_lang.c - which of the two languages is spoken */
#include "tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "presentation/lang.h"

static const struct {
	const char *in;
	int err;
	enum lang want; /* begun from LANG_EN */
} names[] = {
	{ "en", 0, LANG_EN },
	{ "zh", 0, LANG_ZH },
	{ "zh_CN", 0, LANG_ZH },
	{ "zh_CN.UTF-8", 0, LANG_ZH },
	{ "zh_TW.Big5", 0, LANG_ZH },
	{ "zh-Hans", 0, LANG_ZH },
	{ "zh.UTF-8", 0, LANG_ZH },
	{ "zh@pinyin", 0, LANG_ZH },
	{ "en_US.UTF-8", 0, LANG_EN },
	{ "", -EINVAL, LANG_EN },
	{ "z", -EINVAL, LANG_EN },
	{ "zha", -EINVAL, LANG_EN },
	{ "ZH", -EINVAL, LANG_EN },
	{ " zh", -EINVAL, LANG_EN },
	{ "english", -EINVAL, LANG_EN },
	{ "fr_FR", -EINVAL, LANG_EN },
	{ "C", -EINVAL, LANG_EN },
	{ "xzh", -EINVAL, LANG_EN },
};

static const struct {
	const char *name, *lc_all, *lc_messages, *lang; /* NULL: not set */
	enum lang before, want;
} environments[] = {
	{ "LANG alone", NULL, NULL, "zh_CN.UTF-8", LANG_EN, LANG_ZH },
	{ "LC_MESSAGES before LANG", NULL, "en_GB", "zh_CN", LANG_ZH, LANG_EN },
	{ "LC_ALL before both", "zh_CN", "en_GB", "en_GB", LANG_EN, LANG_ZH },
	{ "an empty one is as not set", "", "", "zh_CN", LANG_EN, LANG_ZH },
	{ "a third language is English", NULL, NULL, "fr_FR.UTF-8", LANG_ZH, LANG_EN },
	{ "and hides what comes after it", "C", "zh_CN", "zh_CN", LANG_ZH, LANG_EN },
	{ "nothing set: as it was", NULL, NULL, NULL, LANG_ZH, LANG_ZH },
};

static void put_env(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

int main(void)
{
	static const struct text pair = TX("yes", "是");

	tap(lang_current() == LANG_EN, "English until something is said");
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		lang_set(LANG_EN);
		int err = lang_set_by_name(names[i].in);

		tap(err == names[i].err && lang_current() == names[i].want, "name \"%s\"",
			names[i].in);
	}
	lang_set(LANG_ZH);
	tap(lang_set_by_name("de") == -EINVAL && lang_current() == LANG_ZH,
		"a refused name changes nothing");

	for (unsigned i = 0; i < sizeof(environments) / sizeof(environments[0]); i++) {
		put_env("LC_ALL", environments[i].lc_all);
		put_env("LC_MESSAGES", environments[i].lc_messages);
		put_env("LANG", environments[i].lang);
		lang_set(environments[i].before);
		lang_set_by_environment();
		tap(lang_current() == environments[i].want, "environment: %s",
			environments[i].name);
	}

	lang_set(LANG_EN);
	tap(strcmp(text_of(pair), "yes") == 0 && strcmp(T("a", "甲"), "a") == 0, "English");
	lang_set(LANG_ZH);
	tap(strcmp(text_of(pair), "是") == 0 && strcmp(T("a", "甲"), "甲") == 0, "Chinese");
	return tap_done();
}
