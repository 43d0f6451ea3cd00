/* SPDX-License-Identifier: ISC */
/*
 * test_sim_net.c - simulated time: it jumps, in order, and who has nothing to do costs nothing
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "nod/socket.h"
#include "session/sim_net.h"
#include "tap.h"

/* ---- what is due --------------------------------------------------------------------- */

static char fired[64];
static unsigned n_fired;

struct letter {
	struct sim_item item;
	char name;
	struct sim_net *net;
	struct letter *then; /* set for the very same time when this one fires */
};

static void fire(struct sim_item *item, nod_ns now)
{
	struct letter *l = container_of(item, struct letter, item);

	fired[n_fired++] = l->name;
	if (l->then)
		sim_net_at(l->net, &l->then->item, now);
}

static void order(void)
{
	struct sim_net *net = sim_net_new(&(struct sim_net_conf){ .start = 5 });
	struct letter l[26] = { 0 };

	sim_net_expect(net, 26);
	for (int k = 0; k < 26; k++)
		l[k] = (struct letter){ .item.due = fire, .name = (char)('a' + k), .net = net };
	for (int k = 0; k < 26; k++)
		sim_net_at(net, &l[k].item, 10 + 7 * k % 26 / 5 * 100);
	tap(sim_net_run(net, 9) == 0 && n_fired == 0 && sim_net_now(net) == 9,
		"nothing is due early, and time is where it was let to");
	tap(sim_net_run(net, 2 * NOD_S) == 0 && n_fired == 26 && sim_net_now(net) == 2 * NOD_S,
		"everything is, later");
	for (unsigned k = 1; k < 26; k++) {
		const struct sim_item *a = &l[fired[k - 1] - 'a'].item;
		const struct sim_item *b = &l[fired[k] - 'a'].item;

		if (a->at > b->at || (a->at == b->at && fired[k - 1] > fired[k])) {
			tap(false, "%c before %c", fired[k - 1], fired[k]);
			break;
		}
	}
	tap(sim_net_counts(net).instants == 6, "time jumped once for each instant");

	n_fired = 0;
	sim_net_at(net, &l[0].item, 3 * NOD_S);
	sim_net_at(net, &l[1].item, 3 * NOD_S);
	sim_net_at(net, &l[2].item, 3 * NOD_S);
	sim_net_at(net, &l[0].item, 4 * NOD_S);
	sim_net_forget(net, &l[1].item);
	sim_net_forget(net, &l[1].item);
	l[2].then = &l[3];
	sim_net_run(net, NOD_FOREVER);
	fired[n_fired] = '\0';
	tap(strcmp(fired, "cda") == 0 && sim_net_now(net) == 4 * NOD_S,
		"moved, forgotten, added at the same instant: %s; for ever ends when nothing is due",
		fired);
	sim_net_free(net);
}

/* ---- hosts ----------------------------------------------------------------------------- */

static struct nod_stack *stack(uint8_t number)
{
	struct nod_conf conf = { .seed = { number }, .no_ipv6 = true };
	struct nod_interface_conf i = { .mac = { 2, 0, 0, 0, 0, number },
		.offload = NOD_OFFLOAD_SUMS };
	struct nod_prefix p = { .addr = { .family = NOD_IPV4, .octet = { 10, 0, 0, number } },
		.len = 24 };
	struct nod_stack *s;

	if (nod_stack_new(&conf, NOD_S, &s) < 0)
		return NULL;
	nod_interface_add(s, &i);
	nod_address_add(s, 2, &p, NOD_ADDRESS_AT_ONCE);
	return s;
}

static struct sockaddr_in at(uint8_t number, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };

	a.sin_addr.s_addr = htonl(0x0a000000u | number);
	return a;
}
#define SA(a) (const struct sockaddr *)&(a), sizeof(a)

static int listener(struct sim_host *h, uint16_t port)
{
	struct nod_stack *s = sim_host_stack(h);
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = nod_socket(s, AF_INET, SOCK_DGRAM, 0);

	nod_bind(s, fd, SA(a));
	return fd;
}

