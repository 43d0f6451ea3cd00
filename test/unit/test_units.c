/* SPDX-License-Identifier: ISC */
/* test_units.c - numbers, spans and sizes as people type them */
#include "tap.h"

#include <errno.h>

#include "presentation/units.h"

static const struct {
	const char *in;
	int err;
	nod_ns want;
} spans[] = {
	{ "0", 0, 0 },
	{ "90", 0, 90 * NOD_S },
	{ "1.5", 0, 1500 * NOD_MS },
	{ "250ms", 0, 250 * NOD_MS },
	{ "0.5ms", 0, 500 * NOD_US },
	{ "2h", 0, 7200 * NOD_S },
	{ "5m", 0, 300 * NOD_S },
	{ "", -EINVAL, 0 },
	{ "-1", -EINVAL, 0 },
	{ "1x", -EINVAL, 0 },
	{ "s", -EINVAL, 0 },
	{ ".5", -EINVAL, 0 },
	{ "9223372037", -ERANGE, 0 },
	{ "99999999999999999999", -EINVAL, 0 },
};

static const struct {
	const char *in;
	int err;
	uint64_t want;
} sizes[] = {
	{ "1", 0, 1 },
	{ "4096", 0, 4096 },
	{ "64k", 0, 65536 },
	{ "64KiB", 0, 65536 },
	{ "1M", 0, 1048576 },
	{ "0", -ERANGE, 0 },
	{ "2G", -ERANGE, 0 },
	{ "17179869184G", -ERANGE, 0 },
	{ "1kk", -EINVAL, 0 },
	{ "k", -EINVAL, 0 },
	{ "", -EINVAL, 0 },
};

int main(void)
{
	for (unsigned i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		nod_ns got = 0;
		int err = parse_span(spans[i].in, &got);

		tap(err == spans[i].err && got == spans[i].want, "span \"%s\"", spans[i].in);
	}
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint64_t got = 0;
		int err = parse_size(sizes[i].in, 1, 1 << 30, &got);

		tap(err == sizes[i].err && got == sizes[i].want, "size \"%s\"", sizes[i].in);
	}

	uint64_t n = 0;
	tap(parse_uint("65535", 1, 65535, &n) == 0 && n == 65535, "number at its upper bound");
	tap(parse_uint("65536", 1, 65535, &n) == -ERANGE, "number beyond its bound");
	tap(parse_uint("99999999999999999999999", 1, 5, &n) == -ERANGE, "number beyond 64 bits");
	tap(parse_uint("12a", 1, 65535, &n) == -EINVAL, "number with a letter");
	tap(parse_uint("", 0, 65535, &n) == -EINVAL, "no number");
	return tap_done();
}
