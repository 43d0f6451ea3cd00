/* SPDX-License-Identifier: ISC */
/*
 * fuzz_impair_spec.c - any text as faults of a wire (presentation/impair_spec.h)
 *
 * What is read is sound: a device can be made of it.  What is refused names a place in the text.
 */
#include "fuzz.h"

#include "physical/wire.h"
#include "presentation/impair_spec.h"
#include "transport/packet_kind.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct impair_conf conf;
	struct impair_error e;
	char *text = fuzz_text(data, size), said[1200];
	struct device *end[2], *d;

	memset(&conf, 0, sizeof(conf));
	conf.packets = &packet_kinds;
	if (impair_spec_parse(&conf, NULL, text, &e) < 0) {
		FUZZ_CLAIM(e.wrong && e.at <= strlen(text) && e.len <= strlen(text) - e.at);
		impair_spec_explain(&e, said, sizeof(said));
		FUZZ_CLAIM(strstr(said, e.word));
	} else if (wire_new(&(struct wire_conf){ .queue = 2 }, end) == 0) {
		FUZZ_CLAIM(impair_device(end[0], &conf, 0, &d) == 0);
		device_close(d);
		device_close(end[1]);
	}
	free(text);
	return 0;
}
