/* SPDX-License-Identifier: ISC */
/*
 * host.c - a stack with devices and the loop that feeds it
 *
 * Neighbours: host.h, stack.h, physical/device.h.
 */
#include "host.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { DEVICES_MOST = 16, EVENTS = 64, ROUNDS = 8 };

struct port {
	unsigned index;
	struct device *device;
	struct pkt *kept[HOST_BATCH]; /* taken from the stack, not yet by the device */
	unsigned n_kept;
};

struct host {
	struct nod_stack *stack;
	struct port port[DEVICES_MOST];
	unsigned n_ports;
	/* while it runs by itself */
	bool is_running, is_ending;
	pthread_t thread;
	pthread_mutex_t lock;
	int kick_fd;
	void (*wake)(void *self, const struct nod_socket_event *ev, unsigned n);
	void *wake_self;
};

struct host *host_new(struct nod_stack *s)
{
	struct host *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->stack = s;
	h->kick_fd = -1;
	pthread_mutex_init(&h->lock, NULL);
	return h;
}

struct nod_stack *host_stack(struct host *h)
{
	return h->stack;
}

int host_attach(struct host *h, unsigned index, struct device *d)
{
	if (h->n_ports == DEVICES_MOST) {
		device_close(d);
		return -ENOSPC;
	}
	h->port[h->n_ports++] = (struct port){ .index = index, .device = d };
	return 0;
}

void host_free(struct host *h)
{
	uint64_t one = 1;

	if (!h)
		return;
	if (h->is_running) {
		host_lock(h);
		h->is_ending = true;
		host_unlock(h);
		while (write(h->kick_fd, &one, sizeof(one)) < 0 && errno == EINTR)
			;
		pthread_join(h->thread, NULL);
	}
	if (h->kick_fd >= 0)
		close(h->kick_fd);
	for (unsigned k = 0; k < h->n_ports; k++) {
		for (unsigned i = 0; i < h->port[k].n_kept; i++)
			pkt_free(h->port[k].kept[i]);
		device_close(h->port[k].device);
	}
	nod_stack_free(h->stack);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

/* ---- one turn -------------------------------------------------------------------------------- */

static bool bring_in(struct host *h, struct port *p, nod_ns now)
{
	struct pkt *in[HOST_BATCH];
	unsigned n = device_recv(p->device, in, HOST_BATCH, now);

	for (unsigned k = 0; k < n; k++)
		nod_stack_input(h->stack, p->index, (struct nod_packet *)in[k], now);
	return n;
}

static bool send_out(struct host *h, struct port *p, nod_ns now)
{
	bool has_moved = false;

	for (;;) {
		unsigned done;

		if (!p->n_kept)
			p->n_kept = nod_stack_output(h->stack, p->index,
				(struct nod_packet **)(void *)p->kept, HOST_BATCH, now);
		if (!p->n_kept && !p->device->is_full)
			return has_moved;
		done = device_send(p->device, p->kept, p->n_kept, now);
		has_moved = has_moved || done;
		for (unsigned k = done; k < p->n_kept; k++)
			p->kept[k - done] = p->kept[k];
		p->n_kept -= done;
		if (p->n_kept || p->device->is_full)
			return has_moved;
	}
}

bool host_turn(struct host *h, nod_ns now)
{
	bool has_moved = false;

	for (unsigned k = 0; k < h->n_ports; k++)
		has_moved |= bring_in(h, &h->port[k], now);
	nod_stack_poll(h->stack, now);
	for (unsigned k = 0; k < h->n_ports; k++)
		has_moved |= send_out(h, &h->port[k], now);
	return has_moved;
}

nod_ns host_deadline(const struct host *h)
{
	nod_ns first = nod_stack_deadline(h->stack);

	for (unsigned k = 0; k < h->n_ports; k++)
		if (device_deadline(h->port[k].device) < first)
			first = device_deadline(h->port[k].device);
	return first;
}

/* ---- by itself ------------------------------------------------------------------------------- */

nod_ns host_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NOD_S + t.tv_nsec;
}

