/* SPDX-License-Identifier: ISC */
/* test_hostile_app.c - what no honest server says by DNS and DHCP (H67 to H71) */
#include "hostile.h"

#include <netdb.h>

#include "application/dhcp_wire.h"
#include "application/dns_wire.h"
#include "nod/dhcp.h"
#include "nod/resolve.h"

static struct victim v;
static struct station *s = &v.s;

/* ---- names --------------------------------------------------------------------------------- */

/* A question for a.example has 15 octets; an answer begins at 27 (1b). */
enum { HEADER = 12, ANSWER_AT = 27 };

#define LABEL63 \
	"3f" \
	"616161616161616161616161616161616161616161" \
	"616161616161616161616161616161616161616161" \
	"616161616161616161616161616161616161616161"
#define A_IS(addr) "c00c 0001 0001 00000e10 0004 " addr
#define RIGHT	   "c0000207 "
#define WRONG	   "c6336401 "

enum outcome { GOES_ON, FAILS };

struct saying {
	const char *name;
	const char *flags;  /* and counts; NULL: 8180 0001 0001 0000 0000 */
	const char *answer; /* behind the question */
	enum outcome outcome;
	int err;   /* when it fails, 0 = any */
	int spoil; /* what else is wrong: */
};

enum {
	SPOIL_ID = 1,
	SPOIL_TO_PORT,
	SPOIL_FROM_PORT,
	SPOIL_FROM,
	SPOIL_NAME,
	SPOIL_CASE,
	SPOIL_TYPE,
	SPOIL_CUT
};

