/* SPDX-License-Identifier: ISC */
/* test_tcp_wire.c - TCP headers and options: each row by its name, and emit undoes parse */
#include "tap.h"

#include <errno.h>

#include "hex.h"
#include "transport/tcp_wire.h"

static const struct {
	const char *name, *hex;
	int want;
	size_t options; /* octets */
	uint8_t flags;
} headers[] = {
	{ "no options", "0050 c001 00000001 00000002 5010 ffff 1234 0000", 0, 0, TCP_ACK },
	{ "options", "0050 c001 00000001 00000000 6002 ffff 1234 0000 020405b4", 0, 4, TCP_SYN },
	{ "the most options", "0050 c001 00000001 00000000 f0ff ffff 1234 0007"
		"01010101 01010101 01010101 01010101 01010101"
		"01010101 01010101 01010101 01010101 01010101", 0, 40, 0xff },
	{ "reserved bits are kept", "0050 c001 00000001 00000000 5f10 0000 0000 0000", 0, 0,
		TCP_ACK },
	{ "payload follows", "0050 c001 00000001 00000000 5018 0001 0000 0000 6869", 0, 0,
		TCP_ACK | TCP_PSH },
	{ "length 16", "0050 c001 00000001 00000002 4010 ffff 1234 0000", -EBADMSG, 0, 0 },
	{ "length 0", "0050 c001 00000001 00000002 0010 ffff 1234 0000", -EBADMSG, 0, 0 },
	{ "length beyond the end", "0050 c001 00000001 00000002 6010 ffff 1234 0000", -EBADMSG, 0,
		0 },
	{ "options cut", "0050 c001 00000001 00000000 7002 ffff 1234 0000 020405b4 010101",
		-EBADMSG, 0, 0 },
	{ "cut in the urgent pointer", "0050 c001 00000001 00000002 5010 ffff 1234 00", -EBADMSG,
		0, 0 },
	{ "ports alone", "0050 c001", -EBADMSG, 0, 0 },
	{ "nothing", "", -EBADMSG, 0, 0 },
};

static void test_headers(void)
{
	for (unsigned i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		size_t len;
		uint8_t *in = from_hex(headers[i].hex, &len), out[TCP_HDR_MOST];
		struct rcur r = rcur_of(in, len);
		struct wcur w = wcur_of(out, sizeof(out)), small = wcur_of(out, 19);
		struct tcp_hdr h;

		tap(tcp_parse(&h, &r) == headers[i].want, "parse: %s", headers[i].name);
		if (headers[i].want == 0) {
			tap(h.src == 80 && h.dst == 0xc001 && h.seq == 1 &&
					h.flags == headers[i].flags &&
					h.options.len == headers[i].options && r.at == h.hdr_len,
				"parse: %s: its fields, and what follows is left",
				headers[i].name);
			tap(tcp_emit(&h, &w) == 0 && w.at == h.hdr_len &&
					memcmp(out, in, w.at) == 0,
				"emit undoes parse: %s", headers[i].name);
			tap(tcp_emit(&h, &small) == -EMSGSIZE, "emit: no room for: %s",
				headers[i].name);
		}
		free(in);
	}

	uint8_t room[80], zero[44] = { 0 };
	struct wcur w = wcur_of(room, sizeof(room));
	struct tcp_hdr h = { .options = { zero, 44 } };

	tap(tcp_emit(&h, &w) == -EMSGSIZE, "emit: more options than fit");
	h.options.len = 3;
	tap(tcp_emit(&h, &w) == -EMSGSIZE, "emit: options that end within a word");
}

