/* SPDX-License-Identifier: ISC */
/*
 * tcp_many.c - what connections cost one of nod's stacks by the hundred thousand
 *
 *	tcp_many held|half|wait N [--most OCTETS] [--ms N]
 *
 * held: N connections are made, or as many as --most octets hold, and a random 1 % of them are
 * spoken to; with the octets that the stack has, and what a packet costs then, and cost when
 * there were 100.  half: N SYNs that nobody follows up.  wait: N connections are made and closed,
 * one after the other, and wait.
 *
 * There is one stack, so that it is its memory alone that is counted; the peers are a table of
 * numbers here, and write and read segments by hand.  Every octet is compared.
 *
 * Neighbours: stream.c (both ends in a stack).
 */
#include <errno.h>
#include <malloc.h>
#include <netinet/in.h>

#include "base/checksum.h"
#include "nod/nod.h"
#include "session/stack.h"
#include "stack.h"
#include "transport/tcp_internal.h"

enum {
	PORT = 4000,
	PEERS_AN_ADDRESS = 32768,
	FIRST_PORT = 1024, /* of a peer's address */
	FEW = 100,
	BATCH = 32,   /* segments that come at a time */
	TALKS = 8,    /* batches of a slice */
	SIZE = 64,    /* octets of a question, and of its answer */
	IP_AT = 14, TCP_AT = IP_AT + 20,
	FRAME_MOST = TCP_AT + TCP_HDR_MOST + SIZE,
};

static const uint8_t ours[6] = { 2, 0, 0, 0, 0, 1 }, theirs[6] = { 2, 0, 0, 0, 0, 2 };
static const uint32_t our_addr = 0x0a000001, first_peer = 0x0a400000;
/* MSS 1,460, SACK permitted, window scale 7 */
static const uint8_t syn_options[] = { 2, 4, 5, 0xb4, 1, 1, 4, 2, 1, 3, 3, 7 };

struct peer {
	uint32_t snd_nxt, rcv_nxt;
	int fd; /* the stack's end */
};

static struct {
	struct nod_stack *stack;
	nod_ns now;
	int listener;
	struct peer *peer;
	uint32_t *owner; /* by descriptor: which peer's */
	uint32_t n, packets, n_again;
	uint64_t before; /* octets, without a stack */
	int64_t ns;
} many;

static void must(int err, const char *what)
{
	if (err < 0)
		bench_die(err, "%s", what);
}

static uint64_t draw(void)
{
	static uint64_t x = 88172645463325252u; /* xorshift64 */

	x ^= x << 13;
	x ^= x >> 7;
	return x ^= x << 17;
}

