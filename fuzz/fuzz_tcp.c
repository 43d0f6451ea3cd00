/* SPDX-License-Identifier: ISC */
/*
 * fuzz_tcp.c - any segments to a stack with a live TCP connection and a listener (H36 to H66)
 *
 * The input's first octets choose how it is opened, and near which edge of the numbers.  The rest
 * is steps: segments whose numbers lie near those that the connection has come to, with right
 * checksums; SACK blocks; options of any octets; what a program does; time.  Payload is a pattern
 * by number, so what the program reads can be judged, and what the stack sends, too.
 *
 * Whatever came: octets are read as they were said and in order, sent as they were written and no
 * further, the stack keeps its limits and its books, and gives everything back.
 */
#include "fuzz.h"

#include <linux/tcp.h>

#include "../test/unit/tcp_peer.h"

enum {
	SIX = 1,
	STAMPS = 2,
	SACKS = 4,
	SCALES = 8,
	WE_OPEN = 16,
	SMALL = 32,
	FAST = 64,
	ECN = 128
};
enum { STEP_SEGMENT, STEP_SACK, STEP_RAW, STEP_CALL, STEP_TIME, STEP_SYN, STEPS };

struct run {
	struct peer p;
	const uint8_t *at, *end;
	uint32_t acked; /* of the peer's numbers, by the stack */
	uint32_t sent;	/* the stack's next, as far as it has been heard */
	uint16_t conn_port;
	bool may_judge; /* the peer's numbers begin where the pattern does */
};

static uint8_t octet(struct run *r)
{
	return r->at < r->end ? *r->at++ : 0;
}

/* Mostly near, sometimes anywhere. */
static uint32_t near(struct run *r, uint32_t base)
{
	int o = (int8_t)octet(r);

	if (o == 127)
		return base + ((uint32_t)octet(r) << 24 | (uint32_t)octet(r) << 8);
	o = o > 64 ? (o - 64) * 1000 : o < -64 ? (o + 64) * 1000 : o;
	return base + (uint32_t)o;
}

/* What was sent is what was written, and no further. */
static void listen_to(struct run *r)
{
	struct peer *p = &r->p;
	uint32_t irs = p->irs;

	while (peer_next(p)) {
		const struct peer_heard *g = &p->got;

		if (g->h.dst != r->conn_port || g->h.src != p->our_port ||
			g->h.flags & TCP_SYN) {
			if (g->h.dst != r->conn_port)
				p->irs = irs;
			continue;
		}
		if (g->h.flags & TCP_RST)
			continue;
		FUZZ_CLAIM((int32_t)(g->seq + g->len - (p->written + 2)) <= 0);
		for (uint32_t i = 0; i < g->len; i++)
			FUZZ_CLAIM(g->payload[i] == pattern(g->seq + i));
		if ((int32_t)(g->seq + g->len - r->sent) > 0)
			r->sent = g->seq + g->len;
		if (g->h.flags & TCP_ACK && (int32_t)(g->ack - r->acked) > 0)
			r->acked = g->ack;
	}
	station_forget(&p->s);
	p->next = 0;
}

static void segment(struct run *r, const char *options)
{
	struct say t = { .options = options };
	uint8_t kind = octet(r);

	t.flags = kind & 64 ? octet(r) : kind & 1 ? TCP_ACK | TCP_FIN : TCP_ACK;
	t.seq = near(r, r->acked);
	t.ack = near(r, r->sent);
	t.len = octet(r) * (kind & 2 ? 5u : 1u);
	t.window = kind & 4 ? ZERO_WINDOW : kind & 8 ? octet(r) : 0;
	if (kind & 16) {
		t.flags |= TCP_URG;
		t.urgent = (uint16_t)(octet(r) * 257);
	}
	if (kind & 32)
		t.ts_ahead = (int8_t)octet(r);
	t.has_no_ts = options && strlen(options) > 56;
	t.tos = kind & 128 ? 3 : 0;
	r->p.ts_value++;
	peer_say(&r->p, &t);
}