static const struct saying sayings[] = {
	{ "H67: a pointer to itself", NULL, "c01b 0001 0001 00000e10 0004 " WRONG, GOES_ON, 0,
		0 },
	{ "H67: a pointer forward", NULL, "c020 0001 0001 00 c00c 0e10 0004 " WRONG, GOES_ON, 0,
		0 },
	{ "H67: two pointers in a circle", NULL, "c01d c01b 0001 0001 00000e10 0004 " WRONG,
		GOES_ON, 0, 0 },
	{ "H67: a label, then a pointer back to it", NULL,
		"0161 c01b 0001 0001 00000e10 0004 " WRONG, GOES_ON, 0, 0 },
	{ "H67: a pointer beyond the packet", NULL, "ffff 0001 0001 00000e10 0004 " WRONG,
		GOES_ON, 0, 0 },
	{ "H67: a pointer cut in two", NULL, "c0", GOES_ON, 0, 0 },
	{ "H67: a label of 64 octets", NULL, "40 61616161 00 0001 0001 00000e10 0004 " WRONG,
		GOES_ON, 0, 0 },
	{ "H67: a label of 191", NULL, "bf 61616161 00 0001 0001 00000e10 0004 " WRONG, GOES_ON,
		0, 0 },
	{ "H67: a label past the end", NULL, "3f 61616161", GOES_ON, 0, 0 },
	{ "H67: a name of 256 octets", NULL,
		LABEL63 LABEL63 LABEL63 LABEL63 "00 0001 0001 00000e10 0004 " WRONG, GOES_ON, 0,
		0 },
	{ "H67: a name without end", NULL, LABEL63, GOES_ON, 0, 0 },
	{ "H67: data past the end", NULL, "c00c 0001 0001 00000e10 ffff " WRONG, GOES_ON, 0,
		0 },
	{ "H67: data one octet past the end", NULL, "c00c 0001 0001 00000e10 0005 " WRONG,
		GOES_ON, 0, 0 },
	{ "H67: 65,535 answers in one", "8180 0001 ffff 0000 0000", A_IS(WRONG), GOES_ON, 0,
		0 },
	{ "H67: 65,535 questions", "8180 ffff 0001 0000 0000", A_IS(WRONG), GOES_ON, 0, 0 },
	{ "H67: no question, and an answer", "8180 0000 0001 0000 0000", A_IS(WRONG), GOES_ON,
		0, 0 },
	{ "H67: all counts 65,535", "8180 ffff ffff ffff ffff", A_IS(WRONG), GOES_ON, 0, 0 },
	{ "H67: 65,535 more that are not there", "8180 0001 0001 ffff ffff", A_IS(RIGHT), FAILS,
		1, 0 },
	{ "H67: an address of 3 octets", NULL, "c00c 0001 0001 00000e10 0003 c63364", FAILS, 0,
		0 },
	{ "H67: an address of 16", NULL,
		"c00c 0001 0001 00000e10 0010 00000000000000000000000000000000", FAILS, 0, 0 },

	{ "H68: another number", NULL, A_IS(WRONG), GOES_ON, 0, SPOIL_ID },
	{ "H68: to another port", NULL, A_IS(WRONG), GOES_ON, 0, SPOIL_TO_PORT },
	{ "H68: from another port", NULL, A_IS(WRONG), GOES_ON, 0, SPOIL_FROM_PORT },
	{ "H68: from another host", NULL, A_IS(WRONG), GOES_ON, 0, SPOIL_FROM },
	{ "H68: to another question", NULL, A_IS(WRONG), GOES_ON, 0, SPOIL_NAME },
	{ "H68: whose letters have another case", NULL, A_IS(WRONG), GOES_ON, 0, SPOIL_CASE },
	{ "H68: of another type", NULL, A_IS(WRONG), GOES_ON, 0, SPOIL_TYPE },
	{ "H68: a question, not an answer", "0100 0001 0001 0000 0000", A_IS(WRONG), GOES_ON, 0,
		0 },
	{ "H68: another operation", "a800 0001 0001 0000 0000", A_IS(WRONG), GOES_ON, 0, 0 },
	{ "H68: cut in the header", NULL, "", GOES_ON, 0, SPOIL_CUT },
	{ "H68: what was not asked for is not believed", NULL,
		"0162 00 0001 0001 00000e10 0004 " WRONG, FAILS, 0, 0 },
	{ "H68: nor what is added", "8180 0001 0000 0000 0001", A_IS(WRONG), FAILS, 0, 0 },
	{ "H68: nor another class", NULL, "c00c 0001 0003 00000e10 0004 " WRONG, FAILS, 0, 0 },

	{ "H69: an alias of itself", NULL, "c00c 0005 0001 00000e10 0002 c00c", FAILS, -ELOOP,
		0 },
	{ "H69: two aliases in a circle", "8180 0001 0002 0000 0000",
		"c00c 0005 0001 00000e10 0003 016200 016200 0005 0001 00000e10 0002 c00c",
		FAILS, -ELOOP, 0 },
	{ "H69: an alias that is cut", NULL, "c00c 0005 0001 00000e10 0002 c0", GOES_ON, 0, 0 },
	{ "H69: an alias of an alias past its data", NULL, "c00c 0005 0001 00000e10 0002 3f61",
		FAILS, 0, 0 },
	{ "H69: too long for a datagram", "8380 0001 0001 0000 0000", A_IS(WRONG), FAILS,
		-EMSGSIZE, 0 },
	{ "H69: there is no such name", "8583 0001 0000 0000 0000", "", FAILS, 0, 0 },
};

/* The last query that left. */
static const struct sent *last_query(unsigned from)
{
	for (unsigned k = s->n; k-- > from;)
		if (s->sent[k].protocol == IPPROTO_UDP && s->sent[k].data[3] == DNS_PORT &&
			!s->sent[k].data[2])
			return &s->sent[k];
	return NULL;
}

