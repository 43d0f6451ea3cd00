/* SPDX-License-Identifier: ISC */
/*
 * serve.c - nod serve: one server, many clients
 *
 * Reads the options, opens the listeners, and runs the main loop until a signal or the
 * operator ends it.  What is done with the clients: application/mode_*.c.  How many are
 * served at once: how_*.c.
 *
 * Neighbours: serve_report.c (what is printed), serve_exec.c, serve_once.c, terminal.c.
 */
#include "serve.h"

#include <errno.h>
#include <net/if.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../application/mode_chat.h"
#include "../presentation/units.h"
#include "how.h"
#include "serve_report.h"
#include "terminal.h"

#define DEFAULT_ADDRESS "127.0.0.1:8888"
#define DEFAULT_REPLY	"来,确认下眼神"
#define DEFAULT_QUEUE	(1u << 20)
#define DEFAULT_GRACE	(5 * NOD_S)
#define DEFAULT_FORGET	(300 * NOD_S) /* datagram peers */
#define BUF_OCTETS	(64u << 10)   /* read at once; a datagram has at most 65,527 */
#define ADDRESSES_MAX	64
#define OPERATOR_PROMPT "> "

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

/* What the command line asks for. */
struct request {
	struct server_conf conf;
	const struct how *how;
	const char *word[ADDRESSES_MAX];
	unsigned n_words;
	unsigned workers;
	bool is_once, is_raw, is_datagram, by_shell, log_sync;
	const char *exec, *log_path, *interface;
	struct nod_addr group;
	nod_ns keepalive;
};

/* The server that runs, for the signal handlers. */
static struct {
	struct server server;
	struct loop *loop;
	struct listener *listeners;
	struct server_report *report;
	const struct how *how;
	struct terminal *terminal;
	volatile sig_atomic_t wants_statistics, child_ended;
} running;

/* ---- options ------------------------------------------------------------------------------------ */

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

