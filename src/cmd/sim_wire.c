/* SPDX-License-Identifier: ISC */
/*
 * sim_wire.c - the cables of a simulated world, their faults, and what of them goes into a capture
 *
 * Each cable breaks both ways at its host's end (a is the host, b the LAN).  Faults are those of
 * one text for all cables, or drawn for each; a quarter of the worlds has sound ones.
 *
 * Neighbours: sim.h, physical/impair.h, presentation/impair_spec.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../physical/impair.h"
#include "../presentation/impair_spec.h"
#include "../transport/packet_kind.h"
#include "sim.h"

bool wire_spec_is_none(const char *spec)
{
	return strcmp(spec, "none") == 0;
}

static int read_spec(const char *spec, struct impair_conf *conf, char *why, size_t cap)
{
	static const struct impair_names names = { "host", "lan" };
	struct impair_error e;
	int err;

	conf->packets = &packet_kinds;
	if (wire_spec_is_none(spec))
		return 0;
	err = impair_spec_parse(conf, &names, spec, &e);
	if (err < 0)
		impair_spec_explain(&e, why, cap);
	return err;
}

bool wire_spec_ok(const char *spec, char *why, size_t cap)
{
	struct impair_conf *conf = calloc(1, sizeof(*conf));
	bool is_ok;

	if (!conf) {
		snprintf(why, cap, "%s", strerror(ENOMEM));
		return false;
	}
	is_ok = read_spec(spec, conf, why, cap) == 0;
	free(conf);
	return is_ok;
}

/* ---- faults drawn from the seed ---------------------------------------------------------- */

/* Up to @percent, in parts of 10^9. */
static impair_ppb some_chance(struct world *w, unsigned percent)
{
	return draw(w, percent * (IMPAIR_ALWAYS / 100));
}

static nod_ns some_span(struct world *w, nod_ns most)
{
	return (nod_ns)prng_below64(&w->chance, (uint64_t)most);
}

static void draw_losses(struct world *w, struct impair_faults *f)
{
	if (chance(w, 40))
		f->loss = some_chance(w, 8);
	if (chance(w, 15)) {
		f->burst_begin = some_chance(w, 2);
		f->burst_end = some_chance(w, 50) + 1;
		f->burst_loss = IMPAIR_ALWAYS / 2 + some_chance(w, 50);
	}
	if (chance(w, 25))
		f->corrupt = some_chance(w, 4);
	if (chance(w, 15))
		f->corrupt_bits = 1 + draw(w, 5);
	if (chance(w, 15))
		f->truncate = some_chance(w, 3);
	if (chance(w, 25))
		f->duplicate = some_chance(w, 6);
	if (chance(w, 10))
		f->mtu = 600 + draw(w, 900);
}

static void draw_delays(struct world *w, struct impair_faults *f)
{
	if (chance(w, 25)) {
		f->reorder = some_chance(w, 8);
		f->reorder_gap = draw(w, 6);
	}
	if (chance(w, 40)) {
		/* there and back within 3 s: else neighbours never cease to ask each other */
		f->delay = some_span(w, chance(w, 10) ? NOD_S / 2 : NOD_S / 10);
		f->jitter = some_span(w, f->delay + 1);
		f->distribution = (enum impair_distribution)draw(w, 3);
		f->may_overtake = chance(w, 50);
	}
	if (chance(w, 20)) {
		f->rate = 500000 + draw(w, 50000000);
		f->queue = chance(w, 50) ? IMPAIR_TAIL : IMPAIR_CODEL;
		f->queue_frames = 2 + draw(w, 100);
	}
	if (chance(w, 15)) {
		struct impair_window *b = &f->blackout[f->n_blackouts++];

		b->from = some_span(w, w->conf.time);
		b->to = b->from + 1 + some_span(w, w->conf.time / 8);
	}
}

/* ---- cables -------------------------------------------------------------------------------- */

static void broken(void *self, const struct nod_event *e)
{
	struct station *st = self;
	struct world *w = st->world;

	w->fault[e->kind]++;
	if (e->kind == NOD_EV_FAULT_DUPLICATE || e->kind == NOD_EV_FAULT_RULE_OTHER)
		sim_ledger_wire_doubled(w->ledger);
	if (e->kind == NOD_EV_FAULT_CORRUPT || e->kind == NOD_EV_FAULT_RULE_OTHER)
		sim_ledger_wire_corrupted(w->ledger, w->bits_flipped);
	if (w->conf.event)
		w->conf.event(w->conf.self, st->name, e);
}

static void note_damage(struct world *w, const struct impair_conf *c)
{
	for (unsigned way = 0; way < 2; way++) {
		const struct impair_faults *f = &c->way[way];
		unsigned bits = f->corrupt_bits ? f->corrupt_bits : 1;

		if (f->corrupt && bits > w->bits_flipped)
			w->bits_flipped = bits;
	}
	for (unsigned k = 0; k < c->n_rules; k++)
		if (c->rule[k].action == IMPAIR_CORRUPT && !w->bits_flipped)
			w->bits_flipped = 1;
}

static struct device *wrap(void *self, struct sim_host *h, unsigned interface, struct device *d)
{
	struct station *st = self;
	struct world *w = st->world;
	struct impair_conf *c = malloc(sizeof(*c));
	struct device *out = NULL;
	char name[32];

	(void)h;
	if (!c)
		return NULL;
	*c = *w->faults;
	if (w->draws_faults && chance(w, 60))
		for (unsigned way = 0; way < 2; way++) {
			draw_losses(w, &c->way[way]);
			draw_delays(w, &c->way[way]);
		}
	note_damage(w, c);
	c->seed = prng_u64(&w->chance);
	c->sink = (struct nod_event_sink){ broken, st };
	c->interface = (uint16_t)interface;
	c->capture = w->conf.capture;
	snprintf(name, sizeof(name), "%s:%u", st->name, interface);
	if (!c->capture || capture_add_interface(c->capture, name, NULL, &c->capture_id) == 0) {
		if (impair_device(d, c, now_of(w), &out) < 0)
			out = NULL;
	}
	free(c);
	return out;
}

bool plug(struct station *st, struct lan *lan, unsigned index)
{
	struct wire_conf wire = { .can = lan->can, .mtu = lan->mtu };

	return sim_plug(st->host, index, lan->lan, &wire, wrap, st) == 0;
}

bool plan_faults(struct world *w)
{
	char why[256] = "";

	w->faults = calloc(1, sizeof(*w->faults));
	if (!w->faults)
		return false;
	w->faults->packets = &packet_kinds;
	if (!w->conf.impair)
		w->draws_faults = !(w->does & DO_FLOOD) && chance(w, 75);
	else if (read_spec(w->conf.impair, w->faults, why, sizeof(why)) < 0)
		world_fails(w, "%s", why);
	return !w->has_failed;
}