/* Every datagram is sent back until @left are; user data of the hosts. */
struct echo {
	unsigned got, left;
	uint64_t order; /* when it was told last, of all */
	char name;
};
static uint64_t told;

static void answer(
	void *self, struct sim_host *h, const struct nod_socket_event *ev, unsigned n)
{
	struct nod_stack *s = sim_host_stack(h);
	struct echo *e = sim_host_user(h);

	(void)self;
	e->order = ++told;
	for (unsigned k = 0; k < n; k++) {
		struct sockaddr_in from;
		socklen_t len = sizeof(from);
		uint8_t octet;

		while (nod_recvfrom(s, ev[k].socket, &octet, 1, 0, (struct sockaddr *)&from,
			       &len) >= 0) {
			e->got++;
			if (e->left && e->left--)
				nod_sendto(s, ev[k].socket, &octet, 1, 0, SA(from));
		}
	}
}

enum { HOSTS = 60 };

struct lan {
	struct sim_net *net;
	struct sim_lan *lan;
	struct sim_host *host[HOSTS];
	struct echo echo[HOSTS];
	int fd[HOSTS];
};

static void open_lan(struct lan *n, unsigned hosts)
{
	struct sim_net_conf conf = { .start = NOD_S, .ready = answer, .turns_most = 5000 };
	uint8_t seed[32] = { 1 };

	memset(n, 0, sizeof(*n));
	n->net = sim_net_new(&conf);
	n->lan = sim_lan_add(n->net, NULL, seed);
	for (unsigned k = 0; k < hosts; k++) {
		struct wire_conf wire = { .can = DEVICE_SUMS, .queue = 4 };

		n->host[k] = sim_host_add(n->net, stack((uint8_t)(k + 1)), &n->echo[k]);
		sim_plug(n->host[k], 2, n->lan, &wire, NULL, NULL);
		n->fd[k] = listener(n->host[k], 7);
	}
	sim_net_run(n->net, 20 * NOD_S); /* announcements are over */
}

static void send_from(struct lan *n, unsigned from, uint8_t to)
{
	struct sockaddr_in a = at(to, 7);

	sim_host_touch(n->host[from]);
	nod_sendto(sim_host_stack(n->host[from]), n->fd[from], "x", 1, 0, SA(a));
}

static uint64_t turns_of_others(const struct lan *n)
{
	uint64_t turns = 0;

	for (unsigned k = 2; k < HOSTS; k++)
		turns += sim_host_turns(n->host[k]);
	return turns;
}

static void idle(void)
{
	struct lan n;
	uint64_t before;
	struct sim_net_count c;

	open_lan(&n, HOSTS);
	n.echo[1].left = 1;
	send_from(&n, 0, 2);
	sim_net_run(n.net, 21 * NOD_S);
	tap(n.echo[0].got == 1 && n.echo[1].got == 1,
		"a datagram goes over, and one comes back");

	before = turns_of_others(&n);
	for (int k = 0; k < 100; k++) {
		n.echo[1].left = 1;
		send_from(&n, 0, 2);
		sim_net_run(n.net, sim_net_now(n.net) + NOD_MS);
	}
	tap(n.echo[0].got == 101 && n.echo[1].got == 101, "a hundred go over, and come back");
	tap(turns_of_others(&n) == before, "hosts to whom nothing happens get no turn");

	sim_net_run(n.net, sim_net_now(n.net) + 3600 * NOD_S);
	before = sim_net_counts(n.net).turns;
	sim_net_run(n.net, sim_net_now(n.net) + 1000 * 3600 * NOD_S);
	c = sim_net_counts(n.net);
	tap(c.turns == before,
		"a thousand hours in which nothing happens cost nothing (%llu turns)",
		(unsigned long long)(c.turns - before));
	sim_net_free(n.net);
}

