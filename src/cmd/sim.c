/* SPDX-License-Identifier: ISC */
/*
 * sim.c - `nod sim`: a net of nod's own hosts on simulated time, with any fault switched on
 *
 * One seed is shown in full; of many only what fails is, and the sum.  A seed that fails is run
 * once more with a capture: the same seed gives the same frames.
 *
 * Neighbours: sim.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "../presentation/json.h"
#include "../presentation/units.h"
#include "show_event.h"
#include "sim.h"

enum {
	O_SEED,
	O_HOSTS,
	O_IMPAIR,
	O_TIME,
	O_CAPTURE,
	O_SEEDS,
	O_RUNS,
	O_TWICE,
	O_QUIET,
	O_EVENTS,
	O_ALL
};

enum { HOSTS_MOST = 4000 };

#define TCP_SCENARIO(NAME, DOES, ...) \
	{ .name = NAME, .what = __VA_ARGS__, .does = DOES, .lans_least = 1, .lans_most = 3 }

const struct scenario scenarios[] = {
	{ .name = NULL,
		.what = TX(
			"a bit of everything, as the seed has it", "由种子决定，什么都有一点"),
		.does = DO_PING | DO_UDP | DO_BROADCAST | DO_MULTICAST | DO_DHCP | DO_SLAAC |
			DO_NAMES | DO_HOPS | DO_CHURN,
		.lans_least = 1,
		.lans_most = 4,
		.is_any = true },
	{ .name = "ping",
		.what = TX("hosts ping each other", "主机互相 ping"),
		.does = DO_PING,
		.lans_least = 1,
		.lans_most = 3 },
	{ .name = "udp",
		.what = TX("requests and answers, ports where nobody is, fragments",
			"请求与应答、无人的端口、分片"),
		.does = DO_UDP,
		.lans_least = 1,
		.lans_most = 3 },
	{ .name = "broadcast",
		.what = TX("datagrams for everybody on a LAN", "发给局域网内所有主机的数据报"),
		.does = DO_BROADCAST,
		.lans_least = 1,
		.lans_most = 2 },
	{ .name = "multicast",
		.what = TX("hosts join and leave groups while others talk to them",
			"主机加入和离开组，同时有人向组发送"),
		.does = DO_MULTICAST,
		.lans_least = 1,
		.lans_most = 2 },
	{ .name = "dhcp",
		.what = TX(
			"a server and clients that come and go, and one who usurps addresses",
			"服务器与来来去去的客户端，还有冒用地址者"),
		.does = DO_DHCP | DO_UDP,
		.lans_least = 1,
		.lans_most = 2 },
	{ .name = "slaac",
		.what = TX(
			"routers advertise prefixes and change them", "路由器通告并更换前缀"),
		.does = DO_SLAAC | DO_UDP,
		.lans_least = 1,
		.lans_most = 2 },
	{ .name = "names",
		.what = TX("a name server, and hosts that ask it", "域名服务器和查询它的主机"),
		.does = DO_NAMES,
		.lans_least = 1,
		.lans_most = 2 },
	{ .name = "router",
		.what = TX("chains of routers, short lives, paths with small MTUs",
			"路由器链、短的生存时间、MTU 较小的路径"),
		.does = DO_HOPS | DO_PING,
		.lans_least = 3,
		.lans_most = LANS_MOST },
	{ .name = "churn",
		.what = TX("interfaces, addresses, MTUs, neighbours, routes come and go",
			"接口、地址、MTU、邻居、路由不断变化"),
		.does = DO_CHURN | DO_UDP | DO_PING,
		.lans_least = 1,
		.lans_most = 3 },
	{ .name = "tcp",
		.what = TX("TCP in all of the ways below", "下列各种方式的 TCP"),
		.does = DO_CALLS,
		.lans_least = 1,
		.lans_most = 3 },
	TCP_SCENARIO("bulk", DO_BULK,
		TX("as much as goes, both ways", "双向尽量多地传送")),
	TCP_SCENARIO("ask", DO_ASK, TX("questions and answers", "提问与回答")),
	TCP_SCENARIO("short", DO_SHORT, TX("many short connections", "大量短连接")),
	TCP_SCENARIO("half", DO_HALF,
		TX("one side closes and goes on listening", "一方先关闭发送，继续接收")),
	TCP_SCENARIO("reset", DO_RESET,
		TX("connections broken off at any moment", "随时中断的连接")),
	TCP_SCENARIO("slow", DO_SLOW,
		TX("slow readers, small buffers, windows that are shut",
			"慢速读者、小缓冲区、关闭的窗口")),
	TCP_SCENARIO("mtu", DO_MTU | DO_BULK, TX("MTUs change meanwhile", "传送中 MTU 变化")),
	{ .name = "flood",
		.what = TX("pairs of hosts send as fast as they can", "成对的主机全速发送"),
		.does = DO_FLOOD,
		.lans_least = 1,
		.lans_most = 1 },
};
const unsigned n_scenarios = sizeof(scenarios) / sizeof(scenarios[0]);

struct sim {
	struct invocation *in;
	struct world_conf conf;
	uint64_t first, runs; /* seeds */
	bool is_many, is_twice, is_quiet, tells_events;
	struct show_event how;
	const char *capture;
	/* of all seeds */
	uint64_t n_failed, frames, delivered, first_failed;
	nod_ns began;
};

