/* SPDX-License-Identifier: ISC */
/*
 * serve.c - nod serve: one server, many clients
 *
 * Opens the listeners and runs the main loop until a signal or the operator ends it.  What
 * is done with the clients: application/mode_*.c.  How many are served at once: how_*.c.
 *
 * Neighbours: serve_options.c (the command line), serve_report.c (what is printed),
 * serve_exec.c, serve_once.c, terminal.c.
 */
#include "serve.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../application/mode_chat.h"
#include "../session/service.h"
#include "serve_report.h"
#include "terminal.h"

#define DEFAULT_ADDRESS "127.0.0.1:8888"
#define BUF_OCTETS	(64u << 10) /* read at once; a datagram has at most 65,527 */
#define OPERATOR_PROMPT "> "

/* The server that runs, for the signal handlers. */
static struct {
	struct server server;
	struct loop *loop;
	struct listener *listeners;
	struct server_report *report;
	const struct how *how;
	struct terminal *terminal;
	struct network network; /* that carries it */
	volatile sig_atomic_t wants_statistics, child_ended;
} running;

/* ---- listening ----------------------------------------------------------------------- */

struct open_list {
	struct nod_session *session[SERVE_ADDRESSES_MAX];
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
		.keepalive = true, /* who vanishes is noticed in the end */
		.keepalive_idle = q->keepalive,
		.broadcast = q->is_datagram,
		.reuse_port = q->group,
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
	if (list->n == SERVE_ADDRESSES_MAX)
		return bad_use(
			in, T("at most %d addresses", "最多 %d 个地址"), SERVE_ADDRESSES_MAX);
	if (nod_session_listen(
		    running.network.service, at, &conf, &list->session[list->n], &why) < 0)
		return failed_because(in, &why);
	list->n++;
	return EXIT_DONE;
}

