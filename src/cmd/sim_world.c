/* SPDX-License-Identifier: ISC */
/*
 * sim_world.c - a simulated world is made, lives, is looked at and ends
 *
 * A life: stations talk until world_conf.time; then all tasks end, and what is on its way arrives;
 * sockets are closed, and every packet has to come home.
 *
 * Neighbours: sim.h.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

enum { LOOKS = 32, SETTLES = 200, REMEMBERED = 1 << 15 };

void world_fails(struct world *w, const char *format, ...)
{
	va_list ap;

	if (w->has_failed)
		return;
	w->has_failed = true;
	va_start(ap, format);
	vsnprintf(w->failure, sizeof(w->failure), format, ap);
	va_end(ap);
}

uint64_t world_count(const struct world *w, enum nod_event_kind kind)
{
	uint64_t n = 0;

	for (unsigned k = 0; k < w->n_stations; k++)
		n += nod_stack_count(w->station[k].stack, kind);
	for (unsigned k = 0; k < w->n_lans; k++)
		if (!k || w->lan[k].lan != w->lan[k - 1].lan)
			n += sim_lan_count(w->lan[k].lan, kind);
	return n + w->fault[kind];
}

/* ---- tasks --------------------------------------------------------------------------- */

nod_ns some_time(struct world *w, nod_ns mean)
{
	double u = prng_unit(&w->chance);

	return (nod_ns)((double)mean * 3 * u * u) + 1; /* its mean is @mean */
}

static void task_due(struct sim_item *item, nod_ns now)
{
	struct task *t = (struct task *)item;

	if (t->station)
		sim_host_touch(t->station->host);
	t->run(t, now);
}

void *task_new(struct world *w, struct station *st, size_t size,
	void (*run)(struct task *t, nod_ns now), nod_ns at)
{
	struct task *t = sim_net_expect(w->net, 1) < 0 ? NULL : calloc(1, size);

	if (!t)
		return NULL;
	t->item.due = task_due;
	t->world = w;
	t->station = st;
	t->run = run;
	t->next = w->tasks;
	w->tasks = t;
	sim_net_at(w->net, &t->item, at);
	return t;
}

void task_again(struct task *t, nod_ns at)
{
	if (at < t->world->talk_until)
		sim_net_at(t->world->net, &t->item, at);
}

/* ---- a life -------------------------------------------------------------------------- */

static bool begin(struct world *w)
{
	static const struct {
		unsigned does;
		bool (*begin)(struct world *w);
	} parts[] = {
		{ DO_UDP | DO_HOPS | DO_BROADCAST | DO_MULTICAST, begin_listening },
		{ DO_UDP | DO_HOPS, begin_udp },
		{ DO_FLOOD, begin_flood },
		{ DO_BROADCAST | DO_MULTICAST, begin_groups },
		{ DO_PING, begin_ping },
		{ DO_DHCP, begin_dhcp },
		{ DO_SLAAC, begin_slaac },
		{ DO_NAMES, begin_names },
		{ DO_CHURN, begin_churn },
		{ DO_MTU, begin_mtus },
		{ DO_CALLS, begin_calls },
	};

	if (!plan_faults(w) || !plan_world(w))
		return false;
	for (unsigned k = 0; k < sizeof(parts) / sizeof(parts[0]); k++)
		if (w->does & parts[k].does && !parts[k].begin(w))
			return false;
	return true;
}

/* By chance of their own: what else a seed does is not changed by it. */
static void draw_calls(struct world *w)
{
	struct prng own;

	prng_init_u64(&own, w->conf.seed ^ 0x746370);
	if (prng_below(&own, 100) < 45)
		w->does |= (1 + prng_below(&own, (1 << TCP_KINDS) - 1)) * DO_BULK;
}

struct world *world_new(const struct world_conf *conf)
{
	struct world *w = calloc(1, sizeof(*w));
	struct sim_net_conf net = { .start = NOD_S, .ready = world_ready, .self = w };

