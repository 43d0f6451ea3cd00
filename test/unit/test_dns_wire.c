/* SPDX-License-Identifier: ISC */
/* test_dns_wire.c - DNS messages: names and their compression, records, EDNS, broken ones */
#include "tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "application/dns_wire.h"
#include "hex.h"

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A61 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* ---- names as text --------------------------------------------------------------------- */

static const struct {
	const char *text;
	int err;
	const char *back; /* NULL: the same */
	unsigned len;
} texts[] = {
	{ "www.example.com", 0, NULL, 17 },
	{ "www.example.com.", 0, "www.example.com", 17 },
	{ ".", 0, NULL, 1 },
	{ "a", 0, NULL, 3 },
	{ "\\065.b", 0, "A.b", 5 },
	{ "a\\.b.c", 0, NULL, 7 },
	{ "a\\\\b", 0, NULL, 5 },
	{ "\\000", 0, NULL, 3 },
	{ "\\255", 0, NULL, 3 },
	{ "\\a", 0, "a", 3 },
	{ "a b", 0, "a\\032b", 5 },
	{ A63 ".com", 0, NULL, 69 },
	{ A63 "." A63 "." A63 "." A61, 0, NULL, 255 },
	{ A63 "." A63 "." A63 "." A61 ".", 0, A63 "." A63 "." A63 "." A61, 255 },
	{ "", -EINVAL, NULL, 0 },
	{ "..", -EINVAL, NULL, 0 },
	{ ".a", -EINVAL, NULL, 0 },
	{ "a..b", -EINVAL, NULL, 0 },
	{ "a..", -EINVAL, NULL, 0 },
	{ "a\\", -EINVAL, NULL, 0 },
	{ "\\25", -EINVAL, NULL, 0 },
	{ "\\256", -EINVAL, NULL, 0 },
	{ "\\99a", -EINVAL, NULL, 0 },
	{ A63 "a.com", -ENAMETOOLONG, NULL, 0 },
	{ A63 "." A63 "." A63 "." A61 "a", -ENAMETOOLONG, NULL, 0 },
	{ A63 "." A63 "." A63 "." A61 ".a", -ENAMETOOLONG, NULL, 0 },
};

static void test_texts(void)
{
	char buf[DNS_NAME_TEXT_MAX];

	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct dns_name n = { .len = 99 };
		size_t len = strlen(texts[i].text) + 1;
		char *copy = malloc(len);

		memcpy(copy, texts[i].text, len);
		int err = dns_name_from_text(&n, copy);
		bool ok = err == texts[i].err && n.len == (err ? 99 : texts[i].len);
		if (ok && !err)
			ok = strcmp(dns_name_format(&n, buf),
				     texts[i].back ? texts[i].back : texts[i].text) == 0;
		tap(ok, "text: \"%.20s\", %zu octets", texts[i].text, len - 1);
		free(copy);
	}

	struct dns_name all = { .len = 0 };
	for (unsigned label = 0; label < 3; label++) {
		all.octet[all.len++] = 63;
		for (unsigned i = 0; i < 63; i++)
			all.octet[all.len++] = (uint8_t)(0x80 + i);
	}
	all.octet[all.len++] = 61;
	for (unsigned i = 0; i < 61; i++)
		all.octet[all.len++] = 0xff;
	all.octet[all.len++] = 0;
	tap(all.len == 255 && strlen(dns_name_format(&all, buf)) == 250 * 4 + 3,
		"text: the longest there can be");
}

static void test_names(void)
{
	struct dns_name a, b, out;
	char buf[DNS_NAME_TEXT_MAX];

	dns_name_from_text(&a, "WWW.Example.com");
	dns_name_from_text(&b, "www.eXample.COM");
	tap(dns_name_equal(&a, &b), "equal: whatever the case");
	dns_name_from_text(&b, "www.example\\.com");
	tap(!dns_name_equal(&a, &b), "equal: a dot within a label is no border");
	dns_name_from_text(&a, "a\\193");
	dns_name_from_text(&b, "a\\225");
	tap(!dns_name_equal(&a, &b), "equal: only ASCII letters have a case");

	dns_name_from_text(&a, "www");
	dns_name_from_text(&b, "example.com");
	tap(dns_name_join(&out, &a, &b) == 0 &&
		strcmp(dns_name_format(&out, buf), "www.example.com") == 0, "join");
	dns_name_from_text(&a, A63 "." A63);
	dns_name_from_text(&b, A63 "." A61);
	tap(dns_name_join(&out, &a, &b) == 0 && out.len == 255, "join: just fits");
	dns_name_from_text(&b, A63 "." A61 "a");
	tap(dns_name_join(&out, &a, &b) == -ENAMETOOLONG, "join: one too long");

	struct nod_addr addr = { .family = NOD_IPV4, .octet = { 192, 0, 2, 1 } };
	dns_name_of_addr(&a, &addr);
	tap(strcmp(dns_name_format(&a, buf), "1.2.0.192.in-addr.arpa") == 0, "reverse: IPv4");
	addr = (struct nod_addr){ .family = NOD_IPV6, .octet = { 0x20, 0x01, 0x0d, 0xb8,
		[15] = 0xef } };
	dns_name_of_addr(&a, &addr);
	tap(strcmp(dns_name_format(&a, buf), "f.e.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
					     "8.b.d.0.1.0.0.2.ip6.arpa") == 0, "reverse: IPv6");
}

