/* SPDX-License-Identifier: ISC */
/*
 * host_ask.c - ask everyone who may know a name or an address, and see who said what
 *
 * The system's resolver does not tell where it has an answer from.  So nod reads how it is
 * set up, asks the same sources itself, and finds the first whose answer is the system's.
 * The resolver is asked on a thread of its own: it may wait much longer for a dead DNS
 * server than a person does, and is then left behind.
 *
 * Neighbours: host_ask.h.
 */
#include "host_ask.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <time.h>

#include "nod/resolve.h"

#define FILE_MAX (64u << 20) /* octets; lists of blocked names in hosts files grow large */

static nod_ns now(void)
{
	return nod_service_now(nod_service_kernel());
}

/* ---- the files --------------------------------------------------------------- */

/* Append what can be read, as long as it fits FILE_MAX.  0 or a negative errno. */
static int read_all(FILE *in, struct host_file *f)
{
	size_t cap = 0;

	for (;;) {
		if (f->len == cap) {
			size_t more = cap ? cap * 2 : 4096;
			char *grown = more <= FILE_MAX ? realloc(f->text, more) : NULL;

			if (!grown)
				return more > FILE_MAX ? -EFBIG : -ENOMEM;
			f->text = grown;
			cap = more;
		}
		size_t n = fread(f->text + f->len, 1, cap - f->len, in);
		f->len += n;
		if (!n)
			return ferror(in) ? -errno : 0;
	}
}

static void read_file(struct host_file *f)
{
	FILE *in = fopen(f->path, "re");

	f->error = in ? read_all(in, f) : -errno;
	if (in)
		fclose(in);
	if (f->error) {
		free(f->text);
		f->text = NULL;
		f->len = 0;
	}
}

/* A stack asks the hosts table and then DNS, and names come whole. */
static void read_stack(struct host_setup *s)
{
	static const char order[] = "hosts: files dns\n"; /* untranslated: nsswitch.conf's */
	struct nod_addr list[NOD_RESOLVER_SERVERS];
	unsigned n;

	nss_read(order, sizeof(order) - 1, &s->order);
	resolv_read("", 0, &s->conf);
	nod_host_lock(s->network.host);
	n = nod_resolver_servers(nod_host_stack(s->network.host), list);
	nod_host_unlock(s->network.host);
	for (unsigned i = 0; !s->are_servers_given && i < n && i < DNS_LOOKUP_SERVERS; i++)
		s->server[s->n_servers++] =
			(struct nod_endpoint){ .addr = list[i], .port = DNS_PORT };
}

void host_setup_read(struct host_setup *s)
{
	read_file(&s->hosts);
	if (s->network.host) {
		read_stack(s);
		return;
	}
	read_file(&s->nsswitch);
	read_file(&s->resolv);
	nss_read(s->nsswitch.text ? s->nsswitch.text : "", s->nsswitch.len, &s->order);
	resolv_read(s->resolv.text ? s->resolv.text : "", s->resolv.len, &s->conf);
	if (s->are_servers_given)
		return;
	for (unsigned i = 0; i < s->conf.n_servers; i++)
		s->server[s->n_servers++] = (struct nod_endpoint){ .addr = s->conf.server[i],
			.port = DNS_PORT };
}

void host_setup_free(struct host_setup *s)
{
	free(s->hosts.text);
	free(s->nsswitch.text);
	free(s->resolv.text);
}

enum host_source_kind host_source_kind(const struct nss_source *s)
{
	if (strcmp(s->name, "files") == 0)
		return HOST_FILES;
	if (strcmp(s->name, "dns") == 0)
		return HOST_DNS;
	if (strcmp(s->name, "myhostname") == 0)
		return HOST_MYHOSTNAME;
	if (strncmp(s->name, "mdns", 4) == 0)
		return HOST_MDNS;
	if (strcmp(s->name, "resolve") == 0)
		return HOST_RESOLVE;
	return HOST_ELSEWHERE;
}

/* ---- the system's resolver --------------------------------------------------------------- */

/* Shared by the asking thread and the waiting one; the last to leave frees it. */
struct errand {
	pthread_mutex_t lock;
	pthread_cond_t done;
	unsigned users;
	char *name; /* NULL: by address */
	struct nod_addr addr;
	enum nod_family family;
	struct host_system result;
};

static void leave(struct errand *e)
{
	bool is_last = --e->users == 0;

	pthread_mutex_unlock(&e->lock);
	if (!is_last)
		return;
	pthread_cond_destroy(&e->done);
	pthread_mutex_destroy(&e->lock);
	free(e->name);
	free(e);
}