static bool take_group(struct invocation *in, struct request *q)
{
	if (nod_addr_parse(&q->group, in->value) == 0)
		return true;
	bad_use(in,
		T("\"%s\" is not the address of a multicast group, such as 239.1.2.3",
			"\"%s\" 不是组播组地址（例如 239.1.2.3）"),
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
	case JOIN:
		return take_group(in, q);
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
	if (q->by_shell && !q->exec)
		return bad_use(in, T("--shell belongs to --exec", "--shell 须与 --exec 合用"));
	if (q->log_sync && !q->log_path)
		return bad_use(in,
			T("--log-sync belongs to --log FILE",
				"--log-sync 须与 --log FILE 合用"));
	if (q->group.family != NOD_UNSPEC && !q->is_datagram)
		return bad_use(in,
			T("multicast is UDP's: say -u --join GROUP",
				"组播只能用 UDP: 请用 -u --join 组地址"));
	if (q->interface && q->group.family == NOD_UNSPEC)
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
	return EXIT_DONE;
}

/* ---- listening ----------------------------------------------------------------------------------- */

struct open_list {
	struct nod_session *session[ADDRESSES_MAX];
	unsigned n;
};

static void close_list(struct open_list *list)
{
	while (list->n)
		nod_session_close(list->session[--list->n]);
}

static struct nod_session_conf session_conf(const struct request *q)
{
	return (struct nod_session_conf){
		.type = q->is_datagram ? NOD_DATAGRAM : NOD_STREAM,
		.keepalive = q->keepalive > 0,
		.keepalive_idle = q->keepalive,
		.broadcast = q->is_datagram,
		.reuse_port = q->group.family != NOD_UNSPEC,
	};
}

static int listen_one(const struct invocation *in, const struct request *q,
	const struct nod_endpoint *at, struct open_list *list)
{
	const struct nod_session_conf conf = session_conf(q);
	struct nod_failure why;

	if (q->is_datagram && at->is_unix)
		return bad_use(in,
			T("-u takes internet addresses, not unix:PATH",
				"-u 只接受互联网地址，不接受 unix:PATH"));
	if (list->n == ADDRESSES_MAX)
		return bad_use(in, T("at most %d addresses", "最多 %d 个地址"), ADDRESSES_MAX);
	if (nod_session_listen(nod_service_kernel(), at, &conf, &list->session[list->n], &why) <
		0)
		return failed_because(in, &why);
	list->n++;
	return EXIT_DONE;
}

/* "localhost:8888": every address of the name. */
static int listen_by_name(const struct invocation *in, const struct request *q,
	const char *word, struct open_list *list)
{
	struct nod_failure why = { .tried = NOD_TRIED_RESOLVE };
	struct nod_hostent host;
	struct nod_endpoint at;
	size_t len = (size_t)(strrchr(word, ':') - word);
	char port_only[16];

	if (len >= sizeof(why.name))
		return bad_use(
			in, T("the name in \"%s\" is too long", "\"%s\" 中的主机名太长"), word);
	memcpy(why.name, word, len);
	snprintf(port_only, sizeof(port_only), "%.10s", word + len);
	if (nod_endpoint_parse(&at, port_only) < 0)
		return bad_use(in, T("\"%s\" is not an address", "\"%s\" 不是地址"), word);
	why.resolver = nod_gethostbyname(why.name, NOD_UNSPEC, &host);
	if (why.resolver) {
		why.error = -ENOENT;
		return failed_because(in, &why);
	}
	for (unsigned i = 0; i < host.n_addrs; i++) {
		at.addr = host.addr[i];
		int status = listen_one(in, q, &at, list);

		if (status != EXIT_DONE)
			return status;
	}
	return EXIT_DONE;
}

static int listen_at(const struct invocation *in, const struct request *q, const char *word,
	struct open_list *list)
{
	struct nod_endpoint at;

	switch (nod_endpoint_parse(&at, word)) {
	case 0:
		return listen_one(in, q, &at, list);
	case -EADDRNOTAVAIL:
		return listen_by_name(in, q, word, list);
	case -EDOM:
		return bad_use(in,
			T("bad port in \"%s\": a port is a number from 1 to 65535",
				"\"%s\" 中的端口无效: 端口是 1 到 65535 的数"),
			word);
	case -ENAMETOOLONG:
		return bad_use(in,
			T("the path in \"%s\" is too long: a Unix socket's has at most %d octets",
				"\"%s\" 中的路径太长: Unix 套接字路径最多 %d 字节"),
			word, NOD_PATH_MAX - 1);
	default:
		return bad_use(in,
			T("\"%s\" is not an address: write PORT, HOST:PORT, [IPv6]:PORT, :PORT "
			  "for every address, or unix:PATH",
				"\"%s\" 不是地址: 请写 端口、主机:端口、[IPv6]:端口、:端口（所有地址）或 unix:路径"),
			word);
	}
}

static int join_group(
	const struct invocation *in, const struct request *q, const struct open_list *list)
{
	struct nod_failure why = { .tried = NOD_TRIED_JOIN, .at.addr = q->group };
	unsigned interface = 0;

	if (q->group.family == NOD_UNSPEC)
		return EXIT_DONE;
	if (q->interface && !(interface = if_nametoindex(q->interface)))
		return failed(in,
			T("there is no interface \"%s\"; nod ifconfig lists them",
				"没有网络接口 \"%s\"；nod ifconfig 可列出所有接口"),
			q->interface);
	for (unsigned i = 0; i < list->n; i++) {
		why.error = nod_session_join(list->session[i], &q->group, interface);
		if (why.error < 0)
			return failed_because(in, &why);
	}
	return EXIT_DONE;
}

static int open_listeners(
	const struct invocation *in, struct request *q, struct open_list *list)
{
	int status = EXIT_DONE;

	if (!q->n_words)
		q->word[q->n_words++] = DEFAULT_ADDRESS;
	for (unsigned i = 0; i < q->n_words && status == EXIT_DONE; i++)
		status = listen_at(in, q, q->word[i], list);
	if (status == EXIT_DONE)
		status = join_group(in, q, list);
	if (status != EXIT_DONE)
		close_list(list);
	return status;
}

/* ---- signals --------------------------------------------------------------------------------------- */

static void on_stop(int sig)
{
	int err = errno;

	(void)sig;
	/* the second one ends it at once */
	if (atomic_exchange(&running.server.is_stopping, STOP_IN_ORDER) != STOP_NOT) {
		terminal_restore();
		_exit(EXIT_FAILED);
	}
	nod_ready_wake(running.loop->ready);
	errno = err;
}

static void on_statistics(int sig)
{
	int err = errno;

	(void)sig;
	running.wants_statistics = 1;
	nod_ready_wake(running.loop->ready);
	errno = err;
}

static void on_child(int sig)
{
	int err = errno;

	(void)sig;
	running.child_ended = 1;
	nod_ready_wake(running.loop->ready);
	errno = err;
}

static void catch_signals(void)
{
	static const struct {
		int sig;
		void (*handler)(int);
	} list[] = { { SIGINT, on_stop }, { SIGTERM, on_stop }, { SIGUSR1, on_statistics },
		{ SIGCHLD, on_child } };

	for (unsigned i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		struct sigaction a = { .sa_handler = list[i].handler, .sa_flags = SA_RESTART };

		sigemptyset(&a.sa_mask);
		sigaction(list[i].sig, &a, NULL);
	}
}

static void reap(void)
{
	running.child_ended = 0;
	if (running.how->reap) {
		running.how->reap(&running.server);
		return;
	}
	while (waitpid(-1, NULL, WNOHANG) > 0) /* --exec's */
		;
}

/* ---- the operator ------------------------------------------------------------------------------------ */

static struct watch operator_watch, relay_watch;

static void close_operator(struct loop *l)
{
	if (!running.terminal)
		return;
	nod_ready_remove_fd(l->ready, terminal_fd(running.terminal));
	serve_report_forget_terminal(running.report);
	terminal_close(running.terminal);
	running.terminal = NULL;
}

static void operator_ready(struct watch *w, struct loop *l, unsigned bits)
{
	struct server *s = l->server;
	struct terminal_line line;
	int got = -EAGAIN;

	(void)w;
	(void)bits;
	while (running.terminal && (got = terminal_read(running.terminal, &line)) == 1) {
		size_t len = line.len < LINES_MAX ? line.len : LINES_MAX;

		if (!len)
			continue;
		s->conf->mode->operator_says(l, line.text, len);
		if (running.how->operator_says)
			running.how->operator_says(s, line.text, len);
	}
	if (got != -EAGAIN) /* he has hung up; the server goes on */
		close_operator(l);
}

static void relay_ready(struct watch *w, struct loop *l, unsigned bits)
{
	(void)w;
	(void)l;
	(void)bits;
	serve_report_relay(running.report);
}

static void open_operator(struct loop *l)
{
	operator_watch.ready = operator_ready;
	if (running.terminal &&
		nod_ready_add_fd(l->ready, terminal_fd(running.terminal), NOD_READABLE,
			&operator_watch) < 0) {
		/* a file as stdin cannot be waited for */
		serve_report_forget_terminal(running.report);
		terminal_close(running.terminal);
		running.terminal = NULL;
	}
	relay_watch.ready = relay_ready;
	if (serve_report_relay_fd(running.report) >= 0)
		nod_ready_add_fd(l->ready, serve_report_relay_fd(running.report), NOD_READABLE,
			&relay_watch);
}

/* ---- running ------------------------------------------------------------------------------------------ */

/* As many descriptors as the system lets, and for root as many as --max-clients needs. */
static void raise_descriptors(const struct server_conf *conf)
{
	struct rlimit r;
	rlim_t want = conf->max_clients + 1024;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0)
		return;
	r.rlim_cur = r.rlim_max;
	if (conf->max_clients && want > r.rlim_max) {
		struct rlimit more = { .rlim_cur = want, .rlim_max = want };

		if (setrlimit(RLIMIT_NOFILE, &more) == 0)
			return;
	}
	setrlimit(RLIMIT_NOFILE, &r);
}

