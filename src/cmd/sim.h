/* SPDX-License-Identifier: ISC */
/*
 * sim.h - a world for `nod sim`: stations, LANs and routers drawn from a seed, what they do, and
 * what must be true of them
 *
 *	sim.c		the command: one seed, or many
 *	sim_world.c	the world is made, lives, is looked at and ends
 *	sim_plan.c	its LANs, routers, addresses and routes, drawn from the seed
 *	sim_check.c	what must be true at any time, and at the end
 *	sim_socket.c	sockets of stations: datagrams of the ledger sent and judged
 *	sim_udp.c sim_tcp.c sim_ping.c sim_dhcp.c sim_names.c sim_change.c	what stations do
 *	sim_show.c	what is told of it
 *
 * All chance comes from world.chance, all time from the net's: the same seed gives the same frames.
 *
 * Neighbours: session/sim_net.h, session/sim_ledger.h.
 */
#ifndef NOD_CMD_SIM_H
#define NOD_CMD_SIM_H

#include <netinet/in.h>

#include "../base/prng.h"
#include "../physical/capture.h"
#include "../physical/device.h"
#include "../session/sim_ledger.h"
#include "../session/sim_net.h"
#include "../session/sim_stream.h"
#include "command.h"

enum {
	LANS_MOST = 6,
	PORTS_MOST = 4,	 /* interfaces of a router */
	HELD_MOST = 48,	 /* addresses that a station has had */
	JOINED_MOST = 4, /* groups of a socket */
	SOCKETS_MOST = 64,
	DATAGRAM_MOST = 65507,
};

/* What stations do: bits of scenario.does. */
enum {
	DO_PING = 1 << 0,
	DO_UDP = 1 << 1,
	DO_BROADCAST = 1 << 2,
	DO_MULTICAST = 1 << 3,
	DO_DHCP = 1 << 4,
	DO_SLAAC = 1 << 5,
	DO_NAMES = 1 << 6,
	DO_HOPS = 1 << 7, /* short lives, paths' MTUs */
	DO_CHURN = 1 << 8,
	DO_FLOOD = 1 << 9,
	/* by TCP */
	DO_BULK = 1 << 10,
	DO_ASK = 1 << 11,
	DO_SHORT = 1 << 12,
	DO_HALF = 1 << 13,
	DO_RESET = 1 << 14,
	DO_SLOW = 1 << 15,
	DO_MTU = 1 << 16, /* bulk, while MTUs change */
	TCP_KINDS = 7,
	DO_CALLS = ((1 << TCP_KINDS) - 1) * DO_BULK,
};

struct scenario {
	const char *name;
	struct text what;
	unsigned does;
	unsigned lans_least, lans_most;
	bool is_any; /* everything that the seed draws: the one without a name */
};
extern const struct scenario scenarios[];
extern const unsigned n_scenarios; /* [0] is the one without a name */

struct world_conf {
	uint64_t seed;
	unsigned hosts;	    /* beside routers; 0: drawn */
	const char *impair; /* a spec for every cable; NULL: drawn for each */
	nod_ns time;
	const struct scenario *scenario;
	struct capture *capture; /* or NULL; lent */
	/* Told of what happens to every station and its cables; NULL: nobody looks. */
	void (*event)(void *self, const char *host, const struct nod_event *e);
	void *self;
};

struct lan {
	struct sim_lan *lan;
	unsigned number;
	uint32_t mtu;
	unsigned can; /* DEVICE_* of its cables */
	uint16_t vlan;
	struct station *router; /* who leads out of it, or NULL */
	bool has_dhcp, has_slaac;
};

struct port {
	struct lan *lan;
	unsigned index;
};

struct impair_conf;
struct mouth;
struct call;

struct station {
	struct world *world;
	struct sim_host *host;
	struct nod_stack *stack;
	unsigned number;
	char name[16];
	bool is_router, has_v4, has_v6;
	bool is_dhcp; /* its IPv4 address is leased */
	bool is_poor; /* its limits are low */
	struct port port[PORTS_MOST];
	unsigned n_ports;
	struct nod_addr held[HELD_MOST]; /* a ring once it is full */
	unsigned n_held;
	struct mouth *mouth[SOCKETS_MOST]; /* by descriptor */
};

/* A socket of a station. */
struct mouth {
	struct station *station;
	int fd, domain;
	uint16_t port; /* its own */
	struct sim_ear ear;
	struct nod_addr joined[JOINED_MOST];
	bool answers;
	bool has_gro;
	bool has_errors;      /* IP_RECVERR: they are fetched */
	struct nod_addr peer; /* connected */
	uint16_t peer_port;
	/* Datagrams for it are read by somebody else; NULL: judged and answered. */
	void (*read)(struct mouth *m);
	struct call *call; /* it is an end of; else NULL */
};

/* Something that a station does from time to time. */
struct task {
	struct sim_item item;
	struct world *world;
	struct station *station; /* or NULL */
	void (*run)(struct task *t, nod_ns now);
	struct task *next;
};

struct world {
	struct world_conf conf;
	struct prng chance;
	unsigned does;
	struct sim_net *net;
	struct sim_ledger *ledger;
	struct lan lan[LANS_MOST];
	unsigned n_lans;
	struct station *station;
	unsigned n_stations, n_routers, n_ears;
	struct task *tasks;
	nod_ns start, talk_until; /* tasks end then */
	unsigned bits_flipped; /* by a cable in one frame, at the most; 0: cables damage nothing */
	struct impair_conf *faults; /* of every cable */
	bool draws_faults;	    /* each cable has some of its own */
	uint64_t due;		    /* datagrams for one socket that listens */
	uint64_t due_heard;	    /* of them */
	uint64_t pings, names_asked, names_right, names_failed, leases, changes, errors;
	struct call *calls;
	uint64_t n_calls, calls_left, calls_whole, calls_broken, calls_failed;
	uint64_t calls_spoilt; /* damaged in a way that no checksum sees */
	uint64_t stream_octets; /* received in order */
	uint64_t fault[NOD_EV_N]; /* of all cables */
	uint8_t out[65536], in[65536];
	/* the first thing that was not as it must be */
	bool has_failed;
	char failure[320];
};

