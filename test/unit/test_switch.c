/* SPDX-License-Identifier: ISC */
/* test_switch.c - link/switch.c: learning, flooding, ageing, and storms */
#include <errno.h>
#include <stdlib.h>

#include "base/prng.h"
#include "link/ether_wire.h"
#include "link/switch.h"
#include "tap.h"

#define EV(w, kind) ((w)->core.count[NOD_EV_##kind])

struct world {
	struct core core;
	struct switch_ *s;
};

static void open_world(struct world *w, const struct switch_conf *conf, unsigned ports)
{
	*w = (struct world){ .s = NULL };
	if (core_init(&w->core, NULL, 0) < 0 || !(w->s = switch_new(&w->core, conf))) {
		printf("Bail out! no switch\n");
		exit(99);
	}
	for (unsigned i = 0; i < ports; i++)
		switch_port_add(w->s);
}

static bool close_world(struct world *w)
{
	bool is_home;

	switch_free(w->s);
	is_home = pkt_pool_use(w->core.pool).pkts == 0 && pkt_pool_use(w->core.pool).blocks == 0;
	core_end(&w->core);
	return is_home;
}

/* Station @n; 0xffff: everybody. */
static void mac_of(uint8_t mac[6], unsigned n)
{
	const uint8_t m[6] = { 2, 0, 0, 0, (uint8_t)(n >> 8), (uint8_t)n };

	memcpy(mac, m, 6);
	if (n == 0xffff)
		memset(mac, 0xff, 6);
}

static void frame(struct world *w, unsigned port, unsigned from, unsigned to)
{
	struct pkt *p = pkt_new(w->core.pool, 60);
	uint8_t *at = pkt_put(p, 60);

	memset(at, 0, 60);
	mac_of(at, to);
	mac_of(at + 6, from);
	at[12] = 8;
	at[20] = (uint8_t)from;
	switch_input(w->s, port, p);
}

/* How many leave @port. */
static unsigned out(struct world *w, unsigned port)
{
	struct pkt *p;
	unsigned n = 0;

	for (; switch_output(w->s, port, &p, 1); n++)
		pkt_free(p);
	return n;
}

static int port_of(struct world *w, unsigned station)
{
	uint8_t mac[6];

	mac_of(mac, station);
	return switch_port_of(w->s, mac);
}

static void learning(void)
{
	struct world w;

	open_world(&w, NULL, 4);
	frame(&w, 0, 1, 2);
	tap(out(&w, 0) == 0 && out(&w, 1) == 1 && out(&w, 2) == 1 && out(&w, 3) == 1 &&
			EV(&w, SWITCH_FLOOD) == 1,
		"switch: to an unknown station: out of every other port");
	tap(port_of(&w, 1) == 0 && port_of(&w, 2) == -ENOENT, "switch: the sender is learnt");
	frame(&w, 2, 2, 1);
	tap(out(&w, 0) == 1 && out(&w, 1) == 0 && out(&w, 2) == 0 && out(&w, 3) == 0,
		"switch: to a known one: out of its port alone");
	frame(&w, 1, 3, 0xffff);
	tap(out(&w, 0) == 1 && out(&w, 1) == 0 && out(&w, 2) == 1 && out(&w, 3) == 1,
		"switch: broadcast: out of every other port");
	frame(&w, 0, 4, 1);
	tap(EV(&w, SWITCH_DROP_SAME_PORT) == 1 && !out(&w, 0) && !out(&w, 1),
		"switch: to where it came from: dropped");
	frame(&w, 3, 1, 2);
	tap(port_of(&w, 1) == 3 && EV(&w, SWITCH_MOVE) == 1 && out(&w, 2) == 1,
		"switch: a station that moved is found at its new port");
	switch_port_remove(w.s, 3);
	tap(port_of(&w, 1) == -ENOENT, "switch: a port goes and its stations with it");
	frame(&w, 3, 9, 2);
	tap(EV(&w, SWITCH_DROP_BAD) == 1 && port_of(&w, 9) == -ENOENT,
		"switch: nothing comes in at a port that is not");
	tap(switch_port_add(w.s) == 3, "switch: its number is given again");
	frame(&w, 0, 1, 2);
	tap(switch_waiting(w.s, 2) == 1 && switch_waiting(w.s, 99) == 0, "switch: who waits");
	for (unsigned from = 0; from < 100; from++) { /* the bits say what the queues do */
		int first = -ENOENT;

		for (unsigned k = 100; k-- > from;)
			if (switch_waiting(w.s, k))
				first = (int)k;
		if (switch_next_waiting(w.s, from) != first)
			tap(false, "switch: who waits first from %u on", from);
	}
	tap(close_world(&w), "switch: everything is given back");

	open_world(&w, NULL, 1);
	frame(&w, 0, 1, 0xffff);
	frame(&w, 0, 1, 2);
	tap(!out(&w, 0) && close_world(&w), "switch: one port alone: nobody to tell");

	const struct switch_conf few = { .ports = 2 };
	open_world(&w, &few, 2);
	tap(switch_port_add(w.s) == -ENOSPC, "switch: no more ports than it has");
	close_world(&w);
}

