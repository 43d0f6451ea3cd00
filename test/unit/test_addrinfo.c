/* SPDX-License-Identifier: ISC */
/*
 * test_addrinfo.c - getaddrinfo() and getnameinfo() of a stack
 *
 * What needs no name server is asked of libc, too, and the answers are compared.
 */
#include "station.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include "application/dns_wire.h"

static struct station s;

/* "v4 1 6 192.0.2.1:80" for each entry, one after the other. */
static void write_list(const struct addrinfo *list, char *out, size_t cap)
{
	size_t at = 0;

	out[0] = 0;
	for (; list && at < cap; list = list->ai_next) {
		char host[64] = "?", port[16] = "?";

		getnameinfo(list->ai_addr, list->ai_addrlen, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV);
		at += (size_t)snprintf(out + at, cap - at, "%s %d %d %s:%s %s;",
			list->ai_family == AF_INET ? "v4" : "v6", list->ai_socktype,
			list->ai_protocol, host, port,
			list->ai_canonname ? list->ai_canonname : "");
	}
}

static int ours(const char *node, const char *service, const struct addrinfo *hints, char *out,
	size_t cap)
{
	struct nod_addrinfo *q;
	struct addrinfo *list = NULL;
	int eai = nod_getaddrinfo_start(s.stack, node, service, hints, &q);

	out[0] = 0;
	if (eai)
		return eai;
	eai = nod_getaddrinfo_take(q, &list);
	if (eai == 0)
		write_list(list, out, cap);
	nod_freeaddrinfo(list);
	nod_getaddrinfo_end(q);
	return eai;
}

static int theirs(const char *node, const char *service, const struct addrinfo *hints,
	char *out, size_t cap)
{
	struct addrinfo *list = NULL;
	int eai = getaddrinfo(node, service, hints, &list);

	out[0] = 0;
	if (eai == 0) {
		write_list(list, out, cap);
		freeaddrinfo(list);
	}
	return eai;
}

static const struct {
	const char *name, *node, *service;
	struct addrinfo hints;
} same[] = {
	{ "a number", "192.0.2.1", "80", { .ai_flags = AI_NUMERICHOST } },
	{ "of a stream", "192.0.2.1", "80",
		{ .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM } },
	{ "of datagrams", "192.0.2.1", "53",
		{ .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_DGRAM } },
	{ "by protocol", "192.0.2.1", "53",
		{ .ai_flags = AI_NUMERICHOST, .ai_protocol = IPPROTO_UDP } },
	{ "a protocol that does not fit", "192.0.2.1", "53",
		{ .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM,
			.ai_protocol = IPPROTO_UDP } },
	{ "raw", "192.0.2.1", NULL, { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_RAW } },
	{ "raw ICMP", "192.0.2.1", NULL,
		{ .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_RAW,
			.ai_protocol = IPPROTO_ICMP } },
	{ "no service", "192.0.2.1", NULL,
		{ .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM } },
	{ "IPv6", "2001:db8::1", "443",
		{ .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM } },
	{ "the other family", "192.0.2.1", "80",
		{ .ai_flags = AI_NUMERICHOST, .ai_family = AF_INET6 } },
	{ "and the other way", "2001:db8::1", "80",
		{ .ai_flags = AI_NUMERICHOST, .ai_family = AF_INET } },
	{ "mapped", "192.0.2.1", "80",
		{ .ai_flags = AI_NUMERICHOST | AI_V4MAPPED, .ai_family = AF_INET6,
			.ai_socktype = SOCK_STREAM } },
	{ "BSD's forms", "127.1", "80",
		{ .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM } },
	{ "canonical", "192.0.2.1", "80",
		{ .ai_flags = AI_NUMERICHOST | AI_CANONNAME, .ai_socktype = SOCK_STREAM } },
	{ "no number", "host", "80", { .ai_flags = AI_NUMERICHOST } },
	{ "canonical of nothing", NULL, "80", { .ai_flags = AI_CANONNAME } },
	{ "neither", NULL, NULL, { .ai_socktype = SOCK_STREAM } },
	{ "an unknown flag", "192.0.2.1", "80", { .ai_flags = 0x100000 } },
	{ "an unknown family", "192.0.2.1", "80", { .ai_family = AF_UNIX } },
	{ "an unknown type", "192.0.2.1", "80",
		{ .ai_flags = AI_NUMERICHOST, .ai_socktype = 77 } },
	{ "no numeric service", "192.0.2.1", "http",
		{ .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM } },
	{ "no such service", "192.0.2.1", "no-such-service-at-all",
		{ .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM } },
	{ "raw has no services", "192.0.2.1", "http",
		{ .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_RAW } },
	{ "to listen, IPv4", NULL, "80",
		{ .ai_flags = AI_PASSIVE, .ai_family = AF_INET, .ai_socktype = SOCK_STREAM } },
	{ "to listen, IPv6", NULL, "80",
		{ .ai_flags = AI_PASSIVE, .ai_family = AF_INET6, .ai_socktype = SOCK_STREAM } },
	{ "to oneself, IPv4", NULL, "80",
		{ .ai_family = AF_INET, .ai_socktype = SOCK_STREAM } },
	{ "to oneself, IPv6", NULL, "80",
		{ .ai_family = AF_INET6, .ai_socktype = SOCK_STREAM } },
};

