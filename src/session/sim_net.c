/* SPDX-License-Identifier: ISC */
/*
 * sim_net.c - hosts, LANs and the cables between them, on simulated time
 *
 * Who has something to do now stands in a queue and gets his turn in the order of standing in;
 * who has something to do later lies in a heap, by time and then by who came first.  Nothing is
 * asked that was not touched: after a turn only the other ends of the cables that it used are
 * looked at.
 *
 * Neighbours: sim_net.h, host.h, link/segment.h (a port that takes no super-segments).
 */
#include "sim_net.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../link/segment.h"
#include "host.h"
#include "stack.h"

enum { BATCH = 64, EVENTS = 64, TURNS_MOST = 100000 };

struct node {
	struct sim_net *net;
	struct node *next_ready, *next;
	bool is_lan, is_ready;
	uint32_t turns_now; /* at net->now */
	nod_ns turned;
	uint64_t turns;
};

/* One end of a cable. */
struct port {
	struct port *next; /* of the same node */
	struct port *peer;
	struct node *node;
	struct device *device; /* as its node uses it; a host's is closed by struct nod_host */
	struct device *end;    /* of the cable itself: @device, or what that wraps */
	unsigned number;       /* a host's interface, a LAN's port */
	bool is_marked;	       /* LAN: something has come */
	struct port *next_marked;
};

struct sim_host {
	struct node node; /* first */
	struct sim_item item;
	struct nod_host *host;
	struct port *ports;
	void *user;
};

struct sim_lan {
	struct node node; /* first */
	struct core core;
	struct switch_ *sw;
	struct port *ports; /* in the order of plugging in */
	struct port **last;
	struct port **by_number;
	unsigned n_ports;
	struct port *marked, **last_marked;
};

struct sim_net {
	struct sim_net_conf conf;
	nod_ns now;
	struct node *first_ready, **last_ready;
	struct node *nodes, **last_node;
	struct sim_item **heap; /* heap[1..n] */
	uint32_t n, cap, expected;
	uint64_t order;
	bool is_stuck;
	struct sim_net_count count;
};

/* ---- what is due later --------------------------------------------------------------- */