/* ---- names on the wire ------------------------------------------------------------------ */

static const struct {
	const char *name, *hex;
	size_t at;	  /* where the name starts */
	const char *want; /* NULL: refused */
	size_t after;	  /* where it ends */
} wires[] = {
	{ "plain", "03777777 026e7a 00 ff", 0, "www.nz", 8 },
	{ "the root", "00", 0, ".", 1 },
	{ "a pointer at the end of labels", "026e7a00 03777777 c000 ff", 4, "www.nz", 10 },
	{ "a pointer alone", "026e7a00 c000 ff", 4, "nz", 6 },
	{ "a pointer to a pointer", "026e7a00 c000 c004", 6, "nz", 8 },
	{ "into the middle of a name", "0161 0162 00 c002", 5, "b", 7 },
	{ "a pointer to the root", "00 c000", 1, ".", 3 },
	{ "nothing", "", 0, NULL, 0 },
	{ "a label cut", "0377", 0, NULL, 0 },
	{ "without a root", "026e7a", 0, NULL, 0 },
	{ "a pointer cut", "00 c0", 1, NULL, 0 },
	{ "a pointer to itself", "c000", 0, NULL, 0 },
	{ "a pointer to itself, later", "00 c001", 1, NULL, 0 },
	{ "a pointer to its own labels", "0161 c000", 0, NULL, 0 },
	{ "a pointer into its own labels", "0161 c001", 0, NULL, 0 },
	{ "a pointer forward", "c002 00", 0, NULL, 0 },
	{ "two pointers at each other", "c002 c000", 2, NULL, 0 },
	{ "a pointer beyond the end", "ffff", 0, NULL, 0 },
	{ "label type 01", "4161 00", 0, NULL, 0 },
	{ "label type 10", "8161 00", 0, NULL, 0 },
	{ "label type 10 behind a pointer", "8161 00 c000", 3, NULL, 0 },
};

static void test_wires(void)
{
	for (unsigned i = 0; i < sizeof(wires) / sizeof(wires[0]); i++) {
		size_t len;
		uint8_t *p = from_hex(wires[i].hex, &len);
		struct rcur r = rcur_of(p, len);
		struct dns_name n;
		char buf[DNS_NAME_TEXT_MAX];

		rcur_skip(&r, wires[i].at);
		int err = dns_name_parse(&n, &r);
		if (wires[i].want)
			tap(!err && !r.bad && r.at == wires[i].after &&
				strcmp(dns_name_format(&n, buf), wires[i].want) == 0, "wire: %s",
				wires[i].name);
		else
			tap(err == -EBADMSG && r.bad && n.len == 1, "wire: %s", wires[i].name);
		free(p);
	}
}

/* @labels labels "a", then the root or a pointer to @to. */
static size_t put_labels(uint8_t *p, unsigned labels, int to)
{
	size_t n = 0;

	for (unsigned i = 0; i < labels; i++) {
		p[n++] = 1;
		p[n++] = 'a';
	}
	if (to >= 0) {
		p[n++] = (uint8_t)(0xc0 | to >> 8);
		p[n++] = (uint8_t)to;
	} else {
		p[n++] = 0;
	}
	return n;
}

static bool parses_at(const uint8_t *p, size_t len, size_t at, unsigned want_len)
{
	uint8_t *copy = malloc(len);
	struct rcur r = rcur_of(copy, len);
	struct dns_name n;

	memcpy(copy, p, len);
	rcur_skip(&r, at);
	bool ok = dns_name_parse(&n, &r) == 0 && n.len == want_len;
	free(copy);
	return ok;
}

