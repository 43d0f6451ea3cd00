/* SPDX-License-Identifier: ISC */
/*
 * udp_ports.c - which ends are on which port, and which port a new one gets
 *
 * RFC 6056 3.3.2 (algorithm 2: random, tried again when it is taken; SEC-1): a number of
 * independent draws, then all that are left, by a random stride that visits each once, so that
 * the order tells nothing even when nearly all are taken.  The range is Linux's 32,768 .. 60,999,
 * or with conf.source_port_any the 1,024 .. 65,535 that the RFC recommends.
 *
 * Who may share a port follows Linux: SO_REUSEADDR on both sides, or SO_REUSEPORT on both (a
 * stack has one user), or other interfaces, or addresses that have nothing in common.
 *
 * Neighbours: udp_ports.h, udp.c.
 */
#include "udp_ports.h"

#include <errno.h>
#include <stdlib.h>

enum { DRAWS = 64 };

int udp_ports_init(struct udp *u)
{
	int err = table_init(&u->by_flow, 0);

	return err < 0 ? err : table_init(&u->by_addr, 0);
}

void udp_ports_end(struct udp *u)
{
	for (unsigned k = 0; k < 256; k++) {
		if (!u->page[k])
			continue;
		for (unsigned j = 0; j < 256; j++)
			free(u->page[k]->port[j]);
		free(u->page[k]);
	}
	table_free(&u->by_flow);
	table_free(&u->by_addr);
}

static struct udp_port *port_made(struct udp *u, uint16_t number)
{
	struct udp_page **page = &u->page[number >> 8];
	struct udp_port *port = udp_port_at(u, number);

	if (port)
		return port;
	if (!*page)
		*page = calloc(1, sizeof(**page));
	port = *page ? calloc(1, sizeof(*port)) : NULL;
	if (!port)
		return NULL;
	port->number = number;
	(*page)->port[number & 0xff] = port;
	(*page)->used++;
	return port;
}

static void port_gone(struct udp *u, struct udp_port *port)
{
	struct udp_page **page = &u->page[port->number >> 8];

	(*page)->port[port->number & 0xff] = NULL;
	free(port);
	if (--(*page)->used == 0) {
		free(*page);
		*page = NULL;
	}
}

uint64_t udp_hash_flow(const struct udp *u, const struct ipa *local, uint16_t local_port,
	const struct ipa *remote, uint16_t remote_port)
{
	struct {
		struct ipa local, remote;
		uint64_t ports;
	} key = { *local, *remote, (uint64_t)local_port << 16 | remote_port };

	return siphash13(&u->core->key, &key, sizeof(key));
}

uint64_t udp_hash_addr(const struct udp *u, const struct ipa *local, uint16_t port)
{
	struct {
		struct ipa local;
		uint64_t port;
	} key = { *local, port };

	return siphash13(&u->core->key, &key, sizeof(key));
}

/* ---- sharing ------------------------------------------------------------------------ */

/* Whether a datagram could be for both addresses. */
static bool overlap(
	const struct ipa *a, uint16_t a_flags, const struct ipa *b, uint16_t b_flags)
{
	bool a_is_v4 = ipa_is_v4(a), b_is_v4 = ipa_is_v4(b);

	if (a_is_v4 && b_is_v4)
		return ipa_is_any(a) || ipa_is_any(b) || ipa_equal(a, b);
	if (!b_is_v4 && ipa_is_any(b) && !(b_flags & UDP_END_V6_ONLY && a_is_v4))
		return true;
	if (!a_is_v4 && ipa_is_any(a) && !(a_flags & UDP_END_V6_ONLY && b_is_v4))
		return true;
	return ipa_equal(a, b);
}

static bool conflict(
	const struct udp_end *e, const struct ipa *local, const struct udp_end *other)
{
	if (other == e || (e->flags & other->flags & UDP_END_REUSE_ADDR))
		return false;
	if (e->iface && other->iface && e->iface != other->iface)
		return false;
	if (e->flags & other->flags & UDP_END_REUSE_PORT)
		return false;
	return overlap(local, e->flags, &other->local, other->flags);
}

static bool is_in_list(
	const struct udp_end *e, const struct ipa *local, const struct udp_end *list)
{
	for (; list; list = list->next)
		if (conflict(e, local, list))
			return true;
	return false;
}

