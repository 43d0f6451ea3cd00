/* SPDX-License-Identifier: ISC */
/* fuzz_endpoint.c - any text as an address with a port (nod/endpoint.h) */
#include "fuzz.h"

#include "nod/endpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct nod_endpoint e, again;
	char written[NOD_ENDPOINT_TEXT_MAX];

	if (nod_endpoint_parse(&e, text) == 0) {
		FUZZ_CLAIM(nod_endpoint_format(&e, written, sizeof(written)) == written);
		FUZZ_CLAIM(nod_endpoint_parse(&again, written) == 0);
		FUZZ_CLAIM(nod_endpoint_equal(&e, &again));
		FUZZ_CLAIM(!nod_endpoint_format(&e, written, strlen(written)));
	}
	free(text);
	return 0;
}
