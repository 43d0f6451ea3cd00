/* SPDX-License-Identifier: ISC */
/* test_resolver.c - names on a stack: the name server is the test (H67, H68, H69) */
#include "station.h"

#include <errno.h>
#include <netdb.h>

#include "application/dns_wire.h"
#include "application/resolver.h"

static const struct ipa me = IPA_V4_INIT(10, 0, 0, 2);
static const struct ipa server1 = IPA_V4_INIT(10, 0, 0, 1), server2 = IPA_V4_INIT(10, 0, 0, 3);

static struct station s;
static unsigned heard;
static struct nod_resolver_conf conf;

static struct nod_addr addr(const char *text)
{
	struct nod_addr a;

	nod_addr_parse(&a, text);
	return a;
}

static void begin(const struct nod_resolver_conf *c)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 2 };
	struct nod_addr one = addr("10.0.0.1"), three = addr("10.0.0.3");

	station_begin(&s, &(struct nod_conf){ .seed = { 6 }, .no_ipv6 = true }, "10.0.0.2/24");
	nod_neighbour_set(s.stack, STATION_IF, &one, mac);
	nod_neighbour_set(s.stack, STATION_IF, &three, mac);
	conf = c ? *c : (struct nod_resolver_conf){ 0 };
	if (!conf.n_servers) {
		conf.n_servers = 1;
		conf.server[0] = one;
	}
	heard = 0;
	tap(nod_resolver_set(s.stack, &conf) == 0, "a resolver");
}

static struct nod_resolve *ask(const char *name, enum nod_family family)
{
	struct nod_resolve *q = NULL;

	nod_resolve_start(s.stack, name, family, &q);
	nod_stack_poll(s.stack, s.now);
	station_drain(&s);
	return q;
}

/* A query as it arrived at a server. */
struct query {
	struct ipa server;
	uint16_t id, port;
	struct dns_question q;
	bool has_edns;
	nod_ns at;
	size_t question_len;
	uint8_t question[300]; /* its octets */
};

static bool next_query(struct query *out)
{
	const struct sent *t = station_sent_udp(&s, DNS_PORT, heard);
	struct dns_header h;
	struct rcur r;

	if (!t)
		return false;
	heard++;
	r = rcur_of(t->data + 8, t->len - 8);
	if (dns_header_parse(&h, &r) < 0 || dns_question_parse(&out->q, &r) < 0)
		return false;
	out->server = t->dst;
	out->id = h.id;
	out->port = (uint16_t)(t->data[0] << 8 | t->data[1]);
	out->has_edns = h.n_additional == 1;
	out->at = t->at;
	out->question_len = r.at - DNS_HEADER_LEN;
	memcpy(out->question, t->data + 8 + DNS_HEADER_LEN, out->question_len);
	return true;
}

static unsigned left_to_hear(void)
{
	unsigned n = 0;

	while (station_sent_udp(&s, DNS_PORT, heard + n))
		n++;
	return n;
}

/* What a server says.  Records are appended by hand. */
struct saying {
	uint8_t m[2048];
	struct wcur w;
	struct dns_header h;
	struct ipa from;
	uint16_t from_port, to_port;
};

static struct saying answer_to(const struct query *q)
{
	struct saying a = { .from = q->server, .from_port = DNS_PORT, .to_port = q->port,
		.h = { .id = q->id, .is_reply = true, .wants_recursion = true,
			.offers_recursion = true, .n_questions = 1 } };

	a.w.len = sizeof(a.m);
	a.w.at = DNS_HEADER_LEN;
	memcpy(a.m + DNS_HEADER_LEN, q->question, q->question_len);
	a.w.at += q->question_len;
	return a;
}

static void put_record(struct saying *a, const char *owner, uint16_t type, uint32_t ttl,
	const void *data, size_t len)
{
	struct dns_record rr = { .type = type, .class = DNS_IN, .ttl = ttl,
		.data = { data, len } };

	dns_name_from_text(&rr.name, owner);
	a->w.buf = a->m;
	if (dns_record_emit(&rr, &a->w) < 0)
		abort();
	a->h.n_answers++;
}

