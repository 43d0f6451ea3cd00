/* SPDX-License-Identifier: ISC */
/*
 * bench.c - nod bench serve: the ways one server serves many clients, measured side by side
 *
 * The notes ask how one server serves many clients; `nod serve --how` has five answers.
 * Each is started in turn as a server of its own, and the same crowd does the same to each:
 *
 *	talk	some clients talk, nobody else is there: messages a second, CPU a message
 *	grow	more and more come, until one is not served or there are as many as asked for
 *	talk	the same clients talk again, now amid the others, who are silent
 *
 * Neighbours: bench_server.c, bench_crowd.c, bench_limits.c; man/nod-bench.1.  Measurements
 * against other programs are not made here: bench/run in the source tree.
 */
#include "command.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../presentation/json.h"
#include "../presentation/utf8.h"
#include "bench.h"

#define SPARE_DESCRIPTORS 64	     /* of this process, beside its clients */
#define GROW_TIME	  (5 * NOD_S)
#define SIZE_MIN	  24	     /* two numbers and a newline */
#define SIZE_MOST	  4096	     /* nod serve takes no longer message */

enum { OPT_CLIENTS, OPT_TIME, OPT_SIZE, OPT_MODE, OPT_HOW, OPT_MOST, N_OPTIONS };

static const struct option_spec options[N_OPTIONS] = {
	[OPT_CLIENTS] = { "clients", 'c', "N", TX("clients that talk (default 100)",
		"同时说话的客户端数（默认 100）"), 0 },
	[OPT_TIME] = { "time", 't', "SPAN", TX("length of each measurement (default 1s)",
		"每次测量的时长（默认 1s）"), 0 },
	[OPT_SIZE] = { "size", 's', "OCTETS", TX("length of a message (default 64)",
		"一条消息的长度（默认 64 字节）"), 0 },
	[OPT_MODE] = { "mode", 'm', "echo|reply", TX("what the server does (default echo)",
		"服务器的工作方式（默认 echo）"), 0 },
	[OPT_HOW] = { "how", 0, "WAY,...", TX("only these ways (default: all five)",
		"只测这些方式（默认五种全测）"), 0 },
	[OPT_MOST] = { "most", 0, "N", TX("clients to grow to (default 2000; 0: do not grow)",
		"增加到多少客户端（默认 2000；0 表示不增加）"), 0 },
};

struct plan {
	unsigned clients, most; /* @most is never less than @clients */
	nod_ns time;
	size_t size;
	enum bench_mode mode;
	bool ways[N_WAYS];
};

struct talk {
	double per_s;  /* messages */
	double cpu_us; /* of the server, a message */
};

struct result {
	bool started, is_cost_known;
	struct talk alone, amid; /* without and with the silent ones */
	unsigned talked;	 /* clients that took part in .alone */
	unsigned held;
	uint64_t memory; /* octets of the server's a client */
	unsigned processes, threads;
	struct bench_break broke;
	char said[200]; /* the server's last words on standard error */
	struct bench_limit limit;
};

/* ---- measuring ----------------------------------------------------------------------- */

static void measure_talk(const struct plan *p, const struct bench_server *server,
	struct bench_crowd *crowd, struct talk *out, struct bench_break *broke)
{
	struct bench_cost before, after;
	nod_ns took;

	bool known = bench_server_cost(server, &before);
	uint64_t n = bench_crowd_talk(crowd, p->clients, p->time, &took, broke);
	known = bench_server_cost(server, &after) && known;
	if (n == 0 || took <= 0)
		return;
	out->per_s = (double)n * (double)NOD_S / (double)took;
	if (known)
		out->cpu_us = (double)(after.cpu - before.cpu) / (double)n / (double)NOD_US;
}

static void measure_crowd(const struct plan *p, const struct bench_server *server,
	struct bench_crowd *crowd, struct result *r)
{
	struct bench_cost empty, full;