void serve_disown_listeners(void)
{
	listener_disown_all(&running.listeners);
}

static void run_until_stopped(struct loop *l, bool is_once)
{
	struct server *s = l->server;
	bool had_one = false;

	while (loop_turn(l, listener_retry(l, running.listeners)) && !s->is_stopping) {
		if (running.wants_statistics) {
			running.wants_statistics = 0;
			serve_report_statistics(running.report, s->stats, running.how->name);
		}
		if (running.child_ended)
			reap();
		had_one |= s->stats->n[STAT_OPENED] > 0 || s->n_clients > 0;
		if (is_once && had_one)
			listener_close_all(l, &running.listeners);
		if (is_once && had_one && !s->n_clients)
			atomic_store(&s->is_stopping, STOP_IN_ORDER);
	}
}

/* Everybody gets what is queued; those who do not take it within the grace are cut off. */
static void stop(struct loop *l)
{
	struct server *s = l->server;
	const struct how *how = running.how;
	nod_ns last = nod_service_now(s->service) + s->conf->grace + NOD_S;

	listener_close_all(l, &running.listeners);
	close_operator(l);
	if (how->begin_stop)
		how->begin_stop(s);
	for (;;) {
		bool here = loop_turn(l, nod_service_now(s->service) + 50 * NOD_MS);

		if (!here && !(how->is_busy && how->is_busy(s)))
			break;
		if (l->now > last)
			break;
	}
	if (how->end)
		how->end(s);
	serve_report_relay(running.report);
}

