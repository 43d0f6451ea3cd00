/* SPDX-License-Identifier: ISC */
/*
 * impair.c - a device that breaks what goes through it, on purpose and by a seed
 *
 * A frame comes in by enter(), where its fate is drawn; waits for the slow link and for its
 * delay; and goes out by next_out(), where those that are to be overtaken stand aside.  What is
 * done to its octets is in impair_harm.c.
 *
 * Neighbours: impair.h, impair_hold.h (where frames wait), impair_internal.h.
 */
#include "impair_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	BATCH = 64,
	HELD_DEFAULT = 65536,
	HELD_MOST = 1 << 22,
	GAP_DEFAULT = 3,
	QUEUE_MOST = 1 << 20,
};

#define WAIT_DEFAULT (100 * NOD_MS)
#define SPAN_MOST    (86400 * NOD_S) /* sums of several stay far from the end of time */
#define RATE_MOST    1000000000000u

/* ---- what is told ------------------------------------------------------------------------ */

static uint32_t fault_bit(enum nod_event_kind kind)
{
	return 1u << (kind - NOD_EV_FAULT_LOSS);
}

/* @f has suffered @kind: counted, told, and kept for the capture. */
void impair_note(struct impair *m, struct frame *f, enum nod_event_kind kind, nod_ns now)
{
	struct nod_event e = {
		.at = now,
		.kind = (uint16_t)kind,
		.interface = m->conf.interface,
		.to = kind == NOD_EV_FAULT_DELAY ? f->delay : now - f->since,
		.packet = (const struct nod_packet *)(const void *)f->pkt,
	};

	f->faults |= fault_bit(kind);
	m->count[kind - NOD_EV_FAULT_LOSS]++;
	if (!m->conf.sink.event)
		return;
	if (f->rule && (kind == NOD_EV_FAULT_RULE_DROP || kind == NOD_EV_FAULT_RULE_OTHER ||
			       kind == NOD_EV_FAULT_PARTITION))
		e.why = m->conf.rule[f->rule - 1].text;
	m->conf.sink.event(m->conf.sink.self, &e);
}

static void record(
	const struct lane *l, const struct frame *f, nod_ns now, enum nod_event_kind death)
{
	const struct impair *m = l->impair;
	char comment[256];
	bool has_comment;

	if (!m->conf.capture)
		return;
	has_comment = impair_comment(m, f, now, death, comment, sizeof(comment));
	capture_packet(m->conf.capture, m->conf.capture_id, f->pkt, now,
		l->way == IMPAIR_A_TO_B ? CAPTURE_OUT : CAPTURE_IN, death != NOD_EV_N,
		has_comment ? comment : NULL);
}

/* The end of a frame. */
static void lose(struct lane *l, struct frame *f, enum nod_event_kind kind, nod_ns now)
{
	l->n_reordering -= f->gap != 0;
	impair_note(l->impair, f, kind, now);
	record(l, f, now, kind);
	pkt_free(f->pkt);
}

static void lost_to_codel(void *self, struct frame *f, nod_ns at)
{
	lose(self, f, NOD_EV_FAULT_CODEL, at);
}

/* ---- chance ------------------------------------------------------------------------------ */

static bool strikes(struct lane *l, enum fault fault, impair_ppb chance)
{
	/* 2^32 as against 10^9 parts; a fault that is off draws nothing */
	return chance && prng_u32(&l->prng[fault]) < ((uint64_t)chance << 32) / IMPAIR_ALWAYS;
}

/* Gilbert-Elliott: first the state, then the state's chance. */
static bool strikes_in_burst(struct lane *l)
{
	const struct impair_faults *f = l->faults;

	if (!f->burst_begin)
		return false;
	if (strikes(l, FAULT_BURST, l->is_bad ? f->burst_end : f->burst_begin))
		l->is_bad = !l->is_bad;
	if (l->is_bad)
		return strikes(l, FAULT_BURST, f->burst_loss ? f->burst_loss : IMPAIR_ALWAYS);
	return strikes(l, FAULT_BURST, f->burst_good_loss);
}

