/* SPDX-License-Identifier: ISC */
/* test_host_files.c - hosts, nsswitch.conf and resolv.conf: as they should be, and not */
#include "tap.h"

#include <stdlib.h>
#include <string.h>

#include "application/host_files.h"

/* The text in memory of exactly its size, without a NUL. */
static char *exact(const char *text, size_t *len)
{
	*len = strlen(text);
	char *copy = malloc(*len ? *len : 1);

	memcpy(copy, text, *len);
	return copy;
}

static const struct {
	const char *name, *text, *asked;
	enum nod_family family;
	unsigned n_addrs, first_line;
	const char *canonical;
	unsigned n_aliases;
} by_name[] = {
	{ "by canonical name", "192.0.2.1 bob b\n", "bob", NOD_UNSPEC, 1, 1, "bob", 1 },
	{ "by alias, in any case", "#\n192.0.2.1\tbob B\n", "b", NOD_UNSPEC, 1, 2, "bob", 1 },
	{ "without a last newline", "192.0.2.1 bob", "bob", NOD_UNSPEC, 1, 1, "bob", 0 },
	{ "line ends of DOS", "192.0.2.1 bob\r\n", "bob", NOD_UNSPEC, 1, 1, "bob", 0 },
	{ "several lines, once each", "192.0.2.1 bob\n::1 bob x\n192.0.2.1 bob y\n", "bob",
		NOD_UNSPEC, 2, 1, "bob", 2 },
	{ "one family", "192.0.2.1 bob\n::1 bob\n", "bob", NOD_IPV6, 1, 2, "bob", 0 },
	{ "a comment behind", "192.0.2.1 bob # eve\n", "eve", NOD_UNSPEC, 0, 0, "", 0 },
	{ "a comment without a space", "192.0.2.1 bob#eve\n", "bob", NOD_UNSPEC, 1, 1, "bob", 0 },
	{ "not the address itself", "192.0.2.1 bob\n", "192.0.2.1", NOD_UNSPEC, 0, 0, "", 0 },
	{ "not a part of a name", "192.0.2.1 bobby\n", "bob", NOD_UNSPEC, 0, 0, "", 0 },
	{ "bad addresses", "1.2.3 bob\n1.2.3.4.5 bob\n:::1 bob\nbob bob\n", "bob", NOD_UNSPEC, 0,
		0, "", 0 },
	{ "an address alone", "192.0.2.1\n192.0.2.1 \n", "bob", NOD_UNSPEC, 0, 0, "", 0 },
	{ "nothing", "", "bob", NOD_UNSPEC, 0, 0, "", 0 },
	{ "no name", "192.0.2.1 bob\n", "", NOD_UNSPEC, 0, 0, "", 0 },
};

static void test_hosts(void)
{
	for (unsigned i = 0; i < sizeof(by_name) / sizeof(by_name[0]); i++) {
		struct hosts_found f;
		size_t len;
		char *text = exact(by_name[i].text, &len);

		hosts_find_name(text, len, by_name[i].asked, by_name[i].family, &f);
		tap(f.host.n_addrs == by_name[i].n_addrs &&
			(f.n_lines ? f.line[0].number : 0) == by_name[i].first_line &&
			strcmp(f.host.name, by_name[i].canonical) == 0 &&
			f.host.n_aliases == by_name[i].n_aliases, "hosts: %s", by_name[i].name);
		free(text);
	}

	struct hosts_found f;
	struct nod_addr a = { .family = NOD_IPV4, .octet = { 192, 0, 2, 1 } };
	size_t len;
	char *text = exact("192.0.2.1\n192.0.2.1 bob b\n192.0.2.1 eve\n", &len);

	hosts_find_addr(text, len, &a, &f);
	tap(f.n_lines == 1 && f.line[0].number == 2 && strcmp(f.host.name, "bob") == 0 &&
		f.host.n_aliases == 1, "hosts: by address, the first line with a name");
	a.octet[3] = 9;
	hosts_find_addr(text, len, &a, &f);
	tap(f.n_lines == 0 && f.host.n_addrs == 0, "hosts: by address, not there");
	free(text);

	/* more of everything than fits */
	char *many = malloc(100 * 400 + 1), *p = many;
	for (unsigned i = 0; i < 100; i++) {
		p += snprintf(p, 40, "10.0.0.%u bob", i);
		for (unsigned k = 0; k < 30; k++)
			p += snprintf(p, 12, " a%u-%u", i, k);
		*p++ = '\n';
	}
	hosts_find_name(many, (size_t)(p - many), "bob", NOD_UNSPEC, &f);
	tap(f.n_lines == HOSTS_LINES_MAX && f.host.n_addrs == NOD_HOST_ADDRS &&
		f.host.n_aliases == NOD_HOST_ALIASES, "hosts: more than fits is left out");
	free(many);

	char *wide = malloc(2000);
	memset(wide, 'x', 2000);
	memcpy(wide, "10.0.0.1 bob ", 13);
	hosts_find_name(wide, 2000, "bob", NOD_UNSPEC, &f);
	tap(f.n_lines == 1 && strlen(f.line[0].text) == 255 && f.host.n_aliases == 0,
		"hosts: a name too long is no name, a line too long is cut");
	free(wide);
}

