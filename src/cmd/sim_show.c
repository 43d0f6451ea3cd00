/* SPDX-License-Identifier: ISC */
/*
 * sim_show.c - what is told of a simulated world when it has ended
 *
 * Neighbours: sim.h.
 */
#include <string.h>

#include "../presentation/json.h"
#include "sim.h"

static const struct {
	unsigned does;
	const char *name;
} deeds[] = {
	{ DO_PING, "ping" },
	{ DO_UDP, "udp" },
	{ DO_BROADCAST, "broadcast" },
	{ DO_MULTICAST, "multicast" },
	{ DO_DHCP, "dhcp" },
	{ DO_SLAAC, "slaac" },
	{ DO_NAMES, "names" },
	{ DO_HOPS, "router" },
	{ DO_CHURN, "churn" },
	{ DO_FLOOD, "flood" },
	{ DO_BULK, "bulk" },
	{ DO_ASK, "ask" },
	{ DO_SHORT, "short" },
	{ DO_HALF, "half" },
	{ DO_RESET, "reset" },
	{ DO_SLOW, "slow" },
	{ DO_MTU, "mtu" },
};
enum { DEEDS = sizeof(deeds) / sizeof(deeds[0]) };

void world_sum(const struct world *w, struct world_sum *s)
{
	memset(s, 0, sizeof(*s));
	s->ledger = sim_ledger_counts(w->ledger);
	s->net = sim_net_counts(w->net);
	s->frames = world_count(w, NOD_EV_ETH_OUT);
	for (unsigned k = 0; k < NOD_EV_N; k++) {
		if (nod_event_class(k) == NOD_EVENT_FAULT)
			s->fault[k] = world_count(w, k);
		else if (nod_event_class(k) == NOD_EVENT_DROP)
			s->drop[k] = world_count(w, k);
	}
}

static double seconds(nod_ns t)
{
	return (double)t / (double)NOD_S;
}

static void show_list(const char *title, const uint64_t *n)
{
	const char *lang = lang_current() == LANG_ZH ? "zh" : "en";

	for (unsigned k = 0; k < NOD_EV_N; k++) {
		if (!n[k])
			continue;
		if (title)
			puts(title);
		title = NULL;
		printf("%12ju  %s%s%s  %s\n", n[k], colour(stdout, COLOUR_DIM),
			nod_event_name(k), colour(stdout, COLOUR_OFF), nod_event_text(k, lang));
	}
}

static void show_ledger(const struct world *w, const struct sim_ledger_count *l)
{
	printf(T("datagrams: %ju sent, %ju refused; %ju received, %ju "
		 "once more",
		       "数据报：发出 %ju，被拒 %ju；收到 %ju，重复收到 %ju"),
		l->sent, l->refused, l->verdict[SIM_GOOD], l->verdict[SIM_AGAIN]);
	if (l->verdict[SIM_UNSEEN])
		printf(T(", %ju altered in a way that no checksum sees",
			       "，校验和看不出的改动 %ju"),
			l->verdict[SIM_UNSEEN]);
	if (l->verdict[SIM_FORGOTTEN])
		printf(T(", %ju too late to tell", "，太晚而无从判断 %ju"),
			l->verdict[SIM_FORGOTTEN]);
	putchar('\n');
	if (w->n_calls)
		printf(T("TCP: %ju connections: %ju whole, %ju broken off, %ju failed; %ju octets, "
			 "%ju segments sent again\n",
			       "TCP：%ju 个连接：%ju 个完整，%ju 个被中断，%ju 个失败；%ju 字节，"
			       "重传 %ju 个段\n"),
			w->n_calls, w->calls_whole, w->calls_broken, w->calls_failed,
			w->stream_octets, world_count(w, NOD_EV_TCP_AGAIN));
	if (w->pings)
		printf(T("pings: %ju\n", "ping：%ju\n"), w->pings);
	if (w->names_asked)
		printf(T("names: %ju asked for, %ju answered, %ju not\n",
			       "域名：查询 %ju，得到回答 %ju，没有 %ju\n"),
			w->names_asked, w->names_right, w->names_failed);
}

