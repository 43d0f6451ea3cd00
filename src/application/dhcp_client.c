/* SPDX-License-Identifier: ISC */
/*
 * dhcp_client.c - an interface's address by DHCP: asked for, checked, kept, given back
 *
 * RFC 2131 4.4 and its figure 5, with CHECKING between REQUESTING and BOUND: the address is
 * tried by ARP first (RFC 5227) and declined when somebody has it.  RFC 3442 (routes).  What a
 * server says is believed only as far as it makes sense (H70, H71): see dhcp_lease.c.
 *
 * Enters states in enter() alone.  It acts in its timer, in run() and when a message arrives.
 *
 * untranslated file: its reasons are details of events, in English as those of lower layers.
 *
 * Neighbours: dhcp_wire.h, dhcp_lease.c (what is done with a lease), link_local4.h.
 */
#include "dhcp_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dhcp_client_internal.h"

static const nod_ns begin_most = 1 * NOD_S; /* RFC 2131 4.4.1 has 1 to 10 s; people wait */
static const nod_ns first_gap = 4 * NOD_S, last_gap = 64 * NOD_S; /* RFC 2131 4.1 */
static const nod_ns jitter = 1 * NOD_S;
static const nod_ns link_local_after = 10 * NOD_S;
static const nod_ns declined_gap = 10 * NOD_S; /* RFC 2131 3.1.5: at least */
static const nod_ns renew_gap_least = 60 * NOD_S; /* RFC 2131 4.4.5 */
enum { REQUESTS_MOST = 4, REBOOTS_MOST = 3, NAKS_SHIFT_MOST = 6 };

static const char *const state_name[DHCP_N_STATES] = {
	[DHCP_INIT] = "INIT",
	[DHCP_SELECTING] = "SELECTING",
	[DHCP_REQUESTING] = "REQUESTING",
	[DHCP_CHECKING] = "CHECKING",
	[DHCP_BOUND] = "BOUND",
	[DHCP_RENEWING] = "RENEWING",
	[DHCP_REBINDING] = "REBINDING",
	[DHCP_REBOOTING] = "REBOOTING",
	[DHCP_DOWN] = "DOWN",
};

#define TO(s) (1u << DHCP_##s)
static const uint16_t edges[DHCP_N_STATES] = { /* RFC 2131 figure 5 */
	[DHCP_INIT] = TO(SELECTING) | TO(REBOOTING) | TO(DOWN),
	[DHCP_SELECTING] = TO(REQUESTING) | TO(DOWN),
	[DHCP_REQUESTING] = TO(CHECKING) | TO(BOUND) | TO(INIT) | TO(DOWN),
	[DHCP_CHECKING] = TO(BOUND) | TO(INIT) | TO(DOWN),
	[DHCP_BOUND] = TO(RENEWING) | TO(REBINDING) | TO(INIT) | TO(DOWN),
	[DHCP_RENEWING] = TO(BOUND) | TO(REBINDING) | TO(INIT) | TO(DOWN),
	[DHCP_REBINDING] = TO(BOUND) | TO(INIT) | TO(DOWN),
	[DHCP_REBOOTING] = TO(CHECKING) | TO(BOUND) | TO(INIT) | TO(DOWN),
	[DHCP_DOWN] = TO(INIT) | TO(REBOOTING),
};

static void enter(struct dhcp_client *c, enum dhcp_state next, const char *why);

static struct core *core_of(const struct dhcp_client *c)
{
	return &c->stack->core;
}

struct netif *dhcp_client_netif(const struct dhcp_client *c)
{
	struct iface *i = iface_at(&c->stack->link, c->interface);

	return i ? netif_of(i) : NULL;
}

static void wait_for(struct dhcp_client *c, nod_ns span)
{
	timer_set(&core_of(c)->wheel, &c->timer, core_of(c)->now + span);
}

static nod_ns some(struct dhcp_client *c, nod_ns most)
{
	return 1 + (nod_ns)prng_below64(&core_of(c)->prng, (uint64_t)most);
}

/* ---- what is said ------------------------------------------------------------------ */

