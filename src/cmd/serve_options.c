/* SPDX-License-Identifier: ISC */
/*
 * serve_options.c - what `nod serve` takes, and what of it does not go together
 *
 * Neighbours: serve.c (does it), serve.h (struct request).
 */
#include "serve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../presentation/units.h"
#include "serve_report.h"

#define DEFAULT_REPLY  "来,确认下眼神"
#define DEFAULT_QUEUE  (1u << 20)
#define DEFAULT_GRACE  (5 * NOD_S)
#define DEFAULT_FORGET (300 * NOD_S) /* datagram peers */

enum {
	REPLY,
	ECHO,
	DISCARD,
	CHAT,
	EXEC,
	SHELL,
	ONCE,
	RAW,
	UDP,
	NET,
	TRACE,
	IMPAIR,
	CAPTURE,
	JOIN,
	INTERFACE,
	HOW,
	WORKERS,
	HISTORY,
	MAX_CLIENTS,
	IDLE_TIMEOUT,
	RATE,
	QUEUE,
	ALLOW,
	DENY,
	KEEPALIVE,
	GRACE,
	LOG,
	LOG_SYNC,
	N_OPTIONS
};

static const struct option_spec options[N_OPTIONS] = {
	[REPLY] = { "reply", 0, "TEXT",
		TX("show what clients say and answer each message (default)",
			"显示客户端的消息并逐条答复（默认）"),
		OPTION_OPTIONAL },
	[ECHO] = { "echo", 0, NULL, TX("send everything back", "原样发回"), 0 },
	[DISCARD] = { "discard", 0, NULL, TX("take everything, say nothing", "只收不发"), 0 },
	[CHAT] = { "chat", 0, NULL,
		TX("a room where each hears all others", "聊天室：每个人都能听到其他所有人"),
		0 },
	[EXEC] = { "exec", 0, "CMD",
		TX("run CMD for each client, its stdin and stdout the connection",
			"为每个客户端运行 CMD，其标准输入输出即连接"),
		0 },
	[SHELL] = { "shell", 0, NULL,
		TX("with --exec: through /bin/sh", "与 --exec 合用：经由 /bin/sh"), 0 },
	[ONCE] = { "once", 0, NULL,
		TX("serve one client, then end", "只服务一个客户端，然后结束"), 0 },
	[RAW] = { "raw", 0, NULL,
		TX("with --once: the connection is stdin and stdout, byte for byte",
			"与 --once 合用：连接直通标准输入输出，逐字节不变"),
		0 },
	[UDP] = { "udp", 'u', NULL,
		TX("datagrams instead of connections", "用 UDP 数据报代替连接"), 0 },
	[NET] = NET_OPTION,
	[TRACE] = TRACE_OPTION,
	[IMPAIR] = IMPAIR_OPTION,
	[CAPTURE] = CAPTURE_OPTION,
	[JOIN] = { "join", 0, "GROUP",
		TX("with -u: hear this multicast group too", "与 -u 合用：同时接收该组播组"),
		0 },
	[INTERFACE] = { "interface", 0, "IF",
		TX("with --join: on this interface", "与 --join 合用：指定网络接口"), 0 },
	[HOW] = { "how", 0, "WAY",
		TX("process, thread, select, poll or epoll (default)",
			"服务方式：process、thread、select、poll 或 epoll（默认）"),
		0 },
	[WORKERS] = { "workers", 0, "N",
		TX("event loops of --how epoll (default: one a core)",
			"--how epoll 的事件循环数（默认每核一个）"),
		0 },
	[HISTORY] = { "history", 0, "N",
		TX("chat: who joins late gets the last N lines",
			"聊天室：后来者可得到最近 N 行"),
		0 },
	[MAX_CLIENTS] = { "max-clients", 0, "N",
		TX("refuse more than N at a time", "同时最多 N 个客户端"), 0 },
	[IDLE_TIMEOUT] = { "idle-timeout", 0, "TIME",
		TX("close a client that says nothing for so long",
			"客户端这么久没有消息就断开"),
		0 },
	[RATE] = { "rate", 0, "N",
		TX("messages a second a client may say", "每个客户端每秒最多 N 条消息"), 0 },
	[QUEUE] = { "queue", 0, "OCTETS",
		TX("drop a reader for whom more waits (default 1M)",
			"等待发送的数据超过此值就断开慢读者（默认 1M）"),
		0 },
	[ALLOW] = { "allow", 0, "PREFIX",
		TX("serve these addresses; the first rule that fits decides",
			"允许这些地址；按先后，首条匹配的规则生效"),
		0 },
	[DENY] = { "deny", 0, "PREFIX", TX("refuse these addresses", "拒绝这些地址"), 0 },
	[KEEPALIVE] = { "keepalive", 0, "TIME",
		TX("ask a silent peer after so long whether it lives",
			"对方沉默这么久后探测其是否存活"),
		0 },
	[GRACE] = { "grace", 0, "TIME",
		TX("when stopping, deliver what is queued for so long (5s)",
			"停止时最多用这么久送完排队的数据（默认 5s）"),
		0 },
	[LOG] = { "log", 0, "FILE",
		TX("append the transcript to FILE", "把对话记录追加到 FILE"), 0 },
	[LOG_SYNC] = { "log-sync", 0, NULL,
		TX("each line on the disk before it is delivered", "每行先落盘再送达"), 0 },
};