static void ageing(void)
{
	const struct switch_conf conf = { .stations = 8, .age = 10 * NOD_S };
	struct world w;

	open_world(&w, &conf, 3);
	frame(&w, 0, 1, 0xffff);
	w.core.now += 9 * NOD_S;
	tap(port_of(&w, 1) == 0, "switch: known until its age");
	w.core.now += NOD_S;
	tap(port_of(&w, 1) == -ENOENT, "switch: then no more");
	out(&w, 1);
	out(&w, 2);
	frame(&w, 1, 2, 1);
	tap(out(&w, 0) == 1 && out(&w, 2) == 1 && EV(&w, SWITCH_AGE) == 1 &&
			switch_stations(w.s) == 1,
		"switch: to it is to all again, and its place is free");

	for (unsigned i = 0; i < 8; i++) {
		w.core.now += NOD_S / 10;
		frame(&w, 0, 10 + i, 0xffff);
	}
	frame(&w, 0, 11, 0xffff);
	frame(&w, 0, 99, 0xffff);
	tap(switch_stations(w.s) == 8 && port_of(&w, 2) == -ENOENT && port_of(&w, 10) == -ENOENT &&
			port_of(&w, 11) == 0 && port_of(&w, 99) == 0,
		"switch: full: the longest unheard loses its place");
	for (unsigned i = 0; i < 60000; i++) {
		frame(&w, 2, 100 + i % 40000, 99);
		out(&w, 0);
		if (i % 5 == 0)
			frame(&w, 0, 99, 11);
		out(&w, 1);
		out(&w, 2);
	}
	tap(switch_stations(w.s) == 8 && port_of(&w, 99) == 0,
		"switch: 60,000 invented stations: the table is bounded, who is heard stays");
	tap(close_world(&w), "switch: everything is given back");
}

static void storms(void)
{
	const struct switch_conf conf = { .floods_per_second = 1000, .queue = 50 };
	struct world w;
	unsigned got = 0;

	open_world(&w, &conf, 3);
	for (unsigned i = 0; i < 10000; i++) {
		frame(&w, 0, 1, 0xffff);
		got += out(&w, 1);
		out(&w, 2);
	}
	tap(got >= 99 && got <= 101 && EV(&w, SWITCH_DROP_STORM) == 10000 - got,
		"switch: a storm: a tenth of a second's floods pass at once (%u)", got);
	frame(&w, 1, 2, 0xffff);
	tap(out(&w, 2) == 1, "switch: another port's floods pass");
	frame(&w, 0, 1, 2);
	tap(out(&w, 1) == 1, "switch: what is for one station passes");
	w.core.now += NOD_S / 100;
	for (unsigned i = got = 0; i < 1000; i++) {
		frame(&w, 0, 1, 0xffff);
		got += out(&w, 1);
		out(&w, 2);
	}
	tap(got >= 9 && got <= 11, "switch: then as many as time passes (%u)", got);
	out(&w, 0);

	for (unsigned i = 0; i < 200; i++)
		frame(&w, 0, 1, 2);
	tap(switch_waiting(w.s, 1) == 50 && EV(&w, SWITCH_DROP_FULL) == 150,
		"switch: a port that nobody empties: the newest lose");
	w.core.now += NOD_S;
	frame(&w, 2, 3, 0xffff);
	tap(switch_waiting(w.s, 1) == 50 && out(&w, 0) == 1, "switch: of a flood, too");

	struct pkt *p[8];
	tap(switch_output(w.s, 1, p, 8) == 8 && switch_waiting(w.s, 1) == 42,
		"switch: several at a time");
	switch_unget(w.s, 1, p[7]);
	struct pkt *again;
	tap(switch_output(w.s, 1, &again, 1) == 1 && again == p[7], "switch: put back is next");
	switch_unget(w.s, 1, again);
	for (unsigned i = 0; i < 7; i++)
		pkt_free(p[i]);
	out(&w, 1);
	p[0] = pkt_new(w.core.pool, 60);
	pkt_put(p[0], 60);
	switch_unget(w.s, 1, p[0]);
	frame(&w, 0, 1, 2);
	tap(out(&w, 1) == 2, "switch: put back into an empty queue, more follow");
	p[0] = pkt_new(w.core.pool, 60);
	switch_unget(w.s, 77, p[0]);
	tap(close_world(&w), "switch: everything is given back");
}

