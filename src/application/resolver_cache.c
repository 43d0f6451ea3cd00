/* SPDX-License-Identifier: ISC */
/*
 * resolver_cache.c - what was answered a while ago, and what was found not to be there
 *
 * RFC 1035 7.4, RFC 2308 5 (negative answers), RFC 2181 8.  Bounded: the longest unused loses.
 *
 * Neighbours: resolver.h.
 */
#include <stdlib.h>
#include <string.h>

#include "resolver.h"

static const uint32_t longest_s = 86400, longest_negative_s = 10800; /* RFC 2308 5 */

static uint64_t hash_of(const struct resolver *v, const struct dns_name *name, uint16_t type)
{
	uint8_t key[DNS_NAME_MAX + 2] = { (uint8_t)(type >> 8), (uint8_t)type };

	for (unsigned k = 0; k < name->len; k++) { /* RFC 4343: case counts for nothing */
		uint8_t c = name->octet[k];

		key[2 + k] = (uint8_t)(c >= 'A' && c <= 'Z' ? c + 32 : c);
	}
	return siphash13(&v->stack->core.key, key, 2u + name->len);
}

static void unlink_it(struct resolver *v, struct cached *c)
{
	*(c->older ? &c->older->newer : &v->oldest) = c->newer;
	*(c->newer ? &c->newer->older : &v->newest) = c->older;
}

static void put_newest(struct resolver *v, struct cached *c)
{
	c->newer = NULL;
	c->older = v->newest;
	*(c->older ? &c->older->newer : &v->oldest) = c;
	v->newest = c;
}

static void forget(struct resolver *v, struct cached *c)
{
	table_remove(&v->cache, &c->node);
	unlink_it(v, c);
	free(c);
}

static struct cached *find(struct resolver *v, const struct dns_name *name, uint16_t type)
{
	struct hnode *h = table_first(&v->cache, hash_of(v, name, type));

	for (; h; h = table_next(h)) {
		struct cached *c = container_of(h, struct cached, node);

		if (c->type == type && dns_name_equal(&c->name, name))
			return c;
	}
	return NULL;
}

const struct ask_result *cache_find(struct resolver *v, const struct dns_name *name, uint16_t type)
{
	struct cached *c = find(v, name, type);

	if (!c)
		return NULL;
	if (c->until <= v->stack->core.now) {
		forget(v, c);
		return NULL;
	}
	unlink_it(v, c);
	put_newest(v, c);
	return &c->result;
}

void cache_put(struct resolver *v, const struct dns_name *name, uint16_t type, uint32_t ttl_s,
	const struct ask_result *r)
{
	bool is_negative = !r->n_addrs && !r->has_name;
	uint32_t most = is_negative ? longest_negative_s : longest_s;
	struct cached *c = find(v, name, type);

	if (c)
		forget(v, c);
	if (!ttl_s)
		return;
	while (v->cache.count >= v->conf.cache && v->oldest)
		forget(v, v->oldest);
	c = malloc(sizeof(*c));
	if (!c)
		return;
	*c = (struct cached){ .name = *name, .type = type, .result = *r };
	c->until = v->stack->core.now + (ttl_s < most ? ttl_s : most) * NOD_S;
	table_put(&v->cache, &c->node, hash_of(v, name, type));
	put_newest(v, c);
}

void cache_clear(struct resolver *v)
{
	while (v->oldest)
		forget(v, v->oldest);
}
