/* SPDX-License-Identifier: ISC */
/*
 * serve_report.c - what `nod serve` prints and writes down
 *
 * Neighbours: application/server.h (struct server_report), serve_log.c (the transcript),
 * terminal.c (lines being typed).
 */
#include "serve_report.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../base/buf.h"
#include "../presentation/json.h"
#include "serve_log.h"

#define WAITING_MAX   (1u << 20)   /* octets that wait to be printed */
#define EVENT_MAX     (16u << 10)  /* octets of one event's text */
#define TROUBLE_AGAIN (60 * NOD_S) /* the same trouble is told again after this */
#define CLOSE_WAIT_MS 1000

struct report {
	struct server_report table; /* first: the table is what others hold */
	struct serve_report_conf conf;

	struct watch out;  /* stdout takes no more for now: when it does */
	struct loop *loop; /* whose thread prints; NULL = not yet, or no more */
	pthread_t printer;
	bool out_is_watched;

	pthread_mutex_t lock; /* of the following */
	struct buf waiting;
	size_t printed; /* octets of waiting */
	uint64_t left_out;
	uint64_t n_here;
	time_t refusal_told; /* monotonic second; 0 = never */
	nod_ns told[N_TROUBLES];
	bool is_told[N_TROUBLES];

	struct serve_log log;
	bool log_failure_is_told;
	int output_error;

	int relay[2]; /* children write into [1], the parent reads [0] */
	bool is_child;
};

static struct report *of(const void *self)
{
	return (struct report *)(uintptr_t)self;
}

/* ---- printing ------------------------------------------------------------------------ */

/* What went wrong, on stderr; nobody waits when that takes nothing either. */
__attribute__((format(printf, 2, 3))) static void warn(
	struct report *r, const char *format, ...)
{
	struct pollfd err = { .fd = STDERR_FILENO, .events = POLLOUT };
	char line[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	if (poll(&err, 1, 0) == 1)
		terminal_say(r->conf.terminal, stderr, "nod %s: %s", "serve", line);
}

/* The most that stdout, said to be ready, takes without making anybody wait. */
static size_t chunk_of(const char *p, size_t len)
{
	struct stat st;

	if (fstat(STDOUT_FILENO, &st) == 0 && S_ISREG(st.st_mode))
		return len;
	if (len <= PIPE_BUF)
		return len;
	/* whole lines, if they are not too long: a terminal draws its prompt below them */
	const char *end = memrchr(p, '\n', PIPE_BUF);
	return end ? (size_t)(end - p) + 1 : PIPE_BUF;
}

/* Print a piece.  Octets that are dealt with, or a negative errno. */
static ssize_t print_piece(struct report *r, const char *p, size_t len)
{
	if (r->conf.terminal && terminal_has_person(r->conf.terminal)) {
		terminal_show(r->conf.terminal, stdout, p, len);
		return (ssize_t)len;
	}
	ssize_t n = write(STDOUT_FILENO, p, len);
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -errno;
	return n;
}

static void output_failed(struct report *r, int err)
{
	if (!r->output_error)
		warn(r,
			T("the output could not be written: %s. The clients are served on",
				"输出写入失败: %s。继续为客户端服务"),
			strerror(-err));
	r->output_error = err;
}

/* Print what waits while stdout takes it.  True when nothing is left.  Under the lock. */
static bool print_some(struct report *r)
{
	struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };

	while (r->printed < r->waiting.len) {
		const char *p = r->waiting.p + r->printed;

		if (poll(&out, 1, 0) != 1)
			return false;
		ssize_t n = print_piece(r, p, chunk_of(p, r->waiting.len - r->printed));
		if (n < 0) {
			output_failed(r, (int)n);
			break;
		}
		r->printed += (size_t)n;
	}
	r->waiting.len = r->printed = 0;
	if (r->left_out) {
		warn(r,
			T("%llu lines not shown: the output takes no more",
				"有 %llu 行未显示：输出端来不及接收"),
			(unsigned long long)r->left_out);
		r->left_out = 0;
	}
	return true;
}

void serve_report_print(struct server_report *table)
{
	struct report *r = of(table->self);
	bool done = true;

	serve_report_commit(table); /* who comes and goes, in modes that commit nothing */
	pthread_mutex_lock(&r->lock);
	if (r->waiting.len)
		done = print_some(r);
	pthread_mutex_unlock(&r->lock);
	if (done != r->out_is_watched)
		return;
	if (done)
		nod_ready_remove_fd(r->loop->ready, STDOUT_FILENO);
	else if (nod_ready_add_fd(r->loop->ready, STDOUT_FILENO, NOD_WRITABLE, &r->out) < 0)
		return; /* then the next turn tries again */
	r->out_is_watched = !done;
}

