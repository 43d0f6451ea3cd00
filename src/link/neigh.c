/* SPDX-License-Identifier: ISC */
/*
 * neigh.c - whether a neighbour still answers: its states, and what waits for it
 *
 * RFC 4861 7.2.2, 7.2.5, 7.3 (ND-5): the same states for IPv6 and, as RFC 1122 2.3.2 leaves
 * open, for IPv4.
 *
 *	NONE -> INCOMPLETE -> REACHABLE -> STALE -> DELAY -> PROBE -> REACHABLE
 *	             \-> FAILED (kept a moment)                \-> FAILED, forgotten
 *
 * INCOMPLETE	asked for, packets wait (RFC 1122 2.3.2.2, ARP-3)
 * REACHABLE	answered within the last half minute or so
 * STALE	its MAC is known and good to send to; it has not been heard of lately
 * DELAY	STALE and sent to: the layers above have 5 s to vouch for it
 * PROBE	asked by unicast
 * FAILED	did not answer at all: not asked again for a moment.  One that was known and
 *		answers no more is forgotten instead, so that the next packet asks everybody.
 *
 * Neighbours: neigh.h, neigh_table.c (the entries); arp.c and network/nd.h ask and hear.
 */
#include <errno.h>
#include <string.h>

#include "neigh_internal.h"

static const nod_ns failed_for = 3 * NOD_S; /* so long a dead one is not asked for again */

static const struct neigh_protocol *protocol_of(const struct neigh *n)
{
	return &n->table->protocol[ipa_is_v4(&n->addr)];
}

static const struct neigh_times *times_of(const struct neigh *n)
{
	return neigh_times(n->iface, ipa_is_v4(&n->addr));
}

/* ---- states ------------------------------------------------------------------------------ */

static void stay_reachable(struct neigh *n)
{
	struct core *c = neigh_core(n);
	uint64_t base = (uint64_t)times_of(n)->base_reachable;

	n->confirmed = c->now;
	/* MIN_RANDOM_FACTOR 0.5 .. MAX_RANDOM_FACTOR 1.5: RFC 4861 6.3.2 */
	timer_set(&c->wheel, &n->timer,
		c->now + (nod_ns)(base / 2 + prng_below64(&c->prng, base + 1)));
}

static void ask(struct neigh *n)
{
	struct core *c = neigh_core(n);
	const struct neigh_protocol *p = protocol_of(n);

	n->asked++;
	n->asked_at = c->now;
	timer_set(&c->wheel, &n->timer, c->now + times_of(n)->retrans);
	if (p->solicit)
		p->solicit(p->self, n, n->state == NEIGH_PROBE ? n->mac : NULL);
}

static void send_waiting(struct neigh *n)
{
	for (uint32_t left = n->waiting.count; left; left--) {
		struct pkt *p = pkt_queue_take(&n->waiting);
		uint16_t type = (uint16_t)p->mark;

		p->mark = 0;
		iface_output(n->iface, p, n->mac, type);
	}
}

static void refuse(struct neigh *n, struct pkt *p)
{
	const struct neigh_protocol *proto = protocol_of(n);

	NEIGH_NOTE(n, NOD_EV_NEIGH_DROP_FAILED, .packet = pkt_public(p));
	if (proto->unreachable)
		proto->unreachable(proto->self, n, p);
	pkt_free(p);
}

void neigh_refuse_waiting(struct neigh *n)
{
	/* not more than wait now: the answer to one may be sent to the same neighbour */
	for (uint32_t left = n->waiting.count; left && n->waiting.count; left--)
		refuse(n, pkt_queue_take(&n->waiting));
}

void neigh_enter(struct neigh *n, enum neigh_state next, const char *why)
{
	struct core *c = neigh_core(n);
	enum neigh_state before = n->state;

	n->state = (uint8_t)next;
	n->table->n_incomplete -= before == NEIGH_INCOMPLETE;
	n->table->n_incomplete += next == NEIGH_INCOMPLETE;
	NEIGH_NOTE(n, NOD_EV_NEIGH_STATE, .from = before, .to = next, .why = why);

	switch (next) {
	case NEIGH_REACHABLE:
		stay_reachable(n);
		break;
	case NEIGH_DELAY:
		timer_set(&c->wheel, &n->timer, c->now + times_of(n)->delay_first);
		break;
	case NEIGH_INCOMPLETE:
	case NEIGH_PROBE:
		n->asked = 0;
		ask(n);
		break;
	case NEIGH_FAILED:
		NEIGH_NOTE(n, NOD_EV_NEIGH_FAILED, .why = why);
		timer_set(&c->wheel, &n->timer, c->now + failed_for);
		neigh_refuse_waiting(n);
		break;
	case NEIGH_NONE:
	case NEIGH_STALE:
	case NEIGH_PERMANENT:
	default:
		timer_stop(&c->wheel, &n->timer);
		break;
	}
	if (n->waiting.count && neigh_has_mac(n)) {
		send_waiting(n);
		if (n->state == NEIGH_STALE)
			neigh_enter(n, NEIGH_DELAY, "sent to");
	}
}

