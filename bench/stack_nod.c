/* SPDX-License-Identifier: ISC */
/*
 * stack_nod.c - the job of stack.h by two of nod's stacks on a memory wire
 *
 * The wire can nothing: checksums are computed by the sender and verified by the receiver.  Only
 * with --way whole it takes super-segments, and then nobody computes any.  mk/bench.mk has the
 * linker send this program's allocations through the functions here, which count them.
 */
#include <netinet/udp.h>

#include "stack.h"
#include "two_hosts.h"

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_aligned_alloc(size_t alignment, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_aligned_alloc(size_t alignment, size_t n);

static uint64_t allocations;

void *__wrap_malloc(size_t n)
{
	allocations++;
	return __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	allocations++;
	return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	allocations++;
	return __real_realloc(p, n);
}

void *__wrap_aligned_alloc(size_t alignment, size_t n)
{
	allocations++;
	return __real_aligned_alloc(alignment, n);
}

struct ends {
	struct two_hosts hosts;
	int from, to;
	uint64_t events, allocated;
	uint8_t out[STACK_OCTETS_MOST * 4], in[STACK_OCTETS_MOST * 4];
	struct mmsghdr send[STACK_BATCH_MOST], receive[STACK_BATCH_MOST];
	struct iovec send_iov[STACK_BATCH_MOST], receive_iov[STACK_BATCH_MOST];
};

static void heard(void *self, const struct nod_event *e)
{
	(void)e;
	(*(uint64_t *)self)++;
}

static void set_up(struct ends *e, const struct stack_job *j)
{
	const struct wire_conf wire = { .can = j->way == STACK_WHOLE ?
			DEVICE_SUMS | DEVICE_GSO : 0 };
	const struct sockaddr_in from = two_hosts_name(0, 4000), to = two_hosts_name(1, 4000);
	struct nod_conf conf = { .receive_octets = 4 << 20 };
	struct nod_stack **stack = e->hosts.stack;
	int segment = (int)j->size, yes = 1;

	if (j->with_sink)
		conf.sink = (struct nod_event_sink){ heard, &e->events };
	two_hosts_open(&e->hosts, &wire, &conf);
	e->from = nod_socket(stack[0], AF_INET, SOCK_DGRAM, 0);
	e->to = nod_socket(stack[1], AF_INET, SOCK_DGRAM, 0);
	must(nod_bind(stack[0], e->from, (const void *)&from, sizeof(from)), "bind");
	must(nod_bind(stack[1], e->to, (const void *)&to, sizeof(to)), "bind");
	must(nod_connect(stack[0], e->from, (const void *)&to, sizeof(to)), "connect");
	if (j->way == STACK_GSO || j->way == STACK_WHOLE) {
		must(nod_setsockopt(stack[0], e->from, IPPROTO_UDP, UDP_SEGMENT, &segment,
			     sizeof(segment)), "UDP_SEGMENT");
		must(nod_setsockopt(stack[1], e->to, IPPROTO_UDP, UDP_GRO, &yes,
			     sizeof(yes)), "UDP_GRO");
	}
	for (unsigned i = 0; i < j->batch; i++) {
		e->send_iov[i] = (struct iovec){ e->out + i * j->size, j->size };
		e->receive_iov[i] = (struct iovec){ e->in + i * 2048, 2048 };
		e->send[i].msg_hdr = (struct msghdr){ .msg_iov = &e->send_iov[i], .msg_iovlen = 1 };
		e->receive[i].msg_hdr =
			(struct msghdr){ .msg_iov = &e->receive_iov[i], .msg_iovlen = 1 };
	}
}

static void send_in_place(struct ends *e, const struct stack_job *j, struct stack_count *c)
{
	struct nod_packet *p;
	uint8_t *room = nod_send_room(e->hosts.stack[0], e->from, j->size, &p);

	if (!room)
		bench_die(ENOBUFS, "nod_send_room");
	stack_number(c, room);
	must((int)nod_send_room_done(e->hosts.stack[0], e->from, p, j->size, NULL, 0),
		"nod_send_room_done");
}

static void send_batch(struct ends *e, const struct stack_job *j, struct stack_count *c)
{
	if (j->way == STACK_BORROW) {
		for (unsigned i = 0; i < j->batch; i++)
			send_in_place(e, j, c);
		return;
	}
	if (j->way == STACK_ONE) {
		for (unsigned i = 0; i < j->batch; i++) {
			stack_number(c, e->out);
			must((int)nod_send(e->hosts.stack[0], e->from, e->out, j->size, 0),
				"nod_send");
		}
		return;
	}
	for (unsigned i = 0; i < j->batch; i++)
		stack_number(c, e->out + i * j->size);
	switch (j->way) {
	case STACK_MMSG:
		if (nod_sendmmsg(e->hosts.stack[0], e->from, e->send, j->batch, 0) != (int)j->batch)
			bench_die(0, "nod_sendmmsg took fewer");
		break;
	default:
		must((int)nod_send(e->hosts.stack[0], e->from, e->out, j->batch * j->size, 0),
			"nod_send with UDP_SEGMENT");
		break;
	}
}

static void receive_batch(struct ends *e, const struct stack_job *j, struct stack_count *c)
{
	struct nod_packet *p;
	struct iovec iov[7];
	int n;

	switch (j->way) {
	case STACK_MMSG:
		n = nod_recvmmsg(e->hosts.stack[1], e->to, e->receive, j->batch, 0);
		must(n, "nod_recvmmsg");
		for (int i = 0; i < n; i++)
			stack_check(j, c, e->receive_iov[i].iov_base, e->receive[i].msg_len);
		break;
	case STACK_BORROW:
		must((int)nod_recv_borrow(e->hosts.stack[1], e->to, &p, iov, &n, NULL, NULL),
			"nod_recv_borrow");
		if (n != 1)
			bench_die(0, "a datagram in %d pieces", n);
		stack_check(j, c, iov[0].iov_base, iov[0].iov_len);
		nod_packet_free(p);
		break;
	default:
		n = (int)nod_recv(e->hosts.stack[1], e->to, e->in, sizeof(e->in), 0);
		must(n, "nod_recv");
		stack_check(j, c, e->in, (size_t)n);
		break;
	}
}

static void batch(void *self, const struct stack_job *j, struct stack_count *c)
{
	struct ends *e = self;

	struct two_hosts *t = &e->hosts;

	two_hosts_look_at_clock(t);
	send_batch(e, j, c);
	host_turn(t->host[0], t->now);
	host_turn(t->host[1], t->now);
	if (!c->received) { /* the neighbour had to be asked for first */
		host_turn(t->host[0], t->now);
		host_turn(t->host[1], t->now);
	}
	while (c->received < c->sent)
		receive_batch(e, j, c);
}

static void warm(void *self)
{
	struct ends *e = self;

	e->allocated = allocations;
	e->events = 0;
}

int main(int argc, char **argv)
{
	static struct ends e;
	struct stack_job j = stack_job_of(argc, argv), first = j;
	struct stack_count c = { 0 };

	first.batch = 1; /* until the neighbour is known, few may wait for it */
	set_up(&e, &j);
	two_hosts_settle(&e.hosts, 30 * NOD_S);
	batch(&e, &first, &c);
	c = stack_run(&j, batch, warm, &e);
	printf(", \"packets\": %llu, \"allocations\": %llu, \"events\": %llu}\n",
		(unsigned long long)c.sent, (unsigned long long)(allocations - e.allocated),
		(unsigned long long)e.events);
	nod_host_free(e.hosts.host[0]);
	nod_host_free(e.hosts.host[1]);
	return (int)(c.received == 0);
}
