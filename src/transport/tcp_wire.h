/* SPDX-License-Identifier: ISC */
/*
 * tcp_wire.h - TCP headers and options, octets to struct and back
 *
 * RFC 9293 3.1 and 3.2, RFC 7323 (window scale, timestamps), 2018 (selective acknowledgements),
 * 7413 (fast open), 3168 (ECE, CWR).
 *
 * Neighbours: base/cursor.h; packet_kind.h.
 */
#ifndef NOD_TRANSPORT_TCP_WIRE_H
#define NOD_TRANSPORT_TCP_WIRE_H

#include <stdbool.h>

#include "../base/cursor.h"

enum {
	TCP_HDR_LEAST = 20, /* octets */
	TCP_HDR_MOST = 60,
	TCP_OPTIONS_MOST = TCP_HDR_MOST - TCP_HDR_LEAST,
	TCP_SUM_AT = 16,
	TCP_SACK_MOST = 4,	   /* blocks that fit */
	TCP_COOKIE_LEAST = 4,	   /* octets; RFC 7413 2 */
	TCP_COOKIE_MOST = 16,
	TCP_WINDOW_SHIFT_MOST = 14, /* RFC 7323 2.3; more counts as 14 */
};

enum tcp_flag {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
	TCP_URG = 0x20,
	TCP_ECE = 0x40,
	TCP_CWR = 0x80,
};

struct tcp_hdr {
	uint16_t src, dst;
	uint32_t seq, ack;
	uint8_t hdr_len; /* octets, with options */
	uint8_t reserved; /* four bits; to be sent as 0 and passed over (RFC 9293 3.1) */
	uint8_t flags;	 /* enum tcp_flag */
	uint16_t window; /* as it stands, not shifted */
	uint16_t sum;
	uint16_t urgent;
	struct span options; /* borrowed */
};

/* What follows the header is left in @r.  The checksum is not judged.  -EBADMSG: cut, or an
 * impossible length. */
int tcp_parse(struct tcp_hdr *h, struct rcur *r) __attribute__((warn_unused_result));
/* Options as they are, to be a multiple of four octets (h->hdr_len is not looked at).
 * -EMSGSIZE: they are not, are too long, or it does not fit. */
int tcp_emit(const struct tcp_hdr *h, struct wcur *w);

enum tcp_option {
	TCP_OPT_END = 0,
	TCP_OPT_NOP = 1,
	TCP_OPT_MSS = 2,
	TCP_OPT_WINDOW_SCALE = 3,
	TCP_OPT_SACK_PERMITTED = 4,
	TCP_OPT_SACK = 5,
	TCP_OPT_TIMESTAMPS = 8,
	TCP_OPT_FAST_OPEN = 34,
	TCP_OPT_EXPERIMENT = 254, /* RFC 6994; with 0xf989: Fast Open before it had a number */
};

/* One option of @r, no-operations passed over.  1: *@kind and *@data (without kind and length)
 * are set; 0: the end; -EBADMSG: its length is impossible (MUST-7). */
int tcp_option_next(struct rcur *r, uint8_t *kind, struct span *data);

struct tcp_options {
	bool has_mss, has_window_shift, sack_permitted, has_timestamps, has_cookie;
	bool is_cookie_experimental;
	uint8_t window_shift; /* as sent; the one who uses it cuts it to TCP_WINDOW_SHIFT_MOST */
	uint8_t n_sack, cookie_len; /* a cookie of 0 octets asks for one */
	uint16_t mss;
	uint32_t ts_value, ts_echo;
	struct {
		uint32_t left, right; /* sequence numbers: first octet, and behind the last */
	} sack[TCP_SACK_MOST];
	uint8_t cookie[TCP_COOKIE_MOST];
};

/*
 * All of @octets.  Unknown options are passed over (MUST-6), and so are known ones of a length
 * that they cannot have; of two of a kind the later one counts.  -EBADMSG: as tcp_option_next();
 * what stood before it is in @o.
 */
int tcp_options_parse(struct tcp_options *o, struct span octets)
	__attribute__((warn_unused_result));
/* Padded to a multiple of four octets, timestamps and SACK aligned as RFC 7323 A advises.
 * -EMSGSIZE: more than TCP_OPTIONS_MOST, or it does not fit. */
int tcp_options_emit(const struct tcp_options *o, struct wcur *w);

#endif
