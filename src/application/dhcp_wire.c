/* SPDX-License-Identifier: ISC */
/*
 * dhcp_wire.c - DHCP messages, octets to struct and back
 *
 * Neighbours: dhcp_wire.h (RFCs).
 */
#include "dhcp_wire.h"

#include <errno.h>

enum {
	HEADER_LEN = 236, /* octets before the cookie */
	SNAME_AT = 44,
	SNAME_LEN = 64,
	FILE_AT = 108,
	FILE_LEN = 128,
	ETHERNET = 1, /* RFC 1700, hardware types */
	MAC_LEN = 6,
	CHADDR_LEN = 16,
	IN_FILE = 1, /* values of option 52 */
	IN_SNAME = 2,
	PIECE_MOST = 255,
	VALUE_MOST = 1472, /* octets of one option's pieces together */
};
static const uint32_t cookie = 0x63825363; /* RFC 2131 3 */

/* ---- options read ------------------------------------------------------------------ */

/* The fields that hold options, in the order in which RFC 3396 5 puts them together. */
struct fields {
	struct span field[3];
	unsigned n;
};

/* The next option of a field.  1; 0: its end; -EBADMSG: it claims more than is there. */
static int next_option(struct rcur *r, uint8_t *code, struct span *value)
{
	while (rcur_left(r)) {
		*code = rcur_u8(r);
		if (*code == DHCP_OPT_PAD)
			continue;
		if (*code == DHCP_OPT_END)
			return 0;
		*value = rcur_span(r, rcur_u8(r));
		return r->bad ? -EBADMSG : 1;
	}
	return 0; /* no end marker: the field's end is one */
}

/*
 * All pieces of option @code one after the other in @out (RFC 3396 7).  How many octets; -ENOENT:
 * there is none; -EBADMSG: more than VALUE_MOST.
 */
static int whole(const struct fields *f, uint8_t code, uint8_t out[VALUE_MOST])
{
	size_t len = 0;
	bool is_there = false;

	for (unsigned k = 0; k < f->n; k++) {
		struct rcur r = rcur_of(f->field[k].p, f->field[k].len);
		struct span value;
		uint8_t c;

		while (next_option(&r, &c, &value) > 0) {
			if (c != code)
				continue;
			is_there = true;
			if (value.len > VALUE_MOST - len)
				return -EBADMSG;
			if (value.len)
				memcpy(out + len, value.p, value.len);
			len += value.len;
		}
	}
	return is_there ? (int)len : -ENOENT;
}

/* Whether all options lie within @field; *@overload: which other fields hold some, too. */
static bool is_sound(struct span field, uint8_t *overload)
{
	struct rcur r = rcur_of(field.p, field.len);
	struct span value;
	uint8_t code;
	int more;

	while ((more = next_option(&r, &code, &value)) > 0) {
		if (code != DHCP_OPT_OVERLOAD || !overload)
			continue; /* a field that is overloaded cannot overload (RFC 2131 4.1) */
		if (value.len != 1 || !value.p[0] || value.p[0] > (IN_FILE | IN_SNAME))
			return false;
		*overload = value.p[0];
	}
	return more == 0;
}

static int find_fields(struct fields *f, const uint8_t *header, struct span options)
{
	uint8_t overload = 0;

	*f = (struct fields){ .field[0] = options, .n = 1 };
	if (!is_sound(options, &overload))
		return -EBADMSG;
	if (overload & IN_FILE)
		f->field[f->n++] = (struct span){ header + FILE_AT, FILE_LEN };
	if (overload & IN_SNAME)
		f->field[f->n++] = (struct span){ header + SNAME_AT, SNAME_LEN };
	for (unsigned k = 1; k < f->n; k++)
		if (!is_sound(f->field[k], NULL))
			return -EBADMSG;
	return 0;
}

/* ---- what they hold ---------------------------------------------------------------- */

static int read_number(const struct fields *f, uint8_t code, unsigned octets, uint32_t *out)
{
	uint8_t v[VALUE_MOST];
	int len = whole(f, code, v);

	if (len == -ENOENT)
		return 0;
	if (len != (int)octets)
		return -EBADMSG;
	*out = 0;
	for (unsigned k = 0; k < octets; k++)
		*out = *out << 8 | v[k];
	return 1;
}

