/* SPDX-License-Identifier: ISC */
/*
 * load_chat.c - one speaker, many listeners: what does a delivery cost, and who waits?
 *
 *	load_chat --port P [--session SID] [--listeners N] [--window LINES] [--size OCTETS]
 *		[--ms N] [--hello TEXT] [--speaker-hello TEXT] [--before TEXT] [--after TEXT]
 *		[--pace-us N]
 *
 * The speaker sends --window lines in one write, waits until every listener has had every
 * one of them, and sends the next: with 1, one line at a time; with 64, sixty-four in flight.
 * Every listener checks that each line comes exactly once and in order.
 *
 * Other protocols than bare lines: --hello is sent by each client on arrival ("%d" becomes
 * its number, "\r\n" may be written so), --before and --after stand around each line.
 *
 * --pace-us waits so long after each client's arrival: a server with a short queue for new
 * connections drops what does not fit, and TCP tries again only a second later.
 *
 * A line is a mark, a number and filler, --size octets without its end.  What a server puts
 * before it (a name, a time) and other lines (who came, who left) do not disturb.
 *
 * Neighbours: bench.h; bench/run, which starts the servers.
 */
#include "bench.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS	     256
#define LINE_MAX_    4096 /* of what a listener receives */
#define SAMPLES	     1000000
#define MARK	     "~#"
#define NUMBER_LEN   8
#define CONNECT_MS   10000
#define ARRIVE_MS    60000 /* all must have heard the speaker by then */
#define DELIVER_MS   20000 /* a round that takes longer has lost something */
#define DRAIN_EVERY  16

struct listener {
	int fd;
	uint32_t next;	/* the number that must come next */
	uint32_t held;	/* octets of a line cut in two */
	char part[LINE_MAX_];
};

static struct {
	uint16_t port;
	pid_t session;
	long listeners, window, size, ms, pace_us;
	const char *hello, *speaker_hello, *before, *after;
} opt = { .listeners = 1000, .window = 1, .size = 64, .ms = 2000, .before = "", .after = "\n" };

static struct listener *listeners;
static int speaker = -1, loop;
static uint32_t round_end;   /* first number not sent yet */
static long waiting;	     /* listeners that have not had all of the round */
static bool counting;	     /* the speaker was heard by all: from here each line counts */
static uint64_t other_lines; /* notices and the like */

/* "\n", "\r" and "%d" in a text given as an option. */
static size_t expand(char *out, size_t cap, const char *in, long number)
{
	size_t n = 0;

	for (; *in && n + 24 < cap; in++) {
		if (in[0] == '\\' && (in[1] == 'n' || in[1] == 'r'))
			out[n++] = *++in == 'n' ? '\n' : '\r';
		else if (in[0] == '%' && in[1] == 'd' && ++in)
			n += (size_t)snprintf(out + n, 24, "%ld", number);
		else
			out[n++] = *in;
	}
	return n;
}

static void send_all(int fd, const char *buf, size_t len)
{
	while (len) {
		ssize_t n = send(fd, buf, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN && bench_wait(fd, 4 /* POLLOUT */, DELIVER_MS))
			continue;
		if (n < 0)
			bench_die(errno, "load_chat: cannot send");
		buf += n;
		len -= (size_t)n;
	}
}

/* ---- listening ------------------------------------------------------------------------- */

/* One line that a listener received, without its end. */
static void take_line(struct listener *l, const char *line, size_t len)
{
	const size_t size = (size_t)opt.size;
	uint32_t number = 0;

	if (len && line[len - 1] == '\r')
		len--;
	const char *p = line + (len - size); /* only looked at when it is long enough */
	if (len < size || memcmp(p, MARK, sizeof(MARK) - 1) != 0) {
		other_lines++;
		return;
	}
	for (int i = 0; i < NUMBER_LEN; i++)
		number = number * 10 + (uint32_t)(p[sizeof(MARK) - 1 + (size_t)i] - '0');
	if (number == 0) { /* "is everybody there?", asked until everybody is */
		if (!counting && l->next == 0) {
			l->next = 1;
			waiting--;
		}
		return;
	}
	if (number != l->next)
		bench_die(0, "load_chat: listener %ld got line %u, not line %u",
			(long)(l - listeners), number, l->next);
	if (++l->next == round_end)
		waiting--;
}

