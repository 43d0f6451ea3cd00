/* SPDX-License-Identifier: ISC */
/* test_hostile_tcp_load.c - very many of something, and what can be guessed (H41, H48..H54) */
#include <linux/tcp.h>
#include <time.h>

#include "hostile_tcp.h"

enum { MSS = 1460 };

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint32_t some(uint32_t below)
{
	static uint64_t x = 0x2545f4914f6cdd1d;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (uint32_t)(x >> 32) % below;
}

static struct nod_stack_use use_of(const struct peer *p)
{
	struct nod_stack_use use;

	nod_stack_use(p->s.stack, &use);
	return use;
}

/* ---- SACK ---------------------------------------------------------------------------- */

static void test_sack_cost(void)
{
	struct peer p;
	uint32_t acked = 1, out;
	double from;
	unsigned n = 0;

	peer_begin(&p, NULL, OVER_V4);
	p.window = 60000;
	peer_opens(&p, OPT_MSS OPT_SACK OPT_WS7);
	peer_set(&p, SOL_SOCKET, SO_SNDBUF, 4 << 20);
	while (peer_info(&p).in_flight < 1000 * MSS && n++ < 40) { /* a large window */
		while (peer_write(&p, 1 << 20, 0) > 0)
			;
		while (peer_next(&p))
			acked = p.got.seq + p.got.len;
		if (peer_info(&p).in_flight >= 1000 * MSS)
			break;
		SAY(&p, TCP_ACK, 1, acked);
	}
	out = peer_info(&p).unacked;
	acked = p.got.seq + p.got.len - out;
	from = cpu_seconds();
	for (unsigned k = 0; k < 20000; k++) {
		char text[100], *at = text;

		at += snprintf(at, 20, "01010522");
		for (unsigned b = 0; b < 4; b++) {
			uint32_t left = p.irs + acked + some(out - 3000);

			at += snprintf(at, 20, "%08x%08x", left, left + 1 + some(2900));
		}
		SAY(&p, TCP_ACK, 1, acked, .options = text);
		station_forget(&p.s);
		p.next = 0;
	}
	tap(cpu_seconds() - from < 20,
		"H41: 20,000 ACKs of 4 blocks each over %u segments: %.2f s", out / MSS,
		cpu_seconds() - from);
	tap(use_of(&p).memory_octets < 40 << 20 && still_serves(&p),
		"H41: %zu octets of memory", use_of(&p).memory_octets);
	SAY(&p, TCP_ACK, 1, acked + out);
	peer_end(&p);
}

/* ---- segments out of order ----------------------------------------------------------- */

static void test_smack(void)
{
	struct nod_conf conf = { .seed = { 3 }, .memory_octets = 16 << 20 };
	struct peer p;
	double from = cpu_seconds();
	unsigned most = 0;

	peer_begin(&p, &conf, OVER_V4);
	peer_opens(&p, OPT_MSS OPT_SACK OPT_WS7);
	for (unsigned k = 0; k < 100000; k++) {
		SAY(&p, TCP_ACK, 3 + 2 * some(30000), 1, 1);
		if (peer_info(&p).ahead > most)
			most = peer_info(&p).ahead;
		station_forget(&p.s);
		p.next = 0;
	}
	tap(most <= 1024 && keeps_limits(&p),
		"H54: 100,000 octets out of order: %u wait, %zu octets of memory", most,
		use_of(&p).memory_octets);
	tap(cpu_seconds() - from < 20, "H54: they cost %.2f s", cpu_seconds() - from);
	for (uint32_t seq = 1; seq < 62000; seq += 1000)
		SAY(&p, TCP_ACK, seq, 1, 1000);
	tap(peer_read(&p, 100000) > 60000 && !p.is_garbled,
		"H54: what comes in order is taken, and is what was said");
	tap(still_serves(&p), "H54: and others are served");
	peer_end(&p);
}

