/* SPDX-License-Identifier: ISC */
/*
 * dhcp_server.c - addresses of a network given out for a time
 *
 * RFC 2131 4.3.  One server for one interface's network, meant for a net's gateway: it knows
 * that nobody else gives out addresses there, so it refuses what it does not know (NAK) and
 * takes over the leases of one that was before it.  No relays.
 *
 * An address is a slot; slots that are free stand in a list, the one that was used longest ago
 * first, so that a client that comes back finds its own.  Taking one and giving it back is O(1)
 * however many strangers ask.
 *
 * Neighbours: dhcp_wire.h, nod/dhcp.h; dhcp_client.c is the other side.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nod/dhcp.h"
#include "../session/stack.h"
#include "../transport/udp.h"
#include "dhcp_wire.h"

static const uint32_t default_lease_s = 3600, least_lease_s = 60;
static const nod_ns offer_hold = 60 * NOD_S;	/* until the client has asked for it */
static const nod_ns decline_hold = 600 * NOD_S; /* somebody else has it */

enum slot_state { FREE, OFFERED, LEASED, DECLINED };

struct slot {
	struct hnode by_client; /* when it has one: in server.clients */
	struct slot *next, *prev; /* in the list of free ones */
	struct dhcp_server *server;
	struct timer timer; /* the end of its state */
	nod_ns until;
	struct ipa addr;
	uint8_t state; /* enum slot_state */
	bool has_client, is_reserved;
	uint8_t mac[6];
	uint8_t id_len; /* of the client: its identifier, or its MAC */
	uint8_t id[DHCP_ID_MAX];
	char hostname[DHCP_HOSTNAME_MAX];
};

struct dhcp_server {
	struct stack_part part;
	struct nod_stack *stack;
	unsigned interface;
	struct udp_end end;
	struct ipa self; /* our address */
	uint8_t prefix_len;
	uint32_t first, last; /* the pool */
	uint32_t lease_s;
	bool no_router;
	uint8_t n_dns;
	struct ipa dns[DHCP_ADDRS_MAX];
	char domain[DHCP_DOMAIN_MAX];
	uint16_t mtu;
	unsigned n_slots; /* the pool's in order, then reserved ones outside of it */
	struct slot *slot;
	struct slot *free_first, *free_last;
	struct table clients; /* struct slot.by_client, by identifier */
};

/* ---- slots ------------------------------------------------------------------------- */

static void put_free(struct slot *t)
{
	struct dhcp_server *v = t->server;

	if (t->is_reserved)
		return;
	t->next = NULL;
	t->prev = v->free_last;
	*(t->prev ? &t->prev->next : &v->free_first) = t;
	v->free_last = t;
}

static void take_free(struct slot *t)
{
	struct dhcp_server *v = t->server;

	if (t->is_reserved || t->state != FREE)
		return;
	*(t->prev ? &t->prev->next : &v->free_first) = t->next;
	*(t->next ? &t->next->prev : &v->free_last) = t->prev;
}

static uint64_t hash_of(const struct dhcp_server *v, const uint8_t *id, size_t len)
{
	return siphash13(&v->stack->core.key, id, len);
}

static void set_client(struct slot *t, const uint8_t *id, uint8_t len, const uint8_t mac[6])
{
	struct dhcp_server *v = t->server;

	if (t->has_client)
		table_remove(&v->clients, &t->by_client);
	t->has_client = true;
	t->id_len = len;
	memcpy(t->id, id, len);
	memcpy(t->mac, mac, 6);
	table_put(&v->clients, &t->by_client, hash_of(v, id, len));
}

static void slot_enter(struct slot *t, enum slot_state next, nod_ns span)
{
	struct core *c = &t->server->stack->core;

	if (t->state == FREE && next != FREE)
		take_free(t);
	if (t->state != FREE && next == FREE)
		put_free(t); /* it remembers its client: who comes back has it again */
	t->state = (uint8_t)next;
	t->until = span == NOD_FOREVER ? NOD_FOREVER : c->now + span;
	if (next == FREE || span == NOD_FOREVER)
		timer_stop(&c->wheel, &t->timer);
	else
		timer_set(&c->wheel, &t->timer, t->until);
}

