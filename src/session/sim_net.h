/* SPDX-License-Identifier: ISC */
/*
 * sim_net.h - hosts, LANs and the cables between them, on simulated time
 *
 * Everything in one thread and without a clock: time jumps to whatever is due next, and only who
 * has something to do gets a turn.  An hour in which nothing happens costs nothing, and neither
 * does a host to whom nothing happens.  The same calls give the same frames in the same order.
 *
 * Cables are memory wires.  What wraps them (faults, captures) is put on by the one who plugs
 * them in, at a host's end.
 *
 * Neighbours: host.h (what a host is), physical/wire.h, link/switch.h.
 */
#ifndef NOD_SESSION_SIM_NET_H
#define NOD_SESSION_SIM_NET_H

#include "nod/stack.h"
#include "../link/switch.h"
#include "../physical/wire.h"

struct sim_net;
struct sim_host;
struct sim_lan;

/* What is due at a time: part of the one who waits.  All zero: not waiting. */
struct sim_item {
	nod_ns at;
	uint64_t order; /* of several at one time, who asked first */
	uint32_t place; /* in the heap, from 1; 0 = not waiting */
	void (*due)(struct sim_item *item, nod_ns now);
};

struct sim_net_conf {
	nod_ns start;
	/* Turns of one host at one instant after which the net is stuck; 0 = 100,000. */
	uint32_t turns_most;
	/* @h's sockets have news; between what came in and what goes out, @h's stack may be
	 * called.  NULL: nobody asks. */
	void (*ready)(
		void *self, struct sim_host *h, const struct nod_socket_event *ev, unsigned n);
	void *self;
};

/* NULL: no memory. */
struct sim_net *sim_net_new(const struct sim_net_conf *conf);
/* Its hosts with their stacks, LANs and cables end with it; items that wait are forgotten. */
void sim_net_free(struct sim_net *net);
nod_ns sim_net_now(const struct sim_net *net);

/* Takes @s, which becomes the host's.  @user is the caller's.  NULL: no memory. */
struct sim_host *sim_host_add(struct sim_net *net, struct nod_stack *s, void *user);
struct nod_stack *sim_host_stack(const struct sim_host *h);
void *sim_host_user(const struct sim_host *h);
uint64_t sim_host_turns(const struct sim_host *h);
/*
 * Its stack is going to be called from outside of ready(): it is told what time it is, and gets a
 * turn afterwards.
 */
void sim_host_touch(struct sim_host *h);

/* @conf NULL: defaults.  @seed: of its tables' keys.  NULL: no memory. */
struct sim_lan *sim_lan_add(
	struct sim_net *net, const struct switch_conf *conf, const uint8_t seed[32]);
uint64_t sim_lan_count(const struct sim_lan *lan, enum nod_event_kind kind);

/* Puts a device around a cable's end and returns it; NULL: it could not, and @d is still there. */
typedef struct device *sim_wrap(
	void *self, struct sim_host *h, unsigned interface, struct device *d);

/*
 * A cable from @h's interface to a LAN, or to an interface of another host.  @wrap (or NULL) is
 * asked to wrap @h's end, or @a's.  What the device can do (checksums, super-segments) the
 * interface leaves to it from then on.  0, -ENOSPC (no port left), -ENOMEM.
 */
int sim_plug(struct sim_host *h, unsigned interface, struct sim_lan *lan,
	const struct wire_conf *conf, sim_wrap *wrap, void *self);
int sim_cable(struct sim_host *a, unsigned a_interface, struct sim_host *b,
	unsigned b_interface, const struct wire_conf *conf, sim_wrap *wrap, void *self);

/* Up to @n more items of the caller's will wait at a time.  0 or -ENOMEM. */
int sim_net_expect(struct sim_net *net, uint32_t n);
/* Call @item->due when the time has come; set again, it moves. */
void sim_net_at(struct sim_net *net, struct sim_item *item, nod_ns at);
void sim_net_forget(struct sim_net *net, struct sim_item *item);

/*
 * Let time pass up to @until; NOD_FOREVER: until nothing is due any more.  0, or -ELOOP: some
 * host got turn after turn and time stood still.
 */
int sim_net_run(struct sim_net *net, nod_ns until);

struct sim_net_count {
	uint64_t instants;   /* how often time jumped */
	uint64_t turns;	     /* of hosts and LANs */
	uint64_t lan_frames; /* that LANs took from cables */
	uint64_t lost;	     /* on cables: full, or the frame was too long for it */
};
struct sim_net_count sim_net_counts(const struct sim_net *net);

#endif