static void want_all(struct dhcp_msg *m)
{
	static const uint8_t options[] = { DHCP_OPT_MASK, DHCP_OPT_ROUTER, DHCP_OPT_DNS,
		DHCP_OPT_DOMAIN, DHCP_OPT_MTU, DHCP_OPT_BROADCAST, DHCP_OPT_LEASE,
		DHCP_OPT_SERVER, DHCP_OPT_T1, DHCP_OPT_T2, DHCP_OPT_ROUTES };

	for (unsigned k = 0; k < sizeof(options); k++)
		dhcp_want(m, options[k]);
}

static struct dhcp_msg message(const struct dhcp_client *c, enum dhcp_type type)
{
	const struct netif *i = dhcp_client_netif(c);
	struct dhcp_msg m = {
		.op = DHCP_ASK,
		.type = (uint8_t)type,
		.xid = c->xid,
		.secs = c->secs,
		.ciaddr = IPA_ANY4,
		.yiaddr = IPA_ANY4,
		.siaddr = IPA_ANY4,
		.giaddr = IPA_ANY4,
		.server_id = IPA_ANY4,
		.requested = IPA_ANY4,
		.broadcast = IPA_ANY4,
		.id_len = 1 + ETHER_ADDR_LEN,
		.id = { 1 }, /* hardware type Ethernet: RFC 2132 9.14 */
	};

	memcpy(m.mac, i->iface->mac, ETHER_ADDR_LEN);
	memcpy(m.id + 1, i->iface->mac, ETHER_ADDR_LEN);
	if (type == DHCP_DISCOVER || type == DHCP_REQUEST) {
		want_all(&m);
		m.max_len = DHCP_LEN_MOST;
		memcpy(m.hostname, c->hostname, sizeof(m.hostname));
	}
	return m;
}

/* To @server, or, @server NULL, to everybody; from ciaddr, which may be 0.0.0.0. */
static void transmit(
	struct dhcp_client *c, const struct dhcp_msg *m, const struct ipa *server)
{
	struct pkt *p = pkt_new(core_of(c)->pool, DHCP_LEN_MOST);
	struct ip_out o = {
		.src = m->ciaddr,
		.dst = server ? *server : ipa_of_v4(UINT32_MAX),
		.iface = dhcp_client_netif(c)->iface,
		.may_broadcast = true,
		.is_bare = true,
	};
	uint8_t *room;
	struct wcur w;

	if (!p)
		return;
	room = pkt_put(p, DHCP_LEN_MOST);
	w = wcur_of(room, DHCP_LEN_MOST);
	if (dhcp_emit(m, &w) < 0) {
		pkt_free(p);
		return;
	}
	pkt_trim(p, (uint32_t)w.at);
	udp_send(c->stack->udp, &c->end, &o, DHCP_SERVER_PORT, p);
}

/* How long we have been asking; a request has its discover's (RFC 2131 4.4.1). */
static void count_seconds(struct dhcp_client *c)
{
	c->secs = (uint16_t)((core_of(c)->now - c->began) / NOD_S & 0xffff);
}

static void send_discover(struct dhcp_client *c)
{
	struct dhcp_msg m;

	count_seconds(c);
	m = message(c, DHCP_DISCOVER);
	m.is_broadcast = true; /* we cannot hear what is for an address that we have not */
	transmit(c, &m, NULL);
}

/* RFC 2131 4.3.2 and its table 4. */
static void send_request(struct dhcp_client *c)
{
	struct dhcp_msg m = message(c, DHCP_REQUEST);

	switch (c->state) {
	case DHCP_REQUESTING:
		m.is_broadcast = true;
		m.requested = c->offer.addr;
		m.server_id = c->offer.server;
		transmit(c, &m, NULL);
		break;
	case DHCP_REBOOTING:
		m.is_broadcast = true;
		m.requested = c->previous;
		transmit(c, &m, NULL);
		break;
	case DHCP_RENEWING:
		m.ciaddr = c->lease.addr;
		transmit(c, &m, &c->lease.server);
		break;
	default: /* REBINDING */
		m.ciaddr = c->lease.addr;
		transmit(c, &m, NULL);
		break;
	}
}

static void send_decline(struct dhcp_client *c, const struct dhcp_lease *l)
{
	struct dhcp_msg m = message(c, DHCP_DECLINE);

	m.requested = l->addr;
	m.server_id = l->server;
	transmit(c, &m, NULL);
}

