/* SPDX-License-Identifier: ISC */
/*
 * port.h - ranges of ports, and what nod/service.h leaves out of its rows
 */
#ifndef NOD_TRANSPORT_PORT_H
#define NOD_TRANSPORT_PORT_H

#include "nod/service.h"

/* Who gives a port out: RFC 6335 section 6. */
enum port_range {
	PORT_RESERVED, /* 0: the system chooses one */
	PORT_SYSTEM,   /* 1..1023: IETF Review */
	PORT_USER,     /* 1024..49151: registered on request */
	PORT_DYNAMIC,  /* 49152..65535: given to nobody */
	PORT_N_RANGES
};

enum port_range port_range(uint16_t port);
void port_range_bounds(enum port_range range, uint16_t *first, uint16_t *last);

/* How the course's notes divide them. */
enum port_notes {
	NOTES_NONE,	  /* of which they say nothing */
	NOTES_WELL_KNOWN, /* 1..255 */
	NOTES_SYSTEM,	  /* 256..1023 */
	NOTES_OWN, /* 6666, 7777, 8888, 9999 and all over 10000: for one's own programs */
	NOTES_N
};

enum port_notes port_notes(uint16_t port);

/* nod_servent's about, in Chinese. */
const char *servent_about_zh(const struct nod_servent *s);

#endif
