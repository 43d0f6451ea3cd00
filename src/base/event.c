/* SPDX-License-Identifier: ISC */
/*
 * event.c - the names, texts and counters of events, from the one list
 *
 * Neighbours: nod/events.h.
 */
#include "nod/event.h"

static const struct {
	const char *name, *counter, *en, *zh;
	uint8_t layer, class;
} kind_table[] = {
#define ROW(name, layer, class, counter, en, zh) \
	[NOD_EV_##name] = { #name, counter, en, zh, NOD_LAYER_##layer, NOD_EVENT_##class },
	NOD_EVENTS(ROW)
#undef ROW
};

_Static_assert(sizeof(kind_table) / sizeof(kind_table[0]) == NOD_EV_N, "kind_table");

const char *nod_event_name(enum nod_event_kind kind)
{
	return (unsigned)kind < NOD_EV_N ? kind_table[kind].name : "";
}

const char *nod_event_text(enum nod_event_kind kind, const char *lang)
{
	if ((unsigned)kind >= NOD_EV_N)
		return "";
	return lang[0] == 'z' && lang[1] == 'h' ? kind_table[kind].zh : kind_table[kind].en;
}

enum nod_event_class nod_event_class(enum nod_event_kind kind)
{
	return (unsigned)kind < NOD_EV_N ? kind_table[kind].class : NOD_EVENT_COUNT;
}

enum nod_layer nod_event_layer(enum nod_event_kind kind)
{
	return (unsigned)kind < NOD_EV_N ? kind_table[kind].layer : NOD_LAYER_PHYSICAL;
}

const char *nod_event_counter(enum nod_event_kind kind)
{
	return (unsigned)kind < NOD_EV_N ? kind_table[kind].counter : "";
}
