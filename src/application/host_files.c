/* SPDX-License-Identifier: ISC */
/*
 * host_files.c - what /etc/hosts, nsswitch.conf and resolv.conf say
 *
 * Reads as glibc does where the manual pages are silent: a bad line is passed over, words
 * beyond a limit are, too.  Of resolv.conf's options only ndots changes what is asked; the
 * others change how, and nod asks in its own way.
 *
 * Neighbours: host_files.h.
 */
#include "host_files.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- lines and words ----------------------------------------------------------------- */

bool next_line(struct text_walk *w, struct word *line)
{
	if (w->p >= w->end)
		return false;

	const char *start = w->p;
	const char *newline = memchr(start, '\n', (size_t)(w->end - start));
	const char *stop = newline ? newline : w->end;
	const char *hash = memchr(start, '#', (size_t)(stop - start));

	w->p = newline ? newline + 1 : w->end;
	w->line++;
	*line = (struct word){ .p = start, .len = (size_t)((hash ? hash : stop) - start) };
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

bool next_word(struct word *line, struct word *out)
{
	const char *p = line->p, *end = line->p + line->len;

	while (p < end && is_blank(*p))
		p++;
	out->p = p;
	while (p < end && !is_blank(*p))
		p++;
	out->len = (size_t)(p - out->p);
	*line = (struct word){ .p = p, .len = (size_t)(end - p) };
	return out->len > 0;
}

static bool is_word(const struct word *w, const char *text)
{
	return strlen(text) == w->len && strncasecmp(w->p, text, w->len) == 0;
}

/* Copy @w with a NUL.  False: it does not fit, or has a NUL inside. */
static bool copy_word(const struct word *w, char *to, size_t cap)
{
	if (w->len >= cap || memchr(w->p, 0, w->len))
		return false;
	memcpy(to, w->p, w->len);
	to[w->len] = 0;
	return true;
}

static bool read_addr(const struct word *w, struct nod_addr *a)
{
	char text[NOD_ADDR_TEXT_MAX];

	return copy_word(w, text, sizeof(text)) && nod_addr_parse(a, text) == 0;
}

/* ---- hosts ---------------------------------------------------------------------------- */

static void keep_line(struct hosts_found *f, unsigned number, const struct word *line)
{
	if (f->n_lines == HOSTS_LINES_MAX)
		return;
	struct hosts_line *l = &f->line[f->n_lines++];

	l->number = number;
	snprintf(l->text, sizeof(l->text), "%.*s", (int)line->len, line->p);
}

static void keep_alias(struct nod_hostent *h, const char *name)
{
	if (strcasecmp(name, h->name) == 0 || h->n_aliases == NOD_HOST_ALIASES)
		return;
	for (unsigned i = 0; i < h->n_aliases; i++) {
		if (strcasecmp(name, h->alias[i]) == 0)
			return;
	}
	snprintf(h->alias[h->n_aliases++], NOD_NAME_MAX, "%s", name);
}

static void keep_addr(struct nod_hostent *h, const struct nod_addr *a)
{
	for (unsigned i = 0; i < h->n_addrs; i++) {
		if (nod_addr_equal(a, &h->addr[i]))
			return;
	}
	if (h->n_addrs < NOD_HOST_ADDRS)
		h->addr[h->n_addrs++] = *a;
}

/* The line's names: the first is the canonical one, where none is known yet. */
static void keep_names(struct nod_hostent *h, struct word names)
{
	struct word w;
	char name[NOD_NAME_MAX];

	while (next_word(&names, &w)) {
		if (!copy_word(&w, name, sizeof(name)))
			continue;
		if (!h->name[0])
			snprintf(h->name, sizeof(h->name), "%s", name);
		else
			keep_alias(h, name);
	}
}

static bool has_name(struct word names, const char *name)
{
	struct word w;

	while (next_word(&names, &w)) {
		if (is_word(&w, name))
			return true;
	}
	return false;
}

void hosts_find_name(const char *text, size_t len, const char *name, enum nod_family family,
	struct hosts_found *out)
{
	struct text_walk walk = { .p = text, .end = text + len };
	struct word line, word;
	struct nod_addr a;

	*out = (struct hosts_found){ 0 };
	while (next_line(&walk, &line)) {
		struct word rest = line;

		if (!next_word(&rest, &word) || !read_addr(&word, &a) ||
			!has_name(rest, name) || (family != NOD_UNSPEC && a.family != family))
			continue;
		keep_line(out, walk.line, &line);
		keep_addr(&out->host, &a);
		keep_names(&out->host, rest);
	}
}

void hosts_find_addr(
	const char *text, size_t len, const struct nod_addr *addr, struct hosts_found *out)
{
	struct text_walk walk = { .p = text, .end = text + len };
	struct word line, word;
	struct nod_addr a;

	*out = (struct hosts_found){ 0 };
	while (next_line(&walk, &line)) {
		struct word rest = line, probe;

		if (!next_word(&rest, &word) || !read_addr(&word, &a) ||
			!nod_addr_equal(&a, addr))
			continue;
		probe = rest;
		if (!next_word(&probe, &word))
			continue; /* an address without a name */
		keep_line(out, walk.line, &line);
		keep_addr(&out->host, &a);
		keep_names(&out->host, rest);
		return;
	}
}

/* ---- nsswitch.conf ---------------------------------------------------------------------- */

static void add_source(struct nss_order *o, const struct word *w)
{
	struct nss_source s = { .action = { [NSS_SUCCESS] = NSS_RETURN } };

	if (o->n_sources < NSS_SOURCES_MAX && copy_word(w, s.name, sizeof(s.name)))
		o->source[o->n_sources++] = s;
}

/* One "STATUS=ACTION" or "!STATUS=ACTION" of what stands in brackets. */
static void set_action(struct nss_source *s, const struct word *w)
{
	static const char *const statuses[] = { [NSS_UNAVAILABLE] = "unavail",
		[NSS_TRY_AGAIN] = "tryagain",
		[NSS_NOT_FOUND] = "notfound",
		[NSS_SUCCESS] = "success" };
	static const char *const actions[] = {
		[NSS_CONTINUE] = "continue", [NSS_RETURN] = "return", [NSS_MERGE] = "merge"
	};
	bool is_negated = w->p[0] == '!';
	const char *start = w->p + is_negated, *end = w->p + w->len;
	const char *eq = memchr(start, '=', (size_t)(end - start));

	if (!eq)
		return;
	struct word status = { .p = start, .len = (size_t)(eq - start) };
	struct word action = { .p = eq + 1, .len = (size_t)(end - eq - 1) };
	for (unsigned a = 0; a < sizeof(actions) / sizeof(actions[0]); a++) {
		if (!is_word(&action, actions[a]))
			continue;
		for (unsigned i = 0; i < NSS_N_STATUS; i++) {
			if (is_word(&status, statuses[i]) != is_negated)
				s->action[i] = (uint8_t)a;
		}
	}
}

/* What stands in brackets after the last source; the brackets may touch the words. */
static void read_actions(struct nss_order *o, struct word inside)
{
	struct word w;

	while (o->n_sources && next_word(&inside, &w))
		set_action(&o->source[o->n_sources - 1], &w);
}

static void read_sources(struct nss_order *o, struct word line)
{
	while (line.len) {
		const char *bracket = memchr(line.p, '[', line.len);
		struct word plain = { .p = line.p,
			.len = bracket ? (size_t)(bracket - line.p) : line.len };
		struct word w;

		while (next_word(&plain, &w))
			add_source(o, &w);
		if (!bracket)
			return;

		const char *start = bracket + 1, *end = line.p + line.len;
		const char *close = memchr(start, ']', (size_t)(end - start));
		if (!close)
			return;
		read_actions(o, (struct word){ .p = start, .len = (size_t)(close - start) });
		line = (struct word){ .p = close + 1, .len = (size_t)(end - close - 1) };
	}
}

void nss_read(const char *text, size_t len, struct nss_order *out)
{
	static const char usual[] = "dns [!UNAVAIL=return] files";
	struct text_walk walk = { .p = text, .end = text + len };
	struct word line;

	*out = (struct nss_order){ 0 };
	while (next_line(&walk, &line)) {
		struct word rest = line, w;
		const char *colon = memchr(line.p, ':', line.len);

		if (!colon)
			continue;
		rest.len = (size_t)(colon - line.p);
		if (!next_word(&rest, &w) || !is_word(&w, "hosts"))
			continue;
		*out = (struct nss_order){ .line = walk.line };
		rest.p = colon + 1;
		rest.len = (size_t)(line.p + line.len - rest.p);
		read_sources(out, rest);
		return;
	}
	read_sources(out, (struct word){ .p = usual, .len = sizeof(usual) - 1 });
}

/* ---- resolv.conf ------------------------------------------------------------------------ */

static void read_search(struct resolv_conf *c, struct word line)
{
	struct word w;

	c->n_search = 0; /* the last line of its kind counts */
	while (c->n_search < RESOLV_SEARCH_MAX && next_word(&line, &w)) {
		if (copy_word(&w, c->search[c->n_search], NOD_NAME_MAX))
			c->n_search++;
	}
}

static void read_options(struct resolv_conf *c, struct word line)
{
	static const char ndots[] = "ndots:";
	struct word w;

	while (next_word(&line, &w)) {
		unsigned v = 0;

		if (w.len <= sizeof(ndots) - 1 || strncmp(w.p, ndots, sizeof(ndots) - 1) != 0)
			continue;
		for (size_t i = sizeof(ndots) - 1; i < w.len && w.p[i] >= '0' && w.p[i] <= '9';
			i++)
			v = v < 15 ? v * 10 + (unsigned)(w.p[i] - '0') : v;
		c->ndots = v < 15 ? v : 15; /* RES_MAXNDOTS */
	}
}

void resolv_read(const char *text, size_t len, struct resolv_conf *out)
{
	struct text_walk walk = { .p = text, .end = text + len };
	struct word line, w;

	*out = (struct resolv_conf){ .ndots = 1 };
	while (next_line(&walk, &line)) {
		struct nod_addr a;

		if (!next_word(&line, &w) || w.p[0] == ';')
			continue;
		if (is_word(&w, "nameserver") && next_word(&line, &w) &&
			out->n_servers < RESOLV_SERVERS_MAX && read_addr(&w, &a))
			out->server[out->n_servers++] = a;
		else if (is_word(&w, "search") || is_word(&w, "domain"))
			read_search(out, line);
		else if (is_word(&w, "options"))
			read_options(out, line);
	}
	if (!out->n_servers)
		nod_addr_parse(&out->server[out->n_servers++], "127.0.0.1");
}

/* @name, a dot and @domain ("" or "." is the root).  False: too long. */
static bool join(char out[NOD_NAME_MAX], const char *name, const char *domain)
{
	bool is_root = !*domain || strcmp(domain, ".") == 0;
	int n = snprintf(out, NOD_NAME_MAX, is_root ? "%s" : "%s.%s", name, domain);

	return n > 0 && n < NOD_NAME_MAX;
}

unsigned resolv_candidates(const struct resolv_conf *c, const char *name,
	char out[RESOLV_SEARCH_MAX + 1][NOD_NAME_MAX])
{
	size_t len = strlen(name);
	unsigned dots = 0, n = 0;
	bool is_whole = len && name[len - 1] == '.';
	bool first = false;

	for (const char *p = name; *p; p++)
		dots += *p == '.';
	if (is_whole || dots >= c->ndots || !c->n_search)
		first = join(out[n], name, "");
	n += first;
	for (unsigned i = 0; !is_whole && i < c->n_search; i++)
		n += join(out[n], name, c->search[i]);
	if (!is_whole && !first)
		n += join(out[n], name, "");
	return n;
}
