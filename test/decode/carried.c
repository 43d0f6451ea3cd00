/* SPDX-License-Identifier: ISC */
/*
 * carried.c - UDP, TCP with its options, DHCP and DNS, as tshark names their fields
 *
 * Neighbours: decode.h; transport/udp_wire.h, tcp_wire.h, application/dhcp_wire.h, dns_wire.h.
 */
#include "decode.h"

#include "application/dhcp_wire.h"
#include "application/dns_wire.h"
#include "base/checksum.h"
#include "network/ip.h"
#include "network/net.h"
#include "transport/tcp_wire.h"
#include "transport/udp_wire.h"

/* ---- DHCP -------------------------------------------------------------------------------- */

static void say_addrs(const char *field, const struct ipa *list, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		say_addr(field, &list[i]);
}

static void say_some(const char *field, uint32_t number)
{
	if (number)
		say(field, "%u", number);
}

static void say_one(const char *field, const struct ipa *a)
{
	if (!ipa_is_any(a))
		say_addr(field, a);
}

static void dhcp_options(const struct dhcp_msg *m)
{
	struct ipa mask = ipa_of_v4(m->prefix_len ? UINT32_MAX << (32 - m->prefix_len) : 0);

	say("dhcp.option.dhcp", "%u", m->type);
	say_one("dhcp.option.dhcp_server_id", &m->server_id);
	say_one("dhcp.option.requested_ip_address", &m->requested);
	say_one("dhcp.option.broadcast_address", &m->broadcast);
	if (m->has_lease)
		say("dhcp.option.ip_address_lease_time", "%u", m->lease_s);
	say_some("dhcp.option.renewal_time_value", m->t1_s);
	say_some("dhcp.option.rebinding_time_value", m->t2_s);
	if (m->has_mask)
		say_addr("dhcp.option.subnet_mask", &mask);
	say_addrs("dhcp.option.router", m->router, m->n_routers);
	say_addrs("dhcp.option.domain_name_server", m->dns, m->n_dns);
	say_some("dhcp.option.interface_mtu", m->mtu);
	say_some("dhcp.option.dhcp_max_message_size", m->max_len);
	if (m->domain[0])
		say("dhcp.option.domain_name", "%s", m->domain);
	if (m->hostname[0])
		say("dhcp.option.hostname", "%s", m->hostname);
	if (m->id_len)
		say_hex("dhcp.client_id", m->id, m->id_len);
	for (unsigned i = 1; i < DHCP_OPT_END; i++)
		if (dhcp_wants(m, (uint8_t)i))
			say("dhcp.option.request_list_item", "%u", i);
	for (unsigned i = 0; i < m->n_routes; i++) {
		say("route.len", "%u", m->route[i].len);
		say_addr("route.dst", &m->route[i].dst);
		say_addr("route.gateway", &m->route[i].gateway);
	}
}

static void dhcp(const struct packet *p, struct rcur *r)
{
	struct dhcp_msg m;

	if (dhcp_parse(&m, r) < 0) {
		say_refused("dhcp", p->is_quoted);
		return;
	}
	say("dhcp.type", "%u", m.op);
	say("dhcp.id", "0x%08x", m.xid);
	say("dhcp.secs", "%u", m.secs);
	say_flag("dhcp.flags.bc", m.is_broadcast);
	say_addr("dhcp.ip.client", &m.ciaddr);
	say_addr("dhcp.ip.your", &m.yiaddr);
	say_addr("dhcp.ip.server", &m.siaddr);
	say_addr("dhcp.ip.relay", &m.giaddr);
	say_mac("dhcp.hw.mac_addr", m.mac);
	dhcp_options(&m);
}

/* ---- DNS --------------------------------------------------------------------------------- */

static void say_name(const char *field, const struct dns_name *n)
{
	char text[DNS_NAME_TEXT_MAX];

	say(field, "%s", n->len == 1 ? "<Root>" : dns_name_format(n, text));
}

static void dns_head(const struct dns_header *h)
{
	say("dns.id", "0x%04x", h->id);
	say_flag("dns.flags.response", h->is_reply);
	say("dns.flags.opcode", "%u", h->opcode);
	if (h->is_reply)
		say_flag("dns.flags.authoritative", h->is_authoritative);
	say_flag("dns.flags.truncated", h->is_truncated);
	say_flag("dns.flags.recdesired", h->wants_recursion);
	if (h->is_reply)
		say_flag("dns.flags.recavail", h->offers_recursion);
	if (h->is_reply)
		say_flag("dns.flags.authenticated", h->is_authentic);
	say_flag("dns.flags.checkdisable", h->no_checking);
	if (h->is_reply)
		say("dns.flags.rcode", "%u", h->rcode);
	say("dns.count.queries", "%u", h->n_questions);
	say("dns.count.answers", "%u", h->n_answers);
	say("dns.count.auth_rr", "%u", h->n_authorities);
	say("dns.count.add_rr", "%u", h->n_additional);
}

static void dns_opt(const struct dns_edns *e)
{
	say("dns.rr.udp_payload_size", "%u", e->udp_room);
	say("dns.resp.ext_rcode", "0x%02x", e->rcode_high);
	say("dns.resp.edns0_version", "%u", e->version);
	say_flag("dns.resp.z.do", e->wants_dnssec);
}