static void test_same(void)
{
	for (unsigned k = 0; k < sizeof(same) / sizeof(same[0]); k++) {
		char a[1024], b[1024];
		int ea = ours(same[k].node, same[k].service, &same[k].hints, a, sizeof(a));
		int eb = theirs(same[k].node, same[k].service, &same[k].hints, b, sizeof(b));

		if (!tap(ea == eb && strcmp(a, b) == 0, "as libc: %s", same[k].name))
			printf("# ours %d %s\n# libc %d %s\n", ea, a, eb, b);
	}
}

static void test_own(void)
{
	struct addrinfo h = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST };
	char out[1024];

	tap(ours(NULL, "80", &(struct addrinfo){ .ai_flags = AI_PASSIVE,
				    .ai_socktype = SOCK_STREAM }, out, sizeof(out)) == 0 &&
			strcmp(out, "v4 1 6 0.0.0.0:80 ;v6 1 6 :::80 ;") == 0,
		"to listen: both families");
	tap(ours("fe80::1%eth0", "80", &h, out, sizeof(out)) == 0 && strstr(out, "fe80::1%"),
		"a zone is an interface of the stack");
	tap(ours("fe80::1%nowhere0", "80", &h, out, sizeof(out)) == EAI_NONAME, "or it is none");
	tap(ours("192.0.2.1%eth0", "80", &h, out, sizeof(out)) == EAI_NONAME, "IPv4 has no zones");
	tap(ours("192.0.2.1", "65536", &h, out, sizeof(out)) == EAI_SERVICE, "port 65,536");
	tap(ours("192.0.2.1", "99999999999999999999", &h, out, sizeof(out)) == EAI_SERVICE,
		"a port of twenty digits");
	tap(ours("192.0.2.1", "-1", &h, out, sizeof(out)) == EAI_SERVICE, "port -1");
	tap(ours("192.0.2.1", "http", &h, out, sizeof(out)) == 0 &&
			strcmp(out, "v4 1 6 192.0.2.1:80 ;") == 0,
		"a service by its name");
	tap(ours("localhost", "80", &(struct addrinfo){ .ai_family = AF_INET,
					    .ai_socktype = SOCK_STREAM }, out, sizeof(out)) == 0 &&
			strcmp(out, "v4 1 6 127.0.0.1:80 ;") == 0,
		"localhost");
}