static void sack(struct run *r)
{
	char text[100], *at = text;
	unsigned n = 1u + octet(r) % (r->p.has_ts ? 3u : 4u);

	at += snprintf(at, 20, "010105%02x", 2 + 8 * n);
	while (n--) {
		uint32_t left = near(r, r->p.irs + r->sent - 3000);

		at += snprintf(at, 20, "%08x%08x", left, near(r, left + 1000));
	}
	segment(r, text);
}

static void raw_options(struct run *r)
{
	char text[100], *at = text;
	unsigned n = 1u + octet(r) % 7u;

	while (n--)
		at += snprintf(
			at, 20, "%02x%02x%02x%02x", octet(r), octet(r), octet(r), octet(r));
	segment(r, text);
}

static void call(struct run *r)
{
	struct peer *p = &r->p;
	uint8_t what = octet(r), n = octet(r);
	static const int options[] = { TCP_NODELAY, TCP_CORK, TCP_QUICKACK, TCP_MAXSEG,
		TCP_USER_TIMEOUT, TCP_WINDOW_CLAMP, TCP_NOTSENT_LOWAT, TCP_KEEPIDLE };

	if (p->fd < 0) {
		if (p->listener >= 0 && what & 1) {
			int fd = nod_accept(p->s.stack, p->listener, NULL, NULL);

			if (fd >= 0)
				nod_close(p->s.stack, fd);
		}
		return;
	}
	switch (what % 8) {
	case 0:
	case 1:
		peer_read(p, n * 100u);
		FUZZ_CLAIM(!r->may_judge || !p->is_garbled);
		break;
	case 2:
	case 3:
		peer_write(p, 1 + n * 100u, what & 16 ? MSG_MORE : what & 32 ? MSG_OOB : 0);
		break;
	case 4:
		nod_shutdown(p->s.stack, p->fd, n % 3);
		break;
	case 5:
		peer_set(p, IPPROTO_TCP, options[n % 8], what >> 3);
		break;
	case 6:
		peer_set(p, SOL_SOCKET,
			n & 1	      ? SO_RCVBUF :
				n & 2 ? SO_SNDBUF :
					SO_KEEPALIVE,
			n * 64);
		break;
	default:
		if (n < 16)
			peer_close(p);
		break;
	}
	peer_turn(p);
}

/* Another comes to the listener; or somebody speaks of a connection that is not there. */
static void another(struct run *r)
{
	struct peer *p = &r->p;
	uint32_t irs = p->irs;
	uint8_t k = octet(r);

	p->port = (uint16_t)(r->conn_port + 1 + k % 8);
	SAY(p, k & 128 ? octet(r) : TCP_SYN, near(r, 0), near(r, 1), octet(r),
		.options = k & 64 ? OPT_MSS OPT_SACK OPT_WS7 : OPT_MSS);
	p->port = r->conn_port;
	listen_to(r);
	p->irs = irs;
}

