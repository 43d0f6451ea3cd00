/* SPDX-License-Identifier: ISC */
/*
 * tcp_port.c - who is on a port
 *
 * RFC 9293 MUST-41, MUST-42 (a listener disturbs nobody, and others may use its port towards other
 * peers); RFC 6056 (which port a connection gets).  Who may share follows Linux: SO_REUSEADDR on
 * both sides and no listener among them, or SO_REUSEPORT on both.
 *
 * A connection that is bound nowhere needs only that its four are unique, so that one port serves
 * many peers; but a port that somebody asked for is not given to others.  Nor is one that was
 * given out a moment ago, while there are others: its last peer may still wait (TIME-WAIT), and
 * initial sequence numbers, by one in 4 us, are not beyond what that connection took.
 *
 * Neighbours: tcp_listen.c, tcp_state.c; udp_ports.c is the same for datagrams.
 */
#include <errno.h>
#include <stdlib.h>

#include "tcp_internal.h"

enum {
	DRAWS = 64,
	PORTS = 65536,
	PAGE = 32, /* ports: most connections have a port, and so a page, of their own */
	RECENT = 4096, /* so many at least, and up to twice as many, are not given out again */
};

struct tcp_port {
	struct tcp_name *names; /* listeners and whoever asked for it; the youngest first */
	uint32_t flows;	 /* connections of any kind */
};

struct tcp_page {
	uint32_t used; /* ports with a name or a flow */
	struct tcp_port port[PAGE];
};

struct tcp_ports {
	struct tcp_page *page[PORTS / PAGE];
	/* Given out to connections: since n_recent was 0, and in the round before that. */
	uint8_t recent[2][PORTS / 8];
	unsigned n_recent;
};

int tcp_ports_init(struct tcp *t)
{
	t->ports = calloc(1, sizeof(*t->ports));
	return t->ports ? 0 : -ENOMEM;
}

void tcp_ports_end(struct tcp *t)
{
	if (!t->ports)
		return;
	for (unsigned i = 0; i < PORTS / PAGE; i++)
		free(t->ports->page[i]);
	free(t->ports);
	t->ports = NULL;
}

static struct tcp_port *port_at(const struct tcp *t, uint16_t number)
{
	struct tcp_page *page = t->ports->page[number / PAGE];

	return page ? &page->port[number % PAGE] : NULL;
}

/* With room for one more; NULL: no memory. */
static struct tcp_port *port_made(struct tcp *t, uint16_t number)
{
	struct tcp_page **page = &t->ports->page[number / PAGE];

	if (!*page)
		*page = calloc(1, sizeof(**page));
	return *page ? &(*page)->port[number % PAGE] : NULL;
}

static void count(struct tcp *t, uint16_t number, bool was_used)
{
	struct tcp_page **page = &t->ports->page[number / PAGE];
	const struct tcp_port *p = port_at(t, number);
	bool is_used = p->names || p->flows;

	if (is_used && !was_used)
		(*page)->used++;
	if (!is_used && was_used && --(*page)->used == 0) {
		free(*page);
		*page = NULL;
	}
}

void tcp_port_use(struct tcp *t, uint16_t number)
{
	struct tcp_port *p = port_made(t, number);
	bool was_used;

	if (!p)
		return; /* then nobody sees that it is in use; the four still are */
	was_used = p->names || p->flows;
	p->flows++;
	count(t, number, was_used);
}

void tcp_port_unuse(struct tcp *t, uint16_t number)
{
	struct tcp_port *p = port_at(t, number);

	if (!p || !p->flows)
		return;
	p->flows--;
	count(t, number, true);
}

struct tcp_name *tcp_port_names(const struct tcp *t, uint16_t number)
{
	const struct tcp_port *p = port_at(t, number);

	return p ? p->names : NULL;
}

/* ---- binding ------------------------------------------------------------------------- */

/* Whether a segment could be for both. */
static bool overlap(const struct tcp_name *a, const struct ipa *a_local, const struct tcp_name *b)
{
	bool a_is_v4 = ipa_is_v4(a_local), b_is_v4 = ipa_is_v4(&b->local);

	if (a_is_v4 && b_is_v4)
		return ipa_is_any(a_local) || ipa_is_any(&b->local) ||
			ipa_equal(a_local, &b->local);
	if (!b_is_v4 && ipa_is_any(&b->local) && !(b->flags & TCP_BIND_V6_ONLY && a_is_v4))
		return true;
	if (!a_is_v4 && ipa_is_any(a_local) && !(a->flags & TCP_BIND_V6_ONLY && b_is_v4))
		return true;
	return ipa_equal(a_local, &b->local);
}

