/* SPDX-License-Identifier: ISC */
/*
 * stack_ready.c - wait for sessions on a stack and for the program's descriptors together
 *
 * The descriptors are watched by a ready set of the kernel's (whichever way was asked for: it
 * is the *outer* set), and the sessions by lists.  A watch is *hot* from when its session may have
 * become ready until a wait finds that it is not; a wait looks at the hot ones alone, so it costs
 * what is ready, not what is watched, and what stays ready is told again.  Who makes a watch hot
 * while somebody waits wakes the outer set.
 *
 * nod_ready_wake() wakes the outer set, too; is_woken tells it from a watch that became hot, and
 * is all that is touched without the host's lock, as a signal handler may call it.
 *
 * Neighbours: stack_service.h (the map), kernel_ready.h.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "stack_service.h"

struct stack_ready {
	struct nod_ready base;
	struct stack_service *service;
	struct nod_ready *outer;
	struct stack_watch *watches;
	struct stack_watch *hot, **last_hot;
	bool is_waiting;	/* in the outer set, and to be woken */
	bool fds_come_first;	/* each side in turn, so that neither starves */
	_Atomic(bool) is_woken; /* by nod_ready_wake() */
};

static struct stack_ready *set_of(struct nod_ready *r)
{
	return (struct stack_ready *)r;
}

/* ---- hot ones ------------------------------------------------------------------------ */

static void make_hot(struct stack_watch *w)
{
	struct stack_ready *r = w->set;

	if (w->prev_hot)
		return;
	w->next_hot = NULL;
	w->prev_hot = r->last_hot;
	*r->last_hot = w;
	r->last_hot = &w->next_hot;
}

static void make_cold(struct stack_watch *w)
{
	struct stack_ready *r = w->set;

	if (!w->prev_hot)
		return;
	*w->prev_hot = w->next_hot;
	if (w->next_hot)
		w->next_hot->prev_hot = w->prev_hot;
	else
		r->last_hot = w->prev_hot;
	w->prev_hot = NULL;
}

void stack_ready_heat(struct stack_watch *w)
{
	struct stack_ready *r = w->set;

	make_hot(w);
	if (r->is_waiting) {
		r->is_waiting = false;
		nod_ready_wake(r->outer);
	}
}

/* What is ready, from the first hot one on, each once; those that are not become cold. */
static int take_hot(struct stack_ready *r, struct nod_ready_event *ev, int max)
{
	const struct nod_stack *s = nod_host_stack(r->service->host);
	struct stack_watch *first_told = NULL;
	int n = 0;

	while (n < max && r->hot && r->hot != first_told) {
		struct stack_watch *w = r->hot;
		unsigned ready = (unsigned)nod_socket_ready(s, w->session->fd);

		make_cold(w);
		ready &= w->bits | NOD_BROKEN;
		if (!ready)
			continue;
		make_hot(w); /* last: the others have their turn */
		if (!first_told)
			first_told = w;
		ev[n++] = (struct nod_ready_event){ .tag = w->tag, .bits = ready };
	}
	return n;
}

/* ---- sessions ------------------------------------------------------------------------ */

static struct stack_watch *find(const struct stack_ready *r, const struct stack_session *s)
{
	struct stack_watch *w = s->watches;

	while (w && w->set != r)
		w = w->next_of_session;
	return w;
}

int stack_ready_add(
	struct nod_ready *ready, struct nod_session *session, unsigned bits, void *tag)
{
	struct stack_ready *r = set_of(ready);
	struct stack_session *s = stack_session_of(session);
	struct stack_watch *w = calloc(1, sizeof(*w));
	int err = 0;

	if (!w)
		return -ENOMEM;
	*w = (struct stack_watch){ .set = r, .session = s, .bits = bits, .tag = tag };
	nod_host_lock(r->service->host);
	if (find(r, s)) {
		err = -EEXIST;
	} else {
		w->next_of_session = s->watches;
		s->watches = w;
		w->next = r->watches;
		w->prev = &r->watches;
		if (w->next)
			w->next->prev = &w->next;
		r->watches = w;
		make_hot(w); /* it may be ready already */
	}
	nod_host_unlock(r->service->host);
	if (err < 0)
		free(w);
	return err;
}

int stack_ready_change(
	struct nod_ready *ready, struct nod_session *session, unsigned bits, void *tag)
{
	struct stack_ready *r = set_of(ready);
	struct stack_watch *w;

	nod_host_lock(r->service->host);
	w = find(r, stack_session_of(session));
	if (w) {
		w->bits = bits;
		w->tag = tag;
		make_hot(w);
	}
	nod_host_unlock(r->service->host);
	return w ? 0 : -ENOENT;
}

