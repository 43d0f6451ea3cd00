/* SPDX-License-Identifier: ISC */
/* fuzz_addr.c - any text as an address, a prefix, a range (nod/addr.h, network/addr_*.h) */
#include "fuzz.h"

#include <arpa/inet.h>

#include "network/addr_forms.h"
#include "network/addr_prefix.h"

/* What is written of an address is that address. */
static void round_trip(const struct nod_addr *a)
{
	struct nod_addr again;
	enum addr_written written;
	struct addr_trouble t;
	char text[ADDR_FORM_TEXT_MAX];

	FUZZ_CLAIM(nod_addr_format(a, text, sizeof(text)) == text);
	FUZZ_CLAIM(strlen(text) < NOD_ADDR_TEXT_MAX && nod_addr_parse(&again, text) == 0);
	FUZZ_CLAIM(nod_addr_equal(a, &again));
	FUZZ_CLAIM(!nod_addr_format(a, text, strlen(text)));
	for (int form = FORM_PACKED; form <= FORM_ARPA; form++) {
		if (form == FORM_BINARY || form == FORM_INTEGER || form == FORM_HEX ||
			!addr_form((enum addr_form)form, a, text))
			continue;
		FUZZ_CLAIM(strlen(text) < ADDR_FORM_TEXT_MAX);
		FUZZ_CLAIM(addr_scan_any(text, strlen(text), &again, &written, &t) == 0);
		again.zone = a->zone;
		FUZZ_CLAIM(nod_addr_equal(a, &again));
	}
	addr_inside(a);
}

/* The strict forms are those that libc takes. */
static void as_libc(const char *text)
{
	uint8_t mine[16], theirs[16];

	for (int i = 0; i < 2; i++) {
		int af = i ? AF_INET6 : AF_INET, n = i ? 16 : 4;
		int read = nod_inet_pton(af, text, mine);

		FUZZ_CLAIM(read == inet_pton(af, text, theirs));
		FUZZ_CLAIM(read != 1 || memcmp(mine, theirs, (size_t)n) == 0);
		if (read == 1 && af == AF_INET) /* what the strict form takes, BSD's takes, too */
			FUZZ_CLAIM(nod_inet_aton(text, mine) == 1 && memcmp(mine, theirs, 4) == 0);
	}
	if (nod_inet_aton(text, mine) == 1) {
		struct in_addr in;

		FUZZ_CLAIM(inet_aton(text, &in) == 1 && memcmp(mine, &in, 4) == 0);
	}
}

/* A range's prefixes follow each other from its first address to its last. */
static void take_apart(struct addr_range r)
{
	struct addr_range left = r;
	struct nod_prefix p;
	struct nod_addr next = r.first;
	unsigned n = 0;

	while (range_take_prefix(&left, &p)) {
		FUZZ_CLAIM(++n <= 256 && addr_compare(&p.addr, &next) == 0);
		next = prefix_last(&p);
		FUZZ_CLAIM(addr_compare(&next, &r.last) <= 0);
		if (addr_compare(&next, &r.last) < 0)
			FUZZ_CLAIM(addr_step(&next, addr_bits((enum nod_family)next.family)));
	}
	FUZZ_CLAIM(n && addr_compare(&next, &r.last) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct addr_trouble t = { .fault = ADDR_FINE };
	enum addr_written written;
	enum prefix_form form;
	struct nod_prefix p;
	struct addr_range r;
	struct nod_addr a = { .family = 99 };

	if (nod_addr_parse(&a, text) < 0)
		FUZZ_CLAIM(a.family == 99); /* left alone on error */
	if (addr_scan_any(text, size, &a, &written, &t) == 0)
		round_trip(&a);
	else
		FUZZ_CLAIM(t.fault && t.at <= size && t.len <= size - t.at);
	if (prefix_scan(text, size, &p, &form, &t) == 0) {
		struct nod_prefix net = nod_prefix_network(&p);

		FUZZ_CLAIM(prefix_covers(&net, &p) && net.len == p.len);
		bool is_mapped = nod_addr_unmap(&p.addr).family != p.addr.family;
		/* a mapped address is taken as IPv4, which no IPv6 prefix holds */
		FUZZ_CLAIM(nod_prefix_contains(&p, &p.addr) || (is_mapped && p.len < 96));
	}
	if (range_scan(text, size, &r, &t) == 0)
		take_apart(r);
	else
		FUZZ_CLAIM(t.fault && t.at <= size && t.len <= size - t.at);
	as_libc(text);
	free(text);
	return 0;
}