static bool is_reply_text(const char *word)
{
	struct nod_endpoint e;

	return nod_endpoint_parse(&e, word) == -EINVAL;
}

static bool add_rule(struct invocation *in, struct server_conf *conf, bool allows)
{
	if (conf->n_rules == ACCESS_MAX) {
		bad_use(in,
			T("at most %d rules of --allow and --deny",
				"--allow 和 --deny 最多 %d 条"),
			ACCESS_MAX);
		return false;
	}
	struct access_rule *r = &conf->rule[conf->n_rules];
	r->allows = allows;
	if (nod_prefix_parse(&r->prefix, in->value) < 0) {
		bad_use(in,
			T("\"%s\" is neither an address nor a prefix such as 192.168.1.0/24",
				"\"%s\" 既不是地址，也不是 192.168.1.0/24 这样的前缀"),
			in->value);
		return false;
	}
	conf->n_rules++;
	return true;
}

static bool take_way(struct invocation *in, struct request *q)
{
	q->how = how_find(in->value);
	if (q->how)
		return true;
	bad_use(in,
		T("there is no way \"%s\": process, thread, select, poll, epoll",
			"没有 \"%s\" 这种方式: process、thread、select、poll、epoll"),
		in->value);
	return false;
}

static bool take_mode(struct invocation *in, struct request *q, const struct mode *mode)
{
	if (q->conf.mode && q->conf.mode != mode) {
		bad_use(in,
			T("one of --reply, --echo, --discard, --chat and --exec",
				"--reply、--echo、--discard、--chat、--exec 只能选一个"));
		return false;
	}
	q->conf.mode = mode;
	return true;
}

/* One option.  False: bad use, which was told. */
static bool take_option(struct invocation *in, struct request *q, int option)
{
	struct server_conf *c = &q->conf;
	uint64_t n;

	switch (option) {
	case REPLY:
		if (in->value)
			c->reply = in->value;
		return take_mode(in, q, &mode_reply);
	case ECHO:
		return take_mode(in, q, &mode_echo);
	case DISCARD:
		return take_mode(in, q, &mode_discard);
	case CHAT:
		return take_mode(in, q, &mode_chat);
	case EXEC:
		q->exec = in->value;
		return take_mode(in, q, &mode_exec);
	case SHELL:
		q->by_shell = true;
		return true;
	case ONCE:
		q->is_once = true;
		return true;
	case RAW:
		q->is_raw = true;
		return true;
	case UDP:
		q->is_datagram = true;
		return true;
	case NET:
		return net_add(in, &q->plan, in->value) == EXIT_DONE;
	case TRACE:
		q->plan.is_traced = true;
		return true;
	case IMPAIR:
		q->plan.faults = &q->faults;
		return faults_add(in, &q->faults, in->value) == EXIT_DONE;
	case CAPTURE:
		q->plan.faults = &q->faults;
		q->faults.path = in->value;
		return true;
	case JOIN:
		q->group = in->value;
		return true;
	case INTERFACE:
		q->interface = in->value;
		return true;
	case HOW:
		return take_way(in, q);
	case WORKERS:
		if (!option_uint(in, 1, 256, &n))
			return false;
		q->workers = (unsigned)n;
		return true;
	case HISTORY:
		if (!option_uint(in, 0, 100000, &n))
			return false;
		c->history = (unsigned)n;
		return true;
	case MAX_CLIENTS:
		return option_uint(in, 1, 100000000, &c->max_clients);
	case IDLE_TIMEOUT:
		return option_span(in, &c->idle_timeout);
	case RATE:
		return option_uint(in, 1, 1000000, &c->rate);
	case QUEUE:
		if (!option_size(in, 16384, 1u << 30, &n))
			return false;
		c->queue = (size_t)n;
		return true;
	case ALLOW:
	case DENY:
		return add_rule(in, c, option == ALLOW);
	case KEEPALIVE:
		return option_span(in, &q->keepalive);
	case GRACE:
		return option_span(in, &c->grace);
	case LOG:
		q->log_path = in->value;
		return true;
	default:
		q->log_sync = true;
		return true;
	}
}

