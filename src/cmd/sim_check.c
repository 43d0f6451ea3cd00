/* SPDX-License-Identifier: ISC */
/*
 * sim_check.c - what must be true of every station of a simulated world, at any time and at the end
 *
 * Neighbours: sim.h; nod/conf.h (the limits).
 */
#include <string.h>

#include "../session/stack.h"
#include "../transport/tcp.h"
#include "sim.h"

/* ---- at any time --------------------------------------------------------------------- */

/*
 * More timers than this a stack does not need: a few of its own and for each interface, some for
 * each address, group, neighbour, reassembly, route and socket that it has.
 */
static uint32_t timers_most(const struct station *st, const struct nod_stack_use *u)
{
	const struct nod_conf *c = nod_stack_conf(st->stack);

	return 64 + (st->n_ports + 1) * (16 + 4 * c->addresses) + 2 * u->neighbours +
		2 * u->reassemblies + u->routes + 4 * u->sockets + tcp_use(st->stack->tcp).conns;
}

static void check_table(struct station *st, const char *what, uint64_t is, uint64_t most)
{
	if (is > most)
		world_fails(st->world,
			T("%s: %s: %ju, and the limit is %ju", "%s：%s：%ju，上限是 %ju"),
			st->name, what, is, most);
}

/* A deadline that has passed already would be asked for again and again. */
static void check_deadline(struct station *st)
{
	nod_ns at = nod_stack_deadline(st->stack);

	if (at <= now_of(st->world))
		world_fails(st->world,
			T("%s: its deadline has passed, and it was just served",
				"%s：刚处理过，期限却已过去"),
			st->name);
}

void check_limits(struct world *w)
{
	for (unsigned k = 0; k < w->n_stations; k++) {
		struct station *st = &w->station[k];
		const struct nod_conf *c = nod_stack_conf(st->stack);
		struct nod_stack_use u;

		nod_stack_use(st->stack, &u);
		check_table(st, T("octets of memory", "内存字节"), u.memory_octets,
			c->memory_octets);
		check_table(st, T("sockets", "套接字"), u.sockets, c->sockets);
		check_table(st, T("neighbours", "邻居"), u.neighbours, c->neighbours);
		check_table(st, T("routes", "路由"), u.routes, c->routes);
		check_table(st, T("reassemblies", "重组"), u.reassemblies, c->reassemblies);
		check_table(st, T("timers", "定时器"), u.timers, timers_most(st, &u));
		check_deadline(st);
	}
}

bool has_calls(struct world *w)
{
	for (unsigned k = 0; k < w->n_stations; k++) {
		struct tcp_use u = tcp_use(w->station[k].stack->tcp);

		if (u.conns || u.half_open || u.time_wait)
			return true;
	}
	return false;
}

bool is_quiet(struct world *w)
{
	for (unsigned k = 0; k < w->n_stations; k++) {
		struct nod_stack_use u;

		nod_stack_use(w->station[k].stack, &u);
		if (u.packets || u.blocks)
			return false;
	}
	return true;
}

/* ---- at the end ---------------------------------------------------------------------- */

static uint64_t count(const struct station *st, enum nod_event_kind kind)
{
	return nod_stack_count(st->stack, kind);
}

/* The sum of the counters from @first to @last but those that are for what is sent. */
static uint64_t drops(
	const struct station *st, enum nod_event_kind first, enum nod_event_kind last)
{
	uint64_t n = 0;

	for (unsigned k = first; k <= last; k++)
		if (nod_event_class(k) == NOD_EVENT_DROP)
			n += count(st, k);
	return n;
}

/*
 * Whatever comes in is delivered, forwarded, a fragment, or dropped with a reason.  What was cut
 * and put together again comes out of the fragments.
 */