void neigh_fire(struct timer *timer, int64_t now)
{
	struct neigh *n = container_of(timer, struct neigh, timer);
	const struct neigh_protocol *p = protocol_of(n);

	(void)now;
	neigh_ref(n); /* what is told of it may take it away */
	switch (n->state) {
	case NEIGH_INCOMPLETE:
		if (n->asked < times_of(n)->multicast_asks)
			ask(n);
		else
			neigh_enter(n, NEIGH_FAILED, "no answer");
		break;
	case NEIGH_REACHABLE:
		neigh_enter(n, NEIGH_STALE, "not heard of for a while");
		break;
	case NEIGH_DELAY:
		neigh_enter(n, NEIGH_PROBE, "nobody vouched for it");
		break;
	case NEIGH_PROBE:
		if (n->asked < times_of(n)->unicast_asks) {
			ask(n);
			break;
		}
		/* RFC 4861 7.3.3, RFC 1122 2.3.2.1 (ARP-1): forgotten; all are asked anew */
		neigh_enter(n, NEIGH_FAILED, "does not answer any more");
		if (n->is_router && p->router_gone)
			p->router_gone(p->self, n);
		if (!n->is_dead)
			neigh_leave(n);
		break;
	default: /* FAILED: asked for again, it gets another chance */
		neigh_leave(n);
		break;
	}
	neigh_unref(n);
}

/* ---- sending ----------------------------------------------------------------------------- */

static int wait(struct neigh *n, struct pkt *p, uint16_t ethertype)
{
	if (n->waiting.count >= neigh_core(n)->conf.neighbour_queue) { /* (H04) */
		struct pkt *old = pkt_queue_take(&n->waiting);

		NEIGH_NOTE(n, NOD_EV_NEIGH_DROP_QUEUE, .packet = pkt_public(old));
		pkt_free(old);
	}
	p->mark = ethertype;
	pkt_queue_put(&n->waiting, p);
	return 0;
}

static int want(struct neigh *n, struct pkt *p, uint16_t ethertype)
{
	struct core *c = neigh_core(n);

	if (n->table->n_incomplete >= c->conf.neighbours_incomplete) { /* (H04), RFC 6583 */
		NEIGH_NOTE(n, NOD_EV_NEIGH_DROP_FULL, .packet = pkt_public(p));
		pkt_free(p);
		return -ENOBUFS;
	}
	neigh_touch(n, NEIGH_WANTED);
	NEIGH_NOTE(n, NOD_EV_NEIGH_NEW, .packet = pkt_public(p));
	wait(n, p, ethertype);
	neigh_enter(n, NEIGH_INCOMPLETE, "wanted");
	return 0;
}

/* Of a state in which there is more to do, or used for the first time in a while. */
static int output_slow(struct neigh *n, struct pkt *p, uint16_t ethertype)
{
	if (n->is_dead) {
		pkt_free(p);
		return -EHOSTUNREACH;
	}
	if (n->state == NEIGH_NONE)
		return want(n, p, ethertype);
	if (n->list != NEIGH_FIXED)
		neigh_touch(n, NEIGH_WANTED);
	switch (n->state) {
	case NEIGH_INCOMPLETE:
		return wait(n, p, ethertype); /* RFC 1122 2.3.2.2 (ARP-3), RFC 4861 7.2.2 (ND-6) */
	case NEIGH_FAILED:
		neigh_ref(n);
		refuse(n, p);
		neigh_unref(n);
		return -EHOSTUNREACH;
	case NEIGH_STALE:
		neigh_enter(n, NEIGH_DELAY, "sent to");
		break;
	default: /* DELAY, PROBE, PERMANENT */
		break;
	}
	return iface_output(n->iface, p, n->mac, ethertype);
}

