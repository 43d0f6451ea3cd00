/* SPDX-License-Identifier: ISC */
/*
 * resolver.c - names to addresses on a stack: numbers, the hosts table, the search list, DNS
 *
 * RFC 1123 2.1 (numbers first), RFC 6761 6.3 (localhost is never asked for), RFC 3484's and
 * glibc's habit of asking for A and AAAA side by side.  One candidate after the other until one
 * has addresses; where a server is silent or ill the search ends, as nothing is known then.
 *
 * Neighbours: resolver.h (the map), nod/resolve.h (the contract).
 */
#include "resolver.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dhcp_client.h"

static const nod_ns default_timeout = 15 * NOD_S;
enum { DEFAULT_CACHE = 256, DEFAULT_QUESTIONS = 64 };

static void run(struct stack_part *part, nod_ns now);
static void end(struct stack_part *part);
static const struct stack_names names;

static struct core *core_of(const struct resolver *v)
{
	return &v->stack->core;
}

/* ---- the answer -------------------------------------------------------------------- */

static void settle(struct nod_resolve *q, int err, int eai)
{
	for (unsigned k = 0; k < q->n_asks; k++)
		ask_stop(&q->ask[k]);
	timer_stop(&core_of(q->resolver)->wheel, &q->timer);
	q->is_done = true;
	q->error = err;
	q->eai = eai;
	if (err == 0)
		resolver_order(q->resolver->stack, q->host.addr, q->host.n_addrs);
	timer_set(&core_of(q->resolver)->wheel, &q->resolver->kick, core_of(q->resolver)->now);
}

/* Whoever waits looks now, and may end it. */
static void tell(struct nod_resolve *q)
{
	void (*done)(void *self) = q->done;

	q->done = NULL;
	if (done)
		done(q->done_self);
}

static void fire_timeout(struct timer *t, int64_t now)
{
	(void)now;
	settle(container_of(t, struct nod_resolve, timer), -ETIMEDOUT, EAI_AGAIN);
}

static bool wants(const struct nod_resolve *q, enum nod_family family)
{
	return q->family == NOD_UNSPEC || q->family == family;
}

static void add_addr(struct nod_resolve *q, const struct nod_addr *a)
{
	if (q->host.n_addrs < NOD_HOST_ADDRS)
		q->host.addr[q->host.n_addrs++] = *a;
}

static void set_name(struct nod_resolve *q, const struct dns_name *n)
{
	char text[DNS_NAME_TEXT_MAX];

	dns_name_format(n, text);
	if (strlen(text) < sizeof(q->host.name))
		memcpy(q->host.name, text, strlen(text) + 1);
}

/* The name that was asked for is another name for the one that was found. */
static void set_alias(struct nod_resolve *q)
{
	const char *asked = q->name[q->candidate];

	if (!q->is_reverse && strcasecmp(asked, q->host.name) != 0) {
		memcpy(q->host.alias[0], asked, strlen(asked) + 1);
		q->host.n_aliases = 1;
	}
}

/* ---- without a server -------------------------------------------------------------- */

/* A zone's name is one of the stack's interfaces, not of the machine's. */
int resolver_number(const struct nod_stack *s, const char *text, struct nod_addr *a)
{
	const char *zone = strchr(text, '%');
	char alone[NOD_ADDR_TEXT_MAX], *end;
	size_t len = zone ? (size_t)(zone - text) : strlen(text);
	unsigned long number;
	int index;

	if (len >= sizeof(alone))
		return -EINVAL;
	memcpy(alone, text, len);
	alone[len] = 0;
	if (nod_addr_parse(a, alone) < 0) {
		*a = (struct nod_addr){ .family = NOD_IPV4 };
		return !zone && nod_inet_aton(alone, a->octet) ? 0 : -EINVAL;
	}
	if (!zone)
		return 0;
	if (a->family != NOD_IPV6 || !zone[1])
		return -EINVAL;
	index = nod_interface_index(s, zone + 1);
	number = strtoul(zone + 1, &end, 10);
	if (index < 0 && (*end || zone[1] < '0' || zone[1] > '9' || number > UINT32_MAX))
		return -EINVAL;
	a->zone = index < 0 ? (uint32_t)number : (uint32_t)index;
	return 0;
}

static bool is_number(struct nod_resolve *q, const char *name)
{
	struct nod_addr a;

	if (resolver_number(q->resolver->stack, name, &a) < 0)
		return false;
	snprintf(q->host.name, sizeof(q->host.name), "%s", name);
	if (wants(q, a.family))
		add_addr(q, &a);
	settle(q, q->host.n_addrs ? 0 : -ENOENT, q->host.n_addrs ? 0 : EAI_ADDRFAMILY);
	return true;
}