static void take(struct listener *l, char *buf, size_t len)
{
	char *at = buf, *end = buf + len;

	for (char *nl; (nl = memchr(at, '\n', (size_t)(end - at))) != NULL; at = nl + 1) {
		size_t n = (size_t)(nl - at);

		if (!l->held) {
			take_line(l, at, n);
			continue;
		}
		if (l->held + n > LINE_MAX_)
			bench_die(0, "load_chat: a line of more than %d octets", LINE_MAX_);
		memcpy(l->part + l->held, at, n);
		take_line(l, l->part, l->held + n);
		l->held = 0;
	}
	if (l->held + (size_t)(end - at) > LINE_MAX_)
		bench_die(0, "load_chat: a line of more than %d octets", LINE_MAX_);
	memcpy(l->part + l->held, at, (size_t)(end - at));
	l->held += (uint32_t)(end - at);
}

static void hear(struct listener *l)
{
	static char buf[65536];

	if (!l) { /* the speaker: a server may speak to it too */
		if (recv(speaker, buf, sizeof(buf), 0) == 0)
			bench_die(0, "load_chat: the speaker was closed");
		return;
	}
	ssize_t n = recv(l->fd, buf, sizeof(buf), 0);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		bench_die(n < 0 ? errno : 0, "load_chat: listener %ld was closed, at line %u",
			(long)(l - listeners), l->next);
	take(l, buf, (size_t)n);
}

/* Hear what there is, until nobody is waited for or @end comes. */
static void hear_all(int64_t end)
{
	struct epoll_event ev[EVENTS];

	do {
		int64_t left = end - bench_now();
		int n = epoll_wait(loop, ev, EVENTS, left > 0 ? (int)(left / NS_PER_MS) + 1 : 0);

		for (int i = 0; i < n; i++)
			hear(ev[i].data.ptr);
		if (n == 0 && left <= 0)
			return;
	} while (waiting > 0);
}

/* ---- speaking -------------------------------------------------------------------------- */

/* Send the lines [@from, @to) in one write. */
static void speak(uint32_t from, uint32_t to)
{
	static char buf[262144];
	size_t n = 0;

	for (uint32_t i = from; i < to; i++) {
		n += expand(buf + n, sizeof(buf) - n, opt.before, 0);
		if (n + (size_t)opt.size + 64 > sizeof(buf))
			bench_die(0, "load_chat: --window times --size is too much");
		int head = snprintf(buf + n, 32, MARK "%0*u ", NUMBER_LEN, i);
		memset(buf + n + head, 'x', (size_t)(opt.size - head));
		n += (size_t)opt.size;
		n += expand(buf + n, sizeof(buf) - n, opt.after, 0);
	}
	send_all(speaker, buf, n);
}

static int enter(long number, const char *hello, void *tag)
{
	char text[1024];
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = tag };
	int fd = bench_connect(opt.port, (unsigned)number, CONNECT_MS);

	if (fd < 0)
		bench_die(fd, "load_chat: client %ld cannot connect", number);
	if (hello)
		send_all(fd, text, expand(text, sizeof(text), hello, number));
	epoll_ctl(loop, EPOLL_CTL_ADD, fd, &e);
	return fd;
}

static void enter_all(void)
{
	for (long i = 0; i < opt.listeners; i++) {
		listeners[i].fd = enter(i, opt.hello, &listeners[i]);
		for (int64_t end = bench_now() + opt.pace_us * 1000; bench_now() < end;)
			hear_all(end);
		if (i % DRAIN_EVERY == 0)
			hear_all(0);
	}
	speaker = enter(opt.listeners, opt.speaker_hello ? opt.speaker_hello : opt.hello, NULL);

	waiting = opt.listeners;
	for (int64_t start = bench_now(); waiting > 0;) {
		if (bench_now() - start > ARRIVE_MS * NS_PER_MS)
			bench_die(0, "load_chat: %ld of %ld listeners do not hear the speaker",
				waiting, opt.listeners);
		speak(0, 1);
		hear_all(bench_now() + 500 * NS_PER_MS);
	}
	hear_all(bench_now() + 100 * NS_PER_MS); /* what is still on the way */
	counting = true;
}

