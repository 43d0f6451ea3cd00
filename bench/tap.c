/* SPDX-License-Identifier: ISC */
/*
 * tap.c - UDP over a TAP: nod's stack, and the least that could do it, a bare loop of calls
 *
 *	tap floor|nod receive|send NAME [--ms N]
 *
 * NAME is a TAP that is there, with 10.9.0.1/24 and 02:00:00:00:09:01 on the kernel's side, and
 * 10.9.0.2 as a permanent neighbour at 02:00:00:00:09:02.  To be received, a child sends by the
 * kernel as fast as it can, and what the TAP's queue does not take is lost; what is sent goes to
 * a socket of the kernel that nobody reads.
 * Prints datagrams a second of this thread's CPU time.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/checksum.h"
#include "base/cursor.h"
#include "physical/tap.h"
#include "session/host.h"
#include "stack.h"

enum { PORT = 4000, SIZE = 1472, HEADER = 12, HEADERS = HEADER + 14 + 20 + 8, BATCH = 64 };

static const uint8_t mac[6] = { 2, 0, 0, 0, 9, 2 }, kernel_mac[6] = { 2, 0, 0, 0, 9, 1 };

struct job {
	struct device *tap;
	struct nod_stack *stack;
	struct nod_host *host; /* NULL: the bare loop */
	int fd;		       /* the host's socket */
	uint8_t frame[HEADERS + SIZE];
};

static void must(int err, const char *what)
{
	if (err < 0)
		bench_die(err, "%s", what);
}

static struct sockaddr_in at(unsigned host)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons(PORT),
		.sin_addr.s_addr = htonl(0x0a090000 + host) };
}

static int kernel_socket(void)
{
	struct sockaddr_in a = at(1);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), little = 1;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &little, sizeof(little));
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		bench_die(errno, "the kernel's socket");
	return fd;
}

/* Sends until it is ended, on the last core, so that the first is left to who receives. */
static pid_t sender(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;

	static uint8_t octets[SIZE];
	struct sockaddr_in to = at(2);
	struct iovec iov = { octets, sizeof(octets) };
	struct mmsghdr m[BATCH];
	cpu_set_t cores;
	int fd = kernel_socket();

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	CPU_ZERO(&cores);
	CPU_SET((size_t)sysconf(_SC_NPROCESSORS_ONLN) - 1, &cores);
	sched_setaffinity(0, sizeof(cores), &cores);
	for (unsigned k = 0; k < BATCH; k++)
		m[k] = (struct mmsghdr){ .msg_hdr = { .msg_name = &to,
			.msg_namelen = sizeof(to), .msg_iov = &iov, .msg_iovlen = 1 } };
	for (;;)
		if (sendmmsg(fd, m, BATCH, 0) < 0 && errno != ENOBUFS && errno != EINTR)
			_exit(1);
}

/* ---- the bare loop -------------------------------------------------------------------------- */

static unsigned read_bare(struct job *j)
{
	uint8_t frame[2048];
	unsigned n = 0;

	while (n < BATCH && read(device_fd(j->tap), frame, sizeof(frame)) > 0)
		n++;
	return n;
}

static unsigned write_bare(struct job *j)
{
	for (unsigned k = 0; k < BATCH; k++)
		if (write(device_fd(j->tap), j->frame, sizeof(j->frame)) < 0)
			bench_die(errno, "write");
	return BATCH;
}

static void frame_made(struct job *j)
{
	uint8_t *f = j->frame + HEADER, *ip = f + 14, *udp = ip + 20;
	memcpy(f, kernel_mac, 6);
	memcpy(f + 6, mac, 6);
	octets_put_u16(f + 12, 0x0800);
	ip[0] = 0x45;
	octets_put_u16(ip + 2, 20 + 8 + SIZE);
	ip[8] = 64;
	ip[9] = IPPROTO_UDP;
	octets_put_u32(ip + 12, 0x0a090002);
	octets_put_u32(ip + 16, 0x0a090001);
	octets_put_u16(ip + 10, checksum_end(checksum_add(0, ip, 20)));
	octets_put_u16(udp, PORT);
	octets_put_u16(udp + 2, PORT);
	octets_put_u16(udp + 4, 8 + SIZE); /* no checksum: the least that could do */
}