static void out_ready(struct watch *w, struct loop *l, unsigned bits)
{
	(void)w;
	(void)l;
	(void)bits; /* serve_report_print() follows every turn */
}

void serve_report_attach(struct server_report *table, struct loop *l)
{
	struct report *r = of(table->self);

	if (!l && r->out_is_watched)
		nod_ready_remove_fd(r->loop->ready, STDOUT_FILENO);
	r->out_is_watched = false;
	r->loop = l;
	r->printer = pthread_self();
}

static void show(struct report *r, const char *text, size_t len)
{
	if (r->is_child) { /* one datagram: whole or not at all */
		(void)!write(r->relay[1], text, len);
		return;
	}
	pthread_mutex_lock(&r->lock);
	bool was_empty = !r->waiting.len;
	if (r->waiting.len + len > WAITING_MAX || buf_put(&r->waiting, text, len) < 0)
		r->left_out++;
	pthread_mutex_unlock(&r->lock);
	if (was_empty && r->loop && !pthread_equal(pthread_self(), r->printer))
		nod_ready_wake(r->loop->ready);
}

/* ---- the transcript ------------------------------------------------------------------ */

static void tell_log_failure(struct report *r, int err)
{
	pthread_mutex_lock(&r->lock);
	bool is_told = r->log_failure_is_told;
	r->log_failure_is_told = true;
	pthread_mutex_unlock(&r->lock);
	if (is_told)
		return;
	warn(r,
		r->conf.log_sync ?
			T("the transcript %s cannot be written: %s. Stopping, since nothing "
			  "may be delivered that is not in it",
				"对话记录 %s 无法写入: %s。未记录的内容不得送达，因此服务器停止") :
			T("the transcript %s cannot be written: %s. It has a gap from here",
				"对话记录 %s 无法写入: %s。从此处起记录有缺失"),
		r->conf.log_path, strerror(-err));
}

static int commit(void *self)
{
	struct report *r = of(self);
	int err = serve_log_commit(&r->log);

	if (err < 0)
		tell_log_failure(r, err);
	return r->conf.log_sync ? err : 0;
}

int serve_report_commit(const struct server_report *table)
{
	return commit(table->self);
}

int serve_report_begin(struct server_report *table)
{
	struct report *r = of(table->self);
	int err = commit(r);

	if (err < 0)
		r->waiting.len = 0;
	return err;
}

/* "2026-11-22T20:11:12.123Z" */
static void stamp(char *buf, size_t cap)
{
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	size_t n = strftime(buf, cap, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf + n, cap - n, ".%03dZ", (int)(now.tv_nsec / NOD_MS));
}

/* ---- events -------------------------------------------------------------------------- */

static void begin_json(struct json *j, const char *event, const struct client *c)
{
	char text[NOD_ENDPOINT_TEXT_MAX];

	json_open(j);
	stamp(text, sizeof(text));
	json_str(j, "time", text);
	json_str(j, "event", event);
	if (c) {
		json_uint(j, "client", c->id);
		json_str(j, "from", client_address(c, text, sizeof(text)));
	}
}

/* To the log, and, with --json, to the output.  Frees @j's text. */
static void end_json(struct report *r, struct json *j)
{
	size_t len;
	char *text = json_take(j, &len);

	if (!text)
		return;
	show(r, text, len);
	serve_log_add(&r->log, "", text, len);
	free(text);
}

/* A line for people: to the output, and with the time before it to the log. */
__attribute__((format(printf, 2, 3))) static void tell(
	struct report *r, const char *format, ...)
{
	char line[EVENT_MAX], time_text[40];
	va_list ap;

	va_start(ap, format);
	int n = vsnprintf(line, sizeof(line) - 1, format, ap);
	va_end(ap);
	size_t len = n < 0 ? 0 : (size_t)n < sizeof(line) - 1 ? (size_t)n : sizeof(line) - 2;
	line[len++] = '\n';
	show(r, line, len);
	stamp(time_text, sizeof(time_text) - 1);
	memcpy(time_text + strlen(time_text), " ", 2);
	serve_log_add(&r->log, time_text, line, len);
}

void serve_report_waiting(struct server_report *table)
{
	struct report *r = of(table->self);
	const char *line = T("waiting for connect....\n", "等待连接....\n");

	if (r->conf.is_reply && !r->conf.json)
		show(r, line, strlen(line));
}