static void put_a(struct saying *a, const char *owner, uint32_t ttl, uint32_t v4)
{
	const uint8_t o[4] = { (uint8_t)(v4 >> 24), (uint8_t)(v4 >> 16), (uint8_t)(v4 >> 8),
		(uint8_t)v4 };

	put_record(a, owner, DNS_A, ttl, o, 4);
}

static void put_name(struct saying *a, const char *owner, uint16_t type, uint32_t ttl,
	const char *target)
{
	struct dns_name n;

	dns_name_from_text(&n, target);
	put_record(a, owner, type, ttl, n.octet, n.len);
}

static void put_soa(struct saying *a, uint32_t ttl, uint32_t minimum)
{
	uint8_t soa[22] = { 0 };

	soa[18] = (uint8_t)(minimum >> 24);
	soa[19] = (uint8_t)(minimum >> 16);
	soa[20] = (uint8_t)(minimum >> 8);
	soa[21] = (uint8_t)minimum;
	put_record(a, "example.com", DNS_SOA, ttl, soa, sizeof(soa));
	a->h.n_answers--;
	a->h.n_authorities++;
}

static void say(struct saying *a)
{
	struct wcur head = wcur_of(a->m, DNS_HEADER_LEN);

	if (dns_header_emit(&a->h, &head) < 0)
		abort();
	station_hear_udp(&s, &(struct heard_udp){ .src = a->from, .dst = me,
		.src_port = a->from_port, .dst_port = a->to_port, .data = a->m, .len = a->w.at });
}

static int taken(const struct nod_resolve *q, struct nod_hostent *h, int *eai)
{
	*eai = 0;
	*h = (struct nod_hostent){ 0 };
	return nod_resolve_take(q, h, eai);
}

static bool has_v4(const struct nod_hostent *h, const char *text)
{
	struct nod_addr a = addr(text);

	for (unsigned k = 0; k < h->n_addrs; k++)
		if (nod_addr_equal(&h->addr[k], &a))
			return true;
	return false;
}

/* Answer the next query with one address. */
static void answer_a(const char *owner, uint32_t ttl, uint32_t v4)
{
	struct query q;
	struct saying a;

	if (!next_query(&q))
		return;
	a = answer_to(&q);
	put_a(&a, owner, ttl, v4);
	say(&a);
}

static void test_found(void)
{
	struct nod_hostent h;
	struct nod_resolve *r;
	struct query q, q2;
	struct saying a;
	int eai;

	begin(NULL);
	r = ask("www.example.com", NOD_UNSPEC);
	tap(taken(r, &h, &eai) == -EAGAIN && next_query(&q) && next_query(&q2) &&
			q.q.type == DNS_AAAA && q2.q.type == DNS_A && q.q.class == DNS_IN &&
			ipa_equal(&q.server, &server1) && q.has_edns,
		"AAAA and A, side by side, with EDNS");
	tap(q.port != q2.port && q.id != q2.id && q.port >= 32768, "each from its own port");
	a = answer_to(&q);
	a.h.rcode = DNS_NOERROR;
	say(&a);
	tap(taken(r, &h, &eai) == -EAGAIN, "one of the two is not enough");
	a = answer_to(&q2);
	put_a(&a, "www.example.com", 300, 0xc0000201);
	put_a(&a, "www.example.com", 100, 0xc0000202);
	say(&a);
	tap(taken(r, &h, &eai) == 0 && h.n_addrs == 2 && has_v4(&h, "192.0.2.1") &&
			has_v4(&h, "192.0.2.2") && strcmp(h.name, "www.example.com") == 0 &&
			h.n_aliases == 0,
		"found, by the name that was asked for");
	nod_resolve_end(r);

	r = ask("WWW.Example.COM", NOD_IPV4);
	tap(taken(r, &h, &eai) == 0 && h.n_addrs == 2 && left_to_hear() == 0,
		"again: from the cache, whatever the case");
	nod_resolve_end(r);
	station_pass(&s, 101 * NOD_S);
	r = ask("www.example.com", NOD_IPV4);
	tap(taken(r, &h, &eai) == -EAGAIN && left_to_hear() == 1,
		"RFC 1035 7.4: until the least of its times to live is over");
	nod_resolve_end(r);
	tap(next_query(&q) && left_to_hear() == 0, "ended before it was answered");
	station_pass(&s, 30 * NOD_S);
	tap(left_to_hear() == 0, "and then it is not asked any more");
	tap(s.stack->names && s.stack->names->start, "sessions on the stack can ask it");
	station_end(&s);
}