static void frames_that_are_none(void)
{
	static const struct {
		const char *name;
		uint8_t octet[24];
		size_t len;
		bool is_bad;
	} cases[] = {
		{ "nothing", { 0 }, 0, true },
		{ "13 octets", { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8 }, 13, true },
		{ "a header alone", { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0 }, 14, false },
		{ "from a group", { 2, 0, 0, 0, 0, 2, 3, 0, 0, 0, 0, 1, 8, 0 }, 14, true },
		{ "from everybody",
			{ 2, 0, 0, 0, 0, 2, 255, 255, 255, 255, 255, 255, 8, 0 }, 14, true },
		{ "from nobody", { 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 8, 0 }, 14, true },
		{ "cut in a tag",
			{ 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x81, 0, 0 }, 15, true },
		{ "tagged",
			{ 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x81, 0, 0, 5, 8, 0 }, 18, false },
		{ "spanning tree",
			{ 1, 0x80, 0xc2, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0, 3 }, 16, true },
		{ "LLDP", { 1, 0x80, 0xc2, 0, 0, 14, 2, 0, 0, 0, 0, 1, 0x88, 0xcc }, 16, true },
		{ "a group like the reserved ones",
			{ 1, 0x80, 0xc2, 0, 0, 16, 2, 0, 0, 0, 0, 1, 8, 0 }, 16, false },
		{ "three tags", { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x81, 0, 0, 1, 0x81, 0, 0, 2,
				0x81, 0, 0, 3 }, 24, false },
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world w;

		open_world(&w, NULL, 2);
		struct pkt *p = pkt_new(w.core.pool, 64);
		if (cases[i].len)
			memcpy(pkt_put(p, (uint32_t)cases[i].len), cases[i].octet, cases[i].len);
		switch_input(w.s, 0, p);
		tap(EV(&w, SWITCH_DROP_BAD) == cases[i].is_bad &&
				out(&w, 1) == !cases[i].is_bad &&
				switch_stations(w.s) == !cases[i].is_bad && close_world(&w),
			"switch: %s: %s", cases[i].name, cases[i].is_bad ? "dropped" : "passes");
	}
}

/* What is flooded is each port's own, though the payload is shared. */
static void clones(void)
{
	struct world w;
	struct pkt *got[3], *p;
	bool ok = true;

	open_world(&w, NULL, 4);
	p = pkt_new(w.core.pool, 14);
	memset(pkt_put(p, 14), 0xff, 6);
	mac_of(p->data + 6, 1);
	p->data[12] = 8;
	p->data[13] = 0;
	struct block *b = block_new(w.core.pool, 3000);
	memset(b->data, 7, 3000);
	pkt_add_slice(p, b, 0, 3000);
	switch_input(w.s, 0, p);
	for (unsigned i = 0; i < 3; i++)
		ok = switch_output(w.s, i + 1, &got[i], 1) == 1 && got[i]->len == 3014 && ok;
	tap(ok && got[0] != got[1] && got[1] != got[2] && b->refs == 3 &&
			pkt_pool_use(w.core.pool).pkts == 3,
		"switch: a flood: a packet for each port, one payload");
	got[0]->data[0] = 0;
	tap(got[1]->data[0] == 0xff, "switch: and one's header is not another's");
	for (unsigned i = 0; i < 3; i++)
		pkt_free(got[i]);
	tap(close_world(&w), "switch: everything is given back");
}

int main(void)
{
	learning();
	ageing();
	storms();
	frames_that_are_none();
	clones();
	return tap_done();
}
