/* SPDX-License-Identifier: ISC */
/*
 * port.c - well-known services, and the ranges in which ports lie
 *
 * RFC 6335 section 6 (ranges).  A walk over the table is a microsecond, so there is no index.
 *
 * Neighbours: port_table.h (the rows).
 */
#include "port.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct row {
	struct nod_servent s;
	const char *about_zh;
};

#define ROW(port_, name_, aliases_, protocol_, en, zh) \
	{ .s = { .name = (name_), \
		  .aliases = (aliases_), \
		  .port = (port_), \
		  .protocol = (protocol_), \
		  .about = (en) }, \
		.about_zh = (zh) },
#define TCP(port, name, aliases, en, zh)  ROW(port, name, aliases, "tcp", en, zh)
#define UDP(port, name, aliases, en, zh)  ROW(port, name, aliases, "udp", en, zh)
#define SCTP(port, name, aliases, en, zh) ROW(port, name, aliases, "sctp", en, zh)
#define DCCP(port, name, aliases, en, zh) ROW(port, name, aliases, "dccp", en, zh)
#define BOTH(port, name, aliases, en, zh) \
	TCP(port, name, aliases, en, zh) UDP(port, name, aliases, en, zh)

static const struct row table[] = {
#include "port_table.h"
};

#define N_ROWS (sizeof(table) / sizeof(table[0]))

const struct nod_servent *nod_servent_at(unsigned i)
{
	return i < N_ROWS ? &table[i].s : NULL;
}

/* Whether @word is one of the words in @list. */
static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = list; len && (p = strstr(p, word)) != NULL; p += len) {
		if ((p == list || p[-1] == ' ') && (p[len] == ' ' || !p[len]))
			return true;
	}
	return false;
}

static bool has_protocol(const struct nod_servent *s, const char *protocol)
{
	return !protocol || strcmp(s->protocol, protocol) == 0;
}

const struct nod_servent *nod_getservbyname(const char *name, const char *protocol)
{
	const struct nod_servent *by_alias = NULL;

	for (unsigned i = 0; i < N_ROWS; i++) {
		const struct nod_servent *s = &table[i].s;

		if (!has_protocol(s, protocol))
			continue;
		if (strcmp(s->name, name) == 0)
			return s;
		if (!by_alias && has_word(s->aliases, name))
			by_alias = s;
	}
	return by_alias;
}

const struct nod_servent *nod_getservbyport(uint16_t port, const char *protocol)
{
	for (unsigned i = 0; i < N_ROWS; i++) {
		if (table[i].s.port == port && has_protocol(&table[i].s, protocol))
			return &table[i].s;
	}
	return NULL;
}

const char *servent_about_zh(const struct nod_servent *s)
{
	for (unsigned i = 0; i < N_ROWS; i++) {
		if (&table[i].s == s)
			return table[i].about_zh;
	}
	return s->about; /* not a row of ours */
}

static const struct {
	uint16_t first, last;
} ranges[PORT_N_RANGES] = {
	[PORT_RESERVED] = { 0, 0 },
	[PORT_SYSTEM] = { 1, 1023 },
	[PORT_USER] = { 1024, 49151 },
	[PORT_DYNAMIC] = { 49152, 65535 },
};

enum port_range port_range(uint16_t port)
{
	unsigned i = PORT_RESERVED;

	while (port > ranges[i].last)
		i++;
	return (enum port_range)i;
}

void port_range_bounds(enum port_range range, uint16_t *first, uint16_t *last)
{
	*first = ranges[range].first;
	*last = ranges[range].last;
}

enum port_notes port_notes(uint16_t port)
{
	if (port == 6666 || port == 7777 || port == 8888 || port == 9999 || port > 10000)
		return NOTES_OWN;
	if (port >= 256 && port <= 1023)
		return NOTES_SYSTEM;
	return port >= 1 && port <= 255 ? NOTES_WELL_KNOWN : NOTES_NONE;
}