static void send_release(struct dhcp_client *c)
{
	struct dhcp_msg m = message(c, DHCP_RELEASE);

	m.ciaddr = c->lease.addr;
	m.server_id = c->lease.server;
	transmit(c, &m, &c->lease.server);
}

/* ---- states ------------------------------------------------------------------------ */

static void begin_exchange(struct dhcp_client *c)
{
	count_seconds(c);
	c->xid = prng_u32(&core_of(c)->prng);
	c->n_sent = 0;
	c->gap = first_gap;
}

/* RFC 2131 4.1: 4 s, 8 s ... 64 s, each a second more or less. */
static void wait_longer(struct dhcp_client *c)
{
	wait_for(c, c->gap - jitter + some(c, 2 * jitter));
	c->gap = c->gap * 2 < last_gap ? c->gap * 2 : last_gap;
	c->n_sent++;
}

/* RFC 2131 4.4.5: half of what is left until @then, but not below a minute. */
static void wait_half(struct dhcp_client *c, nod_ns then)
{
	nod_ns left = then - core_of(c)->now;
	nod_ns half = left / 2 > renew_gap_least ? left / 2 : renew_gap_least;

	wait_for(c, half < left ? half : left);
}

static void drop_lease(struct dhcp_client *c)
{
	if (c->has_lease)
		dhcp_lease_drop(c, &c->lease);
	c->has_lease = false;
}

static void enter(struct dhcp_client *c, enum dhcp_state next, const char *why)
{
	enum dhcp_state before = c->state;
	struct core *core = core_of(c);

	assert(edges[before] & 1u << next);
	c->state = next;
	NOTE(core, NOD_EV_DHCP_STATE, .interface = (uint16_t)c->interface, .from = before,
		.to = next, .why = why);
	timer_stop(&core->wheel, &c->timer);
	if (before != DHCP_DOWN && next != DHCP_REBOOTING)
		c->previous = IPA_ANY4; /* tried once */
	switch (next) {
	case DHCP_INIT:
		drop_lease(c);
		if (before >= DHCP_BOUND) { /* else it is still the same asking */
			c->began = core->now;
			timer_set(&core->wheel, &c->patience, core->now + link_local_after);
		}
		wait_for(c, some(c, begin_most) + c->pause);
		c->pause = 0;
		break;
	case DHCP_SELECTING:
	case DHCP_REQUESTING:
	case DHCP_REBOOTING:
		if (next != DHCP_REQUESTING) /* RFC 2131 4.4.1: the offer's number is kept */
			begin_exchange(c);
		c->n_sent = 0;
		c->gap = first_gap;
		if (next == DHCP_SELECTING)
			send_discover(c);
		else
			send_request(c);
		wait_longer(c);
		break;
	case DHCP_CHECKING:
		break; /* run() sees what comes of it */
	case DHCP_BOUND:
		c->n_naks = 0;
		link_local4_stop(&c->link_local, dhcp_client_netif(c));
		NOTE(core, NOD_EV_DHCP_LEASE, .interface = (uint16_t)c->interface,
			.src = ipa_to_addr(&c->lease.addr, 0),
			.dst = ipa_to_addr(&c->lease.server, 0));
		if (c->lease.renew_at != NOD_FOREVER)
			timer_set(&core->wheel, &c->timer, c->lease.renew_at);
		break;
	case DHCP_RENEWING:
	case DHCP_REBINDING:
		begin_exchange(c);
		send_request(c);
		wait_half(c, next == DHCP_RENEWING ? c->lease.rebind_at : c->lease.until);
		break;
	default: /* DOWN: the lease is kept, to be asked for again */
		break;
	}
}

static void fire_exchange(struct dhcp_client *c)
{
	switch (c->state) {
	case DHCP_SELECTING:
		send_discover(c);
		wait_longer(c);
		break;
	case DHCP_REQUESTING:
	case DHCP_REBOOTING:
		if (c->n_sent >= (c->state == DHCP_REBOOTING ? REBOOTS_MOST : REQUESTS_MOST)) {
			bool is_kept = c->state == DHCP_REBOOTING && c->has_lease;

			/* RFC 2131 3.2: what is leased may be used for the rest of its time */
			enter(c, is_kept ? DHCP_BOUND : DHCP_INIT, "no answer");
			break;
		}
		send_request(c);
		wait_longer(c);
		break;
	default:
		break;
	}
}