static void say(const struct sent *to, const struct saying *what)
{
	uint8_t m[1024];
	struct heard_udp h = { .src = to->dst,
		.dst = to->src,
		.src_port = DNS_PORT,
		.dst_port = (uint16_t)(to->data[0] << 8 | to->data[1]),
		.data = m };
	size_t n, question = ANSWER_AT - HEADER;
	uint8_t *hex = from_hex(what->flags ? what->flags : "8180 0001 0001 0000 0000", &n);

	memcpy(m, to->data + 8, 2);
	memcpy(m + 2, hex, n);
	free(hex);
	memcpy(m + HEADER, to->data + 8 + HEADER, question);
	hex = from_hex(what->answer, &n);
	memcpy(m + ANSWER_AT, hex, n);
	free(hex);
	h.len = ANSWER_AT + n;
	switch (what->spoil) {
	case SPOIL_ID:
		m[1] ^= 1;
		break;
	case SPOIL_TO_PORT:
		h.dst_port ^= 1;
		break;
	case SPOIL_FROM_PORT:
		h.src_port = 54;
		break;
	case SPOIL_FROM:
		h.src = ip("10.0.0.3");
		break;
	case SPOIL_NAME:
		m[HEADER + 1] = m[HEADER + 1] & 0x20 ? 'b' : 'B';
		break;
	case SPOIL_CASE:
		m[HEADER + 1] ^= 0x20;
		break;
	case SPOIL_TYPE:
		m[ANSWER_AT - 3] = 28;
		break;
	case SPOIL_CUT:
		h.len = HEADER - 1;
		break;
	default:
		break;
	}
	station_hear_udp(s, &h);
}

static bool has_right(const struct nod_hostent *h)
{
	static const uint8_t right[4] = { 192, 0, 2, 7 };

	return h->n_addrs == 1 && memcmp(h->addr[0].octet, right, 4) == 0;
}

static void hear_saying(const struct nod_resolver_conf *conf, const struct saying *what)
{
	const struct saying honest = { .answer = A_IS(RIGHT) };
	struct nod_resolve *q = NULL;
	struct nod_hostent host;
	const struct sent *to;
	unsigned from = s->n;
	int err, eai = 0;
	bool ok;

	victim_must(nod_resolver_set(s->stack, conf) == 0, "resolver");
	nod_resolve_start(s->stack, "a.example", NOD_IPV4, &q);
	station_pass(s, NOD_MS);
	to = last_query(from);
	victim_must(to, "query");
	say(to, what);
	station_pass(s, NOD_MS);
	err = nod_resolve_take(q, &host, &eai);
	if (what->outcome == FAILS && what->err == 1) {
		ok = err == 0 &&
			has_right(&host); /* the answer is right, the rest is not there */
	} else if (what->outcome == FAILS) {
		ok = err < 0 && err != -EAGAIN && (!what->err || err == what->err);
	} else {
		ok = err == -EAGAIN; /* and the honest one is believed after it */
		say(last_query(from), &honest);
		station_pass(s, NOD_MS);
		ok = ok && nod_resolve_take(q, &host, &eai) == 0 && has_right(&host);
	}
	if (!ok)
		printf("# %d, then %d\n", err, nod_resolve_take(q, &host, &eai));
	nod_resolve_end(q);
	tap(victim_serves(&v) && ok, "%s", what->name);
	station_forget(s);
	station_pass(s, 2 * NOD_S);
}

/* An answer of four records, cut at each of its octets. */
static void test_cut_names(const struct nod_resolver_conf *conf)
{
	static const char whole[] =
		"c00c 0005 0001 00000e10 0004 0162 c00e c027 0001 0001 00000e10 "
		"0004 c0000207 ";
	struct saying cut = { .flags = "8180 0001 0002 0000 0000" };
	char hex[sizeof(whole)] = "";
	unsigned right = 0, wrong = 0;

	for (size_t n = 0; n <= strlen(whole); n++) {
		struct nod_resolve *q = NULL;
		struct nod_hostent host;
		unsigned from = s->n;
		size_t digits = 0;
		int eai;

		memcpy(hex, whole, n);
		hex[n] = 0;
		for (size_t k = 0; k < n; k++)
			digits += hex[k] != ' ';
		if (digits % 2)
			continue;
		cut.answer = hex;
		victim_must(nod_resolver_set(s->stack, conf) == 0, "resolver");
		nod_resolve_start(s->stack, "a.example", NOD_IPV4, &q);
		station_pass(s, NOD_MS);
		say(last_query(from), &cut);
		station_pass(s, NOD_MS);
		if (nod_resolve_take(q, &host, &eai) == 0) {
			right += has_right(&host) && n + 1 >= strlen(whole);
			wrong += !has_right(&host) || n + 1 < strlen(whole);
		}
		nod_resolve_end(q);
		station_forget(s);
	}
	tap(right >= 1 && wrong == 0 && victim_serves(&v), "H67: an answer cut at each octet");
}

