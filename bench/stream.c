/* SPDX-License-Identifier: ISC */
/*
 * stream.c - the jobs of stream.h, the same for every stack
 *
 *	stream_STACK --what bulk|chat|connect|hold [--wire short|long|whole] [--write N]
 *		[--window N] [--at-once] [--size N] [--batch N] [--n N] [--ms N]
 *
 * What is sent is a pattern whose period is no power of two, so that no octet can stand in for
 * one that a buffer, a segment or a window lies away.
 */
#include "stream.h"

#include <errno.h>

#include "stack.h"

enum {
	PERIOD = 65521,
	SLICE = 256 << 10, /* octets of a slice of bulk */
	READ = 64 << 10,
	CHATS = 64,	   /* questions of a slice */
	CONNECTS = 32,	   /* connections of a slice, at least */
	BATCH_MOST = 256,
	SIZE_MOST = 1024,
	FEW = 100,	   /* connections with which many are compared */
	PATIENCE_S = 10,
	RATES = 1 << 16,
};

static uint8_t pattern[PERIOD + READ];

static void make_pattern(void)
{
	uint64_t x = 88172645463325252u; /* xorshift64 */

	for (unsigned i = 0; i < PERIOD; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		pattern[i] = (uint8_t)(x >> 32);
	}
	for (unsigned i = PERIOD; i < sizeof(pattern); i++)
		pattern[i] = pattern[i - PERIOD];
}

static const uint8_t *pattern_at(uint64_t at)
{
	return pattern + at % PERIOD;
}

/* @got must be what is sent from @at on. */
static void check(const uint8_t *got, size_t len, uint64_t at)
{
	while (len) {
		size_t n = len < PERIOD ? len : PERIOD;

		if (memcmp(got, pattern_at(at), n) != 0)
			bench_die(0, "octet %llu or one of the next %zu is not what was sent",
				(unsigned long long)at, n);
		got += n;
		at += n;
		len -= n;
	}
}

/* ---- waiting: a bound for what has to come at once, or nearly ------------------------------- */

struct patience {
	unsigned tries;
	int64_t until;
};

/* Called each time that nothing came. */
static void again(struct patience *p, const char *what)
{
	if (++p->tries % 1024)
		return;
	if (!p->until)
		p->until = bench_now() + PATIENCE_S * NS_PER_S;
	if (bench_now() > p->until)
		bench_die(0, "%s: nothing came for %d s", what, PATIENCE_S);
}

static void send_all(enum stream_side side, int c, const uint8_t *octets, size_t len)
{
	struct patience p = { 0 };

	while (len) {
		ssize_t n = ends_send(side, c, octets, len);

		if (n == -EAGAIN) {
			ends_turn(side);
			ends_turn(!side);
			again(&p, "send");
			continue;
		}
		octets += n;
		len -= (size_t)n;
	}
	ends_turn(side);
}

/* Exactly @len octets, which must be @want; @want NULL: any. */
static void receive_all(
	enum stream_side side, int c, uint8_t *buf, size_t len, const uint8_t *want)
{
	struct patience p = { 0 };

	for (size_t got = 0; got < len;) {
		ssize_t n = ends_recv(side, c, buf + got, len - got);

		if (n == -EAGAIN) {
			ends_turn(!side);
			ends_turn(side);
			again(&p, "receive");
			continue;
		}
		if (n == 0)
			bench_die(0, "the stream ended after %zu octets of %zu", got, len);
		got += (size_t)n;
	}
	if (want && memcmp(buf, want, len) != 0)
		bench_die(0, "%zu octets that nobody sent", len);
}

static void receive_end(enum stream_side side, int c)
{
	struct patience p = { 0 };
	uint8_t octet;
	ssize_t n;

	while ((n = ends_recv(side, c, &octet, 1)) == -EAGAIN) {
		ends_turn(!side);
		ends_turn(side);
		again(&p, "the end");
	}
	if (n > 0)
		bench_die(0, "more came than was sent");
}

static int accept_one(void)
{
	struct patience p = { 0 };
	int server;

	while ((server = ends_accept()) == -EAGAIN) {
		ends_turn(CLIENT);
		ends_turn(SERVER);
		again(&p, "accept");
	}
	return server;
}

/* ---- slices --------------------------------------------------------------------------------- */

struct rates {
	double all[RATES]; /* things a second of CPU time, by slice */
	size_t n;
	int64_t clock_ns; /* what looking at the clock costs a slice */
};

