/* SPDX-License-Identifier: ISC */
/* test_dns_answer.c - which messages answer a question, and what they say */
#include "tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "application/dns_answer.h"
#include "hex.h"

/* The question of all rows: "a." IN A, query 0x1234. */
static struct dns_question asked(void)
{
	struct dns_question q = { .type = DNS_A, .class = DNS_IN };

	dns_name_from_text(&q.name, "a");
	return q;
}

static const struct {
	const char *name, *hex;
	bool fits;
} fits[] = {
	{ "the same question", "1234 8180 0001 0000 0000 0000 0161 00 0001 0001", true },
	{ "in another case", "1234 8180 0001 0000 0000 0000 0141 00 0001 0001", true },
	{ "an error without the question", "1234 8181 0000 0000 0000 0000", true },
	{ "SERVFAIL without the question", "1234 8182 0000 0000 0000 0000", true },
	{ "NXDOMAIN without the question", "1234 8183 0000 0000 0000 0000", false },
	{ "success without the question", "1234 8180 0000 0000 0000 0000", false },
	{ "another number", "1235 8180 0001 0000 0000 0000 0161 00 0001 0001", false },
	{ "a query", "1234 0100 0001 0000 0000 0000 0161 00 0001 0001", false },
	{ "another opcode", "1234 a180 0001 0000 0000 0000 0161 00 0001 0001", false },
	{ "another name", "1234 8180 0001 0000 0000 0000 0162 00 0001 0001", false },
	{ "another type", "1234 8180 0001 0000 0000 0000 0161 00 001c 0001", false },
	{ "another class", "1234 8180 0001 0000 0000 0000 0161 00 0001 0003", false },
	{ "two questions", "1234 8180 0002 0000 0000 0000 0161 00 0001 0001 0161 00 0001 0001",
		false },
	{ "a question that is not there", "1234 8180 0001 0000 0000 0000", false },
	{ "a question cut", "1234 8180 0001 0000 0000 0000 0161 00 0001 00", false },
	{ "a header cut", "1234 8180 0001 0000 0000 00", false },
	{ "nothing", "", false },
};

#define HEAD(answers)	  "1234 8180 0001 " answers " 0000 0000 0161 00 0001 0001"
#define HEAD_OPT(answers) "1234 8180 0001 " answers " 0000 0001 0161 00 0001 0001"
#define IS_ADDR(owner)	  owner " 0001 0001 0000003c 0004 c0000201"
#define IS_ALIAS(owner, of) owner " 0005 0001 0000003c 0003 " of

static const struct {
	const char *name, *hex;
	int err;
	unsigned n_facts, n_aliases;
	bool is_circle;
	const char *end;
	unsigned rcode;
} answers[] = {
	{ "nothing", HEAD("0000"), 0, 0, 0, false, "a", 0 },
	{ "an address", HEAD("0001") IS_ADDR("c00c"), 0, 1, 0, false, "a", 0 },
	{ "an alias and its address", HEAD("0002") IS_ALIAS("c00c", "016200") IS_ADDR("016200"), 0,
		2, 1, false, "b", 0 },
	{ "in the other order", HEAD("0002") IS_ADDR("016200") IS_ALIAS("c00c", "016200"), 0, 2, 1,
		false, "b", 0 },
	{ "an alias alone", HEAD("0001") IS_ALIAS("c00c", "016200"), 0, 1, 1, false, "b", 0 },
	{ "someone else's address", HEAD("0001") IS_ADDR("016200"), 0, 0, 0, false, "a", 0 },
	{ "someone else's alias", HEAD("0001") IS_ALIAS("016200", "016300"), 0, 0, 0, false, "a",
		0 },
	{ "an alias of itself", HEAD("0001") IS_ALIAS("c00c", "016100"), 0, 1, 1, true, "a", 0 },
	{ "a circle of two", HEAD("0002") IS_ALIAS("c00c", "016200") IS_ALIAS("016200", "014100"),
		0, 2, 2, true, "A", 0 },
	{ "a circle further on", HEAD("0003") IS_ALIAS("c00c", "016200")
		IS_ALIAS("016200", "016300") IS_ALIAS("016300", "016200"), 0, 3, 3, true, "b", 0 },
	{ "a code in OPT", HEAD_OPT("0000") "00 0029 04d0 01000000 0000", 0, 0, 0, false, "a", 16 },
	{ "an OPT that is cut", HEAD_OPT("0000") "00 0029 04d0 010000", 0, 0, 0, false, "a", 0 },
	{ "a record cut", HEAD("0001") "c00c 0001 0001 0000003c 0004 c00002", -EBADMSG, 0, 0, false,
		"a", 0 },
	{ "fewer records than counted", HEAD("0002") IS_ADDR("c00c"), -EBADMSG, 0, 0, false, "a",
		0 },
	{ "65,535 counted", HEAD("ffff"), -EBADMSG, 0, 0, false, "a", 0 },
	{ "a name that runs in a circle", HEAD("0001") IS_ADDR("c013"), -EBADMSG, 0, 0, false, "a",
		0 },
	{ "a header cut", "1234 8180", -EBADMSG, 0, 0, false, "a", 0 },
	{ "a question cut", "1234 8180 0001 0000 0000 0000 0161", -EBADMSG, 0, 0, false, "a", 0 },
};

