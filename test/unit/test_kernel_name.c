/* SPDX-License-Identifier: ISC */
/* test_kernel_name.c - names through the system's resolver: what needs no network */
#include "tap.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>

#include "nod/name.h"

int main(void)
{
	char name[NOD_NAME_MAX], small[1];
	struct nod_hostent h;
	struct nod_addr loopback = { .family = NOD_IPV4, .octet = { 127, 0, 0, 1 } };

	tap(nod_gethostname(name, sizeof(name)) == 0 && name[0], "gethostname: a name");
	tap(nod_gethostname(small, sizeof(small)) == -ENAMETOOLONG, "gethostname: no room");
	tap(nod_gethostname(name, strlen(name) + 1) == 0, "gethostname: just room enough");

	int err = nod_gethostbyname("127.0.0.1", NOD_UNSPEC, &h);
	tap(err == 0 && h.n_addrs == 1 && nod_addr_equal(&h.addr[0], &loopback),
		"gethostbyname: an address is its own name");
	tap(err == 0 && strcmp(h.name, "127.0.0.1") == 0 && h.n_aliases == 0,
		"gethostbyname: ... and has no alias");
	err = nod_gethostbyname("localhost", NOD_IPV4, &h);
	tap(err == 0 && h.n_addrs >= 1 && nod_addr_equal(&h.addr[0], &loopback),
		"gethostbyname: localhost");
	tap(nod_gethostbyname("127.0.0.1", NOD_IPV6, &h) != 0 && h.n_addrs == 0,
		"gethostbyname: an IPv4 address has no IPv6 one");
	err = nod_gethostbyname("::1", NOD_UNSPEC, &h);
	tap(err == 0 && h.n_addrs == 1 && h.addr[0].family == NOD_IPV6 && h.addr[0].octet[15] == 1,
		"gethostbyname: an IPv6 address");
	tap(nod_gethostbyname("", NOD_UNSPEC, &h) != 0, "gethostbyname: no name");

	char long_name[400];
	memset(long_name, 'a', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = 0;
	tap(nod_gethostbyname(long_name, NOD_UNSPEC, &h) != 0, "gethostbyname: a label too long");

	err = nod_gethostbyaddr(&loopback, &h);
	tap(err == 0 && h.name[0] && h.n_addrs == 1 && nod_addr_equal(&h.addr[0], &loopback),
		"gethostbyaddr: the loopback address has a name");
	struct nod_addr none = { 0 };
	tap(nod_gethostbyaddr(&none, &h) == EAI_FAMILY, "gethostbyaddr: no address");
	return tap_done();
}