static void opened(void *self, const struct client *c)
{
	struct report *r = of(self);
	char from[NOD_ENDPOINT_TEXT_MAX];
	struct json j;

	pthread_mutex_lock(&r->lock);
	r->n_here++;
	pthread_mutex_unlock(&r->lock);
	if (r->conf.json) {
		begin_json(&j, "connected", c);
		end_json(r, &j);
	} else {
		tell(r, T("connect from %s", "连接来自 %s"),
			client_address(c, from, sizeof(from)));
	}
}

static struct text why_text(enum why_closed why)
{
	static const struct text texts[N_WHY_CLOSED] = {
		[CLOSED_BY_PEER] = TX("closed by the client", "由客户端关闭"),
		[CLOSED_BY_US] = TX("closed by the server", "由服务器关闭"),
		[CLOSED_RESET] = TX("cut off", "连接中断"),
		[CLOSED_SLOW] = TX("dropped: reads too slowly, more than --queue waited for it",
			"已断开：读取太慢，等待发送的数据超过 --queue"),
		[CLOSED_IDLE] = TX("closed: nothing came for --idle-timeout",
			"已关闭：超过 --idle-timeout 没有消息"),
		[CLOSED_DENIED] = TX("refused by --allow/--deny", "被 --allow/--deny 拒绝"),
		[CLOSED_FULL] =
			TX("refused: no room for one more client", "拒绝：无法再接纳客户端"),
		[CLOSED_STOPPED] = TX("closed: the server stops", "已关闭：服务器停止"),
		[CLOSED_FAILED] = TX(
			"closed: the server could not serve it", "已关闭：服务器无法为其服务"),
	};

	return texts[why];
}

/* The names of enum why_closed in --json and in the statistics. */
static const char *const why_words[] = { "peer", "server", "reset", "slow", "idle", "denied",
	"full", "stopped", "failed" };
_Static_assert(sizeof(why_words) / sizeof(why_words[0]) == N_WHY_CLOSED, "a word a reason");

/* Whether one more that was refused at the door is told: the first, then one a second; the
 * statistics count them all. */
static bool is_worth_telling(struct report *r)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	pthread_mutex_lock(&r->lock);
	bool is_new = !r->refusal_told || r->refusal_told != now.tv_sec;
	r->refusal_told = now.tv_sec;
	pthread_mutex_unlock(&r->lock);
	return is_new;
}

static void closed(void *self, const struct client *c, enum why_closed why, int err)
{
	struct report *r = of(self);
	char from[NOD_ENDPOINT_TEXT_MAX];
	struct json j;
	bool was_here = c->loop != NULL; /* not refused at the door */

	if (!was_here && !is_worth_telling(r))
		return;
	if (r->conf.json) {
		begin_json(&j, "closed", c);
		json_str(&j, "reason", why_words[why]);
		if (err < 0)
			json_str(&j, "error", strerror(-err));
		end_json(r, &j);
	} else if (err < 0) {
		tell(r, "%s %s: %s", client_address(c, from, sizeof(from)),
			text_of(why_text(why)), strerror(-err));
	} else {
		tell(r, "%s %s", client_address(c, from, sizeof(from)), text_of(why_text(why)));
	}
	pthread_mutex_lock(&r->lock);
	r->n_here -= was_here;
	bool is_last = was_here && r->n_here == 0 && why != CLOSED_STOPPED && !r->conf.is_once;
	pthread_mutex_unlock(&r->lock);
	if (is_last)
		serve_report_waiting(&r->table);
}

static void said(void *self, const struct client *c, const char *name, bool is_action,
	const char *text, size_t len)
{
	struct report *r = of(self);
	char from[NOD_ENDPOINT_TEXT_MAX];
	struct json j;

	if (r->conf.json) {
		begin_json(&j, "message", c);
		if (name)
			json_str(&j, "name", name);
		if (is_action)
			json_bool(&j, "action", true);
		json_strn(&j, "text", text, len);
		end_json(r, &j);
	} else if (is_action) {
		tell(r, "** %s %.*s", name, (int)len, text);
	} else if (c || name) { /* the operator without a name sees what he types */
		tell(r, "%s: %.*s", name ? name : client_address(c, from, sizeof(from)),
			(int)len, text);
	}
}

static void refused(void *self, const struct client *c, const char *why)
{
	struct report *r = of(self);
	char from[NOD_ENDPOINT_TEXT_MAX];
	size_t len = strcspn(why, "\n");
	struct json j;

	if (r->conf.json) {
		begin_json(&j, "refused", c);
		json_strn(&j, "text", why, len);
		end_json(r, &j);
	} else {
		tell(r, "%s %.*s", client_address(c, from, sizeof(from)), (int)len, why);
	}
}