static void fire(struct timer *timer, int64_t now)
{
	struct slot *t = container_of(timer, struct slot, timer);

	(void)now;
	if (t->state == DECLINED && !t->is_reserved && t->has_client) {
		table_remove(&t->server->clients, &t->by_client); /* it did not want it */
		t->has_client = false;
	}
	slot_enter(t, FREE, 0);
}

static struct slot *slot_of_addr(const struct dhcp_server *v, const struct ipa *addr)
{
	uint32_t a = ipa_v4(addr);

	if (a >= v->first && a <= v->last)
		return &v->slot[a - v->first];
	for (unsigned k = v->last - v->first + 1; k < v->n_slots; k++)
		if (ipa_equal(&v->slot[k].addr, addr))
			return &v->slot[k];
	return NULL;
}

/* Who asks: by its identifier, or else by its MAC (RFC 2131 4.2). */
struct who {
	const uint8_t *id;
	uint8_t len;
	const uint8_t *mac;
};

static struct who who_is(const struct dhcp_msg *m)
{
	if (m->id_len)
		return (struct who){ m->id, m->id_len, m->mac };
	return (struct who){ m->mac, 6, m->mac };
}

static bool is_of(const struct slot *t, const struct who *w)
{
	if (t->is_reserved) /* reservations are by MAC, whatever identifier it has */
		return memcmp(t->mac, w->mac, 6) == 0;
	return t->has_client && t->id_len == w->len && memcmp(t->id, w->id, w->len) == 0;
}

static struct slot *slot_of(const struct dhcp_server *v, const struct who *w)
{
	struct hnode *h = table_first(&v->clients, hash_of(v, w->mac, 6));

	for (; h; h = table_next(h)) {
		struct slot *t = container_of(h, struct slot, by_client);

		if (t->is_reserved && is_of(t, w))
			return t;
	}
	for (h = table_first(&v->clients, hash_of(v, w->id, w->len)); h; h = table_next(h)) {
		struct slot *t = container_of(h, struct slot, by_client);

		if (is_of(t, w) && t->state != DECLINED)
			return t;
	}
	return NULL;
}

/* RFC 2131 4.3.1: the one it has or had, else the one it wishes, else any.  NULL: none is left. */
static struct slot *choose(struct dhcp_server *v, const struct who *w, const struct ipa *wish)
{
	struct slot *t = slot_of(v, w);

	if (t)
		return t->state == DECLINED ? NULL : t;
	t = slot_of_addr(v, wish);
	if (t && t->state == FREE && !t->is_reserved)
		return t;
	return v->free_first;
}

static void give(struct slot *t, const struct who *w, enum slot_state state, nod_ns span)
{
	if (!t->is_reserved && !is_of(t, w)) {
		set_client(t, w->id, w->len, w->mac);
		t->hostname[0] = 0;
	}
	slot_enter(t, state, span);
}

/* ---- answers ----------------------------------------------------------------------- */

/* RFC 2131 4.1: to its address when it has one, else to everybody. */
static void transmit(struct dhcp_server *v, const struct dhcp_msg *m)
{
	struct core *c = &v->stack->core;
	bool has_addr = m->type == DHCP_ACK && !ipa_is_any(&m->ciaddr);
	struct pkt *p = pkt_new(c->pool, DHCP_LEN_MOST);
	struct ip_out o = {
		.src = v->self,
		.dst = has_addr ? m->ciaddr : ipa_of_v4(UINT32_MAX),
		.iface = v->end.iface,
		.may_broadcast = true,
	};
	struct wcur w;

	if (!p)
		return;
	w = wcur_of(pkt_put(p, DHCP_LEN_MOST), DHCP_LEN_MOST);
	if (dhcp_emit(m, &w) < 0) {
		pkt_free(p);
		return;
	}
	pkt_trim(p, (uint32_t)w.at);
	udp_send(v->stack->udp, &v->end, &o, DHCP_CLIENT_PORT, p);
}