/* ---- challenges ---------------------------------------------------------------------- */

static void test_challenges(void)
{
	struct peer p;
	unsigned counts[8], n_different = 0;
	int fd[400];

	peer_begin(&p, NULL, OVER_V4);
	peer_listen(&p, 1000);
	for (unsigned k = 0; k < 400; k++) {
		p.port = (uint16_t)(5000 + k);
		p.fd = -1;
		peer_opens(&p, NULL);
		fd[k] = p.fd;
	}
	for (unsigned second = 0; second < 8; second++) {
		peer_pass(&p, 1100 * NOD_MS);
		peer_ignore(&p);
		counts[second] = 0;
		for (unsigned k = 0; k < 400; k++) {
			p.port = (uint16_t)(5000 + k);
			SAY(&p, TCP_RST, 100); /* only right to within the window */
		}
		while (peer_next(&p))
			counts[second]++;
		for (unsigned before = 0; before < second; before++)
			if (counts[before] != counts[second])
				n_different++;
	}
	tap(counts[0] < 200 && counts[1] < 200,
		"H48: challenges of the whole stack are bounded: %u, %u", counts[0], counts[1]);
	tap(n_different > 14, "H48: and a stranger cannot count on their number: %u %u %u %u",
		counts[4], counts[5], counts[6], counts[7]);
	for (unsigned k = 0; k < 400; k++) {
		p.fd = fd[k];
		p.port = (uint16_t)(5000 + k);
		SAY(&p, TCP_RST, 1);
		nod_close(p.s.stack, p.fd);
	}
	p.fd = -1;
	peer_end(&p);

	peer_open(&p, NULL);
	unsigned n = 0;
	for (unsigned k = 0; k < 1000; k++) {
		SAY(&p, TCP_ACK, 200000, 1);
		SAY(&p, TCP_ACK, 1, 50000);
		while (peer_next(&p))
			n++;
		peer_pass(&p, NOD_MS);
	}
	tap(n >= 1 && n <= 4, "H49: ACKs out of window are answered twice a second at most: %u",
		n);
	tap(still_lives(&p, 1, 1), "H49: and the connection lives");
	peer_end(&p);
}

/* ---- what can be guessed ------------------------------------------------------------- */

enum { DRAWS = 2000, FIVE_SIGMA = 25 };

/* How far a count of fair coins is from half: the square of its deviations. */
static unsigned off(unsigned n)
{
	int d = (int)n - DRAWS / 2;

	return (unsigned)(d * d) / (DRAWS / 4);
}

/* Of differences between one and the next none of the bits leans; the worst, squared. */
static unsigned leaning(const uint32_t *x, unsigned bits)
{
	unsigned worst = 0;

	for (unsigned b = 0; b < bits; b++) {
		unsigned n = 0, same = 0;

		for (unsigned k = 1; k < DRAWS; k++) {
			n += (x[k] - x[k - 1]) >> b & 1;
			same += !((x[k] ^ x[k - 1]) >> b & 1);
		}
		worst = off(n) > worst ? off(n) : worst;
		worst = off(same) > worst ? off(same) : worst;
	}
	return worst;
}