void host_lock(struct host *h)
{
	pthread_mutex_lock(&h->lock);
}

void host_unlock(struct host *h)
{
	pthread_mutex_unlock(&h->lock);
}

bool host_is_cut_off(struct host *h)
{
	bool is_cut_off = h->n_ports;

	host_lock(h);
	for (unsigned k = 0; k < h->n_ports; k++)
		is_cut_off = is_cut_off && h->port[k].device->is_broken;
	host_unlock(h);
	return is_cut_off;
}

void host_kick(struct host *h)
{
	uint64_t one = 1;

	/* what is to be sent leaves at once, by whoever made it; the thread only has to know
	 * of deadlines */
	for (unsigned k = 0; k < h->n_ports; k++)
		send_out(h, &h->port[k], host_now());
	if (h->is_running && !pthread_equal(h->thread, pthread_self()))
		while (write(h->kick_fd, &one, sizeof(one)) < 0 && errno == EINTR)
			;
}

void host_on_event(struct host *h,
	void (*wake)(void *self, const struct nod_socket_event *ev, unsigned n), void *self)
{
	h->wake = wake;
	h->wake_self = self;
}

static void tell(struct host *h)
{
	struct nod_socket_event ev[EVENTS];
	unsigned n;

	while (h->wake && (n = nod_stack_event(h->stack, ev, EVENTS)) > 0)
		h->wake(h->wake_self, ev, n);
}

/* How long to wait for the descriptors. */
static struct timespec left_of(nod_ns until)
{
	nod_ns left = until == NOD_FOREVER ? 3600 * NOD_S : until - host_now();

	if (left < 0)
		left = 0;
	return (struct timespec){ .tv_sec = left / NOD_S, .tv_nsec = left % NOD_S };
}

static void turns(struct host *h)
{
	for (int round = 0; round < ROUNDS && host_turn(h, host_now()); round++)
		;
}

/* What to wait for, in @fds: how many.  @kick: where other threads knock, or -1. */
static unsigned to_poll(const struct host *h, int kick, struct pollfd fds[DEVICES_MOST + 1])
{
	unsigned n = 0;

	fds[n++] = (struct pollfd){ .fd = kick, .events = POLLIN };
	for (unsigned k = 0; k < h->n_ports; k++) {
		const struct port *p = &h->port[k];

		fds[n++] = (struct pollfd){
			.fd = p->device->is_broken ? -1 : device_fd(p->device),
			.events = (short)(POLLIN |
				(p->n_kept || p->device->is_full ? POLLOUT : 0)),
		};
	}
	return n;
}

void host_wait(struct host *h, nod_ns until, const sigset_t *mask)
{
	struct pollfd fds[DEVICES_MOST + 1];
	struct timespec wait;
	unsigned n;

	turns(h);
	if (host_deadline(h) < until)
		until = host_deadline(h);
	n = to_poll(h, -1, fds);
	wait = left_of(until);
	ppoll(fds, n, &wait, mask);
	turns(h);
}

static void *run(void *self)
{
	struct host *h = self;
	struct pollfd fds[DEVICES_MOST + 1];
	uint64_t kicks;

	host_lock(h);
	while (!h->is_ending) {
		struct timespec wait;
		unsigned n;

		turns(h);
		tell(h);
		n = to_poll(h, h->kick_fd, fds);
		wait = left_of(host_deadline(h));
		host_unlock(h);
		if (ppoll(fds, n, &wait, NULL) > 0 && fds[0].revents &&
			read(h->kick_fd, &kicks, sizeof(kicks)) < 0)
			kicks = 0; /* somebody else's turn took it */
		host_lock(h);
	}
	host_unlock(h);
	return NULL;
}

int host_start(struct host *h)
{
	sigset_t all, before;
	int err;

	h->kick_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (h->kick_fd < 0)
		return -errno;
	h->is_running = true;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before); /* the thread inherits it */
	err = pthread_create(&h->thread, NULL, run, h);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err)
		h->is_running = false;
	return -err;
}