	r->is_cost_known = bench_server_cost(server, &empty);
	bench_crowd_grow(crowd, p->clients, GROW_TIME, &r->broke);
	r->talked = bench_crowd_held(crowd);
	if (r->broke.stop == STOP_NOT)
		measure_talk(p, server, crowd, &r->alone, &r->broke);
	if (r->broke.stop == STOP_NOT && p->most > p->clients) {
		struct bench_break later;

		bench_crowd_grow(crowd, p->most, GROW_TIME, &r->broke);
		measure_talk(p, server, crowd, &r->amid, &later);
		if (r->broke.stop == STOP_NOT)
			r->broke = later;
	}
	r->held = bench_crowd_held(crowd);
	if (!bench_server_cost(server, &full) || !r->is_cost_known || !r->held)
		return;
	r->processes = full.processes;
	r->threads = full.threads;
	r->memory = full.memory > empty.memory ? (full.memory - empty.memory) / r->held : 0;
}

/* One way, from its server's start to its end.  0 or a negative errno: no server. */
static int measure(const struct plan *p, enum bench_way way, struct result *r)
{
	struct bench_server server;
	struct bench_crowd *crowd = NULL;

	*r = (struct result){ 0 };
	int err = bench_server_start(&server, way, p->mode);
	if (err == 0)
		err = bench_crowd_new(&server.at, p->mode, p->size, p->most, &crowd);
	if (err == 0) {
		r->started = true;
		measure_crowd(p, &server, crowd, r);
		bench_first_limit(way, r->memory, &r->limit);
	}
	if (server.said_fd >= 0)
		bench_server_said(&server, r->said, sizeof(r->said));
	bench_crowd_free(crowd);
	bench_server_stop(&server);
	return err;
}

/* ---- telling ------------------------------------------------------------------------- */

/* @text in @width columns, right-aligned: Chinese characters are two columns wide. */
static void cell(const char *text, unsigned width)
{
	size_t columns = utf8_columns(text, strlen(text));

	printf("%*s%s", columns < width ? (int)(width - columns) : 1, "", text);
}

__attribute__((format(printf, 2, 3))) static void cellf(unsigned width, const char *format, ...)
{
	char text[64];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	cell(text, width);
}

static const struct {
	struct text first, second; /* the heading's two lines */
	unsigned width;
} columns[] = {
	{ TX("clients", "保持的"), TX("held", "客户端"), 9 },
	{ TX("messages", "每秒"), TX("a second", "消息数"), 11 },
	{ TX("CPU us", "每条消息"), TX("a message", "CPU 微秒"), 11 },
	{ TX("... amid", "静默者在场"), TX("silent ones", "时的微秒"), 13 },
	{ TX("KiB", "每客户端"), TX("a client", "内存 KiB"), 10 },
	{ TX("server's", "服务器"), TX("processes", "进程数"), 11 },
	{ TX("server's", "服务器"), TX("threads", "线程数"), 10 },
};

static void print_heading(const struct plan *p)
{
	const char *mode = p->mode == BENCH_ECHO ? "--echo" : "--reply";

	printf(T("%s, messages of %zu octets; clients that talk: %u; then clients up to: %u\n\n",
		"%s，消息 %zu 字节；说话的客户端：%u 个；随后客户端增加到：%u 个\n\n"), mode,
		p->size, p->clients, p->most);
	for (int line = 0; line < 2; line++) {
		printf("%s%-8s", colour(stdout, COLOUR_BOLD), "");
		for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
			cell(text_of(line ? columns[i].second : columns[i].first),
				columns[i].width);
		printf("%s\n", colour(stdout, COLOUR_OFF));
	}
}

/* A number that was measured, or a dash. */
static void number(unsigned width, double value, int decimals)
{
	if (value > 0)
		cellf(width, "%.*f", decimals, value);
	else
		cell("-", width);
}

static void print_row(enum bench_way way, const struct result *r)
{
	printf("%-8s", bench_way_names[way]);
	cellf(columns[0].width, "%u", r->held);
	number(columns[1].width, r->alone.per_s, 0);
	number(columns[2].width, r->alone.cpu_us, 1);
	number(columns[3].width, r->amid.cpu_us, 1);
	if (r->is_cost_known && r->held)
		cellf(columns[4].width, "%.2f", (double)r->memory / 1024);
	else
		cell("-", columns[4].width);
	number(columns[5].width, r->processes, 0);
	number(columns[6].width, r->threads, 0);
	putchar('\n');
	fflush(stdout);
}

