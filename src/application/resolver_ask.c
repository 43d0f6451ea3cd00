/* SPDX-License-Identifier: ISC */
/*
 * resolver_ask.c - one DNS question: asked of one server after the other until one knows
 *
 * RFC 1035 7, RFC 5452 (H68): each query leaves from a port of its own, connected to its server,
 * with a number and a case of letters that outsiders cannot guess ("0x20"); what does not fit
 * all of it is thrown away unread.  RFC 6891 (H69: TC is not believed in part).  In the last
 * round the letters stay as they are, for servers that do not give them back.
 *
 * Neighbours: resolver.h, dns_answer.h (reads).
 */
#include <errno.h>
#include <netdb.h>
#include <string.h>

#include "../network/nd.h"
#include "dhcp_client.h"
#include "resolver.h"

static const nod_ns first_gap = 2 * NOD_S; /* twice as long each round */
enum { RCODE_BADVERS = 16 };

static bool input(struct udp_end *e, struct pkt *p, const struct ip_in *in, uint16_t src_port);
static void error(struct udp_end *e, const struct ip_error *why, uint16_t dst_port);
static const struct udp_upper upper = { .input = input, .error = error };

static struct core *core_of(const struct ask *a)
{
	return &a->resolver->stack->core;
}

unsigned resolver_servers(const struct resolver *v, struct resolver_server *list, unsigned max)
{
	struct ipa told[NOD_RESOLVER_SERVERS];
	unsigned n = 0;

	if (max > NOD_RESOLVER_SERVERS)
		max = NOD_RESOLVER_SERVERS;
	for (unsigned k = 0; k < v->conf.n_servers && n < max; k++) {
		list[n].addr = ipa_from_addr(&v->conf.server[k]);
		list[n++].iface = v->conf.server[k].zone ?
			iface_at(&v->stack->link, v->conf.server[k].zone) :
			NULL;
	}
	if (n)
		return n;
	n = dhcp_client_dns(v->stack, told, max);
	for (unsigned k = 0; k < n; k++)
		list[k] = (struct resolver_server){ .addr = told[k] };
	for (unsigned i = 1; i <= v->stack->link.n_iface; i++) {
		struct iface *f = iface_at(&v->stack->link, i);
		unsigned m = f && netif_of(f)->nd ?
			nd_dns_servers(netif_of(f), told, NOD_RESOLVER_SERVERS) :
			0;

		for (unsigned k = 0; k < m && n < max; k++)
			list[n++] = (struct resolver_server){ .addr = told[k],
				.iface = ipa_is_link_local(&told[k]) ? f : NULL };
	}
	return n;
}

/* ---- what is sent ------------------------------------------------------------------ */

/* RFC 5452 9.3's hint, draft-vixie-dnsext-dns0x20: each letter's case by chance. */
static void mix_case(struct ask *a)
{
	struct dns_name *n = &a->question.name;
	uint64_t bits = 0;
	unsigned left = 0;

	for (unsigned at = 0; at < n->len && n->octet[at]; at += 1u + n->octet[at])
		for (unsigned k = 1; k <= n->octet[at]; k++) {
			uint8_t *c = &n->octet[at + k], lower = (uint8_t)(*c | 0x20);

			if (lower < 'a' || lower > 'z')
				continue;
			if (!left) {
				bits = prng_u64(&core_of(a)->prng);
				left = 64;
			}
			*c = bits & 1 ? lower : (uint8_t)(lower & ~0x20);
			bits >>= 1;
			left--;
		}
}

static int transmit(struct ask *a, const struct resolver_server *to)
{
	struct core *c = core_of(a);
	struct udp *u = a->resolver->stack->udp;
	bool is_v4 = ipa_is_v4(&to->addr);
	struct ip_out o = { .dst = to->addr, .iface = to->iface };
	struct pkt *p;
	struct wcur w;
	int err;

	udp_close(u, &a->end);
	a->end = (struct udp_end){ .upper = &upper, .iface = to->iface,
		.local = is_v4 ? IPA_ANY4 : IPA_ANY6, .flags = is_v4 ? 0 : UDP_END_IS_V6 };
	err = udp_connect(u, &a->end, &to->addr, DNS_PORT);
	if (err < 0)
		return err;
	a->id = (uint16_t)prng_u32(&c->prng);
	a->question.name = a->at;
	if (a->round < ASK_ROUNDS - 1)
		mix_case(a);
	p = pkt_new(c->pool, DNS_UDP_ROOM);
	if (!p)
		return -ENOBUFS;
	w = wcur_of(pkt_put(p, DNS_UDP_ROOM), DNS_UDP_ROOM);
	err = dns_query_emit(a->id, &a->question, a->no_edns ? 0 : DNS_UDP_ROOM, &w);
	if (err < 0) {
		pkt_free(p);
		return err;
	}
	pkt_trim(p, (uint32_t)w.at);
	NOTE(c, NOD_EV_DNS_ASK, .dst = ipa_to_addr(&to->addr, 0));
	return udp_send(u, &a->end, &o, DNS_PORT, p);
}

