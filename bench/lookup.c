/* SPDX-License-Identifier: ISC */
/*
 * lookup.c - what finding costs, with few entries and with as many as there may be
 *
 *	lookup WHAT N [--ms N]
 *
 * WHAT is sockets-named (each with an address and port of its own), sockets-connected (all on one
 * port, each with a peer of its own), neighbours, routes, timers, or growth (N sockets are made,
 * and the slowest one is told).  Prints the nanoseconds of CPU time that one took: `hot` when the
 * same few of the N are asked for again and again, so that it is the tables and not the machine's
 * caches that are measured, and `cold` when any of the N is.
 */
#include <errno.h>
#include <netinet/in.h>

#include "base/checksum.h"
#include "base/cursor.h"
#include "base/wheel.h"
#include "nod/nod.h"
#include "stack.h"

enum {
	ADDRESSES = 32,
	HOT = 16,
	TARGETS = 1 << 14, /* different ones of a round */
	FRAME = 60,	   /* octets: Ethernet's least */
	PORT = 4000,
};

static const uint8_t ours[6] = { 2, 0, 0, 0, 0, 1 }, theirs[6] = { 2, 0, 0, 0, 0, 2 };

struct job {
	const char *what;
	uint32_t n;
	int64_t ns;
};

static uint64_t draw(void)
{
	static uint64_t x = 88172645463325252u; /* xorshift64 */

	x ^= x << 13;
	x ^= x >> 7;
	return x ^= x << 17;
}

static void must(int err, const char *what)
{
	if (err < 0)
		bench_die(err, "%s", what);
}

static struct sockaddr_in in_of(uint32_t addr, uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(addr) };
}

static uint32_t own(uint32_t k)
{
	return 0x0a000001 + k % ADDRESSES;
}

/* A stack with an interface (2) and ADDRESSES addresses, 10.0.0.1 on. */
static struct nod_stack *stack_made(const struct job *j)
{
	struct nod_conf conf = { .seed = { 1 },
		.no_ipv6 = true,
		.sockets = j->n + 16,
		.addresses = ADDRESSES,
		.neighbours = j->n > 4096 ? j->n : 4096,
		.routes = j->n > 1000 ? j->n + 100 : 1000 };
	struct nod_interface_conf ic = { 0 };
	struct nod_stack *s;

	memcpy(ic.mac, ours, sizeof(ours));
	if (strcmp(j->what, "routes") == 0)
		conf.destinations = 1; /* so that each datagram asks the routes */
	if (strcmp(j->what, "neighbours") == 0)
		conf.destinations = conf.neighbours;
	must(nod_stack_new(&conf, NOD_S, &s), "nod_stack_new");
	must(nod_interface_add(s, &ic), "nod_interface_add");
	for (uint32_t k = 0; k < ADDRESSES; k++) {
		struct nod_prefix p = { .addr = { .family = NOD_IPV4 }, .len = 8 };

		octets_put_u32(p.addr.octet, own(k));
		must(nod_address_add(s, 2, &p, NOD_ADDRESS_AT_ONCE), "nod_address_add");
	}
	nod_stack_poll(s, 30 * NOD_S);
	return s;
}

static void drain(struct nod_stack *s)
{
	struct nod_packet *p[64];
	unsigned n;

	while ((n = nod_stack_output(s, 2, p, 64, 30 * NOD_S)) > 0)
		for (unsigned i = 0; i < n; i++)
			nod_packet_free(p[i]);
}

/* The CPU time of one call of @one, from the median slice of those that fit @ns. */
static double cost(const struct job *j, void (*one)(void *self, uint32_t i), void *self,
	uint32_t targets)
{
	static double slice[1 << 14];
	int64_t began, cpu;
	size_t n = 0;
	uint32_t at = 0;

	for (uint32_t i = 0; i < targets && i < TARGETS; i++)
		one(self, i);
	began = bench_now();
	cpu = stack_cpu();
	while ((bench_now() - began < j->ns && n < 1 << 14) || !n) {
		for (unsigned i = 0; i < 1024; i++, at = at + 1 < targets ? at + 1 : 0)
			one(self, at);
		int64_t until = stack_cpu();

		slice[n++] = (double)(until - cpu) / 1024;
		cpu = until;
	}
	qsort(slice, n, sizeof(slice[0]), stack_by_rate);
	return slice[n / 10]; /* what a tenth stays below: the rest had company on the core */
}

/* ---- sockets -------------------------------------------------------------------------------- */

struct arrivals {
	struct nod_stack *s;
	uint8_t (*frame)[FRAME];
	int *fd;
};