static void begin(struct run *r)
{
	static const uint32_t edges[] = { 1000000, 0xfffffff0, 0x7ffffff0, 0xffff0000 };
	uint8_t how = octet(r), edge = octet(r);
	const struct nod_conf conf = { .seed = { edge },
		.memory_octets = 4 << 20,
		.neighbours = 16,
		.destinations = 16,
		.routes = 64,
		.sockets = 64,
		.tcp_connections = 8,
		.tcp_half_open = 4,
		.tcp_time_wait = 4,
		.no_ipv6 = !(how & SIX),
		.no_autoconf = true,
		.tcp_ecn = how & ECN,
		.tcp_busy = edge >> 3 & 1, /* an idle one has nothing but itself */
		.tcp_pacing = edge >> 4 & 1,
		.tcp_fast_open = how & FAST ? NOD_FAST_OPEN_SERVER | NOD_FAST_OPEN_CLIENT |
				NOD_FAST_OPEN_SERVER_BARE | NOD_FAST_OPEN_LISTENERS :
					      0 };
	char options[100];

	*r = (struct run){
		.at = r->at, .end = r->end, .acked = 1, .sent = 1, .may_judge = true
	};
	peer_begin_bare(&r->p, &conf, how & SIX ? OVER_V6 : OVER_V4);
	r->conn_port = r->p.port;
	r->p.iss = edges[edge & 3];
	snprintf(options, sizeof(options), "%s%s%s", OPT_MSS, how & SACKS ? OPT_SACK : "",
		how & SCALES ? OPT_WS7 : "");
	peer_listen(&r->p, 3);
	if (how & SMALL)
		peer_set(&r->p, SOL_SOCKET, SO_RCVBUF, 4096);
	r->p.has_ts = how & STAMPS;
	if (how & WE_OPEN) {
		peer_is_asked(&r->p);
		if (edge & 4) { /* the rest may come by itself, and begin at any number */
			r->may_judge = false;
			return;
		}
		SAY(&r->p, TCP_SYN | TCP_ACK | (how & ECN ? TCP_ECE : 0), 0, 1,
			.options = options);
	} else {
		SAY(&r->p, TCP_SYN | (how & ECN ? TCP_ECE | TCP_CWR : 0), 0,
			.options = options);
		peer_must(peer_next(&r->p), "SYN-ACK");
		SAY(&r->p, TCP_ACK, 1, 1);
		peer_accept(&r->p);
	}
	listen_to(r);
}

static void finish(struct run *r)
{
	const struct linger hard = { .l_onoff = 1 };
	struct peer *p = &r->p;
	struct nod_stack_use use;
	unsigned k = 0;

	while (p->fd >= 0 && peer_read(p, 100000) > 0)
		FUZZ_CLAIM(!r->may_judge || !p->is_garbled);
	for (unsigned i = 0; i < 2; i++) {
		int *fd = i ? &p->listener : &p->fd;

		if (*fd < 0)
			continue;
		nod_setsockopt(p->s.stack, *fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
		nod_close(p->s.stack, *fd);
	}
	do { /* what was closed in order is given up after eight tries, neighbours after three */
		peer_pass(p, 200 * NOD_S);
		nod_stack_use(p->s.stack, &use);
	} while ((use.packets || use.blocks) && ++k < 20);
	FUZZ_CLAIM(use.packets == 0 && use.blocks == 0 && use.sockets == 0);
	nod_stack_free(p->s.stack);
	free(p->s.sent);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const nod_ns spans[] = { NOD_MS, 40 * NOD_MS, 200 * NOD_MS, NOD_S, 10 * NOD_S,
		120 * NOD_S, 3600 * NOD_S, 25 * 24 * 3600 * NOD_S };
	struct run r = { .at = data, .end = data + size };
	struct nod_stack_use use;
	const char *why;

	begin(&r);
	for (unsigned steps = 0; r.at < r.end && steps < 400; steps++) {
		uint8_t op = octet(&r);

		switch (op % STEPS) {
		case STEP_SEGMENT:
			segment(&r, NULL);
			break;
		case STEP_SACK:
			sack(&r);
			break;
		case STEP_RAW:
			raw_options(&r);
			break;
		case STEP_CALL:
			call(&r);
			break;
		case STEP_TIME:
			peer_pass(&r.p, spans[op / STEPS % 8]);
			break;
		default:
			another(&r);
			break;
		}
		listen_to(&r);
		nod_stack_use(r.p.s.stack, &use);
		FUZZ_CLAIM(use.memory_octets <= 4 << 20);
		why = tcp_check(r.p.s.stack->tcp);
		if (why)
			fprintf(stderr, "%s\n", why);
		FUZZ_CLAIM(!why);
	}
	finish(&r);
	return 0;
}