/* "localhost:8888": every address of the name. */
static int listen_by_name(const struct invocation *in, const struct request *q,
	const char *word, struct open_list *list)
{
	struct nod_failure why;
	struct nod_addr addr[NOD_HOST_ADDRS];
	char name[NOD_NAME_MAX];
	struct nod_endpoint at;
	unsigned n;
	size_t len = (size_t)(strrchr(word, ':') - word);
	char port_only[16];

	if (len >= sizeof(name))
		return bad_use(
			in, T("the name in \"%s\" is too long", "\"%s\" 中的主机名太长"), word);
	memcpy(name, word, len);
	name[len] = 0;
	snprintf(port_only, sizeof(port_only), "%.10s", word + len);
	if (nod_endpoint_parse(&at, port_only) < 0)
		return bad_use(in, T("\"%s\" is not an address", "\"%s\" 不是地址"), word);
	n = network_lookup(
		running.network.service, name, NOD_UNSPEC, addr, NOD_HOST_ADDRS, &why);
	if (!n)
		return failed_because(in, &why);
	for (unsigned i = 0; i < n; i++) {
		at.addr = addr[i];
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

	switch (service_endpoint_parse(running.network.service, &at, word)) {
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
	struct nod_failure why = { .tried = NOD_TRIED_JOIN };
	const struct nod_service *v = running.network.service;
	int interface = 0;

	if (!q->group)
		return EXIT_DONE;
	if (service_addr_parse(v, &why.at.addr, q->group) < 0)
		return bad_use(in,
			T("\"%s\" is not the address of a multicast group, such as 239.1.2.3",
				"\"%s\" 不是组播组地址（例如 239.1.2.3）"),
			q->group);
	if (q->interface && (interface = nod_service_interface(v, q->interface)) < 0)
		return failed(in,
			T("there is no interface \"%s\"; nod ifconfig lists them",
				"没有网络接口 \"%s\"；nod ifconfig 可列出所有接口"),
			q->interface);
	for (unsigned i = 0; i < list->n; i++) {
		why.error = nod_session_join(
			list->session[i], &why.at.addr, (unsigned)interface);
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

/* ---- signals ------------------------------------------------------------------------- */

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

void serve_block_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
}

static void reap(void)
{
	running.child_ended = 0;
	if (running.how->reap) {
		running.how->reap(&running.server);
		return;
	}
	exec_reap();
}

/* ---- the operator -------------------------------------------------------------------- */

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

/* As a client's: refused whole, since a part of it might say something else. */
static bool is_too_long(const struct terminal_line *line)
{
	static bool goes_on; /* this is the next piece of a line too long */
	bool it_is = goes_on || !line->is_whole || line->len > LINES_MAX;

	goes_on = !line->is_whole;
	return it_is;
}

static void operator_ready(struct watch *w, struct loop *l, unsigned bits)
{
	struct server *s = l->server;
	struct terminal_line line;
	int got = -EAGAIN;

	(void)w;
	(void)bits;
	while (running.terminal && (got = terminal_read(running.terminal, &line)) == 1) {
		size_t len = line.len;

		if (is_too_long(&line)) {
			if (line.is_whole)
				serve_report_line_too_long(running.report);
			continue;
		}
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

/* ---- running ------------------------------------------------------------------------- */

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

	for (;;) {
		nod_ns retry = listener_retry(l, running.listeners);
		nod_ns due = exec_end_due(l->now);

		if (!loop_turn(l, retry < due ? retry : due) || s->is_stopping)
			return;
		if (running.wants_statistics) {
			running.wants_statistics = 0;
			serve_report_statistics(running.report, s->stats, running.how->name);
		}
		if (running.child_ended)
			reap();
		/* last, since nothing wakes this thread for what it has said itself */
		serve_report_print(running.report);
		had_one |= s->stats->n[STAT_OPENED] > 0 || s->n_clients > 0;
		if (is_once && had_one)
			listener_close_all(l, &running.listeners);
		if (is_once && had_one && !s->n_clients)
			return;
	}
}

/* Everybody gets what is queued; those who do not take it within the grace are cut off. */
static void stop(struct loop *l)
{
	struct server *s = l->server;
	const struct how *how = running.how;
	nod_ns last = later(later(nod_service_now(s->service), s->conf->grace), NOD_S);

	int not_yet = STOP_NOT;

	atomic_compare_exchange_strong(&s->is_stopping, &not_yet, STOP_IN_ORDER);
	listener_close_all(l, &running.listeners);
	close_operator(l);
	if (how->begin_stop)
		how->begin_stop(s);
	for (;;) {
		bool here = loop_turn(l, nod_service_now(s->service) + 50 * NOD_MS);

		serve_report_print(running.report);

		if (!here && !(how->is_busy && how->is_busy(s)))
			break;
		if (l->now > last)
			break;
	}
	if (how->end)
		how->end(s);
	serve_report_relay(running.report);
	serve_report_attach(running.report, NULL);
}

/* Where it listens.  Negative when the transcript takes nothing, which was told. */
static int announce(const struct request *q, const struct open_list *list)
{
	for (unsigned i = 0; i < list->n; i++) {
		struct nod_endpoint at;

		if (nod_session_local(list->session[i], &at) == 0)
			serve_report_listening(running.report, &at, q->is_datagram);
	}
	if (!q->is_datagram)
		serve_report_waiting(running.report);
	return serve_report_begin(running.report);
}

static int add_listeners(const struct request *q, struct open_list *list)
{
	int err = 0;

	for (unsigned i = 0; err == 0 && i < list->n; i++) {
		struct nod_session *session = list->session[i];

		list->session[i] =
			NULL; /* whether it is added or not, it is not ours any more */
		err = listener_add(running.loop, session, q->is_datagram, &running.listeners);
	}
	return err;
}

/* Everything that may fail.  0 or -errno; what was made is left for tear_down(). */
static int set_up(struct request *q, struct open_list *list)
{
	struct server *s = &running.server;
	struct siphash_key key;
	void *shared = mmap(NULL, sizeof(struct server_stats), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED || getrandom(&key, sizeof(key), 0) != sizeof(key))
		return -errno;
	int err = server_init(s, running.network.service, &q->conf, running.report, shared, &key);
	if (err == 0 && q->conf.mode == &mode_chat)
		err = chat_init(s);
	if (err == 0)
		err = loop_new(s, q->how->ready, BUF_OCTETS, &running.loop);
	if (err < 0)
		return err;
	s->main_loop = running.loop;
	s->place = q->how->place;
	running.how = q->how;
	serve_report_attach(running.report, running.loop);
	catch_signals(); /* before anybody can know that there is a server */
	err = q->how->start(s, running.loop, q->workers);
	if (err < 0) {
		running.how = NULL;
		return err;
	}
	err = announce(q, list);
	return err == 0 ? add_listeners(q, list) : err;
}

static void tear_down(void)
{
	struct server *s = &running.server;

	if (running.how)
		stop(running.loop);
	exec_end_all();
	serve_block_signals();
	if (running.loop)
		loop_free(running.loop);
	chat_free(s);
	if (s->stats)
		munmap(s->stats, sizeof(struct server_stats));
	server_free(s);
}

static int run_server(const struct invocation *in, struct request *q, struct open_list *list)
{
	int status = EXIT_DONE;
	int err = set_up(q, list);

	if (err < 0) {
		status = failed(in, T("the server cannot start: %s", "服务器无法启动: %s"),
			strerror(-err));
	} else {
		serve_report_print(running.report);
		open_operator(running.loop);
		run_until_stopped(running.loop, q->is_once);
	}
	close_list(list);
	tear_down();
	return running.server.is_stopping == STOP_HARD ? EXIT_FAILED : status;
}

/* Listen and serve on the network that is open. */
static int serve_on(const struct invocation *in, struct request *q)
{
	struct open_list list = { 0 };
	const struct serve_report_conf report_conf = {
		.json = in->json,
		.is_reply = q->conf.mode == &mode_reply,
		.is_once = q->is_once,
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
	status = run_server(in, q, &list);
	if (serve_report_close(running.report) < 0 && status == EXIT_DONE)
		status = EXIT_FAILED;
	return status;
}

int serve(struct invocation *in, struct request *q)
{
	int status = network_open(in, &q->plan, NULL, &running.network);

	if (status == EXIT_DONE) {
		status = serve_on(in, q);
		if (network_close(in, &running.network) && status == EXIT_DONE)
			status = EXIT_FAILED;
	}
	return status;
}