/* Why a crowd could not grow, in words. */
static void describe(const struct bench_break *b, char *buf, size_t cap)
{
	const char *error = b->error ? strerror(-b->error) : T("in order", "正常关闭");

	switch (b->stop) {
	case STOP_NOT:
		snprintf(buf, cap, "%s", T("nothing", "没有"));
		break;
	case STOP_OWN:
		snprintf(buf, cap, T("this side cannot open more: %s", "本端无法再打开连接：%s"),
			error);
		break;
	case STOP_NO_CONNECTION:
		snprintf(buf, cap, T("not connected: %s", "连接不上：%s"), error);
		break;
	case STOP_NO_ANSWER:
		snprintf(buf, cap, "%s", T("connected, but not answered in 2 s",
			"连接上了，但 2 秒内没有应答"));
		break;
	case STOP_CLOSED:
		snprintf(buf, cap, T("closed without an answer: %s", "未应答就被关闭：%s"), error);
		break;
	case STOP_OTHER_ANSWER:
		snprintf(buf, cap, T("turned away: \"%s\"", "被谢绝：“%s”"), b->words);
		break;
	case STOP_SLOW:
		snprintf(buf, cap, T("no more came in within %d s", "%d 秒内没有更多客户端进来"),
			(int)(GROW_TIME / NOD_S));
		break;
	case STOP_LOST:
		snprintf(buf, cap, T("clients were lost while they talked: %s",
			"说话时有客户端断开：%s"), error);
		break;
	}
}

static void print_break(const struct plan *p, enum bench_way way, const struct result *r)
{
	char why[512];

	printf("  %-8s", bench_way_names[way]);
	if (!r->started) {
		printf(T("the server did not start: %s\n", "服务器没有启动：%s\n"), r->said);
		return;
	}
	if (r->broke.stop != STOP_NOT) {
		describe(&r->broke, why, sizeof(why));
		printf(T("client %u: %s\n", "第 %u 个客户端：%s\n"), r->held + 1, why);
		if (r->said[0])
			printf(T("          the server said: %s\n", "          服务器说：%s\n"),
				r->said);
	} else {
		printf(T("nothing, with %u clients\n", "%u 个客户端时一切正常\n"), p->most);
	}
	if (r->limit.what.en)
		printf(T("          must end here at about %llu clients: %s\n",
			"          在本机的尽头约为 %llu 个客户端：%s\n"),
			(unsigned long long)r->limit.clients, text_of(r->limit.what));
}

static void print_lesson(void)
{
	fputs(T("\n"
		"The memory is the server's own, without what the kernel keeps for each client.\n"
		"A process or a thread a client is the simplest to write, and each client pays with\n"
		"a stack, and each message with a switch to its owner.  A loop serves all from one\n"
		"thread.  select and poll are told of every client at every wait, so the silent ones\n"
		"make each message dearer, and select knows only 1,024; epoll is told of a client\n"
		"once and hears only of those that have something to say.\n",
		"\n"
		"内存只算服务器自己的，不含内核为每个客户端保存的部分。\n"
		"每个客户端一个进程或一个线程，写起来最简单，但每个客户端要付出一个栈，每条消息要\n"
		"付出一次切换。事件循环用一个线程服务所有客户端。select 和 poll 每次等待都要重新交代\n"
		"全部客户端，所以静默的客户端也会让每条消息变贵，而且 select 只认 1,024 个描述符；\n"
		"epoll 对每个客户端只登记一次，之后只听到有话要说的那些。\n"), stdout);
}