/* H68: numbers and ports of a thousand questions; and a flood of guesses does not hit. */
static void test_unguessed(const struct nod_resolver_conf *conf)
{
	enum { N = 1000 };
	static uint16_t id[N], port[N];
	unsigned same_id = 0, same_port = 0;
	struct nod_resolve *q;
	const struct sent *to;
	struct nod_hostent host;
	int eai;
	uint8_t m[64];

	for (unsigned k = 0; k < N; k++) {
		unsigned from = s->n;

		victim_must(nod_resolver_set(s->stack, conf) == 0, "resolver");
		nod_resolve_start(s->stack, "a.example", NOD_IPV4, &q);
		station_pass(s, NOD_MS);
		to = last_query(from);
		id[k] = (uint16_t)(to->data[8] << 8 | to->data[9]);
		port[k] = (uint16_t)(to->data[0] << 8 | to->data[1]);
		same_id += k && (uint16_t)(id[k] - id[k - 1]) <= 1;
		same_port += k && (uint16_t)(port[k] - port[k - 1]) <= 1;
		nod_resolve_end(q);
		station_forget(s);
	}
	tap(same_id <= 2 && same_port <= 2, "H68: numbers and ports are not counted up");
	victim_must(nod_resolver_set(s->stack, conf) == 0, "resolver");
	nod_resolve_start(s->stack, "a.example", NOD_IPV4, &q);
	station_pass(s, NOD_MS);
	to = last_query(0);
	for (unsigned k = 0; k < 65536;
		k++) { /* each number, at the port next to the right one */
		uint16_t at = (uint16_t)(to->data[0] << 8 | to->data[1]);
		struct heard_udp h = { .src = to->dst,
			.dst = to->src,
			.src_port = DNS_PORT,
			.dst_port = (uint16_t)(at ^ 1),
			.data = m,
			.len = ANSWER_AT };

		m[0] = (uint8_t)(k >> 8);
		m[1] = (uint8_t)k;
		memcpy(m + 2, "\x81\x80\0\1\0\1\0\0\0\0", 10);
		memcpy(m + HEADER, to->data + 8 + HEADER, ANSWER_AT - HEADER);
		if (k % 16 == 0)
			station_hear_udp(s, &h);
	}
	tap(nod_resolve_take(q, &host, &eai) == -EAGAIN && victim_serves(&v),
		"H68: a flood of guesses");
	nod_resolve_end(q);
}

static void test_names(void)
{
	struct nod_resolver_conf conf = { .n_servers = 1 };
	/* the peer serves names; it answers what is asked, and nothing else is believed */

	victim_begin(&v, NULL);
	nod_addr_parse(&conf.server[0], "10.0.0.2");
	for (size_t k = 0; k < sizeof(sayings) / sizeof(sayings[0]); k++)
		hear_saying(&conf, &sayings[k]);
	test_cut_names(&conf);
	test_unguessed(&conf);
	victim_end(&v);
}

/* ---- leases -------------------------------------------------------------------------------- */

#define COOKIE	"63825363 "
#define TYPE(t) "3501" t
#define SERVER	"3604 0a000002 "
#define MASK	"0104 ffffff00 "
#define LEASE	"3304 00000e10 "
#define END	"ff"