static struct rates rates;

static void measure_clock(void)
{
	rates.clock_ns = INT64_MAX;
	for (int i = 0; i < 1000; i++) {
		int64_t from = stack_cpu(), ns = stack_cpu() - from;

		if (ns < rates.clock_ns)
			rates.clock_ns = ns;
	}
}

static void add_slice(double things, int64_t ns)
{
	ns -= rates.clock_ns;
	rates.all[rates.n++ % RATES] = things * 1e9 / (double)(ns > 1 ? ns : 1);
}

static void print_rates(void)
{
	size_t n = rates.n < RATES ? rates.n : RATES;

	qsort(rates.all, n, sizeof(rates.all[0]), stack_by_rate);
	printf("{\"per_cpu_s\": %.0f, \"quiet_cpu_s\": %.0f, \"slices\": %zu", rates.all[n / 2],
		rates.all[n - 1 - n / 10], rates.n);
}

/* ---- bulk ----------------------------------------------------------------------------------- */

struct bulk {
	const struct stream_job *j;
	int client, server;
	uint64_t sent, received, writes;
	uint8_t in[SLICE];
};

static void write_some(struct bulk *b)
{
	const struct stream_job *j = b->j;

	while (b->sent - b->received < j->window) {
		ssize_t n = ends_send(CLIENT, b->client, pattern_at(b->sent), j->write);

		if (n == -EAGAIN)
			break;
		b->sent += (uint64_t)n;
		b->writes++;
		if (j->at_once)
			ends_turn(CLIENT);
	}
	ends_turn(CLIENT);
}

/* What has come into b->in, from @got on; how much there is then. */
static size_t read_some(struct bulk *b, size_t got)
{
	while (got < SLICE) {
		size_t room = SLICE - got < READ ? SLICE - got : READ;
		ssize_t n = ends_recv(SERVER, b->server, b->in + got, room);

		if (n == -EAGAIN)
			break;
		if (n == 0)
			bench_die(0, "the stream ended by itself");
		got += (size_t)n;
		b->received += (uint64_t)n;
	}
	ends_turn(SERVER);
	return got;
}

static void bulk_slice(struct bulk *b)
{
	struct patience p = { 0 };

	for (size_t got = 0, before; got < SLICE;) {
		before = got;
		write_some(b);
		got = read_some(b, got);
		if (got == before)
			again(&p, "bulk");
		else
			p = (struct patience){ 0 };
	}
}

/* What is still on its way comes, and then the end, and nothing else. */
static void bulk_end(struct bulk *b)
{
	while (b->received < b->sent) {
		uint64_t at = b->received, left = b->sent - at;
		size_t n = left < SLICE ? (size_t)left : SLICE;

		receive_all(SERVER, b->server, b->in, n, NULL);
		check(b->in, n, at);
		b->received += n;
	}
	ends_close(CLIENT, b->client);
	ends_turn(CLIENT);
	receive_end(SERVER, b->server);
	ends_close(SERVER, b->server);
	ends_turn(SERVER);
}

static void bulk(const struct stream_job *j)
{
	static struct bulk b;
	uint64_t segments, writes;
	int64_t began, cpu;

	b.j = j;
	b.client = ends_connect(0);
	b.server = accept_one();
	for (began = bench_now(); bench_now() - began < j->ns / 4;) {
		bulk_slice(&b);
		check(b.in, SLICE, b.received - SLICE);
	}
	segments = ends_segments(b.client);
	writes = b.writes;
	for (began = bench_now(); bench_now() - began < j->ns;) {
		cpu = stack_cpu();
		bulk_slice(&b);
		add_slice(SLICE, stack_cpu() - cpu);
		check(b.in, SLICE, b.received - SLICE);
	}
	segments = ends_segments(b.client) - segments;
	writes = b.writes - writes;
	bulk_end(&b);
	print_rates();
	printf(", \"octets\": %llu, \"writes\": %llu, \"segments\": %llu",
		(unsigned long long)b.received, (unsigned long long)writes,
		(unsigned long long)segments);
}

/* ---- question and answer -------------------------------------------------------------------- */

/* Number @i goes to the server and comes back. */
static void ask(const struct stream_job *j, int client, int server, uint64_t i)
{
	uint8_t buf[SIZE_MOST];
	const uint8_t *want = pattern_at(i * 31);

	send_all(CLIENT, client, want, j->size);
	receive_all(SERVER, server, buf, j->size, want);
	send_all(SERVER, server, buf, j->size);
	receive_all(CLIENT, client, buf, j->size, want);
}

