/* SPDX-License-Identifier: ISC */
/*
 * switch.c - a learning switch without any input or output of its own
 *
 * IEEE 802.1D-2004 7.7 (forwarding), 7.8 (learning), 7.9 (the filtering database).  No spanning
 * tree: a net's cables are a star; what loops all the same is held down by the limit of floods.
 *
 * Ageing costs no timers: stations are in the order in which they were heard, and the oldest are
 * looked at when one is added.  An old one that is looked up is forgotten then.
 *
 * Neighbours: switch.h, ether_wire.h.
 */
#include "switch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ether_wire.h"

struct station {
	struct hnode node;
	struct station *older, *newer; /* by when they were heard; newer also links the free */
	nod_ns heard;
	unsigned port;
	uint8_t mac[6];
};

struct port {
	struct pkt_queue queue;
	nod_ns flooded; /* when the floods so far are paid for: may_flood() */
};

struct switch_ {
	struct core *core;
	struct switch_conf conf;
	struct port **port; /* conf.ports; NULL: none of that number */
	unsigned n_ports;   /* highest in use + 1 */
	uint64_t *waiting;  /* a bit for each port that packets wait for */
	struct table table;
	struct station *station; /* conf.stations */
	struct station *free, *oldest, *newest;
};

static void default_to(struct switch_conf *c)
{
	c->ports = c->ports ? c->ports : 256;
	c->stations = c->stations ? c->stations : 4096;
	c->age = c->age ? c->age : 300 * NOD_S; /* IEEE 802.1D 7.9.2 */
	c->queue = c->queue ? c->queue : 512;
	c->floods_per_second = c->floods_per_second ? c->floods_per_second : 100000;
}

struct switch_ *switch_new(struct core *core, const struct switch_conf *conf)
{
	struct switch_ *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->core = core;
	if (conf)
		s->conf = *conf;
	default_to(&s->conf);
	s->port = calloc(s->conf.ports, sizeof(s->port[0]));
	s->station = calloc(s->conf.stations, sizeof(s->station[0]));
	s->waiting = calloc((s->conf.ports + 63) / 64, sizeof(s->waiting[0]));
	if (!s->port || !s->station || !s->waiting || table_init(&s->table, s->conf.stations) < 0) {
		free(s->port);
		free(s->station);
		free(s->waiting);
		free(s);
		return NULL;
	}
	for (uint32_t i = s->conf.stations; i--;) {
		s->station[i].newer = s->free;
		s->free = &s->station[i];
	}
	return s;
}

void switch_free(struct switch_ *s)
{
	if (!s)
		return;
	for (unsigned i = 0; i < s->n_ports; i++)
		switch_port_remove(s, i);
	table_free(&s->table);
	free(s->station);
	free(s->waiting);
	free(s->port);
	free(s);
}

/* ---- stations ---------------------------------------------------------------------------- */

static uint64_t hash_of(const struct switch_ *s, const uint8_t mac[6])
{
	return siphash13(&s->core->key, mac, 6);
}

static struct station *find(const struct switch_ *s, const uint8_t mac[6], uint64_t hash)
{
	struct hnode *h = table_first(&s->table, hash);

	for (; h; h = table_next(h)) {
		struct station *st = container_of(h, struct station, node);

		if (memcmp(st->mac, mac, sizeof(st->mac)) == 0)
			return st;
	}
	return NULL;
}

static void take_out(struct switch_ *s, struct station *st)
{
	*(st->older ? &st->older->newer : &s->oldest) = st->newer;
	*(st->newer ? &st->newer->older : &s->newest) = st->older;
}

static void put_newest(struct switch_ *s, struct station *st)
{
	st->older = s->newest;
	st->newer = NULL;
	*(s->newest ? &s->newest->newer : &s->oldest) = st;
	s->newest = st;
}

