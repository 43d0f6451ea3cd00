/* SPDX-License-Identifier: ISC */
/*
 * hosts.h - two hosts of nod's own on a wire in memory, for tests of sessions
 *
 * The first has 10.9.0.1 and 2001:db8::1, the second 10.9.0.2 and 2001:db8::2.
 */
#ifndef NOD_TEST_HOSTS_H
#define NOD_TEST_HOSTS_H

#include <stdlib.h>
#include <string.h>

#include "nod/host.h"
#include "nod/resolve.h"
#include "tap.h"

struct hosts {
	struct nod_host *host[2];
	const struct nod_service *on[2];
	unsigned interface[2];
};

static inline void hosts_must(bool ok, const char *what)
{
	if (ok)
		return;
	printf("Bail out! no %s\n", what);
	exit(99);
}

static inline void host_address(struct nod_host *h, unsigned interface, const char *text)
{
	struct nod_prefix p;

	hosts_must(nod_prefix_parse(&p, text) == 0 &&
			nod_address_add(
				nod_host_stack(h), interface, &p, NOD_ADDRESS_AT_ONCE) == 0,
		text);
}

/* Joined and with addresses, not running yet; @conf may be NULL. */
static inline struct hosts two_hosts_at_rest(
	const struct nod_conf *conf, const struct nod_join_conf *wire)
{
	static const char *const addr[2][2] = { { "10.9.0.1/24", "2001:db8::1/64" },
		{ "10.9.0.2/24", "2001:db8::2/64" } };
	static const char hosts[] = "10.9.0.2 two\n2001:db8::2 two\n10.9.0.1 one\n";
	const struct nod_resolver_conf names = { .hosts = hosts,
		.hosts_len = sizeof(hosts) - 1 };
	struct hosts h;

	for (unsigned k = 0; k < 2; k++)
		hosts_must(nod_host_new(conf, &h.host[k]) == 0, "host");
	hosts_must(nod_host_join(h.host[0], h.host[1], wire, h.interface) == 0, "wire");
	for (unsigned k = 0; k < 2; k++) {
		host_address(h.host[k], h.interface[k], addr[k][0]);
		host_address(h.host[k], h.interface[k], addr[k][1]);
		hosts_must(nod_resolver_set(nod_host_stack(h.host[k]), &names) == 0, "names");
		h.on[k] = nod_host_service(h.host[k]);
	}
	return h;
}

static inline struct hosts two_hosts(void)
{
	struct hosts h = two_hosts_at_rest(NULL, NULL);

	hosts_must(nod_host_start(h.host[0]) == 0, "thread");
	return h;
}

static inline void hosts_end(struct hosts *h)
{
	nod_host_free(h->host[0]);
	nod_host_free(h->host[1]);
}

#endif
