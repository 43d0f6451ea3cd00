/* SPDX-License-Identifier: ISC */
/* test_dhcp_wire.c - DHCP messages and their options, of every bad shape (H70) */
#include "tap.h"

#include <errno.h>
#include <stdlib.h>

#include "application/dhcp_wire.h"
#include "hex.h"

/*
 * A message is a header, what stands in sname and file (hex, filled up with zeros), the cookie
 * and options.
 */
static uint8_t *build(const char *sname, const char *file, const char *options, size_t *len)
{
	static const char *const head =
		"02 01 06 00 12345678 0005 8000 00000000 0a000064 0a000001 00000000"
		"020000000001 00000000000000000000";
	size_t n_head, n_sname, n_file, n_options;
	uint8_t *h = from_hex(head, &n_head), *s = from_hex(sname, &n_sname);
	uint8_t *f = from_hex(file, &n_file), *o = from_hex(options, &n_options);
	uint8_t *m = calloc(1, 240 + n_options);

	memcpy(m, h, n_head);
	memcpy(m + 44, s, n_sname);
	memcpy(m + 108, f, n_file);
	memcpy(m + 236, "\x63\x82\x53\x63", 4);
	memcpy(m + 240, o, n_options);
	*len = 240 + n_options;
	free(h);
	free(s);
	free(f);
	free(o);
	return m;
}

#define ACK "35 01 05 "

static const struct {
	const char *name, *sname, *file, *options;
	int err;
} cases[] = {
	{ "the least", "", "", ACK "ff", 0 },
	{ "no end", "", "", ACK, 0 },
	{ "padding before, between and behind", "", "", "00 00 " ACK "00 00 ff 00 00 00", 0 },
	{ "behind the end nothing is read", "", "", ACK "ff 35 01", 0 },
	{ "unknown options are passed over", "", "", "e0 03 010203 " ACK "ff", 0 },
	{ "the type in file", "", ACK "ff", "34 01 01 ff", 0 },
	{ "the type in sname", ACK "ff", "", "34 01 02 ff", 0 },
	{ "the type in both, in pieces that make one", "35 01 05 ff", "ff", "34 01 03 ff", 0 },
	{ "no options at all", "", "", "", -EBADMSG },
	{ "(H70) option 53 missing", "", "", "33 04 00000e10 ff", -EBADMSG },
	{ "(H70) option 53 of length 0", "", "", "35 00 ff", -EBADMSG },
	{ "(H70) option 53 of length 2", "", "", "35 02 0505 ff", -EBADMSG },
	{ "(H70) option 53 twice", "", "", ACK ACK "ff", -EBADMSG },
	{ "type 0", "", "", "35 01 00 ff", -EBADMSG },
	{ "type 9", "", "", "35 01 09 ff", -EBADMSG },
	{ "type 255", "", "", "35 01 ff ff", -EBADMSG },
	{ "(H70) length beyond the message", "", "", ACK "33 ff 00", -EBADMSG },
	{ "(H70) length beyond by one", "", "", ACK "33 04 000000", -EBADMSG },
	{ "(H70) length missing", "", "", ACK "33", -EBADMSG },
	{ "(H70) unknown one beyond the message", "", "", ACK "e0 02 00", -EBADMSG },
	{ "(H70) overload 0", "", "", ACK "34 01 00 ff", -EBADMSG },
	{ "(H70) overload 4", "", "", ACK "34 01 04 ff", -EBADMSG },
	{ "(H70) overload of length 2", "", "", ACK "34 02 0101 ff", -EBADMSG },
	{ "(H70) an option beyond file", "", "e0 80", ACK "34 01 01 ff", -EBADMSG },
	{ "an option that just fits file", "", "e0 7e", ACK "34 01 01 ff", 0 },
	{ "(H70) an option beyond sname", "e0 3f", "", ACK "34 01 02 ff", -EBADMSG },
	{ "file is not read without overload", "", "35 ff", ACK "ff", 0 },
	{ "file does not overload sname", "35 ff", "34 01 02 ff", ACK "34 01 01 ff", 0 },
	{ "a mask of length 3", "", "", ACK "01 03 ffffff ff", -EBADMSG },
	{ "a mask with a hole", "", "", ACK "01 04 ff00ff00 ff", -EBADMSG },
	{ "a mask with a hole at the end", "", "", ACK "01 04 fffffffd ff", -EBADMSG },
	{ "mask 0", "", "", ACK "01 04 00000000 ff", 0 },
	{ "a router of length 0", "", "", ACK "03 00 ff", -EBADMSG },
	{ "a router of length 5", "", "", ACK "03 05 0a00000100 ff", -EBADMSG },
	{ "DNS of length 3", "", "", ACK "06 03 0a0000 ff", -EBADMSG },
	{ "a lease of length 2", "", "", ACK "33 02 0e10 ff", -EBADMSG },
	{ "T1 of length 8", "", "", ACK "3a 08 0000000000000000 ff", -EBADMSG },
	{ "server's name of length 16", "", "", ACK "36 10 00000000000000000000000000000000 ff",
		-EBADMSG },
	{ "MTU of length 1", "", "", ACK "1a 01 05 ff", -EBADMSG },
	{ "identifier of length 1", "", "", ACK "3d 01 01 ff", -EBADMSG },
	{ "a classless route of 33 bits", "", "", ACK "79 0a 21 0a000000 00 0a000001 ff", 0 },
};