/* Around 0, standard deviation @jitter: the sum of twelve uniform numbers (variance 1/12 each). */
static nod_ns normal(struct prng *r, nod_ns jitter)
{
	int64_t sum = -12 * 65535 / 2;

	for (unsigned i = 0; i < 6; i++) {
		uint32_t x = prng_u32(r);

		sum += (x & 0xffff) + (x >> 16);
	}
	/* |sum| < 2^19 and a day is less than 2^47 ns, so in two steps */
	return sum * (jitter >> 16) + sum * (jitter & 0xffff) / 65536;
}

/*
 * From 0 on, mean @jitter, heavy tail: Pareto's second distribution with shape 3, 1/U^(1/3) - 1
 * times twice the mean.  U^(1/3) is spread as the largest of three uniform numbers is, which needs
 * no root and is the same on every machine.
 */
static nod_ns pareto(struct prng *r, nod_ns jitter)
{
	uint32_t most = prng_u32(r);
	double excess;

	for (unsigned i = 0; i < 2; i++) {
		uint32_t x = prng_u32(r);

		most = x > most ? x : most;
	}
	excess = 2 * (double)jitter * (4294967295.0 - most) / ((double)most + 1);
	return excess < (double)SPAN_MOST ? (nod_ns)excess : SPAN_MOST;
}

static nod_ns draw_delay(const struct lane *l, struct prng *r)
{
	const struct impair_faults *f = l->faults;
	nod_ns delay = f->delay;

	if (!f->jitter)
		return delay;
	switch (f->distribution) {
	case IMPAIR_NORMAL:
		delay += normal(r, f->jitter);
		break;
	case IMPAIR_PARETO:
		delay += pareto(r, f->jitter);
		break;
	case IMPAIR_UNIFORM:
		delay += (nod_ns)prng_below64(r, 2 * (uint64_t)f->jitter + 1) - f->jitter;
		break;
	}
	return delay > 0 ? delay : 0;
}

/* ---- on the way in ----------------------------------------------------------------------- */

/* On its way, which takes its time; the link has let it go, or will, at @out_at. */
static void depart(struct lane *l, struct frame *f, nod_ns out_at, nod_ns now)
{
	nod_ns due = out_at + f->delay;

	if (!l->faults->may_overtake && due < l->last_due)
		due = l->last_due;
	if (f->extra)
		due += f->extra; /* the others do not wait for this one */
	else
		l->last_due = due;
	if (hold_put(&l->hold, due, f) < 0)
		lose(l, f, NOD_EV_FAULT_QUEUE, now);
}

static void run_slow(struct lane *l, nod_ns now)
{
	struct frame f;
	nod_ns out_at;

	while (slow_take(&l->slow, now, &f, &out_at))
		depart(l, &f, out_at, now);
}

static void to_slow(struct lane *l, struct frame *f, nod_ns now)
{
	if (f->delay)
		impair_note(l->impair, f, NOD_EV_FAULT_DELAY, now);
	if (!l->faults->rate) {
		depart(l, f, now, now);
		return;
	}
	run_slow(l, now);
	if (slow_put(&l->slow, f, now))
		run_slow(l, now);
	else
		lose(l, f, NOD_EV_FAULT_QUEUE, now);
}

static bool is_in(const struct impair_window *w, nod_ns t)
{
	if (t < w->from)
		return false;
	if (w->every)
		t = w->from + (t - w->from) % w->every;
	return t < w->to;
}

static bool is_dark(const struct lane *l, nod_ns now)
{
	for (uint32_t i = 0; i < l->faults->n_blackouts; i++)
		if (is_in(&l->faults->blackout[i], now - l->impair->start))
			return true;
	return false;
}