static void test_isn(void)
{
	static uint32_t isn[DRAWS];
	struct peer p;
	uint32_t first = 0;
	bool goes_on = true;

	peer_begin(&p, NULL, OVER_V4);
	peer_listen(&p, 16);
	for (unsigned k = 0; k < DRAWS; k++) {
		p.port = (uint16_t)(3000 + k);
		SAY(&p, TCP_SYN, 0, .options = OPT_MSS);
		peer_next(&p);
		isn[k] = p.irs;
		SAY(&p, TCP_RST, 1);
		peer_ignore(&p);
	}
	tap(leaning(isn, 32) < FIVE_SIGMA,
		"H50: numbers of one connection say nothing of the next's");
	double sum = 0,
	       squares = 0; /* nmap's SP: the deviation of differences, in eighths of bits */
	for (unsigned k = 1; k < DRAWS; k++) {
		double d = (double)(int32_t)(isn[k] - isn[k - 1]);

		sum += d;
		squares += d * d;
	}
	tap(squares / DRAWS - sum / DRAWS * sum / DRAWS > (double)(1ull << 50),
		"H50: nmap's SP is over 200");
	p.port = 3000;
	for (unsigned k = 0; k < 50; k++) {
		SAY(&p, TCP_SYN, 0, .options = OPT_MSS);
		peer_next(&p);
		SAY(&p, TCP_RST, 1);
		peer_ignore(&p);
		goes_on = goes_on && (!k || (int32_t)(p.irs - first) > 0);
		first = p.irs;
		peer_pass(&p, NOD_MS);
	}
	tap(goes_on, "H50: of the same four they go on");
	peer_end(&p);
}

static void test_ports(void)
{
	static uint32_t port[DRAWS];
	static uint8_t seen[65536];
	struct peer p;
	unsigned n_steps = 0, n_low = 0, n_again = 0;

	peer_begin(&p, NULL, OVER_V4);
	for (unsigned k = 0; k < DRAWS; k++) {
		p.fd = -1;
		peer_is_asked(&p);
		port[k] = p.our_port;
		n_low += p.our_port < 1024;
		n_again += seen[p.our_port]++;
		n_steps += k && (port[k] == port[k - 1] + 1 || port[k] + 1 == port[k - 1]);
		nod_close(p.s.stack, p.fd);
		p.fd = -1;
		station_forget(&p.s);
		p.next = 0;
	}
	tap(leaning(port, 12) < FIVE_SIGMA && n_steps < 10 && !n_low,
		"H51: nor do ports: %u steps of one", n_steps);
	tap(n_again < 300, "H51: they are spread over the range: %u twice", n_again);
	peer_end(&p);
}

/* ---- floods -------------------------------------------------------------------------- */

static void test_syn_flood(void)
{
	struct nod_conf conf = { .seed = { 5 }, .memory_octets = 16 << 20 };
	struct peer p, live;
	unsigned n_served = 0;
	uint32_t irs = 0;

	peer_begin(&p, &conf, OVER_V4);
	peer_listen(&p, 64);
	peer_opens(&p, NULL);
	live = p;
	p.fd = -1;
	size_t before = use_of(&p).memory_octets;
	for (unsigned k = 0; k < 100000; k++) {
		p.them = ipa_of_v4(0xc6336400u | (k * 2654435761u >> 24)); /* 198.51.100.x */
		p.port = (uint16_t)(1024 + some(60000));
		p.iss = some(UINT32_MAX);
		PUT(&p, TCP_SYN, 0, .options = OPT_MSS);
		if (k % 100 == 99) {
			peer_turn(&p);
			station_forget(&p.s);
			p.next = 0;
			p.s.now += NOD_MS;
		}
		if (k % 10000 == 9999)
			n_served += still_serves(&p);
	}
	tap(n_served == 10,
		"H52: in a flood of 100,000 SYNs a real client is served: %u of 10 times",
		n_served);
	tap(peer_counted(&p, NOD_EV_TCP_COOKIE_SENT) > 90000 &&
			peer_counted(&p, NOD_EV_TCP_COOKIE_OK) >= 10,
		"H52: by cookies: %u sent", (unsigned)peer_counted(&p, NOD_EV_TCP_COOKIE_SENT));
	tap(use_of(&p).memory_octets < before + (4 << 20), "H52: memory: %zu before, %zu now",
		before, use_of(&p).memory_octets);
	live.s = p.s;
	tap(still_lives(&live, 1, 1), "H52: a connection of before lives");
	p.s = live.s;
	/* cookies that were never made */
	unsigned n_reset = 0;
	p.them = ip("10.0.0.2");
	for (unsigned k = 0; k < 1000; k++) {
		p.port = (uint16_t)(10000 + k);
		p.irs = irs += 0x01234567;
		p.next = p.s.n;
		SAY(&p, TCP_ACK, 1, 1);
		n_reset += peer_next(&p) && p.got.h.flags == TCP_RST;
	}
	tap(n_reset == 1000 && nod_accept(p.s.stack, p.listener, NULL, NULL) == -EAGAIN,
		"H52: cookies that are guessed are reset: %u of 1,000", n_reset);
	peer_pass(&p, 200 * NOD_S);
	tap(still_serves(&p), "H52: and afterwards all is as before");
	p.fd = live.fd;
	peer_end(&p);
}