static struct dhcp_msg answer(
	const struct dhcp_server *v, const struct dhcp_msg *q, enum dhcp_type type)
{
	struct dhcp_msg m = {
		.op = DHCP_REPLY,
		.type = (uint8_t)type,
		.xid = q->xid,
		.is_broadcast = q->is_broadcast || type == DHCP_NAK,
		.ciaddr = type == DHCP_ACK ? q->ciaddr : IPA_ANY4,
		.yiaddr = IPA_ANY4,
		.siaddr = IPA_ANY4,
		.giaddr = IPA_ANY4,
		.server_id = v->self,
		.requested = IPA_ANY4,
		.broadcast = IPA_ANY4,
		.id_len = q->id_len, /* RFC 6842: what it called itself comes back */
	};

	memcpy(m.mac, q->mac, 6);
	memcpy(m.id, q->id, q->id_len);
	return m;
}

/* What every client of the network is told (RFC 2131 table 3). */
static void tell_network(const struct dhcp_server *v, struct dhcp_msg *m)
{
	m->has_mask = true;
	m->prefix_len = v->prefix_len;
	if (v->prefix_len <= 30)
		m->broadcast = ipa_of_v4(ipa_v4(&v->self) | UINT32_MAX >> v->prefix_len);
	if (!v->no_router)
		m->router[m->n_routers++] = v->self;
	m->n_dns = v->n_dns;
	memcpy(m->dns, v->dns, sizeof(m->dns));
	memcpy(m->domain, v->domain, sizeof(m->domain));
	m->mtu = v->mtu;
}

static void send_lease(struct dhcp_server *v, const struct dhcp_msg *q, const struct slot *t,
	enum dhcp_type type)
{
	struct dhcp_msg m = answer(v, q, type);

	tell_network(v, &m);
	m.yiaddr = t->addr;
	m.has_lease = true;
	m.lease_s = v->lease_s;
	if (v->lease_s != DHCP_INFINITE) {
		m.t1_s = v->lease_s / 2; /* RFC 2131 4.4.5 */
		m.t2_s = v->lease_s - v->lease_s / 8;
	}
	if (t->is_reserved)
		memcpy(m.hostname, t->hostname, sizeof(m.hostname));
	transmit(v, &m);
}

static void send_nak(struct dhcp_server *v, const struct dhcp_msg *q)
{
	struct dhcp_msg m = answer(v, q, DHCP_NAK);

	transmit(v, &m);
}

static void lease(struct dhcp_server *v, const struct dhcp_msg *q, struct slot *t)
{
	const struct who w = who_is(q);

	give(t, &w, LEASED,
		v->lease_s == DHCP_INFINITE ? NOD_FOREVER : (nod_ns)v->lease_s * NOD_S);
	if (!t->is_reserved)
		memcpy(t->hostname, q->hostname, sizeof(t->hostname));
	NOTE(&v->stack->core, NOD_EV_DHCP_SERVE, .interface = (uint16_t)v->interface,
		.dst = ipa_to_addr(&t->addr, 0));
	send_lease(v, q, t, DHCP_ACK);
}

/* ---- questions --------------------------------------------------------------------- */

static void on_discover(struct dhcp_server *v, const struct dhcp_msg *q)
{
	const struct who w = who_is(q);
	struct slot *t = choose(v, &w, &q->requested);

	if (!t) {
		NOTE(&v->stack->core, NOD_EV_DHCP_DROP_FULL, .interface = (uint16_t)v->interface);
		return;
	}
	if (t->state != LEASED) /* who has a lease and asks anew keeps it meanwhile */
		give(t, &w, OFFERED, offer_hold);
	send_lease(v, q, t, DHCP_OFFER);
}