int neigh_output(struct neigh *n, struct pkt *p, uint16_t ethertype)
{
	/* once a second the order of use is brought up to date: it need not be finer */
	const unsigned plain = 1u << NEIGH_REACHABLE | 1u << NEIGH_DELAY | 1u << NEIGH_PROBE;

	if (__builtin_expect(plain >> n->state & 1, 1) &&
		neigh_core(n)->now - n->used < NOD_S && n->list == NEIGH_WANTED)
		return iface_output(n->iface, p, n->mac, ethertype);
	return output_slow(n, p, ethertype);
}

/* ---- hearing ----------------------------------------------------------------------------- */

static void heard_router(struct neigh *n, unsigned what)
{
	const struct neigh_protocol *p = protocol_of(n);
	bool was_router = n->is_router;

	if (what & NEIGH_HEARD_ROUTER)
		n->is_router = true;
	else if (what & NEIGH_HEARD_NO_ROUTER)
		n->is_router = false;
	if (was_router && !n->is_router && p->router_gone)
		p->router_gone(p->self, n);
}

void neigh_heard(struct neigh *n, const uint8_t *mac, unsigned what)
{
	bool is_new = !neigh_has_mac(n);
	bool is_other = mac && (is_new || memcmp(mac, n->mac, ETHER_ADDR_LEN) != 0);

	if (n->state == NEIGH_PERMANENT || (is_new && !mac))
		return;
	if (is_other && !is_new && !(what & NEIGH_HEARD_OVERRIDE)) { /* RFC 4861 7.2.5 I (ND-8) */
		if (n->state == NEIGH_REACHABLE)
			neigh_enter(n, NEIGH_STALE, "another station claims to be it");
		return;
	}
	if (is_other)
		memcpy(n->mac, mac, ETHER_ADDR_LEN);
	if (what & NEIGH_HEARD_SOLICITED)
		neigh_enter(n, NEIGH_REACHABLE, "it answered");
	else if (is_other)
		neigh_enter(n, NEIGH_STALE, is_new ? "it was heard" : "it has another MAC");
	heard_router(n, what);
}

void neigh_asked_us(struct neigh *n, const uint8_t mac[ETHER_ADDR_LEN])
{
	if (n->state == NEIGH_PERMANENT)
		return;
	if (n->list == NEIGH_STRANGERS)
		neigh_touch(n, NEIGH_STRANGERS);
	if (neigh_has_mac(n) && memcmp(mac, n->mac, ETHER_ADDR_LEN) == 0)
		return;
	memcpy(n->mac, mac, ETHER_ADDR_LEN);
	neigh_enter(n, NEIGH_STALE, "it asked us");
}

void neigh_doubt(struct neigh *n, const char *why)
{
	if (n->state != NEIGH_REACHABLE && n->state != NEIGH_STALE && n->state != NEIGH_DELAY)
		return;
	/* RFC 1122 2.3.2.1 (ARP-2): not sooner than a second after the last time */
	if (neigh_core(n)->now - n->asked_at < times_of(n)->retrans)
		return;
	neigh_enter(n, NEIGH_PROBE, why);
}

void neigh_confirm(struct neigh *n)
{
	switch (n->state) {
	case NEIGH_REACHABLE:
		/* a second is fine enough, and spares setting the timer for every packet */
		if (neigh_core(n)->now - n->confirmed >= NOD_S)
			stay_reachable(n);
		break;
	case NEIGH_STALE:
	case NEIGH_DELAY:
	case NEIGH_PROBE:
		neigh_enter(n, NEIGH_REACHABLE, "the layers above heard from it");
		break;
	default:
		break;
	}
}

const char *neigh_state_name(enum neigh_state s)
{
	static const char *const name[] = {
		[NEIGH_NONE] = "NONE",
		[NEIGH_INCOMPLETE] = "INCOMPLETE",
		[NEIGH_REACHABLE] = "REACHABLE",
		[NEIGH_STALE] = "STALE",
		[NEIGH_DELAY] = "DELAY",
		[NEIGH_PROBE] = "PROBE",
		[NEIGH_FAILED] = "FAILED",
		[NEIGH_PERMANENT] = "PERMANENT",
	};

	_Static_assert(sizeof(name) / sizeof(name[0]) == NEIGH_STATES, "a name for each");
	return name[s];
}
