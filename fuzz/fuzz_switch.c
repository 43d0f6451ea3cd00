/* SPDX-License-Identifier: ISC */
/*
 * fuzz_switch.c - any octets as what happens to a small switch (link/switch.h)
 *
 * Each step is an octet that says what, and what it takes: a frame at a port (its two addresses
 * of one octet each, or octets as they are), a port emptied, removed or added, time.
 */
#include "fuzz.h"

#include "link/switch.h"

enum { PORTS = 4, STATIONS = 5, QUEUE = 3 };

static void empty(struct switch_ *s, unsigned port)
{
	struct pkt *p;

	while (switch_output(s, port, &p, 1))
		pkt_free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct switch_conf conf = {
		.ports = PORTS, .stations = STATIONS, .queue = QUEUE, .floods_per_second = 50 };
	static struct core core, fresh; /* its pool is kept: making one takes long */
	struct switch_ *s;

	if (!fresh.pool && core_init(&core, NULL, 0) == 0)
		fresh = core;
	core = fresh;
	if (!core.pool || !(s = switch_new(&core, &conf)))
		return 0;
	for (unsigned i = 0; i < PORTS; i++)
		switch_port_add(s);
	for (size_t at = 0; size - at >= 3; at += 3) {
		unsigned port = data[at] >> 4 & 7;
		struct pkt *p;
		size_t raw;

		switch (data[at] & 7) {
		case 0:
		case 1:
		case 2:
			p = pkt_new(core.pool, 14);
			if (!p)
				break;
			memset(pkt_put(p, 14), 0, 14);
			p->data[data[at] & 1 ? 0 : 5] = data[at + 1];
			p->data[11] = data[at + 2];
			switch_input(s, port, p);
			break;
		case 3: /* the rest as it is */
			raw = size - at - 1 < 32 ? size - at - 1 : 32;
			p = pkt_new(core.pool, (uint32_t)raw);
			if (!p)
				break;
			memcpy(pkt_put(p, (uint32_t)raw), data + at + 1, raw);
			switch_input(s, port, p);
			break;
		case 4:
			empty(s, port);
			break;
		case 5:
			if (data[at + 1] & 1)
				switch_port_remove(s, port);
			else
				switch_port_add(s);
			break;
		case 6:
			if (switch_output(s, port, &p, 1))
				switch_unget(s, port, p);
			break;
		default:
			core.now += (nod_ns)data[at + 1] * NOD_S;
			break;
		}
		FUZZ_CLAIM(switch_stations(s) <= STATIONS);
		for (unsigned i = 0; i < PORTS; i++)
			FUZZ_CLAIM(switch_waiting(s, i) <= QUEUE);
	}
	switch_free(s);
	FUZZ_CLAIM(pkt_pool_use(core.pool).pkts == 0);
	return 0;
}