static void forget(struct switch_ *s, struct station *st, const char *why)
{
	NOTE(s->core, NOD_EV_SWITCH_AGE, .from = st->port, .why = why);
	table_remove(&s->table, &st->node);
	take_out(s, st);
	st->newer = s->free;
	s->free = st;
}

static bool is_old(const struct switch_ *s, const struct station *st)
{
	return s->core->now - st->heard >= s->conf.age;
}

static void learn(struct switch_ *s, unsigned port, const uint8_t mac[6])
{
	uint64_t hash = hash_of(s, mac);
	struct station *st = find(s, mac, hash);

	if (st) {
		if (st->port != port)
			NOTE(s->core, NOD_EV_SWITCH_MOVE, .from = st->port, .to = port);
		st->port = port;
		st->heard = s->core->now;
		if (st != s->newest) {
			take_out(s, st);
			put_newest(s, st);
		}
		return;
	}
	for (unsigned i = 0; i < 2 && s->oldest && is_old(s, s->oldest); i++)
		forget(s, s->oldest, "not heard of for long");
	if (!s->free)
		forget(s, s->oldest, "the table is full");
	st = s->free;
	s->free = st->newer;
	memcpy(st->mac, mac, sizeof(st->mac));
	st->port = port;
	st->heard = s->core->now;
	table_put(&s->table, &st->node, hash);
	put_newest(s, st);
	NOTE(s->core, NOD_EV_SWITCH_LEARN, .to = port);
}

int switch_port_of(const struct switch_ *s, const uint8_t mac[6])
{
	const struct station *st = find(s, mac, hash_of(s, mac));

	return st && !is_old(s, st) ? (int)st->port : -ENOENT;
}

uint32_t switch_stations(const struct switch_ *s)
{
	return s->table.count;
}

/* ---- ports ------------------------------------------------------------------------------- */

static struct port *port_at(const struct switch_ *s, unsigned port)
{
	return port < s->n_ports ? s->port[port] : NULL;
}

static void set_waiting(struct switch_ *s, unsigned port, bool is_waiting)
{
	uint64_t bit = UINT64_C(1) << port % 64;

	if (is_waiting)
		s->waiting[port / 64] |= bit;
	else
		s->waiting[port / 64] &= ~bit;
}

int switch_next_waiting(const struct switch_ *s, unsigned from)
{
	uint64_t mask = UINT64_MAX << from % 64;

	for (unsigned w = from / 64; w * 64 < s->n_ports; w++, mask = UINT64_MAX)
		if (s->waiting[w] & mask)
			return (int)(w * 64) + __builtin_ctzll(s->waiting[w] & mask);
	return -ENOENT;
}

int switch_port_add(struct switch_ *s)
{
	unsigned at = 0;

	while (at < s->n_ports && s->port[at])
		at++;
	if (at == s->conf.ports)
		return -ENOSPC;

	struct port *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	pkt_queue_init(&p->queue);
	p->flooded = s->core->now - NOD_S;
	s->port[at] = p;
	if (at == s->n_ports)
		s->n_ports++;
	return (int)at;
}

void switch_port_remove(struct switch_ *s, unsigned port)
{
	struct port *p = port_at(s, port);

	if (!p)
		return;
	for (struct station *st = s->oldest, *next; st; st = next) {
		next = st->newer;
		if (st->port == port)
			forget(s, st, "its port is gone");
	}
	pkt_queue_clear(&p->queue);
	set_waiting(s, port, false);
	free(p);
	s->port[port] = NULL;
	while (s->n_ports && !s->port[s->n_ports - 1])
		s->n_ports--;
}

unsigned switch_output(struct switch_ *s, unsigned port, struct pkt **p, unsigned max)
{
	struct port *from = port_at(s, port);
	unsigned n = 0;

	while (from && n < max && (p[n] = pkt_queue_take(&from->queue)))
		n++;
	if (from && !from->queue.count)
		set_waiting(s, port, false);
	return n;
}