/* Octets of a frame behind its Ethernet header (IEEE 802.3, 802.1Q). */
static uint32_t payload_of(const struct pkt *p)
{
	uint32_t header = 14;

	while (header + 4 <= p->lin && header <= 18 &&
		((p->data[header - 2] == 0x81 && p->data[header - 1] == 0x00) ||
			(p->data[header - 2] == 0x88 && p->data[header - 1] == 0xa8)))
		header += 4;
	return p->len > header ? p->len - header : 0;
}

/*
 * What chance has for a frame.  All of it is drawn for each frame, also for one that dies of
 * something else, so that each stream keeps step with the frames.
 */
struct fate {
	bool loss, burst, corrupt, truncate, duplicate, reorder;
	nod_ns delay;
};

static struct fate draw(struct lane *l)
{
	const struct impair_faults *c = l->faults;

	return (struct fate){
		.loss = strikes(l, FAULT_LOSS, c->loss),
		.burst = strikes_in_burst(l),
		.corrupt = strikes(l, FAULT_CORRUPT, c->corrupt),
		.truncate = strikes(l, FAULT_TRUNCATE, c->truncate),
		.duplicate = strikes(l, FAULT_DUPLICATE, c->duplicate),
		.reorder = strikes(l, FAULT_REORDER, c->reorder),
		.delay = draw_delay(l, &l->prng[FAULT_DELAY]),
	};
}

/* Why the frame ends here; NOD_EV_N: it does not. */
static enum nod_event_kind death_of(
	const struct lane *l, const struct frame *f, const struct fate *fate, nod_ns now)
{
	if (l->faults->n_blackouts && is_dark(l, now))
		return NOD_EV_FAULT_BLACKOUT;
	if (l->faults->mtu && payload_of(f->pkt) > l->faults->mtu)
		return NOD_EV_FAULT_MTU;
	if (fate->burst)
		return NOD_EV_FAULT_BURST;
	return fate->loss ? NOD_EV_FAULT_LOSS : NOD_EV_N;
}

/* @gap frames are to overtake it, unless as many stand aside as may. */
static void set_gap(struct lane *l, struct frame *f, uint32_t gap, nod_ns now)
{
	if (!gap || l->n_reordering == ASIDE_MOST)
		return;
	f->gap = (uint16_t)gap;
	l->n_reordering++;
	impair_note(l->impair, f, NOD_EV_FAULT_REORDER, now);
}

/* A frame of the same octets, which goes right behind @f.  false: no memory. */
static bool copy_of(struct lane *l, struct frame *twin, const struct frame *f)
{
	*twin = *f;
	twin->gap = 0;
	twin->faults &= ~fault_bit(NOD_EV_FAULT_REORDER);
	twin->pkt = pkt_clone(f->pkt, f->pkt->pool);
	/* not from the stream of the delays, which would get out of step */
	twin->delay = draw_delay(l, &l->prng[FAULT_DUPLICATE]);
	return twin->pkt;
}

static void enter(struct lane *l, struct pkt *p, nod_ns now)
{
	struct fate fate = draw(l);
	struct frame f = { .pkt = p, .since = now, .delay = fate.delay, .bit = UINT32_MAX };
	struct rule_orders orders = { .death = NOD_EV_N };
	struct frame twin;

	if (l->impair->conf.n_rules)
		impair_obey(l, &f, &orders, now);
	if (orders.death == NOD_EV_N)
		orders.death = death_of(l, &f, &fate, now);
	if (orders.death != NOD_EV_N) {
		lose(l, &f, orders.death, now);
		return;
	}
	if (fate.corrupt)
		impair_corrupt(l, &f, now);
	if (fate.truncate)
		impair_truncate(l, &f, now);
	if (fate.reorder && !orders.gap)
		orders.gap = l->faults->reorder_gap ? l->faults->reorder_gap : GAP_DEFAULT;
	set_gap(l, &f, orders.gap, now);
	orders.copies += fate.duplicate;
	while (orders.copies-- && copy_of(l, &twin, &f)) {
		to_slow(l, &f, now);
		f = twin;
		impair_note(l->impair, &f, NOD_EV_FAULT_DUPLICATE, now);
	}
	to_slow(l, &f, now);
}