static void test_numbers(void)
{
	static const char hosts[] = "10.0.0.9 nine.lan nine\n127.0.0.1 evil\n";
	struct nod_resolver_conf c = { .hosts = hosts, .hosts_len = sizeof(hosts) - 1 };
	struct nod_addr nine = addr("10.0.0.9");
	struct nod_hostent h;
	struct nod_resolve *r;
	int eai;

	begin(&c);
	r = ask("192.0.2.7", NOD_UNSPEC);
	tap(taken(r, &h, &eai) == 0 && has_v4(&h, "192.0.2.7"), "a number is its own answer");
	nod_resolve_end(r);
	r = ask("192.0.2.7", NOD_IPV6);
	tap(taken(r, &h, &eai) < 0 && eai == EAI_ADDRFAMILY, "but not of the other family");
	nod_resolve_end(r);
	r = ask("localhost", NOD_IPV4);
	tap(taken(r, &h, &eai) == 0 && has_v4(&h, "127.0.0.1"), "RFC 6761 6.3: localhost");
	nod_resolve_end(r);
	r = ask("a.localhost.", NOD_IPV4);
	tap(taken(r, &h, &eai) == 0 && has_v4(&h, "127.0.0.1"), "and all below it");
	nod_resolve_end(r);
	r = ask("nine", NOD_UNSPEC);
	tap(taken(r, &h, &eai) == 0 && has_v4(&h, "10.0.0.9") && strcmp(h.name, "nine.lan") == 0 &&
			h.n_aliases == 1,
		"the hosts table");
	nod_resolve_end(r);
	tap(nod_resolve_addr_start(s.stack, &nine, &r) == 0 && taken(r, &h, &eai) == 0 &&
			strcmp(h.name, "nine.lan") == 0,
		"and back");
	nod_resolve_end(r);
	tap(left_to_hear() == 0 && station_sent_udp(&s, DNS_PORT, 0) == NULL, "nobody was asked");
	tap(nod_resolve_start(s.stack, "", NOD_UNSPEC, &r) == -EINVAL, "no name");
	char long_name[400];
	memset(long_name, 'a', sizeof(long_name));
	long_name[399] = 0;
	tap(nod_resolve_start(s.stack, long_name, NOD_UNSPEC, &r) == -ENAMETOOLONG, "too long");
	r = ask("a..b", NOD_UNSPEC);
	tap(taken(r, &h, &eai) < 0 && eai == EAI_NONAME && left_to_hear() == 0,
		"what cannot be a name is none");
	nod_resolve_end(r);
	nod_resolve_end(NULL);
	station_end(&s);
}