static void test_cases(void)
{
	for (unsigned k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		size_t len;
		uint8_t *m = build(cases[k].sname, cases[k].file, cases[k].options, &len);
		struct rcur r = rcur_of(m, len);
		struct dhcp_msg d;
		int err = dhcp_parse(&d, &r);

		tap(err == cases[k].err && (err < 0 || d.type == DHCP_ACK), "parse: %s",
			cases[k].name);
		free(m);
	}
}

static struct dhcp_msg parsed(const char *options, int *err)
{
	size_t len;
	uint8_t *m = build("", "", options, &len);
	struct rcur r = rcur_of(m, len);
	struct dhcp_msg d;

	*err = dhcp_parse(&d, &r);
	free(m);
	return d;
}

static void test_values(void)
{
	struct dhcp_msg d;
	char long_name[2048] = ACK "0f ff ";
	int err;

	d = parsed(ACK "33 04 00000e10 01 04 ffffff80 03 08 0a000001 0a000002 06 04 08080808"
		       "36 04 0a000001 0f 0b 6578616d706c652e636f6d 1a 02 05dc ff",
		&err);
	tap(err == 0 && d.op == DHCP_REPLY && d.xid == 0x12345678 && d.secs == 5 &&
			d.is_broadcast &&
			ipa_v4(&d.yiaddr) == 0x0a000064 && ipa_v4(&d.siaddr) == 0x0a000001 &&
			d.mac[5] == 1,
		"the header");
	tap(d.has_lease && d.lease_s == 3600 && d.has_mask && d.prefix_len == 25 &&
			d.n_routers == 2 && ipa_v4(&d.router[1]) == 0x0a000002 && d.n_dns == 1 &&
			ipa_v4(&d.server_id) == 0x0a000001 && d.mtu == 1500 &&
			strcmp(d.domain, "example.com") == 0,
		"the options");
	d = parsed(ACK "0f 05 6578616d70 00 0f 07 6c652e636f6d00 ff", &err);
	tap(err == 0 && strcmp(d.domain, "example.com") == 0,
		"RFC 3396: a domain in two pieces, and the NUL that some send");
	d = parsed(ACK "03 02 0a00 03 02 0001 ff", &err);
	tap(err == 0 && d.n_routers == 1 && ipa_v4(&d.router[0]) == 0x0a000001,
		"RFC 3396: a router in two pieces");
	d = parsed(ACK "0f 03 613b62 0c 03 2e2e61 ff", &err);
	tap(err == 0 && !d.domain[0] && !d.hostname[0], "names that are none are left out");
	d = parsed(ACK "0f 04 60726d60 ff", &err);
	tap(err == 0 && !d.domain[0], "a shell's words are no domain");
	for (unsigned k = 0; k < 255; k++)
		strncat(long_name, "61", sizeof(long_name) - strlen(long_name) - 1);
	strncat(long_name, "0f 05 6161616161 ff", sizeof(long_name) - strlen(long_name) - 1);
	d = parsed(long_name, &err);
	tap(err == 0 && !d.domain[0], "(H70) a domain of 260 octets is left out");
	d = parsed(ACK "79 13 00 0a000001 18 c0a801 00000000 07 0a 0a000002 ff", &err);
	tap(err == 0 && d.n_routes == 3 && d.route[0].len == 0 && d.route[1].len == 24 &&
			ipa_v4(&d.route[1].dst) == 0xc0a80100 && ipa_is_any(&d.route[1].gateway) &&
			d.route[2].len == 7 && ipa_v4(&d.route[2].dst) == 0x0a000000,
		"RFC 3442: three classless routes");
	d = parsed(ACK "79 05 08 0bffffff 00 79 03 0a0b0c ff", &err);
	tap(err == 0 && !d.has_routes, "classless routes with something left over are none");
	d = parsed(ACK "79 06 09 0bff 0a0000 79 01 01 ff", &err);
	tap(err == 0 && d.n_routes == 1 && ipa_v4(&d.route[0].dst) == 0x0b800000,
		"RFC 3442: bits behind the prefix count for nothing");
	d = parsed(ACK "03 28 01010101020202020303030304040404050505050606060607070707080808080909"
		       "09090a0a0a0a ff",
		&err);
	tap(err == 0 && d.n_routers == DHCP_ADDRS_MAX, "more routers than are kept");
	d = parsed(ACK "37 04 01 03 06 ff ff", &err);
	tap(err == 0 && dhcp_wants(&d, 1) && dhcp_wants(&d, 6) && !dhcp_wants(&d, 15),
		"what a client asks for");
}

