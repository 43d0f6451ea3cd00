/* SPDX-License-Identifier: ISC */
/*
 * neigh.c - the neighbours on a link: their link addresses, and whether they still answer
 *
 * RFC 4861 7.2 and 7.3: the same states for IPv6 and, as RFC 1122 2.3.2 leaves open, for IPv4.
 *
 *	NONE -> INCOMPLETE -> REACHABLE -> STALE -> DELAY -> PROBE -> REACHABLE
 *	             \-> FAILED (kept a moment)              \-> FAILED
 *
 * An entry that nobody uses stays STALE until its place is wanted: then the longest unused one
 * goes, FAILED and STALE ones before those that live.
 *
 * Neighbours: neigh.h; arp.c and network/nd.c ask and hear.
 */
#include "neigh.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ether_wire.h"

enum { FAMILIES = 2 };

static const nod_ns failed_for = 3 * NOD_S; /* so long a dead one is not asked for again */

struct neigh_table {
	struct link *link;
	struct table table;
	struct neigh *oldest, *newest; /* by use */
	struct neigh *free;
	uint32_t n_incomplete;
	struct neigh_protocol protocol[FAMILIES];
	struct neigh_times *times; /* two for each interface index */
};

int neigh_init(struct link *l)
{
	struct neigh_table *t = calloc(1, sizeof(*t));
	unsigned n = FAMILIES * l->core->conf.interfaces;

	if (!t)
		return -ENOMEM;
	t->link = l;
	t->times = calloc(n, sizeof(t->times[0]));
	if (!t->times || table_init(&t->table, 64) < 0) {
		free(t->times);
		free(t);
		return -ENOMEM;
	}
	for (unsigned i = 0; i < n; i++)
		t->times[i] = (struct neigh_times){
			.base_reachable = 30 * NOD_S, /* RFC 4861 10 */
			.retrans = NOD_S,
			.delay_first = 5 * NOD_S,
			.multicast_asks = 3,
			.unicast_asks = 3,
		};
	l->neigh = t;
	return 0;
}

void neigh_end(struct link *l)
{
	struct neigh_table *t = l->neigh;

	neigh_flush(l, NULL);
	for (struct neigh *n = t->free, *next; n; n = next) {
		next = n->newer;
		free(n);
	}
	table_free(&t->table);
	free(t->times);
	free(t);
	l->neigh = NULL;
}

void neigh_register(struct link *l, bool is_v4, const struct neigh_protocol *p)
{
	l->neigh->protocol[is_v4] = *p;
}

struct neigh_times *neigh_times(struct iface *i, bool is_v4)
{
	return &i->link->neigh->times[FAMILIES * (i->index - 1) + is_v4];
}

static struct neigh_table *table_of(const struct neigh *n)
{
	return n->iface->link->neigh;
}

static const struct neigh_protocol *protocol_of(const struct neigh *n)
{
	return &table_of(n)->protocol[ipa_is_v4(&n->addr)];
}

/* ---- the order of use ---------------------------------------------------------------------- */

static void take_out(struct neigh_table *t, struct neigh *n)
{
	if (n->older)
		n->older->newer = n->newer;
	else
		t->oldest = n->newer;
	if (n->newer)
		n->newer->older = n->older;
	else
		t->newest = n->older;
	n->older = n->newer = NULL;
}

static void put_newest(struct neigh_table *t, struct neigh *n)
{
	n->older = t->newest;
	n->newer = NULL;
	if (t->newest)
		t->newest->newer = n;
	else
		t->oldest = n;
	t->newest = n;
}

/* Once a second at the most: the order need not be finer. */
static void used(struct neigh *n)
{
	nod_ns now = n->iface->link->core->now;

	if (now - n->used < NOD_S)
		return;
	n->used = now;
	take_out(table_of(n), n);
	put_newest(table_of(n), n);
}

/* ---- states ---------------------------------------------------------------------------------- */

static void fire(struct timer *timer, int64_t now);

static nod_ns reachable_for(struct neigh *n)
{
	struct core *c = n->iface->link->core;
	nod_ns base = neigh_times(n->iface, ipa_is_v4(&n->addr))->base_reachable;

	/* MIN_RANDOM_FACTOR 0.5 .. MAX_RANDOM_FACTOR 1.5: RFC 4861 6.3.2 */
	return base / 2 + (nod_ns)prng_below64(&c->prng, (uint64_t)base + 1);
}

/* Asked with its address known: that station alone. */
static void ask(struct neigh *n)
{
	struct core *c = n->iface->link->core;
	const struct neigh_protocol *p = protocol_of(n);
	bool is_alone = n->state == NEIGH_PROBE;

	n->asked++;
	timer_set(&c->wheel, &n->timer,
		c->now + neigh_times(n->iface, ipa_is_v4(&n->addr))->retrans);
	if (p->solicit)
		p->solicit(p->self, n, is_alone ? n->mac : NULL);
}

