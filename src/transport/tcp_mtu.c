/* SPDX-License-Identifier: ISC */
/*
 * tcp_mtu.c - how large a segment the path carries, when no router says so
 *
 * A router that may not cut a packet has to tell (RFC 1191, 8201), but many are silent, or are not
 * heard: a black hole (RFC 2923 2.1), into which every full segment vanishes while small ones
 * arrive.  RFC 4821, with RFC 8899's names for the timers: after R1 time-outs smaller segments are
 * sent (7.7), and later some octets of the stream go in a larger one, to see whether it arrives
 * (7.1): first in one of the size that had vanished, since a wire that was cut for a second looks
 * the same, then by halves.
 *
 * A probe that is lost alone says that the path does not carry it, and nothing of congestion
 * (7.6.2); one that is lost with others says nothing (7.6.4).  Without SACK nobody knows which was
 * lost: then nothing is tried.
 *
 * What routers do say counts all the same: tcp_set_mss() takes the less of both.
 *
 * Neighbours: tcp_timer.c suspects, tcp_output.c sends probes, tcp_loss.c and tcp_ack.c tell what
 * became of them.
 */
#include "tcp_internal.h"

enum {
	LOSSES_MOST = 2, /* of a size: once may be chance */
	NEAR_ENOUGH = 8, /* octets: nothing smaller is worth a probe; as Linux's */
};

#define PROBE_PAUSE NOD_S	  /* after one that did not arrive, and after a black hole */
#define RAISE_PAUSE (600 * NOD_S) /* RFC 8899 5.1.1's PMTU_RAISE_TIMER */

/* Octets of a packet, the larger first: 1,024 of payload (RFC 4821 7.2), then MUST-15's 536; of
 * IPv6 what every link carries (RFC 8200 5). */
static const uint16_t v4_sizes[] = { 1064, 576, 0 }, v6_sizes[] = { 1280, 0 };

static uint32_t headers_of(const struct tcp_conn *c)
{
	return (ipa_is_v4(&c->flow.remote) ? 20u : 40u) + TCP_HDR_LEAST + (c->has_ts ? 12u : 0u);
}

static uint32_t size_of(const struct tcp_conn *c) /* of a full packet as they are sent now */
{
	return c->snd_mss + headers_of(c);
}

/* The largest that the path, the peer and the program allow. */
static uint32_t most_of(const struct tcp_conn *c)
{
	uint32_t headers = (ipa_is_v4(&c->flow.remote) ? 20u : 40u) + TCP_HDR_LEAST;
	uint32_t mss = c->opt->max_segment && c->opt->max_segment < c->peer_mss ?
		c->opt->max_segment :
		c->peer_mss;

	return mss + headers < c->path_mtu ? mss + headers : c->path_mtu;
}

static void note(const struct tcp_conn *c, enum nod_event_kind kind, uint32_t from, uint32_t to)
{
	NOTE(c->tcp->core, kind, .src = ipa_to_addr(&c->flow.local, 0),
		.dst = ipa_to_addr(&c->flow.remote, 0), .src_port = c->flow.local_port,
		.dst_port = c->flow.remote_port, .from = from, .to = to);
}

static uint32_t smaller_than(const struct tcp_conn *c, uint32_t size)
{
	const uint16_t *s = ipa_is_v4(&c->flow.remote) ? v4_sizes : v6_sizes;

	while (*s >= size)
		s++;
	return *s;
}

static bool is_off(const struct tcp_conn *c)
{
	return c->tcp->core->conf.tcp_mtu_probing == NOD_MTU_PROBING_OFF ||
		c->opt->pmtu == IP_PMTU_DONT;
}

/* ---- smaller ------------------------------------------------------------------------- */

void tcp_mtu_begin(struct tcp_conn *c)
{
	uint32_t least = smaller_than(c, most_of(c));

	if (c->tcp->core->conf.tcp_mtu_probing != NOD_MTU_PROBING_ALWAYS || is_off(c) || !least ||
		!c->has_sack)
		return;
	c->mtu_low = (uint16_t)least;
	c->busy->mtu.high = UINT16_MAX;
	c->busy->mtu.next_at = c->tcp->core->now;
	tcp_set_mss(c);
}

