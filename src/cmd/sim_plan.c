/* SPDX-License-Identifier: ISC */
/*
 * sim_plan.c - the LANs, routers, addresses and routes of a simulated world, drawn from its seed
 *
 * LANs are a tree: each but the first has a router to one that was there before, and now and then
 * a second one.  LAN n is 10.n.0.0/16 and 2001:db8:0:n::/64; station s is number s in each of its
 * networks.  Routes are set by hand along the shortest way.
 *
 * Neighbours: sim.h, sim_wire.c (cables).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

/* ---- addresses ----------------------------------------------------------------------- */

void hold(struct station *st, const struct nod_addr *a)
{
	st->held[st->n_held++ % HELD_MOST] = *a;
}

static struct nod_addr v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return (struct nod_addr){ .family = NOD_IPV4, .octet = { a, b, c, d } };
}

void lan_address(const struct lan *lan, const struct station *st, enum nod_family family,
	struct nod_prefix *out)
{
	unsigned n = st->number;

	if (family == NOD_IPV4) {
		out->addr = v4(10, (uint8_t)lan->number, (uint8_t)(1 + n / 250),
			(uint8_t)(1 + n % 250));
		out->len = 16;
		return;
	}
	out->addr = (struct nod_addr){
		.family = NOD_IPV6,
		.octet = { 0x20, 0x01, 0x0d, 0xb8, [7] = (uint8_t)lan->number,
			[14] = (uint8_t)((n + 1) >> 8), [15] = (uint8_t)(n + 1) },
	};
	out->len = 64;
}

bool shares_lan(const struct station *a, const struct station *b)
{
	for (unsigned i = 0; i < a->n_ports; i++)
		for (unsigned k = 0; k < b->n_ports; k++)
			if (a->port[i].lan == b->port[k].lan)
				return true;
	return false;
}

struct station *some_station(struct world *w)
{
	struct station *st = &w->station[draw(w, w->n_stations)];

	sim_host_touch(st->host);
	return st;
}

/* The interface of @from on a LAN that @interface of @to is on; 0: none. */
static unsigned interface_towards(
	const struct station *from, const struct station *to, unsigned interface)
{
	for (unsigned k = 0; k < to->n_ports; k++)
		for (unsigned i = 0; to->port[k].index == interface && i < from->n_ports; i++)
			if (from->port[i].lan == to->port[k].lan)
				return from->port[i].index;
	return 0;
}

bool some_address(struct world *w, const struct station *from, const struct station *to,
	enum nod_family family, struct nod_addr *out)
{
	struct nod_address_info i;
	unsigned seen = 0;

	for (unsigned k = 0; nod_address_at(to->stack, k, &i) == 0; k++) {
		struct nod_addr a = i.prefix.addr;
		bool is_local = a.family == NOD_IPV6 ? a.octet[0] == 0xfe : a.octet[0] == 169;

		if (a.family != family || (i.interface == 1 && from != to) ||
			(strcmp(i.state, "preferred") != 0 &&
				strcmp(i.state, "deprecated") != 0))
			continue;
		a.zone = 0;
		if (is_local) {
			unsigned at = from == to ? i.interface :
						   interface_towards(from, to, i.interface);

			if (!at || family == NOD_IPV4)
				continue;
			a.zone = at;
		}
		if (draw(w, ++seen) == 0)
			*out = a;
	}
	return seen;
}

/* ---- stations ------------------------------------------------------------------------ */

/* Some live with little: their limits are looked at, too. */
static void draw_limits(struct world *w, struct nod_conf *c)
{
	if (chance(w, 85))
		return;
	c->neighbours = 3 + draw(w, 6);
	c->neighbours_incomplete = 2;
	c->neighbour_queue = 1 + draw(w, 3);
	c->destinations = 4 + draw(w, 8);
	c->reassemblies = 1 + draw(w, 3);
	c->reassemblies_per_source = 1;
	c->reassembly_octets = 100000;
	c->transmit_queue = 8 + draw(w, 32);
	c->memory_octets = 1 << 20;
	c->receive_octets = 20000;
	c->addresses = 4 + draw(w, 4);
	c->groups = 8;
}

static void told(void *self, const struct nod_event *e)
{
	const struct station *st = self;
	const struct world_conf *c = &st->world->conf;

	if (c->event)
		c->event(c->self, st->name, e);
}

