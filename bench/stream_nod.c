/* SPDX-License-Identifier: ISC */
/*
 * stream_nod.c - the jobs of stream.h by two of nod's stacks on a memory wire
 */
#include "stream.h"

#include <malloc.h>
#include <netinet/tcp.h>

#include "nod/nod.h"
#include "two_hosts.h"

enum {
	PORT = 4000,
	AT_A_PORT = 16384, /* connections: fewer than there are ports to be handed out */
	LISTENERS = 64,
	/* A loop that serves many sockets a turn looks at the clock once a turn; here a turn is
	 * a segment. */
	TURNS_A_LOOK = 16,
};

static struct {
	struct two_hosts hosts;
	int listener[LISTENERS];
	unsigned n_listeners, accepting, turns;
	bool at_once;
} ends;

static void listen_at(unsigned k)
{
	const struct sockaddr_in a = two_hosts_name(1, (uint16_t)(PORT + k));
	int fd = nod_socket(ends.hosts.stack[1], AF_INET, SOCK_STREAM, 0);

	must(nod_bind(ends.hosts.stack[1], fd, (const void *)&a, sizeof(a)), "bind");
	must(nod_listen(ends.hosts.stack[1], fd, 4096), "listen");
	ends.listener[k] = fd;
}

void ends_open(const struct stream_job *j)
{
	const struct wire_conf wire = {
		.can = j->wire == STREAM_WHOLE ? DEVICE_SUMS | DEVICE_TRUSTED | DEVICE_GSO : 0,
		.mtu = j->wire == STREAM_LONG ? 65535 : 1500,
	};
	const struct nod_conf conf = { .no_ipv6 = true,
		.sockets = j->n + 4096,
		.memory_octets = (size_t)1 << 32 };

	two_hosts_open(&ends.hosts, &wire, &conf);
	two_hosts_settle(&ends.hosts, 30 * NOD_S);
	ends.n_listeners = j->what == STREAM_HOLD ? j->n / AT_A_PORT + 1 :
		j->what == STREAM_CONNECT ? LISTENERS : 1;
	if (ends.n_listeners > LISTENERS)
		bench_die(0, "more connections than %d ports take", LISTENERS);
	for (unsigned k = 0; k < ends.n_listeners; k++)
		listen_at(k);
	ends.at_once = j->at_once || j->what != STREAM_BULK;
}

static void no_delay(enum stream_side side, int fd)
{
	if (ends.at_once)
		must(nod_setsockopt(ends.hosts.stack[side], fd, IPPROTO_TCP, TCP_NODELAY,
			     &(int){ 1 }, sizeof(int)), "TCP_NODELAY");
}

int ends_connect(unsigned i)
{
	const struct sockaddr_in a =
		two_hosts_name(1, (uint16_t)(PORT + i / AT_A_PORT % ends.n_listeners));
	int fd = nod_socket(ends.hosts.stack[0], AF_INET, SOCK_STREAM, 0), err;

	must(fd, "nod_socket");
	no_delay(CLIENT, fd);
	err = nod_connect(ends.hosts.stack[0], fd, (const void *)&a, sizeof(a));
	if (err < 0 && err != -EINPROGRESS)
		bench_die(err, "nod_connect");
	ends.accepting = i / AT_A_PORT % ends.n_listeners;
	return fd;
}

int ends_accept(void)
{
	int fd = -EAGAIN;

	/* most of the time it is the one that was connected to last, or the one before */
	for (unsigned k = 0; fd == -EAGAIN && k < 2; k++)
		fd = nod_accept(ends.hosts.stack[1],
			ends.listener[(ends.accepting + ends.n_listeners - k) % ends.n_listeners],
			NULL, NULL);
	if (fd < 0 && fd != -EAGAIN)
		bench_die(fd, "nod_accept");
	if (fd >= 0)
		no_delay(SERVER, fd);
	return fd;
}

ssize_t ends_send(enum stream_side side, int c, const void *octets, size_t len)
{
	ssize_t n = nod_send(ends.hosts.stack[side], c, octets, len, 0);

	if (n < 0 && n != -EAGAIN)
		bench_die((int)n, "nod_send");
	return n;
}

ssize_t ends_recv(enum stream_side side, int c, void *octets, size_t len)
{
	ssize_t n = nod_recv(ends.hosts.stack[side], c, octets, len, 0);

	if (n < 0 && n != -EAGAIN)
		bench_die((int)n, "nod_recv");
	return n;
}

void ends_close(enum stream_side side, int c)
{
	must(nod_close(ends.hosts.stack[side], c), "nod_close");
}

void ends_turn(enum stream_side side)
{
	struct two_hosts *t = &ends.hosts;

	if (ends.turns++ % TURNS_A_LOOK == 0)
		two_hosts_look_at_clock(t);
	host_send(t->host[side], t->now);
	host_turn(t->host[!side], t->now);
}

void ends_settle(void)
{
	two_hosts_settle(&ends.hosts, 3 * NOD_S);
}

/* Everything is by malloc(). */
uint64_t ends_memory(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

uint64_t ends_segments(int c)
{
	(void)c;
	return nod_stack_count(ends.hosts.stack[CLIENT], NOD_EV_ETH_OUT);
}

unsigned ends_most(void)
{
	return 0;
}

const char *ends_version(void)
{
	return NOD_VERSION;
}