static nod_ns clock_now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * NOD_S + t.tv_nsec;
}

static void tell_event(void *self, const char *host, const struct nod_event *e)
{
	const struct sim *s = self;

	show_event(&s->how, host, e);
}

static const char *scenario_at(unsigned i)
{
	return i + 1 < n_scenarios ? scenarios[i + 1].name : NULL;
}

/* ---- captures that are compared -------------------------------------------------------- */

/* What a capture comes to, in place of the file: FNV-1a by words, and its length. */
struct print {
	uint64_t hash, octets;
};

static int add_to_print(void *self, const void *octets, size_t len)
{
	struct print *p = self;
	const uint8_t *o = octets;

	for (size_t k = 0; k < len; k++)
		p->hash = (p->hash ^ o[k]) * UINT64_C(0x100000001b3);
	p->octets += len;
	return 0;
}

/* ---- one seed --------------------------------------------------------------------------- */

static int no_memory(const struct sim *s)
{
	return failed(s->in, T("out of memory", "内存不足"));
}

/* How to see it again. */
static void print_again(const struct sim *s, uint64_t seed, FILE *to)
{
	const struct world_conf *c = &s->conf;
	const char *name = c->scenario->name;

	fprintf(to, "nod sim --seed %ju --time %.9gs", /* untranslated: a command */
		seed, (double)c->time / (double)NOD_S);
	if (c->hosts)
		fprintf(to, " --hosts %u", c->hosts); /* untranslated: an option */
	if (c->impair)
		fprintf(to, " --impair '%s'", c->impair); /* untranslated: an option */
	fprintf(to, "%s%s\n", name ? " " : "", name ? name : "");
}

/* Run @seed with what it captures going to @c (or nowhere).  NULL: no memory. */
static struct world *run_seed(const struct sim *s, uint64_t seed, struct capture *c)
{
	struct world_conf conf = s->conf;
	struct world *w;

	conf.seed = seed;
	conf.capture = c;
	w = world_new(&conf);
	if (w) {
		world_run(w);
		w->conf.event = NULL; /* what ends with it is no news */
	}
	return w;
}

/* Leave a capture of a seed that has failed in the current directory. */
static void leave_capture(const struct sim *s, uint64_t seed)
{
	char name[48];
	struct capture *c;
	int err;

	snprintf(name, sizeof(name), "nod-sim-%ju.pcapng", seed);
	err = capture_open(name, NULL, &c);
	if (err == 0) {
		world_free(run_seed(s, seed, c));
		err = capture_close(c);
	}
	if (err < 0)
		failed(s->in, "%s: %s", name, strerror(-err));
	else
		fprintf(stderr, T("its frames: %s\n", "它的帧：%s\n"), name);
}

static void tell_failure(const struct sim *s, uint64_t seed, const char *why)
{
	fprintf(stderr, T("nod sim: seed %ju: %s\nagain: ", "nod sim：种子 %ju：%s\n重现："),
		seed, why);
	print_again(s, seed, stderr);
}

