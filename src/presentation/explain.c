/* SPDX-License-Identifier: ISC */
/*
 * explain.c - failures in sentences: what was tried, what answered, what to do
 *
 * Neighbours: nod/session.h (struct nod_failure).
 */
#include "nod/session.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>

size_t nod_explain(const struct nod_failure *f, const char *lang, char *buf, size_t cap)
{
	char at[NOD_ENDPOINT_TEXT_MAX];
	const char *why = f->resolver ? gai_strerror(f->resolver) : strerror(-f->error);

	(void)lang;
	nod_endpoint_format(&f->at, at, sizeof(at));
	int n = snprintf(buf, cap, "%s: %s", f->name[0] ? f->name : at, why);
	return n < 0 ? 0 : (size_t)n;
}
