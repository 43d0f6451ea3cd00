/* SPDX-License-Identifier: ISC */
/* fuzz_units.c - any text as a number, a span of time, a size (presentation/units.h) */
#include "fuzz.h"

#include "presentation/units.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	uint64_t n = 7;
	nod_ns span = -7;

	if (parse_uint(text, 10, 65535, &n) == 0)
		FUZZ_CLAIM(n >= 10 && n <= 65535);
	else
		FUZZ_CLAIM(n == 7);
	n = 7;
	if (parse_size(text, 10, 1 << 30, &n) == 0)
		FUZZ_CLAIM(n >= 10 && n <= 1 << 30);
	else
		FUZZ_CLAIM(n == 7);
	(void)parse_size(text, 0, UINT64_MAX, &n);
	if (parse_span(text, &span) == 0)
		FUZZ_CLAIM(span >= 0);
	else
		FUZZ_CLAIM(span == -7);
	free(text);
	return 0;
}