static void *run_errand(void *arg)
{
	struct errand *e = arg;
	struct host_system r = { .is_asked = true, .is_done = true };
	nod_ns start = now();

	r.code = e->name ? nod_gethostbyname(e->name, e->family, &r.host) :
		nod_gethostbyaddr(&e->addr, &r.host);
	r.took = now() - start;
	pthread_mutex_lock(&e->lock);
	e->result = r;
	pthread_cond_signal(&e->done);
	leave(e);
	return NULL;
}

static struct errand *send_errand(const char *name, const struct nod_addr *addr,
	enum nod_family family)
{
	struct errand *e = calloc(1, sizeof(*e));
	pthread_condattr_t clock;
	pthread_t thread;

	if (!e)
		return NULL;
	e->users = 2;
	e->family = family;
	if (addr)
		e->addr = *addr;
	if (name && !(e->name = strdup(name))) {
		free(e);
		return NULL;
	}
	pthread_mutex_init(&e->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&e->done, &clock);
	pthread_condattr_destroy(&clock);
	if (pthread_create(&thread, NULL, run_errand, e) != 0) {
		pthread_mutex_lock(&e->lock);
		e->users = 1;
		leave(e);
		return NULL;
	}
	pthread_detach(thread);
	return e;
}

/* Wait for the errand until @until at the most; what came of it. */
static void await_errand(struct errand *e, nod_ns until, struct host_system *out)
{
	struct timespec t = { .tv_sec = until / NOD_S, .tv_nsec = until % NOD_S };
	int err = 0;

	*out = (struct host_system){ .is_asked = true };
	if (!e) {
		out->is_done = true;
		out->code = EAI_MEMORY;
		return;
	}
	pthread_mutex_lock(&e->lock);
	while (!e->result.is_done && !err)
		err = pthread_cond_timedwait(&e->done, &e->lock, &t);
	if (e->result.is_done)
		*out = e->result;
	leave(e);
}

/* ---- the stack's resolver --------------------------------------------------------------- */

/* Begin to ask it for the word; NULL: out->code says why not. */
static struct nod_resolve *ask_stack(
	const struct host_setup *s, const struct host_report *r, struct host_system *out)
{
	struct nod_stack *stack = nod_host_stack(s->network.host);
	struct nod_resolve *q = NULL;
	int err;

	nod_host_lock(s->network.host);
	err = r->is_reverse ? nod_resolve_addr_start(stack, &r->addr, &q) :
			      nod_resolve_start(stack, r->word, s->family, &q);
	nod_host_unlock(s->network.host);
	*out = (struct host_system){ .is_asked = true, .is_done = err < 0,
		.code = err == -ENOMEM ? EAI_MEMORY : err < 0 ? EAI_NONAME : 0 };
	return err < 0 ? NULL : q;
}

/* Wait for its answer until @until at the most. */
static void await_stack(const struct host_setup *s, struct nod_resolve *q, nod_ns start,
	nod_ns until, struct host_system *out)
{
	int err;

	if (!q)
		return;
	nod_host_lock(s->network.host);
	while ((err = nod_resolve_take(q, &out->host, &out->code)) == -EAGAIN)
		if (!host_wait_turn(s->network.host, until))
			break;
	nod_resolve_end(q);
	nod_host_unlock(s->network.host);
	out->is_done = err != -EAGAIN;
	out->took = now() - start;
}

/* ---- DNS --------------------------------------------------------------- */

static int fill_random(void *buf, size_t len)
{
	return getrandom(buf, len, 0) == (ssize_t)len ? 0 : -EIO;
}

/* The names to ask DNS for.  How many; 0: the word cannot be a DNS name. */
static unsigned dns_names(const struct host_setup *s, const struct host_report *r,
	struct dns_name *out)
{
	char text[RESOLV_SEARCH_MAX + 1][NOD_NAME_MAX];
	unsigned n_text, n = 0;

	if (r->is_reverse) {
		dns_name_of_addr(&out[0], &r->addr);
		return 1;
	}
	for (const char *p = r->word; *p; p++) {
		if ((unsigned char)*p >= 0x80)
			return 0; /* would have to be written as xn--...: RFC 5890 */
	}
	n_text = resolv_candidates(&s->conf, r->word, text);
	for (unsigned i = 0; i < n_text; i++)
		n += dns_name_from_text(&out[n], text[i]) == 0;
	return n;
}