static int run_server(const struct invocation *in, struct request *q, struct open_list *list)
{
	struct server *s = &running.server;
	const struct nod_service *v = nod_service_kernel();
	struct siphash_key key;
	int err = 0;

	void *shared = mmap(NULL, sizeof(struct server_stats), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || getrandom(&key, sizeof(key), 0) != sizeof(key))
		err = -errno;
	if (err == 0)
		err = server_init(s, v, &q->conf, running.report, shared, &key);
	if (err == 0 && q->conf.mode == &mode_chat)
		err = chat_init(s);
	if (err == 0)
		err = loop_new(s, q->how->ready, BUF_OCTETS, &running.loop);
	for (unsigned i = 0; err == 0 && i < list->n; i++) {
		struct nod_session *session = list->session[i];

		list->session[i] = NULL;
		err = listener_add(running.loop, session, q->is_datagram, &running.listeners);
	}
	if (err == 0) {
		s->place = q->how->place;
		err = q->how->start(s, running.loop, q->workers);
	}
	if (err < 0) {
		close_list(list);
		return failed(in, T("the server cannot start: %s", "服务器无法启动: %s"),
			strerror(-err));
	}

	catch_signals();
	open_operator(running.loop);
	run_until_stopped(running.loop, q->is_once);
	stop(running.loop);
	loop_free(running.loop);
	chat_free(s);
	server_free(s);
	munmap(shared, sizeof(struct server_stats));
	return s->is_stopping == STOP_HARD ? EXIT_FAILED : EXIT_DONE;
}

static int serve(const struct invocation *in, struct request *q)
{
	struct open_list list = { 0 };
	const struct serve_report_conf report_conf = {
		.json = in->json,
		.is_reply = q->conf.mode == &mode_reply,
		.relays = !q->how->shares_memory,
		.log_path = q->log_path,
		.log_sync = q->log_sync,
	};
	struct serve_report_conf rc = report_conf;
	bool log_failed;

	raise_descriptors(&q->conf);
	int status = open_listeners(in, q, &list);
	if (status != EXIT_DONE)
		return status;
	if (q->is_raw)
		return serve_once_raw(in, list.session[0]);

	if (q->conf.mode->operator_says) {
		int err = terminal_open(&running.terminal, OPERATOR_PROMPT, "serve_history");

		if (err < 0)
			running.terminal =
				NULL; /* then nobody speaks here; the clients still do */
	}
	rc.terminal = running.terminal;
	int err = serve_report_open(&rc, &running.report, &log_failed);
	if (err < 0) {
		close_list(&list);
		terminal_close(running.terminal);
		return log_failed ?
			failed(in,
				T("the transcript %s cannot be opened: %s",
					"无法打开对话记录 %s: %s"),
				q->log_path, strerror(-err)) :
			failed(in, T("the server cannot start: %s", "服务器无法启动: %s"),
				strerror(-err));
	}
	for (unsigned i = 0; i < list.n; i++) {
		struct nod_endpoint at;

		if (nod_session_local(list.session[i], &at) == 0)
			serve_report_listening(running.report, &at, q->is_datagram);
	}
	if (q->conf.mode == &mode_reply && !q->is_datagram)
		serve_report_waiting(running.report);
	running.how = q->how;
	status = run_server(in, q, &list);
	serve_report_close(running.report);
	return status;
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
			if (q.n_words == ADDRESSES_MAX)
				return bad_use(in, T("at most %d addresses", "最多 %d 个地址"),
					ADDRESSES_MAX);
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
		"  nod serve --exec 'bc -q' unix:/tmp/bc\n"
		"  nod serve --once --raw > file      接收文件，对方运行: nod talk --raw 主机 < file"),
	.options = options,
	.n_options = N_OPTIONS,
	.is_value = is_reply_text,
	.run = run,
};
