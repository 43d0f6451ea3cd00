/* SPDX-License-Identifier: ISC */
/*
 * stack.c - a stack put together of its layers, and driven
 *
 * Neighbours: stack.h, nod/stack.h (the contract), stack_net.c (its addresses and routes),
 * socket.c (what programs call).
 */
#include "stack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../network/reasm.h"
#include "../network/route.h"
#include "../physical/device.h"
#include "../transport/tcp.h"
#include "../transport/udp.h"

static struct pkt *pkt_of(const struct nod_packet *p)
{
	return (struct pkt *)(uintptr_t)p;
}

static int add_loopback(struct nod_stack *s)
{
	const struct iface_conf lo = {
		.kind = IFACE_LOOPBACK,
		.name = "lo",
		.mtu = 65536,
		.can = DEVICE_SUMS | DEVICE_TRUSTED | DEVICE_GSO,
		.gso_octets = 65536,
	};
	struct ifaddr_conf a = {
		.addr = IPA_V4(127, 0, 0, 1),
		.prefix_len = 8,
		.origin = IFADDR_LOOPBACK,
	};
	int index = iface_add(&s->link, &lo);
	struct netif *f;
	int err;

	if (index < 0)
		return index;
	err = net_iface_added(&s->net, iface_at(&s->link, (unsigned)index));
	if (err < 0)
		return err;
	f = netif_of(iface_at(&s->link, (unsigned)index));
	err = ifaddr_add(f, &a, NULL);
	if (err < 0 || f->is_v6_off)
		return err;
	a.addr = (struct ipa){ .o = { [15] = 1 } };
	a.prefix_len = 128;
	return ifaddr_add(f, &a, NULL);
}

int nod_stack_new(const struct nod_conf *conf, nod_ns now, struct nod_stack **out)
{
	struct nod_stack *s = calloc(1, sizeof(*s));
	const char *name = conf && conf->name ? conf->name : "nod";
	int err;

	if (!s)
		return -ENOMEM;
	if (strnlen(name, sizeof(s->name)) >= sizeof(s->name)) {
		free(s);
		return -EINVAL;
	}
	memcpy(s->name, name, strlen(name) + 1);
	err = core_init(&s->core, conf, now);
	if (err < 0) {
		free(s);
		return err;
	}
	s->core.conf.name = s->name;
	err = link_init(&s->link, &s->core);
	if (err == 0)
		err = net_init(&s->net, &s->core, &s->link);
	if (err == 0)
		err = udp_init(&s->net, &s->udp);
	if (err == 0)
		err = tcp_init(&s->net, sockets_wake, &s->tcp);
	if (err == 0)
		err = sockets_init(s);
	if (err == 0)
		err = add_loopback(s);
	if (err < 0) {
		nod_stack_free(s);
		return err;
	}
	*out = s;
	return 0;
}

void nod_stack_free(struct nod_stack *s)
{
	if (!s)
		return;
	while (s->parts) {
		struct stack_part *part = s->parts;

		s->parts = part->next;
		part->end(part);
	}
	sockets_end(s);
	tcp_end(s->tcp);
	if (s->net.link)
		net_end(&s->net);
	udp_end_all(s->udp);
	if (s->link.core)
		link_end(&s->link);
	core_end(&s->core);
	free(s);
}

const char *nod_stack_name(const struct nod_stack *s)
{
	return s->name;
}

const struct nod_conf *nod_stack_conf(const struct nod_stack *s)
{
	return &s->core.conf;
}

void stack_add_part(struct nod_stack *s, struct stack_part *part)
{
	part->next = s->parts;
	s->parts = part;
}

void stack_remove_part(struct nod_stack *s, struct stack_part *part)
{
	struct stack_part **at = &s->parts;

	while (*at && *at != part)
		at = &(*at)->next;
	if (*at)
		*at = part->next;
}

/* ---- driven -------------------------------------------------------------------------- */

void nod_stack_input(
	struct nod_stack *s, unsigned interface, struct nod_packet *packet, nod_ns now)
{
	struct iface *i = iface_at(&s->link, interface);
	struct pkt *p = pkt_of(packet);