/* Two hosts that never stop at one instant do not keep a third one waiting. */
static void fair(void)
{
	struct lan n;

	open_lan(&n, 4);
	for (unsigned k = 0; k < 4; k++) { /* they know each other */
		n.echo[k ^ 1].left = 1;
		send_from(&n, k, (uint8_t)((k ^ 1) + 1));
		sim_net_run(n.net, sim_net_now(n.net) + NOD_MS);
	}
	n.echo[0].left = n.echo[1].left = 1000;
	n.echo[3].left = 1;
	send_from(&n, 0, 2);
	send_from(&n, 2, 4);
	told = 0;
	sim_net_run(n.net, sim_net_now(n.net));
	tap(n.echo[0].order > 1000 && n.echo[3].order < 10 && n.echo[2].order < 10,
		"who comes second at an instant is served while the first goes on (%llu, %llu)",
		(unsigned long long)n.echo[0].order, (unsigned long long)n.echo[2].order);
	sim_net_free(n.net);
}

static void stuck(void)
{
	struct lan n;

	open_lan(&n, 2);
	n.echo[0].left = n.echo[1].left = 1000000;
	send_from(&n, 0, 2);
	tap(sim_net_run(n.net, sim_net_now(n.net) + NOD_S) == -ELOOP,
		"hosts that never stop at one instant are found out");
	sim_net_free(n.net);

	open_lan(&n, 1);
	n.echo[0].left = 1000000;
	send_from(&n, 0, 1);
	tap(sim_net_run(n.net, sim_net_now(n.net) + NOD_S) == -ELOOP,
		"and one that speaks to itself");
	sim_net_free(n.net);
}

/* More than a cable of four holds, and at the other end a host that takes it all. */
static void full(void)
{
	struct lan n;
	struct nod_stack_use use;

	open_lan(&n, 3);
	send_from(&n, 0, 2);
	sim_net_run(n.net, 21 * NOD_S);
	for (int k = 0; k < 100; k++)
		send_from(&n, 0, 2);
	sim_net_run(n.net, sim_net_now(n.net));
	tap(n.echo[1].got == 101, "a full cable loses nothing (%u)", n.echo[1].got);
	nod_stack_use(sim_host_stack(n.host[0]), &use);
	tap(use.packets == 0, "and keeps nothing");
	sim_net_free(n.net);
}

static struct device *no_wrap(
	void *self, struct sim_host *h, unsigned interface, struct device *d)
{
	(void)self;
	(void)h;
	(void)interface;
	(void)d;
	return NULL;
}

static void cables(void)
{
	struct sim_net_conf conf = { .start = NOD_S, .ready = answer };
	struct sim_net *net = sim_net_new(&conf);
	struct echo echo[2] = { { .left = 0 }, { .left = 1 } };
	struct sim_host *a = sim_host_add(net, stack(1), &echo[0]);
	struct sim_host *b = sim_host_add(net, stack(2), &echo[1]);
	uint8_t seed[32] = { 0 };
	struct switch_conf one = { .ports = 1 };
	struct sim_lan *lan = sim_lan_add(net, &one, seed);
	struct wire_conf wire = { .can = 0 };
	struct sockaddr_in to = at(2, 7);
	int fd = listener(a, 7);

	listener(b, 7);
	tap(sim_plug(a, 2, lan, &wire, no_wrap, NULL) == -ENOMEM,
		"a cable that cannot be wrapped is none");
	tap(sim_cable(a, 2, b, 2, &wire, NULL, NULL) == 0, "a cable between two hosts");
	nod_sendto(sim_host_stack(a), fd, "x", 1, 0, SA(to));
	sim_net_run(net, 10 * NOD_S);
	tap(echo[0].got == 1 && echo[1].got == 1, "carries both ways");
	tap(sim_plug(a, 3, lan, &wire, NULL, NULL) == 0 &&
			sim_plug(b, 3, lan, &wire, NULL, NULL) == -ENOSPC,
		"a LAN without a port left takes no cable");
	sim_net_free(net);
}

int main(void)
{
	order();
	idle();
	fair();
	stuck();
	full();
	cables();
	return tap_done();
}