/* ---- on the way out ---------------------------------------------------------------------- */

/* The frame that stood aside at @i. */
static struct frame leave_aside(struct lane *l, unsigned i)
{
	struct frame f = l->aside[i].frame;

	for (l->n_aside--; i < l->n_aside; i++)
		l->aside[i] = l->aside[i + 1];
	l->n_reordering--;
	return f;
}

/* Who stands aside and has been overtaken by enough, or has waited until @now.  -1: nobody. */
static int whose_turn(const struct lane *l, nod_ns now)
{
	for (unsigned i = 0; i < l->n_aside; i++)
		if (!l->aside[i].frame.gap || l->aside[i].until <= now)
			return (int)i;
	return -1;
}

static void step_aside(struct lane *l, const struct frame *f, nod_ns now)
{
	nod_ns wait = l->faults->reorder_wait ? l->faults->reorder_wait : WAIT_DEFAULT;

	assert(l->n_aside < ASIDE_MOST); /* set_gap() counts */
	l->aside[l->n_aside++] = (struct aside){ .until = now + wait, .frame = *f };
}

/* The next frame that leaves by @now. */
static bool next_out(struct lane *l, nod_ns now, struct frame *f)
{
	for (;;) {
		nod_ns due = hold_due(&l->hold);
		int i = l->n_aside ? whose_turn(l, due < now ? due : now) : -1;

		if (i >= 0) {
			*f = leave_aside(l, (unsigned)i);
			return true;
		}
		if (due > now)
			return false;
		*f = hold_take(&l->hold);
		if (!f->gap)
			break;
		step_aside(l, f, due);
	}
	for (unsigned i = 0; i < l->n_aside; i++)
		l->aside[i].frame.gap--;
	return true;
}

static nod_ns lane_deadline(const struct lane *l)
{
	nod_ns first = hold_due(&l->hold);

	if (l->slow.count && slow_due(&l->slow) < first)
		first = slow_due(&l->slow);
	for (unsigned i = 0; i < l->n_aside; i++) {
		if (!l->aside[i].frame.gap)
			return 0;
		if (l->aside[i].until < first)
			first = l->aside[i].until;
	}
	return first;
}

/* ---- the device -------------------------------------------------------------------------- */

/* The end of a call: what the outside sees of the inner device, and of the capture. */
static void mirror(struct impair *m)
{
	if (m->conf.capture)
		capture_settle(m->conf.capture);
	m->device.is_full = m->n_sending;
	m->device.is_broken = m->inner->is_broken;
	for (unsigned i = 0; i < DEVICE_DROP_N; i++)
		m->device.dropped[i] = m->inner->dropped[i] + m->dropped[i];
}

/* What is due goes to the inner device, as much as that takes. */
static void pump(struct impair *m, nod_ns now)
{
	struct lane *l = &m->lane[IMPAIR_A_TO_B];
	struct frame f;

	run_slow(l, now);
	for (;;) {
		unsigned taken;

		while (m->n_sending < SENDING_MOST && next_out(l, now, &f)) {
			record(l, &f, now, NOD_EV_N);
			m->sending[m->n_sending++] = f.pkt;
		}
		taken = device_send(m->inner, m->sending, m->n_sending, now);
		m->n_sending -= taken;
		memmove(m->sending, m->sending + taken, m->n_sending * sizeof(m->sending[0]));
		if (m->n_sending || !taken)
			return;
	}
}

static unsigned impair_send(struct device *d, struct pkt *const *p, unsigned n, nod_ns now)
{
	struct impair *m = (struct impair *)d;
	unsigned done = 0;

	pump(m, now);
	/* while the inner device is full so is this one */
	while (done < n && !m->n_sending) {
		for (unsigned k = 0; k < BATCH && done < n; k++)
			enter(&m->lane[IMPAIR_A_TO_B], p[done++], now);
		pump(m, now);
	}
	mirror(m);
	return done;
}