/* RFC 4821 7.7, unless ICMP has given another reason. */
void tcp_mtu_suspect(struct tcp_conn *c)
{
	uint32_t before = size_of(c), after = smaller_than(c, before);

	if (is_off(c) || c->busy->soft_error || !after ||
		c->snd_nxt - c->snd_una <= after - headers_of(c) || tcp_is_shrunk(c))
		return;
	c->busy->mtu = (struct tcp_mtu){ .high = c->mtu_low ? UINT16_MAX : (uint16_t)before,
		.next_at = c->tcp->core->now + PROBE_PAUSE };
	c->mtu_low = (uint16_t)after;
	c->mtu_is_found = false;
	if (c->n_black_holes < UINT8_MAX)
		c->n_black_holes++;
	note(c, NOD_EV_TCP_BLACK_HOLE, before, after);
	tcp_set_mss(c);
}

/* ---- larger -------------------------------------------------------------------------- */

/* RFC 4821 7.4: nothing else is in doubt, and there is something to send. */
static bool may_try(const struct tcp_conn *c)
{
	const struct tcp_busy *b = c->busy;

	return !b->mtu.probe && c->has_sack && c->phase == TCP_OPEN && !b->lost && !b->ahead &&
		b->dsack.left == b->dsack.right && !c->has_urgent_out && b->unsent;
}

uint32_t tcp_mtu_try(struct tcp_conn *c)
{
	struct tcp_mtu *m = &c->busy->mtu;
	nod_ns now = c->tcp->core->now;
	uint32_t most = most_of(c), size;

	if (c->mtu_low >= most) { /* nothing is left to be known */
		c->mtu_low = 0;
		tcp_set_mss(c);
		return 0;
	}
	if (!m->next_at) { /* it has been idle, and what had been planned is forgotten */
		m->next_at = now + (c->mtu_is_found ? RAISE_PAUSE : PROBE_PAUSE);
		m->high = c->mtu_is_found ? c->mtu_low : UINT16_MAX;
	}
	if (m->high < (uint32_t)c->mtu_low + NEAR_ENOUGH && !c->mtu_is_found) {
		c->mtu_is_found = true;
		m->next_at = now + RAISE_PAUSE;
	}
	if (now < m->next_at || !may_try(c))
		return 0;
	if (c->mtu_is_found) { /* but paths change */
		m->high = UINT16_MAX;
		m->was_halved = c->mtu_is_found = false;
	}
	if (m->high < most)
		most = m->high;
	size = m->was_halved ? (c->mtu_low + most + 1) / 2 : most;
	return size - headers_of(c);
}

void tcp_mtu_tried(struct tcp_conn *c, uint32_t payload)
{
	c->busy->mtu.probe = (uint16_t)(payload + headers_of(c));
	c->busy->mtu.is_lost = false;
}

void tcp_mtu_arrived(struct tcp_conn *c, const struct tcp_chunk *k)
{
	struct tcp_mtu *m = &c->busy->mtu;
	uint32_t before = size_of(c);

	/* RFC 4821 7.6.1; in pieces, or when it was sent again, it tells nothing */
	if (!m->probe || k->flags & CHUNK_EVER_AGAIN || k->len + headers_of(c) != m->probe)
		return;
	c->mtu_low = m->probe;
	m->probe = m->losses = 0;
	note(c, NOD_EV_TCP_MTU_FOUND, before, c->mtu_low);
	tcp_set_mss(c);
}

void tcp_mtu_unknown(struct tcp_conn *c)
{
	if (!c->busy->mtu.probe)
		return;
	c->busy->mtu.probe = 0;
	c->busy->mtu.next_at = c->tcp->core->now + PROBE_PAUSE;
}

void tcp_mtu_judge(struct tcp_conn *c, uint32_t *lost)
{
	struct tcp_mtu *m = &c->busy->mtu;
	uint32_t size = m->probe;

	if (!size || !m->is_lost)
		return;
	tcp_mtu_unknown(c);
	if (c->phase >= TCP_REDUCED || c->busy->lost != size - headers_of(c))
		return; /* RFC 4821 7.6.4: there was congestion, too */
	*lost = 0;	/* 7.6.2: SHOULD NOT be taken for congestion */
	note(c, NOD_EV_TCP_MTU_LOST, size, size_of(c));
	if (++m->losses < LOSSES_MOST)
		return;
	c->busy->mtu.high = (uint16_t)(size - 1);
	m->was_halved = true;
	m->losses = 0;
}

void tcp_mtu_refused(struct tcp_conn *c)
{
	const struct tcp_busy *b = c->busy;

	if (!b->mtu.probe)
		return;
	for (struct tcp_chunk *k = b->first; k && k != b->unsent; k = k->next)
		if (k->flags & CHUNK_PROBE)
			tcp_mark_lost(c, k);
	tcp_mtu_unknown(c);
	tcp_owe(c);
}