static void settle(struct ask *a, enum ask_state state, int err, int eai)
{
	timer_stop(&core_of(a)->wheel, &a->timer);
	udp_close(a->resolver->stack->udp, &a->end);
	a->state = state;
	a->error = err;
	a->eai = eai;
	timer_set(&core_of(a)->wheel, &a->resolver->kick, core_of(a)->now);
}

static void give_up(struct ask *a)
{
	if (a->was_truncated) /* it needs TCP */
		settle(a, ASK_FAILED, -EMSGSIZE, EAI_FAIL);
	else if (a->was_refused)
		settle(a, ASK_FAILED, -EREMOTEIO, EAI_AGAIN);
	else
		settle(a, ASK_FAILED, -ETIMEDOUT, EAI_AGAIN);
}

/* Ask the server whose turn it is; one that cannot be asked is passed over. */
static void ask_server(struct ask *a)
{
	struct resolver_server list[NOD_RESOLVER_SERVERS];
	unsigned n = resolver_servers(a->resolver, list, NOD_RESOLVER_SERVERS);
	int err = -ENETUNREACH;

	for (; a->round < ASK_ROUNDS && n; a->round++, a->server = 0)
		for (; a->server < n; a->server++) {
			if (a->useless >> a->server & 1)
				continue;
			err = transmit(a, &list[a->server]);
			if (err < 0)
				continue;
			a->state = ASK_WAITING;
			timer_set(&core_of(a)->wheel, &a->timer,
				core_of(a)->now + (first_gap << a->round));
			return;
		}
	if (err < 0 && !a->was_truncated && !a->was_refused && a->state == ASK_IDLE)
		settle(a, ASK_FAILED, err, EAI_AGAIN);
	else
		give_up(a);
}

static void ask_next(struct ask *a)
{
	a->server++;
	ask_server(a);
}

/* This one has said all that it will. */
static void ask_another(struct ask *a)
{
	a->useless = (uint8_t)(a->useless | 1 << a->server);
	ask_next(a);
}

static void fire(struct timer *t, int64_t now)
{
	struct ask *a = container_of(t, struct ask, timer);

	(void)now;
	ask_next(a);
}

/* ---- what is heard ----------------------------------------------------------------- */

static bool input(struct udp_end *e, struct pkt *p, const struct ip_in *in, uint16_t src_port)
{
	struct ask *a = container_of(e, struct ask, end);
	const size_t name_at = DNS_HEADER_LEN;
	struct dns_header h;
	struct span m;

	(void)src_port; /* the end is connected: address and port are the server's */
	if (a->state != ASK_WAITING || p->len > sizeof(a->message))
		goto drop;
	a->len = (uint16_t)pkt_copy_out(p, 0, a->message, p->len);
	m = (struct span){ a->message, a->len };
	if (!dns_answer_fits(m, a->id, &a->question, &h))
		goto drop;
	/* each letter has to have the case in which it was sent */
	if (h.n_questions && (a->len - name_at < a->question.name.len ||
				     memcmp(a->message + name_at, a->question.name.octet,
					     a->question.name.len) != 0))
		goto drop;
	a->state = ASK_HEARD;
	timer_set(&core_of(a)->wheel, &a->resolver->kick, core_of(a)->now);
	pkt_free(p);
	return true;
drop:
	NOTE(core_of(a), NOD_EV_DNS_DROP_BAD, .packet = pkt_public(p),
		.interface = (uint16_t)in->iface->index, .src = ipa_to_addr(&in->src, 0));
	pkt_free(p);
	return true;
}

/* The server's host says that nobody is there: the next one need not wait. */
static void error(struct udp_end *e, const struct ip_error *why, uint16_t dst_port)
{
	struct ask *a = container_of(e, struct ask, end);

	(void)dst_port;
	if (why->is_hard && a->state == ASK_WAITING)
		timer_set(&core_of(a)->wheel, &a->timer, core_of(a)->now);
}

