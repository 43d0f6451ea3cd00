/* SPDX-License-Identifier: ISC */
/*
 * test_host.c - hosts that are driven by host_wait(), in their caller's thread
 *
 * Hosts that run by themselves are in test_stack_service.c.
 *
 * Neighbours: hosts.h; session/host.c.
 */
#include "tap.h"

#include <arpa/inet.h>

#include "hosts.h"
#include "nod/socket.h"
#include "nod/tcp.h"
#include "session/host.h"

struct driven {
	struct nod_host *host[2];
	struct nod_stack *stack[2];
};

static struct driven driven_new(void)
{
	const struct nod_conf conf = { .no_ipv6 = true };
	struct driven d;
	unsigned index[2];

	for (unsigned k = 0; k < 2; k++) {
		hosts_must(nod_host_new(&conf, &d.host[k]) == 0, "host");
		d.stack[k] = nod_host_stack(d.host[k]);
	}
	hosts_must(nod_host_join(d.host[0], d.host[1], NULL, index) == 0, "wire");
	host_address(d.host[0], index[0], "10.9.0.1/24");
	host_address(d.host[1], index[1], "10.9.0.2/24");
	return d;
}

static void driven_free(struct driven *d)
{
	nod_host_free(d->host[0]);
	nod_host_free(d->host[1]);
}

/* Both hosts go on until @fd of @k's has something to be read or taken.  Whether it has. */
static bool await(struct driven *d, unsigned k, int fd, int what)
{
	for (int waits = 0; waits < 50 && !(nod_socket_ready(d->stack[k], fd) & what); waits++)
		host_wait(d->host[0], host_now() + 20 * NOD_S, NULL);
	return nod_socket_ready(d->stack[k], fd) & what;
}

static struct sockaddr_in name_of_second(void)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons(7020),
		.sin_addr.s_addr = htonl(0x0a090002) };
}

/* What came before the wait is not slept over. */
static void at_once(void)
{
	struct driven d = driven_new();
	struct sockaddr_in to = name_of_second();
	int from = nod_socket(d.stack[0], AF_INET, SOCK_DGRAM, 0);
	int at = nod_socket(d.stack[1], AF_INET, SOCK_DGRAM, 0);
	nod_ns start = host_now();
	bool has_come;

	nod_bind(d.stack[1], at, (const void *)&to, sizeof(to));
	nod_sendto(d.stack[0], from, "x", 1, 0, (const void *)&to, sizeof(to));
	has_come = await(&d, 1, at, NOD_READABLE);
	tap(has_come && host_now() - start < NOD_S, "what has come is not slept over");
	driven_free(&d);
}

/* An answer takes the acknowledgement with it. */
static void in_one(void)
{
	struct driven d = driven_new();
	struct sockaddr_in to = name_of_second();
	int from = nod_socket(d.stack[0], AF_INET, SOCK_STREAM, 0);
	int at = nod_socket(d.stack[1], AF_INET, SOCK_STREAM, 0), fd;
	struct nod_tcp_info before = { 0 }, after = { 0 };
	char octet = 0;

	nod_bind(d.stack[1], at, (const void *)&to, sizeof(to));
	nod_listen(d.stack[1], at, 1);
	nod_connect(d.stack[0], from, (const void *)&to, sizeof(to));
	tap(await(&d, 0, from, NOD_WRITABLE) && await(&d, 1, at, NOD_READABLE),
		"a connection");
	fd = nod_accept(d.stack[1], at, NULL, NULL);
	nod_tcp_info(d.stack[1], fd, &before);
	nod_send(d.stack[0], from, "?", 1, 0);
	await(&d, 1, fd, NOD_READABLE);
	nod_recv(d.stack[1], fd, &octet, 1, 0);
	nod_send(d.stack[1], fd, "!", 1, 0);
	await(&d, 0, from, NOD_READABLE);
	tap(nod_recv(d.stack[0], from, &octet, 1, 0) == 1 && octet == '!', "answered");
	nod_tcp_info(d.stack[1], fd, &after);
	tap(after.segments_out == before.segments_out + 1,
		"the answer and what it acknowledges are one segment");
	driven_free(&d);
}

int main(void)
{
	at_once();
	in_one();
	return tap_done();
}
