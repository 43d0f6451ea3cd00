/* SPDX-License-Identifier: ISC */
/* fuzz_addr.c - any text as an address and as a prefix (nod/addr.h) */
#include "fuzz.h"

#include "nod/addr.h"

static void address(const char *text)
{
	struct nod_addr a = { .family = 99 }, again;
	char written[NOD_ADDR_TEXT_MAX];
	uint8_t octets[4];

	if (nod_addr_parse(&a, text) < 0) {
		FUZZ_CLAIM(a.family == 99); /* left alone on error */
		return;
	}
	FUZZ_CLAIM(a.family == NOD_IPV4 || a.family == NOD_IPV6);
	FUZZ_CLAIM(nod_addr_format(&a, written, sizeof(written)) == written);
	FUZZ_CLAIM(nod_addr_parse(&again, written) == 0);
	FUZZ_CLAIM(nod_addr_equal(&a, &again));
	FUZZ_CLAIM(!nod_addr_format(&a, written, strlen(written)));
	if (a.family == NOD_IPV4) /* what the strict form takes, BSD's takes too */
		FUZZ_CLAIM(nod_inet_aton(text, octets) == 1 && !memcmp(octets, a.octet, 4));
}

static void prefix(const char *text)
{
	struct nod_prefix p, network;

	if (nod_prefix_parse(&p, text) < 0)
		return;
	FUZZ_CLAIM(p.len <= (p.addr.family == NOD_IPV4 ? 32 : 128));
	network = nod_prefix_network(&p);
	FUZZ_CLAIM(network.len == p.len);
	p.addr.zone = 0;
	network.addr.zone = 0;
	if (nod_addr_unmap(&p.addr).family == p.addr.family)
		FUZZ_CLAIM(nod_prefix_contains(&network, &p.addr));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	uint8_t octets[16];

	address(text);
	prefix(text);
	(void)nod_inet_pton(2 /* AF_INET */, text, octets);
	(void)nod_inet_pton(10 /* AF_INET6 */, text, octets);
	free(text);
	return 0;
}