/* A super-segment from the wire, as the frames that it stands for. */
static void enter_pieces(struct impair *m, struct pkt *p, nod_ns now)
{
	const struct impair_packets *k = m->conf.packets;
	struct pkt_queue pieces;

	if (!p->gso || !k || !k->split) {
		enter(&m->lane[IMPAIR_B_TO_A], p, now);
		return;
	}
	pkt_queue_init(&pieces);
	if (k->split(p, p->pool, &pieces) < 0)
		m->dropped[DEVICE_DROP_MEMORY]++;
	for (struct pkt *piece; (piece = pkt_queue_take(&pieces));)
		enter(&m->lane[IMPAIR_B_TO_A], piece, now);
}

static unsigned impair_recv(struct device *d, struct pkt **p, unsigned max, nod_ns now)
{
	struct impair *m = (struct impair *)d;
	struct lane *l = &m->lane[IMPAIR_B_TO_A];
	struct frame f;
	unsigned n;

	pump(m, now);
	n = device_recv(m->inner, p, max, now);
	for (unsigned k = 0; k < n; k++)
		enter_pieces(m, p[k], now);
	run_slow(l, now);
	for (n = 0; n < max && next_out(l, now, &f); n++) {
		record(l, &f, now, NOD_EV_N);
		p[n] = f.pkt;
		p[n]->at = now;
		p[n]->l2 = p[n]->data;
	}
	mirror(m);
	return n;
}

static nod_ns impair_deadline(const struct device *d)
{
	const struct impair *m = (const struct impair *)d;
	nod_ns first = device_deadline(m->inner);

	for (unsigned i = 0; i < 2; i++) {
		nod_ns due;

		if (i == IMPAIR_A_TO_B && m->n_sending)
			continue; /* until the inner device is free, which it will tell */
		due = lane_deadline(&m->lane[i]);
		first = due < first ? due : first;
	}
	return first;
}

static int impair_fd(const struct device *d)
{
	return device_fd(((const struct impair *)d)->inner);
}

static void impair_close(struct device *d)
{
	struct impair *m = (struct impair *)d;

	for (unsigned i = 0; i < m->n_sending; i++)
		pkt_free(m->sending[i]);
	for (unsigned i = 0; i < 2; i++) {
		struct lane *l = &m->lane[i];

		while (l->n_aside)
			pkt_free(leave_aside(l, 0).pkt);
		hold_end(&l->hold);
		slow_end(&l->slow);
	}
	device_close(m->inner);
	free(m);
}

static const struct device_ops impair_ops = {
	.send = impair_send,
	.recv = impair_recv,
	.deadline = impair_deadline,
	.fd = impair_fd,
	.close = impair_close,
};

/* ---- beginning --------------------------------------------------------------------------- */

static bool is_span(nod_ns t)
{
	return t >= 0 && t <= SPAN_MOST;
}

static bool are_sound(const struct impair_faults *f)
{
	const impair_ppb chance[] = { f->loss, f->burst_begin, f->burst_end, f->burst_loss,
		f->burst_good_loss, f->corrupt, f->truncate, f->duplicate, f->reorder };

	for (unsigned i = 0; i < sizeof(chance) / sizeof(chance[0]); i++)
		if (chance[i] > IMPAIR_ALWAYS)
			return false;
	if (f->n_blackouts > IMPAIR_BLACKOUTS_MAX)
		return false;
	for (uint32_t i = 0; i < f->n_blackouts; i++)
		if (f->blackout[i].from < 0 || f->blackout[i].to <= f->blackout[i].from ||
			f->blackout[i].every < 0)
			return false;
	return is_span(f->delay) && is_span(f->jitter) && is_span(f->reorder_wait) &&
	       is_span(f->codel_target) && is_span(f->codel_interval) &&
	       f->codel_interval <= IMPAIR_CODEL_INTERVAL_MAX && f->rate <= RATE_MOST &&
	       f->queue_frames <= QUEUE_MOST && f->reorder_gap <= IMPAIR_GAP_MAX &&
	       f->corrupt_bits <= IMPAIR_BITS_MAX;
}

