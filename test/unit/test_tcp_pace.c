/* SPDX-License-Identifier: ISC */
/* test_tcp_pace.c - when segments leave that are paced */
#include "tcp_peer.h"

#define TICK (65536 + 1) /* ns: of the wheel, by which a timer may be late */

enum { RATE = 1460000 }; /* octets a second: a segment a millisecond */

static int set_rate(struct peer *p, uint64_t rate, socklen_t len)
{
	return nod_setsockopt(p->s.stack, p->fd, SOL_SOCKET, SO_MAX_PACING_RATE, &rate, len);
}

static uint64_t get_rate(const struct peer *p, socklen_t len)
{
	uint64_t rate = 0;

	nod_getsockopt(p->s.stack, p->fd, SOL_SOCKET, SO_MAX_PACING_RATE, &rate, &len);
	return rate;
}

struct seen {
	uint32_t n, octets;
	uint32_t burst; /* octets that left at one time, at the most */
	nod_ns last;
};

/* Segments that leave in this time, acknowledged @rtt later. */
static struct seen watch(struct peer *p, nod_ns span, nod_ns rtt)
{
	struct seen s = { .last = -1 };
	struct {
		nod_ns at;
		uint32_t to;
	} answer[512];
	unsigned first = 0, n = 0;
	uint32_t at_once = 0;

	for (nod_ns until = p->s.now + span; p->s.now < until;) {
		peer_pass(p, NOD_MS / 4);
		while (peer_next(p)) {
			if (!p->got.len)
				continue;
			at_once = p->got.at == s.last ? at_once + p->got.len : p->got.len;
			s.burst = at_once > s.burst ? at_once : s.burst;
			s.last = p->got.at;
			s.n++;
			s.octets += p->got.len;
			answer[n % 512].at = p->got.at + rtt;
			answer[n++ % 512].to = p->got.seq + p->got.len;
		}
		for (; first < n && answer[first % 512].at <= p->s.now; first++)
			SAY(p, TCP_ACK, 1, answer[first % 512].to);
	}
	return s;
}

static void test_times(void)
{
	struct peer p;
	nod_ns from;
	unsigned late = 0, n = 0;

	peer_open(&p, NULL);
	tap(get_rate(&p, 8) == UINT64_MAX && get_rate(&p, 4) == UINT32_MAX &&
			set_rate(&p, RATE, 8) == 0 && get_rate(&p, 8) == RATE &&
			get_rate(&p, 4) == RATE,
		"SO_MAX_PACING_RATE: none at first, then what was set; 4 octets or 8");
	from = p.s.now;
	peer_write(&p, 10 * 1460, 0);
	peer_pass(&p, 20 * NOD_MS);
	/* two leave together; the first of them has a millisecond's credit */
	for (; peer_next(&p); n++) {
		nod_ns due = n < 2 ? from : from + (n / 2 * 2 - 1) * NOD_MS;

		late += p.got.at < due || p.got.at > due + TICK;
	}
	tap(n == 10 && late == 0,
		"ten segments at a millisecond each leave when they are due: %u, %u not", n,
		late);
	SAY(&p, TCP_ACK, 1, 14601);
	peer_pass(&p, 3 * NOD_S);
	from = p.s.now;
	peer_write(&p, 10 * 1460, 0);
	for (n = 0; peer_next(&p);)
		n++;
	tap(n == 2, "after three seconds' rest no more leave at once: %u", n);
	tap(set_rate(&p, UINT64_MAX, 8) == 0 && get_rate(&p, 8) == UINT64_MAX,
		"the rate is taken away");
	for (peer_turn(&p); peer_next(&p);)
		n++;
	tap(n == 10, "and the rest leaves at once: %u", n);
	peer_end(&p);
}

static void test_rate(void)
{
	struct peer p;
	struct seen s;

	peer_open(&p, NULL);
	set_rate(&p, RATE, 8);
	peer_write(&p, 120000, 0);
	s = watch(&p, 60 * NOD_MS, 5 * NOD_MS);
	tap(s.octets >= 60 * 1460 && s.octets <= 63 * 1460 && s.burst <= 2 * 1460,
		"over 60 ms its rate is kept: %u segments, %u octets at once", s.n, s.burst);
	tap(peer_info(&p).pacing_rate == RATE, "and told");
	peer_end(&p);
}

