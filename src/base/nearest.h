/* SPDX-License-Identifier: ISC */
/* nearest.h - the word that was probably meant */
#ifndef NOD_BASE_NEAREST_H
#define NOD_BASE_NEAREST_H

/*
 * The one of @n words that is nearest to @word by edits (insert, delete, replace, swap two
 * neighbours), or NULL when none is near enough to be what was meant.  NULL words are
 * passed over.
 */
const char *nearest_word(const char *word, const char *const *words, unsigned n);

#endif
