/* SPDX-License-Identifier: ISC */
/*
 * tcp_wire.h - TCP headers and options, octets to struct and back
 *
 * RFC 9293 3.1 and 3.2, RFC 7323 (window scale, timestamps), 2018 (selective acknowledgements),
 * 7413 (fast open), 3168 (ECE, CWR).  The header itself is read and written inline: there is one
 * in each segment.
 *
 * Neighbours: base/cursor.h; packet_kind.h.
 */
#ifndef NOD_TRANSPORT_TCP_WIRE_H
#define NOD_TRANSPORT_TCP_WIRE_H

#include <errno.h>
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
__attribute__((warn_unused_result)) static inline int tcp_parse(struct tcp_hdr *h, struct rcur *r)
{
	const uint8_t *p = rcur_take(r, TCP_HDR_LEAST);

	if (!p) {
		*h = (struct tcp_hdr){ 0 };
		return -EBADMSG;
	}
	h->src = octets_u16(p);
	h->dst = octets_u16(p + 2);
	h->seq = octets_u32(p + 4);
	h->ack = octets_u32(p + 8);
	h->hdr_len = (uint8_t)(4 * (p[12] >> 4));
	h->reserved = p[12] & 15;
	h->flags = p[13];
	h->window = octets_u16(p + 14);
	h->sum = octets_u16(p + TCP_SUM_AT);
	h->urgent = octets_u16(p + 18);
	h->options = (struct span){ 0 };
	if (h->hdr_len < TCP_HDR_LEAST)
		return -EBADMSG;
	h->options = rcur_span(r, h->hdr_len - TCP_HDR_LEAST);
	return r->bad ? -EBADMSG : 0;
}

/* Options as they are, to be a multiple of four octets (h->hdr_len is not looked at).
 * -EMSGSIZE: they are not, are too long, or it does not fit. */
static inline int tcp_emit(const struct tcp_hdr *h, struct wcur *w)
{
	uint32_t len = TCP_HDR_LEAST + (uint32_t)h->options.len;
	uint8_t *p = len % 4 || h->options.len > TCP_OPTIONS_MOST ? NULL : wcur_take(w, len);

	if (!p)
		return -EMSGSIZE;
	octets_put_u32(p, (uint32_t)h->src << 16 | h->dst);
	octets_put_u32(p + 4, h->seq);
	octets_put_u32(p + 8, h->ack);
	octets_put_u16(p + 12,
		(uint16_t)((len / 4 << 4 | (h->reserved & 15u)) << 8 | h->flags));
	octets_put_u16(p + 14, h->window);
	octets_put_u32(p + TCP_SUM_AT, (uint32_t)h->sum << 16 | h->urgent);
	if (h->options.len)
		memcpy(p + TCP_HDR_LEAST, h->options.p, h->options.len);
	return 0;
}

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