/* (H68) RFC 5452 */
static void test_forged(void)
{
	struct nod_hostent h;
	struct nod_resolve *r;
	struct query q;
	struct saying a;
	int eai;
	unsigned mixed = 0;
	uint64_t before;

	begin(NULL);
	r = ask("www.example.com", NOD_IPV4);
	next_query(&q);
	for (size_t k = 0; k < q.question_len; k++)
		mixed += q.question[k] >= 'A' && q.question[k] <= 'Z';
	tap(mixed > 0 && mixed < 13, "0x20: letters in mixed case");
#define FORGED(name, ...)                                                                  \
	do {                                                                               \
		before = station_count(&s, NOD_EV_DNS_DROP_BAD) +                          \
			station_count(&s, NOD_EV_UDP_DROP_NO_PORT);                        \
		a = answer_to(&q);                                                         \
		put_a(&a, "www.example.com", 300, 0x06060606);                             \
		__VA_ARGS__;                                                               \
		say(&a);                                                                   \
		tap(taken(r, &h, &eai) == -EAGAIN &&                                       \
				station_count(&s, NOD_EV_DNS_DROP_BAD) +                   \
						station_count(&s, NOD_EV_UDP_DROP_NO_PORT) == \
					before + 1,                                        \
			"(H68) %s", name);                                                 \
	} while (0)
	FORGED("another number", a.h.id++);
	FORGED("from another address", a.from = server2);
	FORGED("from another port", a.from_port = 5353);
	FORGED("to another port", a.to_port++);
	FORGED("a query", a.h.is_reply = false);
	FORGED("another opcode", a.h.opcode = 4);
	FORGED("another name", a.m[DNS_HEADER_LEN + 2] = 'x');
	FORGED("another case", a.m[DNS_HEADER_LEN + 6] ^= 0x20);
	FORGED("another type", a.m[DNS_HEADER_LEN + q.question_len - 3] = DNS_AAAA);
	FORGED("another class", a.m[DNS_HEADER_LEN + q.question_len - 1] = 3);
	FORGED("no question", a.h.n_questions = 0; a.w.at = DNS_HEADER_LEN; a.h.n_answers = 0);
	FORGED("two questions", a.h.n_questions = 2);
	FORGED("nothing but a header cut", a.w.at = 11);
	FORGED("longer than was asked for", a.w.at = 1300);
	a = answer_to(&q);
	put_a(&a, "www.example.com", 300, 0xc0000201);
	put_a(&a, "www.other.com", 300, 0x06060606);
	say(&a);
	tap(taken(r, &h, &eai) == 0 && h.n_addrs == 1 && has_v4(&h, "192.0.2.1"),
		"(H68) the right one is taken, without what was not asked for");
	nod_resolve_end(r);
	a = answer_to(&q);
	put_a(&a, "www.example.com", 300, 0x06060606);
	say(&a);
	tap(station_count(&s, NOD_EV_UDP_DROP_NO_PORT) > 0, "(H68) unsolicited: nobody is there");

	bool is_seen[65536] = { false };
	unsigned different = 0, steps = 0;
	uint16_t last = 0;
	for (unsigned k = 0; k < 500; k++) {
		char name[32];

		snprintf(name, sizeof(name), "n%u.example.com", k);
		r = ask(name, NOD_IPV4);
		next_query(&q);
		different += !is_seen[q.id];
		is_seen[q.id] = true;
		steps += k && (uint16_t)(q.port - last) < 3;
		last = q.port;
		nod_resolve_end(r);
	}
	tap(different > 480 && steps < 10, "(H68) numbers and ports that follow no rule");
	station_end(&s);
}

