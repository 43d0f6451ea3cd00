/* SPDX-License-Identifier: ISC */
/*
 * host.h - a stack with devices and the loop that feeds it
 *
 * host_turn() moves what there is between a stack and its devices, once, without waiting; a
 * simulated net calls it by its own clock.  host_start() gives the host a thread of its own that
 * waits for the devices and the clock, and a lock, so that programs may call from any thread:
 * that is what a program with threads of its own stands on.
 *
 * Neighbours: stack.h, physical/device.h.
 */
#ifndef NOD_SESSION_HOST_H
#define NOD_SESSION_HOST_H

#include <signal.h>

#include "stack.h"
#include "../physical/device.h"

#define HOST_BATCH 64 /* packets a call */

struct host;

/* @s and the devices are the host's from then on, and end with it.  NULL: no memory. */
struct host *host_new(struct nod_stack *s);
void host_free(struct host *h);
struct nod_stack *host_stack(struct host *h);

/* @d carries what interface @index sends and brings what it receives.  Takes @d.  0, -ENOMEM. */
int host_attach(struct host *h, unsigned index, struct device *d);

/* Move packets both ways and do what is due; whether anything moved. */
bool host_turn(struct host *h, nod_ns now);
/* When to call host_turn() again though nothing arrives. */
nod_ns host_deadline(const struct host *h);

/* The clock of hosts that run: monotonic nanoseconds. */
nod_ns host_now(void);

/*
 * For a host that does not run by itself, in the caller's thread: do what there is to do, wait
 * until something arrives or is due, at most until @until or a signal of those that @mask lets
 * through (NULL: as they are), and do that, too.
 */
void host_wait(struct host *h, nod_ns until, const sigset_t *mask);

/* Run in a thread of its own, on the machine's clock; it takes no signals.  0 or -errno. */
int host_start(struct host *h);
/* While it runs: nobody else touches the stack between the two. */
void host_lock(struct host *h);
void host_unlock(struct host *h);
/* Whether each of its devices has lost its other end for good. */
bool host_is_cut_off(struct host *h);
/* After calls that may have made packets or deadlines: the thread looks again. */
void host_kick(struct host *h);
/*
 * Tell @wake(self, ...) of each socket event, from the host's thread and with the lock held.
 */
void host_on_event(struct host *h,
	void (*wake)(void *self, const struct nod_socket_event *ev, unsigned n), void *self);

#endif