struct offer {
	const char *name;
	const char *yiaddr;
	const char *options; /* with the cookie */
};

/* None of these may be taken. */
static const struct offer offers[] = {
	{ "H70: no options at all", "0a00004d ", "" },
	{ "H70: another cookie", "0a00004d ", "63825364 " TYPE("02 ") SERVER LEASE MASK END },
	{ "H70: no type", "0a00004d ", COOKIE SERVER LEASE MASK END },
	{ "H70: a type of 0 octets", "0a00004d ", COOKIE "3500 " SERVER LEASE MASK END },
	{ "H70: a type of 255", "0a00004d ", COOKIE TYPE("ff ") SERVER LEASE MASK END },
	{ "H70: no server", "0a00004d ", COOKIE TYPE("02 ") LEASE MASK END },
	{ "H70: a server of 3 octets", "0a00004d ",
		COOKIE TYPE("02 ") "3603 0a0000 " LEASE MASK END },
	{ "H70: no lease", "0a00004d ", COOKIE TYPE("02 ") SERVER MASK END },
	{ "H70: a lease of 0 s", "0a00004d ",
		COOKIE TYPE("02 ") SERVER "3304 00000000 " MASK END },
	{ "H70: a lease of 1 s", "0a00004d ",
		COOKIE TYPE("02 ") SERVER "3304 00000001 " MASK END },
	{ "H70: an option past the packet", "0a00004d ",
		COOKIE TYPE("02 ") SERVER LEASE "01ff ffffff00 " },
	{ "H70: an option without a length", "0a00004d ",
		COOKIE TYPE("02 ") SERVER LEASE MASK "0f" },
	{ "H70: a mask with a hole", "0a00004d ",
		COOKIE TYPE("02 ") SERVER LEASE "0104 ff00ff00 " END },
	{ "H70: a mask of 3 octets", "0a00004d ",
		COOKIE TYPE("02 ") SERVER LEASE "0103 ffffff " END },
	{ "H70: a type in two pieces of one octet", "0a00004d ",
		COOKIE TYPE("02 ") TYPE("02 ") SERVER LEASE MASK END },
	{ "H71: the address 0.0.0.0", "00000000 ", COOKIE TYPE("02 ") SERVER LEASE MASK END },
	{ "H71: everybody's address", "ffffffff ", COOKIE TYPE("02 ") SERVER LEASE MASK END },
	{ "H71: a group's address", "e0000001 ", COOKIE TYPE("02 ") SERVER LEASE MASK END },
	{ "H71: the network's broadcast", "0a0000ff ",
		COOKIE TYPE("02 ") SERVER LEASE MASK END },
	{ "H71: the network's own address", "0a000000 ",
		COOKIE TYPE("02 ") SERVER LEASE MASK END },
	{ "H71: a loopback address", "7f000001 ", COOKIE TYPE("02 ") SERVER LEASE MASK END },
	{ "H71: a server at 0.0.0.0", "0a00004d ",
		COOKIE TYPE("02 ") "3604 00000000 " LEASE MASK END },
	{ "H71: a server that is a group", "0a00004d ",
		COOKIE TYPE("02 ") "3604 e0000001 " LEASE MASK END },
};

static const char *state(void)
{
	static struct nod_dhcp_info info;

	return nod_dhcp_client_state(s->stack, STATION_IF, &info) < 0 ? "none" : info.state;
}

/* The last message to a server. */
static const struct sent *last_ask(unsigned from)
{
	for (unsigned k = s->n; k-- > from;)
		if (s->sent[k].protocol == IPPROTO_UDP &&
			s->sent[k].data[3] == DHCP_SERVER_PORT)
			return &s->sent[k];
	return NULL;
}

