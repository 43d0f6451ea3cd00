/* SPDX-License-Identifier: ISC */
/*
 * listener.c - accepting connections, and telling datagram peers apart by their addresses
 *
 * When the descriptors run out, accepting pauses and those who wait stay in the kernel's
 * queue; the clients that are served notice nothing.  Datagram peers are found in a table
 * hashed with a key of ours, since strangers choose their addresses.
 *
 * Neighbours: client.c, access.c; src/cmd/how.h (where a new client goes).
 */
#include "server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../presentation/lang.h"

#define ACCEPT_BATCH 64		    /* connections, or datagrams, taken in one turn */
#define PAUSE_NS     (100 * NOD_MS) /* before accepting is tried again */
#define FIRST_SLOTS  64
#define PEERS_MAX    65536 /* datagram peers; more push out who was silent longest */

struct listener {
	struct watch watch;
	struct nod_session *session;
	struct listener *next;
	nod_ns retry_at; /* accepting pauses until then; 0 = it does not */
	/* datagram peers, by hash */
	struct client **slot;
	size_t n_slots, n_peers;
};

static void tell_trouble(struct server *s, enum trouble t, int err)
{
	if (s->report->trouble)
		s->report->trouble(s->report->self, t, err);
}

static bool is_full(const struct server *s)
{
	return s->conf->max_clients && s->n_clients > s->conf->max_clients;
}

/* A client is there: whether it may stay.  If not it is told why and gone. */
static bool admit(struct server *s, struct client *c)
{
	char notice[96];

	if (!access_allows(s->conf, &c->addr)) {
		client_refuse(s, c, CLOSED_DENIED, NULL);
		return false;
	}
	if (is_full(s)) {
		snprintf(notice, sizeof(notice),
			T("* the server is full: %llu clients\n",
				"* 服务器已满：%llu 个客户端\n"),
			(unsigned long long)s->conf->max_clients);
		client_refuse(s, c, CLOSED_FULL, notice);
		return false;
	}
	return true;
}

static void accept_ready(struct watch *w, struct loop *l, unsigned bits)
{
	struct listener *n = (struct listener *)(void *)w;
	struct server *s = l->server;

	(void)bits;
	for (int i = 0; i < ACCEPT_BATCH && !s->is_stopping; i++) {
		struct nod_session *session;
		struct nod_endpoint peer;
		int err = nod_session_accept(n->session, &session, &peer);

		if (err == -EAGAIN)
			return;
		if (err == -ECONNABORTED || err == -EINTR)
			continue;
		if (err < 0) {
			tell_trouble(s,
				err == -ENOMEM || err == -ENOBUFS ? TROUBLE_MEMORY :
								    TROUBLE_DESCRIPTORS,
				err);
			n->retry_at = l->now + PAUSE_NS;
			nod_ready_change(l->ready, n->session, 0, &n->watch);
			return;
		}
		struct client *c = client_new(s, session, &peer, false);
		if (!c) {
			tell_trouble(s, TROUBLE_MEMORY, -ENOMEM);
			nod_session_abort(session);
			continue;
		}
		if (!admit(s, c))
			continue;
		err = s->place(s, c);
		if (err < 0)
			client_no_room(s, c, err);
	}
}

nod_ns listener_retry(struct loop *l, struct listener *list)
{
	nod_ns next = NOD_FOREVER;

	for (struct listener *n = list; n; n = n->next) {
		if (n->retry_at && n->retry_at <= l->now) {
			n->retry_at = 0;
			nod_ready_change(l->ready, n->session, NOD_READABLE, &n->watch);
		}
		if (n->retry_at && n->retry_at < next)
			next = n->retry_at;
	}
	return next;
}

/* ---- datagram peers ------------------------------------------------------------------ */

static uint64_t hash_of(const struct server *s, const struct nod_addr *addr, uint16_t port)
{
	uint8_t key[16 + 4 + 2];

	memcpy(key, addr->octet, 16);
	memcpy(key + 16, &addr->zone, 4);
	memcpy(key + 20, &port, 2);
	return siphash(&s->key, key, sizeof(key));
}

static struct client **slot_of(const struct listener *n, const struct server *s,
	const struct nod_addr *addr, uint16_t port)
{
	return &n->slot[hash_of(s, addr, port) & (n->n_slots - 1)];
}