static void fire(struct timer *t, int64_t now)
{
	struct dhcp_client *c = container_of(t, struct dhcp_client, timer);

	if (!dhcp_client_netif(c))
		return;
	switch (c->state) {
	case DHCP_INIT:
		if (!ipa_is_any(&c->previous))
			enter(c, DHCP_REBOOTING, "an address is known from before");
		else
			enter(c, DHCP_SELECTING, "begins");
		break;
	case DHCP_BOUND:
		enter(c, DHCP_RENEWING, "T1");
		break;
	case DHCP_RENEWING:
		if (now >= c->lease.rebind_at) {
			enter(c, DHCP_REBINDING, "T2");
			break;
		}
		send_request(c);
		wait_half(c, c->lease.rebind_at);
		break;
	case DHCP_REBINDING:
		if (now >= c->lease.until) {
			enter(c, DHCP_INIT, "the lease is over");
			break;
		}
		send_request(c);
		wait_half(c, c->lease.until);
		break;
	default:
		fire_exchange(c);
		break;
	}
}

/* RFC 2131 3.1.5, RFC 5227 2.1.1: somebody else has it. */
static void decline(struct dhcp_client *c)
{
	send_decline(c, &c->lease);
	c->pause = declined_gap;
	enter(c, DHCP_INIT, "somebody else has the address");
}

/* ---- what is heard ----------------------------------------------------------------- */

static void on_offer(struct dhcp_client *c, const struct dhcp_msg *m)
{
	if (!dhcp_lease_read(c, m, &c->offer))
		return;
	enter(c, DHCP_REQUESTING, "an offer");
}

static void on_ack(struct dhcp_client *c, const struct dhcp_msg *m)
{
	bool is_renewed = c->state == DHCP_RENEWING || c->state == DHCP_REBINDING;
	struct dhcp_lease lease;

	if (!dhcp_lease_read(c, m, &lease))
		return;
	if (!dhcp_lease_take(c, &lease)) {
		c->pause = declined_gap;
		enter(c, DHCP_INIT, "the address cannot be configured");
		return;
	}
	c->lease = lease;
	c->has_lease = true;
	enter(c, is_renewed ? DHCP_BOUND : DHCP_CHECKING, is_renewed ? "renewed" : "leased");
}

static void on_nak(struct dhcp_client *c)
{
	/* one who is refused again and again asks less and less often (H71) */
	c->pause = c->n_naks ? NOD_S << c->n_naks : 0;
	if (c->n_naks < NAKS_SHIFT_MOST)
		c->n_naks++;
	enter(c, DHCP_INIT, "refused");
}

/* Whether @m is an answer to what was asked: (H70) number, station, and a server's name. */
static bool is_for_us(const struct dhcp_client *c, const struct dhcp_msg *m)
{
	const struct netif *i = dhcp_client_netif(c);

	if (m->op != DHCP_REPLY || m->xid != c->xid ||
		memcmp(m->mac, i->iface->mac, ETHER_ADDR_LEN) != 0 || ipa_is_any(&m->server_id))
		return false;
	if (m->type != DHCP_ACK && m->type != DHCP_NAK)
		return c->state == DHCP_SELECTING && m->type == DHCP_OFFER;
	/* the address may not be another one than was asked for (RFC 2131 4.3.2) */
	switch (c->state) {
	case DHCP_REQUESTING:
		return ipa_equal(&m->server_id, &c->offer.server) &&
			(m->type == DHCP_NAK || ipa_equal(&m->yiaddr, &c->offer.addr));
	case DHCP_REBOOTING:
		return m->type == DHCP_NAK || ipa_equal(&m->yiaddr, &c->previous);
	case DHCP_RENEWING:
		return ipa_equal(&m->server_id, &c->lease.server) &&
			(m->type == DHCP_NAK || ipa_equal(&m->yiaddr, &c->lease.addr));
	case DHCP_REBINDING:
		return m->type == DHCP_NAK || ipa_equal(&m->yiaddr, &c->lease.addr);
	default:
		return false;
	}
}