/* RFC 2308 5: for how long it may be remembered that there is nothing; 0: not at all. */
static uint32_t negative_ttl(const struct ask *a)
{
	struct rcur r = rcur_of(a->message, a->len);
	struct dns_header h;
	struct dns_question q;
	struct dns_record rr;

	if (dns_header_parse(&h, &r) < 0)
		return 0;
	for (unsigned k = 0; k < h.n_questions; k++)
		if (dns_question_parse(&q, &r) < 0)
			return 0;
	for (unsigned k = 0; k < (unsigned)h.n_answers + h.n_authorities; k++) {
		struct rcur minimum;
		uint32_t ttl;

		if (dns_record_parse(&rr, &r) < 0)
			return 0;
		if (k < h.n_answers || rr.type != DNS_SOA || rr.data.len < 22)
			continue;
		minimum = rcur_of(rr.data.p + rr.data.len - 4, 4);
		ttl = rcur_u32(&minimum);
		return rr.ttl < ttl ? rr.ttl : ttl;
	}
	return 0;
}

static void learn(struct ask *a, const struct dns_answer *d)
{
	for (unsigned k = 0; k < d->n_facts; k++) {
		const struct dns_fact *f = &d->fact[k];

		if (f->ttl < a->ttl_s)
			a->ttl_s = f->ttl;
		if (k < d->n_aliases || f->type != a->question.type)
			continue;
		if (f->type == DNS_PTR && !a->result.has_name) {
			a->result.has_name = true;
			a->result.canonical = f->target;
		} else if (f->addr.family != NOD_UNSPEC && a->result.n_addrs < ASK_ADDRS) {
			a->result.addr[a->result.n_addrs++] = f->addr;
		}
	}
	a->result.exists = true;
	if (a->question.type != DNS_PTR && d->n_aliases) /* else it is the question's own */
		a->result.canonical = d->end;
}

static void finish(struct ask *a)
{
	cache_put(a->resolver, &a->name, a->question.type, a->ttl_s, &a->result);
	settle(a, ASK_DONE, 0, 0);
}

/* The aliases lead out of the message: on with the name where they end. */
static void follow(struct ask *a, const struct dns_answer *d)
{
	if (++a->n_aliases > ASK_ALIASES) { /* (H69) */
		settle(a, ASK_FAILED, -ELOOP, EAI_FAIL);
		return;
	}
	a->at = d->end;
	a->server = 0;
	a->round = 0;
	a->useless = 0;
	ask_server(a);
}

static void read_answer(struct ask *a)
{
	struct dns_answer *d = &a->resolver->answer;
	const struct span m = { a->message, a->len };
	bool is_edns_trouble;

	if (dns_answer_parse(d, m, &a->question) < 0) { /* (H67) */
		a->was_refused = true;
		ask_next(a);
		return;
	}
	is_edns_trouble = d->rcode == DNS_FORMERR || d->rcode == DNS_NOTIMP ||
		d->rcode == RCODE_BADVERS;
	if (is_edns_trouble && !a->no_edns) { /* RFC 6891 6.2.2: it knows none */
		a->no_edns = true;
		ask_server(a);
	} else if (d->rcode != DNS_NOERROR && d->rcode != DNS_NXDOMAIN) {
		a->was_refused = true;
		ask_another(a);
	} else if (d->is_circle) { /* (H69) */
		settle(a, ASK_FAILED, -ELOOP, EAI_FAIL);
	} else if (d->n_facts > d->n_aliases) {
		learn(a, d);
		finish(a);
	} else if (d->rcode == DNS_NOERROR && d->n_aliases) {
		learn(a, d);
		follow(a, d);
	} else {
		uint32_t ttl = negative_ttl(a);

		a->result.exists = d->rcode == DNS_NOERROR;
		a->ttl_s = ttl < a->ttl_s ? ttl : a->ttl_s;
		finish(a);
	}
}

void ask_step(struct ask *a)
{
	struct rcur r = rcur_of(a->message, a->len);
	struct dns_header h;

	if (a->state != ASK_HEARD)
		return;
	timer_stop(&core_of(a)->wheel, &a->timer);
	if (dns_header_parse(&h, &r) == 0 && h.is_truncated) { /* (H69), RFC 2181 9 */
		a->was_truncated = true;
		ask_another(a);
		return;
	}
	read_answer(a);
}

/* ---- beginning and end ------------------------------------------------------------- */

void ask_start(struct resolver *v, struct ask *a, const struct dns_name *name, uint16_t type)
{
	const struct ask_result *known = cache_find(v, name, type);

	*a = (struct ask){ .resolver = v, .timer.fire = fire, .name = *name,
		.at = *name, .ttl_s = UINT32_MAX,
		.question = { .name = *name, .type = type, .class = DNS_IN } };
	a->result.canonical = *name;
	if (known) {
		a->result = *known;
		a->state = ASK_DONE;
		return;
	}
	ask_server(a);
}

void ask_stop(struct ask *a)
{
	if (!a->resolver)
		return;
	timer_stop(&core_of(a)->wheel, &a->timer);
	udp_close(a->resolver->stack->udp, &a->end);
	a->state = ASK_IDLE;
}
