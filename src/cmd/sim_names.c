/* SPDX-License-Identifier: ISC */
/*
 * sim_names.c - in a simulated world one station serves names, the others ask for them
 *
 * What the answer to "nK.sim" is follows from K, so that every answer can be held against what it
 * has to be: some names are aliases, some have no IPv6 address, some are not there.
 *
 * Neighbours: sim.h, nod/resolve.h (who asks), application/dns_wire.h (what is answered).
 */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nod/resolve.h"
#include "../application/dns_wire.h"
#include "sim.h"

enum { PORT_DNS = 53, NAMES = 60, TTL_S = 20 };
static const nod_ns answer_most = 20 * NOD_S; /* the resolver gives up after 15 s */

/* ---- what the names are -------------------------------------------------------------- */

static bool is_there(unsigned k)
{
	return k < NAMES && k % 7;
}

static bool is_alias(unsigned k)
{
	return k % 5 == 0 && is_there(k + 1);
}

static bool has_six(unsigned k)
{
	return k % 3;
}

static void address(unsigned k, enum nod_family f, struct nod_addr *out)
{
	if (f == NOD_IPV4)
		*out = (struct nod_addr){ .family = NOD_IPV4,
			.octet = { 192, 0, 2, (uint8_t)k } };
	else
		*out = (struct nod_addr){ .family = NOD_IPV6,
			.octet = { 0x20, 0x01, 0x0d, 0xb8, 0xff, 0xff, [15] = (uint8_t)k } };
}

/* ---- who serves them ----------------------------------------------------------------- */

static void name_of(unsigned k, struct dns_name *out)
{
	char text[24];

	snprintf(text, sizeof(text), "n%u.sim", k);
	if (dns_name_from_text(out, text) < 0)
		out->len = 0;
}

/* K of "nK.sim", in any case of letters; NAMES: another name. */
static unsigned number_of(const struct dns_name *n)
{
	for (unsigned k = 0; k < NAMES; k++) {
		struct dns_name name;

		name_of(k, &name);
		if (dns_name_equal(n, &name))
			return k;
	}
	return NAMES;
}

static void add_record(struct wcur *w, const struct dns_name *name, uint16_t type,
	const void *data, size_t len, struct dns_header *h)
{
	struct dns_record rr = { .name = *name,
		.type = type,
		.class = DNS_IN,
		.ttl = TTL_S,
		.data = { data, len } };

	if (dns_record_emit(&rr, w) == 0)
		h->n_answers++;
}

/* The whole answer to @q, its length; 0: none. */
static size_t compose(
	const struct dns_header *asked, const struct dns_question *q, uint8_t *buf, size_t cap)
{
	struct dns_header h = *asked;
	struct wcur w = wcur_of(buf, cap);
	unsigned k = number_of(&q->name);
	struct dns_name name = q->name;
	struct nod_addr a;

	h.is_reply = h.is_authoritative = true;
	h.n_answers = h.n_authorities = h.n_additional = 0;
	h.rcode = is_there(k) ? DNS_NOERROR : DNS_NXDOMAIN;
	dns_header_emit(&h, &w);
	if (dns_question_emit(q, &w) < 0)
		return 0;
	if (is_there(k) && is_alias(k)) {
		struct dns_name alias;

		name_of(k + 1, &alias);
		add_record(&w, &name, DNS_CNAME, alias.octet, alias.len, &h);
		name = alias;
		k++;
	}
	if (is_there(k) && (q->type == DNS_A || (q->type == DNS_AAAA && has_six(k)))) {
		address(k, q->type == DNS_A ? NOD_IPV4 : NOD_IPV6, &a);
		add_record(&w, &name, q->type, a.octet, q->type == DNS_A ? 4 : 16, &h);
	}
	if (w.bad)
		return 0;

	size_t len = w.at;

	w = wcur_of(buf, cap);
	dns_header_emit(&h, &w); /* now that it is known how many */
	return len;
}

static void serve(struct mouth *m)
{
	struct nod_stack *s = m->station->stack;
	struct world *w = m->station->world;

	for (;;) {
		struct sockaddr_storage from;
		uint8_t control[128];
		struct iovec iov = { w->in, sizeof(w->in) };
		struct msghdr msg = {
			.msg_name = &from,
			.msg_namelen = sizeof(from),
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control),
		};
		struct dns_header h;
		struct dns_question q;
		ssize_t n = nod_recvmsg(s, m->fd, &msg, 0);
		struct rcur r;

		if (n == -EAGAIN)
			return;
		if (n < 0)
			continue;
		r = rcur_of(w->in, (size_t)n);
		if (dns_header_parse(&h, &r) < 0 || h.is_reply || h.n_questions != 1 ||
			dns_question_parse(&q, &r) < 0)
			continue;
		/* back from the address that was asked: msg_control has it */
		iov = (struct iovec){ w->out, compose(&h, &q, w->out, DNS_UDP_ROOM) };
		if (iov.iov_len)
			nod_sendmsg(s, m->fd, &msg, 0);
	}
}

