/* SPDX-License-Identifier: ISC */
/*
 * talk_report.c - tells of a conversation: what arrives, and with -v what happens
 *
 * Messages go to stdout, everything else to stderr; with --json all of it is events on
 * stdout, one object a line.  Text from the peer is cleaned (utf8_clean()): nothing that it
 * sends can steer the terminal.
 *
 * Neighbours: talk.h, terminal.c (the line being typed stays whole).
 */
#include "talk.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../presentation/json.h"
#include "../presentation/utf8.h"

#define TEXT_MAX 2048

/* Messages of one turn, shown at once. */
static struct {
	char *p;
	size_t len, cap;
} gathered;

/* Of the addresses tried. */
#define FAILURES_MAX 64
static struct {
	struct nod_failure list[FAILURES_MAX];
	unsigned n;
} failures;

static bool make_room(size_t more)
{
	if (gathered.cap - gathered.len >= more)
		return true;
	size_t cap = 2 * (gathered.len + more);
	char *p = realloc(gathered.p, cap);
	if (!p)
		return false;
	gathered.p = p;
	gathered.cap = cap;
	return true;
}

static void gather(const char *text, size_t len)
{
	if (!make_room(len))
		return; /* no memory to show it; the conversation goes on */
	memcpy(gathered.p + gathered.len, text, len);
	gathered.len += len;
}

void report_flush(struct talk *t)
{
	if (gathered.len)
		terminal_show(t->terminal, stdout, gathered.p, gathered.len);
	gathered.len = 0;
}

void report_end(void)
{
	free(gathered.p);
	gathered.p = NULL;
	gathered.len = gathered.cap = 0;
}

static void event(struct json *j, const char *name)
{
	json_open(j);
	json_str(j, "event", name);
}

static void gather_event(struct json *j)
{
	size_t len;
	char *text = json_take(j, &len);

	if (text)
		gather(text, len);
	free(text);
}

static void show_event(struct talk *t, struct json *j)
{
	gather_event(j);
	report_flush(t);
}

static void vnote(struct talk *t, const char *format, va_list ap)
{
	char text[TEXT_MAX];

	vsnprintf(text, sizeof(text), format, ap);
	report_flush(t);
	terminal_show(t->terminal, stderr, text, strlen(text));
}

void report_note(struct talk *t, const char *format, ...)
{
	va_list ap;

	if (t->in->json)
		return;
	va_start(ap, format);
	vnote(t, format, ap);
	va_end(ap);
}

void report_detail(struct talk *t, const char *format, ...)
{
	va_list ap;

	if (t->in->json || !t->q->is_verbose)
		return;
	va_start(ap, format);
	vnote(t, format, ap);
	va_end(ap);
}

/* ---- connecting ---------------------------------------------------------------------- */

static void on_resolved(
	void *self, const char *name, const struct nod_endpoint *list, unsigned n, nod_ns took)
{
	struct talk *t = self;
	char text[TEXT_MAX] = "", addr[NOD_ADDR_TEXT_MAX];
	struct json j;

	if (!t->q->is_verbose)
		return;
	if (t->in->json) {
		event(&j, "resolved");
		json_str(&j, "name", name);
		json_list(&j, "addresses");
		for (unsigned i = 0; i < n; i++)
			json_str(&j, NULL, nod_addr_format(&list[i].addr, addr, sizeof(addr)));
		json_end_list(&j);
		json_real(&j, "seconds", (double)took / (double)NOD_S, 6);
		show_event(t, &j);
		return;
	}
	for (unsigned i = 0; i < n; i++) {
		size_t len = strlen(text);

		snprintf(text + len, sizeof(text) - len, " %s",
			nod_addr_format(&list[i].addr, addr, sizeof(addr)));
	}
	if (n)
		report_detail(t, T("resolved %s in %lld ms:%s", "解析 %s 用时 %lld 毫秒:%s"),
			name, (long long)(took / NOD_MS), text);
	else
		report_detail(t,
			T("resolved %s in %lld ms: no address of one family",
				"解析 %s 用时 %lld 毫秒: 其中一族没有地址"),
			name, (long long)(took / NOD_MS));
}

static void on_trying(void *self, const struct nod_endpoint *to)
{
	struct talk *t = self;
	char text[NOD_ENDPOINT_TEXT_MAX];
	struct json j;

	nod_endpoint_format(to, text, sizeof(text));
	if (!t->in->json) {
		report_detail(t, T("trying %s", "正在连接 %s"), text);
	} else if (t->q->is_verbose) {
		event(&j, "trying");
		json_str(&j, "to", text);
		show_event(t, &j);
	}
}

static const char *language(void)
{
	return lang_current() == LANG_ZH ? "zh" : "en";
}

static void failed_event(struct talk *t, const struct nod_failure *why, const char *text)
{
	char at[NOD_ENDPOINT_TEXT_MAX];
	struct json j;

	event(&j, "failed");
	if (why->at.is_unix || why->at.addr.family != NOD_UNSPEC)
		json_str(&j, "at", nod_endpoint_format(&why->at, at, sizeof(at)));
	if (why->name[0])
		json_str(&j, "name", why->name);
	json_int(&j, "errno", -why->error);
	if (why->resolver)
		json_int(&j, "resolver", why->resolver);
	json_str(&j, "text", text);
	show_event(t, &j);
}

/* Say a failure as an error, and as an event. */
static void say_failure(struct talk *t, const struct nod_failure *why)
{
	char text[TEXT_MAX];

	nod_explain(why, language(), text, sizeof(text));
	report_flush(t);
	if (t->in->json)
		failed_event(t, why, text);
	terminal_say(t->terminal, stderr, "nod %s: %s", t->in->command->name, text);
}