static bool is_localhost(struct nod_resolve *q, const char *name)
{
	static const struct nod_addr one[] = {
		{ .family = NOD_IPV6, .octet = { [15] = 1 } },
		{ .family = NOD_IPV4, .octet = { 127, 0, 0, 1 } },
	};
	size_t len = strlen(name), n = strlen("localhost");

	if (len && name[len - 1] == '.')
		len--;
	if (len < n || strncasecmp(name + len - n, "localhost", n) != 0 ||
		(len > n && name[len - n - 1] != '.'))
		return false;
	for (unsigned k = 0; k < 2; k++)
		if (wants(q, one[k].family) &&
			!(one[k].family == NOD_IPV6 && q->resolver->stack->core.conf.no_ipv6))
			add_addr(q, &one[k]);
	snprintf(q->host.name, sizeof(q->host.name), "localhost");
	settle(q, q->host.n_addrs ? 0 : -ENOENT, q->host.n_addrs ? 0 : EAI_NODATA);
	return true;
}

static bool is_in_hosts(struct nod_resolve *q, const char *name)
{
	const struct resolver *v = q->resolver;
	struct hosts_found *found;
	bool is_there;

	if (!v->hosts)
		return false;
	found = malloc(sizeof(*found));
	if (!found)
		return false;
	hosts_find_name(v->hosts, v->conf.hosts_len, name, q->family, found);
	is_there = found->host.n_addrs;
	if (is_there) {
		q->host = found->host;
		settle(q, 0, 0);
	}
	free(found);
	return is_there;
}

/* ---- candidates -------------------------------------------------------------------- */

static void ask_candidate(struct nod_resolve *q)
{
	static const struct {
		uint16_t type;
		enum nod_family family;
	} kinds[] = { { DNS_AAAA, NOD_IPV6 }, { DNS_A, NOD_IPV4 } };
	struct dns_name name;

	for (; q->candidate < q->n_candidates; q->candidate++)
		if (dns_name_from_text(&name, q->name[q->candidate]) == 0)
			break;
	q->n_asks = 0;
	if (q->candidate == q->n_candidates) {
		settle(q, -ENOENT, q->has_existed ? EAI_NODATA : EAI_NONAME);
		return;
	}
	if (q->is_reverse) {
		ask_start(q->resolver, &q->ask[q->n_asks++], &name, DNS_PTR);
		return;
	}
	for (unsigned k = 0; k < 2; k++)
		if (wants(q, kinds[k].family))
			ask_start(q->resolver, &q->ask[q->n_asks++], &name, kinds[k].type);
}

/* All asks of the candidate are settled: whether that settles the name. */
static void conclude(struct nod_resolve *q)
{
	const struct ask *failed = NULL;
	bool has_name = false;

	for (unsigned k = 0; k < q->n_asks; k++) {
		const struct ask *a = &q->ask[k];

		if (a->state == ASK_FAILED) {
			failed = a;
			continue;
		}
		q->has_existed |= a->result.exists;
		for (unsigned j = 0; j < a->result.n_addrs; j++)
			add_addr(q, &a->result.addr[j]);
		if (a->result.n_addrs || a->result.has_name) {
			set_name(q, &a->result.canonical);
			has_name |= a->result.has_name;
		}
	}
	if (q->host.n_addrs || has_name) { /* one of two families is better than none */
		set_alias(q);
		settle(q, 0, 0);
	} else if (failed) {
		settle(q, failed->error, failed->eai);
	} else {
		q->candidate++;
		ask_candidate(q);
	}
}

/* Until somebody has to be waited for; whether the name is settled. */
static void step(struct nod_resolve *q)
{
	while (!q->is_done) {
		unsigned settled = 0;

		for (unsigned k = 0; k < q->n_asks; k++) {
			ask_step(&q->ask[k]);
			settled += q->ask[k].state == ASK_DONE || q->ask[k].state == ASK_FAILED;
		}
		if (settled < q->n_asks)
			return;
		conclude(q);
	}
}

static void run(struct stack_part *part, nod_ns now)
{
	struct resolver *v = container_of(part, struct resolver, part);

	(void)now;
	for (struct nod_resolve *q = v->resolves, *next; q; q = next) {
		next = q->next; /* who is told that it is done may end it, and no other */
		step(q);
		if (q->is_done)
			tell(q);
	}
}

/* ---- beginning and end of a name --------------------------------------------------- */

static struct resolver *find(const struct nod_stack *s)
{
	for (struct stack_part *part = s->parts; part; part = part->next)
		if (part->run == run)
			return container_of(part, struct resolver, part);
	return NULL;
}