/* A datagram without a checksum: finding is measured, and not adding up. */
static void frame_made(uint8_t *f, uint32_t src, uint16_t sport, uint32_t dst, uint16_t dport)
{
	memset(f, 0, FRAME);
	memcpy(f, ours, 6);
	memcpy(f + 6, theirs, 6);
	octets_put_u16(f + 12, 0x0800);
	f[14] = 0x45;
	octets_put_u16(f + 16, FRAME - 14);
	f[22] = 64;
	f[23] = IPPROTO_UDP;
	octets_put_u32(f + 26, src);
	octets_put_u32(f + 30, dst);
	octets_put_u16(f + 24, checksum_end(checksum_add(0, f + 14, 20)));
	octets_put_u16(f + 34, sport);
	octets_put_u16(f + 36, dport);
	octets_put_u16(f + 38, FRAME - 34);
}

static void arrive(void *self, uint32_t i)
{
	struct arrivals *a = self;
	uint8_t got[FRAME];

	nod_stack_input(a->s, 2, nod_packet_new(a->s, a->frame[i], FRAME), 30 * NOD_S);
	if (nod_recv(a->s, a->fd[i], got, sizeof(got), 0) != FRAME - 42)
		bench_die(0, "datagram %u did not reach its socket", i);
}

/* Socket @k, and the datagram that it gets. */
static int socket_made(struct nod_stack *s, bool is_connected, uint32_t k, uint8_t *frame)
{
	uint16_t port = is_connected ? PORT : (uint16_t)(1024 + k / ADDRESSES);
	struct sockaddr_in local = in_of(is_connected ? own(0) : own(k), port);
	struct sockaddr_in peer = in_of(0x0a010000 + k, 53);
	int fd = nod_socket(s, AF_INET, SOCK_DGRAM, 0);

	must(fd, "nod_socket");
	if (is_connected)
		nod_setsockopt(s, fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
	must(nod_bind(s, fd, (const void *)&local, sizeof(local)), "nod_bind");
	if (is_connected)
		must(nod_connect(s, fd, (const void *)&peer, sizeof(peer)), "nod_connect");
	if (frame)
		frame_made(frame, 0x0a010000 + (is_connected ? k : 7), 53,
			ntohl(local.sin_addr.s_addr), port);
	return fd;
}

static void sockets(const struct job *j)
{
	bool is_connected = strcmp(j->what, "sockets-connected") == 0;
	uint32_t targets = j->n < TARGETS ? j->n : TARGETS;
	struct arrivals a = { .s = stack_made(j) };
	uint8_t (*all)[FRAME] = calloc(j->n, sizeof(*all));
	int *fd = calloc(j->n, sizeof(*fd));

	a.frame = calloc(TARGETS, sizeof(*a.frame));
	a.fd = calloc(TARGETS, sizeof(*a.fd));
	if (!all || !fd || !a.frame || !a.fd)
		bench_die(ENOMEM, "%u sockets", j->n);
	for (uint32_t k = 0; k < j->n; k++)
		fd[k] = socket_made(a.s, is_connected, k, all[k]);
	for (uint32_t i = 0; i < targets; i++) {
		uint64_t k = j->n <= TARGETS ? i : draw() % j->n;

		memcpy(a.frame[i], all[k], FRAME);
		a.fd[i] = fd[k];
	}
	free(all);
	free(fd);
	printf("{\"hot\": %.1f, \"cold\": %.1f}\n",
		cost(j, arrive, &a, targets < HOT ? targets : HOT), cost(j, arrive, &a, targets));
	free(a.frame);
	free(a.fd);
	nod_stack_free(a.s);
}

/* How long the slowest socket took to be made: tables grow meanwhile. */
static void growth(const struct job *j)
{
	struct nod_stack *s = stack_made(j);
	int64_t *took = calloc(j->n, sizeof(*took)), sum = 0;

	if (!took)
		bench_die(ENOMEM, "%u times", j->n);
	for (uint32_t k = 0; k < j->n; k++) {
		int64_t began = stack_cpu();

		socket_made(s, false, k, NULL);
		took[k] = stack_cpu() - began;
		sum += took[k];
	}
	bench_quantile(took, j->n, 0);
	printf("{\"mean\": %.1f, \"worst_us\": %.1f, \"tenth_worst_us\": %.1f}\n",
		(double)sum / j->n, (double)took[j->n - 1] / 1e3,
		(double)took[j->n > 10 ? j->n - 10 : 0] / 1e3);
	free(took);
	nod_stack_free(s);
}

/* ---- neighbours and routes ------------------------------------------------------------------ */

struct departures {
	struct nod_stack *s;
	int fd;
	struct sockaddr_in *to;
	unsigned waiting;
};

static void depart(void *self, uint32_t i)
{
	struct departures *d = self;

	must((int)nod_sendto(d->s, d->fd, "0123456789abcdef", 16, 0, (const void *)&d->to[i],
		     sizeof(d->to[i])), "nod_sendto");
	if (++d->waiting == 64) {
		drain(d->s);
		d->waiting = 0;
	}
}

static void neighbour_made(struct nod_stack *s, uint32_t addr)
{
	struct nod_addr a = { .family = NOD_IPV4 };

	octets_put_u32(a.octet, addr);
	must(nod_neighbour_set(s, 2, &a, theirs), "nod_neighbour_set");
}

static void departures(const struct job *j)
{
	bool is_routes = strcmp(j->what, "routes") == 0;
	struct departures d = { .s = stack_made(j) };
	uint32_t targets = j->n < TARGETS ? j->n : TARGETS;

	d.to = calloc(TARGETS, sizeof(*d.to));
	d.fd = nod_socket(d.s, AF_INET, SOCK_DGRAM, 0);
	must(d.fd, "nod_socket");
	if (!d.to)
		bench_die(ENOMEM, "targets");
	if (is_routes)
		neighbour_made(d.s, 0x0a0000fe);
	for (uint32_t k = 0; k < j->n; k++) {
		struct nod_prefix p = { .addr = { .family = NOD_IPV4 }, .len = 24 };
		struct nod_addr gateway = { .family = NOD_IPV4, .octet = { 10, 0, 0, 254 } };

		if (!is_routes) {
			neighbour_made(d.s, 0x0a010000 + k);
			continue;
		}
		octets_put_u32(p.addr.octet, 0x14000000 + (k << 8));
		must(nod_route_add(d.s, &p, &gateway, 2, 0), "nod_route_add");
	}
	for (uint32_t i = 0; i < targets; i++) {
		uint32_t k = (uint32_t)(j->n <= TARGETS ? i : draw() % j->n);

		d.to[i] = in_of(is_routes ? 0x14000001 + (k << 8) : 0x0a010000 + k, 9);
	}
	printf("{\"hot\": %.1f, \"cold\": %.1f}\n",
		cost(j, depart, &d, targets < HOT ? targets : HOT), cost(j, depart, &d, targets));
	free(d.to);
	nod_stack_free(d.s);
}

/* ---- timers --------------------------------------------------------------------------------- */

struct clockwork {
	struct wheel wheel;
	struct timer *timer;
	int64_t now;
};

static void fired(struct timer *t, int64_t now)
{
	(void)t;
	(void)now;
}

static void set_again(void *self, uint32_t i)
{
	struct clockwork *c = self;

	timer_set(&c->wheel, &c->timer[i], c->now + (int64_t)(draw() % (60 * NOD_S)));
}

static void timers(const struct job *j)
{
	struct clockwork c = { .now = NOD_S };
	int64_t began;
	double set, fire;

	c.timer = calloc(j->n, sizeof(*c.timer));
	if (!c.timer)
		bench_die(ENOMEM, "%u timers", j->n);
	wheel_init(&c.wheel, c.now);
	for (uint32_t k = 0; k < j->n; k++) {
		c.timer[k].fire = fired;
		set_again(&c, k);
	}
	set = cost(j, set_again, &c, j->n < HOT ? j->n : HOT);
	began = stack_cpu();
	for (int ms = 0; ms < 61000; ms++)
		wheel_run(&c.wheel, c.now + ms * NOD_MS);
	fire = (double)(stack_cpu() - began) / (double)j->n;
	if (c.wheel.count)
		bench_die(0, "%u timers have not fired", (unsigned)c.wheel.count);
	printf("{\"hot\": %.1f, \"fire\": %.1f}\n", set, fire);
	free(c.timer);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(const struct job *j);
	} whats[] = {
		{ "sockets-named", sockets },
		{ "sockets-connected", sockets },
		{ "neighbours", departures },
		{ "routes", departures },
		{ "timers", timers },
		{ "growth", growth },
	};
	struct job j = { .ns = 300 * NS_PER_MS };

	if (argc < 3)
		bench_die(0, "use: lookup WHAT N [--ms N]");
	j.what = argv[1];
	j.n = (uint32_t)bench_number("N", argv[2], 2000000);
	if (argc == 5 && strcmp(argv[3], "--ms") == 0)
		j.ns = bench_number("--ms", argv[4], 100000) * NS_PER_MS;
	for (unsigned k = 0; k < sizeof(whats) / sizeof(whats[0]); k++) {
		if (strcmp(whats[k].name, j.what) == 0) {
			whats[k].run(&j);
			return 0;
		}
	}
	bench_die(0, "no such thing to look up: %s", j.what);
}