/* With -v at once; otherwise only when no address answers in the end. */
static void on_failed(void *self, const struct nod_failure *why)
{
	struct talk *t = self;

	if (t->q->is_verbose)
		say_failure(t, why);
	if (failures.n < FAILURES_MAX)
		failures.list[failures.n++] = *why;
}

int report_not_connected(struct talk *t, const struct nod_failure *why)
{
	if (!failures.n) /* it did not come to an address */
		say_failure(t, why);
	for (unsigned i = 0; i < failures.n && !t->q->is_verbose; i++)
		say_failure(t, &failures.list[i]);
	failures.n = 0;
	return EXIT_FAILED;
}

const struct nod_call_watch talk_watch = {
	.resolved = on_resolved, .trying = on_trying, .failed = on_failed
};

void report_connected(struct talk *t, nod_ns took)
{
	char here[NOD_ENDPOINT_TEXT_MAX] = "-", there[NOD_ENDPOINT_TEXT_MAX];
	struct nod_endpoint e;
	struct json j;

	if (nod_session_local(t->session, &e) == 0)
		nod_endpoint_format(&e, here, sizeof(here));
	nod_endpoint_format(&t->to, there, sizeof(there));
	if (t->in->json) {
		event(&j, "connected");
		json_str(&j, "to", there);
		json_str(&j, "from", here);
		json_str(&j, "transport",
			t->to.is_unix				? "unix" :
				t->q->conf.type == NOD_DATAGRAM ? "udp" :
								  "tcp");
		json_real(&j, "seconds", (double)took / (double)NOD_S, 6);
		show_event(t, &j);
	} else if (t->q->conf.type == NOD_DATAGRAM) {
		report_detail(
			t, T("sending to %s from %s", "发往 %s，本机地址 %s"), there, here);
	} else if (t->to.is_unix) {
		report_detail(t, T("connected to %s", "已连接 %s"), there);
	} else {
		report_detail(t,
			T("connected to %s from %s in %lld ms",
				"已连接 %s，本机地址 %s，用时 %lld 毫秒"),
			there, here, (long long)(took / NOD_MS));
	}
}

/* ---- talking ------------------------------------------------------------------------- */

void report_received(
	struct talk *t, const char *text, size_t len, const struct nod_endpoint *from)
{
	char addr[NOD_ENDPOINT_TEXT_MAX] = "";
	struct json j;

	if (from && !nod_endpoint_format(from, addr, sizeof(addr)))
		addr[0] = 0;
	if (t->in->json) {
		event(&j, "received");
		if (from)
			json_str(&j, "from", addr);
		json_strn(&j, "text", text, len);
		json_uint(&j, "octets", len);
		gather_event(&j);
		return;
	}
	if (!make_room(len * UTF8_CLEAN_GROWTH + sizeof(addr) + 3))
		return;
	if (from) {
		gather(addr, strlen(addr));
		gather(": ", 2);
	}
	gathered.len += utf8_clean(gathered.p + gathered.len, text, len);
	gather("\n", 1);
}

static const struct {
	const char *word;     /* in JSON */
	struct text us, peer; /* to people, by who did it */
} hows[] = {
	[CLOSED_FIN] = { "fin",
		TX("closed from here, and the peer closed too (FIN both ways)",
			"本方先关闭，对方随后关闭（双向 FIN）"),
		TX("closed by the peer (FIN)", "对方关闭了连接（FIN）") },
	[CLOSED_RST] = { "rst", TX("broken off from here (RST)", "本方断开了连接（RST）"),
		TX("broken off by the peer (RST)", "对方断开了连接（RST）") },
	[CLOSED_TIMEOUT] = { "timeout",
		TX("the peer stopped answering (time-out)", "对方不再应答（超时）"),
		TX("the peer stopped answering (time-out)", "对方不再应答（超时）") },
	[CLOSED_WAIT] = { "wait",
		TX("closed from here (FIN); the peer had not closed in time",
			"本方关闭了连接（FIN）；对方未在时限内关闭"),
		TX("closed from here (FIN); the peer had not closed in time",
			"本方关闭了连接（FIN）；对方未在时限内关闭") },
	[CLOSED_ERROR] = { "error", TX("ended by an error", "因错误而结束"),
		TX("ended by an error", "因错误而结束") },
};

void report_closed(struct talk *t, enum talk_who who, enum talk_how how)
{
	struct json j;

	report_flush(t);
	if (t->in->json) {
		event(&j, "closed");
		json_str(&j, "by", who == BY_US ? "here" : "peer");
		json_str(&j, "how", hows[how].word);
		json_uint(&j, "octets_in", t->octets_in);
		json_uint(&j, "octets_out", t->octets_out);
		show_event(t, &j);
		return;
	}
	report_detail(t,
		T("%s; %llu octets sent, %llu received", "%s；发送 %llu 字节，接收 %llu 字节"),
		t->q->conf.type == NOD_DATAGRAM && how == CLOSED_FIN ?
			T("ended", "结束") :
			text_of(who == BY_US ? hows[how].us : hows[how].peer),
		(unsigned long long)t->octets_out, (unsigned long long)t->octets_in);
}

int report_failure(struct talk *t, enum nod_tried tried, int error)
{
	struct nod_failure why = { .tried = tried, .error = error, .at = t->to };

	if (t->is_connected && !t->to.is_unix)
		memccpy(why.name, t->q->host, 0, sizeof(why.name) - 1);
	say_failure(t, &why);
	return EXIT_FAILED;
}