uint32_t switch_waiting(const struct switch_ *s, unsigned port)
{
	const struct port *p = port_at(s, port);

	return p ? p->queue.count : 0;
}

void switch_unget(struct switch_ *s, unsigned port, struct pkt *p)
{
	struct port *to = port_at(s, port);

	if (!to) {
		pkt_free(p);
		return;
	}
	p->next = to->queue.first;
	if (!to->queue.first)
		to->queue.last = &p->next;
	to->queue.first = p;
	to->queue.count++;
	to->queue.octets += p->len;
	set_waiting(s, port, true);
}

/* ---- frames ------------------------------------------------------------------------------ */

static void drop(struct switch_ *s, struct pkt *p, enum nod_event_kind why)
{
	NOTE(s->core, why, .packet = pkt_public(p));
	pkt_free(p);
}

/* Takes @p. */
static void queue(struct switch_ *s, unsigned port, struct pkt *p)
{
	struct port *to = s->port[port];

	if (to->queue.count >= s->conf.queue) {
		drop(s, p, NOD_EV_SWITCH_DROP_FULL);
		return;
	}
	pkt_queue_put(&to->queue, p);
	set_waiting(s, port, true);
}

/* A bucket of a tenth of a second's floods. */
static bool may_flood(const struct switch_ *s, struct port *from)
{
	nod_ns now = s->core->now, price = NOD_S / s->conf.floods_per_second;

	if (from->flooded < now - NOD_S / 10)
		from->flooded = now - NOD_S / 10;
	if (from->flooded > now - price)
		return false;
	from->flooded += price;
	return true;
}

/* To every port but the one it came from: clones, and the frame itself to the last. */
static void flood(struct switch_ *s, unsigned port, struct pkt *p)
{
	int last = -1;

	if (!may_flood(s, s->port[port])) {
		drop(s, p, NOD_EV_SWITCH_DROP_STORM);
		return;
	}
	NOTE(s->core, NOD_EV_SWITCH_FLOOD, .packet = pkt_public(p), .from = port);
	for (unsigned i = 0; i < s->n_ports; i++) {
		if (!s->port[i] || i == port)
			continue;
		if (last >= 0) {
			bool has_room = s->port[last]->queue.count < s->conf.queue;
			struct pkt *copy = has_room ? pkt_clone(p, s->core->pool) : NULL;

			if (copy)
				queue(s, (unsigned)last, copy);
			else
				NOTE(s->core, NOD_EV_SWITCH_DROP_FULL, .packet = pkt_public(p));
		}
		last = (int)i;
	}
	if (last >= 0)
		queue(s, (unsigned)last, p);
	else
		pkt_free(p); /* nobody else is there */
}

/* 01-80-c2-00-00-00 .. 0f never pass a bridge: IEEE 802.1D 7.12.6. */
static bool is_for_the_cable(const uint8_t dst[6])
{
	static const uint8_t reserved[5] = { 0x01, 0x80, 0xc2, 0x00, 0x00 };

	return memcmp(dst, reserved, sizeof(reserved)) == 0 && dst[5] <= 0x0f;
}

void switch_input(struct switch_ *s, unsigned port, struct pkt *p)
{
	struct rcur r = rcur_of(p->data, p->lin);
	struct ether_hdr h;

	if ((ether_parse(&h, &r) < 0 && r.bad) || !port_at(s, port) || ether_is_group(h.src) ||
		ether_is_zero(h.src) || is_for_the_cable(h.dst)) {
		drop(s, p, NOD_EV_SWITCH_DROP_BAD);
		return;
	}
	learn(s, port, h.src);
	if (ether_is_group(h.dst)) {
		flood(s, port, p);
		return;
	}

	int to = switch_port_of(s, h.dst);

	if (to < 0)
		flood(s, port, p);
	else if ((unsigned)to == port)
		drop(s, p, NOD_EV_SWITCH_DROP_SAME_PORT);
	else
		queue(s, (unsigned)to, p);
}