static int read_addr(const struct fields *f, uint8_t code, struct ipa *out)
{
	uint32_t v;
	int n = read_number(f, code, 4, &v);

	if (n > 0)
		*out = ipa_of_v4(v);
	return n;
}

static int read_addrs(const struct fields *f, uint8_t code, struct ipa *out, uint8_t *n)
{
	uint8_t v[VALUE_MOST];
	int len = whole(f, code, v);

	if (len == -ENOENT)
		return 0;
	if (len <= 0 || len % 4)
		return -EBADMSG;
	for (int at = 0; at < len && *n < DHCP_ADDRS_MAX; at += 4)
		out[(*n)++] = ipa_from_v4(v + at);
	return 1;
}

static int read_mask(const struct fields *f, struct dhcp_msg *m)
{
	uint32_t mask;
	int n = read_number(f, DHCP_OPT_MASK, 4, &mask);

	if (n <= 0)
		return n;
	if (~mask & (~mask + 1)) /* ones, then zeros */
		return -EBADMSG;
	m->has_mask = true;
	while (mask) {
		m->prefix_len++;
		mask <<= 1;
	}
	return 1;
}

/* Letters, digits, hyphens and, in a domain, dots: what may go on to other programs. */
static void read_text(const struct fields *f, uint8_t code, char *out, size_t cap, bool is_domain)
{
	uint8_t v[VALUE_MOST];
	int len = whole(f, code, v);

	while (len > 0 && (!v[len - 1] || (is_domain && v[len - 1] == '.')))
		len--; /* some servers send the NUL (RFC 2132 2), some a last dot */
	if (len <= 0 || (size_t)len >= cap)
		return;
	for (int k = 0; k < len; k++) {
		uint8_t c = v[k];
		bool is_edge = k == 0 || k == len - 1 || v[k - 1] == '.' || v[k + 1] == '.';

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			    ((c == '-' || c == '_') && !is_edge) ||
			    (c == '.' && is_domain && k && v[k - 1] != '.')))
			return;
	}
	memcpy(out, v, (size_t)len);
	out[len] = 0;
}

/* RFC 3442.  A list that cannot be read is as none: the router's option stands then. */
static void read_routes(const struct fields *f, struct dhcp_msg *m)
{
	uint8_t v[VALUE_MOST];
	int len = whole(f, DHCP_OPT_ROUTES, v);
	struct rcur r = rcur_of(v, len > 0 ? (size_t)len : 0);
	uint8_t n = 0;

	while (rcur_left(&r)) {
		struct dhcp_route *to = &m->route[n];
		uint8_t bits = rcur_u8(&r), dst[4] = { 0 }, gateway[4];

		if (bits > 32)
			return;
		rcur_copy(&r, dst, (bits + 7u) / 8);
		rcur_copy(&r, gateway, 4);
		if (r.bad)
			return;
		if (n == DHCP_ROUTES_MAX)
			continue;
		*to = (struct dhcp_route){ .len = bits, .gateway = ipa_from_v4(gateway) };
		to->dst = ipa_from_v4(dst);
		to->dst = ipa_of_v4(
			bits ? ipa_v4(&to->dst) & UINT32_MAX << (32 - bits) : 0); /* RFC 3442 */
		n++;
	}
	m->n_routes = n;
	m->has_routes = n;
}