	if (!w)
		return NULL;
	w->conf = *conf;
	w->start = net.start;
	w->talk_until = net.start + conf->time;
	prng_init_u64(&w->chance, conf->seed);
	w->does = conf->scenario->does;
	if (conf->scenario->is_any) {
		w->does = 0;
		while (!w->does)
			for (unsigned bit = 1; bit < DO_FLOOD; bit <<= 1)
				if (conf->scenario->does & bit && chance(w, 45))
					w->does |= bit;
		draw_calls(w);
	}
	w->net = sim_net_new(&net);
	w->ledger = sim_ledger_new(prng_u64(&w->chance), REMEMBERED);
	if (!w->net || !w->ledger) {
		world_free(w);
		return NULL;
	}
	return w;
}

static bool pass(struct world *w, nod_ns until)
{
	if (sim_net_run(w->net, until) < 0)
		world_fails(w,
			T("time stands still: hosts get turn after turn at one instant",
				"时间停滞：主机在同一时刻不断运行"));
	check_limits(w);
	check_calls(w);
	return !w->has_failed;
}

static void close_sockets(struct world *w)
{
	for (unsigned s = 0; s < w->n_stations; s++)
		for (unsigned k = 0; k < SOCKETS_MOST; k++)
			if (w->station[s].mouth[k])
				mouth_close(w->station[s].mouth[k]);
}

static void silence(struct world *w)
{
	for (unsigned s = 0; s < w->n_stations; s++) {
		struct station *st = &w->station[s];

		sim_host_touch(st->host);
		for (unsigned k = 0; k < st->n_ports; k++)
			nod_interface_set_up(st->stack, st->port[k].index, false);
	}
}

/* Who has a call to end gets the time for it: R2 of RFC 9293 3.8.3 and keep-alive are over then. */
static bool await_calls(struct world *w)
{
	nod_ns until = now_of(w) + 4 * 3600 * NOD_S;

	while (w->calls_left && now_of(w) < until)
		if (!pass(w, now_of(w) + 10 * NOD_S))
			return false;
	end_calls(w);
	return !w->has_failed;
}

/* Connections without an owner, and in TIME-WAIT, are given up after a time. */
static bool forget_calls(struct world *w)
{
	nod_ns until = now_of(w) + 1500 * NOD_S;

	while (w->does & DO_CALLS && has_calls(w) && now_of(w) < until)
		if (!pass(w, now_of(w) + 10 * NOD_S))
			return false;
	return true;
}

static bool settle(struct world *w)
{
	if (!pass(w, now_of(w) + 30 * NOD_S) || !await_calls(w))
		return false;
	for (unsigned s = 0; s < w->n_stations; s++)
		sim_host_touch(w->station[s].host);
	end_names(w);
	end_dhcp(w);
	close_sockets(w);
	/* reassemblies end after a minute, neighbours give up after seconds */
	if (!pass(w, now_of(w) + 130 * NOD_S) || !forget_calls(w))
		return false;
	/* and in between there is a moment in which nobody says anything */
	for (unsigned k = 0; k < SETTLES && !is_quiet(w); k++)
		if (!pass(w, now_of(w) + 1700 * NOD_MS + (nod_ns)draw(w, 1000) * NOD_MS))
			return false;
	/* but on cables of the user's own, where an answer may come too late for who asked */
	if (w->conf.impair && !is_quiet(w))
		silence(w);
	else
		return true;
	return pass(w, now_of(w) + 70 * NOD_S);
}

bool world_run(struct world *w)
{
	if (!begin(w)) {
		world_fails(w, T("no memory for this world", "内存不足以建立这个世界"));
		return false;
	}
	for (unsigned k = 1; k <= LOOKS; k++)
		if (!pass(w, w->start + w->conf.time / LOOKS * k))
			return false;
	if (!settle(w))
		return false;
	check_end(w);
	return !w->has_failed;
}

void world_free(struct world *w)
{
	if (!w)
		return;
	for (unsigned s = 0; w->station && s < w->n_stations; s++)
		for (unsigned k = 0; k < SOCKETS_MOST; k++)
			free(w->station[s].mouth[k]);
	sim_net_free(w->net);
	sim_ledger_free(w->ledger);
	for (struct task *t = w->tasks, *next; t; t = next) {
		next = t->next;
		free(t);
	}
	free(w->faults);
	free(w->station);
	free(w);
}