static void print_json(const struct plan *p, enum bench_way way, const struct result *r)
{
	static const char *const stops[] = { "nothing", "own-limit", "no-connection",
		"no-answer", "closed", "turned-away", "slow", "lost" };
	struct json j;

	json_open(&j);
	json_str(&j, "how", bench_way_names[way]);
	json_bool(&j, "started", r->started);
	json_str(&j, "mode", p->mode == BENCH_ECHO ? "echo" : "reply");
	json_uint(&j, "size", p->size);
	json_uint(&j, "clients", r->talked);
	json_uint(&j, "most", p->most);
	json_uint(&j, "held", r->held);
	json_real(&j, "messages_per_s", r->alone.per_s, 1);
	json_real(&j, "cpu_us_per_message", r->alone.cpu_us, 3);
	json_real(&j, "messages_per_s_amid_silent", r->amid.per_s, 1);
	json_real(&j, "cpu_us_per_message_amid_silent", r->amid.cpu_us, 3);
	json_uint(&j, "octets_per_client", r->memory);
	json_uint(&j, "processes", r->processes);
	json_uint(&j, "threads", r->threads);
	json_str(&j, "broke", stops[r->broke.stop]);
	json_str(&j, "broke_error", r->broke.error ? strerror(-r->broke.error) : NULL);
	json_str(&j, "broke_words", r->broke.words[0] ? r->broke.words : NULL);
	json_str(&j, "server_said", r->said[0] ? r->said : NULL);
	json_uint(&j, "limit_clients", r->limit.what.en ? r->limit.clients : 0);
	json_str(&j, "limit", r->limit.what.en ? text_of(r->limit.what) : NULL);
	json_print(&j, stdout);
}

/* ---- the command --------------------------------------------------------------------- */

static int run_plan(const struct invocation *in, const struct plan *p)
{
	struct result results[N_WAYS];
	int status = EXIT_DONE;

	if (!in->json)
		print_heading(p);
	for (enum bench_way w = 0; w < N_WAYS; w++) {
		if (!p->ways[w])
			continue;
		int err = measure(p, w, &results[w]);
		if (err < 0) {
			status = EXIT_FAILED;
			if (!results[w].said[0])
				snprintf(results[w].said, sizeof(results[w].said), "%s",
					strerror(-err));
		}
		if (in->json)
			print_json(p, w, &results[w]);
		else
			print_row(w, &results[w]);
	}
	if (in->json)
		return status;
	fputs(T("\nwhat breaks first:\n", "\n最先出问题的是：\n"), stdout);
	for (enum bench_way w = 0; w < N_WAYS; w++) {
		if (p->ways[w])
			print_break(p, w, &results[w]);
	}
	print_lesson();
	return status;
}

/* "select,epoll"; false when a word of it is no way. */
static bool choose_ways(const char *list, bool ways[N_WAYS])
{
	memset(ways, 0, sizeof(bool) * N_WAYS);
	for (;;) {
		size_t len = strcspn(list, ",");
		unsigned w = 0;

		while (w < N_WAYS && (strlen(bench_way_names[w]) != len ||
			memcmp(bench_way_names[w], list, len) != 0))
			w++;
		if (w == N_WAYS)
			return false;
		ways[w] = true;
		if (!list[len])
			return true;
		list += len + 1;
	}
}

static bool take_option(struct invocation *in, int o, struct plan *p)
{
	uint64_t n = 0;

	switch (o) {
	case OPT_CLIENTS:
		if (!option_uint(in, 1, 1000000, &n))
			return false;
		p->clients = (unsigned)n;
		return true;
	case OPT_MOST:
		if (!option_uint(in, 0, 1000000, &n))
			return false;
		p->most = (unsigned)n;
		return true;
	case OPT_TIME:
		if (!option_span(in, &p->time))
			return false;
		if (p->time > 0 && p->time <= 600 * NOD_S)
			return true;
		bad_use(in, "%s", T("--time: more than 0 and at most 10 minutes",
			"--time: 必须大于 0，且至多 10 分钟"));
		return false;
	case OPT_SIZE:
		if (!option_size(in, SIZE_MIN, SIZE_MOST, &n))
			return false;
		p->size = n;
		return true;
	case OPT_MODE:
		p->mode = strcmp(in->value, "reply") == 0 ? BENCH_REPLY : BENCH_ECHO;
		if (p->mode == BENCH_REPLY || strcmp(in->value, "echo") == 0)
			return true;
		bad_use(in, T("--mode: there are echo and reply, not \"%s\"",
			"--mode: 只有 echo 和 reply，没有 \"%s\""), in->value);
		return false;
	case OPT_HOW:
		if (choose_ways(in->value, p->ways))
			return true;
		bad_use(in, T("--how: there are process, thread, select, poll and epoll, "
			      "not \"%s\"",
			"--how: 有 process、thread、select、poll 和 epoll，没有 \"%s\""),
			in->value);
		return false;
	}
	return false;
}