static const struct {
	const char *name, *hex;
	int want;
	struct tcp_options has;
} options[] = {
	{ "none", "", 0, { 0 } },
	{ "padding alone", "01010100", 0, { 0 } },
	{ "behind the end nothing is read", "00020405b4", 0, { 0 } },
	{ "segment size", "020405b4", 0, { .has_mss = true, .mss = 1460 } },
	{ "window scale", "01030307", 0, { .has_window_shift = true, .window_shift = 7 } },
	{ "a shift beyond 14 is for its user to cut", "010303ff", 0,
		{ .has_window_shift = true, .window_shift = 255 } },
	{ "SACK permitted", "01010402", 0, { .sack_permitted = true } },
	{ "timestamps", "0101080a 00000001 00000002", 0,
		{ .has_timestamps = true, .ts_value = 1, .ts_echo = 2 } },
	{ "SACK, a block", "0101050a 00000001 00000002", 0,
		{ .n_sack = 1, .sack = { { 1, 2 } } } },
	{ "SACK, four blocks",
		"01010522 00000001 00000002 00000003 00000004 00000005 00000006 00000007 00000008",
		0, { .n_sack = 4, .sack = { { 1, 2 }, { 3, 4 }, { 5, 6 }, { 7, 8 } } } },
	{ "a cookie asked for", "22020101", 0, { .has_cookie = true } },
	{ "a cookie", "220a0102030405060708", 0,
		{ .has_cookie = true, .cookie_len = 8, .cookie = { 1, 2, 3, 4, 5, 6, 7, 8 } } },
	{ "what Linux sends in a SYN", "020405b4 0402080a 0000aaaa 00000000 01030307", 0,
		{ .has_mss = true, .mss = 1460, .sack_permitted = true, .has_timestamps = true,
			.ts_value = 0xaaaa, .has_window_shift = true, .window_shift = 7 } },
	{ "unknown ones are passed over (MUST-6)", "fd04ffff 1e06aabbccdd 020405b4", 0,
		{ .has_mss = true, .mss = 1460 } },
	{ "the later of two counts", "020405b4 02040200", 0, { .has_mss = true, .mss = 512 } },
	{ "a segment size of 3 octets is passed over", "020305 01", 0, { 0 } },
	{ "a scale of 4 octets is passed over", "03040700", 0, { 0 } },
	{ "timestamps of 6 octets are passed over", "080600000001", 0, { 0 } },
	{ "SACK of 9 octets is passed over", "050900000001000000", 0, { 0 } },
	{ "SACK of no block is passed over", "05020101", 0, { 0 } },
	{ "SACK permitted with data is passed over", "040300", 0, { 0 } },
	{ "a cookie of 3 octets is passed over", "2205010203", 0, { 0 } },
	{ "a cookie of 18 octets is passed over", "2214000102030405060708090a0b0c0d0e0f1011", 0,
		{ 0 } },
	{ "length 0 (MUST-7)", "0200", -EBADMSG, { 0 } },
	{ "length 1", "0301", -EBADMSG, { 0 } },
	{ "length 255", "02ff05b4", -EBADMSG, { 0 } },
	{ "length beyond by one", "020405", -EBADMSG, { 0 } },
	{ "length missing", "08", -EBADMSG, { 0 } },
	{ "what stood before is there", "020405b4 0800", -EBADMSG,
		{ .has_mss = true, .mss = 1460 } },
};

static bool are_same(const struct tcp_options *a, const struct tcp_options *b)
{
	return a->has_mss == b->has_mss && a->mss == b->mss &&
	       a->has_window_shift == b->has_window_shift &&
	       a->window_shift == b->window_shift && a->sack_permitted == b->sack_permitted &&
	       a->has_timestamps == b->has_timestamps && a->ts_value == b->ts_value &&
	       a->ts_echo == b->ts_echo && a->n_sack == b->n_sack &&
	       memcmp(a->sack, b->sack, sizeof(a->sack)) == 0 &&
	       a->has_cookie == b->has_cookie && a->cookie_len == b->cookie_len &&
	       memcmp(a->cookie, b->cookie, sizeof(a->cookie)) == 0;
}

static void test_options(void)
{
	for (unsigned i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		size_t len;
		uint8_t *in = from_hex(options[i].hex, &len), out[TCP_OPTIONS_MOST];
		struct span all = { in, len };
		struct tcp_options o, again;
		struct wcur w = wcur_of(out, sizeof(out));

		tap(tcp_options_parse(&o, all) == options[i].want &&
				are_same(&o, &options[i].has),
			"options: %s", options[i].name);
		if (options[i].want == 0)
			tap(tcp_options_emit(&o, &w) == 0 && w.at % 4 == 0 &&
					tcp_options_parse(&again, (struct span){ out, w.at }) ==
						0 &&
					are_same(&o, &again),
				"options: written again they read the same: %s",
				options[i].name);
		free(in);
	}

	/* as RFC 7323 A and everybody's SYN have it: words are aligned */
	static const uint8_t syn[20] = { 2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3,
		3, 7 };
	struct tcp_options o = { .has_mss = true, .mss = 1460, .sack_permitted = true,
		.has_timestamps = true, .ts_value = 1, .has_window_shift = true,
		.window_shift = 7 };
	uint8_t out[TCP_OPTIONS_MOST];
	struct wcur w = wcur_of(out, sizeof(out)), small = wcur_of(out, 19);

	tap(tcp_options_emit(&o, &w) == 0 && w.at == 20 && memcmp(out, syn, 20) == 0,
		"options: a SYN's take 20 octets");
	tap(tcp_options_emit(&o, &small) == -EMSGSIZE, "options: no room");
	o.n_sack = 4;
	w = wcur_of(out, sizeof(out));
	tap(tcp_options_emit(&o, &w) == -EMSGSIZE, "options: more than 40 octets");
	o = (struct tcp_options){ .has_timestamps = true, .n_sack = 3 };
	w = wcur_of(out, sizeof(out));
	tap(tcp_options_emit(&o, &w) == 0 && w.at == 40, "options: timestamps and three blocks fit");
}

int main(void)
{
	test_headers();
	test_options();
	return tap_done();
}