static void chat(const struct stream_job *j)
{
	int client = ends_connect(0), server = accept_one();
	uint64_t i = 0;

	for (int64_t began = bench_now(); bench_now() - began < j->ns / 4;)
		for (unsigned k = 0; k < CHATS; k++)
			ask(j, client, server, i++);
	for (int64_t began = bench_now(); bench_now() - began < j->ns;) {
		int64_t cpu = stack_cpu();

		for (unsigned k = 0; k < CHATS; k++)
			ask(j, client, server, i++);
		add_slice(CHATS, stack_cpu() - cpu);
	}
	ends_close(CLIENT, client);
	ends_turn(CLIENT);
	receive_end(SERVER, server);
	ends_close(SERVER, server);
	print_rates();
}

/* ---- connections ---------------------------------------------------------------------------- */

/*
 * A batch: all connect, ask, are answered by a server that then closes, see the end, close.  As
 * with a server that speaks first of the end, TIME-WAIT is the server's.
 */
static void connect_batch(const struct stream_job *j, unsigned first)
{
	int client[BATCH_MOST];
	uint8_t buf[SIZE_MOST];

	for (unsigned k = 0; k < j->batch; k++)
		client[k] = ends_connect(first + k);
	ends_turn(CLIENT);
	ends_turn(SERVER);
	ends_turn(CLIENT);
	for (unsigned k = 0; k < j->batch; k++) {
		struct patience p = { 0 };

		/* the connection may not be made yet; whole at once, since it is the first */
		while (ends_send(CLIENT, client[k], pattern_at(first + k), j->size) == -EAGAIN) {
			ends_turn(SERVER);
			ends_turn(CLIENT);
			again(&p, "connect");
		}
	}
	ends_turn(CLIENT);
	for (unsigned k = 0; k < j->batch; k++) {
		int server = accept_one();

		receive_all(SERVER, server, buf, j->size, NULL);
		if (ends_send(SERVER, server, buf, j->size) != (ssize_t)j->size)
			bench_die(0, "an answer was not taken whole");
		ends_close(SERVER, server);
	}
	ends_turn(SERVER);
	for (unsigned k = 0; k < j->batch; k++) {
		receive_all(CLIENT, client[k], buf, j->size, pattern_at(first + k));
		receive_end(CLIENT, client[k]);
		ends_close(CLIENT, client[k]);
	}
	ends_turn(CLIENT);
	ends_turn(SERVER);
}

static void connects(const struct stream_job *j)
{
	unsigned batches = (CONNECTS + j->batch - 1) / j->batch, i = 0;
	unsigned most = ends_most(), each = batches * j->batch;

	for (unsigned k = 0; k < 4 * batches; k++, i += j->batch)
		connect_batch(j, i);
	for (int64_t began = bench_now();
		bench_now() - began < j->ns && (!most || i + each <= most);) {
		int64_t cpu = stack_cpu();

		for (unsigned k = 0; k < batches; k++, i += j->batch)
			connect_batch(j, i);
		add_slice(each, stack_cpu() - cpu);
	}
	print_rates();
	printf(", \"connections\": %u", i);
}

/* ---- many ----------------------------------------------------------------------------------- */

struct held {
	int *client, *server;
	unsigned n;
};

/* Up to @n connections.  Each says its number, by which the two ends find one another. */
static void hold_more(struct held *h, unsigned n)
{
	enum { AT_A_TIME = 32 };

	while (h->n < n) {
		unsigned first = h->n, last = n - first < AT_A_TIME ? n : first + AT_A_TIME;

		for (unsigned i = first; i < last; i++)
			h->client[i] = ends_connect(i);
		ends_turn(CLIENT);
		ends_turn(SERVER);
		for (unsigned i = first; i < last; i++)
			send_all(CLIENT, h->client[i], (const uint8_t *)&i, sizeof(i));
		for (; h->n < last; h->n++) {
			unsigned i;
			int server = accept_one();

			receive_all(SERVER, server, (uint8_t *)&i, sizeof(i), NULL);
			if (i < first || i >= last)
				bench_die(0, "connection %u says that it is %u", h->n, i);
			h->server[i] = server;
		}
	}
}