static void test_header(void)
{
	size_t len;
	uint8_t *m = build("", "", ACK "ff", &len);
	static const struct {
		const char *name;
		unsigned at;
		uint8_t value;
	} bad[] = {
		{ "op 0", 0, 0 },
		{ "op 3", 0, 3 },
		{ "not Ethernet", 1, 6 },
		{ "(H70) hlen 0", 2, 0 },
		{ "(H70) hlen 16", 2, 16 },
		{ "(H70) hlen 255", 2, 255 },
		{ "another cookie", 236, 0 },
	};

	for (unsigned k = 0; k < sizeof(bad) / sizeof(bad[0]); k++) {
		struct dhcp_msg d;
		struct rcur r = rcur_of(m, len);
		uint8_t before = m[bad[k].at];

		m[bad[k].at] = bad[k].value;
		tap(dhcp_parse(&d, &r) == -EBADMSG, "header: %s", bad[k].name);
		m[bad[k].at] = before;
	}
	bool ok = true;
	for (size_t cut = 0; cut < len; cut++) {
		uint8_t *part = malloc(cut ? cut : 1);
		struct dhcp_msg d;
		struct rcur r = rcur_of(part, cut);

		memcpy(part, m, cut);
		ok &= (dhcp_parse(&d, &r) == 0) == (cut == len - 1);
		free(part);
	}
	tap(ok, "(H73) cut anywhere: refused; but for the end marker");
	free(m);
}

static void test_emit(void)
{
	struct dhcp_msg m = {
		.op = DHCP_ASK,
		.type = DHCP_REQUEST,
		.xid = 0xdeadbeef,
		.secs = 9,
		.ciaddr = IPA_V4(10, 0, 0, 9),
		.yiaddr = IPA_ANY4,
		.siaddr = IPA_ANY4,
		.giaddr = IPA_ANY4,
		.mac = { 2, 0, 0, 0, 0, 7 },
		.server_id = IPA_V4(10, 0, 0, 1),
		.requested = IPA_V4(10, 0, 0, 9),
		.broadcast = IPA_V4(10, 0, 0, 255),
		.has_lease = true,
		.lease_s = 60,
		.t1_s = 30,
		.t2_s = 50,
		.has_mask = true,
		.prefix_len = 24,
		.n_routers = 1,
		.router = { IPA_V4(10, 0, 0, 1) },
		.n_dns = 2,
		.dns = { IPA_V4(10, 0, 0, 1), IPA_V4(10, 0, 0, 2) },
		.domain = "example.com",
		.hostname = "bob",
		.mtu = 1400,
		.max_len = 1472,
		.id_len = 7,
		.id = { 1, 2, 0, 0, 0, 0, 7 },
	};
	uint8_t out[DHCP_LEN_MOST];
	struct wcur w = wcur_of(out, sizeof(out));
	struct dhcp_msg again;
	struct rcur r;

	dhcp_want(&m, 1);
	dhcp_want(&m, 121);
	for (unsigned k = 0; k < DHCP_ROUTES_MAX; k++)
		m.route[m.n_routes++] = (struct dhcp_route){ .dst = IPA_V4(10, 1, 0, (uint8_t)k),
			.len = 32, .gateway = IPA_V4(10, 0, 0, 1) };
	m.has_routes = true;
	tap(dhcp_emit(&m, &w) == 0, "written");
	r = rcur_of(out, w.at);
	tap(dhcp_parse(&again, &r) == 0 && again.xid == m.xid && again.secs == 9 &&
			ipa_equal(&again.ciaddr, &m.ciaddr) && again.lease_s == 60 &&
			again.t1_s == 30 && again.t2_s == 50 && again.prefix_len == 24 &&
			again.n_dns == 2 && ipa_equal(&again.requested, &m.requested) &&
			strcmp(again.hostname, "bob") == 0 && again.id_len == 7 &&
			memcmp(again.id, m.id, 7) == 0 && again.mtu == 1400 &&
			memcmp(again.wanted, m.wanted, sizeof(m.wanted)) == 0,
		"and read back the same");
	tap(again.n_routes == DHCP_ROUTES_MAX &&
			ipa_equal(&again.route[31].dst, &m.route[31].dst) &&
			again.route[31].len == 32,
		"RFC 3396: routes of 288 octets, in pieces");
	w = wcur_of(out, 299);
	tap(dhcp_emit(&m, &w) == -EMSGSIZE, "no room");
	m.n_routes = 0;
	w = wcur_of(out, sizeof(out));
	tap(dhcp_emit(&m, &w) == 0 && w.at >= DHCP_LEN_LEAST, "300 octets at least");
	tap(strcmp(dhcp_type_name(1), "DISCOVER") == 0 && strcmp(dhcp_type_name(9), "?") == 0,
		"names of types");
}

int main(void)
{
	test_cases();
	test_values();
	test_header();
	test_emit();
	return tap_done();
}
