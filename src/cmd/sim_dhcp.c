/* SPDX-License-Identifier: ISC */
/*
 * sim_dhcp.c - in a simulated world routers lease addresses, clients come and go, and now and then
 * somebody takes an address that is not his
 *
 * Neighbours: sim.h, nod/dhcp.h.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "nod/dhcp.h"
#include "sim.h"

static const struct port *server_port(const struct station *st)
{
	for (unsigned k = 0; k < st->n_ports; k++)
		if (st->port[k].lan->has_dhcp && st->port[k].lan->router == st)
			return &st->port[k];
	return NULL;
}

/* One server a LAN: two would lease the same addresses. */
static bool start_server(struct world *w, struct lan *lan)
{
	struct nod_dhcp_server_conf conf = {
		.lease_s = 60 + draw(w, 600),
		.no_router = chance(w, 20),
	};
	struct nod_prefix p;
	unsigned index = 0;

	if (!lan->router)
		for (unsigned s = 0; s < w->n_routers && !lan->router; s++)
			for (unsigned k = 0; k < w->station[s].n_ports; k++)
				if (w->station[s].port[k].lan == lan)
					lan->router = &w->station[s];
	for (unsigned k = 0; lan->router && k < lan->router->n_ports; k++)
		if (lan->router->port[k].lan == lan)
			index = lan->router->port[k].index;
	if (!index)
		return true;
	lan_address(lan, lan->router, NOD_IPV4, &p);
	p.addr.octet[2] = 200;
	p.addr.octet[3] = 1;
	conf.first = conf.last = p.addr;
	/* sometimes there are fewer than are wanted */
	conf.last.octet[3] = (uint8_t)(1 + (chance(w, 20) ? draw(w, 3) : 100));
	int err = nod_dhcp_server_start(lan->router->stack, index, &conf);

	if (err < 0)
		world_fails(w, T("%s: no DHCP server: %s", "%s：无法启动 DHCP 服务器：%s"),
			lan->router->name, strerror(-err));
	return true;
}

/* Who has an address bound may be the only one on his LAN. */
static void check_leases(struct world *w)
{
	for (unsigned a = 0; a < w->n_stations; a++) {
		struct nod_dhcp_info mine, other;
		const struct station *st = &w->station[a];

		if (!st->is_dhcp ||
			nod_dhcp_client_state(st->stack, st->port[0].index, &mine) < 0 ||
			strcmp(mine.state, "BOUND") != 0)
			continue;
		for (unsigned b = a + 1; b < w->n_stations; b++) {
			const struct station *to = &w->station[b];

			if (to->is_dhcp && to->port[0].lan == st->port[0].lan &&
				nod_dhcp_client_state(to->stack, to->port[0].index, &other) ==
					0 &&
				strcmp(other.state, "BOUND") == 0 &&
				nod_addr_equal(&mine.prefix.addr, &other.prefix.addr))
				world_fails(w,
					T("%s and %s have leased the same address",
						"%s 与 %s 租到同一个地址"),
					st->name, to->name);
		}
	}
}

static void come_or_go(struct task *task, nod_ns now)
{
	struct world *w = task->world;
	struct station *st = task->station;
	unsigned index = st->port[0].index;
	struct nod_dhcp_info info;
	int err;

	if (nod_dhcp_client_state(st->stack, index, &info) == 0) {
		if (strcmp(info.state, "BOUND") == 0)
			w->leases++;
		err = nod_dhcp_client_stop(st->stack, index);
	} else {
		struct nod_dhcp_client_conf conf = { .no_probe = chance(w, 20),
			.no_link_local = chance(w, 50) };

		if (chance(w, 30)) {
			struct nod_prefix p;

			lan_address(st->port[0].lan, st, NOD_IPV4, &p);
			conf.previous = p.addr;
		}
		err = nod_dhcp_client_start(st->stack, index, &conf);
	}
	if (err < 0)
		world_fails(w, T("%s: DHCP client: %s", "%s：DHCP 客户端：%s"), st->name,
			strerror(-err));
	check_leases(w);
	task_again(task, now + some_time(w, w->conf.time / 3));
}

/* Somebody takes an address of the pool by hand, and lets it go again. */
static void usurp(struct task *task, nod_ns now)
{
	struct world *w = task->world;
	struct station *st = some_station(w);
	const struct port *p = &st->port[0];
	struct nod_prefix a;

	if (p->lan->has_dhcp && st->has_v4 && !st->is_dhcp) {
		lan_address(p->lan, st, NOD_IPV4, &a);
		a.addr.octet[2] = 200;
		a.addr.octet[3] = (uint8_t)(1 + draw(w, 8));
		if (nod_address_remove(st->stack, p->index, &a.addr) < 0 &&
			nod_address_add(st->stack, p->index, &a, 0) == 0)
			hold(st, &a.addr);
		w->changes++;
	}
	task_again(task, now + some_time(w, w->conf.time / 8));
}

bool begin_dhcp(struct world *w)
{
	for (unsigned k = 0; k < w->n_lans; k++)
		if (w->lan[k].has_dhcp && !start_server(w, &w->lan[k]))
			return false;
	for (unsigned s = 0; s < w->n_stations; s++)
		if (w->station[s].is_dhcp &&
			!task_new(w, &w->station[s], sizeof(struct task), come_or_go,
				w->start + some_time(w, 5 * NOD_S)))
			return false;
	return task_new(
		w, NULL, sizeof(struct task), usurp, w->start + some_time(w, 20 * NOD_S));
}

void end_dhcp(struct world *w)
{
	if (!(w->does & DO_DHCP))
		return;
	for (unsigned s = 0; s < w->n_stations; s++) {
		struct station *st = &w->station[s];
		const struct port *p = server_port(st);

		if (st->is_dhcp)
			nod_dhcp_client_stop(st->stack, st->port[0].index);
		if (p)
			nod_dhcp_server_stop(st->stack, p->index);
	}
}