/* RFC 2131 4.3.2 */
static void on_request(struct dhcp_server *v, const struct dhcp_msg *q)
{
	const struct who w = who_is(q);
	const struct ipa *addr = ipa_is_any(&q->ciaddr) ? &q->requested : &q->ciaddr;
	struct slot *own = slot_of(v, &w), *t = slot_of_addr(v, addr);

	if (!ipa_is_any(&q->server_id) && !ipa_equal(&q->server_id, &v->self)) {
		if (own && own->state == OFFERED)
			slot_enter(own, FREE, 0); /* it chose another server */
		return;
	}
	/* it is ours to give, free or its own; and who has another one has that */
	if (!t || t->state == DECLINED || (own && own != t && own->is_reserved) ||
		(!is_of(t, &w) && (t->is_reserved || t->state != FREE))) {
		send_nak(v, q);
		return;
	}
	/* SELECTING: what we never offered, it cannot choose */
	if (!ipa_is_any(&q->server_id) && !is_of(t, &w)) {
		send_nak(v, q);
		return;
	}
	if (own && own != t && own->state != FREE)
		slot_enter(own, FREE, 0);
	lease(v, q, t);
}

static void on_decline(struct dhcp_server *v, const struct dhcp_msg *q)
{
	const struct who w = who_is(q);
	struct slot *t = slot_of_addr(v, &q->requested);

	if (!ipa_equal(&q->server_id, &v->self) || !t || !is_of(t, &w) || t->state == FREE)
		return;
	slot_enter(t, DECLINED, decline_hold);
}

static void on_release(struct dhcp_server *v, const struct dhcp_msg *q)
{
	const struct who w = who_is(q);
	struct slot *t = slot_of_addr(v, &q->ciaddr);

	if (t && is_of(t, &w) && t->state == LEASED)
		slot_enter(t, FREE, 0);
}

/* RFC 2131 4.3.5: no lease, no address. */
static void on_inform(struct dhcp_server *v, const struct dhcp_msg *q)
{
	struct dhcp_msg m = answer(v, q, DHCP_ACK);

	if (!ipa_same_prefix(&q->ciaddr, &v->self, v->prefix_len))
		return;
	tell_network(v, &m);
	transmit(v, &m);
}

static bool is_right(const struct dhcp_server *v, const struct dhcp_msg *q)
{
	static const uint8_t nobody[6];

	return q->op == DHCP_ASK && ipa_is_any(&q->giaddr) && /* relays are not served */
		!(q->mac[0] & 1) && memcmp(q->mac, nobody, 6) != 0 &&
		(ipa_is_any(&q->ciaddr) ||
			ipa_same_prefix(&q->ciaddr, &v->self, v->prefix_len) ||
			q->type == DHCP_REQUEST);
}

static bool input(struct udp_end *e, struct pkt *p, const struct ip_in *in, uint16_t src_port)
{
	struct dhcp_server *v = container_of(e, struct dhcp_server, end);
	struct dhcp_msg q;
	struct rcur r;

	(void)src_port; /* not everybody asks from port 68 */
	if (in->iface->index != v->interface)
		return false;
	if (p->len > DHCP_LEN_MOST || !pkt_linear(p, p->len) ||
		(r = rcur_of(p->data, p->len), dhcp_parse(&q, &r) < 0) || !is_right(v, &q)) {
		NOTE(&v->stack->core, NOD_EV_DHCP_DROP_BAD, .packet = pkt_public(p),
			.interface = (uint16_t)v->interface, .src = ipa_to_addr(&in->src, 0));
		pkt_free(p);
		return true;
	}
	pkt_free(p);
	switch (q.type) {
	case DHCP_DISCOVER:
		on_discover(v, &q);
		break;
	case DHCP_REQUEST:
		on_request(v, &q);
		break;
	case DHCP_DECLINE:
		on_decline(v, &q);
		break;
	case DHCP_RELEASE:
		on_release(v, &q);
		break;
	case DHCP_INFORM:
		on_inform(v, &q);
		break;
	default:
		break; /* a server's word, sent by a client */
	}
	return true;
}

static void error(struct udp_end *e, const struct ip_error *why, uint16_t dst_port)
{
	(void)e; /* a client that is gone asks again when it is back */
	(void)why;
	(void)dst_port;
}

