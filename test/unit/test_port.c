/* SPDX-License-Identifier: ISC */
/* test_port.c - services, their ports, and the ranges of ports: nod/service.h, transport/port.h */
#include "tap.h"

#include <string.h>

#include "transport/port.h"

static const struct {
	const char *name, *protocol;
	const char *official; /* NULL: there is none */
	unsigned port;
} by_name[] = {
	{ "mysql", NULL, "mysql", 3306 }, /* the notes' example */
	{ "mysql", "tcp", "mysql", 3306 },
	{ "http", NULL, "http", 80 },
	{ "www", "tcp", "http", 80 },
	{ "www-http", "udp", "http", 80 },
	{ "domain", "udp", "domain", 53 },
	{ "syslog", NULL, "syslog", 514 },
	{ "shell", NULL, "shell", 514 },
	{ "imap2", NULL, "imap", 143 },
	{ "m3ua", "sctp", "m3ua", 2905 },
	{ "mysql", "udp", NULL, 0 },
	{ "syslog", "tcp", NULL, 0 },
	{ "mysql", "", NULL, 0 },
	{ "mysql", "TCP", NULL, 0 },
	{ "MySQL", NULL, NULL, 0 },
	{ "mysq", NULL, NULL, 0 },
	{ "mysqll", NULL, NULL, 0 },
	{ "ttp", NULL, NULL, 0 },
	{ "www www-http", NULL, "http", 80 }, /* odd, but nobody is misled */
	{ "ww", NULL, NULL, 0 },
	{ "", NULL, NULL, 0 },
	{ " ", NULL, NULL, 0 },
	{ "3306", NULL, NULL, 0 },
};

static const struct {
	unsigned port;
	const char *protocol, *name; /* NULL: there is none */
} by_port[] = {
	{ 3306, NULL, "mysql" },
	{ 3306, "udp", NULL },
	{ 514, "tcp", "shell" },
	{ 514, "udp", "syslog" },
	{ 53, "udp", "domain" },
	{ 0, NULL, NULL },
	{ 4, NULL, NULL },
	{ 65535, NULL, NULL },
	{ 80, "icmp", NULL },
};

static const struct {
	unsigned port;
	enum port_range range;
	enum port_notes notes;
} ranges[] = {
	{ 0, PORT_RESERVED, NOTES_NONE },
	{ 1, PORT_SYSTEM, NOTES_WELL_KNOWN },
	{ 255, PORT_SYSTEM, NOTES_WELL_KNOWN },
	{ 256, PORT_SYSTEM, NOTES_SYSTEM },
	{ 1023, PORT_SYSTEM, NOTES_SYSTEM },
	{ 1024, PORT_USER, NOTES_NONE },
	{ 6665, PORT_USER, NOTES_NONE },
	{ 6666, PORT_USER, NOTES_OWN },
	{ 7777, PORT_USER, NOTES_OWN },
	{ 8888, PORT_USER, NOTES_OWN },
	{ 9999, PORT_USER, NOTES_OWN },
	{ 10000, PORT_USER, NOTES_NONE },
	{ 10001, PORT_USER, NOTES_OWN },
	{ 49151, PORT_USER, NOTES_OWN },
	{ 49152, PORT_DYNAMIC, NOTES_OWN },
	{ 65535, PORT_DYNAMIC, NOTES_OWN },
};

/* RFC 6335 5.1, and the dot of z39.50, which is older. */
static bool is_name(const char *s)
{
	size_t len = strlen(s);

	return len &&
		strspn(s,
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			"0123456789-.") == len;
}

static void test_table(void)
{
	const struct nod_servent *s, *before = NULL;
	bool is_sorted = true, is_named = true, is_unique = true, is_told = true,
	     is_found = true;
	unsigned n = 0;

	for (; (s = nod_servent_at(n)); n++, before = s) {
		is_sorted &= !before || s->port >= before->port;
		is_named &= is_name(s->name);
		is_unique &= nod_getservbyport(s->port, s->protocol) == s;
		is_told &= *s->about && *servent_about_zh(s);
		is_found &= nod_getservbyname(s->name, s->protocol) != NULL;
		if (!is_sorted || !is_named || !is_unique || !is_told || !is_found)
			break;
	}
	tap(n > 400, "some hundred services (%u), read up to \"%s\"", n,
		s ? s->name : "the end");
	tap(is_sorted, "by port");
	tap(is_named, "names as RFC 6335 has them");
	tap(is_unique, "one for a port and a protocol");
	tap(is_told, "told in both languages");
	tap(is_found, "found by their names");
	tap(!nod_servent_at(n) && !nod_servent_at(0xffffffffu),
		"past the end there is nothing");
}

int main(void)
{
	for (unsigned i = 0; i < sizeof(by_name) / sizeof(by_name[0]); i++) {
		const struct nod_servent *s =
			nod_getservbyname(by_name[i].name, by_name[i].protocol);
		const char *protocol = by_name[i].protocol ? by_name[i].protocol : "any";

		tap(by_name[i].official ? s && s->port == by_name[i].port &&
					strcmp(s->name, by_name[i].official) == 0 :
					  !s,
			"name \"%s\", protocol \"%s\"", by_name[i].name, protocol);
	}
	for (unsigned i = 0; i < sizeof(by_port) / sizeof(by_port[0]); i++) {
		const struct nod_servent *s =
			nod_getservbyport((uint16_t)by_port[i].port, by_port[i].protocol);

		tap(by_port[i].name ? s && strcmp(s->name, by_port[i].name) == 0 : !s,
			"port %u, protocol \"%s\"", by_port[i].port,
			by_port[i].protocol ? by_port[i].protocol : "any");
	}
	for (unsigned i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		uint16_t port = (uint16_t)ranges[i].port, first, last;

		port_range_bounds(ranges[i].range, &first, &last);
		tap(port_range(port) == ranges[i].range && port >= first && port <= last &&
				port_notes(port) == ranges[i].notes,
			"range of port %u", ranges[i].port);
	}
	test_table();
	return tap_done();
}