static bool is_before(const struct sim_item *a, const struct sim_item *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void put(struct sim_net *net, struct sim_item *item, uint32_t place)
{
	net->heap[place] = item;
	item->place = place;
}

/* @item belongs at @place or, if that is not its place, where it finds it. */
static void settle(struct sim_net *net, struct sim_item *item, uint32_t place)
{
	while (place > 1 && is_before(item, net->heap[place / 2])) {
		put(net, net->heap[place / 2], place);
		place /= 2;
	}
	for (uint32_t child; (child = place * 2) <= net->n; place = child) {
		if (child < net->n && is_before(net->heap[child + 1], net->heap[child]))
			child++;
		if (!is_before(net->heap[child], item))
			break;
		put(net, net->heap[child], place);
	}
	put(net, item, place);
}

int sim_net_expect(struct sim_net *net, uint32_t n)
{
	uint32_t need = net->expected + n, cap = net->cap;
	struct sim_item **grown;

	while (cap < need + 1)
		cap = cap ? cap * 2 : 64;
	grown = cap == net->cap ? net->heap : realloc(net->heap, cap * sizeof(grown[0]));
	if (!grown)
		return -ENOMEM;
	net->heap = grown;
	net->cap = cap;
	net->expected = need;
	return 0;
}

void sim_net_forget(struct sim_net *net, struct sim_item *item)
{
	uint32_t place = item->place;
	struct sim_item *last;

	if (!place)
		return;
	item->place = 0;
	last = net->heap[net->n--];
	if (last != item)
		settle(net, last, place);
}

void sim_net_at(struct sim_net *net, struct sim_item *item, nod_ns at)
{
	if (item->place && item->at == at)
		return;
	item->at = at;
	item->order = net->order++;
	if (!item->place) {
		assert(net->n < net->expected); /* sim_net_expect() */
		item->place = ++net->n;
	}
	settle(net, item, item->place);
}

/* ---- who has something to do now ----------------------------------------------------- */

static void make_ready(struct node *node)
{
	struct sim_net *net = node->net;

	if (node->is_ready)
		return;
	node->is_ready = true;
	node->next_ready = NULL;
	*net->last_ready = node;
	net->last_ready = &node->next_ready;
}

static struct node *take_ready(struct sim_net *net)
{
	struct node *node = net->first_ready;

	if (!node)
		return NULL;
	net->first_ready = node->next_ready;
	if (!net->first_ready)
		net->last_ready = &net->first_ready;
	node->is_ready = false;
	return node;
}

static void mark(struct port *p)
{
	struct sim_lan *lan = (struct sim_lan *)p->node;

	if (!p->is_marked) {
		p->is_marked = true;
		p->next_marked = NULL;
		*lan->last_marked = p;
		lan->last_marked = &p->next_marked;
	}
	make_ready(p->node);
}

/* Something may have been put into the cable, or taken out of it, at the other end. */
static void wake(struct port *p)
{
	nod_ns at = device_deadline(p->device);

	if (at <= p->node->net->now) {
		if (p->node->is_lan)
			mark(p);
		else
			make_ready(p->node);
	} else if (!p->node->is_lan && at != NOD_FOREVER) {
		struct sim_host *h = (struct sim_host *)p->node;

		if (!h->item.place || at < h->item.at)
			sim_net_at(p->node->net, &h->item, at);
	}
}

static void count_turn(struct node *node)
{
	struct sim_net *net = node->net;

	if (node->turned != net->now || !node->turns) {
		node->turned = net->now;
		node->turns_now = 0;
	}
	node->turns++;
	net->count.turns++;
	if (++node->turns_now > net->conf.turns_most)
		net->is_stuck = true;
}

/* ---- hosts --------------------------------------------------------------------------- */

static void tell(struct sim_host *h)
{
	const struct sim_net_conf *conf = &h->node.net->conf;
	struct nod_socket_event ev[EVENTS];
	bool has_told = false;
	unsigned n;

	while ((n = nod_stack_event(nod_host_stack(h->host), ev, EVENTS)) > 0) {
		if (conf->ready)
			conf->ready(conf->self, h, ev, n);
		has_told = true;
		if (n < EVENTS)
			break;
	}
	if (has_told)
		host_send(h->host, h->node.net->now);
}

static void turn_host(struct sim_host *h)
{
	struct sim_net *net = h->node.net;
	nod_ns next;

	host_turn(h->host, net->now);
	tell(h);
	next = host_deadline(h->host);
	if (next <= net->now)
		make_ready(&h->node);
	else if (next == NOD_FOREVER)
		sim_net_forget(net, &h->item);
	else
		sim_net_at(net, &h->item, next);
	for (struct port *p = h->ports; p; p = p->next)
		wake(p->peer);
}

static void host_due(struct sim_item *item, nod_ns now)
{
	struct sim_host *h = container_of(item, struct sim_host, item);

	(void)now;
	make_ready(&h->node);
}

struct nod_stack *sim_host_stack(const struct sim_host *h)
{
	return nod_host_stack(h->host);
}

void *sim_host_user(const struct sim_host *h)
{
	return h->user;
}

uint64_t sim_host_turns(const struct sim_host *h)
{
	return h->node.turns;
}

void sim_host_touch(struct sim_host *h)
{
	stack_at(nod_host_stack(h->host), h->node.net->now);
	make_ready(&h->node);
}

static void add_node(struct sim_net *net, struct node *node)
{
	node->net = net;
	*net->last_node = node;
	net->last_node = &node->next;
}

struct sim_host *sim_host_add(struct sim_net *net, struct nod_stack *s, void *user)
{
	struct sim_host *h = sim_net_expect(net, 1) < 0 ? NULL : calloc(1, sizeof(*h));

	if (h)
		h->host = host_new(s);
	if (!h || !h->host) {
		nod_stack_free(s);
		free(h);
		return NULL;
	}
	h->user = user;
	h->item.due = host_due;
	add_node(net, &h->node);
	make_ready(&h->node);
	return h;
}

/* ---- LANs ---------------------------------------------------------------------------- */

struct sim_lan *sim_lan_add(
	struct sim_net *net, const struct switch_conf *conf, const uint8_t seed[32])
{
	struct sim_lan *lan = calloc(1, sizeof(*lan));
	struct nod_conf core = { 0 };

	if (!lan)
		return NULL;
	memcpy(core.seed, seed, sizeof(core.seed));
	if (core_init(&lan->core, &core, net->now) < 0) {
		free(lan);
		return NULL;
	}
	lan->sw = switch_new(&lan->core, conf);
	if (!lan->sw) {
		core_end(&lan->core);
		free(lan);
		return NULL;
	}
	lan->node.is_lan = true;
	lan->last = &lan->ports;
	lan->last_marked = &lan->marked;
	add_node(net, &lan->node);
	return lan;
}

uint64_t sim_lan_count(const struct sim_lan *lan, enum nod_event_kind kind)
{
	return lan->core.count[kind];
}

static void lan_receive(struct sim_lan *lan, struct port *p)
{
	struct sim_net *net = lan->node.net;
	bool was_full = p->peer->device->is_full;
	struct pkt *in[BATCH];
	unsigned n;

	do {
		n = device_recv(p->device, in, BATCH, net->now);
		for (unsigned k = 0; k < n; k++)
			switch_input(lan->sw, p->number, in[k]);
		net->count.lan_frames += n;
	} while (n == BATCH);
	if (was_full)
		wake(p->peer);
}

/* In pieces that the port takes; what does not fit into its cable now is lost. */
static void send_pieces(struct sim_lan *lan, struct port *to, struct pkt *p)
{
	struct pkt_queue pieces;
	struct pkt *piece;

	pkt_queue_init(&pieces);
	if (segment_split(p, lan->core.pool, &pieces) < 0)
		return;
	while ((piece = pkt_queue_take(&pieces)))
		if (!device_send(to->device, &piece, 1, lan->node.net->now))
			pkt_free(piece);
}

static void lan_send(struct sim_lan *lan, struct port *to)
{
	nod_ns now = lan->node.net->now;
	struct pkt *out[BATCH];
	unsigned n, done;

	while ((n = switch_output(lan->sw, to->number, out, BATCH)) > 0) {
		for (unsigned k = 0; k < n; k++) {
			if (out[k]->gso && !(to->device->can & DEVICE_GSO)) {
				send_pieces(lan, to, out[k]);
				out[k--] = out[--n];
			}
		}
		done = n ? device_send(to->device, out, n, now) : 0;
		for (unsigned k = n; k > done; k--)
			switch_unget(lan->sw, to->number, out[k - 1]);
		if (done < n)
			break;
	}
	wake(to->peer);
}

static void turn_lan(struct sim_lan *lan)
{
	struct port *p;

	lan->core.now = lan->node.net->now;
	while ((p = lan->marked)) {
		lan->marked = p->next_marked;
		if (!lan->marked)
			lan->last_marked = &lan->marked;
		p->is_marked = false;
		lan_receive(lan, p);
	}
	for (int at = -1; (at = switch_next_waiting(lan->sw, (unsigned)(at + 1))) >= 0;)
		lan_send(lan, lan->by_number[at]);
}

/* ---- cables -------------------------------------------------------------------------- */

static int attach(struct sim_host *h, struct port *p, unsigned interface, struct device *d,
	sim_wrap *wrap, void *self)
{
	struct device *wrapped = wrap ? wrap(self, h, interface, d) : d;
	struct iface *i;
	int err;

	if (!wrapped) {
		device_close(d);
		return -ENOMEM;
	}
	err = host_attach(h->host, interface, wrapped);
	if (err < 0)
		return err;
	i = iface_at(&nod_host_stack(h->host)->link, interface);
	if (i) {
		i->can = wrapped->can;
		i->gso_octets = wrapped->gso_octets;
	}
	p->device = wrapped;
	p->end = d;
	p->node = &h->node;
	p->number = interface;
	p->next = h->ports;
	h->ports = p;
	make_ready(&h->node);
	return 0;
}

/* Two ends, or nothing. */
static int ends_new(const struct wire_conf *conf, struct device *d[2], struct port *p[2])
{
	int err;

	p[0] = calloc(1, sizeof(*p[0]));
	p[1] = calloc(1, sizeof(*p[1]));
	err = p[0] && p[1] ? wire_new(conf, d) : -ENOMEM;
	if (err < 0) {
		free(p[0]);
		free(p[1]);
		return err;
	}
	p[0]->peer = p[1];
	p[1]->peer = p[0];
	return 0;
}

static int lan_port(struct sim_lan *lan, struct port *p)
{
	int number = switch_port_add(lan->sw);
	struct port **grown;

	if (number < 0)
		return number;
	if ((unsigned)number >= lan->n_ports) {
		grown = realloc(lan->by_number, ((size_t)number + 1) * sizeof(grown[0]));
		if (!grown) {
			switch_port_remove(lan->sw, (unsigned)number);
			return -ENOMEM;
		}
		lan->by_number = grown;
		lan->n_ports = (unsigned)number + 1;
	}
	lan->by_number[number] = p;
	p->number = (unsigned)number;
	p->node = &lan->node;
	*lan->last = p;
	lan->last = &p->next;
	return 0;
}

int sim_plug(struct sim_host *h, unsigned interface, struct sim_lan *lan,
	const struct wire_conf *conf, sim_wrap *wrap, void *self)
{
	struct device *d[2];
	struct port *p[2];
	int err = ends_new(conf, d, p);

	if (err < 0)
		return err;
	err = attach(h, p[0], interface, d[0], wrap, self);
	if (err < 0) {
		device_close(d[1]);
		free(p[0]);
		free(p[1]);
		return err;
	}
	p[1]->device = p[1]->end = d[1];
	err = lan_port(lan, p[1]);
	if (err < 0) { /* the host keeps its end, with nobody at the other */
		h->ports = p[0]->next;
		device_close(d[1]);
		free(p[0]);
		free(p[1]);
	}
	return err;
}

int sim_cable(struct sim_host *a, unsigned a_interface, struct sim_host *b,
	unsigned b_interface, const struct wire_conf *conf, sim_wrap *wrap, void *self)
{
	struct device *d[2];
	struct port *p[2];
	int err = ends_new(conf, d, p);

	if (err < 0)
		return err;
	err = attach(a, p[0], a_interface, d[0], wrap, self);
	if (err < 0) {
		device_close(d[1]);
		free(p[0]);
		free(p[1]);
		return err;
	}
	err = attach(b, p[1], b_interface, d[1], NULL, NULL);
	if (err < 0) {
		a->ports = p[0]->next;
		free(p[0]);
		free(p[1]);
	}
	return err;
}

/* ---- the net ------------------------------------------------------------------------- */

struct sim_net *sim_net_new(const struct sim_net_conf *conf)
{
	struct sim_net *net = calloc(1, sizeof(*net));

	if (!net)
		return NULL;
	net->conf = *conf;
	if (!net->conf.turns_most)
		net->conf.turns_most = TURNS_MOST;
	net->now = conf->start;
	net->last_ready = &net->first_ready;
	net->last_node = &net->nodes;
	return net;
}

/* A host's cables end with it; a LAN's ends of them are closed here. */
static void free_node(struct node *node)
{
	if (node->is_lan) {
		struct sim_lan *lan = (struct sim_lan *)node;

		for (struct port *p = lan->ports, *next; p; p = next) {
			next = p->next;
			device_close(p->device);
			free(p);
		}
		switch_free(lan->sw);
		core_end(&lan->core);
		free(lan->by_number);
		free(lan);
	} else {
		struct sim_host *h = (struct sim_host *)node;

		for (struct port *p = h->ports, *next; p; p = next) {
			next = p->next;
			free(p);
		}
		nod_host_free(h->host);
		free(h);
	}
}

void sim_net_free(struct sim_net *net)
{
	if (!net)
		return;
	for (struct node *node = net->nodes, *next; node; node = next) {
		next = node->next;
		free_node(node);
	}
	free(net->heap);
	free(net);
}

nod_ns sim_net_now(const struct sim_net *net)
{
	return net->now;
}

static uint64_t lost_by(const struct port *p)
{
	uint64_t n = 0;

	for (; p; p = p->next)
		for (unsigned k = 0; k < DEVICE_DROP_N; k++) {
			n += p->end->dropped[k];
			if (p->device != p->end)
				n += p->device->dropped[k];
		}
	return n;
}

struct sim_net_count sim_net_counts(const struct sim_net *net)
{
	struct sim_net_count c = net->count;

	for (const struct node *n = net->nodes; n; n = n->next)
		c.lost += lost_by(n->is_lan ? ((const struct sim_lan *)n)->ports :
					      ((const struct sim_host *)n)->ports);
	return c;
}

static void turn(struct node *node)
{
	count_turn(node);
	if (node->is_lan)
		turn_lan((struct sim_lan *)node);
	else
		turn_host((struct sim_host *)node);
}

int sim_net_run(struct sim_net *net, nod_ns until)
{
	for (;;) {
		struct node *node;

		while (!net->is_stuck && (node = take_ready(net)))
			turn(node);
		if (net->is_stuck)
			return -ELOOP;
		if (!net->n || net->heap[1]->at > until)
			break;
		if (net->heap[1]->at > net->now) {
			net->now = net->heap[1]->at;
			net->count.instants++;
		}
		while (net->n && net->heap[1]->at <= net->now) {
			struct sim_item *item = net->heap[1];

			sim_net_forget(net, item);
			item->due(item, net->now);
		}
	}
	if (until != NOD_FOREVER && until > net->now)
		net->now = until;
	return 0;
}