static void check_ip(struct station *st, bool is_six)
{
	static const struct {
		enum nod_event_kind in, deliver, forward, first, last, frag_in, frag_done,
			frag_bad, outs[4], frag_odd[2];
	} of[2] = {
		{ NOD_EV_IP4_IN, NOD_EV_IP4_DELIVER, NOD_EV_IP4_FORWARD, NOD_EV_IP4_DROP_SHORT,
			NOD_EV_IP4_DROP_OUT_ERROR, NOD_EV_IP4_FRAG_IN, NOD_EV_IP4_FRAG_DONE,
			NOD_EV_IP4_DROP_FRAG_DISCARD,
			{ NOD_EV_IP4_DROP_OUT_NO_ROUTE, NOD_EV_IP4_DROP_OUT_NO_SOURCE,
				NOD_EV_IP4_DROP_OUT_ERROR, NOD_EV_IP4_DROP_TOO_BIG },
			{ NOD_EV_IP4_FRAG_DROP_BAD, NOD_EV_IP4_FRAG_DROP_TOO_LONG } },
		{ NOD_EV_IP6_IN, NOD_EV_IP6_DELIVER, NOD_EV_IP6_FORWARD, NOD_EV_IP6_DROP_SHORT,
			NOD_EV_IP6_DROP_OUT_ERROR, NOD_EV_IP6_FRAG_IN, NOD_EV_IP6_FRAG_DONE,
			NOD_EV_IP6_DROP_FRAG_DISCARD,
			{ NOD_EV_IP6_DROP_OUT_NO_ROUTE, NOD_EV_IP6_DROP_OUT_NO_SOURCE,
				NOD_EV_IP6_DROP_OUT_ERROR, NOD_EV_IP6_DROP_TOO_BIG },
			{ NOD_EV_IP6_FRAG_DROP_BAD, NOD_EV_IP6_FRAG_DROP_TOO_LONG } },
	};
	uint64_t in = count(st, of[is_six].in), done = count(st, of[is_six].frag_done);
	uint64_t least = count(st, of[is_six].deliver) + count(st, of[is_six].forward) +
		count(st, of[is_six].frag_in) - done;
	uint64_t dropped = drops(st, of[is_six].first, of[is_six].last);

	if (is_six)
		dropped += drops(st, NOD_EV_IP6_DROP_EXTENSION, NOD_EV_IP6_DROP_JUMBO);

	/*
	 * What is heard by a raw socket alone has no event of the network layer's, and a fragment
	 * that cannot be one is refused before or after it is counted as one.
	 */
	uint64_t most = least + dropped + count(st, NOD_EV_RAW_IN) +
		count(st, NOD_EV_RAW_DROP_FULL) + count(st, of[is_six].frag_odd[0]) +
		count(st, of[is_six].frag_odd[1]);

	/* some reasons are for what is sent, and fragments have been counted as they came */
	for (unsigned k = 0; k < 4; k++)
		dropped -= count(st, of[is_six].outs[k]);
	dropped -= count(st, of[is_six].frag_bad);
	least += dropped;
	if (in < least || in > most)
		world_fails(st->world,
			T("%s: IPv%u: of %ju packets %ju to %ju "
			  "are accounted for",
				"%s：IPv%u：%ju 个包中只有 %ju 到 %ju "
				"个有去向"),
			st->name, is_six ? 6 : 4, in, least, most);
}

/* Nothing is kept when nothing is asked for any more. */
static void check_home(struct station *st)
{
	struct nod_stack_use u;

	nod_stack_use(st->stack, &u);
	if (u.packets || u.blocks)
		world_fails(st->world,
			T("%s: %zu packets and %zu blocks have not come home",
				"%s：有 %zu 个包、%zu 个内存块没有归还"),
			st->name, u.packets, u.blocks);
	check_table(st, T("reassemblies at the end", "结束时的重组"), u.reassemblies, 0);
	check_table(st, T("TCP connections at the end", "结束时的 TCP 连接"),
		tcp_use(st->stack->tcp).conns, 0);
	check_table(st, T("sockets at the end", "结束时的套接字"), u.sockets, 0);
}

/* What did not arrive was lost for a reason that somebody has counted. */
static void check_losses(struct world *w)
{
	uint64_t reasons = sim_net_counts(w->net).lost + world_count(w, NOD_EV_ETH_NOT_MINE);

	for (unsigned k = 0; k < NOD_EV_N; k++)
		if (nod_event_class(k) == NOD_EVENT_DROP ||
			nod_event_class(k) == NOD_EVENT_FAULT)
			reasons += world_count(w, k);
	if (w->due_heard + reasons < w->due)
		world_fails(w,
			T("of %ju datagrams %ju arrived, and only %ju "
			  "losses have a reason",
				"%ju 个数据报中到达 %ju 个，只有 %ju "
				"次丢失有原因"),
			w->due, w->due_heard, reasons);
}

/*
 * Something is sent again when it, or its answer, was lost or came late, and a time-out may take
 * what is under way along.  Far more than that is a storm.
 */
static void check_storm(struct world *w)
{
	uint64_t again = world_count(w, NOD_EV_TCP_AGAIN), reasons = sim_net_counts(w->net).lost;

	for (unsigned k = 0; k < NOD_EV_N; k++)
		if (nod_event_class(k) == NOD_EVENT_DROP ||
			(nod_event_class(k) == NOD_EVENT_FAULT && k != NOD_EV_FAULT_DELAY))
			reasons += world_count(w, k);
	if (again > 3 * reasons + 20 * w->n_calls)
		world_fails(w,
			T("%ju segments were sent again, and only %ju frames suffered",
				"重传了 %ju 个段，而只有 %ju 个帧出过问题"),
			again, reasons);
}

void check_end(struct world *w)
{
	check_storm(w);
	for (unsigned k = 0; k < w->n_stations; k++) {
		check_home(&w->station[k]);
		check_ip(&w->station[k], false);
		check_ip(&w->station[k], true);
	}
	check_losses(w);
}