static bool input(struct udp_end *e, struct pkt *p, const struct ip_in *in, uint16_t src_port)
{
	struct dhcp_client *c = container_of(e, struct dhcp_client, end);
	struct core *core = core_of(c);
	struct dhcp_msg m;
	struct rcur r;

	if (!dhcp_client_netif(c) || in->iface->index != c->interface)
		return false;
	r = rcur_of(p->data, p->len);
	if (src_port != DHCP_SERVER_PORT || p->len > DHCP_LEN_MOST || !pkt_linear(p, p->len) ||
		dhcp_parse(&m, &r) < 0 || !is_for_us(c, &m)) {
		NOTE(core, NOD_EV_DHCP_DROP_BAD, .packet = pkt_public(p),
			.interface = (uint16_t)c->interface, .src = ipa_to_addr(&in->src, 0));
		pkt_free(p);
		return true;
	}
	pkt_free(p);
	if (m.type == DHCP_OFFER)
		on_offer(c, &m);
	else if (m.type == DHCP_ACK)
		on_ack(c, &m);
	else
		on_nak(c);
	return true;
}

/* Port unreachable from a server: it is asked again all the same. */
static void error(struct udp_end *e, const struct ip_error *why, uint16_t dst_port)
{
	(void)e;
	(void)why;
	(void)dst_port;
}

/* ---- each turn --------------------------------------------------------------------- */

static void follow_address(struct dhcp_client *c, struct netif *i)
{
	struct ifaddr *a = ifaddr_find(i->net, i->iface, &c->lease.addr);

	if (!a) { /* somebody took it away, or its time was over while the interface was down */
		enter(c, DHCP_INIT, "the address is gone");
	} else if (a->state == IFADDR_DUPLICATE) {
		decline(c);
	} else if (c->state == DHCP_CHECKING && a->state == IFADDR_PREFERRED) {
		dhcp_lease_routes(c, &c->lease, true);
		enter(c, DHCP_BOUND, "nobody else has it");
	}
}

static void follow_interface(struct dhcp_client *c, struct netif *i)
{
	if (c->state != DHCP_DOWN && !i->iface->is_up) {
		enter(c, DHCP_DOWN, "the interface is down");
		return;
	}
	if (c->state != DHCP_DOWN || !i->iface->is_up)
		return;
	if (c->has_lease) { /* RFC 2131 3.7: it may be another network now */
		c->previous = c->lease.addr;
		enter(c, DHCP_REBOOTING, "the interface is up again");
	} else {
		enter(c, DHCP_INIT, "the interface is up");
	}
}

static void end(struct stack_part *part);

static void run(struct stack_part *part, nod_ns now)
{
	struct dhcp_client *c = container_of(part, struct dhcp_client, part);
	struct netif *i = dhcp_client_netif(c);

	if (!i || i->iface != c->end.iface) { /* the interface is gone: so are we */
		stack_remove_part(c->stack, part);
		end(part);
		return;
	}
	follow_interface(c, i);
	if (c->has_lease && c->state != DHCP_DOWN)
		follow_address(c, i);
	if (c->may_link_local && !c->has_lease && c->state != DHCP_DOWN &&
		now - c->began >= link_local_after)
		link_local4_start(&c->link_local, i);
	link_local4_run(&c->link_local, i);
}

static void fire_patience(struct timer *t, int64_t now)
{
	(void)t;
	(void)now; /* it makes nod_stack_deadline() wake run(), which sees that it is time */
}

static void end(struct stack_part *part)
{
	struct dhcp_client *c = container_of(part, struct dhcp_client, part);

	timer_stop(&core_of(c)->wheel, &c->timer);
	timer_stop(&core_of(c)->wheel, &c->patience);
	udp_close(c->stack->udp, &c->end);
	free(c);
}

/* ---- the calls --------------------------------------------------------------------- */

static struct dhcp_client *next_client(const struct stack_part *part)
{
	while (part && part->run != run)
		part = part->next;
	return part ? container_of(part, struct dhcp_client, part) : NULL;
}

static struct dhcp_client *find(const struct nod_stack *s, unsigned interface)
{
	struct dhcp_client *c = next_client(s->parts);

	while (c && c->interface != interface)
		c = next_client(c->part.next);
	return c;
}

int nod_dhcp_client_start(
	struct nod_stack *s, unsigned interface, const struct nod_dhcp_client_conf *conf)
{
	static const struct nod_dhcp_client_conf defaults;
	static const struct udp_upper upper = { .input = input, .error = error };
	struct iface *i = iface_at(&s->link, interface);
	struct dhcp_client *c;
	const char *name;
	int err;

