/* SPDX-License-Identifier: ISC */
/*
 * host_files.h - what /etc/hosts, nsswitch.conf and resolv.conf say
 *
 * Text in, structs out: opens no file.  hosts(5), nsswitch.conf(5), resolv.conf(5); RFC 952
 * and 1123 2.1 for the first.
 *
 * Neighbours: cmd/host_ask.c, which reads the files; test/unit/test_host_files.c.
 */
#ifndef NOD_APPLICATION_HOST_FILES_H
#define NOD_APPLICATION_HOST_FILES_H

#include "nod/name.h"

/* ---- lines and words ----------------------------------------------------------------- */

struct word {
	const char *p; /* borrowed from the text; no NUL */
	size_t len;
};

/* A walk over a text.  Begin with { .p = text, .end = text + len }. */
struct text_walk {
	const char *p, *end;
	unsigned line; /* number of the line just returned, from 1 */
};

/* The next line without its end and what follows a '#' in it.  False: the text is over. */
bool next_line(struct text_walk *w, struct word *line);

/* Cut the next word off @line.  False: none is left. */
bool next_word(struct word *line, struct word *out);

/* ---- hosts ---------------------------------------------------------------------------- */

#define HOSTS_LINES_MAX 8

struct hosts_line {
	unsigned number; /* from 1 */
	char text[256];	 /* the line as it is, cut */
};

struct hosts_found {
	unsigned n_lines;
	struct hosts_line line[HOSTS_LINES_MAX]; /* that have what was looked for */
	struct nod_hostent host; /* of all of them; .n_addrs is 0 when there is none */
};

/* Look a name up, as an alias too, in addresses of @family (NOD_UNSPEC: both). */
void hosts_find_name(const char *text, size_t len, const char *name, enum nod_family family,
	struct hosts_found *out);

/* Look an address up.  As the system does, only the first line that has it counts. */
void hosts_find_addr(
	const char *text, size_t len, const struct nod_addr *addr, struct hosts_found *out);

/* ---- nsswitch.conf ---------------------------------------------------------------------- */

#define NSS_SOURCES_MAX 16

enum nss_status { NSS_UNAVAILABLE, NSS_TRY_AGAIN, NSS_NOT_FOUND, NSS_SUCCESS, NSS_N_STATUS };
enum nss_action { NSS_CONTINUE, NSS_RETURN, NSS_MERGE };

struct nss_source {
	char name[24]; /* "files", "dns", "mdns4_minimal", "resolve", "myhostname", ... */
	uint8_t action[NSS_N_STATUS]; /* enum nss_action, by what came of asking it */
};

/* Who is asked for host names, in order. */
struct nss_order {
	unsigned line; /* of nsswitch.conf; 0 = there is none, and this is the system's own */
	unsigned n_sources;
	struct nss_source source[NSS_SOURCES_MAX];
};

/* Read the line "hosts:".  Without one: dns [!UNAVAIL=return] files, as glibc has it. */
void nss_read(const char *text, size_t len, struct nss_order *out);

/* ---- resolv.conf ------------------------------------------------------------------------ */

#define RESOLV_SERVERS_MAX 3  /* more are not asked: resolv.conf(5) */
#define RESOLV_SEARCH_MAX  16 /* glibc takes any number since 2.26 */

struct resolv_conf {
	unsigned n_servers;
	struct nod_addr server[RESOLV_SERVERS_MAX];
	unsigned n_search;
	char search[RESOLV_SEARCH_MAX][NOD_NAME_MAX];
	unsigned ndots; /* dots from which a name is first asked for as it is */
};

/* Read it.  Without a server: 127.0.0.1, as the system does. */
void resolv_read(const char *text, size_t len, struct resolv_conf *out);

/*
 * The names to ask for, in order, when a person types @name: with the search list or as it
 * is.  A last dot says that the name is whole.  How many of the at most
 * RESOLV_SEARCH_MAX + 1, written to @out.
 */
unsigned resolv_candidates(const struct resolv_conf *c, const char *name,
	char out[RESOLV_SEARCH_MAX + 1][NOD_NAME_MAX]);

#endif