/* One round: returns how long the slowest listener waited, in nanoseconds. */
static int64_t talk_once(void)
{
	uint32_t from = round_end;

	round_end += (uint32_t)opt.window;
	waiting = opt.listeners;
	int64_t start = bench_now();
	speak(from, round_end);
	hear_all(start + DELIVER_MS * NS_PER_MS);
	if (waiting > 0)
		bench_die(0, "load_chat: %ld listeners did not get the lines before %u in %d s",
			waiting, round_end, DELIVER_MS / 1000);
	return bench_now() - start;
}

/* ---- the whole ------------------------------------------------------------------------- */

static void read_options(int argc, char **argv)
{
	static const struct option table[] = { { "port", 1, 0, 'p' }, { "session", 1, 0, 's' },
		{ "listeners", 1, 0, 'l' }, { "window", 1, 0, 'w' }, { "size", 1, 0, 'z' },
		{ "ms", 1, 0, 'm' }, { "hello", 1, 0, 'h' }, { "speaker-hello", 1, 0, 'H' },
		{ "before", 1, 0, 'b' }, { "after", 1, 0, 'a' },
		{ "pace-us", 1, 0, 'P' }, { 0 } };

	for (int o; (o = getopt_long(argc, argv, "", table, NULL)) != -1;) {
		switch (o) {
		case 'p':
			opt.port = (uint16_t)bench_number("--port", optarg, 65535);
			break;
		case 's':
			opt.session = (pid_t)bench_number("--session", optarg, 4194304);
			break;
		case 'l':
			opt.listeners = bench_number("--listeners", optarg, 65000);
			break;
		case 'w':
			opt.window = bench_number("--window", optarg, 1024);
			break;
		case 'z':
			opt.size = bench_number("--size", optarg, LINE_MAX_ / 2);
			break;
		case 'm':
			opt.ms = bench_number("--ms", optarg, 600000);
			break;
		case 'h':
			opt.hello = optarg;
			break;
		case 'H':
			opt.speaker_hello = optarg;
			break;
		case 'b':
			opt.before = optarg;
			break;
		case 'a':
			opt.after = optarg;
			break;
		case 'P':
			opt.pace_us = bench_number("--pace-us", optarg, 1000000);
			break;
		default:
			exit(2);
		}
	}
	if (!opt.port || opt.size < 16)
		bench_die(0, "load_chat: --port is needed, and a --size of 16 or more");
}

int main(int argc, char **argv)
{
	static int64_t lag[SAMPLES];
	size_t rounds = 0;

	read_options(argc, argv);
	bench_raise_descriptors();
	loop = epoll_create1(EPOLL_CLOEXEC);
	listeners = calloc((size_t)opt.listeners, sizeof(*listeners));
	if (!listeners)
		bench_die(ENOMEM, "load_chat");
	enter_all();
	round_end = 1;
	for (int i = 0; i < 3; i++)
		talk_once(); /* warm */

	int64_t cpu = opt.session ? bench_cpu_ns(opt.session) : 0;
	int64_t start = bench_now(), now = start;
	while (now - start < opt.ms * NS_PER_MS && rounds < SAMPLES) {
		lag[rounds++] = talk_once();
		now = bench_now();
	}
	cpu = opt.session ? bench_cpu_ns(opt.session) - cpu : 0;
	waiting = 0;
	hear_all(bench_now() + 50 * NS_PER_MS); /* a line too many would be told here */

	double deliveries = (double)rounds * (double)opt.window * (double)opt.listeners;
	int64_t spent = now - start;
	printf("{\"listeners\":%ld,\"window\":%ld,\"lines\":%zu,\"deliveries\":%.0f,"
	       "\"us_wall\":%.4f,\"us_cpu\":%.4f,\"server_cpu\":%.3f,"
	       "\"lag_ms\":%.2f,\"lag_p99_ms\":%.2f,\"lag_max_ms\":%.2f,\"other_lines\":%llu}\n",
		opt.listeners, opt.window, rounds * (size_t)opt.window, deliveries,
		(double)spent / deliveries / 1000, (double)cpu / deliveries / 1000,
		(double)cpu / (double)spent,
		(double)bench_quantile(lag, rounds, 500) / NS_PER_MS,
		(double)bench_quantile(lag, rounds, 990) / NS_PER_MS,
		(double)bench_quantile(lag, rounds, 1000) / NS_PER_MS,
		(unsigned long long)other_lines);
	return 0;
}