	if (!conf)
		conf = &defaults;
	name = conf->hostname ? conf->hostname : s->name;
	if (!i || i->kind != IFACE_ETHERNET)
		return -ENODEV;
	if (find(s, interface))
		return -EEXIST;
	if (strlen(name) >= DHCP_HOSTNAME_MAX ||
		(conf->previous.family != NOD_UNSPEC && conf->previous.family != NOD_IPV4))
		return -EINVAL;
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->stack = s;
	c->interface = interface;
	c->part = (struct stack_part){ .run = run, .end = end };
	c->timer.fire = fire;
	c->patience.fire = fire_patience;
	c->may_link_local = !conf->no_link_local;
	c->no_probe = conf->no_probe;
	c->no_routes = conf->no_routes;
	c->no_mtu = conf->no_mtu;
	memcpy(c->hostname, name, strlen(name) + 1);
	c->previous = conf->previous.family == NOD_IPV4 ? ipa_from_addr(&conf->previous) : IPA_ANY4;
	c->end = (struct udp_end){ .upper = &upper, .iface = i, .flags = UDP_END_REUSE_ADDR };
	err = udp_bind(s->udp, &c->end, &IPA_ANY4, DHCP_CLIENT_PORT);
	if (err < 0) {
		free(c);
		return err;
	}
	stack_add_part(s, &c->part);
	c->state = DHCP_DOWN;
	if (i->is_up)
		enter(c, DHCP_INIT, "started");
	return 0;
}

int nod_dhcp_client_stop(struct nod_stack *s, unsigned interface)
{
	struct dhcp_client *c = find(s, interface);
	struct netif *i = c ? dhcp_client_netif(c) : NULL;

	if (!c)
		return -ENOENT;
	if (i) {
		if (c->has_lease && c->state != DHCP_CHECKING && i->iface->is_up)
			send_release(c);
		drop_lease(c);
		link_local4_stop(&c->link_local, i);
	}
	stack_remove_part(s, &c->part);
	end(&c->part);
	return 0;
}

int nod_dhcp_client_state(
	const struct nod_stack *s, unsigned interface, struct nod_dhcp_info *out)
{
	const struct dhcp_client *c = find(s, interface);
	const struct netif *i = c ? dhcp_client_netif(c) : NULL;

	if (!c)
		return -ENOENT;
	*out = (struct nod_dhcp_info){ .state = state_name[c->state], .until = NOD_FOREVER };
	if (i && link_local4_is_ready(&c->link_local, i))
		out->link_local = ipa_to_addr(&c->link_local.addr, 0);
	if (!c->has_lease)
		return 0;
	out->prefix.addr = ipa_to_addr(&c->lease.addr, 0);
	out->prefix.len = c->lease.prefix_len;
	out->server = ipa_to_addr(&c->lease.server, 0);
	out->n_routers = c->lease.n_routers;
	for (unsigned k = 0; k < c->lease.n_routers; k++)
		out->router[k] = ipa_to_addr(&c->lease.router[k], 0);
	out->n_dns = c->lease.n_dns;
	for (unsigned k = 0; k < c->lease.n_dns; k++)
		out->dns[k] = ipa_to_addr(&c->lease.dns[k], 0);
	memcpy(out->domain, c->lease.domain, sizeof(c->lease.domain));
	memcpy(out->hostname, c->lease.hostname, sizeof(c->lease.hostname));
	out->mtu = c->lease.mtu;
	out->renew_at = c->lease.renew_at;
	out->rebind_at = c->lease.rebind_at;
	out->until = c->lease.until;
	return 0;
}

unsigned dhcp_client_dns(const struct nod_stack *s, struct ipa *list, unsigned max)
{
	unsigned n = 0;

	for (const struct dhcp_client *c = next_client(s->parts); c; c = next_client(c->part.next))
		for (unsigned k = 0; c->has_lease && k < c->lease.n_dns && n < max; k++)
			list[n++] = c->lease.dns[k];
	return n;
}

const char *dhcp_client_domain(const struct nod_stack *s)
{
	for (const struct dhcp_client *c = next_client(s->parts); c; c = next_client(c->part.next))
		if (c->has_lease && c->lease.domain[0])
			return c->lease.domain;
	return "";
}