static void drop(struct stack_watch *w)
{
	struct stack_watch **at = &w->session->watches;

	make_cold(w);
	while (*at != w)
		at = &(*at)->next_of_session;
	*at = w->next_of_session;
	*w->prev = w->next;
	if (w->next)
		w->next->prev = w->prev;
	free(w);
}

void stack_ready_forget(struct stack_session *s)
{
	while (s->watches)
		drop(s->watches);
}

void stack_ready_remove(struct nod_ready *ready, struct nod_session *session)
{
	struct stack_ready *r = set_of(ready);
	struct stack_watch *w;

	nod_host_lock(r->service->host);
	w = find(r, stack_session_of(session));
	if (w)
		drop(w);
	nod_host_unlock(r->service->host);
}

/* ---- the program's descriptors ------------------------------------------------------- */

static int add_fd(struct nod_ready *r, int fd, unsigned bits, void *tag)
{
	return nod_ready_add_fd(set_of(r)->outer, fd, bits, tag);
}

static int change_fd(struct nod_ready *r, int fd, unsigned bits, void *tag)
{
	return nod_ready_change_fd(set_of(r)->outer, fd, bits, tag);
}

static void remove_fd(struct nod_ready *r, int fd)
{
	nod_ready_remove_fd(set_of(r)->outer, fd);
}

/* ---- waiting ------------------------------------------------------------------------- */

/*
 * What sessions are ready; when there are none, and @waits, whoever makes one so from now on
 * wakes the outer set.
 */
static int look_at_sessions(
	struct stack_ready *r, struct nod_ready_event *ev, int max, bool waits)
{
	int n;

	nod_host_lock(r->service->host);
	n = take_hot(r, ev, max);
	r->is_waiting = waits && n == 0;
	nod_host_unlock(r->service->host);
	return n;
}

/*
 * Descriptors, and nod_ready_wake(); the outer set's own being woken is nobody else's matter.
 * *@is_over: it was neither, but the time, or a signal.
 */
static int look_at_fds(
	struct stack_ready *r, struct nod_ready_event *ev, int max, nod_ns until, bool *is_over)
{
	int got = nod_ready_wait(r->outer, ev, max, until), n = 0;

	for (int i = 0; i < got; i++)
		if (ev[i].tag || atomic_exchange(&r->is_woken, false))
			ev[n++] = ev[i];
	*is_over = got == 0;
	return got < 0 ? got : n;
}

/* One look, or one wait.  0 with *@is_over false: it was woken to look once more. */
static int wait_once(
	struct stack_ready *r, struct nod_ready_event *ev, int max, nod_ns until, bool *is_over)
{
	bool fds_first = r->fds_come_first;
	int n = 0, more;

	r->fds_come_first = !fds_first;
	if (fds_first)
		n = look_at_fds(r, ev, max, 0, is_over);
	if (n < 0)
		return n;
	if (n < max)
		n += look_at_sessions(r, ev + n, max - n, n == 0 && until > host_now());
	if (n == max || (n && fds_first))
		return n;
	more = look_at_fds(r, ev + n, max - n, n ? 0 : until, is_over);
	return more < 0 && n == 0 ? more : n + (more > 0 ? more : 0);
}

static int wait_ready(struct nod_ready *r, struct nod_ready_event *ev, int max, nod_ns until)
{
	bool is_over = false;
	int n;

	do
		n = wait_once(set_of(r), ev, max, until, &is_over);
	while (n == 0 && !is_over);
	return n;
}

static void wake(struct nod_ready *r)
{
	atomic_store(&set_of(r)->is_woken, true);
	nod_ready_wake(set_of(r)->outer);
}

/* ---- beginning and end --------------------------------------------------------------- */

static void free_set(struct nod_ready *ready)
{
	struct stack_ready *r = set_of(ready);

	nod_host_lock(r->service->host);
	while (r->watches)
		drop(r->watches);
	nod_host_unlock(r->service->host);
	nod_ready_free(r->outer);
	free(r);
}

static const struct ready_ops ops = {
	.free = free_set,
	.add_fd = add_fd,
	.change_fd = change_fd,
	.remove_fd = remove_fd,
	.wait = wait_ready,
	.wake = wake,
};

int stack_ready_new(const struct nod_service *v, enum nod_ready_how how, struct nod_ready **out)
{
	struct stack_ready *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->base.service = v;
	r->base.ops = &ops;
	r->service = stack_service_of(v);
	r->last_hot = &r->hot;
	err = nod_ready_new(nod_service_kernel(), how, &r->outer);
	if (err < 0) {
		free(r);
		return err;
	}
	*out = &r->base;
	return 0;
}