static bool conflict(const struct tcp_name *n, const struct ipa *local,
	const struct tcp_name *other, bool is_to_listen)
{
	uint8_t both = n->flags & other->flags;

	if (n == other || (n->iface && other->iface && n->iface != other->iface))
		return false;
	if (both & TCP_BIND_REUSE_PORT)
		return false;
	if (both & TCP_BIND_REUSE_ADDR && !other->is_listening && !is_to_listen)
		return false;
	if (both & TCP_BIND_REUSE_ADDR && is_to_listen && !other->is_listening)
		return false;
	return overlap(n, local, other);
}

static bool is_free(
	const struct tcp *t, const struct tcp_name *n, const struct ipa *local, uint16_t number)
{
	const struct tcp_port *p = port_at(t, number);

	if (!p)
		return true;
	for (const struct tcp_name *o = p->names; o; o = o->next)
		if (conflict(n, local, o, false))
			return false;
	/* connections that are left over, in TIME-WAIT and others, need SO_REUSEADDR */
	return !p->flows || p->names ||
		n->flags & (TCP_BIND_REUSE_ADDR | TCP_BIND_REUSE_PORT);
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

uint16_t tcp_port_draw(const struct tcp *t, bool (*is_good)(void *self, uint16_t port), void *self)
{
	bool is_wide = t->core->conf.source_port_any;
	uint32_t first = is_wide ? 1024 : 32768, last = is_wide ? 65535 : 60999;
	uint32_t n = last - first + 1, at, stride;

	for (unsigned i = 0; i < DRAWS; i++) {
		at = first + prng_below(&t->core->prng, n);
		if (is_good(self, (uint16_t)at))
			return (uint16_t)at;
	}
	do {
		stride = 1 + prng_below(&t->core->prng, n - 1);
	} while (common_divisor(stride, n) != 1);
	at = prng_below(&t->core->prng, n);
	for (uint32_t i = 0; i < n; i++, at = (at + stride) % n)
		if (is_good(self, (uint16_t)(first + at)))
			return (uint16_t)(first + at);
	return 0;
}

static bool is_unused(void *self, uint16_t number)
{
	const struct tcp_port *p = port_at(self, number);

	return !p || (!p->names && !p->flows);
}

int tcp_bind(struct tcp *t, struct tcp_name *n, const struct ipa *local, uint16_t number)
{
	struct tcp_port *p;
	bool was_used;

	if (number && !is_free(t, n, local, number))
		return -EADDRINUSE;
	if (!number)
		number = tcp_port_draw(t, is_unused, t);
	if (!number)
		return -EADDRINUSE;
	p = port_made(t, number);
	if (!p)
		return -ENOMEM;
	was_used = p->names || p->flows;
	n->local = *local;
	n->port = number;
	n->next = p->names;
	n->prev = &p->names;
	if (p->names)
		p->names->prev = &n->next;
	p->names = n;
	count(t, number, was_used);
	return 0;
}

void tcp_unbind(struct tcp *t, struct tcp_name *n)
{
	if (!n->prev)
		return;
	*n->prev = n->next;
	if (n->next)
		n->next->prev = n->prev;
	n->next = NULL;
	n->prev = NULL;
	count(t, n->port, true);
	n->port = 0;
}

bool tcp_port_may_listen(const struct tcp *t, const struct tcp_name *n)
{
	for (const struct tcp_name *o = tcp_port_names(t, n->port); o; o = o->next)
		if (o->is_listening && conflict(n, &n->local, o, true))
			return false;
	return true;
}

/* ---- for a connection ---------------------------------------------------------------- */

struct wish {
	struct tcp *tcp;
	const struct ipa *local, *remote;
	uint16_t remote_port;
	unsigned interface;
	bool may_be_recent;
};

static bool is_recent(const struct tcp_ports *all, uint16_t number)
{
	return (all->recent[0][number / 8] | all->recent[1][number / 8]) >> number % 8 & 1;
}

static void note_recent(struct tcp_ports *all, uint16_t number)
{
	if (all->n_recent++ == RECENT) {
		memcpy(all->recent[1], all->recent[0], sizeof(all->recent[1]));
		memset(all->recent[0], 0, sizeof(all->recent[0]));
		all->n_recent = 1;
	}
	all->recent[0][number / 8] |= (uint8_t)(1u << number % 8);
}

static bool is_good_for(void *self, uint16_t number)
{
	const struct wish *w = self;

	if (!w->may_be_recent && is_recent(w->tcp->ports, number))
		return false;
	return !tcp_port_names(w->tcp, number) &&
		!tcp_find(w->tcp, w->local, number, w->remote, w->remote_port, w->interface);
}

uint16_t tcp_port_choose(struct tcp *t, const struct ipa *local, const struct ipa *remote,
	uint16_t remote_port, unsigned interface)
{
	struct wish w = { t, local, remote, remote_port, interface, false };
	uint16_t number = tcp_port_draw(t, is_good_for, &w);

	if (!number) {
		w.may_be_recent = true;
		number = tcp_port_draw(t, is_good_for, &w);
	}
	if (number)
		note_recent(t->ports, number);
	return number;
}