static int ask_dns(const struct host_setup *s, struct host_report *r)
{
	struct dns_name candidate[RESOLV_SEARCH_MAX + 1];
	struct dns_plan plan = { .candidate = candidate, .timeout = s->timeout,
		.random = fill_random };

	if (!s->n_servers)
		return 0;
	plan.n_candidates = dns_names(s, r, candidate);
	r->is_not_for_dns = !plan.n_candidates;
	if (r->is_not_for_dns)
		return 0;
	if (r->is_reverse) {
		plan.type[plan.n_types++] = DNS_PTR;
	} else {
		if (s->family != NOD_IPV6)
			plan.type[plan.n_types++] = DNS_A;
		if (s->family != NOD_IPV4)
			plan.type[plan.n_types++] = DNS_AAAA;
	}
	r->lookup = calloc(s->n_servers, sizeof(*r->lookup));
	if (!r->lookup)
		return -ENOMEM;
	r->n_lookups = s->n_servers;
	for (unsigned i = 0; i < s->n_servers; i++)
		r->lookup[i].server = s->server[i];
	r->dns_error = dns_lookup_all(s->network.service, r->lookup, r->n_lookups, &plan);
	return r->dns_error == -ENOMEM ? -ENOMEM : 0;
}

/* A DNS server's facts as name, aliases and addresses. */
static void hostent_of(const struct dns_lookup *l, const struct host_report *r,
	struct nod_hostent *h)
{
	char text[DNS_NAME_TEXT_MAX];

	*h = (struct nod_hostent){ 0 };
	for (unsigned i = 0; i < l->n_facts; i++) {
		const struct dns_fact *f = &l->fact[i];

		if (f->type == DNS_CNAME && !r->is_reverse) {
			dns_name_format(&f->owner, text);
			if (h->n_aliases < NOD_HOST_ALIASES)
				snprintf(h->alias[h->n_aliases++], NOD_NAME_MAX, "%.255s", text);
		} else if (f->type == DNS_PTR) {
			dns_name_format(&f->target, text);
			if (!h->name[0])
				snprintf(h->name, NOD_NAME_MAX, "%.255s", text);
			else if (h->n_aliases < NOD_HOST_ALIASES)
				snprintf(h->alias[h->n_aliases++], NOD_NAME_MAX, "%.255s", text);
		} else if (f->addr.family && h->n_addrs < NOD_HOST_ADDRS) {
			h->addr[h->n_addrs++] = f->addr;
			dns_name_format(&f->owner, text);
			snprintf(h->name, NOD_NAME_MAX, "%.255s", text);
		}
	}
	if (r->is_reverse && h->name[0])
		h->addr[h->n_addrs++] = r->addr;
}

/* ---- the verdict --------------------------------------------------------------- */

static void say(struct host_report *r, const char *value, unsigned bit)
{
	unsigned i = 0;

	while (i < r->n_values && strcasecmp(r->value[i], value) != 0)
		i++;
	if (i == HOST_VALUES_MAX)
		return;
	if (i == r->n_values) {
		snprintf(r->value[i], HOST_VALUE_MAX, "%s", value);
		r->said_by[i] = 0;
		r->n_values++;
	}
	r->said_by[i] |= (uint16_t)(1u << bit);
}

/* Put down what one of them said: for a name the addresses, for an address the names. */
static void say_all(struct host_report *r, const struct nod_hostent *h, unsigned bit)
{
	char text[NOD_ADDR_TEXT_MAX];

	if (!r->is_reverse) {
		for (unsigned i = 0; i < h->n_addrs; i++) {
			struct nod_addr a = h->addr[i];

			a.zone = 0; /* an interface is the resolver's addition */
			say(r, nod_addr_format(&a, text, sizeof(text)), bit);
		}
	} else if (h->name[0]) {
		say(r, h->name, bit);
		for (unsigned i = 0; i < h->n_aliases; i++)
			say(r, h->alias[i], bit);
	}
}

/* Whether @bit said something, and everything that @other said. */
static bool says_all_of(const struct host_report *r, unsigned bit, unsigned other)
{
	bool said = false;

	for (unsigned i = 0; i < r->n_values; i++) {
		said |= r->said_by[i] >> bit & 1;
		if ((r->said_by[i] >> other & 1) && !(r->said_by[i] >> bit & 1))
			return false;
	}
	return said;
}

enum { BIT_SYSTEM = 0, BIT_FILES = 1, BIT_DNS = 2 };