static int run_one(struct sim *s)
{
	struct capture *c = NULL;
	struct world_sum sum;
	struct world *w;
	bool has_failed;
	int err = s->capture ? capture_open(s->capture, NULL, &c) : 0;

	if (err < 0)
		return failed(s->in, "%s: %s", s->capture, strerror(-err));
	if (s->tells_events) {
		s->how.is_json = s->in->json;
		s->conf.event = tell_event;
		s->conf.self = s;
	}
	w = run_seed(s, s->first, c);
	s->conf.event = NULL;
	err = capture_close(c);
	if (!w)
		return no_memory(s);
	world_sum(w, &sum);
	if (s->in->json)
		show_world_json(w, &sum, clock_now(CLOCK_MONOTONIC) - s->began,
			clock_now(CLOCK_PROCESS_CPUTIME_ID));
	else if (!s->is_quiet)
		show_world(w, &sum, clock_now(CLOCK_MONOTONIC) - s->began);
	has_failed = w->has_failed;
	if (has_failed)
		tell_failure(s, s->first, w->failure);
	world_free(w);
	if (err < 0)
		return failed(s->in, "%s: %s", s->capture, strerror(-err));
	if (has_failed && !s->capture)
		leave_capture(s, s->first);
	return has_failed ? EXIT_FAILED : EXIT_DONE;
}

/* ---- many seeds --------------------------------------------------------------------------- */

/* Run @seed; its frames' print is left in *@p when they are to be compared. */
static int run_printed(struct sim *s, uint64_t seed, struct print *p, struct world **out)
{
	struct capture *c = NULL;

	*p = (struct print){ .hash = UINT64_C(0xcbf29ce484222325) };
	if (s->is_twice && capture_to(add_to_print, p, NULL, &c) < 0)
		return no_memory(s);
	*out = run_seed(s, seed, c);
	capture_close(c);
	return *out ? EXIT_DONE : no_memory(s);
}

static int run_next(struct sim *s, uint64_t seed)
{
	struct world *w, *again;
	struct print p, other;
	struct world_sum sum;
	const char *why = NULL;

	if (run_printed(s, seed, &p, &w) != EXIT_DONE)
		return EXIT_FAILED;
	world_sum(w, &sum);
	s->frames += sum.frames;
	s->delivered += sum.ledger.verdict[SIM_GOOD];
	if (w->has_failed)
		why = w->failure;
	if (!why && s->is_twice) {
		if (run_printed(s, seed, &other, &again) != EXIT_DONE) {
			world_free(w);
			return EXIT_FAILED;
		}
		world_free(again);
		if (p.hash != other.hash || p.octets != other.octets)
			why = T("run twice it does not give the same frames",
				"运行两次得到的帧不同");
	}
	if (why) {
		if (!s->n_failed++)
			s->first_failed = seed;
		tell_failure(s, seed, why);
	}
	world_free(w);
	if (why && s->n_failed == 1)
		leave_capture(s, seed);
	return EXIT_DONE;
}

static void show_many_json(const struct sim *s, uint64_t done, double wall)
{
	struct json j;

	json_open(&j);
	json_uint(&j, "first", s->first);
	json_uint(&j, "seeds", done);
	json_uint(&j, "failed", s->n_failed);
	if (s->n_failed)
		json_uint(&j, "first_failed", s->first_failed);
	json_bool(&j, "twice", s->is_twice);
	json_uint(&j, "packets", s->frames);
	json_uint(&j, "received", s->delivered);
	json_real(&j, "wall_s", wall, 3);
	json_print(&j, stdout);
}

static int run_many(struct sim *s)
{
	bool shows_progress = isatty(STDERR_FILENO) && !s->is_quiet && !s->in->json;
	uint64_t done = 0;
	double wall;

	while (done < s->runs) {
		if (run_next(s, s->first + done) != EXIT_DONE)
			return EXIT_FAILED;
		done++;
		if (shows_progress && (done % 16 == 0 || done == s->runs))
			fprintf(stderr,
				T("\r%ju of %ju seeds, %ju failed ",
					"\r%ju / %ju 个种子，失败 %ju "),
				done, s->runs, s->n_failed);
	}
	if (shows_progress)
		fputc('\n', stderr);
	wall = (double)(clock_now(CLOCK_MONOTONIC) - s->began) / (double)NOD_S;
	if (s->in->json)
		show_many_json(s, done, wall);
	else if (!s->is_quiet || s->n_failed)
		printf(T("%ju seeds, %ju failed; %ju packets, %ju "
			 "datagrams received; %.1f s\n",
			       "%ju 个种子，失败 %ju；%ju 个包，收到 %ju "
			       "个数据报；%.1f 秒\n"),
			done, s->n_failed, s->frames, s->delivered, wall);
	return s->n_failed ? EXIT_FAILED : EXIT_DONE;
}

