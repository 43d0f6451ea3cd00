/* SPDX-License-Identifier: ISC */
/*
 * decode.h - what nod's own parsers read in a frame, said as tshark says it
 *
 * A field is said as often as it occurs, by tshark's name and in the format of `tshark -Tfields`.
 * What a parser refuses is said as well, and is where reading ends.
 *
 * Neighbours: decode.c (files), frame.c (Ethernet to IP), control.c (ICMP, ND, groups), carried.c
 * (UDP, TCP, and what they carry); test/e2e/test_decode.py compares.
 */
#ifndef NOD_TEST_DECODE_H
#define NOD_TEST_DECODE_H

#include "base/cursor.h"
#include "base/ipa.h"

/* What tshark says of a checksum. */
enum sum_status { SUM_BAD, SUM_GOOD, SUM_NOT_LOOKED_AT, SUM_NOT_THERE };

/* The packet that a message is in. */
struct packet {
	struct ipa src, dst;
	uint8_t protocol; /* of the message */
	bool is_part;	  /* a fragment, or cut in a quote: the checksum says nothing */
	bool is_quoted;	  /* in an error: it may end anywhere */
};

void say(const char *field, const char *format, ...) __attribute__((format(printf, 2, 3)));
void say_flag(const char *field, bool is_set);
void say_addr(const char *field, const struct ipa *a);
void say_mac(const char *field, const uint8_t mac[6]);
void say_hex(const char *field, const uint8_t *p, size_t len);
void say_status(const char *field, const struct packet *p, uint64_t sum);
/* Octets that nobody reads on; none are not said. */
void say_data(size_t len);
/* @layer refused what it was given. */
void say_refused(const char *layer, bool is_quoted);

/* All that a cursor has left is one of these. */
void decode_frame(struct rcur *r);
void decode_ip(struct rcur *r, bool is_v6, bool is_quoted);
void decode_icmp(const struct packet *p, struct rcur *r);
void decode_igmp(const struct packet *p, struct rcur *r);
void decode_udp(const struct packet *p, struct rcur *r);
void decode_tcp(const struct packet *p, struct rcur *r);

#endif