/* The CPU time of a question and its answer, nanoseconds, on a random @of of them. */
static double cost_of_asking(const struct stream_job *j, const struct held *h, unsigned of)
{
	uint64_t x = 88172645463325252u, i = 0;
	unsigned *who = calloc(of, sizeof(*who));

	if (!who)
		bench_die(ENOMEM, "%u numbers", of);
	for (unsigned k = 0; k < of; k++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		who[k] = (unsigned)(x % h->n);
	}
	rates.n = 0;
	for (int64_t began = bench_now(); bench_now() - began < j->ns || i < of;) {
		int64_t cpu = stack_cpu();

		for (unsigned k = 0; k < CHATS; k++, i++)
			ask(j, h->client[who[i % of]], h->server[who[i % of]], i);
		add_slice(CHATS, stack_cpu() - cpu);
	}
	free(who);

	size_t n = rates.n < RATES ? rates.n : RATES;

	qsort(rates.all, n, sizeof(rates.all[0]), stack_by_rate);
	return 1e9 / rates.all[n - 1 - n / 10];
}

static void hold(const struct stream_job *j)
{
	struct held h = { calloc(j->n, sizeof(int)), calloc(j->n, sizeof(int)), 0 };
	uint64_t before, after;
	double few, many;

	if (!h.client || !h.server || j->n < 2 * FEW)
		bench_die(0, "--n: at least %d connections, and memory for them", 2 * FEW);
	hold_more(&h, FEW);
	few = cost_of_asking(j, &h, FEW);
	ends_settle();
	before = ends_memory();
	hold_more(&h, j->n);
	ends_settle();
	after = ends_memory();
	many = cost_of_asking(j, &h, j->n / 100 > FEW ? j->n / 100 : FEW);
	printf("{\"held\": %u, \"octets_an_end\": %.0f, \"few_ns\": %.0f, \"many_ns\": %.0f", j->n,
		((double)after - (double)before) / 2 / (j->n - FEW), few, many);
	free(h.client);
	free(h.server);
}

/* ---- the whole ------------------------------------------------------------------------------ */

static int choose(const char *option, const char *value, const char *const *names, int n)
{
	for (int k = 0; k < n; k++)
		if (strcmp(value, names[k]) == 0)
			return k;
	bench_die(0, "%s: no \"%s\"", option, value);
}

static struct stream_job job_of(int argc, char **argv)
{
	static const char *const whats[STREAM_WHATS] = { "bulk", "chat", "connect", "hold" };
	static const char *const wires[STREAM_WIRES] = { "short", "long", "whole" };
	struct stream_job j = { .write = READ, .window = 256 << 10, .size = 64, .batch = 1,
		.n = 1000, .ns = 500 * NS_PER_MS };

	for (int i = 1; i < argc; i++) {
		const char *name = argv[i], *value = argv[i + 1];

		if (strcmp(name, "--at-once") == 0) {
			j.at_once = true;
			continue;
		}
		if (++i == argc)
			bench_die(0, "%s: a value is missing", name);
		if (strcmp(name, "--what") == 0)
			j.what = (enum stream_what)choose(name, value, whats, STREAM_WHATS);
		else if (strcmp(name, "--wire") == 0)
			j.wire = (enum stream_wire)choose(name, value, wires, STREAM_WIRES);
		else if (strcmp(name, "--write") == 0)
			j.write = (size_t)bench_number(name, value, READ);
		else if (strcmp(name, "--window") == 0)
			j.window = (size_t)bench_number(name, value, 64 << 20);
		else if (strcmp(name, "--size") == 0)
			j.size = (size_t)bench_number(name, value, SIZE_MOST);
		else if (strcmp(name, "--batch") == 0)
			j.batch = (unsigned)bench_number(name, value, BATCH_MOST);
		else if (strcmp(name, "--n") == 0)
			j.n = (unsigned)bench_number(name, value, 2000000);
		else if (strcmp(name, "--ms") == 0)
			j.ns = bench_number(name, value, 1000000) * NS_PER_MS;
		else
			bench_die(0, "no option \"%s\"", name);
	}
	return j;
}

int main(int argc, char **argv)
{
	static void (*const jobs[STREAM_WHATS])(const struct stream_job *j) = { bulk, chat,
		connects, hold };
	struct stream_job j = job_of(argc, argv);

	make_pattern();
	measure_clock();
	ends_open(&j);
	jobs[j.what](&j);
	printf(", \"version\": \"%s\"}\n", ends_version());
	return 0;
}
