/* SPDX-License-Identifier: ISC */
/* test_tcp_mtu.c - RFC 4821: large segments vanish and no router says so */
#include <linux/tcp.h>

#include "pair.h"
#include "tcp_peer.h"

/* ---- between two stacks, over a wire that is narrower than both believe --------------- */

struct narrow {
	size_t most[2]; /* octets of a packet, by who receives; 0 = any */
	uint64_t n_large; /* those that vanished */
};

static bool is_carried(struct pair *p, unsigned to, uint8_t *frame, size_t len)
{
	struct narrow *w = p->self;

	(void)frame;
	if (!w->most[to] || len - 14 <= w->most[to])
		return true;
	w->n_large++;
	return false;
}

struct flow {
	struct pair p;
	struct narrow w;
	int fd[2], listener;
	uint32_t written, read;
	bool is_garbled;
};

static void flow_begin(struct flow *f, bool is_v6, size_t most, uint8_t probing)
{
	struct nod_conf conf = { .tcp_mtu_probing = probing };

	*f = (struct flow){ .w.most[1] = most };
	pair_open(&f->p, &conf);
	f->p.filter = is_carried;
	f->p.self = &f->w;
	f->p.to[0].delay = f->p.to[1].delay = 5 * NOD_MS;
	pair_run(&f->p, 5 * NOD_S);
	if (pair_connect(&f->p, is_v6, 80, f->fd, &f->listener) < 0) {
		printf("Bail out! no connection\n");
		exit(99);
	}
}

static void flow_end(struct flow *f)
{
	const struct linger hard = { .l_onoff = 1 };

	for (unsigned k = 0; k < 2; k++) {
		nod_setsockopt(f->p.host[k], f->fd[k], SOL_SOCKET, SO_LINGER, &hard,
			sizeof(hard));
		nod_close(f->p.host[k], f->fd[k]);
	}
	nod_close(f->p.host[1], f->listener);
	pair_run(&f->p, NOD_S);
	tap(pair_close(&f->p), "every packet comes home");
}

/* Host 0 writes as much as it may, host 1 reads, until @most octets have come or @span is over. */
static void flow_go(struct flow *f, uint32_t most, nod_ns span)
{
	static uint8_t buf[65536];
	nod_ns until = f->p.now + span;

	do {
		ssize_t n;

		while (f->written < most) {
			size_t len = most - f->written < 20000 ? most - f->written : 20000;

			for (size_t i = 0; i < len; i++)
				buf[i] = pattern(f->written + (uint32_t)i);
			n = nod_send(f->p.host[0], f->fd[0], buf, len, 0);
			if (n <= 0)
				break;
			f->written += (uint32_t)n;
		}
		while ((n = nod_recv(f->p.host[1], f->fd[1], buf, sizeof(buf), 0)) > 0) {
			for (ssize_t i = 0; i < n; i++)
				f->is_garbled |= buf[i] != pattern(f->read + (uint32_t)i);
			f->read += (uint32_t)n;
		}
	} while (f->read < most && pair_step(&f->p, until));
}

/* A program that has something to say now and then, for so many seconds. */
static void flow_talk(struct flow *f, unsigned seconds)
{
	for (unsigned i = 0; i < 5 * seconds; i++) {
		nod_ns from = f->p.now;

		flow_go(f, f->written + 100000, NOD_S / 5);
		if (f->p.now < from + NOD_S / 5)
			pair_run(&f->p, from + NOD_S / 5 - f->p.now);
	}
	flow_go(f, f->written, 10 * NOD_S);
}

static struct nod_tcp_info flow_info(const struct flow *f)
{
	struct nod_tcp_info i = { 0 };

	nod_tcp_info(f->p.host[0], f->fd[0], &i);
	return i;
}