static void send_waiting(struct neigh *n)
{
	struct pkt_queue q = n->waiting;

	if (q.first && q.last == &n->waiting.first)
		q.last = &q.first;
	pkt_queue_init(&n->waiting);
	for (struct pkt *p; (p = pkt_queue_take(&q));) {
		uint16_t type = (uint16_t)p->mark;

		p->mark = 0;
		iface_output(n->iface, p, n->mac, type);
	}
}

static void refuse_waiting(struct neigh *n)
{
	const struct neigh_protocol *proto = protocol_of(n);

	for (struct pkt *p; (p = pkt_queue_take(&n->waiting));) {
		NOTE(n->iface->link->core, NOD_EV_NEIGH_DROP_FAILED, .packet = pkt_public(p),
			.interface = (uint16_t)n->iface->index);
		if (proto->unreachable)
			proto->unreachable(proto->self, n, p);
		pkt_free(p);
	}
}

/* The one place where a neighbour's state changes, with what entering it asks for. */
static void neigh_enter(struct neigh *n, enum neigh_state next, const char *why)
{
	struct neigh_table *t = table_of(n);
	struct core *c = n->iface->link->core;
	enum neigh_state before = n->state;
	const struct neigh_times *times = neigh_times(n->iface, ipa_is_v4(&n->addr));

	n->state = (uint8_t)next;
	t->n_incomplete += (next == NEIGH_INCOMPLETE) - (uint32_t)(before == NEIGH_INCOMPLETE);
	NOTE(c, next == NEIGH_FAILED ? NOD_EV_NEIGH_FAILED : NOD_EV_NEIGH_STATE,
		.interface = (uint16_t)n->iface->index, .from = before, .to = next, .why = why);

	switch (next) {
	case NEIGH_REACHABLE:
		n->confirmed = c->now;
		n->asked = 0;
		timer_set(&c->wheel, &n->timer, c->now + reachable_for(n));
		break;
	case NEIGH_DELAY:
		timer_set(&c->wheel, &n->timer, c->now + times->delay_first);
		break;
	case NEIGH_INCOMPLETE:
	case NEIGH_PROBE:
		n->asked = 0;
		ask(n);
		break;
	case NEIGH_FAILED:
		timer_set(&c->wheel, &n->timer, c->now + failed_for);
		break;
	case NEIGH_NONE:
	case NEIGH_STALE:
	case NEIGH_PERMANENT:
	default:
		timer_stop(&c->wheel, &n->timer);
		break;
	}
	if (next >= NEIGH_REACHABLE && next != NEIGH_FAILED && n->waiting.count)
		send_waiting(n);
	if (next == NEIGH_FAILED)
		refuse_waiting(n);
}

static void leave(struct neigh *n);

static void fire(struct timer *timer, int64_t now)
{
	struct neigh *n = container_of(timer, struct neigh, timer);
	const struct neigh_times *times = neigh_times(n->iface, ipa_is_v4(&n->addr));
	const struct neigh_protocol *p = protocol_of(n);

	(void)now;
	switch (n->state) {
	case NEIGH_INCOMPLETE:
		if (n->asked < times->multicast_asks)
			ask(n);
		else
			neigh_enter(n, NEIGH_FAILED, "no answer");
		break;
	case NEIGH_REACHABLE:
		neigh_enter(n, NEIGH_STALE, "not heard of for a while");
		break;
	case NEIGH_DELAY:
		neigh_enter(n, NEIGH_PROBE, "nobody vouched for it");
		break;
	case NEIGH_PROBE:
		if (n->asked < times->unicast_asks) {
			ask(n);
			break;
		}
		neigh_enter(n, NEIGH_FAILED, "does not answer any more");
		if (n->is_router && p->router_gone)
			p->router_gone(p->self, n);
		break;
	default: /* FAILED: asked for again, it gets another chance (ARP-1) */
		leave(n);
		break;
	}
}

/* ---- entries ---------------------------------------------------------------------------------- */

struct neigh_key {
	struct ipa addr;
	uint64_t index;
};

static uint64_t hash_of(const struct link *l, const struct iface *i, const struct ipa *addr)
{
	struct neigh_key key = { .addr = *addr, .index = i->index };

	return siphash13(&l->core->key, &key, sizeof(key));
}

struct neigh *neigh_find(struct link *l, const struct iface *i, const struct ipa *addr)
{
	struct hnode *h = table_first(&l->neigh->table, hash_of(l, i, addr));

	for (; h; h = table_next(h)) {
		struct neigh *n = container_of(h, struct neigh, node);

		if (n->iface == i && ipa_equal(&n->addr, addr))
			return n;
	}
	return NULL;
}

