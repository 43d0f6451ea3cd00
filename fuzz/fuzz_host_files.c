/* SPDX-License-Identifier: ISC */
/* fuzz_host_files.c - any text as hosts, nsswitch.conf, resolv.conf (application/host_files.h) */
#include "fuzz.h"

#include "application/host_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char names[RESOLV_SEARCH_MAX + 1][NOD_NAME_MAX];
	const char *text = (const char *)data;
	struct hosts_found *f = malloc(sizeof(*f));
	struct nod_addr a = { .family = NOD_IPV4, .octet = { 127, 0, 0, 1 } };
	struct nss_order order;
	struct resolv_conf conf;

	if (!f)
		abort();
	hosts_find_name(text, size, "bob", NOD_UNSPEC, f);
	FUZZ_CLAIM((f->n_lines == 0) == (f->host.n_addrs == 0));
	FUZZ_CLAIM(f->n_lines <= HOSTS_LINES_MAX && f->host.n_addrs <= NOD_HOST_ADDRS);
	hosts_find_addr(text, size, &a, f);
	FUZZ_CLAIM(f->n_lines <= 1 && f->host.n_addrs == f->n_lines);

	nss_read(text, size, &order);
	FUZZ_CLAIM(order.n_sources <= NSS_SOURCES_MAX);
	for (unsigned i = 0; i < order.n_sources; i++) {
		FUZZ_CLAIM(order.source[i].name[0]);
		for (unsigned k = 0; k < NSS_N_STATUS; k++)
			FUZZ_CLAIM(order.source[i].action[k] <= NSS_MERGE);
	}

	resolv_read(text, size, &conf);
	FUZZ_CLAIM(conf.n_servers >= 1 && conf.n_servers <= RESOLV_SERVERS_MAX);
	FUZZ_CLAIM(conf.ndots <= 15 && conf.n_search <= RESOLV_SEARCH_MAX);
	unsigned n = resolv_candidates(&conf, "bob", names);
	FUZZ_CLAIM(n >= 1 && n <= RESOLV_SEARCH_MAX + 1);
	free(f);
	return 0;
}