/* What a network of our own cannot do. */
static int check_net(struct invocation *in, const struct request *q)
{
	if (net_is_kernel(&q->plan))
		return EXIT_DONE;
	if (q->how == &how_process)
		return bad_use(in,
			T("--how process needs the kernel's network: the stack of --net lives in this "
			  "process, and a child has no part in it",
				"--how process 只能用于内核的网络: --net 的协议栈在本进程内，"
				"子进程无法使用"));
	for (unsigned i = 0; i < q->n_words; i++)
		if (strncmp(q->word[i], "unix:", 5) == 0)
			return bad_use(in,
				T("\"%s\": Unix sockets are the kernel's; leave --net out",
					"\"%s\"：Unix 套接字属于内核；请去掉 --net"),
				q->word[i]);
	return EXIT_DONE;
}

/* What does not go together.  An exit status, EXIT_DONE when all is well. */
static int check(struct invocation *in, const struct request *q)
{
	if (q->is_raw && !q->is_once)
		return bad_use(in,
			T("--raw wires one connection to stdin and stdout: say --once --raw",
				"--raw 把一个连接直通标准输入输出: 请用 --once --raw"));
	if (q->is_raw && (q->conf.mode || q->is_datagram))
		return bad_use(in,
			T("--raw takes no mode and no -u: the octets are yours alone",
				"--raw 不能与模式或 -u 合用"));
	if (q->is_raw &&
		(q->conf.n_rules || q->log_path || q->conf.rate || q->conf.max_clients ||
			q->conf.idle_timeout || q->conf.history))
		return bad_use(in,
			T("--raw takes no limits, no --allow, --deny or --log: the first to come "
			  "is connected as he is",
				"--raw 不能与限制、--allow、--deny 或 --log 合用: "
				"第一个来的连接原样直通"));
	if (q->is_raw && q->n_words > 1)
		return bad_use(in,
			T("--raw serves one connection: give one address",
				"--raw 只服务一个连接: 请只给一个地址"));
	if (q->is_raw && in->json)
		return bad_use(in,
			T("--raw leaves no room for --json: stdout is the peer's octets",
				"--raw 不能与 --json 合用: 标准输出只有对方的字节"));
	if (q->workers && q->how != &how_epoll)
		return bad_use(in,
			T("--workers belongs to --how epoll: the other ways have one loop, or one "
			  "a client",
				"--workers 只用于 --how epoll: 其他方式只有一个循环，或每客户端一个"));
	if (q->conf.history && q->conf.mode != &mode_chat)
		return bad_use(
			in, T("--history belongs to --chat", "--history 须与 --chat 合用"));
	if (q->by_shell && !q->exec)
		return bad_use(in, T("--shell belongs to --exec", "--shell 须与 --exec 合用"));
	if (q->log_sync && !q->log_path)
		return bad_use(in,
			T("--log-sync belongs to --log FILE",
				"--log-sync 须与 --log FILE 合用"));
	if (q->group && !q->is_datagram)
		return bad_use(in,
			T("multicast is UDP's: say -u --join GROUP",
				"组播只能用 UDP: 请用 -u --join 组地址"));
	if (q->interface && !q->group)
		return bad_use(
			in, T("--interface belongs to --join", "--interface 须与 --join 合用"));
	if (q->conf.mode == &mode_chat && !q->how->shares_memory)
		return bad_use(in,
			T("a chat needs --how thread, select, poll or epoll: processes share "
			  "nothing, so their clients cannot hear each other",
				"聊天室须用 --how thread、select、poll 或 epoll: "
				"进程之间不共享内存，客户端彼此听不到"));
	if (q->is_datagram && !q->how->is_one_loop)
		return bad_use(in,
			T("UDP has one socket for all its peers, so there is no connection to "
			  "give to a thread or process: use --how select, poll or epoll",
				"UDP 的所有对端共用一个套接字，没有连接可交给线程或进程: "
				"请用 --how select、poll 或 epoll"));
	if (q->is_datagram && (q->exec || q->is_once))
		return bad_use(in,
			T("-u goes with --reply, --echo, --discard and --chat",
				"-u 只能与 --reply、--echo、--discard、--chat 合用"));
	return check_net(in, q);
}