/* Whom to search: what was configured, or the domain that a lease names. */
static void list_candidates(struct nod_resolve *q, const char *name)
{
	struct resolver *v = q->resolver;
	struct resolv_conf *c = &v->names;
	const char *domain = dhcp_client_domain(v->stack);

	if (!v->conf.n_search) {
		c->n_search = *domain != 0;
		snprintf(c->search[0], sizeof(c->search[0]), "%s", domain);
	}
	q->n_candidates = resolv_candidates(c, name, q->name);
}

static struct nod_resolve *new_resolve(struct resolver *v, enum nod_family family)
{
	struct nod_resolve *q = calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	q->name = calloc(RESOLV_SEARCH_MAX + 1, sizeof(q->name[0]));
	if (!q->name) {
		free(q);
		return NULL;
	}
	q->resolver = v;
	q->family = family;
	q->timer.fire = fire_timeout;
	q->next = v->resolves;
	v->resolves = q;
	v->n_resolves++;
	timer_set(&core_of(v)->wheel, &q->timer, core_of(v)->now + v->conf.timeout);
	return q;
}

/* A stack that nobody told anything has a resolver of defaults. */
static int resolver_of(struct nod_stack *s, struct resolver **out)
{
	int err = find(s) ? 0 : nod_resolver_set(s, NULL);

	*out = find(s);
	if (err == 0 && (*out)->n_resolves >= (*out)->conf.questions)
		return -ENOBUFS;
	return err;
}

static int start(struct nod_stack *s, const char *name, enum nod_family family,
	void (*done)(void *self), void *self, struct nod_resolve **out)
{
	struct resolver *v;
	struct nod_resolve *q;
	int err;

	if (!*name || (family != NOD_UNSPEC && family != NOD_IPV4 && family != NOD_IPV6))
		return -EINVAL;
	if (strlen(name) >= NOD_NAME_MAX)
		return -ENAMETOOLONG;
	err = resolver_of(s, &v);
	if (err < 0)
		return err;
	q = new_resolve(v, family);
	if (!q)
		return -ENOMEM;
	*out = q;
	if (!is_number(q, name) && !is_localhost(q, name) && !is_in_hosts(q, name)) {
		list_candidates(q, name);
		ask_candidate(q);
		step(q);
	}
	q->done = done;
	q->done_self = self;
	return 0;
}

int nod_resolve_start(struct nod_stack *s, const char *name, enum nod_family family,
	struct nod_resolve **out)
{
	return start(s, name, family, NULL, NULL, out);
}

int nod_resolve_addr_start(
	struct nod_stack *s, const struct nod_addr *addr, struct nod_resolve **out)
{
	struct hosts_found *found;
	struct resolver *v;
	struct nod_resolve *q;
	struct dns_name name;
	char text[DNS_NAME_TEXT_MAX];
	int err;

	if (addr->family != NOD_IPV4 && addr->family != NOD_IPV6)
		return -EINVAL;
	err = resolver_of(s, &v);
	if (err < 0)
		return err;
	found = calloc(1, sizeof(*found));
	q = found ? new_resolve(v, addr->family) : NULL;
	if (!q) {
		free(found);
		return -ENOMEM;
	}
	*out = q;
	q->is_reverse = true;
	if (v->hosts)
		hosts_find_addr(v->hosts, v->conf.hosts_len, addr, found);
	if (found->host.name[0]) {
		q->host = found->host;
		settle(q, 0, 0);
	} else {
		dns_name_of_addr(&name, addr);
		dns_name_format(&name, text);
		snprintf(q->name[0], sizeof(q->name[0]), "%.*s.", NOD_NAME_MAX - 2, text);
		q->n_candidates = 1;
		ask_candidate(q);
		step(q);
	}
	free(found);
	return 0;
}

int nod_resolve_take(const struct nod_resolve *q, struct nod_hostent *out, int *resolver)
{
	if (!q->is_done)
		return -EAGAIN;
	*resolver = q->eai;
	if (q->error == 0)
		*out = q->host;
	return q->error;
}

void nod_resolve_end(struct nod_resolve *q)
{
	struct nod_resolve **at;

	if (!q)
		return;
	if (q->resolver) { /* it is still there */
		for (at = &q->resolver->resolves; *at != q; at = &(*at)->next)
			;
		*at = q->next;
		q->resolver->n_resolves--;
		q->done = NULL;
		if (!q->is_done)
			settle(q, -ECANCELED, EAI_AGAIN);
	}
	free(q->name);
	free(q);
}

/* ---- for sessions on the stack ----------------------------------------------------- */

static int names_start(struct nod_stack *s, const char *name, enum nod_family family,
	void (*done)(void *self), void *self, void **lookup)
{
	struct nod_resolve *q;
	int err = start(s, name, family, done, self, &q);

	*lookup = err < 0 ? NULL : q;
	return err;
}