static int read_options(struct dhcp_msg *m, const struct fields *f)
{
	uint8_t v[VALUE_MOST];
	uint32_t number = 0;
	int len;

	if (read_number(f, DHCP_OPT_TYPE, 1, &number) <= 0 || !number ||
		number > DHCP_INFORM)
		return -EBADMSG;
	m->type = (uint8_t)number;
	len = read_number(f, DHCP_OPT_LEASE, 4, &m->lease_s);
	m->has_lease = len > 0;
	if (len < 0 || read_number(f, DHCP_OPT_T1, 4, &m->t1_s) < 0 ||
		read_number(f, DHCP_OPT_T2, 4, &m->t2_s) < 0 ||
		read_addr(f, DHCP_OPT_SERVER, &m->server_id) < 0 ||
		read_addr(f, DHCP_OPT_REQUESTED, &m->requested) < 0 ||
		read_addr(f, DHCP_OPT_BROADCAST, &m->broadcast) < 0 || read_mask(f, m) < 0 ||
		read_addrs(f, DHCP_OPT_ROUTER, m->router, &m->n_routers) < 0 ||
		read_addrs(f, DHCP_OPT_DNS, m->dns, &m->n_dns) < 0)
		return -EBADMSG;
	number = 0;
	if (read_number(f, DHCP_OPT_MTU, 2, &number) < 0)
		return -EBADMSG;
	m->mtu = (uint16_t)number;
	number = 0;
	if (read_number(f, DHCP_OPT_MAX_LEN, 2, &number) < 0)
		return -EBADMSG;
	m->max_len = (uint16_t)number;
	len = whole(f, DHCP_OPT_CLIENT, v);
	if (len != -ENOENT && (len < 2 || len > DHCP_ID_MAX)) /* RFC 2132 9.14: at least 2 */
		return -EBADMSG;
	if (len > 0) {
		memcpy(m->id, v, (size_t)len);
		m->id_len = (uint8_t)len;
	}
	len = whole(f, DHCP_OPT_WANTED, v);
	for (int k = 0; k < len; k++)
		dhcp_want(m, v[k]);
	read_text(f, DHCP_OPT_DOMAIN, m->domain, sizeof(m->domain), true);
	read_text(f, DHCP_OPT_HOSTNAME, m->hostname, sizeof(m->hostname), false);
	read_routes(f, m);
	return 0;
}

static struct ipa read_header_addr(struct rcur *r)
{
	return ipa_of_v4(rcur_u32(r));
}

int dhcp_parse(struct dhcp_msg *m, struct rcur *r)
{
	struct fields f;
	const uint8_t *header = r->buf + r->at;
	uint8_t hardware, hardware_len;

	*m = (struct dhcp_msg){ .op = rcur_u8(r) };
	m->server_id = m->requested = m->broadcast = IPA_ANY4;
	hardware = rcur_u8(r);
	hardware_len = rcur_u8(r);
	rcur_skip(r, 1); /* hops */
	m->xid = rcur_u32(r);
	m->secs = rcur_u16(r);
	m->is_broadcast = rcur_u16(r) & 0x8000;
	m->ciaddr = read_header_addr(r);
	m->yiaddr = read_header_addr(r);
	m->siaddr = read_header_addr(r);
	m->giaddr = read_header_addr(r);
	rcur_copy(r, m->mac, MAC_LEN);
	rcur_skip(r, CHADDR_LEN - MAC_LEN + SNAME_LEN + FILE_LEN);
	if (rcur_u32(r) != cookie || r->bad || hardware != ETHERNET ||
		hardware_len != MAC_LEN || (m->op != DHCP_ASK && m->op != DHCP_REPLY))
		return -EBADMSG;
	if (find_fields(&f, header, rcur_rest(r)) < 0)
		return -EBADMSG;
	return read_options(m, &f);
}

/* ---- written ----------------------------------------------------------------------- */

/* RFC 3396 6: in pieces when it is long. */
static void put(struct wcur *w, uint8_t code, const void *value, size_t len)
{
	const uint8_t *p = value;

	do {
		size_t piece = len < PIECE_MOST ? len : PIECE_MOST;

		wcur_u8(w, code);
		wcur_u8(w, (uint8_t)piece);
		wcur_put(w, p, piece);
		p += piece;
		len -= piece;
	} while (len);
}

static void put_u32(struct wcur *w, uint8_t code, uint32_t v)
{
	const uint8_t o[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8),
		(uint8_t)v };

	put(w, code, o, 4);
}