static bool is_rule_sound(const struct impair_rule *r)
{
	return (unsigned)r->action < IMPAIR_N_ACTIONS && r->first && is_span(r->span) &&
	       (r->action != IMPAIR_REORDER || (r->number && r->number <= IMPAIR_GAP_MAX)) &&
	       (r->action != IMPAIR_DUPLICATE || r->number <= IMPAIR_COPIES_MAX);
}

static bool is_sound(const struct impair_conf *c)
{
	if (c->n_rules > IMPAIR_RULES_MAX || c->held > HELD_MOST)
		return false;
	for (unsigned i = 0; i < c->n_rules; i++)
		if (!is_rule_sound(&c->rule[i]))
			return false;
	return are_sound(&c->way[0]) && are_sound(&c->way[1]);
}

static bool does_any(const struct impair_faults *f)
{
	return f->loss || f->burst_begin || f->burst_good_loss || f->corrupt || f->truncate ||
	       f->duplicate || f->reorder || f->delay || f->jitter || f->rate || f->mtu ||
	       f->n_blackouts;
}

bool impair_is_any(const struct impair_conf *conf)
{
	return conf->n_rules || does_any(&conf->way[0]) || does_any(&conf->way[1]);
}

static bool alters(const struct impair_conf *c)
{
	const struct impair_faults *in = &c->way[IMPAIR_B_TO_A];

	for (unsigned i = 0; i < c->n_rules; i++)
		if (c->rule[i].action == IMPAIR_CORRUPT || c->rule[i].action == IMPAIR_TRUNCATE)
			return true;
	return in->corrupt || in->truncate;
}

static int lane_init(struct impair *m, enum impair_way way, struct prng *root)
{
	struct lane *l = &m->lane[way];

	l->impair = m;
	l->way = way;
	l->faults = &m->conf.way[way];
	l->last_due = INT64_MIN;
	for (unsigned i = 0; i < N_FAULTS; i++)
		prng_fork(root, &l->prng[i]);
	hold_init(&l->hold, m->conf.held ? m->conf.held : HELD_DEFAULT);
	if (slow_init(&l->slow, l->faults) < 0)
		return -ENOMEM;
	l->slow.lost = lost_to_codel;
	l->slow.self = l;
	return 0;
}

int impair_device(struct device *inner, const struct impair_conf *conf, nod_ns now,
	struct device **out)
{
	struct impair *m;
	struct prng root;

	if (!is_sound(conf)) {
		device_close(inner);
		return -EINVAL;
	}
	if (!impair_is_any(conf) && !conf->capture) {
		*out = inner;
		return 0;
	}
	m = calloc(1, sizeof(*m));
	if (!m) {
		device_close(inner);
		return -ENOMEM;
	}
	m->device = *inner; /* its name and its MTU */
	m->device.ops = &impair_ops;
	m->device.can &= ~(unsigned)DEVICE_GSO;
	m->device.gso_octets = 0;
	if (alters(conf))
		m->device.can &= ~(unsigned)DEVICE_TRUSTED;
	m->inner = inner;
	m->conf = *conf;
	m->start = now;
	prng_init_u64(&root, conf->seed);
	if (lane_init(m, IMPAIR_A_TO_B, &root) < 0 || lane_init(m, IMPAIR_B_TO_A, &root) < 0) {
		impair_close(&m->device);
		return -ENOMEM;
	}
	*out = &m->device;
	return 0;
}

void impair_set_interface(struct device *d, uint16_t interface)
{
	if (d->ops == &impair_ops)
		((struct impair *)d)->conf.interface = interface;
}

uint64_t impair_count(const struct device *d, enum nod_event_kind kind)
{
	if (d->ops != &impair_ops || kind < NOD_EV_FAULT_LOSS || kind > NOD_EV_FAULT_PARTITION)
		return 0;
	return ((const struct impair *)d)->count[kind - NOD_EV_FAULT_LOSS];
}