/* ---- options -------------------------------------------------------------------------------- */

static bool set_scenario(struct sim *s)
{
	for (unsigned k = 1; k < n_scenarios; k++) {
		if (strcmp(s->in->value, scenarios[k].name) != 0)
			continue;
		if (s->conf.scenario->name) {
			bad_use(s->in, T("one scenario at a time", "一次只能选一个场景"));
			return false;
		}
		s->conf.scenario = &scenarios[k];
		return true;
	}
	bad_use(s->in, T("there is no scenario \"%s\"", "没有场景 \"%s\""), s->in->value);
	return false;
}

/* "17..116" */
static bool set_seeds(struct sim *s)
{
	const char *text = s->in->value;
	char *end;
	uint64_t last;

	errno = 0;
	s->first = strtoull(text, &end, 0);
	if (end != text && end[0] == '.' && end[1] == '.' && text[0] >= '0' && text[0] <= '9' &&
		end[2] >= '0' && end[2] <= '9') {
		last = strtoull(end + 2, &end, 0);
		if (!*end && !errno && last >= s->first && last - s->first < UINT64_MAX) {
			s->runs = last - s->first + 1;
			s->is_many = true;
			return true;
		}
	}
	bad_use(s->in,
		T("\"%s\": which seeds?  like 1..1000", "\"%s\"：哪些种子？例如 1..1000"),
		text);
	return false;
}

static bool take_option(struct sim *s, int o)
{
	uint64_t n;

	switch (o) {
	case O_SEED:
		return option_uint(s->in, 0, UINT64_MAX, &s->first);
	case O_HOSTS:
		if (!option_uint(s->in, 2, HOSTS_MOST, &n))
			return false;
		s->conf.hosts = (unsigned)n;
		return true;
	case O_IMPAIR:
		s->conf.impair = s->in->value;
		return true;
	case O_TIME:
		if (!option_span(s->in, &s->conf.time))
			return false;
		if (s->conf.time >= NOD_MS && s->conf.time <= 10 * 365 * 86400 * NOD_S)
			return true;
		bad_use(s->in, T("from 1 ms to ten years", "从 1 毫秒到十年"));
		return false;
	case O_CAPTURE:
		s->capture = s->in->value;
		return true;
	case O_SEEDS:
		return set_seeds(s);
	case O_RUNS:
		s->is_many = true;
		return option_uint(s->in, 1, UINT32_MAX, &s->runs);
	case O_TWICE:
		s->is_twice = true;
		return true;
	case O_QUIET:
		s->is_quiet = true;
		return true;
	case O_EVENTS:
		s->tells_events = true;
		return true;
	case O_ALL:
		s->how.wants_all = true;
		return true;
	case OPTIONS_WORD:
		return set_scenario(s);
	default:
		return true;
	}
}

static int run(struct invocation *in)
{
	struct sim s = {
		.in = in,
		.conf = { .time = 60 * NOD_S, .scenario = &scenarios[0] },
		.how.start = NOD_S,
		.first = 1,
		.runs = 1,
		.began = clock_now(CLOCK_MONOTONIC),
	};

	for (int o; (o = next_option(in)) != OPTIONS_END;) {
		if (o == OPTIONS_STOP)
			return in->status;
		if (!take_option(&s, o))
			return EXIT_BAD_USE;
	}
	if (s.is_twice)
		s.is_many = true;
	if (s.is_many && s.tells_events)
		return bad_use(in, T("events are of one seed", "一次只能显示一个种子的事件"));
	if (s.how.wants_all && !s.tells_events)
		return bad_use(in, T("--all is for --events", "--all 只与 --events 一起用"));
	if (s.is_many && s.capture)
		return bad_use(in, T("a capture is of one seed", "一次捕获只针对一个种子"));
	if (s.conf.impair) {
		char why[256];

		if (!wire_spec_ok(s.conf.impair, why, sizeof(why)))
			return bad_use(in, "--impair: %s", why); /* untranslated: why is */
	}
	return s.is_many ? run_many(&s) : run_one(&s);
}

