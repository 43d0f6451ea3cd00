/* SPDX-License-Identifier: ISC */
/* test_nearest.c - the word that was probably meant */
#include "tap.h"

#include <string.h>

#include "base/nearest.h"

#define X31 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct {
	const char *name, *word, *words[5], *want; /* want NULL: none is near enough */
} cases[] = {
	{ "a letter too many", "serrve", { "serve", "talk", "host" }, "serve" },
	{ "a letter missing", "sere", { "serve", "talk", "host" }, "serve" },
	{ "another letter", "serfe", { "serve", "talk", "host" }, "serve" },
	{ "two neighbours swapped", "tlak", { "serve", "talk", "host" }, "talk" },
	{ "a swap is one edit", "wiht", { "wit", "with" }, "wit" },
	{ "two edits in a long word", "brodcst", { "broadcast", "multicast" }, "broadcast" },
	{ "the beginning of a word", "ifc", { "serve", "ifconfig" }, "ifconfig" },
	{ "a beginning is nearer than two edits", "inter", { "incur", "interface" }, "interface" },
	{ "the word itself", "serve", { "talk", "serve" }, "serve" },
	{ "the word itself after a longer one", "talk", { "talking", "talk" }, "talk" },
	{ "the first of two equally near", "bat", { "cat", "hat" }, "cat" },
	{ "NULL words are passed over", "tlak", { NULL, "talk", NULL }, "talk" },
	{ "two other letters", "surfing", { "serving" }, "serving" },
	{ "three edits are too many", "surfinx", { "serving" }, NULL },
	{ "two edits in a short word", "hxs", { "has", "bat" }, "has" },
	{ "two edits in a word of three", "hxx", { "hat" }, NULL },
	{ "as many edits as letters", "me", { "x" }, NULL },
	{ "one letter is no beginning", "i", { "interface" }, NULL },
	{ "nothing", "", { "a", "ab" }, NULL },
	{ "nothing among nothing", "", { "" }, NULL },
	{ "an empty word", "a", { "" }, NULL },
	{ "none to choose from", "serve", { NULL }, NULL },
	{ "the longest word there is", X31, { X31 "y", X31 }, X31 },
	{ "a word that is too long", X31 "x", { X31 "x", X31 }, NULL },
	{ "words that are too long", X31, { X31 "x", X31 "xx" }, NULL },
	{ "octets above 127", "\xe4\xbd\xa1", { "\xe4\xbd\xa0" }, "\xe4\xbd\xa0" },
};

int main(void)
{
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *got = nearest_word(cases[i].word, cases[i].words, 5);

		tap(cases[i].want ? got && strcmp(got, cases[i].want) == 0 : !got, "%s: \"%s\"",
			cases[i].name, cases[i].word);
	}
	tap(!nearest_word("serve", NULL, 0), "no words");
	return tap_done();
}