	stack_at(s, now);
	if (!p)
		return;
	if (!i || i->kind != IFACE_ETHERNET) {
		pkt_free(p);
		return;
	}
	p->at = s->core.now;
	link_input(&s->link, i, p);
}

unsigned nod_stack_output(struct nod_stack *s, unsigned interface, struct nod_packet **p,
	unsigned max, nod_ns now)
{
	struct iface *i = iface_at(&s->link, interface);

	stack_at(s, now);
	tcp_flush(s->tcp);
	return i ? link_output(&s->link, i, (struct pkt **)(void *)p, max) : 0;
}

void nod_stack_poll(struct nod_stack *s, nod_ns now)
{
	enum { TURNS = 16 }; /* what is looped may answer itself: not for ever in one call */

	stack_at(s, now);
	wheel_run(&s->core.wheel, s->core.now);
	tcp_flush(s->tcp);
	for (int k = 0; k < TURNS && link_has_looped(&s->link); k++) {
		link_run(&s->link);
		tcp_flush(s->tcp);
	}
	for (struct stack_part *part = s->parts, *next; part; part = next) {
		next = part->next;
		part->run(part, s->core.now);
	}
}

nod_ns nod_stack_deadline(const struct nod_stack *s)
{
	bool is_due = link_has_looped(&s->link) || tcp_is_owing(s->tcp);

	return is_due ? s->core.now : wheel_next(&s->core.wheel);
}

unsigned nod_stack_event(struct nod_stack *s, struct nod_socket_event *ev, unsigned max)
{
	return sockets_events(s, ev, max);
}

/* ---- packets ------------------------------------------------------------------------- */

struct nod_packet *nod_packet_new(struct nod_stack *s, const void *frame, size_t len)
{
	struct pkt *p = len > PKT_LINEAR_MAX ? NULL : pkt_new(s->core.pool, (uint32_t)len);

	if (p && len)
		memcpy(pkt_put(p, (uint32_t)len), frame, len);
	return (struct nod_packet *)p;
}

void nod_packet_free(struct nod_packet *p)
{
	pkt_free(pkt_of(p));
}

size_t nod_packet_len(const struct nod_packet *p)
{
	return pkt_of(p)->len;
}

int nod_packet_iov(const struct nod_packet *packet, struct iovec iov[7])
{
	const struct pkt *p = pkt_of(packet);
	int n = 0;

	if (p->lin)
		iov[n++] = (struct iovec){ p->data, p->lin };
	for (unsigned k = 0; k < p->n_slices; k++)
		iov[n++] = (struct iovec){ p->slice[k].block->data + p->slice[k].at,
			p->slice[k].len };
	return n;
}

/* ---- looking at it ------------------------------------------------------------------- */

uint64_t nod_stack_count(const struct nod_stack *s, enum nod_event_kind kind)
{
	return (unsigned)kind < NOD_EV_N ? s->core.count[kind] : 0;
}

uint64_t nod_stack_counter(const struct nod_stack *s, const char *counter)
{
	uint64_t sum = 0;

	for (unsigned k = 0; k < NOD_EV_N; k++)
		if (strcmp(nod_event_counter((enum nod_event_kind)k), counter) == 0)
			sum += s->core.count[k];
	return sum;
}

void nod_stack_use(const struct nod_stack *s, struct nod_stack_use *out)
{
	struct pkt_pool_use use = pkt_pool_use(s->core.pool);
	struct tcp_use tcp = tcp_use(s->tcp);

	*out = (struct nod_stack_use){
		.memory_octets = use.taken,
		.packets = use.pkts,
		.blocks = use.blocks,
		.sockets = sockets_count(s),
		.neighbours = neigh_count(&s->link),
		.routes = route_count(&s->net),
		.reassemblies = reasm_count(&s->net),
		.timers = s->core.wheel.count,
		.leaving = tcp.leaving,
		.busy = tcp.busy,
		.tcp_octets = tcp.octets,
	};
}