static void reply(
	const struct sent *to, const char *yiaddr, const char *options, uint8_t xid_off)
{
	uint8_t m[1024] = { 2, 1, 6 };
	struct heard_udp h = { .src = ip("10.0.0.2"),
		.dst = ip("255.255.255.255"),
		.src_port = DHCP_SERVER_PORT,
		.dst_port = DHCP_CLIENT_PORT,
		.data = m };
	size_t n;
	uint8_t *hex = from_hex(yiaddr, &n);

	memcpy(m + 4, to->data + 8 + 4, 4);
	m[4] ^= xid_off;
	memcpy(m + 16, hex, 4);
	free(hex);
	memcpy(m + 28, to->data + 8 + 28, 6);
	hex = from_hex(options, &n);
	memcpy(m + 236, hex, n);
	free(hex);
	h.len = 236 + n;
	station_hear_udp(s, &h);
}

static const struct sent *next_ask(void)
{
	unsigned from = s->n;

	for (unsigned k = 0; k < 100 && !last_ask(from); k++)
		station_pass(s, NOD_S);
	victim_must(last_ask(from), "DHCP");
	return last_ask(from);
}

static void lease_begin(void)
{
	v = (struct victim){ 0 };
	station_begin(s, &(struct nod_conf){ .seed = { 70 }, .no_ipv6 = true }, NULL);
	victim_must(nod_dhcp_client_start(s->stack, STATION_IF,
			    &(struct nod_dhcp_client_conf){ .no_link_local = true }) == 0,
		"client");
}

static void lease_end(void)
{
	nod_dhcp_client_stop(s->stack, STATION_IF);
	station_end(s);
}

#define GOOD(type) \
	COOKIE TYPE(type) \
	SERVER LEASE MASK "0304 0a000002 " END

static void test_offers(void)
{
	lease_begin();
	for (size_t k = 0; k < sizeof(offers) / sizeof(offers[0]); k++) {
		uint64_t before = station_count(s, NOD_EV_DHCP_DROP_BAD);
		const struct sent *to = next_ask();

		reply(to, offers[k].yiaddr, offers[k].options, 0);
		tap(station_count(s, NOD_EV_DHCP_DROP_BAD) == before + 1 &&
				strcmp(state(), "SELECTING") == 0,
			"%s", offers[k].name);
		station_forget(s);
	}
	reply(next_ask(), "0a00004d ", GOOD("02 "), 1);
	tap(strcmp(state(), "SELECTING") == 0, "H70: another exchange's number");
	reply(next_ask(), "0a00004d ", GOOD("05 "), 0);
	tap(strcmp(state(), "SELECTING") == 0, "H70: an acknowledgement of nothing");
	reply(next_ask(), "0a00004d ",
		COOKIE TYPE("02 ") SERVER LEASE MASK "0f41" LABEL63 "2e 0304 c0000201 " END, 0);
	tap(strcmp(state(), "REQUESTING") == 0, "an honest offer is taken");
	reply(last_ask(0), "0a00004e ", GOOD("05 "), 0);
	tap(strcmp(state(), "REQUESTING") == 0, "H70: another address than was asked for");
	reply(last_ask(0), "0a00004d ",
		COOKIE TYPE("05 ") SERVER LEASE MASK
		"0304 c0000201 3a04 00000000 3b04 ffffffff 3401 03 " END,
		0);
	station_pass(s, 10 * NOD_S);
	struct nod_dhcp_info info;

	nod_dhcp_client_state(s->stack, STATION_IF, &info);
	tap(strcmp(info.state, "BOUND") == 0 && info.n_routers == 0 &&
			info.renew_at > s->now + 1600 * NOD_S && info.rebind_at < info.until,
		"H71: T1 of 0, T2 of ever, a router off the link: what can be is made of it");
	lease_end();
}