/* (H67) names that cannot be read, (H69) aliases, truncation */
static void test_hostile(void)
{
	struct nod_hostent h;
	struct nod_resolve *r;
	struct query q;
	struct saying a;
	int eai;

	begin(NULL);
	static const struct {
		const char *name;
		uint8_t owner[4];
		unsigned len;
	} pointers[] = {
		{ "to itself", { 0xc0, 33 }, 2 },
		{ "forward", { 0xc0, 60 }, 2 },
		{ "beyond the message", { 0xff, 0xff }, 2 },
		{ "a label of 64", { 64, 1, 1, 1 }, 4 },
		{ "a label of 128", { 128, 1, 1, 1 }, 4 },
		{ "cut in a pointer", { 0xc0 }, 1 },
	};
	for (unsigned k = 0; k < sizeof(pointers) / sizeof(pointers[0]); k++) {
		char name[32];

		snprintf(name, sizeof(name), "w%u.example.com", k);
		r = ask(name, NOD_IPV4);
		next_query(&q);
		for (unsigned round = 0; round < ASK_ROUNDS; round++) {
			a = answer_to(&q);
			memcpy(a.m + a.w.at, pointers[k].owner, pointers[k].len);
			a.w.at += pointers[k].len;
			if (pointers[k].len == 2) {
				memset(a.m + a.w.at, 0, 14);
				a.w.at += 14;
			}
			a.h.n_answers = 1;
			say(&a);
			next_query(&q);
		}
		tap(taken(r, &h, &eai) < 0 && eai == EAI_AGAIN, "(H67) a pointer: %s",
			pointers[k].name);
		nod_resolve_end(r);
	}
	r = ask("counts.example.com", NOD_IPV4);
	next_query(&q);
	a = answer_to(&q);
	a.h.n_answers = a.h.n_authorities = a.h.n_additional = 65535;
	say(&a);
	tap(taken(r, &h, &eai) == -EAGAIN && next_query(&q),
		"(H67) 65,535 records and none there: the next try");
	a = answer_to(&q);
	put_a(&a, "counts.example.com", 60, 1);
	a.m[a.w.at - 5] = 0xff;
	say(&a);
	tap(taken(r, &h, &eai) == -EAGAIN && next_query(&q), "(H67) RDLENGTH past the end");
	a = answer_to(&q);
	put_a(&a, "counts.example.com", 60, 0xc0000207);
	say(&a);
	tap(taken(r, &h, &eai) == 0 && has_v4(&h, "192.0.2.7"), "and a good one is taken");
	nod_resolve_end(r);

	r = ask("a.example.com", NOD_IPV4);
	next_query(&q);
	a = answer_to(&q);
	put_name(&a, "a.example.com", DNS_CNAME, 60, "b.example.com");
	put_name(&a, "b.example.com", DNS_CNAME, 60, "a.example.com");
	say(&a);
	tap(taken(r, &h, &eai) == -ELOOP && eai == EAI_FAIL, "(H69) aliases in a circle");
	nod_resolve_end(r);

	r = ask("c0.example.com", NOD_IPV4);
	unsigned asked = 0;
	while (next_query(&q)) {
		char from[32], to[32];

		snprintf(from, sizeof(from), "c%u.example.com", asked);
		snprintf(to, sizeof(to), "c%u.example.com", ++asked);
		a = answer_to(&q);
		put_name(&a, from, DNS_CNAME, 60, to);
		say(&a);
		if (asked > 50)
			break;
	}
	tap(taken(r, &h, &eai) == -ELOOP && asked == ASK_ALIASES + 1,
		"(H69) aliases from message to message: %u are followed", asked - 1);
	nod_resolve_end(r);

	r = ask("alias.example.com", NOD_IPV4);
	next_query(&q);
	a = answer_to(&q);
	put_name(&a, "alias.example.com", DNS_CNAME, 60, "real.example.net");
	say(&a);
	tap(next_query(&q), "an alias out of the message: asked for");
	a = answer_to(&q);
	put_a(&a, "real.example.net", 60, 0xc0000203);
	say(&a);
	tap(taken(r, &h, &eai) == 0 && strcmp(h.name, "real.example.net") == 0 &&
			h.n_aliases == 1 && strcmp(h.alias[0], "alias.example.com") == 0,
		"and found by its canonical name");
	nod_resolve_end(r);

	r = ask("long.example.com", NOD_IPV4);
	while (next_query(&q)) {
		a = answer_to(&q);
		put_a(&a, "long.example.com", 60, 0x06060606);
		a.h.is_truncated = true;
		say(&a);
	}
	tap(taken(r, &h, &eai) == -EMSGSIZE && eai == EAI_FAIL,
		"(H69) TC: not believed in part, and it is said that it needs TCP");
	nod_resolve_end(r);
	station_end(&s);
}