static int run(struct invocation *in)
{
	static struct request q = {
		.conf = { .reply = DEFAULT_REPLY,
			.queue = DEFAULT_QUEUE,
			.grace = DEFAULT_GRACE },
		.how = &how_epoll,
	};

	for (int o; (o = next_option(in)) != OPTIONS_END;) {
		if (o == OPTIONS_STOP)
			return in->status;
		if (o == OPTIONS_WORD) {
			if (q.n_words == SERVE_ADDRESSES_MAX)
				return bad_use(in, T("at most %d addresses", "最多 %d 个地址"),
					SERVE_ADDRESSES_MAX);
			q.word[q.n_words++] = in->value;
		} else if (!take_option(in, &q, o)) {
			return EXIT_BAD_USE;
		}
	}

	int status = check(in, &q);
	if (status != EXIT_DONE)
		return status;
	if (!q.conf.mode)
		q.conf.mode = &mode_reply;
	q.conf.peer_timeout = q.conf.idle_timeout ? q.conf.idle_timeout : DEFAULT_FORGET;

	/* with a newline after it, which is sent to those who sent one */
	size_t len = strlen(q.conf.reply);
	char *reply = malloc(len + 2);
	char **argv = q.exec ? exec_argv_new(q.exec, q.by_shell) : NULL;
	if (!reply || (q.exec && !argv)) {
		free(reply);
		return bad_use(in,
			T("--exec: \"%s\" is not a command: it is empty or a quote is not closed",
				"--exec: \"%s\" 不是命令: 内容为空或引号未闭合"),
			q.exec ? q.exec : "");
	}
	if (argv && !exec_can_start(argv[0])) {
		status = failed(in,
			T("--exec: there is no command %s that may be run",
				"--exec: 没有可执行的命令 %s"),
			argv[0]);
		free(reply);
		exec_argv_free(argv);
		return status;
	}
	memcpy(reply, q.conf.reply, len);
	memcpy(reply + len, "\n", 2);
	q.conf.reply = reply;
	q.conf.reply_len = len;
	q.conf.exec_argv = argv;
	status = serve(in, &q);
	free(reply);
	exec_argv_free(argv);
	return status;
}

const struct command cmd_serve = {
	.name = "serve",
	.usage = "[OPTIONS] [ADDRESS...]",
	.summary = TX("serve many clients: reply, echo, chat, or run a command",
		"同时服务多个客户端：答复、回显、聊天或运行命令"),
	.details = TX(
		"ADDRESS is PORT (on 127.0.0.1), HOST:PORT, [IPv6]:PORT, :PORT (every address of the\n"
		"machine, both families) or unix:PATH; several may be given; default 127.0.0.1:8888.\n"
		"A line is a message; what has no newline is one when it has been quiet for 50 ms.\n"
		"What you type goes to all clients (--reply, --chat). SIGUSR1 prints statistics;\n"
		"SIGINT or SIGTERM ends the server in order, a second one at once.\n\n"
		"  nod serve                          the notes' server; then: nod talk 127.0.0.1\n"
		"  nod serve --chat :8888             a chat for the whole network\n"
		"  nod serve --echo -u 7777           UDP echo\n"
		"  nod serve --echo -u --net tap:tap0,10.0.0.2/24 :7777      on a stack of nod's own\n"
		"  nod serve --exec 'bc -q' unix:/tmp/bc\n"
		"  nod serve --once --raw > file      receive a file from: nod talk --raw HOST < file",
		"ADDRESS 可以是 端口（在 127.0.0.1 上）、主机:端口、[IPv6]:端口、:端口（本机所有地址，\n"
		"IPv4 与 IPv6）或 unix:路径；可给出多个；默认 127.0.0.1:8888。\n"
		"一行是一条消息；没有换行的内容静默 50 毫秒后也算一条消息。\n"
		"您输入的内容会发给所有客户端（--reply、--chat）。SIGUSR1 打印统计；SIGINT 或 SIGTERM\n"
		"使服务器有序结束，再来一次则立即结束。\n\n"
		"  nod serve                          讲义中的服务器；然后运行: nod talk 127.0.0.1\n"
		"  nod serve --chat :8888             面向整个网络的聊天室\n"
		"  nod serve --echo -u 7777           UDP 回显\n"
		"  nod serve --echo -u --net tap:tap0,10.0.0.2/24 :7777      在 nod 自己的协议栈上\n"
		"  nod serve --exec 'bc -q' unix:/tmp/bc\n"
		"  nod serve --once --raw > file      接收文件，对方运行: nod talk --raw 主机 < file"),
	.options = options,
	.n_options = N_OPTIONS,
	.is_value = is_reply_text,
	.run = run,
};