static int names_take(void *lookup, struct nod_addr *list, unsigned max, int *resolver)
{
	const struct nod_resolve *q = lookup;
	unsigned n = q->host.n_addrs < max ? q->host.n_addrs : max;

	if (!q->is_done)
		return -EAGAIN;
	*resolver = q->eai;
	if (q->error < 0)
		return q->error;
	memcpy(list, q->host.addr, n * sizeof(list[0]));
	return (int)n;
}

static void names_end(void *lookup)
{
	nod_resolve_end(lookup);
}

unsigned nod_resolver_servers(
	const struct nod_stack *s, struct nod_addr list[NOD_RESOLVER_SERVERS])
{
	struct resolver_server own[NOD_RESOLVER_SERVERS];
	const struct resolver *v = find(s);
	unsigned n = v ? resolver_servers(v, own, NOD_RESOLVER_SERVERS) : 0;

	for (unsigned k = 0; k < n; k++)
		list[k] = ipa_to_addr(&own[k].addr, own[k].iface ? own[k].iface->index : 0);
	return n;
}

static void names_sources(const struct nod_stack *s, char *buf, size_t cap)
{
	struct nod_addr list[NOD_RESOLVER_SERVERS];
	unsigned n = nod_resolver_servers(s, list);
	size_t at = 0;

	if (cap)
		buf[0] = 0;
	for (unsigned k = 0; k < n && at < cap; k++) {
		char text[NOD_ADDR_TEXT_MAX];
		int len = snprintf(buf + at, cap - at, "%s%s", k ? ", " : "",
			nod_addr_format(&list[k], text, sizeof(text)));

		at += len > 0 ? (size_t)len : 0;
	}
}

static const struct stack_names names = {
	.start = names_start,
	.take = names_take,
	.end = names_end,
	.sources = names_sources,
};

/* ---- beginning and end of all ------------------------------------------------------ */

static void fire_kick(struct timer *t, int64_t now)
{
	(void)t;
	(void)now; /* it has nod_stack_deadline() say that run() is to be called */
}

/* Names that are still held by those who asked for them have failed. */
static void end(struct stack_part *part)
{
	struct resolver *v = container_of(part, struct resolver, part);

	while (v->resolves) {
		struct nod_resolve *q = v->resolves;

		v->resolves = q->next;
		if (!q->is_done)
			settle(q, -ECANCELED, EAI_AGAIN);
		q->resolver = NULL;
		tell(q);
	}
	timer_stop(&core_of(v)->wheel, &v->kick);
	cache_clear(v);
	table_free(&v->cache);
	v->stack->names = NULL;
	free(v->hosts);
	free(v);
}

static int read_conf(struct resolver *v, const struct nod_resolver_conf *conf)
{
	if (conf)
		v->conf = *conf;
	if (v->conf.n_servers > NOD_RESOLVER_SERVERS || v->conf.n_search > NOD_RESOLVER_SEARCH)
		return -EINVAL;
	for (unsigned k = 0; k < v->conf.n_servers; k++)
		if (v->conf.server[k].family == NOD_UNSPEC)
			return -EINVAL;
	v->names.ndots = v->conf.ndots ? v->conf.ndots : 1;
	for (unsigned k = 0; k < v->conf.n_search; k++) {
		if (strlen(v->conf.search[k]) >= NOD_NAME_MAX)
			return -EINVAL;
		snprintf(v->names.search[v->names.n_search++], NOD_NAME_MAX, "%s",
			v->conf.search[k]);
	}
	if (!v->conf.cache)
		v->conf.cache = DEFAULT_CACHE;
	if (!v->conf.questions)
		v->conf.questions = DEFAULT_QUESTIONS;
	if (v->conf.timeout <= 0)
		v->conf.timeout = default_timeout;
	if (v->conf.hosts && v->conf.hosts_len) {
		v->hosts = malloc(v->conf.hosts_len);
		if (!v->hosts)
			return -ENOMEM;
		memcpy(v->hosts, v->conf.hosts, v->conf.hosts_len);
	}
	return 0;
}

int nod_resolver_set(struct nod_stack *s, const struct nod_resolver_conf *conf)
{
	struct resolver *v = calloc(1, sizeof(*v)), *before = find(s);
	int err;

	if (!v)
		return -ENOMEM;
	v->stack = s;
	v->part = (struct stack_part){ .run = run, .end = end };
	v->kick.fire = fire_kick;
	err = read_conf(v, conf);
	if (err == 0)
		err = table_init(&v->cache, 64);
	if (err < 0) {
		free(v->hosts);
		free(v);
		return err;
	}
	if (before) {
		stack_remove_part(s, &before->part);
		end(&before->part);
	}
	stack_add_part(s, &v->part);
	s->names = &names;
	return 0;
}