/* Each of its messages is refused, or leased for no time at all: how much is said in an hour? */
static void test_storms(void)
{
	unsigned asked = 0;
	nod_ns until;

	lease_begin();
	for (until = s->now + 3600 * NOD_S; s->now < until; station_pass(s, 100 * NOD_MS)) {
		const struct sent *to = last_ask(0);
		uint8_t type = to ? to->data[8 + 240 + 2] : 0;

		if (!to)
			continue;
		asked++;
		station_forget(s);
		if (type == DHCP_DISCOVER)
			reply(to, "0a00004d ", GOOD("02 "), 0);
		else if (type == DHCP_REQUEST)
			reply(to, "0a00004d ", COOKIE TYPE("06 ") SERVER END, 0);
	}
	tap(asked > 10 && asked < 300, "H71: refused for an hour: %u messages", asked);
	lease_end();

	lease_begin();
	asked = 0;
	for (until = s->now + 3600 * NOD_S; s->now < until; station_pass(s, 100 * NOD_MS)) {
		const struct sent *to = last_ask(0);
		uint8_t type = to ? to->data[8 + 240 + 2] : 0;

		if (!to)
			continue;
		asked++;
		station_forget(s);
		reply(to, "0a00004d ",
			type == DHCP_DISCOVER ? GOOD("02 ") :
						COOKIE TYPE("05 ") SERVER MASK
				"3304 fffffffe 3a04 00000001 3b04 "
				"00000002 " END,
			0);
	}
	tap(asked > 1 && asked < 300, "H71: T1 of a second, for an hour: %u messages", asked);
	lease_end();
}

/* What clients may not say to the server. */
static void test_server(void)
{
	static const struct offer asks[] = {
		{ "H70: to the server: no options", "", "" },
		{ "H70: to the server: no type", "", COOKIE "3204 0a00004d " END },
		{ "H70: to the server: an option past the packet", "",
			COOKIE TYPE("01 ") "0cff 41" },
		{ "H70: to the server: a name of 1 octet for itself", "",
			COOKIE TYPE("01 ") "3d01 01 " END },
	};
	struct nod_dhcp_server_conf conf = { 0 };
	unsigned offered = 0;
	uint64_t before;

	victim_begin(&v, NULL);
	nod_addr_parse(&conf.first, "10.0.0.100");
	nod_addr_parse(&conf.last, "10.0.0.109");
	victim_must(nod_dhcp_server_start(s->stack, STATION_IF, &conf) == 0, "server");
	for (unsigned k = 0; k < 1000 + sizeof(asks) / sizeof(asks[0]); k++) {
		bool is_bad = k < sizeof(asks) / sizeof(asks[0]);
		uint8_t m[600] = { 1, 1, 6, 0, 9, 9, 9,
			9, [28] = 2, [32] = (uint8_t)(k >> 8), [33] = (uint8_t)k };
		struct heard_udp h = { .src = ip("0.0.0.0"),
			.dst = ip("255.255.255.255"),
			.src_port = DHCP_CLIENT_PORT,
			.dst_port = DHCP_SERVER_PORT,
			.data = m };
		size_t n;
		uint8_t *hex = from_hex(is_bad ? asks[k].options : COOKIE TYPE("01 ") END, &n);

		memcpy(m + 236, hex, n);
		free(hex);
		h.len = 236 + n;
		before = station_count(s, NOD_EV_DHCP_DROP_BAD);
		unsigned from = s->n;

		station_hear_udp(s, &h);
		if (is_bad)
			tap(station_count(s, NOD_EV_DHCP_DROP_BAD) == before + 1 &&
					s->n == from && victim_serves(&v),
				"%s", asks[k].name);
		else
			offered += s->n > from;
	}
	tap(offered == 10 && station_count(s, NOD_EV_DHCP_DROP_FULL) == 990,
		"H70: a thousand invented clients get what there is, and no more");
	tap(victim_serves(&v), "H70: and the honest one is served");
	nod_dhcp_server_stop(s->stack, STATION_IF);
	victim_end(&v);
}

int main(void)
{
	test_names();
	test_offers();
	test_storms();
	test_server();
	return tap_done();
}
