/* SPDX-License-Identifier: ISC */
/*
 * tcp_wire.c - TCP options, octets to struct and back
 *
 * RFC 9293 3.2.
 *
 * Neighbours: tcp_wire.h.
 */
#include "tcp_wire.h"

#include <errno.h>

enum { FAST_OPEN_EXPERIMENT = 0xf989 }; /* RFC 7413's number before it had a kind */
enum { MSS_LEN = 4, SCALE_LEN = 3, PERMITTED_LEN = 2, TIMESTAMPS_LEN = 10, SACK_LEN = 8 };

/* MUST-4; octet by octet, aligned or not (MUST-64); all but two have a length (MUST-68). */
int tcp_option_next(struct rcur *r, uint8_t *kind, struct span *data)
{
	uint8_t len;

	do {
		if (!rcur_left(r))
			return 0;
		*kind = rcur_u8(r);
	} while (*kind == TCP_OPT_NOP);
	if (*kind == TCP_OPT_END)
		return 0;
	len = rcur_u8(r);
	if (r->bad || len < 2)
		return -EBADMSG;
	*data = rcur_span(r, len - 2u);
	return r->bad ? -EBADMSG : 1;
}

static void sack_parse(struct tcp_options *o, struct span data)
{
	struct rcur r = rcur_of(data.p, data.len);

	if (!data.len || data.len % SACK_LEN || data.len / SACK_LEN > TCP_SACK_MOST)
		return;
	o->n_sack = (uint8_t)(data.len / SACK_LEN);
	for (unsigned i = 0; i < o->n_sack; i++) {
		o->sack[i].left = rcur_u32(&r);
		o->sack[i].right = rcur_u32(&r);
	}
}

/* RFC 7413 4.1.1: nothing, or an even number of 4 to 16 octets. */
static void cookie_parse(struct tcp_options *o, struct span data, bool is_experimental)
{
	if (data.len && (data.len < TCP_COOKIE_LEAST || data.len > TCP_COOKIE_MOST || data.len % 2))
		return;
	o->has_cookie = true;
	o->is_cookie_experimental = is_experimental;
	o->cookie_len = (uint8_t)data.len;
	if (data.len)
		memcpy(o->cookie, data.p, data.len);
}

static void option_parse(struct tcp_options *o, uint8_t kind, struct span data)
{
	struct rcur r = rcur_of(data.p, data.len);

	switch (kind) {
	case TCP_OPT_MSS:
		if (data.len == MSS_LEN - 2) {
			o->has_mss = true;
			o->mss = rcur_u16(&r);
		}
		break;
	case TCP_OPT_WINDOW_SCALE:
		if (data.len == SCALE_LEN - 2) {
			o->has_window_shift = true;
			o->window_shift = rcur_u8(&r);
		}
		break;
	case TCP_OPT_SACK_PERMITTED:
		o->sack_permitted |= !data.len;
		break;
	case TCP_OPT_SACK:
		sack_parse(o, data);
		break;
	case TCP_OPT_TIMESTAMPS:
		if (data.len == TIMESTAMPS_LEN - 2) {
			o->has_timestamps = true;
			o->ts_value = rcur_u32(&r);
			o->ts_echo = rcur_u32(&r);
		}
		break;
	case TCP_OPT_FAST_OPEN:
		cookie_parse(o, data, false);
		break;
	case TCP_OPT_EXPERIMENT:
		if (data.len >= 2 && rcur_u16(&r) == FAST_OPEN_EXPERIMENT)
			cookie_parse(o, (struct span){ data.p + 2, data.len - 2 }, true);
		break;
	default:
		break;
	}
}