/* ---- those who do nothing ------------------------------------------------------------ */

static void test_idlers(void)
{
	struct nod_conf conf = { .seed = { 6 }, .tcp_connections = 200 };
	struct peer p;
	unsigned n = 0;

	peer_begin(&p, &conf, OVER_V4);
	peer_listen(&p, 4000);
	for (unsigned k = 0; k < 1000; k++) {
		p.port = (uint16_t)(2000 + k);
		SAY(&p, TCP_SYN, 0, .options = OPT_MSS);
		if (!peer_next(&p))
			continue;
		SAY(&p, TCP_ACK, 1, 1);
		peer_ignore(&p);
	}
	for (int fd; (fd = nod_accept(p.s.stack, p.listener, NULL, NULL)) >= 0; n++)
		nod_close(p.s.stack, fd);
	tap(n == 200, "H53: no more connections than the stack was told: %u", n);
	peer_pass(&p, 1000 * NOD_S); /* nobody answers our FINs */
	peer_ignore(&p);
	tap(still_serves(&p),
		"H53: those whose program has gone are given up, and there is room");
	peer_end(&p);

	/* FIN-WAIT-2 for ever */
	peer_open(&p, NULL);
	peer_close(&p);
	SAY(&p, TCP_ACK, 1, 2);
	peer_pass(&p, 180 * NOD_S);
	peer_ignore(&p);
	SAY(&p, TCP_FIN | TCP_ACK, 1, 2);
	tap(peer_next(&p) && p.got.h.flags & TCP_RST, "H53: FIN-WAIT-2 without a program ends");
	peer_end(&p);

	/* a window that is shut for ever, and the program gone */
	peer_open(&p, NULL);
	peer_write(&p, 5000, 0);
	SAY(&p, TCP_ACK, 1, 2921, .window = ZERO_WINDOW);
	peer_close(&p);
	for (unsigned k = 0; k < 200 && use_of(&p).blocks; k++) {
		peer_pass(&p, 30 * NOD_S);
		peer_ignore(&p);
		SAY(&p, TCP_ACK, 1, 2921, .window = ZERO_WINDOW);
	}
	tap(use_of(&p).blocks == 0,
		"H53: a window shut for ever does not hold what nobody owns");
	tap(still_serves(&p), "H53: and others are served");
	peer_end(&p);

	/* the program may break off */
	peer_open(&p, NULL);
	peer_write(&p, 50000, 0);
	SAY(&p, TCP_ACK, 1, 1, .window = ZERO_WINDOW);
	peer_pass(&p, 10 * NOD_S);
	peer_ignore(&p);
	nod_setsockopt(p.s.stack, p.fd, SOL_SOCKET, SO_LINGER, &(struct linger){ .l_onoff = 1 },
		sizeof(struct linger));
	peer_close(&p);
	tap(peer_next(&p) && p.got.h.flags & TCP_RST && use_of(&p).blocks == 0,
		"H53: the program may break off, and all is given back");
	peer_end(&p);
}

int main(void)
{
	test_sack_cost();
	test_smack();
	test_challenges();
	test_isn();
	test_ports();
	test_syn_flood();
	test_idlers();
	return tap_done();
}