static const struct option_spec options[] = {
	[O_SEED] = { "seed", 's', "N",
		TX("where all chance comes from; 1", "一切随机的来源；默认 1"), OPTION_PLAIN },
	[O_HOSTS] = { "hosts", 'n', "N",
		TX("how many hosts, beside routers; else as the seed has it",
			"路由器之外的主机数；不给则由种子决定"),
		OPTION_PLAIN },
	[O_IMPAIR] = { "impair", 0, "SPEC",
		TX("faults of every cable, like loss=2%,delay=40ms~5ms; none for sound ones; else "
		   "as the seed has it",
			"每条线路的故障，例如 loss=2%,delay=40ms~5ms；none 表示无故障；不给则由种子决定"),
		OPTION_PLAIN },
	[O_TIME] = { "time", 't', "SPAN",
		TX("how long it lives, in its own time; 60s", "模拟的时长；默认 60s"),
		OPTION_PLAIN },
	[O_CAPTURE] = { "capture", 'w', "FILE",
		TX("write every frame to FILE, for Wireshark",
			"把所有帧写入 FILE，供 Wireshark 读取"),
		OPTION_PLAIN },
	[O_SEEDS] = { "seeds", 0, "A..B",
		TX("run all these seeds and tell which fail", "运行这些种子，报告哪些失败"),
		OPTION_PLAIN },
	[O_RUNS] = { "runs", 0, "N",
		TX("run so many seeds, from --seed on", "从 --seed 起运行这么多个种子"),
		OPTION_PLAIN },
	[O_TWICE] = { "twice", 0, NULL,
		TX("run each seed twice and compare the frames",
			"每个种子运行两次并比较所有帧"),
		OPTION_PLAIN },
	[O_EVENTS] = { "events", 0, NULL,
		TX("tell what happens to every host", "显示每台主机上发生的事"), OPTION_PLAIN },
	[O_ALL] = { "all", 'a', NULL,
		TX("with --events: tell of every packet", "与 --events 一起：显示每个包"),
		OPTION_PLAIN },
	[O_QUIET] = { "quiet", 'q', NULL, TX("say only what fails", "只报告失败"),
		OPTION_PLAIN },
};

const struct command cmd_sim = {
	.name = "sim",
	.usage = "[OPTIONS] [SCENARIO]",
	.summary =
		TX("let a net of nod's own hosts live in simulated time, and find what fails",
			"在模拟时间中运行一个由 nod 主机组成的网络，找出错误"),
	.details = TX(
		"Scenarios: ping udp broadcast multicast dhcp slaac names router churn flood; by TCP\n"
		"tcp (all of) bulk ask short half reset slow mtu; without one, a bit of everything.\n"
		"The same seed gives the same frames.  What must not be (a datagram that nobody\n"
		"sent, an octet altered, a packet kept for ever, a table beyond its limit) is told\n"
		"with its seed, and exit status 1.\n"
		"\n"
		"  nod sim --seed 7 --time 1h                one world, an hour of it\n"
		"  nod sim --impair loss=5%,dup=1% udp       every cable loses and doubles\n"
		"  nod sim --seeds 1..10000 --twice          ten thousand worlds\n",
		"场景：ping udp broadcast multicast dhcp slaac names router churn flood；TCP 方面有\n"
		"tcp（以下全部）bulk ask short half reset slow mtu；\n"
		"不给场景则什么都有一点。同一种子得到同样的帧。不该发生的事（没人发过的数据报、\n"
		"被改动的字节、永不归还的包、超限的表）连同种子一起报告，退出状态为 1。\n"
		"\n"
		"  nod sim --seed 7 --time 1h                一个世界，一小时\n"
		"  nod sim --impair loss=5%,dup=1% udp       每条线路都丢包和重复\n"
		"  nod sim --seeds 1..10000 --twice          一万个世界\n"),
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.word_at = scenario_at,
	.run = run,
};