static void dns_record(const struct dns_record *rr, struct span message)
{
	struct nod_addr a;
	struct dns_name n;
	struct dns_edns e;

	say_name("dns.resp.name", &rr->name);
	say("dns.resp.type", "%u", rr->type);
	say("dns.resp.len", "%zu", rr->data.len);
	if (dns_record_edns(rr, &e) == 0) {
		dns_opt(&e);
		return;
	}
	say("dns.resp.class", "0x%04x", rr->class);
	say("dns.resp.ttl", "%u", rr->ttl);
	if (dns_record_addr(rr, &a) == 0) {
		struct ipa v = ipa_from_addr(&a);

		say_addr(a.family == NOD_IPV4 ? "dns.a" : "dns.aaaa", &v);
	} else if (dns_record_name(rr, message, &n) == 0) {
		say_name(rr->type == DNS_CNAME	   ? "dns.cname" :
				rr->type == DNS_NS ? "dns.ns" :
						     "dns.ptr.domain_name",
			&n);
	}
}

static void dns(const struct packet *p, struct rcur *r)
{
	struct span message = { r->buf + r->at, rcur_left(r) };
	struct rcur m = rcur_of(message.p, message.len);
	struct dns_header h;
	struct dns_question q;
	struct dns_record rr;

	if (dns_header_parse(&h, &m) < 0)
		goto refused;
	dns_head(&h);
	for (unsigned i = 0; i < h.n_questions; i++) {
		if (dns_question_parse(&q, &m) < 0)
			goto refused;
		say_name("dns.qry.name", &q.name);
		say("dns.qry.type", "%u", q.type);
		say("dns.qry.class", "0x%04x", q.class);
	}
	for (unsigned i = 0; i < (unsigned)h.n_answers + h.n_authorities + h.n_additional;
		i++) {
		if (dns_record_parse(&rr, &m) < 0)
			goto refused;
		dns_record(&rr, message);
	}
	return;
refused:
	say_refused("dns", p->is_quoted);
}

/* ---- UDP --------------------------------------------------------------------------------- */

static bool is_port(const struct udp_hdr *h, uint16_t port)
{
	return h->src == port || h->dst == port;
}

void decode_udp(const struct packet *p, struct rcur *r)
{
	struct packet here = *p;
	const uint8_t *start = r->buf + r->at;
	size_t left = rcur_left(r);
	struct udp_hdr h;

	if (udp_parse(&h, r) < 0) {
		say_refused("udp", p->is_quoted);
		return;
	}
	say("udp.srcport", "%u", h.src);
	say("udp.dstport", "%u", h.dst);
	say("udp.length", "%u", h.len);
	say("udp.checksum", "0x%04x", h.sum);
	if (h.len > left && !p->is_part) {
		say_refused("udp.length", p->is_quoted);
		return;
	}
	if (h.len < left)
		r->len = r->at + h.len - UDP_HDR_LEN;
	else
		here.is_part |= h.len > left;
	if (!h.sum && ipa_is_v4(&p->src))
		say("udp.checksum.status", "%d", SUM_NOT_THERE);
	else
		say_status("udp.checksum.status", &here,
			checksum_add(ip_pseudo(&p->src, &p->dst, p->protocol, h.len), start,
				h.len < left ? h.len : left));
	if (is_port(&h, DNS_PORT))
		dns(&here, r);
	else if (is_port(&h, DHCP_SERVER_PORT) || is_port(&h, DHCP_CLIENT_PORT))
		dhcp(&here, r);
	else
		say_data(rcur_left(r));
}

/* ---- TCP --------------------------------------------------------------------------------- */

static void tcp_values(const struct tcp_options *o)
{
	if (o->has_mss)
		say("tcp.options.mss_val", "%u", o->mss);
	if (o->has_window_shift)
		say("tcp.options.wscale.shift", "%u", o->window_shift);
	if (o->has_timestamps) {
		say("tcp.options.timestamp.tsval", "%u", o->ts_value);
		say("tcp.options.timestamp.tsecr", "%u", o->ts_echo);
	}
	for (unsigned i = 0; i < o->n_sack; i++) {
		say("tcp.options.sack_le", "%u", o->sack[i].left);
		say("tcp.options.sack_re", "%u", o->sack[i].right);
	}
	if (o->has_cookie && o->cookie_len)
		say_hex("tcp.options.tfo.cookie", o->cookie, o->cookie_len);
}

static bool tcp_kinds(struct span options)
{
	struct rcur r = rcur_of(options.p, options.len);
	struct span data;
	uint8_t kind;
	int more;

	while ((more = tcp_option_next(&r, &kind, &data)) > 0) {
		say("tcp.option_kind", "%u", kind);
		say("tcp.option_len", "%zu", data.len + 2);
	}
	return more == 0;
}

void decode_tcp(const struct packet *p, struct rcur *r)
{
	const uint8_t *start = r->buf + r->at;
	uint32_t len = (uint32_t)rcur_left(r);
	struct tcp_options o;
	struct tcp_hdr h;

	if (tcp_parse(&h, r) < 0) {
		say_refused("tcp", p->is_quoted);
		return;
	}
	say("tcp.srcport", "%u", h.src);
	say("tcp.dstport", "%u", h.dst);
	say("tcp.seq_raw", "%u", h.seq);
	say("tcp.ack_raw", "%u", h.ack);
	say("tcp.hdr_len", "%u", h.hdr_len);
	say("tcp.flags", "0x%04x", h.reserved << 8 | h.flags);
	say("tcp.window_size_value", "%u", h.window);
	say("tcp.checksum", "0x%04x", h.sum);
	say_status("tcp.checksum.status", p,
		checksum_add(ip_pseudo(&p->src, &p->dst, p->protocol, len), start, len));
	say("tcp.urgent_pointer", "%u", h.urgent);
	say("tcp.len", "%zu", rcur_left(r));
	/* the kinds go on past a value that cannot be; both ways agree where reading ends */
	if (!tcp_kinds(h.options) || tcp_options_parse(&o, h.options) < 0)
		say_refused("tcp options", p->is_quoted);
	else
		tcp_values(&o);
	say_data(rcur_left(r));
}