void neigh_unref(struct neigh *n)
{
	struct neigh_table *t;

	if (--n->refs || !n->is_dead)
		return;
	t = table_of(n);
	n->newer = t->free;
	t->free = n;
}

/* Out of the table; whoever still points to it sees that it is dead. */
static void leave(struct neigh *n)
{
	struct neigh_table *t = table_of(n);
	struct core *c = n->iface->link->core;

	if (n->state == NEIGH_INCOMPLETE)
		t->n_incomplete--;
	n->state = NEIGH_NONE;
	timer_stop(&c->wheel, &n->timer);
	refuse_waiting(n);
	table_remove(&t->table, &n->node);
	take_out(t, n);
	n->is_dead = true;
	NOTE(c, NOD_EV_NEIGH_GONE, .interface = (uint16_t)n->iface->index);
	n->refs++;
	neigh_unref(n);
}

/* Who loses his place: the longest unused that is not alive, else the longest unused. */
static bool make_room(struct neigh_table *t)
{
	enum { LOOK = 32 };
	struct neigh *best = NULL;
	int looked = 0;

	for (struct neigh *n = t->oldest; n && looked < LOOK; n = n->newer, looked++) {
		if (n->state == NEIGH_PERMANENT)
			continue;
		if (n->state == NEIGH_STALE || n->state == NEIGH_FAILED || n->state == NEIGH_NONE) {
			best = n;
			break;
		}
		if (!best)
			best = n;
	}
	if (!best)
		return false;
	leave(best);
	return true;
}

struct neigh *neigh_get(struct link *l, struct iface *i, const struct ipa *addr)
{
	struct neigh_table *t = l->neigh;
	struct neigh *n = neigh_find(l, i, addr);

	if (n)
		return n;
	if (t->table.count >= l->core->conf.neighbours && !make_room(t)) {
		NOTE(l->core, NOD_EV_NEIGH_DROP_FULL, .interface = (uint16_t)i->index);
		return NULL;
	}
	n = t->free;
	if (n)
		t->free = n->newer;
	else
		n = malloc(sizeof(*n));
	if (!n)
		return NULL;
	*n = (struct neigh){ .iface = i, .addr = *addr, .used = l->core->now };
	n->timer.fire = fire;
	pkt_queue_init(&n->waiting);
	table_put(&t->table, &n->node, hash_of(l, i, addr));
	put_newest(t, n);
	return n;
}

/* ---- sending ---------------------------------------------------------------------------------- */

static int wait(struct neigh *n, struct pkt *p, uint16_t ethertype)
{
	struct core *c = n->iface->link->core;

	if (n->waiting.count >= c->conf.neighbour_queue) {
		struct pkt *old = pkt_queue_take(&n->waiting);

		NOTE(c, NOD_EV_NEIGH_DROP_QUEUE, .packet = pkt_public(old),
			.interface = (uint16_t)n->iface->index);
		pkt_free(old);
	}
	p->mark = ethertype;
	pkt_queue_put(&n->waiting, p);
	return 0;
}

int neigh_output(struct neigh *n, struct pkt *p, uint16_t ethertype)
{
	struct neigh_table *t = table_of(n);
	struct core *c = n->iface->link->core;

	used(n);
	switch (n->state) {
	case NEIGH_STALE:
		neigh_enter(n, NEIGH_DELAY, "sent to");
		return iface_output(n->iface, p, n->mac, ethertype);
	case NEIGH_NONE:
		if (t->n_incomplete >= c->conf.neighbours_incomplete) { /* (H04), RFC 6583 */
			NOTE(c, NOD_EV_NEIGH_DROP_FULL, .packet = pkt_public(p),
				.interface = (uint16_t)n->iface->index);
			pkt_free(p);
			return -ENOBUFS;
		}
		NOTE(c, NOD_EV_NEIGH_NEW, .interface = (uint16_t)n->iface->index);
		wait(n, p, ethertype);
		neigh_enter(n, NEIGH_INCOMPLETE, "wanted");
		return 0;
	case NEIGH_INCOMPLETE:
		return wait(n, p, ethertype); /* (ARP-3, ND-6) */
	case NEIGH_FAILED:
		NOTE(c, NOD_EV_NEIGH_DROP_FAILED, .packet = pkt_public(p),
			.interface = (uint16_t)n->iface->index);
		if (protocol_of(n)->unreachable)
			protocol_of(n)->unreachable(protocol_of(n)->self, n, p);
		pkt_free(p);
		return -EHOSTUNREACH;
	default:
		return iface_output(n->iface, p, n->mac, ethertype);
	}
}

/* ---- hearing ---------------------------------------------------------------------------------- */

