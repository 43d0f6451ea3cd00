/* SPDX-License-Identifier: ISC */
/*
 * nearest.c - the word that was probably meant: optimal string alignment distance
 *
 * Words longer than WORD_MAX octets are near to nothing.
 */
#include "nearest.h"

#include <string.h>

#define WORD_MAX 31

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

static unsigned distance(const char *a, size_t na, const char *b, size_t nb)
{
	unsigned d[WORD_MAX + 1][WORD_MAX + 1];

	for (unsigned i = 0; i <= na; i++)
		d[i][0] = i;
	for (unsigned j = 0; j <= nb; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= na; i++) {
		for (size_t j = 1; j <= nb; j++) {
			unsigned differs = a[i - 1] != b[j - 1];

			d[i][j] = min3(d[i - 1][j] + 1, d[i][j - 1] + 1,
				d[i - 1][j - 1] + differs);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
				d[i - 2][j - 2] + 1 < d[i][j])
				d[i][j] = d[i - 2][j - 2] + 1;
		}
	}
	return d[na][nb];
}

const char *nearest_word(const char *word, const char *const *words, unsigned n)
{
	size_t len = strlen(word);
	unsigned best = len < 4 ? 2 : 3; /* edits that are too many to be a slip */
	const char *found = NULL;

	if (len > WORD_MAX)
		return NULL;
	for (unsigned i = 0; i < n; i++) {
		size_t l = words[i] ? strlen(words[i]) : WORD_MAX + 1;

		if (l > WORD_MAX)
			continue;
		/* what starts with all that was typed is as good as one edit */
		unsigned d = len >= 2 && l > len && strncmp(words[i], word, len) == 0 ?
			1 :
			distance(word, len, words[i], l);
		if (d < best && d < l) {
			best = d;
			found = words[i];
		}
	}
	return found;
}