static void trouble(void *self, enum trouble t, int err)
{
	static const struct text texts[N_TROUBLES] = {
		[TROUBLE_DESCRIPTORS] = TX(
			"no descriptors are left (%s): new clients wait until "
			"one goes; raise the limit with ulimit -n",
			"文件描述符已用尽（%s）：新客户端须等待他人离开；可用 ulimit -n 提高上限"),
		[TROUBLE_MEMORY] =
			TX("out of memory (%s): some of what was said or asked for is lost",
				"内存不足（%s）：部分消息或请求已丢失"),
		[TROUBLE_PLACE] =
			TX("this way of serving (--how) can hold no more clients (%s): new "
			   "ones are refused",
				"这种服务方式（--how）无法再容纳客户端（%s）：新来者被拒绝"),
	};
	struct report *r = of(self);
	struct timespec now;
	char line[512];
	struct json j;

	clock_gettime(CLOCK_MONOTONIC, &now);
	nod_ns at = now.tv_sec * NOD_S;
	pthread_mutex_lock(&r->lock);
	bool is_old = r->is_told[t] && at - r->told[t] < TROUBLE_AGAIN;
	if (!is_old) {
		r->is_told[t] = true;
		r->told[t] = at;
	}
	pthread_mutex_unlock(&r->lock);
	if (is_old)
		return;
	/* the texts above have exactly one %s each */
	snprintf(line, sizeof(line), text_of(texts[t]), strerror(-err));
	if (r->conf.json) {
		begin_json(&j, "trouble", NULL);
		json_str(&j, "text", line);
		end_json(r, &j);
	} else {
		warn(r, "%s", line);
	}
}

static void answer(void *self, const char *text)
{
	struct report *r = of(self);
	struct json j;

	if (r->conf.json) {
		begin_json(&j, "answer", NULL);
		json_str(&j, "text", text);
		end_json(r, &j);
	} else {
		show(r, text, strlen(text));
	}
}

void serve_report_line_too_long(struct server_report *table)
{
	struct report *r = of(table->self);
	const char *why = T("your line went to nobody: longer than 4096 octets",
		"您的一行未发出：超过 4096 字节");
	struct json j;

	if (r->conf.json) {
		begin_json(&j, "refused", NULL);
		json_str(&j, "text", why);
		end_json(r, &j);
	} else {
		terminal_say(r->conf.terminal, stderr, "nod %s: %s", "serve", why);
	}
}

void serve_report_listening(
	struct server_report *table, const struct nod_endpoint *at, bool is_datagram)
{
	struct report *r = of(table->self);
	char text[NOD_ENDPOINT_TEXT_MAX];
	struct json j;

	nod_endpoint_format(at, text, sizeof(text));
	if (r->conf.json) {
		begin_json(&j, "listening", NULL);
		json_str(&j, "at", text);
		if (!at->is_unix)
			json_uint(&j, "port", at->port);
		json_str(&j, "transport", at->is_unix ? "unix" : is_datagram ? "udp" : "tcp");
		end_json(r, &j);
	} else {
		tell(r,
			is_datagram ? T("listening on %s (UDP)", "正在监听 %s（UDP）") :
				      T("listening on %s", "正在监听 %s"),
			text);
	}
}

void serve_report_statistics(
	struct server_report *table, const struct server_stats *stats, const char *how)
{
	struct report *r = of(table->self);
	uint64_t n[N_STATS], here;
	struct json j;

	for (unsigned i = 0; i < N_STATS; i++)
		n[i] = atomic_load(&stats->n[i]);
	here = n[STAT_OPENED];
	for (unsigned i = 0; i < N_WHY_CLOSED; i++)
		here -= n[STAT_CLOSED + i];