/* RFC 2308 */
static void test_negative(void)
{
	struct nod_hostent h;
	struct nod_resolve *r;
	struct query q;
	struct saying a;
	int eai;

	begin(NULL);
	r = ask("no.example.com", NOD_IPV4);
	next_query(&q);
	a = answer_to(&q);
	a.h.rcode = DNS_NXDOMAIN;
	a.h.is_authoritative = true;
	put_soa(&a, 600, 60);
	say(&a);
	tap(taken(r, &h, &eai) < 0 && eai == EAI_NONAME, "(H69) NXDOMAIN");
	nod_resolve_end(r);
	r = ask("no.example.com", NOD_IPV4);
	tap(taken(r, &h, &eai) < 0 && eai == EAI_NONAME && left_to_hear() == 0,
		"RFC 2308 5: remembered");
	nod_resolve_end(r);
	station_pass(&s, 61 * NOD_S);
	r = ask("no.example.com", NOD_IPV4);
	tap(taken(r, &h, &eai) == -EAGAIN && left_to_hear() == 1,
		"for the SOA's minimum, and no longer");
	next_query(&q);
	a = answer_to(&q);
	put_soa(&a, 600, 600);
	say(&a);
	tap(taken(r, &h, &eai) < 0 && eai == EAI_NODATA, "the name, but no address");
	nod_resolve_end(r);
	r = ask("nosoa.example.com", NOD_IPV4);
	next_query(&q);
	a = answer_to(&q);
	a.h.rcode = DNS_NXDOMAIN;
	say(&a);
	nod_resolve_end(r);
	r = ask("nosoa.example.com", NOD_IPV4);
	tap(taken(r, &h, &eai) == -EAGAIN, "RFC 2308 5: without a SOA it is not remembered");
	nod_resolve_end(r);
	station_end(&s);
}

static void test_servers(void)
{
	struct nod_resolver_conf c = { .n_servers = 2,
		.server = { addr("10.0.0.1"), addr("10.0.0.3") } };
	struct nod_hostent h;
	struct nod_resolve *r;
	struct query q, first;
	struct saying a;
	nod_ns start;
	unsigned n = 0;
	bool ok = true, is_lower = true;
	int eai;

	begin(&c);
	start = s.now;
	r = ask("silent.example.com", NOD_IPV4);
	station_pass(&s, 60 * NOD_S);
	while (next_query(&q)) {
		static const uint8_t at[] = { 0, 2, 4, 8, 12 };

		ok &= n < 5 && ipa_equal(&q.server, n % 2 ? &server2 : &server1) &&
			q.at - start < at[n] * NOD_S + NOD_MS && q.at - start >= at[n] * NOD_S;
		is_lower = true;
		for (size_t k = 0; k < q.question_len; k++)
			is_lower &= q.question[k] < 'A' || q.question[k] > 'Z';
		n++;
	}
	tap(ok && n == 5, "silence: each server, 2 s, then 4 s, then 8 s");
	tap(is_lower, "in the last round in the case in which it was asked for");
	tap(taken(r, &h, &eai) == -ETIMEDOUT && eai == EAI_AGAIN, "and nobody answered");
	nod_resolve_end(r);

	r = ask("ill.example.com", NOD_IPV4);
	next_query(&first);
	a = answer_to(&first);
	a.h.rcode = DNS_SERVFAIL;
	say(&a);
	tap(next_query(&q) && ipa_equal(&q.server, &server2), "SERVFAIL: the other, at once");
	a = answer_to(&q);
	a.h.rcode = DNS_FORMERR;
	say(&a);
	tap(next_query(&q) && ipa_equal(&q.server, &server2) && !q.has_edns,
		"RFC 6891 6.2.2: FORMERR: the same once more without EDNS");
	a = answer_to(&q);
	put_a(&a, "ill.example.com", 60, 0xc0000209);
	say(&a);
	tap(taken(r, &h, &eai) == 0 && has_v4(&h, "192.0.2.9"), "answered");
	nod_resolve_end(r);

	r = ask("refused.example.com", NOD_IPV4);
	for (n = 0; next_query(&q); n++) {
		a = answer_to(&q);
		a.h.rcode = DNS_REFUSED;
		say(&a);
	}
	tap(n == 2 && taken(r, &h, &eai) == -EREMOTEIO && eai == EAI_AGAIN,
		"REFUSED: each is asked once");
	nod_resolve_end(r);

	/* ICMP: port unreachable, quoting the query */
	r = ask("closed.example.com", NOD_IPV4);
	const struct sent *t = station_sent_udp(&s, DNS_PORT, heard);
	next_query(&q);
	uint8_t m[8 + 20 + 8] = { 3, 3 };
	struct wcur w = wcur_of(m + 8, 20);
	ipv4_emit(&(struct ipv4_hdr){ .len = (uint16_t)(20 + t->len), .ttl = 64,
			  .protocol = IP_PROTO_UDP, .src = me, .dst = server1 },
		&w);
	memcpy(m + 28, t->data, 8);
	uint16_t sum = checksum_end(checksum_add(0, m, sizeof(m)));
	m[2] = (uint8_t)(sum >> 8);
	m[3] = (uint8_t)sum;
	station_hear(&s, &(struct heard){ .src = server1, .dst = me, .protocol = IP_PROTO_ICMP,
		.ttl = 64, .data = m, .len = sizeof(m) });
	station_pass(&s, 10 * NOD_MS);
	tap(next_query(&q) && ipa_equal(&q.server, &server2),
		"port unreachable: the other, at once");
	nod_resolve_end(r);
	station_end(&s);
}