static void test_limits(void)
{
	uint8_t p[20000];
	size_t len = put_labels(p, 127, -1);

	tap(parses_at(p, len, 0, 255), "limit: a name of 255 octets");
	len = put_labels(p, 128, -1);
	tap(!parses_at(p, len, 0, 0) && !parses_at(p, len, 0, 257), "limit: of 257");
	len = put_labels(p, 64, -1);
	size_t second = len;
	len += put_labels(p + len, 63, 0);
	tap(parses_at(p, len, second, 255), "limit: 255 octets in two parts");
	len = second + put_labels(p + second, 64, 0);
	tap(!parses_at(p, len, second, 255), "limit: 257 in two parts");

	/* a chain of pointers, each to the one before */
	p[0] = 0;
	len = 1;
	for (unsigned i = 0; i < 8000; i++) {
		size_t to = i ? len - 2 : 0;

		p[len++] = (uint8_t)(0xc0 | to >> 8);
		p[len++] = (uint8_t)to;
	}
	tap(parses_at(p, len, 1 + 2 * 126, 1), "limit: 127 pointers in a row");
	tap(!parses_at(p, len, 1 + 2 * 127, 1), "limit: 128");
	tap(!parses_at(p, len, 1 + 2 * 7999, 1), "limit: 8,000");
}

/* ---- messages ------------------------------------------------------------------------ */

static void test_query(void)
{
	uint8_t buf[DNS_HEADER_LEN + 17 + 4 + 11];
	struct wcur w = wcur_of(buf, sizeof(buf));
	struct dns_question q = { .type = DNS_A, .class = DNS_IN }, back;
	struct dns_header h;
	struct dns_record opt;
	struct dns_edns e;

	dns_name_from_text(&q.name, "www.example.com");
	tap(dns_query_emit(0x1234, &q, DNS_UDP_ROOM, &w) == 0 && w.at == sizeof(buf),
		"query: as long as it should be");
	struct rcur r = rcur_of(buf, w.at);
	tap(dns_header_parse(&h, &r) == 0 && h.id == 0x1234 && !h.is_reply && h.wants_recursion &&
		h.opcode == 0 && h.n_questions == 1 && h.n_additional == 1, "query: its header");
	tap(dns_question_parse(&back, &r) == 0 && dns_name_equal(&back.name, &q.name) &&
		back.type == DNS_A && back.class == DNS_IN, "query: its question");
	tap(dns_record_parse(&opt, &r) == 0 && dns_record_edns(&opt, &e) == 0 &&
		e.udp_room == DNS_UDP_ROOM && !e.version && !e.wants_dnssec && !rcur_left(&r),
		"query: its EDNS");
	for (size_t n = 0; n < sizeof(buf); n++) {
		struct wcur small = wcur_of(buf, n);

		if (dns_query_emit(1, &q, DNS_UDP_ROOM, &small) != -EMSGSIZE)
			tap(false, "query: in %zu octets", n);
	}
	w = wcur_of(buf, sizeof(buf));
	tap(dns_query_emit(1, &q, 0, &w) == 0 && w.at == sizeof(buf) - 11, "query: without EDNS");
}

static void test_round_trips(void)
{
	uint8_t buf[64];
	bool same = true;

	for (uint32_t flags = 0; flags < 65536; flags++) { /* every header but its reserved bit */
		struct wcur w = wcur_of(buf, sizeof(buf));
		uint8_t in[DNS_HEADER_LEN] = { 1, 2, (uint8_t)(flags >> 8), (uint8_t)(flags & ~64u),
			0, 1, 0, 2, 0, 3, 0xff, 0xff };
		struct rcur r = rcur_of(in, sizeof(in));
		struct dns_header h;

		same &= dns_header_parse(&h, &r) == 0 && dns_header_emit(&h, &w) == 0 &&
			memcmp(in, buf, sizeof(in)) == 0;
	}
	tap(same, "header: emit undoes parse");

	static const uint8_t data[4] = { 192, 0, 2, 1 };
	struct dns_record rr = { .type = DNS_A, .class = DNS_IN, .ttl = 0x7fffffff,
		.data = { data, 4 } }, back;
	struct wcur w = wcur_of(buf, sizeof(buf));
	struct nod_addr a;
	dns_name_from_text(&rr.name, "a.nz");
	tap(dns_record_emit(&rr, &w) == 0, "record: emit");
	struct rcur r = rcur_of(buf, w.at);
	tap(dns_record_parse(&back, &r) == 0 && dns_name_equal(&back.name, &rr.name) &&
		back.ttl == 0x7fffffff && dns_record_addr(&back, &a) == 0 && a.octet[0] == 192,
		"record: emit undoes parse");

	struct dns_edns e = { .udp_room = 4096, .rcode_high = 1, .version = 2,
		.wants_dnssec = true }, again;
	w = wcur_of(buf, sizeof(buf));
	dns_edns_emit(&e, &w);
	r = rcur_of(buf, w.at);
	tap(dns_record_parse(&back, &r) == 0 && dns_record_edns(&back, &again) == 0 &&
		again.udp_room == 4096 && again.rcode_high == 1 && again.version == 2 &&
		again.wants_dnssec, "EDNS: emit undoes parse");
}

