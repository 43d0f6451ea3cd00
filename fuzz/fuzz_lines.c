/* SPDX-License-Identifier: ISC */
/*
 * fuzz_lines.c - a stream in any pieces is the same messages (presentation/lines.h)
 *
 * The first octet says how the rest is cut.  The messages of the pieces are compared with
 * those of the rule itself: a newline ends one, a '\r' before it is not part of it, and
 * what has more than LINES_MAX octets is refused.
 */
#include "fuzz.h"

#include "presentation/lines.h"

/* Length of the next piece: from the stream itself, so that the fuzzer chooses. */
static size_t piece(uint8_t how, const uint8_t *data, size_t left)
{
	size_t n = how == 0 ? left : how < 128 ? how : (size_t)data[0] + 1;

	return n < left ? n : left;
}

/* The next message of the whole stream by the rule; false: no newline is left. */
static bool expected(const uint8_t *data, size_t size, size_t *at, size_t *len, bool *fits)
{
	const uint8_t *end = size > *at ? memchr(data + *at, '\n', size - *at) : NULL;

	if (!end)
		return false;
	*len = (size_t)(end - (data + *at));
	if (*len && data[*at + *len - 1] == '\r')
		(*len)--;
	*fits = *len <= LINES_MAX;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lines l = { 0 };
	size_t at = 0; /* of the message that must come next */
	uint8_t how = size ? data[0] : 0;
	const char *text;
	size_t len;

	if (size) {
		data++;
		size--;
	}
	for (size_t done = 0; done < size;) {
		size_t n = piece(how, data + done, size - done);
		char *copy = malloc(n); /* what lines_next() hands out may borrow from it */
		const char *p = copy;
		enum lines_kind kind;

		if (!copy)
			abort();
		memcpy(copy, data + done, n);
		done += n;
		while ((kind = lines_next(&l, &p, &n, &text, &len)) != LINES_NONE) {
			size_t want = 0;
			bool fits = true;

			/* refused as soon as it is known to be too long, perhaps before its end */
			if (!expected(data, size, &at, &want, &fits)) {
				FUZZ_CLAIM(kind == LINES_TOO_LONG && size - at > LINES_MAX);
				break;
			}
			FUZZ_CLAIM(kind == (fits ? LINES_MESSAGE : LINES_TOO_LONG));
			if (fits)
				FUZZ_CLAIM(len == want && !memcmp(text, data + at, len));
			const uint8_t *end = memchr(data + at, '\n', size - at);
			at = (size_t)(end - data) + 1;
		}
		lines_shrink(&l);
		free(copy);
		FUZZ_CLAIM(l.len <= LINES_MAX + 1);
	}
	bool was_open = lines_is_open(&l);
	enum lines_kind rest = lines_rest(&l, &text, &len);
	if (rest == LINES_MESSAGE)
		FUZZ_CLAIM(len <= LINES_MAX && len == size - at && !memcmp(text, data + at, len));
	FUZZ_CLAIM(rest == LINES_NONE || was_open);
	FUZZ_CLAIM(!lines_is_open(&l));
	lines_shrink(&l);
	FUZZ_CLAIM(!l.part);
	return 0;
}