static uint64_t memory(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

/* ---- the peers' side ------------------------------------------------------------------------ */

static void say(uint32_t k, uint8_t flags, const void *payload, size_t len)
{
	struct peer *p = &many.peer[k];
	uint8_t f[FRAME_MOST] = { 0 }, *ip = f + IP_AT, *tcp = f + TCP_AT;
	struct wcur w = wcur_of(tcp, sizeof(f) - TCP_AT);
	size_t all;
	struct tcp_hdr h = { .src = (uint16_t)(FIRST_PORT + k % PEERS_AN_ADDRESS),
		.dst = PORT,
		.seq = p->snd_nxt,
		.ack = flags & TCP_ACK ? p->rcv_nxt : 0,
		.flags = flags,
		.window = 0xffff };

	if (flags & TCP_SYN)
		h.options = (struct span){ syn_options, sizeof(syn_options) };
	must(tcp_emit(&h, &w), "tcp_emit");
	if (len)
		wcur_put(&w, payload, len);
	all = TCP_AT + w.at;
	memcpy(f, ours, 6);
	memcpy(f + 6, theirs, 6);
	octets_put_u16(f + 12, 0x0800);
	ip[0] = 0x45;
	octets_put_u16(ip + 2, (uint16_t)(all - IP_AT));
	ip[8] = 64;
	ip[9] = IPPROTO_TCP;
	octets_put_u32(ip + 12, first_peer + k / PEERS_AN_ADDRESS);
	octets_put_u32(ip + 16, our_addr);
	octets_put_u16(ip + 10, checksum_end(checksum_add(0, ip, 20)));
	uint64_t sum = checksum_add(0, ip + 12, 8);
	sum = checksum_add_u16(sum, IPPROTO_TCP);
	sum = checksum_add_u16(sum, (uint16_t)(all - TCP_AT));
	octets_put_u16(tcp + TCP_SUM_AT, checksum_end(checksum_add(sum, tcp, all - TCP_AT)));
	p->snd_nxt += (uint32_t)len + !!(flags & TCP_SYN) + !!(flags & TCP_FIN);
	nod_stack_input(many.stack, 2, nod_packet_new(many.stack, f, all), many.now);
	many.packets++;
}

/* What question or answer number @n of peer @k is. */
static void fill(uint8_t text[SIZE], uint32_t k, uint32_t n)
{
	for (unsigned i = 0; i < SIZE; i += 8) {
		uint64_t x = ((uint64_t)k << 32 | (n + i)) * 0x9e3779b97f4a7c15;

		memcpy(text + i, &x, 8);
	}
}

/* A segment came from the stack.  Whether it is an answer. */
static bool hear(const uint8_t *f, size_t len)
{
	struct rcur r = rcur_of(f + TCP_AT, len - TCP_AT);
	struct tcp_hdr h;
	struct peer *p;
	uint32_t k;

	if (len < TCP_AT + TCP_HDR_LEAST || f[IP_AT + 9] != IPPROTO_TCP || tcp_parse(&h, &r) < 0)
		bench_die(0, "no segment came, but something else");
	k = (octets_u32(f + IP_AT + 16) - first_peer) * PEERS_AN_ADDRESS + h.dst - FIRST_PORT;
	if (k >= many.n)
		bench_die(0, "a segment to a peer that there is not: %u", k);
	p = &many.peer[k];
	if (h.flags & TCP_RST)
		bench_die(0, "peer %u was reset", k);
	if (h.flags & TCP_SYN)
		p->rcv_nxt = h.seq;
	/* the machine took its time, and the stack sent again what it had no answer to */
	if (h.seq + SIZE == p->rcv_nxt && h.ack == p->snd_nxt) {
		many.n_again++;
		return false;
	}
	if (h.seq != p->rcv_nxt || h.ack != p->snd_nxt)
		bench_die(0, "peer %u: number %u, acknowledges %u; not %u, %u", k, h.seq, h.ack,
			p->rcv_nxt, p->snd_nxt);

	size_t got = octets_u16(f + IP_AT + 2) - 20u - h.hdr_len;

	if (got) {
		uint8_t want[SIZE];

		fill(want, k, p->rcv_nxt);
		if (got != SIZE || memcmp(rcur_take(&r, SIZE), want, SIZE) != 0)
			bench_die(0, "peer %u got what nobody sent", k);
	}
	p->rcv_nxt += (uint32_t)got + !!(h.flags & TCP_SYN) + !!(h.flags & TCP_FIN);
	many.packets++;
	return got;
}

/* All that the stack sends; how many with octets in them. */
static unsigned hear_all(void)
{
	struct nod_packet *out[64];
	unsigned n, answers = 0;

	nod_stack_poll(many.stack, many.now);
	while ((n = nod_stack_output(many.stack, 2, out, 64, many.now)) > 0) {
		for (unsigned i = 0; i < n; i++) {
			uint8_t f[FRAME_MOST + 64];
			struct iovec iov[7];
			int pieces = nod_packet_iov(out[i], iov);
			size_t len = 0;

			for (int j = 0; j < pieces; j++) {
				if (iov[j].iov_len > sizeof(f) - len)
					bench_die(0, "a frame longer than any should be");
				memcpy(f + len, iov[j].iov_base, iov[j].iov_len);
				len += iov[j].iov_len;
			}
			nod_packet_free(out[i]);
			answers += hear(f, len);
		}
	}
	return answers;
}

/* ---- connections ---------------------------------------------------------------------------- */

static void begin(uint32_t k)
{
	many.peer[k].snd_nxt = (uint32_t)draw();
	say(k, TCP_SYN, NULL, 0);
	hear_all();
}

static void connect_one(uint32_t k)
{
	int fd;

	begin(k);
	say(k, TCP_ACK, NULL, 0);
	fd = nod_accept(many.stack, many.listener, NULL, NULL);
	must(fd, "nod_accept");
	many.peer[k].fd = fd;
	many.owner[fd] = k;
}

/* The program on the stack: it answers every question. */
static unsigned answer_all(void)
{
	struct nod_socket_event ev[64];
	unsigned n, answered = 0;

	while ((n = nod_stack_event(many.stack, ev, 64)) > 0) {
		for (unsigned i = 0; i < n; i++) {
			uint8_t got[SIZE], want[SIZE];
			uint32_t k = many.owner[ev[i].socket];

			if (ev[i].socket == many.listener || !(ev[i].bits & NOD_READABLE))
				continue;
			fill(want, k, many.peer[k].snd_nxt - SIZE);
			if (nod_recv(many.stack, ev[i].socket, got, SIZE, 0) != SIZE ||
				memcmp(got, want, SIZE) != 0)
				bench_die(0, "peer %u's question did not come", k);
			fill(got, k, many.peer[k].rcv_nxt);
			if (nod_send(many.stack, ev[i].socket, got, SIZE, 0) != SIZE)
				bench_die(0, "the answer to peer %u was not taken", k);
			answered++;
		}
	}
	return answered;
}

/* So many different ones of @who, from *@at on, ask at a time. */
static void talk(const uint32_t *who, uint32_t of, uint32_t *at)
{
	many.now = NOD_S * 30 + bench_now();
	for (unsigned i = 0; i < BATCH; i++) {
		uint32_t k = who[*at];
		uint8_t text[SIZE];

		*at = *at + 1 < of ? *at + 1 : 0;
		fill(text, k, many.peer[k].snd_nxt);
		say(k, TCP_ACK | TCP_PSH, text, SIZE);
	}
	if (answer_all() != BATCH)
		bench_die(0, "not every question was answered");
	if (hear_all() != BATCH)
		bench_die(0, "not every answer came");
}

/* The CPU time a packet, either way, nanoseconds, with @of different random ones of @n. */
static double packet_ns(uint32_t n, uint32_t of)
{
	static double slice[1 << 14];
	uint32_t *who = calloc(of, sizeof(*who)), at = 0, stride = n / of;
	size_t k = 0;

	if (!who)
		bench_die(ENOMEM, "%u numbers", of);
	/* one of each stretch, so that none is drawn twice; in disorder */
	for (uint32_t i = 0; i < of; i++)
		who[i] = i * stride + (uint32_t)(draw() % stride);
	for (uint32_t i = of - 1; i > 0; i--) {
		uint32_t j = (uint32_t)(draw() % (i + 1)), w = who[i];

		who[i] = who[j];
		who[j] = w;
	}
	for (uint32_t i = 0; i < of / BATCH + 1; i++)
		talk(who, of, &at);
	for (int64_t began = bench_now(); bench_now() - began < many.ns && k < 1 << 14;) {
		int64_t cpu = stack_cpu();

		many.packets = 0;
		for (unsigned i = 0; i < TALKS; i++)
			talk(who, of, &at);
		slice[k++] = (double)(stack_cpu() - cpu) / many.packets;
	}
	for (uint32_t i = 0; i < of; i++) /* the last answers have come */
		say(who[i], TCP_ACK, NULL, 0);
	hear_all();
	free(who);
	qsort(slice, k, sizeof(slice[0]), stack_by_rate);
	return slice[k / 10]; /* what a tenth stays below: the rest had company on the core */
}

static void held(uint64_t most)
{
	uint32_t k = 0;
	double few, all;

	for (; k < FEW; k++)
		connect_one(k);
	few = packet_ns(FEW, FEW);
	for (; k < many.n; k++) {
		connect_one(k);
		if (k % 1024 == 0) {
			many.now = NOD_S * 30 + bench_now();
			if (memory() - many.before > most)
				break;
		}
	}
	while (hear_all())
		;

	uint64_t octets = memory() - many.before;

	all = packet_ns(k, k / 100 > FEW ? k / 100 : FEW);
	printf("{\"held\": %u, \"octets\": %llu, \"octets_each\": %.1f, \"few_ns\": %.1f, "
	       "\"many_ns\": %.1f, \"sent_again\": %u}\n", k, (unsigned long long)octets,
		(double)octets / k, few, all, many.n_again);
}

static void told(uint32_t n, uint64_t first, uint32_t there)
{
	if (there < n)
		bench_die(0, "%u records instead of %u", there, n);
	printf("{\"records\": %u, \"octets_each\": %.1f}\n", there,
		(double)(memory() - first) / (n - 1));
}

static void half(uint64_t most)
{
	uint64_t first = 0;

	(void)most;
	for (uint32_t k = 0; k < many.n; k++) {
		begin(k);
		if (k == 0)
			first = memory();
	}
	told(many.n, first, many.stack->tcp->halves.in_use);
}

static void wait_all(uint64_t most)
{
	uint64_t first = 0;

	(void)most;
	for (uint32_t k = 0; k < many.n; k++) {
		connect_one(k);
		must(nod_close(many.stack, many.peer[k].fd), "nod_close");
		hear_all();
		say(k, TCP_ACK | TCP_FIN, NULL, 0);
		hear_all();
		if (k == 0)
			first = memory();
	}
	told(many.n, first, many.stack->tcp->waits.in_use);
}

/* ---- the whole ------------------------------------------------------------------------------ */

static void open_stack(void)
{
	const struct nod_conf conf = { .seed = { 1 },
		.no_ipv6 = true,
		.memory_octets = (size_t)1 << 32,
		.sockets = many.n + 16,
		.tcp_connections = many.n + 16,
		.tcp_half_open = many.n + 16,
		.tcp_time_wait = many.n + 16,
		.tcp_backlog = many.n + 16 };
	const struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	struct nod_interface_conf ic = { 0 };
	struct nod_prefix p = { .addr = { .family = NOD_IPV4 }, .len = 8 };

	memcpy(ic.mac, ours, sizeof(ours));
	many.before = memory();
	many.now = bench_now();
	must(nod_stack_new(&conf, many.now, &many.stack), "nod_stack_new");
	must(nod_interface_add(many.stack, &ic), "nod_interface_add");
	octets_put_u32(p.addr.octet, our_addr);
	must(nod_address_add(many.stack, 2, &p, NOD_ADDRESS_AT_ONCE), "nod_address_add");
	for (uint32_t k = 0; k < many.n; k += PEERS_AN_ADDRESS) {
		struct nod_addr peer = { .family = NOD_IPV4 };

		octets_put_u32(peer.octet, first_peer + k / PEERS_AN_ADDRESS);
		must(nod_neighbour_set(many.stack, 2, &peer, theirs), "nod_neighbour_set");
	}
	many.listener = nod_socket(many.stack, AF_INET, SOCK_STREAM, 0);
	must(nod_bind(many.stack, many.listener, (const void *)&a, sizeof(a)), "nod_bind");
	must(nod_listen(many.stack, many.listener, (int)many.n + 16), "nod_listen");
	many.now += 30 * NOD_S; /* until every address and group is settled */
	nod_stack_poll(many.stack, many.now);
	for (struct nod_packet *out; nod_stack_output(many.stack, 2, &out, 1, many.now);)
		nod_packet_free(out);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(uint64_t most);
	} whats[] = { { "held", held }, { "half", half }, { "wait", wait_all } };
	uint64_t most = UINT64_MAX;

	if (argc < 3)
		bench_die(0, "use: tcp_many held|half|wait N [--most OCTETS] [--ms N]");
	many.n = (uint32_t)bench_number("N", argv[2], 4000000);
	if (many.n < 2 * FEW)
		bench_die(0, "N: at least %d", 2 * FEW);
	many.ns = 300 * NS_PER_MS;
	for (int i = 3; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--most") == 0)
			most = (uint64_t)bench_number("--most", argv[i + 1], 1L << 40);
		else if (strcmp(argv[i], "--ms") == 0)
			many.ns = bench_number("--ms", argv[i + 1], 100000) * NS_PER_MS;
		else
			bench_die(0, "no option \"%s\"", argv[i]);
	}
	many.peer = calloc(many.n, sizeof(*many.peer));
	many.owner = calloc(many.n + 4096, sizeof(*many.owner));
	if (!many.peer || !many.owner)
		bench_die(ENOMEM, "%u peers", many.n);
	open_stack();
	for (unsigned k = 0; k < sizeof(whats) / sizeof(whats[0]); k++) {
		if (strcmp(whats[k].name, argv[1]) == 0) {
			whats[k].run(most);
			nod_stack_free(many.stack);
			free(many.peer);
			free(many.owner);
			return 0;
		}
	}
	bench_die(0, "no \"%s\"", argv[1]);
}