	if (r->conf.json) {
		begin_json(&j, "statistics", NULL);
		json_str(&j, "how", how);
		json_uint(&j, "clients", here);
		json_uint(&j, "clients_ever", n[STAT_OPENED]);
		json_uint(&j, "messages", n[STAT_MESSAGES]);
		json_uint(&j, "octets_in", n[STAT_OCTETS_IN]);
		json_uint(&j, "octets_out", n[STAT_OCTETS_OUT]);
		json_uint(&j, "refused_too_long", n[STAT_REFUSED_LONG]);
		json_uint(&j, "refused_rate", n[STAT_REFUSED_RATE]);
		json_object(&j, "closed");
		for (unsigned i = 0; i < N_WHY_CLOSED; i++)
			json_uint(&j, why_words[i], n[STAT_CLOSED + i]);
		json_end_object(&j);
		end_json(r, &j);
		return;
	}
	tell(r,
		T("statistics: %llu clients now, %llu ever; %llu messages; %llu octets in, %llu out; "
		  "refused: %llu too long, %llu over the rate",
			"统计: 当前 %llu 个客户端，累计 %llu 个；%llu 条消息；收到 %llu 字节，发出 %llu "
			"字节；拒绝: 过长 %llu 条，超速 %llu 条"),
		(unsigned long long)here, (unsigned long long)n[STAT_OPENED],
		(unsigned long long)n[STAT_MESSAGES], (unsigned long long)n[STAT_OCTETS_IN],
		(unsigned long long)n[STAT_OCTETS_OUT],
		(unsigned long long)n[STAT_REFUSED_LONG],
		(unsigned long long)n[STAT_REFUSED_RATE]);
	for (unsigned i = 0; i < N_WHY_CLOSED; i++) {
		if (n[STAT_CLOSED + i])
			tell(r, "  %llu %s", (unsigned long long)n[STAT_CLOSED + i],
				text_of(why_text((enum why_closed)i)));
	}
}

/* ---- child processes ----------------------------------------------------------------- */

void serve_report_lock(const struct server_report *table)
{
	pthread_mutex_lock(&of(table->self)->lock);
	pthread_mutex_lock(&of(table->self)->log.lock);
}

void serve_report_unlock(const struct server_report *table)
{
	pthread_mutex_unlock(&of(table->self)->log.lock);
	pthread_mutex_unlock(&of(table->self)->lock);
}

void serve_report_in_child(const struct server_report *table)
{
	struct report *r = of(table->self);

	r->is_child = true;
	r->conf.terminal = NULL;
	r->log.lines.len = 0; /* the parent writes its own */
	r->n_here = 0;
	r->conf.is_reply = false; /* who waits is the parent */
}

int serve_report_relay_fd(const struct server_report *table)
{
	return of(table->self)->relay[0];
}

void serve_report_relay(struct server_report *table)
{
	struct report *r = of(table->self);
	char text[2 * EVENT_MAX];
	ssize_t n;

	while ((n = recv(r->relay[0], text, sizeof(text), MSG_DONTWAIT)) > 0)
		show(r, text, (size_t)n);
}

/* ---- opening and closing ------------------------------------------------------------- */

static int open_relay(struct report *r)
{
	int octets = 1 << 20;

	if (!r->conf.relays)
		return 0;
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, r->relay) < 0)
		return -errno;
	setsockopt(r->relay[1], SOL_SOCKET, SO_SNDBUF, &octets, sizeof(octets));
	return 0;
}

static void free_report(struct report *r)
{
	if (r->relay[0] >= 0) {
		close(r->relay[0]);
		close(r->relay[1]);
	}
	pthread_mutex_destroy(&r->lock);
	free(r->waiting.p);
	serve_log_close(&r->log);
	free(r);
}

int serve_report_open(
	const struct serve_report_conf *conf, struct server_report **out, bool *log_did_fail)
{
	struct report *r = calloc(1, sizeof(*r));

	*log_did_fail = false;
	if (!r)
		return -ENOMEM;
	r->conf = *conf;
	r->out.ready = out_ready;
	r->relay[0] = r->relay[1] = -1;
	r->table = (struct server_report){ .self = r,
		.opened = opened,
		.closed = closed,
		.said = said,
		.refused = refused,
		.trouble = trouble,
		.answer = answer,
		.commit = commit };
	pthread_mutex_init(&r->lock, NULL);

	int err = serve_log_open(&r->log, conf->log_path, conf->log_sync);
	*log_did_fail = err < 0;
	if (err == 0)
		err = open_relay(r);
	if (err < 0) {
		free_report(r);
		return err;
	}
	*out = &r->table;
	return 0;
}

void serve_report_forget_terminal(struct server_report *table)
{
	of(table->self)->conf.terminal = NULL;
}

int serve_report_close(struct server_report *table)
{
	struct report *r = of(table->self);
	struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };

	commit(r);
	/* whoever reads our output may have stopped: he is not waited for long */
	while (r->waiting.len && !print_some(r) && poll(&out, 1, CLOSE_WAIT_MS) > 0)
		;
	if (r->waiting.len)
		warn(r, "%s",
			T("the end of the output is not shown: nobody takes it",
				"输出的末尾未显示：无人接收"));
	int err = r->output_error ? r->output_error : r->waiting.len ? -ETIMEDOUT : 0;
	free_report(r);
	return err;
}