/* ---- beginning and end ------------------------------------------------------------- */

static void end(struct stack_part *part)
{
	struct dhcp_server *v = container_of(part, struct dhcp_server, part);

	for (unsigned k = 0; k < v->n_slots; k++)
		timer_stop(&v->stack->core.wheel, &v->slot[k].timer);
	udp_close(v->stack->udp, &v->end);
	table_free(&v->clients);
	free(v->slot);
	free(v);
}

/* All that it does it does when it is asked, or by its slots' timers. */
static void run(struct stack_part *part, nod_ns now)
{
	struct dhcp_server *v = container_of(part, struct dhcp_server, part);

	(void)now;
	if (iface_at(&v->stack->link, v->interface) == v->end.iface)
		return;
	stack_remove_part(v->stack, part); /* the interface is gone: so are we */
	end(part);
}

static struct dhcp_server *find(const struct nod_stack *s, unsigned interface)
{
	for (struct stack_part *part = s->parts; part; part = part->next) {
		struct dhcp_server *v = container_of(part, struct dhcp_server, part);

		if (part->run == run && v->interface == interface)
			return v;
	}
	return NULL;
}

static int read_pool(struct dhcp_server *v, const struct nod_dhcp_server_conf *conf)
{
	uint32_t mask = v->prefix_len ? UINT32_MAX << (32 - v->prefix_len) : 0;
	uint32_t net = ipa_v4(&v->self) & mask;
	struct ipa a;

	if (v->prefix_len > 30 || v->prefix_len < 8)
		return -EINVAL;
	v->first = net + 1;
	v->last = (net | ~mask) - 1;
	if (conf->first.family == NOD_UNSPEC && conf->last.family == NOD_UNSPEC) {
		if (v->last - v->first >= NOD_DHCP_POOL_MAX)
			v->last = v->first + NOD_DHCP_POOL_MAX - 1;
		return 0;
	}
	if (conf->first.family != NOD_IPV4 || conf->last.family != NOD_IPV4)
		return -EINVAL;
	a = ipa_from_addr(&conf->first);
	if (ipa_v4(&a) < v->first || ipa_v4(&a) > v->last)
		return -EINVAL;
	uint32_t first = ipa_v4(&a);
	a = ipa_from_addr(&conf->last);
	if (ipa_v4(&a) < first || ipa_v4(&a) > v->last || ipa_v4(&a) - first >= NOD_DHCP_POOL_MAX)
		return -EINVAL;
	v->first = first;
	v->last = ipa_v4(&a);
	return 0;
}

static int read_options(struct dhcp_server *v, const struct nod_dhcp_server_conf *conf)
{
	v->lease_s = conf->lease_s ? conf->lease_s : default_lease_s;
	v->no_router = conf->no_router;
	v->mtu = conf->mtu;
	if (v->lease_s < least_lease_s || conf->n_dns > NOD_DHCP_ADDRS ||
		(conf->domain && strlen(conf->domain) >= sizeof(v->domain)))
		return -EINVAL;
	if (conf->domain)
		memcpy(v->domain, conf->domain, strlen(conf->domain) + 1);
	for (unsigned k = 0; k < conf->n_dns; k++) {
		if (conf->dns[k].family != NOD_IPV4)
			return -EINVAL;
		v->dns[v->n_dns++] = ipa_from_addr(&conf->dns[k]);
	}
	return 0;
}

static int reserve(struct dhcp_server *v, const struct nod_dhcp_reservation *r)
{
	struct ipa a = ipa_from_addr(&r->addr);
	struct slot *t;

	if (r->addr.family != NOD_IPV4 || !ipa_same_prefix(&a, &v->self, v->prefix_len) ||
		ipa_equal(&a, &v->self) ||
		(r->hostname && strlen(r->hostname) >= DHCP_HOSTNAME_MAX))
		return -EINVAL;
	t = slot_of_addr(v, &a);
	if (!t) {
		t = &v->slot[v->n_slots++];
		*t = (struct slot){ .server = v, .addr = a, .timer.fire = fire, .state = LEASED };
	} else if (t->is_reserved) {
		return -EINVAL;
	} else {
		take_free(t);
	}
	t->is_reserved = true;
	t->state = FREE;
	set_client(t, r->mac, 6, r->mac);
	if (r->hostname)
		memcpy(t->hostname, r->hostname, strlen(r->hostname) + 1);
	return 0;
}