/* conf.tcp_pacing: two windows a round trip in slow start. */
static void test_window(void)
{
	struct peer p;
	struct nod_conf conf = { .tcp_pacing = true };
	nod_ns from;
	unsigned n = 0, late = 0;

	peer_begin(&p, &conf, OVER_V4);
	peer_listen(&p, 4);
	SAY(&p, TCP_SYN, 0, .options = OPT_MSS);
	peer_next(&p);
	peer_pass(&p, 100 * NOD_MS);
	SAY(&p, TCP_ACK, 1, 1);
	peer_accept(&p);
	peer_ignore(&p);
	tap(peer_info(&p).pacing_rate == 2 * 14600 * 10,
		"conf.tcp_pacing: in slow start two windows a round trip: %llu octets a second",
		(unsigned long long)peer_info(&p).pacing_rate);
	from = p.s.now;
	peer_write(&p, 50000, 0);
	peer_pass(&p, 60 * NOD_MS);
	for (; peer_next(&p); n++) { /* 5 ms a segment */
		nod_ns due = n < 2 ? from : from + n / 2 * 10 * NOD_MS - NOD_MS;

		late += p.got.at < due || p.got.at > due + TICK;
	}
	tap(n == 10 && late == 0, "so the window leaves within half of one: %u, %u not in time",
		n, late);
	peer_end(&p);
}

/* What is lost is paced, too; and a probe for the tail is not. */
static void test_repair(void)
{
	struct peer p;
	char sack[32];
	unsigned n = 0;
	nod_ns first = 0, last = 0;

	peer_begin(&p, NULL, OVER_V4);
	peer_opens(&p, OPT_MSS OPT_SACK);
	set_rate(&p, RATE, 8);
	peer_write(&p, 10 * 1460, 0);
	peer_pass(&p, 12 * NOD_MS);
	peer_ignore(&p);
	snprintf(sack, sizeof(sack), "0101050a%08x%08x", p.irs + 1 + 6 * 1460,
		p.irs + 1 + 10 * 1460);
	SAY(&p, TCP_ACK, 1, 1, .options = sack);
	peer_pass(&p, 20 * NOD_MS);
	for (; peer_next(&p); n++) {
		first = first ? first : p.got.at;
		last = p.got.at;
	}
	tap(n >= 3 && last - first >= (n - 3) * NOD_MS,
		"retransmissions are paced: %u in %d us", n, (int)((last - first) / NOD_US));
	peer_end(&p);
}

static void test_default(void)
{
	struct peer p;
	unsigned n = 0;

	peer_open(&p, NULL);
	peer_write(&p, 50000, 0);
	while (peer_next(&p))
		n++;
	tap(n == 10 && peer_info(&p).pacing_rate == 0, "not asked for, nothing is paced: %u", n);
	peer_end(&p);
}

/* What is due holds when the connection has been quiet and others needed its record. */
static void test_given_back(void)
{
	struct peer p;
	struct nod_conf conf = { .tcp_busy = 1 };
	int paced;
	uint16_t port;

	peer_begin(&p, &conf, OVER_V4);
	peer_opens(&p, NULL);
	set_rate(&p, RATE / 100, 8);
	peer_write(&p, 1460, 0);
	peer_must(HEARS(&p, TCP_ACK, 1, 1, 1460), "segment");
	SAY(&p, TCP_ACK, 1, 1461);
	paced = p.fd;
	port = p.port;
	for (int i = 0; i < 3; i++) {
		p.port++;
		peer_opens(&p, NULL);
		nod_close(p.s.stack, p.fd);
		peer_turn(&p);
		SAY(&p, TCP_RST, 1);
		peer_ignore(&p);
	}
	p.fd = paced;
	p.port = port;
	peer_write(&p, 1460, 0);
	tap(peer_is_silent(&p), "what had to wait has to wait though others were served meanwhile");
	tap(peer_count(&p, 200 * NOD_MS) == 1, "and then it leaves");
	peer_end(&p);
}

int main(void)
{
	test_times();
	test_rate();
	test_window();
	test_repair();
	test_default();
	test_given_back();
	return tap_done();
}