/* ---- who asks ------------------------------------------------------------------------ */

struct asker {
	struct task task;
	struct nod_resolve *q;
	unsigned number;
	enum nod_family family;
	nod_ns asked;
};

/* Whether all addresses are the name's, and none of the family asked for is missing. */
static bool is_right(const struct asker *a, const struct nod_hostent *h)
{
	unsigned k = is_alias(a->number) ? a->number + 1 : a->number;
	unsigned want = a->family != NOD_IPV6 ? 1 : 0;

	if (a->family != NOD_IPV4 && has_six(k))
		want++;

	for (unsigned i = 0; i < h->n_addrs; i++) {
		struct nod_addr right;

		address(k, (enum nod_family)h->addr[i].family, &right);
		if (!nod_addr_equal(&h->addr[i], &right))
			return false;
	}
	/* of two questions one may stay without an answer */
	return h->n_addrs && h->n_addrs <= want;
}

static void take_answer(struct asker *a, nod_ns now)
{
	struct world *w = a->task.world;
	struct nod_hostent h;
	int resolver = 0, err = nod_resolve_take(a->q, &h, &resolver);

	if (err == -EAGAIN) {
		if (now - a->asked > answer_most)
			world_fails(w,
				T("%s: a name is asked for without end",
					"%s：域名查询没有尽头"),
				a->task.station->name);
		return;
	}
	if (err == 0 && (!is_there(a->number) || !is_right(a, &h)) && !w->bits_flipped)
		world_fails(w,
			T("%s: a wrong answer for n%u.sim", "%s：n%u.sim 的解析结果错误"),
			a->task.station->name, a->number);
	if (err < 0 && resolver == EAI_NONAME && is_there(a->number) && !w->bits_flipped)
		world_fails(w,
			T("%s: n%u.sim is there and was not found",
				"%s：n%u.sim 存在却没有找到"),
			a->task.station->name, a->number);
	if (err == 0 || resolver == EAI_NONAME || resolver == EAI_NODATA)
		w->names_right++;
	else
		w->names_failed++;
	nod_resolve_end(a->q);
	a->q = NULL;
}

static void ask(struct task *task, nod_ns now)
{
	static const enum nod_family families[] = { NOD_IPV4, NOD_IPV6, NOD_UNSPEC };
	struct asker *a = (struct asker *)task;
	struct world *w = task->world;
	char name[24];

	if (a->q) {
		take_answer(a, now);
	} else {
		a->number = draw(w, NAMES);
		a->family = families[draw(w, 3)];
		a->asked = now;
		snprintf(name, sizeof(name), "n%u.sim%s", a->number, chance(w, 50) ? "." : "");
		if (nod_resolve_start(task->station->stack, name, a->family, &a->q) < 0)
			a->q = NULL;
		else
			w->names_asked++;
	}
	task_again(task, now + some_time(w, a->q ? NOD_S / 10 : NOD_S));
}

/* What @st can ask by; false: the two have no family in common. */
static bool server_address(
	const struct station *st, const struct station *server, struct nod_addr *out)
{
	struct nod_prefix p;
	const struct lan *lan = server->port[0].lan;

	if (st->has_v4 && server->has_v4 && !server->is_dhcp)
		lan_address(lan, server, NOD_IPV4, &p);
	else if (st->has_v6 && server->has_v6 && (server->is_router || !lan->has_slaac))
		lan_address(lan, server, NOD_IPV6, &p);
	else
		return false;
	*out = p.addr;
	return true;
}

bool begin_names(struct world *w)
{
	struct station *server = &w->station[0];
	struct mouth *m =
		mouth_new(server, server->has_v6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0, PORT_DNS);

	if (!m)
		return false;
	m->read = serve;
	if (m->domain == AF_INET6)
		mouth_option(m, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	else
		mouth_option(m, IPPROTO_IP, IP_PKTINFO, 1);
	for (unsigned s = 1; s < w->n_stations; s++) {
		struct nod_resolver_conf conf = { .n_servers = 1, .cache = 16, .questions = 4 };

		if (!server_address(&w->station[s], server, &conf.server[0]))
			continue;
		if (nod_resolver_set(w->station[s].stack, &conf) < 0 ||
			!task_new(w, &w->station[s], sizeof(struct asker), ask,
				w->start + some_time(w, 5 * NOD_S)))
			return false;
	}
	return true;
}

void end_names(struct world *w)
{
	for (struct task *t = w->tasks; t; t = t->next)
		if (t->run == ask) {
			nod_resolve_end(((struct asker *)t)->q);
			((struct asker *)t)->q = NULL;
		}
}