static const struct {
	const char *name, *hex;
	int err;
	uint32_t ttl;
	int addr_err, name_err, edns_err;
} records[] = {
#define BAD -EBADMSG
	{ "A", "00 0001 0001 0000012c 0004 c0000201", 0, 300, 0, BAD, BAD },
	{ "A of three octets", "00 0001 0001 0000012c 0003 c00002", 0, 300, BAD, BAD, BAD },
	{ "A of five octets", "00 0001 0001 0000012c 0005 c000020101", 0, 300, BAD, BAD, BAD },
	{ "A of nothing", "00 0001 0001 0000012c 0000", 0, 300, BAD, BAD, BAD },
	{ "A of class CHAOS", "00 0001 0003 0000012c 0004 c0000201", 0, 300, BAD, BAD, BAD },
	{ "AAAA of four octets", "00 001c 0001 0000012c 0004 c0000201", 0, 300, BAD, BAD, BAD },
	{ "CNAME", "00 0005 0001 0000012c 0003 016100", 0, 300, BAD, 0, BAD },
	{ "PTR by pointer", "00 000c 0001 0000012c 0002 c000", 0, 300, BAD, 0, BAD },
	{ "CNAME longer than its name", "00 0005 0001 0000012c 0004 01610000", 0, 300, BAD, BAD,
		BAD },
	{ "CNAME shorter than its name", "00 0005 0001 0000012c 0002 016100", 0, 300, BAD, BAD,
		BAD },
	{ "CNAME that points at itself", "00 0005 0001 0000012c 0002 c00b", 0, 300, BAD, BAD,
		BAD },
	{ "a time to live with its top bit", "00 0001 0001 80000000 0004 c0000201", 0, 0, 0, BAD,
		BAD },
	{ "OPT", "00 0029 1000 01000000 0000", 0, 0x01000000, BAD, BAD, 0 },
	{ "OPT with its top bits", "00 0029 1000 ff008000 0000", 0, 0xff008000, BAD, BAD, 0 },
	{ "OPT with a name", "016100 0029 1000 00000000 0000", 0, 0, BAD, BAD, BAD },
	{ "data beyond the end", "00 0001 0001 0000012c 0005 c0000201", BAD, 0, 0, 0, 0 },
	{ "data of 65,535 octets", "00 0001 0001 0000012c ffff c0000201", BAD, 0, 0, 0, 0 },
	{ "cut in its length", "00 0001 0001 0000012c 00", BAD, 0, 0, 0, 0 },
	{ "cut in its time to live", "00 0001 0001 0000", BAD, 0, 0, 0, 0 },
	{ "its name alone", "00", BAD, 0, 0, 0, 0 },
	{ "nothing", "", BAD, 0, 0, 0, 0 },
};

static void test_records(void)
{
	for (unsigned i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		size_t len;
		uint8_t *p = from_hex(records[i].hex, &len);
		struct rcur r = rcur_of(p, len);
		struct dns_record rr;
		struct nod_addr a;
		struct dns_name n;
		struct dns_edns e;
		int err = dns_record_parse(&rr, &r);
		bool ok = err == records[i].err;

		if (ok && !err)
			ok = rr.ttl == records[i].ttl &&
				dns_record_addr(&rr, &a) == records[i].addr_err &&
				dns_record_name(&rr, (struct span){ p, len }, &n) ==
					records[i].name_err &&
				dns_record_edns(&rr, &e) == records[i].edns_err;
		tap(ok, "record: %s", records[i].name);
		free(p);
	}
	for (size_t n = 0; n < DNS_HEADER_LEN; n++) {
		uint8_t *p = calloc(1, n + 1);
		struct rcur r = rcur_of(p, n);
		struct dns_header h;

		if (dns_header_parse(&h, &r) != -EBADMSG)
			tap(false, "header: of %zu octets", n);
		free(p);
	}
	tap(true, "header: cut anywhere");
}

int main(void)
{
	test_texts();
	test_names();
	test_wires();
	test_limits();
	test_query();
	test_round_trips();
	test_records();
	return tap_done();
}