void neigh_heard(struct neigh *n, const uint8_t *mac, unsigned what)
{
	const struct neigh_protocol *p = protocol_of(n);
	bool is_other = mac && memcmp(mac, n->mac, ETHER_ADDR_LEN) != 0;

	if (n->state == NEIGH_PERMANENT)
		return;
	if (n->state == NEIGH_INCOMPLETE || n->state == NEIGH_NONE || n->state == NEIGH_FAILED) {
		if (!mac) /* RFC 4861 7.2.5: an answer without an address is none */
			return;
		memcpy(n->mac, mac, ETHER_ADDR_LEN);
		n->is_router = what & NEIGH_HEARD_ROUTER;
		neigh_enter(n, what & NEIGH_HEARD_SOLICITED ? NEIGH_REACHABLE : NEIGH_STALE,
			"it answered");
		return;
	}
	if (is_other && !(what & NEIGH_HEARD_OVERRIDE)) { /* RFC 4861 7.2.5 I (ND-8) */
		if (n->state == NEIGH_REACHABLE)
			neigh_enter(n, NEIGH_STALE, "another station claims to be it");
		return;
	}
	if (is_other)
		memcpy(n->mac, mac, ETHER_ADDR_LEN);
	if (what & NEIGH_HEARD_SOLICITED)
		neigh_enter(n, NEIGH_REACHABLE, "it answered");
	else if (is_other)
		neigh_enter(n, NEIGH_STALE, "it has another link address");
	if (n->is_router && (what & NEIGH_HEARD_NO_ROUTER) && p->router_gone) {
		n->is_router = false;
		p->router_gone(p->self, n);
	} else if (what & NEIGH_HEARD_ROUTER) {
		n->is_router = true;
	}
}

void neigh_asked_us(struct neigh *n, const uint8_t mac[ETHER_ADDR_LEN])
{
	if (n->state == NEIGH_PERMANENT)
		return;
	if (n->state != NEIGH_NONE && n->state != NEIGH_INCOMPLETE && n->state != NEIGH_FAILED &&
		memcmp(mac, n->mac, ETHER_ADDR_LEN) == 0)
		return;
	memcpy(n->mac, mac, ETHER_ADDR_LEN);
	neigh_enter(n, NEIGH_STALE, "it asked us");
}

void neigh_confirm(struct neigh *n)
{
	struct core *c = n->iface->link->core;

	if (n->state == NEIGH_REACHABLE) {
		/* a second is fine enough, and spares setting the timer for every packet */
		if (c->now - n->confirmed < NOD_S)
			return;
		n->confirmed = c->now;
		timer_set(&c->wheel, &n->timer, c->now + reachable_for(n));
	} else if (n->state == NEIGH_STALE || n->state == NEIGH_DELAY || n->state == NEIGH_PROBE) {
		neigh_enter(n, NEIGH_REACHABLE, "the layers above heard from it");
	}
}

/* ---- by hand ---------------------------------------------------------------------------------- */

int neigh_set(struct link *l, struct iface *i, const struct ipa *addr, const uint8_t *mac)
{
	struct neigh *n = neigh_get(l, i, addr);

	if (!n)
		return -ENOSPC;
	memcpy(n->mac, mac, ETHER_ADDR_LEN);
	neigh_enter(n, NEIGH_PERMANENT, "set by hand");
	return 0;
}

int neigh_remove(struct link *l, struct iface *i, const struct ipa *addr)
{
	struct neigh *n = neigh_find(l, i, addr);

	if (!n)
		return -ENOENT;
	leave(n);
	return 0;
}

void neigh_flush(struct link *l, const struct iface *i)
{
	for (struct neigh *n = l->neigh->oldest, *next; n; n = next) {
		next = n->newer;
		if (!i || n->iface == i)
			leave(n);
	}
}

struct neigh *neigh_walk(const struct link *l, uint64_t *at)
{
	struct hnode *h = table_walk(&l->neigh->table, at);

	return h ? container_of(h, struct neigh, node) : NULL;
}

uint32_t neigh_count(const struct link *l)
{
	return l->neigh->table.count;
}

const char *neigh_state_name(enum neigh_state s)
{
	static const char *const name[] = {
		[NEIGH_NONE] = "NONE",
		[NEIGH_INCOMPLETE] = "INCOMPLETE",
		[NEIGH_REACHABLE] = "REACHABLE",
		[NEIGH_STALE] = "STALE",
		[NEIGH_DELAY] = "DELAY",
		[NEIGH_PROBE] = "PROBE",
		[NEIGH_FAILED] = "FAILED",
		[NEIGH_PERMANENT] = "PERMANENT",
	};

	_Static_assert(sizeof(name) / sizeof(name[0]) == NEIGH_STATES, "a name for each");
	return name[s];
}
