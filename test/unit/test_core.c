/* SPDX-License-Identifier: ISC */
/* test_core.c - a stack's configuration as nod/conf.h promises it, and the list of events */
#include "tap.h"

#include <string.h>

#include "base/core.h"

static struct nod_event last;
static unsigned told;

static void hear(void *self, const struct nod_event *e)
{
	(void)self;
	last = *e;
	told++;
}

static void defaults(void)
{
	struct nod_conf c = { .sockets = 5, .default_ttl = 200 };

	core_defaults(&c);
	tap(c.memory_octets == 64u << 20 && c.interfaces == 16 && c.addresses == 32 &&
			c.routes == 131072,
		"memory, interfaces, addresses, routes");
	tap(c.neighbours == 4096 && c.neighbours_incomplete == 256 && c.neighbour_queue == 64 &&
			c.destinations == 4096,
		"neighbours and destinations");
	tap(c.reassemblies == 64 && c.reassemblies_per_source == 16 &&
			c.reassembly_octets == 4u << 20 && c.reassembly_fragments == 64,
		"reassembly");
	tap(c.groups == 256 && c.group_sources == 64 && c.routers == 8 && c.prefixes == 16,
		"groups, routers, prefixes");
	tap(c.transmit_queue == 1024 && c.receive_octets == 208u << 10 &&
			c.send_octets == 208u << 10 && c.icmp_errors_per_second == 100,
		"queues and rates");
	tap(c.sockets == 5 && c.default_ttl == 200, "what was given stays");
}

static void events(void)
{
	struct nod_conf conf = { .sink = { .event = hear } };
	struct core c;

	tap(core_init(&c, &conf, 42) == 0, "a core");
	NOTE(&c, NOD_EV_UDP_DROP_CHECKSUM, .interface = 3, .why = "x");
	tap(c.count[NOD_EV_UDP_DROP_CHECKSUM] == 1 && told == 1 && last.at == 42 &&
			last.kind == NOD_EV_UDP_DROP_CHECKSUM && last.interface == 3,
		"an event is counted, and told with its time");
	c.conf.sink.event = NULL;
	NOTE(&c, NOD_EV_UDP_DROP_CHECKSUM, .interface = 3);
	tap(c.count[NOD_EV_UDP_DROP_CHECKSUM] == 2 && told == 1,
		"with nobody there it is counted");
	core_end(&c);
}

static void seeds(void)
{
	struct nod_conf conf = { .seed = { 1 } };
	struct core a, b, c;

	core_init(&a, &conf, 0);
	core_init(&b, &conf, 5);
	conf.seed[31] = 1;
	core_init(&c, &conf, 0);
	tap(a.key.k0 == b.key.k0 && a.key.k1 == b.key.k1, "the same seed, the same keys");
	tap(a.key.k0 != c.key.k0 && a.key.k1 != c.key.k1, "each octet of the seed counts");
	core_end(&a);
	core_end(&b);
	core_end(&c);
}

static void list(void)
{
	bool whole = true, chinese = true, drops = true;

	for (unsigned k = 0; k < NOD_EV_N; k++) {
		enum nod_event_kind kind = (enum nod_event_kind)k;
		const char *zh = nod_event_text(kind, "zh"), *p;

		whole = whole && *nod_event_name(kind) && *nod_event_text(kind, "en");
		for (p = zh; *p && (unsigned char)*p < 0x80; p++)
			;
		chinese = chinese && *p; /* an octet of UTF-8 beyond ASCII */
		if (strstr(nod_event_name(kind), "_DROP_"))
			drops = drops && nod_event_class(kind) == NOD_EVENT_DROP;
	}
	tap(whole, "every kind has a name and a text");
	tap(chinese, "every text has its Chinese");
	tap(drops, "what is called a drop is one");
	tap(!*nod_event_name(NOD_EV_N) && !*nod_event_text(NOD_EV_N, "en") &&
			!*nod_event_counter(NOD_EV_N),
		"no kind, no name");
	tap(strcmp(nod_event_counter(NOD_EV_UDP_DROP_NO_PORT), "udpNoPorts") == 0 &&
			nod_event_layer(NOD_EV_UDP_DROP_NO_PORT) == NOD_LAYER_TRANSPORT,
		"RFC 4113's counter, in its layer");
}

int main(void)
{
	defaults();
	events();
	seeds();
	list();
	return tap_done();
}