static void test_answers(void)
{
	struct dns_question q = asked();
	struct dns_answer *a = malloc(sizeof(*a));
	struct dns_header h;
	char buf[DNS_NAME_TEXT_MAX];

	for (unsigned i = 0; i < sizeof(fits) / sizeof(fits[0]); i++) {
		size_t len;
		uint8_t *p = from_hex(fits[i].hex, &len);

		tap(dns_answer_fits((struct span){ p, len }, 0x1234, &q, &h) == fits[i].fits,
			"fits: %s", fits[i].name);
		free(p);
	}
	for (unsigned i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		size_t len;
		uint8_t *p = from_hex(answers[i].hex, &len);
		int err = dns_answer_parse(a, (struct span){ p, len }, &q);
		bool ok = err == answers[i].err;

		if (ok && !err)
			ok = a->n_facts == answers[i].n_facts &&
				a->n_aliases == answers[i].n_aliases &&
				a->is_circle == answers[i].is_circle &&
				a->rcode == answers[i].rcode &&
				strcmp(dns_name_format(&a->end, buf), answers[i].end) == 0;
		tap(ok, "answer: %s", answers[i].name);
		free(p);
	}
	free(a);
}

/* More of everything than is kept. */
static void test_many(void)
{
	struct dns_question q = asked();
	struct dns_answer *a = malloc(sizeof(*a));
	uint8_t *p = malloc(DNS_MESSAGE_MAX);
	static const uint8_t addr[4] = { 10, 0, 0, 1 };
	struct dns_header h = { .id = 1, .is_reply = true, .n_questions = 1, .n_answers = 3000 };
	struct dns_record rr = { .name = q.name, .type = DNS_A, .class = DNS_IN,
		.data = { addr, 4 } };
	struct wcur w = wcur_of(p, DNS_MESSAGE_MAX);

	dns_header_emit(&h, &w);
	dns_question_emit(&q, &w);
	for (unsigned i = 0; i < 3000; i++)
		dns_record_emit(&rr, &w);
	tap(dns_answer_parse(a, (struct span){ p, w.at }, &q) == 0 && a->is_cut &&
		a->n_facts == DNS_ANSWER_MAX, "answer: 3,000 addresses");

	/* a chain of a hundred aliases: "a" is "b0", "b0" is "b1" ... */
	w = wcur_of(p, DNS_MESSAGE_MAX);
	h.n_answers = 100;
	dns_header_emit(&h, &w);
	dns_question_emit(&q, &w);
	rr = (struct dns_record){ .name = q.name, .type = DNS_CNAME, .class = DNS_IN };
	for (unsigned i = 0; i < 100; i++) {
		struct dns_name target;
		char text[8];

		snprintf(text, sizeof(text), "b%u", i);
		dns_name_from_text(&target, text);
		rr.data = (struct span){ target.octet, target.len };
		dns_record_emit(&rr, &w);
		rr.name = target;
	}
	tap(dns_answer_parse(a, (struct span){ p, w.at }, &q) == 0 && a->is_circle &&
		a->n_aliases == 16, "answer: a chain of a hundred aliases is followed for sixteen");
	free(p);
	free(a);
}

int main(void)
{
	test_answers();
	test_many();
	return tap_done();
}