/* A name, with a server that has the answer. */
static void test_asked(void)
{
	static const char hosts[] = "10.0.0.9 nine.lan nine\n";
	struct nod_resolver_conf conf = { .hosts = hosts, .hosts_len = sizeof(hosts) - 1,
		.n_servers = 1 };
	struct addrinfo h = { .ai_family = AF_INET6, .ai_socktype = SOCK_DGRAM,
		.ai_flags = AI_V4MAPPED | AI_CANONNAME };
	struct sockaddr_in sa = { .sin_family = AF_INET };
	struct nod_addrinfo *q;
	struct nod_nameinfo *n;
	struct addrinfo *list;
	char out[256], host[64], service[32];

	nod_addr_parse(&conf.server[0], "10.0.0.1");
	nod_resolver_set(s.stack, &conf);
	tap(ours("nine", "domain", &h, out, sizeof(out)) == 0 &&
			strcmp(out, "v6 2 17 ::ffff:10.0.0.9:53 nine.lan;") == 0,
		"the hosts table, mapped, canonical");
	tap(nod_getaddrinfo_start(s.stack, "www.example.com", "80", NULL, &q) == 0 &&
			nod_getaddrinfo_take(q, &list) == NOD_EAI_PENDING,
		"a name that has to be asked for");
	station_pass(&s, 20 * NOD_S);
	tap(nod_getaddrinfo_take(q, &list) == EAI_AGAIN, "and nobody answers");
	nod_getaddrinfo_end(q);

	inet_pton(AF_INET, "10.0.0.9", &sa.sin_addr);
	sa.sin_port = nod_htons(53);
	tap(nod_getnameinfo_start(s.stack, (struct sockaddr *)&sa, sizeof(sa), NI_DGRAM, &n) == 0 &&
			nod_getnameinfo_take(n, host, sizeof(host), service, sizeof(service)) ==
				0 &&
			strcmp(host, "nine.lan") == 0 && strcmp(service, "domain") == 0,
		"and back");
	tap(nod_getnameinfo_take(n, host, 8, NULL, 0) == EAI_OVERFLOW &&
			nod_getnameinfo_take(n, host, 9, NULL, 0) == 0,
		"room for it, or not");
	tap(nod_getnameinfo_take(n, NULL, 0, NULL, 0) == EAI_NONAME, "nothing is wanted");
	nod_getnameinfo_end(n);
	tap(nod_getnameinfo_start(s.stack, (struct sockaddr *)&sa, sizeof(sa),
		    NI_NUMERICHOST | NI_NUMERICSERV, &n) == 0 &&
			nod_getnameinfo_take(n, host, sizeof(host), service, sizeof(service)) ==
				0 &&
			strcmp(host, "10.0.0.9") == 0 && strcmp(service, "53") == 0,
		"as numbers");
	nod_getnameinfo_end(n);
	inet_pton(AF_INET, "10.0.0.77", &sa.sin_addr);
	tap(nod_getnameinfo_start(s.stack, (struct sockaddr *)&sa, sizeof(sa), NI_NAMEREQD, &n) ==
				0 &&
			nod_getnameinfo_take(n, host, sizeof(host), NULL, 0) == NOD_EAI_PENDING,
		"an address that has to be asked for");
	station_pass(&s, 20 * NOD_S);
	tap(nod_getnameinfo_take(n, host, sizeof(host), NULL, 0) == EAI_AGAIN,
		"no name, no answer");
	nod_getnameinfo_end(n);
	tap(nod_getnameinfo_start(s.stack, (struct sockaddr *)&sa, 4, 0, &n) == EAI_FAMILY &&
			nod_getnameinfo_start(s.stack, (struct sockaddr *)&sa, 0, 0, &n) ==
				EAI_FAMILY,
		"an address that is cut");
	tap(nod_getnameinfo_start(s.stack, (struct sockaddr *)&sa, sizeof(sa), 0x10000, &n) ==
			EAI_BADFLAGS,
		"an unknown flag");
	nod_getaddrinfo_end(NULL);
	nod_getnameinfo_end(NULL);
	nod_freeaddrinfo(NULL);
}

int main(void)
{
	station_begin(&s, &(struct nod_conf){ .seed = { 2 } }, "10.0.0.2/24");
	test_same();
	test_own();
	test_asked();
	station_end(&s);
	return tap_done();
}
