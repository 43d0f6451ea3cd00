/* SPDX-License-Identifier: ISC */
/*
 * explain.h - the catalogue of explained failures, for the tests that walk it
 *
 * Neighbours: explain.c; what programs call is nod_explain() in nod/session.h.
 */
#ifndef NOD_PRESENTATION_EXPLAIN_H
#define NOD_PRESENTATION_EXPLAIN_H

#include "lang.h"
#include "nod/session.h"

enum explain_where { AT_ANY, AT_INET, AT_LOW_PORT, AT_GROUP, AT_UNIX };

/* One row: what failed and how, and the sentence for it. */
struct explanation {
	unsigned tried; /* set of 1u << enum nod_tried; 0 = whatever was tried */
	int error;	/* positive errno, or the EAI_* code in a RESOLVE row; 0 = any */
	enum explain_where where;
	struct text say; /* with {placeholders}, see explain.c */
};

/* The i-th row; NULL past the end. */
const struct explanation *explain_row(unsigned i);

/* The row that nod_explain() uses for @f. */
const struct explanation *explain_find(const struct nod_failure *f);

#endif
