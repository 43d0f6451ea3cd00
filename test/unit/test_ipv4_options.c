/* SPDX-License-Identifier: ISC */
/* test_ipv4_options.c - options that strangers send (H07, IP4-9), and which go into fragments */
#include "inet.h"

#include "network/ip_internal.h"

#define FINE	     NOD_EV_N
#define MALFORMED    NOD_EV_IP4_DROP_OPTIONS
#define SOURCE_ROUTE NOD_EV_IP4_DROP_SOURCE_ROUTE

static const struct {
	const char *name, *hex;
	enum nod_event_kind why;
	uint8_t at; /* the octet that a parameter problem points to */
} cases[] = {
	{ "no operation", "01010101", FINE, 0 },
	{ "the end, and anything behind it", "00ffffff", FINE, 0 },
	{ "an unknown option", "de04aabb", FINE, 0 },
	{ "an unknown option of no data", "de020000", FINE, 0 },
	{ "router alert", "94040000", FINE, 0 },
	{ "security, as RFC 791 had it", "820b0000 00000000 00000000", FINE, 0 },
	{ "record route, empty", "07070400 00000000", FINE, 0 },
	{ "record route, full: the pointer is behind it", "07070800 00000000", FINE, 0 },
	{ "record route, its pointer far behind", "0707ff00 00000000", FINE, 0 },
	{ "timestamp, empty", "44080500 00000000", FINE, 0 },
	{ "timestamp, overflowed", "440809f0 00000000", FINE, 0 },

	{ "loose source route", "83070400 00000000", SOURCE_ROUTE, 20 },
	{ "loose source route, done", "83070800 00000000", SOURCE_ROUTE, 20 },
	{ "strict source route", "89070400 00000000", SOURCE_ROUTE, 20 },
	{ "source route, its pointer below 4", "83070300 00000000", SOURCE_ROUTE, 20 },
	{ "source route, its pointer beyond", "8307ff00 00000000", SOURCE_ROUTE, 20 },
	{ "source route without a pointer", "83020000", SOURCE_ROUTE, 20 },
	{ "source route behind others", "01940400 00890704 0a000001", SOURCE_ROUTE, 25 },

	{ "length 0", "de000000", MALFORMED, 20 },
	{ "length 1", "de010000", MALFORMED, 20 },
	{ "length 255", "deff0000", MALFORMED, 20 },
	{ "an octet longer than the header", "de050000", MALFORMED, 20 },
	{ "a type and no length", "010101de", MALFORMED, 23 },
	{ "source route of length 0", "83000000", MALFORMED, 20 },
	{ "source route beyond the header", "83070400", MALFORMED, 20 },
	{ "record route without a pointer", "07020000", MALFORMED, 20 },
	{ "record route, its pointer 0", "07070000 00000000", MALFORMED, 20 },
	{ "record route, its pointer 3", "07070300 00000000", MALFORMED, 20 },
	{ "timestamp without its flags", "44030500", MALFORMED, 20 },
	{ "timestamp, its pointer 4", "44080400 00000000", MALFORMED, 20 },
	{ "bad behind good ones", "01940400 00de0000", MALFORMED, 25 },
};

static void test_check(void)
{
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len;
		uint8_t *o = from_hex(cases[i].hex, &len);
		const struct span options = { o, len };
		uint32_t at = 0;
		enum nod_event_kind why = ipv4_options_check(&options, &at);

		tap(why == cases[i].why, "check: %s", cases[i].name);
		if (why != FINE)
			tap(at == cases[i].at, "the octet to blame: %s", cases[i].name);
		free(o);
	}
}

/* What the sender is told, once and then no more than the rate allows. */
static void test_reports(void)
{
	static struct inet s;
	struct inet_out o;
	unsigned n = 0;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct inet_pkt k = { .len = 12, .options = cases[i].hex };

		inet_open(&s, NULL);
		inet_in(&s, &k);
		if (cases[i].why == FINE)
			tap(s.n_in == 1 && inet_is_silent(&s), "taken: %s", cases[i].name);
		else if (cases[i].why == SOURCE_ROUTE)
			tap(!s.n_in && inet_icmp_out(&s, ICMPV4_UNREACHABLE, 13, &o) &&
					o.h.hdr_len == 20 && inet_is_silent(&s),
				"refused, its sender told, without the options: %s",
				cases[i].name);
		else
			tap(!s.n_in && inet_icmp_out(&s, ICMPV4_PARAMETER_PROBLEM, 0, &o) &&
					o.h.hdr_len == 20 && o.payload[4] >= 20 &&
					o.payload[4] < 60 && inet_is_silent(&s),
				"dropped, its sender told, without the options: %s",
				cases[i].name);
		inet_close(&s);
	}
	inet_open(&s, NULL);
	for (unsigned i = 0; i < 1000; i++)
		inet_in(&s, &(struct inet_pkt){ .len = 12, .options = "de000000" });
	while (inet_out(&s, &o))
		n++;
	tap(n >= 1 && n <= 10 && inet_since(&s, NOD_EV_IP4_DROP_OPTIONS) == 1000,
		"a thousand malformed ones bring a few reports: %u", n);
	inet_in(&s,
		&(struct inet_pkt){
			.len = 12, .options = "de000000", .dst = V4_ALL, .mac = mac_all });
	inet_pass(&s, 10 * NOD_S);
	inet_in(&s,
		&(struct inet_pkt){
			.len = 12, .options = "de000000", .dst = V4_ALL, .mac = mac_all });
	tap(inet_is_silent(&s), "none about a broadcast");
	inet_close(&s);
}

static const struct {
	const char *name, *all, *copied;
} fragments[] = {
	{ "none", "", "" },
	{ "router alert is copied", "94040000", "94040000" },
	{ "record route is not", "07070400 00000000", "" },
	{ "of two one", "07070400 00000001 94040000", "94040000" },
	{ "what is copied is filled up", "82050102 03000000", "82050102 03000000" },
	{ "no operations are left out", "01010101 94040000", "94040000" },
};

static void test_copied(void)
{
	for (unsigned i = 0; i < sizeof(fragments) / sizeof(fragments[0]); i++) {
		size_t len, n;
		uint8_t *all = from_hex(fragments[i].all, &len);
		uint8_t *want = from_hex(fragments[i].copied, &n);
		uint8_t got[IPV4_OPTIONS_MOST];
		const struct span options = { all, len };

		tap(ipv4_options_copied(&options, got) == n && memcmp(got, want, n) == 0,
			"into later fragments: %s", fragments[i].name);
		free(all);
		free(want);
	}
}

int main(void)
{
	test_check();
	test_reports();
	test_copied();
	return tap_done();
}
