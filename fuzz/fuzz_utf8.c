/* SPDX-License-Identifier: ISC */
/* fuzz_utf8.c - any octets made fit for a terminal (presentation/utf8.h) */
#include "fuzz.h"

#include "presentation/utf8.h"

/* What utf8_clean() promises: valid UTF-8 without anything that steers a terminal. */
static void is_clean(const char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		uint32_t cp;
		size_t n = utf8_next(text + i, len - i, &cp);

		FUZZ_CLAIM(cp == '\t' || (cp >= 0x20 && cp != 0x7f));
		FUZZ_CLAIM(cp < 0x80 || cp >= 0xa0);
		if (cp == 0xfffd) /* a replacement that stands there, not one made now */
			FUZZ_CLAIM(n == 3 && !memcmp(text + i, "\xef\xbf\xbd", 3));
		i += n;
		FUZZ_CLAIM(i <= len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *)data;
	char *once = malloc(size * UTF8_CLEAN_GROWTH + 1);
	char *twice = malloc(size * UTF8_CLEAN_GROWTH * UTF8_CLEAN_GROWTH + 1);

	if (!once || !twice)
		abort();
	size_t n = utf8_clean(once, in, size);
	FUZZ_CLAIM(n <= size * UTF8_CLEAN_GROWTH);
	is_clean(once, n);
	FUZZ_CLAIM(utf8_columns(once, n) <= 2 * n + 1);
	FUZZ_CLAIM(utf8_clean(twice, once, n) == n && !memcmp(once, twice, n));
	if (utf8_is_plain(in, size))
		FUZZ_CLAIM(n == size && !memcmp(once, in, n));
	free(twice);
	free(once);
	return 0;
}
