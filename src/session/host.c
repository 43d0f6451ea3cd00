/* SPDX-License-Identifier: ISC */
/*
 * host.c - a stack with devices and the loop that feeds it
 *
 * A room's thread turns each of its hosts until nothing moves, tells what happened to sockets,
 * and waits for the devices and for the earliest deadline.  Whoever calls a stack from elsewhere
 * sends, when he lets go of the lock, what he has made himself; the thread is woken only when it
 * would sleep too long (is_too_late()), so that a send costs no more than the device's own call.
 *
 * Neighbours: host.h, stack.h, physical/device.h; stack_service.c (sessions).
 */
#include "host.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "stack_service.h"

enum { DEVICES_MOST = 16, EVENTS = 64, ROUNDS = 8 };

struct port {
	unsigned index;
	struct device *device;
	struct pkt *kept[HOST_BATCH]; /* taken from the stack, not yet by the device */
	unsigned n_kept;
};

/* Hosts under one lock; alone in it, mostly. */
struct room {
	pthread_mutex_t lock;
	pthread_cond_t turned;
	unsigned n_waiting; /* for turned */
	struct nod_host *hosts;
	bool is_running, is_ending;
	pthread_t thread;
	int kick_fd;
	nod_ns wakes_at;    /* of the thread while it sleeps; INT64_MIN: it is awake */
	struct pollfd *fds; /* the thread's: room for all devices */
	unsigned n_devices;
};

struct nod_host {
	struct nod_host *next; /* in the room */
	struct room *room;
	struct nod_stack *stack;
	struct port port[DEVICES_MOST];
	unsigned n_ports;
	struct stack_service *service;
	void (*wake)(void *self, const struct nod_socket_event *ev, unsigned n);
	void *wake_self;
};

/* ---- rooms --------------------------------------------------------------------------- */

static struct room *room_new(void)
{
	struct room *r = calloc(1, sizeof(*r));
	pthread_condattr_t clock;

	if (!r)
		return NULL;
	r->kick_fd = -1;
	pthread_mutex_init(&r->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&r->turned, &clock);
	pthread_condattr_destroy(&clock);
	return r;
}

/* Nobody is in it any more. */
static void room_free(struct room *r)
{
	if (r->kick_fd >= 0)
		close(r->kick_fd);
	pthread_cond_destroy(&r->turned);
	pthread_mutex_destroy(&r->lock);
	free(r->fds);
	free(r);
}

