/* SPDX-License-Identifier: ISC */
/*
 * dns_wire.c - DNS messages, octets to struct and back
 *
 * RFC 1035 4.1, 3596, 6891.  Writes no compression: a query has one name only.
 *
 * Neighbours: dns_wire.h.
 */
#include "dns_wire.h"

#include <errno.h>
#include <stdio.h>

/*
 * A name has at most 127 labels, and no sender has reason to put more than one pointer
 * before each: more are there to make us run.
 */
#define POINTERS_MAX 127

/* ---- names --------------------------------------------------------------------------- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One octet of a label, escaped or not.  What follows it, or NULL: a bad escape. */
static const char *text_octet(const char *p, uint8_t *octet)
{
	if (*p != '\\') {
		*octet = (uint8_t)*p;
		return p + 1;
	}
	p++;
	if (!is_digit(*p)) {
		*octet = (uint8_t)*p;
		return *p ? p + 1 : NULL;
	}
	if (!is_digit(p[1]) || !is_digit(p[2]))
		return NULL;
	int v = (p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0');
	*octet = (uint8_t)v;
	return v <= 255 ? p + 3 : NULL;
}

int dns_name_from_text(struct dns_name *n, const char *text)
{
	struct dns_name out = { 0 };
	unsigned at = 0; /* the length octet of the label being read */
	unsigned len = 0;
	const char *p = text;

	if (strcmp(text, ".") == 0)
		p = "";
	while (*p) {
		if (*p == '.') {
			if (!len)
				return -EINVAL;
			out.octet[at] = (uint8_t)len;
			at += len + 1;
			len = 0;
			p++;
			continue;
		}
		if (len == DNS_LABEL_MAX || at + len + 2 >= DNS_NAME_MAX)
			return -ENAMETOOLONG;
		p = text_octet(p, &out.octet[at + 1 + len]);
		if (!p)
			return -EINVAL;
		len++;
	}
	if (len) {
		out.octet[at] = (uint8_t)len;
		at += len + 1;
	} else if (!at && *text != '.') {
		return -EINVAL; /* nothing at all */
	}
	out.octet[at] = 0;
	out.len = (uint8_t)(at + 1);
	*n = out;
	return 0;
}

char *dns_name_format(const struct dns_name *n, char buf[DNS_NAME_TEXT_MAX])
{
	size_t o = 0;

	for (unsigned at = 0; at < n->len && n->octet[at]; at += n->octet[at] + 1u) {
		if (o)
			buf[o++] = '.';
		for (unsigned i = 1; i <= n->octet[at] && at + i < n->len; i++) {
			uint8_t c = n->octet[at + i];

			if (c == '.' || c == '\\') {
				buf[o++] = '\\';
				buf[o++] = (char)c;
			} else if (c > 0x20 && c < 0x7f) {
				buf[o++] = (char)c;
			} else {
				buf[o++] = '\\';
				buf[o++] = (char)('0' + c / 100);
				buf[o++] = (char)('0' + c / 10 % 10);
				buf[o++] = (char)('0' + c % 10);
			}
		}
	}
	if (!o)
		buf[o++] = '.';
	buf[o] = 0;
	return buf;
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

bool dns_name_equal(const struct dns_name *a, const struct dns_name *b)
{
	if (a->len != b->len)
		return false;
	/* lengths of labels are below 'A', so they can be compared like the rest */
	for (unsigned i = 0; i < a->len; i++) {
		if (lower(a->octet[i]) != lower(b->octet[i]))
			return false;
	}
	return true;
}

int dns_name_join(struct dns_name *out, const struct dns_name *n, const struct dns_name *domain)
{
	size_t labels = n->len - 1u; /* without the root */

	if (labels + domain->len > DNS_NAME_MAX)
		return -ENAMETOOLONG;
	memmove(out->octet, n->octet, labels);
	memcpy(out->octet + labels, domain->octet, domain->len);
	out->len = (uint8_t)(labels + domain->len);
	return 0;
}

void dns_name_of_addr(struct dns_name *n, const struct nod_addr *a)
{
	static const uint8_t v4[] = "\7in-addr\4arpa";
	static const uint8_t v6[] = "\3ip6\4arpa";
	struct wcur w = wcur_of(n->octet, sizeof(n->octet));

	if (a->family == NOD_IPV4) {
		for (int i = 3; i >= 0; i--) {
			char digits[4];
			int len = snprintf(digits, sizeof(digits), "%u", a->octet[i]);

			wcur_u8(&w, (uint8_t)len);
			wcur_put(&w, digits, (size_t)len);
		}
		wcur_put(&w, v4, sizeof(v4)); /* with its NUL, which is the root */
	} else {
		for (int i = 15; i >= 0; i--) {
			wcur_u8(&w, 1);
			wcur_u8(&w, (uint8_t) "0123456789abcdef"[a->octet[i] & 15]);
			wcur_u8(&w, 1);
			wcur_u8(&w, (uint8_t) "0123456789abcdef"[a->octet[i] >> 4]);
		}
		wcur_put(&w, v6, sizeof(v6));
	}
	n->len = (uint8_t)w.at;
}

int dns_name_parse(struct dns_name *n, struct rcur *r)
{
	struct rcur at = *r;
	size_t run = r->at; /* where the labels being read began */
	unsigned pointers = 0;

	n->len = 0;
	for (;;) {
		uint8_t len = rcur_u8(&at);

		if (at.bad)
			goto bad;
		if (len <= DNS_LABEL_MAX) {
			const uint8_t *label = len ? rcur_take(&at, len) : NULL;

			if (at.bad || n->len + 1u + len + (len ? 1u : 0u) > DNS_NAME_MAX)
				goto bad;
			n->octet[n->len++] = len;
			if (!len)
				break;
			memcpy(n->octet + n->len, label, len);
			n->len = (uint8_t)(n->len + len);
			continue;
		}
		size_t target = (size_t)(len & 0x3f) << 8 | rcur_u8(&at);
		if (at.bad || (len & 0xc0) != 0xc0 || target >= run ||
			++pointers > POINTERS_MAX)
			goto bad;
		if (pointers == 1)
			r->at = at.at; /* what follows the name follows its first pointer */
		run = at.at = target;
	}
	if (!pointers)
		r->at = at.at;
	return 0;
bad:
	r->bad = true;
	*n = (struct dns_name){ .len = 1 };
	return -EBADMSG;
}

void dns_name_emit(const struct dns_name *n, struct wcur *w)
{
	wcur_put(w, n->octet, n->len);
}

/* ---- messages ------------------------------------------------------------------------ */

/* The second word of a header, from its top: RFC 1035 4.1.1, RFC 4035 3.2. */
enum {
	QR = 1 << 15,
	AA = 1 << 10,
	TC = 1 << 9,
	RD = 1 << 8,
	RA = 1 << 7,
	AD = 1 << 5,
	CD = 1 << 4
};

int dns_header_parse(struct dns_header *h, struct rcur *r)
{
	*h = (struct dns_header){ 0 };
	h->id = rcur_u16(r);
	uint16_t flags = rcur_u16(r);
	h->n_questions = rcur_u16(r);
	h->n_answers = rcur_u16(r);
	h->n_authorities = rcur_u16(r);
	h->n_additional = rcur_u16(r);
	h->is_reply = flags & QR;
	h->opcode = flags >> 11 & 15;
	h->is_authoritative = flags & AA;
	h->is_truncated = flags & TC;
	h->wants_recursion = flags & RD;
	h->offers_recursion = flags & RA;
	h->is_authentic = flags & AD;
	h->no_checking = flags & CD;
	h->rcode = flags & 15;
	return r->bad ? -EBADMSG : 0;
}

int dns_header_emit(const struct dns_header *h, struct wcur *w)
{
	wcur_u16(w, h->id);
	wcur_u16(w,
		(uint16_t)((h->is_reply ? QR : 0) | (h->opcode & 15) << 11 |
			(h->is_authoritative ? AA : 0) | (h->is_truncated ? TC : 0) |
			(h->wants_recursion ? RD : 0) | (h->offers_recursion ? RA : 0) |
			(h->is_authentic ? AD : 0) | (h->no_checking ? CD : 0) |
			(h->rcode & 15)));
	wcur_u16(w, h->n_questions);
	wcur_u16(w, h->n_answers);
	wcur_u16(w, h->n_authorities);
	wcur_u16(w, h->n_additional);
	return w->bad ? -EMSGSIZE : 0;
}

int dns_question_parse(struct dns_question *q, struct rcur *r)
{
	int err = dns_name_parse(&q->name, r);

	q->type = rcur_u16(r);
	q->class = rcur_u16(r);
	return err < 0 || r->bad ? -EBADMSG : 0;
}

int dns_question_emit(const struct dns_question *q, struct wcur *w)
{
	dns_name_emit(&q->name, w);
	wcur_u16(w, q->type);
	wcur_u16(w, q->class);
	return w->bad ? -EMSGSIZE : 0;
}

int dns_record_parse(struct dns_record *rr, struct rcur *r)
{
	int err = dns_name_parse(&rr->name, r);

	rr->type = rcur_u16(r);
	rr->class = rcur_u16(r);
	rr->ttl = rcur_u32(r);
	if (rr->ttl >> 31 && rr->type != DNS_OPT) /* an OPT's are flags */
		rr->ttl = 0;
	uint16_t len = rcur_u16(r);
	rr->data_at = r->at;
	rr->data = rcur_span(r, len);
	return err < 0 || r->bad ? -EBADMSG : 0;
}

int dns_record_emit(const struct dns_record *rr, struct wcur *w)
{
	if (rr->data.len > UINT16_MAX)
		return -EMSGSIZE;
	dns_name_emit(&rr->name, w);
	wcur_u16(w, rr->type);
	wcur_u16(w, rr->class);
	wcur_u32(w, rr->ttl);
	wcur_u16(w, (uint16_t)rr->data.len);
	wcur_put(w, rr->data.p, rr->data.len);
	return w->bad ? -EMSGSIZE : 0;
}

int dns_record_addr(const struct dns_record *rr, struct nod_addr *a)
{
	size_t len = rr->type == DNS_A ? 4 : 16;

	if (rr->class != DNS_IN || (rr->type != DNS_A && rr->type != DNS_AAAA) ||
		rr->data.len != len)
		return -EBADMSG;
	*a = (struct nod_addr){ .family = rr->type == DNS_A ? NOD_IPV4 : NOD_IPV6 };
	memcpy(a->octet, rr->data.p, len);
	return 0;
}

int dns_record_name(const struct dns_record *rr, struct span message, struct dns_name *n)
{
	struct rcur r = rcur_of(message.p, rr->data_at + rr->data.len);

	if (rr->type != DNS_CNAME && rr->type != DNS_NS && rr->type != DNS_PTR)
		return -EBADMSG;
	rcur_skip(&r, rr->data_at);
	if (dns_name_parse(n, &r) < 0 || rcur_left(&r) != 0)
		return -EBADMSG; /* it ends elsewhere than its data */
	return 0;
}

int dns_record_edns(const struct dns_record *rr, struct dns_edns *e)
{
	if (rr->type != DNS_OPT || rr->name.len != 1)
		return -EBADMSG;
	*e = (struct dns_edns){ .udp_room = rr->class,
		.rcode_high = (uint8_t)(rr->ttl >> 24),
		.version = (uint8_t)(rr->ttl >> 16),
		.wants_dnssec = rr->ttl >> 15 & 1 };
	return 0;
}

int dns_edns_emit(const struct dns_edns *e, struct wcur *w)
{
	struct dns_record opt = { .name = { .len = 1 }, .type = DNS_OPT, .class = e->udp_room };

	opt.ttl = (uint32_t)e->rcode_high << 24 | (uint32_t)e->version << 16 |
		(e->wants_dnssec ? 1u << 15 : 0);
	return dns_record_emit(&opt, w);
}

int dns_query_emit(uint16_t id, const struct dns_question *q, uint16_t udp_room, struct wcur *w)
{
	struct dns_header h = { .id = id,
		.wants_recursion = true,
		.n_questions = 1,
		.n_additional = udp_room ? 1 : 0 };
	struct dns_edns e = { .udp_room = udp_room };

	dns_header_emit(&h, w);
	dns_question_emit(q, w);
	if (udp_room)
		dns_edns_emit(&e, w);
	return w->bad ? -EMSGSIZE : 0;
}