/* Twice the slots; without memory the chains just grow longer. */
static void grow(struct listener *n, const struct server *s)
{
	struct listener bigger = { .n_slots = n->n_slots * 2 };

	bigger.slot = calloc(bigger.n_slots, sizeof(struct client *));
	if (!bigger.slot)
		return;
	for (size_t i = 0; i < n->n_slots; i++) {
		while (n->slot[i]) {
			struct client *c = n->slot[i];
			struct client **to = slot_of(&bigger, s, &c->addr, c->port);

			n->slot[i] = c->peer_next;
			c->peer_next = *to;
			*to = c;
		}
	}
	free(n->slot);
	n->slot = bigger.slot;
	n->n_slots = bigger.n_slots;
}

static struct client *find_peer(
	const struct listener *n, const struct server *s, const struct nod_endpoint *from)
{
	struct client *c = *slot_of(n, s, &from->addr, from->port);

	while (c && (c->port != from->port || !nod_addr_equal(&c->addr, &from->addr)))
		c = c->peer_next;
	return c;
}

static struct client *new_peer(struct listener *n, struct loop *l, const struct nod_datagram *d)
{
	struct server *s = l->server;
	struct client *c = client_new(s, n->session, &d->peer, true);

	if (!c) {
		tell_trouble(s, TROUBLE_MEMORY, -ENOMEM);
		return NULL;
	}
	if (!admit(s, c))
		return NULL;
	if (n->n_peers >= PEERS_MAX)
		client_close_idlest(l);
	if (n->n_peers >= n->n_slots)
		grow(n, s);
	struct client **slot = slot_of(n, s, &c->addr, c->port);
	c->peer_next = *slot;
	*slot = c;
	c->home = n;
	c->local = d->local;
	n->n_peers++;
	client_start(c, l);
	return find_peer(n, s, &d->peer); /* it may be gone again */
}

void listener_forget(struct client *c)
{
	struct listener *n = c->home;

	if (!n)
		return;
	struct client **p = slot_of(n, c->loop->server, &c->addr, c->port);
	while (*p != c)
		p = &(*p)->peer_next;
	*p = c->peer_next;
	c->home = NULL;
	n->n_peers--;
}

static void datagram_ready(struct watch *w, struct loop *l, unsigned bits)
{
	struct listener *n = (struct listener *)(void *)w;

	(void)bits;
	for (int i = 0; i < ACCEPT_BATCH; i++) {
		struct nod_datagram d;
		ssize_t len = nod_session_recv_datagram(n->session, l->buf, l->buf_cap, &d);

		if (len == -EAGAIN)
			return;
		if (len < 0) /* an ICMP error about one peer's datagram; the others go on */
			continue;
		struct client *c = find_peer(n, l->server, &d.peer);
		if (!c)
			c = new_peer(n, l, &d);
		if (c && !c->is_dead)
			client_datagram(c, l->buf, (size_t)len);
	}
}

/* ---- adding and ending --------------------------------------------------------------- */

int listener_add(
	struct loop *l, struct nod_session *session, bool is_datagram, struct listener **list)
{
	struct listener *n = calloc(1, sizeof(*n));
	int err = -ENOMEM;

	if (n && is_datagram) {
		n->n_slots = FIRST_SLOTS;
		n->slot = calloc(n->n_slots, sizeof(struct client *));
	}
	if (n && (!is_datagram || n->slot)) {
		n->watch.ready = is_datagram ? datagram_ready : accept_ready;
		n->session = session;
		err = nod_ready_add(l->ready, session, NOD_READABLE, &n->watch);
	}
	if (err < 0) {
		if (n)
			free(n->slot);
		free(n);
		nod_session_close(session);
		return err;
	}
	n->next = *list;
	*list = n;
	return 0;
}

void listener_close_all(struct loop *l, struct listener **list)
{
	while (*list) {
		struct listener *n = *list;

		*list = n->next;
		for (size_t i = 0; i < n->n_slots; i++) {
			while (n->slot[i]) /* closing takes it out */
				client_close(n->slot[i], CLOSED_STOPPED, 0);
		}
		nod_ready_remove(l->ready, n->session);
		nod_session_close(n->session);
		free(n->slot);
		free(n);
	}
}

void listener_disown_all(struct listener **list)
{
	while (*list) {
		struct listener *n = *list;

		*list = n->next;
		nod_session_close(n->session);
		free(n->slot);
		free(n);
	}
}