void show_world(const struct world *w, const struct world_sum *s, nod_ns wall)
{
	double rate = wall ? (double)s->frames / seconds(wall) : 0;

	printf(T("seed %ju: %u hosts, %u routers, %u LANs:",
		       "种子 %ju：%u 台主机，%u 台路由器，%u 个局域网："),
		w->conf.seed, w->n_stations - w->n_routers, w->n_routers, w->n_lans);
	for (unsigned k = 0; k < DEEDS; k++)
		if (w->does & deeds[k].does)
			printf(" %s", deeds[k].name);
	printf(T("\n%.3f s simulated in %.3f s: %ju packets, %.0f a second\n",
		       "\n模拟 %.3f 秒，用时 %.3f 秒：%ju 个包，每秒 %.0f 个\n"),
		seconds(now_of(w) - w->start), seconds(wall), s->frames, rate);
	show_ledger(w, &s->ledger);
	show_list(T("faults of the cables:", "线路故障："), s->fault);
	show_list(T("dropped, and why:", "丢弃及原因："), s->drop);
	if (s->net.lost)
		printf(T("%12ju  on cables that were full, or too long for them\n",
			       "%12ju  因线路已满或帧过长\n"),
			s->net.lost);
}

static void add_list(struct json *j, const char *key, const uint64_t *n)
{
	json_object(j, key);
	for (unsigned k = 0; k < NOD_EV_N; k++)
		if (n[k])
			json_uint(j, nod_event_name(k), n[k]);
	json_end_object(j);
}

void show_world_json(
	const struct world *w, const struct world_sum *s, nod_ns wall, nod_ns cpu)
{
	const struct sim_ledger_count *l = &s->ledger;
	struct json j;

	json_open(&j);
	json_uint(&j, "seed", w->conf.seed);
	json_bool(&j, "ok", !w->has_failed);
	if (w->has_failed)
		json_str(&j, "failure", w->failure);
	json_uint(&j, "hosts", w->n_stations - w->n_routers);
	json_uint(&j, "routers", w->n_routers);
	json_uint(&j, "lans", w->n_lans);
	json_list(&j, "does");
	for (unsigned k = 0; k < DEEDS; k++)
		if (w->does & deeds[k].does)
			json_str(&j, NULL, deeds[k].name);
	json_end_list(&j);
	json_real(&j, "simulated_s", seconds(now_of(w) - w->start), 6);
	json_real(&j, "wall_s", seconds(wall), 6);
	json_real(&j, "cpu_s", seconds(cpu), 6);
	json_uint(&j, "packets", s->frames);
	json_real(&j, "packets_per_cpu_s", cpu ? (double)s->frames / seconds(cpu) : 0, 0);
	json_real(&j, "packets_per_s", wall ? (double)s->frames / seconds(wall) : 0, 0);
	json_uint(&j, "turns", s->net.turns);
	json_uint(&j, "instants", s->net.instants);
	json_uint(&j, "sent", l->sent);
	json_uint(&j, "refused", l->refused);
	json_uint(&j, "received", l->verdict[SIM_GOOD]);
	json_uint(&j, "received_again", l->verdict[SIM_AGAIN]);
	json_uint(&j, "altered_unseen", l->verdict[SIM_UNSEEN]);
	json_uint(&j, "too_late", l->verdict[SIM_FORGOTTEN]);
	json_uint(&j, "octets", l->octets);
	json_uint(&j, "due", w->due);
	json_uint(&j, "due_received", w->due_heard);
	json_uint(&j, "connections", w->n_calls);
	json_uint(&j, "connections_whole", w->calls_whole);
	json_uint(&j, "connections_broken_off", w->calls_broken);
	json_uint(&j, "connections_failed", w->calls_failed);
	json_uint(&j, "connections_spoilt_unseen", w->calls_spoilt);
	json_uint(&j, "stream_octets", w->stream_octets);
	json_uint(&j, "segments_sent_again", world_count(w, NOD_EV_TCP_AGAIN));
	json_uint(&j, "pings", w->pings);
	json_uint(&j, "names_asked", w->names_asked);
	json_uint(&j, "names_answered", w->names_right);
	json_uint(&j, "leases", w->leases);
	json_uint(&j, "changes", w->changes);
	json_uint(&j, "socket_errors", w->errors);
	json_uint(&j, "lost_on_cables", s->net.lost);
	add_list(&j, "faults", s->fault);
	add_list(&j, "drops", s->drop);
	json_print(&j, stdout);
}
