/* SPDX-License-Identifier: ISC */
/*
 * kernel_sources.c - whom the system's resolver asks for names, in a few words
 *
 * For a failure's sentence alone ("/etc/hosts, DNS 192.0.2.53"): the order and what ends
 * it early are nod host's matter.
 *
 * Neighbours: kernel_lookup.c.
 */
#include "kernel_lookup.h"

#include <stdio.h>
#include <string.h>

#define LINE_OCTETS 512
#define SEPARATORS  " \t\r\n"

static void add(char *buf, size_t cap, const char *before, const char *text)
{
	size_t len = strlen(buf);

	snprintf(buf + len, cap - len, "%s%s", len ? before : "", text);
}

static void add_name_servers(char *buf, size_t cap)
{
	char line[LINE_OCTETS];
	FILE *f = fopen("/etc/resolv.conf", "re");

	add(buf, cap, ", ", "DNS");
	while (f && fgets(line, sizeof(line), f)) {
		char *rest = NULL, *word = strtok_r(line, SEPARATORS, &rest);

		if (!word || strcmp(word, "nameserver") != 0)
			continue;
		word = strtok_r(NULL, SEPARATORS, &rest);
		if (word)
			add(buf, cap, " ", word);
	}
	if (f)
		fclose(f);
}

/* One word of nsswitch.conf's line; "[NOTFOUND=return]" and kin are no sources. */
static void add_source(char *buf, size_t cap, const char *word)
{
	if (strcmp(word, "files") == 0)
		add(buf, cap, ", ", "/etc/hosts");
	else if (strcmp(word, "dns") == 0)
		add_name_servers(buf, cap);
	else if (word[0] != '[' && !strchr(word, ']'))
		add(buf, cap, ", ", word);
}

void kernel_lookup_sources(const struct nod_service *v, char *buf, size_t cap)
{
	char line[LINE_OCTETS];
	FILE *f = fopen("/etc/nsswitch.conf", "re");

	(void)v;
	buf[0] = 0;
	while (f && fgets(line, sizeof(line), f)) {
		char *rest = NULL, *word = strtok_r(line, SEPARATORS, &rest);

		if (!word || strcmp(word, "hosts:") != 0)
			continue;
		while ((word = strtok_r(NULL, SEPARATORS, &rest)) && word[0] != '#')
			add_source(buf, cap, word);
	}
	if (f)
		fclose(f);
	if (!buf[0]) { /* no such line: glibc's own order, nsswitch.conf(5) */
		add_source(buf, cap, "dns");
		add_source(buf, cap, "files");
	}
}