/* ---- sim_world.c ---- */
/* NULL: no memory. */
struct world *world_new(const struct world_conf *conf);
/* Let it live and end; false: something was not as it must be, or there was no memory. */
bool world_run(struct world *w);
void world_free(struct world *w);
/* Something is not as it must be; the first one counts. */
void world_fails(struct world *w, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* All stations' events of a kind. */
uint64_t world_count(const struct world *w, enum nod_event_kind kind);

static inline uint32_t draw(struct world *w, uint32_t n)
{
	return prng_below(&w->chance, n);
}
static inline bool chance(struct world *w, unsigned percent)
{
	return draw(w, 100) < percent;
}
static inline nod_ns now_of(const struct world *w)
{
	return sim_net_now(w->net);
}
/* A span around @mean, more often short than long. */
nod_ns some_time(struct world *w, nod_ns mean);

/* @size octets (a struct that begins with struct task), zeroed, run first at @at.  NULL: failed. */
void *task_new(struct world *w, struct station *st, size_t size,
	void (*run)(struct task *t, nod_ns now), nod_ns at);
/* Again at @at, unless all is to end. */
void task_again(struct task *t, nod_ns at);

/* ---- sim_plan.c ---- */
bool plan_world(struct world *w);
struct station *some_station(struct world *w); /* touched: its stack may be called */
bool shares_lan(const struct station *a, const struct station *b);
void lan_address(const struct lan *lan, const struct station *st, enum nod_family family,
	struct nod_prefix *out);
/* One of @to's present addresses that @from can speak to; false: there is none. */
bool some_address(struct world *w, const struct station *from, const struct station *to,
	enum nod_family family, struct nod_addr *out);
void hold(struct station *st, const struct nod_addr *a);

/* ---- sim_wire.c: cables and their faults ---- */
bool plug(struct station *st, struct lan *lan, unsigned index);
/* Faults for all cables, or drawn for each.  false: world_fails() was said. */
bool plan_faults(struct world *w);
/* Whether @spec can be read; else what is wrong with it, for people. */
bool wire_spec_ok(const char *spec, char *why, size_t cap);
bool wire_spec_is_none(const char *spec); /* "none": sound cables */

/* ---- sim_check.c ---- */
void check_limits(struct world *w);
bool is_quiet(struct world *w); /* no packet is anywhere */
bool has_calls(struct world *w); /* TCP connections, with an owner or without */
void check_end(struct world *w);

/* ---- sim_socket.c ---- */
socklen_t address_to_socket(
	int domain, const struct nod_addr *a, uint16_t port, struct sockaddr_storage *out);
struct nod_addr address_of_socket(const struct sockaddr_storage *a, uint16_t *port);
/* A bound socket; @port 0: any.  NULL: it could not be (limits), or no memory. */
struct mouth *mouth_new(struct station *st, int domain, int type, int protocol, uint16_t port);
/* One for @fd, which is open already. */
struct mouth *mouth_take(struct station *st, int fd, int domain);
void mouth_close(struct mouth *m);
void mouth_option(struct mouth *m, int level, int option, int value);
bool mouth_connect(struct mouth *m, const struct nod_addr *to, uint16_t port);
/* Send a datagram of the ledger; @is_due: one socket has to hear it. */
bool mouth_send(struct mouth *m, const struct nod_addr *to, uint16_t port, uint32_t octets,
	bool is_due);
/* @m has received; judged, and the world fails when it must not be. */
enum sim_verdict mouth_heard(
	struct mouth *m, uint16_t from_port, const uint8_t *buf, uint32_t len, bool *is_due);
void world_ready(void *self, struct sim_host *h, const struct nod_socket_event *ev, unsigned n);

/* ---- what stations do: each begins it.  false: no memory ---- */
enum {
	PORT_ANSWER = 4000,
	PORT_FOUR,
	PORT_SIX,
	PORT_GRO,
	PORT_GROUP4,
	PORT_GROUP6,
	PORT_NOBODY,
	PORT_CALLS
};
bool begin_listening(struct world *w);
bool begin_udp(struct world *w);
bool begin_flood(struct world *w);
bool begin_groups(struct world *w);
bool begin_ping(struct world *w);
bool begin_dhcp(struct world *w);
void end_dhcp(struct world *w);
bool begin_names(struct world *w);
void end_names(struct world *w);
bool begin_slaac(struct world *w);
bool begin_churn(struct world *w);
bool begin_mtus(struct world *w);
bool begin_calls(struct world *w);
void check_calls(struct world *w); /* TCP's books */
void end_calls(struct world *w); /* that are not over; who had no excuse is stuck */

/* ---- sim_show.c ---- */
struct world_sum {
	struct sim_ledger_count ledger;
	struct sim_net_count net;
	uint64_t frames; /* that stations sent */
	uint64_t fault[NOD_EV_N], drop[NOD_EV_N];
};
void world_sum(const struct world *w, struct world_sum *s);
void show_world(const struct world *w, const struct world_sum *s, nod_ns wall);
/* @cpu: what of it this process has used. */
void show_world_json(
	const struct world *w, const struct world_sum *s, nod_ns wall, nod_ns cpu);

#endif
