/* SPDX-License-Identifier: ISC */
/*
 * fuzz_dns_wire.c - any octets as a DNS message, and as the answer to a question
 *
 * The first octet chooses what was asked, the rest is the message (application/dns_wire.h,
 * application/dns_answer.h).
 */
#include "fuzz.h"

#include "application/dns_answer.h"

/* A name that was read is whole, and survives being written and read both ways. */
static void check_name(const struct dns_name *n)
{
	char text[DNS_NAME_TEXT_MAX];
	uint8_t wire[DNS_NAME_MAX];
	struct wcur w = wcur_of(wire, sizeof(wire));
	struct dns_name again;

	FUZZ_CLAIM(n->len >= 1 && n->octet[n->len - 1] == 0);
	dns_name_format(n, text);
	FUZZ_CLAIM(strlen(text) < DNS_NAME_TEXT_MAX);
	for (const char *p = text; *p; p++)
		FUZZ_CLAIM(*p > ' ' && *p < 0x7f);
	FUZZ_CLAIM(dns_name_from_text(&again, text) == 0);
	FUZZ_CLAIM(again.len == n->len && !memcmp(again.octet, n->octet, n->len));
	dns_name_emit(n, &w);
	struct rcur r = rcur_of(wire, w.at);
	FUZZ_CLAIM(!w.bad && dns_name_parse(&again, &r) == 0 && dns_name_equal(&again, n));
}

static void read_straight_down(struct span message)
{
	struct rcur r = rcur_of(message.p, message.len);
	struct dns_header h;
	struct dns_question q;
	struct dns_record rr;

	if (dns_header_parse(&h, &r) < 0)
		return;
	for (unsigned i = 0; i < h.n_questions && dns_question_parse(&q, &r) == 0; i++)
		check_name(&q.name);

	unsigned n = (unsigned)h.n_answers + h.n_authorities + h.n_additional;
	for (unsigned i = 0; i < n && dns_record_parse(&rr, &r) == 0; i++) {
		struct nod_addr a;
		struct dns_name name;
		struct dns_edns e;

		check_name(&rr.name);
		FUZZ_CLAIM(rr.data_at <= message.len && rr.data.len <= message.len - rr.data_at);
		if (dns_record_addr(&rr, &a) == 0)
			FUZZ_CLAIM(rr.data.len == (a.family == NOD_IPV4 ? 4 : 16));
		if (dns_record_name(&rr, message, &name) == 0)
			check_name(&name);
		(void)dns_record_edns(&rr, &e);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t types[] = { DNS_A, DNS_AAAA, DNS_PTR, DNS_NS };
	struct dns_question q = { .class = DNS_IN };
	struct dns_header h;

	if (!size)
		return 0;
	struct span message = { .p = data + 1, .len = size - 1 };
	struct dns_answer *a = malloc(sizeof(*a));

	if (!a)
		abort();
	q.type = types[data[0] & 3];
	(void)dns_name_from_text(&q.name, "a");
	read_straight_down(message);
	(void)dns_answer_fits(message, 0x1234, &q, &h);
	if (dns_answer_parse(a, message, &q) == 0) {
		FUZZ_CLAIM(a->n_aliases <= a->n_facts && a->n_facts <= DNS_ANSWER_MAX);
		for (unsigned i = 0; i < a->n_facts; i++) {
			check_name(&a->fact[i].owner);
			FUZZ_CLAIM(i >= a->n_aliases || a->fact[i].type == DNS_CNAME);
			FUZZ_CLAIM(i < a->n_aliases || dns_name_equal(&a->fact[i].owner, &a->end));
		}
	}
	free(a);
	return 0;
}