static const struct {
	const char *name, *text;
	unsigned line, n_sources;
	const char *first;
	int not_found; /* the first source's action */
} orders[] = {
	{ "the usual", "passwd: files\nhosts: files dns\n", 2, 2, "files", NSS_CONTINUE },
	{ "spaces anywhere", " hosts :files\tdns\n", 1, 2, "files", NSS_CONTINUE },
	{ "an action", "hosts: mdns [NOTFOUND=return] dns\n", 1, 2, "mdns", NSS_RETURN },
	{ "an action that touches", "hosts: mdns[notfound=return]dns\n", 1, 2, "mdns", NSS_RETURN },
	{ "everything but", "hosts: resolve [!UNAVAIL=return] dns\n", 1, 2, "resolve", NSS_RETURN },
	{ "two actions", "hosts: a [SUCCESS=merge NOTFOUND=return] b c\n", 1, 3, "a", NSS_RETURN },
	{ "a comment", "#hosts: dns\nhosts: files # dns\n", 2, 1, "files", NSS_CONTINUE },
	{ "none", "passwd: files\n", 0, 2, "dns", NSS_RETURN },
	{ "nothing at all", "", 0, 2, "dns", NSS_RETURN },
	{ "an empty line of its own", "hosts:\n", 1, 0, NULL, 0 },
	{ "a bracket without its end", "hosts: a [NOTFOUND=return b\n", 1, 1, "a", NSS_CONTINUE },
	{ "a bracket first", "hosts: [NOTFOUND=return] a\n", 1, 1, "a", NSS_CONTINUE },
	{ "actions that are none", "hosts: a [=] [!] [NOTFOUND] [X=Y] [NOTFOUND=] b\n", 1, 2, "a",
		NSS_CONTINUE },
	{ "a source's name too long", "hosts: abcdefghijklmnopqrstuvwxyz dns\n", 1, 1, "dns",
		NSS_CONTINUE },
	{ "too many", "hosts: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18\n", 1, 16, "1",
		NSS_CONTINUE },
};

static void test_nsswitch(void)
{
	for (unsigned i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		struct nss_order o;
		size_t len;
		char *text = exact(orders[i].text, &len);

		nss_read(text, len, &o);
		bool ok = o.line == orders[i].line && o.n_sources == orders[i].n_sources;
		if (ok && orders[i].first)
			ok = strcmp(o.source[0].name, orders[i].first) == 0 &&
				o.source[0].action[NSS_NOT_FOUND] == orders[i].not_found;
		tap(ok, "nsswitch: %s", orders[i].name);
		free(text);
	}
}

static void test_resolv(void)
{
	struct resolv_conf c;
	size_t len;
	char *text = exact("; old\n# new\nnameserver 192.0.2.1\nnameserver bad\nnameserver ::1\n"
			   "nameserver 192.0.2.3\nnameserver 192.0.2.4\nsearch a.test\n"
			   "domain b.test\nsearch c.test d.test .\noptions edns0 ndots:3 timeout:1\n"
			   "nameserver", &len);

	resolv_read(text, len, &c);
	tap(c.n_servers == 3 && c.server[0].octet[3] == 1 && c.server[1].family == NOD_IPV6 &&
		c.server[2].octet[3] == 3, "resolv: three servers, bad ones passed over");
	tap(c.n_search == 3 && strcmp(c.search[0], "c.test") == 0 && c.ndots == 3,
		"resolv: the last search list, ndots");

	char out[RESOLV_SEARCH_MAX + 1][NOD_NAME_MAX];
	tap(resolv_candidates(&c, "bob", out) == 4 && strcmp(out[0], "bob.c.test") == 0 &&
		strcmp(out[1], "bob.d.test") == 0 && strcmp(out[2], "bob") == 0 &&
		strcmp(out[3], "bob") == 0, "candidates: the list, then as it is");
	tap(resolv_candidates(&c, "a.b.c.d", out) == 4 && strcmp(out[0], "a.b.c.d") == 0,
		"candidates: with dots enough, as it is first");
	tap(resolv_candidates(&c, "bob.", out) == 1 && strcmp(out[0], "bob.") == 0,
		"candidates: a last dot says whole");

	char long_name[NOD_NAME_MAX];
	memset(long_name, 'a', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = 0;
	tap(resolv_candidates(&c, long_name, out) == 2, "candidates: too long ones are left out");
	free(text);

	resolv_read("", 0, &c);
	tap(c.n_servers == 1 && c.server[0].octet[0] == 127 && c.ndots == 1 && !c.n_search,
		"resolv: nothing means this machine");
	static const char *const odd[] = { "options ndots:", "options ndots:x", "options ndots",
		"search", "nameserver", "domain ", "options ndots:-1" };
	for (unsigned i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		text = exact(odd[i], &len);
		resolv_read(text, len, &c);
		tap(c.n_servers == 1 && !c.n_search && c.ndots <= 1, "resolv: \"%.14s\"", odd[i]);
		free(text);
	}
	text = exact("options ndots:99999999999999999999\n", &len);
	resolv_read(text, len, &c);
	tap(c.ndots == 15, "resolv: ndots has a most");
	free(text);
}

int main(void)
{
	test_hosts();
	test_nsswitch();
	test_resolv();
	return tap_done();
}