/* A name that one of the sources knows that nod does not ask itself. */
static bool may_know(const struct nss_source *s, const struct host_report *r)
{
	char self[NOD_NAME_MAX];
	size_t len = strlen(r->word);

	switch (host_source_kind(s)) {
	case HOST_MYHOSTNAME:
		return r->is_reverse || strcmp(r->word, "_gateway") == 0 ||
			strcmp(r->word, "_outbound") == 0 ||
			strcasecmp(r->word, "localhost") == 0 ||
			(len > 10 && strcasecmp(r->word + len - 10, ".localhost") == 0) ||
			(nod_gethostname(self, sizeof(self)) == 0 &&
				strcasecmp(self, r->word) == 0);
	case HOST_MDNS:
		return r->is_reverse ||
			(len > 6 && strcasecmp(r->word + len - 6, ".local") == 0);
	case HOST_FILES:
	case HOST_DNS:
		return false;
	default:
		return true;
	}
}

/* Does @source say what the reference (the system, or itself) said?  Which server, or -1. */
static bool is_source(const struct host_report *r, const struct nss_source *s, unsigned reference,
	int *server)
{
	bool by_self = reference != BIT_SYSTEM;

	*server = -1;
	if (host_source_kind(s) == HOST_FILES)
		return says_all_of(r, BIT_FILES, by_self ? BIT_FILES : BIT_SYSTEM);
	if (host_source_kind(s) == HOST_DNS) {
		for (unsigned i = 0; i < r->n_lookups; i++) {
			if (says_all_of(r, BIT_DNS + i, by_self ? BIT_DNS + i : BIT_SYSTEM)) {
				*server = (int)i;
				return true;
			}
		}
	}
	return !by_self && may_know(s, r);
}

static void judge(const struct host_setup *s, struct host_report *r)
{
	bool has_system = r->system.is_done && r->system.code == 0;
	uint16_t sayers = 0;

	if (has_system)
		say_all(r, &r->system.host, BIT_SYSTEM);
	say_all(r, &r->files.host, BIT_FILES);
	for (unsigned i = 0; i < r->n_lookups; i++) {
		struct nod_hostent h;

		hostent_of(&r->lookup[i], r, &h);
		say_all(r, &h, BIT_DNS + i);
	}
	for (unsigned i = 0; i < r->n_values; i++)
		sayers |= r->said_by[i];
	for (unsigned i = 0; i < r->n_values; i++)
		r->is_differing |= r->said_by[i] != sayers;

	r->source = r->source_server = -1;
	for (unsigned i = 0; i < s->order.n_sources; i++) {
		if (!is_source(r, &s->order.source[i], has_system ? BIT_SYSTEM : BIT_FILES,
			    &r->source_server))
			continue;
		r->source = (int)i;
		break;
	}
	if (has_system) {
		r->best = &r->system.host;
		return;
	}
	if (r->source >= 0 && r->source_server < 0) {
		r->best = &r->files.host;
		return;
	}
	/* a DNS server has it; perhaps one that the system would not ask */
	for (unsigned i = 0; i < r->n_lookups && r->source_server < 0; i++) {
		if (r->lookup[i].has_result)
			r->source_server = (int)i;
	}
	if (r->source_server >= 0) {
		hostent_of(&r->lookup[r->source_server], r, &r->from_dns);
		r->best = &r->from_dns;
	}
}

/* ---- one word --------------------------------------------------------------- */

int host_ask(const struct host_setup *s, const char *word, struct host_report *r)
{
	nod_ns start = now(), until = start + s->timeout;
	struct nod_resolve *question = NULL;
	struct errand *errand = NULL;
	uint8_t octet[4];

	*r = (struct host_report){ .word = word, .source = -1, .source_server = -1 };
	if (nod_addr_parse(&r->addr, word) == 0) {
		r->is_reverse = true;
	} else if (nod_inet_aton(word, octet)) {
		r->is_reverse = r->is_old_form = true;
		r->addr.family = NOD_IPV4;
		memcpy(r->addr.octet, octet, 4);
	}
	if (s->asks_system && s->network.host)
		question = ask_stack(s, r, &r->system);
	else if (s->asks_system)
		errand = send_errand(r->is_reverse ? NULL : word, &r->addr, s->family);
	r->has_files = s->hosts.text != NULL;
	if (r->has_files && r->is_reverse)
		hosts_find_addr(s->hosts.text, s->hosts.len, &r->addr, &r->files);
	else if (r->has_files)
		hosts_find_name(s->hosts.text, s->hosts.len, word, s->family, &r->files);

	int err = ask_dns(s, r);
	if (s->asks_system && s->network.host)
		await_stack(s, question, start, until, &r->system);
	else if (s->asks_system)
		await_errand(errand, until, &r->system);
	if (!err)
		judge(s, r);
	return err;
}

void host_report_free(struct host_report *r)
{
	free(r->lookup);
	r->lookup = NULL;
}