static void test_black_hole(bool is_v6, size_t most, uint32_t first)
{
	struct flow f;
	struct nod_tcp_info i;
	nod_ns from;

	flow_begin(&f, is_v6, most, 0);
	from = f.p.now;
	flow_go(&f, 20000, 60 * NOD_S);
	i = flow_info(&f);
	tap(f.read == 20000 && !f.is_garbled && i.black_holes == 1 && i.mtu_held_to == first,
		"RFC 4821 7.7: of %zu octets at most, after three time-outs: %u", most,
		i.mtu_held_to);
	tap(f.p.now - from < 4 * NOD_S, "in %d ms", (int)((f.p.now - from) / NOD_MS));
	flow_talk(&f, 30);
	i = flow_info(&f);
	tap(f.read == f.written && !f.is_garbled && i.mtu_held_to <= most &&
			i.mtu_held_to + 8 > most,
		"RFC 4821 7.3: then it is searched from below, to %u", i.mtu_held_to);
	tap(i.timeouts == 3 && i.fast_recoveries == 0,
		"RFC 4821 7.6.2: and the probes that are lost are not taken for congestion: "
		"%u time-outs, %u recoveries",
		i.timeouts, i.fast_recoveries);
	tap(f.w.n_large < 40, "and are few: %d", (int)f.w.n_large);
	flow_end(&f);
}

static void test_much_smaller(void)
{
	struct flow f;
	struct nod_tcp_info i;

	flow_begin(&f, false, 600, 0);
	flow_go(&f, 2000000, 120 * NOD_S);
	i = flow_info(&f);
	tap(f.read == 2000000 && i.black_holes == 2 && i.mtu_held_to >= 576 &&
			i.mtu_held_to <= 600,
		"RFC 4821 7.7: again smaller with another time-out: %u", i.mtu_held_to);
	flow_end(&f);
}

static void test_off(void)
{
	struct flow f;

	flow_begin(&f, false, 1200, NOD_MTU_PROBING_OFF);
	flow_go(&f, 20000, 60 * NOD_S);
	tap(f.read == 0 && flow_info(&f).black_holes == 0, "off: it goes on in vain");
	flow_end(&f);
}

/* A wire that was cut for a while looks like a black hole, and is none. */
static void test_cut(void)
{
	struct flow f;
	struct nod_tcp_info i;

	flow_begin(&f, false, 0, 0);
	flow_go(&f, 200000, 60 * NOD_S);
	f.p.to[1].is_cut = true;
	flow_go(&f, 2000000, 4 * NOD_S);
	f.p.to[1].is_cut = false;
	i = flow_info(&f);
	tap(i.black_holes == 2 && i.mtu_held_to == 576, "nothing arrives: smaller, %u times",
		i.black_holes);
	flow_talk(&f, 10);
	i = flow_info(&f);
	tap(f.read == f.written && i.mtu_held_to == 0 && i.snd_mss == 1448,
		"RFC 4821 7.6.1: the first probe is of the size that vanished, and arrives");
	flow_end(&f);
}

static void test_always(void)
{
	struct flow f;
	struct nod_tcp_info i;

	flow_begin(&f, false, 0, NOD_MTU_PROBING_ALWAYS);
	i = flow_info(&f);
	tap(i.mtu_held_to == 1064 && i.snd_mss == 1012,
		"RFC 4821 7.2: always: it begins with 1,024 octets of payload and options");
	flow_go(&f, 200000, 60 * NOD_S);
	i = flow_info(&f);
	tap(f.read == 200000 && i.mtu_held_to == 0 && i.snd_mss == 1448,
		"and goes up to all that the path carries");
	flow_end(&f);
	flow_begin(&f, true, 1400, NOD_MTU_PROBING_ALWAYS);
	flow_talk(&f, 20);
	i = flow_info(&f);
	tap(f.read == f.written && i.black_holes == 0 && i.timeouts == 0 &&
			i.mtu_held_to >= 1393 && i.mtu_held_to <= 1400,
		"or to what it does: %u, without a time-out", i.mtu_held_to);
	flow_end(&f);
}

/* ---- with a peer of which each segment is the test's ---------------------------------- */

