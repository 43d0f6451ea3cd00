/* SPDX-License-Identifier: ISC */
/*
 * packet_kind.h - what a frame is, in the words of rules: arp, udp, syn-ack, data segment, ...
 *
 * The physical layer knows no protocol; this table tells it, by the stack's own parsers.
 *
 * Neighbours: physical/impair_rule.h, which declares the table; tcp_wire.h.
 */
#ifndef NOD_TRANSPORT_PACKET_KIND_H
#define NOD_TRANSPORT_PACKET_KIND_H

#include "../physical/impair_rule.h"

extern const struct impair_packets packet_kinds;

#endif