static void test_search(void)
{
	struct nod_resolver_conf c = { .n_search = 2,
		.search = { "one.example.com", "two.example.com" } };
	struct nod_hostent h;
	struct nod_resolve *r;
	struct query q;
	struct saying a;
	struct dns_name want;
	int eai;

	begin(&c);
	r = ask("host", NOD_IPV4);
	dns_name_from_text(&want, "host.one.example.com");
	tap(next_query(&q) && dns_name_equal(&q.q.name, &want), "the search list's first");
	a = answer_to(&q);
	a.h.rcode = DNS_NXDOMAIN;
	say(&a);
	dns_name_from_text(&want, "host.two.example.com");
	tap(next_query(&q) && dns_name_equal(&q.q.name, &want), "its second");
	a = answer_to(&q);
	put_a(&a, "host.two.example.com", 60, 0xc0000204);
	say(&a);
	tap(taken(r, &h, &eai) == 0 && strcmp(h.name, "host.two.example.com") == 0 &&
			h.n_aliases == 0,
		"found there, by its whole name");
	nod_resolve_end(r);
	r = ask("a.b", NOD_IPV4);
	dns_name_from_text(&want, "a.b");
	tap(next_query(&q) && dns_name_equal(&q.q.name, &want),
		"with dots enough it is first asked for as it is");
	nod_resolve_end(r);
	r = ask("host.", NOD_IPV4);
	dns_name_from_text(&want, "host");
	next_query(&q);
	a = answer_to(&q);
	a.h.rcode = DNS_NXDOMAIN;
	say(&a);
	tap(dns_name_equal(&q.q.name, &want) && taken(r, &h, &eai) < 0 && eai == EAI_NONAME &&
			left_to_hear() == 0,
		"a last dot: whole, and not searched for");
	nod_resolve_end(r);
	station_end(&s);
}

static unsigned told;

static void on_done(void *self)
{
	(void)self;
	told++;
}