#define OPTIONS OPT_MSS OPT_SACK OPT_WS7

/* The stack, which has met a black hole, has sent a probe from @*at on; what it acknowledged. */
static void peer_to_probe(struct peer *p, uint32_t *at)
{
	uint32_t acked;

	peer_begin(p, NULL, OVER_V4);
	peer_opens(p, OPTIONS);
	peer_write(p, 3000, 0);
	peer_ignore(p);
	peer_pass(p, 1900 * NOD_MS);
	peer_ignore(p);
	SAY(p, TCP_ACK, 1, acked = 3001);
	peer_pass(p, 2 * NOD_S);
	peer_ignore(p);
	/* until the congestion window has room for it */
	for (unsigned k = 0; k < 60; k++) {
		peer_write(p, 12000, 0);
		while (peer_next(p)) {
			if (p->got.len > 1024) {
				*at = p->got.seq;
				return;
			}
			acked = p->got.seq + p->got.len;
		}
		peer_pass(p, 5 * NOD_MS);
		SAY(p, TCP_ACK, 1, acked);
	}
	*at = 0;
}

static void test_probe(void)
{
	struct peer p;
	struct nod_tcp_info before, after;
	uint32_t at, last;
	char sack[32];

	peer_to_probe(&p, &at);
	before = peer_info(&p);
	tap(at && p.got.len == 1460 && before.mtu_probe == 1500 && before.mtu_held_to == 1064,
		"RFC 4821 7.1: a probe is octets of the stream in one larger segment");
	last = at + 1460;
	while (peer_next(&p))
		last = p.got.seq + p.got.len;
	tap(last >= at + 1460 + 3 * 1024, "and enough follows to tell whether it is lost: %u",
		last - at - 1460);
	peer_pass(&p, 5 * NOD_MS);
	snprintf(sack, sizeof(sack), "0101050a%08x%08x", p.irs + at + 1460, p.irs + last);
	SAY(&p, TCP_ACK, 1, at, .options = sack);
	peer_pass(&p, 40 * NOD_MS);
	after = peer_info(&p);
	while (peer_next(&p) && p.got.seq != at)
		;
	tap(p.got.seq == at && p.got.len == 1024 && HEARS(&p, TCP_ACK, at + 1024, 1, 436),
		"RFC 4821 7.6.2: lost, its octets go again in smaller ones");
	tap(after.cwnd >= before.cwnd && after.ssthresh == before.ssthresh &&
			after.fast_recoveries == before.fast_recoveries &&
			peer_counted(&p, NOD_EV_TCP_MTU_LOST) == 1,
		"RFC 4821 7.6.2: and the congestion window stays: %u, %u", before.cwnd,
		after.cwnd);
	peer_end(&p);

	peer_to_probe(&p, &at);
	last = at + 1460;
	while (peer_next(&p))
		last = p.got.seq + p.got.len;
	peer_pass(&p, 5 * NOD_MS);
	SAY(&p, TCP_ACK, 1, last);
	after = peer_info(&p);
	tap(after.snd_mss == 1460 && after.mtu_held_to == 0 &&
			peer_counted(&p, NOD_EV_TCP_MTU_FOUND) == 1,
		"RFC 4821 7.6.1: arrived, all segments are as large");
	peer_end(&p);
}

/* What ICMP explains is no black hole. */
static void test_small(void)
{
	struct peer p;

	peer_begin(&p, NULL, OVER_V4);
	peer_opens(&p, OPTIONS);
	peer_write(&p, 800, 0);
	peer_pass(&p, 20 * NOD_S);
	tap(peer_info(&p).black_holes == 0 && peer_info(&p).timeouts > 3,
		"RFC 4821 7.7: small segments that get no answer are no black hole");
	peer_end(&p);
}

int main(void)
{
	test_black_hole(false, 1200, 1064);
	test_black_hole(true, 1300, 1280);
	test_much_smaller();
	test_off();
	test_cut();
	test_always();
	test_probe();
	test_small();
	return tap_done();
}
