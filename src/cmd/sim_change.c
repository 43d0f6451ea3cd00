/* SPDX-License-Identifier: ISC */
/*
 * sim_change.c - what changes in a simulated world while it talks: interfaces, addresses, MTUs,
 * neighbours, routes; prefixes that routers advertise
 *
 * Neighbours: sim.h.
 */
#include <stdio.h>
#include <string.h>

#include "sim.h"

/* ---- churn --------------------------------------------------------------------------- */

struct churn {
	struct task task;
	struct station *down;	     /* whose interface is down, to come up again */
	struct nod_route_info route; /* that was taken away, to be put back */
	struct station *routeless;
};

static void go_up(struct churn *c)
{
	sim_host_touch(c->down->host);
	nod_interface_set_up(c->down->stack, c->down->port[0].index, true);
	c->down = NULL;
}

static void go_down(struct churn *c)
{
	if (c->down)
		go_up(c);
	c->down = some_station(c->task.world);
	nod_interface_set_up(c->down->stack, c->down->port[0].index, false);
}

/* One more address, or the one that was added before. */
static void change_address(struct churn *c)
{
	struct world *w = c->task.world;
	struct station *st = some_station(w);
	const struct port *p = &st->port[draw(w, st->n_ports)];
	struct nod_prefix a;

	if (!st->has_v4 && !st->has_v6)
		return;
	lan_address(p->lan, st,
		st->has_v6 && (!st->has_v4 || chance(w, 50)) ? NOD_IPV6 : NOD_IPV4, &a);
	a.addr.octet[a.addr.family == NOD_IPV4 ? 2 : 13] = (uint8_t)(100 + draw(w, 2));
	if (nod_address_remove(st->stack, p->index, &a.addr) < 0 &&
		nod_address_add(st->stack, p->index, &a, chance(w, 30)) == 0)
		hold(st, &a.addr);
}

static void change_mtu(struct churn *c)
{
	struct world *w = c->task.world;
	struct station *st = some_station(w);
	const struct port *p = &st->port[draw(w, st->n_ports)];
	uint32_t mtu = p->lan->mtu;

	if (chance(w, 60)) /* never more than the LAN carries */
		mtu = st->has_v6 && chance(w, 80) ? (mtu < 1280 ? mtu : 1280) :
						    68 + draw(w, 600);
	nod_interface_set_mtu(st->stack, p->index, mtu);
}

static void forget_neighbours(struct churn *c)
{
	struct station *st = some_station(c->task.world);
	struct nod_neighbour_info n[16];
	unsigned count = 0;
	uint64_t at = 0;

	while (count < 16 && nod_neighbour_next(st->stack, &at, &n[count]) == 0)
		count++;
	while (count--)
		nod_neighbour_remove(st->stack, n[count].interface, &n[count].addr);
}

static void flip_route(struct churn *c)
{
	struct world *w = c->task.world;
	struct station *st = some_station(w);
	struct nod_route_info r;
	unsigned seen = 0;
	uint64_t at = 0;

	if (c->routeless) {
		sim_host_touch(c->routeless->host);
		nod_route_add(c->routeless->stack, &c->route.to, &c->route.gateway,
			c->route.interface, c->route.metric);
		c->routeless = NULL;
		return;
	}
	while (nod_route_next(st->stack, &at, &r) == 0)
		if (strcmp(r.origin, "manual") == 0 && draw(w, ++seen) == 0)
			c->route = r;
	if (seen &&
		nod_route_remove(
			st->stack, &c->route.to, &c->route.gateway, c->route.interface) == 0)
		c->routeless = st;
}

static void change(struct task *task, nod_ns now)
{
	static void (*const ways[])(struct churn * c) = { go_down, change_address,
		change_address, change_mtu, forget_neighbours, flip_route };
	struct churn *c = (struct churn *)task;
	struct world *w = task->world;

	if (c->down && chance(w, 70))
		go_up(c);
	else
		ways[draw(w, sizeof(ways) / sizeof(ways[0]))](c);
	w->changes++;
	task_again(task, now + some_time(w, 2 * NOD_S));
}

/* Within what both families can live with. */
static void change_mtus(struct task *task, nod_ns now)
{
	struct world *w = task->world;
	struct station *st = some_station(w);
	const struct port *p = &st->port[draw(w, st->n_ports)];
	uint32_t least = st->has_v6 ? 1280 : 576;

	nod_interface_set_mtu(st->stack, p->index, least + draw(w, p->lan->mtu - least + 1));
	w->changes++;
	task_again(task, now + some_time(task->world, 2 * NOD_S));
}

bool begin_mtus(struct world *w)
{
	return task_new(w, NULL, sizeof(struct churn), change_mtus, w->start + NOD_S);
}

bool begin_churn(struct world *w)
{
	return task_new(w, NULL, sizeof(struct churn), change, w->start + NOD_S);
}

/* ---- prefixes that routers advertise -------------------------------------------------- */

struct renumber {
	struct task task;
	struct port port;
	uint8_t generation;
};

static void renumber(struct task *task, nod_ns now)
{
	struct renumber *r = (struct renumber *)task;
	struct world *w = task->world;
	struct station *st = task->station;
	struct nod_prefix p;

	lan_address(r->port.lan, st, NOD_IPV6, &p);
	if (r->generation) {
		p.addr.octet[5] = r->generation;
		nod_address_remove(st->stack, r->port.index, &p.addr);
	}
	p.addr.octet[5] = ++r->generation;
	if (nod_address_add(st->stack, r->port.index, &p, NOD_ADDRESS_AT_ONCE) == 0)
		hold(st, &p.addr);
	/* told at once, and not with the next advertisement in ten minutes */
	nod_interface_advertise(st->stack, r->port.index, false);
	nod_interface_advertise(st->stack, r->port.index, true);
	w->changes++;
	task_again(task, now + some_time(w, w->conf.time / 4));
}

bool begin_slaac(struct world *w)
{
	for (unsigned s = 0; s < w->n_routers; s++) {
		struct station *st = &w->station[s];

		for (unsigned k = 0; k < st->n_ports; k++) {
			struct renumber *r;

			if (!st->port[k].lan->has_slaac)
				continue;
			nod_interface_advertise(st->stack, st->port[k].index, true);
			r = task_new(w, st, sizeof(*r), renumber,
				w->start + some_time(w, w->conf.time / 2));
			if (!r)
				return false;
			r->port = st->port[k];
		}
	}
	return true;
}