static void test_limits(void)
{
	struct nod_resolver_conf c = { .cache = 4, .questions = 8 };
	struct nod_resolve *list[9], *r;
	struct nod_addr five = addr("10.0.0.5"), addrs[4];
	struct nod_hostent h;
	struct query q;
	struct saying a;
	void *lookup;
	int err = 0, eai;
	unsigned n = 0;

	begin(&c);
	for (; n < 9 && err == 0; n++)
		err = nod_resolve_start(s.stack, "x.example.com", NOD_IPV4, &list[n]);
	tap(err == -ENOBUFS && n == 9, "eight questions at a time, one more is refused");
	for (unsigned k = 0; k < 8; k++)
		nod_resolve_end(list[k]);
	station_drain(&s);
	while (next_query(&q))
		;
	for (unsigned k = 0; k < 10; k++) {
		char name[32];

		snprintf(name, sizeof(name), "k%u.example.com", k);
		r = ask(name, NOD_IPV4);
		answer_a(name, 600, 0xc0000200 + k);
		nod_resolve_end(r);
	}
	r = ask("k9.example.com", NOD_IPV4);
	tap(taken(r, &h, &eai) == 0 && left_to_hear() == 0, "the cache has the newest");
	nod_resolve_end(r);
	r = ask("k0.example.com", NOD_IPV4);
	tap(taken(r, &h, &eai) == -EAGAIN && next_query(&q), "and not the oldest");
	nod_resolve_end(r);

	tap(nod_resolve_addr_start(s.stack, &five, &r) == 0, "an address's name");
	station_drain(&s);
	next_query(&q);
	struct dns_name want;
	dns_name_from_text(&want, "5.0.0.10.in-addr.arpa");
	tap(q.q.type == DNS_PTR && dns_name_equal(&q.q.name, &want), "PTR");
	a = answer_to(&q);
	put_name(&a, "5.0.0.10.in-addr.arpa", DNS_PTR, 60, "five.example.com");
	say(&a);
	tap(taken(r, &h, &eai) == 0 && strcmp(h.name, "five.example.com") == 0, "answered");
	nod_resolve_end(r);

	/* as sessions on the stack ask */
	told = 0;
	err = s.stack->names->start(s.stack, "k9.example.com", NOD_IPV4, on_done, NULL, &lookup);
	nod_stack_poll(s.stack, s.now);
	tap(err == 0 && told == 1 && s.stack->names->take(lookup, addrs, 4, &eai) == 1,
		"for sessions: told when it is there");
	s.stack->names->end(lookup);
	char buf[64];
	s.stack->names->sources(s.stack, buf, sizeof(buf));
	tap(strcmp(buf, "10.0.0.1") == 0, "for sessions: whom it asks");
	told = 0;
	s.stack->names->start(s.stack, "z.example.com", NOD_IPV4, on_done, NULL, &lookup);
	tap(nod_resolver_set(s.stack, &conf) == 0 && told == 1 &&
			s.stack->names->take(lookup, addrs, 4, &eai) == -ECANCELED,
		"another resolver: what was being asked has failed");
	s.stack->names->end(lookup);
	r = ask("held.example.com", NOD_IPV4);
	nod_stack_free(s.stack);
	tap(taken(r, &h, &eai) == -ECANCELED, "a stack that is freed with questions open");
	nod_resolve_end(r);
	free(s.sent);
}

/* Nobody was named: neither by hand nor by DHCP. */
static void test_nobody(void)
{
	struct nod_resolve *r;
	struct nod_hostent h;
	int eai;

	station_begin(&s, &(struct nod_conf){ .seed = { 6 }, .no_ipv6 = true }, "10.0.0.2/24");
	heard = 0;
	r = ask("www.example.com", NOD_UNSPEC);
	tap(r && taken(r, &h, &eai) == -ENETUNREACH && eai == EAI_AGAIN,
		"no name server is known: said at once");
	nod_resolve_end(r);
	station_end(&s);
}

static void test_order(void)
{
	struct nod_addr list[4] = { addr("192.0.2.1"), addr("2001:db8::1"), addr("10.0.0.9"),
		addr("127.0.0.1") };

	begin(NULL); /* IPv4 on 10/24 and nothing else: neither IPv6 nor a default route */
	resolver_order(s.stack, list, 4);
	struct nod_addr nine = addr("10.0.0.9");
	tap((nod_addr_equal(&list[0], &nine) || nod_addr_equal(&list[1], &nine)) &&
			list[3].family + list[2].family == NOD_IPV4 + NOD_IPV6,
		"RFC 6724 6 rule 1: what cannot be reached comes last");
	station_end(&s);
}

int main(void)
{
	test_found();
	test_numbers();
	test_forged();
	test_hostile();
	test_negative();
	test_servers();
	test_search();
	test_limits();
	test_nobody();
	test_order();
	return tap_done();
}
