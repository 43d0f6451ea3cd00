/* SPDX-License-Identifier: ISC */
/* units.h - numbers, spans of time and sizes as people type them */
#ifndef NOD_PRESENTATION_UNITS_H
#define NOD_PRESENTATION_UNITS_H

#include <stdbool.h>
#include <stdint.h>

#include "nod/api.h"

/* Each: 0, -EINVAL (not such a thing), -ERANGE (outside the bounds); @out alone on error. */

/* Decimal digits alone. */
int parse_uint(const char *text, uint64_t min, uint64_t max, uint64_t *out);

/* "90", "1.5" (seconds), "250ms", "30s", "5m", "2h"; "0" is 0.  Never negative. */
int parse_span(const char *text, nod_ns *out);

/* "4096", "64k", "1M", "2G" (powers of 1,024); an "iB" or "B" after the letter is allowed. */
int parse_size(const char *text, uint64_t min, uint64_t max, uint64_t *out);

#endif