bool udp_port_is_free(
	const struct udp *u, const struct udp_end *e, const struct ipa *local, uint16_t number)
{
	const struct udp_port *port = udp_port_at(u, number);

	if (!port || ((e->flags & UDP_END_REUSE_ADDR) && !port->n_no_reuse_addr) ||
		((e->flags & UDP_END_REUSE_PORT) && !port->n_no_reuse_port))
		return true;
	if (is_in_list(e, local, port->wild))
		return false;
	/* an address of its own: only its equals are in the way, and those who are connected */
	if (!ipa_is_any(local) && !port->n_connected) {
		struct hnode *h = table_first(&u->by_addr, udp_hash_addr(u, local, number));

		for (; h; h = table_next(h)) {
			const struct udp_end *other = container_of(h, struct udp_end, node);

			if (other->local_port == number && conflict(e, local, other))
				return false;
		}
		return true;
	}
	return !is_in_list(e, local, port->others);
}

static bool is_taken(const struct udp *u, uint32_t number)
{
	return udp_port_at(u, (uint16_t)number);
}

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
	while (b) {
		uint32_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

uint16_t udp_port_choose(const struct udp *u)
{
	bool is_wide = u->core->conf.source_port_any;
	uint32_t first = is_wide ? 1024 : 32768, last = is_wide ? 65535 : 60999;
	uint32_t n = last - first + 1, at, stride;

	for (unsigned i = 0; i < DRAWS; i++) {
		at = first + prng_below(&u->core->prng, n);
		if (!is_taken(u, at))
			return (uint16_t)at;
	}
	do {
		stride = 1 + prng_below(&u->core->prng, n - 1);
	} while (common_divisor(stride, n) != 1);
	at = prng_below(&u->core->prng, n);
	for (uint32_t i = 0; i < n; i++, at = (at + stride) % n)
		if (!is_taken(u, first + at))
			return (uint16_t)(first + at);
	return 0;
}

/* ---- lists and tables --------------------------------------------------------------- */

static bool is_wild(const struct udp_end *e)
{
	return !e->is_connected && ipa_is_any(&e->local);
}

void udp_port_file(struct udp *u, struct udp_end *e)
{
	struct udp_end **list = is_wild(e) ? &e->port->wild : &e->port->others;

	e->next = *list;
	e->prev = list;
	if (*list)
		(*list)->prev = &e->next;
	*list = e;
	if (e->is_connected) {
		e->port->n_connected++;
		table_put(&u->by_flow, &e->node,
			udp_hash_flow(u, &e->local, e->local_port, &e->remote, e->remote_port));
	} else if (!is_wild(e)) {
		e->port->n_named++;
		table_put(&u->by_addr, &e->node, udp_hash_addr(u, &e->local, e->local_port));
	}
}

void udp_port_unfile(struct udp *u, struct udp_end *e)
{
	*e->prev = e->next;
	if (e->next)
		e->next->prev = e->prev;
	if (e->is_connected) {
		e->port->n_connected--;
		table_remove(&u->by_flow, &e->node);
	} else if (!is_wild(e)) {
		e->port->n_named--;
		table_remove(&u->by_addr, &e->node);
	}
}

static void count_reuse(struct udp_end *e, uint32_t by)
{
	if (!(e->flags & UDP_END_REUSE_ADDR))
		e->port->n_no_reuse_addr += by;
	if (!(e->flags & UDP_END_REUSE_PORT))
		e->port->n_no_reuse_port += by;
}

void udp_set_reuse(struct udp_end *e, uint16_t flags)
{
	const uint16_t both = UDP_END_REUSE_ADDR | UDP_END_REUSE_PORT;

	if (e->port)
		count_reuse(e, (uint32_t)-1);
	e->flags = (uint16_t)((e->flags & ~both) | (flags & both));
	if (e->port)
		count_reuse(e, 1);
}

int udp_port_enter(struct udp *u, struct udp_end *e)
{
	e->port = port_made(u, e->local_port);
	if (!e->port)
		return -ENOMEM;
	e->port->count++;
	count_reuse(e, 1);
	u->count++;
	udp_port_file(u, e);
	return 0;
}

void udp_port_leave(struct udp *u, struct udp_end *e)
{
	struct udp_port *port = e->port;

	udp_port_unfile(u, e);
	count_reuse(e, (uint32_t)-1);
	u->count--;
	e->port = NULL;
	if (--port->count == 0)
		port_gone(u, port);
}
