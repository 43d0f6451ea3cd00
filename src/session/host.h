/* SPDX-License-Identifier: ISC */
/*
 * host.h - a stack with devices and the loop that feeds it
 *
 * host_turn() moves what there is between a stack and its devices, once, without waiting; a
 * simulated net calls it by its own clock.  nod_host_start() gives the host a thread of its own
 * that waits for the devices and the clock, and a lock, so that programs may call from any
 * thread (nod/host.h).
 *
 * Hosts whose devices pass packets to each other by reference live in one *room*: one lock, one
 * thread, since packets are counted without any lock of their own.
 *
 * Neighbours: nod/host.h (the contract), stack.h, physical/device.h, stack_service.h.
 */
#ifndef NOD_SESSION_HOST_H
#define NOD_SESSION_HOST_H

#include <pthread.h>
#include <signal.h>

#include "nod/host.h"
#include "stack.h"
#include "../physical/device.h"

#define HOST_BATCH 64 /* packets a call */

/* A host for @s, which is the host's from then on and ends with it.  NULL: no memory. */
struct nod_host *host_new(struct nod_stack *s);

/*
 * @d carries what interface @index sends and brings what it receives.  Takes @d.
 * 0, -ENOSPC, -ENOMEM, -EALREADY (the host runs).
 */
int host_attach(struct nod_host *h, unsigned index, struct device *d);

/*
 * An interface as @conf asks, on @d, which says what @conf leaves to it (name and MTU where they
 * are not given, and what it finishes itself).  Takes @d.  The interface's index, or as
 * nod_interface_add(), host_attach().
 */
int host_add_device(
	struct nod_host *h, const struct nod_interface_conf *conf, struct device *d);

/* Takes the last device away again and closes it, before it runs. */
void host_detach_last(struct nod_host *h);
/* nod_host_is_cut_off(), with the lock held. */
bool host_is_cut_off(const struct nod_host *h);

/* The two live in one room from then on.  -EALREADY: one of them runs. */
int host_share_room(struct nod_host *a, struct nod_host *b);
bool host_is_running(const struct nod_host *h);

/* Move packets both ways and do what is due; whether anything moved. */
bool host_turn(struct nod_host *h, nod_ns now);
/* Send alone: for what was made since the turn. */
bool host_send(struct nod_host *h, nod_ns now);
/* When to call host_turn() again though nothing arrives. */
nod_ns host_deadline(const struct nod_host *h);

/* The clock of hosts that run: monotonic nanoseconds. */
nod_ns host_now(void);

/*
 * For a host that does not run by itself, in the caller's thread: send what there is and do what is
 * due; if there was nothing, wait until something arrives, at most until @until or a signal of
 * those that @mask lets through (NULL: as they are).  What is owed for what has arrived goes out
 * with the caller's answer, at the next host_wait() or host_send().  -ENOMEM, or 0.
 */
int host_wait(struct nod_host *h, nod_ns until, const sigset_t *mask);

/*
 * With the lock held, which is let go meanwhile: wait until the host's thread has made a turn.
 * false: it is @until.
 */
bool host_wait_turn(struct nod_host *h, nod_ns until);

/* ... or until @c is signalled. */
void host_wait_on(struct nod_host *h, pthread_cond_t *c);

/*
 * Tell @wake(self, ...) of each socket event, with the lock held, from the host's thread or from
 * whoever unlocks it.  It may call the stack.
 */
void host_on_event(struct nod_host *h,
	void (*wake)(void *self, const struct nod_socket_event *ev, unsigned n), void *self);

#endif