static bool new_station(struct world *w, bool is_router)
{
	struct station *st = &w->station[w->n_stations];
	struct nod_conf conf = {
		.name = st->name,
		.may_use_raw = true,
		.forwarding = is_router,
		.no_autoconf = w->does & DO_SLAAC ? false : chance(w, 50),
		.no_privacy = chance(w, 50),
	};
	unsigned family = is_router || w->does & DO_FLOOD ? 0 : draw(w, 10);

	st->world = w;
	st->number = w->n_stations;
	st->is_router = is_router;
	st->has_v4 = family != 1;
	st->has_v6 = family != 2;
	conf.no_ipv6 = !st->has_v6;
	if (w->conf.event)
		conf.sink = (struct nod_event_sink){ told, st };
	snprintf(st->name, sizeof(st->name), "%c%u", is_router ? 'r' : 'h',
		is_router ? w->n_routers + 1 : w->n_stations - w->n_routers + 1);
	prng_fill(&w->chance, conf.seed, sizeof(conf.seed));
	if (!is_router && !(w->does & DO_FLOOD))
		draw_limits(w, &conf);
	st->is_poor = conf.memory_octets;
	if (nod_stack_new(&conf, w->start, &st->stack) < 0)
		return false;
	st->host = sim_host_add(w->net, st->stack, st);
	if (!st->host)
		return false;
	w->n_stations++;
	w->n_routers += is_router;

	struct nod_addr self = v4(127, 0, 0, 1), all = v4(255, 255, 255, 255);
	struct nod_addr six = { .family = NOD_IPV6, .octet = { [15] = 1 } };

	hold(st, &self);
	hold(st, &six);
	hold(st, &all);
	return true;
}

static bool give_address(
	struct station *st, unsigned index, const struct lan *lan, enum nod_family family)
{
	struct nod_prefix p;
	bool at_once = st->is_router || st->world->does & DO_FLOOD || chance(st->world, 70);
	int err;

	lan_address(lan, st, family, &p);
	err = nod_address_add(st->stack, index, &p, at_once ? NOD_ADDRESS_AT_ONCE : 0);
	if (err == 0)
		hold(st, &p.addr);
	return err == 0;
}

/* Into @lan, with addresses there. */
static bool join_lan(struct station *st, struct lan *lan)
{
	struct nod_interface_conf conf = { .mtu = lan->mtu, .vlan = lan->vlan };
	struct nod_addr broadcast = v4(10, (uint8_t)lan->number, 255, 255);
	int index = nod_interface_add(st->stack, &conf);

	if (index < 0 || !plug(st, lan, (unsigned)index))
		return false;
	st->port[st->n_ports++] = (struct port){ .lan = lan, .index = (unsigned)index };
	hold(st, &broadcast);
	if (st->has_v4 && !(lan->has_dhcp && !st->is_router && chance(st->world, 70))) {
		if (!give_address(st, (unsigned)index, lan, NOD_IPV4))
			return false;
	} else if (st->has_v4) {
		st->is_dhcp = true;
	}
	return !st->has_v6 || (lan->has_slaac && !st->is_router) ||
		give_address(st, (unsigned)index, lan, NOD_IPV6);
}

/* ---- LANs ---------------------------------------------------------------------------- */

static bool new_lan(struct world *w)
{
	static const uint32_t mtus[7] = { 1500, 1500, 1500, 1500, 1280, 1400, 9000 };
	struct lan *lan = &w->lan[w->n_lans], *before = lan - 1;
	uint8_t seed[32];

	lan->number = w->n_lans + 1;
	lan->mtu = mtus[draw(w, 7)];
	lan->can = draw(w, 3) == 0 ? 0 : DEVICE_SUMS;
	if (lan->can && chance(w, 50))
		lan->can |= DEVICE_GSO;
	if (w->does & DO_FLOOD) {
		lan->mtu = 1500;
		lan->can = 0;
	}
	lan->has_dhcp = w->does & DO_DHCP && (!w->conf.scenario->is_any || chance(w, 50));
	lan->has_slaac = w->does & DO_SLAAC && (!w->conf.scenario->is_any || chance(w, 50));
	if (w->n_lans++ && chance(w, 25)) {
		/* two LANs over one switch, told apart by their tags */
		lan->lan = before->lan;
		lan->can = before->can;
		lan->vlan = before->vlan ? (uint16_t)(before->vlan + 1) : 7;
		return true;
	}
	if (chance(w, 15))
		lan->vlan = (uint16_t)(1 + draw(w, 4000));
	prng_fill(&w->chance, seed, sizeof(seed));
	lan->lan = sim_lan_add(w->net, NULL, seed);
	return lan->lan;
}

/* ---- routes -------------------------------------------------------------------------- */

/* How many routers are between each LAN and @to. */
static void distances(const struct world *w, const struct lan *to, unsigned d[LANS_MOST])
{
	for (unsigned k = 0; k < LANS_MOST; k++)
		d[k] = &w->lan[k] == to ? 0 : LANS_MOST;
	for (unsigned round = 0; round < w->n_lans; round++)
		for (unsigned r = 0; r < w->n_stations; r++) {
			const struct station *st = &w->station[r];

			for (unsigned i = 0; st->is_router && i < st->n_ports; i++)
				for (unsigned k = 0; k < st->n_ports; k++) {
					unsigned near = d[st->port[i].lan - w->lan] + 1;
					unsigned *far = &d[st->port[k].lan - w->lan];

					if (near < *far)
						*far = near;
				}
		}
}