/* ---- nod ------------------------------------------------------------------------------------ */

static unsigned receive(struct job *j)
{
	uint8_t got[2048];
	unsigned n = 0;

	host_turn(j->host, host_now());
	while (nod_recv(j->stack, j->fd, got, sizeof(got), 0) == SIZE)
		n++;
	return n;
}

static unsigned send_all(struct job *j)
{
	for (unsigned k = 0; k < BATCH; k++)
		must((int)nod_send(j->stack, j->fd, j->frame, SIZE, 0), "nod_send");
	host_turn(j->host, host_now());
	return BATCH;
}

static void open_host(struct job *j, struct nod_stack *s)
{
	struct nod_interface_conf ic = { .offload = j->tap->can, .gso_octets = j->tap->gso_octets };
	struct nod_prefix p = { .addr = { .family = NOD_IPV4, .octet = { 10, 9, 0, 2 } },
		.len = 24 };
	struct sockaddr_in us = at(2), kernel = at(1);

	memcpy(ic.mac, mac, sizeof(mac));
	must(nod_interface_add(s, &ic), "nod_interface_add");
	must(nod_address_add(s, 2, &p, NOD_ADDRESS_AT_ONCE), "nod_address_add");
	j->host = host_new(s);
	if (!j->host)
		bench_die(ENOMEM, "host_new");
	must(host_attach(j->host, 2, j->tap), "host_attach");
	j->fd = nod_socket(s, AF_INET, SOCK_DGRAM, 0);
	must(nod_bind(s, j->fd, (const void *)&us, sizeof(us)), "nod_bind");
	must(nod_connect(s, j->fd, (const void *)&kernel, sizeof(kernel)), "nod_connect");
	must(nod_neighbour_set(s, 2, &(struct nod_addr){ .family = NOD_IPV4,
		.octet = { 10, 9, 0, 1 } }, kernel_mac), "nod_neighbour_set");
}

int main(int argc, char **argv)
{
	static struct job j;
	struct nod_conf conf = { .seed = { 1 }, .no_ipv6 = true, .receive_octets = 4 << 20 };
	unsigned (*turn)(struct job *);
	int64_t ns = 500 * NS_PER_MS, began, cpu;
	uint64_t n = 0;
	pid_t child = 0;

	if (argc < 4)
		bench_die(0, "use: tap floor|nod receive|send NAME [--ms N]");
	bool is_nod = strcmp(argv[1], "nod") == 0, is_in = strcmp(argv[2], "receive") == 0;

	if (argc == 6 && strcmp(argv[4], "--ms") == 0)
		ns = bench_number("--ms", argv[5], 100000) * NS_PER_MS;
	must(nod_stack_new(&conf, host_now(), &j.stack), "nod_stack_new");
	must(tap_open(&(struct tap_conf){ .name = argv[3] }, j.stack->core.pool, &j.tap), argv[3]);
	frame_made(&j);
	if (!is_in)
		kernel_socket();
	if (is_nod)
		open_host(&j, j.stack);
	turn = is_in ? (is_nod ? receive : read_bare) : (is_nod ? send_all : write_bare);
	if (is_in)
		child = sender();
	for (began = bench_now(); bench_now() - began < ns / 4;)
		turn(&j);
	began = bench_now();
	cpu = stack_cpu();
	while (bench_now() - began < ns)
		n += turn(&j);
	cpu = stack_cpu() - cpu;
	if (is_nod && !is_in && j.tap->dropped[DEVICE_DROP_REFUSED])
		bench_die(0, "the kernel refused frames");
	if (is_nod && !is_in && nod_stack_count(j.stack, NOD_EV_ETH_OUT) < n)
		bench_die(0, "not all left");
	printf("{\"per_cpu_s\": %.0f, \"per_s\": %.0f}\n", (double)n * 1e9 / (double)cpu,
		(double)n * 1e9 / (double)(bench_now() - began));
	if (child) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	if (j.host) {
		nod_host_free(j.host);
	} else {
		device_close(j.tap);
		nod_stack_free(j.stack);
	}
	return !n;
}
