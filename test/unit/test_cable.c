/* SPDX-License-Identifier: ISC */
/*
 * test_cable.c - the Unix-socket cable: frames whole and in pieces, full sockets, peers that go
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "physical/cable.h"
#include "tap.h"

enum { MEMORY = 16 << 20 };

/* A cable, and the bare socket of its other end. */
struct bench {
	struct pkt_pool *pool;
	struct device *cable;
	int own; /* the cable's socket */
	int peer;
};

static struct bench bench_new(void)
{
	struct bench b = { .pool = pkt_pool_new(MEMORY) };
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd) < 0 ||
		cable_of(fd[0], 0, b.pool, &b.cable) < 0)
		abort();
	b.own = fd[0];
	b.peer = fd[1];
	return b;
}

static void bench_free(struct bench *b, const char *what)
{
	device_close(b->cable);
	if (b->peer >= 0)
		close(b->peer);
	tap(pkt_pool_use(b->pool).pkts == 0 && pkt_pool_use(b->pool).blocks == 0,
		"%s: all packets are back", what);
	pkt_pool_release(b->pool);
}

static void say(const struct bench *b, const void *octets, size_t len)
{
	if (write(b->peer, octets, len) != (ssize_t)len)
		abort();
}

static bool is_readable(const struct device *d)
{
	struct pollfd p = { .fd = device_fd(d), .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

/* A frame of @len octets that all are @mark, with its length before it, at @to.  How long. */
static size_t frame_at(uint8_t *to, uint32_t len, uint8_t mark)
{
	to[0] = (uint8_t)(len >> 24);
	to[1] = (uint8_t)(len >> 16);
	to[2] = (uint8_t)(len >> 8);
	to[3] = (uint8_t)len;
	memset(to + 4, mark, len);
	return 4 + len;
}

static bool is_frame(const struct pkt *p, uint32_t len, uint8_t mark)
{
	bool is_right = p->len == len && p->lin == len && p->l2 == p->data;

	for (uint32_t k = 0; is_right && k < len; k++)
		is_right = p->data[k] == mark;
	return is_right;
}

static struct pkt *new_frame(struct pkt_pool *pool, uint32_t len, uint8_t mark)
{
	struct pkt *p = pkt_new(pool, len);

	memset(pkt_put(p, len), mark, len);
	return p;
}

/* ---- in -------------------------------------------------------------------------------- */

static void test_split_anywhere(void)
{
	struct bench b = bench_new();
	uint8_t stream[3 * 80];
	size_t len = frame_at(stream, 14, 1);
	unsigned wrong = 0;

	len += frame_at(stream + len, 60, 2);
	len += frame_at(stream + len, 15, 3);
	for (size_t cut = 0; cut <= len; cut++) {
		struct pkt *p[8];
		unsigned n;

		if (cut)
			say(&b, stream, cut);
		n = device_recv(b.cable, p, 8, 5);
		if (cut < len)
			say(&b, stream + cut, len - cut);
		n += device_recv(b.cable, p + n, 8 - n, 5);
		wrong += n != 3 || !is_frame(p[0], 14, 1) || !is_frame(p[1], 60, 2) ||
			 !is_frame(p[2], 15, 3) || p[0]->at != 5;
		while (n)
			pkt_free(p[--n]);
	}
	tap(wrong == 0, "three frames arrive whole wherever the stream is cut");

	for (size_t k = 0; k < len; k++) { /* octet by octet */
		struct pkt *p[2];
		unsigned n;

		say(&b, stream + k, 1);
		n = device_recv(b.cable, p, 2, 0);
		wrong += n != (k == 17 || k == 17 + 64 || k == len - 1);
		while (n)
			pkt_free(p[--n]);
	}
	tap(wrong == 0, "and octet by octet, each when its last octet is there");
	bench_free(&b, "cut");
}

static void test_batches(void)
{
	struct bench b = bench_new();
	uint8_t stream[100 * 64], *at = stream;
	struct pkt *p[128];
	unsigned n;
	bool is_right = true;

	for (unsigned k = 0; k < 100; k++)
		at += frame_at(at, 60, (uint8_t)k);
	say(&b, stream, sizeof(stream));
	tap(is_readable(b.cable), "its descriptor tells of what has arrived");
	n = device_recv(b.cable, p, 40, 0);
	tap(n == 40, "no more than was asked for");
	tap(device_deadline(b.cable) == 0,
		"what has been read and was not asked for, its deadline tells of");
	n += device_recv(b.cable, p + n, 128 - n, 0);
	tap(n == 100 && device_deadline(b.cable) == INT64_MAX, "and then the rest, and no more");
	for (unsigned k = 0; k < n; k++) {
		is_right = is_right && is_frame(p[k], 60, (uint8_t)k);
		pkt_free(p[k]);
	}
	tap(is_right, "in order");
	tap(!is_readable(b.cable), "and the descriptor is quiet");
	bench_free(&b, "batches");
}

/* Take what comes until nothing moves; how many frames, all freed. */
static unsigned drain(struct bench *b, uint32_t *longest)
{
	struct pkt *p[16];
	unsigned n, sum = 0;

	while ((n = device_recv(b->cable, p, 16, 0)) > 0) {
		sum += n;
		while (n) {
			if (p[--n]->len > *longest)
				*longest = p[n]->len;
			pkt_free(p[n]);
		}
	}
	return sum;
}

static void test_lengths(void)
{
	static const struct {
		const char *name;
		uint32_t len;
		bool is_dropped, is_hostile;
	} cases[] = {
		{ "no octet", 0, true, false },
		{ "one octet", 1, true, false },
		{ "shorter than a header", 13, true, false },
		{ "a header alone", 14, false, false },
		{ "the longest", CABLE_FRAME_MAX, false, false },
		{ "one too long", CABLE_FRAME_MAX + 1, false, true },
		{ "QEMU's longest", 69632, false, true },
		{ "2 GiB", UINT32_C(0x80000000), false, true },
		{ "all ones", UINT32_MAX, false, true },
	};
	uint8_t *stream = malloc(CABLE_FRAME_MAX + 100);

	for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		struct bench b = bench_new();
		uint32_t len = cases[k].len, longest = 0;
		size_t n;

		n = frame_at(stream, cases[k].is_hostile ? 0 : len, 7);
		n += frame_at(stream + n, 20, 8);
		if (cases[k].is_hostile)
			for (int i = 0; i < 4; i++)
				stream[i] = (uint8_t)(len >> (24 - 8 * i));
		say(&b, stream, n);

		unsigned got = drain(&b, &longest);

		if (cases[k].is_hostile)
			tap(got == 0 && b.cable->is_broken && b.cable->why == -EBADMSG &&
					b.cable->dropped[DEVICE_DROP_HEADER] == 1,
				"%s: refused, and why", cases[k].name);
		else if (cases[k].is_dropped)
			tap(got == 1 && longest == 20 && !b.cable->is_broken &&
					b.cable->dropped[DEVICE_DROP_LENGTH] == 1,
				"%s: dropped, and the next frame arrives", cases[k].name);
		else
			tap(got == 2 && longest == (len > 20 ? len : 20) &&
					!b.cable->is_broken,
				"%s: arrives, and the next", cases[k].name);
		bench_free(&b, cases[k].name);
	}
	free(stream);
}

static void test_no_memory(void)
{
	struct bench b = bench_new();
	struct pkt *held[4096], *p[4];
	uint8_t stream[64];
	unsigned n = 0;

	while (n < 4096 && (held[n] = pkt_new(b.pool, 60000)) != NULL)
		n++;
	while (n < 4096 && (held[n] = pkt_new(b.pool, 60)) != NULL)
		n++;
	say(&b, stream, frame_at(stream, 60, 1));
	tap(device_recv(b.cable, p, 4, 0) == 0 && b.cable->dropped[DEVICE_DROP_MEMORY] == 1,
		"without memory a frame is lost and counted");
	while (n)
		pkt_free(held[--n]);
	say(&b, stream, frame_at(stream, 60, 2));
	tap(device_recv(b.cable, p, 4, 0) == 1 && is_frame(p[0], 60, 2),
		"and the next one arrives when there is some");
	pkt_free(p[0]);
	bench_free(&b, "memory");
}

/* ---- out ------------------------------------------------------------------------------- */

static void test_out(void)
{
	struct bench b = bench_new();
	struct pkt *p[3] = { new_frame(b.pool, 14, 1), new_frame(b.pool, 60, 2),
		new_frame(b.pool, 14, 3) };
	uint8_t want[14 + 4 + 64 + 64 + 100 + 18], got[300];
	struct block *block = block_new(b.pool, 100);
	size_t len;

	memset(block->data, 2, 100);
	pkt_add_slice(p[1], block, 10, 90);
	len = frame_at(want, 14, 1);
	len += frame_at(want + len, 150, 2);
	len += frame_at(want + len, 14, 3);
	tap(device_send(b.cable, p, 3, 0) == 3 && !b.cable->is_full, "three frames are taken");
	tap(read(b.peer, got, sizeof(got)) == (ssize_t)len && memcmp(got, want, len) == 0,
		"and leave with their lengths, slices too");
	tap(device_send(b.cable, NULL, 0, 0) == 0 && !b.cable->is_full, "nothing is left");

	p[0] = pkt_new(b.pool, 14);
	memset(pkt_put(p[0], 14), 9, 14);
	for (unsigned k = 0; k < 2; k++) {
		block = block_new(b.pool, 60000);
		memset(block->data, 9, 60000);
		pkt_add_slice(p[0], block, 0, 40000);
	}
	p[1] = new_frame(b.pool, 14, 4);
	tap(device_send(b.cable, p, 2, 0) == 2 && b.cable->dropped[DEVICE_DROP_LENGTH] == 1,
		"what no cable carries is dropped and counted");
	len = frame_at(want, 14, 4);
	tap(read(b.peer, got, sizeof(got)) == (ssize_t)len && memcmp(got, want, len) == 0,
		"and what comes behind it leaves");
	bench_free(&b, "out");
}

/* Fill the socket, then empty it a little at a time: what arrives is what was sent. */
static void test_full(unsigned frames, size_t step)
{
	enum { BATCH = 20 };
	struct bench b = bench_new();
	struct pkt *p[BATCH];
	uint8_t *all = malloc((size_t)frames * 1504), *want = malloc((size_t)frames * 1504);
	size_t got = 0, len = 0;
	unsigned sent = 0, was_full = 0;
	int little = 8192;

	setsockopt(b.own, SOL_SOCKET, SO_SNDBUF, &little, sizeof(little));
	for (unsigned round = 0; round < 1000000 && (sent < frames || got < len); round++) {
		unsigned n = 0, done;
		ssize_t k;

		for (; n < BATCH && sent + n < frames; n++)
			p[n] = new_frame(b.pool, 60 + (sent + n) % 1400, (uint8_t)(sent + n));
		done = device_send(b.cable, p, n, 0);
		for (unsigned i = 0; i < done; i++, sent++)
			len += frame_at(want + len, 60 + sent % 1400, (uint8_t)sent);
		for (unsigned i = done; i < n; i++)
			pkt_free(p[i]);
		was_full += b.cable->is_full;
		if (!b.cable->is_full && sent < frames)
			continue;
		k = read(b.peer, all + got, step);
		if (k > 0)
			got += (size_t)k;
	}
	tap(was_full > 0, "a socket of which %zu are read at a time is full now and then", step);
	tap(got == len && memcmp(all, want, len) == 0,
		"and everything arrives in order all the same");
	tap(!b.cable->is_full, "and at the end it is not full");
	free(all);
	free(want);
	bench_free(&b, "full");
}

static void test_room_is_told(void)
{
	struct bench b = bench_new();
	uint8_t buf[65536];
	struct pkt *p;
	unsigned n = 0, taken;

	do {
		p = new_frame(b.pool, 1514, (uint8_t)n++);
		taken = device_send(b.cable, &p, 1, 0);
	} while (!b.cable->is_full);
	tap(b.cable->is_full && !is_readable(b.cable), "a full cable's descriptor is quiet");
	for (int k = 0; k < 1000 && read(b.peer, buf, sizeof(buf)) > 0; k++)
		;
	tap(is_readable(b.cable), "and tells when there is room");
	device_send(b.cable, NULL, 0, 0);
	tap(!b.cable->is_full && !is_readable(b.cable), "then what was begun is finished");
	if (!taken)
		pkt_free(p);
	bench_free(&b, "room");
}

/* ---- peers come and go ----------------------------------------------------------------- */

static void test_peer_goes(void)
{
	struct bench b = bench_new();
	uint8_t stream[100];
	struct pkt *p[2];

	say(&b, stream, frame_at(stream, 60, 1) + frame_at(stream + 64, 20, 2) - 3);
	close(b.peer);
	b.peer = -1;
	tap(device_recv(b.cable, p, 2, 0) == 1 && b.cable->is_broken && b.cable->why == -EPIPE,
		"what a peer has sent arrives, then it is gone; half a frame is none");
	pkt_free(p[0]);
	p[0] = new_frame(b.pool, 60, 1);
	tap(device_send(b.cable, p, 1, 0) == 1 && b.cable->dropped[DEVICE_DROP_BROKEN] == 1,
		"what is sent then is lost and counted");
	tap(device_recv(b.cable, p, 2, 0) == 0 && device_deadline(b.cable) == INT64_MAX,
		"and nothing comes");
	bench_free(&b, "gone");

	b = bench_new();
	close(b.peer);
	b.peer = -1;
	p[0] = new_frame(b.pool, 60, 1);
	tap(device_send(b.cable, p, 1, 0) == 1 && b.cable->is_broken && b.cable->why == -EPIPE,
		"who sends first learns it, too, and by no signal");
	bench_free(&b, "gone, sending");
}

/* One frame from @from to @to. */
static bool passes(struct pkt_pool *pool, struct device *from, struct device *to)
{
	struct pkt *p = new_frame(pool, 60, 6), *in[4];
	unsigned n;
	bool is_right;

	device_recv(from, in, 0, 0); /* who listens takes in who waits */
	device_recv(to, in, 0, 0);
	n = device_recv(to, in, 4, 0);
	if (n || device_send(from, &p, 1, 0) != 1)
		return false;
	n = device_recv(to, in, 4, 0);
	is_right = n == 1 && is_frame(in[0], 60, 6);
	while (n)
		pkt_free(in[--n]);
	return is_right;
}

static void test_paths(void)
{
	struct pkt_pool *pool = pkt_pool_new(MEMORY);
	char dir[] = "/tmp/nod-cable-XXXXXX", path[64], longer[200];
	struct cable_conf conf = { .path = path };
	struct device *a, *b, *c;
	struct pkt *p[4];
	struct stat st;
	int fd;

	if (!mkdtemp(dir))
		abort();
	snprintf(path, sizeof(path), "%s/wire", dir);

	conf.side = CABLE_CONNECT;
	tap(cable_open(&conf, pool, &a) == -ENOENT, "connect: nobody is there");
	conf.side = CABLE_EITHER;
	tap(cable_open(&conf, pool, &a) == 0 && cable_is_listening(a), "either: the first listens");
	p[0] = new_frame(pool, 60, 1);
	tap(device_send(a, p, 1, 0) == 1 && a->dropped[DEVICE_DROP_BROKEN] == 1 && !a->is_broken,
		"what it sends into the empty is lost; it is not broken");
	tap(cable_open(&conf, pool, &b) == 0 && !cable_is_listening(b), "the second connects");
	tap(is_readable(a), "who listens is told");
	tap(passes(pool, b, a) && passes(pool, a, b), "and frames pass both ways");

	tap(cable_open(&conf, pool, &c) == 0, "a third one connects");
	device_recv(a, p, 4, 0);
	tap(device_recv(c, p, 4, 0) == 0 && c->is_broken && c->why == -EPIPE,
		"and is hung up on");
	tap(passes(pool, b, a), "which the two do not notice");
	device_close(c);

	conf.side = CABLE_LISTEN;
	tap(cable_open(&conf, pool, &c) == -EADDRINUSE, "listen: somebody does already");
	device_close(b);
	tap(device_recv(a, p, 4, 0) == 0 && !a->is_broken && a->why == -EPIPE,
		"the other end goes: who listens waits for the next");
	conf.side = CABLE_CONNECT;
	tap(cable_open(&conf, pool, &b) == 0 && passes(pool, b, a), "which comes");
	device_close(a);
	tap(device_recv(b, p, 4, 0) == 0 && b->is_broken, "who listens goes: the other is told");
	tap(lstat(path, &st) < 0 && errno == ENOENT, "and the path is clean");
	device_close(b);

	conf.side = CABLE_LISTEN;
	if (cable_open(&conf, pool, &a) < 0)
		abort();
	snprintf(longer, sizeof(longer), "%s2", path);
	tap(rename(path, longer) == 0, "a listener's socket");
	device_close(a);
	rename(longer, path);
	conf.side = CABLE_EITHER;
	tap(cable_open(&conf, pool, &a) == 0 && cable_is_listening(a),
		"that nobody listens at any more is replaced");
	device_close(a);

	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	close(fd);
	tap(cable_open(&conf, pool, &a) == -EPERM && lstat(path, &st) == 0,
		"a file that is there stays, and is no cable");
	unlink(path);
	memset(longer, 'x', sizeof(longer));
	longer[108] = '\0';
	conf.path = longer;
	tap(cable_open(&conf, pool, &a) == -ENAMETOOLONG, "a path that is too long");
	conf.path = "/nowhere/at/all";
	tap(cable_open(&conf, pool, &a) == -ENOENT, "a directory that is not there");
	rmdir(dir);
	tap(pkt_pool_use(pool).pkts == 0, "paths: all packets are back");
	pkt_pool_release(pool);
}

int main(void)
{
	test_split_anywhere();
	test_batches();
	test_lengths();
	test_no_memory();
	test_out();
	test_full(500, 7);
	test_full(3000, 700);
	test_full(3000, 1 << 20);
	test_room_is_told();
	test_peer_goes();
	test_paths();
	return tap_done();
}