/* What this process's own descriptors allow. */
static bool fit(struct invocation *in, struct plan *p, bool is_most_given)
{
	uint64_t own = bench_descriptors();
	unsigned room = own > SPARE_DESCRIPTORS + 1000000 ? 1000000 :
		own > SPARE_DESCRIPTORS ? (unsigned)own - SPARE_DESCRIPTORS : 1;

	if (p->most < p->clients)
		p->most = p->clients;
	if (p->clients <= room && (p->most <= room || !is_most_given)) {
		p->most = p->most <= room ? p->most : room;
		return true;
	}
	failed(in, T("%u clients are too many: this process may have %llu descriptors, one for "
		     "each client; raise it with ulimit -n",
		"%u 个客户端太多：本进程至多可有 %llu 个描述符，每个客户端要一个；"
		"请用 ulimit -n 调高"), p->most, (unsigned long long)own);
	return false;
}

static int run(struct invocation *in)
{
	struct plan p = { .clients = 100, .most = 2000, .time = NOD_S, .size = 64,
		.mode = BENCH_ECHO, .ways = { true, true, true, true, true } };
	const char *subject = NULL;
	bool is_most_given = false;

	for (int o; (o = next_option(in)) != OPTIONS_END;) {
		if (o == OPTIONS_STOP)
			return in->status;
		if (o == OPTIONS_WORD && subject)
			return bad_use(in, T("one word too many: \"%s\"", "多了一个词：\"%s\""),
				in->value);
		if (o == OPTIONS_WORD)
			subject = in->value;
		else if (!take_option(in, o, &p))
			return EXIT_BAD_USE;
		is_most_given = is_most_given || o == OPT_MOST || o == OPT_CLIENTS;
	}
	if (!subject)
		return bad_use(in, "%s", T("what is to be measured? there is: serve",
			"要测什么？可以测：serve"));
	if (strcmp(subject, "serve") != 0)
		return bad_use(in, T("\"%s\" cannot be measured; there is: serve",
			"不能测 \"%s\"；可以测：serve"), subject);
	return fit(in, &p, is_most_given) ? run_plan(in, &p) : EXIT_FAILED;
}

static const char *word_at(unsigned i)
{
	return i == 0 ? "serve" : NULL;
}

const struct command cmd_bench = {
	.name = "bench",
	.usage = "serve [OPTIONS]",
	.summary = TX("measure the ways one server serves many clients",
		"测量一个服务器服务众多客户端的各种方式"),
	.details = TX(
		"Starts nod serve five times, once for each --how, lets the same crowd of clients talk\n"
		"to each, and prints a table: clients held, messages a second, CPU a message, memory a\n"
		"client, and what breaks first.  Takes about 20 seconds; the servers listen on\n"
		"127.0.0.1 only and end with it.\n\n"
		"  nod bench serve\n"
		"  nod bench serve --how select,epoll --clients 500\n"
		"  nod bench serve --most 10000 --time 3s --json",
		"把 nod serve 启动五次，每种 --how 一次，让同一群客户端与它对话，然后打印一张表：\n"
		"保持的客户端数、每秒消息数、每条消息的 CPU、每个客户端的内存，以及最先出问题的\n"
		"是什么。大约需要 20 秒；这些服务器只监听 127.0.0.1，随本命令一起结束。\n\n"
		"  nod bench serve\n"
		"  nod bench serve --how select,epoll --clients 500\n"
		"  nod bench serve --most 10000 --time 3s --json"),
	.options = options,
	.n_options = N_OPTIONS,
	.word_at = word_at,
	.run = run,
};