static void put_u16(struct wcur *w, uint8_t code, uint16_t v)
{
	const uint8_t o[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	put(w, code, o, 2);
}

static void put_addrs(struct wcur *w, uint8_t code, const struct ipa *list, unsigned n)
{
	uint8_t o[4 * DHCP_ADDRS_MAX];

	for (unsigned k = 0; k < n; k++)
		memcpy(o + 4 * k, list[k].o + 12, 4);
	if (n)
		put(w, code, o, 4 * n);
}

static void put_routes(struct wcur *w, const struct dhcp_msg *m)
{
	uint8_t o[9 * DHCP_ROUTES_MAX];
	struct wcur v = wcur_of(o, sizeof(o));

	for (unsigned k = 0; k < m->n_routes; k++) {
		wcur_u8(&v, m->route[k].len);
		wcur_put(&v, m->route[k].dst.o + 12, (m->route[k].len + 7u) / 8);
		wcur_put(&v, m->route[k].gateway.o + 12, 4);
	}
	if (m->n_routes)
		put(w, DHCP_OPT_ROUTES, o, v.at);
}

static void put_wanted(struct wcur *w, const struct dhcp_msg *m)
{
	uint8_t o[256];
	size_t n = 0;

	for (unsigned k = 1; k < DHCP_OPT_END; k++)
		if (dhcp_wants(m, (uint8_t)k))
			o[n++] = (uint8_t)k;
	if (n)
		put(w, DHCP_OPT_WANTED, o, n);
}

static void put_options(struct wcur *w, const struct dhcp_msg *m)
{
	put(w, DHCP_OPT_TYPE, &m->type, 1);
	if (!ipa_is_any(&m->server_id))
		put_addrs(w, DHCP_OPT_SERVER, &m->server_id, 1);
	if (!ipa_is_any(&m->requested))
		put_addrs(w, DHCP_OPT_REQUESTED, &m->requested, 1);
	if (m->has_lease)
		put_u32(w, DHCP_OPT_LEASE, m->lease_s);
	if (m->t1_s)
		put_u32(w, DHCP_OPT_T1, m->t1_s);
	if (m->t2_s)
		put_u32(w, DHCP_OPT_T2, m->t2_s);
	if (m->has_mask)
		put_u32(w, DHCP_OPT_MASK,
			m->prefix_len ? UINT32_MAX << (32 - m->prefix_len) : 0);
	if (!ipa_is_any(&m->broadcast))
		put_addrs(w, DHCP_OPT_BROADCAST, &m->broadcast, 1);
	put_addrs(w, DHCP_OPT_ROUTER, m->router, m->n_routers);
	put_addrs(w, DHCP_OPT_DNS, m->dns, m->n_dns);
	if (m->domain[0])
		put(w, DHCP_OPT_DOMAIN, m->domain, strlen(m->domain));
	if (m->hostname[0])
		put(w, DHCP_OPT_HOSTNAME, m->hostname, strlen(m->hostname));
	if (m->mtu)
		put_u16(w, DHCP_OPT_MTU, m->mtu);
	if (m->max_len)
		put_u16(w, DHCP_OPT_MAX_LEN, m->max_len);
	if (m->id_len)
		put(w, DHCP_OPT_CLIENT, m->id, m->id_len);
	put_wanted(w, m);
	put_routes(w, m);
	wcur_u8(w, DHCP_OPT_END);
}

int dhcp_emit(const struct dhcp_msg *m, struct wcur *w)
{
	static const uint8_t zeros[DHCP_LEN_LEAST];
	size_t start = w->at;

	wcur_u8(w, m->op);
	wcur_u8(w, ETHERNET);
	wcur_u8(w, MAC_LEN);
	wcur_u8(w, 0);
	wcur_u32(w, m->xid);
	wcur_u16(w, m->secs);
	wcur_u16(w, m->is_broadcast ? 0x8000 : 0);
	wcur_u32(w, ipa_v4(&m->ciaddr));
	wcur_u32(w, ipa_v4(&m->yiaddr));
	wcur_u32(w, ipa_v4(&m->siaddr));
	wcur_u32(w, ipa_v4(&m->giaddr));
	wcur_put(w, m->mac, MAC_LEN);
	wcur_put(w, zeros, CHADDR_LEN - MAC_LEN + SNAME_LEN + FILE_LEN);
	wcur_u32(w, cookie);
	put_options(w, m);
	if (!w->bad && w->at - start < DHCP_LEN_LEAST)
		wcur_put(w, zeros, DHCP_LEN_LEAST - (w->at - start));
	return w->bad ? -EMSGSIZE : 0;
}

const char *dhcp_type_name(uint8_t type)
{
	static const char *const name[] = { "?", "DISCOVER", "OFFER", "REQUEST", "DECLINE", "ACK",
		"NAK", "RELEASE", "INFORM" };

	return name[type <= DHCP_INFORM ? type : 0];
}