static int make_slots(struct dhcp_server *v, const struct nod_dhcp_server_conf *conf)
{
	unsigned n = v->last - v->first + 1;

	v->slot = calloc((size_t)n + conf->n_reservations, sizeof(v->slot[0]));
	if (!v->slot || table_init(&v->clients, 64) < 0)
		return -ENOMEM;
	for (; v->n_slots < n; v->n_slots++) {
		struct slot *t = &v->slot[v->n_slots];

		t->server = v;
		t->addr = ipa_of_v4(v->first + v->n_slots);
		t->timer.fire = fire;
		if (ipa_equal(&t->addr, &v->self))
			t->state = DECLINED; /* for ever: it is ours */
		else
			put_free(t);
	}
	for (unsigned k = 0; k < conf->n_reservations; k++) {
		int err = reserve(v, &conf->reservation[k]);

		if (err < 0)
			return err;
	}
	return 0;
}

int nod_dhcp_server_start(
	struct nod_stack *s, unsigned interface, const struct nod_dhcp_server_conf *conf)
{
	static const struct nod_dhcp_server_conf defaults;
	static const struct udp_upper upper = { .input = input, .error = error };
	struct iface *i = iface_at(&s->link, interface);
	const struct ifaddr *a;
	struct dhcp_server *v;
	int err;

	if (!conf)
		conf = &defaults;
	if (!i || i->kind != IFACE_ETHERNET)
		return -ENODEV;
	if (find(s, interface))
		return -EEXIST;
	for (a = netif_of(i)->addrs; a; a = a->next)
		if (ipa_is_v4(&a->addr) && !ipa_is_link_local(&a->addr) &&
			a->state != IFADDR_DUPLICATE)
			break;
	if (!a)
		return -EADDRNOTAVAIL;
	v = calloc(1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	v->stack = s;
	v->interface = interface;
	v->self = a->addr;
	v->prefix_len = a->prefix_len;
	v->part = (struct stack_part){ .run = run, .end = end };
	v->end = (struct udp_end){ .upper = &upper, .iface = i, .flags = UDP_END_REUSE_ADDR };
	err = read_pool(v, conf);
	if (err == 0)
		err = read_options(v, conf);
	if (err == 0)
		err = make_slots(v, conf);
	if (err == 0)
		err = udp_bind(s->udp, &v->end, &IPA_ANY4, DHCP_SERVER_PORT);
	if (err < 0) {
		table_free(&v->clients);
		free(v->slot);
		free(v);
		return err;
	}
	stack_add_part(s, &v->part);
	return 0;
}

int nod_dhcp_server_stop(struct nod_stack *s, unsigned interface)
{
	struct dhcp_server *v = find(s, interface);

	if (!v)
		return -ENOENT;
	stack_remove_part(s, &v->part);
	end(&v->part);
	return 0;
}

int nod_dhcp_server_next(const struct nod_stack *s, unsigned interface, unsigned *at,
	struct nod_dhcp_lease *out)
{
	static const char *const state[] = { "free", "offered", "leased", "declined" };
	const struct dhcp_server *v = find(s, interface);

	for (; v && *at < v->n_slots; ++*at) {
		const struct slot *t = &v->slot[*at];

		if (t->state == FREE || ipa_equal(&t->addr, &v->self))
			continue;
		++*at;
		*out = (struct nod_dhcp_lease){
			.addr = ipa_to_addr(&t->addr, 0),
			.state = state[t->state],
			.is_reserved = t->is_reserved,
			.until = t->until,
		};
		memcpy(out->mac, t->mac, 6);
		memcpy(out->hostname, t->hostname, sizeof(out->hostname));
		return 0;
	}
	return -ENOENT;
}