int tcp_options_parse(struct tcp_options *o, struct span octets)
{
	struct rcur r = rcur_of(octets.p, octets.len);
	struct span data;
	uint8_t kind;
	int more;

	*o = (struct tcp_options){ 0 };
	/* time stamps alone, as RFC 7323 A lays them out: what nearly every segment has */
	if (octets.len == 12 && octets.p[0] == TCP_OPT_NOP && octets.p[1] == TCP_OPT_NOP &&
		octets.p[2] == TCP_OPT_TIMESTAMPS && octets.p[3] == 10) {
		rcur_skip(&r, 4);
		o->has_timestamps = true;
		o->ts_value = rcur_u32(&r);
		o->ts_echo = rcur_u32(&r);
		return 0;
	}
	while ((more = tcp_option_next(&r, &kind, &data)) > 0)
		option_parse(o, kind, data);
	return more;
}

static void pad_to(struct wcur *w, size_t begin, size_t after)
{
	while ((w->at - begin) % 4 != after && !w->bad)
		wcur_u8(w, TCP_OPT_NOP);
}

int tcp_options_emit(const struct tcp_options *o, struct wcur *w)
{
	size_t begin = w->at;

	if (o->n_sack > TCP_SACK_MOST || o->cookie_len > TCP_COOKIE_MOST)
		return -EMSGSIZE;
	/* time stamps alone, as tcp_options_parse() knows them */
	if (o->has_timestamps && !o->has_mss && !o->sack_permitted && !o->has_window_shift &&
		!o->has_cookie && !o->n_sack) {
		uint8_t *p = wcur_take(w, 2 + TIMESTAMPS_LEN);

		if (!p)
			return -EMSGSIZE;
		octets_put_u32(p,
			TCP_OPT_NOP << 24 | TCP_OPT_NOP << 16 | TCP_OPT_TIMESTAMPS << 8 |
				TIMESTAMPS_LEN);
		octets_put_u32(p + 4, o->ts_value);
		octets_put_u32(p + 8, o->ts_echo);
		return 0;
	}
	if (o->has_mss) {
		wcur_u8(w, TCP_OPT_MSS);
		wcur_u8(w, MSS_LEN);
		wcur_u16(w, o->mss);
	}
	if (o->sack_permitted) {
		if (!o->has_timestamps) /* which go on behind it without a gap */
			pad_to(w, begin, 2);
		wcur_u8(w, TCP_OPT_SACK_PERMITTED);
		wcur_u8(w, PERMITTED_LEN);
	}
	if (o->has_timestamps) {
		pad_to(w, begin, 2);
		wcur_u8(w, TCP_OPT_TIMESTAMPS);
		wcur_u8(w, TIMESTAMPS_LEN);
		wcur_u32(w, o->ts_value);
		wcur_u32(w, o->ts_echo);
	}
	if (o->has_window_shift) {
		pad_to(w, begin, 1);
		wcur_u8(w, TCP_OPT_WINDOW_SCALE);
		wcur_u8(w, SCALE_LEN);
		wcur_u8(w, o->window_shift);
	}
	if (o->has_cookie) {
		bool is_experimental = o->is_cookie_experimental;

		wcur_u8(w, is_experimental ? TCP_OPT_EXPERIMENT : TCP_OPT_FAST_OPEN);
		wcur_u8(w, (uint8_t)(2 + (is_experimental ? 2 : 0) + o->cookie_len));
		if (is_experimental)
			wcur_u16(w, FAST_OPEN_EXPERIMENT);
		wcur_put(w, o->cookie, o->cookie_len);
	}
	if (o->n_sack) {
		pad_to(w, begin, 2);
		wcur_u8(w, TCP_OPT_SACK);
		wcur_u8(w, (uint8_t)(2 + SACK_LEN * o->n_sack));
		for (unsigned i = 0; i < o->n_sack; i++) {
			wcur_u32(w, o->sack[i].left);
			wcur_u32(w, o->sack[i].right);
		}
	}
	pad_to(w, begin, 0); /* MUST-69: there is no end of list before the end */
	return w->bad || w->at - begin > TCP_OPTIONS_MOST ? -EMSGSIZE : 0;
}