/* The router on @lan that is nearest to a LAN, by its distances. */
static struct station *way_out(struct world *w, const struct lan *lan, const unsigned *d)
{
	struct station *best = NULL;
	unsigned best_d = LANS_MOST + 1;

	for (unsigned r = 0; r < w->n_stations; r++) {
		struct station *st = &w->station[r];
		bool is_here = false;
		unsigned nearest = LANS_MOST;

		for (unsigned k = 0; st->is_router && k < st->n_ports; k++) {
			is_here = is_here || st->port[k].lan == lan;
			if (d[st->port[k].lan - w->lan] < nearest)
				nearest = d[st->port[k].lan - w->lan];
		}
		if (is_here && nearest < best_d) {
			best = st;
			best_d = nearest;
		}
	}
	return best;
}

static void add_routes(struct world *w, struct station *st, const struct lan *to)
{
	unsigned d[LANS_MOST];
	const struct port *out = &st->port[0];

	distances(w, to, d);
	for (unsigned k = 0; k < st->n_ports; k++) {
		if (st->port[k].lan == to)
			return;
		if (d[st->port[k].lan - w->lan] < d[out->lan - w->lan])
			out = &st->port[k];
	}

	struct station *next = way_out(w, out->lan, d);

	if (!next || next == st)
		return;
	for (int six = 0; six < 2; six++) {
		enum nod_family f = six ? NOD_IPV6 : NOD_IPV4;
		struct nod_prefix prefix, gateway;

		if (six ? !st->has_v6 : !st->has_v4)
			continue;
		lan_address(to, st, f, &prefix);
		lan_address(out->lan, next, f, &gateway);
		prefix = nod_prefix_network(&prefix);
		nod_route_add(st->stack, &prefix, &gateway.addr, out->index, 0);
	}
}

/* One way out for everything: not always the best one, so that routers send redirects. */
static void add_default(struct world *w, struct station *st)
{
	struct lan *lan = st->port[0].lan;
	struct station *next = NULL;
	unsigned seen = 0;

	for (unsigned r = 0; r < w->n_stations; r++)
		for (unsigned k = 0; w->station[r].is_router && k < w->station[r].n_ports; k++)
			if (w->station[r].port[k].lan == lan && draw(w, ++seen) == 0)
				next = &w->station[r];
	if (!next)
		return;
	lan->router = next;
	for (int six = 0; six < 2; six++) {
		struct nod_prefix any = { .addr.family = six ? NOD_IPV6 : NOD_IPV4 }, gateway;

		if (six ? !st->has_v6 || lan->has_slaac : !st->has_v4 || st->is_dhcp)
			continue;
		lan_address(lan, next, six ? NOD_IPV6 : NOD_IPV4, &gateway);
		nod_route_add(st->stack, &any, &gateway.addr, st->port[0].index, 0);
	}
}

static bool add_routers(struct world *w)
{
	unsigned n = w->n_lans - 1;

	/* a LAN alone may have one, too: who gives out addresses */
	if (!n && w->does & (DO_DHCP | DO_SLAAC)) {
		struct station *st = &w->station[w->n_stations];

		return new_station(w, true) && join_lan(st, &w->lan[0]);
	}
	if (n > 1 && chance(w, 30))
		n++; /* a second way */
	for (unsigned k = 0; k < n; k++) {
		struct station *st = &w->station[w->n_stations];
		unsigned from = k + 1 < w->n_lans ? k + 1 : w->n_lans - 1;

		if (!new_station(w, true) || !join_lan(st, &w->lan[from]) ||
			!join_lan(st, &w->lan[draw(w, from)]))
			return false;
	}
	return true;
}

bool plan_world(struct world *w)
{
	const struct scenario *sc = w->conf.scenario;
	unsigned lans = sc->lans_least + draw(w, sc->lans_most - sc->lans_least + 1);
	unsigned hosts = w->conf.hosts ? w->conf.hosts : 2 + draw(w, 9);

	w->station = calloc(hosts + lans + 1, sizeof(w->station[0]));
	if (!w->station)
		return false;
	for (unsigned k = 0; k < lans; k++)
		if (!new_lan(w))
			return false;
	if (!add_routers(w))
		return false;
	for (unsigned k = 0; k < hosts; k++) {
		struct station *st = &w->station[w->n_stations];

		if (!new_station(w, false) || !join_lan(st, &w->lan[draw(w, w->n_lans)]))
			return false;
	}
	for (unsigned s = 0; s < w->n_stations; s++) {
		for (unsigned k = 0; w->station[s].is_router && k < w->n_lans; k++)
			add_routes(w, &w->station[s], &w->lan[k]);
		if (!w->station[s].is_router)
			add_default(w, &w->station[s]);
	}
	return true;
}
