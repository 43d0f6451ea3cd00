/* SPDX-License-Identifier: ISC */
/*
 * stack_kernel.c - the job of stack.h by the kernel: UDP over the loopback
 *
 * The loopback neither makes nor checks checksums.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stack.h"

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

struct ends {
	int from, to;
	uint8_t out[STACK_OCTETS_MOST * 4], in[STACK_OCTETS_MOST * 4];
	struct mmsghdr send[STACK_BATCH_MOST], receive[STACK_BATCH_MOST];
	struct iovec send_iov[STACK_BATCH_MOST], receive_iov[STACK_BATCH_MOST];
};

static int udp_at(struct sockaddr_in *a)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int room = 4 << 20;
	socklen_t len = sizeof(*a);

	*a = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (fd < 0 || bind(fd, (struct sockaddr *)a, sizeof(*a)) < 0 ||
		getsockname(fd, (struct sockaddr *)a, &len) < 0)
		bench_die(errno, "UDP socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	return fd;
}

static void set_up(struct ends *e, const struct stack_job *j)
{
	struct sockaddr_in from, to;
	int segment = (int)j->size, yes = 1;

	e->from = udp_at(&from);
	e->to = udp_at(&to);
	if (connect(e->from, (struct sockaddr *)&to, sizeof(to)) < 0)
		bench_die(errno, "connect");
	if (j->way == STACK_GSO &&
		(setsockopt(e->from, SOL_UDP, UDP_SEGMENT, &segment, sizeof(segment)) < 0 ||
			setsockopt(e->to, SOL_UDP, UDP_GRO, &yes, sizeof(yes)) < 0))
		bench_die(errno, "UDP_SEGMENT, UDP_GRO");
	for (unsigned i = 0; i < j->batch; i++) {
		e->send_iov[i] = (struct iovec){ e->out + i * j->size, j->size };
		e->receive_iov[i] = (struct iovec){ e->in + i * 2048, 2048 };
		e->send[i].msg_hdr = (struct msghdr){ .msg_iov = &e->send_iov[i], .msg_iovlen = 1 };
		e->receive[i].msg_hdr =
			(struct msghdr){ .msg_iov = &e->receive_iov[i], .msg_iovlen = 1 };
	}
}

static void send_batch(struct ends *e, const struct stack_job *j, struct stack_count *c)
{
	size_t all = j->batch * j->size;

	if (j->way == STACK_ONE) {
		for (unsigned i = 0; i < j->batch; i++) {
			stack_number(c, e->out);
			if (send(e->from, e->out, j->size, 0) != (ssize_t)j->size)
				bench_die(errno, "send");
		}
		return;
	}
	for (unsigned i = 0; i < j->batch; i++)
		stack_number(c, e->out + i * j->size);
	if (j->way == STACK_MMSG) {
		for (unsigned done = 0; done < j->batch;) {
			int n = sendmmsg(e->from, e->send + done, j->batch - done, 0);

			if (n <= 0)
				bench_die(errno, "sendmmsg");
			done += (unsigned)n;
		}
	} else if (send(e->from, e->out, all, 0) != (ssize_t)all) {
		bench_die(errno, "send with UDP_SEGMENT");
	}
}

static void batch(void *self, const struct stack_job *j, struct stack_count *c)
{
	struct ends *e = self;

	send_batch(e, j, c);
	while (c->received < c->sent) {
		if (j->way == STACK_MMSG) {
			int n = recvmmsg(e->to, e->receive, j->batch, 0, NULL);

			if (n <= 0)
				bench_die(errno, "recvmmsg");
			for (int i = 0; i < n; i++)
				stack_check(j, c, e->receive_iov[i].iov_base,
					e->receive[i].msg_len);
		} else {
			ssize_t n = recv(e->to, e->in, sizeof(e->in), 0);

			if (n < 0)
				bench_die(errno, "recv");
			stack_check(j, c, e->in, (size_t)n);
		}
	}
}

int main(int argc, char **argv)
{
	static struct ends e;
	struct stack_job j = stack_job_of(argc, argv);

	if (j.way == STACK_BORROW || j.way == STACK_WHOLE)
		bench_die(0, "the kernel has no such way");
	set_up(&e, &j);
	stack_run(&j, batch, NULL, &e);
	puts("}");
	return 0;
}
