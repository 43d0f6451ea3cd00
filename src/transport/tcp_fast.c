/* SPDX-License-Identifier: ISC */
/*
 * tcp_fast.c - Fast Open: octets in the SYN
 *
 * RFC 7413.  A client that has a cookie from an earlier connection sends its first octets with the
 * SYN, and a server that recognises the cookie gives them to its program before the handshake is
 * over.  A cookie is a keyed hash of both addresses (4.1.2), the one that Linux makes of the same
 * key, so that servers of both kinds can stand behind one address.  How many connections of a
 * listener are opened fast and not yet confirmed is limited (5.1); those that a RST ended count,
 * too, until RESET_COUNTS has passed since the last of them: else who sends SYNs in another's name
 * could make room with forged RSTs.  Under such an attack nothing is opened fast.
 *
 * What peers gave is kept in a table of fixed size, the latest of two that meet in it wins.
 *
 * Neighbours: tcp_listen.c, tcp_input.c and tcp_output.c ask.
 */
#include <stdlib.h>

#include "tcp_internal.h"

enum {
	PEERS = 256,
	COOKIE_LEN = 8,		/* octets of ours */
	SYN_OPTIONS_MOST = 40,	/* octets: room that a SYN may need for them */
	LOSSES_MOST = 2,	/* SYNs with octets that vanished: then it is left alone */
};

#define LEFT_ALONE (60 * NOD_S) /* 4.1.3.1: a path may not like it */

#define RESET_COUNTS (60 * NOD_S) /* as Linux's */

struct tcp_fast_peer {
	struct ipa remote;
	uint16_t mss;
	uint8_t len; /* of the cookie, octets; 0: none */
	bool is_experimental;
	bool asks_experimental, has_tried; /* while it has given none: how to ask */
	uint8_t losses;
	uint8_t cookie[TCP_COOKIE_MOST];
	nod_ns lost_at;
};

/* ---- the table of peers -------------------------------------------------------------- */

static struct tcp_fast_peer *place_of(const struct tcp *t, const struct ipa *remote)
{
	return t->fast_peers ?
		&t->fast_peers[siphash13(&t->core->key, remote, sizeof(*remote)) % PEERS] :
		NULL;
}

static struct tcp_fast_peer *peer_of(const struct tcp *t, const struct ipa *remote)
{
	struct tcp_fast_peer *p = place_of(t, remote);

	return p && ipa_equal(&p->remote, remote) ? p : NULL;
}

/* NULL: no memory, and so it will be asked again. */
static struct tcp_fast_peer *peer_for(struct tcp *t, const struct ipa *remote)
{
	struct tcp_fast_peer *p;

	if (!t->fast_peers)
		t->fast_peers = calloc(PEERS, sizeof(*t->fast_peers));
	p = place_of(t, remote);
	if (p && !ipa_equal(&p->remote, remote))
		*p = (struct tcp_fast_peer){ .remote = *remote };
	return p;
}

void tcp_fast_end(struct tcp *t)
{
	free(t->fast_peers);
	t->fast_peers = NULL;
}

/* ---- client -------------------------------------------------------------------------- */

static bool is_left_alone(const struct tcp *t, const struct tcp_fast_peer *p)
{
	return p && p->losses >= LOSSES_MOST && t->core->now - p->lost_at < LEFT_ALONE;
}

static bool is_bare(const struct tcp *t, const struct tcp_opt *opt)
{
	return opt->fast_open_bare || t->core->conf.tcp_fast_open & NOD_FAST_OPEN_CLIENT_BARE;
}

bool tcp_may_fast_open(struct tcp *t, const struct ipa *remote, const struct tcp_opt *opt)
{
	const struct tcp_fast_peer *p = peer_of(t, remote);

	if (is_left_alone(t, p))
		return false;
	return is_bare(t, opt) || (p && p->len);
}

uint32_t tcp_fast_ask(struct tcp_conn *c, struct tcp_options *o)
{
	const struct tcp *t = c->tcp;
	const struct tcp_fast_peer *p = peer_of(t, &c->flow.remote);
	bool has_cookie = p && p->len && !is_bare(t, c->opt);

	if (!c->is_fast || is_left_alone(t, p))
		return 0;
	if (p && p->mss) {
		c->peer_mss = p->mss;
		tcp_set_mss(c);
	}
	else if (is_bare(t, c->opt)) { /* nothing says that it takes less than the path */
		c->peer_mss = UINT16_MAX;
		tcp_set_mss(c);
	}
	o->has_cookie = has_cookie || !is_bare(t, c->opt);
	if (has_cookie) {
		o->is_cookie_experimental = p->is_experimental;
		o->cookie_len = p->len;
		memcpy(o->cookie, p->cookie, p->len);
	} else if (o->has_cookie) {
		o->is_cookie_experimental = p && p->asks_experimental;
		return 0; /* it asks for one */
	}
	return c->snd_mss > SYN_OPTIONS_MOST ? (uint32_t)c->snd_mss - SYN_OPTIONS_MOST : 0;
}

void tcp_fast_rewind(struct tcp_conn *c)
{
	struct tcp_busy *b = c->busy;

	for (struct tcp_chunk *k = b->first; k && k != b->unsent; k = k->next) {
		tcp_chunk_untime(c, k);
		k->n_sent = 0;
		k->flags &= (uint8_t)~(CHUNK_EVER_AGAIN | CHUNK_AGAIN | CHUNK_LOST);
	}
	b->lost = b->again = 0;
	b->retry = NULL;
	b->unsent = b->first;
	c->snd_nxt = b->first ? b->first->seq : c->snd_end;
}