static void kick(struct room *r)
{
	const uint64_t one = 1;

	while (write(r->kick_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
	r->wakes_at = INT64_MIN;
}

int host_share_room(struct nod_host *a, struct nod_host *b)
{
	struct room *to = a->room, *from = b->room;
	struct nod_host **last = &to->hosts;

	if (to == from)
		return to->is_running ? -EALREADY : 0;
	if (to->is_running || from->is_running)
		return -EALREADY;
	while (*last)
		last = &(*last)->next;
	*last = from->hosts;
	for (struct nod_host *h = from->hosts; h; h = h->next)
		h->room = to;
	to->n_devices += from->n_devices;
	room_free(from);
	return 0;
}

bool host_is_running(const struct nod_host *h)
{
	return h->room->is_running;
}

/* ---- hosts --------------------------------------------------------------------------- */

struct nod_host *host_new(struct nod_stack *s)
{
	struct nod_host *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->stack = s;
	h->room = room_new();
	h->service = stack_service_new(h);
	if (!h->room || !h->service) {
		if (h->room)
			room_free(h->room);
		stack_service_free(h->service);
		free(h);
		return NULL;
	}
	h->room->hosts = h;
	return h;
}

int nod_host_new(const struct nod_conf *conf, struct nod_host **out)
{
	static const uint8_t none[sizeof(conf->seed)];
	struct nod_conf own = { 0 };
	struct nod_stack *s;
	int err;

	if (conf)
		own = *conf;
	if (memcmp(own.seed, none, sizeof(none)) == 0 &&
		getrandom(own.seed, sizeof(own.seed), 0) != sizeof(own.seed))
		return -errno;
	err = nod_stack_new(&own, host_now(), &s);
	if (err < 0)
		return err;
	*out = host_new(s);
	if (!*out) {
		nod_stack_free(s);
		return -ENOMEM;
	}
	return 0;
}

struct nod_stack *nod_host_stack(struct nod_host *h)
{
	return h->stack;
}

const struct nod_service *nod_host_service(struct nod_host *h)
{
	return stack_service(h->service);
}

int host_attach(struct nod_host *h, unsigned index, struct device *d)
{
	int err = h->room->is_running ? -EALREADY : h->n_ports == DEVICES_MOST ? -ENOSPC : 0;

	if (err < 0) {
		device_close(d);
		return err;
	}
	h->port[h->n_ports++] = (struct port){ .index = index, .device = d };
	h->room->n_devices++;
	return 0;
}

void host_detach_last(struct nod_host *h)
{
	device_close(h->port[--h->n_ports].device);
	h->room->n_devices--;
}

static void leave_room(struct nod_host *h)
{
	struct nod_host **at = &h->room->hosts;

	while (*at != h)
		at = &(*at)->next;
	*at = h->next;
}

/* Its packets may lie elsewhere in the room, and others' here: with the lock held. */
static void end_host(struct nod_host *h)
{
	for (unsigned k = 0; k < h->n_ports; k++) {
		for (unsigned i = 0; i < h->port[k].n_kept; i++)
			pkt_free(h->port[k].kept[i]);
		device_close(h->port[k].device);
	}
	nod_stack_free(h->stack);
	stack_service_free(h->service);
}

void nod_host_free(struct nod_host *h)
{
	struct room *r;
	bool is_last;

	if (!h)
		return;
	r = h->room;
	pthread_mutex_lock(&r->lock);
	is_last = r->hosts == h && !h->next;
	if (is_last && r->is_running) {
		r->is_ending = true;
		kick(r);
		pthread_mutex_unlock(&r->lock);
		pthread_join(r->thread, NULL);
		pthread_mutex_lock(&r->lock);
	}
	leave_room(h);
	end_host(h);
	pthread_mutex_unlock(&r->lock);
	if (is_last)
		room_free(r);
	free(h);
}

/* ---- one turn ------------------------------------------------------------------------ */

static bool bring_in(struct nod_host *h, struct port *p, nod_ns now)
{
	struct pkt *in[HOST_BATCH];
	unsigned n = device_recv(p->device, in, HOST_BATCH, now);

	for (unsigned k = 0; k < n; k++)
		nod_stack_input(h->stack, p->index, (struct nod_packet *)in[k], now);
	return n;
}

static bool send_out(struct nod_host *h, struct port *p, nod_ns now)
{
	bool has_moved = false;

	for (;;) {
		unsigned done;
		bool is_all = false; /* of what the stack has to send */

		if (!p->n_kept) {
			p->n_kept = nod_stack_output(h->stack, p->index,
				(struct nod_packet **)(void *)p->kept, HOST_BATCH, now);
			is_all = p->n_kept < HOST_BATCH;
		}
		if (!p->n_kept && !p->device->is_full)
			return has_moved;
		done = device_send(p->device, p->kept, p->n_kept, now);
		has_moved = has_moved || done;
		for (unsigned k = done; k < p->n_kept; k++)
			p->kept[k - done] = p->kept[k];
		p->n_kept -= done;
		if (p->n_kept || p->device->is_full || is_all)
			return has_moved;
	}
}

bool host_send(struct nod_host *h, nod_ns now)
{
	bool has_moved = false;

	for (unsigned k = 0; k < h->n_ports; k++)
		has_moved |= send_out(h, &h->port[k], now);
	return has_moved;
}

bool host_turn(struct nod_host *h, nod_ns now)
{
	bool has_moved = false;

	for (unsigned k = 0; k < h->n_ports; k++)
		has_moved |= bring_in(h, &h->port[k], now);
	nod_stack_poll(h->stack, now);
	return host_send(h, now) || has_moved;
}

nod_ns host_deadline(const struct nod_host *h)
{
	nod_ns first = nod_stack_deadline(h->stack);

	for (unsigned k = 0; k < h->n_ports; k++)
		if (device_deadline(h->port[k].device) < first)
			first = device_deadline(h->port[k].device);
	return first;
}

/* ---- by itself ----------------------------------------------------------------------- */

nod_ns host_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NOD_S + t.tv_nsec;
}

/* Whether somebody was told who may have made packets of it. */
static bool tell(struct nod_host *h)
{
	struct nod_socket_event ev[EVENTS];
	bool is_told = false;
	unsigned n;

	while ((n = nod_stack_event(h->stack, ev, EVENTS)) > 0) {
		stack_service_events(h->service, ev, n);
		if (h->wake)
			h->wake(h->wake_self, ev, n);
		is_told = h->wake;
	}
	return is_told;
}

static nod_ns room_deadline(const struct room *r)
{
	nod_ns first = NOD_FOREVER;

	for (const struct nod_host *h = r->hosts; h; h = h->next)
		if (host_deadline(h) < first)
			first = host_deadline(h);
	return first;
}

/* Whether there is something for the device that it does not take yet. */
static bool is_stuck(const struct port *p)
{
	return p->n_kept || p->device->is_full;
}

static bool has_stuck(const struct nod_host *h)
{
	for (unsigned k = 0; k < h->n_ports; k++)
		if (is_stuck(&h->port[k]))
			return true;
	return false;
}

/* Whether the thread sleeps for something that comes later than what is due now. */
static bool is_too_late(const struct nod_host *h)
{
	const struct room *r = h->room;

	return r->is_running && r->wakes_at > INT64_MIN &&
		(has_stuck(h) || room_deadline(r) < r->wakes_at);
}

void nod_host_lock(struct nod_host *h)
{
	pthread_mutex_lock(&h->room->lock);
	stack_at(h->stack, host_now());
}

/* What was done with the lock held takes effect. */
static void flush(struct nod_host *h)
{
	host_send(h, h->stack->core.now);
	if (tell(h))
		host_send(h, h->stack->core.now);
	if (is_too_late(h))
		kick(h->room);
}

void nod_host_unlock(struct nod_host *h)
{
	flush(h);
	pthread_mutex_unlock(&h->room->lock);
}

bool host_is_cut_off(const struct nod_host *h)
{
	bool is_cut_off = h->n_ports;

	for (unsigned k = 0; k < h->n_ports; k++)
		is_cut_off = is_cut_off && h->port[k].device->is_broken;
	return is_cut_off;
}

bool nod_host_is_cut_off(struct nod_host *h)
{
	bool is_cut_off;

	pthread_mutex_lock(&h->room->lock);
	is_cut_off = host_is_cut_off(h);
	pthread_mutex_unlock(&h->room->lock);
	return is_cut_off;
}

static struct timespec timespec_of(nod_ns t)
{
	return (struct timespec){ .tv_sec = t / NOD_S, .tv_nsec = t % NOD_S };
}

bool host_wait_turn(struct nod_host *h, nod_ns until)
{
	struct timespec t = timespec_of(until < 0 ? 0 : until);
	int err;

	flush(h);
	h->room->n_waiting++;
	err = pthread_cond_timedwait(&h->room->turned, &h->room->lock, &t);
	h->room->n_waiting--;
	return err == 0;
}

/* Something of what was closed has not arrived, or not left. */
static bool is_draining(const struct nod_host *h)
{
	struct nod_stack_use use;
	bool is_busy = false;

	nod_stack_use(h->stack, &use);
	for (unsigned k = 0; k < h->n_ports; k++)
		is_busy = is_busy || h->port[k].n_kept || h->port[k].device->is_full;
	return use.leaving || is_busy;
}

int nod_host_drain(struct nod_host *h, nod_ns until)
{
	int err = 0;

	nod_host_lock(h);
	flush(h);
	while (err == 0 && host_is_running(h) && is_draining(h)) {
		if (host_is_cut_off(h))
			err = -ENETDOWN;
		else if (!host_wait_turn(h, until))
			err = -ETIMEDOUT;
	}
	nod_host_unlock(h);
	return err;
}

void host_wait_on(struct nod_host *h, pthread_cond_t *c)
{
	flush(h);
	pthread_cond_wait(c, &h->room->lock);
	stack_at(h->stack, host_now());
}

void host_on_event(struct nod_host *h,
	void (*wake)(void *self, const struct nod_socket_event *ev, unsigned n), void *self)
{
	h->wake = wake;
	h->wake_self = self;
}

/* How long to wait for the descriptors. */
static struct timespec left_of(nod_ns until)
{
	nod_ns left = until == NOD_FOREVER ? 3600 * NOD_S : until - host_now();

	return timespec_of(left < 0 ? 0 : left);
}

static bool turn_all(struct room *r)
{
	bool has_moved = false;

	for (struct nod_host *h = r->hosts; h; h = h->next) {
		has_moved |= host_turn(h, host_now());
		if (tell(h))
			has_moved |= host_send(h, h->stack->core.now);
	}
	return has_moved;
}

static void turn_until_quiet(struct room *r)
{
	for (int round = 0; round < ROUNDS && turn_all(r); round++)
		;
}

/* What is to be waited for.  How many. */
static unsigned list_fds(struct room *r)
{
	unsigned n = 0;

	r->fds[n++] = (struct pollfd){ .fd = r->kick_fd, .events = POLLIN };
	for (struct nod_host *h = r->hosts; h; h = h->next)
		for (unsigned k = 0; k < h->n_ports; k++)
			r->fds[n++] = (struct pollfd){
				.fd = h->port[k].device->is_broken ?
					-1 :
					device_fd(h->port[k].device),
				.events =
					(short)(POLLIN | (is_stuck(&h->port[k]) ? POLLOUT : 0)),
			};
	return n;
}

/* Room for what list_fds() lists.  0 or -ENOMEM. */
static int make_fds(struct room *r)
{
	free(r->fds);
	r->fds = calloc(r->n_devices + 1, sizeof(r->fds[0]));
	return r->fds ? 0 : -ENOMEM;
}

/* Whether something was due. */
static bool send_all(struct room *r)
{
	bool is_due = false;

	for (struct nod_host *h = r->hosts; h; h = h->next) {
		nod_ns now = host_now();

		host_send(h, now);
		if (nod_stack_deadline(h->stack) > now)
			continue;
		is_due = true;
		nod_stack_poll(h->stack, now);
		host_send(h, now);
	}
	return is_due;
}

static bool take_all(struct room *r)
{
	bool has_come = false;

	for (struct nod_host *h = r->hosts; h; h = h->next) {
		for (unsigned k = 0; k < h->n_ports; k++)
			has_come |= bring_in(h, &h->port[k], host_now());
		has_come |= tell(h);
	}
	return has_come;
}

/*
 * What has come is the caller's to look at before anything is waited for, and what is owed for it
 * goes out with what he makes of it: one packet, mostly, instead of two.
 */
int host_wait(struct nod_host *h, nod_ns until, const sigset_t *mask)
{
	struct room *r = h->room;
	bool is_due = send_all(r);
	struct timespec wait;
	unsigned n;

	if (take_all(r) || is_due)
		return 0;
	if (make_fds(r) < 0)
		return -ENOMEM;
	n = list_fds(r);
	wait = left_of(room_deadline(r) < until ? room_deadline(r) : until);
	ppoll(r->fds, n, &wait, mask);
	take_all(r);
	return 0;
}

static void *run(void *self)
{
	struct room *r = self;
	uint64_t kicks;

	pthread_mutex_lock(&r->lock);
	while (!r->is_ending) {
		struct timespec wait;
		unsigned n;

		turn_until_quiet(r);
		if (r->n_waiting)
			pthread_cond_broadcast(&r->turned);
		n = list_fds(r);
		r->wakes_at = room_deadline(r);
		wait = left_of(r->wakes_at);
		pthread_mutex_unlock(&r->lock);
		if (ppoll(r->fds, n, &wait, NULL) > 0 && r->fds[0].revents &&
			read(r->kick_fd, &kicks, sizeof(kicks)) < 0)
			kicks = 0; /* it was a wake-up, whatever the number */
		pthread_mutex_lock(&r->lock);
		r->wakes_at = INT64_MIN;
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

/* Signals are for the program's threads. */
static int start_thread(struct room *r)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&r->thread, NULL, run, r);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -err;
}

int nod_host_start(struct nod_host *h)
{
	struct room *r = h->room;
	int err;

	if (r->is_running)
		return 0;
	if (make_fds(r) < 0)
		return -ENOMEM;
	if (r->kick_fd < 0)
		r->kick_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (r->kick_fd < 0)
		return -errno;
	r->wakes_at = INT64_MIN;
	r->is_running = true;
	err = start_thread(r);
	if (err < 0)
		r->is_running = false;
	return err;
}