void tcp_fast_answered(struct tcp_conn *c, const struct tcp_seg *s)
{
	struct tcp_busy *b = c->busy;
	bool had_data = c->snd_nxt != b->iss + 1;
	struct tcp_fast_peer *p;

	while (b->first && b->first != b->unsent && seq_lt(b->first->seq, s->ack)) {
		if (seq_gt(chunk_end(b->first), s->ack) && !tcp_chunk_cut(c, b->first, s->ack))
			break;
		tcp_chunk_free(c, b->first);
	}
	c->fast_data = had_data && s->ack == c->snd_nxt && s->ack != b->iss + 1;
	c->snd_una = b->first ? b->first->seq : c->snd_nxt;
	/* what was not taken goes again; no congestion: it is not what the path lost */
	for (struct tcp_chunk *k = b->first; k && k != b->unsent; k = k->next)
		tcp_mark_lost(c, k);
	if (!c->is_fast)
		return;
	c->is_fast = false;
	p = had_data || s->o.has_cookie || !c->is_retransmitted ?
		peer_for(c->tcp, &c->flow.remote) :
		NULL;
	if (!p)
		return;
	/* asked in vain: the next time by RFC 7413 4.1.1's experimental option, then again so */
	if (!p->len && !s->o.has_cookie && !is_bare(c->tcp, c->opt))
		p->asks_experimental = !p->asks_experimental && !p->has_tried;
	p->has_tried |= p->asks_experimental;
	if (s->o.has_mss)
		p->mss = s->o.mss;
	if (s->o.has_cookie && s->o.cookie_len && !is_bare(c->tcp, c->opt)) { /* asked for */
		p->is_experimental = s->o.is_cookie_experimental;
		p->len = s->o.cookie_len;
		memcpy(p->cookie, s->o.cookie, p->len);
	}
	if (had_data && c->is_retransmitted) {
		p->losses = p->losses < UINT8_MAX ? (uint8_t)(p->losses + 1) : UINT8_MAX;
		p->lost_at = c->tcp->core->now;
	} else if (c->fast_data) {
		p->losses = 0;
	}
}

/* ---- server -------------------------------------------------------------------------- */

void tcp_listener_set_key(struct tcp_listener *l, const uint8_t key[16])
{
	l->has_key = true;
	memcpy(l->key, key, sizeof(l->key));
}

/* 4.1.2 */
static void make_cookie(const struct tcp_listener *l, const struct ipa *local,
	const struct ipa *remote, uint8_t out[COOKIE_LEN])
{
	const size_t len = ipa_is_v4(remote) ? 4 : 16;
	uint8_t both[32];
	struct siphash_key key;
	uint64_t hash;

	memcpy(both, remote->o + 16 - len, len);
	memcpy(both + len, local->o + 16 - len, len);
	memcpy(&key, l->has_key ? l->key : l->tcp->fast_key, sizeof(key));
	hash = siphash(&key, both, 2 * len);
	for (unsigned i = 0; i < COOKIE_LEN; i++)
		out[i] = (uint8_t)(hash >> 8 * i);
}

void tcp_fast_reset(struct tcp_conn *c)
{
	struct tcp_listener *l = c->busy->fast_listener;

	if (!c->is_fast || c->is_active || !l)
		return;
	c->is_fast = false;
	c->busy->fast_listener = NULL; /* n_fast stays */
	l->n_reset++;
	l->reset_until = c->tcp->core->now + RESET_COUNTS;
}

static void forget_resets(struct tcp_listener *l)
{
	if (!l->n_reset || l->tcp->core->now < l->reset_until)
		return;
	l->n_fast -= l->n_reset;
	l->n_reset = 0;
}

bool tcp_fast_accepts(struct tcp_listener *l, const struct tcp_seg *s, unsigned *owed)
{
	const uint32_t allowed = l->tcp->core->conf.tcp_fast_open;
	unsigned most = l->opt->fast_open ? l->opt->fast_open :
		allowed & NOD_FAST_OPEN_LISTENERS ? l->backlog + 1 : 0;
	uint8_t cookie[COOKIE_LEN];

	*owed = 0;
	if (!(allowed & NOD_FAST_OPEN_SERVER) || !most)
		return false;
	forget_resets(l);
	if (!(s->o.has_cookie || s->len) || l->n_fast >= most)
		return false;
	if (allowed & NOD_FAST_OPEN_SERVER_BARE)
		return true;
	if (!s->o.has_cookie)
		return false;
	make_cookie(l, &s->in->dst, &s->in->src, cookie);
	if (s->o.cookie_len == COOKIE_LEN && memcmp(cookie, s->o.cookie, COOKIE_LEN) == 0)
		return true;
	*owed = s->o.is_cookie_experimental ? 2 : 1;
	return false;
}

void tcp_fast_cookie(const struct tcp_listener *l, const struct tcp_flow *f, unsigned owed,
	struct tcp_options *o)
{
	if (!owed)
		return;
	o->has_cookie = true;
	o->is_cookie_experimental = owed == 2;
	o->cookie_len = COOKIE_LEN;
	make_cookie(l, &f->local, &f->remote, o->cookie);
}

void tcp_fast_confirmed(struct tcp_conn *c)
{
	struct tcp_listener *l;

	if (!c->is_fast || c->is_active)
		return;
	c->is_fast = false;
	l = c->busy->fast_listener;
	if (l)
		l->n_fast--;
	c->busy->fast_listener = NULL;
}
